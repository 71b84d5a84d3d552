public import BPF

/// Why the state of a node could not be read or written.
public enum StoreError: Error, Equatable, Sendable {
    /// There is no node at this root.
    case notInstalled(root: String)
    /// The root is not in a bpffs, or no bpffs can be seen from here.
    case notBPFFS(path: String)
    /// Another command holds what this one waited for.
    case busy(what: String)
    /// Written by another version of fabctl.
    case unknownVersion(document: String, found: UInt32, supported: UInt32)
    /// Not what fabctl writes, or changed since.
    case damaged(document: String, reason: String)
    /// Not a name for a document: lower-case letters, digits, `_` and `-`, at most 64 of them.
    case invalidName(String)
    /// The kernel refused.
    case kernel(BPFError)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notInstalled(let root): "no node is installed at \(root)"
        case .notBPFFS(let path): "\(path) is not in a bpffs"
        case .busy(let what): what
        case .unknownVersion(let document, let found, let supported):
            "read document \(document): it has format version \(found), this fabctl knows \(supported)"
        case .damaged(let document, let reason): "read document \(document): \(reason)"
        case .invalidName(let name): "\"\(name)\" is not a document's name (lower-case letters, digits, _ and -, at most 64)"
        case .kernel(let error): error.description
        }
    }
}

/// Runs `body`, and throws what the kernel refused as an error of the store.
func kernel<R: ~Copyable>(_ body: () throws(BPFError) -> R) throws(StoreError) -> R {
    do throws(BPFError) { return try body() } catch { throw .kernel(error) }
}

/// - Parameter result: a system call's: 0 or more, or a negative error number.
func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(StoreError) {
    if result < 0 { throw .kernel(BPFError(operation: operation(), code: -result)) }
}
