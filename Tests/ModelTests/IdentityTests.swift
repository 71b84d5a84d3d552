import Model
import Net
import Testing

@Suite struct IdentityTests {
    @Test func aLabelSetHasOneNumber() {
        var table = IdentityTable()
        let web = table.number(labels: ["k8s:app=web", "k8s:io.kubernetes.pod.namespace=default"])
        #expect(web == 256)
        #expect(table.number(labels: ["k8s:io.kubernetes.pod.namespace=default", "k8s:app=web"]) == web)
        #expect(table.number(labels: ["k8s:app=web"]) == 257)
        #expect(table.number(labels: ["cidr:2001:db8::/32"]) == 1 << 24)
        #expect(table.number(labels: ["cidr:2001:db8::/48"]) == (1 << 24) + 1)
        #expect(table.labels(of: web) == ["k8s:app=web", "k8s:io.kubernetes.pod.namespace=default"])
        #expect(table.labels(of: 2) == ["reserved:world"])
        #expect(table.labels(of: 9999) == nil)
        #expect(table.identities.map(\.number) == table.identities.map(\.number).sorted())
    }

    /// A pod is where it is: a label of its own that says otherwise gives it no other place's identity.
    @Test func theNamespaceIsNotALabelOfThePods() {
        let labels = IdentityTable.podLabels(["app": "web", "io.kubernetes.pod.namespace": "kube-system"], namespace: "default")
        #expect(labels == ["k8s:app=web", "k8s:io.kubernetes.pod.namespace=default"])
        #expect(IdentityTable.podLabels([:], namespace: "n") == ["k8s:io.kubernetes.pod.namespace=n"])
    }

    @Test func reservedNames() {
        #expect(ReservedIdentity(rawValue: 1)?.name == "host")
        #expect(ReservedIdentity(rawValue: 5)?.name == "init")
        #expect(ReservedIdentity(rawValue: 8) == nil)
        #expect(Set(ReservedIdentity.allCases.map(\.name)).count == ReservedIdentity.allCases.count)
        #expect(ReservedIdentity.allCases.allSatisfy { $0.rawValue < IdentityTable.firstLabels })
    }
}
