internal import Net

extension LocalAddresses {
    /// How the peer reaches this node, by family (RFC 2545 section 3, RFC 8950 section 3). A family that is not in it cannot be
    /// announced. What is the peer's own is never told it (RFC 4271 section 5.1.3).
    ///
    /// A global one has a link-local one beside it only where the session itself is link-local. RFC 2545 wants it on every shared link, but a
    /// bgpd of FRR 8.4 that has just started does not know its interfaces yet, and takes a link-local next hop for a withdrawal, without a
    /// word and for as long as the session stands.
    func nextHops(_ agreed: Negotiated) -> [AddressFamily: NextHop] {
        let shared = linkLocal ?? (!local.isIPv4 && local.isLinkLocal ? local : nil)
        let wide = global ?? (local.isIPv4 || local.isLinkLocal ? nil : local)
        let ipv6: NextHop? =
            if let wide, wide != peer {
                NextHop(wide, linkLocal: local.isIPv4 || !local.isLinkLocal ? nil : shared)
            } else {
                shared.map { NextHop($0) }
            }
        var hops: [AddressFamily: NextHop] = [:]
        hops[.ipv6Unicast] = ipv6
        if !local.isIPv4, agreed.extendedNextHop, let ipv6 {
            hops[.ipv4Unicast] = ipv6
        } else if let ipv4 = ipv4 ?? (local.isIPv4 ? local : nil), ipv4 != peer {
            hops[.ipv4Unicast] = NextHop(ipv4)
        }
        return hops
    }
}
