#!/bin/bash
# The main job, on network namespaces of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
build/fabctl version
