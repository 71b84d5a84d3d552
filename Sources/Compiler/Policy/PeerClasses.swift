import Model
import Net
import Policy

/// Ends that no rule of any policy tells apart have one number, the peer in the compiled entries: a kind of end and the CIDR blocks that its
/// address is in. The first class of an identity has the identity's own number, the others one made of what they are.
struct PeerClasses: Sendable {
    struct Class: Hashable {
        let kind: Int
        let cover: Int
    }

    private(set) var classes: [Class] = []
    /// By class.
    private(set) var numbers: [UInt32] = []
    /// Of exact addresses, in the order of `PolicyEnds.addresses`.
    private(set) var ofAddress: [Int] = []
    /// Of pieces of the address space.
    private(set) var ofPiece: [Int] = []
    /// Of pieces: whether what is around is of another class.
    private(set) var isApart: [Bool] = []
    /// Numbers of each kind, sorted.
    private(set) var ofKind: [[UInt32]]
    /// Numbers in each block, sorted.
    private(set) var ofBlock: [[UInt32]]
    /// All numbers, sorted.
    private(set) var all: [UInt32] = []

    private var places: [Class: Int] = [:]
    /// Of classes that are in no block, by kind.
    private var plainPlaces: [Int?]

    init(_ ends: PolicyEnds, _ blocks: inout AddressBlocks, key: Fingerprint) {
        ofKind = Array(repeating: [], count: ends.kinds.count)
        plainPlaces = Array(repeating: nil, count: ends.kinds.count)
        ofBlock = Array(repeating: [], count: blocks.blocks.count)
        for family in [IPAddress.Family.ipv6, .ipv4] { _ = place(Class(kind: ends.world[family] ?? 0, cover: 0)) }
        ofAddress.reserveCapacity(ends.addresses.count)
        for end in ends.addresses {
            let cover = blocks.piece(of: end.address).map { blocks.pieces[$0].cover } ?? 0
            ofAddress.append(place(cover == 0 ? Class(kind: end.kind, cover: 0) : Self.classOf(ends, &blocks, end.kind, cover)))
        }
        for piece in blocks.pieces {
            let kind = piece.range.map { ends.ranges[$0].kind } ?? ends.world[piece.prefix.family] ?? 0
            let index = place(Self.classOf(ends, &blocks, kind, piece.cover))
            let around = piece.parent.map { ofPiece[$0] } ?? plainPlaces[ends.world[piece.prefix.family] ?? 0]
            isApart.append(index != around)
            ofPiece.append(index)
        }
        number(ends, blocks, key)
        for (index, item) in classes.enumerated() {
            ofKind[item.kind].append(numbers[index])
            for block in blocks.covers[item.cover] { ofBlock[Int(block)].append(numbers[index]) }
        }
        for index in ofKind.indices { ofKind[index].sort() }
        for index in ofBlock.indices { ofBlock[index].sort() }
        all = numbers.sorted()
    }

    private static func classOf(_ ends: PolicyEnds, _ blocks: inout AddressBlocks, _ kind: Int, _ cover: Int) -> Class {
        if case .world = ends.kinds[kind].role { return Class(kind: kind, cover: cover) }
        return Class(kind: kind, cover: blocks.withoutWorldBlocks(cover))
    }

    private mutating func place(_ item: Class) -> Int {
        if let found = item.cover == 0 ? plainPlaces[item.kind] : places[item] { return found }
        classes.append(item)
        if item.cover == 0 { plainPlaces[item.kind] = classes.count - 1 } else { places[item] = classes.count - 1 }
        return classes.count - 1
    }

    private mutating func number(_ ends: PolicyEnds, _ blocks: AddressBlocks, _ key: Fingerprint) {
        var taken: Set<UInt32> = []
        taken.reserveCapacity(classes.count)
        numbers.reserveCapacity(classes.count)
        for item in classes {
            let kind = ends.kinds[item.kind]
            if taken.insert(kind.identity).inserted {
                numbers.append(kind.identity)
                continue
            }
            var hash = SipHash(key: key)
            hash.combine(kind.identity)
            switch kind.role {
            case .pod:
                hash.combine(kind.pod.namespace)
                hash.combine(kind.pod.serviceAccount)
                for port in kind.ports {
                    hash.combine(port.name)
                    hash.combine(Int(port.protocol.rawValue) << 16 | Int(port.port))
                }
            case .node, .host:
                for (name, value) in kind.labels.sorted(by: { $0.key < $1.key }) {
                    hash.combine(name)
                    hash.combine(value)
                }
                hash.combine(kind.isAPIServer ? 1 : 0)
            case .world, .unmanaged: break
            }
            for print in blocks.covers[item.cover].map({ blocks.prints[Int($0)] }).sorted() { hash.combine(print) }
            var number = UInt32(truncatingIfNeeded: hash.finish().low) | Self.derived
            while !taken.insert(number).inserted { number = number &+ 1 | Self.derived }
            numbers.append(number)
        }
    }

    /// No identity is this large.
    static let derived: UInt32 = 1 << 31
}
