internal import Model
internal import Net

/// One value of a filter option, parsed.
enum FlowCondition: Sendable {
    /// Which end has to meet it.
    enum Side: Sendable {
        case either
        case source
        case destination
    }

    /// An event, with its ends looked up when some condition needs it.
    struct Context {
        var event: FlowEvent
        var names: Names
        var source: Int?
        var destination: Int?

        func pod(isSource: Bool) -> (namespace: String, name: String)? {
            guard let index = isSource ? source : destination else { return nil }
            return names.podName(index)
        }

        func labels(isSource: Bool) -> [String] {
            names.labels(identity: isSource ? event.sourceIdentity : event.destinationIdentity, index: isSource ? source : destination)
        }
    }

    case pod(Side, namespace: Glob, name: Glob)
    case address(Side, Prefix)
    case port(Side, ClosedRange<UInt16>)
    case identity(Side, Set<UInt32>)
    case label(Side, LabelSelector)
    case protocols(Set<UInt8>)
    case verdict(UInt8)
    case reason(UInt8)
    /// Nil: any sub-type.
    case type(UInt8, subtype: UInt8?)
    case direction(UInt8)
    case reply(Bool)
    /// All of these are set, whatever else is.
    case tcpFlags(TCPFlags)
    case icmpType(version4: UInt8?, version6: UInt8?)
    case family(IPAddress.Family)
    case interface(index: UInt32?, name: Glob)
    case nextHop(address: IPAddress?, text: Glob)
    case nodeName(Glob)

    var usesNames: Bool {
        switch self {
        case .pod, .label: true
        default: false
        }
    }

    func matches(_ context: Context) -> Bool {
        let event = context.event
        switch self {
        case .pod(let side, let namespace, let name):
            return side.matches { isSource in
                guard let pod = context.pod(isSource: isSource) else { return false }
                return namespace.matches(pod.namespace) && name.matches(pod.name)
            }
        case .address(let side, let prefix):
            return event.family != nil && side.matches { prefix.contains($0 ? event.source : event.destination) }
        case .port(let side, let ports):
            return event.hasPorts && side.matches { ports.contains($0 ? event.sourcePort : event.destinationPort) }
        case .identity(let side, let identities):
            return side.matches { identities.contains($0 ? event.sourceIdentity : event.destinationIdentity) }
        case .label(let side, let selector): return side.matches { selector.matches(context.labels(isSource: $0)) }
        case .protocols(let numbers): return event.family != nil && numbers.contains(event.protocol)
        case .verdict(let verdict): return event.verdict == verdict
        case .reason(let reason): return event.isDrop && event.reason == reason
        case .type(let type, let subtype):
            return event.type == type && (subtype.map { $0 == (event.isDrop ? event.reason : event.point) } ?? true)
        case .direction(let direction): return event.direction == direction
        case .reply(let isReply): return event.isReply == isReply
        case .tcpFlags(let flags): return event.family != nil && event.protocol == IPProtocol.tcp && event.tcpFlags.isSuperset(of: flags)
        case .icmpType(let version4, let version6):
            return (event.protocol == IPProtocol.icmp && event.icmpType == version4)
                || (event.protocol == IPProtocol.icmpv6 && event.icmpType == version6)
        case .family(let family): return event.family == family
        case .interface(let index, let name):
            if let index, event.interface == index { return true }
            return (context.names.interface(of: event).map(name.matches) ?? false)
                || (context.names.nextHop(event.nextHop).map { name.matches($0.device) } ?? false)
        case .nextHop(let address, let text):
            guard event.nextHop != 0, let hop = context.names.nextHop(event.nextHop) else { return false }
            if let address, hop.address == address { return true }
            return text.matches(hop.text) || text.matches(hop.device) || (hop.name.map(text.matches) ?? false)
        case .nodeName(let name): return name.matches(context.names.nodeName) || name.matches(context.names.absoluteNodeName)
        }
    }
}

extension FlowCondition.Side {
    /// - Parameter isMet: asked with true for the source.
    func matches(_ isMet: (Bool) -> Bool) -> Bool {
        switch self {
        case .either: isMet(true) || isMet(false)
        case .source: isMet(true)
        case .destination: isMet(false)
        }
    }
}

extension Names {
    func podName(_ index: Int) -> (namespace: String, name: String)? {
        subjects[index].pod.map { ($0.namespace, $0.name) }
    }
}

/// A name in which `*` stands for any number of characters.
struct Glob: Hashable, Sendable {
    private let pattern: [UInt8]
    private let isLiteral: Bool

    static let any = Glob("*")

    init(_ pattern: String) {
        self.pattern = Array(pattern.utf8)
        isLiteral = !self.pattern.contains(UInt8(ascii: "*"))
    }

    func matches(_ text: String) -> Bool {
        if isLiteral { return text.utf8.elementsEqual(pattern) }
        let text = Array(text.utf8)
        var position = 0
        var next = 0
        // After a star, what follows is tried one character further each time; only the last star ever needs another try.
        var star: (pattern: Int, text: Int)?
        while position < text.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                star = (next, position)
                next += 1
            } else if next < pattern.count, pattern[next] == text[position] {
                next += 1
                position += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                next = last.pattern + 1
                position = last.text + 1
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
