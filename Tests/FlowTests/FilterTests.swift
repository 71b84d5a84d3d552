import Model
import Net
import Testing

@testable import Flow

@Suite struct FilterTests {
    /// - Parameter options: `flag=value`, or `!flag=value` for a negated one.
    private func matches(_ event: FlowEvent, _ options: String..., names: Names? = nil) throws -> Bool {
        var filter = FlowFilter()
        for option in options {
            let isNegated = option.hasPrefix("!")
            let text = isNegated ? String(option.dropFirst()) : option
            let equals = try #require(text.firstIndex(of: "="))
            let field = try #require(FlowFilter.Field(flag: String(text[..<equals])), "\(option)")
            try filter.add(field, String(text[text.index(after: equals)...]), isNegated: isNegated)
        }
        return filter.matches(event, names: try names ?? makeNames())
    }

    /// The event is web (12) to db: TCP 44512 to 5432, SYN, EGRESS, to-network by leaf1.
    @Test(arguments: [
        ("pod=default/web", true), ("pod=default/db", true), ("pod=default/we", false), ("pod=web", true), ("pod=default/w*", true),
        ("pod=*/web", true), ("pod=kube-system/*", false), ("pod=default/", true), ("pod=batch/", false), ("from-pod=default/web", true),
        ("from-pod=default/db", false), ("to-pod=default/db", true), ("to-pod=default/*b", true), ("pod=*/*", true),
        ("namespace=default", true), ("namespace=def*", true), ("namespace=de", false), ("to-namespace=batch", false), ("n=default", true),
        ("ip=fd00:CAFE:0:1::A", true), ("ip=fd00:cafe:0:0001::a", true), ("ip=fd00:cafe:0:2::/64", true), ("from-ip=fd00:cafe:0:2::/64", false),
        ("to-ip=fd00:cafe:0:2::b", true), ("ip=fd00:cafe:0:2::c", false), ("ip=0.0.0.0/0", false), ("ip=::/0", true),
        ("port=5432", true), ("port=44512", true), ("port=80", false), ("to-port=5432", true), ("from-port=5432", false),
        ("to-port=5000-6000", true), ("to-port=5433-6000", false), ("to-port=80,5432", true), ("port=0-65535", true),
        ("protocol=tcp", true), ("protocol=TCP", true), ("protocol=udp", false), ("protocol=6", true), ("protocol=icmp", false),
        ("verdict=forwarded", true), ("verdict=FORWARDED", true), ("verdict=dropped", false),
        ("drop-reason-desc=policy_denied", false), ("drop-reason=133", false),
        ("type=trace", true), ("type=trace:to-network", true), ("type=trace:TO_NETWORK", true), ("type=4:11", true), ("type=trace:to-stack", false),
        ("type=drop", false), ("t=4", true),
        ("identity=5001", true), ("to-identity=5002", true), ("from-identity=5002", false), ("identity=host", false), ("identity=remote-node", false),
        ("label=app=web", true), ("label=k8s:app=db", true), ("from-label=app=db", false), ("to-label=app in (db, api)", true),
        ("from-label=app,io.kubernetes.pod.namespace=default", true), ("label=reserved:world-ipv6", false), ("from-label=!app", false),
        ("from-label=tier!=front", true), ("from-label=app!=web", false), ("from-label=cidr:app", false), ("from-label=any:app=web", true),
        ("traffic-direction=Egress", true), ("traffic-direction=ingress", false), ("reply=false", true), ("reply=true", false),
        ("tcp-flags=SYN", true), ("tcp-flags=syn", true), ("tcp-flags=SYN,ACK", false), ("tcp-flags=RST", false),
        ("ip-version=6", true), ("ip-version=v6", true), ("ip-version=IPv4", false),
        ("interface=lxc12", true), ("interface=55", true), ("interface=eth0", true), ("interface=eth1", false),
        ("next-hop=leaf1", true), ("next-hop=leaf*", true), ("next-hop=fe80::1", true), ("next-hop=FE80:0::1", true), ("next-hop=fe80::1%eth0", true),
        ("next-hop=eth0", true), ("next-hop=leaf2", false), ("node-name=node1", true), ("node-name=node*", true), ("node-name=node2", false),
        ("icmp-type=EchoRequest", false),
    ])
    func oneOption(option: String, isMet: Bool) throws {
        #expect(try matches(makeEvent(), option) == isMet)
        #expect(try matches(makeEvent(), "!" + option) == !isMet)
    }

