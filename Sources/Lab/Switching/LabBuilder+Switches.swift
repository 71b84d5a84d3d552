import CLinux
import Glibc
import Netlink

/// Routing daemons, and what they bring about.
extension LabBuilder {
    mutating func writeSwitchFiles() throws(LabError) {
        record.daemons = store.directory
        try store.write(record)
        for member in plan.members where member.kind.isSwitch { try SwitchDaemons.write(plan, member, directory: store.directory) }
    }

    /// A speaker at work, and where what it says is.
    struct Speaker {
        let command: Provision.Command
        let child: ChildProcess
        let log: String
        /// Bytes of the log that are others'.
        let offset: Int
    }

    /// Starts a node's speaker, which outlives this command.
    mutating func start(_ command: Provision.Command, _ program: String) throws(LabError) {
        let log = Provision.logFile(store.directory, command.node)
        let fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard fd >= 0 else { throw LabError("open \(log)", code: errno) }
        defer { close(fd) }
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(null) }
        let header = "$ \(command.line)\n"
        _ = header.withCString { write(fd, $0, strlen($0)) }
        let offset = try Files.read(log)?.count ?? 0
        let holder = try holder(command.node.name)
        let child = try store.releasing { () throws(LabError) in
            try kernel { () throws(NetlinkError) in
                try holder.namespace.spawn([program] + command.arguments, input: null, output: fd, error: fd, session: true)
            }
        }
        speakers.append(Speaker(command: command, child: child, log: log, offset: offset))
    }

    /// A speaker that has ended did not do what it should.
    private func checkSpeakers() throws(LabError) {
        for speaker in speakers {
            guard let outcome = try kernel({ () throws(NetlinkError) in try speaker.child.poll() }) else { continue }
            throw speaker.command.failure(
                outcome, output: String(decoding: (try Files.read(speaker.log) ?? []).dropFirst(speaker.offset), as: UTF8.self))
        }
    }

    /// Waits until every switch has by BGP what it should have.
    func waitForRoutes(_ options: Lab.UpOptions) throws(LabError) {
        var waiting = plan.members.filter(\.kind.isSwitch)
        let end = monotonicMilliseconds() + Self.convergence
        while let member = waiting.first {
            let missing = try Lab.check(
                plan.expectedRoutes(of: member, speakers: options.install && options.speakers), on: member, plan,
                kernelRoutes(in: try holder(member.name).namespace))
            guard let first = missing.first else {
                waiting.removeFirst()
                continue
            }
            try checkSpeakers()
            if isStopped { throw LabError(.interrupted, "lab up of \(plan.name): interrupted") }
            guard monotonicMilliseconds() < end else {
                let has =
                    first.found.isEmpty ? "has no route to \(first.prefix)" : "reaches \(first.prefix) by \(first.found.joined(separator: ", "))"
                throw LabError(
                    .system, "\(member.name) \(has) after \(Self.convergence / 1000) s, should by \(first.wanted.joined(separator: ", "))",
                    hint: "with --keep the lab stays: see \(SwitchDaemons.directory(store.directory, member))")
            }
            usleep(20_000)
        }
    }

    /// ms that BGP has.
    private static let convergence: UInt64 = 20_000

    private var isStopped: Bool {
        var waiting = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        return stop >= 0 && poll(&waiting, 1, 0) > 0
    }

    private func monotonicMilliseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    /// Starts daemons, and waits until each has read its configuration and gone into the background.
    func start(_ round: [SwitchDaemons.Daemon]) throws(LabError) {
        var running: [(daemon: SwitchDaemons.Daemon, child: ChildProcess, log: String)] = []
        var failure: LabError?
        for daemon in round {
            do throws(LabError) {
                let log = SwitchDaemons.directory(store.directory, daemon.member) + "/start.log"
                let fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
                guard fd >= 0 else { throw LabError("open \(log)", code: errno) }
                defer { close(fd) }
                let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
                defer { close(null) }
                let holder = try holder(daemon.member.name)
                let child = try store.releasing { () throws(LabError) in
                    try kernel { () throws(NetlinkError) in
                        try holder.namespace.spawn(daemon.arguments, input: null, output: fd, error: fd, session: true)
                    }
                }
                running.append((daemon, child, log))
            } catch {
                failure = failure ?? error
            }
        }
        for (daemon, child, log) in running {
            do throws(LabError) {
                let outcome = try kernel { () throws(NetlinkError) in try child.wait() }
                guard outcome != .exited(0) else { continue }
                let said = String(decoding: try Files.read(log) ?? [], as: UTF8.self).split(separator: "\n").last ?? "no output"
                throw LabError(.system, "on \(daemon.member.name): \(daemon.arguments[0]): \(said) (exit code \(outcome.code))")
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
