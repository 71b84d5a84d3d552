public import Compiler
public import Model
import Net
import Policy

/// One node of a test's cluster, with documents as a real one has them.
public struct TestNode: Sendable {
    public var desired: Desired
    public let plan: PolicyPlan

    /// Where packets to other nodes leave.
    static let uplink = "u1"
    /// History is of no use to a test.
    private static let forgetAfter: UInt64 = 0

    /// The device of a node's pod.
    static func device(_ place: Int) -> String { "p\(place + 1)" }

    /// - Parameters:
    ///   - pods: in the order of the cluster, each with its node.
    ///   - mac: of the devices by name, where they exist.
    init(_ name: String, _ cluster: ClusterObjects, pods: [(pod: ClusterPod, node: String)], policies: [StoredPolicy]) throws(TestError) {
        let own = cluster.nodes.first { $0.name == name } ?? ClusterNode(name: name)
        var config = NodeConfig(
            name: name, clusterName: cluster.name, podCIDRs: own.podCIDRs, nativeRoutingCIDRs: [], ipv4Enabled: true,
            uplinks: [Uplink(device: Self.uplink, ifindex: 0, mtu: 1500)], addresses: own.addresses, bootID: 1)
        config.mapSizes = MapSizes(flows: 1024, halfOpen: 1024, denied: 1024, policy: 16384, addresses: 16384, routes: 16384, history: 128)
        var desired = Desired(config: config)
        desired.policies = policies
        desired.cluster.namespaces = cluster.namespaces
        desired.cluster.pods = cluster.pods
        desired.cluster.nodes = cluster.nodes
        var numbers: [[String]: UInt32] = [:]
        var ips: [IPAddress: IPEntry] = [:]
        for (pod, node) in pods where !pod.hostNetwork {
            let labels = IdentityTable.podLabels(pod.labels, namespace: pod.namespace)
            let identity: UInt32
            if let known = numbers[labels] {
                identity = known
            } else {
                identity = desired.identities.nextLabels
                desired.identities.nextLabels += 1
                desired.identities.identities.append(Identity(number: identity, labels: labels))
                numbers[labels] = identity
            }
            let podName = PodName(namespace: pod.namespace, name: pod.name)
            if node == name {
                let place = desired.endpoints.count
                desired.endpoints.append(
                    Endpoint(
                        id: UInt32(place + 1), pod: podName, addresses: pod.addresses, identity: identity, labels: pod.labels,
                        device: Self.device(place), mac: MACAddress(0x0200_0000_0a00 + UInt64(place)),
                        hostMAC: MACAddress(0x0200_0000_0b00 + UInt64(place)), netns: nil, podDevice: "", mtu: 1500))
            } else {
                for address in pod.addresses {
                    ips[address] = IPEntry(prefix: Prefix(address), pod: podName, labels: pod.labels, identity: identity)
                }
            }
        }
        desired.registry.nextEndpointID = UInt32(desired.endpoints.count + 1)
        desired.ips = ips.values.sorted { $0.prefix < $1.prefix }
        let hop = NextHop(via: IPAddress("fe80::2"), device: Self.uplink)
        desired.nodes = cluster.nodes.filter { $0.name != name }.map {
            RemoteNode(name: $0.name, podCIDRs: $0.podCIDRs, addresses: $0.addresses, nextHops: [hop])
        }
        // A way to everybody else.
        desired.staticRoutes = [Prefix.ipv6Default, .ipv4Default].map {
            StaticRoute(prefix: $0, kind: .remote, source: .static, nextHops: [hop])
        }
        do throws(CapacityError) {
            try desired.register(now: 1, forgetAfter: Self.forgetAfter, limits: .maps)
        } catch {
            throw TestError(error.description)
        }
        plan = PolicyPlan(desired)
        plan.register(in: &desired.policyRegistry, endpoints: desired.endpoints, now: 1, forgetAfter: Self.forgetAfter)
        self.desired = desired
    }
}

/// Why a test cannot be carried out.
public struct TestError: Error, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
