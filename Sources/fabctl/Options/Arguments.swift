public import ArgumentParser
public import Model
public import Net

extension PodName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension IPAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Prefix: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// `key=value`, as kubectl takes labels.
struct LabelArgument: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        key = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
        guard key.utf8.count <= 317, value.utf8.count <= 63, (key + value).utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
    }
}

extension Array where Element == LabelArgument {
    var dictionary: [String: String] { Dictionary(map { ($0.key, $0.value) }) { $1 } }
}

/// The address of a neighbour: `ADDR`, or `ADDR%DEV` where only the device makes it one.
struct ViaArgument: ExpressibleByArgument {
    let address: IPAddress
    let device: String?

    init?(argument: String) {
        let parts = argument.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        self.address = address
        device = parts.count > 1 ? String(parts[1]) : nil
        if device?.isEmpty == true { return nil }
    }
}
