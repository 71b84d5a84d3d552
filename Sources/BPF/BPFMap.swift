internal import CLibbpf
internal import CLinux
internal import Glibc

/// A map: the owner of one descriptor of it. A pinned map outlives its owners.
public struct BPFMap: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor
    /// The kernel's number for it, never given again until reboot.
    public let id: UInt32
    /// As the kernel has it: at most 15 characters.
    public let name: String
    public let kind: Kind
    /// Bytes.
    public let keySize: Int
    /// Bytes of one value; per-CPU kinds hold one for each possible CPU.
    public let valueSize: Int
    public let maxEntries: Int
    public let flags: Flags

    /// Takes over a descriptor.
    init(taking descriptor: consuming OwnedDescriptor) throws(BPFError) {
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        try check(bpf_obj_get_info_by_fd(descriptor.number, &info, &length), "read what a map is")
        id = info.id
        name = string(in: info.name)
        kind = Kind(rawValue: info.type)
        keySize = Int(info.key_size)
        valueSize = Int(info.value_size)
        maxEntries = Int(info.max_entries)
        flags = Flags(rawValue: info.map_flags)
        self.descriptor = descriptor
    }

    /// Creates a map.
    /// - Parameters:
    ///   - name: at most 15 letters, digits, `_` and `.`.
    ///   - keySize: bytes; 0 where the kind has no keys.
    public static func create(
        _ kind: Kind, name: String, keySize: Int, valueSize: Int, maxEntries: Int, flags: Flags = []
    ) throws(BPFError) -> BPFMap {
        try create(kind, name: name, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, flags: flags, inner: -1)
    }

    /// Creates an array or hash of maps.
    /// - Parameter inner: a map of the kind and sizes of those that will be put in.
    public static func create(
        _ kind: Kind, name: String, keySize: Int, maxEntries: Int, inner: borrowing BPFMap
    ) throws(BPFError) -> BPFMap {
        try create(kind, name: name, keySize: keySize, valueSize: 4, maxEntries: maxEntries, flags: [], inner: inner.descriptor.number)
    }

    private static func create(
        _ kind: Kind, name: String, keySize: Int, valueSize: Int, maxEntries: Int, flags: Flags, inner: Int32
    ) throws(BPFError) -> BPFMap {
        guard let keyBytes = UInt32(exactly: keySize), let valueBytes = UInt32(exactly: valueSize), let entries = UInt32(exactly: maxEntries)
        else { throw BPFError(operation: "create map \(name) of \(maxEntries) entries, key \(keySize), value \(valueSize) bytes", code: EINVAL) }
        var options = bpf_map_create_opts()
        options.sz = optionsSize(upTo: \bpf_map_create_opts.map_ifindex)
        options.map_flags = flags.rawValue
        if inner >= 0 { options.inner_map_fd = UInt32(bitPattern: inner) }
        let number = bpf_map_create(bpf_map_type(kind.rawValue), name, keyBytes, valueBytes, entries, &options)
        try check(number, "create map \(name) (\(kind), \(maxEntries) entries, key \(keySize), value \(valueSize) bytes)")
        return try BPFMap(taking: OwnedDescriptor(number))
    }

    /// Opens a pinned map.
    /// - Parameter readOnly: without the right to write through this owner. The kernel maps no such owner into memory.
    public static func open(pinned path: String, readOnly: Bool = false) throws(BPFError) -> BPFMap {
        let descriptor = try openPin(path, .map, flags: readOnly ? UInt32(BPF_F_RDONLY) : 0)
        return try BPFMap(taking: descriptor)
    }

    /// Opens the map with a number that the kernel gave it.
    public static func open(id: UInt32) throws(BPFError) -> BPFMap {
        try BPFMap(taking: OwnedDescriptor(try check(bpf_map_get_fd_by_id(id), "open map \(id)")))
    }

    /// Another owner of the same map.
    public func duplicate() throws(BPFError) -> BPFMap {
        try BPFMap(taking: OwnedDescriptor(try check(descriptor.duplicate(), "duplicate the descriptor of map \(name)")))
    }

    /// Names the map in a bpffs. The name may not hold a dot.
    public func pin(at path: String) throws(BPFError) {
        try check(bpf_obj_pin(descriptor.number, path), "pin map \(name) at \(path)")
    }

    /// Nobody can write to the map from user space any more; programs still can.
    /// Throws EBUSY while a writable mapping of it exists.
    public func freeze() throws(BPFError) {
        try check(bpf_map_freeze(descriptor.number), "freeze map \(name)")
    }

    /// Whether the map is frozen.
    public var isFrozen: Bool { descriptorInfo(descriptor.number)["frozen"] == "1" }

    /// Kernel memory, in bytes, as the kernel accounts for it; nil when it does not say.
    public var memory: Int? { descriptorInfo(descriptor.number)["memlock"].flatMap { Int($0) } }
}

extension BPFMap {
    /// What kind of table a map is: `enum bpf_map_type`.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let hash = Kind(rawValue: 1)
        public static let array = Kind(rawValue: 2)
        public static let programArray = Kind(rawValue: 3)
        public static let perfEventArray = Kind(rawValue: 4)
        public static let perCPUHash = Kind(rawValue: 5)
        public static let perCPUArray = Kind(rawValue: 6)
        public static let lruHash = Kind(rawValue: 9)
        public static let lruPerCPUHash = Kind(rawValue: 10)
        public static let lpmTrie = Kind(rawValue: 11)
        public static let arrayOfMaps = Kind(rawValue: 12)
        public static let hashOfMaps = Kind(rawValue: 13)
        public static let ringBuffer = Kind(rawValue: 27)

        /// Every key has a value for each possible CPU.
        public var isPerCPU: Bool { self == .perCPUHash || self == .perCPUArray || self == .lruPerCPUHash }
        /// Every index from 0 exists, always.
        public var isArray: Bool { [.array, .perCPUArray, .programArray, .perfEventArray, .arrayOfMaps].contains(self) }

        /// bpftool's name.
        public var description: String {
            switch self {
            case .hash: "hash"
            case .array: "array"
            case .programArray: "prog_array"
            case .perfEventArray: "perf_event_array"
            case .perCPUHash: "percpu_hash"
            case .perCPUArray: "percpu_array"
            case .lruHash: "lru_hash"
            case .lruPerCPUHash: "lru_percpu_hash"
            case .lpmTrie: "lpm_trie"
            case .arrayOfMaps: "array_of_maps"
            case .hashOfMaps: "hash_of_maps"
            case .ringBuffer: "ringbuf"
            default: "type \(rawValue)"
            }
        }
    }

    /// How a map is made: the flags of BPF_MAP_CREATE.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Entries are allocated as they come. An LPM trie knows no other way.
        public static let noPreallocation = Flags(rawValue: 1 << 0)
        /// Each CPU evicts from a list of its own.
        public static let noCommonLRU = Flags(rawValue: 1 << 1)
        /// Programs may only read.
        public static let readOnlyForPrograms = Flags(rawValue: 1 << 7)
        /// User space may map the values into its memory. Arrays only.
        public static let mmapable = Flags(rawValue: 1 << 10)
        /// Entries of a perf event array stay when the descriptor that put them there is closed.
        public static let preserveElements = Flags(rawValue: 1 << 11)
    }
}
