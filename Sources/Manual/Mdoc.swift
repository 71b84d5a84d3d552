/// Lines of mdoc(7), the language of manual pages. Text given to it may hold anything: it comes out as itself.
struct Mdoc {
    private(set) var text = ""

    /// A macro line: `macro("It", "Fl", "-output")`. The words are taken as they are, so that they may be macros;
    /// `Mdoc.word` makes one that cannot be.
    mutating func macro(_ words: String...) { macro(words) }

    mutating func macro(_ words: [String]) {
        text += "." + words.joined(separator: " ") + "\n"
    }

    /// One paragraph, a line for each sentence: roff knows by the end of a line where a sentence ends.
    mutating func line(_ content: String) {
        var sentence: [Substring] = []
        for word in content.split(whereSeparator: \.isWhitespace) {
            sentence.append(word)
            if Self.endsSentence(word) {
                text += Self.escape(sentence.joined(separator: " ")) + "\n"
                sentence = []
            }
        }
        if !sentence.isEmpty { text += Self.escape(sentence.joined(separator: " ")) + "\n" }
    }

    private static func endsSentence(_ word: Substring) -> Bool {
        guard let last = word.last(where: { !")]\"'".contains($0) }), ".!?".contains(last) else { return false }
        return !["e.g.", "i.e.", "..."].contains(word) && word.contains { $0.isLetter || $0.isNumber }
    }

    /// Paragraphs parted by blank lines. A paragraph whose lines all begin with two blanks or more is shown as it is,
    /// in the manner of an example.
    mutating func prose(_ content: String) {
        var first = true
        for paragraph in Self.paragraphs(content) {
            if paragraph.allSatisfy({ $0.hasPrefix("  ") }) {
                macro("Bd", "-literal", "-offset", "indent")
                for line in paragraph { text += Self.escape(String(line.dropFirst(2))) + "\n" }
                macro("Ed")
            } else {
                if !first { macro("Pp") }
                line(paragraph.joined(separator: " "))
            }
            first = false
        }
    }

    /// Text as an argument of a macro: never read as a macro or as punctuation, one argument although it has blanks.
    static func word(_ content: String) -> String {
        let escaped = escape(content).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq")
        let isMacro = (2...3).contains(content.count) && content.first?.isUppercase == true
        let isPunctuation = content.count == 1 && content.first.map { !$0.isLetter && !$0.isNumber } == true
        let guarded = isMacro || isPunctuation ? "\\&" + escaped : escaped
        return guarded.contains(" ") || guarded.isEmpty ? "\"\(guarded)\"" : guarded
    }

    /// Text that roff shows as itself: backslashes, a control character at the start of a line, and minus signs that
    /// are typed (an option's, not a hyphen's).
    static func escape(_ content: String) -> String {
        var out = ""
        var previous: Character = " "
        for character in content {
            switch character {
            case "\\": out += "\\e"
            case "-" where previous == " " || previous == "-" || "([|/".contains(previous): out += "\\-"
            default: out.append(character)
            }
            previous = character
        }
        return out.hasPrefix(".") || out.hasPrefix("'") ? "\\&" + out : out
    }

    private static func paragraphs(_ content: String) -> [[Substring]] {
        content.split(separator: "\n", omittingEmptySubsequences: false)
            .split(whereSeparator: { $0.allSatisfy(\.isWhitespace) })
            .map { Array($0) }
    }
}
