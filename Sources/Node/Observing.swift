import BPF
import CFabricABI
import Datapath
public import Store

extension Node {
    /// The directory of the maps' pins.
    public var mapsDirectory: String { maps }

    /// Names of devices by index, for events; empty when the node lives in another namespace.
    public func interfaceNames() -> [UInt32: String] {
        guard let desired = try? desired(), isOwnNamespace(desired), let facts = try? facts() else { return [:] }
        return Dictionary(facts.devices.map { (UInt32($0.ifindex), $0.name) }) { first, _ in first }
    }

    /// Takes one of the places for live observers.
    /// - Throws: `busy` when all are taken.
    public func claimObserverSlot() throws(NodeError) -> ObserverSlot {
        try requireInstalled()
        do throws(StoreError) {
            return try Root(path).claimObserverSlot(of: Int(FABRIC_OBSERVERS))
        } catch .busy {
            throw NodeError(
                .busy, "all \(FABRIC_OBSERVERS) places for live observers are taken", hint: "end one, or read the history without --follow")
        } catch {
            throw NodeError(error)
        }
    }
}
