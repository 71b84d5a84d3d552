import FoundationEssentials

/// The package as it stands on disk: what `Package.swift` declares, and what the sources import.
struct Manifest {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Declared dependencies by target, products included under their own names.
    let dependencies: [String: Set<String>]
    /// Targets whose sources the compiler checks for unsafe memory.
    let safe: Set<String>
    /// Folder by target, where it is not that of SwiftPM's convention.
    let paths: [String: String]

    /// - Throws: when the manifest cannot be read.
    init() throws {
        let text = String(decoding: try Data(contentsOf: Self.package.appending(path: "Package.swift")), as: UTF8.self)
        var dependencies: [String: Set<String>] = [:]
        var safe: Set<String> = []
        var paths: [String: String] = [:]
        for declaration in Self.declarations(text) {
            guard let name = Self.strings(declaration.prefix(while: { $0 != "," })).first else { continue }
            let list = declaration.firstRange(of: "dependencies: [").map { start in
                declaration[start.upperBound...].prefix { $0 != "]" }
            }
            dependencies[name] = Set(list.map { Self.strings($0) } ?? [])
            for (word, product) in ["argumentParser": "ArgumentParser", "nioCore": "NIOCore", "nioPosix": "NIOPosix", "logging": "Logging"]
            where list?.contains(word) == true {
                dependencies[name]?.insert(product)
            }
            if declaration.contains("swiftSettings: safe") { safe.insert(name) }
            if let path = declaration.firstRange(of: "path: ") {
                paths[name] = Self.strings(declaration[path.upperBound...]).first
            }
        }
        (self.dependencies, self.safe, self.paths) = (dependencies, safe, paths)
    }

    /// All that a target's code may reach through what it depends on.
    func closure(of target: String) -> Set<String> {
        var found: Set<String> = []
        var waiting = dependencies[target] ?? []
        while let next = waiting.popFirst() {
            if found.insert(next).inserted { waiting.formUnion(dependencies[next] ?? []) }
        }
        return found
    }

    /// Modules that each Swift file of a target imports, by the file's path in the package.
    func imports(of target: String) throws -> [String: Set<String>] {
        let convention = target.hasSuffix("Tests") ? "Tests/\(target)" : "Sources/\(target)"
        return try Self.imports(below: paths[target] ?? convention)
    }

    static func imports(below folder: String) throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        let root = package.appending(path: folder).path
        for file in try FileManager.default.subpathsOfDirectory(atPath: root) where file.hasSuffix(".swift") {
            let text = String(decoding: try Data(contentsOf: URL(filePath: "\(root)/\(file)")), as: UTF8.self)
            found["\(folder)/\(file)"] = imports(in: text)
        }
        return found
    }

    /// `@attribute public import struct Module.Name` and all that is shorter.
    static func imports(in text: String) -> Set<String> {
        let statement = #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)/#
        return Set(text.split(separator: "\n").compactMap { $0.firstMatch(of: statement).map { String($0.1) } })
    }

    /// The text of each `.target(`, `.executableTarget(`, `.systemLibrary(` and `.testTarget(` of the manifest.
    private static func declarations(_ text: String) -> [Substring] {
        let start = text.firstRange(of: "targets: [\n")?.upperBound ?? text.endIndex
        let lines = text[start...].split(separator: "\n").filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }
        return lines.joined(separator: "\n").split(separator: #/\n? {8}\.(?:target|executableTarget|systemLibrary|testTarget|plugin)\(\s*/#)
    }

    private static func strings(_ text: Substring) -> [String] {
        text.matches(of: #/"([^"]*)"/#).map { String($0.1) }
    }
}
