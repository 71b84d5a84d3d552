/// An AS_PATH (RFC 4271 section 4.3). Nearest AS first.
public struct ASPath: Hashable, Sendable {
    public var segments: [Segment]

    public init(_ segments: [Segment] = []) { self.segments = segments }

    public struct Segment: Hashable, Sendable {
        public enum Kind: UInt8, Hashable, Sendable {
            case set = 1
            case sequence = 2
        }

        public let kind: Kind
        public let numbers: [UInt32]

        public init(_ kind: Kind, _ numbers: [UInt32]) {
            self.kind = kind
            self.numbers = numbers
        }
    }

    /// Length as route selection counts it: a set is one hop (RFC 4271 section 9.1.2.2).
    public var length: Int { segments.reduce(0) { $0 + ($1.kind == .set ? 1 : $1.numbers.count) } }
    public var first: UInt32? { segments.first?.numbers.first }
    public func contains(_ number: UInt32) -> Bool { segments.contains { $0.numbers.contains(number) } }
}

extension ASPath: CustomStringConvertible {
    /// `65001 65002 {65003,65004}`.
    public var description: String {
        segments.map { segment in
            let numbers = segment.numbers.map(String.init)
            return segment.kind == .set ? "{\(numbers.joined(separator: ","))}" : numbers.joined(separator: " ")
        }.joined(separator: " ")
    }
}
