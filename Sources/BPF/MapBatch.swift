internal import CLibbpf
internal import Glibc

extension BPFMap {
    /// Writes many entries with few system calls. Not atomic: when it throws, some are written.
    public func update<K: BitwiseCopyable, V: BitwiseCopyable>(
        contentsOf entries: [(key: K, value: V)], _ mode: UpdateMode = .any
    ) throws(BPFError) {
        try checkSizes(key: MemoryLayout<K>.size, value: MemoryLayout<V>.size, "update")
        guard !kind.isPerCPU else { throw BPFError(operation: "update map \(name), which has a value for each CPU", code: EINVAL) }
        let keys = packed(entries.map(\.key))
        let values = packed(entries.map(\.value))
        var options = bpf_map_batch_opts()
        options.sz = optionsSize(upTo: \bpf_map_batch_opts.flags)
        options.elem_flags = mode.rawValue
        var done = 0
        while done < entries.count {
            var count = UInt32(min(entries.count - done, 4096))
            let code = keys.withUnsafeBytes { keys in
                values.withUnsafeBytes { values in
                    bpf_map_update_batch(
                        descriptor.number, keys.baseAddress?.advanced(by: done * keySize), values.baseAddress?.advanced(by: done * valueSize),
                        &count, &options)
                }
            }
            if code == 0 {
                done += Int(count)
            } else if done == 0, [-notSupported, -EOPNOTSUPP, -EINVAL].contains(code) {
                for entry in entries { try update(entry.key, entry.value, mode) }
                return
            } else if code != -EINTR {
                try check(code, "update \(entries.count) entries of map \(name)")
            }
        }
    }

    /// Deletes many keys with few system calls. Keys that are not there are no error.
    /// - Returns: how many were there.
    @discardableResult
    public func delete<K: BitwiseCopyable>(contentsOf doomed: [K]) throws(BPFError) -> Int {
        try checkSizes(key: MemoryLayout<K>.size, value: valueSize, "delete")
        let keys = packed(doomed)
        var done = 0
        var deleted = 0
        while done < doomed.count {
            var count = UInt32(min(doomed.count - done, 4096))
            let code = keys.withUnsafeBytes {
                bpf_map_delete_batch(descriptor.number, $0.baseAddress?.advanced(by: done * keySize), &count, nil)
            }
            switch code {
            case 0:
                done += Int(count)
                deleted += Int(count)
            case -ENOENT:
                // `count` were deleted, the next one is not there.
                done += Int(count) + 1
                deleted += Int(count)
            case -notSupported, -EOPNOTSUPP, -EINVAL:
                for key in doomed[done...] where try delete(key) { deleted += 1 }
                return deleted
            case -EINTR:
                continue
            default:
                try check(code, "delete \(doomed.count) entries of map \(name)")
            }
        }
        return deleted
    }

    /// The elements without the padding that an array may put between them.
    private func packed<T: BitwiseCopyable>(_ elements: [T]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(elements.count * MemoryLayout<T>.size)
        for element in elements { withUnsafeBytes(of: element) { bytes.append(contentsOf: $0) } }
        return bytes
    }
}
