public import BPF

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

/// Keeps programs where the plan wants them, by TCX links pinned under `<root>/links`.
public struct Attachments {
    let links: String
    let programs: String

    /// - Parameters:
    ///   - links: `<root>/links`.
    ///   - programs: `<root>/progs`.
    public init(links: String, programs: String) {
        self.links = links
        self.programs = programs
    }

    /// Number of the pinned program.
    private func programID(_ name: ProgramName) throws(BPFError) -> UInt32 { try BPFProgram.open(pinned: "\(programs)/\(name.rawValue)").id }

    /// Hooks that have a pinned link.
    public func pinned() throws(BPFError) -> [Hook] { try BPFFS.list(links).compactMap { Hook(pin: $0.name) } }

    public func problems(_ plan: AttachmentPlan) throws(BPFError) -> [AttachmentProblem] {
        var out: [AttachmentProblem] = []
        var present = Set(try pinned())
        for (hook, program) in plan.programs {
            guard present.remove(hook) != nil else {
                out.append(AttachmentProblem(hook: hook, kind: .missing))
                continue
            }
            let info = try BPFLink.open(pinned: "\(links)/\(hook.pin)").info()
            if info.ifindex != UInt32(hook.ifindex) {
                out.append(AttachmentProblem(hook: hook, kind: .missing))
            } else if info.program != (try programID(program)) {
                out.append(AttachmentProblem(hook: hook, kind: .stale))
            }
        }
        out += present.map { AttachmentProblem(hook: $0, kind: .extra) }
        return out.sorted { $0.hook.pin < $1.hook.pin }
    }

    /// Attaches what is missing and exchanges programs in place: no packet passes a hook between two programs.
    public func attach(_ plan: AttachmentPlan) throws(BPFError) {
        for problem in try problems(plan) where problem.kind != .extra {
            guard let name = plan.programs[problem.hook] else { continue }
            let pin = "\(links)/\(problem.hook.pin)"
            let program = try BPFProgram.open(pinned: "\(programs)/\(name.rawValue)")
            if problem.kind == .stale {
                try BPFLink.open(pinned: pin).update(program)
            } else {
                let next = "\(links)/next_\(problem.hook.pin)"
                try BPFFS.unpin(next)
                let link = try BPFLink.attachTCX(program, ifindex: UInt32(problem.hook.ifindex), problem.hook.direction)
                try link.pin(at: next)
                try renamePin(next, to: pin)
            }
        }
    }

    /// Takes off what the plan does not want.
    public func detachOthers(_ plan: AttachmentPlan) throws(BPFError) {
        for entry in try BPFFS.list(links) {
            if let hook = Hook(pin: entry.name), plan.programs[hook] != nil { continue }
            let path = "\(links)/\(entry.name)"
            let link = try BPFLink.open(pinned: path)
            if try link.info().ifindex != nil { try link.detach() }
            try BPFFS.unpin(path)
        }
    }
}
