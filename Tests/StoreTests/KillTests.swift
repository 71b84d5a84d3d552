import BPF
import Glibc
import Store
import Testing

/// Killed at any moment, a commit leaves the old set or the new one. Each test runs in a process of its own: children inherit descriptors,
/// and would hold those of other tests.
@Suite("killed commits", .enabled(if: isRoot, "needs root: writes to a bpffs"), .serialized)
struct KillTests {
    /// A set is whole when all its documents say the same number and are those of that number: one more, `extra`, for even ones.
    private static func set(_ number: UInt64) -> (changes: [String: [UInt8]], removals: Set<String>) {
        let bytes = withUnsafeBytes(of: number) { [UInt8]($0) }
        var changes: [String: [UInt8]] = ["constant": [7]]
        for name in ["a", "b", "c"] { changes[name] = bytes }
        changes["large"] = bytes + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 10_000)
        if number % 2 == 0 { changes["extra"] = bytes }
        return (changes, number % 2 == 0 ? [] : ["extra"])
    }

    private static func number(of snapshot: Snapshot) -> UInt64? {
        guard let bytes = snapshot["a"], bytes.count == 8 else { return nil }
        let number = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return snapshot.documents.mapValues(\.bytes) == set(number).changes ? number : nil
    }

    @Test func atEverySystemCall() async {
        await #expect(processExitsWith: .success) { try KillTests.atEverySystemCallHere() }
    }

    private static func atEverySystemCallHere() throws {
        try withRoot { root in
            // Once here, so that the child does not begin with what a process does only once.
            try root.lock().commit(changes: set(1).changes)
            var stop = 1
            var outcomes: [UInt64: Int] = [:]
            var leftovers = 0
            while true {
                let old = try #require(number(of: try root.snapshot()))
                let (changes, removals) = set(old + 1)
                let killed = try inChild(killedAtStop: stop) {
                    do { try root.lock().commit(changes: changes, removals: removals) } catch { _exit(1) }
                }
                let found = try #require(number(of: try root.snapshot()), "stop \(stop): the set is not whole")
                #expect(found == old || found == old + 1, "stop \(stop)")
                if try BPFFS.list(root.path).contains(where: { $0.name == "state_next" }) { leftovers += 1 }
                if !killed {
                    #expect(found == old + 1)
                    break
                }
                outcomes[found - old, default: 0] += 1
                // The next holder of the lock clears what was left, and nothing else.
                do { _ = try root.lock(timeout: .seconds(1)) }
                #expect(try BPFFS.list(root.path).map(\.name) == ["links", "maps", "observers", "progs", "state"], "stop \(stop)")
                #expect(number(of: try root.snapshot()) == found)
                stop += 1
            }
            // Both sides of the commit point were tried, and deaths with work half done.
            #expect(outcomes[0, default: 0] > 30)
            #expect(outcomes[1, default: 0] > 10)
            #expect(leftovers > 20)
        }
    }

    @Test func firstCommitAtEverySystemCall() async {
        await #expect(processExitsWith: .success) { try KillTests.firstCommitAtEverySystemCallHere() }
    }

    private static func firstCommitAtEverySystemCallHere() throws {
        var stop = 1
        while true {
            let killed = try withRoot { root in
                let (changes, removals) = set(2)
                let killed = try inChild(killedAtStop: stop) {
                    do { try root.lock().commit(changes: changes, removals: removals) } catch { _exit(1) }
                }
                do { _ = try root.lock(timeout: .seconds(1)) }
                let snapshot = try root.snapshotOrEmpty()
                #expect(snapshot == Snapshot() || number(of: snapshot) == 2, "stop \(stop)")
                if !killed { #expect(number(of: snapshot) == 2) }
                return killed
            }
            if !killed { break }
            stop += 3
        }
        #expect(stop > 30)
    }

    @Test func readersSeeWholeSetsWhileWritersDie() async {
        await #expect(processExitsWith: .success) { try KillTests.readersSeeWholeSetsWhileWritersDieHere() }
    }

    private static func readersSeeWholeSetsWhileWritersDieHere() throws {
        try withRoot { root in
            try root.lock().commit(changes: set(1).changes)
            var generator = SeededGenerator(state: 20_261_123)
            let end = ContinuousClock.now + .seconds(3)
            var reads = 0
            var numbers: Set<UInt64> = []
            var kills = 0
            while ContinuousClock.now < end {
                let writer = try inChild {
                    do {
                        while true {
                            guard let bytes = try root.snapshot()["a"] else { _exit(2) }
                            let (changes, removals) = set(bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } + 1)
                            try root.lock().commit(changes: changes, removals: removals)
                        }
                    } catch { _exit(1) }
                }
                let until = ContinuousClock.now + .microseconds(Int.random(in: 500...40_000, using: &generator))
                var last: UInt64 = 0
                while ContinuousClock.now < until {
                    let found = try #require(number(of: try root.snapshot()), "the set is not whole")
                    #expect(found >= last)
                    last = found
                    numbers.insert(found)
                    reads += 1
                }
                kill(writer, SIGKILL)
                var status: Int32 = 0
                #expect(waitpid(writer, &status, 0) == writer)
                #expect(status & 0x7f == SIGKILL, "the writer ended by itself: \(status)")
                kills += 1
                do { _ = try root.lock(timeout: .seconds(1)) }
                #expect(number(of: try root.snapshot()) != nil)
            }
            #expect(kills > 20)
            #expect(numbers.count > kills)
            #expect(reads > 100)
        }
    }
}
