import CLinux
import Glibc
import Netlink

/// How a lab is.
public struct LabStatus: Sendable {
    public struct Member: Sendable {
        public var member: LabMember
        /// Whether its namespace is there, and is the one that the lab made.
        public var isPresent: Bool
    }

    public struct Link: Sendable {
        public var link: LabLink
        /// Both ends are set up and see each other.
        public var isUp: Bool
    }

    public struct Node: Sendable {
        public var name: String
        /// What `fabctl status --brief` exits with on the node; nil when nothing was installed.
        public var code: Int32?
        /// What it says.
        public var text: String
    }

    public var name: String
    public var stage: LabRecord.Stage
    public var members: [Member]
    public var links: [Link]
    public var nodes: [Node]

    /// Whether all is as `lab up` leaves it.
    public var isHealthy: Bool {
        stage != .building && members.allSatisfy(\.isPresent) && links.allSatisfy(\.isUp) && nodes.allSatisfy { $0.code == nil || $0.code == 0 }
    }
}

extension Lab {
    /// - Parameter program: the fabctl to ask on nodes.
    public func status(program: String = "/proc/self/exe") throws(LabError) -> LabStatus {
        try Self.requireRoot()
        let record = try record()
        var members: [LabStatus.Member] = []
        var working: Set<[String]> = []
        var nodes: [LabStatus.Node] = []
        for member in record.plan.members {
            let devices = try? devicesUp(member, record)
            members.append(LabStatus.Member(member: member, isPresent: devices != nil))
            for device in devices ?? [] { working.insert([member.name, device]) }
            guard member.kind == .node else { continue }
            guard devices != nil, record.stage != .linked else {
                nodes.append(LabStatus.Node(name: member.name, code: nil, text: record.stage == .linked ? "not installed" : "gone"))
                continue
            }
            let (outcome, text) = try output(of: [program, "status", "--brief"], on: member, record)
            nodes.append(LabStatus.Node(name: member.name, code: outcome.code, text: text))
        }
        let links = record.plan.links.map { link in
            LabStatus.Link(link: link, isUp: link.ends.allSatisfy { working.contains([$0.member, $0.device]) })
        }
        return LabStatus(name: name, stage: record.stage, members: members, links: links, nodes: nodes)
    }

    /// Names of the member's devices that are up and have a carrier.
    private func devicesUp(_ member: LabMember, _ record: LabRecord) throws(LabError) -> [String] {
        let namespace = try namespace(of: member, record)
        return try kernel { () throws(NetlinkError) in
            var socket = try NetlinkSocket(in: namespace)
            return try socket.links().filter { $0.isUp && $0.hasCarrier }.map(\.name)
        }
    }

    /// Runs a command on a member and takes what it writes, errors as well, without the last line's end.
    private func output(of command: [String], on member: LabMember, _ record: LabRecord) throws(LabError) -> (ChildProcess.Outcome, String) {
        let namespace = try namespace(of: member, record)
        var pipe: [Int32] = [-1, -1]
        guard Glibc.pipe(&pipe) == 0, pipe.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else { throw LabError("make a pipe", code: errno) }
        defer { close(pipe[0]) }
        let child: ChildProcess
        do {
            defer { close(pipe[1]) }
            child = try kernel { () throws(NetlinkError) in
                try namespace.spawn(command, environment: environment(of: member), output: pipe[1], error: pipe[1])
            }
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(pipe[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        while bytes.last == 10 { bytes.removeLast() }
        return (try kernel { () throws(NetlinkError) in try child.wait() }, String(decoding: bytes, as: UTF8.self))
    }
}
