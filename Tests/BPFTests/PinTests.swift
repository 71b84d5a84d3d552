@testable import BPF
import Glibc
import TestSupport
import Testing

@Suite("pins and links", .enabled(if: isRoot, "needs root: pins and attaches"))
struct PinTests {
    @Test func pinsKeepTheirKind() throws {
        try withDirectory { path in
            let map = try BPFMap.create(.hash, name: "test_pin", keySize: 4, valueSize: 4, maxEntries: 4)
            try map.pin(at: "\(path)/map")
            try BPFProgram.load(classifier: "test_pin", instructions: Assembly.returning(0)).pin(at: "\(path)/program")
            #expect(try BPFFS.kind(ofPin: "\(path)/map") == .map)
            #expect(try BPFFS.kind(ofPin: "\(path)/program") == .program)
            #expect(try BPFMap.open(pinned: "\(path)/map").id == map.id)
            #expect(try BPFProgram.open(pinned: "\(path)/program").name == "test_pin")
            #expect(try BPFFS.list(path).map(\.name) == ["map", "program"])
            let error = #expect(throws: BPFError.self) { try openMap("\(path)/program") }
            #expect(error?.description == "open map \(path)/program, which is a program: Invalid argument")
            #expect(throws: BPFError(operation: "open map \(path)/none", code: ENOENT)) { try openMap("\(path)/none") }
            #expect(throws: BPFError(operation: "pin map test_pin at \(path)/with.dot", code: EPERM)) { try map.pin(at: "\(path)/with.dot") }
            #expect(try BPFFS.unpin("\(path)/map"))
            #expect(try !BPFFS.unpin("\(path)/map"))
        }
    }

    private func openMap(_ path: String) throws { _ = try BPFMap.open(pinned: path) }

    @Test func readOnlyOwnerCannotWrite() throws {
        try withDirectory { path in
            try BPFMap.create(.array, name: "test_ro", keySize: 4, valueSize: 8, maxEntries: 1, flags: .mmapable).pin(at: "\(path)/map")
            let map = try BPFMap.open(pinned: "\(path)/map", readOnly: true)
            #expect(try map.lookup(UInt32(0), as: UInt64.self) == 0)
            #expect(throws: BPFError(operation: "update map test_ro", code: EPERM)) { try map.update(UInt32(0), UInt64(1)) }
            #expect(throws: BPFError(operation: "map map test_ro, opened read-only, into memory", code: EACCES)) { _ = try map.mapMemory() }
        }
    }

    @Test func onlyBPFFSIsOne() throws {
        try withDirectory { path in #expect(BPFFS.contains(path)) }
        #expect(!BPFFS.contains("/tmp"))
        #expect(!BPFFS.contains("/nowhere"))
    }

    @Test func linkOutlivesItsOwnerAndSwapsItsProgram() async throws {
        try #require(try KernelFacts.supportsTCX())
        try await withNetworkNamespace { _ in
            try withDirectory { path in
                let first = try BPFProgram.load(classifier: "test_first", instructions: Assembly.returning(0))
                let second = try BPFProgram.load(classifier: "test_second", instructions: Assembly.returning(0))
                do {
                    let link = try BPFLink.attachTCX(first, ifindex: 1, .ingress)
                    try link.pin(at: "\(path)/1_ingress")
                }
                #expect(try attachedTCXPrograms(ifindex: 1, .ingress) == [first.id])
                #expect(try attachedTCXPrograms(ifindex: 1, .egress) == [])
                #expect(try BPFFS.kind(ofPin: "\(path)/1_ingress") == .link)
                let link = try BPFLink.open(pinned: "\(path)/1_ingress")
                #expect(try link.info() == BPFLink.Info(id: link.id, kind: 11, program: first.id, ifindex: 1, direction: .ingress))
                try link.update(second)
                #expect(try attachedTCXPrograms(ifindex: 1, .ingress) == [second.id])
                #expect(try link.info().program == second.id)
                try link.detach()
                #expect(try attachedTCXPrograms(ifindex: 1, .ingress) == [])
                #expect(try link.info().ifindex == nil)
                #expect(throws: BPFError(operation: "attach program test_first to device 4711 egress", code: ENODEV)) {
                    _ = try BPFLink.attachTCX(first, ifindex: 4711, .egress)
                }
            }
        }
    }

    @Test func linkGoesWithItsLastOwner() async throws {
        try #require(try KernelFacts.supportsTCX())
        try await withNetworkNamespace { _ in
            let program = try BPFProgram.load(classifier: "test_gone", instructions: Assembly.returning(0))
            do { _ = try BPFLink.attachTCX(program, ifindex: 1, .egress) }
            #expect(try attachedTCXPrograms(ifindex: 1, .egress) == [])
        }
    }
}

@Suite("kernel facts")
struct KernelFactsTests {
    @Test(arguments: [("6.1.0-18-amd64", "6.1.0"), ("6.18.44-fc-v595", "6.18.44"), ("6.6", "6.6.0"), ("6.12.9+bpo", "6.12.9"), ("", "0.0.0")])
    func releasesAreCompared(release: String, version: String) {
        #expect(KernelVersion(release: release).description == version)
        #expect(KernelVersion(6, 2) > KernelVersion(6, 1, 99))
    }
}
