import FoundationEssentials
import Testing

@testable import Policy

/// The acceptance cases beside this file.
enum Cases {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

    /// Category and name of each, as INDEX.tsv lists them.
    static let index: [(category: String, name: String, probes: Int)] = {
        let text = (try? String(contentsOf: directory.appending(path: "INDEX.tsv"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return columns.count > 2 ? (columns[0], columns[1], Int(columns[2]) ?? -1) : nil
        }
    }()

    static func bytes(_ category: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appending(path: "\(category)/\(name).yaml")))
    }

    /// The case of that name.
    static func read(_ category: String, _ name: String) throws -> PolicyTestCase {
        let cases = try PolicyTestReader.read(try bytes(category, name), file: "\(name).yaml")
        return try #require(cases.first)
    }

    /// Every valid case, read once.
    static let valid: [PolicyTestCase] = index.filter { $0.category != "invalid" }.compactMap { try? read($0.category, $0.name) }

    static let invalid = index.filter { $0.category == "invalid" }.map(\.name)
}
