import Net
import Testing
import Values
import YAML

/// What reading a text ends with: nothing, or one line for each problem.
func problems(_ text: String, strict: Bool = false) -> [String] {
    do throws(ValuesError) {
        _ = try ValuesReader.read(text, file: "v.yaml", strict: strict)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct ValuesReaderTests {
    private func read(_ text: String) throws -> InstallValues { try ValuesReader.read(text, file: "v.yaml") }

    @Test func oldSpellingIsAccepted() throws {
        let values = try read(
            """
            tunnel: "disabled"
            ipv6:
              enabled: true
              nativeRoutingCIDR: "fd00:cafe::/56"
            """)
        var expected = InstallValues()
        expected.ipv6Enabled = true
        expected.nativeRoutingCIDRs = [try #require(Prefix("fd00:cafe::/56"))]
        #expect(values == expected)
    }

    private var dualStack: InstallValues {
        get throws {
            var values = InstallValues()
            values.ipv6Enabled = true
            values.ipv4Enabled = true
            values.nativeRoutingCIDRs = [try #require(Prefix("fd00:cafe::/56")), try #require(Prefix("10.0.0.0/8"))]
            values.autoDirectNodeRoutes = true
            return values
        }
    }

    @Test func newSpellingIsAccepted() throws {
        let text = """
            routingMode: native
            ipv4NativeRoutingCIDR: 10.0.0.0/8
            ipv6NativeRoutingCIDR: fd00:cafe::/56
            ipv4: {enabled: true}
            ipv6: {enabled: true}
            autoDirectNodeRoutes: true
            """
        #expect(try read(text) == dualStack)
        #expect(
            try read(
                text.replacing("ipv4NativeRoutingCIDR: 10.0.0.0/8\n", with: "").replacing("ipv4: {", with: "ipv4: {nativeRoutingCIDR: 10.0.0.0/8, "))
                == dualStack)
    }

    private let configMap = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cilium-config
          namespace: kube-system
        data:
          routing-mode: native
          ipv6-native-routing-cidr: fd00:cafe::/56
          ipv4-native-routing-cidr: 10.0.0.0/8
          enable-ipv4: "true"
          enable-ipv6: "true"
          auto-direct-node-routes: "true"

        """

    @Test func configMapIsAccepted() throws {
        #expect(try read(configMap) == dualStack)
        #expect(try read("---\n" + configMap + "---\n# nothing more\n") == dualStack)
        #expect(try read(configMap.replacing("routing-mode: native", with: "tunnel: disabled")) == dualStack)
    }

    @Test func configMapInAListIsAccepted() throws {
        let indented = configMap.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let list =
            "apiVersion: v1\nkind: List\nitems:\n- kind: Namespace\n- kind: ConfigMap\n  metadata: {name: other}\n  data: {tunnel: vxlan}\n-\n"
            + indented
        #expect(try read(list) == dualStack)
        let wrong = problems(list.replacing("routing-mode: native", with: "routing-mode: tunnel"))
        #expect(wrong == ["v.yaml:15:19: items[2].data.routing-mode: \"tunnel\" is not supported (packets go as they are, without a tunnel)"])
    }

    @Test func dataAloneIsAccepted() throws {
        let data = configMap.split(separator: "\n").dropFirst(6).joined(separator: "\n")
        #expect(try read(data.split(separator: "\n").map { $0.dropFirst(2) }.joined(separator: "\n")) == dualStack)
        #expect(try read(#"{"enable-ipv6":"true","tunnel":"disabled","ipv6-native-routing-cidr":"fd00:cafe::/56"}"#).ipv6Enabled == true)
    }

    @Test(arguments: [
        "", "\n# nothing\n", "---\n", "{}", "null", "kind: ConfigMap\napiVersion: v1\n", "tunnel: \"\"\nroutingMode: ~\nipv6:\nbpf: {root: ''}\n",
    ])
    func emptyFilesSayNothing(text: String) throws {
        #expect(try read(text) == InstallValues())
    }

    @Test func allSettingsAreTaken() throws {
        let values = try read(
            """
            cluster: {name: lab-1, id: 7}
            MTU: 9000
            devices: [eth0, "bond+"]
            bgpControlPlane: {enabled: true}
            directRoutingSkipUnreachable: true
            bpf:
              root: /run/bpf
              ctTcpMax: 100000
              ctAnyMax: "2048"
              policyMapMax: 4096
              monitorInterval: 1m30s
            extraConfig:
              bpf-ct-timeout-regular-tcp: 6h0m0s
              bpf-ct-timeout-regular-tcp-syn: 30s
              bpf-ct-timeout-regular-tcp-fin: 5s
              bpf-ct-timeout-regular-any: 2m
            """)
        #expect(values.clusterName == "lab-1")
        #expect(values.clusterID == 7)
        #expect(values.mtu == 9000)
        #expect(values.devices == ["eth0", "bond+"])
        #expect(values.bgpEnabled == true)
        #expect(values.bpfRoot == "/run/bpf")
        #expect(values.tcpFlowTableSize == 100000)
        #expect(values.flowTableSize == 102048)
        #expect(values.policyMapSize == 4096)
        #expect(values.monitorAggregationInterval == 90_000_000_000)
        #expect(values.ctTimeouts == FlowTimeouts(tcp: 21_600_000_000_000, tcpSYN: 30_000_000_000, tcpFIN: 5_000_000_000, any: 120_000_000_000))
        #expect(values.ignored.map(\.path) == ["directRoutingSkipUnreachable"])
        #expect(values.warnings.isEmpty)
    }

    @Test func zeroLeavesTheChoice() throws {
        let values = try read("MTU: 0\nbpf: {ctTcpMax: 0, policyMapMax: ''}\ndevices: ''\ncluster: {name: ''}\n")
        #expect(values == InstallValues())
        #expect(values.flowTableSize == nil)
        #expect(try read("bpf: {ctTcpMax: 4096}").flowTableSize == 4096)
    }

    @Test func aTunnelIsRefusedByName() {
        #expect(problems("tunnel: vxlan\n") == ["v.yaml:1:9: tunnel: \"vxlan\" is not supported (packets go as they are, without a tunnel)"])
        #expect(problems("\ntunnel: Geneve\n") == ["v.yaml:2:9: tunnel: \"Geneve\" is not supported (packets go as they are, without a tunnel)"])
        #expect(problems("tunnel: off\n") == ["v.yaml:1:9: tunnel: expected a string, found the truth value false"])
        #expect(
            problems("tunnel: ipip\n") == ["v.yaml:1:9: tunnel: expected disabled (vxlan and geneve are not supported), found the string \"ipip\""])
        #expect(
            problems("routingMode: tunnel\ntunnelProtocol: geneve\n") == [
                "v.yaml:1:14: routingMode: \"tunnel\" is not supported (packets go as they are, without a tunnel)",
                "v.yaml:2:17: tunnelProtocol: \"geneve\" is not supported (packets go as they are, without a tunnel)",
            ])
        #expect(problems("tunnelProtocol: vxlan\n").count == 1)
        #expect(problems("tunnelProtocol: ''\n").isEmpty)
        #expect(problems("tunnelProtocol: ipip\nroutingMode: native\n").count == 1)
    }

    @Test func aProtocolSaysNothingBesideNativeRouting() throws {
        #expect(try read("tunnelProtocol: vxlan\nroutingMode: native\n").ignored == [IgnoredKey(path: "tunnelProtocol", line: 1)])
        #expect(try read("routing-mode: native\ntunnel-protocol: vxlan\n").ignored == [IgnoredKey(path: "tunnel-protocol", line: 2)])
    }

    @Test(arguments: [
        ("ipv6NativeRoutingCIDR: fd00::1/56", "v.yaml:1:24: ipv6NativeRoutingCIDR: fd00::1/56 has host bits set"),
        ("ipv6NativeRoutingCIDR: 'fd00::'", "v.yaml:1:24: ipv6NativeRoutingCIDR: \"fd00::\" has no prefix length"),
        ("ipv6NativeRoutingCIDR: 10.0.0.0/8", "v.yaml:1:24: ipv6NativeRoutingCIDR: 10.0.0.0/8 is not an IPv6 CIDR"),
        ("ipv4NativeRoutingCIDR: fd00::/56", "v.yaml:1:24: ipv4NativeRoutingCIDR: fd00::/56 is not an IPv4 CIDR"),
        ("ipv4: {nativeRoutingCIDR: 10.0.0.0/33}", "v.yaml:1:27: ipv4.nativeRoutingCIDR: \"10.0.0.0/33\" is not a CIDR"),
        ("ipv6: {nativeRoutingCIDR: 'fd00::/56,fd01::/56'}", "v.yaml:1:27: ipv6.nativeRoutingCIDR: \"fd00::/56,fd01::/56\" is not a CIDR"),
        ("ipv6: {nativeRoutingCIDR: [fd00::/56]}", "v.yaml:1:27: ipv6.nativeRoutingCIDR: expected a string, found a list"),
        ("ipv6: {nativeRoutingCIDR: 'ff00::/8'}", "v.yaml:1:27: ipv6.nativeRoutingCIDR: pods cannot have addresses in ff00::/8"),
        ("ipv6: {enabled: yess}", "v.yaml:1:17: ipv6.enabled: expected true or false, found the string \"yess\""),
        ("ipv6: {enabled: 'true'}", "v.yaml:1:17: ipv6.enabled: expected true or false, found the string \"true\""),
        ("ipv6: true", "v.yaml:1:7: ipv6: expected a mapping, found the truth value true"),
        ("autoDirectNodeRoutes: {a: 1}", "v.yaml:1:23: autoDirectNodeRoutes: expected true or false, found a mapping"),
        ("MTU: big", "v.yaml:1:6: MTU: expected an integer, found the string \"big\""),
        ("MTU: 1279", "v.yaml:1:6: MTU: 1279 is not within 1280 to 65535"),
        ("MTU: 1500.5", "v.yaml:1:6: MTU: expected an integer, found the number 1500.5"),
        ("cluster: {id: 512}", "v.yaml:1:15: cluster.id: 512 is not within 0 to 511"),
        ("bpf: {ctTcpMax: 99999999999}", "v.yaml:1:17: bpf.ctTcpMax: 99999999999 is not within 1024 to 16777216"),
        ("bpf: {monitorInterval: 5}", "v.yaml:1:24: bpf.monitorInterval: expected a string, found the number 5"),
        ("bpf: {monitorInterval: '5'}", "v.yaml:1:24: bpf.monitorInterval: expected a duration such as 5s or 1m30s, found the string \"5\""),
        ("bpf: {monitorInterval: 1ms}", "v.yaml:1:24: bpf.monitorInterval: 1ms is not within 100 ms to 86400 s"),
        ("bpf: {root: sys/fs/bpf}", "v.yaml:1:13: bpf.root: expected an absolute path, found the string \"sys/fs/bpf\""),
        ("devices: [eth0, 5]", "v.yaml:1:17: devices[1]: expected a string, found the number 5"),
        ("devices: eth0 a/b", "v.yaml:1:10: devices: \"a/b\" is not the name of a device"),
        ("ipv4: {enabled: false}\nipv6: {enabled: false}", "v.yaml:2:17: ipv6.enabled: IPv6 and IPv4 are both disabled"),
        ("extraConfig: [a]", "v.yaml:1:14: extraConfig: expected a mapping, found a list"),
        ("[1, 2]", "v.yaml:1:1: expected Helm values or a ConfigMap, found a list"),
        ("just text", "v.yaml:1:1: expected Helm values or a ConfigMap, found the string \"just text\""),
        ("a: [", "v.yaml:2:1: did not find expected node content (while parsing a flow node)"),
        ("ipv6: {}\n---\nipv4: {}\n", "v.yaml:3:1: a second document begins here"),
        ("kind: Deployment\n", "v.yaml:1:7: kind: expected ConfigMap or List, found the string \"Deployment\""),
        ("kind: List\nitems: []\n", "v.yaml:2:8: items: no ConfigMap is in it"),
        ("kind: List\n", "v.yaml:1:7: items: expected a list of objects, found none"),
        ("kind: List\nitems:\n- kind: ConfigMap\n- kind: ConfigMap\n", "v.yaml:3:1: items: none of its ConfigMaps is named cilium-config"),
        ("kind: ConfigMap\ndata: [1]\n", "v.yaml:2:7: data: expected a mapping, found a list"),
        ("kind: ConfigMap\napiVersion: v2\n", "v.yaml:2:13: apiVersion: expected v1, found the string \"v2\""),
        (
            "kind: ConfigMap\ndata: {enable-ipv6: maybe}\n",
            "v.yaml:2:21: data.enable-ipv6: expected \"true\" or \"false\", found the string \"maybe\""
        ),
        ("kind: ConfigMap\ndata: {mtu: '1e9'}\n", "v.yaml:2:13: data.mtu: 1000000000 is not within 1280 to 65535"),
        ("kind: ConfigMap\ndata: {mtu: [1]}\n", "v.yaml:2:13: data.mtu: expected a string, found a list"),
        ("tunnel: disabled\ntunnel: disabled\n", "v.yaml:2:1: the key \"tunnel\" is already at line 1"),
        ("tunnel: \u{1}\n", "v.yaml:1:9: control characters are not allowed (0x1)"),
    ])
    func wrongValuesAreOneLineEach(text: String, message: String) {
        #expect(problems(text) == [message])
    }

    @Test func allProblemsComeAtOnceInOrder() {
        let text = """
            tunnel: vxlan
            l7Proxy: true
            ipv6:
              enabled: maybe
              nativeRoutingCIDR: fd00::1/56
            tunnel: disabled
            encryption: {enabled: true}
            enableIPv6Masquerade: true
            """
        #expect(
            problems(text).map { $0.prefix(13) } == [
                "v.yaml:1:9: t", "v.yaml:2:10: ", "v.yaml:4:12: ", "v.yaml:5:22: ", "v.yaml:6:1: t", "v.yaml:7:23: ", "v.yaml:8:23: ",
            ])
    }

    @Test func spellingsMustAgree() throws {
        let text = "ipv6: {nativeRoutingCIDR: fd00::/56}\nipv6NativeRoutingCIDR: \"fd00:0::/56\"\n"
        #expect(try read(text).nativeRoutingCIDRs == [try #require(Prefix("fd00::/56"))])
        #expect(
            problems(text.replacing("fd00:0::", with: "fd01::")) == [
                "v.yaml:2:24: ipv6NativeRoutingCIDR: \"fd01::/56\" is not what ipv6.nativeRoutingCIDR says at line 1 (\"fd00::/56\")"
            ])
        #expect(
            problems("MTU: 1500\nextraConfig: {mtu: '9000'}\n") == ["v.yaml:2:20: extraConfig.mtu: \"9000\" is not what MTU says at line 1 (1500)"])
    }

    @Test func aDisabledFamilyNeedsNoCIDR() throws {
        let values = try read("ipv4: {enabled: false}\nipv4NativeRoutingCIDR: 10.0.0.0/8\nipv6NativeRoutingCIDR: fd00::/56\n")
        #expect(values.nativeRoutingCIDRs == [try #require(Prefix("fd00::/56"))])
        #expect(values.warnings.map(\.description) == ["v.yaml:2:24: ipv4NativeRoutingCIDR: has no effect, as IPv4 is disabled"])
    }

    @Test func configMapValuesShouldBeText() throws {
        let values = try read("kind: ConfigMap\ndata:\n  enable-ipv6: true\n")
        #expect(values.ipv6Enabled == true)
        #expect(values.warnings.map(\.description) == ["v.yaml:3:16: data.enable-ipv6: the truth value true is not a string"])
    }

    @Test func errorsPrintWithHints() {
        #expect(
            throws: ValuesError.invalid([
                Problem(
                    file: "v.yaml", position: .init(line: 1, column: 23), path: "enableIPv4Masquerade",
                    message: "true is not supported (pods' addresses are not translated: the fabric routes them)",
                    hint: "set it to false or remove it")
            ])
        ) { try read("enableIPv4Masquerade: true") }
        do throws(ValuesError) {
            _ = try ValuesReader.read("ipv6NativeRoutingCIDR: fd00::1/56", file: "v.yaml")
            Issue.record("host bits were accepted")
        } catch {
            #expect(error.description == "v.yaml:1:24: ipv6NativeRoutingCIDR: fd00::1/56 has host bits set\n  hint: the prefix is fd00::/56")
        }
    }
}
