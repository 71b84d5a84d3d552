import Policy

/// Finds what selectors select without asking everybody each time: labels are looked up in columns, made when several selectors have named them.
struct SelectorIndex<Subject: Selectable & Sendable>: Sendable {
    private struct Column {
        var byValue: [String: [Int]] = [:]
        /// All that have the label.
        var present: [Int] = []
    }

    private let subjects: [Subject]
    private var columns: [LabelKey: Column] = [:]
    /// How often a key was asked for by a selector.
    private var uses: [LabelKey: Int] = [:]
    /// To ask everybody this often costs less than a column.
    private static var usesWithoutColumn: Int { 2 }
    private var cache: [Selector: [Int]] = [:]

    init(_ subjects: [Subject]) { self.subjects = subjects }

    /// Places of the subjects that a selector selects, in order.
    mutating func places(_ selector: Selector) -> [Int] {
        if let found = cache[selector] { return found }
        let found = find(selector)
        cache[selector] = found
        return found
    }

    private mutating func find(_ selector: Selector) -> [Int] {
        var candidates: [Int]?
        var rest: [Requirement] = []
        for requirement in selector.requirements {
            let found: [Int]
            uses[requirement.key, default: 0] += 1
            guard uses[requirement.key, default: 0] > Self.usesWithoutColumn else {
                rest.append(requirement)
                continue
            }
            switch requirement.operator {
            case .in:
                make(requirement.key)
                found =
                    requirement.values.count == 1
                    ? columns[requirement.key]?.byValue[requirement.values[0]] ?? []
                    : requirement.values.flatMap { columns[requirement.key]?.byValue[$0] ?? [] }.sorted()
            case .exists:
                make(requirement.key)
                found = columns[requirement.key]?.present ?? []
            case .notIn, .doesNotExist:
                rest.append(requirement)
                continue
            }
            if let present = candidates {
                candidates = intersection(present, found)
            } else {
                candidates = found
            }
            if found.isEmpty { return [] }
        }
        guard !rest.isEmpty else { return candidates ?? Array(subjects.indices) }
        return (candidates ?? Array(subjects.indices)).filter { place in rest.allSatisfy { $0.matches(subjects[place].value(of: $0.key)) } }
    }

    private mutating func make(_ key: LabelKey) {
        if columns[key] != nil { return }
        var column = Column()
        for place in subjects.indices {
            guard let value = subjects[place].value(of: key) else { continue }
            column.byValue[value, default: []].append(place)
            column.present.append(place)
        }
        columns[key] = column
    }
}

/// What is in both of two sorted lists.
func intersection<T: Comparable>(_ a: [T], _ b: [T]) -> [T] {
    var out: [T] = []
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
        if a[i] == b[j] {
            out.append(a[i])
            i += 1
            j += 1
        } else if a[i] < b[j] {
            i += 1
        } else {
            j += 1
        }
    }
    return out
}
