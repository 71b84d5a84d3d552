#!/bin/bash

__fabctl_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__fabctl_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

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
__fabctl_join_words() {
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

__fabctl_add_completions() {
    [[ "${1}" = -W ]] || compopt -o filenames 2>/dev/null
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion#"${glued}"}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__fabctl_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_fabctl() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -ar split_words=("${COMP_WORDS[@]}")
    local -ir split_index="${COMP_CWORD}"
    local -a COMP_WORDS
    local -i COMP_CWORD
    local cur prev glued
    __fabctl_join_words "${2}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    install|uninstall|status|repair|endpoint|node|ip|bgp|policy|observe|path|bpf|lab|route|completion|version|help)
        # Offer subcommand argument completions
        "_fabctl_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'install uninstall status repair endpoint node ip bgp policy observe path bpf lab route completion version help' -- "${cur}"))
        ;;
    esac
}

_fabctl_install() {
    repeating_flags=()
    non_repeating_flags=(--strict --dry-run --version -h --help)
    repeating_options=(--uplink --pod-cidr)
    non_repeating_options=(-f --values --node-name --timeout --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--values')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml|json)'
        return
        ;;
    '--uplink')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion install -- --uplink "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--pod-cidr')
        return
        ;;
    '--node-name')
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_uninstall() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_status() {
    repeating_flags=()
    non_repeating_flags=(--brief --verbose --wait --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_repair() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_endpoint() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|delete|list|get)
        # Offer subcommand argument completions
        "_fabctl_endpoint_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add delete list get' -- "${cur}"))
        ;;
    esac
}

_fabctl_endpoint_add() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=(--ip --label)
    non_repeating_options=(--netns --device --timeout -o --output --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--netns')
        __fabctl_add_completions -f
        return
        ;;
    '--device')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion endpoint add -- --device "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--ip')
        return
        ;;
    '--label')
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_endpoint_delete() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion endpoint delete -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_endpoint_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_endpoint_get() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion endpoint get -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_node() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|delete|list)
        # Offer subcommand argument completions
        "_fabctl_node_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add delete list' -- "${cur}"))
        ;;
    esac
}

_fabctl_node_add() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=(--pod-cidr --via --address)
    non_repeating_options=(--device -f --file --timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--pod-cidr')
        return
        ;;
    '--via')
        return
        ;;
    '--device')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion node add -- --device "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--address')
        return
        ;;
    '-f'|'--file')
        __fabctl_add_completions -f
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_node_delete() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion node delete -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_node_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_ip() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|delete|list)
        # Offer subcommand argument completions
        "_fabctl_ip_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add delete list' -- "${cur}"))
        ;;
    esac
}

_fabctl_ip_add() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=(--label)
    non_repeating_options=(--pod -f --file --timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--pod')
        return
        ;;
    '--label')
        return
        ;;
    '-f'|'--file')
        __fabctl_add_completions -f
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_ip_delete() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion ip delete -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_ip_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    run|apply|get|delete|validate|peer|prefix|status|peers|routes|capabilities|refresh|reset)
        # Offer subcommand argument completions
        "_fabctl_bgp_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'run apply get delete validate peer prefix status peers routes capabilities refresh reset' -- "${cur}"))
        ;;
    esac
}

_fabctl_bgp_run() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(--node-label --secrets)
    non_repeating_options=(-f --file --node-name --log-level --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml|json)'
        return
        ;;
    '--node-name')
        return
        ;;
    '--node-label')
        return
        ;;
    '--secrets')
        __fabctl_add_completions -d
        return
        ;;
    '--log-level')
        __fabctl_add_completions -W 'debug'$'\n''info'$'\n''warning'$'\n''error'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_apply() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=(-f --file)
    non_repeating_options=(-o --output --timeout --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml|json)'
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_get() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W 'ciliumbgpclusterconfig'$'\n''ciliumbgppeerconfig'$'\n''ciliumbgpadvertisement'$'\n''ciliumbgpnodeconfigoverride'$'\n''node'
        return
        ;;
    esac
}

_fabctl_bgp_delete() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=(-f --file)
    non_repeating_options=(-o --output --timeout --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml|json)'
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W 'ciliumbgpclusterconfig'$'\n''ciliumbgppeerconfig'$'\n''ciliumbgpadvertisement'$'\n''ciliumbgpnodeconfigoverride'$'\n''node'
        return
        ;;
    esac
}

