#!/usr/bin/env bash
# The long run of the fuzz targets: tools/fuzz.sh [--seconds N] [--minimize] [target…]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/setup.sh" build test
exec node "$root/tools/fuzz.mjs" "$@"
