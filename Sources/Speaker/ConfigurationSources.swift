import BGPConfig
import FoundationEssentials
import Glibc
import Model
import Net
import Netlink
import Store

/// Where the speaker's configuration comes from: the node's BGP document and config, or a file of manifests.
struct ConfigurationSources {
    private let options: SpeakerOptions
    /// Can be read once only.
    private let standardInput: [UInt8]?

    struct Found: Equatable {
        var nodeName: String
        var plan: BGPPlan
        var podCIDRs: [Prefix]
    }

    init(_ options: SpeakerOptions) throws(SpeakerError) {
        self.options = options
        standardInput = options.file == "-" ? TextFile.bytes("/dev/stdin", limit: 64 << 20) : nil
        if options.file == nil, !options.root.isInstalled {
            throw SpeakerError(
                .unavailable, "fabctl is not installed at \(options.root.path)",
                hint: "fabctl install does it; with -f FILE the speaker needs no datapath")
        }
    }

    func read() throws(SpeakerError) -> Found {
        let config = try nodeConfig()
        if let config { try checkNamespace(config) }
        let intent = try intent()
        let name = options.nodeName ?? config?.name ?? loneNode(intent) ?? Self.hostname
        let plan = intent.plan(node: name, labels: options.nodeLabels)
        return Found(nodeName: name, plan: plan, podCIDRs: (config?.podCIDRs ?? plan.podCIDRs).sorted())
    }

    private func intent() throws(SpeakerError) -> BGPIntent {
        if let file = options.file {
            guard let bytes = file == "-" ? standardInput : TextFile.bytes(file, limit: 64 << 20) else {
                throw SpeakerError(.invalid, "read \(file): \(String(cString: strerror(errno)))")
            }
            do {
                return BGPIntent(try BGPManifestReader.read(bytes, file: file))
            } catch {
                throw SpeakerError(.invalid, "\(error)")
            }
        }
        guard let bytes = try snapshot()?[BGPIntent.document] else { return BGPIntent() }
        do {
            return try BGPIntent(bytes: bytes)
        } catch {
            throw SpeakerError(.stored, "document \(BGPIntent.document) cannot be read: \(error)", hint: "use the fabctl that wrote it")
        }
    }

    /// Nil where no datapath is installed.
    private func nodeConfig() throws(SpeakerError) -> NodeConfig? {
        guard let bytes = try snapshot()?["config"] else { return nil }
        do {
            return try JSONDecoder().decode(NodeConfig.self, from: Data(bytes))
        } catch {
            throw SpeakerError(.stored, "document config cannot be read: \(error)", hint: "use the fabctl that wrote it")
        }
    }

    private func snapshot() throws(SpeakerError) -> Snapshot? {
        guard options.root.isInstalled else { return nil }
        do throws(StoreError) {
            return try options.root.snapshot(only: ["config", BGPIntent.document])
        } catch {
            throw SpeakerError(error)
        }
    }

    /// A node's peers are on its own links.
    private func checkNamespace(_ config: NodeConfig) throws(SpeakerError) {
        guard let own = try? NetworkNamespace.current().identity(), config.netns != "\(own.device):\(own.inode)" else { return }
        throw SpeakerError(
            .invalid, "\(options.root.path) is a node in another network namespace",
            hint: "run the command there (nsenter --net=...), or name another node with --bpffs")
    }

    /// A file with one Node in it is about that.
    private func loneNode(_ intent: BGPIntent) -> String? {
        options.file != nil && intent.nodes.count == 1 ? intent.nodes[0].metadata.name : nil
    }

    private static var hostname: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
