/// A stored JSON value whose meaning this fabctl may no longer know: numbers stay as exact as they were written.
enum StoredValue: Codable, Hashable {
    case null
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([StoredValue])
    case object([String: StoredValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .signed(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .unsigned(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([StoredValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: StoredValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .signed(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Gives an object a member that it does not have; nothing else is touched.
    mutating func add(_ member: String, _ value: StoredValue) {
        guard case .object(var members) = self, members[member] == nil else { return }
        members[member] = value
        self = .object(members)
    }

    /// Changes each element of an array.
    mutating func forEach(_ change: (inout StoredValue) -> Void) {
        guard case .array(var elements) = self else { return }
        for index in elements.indices { change(&elements[index]) }
        self = .array(elements)
    }
}
