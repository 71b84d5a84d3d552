import Net
import YAML

/// What a value says, by the type its key wants. Nil means that it says something else, which has been reported.
extension ValuesCollector {
    func shown(_ value: Value) -> String {
        guard let scalar = value.node.scalar else { return value.node.kind }
        if case .string(let text) = scalar.value { return StructuredValue.quoted(text.count <= 60 ? text : text.prefix(57) + "...") }
        return scalar.text
    }

    mutating func bool(_ value: Value) -> Bool? {
        guard value.isText else {
            if let bool = value.node.bool { return bool }
            let looksRight = value.node.string.flatMap(Self.bool) != nil
            mismatch(value, "true or false", hint: looksRight ? "remove the quotes: Helm takes any text for true" : nil)
            return nil
        }
        guard let bool = Self.bool(text(value)) else {
            mismatch(value, "\"true\" or \"false\"")
            return nil
        }
        return bool
    }

    /// As Go's `strconv.ParseBool`.
    private static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    mutating func string(_ value: Value) -> String? {
        if value.isText { return text(value) }
        guard let text = value.node.string else {
            mismatch(value, "a string")
            return nil
        }
        return text
    }

    /// An integer; Helm templates take digits in quotes as well.
    mutating func int(_ value: Value, in range: ClosedRange<Int>, or nothing: Int? = nil) -> Int? {
        guard let number = value.node.int ?? (value.node.string.flatMap { YAMLScalar.Value(plain: $0).int }) else {
            mismatch(value, "an integer")
            return nil
        }
        guard range.contains(number) || number == nothing else {
            fail(at: value.position, value.path, "\(number) is not within \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// A duration in nanoseconds.
    mutating func duration(_ value: Value, in range: ClosedRange<UInt64>) -> UInt64? {
        guard let text = string(value) else { return nil }
        guard let duration = GoDuration.nanoseconds(text) else {
            mismatch(value, "a duration such as 5s or 1m30s")
            return nil
        }
        guard range.contains(duration) else {
            fail(at: value.position, value.path, "\(text) is not within \(range.lowerBound / 1_000_000) ms to \(range.upperBound / 1_000_000_000) s")
            return nil
        }
        return duration
    }

    /// The prefix of a native routing CIDR; nil also for the empty text, which says nothing.
    mutating func prefix(_ value: Value, family: IPAddress.Family) -> Prefix? {
        guard let text = string(value)?.trimmed, !text.isEmpty else { return nil }
        let name = family == .ipv6 ? "IPv6" : "IPv4"
        let example = family == .ipv6 ? "fd00:cafe::/56" : "10.0.0.0/8"
        guard text.contains("/"), let prefix = Prefix(lenient: text) else {
            let quoted = StructuredValue.quoted(text)
            let lacks = IPAddress(text) != nil ? "\(quoted) has no prefix length" : "\(quoted) is not a CIDR"
            fail(at: value.position, value.path, lacks, hint: "write it as in \(example)")
            return nil
        }
        guard prefix.family == family else {
            let other = family == .ipv6 ? "ipv4NativeRoutingCIDR" : "ipv6NativeRoutingCIDR"
            fail(at: value.position, value.path, "\(text) is not an \(name) CIDR", hint: "\(other) takes it")
            return nil
        }
        guard Prefix(text) != nil else {
            fail(at: value.position, value.path, "\(text) has host bits set", hint: "the prefix is \(prefix)")
            return nil
        }
        guard !(prefix.address.isMulticast || prefix.address.isLinkLocal || prefix.address.isLoopback) else {
            fail(at: value.position, value.path, "pods cannot have addresses in \(prefix)")
            return nil
        }
        return prefix
    }

    /// A list of names: in YAML, or in one text with commas or blanks between them.
    mutating func names(_ value: Value) -> [String]? {
        guard let elements = value.node.sequence, !value.isText else {
            return string(value)?.split { $0 == "," || $0 == " " }.map(String.init)
        }
        var names: [String] = []
        for (index, element) in elements.enumerated() {
            guard let name = string(Value(path: "\(value.path)[\(index)]", node: element, isText: false)) else { return nil }
            names.append(name)
        }
        return names
    }

    /// Whether a value asks for more than nothing.
    mutating func asks(_ value: Value, beyond nothing: Nothing) -> Bool? {
        switch nothing {
        case .off, .on:
            // An empty text in a ConfigMap is an option not given.
            if value.isText, text(value).isEmpty { return false }
            return bool(value).map { $0 != (nothing == .on) }
        case .zero:
            if value.isText, text(value).isEmpty { return false }
            return int(value, in: .min ... .max).map { $0 != 0 }
        case .texts(let texts):
            guard let scalar = value.node.scalar else {
                mismatch(value, "a string")
                return nil
            }
            if case .bool(let bool) = scalar.value { return !texts.contains(String(bool)) }
            return !scalar.text.isEmpty && !texts.contains(scalar.text.lowercased())
        case .empty:
            switch value.node.content {
            case .sequence(let elements): return !elements.isEmpty
            case .mapping(let mapping): return !mapping.isEmpty
            case .scalar(let scalar): return !scalar.text.trimmed.isEmpty
            }
        }
    }

    mutating func mismatch(_ value: Value, _ expected: String, hint: String? = nil) {
        fail(at: value.position, value.path, "expected \(expected), found \(value.node.kind)", hint: hint)
    }

    private func text(_ value: Value) -> String { value.node.scalar?.text ?? "" }
}

extension String {
    /// Without blanks around it.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
