import FoundationEssentials

/// Left by a speaker that may come back: tells the next one that peers may still hold its routes (RFC 4724). Document `marker`.
struct RestartMarker: Codable, Equatable {
    static let document = "marker"

    /// Of the kernel: after a reboot, nothing forwards what was announced before.
    var boot: String
    var pid: Int32
    var started: Timestamp
    /// To be used again: a peer knows the speaker by it.
    var routerID: String
    var node: String

    static var currentBoot: String { TextFile.line("/proc/sys/kernel/random/boot_id") ?? "" }

    init(pid: Int32, started: Timestamp, routerID: String, node: String) {
        boot = Self.currentBoot
        self.pid = pid
        self.started = started
        self.routerID = routerID
        self.node = node
    }

    init?(bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        self = value
    }

    var bytes: [UInt8]? { (try? JSONEncoder().encode(self)).map { Array($0) } }
}
