import BPF
import Glibc
import Store
import Testing

@Suite("commits", .enabled(if: isRoot, "needs root: writes to a bpffs"))
struct CommitTests {
    @Test func commitChangesAddsAndRemoves() throws {
        try withRoot { root in
            #expect(throws: StoreError.notInstalled(root: root.path)) { try root.snapshot() }
            #expect(try root.snapshotOrEmpty() == Snapshot())
            let writer = try root.lock()
            #expect(try writer.commit(changes: ["a": [1], "b": [2], "c": [3]]))
            let kept = try BPFMap.open(pinned: "\(root.state)/c").id
            #expect(try writer.commit(changes: ["a": [9], "d": [4]], removals: ["b", "none"]))
            let snapshot = try root.snapshot()
            #expect(snapshot.documents.mapValues(\.bytes) == ["a": [9], "c": [3], "d": [4]])
            #expect(try BPFMap.open(pinned: "\(root.state)/c").id == kept)
            #expect(try BPFFS.list(root.path).map(\.name) == ["links", "maps", "observers", "progs", "state"])
        }
    }

    @Test func nothingToChangeChangesNothing() throws {
        try withRoot { root in
            let writer = try root.lock()
            try writer.commit(changes: ["a": [1]])
            let before = try BPFMap.open(pinned: "\(root.state)/a").id
            #expect(try !writer.commit(changes: ["a": [1]], removals: ["b"]))
            #expect(try BPFMap.open(pinned: "\(root.state)/a").id == before)
        }
    }

    @Test func oneDocumentIsRemovedAlone() throws {
        try withRoot { root in
            let writer = try root.lock()
            try writer.commit(changes: ["a": [1], "b": [2]])
            #expect(try writer.remove(document: "a"))
            #expect(try !writer.remove(document: "a"))
            #expect(try root.snapshot().documents.keys.sorted() == ["b"])
        }
    }

    @Test func oneWriterAtATime() throws {
        try withRoot { root in
            do {
                let writer = try root.lock()
                let start = ContinuousClock.now
                let error = #expect(throws: StoreError.self) { _ = try root.lock(timeout: .milliseconds(50)) }
                #expect(error?.description == "another command is at work on \(root.path)")
                #expect(ContinuousClock.now - start >= .milliseconds(50))
                try writer.commit(changes: ["a": [1]])
            }
            try root.lock(timeout: .zero).commit(changes: ["a": [2]])
        }
    }

    @Test func otherFileSystemsAreRefused() throws {
        #expect(throws: StoreError.notBPFFS(path: "/tmp")) { try Root("/tmp/fabctl_\(getpid())").create() }
        #expect(throws: StoreError.notBPFFS(path: "/tmp")) { _ = try Root("/tmp").lock() }
        try withRoot(create: false) { root in
            #expect(throws: StoreError.notInstalled(root: root.path)) { _ = try root.lock() }
            #expect(throws: StoreError.notInstalled(root: root.path)) { _ = try Watcher(root) }
        }
    }

    @Test func directoriesAboveTheRootAreMade() throws {
        try withRoot(create: false) { above in
            let root = Root("\(above.path)/lab/node1/")
            try root.create()
            try root.create()
            #expect(root.path == "\(above.path)/lab/node1")
            #expect(BPFFS.contains(root.maps))
        }
    }

    @Test func destroyLeavesNothing() throws {
        try withRoot { root in
            let writer = try root.lock()
            try writer.commit(changes: ["a": [1]])
            try BPFMap.create(.hash, name: "flows", keySize: 4, valueSize: 4, maxEntries: 1).pin(at: "\(root.maps)/flows")
            let slot = try root.claimObserverSlot(of: 2)
            #expect(slot.index == 0)
            #expect(writer.destroy() == [])
            #expect(!BPFFS.contains(root.path))
        }
    }

    @Test func observersHaveSlotsOfTheirOwn() throws {
        try withRoot { root in
            let first = try root.claimObserverSlot(of: 2)
            do {
                let second = try root.claimObserverSlot(of: 2)
                #expect([first.index, second.index] == [0, 1])
                #expect(try root.observerSlotsInUse(of: 2) == [0, 1])
                let error = #expect(throws: StoreError.self) { _ = try root.claimObserverSlot(of: 2) }
                #expect(error?.description == "2 observers are at work on \(root.path), which is as many as it serves")
            }
            #expect(try root.observerSlotsInUse(of: 2) == [0])
            let third = try root.claimObserverSlot(of: 2)
            #expect(third.index == 1)
        }
    }

    @Test func watcherTellsOfChanges() throws {
        try withRoot { root in
            let watcher = try Watcher(root)
            #expect(try !watcher.wait(timeout: .milliseconds(10)))
            let writer = try root.lock()
            for value in UInt8(0)..<3 {
                try writer.commit(changes: ["a": [value], "b": [value]])
                #expect(try watcher.wait(timeout: .seconds(1)), "commit \(value)")
                while try watcher.wait(timeout: .zero) {}
                #expect(try !watcher.wait(timeout: .milliseconds(10)))
            }
            try writer.remove(document: "b")
            #expect(try watcher.wait(timeout: .seconds(1)))
        }
    }
}
