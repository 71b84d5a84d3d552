import BGPConfig
import Node
import Speaker

extension Node {
    /// What is asked of BGP on this node.
    func bgpIntent() throws(NodeError) -> BGPIntent { try BGPIntent(stored: try document(BGPIntent.document)) }

    /// Edits what is asked of BGP. An intent that asks nothing leaves no document.
    func changeBGP<R>(_ change: ChangeOptions, _ body: (inout BGPIntent) throws(NodeError) -> R) throws(NodeError) -> R {
        try changeDocument(BGPIntent.document, dryRun: change.dryRun, timeout: change.timeout.nanoseconds) {
            (bytes: inout [UInt8]?) throws(NodeError) in
            var intent = try BGPIntent(stored: bytes)
            let result = try body(&intent)
            do {
                bytes = intent.isEmpty ? nil : try intent.bytes()
            } catch {
                throw NodeError(.internal, "encode document \(BGPIntent.document): \(error)")
            }
            return result
        }
    }
}

extension BGPIntent {
    fileprivate init(stored bytes: [UInt8]?) throws(NodeError) {
        guard let bytes else {
            self.init()
            return
        }
        do {
            try self.init(bytes: bytes)
        } catch {
            throw NodeError(.stored, "document \(BGPIntent.document) cannot be read: \(error)", hint: "use the fabctl that wrote it")
        }
    }
}

extension NodeError {
    init(_ error: SpeakerError) {
        let kind: Kind =
            switch error.kind {
            case .invalid: .invalid
            case .unavailable: .unavailable
            case .system: .system
            case .busy: .busy
            case .permission: .permission
            case .stored: .stored
            }
        self.init(kind, error.message, hint: error.hint)
    }
}

/// Runs what fails in the speaker's terms, in ours.
func speaking<R>(_ body: () throws(SpeakerError) -> R) throws(NodeError) -> R {
    do throws(SpeakerError) {
        return try body()
    } catch {
        throw NodeError(error)
    }
}

/// Reads manifests; what is wrong is told as lines, or as JSON or YAML where that is what the command prints.
func readManifests(_ file: String, _ output: OutputOptions? = nil) throws(NodeError) -> [BGPResource] {
    let bytes = try readInput(file)
    do throws(BGPConfigError) {
        return try BGPManifestReader.read(bytes, file: file == "-" ? "standard input" : file)
    } catch {
        if let output, output.format != .text {
            output.write(error.structuredValue) { "" }
        } else {
            for problem in error.problems.dropLast() { Output.note("Error: \(problem)") }
        }
        let last = error.problems.last
        throw NodeError(.invalid, last?.description ?? "the manifests cannot be accepted", hint: "nothing was changed")
    }
}
