import Glibc
@testable import Lab
import NodeTestSupport
import Testing

/// Speakers, links and switches fail while pods of one node ping a pod of the other, and every ping is accounted for. Each fault comes back
/// FABCTL_FLAPS times, a few by default.
@Suite(
    .enabled(if: geteuid() == 0 && FabricTests.installed, "needs root, frr and bird2: runs a fabric in network namespaces"), .serialized)
struct FaultTests {
    static let times = getenv("FABCTL_FLAPS").flatMap { Int(String(cString: $0)) } ?? 2

    /// Killed and restarted within the restart time, then replaced by another binary: switches keep the routes, and no packet is lost.
    @Test(arguments: ["frr", "bird"]) func speakersComeAndGo(_ daemon: String) throws {
        try FaultyFabric.with("ltcome\(daemon.prefix(1))", daemon) { fabric in
            let ping = try fabric.ping()
            for turn in 0..<Self.times {
                let speaker = try fabric.killSpeaker(SIGKILL)
                try fabric.startSpeaker()
                // Until the new one has told anything, what the old one told is shown.
                #expect(try eventually { try fabric.status()["pid"]?.int != Int(speaker) }, "after kill \(turn + 1)")
                try fabric.expectEstablished("after kill \(turn + 1)")
                let status = try fabric.status()
                #expect(status["restarted"]?.bool == true, "\(status)")
            }
            // An upgrade: the old one is told to make room, and the new one is another file.
            let newer = "\(fabric.fixture.records)/fabctl"
            let copied = try fabric.on("node1", ["cp", Fixture.program, newer])
            #expect(copied.code == 0, "\(copied.error)")
            _ = try fabric.killSpeaker(SIGUSR1)
            try fabric.startSpeaker(newer)
            try fabric.expectEstablished("after the upgrade")
            let count = try ping.stop()
            #expect(count.lost == 0, "\(daemon): \(count)")
            fabric.note("\(Self.times) kills and an upgrade, \(daemon) on the switches: \(count)")
        }
    }

