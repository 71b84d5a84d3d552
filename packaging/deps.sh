#!/bin/bash
# Installs the Debian packages that building, testing and the demo need, when one is missing; starts no service.
#   deps.sh SET...   with SET one of build, test, format, bench, kernels
set -euo pipefail

declare -A packages=(
	[build]="libbpf-dev libelf-dev libpcap-dev libyaml-dev zlib1g-dev pkg-config binutils git"
	[test]="bash-completion bird2 ethtool fish frr gobgpd iperf3 iproute2 iputils-ping jq mandoc procps strace tcpdump tmux traceroute util-linux zsh"
	[format]="clang-format"
	[bench]="bird2 frr gobgpd iproute2 iputils-ping nftables"
	[kernels]="iproute2 iputils-ping qemu-system-x86 traceroute util-linux xz-utils"
)

fail() {
	echo "deps: $*" >&2
	exit 1
}

command -v swift >/dev/null ||
	fail "swift not found: install a Swift toolchain, 6.2 or later, from https://www.swift.org/install"
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
[ "$(printf '%s\n' 6.2 "$version" | sort -V | head -n 1)" = 6.2 ] ||
	fail "Swift ${version:-of an unknown version} found: fabctl needs 6.2 or later (https://www.swift.org/install)"

wanted=()
for set in "$@"; do
	[ -n "${packages[$set]:-}" ] || fail "no such set of packages: $set (one of ${!packages[*]})"
	read -ra names <<<"${packages[$set]}"
	wanted+=("${names[@]}")
done

command -v dpkg-query >/dev/null || fail "not a Debian system: install what these packages hold: ${wanted[*]}"
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)
missing=()
for package in "${wanted[@]}"; do
	grep -qx "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || fail "missing packages, and only root can install them: sudo apt-get install ${missing[*]}"

# A package that holds a daemon must not start it: policy-rc.d says so while packages are installed. One that is there
# already is moved aside and put back; one of ours, left by a run that was killed, is removed.
policy=/usr/sbin/policy-rc.d
mark="# fabctl deps"
log=$(mktemp)
restore() {
	if grep -qsx "$mark" "$policy"; then rm -f "$policy"; fi
	if [ -e "$policy.fabctl" ]; then mv -f "$policy.fabctl" "$policy"; fi
	rm -f "$log"
}
trap restore EXIT
trap 'exit 130' INT TERM HUP
if [ -e "$policy" ] && ! grep -qx "$mark" "$policy"; then mv "$policy" "$policy.fabctl"; fi
printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
chmod 755 "$policy"

echo "deps: installing ${missing[*]}" >&2
apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
		-o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false "$@" </dev/null >"$log" 2>&1
}
apt update || {
	cat "$log" >&2
	fail "apt-get update failed: is there a network?"
}
apt install -y "${missing[@]}" || {
	cat "$log" >&2
	fail "apt-get install failed: ${missing[*]}"
}
