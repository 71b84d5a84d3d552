import Path
import Testing

@Suite struct ExpectationTests {
    private func difference(_ expected: String, _ path: String) throws -> String? {
        try PathExpectation(expected).difference(path.split(separator: " ").map(String.init), source: "default/web", destination: "default/db")?
            .description
    }

    @Test(arguments: [
        ("node1 leaf1 spine* leaf2 node2", "node1 leaf1 spine2 leaf2 node2"),
        ("node1 leaf1 spine1|spine2 leaf2 node2", "node1 leaf1 spine1 leaf2 node2"),
        ("default/web node1 leaf1 spine? leaf2 node2 default/db", "node1 leaf1 spine1 leaf2 node2"),
        ("node1 ... node2", "node1 leaf1 spine1 leaf2 node2"),
        ("... spine* ...", "node1 leaf1 spine1 leaf2 node2"), ("...", ""), ("* * * * *", "node1 leaf1 * leaf2 node2"),
        ("node1 ... node2", "node1 node2"),
        ("s*1", "spine1"), ("*", "a"), ("a*b*c", "a-b-b-c"),
    ]) func asExpected(_ expected: String, _ path: String) throws {
        #expect(try difference(expected, path) == nil)
    }

    @Test(arguments: [
        ("node1 leaf1 spine* leaf2 node2", "node1 leaf1 spine1 leaf3 node2", "hop 4 is leaf3, expected leaf2"),
        ("node1 leaf1 spine* leaf2 node2", "node1 leaf1 spine1", "the path ends before hop 4, expected leaf2"),
        ("node1 leaf1", "node1 leaf1 spine1", "hop 3 is spine1, expected the end"), ("node1", "", "the path ends before hop 1, expected node1"),
        ("node1 spine1|spine2", "node1 *", "hop 2 is *, expected spine1|spine2"),
        ("node1 ... node2", "node1 leaf1 node3", "the path ends before hop 4, expected node2"),
        ("spine1", "spine11", "hop 1 is spine11, expected spine1"),
    ]) func theFirstDifference(_ expected: String, _ path: String, _ text: String) throws {
        #expect(try difference(expected, path) == text)
    }

    @Test(arguments: ["", "  ", "a||b", "|", "a |b"]) func refused(_ text: String) {
        #expect(throws: PathError.self) { try PathExpectation(text) }
    }

    private let names = ["spine1", "spine2", "leaf1", "leaf2", "leaf3", "node1", "node2"]
    private var links: [String: Set<String>] {
        var out: [String: Set<String>] = [:]
        let spines = ["spine1", "spine2"].flatMap { spine in ["leaf1", "leaf2", "leaf3"].map { (spine, $0) } }
        for (a, b) in spines + [("leaf1", "node1"), ("leaf2", "node2"), ("node1", "default/web"), ("node2", "default/db")] {
            out[a, default: []].insert(b)
            out[b, default: []].insert(a)
        }
        return out
    }

    @Test func everyPathThatIsExpected() throws {
        func paths(_ text: String, _ neighbours: [String: Set<String>]?) throws -> [String]? {
            try PathExpectation(text).paths(source: "default/web", destination: "default/db", names: names, neighbours: neighbours)?
                .map { $0.joined(separator: " ") }
        }
        let both = ["node1 leaf1 spine1 leaf2 node2", "node1 leaf1 spine2 leaf2 node2"]
        #expect(try paths("node1 leaf1 spine* leaf2 node2", links) == both)
        #expect(try paths("node1 leaf* spine* leaf* node2", links) == both)
        #expect(try paths("node1 leaf1 spine* leaf2 node2", nil) == both)
        #expect(try paths("node1 leaf1 spine1 leaf2 node2", links) == [both[0]])
        #expect(try paths("node1 ... node2", links) == nil)
        #expect(try paths("node2 leaf2", links) == [])
    }
}
