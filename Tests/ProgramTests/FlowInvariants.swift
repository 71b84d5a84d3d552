import BPF
import CFabricABI
import Datapath
import Model
import Net

/// What must be true of every entry of the flow tables, whatever packets came.
struct FlowInvariants {
    /// Index of the device by endpoint.
    let devices: [UInt32: UInt32]
    /// Endpoint by address.
    let owners: [[UInt8]: UInt32]
    let revision: UInt32

    init(_ bench: borrowing Bench) throws {
        var devices: [UInt32: UInt32] = [:], owners: [[UInt8]: UInt32] = [:]
        for endpoint in bench.desired.endpoints {
            devices[endpoint.id] = bench.ifindex(endpoint.device)
            for address in endpoint.addresses { owners[address.bytes] = endpoint.id }
        }
        let active: fabric_active? = try bench.object.map(named: "active").lookup(UInt32(0))
        (self.devices, self.owners, revision) = (devices, owners, active?.revision ?? 0)
    }

    /// The first entry that breaks one, and which; nil when all is well.
    func broken(_ bench: borrowing Bench) throws -> String? {
        for map in [MapName.flows, .halfopen] {
            for entry in try bench.entries(map) {
                if let what = broken(entry.key, entry.value, established: map == .flows) {
                    return "\(map.rawValue): \(what): \(entry.key) \(entry.value)"
                }
            }
        }
        return nil
    }

    private func broken(_ key: fabric_flow_key, _ flow: fabric_flow, established: Bool) -> String? {
        let states =
            established
            ? [FABRIC_FLOW_ESTABLISHED, FABRIC_FLOW_CLOSING] : [FABRIC_FLOW_NEW, FABRIC_FLOW_REPLIED, FABRIC_FLOW_CLOSING]
        guard states.contains(where: { UInt8($0.rawValue) == flow.state }) else { return "state" }
        guard key.denied == 0, key.reserved == 0 else { return "key" }
        guard [FABRIC_FAMILY_IPV4, FABRIC_FAMILY_IPV6].contains(where: { UInt8($0.rawValue) == key.family }) else { return "family" }
        guard withUnsafePointer(to: key, { fabric_flow_cookie($0) }) == flow.cookie else { return "cookie" }
        guard flow.revision == revision else { return "revision" }
        guard flow.initiator < 2 else { return "initiator" }
        // In numeric order of the words as they lie in memory.
        let (low, high) = key.address
        guard (low.words.0, low.words.1, key.port.0) <= (high.words.0, high.words.1, key.port.1) else { return "order" }
        for (address, endpoint, half, other) in [
            (low, flow.endpoint.0, flow.half.0, flow.endpoint.1), (high, flow.endpoint.1, flow.half.1, flow.endpoint.0),
        ] {
            // The node itself is the node, whatever address it uses.
            let isNode = endpoint == 0 && half.input == UInt32(FABRIC_INPUT_HOST)
            guard isNode || owners[withUnsafeBytes(of: address) { [UInt8]($0) }] ?? 0 == endpoint else { return "endpoint" }
            // What a pod sends comes in by its device; what does not come from one never does.
            guard endpoint == 0 ? !devices.values.contains(half.input) : half.input == devices[endpoint] else { return "input" }
            // And goes to the pod at the other end, if there is one.
            let output = UInt32(half.output)
            if other != 0 {
                guard output == FABRIC_OUTPUT_ENDPOINT.rawValue, half.target == other else { return "output" }
            } else {
                guard [FABRIC_OUTPUT_NEXTHOP, FABRIC_OUTPUT_STACK].contains(where: { $0.rawValue == output }) else { return "output" }
            }
        }
        guard flow.endpoint.0 != 0 || flow.endpoint.1 != 0 else { return "no pod at either end" }
        // Somebody has sent. Of a flow that was seen from its SYN on, its initiator has, and who has answered nothing has made nothing of it.
        let first = flow.initiator == 0 ? flow.half.0 : flow.half.1, second = flow.initiator == 0 ? flow.half.1 : flow.half.0
        guard first.packets > 0 || second.packets > 0 else { return "nothing sent" }
        guard flow.flags & UInt8(FABRIC_FLOW_OPENED.rawValue) != 0 else { return nil }
        let unanswered = [FABRIC_FLOW_NEW, FABRIC_FLOW_CLOSING].contains { UInt8($0.rawValue) == flow.state }
        guard first.packets > 0 else { return "nothing sent by its initiator" }
        guard second.packets > 0 || unanswered else { return "no answer" }
        return nil
    }
}
