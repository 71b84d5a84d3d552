public import Model
public import Net

/// Who has an address, what an identity stands for, which neighbour a next hop is: built once from the node's documents.
///
/// A name is looked up by endpoint id first (never reused, and known to the program for certain), then by exact address (this node's
/// pods, addresses of `ip add`, nodes, switches), then by the longest prefix of `ip add`, and last among pods that have gone,
/// for events from before they went.
public struct Names: Sendable {
    /// Somebody with a name: a pod, or a node or switch.
    public struct Subject: Hashable, Sendable {
        public var pod: PodName?
        /// Of a node or switch.
        public var name: String?
        /// All that are known; empty for a whole prefix.
        public var addresses: [IPAddress] = []
        /// As Hubble writes them; the event's identity goes before these.
        public var labels: [String] = []
        /// The host side of a local pod's device.
        public var device: String?

        /// `NAMESPACE/POD`, or the name of the node or switch.
        public var text: String { pod?.description ?? name ?? "" }
    }

    /// A neighbour that packets are handed to.
    public struct Hop: Hashable, Sendable {
        public var id: UInt32
        /// Of the switch or node that has the address, if exactly one does.
        public var name: String?
        /// Nil when the destination itself is on the link.
        public var address: IPAddress?
        public var device: String

        /// `fe80::1%eth0`, or the bare device when the destination is on the link.
        public var text: String { address.map { "\($0)%\(device)" } ?? device }
    }

    public let nodeName: String
    /// As in Hubble's `node_name`: with the cluster's name in front, unless that is `default`.
    public let absoluteNodeName: String
    public let clusterName: String
    public let bootID: UInt64

    /// Everybody, in the order of the documents. What `index` returns counts into it.
    public private(set) var subjects: [Subject] = []

    private var endpoints: [UInt32: Int] = [:]
    private var addresses: [IPAddress: Int] = [:]
    private var prefixes: [(length: Int, family: IPAddress.Family, owners: [Prefix: Int])] = []
    private var departed: [IPAddress: [(deletedAt: UInt64, index: Int)]] = [:]
    private var identities: [UInt32: [String]] = [:]
    private var hops: [UInt32: Hop] = [:]
    private let rules: RuleMeanings
    private var interfaces: [UInt32: String]

    /// - Parameter interfaces: names of devices by index, beyond the uplinks, which the documents know.
    public init(_ desired: Desired, interfaces: [UInt32: String] = [:]) {
        nodeName = desired.config.name
        clusterName = desired.config.clusterName
        absoluteNodeName = clusterName.isEmpty || clusterName == "default" ? nodeName : "\(clusterName)/\(nodeName)"
        bootID = desired.config.bootID
        rules = RuleMeanings(desired)
        self.interfaces = interfaces
        for uplink in desired.config.uplinks { self.interfaces[UInt32(truncatingIfNeeded: uplink.ifindex)] = uplink.device }
        for identity in desired.identities.identities { identities[identity.number] = identity.labels }
        for identity in Self.reserved { identities[identity.number] = ["reserved:\(identity.name)"] }
        addPods(desired)
        addHosts(desired)
        addHops(desired)
    }

    private mutating func addPods(_ desired: Desired) {
        for endpoint in desired.endpoints {
            let labels = IdentityTable.podLabels(endpoint.labels, namespace: endpoint.pod.namespace)
            let index = add(Subject(pod: endpoint.pod, addresses: endpoint.addresses, labels: labels, device: endpoint.device))
            endpoints[endpoint.id] = index
        }
        var owners: [Prefix: Int] = [:]
        for entry in desired.ips {
            let labels =
                entry.pod.map { IdentityTable.podLabels(entry.labels, namespace: $0.namespace) } ?? entry.labels.map { "k8s:\($0)=\($1)" }.sorted()
            guard entry.pod != nil || !labels.isEmpty else { continue }
            let isHost = entry.prefix.isHost
            let index = add(Subject(pod: entry.pod, addresses: isHost ? [entry.prefix.address] : [], labels: labels))
            if !isHost { owners[entry.prefix] = index }
        }
        for (key, group) in Dictionary(grouping: owners, by: { FamilyLength(family: $0.key.family, length: $0.key.length) }) {
            prefixes.append((key.length, key.family, Dictionary(group.map { ($0.key, $0.value) }) { first, _ in first }))
        }
        prefixes.sort { $0.length > $1.length }
        for endpoint in desired.departed {
            let index = subjects.count
            subjects.append(Subject(pod: endpoint.pod, addresses: endpoint.addresses))
            endpoints[endpoint.id] = index
            for address in endpoint.addresses { departed[address, default: []].append((endpoint.deletedAt, index)) }
        }
    }

