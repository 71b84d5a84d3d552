import CLinux
import Glibc
import Model
import Net
import Netlink

/// Makes a lab step by step, the record always one step ahead of what is there.
struct LabBuilder: ~Copyable {
    let store: LabStore
    var record: LabRecord
    /// By member. What is made needs them open.
    private var namespaces: [String: Holder] = [:]
    /// `fabctl bgp run` of the nodes.
    var speakers: [Speaker] = []
    /// Readable once the user has asked for the end.
    var stop: Int32 = -1

    /// A namespace in a collection.
    final class Holder {
        let namespace: NetworkNamespace
        init(_ namespace: consuming NetworkNamespace) { self.namespace = namespace }
    }

    struct Step {
        let title: String
        let run: (inout LabBuilder) throws(LabError) -> Void
    }

    init(store: consuming LabStore, record: LabRecord) {
        self.store = store
        self.record = record
    }

    var plan: LabPlan { record.plan }

    /// Finds names that are taken before anything is made.
    func checkNames() throws(LabError) {
        for member in plan.members {
            if try Files.identity(NetworkNamespace.path(of: member.namespace)) != nil { throw taken(member) }
        }
    }

    private func taken(_ member: LabMember) -> LabError {
        LabError(
            .invalid, "network namespace \(member.namespace) exists already, and this lab did not make it",
            hint: "give the lab another name, or remove it: ip netns delete \(member.namespace)")
    }

    static func steps(_ plan: LabPlan, _ paths: LabPaths, _ options: Lab.UpOptions) -> [Step] {
        var steps = [Step(title: "bpffs \(paths.bpffs)/\(plan.name)") { builder throws(LabError) in try builder.makeBPFFS() }]
        for member in plan.members {
            steps.append(Step(title: "namespace \(member.namespace)") { builder throws(LabError) in try builder.makeNamespace(member) })
        }
        for link in plan.links {
            steps.append(Step(title: "link \(link.name)") { builder throws(LabError) in try builder.makeLink(link) })
        }
        for member in plan.members {
            steps.append(Step(title: "addresses of \(member.name)") { builder throws(LabError) in try builder.configure(member) })
        }
        for member in plan.members where !member.routes.isEmpty {
            steps.append(Step(title: "routes of \(member.name)") { builder throws(LabError) in try builder.addRoutes(member) })
        }
        steps.append(Step(title: "files for the nodes") { builder throws(LabError) in try builder.writeFiles() })
        if plan.bgp != nil {
            steps.append(Step(title: "files for the switches") { builder throws(LabError) in try builder.writeSwitchFiles() })
            for round in SwitchDaemons.rounds(plan, directory: "\(paths.records)/\(plan.name)") {
                let title = round.map { "\($0.member.name): \($0.arguments.joined(separator: " "))" }.joined(separator: "\n")
                steps.append(Step(title: title) { builder throws(LabError) in try builder.start(round) })
            }
        }
        if options.install {
            for round in Provision.rounds(plan, directory: "\(paths.records)/\(plan.name)", speakers: options.speakers) {
                let title = round.map(\.description).joined(separator: "\n")
                steps.append(Step(title: title) { builder throws(LabError) in try builder.run(round, options.program) })
            }
            for speaker in options.speakers ? Provision.speakers(plan, bpffs: paths.bpffs) : [] {
                steps.append(Step(title: speaker.description) { builder throws(LabError) in try builder.start(speaker, options.program) })
            }
        }
        if plan.bgp != nil {
            steps.append(Step(title: "the switches know every way") { builder throws(LabError) in try builder.waitForRoutes(options) })
        }
        let stage: LabRecord.Stage = options.install ? .installed : .linked
        steps.append(
            Step(title: "done") { builder throws(LabError) in
                builder.record.stage = stage
                try builder.store.write(builder.record)
            })
        return steps
    }

    // MARK: - Steps

    private mutating func makeBPFFS() throws(LabError) {
        guard var entry = record.bpffs else { return }
        try store.write(record)
        try BPFFS.prepare(store.paths.bpffs)
        // Another lab's `down` removes the directory above when it is empty.
        for _ in 0..<10 {
            try Files.makeDirectories(store.paths.bpffs)
            if mkdir(entry.path, 0o700) == 0 { break }
            if errno == EEXIST {
                record.bpffs = nil
                throw LabError(.invalid, "\(entry.path) exists already, and this lab did not make it", hint: "see what is in it, and remove it")
            }
            guard errno == ENOENT else { throw LabError("make directory \(entry.path)", code: errno) }
        }
        entry.identity = try Files.identity(entry.path)
        record.bpffs = entry
        try store.write(record)
    }