    @Test func aDropIsFoundByItsReason() throws {
        var event = try makeEvent()
        event.type = 1
        event.reason = 133
        event.verdict = 2
        for option in [
            "drop-reason=133", "drop-reason-desc=POLICY_DENIED", "drop-reason=policy-denied", "drop-reason=Policy denied", "type=drop:policy_denied",
            "type=1:133", "verdict=Dropped",
        ] {
            #expect(try matches(event, option), "\(option)")
        }
        #expect(!(try matches(event, "drop-reason=132")))
        #expect(!(try matches(event, "type=trace")))
    }

    @Test func icmpIsFoundByItsType() throws {
        var event = try makeEvent()
        event.protocol = IPProtocol.icmpv6
        event.sourcePort = 128 << 8
        #expect(try matches(event, "icmp-type=echorequest"))
        #expect(try matches(event, "icmp-type=128"))
        #expect(!(try matches(event, "icmp-type=EchoReply")))
        #expect(!(try matches(event, "icmp-type=8")))
        #expect(try matches(event, "protocol=icmp"))
        #expect(!(try matches(event, "port=0-65535")), "a type is no port")
        event.family = .ipv4
        event.protocol = IPProtocol.icmp
        event.sourcePort = 8 << 8
        #expect(try matches(event, "icmp-type=EchoRequest"))
    }

    @Test func worldIsBothOfItsHalves() throws {
        var event = try makeEvent()
        event.destinationIdentity = 10
        #expect(try matches(event, "to-identity=world"))
        #expect(try matches(event, "to-identity=world-ipv6"))
        #expect(!(try matches(event, "to-identity=world-ipv4")))
        #expect(try matches(event, "to-label=reserved:world-ipv6"))
    }

    @Test func sameOptionIsOrDifferentOptionsAreAnd() throws {
        let event = try makeEvent()
        #expect(try matches(event, "to-port=80", "to-port=5432"))
        #expect(!(try matches(event, "to-port=80", "to-port=443")))
        #expect(!(try matches(event, "to-port=5432", "protocol=udp")))
        #expect(try matches(event, "to-port=80", "to-port=5432", "protocol=udp", "protocol=tcp"))
        #expect(try matches(event, "pod=default/web", "port=5432"), "each option by itself, at either end")
    }

    @Test func everyNegationExcludesOnItsOwn() throws {
        let event = try makeEvent()
        #expect(!(try matches(event, "!to-port=5432", "!verdict=DROPPED")), "one of them is met: that is enough")
        #expect(!(try matches(event, "!to-port=80", "!to-port=5432")))
        #expect(try matches(event, "!to-port=80", "!verdict=DROPPED"))
        #expect(!(try matches(event, "pod=default/web", "!to-pod=default/db")))
        #expect(try matches(event))
    }

    @Test func gonePodsAreStillFound() throws {
        var event = try makeEvent()
        event.sourceEndpoint = 9
        event.source = try address("fd00:cafe:0:1::9")
        #expect(try matches(event, "from-pod=default/old"))
    }

    @Test(arguments: [
        ("verdict", "droped", "--verdict droped: not a verdict (did you mean DROPPED?)"),
        ("verdict", "unknown", "--verdict unknown: not a verdict"),
        ("protocol", "tpc", "--protocol tpc: not a protocol (did you mean tcp?)"),
        ("drop-reason", "policy_dennied", "--drop-reason-desc policy_dennied: not a drop reason (did you mean POLICY_DENIED?)"),
        ("type", "trace:to-netwrk", "--type to-netwrk: not an observation point (did you mean to-network?)"),
        ("port", "80-", "--port 80-: not a port or a range of ports (80, 8000-8100)"),
        ("port", "90-80", "--port 90-80: not a port or a range of ports (80, 8000-8100)"),
        ("port", "65536", "--port 65536: not a port or a range of ports (80, 8000-8100)"),
        ("port", "+80", "--port +80: not a port or a range of ports (80, 8000-8100)"),
        ("ip", "fd00::/129", "--ip fd00::/129: not an address or CIDR"),
        ("pod", "a/b/c", "--pod a/b/c: write NAMESPACE/POD, or NAMESPACE/"), ("pod", "", "--pod : write NAMESPACE/POD, or NAMESPACE/"),
        ("pod", "/web", "--pod /web: write NAMESPACE/POD, or NAMESPACE/"),
        ("identity", "remote_nod", "--identity remote_nod: not an identity (did you mean remote-node?)"),
        ("tcp-flags", "SYM", "--tcp-flags SYM: not a TCP flag (did you mean SYN?)"),
        ("icmp-type", "EchoRequst", "--icmp-type EchoRequst: not an ICMP type (did you mean EchoRequest?)"),
        ("label", "app in web", "--label app in web: not a label selector; write app=web, k8s:app=web, app!=web, app, !app or app in (web, api)"),
    ])
    func badValuesAreRefused(flag: String, value: String, message: String) throws {
        var filter = FlowFilter()
        let field = try #require(FlowFilter.Field(flag: flag))
        let error = #expect(throws: FlowFilterError.self) { try filter.add(field, value) }
        #expect(error?.description == message)
        #expect(filter.isEmpty)
    }

