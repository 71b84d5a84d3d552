#!/bin/bash
# Writes build/bench.json.
set -euo pipefail
cd "$(dirname "$0")/.."
build/fabctl bench -o json >build/bench.json
