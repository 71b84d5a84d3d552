import Glibc
import Netlink

/// A lab by its name: a leaf-spine fabric of network namespaces, and the record of what was made for it.
public struct Lab: Sendable {
    public let name: String
    public let paths: LabPaths

    /// - Throws: when no lab can have this name.
    public init(name: String, paths: LabPaths = .fromEnvironment()) throws(LabError) {
        guard Topology.isLabName(name) else { throw LabError(.invalid, Topology.badLabName(name)) }
        self.name = name
        self.paths = paths
    }

    public static let standardName = "fab"
    /// Seconds to wait for another command on the same lab.
    public static let standardPatience = 30.0

    /// The lab's record.
    /// - Throws: when there is no such lab, or its record cannot be read.
    public func record() throws(LabError) -> LabRecord {
        if let record = try LabStore.read(name, paths) { return record }
        let others = try LabStore.names(paths)
        let hint = others.isEmpty ? "fabctl lab up makes one" : "labs on this machine: \(others.joined(separator: ", "))"
        throw LabError(.invalid, "there is no lab \(name)", hint: hint)
    }

    /// The plan of a lab that is there.
    public func plan() throws(LabError) -> LabPlan { try record().plan }

    /// The labs on this machine, half-made ones as well.
    public static func names(paths: LabPaths = .fromEnvironment()) throws(LabError) -> [String] { try LabStore.names(paths) }

    /// A member of the lab by its name.
    public func member(_ text: String) throws(LabError) -> LabMember {
        let plan = try plan()
        if let member = plan.member(text) { return member }
        throw LabError(.invalid, "lab \(name) has no \(text)", hint: "it has " + plan.members.map(\.name).joined(separator: ", "))
    }

    /// A node's directory on bpffs.
    public func bpffs(of node: LabMember) -> String { "\(paths.bpffs)/\(name)/\(node.name)" }

    static func requireRoot() throws(LabError) {
        guard geteuid() == 0 else { throw LabError(.permission, "a lab needs root: it makes network namespaces", hint: "run it with sudo") }
    }
}
