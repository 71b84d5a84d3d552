#!/bin/bash
# Builds, runs the checks and all the tests, lists what was skipped and why, and ends with one line "N passed, M failed".
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
log=build/test.log
report=build/test.xml
rm -f "$log" "$report"
passed=0 failed=0

# check NAME COMMAND...
check() {
	local name=$1
	shift
	if "$@" </dev/null; then
		passed=$((passed + 1))
	else
		echo "FAILED: $name" >&2
		failed=$((failed + 1))
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

check "format (make fmt mends it)" swift format lint --strict --parallel --recursive Package.swift Sources Tests bpf/plugin
check "stack of the programs on kernel 6.1" packaging/stack.sh

if ! swift build --build-tests </dev/null; then
	echo "FAILED: the build" >&2
	failed=$((failed + 1))
	finish
fi

# The end-to-end tests run the binary itself.
FABCTL=${FABCTL:-$(swift build --show-bin-path)/fabctl}
export FABCTL
# One that hangs is to say what it was at.
timeout --kill-after=30s 45m swift test --skip-build --disable-xctest --xunit-output build/test.xml "$@" </dev/null 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

if grep -qs '^</testsuites>' "$report"; then
	read -r p f < <(awk '
		/<testcase / { if ($0 ~ /\/>/) p++; open = 1; next }
		open && /<failure/ { f++; open = 0 }
		open && /<skipped/ { open = 0 }
		END { print p + 0, f + 0 }' "$report")
	awk '
		/<testcase / { match($0, /classname="[^"]*"/); c = substr($0, RSTART + 11, RLENGTH - 12)
			match($0, / name="[^"]*"/); n = substr($0, RSTART + 7, RLENGTH - 8) }
		/<skipped>/ { sub(/.*<skipped>/, ""); sub(/<\/skipped>.*/, ""); print "SKIPPED: " c " " n ": " $0 }' "$report" |
		sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
	passed=$((passed + p)) failed=$((failed + f))
	[ "$status" -eq 0 ] || [ "$f" -gt 0 ] || failed=$((failed + 1))
else
	# The run died, and left a report without an end or none: what it finished counts, and its death is a failure.
	passed=$((passed + $(grep -ac '^✔ Test .* passed after' "$log")))
	failed=$((failed + 1 + $(grep -ac '^✘ Test .* failed after' "$log")))
	echo "FAILED: the test run ended early, with status $status" >&2
fi
finish
