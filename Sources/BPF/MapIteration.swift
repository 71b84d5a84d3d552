internal import CLibbpf
internal import Glibc

extension BPFMap {
    /// Visits each entry once: key, and value as `lookup(bytes:)` gives it. Entries that come or go meanwhile may be missed or
    /// seen; one that stays is seen. The buffers hold only during the visit.
    public func forEachEntry(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(BPFError) -> Void) throws(BPFError) {
        // A trie's walk, batched or not, begins anew when the key where it stands is gone, and then finds keys again.
        var seen: Set<[UInt8]>? = kind == .lpmTrie ? [] : nil
        let batched = try forEachBatch { (keys, values, count) throws(BPFError) in
            for index in 0..<count {
                let key = UnsafeRawBufferPointer(rebasing: keys[(index * keySize)..<((index + 1) * keySize)])
                if seen?.insert([UInt8](key)).inserted == false { continue }
                try body(key, UnsafeRawBufferPointer(rebasing: values[(index * elementSize)..<((index + 1) * elementSize)]))
            }
        }
        if batched { return }
        for key in try keysByWalking() {
            guard let value = try lookup(bytes: key) else { continue }
            var failure: BPFError?
            key.withUnsafeBytes { key in
                value.withUnsafeBytes { value in
                    do throws(BPFError) { try body(key, value) } catch { failure = error }
                }
            }
            if let failure { throw failure }
        }
    }

    /// All entries.
    /// - Throws: EINVAL when `K` or `V` is not as large as the map's keys or values.
    public func entries<K: BitwiseCopyable, V: BitwiseCopyable>(
        keys: K.Type = K.self, values: V.Type = V.self
    ) throws(BPFError) -> [(key: K, value: V)] {
        try checkSizes(key: MemoryLayout<K>.size, value: MemoryLayout<V>.size, "read entries")
        guard !kind.isPerCPU else { throw BPFError(operation: "read entries of map \(name), which has a value for each CPU", code: EINVAL) }
        var result: [(key: K, value: V)] = []
        try forEachEntry { (key, value) in result.append((key.loadUnaligned(as: K.self), value.loadUnaligned(as: V.self))) }
        return result
    }

    /// All entries of a per-CPU kind, with a value for each possible CPU.
    public func entriesPerCPU<K: BitwiseCopyable, V: BitwiseCopyable>(
        keys: K.Type = K.self, values: V.Type = V.self
    ) throws(BPFError) -> [(key: K, values: [V])] {
        try checkSizes(key: MemoryLayout<K>.size, value: MemoryLayout<V>.size, "read entries")
        guard kind.isPerCPU else { throw BPFError(operation: "read entries of map \(name), which has one value for all CPUs", code: EINVAL) }
        var result: [(key: K, values: [V])] = []
        try forEachEntry { (key, value) in
            result.append((key.loadUnaligned(as: K.self), perCPUValues(in: [UInt8](value), as: V.self)))
        }
        return result
    }

    /// All keys.
    public func keys<K: BitwiseCopyable>(_ type: K.Type = K.self) throws(BPFError) -> [K] {
        try checkSizes(key: MemoryLayout<K>.size, value: valueSize, "read keys")
        return try keysByWalking().map { $0.withUnsafeBytes { $0.loadUnaligned(as: K.self) } }
    }

    /// How many entries the map holds. An array is always full.
    public func count() throws(BPFError) -> Int {
        if kind.isArray { return maxEntries }
        var count = 0
        if kind != .lpmTrie, try forEachBatch({ (_, _, entries) in count += entries }) { return count }
        return try keysByWalking().count
    }

    /// How many entries have a value like that.
    public func countEntries(_ matches: (UnsafeRawBufferPointer) -> Bool) throws(BPFError) -> Int {
        var count = 0
        try forEachEntry { (_, value) in if matches(value) { count += 1 } }
        return count
    }

    /// Keys one by one. When the key where the walk stands is deleted, the kernel begins again with the first one: what was
    /// seen is then passed over, and a walk that is thrown back without end gives up.
    func keysByWalking() throws(BPFError) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        var keys: [[UInt8]] = []
        var previous: [UInt8]?
        for _ in 0..<(4 * maxEntries + 4) {
            var code: Int32 = 0
            let next = [UInt8](unsafeUninitializedCapacity: keySize) { buffer, count in
                if let previous {
                    code = previous.withUnsafeBytes { bpf_map_get_next_key(descriptor.number, $0.baseAddress, buffer.baseAddress) }
                } else {
                    code = bpf_map_get_next_key(descriptor.number, nil, buffer.baseAddress)
                }
                count = code == 0 ? keySize : 0
            }
            if code == -ENOENT { return keys }
            try check(code, "read the keys of map \(name)")
            if seen.insert(next).inserted { keys.append(next) }
            previous = next
        }
        throw BPFError(operation: "read the keys of map \(name), which changes too fast", code: EBUSY)
    }

    /// Visits entries many at a time.
    /// - Returns: false, with nothing visited, when the kernel has no batches for this kind of map.
    private func forEachBatch(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, Int) throws(BPFError) -> Void
    ) throws(BPFError) -> Bool {
        var capacity = max(1, min(maxEntries, 1 << 20 / max(1, elementSize + keySize), 4096))
        var keys = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity * keySize, alignment: 8)
        var values = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity * elementSize, alignment: 8)
        // Where the walk stands: a bucket number for hashes, a key for the others.
        let position = UnsafeMutableRawBufferPointer.allocate(byteCount: max(8, keySize), alignment: 8)
        defer {
            keys.deallocate()
            values.deallocate()
            position.deallocate()
        }
        var begun = false
        var visited = 0
        while true {
            var count = UInt32(capacity)
            let code = bpf_map_lookup_batch(
                descriptor.number, begun ? position.baseAddress : nil, position.baseAddress, keys.baseAddress, values.baseAddress, &count, nil)
            switch code {
            case 0, -ENOENT:
                visited += Int(count)
                try body(UnsafeRawBufferPointer(keys), UnsafeRawBufferPointer(values), Int(count))
                if code == -ENOENT { return true }
                if visited > 16 * maxEntries + 16 {
                    throw BPFError(operation: "read map \(name), which changes too fast", code: EBUSY)
                }
                begun = true
            case -ENOSPC where capacity < maxEntries:
                // One bucket holds more than that.
                capacity = min(capacity * 2, maxEntries)
                keys.deallocate()
                values.deallocate()
                keys = .allocate(byteCount: capacity * keySize, alignment: 8)
                values = .allocate(byteCount: capacity * elementSize, alignment: 8)
            case -notSupported, -EOPNOTSUPP, -EINVAL:
                if begun { try check(code, "read map \(name)") }
                return false
            case -EINTR:
                continue
            default:
                try check(code, "read map \(name)")
            }
        }
    }
}
