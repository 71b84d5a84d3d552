public import CFabricABI
public import Model
public import Net

/// What compiling needs to know of the kernel: a device by its name.
public struct LinkFact: Hashable, Sendable {
    public let ifindex: Int
    public let mtu: Int

    public init(ifindex: Int, mtu: Int) {
        self.ifindex = ifindex
        self.mtu = mtu
    }
}

/// A kernel route that has to be there, with fabctl's protocol number.
public struct KernelRoute: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case unicast, blackhole, unreachable }

    public var prefix: Prefix
    public var kind: Kind
    public var nextHops: [NextHop]
    /// Source address of the node's own packets over it, where the kernel would not find a good one by itself.
    public var preferredSource: IPAddress?

    public init(prefix: Prefix, kind: Kind, nextHops: [NextHop] = [], preferredSource: IPAddress? = nil) {
        self.prefix = prefix
        self.kind = kind
        self.nextHops = nextHops
        self.preferredSource = preferredSource
    }
}

/// The contents of all compiled maps, and the kernel routes that say the same: a pure function of the documents
/// (and of the numbers that the kernel gave to devices).
public struct Tables: Sendable {
    public var config = fabric_config()
    public var revision: UInt32 = 0
    /// By slot.
    public var endpoints: [UInt32: fabric_endpoint] = [:]
    /// By interface index.
    public var devices: [UInt32: fabric_device] = [:]
    /// Addresses and prefixes are as maps have them, and left out here: of a plan that is a part.
    public var keepsAddresses = false
    public var addresses: [IPAddress: fabric_address_value] = [:]
    /// In both banks.
    public var prefixes: [Prefix: fabric_prefix_value] = [:]
    /// Ids of the compiled policies that endpoints have; `plan` makes their entries.
    public var policies: Set<UInt32> = []
    public var routes: [Prefix: fabric_route] = [:]
    /// By index.
    public var groups: [UInt32: fabric_group] = [:]
    /// By slot.
    public var nextHops: [UInt32: fabric_nexthop] = [:]
    public var kernelRoutes: [KernelRoute] = []
    /// Devices that documents name and the kernel does not have.
    public var missingDevices: [String] = []

    public init() {}
}

extension Tables {
    /// The far end's number to policy, as programs find it (bpf/lib/judge.h).
    public func peer(of address: IPAddress) -> UInt32 {
        if let exact = addresses[address] { return exact.peer.0 }
        for length in (0...address.family.bits).reversed() {
            if let prefix = Prefix(address, length: length), let found = prefixes[prefix] { return found.peer }
        }
        return address.isIPv4 ? FABRIC_IDENTITY_WORLD_IPV4.rawValue : FABRIC_IDENTITY_WORLD_IPV6.rawValue
    }
}
