import BPF
import Glibc
import Store
import Testing

@Suite("documents", .enabled(if: isRoot, "needs root: writes to a bpffs"))
struct DocumentTests {
    @Test(arguments: [0, 1, 4031, 4032, 4033, 1 << 20])
    func documentsOfAnySizeComeBack(size: Int) throws {
        var generator = SeededGenerator(state: UInt64(size))
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try withRoot { root in
            try root.lock().commit(changes: ["config": bytes])
            let document = try #require(try root.snapshot().documents["config"])
            #expect(document.bytes == bytes)
            let now = UInt64(time(nil))
            #expect((now - 60...now + 1).contains(document.written / 1_000_000_000))
        }
    }

    @Test func documentCannotBeWrittenTo() throws {
        try withRoot { root in
            try root.lock().commit(changes: ["config": [1, 2, 3]])
            let map = try BPFMap.open(pinned: "\(root.state)/config")
            #expect(throws: BPFError(operation: "update map config", code: EPERM)) {
                try map.update(bytes: [0, 0, 0, 0], [UInt8](repeating: 9, count: 4096))
            }
            #expect(throws: BPFError.self) { _ = try map.mapMemory(writable: true) }
        }
    }

    @Test func unknownVersionIsNamed() throws {
        try withRoot { root in
            try root.lock().commit(changes: ["config": [1], "routes": [2]])
            try BPFFS.unpin("\(root.state)/routes")
            try DocumentMap.make("routes", [2], version: 7).pin(at: "\(root.state)/routes")
            let error = #expect(throws: StoreError.unknownVersion(document: "routes", found: 7, supported: DocumentFormat.version)) {
                try root.snapshot()
            }
            #expect(error?.description == "read document routes: it has format version 7, this fabctl knows \(DocumentFormat.version)")
            #expect(try root.snapshot(only: ["config"]).documents.keys.sorted() == ["config"])
            #expect(throws: StoreError.self) { try root.lock().commit(changes: ["config": [3]]) }
            #expect(try root.snapshot(only: ["config"])["config"] == [1])
        }
    }

    /// Read as what it is, and written anew with the next commit that names it, though its bytes stay.
    @Test func anOlderVersionIsReadAndReplaced() throws {
        try withRoot { root in
            let writer = try root.lock()
            try writer.commit(changes: ["config": [1]])
            #expect(try root.snapshot().documents["config"]?.version == DocumentFormat.version)
            try BPFFS.unpin("\(root.state)/config")
            try DocumentMap.make("config", [1], version: 1).pin(at: "\(root.state)/config")
            #expect(try root.snapshot().documents["config"]?.version == 1)
            #expect(try writer.commit(changes: ["config": [1]]))
            #expect(try root.snapshot().documents["config"]?.version == DocumentFormat.version)
            #expect(try !writer.commit(changes: ["config": [1]]))
        }
    }

    /// Offset, value, and what is said of it.
    @Test(arguments: [
        (0, UInt8(0), "it does not begin as a document does"), (64, 99, "its checksum is wrong"), (16, 0xaa, "its checksum is wrong"),
        (24, 0, "its checksum is wrong"), (9, 0xff, "it is longer than its map"), (8, 2, "its checksum is wrong"),
    ])
    func damageIsFound(offset: Int, value: UInt8, reason: String) throws {
        try withRoot { root in
            try root.lock().commit(changes: ["config": [1, 2, 3]])
            var element = try #require(try BPFMap.open(pinned: "\(root.state)/config").lookup(bytes: [0, 0, 0, 0]))
            try #require(element[offset] != value)
            element[offset] = value
            let map = try BPFMap.create(.array, name: "damaged", keySize: 4, valueSize: 4096, maxEntries: 1, flags: .mmapable)
            try map.update(bytes: [0, 0, 0, 0], element)
            try BPFFS.unpin("\(root.state)/config")
            try map.pin(at: "\(root.state)/config")
            #expect(throws: StoreError.damaged(document: "config", reason: reason)) { try root.snapshot() }
        }
    }

    @Test func anotherMapIsNoDocument() throws {
        try withRoot { root in
            try root.lock().commit(changes: ["config": [1, 2, 3]])
            try BPFMap.create(.hash, name: "other", keySize: 4, valueSize: 4, maxEntries: 1).pin(at: "\(root.state)/other")
            #expect(throws: StoreError.damaged(document: "other", reason: "its map is not made as a document's")) { try root.snapshot() }
        }
    }

    @Test(arguments: ["", "Config", "a.b", "../x", "a/b", "a b", String(repeating: "a", count: 65)])
    func badNamesAreRefused(name: String) throws {
        try withRoot { root in
            #expect(throws: StoreError.invalidName(name)) { try root.lock().commit(changes: [name: []]) }
            #expect(!root.isInstalled)
        }
    }
}
