/// Kubernetes' label selector: all that is said must hold. One that says nothing selects everything.
public struct LabelSelector: Codable, Hashable, Sendable {
    public struct Expression: Codable, Hashable, Sendable {
        public enum Operator: String, Codable, CaseIterable, Sendable {
            case `in` = "In"
            case notIn = "NotIn"
            case exists = "Exists"
            case doesNotExist = "DoesNotExist"
        }

        public var key: String
        public var `operator`: Operator
        public var values: [String]?

        public init(key: String, operator: Operator, values: [String]? = nil) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }

        func matches(_ labels: [String: String]) -> Bool {
            switch `operator` {
            case .in: labels[key].map { values?.contains($0) ?? false } ?? false
            // Also when the label is not there at all.
            case .notIn: labels[key].map { !(values?.contains($0) ?? false) } ?? true
            case .exists: labels[key] != nil
            case .doesNotExist: labels[key] == nil
            }
        }
    }

    public var matchLabels: [String: String]?
    public var matchExpressions: [Expression]?

    public init(matchLabels: [String: String]? = nil, matchExpressions: [Expression]? = nil) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    public func matches(_ labels: [String: String]) -> Bool {
        (matchLabels ?? [:]).allSatisfy { labels[$0.key] == $0.value } && (matchExpressions ?? []).allSatisfy { $0.matches(labels) }
    }
}