    private mutating func makeNamespace(_ member: LabMember) throws(LabError) {
        let holder = Holder(try kernel { () throws(NetlinkError) in try NetworkNamespace.anonymous() })
        record.namespaces.append(.init(name: member.namespace, identity: try NamespaceIdentity(holder.namespace)))
        try store.write(record)
        do throws(NetlinkError) {
            try holder.namespace.bind(named: member.namespace)
        } catch {
            throw error.code == EEXIST ? taken(member) : LabError(error)
        }
        namespaces[member.name] = holder
    }

    func holder(_ member: String) throws(LabError) -> Holder {
        guard let holder = namespaces[member] else { throw LabError(.internal, "\(member) has no namespace yet") }
        return holder
    }

    private func makeLink(_ link: LabLink) throws(LabError) {
        let upper = try holder(link.upper.member)
        let lower = try holder(link.lower.member)
        try kernel { () throws(NetlinkError) in
            var socket = try NetlinkSocket(in: upper.namespace)
            try socket.createVeth(
                VethEnd(name: link.upper.device, mtu: link.mtu),
                peer: VethEnd(name: link.lower.device, mtu: link.mtu, namespace: lower.namespace.descriptor))
        }
    }

    private func configure(_ member: LabMember) throws(LabError) {
        let ports = plan.ports(of: member.name).map(\.own)
        let holder = try holder(member.name)
        let seed = 1 + (plan.members.firstIndex(of: member) ?? 0)
        try kernel { () throws(NetlinkError) in
            let outcome = try holder.namespace.result { () throws(NetlinkError) -> Void in
                for (name, value) in Self.settings(member) { try Sysctl(name)?.write(value) }
                // What older kernels do not have, or not for each namespace. Switches that hash alike would send all flows that one of them
                // gave the next the same way on.
                for (name, value) in [("fib_multipath_hash_seed", "\(seed)"), ("icmp_msgs_per_sec", "100000"), ("icmp_msgs_burst", "10000")] {
                    do throws(NetlinkError) {
                        try Sysctl(net: "ipv4", name)?.write(value)
                    } catch  where error.code == ENOENT {}
                }
                var socket = try NetlinkSocket()
                var requests: [NetlinkRequest] = [.setLink(ifindex: 1, LinkChange(up: true))]
                if member.kind != .pod {
                    requests += member.addresses.map {
                        .addAddress(InterfaceAddress($0, ifindex: 1, flags: $0.isIPv4 ? [.permanent] : [.noDAD, .permanent]))
                    }
                }
                for port in ports {
                    guard let link = try socket.link(named: port.device) else { throw NetlinkError(operation: "find \(port.device)", code: ENODEV) }
                    requests.append(.setLink(ifindex: link.index, LinkChange(up: true, addressGeneration: LinkChange.AddressGeneration.none)))
                    requests.append(
                        .addAddress(
                            InterfaceAddress(port.linkLocal, prefixLength: 64, ifindex: link.index, scope: .link, flags: [.noDAD, .permanent])))
                    if let ipv6 = port.ipv6 {
                        requests.append(.addAddress(InterfaceAddress(ipv6, prefixLength: 127, ifindex: link.index, flags: [.noDAD, .permanent])))
                    }
                    if let ipv4 = port.ipv4 {
                        // Link scope: what is sent comes from the address on lo, which the whole fabric knows.
                        requests.append(
                            .addAddress(InterfaceAddress(ipv4, prefixLength: 31, ifindex: link.index, scope: .link, flags: [.permanent])))
                    }
                }
                if let failure = try socket.perform(requests).first { throw failure.error }
            }
            try outcome.get()
        }
    }

