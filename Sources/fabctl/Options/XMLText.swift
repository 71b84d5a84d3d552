extension String {
    /// As text or an attribute's value in XML 1.0 (section 2.2): JUnit's reports have no other place for control characters than `?`.
    var escapedForXML: String {
        var out = ""
        for character in unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n": out += "&#10;"
            case _ where character.value < 32: out += "?"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
