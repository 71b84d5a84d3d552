import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
public import Model
import Net
import Netlink

/// An endpoint and what the pinned maps say of it.
public struct EndpointView: Sendable {
    public let endpoint: Endpoint
    /// Of the host side of its device, as programs know it.
    public let ifindex: Int?
    /// `ready` when programs know it, `not-ready` otherwise.
    public let state: String

    public init(endpoint: Endpoint, ifindex: Int?, state: String) {
        self.endpoint = endpoint
        self.ifindex = ifindex
        self.state = state
    }
}

extension Node {
    /// This node's pods, sorted by name. Needs nothing but the pins.
    public func endpoints() throws(NodeError) -> [EndpointView] { try endpoints(try desired()) }

    func endpoints(_ desired: Desired) throws(NodeError) -> [EndpointView] {
        return try mapping { () throws(BPFError) in
            let map = try BPFMap.open(pinned: "\(maps)/endpoints", readOnly: true)
            var views: [EndpointView] = []
            for endpoint in desired.endpoints {
                let record: fabric_endpoint? = try map.lookup(endpoint.id % UInt32(FABRIC_ENDPOINT_SLOTS))
                let known = record.flatMap { $0.id == endpoint.id ? Int($0.ifindex) : nil }
                views.append(EndpointView(endpoint: endpoint, ifindex: known, state: known == nil ? "not-ready" : "ready"))
            }
            return views
        }
    }

    /// Connects a pod.
    public func addEndpoint(_ request: EndpointRequest, dryRun: Bool, timeout: UInt64) throws(NodeError) -> EndpointView {
        let endpoint = try change(dryRun: dryRun, timeout: timeout) { (desired: inout Desired, facts: NodeFacts) throws(NodeError) -> Endpoint in
            // Asked again for what is there, as after a command that was killed: nothing to do.
            if let present = desired.endpoints.first(where: { $0.pod == request.pod }), request.asks(for: present), facts.links[present.device] != nil
            {
                return present
            }
            try desired.checkIsNew(request.pod)
            if let device = request.device { return try adopt(request, device: device, &desired, facts) }
            guard let netns = request.netns else { throw NodeError(.invalid, "give the pod's network namespace or device") }
            try checkPodNamespace(netns, podDevice: "eth0")
            let added = try desired.addEndpoint(
                request, device: nil, podDevice: "eth0", mac: Self.randomMAC(), hostMAC: Self.randomMAC())
            if facts.links[added.device] != nil {
                throw NodeError(.invalid, "device \(added.device) exists already", hint: "remove it, or adopt it with --device")
            }
            return added
        }
        if dryRun { return EndpointView(endpoint: endpoint, ifindex: nil, state: "not-ready") }
        return try endpoints().first { $0.endpoint.id == endpoint.id } ?? EndpointView(endpoint: endpoint, ifindex: nil, state: "not-ready")
    }

    private func adopt(_ request: EndpointRequest, device: String, _ desired: inout Desired, _ facts: NodeFacts) throws(NodeError) -> Endpoint {
        guard let found = facts.devices.first(where: { $0.name == device }), let hostMAC = found.mac else {
            throw NodeError(.invalid, "there is no device \(device)", hint: "ip link shows them")
        }
        if desired.config.uplinks.contains(where: { $0.device == device }) { throw NodeError(.invalid, "device \(device) is an uplink") }
        if let owner = desired.endpoints.first(where: { $0.device == device }) {
            throw NodeError(.invalid, "device \(device) is \(owner.pod)'s")
        }
        let mac = try peerMAC(of: device)
        return try desired.addEndpoint(request, device: device, podDevice: "", mac: mac, hostMAC: hostMAC)
    }

    /// The MAC address at the other end of a veth pair, wherever it is.
    private func peerMAC(of device: String) throws(NodeError) -> MACAddress {
        let (link, neighbours) = try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            let link = try socket.link(named: device)
            return (link, try socket.neighbours(ifindex: link?.index))
        }
        guard let link, link.kind == "veth", let peer = link.peerIndex else {
            throw NodeError(.invalid, "device \(device) is not a veth device", hint: "endpoint add --device adopts the node's side of a veth pair")
        }
        if link.peerNamespaceID == nil {
            let near = try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in try socket.link(index: peer) }
            if let mac = near?.macAddress { return mac }
        }
        for name in (try? NetworkNamespace.names()) ?? [] {
            // Interface indexes repeat from one namespace to the next: only the number tells which of them has the other end.
            guard let namespace = try? NetworkNamespace(named: name) else { continue }
            let number = try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in try socket.number(of: namespace) }
            guard number >= 0, number == link.peerNamespaceID, var socket = try? NetlinkSocket(in: namespace) else { continue }
            if let far = try? socket.link(index: peer), far.kind == "veth", let mac = far.macAddress { return mac }
        }
        if let mac = neighbours.compactMap(\.macAddress).first { return mac }
        throw NodeError(.invalid, "the other end of \(device) is in no namespace with a name: its MAC address cannot be found", hint: "use --netns")
    }

    private func checkPodNamespace(_ path: String, podDevice: String) throws(NodeError) {
        do throws(NetlinkError) {
            let pod = try NetworkNamespace(path: path)
            if try pod.identity() == NetworkNamespace.current().identity() {
                throw NetlinkError(operation: "use \(path)", code: EINVAL, message: "it is this node's own network namespace")
            }
            var socket = try NetlinkSocket(in: pod)
            let taken = try socket.link(named: podDevice) != nil
            if taken { throw NetlinkError(operation: "make \(podDevice) in \(path)", code: EEXIST, message: "the pod has such a device") }
        } catch {
            throw NodeError(error.code == EPERM ? .permission : .invalid, error.description)
        }
    }

    /// A locally administered unicast address.
    private static func randomMAC() -> MACAddress {
        MACAddress((UInt64.random(in: 0...0xffff_ffff_ffff) & 0xfcff_ffff_ffff) | 0x0200_0000_0000)
    }

    /// Disconnects a pod and removes what was made for it.
    /// - Returns: the pod's id.
    public func deleteEndpoint(_ pod: PodName, dryRun: Bool, timeout: UInt64) throws(NodeError) -> UInt32 {
        try change(dryRun: dryRun, timeout: timeout) { (desired: inout Desired, facts: NodeFacts) throws(NodeError) in
            if facts.carriedOut.contains("delete endpoint \(pod)"), let gone = desired.departed.last(where: { $0.pod == pod }) { return gone.id }
            return try desired.deleteEndpoint(pod, now: monotonicNow()).id
        }
    }
}
