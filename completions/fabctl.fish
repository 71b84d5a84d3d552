function __fabctl_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __fabctl_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __fabctl_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __fabctl_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __fabctl_parse_tokens -S
    set -l unparsed_tokens (__fabctl_tokens -pc)
    switch $unparsed_tokens[1]
    case 'fabctl'
        __fabctl_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'install'
            __fabctl_parse_subcommand 0 'f/values=' 'uplink=+' 'pod-cidr=+' 'node-name=' 'strict' 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
        case 'uninstall'
            __fabctl_parse_subcommand 0 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
        case 'status'
            __fabctl_parse_subcommand 0 'brief' 'verbose' 'wait' 'timeout=' 'o/output=' 'bpffs=' 'version' 'h/help'
        case 'repair'
            __fabctl_parse_subcommand 0 'dry-run' 'timeout=' 'o/output=' 'bpffs=' 'version' 'h/help'
        case 'endpoint'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'add'
                __fabctl_parse_subcommand 1 'netns=' 'device=' 'ip=+' 'label=+' 'dry-run' 'timeout=' 'o/output=' 'bpffs=' 'version' 'h/help'
            case 'delete'
                __fabctl_parse_subcommand 1 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
            case 'list'
                __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
            case 'get'
                __fabctl_parse_subcommand 1 'o/output=' 'bpffs=' 'version' 'h/help'
            end
        case 'node'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'add'
                __fabctl_parse_subcommand 1 'pod-cidr=+' 'via=+' 'device=' 'address=+' 'f/file=' 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
            case 'delete'
                __fabctl_parse_subcommand 1 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
            case 'list'
                __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
            end
        case 'ip'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'add'
                __fabctl_parse_subcommand 1 'pod=' 'label=+' 'f/file=' 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
            case 'delete'
                __fabctl_parse_subcommand 1 'dry-run' 'timeout=' 'bpffs=' 'version' 'h/help'
            case 'list'
                __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
            end
        case 'policy'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'validate'
                __fabctl_parse_subcommand 0 'f/filename=+' 'R/recursive' 'n/namespace=' 'o/output=' 'version' 'h/help'
            end
        case 'observe'
            __fabctl_parse_subcommand 0 'last=' 'f/follow' 'since=' 'until=' 'o/output=' 'time-format=' 'color=' 'print-node-name' 'numeric' 'fail-empty' 'pod=+' 'from-pod=+' 'to-pod=+' 'n/namespace=+' 'from-namespace=+' 'to-namespace=+' 'ip=+' 'from-ip=+' 'to-ip=+' 'port=+' 'from-port=+' 'to-port=+' 'protocol=+' 'verdict=+' 'drop-reason-desc=+' 't/type=+' 'identity=+' 'from-identity=+' 'to-identity=+' 'l/label=+' 'from-label=+' 'to-label=+' 'tcp-flags=+' 'icmp-type=+' 'ip-version=+' 'traffic-direction=+' 'reply=+' 'interface=+' 'next-hop=+' 'node-name=+' 'not=+' 'bpffs=' 'version' 'h/help'
        case 'path'
            __fabctl_parse_subcommand 2 'protocol=' 'port=' 'flows=' 'source-port=' 'probes=' 'max-hops=' 'timeout=' '4/ipv4' 'no-mtu' 'expect=' 'all-paths' 'o/output=' 'name=' 'bpffs=' 'version' 'h/help'
        case 'bpf'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'route'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                case 'get'
                    __fabctl_parse_subcommand 1 'from=' 'protocol=' 'sport=' 'dport=' 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            case 'endpoint'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            case 'ip'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            case 'ct'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            case 'metrics'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            case 'map'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            case 'prog'
                __fabctl_parse_subcommand 0 'version' 'h/help'
                switch $unparsed_tokens[1]
                case 'list'
                    __fabctl_parse_subcommand 0 'o/output=' 'bpffs=' 'version' 'h/help'
                end
            end
        case 'lab'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'up'
                __fabctl_parse_subcommand 0 'name=' 'f/file=' 'ipv4' 'switches=' 'links=' 'no-install' 'keep' 'v/verbose' 'timeout=' 'dry-run' 'version' 'h/help'
            case 'down'
                __fabctl_parse_subcommand 0 'name=' 'timeout=' 'dry-run' 'version' 'h/help'
            case 'status'
                __fabctl_parse_subcommand 0 'name=' 'o/output=' 'version' 'h/help'
            case 'verify'
                __fabctl_parse_subcommand 0 'name=' 'f/file=' 'o/output=' 'v/verbose' 'version' 'h/help'
            case 'nodes'
                __fabctl_parse_subcommand 0 'name=' 'o/output=' 'version' 'h/help'
            case 'exec'
                __fabctl_parse_subcommand -r 2 'name=' 'version' 'h/help'
            case 'capture'
                __fabctl_parse_subcommand -r 2 'name=' 'c/count=' 'w/write=' 'timeout=' 'version' 'h/help'
            end
        case 'route'
            __fabctl_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'export'
                __fabctl_parse_subcommand 0 'for=' 'format=' 'f/file=' 'all' 'check' 'o/output=' 'name=' 'bpffs=' 'version' 'h/help'
            end
        case 'completion'
            __fabctl_parse_subcommand 1 'version' 'h/help'
        case 'version'
            __fabctl_parse_subcommand 0 'version' 'h/help'
        case 'help'
            __fabctl_parse_subcommand -r 1 'version'
        end
    end
