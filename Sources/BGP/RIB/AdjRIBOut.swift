internal import Net

/// Adj-RIB-Out of one peer: what it is to have, what it has been told, and the messages between the two.
///
/// Messages are made only as the connection takes them, so a slow peer costs no memory: changes meanwhile meet in `wanted`.
struct AdjRIBOut: Sendable {
    private(set) var wanted = ExportTable()
    /// What the peer has once `steps` are through. Of families that are not sent, it means nothing.
    private var told = ExportTable()
    private var steps: [Step] = []
    private var encoder: UpdateEncoder?
    /// Families that are negotiated, in the order of their first dump.
    private var families: [AddressFamily] = []
    private var awaitsEndOfRIB: Set<AddressFamily> = []
    private var awaitsRefresh: Set<AddressFamily> = []
    private var marksRefresh = false
    private var isCurrent = true

    private enum Step: Sendable {
        case withdraw([Prefix], cursor: Int)
        /// Indices into the routes of `told`, those with the same attributes together. Repeated: the peer has them already.
        case announce(AddressFamily, [UInt32], cursor: Int, repeats: Bool)
        case endOfRIB(AddressFamily)
        case refresh(RouteRefresh)
    }

    /// Messages made, and what they are.
    struct Output {
        var bytes: [UInt8] = []
        var updates = 0
        var refreshes = 0
        /// Families whose first dump is now complete.
        var completed: [AddressFamily] = []
    }

    mutating func want(_ table: ExportTable) {
        wanted = table
        isCurrent = false
    }

    /// A session is up: the peer has nothing.
    /// - Parameters:
    ///   - encoder: with next hops of those families that can be announced.
    ///   - marksRefresh: demarcates refreshes (RFC 7313).
    mutating func begin(_ families: [AddressFamily], _ encoder: UpdateEncoder, marksRefresh: Bool) {
        end()
        self.families = families
        self.encoder = encoder
        self.marksRefresh = marksRefresh
        awaitsEndOfRIB = Set(families)
        isCurrent = false
    }

    /// The session is down.
    mutating func end() {
        told = ExportTable()
        steps = []
        encoder = nil
        families = []
        awaitsEndOfRIB = []
        awaitsRefresh = []
    }

    /// All routes of a family are to be sent again.
    mutating func refresh(_ family: AddressFamily) {
        if families.contains(family) { awaitsRefresh.insert(family) }
    }

    /// Makes messages until there are so many bytes, or nothing is left to say.
    mutating func next(limit: Int) -> Output {
        var output = Output()
        guard let encoder else { return output }
        while output.bytes.count < limit {
            if steps.isEmpty { plan(encoder) }
            guard !steps.isEmpty else { break }
            output.bytes.reserveCapacity(limit + MessageHeader.maximumLength)
            perform(encoder, limit, &output)
        }
        return output
    }

    private mutating func perform(_ encoder: UpdateEncoder, _ limit: Int, _ output: inout Output) {
        switch steps.removeFirst() {
        case .withdraw(let prefixes, var cursor):
            while cursor < prefixes.count, output.bytes.count < limit {
                encoder.withdraw(prefixes, &cursor, into: &output.bytes)
                output.updates += 1
            }
            if cursor < prefixes.count { steps.insert(.withdraw(prefixes, cursor: cursor), at: 0) }
        case .announce(let family, let order, var cursor, let repeats):
            while cursor < order.count, output.bytes.count < limit {
                let index = told.routes[Int(order[cursor])].attributes
                var end = cursor + 1
                while end < order.count, told.routes[Int(order[end])].attributes == index { end += 1 }
                guard let template = encoder.template(told.attributes[Int(index)], family), template.fits else {
                    cursor = end
                    continue
                }
                while cursor < end, output.bytes.count < limit {
                    encoder.announce(told.routes, order, &cursor, end: end, template, into: &output.bytes)
                    output.updates += 1
                }
            }
            if cursor < order.count { steps.insert(.announce(family, order, cursor: cursor, repeats: repeats), at: 0) }
        case .endOfRIB(let family):
            encoder.endOfRIB(family, into: &output.bytes)
            output.updates += 1
            output.completed.append(family)
        case .refresh(let message):
            message.encode(into: &output.bytes)
            output.refreshes += 1
        }
    }

