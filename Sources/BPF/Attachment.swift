internal import Glibc

/// How programs are attached to devices.
public enum AttachKind: String, Sendable, CaseIterable {
    /// A pinned link, from kernel 6.6 on.
    case tcx
    /// A filter of the clsact qdisc.
    case clsact

    /// The better one that the running kernel knows.
    public static func supported() throws(BPFError) -> AttachKind { try KernelFacts.supportsTCX() ? .tcx : .clsact }
}

/// A place where one program of ours is, or shall be, attached: the same for both kinds.
public struct Attachment: Hashable, Sendable {
    public let kind: AttachKind
    /// Of a device of this thread's network namespace.
    public let ifindex: UInt32
    public let direction: AttachDirection
    /// Where the link is pinned, for TCX.
    public let pin: String

    public init(_ kind: AttachKind, ifindex: UInt32, _ direction: AttachDirection, pin: String) {
        (self.kind, self.ifindex, self.direction, self.pin) = (kind, ifindex, direction, pin)
    }

    /// Attaches the program for good. One that is attached here already is replaced at one instant: no packet passes unjudged.
    public func attach(_ program: borrowing BPFProgram) throws(BPFError) {
        switch kind {
        case .clsact:
            try filter.attach(program)
        case .tcx:
            if try updatePinnedLink(program) { return }
            // Until the pin is made the attachment ends with this process.
            try BPFLink.attachTCX(program, ifindex: ifindex, direction).pin(at: pin)
        }
    }

    /// The number of the program that is attached here by us; nil when there is none.
    public func program() throws(BPFError) -> UInt32? {
        switch kind {
        case .clsact: return try filter.program()
        case .tcx:
            guard let info = try pinnedLinkInfo(), info.ifindex == ifindex, info.direction == direction else { return nil }
            return info.program
        }
    }

    /// Takes the program off and the pin away. A clsact qdisc stays.
    /// - Returns: whether there was one.
    @discardableResult
    public func detach() throws(BPFError) -> Bool {
        switch kind {
        case .clsact:
            return try filter.detach()
        case .tcx:
            do throws(BPFError) { try BPFLink.open(pinned: pin).detach() } catch {
                if error.code != ENOENT { throw error }
            }
            return try BPFFS.unpin(pin)
        }
    }

    private var filter: ClsactFilter { ClsactFilter(ifindex: ifindex, direction) }

    /// - Returns: false when there is no link here that still has its device. A pin of one that has none is taken away.
    private func updatePinnedLink(_ program: borrowing BPFProgram) throws(BPFError) -> Bool {
        guard let info = try pinnedLinkInfo() else { return false }
        if info.ifindex == ifindex, info.direction == direction {
            try BPFLink.open(pinned: pin).update(program)
            return true
        }
        try BPFFS.unpin(pin)
        return false
    }

    private func pinnedLinkInfo() throws(BPFError) -> BPFLink.Info? {
        do throws(BPFError) { return try BPFLink.open(pinned: pin).info() } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }
}