_fabctl_bgp_validate() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(-f --file)
    non_repeating_options=(--node-name -o --output)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml|json)'
        return
        ;;
    '--node-name')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    esac
}

_fabctl_bgp_peer() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|delete|list)
        # Offer subcommand argument completions
        "_fabctl_bgp_peer_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add delete list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bgp_peer_add() {
    repeating_flags=()
    non_repeating_flags=(--no-graceful-notification --passive --dry-run --version -h --help)
    repeating_options=(--family --community)
    non_repeating_options=(--interface --asn --local-asn --name --port --source --router-id --hold-time --keepalive-time --connect-retry --password-file --password-env --ttl-security --multihop --restart-time --maximum-prefixes --timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--interface')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp peer add -- --interface "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--asn')
        return
        ;;
    '--local-asn')
        return
        ;;
    '--name')
        return
        ;;
    '--port')
        return
        ;;
    '--source')
        return
        ;;
    '--router-id')
        return
        ;;
    '--hold-time')
        return
        ;;
    '--keepalive-time')
        return
        ;;
    '--connect-retry')
        return
        ;;
    '--password-file')
        __fabctl_add_completions -f
        return
        ;;
    '--password-env')
        return
        ;;
    '--ttl-security')
        return
        ;;
    '--multihop')
        return
        ;;
    '--restart-time')
        return
        ;;
    '--family')
        __fabctl_add_completions -W 'ipv6'$'\n''ipv4'
        return
        ;;
    '--maximum-prefixes')
        return
        ;;
    '--community')
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_peer_delete() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp peer delete -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_bgp_peer_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_prefix() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|delete|list)
        # Offer subcommand argument completions
        "_fabctl_bgp_prefix_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add delete list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bgp_prefix_add() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=(--community)
    non_repeating_options=(--aggregate --local-preference --timeout --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--aggregate')
        return
        ;;
    '--community')
        return
        ;;
    '--local-preference')
        return
        ;;
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_prefix_delete() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--timeout --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--timeout')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_prefix_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_status() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--wait --timeout -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--wait')
        __fabctl_add_completions -W 'established'
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bgp_peers() {
    repeating_flags=()
    non_repeating_flags=(--verbose --version -h --help)
    repeating_options=()
    non_repeating_options=(--wait --timeout -o --output --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--wait')
        __fabctl_add_completions -W 'established'
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp peers -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_bgp_routes() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(--peer)
    non_repeating_options=(--family -o --output --bpffs)
    __fabctl_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--peer')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp routes -- --peer "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--family')
        __fabctl_add_completions -W 'ipv6'$'\n''ipv4'
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W 'advertised'$'\n''received'
        return
        ;;
    esac
}

_fabctl_bgp_capabilities() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp capabilities -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_bgp_refresh() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--family --timeout -o --output --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--family')
        __fabctl_add_completions -W 'ipv6'$'\n''ipv4'
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W 'in'$'\n''out'
        return
        ;;
    *)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp refresh -- positional@1 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_bgp_reset() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--reason --timeout -o --output --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--reason')
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion bgp reset -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_policy() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    apply|delete|get|list|validate|diff|explain|test|verify|selectors)
        # Offer subcommand argument completions
        "_fabctl_policy_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'apply delete get list validate diff explain test verify selectors' -- "${cur}"))
        ;;
    esac
}

_fabctl_policy_apply() {
    repeating_flags=()
    non_repeating_flags=(-R --recursive --dry-run --version -h --help)
    repeating_options=(-f --filename)
    non_repeating_options=(--namespace -n --timeout -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--filename')
        __fabctl_add_completions -f
        return
        ;;
    '--namespace'|'-n')
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_delete() {
    repeating_flags=()
    non_repeating_flags=(-R --recursive --dry-run --version -h --help)
    repeating_options=(-f --filename)
    non_repeating_options=(--namespace -n --timeout -o --output --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-f'|'--filename')
        __fabctl_add_completions -f
        return
        ;;
    '--namespace'|'-n')
        return
        ;;
    '--timeout')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_get() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_validate() {
    repeating_flags=()
    non_repeating_flags=(-R --recursive --version -h --help)
    repeating_options=(-f --filename)
    non_repeating_options=(--namespace -n -o --output)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--filename')
        __fabctl_add_completions -f
        return
        ;;
    '--namespace'|'-n')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    esac
}

