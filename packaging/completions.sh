#!/bin/sh
# Writes the completion scripts of a fabctl binary, under the names that the shells look for: completions.sh FABCTL DIRECTORY
set -eu
fabctl=$1 directory=$2
mkdir -p "$directory"
for pair in bash:fabctl.bash zsh:_fabctl fish:fabctl.fish; do
	file=$directory/${pair#*:}
	"$fabctl" completion "${pair%%:*}" >"$file.new"
	mv "$file.new" "$file"
done
