#!/bin/bash
# Measures what a packet costs (root): prints a table, writes build/bench.json. Arguments go to fabctl-bench.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
swift build -c release --product fabctl-bench --scratch-path .build-bench
.build-bench/release/fabctl-bench --json build/bench.json "$@"