end

function __fabctl_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __fabctl_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __fabctl_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __fabctl_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__fabctl_tokens -p)
    if test -z "$(__fabctl_tokens -t)"
        set -l index (count (__fabctl_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'fabctl' -f
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'install' -d 'Installs the datapath on this node, or upgrades it in place.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'uninstall' -d 'Removes every trace of fabctl from this node.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'status' -d 'Shows the health of this node, and what is wrong with what to do.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'repair' -d 'Makes the kernel agree with what was asked of this node.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'endpoint' -d 'The pods of this node.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'node' -d 'The other nodes of the cluster, and the switches between.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'ip' -d 'Addresses elsewhere whose pods, labels and identities are known here.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'policy' -d 'Network policies: Kubernetes, Cilium and admin ones.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'observe' -d 'Shows flows: from the history, and live.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'path' -d 'Finds every way that packets take from a pod to another, or to an address.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'bpf' -d 'What the pinned maps and programs hold.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'lab' -d 'A leaf-spine fabric of network namespaces on this machine.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'route' -d 'Routes for the switches of the fabric, where they have no BGP.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'completion' -d 'Prints the script that completes fabctl in a shell.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'version' -d 'Prints the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" f values' -s 'f' -l 'values' -d 'Cilium values (YAML); - is standard input.' -rfa '(set -l exts \'yaml\' \'yml\' \'json\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install"' -l 'uplink' -d 'A fabric port. Default: the devices of the default routes.' -rfka '(__fabctl_custom_completion ---completion install -- --uplink (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install"' -l 'pod-cidr' -d 'A prefix that this node\'s pods have their addresses from.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" node-name' -l 'node-name' -d 'The node\'s Kubernetes name. Default: the hostname.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" strict' -l 'strict' -d 'Make an unknown key in the values an error.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl install" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl uninstall" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl uninstall" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl uninstall" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl uninstall" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl uninstall" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" brief' -l 'brief' -d 'Print OK, or the first problem.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" verbose' -l 'verbose' -d 'Print every map and every attached program.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" wait' -l 'wait' -d 'Wait until the node is healthy.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" timeout' -l 'timeout' -d 'How long to wait.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl repair" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl repair" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl repair" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl repair" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl repair" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl repair" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl endpoint" -eq 1' -fa 'add' -d 'Connects a pod.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl endpoint" -eq 1' -fa 'delete' -d 'Disconnects a pod and removes what was made for it.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl endpoint" -eq 1' -fa 'list' -d 'Lists the pods of this node.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl endpoint" -eq 1' -fa 'get' -d 'Shows one pod of this node.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" netns' -l 'netns' -d 'The pod\'s network namespace.' -rF
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" device' -l 'device' -d 'A device to adopt: the node\'s side of the pod\'s.' -rfka '(__fabctl_custom_completion ---completion endpoint add -- --device (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add"' -l 'ip' -d 'An address of the pod, inside the node\'s Pod CIDR. Default: the first free one of each Pod CIDR.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add"' -l 'label' -d 'A label of the pod.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl endpoint delete" -eq 1' -fka '(__fabctl_custom_completion ---completion endpoint delete -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint delete" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint delete" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint delete" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint delete" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint delete" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl endpoint get" -eq 1' -fka '(__fabctl_custom_completion ---completion endpoint get -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint get" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint get" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint get" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl endpoint get" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl node" -eq 1' -fa 'add' -d 'Adds a node: its Pod CIDRs, and the next hops that lead there.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl node" -eq 1' -fa 'delete' -d 'Forgets a node and its routes.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl node" -eq 1' -fa 'list' -d 'Lists the other nodes.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add"' -l 'pod-cidr' -d 'A prefix that its pods have their addresses from.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add"' -l 'via' -d 'A next hop: a neighbour on the fabric, with %dev when its address is link-local. Several share the flows.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" device' -l 'device' -d 'The device that the node is on the link of, when there is no --via.' -rfka '(__fabctl_custom_completion ---completion node add -- --device (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add"' -l 'address' -d 'An address of the node itself.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" f file' -s 'f' -l 'file' -d 'A cluster file (YAML); - is standard input.' -rF
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl node delete" -eq 1' -fka '(__fabctl_custom_completion ---completion node delete -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node delete" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node delete" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node delete" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node delete" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node delete" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl node list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl ip" -eq 1' -fa 'add' -d 'Tells whose an address or prefix is.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl ip" -eq 1' -fa 'delete' -d 'Forgets whose an address or prefix is.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl ip" -eq 1' -fa 'list' -d 'Lists the addresses elsewhere that are known here.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" pod' -l 'pod' -d 'The pod that has it.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add"' -l 'label' -d 'A label of it.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" f file' -s 'f' -l 'file' -d 'A cluster file (YAML); - is standard input.' -rF
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl ip delete" -eq 1' -fka '(__fabctl_custom_completion ---completion ip delete -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip delete" dry-run' -l 'dry-run' -d 'Print what would change, and change nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip delete" timeout' -l 'timeout' -d 'How long to wait for another command that is changing the node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip delete" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip delete" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip delete" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl ip list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl policy" -eq 1' -fa 'validate' -d 'Says everything that is wrong with manifests of policies.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy validate"' -s 'f' -l 'filename' -d 'A file or directory of manifests (YAML, JSON); - is standard input.' -rF
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy validate" R recursive' -s 'R' -l 'recursive' -d 'Take the directories below too.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy validate" n namespace' -l 'namespace' -s 'n' -d 'The namespace of objects that name none.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy validate" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy validate" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl policy validate" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" last' -l 'last' -d 'The newest flows, so many. Default: 20, without --follow, --since and --until.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" f follow' -s 'f' -l 'follow' -d 'Go on with new flows as they come.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" since' -l 'since' -d 'Flows since then: a duration (5m, 1d) or a time (RFC 3339).' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" until' -l 'until' -d 'Flows until then.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" o output' -s 'o' -l 'output' -d 'Output format; json and jsonpb are the same, one object a line.' -rfka 'compact json jsonpb'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" time-format' -l 'time-format' -d 'Format of times in compact output.' -rfka 'StampMilli YearMonthDay YearMonthDayHour YearMonthDayHourMinute RFC3339 RFC3339Milli RFC3339Micro RFC3339Nano RFC1123Z'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" color' -l 'color' -d 'Colours in compact output.' -rfka 'auto always never'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" print-node-name' -l 'print-node-name' -d 'Print the node\'s name in compact output.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" numeric' -l 'numeric' -d 'Print addresses and numbers instead of names.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" fail-empty' -l 'fail-empty' -d 'Exit with 1 when nothing matched.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'pod' -d 'Flows of this pod, at either end; * matches any characters.' -rfka '(__fabctl_custom_completion ---completion observe -- --pod (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'from-pod' -d 'Flows from this pod.' -rfka '(__fabctl_custom_completion ---completion observe -- --from-pod (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'to-pod' -d 'Flows to this pod.' -rfka '(__fabctl_custom_completion ---completion observe -- --to-pod (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -s 'n' -l 'namespace' -d 'Flows of this namespace.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'from-namespace' -d 'Flows from this namespace.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'to-namespace' -d 'Flows to this namespace.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'ip' -d 'Flows of this address or prefix.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'from-ip' -d 'Flows from this address or prefix.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'to-ip' -d 'Flows to this address or prefix.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'port' -d 'Flows of this port or range.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'from-port' -d 'Flows from this port or range.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'to-port' -d 'Flows to this port or range.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'protocol' -d 'Flows of this protocol.' -rfka 'tcp udp sctp icmp icmpv4 icmpv6'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'verdict' -d 'Flows with this verdict.' -rfka 'FORWARDED DROPPED'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'drop-reason-desc' -d 'Flows dropped for this reason, by name or number.' -rfka 'INVALID_SOURCE_MAC INVALID_DESTINATION_MAC INVALID_SOURCE_IP POLICY_DENIED INVALID_PACKET_DROPPED CT_TRUNCATED_OR_INVALID_HEADER CT_MISSING_TCP_ACK_FLAG CT_UNKNOWN_L4_PROTOCOL CT_CANNOT_CREATE_ENTRY_FROM_PACKET UNSUPPORTED_L3_PROTOCOL MISSED_TAIL_CALL ERROR_WRITING_TO_PACKET UNKNOWN_L4_PROTOCOL UNKNOWN_ICMPV4_CODE UNKNOWN_ICMPV4_TYPE UNKNOWN_ICMPV6_CODE UNKNOWN_ICMPV6_TYPE ERROR_RETRIEVING_TUNNEL_KEY ERROR_RETRIEVING_TUNNEL_OPTIONS INVALID_GENEVE_OPTION UNKNOWN_L3_TARGET_ADDRESS STALE_OR_UNROUTABLE_IP NO_MATCHING_LOCAL_CONTAINER_FOUND ERROR_WHILE_CORRECTING_L3_CHECKSUM ERROR_WHILE_CORRECTING_L4_CHECKSUM CT_MAP_INSERTION_FAILED INVALID_IPV6_EXTENSION_HEADER IP_FRAGMENTATION_NOT_SUPPORTED SERVICE_BACKEND_NOT_FOUND NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT FAILED_TO_INSERT_INTO_PROXYMAP REACHED_EDT_RATE_LIMITING_DROP_HORIZON UNKNOWN_CONNECTION_TRACKING_STATE LOCAL_HOST_IS_UNREACHABLE NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION UNSUPPORTED_L2_PROTOCOL NO_MAPPING_FOR_NAT_MASQUERADE UNSUPPORTED_PROTOCOL_FOR_NAT_MASQUERADE FIB_LOOKUP_FAILED ENCAPSULATION_TRAFFIC_IS_PROHIBITED INVALID_IDENTITY UNKNOWN_SENDER NAT_NOT_NEEDED IS_A_CLUSTERIP FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND FORBIDDEN_ICMPV6_MESSAGE DENIED_BY_LB_SRC_RANGE_CHECK SOCKET_LOOKUP_FAILED SOCKET_ASSIGN_FAILED PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL POLICY_DENY VLAN_FILTERED INVALID_VNI INVALID_TC_BUFFER NO_SID MISSING_SRV6_STATE NAT46 NAT64 AUTH_REQUIRED CT_NO_MAP_FOUND SNAT_NO_MAP_FOUND INVALID_CLUSTER_ID UNSUPPORTED_PROTOCOL_FOR_DSR_ENCAP NO_EGRESS_GATEWAY UNENCRYPTED_TRAFFIC TTL_EXCEEDED NO_NODE_ID DROP_RATE_LIMITED IGMP_HANDLED IGMP_SUBSCRIBED MULTICAST_HANDLED DROP_HOST_NOT_READY DROP_EP_NOT_READY DROP_NO_EGRESS_IP DROP_PUNT_PROXY'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -s 't' -l 'type' -d 'Events of this type: drop, trace, or trace:POINT.' -rfka 'drop trace trace:to-endpoint trace:to-stack trace:to-network trace:from-endpoint trace:from-network'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'identity' -d 'Flows of this identity, by number or reserved name.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'from-identity' -d 'Flows from this identity.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'to-identity' -d 'Flows to this identity.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -s 'l' -l 'label' -d 'Flows of this label.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'from-label' -d 'Flows from this label.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'to-label' -d 'Flows to this label.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'tcp-flags' -d 'TCP segments with these flags (comma: all of them).' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'icmp-type' -d 'ICMP messages of this type.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'ip-version' -d 'Packets of this IP version.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'traffic-direction' -d 'Direction of the traffic.' -rfka 'ingress egress'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'reply' -d 'Replies only (true), or requests only (false).' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'interface' -d 'Packets that came in by this device.' -rfka '(__fabctl_custom_completion ---completion observe -- --interface (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'next-hop' -d 'Flows that took this next hop, by name or address.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'node-name' -d 'Flows of this node.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe"' -l 'not' -d 'Leaves out what the following option selects: --not --pod default/web.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl observe" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl path" -eq 1' -fka '(__fabctl_custom_completion ---completion path -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl path" -eq 2' -fka '(__fabctl_custom_completion ---completion path -- positional@1 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" protocol' -l 'protocol' -d 'udp, tcp or icmp.' -rfka 'udp tcp icmp'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" port' -l 'port' -d 'The destination\'s port.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" flows' -l 'flows' -d 'How many flows.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" source-port' -l 'source-port' -d 'The first flow\'s source port; the others follow. Default: ports that are free.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" probes' -l 'probes' -d 'Answers to ask of each hop for each flow.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" max-hops' -l 'max-hops' -d 'The most hops.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" timeout' -l 'timeout' -d 'How long to wait for the last answers.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" 4 ipv4' -s '4' -l 'ipv4' -d 'The destination\'s IPv4 address.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" no-mtu' -l 'no-mtu' -d 'Send no large packets to find the MTU.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" expect' -l 'expect' -d 'The way that every flow has to take.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" all-paths' -l 'all-paths' -d 'Every way that is expected has to carry a flow; in a lab, without --expect: every shortest way.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml dot'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" name' -l 'name' -d 'The lab to look in.' -rfka '(__fabctl_custom_completion ---completion path -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl path" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'route' -d 'Routes: prefixes mapped to next hops on the fabric.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'endpoint' -d 'Endpoints as programs know them.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'ip' -d 'Identities of addresses and prefixes.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'ct' -d 'The flow tables (connection tracking).'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'metrics' -d 'Counters of forwarded and dropped packets.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'map' -d 'The maps and how full they are.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf" -eq 1' -fa 'prog' -d 'The programs and where they are attached.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf route" -eq 1' -fa 'list' -d 'Lists every route with its next hops.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf route" -eq 1' -fa 'get' -d 'Shows the route of an address, and the next hop that a flow takes.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" from' -l 'from' -d 'The flow\'s source address.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" protocol' -l 'protocol' -d 'The flow\'s protocol.' -rfka 'tcp udp sctp icmp'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" sport' -l 'sport' -d 'The flow\'s source port (ICMP: the echo identifier).' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" dport' -l 'dport' -d 'The flow\'s destination port.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf route get" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf endpoint" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf endpoint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf endpoint" -eq 1' -fa 'list' -d 'Lists the endpoints.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf endpoint list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf endpoint list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf endpoint list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf endpoint list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ip" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ip" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf ip" -eq 1' -fa 'list' -d 'Lists addresses and prefixes with their identities.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ip list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ip list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ip list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ip list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ct" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ct" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf ct" -eq 1' -fa 'list' -d 'Lists the flows, from their initiators\' side.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ct list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ct list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ct list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf ct list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf metrics" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf metrics" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf metrics" -eq 1' -fa 'list' -d 'Lists what was counted, by reason and direction.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf metrics list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf metrics list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf metrics list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf metrics list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf map" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf map" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf map" -eq 1' -fa 'list' -d 'Lists the maps.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf map list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf map list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf map list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf map list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf prog" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf prog" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl bpf prog" -eq 1' -fa 'list' -d 'Lists the programs.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf prog list" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf prog list" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf prog list" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl bpf prog list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'up' -d 'Builds a lab and installs fabctl on its nodes.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'down' -d 'Removes a lab.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'status' -d 'Shows how a lab is: namespaces, links, nodes and pods.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'verify' -d 'Proves that every pod reaches every other by the ways it should.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'nodes' -d 'Lists the members of a lab: switches, nodes, external hosts and pods.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'exec' -d 'Runs a command as on a node, pod, switch or external host.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab" -eq 1' -fa 'capture' -d 'Captures packets on a link.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab up -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" f file' -s 'f' -l 'file' -d 'The topology.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" ipv4' -l 'ipv4' -d 'IPv4 beside IPv6.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" switches' -l 'switches' -d 'What decides on the switches where packets go.' -rfka 'static frr bird'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" links' -l 'links' -d 'Whether links have global addresses, or link-local ones alone.' -rfka 'numbered unnumbered'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" no-install' -l 'no-install' -d 'Stop at namespaces and links: install nothing, attach no pods.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" keep' -l 'keep' -d 'Leave what was made when something fails.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" v verbose' -s 'v' -l 'verbose' -d 'Say each step.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" timeout' -l 'timeout' -d 'How long to wait for another command on this lab.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" dry-run' -l 'dry-run' -d 'Print what would be made, and make nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab up" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab down" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab down -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab down" timeout' -l 'timeout' -d 'How long to wait for another command on this lab.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab down" dry-run' -l 'dry-run' -d 'Print what would be removed, and remove nothing.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab down" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab down" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab status" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab status -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab status" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab status" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab verify" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab verify -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab verify" f file' -s 'f' -l 'file' -d 'A topology whose expectations are taken instead.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab verify" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml junit'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab verify" v verbose' -s 'v' -l 'verbose' -d 'Say each pair.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab verify" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab verify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab nodes" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab nodes -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab nodes" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab nodes" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab nodes" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab exec" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab exec -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab exec" -eq 1' -fka '(__fabctl_custom_completion ---completion lab exec -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab exec" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab capture" name' -l 'name' -d 'The lab\'s name: lower-case letters and digits. Default: fab.' -rfka '(__fabctl_custom_completion ---completion lab capture -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl lab capture" -eq 1' -fka '(__fabctl_custom_completion ---completion lab capture -- positional@0 (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab capture" c count' -s 'c' -l 'count' -d 'End after this many packets.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab capture" w write' -s 'w' -l 'write' -d 'Write packets to a pcap file instead; - is the output.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'pcap\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab capture" timeout' -l 'timeout' -d 'End after this time.' -rfka ''
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab capture" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl lab capture" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl route" -eq 1' -fa 'export' -d 'Writes the static routes that a switch needs to reach every node\'s Pod CIDR.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" for' -l 'for' -d 'The switch.' -rfka '(__fabctl_custom_completion ---completion route export -- --for (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" format' -l 'format' -d 'For which routing software.' -rfka 'frr bird iproute2'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" f file' -s 'f' -l 'file' -d 'A lab\'s topology.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" all' -l 'all' -d 'Also the addresses of switches, nodes and external hosts.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" check' -l 'check' -d 'Compare with what the lab\'s switch has, and write what differs.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" o output' -s 'o' -l 'output' -d 'Output format.' -rfka 'text json yaml'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" name' -l 'name' -d 'The lab.' -rfka '(__fabctl_custom_completion ---completion route export -- --name (count (__fabctl_tokens -pc)) (__fabctl_tokens -tC))'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" bpffs' -l 'bpffs' -d 'The node\'s directory on bpffs.' -rfa '(__fabctl_complete_directories)'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl route export" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_positional "fabctl completion" -eq 1' -fka 'bash zsh fish'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl completion" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl completion" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl version" version' -l 'version' -d 'Show the version.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl version" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'fabctl' -n '__fabctl_should_offer_completions_for_flags_or_options "fabctl help" version' -l 'version' -d 'Show the version.'
