import FoundationEssentials
import Glibc
import Model
import Node
import NodeTestSupport
import Testing

/// A command that is killed at any system call leaves the old state or the new one, and one whose system call fails the old one; `status` says
/// how far it came; the same command again succeeds; and no packet of other pods is lost meanwhile.
///
/// `make crash` (FABCTL_CRASH=every, or the name of a command) goes through all calls, `make test` through a share of those that change something.
@Suite("crashes", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct CrashTests {
    private static let isThorough = getenv("FABCTL_CRASH") != nil
    /// What is tried of each command in `make test`.
    private static let share = 10
    private static let errors = [ENOMEM, EPERM, ENOSPC, EBUSY]

    /// How a command comes to its end.
    private struct Blow: CustomStringConvertible {
        /// Counted among all calls, or among those that change something.
        let index: Int
        let ofChanges: Bool
        let fate: Fate

        var description: String { "\(fate) at \(ofChanges ? "change" : "call") \(index)" }
    }

    /// - Returns: how the command ended, and the call that was struck; nil when the command had ended before.
    private func strike(_ fabric: Fabric, _ command: CrashCommand, _ blow: Blow) throws -> (end: Finished, call: String?) {
        var changes = 0
        var struck: String?
        let end = try fabric.traced(command.arguments(fabric)) { call in
            if call.changesState { changes += 1 }
            guard struck == nil, blow.ofChanges ? call.changesState && changes == blow.index : call.index == blow.index else { return .goOn }
            struck = call.description
            return blow.fate
        }
        return (end, struck)
    }

    /// A command that comes while another stands still at any of its calls does all of its own before or after, or says that it is busy.
    @Test(arguments: [false, true]) func twoAtOnce(waiting: Bool) throws {
        let command = try #require(CrashCommand.all.first)
        try command.prepare { fabric in
            let states = try states(fabric, command)
            let other = ["node", "add", "node9", "--pod-cidr", "fd00:cafe:0:9::/64", "--via", "fd00:fab:1::1"]
            var generator = SeededGenerator(state: 20_261_128)
            let all = Array(1...states.calls)
            var codes: [Int32: Int] = [:]
            for index in Self.isThorough ? all : Array(all.shuffled(using: &generator).prefix(Self.share)) {
                var second: Running?
                let first = try fabric.traced(command.arguments(fabric)) { call in
                    guard call.index == index else { return .goOn }
                    second = try fabric.start([Fabric.program] + other + ["--timeout", waiting ? "20s" : "0s"])
                    // To its end, or until it waits; then the first goes on.
                    if waiting { usleep(30_000) } else { while second?.isRunning == true { usleep(1000) } }
                    return .goOn
                }
                let what = Comment(rawValue: "call \(index)")
                #expect(first.code == 0, "\(what): \(first.error)")
                guard let ended = try second?.finish() else { continue }
                codes[ended.code, default: 0] += 1
                if !waiting && ended.code == 75 {
                    expectRefusal(ended, 75, "another command is at work on \(fabric.root)")
                    try fabric.done(other)
                } else {
                    #expect(ended.code == 0, "\(what): \(ended.error)")
                }
                #expect(try fabric.fabctl("status", "--brief").output == "OK\n", what)
                try fabric.done("node", "delete", "node9")
                try fabric.expectSituation(states.new, what)
                try command.comeBack(fabric)
            }
            #expect(waiting || codes[75] != nil && codes[0] != nil, "\(codes)")
            print("two at once: \(codes.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" })")
        }
    }

    /// Runs the command once, and counts.
    private func count(_ fabric: Fabric, _ command: CrashCommand) throws -> (calls: Int, changes: Int) {
        var calls = 0
        var changes = 0
        let end = try fabric.traced(command.arguments(fabric)) { call in
            calls += 1
            if call.changesState { changes += 1 }
            return .goOn
        }
        guard end.code == 0 else { throw Failure("\(command.testDescription): \(end.code) \(end.error)") }
        return (calls, changes)
    }

    /// The state before and after a command.
    private struct States {
        let old: [String]
        let new: [String]
        let oldIntent: [String]?
        let newIntent: [String]?
        let calls: Int
        let changes: Int
    }

    private func states(_ fabric: Fabric, _ command: CrashCommand) throws -> States {
        let old = try fabric.situation()
        let oldIntent = try fabric.intent()
        let counted = try count(fabric, command)
        let new = try fabric.situation()
        let newIntent = try fabric.intent()
        try command.comeBack(fabric)
        try fabric.expectSituation(old, "")
        return States(old: old, new: new, oldIntent: oldIntent, newIntent: newIntent, calls: counted.calls, changes: counted.changes)
    }

    @Test(arguments: CrashCommand.chosen) func killed(_ command: CrashCommand) throws {
        try command.prepare { fabric in
            let states = try states(fabric, command)
            var generator = SeededGenerator(state: 20_261_126)
            var blows: [Blow] = []
            if Self.isThorough {
                blows = (1...states.calls).map { Blow(index: $0, ofChanges: false, fate: .kill) }
            } else {
                blows = (1...states.changes).shuffled(using: &generator).prefix(Self.share).sorted().map {
                    Blow(index: $0, ofChanges: true, fate: $0 % 2 == 0 ? .kill : .killAfter)
                }
            }
            var outcomes: [String: Int] = [:]
            for blow in blows {
                let struck = try strike(fabric, command, blow)
                guard let call = struck.call else {
                    try command.comeBack(fabric)
                    continue
                }
                let what = Comment(rawValue: "\(command.testDescription): \(blow), \(call)")
                #expect(struck.end.code == 128 + SIGKILL, what)
                outcomes[try expectOldOrNew(fabric, command, states, what), default: 0] += 1
                try fabric.expectSituation(states.new, what)
                try command.comeBack(fabric)
                try fabric.expectSituation(states.old, what)
            }
            print("\(command.testDescription): killed \(blows.count) times: \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })")
        }
    }

    /// Looks at what a killed command has left, and asks for the same again.
    /// - Returns: what it has left, in a word.
    private func expectOldOrNew(_ fabric: Fabric, _ command: CrashCommand, _ states: States, _ what: Comment) throws -> String {
        let intent = try fabric.intent()
        #expect(intent == states.oldIntent || intent == states.newIntent, what)
        let status = try fabric.fabctl("status", "-o", "json")
        let outcome = try outcome(fabric, command, states, status, what)
        let again = try fabric.fabctl(command.arguments(fabric))
        let isDone = outcome == "done" && states.oldIntent != states.newIntent
        #expect(again.code == 0 || (isDone && again.code == command.codeWhenDone), "\(what): again \(again.code) \(again.error)")
        if states.newIntent != nil { #expect(try fabric.fabctl("status", "--brief").output == "OK\n", what) }
        return outcome
    }

    private func outcome(_ fabric: Fabric, _ command: CrashCommand, _ states: States, _ status: Finished, _ what: Comment) throws -> String {
        let situation = try fabric.situation()
        if status.code == 69 {
            #expect(try fabric.intent() == nil, what)
            // Nothing is installed: nothing at all, or what a command left, and then that is said.
            if situation == states.old || situation == states.new { return situation == states.old ? "not begun" : "done" }
            #expect(status.error.contains(" left "), "\(what): \(status.error)")
            return "left over"
        }
        if command.beginsOlder, status.code == 78 {
            #expect(status.error.contains("fabctl install brings them to it"), "\(what): \(status.error)")
            return "not begun"
        }
        guard [0, 1].contains(status.code) else { throw Failure("\(what): status: \(status.code) \(status.error)") }
        let problems = try status.json()["problems"]?.elements ?? []
        let said = problems.compactMap { $0["subject"]?.string == "state" ? $0["message"]?.string : nil }
        if said.contains(where: { $0.contains("not carried out") }) {
            #expect(status.code == 1, what)
            return "pending"
        }
        let isSame = situation == states.old || situation == states.new
        #expect(isSame || said.contains { $0.contains("left") }, "\(what): \(problems)")
        if !isSame { return "left over" }
        let isDone = states.oldIntent == states.newIntent ? situation != states.old : try fabric.intent() == states.newIntent
        return isDone ? "done" : "not begun"
    }

    @Test(arguments: CrashCommand.chosen) func failed(_ command: CrashCommand) throws {
        try command.prepare { fabric in
            let states = try states(fabric, command)
            var generator = SeededGenerator(state: 20_261_127)
            var blows = (1...states.changes).flatMap { index in Self.errors.map { Blow(index: index, ofChanges: true, fate: .fail($0)) } }
            if !Self.isThorough { blows = Array(blows.shuffled(using: &generator).prefix(Self.share)) }
            var outcomes: [String: Int] = [:]
            for blow in blows {
                let struck = try strike(fabric, command, blow)
                guard let call = struck.call else {
                    // It had less to do this time: nothing failed.
                    try command.comeBack(fabric)
                    continue
                }
                let what = Comment(rawValue: "\(command.testDescription): \(blow), \(call): \(struck.end.code) \(struck.end.error)")
                outcomes["\(struck.end.code)", default: 0] += 1
                if struck.end.code == 0 {
                    try fabric.expectSituation(states.new, what)
                } else {
                    #expect([65, 69, 74, 75, 77].contains(struck.end.code) || command.goesForward && struck.end.code == 1, what)
                    if struck.end.code != 1 { expectRefusal(struck.end, struck.end.code) }
                    if !command.goesForward {
                        try fabric.expectSituation(states.old, what)
                        if command.isOnNode && !command.beginsOlder { #expect(try fabric.fabctl("status", "--brief").output == "OK\n", what) }
                    }
                    let again = try fabric.fabctl(command.arguments(fabric))
                    #expect(again.code == 0, "\(what): again \(again.code) \(again.error)")
                    try fabric.expectSituation(states.new, what)
                }
                try command.comeBack(fabric)
                try fabric.expectSituation(states.old, what)
            }
            print(
                "\(command.testDescription): failed \(blows.count) times: \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" })"
            )
        }
    }
}

/// Reproducible random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
