import FoundationEssentials
import Model
import Net
import Store
import Testing
@testable import Node

/// What older fabctls have stored is read as if this one had written it.
@Suite("migration")
struct MigrationTests {
    private func pending(_ text: String) -> [String: [UInt8]] { [Pending.document: Array(text.utf8)] }

    @Test func aPendingChangeOfTheFirstFormat() throws {
        let old = #"{"load":true,"releaseDevices":[],"removeDevices":["pod7"],"uninstall":false}"#
        #expect(throws: NodeError.self) { _ = try Pending(bytes: Array(old.utf8)) }
        let bytes = try #require(try Migration.upgrade(pending(old), from: 1)[Pending.document])
        let read = try Pending(bytes: bytes)
        #expect(read.load && read.removeDevices == ["pod7"] && read.changes.isEmpty && !read.remake && !read.uninstall)
    }

    @Test func nothingElseChanges() throws {
        var config = NodeConfig(name: "node1", podCIDRs: [], nativeRoutingCIDRs: [], bootID: .max)
        config.imageChecksum = 0xfedc_ba98_7654_3210
        var desired = Desired(config: config)
        desired.registry.revision = 7
        var documents: [String: [UInt8]] = [:]
        for (document, bytes) in try desired.documents() { documents[document.rawValue] = bytes }
        for version in 1...DocumentFormat.version {
            #expect(try Desired(documents: try Migration.upgrade(documents, from: version)) == desired, "from \(version)")
        }
    }

    /// Numbers that no Double holds, and those that are none.
    @Test(arguments: ["18446744073709551615", "-9223372036854775808", "0.5", "true", "null", "[1,\"a\",{}]", "\"\\u0000/\""])
    func valuesStayAsTheyAre(_ text: String) throws {
        let value = try decode(StoredValue.self, Array(text.utf8), "test")
        #expect(String(decoding: try encoded(value), as: UTF8.self) == text)
    }

    @Test func whatIsNoJSONIsSaid() {
        let error = #expect(throws: NodeError.self) { try Migration.upgrade(["nodes": Array("{".utf8)], from: 1) }
        #expect(error?.kind == .stored && error?.message.contains("document nodes cannot be read") == true)
    }
}
