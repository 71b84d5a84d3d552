/// Why packets could not be captured: one line.
public struct CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The filter expression is not one.
        case expression
        /// There is no such device here, or it cannot be captured on.
        case device
        case permission
        /// The file to write.
        case file
        /// The kernel, while capturing.
        case system
    }

    public let kind: Kind
    public let message: String

    public var description: String { message }
}
