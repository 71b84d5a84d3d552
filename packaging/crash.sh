#!/bin/bash
# Kills every command at every one of its system calls, and lets each call that changes something fail in every way (root; an hour or so).
#   crash.sh [TEST [COMMAND]]   only the tests whose name matches (killed, failed, twoAtOnce), and only of the commands whose name does (uninstall)
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "crash: needs root: it loads programs and makes network namespaces" >&2; exit 77; }
mkdir -p build
swift build --build-tests
FABCTL=${FABCTL:-$(swift build --show-bin-path)/fabctl} FABCTL_CRASH="${2:-every}" \
	swift test --skip-build --disable-xctest --filter "CrashTests.${1:-}" </dev/null 2>&1 | tee build/crash.log
