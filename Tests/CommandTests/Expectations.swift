import Glibc
import NodeTestSupport
import Testing

let isRoot = geteuid() == 0

/// A refusal: the documented exit code, nothing on stdout, one clear line and at most one hint on stderr.
func expectRefusal(
    _ finished: Finished, _ code: Int32, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(finished.code == code, "\(finished.error)", sourceLocation: sourceLocation)
    #expect(finished.output.isEmpty, sourceLocation: sourceLocation)
    #expect(finished.notes.first?.hasPrefix("Error: ") == true, "\(finished.error)", sourceLocation: sourceLocation)
    #expect(
        finished.notes.count <= 2 && finished.notes.dropFirst().allSatisfy { $0.hasPrefix("Hint: ") }, "\(finished.error)",
        sourceLocation: sourceLocation)
    for word in words { #expect(finished.notes.first?.contains(word) == true, "\(finished.error) lacks \(word)", sourceLocation: sourceLocation) }
}

extension Fabric {
    /// Runs fabctl, which must refuse and touch no pin. For all the rest that may not change, put several into `unchanged`.
    func refused(
        _ code: Int32, _ words: [String] = [], _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try refusedAll(code, words, arguments, sourceLocation: sourceLocation)
    }

    func refusedAll(_ code: Int32, _ words: [String], _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let before = pins()
        let finished = try fabctl(arguments)
        expectRefusal(finished, code, sourceLocation: sourceLocation)
        for word in words { #expect(finished.error.contains(word), "\(finished.error) lacks \(word)", sourceLocation: sourceLocation) }
        expectSame(before, pins(), sourceLocation: sourceLocation)
    }

    /// Nothing that a command can change is another afterwards.
    func unchanged(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) throws {
        let before = try state()
        try body()
        expectSame(before, try state(), sourceLocation: sourceLocation)
    }
}

/// Says which lines differ, not all of them.
func expectSame(_ before: [String], _ after: [String], _ what: Comment = "", sourceLocation: SourceLocation = #_sourceLocation) {
    let difference = after.difference(from: before)
    let lines = difference.map { change in
        switch change {
        case .insert(_, let line, _): "+ \(line)"
        case .remove(_, let line, _): "- \(line)"
        }
    }
    #expect(lines.prefix(12).isEmpty, "\(lines.count) lines differ \(what)", sourceLocation: sourceLocation)
}
