import FoundationEssentials
import Glibc
import Net
import Netlink
import Testing

/// What iproute2 says of the calling thread's namespace: a witness that shares no code with the module.
enum Witness {
    /// Runs `ip ARGUMENTS`, which must succeed.
    @discardableResult
    static func ip(_ arguments: String) throws -> String {
        try run(["ip"] + arguments.split(separator: " ").map(String.init))
    }

    /// Runs `tc ARGUMENTS`, which must succeed.
    @discardableResult
    static func tc(_ arguments: String) throws -> String {
        try run(["tc"] + arguments.split(separator: " ").map(String.init))
    }

    /// Runs `ip -j ARGUMENTS` and decodes the array that it prints; no output is an empty one.
    static func json(_ arguments: String) throws -> [JSON] {
        let text = try ip("-j " + arguments)
        guard text.contains("[") else { return [] }
        return try JSONDecoder().decode([JSON].self, from: Data(text.utf8)).filter { $0 != .object([:]) }
    }

    static func run(_ arguments: [String]) throws -> String {
        let child = try start(arguments)
        try #require(child.outcome == .exited(0), "\(arguments.joined(separator: " ")): \(child.output)")
        return child.output
    }

    /// Runs a program to its end, with standard output and error in one text.
    static func start(_ arguments: [String], in namespace: borrowing NetworkNamespace) throws -> (outcome: ChildProcess.Outcome, output: String) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        var text: [UInt8] = []
        let child: ChildProcess
        do {
            defer { close(ends[1]) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            child = try namespace.spawn(arguments, output: ends[1], error: ends[1])
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        return (try child.wait(), String(decoding: text, as: UTF8.self))
    }

    static func start(_ arguments: [String]) throws -> (outcome: ChildProcess.Outcome, output: String) {
        let namespace = try NetworkNamespace.current()
        return try start(arguments, in: namespace)
    }
}

/// Any JSON value.
enum JSON: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Int)
    case real(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode(Double.self) {
            self = .real(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// A field of an object, nil when there is none.
    subscript(_ key: String) -> JSON? {
        if case .object(let fields) = self { return fields[key] }
        return nil
    }

    subscript(_ index: Int) -> JSON? {
        if case .array(let elements) = self, elements.indices.contains(index) { return elements[index] }
        return nil
    }

    var text: String? { if case .string(let value) = self { value } else { nil } }
    var number: Int? { if case .number(let value) = self { value } else { nil } }
    var elements: [JSON] { if case .array(let value) = self { value } else { [] } }
}

/// Two joined devices, `a` and `b`, up and without link-local addresses by themselves, `a` with fe80::a and fd00:a::1/64.
func makePair(_ socket: inout NetlinkSocket) throws -> (a: Link, b: Link) {
    try socket.createVeth(
        VethEnd(name: "a", macAddress: MACAddress(0x0200_0000_000a)), peer: VethEnd(name: "b", macAddress: MACAddress(0x0200_0000_000b)))
    for name in ["a", "b"] {
        let link = try #require(try socket.link(named: name))
        try socket.setLink(link.index, LinkChange(up: true, addressGeneration: LinkChange.AddressGeneration.none))
    }
    // Until the kernel has noted the carrier, the routes of a device say that they have none.
    for _ in 0..<200 {
        if try socket.links().filter({ $0.name != "lo" }).allSatisfy(\.hasCarrier) { break }
        usleep(10_000)
    }
    let a = try #require(try socket.link(named: "a"))
    let b = try #require(try socket.link(named: "b"))
    try socket.addAddress(InterfaceAddress(address("fe80::a"), prefixLength: 64, ifindex: a.index, scope: .link, flags: .noDAD))
    try socket.addAddress(InterfaceAddress(address("fd00:a::1"), prefixLength: 64, ifindex: a.index, flags: .noDAD))
    return (a, b)
}

func address(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> IPAddress {
    try #require(IPAddress(text), sourceLocation: location)
}

func prefix(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Prefix {
    try #require(Prefix(text), sourceLocation: location)
}
