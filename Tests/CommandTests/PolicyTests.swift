import Glibc
import NodeTestSupport
import Testing

@Suite("policy", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct PolicyTests {
    private static let closed = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: deny-all}
        spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}

        """
    private static let open = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: web-to-db}
        spec:
          podSelector: {matchLabels: {app: db}}
          ingress:
            - from: [{podSelector: {matchLabels: {app: web}}}]
              ports: [{port: 5432}]

        """

    /// A node with web, client and db, whose servers answer on 5432 and 80.
    private func with(_ body: (Fabric) throws -> Void) throws {
        try Fabric.with(ipv4: true) { fabric in
            try fabric.install()
            for pod in ["web", "client", "db"] { try fabric.addPod(pod, "--label", "app=\(pod)") }
            let servers = EchoServers()
            for port: UInt16 in [5432, 80] {
                for transport in [EchoServers.Transport.tcp, .udp] {
                    try servers.open(transport, port: port, in: try fabric.namespace("db"))
                }
            }
            try servers.run()
            defer { servers.stop() }
            try body(fabric)
        }
    }

    private static let db = "fd00:cafe:0:1::3"
    private static let db4 = "10.1.0.3"

    private func reaches(_ fabric: Fabric, _ member: String, port: UInt16, _ transport: EchoServers.Transport = .tcp, to: String = db) throws -> Bool
    {
        // What is refused is silent: a while is enough, since all is on one machine.
        try EchoServers.reaches(transport, to: to, port: port, in: try fabric.namespace(member), milliseconds: 700)
    }

    @Test func applyAndDelete() throws {
        try with { fabric in
            // The kernel notes a new device's carrier in its own time.
            for address in [Self.db, Self.db4] { #expect(try eventually { try reaches(fabric, "client", port: 5432, to: address) }) }
            let policies = try fabric.file("policies.yaml", Self.closed + "---\n" + Self.open)
            let dry = try fabric.done("policy", "apply", "-f", policies, "--dry-run")
            #expect(dry.output.contains("NetworkPolicy default/deny-all created (dry run)"))
            #expect(try fabric.done("policy", "list", "-o", "json").json().elements.isEmpty)

            let applied = try fabric.done("policy", "apply", "-f", policies, "-o", "json").json()
            #expect(applied.elements.map { $0["result"]?.string } == ["created", "created"])
            for address in [Self.db, Self.db4] {
                #expect(try reaches(fabric, "web", port: 5432, to: address))
                #expect(try !reaches(fabric, "web", port: 80, to: address))
                #expect(try !reaches(fabric, "client", port: 5432, to: address))
                #expect(try !reaches(fabric, "client", port: 5432, .udp, to: address))
                #expect(try !reaches(fabric, "l1", port: 5432, to: address))
                // Its own node always.
                #expect(try reaches(fabric, "n1", port: 80, to: address))
            }
            #expect(try fabric.done("policy", "apply", "-f", policies).output.contains("unchanged"))
            #expect(try fabric.done("policy", "verify").output.hasPrefix("OK"))
            #expect(try fabric.done("status", "--brief").output == "OK\n")

            // What the maps say, and why.
            let yes = try fabric.done("policy", "explain", "--from", "default/web", "--to", "default/db:5432", "-o", "json").json()
            #expect(yes["verdict"]?.string == "allowed")
            let ingress = try #require(yes["directions"]?.elements.last)
            #expect(ingress["policies"]?[0]?["name"]?.string == "web-to-db" && ingress["rule"]?.string == "ingress[0]")
            let no = try fabric.done("policy", "explain", "--from", "default/client", "--to", "default/db:5432", "-p", "UDP", "-o", "json").json()
            #expect(no["verdict"]?.string == "denied")
            #expect(no["directions"]?.elements.last?["default"]?.bool == true)
            #expect(no["directions"]?.elements.last?["policies"]?.elements.compactMap { $0["name"]?.string } == ["deny-all", "web-to-db"])
            let entries = try fabric.done("bpf", "policy", "list", "--pod", "default/db", "-o", "json").json().elements
            #expect(entries.contains { $0["verdict"]?.string == "allow" && $0["firstPort"]?.int == 5432 && ($0["packets"]?.int ?? 0) > 0 })
            #expect(entries.contains { $0["default"]?.bool == true && ($0["packets"]?.int ?? 0) > 0 })

            // Flows name the rule.
            let dropped = try fabric.done("observe", "--verdict", "DROPPED", "--last", "1", "-o", "json").jsonLines()
            let names = dropped.first?["flow"]?["ingress_denied_by"]?.elements.compactMap { $0["name"]?.string }
            #expect(names == ["deny-all", "web-to-db"])
            #expect(try fabric.done("observe", "--verdict", "DROPPED", "--last", "1").output.contains(" by default/deny-all,default/web-to-db"))
            let forwarded = try fabric.done("observe", "--verdict", "FORWARDED", "--port", "5432", "--last", "50", "-o", "json").jsonLines()
            #expect(forwarded.contains { $0["flow"]?["ingress_allowed_by"]?[0]?["name"]?.string == "web-to-db" })

            #expect(try fabric.done("policy", "get", "default/deny-all").output.contains("name: deny-all"))
            let diff = try fabric.fabctl("policy", "diff", "--delete", "-f", policies)
            #expect(diff.code == 1 && diff.output.contains("default/db"))
            #expect(try fabric.done("policy", "delete", "default/deny-all").output == "NetworkPolicy default/deny-all deleted\n")
            #expect(try !reaches(fabric, "client", port: 5432))
            try fabric.done("policy", "delete", "-f", policies)
            #expect(try reaches(fabric, "client", port: 5432))
            #expect(try reaches(fabric, "client", port: 80, .udp, to: Self.db4))
            #expect(try fabric.done("policy", "verify").output.hasPrefix("OK"))
        }
    }

    /// A pod that comes later is judged, and known to the others' policies, from its first packet.
    @Test func podsThatComeLater() throws {
        try with { fabric in
            let file = try fabric.file("policies.yaml", Self.open)
            try fabric.done("policy", "apply", "-f", file)
            try fabric.addPod("late", "--label", "app=web")
            #expect(try reaches(fabric, "late", port: 5432))
            #expect(try !reaches(fabric, "late", port: 80))
            // Another name for the same address.
            try fabric.done("endpoint", "delete", "default/late")
            try fabric.deleteNamespace("late")
            try fabric.addPod("last", "--label", "app=other", "--ip", "fd00:cafe:0:1::4")
            #expect(try !reaches(fabric, "last", port: 5432))
            #expect(try fabric.done("policy", "verify").output.hasPrefix("OK"))
        }
    }

    /// Pods of other nodes are known by their manifests.
    @Test func podsElsewhere() throws {
        try with { fabric in
            let file = try fabric.file("policies.yaml", Self.open)
            try fabric.done("policy", "apply", "-f", file)
            let source = "fd00:cafe:0:2::a"
            func fromLeaf() throws -> Bool {
                try EchoServers.reaches(.tcp, from: source, to: Self.db, port: 5432, in: try fabric.namespace("l1"), milliseconds: 700)
            }
            #expect(try !fromLeaf())
            let pod = try fabric.file(
                "pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: far, labels: {app: web}}\nstatus: {podIPs: [{ip: \"\(source)\"}]}\n")
            try fabric.done("policy", "apply", "-f", pod)
            #expect(try fromLeaf())
            #expect(try fabric.done("ip", "list").output.contains("default/far"))
            try fabric.done("policy", "delete", "-f", pod)
            #expect(try !fromLeaf())
        }
    }

    @Test func whatIsWrongChangesNothing() throws {
        try with { fabric in
            let wrong = try fabric.file("wrong.yaml", Self.closed + "---\n" + Self.open.replacing("port: 5432", with: "port: 99999"))
            let before = fabric.pins()
            let refused = try fabric.fabctl("policy", "apply", "-f", wrong, "-o", "json")
            #expect(refused.code == 65)
            #expect(try refused.json()["errors"]?[0]?["path"]?.string == "spec.ingress[0].ports[0].port")
            expectSame(before, fabric.pins())
            #expect(try reaches(fabric, "client", port: 80))
            try fabric.refused(65, ["nothing"], "policy", "delete", "default/nothing")
        }
    }

    /// A map that is too small: the old policies stay in force.
    @Test func aMapThatIsFull() throws {
        try Fabric.with { fabric in
            let values = try fabric.file("small", Fabric.values + "\nbpf:\n  policyMapMax: 256\n")
            try fabric.done("install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1")
            try fabric.addPod("db", "--label", "app=db")
            try fabric.done("policy", "apply", "-f", try fabric.file("closed.yaml", Self.closed))
            // Of two kinds, so that neither is nearly everybody.
            var rules = ""
            for kind in 0...1 {
                rules += "    - ports: [{port: 8\(kind)}]\n      from:\n"
                for index in 0..<9000 { rules += "        - {ipBlock: {cidr: \"2001:db8:\(String(2 * index + kind, radix: 16))::/48\"}}\n" }
            }
            let many = try fabric.file(
                "many.yaml",
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: many}\nspec:\n  podSelector: {}\n  ingress:\n\(rules)")
            let refused = try fabric.fabctl("policy", "apply", "-f", many)
            #expect(refused.code == 74 || refused.code == 65, "\(refused.code) \(refused.error)")
            #expect(try fabric.done("policy", "list", "-o", "json").json().elements.count == 1)
            #expect(try fabric.done("policy", "verify").output.hasPrefix("OK"))
            #expect(try fabric.done("status", "--brief").output == "OK\n")
        }
    }
}
