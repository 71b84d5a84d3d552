import Glibc

/// Runs code on a thread of its own, so that what it does to its thread (entering or leaving namespaces) ends with it.
enum NamespaceThread {
    /// Runs `body` on a new thread and waits for it.
    /// - Throws: NetlinkError when no thread can be made; what `body` throws is in the result.
    static func run<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(NetlinkError) -> Result<R, E> {
        var outcome: Result<R, E>?
        let code = withoutActuallyEscaping(body) { body in
            let work = Work {
                do throws(E) {
                    outcome = .success(try body())
                } catch {
                    outcome = .failure(error)
                }
            }
            return work.run()
        }
        guard code == 0 else { throw NetlinkError(operation: "start a thread", code: code) }
        guard let outcome = outcome.take() else { throw NetlinkError(operation: "run a thread", code: ECANCELED) }
        return outcome
    }

    /// What the new thread is given through C's void pointer.
    private final class Work {
        private let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }

        /// - Returns: 0 once the thread has ended, or an errno when there was none.
        func run() -> Int32 {
            var thread = pthread_t()
            let context = Unmanaged.passUnretained(self).toOpaque()
            let code = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().body() }
                    return nil
                }, context)
            guard code == 0 else { return code }
            return withExtendedLifetime(self) { pthread_join(thread, nil) }
        }
    }
}
