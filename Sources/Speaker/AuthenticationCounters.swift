/// What the kernel counts of TCP MD5 signatures that are wrong or missing, in this network namespace: a peer with another password just
/// does not answer, and this alone tells why.
struct AuthenticationCounters: Equatable {
    var notFound = 0
    var unexpected = 0
    var failure = 0

    /// Reads them now.
    init() {
        guard let text = TextFile.bytes("/proc/net/netstat", limit: 1 << 16).map({ String(decoding: $0, as: UTF8.self) }) else { return }
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("TcpExt:") }
        guard lines.count == 2 else { return }
        let values = Dictionary(zip(lines[0].split(separator: " "), lines[1].split(separator: " "))) { first, _ in first }
        notFound = values["TCPMD5NotFound"].flatMap { Int($0) } ?? 0
        unexpected = values["TCPMD5Unexpected"].flatMap { Int($0) } ?? 0
        failure = values["TCPMD5Failure"].flatMap { Int($0) } ?? 0
    }

    /// What the change since `before` says about a peer that does not come up.
    func hint(since before: AuthenticationCounters, hasPassword: Bool) -> String? {
        if hasPassword, failure > before.failure { return "packets with a wrong MD5 signature arrive: the passwords differ" }
        if hasPassword, notFound > before.notFound { return "packets without an MD5 signature arrive: the peer has no password" }
        if !hasPassword, unexpected > before.unexpected { return "packets with an MD5 signature arrive: the peer has a password, this side has none" }
        return nil
    }
}