    /// The peer has all that was told: what comes next.
    private mutating func plan(_ encoder: UpdateEncoder) {
        if !isCurrent {
            let before = told
            told = wanted
            isCurrent = true
            let difference = TableDifference(from: before, to: told) { attributes, family in
                encoder.template(attributes, family)?.fits ?? false
            }
            let sent = families.filter { encoder.nextHops[$0] != nil }
            let withdrawn = sent.flatMap { difference.withdrawn[$0] ?? [] }
            if !withdrawn.isEmpty { steps.append(.withdraw(withdrawn, cursor: 0)) }
            for family in families {
                if sent.contains(family), let order = difference.announced[family], !order.isEmpty {
                    steps.append(.announce(family, order, cursor: 0, repeats: false))
                }
                if awaitsEndOfRIB.remove(family) != nil { steps.append(.endOfRIB(family)) }
            }
        }
        guard steps.isEmpty else { return }
        for family in families where awaitsRefresh.remove(family) != nil {
            if marksRefresh { steps.append(.refresh(RouteRefresh(family: family, kind: .begin))) }
            let order = told.order(of: family)
            if encoder.nextHops[family] != nil, !order.isEmpty { steps.append(.announce(family, order, cursor: 0, repeats: true)) }
            if marksRefresh { steps.append(.refresh(RouteRefresh(family: family, kind: .end))) }
        }
    }
}

extension AdjRIBOut {
    /// Every wanted route and how far it got, ascending, and those on their way out.
    var advertised: [AdvertisedRoute] {
        var leaving: [Prefix] = []
        var queued: Set<Prefix> = []
        for step in steps {
            switch step {
            case .withdraw(let prefixes, let cursor): leaving += prefixes[cursor...]
            case .announce(_, let order, let cursor, false): queued.formUnion(order[cursor...].lazy.map { told.routes[Int($0)].prefix })
            case .announce, .endOfRIB, .refresh: break
            }
        }
        // What changed since the last plan is queued, or leaving, too.
        var pending: Set<Prefix> = []
        if !isCurrent, let encoder {
            let difference = TableDifference(from: told, to: wanted) { encoder.template($0, $1)?.fits ?? false }
            for family in families where encoder.nextHops[family] != nil {
                leaving += difference.withdrawn[family] ?? []
                pending.formUnion((difference.announced[family] ?? []).lazy.map { wanted.routes[Int($0)].prefix })
            }
        }
        let withholding = self.withholding
        let nextHops = (encoder?.nextHops ?? [:]).mapValues { [$0.address, $0.linkLocal].compactMap { $0 } }
        var list = wanted.routes.map { route in
            let attributes = wanted.attributes[Int(route.attributes)]
            let family = AddressFamily(route.prefix)
            let state: AdvertisedRoute.State =
                if let reason = withholding[family] {
                    .withheld(reason)
                } else if let encoder, encoder.template(attributes, family)?.fits == false {
                    .withheld(.attributesTooLarge)
                } else {
                    queued.contains(route.prefix) || pending.contains(route.prefix) ? .queued : .announced
                }
            let hops = if case .withheld = state { [IPAddress]() } else { nextHops[family] ?? [] }
            return AdvertisedRoute(prefix: route.prefix, attributes: attributes, state: state, nextHops: hops)
        }
        let kept = leaving.filter { wanted[$0] == nil }
        guard !kept.isEmpty else { return list }
        list += Set(kept).map { prefix in
            let hops = nextHops[AddressFamily(prefix)] ?? []
            return AdvertisedRoute(prefix: prefix, attributes: told[prefix] ?? RouteAttributes(), state: .withdrawing, nextHops: hops)
        }
        return list.sorted { $0.prefix < $1.prefix }
    }

    /// Prefixes of a family that the peer has been told of, or is about to be.
    func announcedCount(_ family: AddressFamily) -> Int {
        guard withholding[family] == nil else { return 0 }
        var count = told.range(of: family).count
        for case .announce(family, let order, let cursor, false) in steps { count -= order.count - cursor }
        return max(0, count)
    }

    private var withholding: [AddressFamily: AdvertisedRoute.Withholding] {
        var reasons: [AddressFamily: AdvertisedRoute.Withholding] = [:]
        for family in [AddressFamily.ipv6Unicast, .ipv4Unicast] {
            if encoder == nil {
                reasons[family] = .notEstablished
            } else if !families.contains(family) {
                reasons[family] = .familyNotNegotiated
            } else if encoder?.nextHops[family] == nil {
                reasons[family] = .noNextHop
            }
        }
        return reasons
    }
}