_fabctl_policy_diff() {
    repeating_flags=()
    non_repeating_flags=(-R --recursive --delete --version -h --help)
    repeating_options=(-f --filename)
    non_repeating_options=(--namespace -n -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--filename')
        __fabctl_add_completions -f
        return
        ;;
    '--namespace'|'-n')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_explain() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--from --to -p --protocol --icmp-type -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--from')
        return
        ;;
    '--to')
        return
        ;;
    '-p'|'--protocol')
        __fabctl_add_completions -W 'TCP'$'\n''UDP'$'\n''SCTP'$'\n''ICMP'$'\n''ICMPv6'
        return
        ;;
    '--icmp-type')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_test() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--engine -o --output)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--engine')
        __fabctl_add_completions -W 'bpf'$'\n''model'
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''junit'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __fabctl_add_completions -f
        return
        ;;
    esac
}

_fabctl_policy_verify() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_policy_selectors() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_observe() {
    repeating_flags=()
    non_repeating_flags=(-f --follow --print-node-name --numeric --fail-empty --version -h --help)
    repeating_options=(--pod --from-pod --to-pod -n --namespace --from-namespace --to-namespace --ip --from-ip --to-ip --port --from-port --to-port --protocol --verdict --drop-reason-desc -t --type --identity --from-identity --to-identity -l --label --from-label --to-label --tcp-flags --icmp-type --ip-version --traffic-direction --reply --interface --next-hop --node-name --not)
    non_repeating_options=(--last --since --until -o --output --time-format --color --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--last')
        return
        ;;
    '--since')
        return
        ;;
    '--until')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'compact'$'\n''json'$'\n''jsonpb'
        return
        ;;
    '--time-format')
        __fabctl_add_completions -W 'StampMilli'$'\n''YearMonthDay'$'\n''YearMonthDayHour'$'\n''YearMonthDayHourMinute'$'\n''RFC3339'$'\n''RFC3339Milli'$'\n''RFC3339Micro'$'\n''RFC3339Nano'$'\n''RFC1123Z'
        return
        ;;
    '--color')
        __fabctl_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    '--pod')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion observe -- --pod "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--from-pod')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion observe -- --from-pod "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--to-pod')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion observe -- --to-pod "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '-n'|'--namespace')
        return
        ;;
    '--from-namespace')
        return
        ;;
    '--to-namespace')
        return
        ;;
    '--ip')
        return
        ;;
    '--from-ip')
        return
        ;;
    '--to-ip')
        return
        ;;
    '--port')
        return
        ;;
    '--from-port')
        return
        ;;
    '--to-port')
        return
        ;;
    '--protocol')
        __fabctl_add_completions -W 'tcp'$'\n''udp'$'\n''sctp'$'\n''icmp'$'\n''icmpv4'$'\n''icmpv6'
        return
        ;;
    '--verdict')
        __fabctl_add_completions -W 'FORWARDED'$'\n''DROPPED'
        return
        ;;
    '--drop-reason-desc')
        __fabctl_add_completions -W 'INVALID_SOURCE_MAC'$'\n''INVALID_DESTINATION_MAC'$'\n''INVALID_SOURCE_IP'$'\n''POLICY_DENIED'$'\n''INVALID_PACKET_DROPPED'$'\n''CT_TRUNCATED_OR_INVALID_HEADER'$'\n''CT_MISSING_TCP_ACK_FLAG'$'\n''CT_UNKNOWN_L4_PROTOCOL'$'\n''CT_CANNOT_CREATE_ENTRY_FROM_PACKET'$'\n''UNSUPPORTED_L3_PROTOCOL'$'\n''MISSED_TAIL_CALL'$'\n''ERROR_WRITING_TO_PACKET'$'\n''UNKNOWN_L4_PROTOCOL'$'\n''UNKNOWN_ICMPV4_CODE'$'\n''UNKNOWN_ICMPV4_TYPE'$'\n''UNKNOWN_ICMPV6_CODE'$'\n''UNKNOWN_ICMPV6_TYPE'$'\n''ERROR_RETRIEVING_TUNNEL_KEY'$'\n''ERROR_RETRIEVING_TUNNEL_OPTIONS'$'\n''INVALID_GENEVE_OPTION'$'\n''UNKNOWN_L3_TARGET_ADDRESS'$'\n''STALE_OR_UNROUTABLE_IP'$'\n''NO_MATCHING_LOCAL_CONTAINER_FOUND'$'\n''ERROR_WHILE_CORRECTING_L3_CHECKSUM'$'\n''ERROR_WHILE_CORRECTING_L4_CHECKSUM'$'\n''CT_MAP_INSERTION_FAILED'$'\n''INVALID_IPV6_EXTENSION_HEADER'$'\n''IP_FRAGMENTATION_NOT_SUPPORTED'$'\n''SERVICE_BACKEND_NOT_FOUND'$'\n''NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT'$'\n''FAILED_TO_INSERT_INTO_PROXYMAP'$'\n''REACHED_EDT_RATE_LIMITING_DROP_HORIZON'$'\n''UNKNOWN_CONNECTION_TRACKING_STATE'$'\n''LOCAL_HOST_IS_UNREACHABLE'$'\n''NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION'$'\n''UNSUPPORTED_L2_PROTOCOL'$'\n''NO_MAPPING_FOR_NAT_MASQUERADE'$'\n''UNSUPPORTED_PROTOCOL_FOR_NAT_MASQUERADE'$'\n''FIB_LOOKUP_FAILED'$'\n''ENCAPSULATION_TRAFFIC_IS_PROHIBITED'$'\n''INVALID_IDENTITY'$'\n''UNKNOWN_SENDER'$'\n''NAT_NOT_NEEDED'$'\n''IS_A_CLUSTERIP'$'\n''FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND'$'\n''FORBIDDEN_ICMPV6_MESSAGE'$'\n''DENIED_BY_LB_SRC_RANGE_CHECK'$'\n''SOCKET_LOOKUP_FAILED'$'\n''SOCKET_ASSIGN_FAILED'$'\n''PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL'$'\n''POLICY_DENY'$'\n''VLAN_FILTERED'$'\n''INVALID_VNI'$'\n''INVALID_TC_BUFFER'$'\n''NO_SID'$'\n''MISSING_SRV6_STATE'$'\n''NAT46'$'\n''NAT64'$'\n''AUTH_REQUIRED'$'\n''CT_NO_MAP_FOUND'$'\n''SNAT_NO_MAP_FOUND'$'\n''INVALID_CLUSTER_ID'$'\n''UNSUPPORTED_PROTOCOL_FOR_DSR_ENCAP'$'\n''NO_EGRESS_GATEWAY'$'\n''UNENCRYPTED_TRAFFIC'$'\n''TTL_EXCEEDED'$'\n''NO_NODE_ID'$'\n''DROP_RATE_LIMITED'$'\n''IGMP_HANDLED'$'\n''IGMP_SUBSCRIBED'$'\n''MULTICAST_HANDLED'$'\n''DROP_HOST_NOT_READY'$'\n''DROP_EP_NOT_READY'$'\n''DROP_NO_EGRESS_IP'$'\n''DROP_PUNT_PROXY'
        return
        ;;
    '-t'|'--type')
        __fabctl_add_completions -W 'drop'$'\n''trace'$'\n''trace:to-endpoint'$'\n''trace:to-stack'$'\n''trace:to-network'$'\n''trace:from-endpoint'$'\n''trace:from-network'
        return
        ;;
    '--identity')
        return
        ;;
    '--from-identity')
        return
        ;;
    '--to-identity')
        return
        ;;
    '-l'|'--label')
        return
        ;;
    '--from-label')
        return
        ;;
    '--to-label')
        return
        ;;
    '--tcp-flags')
        return
        ;;
    '--icmp-type')
        return
        ;;
    '--ip-version')
        return
        ;;
    '--traffic-direction')
        __fabctl_add_completions -W 'ingress'$'\n''egress'
        return
        ;;
    '--reply')
        return
        ;;
    '--interface')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion observe -- --interface "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--next-hop')
        return
        ;;
    '--node-name')
        return
        ;;
    '--not')
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_path() {
    repeating_flags=()
    non_repeating_flags=(-4 --ipv4 --no-mtu --all-paths --version -h --help)
    repeating_options=()
    non_repeating_options=(--protocol --port --flows --source-port --probes --max-hops --timeout --expect -o --output --name --bpffs)
    __fabctl_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--protocol')
        __fabctl_add_completions -W 'udp'$'\n''tcp'$'\n''icmp'
        return
        ;;
    '--port')
        return
        ;;
    '--flows')
        return
        ;;
    '--source-port')
        return
        ;;
    '--probes')
        return
        ;;
    '--max-hops')
        return
        ;;
    '--timeout')
        return
        ;;
    '--expect')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'$'\n''dot'
        return
        ;;
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion path -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion path -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    2)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion path -- positional@1 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_bpf() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    route|endpoint|ip|ct|metrics|map|policy|prog)
        # Offer subcommand argument completions
        "_fabctl_bpf_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'route endpoint ip ct metrics map policy prog' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_route() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|get)
        # Offer subcommand argument completions
        "_fabctl_bpf_route_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list get' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_route_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_route_get() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--from --protocol --sport --dport -o --output --bpffs)
    __fabctl_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--from')
        return
        ;;
    '--protocol')
        __fabctl_add_completions -W 'tcp'$'\n''udp'$'\n''sctp'$'\n''icmp'
        return
        ;;
    '--sport')
        return
        ;;
    '--dport')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_endpoint() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_endpoint_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_endpoint_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_ip() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_ip_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_ip_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_ct() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_ct_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_ct_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_metrics() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_metrics_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_metrics_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_map() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_map_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_map_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_policy() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_policy_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_policy_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--pod -o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--pod')
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_bpf_prog() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list)
        # Offer subcommand argument completions
        "_fabctl_bpf_prog_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list' -- "${cur}"))
        ;;
    esac
}

