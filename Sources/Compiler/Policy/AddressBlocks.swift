import Model
import Net
import Policy

/// Which of the CIDR blocks in rules an address is in. Blocks and the ranges of known ends cut the addresses into pieces, one for each prefix that
/// any of them names; within a piece (without those inside it) all addresses are alike.
struct AddressBlocks: Sendable {
    struct Piece {
        let prefix: Prefix
        /// The piece around it.
        let parent: Int?
        /// Of ranges of ends, the narrowest one around it.
        var range: Int?
        /// Place in `covers`.
        var cover: Int
    }

    let blocks: [CIDRBlock]
    /// Of what a block is: equal for equal blocks, whatever their place.
    let prints: [UInt64]
    /// Sorted, each after the one that it lies in.
    private(set) var pieces: [Piece] = []
    /// Sets of blocks, as sorted places. The first is empty.
    private(set) var covers: [[Int32]] = [[]]
    private var coverPlaces: [[Int32]: Int] = [[]: 0]
    /// Of each cover, the cover without the blocks that mean only what the cluster has no name for.
    private var inCluster: [Int: Int] = [0: 0]

    /// - Parameters:
    ///   - ranges: prefixes of ends, each once.
    ///   - key: of fingerprints.
    init(_ blocks: [CIDRBlock], ranges: [Prefix], key: Fingerprint) {
        self.blocks = blocks
        prints = blocks.map { block in
            var hash = SipHash(key: key)
            for prefix in [block.prefix] + block.except {
                hash.combine(prefix.address.high)
                hash.combine(prefix.address.low)
                hash.combine(prefix.length)
            }
            hash.combine(block.matchesCluster ? 1 : 0)
            return hash.finish().high
        }
        var begins: [Prefix: [Int32]] = [:]
        var ends: [Prefix: [Int32]] = [:]
        for (index, block) in blocks.enumerated() {
            begins[block.prefix, default: []].append(Int32(index))
            for prefix in block.except { ends[prefix, default: []].append(Int32(index)) }
        }
        let starts = Dictionary(ranges.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
        var stack: [Int] = []
        for prefix in Set(begins.keys).union(ends.keys).union(starts.keys).sorted() {
            while let top = stack.last, !pieces[top].prefix.contains(prefix) { stack.removeLast() }
            let around = stack.last
            var cover = around.map { pieces[$0].cover } ?? 0
            if begins[prefix] != nil || ends[prefix] != nil {
                var set = covers[cover]
                if let added = begins[prefix] { set = (set + added).sorted() }
                if let removed = ends[prefix] { set.removeAll { removed.contains($0) } }
                cover = place(of: set)
            }
            pieces.append(Piece(prefix: prefix, parent: around, range: starts[prefix] ?? around.flatMap { pieces[$0].range }, cover: cover))
            stack.append(pieces.count - 1)
        }
    }

    private mutating func place(of set: [Int32]) -> Int {
        if let found = coverPlaces[set] { return found }
        covers.append(set)
        coverPlaces[set] = covers.count - 1
        return covers.count - 1
    }

    /// The cover that counts for an end of the cluster.
    mutating func withoutWorldBlocks(_ cover: Int) -> Int {
        if let found = inCluster[cover] { return found }
        let found = place(of: covers[cover].filter { blocks[Int($0)].matchesCluster })
        inCluster[cover] = found
        return found
    }

    /// The narrowest piece around an address.
    func piece(of address: IPAddress) -> Int? {
        var low = 0
        var high = pieces.count
        let exact = Prefix(address)
        while low < high {
            let middle = (low + high) / 2
            if exact < pieces[middle].prefix { high = middle } else { low = middle + 1 }
        }
        var candidate: Int? = low > 0 ? low - 1 : nil
        while let index = candidate, !pieces[index].prefix.contains(address) { candidate = pieces[index].parent }
        return candidate
    }
}
