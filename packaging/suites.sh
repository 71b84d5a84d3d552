#!/bin/bash
# Builds, and runs only the test suites whose names match, one after another: suites.sh REGEX. What they are to do at length, their environment says
# (FABCTL_FUZZ, FABCTL_FLOOD, SOAK_SECONDS).
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --build-tests
FABCTL=${FABCTL:-$(swift build --show-bin-path)/fabctl}
export FABCTL
swift test --skip-build --disable-xctest --no-parallel --filter "$1"
