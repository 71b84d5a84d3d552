import FoundationEssentials
import Glibc
import Model
import Node
import NodeTestSupport
import Testing

/// A command that is killed at any system call leaves the old state or the new one, and one whose system call fails the old one; `status` says
/// how far it came; the same command again succeeds; and no packet of other pods is lost meanwhile.
///
/// `make crash` (FABCTL_CRASH=every) goes through all calls, `make test` through a share of those that change something.
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
        expectSame(old, try fabric.situation())
        return States(old: old, new: new, oldIntent: oldIntent, newIntent: newIntent, calls: counted.calls, changes: counted.changes)
    }

    @Test(arguments: CrashCommand.all) func killed(_ command: CrashCommand) throws {
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
                guard let call = struck.call else { break }
                let what = Comment(rawValue: "\(command.testDescription): \(blow), \(call)")
                #expect(struck.end.code == 128 + SIGKILL, what)
                outcomes[try expectOldOrNew(fabric, command, states, what), default: 0] += 1
                expectSame(states.new, try fabric.situation(), what)
                try command.comeBack(fabric)
                expectSame(states.old, try fabric.situation(), what)
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
        let outcome = try outcome(fabric, states, status, what)
        let again = try fabric.fabctl(command.arguments(fabric))
        let isDone = outcome == "done" && states.oldIntent != states.newIntent
        #expect(again.code == 0 || (isDone && again.code == command.codeWhenDone), "\(what): again \(again.code) \(again.error)")
        if states.newIntent != nil { #expect(try fabric.fabctl("status", "--brief").output == "OK\n", what) }
        return outcome
    }

    private func outcome(_ fabric: Fabric, _ states: States, _ status: Finished, _ what: Comment) throws -> String {
        let situation = try fabric.situation()
        if status.code == 69 {
            #expect(try fabric.intent() == nil, what)
            // Nothing is installed: nothing at all, or what a command left, and then that is said.
            if situation == states.old || situation == states.new { return situation == states.old ? "not begun" : "done" }
            #expect(status.error.contains("left"), "\(what): \(status.error)")
            return "left over"
        }
        let problems = try status.json()["problems"]?.elements ?? []
        let said = problems.compactMap { $0["subject"]?.string == "state" ? $0["message"]?.string : nil }
        if problems.contains(where: { $0["severity"]?.string == "error" }) && situation != states.old {
            #expect(status.code == 1 && said.contains { $0.contains("not carried out") }, "\(what): \(problems)")
            return "pending"
        }
        if situation == states.old || situation == states.new { return situation == states.old ? "not begun" : "done" }
        #expect(said.contains { $0.contains("left") }, "\(what): \(problems)")
        return "left over"
    }

    @Test(arguments: CrashCommand.all) func failed(_ command: CrashCommand) throws {
        try command.prepare { fabric in
            let states = try states(fabric, command)
            var generator = SeededGenerator(state: 20_261_127)
            var blows = (1...states.changes).flatMap { index in Self.errors.map { Blow(index: index, ofChanges: true, fate: .fail($0)) } }
            if !Self.isThorough { blows = Array(blows.shuffled(using: &generator).prefix(Self.share)) }
            var outcomes: [String: Int] = [:]
            for blow in blows {
                let struck = try strike(fabric, command, blow)
                guard let call = struck.call else { continue }
                let what = Comment(rawValue: "\(command.testDescription): \(blow), \(call): \(struck.end.code) \(struck.end.error)")
                outcomes["\(struck.end.code)", default: 0] += 1
                let situation = try fabric.situation()
                if struck.end.code == 0 {
                    expectSame(states.new, situation, what)
                } else {
                    expectRefusal(struck.end, struck.end.code)
                    #expect([65, 69, 74, 75, 77].contains(struck.end.code), what)
                    expectSame(states.old, situation, what)
                    if command.isOnNode && command.testDescription != "repair" {
                        #expect(try fabric.fabctl("status", "--brief").output == "OK\n", what)
                    }
                    #expect(try fabric.fabctl(command.arguments(fabric)).code == 0, what)
                    expectSame(states.new, try fabric.situation(), what)
                }
                try command.comeBack(fabric)
                expectSame(states.old, try fabric.situation(), what)
            }
            print(
                "\(command.testDescription): failed \(blows.count) times: \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" })"
            )
        }
    }
}
