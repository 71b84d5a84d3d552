#!/bin/sh
# Compiles one eBPF program to an object and prints it into a Swift file: compile.sh CLANG OBJCOPY SOURCE OBJECT SWIFT
# Runs in the package's folder, so that objects are the same wherever it stands.
set -eu
clang=$1 objcopy=$2 source=$3 object=$4 swift=$5
name=$(basename "$source" .bpf.c)
machine=$(uname -m)
cd "$(dirname "$0")/.."
"$clang" -target bpf -mcpu=v3 -g -O2 -std=gnu2x -Xclang -fno-split-cold-code -ffile-compilation-dir=. \
	-Wall -Wextra -Werror -Ibpf/include -Ibpf -idirafter "/usr/include/$machine-linux-gnu" \
	-c "bpf/$name.bpf.c" -o "$object"
"$objcopy" --strip-debug "$object"
{
	checksum=$(sha256sum <"$object" | cut -c1-16)
	printf '/// The compiled eBPF object of bpf/%s.bpf.c, base64.\n' "$name"
	printf 'extension BPFImage {\n    public static let %s = BPFImage(name: "%s", checksum: 0x%s, base64: "' "$name" "$name" "$checksum"
	base64 -w0 "$object"
	printf '")\n}\n'
} >"$swift.new"
# Whole or not at all: a build that is interrupted here must not leave a file that looks finished.
mv "$swift.new" "$swift"
