import Model
import Netlink

/// The node's settings that routing for pods needs.
enum NodeSysctls {
    /// What has to be set, for these settings of the node.
    static func wanted(_ config: NodeConfig) -> [(name: String, value: String)] {
        var out: [(name: String, value: String)] = [
            ("net/ipv6/conf/all/forwarding", "1"),
            // The kernel's choice among equal paths then depends on ports too, as ours does.
            ("net/ipv6/fib_multipath_hash_policy", "1"),
        ]
        if config.ipv4Enabled {
            out.append(("net/ipv4/ip_forward", "1"))
            out.append(("net/ipv4/fib_multipath_hash_policy", "1"))
        }
        for uplink in config.uplinks {
            out += ofUplink(uplink.device, family: "ipv6")
            if config.ipv4Enabled { out += ofUplink(uplink.device, family: "ipv4") }
        }
        return out
    }

    /// A next hop that stops answering is known to within a second: its neighbour entry is in doubt after 120 to 360 ms, and asked for three
    /// times. Routes over an uplink without carrier are not there, for the kernel as for the packet path.
    /// Times are multiples of 20 ms, which every HZ of a kernel can say exactly.
    private static func ofUplink(_ device: String, family: String) -> [(name: String, value: String)] {
        [
            ("net/\(family)/conf/\(device)/ignore_routes_with_linkdown", "1"),
            ("net/\(family)/neigh/\(device)/base_reachable_time_ms", "240"),
            ("net/\(family)/neigh/\(device)/delay_first_probe_time", "0"),
            ("net/\(family)/neigh/\(device)/retrans_time_ms", "80"),
        ]
    }

    /// Router advertisements would be ignored once the node forwards; where they were heeded, they stay so.
    static func advertisementSetting(_ uplink: String) -> String { "net/ipv6/conf/\(uplink)/accept_ra" }
}
