extension StructuredValue {
    /// JSON text (RFC 8259) without a line end.
    /// - Parameter pretty: over several lines, two spaces a level; otherwise on one line without spaces.
    public func json(pretty: Bool = false) -> String {
        var output = ""
        writeJSON(to: &output, pretty: pretty, level: 0)
        return output
    }

    private func writeJSON(to output: inout String, pretty: Bool, level: Int) {
        func newLine(_ level: Int, to output: inout String) {
            guard pretty else { return }
            output += "\n"
            for _ in 0..<level { output += "  " }
        }
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .int(let value): output += String(value)
        case .unsigned(let value): output += String(value)
        // JSON has no infinity.
        case .double(let value): output += value.isFinite ? Self.text(of: value) ?? "null" : "null"
        case .string(let text): output += Self.quoted(text)
        case .array(let elements):
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += "," }
                newLine(level + 1, to: &output)
                element.writeJSON(to: &output, pretty: pretty, level: level + 1)
            }
            if !elements.isEmpty { newLine(level, to: &output) }
            output += "]"
        case .object(let fields):
            output += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { output += "," }
                newLine(level + 1, to: &output)
                output += Self.quoted(field.name) + (pretty ? ": " : ":")
                field.value.writeJSON(to: &output, pretty: pretty, level: level + 1)
            }
            if !fields.isEmpty { newLine(level, to: &output) }
            output += "}"
        }
    }

    /// A number as JSON and YAML 1.1 both read it: with a point, also before an exponent. Nil for what is no finite number.
    static func text(of value: Double) -> String? {
        guard value.isFinite else { return nil }
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    /// A string in double quotes, good as JSON, as YAML and for a terminal: control characters, and all that YAML does not take as
    /// it is (line and paragraph separators, byte order marks, non-characters), are escaped.
    public static func quoted(_ text: String) -> String {
        // Most strings need nothing done to them.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) { return "\"\(text)\"" }
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{8}": output += "\\b"
            case "\u{c}": output += "\\f"
            case _ where !isPrintable(scalar):
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }

    /// YAML's printable characters (YAML 1.1, c-printable) less those that end a line or reorder nothing visible.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: false
        default: true
        }
    }
}
