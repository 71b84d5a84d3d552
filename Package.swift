// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors, and imports say what they need.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
/// For every module that has no business with raw memory.
let safe = strict + [.strictMemorySafety()]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "fabctl",
    products: [.executable(name: "fabctl", targets: ["fabctl"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    ],
    targets: [
        // The system's libraries, and what Glibc's module leaves out.
        .systemLibrary(name: "CLibbpf", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev"])]),
        .systemLibrary(name: "CLibelf", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(name: "CLibpcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CLibyaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CBPFPrint", dependencies: ["CLibbpf"]),

        // What the kernel runs, and the layouts that both sides share.
        .target(name: "CFabricABI", path: "bpf", exclude: ["plugin", "compile.sh"], sources: ["abi.c"], publicHeadersPath: "include"),
        .plugin(name: "BPFCompiler", capability: .buildTool(), path: "bpf/plugin"),
        .target(name: "BPFImages", swiftSettings: strict, plugins: ["BPFCompiler"]),

        // Pure: no kernel.
        .target(name: "Net", swiftSettings: safe),
        .target(name: "YAML", dependencies: ["CLibyaml"], swiftSettings: strict),
        .target(name: "Values", dependencies: ["Net", "YAML"], swiftSettings: safe),
        .target(name: "Policy", dependencies: ["Net", "YAML"], swiftSettings: safe),
        .target(name: "Model", dependencies: ["Net", "Policy"], swiftSettings: safe),
        .target(name: "BGP", dependencies: ["Net"], swiftSettings: safe),
        .target(name: "BGPConfig", dependencies: ["BGP", "Net", "YAML"], swiftSettings: safe),
        .target(name: "Compiler", dependencies: ["CFabricABI", "Model", "Net", "Policy"], swiftSettings: strict),

        // The kernel's doors.
        .target(name: "BPF", dependencies: ["CBPFPrint", "CLibbpf", "CLibelf", "CLinux"], swiftSettings: strict),
        .target(name: "Netlink", dependencies: ["CLinux", "Net"], swiftSettings: strict),
        .target(name: "Path", dependencies: ["CLinux", "Net", "Netlink"], swiftSettings: strict),
        .target(name: "Capture", dependencies: ["CLibpcap", "CLinux", "Net"], swiftSettings: strict),

        // What a node does.
        .target(name: "Store", dependencies: ["BPF", "CLinux"], swiftSettings: strict),
        .target(name: "Datapath", dependencies: ["BPF", "BPFImages", "CFabricABI", "CLinux", "Compiler", "Model", "Net"], swiftSettings: strict),
        .target(
            name: "Node",
            dependencies: ["BPF", "CFabricABI", "CLinux", "Compiler", "Datapath", "Model", "Net", "Netlink", "Policy", "Store", "Values"],
            swiftSettings: strict),
        .target(
            name: "PolicyTest",
            dependencies: ["BPF", "BPFImages", "CFabricABI", "Compiler", "Datapath", "Model", "Net", "Netlink", "Policy"],
            swiftSettings: strict),
        .target(name: "Flow", dependencies: ["BPF", "CFabricABI", "CLinux", "Model", "Net", "Policy", "Store"], swiftSettings: strict),
        .target(
            name: "Speaker",
            dependencies: ["BGP", "BGPConfig", "BPF", "CLinux", "Model", "Net", "Netlink", "Store", "YAML", nioCore, nioPosix, logging],
            swiftSettings: strict),
        .target(name: "Lab", dependencies: ["CLinux", "Capture", "Model", "Net", "Netlink", "Path", "YAML"], swiftSettings: strict),
        .executableTarget(
            name: "fabctl",
            dependencies: [
                "BGP", "BGPConfig", "BPF", "Capture", "Compiler", "Datapath", "Flow", "Lab", "Model", "Net", "Netlink", "Node", "Path", "Policy",
                "PolicyTest", "Speaker", "Store", "Values", "YAML", argumentParser, logging,
            ],
            swiftSettings: strict),

        // Manual pages from the command tree, and the program of the build that writes them.
        .target(name: "Manual", swiftSettings: safe),
        .executableTarget(name: "fabctl-manual", dependencies: ["Manual"], path: "Sources/ManualTool", swiftSettings: strict),

        // What a packet costs, and the load that shows it. For development only.
        .executableTarget(
            name: "fabctl-bench",
            dependencies: [
                "BPF", "BPFImages", "CFabricABI", "CLinux", "Compiler", "Datapath", "Model", "Net", "Netlink", "NodeTestSupport", "Policy", "YAML",
            ],
            path: "Sources/Benchmark", swiftSettings: strict),
        .executableTarget(name: "fabctl-load", path: "Sources/LoadTool"),

        // Tests.
        .target(name: "TestSupport", dependencies: ["CLinux", "Net", "Netlink"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "NetTests", dependencies: ["FuzzSupport", "Net"]),
        .testTarget(name: "BPFTests", dependencies: ["BPF", "BPFImages", "CLinux", "TestSupport"], swiftSettings: strict),
        .target(name: "CTestSupport", path: "Tests/CTestSupport"),
        .target(name: "FuzzSupport", path: "Tests/FuzzSupport", swiftSettings: strict),
        .testTarget(name: "StoreTests", dependencies: ["BPF", "CLinux", "CTestSupport", "FuzzSupport", "Store"], swiftSettings: strict),
        .testTarget(name: "PathTests", dependencies: ["Net", "Path"], swiftSettings: strict),
        .testTarget(name: "NetlinkTests", dependencies: ["CLinux", "FuzzSupport", "Net", "Netlink", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "LabTests",
            dependencies: ["Capture", "CLinux", "FuzzSupport", "Lab", "Model", "Net", "Netlink", "NodeTestSupport", "YAML", "fabctl"],
            swiftSettings: strict),
        .testTarget(
            name: "SpeakerTests", dependencies: ["BGP", "BGPConfig", "CLinux", "Net", "Netlink", "NodeTestSupport", "Speaker", "fabctl"],
            swiftSettings: strict),
        .testTarget(name: "BGPConfigTests", dependencies: ["BGP", "BGPConfig", "Net", "YAML"], swiftSettings: strict),
        .testTarget(name: "BGPTests", dependencies: ["BGP", "Net"], swiftSettings: strict),
        .testTarget(name: "ValuesTests", dependencies: ["FuzzSupport", "Net", "Values", "YAML"], swiftSettings: strict),
        .testTarget(name: "PolicyTests", dependencies: ["Net", "Policy", "YAML"], exclude: ["Cases"], swiftSettings: strict),
        .testTarget(
            name: "PolicyEngineTests", dependencies: ["CFabricABI", "Compiler", "FuzzSupport", "Model", "Net", "Policy", "PolicyTest", "YAML"],
            swiftSettings: strict),
        .testTarget(
            name: "PolicyTrafficTests", dependencies: ["CLinux", "Net", "Netlink", "NodeTestSupport", "Policy", "YAML", "fabctl"],
            swiftSettings: strict),
        .testTarget(name: "YAMLTests", dependencies: ["FuzzSupport", "YAML"], swiftSettings: strict),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "BPF", "BPFImages", "CFabricABI", "CLinux", "Compiler", "Datapath", "FuzzSupport", "Model", "Net", "Netlink", "TestSupport",
            ],
            swiftSettings: strict),
        .target(
            name: "NodeTestSupport", dependencies: ["CLinux", "CTestSupport", "Net", "Netlink"], path: "Tests/NodeTestSupport", swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["FuzzSupport", "Model", "Net"], swiftSettings: strict),
        .testTarget(name: "CompilerTests", dependencies: ["CFabricABI", "Compiler", "Model", "Net"], swiftSettings: strict),
        .testTarget(
            name: "NodeTests",
            dependencies: ["BPF", "CLinux", "Compiler", "Datapath", "Model", "Net", "Netlink", "Node", "Policy", "Store", "NodeTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "BPF", "CFabricABI", "CLinux", "Compiler", "Datapath", "Model", "Net", "Netlink", "Node", "NodeTestSupport", "Store", "fabctl",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PacketTests", dependencies: ["CLinux", "Net", "Netlink", "NodeTestSupport"], swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(name: "ManualTests", dependencies: ["Manual", argumentParser], swiftSettings: strict),
        .testTarget(name: "ReferenceTests", dependencies: ["Manual", "fabctl", argumentParser], swiftSettings: strict),
        .testTarget(name: "FlowTests", dependencies: ["CFabricABI", "CLinux", "Flow", "FuzzSupport", "Model", "Net"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x
)
