public import Capture
import CLinux
import Glibc
public import Netlink
public import Path

extension Lab {
    /// Opens a member's namespace, if it is still the one that this lab made.
    func namespace(of member: LabMember, _ record: LabRecord) throws(LabError) -> NetworkNamespace {
        guard let entry = record.namespaces.first(where: { $0.name == member.namespace }) else {
            throw LabError(.invalid, "lab \(name): \(member.name) was not made", hint: "fabctl lab down --name \(name), then up again")
        }
        let namespace = try kernel { () throws(NetlinkError) in try NetworkNamespace(named: member.namespace) }
        guard try LabStore.boot() == record.boot, try NamespaceIdentity(namespace) == entry.identity else {
            throw LabError(
                .invalid, "network namespace \(member.namespace) is not the one that lab \(name) made",
                hint: "fabctl lab down --name \(name), then up again")
        }
        return namespace
    }

    /// Opens a member's namespace, if it is still the one that this lab made.
    public func namespace(of member: LabMember) throws(LabError) -> NetworkNamespace { try namespace(of: member, try record()) }

    /// What commands on a member have in their environment.
    func environment(of member: LabMember) -> [String: String] {
        member.kind == .node ? ["FABCTL_BPFFS": bpffs(of: member)] : [:]
    }

    /// Becomes a command as on the member: its network namespace, this process's file systems, terminal and exit code.
    /// - Throws: when the command cannot be started, with the code that a shell would give: 127 there is none, 126 it cannot be run.
    public func exec(_ command: [String], on member: LabMember) throws(LabError) -> Never {
        try Self.requireRoot()
        let namespace = try namespace(of: member, try record())
        // Threads of the concurrency pool block every signal, and a program inherits that.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let error = namespace.exec(command, environment: environment(of: member))
        let kind: LabError.Kind = error.code == ENOENT ? .noCommand : error.code == EACCES ? .notRunnable : .system
        throw LabError(kind, error.description)
    }

    /// Opens a capture on a link.
    /// - Parameter link: `leaf1-spine1` (either order) or `MEMBER:DEVICE`.
    public func capture(_ link: String, expression: String?) throws(LabError) -> CaptureSession {
        try Self.requireRoot()
        let record = try record()
        guard let (member, device) = record.plan.port(link) else {
            throw LabError(
                .invalid, "lab \(name) has no link \(link)",
                hint: "links are " + record.plan.links.map(\.name).joined(separator: ", ") + ", or MEMBER:DEVICE")
        }
        let namespace = try namespace(of: member, record)
        let outcome = try kernel { () throws(NetlinkError) in
            try namespace.result { () throws(CaptureError) -> CaptureSession in try CaptureSession(device: device, expression: expression) }
        }
        switch consume outcome {
        case .success(let session): return session
        case .failure(let error):
            let error = LabError(error)
            throw error.message.hasPrefix("capture on ") ? LabError(error.kind, "\(member.name): \(error.message)", hint: error.hint) : error
        }
    }
}

extension StopSignals {
    /// Signals kept away from what must not be left half done.
    static func held() throws(LabError) -> StopSignals {
        do throws(CaptureError) {
            return try StopSignals()
        } catch {
            throw LabError(error)
        }
    }
}

extension LabError {
    public init(_ error: CaptureError) {
        let kind: Kind =
            switch error.kind {
            case .expression, .device: .invalid
            case .permission: .permission
            case .file, .system: .system
            }
        self.init(kind, error.message, hint: error.kind == .expression ? "man pcap-filter has the language" : nil)
    }
}

extension LabError {
    public init(_ error: PathError) {
        switch error.kind {
        case .invalid: self.init(.invalid, error.description)
        case .expectation: self.init(.invalid, error.description, hint: "as in 'node1 leaf1 spine* leaf2 node2'")
        case .permission: self.init(.permission, error.description, hint: "raw sockets need root")
        case .system: self.init(.system, error.description)
        }
    }
}
