public import Policy

/// One manifest that was applied, as it is kept. Document `policies`.
public struct StoredPolicy: Hashable, Sendable {
    public var key: PolicyKey
    /// The policy's number, which stands for it in sets of isolating policies. Its rules have the numbers that follow, through `specs` in order.
    /// Other contents are given other numbers.
    public var number: UInt32
    /// What it means: one for `spec`, or one for each of `specs`.
    public var specs: [NetworkPolicy]
    /// The manifest as it was given, as JSON.
    public var manifest: [UInt8]

    public init(key: PolicyKey, number: UInt32 = 0, specs: [NetworkPolicy], manifest: [UInt8] = []) {
        self.key = key
        self.number = number
        self.specs = specs
        self.manifest = manifest
    }

    /// How many numbers it takes: its own and one for each rule.
    public var numbers: UInt32 { 1 + UInt32(specs.reduce(0) { $0 + $1.rules.count }) }

    /// Its rules in the order of their numbers.
    public var rules: [NumberedRule] { specs.flatMap { $0.rules.map { NumberedRule(path: $0.path, action: $0.action) } } }
}

/// A rule, as much of it as its number must tell.
public struct NumberedRule: Hashable, Sendable {
    /// Below `spec`.
    public var path: String
    public var action: PolicyAction

    public init(path: String, action: PolicyAction) {
        self.path = path
        self.action = action
    }
}

/// What manifests said of the cluster beyond endpoints, nodes and addresses. Document `cluster`.
public struct ClusterFacts: Hashable, Sendable {
    /// Sorted by name.
    public var namespaces: [ClusterNamespace] = []
    /// Pods whose manifests were given, sorted by namespace and name. Their labels and addresses are those of the endpoint or of `ips`.
    public var pods: [ClusterPod] = []
    /// Sorted by name.
    public var nodes: [ClusterNode] = []

    public init() {}

    public var isEmpty: Bool { namespaces.isEmpty && pods.isEmpty && nodes.isEmpty }
}

/// Numbers given to policies, their rules, sets of isolating policies, and compiled policies. Document `policy_registry`.
public struct PolicyRegistry: Hashable, Sendable {
    /// Policies that are gone or have other contents, while the history can mention them.
    public struct Retired: Hashable, Sendable {
        public var key: PolicyKey
        public var number: UInt32
        public var rules: [NumberedRule]
        /// ns, CLOCK_MONOTONIC.
        public var since: UInt64

        public init(key: PolicyKey, number: UInt32, rules: [NumberedRule], since: UInt64) {
            self.key = key
            self.number = number
            self.rules = rules
            self.since = since
        }
    }

    /// The policies that together isolate a pod in a direction: what denied by default.
    public struct Isolation: Hashable, Sendable {
        public var number: UInt32
        /// Numbers of policies, sorted.
        public var policies: [UInt32]
        /// ns, CLOCK_MONOTONIC; nil while in use.
        public var unusedSince: UInt64?

        public init(number: UInt32, policies: [UInt32]) {
            self.number = number
            self.policies = policies
        }
    }

    /// A compiled policy: entries in the map under its id.
    public struct Compiled: Hashable, Sendable {
        public var id: UInt32
        /// Of everything that its entries follow from: equal fingerprints, equal entries.
        public var fingerprint: Fingerprint
        /// Numbers of the sets of isolating policies that its entries name, sorted.
        public var isolations: [UInt32]

        public init(id: UInt32, fingerprint: Fingerprint, isolations: [UInt32] = []) {
            self.id = id
            self.fingerprint = fingerprint
            self.isolations = isolations
        }
    }

    /// The compiled policy that an endpoint has.
    public struct Assignment: Hashable, Sendable {
        public var endpoint: UInt32
        /// 0 when no policy is about it.
        public var compiled: UInt32

        public init(endpoint: UInt32, compiled: UInt32) {
            self.endpoint = endpoint
            self.compiled = compiled
        }
    }

    /// Key of fingerprints: random, so that nobody can make policies whose fingerprints are equal.
    public var key = Fingerprint(high: 0, low: 0)
    /// Rules, policies and isolations share one space; 0 is none.
    public var nextNumber: UInt32 = 1
    public var nextCompiled: UInt32 = 1
    public var retired: [Retired] = []
    /// Sorted by number.
    public var isolations: [Isolation] = []
    /// In use, sorted by id.
    public var compiled: [Compiled] = []
    /// By the order of the endpoints. Empty in documents of older fabctls.
    public var assigned: [Assignment] = []
    /// The compiler that made these: what another one has compiled stays only as long as nothing is compiled anew.
    public var compiler: UInt32 = 0

    public init() {}
}

/// 128 bits of keyed hash (SipHash).
public struct Fingerprint: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// What a rule's number stands for.
public enum RuleMeaning: Hashable, Sendable {
    /// A rule, by its path below `spec`.
    case rule(PolicyKey, path: String, action: PolicyAction)
    /// Nothing allowed it, and these isolate the pod.
    case isolation([PolicyKey])

    /// The policy of the rule, or those that isolate.
    public var policies: [PolicyKey] {
        switch self {
        case .rule(let key, _, _): [key]
        case .isolation(let keys): keys
        }
    }

    public var denies: Bool {
        switch self {
        case .rule(_, _, let action): action == .deny
        case .isolation: true
        }
    }
}

/// What all numbers of rules stand for, to be asked often.
public struct RuleMeanings: Sendable {
    private var meanings: [UInt32: RuleMeaning] = [:]

    public init(_ desired: Desired) {
        var keys: [UInt32: PolicyKey] = [:]
        let all =
            desired.policyRegistry.retired.map { ($0.key, $0.number, $0.rules) } + desired.policies.map { ($0.key, $0.number, $0.rules) }
        for (key, number, rules) in all {
            keys[number] = key
            for (offset, rule) in rules.enumerated() {
                meanings[number + 1 + UInt32(offset)] = .rule(key, path: rule.path, action: rule.action)
            }
        }
        for isolation in desired.policyRegistry.isolations { meanings[isolation.number] = .isolation(isolation.policies.compactMap { keys[$0] }) }
    }

    /// Nil when it is 0 or was forgotten.
    public subscript(number: UInt32) -> RuleMeaning? { number == 0 ? nil : meanings[number] }
}

extension Desired {
    /// What the number of a rule stands for; nil when it is 0 or was forgotten.
    public func meaning(ofRule number: UInt32) -> RuleMeaning? {
        guard number != 0 else { return nil }
        if let isolation = policyRegistry.isolations.first(where: { $0.number == number }) {
            return .isolation(isolation.policies.compactMap(policyKey(ofNumber:)))
        }
        for policy in policies where policy.number < number && number < policy.number + policy.numbers {
            let rule = policy.rules[Int(number - policy.number) - 1]
            return .rule(policy.key, path: rule.path, action: rule.action)
        }
        for old in policyRegistry.retired where old.number < number && Int(number - old.number) <= old.rules.count {
            let rule = old.rules[Int(number - old.number) - 1]
            return .rule(old.key, path: rule.path, action: rule.action)
        }
        return nil
    }

    private func policyKey(ofNumber number: UInt32) -> PolicyKey? {
        policies.first { $0.number == number }?.key ?? policyRegistry.retired.first { $0.number == number }?.key
    }
}
