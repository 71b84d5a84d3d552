/// What fabctl makes of one key that Cilium knows.
struct KeyRule: Hashable, Sendable {
    enum Meaning: Hashable, Sendable {
        /// It is done: the value becomes part of `InstallValues`.
        case done(Setting)
        /// It asks for something that fabctl does not do, unless it has a value that asks for nothing.
        case refused(unless: Nothing, reason: String, hint: String?)
        /// It means nothing here, with all that is below it.
        case ignored
    }

    /// Path in a Helm values file (`ipv6.enabled`), nil for what only the ConfigMap has.
    var helm: String?
    /// Keys in the `cilium-config` ConfigMap. One that ends in `*` stands for all that begin so and have no rule of their own.
    var configMap: [String]
    var meaning: Meaning

    static func done(_ helm: String?, _ configMap: String?, _ setting: Setting) -> KeyRule {
        KeyRule(helm: helm, configMap: configMap.map { [$0] } ?? [], meaning: .done(setting))
    }

    /// - Parameter children: names below `helm`, when not all that is below it is without meaning.
    static func ignored(_ helm: String, children: [String]) -> [KeyRule] {
        children.map { KeyRule(helm: "\(helm).\($0)", configMap: [], meaning: .ignored) }
    }

    static func ignored(helm: [String]) -> [KeyRule] { helm.map { KeyRule(helm: $0, configMap: [], meaning: .ignored) } }

    static func ignored(configMap: [String]) -> [KeyRule] { [KeyRule(helm: nil, configMap: configMap, meaning: .ignored)] }

    static func refused(
        _ helm: String?, _ configMap: String..., unless nothing: Nothing = .off, because reason: String, hint: String? = nil
    ) -> KeyRule {
        KeyRule(helm: helm, configMap: configMap, meaning: .refused(unless: nothing, reason: reason, hint: hint))
    }
}

/// Settings that fabctl takes from Cilium's keys.
enum Setting: Hashable, Sendable, CaseIterable {
    case ipv6Enabled, ipv4Enabled, ipv6NativeRoutingCIDR, ipv4NativeRoutingCIDR
    case tunnel, routingMode, tunnelProtocol, autoDirectNodeRoutes
    case devices, clusterName, clusterID, mtu, bpfRoot, bgpEnabled
    case tcpFlowTableSize, anyFlowTableSize, policyMapSize
    case monitorInterval, timeoutTCP, timeoutTCPSYN, timeoutTCPFIN, timeoutAny
}

/// Values with which a key asks for nothing. Null always does.
enum Nothing: Hashable, Sendable {
    /// `false`.
    case off
    /// `true`: the key asks for something by being false.
    case on
    /// One of these texts, in either case; a truth value counts as its text. The empty text always does.
    case texts([String])
    /// `""`, `[]`, `{}`.
    case empty
    /// The number 0.
    case zero

    /// How to say it: `set KEY: false or remove it`.
    var example: String {
        switch self {
        case .off: "false"
        case .on: "true"
        case .texts(let texts): texts.first ?? "\"\""
        case .empty: "\"\""
        case .zero: "0"
        }
    }
}
