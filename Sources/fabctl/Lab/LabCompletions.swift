import ArgumentParser
import Lab

/// Candidates from the lab that the command line names. They say nothing when there is none.
extension CompletionKind {
    static var labs: CompletionKind {
        .custom { _, _, _ in ((try? Lab.names()) ?? []).map { Candidate($0) }.completions }
    }

    static var labMembers: CompletionKind {
        .custom { words, _, _ in plan(words)?.members.map { Candidate($0.name, about: $0.kind.rawValue) }.completions ?? [] }
    }

    static var labLinks: CompletionKind {
        .custom { words, _, _ in plan(words)?.links.map { Candidate($0.name) }.completions ?? [] }
    }

    private static func plan(_ words: [String]) -> LabPlan? {
        var name = Lab.standardName
        if let index = words.firstIndex(of: "--name"), words.indices.contains(index + 1) { name = words[index + 1] }
        return try? Lab(name: name).plan()
    }
}
