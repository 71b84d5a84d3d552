# The datapath on this kernel, in network namespaces of this guest: a node with two pods, and a switch with an address of its own behind it.
# Runs in the guest; every check is one line.
passed=0 failed=0

# Lines for the host begin with "| ": the kernel writes to the same console.
say() { echo "| $*"; }
quote() { sed 's/^/|     /'; }

# check NAME COMMAND...
check() {
	name=$1
	shift
	if "$@" >/tmp/output 2>&1; then
		passed=$((passed + 1))
		say "ok: $name"
	else
		failed=$((failed + 1))
		say "FAILED: $name"
		tail -n 60 /tmp/output | quote
	fi
}
not() { ! "$@"; }
# inside NAMESPACE COMMAND...: ip netns exec would hide bpffs.
inside() {
	namespace=$1
	shift
	nsenter --net="/run/netns/$namespace" "$@"
}
has() { grep -q -e "$1" "$2"; }

# Everybody's addresses.
export web6=fd00:cafe:0:1::10 client6=fd00:cafe:0:1::20 node6=fd00:beef::1 out6=fd00:e0::1
export web4=10.1.0.10 client4=10.1.0.20 node4=192.0.2.1 out4=198.51.100.1
root=/sys/fs/bpf/fabctl

setup() {
	for namespace in node leaf web client; do
		ip netns add $namespace
		inside $namespace ip link set lo up
	done
	ip link add eth0 netns node type veth peer name to-node netns leaf
	inside node ip addr add $node6/128 dev lo
	inside node ip addr add $node4/32 dev lo
	inside node ip addr add fd00:fab:1::2/64 dev eth0 nodad
	inside node ip addr add 172.31.0.2/24 dev eth0
	inside node ip link set eth0 up
	inside leaf ip addr add fd00:fab:1::1/64 dev to-node nodad
	inside leaf ip addr add 172.31.0.1/24 dev to-node
	inside leaf ip addr add $out6/128 dev lo
	inside leaf ip addr add $out4/32 dev lo
	inside leaf ip link set to-node up
	inside leaf sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1
	inside node ip -6 route add default via fd00:fab:1::1 dev eth0 src $node6
	inside node ip route add default via 172.31.0.1 dev eth0 src $node4
	inside leaf ip -6 route add fd00:cafe:0:1::/64 via fd00:fab:1::2
	inside leaf ip -6 route add $node6 via fd00:fab:1::2
	inside leaf ip route add 10.1.0.0/24 via 172.31.0.2
	inside leaf ip route add $node4 via 172.31.0.2
}

cat >/tmp/values.yaml <<END
routingMode: native
ipv6:
  enabled: true
ipv6NativeRoutingCIDR: fd00:cafe::/56
ipv4:
  enabled: true
ipv4NativeRoutingCIDR: 10.0.0.0/8
END

say "kernel $(uname -r)"
case $(uname -r) in
6.1.*) mode=clsact ;;
*) mode=tcx ;;
esac
bash -ec "$(declare -f inside setup); setup" >/tmp/output 2>&1 || {
	say "FAILED: namespaces"
	quote </tmp/output
	say "0 passed, 1 failed"
	exit 1
}
export FABCTL_BPFFS=$root

# What uninstall has to leave as it was.
trace() {
	inside node ip -6 route show table all
	inside node ip route show table all
	inside node ip -d link
	inside node ip neigh show nud permanent
	inside node tc qdisc show
	inside node sysctl net.ipv6.conf net.ipv4.conf net.ipv4.ip_forward net.ipv6.fib_multipath_hash_policy net.ipv4.fib_multipath_hash_policy
}
sleep 2 # link-local addresses are being probed for, and come with a route
trace >/tmp/before

check "install, which mounts bpffs" inside node fabctl install -f /tmp/values.yaml --node-name node1 \
	--pod-cidr fd00:cafe:0:1::/64 --pod-cidr 10.1.0.0/24
