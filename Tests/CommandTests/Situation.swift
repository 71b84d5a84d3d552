import BPF
import Compiler
import Model
import Net
import Netlink
import NodeTestSupport
import Testing
@testable import Node

extension Fabric {
    /// What there is of the node, read without starting a program: pins, programs at every device, devices, addresses, permanent neighbours,
    /// routes, settings. Pods' devices are named after their pods, so that a pod that was added anew is the same.
    func situation() throws -> [String] {
        let desired = try? Node(root: root).desired()
        let pods = Dictionary((desired?.endpoints ?? []).map { ($0.device, "pod \($0.pod)") }) { first, _ in first }
        return try namespace("n1").run {
            var socket = try NetlinkSocket()
            let links = try socket.links()
            let names = Dictionary(links.map { ($0.index, pods[$0.name] ?? $0.name) }) { first, _ in first }
            func name(_ index: Int) -> String { names[index] ?? "device \(index)" }
            var lines = pins(root, name)
            for link in links {
                lines.append("device \(name(link.index)) \(link.kind ?? "") mtu \(link.mtu) \(link.isUp ? "up" : "down")")
                for direction in AttachDirection.allCases {
                    for program in try attachedTCXPrograms(ifindex: UInt32(link.index), direction) {
                        lines.append("attached \(name(link.index)) \(direction) \(try BPFProgram.open(id: program).name)")
                    }
                }
            }
            for address in try socket.addresses() { lines.append("address \(address.address)/\(address.prefixLength) dev \(name(address.ifindex))") }
            for neighbour in try socket.neighbours() where neighbour.state == .permanent {
                lines.append("neighbour \(neighbour.address) dev \(name(neighbour.ifindex))")
            }
            // The kernel's own come and go with addresses and carriers, some of them late.
            // So do the numbers of those by which programs ask after next hops (100::/64).
            for route in try socket.routes() where route.proto != 2 && route.prefix.address.high != 0x0100 << 48 {
                let hops = route.nextHops.map { "\($0.via?.description ?? "on link") \(name($0.ifindex)) \($0.weight)" }.sorted()
                // That by which programs ask for a pod or a next hop ends with its id, which is new each time.
                let prefix = route.prefix.isHost && Prefix.allHealth.contains(route.prefix) ? "of health" : "\(route.prefix)"
                lines.append("route \(route.kind) \(prefix) table \(route.table) proto \(route.proto) metric \(route.metric) \(hops)")
            }
            for setting in ["ipv6/conf/all/forwarding", "ipv4/ip_forward", "ipv6/fib_multipath_hash_policy"] {
                lines.append("setting \(setting) \(try Sysctl("net/\(setting)")?.read() ?? "")")
            }
            return lines.sorted()
        }
    }

    /// The node comes to a situation: what the kernel does by itself, as the routes of a device that has just come up, takes a moment.
    func expectSituation(_ wanted: [String], _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var found = try situation()
        _ = try eventually(seconds: 3) {
            found = try situation()
            return found == wanted
        }
        expectSame(wanted, found, what, sourceLocation: sourceLocation)
    }

    private func pins(_ path: String, _ name: (Int) -> String) -> [String] {
        Self.entries(path).flatMap { entry -> [String] in
            let parts = entry.split(separator: "_")
            let label = parts.count == 2 ? Int(parts[0]).map { "\(name($0)) \(parts[1])" } ?? entry : entry
            return ["pin \(path.dropFirst(root.count))/\(label)"] + pins("\(path)/\(entry)", name)
        }
    }

    /// What is asked of the node, without numbers that are given out anew each time.
    func intent() throws -> [String]? {
        guard let desired = try? Node(root: root).desired() else { return nil }
        var lines = desired.endpoints.map { "endpoint \($0.pod) \($0.addresses) \($0.labels)" }
        lines += desired.nodes.map { "node \($0.name) \($0.podCIDRs) \($0.nextHops.map { "\($0.via?.description ?? "") \($0.device)" })" }
        lines += desired.ips.map { "ip \($0.prefix) \($0.pod?.description ?? "")" }
        lines += desired.staticRoutes.map { "route \($0.prefix)" }
        lines += desired.policies.map { "policy \($0.key)" }
        return lines.sorted()
    }
}
