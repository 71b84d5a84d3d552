import Capture
import Glibc
import Netlink

extension Lab {
    public struct UpOptions: Sendable {
        /// Whether nodes are installed and pods attached, after namespaces and links.
        public var install = true
        /// Whether the nodes run `fabctl bgp run` where the switches speak BGP.
        public var speakers = true
        /// Leave what was made when something fails.
        public var keep = false
        /// Seconds to wait for another command that works on this lab.
        public var patience = Lab.standardPatience
        /// The fabctl to run on nodes.
        public var program = "/proc/self/exe"

        public init(
            install: Bool = true, speakers: Bool = true, keep: Bool = false, patience: Double = Lab.standardPatience,
            program: String = "/proc/self/exe"
        ) {
            self.install = install
            self.speakers = speakers
            self.keep = keep
            self.patience = patience
            self.program = program
        }
    }

    /// Builds the lab. What fails, or is interrupted, is removed again.
    /// - Parameters:
    ///   - topology: valid (`TopologyFile.read`, `Topology.validate`).
    ///   - progress: told of each step before it is done.
    public func up(_ topology: Topology, _ options: UpOptions = UpOptions(), progress: (String) -> Void = { _ in }) throws(LabError) -> LabPlan {
        try Self.requireRoot()
        do throws(TopologyProblem) {
            try topology.validate()
        } catch {
            throw LabError(.invalid, "topology: \(error)")
        }
        try SwitchDaemons.check(topology.switches)
        let signals = try StopSignals.held()
        let store = try LabStore(name: name, paths: paths, patience: options.patience)
        if let record = try store.read() {
            let state = record.stage == .building ? "was left half made by a lab up that did not end" : "exists already"
            throw LabError(.invalid, "lab \(name) \(state)", hint: "fabctl lab down --name \(name) removes it")
        }
        let plan = LabPlan(name: name, topology: topology)
        let record = LabRecord(plan: plan, boot: try LabStore.boot(), bpffs: "\(paths.bpffs)/\(name)")
        var builder = LabBuilder(store: store, record: record)
        builder.stop = signals.descriptor
        do throws(LabError) {
            try builder.checkNames()
            for step in LabBuilder.steps(plan, paths, options) {
                if signals.isRaised { throw LabError(.interrupted, "lab up of \(name): interrupted") }
                progress(step.title)
                try step.run(&builder)
            }
            return plan
        } catch {
            if options.keep { throw error }
            progress("removing what was made")
            do throws(LabError) {
                _ = try builder.tearDown()
            } catch let second {
                throw LabError(error.kind, "\(error.message); then \(second.message)", hint: "fabctl lab down --name \(name) tries again")
            }
            throw error
        }
    }

    /// What `up` would do, step by step, in words.
    public func steps(_ topology: Topology, _ options: UpOptions = UpOptions()) throws(LabError) -> [String] {
        do throws(TopologyProblem) {
            try topology.validate()
        } catch {
            throw LabError(.invalid, "topology: \(error)")
        }
        let plan = LabPlan(name: name, topology: topology)
        return LabBuilder.steps(plan, paths, options).map(\.title)
    }
}
