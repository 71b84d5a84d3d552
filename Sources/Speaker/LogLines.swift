public import Logging
import Glibc

/// Writes a line for each event: time, level, words, then `key=value` for the rest, in alphabetical order.
public struct LogLines: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let descriptor: Int32

    public init(level: Logger.Level, descriptor: Int32 = 2) {
        logLevel = level
        self.descriptor = descriptor
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let values = all.map { " \($0.key)=\(Self.value($0.value.description))" }.joined()
        var line = "\(Timestamp.now) \(event.level) \(event.message)\(values)\n"
        // One call, so that lines of several processes in one journal stay whole.
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Quoted where a reader could not tell where it ends.
    private static func value(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        if isPlain { return text }
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            default:
                scalar.value < 32 || scalar.value == 127 ? "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16) : String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
