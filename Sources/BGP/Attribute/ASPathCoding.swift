extension ASPath {
    /// What is wrong with an AS_PATH (RFC 7606 section 7.2, RFC 7607, RFC 5065 section 5).
    enum Fault: String, Error {
        case segmentOverrun = "segment goes beyond the attribute"
        case segmentType = "unknown segment type"
        case emptySegment = "segment without AS numbers"
        case confederation = "confederation segment from outside one"
        case reservedAS = "AS 0"
    }

    /// - Parameter wide: AS numbers have four octets.
    init(_ value: ByteReader, wide: Bool) throws(Fault) {
        var value = value
        segments = []
        while let type = value.byte() {
            guard let count = value.byte() else { throw .segmentOverrun }
            // Whoever is in a confederation (types 3 and 4) strips it before speaking to others.
            guard type == 1 || type == 2 else { throw type == 3 || type == 4 ? .confederation : .segmentType }
            guard count > 0 else { throw .emptySegment }
            guard value.remaining >= Int(count) * (wide ? 4 : 2) else { throw .segmentOverrun }
            var numbers: [UInt32] = []
            numbers.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let number = wide ? value.number32() : value.number16().map(UInt32.init) else { throw .segmentOverrun }
                guard number != ASNumber.reserved else { throw .reservedAS }
                numbers.append(number)
            }
            segments.append(Segment(type == 1 ? .set : .sequence, numbers))
        }
    }

    /// This path of two-octet numbers with what AS4_PATH knows better (RFC 6793 section 4.2.3).
    func merged(with wide: ASPath) -> ASPath {
        var excess = length - wide.length
        guard excess >= 0 else { return self }
        var result: [Segment] = []
        for segment in segments where excess > 0 {
            switch segment.kind {
            case .set:
                result.append(segment)
                excess -= 1
            case .sequence:
                result.append(Segment(.sequence, Array(segment.numbers.prefix(excess))))
                excess -= min(excess, segment.numbers.count)
            }
        }
        for segment in wide.segments {
            if segment.kind == .sequence, let last = result.last, last.kind == .sequence {
                result[result.count - 1] = Segment(.sequence, last.numbers + segment.numbers)
            } else {
                result.append(segment)
            }
        }
        return ASPath(result)
    }
}