_fabctl_bpf_prog_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --output --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_lab() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    up|down|status|verify|nodes|exec|capture)
        # Offer subcommand argument completions
        "_fabctl_lab_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'up down status verify nodes exec capture' -- "${cur}"))
        ;;
    esac
}

_fabctl_lab_up() {
    repeating_flags=()
    non_repeating_flags=(--ipv4 --no-install --no-speakers --keep -v --verbose --dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--name -f --file --switches --links --timeout)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab up -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--switches')
        __fabctl_add_completions -W 'static'$'\n''frr'$'\n''bird'
        return
        ;;
    '--links')
        __fabctl_add_completions -W 'numbered'$'\n''unnumbered'
        return
        ;;
    '--timeout')
        return
        ;;
    esac
}

_fabctl_lab_down() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--name --timeout)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab down -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--timeout')
        return
        ;;
    esac
}

_fabctl_lab_status() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--name -o --output)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab status -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    esac
}

_fabctl_lab_verify() {
    repeating_flags=()
    non_repeating_flags=(-v --verbose --version -h --help)
    repeating_options=()
    non_repeating_options=(--name -f --file -o --output)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab verify -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'$'\n''junit'
        return
        ;;
    esac
}

_fabctl_lab_nodes() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--name -o --output)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab nodes -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    esac
}

