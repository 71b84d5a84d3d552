import FuzzSupport
import Lab
import Testing
import YAML

/// Damaged topologies: each is understood, and then can be planned, or refused.
@Suite("fuzzed topologies") struct TopologyFuzzTests {
    private static let seeds = [
        "spines: [s1]\nleaves: [l1, l2]\nnodes: [{name: n1, leaves: [l1, l2]}, {name: n2, leaf: l2}]\n",
        "spines: [spine1, spine2]\nleaves: [leaf1]\nnodes:\n- {name: node1, leaf: leaf1, pods: [default/web]}\nexternal: {leaf: leaf1}\n",
    ].map { Array($0.utf8) }

    @Test func damagedTopologies() {
        var mutator = Mutator(seed: 7, words: ["- ", ": ", "[", "]", "{}", "l1", "n1, ", "fd00::1", "~", "\n  "].map { Array($0.utf8) })
        var understood = 0, refused = 0
        for _ in 0..<Fuzz.cases(share: 2_000) {
            let text = String(decoding: mutator.damaged(Self.seeds[mutator.random.below(Self.seeds.count)]), as: UTF8.self)
            if (try? TopologyFile.read(text, file: "f", ipv4: mutator.random.chance(2))) != nil { understood += 1 } else { refused += 1 }
        }
        #expect(understood > 0 && refused > 0)
    }
}
