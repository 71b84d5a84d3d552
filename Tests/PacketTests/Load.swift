import Glibc
import Net
import Netlink
import NodeTestSupport

/// fabctl-load on a fabric: both ends in the namespaces of members.
struct Load {
    let fabric: Fabric

    /// The one that was built with the tests.
    private static var program: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/fabctl-load"
    }

    func start(_ verb: String, from client: String, to server: String? = nil, _ arguments: [String]) throws -> Running {
        let ends = ["--client", fabric.path(client)] + (server.map { ["--server", fabric.path($0)] } ?? [])
        return try Running.start([Self.program, verb] + ends + arguments, in: .current())
    }

    /// - Returns: what it found, when it has ended.
    func run(_ verb: String, from client: String, to server: String? = nil, _ arguments: [String]) throws -> JSON {
        try Self.result(start(verb, from: client, to: server, arguments))
    }

    static func result(_ running: Running) throws -> JSON {
        let finished = try running.finish()
        guard let line = finished.output.split(separator: "\n").last else { throw Failure("fabctl-load: \(finished.code) \(finished.error)") }
        return try JSON(line)
    }

    /// Connections that carry a message each all the time, once all are open.
    func hold(from client: String, to server: String, _ address: String, port: Int, connections: Int, seconds: Double) throws -> Running {
        let running = try start(
            "hold", from: client, to: server,
            ["--to", address, "--port", "\(port)", "--connections", "\(connections)", "--seconds", "\(seconds)", "--rate", "20"])
        guard eventually(seconds: 30, { running.outputSoFar.contains("open") }) else {
            throw Failure("connections from \(client) to \(server): \(try running.kill().error)")
        }
        return running
    }
}
