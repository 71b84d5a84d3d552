import Glibc
import Testing

@testable import BPF

let isRoot = geteuid() == 0

@Suite("maps", .enabled(if: isRoot, "needs root: creates maps"))
struct MapTests {
    struct Key: BitwiseCopyable, Hashable {
        var a: UInt32
        var b: UInt32
    }

    @Test func hashHoldsWhatWasPutIn() throws {
        let map = try BPFMap.create(.hash, name: "test_hash", keySize: 8, valueSize: 8, maxEntries: 4)
        let key = Key(a: 1, b: 2)
        #expect(try map.lookup(key, as: UInt64.self) == nil)
        #expect(throws: BPFError(operation: "update map test_hash", code: ENOENT)) { try map.update(key, UInt64(7), .replace) }
        try map.update(key, UInt64(7), .insert)
        #expect(throws: BPFError(operation: "update map test_hash", code: EEXIST)) { try map.update(key, UInt64(8), .insert) }
        #expect(try map.lookup(key, as: UInt64.self) == 7)
        #expect(try map.count() == 1)
        #expect(try map.keys(Key.self) == [key])
        #expect(try map.delete(key))
        #expect(try !map.delete(key))
        #expect(try map.count() == 0)
    }

    @Test func otherSizesAreRefusedBeforeTheKernelReadsPastThem() throws {
        let map = try BPFMap.create(.hash, name: "test_sizes", keySize: 8, valueSize: 8, maxEntries: 4)
        #expect(throws: BPFError(operation: "look up in map test_sizes: the key is 4 bytes, the map's 8", code: EINVAL)) {
            try map.lookup(UInt32(1), as: UInt64.self)
        }
        #expect(throws: BPFError(operation: "update in map test_sizes: the value is 4 bytes, the map's 8", code: EINVAL)) {
            try map.update(UInt64(1), UInt32(1))
        }
        #expect(throws: BPFError.self) { try map.entries(keys: UInt64.self, values: UInt16.self) }
        #expect(throws: BPFError.self) { try map.delete(UInt8(1)) }
        #expect(throws: BPFError.self) { try map.update(bytes: [1, 2], [3]) }
    }

    @Test func fullHashSaysSo() throws {
        let map = try BPFMap.create(.hash, name: "test_full", keySize: 4, valueSize: 4, maxEntries: 2)
        for key in UInt32(0)..<2 { try map.update(key, key) }
        let error = #expect(throws: BPFError.self) { try map.update(UInt32(9), UInt32(9)) }
        #expect(error?.code == E2BIG)
        #expect(error?.description == "update map test_full: Argument list too long")
    }

    @Test(arguments: [BPFMap.Kind.hash, .lruHash, .array, .perCPUHash, .perCPUArray])
    func everyEntryIsVisitedOnce(kind: BPFMap.Kind) throws {
        let map = try BPFMap.create(kind, name: "test_walk", keySize: 4, valueSize: 12, maxEntries: 10_000)
        let count = kind == .lruHash ? 5000 : 10_000
        let stride = kind.isPerCPU ? 16 * possibleCPUs : 12
        for key in UInt32(0)..<UInt32(count) {
            let value = withUnsafeBytes(of: key) { [UInt8]($0) } + [UInt8](repeating: 1, count: stride - 4)
            try map.update(bytes: withUnsafeBytes(of: key) { [UInt8]($0) }, value)
        }
        var seen: [UInt32: Int] = [:]
        try map.forEachEntry { key, value in
            #expect(value.count == stride)
            let number = key.loadUnaligned(as: UInt32.self)
            if value.loadUnaligned(as: UInt32.self) == number { seen[number, default: 0] += 1 }
        }
        #expect(seen.count == count)
        #expect(seen.values.allSatisfy { $0 == 1 })
        #expect(try map.count() == (kind.isArray ? 10_000 : count))
        #expect(try map.keysByWalking().count == (kind.isArray ? 10_000 : count))
    }

    /// Bits, then a family byte and three of an address.
    @Test func triesHaveBatchesAndLongestMatch() throws {
        let map = try BPFMap.create(.lpmTrie, name: "test_trie", keySize: 8, valueSize: 4, maxEntries: 3000, flags: .noPreallocation)
        var prefixes: [(key: Key, value: UInt32)] = []
        for index in UInt32(0)..<2000 { prefixes.append((Key(a: 32, b: index.byteSwapped), index)) }
        prefixes.append((Key(a: 0, b: 0), 9999))
        try map.update(contentsOf: prefixes)
        #expect(try map.count() == 2001)
        let entries: [(key: Key, value: UInt32)] = try map.entries()
        #expect(Dictionary(entries.map { ($0.key, $0.value) }) { _, _ in 0 } == Dictionary(uniqueKeysWithValues: prefixes.map { ($0.key, $0.value) }))
        #expect(try map.lookup(Key(a: 32, b: UInt32(7).byteSwapped), as: UInt32.self) == 7)
        #expect(try map.lookup(Key(a: 32, b: UInt32(5000).byteSwapped), as: UInt32.self) == 9999)
        #expect(try map.delete(contentsOf: prefixes.map(\.key)) == 2001)
        #expect(try map.count() == 0)
    }

    @Test func batchesWriteAndDeleteMany() throws {
        let map = try BPFMap.create(.hash, name: "test_batch", keySize: 8, valueSize: 4, maxEntries: 10_000)
        let entries = (UInt32(0)..<9000).map { (key: Key(a: $0, b: $0), value: $0) }
        try map.update(contentsOf: entries)
        #expect(try map.count() == 9000)
        #expect(throws: BPFError.self) { try map.update(contentsOf: entries, .insert) }
        // Every third is not there: a batch stops at each and must go on behind it.
        let doomed = (UInt32(0)..<3000).flatMap { [Key(a: $0, b: $0), Key(a: $0, b: 77_777)] }
        #expect(try map.delete(contentsOf: doomed) == 3000)
        #expect(try map.count() == 6000)
        #expect(try map.lookup(Key(a: 2999, b: 2999), as: UInt32.self) == nil)
        #expect(try map.lookup(Key(a: 3000, b: 3000), as: UInt32.self) == 3000)
    }

    @Test func walkSurvivesDeletionOfWhatItStandsOn() throws {
        for kind in [BPFMap.Kind.hash, .lpmTrie] {
            let map = try BPFMap.create(
                kind, name: "test_deleting", keySize: 8, valueSize: 4, maxEntries: 1000, flags: kind == .lpmTrie ? .noPreallocation : [])
            for index in UInt32(0)..<1000 { try map.update(Key(a: 32, b: index.byteSwapped), index) }
            var visits: [Key: Int] = [:]
            try map.forEachEntry { (key, _) throws(BPFError) in
                let key = key.loadUnaligned(as: Key.self)
                visits[key, default: 0] += 1
                try map.delete(key)
            }
            #expect(visits.count == 1000, "\(kind)")
            #expect(visits.values.allSatisfy { $0 == 1 }, "\(kind)")
            #expect(try map.count() == 0)
        }
    }

    @Test func perCPUValuesComeOnePerCPU() throws {
        let map = try BPFMap.create(.perCPUArray, name: "test_percpu", keySize: 4, valueSize: 4, maxEntries: 2)
        var bytes: [UInt8] = []
        for cpu in 0..<possibleCPUs { bytes += [UInt8(cpu + 1), 0, 0, 0, 0, 0, 0, 0] }
        try map.update(bytes: [1, 0, 0, 0], bytes)
        #expect(try map.lookupPerCPU(UInt32(1), as: UInt32.self) == (0..<possibleCPUs).map { UInt32($0 + 1) })
        #expect(try map.lookupPerCPU(UInt32(2), as: UInt32.self) == nil)
        #expect(throws: BPFError.self) { try map.lookup(UInt32(1), as: UInt32.self) }
        let entries: [(key: UInt32, values: [UInt32])] = try map.entriesPerCPU()
        #expect(entries.map(\.values) == [[UInt32](repeating: 0, count: possibleCPUs), (0..<possibleCPUs).map { UInt32($0 + 1) }])
    }

    @Test func mappedMemoryIsTheMap() throws {
        let map = try BPFMap.create(.array, name: "test_mmap", keySize: 4, valueSize: 12, maxEntries: 1000, flags: .mmapable)
        do {
            let memory = try map.mapMemory(writable: true)
            #expect(memory.count >= 16_000)
            let bytes = memory.mutableBytes
            try #require(bytes).storeBytes(of: 42, toByteOffset: 16 * 999, as: UInt32.self)
            #expect(throws: BPFError(operation: "freeze map test_mmap", code: EBUSY)) { try map.freeze() }
        }
        let value = try #require(try map.lookup(bytes: withUnsafeBytes(of: UInt32(999)) { [UInt8]($0) }))
        #expect(value.first == 42)
        try map.freeze()
        let isFrozen = map.isFrozen
        #expect(isFrozen)
        #expect(throws: BPFError(operation: "map the values of map test_mmap into memory", code: EPERM)) { try mapWritable(map) }
        #expect(throws: BPFError.self) { try map.update(bytes: [0, 0, 0, 0], value) }
        let memory = try map.mapMemory()
        #expect(memory.mutableBytes == nil)
        #expect(memory.bytes.load(fromByteOffset: 16 * 999, as: UInt32.self) == 42)
    }

    private func mapWritable(_ map: borrowing BPFMap) throws {
        _ = try map.mapMemory(writable: true)
    }

    @Test func ordinaryArrayIsNotMapped() throws {
        let map = try BPFMap.create(.array, name: "test_plain", keySize: 4, valueSize: 8, maxEntries: 1)
        let error = #expect(throws: BPFError.self) { try mapWritable(map) }
        #expect(error?.code == EINVAL)
    }

    @Test func memoryIsAccountedFor() throws {
        let map = try BPFMap.create(.array, name: "test_memory", keySize: 4, valueSize: 4096, maxEntries: 100)
        let memory = map.memory
        #expect(try #require(memory) >= 409_600)
    }

    @Test func mapsOfMaps() throws {
        let inner = try BPFMap.create(.hash, name: "test_inner", keySize: 4, valueSize: 4, maxEntries: 4)
        let outer = try BPFMap.create(.arrayOfMaps, name: "test_outer", keySize: 4, maxEntries: 2, inner: inner)
        try outer.update(UInt32(1), map: inner)
        #expect(try outer.lookup(UInt32(1), as: UInt32.self) == inner.id)
        let again = try BPFMap.open(id: inner.id)
        #expect(again.name == "test_inner")
    }

    @Test func refusedMapNamesWhatWasAsked() {
        let error = #expect(throws: BPFError.self) { try create() }
        #expect(error?.description == "create map test_bad (hash, 0 entries, key 4, value 4 bytes): Invalid argument")
    }

    private func create() throws {
        _ = try BPFMap.create(.hash, name: "test_bad", keySize: 4, valueSize: 4, maxEntries: 0)
    }
}
