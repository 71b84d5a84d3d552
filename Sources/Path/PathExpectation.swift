/// Which way packets should go: names of hops, in order, parted by spaces.
///
///     node1 leaf1 spine* leaf2 node2
///     node1 leaf1 spine1|spine2 ... node2
///
/// In a name `*` is any run of characters and `?` any one, `a|b` is either, and `...` is any number of hops, none as well. The ends of the
/// path, the source and the destination, need not be named.
public struct PathExpectation: Hashable, Sendable, CustomStringConvertible {
    enum Step: Hashable, Sendable {
        /// One hop, by its alternatives.
        case hop([String])
        case any
    }

    let steps: [Step]
    public let description: String

    public init(_ text: String) throws(PathError) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard !words.isEmpty else { throw PathError(.expectation, "an expectation names hops, as in 'node1 leaf1 spine* leaf2 node2'") }
        var steps: [Step] = []
        for word in words {
            if word == "..." {
                steps.append(.any)
                continue
            }
            let alternatives = word.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard alternatives.allSatisfy({ !$0.isEmpty }) else { throw PathError(.expectation, "\"\(word)\" has an empty alternative") }
            steps.append(.hop(alternatives))
        }
        self.steps = steps
        description = words.joined(separator: " ")
    }

    /// Where a path departs from what is expected.
    public struct Difference: Hashable, Sendable, CustomStringConvertible {
        /// From 1, as hop limits are.
        public let hop: Int
        /// nil: the path ends here.
        public let found: String?
        /// nil: it should have ended.
        public let expected: String?

        public var description: String {
            switch (found, expected) {
            case (let found?, let expected?): "hop \(hop) is \(found), expected \(expected)"
            case (nil, let expected?): "the path ends before hop \(hop), expected \(expected)"
            case (let found?, nil): "hop \(hop) is \(found), expected the end"
            case (nil, nil): "hop \(hop) is missing"
            }
        }
    }

    /// The first difference of a path, or nil when it is as expected.
    /// - Parameters:
    ///   - hops: routers between the two ends; one that did not answer is `*`.
    ///   - source: name of where the path begins.
    ///   - destination: name of where it ends.
    public func difference(_ hops: [String], source: String, destination: String) -> Difference? {
        let (steps, first) = inner(source: source, destination: destination)
        return Self.difference(steps[...], hops[...], hop: 1 + first)
    }

    /// The steps between the ends, where those are named.
    private func inner(source: String, destination: String) -> (steps: [Step], offset: Int) {
        var steps = steps
        if steps.first == .hop([source]) { steps.removeFirst() }
        if steps.last == .hop([destination]) { steps.removeLast() }
        return (steps, 0)
    }

    private static func difference(_ steps: ArraySlice<Step>, _ hops: ArraySlice<String>, hop: Int) -> Difference? {
        guard let step = steps.first else { return hops.first.map { Difference(hop: hop, found: $0, expected: nil) } }
        switch step {
        case .hop(let alternatives):
            let text = alternatives.joined(separator: "|")
            guard let found = hops.first else { return Difference(hop: hop, found: nil, expected: text) }
            guard alternatives.contains(where: { Glob($0).matches(found) }) else { return Difference(hop: hop, found: found, expected: text) }
            return difference(steps.dropFirst(), hops.dropFirst(), hop: hop + 1)
        case .any:
            // Of all ways to go on, the one that gets furthest says most.
            var furthest: Difference?
            for skipped in 0...hops.count {
                guard let difference = difference(steps.dropFirst(), hops.dropFirst(skipped), hop: hop + skipped) else { return nil }
                if difference.hop >= furthest?.hop ?? 0 { furthest = difference }
            }
            return furthest
        }
    }

    /// Every path that is expected, among those that a network has: what must carry traffic when all of them shall.
    /// - Parameters:
    ///   - neighbours: of each name; nil where links are not known: then every name that fits a step may follow any other.
    ///   - names: all that there are.
    /// - Returns: hops between the ends, without loops; nil when the expectation leaves the number of hops open.
    public func paths(source: String, destination: String, names: [String], neighbours: [String: Set<String>]?) -> [[String]]? {
        let (steps, _) = inner(source: source, destination: destination)
        guard !steps.contains(.any) else { return nil }
        var paths: [[String]] = [[]]
        for step in steps {
            guard case .hop(let alternatives) = step else { return nil }
            let fitting = names.filter { name in alternatives.contains { Glob($0).matches(name) } }
            paths = paths.flatMap { path in
                fitting.filter { name in
                    let before = path.last ?? source
                    return !path.contains(name) && name != source && (neighbours?[before]?.contains(name) ?? true)
                }.map { path + [$0] }
            }
        }
        return paths.filter { path in path.last.flatMap { neighbours?[$0]?.contains(destination) } ?? true }
    }
}

/// A pattern of names: `*` any run of characters, `?` any one.
struct Glob {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text) }

    func matches(_ text: String) -> Bool {
        let text = Array(text)
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                (p, t) = (p + 1, t + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (p, t) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
