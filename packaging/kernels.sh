#!/bin/bash
# Boots other kernels under emulation and runs the datapath's test in each: kernels.sh [SERIES...]
# Kernels are Debian's, of the newest patch level that apt knows, and are unpacked, not installed. Their cloud flavour is taken: the same
# source and the same settings of BPF and networking in a third of the download. The guest has nothing but an initramfs; no root is needed.
# Ends with one line "N passed, N failed" over all kernels.
set -euo pipefail
cd "$(dirname "$0")/.."

series=("$@")
[ ${#series[@]} -gt 0 ] || series=(6.1 6.12)
limit=${KERNEL_TEST_TIMEOUT:-300} # seconds for each kernel, boot included
cache=$PWD/.build-kernels
mkdir -p "$cache/packages" build

fail() {
	echo "kernels: $*" >&2
	exit 1
}

[ "$(uname -m)" = x86_64 ] || fail "these kernels are for x86_64, not $(uname -m)"
[ -x build/fabctl ] || fail "build/fabctl is not built: run make release"

# fetch PACKAGE: unpacked under $cache, downloaded if need be; prints where.
fetch() {
	local package=$1 version directory
	version=$(apt-cache show --no-all-versions "$package" 2>/dev/null | sed -n 's/^Version: //p')
	[ -n "$version" ] || fail "apt knows no package $package: run apt-get update"
	directory=$cache/$package-${version//[!a-zA-Z0-9.+~-]/_}
	if [ ! -d "$directory" ]; then
		rm -rf "$directory.new" "$cache/packages/$package"_*.deb
		(cd "$cache/packages" && apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" download "$package") >&2 || fail "download of $package failed"
		dpkg-deb -x "$cache/packages/$package"_*.deb "$directory.new" >&2
		rm -f "$cache/packages/$package"_*.deb
		mv "$directory.new" "$directory"
	fi
	echo "$directory"
}

# copy ROOT FILE...: programs with the libraries that they load, at their own places.
copy() {
	local root=$1 file library
	shift
	for file in "$@"; do
		install -D -m 755 "$(readlink -f "$file")" "$root$file"
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
			[ -e "$root$library" ] || install -D -m 755 "$(readlink -f "$library")" "$root$library"
		done
	done
}

# image KERNEL BUSYBOX OUTPUT: an initramfs with the release binary, the kernel's few modules and what the test calls.
image() {
	local kernel=$1 busybox=$2 output=$3 root=$cache/root version module path program
	rm -rf "$root"
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,run,tmp,etc,test}
	install -m 755 "$busybox" "$root/bin/busybox"
	for program in bash ip tc ping traceroute nsenter; do
		path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$program") || fail "$program not found: run make deps"
		copy "$root" "$(readlink -f "$path")"
		# By one name, whatever alternatives led to it.
		[ -e "$root/usr/bin/$program" ] || ln -s "$(readlink -f "$path")" "$root/usr/bin/$program"
	done
	copy "$root" "$PWD/build/fabctl"
	mv "$root$PWD/build/fabctl" "$root/usr/bin/fabctl"
	install -m 755 packaging/kernels/init "$root/init"
	install -m 644 packaging/kernels/test.sh "$root/test/test.sh"

	version=$(ls "$kernel/lib/modules")
	# The kernel loads them by itself, as on a node.
	for module in drivers/net/veth net/sched/sch_ingress net/sched/cls_bpf; do
		path=$kernel/lib/modules/$version/kernel/$module.ko
		mkdir -p "$root/lib/modules/$version/kernel/$(dirname "$module")"
		if [ -e "$path.xz" ]; then
			xz -dc "$path.xz" >"$root/lib/modules/$version/kernel/$module.ko"
		else
			cp "$path" "$root/lib/modules/$version/kernel/$module.ko"
		fi
	done
	"$busybox" depmod -b "$root" "$version"
	# Not compressed: the emulated processor unpacks slower than the memory is filled.
	(cd "$root" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc -R 0:0) >"$output" 2>/dev/null
	rm -rf "$root"
}

passed=0 failed=0
busybox=$(fetch busybox-static)/bin/busybox
for release in "${series[@]}"; do
	pattern="^linux-image-${release//./\\.}\.[0-9.]+[0-9a-z+-]*-cloud-amd64$"
	package=$(apt-cache pkgnames "linux-image-$release" | grep -E "$pattern" | sort -V | tail -n 1 || true)
	[ -n "$package" ] || fail "apt knows no kernel $release"
	kernel=$(fetch "$package")
	initramfs=$cache/initramfs-$release log=build/kernel-$release.log
	image "$kernel" "$busybox" "$initramfs"
	echo "== ${package#linux-image-}"
	status=0
	# `max` without the wide page tables, which cost an emulator a level more at each miss.
	timeout --kill-after 10 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 768 -nodefaults -no-user-config \
		-display none -monitor none -serial stdio -no-reboot -kernel "$kernel"/boot/vmlinuz-* -initrd "$initramfs" \
		-append "console=ttyS0 loglevel=1 panic=-1 oops=panic mitigations=off tsc=reliable" </dev/null |
		tr -d '\r' | tee "$log" | sed -u -n 's/^| //p' || status=$?
	result=$(sed -n 's/^| \([0-9]* passed, [0-9]* failed\)$/\1/p' "$log" | tail -n 1)
	if [ -z "$result" ]; then
		failed=$((failed + 1))
		tail -n 20 "$log" >&2
		echo "FAILED: kernel $release ended without a result (status $status; 124: not within $limit s), see $log" >&2
	else
		read -r p _ f _ <<<"$result"
		passed=$((passed + p)) failed=$((failed + f))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
