import Net

// Each type's own part of the format: what is written and what is read stand together, in one order.

extension NetworkPolicy {
    func encode(to writer: inout PolicyWriter) {
        writer.string(kind.rawValue)
        writer.optional(namespace) { $1.string($0) }
        writer.string(name)
        writer.optional(specIndex) { $1.number($0) }
        writer.byte(tier.rawValue)
        writer.number(Int(priority))
        subject.encode(to: &writer)
        writer.byte(isolates.reduce(0) { $0 | 1 << $1.rawValue })
        writer.list(rules) { $0.encode(to: &$1) }
    }

    init(from reader: inout PolicyReader) throws(PolicyCodingError) {
        let kind = try reader.word(PolicyKind.self)
        let namespace = try reader.optional { (reader) throws(PolicyCodingError) in try reader.string() }
        let name = try reader.string()
        let specIndex = try reader.optional { (reader) throws(PolicyCodingError) in try reader.number() }
        let tier = try reader.raw(Tier.self)
        guard let priority = Int32(exactly: try reader.number()) else { throw reader.damaged }
        let subject = try Selector(from: &reader)
        let isolates = try reader.byte()
        self.init(
            kind: kind, namespace: namespace, name: name, specIndex: specIndex, tier: tier, priority: priority, subject: subject,
            isolates: Set(PolicyDirection.allCases.filter { isolates & 1 << $0.rawValue != 0 }),
            rules: try reader.list { (reader) throws(PolicyCodingError) in try PolicyRule(from: &reader) })
    }
}

extension PolicyRule {
    func encode(to writer: inout PolicyWriter) {
        writer.byte(direction.rawValue)
        writer.byte(action.rawValue)
        writer.string(path)
        writer.optional(name) { $1.string($0) }
        writer.optional(peers) { $1.list($0) { $0.encode(to: &$1) } }
        writer.optional(ports) { $1.list($0) { $0.encode(to: &$1) } }
    }

    init(from reader: inout PolicyReader) throws(PolicyCodingError) {
        self.init(try reader.raw(), try reader.raw(), path: try reader.string())
        name = try reader.optional { (reader) throws(PolicyCodingError) in try reader.string() }
        peers = try reader.optional { (reader) throws(PolicyCodingError) in
            try reader.list { (reader) throws(PolicyCodingError) in try Peer(from: &reader) }
        }
        ports = try reader.optional { (reader) throws(PolicyCodingError) in
            try reader.list { (reader) throws(PolicyCodingError) in try PortMatch(from: &reader) }
        }
    }
}

extension Peer {
    func encode(to writer: inout PolicyWriter) {
        switch self {
        case .pods(let selector):
            writer.byte(0)
            selector.encode(to: &writer)
        case .cidr(let block):
            writer.byte(1)
            writer.prefix(block.prefix)
            writer.list(block.except) { $1.prefix($0) }
            writer.byte(block.matchesCluster ? 1 : 0)
        case .entity(let entity):
            writer.byte(2)
            writer.string(entity.rawValue)
        case .nodes(let selector):
            writer.byte(3)
            selector.encode(to: &writer)
        }
    }

    init(from reader: inout PolicyReader) throws(PolicyCodingError) {
        switch try reader.byte() {
        case 0: self = .pods(try Selector(from: &reader))
        case 1:
            let prefix = try reader.prefix()
            let except = try reader.list { (reader) throws(PolicyCodingError) in try reader.prefix() }
            self = .cidr(CIDRBlock(prefix, except: except, matchesCluster: try reader.byte() != 0))
        case 2: self = .entity(try reader.word())
        case 3: self = .nodes(try Selector(from: &reader))
        default: throw reader.damaged
        }
    }
}

extension PortMatch {
    func encode(to writer: inout PolicyWriter) {
        switch self {
        case .ports(let transport, let range):
            writer.byte(0)
            writer.byte(transport?.rawValue ?? 0)
            writer.number(Int(range.lowerBound))
            writer.number(Int(range.upperBound))
        case .named(let transport, let name):
            writer.byte(1)
            writer.byte(transport?.rawValue ?? 0)
            writer.string(name)
        case .icmp(let family, let type):
            writer.byte(2)
            writer.byte(family.rawValue)
            writer.byte(type)
        }
    }

    init(from reader: inout PolicyReader) throws(PolicyCodingError) {
        switch try reader.byte() {
        case 0:
            let transport = try Self.transport(from: &reader)
            guard let first = UInt16(exactly: try reader.number()), let last = UInt16(exactly: try reader.number()), first <= last else {
                throw reader.damaged
            }
            self = .ports(transport, first...last)
        case 1: self = .named(try Self.transport(from: &reader), try reader.string())
        case 2: self = .icmp(try reader.raw(), type: try reader.byte())
        default: throw reader.damaged
        }
    }

    private static func transport(from reader: inout PolicyReader) throws(PolicyCodingError) -> TransportProtocol? {
        let number = try reader.byte()
        guard number != 0 else { return nil }
        guard let transport = TransportProtocol(rawValue: number) else { throw reader.damaged }
        return transport
    }
}

extension Selector {
    func encode(to writer: inout PolicyWriter) {
        writer.list(requirements) { requirement, writer in
            writer.byte(requirement.key.source.rawValue)
            writer.string(requirement.key.name)
            writer.byte(requirement.operator.rawValue)
            writer.list(requirement.values) { $1.string($0) }
        }
    }

    init(from reader: inout PolicyReader) throws(PolicyCodingError) {
        self.init(
            try reader.list { (reader) throws(PolicyCodingError) in
                let key = LabelKey(try reader.raw(), try reader.string())
                return Requirement(key, try reader.raw(), try reader.list { (reader) throws(PolicyCodingError) in try reader.string() })
            })
    }
}
