import BPF
import CFabricABI
import Datapath
import Glibc
import Model
import Net
import NodeTestSupport
import Store
import Testing
@testable import Node

/// A node that an older or a newer fabctl has left: its documents and maps are brought to the present, or refused with one clear line.
@Suite("other versions", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct VersionTests {
    private static let present = UInt32(FABRIC_ABI_VERSION)

    private func ids(_ fabric: Fabric) throws -> [String: UInt32] {
        var out: [String: UInt32] = [:]
        for map in MapName.allCases { out[map.rawValue] = try BPFMap.open(pinned: "\(fabric.root)/maps/\(map.rawValue)").id }
        return out
    }

    private func withPods(_ body: (Fabric) throws -> Void) throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("steady")
            try fabric.addPod("other")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            try fabric.withTraffic { try body(fabric) }
        }
    }

    /// The old maps have other sizes indeed: no program of today's could use them.
    @Test func mapsOfAnOlderLayoutAreReplacedUnderTraffic() throws {
        try withPods { fabric in
            let before = try fabric.situation()
            for _ in 0..<5 {
                let narrow = "\(fabric.root)/maps/narrow"
                try BPFMap.create(.hash, name: "narrow", keySize: 4, valueSize: 4, maxEntries: 16).pin(at: narrow)
                guard rename(narrow, "\(fabric.root)/maps/devices") == 0 else { throw Failure("rename: \(errno)") }
                try fabric.setLayout(Self.present - 1)
                let old = try ids(fabric)
                for arguments in [["status"], ["repair"], ["endpoint", "list"], ["node", "delete", "node2"]] {
                    let refused = try fabric.fabctl(arguments)
                    expectRefusal(refused, 78, "have layout \(Self.present - 1), and this fabctl knows \(Self.present)")
                    #expect(refused.error.contains("fabctl install brings them to it"))
                }
                #expect(try fabric.fabctl("install", "--dry-run").output.hasPrefix("would upgrade node1 "))
                #expect(try ids(fabric) == old)
                let upgrade = try fabric.fabctl("install")
                #expect(upgrade.code == 0 && upgrade.output.hasPrefix("upgraded node1 "), "\(upgrade.error)")
                let new = try ids(fabric)
                for (map, id) in new { #expect(old[map] != id, "\(map) is a new one") }
                expectSame(before, try fabric.situation())
                #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            }
        }
    }

    /// What a killed command of the older fabctl had left to do is done by the install.
    @Test func aPendingChangeOfAnOlderLayout() throws {
        try withPods { fabric in
            try fabric.addPod("gone")
            let device = try #require(try Node(root: fabric.root).desired().endpoints.first { $0.pod.name == "gone" }?.device)
            try fabric.leavePending(removing: [device]) { desired in
                desired.config.layout = Self.present - 1
                desired.endpoints.removeAll { $0.pod.name == "gone" }
            }
            #expect(try fabric.ip("n1", "-o link").contains(" \(device)@"))
            #expect(try fabric.fabctl("install").code == 0)
            #expect(try !fabric.ip("n1", "-o link").contains(" \(device)@"))
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func aNewerLayoutIsLeftAlone() throws {
        try withPods { fabric in
            try fabric.setLayout(Self.present + 1)
            for arguments in [["install"], ["status"], ["repair"], ["endpoint", "delete", "default/other"]] {
                try fabric.refusedAll(78, ["have layout \(Self.present + 1)", "use the fabctl that installed it, or a newer one"], arguments)
            }
            try fabric.setLayoutBack()
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    /// Read at once by every command, written anew by the first that writes.
    @Test func documentsOfTheFirstFormat() throws {
        try withPods { fabric in
            let before = try fabric.done("status", "-o", "json").json()["config"]
            try fabric.rewrite(version: 1)
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            #expect(try fabric.done("status", "-o", "json").json()["config"] == before)
            #expect(try Set(Root(fabric.root).snapshot().documents.values.map(\.version)) == [1])
            try fabric.done("ip", "add", "fd00:cafe:0:2::a", "--pod", "default/db")
            #expect(try Set(Root(fabric.root).snapshot().documents.values.map(\.version)) == [DocumentFormat.version])
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")

            // With a change left pending, as the first format told it.
            try fabric.rewrite(version: 1) { documents in
                documents["pending"] = #"{"load":true,"releaseDevices":[],"removeDevices":[],"uninstall":false}"#
            }
            #expect(try fabric.fabctl("status").code == 1)
            #expect(try fabric.fabctl("repair").output.hasPrefix("repaired state: "))
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func documentsOfANewerFormat() throws {
        try withPods { fabric in
            let newer = DocumentFormat.version + 1
            try fabric.rewrite(version: newer)
            for arguments in [["install"], ["status"], ["repair"], ["node", "delete", "node2"], ["endpoint", "list"], ["observe"]] {
                try fabric.refusedAll(78, ["it has format version \(newer), this fabctl knows \(newer - 1)", "Hint: use the fabctl that"], arguments)
            }
        }
    }
}

extension Fabric {
    /// After `setLayout` to one that this fabctl refuses to read.
    fileprivate func setLayoutBack() throws {
        let layout = UInt32(FABRIC_ABI_VERSION)
        try rewrite(version: DocumentFormat.version) { documents in
            documents["config"] = documents["config"]?.replacing("\"layout\":\(layout + 1)", with: "\"layout\":\(layout)")
        }
    }
}
