#!/usr/bin/env bash
# tools/tidy.sh: clang-tidy over every native source, by the preset tidy; only what changed since the last time is read again.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/setup.sh" build tidy
exec node "$root/tools/build.mjs" --keep-going tidy
