import Model
import Net
import Policy

/// What manifests said of the cluster, and the numbers of policy.
extension Packer {
    mutating func cluster(_ value: ClusterFacts) {
        list(value.namespaces) {
            $0.text($1.name)
            $0.labels($1.labels)
        }
        list(value.pods) {
            $0.text($1.namespace)
            $0.text($1.name)
            $0.labels($1.labels)
            $0.optional($1.node) { $0.text($1) }
            $0.list($1.addresses) { $0.address($1) }
            $0.flag($1.hostNetwork)
            $0.text($1.serviceAccount)
            $0.list($1.ports) {
                $0.text($1.name)
                $0.choice($1.protocol)
                $0.number(UInt32($1.port))
            }
        }
        list(value.nodes) {
            $0.text($1.name)
            $0.labels($1.labels)
            $0.list($1.addresses) { $0.address($1) }
            $0.list($1.podCIDRs) { $0.prefix($1) }
        }
    }

    private mutating func fingerprint(_ value: Fingerprint) {
        word(value.high)
        word(value.low)
    }

    mutating func registry(_ value: PolicyRegistry) {
        fingerprint(value.key)
        number(value.nextNumber)
        number(value.nextCompiled)
        list(value.retired) {
            $0.key($1.key)
            $0.number($1.number)
            $0.list($1.rules) {
                $0.text($1.path)
                $0.choice($1.action)
            }
            $0.number($1.since)
        }
        list(value.isolations) {
            $0.number($1.number)
            $0.list($1.policies) { $0.number($1) }
            $0.optional($1.unusedSince) { $0.number($1) }
        }
        list(value.compiled) {
            $0.number($1.id)
            $0.fingerprint($1.fingerprint)
        }
        // Not in documents of older fabctls: who has what, and what isolates.
        number(value.compiler)
        list(value.assigned) {
            $0.number($1.endpoint)
            $0.number($1.compiled)
        }
        list(value.compiled) { $0.list($1.isolations) { $0.number($1) } }
    }
}

extension Unpacker {
    mutating func cluster() throws(UnpackError) -> ClusterFacts {
        var facts = ClusterFacts()
        facts.namespaces = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let name = try unpacker.text()
            return ClusterNamespace(name: name, labels: try unpacker.labels())
        }
        facts.pods = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let namespace = try unpacker.text()
            var pod = ClusterPod(namespace: namespace, name: try unpacker.text())
            pod.labels = try unpacker.labels()
            pod.node = try unpacker.optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.text() }
            pod.addresses = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.address() }
            pod.hostNetwork = try unpacker.flag()
            pod.serviceAccount = try unpacker.text()
            pod.ports = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in
                let name = try unpacker.text()
                let transport: TransportProtocol = try unpacker.choice()
                return ContainerPort(name: name, protocol: transport, port: try unpacker.number())
            }
            return pod
        }
        facts.nodes = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            var node = ClusterNode(name: try unpacker.text())
            node.labels = try unpacker.labels()
            node.addresses = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.address() }
            node.podCIDRs = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.prefix() }
            return node
        }
        return facts
    }

    private mutating func fingerprint() throws(UnpackError) -> Fingerprint {
        let high = try word()
        return Fingerprint(high: high, low: try word())
    }

    mutating func registry() throws(UnpackError) -> PolicyRegistry {
        var registry = PolicyRegistry()
        registry.key = try fingerprint()
        registry.nextNumber = try number()
        registry.nextCompiled = try number()
        registry.retired = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let key = try unpacker.key()
            let number: UInt32 = try unpacker.number()
            let rules = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in
                let path = try unpacker.text()
                return NumberedRule(path: path, action: try unpacker.choice())
            }
            return PolicyRegistry.Retired(key: key, number: number, rules: rules, since: try unpacker.number())
        }
        registry.isolations = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let number: UInt32 = try unpacker.number()
            let policies = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.number(UInt32.self) }
            var isolation = PolicyRegistry.Isolation(number: number, policies: policies)
            isolation.unusedSince = try unpacker.optional { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.number() }
            return isolation
        }
        registry.compiled = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let id: UInt32 = try unpacker.number()
            return PolicyRegistry.Compiled(id: id, fingerprint: try unpacker.fingerprint())
        }
        guard !isAtEnd else { return registry }
        registry.compiler = try number()
        registry.assigned = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            let endpoint: UInt32 = try unpacker.number()
            return PolicyRegistry.Assignment(endpoint: endpoint, compiled: try unpacker.number())
        }
        let isolations = try list { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.number(UInt32.self) }
        }
        guard isolations.count == registry.compiled.count else { throw failure }
        for (place, numbers) in isolations.enumerated() { registry.compiled[place].isolations = numbers }
        return registry
    }
}
