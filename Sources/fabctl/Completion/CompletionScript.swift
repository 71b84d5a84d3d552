import ArgumentParser

extension ParsableCommand {
    /// The script that completes this command in a shell: ArgumentParser's, mended.
    static func mendedCompletionScript(for shell: CompletionShell) -> String {
        let script = completionScript(for: shell) + "\n"
        return switch shell {
        case .bash: BashCompletion.mend(script, command: _commandName)
        case .zsh: ZshCompletion.mend(script)
        default: script
        }
    }
}

/// What ArgumentParser 1.8.2 gets wrong in bash.
///
/// bash splits words at `:`, `=` and `@` (COMP_WORDBREAKS). The script counts each piece as a word, so an IPv6 address or a
/// `key=value` before the cursor makes it lose its place, and offers nothing after `--output=`. It also asks bash to take
/// every candidate for a file name: `default/web` is then listed as `web`, and a command that a directory is named
/// after gets a slash.
enum BashCompletion {
    static func mend(_ script: String, command: String) -> String {
        let own = "__\(command)"
        var out = script
        for (old, new) in [
            (
                """
                    local -r cur="${2}"
                    local -r prev="${3}"

                """,
                """
                    local -ar split_words=("${COMP_WORDS[@]}")
                    local -ir split_index="${COMP_CWORD}"
                    local -a COMP_WORDS
                    local -i COMP_CWORD
                    local cur prev glued
                    \(own)_join_words "${2}"

                """
            ),
            (
                """
                \(own)_add_completions() {
                    local completion
                    while IFS='' read -r completion; do
                        COMPREPLY+=("${completion}")

                """,
                joinWords(own) + """

                    \(own)_add_completions() {
                        [[ "${1}" = -W ]] || compopt -o filenames 2>/dev/null
                        local completion
                        while IFS='' read -r completion; do
                            COMPREPLY+=("${completion#"${glued}"}")

                    """
            ),
            ("complete -o filenames -F", "complete -F"),
        ] {
            out.replace(old, with: new)
        }
        return out
    }

    /// The function that puts the pieces of a word together again.
    private static func joinWords(_ own: String) -> String {
        #"""
        # Sets COMP_WORDS, COMP_CWORD, cur and prev to whole words, as if bash split at blanks only; an option's value after =
        # becomes a word of its own. What readline keeps of the current word is left in glued.
        #
        # positional arguments:
        #
        # - 1: what readline will replace
        #
        # required variables:
        #
        # - split_words, split_index: COMP_WORDS and COMP_CWORD as bash gave them
        """# + "\n\(own)_join_words() {\n" + #"""
                local rest="${COMP_LINE}" before piece
                local -i index
                COMP_WORDS=()
                for index in "${!split_words[@]}"; do
                    piece="${split_words[${index}]}"
                    before=''
                    if [[ "${#COMP_WORDS[@]}" -gt 0 && -n "${piece}" && "${rest}" != [[:space:]]*\
                        && ("${piece}" = [:=@]* || "${COMP_WORDS[${#COMP_WORDS[@]} - 1]}" = *[:=@]) ]]; then
                        before="${COMP_WORDS[${#COMP_WORDS[@]} - 1]}"
                        COMP_WORDS[${#COMP_WORDS[@]} - 1]+="${piece}"
                    else
                        COMP_WORDS+=("${piece}")
                    fi
                    rest="${rest##+([[:space:]])}"
                    rest="${rest#"${piece}"}"
                    if [[ "${index}" -eq "${split_index}" ]]; then
                        COMP_CWORD="$((${#COMP_WORDS[@]} - 1))"
                        glued="${before}"
                        [[ -z "${1}" && "${piece}" = +([:=@]) ]] && glued+="${piece}"
                    fi
                done
                cur="${glued}${1}"
                if [[ "${cur}" = --*=* && "${glued}" = --*=* ]]; then
                    COMP_WORDS=("${COMP_WORDS[@]::COMP_CWORD}" "${cur%%=*}" "${cur#*=}" "${COMP_WORDS[@]:COMP_CWORD + 1}")
                    COMP_CWORD+=1
                    cur="${cur#*=}"
                    glued="${glued#*=}"
                fi
                prev="${COMP_WORDS[${COMP_CWORD} - 1]}"
            }

            """#
    }
}
