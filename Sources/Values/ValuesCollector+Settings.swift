import Net
import YAML

/// What becomes of the values of keys that are done.
extension ValuesCollector {
    private static let second: UInt64 = 1_000_000_000
    /// Limits of Cilium's map sizes (`LimitTableMin`, `LimitTableMax`, `PolicyMapMin`, `PolicyMapMax` in pkg/option/config.go).
    private static let flowTable = 1 << 10...1 << 24
    private static let policyMap = 1 << 8...1 << 16
    /// What sessions may wait for: up to 30 days.
    private static let timeout = second...30 * 86400 * second

    mutating func set(_ setting: Setting, to value: Value) {
        switch setting {
        case .ipv6Enabled: store(bool(value), of: setting, from: value, in: \.ipv6Enabled)
        case .ipv4Enabled: store(bool(value), of: setting, from: value, in: \.ipv4Enabled)
        case .ipv6NativeRoutingCIDR: addNativeRoutingCIDR(.ipv6, setting, value)
        case .ipv4NativeRoutingCIDR: addNativeRoutingCIDR(.ipv4, setting, value)
        case .tunnel: setTunnel(value)
        case .routingMode: setRoutingMode(value)
        case .tunnelProtocol: setTunnelProtocol(value)
        case .autoDirectNodeRoutes: store(bool(value), of: setting, from: value, in: \.autoDirectNodeRoutes)
        case .devices: setDevices(value)
        case .clusterName: setClusterName(value)
        case .clusterID: store(int(value, in: 0...511), of: setting, from: value, in: \.clusterID)
        // 0 leaves the choice to the agent. Less than 1280 carries no IPv6 (RFC 8200 section 5).
        case .mtu: store(int(value, in: 1280...65535, or: 0).flatMap { $0 == 0 ? nil : $0 }, of: setting, from: value, in: \.mtu)
        case .bpfRoot: setBPFRoot(value)
        case .bgpEnabled: store(bool(value), of: setting, from: value, in: \.bgpEnabled)
        case .tcpFlowTableSize: store(size(value, in: Self.flowTable), of: setting, from: value, in: \.tcpFlowTableSize)
        case .anyFlowTableSize: store(size(value, in: Self.flowTable), of: setting, from: value, in: \.anyFlowTableSize)
        case .policyMapSize: store(size(value, in: Self.policyMap), of: setting, from: value, in: \.policyMapSize)
        case .monitorInterval:
            store(duration(value, in: Self.second / 10...86400 * Self.second), of: setting, from: value, in: \.monitorAggregationInterval)
        case .timeoutTCP: store(duration(value, in: Self.timeout), of: setting, from: value, in: \.ctTimeouts.tcp)
        case .timeoutTCPSYN: store(duration(value, in: Self.timeout), of: setting, from: value, in: \.ctTimeouts.tcpSYN)
        case .timeoutTCPFIN: store(duration(value, in: Self.timeout), of: setting, from: value, in: \.ctTimeouts.tcpFIN)
        case .timeoutAny: store(duration(value, in: Self.timeout), of: setting, from: value, in: \.ctTimeouts.any)
        }
    }

    /// What only the whole file shows.
    mutating func finish() {
        if let ipv6 = given[.ipv6Enabled], let ipv4 = given[.ipv4Enabled], values.ipv6Enabled == false, values.ipv4Enabled == false {
            let last = max(ipv6.value.position, ipv4.value.position) == ipv6.value.position ? ipv6.value : ipv4.value
            fail(at: last.position, last.path, "IPv6 and IPv4 are both disabled", hint: "enable ipv6 or ipv4")
        }
        for (family, setting, enabled) in [
            (IPAddress.Family.ipv6, Setting.ipv6NativeRoutingCIDR, values.ipv6Enabled), (.ipv4, .ipv4NativeRoutingCIDR, values.ipv4Enabled),
        ] {
            guard enabled == false, let given = given[setting] else { continue }
            values.nativeRoutingCIDRs.removeAll { $0.family == family }
            warn(at: given.value.position, given.value.path, "has no effect, as \(family == .ipv6 ? "IPv6" : "IPv4") is disabled")
        }
        values.nativeRoutingCIDRs.sort()
        checkTunnelProtocol()
    }

    // MARK: Routing

    private static let noTunnel = "packets go as they are, without a tunnel"

    private mutating func setTunnel(_ value: Value) {
        guard let text = string(value) else { return }
        switch text.lowercased() {
        case "": break
        case "disabled": remember(.tunnel, value, text)
        case "vxlan", "geneve":
            fail(
                at: value.position, value.path, "\(shown(value)) is not supported (\(Self.noTunnel))",
                hint: "set tunnel: disabled, or routingMode: native, and the native routing CIDR of the pods")
        default: mismatch(value, "disabled (vxlan and geneve are not supported)")
        }
    }

