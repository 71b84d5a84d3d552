import FoundationEssentials
import Policy
import PolicyTest

/// The acceptance cases of PolicyTests.
enum Cases {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "PolicyTests/Cases")

    /// Categories, and names of the cases of each.
    static let index: [String: [String]] = {
        let text = (try? String(contentsOf: directory.appending(path: "INDEX.tsv"), encoding: .utf8)) ?? ""
        var out: [String: [String]] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: "\t").map(String.init)
            if columns.count > 2 { out[columns[0], default: []].append(columns[1]) }
        }
        return out
    }()

    static let categories = index.keys.filter { $0 != "invalid" }.sorted()

    static func read(_ category: String, _ name: String) throws -> [PolicyTestCase] {
        try PolicyTestReader.read(Array(try Data(contentsOf: directory.appending(path: "\(category)/\(name).yaml"))), file: "\(name).yaml")
    }
}
