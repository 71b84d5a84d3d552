import BPF
import CFabricABI
import Datapath
import Model
import Net

/// What the packet path has found out of where it sends: the map `health`.
extension Node {
    /// How often the packet path looks, in nanoseconds: what dies is left within a second.
    static let healthInterval: UInt64 = 100_000_000

    /// Next hops and pods that do not get what is sent to them.
    func healthProblems(_ desired: Desired) throws(NodeError) -> [Problem] {
        let now = monotonicNow()
        return try mapping { () throws(BPFError) in
            let map = try BPFMap.open(pinned: "\(maps)/\(MapName.health.rawValue)", readOnly: true)
            var out: [Problem] = []
            for hop in desired.registry.nextHops where hop.unusedSince == nil {
                guard let found: fabric_health = try map.lookup(hop.id % UInt32(FABRIC_NEXTHOP_SLOTS)), found.id == hop.id,
                    let what = Self.ailment(found, now)
                else { continue }
                out.append(
                    Problem(
                        "next hop \(hop.via.map { "\($0)%" } ?? "")\(hop.device)", what, remedy: "check the leaf and the cable",
                        severity: now &- found.checked < Self.fresh ? .error : .warning))
            }
            for endpoint in desired.endpoints {
                let slot = UInt32(FABRIC_NEXTHOP_SLOTS) + endpoint.id % UInt32(FABRIC_ENDPOINT_SLOTS)
                guard let found: fabric_health = try map.lookup(slot), found.id == endpoint.id, found.lost > 0, let what = Self.ailment(found, now)
                else { continue }
                out.append(Problem("endpoint \(endpoint.pod)", "\(endpoint.device) \(what)", remedy: "set its device up", severity: .warning))
            }
            return out
        }
    }

    /// Of these next hops, those that new flows do not take.
    func deadNextHops(_ ids: Set<UInt32>) throws(NodeError) -> Set<UInt32> {
        try mapping { () throws(BPFError) in
            let map = try BPFMap.open(pinned: "\(maps)/\(MapName.health.rawValue)", readOnly: true)
            var out: Set<UInt32> = []
            for id in ids {
                let found: fabric_health? = try map.lookup(id % UInt32(FABRIC_NEXTHOP_SLOTS))
                if let found, found.id == id, found.state >= FABRIC_HEALTH_UNANSWERED.rawValue { out.insert(id) }
            }
            return out
        }
    }

    /// ns: what was found longer ago may not be so any more, for nobody has sent there since.
    private static let fresh: UInt64 = 2_000_000_000

    private static func ailment(_ found: fabric_health, _ now: UInt64) -> String? {
        let what: String
        switch found.state {
        case FABRIC_HEALTH_UNANSWERED.rawValue: what = "does not answer"
        case FABRIC_HEALTH_DOWN.rawValue: what = "is down"
        default: return nil
        }
        let age = now &- found.checked < fresh ? "" : ", seen \(NodeStatus.duration(now &- found.checked)) ago"
        let lost = found.lost > 0 ? ", \(found.lost) packets lost" : ""
        return "\(what) since \(NodeStatus.duration(now &- found.since))\(age)\(lost)"
    }
}
