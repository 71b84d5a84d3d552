public import YAML

/// Reads manifests of policies, and of the namespaces, pods and nodes that they are about: YAML or JSON, many documents, `kind: List`.
public enum ManifestReader {
    /// The namespace of objects that name none.
    public static let defaultNamespace = "default"

    /// What a file may hold at most: a copy of a large cluster's policies and pods.
    private static var limits: YAMLReader.Limits {
        var limits = YAMLReader.Limits()
        limits.nodes = 4_000_000
        return limits
    }

    /// Reads everything that can be read, and says everything that is wrong.
    /// - Parameter file: how messages name the bytes.
    public static func read(_ bytes: [UInt8], file: String, defaultNamespace: String = defaultNamespace) -> ManifestSet {
        var set = ManifestSet()
        for (index, result) in YAMLReader.recovering(bytes, file: file, limits: limits).enumerated() {
            switch result {
            case .failure(let error):
                set.problems.append(
                    PolicyProblem(file: file, position: error.position, document: index, path: "", type: .syntax, message: error.message))
            case .success(let document):
                guard !document.isEmpty else { continue }
                read(document.root, file: file, document: index, defaultNamespace: defaultNamespace, into: &set)
            }
        }
        return set
    }

    /// Reads the object of one document, as an element of a list in another file may be.
    /// - Parameter document: its number, for messages.
    public static func read(
        _ root: YAMLNode, file: String, document: Int, defaultNamespace: String = defaultNamespace, into set: inout ManifestSet
    ) {
        let report = Report(file: file, document: document)
        var reader = ObjectReader(report: report, defaultNamespace: defaultNamespace)
        reader.read(root, listKind: nil)
        set.add(reader.found)
        set.problems += report.problems
    }
}
