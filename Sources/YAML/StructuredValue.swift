/// A value as JSON knows it, with the keys of objects in the order they were given. What commands print with `-o json` and
/// `-o yaml`.
///
///     let route: StructuredValue = ["prefix": .init(prefix.description), "mtu": 1500, "kernel": nil]
public enum StructuredValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    /// For what `int` cannot hold; `init(_: UInt64)` decides.
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case array([StructuredValue])
    /// Names are expected to be there once.
    case object([Field])

    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: StructuredValue

        public init(_ name: String, _ value: StructuredValue) {
            self.name = name
            self.value = value
        }
    }
}

/// A type that commands can print as it is.
public protocol StructuredValueConvertible {
    var structuredValue: StructuredValue { get }
}

extension StructuredValue: StructuredValueConvertible {
    public var structuredValue: StructuredValue { self }

    public init(_ value: some StructuredValueConvertible) { self = value.structuredValue }

    /// The value of a name in an object. Setting adds the name at the end or replaces its value; setting nil takes it out.
    /// A value that is no object has no names, and setting one does nothing.
    public subscript(name: String) -> StructuredValue? {
        get {
            guard case .object(let fields) = self else { return nil }
            return fields.first { $0.name == name }?.value
        }
        set {
            guard case .object(var fields) = self else { return }
            let index = fields.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): fields[index].value = value
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(Field(name, value))
            case (nil, nil): break
            }
            self = .object(fields)
        }
    }
}

extension StructuredValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension StructuredValue: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension StructuredValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: StructuredValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, StructuredValue)...) { self = .object(elements.map { Field($0, $1) }) }
}

extension Bool: StructuredValueConvertible {
    public var structuredValue: StructuredValue { .bool(self) }
}

extension String: StructuredValueConvertible {
    public var structuredValue: StructuredValue { .string(self) }
}

extension Double: StructuredValueConvertible {
    public var structuredValue: StructuredValue { .double(self) }
}

extension FixedWidthInteger where Self: StructuredValueConvertible {
    public var structuredValue: StructuredValue { Int(exactly: self).map { .int($0) } ?? .unsigned(UInt64(clamping: self)) }
}

extension Int: StructuredValueConvertible {}
extension Int32: StructuredValueConvertible {}
extension Int64: StructuredValueConvertible {}
extension UInt8: StructuredValueConvertible {}
extension UInt16: StructuredValueConvertible {}
extension UInt32: StructuredValueConvertible {}
extension UInt64: StructuredValueConvertible {}
extension UInt: StructuredValueConvertible {}

extension Optional: StructuredValueConvertible where Wrapped: StructuredValueConvertible {
    /// Nil is null.
    public var structuredValue: StructuredValue { map(\.structuredValue) ?? .null }
}

extension Array: StructuredValueConvertible where Element: StructuredValueConvertible {
    public var structuredValue: StructuredValue { .array(map(\.structuredValue)) }
}

extension Dictionary: StructuredValueConvertible where Key == String, Value: StructuredValueConvertible {
    /// Sorted by name.
    public var structuredValue: StructuredValue {
        .object(sorted { $0.key < $1.key }.map { StructuredValue.Field($0.key, $0.value.structuredValue) })
    }
}

extension YAMLNode: StructuredValueConvertible {
    /// Without positions, styles and tags.
    public var structuredValue: StructuredValue {
        switch content {
        case .sequence(let elements): .array(elements.map(\.structuredValue))
        case .mapping(let mapping): .object(mapping.map { StructuredValue.Field($0.key, $0.value.structuredValue) })
        case .scalar(let scalar):
            switch scalar.value {
            case .null: .null
            case .bool(let value): .bool(value)
            case .int(let value): .int(value)
            case .unsigned(let value): .unsigned(value)
            case .double(let value): .double(value)
            case .string(let text): .string(text)
            }
        }
    }
}
