import Net
import YAML

extension Field {
    /// A prefix in CIDR notation, its length written. Host bits may be set and do not count, as in the API server unless told otherwise
    /// (`StrictIPCIDRValidation`).
    /// - Returns: nil, and it is reported, when it is none.
    func cidr() -> Prefix? {
        guard let text = string() else { return nil }
        guard text.contains("/"), let prefix = Prefix(lenient: text) else {
            fail(.invalid, "\(Field.shown(text)) is no CIDR: must be an address and a prefix length (10.9.8.0/24, 2001:db8::/64)")
            return nil
        }
        return prefix
    }

    /// `except` of `prefix`.
    /// - Parameter isStrict: whether an exception must be smaller than the prefix itself.
    func exceptions(to prefix: Prefix?, isStrict: Bool) -> [Prefix] {
        var exceptions: [Prefix] = []
        for element in elements() ?? [] {
            guard let except = element.cidr() else { continue }
            if let prefix, !prefix.contains(except) || (isStrict && prefix.length == except.length) {
                element.fail(.invalid, "\(except) must be within \(prefix)" + (isStrict ? " and smaller" : ""))
            }
            exceptions.append(except)
        }
        return exceptions
    }
}
