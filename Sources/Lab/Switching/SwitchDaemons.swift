import Glibc
import Netlink

/// The routing daemons of a lab's switches: files and command lines. No service and no configuration of the machine's own is touched.
enum SwitchDaemons {
    struct Daemon {
        let member: LabMember
        let arguments: [String]
    }

    /// Where FRR's daemons are in Debian.
    private static let frr = "/usr/lib/frr"

    /// Daemons that may start at the same time, one on each switch, round by round.
    static func rounds(_ plan: LabPlan, directory: String) -> [[Daemon]] {
        let switches = plan.members.filter(\.kind.isSwitch)
        switch plan.bgp?.daemon {
        case .frr:
            return ["zebra", "bgpd"].map { program in
                switches.map { member in
                    let own = Self.directory(directory, member)
                    // No terminal over TCP; sockets and numbers in the switch's own directory.
                    return Daemon(
                        member: member,
                        arguments: [
                            "\(frr)/\(program)", "-d", "-f", "\(own)/\(program).conf", "-i", "\(own)/\(program).pid", "-z", "\(own)/zserv.api",
                            "--vty_socket", own, "-P", "0",
                        ])
                }
            }
        case .bird:
            return [
                switches.map { member in
                    let own = Self.directory(directory, member)
                    return Daemon(member: member, arguments: ["bird", "-c", "\(own)/bird.conf", "-s", "\(own)/bird.ctl", "-P", "\(own)/bird.pid"])
                }
            ]
        case .static, nil: return []
        }
    }

    static func directory(_ directory: String, _ member: LabMember) -> String { "\(directory)/\(member.name)" }

    /// Writes what a switch's daemons read.
    static func write(_ plan: LabPlan, _ member: LabMember, directory: String) throws(LabError) {
        let own = Self.directory(directory, member)
        try Files.makeDirectories(own)
        switch plan.bgp?.daemon {
        case .frr:
            // They give up root's rights as soon as they can, and make files here afterwards.
            guard let user = try user("frr") else { throw missing("FRR", "frr") }
            guard chown(own, user.user, user.group) == 0 else { throw LabError("hand \(own) to frr", code: errno) }
            try Files.write(Array(FRRConfiguration.zebra(member, directory: own).utf8), to: "\(own)/zebra.conf")
            try Files.write(Array(FRRConfiguration.bgpd(plan, member, directory: own).utf8), to: "\(own)/bgpd.conf")
        case .bird: try Files.write(Array(BIRDConfiguration.text(plan, member, directory: own).utf8), to: "\(own)/bird.conf")
        case .static, nil: break
        }
    }

    /// - Throws: when the programs are not on this machine.
    static func check(_ switching: Topology.Switching) throws(LabError) {
        switch switching {
        case .static: return
        case .frr where access("\(frr)/bgpd", X_OK) != 0: throw missing("FRR", "frr")
        case .bird where !["/usr/sbin", "/usr/local/sbin", "/usr/bin"].contains(where: { access("\($0)/bird", X_OK) == 0 }):
            throw missing("BIRD", "bird2")
        case .frr, .bird: return
        }
    }

    private static func missing(_ name: String, _ package: String) -> LabError {
        LabError(.invalid, "switches: \(name) is not on this machine", hint: "apt-get install \(package); no service of it is needed")
    }

    /// The numbers of a user in /etc/passwd.
    private static func user(_ name: String) throws(LabError) -> (user: uid_t, group: gid_t)? {
        for line in String(decoding: try Files.read("/etc/passwd") ?? [], as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 3, fields[0] == name, let user = uid_t(fields[2]), let group = gid_t(fields[3]) { return (user, group) }
        }
        return nil
    }

    // MARK: - Ending

    /// Ends the daemons of a lab: processes in its namespaces that have its directories on their command line.
    /// - Parameters:
    ///   - namespaces: inodes.
    ///   - directories: those of daemons' files and of nodes' bpffs.
    /// - Returns: when none is left.
    static func end(in namespaces: Set<UInt64>, directories: [String]) {
        // First asked, then killed. One that is about to become two is seen at the next look.
        for round in 0..<300 {
            let inside = Processes.inside(namespaces).values.joined()
            let found = inside.filter { isDaemon($0.id, directories) }
            if found.isEmpty, !inside.contains(where: { isEnding($0) }) { return }
            for process in found where round == 0 || round >= 100 || round % 10 == 0 { kill(process.id, round < 100 ? SIGTERM : SIGKILL) }
            usleep(20_000)
        }
    }

    /// One that is on its way out has no command line any more.
    private static func isEnding(_ process: Processes.Process) -> Bool {
        ["zebra", "bgpd", "bird", "fabctl", "exe"].contains(process.name) && ((try? Files.read("/proc/\(process.id)/cmdline")) ?? []).isEmpty
    }

    private static func isDaemon(_ id: Int32, _ directories: [String]) -> Bool {
        let words = ((try? Files.read("/proc/\(id)/cmdline")) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first?.split(separator: "/").last else { return false }
        let isOurs = ["zebra", "bgpd", "bird"].contains(program) || Array(words.dropFirst().prefix(2)) == ["bgp", "run"]
        return isOurs && words.contains { word in directories.contains { word.hasPrefix($0 + "/") } }
    }
}
