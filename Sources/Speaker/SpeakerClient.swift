import FoundationEssentials
import Glibc
public import Store

/// What commands see of a speaker, whether it runs or not.
public struct SpeakerClient: Sendable {
    private let runtime: RuntimeDirectory

    public init(root: Root) { runtime = RuntimeDirectory("bgp", of: root) }

    public var isRunning: Bool {
        get throws(SpeakerError) {
            do throws(StoreError) {
                return try runtime.isLocked()
            } catch {
                throw SpeakerError(error)
            }
        }
    }

    /// What the speaker wrote last; nil where none has ever run.
    public func status() throws(SpeakerError) -> SpeakerStatus? {
        guard let bytes = try read(SpeakerStatus.document) else { return nil }
        do {
            return try SpeakerStatus(bytes: bytes)
        } catch {
            throw SpeakerError(.stored, "document bgp/status cannot be read: \(error)", hint: "use the fabctl that runs the speaker")
        }
    }

    public func routes() throws(SpeakerError) -> RoutesDocument? {
        guard let bytes = try read(RoutesDocument.name) else { return nil }
        guard let document = RoutesDocument(bytes: bytes) else {
            throw SpeakerError(.stored, "document bgp/routes cannot be read", hint: "use the fabctl that runs the speaker")
        }
        return document
    }

    /// Asks the speaker to do something, and waits for its answer.
    /// - Parameter timeout: ns.
    public func send(_ request: SpeakerRequest, timeout: UInt64) throws(SpeakerError) -> SpeakerAnswer {
        guard try isRunning else {
            throw SpeakerError(.unavailable, "no speaker is running", hint: "fabctl bgp run starts one")
        }
        let id = "\(getpid())-\(UInt32.random(in: .min ... .max))"
        guard let bytes = try? JSONEncoder().encode(request) else { throw SpeakerError(.invalid, "the request cannot be written") }
        do throws(StoreError) {
            try runtime.write("request-\(id)", Array(bytes))
        } catch {
            throw SpeakerError(error)
        }
        let deadline = ContinuousClock.now + .nanoseconds(Int64(clamping: timeout))
        repeat {
            if let answer = try read("answer-\(id)") {
                _ = try? runtime.remove("answer-\(id)")
                guard let decoded = try? JSONDecoder().decode(SpeakerAnswer.self, from: Data(answer)) else {
                    throw SpeakerError(.stored, "the speaker's answer cannot be read", hint: "is it the same fabctl?")
                }
                return decoded
            }
            usleep(2000)
        } while ContinuousClock.now < deadline
        _ = try? runtime.remove("request-\(id)")
        throw SpeakerError(.busy, "the speaker does not answer", hint: "wait longer with --timeout; its log says what it does")
    }

    private func read(_ document: String) throws(SpeakerError) -> [UInt8]? {
        do throws(StoreError) {
            return try runtime.read(document)?.bytes
        } catch {
            throw SpeakerError(error)
        }
    }
}
