import Model
import Net

/// What is left to do of a committed change, beyond making the kernel agree with the documents. A document of its own, there until all
/// of it is done.
struct Pending: Codable {
    static let document = "pending"

    /// Devices that fabctl made and nothing asks for any more.
    var removeDevices: [String] = []
    /// Adopted devices that are no longer a pod's, and stay.
    var releaseDevices: [Release] = []
    /// Load the programs of the binary that carries this out.
    var load = false
    /// Make all maps anew beside those that are there, which have another layout, and let them take their place.
    var remake = false
    /// The node is being uninstalled.
    var uninstall = false
    /// What is different from before, in words: `delete node node2`.
    var changes: [String] = []

    /// What was put on an adopted device.
    struct Release: Codable {
        var device: String
        var addresses: [IPAddress]

        init(_ endpoint: Endpoint) {
            device = endpoint.device
            addresses = endpoint.addresses
        }
    }

    init() {}

    init(bytes: [UInt8]) throws(NodeError) { self = try decode(Pending.self, bytes, Self.document) }

    var bytes: [UInt8] {
        get throws(NodeError) { try encoded(self) }
    }
}

extension Pending {
    /// What `status` says of it.
    var problem: Problem {
        if uninstall {
            return Problem("state", "an uninstall was begun and not carried out completely", remedy: "fabctl uninstall goes on with it")
        }
        let listed = changes.prefix(3).joined(separator: ", ") + (changes.count > 3 ? " and \(changes.count - 3) more" : "")
        return Problem("state", "a change was committed and not carried out completely" + (changes.isEmpty ? "" : ": \(listed)"))
    }
}
