import FoundationEssentials

/// What a command printed with `-o json`.
public enum JSON: Decodable, Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// - Throws: when it is not JSON.
    public init(_ text: some StringProtocol) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// A member of an object; nil when there is none, or this is no object.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    public subscript(index: Int) -> JSON? { elements.indices.contains(index) ? elements[index] : nil }

    /// Of an array; none otherwise.
    public var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// Of an object, sorted.
    public var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.keys.sorted()
    }

    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    public var int: Int? {
        guard case .number(let value) = self else { return nil }
        return Int(exactly: value)
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var strings: [String] { elements.compactMap(\.string) }
}

extension Finished {
    /// - Throws: when the output is not one JSON value.
    public func json() throws -> JSON { try JSON(output) }

    /// One value a line.
    public func jsonLines() throws -> [JSON] { try output.split(separator: "\n").map { try JSON($0) } }
}
