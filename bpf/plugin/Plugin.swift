import Foundation
import PackagePlugin

/// Compiles each `bpf/*.bpf.c` with the toolchain's clang and embeds the object in the module it is applied to.
@main
struct BPFCompiler: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = context.package.directoryURL.appending(path: "bpf")
        let clang = try context.tool(named: "clang").url
        let objcopy = try context.tool(named: "llvm-objcopy").url
        var programs: [URL] = []
        var headers: [URL] = []
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            let isProgram = file.lastPathComponent.hasSuffix(".bpf.c")
            if isProgram && file.deletingLastPathComponent().path == sources.path { programs.append(file) }
            if file.pathExtension == "h" { headers.append(file) }
        }
        return programs.sorted { $0.path < $1.path }.map { program in
            let name = program.lastPathComponent.replacingOccurrences(of: ".bpf.c", with: "")
            let object = context.pluginWorkDirectoryURL.appending(path: "\(name).o")
            let image = context.pluginWorkDirectoryURL.appending(path: "\(name).swift")
            let script = sources.appending(path: "compile.sh")
            return .buildCommand(
                displayName: "Compiling \(name).bpf.c",
                executable: URL(filePath: "/bin/sh"),
                arguments: [script.path, clang.path, objcopy.path, program.path, object.path, image.path],
                inputFiles: [program, script] + headers,
                outputFiles: [image])
        }
    }
}
