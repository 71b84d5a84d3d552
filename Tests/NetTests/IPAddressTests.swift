import Net
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("fe80::1", "fe80::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("1::", "1::"),
    ])
    func textIsCanonical(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4",
        "::ffff:1.2.3.4", "fe80::1%eth0", "g::", "1:", ":1", "1:2:3:4:5:6:7:8::", "[::1]", "1.2.3.4:5", "::1.2.3",
    ])
    func malformedTextIsRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func bytesRoundTrip() throws {
        let address = try #require(IPAddress("2001:db8::1"))
        #expect(IPAddress(bytes: address.bytes) == address)
        #expect(IPAddress(bytes: [192, 0, 2, 1] as [UInt8])?.description == "192.0.2.1")
    }

    @Test func prefixesContain() throws {
        let wide = try #require(Prefix("fd00:cafe::/56"))
        #expect(wide.contains(try #require(IPAddress("fd00:cafe:0:2::b"))))
        #expect(!wide.contains(try #require(IPAddress("fd00:cafe:0:100::b"))))
        #expect(!Prefix.ipv6Default.contains(try #require(IPAddress("10.0.0.1"))))
        #expect(Prefix.ipv4Default.contains(try #require(IPAddress("10.0.0.1"))))
        #expect(Prefix("fd00:cafe::1/56") == nil)
        #expect(Prefix(lenient: "fd00:cafe::1/56") == wide)
        #expect(Prefix("10.0.0.0/33") == nil)
    }

    @Test func macAddressMakesItsLinkLocal() throws {
        #expect(try #require(MACAddress("02:00:5e:10:00:01")).linkLocal.description == "fe80::5eff:fe10:1")
    }
}
