internal import Net

/// What a peer that has one table must be told to have another.
struct TableDifference {
    /// Prefixes that are gone, ascending.
    private(set) var withdrawn: [AddressFamily: [Prefix]] = [:]
    /// Indices into the new table's routes, those with the same attributes together.
    private(set) var announced: [AddressFamily: [UInt32]] = [:]

    /// - Parameter sends: whether routes with these attributes can be sent at all; where not, the route counts as absent.
    init(from old: ExportTable, to new: ExportTable, sends: (RouteAttributes, AddressFamily) -> Bool) {
        var indices: [RouteAttributes: UInt32] = [:]
        for (index, attributes) in new.attributes.enumerated() { indices[attributes] = UInt32(index) }
        // The new table's number of each of the old one's attributes, or none that it has.
        let translated = old.attributes.map { indices[$0] ?? .max }
        for family in [AddressFamily.ipv6Unicast, .ipv4Unicast] {
            let before = old.range(of: family)
            let after = new.range(of: family)
            let sendsOld = before.isEmpty ? [] : old.attributes.map { sends($0, family) }
            let sendsNew = after.isEmpty ? [] : new.attributes.map { sends($0, family) }
            var gone: [Prefix] = []
            var told: [UInt32] = []
            var left = before.lowerBound
            var right = after.lowerBound
            while left < before.upperBound || right < after.upperBound {
                let isOld = left < before.upperBound && (right >= after.upperBound || old.routes[left].prefix <= new.routes[right].prefix)
                let isNew = right < after.upperBound && (left >= before.upperBound || new.routes[right].prefix <= old.routes[left].prefix)
                let had = isOld && sendsOld[Int(old.routes[left].attributes)]
                let has = isNew && sendsNew[Int(new.routes[right].attributes)]
                if had, !has { gone.append(old.routes[left].prefix) }
                if has, !had || translated[Int(old.routes[left].attributes)] != new.routes[right].attributes { told.append(UInt32(right)) }
                if isOld { left += 1 }
                if isNew { right += 1 }
            }
            if !gone.isEmpty { withdrawn[family] = gone }
            if !told.isEmpty { announced[family] = new.grouped(told) }
        }
    }
}

extension ExportTable {
    /// All routes of a family, those with the same attributes together.
    func order(of family: AddressFamily) -> [UInt32] { grouped(range(of: family).map { UInt32($0) }) }

    /// Brings routes with the same attributes together, otherwise in the order given.
    fileprivate func grouped(_ indices: [UInt32]) -> [UInt32] {
        guard attributes.count > 1 else { return indices }
        var starts = [Int](repeating: 0, count: attributes.count + 1)
        for index in indices { starts[Int(routes[Int(index)].attributes) + 1] += 1 }
        for group in attributes.indices { starts[group + 1] += starts[group] }
        var result = [UInt32](repeating: 0, count: indices.count)
        for index in indices {
            let group = Int(routes[Int(index)].attributes)
            result[starts[group]] = index
            starts[group] += 1
        }
        return result
    }
}
