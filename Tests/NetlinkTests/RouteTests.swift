import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct RouteTests {
    /// Every shape of route that fabctl programs: as given here it must read back, and iproute2 must see `witness`.
    @Test func routesReadBackAndIprouteAgrees() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            try Witness.ip("address add 10.0.0.1/24 dev a")
            let hopA = RouteNextHop(via: try address("fe80::1"), ifindex: a.index)
            let hopB = RouteNextHop(via: try address("fe80::2"), ifindex: b.index)
            var heavy = hopB
            heavy.weight = 3
            var onLink = RouteNextHop(via: try address("10.77.0.1"), ifindex: a.index)
            onLink.onLink = true
            let wanted: [(Route, String)] = [
                (
                    Route(try prefix("fd00:1::/64"), nextHops: [hopA], proto: 250, metric: 7, mtu: 1400),
                    "fd00:1::/64 via fe80::1 dev a proto 250 metric 7 mtu 1400 pref medium"
                ),
                (
                    Route(
                        try prefix("fd00:2::/64"), nextHops: [RouteNextHop(ifindex: a.index)], proto: 250, metric: 1024,
                        preferredSource: try address("fd00:a::1")),
                    "fd00:2::/64 dev a proto 250 src fd00:a::1 metric 1024 pref medium"
                ),
                (
                    Route(try prefix("fd00:3::/64"), nextHops: [hopA, heavy], proto: 250, metric: 1024),
                    "fd00:3::/64 proto 250 metric 1024 pref medium nexthop via fe80::1 dev a weight 1 nexthop via fe80::2 dev b weight 3"
                ),
                (
                    Route(try prefix("fd00:4::/48"), kind: .blackhole, proto: 250, metric: 1024),
                    "blackhole fd00:4::/48 dev lo proto 250 metric 1024 pref medium"
                ),
                (
                    Route(try prefix("fd00:5::/48"), kind: .unreachable, proto: 250, metric: 20),
                    "unreachable fd00:5::/48 dev lo proto 250 metric 20 pref medium"
                ),
                (Route(.ipv6Default, nextHops: [hopA], proto: 250, metric: 1024), "default via fe80::1 dev a proto 250 metric 1024 pref medium"),
                (
                    Route(
                        try prefix("10.1.0.0/16"), nextHops: [RouteNextHop(via: try address("10.0.0.2"), ifindex: a.index)], proto: 250,
                        scope: .universe),
                    "10.1.0.0/16 via 10.0.0.2 dev a proto 250"
                ),
                (Route(try prefix("10.2.0.0/16"), nextHops: [hopA], proto: 250, scope: .universe), "10.2.0.0/16 via inet6 fe80::1 dev a proto 250"),
                (
                    Route(try prefix("10.3.0.0/16"), nextHops: [hopA, heavy], proto: 250, metric: 5, scope: .universe),
                    "10.3.0.0/16 proto 250 metric 5 nexthop via inet6 fe80::1 dev a weight 1 nexthop via inet6 fe80::2 dev b weight 3"
                ),
                (Route(try prefix("10.4.0.0/16"), kind: .unreachable, proto: 250, scope: .universe), "unreachable 10.4.0.0/16 proto 250"),
                (
                    Route(try prefix("10.5.0.0/16"), nextHops: [onLink], proto: 250, scope: .universe),
                    "10.5.0.0/16 via 10.77.0.1 dev a proto 250 onlink"
                ),
                (
                    Route(try prefix("10.6.0.5/32"), nextHops: [RouteNextHop(ifindex: a.index)], proto: 250, scope: .link),
                    "10.6.0.5 dev a proto 250 scope link"
                ),
            ]
            for (route, _) in wanted { try socket.addRoute(route) }
            #expect(try socket.routes(proto: 250) == wanted.map(\.0).sorted { ($0.prefix, $0.metric) < ($1.prefix, $1.metric) })
            for (route, witness) in wanted {
                let family = route.prefix.family == .ipv6 ? "-6" : "-4"
                let text = try Witness.ip("\(family) route show exact \(route.prefix) proto 250")
                let words = text.split { $0 == " " || $0 == "\n" || $0 == "\t" }.joined(separator: " ")
                #expect(words == witness.replacing(" proto 250", with: ""))
            }
            for (route, _) in wanted { try socket.deleteRoute(route) }
            #expect(try socket.routes(proto: 250).isEmpty)
            #expect(try Witness.json("-6 route show proto 250 table all").isEmpty)
            #expect(try Witness.json("-4 route show proto 250 table all").isEmpty)
        }
    }

    @Test func wholeTableAgreesWithIproute() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            _ = try makePair(&socket)
            try Witness.ip("address add 10.0.0.1/24 dev a")
            try Witness.ip("-6 route add fd00:9::/64 via fe80::9 dev a table 1000 proto 99")
            for (family, flag) in [(IPAddress.Family.ipv6, "-6"), (.ipv4, "-4")] {
                let ours = try socket.routes(family: family).map { "\($0.kind) \($0.prefix) \($0.table) \($0.proto) \($0.metric)" }
                let witness = try Witness.json("-N -d \(flag) route show table all").map { route in
                    let destination = route["dst"]?.text ?? ""
                    let prefix = destination == "default" ? (family == .ipv6 ? Prefix.ipv6Default : .ipv4Default) : Prefix(destination)
                    let kinds = ["1": "unicast", "2": "local", "3": "broadcast", "4": "anycast", "5": "multicast"]
                    let kind = route["type"]?.text ?? "unicast"
                    let table = route["table"]?.text ?? route["table"]?.number.map(String.init) ?? "254"
                    let end = "\(table) \(route["protocol"]?.text ?? "") \(route["metric"]?.number ?? 0)"
                    return "\(kinds[kind] ?? kind) \(prefix?.description ?? destination) \(end)"
                }
                #expect(ours.sorted() == witness.sorted())
                #expect(ours.count > 3)
            }
        }
    }

    @Test func dumpsAreFiltered() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            let hop = RouteNextHop(via: try address("fe80::1"), ifindex: a.index)
            let main = Route(try prefix("fd00:1::/64"), nextHops: [hop], proto: 250, metric: 1024)
            let other = Route(try prefix("fd00:1::/64"), nextHops: [hop], table: 100, proto: 251, metric: 1024)
            let large = Route(try prefix("10.1.0.0/16"), kind: .blackhole, table: 70000, proto: 250, scope: .universe)
            for route in [main, other, large] { try socket.addRoute(route) }
            #expect(try socket.routes(table: 100) == [other])
            #expect(try socket.routes(proto: 250) == [main, large])
            #expect(try socket.routes(family: .ipv4, proto: 250) == [large])
            #expect(try socket.routes(table: 70000, proto: 250) == [large])
            #expect(try socket.routes(table: 70000, proto: 251).isEmpty)
            #expect(try socket.routes(table: 4711).isEmpty, "a table that is not there is empty")
            try socket.deleteRoute(Route(prefix("fd00:1::/64"), table: 100, proto: 0))
            #expect(try socket.routes(table: 100).isEmpty)
            #expect(try socket.routes(proto: 250) == [main, large])
        }
    }

    @Test(arguments: ["fd00:3::/64", "10.3.0.0/16"])
    func replaceAndDeleteOfMultipath(_ text: String) async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            let target = try prefix(text)
            let hops = try ["fe80::1", "fe80::2", "fe80::3"].map { RouteNextHop(via: try address($0), ifindex: a.index) }
            let last = RouteNextHop(via: try address("fe80::4"), ifindex: b.index)
            let scope: RouteScope? = target.family == .ipv4 ? .universe : nil
            func route(_ hops: [RouteNextHop], _ kind: RouteKind = .unicast) -> Route {
                Route(target, nextHops: hops, kind: kind, proto: 250, metric: 9, scope: scope)
            }
            // Each replaces the one before: none may leave a next hop behind.
            let steps = [
                route(hops), route([last]), route([hops[0], last]), route([hops[1], hops[2], last]), route([], .unreachable), route(hops),
                route([], .blackhole),
                route([RouteNextHop(ifindex: a.index)]), route([hops[2], hops[0]]),
            ]
            for step in steps {
                var step = step
                if target.family == .ipv4, step.nextHops.first?.via == nil, !step.nextHops.isEmpty { step.scope = .link }
                try socket.replaceRoute(step)
                let now = try socket.routes(proto: 250)
                #expect(now.count == 1)
                #expect(Set(now.first?.nextHops ?? []) == Set(step.nextHops))
                #expect(now.first?.kind == step.kind)
            }
            // By its key alone.
            try socket.deleteRoute(Route(target, proto: 250))
            #expect(try socket.routes(proto: 250).isEmpty)
            #expect(throws: NetlinkError.self) { try socket.deleteRoute(Route(target, proto: 250)) }
        }
    }

    @Test func deletionSparesOthersRoutes() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            for text in ["fd00:1::/64", "10.1.0.0/16"] {
                let target = try prefix(text)
                let hop = RouteNextHop(via: try address("fe80::1"), ifindex: a.index)
                try socket.addRoute(Route(target, nextHops: [hop], proto: 4, metric: 50))
                #expect(throws: NetlinkError.self) { try socket.deleteRoute(Route(target, proto: 250)) }
                try socket.addRoute(Route(target, nextHops: [hop], proto: 250, metric: 60))
                try socket.deleteRoute(Route(target, proto: 250))
                #expect(try socket.routes(family: target.family, proto: 4).map(\.prefix) == [target])
                #expect(try socket.routes(proto: 250).isEmpty)
            }
        }
    }

    @Test func lookup() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            try Witness.ip("address add 10.0.0.1/24 dev a")
            let hopA = RouteNextHop(via: try address("fe80::1"), ifindex: a.index)
            let hopB = RouteNextHop(via: try address("fe80::2"), ifindex: b.index)
            for text in ["fd00:1::/48", "10.1.0.0/16"] {
                let route = Route(try prefix(text), nextHops: [hopA, hopB], proto: 250, metric: 12, scope: text.contains(":") ? nil : .universe)
                try socket.addRoute(route)
                let target = route.prefix.address.advanced(by: 99)
                var matched = try #require(try socket.lookup(target, matched: true))
                // The kernel names the next hop first that it chose, by a secret of this boot.
                matched.nextHops.sort { $0.via ?? .unspecified < $1.via ?? .unspecified }
                #expect(matched == route)
                let chosen = try #require(try socket.lookup(target))
                #expect(chosen.prefix == Prefix(target))
                #expect(chosen.nextHops.count == 1)
                #expect([hopA, hopB].contains(chosen.nextHops[0]))
                let witness = try #require(try Witness.json("route get \(target)").first)
                #expect((witness["gateway"] ?? witness["via"]?["host"])?.text == chosen.nextHops[0].via?.description)
                #expect(witness["prefsrc"]?.text == chosen.preferredSource?.description)
            }
            #expect(try socket.lookup(address("2001:db8::1")) == nil)
            #expect(try socket.lookup(address("192.0.2.1")) == nil)
            // As if forwarded.
            try Witness.ip("-6 route add fd00:5::/64 via fe80::5 dev a")
            let forwarded = try socket.lookup(address("fd00:5::1"), from: address("fd00:b::1"), inputDevice: b.index)
            #expect(forwarded?.nextHops.first?.via == (try address("fe80::5")))
            for (kind, code) in [(RouteKind.unreachable, EHOSTUNREACH), (.blackhole, EINVAL), (.prohibit, EACCES)] {
                for text in ["fd00:8::1/128", "10.8.0.1/32"] {
                    let target = try prefix(text)
                    try socket.replaceRoute(Route(target, kind: kind, proto: 250))
                    #expect {
                        _ = try socket.lookup(target.address)
                    } throws: { error in
                        (error as? NetlinkError)?.code == code && "\(error)".hasPrefix("look up route to \(target.address): ")
                    }
                }
            }
        }
    }

    @Test func refusalsCarryTheKernelsWords() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            let hop = RouteNextHop(via: try address("fd00:ffff::1"), ifindex: a.index)
            #expect {
                try socket.addRoute(Route(prefix("fd00:2::/64"), nextHops: [hop], proto: 250))
            } throws: { error in
                "\(error)" == "add route fd00:2::/64 via fd00:ffff::1 dev a: No route to host"
            }
            let down = RouteNextHop(via: try address("10.99.0.1"), ifindex: a.index)
            #expect {
                try socket.addRoute(Route(prefix("10.2.0.0/16"), nextHops: [down], proto: 250))
            } throws: { error in
                "\(error)" == "add route 10.2.0.0/16 via 10.99.0.1 dev a: Network is unreachable (Nexthop has invalid gateway)"
            }
            let absent = Route(try prefix("fd00:3::/64"), kind: .blackhole, table: 77, metric: 5)
            #expect {
                try socket.deleteRoute(absent)
            } throws: { error in
                (error as? NetlinkError)?.code == ESRCH
                    && "\(error)".hasPrefix("delete blackhole route fd00:3::/64 table 77 metric 5: No such process")
            }
            try socket.addRoute(absent)
            #expect {
                try socket.addRoute(absent)
            } throws: { error in
                (error as? NetlinkError)?.code == EEXIST
            }
        }
    }

    @Test func deadNextHopsAreMarked() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            let hops = [RouteNextHop(via: try address("fe80::1"), ifindex: a.index), RouteNextHop(via: try address("fe80::2"), ifindex: b.index)]
            try socket.addRoute(Route(prefix("fd00:3::/64"), nextHops: hops, proto: 250))
            #expect(try socket.routes(proto: 250).first?.nextHops.contains { $0.isLinkDown } == false)
            try socket.setLink(a.index, LinkChange(up: false))
            #expect(try losesCarrier(b.index, &socket))
        }
    }

    /// Whether a next hop on the device is marked as without carrier. The kernel does so at most a second after the carrier went.
    private func losesCarrier(_ ifindex: Int, _ socket: inout NetlinkSocket) throws -> Bool {
        for _ in 0..<100 {
            let hops = try socket.routes(proto: 250).flatMap(\.nextHops)
            if hops.contains(where: { $0.ifindex == ifindex && $0.isLinkDown }) { return true }
            usleep(50_000)
        }
        return false
    }
}
