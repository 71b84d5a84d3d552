/// Keys that Cilium knows: the yardstick for the table, which must have something to say of each.
enum CiliumKeys {
    /// Paths in the Helm charts 1.14 to 1.19 (`values.yaml` and what templates use beside), cut off where all below is alike.
    static let helm: [String] = """
        MTU affinity agent agentNotReadyTaintKey aksbyocni.enabled alibabacloud.enabled alibabacloud.nodeSpec annotateK8sNode
        annotations apiRateLimit authentication.enabled authentication.gcInterval authentication.mutual.connectTimeout
        authentication.mutual.port authentication.mutual.spire authentication.mutual.spire.serverAddress authentication.queueSize
        authentication.rotatedIdentitiesQueueSize autoDirectNodeRoutes azure.clientID azure.clientSecret azure.enabled azure.nodeSpec
        azure.resourceGroup azure.subscriptionID azure.tenantID azure.usePrimaryAddress azure.userAssignedIdentityID
        bandwidthManager.bbr bandwidthManager.bbrHostNamespaceOnly bandwidthManager.enabled bgp.announce.loadbalancerIP
        bgp.announce.podCIDR bgp.enabled bgpControlPlane.enabled bgpControlPlane.legacyOriginAttribute.enabled
        bgpControlPlane.routerIDAllocation.ipPool bgpControlPlane.routerIDAllocation.mode bgpControlPlane.secretsNamespace.create
        bgpControlPlane.secretsNamespace.name bgpControlPlane.statusReport.enabled bpf.authMapMax bpf.autoMount bpf.ctAccounting
        bpf.ctAnyMax bpf.ctTcpMax bpf.datapathMode bpf.disableExternalIPMitigation bpf.distributedLRU bpf.enableTCX bpf.events
        bpf.hostLegacyRouting bpf.lbAlgorithmAnnotation bpf.lbExternalClusterIP bpf.lbMapMax bpf.lbModeAnnotation
        bpf.lbSourceRangeAllTypes bpf.mapDynamicSizeRatio bpf.masquerade bpf.monitorAggregation bpf.monitorFlags bpf.monitorInterval
        bpf.monitorTraceIPOption bpf.natMax bpf.neighMax bpf.nodeMapMax bpf.policyMapMax bpf.policyMapPressureMetricsThreshold
        bpf.policyStatsMapMax bpf.preallocateMaps bpf.root bpf.tproxy bpf.vlanBypass bpfClockProbe certgen cgroup.autoMount.enabled
        cgroup.autoMount.resources cgroup.hostRoot ciliumEndpointSlice.enabled ciliumEndpointSlice.rateLimits
        ciliumEndpointSlice.sliceMode cleanBpfState cleanState cluster.id cluster.name clusterHealthPort clustermesh.annotations
        clustermesh.apiserver.affinity clustermesh.apiserver.etcd clustermesh.apiserver.extraArgs clustermesh.apiserver.extraEnv
        clustermesh.apiserver.extraVolumeMounts clustermesh.apiserver.extraVolumes clustermesh.apiserver.healthPort
        clustermesh.apiserver.image clustermesh.apiserver.kvstoremesh clustermesh.apiserver.lifecycle clustermesh.apiserver.metrics
        clustermesh.apiserver.nodeSelector clustermesh.apiserver.podAnnotations clustermesh.apiserver.podDisruptionBudget
        clustermesh.apiserver.podLabels clustermesh.apiserver.podSecurityContext clustermesh.apiserver.priorityClassName
        clustermesh.apiserver.readinessProbe clustermesh.apiserver.replicas clustermesh.apiserver.resources
        clustermesh.apiserver.securityContext clustermesh.apiserver.service clustermesh.apiserver.terminationGracePeriodSeconds
        clustermesh.apiserver.tls clustermesh.apiserver.tolerations clustermesh.apiserver.topologySpreadConstraints
        clustermesh.apiserver.updateStrategy clustermesh.cacheTTL clustermesh.config.clusters clustermesh.config.domain
        clustermesh.config.enabled clustermesh.enableEndpointSliceSynchronization clustermesh.enableMCSAPISupport
        clustermesh.maxConnectedClusters clustermesh.mcsapi.corednsAutoConfigure clustermesh.mcsapi.enabled
        clustermesh.mcsapi.installCRDs clustermesh.policyDefaultLocalCluster clustermesh.useAPIServer cni.binPath cni.chainingMode
        cni.chainingTarget cni.confFileMountPath cni.confPath cni.configMap cni.configMapKey cni.customConf
        cni.enableRouteMTUForCNIChaining cni.exclusive cni.externalRouting cni.hostConfDirMountPath cni.install
        cni.iptablesRemoveAWSRules cni.logFile cni.readCniConf cni.resources cni.uninstall commonLabels
        configDriftDetection.driftChecker configDriftDetection.enabled configDriftDetection.ignoredKeys connectivityProbeFrequencyRatio
        conntrackGCInterval conntrackGCMaxInterval containerRuntime.integration crdWaitTimeout customCalls.enabled
        daemon.allowedConfigOverrides daemon.blockedConfigOverrides daemon.configSources daemon.enableSourceIPVerification
        daemon.runPath dashboards debug.enabled debug.metricsSamplingInterval debug.verbose defaultLBServiceIPAM devices
        directRoutingSkipUnreachable disableEndpointCRD disableEnvoyVersionCheck disableIptablesFeederRules dnsPolicy
        dnsPolicyUnloadOnShutdown dnsProxy.dnsRejectResponseCode dnsProxy.enableDnsCompression dnsProxy.enableTransparentMode
        dnsProxy.endpointMaxIpPerHostname dnsProxy.idleConnectionGracePeriod dnsProxy.maxDeferredConnectionDeletes dnsProxy.minTtl
        dnsProxy.preAllocateIdentities dnsProxy.preCache dnsProxy.proxyPort dnsProxy.proxyResponseMaxDelay dnsProxy.socketLingerTimeout
        egressGateway.enabled egressGateway.installRoutes egressGateway.maxPolicyEntries egressGateway.reconciliationTriggerInterval
        egressMasqueradeInterfaces enableCiliumEndpointSlice enableCnpStatusUpdates enableCriticalPriorityClass enableIPv4BIGTCP
        enableIPv4Masquerade enableIPv6BIGTCP enableIPv6Masquerade enableIdentityMark enableInternalTrafficPolicy enableK8sEndpointSlice
        enableK8sEventHandover enableK8sTerminatingEndpoint enableLBIPAM enableMasqueradeRouteSource enableNoServiceEndpointsRoutable
        enableNonDefaultDenyPolicies enableRuntimeDeviceDetection enableXTSocketFallback encryption.enabled encryption.interface
        encryption.ipsec.encryptedOverlay encryption.ipsec.interface encryption.ipsec.keyFile encryption.ipsec.keyRotationDuration
        encryption.ipsec.keyWatcher encryption.ipsec.mountPath encryption.ipsec.secretName encryption.keyFile encryption.mountPath
        encryption.nodeEncryption encryption.secretName encryption.strictMode.allowRemoteNodeIdentities encryption.strictMode.cidr
        encryption.strictMode.egress encryption.strictMode.enabled encryption.strictMode.ingress encryption.type
        encryption.wireguard.encapsulate encryption.wireguard.persistentKeepalive encryption.wireguard.userspaceFallback
        encryption.ztunnel.affinity encryption.ztunnel.annotations encryption.ztunnel.caAddress encryption.ztunnel.extraEnv
        encryption.ztunnel.extraVolumeMounts encryption.ztunnel.extraVolumes encryption.ztunnel.healthPort encryption.ztunnel.image
        encryption.ztunnel.nodeSelector encryption.ztunnel.podAnnotations encryption.ztunnel.podLabels
        encryption.ztunnel.priorityClassName encryption.ztunnel.readinessProbe encryption.ztunnel.resources encryption.ztunnel.secrets
        encryption.ztunnel.terminationGracePeriodSeconds encryption.ztunnel.tolerations encryption.ztunnel.updateStrategy
        endpointHealthChecking.enabled endpointLockdownOnMapOverflow endpointPolicyUpdateTimeoutDuration endpointRoutes.enabled
        endpointStatus.enabled endpointStatus.status eni.awsEnablePrefixDelegation eni.awsReleaseExcessIPs eni.ec2APIEndpoint
        eni.enabled eni.eniTags eni.gcInterval eni.gcTags eni.iamRole eni.instanceTagsFilter eni.nodeSpec eni.subnetIDsFilter
        eni.subnetTagsFilter eni.updateEC2AdapterLimitViaAPI envoy.affinity envoy.annotations envoy.baseID envoy.bootstrapConfigMap
        envoy.clusterMaxConnections envoy.clusterMaxRequests envoy.connectTimeoutSeconds envoy.debug envoy.dnsPolicy envoy.enabled
        envoy.extraArgs envoy.extraContainers envoy.extraEnv envoy.extraHostPathMounts envoy.extraVolumeMounts envoy.extraVolumes
        envoy.healthPort envoy.httpRetryCount envoy.httpUpstreamLingerTimeout envoy.idleTimeoutDurationSeconds envoy.image
        envoy.initContainers envoy.initialFetchTimeoutSeconds envoy.livenessProbe envoy.log envoy.maxConcurrentRetries
        envoy.maxConnectionDurationSeconds envoy.maxGlobalDownstreamConnections envoy.maxRequestsPerConnection envoy.nodeSelector
        envoy.podAnnotations envoy.podLabels envoy.podSecurityContext envoy.policyRestoreTimeoutDuration envoy.priorityClassName
        envoy.prometheus envoy.readinessProbe envoy.resources envoy.rollOutPods envoy.securityContext envoy.startupProbe
        envoy.streamIdleTimeoutDurationSeconds envoy.terminationGracePeriodSeconds envoy.tolerations envoy.updateStrategy
        envoy.useOriginalSourceAddress envoy.xffNumTrustedHopsL7PolicyEgress envoy.xffNumTrustedHopsL7PolicyIngress envoyConfig.enabled
        envoyConfig.retryInterval envoyConfig.secretsNamespace.create envoyConfig.secretsNamespace.name etcd externalIPs.enabled
        externalWorkloads.enabled extraArgs extraConfig extraContainers extraEnv extraHostPathMounts extraInitContainers
        extraVolumeMounts extraVolumes forceDeviceDetection fragmentTracking gatewayAPI.enableAlpn gatewayAPI.enableAppProtocol
        gatewayAPI.enableProxyProtocol gatewayAPI.enabled gatewayAPI.externalTrafficPolicy gatewayAPI.gatewayClass
        gatewayAPI.hostNetwork gatewayAPI.secretsNamespace gatewayAPI.xffNumTrustedHops gke.enabled healthCheckICMPFailureThreshold
        healthChecking healthPort highScaleIPcache.enabled hostFirewall.enabled hostPort.enabled hubble identityAllocationMode
        identityChangeGracePeriod identityManagementMode image imagePullSecrets ingressController.default
        ingressController.defaultSecretName ingressController.defaultSecretNamespace ingressController.enableProxyProtocol
        ingressController.enabled ingressController.enforceHttps ingressController.hostNetwork
        ingressController.ingressLBAnnotationPrefixes ingressController.loadbalancerMode ingressController.secretsNamespace
        ingressController.service initResources installNoConntrackIptablesRules ipMasqAgent.config ipMasqAgent.enabled
        ipam.ciliumNodeUpdateRate ipam.installUplinkRoutesForDelegatedIPAM ipam.mode ipam.multiPoolPreAllocation ipam.nodeSpec
        ipam.operator iptablesLockTimeout iptablesRandomFully ipv4.enabled ipv4NativeRoutingCIDR ipv6.enabled ipv6NativeRoutingCIDR k8s
        k8s.apiServerURLs k8s.requireIPv4PodCIDR k8s.requireIPv6PodCIDR k8s.serviceProxyName
        k8sClientExponentialBackoff.backoffBaseSeconds k8sClientExponentialBackoff.backoffMaxDurationSeconds
        k8sClientExponentialBackoff.enabled k8sClientRateLimit k8sNetworkPolicy.enabled k8sServiceHost k8sServiceHostRef.key
        k8sServiceHostRef.name k8sServiceLookupConfigMapName k8sServiceLookupNamespace k8sServicePort keepDeprecatedLabels
        keepDeprecatedProbes kubeConfigPath kubeProxyReplacement kubeProxyReplacementHealthzBindAddr l2NeighDiscovery.enabled
        l2NeighDiscovery.refreshPeriod l2announcements.enabled l2announcements.leaseDuration l2announcements.leaseRenewDeadline
        l2announcements.leaseRetryPeriod l2podAnnouncements.enabled l2podAnnouncements.interface l2podAnnouncements.interfacePattern
        l7Proxy labels livenessProbe loadBalancer.acceleration loadBalancer.algorithm loadBalancer.dsrDispatch loadBalancer.experimental
        loadBalancer.l7 loadBalancer.mode loadBalancer.protocolDifferentiation.enabled loadBalancer.serviceTopology
        loadBalancer.standalone localRedirectPolicies.addressMatcherCIDRs localRedirectPolicies.enabled localRedirectPolicy logOptions
        logSystemLoad maglev monitor.enabled name namespaceOverride nat.mapStatsEntries nat.mapStatsInterval nat46x64Gateway.enabled
        nodeIPAM.enabled nodeLabels nodePort.addresses nodePort.autoProtectPortRange nodePort.bindProtection
        nodePort.directRoutingDevice nodePort.enableHealthCheck nodePort.enableHealthCheckLoadBalancerIP nodePort.enabled nodePort.range
        nodeSelector nodeSelectorLabels nodeinit nonIdempotentAnnotations operator pmtuDiscovery.enabled
        pmtuDiscovery.packetizationLayerPMTUDMode podAnnotations podLabels podSecurityContext policyAuditMode policyCIDRMatchMode
        policyDenyResponse policyEnforcementMode pprof preflight priorityClassName prometheus proxy.prometheus.enabled
        proxy.prometheus.port proxy.sidecarImageRegex rbac readinessProbe remoteNodeIdentity resourceQuotas resources rollOutCiliumPods
        routingMode scheduling.mode sctp.enabled secretsNamespaceAnnotations secretsNamespaceLabels securityContext serviceAccounts
        serviceNoBackendResponse sessionAffinity sleepAfterInit socketLB.enabled socketLB.hostNamespaceOnly
        socketLB.terminatePodConnections socketLB.tracing standaloneDnsProxy.annotations standaloneDnsProxy.automountServiceAccountToken
        standaloneDnsProxy.debug standaloneDnsProxy.enabled standaloneDnsProxy.image standaloneDnsProxy.nodeSelector
        standaloneDnsProxy.rollOutPods standaloneDnsProxy.serverPort standaloneDnsProxy.tolerations standaloneDnsProxy.updateStrategy
        startupProbe svcSourceRangeCheck synchronizeK8sNodes sysctlfix.enabled terminationGracePeriodSeconds tls tmpVolume tolerations
        tunnel tunnelPort tunnelProtocol tunnelSourcePortRange underlayProtocol updateStrategy upgradeCompatibility vtep.cidr
        vtep.enabled vtep.endpoint vtep.mac vtep.mask waitForKubeProxy wellKnownIdentities.enabled
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    /// Keys of the ConfigMaps these charts make, and agent options that are given by hand.
    static let configMap: [String] = """
        agent-health-port agent-not-ready-taint-key alibabacloud-security-group-tags alibabacloud-security-groups
        alibabacloud-vswitch-tags alibabacloud-vswitches annotate-k8s-node api-rate-limit arping-refresh-period
        auto-create-cilium-node-resource auto-create-cilium-pod-ip-pools auto-direct-node-routes aws-enable-prefix-delegation
        aws-release-excess-ips azure-interface-name azure-use-primary-address azure-user-assigned-identity-id bgp-announce-lb-ip
        bgp-announce-pod-cidr bgp-router-id-allocation-ip-pool bgp-router-id-allocation-mode bgp-secrets-namespace bpf-auth-map-max
        bpf-conntrack-accounting bpf-ct-global-any-max bpf-ct-global-tcp-max bpf-ct-timeout-regular-any bpf-ct-timeout-regular-tcp
        bpf-ct-timeout-regular-tcp-fin bpf-ct-timeout-regular-tcp-syn bpf-ct-timeout-service-any bpf-ct-timeout-service-tcp
        bpf-distributed-lru bpf-events-default-burst-limit bpf-events-default-rate-limit bpf-events-drop-enabled
        bpf-events-policy-verdict-enabled bpf-events-trace-enabled bpf-fragments-map-max bpf-lb-acceleration bpf-lb-algorithm
        bpf-lb-algorithm-annotation bpf-lb-dsr-dispatch bpf-lb-external-clusterip bpf-lb-maglev-hash-seed bpf-lb-maglev-table-size
        bpf-lb-map-max bpf-lb-mode bpf-lb-mode-annotation bpf-lb-only bpf-lb-proto-diff bpf-lb-sock bpf-lb-sock-hostns-only
        bpf-lb-sock-terminate-pod-connections bpf-lb-source-range-all-types bpf-map-dynamic-size-ratio bpf-nat-global-max
        bpf-neigh-global-max bpf-node-map-max bpf-policy-map-max bpf-policy-map-pressure-metrics-threshold bpf-policy-stats-map-max
        bpf-root bpf-sock-rev-map-max ces-rate-limits ces-slice-mode cgroup-root cilium-endpoint-gc-interval clean-cilium-bpf-state
        clean-cilium-state cluster-health-port cluster-id cluster-name cluster-pool-ipv4-cidr cluster-pool-ipv4-mask-size
        cluster-pool-ipv6-cidr cluster-pool-ipv6-mask-size clustermesh-cache-ttl clustermesh-enable-endpoint-sync
        clustermesh-enable-mcs-api clustermesh-mcs-api-install-crds cni-chaining-mode cni-chaining-target cni-exclusive
        cni-external-routing cni-log-file cni-uninstall cnp-node-status-gc-interval connectivity-probe-frequency-ratio
        conntrack-gc-interval conntrack-gc-max-interval controller-group-metrics crd-wait-timeout custom-cni-conf datapath-mode debug
        debug-verbose default-lb-service-ipam devices direct-routing-device direct-routing-skip-unreachable disable-cnp-status-updates
        disable-endpoint-crd disable-envoy-version-check disable-external-ip-mitigation disable-iptables-feeder-rules
        dns-policy-unload-on-shutdown dnsproxy-enable-transparent-mode dnsproxy-socket-linger-timeout ec2-api-endpoint
        egress-gateway-policy-map-max egress-gateway-reconciliation-trigger-interval egress-masquerade-interfaces
        enable-auto-protect-node-port-range enable-bandwidth-manager enable-bbr enable-bbr-hostns-only enable-bgp-control-plane
        enable-bgp-control-plane-status-report enable-bgp-legacy-origin-attribute enable-bpf-clock-probe enable-bpf-masquerade
        enable-bpf-tproxy enable-cilium-endpoint-slice enable-custom-calls enable-drift-checker enable-dynamic-config
        enable-egress-gateway enable-encryption-strict-mode enable-encryption-strict-mode-egress enable-encryption-strict-mode-ingress
        enable-endpoint-health-checking enable-endpoint-lockdown-on-policy-overflow enable-endpoint-routes enable-envoy-config
        enable-experimental-lb enable-external-ips enable-gateway-api enable-gateway-api-alpn enable-gateway-api-app-protocol
        enable-gateway-api-proxy-protocol enable-gateway-api-secrets-sync enable-health-check-loadbalancer-ip
        enable-health-check-nodeport enable-health-checking enable-high-scale-ipcache enable-host-firewall enable-host-legacy-routing
        enable-host-port enable-host-reachable-services enable-hubble enable-hubble-open-metrics enable-icmp-rules enable-identity-mark
        enable-ingress-controller enable-ingress-proxy-protocol enable-ingress-secrets-sync enable-internal-traffic-policy
        enable-ip-masq-agent enable-ipsec enable-ipsec-encrypted-overlay enable-ipsec-key-watcher enable-ipv4 enable-ipv4-big-tcp
        enable-ipv4-egress-gateway enable-ipv4-fragment-tracking enable-ipv4-masquerade enable-ipv6 enable-ipv6-big-tcp
        enable-ipv6-masquerade enable-ipv6-ndp enable-k8s-endpoint-slice enable-k8s-event-handover enable-k8s-networkpolicy
        enable-k8s-terminating-endpoint enable-l2-announcements enable-l2-neigh-discovery enable-l2-pod-announcements enable-l7-proxy
        enable-lb-ipam enable-local-node-route enable-local-redirect-policy enable-masquerade-to-route-source enable-metrics
        enable-nat46x64-gateway enable-no-service-endpoints-routable enable-node-ipam enable-node-port enable-node-selector-labels
        enable-non-default-deny-policies enable-pmtu-discovery enable-policy enable-policy-secrets-sync enable-recorder
        enable-remote-node-identity enable-route-mtu-for-cni-chaining enable-runtime-device-detection enable-sctp
        enable-service-topology enable-session-affinity enable-source-ip-verification enable-srv6 enable-standalone-dns-proxy
        enable-svc-source-range-check enable-tcx enable-vtep enable-well-known-identities enable-wireguard
        enable-wireguard-userspace-fallback enable-xdp-prefilter enable-xt-socket-fallback enable-ztunnel encrypt-interface encrypt-node
        encryption-strict-egress-allow-remote-node-identities encryption-strict-egress-cidr
        encryption-strict-mode-allow-remote-node-identities encryption-strict-mode-cidr endpoint-policy-update-timeout endpoint-status
        enforce-ingress-https eni-delete-on-termination eni-disable-prefix-delegation eni-exclude-interface-tags
        eni-first-interface-index eni-gc-interval eni-gc-tags eni-security-group-tags eni-security-groups eni-subnet-ids eni-subnet-tags
        eni-tags eni-use-primary-address envoy-access-log-buffer-size envoy-base-id envoy-config-retry-interval envoy-default-log-level
        envoy-http-upstream-linger-timeout envoy-keep-cap-netbindservice envoy-log envoy-policy-restore-timeout envoy-secrets-namespace
        etcd-config exclude-local-address external-envoy-proxy force-device-detection gateway-api-hostnetwork-enabled
        gateway-api-hostnetwork-nodelabelselector gateway-api-secrets-namespace gateway-api-service-externaltrafficpolicy
        gateway-api-xff-num-trusted-hops health-check-icmp-failure-threshold http-retry-count http-stream-idle-timeout
        hubble-disable-tls hubble-drop-events hubble-drop-events-interval hubble-drop-events-reasons hubble-dynamic-metrics-config-path
        hubble-event-buffer-capacity hubble-event-queue-size hubble-export-aggregation-interval hubble-export-allowlist
        hubble-export-denylist hubble-export-fieldaggregate hubble-export-fieldmask hubble-export-file-compress
        hubble-export-file-max-backups hubble-export-file-max-size-mb hubble-export-file-path hubble-flowlogs-config-path
        hubble-listen-address hubble-lost-event-send-interval hubble-metrics hubble-metrics-server hubble-metrics-server-enable-tls
        hubble-metrics-server-tls-cert-file hubble-metrics-server-tls-client-ca-files hubble-metrics-server-tls-key-file
        hubble-network-policy-correlation-enabled hubble-prefer-ipv6 hubble-redact-enabled hubble-redact-http-headers-allow
        hubble-redact-http-headers-deny hubble-redact-http-urlquery hubble-redact-http-userinfo hubble-redact-kafka-apikey
        hubble-skip-unknown-cgroup-ids hubble-socket-path hubble-tls-cert-file hubble-tls-client-ca-files hubble-tls-key-file
        identity-allocation-mode identity-change-grace-period identity-gc-interval identity-heartbeat-timeout identity-management-mode
        ignore-flags-drift-checker ingress-default-lb-mode ingress-default-secret-name ingress-default-secret-namespace
        ingress-hostnetwork-enabled ingress-hostnetwork-nodelabelselector ingress-hostnetwork-shared-listener-port
        ingress-lb-annotation-prefixes ingress-secrets-namespace ingress-shared-lb-service-name install-egress-gateway-routes
        install-iptables-rules install-no-conntrack-iptables-rules install-uplink-routes-for-delegated-ipam instance-tags-filter
        ip-tracing-option-type ipam ipam-cilium-node-update-rate ipam-max-allocate ipam-min-allocate ipam-multi-pool-pre-allocation
        ipam-pre-allocate ipam-static-ip-tags ipsec-key-file ipsec-key-rotation-duration iptables-lock-timeout iptables-random-fully
        ipv4-native-routing-cidr ipv4-node ipv4-range ipv4-service-range ipv6-mcast-device ipv6-native-routing-cidr ipv6-node ipv6-range
        ipv6-service-range k8s-api-server k8s-api-server-urls k8s-client-burst k8s-client-qps k8s-kubeconfig-path
        k8s-require-ipv4-pod-cidr k8s-require-ipv6-pod-cidr k8s-service-proxy-name kube-proxy-replacement
        kube-proxy-replacement-healthz-bind-address kvstore kvstore-opt l2-announcements-lease-duration l2-announcements-renew-deadline
        l2-announcements-retry-period l2-pod-announcements-interface l2-pod-announcements-interface-pattern labels lib-dir
        limit-ipam-api-burst limit-ipam-api-qps loadbalancer-l7 loadbalancer-l7-algorithm loadbalancer-l7-ports log-opt log-system-load
        lrp-address-matcher-cidrs masquerade max-connected-clusters mesh-auth-enabled mesh-auth-gc-interval
        mesh-auth-mutual-connect-timeout mesh-auth-mutual-enabled mesh-auth-mutual-listener-port mesh-auth-queue-size
        mesh-auth-rotated-identities-queue-size mesh-auth-spiffe-trust-domain mesh-auth-spire-admin-socket mesh-auth-spire-agent-socket
        mesh-auth-spire-server-address mesh-auth-spire-server-connection-timeout metrics metrics-sampling-interval monitor-aggregation
        monitor-aggregation-flags monitor-aggregation-interval monitor-queue-size mtu multicast-enabled nat-map-stats-entries
        nat-map-stats-interval native-routing-cidr node-labels node-port-bind-protection node-port-range nodeport-addresses
        nodes-gc-interval operator-api-serve-addr operator-k8s-client-burst operator-k8s-client-qps operator-pprof
        operator-pprof-address operator-pprof-block-profile-rate operator-pprof-mutex-profile-fraction operator-pprof-port
        operator-prometheus-enable-tls operator-prometheus-serve-addr operator-prometheus-tls-cert-file
        operator-prometheus-tls-client-ca-files operator-prometheus-tls-key-file packetization-layer-pmtud-mode pod-restart-selector
        policy-audit-mode policy-cidr-match-mode policy-default-local-cluster policy-deny-response policy-secrets-namespace
        policy-secrets-only-from-secrets-namespace pprof pprof-address pprof-block-profile-rate pprof-mutex-profile-fraction pprof-port
        preallocate-bpf-maps procfs prometheus-serve-addr proxy-admin-port proxy-cluster-max-connections proxy-cluster-max-requests
        proxy-connect-timeout proxy-idle-timeout-seconds proxy-initial-fetch-timeout proxy-max-active-downstream-connections
        proxy-max-concurrent-retries proxy-max-connection-duration-seconds proxy-max-requests-per-connection proxy-prometheus-port
        proxy-use-original-source-address proxy-xff-num-trusted-hops-egress proxy-xff-num-trusted-hops-ingress read-cni-conf
        remove-cilium-node-taints route-metric routing-mode service-no-backend-response set-cilium-is-up-condition
        set-cilium-node-taints sidecar-istio-proxy-image skip-cnp-status-startup-clean skip-crd-creation socket-path
        standalone-dns-proxy-server-port state-dir subnet-ids-filter subnet-tags-filter synchronize-k8s-nodes
        tofqdns-dns-reject-response-code tofqdns-enable-dns-compression tofqdns-endpoint-max-ip-per-hostname
        tofqdns-idle-connection-grace-period tofqdns-max-deferred-connection-deletes tofqdns-min-ttl tofqdns-pre-cache
        tofqdns-preallocate-identities tofqdns-proxy-port tofqdns-proxy-response-max-delay trace-payloadlen trace-sock tunnel
        tunnel-port tunnel-protocol tunnel-source-port-range underlay-protocol unmanaged-pod-watcher-interval
        update-ec2-adapter-limit-via-api vlan-bpf-bypass vtep-cidr vtep-endpoint vtep-mac vtep-mask wireguard-encapsulate
        wireguard-persistent-keepalive write-cni-conf-when-ready
        """.split { $0 == " " || $0 == "\n" }.map(String.init)
}
