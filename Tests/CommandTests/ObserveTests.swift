import Glibc
import Netlink
import NodeTestSupport
import Store
import Testing

@Suite("observe", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct ObserveTests {
    /// A node with one pod, the link to the leaf warm.
    private func with(_ body: (Fabric) throws -> Void) throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web", "--label", "app=web")
            try fabric.done("ip", "add", "fd00:cafe:0:2::a", "--pod", "default/db", "--label", "app=db")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            try body(fabric)
        }
    }

    private func send(_ fabric: Fabric, _ ports: Range<UInt16>) throws {
        let sent = try Traffic.udp(in: fabric.namespace("web"), to: "fd00:cafe:0:2::a", port: 5432, sourcePorts: ports)
        try #require(sent == ports.count)
    }

    /// Starts a live observer and waits until it is one.
    private func follow(_ fabric: Fabric, _ arguments: [String] = []) throws -> Running {
        let before = try slots(fabric)
        let running = try fabric.start([Fabric.program, "observe", "--follow", "-o", "json"] + arguments)
        try #require(try eventually { try slots(fabric) > before }, "the observer has its place: \(running.errorSoFar)")
        return running
    }

    /// Observers whose perf buffers programs write to.
    private func slots(_ fabric: Fabric) throws -> Int { try fabric.fabctl("status", "-o", "json").json()["history"]?["observers"]?.int ?? -1 }

    private func sourcePorts(_ lines: [JSON]) -> [Int] { lines.compactMap { $0["flow"]?["l4"]?["UDP"]?["source_port"]?.int } }

    private func expectNothingLost(_ lines: [JSON], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(lines.allSatisfy { $0["lost_events"] == nil && $0["flow"] != nil }, sourceLocation: sourceLocation)
    }

    @Test func historyWithNobodyThere() throws {
        try with { fabric in
            try send(fabric, 20000..<20030)
            #expect(try slots(fabric) == 0)
            let all = try fabric.fabctl("observe", "--last", "1000", "-o", "json").jsonLines()
            #expect(sourcePorts(all).sorted() == Array(20000..<20030))
            let times = all.compactMap { $0["time"]?.string }
            #expect(times == times.sorted() && times.count == all.count)
            #expect(Set(all.compactMap { $0["flow"]?["uuid"]?.string }).count == all.count)
            #expect(all.allSatisfy { $0["node_name"]?.string == "node1" && $0["flow"]?["node_name"]?.string == "node1" })

            #expect(try fabric.fabctl("observe", "-o", "jsonpb").jsonLines() == Array(all.suffix(20)), "20 by default; json and jsonpb are one")
            #expect(try fabric.fabctl("observe", "--last", "7", "-o", "json").jsonLines() == Array(all.suffix(7)))
            #expect(try fabric.fabctl("observe", "--last", "0", "-o", "json").output.isEmpty)
            #expect(try fabric.fabctl("observe", "--since", "1h", "-o", "json").jsonLines() == all)
            let middle = times[times.count / 2]
            #expect(try fabric.fabctl("observe", "--since", middle, "-o", "json").jsonLines() == all.filter { $0["time"]?.string ?? "" >= middle })
            #expect(try fabric.fabctl("observe", "--until", "1h", "-o", "json").output.isEmpty)

            // Filters, and the newest of what they select.
            func count(_ arguments: String...) throws -> Int {
                try fabric.fabctl(["observe", "--last", "1000", "-o", "json"] + arguments).jsonLines().count
            }
            #expect(try count("--pod", "default/web") == all.count)
            #expect(try count("--from-pod", "default/web", "--protocol", "udp") == 30)
            #expect(try count("--from-pod", "default/db", "--protocol", "udp") == 0)
            #expect(try count("--port", "5432") == 30)
            #expect(try count("--from-port", "20010") == 1)
            #expect(try count("--label", "app=db", "--protocol", "udp") == 30)
            #expect(try count("--pod", "other/web") == 0)
            #expect(try count("--verdict", "DROPPED") == 0)
            #expect(try count("--not", "--protocol", "udp") == all.count - 30)
            #expect(try fabric.fabctl("observe", "--last", "2", "--from-port", "20003", "-o", "json").jsonLines().count == 1)
            for bad in [["--verdict", "X"], ["--port", "0x"], ["--since", "yesterday"], ["--ip", "fd00::1/200"], ["--protocol", "quic"]] {
                expectRefusal(try fabric.fabctl(["observe"] + bad), 65, bad[1])
            }

            let line = try fabric.fabctl("observe", "--from-port", "20003").output
            #expect(line.hasSuffix(" to-network FORWARDED (UDP) via fd00:fab:1::1%eth0\n"), "\(line)")
            #expect(line.contains(": default/web:20003 (ID:256) -> default/db:5432 (ID:257) "), "\(line)")
        }
    }

    /// What is sent while someone follows is told once, all of it.
    @Test func followUnderLoad() throws {
        try with { fabric in
            let observer = try follow(fabric, ["--protocol", "udp"])
            try send(fabric, 20000..<20500)
            #expect(eventually { observer.outputSoFar.split(separator: "\n").count >= 500 })
            let finished = try observer.interrupt()
            #expect([0, 130].contains(finished.code), "\(finished.code) \(finished.error)")
            let lines = try finished.jsonLines()
            expectNothingLost(lines)
            #expect(sourcePorts(lines).sorted() == Array(20000..<20500))
            #expect(try slots(fabric) == 0)
            #expect(try fabric.fabctl("status", "-o", "json").json()["history"]?["lost"]?.int == 0)
        }
    }

    /// The seam between the history and what is live: nothing twice, nothing missing, in each CPU's own numbering.
    @Test func lastAndFollow() throws {
        try with { fabric in
            try send(fabric, 20000..<20100)
            let sender = try fabric.start(
                ["bash", "-c", "for i in $(seq 40); do for p in 1 2 3 4 5; do echo x > /dev/udp/fd00:cafe:0:2::a/$((7000 + i * 5 + p)); done; done"],
                on: "web")
            let observer = try follow(fabric, ["--last", "50"])
            #expect(try sender.finish().code == 0)
            try send(fabric, 21000..<21100)
            #expect(try eventually { try sourcePorts(wholeLines(observer)).contains(21099) })
            let finished = try observer.interrupt()
            let lines = try finished.jsonLines()
            expectNothingLost(lines)
            #expect(lines.count >= 150)
            #expect(Set(lines.compactMap { $0["flow"]?["uuid"]?.string }).count == lines.count)
            var sequences: [Int: [Int]] = [:]
            for line in lines {
                let value = line["flow"]?["extensions"]?["value"]
                sequences[value?["cpu"]?.int ?? -1, default: []].append(Int(value?["sequence"]?.string ?? "") ?? -1)
            }
            for (cpu, numbers) in sequences {
                let sorted = numbers.sorted()
                #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $1 == $0 + 1 }, "CPU \(cpu) from \(sorted.first ?? 0) to \(sorted.last ?? 0)")
            }
            #expect(Set(sourcePorts(lines)).isSuperset(of: Set(21000..<21100)))
        }
    }

    private func wholeLines(_ running: Running) throws -> [JSON] {
        let text = running.outputSoFar
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return try text[...end].split(separator: "\n").map { try JSON($0) }
    }

    @Test func sixteenObservers() throws {
        try with { fabric in
            var observers: [Running] = []
            for _ in 0..<16 { observers.append(try fabric.start([Fabric.program, "observe", "--follow", "--protocol", "udp", "-o", "json"])) }
            try #require(try eventually(seconds: 20) { try slots(fabric) == 16 })
            expectRefusal(try fabric.fabctl("observe", "--follow"), 75, "16")
            // The history is free for all.
            #expect(try fabric.fabctl("observe").code == 0)

            try send(fabric, 20000..<20100)
            for observer in observers { #expect(eventually { observer.outputSoFar.split(separator: "\n").count >= 100 }) }
            // One dies: its place is free again, and nobody else loses anything.
            _ = try observers.removeFirst().kill()
            observers.append(try fabric.start([Fabric.program, "observe", "--follow", "--protocol", "udp", "-o", "json"]))
            try #require(try eventually { try slots(fabric) == 16 && observers[15].errorSoFar.isEmpty })
            usleep(100_000)
            try send(fabric, 21000..<21100)
            for (index, observer) in observers.enumerated() {
                let expected = index < 15 ? Array(20000..<20100) + Array(21000..<21100) : Array(21000..<21100)
                #expect(eventually { observer.outputSoFar.split(separator: "\n").count >= expected.count }, "observer \(index)")
                let lines = try observer.interrupt().jsonLines()
                expectNothingLost(lines)
                #expect(sourcePorts(lines).sorted() == expected, "observer \(index)")
            }
            #expect(try slots(fabric) == 0)
        }
    }

    /// An observer that stood still for a while catches up, and holds up nobody meanwhile.
    @Test func aStoppedObserver() throws {
        try with { fabric in
            let lively = try follow(fabric, ["--protocol", "udp"])
            let stopped = try follow(fabric, ["--protocol", "udp"])
            try stopped.child.signal(SIGSTOP)
            try send(fabric, 20000..<20400)
            #expect(eventually { lively.outputSoFar.split(separator: "\n").count >= 400 })
            try stopped.child.signal(SIGCONT)
            #expect(eventually { stopped.outputSoFar.split(separator: "\n").count >= 400 })
            for observer in [lively, stopped] {
                let lines = try observer.interrupt().jsonLines()
                expectNothingLost(lines)
                #expect(sourcePorts(lines).sorted() == Array(20000..<20400))
            }
        }
    }

    @Test func dropsHaveReasons() throws {
        try with { fabric in
            let observer = try follow(fabric, ["--verdict", "DROPPED"])
            // Another's address.
            try fabric.ip("web", "addr add fd00:cafe:0:1::99/128 dev eth0 nodad")
            let spoofed = try fabric.run(["ping", "-n", "-c", "1", "-W", "1", "-I", "fd00:cafe:0:1::99", "fd00:cafe:0:2::a"], on: "web")
            #expect(spoofed.code == 1)
            // A router advertisement, and a redirect.
            let pod = try fabric.namespace("web")
            try Traffic.icmpv6(in: pod, to: "ff02::1", device: "eth0", message: [134, 0, 0, 0, 64, 0, 7, 8] + [UInt8](repeating: 0, count: 8))
            try Traffic.icmpv6(in: pod, to: "ff02::1", device: "eth0", message: [137, 0, 0, 0] + [UInt8](repeating: 0, count: 36))
            #expect(try eventually { try wholeLines(observer).count >= 3 })
            // A solicitation for the gateway, and an advertisement of its own address: neither is dropped.
            let gateway: [UInt8] = [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1]
            let own: [UInt8] = [0xfd, 0x00, 0xca, 0xfe, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
            try Traffic.icmpv6(in: pod, to: "fe80::1", device: "eth0", message: [135, 0, 0, 0, 0, 0, 0, 0] + gateway)
            try Traffic.icmpv6(in: pod, to: "fe80::1", device: "eth0", message: [136, 0, 0, 0, 0x60, 0, 0, 0] + own)
            usleep(200_000)
            let drops = try observer.interrupt().jsonLines()
            #expect(drops == (try fabric.fabctl("observe", "--last", "1000", "--verdict", "DROPPED", "-o", "json").jsonLines()))
            #expect(drops.allSatisfy { $0["flow"]?["event_type"]?["type"]?.int == 1 && $0["flow"]?["verdict"]?.string == "DROPPED" })
            #expect(drops.compactMap { $0["flow"]?["drop_reason"]?.int }.sorted() == [132, 176, 176])
            #expect(
                Set(drops.compactMap { $0["flow"]?["drop_reason_desc"]?.string }) == ["INVALID_SOURCE_IP", "FORBIDDEN_ICMPV6_MESSAGE"], "\(drops)")
            let spoof = drops.first { $0["flow"]?["drop_reason"]?.int == 132 }
            #expect(spoof?["flow"]?["IP"]?["source"]?.string == "fd00:cafe:0:1::99")

            let text = try fabric.fabctl("observe", "--verdict", "DROPPED").output
            #expect(text.split(separator: "\n").count == 3 && text.contains("DROPPED"), "\(text)")
            #expect(try fabric.fabctl("observe", "--drop-reason-desc", "INVALID_SOURCE_IP").output.split(separator: "\n").count == 1)
            let metrics = try fabric.fabctl("bpf", "metrics", "list", "-o", "json").json().elements
            func dropped(_ reason: Int) -> Int { metrics.filter { $0["reason_code"]?.int == reason }.compactMap { $0["packets"]?.int }.reduce(0, +) }
            #expect(dropped(132) == 1 && dropped(176) == 2)
            #expect(try fabric.fabctl("status", "-o", "json").json()["packets"]?["dropped"]?.int == 3)
        }
    }

    /// A reader that stands still keeps nobody from ending the command.
    @Test func interruptedWithAFullPipe() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { for end in ends { close(end) } }
            let observe = try fabric.namespace("n1").spawn(
                [Fabric.program, "observe", "--follow", "-o", "json"], environment: ["FABCTL_BPFFS": fabric.root], output: ends[1])
            // More than a pipe holds.
            #expect(
                try eventually(seconds: 20) {
                    _ = try fabric.run(["ping", "-n", "-q", "-c", "200", "-i", "0.001", "-W", "1", "fd00:cafe:0:2::a"], on: "web")
                    _ = try Traffic.udp(in: fabric.namespace("web"), to: "fd00:cafe:0:2::a", port: 9, sourcePorts: 20000...20199)
                    var held: Int32 = 0
                    return ioctl(ends[0], UInt(FIONREAD), &held) == 0 && held > 60000
                })
            try observe.signal(SIGINT)
            let pid = observe.processID
            let ended = eventually { () -> Bool in
                var info = siginfo_t()
                return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo != 0
            }
            #expect(ended)
            if !ended { try observe.signal(SIGKILL) }
            #expect(try observe.wait() == .exited(0))
        }
    }
}
