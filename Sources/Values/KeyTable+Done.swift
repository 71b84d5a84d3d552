extension KeyTable {
    /// Keys whose values are used.
    static let done: [KeyRule] = [
        .done("ipv6.enabled", "enable-ipv6", .ipv6Enabled),
        .done("ipv4.enabled", "enable-ipv4", .ipv4Enabled),
        .done("ipv6NativeRoutingCIDR", "ipv6-native-routing-cidr", .ipv6NativeRoutingCIDR),
        .done("ipv6.nativeRoutingCIDR", nil, .ipv6NativeRoutingCIDR),
        .done("ipv4NativeRoutingCIDR", "ipv4-native-routing-cidr", .ipv4NativeRoutingCIDR),
        .done("ipv4.nativeRoutingCIDR", nil, .ipv4NativeRoutingCIDR),
        // Before Cilium 1.10, when only IPv4 had one.
        .done("nativeRoutingCIDR", "native-routing-cidr", .ipv4NativeRoutingCIDR),

        // Accepted with the values that ask for native routing.
        .done("tunnel", "tunnel", .tunnel),
        .done("routingMode", "routing-mode", .routingMode),
        .done("tunnelProtocol", "tunnel-protocol", .tunnelProtocol),
        .done("autoDirectNodeRoutes", "auto-direct-node-routes", .autoDirectNodeRoutes),

        .done("devices", "devices", .devices),
        .done("cluster.name", "cluster-name", .clusterName),
        .done("cluster.id", "cluster-id", .clusterID),
        .done("MTU", "mtu", .mtu),
        .done("bpf.root", "bpf-root", .bpfRoot),
        .done("bgpControlPlane.enabled", "enable-bgp-control-plane", .bgpEnabled),

        .done("bpf.ctTcpMax", "bpf-ct-global-tcp-max", .tcpFlowTableSize),
        .done("bpf.ctAnyMax", "bpf-ct-global-any-max", .anyFlowTableSize),
        .done("bpf.policyMapMax", "bpf-policy-map-max", .policyMapSize),
        .done("bpf.monitorInterval", "monitor-aggregation-interval", .monitorInterval),
        // These have no Helm key; a chart takes them under `extraConfig`.
        .done(nil, "bpf-ct-timeout-regular-tcp", .timeoutTCP),
        .done(nil, "bpf-ct-timeout-regular-tcp-syn", .timeoutTCPSYN),
        .done(nil, "bpf-ct-timeout-regular-tcp-fin", .timeoutTCPFIN),
        .done(nil, "bpf-ct-timeout-regular-any", .timeoutAny),
    ]
}
