import Net
import YAML

/// `v1` Namespace, Pod and Node: only what policies ask of them. Their other fields are not looked at.
enum ClusterKinds {
    static func namespace(_ root: Field) -> ClusterNamespace? {
        let metadata = Metadata(of: root, namespace: nil, checkingName: Names.dnsLabel)
        return ClusterNamespace(name: metadata.name, labels: metadata.labels)
    }

    static func node(_ root: Field) -> ClusterNode? {
        let metadata = Metadata(of: root, namespace: nil, checkingName: Names.dnsSubdomain)
        var node = ClusterNode(name: metadata.name, labels: metadata.labels)
        for element in root["status"]?["addresses"]?.elements() ?? [] {
            // Of its addresses only these are IP addresses.
            guard let type = element["type"]?.node.string, type == "InternalIP" || type == "ExternalIP" else { continue }
            if let address = element["address"]?.address(), !node.addresses.contains(address) { node.addresses.append(address) }
        }
        let spec = root["spec"]
        for field in spec?["podCIDRs"]?.elements() ?? spec?["podCIDR"].map({ [$0] }) ?? [] {
            if let prefix = field.cidr() { node.podCIDRs.append(prefix) }
        }
        return node
    }

    static func pod(_ root: Field, defaultNamespace: String) -> ClusterPod? {
        let metadata = Metadata(of: root, namespace: defaultNamespace, checkingName: Names.dnsSubdomain)
        var pod = ClusterPod(namespace: metadata.namespace ?? defaultNamespace, name: metadata.name, labels: metadata.labels)
        let spec = root["spec"]
        pod.node = spec?["nodeName"]?.string()
        pod.hostNetwork = spec?["hostNetwork"]?.bool() ?? false
        pod.serviceAccount = (spec?["serviceAccountName"] ?? spec?["serviceAccount"])?.string() ?? pod.serviceAccount
        // Sidecars are init containers.
        for key in ["containers", "initContainers"] {
            for container in spec?[key]?.elements() ?? [] {
                for element in container["ports"]?.elements() ?? [] {
                    if let port = port(element) { pod.ports.append(port) }
                }
            }
        }
        let status = root["status"]
        for element in status?["podIPs"]?.elements() ?? [] {
            if let address = element["ip"]?.address() { pod.addresses.append(address) }
        }
        if pod.addresses.isEmpty, let field = status?["podIP"], field.node.string != "", let address = field.address() { pod.addresses = [address] }
        // A pod that has ended has given its addresses back.
        if let phase = status?["phase"]?.node.string, phase == "Succeeded" || phase == "Failed" { return nil }
        return pod
    }

    /// - Returns: nil for a port without a name too, which no policy can mean.
    private static func port(_ element: Field) -> ContainerPort? {
        let transport = element["protocol"].map { $0.transportProtocol() } ?? .tcp
        guard let field = element["containerPort"] else {
            element.fail(.required, key: "containerPort", "must be a number from 1 to 65535")
            return nil
        }
        let number = field.int(in: 1...65535)
        guard let name = element["name"] else { return nil }
        guard let text = name.string(), let number, let transport else { return nil }
        for wrong in Names.portName(text) { name.fail(.invalid, "\(Field.shown(text)): \(wrong)") }
        return ContainerPort(name: text, protocol: transport, port: UInt16(number))
    }
}

extension Field {
    /// An IP address.
    func address() -> IPAddress? {
        guard let text = string() else { return nil }
        guard let address = IPAddress(text) else {
            fail(.invalid, "\(Field.shown(text)) is no IP address")
            return nil
        }
        return address
    }
}