check "endpoint add default/web" inside node fabctl endpoint add default/web --netns /run/netns/web --ip $web6 --ip $web4 --label app=web
check "endpoint add default/client" inside node fabctl endpoint add default/client --netns /run/netns/client --ip $client6 --ip $client4 --label app=client
check "status is healthy" inside node fabctl status
inside node fabctl status -o json >/tmp/status
check "attached by $mode" has "\"attach_mode\": *\"$mode\"" /tmp/status
inside node fabctl status 2>&1 | quote

nsenter --net=/run/netns/node fabctl observe --follow -o json >/tmp/live 2>/tmp/live.errors &
observer=$!
sleep 2

ping6() { inside "$1" ping -q -c 3 -i 0.2 -W 5 "$2"; }
check "web -> client" ping6 web $client6
check "client -> web" ping6 client $web6
check "web -> client, IPv4" ping6 web $client4
check "web -> outside" ping6 web $out6
check "web -> outside, IPv4" ping6 web $out4
check "outside -> web" inside leaf ping -q -c 3 -i 0.2 -W 5 -I $out6 $web6
check "outside -> web, IPv4" inside leaf ping -q -c 3 -i 0.2 -W 5 -I $out4 $web4
check "node -> web" ping6 node $web6
check "node -> web, IPv4" ping6 node $web4
check "web -> node" ping6 web $node6
check "web -> node, IPv4" ping6 web $node4
check "web -> client in fragments" inside web ping -q -c 3 -i 0.2 -W 5 -s 4000 $client6
check "web -> outside in fragments" inside web ping -q -c 3 -i 0.2 -W 5 -s 4000 $out6
check "web -> outside in fragments, IPv4" inside web ping -q -c 3 -i 0.2 -W 5 -s 4000 $out4

# A flow of its own, that becomes established: the fast path, both directions.
check "200 packets of one flow" inside web ping -q -c 200 -i 0.01 -W 5 $out6

inside web traceroute -n -q 1 -w 5 $out6 >/tmp/trace 2>&1
check "traceroute names the node" has "^ 1  $node6 \|^ 1  fd00:fab:1::2 \|^ 1  fe80::1" /tmp/trace
check "traceroute arrives" has "^ 2  $out6 " /tmp/trace

# transfer FROM ADDRESS: 4 MB over TCP, with segmentation offload, compared.
mkdir -p /tmp/www
dd if=/dev/urandom of=/tmp/www/data bs=65536 count=64 2>/dev/null
for namespace in client leaf node; do inside $namespace httpd -p 8080 -h /tmp/www; done
# The statically linked wget of busybox cannot parse an address: its libc wants plug-ins.
get='exec 3<>"/dev/tcp/$0/8080" && printf "GET /data HTTP/1.0\r\n\r\n" >&3 && tail -c 4194304 <&3'
transfer() {
	inside "$1" timeout 30 bash -c "$get" "$2" >/tmp/received && cmp /tmp/received /tmp/www/data
}
check "TCP web <- client" transfer web $client6
check "TCP web <- client, IPv4" transfer web $client4
check "TCP web <- outside" transfer web $out6
check "TCP web <- outside, IPv4" transfer web $out4
check "TCP web <- node" transfer web $node6
check "TCP outside <- client" transfer leaf $client6

# Somebody else's address, then an address of nobody.
inside web ip addr add $client6/128 dev lo nodad
inside web ip addr add fd00:bad::1/128 dev lo nodad
check "spoofed source of another pod gets no answer" not inside web ping -q -c 2 -i 0.2 -W 1 -I $client6 $out6
check "spoofed source from anywhere gets no answer" not inside web ping -q -c 2 -i 0.2 -W 1 -I fd00:bad::1 $out6
inside web ip addr del $client6/128 dev lo
inside web ip addr del fd00:bad::1/128 dev lo
inside node fabctl observe --verdict DROPPED >/tmp/dropped 2>&1
check "both are shown as dropped" bash -c "grep -q '$client6\|default/client' /tmp/dropped && grep -q fd00:bad::1 /tmp/dropped && grep -qi invalid.source /tmp/dropped"
inside node fabctl bpf metrics list -o json >/tmp/metrics 2>&1
check "and counted" has "INVALID_SOURCE_IP\|Invalid source ip" /tmp/metrics

