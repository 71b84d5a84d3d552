/// What ArgumentParser 1.8.2 leaves out in zsh: that the value of an option may also follow an equals sign. `_arguments` is told so
/// by one at the end of the option's name.
enum ZshCompletion {
    static func mend(_ script: String) -> String {
        // '--ip[An address.]:ip:action' and '*--label[...]:...'
        let single = #/^(\s+'\*?--[\w-]+)((?:\[(?:[^\]\\]|\\.)*\])?:.*)$/#
        // '(-o --output)'{-o,--output}'[How to print.]:output:action'; a flag has no colon after the bracket.
        let several = #/^(\s+'[^']*'\{)([^}]*)(\}'(?:\[(?:[^\]\\]|\\.)*\])?:.*)$/#
        return script.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if let match = line.wholeMatch(of: single) { return "\(match.1)=\(match.2)" }
            if let match = line.wholeMatch(of: several) {
                let names = match.2.split(separator: ",").map { $0.hasPrefix("--") ? "\($0)=" : String($0) }
                return "\(match.1)\(names.joined(separator: ","))\(match.3)"
            }
            return String(line)
        }.joined(separator: "\n")
    }
}