    /// A node's only link goes down and up, then one of two links of its leaf.
    @Test(arguments: ["frr", "bird"]) func linksFlap(_ daemon: String) throws {
        try FaultyFabric.with("ltflap\(daemon.prefix(1))", daemon) { fabric in
            for (device, isOnlyLink) in [("to-node1", true), ("to-spine1", false)] {
                let ping = try fabric.ping()
                let address = try fabric.linkLocal("leaf1", device)
                for turn in 0..<Self.times {
                    try fabric.ip("leaf1", "link set \(device) down")
                    if isOnlyLink { #expect(try fabric.isEstablished(false), "\(device), \(turn + 1)") } else { usleep(200_000) }
                    // Two changes that zebra 8.4 hears of at once leave bgpd without its neighbor for good.
                    if daemon == "frr" { #expect(try eventually { try !fabric.leafHasLink(device) }, "\(device), \(turn + 1)") }
                    try fabric.ip("leaf1", "link set \(device) up")
                    // Made by lab up, and not by the kernel, which has forgotten it.
                    try fabric.ip("leaf1", "addr replace \(address) dev \(device)")
                    try fabric.expectEstablished("\(device), \(turn + 1)")
                    #expect(ping.goesOn(), "\(device), \(turn + 1)")
                }
                let count = try ping.stop()
                // The other spine carries what this one does not.
                if !isOnlyLink { #expect(count.lost < count.sent / 2, "\(count)") }
                fabric.note("\(Self.times) flaps of leaf1's \(device), \(daemon) on the switches: \(count)")
            }
            // zebra 8.4 goes on with the other spine alone in the kernel, though bgpd has both again.
            if daemon != "frr" { try fabric.expectVerified() }
        }
    }

    /// Goes for good: the leaf's kernel has no route long before the restart time is over.
    @Test(arguments: ["frr", "bird"]) func finalStopIsGoneFromTheLeaf(_ daemon: String) throws {
        try FaultyFabric.with("ltstop\(daemon.prefix(1))", daemon) { fabric in
            var taken: [Double] = []
            for _ in 0..<Self.times {
                #expect(try eventually { try fabric.leafHasNode() })
                var isGone = false
                _ = try fabric.killSpeaker(SIGTERM) {
                    let start = ContinuousClock.now
                    isGone = try eventually { try !fabric.leafHasNode() }
                    taken.append((ContinuousClock.now - start) / .milliseconds(1))
                }
                #expect(isGone)
                try fabric.startSpeaker()
                try fabric.expectEstablished()
            }
            taken.sort()
            fabric.note("\(Self.times) final stops, \(daemon) on the switches: gone from leaf1's kernel after \(taken) ms")
        }
    }

    /// The leaf's BGP freezes until the hold timer, then its daemons die and start anew.
    @Test(arguments: ["frr", "bird"]) func leavesFreezeAndRestart(_ daemon: String) throws {
        try FaultyFabric.with("ltleaf\(daemon.prefix(1))", daemon) { fabric in
            let ping = try fabric.ping()
            let frozen = try fabric.daemons("leaf1", [daemon == "frr" ? "bgpd" : "bird"])
            for process in frozen { #expect(kill(process.id, SIGSTOP) == 0) }
            #expect(try eventually(seconds: 20) { try fabric.peer()["lastSent"]?["code"]?.int == 4 })
            for process in frozen { #expect(kill(process.id, SIGCONT) == 0) }
            try fabric.expectEstablished()
            #expect(ping.goesOn())
            fabric.note("leaf1 frozen for its hold time, \(daemon) on the switches: \(try ping.stop())")

            let again = try fabric.ping()
            let daemons = try fabric.daemons("leaf1", daemon == "frr" ? ["zebra", "bgpd"] : ["bird"])
            for process in daemons { #expect(kill(process.id, SIGKILL) == 0) }
            for process in daemons { #expect(try fabric.on("leaf1", process.arguments).code == 0) }
            try fabric.expectEstablished()
            #expect(again.goesOn())
            fabric.note("leaf1's daemons killed and restarted, \(daemon) on the switches: \(try again.stop())")
            // zebra 8.4 may leave routes of the killed one, by one spine, beside its own in the kernel.
            if daemon != "frr" { try fabric.expectVerified() }
        }
    }

    /// The cable is another, of the same names and addresses: the datapath is repaired, and the session comes by itself.
    @Test(arguments: ["frr", "bird"]) func interfacesAreMadeAnew(_ daemon: String) throws {
        try FaultyFabric.with("ltanew\(daemon.prefix(1))", daemon) { fabric in
            let ping = try fabric.ping()
            for turn in 0..<Self.times {
                try fabric.ip("leaf1", "link del to-node1")
                #expect(try eventually { try fabric.peer()["obstacle"]?.string == "there is no interface eth0" })
                try fabric.ip("leaf1", "link add to-node1 type veth peer name eth0 netns \(fabric.lab)-node1")
                // As lab up makes them.
                for (member, device, address) in [("leaf1", "to-node1", "fe80::1/64"), ("node1", "eth0", "fe80::2:1/64")] {
                    try fabric.ip(member, "link set \(device) addrgenmode none up")
                    try fabric.ip(member, "addr add \(address) dev \(device)")
                }
                try fabric.ip("node1", "-6 route replace default via fe80::1 dev eth0 src fd00:beef::1")
                // Until the leaf has answered, its next hop is down, which is not for repair to mend.
                #expect(try eventually { try fabric.on("node1", [Fixture.program, "repair"]).code == 0 })
                try fabric.expectEstablished("\(turn + 1)")
                #expect(ping.goesOn(), "\(turn + 1)")
            }
            fabric.note("\(Self.times) times another cable, \(daemon) on the switches: \(try ping.stop())")
            try fabric.expectVerified()
        }
    }

    /// A leaf that wants a password all of a sudden, and then another AS: the node knows why it is not announced, and others' packets do not suffer.
    @Test func whatIsWrongHurtsNobodyElse() throws {
        try FaultyFabric.with("ltasn", "frr") { fabric in
            let others = try fabric.ping(from: ["default/db"], to: "fd00:e0::1")
            let number = try #require(try fabric.peer()["peerASN"]?.int)
            for password in ["neighbor to-node1 password s3cret", "no neighbor to-node1 password"] {
                try fabric.configure("leaf1", "router bgp \(number)", password)
                guard !password.hasPrefix("no") else { continue }
                #expect(
                    try eventually(seconds: 40) {
                        try fabric.peer()["hints"]?.strings.contains { $0.contains("the peer has a password, this side has none") } == true
                    })
            }
            try fabric.expectEstablished()

            let right = try fabric.on("node1", [Fixture.program, "bgp", "get", "ciliumbgpclusterconfigs", "lab", "-o", "yaml"]).output
            let own = try #require(right.firstMatch(of: #/localASN: (\d+)/#)?.1)
            let wrong = "\(fabric.fixture.records)/wrong.yaml", old = "\(fabric.fixture.records)/right.yaml"
            #expect(fabric.fixture.write(right, to: old))
            #expect(fabric.fixture.write(right.replacing("localASN: \(own)", with: "localASN: 65299"), to: wrong))
            let applied = try fabric.on("node1", [Fixture.program, "bgp", "apply", "-f", wrong])
            #expect(applied.code == 0, "\(applied.error)")
            #expect(
                try eventually(seconds: 20) {
                    let peer = try fabric.peer()
                    return peer["lastReceived"]?["code"]?.int == 2 && peer["lastReceived"]?["subcode"]?.int == 2
                })
            #expect(try fabric.peer()["hints"]?.strings.contains("the peer does not expect AS 65299") == true)
            #expect(try fabric.on("node1", [Fixture.program, "bgp", "apply", "-f", old]).code == 0)
            try fabric.expectEstablished()
            let ping = try fabric.ping()
            #expect(ping.goesOn())
            _ = try ping.stop()
            let count = try others.stop()
            #expect(count.lost == 0, "\(count)")
        }
    }
}
