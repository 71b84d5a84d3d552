public import Store

/// What `bgp run` was asked.
public struct SpeakerOptions: Sendable {
    public var root: Root
    /// Manifests to be followed in place of the node's BGP document.
    public var file: String?
    /// Nil: that of the node's config, or the hostname.
    public var nodeName: String?
    public var nodeLabels: [String: String] = [:]
    /// Directories with a file for each password.
    public var secrets: [String] = []
    /// Shown by the peer's tools.
    public var version: String

    public init(root: Root, version: String) {
        self.root = root
        self.version = version
    }

    /// Where the speaker tells what it sees.
    var runtime: RuntimeDirectory { RuntimeDirectory("bgp", of: root) }
}
