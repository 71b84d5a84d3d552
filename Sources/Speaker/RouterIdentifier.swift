import Netlink
import BGP
import Glibc
import Net

/// Finds a BGP Identifier for a node that was given none: four bytes, not 0, unique among the nodes, the same after a restart.
enum RouterIdentifier {
    /// An IPv4 address of the node where it has one, loopback's first; otherwise a hash of what tells nodes apart.
    static func derive(_ interfaces: NodeInterfaces, node: String) -> RouterID {
        let loopback = interfaces.links.filter(\.isLoopback).map(\.index)
        let rest = interfaces.links.filter { !$0.isLoopback }.map(\.index)
        for index in loopback + rest {
            if let address = interfaces.global(on: index).first(where: \.isIPv4)?.ipv4 { return RouterID(address) }
        }
        // Machine and name do for nodes of a cluster; addresses of loopback and the first port's MAC for several on one machine.
        var traits = [machineID, node]
        traits += loopback.flatMap { interfaces.global(on: $0) }.map(\.description)
        traits += interfaces.links.filter { !$0.isLoopback }.sorted { $0.index < $1.index }.prefix(1).compactMap { $0.macAddress?.description }
        return RouterID(hash(traits.joined(separator: "\n")))
    }

    private static func hash(_ text: String) -> UInt32 {
        // FNV-1a, 64 bits (RFC 9923), folded.
        let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let folded = UInt32(truncatingIfNeeded: hash ^ hash >> 32)
        return folded == 0 ? 1 : folded
    }

    private static var machineID: String { TextFile.line("/etc/machine-id") ?? "" }
}

/// Small files of the system.
enum TextFile {
    /// The first line; nil when there is none.
    static func line(_ path: String) -> String? {
        bytes(path, limit: 4096).flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) }
    }

    static func bytes(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
