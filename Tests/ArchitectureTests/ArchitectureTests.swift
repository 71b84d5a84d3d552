import Testing

/// Who may import whom. The table is that of Package.swift, which SwiftPM alone does not hold: a target can import
/// whatever its dependencies import.
@Suite struct ArchitectureTests {
    private let manifest: Manifest

    init() throws {
        manifest = try Manifest()
    }

    /// What comes with the toolchain and any module may use. Not Foundation: it would double the binary.
    private let platform: Set<String> = [
        "Builtin", "Dispatch", "FoundationEssentials", "Glibc", "Swift", "Synchronization", "Testing", "_Concurrency", "_StringProcessing",
    ]

    /// Modules that know no kernel: bytes and values in, bytes and values out.
    private let pure = ["Net", "YAML", "Values", "Policy", "Model", "BGP", "BGPConfig", "Compiler", "Manual"]

    /// C libraries, and the only module that may speak to each.
    private let doors = ["CLibbpf": "BPF", "CLibelf": "BPF", "CLibpcap": "Capture", "CLibyaml": "YAML"]

    @Test func theManifestIsUnderstood() {
        #expect(manifest.dependencies["Model"] == ["Net", "Policy"])
        #expect(manifest.dependencies["fabctl"]?.isSuperset(of: ["ArgumentParser", "Node", "Net"]) == true)
        #expect(manifest.dependencies["CLinux"] == [])
        #expect(manifest.paths["TestSupport"] == "Tests/TestSupport")
        #expect(manifest.closure(of: "Store").isSuperset(of: ["BPF", "CLibbpf", "CLinux"]))
        #expect(manifest.safe.contains("Net") && !manifest.safe.contains("BPF"))
    }

    @Test func importsAreUnderstood() {
        let text = [
            "import A", "public import B", "@preconcurrency import C", "@testable internal import D", "@_spi(X) import struct E.F", "    import G",
            "// import H", "let important = 1",
        ].joined(separator: "\n")
        #expect(Manifest.imports(in: text) == ["A", "B", "C", "D", "E", "G"])
    }

    @Test func everyImportIsADeclaredDependency() throws {
        // In bpf/ the only Swift is the plugin's, which the build runs and the binary never holds.
        for (target, declared) in manifest.dependencies where manifest.paths[target]?.hasPrefix("bpf") != true {
            for (file, imports) in try manifest.imports(of: target) {
                let foreign = imports.subtracting(declared).subtracting(platform).subtracting([target])
                #expect(foreign.isEmpty, "\(file) imports \(foreign.sorted()), which Package.swift does not let \(target) use")
            }
        }
    }

    @Test func everyFolderOfSourcesIsATarget() throws {
        for folder in ["Sources", "Tests"] {
            let known = Set(manifest.dependencies.keys.map { manifest.paths[$0] ?? ($0.hasSuffix("Tests") ? "Tests/\($0)" : "Sources/\($0)") })
            for file in try Manifest.imports(below: folder).keys {
                let parts = file.split(separator: "/").prefix(2).joined(separator: "/")
                #expect(known.contains(parts), "\(file) belongs to no target")
            }
        }
    }

    @Test func pureModulesReachNoKernel() {
        let kernel: Set<String> = ["BPF", "BPFImages", "CLibbpf", "CLibelf", "CLibpcap", "CLinux", "Capture", "Netlink", "Store"]
        for module in pure {
            #expect(manifest.closure(of: module).isDisjoint(with: kernel), "\(module) reaches \(manifest.closure(of: module).intersection(kernel))")
        }
    }

    @Test func eachLibraryHasOneDoor() {
        for (library, door) in doors {
            // CBPFPrint is the few lines of C that libbpf's log needs: part of the same door.
            let users = manifest.dependencies.filter { $0.value.contains(library) && !$0.key.hasSuffix("Tests") && $0.key != "CBPFPrint" }.keys
                .sorted()
            #expect(users == [door], "\(library) is used by \(users)")
        }
    }

    @Test func commandsSpeakNoC() {
        let direct = manifest.dependencies["fabctl", default: []].filter { name in
            name.count > 1 && name.hasPrefix("C") && name.dropFirst().first?.isUppercase == true
        }
        #expect(direct.isEmpty, "fabctl depends on \(direct)")
    }
}
