import BGPConfig
import ArgumentParser
import FoundationEssentials
import Node
import Speaker
import Store
import YAML

/// What a speaker saw last, and whether it still looks.
struct BGPView {
    let client: SpeakerClient
    let isRunning: Bool
    let status: SpeakerStatus

    /// - Throws: `unavailable` where no speaker has ever run.
    init(_ options: NodeOptions) throws(NodeError) {
        let client = SpeakerClient(root: Root(options.node.path))
        self.client = client
        isRunning = try speaking { () throws(SpeakerError) in try client.isRunning }
        guard let status = try speaking({ () throws(SpeakerError) in try client.status() }) else {
            throw NodeError(.unavailable, "no speaker runs at \(options.node.path), and none has", hint: "fabctl bgp run starts one")
        }
        self.status = status
    }

    /// Peers that the words mean; all when there are none.
    func peers(_ words: [String]) throws(NodeError) -> [PeerStatus] {
        var found: [PeerStatus] = []
        for word in words {
            let matching = status.peers.filter { $0.isNamed(word) }
            if matching.isEmpty { throw NodeError(.negative, "there is no peer \(word)", hint: "fabctl bgp peers lists them") }
            found += matching.filter { peer in !found.contains { $0.key == peer.key } }
        }
        return words.isEmpty ? status.peers : found
    }

    /// To be called when all is printed.
    /// - Throws: `unavailable` when the speaker no longer runs: what was printed is old.
    func requireRunning() throws(NodeError) {
        guard !isRunning else { return }
        let age = NodeStatus.duration(UInt64(max(0, status.written.distance(to: .now))))
        throw NodeError(
            .unavailable, "no speaker is running: this is what the last one saw, \(age) ago" + (status.stopped ? ", before it was stopped" : ""),
            hint: "fabctl bgp run starts one")
    }
}

extension PeerStatus {
    func isNamed(_ word: String) -> Bool {
        let plain = address.filter { $0 != "[" && $0 != "]" }
        return [name, key, address, plain, plain.split(separator: "%").first.map(String.init), interface].contains(word)
    }

    var uptime: String { established.map { NodeStatus.duration(UInt64(max(0, $0.distance(to: .now)))) } ?? "" }

    /// AS of the peer, as far as it is known.
    var asText: String { remoteASN.map(String.init) ?? (peerASN == 0 ? "any" : "\(peerASN)") }

    /// Why it is not up, in a line; nil when it is.
    var trouble: String? {
        if state == "established" { return nil }
        if let obstacle { return obstacle }
        let events = [lastDown, lastConnectFailure].compactMap(\.self)
        return hints.first ?? events.max { $0.at < $1.at }?.reason
    }
}

/// A document's value for `-o json` and `-o yaml`, fields in alphabetical order.
func structured(_ value: some Encodable) -> StructuredValue {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value), let documents = try? YAMLReader.documents(in: Array(data), file: "") else { return .null }
    return documents.first?.root.structuredValue ?? .null
}

/// What a peer or an operator elsewhere wrote, safe for a terminal.
func quotedForTerminal(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 32 || (127...159).contains($0.value) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }
    return "\"\(scalars.joined())\""
}

extension CompletionKind {
    static var bgpPeers: CompletionKind {
        .custom { _, _, _ in
            let root = Root(Environment.variable("FABCTL_BPFFS") ?? Node.defaultRoot)
            return ((try? SpeakerClient(root: root).status()) ?? nil)?.peers.map { Candidate($0.name) }.completions ?? []
        }
    }

    static var bgpFlagPeers: CompletionKind {
        .custom { _, _, _ in
            let node = Node(root: Environment.variable("FABCTL_BPFFS") ?? Node.defaultRoot)
            return ((try? node.bgpIntent().peers) ?? []).map { Candidate($0.name) }.completions
        }
    }
}
