public import Net

/// What a Cilium Helm values file or `cilium-config` ConfigMap asks of fabctl. Nil and empty mean "not said": an upgrade keeps
/// what the node has.
public struct InstallValues: Hashable, Sendable {
    public var ipv6Enabled: Bool?
    public var ipv4Enabled: Bool?
    /// Prefixes of enabled families within which packets go unchanged, IPv6 first; at most one of each family.
    public var nativeRoutingCIDRs: [Prefix] = []
    /// Accepted, and without effect: next hops are told with `fabctl node add --via`.
    public var autoDirectNodeRoutes: Bool?
    /// Uplinks by name; a name ending in `+` stands for all that begin so.
    public var devices: [String] = []
    public var clusterName: String?
    /// 0...511.
    public var clusterID: Int?
    /// Of pods' devices, in bytes. 0 in the file is "not said".
    public var mtu: Int?
    /// Entries for TCP flows (`bpf.ctTcpMax`).
    public var tcpFlowTableSize: Int?
    /// Entries for flows of other protocols (`bpf.ctAnyMax`).
    public var anyFlowTableSize: Int?
    /// Entries of policy maps (`bpf.policyMapMax`).
    public var policyMapSize: Int?
    /// How often an active flow is reported, in nanoseconds (`bpf.monitorInterval`).
    public var monitorAggregationInterval: UInt64?
    public var ctTimeouts = FlowTimeouts()
    /// Where bpffs is mounted (`bpf.root`), an absolute path.
    public var bpfRoot: String?
    /// `bgpControlPlane.enabled`: whether the BGP speaker is wanted. It is run and configured apart from the datapath.
    public var bgpEnabled: Bool?

    /// Keys that change nothing here, each once, in the order of the file.
    public var ignored: [IgnoredKey] = []
    /// Unknown keys and the like, in the order of the file. None when read strictly.
    public var warnings: [Problem] = []

    public init() {}

    /// Entries of the one flow table that holds the flows of all protocols, nil when no size was given.
    public var flowTableSize: Int? {
        tcpFlowTableSize == nil && anyFlowTableSize == nil ? nil : (tcpFlowTableSize ?? 0) + (anyFlowTableSize ?? 0)
    }

    public var ipv6NativeRoutingCIDR: Prefix? { nativeRoutingCIDRs.first { $0.family == .ipv6 } }
    public var ipv4NativeRoutingCIDR: Prefix? { nativeRoutingCIDRs.first { $0.family == .ipv4 } }
}

/// How long an idle flow is remembered, in nanoseconds, by its state. Cilium's `bpf-ct-timeout-*`; nil where not said.
public struct FlowTimeouts: Hashable, Sendable {
    /// Established TCP (`bpf-ct-timeout-regular-tcp`).
    public var tcp: UInt64?
    /// TCP before it is established (`bpf-ct-timeout-regular-tcp-syn`).
    public var tcpSYN: UInt64?
    /// TCP after FIN or RST (`bpf-ct-timeout-regular-tcp-fin`).
    public var tcpFIN: UInt64?
    /// Everything else (`bpf-ct-timeout-regular-any`).
    public var any: UInt64?

    public init(tcp: UInt64? = nil, tcpSYN: UInt64? = nil, tcpFIN: UInt64? = nil, any: UInt64? = nil) {
        self.tcp = tcp
        self.tcpSYN = tcpSYN
        self.tcpFIN = tcpFIN
        self.any = any
    }
}
