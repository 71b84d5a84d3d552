/// Finds the known key that an unknown one was likely meant to be.
public enum NearestKey {
    /// - Returns: the candidate fewest edits away, case not counted, if these are at most a third of the key's last part (two at least); the
    ///   first in order among equals. Nil otherwise.
    public static func of(_ key: String, among candidates: some Sequence<String>) -> String? {
        guard key.utf8.count <= 80 else { return nil }
        let last = key.split(separator: ".").last.map(\.utf8.count) ?? 0
        var limit = max(2, last / 3)
        let wanted = Array(key.lowercased().utf8)
        var best: String?
        for candidate in candidates {
            guard let distance = distance(wanted, Array(candidate.lowercased().utf8), limit: limit) else { continue }
            if distance < limit || best == nil {
                best = candidate
            } else if let known = best, candidate < known {
                best = candidate
            }
            limit = distance
        }
        return best
    }

    /// Levenshtein's distance, a swap of neighbours counted as one edit; nil when above `limit`.
    public static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int? {
        guard abs(a.count - b.count) <= limit else { return nil }
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in 0..<b.count {
                var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            guard row.contains(where: { $0 <= limit }) else { return nil }
            before = previous
            previous = row
        }
        guard let distance = previous.last, distance <= limit else { return nil }
        return distance
    }
}
