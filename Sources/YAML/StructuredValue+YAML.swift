extension StructuredValue {
    /// YAML text, ending with a line end, in the style of kubectl: block style, two spaces a level, lists not indented below
    /// their key. Strings are quoted when they would be read back as something else, here or by any YAML 1.1 reader.
    public func yaml() -> String {
        var output = ""
        writeYAML(to: &output, indent: 0)
        return output
    }

    /// Writes at a place where a value may begin: at the start of a line, or behind `- ` on one.
    private func writeYAML(to output: inout String, indent: Int) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                if index > 0 { output += String(repeating: " ", count: indent) }
                output += "- "
                element.writeYAML(to: &output, indent: indent + 2)
            }
        case .object(let fields) where !fields.isEmpty:
            for (index, field) in fields.enumerated() {
                if index > 0 { output += String(repeating: " ", count: indent) }
                field.writeYAML(to: &output, indent: indent)
            }
        default:
            output += yamlScalar + "\n"
        }
    }

    fileprivate var yamlScalar: String {
        switch self {
        case .double(let value) where value.isNaN: ".nan"
        case .double(let value) where value.isInfinite: value < 0 ? "-.inf" : ".inf"
        case .string(let text): Self.yamlString(text)
        default: json()
        }
    }

    fileprivate static func yamlString(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    /// Whether a string may stand unquoted, by a rule stricter than YAML's so that every reader agrees.
    private static func isPlain(_ text: String) -> Bool {
        guard case .string = YAMLScalar.Value(plain: text), let first = text.utf8.first, let last = text.utf8.last else { return false }
        // "=" and "<<" are types of their own in YAML 1.1, "---" and "..." end documents.
        guard text != "=", text != "<<", !text.hasPrefix("---"), !text.hasPrefix("...") else { return false }
        let indicators: Set<UInt8> = Set("-?:,[]{}#&*!|>'\"%@` ".utf8)
        guard !indicators.contains(first), last != UInt8(ascii: " "), last != UInt8(ascii: ":") else { return false }
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f { return false }
            if byte == UInt8(ascii: " "), previous == UInt8(ascii: ":") { return false }
            if byte == UInt8(ascii: "#"), previous == UInt8(ascii: " ") { return false }
            previous = byte
        }
        return text.unicodeScalars.allSatisfy(isPrintable) && !looksNumeric(text)
    }

    /// Dates, times, numbers to base 60 and the like, which other readers take for more than strings: all that begins like a number and
    /// holds only what those hold. Addresses with letters or two colons in a row are none.
    private static func looksNumeric(_ text: String) -> Bool {
        guard let first = text.utf8.first, (48...57).contains(first) || first == 43 || first == 46 else { return false }
        guard !text.contains("::"), text.utf8.count(where: { $0 == 46 }) < 3 else { return false }
        return text.utf8.allSatisfy { (48...58).contains($0) || "+-._eETZtz ".utf8.contains($0) }
    }
}

extension StructuredValue.Field {
    fileprivate func writeYAML(to output: inout String, indent: Int) {
        let key = StructuredValue.yamlString(name)
        // A key that stands before its colon on one line may have 1024 characters at most (YAML 1.1, section 9.3).
        let isLong = key.unicodeScalars.count > 1000
        output += isLong ? "? \(key)\n\(String(repeating: " ", count: indent)):" : "\(key):"
        value.writeYAML(afterKeyTo: &output, indent: indent)
    }
}

extension StructuredValue {
    /// Writes behind `key:`.
    fileprivate func writeYAML(afterKeyTo output: inout String, indent: Int) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            output += "\n" + String(repeating: " ", count: indent)
            writeYAML(to: &output, indent: indent)
        case .object(let fields) where !fields.isEmpty:
            output += "\n" + String(repeating: " ", count: indent + 2)
            writeYAML(to: &output, indent: indent + 2)
        default:
            output += " \(yamlScalar)\n"
        }
    }
}
