#!/bin/bash
# Holds the programs to the stack that the oldest supported kernel gives a chain of calls: 512 bytes, of which each function takes a
# multiple of 32 (check_max_stack_depth in the kernel's kernel/bpf/verifier.c; newer kernels count in steps of 16, and so let more pass).
#   stack.sh        prints the longest chain of each program; fails when one is too long
set -euo pipefail
cd "$(dirname "$0")/.."
limit=512 step=32
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for source in bpf/*.bpf.c; do
	name=$(basename "$source" .bpf.c)
	# The flags are compile.sh's.
	sed "s/-c \"bpf/-fstack-usage &/" bpf/compile.sh >"$scratch/compile.sh"
	grep -q fstack-usage "$scratch/compile.sh"
	sed -i "s|^cd .*|cd '$PWD'|" "$scratch/compile.sh"
	sh "$scratch/compile.sh" "$toolchain/clang" "$toolchain/llvm-objcopy" "$source" "$scratch/$name.o" "$scratch/$name.swift"
	"$toolchain/llvm-objdump" -d -r --no-show-raw-insn "$scratch/$name.o" >"$scratch/$name.asm"
	"$toolchain/llvm-objdump" -t "$scratch/$name.o" >"$scratch/$name.symbols"
	awk -v limit=$limit -v step=$step '
		function depth(f,    n, i, callee, best, list) {
			if (f in known) return known[f]
			best = 0
			n = split(calls[f], list, " ")
			for (i = 1; i <= n; i++) {
				callee = list[i]
				if (depth(callee) > best) { best = depth(callee); deepest[f] = callee }
			}
			known[f] = best + int((frame[f] + step - 1) / step) * step
			return known[f]
		}
		FILENAME ~ /\.su$/ { split($1, part, ":"); frame[part[length(part)]] = $2 < 1 ? 1 : $2; next }
		FILENAME ~ /\.symbols$/ { if ($3 == "F" && $4 == "tc") program[$NF] = 1; next }
		/^[0-9a-f]+ <.*>:$/ { at = $2; gsub(/[<>:]/, "", at); next }
		/R_BPF_64_32/ { calls[at] = calls[at] " " $NF }
		END {
			for (f in program) {
				count++
				total = depth(f)
				text = f " " frame[f]
				for (g = deepest[f]; g != ""; g = deepest[g]) text = text ", " g " " frame[g]
				printf "%s: %d of %d bytes (%s)\n", f, total, limit, text
				if (total > limit) bad = 1
			}
			exit bad || !count
		}' "$scratch/$name.su" "$scratch/$name.symbols" "$scratch/$name.asm"
done
