public import Net

/// The name of a pod: `NAMESPACE/POD`.
public struct PodName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var namespace: String
    public var name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// - Parameter text: `NAMESPACE/POD`; each an RFC 1123 name of at most 253 characters.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(Self.isName) else { return nil }
        self.init(namespace: parts[0], name: parts[1])
    }

    /// Lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit (RFC 1123).
    public static func isName(_ text: String) -> Bool {
        let characters = Array(text.utf8)
        func isAlphanumeric(_ c: UInt8) -> Bool { (97...122).contains(c) || (48...57).contains(c) }
        guard let first = characters.first, let last = characters.last, characters.count <= 253, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return characters.allSatisfy { isAlphanumeric($0) || $0 == 45 || $0 == 46 }
    }

    public var description: String { "\(namespace)/\(name)" }

    public static func < (a: PodName, b: PodName) -> Bool {
        a.namespace != b.namespace ? a.namespace < b.namespace : a.name < b.name
    }
}

/// A pod of this node.
public struct Endpoint: Codable, Hashable, Sendable {
    /// Never reused on this node.
    public var id: UInt32
    public var pod: PodName
    /// IPv6 first.
    public var addresses: [IPAddress]
    public var identity: UInt32
    /// As `key=value`, without source.
    public var labels: [String: String]
    /// The host side of the pod's device.
    public var device: String
    public var mac: MACAddress
    /// MAC address of the host side: the pod's gateway.
    public var hostMAC: MACAddress
    /// Path of the pod's network namespace, when fabctl made the device; nil for an adopted one.
    public var netns: String?
    /// Name of the device inside the pod.
    public var podDevice: String
    public var mtu: Int

    public init(
        id: UInt32, pod: PodName, addresses: [IPAddress], identity: UInt32, labels: [String: String], device: String, mac: MACAddress,
        hostMAC: MACAddress,
        netns: String?, podDevice: String, mtu: Int
    ) {
        self.id = id
        self.pod = pod
        self.addresses = addresses
        self.identity = identity
        self.labels = labels
        self.device = device
        self.mac = mac
        self.hostMAC = hostMAC
        self.netns = netns
        self.podDevice = podDevice
        self.mtu = mtu
    }
}

/// A pod that was on this node, kept so that the flow history can name it.
public struct DepartedEndpoint: Codable, Hashable, Sendable {
    public var id: UInt32
    public var pod: PodName
    public var identity: UInt32
    public var addresses: [IPAddress]
    /// ns, CLOCK_MONOTONIC.
    public var deletedAt: UInt64

    public init(id: UInt32, pod: PodName, identity: UInt32, addresses: [IPAddress], deletedAt: UInt64) {
        self.id = id
        self.pod = pod
        self.identity = identity
        self.addresses = addresses
        self.deletedAt = deletedAt
    }
}
