import FuzzSupport
import Net
import Testing

/// Damaged addresses: what is understood is written and understood again as the same.
@Suite("fuzzed addresses") struct AddressFuzzTests {
    private static let seeds = [
        "fd00:cafe:0:1::a", "::ffff:10.244.1.11", "fe80::1", "::", "10.0.0.1", "fd00::/64", "10.1.0.0/16", "02:00:00:00:0a:01",
    ].map {
        Array($0.utf8)
    }

    @Test func damagedAddresses() {
        var mutator = Mutator(seed: 6, words: [":", "::", ".", "/", "0", "ffff", "%eth0", "256", "/129"].map { Array($0.utf8) })
        var understood = 0
        for _ in 0..<Fuzz.cases(share: 20_000) {
            let text = String(decoding: mutator.damaged(Self.seeds[mutator.random.below(Self.seeds.count)], limit: 100), as: UTF8.self)
            if let address = IPAddress(text) {
                #expect(IPAddress(address.description) == address, "\(text)")
                understood += 1
            }
            if let prefix = Prefix(text) { #expect(Prefix(prefix.description) == prefix, "\(text)") }
            if let prefix = Prefix(lenient: text) { #expect(Prefix(prefix.description) == prefix, "\(text)") }
            if let mac = MACAddress(text) { #expect(MACAddress(mac.description) == mac, "\(text)") }
        }
        #expect(understood > 0)
    }
}