    private mutating func setRoutingMode(_ value: Value) {
        guard let text = string(value) else { return }
        switch text.lowercased() {
        case "": break
        case "native": remember(.routingMode, value, text)
        case "tunnel":
            fail(
                at: value.position, value.path, "\(shown(value)) is not supported (\(Self.noTunnel))",
                hint: "set it to native, and the native routing CIDR of the pods")
        default: mismatch(value, "native (tunnel is not supported)")
        }
    }

    /// The chart renders a protocol in any case, so it says nothing beside native routing.
    private mutating func setTunnelProtocol(_ value: Value) {
        guard let text = string(value), !text.isEmpty else { return }
        guard ["vxlan", "geneve"].contains(text.lowercased()) else {
            mismatch(value, "vxlan or geneve, which mean nothing with native routing,")
            return
        }
        remember(.tunnelProtocol, value, text)
    }

    private mutating func checkTunnelProtocol() {
        guard let tunnelProtocol = given[.tunnelProtocol]?.value else { return }
        if given[.tunnel] != nil || given[.routingMode] != nil {
            let key = tunnelProtocol.path.split(separator: ".").last.map(String.init) ?? tunnelProtocol.path
            values.ignored.append(IgnoredKey(path: key, line: tunnelProtocol.position.line))
        } else {
            fail(
                at: tunnelProtocol.position, tunnelProtocol.path, "\(shown(tunnelProtocol)) is not supported (\(Self.noTunnel))",
                hint: "remove it, or set routingMode: native")
        }
    }

    private mutating func addNativeRoutingCIDR(_ family: IPAddress.Family, _ setting: Setting, _ value: Value) {
        guard let prefix = prefix(value, family: family), remember(setting, value, prefix.description) else { return }
        if !values.nativeRoutingCIDRs.contains(prefix) { values.nativeRoutingCIDRs.append(prefix) }
    }

    // MARK: Names and sizes

    private mutating func setDevices(_ value: Value) {
        guard let names = names(value), !names.isEmpty else { return }
        for name in names {
            // As the kernel's dev_valid_name: at most 15 bytes, no slash, colon or blank.
            let isName = !name.isEmpty && name.utf8.count <= 15 && name != "." && name != ".." && !name.contains { "/: \t\n".contains($0) }
            guard isName else {
                fail(at: value.position, value.path, "\(StructuredValue.quoted(name)) is not the name of a device")
                return
            }
        }
        store(names, of: .devices, from: value, in: \.devices)
    }

    private mutating func setClusterName(_ value: Value) {
        guard let name = string(value), !name.isEmpty else { return }
        func isAlphanumeric(_ c: UInt8) -> Bool { (97...122).contains(c) || (48...57).contains(c) }
        let bytes = Array(name.utf8)
        guard bytes.count <= 32, bytes.allSatisfy({ isAlphanumeric($0) || $0 == 45 }), let first = bytes.first, let last = bytes.last,
            isAlphanumeric(first), isAlphanumeric(last)
        else {
            mismatch(value, "a cluster name (at most 32 lower-case letters, digits and hyphens, no hyphen at the ends)")
            return
        }
        store(name, of: .clusterName, from: value, in: \.clusterName)
    }

    private mutating func setBPFRoot(_ value: Value) {
        guard let path = string(value), !path.isEmpty else { return }
        guard path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count < 4096 else {
            mismatch(value, "an absolute path")
            return
        }
        store(path, of: .bpfRoot, from: value, in: \.bpfRoot)
    }

    /// Entries of a map; 0 and the empty text leave the choice to the program.
    private mutating func size(_ value: Value, in range: ClosedRange<Int>) -> Int? {
        if value.node.string?.isEmpty == true { return nil }
        return int(value, in: range, or: 0).flatMap { $0 == 0 ? nil : $0 }
    }

    // MARK: Once each

    private mutating func store<Stored: Equatable>(
        _ stored: Stored?, of setting: Setting, from value: Value, in field: WritableKeyPath<InstallValues, Stored?>
    ) {
        guard let stored, remember(setting, value, "\(stored)") else { return }
        values[keyPath: field] = stored
    }

    private mutating func store<Stored: Equatable>(
        _ stored: [Stored], of setting: Setting, from value: Value, in field: WritableKeyPath<InstallValues, [Stored]>
    ) {
        guard remember(setting, value, "\(stored)") else { return }
        values[keyPath: field] = stored
    }

    /// - Returns: false, and it is a problem, when the setting was given before with another meaning.
    @discardableResult
    private mutating func remember(_ setting: Setting, _ value: Value, _ meaning: String) -> Bool {
        if let before = given[setting] {
            guard before.meaning != meaning else { return true }
            fail(
                at: value.position, value.path,
                "\(shown(value)) is not what \(before.value.path) says at line \(before.value.position.line) (\(shown(before.value)))",
                hint: "keep one of the two")
            return false
        }
        given[setting] = (value, meaning)
        return true
    }
}
