import CLinux
import CTestSupport
import Glibc
import Netlink

/// A system call that a program is about to make.
public struct SystemCall: CustomStringConvertible {
    fileprivate let call: ctest_call
    /// From 1, over all threads of the program.
    public let index: Int

    /// Whether it may change something outside the program.
    public var changesState: Bool { withUnsafePointer(to: call) { ctest_changes_state($0) } != 0 }

    public var number: Int { call.number }

    public var description: String {
        let name = withUnsafePointer(to: call) { String(cString: ctest_call_name($0)) }
        return "call \(index), \(name)(\(call.arguments.0))"
    }
}

/// What becomes of a system call.
public enum Fate: Hashable, Sendable {
    case goOn
    /// SIGKILL before the kernel has done anything of it.
    case kill
    /// SIGKILL once the kernel has done all of it.
    case killAfter
    /// It does nothing, and fails with this errno.
    case fail(Int32)

    fileprivate var code: Int32 {
        switch self {
        case .goOn: Int32(CTEST_GO_ON)
        case .kill: Int32(CTEST_KILL)
        case .killAfter: Int32(CTEST_KILL_AFTER)
        case .fail(let error): -error
        }
    }
}

extension Fabric {
    /// Runs fabctl as on the node, and asks at each of its system calls what is to become of it.
    public func traced(_ arguments: [String], _ fate: (SystemCall) throws -> Fate) throws -> Finished {
        let output = try Running.scratch()
        let error = try Running.scratch()
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { for descriptor in [output, error, nothing] { close(descriptor) } }
        let namespace = try namespace("n1")
        let code = try withoutActuallyEscaping(fate) { fate in
            let tracer = Tracer(fate)
            let code = try tracer.run(
                [Self.program] + arguments, ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC", "FABCTL_BPFFS=\(root)"],
                ctest_program(
                    arguments: nil, environment: nil, netns: namespace.descriptor, input: nothing, output: output, error: error, entered: nil,
                    context: nil))
            if let failure = tracer.failure { throw failure }
            return code
        }
        guard code >= 0 else { throw NetlinkError(operation: "trace fabctl", code: -code) }
        return Finished(code: code, output: Running.text(output), error: Running.text(error))
    }
}

/// A program traced by a thread of its own.
private final class Tracer {
    private let fate: (SystemCall) throws -> Fate
    private var count = 0
    private var program = ctest_program()
    private var code: Int32 = 0
    private(set) var failure: (any Error)?

    init(_ fate: @escaping (SystemCall) throws -> Fate) { self.fate = fate }

    private func entered(_ call: ctest_call) -> Int32 {
        count += 1
        do {
            return try fate(SystemCall(call: call, index: count)).code
        } catch {
            failure = failure ?? error
            return Int32(CTEST_KILL)
        }
    }

    func run(_ arguments: [String], _ environment: [String], _ program: ctest_program) throws -> Int32 {
        let lists = [arguments, environment].map { $0.map { strdup($0) } + [nil] }
        defer { for string in lists.joined() { free(string) } }
        return try lists[0].withUnsafeBufferPointer { arguments in
            try lists[1].withUnsafeBufferPointer { environment in
                self.program = program
                self.program.arguments = arguments.baseAddress
                self.program.environment = environment.baseAddress
                self.program.context = Unmanaged.passUnretained(self).toOpaque()
                self.program.entered = { context, call in
                    guard let context, let call else { return 0 }
                    return Unmanaged<Tracer>.fromOpaque(context).takeUnretainedValue().entered(call.pointee)
                }
                return try onThread()
            }
        }
    }

    private func onThread() throws -> Int32 {
        var thread = pthread_t()
        let made = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let tracer = Unmanaged<Tracer>.fromOpaque(context).takeUnretainedValue()
                tracer.code = ctest_trace(&tracer.program)
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        guard made == 0 else { throw NetlinkError(operation: "start a thread", code: made) }
        pthread_join(thread, nil)
        return code
    }
}