sleep 1
kill -TERM $observer
wait $observer
inside node fabctl observe --last 1000 -o json >/tmp/history 2>/tmp/history.errors
check "the history holds web -> client" has '"pod_name": *"client"' /tmp/history
check "the live observer saw web -> client" has '"pod_name": *"client"' /tmp/live
check "the live observer saw the drops" has 'DROPPED' /tmp/live
check "every observed event is in the history" bash -c "n=\$(wc -l </tmp/live); m=\$(wc -l </tmp/history); echo live \$n history \$m; [ \$n -gt 20 ] && [ \$n -le \$m ]"

# Upgrade under traffic: programs are exchanged, no packet is lost.
inside web ping -q -c 400 -i 0.01 -W 5 $out6 >/tmp/upgrade.ping 2>&1 &
pinger=$!
sleep 1
check "install again, in place" inside node fabctl install
check "and again" inside node fabctl install
wait $pinger
check "no packet lost on the way" has " 0% packet loss" /tmp/upgrade.ping
check "status is healthy after it" inside node fabctl status --brief

# A program taken off is noticed and put back.
case $mode in
clsact)
	check "take the filter off" inside node tc filter del dev eth0 ingress
	;;
tcx)
	check "take the links off" rm $root/links/*_ingress
	;;
esac
check "status says that a program is missing" not inside node fabctl status --brief
check "repair" inside node fabctl repair
check "web -> outside after repair" ping6 web $out6
check "outside -> web after repair" inside leaf ping -q -c 3 -i 0.2 -W 5 -I $out6 $web6

# The neighbour table, which is one for all namespaces of a kernel. scan COUNT: a packet to each of so many addresses of the fabric's prefix.
scan='for ((i = 0; i < $0; i++)); do printf -v low %x $i; echo >"/dev/udp/fd00:fab:1::bad:$low/9"; done 2>/dev/null'
neighbours() { inside node ip -6 neigh show dev eth0 | grep -c bad; }
SECONDS=0
inside web bash -c "$scan" 600
found=$(neighbours) most=$((32 * (SECONDS + 2)))
check "a pod's scan of a fabric prefix makes $found neighbours, at most $most" test "$found" -le "$most"
inside leaf bash -c "$scan; $scan" 1500 &
filler=$!
sleep 2
check "web -> outside while somebody fills the neighbour table" inside web ping -q -c 100 -i 0.02 -W 5 $out6
check "web -> client meanwhile" ping6 web $client6
wait $filler
dmesg >/tmp/dmesg
check "it was full" has "neighbor table overflow" /tmp/dmesg

check "endpoint delete" inside node fabctl endpoint delete default/client
check "uninstall" inside node fabctl uninstall
check "nothing under $root" not test -e $root
trace >/tmp/after
check "routes, devices, qdiscs and settings are what they were" diff /tmp/before /tmp/after
check "no program is left in the kernel" bash -c "! grep -E 'bpf_prog_[0-9a-f]+_(from|to)_(pod|uplink)' /proc/kallsyms"
check "no filter is left" bash -c "for d in ingress egress; do nsenter --net=/run/netns/node tc filter show dev eth0 \$d; done | grep . && exit 1 || exit 0"

dmesg >/tmp/dmesg
check "the kernel has nothing to complain of" bash -c "! grep -E 'BUG:|WARNING:|Oops|general protection|refcount' /tmp/dmesg | grep -v 'soft lockup'"
say "$passed passed, $failed failed"