    /// Sysctls of a member's own namespace.
    private static func settings(_ member: LabMember) -> [(String, String)] {
        // Of errors of ICMP, each machine sends as many as are asked for: a search for paths shall see every hop of every flow.
        let errors = [("net.ipv6.icmp.ratelimit", "0"), ("net.ipv4.icmp_ratelimit", "0")]
        if member.kind == .pod { return errors }
        var settings =
            errors + [
                ("net.ipv6.conf.all.accept_ra", "0"), ("net.ipv6.conf.default.accept_ra", "0"), ("net.ipv6.fib_multipath_hash_policy", "1"),
                ("net.ipv4.fib_multipath_hash_policy", "1"),
                // Inherited from the machine otherwise. Replies may take another way back.
                ("net.ipv4.conf.all.rp_filter", "0"), ("net.ipv4.conf.default.rp_filter", "0"),
                // A cable that is out at the far end is no way.
                ("net.ipv6.conf.all.ignore_routes_with_linkdown", "1"), ("net.ipv6.conf.default.ignore_routes_with_linkdown", "1"),
                ("net.ipv4.conf.all.ignore_routes_with_linkdown", "1"), ("net.ipv4.conf.default.ignore_routes_with_linkdown", "1"),
            ]
        if member.kind.isSwitch {
            settings += [
                ("net.ipv6.conf.all.forwarding", "1"), ("net.ipv4.conf.all.forwarding", "1"),
                // Nobody else has these addresses, and ports must work at once.
                ("net.ipv6.conf.all.accept_dad", "0"), ("net.ipv6.conf.default.accept_dad", "0"),
            ]
        }
        return settings
    }

    private func addRoutes(_ member: LabMember) throws(LabError) {
        let holder = try holder(member.name)
        try kernel { () throws(NetlinkError) in
            var socket = try NetlinkSocket(in: holder.namespace)
            let indexes = Dictionary(try socket.links().map { ($0.name, $0.index) }) { first, _ in first }
            let requests = member.routes.map { route in
                NetlinkRequest.addRoute(
                    Route(
                        route.prefix, nextHops: route.hops.map { RouteNextHop(via: $0.via, ifindex: indexes[$0.device] ?? 0) },
                        preferredSource: route.source))
            }
            if let failure = try socket.perform(requests).first { throw failure.error }
        }
    }

    private func writeFiles() throws(LabError) {
        try Files.makeDirectories(store.directory)
        try Files.write(Array(plan.values.utf8), to: Provision.valuesFile(store.directory))
        for node in plan.members(.node) {
            let text = "# Written by fabctl lab up: what \(node.name) has to know of the others.\n" + plan.clusterFile(for: node).yaml
            try Files.write(Array(text.utf8), to: Provision.clusterFile(store.directory, node))
            if plan.bgp != nil {
                try Files.write(Array(SpeakerConfiguration.text(plan, node).utf8), to: Provision.bgpFile(store.directory, node))
            }
        }
    }

    // MARK: - Commands on nodes

    /// Runs one command on each of several nodes, at once.
    private func run(_ round: [Provision.Command], _ program: String) throws(LabError) {
        var running: [(command: Provision.Command, child: ChildProcess, log: String, offset: Int)] = []
        var failure: LabError?
        for command in round {
            do throws(LabError) {
                let log = Provision.logFile(store.directory, command.node)
                let offset = try Files.read(log)?.count ?? 0
                let fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
                guard fd >= 0 else { throw LabError("open \(log)", code: errno) }
                defer { close(fd) }
                let header = "$ \(command.line)\n"
                _ = header.withCString { write(fd, $0, strlen($0)) }
                let holder = try holder(command.node.name)
                let environment = ["FABCTL_BPFFS": "\(store.paths.bpffs)/\(plan.name)/\(command.node.name)"]
                let child = try kernel { () throws(NetlinkError) in
                    try holder.namespace.spawn([program] + command.arguments, environment: environment, output: fd, error: fd)
                }
                running.append((command, child, log, offset + header.utf8.count))
            } catch {
                failure = failure ?? error
            }
        }
        // All are waited for, whatever fails: none works on after this command has ended.
        for (command, child, log, offset) in running {
            do throws(LabError) {
                let outcome = try kernel { () throws(NetlinkError) in try child.wait() }
                guard outcome != .exited(0) else { continue }
                let output = String(decoding: (try Files.read(log) ?? []).dropFirst(offset), as: UTF8.self)
                throw command.failure(outcome, output: output)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Removes what was made so far.
    func tearDown() throws(LabError) -> Lab.DownReport {
        try Teardown.run(record, store)
    }
}
