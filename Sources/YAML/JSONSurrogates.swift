/// JSON writes a character beyond the basic plane as two escapes (`\ud83d\ude00`, RFC 8259 section 7), which YAML does not know.
/// Here they become YAML's one escape (`\U0001f600`), and the columns that this moves are put right again.
struct JSONSurrogates {
    /// The text to be parsed.
    private(set) var bytes: [UInt8]
    /// For each line, the columns (from 1, in the new text) where an escape was replaced, ascending.
    private var replaced: [Int: [Int]] = [:]

    /// Characters of two escapes less those of one.
    private static let shrinkage = 2

    /// Text that is not JSON is left alone.
    init(_ text: [UInt8]) {
        bytes = text
        guard let first = text.first(where: { !" \t\r\n".utf8.contains($0) }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            return
        }
        rewrite(text)
    }

    /// The place in the text as it was given.
    func original(_ position: YAMLPosition) -> YAMLPosition {
        guard let columns = replaced[position.line] else { return position }
        var low = 0
        var high = columns.count
        while low < high {
            let middle = (low + high) / 2
            if columns[middle] < position.column { low = middle + 1 } else { high = middle }
        }
        return YAMLPosition(line: position.line, column: position.column + low * Self.shrinkage)
    }

    private mutating func rewrite(_ text: [UInt8]) {
        var output: [UInt8] = []
        var columns: [Int: [Int]] = [:]
        var line = 1
        var column = 1
        var isInString = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            var length = 1
            switch byte {
            case UInt8(ascii: "\""): isInString.toggle()
            // Neither is anywhere in JSON but in strings: this is YAML, whose quoting follows other rules.
            case UInt8(ascii: "'") where !isInString, UInt8(ascii: "#") where !isInString: return
            case UInt8(ascii: "\\") where isInString:
                if let scalar = Self.pair(text[index...]) {
                    let digits = String(scalar, radix: 16)
                    output += Array(("\\U" + String(repeating: "0", count: 8 - digits.count) + digits).utf8)
                    columns[line, default: []].append(column)
                    column += 10
                    index += 12
                    continue
                }
                length = min(2, text.count - index)
            default: break
            }
            for byte in text[index..<index + length] {
                output.append(byte)
                if byte == UInt8(ascii: "\n") {
                    line += 1
                    column = 1
                } else if byte & 0xc0 != 0x80 {
                    column += 1
                }
            }
            index += length
        }
        guard !columns.isEmpty else { return }
        bytes = output
        replaced = columns
    }

    /// The character of a high and a low surrogate's escapes at the start of `text`.
    private static func pair(_ text: ArraySlice<UInt8>) -> UInt32? {
        guard let high = escape(text), (0xd800..<0xdc00).contains(high), let low = escape(text.dropFirst(6)), (0xdc00..<0xe000).contains(low) else {
            return nil
        }
        return 0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)
    }

    private static func escape(_ text: ArraySlice<UInt8>) -> UInt32? {
        guard text.starts(with: "\\u".utf8) else { return nil }
        let digits = text.dropFirst(2).prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
