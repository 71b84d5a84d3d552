import Model
import Net

/// Endpoints, addresses and identities.
extension Packer {
    mutating func pod(_ value: PodName) {
        text(value.namespace)
        text(value.name)
    }

    mutating func endpoint(_ value: Endpoint) {
        number(value.id)
        pod(value.pod)
        list(value.addresses) { $0.address($1) }
        number(value.identity)
        labels(value.labels)
        text(value.device)
        number(value.mac.value)
        number(value.hostMAC.value)
        optional(value.netns) { $0.text($1) }
        text(value.podDevice)
        number(value.mtu)
    }

    mutating func departed(_ value: DepartedEndpoint) {
        number(value.id)
        pod(value.pod)
        number(value.identity)
        list(value.addresses) { $0.address($1) }
        number(value.deletedAt)
    }

    mutating func ip(_ value: IPEntry) {
        prefix(value.prefix)
        optional(value.pod) { $0.pod($1) }
        labels(value.labels)
        number(value.identity)
    }

    mutating func identities(_ value: IdentityTable) {
        number(value.nextLabels)
        number(value.nextCIDR)
        list(value.identities) {
            $0.number($1.number)
            $0.list($1.labels) { $0.text($1) }
            $0.optional($1.unusedSince) { $0.number($1) }
        }
    }
}

extension Unpacker {
    mutating func pod() throws(UnpackError) -> PodName {
        let namespace = try text()
        return PodName(namespace: namespace, name: try text())
    }

    mutating func endpoint() throws(UnpackError) -> Endpoint {
        let id: UInt32 = try number()
        let name = try pod()
        let addresses = try list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.address() }
        let identity: UInt32 = try number()
        let labels = try labels()
        let device = try text()
        let mac = MACAddress(try number())
        let hostMAC = MACAddress(try number())
        let netns = try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() }
        let podDevice = try text()
        return Endpoint(
            id: id, pod: name, addresses: addresses, identity: identity, labels: labels, device: device, mac: mac, hostMAC: hostMAC, netns: netns,
            podDevice: podDevice, mtu: try number())
    }

    mutating func departed() throws(UnpackError) -> DepartedEndpoint {
        let id: UInt32 = try number()
        let name = try pod()
        let identity: UInt32 = try number()
        let addresses = try list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.address() }
        return DepartedEndpoint(id: id, pod: name, identity: identity, addresses: addresses, deletedAt: try number())
    }

    mutating func ip() throws(UnpackError) -> IPEntry {
        let prefix = try prefix()
        let name = try optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.pod() }
        let labels = try labels()
        return IPEntry(prefix: prefix, pod: name, labels: labels, identity: try number())
    }

    mutating func identities() throws(UnpackError) -> IdentityTable {
        var table = IdentityTable()
        table.nextLabels = try number()
        table.nextCIDR = try number()
        table.identities = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let number: UInt32 = try unpacker.number()
            let labels = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() }
            let since = try unpacker.optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.number() }
            return Identity(number: number, labels: labels, unusedSince: since)
        }
        return table
    }
}
