import ArgumentParser

/// A word that TAB offers, as the closure of a `.custom` completion returns it.
struct Candidate {
    let value: String
    /// Shown beside the value by the shells that can.
    let about: String

    init(_ value: String, about: String = "") {
        self.value = value
        self.about = about
    }

    /// In the form that the shell which asks takes: zsh parts value and description at the first colon that no backslash
    /// stands before, fish at a tab, bash knows no description.
    func text(for shell: CompletionShell?) -> String {
        switch shell {
        case .some(.zsh):
            let escaped = String(value.flatMap { $0 == ":" || $0 == "\\" ? ["\\", $0] : [$0] })
            return about.isEmpty ? escaped : "\(escaped):\(about)"
        case .some(.fish): return about.isEmpty ? value : "\(value)\t\(about)"
        default: return value
        }
    }
}

extension [Candidate] {
    /// What a `.custom` closure returns.
    var completions: [String] { map { $0.text(for: CompletionShell.requesting) } }
}
