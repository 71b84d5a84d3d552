internal import CLibbpf
internal import CLinux
internal import Glibc

/// Which packets of a device a program sees.
public enum AttachDirection: String, Sendable, CaseIterable {
    /// Those that come from the device.
    case ingress
    /// Those that go to the device.
    case egress

    /// BPF_TCX_INGRESS or BPF_TCX_EGRESS (include/uapi/linux/bpf.h; newer than the headers that libbpf comes with).
    var type: bpf_attach_type { bpf_attach_type(self == .ingress ? 46 : 47) }

    fileprivate init?(type: UInt32) {
        guard let direction = AttachDirection.allCases.first(where: { $0.type.rawValue == type }) else { return nil }
        self = direction
    }
}

/// A TCX attachment: the owner of one descriptor of a bpf_link. The program stays attached while an owner or a pin holds the link.
public struct BPFLink: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor
    /// The kernel's number for it.
    public let id: UInt32

    /// Takes over a descriptor.
    init(taking descriptor: consuming OwnedDescriptor) throws(BPFError) {
        id = try Self.info(of: descriptor).id
        self.descriptor = descriptor
    }

    /// Attaches a program behind those that are attached already.
    /// - Parameter ifindex: of a device of this thread's network namespace.
    /// - Throws: ENODEV without such a device, EINVAL below kernel 6.6.
    public static func attachTCX(
        _ program: borrowing BPFProgram, ifindex: UInt32, _ direction: AttachDirection
    ) throws(BPFError) -> BPFLink {
        let number = bpf_link_create(program.descriptor.number, Int32(bitPattern: ifindex), direction.type, nil)
        try check(number, "attach program \(program.name) to \(deviceName(ifindex)) \(direction)")
        return try BPFLink(taking: OwnedDescriptor(number))
    }

    /// Opens a pinned link.
    public static func open(pinned path: String) throws(BPFError) -> BPFLink {
        let descriptor = try openPin(path, .link)
        return try BPFLink(taking: descriptor)
    }

    /// Names the link in a bpffs: the attachment outlives this process. The name may not hold a dot.
    public func pin(at path: String) throws(BPFError) {
        try check(bpf_obj_pin(descriptor.number, path), "pin link \(id) at \(path)")
    }

    /// Puts another program in the place of the attached one. No packet passes between the two.
    public func update(_ program: borrowing BPFProgram) throws(BPFError) {
        try check(bpf_link_update(descriptor.number, program.descriptor.number, nil), "put program \(program.name) into link \(id)")
    }

    /// Takes the program off the device, whoever else holds the link.
    public func detach() throws(BPFError) {
        try check(bpf_link_detach(descriptor.number), "detach link \(id)")
    }

    /// What is attached where at present.
    public func info() throws(BPFError) -> Info { try Self.info(of: descriptor) }

    /// What is attached where.
    public struct Info: Equatable, Sendable {
        public let id: UInt32
        /// `enum bpf_link_type`; 11 is TCX.
        public let kind: UInt32
        /// Its number.
        public let program: UInt32
        /// Of the device, in its own network namespace; nil once it is gone or the link detached.
        public let ifindex: UInt32?
        /// nil for links of another kind than TCX.
        public let direction: AttachDirection?
    }

    private static func info(of descriptor: borrowing OwnedDescriptor) throws(BPFError) -> Info {
        // Larger than `struct bpf_link_info` of the headers here, which know no TCX: its ifindex and attach type are the first
        // two words after the three of every link and their padding.
        var words = [UInt32](repeating: 0, count: 64)
        var length = UInt32(words.count * 4)
        try check(bpf_obj_get_info_by_fd(descriptor.number, &words, &length), "read what a link is")
        let isTCX = words[0] == 11
        return Info(
            id: words[1], kind: words[0], program: words[2], ifindex: isTCX && words[4] != 0 ? words[4] : nil,
            direction: isTCX ? AttachDirection(type: words[5]) : nil)
    }
}

/// Numbers of the programs that TCX runs on a device of this thread's network namespace, in their order.
public func attachedTCXPrograms(ifindex: UInt32, _ direction: AttachDirection) throws(BPFError) -> [UInt32] {
    var ids = [UInt32](repeating: 0, count: 64)
    var count = UInt32(ids.count)
    let code = bpf_prog_query(Int32(bitPattern: ifindex), direction.type, 0, nil, &ids, &count)
    try check(code, "ask for programs of \(deviceName(ifindex)) \(direction)")
    return Array(ids.prefix(Int(count)))
}

/// The device's name in this thread's network namespace, or its number.
func deviceName(_ ifindex: UInt32) -> String {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE) + 1)
    guard if_indextoname(ifindex, &name) != nil else { return "device \(ifindex)" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Whether this thread's network namespace has such a device.
func isDevice(_ ifindex: UInt32) -> Bool {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE) + 1)
    return if_indextoname(ifindex, &name) != nil
}
