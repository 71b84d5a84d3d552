import Glibc
import Node
import Policy
import YAML

/// Files and directories of manifests, found as kubectl finds them.
struct ManifestFiles {
    private static let suffixes = [".yaml", ".yml", ".json"]

    var isRecursive: Bool
    /// The namespace of objects that name none.
    var namespace: String

    /// Reads all there is, in the order of `paths`; of a directory the files that look like manifests, by name.
    /// What cannot be read is among the problems.
    func read(_ paths: [String]) -> ManifestSet {
        var set = ManifestSet()
        for path in paths {
            do throws(NodeError) {
                for file in isDirectory(path) ? try files(in: path) : [path] {
                    do throws(NodeError) {
                        let name = file == "-" ? "standard input" : file
                        set.add(ManifestReader.read(try readInput(file), file: name, defaultNamespace: namespace))
                    } catch {
                        set.problems.append(unreadable(file, error))
                    }
                }
            } catch {
                set.problems.append(unreadable(path, error))
            }
        }
        if set.isEmpty, let first = paths.first {
            set.problems.append(problem(first == "-" ? "standard input" : first, "there are no objects here"))
        }
        set.problems.sort()
        return set
    }

    /// The files that are meant: those named, and those in the directories named.
    func paths(_ given: [String]) throws(NodeError) -> [String] {
        var out: [String] = []
        for path in given { out += isDirectory(path) ? try files(in: path) : [path] }
        return out
    }

    private func unreadable(_ path: String, _ error: NodeError) -> PolicyProblem {
        let prefix = "read \(path): "
        return problem(path, error.message.hasPrefix(prefix) ? "cannot be read: " + error.message.dropFirst(prefix.count) : error.message)
    }

    private func problem(_ file: String, _ message: String) -> PolicyProblem {
        PolicyProblem(file: file, position: YAMLPosition(line: 1, column: 1), document: 0, path: "", type: .required, message: message)
    }

    // MARK: Directories

    /// The manifests of a directory, sorted; with `isRecursive` those of the ones below too. Links to directories are not followed.
    private func files(in directory: String) throws(NodeError) -> [String] {
        guard let folder = opendir(directory) else { throw NodeError(.invalid, "read \(directory): \(String(cString: strerror(errno)))") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        var files: [String] = []
        for name in names.sorted() {
            let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
            if isDirectory(path) {
                if isRecursive, !isLink(path) { files += try self.files(in: path) }
            } else if Self.suffixes.contains(where: name.hasSuffix) {
                files.append(path)
            }
        }
        return files
    }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
