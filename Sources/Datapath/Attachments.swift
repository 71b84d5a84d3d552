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