    private mutating func addHosts(_ desired: Desired) {
        add(Subject(name: desired.config.name, addresses: desired.config.addresses))
        for node in desired.nodes where !node.addresses.isEmpty { add(Subject(name: node.name, addresses: node.addresses)) }
        for aSwitch in desired.switches { add(Subject(name: aSwitch.name, addresses: aSwitch.addresses)) }
    }

    private mutating func addHops(_ desired: Desired) {
        // Link-local addresses need not be unique on a fabric: a name that two could claim is not given.
        var owners: [IPAddress: Set<String>] = [:]
        for node in desired.nodes { for address in node.addresses { owners[address, default: []].insert(node.name) } }
        for aSwitch in desired.switches { for address in aSwitch.addresses { owners[address, default: []].insert(aSwitch.name) } }
        for hop in desired.registry.nextHops {
            let names = hop.via.flatMap { owners[$0] } ?? []
            hops[hop.id] = Hop(id: hop.id, name: names.count == 1 ? names.first : nil, address: hop.via, device: hop.device)
        }
    }

    @discardableResult
    private mutating func add(_ subject: Subject) -> Int {
        subjects.append(subject)
        for address in subject.addresses where addresses[address] == nil && !(address.isLinkLocal && subject.pod == nil) {
            addresses[address] = subjects.count - 1
        }
        return subjects.count - 1
    }

    /// - Parameters:
    ///   - endpoint: id of a local endpoint, or 0.
    ///   - time: of the event, ns of CLOCK_MONOTONIC.
    /// - Returns: index into `subjects`, or nil when nobody is known there.
    public func index(endpoint: UInt32, address: IPAddress, at time: UInt64) -> Int? {
        if endpoint != 0, let index = endpoints[endpoint] { return index }
        if let index = addresses[address] { return index }
        let family = address.family
        for level in prefixes where level.family == family {
            if let prefix = Prefix(address, length: level.length), let index = level.owners[prefix] { return index }
        }
        return departed[address]?.first { time <= $0.deletedAt }?.index
    }

    func sourceIndex(_ event: FlowEvent) -> Int? {
        event.family == nil && event.sourceEndpoint == 0
            ? nil : index(endpoint: event.sourceEndpoint, address: event.source, at: event.monotonic)
    }

    func destinationIndex(_ event: FlowEvent) -> Int? {
        event.family == nil && event.destinationEndpoint == 0
            ? nil : index(endpoint: event.destinationEndpoint, address: event.destination, at: event.monotonic)
    }

    /// The subject at an end of an event.
    public func source(of event: FlowEvent) -> Subject? { sourceIndex(event).map { subjects[$0] } }
    public func destination(of event: FlowEvent) -> Subject? { destinationIndex(event).map { subjects[$0] } }

    /// Labels of an identity, as Hubble writes them.
    public func labels(identity: UInt32) -> [String]? { identities[identity] }

    /// Labels of one end: those of the identity it was judged by, or else those known of the subject.
    func labels(identity: UInt32, index: Int?) -> [String] {
        if identity == 0, let index, !subjects[index].labels.isEmpty { return subjects[index].labels }
        return identities[identity] ?? index.map { subjects[$0].labels } ?? []
    }

    /// What the number of a rule in an event stands for; nil when no policy had a say, or it was forgotten.
    public func rule(_ number: UInt32) -> RuleMeaning? { rules[number] }

    public func nextHop(_ id: UInt32) -> Hop? { hops[id] }

    /// Name of the device that an event came in by: an uplink's, one that the caller named, or that of the pod which sent it.
    public func interface(of event: FlowEvent) -> String? {
        guard event.interface != 0 else { return nil }
        if let name = interfaces[event.interface] { return name }
        guard event.sourceEndpoint != 0, let index = endpoints[event.sourceEndpoint] else { return nil }
        return subjects[index].device
    }

    private struct FamilyLength: Hashable {
        var family: IPAddress.Family
        var length: Int
    }
}

extension Names {
    /// Hubble's reserved identities: those of the model, and the two that only Cilium gives out.
    public static let reserved: [(number: UInt32, name: String)] =
        ReservedIdentity.allCases.map { ($0.rawValue, $0.name) } + [(8, "ingress"), (11, "overlay-to-encrypt")]

    static let reservedNames: [String?] = {
        var names = [String?](repeating: nil, count: 16)
        for identity in reserved { names[Int(identity.number)] = identity.name }
        return names
    }()

    /// Of a reserved identity; nil for all others.
    public static func reservedName(_ identity: UInt32) -> String? {
        identity < 16 ? reservedNames[Int(identity)] : nil
    }
}
