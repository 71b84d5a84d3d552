extension KeyTable {
    /// Keys without meaning here: they say how Cilium's own pods are run, how its agent goes about its work, or what features do that are
    /// refused when they are asked for.
    static let ignored: [KeyRule] =
        deployment + agent + observability + partlyIgnored.flatMap { KeyRule.ignored($0.key, children: $0.children) }
        + KeyRule.ignored(configMap: configMapIgnored)

    /// How Cilium's pods are run on Kubernetes.
    private static let deployment = KeyRule.ignored(helm: [
        "affinity", "agent", "annotations", "certgen", "cleanBpfState", "cleanState", "cgroup", "commonLabels", "config", "containerRuntime",
        "dashboards", "dnsPolicy", "enableCriticalPriorityClass", "extraArgs", "extraContainers", "extraEnv", "extraHostPathMounts",
        "extraInitContainers", "extraVolumeMounts", "extraVolumes", "image", "imagePullSecrets", "initResources", "keepDeprecatedLabels",
        "keepDeprecatedProbes", "livenessProbe", "name", "namespaceOverride", "nodeSelector", "nodeinit", "nonIdempotentAnnotations", "operator",
        "podAnnotations", "podLabels", "podSecurityContext", "preflight", "priorityClassName", "rbac", "readinessProbe", "resourceQuotas",
        "resources", "rollOutCiliumPods", "scheduling", "secretsNamespaceAnnotations", "secretsNamespaceLabels", "securityContext",
        "serviceAccounts", "sleepAfterInit", "startupProbe", "sysctlfix", "terminationGracePeriodSeconds", "tls", "tmpVolume", "tolerations",
        "updateStrategy", "upgradeCompatibility", "waitForKubeProxy",
    ])

    /// How the agent goes about its work, and defaults of ours that cannot be changed.
    private static let agent = KeyRule.ignored(helm: [
        "agentNotReadyTaintKey", "annotateK8sNode", "apiRateLimit", "bpfClockProbe", "ciliumEndpointSlice", "clusterHealthPort",
        "configDriftDetection", "connectivityProbeFrequencyRatio", "conntrackGCInterval", "conntrackGCMaxInterval", "crdWaitTimeout", "debug",
        "defaultLBServiceIPAM", "directRoutingSkipUnreachable", "disableEndpointCRD", "disableEnvoyVersionCheck", "disableIptablesFeederRules",
        "dnsPolicyUnloadOnShutdown", "dnsProxy", "enableCiliumEndpointSlice", "enableCnpStatusUpdates", "enableIdentityMark",
        "enableInternalTrafficPolicy", "enableK8sEndpointSlice", "enableK8sEventHandover", "enableK8sTerminatingEndpoint", "enableLBIPAM",
        "enableNoServiceEndpointsRoutable", "enableNonDefaultDenyPolicies", "enableRuntimeDeviceDetection", "enableXTSocketFallback",
        "endpointHealthChecking", "endpointLockdownOnMapOverflow", "endpointPolicyUpdateTimeoutDuration", "endpointRoutes", "endpointStatus",
        "etcd", "forceDeviceDetection", "fragmentTracking", "healthCheckICMPFailureThreshold", "healthChecking", "healthPort",
        "identityAllocationMode", "identityChangeGracePeriod", "identityManagementMode", "installIptablesRules", "installNoConntrackIptablesRules",
        "iptablesLockTimeout", "iptablesRandomFully", "k8s", "k8sClientExponentialBackoff", "k8sClientRateLimit", "k8sNetworkPolicy",
        "k8sServiceHost", "k8sServiceHostRef", "k8sServiceLookupConfigMapName", "k8sServiceLookupNamespace", "k8sServicePort", "kubeConfigPath",
        "kubeProxyReplacementHealthzBindAddr", "l2NeighDiscovery", "labels", "logOptions", "logSystemLoad", "maglev", "nat", "nodeLabels",
        "nodeSelectorLabels", "pmtuDiscovery", "pprof", "proxy", "remoteNodeIdentity", "sctp", "serviceNoBackendResponse", "sessionAffinity",
        "svcSourceRangeCheck", "synchronizeK8sNodes", "tunnelPort", "tunnelSourcePortRange", "underlayProtocol", "wellKnownIdentities",
    ])

    private static let observability = KeyRule.ignored(helm: ["hubble", "monitor", "prometheus"])

    /// Groups of which some keys are done or refused: what else is below them means nothing, but a key unknown there is still found.
    private static let partlyIgnored: [(key: String, children: [String])] = [
        ("alibabacloud", ["nodeSpec"]),
        ("authentication", ["enabled", "gcInterval", "mutual.connectTimeout", "mutual.port", "queueSize", "rotatedIdentitiesQueueSize"]),
        (
            "authentication.mutual.spire",
            ["adminSocketPath", "agentSocketPath", "annotations", "connectionTimeout", "install", "serverAddress", "trustDomain"]
        ),
        (
            "azure",
            ["clientID", "clientSecret", "nodeSpec", "resourceGroup", "subscriptionID", "tenantID", "usePrimaryAddress", "userAssignedIdentityID"]
        ),
        ("bgp", ["announce"]),
        ("bgpControlPlane", ["legacyOriginAttribute", "routerIDAllocation", "secretsNamespace", "statusReport"]),
        (
            "bpf",
            [
                "authMapMax", "autoMount", "clockProbe", "ctAccounting", "disableExternalIPMitigation", "distributedLRU", "enableTCX", "events",
                "lbAlgorithmAnnotation", "lbBypassFIBLookup", "lbExternalClusterIP", "lbMapMax", "lbModeAnnotation", "lbSourceRangeAllTypes",
                "mapDynamicSizeRatio", "monitorFlags", "natMax", "neighMax", "nodeMapMax", "policyMapPressureMetricsThreshold", "policyStatsMapMax",
                "preallocateMaps", "waitForMount",
            ]
        ),
        (
            "clustermesh",
            ["annotations", "apiserver", "cacheTTL", "config.clusters", "config.domain", "maxConnectedClusters", "policyDefaultLocalCluster"]
        ),
        ("clustermesh.mcsapi", ["corednsAutoConfigure", "installCRDs"]),
        (
            "cni",
            [
                "binPath", "confFileMountPath", "confPath", "configMap", "configMapKey", "customConf", "enableRouteMTUForCNIChaining", "exclusive",
                "hostConfDirMountPath", "install", "iptablesRemoveAWSRules", "logFile", "readCniConf", "resources", "uninstall",
            ]
        ),
        ("daemon", ["allowedConfigOverrides", "blockedConfigOverrides", "configSources", "runPath"]),
        ("egressGateway", ["installRoutes", "maxPolicyEntries", "reconciliationTriggerInterval"]),
        ("encryption", ["interface", "ipsec", "keyFile", "mountPath", "nodeEncryption", "secretName", "type", "wireguard", "ztunnel"]),
        ("encryption.strictMode", ["allowRemoteNodeIdentities", "cidr", "egress.allowRemoteNodeIdentities", "egress.cidr"]),
        (
            "eni",
            [
                "awsEnablePrefixDelegation", "awsReleaseExcessIPs", "ec2APIEndpoint", "eniTags", "gcInterval", "gcTags", "iamRole",
                "instanceTagsFilter", "nodeSpec", "subnetIDsFilter", "subnetTagsFilter", "updateEC2AdapterLimitViaAPI",
            ]
        ),
        (
            "envoy",
            [
                "affinity", "annotations", "baseID", "bootstrapConfigMap", "clusterMaxConnections", "clusterMaxRequests", "connectTimeoutSeconds",
                "debug", "dnsPolicy", "extraArgs", "extraContainers", "extraEnv", "extraHostPathMounts", "extraVolumeMounts", "extraVolumes",
                "healthPort", "httpRetryCount", "httpUpstreamLingerTimeout", "idleTimeoutDurationSeconds", "image", "initContainers",
                "initialFetchTimeoutSeconds", "livenessProbe", "log", "maxConcurrentRetries", "maxConnectionDurationSeconds",
                "maxGlobalDownstreamConnections", "maxRequestsPerConnection", "nodeSelector", "podAnnotations", "podLabels", "podSecurityContext",
                "policyRestoreTimeoutDuration", "priorityClassName", "prometheus", "readinessProbe", "resources", "rollOutPods", "securityContext",
                "startupProbe", "streamIdleTimeoutDurationSeconds", "terminationGracePeriodSeconds", "tolerations", "updateStrategy",
                "useOriginalSourceAddress", "xffNumTrustedHopsL7PolicyEgress", "xffNumTrustedHopsL7PolicyIngress",
            ]
        ),
        ("envoyConfig", ["retryInterval", "secretsNamespace"]),
        ("flannel", ["masterDevice", "uninstallOnExit"]),
        (
            "gatewayAPI",
            [
                "enableAlpn", "enableAppProtocol", "enableProxyProtocol", "externalTrafficPolicy", "gatewayClass", "hostNetwork", "secretsNamespace",
                "xffNumTrustedHops",
            ]
        ),
        ("hostServices", ["protocols"]),
        (
            "ingressController",
            [
                "default", "defaultSecretName", "defaultSecretNamespace", "enableProxyProtocol", "enforceHttps", "hostNetwork",
                "ingressLBAnnotationPrefixes", "loadbalancerMode", "secretsNamespace", "service",
            ]
        ),
        ("ipMasqAgent", ["config"]),
        ("ipam", ["ciliumNodeUpdateRate", "installUplinkRoutesForDelegatedIPAM", "multiPoolPreAllocation", "nodeSpec", "operator"]),
        ("ipvlan", ["primaryDevice"]),
        ("l2announcements", ["leaseDuration", "leaseRenewDeadline", "leaseRetryPeriod"]),
        ("l2podAnnouncements", ["interface", "interfacePattern"]),
        (
            "loadBalancer",
            ["algorithm", "dsrDispatch", "experimental", "l7.algorithm", "l7.ports", "mode", "protocolDifferentiation", "serviceTopology"]
        ),
        ("localRedirectPolicies", ["addressMatcherCIDRs"]),
        (
            "nodePort",
            [
                "addresses", "autoProtectPortRange", "bindProtection", "directRoutingDevice", "enableHealthCheck", "enableHealthCheckLoadBalancerIP",
                "range",
            ]
        ),
        ("socketLB", ["hostNamespaceOnly", "terminatePodConnections", "tracing"]),
        (
            "standaloneDnsProxy",
            [
                "annotations", "automountServiceAccountToken", "debug", "image", "nodeSelector", "rollOutPods", "serverPort", "tolerations",
                "updateStrategy",
            ]
        ),
        ("vtep", ["cidr", "endpoint", "mac", "mask"]),
    ]

    /// Agent options of the same kinds. A star stands for all that begin so.
    private static let configMapIgnored = [
        "agent-health-port", "agent-labels", "agent-liveness-update-interval", "agent-not-ready-taint-key", "alibabacloud-*",
        "allocator-list-timeout", "allow-icmp-frag-needed", "allow-localhost", "annotate-k8s-node", "api-rate-limit", "arping-refresh-period",
        "auto-create-cilium-*", "aws-*", "azure-*", "bgp-config-path", "bgp-router-id-allocation-*", "bgp-secrets-namespace",
        "blacklist-conflicting-routes", "bpf-auth-map-max", "bpf-compile-debug", "bpf-conntrack-accounting", "bpf-ct-timeout-service-*",
        "bpf-distributed-lru", "bpf-events-*", "bpf-fragments-map-max", "bpf-lb-*", "bpf-map-*", "bpf-nat-global-max", "bpf-neigh-global-max",
        "bpf-node-map-max", "bpf-policy-map-full-reconciliation-interval", "bpf-policy-map-pressure-metrics-threshold", "bpf-policy-stats-map-max",
        "bpf-sock-rev-map-max", "certificates-directory", "ces-*", "cflags", "cgroup-root", "cilium-endpoint-gc-interval", "clean-cilium-bpf-state",
        "clean-cilium-state", "cluster-health-port", "cluster-pool-*", "clustermesh-*", "cnp-node-status-gc-interval", "cni-exclusive",
        "cni-log-file", "cni-uninstall", "config-dir", "config-sources", "connectivity-probe-frequency-ratio", "conntrack-gc-interval",
        "conntrack-gc-max-interval", "container-ip-local-reserved-ports", "container-runtime*", "controller-group-metrics", "crd-wait-timeout",
        "custom-cni-conf", "debug", "debug-verbose", "default-lb-service-ipam", "derive-masq-ip-addr-from-device", "direct-routing-device",
        "direct-routing-skip-unreachable", "disable-cnp-status-updates", "disable-conntrack", "disable-endpoint-crd", "disable-envoy-version-check",
        "disable-external-ip-mitigation", "disable-iptables-feeder-rules", "dns-*", "dnsproxy-*", "ec2-api-endpoint", "egress-gateway-*",
        "egress-multi-home-ip-rule-compat", "enable-active-connection-tracking", "enable-auto-protect-node-port-range",
        "enable-bgp-control-plane-status-report", "enable-bgp-legacy-origin-attribute", "enable-bpf-clock-probe", "enable-cilium-*",
        "enable-drift-checker", "enable-dynamic-config", "enable-dynamic-lifecycle-manager", "enable-encryption-strict-mode-*",
        "enable-endpoint-health-checking", "enable-endpoint-lockdown-on-policy-overflow", "enable-endpoint-routes", "enable-experimental-lb",
        "enable-extended-ip-protocols", "enable-gateway-api-*", "enable-health-check*", "enable-hubble*", "enable-icmp-rules",
        "enable-identity-mark", "enable-ingress-*", "enable-internal-traffic-policy", "enable-ip-masq-agent-*", "enable-ipip-termination",
        "enable-ipsec-*", "enable-ipv4-fragment-tracking", "enable-ipv6-fragment-tracking", "enable-k8s*", "enable-l2-neigh-discovery",
        "enable-lb-ipam", "enable-local-node-route", "enable-metrics", "enable-monitor", "enable-nat46x64-*",
        "enable-no-service-endpoints-routable", "enable-node-selector-labels", "enable-non-default-deny-policies", "enable-pmtu-discovery",
        "enable-policy-secrets-sync", "enable-remote-node-identity", "enable-remote-node-masquerade", "enable-route-mtu-for-cni-chaining",
        "enable-runtime-device-detection", "enable-sctp", "enable-service-topology", "enable-session-affinity",
        "enable-stale-cilium-endpoint-cleanup", "enable-svc-source-range-check", "enable-tcx", "enable-unreachable-routes",
        "enable-well-known-identities", "enable-wireguard-*", "enable-xt-socket-fallback", "encrypt-*", "encryption-strict-*", "endpoint-*",
        "enforce-ingress-https", "eni-*", "envoy-*", "etcd-config", "exclude-local-address", "exclude-node-label-patterns", "external-envoy-proxy",
        "fixed-identity-mapping", "flannel-*", "force-device-detection", "force-local-policy-eval-at-source", "fqdn-*", "gateway-api-*",
        "gops-port", "health-check-*", "host-reachable-services-protos", "http-*", "hubble-*", "identity-*", "ignore-flags-drift-checker",
        "ingress-*", "install-egress-gateway-routes", "install-iptables-rules", "install-no-conntrack-iptables-rules",
        "install-uplink-routes-for-delegated-ipam", "instance-tags-filter", "ip-allocation-timeout", "ip-masq-agent-config-path", "ipam-*",
        "ipsec-*", "iptables-*", "ipv4-node", "ipv4-pod-subnets", "ipv4-range", "ipv4-service-*", "ipv6-cluster-alloc-cidr", "ipv6-mcast-device",
        "ipv6-node", "ipv6-pod-subnets", "ipv6-range", "ipv6-service-*", "k8s-*", "keep-config", "kube-proxy-replacement-healthz-bind-address",
        "kvstore*", "l2-announcements-*", "l2-pod-announcements-*", "label-prefix-file", "labels", "lib-dir", "limit-ipam-api-*",
        "loadbalancer-l7-*", "local-max-addr-scope", "local-router-ipv4", "local-router-ipv6", "log-*", "lrp-address-matcher-cidrs",
        "max-connected-clusters", "max-controller-interval", "max-internal-timer-delay", "mesh-auth-*", "metrics", "metrics-sampling-interval",
        "monitor-aggregation-flags", "monitor-queue-size", "nat-map-stats-*", "node-*", "nodeport-addresses", "nodes-gc-interval", "operator-*",
        "packetization-layer-pmtud-mode", "pod-restart-selector", "policy-accounting", "policy-default-local-cluster", "policy-queue-size",
        "policy-restore-timeout", "policy-secrets-*", "policy-trigger-interval", "pprof*", "preallocate-bpf-maps", "prepend-iptables-chains",
        "procfs", "prometheus-serve-addr*", "proxy-*", "read-cni-conf", "remove-cilium-node-taints", "restore", "route-metric",
        "service-no-backend-response", "set-cilium-*", "sidecar-istio-proxy-image", "skip-*", "socket-path", "standalone-dns-proxy-*", "state-dir",
        "static-cnp-path", "status-collector-*", "subnet-ids-filter", "subnet-tags-filter", "synchronize-k8s-nodes", "taint-sync-workers",
        "tofqdns-*", "trace-*", "tunnel-port", "tunnel-source-port-range", "underlay-protocol", "unmanaged-pod-watcher-*",
        "update-ec2-adapter-limit-via-api", "use-cilium-internal-ip-for-ipsec", "use-full-tls-context", "version", "vtep-*", "wait-bpf-mount",
        "wireguard-*", "write-cni-conf-when-ready",
    ]
}
