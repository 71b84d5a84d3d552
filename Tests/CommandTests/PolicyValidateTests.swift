import FoundationEssentials
import Glibc
import NodeTestSupport
import Testing

/// `policy validate` as people and scripts call it: no root, no install.
@Suite struct PolicyValidateTests {
    private let directory = "/tmp/fabctl-validate-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    private static let good = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: NAME}\nspec: {podSelector: {}}\n"
    private static let bad =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: bad}\nspec: {ingress: [{ports: [{port: 80, endPort: 70}]}]}\n"

    /// Runs `fabctl policy validate` in a shell, in a directory with these files; anything after its arguments is the shell's.
    private func validate(_ arguments: String, _ files: [String: String] = [:]) throws -> (code: Int32, output: String) {
        for (name, text) in files {
            let url = URL(filePath: "\(directory)/\(name)")
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let stream = try #require(popen("cd '\(directory)' && FABCTL_BPFFS=/nowhere '\(Fabric.program)' policy validate \(arguments)", "r"))
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            output += buffer.prefix(count)
        }
        return (pclose(stream) >> 8 & 0xff, String(decoding: output, as: UTF8.self))
    }

    @Test func everythingValid() throws {
        let files = [
            "a.yaml": Self.good.replacing("NAME", with: "a"), "more.txt": "no: manifest",
            "b.json": #"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}"#,
        ]
        #expect(try validate("-f . 2>&1", files) == (0, "1 policy, 1 namespace: valid\n"))
        #expect(try validate("-fa.yaml --filename b.json -o json", files).output == "{\n  \"errors\": []\n}\n")
    }

    /// Every problem of every file, on stdout, in every format with 65.
    @Test func everyProblem() throws {
        let files = ["d/a.yaml": Self.bad, "d/e/b.yml": Self.bad + "---\na: [\n", "d/e/c.yaml": Self.good.replacing("NAME", with: "c")]
        let text = try validate("-R -f d 2>/dev/null", files)
        #expect(text.code == 65)
        #expect(
            text.output.split(separator: "\n").map { $0.prefix(60) }
                == [
                    "d/a.yaml:4:47: spec.ingress[0].ports[0].endPort: 70 must not",

                    "d/e/b.yml:4:47: spec.ingress[0].ports[0].endPort: 70 must no", "d/e/b.yml:7:1: did not find expected node content (while par",
                ].map { $0.prefix(60) })
        let json = try validate("-f d/a.yaml -o json 2>/dev/null", files)
        #expect(json.code == 65)
        let error = try #require(try JSON(json.output)["errors"]?.elements.first)
        #expect(error["file"]?.string == "d/a.yaml" && error["line"]?.int == 4 && error["column"]?.int == 47 && error["document"]?.int == 0)
        #expect(error["path"]?.string == "spec.ingress[0].ports[0].endPort" && error["type"]?.string == "Invalid")
        #expect(error["message"]?.string == "70 must not be less than port, 80")
        // Without -R the directory alone.
        #expect(try validate("-f d 2>/dev/null", files).output.split(separator: "\n").count == 1)
    }

    @Test func standardInput() throws {
        #expect(try validate("-f - -n prod 2>&1 < a", ["a": Self.good.replacing("NAME", with: "a")]) == (0, "1 policy: valid\n"))
        #expect(try validate("-f - 2>&1 < a", ["a": "# nothing\n"]) == (65, "standard input:1:1: there are no objects here\n"))
    }

    @Test func whatCannotBeRead() throws {
        let missing = try validate("-f none.yaml -f a -o json 2>/dev/null", ["a": Self.bad])
        #expect(missing.code == 65)
        #expect(try JSON(missing.output)["errors"]?.elements.compactMap { $0["file"]?.string } == ["a", "none.yaml"])
        #expect(try validate("2>/dev/null").code == 64)
    }

    @Test func otherKindsAreNamed() throws {
        let files = [
            "a": Self.good.replacing("NAME", with: "a") + "---\n{apiVersion: apps/v1, kind: Deployment}\n---\n{apiVersion: v1, kind: Service}\n"
        ]
        #expect(try validate("-f a 2>&1", files) == (0, "1 policy: valid\nNote: 2 of other kinds were passed over: Deployment, Service\n"))
    }
}
