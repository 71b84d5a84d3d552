internal import CLibbpf
internal import Glibc

extension BPFMap {
    /// What an update may find.
    public enum UpdateMode: UInt64, Sendable {
        /// Either.
        case any = 0
        /// Only a new key: EEXIST otherwise.
        case insert = 1
        /// Only a present key: ENOENT otherwise.
        case replace = 2
    }

    /// The value of a key, or nil when the map does not hold it.
    /// - Throws: EINVAL when `K` or `V` is not as large as the map's keys or values.
    public func lookup<K: BitwiseCopyable, V: BitwiseCopyable>(_ key: K, as type: V.Type = V.self) throws(BPFError) -> V? {
        try checkSizes(key: MemoryLayout<K>.size, value: MemoryLayout<V>.size, "look up")
        guard !kind.isPerCPU else { throw BPFError(operation: "look up in map \(name), which has a value for each CPU", code: EINVAL) }
        var code: Int32 = 0
        let value: V? = withUnsafeTemporaryAllocation(of: V.self, capacity: 1) { buffer in
            code = withUnsafePointer(to: key) { bpf_map_lookup_elem(descriptor.number, $0, buffer.baseAddress) }
            return code == 0 ? buffer[0] : nil
        }
        return try found(code, "look up in map \(name)") ? value : nil
    }

    /// The values of a key on each possible CPU, or nil when the map does not hold it. For the per-CPU kinds.
    public func lookupPerCPU<K: BitwiseCopyable, V: BitwiseCopyable>(_ key: K, as type: V.Type = V.self) throws(BPFError) -> [V]? {
        try checkSizes(key: MemoryLayout<K>.size, value: MemoryLayout<V>.size, "look up")
        guard let bytes = try lookupBytes(key: key) else { return nil }
        return perCPUValues(in: bytes, as: V.self)
    }

    /// The value of a key as bytes: `valueSize`, or for the per-CPU kinds a value rounded up to 8 bytes for each possible CPU.
    public func lookup(bytes key: [UInt8]) throws(BPFError) -> [UInt8]? {
        try checkSizes(key: key.count, value: valueSize, "look up")
        var code: Int32 = 0
        let value = [UInt8](unsafeUninitializedCapacity: elementSize) { buffer, count in
            code = key.withUnsafeBytes { bpf_map_lookup_elem(descriptor.number, $0.baseAddress, buffer.baseAddress) }
            count = code == 0 ? elementSize : 0
        }
        return try found(code, "look up in map \(name)") ? value : nil
    }

    /// Writes one entry, at one instant for programs that read it in a hash; an array's value is copied in place.
    /// - Throws: EEXIST or ENOENT by `mode`; E2BIG when a hash is full; EINVAL when `K` or `V` is not as large as the map's keys or values.
    public func update<K: BitwiseCopyable, V: BitwiseCopyable>(_ key: K, _ value: V, _ mode: UpdateMode = .any) throws(BPFError) {
        try checkSizes(key: MemoryLayout<K>.size, value: MemoryLayout<V>.size, "update")
        guard !kind.isPerCPU else { throw BPFError(operation: "update map \(name), which has a value for each CPU", code: EINVAL) }
        let code = withUnsafePointer(to: key) { key in
            withUnsafePointer(to: value) { bpf_map_update_elem(descriptor.number, key, $0, mode.rawValue) }
        }
        try check(code, "update map \(name)")
    }

    /// Writes one entry.
    /// - Parameter value: `valueSize` bytes, or for the per-CPU kinds a value rounded up to 8 bytes for each possible CPU.
    public func update(bytes key: [UInt8], _ value: [UInt8], _ mode: UpdateMode = .any) throws(BPFError) {
        try checkSizes(key: key.count, value: valueSize, "update")
        guard value.count == elementSize else {
            throw BPFError(operation: "update map \(name): the value is \(value.count) bytes, the map's \(elementSize)", code: EINVAL)
        }
        let code = key.withUnsafeBytes { key in
            value.withUnsafeBytes { bpf_map_update_elem(descriptor.number, key.baseAddress, $0.baseAddress, mode.rawValue) }
        }
        try check(code, "update map \(name)")
    }

    /// Puts a map into a map of maps.
    public func update<K: BitwiseCopyable>(_ key: K, map: borrowing BPFMap, _ mode: UpdateMode = .any) throws(BPFError) {
        try update(key, map.descriptor.number, mode)
    }

    /// Takes one entry away.
    /// - Returns: whether the key was there.
    @discardableResult
    public func delete<K: BitwiseCopyable>(_ key: K) throws(BPFError) -> Bool {
        try checkSizes(key: MemoryLayout<K>.size, value: valueSize, "delete")
        let code = withUnsafePointer(to: key) { bpf_map_delete_elem(descriptor.number, $0) }
        return try found(code, "delete from map \(name)")
    }

    /// Takes one entry away.
    /// - Returns: whether the key was there.
    @discardableResult
    public func delete(bytes key: [UInt8]) throws(BPFError) -> Bool {
        try checkSizes(key: key.count, value: valueSize, "delete")
        let code = key.withUnsafeBytes { bpf_map_delete_elem(descriptor.number, $0.baseAddress) }
        return try found(code, "delete from map \(name)")
    }

    /// Bytes that the kernel copies for one value.
    var elementSize: Int { kind.isPerCPU ? perCPUStride * possibleCPUs : valueSize }

    private var perCPUStride: Int { (valueSize + 7) & ~7 }

    /// What the kernel copied for a value of a per-CPU kind.
    public func perCPUValues<V: BitwiseCopyable>(in bytes: [UInt8], as type: V.Type) -> [V] {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: perCPUStride).map { bytes.loadUnaligned(fromByteOffset: $0, as: V.self) }
        }
    }

    private func lookupBytes<K: BitwiseCopyable>(key: K) throws(BPFError) -> [UInt8]? {
        guard kind.isPerCPU else { throw BPFError(operation: "look up in map \(name), which has one value for all CPUs", code: EINVAL) }
        return try lookup(bytes: withUnsafeBytes(of: key) { [UInt8]($0) })
    }

    private func found(_ code: Int32, _ operation: @autoclosure () -> String) throws(BPFError) -> Bool {
        if code == -ENOENT { return false }
        try check(code, operation())
        return true
    }

    /// The kernel takes the sizes on trust: a key or value of another size would read or write past it.
    func checkSizes(key: Int, value: Int, _ verb: String) throws(BPFError) {
        if key != keySize {
            throw BPFError(operation: "\(verb) in map \(name): the key is \(key) bytes, the map's \(keySize)", code: EINVAL)
        }
        if value != valueSize {
            throw BPFError(operation: "\(verb) in map \(name): the value is \(value) bytes, the map's \(valueSize)", code: EINVAL)
        }
    }
}
