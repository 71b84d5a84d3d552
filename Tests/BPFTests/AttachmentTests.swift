import Glibc
import TestSupport
import Testing

@testable import BPF

@Suite("attachments", .enabled(if: isRoot, "needs root: attaches programs in a network namespace"))
struct AttachmentTests {
    @Test(arguments: AttachKind.allCases, AttachDirection.allCases)
    func attachReplaceDetach(kind: AttachKind, direction: AttachDirection) async throws {
        try await withNetworkNamespace { _ in
            try withDirectory { path in
                let place = Attachment(kind, ifindex: 1, direction, pin: "\(path)/1_\(direction)")
                let first = try BPFProgram.load(classifier: "test_first", instructions: Assembly.returning(0))
                let second = try BPFProgram.load(classifier: "test_second", instructions: Assembly.returning(0))
                #expect(try place.program() == nil)
                #expect(try !place.detach())
                try place.attach(first)
                try place.attach(first)
                #expect(try place.program() == first.id)
                try place.attach(second)
                #expect(try place.program() == second.id)
                if kind == .tcx { #expect(try attachedTCXPrograms(ifindex: 1, direction) == [second.id]) }
                #expect(try place.detach())
                #expect(try place.program() == nil)
                #expect(try BPFFS.list(path) == [])
                try place.attach(first)
                #expect(try place.program() == first.id)
            }
        }
    }

    @Test func clsactLeavesOthersAlone() async throws {
        try await withNetworkNamespace { _ in
            let program = try BPFProgram.load(classifier: "test_mine", instructions: Assembly.returning(0))
            let mine = ClsactFilter(ifindex: 1, .ingress, priority: 1)
            let other = ClsactFilter(ifindex: 1, .ingress, priority: 2)
            try mine.attach(program)
            try other.attach(program)
            #expect(try mine.detach())
            #expect(try other.program() == program.id)
            #expect(try ClsactFilter.removeQdisc(ifindex: 1))
            #expect(try other.program() == nil)
            #expect(try !ClsactFilter.removeQdisc(ifindex: 1))
        }
    }

    @Test(arguments: AttachKind.allCases)
    func missingDeviceIsNamed(kind: AttachKind) async throws {
        try await withNetworkNamespace { _ in
            try withDirectory { path in
                let program = try BPFProgram.load(classifier: "test_none", instructions: Assembly.returning(0))
                let error = #expect(throws: BPFError.self) {
                    try Attachment(kind, ifindex: 4711, .ingress, pin: "\(path)/none").attach(program)
                }
                #expect(error?.code == ENODEV)
                #expect(error?.operation.hasPrefix("attach program test_none to device 4711 ingress") == true)
            }
        }
    }

    @Test func linkOfAVanishedDeviceIsMadeAnew() async throws {
        try await withNetworkNamespace { _ in
            try withDirectory { path in
                let program = try BPFProgram.load(classifier: "test_anew", instructions: Assembly.returning(0))
                let place = Attachment(.tcx, ifindex: 1, .ingress, pin: "\(path)/1_ingress")
                try place.attach(program)
                // What the end of a device does to its links.
                try BPFLink.open(pinned: place.pin).detach()
                #expect(try place.program() == nil)
                try place.attach(program)
                #expect(try place.program() == program.id)
            }
        }
    }
}
