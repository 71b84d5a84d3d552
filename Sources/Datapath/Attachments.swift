public import BPF
import Glibc

/// Where a program hangs: a device and one of its directions.
public struct Hook: Hashable, Sendable {
    public let ifindex: Int
    public let direction: AttachDirection

    public init(ifindex: Int, direction: AttachDirection) {
        self.ifindex = ifindex
        self.direction = direction
    }

    /// The pin's name under `<root>/links`.
    public var pin: String { "\(ifindex)_\(direction == .ingress ? "ingress" : "egress")" }

    public init?(pin: String) {
        let parts = pin.split(separator: "_")
        guard parts.count == 2, let ifindex = Int(parts[0]) else { return nil }
        switch parts[1] {
        case "ingress": self.init(ifindex: ifindex, direction: .ingress)
        case "egress": self.init(ifindex: ifindex, direction: .egress)
        default: return nil
        }
    }
}

/// Which program belongs at each hook of a node.
public struct AttachmentPlan: Sendable {
    public var programs: [Hook: ProgramName] = [:]

    public init() {}

    public mutating func add(pod ifindex: Int) {
        programs[Hook(ifindex: ifindex, direction: .ingress)] = .from_pod
        programs[Hook(ifindex: ifindex, direction: .egress)] = .to_pod
    }

    public mutating func add(uplink ifindex: Int) {
        programs[Hook(ifindex: ifindex, direction: .ingress)] = .from_uplink
        programs[Hook(ifindex: ifindex, direction: .egress)] = .to_uplink
    }
}

/// What is wrong at a hook.
public struct AttachmentProblem: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// No pinned link, or its device is gone.
        case missing
        /// Another program hangs there than the pinned one.
        case stale
        /// A link that no part of the plan wants.
        case extra
    }

    public let hook: Hook
    public let kind: Kind
}

/// Keeps programs where the plan wants them: by TCX links pinned under `<root>/links`, or below kernel 6.6 by clsact filters, for each of
/// which the program is pinned there as a mark.
public struct Attachments {
    let links: String
    let programs: String
    let prefix: String

    /// - Parameters:
    ///   - links: `<root>/links`.
    ///   - programs: `<root>/progs`.
    ///   - prefix: begins the pins of the programs to be attached.
    public init(links: String, programs: String, prefix: String = "") {
        self.links = links
        self.programs = programs
        self.prefix = prefix
    }

    private func open(_ name: ProgramName) throws(BPFError) -> BPFProgram {
        try BPFProgram.open(pinned: "\(programs)/\(prefix)\(name.rawValue)")
    }

    /// How programs are attached on this kernel.
    public func kind() throws(BPFError) -> AttachKind { try AttachKind.supported() }

    /// Hooks that have a pin.
    public func pinned() throws(BPFError) -> [Hook] { try BPFFS.list(links).compactMap { Hook(pin: $0.name) } }

    /// Number of the program that is attached at a hook by us; nil when there is none, or no such device.
    public func program(at hook: Hook) throws(BPFError) -> UInt32? {
        let attachment = attachment(hook, try kind())
        do throws(BPFError) {
            return try attachment.program()
        } catch  where error.code == ENODEV {
            return nil
        }
    }

    /// Hooks of the plan where a program of the same name hangs that is not ours by a pin: another node's. Known of TCX alone.
    public func strangers(_ plan: AttachmentPlan) throws(BPFError) -> [Hook] {
        guard try kind() == .tcx else { return [] }
        let pinned = BPFFS.contains(links) ? Set(try pinned()) : []
        var out: [Hook] = []
        for (hook, name) in plan.programs {
            let own = pinned.contains(hook) ? try program(at: hook) : nil
            for id in try attachedTCXPrograms(ifindex: UInt32(hook.ifindex), hook.direction) where id != own {
                // One that goes meanwhile is nobody's.
                if let program = try? BPFProgram.open(id: id), program.name == name.rawValue { out.append(hook) }
            }
        }
        return out.sorted { $0.pin < $1.pin }
    }

    private func attachment(_ hook: Hook, _ kind: AttachKind) -> Attachment {
        Attachment(kind, ifindex: UInt32(hook.ifindex), hook.direction, pin: "\(links)/\(hook.pin)")
    }

    public func problems(_ plan: AttachmentPlan) throws(BPFError) -> [AttachmentProblem] {
        var ids: [ProgramName: UInt32] = [:]
        for name in Set(plan.programs.values) { ids[name] = try open(name).id }
        var out: [AttachmentProblem] = []
        var present = Set(try pinned())
        for (hook, name) in plan.programs {
            guard present.remove(hook) != nil, let attached = try program(at: hook) else {
                out.append(AttachmentProblem(hook: hook, kind: .missing))
                continue
            }
            if attached != ids[name] { out.append(AttachmentProblem(hook: hook, kind: .stale)) }
        }
        out += present.map { AttachmentProblem(hook: $0, kind: .extra) }
        return out.sorted { $0.hook.pin < $1.hook.pin }
    }

    /// Attaches what is missing and exchanges programs in place: no packet passes a hook between two programs.
    public func attach(_ plan: AttachmentPlan) throws(BPFError) {
        let kind = try kind()
        for problem in try problems(plan) where problem.kind != .extra {
            guard let name = plan.programs[problem.hook] else { continue }
            let program = try open(name)
            let pin = "\(links)/\(problem.hook.pin)"
            try attachment(problem.hook, kind).attach(program)
            if kind == .clsact, !BPFFS.contains(pin) { try program.pin(at: pin) }
        }
    }

    /// Takes off what the plan does not want.
    public func detachOthers(_ plan: AttachmentPlan) throws(BPFError) {
        let kind = try kind()
        for entry in try BPFFS.list(links) where !entry.isDirectory {
            let path = "\(links)/\(entry.name)"
            if let hook = Hook(pin: entry.name) {
                if plan.programs[hook] != nil { continue }
                do throws(BPFError) {
                    try attachment(hook, kind).detach()
                } catch  where error.code == ENODEV || error.code == ENOLINK {
                    // Its device went, and the attachment with it.
                }
            }
            try BPFFS.unpin(path)
        }
    }
}
