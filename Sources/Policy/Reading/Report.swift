import YAML

/// Gathers what is wrong with one document. A reference, so that every part of a reader writes to the same one.
final class Report {
    let file: String
    let document: Int
    /// The API server judges these kinds by a schema, whose errors name keys of maps too.
    var isCustomResource = false
    private(set) var problems: [PolicyProblem] = []
    private var suggestions = 0

    init(file: String, document: Int) {
        self.file = file
        self.document = document
    }

    /// The field that an unknown key was likely meant to be. A text of nothing but unknown keys is not worth the search for all of them.
    func nearest(_ key: String, among known: [String]) -> String? {
        suggestions += 1
        return suggestions <= 50 ? NearestKey.of(key, among: known) : nil
    }

    func add(_ type: PolicyProblem.Class, at position: YAMLPosition, _ path: String, _ message: String) {
        problems.append(PolicyProblem(file: file, position: position, document: document, path: path, type: type, message: message))
    }
}

/// The way from the document's root to a value, put into words only when something is wrong there.
final class FieldPath {
    private enum Step {
        case key(String)
        case index(Int)
    }

    private let parent: FieldPath?
    private let step: Step

    private init(_ parent: FieldPath?, _ step: Step) {
        self.parent = parent
        self.step = step
    }

    static func key(_ key: String, below parent: FieldPath?) -> FieldPath { FieldPath(parent, .key(key)) }
    static func index(_ index: Int, below parent: FieldPath?) -> FieldPath { FieldPath(parent, .index(index)) }

    /// As `field.Path` of the API server has it: `spec.ingress[0].from`; keys of maps too follow a point, whatever is in them.
    var text: String {
        let before = parent?.text ?? ""
        return switch step {
        case .key(let key): before.isEmpty ? key : "\(before).\(key)"
        case .index(let index): "\(before)[\(index)]"
        }
    }
}
