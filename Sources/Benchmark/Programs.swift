import Glibc
import Netlink
import NodeTestSupport

/// The programs that sections run: the one that is measured, and the one that makes load.
struct Programs {
    var fabctl = Self.beside("fabctl")
    var load = Self.beside("fabctl-load")

    /// One of the same build as this program.
    private static func beside(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/\(name)"
    }

    /// Runs fabctl-load, which must succeed. Its ends go into their namespaces by themselves.
    /// - Returns: the last line that it printed.
    func load(_ arguments: [String]) throws -> JSON {
        let finished = try Running.start([load] + arguments, in: .current()).finish()
        guard let line = finished.output.split(separator: "\n").last else {
            throw BenchmarkError("fabctl-load \(arguments.joined(separator: " ")): \(finished.code) \(finished.error)")
        }
        return try JSON(line)
    }

    /// Runs a program in a namespace; it must succeed. What it prints goes nowhere.
    func taken(_ arguments: [String], in path: String, environment: [String: String] = [:]) throws -> Taken {
        let finished = try Running.start([load, "run", "--client", path, "--"] + arguments, in: .current(), environment: environment).finish()
        let result = try? JSON(finished.output)
        guard result?["code"]?.int == 0, case .number(let wall)? = result?["wall_ns"], case .number(let memory)? = result?["memory_bytes"] else {
            throw BenchmarkError("\(arguments.joined(separator: " ")): \(finished.output)\(finished.error)")
        }
        return Taken(wall: wall / 1e9, memory: memory)
    }
}

extension Programs {
    /// Runs a program, which must change whether datagrams from one place to another pass.
    /// - Parameters:
    ///   - client: paths of namespaces; datagrams go from the client to the address in the server's.
    ///   - path: where the program runs.
    func judged(
        _ arguments: [String], client: String, server: String, to address: String, in path: String, environment: [String: String]
    ) throws -> Taken {
        let load = [load, "judged", "--client", client, "--server", server, "--to", address, "--node", path, "--seconds", "20", "--"]
        let finished = try Running.start(load + arguments, in: .current(), environment: environment).finish()
        let result = try? JSON(finished.output)
        guard result?["code"]?.int == 0, case .number(let wall)? = result?["wall_ns"], case .number(let memory)? = result?["memory_bytes"],
            case .number(let judged)? = result?["judged_ns"], judged > 0
        else { throw BenchmarkError("\(arguments.joined(separator: " ")): \(finished.output)\(finished.error)") }
        return Taken(wall: wall / 1e9, memory: memory, judged: judged / 1e9)
    }
}

/// What a run of a program took.
struct Taken {
    /// Seconds.
    let wall: Double
    /// Largest resident memory, bytes.
    let memory: Double
    /// Seconds from its start until traffic was judged by it.
    var judged = 0.0
}
