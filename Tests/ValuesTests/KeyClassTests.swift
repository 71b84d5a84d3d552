import Testing

@testable import Values

/// Every key of the table, in both kinds of file, at values that ask for something and that ask for nothing.
@Suite struct KeyClassTests {
    /// A Helm file with one key.
    private func helm(_ path: String, _ value: String) -> String {
        var text = ""
        let parts = path.split(separator: ".")
        for (depth, part) in parts.enumerated() {
            text += String(repeating: "  ", count: depth) + "\(part):" + (depth == parts.count - 1 ? " \(value)\n" : "\n")
        }
        return text
    }

    private func configMap(_ key: String, _ text: String) -> String {
        "kind: ConfigMap\ndata:\n  \(key.replacing("*", with: "x")): \"\(text)\"\n"
    }

    /// Values in YAML that ask for nothing, and that ask for something.
    private func values(_ nothing: Nothing) -> (nothing: [String], something: [String]) {
        switch nothing {
        case .off: (["false", "null"], ["true"])
        case .on: (["true", "null"], ["false"])
        case .texts(let texts):
            (texts.map { "\"\($0)\"" } + ["\"\"", "null"] + (texts.contains("false") ? ["false"] : []), ["something", "true", "5"])
        case .empty: (["\"\"", "null", "[]", "{}"], ["something", "[a]", "{a: b}"])
        case .zero: (["0", "null"], ["1"])
        }
    }

    static let refused = KeyTable.rules.filter { if case .refused = $0.meaning { true } else { false } }
    static let ignored = KeyTable.rules.filter { $0.meaning == .ignored }

    @Test(arguments: refused.filter { $0.helm != nil })
    func refusedKeysOfHelm(rule: KeyRule) throws {
        guard let path = rule.helm, case .refused(let nothing, let reason, _) = rule.meaning else { return }
        for value in values(nothing).nothing {
            #expect(try ValuesReader.read(helm(path, value), file: "v.yaml", strict: true) == InstallValues(), "\(path): \(value)")
        }
        for value in values(nothing).something {
            let lines = problems(helm(path, value))
            #expect(lines.count == 1 && lines.allSatisfy { $0.contains(": \(path): ") && $0.hasSuffix("is not supported (\(reason))") }, "\(lines)")
            #expect(lines.allSatisfy { $0.hasPrefix("v.yaml:\(path.split(separator: ".").count):") }, "\(lines)")
        }
    }

    @Test(arguments: refused.filter { !$0.configMap.isEmpty })
    func refusedKeysOfConfigMaps(rule: KeyRule) throws {
        guard case .refused(let nothing, let reason, _) = rule.meaning else { return }
        for key in rule.configMap {
            let (fine, wrong): ([String], [String]) =
                switch nothing {
                case .off: (["false", "0", ""], ["true", "1", "T"])
                case .on: (["true", ""], ["false"])
                case .texts(let texts): (texts + [""], ["something"])
                case .empty: (["", " "], ["something"])
                case .zero: (["0", ""], ["1"])
                }
            for text in fine {
                #expect(try ValuesReader.read(configMap(key, text), file: "v.yaml", strict: true) == InstallValues(), "\(key): \(text)")
            }
            for text in wrong {
                #expect(problems(configMap(key, text)) == ["v.yaml:3:\(key.count + 5): data.\(key): \"\(text)\" is not supported (\(reason))"])
            }
        }
    }

    @Test(arguments: ignored)
    func ignoredKeysAreListedOnce(rule: KeyRule) throws {
        if let path = rule.helm {
            for value in ["true", "text", "5", "[1, 2]", "{a: {b: c}, d: e}"] {
                let values = try ValuesReader.read(helm(path, value), file: "v.yaml", strict: true)
                var expected = InstallValues()
                expected.ignored = [IgnoredKey(path: path, line: path.split(separator: ".").count)]
                #expect(values == expected)
            }
        }
        for key in rule.configMap {
            let values = try ValuesReader.read(configMap(key, "any"), file: "v.yaml", strict: true)
            #expect(values.ignored == [IgnoredKey(path: key, line: 3)])
        }
    }

    @Test func whatIsBelowAPatternIsListedOnce() throws {
        let values = try ValuesReader.read(
            "kind: ConfigMap\ndata: {hubble-a: x, hubble-b: y, debug: 'true', enable-hubble: 'true'}\n", file: "v.yaml")
        #expect(values.ignored.map(\.path) == ["hubble-*", "debug", "enable-hubble*"])
    }

    @Test func quotedTruthIsNotTruthToHelm() {
        #expect(problems("l7Proxy: 'false'") == ["v.yaml:1:10: l7Proxy: expected true or false, found the string \"false\""])
        #expect(
            problems("kubeProxyReplacement: strict") == [
                "v.yaml:1:23: kubeProxyReplacement: \"strict\" is not supported (services are left to kube-proxy)"
            ])
        #expect(
            problems("kubeProxyReplacement: true") == ["v.yaml:1:23: kubeProxyReplacement: true is not supported (services are left to kube-proxy)"])
        #expect(problems("cni: {chainingMode: [a]}") == ["v.yaml:1:21: cni.chainingMode: expected a string, found a list"])
    }

    @Test(arguments: [
        ("routngMode: native\n", "v.yaml:1:1: routngMode: unknown key, the nearest known one is routingMode"),
        ("a: 1\nipv6:\n  enabeld: true\n", "v.yaml:3:3: ipv6.enabeld: unknown key, the nearest known one is ipv6.enabled"),
        ("encryption: {enable: true}\n", "v.yaml:1:14: encryption.enable: unknown key, the nearest known one is encryption.enabled"),
        ("ipv6.enabled: true\n", "v.yaml:1:1: [\"ipv6.enabled\"]: unknown key, the nearest known one is ipv6.enabled"),
        ("nothingLikeIt: {ipv6: true}\n", "v.yaml:1:1: nothingLikeIt: unknown key"),
        ("ipv6: {}\nrouting-mode: tunnel\n", "v.yaml:2:1: routing-mode: unknown key, the nearest known one is routingMode"),
        (
            "ipv6: {}\nbpf-ct-timeout-regular-tcp: 1h\n",
            "v.yaml:2:1: bpf-ct-timeout-regular-tcp: unknown key, the nearest known one is extraConfig.bpf-ct-timeout-regular-tcp"
        ),
        (
            "extraConfig: {routing-mod: native}\n",
            "v.yaml:1:15: extraConfig.routing-mod: unknown key, the nearest known one is extraConfig.routing-mode"
        ),
        ("kind: ConfigMap\ndata: {enable-ip6: 'true'}\n", "v.yaml:2:8: data.enable-ip6: unknown key, the nearest known one is data.enable-ipv6"),
        ("kind: ConfigMap\nspec: {}\n", "v.yaml:2:1: spec: unknown field of a ConfigMap"),
    ])
    func unknownKeysAreWarningsWithTheNearestKey(text: String, message: String) throws {
        let values = try ValuesReader.read(text, file: "v.yaml")
        #expect(values.warnings.map(\.description).last == message)
        #expect(problems(text, strict: true).last == message)
    }

    @Test func warningsAndProblemsAreSortedTogetherWhenStrict() {
        #expect(problems("l7Proxy: true\nfoo: 1\ntunnel: vxlan\n", strict: true).map { $0.prefix(9) } == ["v.yaml:1:", "v.yaml:2:", "v.yaml:3:"])
        #expect(problems("l7Proxy: true\nfoo: 1\ntunnel: vxlan\n").count == 2)
    }
}
