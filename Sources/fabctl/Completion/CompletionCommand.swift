import ArgumentParser

/// `fabctl completion SHELL`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Prints the script that completes fabctl in a shell.",
        discussion: """
            For this shell only:

              source <(fabctl completion bash)
              source <(fabctl completion zsh)
              fabctl completion fish | source

            For every shell of this machine, put it where shells look for it: as fabctl in
            /usr/share/bash-completion/completions, as _fabctl in /usr/share/zsh/vendor-completions, as fabctl.fish in
            /usr/share/fish/vendor_completions.d.
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var shell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "Which shell.")
    var shell: Shell

    func run() {
        print(Fabctl.mendedCompletionScript(for: shell.shell), terminator: "")
    }
}
