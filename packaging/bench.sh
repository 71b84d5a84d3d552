#!/bin/bash
# Measures what fabctl costs (root): prints a table, writes build/bench.json. SECTION names the sections to run (packet scale situ path flowlog
# control policy bgp), all by default; other arguments go to fabctl-bench.
set -euo pipefail
cd "$(dirname "$0")/.."
# What is measured is the binary that is released, and all is built as it is.
packaging/release.sh
for product in fabctl-bench fabctl-load; do
	swift build -c release --product "$product" --scratch-path .build-release --static-swift-stdlib \
		--pkg-config-path "$PWD/packaging/static" -Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xlinker --no-export-dynamic
done
sections=()
for section in ${SECTION:-}; do sections+=(--section "$section"); done
.build-release/release/fabctl-bench --fabctl "$PWD/build/fabctl" --json build/bench.json "${sections[@]}" "$@"
