#!/bin/bash
# The main job on a fabric of network namespaces: builds a lab, shows that pods talk and what fabctl says of it, removes it.
# Ends 0 only when everything that is printed is as it should be.
#   DEMO_IPV4=1   IPv4 beside IPv6
#   FABCTL=PATH   another binary than build/fabctl
set -euo pipefail
cd "$(dirname "$0")/.."

lab=demo
program=$(realpath "${FABCTL:-build/fabctl}")
scratch=$(mktemp -d)
# What is printed is what one would type.
ln -s "$program" "$scratch/fabctl"
export PATH="$scratch:$PATH" LC_ALL=C NO_COLOR=1
failures=0
server=
captures=()
up=

finish() {
	local status=$?
	trap - EXIT
	for process in $server "${captures[@]}"; do kill "$process" 2>/dev/null || true; done
	if [ -n "$up" ]; then fabctl lab down --name "$lab" || status=1; fi
	rm -rf "$scratch"
	if [ "$status" -eq 0 ] && [ "$failures" -gt 0 ]; then status=1; fi
	if [ "$status" -eq 0 ]; then echo "demo: done"; else echo "demo: FAILED ($failures expectations)" >&2; fi
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

heading() { printf '\n== %s\n' "$1"; }

# show COMMAND...: prints the command and what it says, and keeps that in $out and its exit code in $code.
show() {
	local word
	printf '$'
	for word in "$@"; do
		if [[ "$word" =~ ^[A-Za-z0-9_./:=%,@+-]+$ ]]; then printf ' %s' "$word"; else printf ' %s' "${word@Q}"; fi
	done
	printf '\n'
	code=0
	out=$("$@" 2>&1) || code=$?
	printf '%s\n' "$out"
}

# expect WHAT REGEX: the last output has a line that matches.
expect() {
	if grep -qE -- "$2" <<<"$out"; then
		printf '   ok: %s\n' "$1"
	else
		printf '   NOT SO: %s (no line matches %s)\n' "$1" "$2" >&2
		failures=$((failures + 1))
	fi
}

# check WHAT COMMAND...
check() {
	local what=$1
	shift
	if "$@"; then
		printf '   ok: %s\n' "$what"
	else
		printf '   NOT SO: %s\n' "$what" >&2
		failures=$((failures + 1))
	fi
}

on() { show fabctl lab exec --name "$lab" "$@"; }
succeeded() { [ "$code" -eq 0 ]; }

# address MEMBER FAMILY
address() {
	jq -r --arg name "$1" --arg family "$2" \
		'.[] | select(.name == $name) | .addresses[] | select(contains(":") == ($family == "6"))' "$scratch/members"
}

# ping_and_observe WHAT NODE FROM TO-MEMBER FAMILY FLOW: pings, then finds the flow on the node. FLOW is how observe names its ends.
ping_and_observe() {
	local what=$1 node=$2 from=$3 to=$4 family=$5 flow=$6 request reply
	if [ "$family" = 6 ]; then request=ICMPv6 reply=ICMPv6; else request=ICMPv4 reply=ICMPv4; fi
	on "$from" -- ping -n -c 2 -i 0.2 -W 2 "$(address "$to" "$family")"
	check "$what: ping" succeeded
	on "$node" -- fabctl observe --last 6 --protocol "$request" --ip "$(address "$to" "$family")"
	expect "$what: FORWARDED" "$flow .*FORWARDED \\($reply EchoRequest\\)"
}

# Processes that run the binary, by number.
processes() {
	local exe
	for exe in /proc/[0-9]*/exe; do
		if [ "$exe" -ef "$program" ]; then echo "${exe//[!0-9]/}"; fi
	done
}

heading "A fabric: two spines, two leaves, two nodes, three pods, a host outside"
before=$(processes)
arguments=()
[ -z "${DEMO_IPV4:-}" ] || arguments+=(--ipv4)
show fabctl lab up --name "$lab" "${arguments[@]}"
if ! succeeded; then exit 1; fi
up=yes
after=$(processes)
check "no process of fabctl is left running" test "$after" = "$before"
show fabctl lab nodes --name "$lab"
fabctl lab nodes --name "$lab" -o json >"$scratch/members"

heading "The nodes"
for node in node1 node2; do
	on "$node" -- fabctl status
	check "$node is healthy" succeeded
done

families=(6)
[ -z "${DEMO_IPV4:-}" ] || families+=(4)
for family in "${families[@]}"; do
	heading "Same node: web to client (IPv$family)"
	ping_and_observe "web to client" node1 default/web default/client "$family" 'default/web .*-> default/client'

	heading "Out of the cluster: web to the external host, and back (IPv$family)"
	ping_and_observe "web to external" node1 default/web external "$family" "default/web .*-> $(address external "$family")"
	on node1 -- fabctl observe --last 6 --pod default/web --ip "$(address external "$family")"
	expect "the answer came in: FORWARDED" "default/web .*<- $(address external "$family") .*FORWARDED \\(ICMPv$family EchoReply\\)"
	on external -- ping -n -c 2 -i 0.2 -W 2 "$(address default/web "$family")"
	check "external to web: ping" succeeded

	heading "The node itself: node1 to web, and web to node1 (IPv$family)"
	on node1 -- ping -n -c 2 -i 0.2 -W 2 "$(address default/web "$family")"
	check "node1 to web: ping" succeeded
	on node1 -- fabctl observe --last 6 --pod default/web --identity host
	expect "node1 to web: FORWARDED" "-> default/web .*FORWARDED \\(ICMPv$family EchoRequest\\)"
	on default/web -- ping -n -c 2 -i 0.2 -W 2 "$(address node1 "$family")"
	check "web to node1: ping" succeeded
	on node1 -- fabctl observe --last 6 --from-pod default/web --identity host
	expect "web to node1: FORWARDED" "default/web .*-> .*FORWARDED \\(ICMPv$family EchoRequest\\)"
done

heading "Routes of node1"
on node1 -- fabctl bpf route list
for family in "${families[@]}"; do
	prefix=$(jq -r --arg family "$family" '.[] | select(.name == "node2") | .podCIDRs[] | select(contains(":") == ($family == "6"))' "$scratch/members")
	expect "$prefix of node2 goes out by the uplink" "^$prefix +remote .* eth0 "
done

heading "From node to node: web to db"
# A server that answers each line, until it is ended.
# shellcheck disable=SC2016
fabctl lab exec --name "$lab" default/db -- perl -MIO::Socket::IP -e '
	my $server = IO::Socket::IP->new(LocalHost => "::", LocalPort => 5432, Listen => 16, ReuseAddr => 1) or die "listen: $@";
	print STDERR "ready\n";
	while (my $client = $server->accept) {
		my $line = <$client>;
		print $client "db answers: $line" if defined $line;
		close $client;
	}' 2>"$scratch/server" &
server=$!
for _ in {1..100}; do
	if grep -q ready "$scratch/server"; then break; fi
	sleep 0.05
done
# shellcheck disable=SC2016
client='exec 3<>/dev/tcp/$0/5432 && echo "hello from web" >&3 && cat <&3'
for family in "${families[@]}"; do
	ping_and_observe "web to db" node1 default/web default/db "$family" 'default/web .*-> default/db'
	on default/web -- bash -c "$client" "$(address default/db "$family")"
	expect "an exchange over TCP (IPv$family)" '^db answers: hello from web$'
	on node2 -- fabctl observe --last 6 --pod default/db --protocol TCP
	expect "node2 saw it: FORWARDED" 'default/web:.*-> default/db:5432 .*FORWARDED \(TCP Flags:.*SYN'
done
on node1 -- fabctl observe --last 10 --pod default/web
check "ten flows are shown" test "$(grep -c . <<<"$out")" -eq 10
expect "the exchange with db: FORWARDED, by the uplink" 'default/web:.*-> default/db:5432 .*to-network FORWARDED \(TCP .*via leaf1 .*%eth0'
check "none is dropped" eval '! grep -q DROPPED <<<"$out"'

heading "Every hop has a name"
jq -r '.[] | .name as $name | .addresses[] | "\(.) \($name)"' "$scratch/members" >"$scratch/names"
for family in "${families[@]}"; do
	on default/web -- traceroute "-$family" -n -q 1 -w 2 "$(address default/db "$family")"
	out=$(awk 'NR == FNR { name[$1] = $2; next } FNR > 1 { print $1, ($2 in name ? name[$2] : $2) " (" $2 ")", $3, $4 }' "$scratch/names" - <<<"$out")
	printf '%s\n' "$out"
	expect "hop 1 is node1" '^1 node1 '
	expect "hop 2 is leaf1" '^2 leaf1 '
	expect "hop 3 is a spine" '^3 spine[12] '
	expect "hop 4 is leaf2" '^4 leaf2 '
	expect "hop 5 is node2" '^5 node2 '
	expect "hop 6 is db" '^6 default/db '
done

heading "Every way, and the proof"
show fabctl path --name "$lab" default/web default/db --expect 'node1 leaf1 spine* leaf2 node2' --all-paths
check "both spines carry flows, and nothing else does" succeeded
show fabctl lab verify --name "$lab"
check "every pod reaches every other by the ways it should" succeeded

heading "On the links to the spines: packets as the pods sent them"
web=$(address default/web 6) db=$(address default/db 6)
# capture LOG ARGUMENTS...: starts a capture and waits until it sees packets.
capture() {
	local log=$1
	shift
	: >"$log.log"
	fabctl lab capture --name "$lab" --timeout 30s "$@" >"$log.text" 2>"$log.log" &
	captures+=($!)
	for _ in {1..100}; do
		if grep -q '^capturing' "$log.log"; then return; fi
		sleep 0.05
	done
	echo "no capture: $(cat "$log.log")" >&2
	exit 1
}
capture "$scratch/spine1" leaf1-spine1 -w "$scratch/spine1"
capture "$scratch/spine2" leaf1-spine2 -w "$scratch/spine2"
capture "$scratch/shown" leaf1-spine1 -c 4 "src host $web and dst host $db"
echo "30 exchanges over TCP from web to db"
# shellcheck disable=SC2016
fabctl lab exec --name "$lab" default/web -- bash -c 'for _ in {1..30}; do exec 3<>/dev/tcp/$0/5432; echo flow >&3; cat <&3 >/dev/null; exec 3>&-; done' "$db"
sleep 0.3
for process in "${captures[@]}"; do
	kill -INT "$process" 2>/dev/null || true
	check "a capture ends well" wait "$process"
done
captures=()
out=$(cat "$scratch/shown.text")
printf '$ fabctl lab capture --name %s leaf1-spine1 -c 4 "src host %s and dst host %s"\n%s\n' "$lab" "$web" "$db" "$out"
expect "packets from pod address to pod address" "IP6 \\[$web\\]:[0-9]+ > \\[$db\\]:5432 TCP SYN "
# count FILE EXPRESSION
count() { tcpdump -nr "$1" "$2" 2>/dev/null | grep -c . || true; }
tunnel='udp port 8472 or udp port 6081 or ip proto 4 or ip proto 41 or ip6 proto 4 or ip6 proto 41 or proto 47'
for spine in spine1 spine2; do
	check "leaf1-$spine: plain IPv6 from pod to pod" test "$(count "$scratch/$spine" "ip6 proto 6 and src host $web and dst host $db")" -gt 0
	check "leaf1-$spine: no VXLAN, Geneve, GRE or IP in IP" test "$(count "$scratch/$spine" "$tunnel")" -eq 0
done
kill "$server" && wait "$server" 2>/dev/null || true
server=

heading "The end"
