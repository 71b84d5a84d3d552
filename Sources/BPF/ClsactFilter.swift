internal import CLibbpf
internal import Glibc

/// A program attached as a filter of the clsact qdisc, in the way of kernels before 6.6. Nothing owns it: it stays until it is taken off or its
/// device goes. It is known by its place, device, direction, priority and handle 1, so a newer program takes the place of the older
/// one at one instant.
public struct ClsactFilter: Hashable, Sendable {
    /// Of a device of this thread's network namespace.
    public let ifindex: UInt32
    public let direction: AttachDirection
    /// Lower ones run first.
    public let priority: UInt16

    public init(ifindex: UInt32, _ direction: AttachDirection, priority: UInt16 = 1) {
        (self.ifindex, self.direction, self.priority) = (ifindex, direction, priority)
    }

    /// Attaches the program, in the place of the one that is there if there is one. Makes the qdisc when it is missing.
    /// - Throws: ENODEV without such a device.
    public func attach(_ program: borrowing BPFProgram) throws(BPFError) {
        let operation = "attach program \(program.name) to \(deviceName(ifindex)) \(direction) by clsact"
        var hook = self.hook
        var options = self.options
        options.flags = BPF_TC_F_REPLACE.rawValue
        options.prog_fd = program.descriptor.number
        let (made, madeLog) = keepingLog { bpf_tc_hook_create(&hook) }
        if made != -EEXIST { try check(made, log: madeLog, operation) }
        let (code, log) = keepingLog { bpf_tc_attach(&hook, &options) }
        try check(code, log: log, operation)
    }

    /// The number of the program that is attached; nil when there is none.
    public func program() throws(BPFError) -> UInt32? {
        var hook = self.hook
        var options = self.options
        let (code, log) = keepingLog { bpf_tc_query(&hook, &options) }
        // Without a qdisc the kernel calls the request invalid. A device that is not there is another matter.
        if code == -ENOENT || (code == -EINVAL && isDevice(ifindex)) { return nil }
        try check(code, log: log, "ask for the clsact program of \(deviceName(ifindex)) \(direction)")
        return options.prog_id
    }

    /// Takes the program off. The qdisc stays.
    /// - Returns: whether there was one.
    @discardableResult
    public func detach() throws(BPFError) -> Bool {
        guard try program() != nil else { return false }
        var hook = self.hook
        var options = self.options
        let (code, log) = keepingLog { bpf_tc_detach(&hook, &options) }
        try check(code, log: log, "detach the clsact program of \(deviceName(ifindex)) \(direction)")
        return true
    }

    /// Removes the qdisc with all filters of both directions, those of others too.
    /// - Returns: whether there was one.
    @discardableResult
    public static func removeQdisc(ifindex: UInt32) throws(BPFError) -> Bool {
        var hook = bpf_tc_hook()
        hook.sz = optionsSize(upTo: \bpf_tc_hook.parent)
        hook.ifindex = Int32(bitPattern: ifindex)
        hook.attach_point = bpf_tc_attach_point(BPF_TC_INGRESS.rawValue | BPF_TC_EGRESS.rawValue)
        let (code, log) = keepingLog { bpf_tc_hook_destroy(&hook) }
        if code == -ENOENT || code == -EINVAL { return false }
        try check(code, log: log, "remove the clsact qdisc of \(deviceName(ifindex))")
        return true
    }

    private var hook: bpf_tc_hook {
        var hook = bpf_tc_hook()
        hook.sz = optionsSize(upTo: \bpf_tc_hook.parent)
        hook.ifindex = Int32(bitPattern: ifindex)
        hook.attach_point = direction == .ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS
        return hook
    }

    private var options: bpf_tc_opts {
        var options = bpf_tc_opts()
        options.sz = optionsSize(upTo: \bpf_tc_opts.priority)
        options.handle = 1
        options.priority = UInt32(priority)
        return options
    }
}
