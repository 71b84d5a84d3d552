import Net

/// BGP of a node, in Cilium's kinds, for `fabctl bgp apply -f`.
enum SpeakerConfiguration {
    static func text(_ plan: LabPlan, _ node: LabMember) -> String {
        var text = """
            # Written by fabctl lab up: \(node.name) announces its Pod CIDRs and its own addresses to its leaves.
            apiVersion: cilium.io/v2
            kind: CiliumBGPClusterConfig
            metadata: {name: lab}
            spec:
              bgpInstances:
                - name: lab
                  localASN: \(plan.bgp?.asns[node.name] ?? 0)
                  peers:

            """
        for session in plan.sessions(of: node) {
            text += "        - name: \(session.peer)\n          peerASN: \(session.peerASN)\n          peerConfigRef: {name: lab}\n"
            if let address = session.ipv6 {
                text += "          peerAddress: \"\(address)\"\n"
            } else {
                text += "          autoDiscovery: {mode: Unnumbered, unnumbered: {interface: \(session.device)}}\n"
            }
        }
        text += """
            ---
            apiVersion: cilium.io/v2
            kind: CiliumBGPPeerConfig
            metadata: {name: lab}
            spec:
              timers: {connectRetryTimeSeconds: 1, holdTimeSeconds: 9, keepAliveTimeSeconds: 3}
              gracefulRestart: {enabled: true, restartTimeSeconds: 60}
              families:

            """
        for family in plan.hasIPv4 ? ["ipv6", "ipv4"] : ["ipv6"] {
            text += "    - {afi: \(family), safi: unicast, advertisements: {matchLabels: {lab: announced}}}\n"
        }
        text += """
            ---
            apiVersion: cilium.io/v2
            kind: CiliumBGPAdvertisement
            metadata: {name: lab, labels: {lab: announced}}
            spec:
              advertisements:
                - advertisementType: PodCIDR
                - advertisementType: Interface
                  interface: {name: lo}

            """
        return text
    }
}
