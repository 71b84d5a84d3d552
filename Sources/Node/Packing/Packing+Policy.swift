import Model
import Net
import Policy

/// Policies in their common form.
extension Packer {
    mutating func key(_ value: PolicyKey) {
        choice(value.kind)
        optional(value.namespace) { $0.text($1) }
        text(value.name)
    }

    mutating func selector(_ value: Selector) {
        list(value.requirements) {
            $0.choice($1.key.source)
            $0.text($1.key.name)
            $0.choice($1.operator)
            $0.list($1.values) { $0.text($1) }
        }
    }

    private mutating func peer(_ value: Peer) {
        switch value {
        case .pods(let selector):
            number(0)
            self.selector(selector)
        case .cidr(let block):
            number(1)
            prefix(block.prefix)
            list(block.except) { $0.prefix($1) }
            flag(block.matchesCluster)
        case .entity(let entity):
            number(2)
            choice(entity)
        case .nodes(let selector):
            number(3)
            self.selector(selector)
        }
    }

    private mutating func port(_ value: PortMatch) {
        switch value {
        case .ports(let transport, let range):
            number(0)
            optional(transport) { $0.choice($1) }
            number(UInt32(range.lowerBound))
            number(UInt32(range.upperBound))
        case .named(let transport, let name):
            number(1)
            optional(transport) { $0.choice($1) }
            text(name)
        case .icmp(let family, let type):
            number(2)
            choice(family)
            number(UInt32(type))
        }
    }

    mutating func spec(_ value: NetworkPolicy) {
        choice(value.kind)
        optional(value.namespace) { $0.text($1) }
        text(value.name)
        optional(value.specIndex) { $0.number($1) }
        choice(value.tier)
        number(UInt32(bitPattern: value.priority))
        selector(value.subject)
        for direction in PolicyDirection.allCases { flag(value.isolates.contains(direction)) }
        list(value.rules) {
            $0.choice($1.direction)
            $0.choice($1.action)
            $0.text($1.path)
            $0.optional($1.name) { $0.text($1) }
            $0.optional($1.peers) { $0.list($1) { $0.peer($1) } }
            $0.optional($1.ports) { $0.list($1) { $0.port($1) } }
        }
    }

    mutating func policy(_ value: StoredPolicy) {
        key(value.key)
        number(value.number)
        list(value.specs) { $0.spec($1) }
        blob(value.manifest)
    }
}

extension Unpacker {
    mutating func key() throws(UnpackError) -> PolicyKey {
        let kind: PolicyKind = try choice()
        let namespace = try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() }
        return PolicyKey(kind: kind, namespace: namespace, name: try text())
    }

    mutating func selector() throws(UnpackError) -> Selector {
        Selector(
            try list { (unpacker: inout Unpacker) throws(UnpackError) in
                let source: LabelKey.Source = try unpacker.choice()
                let key = LabelKey(source, try unpacker.text())
                let operation: Requirement.Operator = try unpacker.choice()
                return Requirement(key, operation, try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() })
            })
    }

    private mutating func peer() throws(UnpackError) -> Peer {
        switch try number() {
        case 0: return .pods(try selector())
        case 1:
            let prefix = try prefix()
            let except = try list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.prefix() }
            return .cidr(CIDRBlock(prefix, except: except, matchesCluster: try flag()))
        case 2: return .entity(try choice())
        case 3: return .nodes(try selector())
        default: throw failure
        }
    }

    private mutating func transport() throws(UnpackError) -> TransportProtocol? {
        try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.choice() }
    }

    private mutating func port() throws(UnpackError) -> PortMatch {
        switch try number() {
        case 0:
            let transport = try transport()
            let first: UInt16 = try number()
            let last: UInt16 = try number()
            guard first <= last else { throw failure }
            return .ports(transport, first...last)
        case 1:
            let transport = try transport()
            return .named(transport, try text())
        case 2:
            let family: IPAddress.Family = try choice()
            return .icmp(family, type: try number())
        default: throw failure
        }
    }

    private mutating func rule() throws(UnpackError) -> PolicyRule {
        let direction: PolicyDirection = try choice()
        let action: PolicyAction = try choice()
        let path = try text()
        let name = try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() }
        let peers = try optional { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.peer() }
        }
        let ports = try optional { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.port() }
        }
        return PolicyRule(direction, action, path: path, name: name, peers: peers, ports: ports)
    }

    mutating func spec() throws(UnpackError) -> NetworkPolicy {
        let kind: PolicyKind = try choice()
        let namespace = try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() }
        let name = try text()
        let index = try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.number(Int.self) }
        let tier: Tier = try choice()
        let priority = Int32(bitPattern: try number())
        let subject = try selector()
        var isolates: Set<PolicyDirection> = []
        for direction in PolicyDirection.allCases where try flag() { isolates.insert(direction) }
        let rules = try list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.rule() }
        return NetworkPolicy(
            kind: kind, namespace: namespace, name: name, specIndex: index, tier: tier, priority: priority, subject: subject, isolates: isolates,
            rules: rules)
    }

    mutating func policy() throws(UnpackError) -> StoredPolicy {
        let key = try key()
        let number: UInt32 = try number()
        let specs = try list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.spec() }
        return StoredPolicy(key: key, number: number, specs: specs, manifest: try blob())
    }
}
