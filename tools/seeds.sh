#!/usr/bin/env bash
# The long run of the tests that take seeds: tools/seeds.sh [--count N] [program…]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/setup.sh" build
exec node "$root/tools/seeds.mjs" "$@"
