import FoundationEssentials
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
    /// The node is being uninstalled.
    var uninstall = false

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

    init(bytes: [UInt8]) throws(NodeError) {
        do {
            self = try JSONDecoder().decode(Pending.self, from: Data(bytes))
        } catch {
            throw NodeError(.stored, "document pending cannot be read: \(error)")
        }
    }

    var bytes: [UInt8] {
        get throws(NodeError) {
            do {
                return Array(try JSONEncoder().encode(self))
            } catch {
                throw NodeError(.internal, "encode document pending: \(error)")
            }
        }
    }
}
