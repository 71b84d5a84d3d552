import BPF
import CFabricABI
import Compiler
import Glibc
import Model
import Net
import Netlink
import Node
import NodeTestSupport
import Testing

/// A command that is killed, or made to fail, at its system calls.
struct CrashCommand: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether the node is there before and after it, with pods that talk to each other meanwhile.
    let isOnNode: Bool
    let arguments: @Sendable (Fabric) -> [String]
    /// Makes again the state that the command begins in, of the state that it ends in.
    let comeBack: @Sendable (Fabric) throws -> Void
    /// Whether the command has no way back once it has begun, and is to be asked for again.
    var goesForward: Bool { ["repair", "uninstall"].contains(testDescription) }
    /// Whether the node that the command begins with is one that only `install` and `uninstall` can use.
    var beginsOlder: Bool { testDescription == "install over an older layout" }
    /// What the command says when it is asked for again after all of it was done.
    let codeWhenDone: Int32

    private init(
        _ name: String, isOnNode: Bool = true, codeWhenDone: Int32 = 0, _ arguments: @escaping @Sendable (Fabric) -> [String],
        comeBack: @escaping @Sendable (Fabric) throws -> Void
    ) {
        testDescription = name
        self.isOnNode = isOnNode
        self.arguments = arguments
        self.comeBack = comeBack
        self.codeWhenDone = codeWhenDone
    }

    /// Two commands, each of which undoes the other.
    private static func pair(
        _ name: String, _ add: @escaping @Sendable (Fabric) -> [String], _ delete: @escaping @Sendable (Fabric) -> [String],
        absent: Int32 = 65
    ) -> [CrashCommand] {
        [
            CrashCommand("\(name) add", add) { try $0.done(delete($0)) },
            CrashCommand("\(name) delete", codeWhenDone: absent, delete) { try $0.done(add($0)) },
        ]
    }

    private static let first: @Sendable (Fabric) -> [String] = { _ in ["install", "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1"] }

    /// Those that the environment's `FABCTL_CRASH` names (a part of the name is enough), otherwise all.
    static let chosen: [CrashCommand] = {
        let name = getenv("FABCTL_CRASH").map { String(cString: $0) } ?? "every"
        return name == "every" ? all : all.filter { $0.testDescription.contains(name) }
    }()

    static let all: [CrashCommand] =
        pair(
            "endpoint", { ["endpoint", "add", "default/pod", "--netns", $0.path("pod"), "--ip", "fd00:cafe:0:1::77", "--label", "app=web"] },
            { _ in ["endpoint", "delete", "default/pod"] })
        + pair(
            "node", { _ in ["node", "add", "node9", "--pod-cidr", "fd00:cafe:0:9::/64", "--via", "fd00:fab:1::1"] },
            { _ in ["node", "delete", "node9"] })
        + pair("policy", { ["policy", "apply", "-f", $0.policies] }, { ["policy", "delete", "-f", $0.policies] }, absent: 0)
        + pair("ip", { _ in ["ip", "add", "fd00:cafe:0:2::77", "--pod", "default/db"] }, { _ in ["ip", "delete", "fd00:cafe:0:2::77"] })
        + [
            CrashCommand("install again", { _ in ["install"] }, comeBack: { _ in }),
            CrashCommand("install over an older layout", { _ in ["install"] }, comeBack: { try $0.setLayout(UInt32(FABRIC_ABI_VERSION) - 1) }),
            CrashCommand("repair", { _ in ["repair"] }, comeBack: drift),
            CrashCommand("install", isOnNode: false, first) { try $0.done("uninstall") },
            CrashCommand("uninstall", isOnNode: false, codeWhenDone: 69, { _ in ["uninstall"] }) { fabric in
                try fabric.done(first(fabric))
                try fabric.done("endpoint", "add", "default/pod", "--netns", fabric.path("pod"))
            },
        ]

    /// Something of every kind that repair mends, none of which the pods that talk need.
    @Sendable private static func drift(_ fabric: Fabric) throws {
        try fabric.ip("n1", "-6 route del fd00:cafe:0:2::/64")
        guard unlink("\(fabric.root)/progs/from_pod") == 0, unlink("\(fabric.root)/maps/metrics") == 0, let prefix = Prefix("2001:db8::/32") else {
            throw Failure("unlink: \(errno)")
        }
        try BPFMap.open(pinned: "\(fabric.root)/maps/routes").update(fabric_prefix_key(prefix), fabric_route())
        _ = try fabric.run(["sh", "-c", "echo 0 > /proc/sys/net/ipv6/fib_multipath_hash_policy"])
    }

    /// Runs `body` where the command can be run, in the state that it begins in.
    func prepare(_ body: (Fabric) throws -> Void) throws {
        try Fabric.with { fabric in
            try fabric.addNamespace("pod")
            guard isOnNode else {
                if testDescription == "uninstall" { try comeBack(fabric) }
                try body(fabric)
                return
            }
            try fabric.install()
            try fabric.addPod("steady")
            try fabric.addPod("other")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            try fabric.withTraffic {
                if ["endpoint delete", "node delete", "ip delete", "policy delete", "repair", "install over an older layout"].contains(
                    testDescription)
                {
                    try comeBack(fabric)
                }
                try body(fabric)
            }
        }
    }
}

extension Fabric {
    /// A file of policies that leave the pods that talk alone, but for what is compiled for them.
    var policies: String {
        let text = """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {}, ingress: [{}]}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: b}, spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: "::/0"}}]}]}}
            """
        return (try? file("crash-policies.yaml", text)) ?? ""
    }

    /// Runs `body` while a pod's packets go to another pod and to the fabric and back, each of which must arrive.
    func withTraffic(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) throws {
        let targets = [try podAddress("other"), "fd00:cafe:0:2::a"]
        for target in targets { #expect(try pings("steady", target), sourceLocation: sourceLocation) }
        let pings = try targets.map { try start(["ping", "-n", "-i", "0.02", $0], on: "steady") }
        defer { for ping in pings { try? ping.child.signal(SIGKILL) } }
        try body()
        usleep(100_000)
        for (ping, target) in zip(pings, targets) {
            let numbers = try ping.interrupt().output.split(separator: "\n").compactMap { line in
                line.split(separator: " ").first { $0.hasPrefix("icmp_seq=") }.flatMap { Int($0.dropFirst(9)) }
            }
            #expect(numbers.count > 5, sourceLocation: sourceLocation)
            let gaps = zip(numbers, numbers.dropFirst()).filter { $1 != ($0 + 1) & 0xffff }
            #expect(gaps.isEmpty, "to \(target): of \(numbers.count) packets some did not come back", sourceLocation: sourceLocation)
        }
    }

    private func podAddress(_ name: String) throws -> String {
        guard let address = try Node(root: root).desired().endpoints.first(where: { $0.pod.name == name })?.addresses.first else {
            throw Failure("no pod \(name)")
        }
        return address.description
    }
}