_fabctl_lab_exec() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--name)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab exec -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab exec -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_lab_capture() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--name -c --count -w --write --timeout)
    __fabctl_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab capture -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '-c'|'--count')
        return
        ;;
    '-w'|'--write')
        __fabctl_add_completions -o plusdirs -fX '!*.@(pcap)'
        return
        ;;
    '--timeout')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion lab capture -- positional@0 "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_fabctl_route() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    export)
        # Offer subcommand argument completions
        "_fabctl_route_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'export' -- "${cur}"))
        ;;
    esac
}

_fabctl_route_export() {
    repeating_flags=()
    non_repeating_flags=(--all --check --version -h --help)
    repeating_options=()
    non_repeating_options=(--for --format -f --file -o --output --name --bpffs)
    __fabctl_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--for')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion route export -- --for "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--format')
        __fabctl_add_completions -W 'frr'$'\n''bird'$'\n''iproute2'
        return
        ;;
    '-f'|'--file')
        __fabctl_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '-o'|'--output')
        __fabctl_add_completions -W 'text'$'\n''json'$'\n''yaml'
        return
        ;;
    '--name')
        __fabctl_add_completions -W "$(__fabctl_custom_complete ---completion route export -- --name "${COMP_CWORD}" "$(__fabctl_cursor_index_in_current_word)")"
        return
        ;;
    '--bpffs')
        __fabctl_add_completions -d
        return
        ;;
    esac
}

_fabctl_completion() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __fabctl_add_completions -W 'bash'$'\n''zsh'$'\n''fish'
        return
        ;;
    esac
}

_fabctl_version() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options 0
}

_fabctl_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __fabctl_offer_flags_options -1
}

complete -F _fabctl fabctl
