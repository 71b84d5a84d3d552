#!/bin/bash
# Builds build/fabctl: optimised, stripped, every library but glibc inside.
set -euo pipefail
cd "$(dirname "$0")/.."
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
scratch=.build-release

packaging/static/prepare.sh "$toolchain/clang" "$toolchain/llvm-ar"
swift build -c release --product fabctl --scratch-path "$scratch" --static-swift-stdlib \
	--pkg-config-path "$PWD/packaging/static" -Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xlinker --no-export-dynamic
mkdir -p build
# Over a binary that is running, a copy fails (ETXTBSY) and a rename does not.
"$toolchain/llvm-objcopy" --strip-all "$scratch/release/fabctl" build/fabctl.new
mv -f build/fabctl.new build/fabctl

# The promise of the release: it runs on a node that has glibc and nothing else.
alien=$(readelf -d build/fabctl | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so\.6|libm\.so\.6|ld-linux[-.a-z0-9_]*\.so\.[0-9])$' || true)
if [ -n "$alien" ]; then
	echo "release: build/fabctl needs more than glibc: $(tr '\n' ' ' <<<"$alien")" >&2
	rm -f build/fabctl
	exit 1
fi
echo "build/fabctl: $(stat -c %s build/fabctl) bytes, needs only glibc $(readelf -V build/fabctl |
	grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -n 1)"
