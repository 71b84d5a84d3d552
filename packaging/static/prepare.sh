#!/bin/sh
# Lays out packaging/static/lib: the archives that the release links. The folder holds no shared object, and the .pc
# files beside it put it first on the linker's path, so nothing but glibc is left to be found at run time.
#   prepare.sh CLANG AR
set -eu
clang=$1 ar=$2
here=$(cd "$(dirname "$0")" && pwd)
lib=$here/lib

fail() {
	echo "static release: $*" >&2
	exit 1
}

# The archive of a library: beside its pkg-config file, or where the C compiler looks.
archive() {
	folder=$(pkg-config --variable=libdir "$1" 2>/dev/null || true)
	if [ -n "$folder" ] && [ -f "$folder/$2" ]; then
		echo "$folder/$2"
		return
	fi
	file=$("$clang" -print-file-name="$2")
	[ -f "$file" ] || fail "$2 not found: install the development package of $1 (make deps)"
	echo "$file"
}

rm -rf "$lib"
mkdir -p "$lib"
while read -r package file; do
	path=$(archive "$package" "$file")
	ln -s "$path" "$lib/$file"
done <<LIST
libbpf libbpf.a
libelf libelf.a
zlib libz.a
yaml-0.1 libyaml.a
libstdc++ libstdc++.a
LIST

# libpcap's D-Bus source is taken out of the archive and nodbus.c put in its place.
pcap=$(archive libpcap libpcap.a)
cp "$pcap" "$lib/libpcap.a"
if "$ar" t "$lib/libpcap.a" | grep -qx pcap-dbus.o; then
	"$clang" -O2 -fPIC -Wall -Wextra -Werror -c "$here/nodbus.c" -o "$lib/nodbus.o"
	"$ar" d "$lib/libpcap.a" pcap-dbus.o
	"$ar" rs "$lib/libpcap.a" "$lib/nodbus.o" 2>/dev/null
	rm "$lib/nodbus.o"
fi
