import BGP
import Testing

@Suite struct CommunityTests {
    @Test(arguments: [
        ("65000:99", "65000:99"), ("4259840100", "65000:100"), ("no-export", "65535:65281"), ("graceful-shutdown", "65535:0"), ("0:0", "0:0"),
    ])
    func communitiesAreRead(text: String, canonical: String) {
        #expect(Community(text)?.description == canonical)
    }

    @Test(arguments: ["", ":", "1:", ":1", "65536:1", "1:65536", "-1:1", "+1:1", "01:1", "1:2:3", "4294967296", "No-Export", "1 :1"])
    func otherTextIsRefused(text: String) {
        #expect(Community(text) == nil)
    }

    @Test func largeCommunitiesAreRead() {
        #expect(LargeCommunity("4200000001:0:4294967295") == LargeCommunity(4_200_000_001, 0, .max))
        #expect(LargeCommunity("1:2") == nil && LargeCommunity("1:2:4294967296") == nil && LargeCommunity("1:2:3:4") == nil)
    }
}
