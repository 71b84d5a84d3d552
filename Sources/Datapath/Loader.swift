public import BPF
import BPFImages
import CFabricABI
import Compiler
import Glibc
public import Model

/// The four programs by name, which is their name in bpf/fabric.bpf.c and their pin under `<root>/progs`.
public enum ProgramName: String, CaseIterable, Sendable {
    case from_pod, to_pod, from_uplink, to_uplink
}

extension MapSizes {
    /// Entries of each map whose size is a setting or depends on the machine.
    /// - Parameter cpus: possible CPUs.
    public func entries(cpus: Int) -> [MapName: Int] {
        [
            .flows: flows, .halfopen: halfOpen, .denied_flows: denied, .fragments: fragments, .addresses: addresses, .routes: routes,
            // Cilium's setting is for each pod: room for 64 that have as many entries as it allows.
            .policies: policy * 64,
            .prefixes: addresses * 16, .history: historySlots(history, cpus: cpus) * cpus, .history_position: cpus,
            .observers: Int(FABRIC_OBSERVERS) * cpus,
        ]
    }
}

/// Puts programs and maps into the kernel and pins them.
public enum Loader {
    /// Of the programs in this binary.
    public static var imageChecksum: UInt64 { BPFImage.fabric.checksum }

    /// What this binary's object holds, read from its ELF sections.
    public static func embeddedPrograms() throws(BPFError) -> [BPFImageInspection.Program] {
        try BPFImageInspection(name: "fabric", bytes: BPFImage.fabric.bytes).programs
    }

    /// Loads the programs of this binary over the maps that are pinned, making those that are not, and pins all of it, programs beside
    /// those that are there: `replacePrograms` lets them take their place.
    ///
    /// A map that is pinned keeps its size and contents, whatever `sizes` says.
    /// - Parameters:
    ///   - maps: `<root>/maps`, a directory.
    ///   - programs: `<root>/progs`, a directory.
    public static func load(sizes: MapSizes, cpus: Int, maps: String, programs: String) throws(BPFError) {
        let object = try BPFObject(name: "fabric", bytes: BPFImage.fabric.bytes)
        let entries = sizes.entries(cpus: cpus)
        for name in MapName.allCases {
            let pin = "\(maps)/\(name.rawValue)"
            if BPFFS.contains(pin) {
                let present = try BPFMap.open(pinned: pin)
                try object.setMaxEntries(present.maxEntries, ofMap: name.rawValue)
                try object.reuse(present, asMap: name.rawValue)
            } else if let count = entries[name] {
                try object.setMaxEntries(count, ofMap: name.rawValue)
            }
        }
        try object.load()
        // When the kernel was short of memory as libbpf asked it what it can do, libbpf takes it for one that knows no names.
        for name in ProgramName.allCases where try object.program(named: name.rawValue).name != name.rawValue {
            throw BPFError(operation: "load program \(name.rawValue) by its name", code: EAGAIN)
        }
        for name in MapName.allCases {
            let pin = "\(maps)/\(name.rawValue)"
            if !BPFFS.contains(pin) { try object.map(named: name.rawValue).pin(at: pin) }
        }
        for name in ProgramName.allCases {
            let next = "\(programs)/\(nextPrefix)\(name.rawValue)"
            try BPFFS.unpin(next)
            try object.program(named: name.rawValue).pin(at: next)
        }
    }

    /// Begins the pins of programs that have been loaded and are to replace others.
    public static let nextPrefix = "next_"

    /// Gives loaded programs their names, each in the place of its predecessor at once.
    public static func replacePrograms(_ programs: String) throws(BPFError) {
        for name in ProgramName.allCases { try renamePin("\(programs)/\(nextPrefix)\(name.rawValue)", to: "\(programs)/\(name.rawValue)") }
    }

    /// Takes away what was loaded and did not come to its place.
    public static func dropNextPrograms(_ programs: String) {
        for name in ProgramName.allCases { _ = try? BPFFS.unpin("\(programs)/\(nextPrefix)\(name.rawValue)") }
    }
}
