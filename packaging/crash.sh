#!/bin/bash
# Kills every command at every one of its system calls, and lets each call that changes something fail in every way (root; an hour or so).
#   crash.sh [COMMAND]   only the tests whose name matches: killed, failed, twoAtOnce
# FABCTL_CRASH=policy strikes only commands with that word in their names.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "crash: needs root: it loads programs and makes network namespaces" >&2; exit 77; }
mkdir -p build
swift build --build-tests
FABCTL=${FABCTL:-$(swift build --show-bin-path)/fabctl} FABCTL_CRASH=${FABCTL_CRASH:-every} \
	swift test --skip-build --disable-xctest --filter "CrashTests.${1:-}" </dev/null 2>&1 | tee build/crash.log
