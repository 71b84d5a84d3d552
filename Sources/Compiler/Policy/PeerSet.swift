import Model

/// Peers by number, sorted, with a fingerprint.
struct PeerSet: Sendable {
    let numbers: [UInt32]
    let print: Fingerprint

    /// - Parameter numbers: sorted, each there once.
    init(_ numbers: [UInt32], key: Fingerprint) {
        self.numbers = numbers
        var hash = SipHash(key: key)
        for number in numbers { hash.combine(number) }
        print = hash.finish()
    }

    func contains(_ number: UInt32) -> Bool {
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number
    }

    /// What of `all` (sorted) is not in it.
    func complement(in all: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        var place = 0
        for number in all {
            while place < numbers.count, numbers[place] < number { place += 1 }
            if place == numbers.count || numbers[place] != number { out.append(number) }
        }
        return out
    }
}
