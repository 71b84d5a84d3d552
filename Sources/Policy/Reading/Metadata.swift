import YAML

/// What matters of an object's metadata.
struct Metadata {
    var name: String
    /// Nil for the kinds that are the cluster's.
    var namespace: String?
    var labels: [String: String]

    private static let fields = [
        "name", "namespace", "labels", "annotations", "generateName", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp",
        "finalizers", "generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid",
    ]

    /// Reads `metadata`. (`ValidateObjectMeta` in apimachinery/pkg/api/validation)
    /// - Parameters:
    ///   - namespace: that of an object that names none; nil for kinds that are the cluster's.
    ///   - check: what a name must be.
    init(of object: Field, namespace: String?, checkingName check: (String) -> [String]) {
        name = ""
        self.namespace = namespace
        labels = [:]
        guard let field = object["metadata"] else {
            object.fail(.required, key: "metadata.name", "a name must be there")
            return
        }
        guard let metadata = field.object(Self.fields) else { return }
        if let given = metadata["name"] {
            name = given.string() ?? ""
            if given.node.string?.isEmpty == true {
                given.fail(.required, "a name must be there")
            } else if given.node.string != nil {
                for wrong in check(name) { given.fail(.invalid, "\(Field.shown(name)): \(wrong)") }
            }
        } else {
            metadata.fail(.required, key: "name", "a name must be there" + (metadata["generateName"] == nil ? "" : ": nothing here generates one"))
        }
        if let given = metadata["namespace"], let text = given.string(), !text.isEmpty {
            if namespace == nil {
                given.fail(.forbidden, "not allowed on a kind that is the cluster's")
            } else {
                for wrong in Names.dnsLabel(text) { given.fail(.invalid, "\(Field.shown(text)): \(wrong)") }
                self.namespace = text
            }
        }
        for (key, value) in metadata["labels"]?.labels() ?? [] { labels[key] = value }
        metadata["annotations"]?.checkAnnotations()
        for key in ["generateName", "resourceVersion", "selfLink", "uid", "creationTimestamp", "deletionTimestamp"] {
            _ = metadata[key]?.string()
        }
        for key in ["finalizers", "managedFields", "ownerReferences"] { _ = metadata[key]?.elements() }
    }
}

extension Field {
    fileprivate func checkAnnotations() {
        for (key, value) in entries() ?? [] {
            for wrong in Names.labelKey(key.lowercased()) {
                report.add(.invalid, at: value.keyPosition, path?.text ?? "", "annotation key \(Field.shown(key)): \(wrong)")
            }
            if value.node.string == nil, !value.node.isNull {
                report.add(
                    .typeMismatch, at: value.node.position, path?.text ?? "",
                    "the value of \(Field.shown(key)) must be a string, not \(value.node.kind)")
            }
        }
    }
}
