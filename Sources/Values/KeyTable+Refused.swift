extension KeyTable {
    /// Keys that ask for something fabctl does not do, unless at the values given.
    static let refused: [KeyRule] = addresses + services + layer7 + security + fabric + platforms

    private static let masquerade = "pods' addresses are not translated: the fabric routes them"
    private static let service = "services are left to kube-proxy"

    /// Translation of addresses.
    private static let addresses: [KeyRule] = [
        .refused("enableIPv4Masquerade", "enable-ipv4-masquerade", because: masquerade),
        .refused("enableIPv6Masquerade", "enable-ipv6-masquerade", because: masquerade),
        .refused("masquerade", "masquerade", because: masquerade),
        .refused("bpf.masquerade", "enable-bpf-masquerade", because: masquerade),
        .refused("enableMasqueradeRouteSource", "enable-masquerade-to-route-source", because: masquerade),
        .refused("egressMasqueradeInterfaces", "egress-masquerade-interfaces", unless: .empty, because: masquerade),
        .refused("ipMasqAgent.enabled", "enable-ip-masq-agent", because: masquerade),
        .refused("nat46x64Gateway.enabled", "enable-nat46x64-gateway", because: "addresses are not translated between IPv4 and IPv6"),
        .refused(
            "egressGateway.enabled", "enable-ipv4-egress-gateway", "enable-egress-gateway",
            because: "pods leave the node by the fabric's routes, with their own addresses"),
    ]

    /// Load balancing.
    private static let services: [KeyRule] = [
        .refused("kubeProxyReplacement", "kube-proxy-replacement", unless: .texts(["false", "disabled"]), because: service),
        .refused("socketLB.enabled", "bpf-lb-sock", because: service),
        .refused("hostServices.enabled", "enable-host-reachable-services", because: service),
        .refused("nodePort.enabled", "enable-node-port", because: service),
        .refused("hostPort.enabled", "enable-host-port", because: service, hint: "use the portmap CNI plugin for host ports"),
        .refused("externalIPs.enabled", "enable-external-ips", because: service),
        .refused("loadBalancer.standalone", "bpf-lb-only", because: "this is no load balancer"),
        .refused("loadBalancer.acceleration", "bpf-lb-acceleration", unless: .texts(["disabled"]), because: service),
        .refused("localRedirectPolicy", "enable-local-redirect-policy", because: service),
        .refused("localRedirectPolicies.enabled", because: service),
        .refused("nodeIPAM.enabled", "enable-node-ipam", because: service),
        .refused("l2announcements.enabled", "enable-l2-announcements", because: "nothing is announced at layer 2", hint: "announce prefixes by BGP"),
        .refused(
            "l2podAnnouncements.enabled", "enable-l2-pod-announcements", because: "nothing is announced at layer 2", hint: "announce prefixes by BGP"),
        .refused("bgp.enabled", because: "the MetalLB speaker of Cilium before 1.17 is not part of fabctl", hint: "use bgpControlPlane.enabled"),
        .refused(
            nil, "bgp-announce-lb-ip", "bgp-announce-pod-cidr", because: "the MetalLB speaker of Cilium before 1.17 is not part of fabctl",
            hint: "use enable-bgp-control-plane"),
    ]

    private static let proxy = "there is no proxy: packets are judged by addresses and ports only"

    /// Proxies.
    private static let layer7: [KeyRule] = [
        .refused("l7Proxy", "enable-l7-proxy", because: proxy),
        .refused("envoy.enabled", because: proxy),
        .refused("envoyConfig.enabled", "enable-envoy-config", because: proxy),
        .refused("ingressController.enabled", "enable-ingress-controller", because: proxy),
        .refused("gatewayAPI.enabled", "enable-gateway-api", because: proxy),
        .refused("loadBalancer.l7.backend", "loadbalancer-l7", unless: .texts(["disabled"]), because: proxy),
        .refused("bpf.tproxy", "enable-bpf-tproxy", because: proxy),
        .refused("standaloneDnsProxy.enabled", "enable-standalone-dns-proxy", because: proxy),
    ]

    private static let encryption = "packets are not encrypted"

    /// Encryption, authentication, policy.
    private static let security: [KeyRule] = [
        .refused("encryption.enabled", "enable-ipsec", "enable-wireguard", "enable-ztunnel", because: encryption),
        .refused("encryption.strictMode.enabled", "enable-encryption-strict-mode", because: encryption),
        .refused("encryption.strictMode.egress.enabled", "enable-encryption-strict-mode-egress", because: encryption),
        .refused("encryption.strictMode.ingress.enabled", "enable-encryption-strict-mode-ingress", because: encryption),
        .refused("authentication.mutual.spire.enabled", "mesh-auth-mutual-enabled", because: "peers are not authenticated"),
        .refused("hostFirewall.enabled", "enable-host-firewall", because: "the host's own traffic is not filtered"),
        .refused("policyAuditMode", "policy-audit-mode", because: "a denied packet is dropped, never only reported"),
        .refused(
            "policyEnforcementMode", "enable-policy", unless: .texts(["default", "never"]), because: "a pod that no policy selects may talk to all"),
        .refused("policyCIDRMatchMode", "policy-cidr-match-mode", unless: .empty, because: "CIDR rules match addresses outside the cluster only"),
        .refused("policyDenyResponse", "policy-deny-response", unless: .texts(["none"]), because: "a denied packet is dropped, not answered"),
        .refused(
            "daemon.enableSourceIPVerification", "enable-source-ip-verification", unless: .on,
            because: "packets with a source that is not the pod's own are always dropped"),
    ]

    private static let packetPath = "pods' packets do not pass the host's netfilter"

    /// Other ways through the fabric.
    private static let fabric: [KeyRule] = [
        .refused("clustermesh.useAPIServer", because: "a node knows its own cluster only"),
        .refused("clustermesh.config.enabled", because: "a node knows its own cluster only"),
        .refused("clustermesh.mcsapi.enabled", "clustermesh-enable-mcs-api", because: "a node knows its own cluster only"),
        .refused("clustermesh.enableMCSAPISupport", because: "a node knows its own cluster only"),
        .refused("clustermesh.enableEndpointSliceSynchronization", "clustermesh-enable-endpoint-sync", because: "a node knows its own cluster only"),
        .refused("externalWorkloads.enabled", because: "only pods are endpoints"),
        .refused("bandwidthManager.enabled", "enable-bandwidth-manager", because: "pods' bandwidth is not limited"),
        .refused("bandwidthManager.bbr", "enable-bbr", because: "congestion control is left to the pods"),
        .refused("bandwidthManager.bbrHostNamespaceOnly", "enable-bbr-hostns-only", because: "congestion control is left to the host"),
        .refused("srv6.enabled", "enable-srv6", because: "packets get no segment routing header"),
        .refused("vtep.enabled", "enable-vtep", because: "there are no tunnels"),
        .refused("multicast.enabled", "multicast-enabled", because: "multicast is not forwarded"),
        .refused("highScaleIPcache.enabled", "enable-high-scale-ipcache", because: "there are no tunnels"),
        .refused("enableIPv4BIGTCP", "enable-ipv4-big-tcp", because: "packet size limits of devices are left as they are"),
        .refused("enableIPv6BIGTCP", "enable-ipv6-big-tcp", because: "packet size limits of devices are left as they are"),
        .refused("bpf.hostLegacyRouting", "enable-host-legacy-routing", because: packetPath),
        .refused("bpf.datapathMode", "datapath-mode", unless: .texts(["veth", "auto"]), because: "pods are joined by veth pairs"),
        .refused("bpf.vlanBypass", "vlan-bpf-bypass", unless: .empty, because: "frames with a VLAN tag are not taken from uplinks"),
        .refused(
            "bpf.monitorAggregation", "monitor-aggregation", unless: .texts(["medium", "maximum", "max"]),
            because: "flows are reported, not single packets"),
        .refused("bpf.monitorTraceIPOption", "ip-tracing-option-type", unless: .zero, because: "packets are not traced by an IP option"),
        .refused("customCalls.enabled", "enable-custom-calls", because: "programs of others are not called"),
        .refused(nil, "enable-xdp-prefilter", "enable-ipv6-ndp", "enable-recorder", "enable-tracing", because: "this is not done"),
        .refused("sockops.enabled", "sockops-enable", because: "sockets are not short-circuited"),
        .refused(
            "global", unless: .empty, because: "charts before Cilium 1.8 had their keys below it",
            hint: "move the keys below `global` to the top level"),
    ]

    private static let addressing = "pods' addresses come from the node's Pod CIDR"
    private static let chaining = "fabctl is the only plugin that makes pods' devices"

    /// Clouds, other plugins, addresses of pods.
    private static let platforms: [KeyRule] = [
        .refused(
            "ipam.mode", "ipam", unless: .texts(["cluster-pool", "kubernetes", "cluster-pool-v2beta"]), because: addressing,
            hint: "give the Pod CIDR with --pod-cidr"),
        .refused("eni.enabled", because: addressing),
        .refused("azure.enabled", because: addressing),
        .refused("alibabacloud.enabled", because: addressing),
        .refused("gke.enabled", because: addressing),
        .refused("aksbyocni.enabled", because: addressing),
        .refused("cni.chainingMode", "cni-chaining-mode", unless: .texts(["none"]), because: chaining),
        .refused("cni.chainingTarget", "cni-chaining-target", unless: .empty, because: chaining),
        .refused("cni.externalRouting", "cni-external-routing", because: chaining),
        .refused("flannel.enabled", because: chaining),
        .refused("ipvlan.enabled", because: chaining),
    ]
}
