import BPF
import CFabricABI
import CLinux
import Compiler
import Datapath
public import Model
public import Net
public import Policy

extension Node {
    /// Puts policies in force, all at one instant.
    /// - Returns: what became of each object, and the revision that is in force then.
    public func applyPolicies(
        _ policies: [StoredPolicy], _ objects: ClusterObjects, dryRun: Bool, timeout: UInt64
    ) throws(NodeError) -> [PolicyChange] {
        clinux_keep_freed_memory()
        return try change(dryRun: dryRun, timeout: timeout, asksKernel: false) { (desired: inout Desired, _: NodeFacts) throws(NodeError) in
            try desired.apply(policies, objects, now: monotonicNow())
        }
    }

    public func deletePolicies(
        _ keys: [PolicyKey], _ objects: ClusterObjects, dryRun: Bool, timeout: UInt64
    ) throws(NodeError) -> [PolicyChange] {
        clinux_keep_freed_memory()
        return try change(dryRun: dryRun, timeout: timeout, asksKernel: false) { (desired: inout Desired, _: NodeFacts) throws(NodeError) in
            desired.delete(keys, objects, now: monotonicNow())
        }
    }
}

/// One end's say in a flow, as the maps have it.
public struct PolicyAnswer: Sendable {
    public let direction: PolicyDirection
    public let pod: PodName
    public let isAllowed: Bool
    /// Denied because nothing allows it.
    public let isDefault: Bool
    /// Number of the rule; 0: no policy says anything.
    public let rule: UInt32
    public let meaning: RuleMeaning?
    /// Why policy was not asked: `the pod itself`, `its own node`.
    public let exemption: String?
}

/// The end of a flow.
public struct PolicyEnd: Hashable, Sendable {
    public let address: IPAddress
    /// Of this node.
    public let pod: PodName?
    public let isHost: Bool
    public let identity: UInt32

    public init(address: IPAddress, pod: PodName?, isHost: Bool, identity: UInt32) {
        self.address = address
        self.pod = pod
        self.isHost = isHost
        self.identity = identity
    }
}

extension Node {
    /// What the maps in force say of a new flow: asked as programs ask them.
    /// - Parameters:
    ///   - proto: IP protocol number.
    ///   - port: of the destination; ICMP: type in the high byte, code in the low one.
    public func explain(
        from source: IPAddress, to destination: IPAddress, proto: UInt8, port: UInt16
    ) throws(NodeError) -> (source: PolicyEnd, destination: PolicyEnd, answers: [PolicyAnswer]) {
        let desired = try desired()
        return try mapping { () throws(BPFError) in
            let maps = PolicyMaps(
                active: try BPFMap.open(pinned: "\(self.maps)/active", readOnly: true),
                endpoints: try BPFMap.open(pinned: "\(self.maps)/endpoints", readOnly: true),
                addresses: try BPFMap.open(pinned: "\(self.maps)/addresses", readOnly: true),
                prefixes: try BPFMap.open(pinned: "\(self.maps)/prefixes", readOnly: true),
                policies: try BPFMap.open(pinned: "\(self.maps)/policies", readOnly: true))
            let active: fabric_active = try maps.active.lookup(UInt32(0)) ?? fabric_active()
            let from = try maps.end(source, bank: active.bank & 1, desired)
            let to = try maps.end(destination, bank: active.bank & 1, desired)
            var answers: [PolicyAnswer] = []
            if let pod = from.end.pod {
                answers.append(try maps.answer(.egress, pod, from, to, proto: proto, port: port, bank: active.bank & 1, desired))
            }
            if let pod = to.end.pod {
                answers.append(try maps.answer(.ingress, pod, to, from, proto: proto, port: port, bank: active.bank & 1, desired))
            }
            return (from.end, to.end, answers)
        }
    }
}

/// The maps that policy is read from.
private struct PolicyMaps: ~Copyable {
    let active: BPFMap
    let endpoints: BPFMap
    let addresses: BPFMap
    let prefixes: BPFMap
    let policies: BPFMap

    struct Found {
        let end: PolicyEnd
        let endpoint: UInt32
        let peer: UInt32
    }

    func end(_ address: IPAddress, bank: UInt32, _ desired: Desired) throws(BPFError) -> Found {
        if let value: fabric_address_value = try addresses.lookup(fabric_address_key(address)) {
            let pod = value.endpoint == 0 ? nil : desired.endpoints.first { $0.id == value.endpoint }?.pod
            return Found(
                end: PolicyEnd(address: address, pod: pod, isHost: value.kind == FABRIC_ADDRESS_HOST.rawValue, identity: value.identity),
                endpoint: value.endpoint, peer: bank == 0 ? value.peer.0 : value.peer.1)
        }
        let value: fabric_prefix_value? = try prefixes.lookup(fabric_prefix_key(Prefix(address), bank: UInt8(bank)))
        let world = address.isIPv4 ? FABRIC_IDENTITY_WORLD_IPV4.rawValue : FABRIC_IDENTITY_WORLD_IPV6.rawValue
        return Found(
            end: PolicyEnd(address: address, pod: nil, isHost: false, identity: value?.identity ?? world), endpoint: 0, peer: value?.peer ?? world)
    }

    func answer(
        _ direction: PolicyDirection, _ pod: PodName, _ own: Found, _ other: Found, proto: UInt8, port: UInt16, bank: UInt32, _ desired: Desired
    ) throws(BPFError) -> PolicyAnswer {
        func allowed(_ exemption: String?) -> PolicyAnswer {
            PolicyAnswer(direction: direction, pod: pod, isAllowed: true, isDefault: false, rule: 0, meaning: nil, exemption: exemption)
        }
        if own.endpoint == other.endpoint { return allowed("the pod itself") }
        if other.end.isHost, direction == .ingress { return allowed("its own node") }
        let record: fabric_endpoint = try endpoints.lookup(own.endpoint % UInt32(FABRIC_ENDPOINT_SLOTS)) ?? fabric_endpoint()
        let policy = bank == 0 ? record.policy.0 : record.policy.1
        if record.id == own.endpoint, policy == 0 { return allowed(nil) }
        var key = fabric_policy_key(policy: policy, .init(direction, other.peer), PortKey(proto: proto, bits: 24, port: port))
        let mine: fabric_policy_value? = other.peer == UInt32(FABRIC_PEER_ANY) ? nil : try policies.lookup(key)
        key.peer = UInt32(FABRIC_PEER_ANY)
        let any: fabric_policy_value? = try policies.lookup(key)
        guard let decides = [mine, any].compactMap({ $0 }).max(by: { $0.precedence < $1.precedence }) else {
            return PolicyAnswer(direction: direction, pod: pod, isAllowed: false, isDefault: false, rule: 0, meaning: nil, exemption: nil)
        }
        let first = mine.map { $0.precedence >= decides.precedence } ?? false ? mine ?? decides : decides
        return PolicyAnswer(
            direction: direction, pod: pod, isAllowed: first.verdict == UInt8(FABRIC_POLICY_ALLOW.rawValue), isDefault: first.is_default != 0,
            rule: first.rule, meaning: desired.meaning(ofRule: first.rule), exemption: nil)
    }
}
