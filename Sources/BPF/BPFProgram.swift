internal import CLibbpf
internal import CLinux
internal import Glibc

/// A loaded program: the owner of one descriptor of it. An attached or pinned program outlives its owners.
public struct BPFProgram: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor
    /// The kernel's number for it, never given again until reboot.
    public let id: UInt32
    /// As the kernel has it: at most 15 characters.
    public let name: String

    /// Takes over a descriptor.
    init(taking descriptor: consuming OwnedDescriptor) throws(BPFError) {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        try check(bpf_obj_get_info_by_fd(descriptor.number, &info, &length), "read what a program is")
        id = info.id
        name = string(in: info.name)
        self.descriptor = descriptor
    }

    /// Opens a pinned program.
    public static func open(pinned path: String) throws(BPFError) -> BPFProgram {
        let descriptor = try openPin(path, .program)
        return try BPFProgram(taking: descriptor)
    }

    /// Opens the program with a number that the kernel gave it.
    public static func open(id: UInt32) throws(BPFError) -> BPFProgram {
        try BPFProgram(taking: OwnedDescriptor(try check(bpf_prog_get_fd_by_id(id), "open program \(id)")))
    }

    /// Loads a traffic control program from instructions.
    /// - Parameters:
    ///   - name: at most 15 letters, digits, `_` and `.`.
    ///   - instructions: `struct bpf_insn` as a number in host order: opcode in the lowest byte, then destination (4 bits),
    ///     source (4 bits), offset (16 bits), immediate (32 bits).
    /// - Throws: with the verifier's log.
    public static func load(classifier name: String, license: String = "Dual BSD/GPL", instructions: [UInt64]) throws(BPFError) -> BPFProgram {
        var log = [CChar](repeating: 0, count: 1 << 16)
        let number = log.withUnsafeMutableBufferPointer { log in
            var options = bpf_prog_load_opts()
            options.sz = optionsSize(upTo: \bpf_prog_load_opts.log_buf)
            options.log_buf = log.baseAddress
            options.log_size = UInt32(log.count)
            options.log_level = 1
            return instructions.withUnsafeBytes { code in
                bpf_prog_load(
                    BPF_PROG_TYPE_SCHED_CLS, name, license, code.baseAddress?.assumingMemoryBound(to: bpf_insn.self), instructions.count, &options)
            }
        }
        let text = number < 0 ? String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        try check(number, log: text, "load program \(name)")
        return try BPFProgram(taking: OwnedDescriptor(number))
    }

    /// Another owner of the same program.
    public func duplicate() throws(BPFError) -> BPFProgram {
        try BPFProgram(taking: OwnedDescriptor(try check(descriptor.duplicate(), "duplicate the descriptor of program \(name)")))
    }

    /// Names the program in a bpffs. The name may not hold a dot.
    public func pin(at path: String) throws(BPFError) {
        try check(bpf_obj_pin(descriptor.number, path), "pin program \(name) at \(path)")
    }

    /// What the kernel knows of the program.
    public func info() throws(BPFError) -> Info {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        try check(bpf_obj_get_info_by_fd(descriptor.number, &info, &length), "read what program \(name) is")
        let capacity = Int(info.nr_map_ids)
        var code: Int32 = 0
        let maps = [UInt32](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard capacity > 0 else { return }
            info = bpf_prog_info()
            info.nr_map_ids = UInt32(capacity)
            info.map_ids = UInt64(UInt(bitPattern: buffer.baseAddress))
            length = UInt32(MemoryLayout<bpf_prog_info>.size)
            code = bpf_obj_get_info_by_fd(descriptor.number, &info, &length)
            count = code == 0 ? min(capacity, Int(info.nr_map_ids)) : 0
        }
        try check(code, "read which maps program \(name) uses")
        return Info(
            id: id, name: name, kind: info.type, tag: withUnsafeBytes(of: info.tag) { [UInt8]($0) }, runTime: info.run_time_ns, runs: info.run_cnt,
            loadedAt: info.load_time, maps: maps, instructions: Int(info.xlated_prog_len) / 8, machineCode: Int(info.jited_prog_len),
            memory: descriptorInfo(descriptor.number)["memlock"].flatMap { Int($0) })
    }

    /// What the kernel knows of a program.
    public struct Info: Sendable {
        public let id: UInt32
        public let name: String
        /// `enum bpf_prog_type`; 3 is a traffic control classifier.
        public let kind: UInt32
        /// Eight bytes of a hash of the instructions.
        public let tag: [UInt8]
        /// Nanoseconds spent in it; 0 unless `kernel.bpf_stats_enabled`.
        public let runTime: UInt64
        /// How often it ran; 0 unless `kernel.bpf_stats_enabled`.
        public let runs: UInt64
        /// Nanoseconds since boot.
        public let loadedAt: UInt64
        /// Numbers of the maps it uses.
        public let maps: [UInt32]
        /// After the verifier's rewriting.
        public let instructions: Int
        /// Bytes of machine code; 0 when interpreted.
        public let machineCode: Int
        /// Kernel memory in bytes; nil when the kernel does not say.
        public let memory: Int?
    }
}
