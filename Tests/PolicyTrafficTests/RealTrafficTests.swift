import FoundationEssentials
import Glibc
import Net
import NodeTestSupport
import Policy
import Testing

/// Acceptance cases with real packets between real namespaces: what the engines say is what happens.
@Suite("policy traffic", .enabled(if: geteuid() == 0, "needs root: builds nodes of network namespaces"))
struct RealTrafficTests {
    private static let cases = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "PolicyTests/Cases")
    /// Cases at least; FABCTL_TRAFFIC_CASES for more.
    private static let wanted = getenv("FABCTL_TRAFFIC_CASES").flatMap { Int(String(cString: $0)) } ?? 64
    private static let probesOfACase = 48

    /// Cases by their cluster, those that many cases share first.
    private func groups() throws -> [(cluster: ClusterObjects, tests: [PolicyTestCase])] {
        let index = try String(contentsOf: Self.cases.appending(path: "INDEX.tsv"), encoding: .utf8)
        var byCluster: [ClusterObjects: [PolicyTestCase]] = [:]
        for line in index.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: "\t").map(String.init)
            guard columns.count > 2, columns[0] != "invalid" else { continue }
            let bytes = Array(try Data(contentsOf: Self.cases.appending(path: "\(columns[0])/\(columns[1]).yaml")))
            for test in try PolicyTestReader.read(bytes, file: columns[1]) { byCluster[test.cluster, default: []].append(test) }
        }
        return byCluster.map { ($0.key, $0.value) }.sorted { ($1.tests.count, $0.tests[0].name) < ($0.tests.count, $1.tests[0].name) }
    }

    /// Probes of both verdicts, whatever order the case has them in.
    private static func sample(_ probes: [PolicyProbe]) -> [PolicyProbe] {
        func spread(_ list: [PolicyProbe], _ count: Int) -> [PolicyProbe] {
            list.count <= count ? list : (0..<count).map { list[$0 * list.count / count] }
        }
        return spread(probes.filter(\.expectsAllow), probesOfACase / 2) + spread(probes.filter { !$0.expectsAllow }, probesOfACase / 2)
    }

    @Test func realPacketsDoWhatTheCasesExpect() throws {
        var count = 0
        var transports: Set<String> = []
        var families: Set<IPAddress.Family> = []
        let groups = try groups()
        // No more of one cluster than leaves room for others, unless there is room for all.
        let most = Self.wanted >= groups.reduce(0) { $0 + $1.tests.count } ? Self.wanted : max(12, Self.wanted / 3)
        for (cluster, tests) in groups where count < Self.wanted {
            let chosen = Array(tests.prefix(most))
            let probes = chosen.map { Self.sample($0.probes) }
            var outside: Set<IPAddress> = []
            for probe in probes.joined() {
                for case .address(let address) in [probe.from, probe.to]
                where !cluster.pods.contains(where: { $0.addresses.contains(address) })
                    && !cluster.nodes.contains(where: { $0.addresses.contains(address) })
                {
                    outside.insert(address)
                }
                transports.insert(probe.traffic.description.split(separator: " ").first.map(String.init) ?? "")
                families.insert(probe.family)
            }
            try RealCluster.with(cluster, outside: outside) { real in
                for (test, probes) in zip(chosen, probes) {
                    try real.apply(test.manifests.policies)
                    var results = try real.results(probes)
                    // A datagram may be lost, and a busy machine late: what should get through is tried again; what should not, never may.
                    for _ in 0..<3 {
                        let late = probes.indices.filter { probes[$0].expectsAllow && !results[$0] }
                        guard !late.isEmpty else { break }
                        for (index, reached) in zip(late, try real.results(late.map { probes[$0] })) { results[index] = reached }
                    }
                    var wrong: [String] = []
                    for (probe, reached) in zip(probes, results) where reached != probe.expectsAllow { wrong.append("\(probe)") }
                    #expect(wrong.isEmpty, "\(test.name): \(wrong.count) of \(probes.count): \(wrong.prefix(4))")
                    try real.delete(test.manifests.policies)
                    count += 1
                }
            }
        }
        #expect(count >= min(Self.wanted, groups.reduce(0) { $0 + $1.tests.count }))
        #expect(transports.isSuperset(of: ["TCP", "UDP", "SCTP"]) && families == [.ipv4, .ipv6])
    }
}
