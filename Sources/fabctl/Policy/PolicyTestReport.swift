import Policy
import PolicyTest
import YAML

/// What became of tests.
struct PolicyTestReport {
    struct Failure {
        let file: String
        let position: YAMLPosition
        let test: String
        let probe: String
        let expected: String
        let got: String
        let rule: String
    }

    var files = 0
    var cases: [(file: String, name: String, failures: Int)] = []
    var probes = 0
    var failures: [Failure] = []
    /// Of files that are no tests, or whose policies are wrong without being meant to be.
    var problems: [PolicyProblem] = []

    /// - Parameter verdicts: in the order of the probes; none where there was nothing to ask.
    mutating func add(_ test: PolicyTestCase, _ verdicts: [Verdict]) {
        let before = failures.count
        if test.expectsRefusal {
            for expected in test.unnamed {
                fail(
                    test, test.position, "validation", "refused: \(expected.path.isEmpty ? "the document" : expected.path)",
                    test.manifests.problems.isEmpty
                        ? "accepted"
                        : "refused: " + test.manifests.problems.map { $0.path.isEmpty ? "the document" : $0.path }.joined(separator: ", "),
                    "")
            }
        } else {
            problems += test.manifests.problems
        }
        for (probe, verdict) in zip(test.probes, verdicts) {
            probes += 1
            guard verdict.isAllowed != probe.expectsAllow || verdict.isError else { continue }
            fail(
                test, probe.position, "\(probe)", probe.expectsAllow ? "allow" : "deny",
                verdict.isError ? "error" : verdict.isAllowed ? "allow" : "deny", verdict.reason)
        }
        cases.append((test.file, test.name, failures.count - before))
    }

    private mutating func fail(
        _ test: PolicyTestCase, _ position: YAMLPosition, _ probe: String, _ expected: String, _ got: String, _ rule: String
    ) {
        failures.append(
            Failure(file: test.file, position: position, test: test.name, probe: probe, expected: expected, got: got, rule: rule))
    }

    var text: String {
        var out = problems.map { "\($0)\n" }.joined()
        for failure in failures {
            out += "\(failure.file):\(failure.position): \(failure.test): \(failure.probe): expected \(failure.expected), got \(failure.got)"
            out += failure.rule.isEmpty ? "\n" : " (\(failure.rule))\n"
        }
        let counts =
            "\(files) \(files == 1 ? "file" : "files"), \(cases.count) \(cases.count == 1 ? "case" : "cases"), \(probes) \(probes == 1 ? "probe" : "probes")"
        let failed = failures.isEmpty ? "all passed" : "\(failures.count) failed"
        return out + "\(counts): \(problems.isEmpty ? failed : "\(problems.count) wrong with the files, \(failed)")\n"
    }

    var structured: StructuredValue {
        var value: StructuredValue = [
            "files": .init(files), "cases": .init(cases.count), "probes": .init(probes),
            "failed": .array(
                failures.map {
                    [
                        "file": .string($0.file), "case": .string($0.test), "probe": .string($0.probe), "expected": .string($0.expected),
                        "got": .string($0.got), "rule": .string($0.rule),
                    ]
                }),
        ]
        if !problems.isEmpty { value["errors"] = problems.structuredValue }
        return value
    }

    /// As CI systems read it: a suite for each file, a test case for each case.
    var junit: String {
        var out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        let names = Dictionary(grouping: cases, by: \.file)
        let wrong = Dictionary(grouping: problems, by: \.file)
        out += "<testsuites tests=\"\(cases.count)\" failures=\"\(cases.count { $0.failures > 0 })\" errors=\"\(problems.count)\">\n"
        for file in Set(names.keys).union(wrong.keys).sorted() {
            let list = names[file] ?? []
            let errors = wrong[file] ?? []
            out += "  <testsuite name=\"\(file.escapedForXML)\" tests=\"\(list.count)\""
            out += " failures=\"\(list.count { $0.failures > 0 })\" errors=\"\(errors.count)\">\n"
            for item in list {
                out += "    <testcase classname=\"\(file.escapedForXML)\" name=\"\(item.name.escapedForXML)\""
                let failed = failures.filter { $0.file == file && $0.test == item.name }
                if failed.isEmpty {
                    out += "/>\n"
                    continue
                }
                out += ">\n"
                for failure in failed {
                    let message = "\(failure.probe): expected \(failure.expected), got \(failure.got)"
                    out += "      <failure message=\"\(message.escapedForXML)\">\(failure.rule.escapedForXML)</failure>\n"
                }
                out += "    </testcase>\n"
            }
            for error in errors { out += "    <system-err>\("\(error)".escapedForXML)</system-err>\n" }
            out += "  </testsuite>\n"
        }
        return out + "</testsuites>\n"
    }
}
