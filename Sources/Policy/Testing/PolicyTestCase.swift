public import Net
public import YAML

/// A unit test of policies: a cluster, policies, and what should get through; or a text that must be refused.
public struct PolicyTestCase: Sendable {
    /// The file, as the operator named it.
    public var file: String
    /// Where the case begins.
    public var position: YAMLPosition
    public var name: String
    /// Nil when the case names none.
    public var category: String?
    public var cluster: ClusterObjects
    /// What `policies` hold, or `policyText`, with what is wrong with them.
    public var manifests: ManifestSet
    public var probes: [PolicyProbe]
    /// What validation must name; empty for a case of valid policies.
    public var expectInvalid: [ExpectedProblem]
    /// Paths that will do instead of any expected one.
    public var acceptablePaths: [String]

    /// Whether the case is about policies that must be refused.
    public var expectsRefusal: Bool { !expectInvalid.isEmpty }

    /// Expected problems that validation did not name.
    public var unnamed: [ExpectedProblem] {
        expectInvalid.filter { expected in
            !manifests.problems.contains { problem in
                ([expected.path] + acceptablePaths).contains { Self.names(problem, path: $0, isTypeMismatch: expected.type == .typeMismatch) }
            }
        }
    }

    /// Whether a problem is about `path`; an empty one is the document as a whole.
    static func names(_ problem: PolicyProblem, path: String, isTypeMismatch: Bool) -> Bool {
        if path.isEmpty { return problem.path.isEmpty || problem.type == .noMatch }
        // Go's decoder leaves indexes out.
        return isTypeMismatch ? withoutIndexes(problem.path) == withoutIndexes(path) : problem.path == path
    }

    private static func withoutIndexes(_ path: String) -> String {
        var text = ""
        var isInside = false
        for character in path {
            if character == "[" { isInside = true }
            if !isInside { text.append(character) }
            if character == "]" { isInside = false }
        }
        return text
    }
}

/// A problem that validation must find.
public struct ExpectedProblem: Hashable, Sendable {
    public var path: String
    /// Nil when the case does not say.
    public var type: PolicyProblem.Class?
}

/// A new connection, and whether it should get through.
public struct PolicyProbe: Hashable, Sendable, CustomStringConvertible {
    /// An end of a probe.
    public enum End: Hashable, Sendable, CustomStringConvertible {
        case pod(namespace: String, name: String)
        /// A process in the node's own network namespace.
        case node(String)
        /// An address; one of a pod or node means that pod or node.
        case address(IPAddress)

        public var description: String {
            switch self {
            case .pod(let namespace, let name): "\(namespace)/\(name)"
            case .node(let name): "node:\(name)"
            case .address(let address): "ip:\(address)"
            }
        }
    }

    public enum Traffic: Hashable, Sendable, CustomStringConvertible {
        /// To a destination port.
        case transport(TransportProtocol, port: UInt16)
        /// ICMP over IPv4, ICMPv6 over IPv6.
        case icmp(type: UInt8)

        public var description: String {
            switch self {
            case .transport(let transport, let port): "\(transport.name) \(port)"
            case .icmp(let type): "ICMP type \(type)"
            }
        }
    }

    public var from: End
    public var to: End
    public var traffic: Traffic
    public var family: IPAddress.Family
    public var expectsAllow: Bool
    /// In the case's file.
    public var position: YAMLPosition

    public init(from: End, to: End, traffic: Traffic, family: IPAddress.Family, expectsAllow: Bool, position: YAMLPosition) {
        self.from = from
        self.to = to
        self.traffic = traffic
        self.family = family
        self.expectsAllow = expectsAllow
        self.position = position
    }

    public var description: String { "\(from) -> \(to) \(traffic)" + (family == .ipv4 ? " over IPv4" : "") }
}
