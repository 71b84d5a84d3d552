import Net
import YAML

/// Goes over a file once and gathers values, problems and warnings. This part finds the keys and their rules.
struct ValuesCollector {
    let file: String
    var values = InstallValues()
    var problems: [Problem] = []
    /// Where each setting was given, to find it given twice in different spellings.
    var given: [Setting: (value: Value, meaning: String)] = [:]
    private var ignored: Set<String> = []
    private var suggestions = 0

    init(file: String) {
        self.file = file
    }

    /// A value that a rule applies to.
    struct Value {
        var path: String
        var node: YAMLNode
        /// Values of a ConfigMap are text, whatever they mean.
        var isText: Bool

        var position: YAMLPosition { node.position }
    }

    // MARK: Documents

    /// - Parameter documents: those that hold anything.
    mutating func read(_ documents: [YAMLDocument]) {
        guard let first = documents.first else { return }
        if documents.count > 1 {
            fail(at: documents[1].root.position, "", "a second document begins here", hint: "give one file of Helm values, one ConfigMap or one List")
        }
        guard let root = first.root.mapping else {
            fail(at: first.root.position, "", "expected Helm values or a ConfigMap, found \(first.root.kind)")
            return
        }
        if let kind = root["kind"] {
            readObject(root, kind: kind, path: "")
        } else if Self.isFlat(root) {
            for entry in root { readConfigMapEntry(entry, path: "") }
        } else {
            readHelm(root, path: "")
        }
    }

    /// Whether a mapping is the data of a ConfigMap without the object around it: keys with hyphens, none that only Helm has.
    private static func isFlat(_ root: YAMLMapping) -> Bool {
        root.contains { $0.key.contains("-") && KeyTable.rule(configMapKey: $0.key) != nil }
            && root.allSatisfy { entry in
                !(KeyTable.helm[entry.key] != nil || KeyTable.helmGroups.contains(entry.key) || entry.key == "extraConfig")
                    || (KeyTable.rule(configMapKey: entry.key) != nil && entry.value.mapping == nil)
            }
    }

    private mutating func readObject(_ object: YAMLMapping, kind: YAMLNode, path: String) {
        switch kind.string {
        case "ConfigMap": readConfigMap(object, path: path)
        case "List", "ConfigMapList": readList(object, at: kind.position)
        default:
            fail(at: kind.position, "kind", "expected ConfigMap or List, found \(kind.kind)")
        }
    }

    private mutating func readList(_ list: YAMLMapping, at position: YAMLPosition) {
        guard let items = list["items"]?.sequence else {
            fail(at: list["items"]?.position ?? position, "items", "expected a list of objects, found \(list["items"]?.kind ?? "none")")
            return
        }
        var maps: [(path: String, object: YAMLMapping)] = []
        for (index, item) in items.enumerated() {
            guard let object = item.mapping else {
                fail(at: item.position, "items[\(index)]", "expected a mapping, found \(item.kind)")
                continue
            }
            if object["kind"]?.string == "ConfigMap" { maps.append(("items[\(index)].", object)) }
        }
        let named = maps.filter { $0.object["metadata"]?.mapping?["name"]?.string == "cilium-config" }
        let chosen = named.isEmpty ? maps : named
        guard let map = chosen.first, chosen.count == 1 else {
            let found =
                chosen.isEmpty
                ? "no ConfigMap is in it" : named.isEmpty ? "none of its ConfigMaps is named cilium-config" : "it holds cilium-config more than once"
            fail(at: list["items"]?.position ?? position, "items", found)
            return
        }
        readConfigMap(map.object, path: map.path)
    }

    private mutating func readConfigMap(_ object: YAMLMapping, path: String) {
        for entry in object {
            switch entry.key {
            case "kind", "metadata", "immutable", "binaryData": break
            case "apiVersion":
                if entry.value.string != "v1" { fail(at: entry.value.position, path + "apiVersion", "expected v1, found \(entry.value.kind)") }
            case "data":
                if let data = entry.value.mapping {
                    for entry in data { readConfigMapEntry(entry, path: path + "data") }
                } else if !entry.value.isNull {
                    fail(at: entry.value.position, path + "data", "expected a mapping, found \(entry.value.kind)")
                }
            default: warn(at: entry.keyPosition, path + entry.key, "unknown field of a ConfigMap")
            }
        }
    }

