import YAML

/// Reads Cilium Helm values or a `cilium-config` ConfigMap (also inside a `kind: List`), as YAML or JSON.
public enum ValuesReader {
    /// - Parameters:
    ///   - file: how messages name the text.
    ///   - strict: whether warnings are errors.
    /// - Throws: everything that is wrong with the file, in its order.
    public static func read(_ text: String, file: String, strict: Bool = false) throws(ValuesError) -> InstallValues {
        try read(Array(text.utf8), file: file, strict: strict)
    }

    /// As `read(_:file:strict:)` on the bytes of a file.
    public static func read(_ bytes: [UInt8], file: String, strict: Bool = false) throws(ValuesError) -> InstallValues {
        var collector = ValuesCollector(file: file)
        do throws(YAMLError) {
            var limits = YAMLReader.Limits()
            limits.size = 4 << 20
            limits.nodes = 200_000
            let (documents, duplicates) = try YAMLReader.collecting(bytes, file: file, limits: limits)
            for duplicate in duplicates { collector.fail(duplicate) }
            collector.read(documents.filter { !$0.isEmpty })
        } catch {
            throw .invalid([Problem(file: error.file, position: error.position, path: "", message: error.message)])
        }
        collector.finish()
        let problems = (collector.problems + (strict ? collector.values.warnings : [])).sorted()
        if !problems.isEmpty { throw .invalid(problems) }
        var values = collector.values
        values.warnings.sort()
        values.ignored.sort { $0.line < $1.line }
        return values
    }
}
