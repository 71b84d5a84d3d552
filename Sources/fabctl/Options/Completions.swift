import ArgumentParser
import Model
import Net
import Node

/// Candidates from the live node. They say nothing when there is none.
extension CompletionKind {
    static var endpoints: CompletionKind {
        .custom { _, _, _ in names { node in (try? node.endpoints().map { $0.endpoint.pod.description }) ?? [] } }
    }

    static var nodes: CompletionKind {
        .custom { _, _, _ in names { node in (try? node.desired().nodes.map(\.name)) ?? [] } }
    }

    static var addresses: CompletionKind {
        .custom { _, _, _ in
            names { node in (try? node.desired().ips.map { $0.prefix.isHost ? $0.prefix.address.description : $0.prefix.description }) ?? [] }
        }
    }

    static var devices: CompletionKind {
        .custom { _, _, _ in names { node in (try? node.deviceNames()) ?? [] } }
    }

    private static func names(_ list: (Node) -> [String]) -> [String] {
        list(Node(root: Environment.variable("FABCTL_BPFFS") ?? Node.defaultRoot)).map { Candidate($0) }.completions
    }
}