    private mutating func readConfigMapEntry(_ entry: YAMLMapping.Entry, path: String) {
        let full = YAMLCursor.path(path, entry.key)
        guard let rule = KeyTable.rule(configMapKey: entry.key) else {
            let known = KeyTable.configMap.keys
            unknown(full, at: entry.keyPosition, suggestion: suggestion(for: entry.key, among: known).map { YAMLCursor.path(path, $0) })
            return
        }
        guard !entry.value.isNull else { return }
        guard let scalar = entry.value.scalar else {
            fail(at: entry.value.position, full, "expected a string, found \(entry.value.kind)")
            return
        }
        if case .string = scalar.value {
        } else {
            warn(at: entry.value.position, full, "\(entry.value.kind) is not a string", hint: "quote it: a ConfigMap holds strings only")
        }
        // Keys that are ignored by a pattern are listed by the pattern.
        let pattern = rule.configMap.first { $0.hasSuffix("*") && entry.key.hasPrefix($0.dropLast()) }
        apply(rule, to: Value(path: full, node: entry.value, isText: true), at: entry.keyPosition, name: pattern ?? entry.key)
    }

    // MARK: Helm values

    private mutating func readHelm(_ mapping: YAMLMapping, path: String) {
        for entry in mapping {
            let full = YAMLCursor.path(path, entry.key)
            // A key with a dot in it is not a path to Helm.
            let rule = entry.key.contains(".") ? nil : KeyTable.helm[full]
            if full == "extraConfig" {
                readExtraConfig(entry)
            } else if let rule {
                guard !entry.value.isNull else { continue }
                apply(rule, to: Value(path: full, node: entry.value, isText: false), at: entry.keyPosition, name: full)
            } else if KeyTable.helmGroups.contains(full) {
                if let group = entry.value.mapping {
                    readHelm(group, path: full)
                } else if !entry.value.isNull {
                    fail(at: entry.value.position, full, "expected a mapping, found \(entry.value.kind)")
                }
            } else {
                unknownHelm(entry, path: path, full: full)
            }
        }
    }

    /// `extraConfig` is copied into the ConfigMap as it is.
    private mutating func readExtraConfig(_ entry: YAMLMapping.Entry) {
        if let data = entry.value.mapping {
            for entry in data { readConfigMapEntry(entry, path: "extraConfig") }
        } else if !entry.value.isNull {
            fail(at: entry.value.position, "extraConfig", "expected a mapping, found \(entry.value.kind)")
        }
    }

    private mutating func unknownHelm(_ entry: YAMLMapping.Entry, path: String, full: String) {
        if path.isEmpty, let rule = KeyTable.rule(configMapKey: entry.key) {
            // The other spelling, in the wrong kind of file.
            unknown(full, at: entry.keyPosition, suggestion: rule.helm ?? "extraConfig.\(entry.key)")
            return
        }
        // Also for a key such as "ipv6.enabled" the nearest is what it spells.
        let wanted = path.isEmpty ? entry.key : "\(path).\(entry.key)"
        unknown(full, at: entry.keyPosition, suggestion: suggestion(for: wanted, among: Set(KeyTable.helm.keys).union(KeyTable.helmGroups)))
    }

    private mutating func suggestion(for key: String, among known: some Sequence<String>) -> String? {
        // A file of garbage is not worth the search.
        suggestions += 1
        return suggestions <= 50 ? NearestKey.of(key, among: known) : nil
    }

    private mutating func unknown(_ path: String, at position: YAMLPosition, suggestion: String?) {
        warn(at: position, path, "unknown key" + (suggestion.map { ", the nearest known one is \($0)" } ?? ""), hint: nil)
    }

    // MARK: Rules

    private mutating func apply(_ rule: KeyRule, to value: Value, at keyPosition: YAMLPosition, name: String) {
        switch rule.meaning {
        case .done(let setting): set(setting, to: value)
        case .refused(let nothing, let reason, let hint):
            guard let asks = asks(value, beyond: nothing), asks else { return }
            let way = "set it to \(nothing.example) or remove it"
            fail(at: value.position, value.path, "\(shown(value)) is not supported (\(reason))", hint: hint.map { "\($0); or \(way)" } ?? way)
        case .ignored:
            if ignored.insert(name).inserted { values.ignored.append(IgnoredKey(path: name, line: keyPosition.line)) }
        }
    }

    mutating func fail(at position: YAMLPosition, _ path: String, _ message: String, hint: String? = nil) {
        problems.append(Problem(file: file, position: position, path: path, message: message, hint: hint))
    }

    mutating func fail(_ error: YAMLError) {
        problems.append(Problem(file: file, position: error.position, path: "", message: error.message))
    }

    mutating func warn(at position: YAMLPosition, _ path: String, _ message: String, hint: String? = nil) {
        values.warnings.append(Problem(file: file, position: position, path: path, message: message, hint: hint))
    }
}
