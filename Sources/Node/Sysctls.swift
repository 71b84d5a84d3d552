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
        return out
    }

    /// Router advertisements would be ignored once the node forwards; where they were heeded, they stay so.
    static func advertisementSetting(_ uplink: String) -> String { "net/ipv6/conf/\(uplink)/accept_ra" }
}
