/// Writes the attributes of a speaker's own routes (RFC 4271 section 4.3).
struct AttributeEncoder: Sendable {
    let localAS: UInt32
    let isInternal: Bool
    let fourOctetAS: Bool

    /// All but MP_REACH_NLRI, ascending by type. What goes with NLRI in the message's own field has NEXT_HOP too.
    func encode(_ route: RouteAttributes, nextHop: NextHop?) -> [UInt8] {
        var bytes: [UInt8] = []
        write(.origin, &bytes) { $0.append(PathAttributes.Origin.igp.rawValue) }
        write(.asPath, &bytes) { bytes in
            guard !isInternal else { return }
            bytes.append(ASPath.Segment.Kind.sequence.rawValue)
            bytes.append(1)
            if fourOctetAS {
                bytes.write(localAS)
            } else {
                bytes.write(UInt16(exactly: localAS) ?? UInt16(ASNumber.transition))
            }
        }
        if let nextHop { write(.nextHop, &bytes) { $0.append(contentsOf: nextHop.bytes) } }
        if let value = route.multiExitDiscriminator { write(.multiExitDiscriminator, &bytes) { $0.write(value) } }
        if isInternal { write(.localPreference, &bytes) { $0.write(route.localPreference ?? 100) } }
        if !route.communities.isEmpty {
            write(.communities, &bytes) { bytes in
                for community in route.communities { bytes.write(community.value) }
            }
        }
        // RFC 6793 section 4.2.2: what AS_TRANS stands for.
        if !isInternal, !fourOctetAS, localAS > UInt16.max {
            write(.as4Path, &bytes) { bytes in
                bytes.append(ASPath.Segment.Kind.sequence.rawValue)
                bytes.append(1)
                bytes.write(localAS)
            }
        }
        if !route.largeCommunities.isEmpty {
            write(.largeCommunities, &bytes) { bytes in
                for community in route.largeCommunities {
                    bytes.write(community.global)
                    bytes.write(community.local1)
                    bytes.write(community.local2)
                }
            }
        }
        return bytes
    }

    private func write(_ type: AttributeType, _ bytes: inout [UInt8], _ value: (inout [UInt8]) -> Void) {
        var content: [UInt8] = []
        value(&content)
        bytes.append(content.count > 255 ? type.flags | AttributeFlags.extendedLength : type.flags)
        bytes.append(type.rawValue)
        if content.count > 255 {
            bytes.write(UInt16(clamping: content.count))
        } else {
            bytes.append(UInt8(content.count))
        }
        bytes.append(contentsOf: content)
    }
}