    @Test func negationsAreJoinedForTheParser() throws {
        #expect(
            try FlowFilter.joiningNegations(in: ["observe", "--not", "--pod", "default/web", "--not", "--port=80", "--last", "5", "--not", "-6"])
                == ["observe", "--not", "pod=default/web", "--not", "port=80", "--last", "5", "--not", "ip-version=6"])
        #expect(try FlowFilter.joiningNegations(in: ["--", "--not", "x"]) == ["--", "--not", "x"])
        #expect(try FlowFilter.joiningNegations(in: ["--not", "pod=default/web"]) == ["--not", "pod=default/web"])
        #expect(throws: FlowFilterError.self) { try FlowFilter.joiningNegations(in: ["--not"]) }
        #expect(throws: FlowFilterError.self) { try FlowFilter.joiningNegations(in: ["--not", "--not", "--pod", "x"]) }
        #expect(throws: FlowFilterError.self) { try FlowFilter.joiningNegations(in: ["--not", "--pod"]) }

        var filter = FlowFilter()
        try filter.add(negation: "to-label=app=db")
        #expect(!filter.matches(try makeEvent(), names: try makeNames()))
        let error = #expect(throws: FlowFilterError.self) { try filter.add(negation: "vedict=DROPPED") }
        #expect(error?.description == "--not --vedict: not a filter (did you mean --verdict?)")
    }

    @Test func offeredWordsAreAccepted() throws {
        for field in FlowFilter.Field.allCases {
            for word in field.words {
                var filter = FlowFilter()
                #expect(throws: Never.self) { try filter.add(field, word) }
            }
        }
    }
}

@Suite struct GlobTests {
    @Test(arguments: [
        ("web", "web", true), ("web", "webhook", false), ("web*", "webhook", true), ("*hook", "webhook", true), ("w*b*k", "webhook", true),
        ("w*x*k", "webhook", false), ("*", "", true), ("", "", true), ("", "a", false), ("a*a", "a", false), ("a**b", "ab", true),
        ("*ab*ab", "abab", true), ("*ab*abc", "ababab", false),
    ])
    func starsStandForAnything(pattern: String, text: String, isMatched: Bool) {
        #expect(Glob(pattern).matches(text) == isMatched)
    }
}

@Suite struct LabelSelectorTests {
    private let labels = ["k8s:app=web", "k8s:tier=front", "k8s:empty=", "reserved:host", "cidr:2001:db8::/32"]

    @Test(arguments: [
        ("app=web", true), ("app==web", true), ("app=db", false), ("k8s:app=web", true), ("container:app=web", false), ("app", true), ("!app", false),
        ("!other", true), ("app!=db", true), ("other!=db", true), ("app=web,tier=front", true), ("app=web,tier=back", false),
        ("app in (web, api)", true),
        ("app notin (web)", false), ("other notin (web)", true), ("app in (api),tier", false), ("empty=", true), ("reserved:host", true),
        ("reserved:world", false), ("cidr:2001:db8::/32", true), ("app in (web),tier in (front,back)", true),
    ])
    func selectorsFollowKubernetes(text: String, isMatched: Bool) throws {
        #expect(try #require(LabelSelector(text)).matches(labels) == isMatched)
    }

    @Test(arguments: ["", ",", "=web", "app=web,", "app in (web", "app in web)", "app is (web)", "!", "app in ((web))", "a b"])
    func malformedSelectorsAreRefused(text: String) {
        #expect(LabelSelector(text) == nil)
    }
}
