import CLinux
import Glibc
public import Netlink
import Synchronization

/// Runs `body` in a network namespace made for it, its loopback device up, on a thread of its own. The namespace has no name: it is gone,
/// with all its devices and routes, as soon as nothing holds it any more, also when the test fails or crashes.
///
/// `body` may not suspend: after a suspension it could go on elsewhere.
public func withNetworkNamespace<R>(_ body: (borrowing NetworkNamespace) throws -> R) async throws -> R {
    let namespace = try NetworkNamespace.anonymous()
    let executor = try NamespaceExecutor()
    defer { executor.stop() }
    return try await withTaskExecutorPreference(executor) {
        let code = clinux_setns(namespace.descriptor, CLONE_NEWNET)
        guard code == 0 else { throw NetlinkError(operation: "enter a network namespace", code: -code) }
        var socket = try NetlinkSocket()
        try socket.setLink(1, LinkChange(up: true))
        return try body(namespace)
    }
}

/// Runs the jobs of a task on one thread. Unlike a bare thread it keeps the task, so that the testing library knows which test a failed
/// expectation belongs to.
private final class NamespaceExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var stopped = false
    }

    private let state = Mutex(State())
    /// Counts the jobs waiting, and the end.
    private let wake: Int32

    init() throws {
        wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_SEMAPHORE))
        guard wake >= 0 else { throw NetlinkError(operation: "create an event descriptor", code: errno) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<NamespaceExecutor>.fromOpaque(context).takeRetainedValue().loop() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw NetlinkError(operation: "start a thread", code: code)
        }
        pthread_detach(thread)
    }

    deinit { close(wake) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        eventfd_write(wake, 1)
    }

    /// Ends the thread once the jobs waiting are done.
    func stop() {
        state.withLock { $0.stopped = true }
        eventfd_write(wake, 1)
    }

    private func loop() {
        while true {
            var count: eventfd_t = 0
            eventfd_read(wake, &count)
            let (job, stopped) = state.withLock { state in
                state.jobs.isEmpty ? (nil, state.stopped) : (state.jobs.removeFirst(), false)
            }
            if let job { job.runSynchronously(on: asUnownedTaskExecutor()) } else if stopped { return }
        }
    }
}
