/// Kinds of Kubernetes itself that say nothing about policy, and stand beside policies in people's files. Any other kind is refused, as it
/// may be somebody else's policy, or a misspelt one.
enum ForeignKinds {
    static func contains(_ apiVersion: String, _ kind: String) -> Bool { kinds[apiVersion]?.contains(kind) ?? false }

    private static let kinds: [String: Set<String>] = [
        "v1": [
            "ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolume", "PersistentVolumeClaim", "PodTemplate", "ReplicationController",
            "ResourceQuota", "Secret", "Service", "ServiceAccount",
        ],
        "apps/v1": ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
        "batch/v1": ["CronJob", "Job"],
        "autoscaling/v1": ["HorizontalPodAutoscaler"],
        "autoscaling/v2": ["HorizontalPodAutoscaler"],
        "networking.k8s.io/v1": ["Ingress", "IngressClass", "IPAddress", "ServiceCIDR"],
        "discovery.k8s.io/v1": ["EndpointSlice"],
        "policy/v1": ["PodDisruptionBudget"],
        "rbac.authorization.k8s.io/v1": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        "scheduling.k8s.io/v1": ["PriorityClass"],
        "storage.k8s.io/v1": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "coordination.k8s.io/v1": ["Lease"],
        "admissionregistration.k8s.io/v1": [
            "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
        ],
        "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
    ]
}
