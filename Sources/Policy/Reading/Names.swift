/// What names, labels and ports may look like. Each check gives what is wrong, in words that say what is allowed; nothing when all is well.
/// The rules are those of `k8s.io/apimachinery/pkg/util/validation`.
enum Names {
    private static func isLower(_ c: UInt8) -> Bool { (97...122).contains(c) }
    private static func isLetter(_ c: UInt8) -> Bool { isLower(c | 32) }
    private static func isDigit(_ c: UInt8) -> Bool { (48...57).contains(c) }
    private static let hyphen = UInt8(ascii: "-")
    private static let dot = UInt8(ascii: ".")

    // MARK: Objects

    private static func isDNSLabel(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first, first != hyphen else { return false }
        var last = first
        for c in text {
            guard isLower(c) || isDigit(c) || c == hyphen else { return false }
            last = c
        }
        return last != hyphen
    }

    /// A DNS label (RFC 1123): names of namespaces.
    static func dnsLabel(_ text: String) -> [String] {
        var wrong = tooLong(text, 63)
        if !isDNSLabel(text.utf8) {
            wrong.append("must be lower-case letters, digits and '-', beginning and ending with a letter or digit")
        }
        return wrong
    }

    private static func isDNSSubdomain(_ text: Substring) -> Bool {
        text.utf8.split(separator: dot, omittingEmptySubsequences: false).allSatisfy { isDNSLabel($0) }
    }

    /// A DNS subdomain (RFC 1123): names of most objects.
    static func dnsSubdomain(_ text: String) -> [String] {
        var wrong = tooLong(text, 253)
        if !isDNSSubdomain(text[...]) {
            wrong.append("must be lower-case letters, digits, '-' and '.', each part between dots beginning and ending with a letter or digit")
        }
        return wrong
    }

    // MARK: Labels

    /// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
    private static func isQualified(_ text: some Collection<UInt8>) -> Bool {
        func isAlphanumeric(_ c: UInt8) -> Bool { isLetter(c) || isDigit(c) }
        guard let first = text.first, isAlphanumeric(first) else { return false }
        var last = first
        for c in text {
            guard isAlphanumeric(c) || c == hyphen || c == dot || c == UInt8(ascii: "_") else { return false }
            last = c
        }
        return isAlphanumeric(last)
    }

    /// A label's key: a name, and maybe a DNS subdomain with a slash before it.
    static func labelKey(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2 else { return ["must be a name, or a DNS subdomain, '/' and a name (example.com/app)"] }
        var wrong: [String] = []
        if parts.count == 2 {
            if parts[0].isEmpty || !isDNSSubdomain(parts[0]) {
                wrong.append("the part before '/' must be a DNS subdomain: lower-case letters, digits, '-' and '.'")
            }
            if parts[0].utf8.count > 253 { wrong.append("the part before '/' must have at most 253 characters") }
        }
        if name.isEmpty {
            wrong.append(parts.count == 2 ? "a name must follow the '/'" : "must not be empty")
        } else if !isQualified(name.utf8) {
            wrong.append("must be letters, digits, '-', '_' and '.', beginning and ending with a letter or digit")
        }
        if name.utf8.count > 63 { wrong.append("the name must have at most 63 characters") }
        return wrong
    }

    static func labelValue(_ text: String) -> [String] {
        var wrong = tooLong(text, 63)
        if !text.isEmpty, !isQualified(text.utf8) {
            wrong.append("must be empty, or letters, digits, '-', '_' and '.', beginning and ending with a letter or digit")
        }
        return wrong
    }

    // MARK: Ports

    /// The name of a container port (`IsValidPortName`).
    static func portName(_ text: String) -> [String] {
        var wrong = tooLong(text, 15)
        if text.isEmpty || !text.utf8.allSatisfy({ isLower($0) || isDigit($0) || $0 == hyphen }) {
            wrong.append("must be lower-case letters, digits and '-'")
        }
        if !text.utf8.contains(where: isLower) { wrong.append("must have a letter") }
        if text.contains("--") { wrong.append("must not have two '-' in a row") }
        if text.hasPrefix("-") || text.hasSuffix("-") { wrong.append("must not begin or end with '-'") }
        return wrong
    }

    /// An IANA service name (RFC 6335 section 5.1), in any case.
    static func isServiceName(_ text: String) -> Bool { portName(text.lowercased()).isEmpty }

    private static func tooLong(_ text: String, _ most: Int) -> [String] {
        text.utf8.count > most ? ["must have at most \(most) characters, not \(text.utf8.count)"] : []
    }
}
