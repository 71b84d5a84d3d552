/// Builds trees from events.
struct Composer: ~Copyable {
    private var events: EventReader
    private let file: String
    private let limits: YAMLReader.Limits
    /// What aliases of this document may stand for; nil while the anchor's own node is still open.
    private var anchors: [String: Anchor?] = [:]
    /// Nodes so far, with aliases expanded.
    private var nodes = 0
    /// The deepest level inside the node that is being read, with aliases expanded.
    private var deepest = 0
    private(set) var duplicates: [YAMLError] = []

    private struct Anchor {
        var node: YAMLNode
        /// Nodes in it, and levels below it, with aliases expanded.
        var nodes: Int
        var height: Int
    }

    init(events: consuming EventReader, file: String, limits: YAMLReader.Limits) {
        self.events = events
        self.file = file
        self.limits = limits
    }

    /// - Parameter documents: gets each document once it is complete, so that what stands before an error is kept.
    mutating func stream(into documents: inout [YAMLDocument]) throws(YAMLError) {
        while true {
            let (event, _) = try events.next()
            switch event {
            case .streamEnd: return
            case .documentStart:
                anchors = [:]
                documents.append(YAMLDocument(file: file, root: try node(depth: 0)))
            default: break
            }
        }
    }

    private mutating func node(depth: Int) throws(YAMLError) -> YAMLNode {
        let (event, position) = try events.next()
        return try node(event, at: position, depth: depth)
    }

    private mutating func node(_ event: Event, at position: YAMLPosition, depth: Int) throws(YAMLError) -> YAMLNode {
        let before = nodes
        let outside = deepest
        deepest = depth
        defer { deepest = max(outside, deepest) }
        try check(depth: depth, at: position)
        try count(1, at: position)
        let content: YAMLNode.Content
        let name: String?
        switch event {
        case .alias(let alias):
            guard let known = anchors[alias] else { throw error("alias *\(alias) stands for no anchor before it", at: position) }
            guard let known else { throw error("alias *\(alias) is inside the node that it stands for", at: position) }
            try count(known.nodes, at: position)
            try check(depth: depth + known.height, at: position)
            deepest = depth + known.height
            return known.node
        case .scalar(let text, let style, let tag, let anchor):
            name = anchor
            content = .scalar(YAMLScalar(text: text, style: style, tag: tag, value: try value(of: text, style: style, tag: tag, at: position)))
        case .sequenceStart(let tag, let anchor):
            try check(tag, is: "seq", at: position)
            name = anchor
            content = .sequence(try elements(of: anchor, depth: depth))
        case .mappingStart(let tag, let anchor):
            try check(tag, is: "map", at: position)
            name = anchor
            content = .mapping(try entries(of: anchor, depth: depth))
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw error("a value is missing", at: position)
        }
        let node = YAMLNode(content, at: position)
        if let name { anchors[name] = .some(Anchor(node: node, nodes: nodes - before, height: deepest - depth)) }
        return node
    }

    private mutating func elements(of anchor: String?, depth: Int) throws(YAMLError) -> [YAMLNode] {
        if let anchor { anchors.updateValue(nil, forKey: anchor) }
        var elements: [YAMLNode] = []
        while true {
            let (event, position) = try events.next()
            if case .sequenceEnd = event { return elements }
            elements.append(try node(event, at: position, depth: depth + 1))
        }
    }

    private mutating func entries(of anchor: String?, depth: Int) throws(YAMLError) -> YAMLMapping {
        if let anchor { anchors.updateValue(nil, forKey: anchor) }
        var mapping = YAMLMapping()
        var merged: [YAMLMapping] = []
        while true {
            let (event, position) = try events.next()
            if case .mappingEnd = event { break }
            let key = try node(event, at: position, depth: depth + 1)
            let value = try node(depth: depth + 1)
            if let scalar = key.scalar, Self.isMerge(scalar) {
                merged += try mergeSources(value)
                continue
            }
            let name = try name(of: key, at: position)
            let entry = YAMLMapping.Entry(key: name, keyPosition: position, value: value)
            if !mapping.append(entry), let first = mapping.entry(name) {
                mapping.repeat(entry)
                duplicates.append(error("the key \(StructuredValue.quoted(name)) is already at line \(first.keyPosition.line)", at: position))
            }
        }
        // A mapping's own keys go before merged ones, and earlier sources before later ones.
        for entry in merged.joined() { mapping.append(entry) }
        return mapping
    }

    private static func isMerge(_ key: YAMLScalar) -> Bool {
        key.tag == YAMLScalar.Value.tagPrefix + "merge" || (key.tag == nil && key.style == .plain && key.text == "<<")
    }

    private func mergeSources(_ value: YAMLNode) throws(YAMLError) -> [YAMLMapping] {
        if let mapping = value.mapping { return [mapping] }
        var sources: [YAMLMapping] = []
        for element in value.sequence ?? [value] {
            guard let mapping = element.mapping else {
                throw error("<< takes a mapping or a list of mappings, not \(element.kind)", at: element.position)
            }
            sources.append(mapping)
        }
        return sources
    }

    private func name(of key: YAMLNode, at position: YAMLPosition) throws(YAMLError) -> String {
        guard let scalar = key.scalar else { throw error("\(key.kind) cannot be a key", at: position) }
        switch scalar.value {
        case .null: throw error("null cannot be a key", at: position)
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .unsigned(let value): return String(value)
        case .double, .string: return scalar.text
        }
    }

    private func value(of text: String, style: YAMLScalar.Style, tag: String?, at position: YAMLPosition) throws(YAMLError) -> YAMLScalar.Value {
        guard let tag else { return style == .plain ? YAMLScalar.Value(plain: text) : .string(text) }
        guard tag != YAMLScalar.Value.tagPrefix + "merge" else { return .string(text) }
        guard let value = YAMLScalar.Value(text: text, tag: tag) else {
            throw error("\(StructuredValue.quoted(text)) has no value under the tag \(Self.short(tag))", at: position)
        }
        return value
    }

    private func check(_ tag: String?, is name: String, at position: YAMLPosition) throws(YAMLError) {
        guard let tag, tag != "!", tag != YAMLScalar.Value.tagPrefix + name else { return }
        throw error("the tag \(Self.short(tag)) has no meaning here", at: position)
    }

    private static func short(_ tag: String) -> String {
        tag.hasPrefix(YAMLScalar.Value.tagPrefix) ? "!!" + tag.dropFirst(YAMLScalar.Value.tagPrefix.count) : tag
    }

    private mutating func count(_ added: Int, at position: YAMLPosition) throws(YAMLError) {
        nodes += added
        guard nodes <= limits.nodes else { throw error("more than \(limits.nodes) values, aliases expanded", at: position) }
    }

    private func check(depth: Int, at position: YAMLPosition) throws(YAMLError) {
        guard depth <= limits.depth else { throw error("nested more than \(limits.depth) levels deep", at: position) }
    }

    private func error(_ message: String, at position: YAMLPosition) -> YAMLError {
        YAMLError(file: file, position: position, message: message)
    }
}
