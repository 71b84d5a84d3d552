@testable import BPF
import BPFImages
import Glibc
import Testing

@Suite("programs", .enabled(if: isRoot, "needs root: loads programs"))
struct ProgramTests {
    @Test func testRunGivesCodeAndPacket() throws {
        let program = try BPFProgram.load(classifier: "test_two", instructions: Assembly.returning(2))
        let result = try program.testRun(packet: frame, repeat: 10)
        #expect(result.code == 2)
        #expect(result.packet == frame)
        #expect(result.context == nil)
    }

    @Test func testRunTakesAndGivesMetadata() throws {
        // r0 = skb->ingress_ifindex; skb->mark = 77
        let program = try BPFProgram.load(
            classifier: "test_context", instructions: [Assembly.load(0, from: 1, offset: 36), Assembly.store(77, to: 1, offset: 8), Assembly.exit])
        var context = PacketContext(ifindex: 1, ingressIfindex: 1, mark: 5)
        context.priority = 3
        context.controlBlock = [1, 2, 3, 4, 5]
        let result = try program.testRun(packet: frame, context: context)
        #expect(result.code == 1)
        let after = try #require(result.context)
        #expect(after.mark == 77)
        #expect(after.priority == 3)
        #expect(after.controlBlock == [1, 2, 3, 4, 5])
    }

    @Test func shortPacketIsAnError() throws {
        let program = try BPFProgram.load(classifier: "test_short", instructions: Assembly.returning(0))
        #expect(throws: BPFError(operation: "run program test_short on a packet of 3 bytes", code: EINVAL)) {
            try program.testRun(packet: [1, 2, 3])
        }
    }

    @Test func verifierSaysWhy() {
        let error = #expect(throws: BPFError.self) { try load([Assembly.exit]) }
        #expect(error?.description == "load program test_bad: Permission denied (R0 !read_ok)")
        #expect(error?.lastLogLines(2).contains("processed 1 insns") == true)
    }

    private func load(_ instructions: [UInt64]) throws {
        _ = try BPFProgram.load(classifier: "test_bad", instructions: instructions)
    }

    @Test func infoNamesMapsAndSize() throws {
        let object = try BPFObject(name: "selftest", bytes: BPFImage.selftest.bytes)
        try object.load()
        let program = try object.program(named: "selftest")
        let info = try program.info()
        #expect(info.name == "selftest")
        #expect(info.kind == 3)
        #expect(info.maps.contains(try object.map(named: "selftest_marks").id))
        #expect(info.tag.contains { $0 != 0 })
        #expect(info.instructions > 10)
        #expect(info.loadedAt > 0)
        #expect(try BPFProgram.open(id: info.id).name == "selftest")
    }
}

@Suite("objects")
struct ObjectTests {
    @Test func openTellsWhatIsInside() throws {
        let object = try BPFObject(name: "selftest", bytes: BPFImage.selftest.bytes)
        #expect(object.programNames == ["selftest"])
        #expect(Set(object.mapNames).isSuperset(of: ["selftest_marks", "selftest_count", "selftest_observers"]))
        let marks = try object.definition(ofMap: "selftest_marks")
        #expect(marks == MapDefinition(name: "selftest_marks", kind: .hash, keySize: 4, valueSize: 8, maxEntries: 16, flags: []))
    }

    @Test func rubbishIsRefusedQuietly() {
        let error = #expect(throws: BPFError.self) { try open([1, 2, 3, 4]) }
        #expect(error?.operation == "open object rubbish")
        #expect(error?.log.isEmpty == false)
    }

    private func open(_ bytes: [UInt8]) throws { _ = try BPFObject(name: "rubbish", bytes: bytes) }

    @Test(.enabled(if: isRoot, "needs root: loads programs"))
    func objectIsAdjustedThenLoaded() throws {
        let own = try BPFMap.create(.hash, name: "own_marks", keySize: 4, valueSize: 8, maxEntries: 99)
        let object = try BPFObject(name: "selftest", bytes: BPFImage.selftest.bytes)
        try object.reuse(own, asMap: "selftest_marks")
        try object.setMaxEntries(2 * possibleCPUs, ofMap: "selftest_observers")
        try object.withInitialValue(ofMap: ".rodata") { data in
            data.storeBytes(of: 7, toByteOffset: 0, as: UInt32.self)
            data.storeBytes(of: UInt32(possibleCPUs), toByteOffset: 4, as: UInt32.self)
        }
        try object.load()
        let program = try object.program(named: "selftest")
        #expect(try object.map(named: "selftest_observers").maxEntries == 2 * possibleCPUs)
        #expect(try object.map(named: "selftest_marks").id == own.id)
        #expect(try program.testRun(packet: frame, context: PacketContext(mark: 12), repeat: 3).code == 7)
        #expect(try own.lookup(UInt32(12), as: UInt64.self) == 3)
        let counts = try #require(try object.map(named: "selftest_count").lookupPerCPU(UInt32(0), as: UInt64.self))
        #expect(counts.reduce(0, +) == 3)
    }

    @Test(.enabled(if: isRoot, "needs root: creates maps"))
    func mapOfAnotherLayoutIsNotReused() throws {
        let other = try BPFMap.create(.hash, name: "other", keySize: 4, valueSize: 4, maxEntries: 16)
        let object = try BPFObject(name: "selftest", bytes: BPFImage.selftest.bytes)
        let error = #expect(throws: BPFError.self) { try object.reuse(other, asMap: "selftest_marks") }
        #expect(error?.description.contains("value 4 bytes, flags 0) as map selftest_marks of selftest (hash, key 4, value 8") == true)
        #expect(throws: BPFError.self) { try object.reuse(other, asMap: "nothing") }
    }
}
