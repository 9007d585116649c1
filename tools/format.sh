#!/usr/bin/env bash
# tools/format.sh [--check]: brings the C++ sources into .clang-format's shape, or names those that are not.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

folders=(include src sim server cli games examples fuzz benchmarks tests)

sources() {
  local folder
  for folder in "${folders[@]}"; do
    if [ -d "$folder" ]; then
      find "$folder" -name node_modules -prune -o -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0
    fi
  done
}

case ${1:-} in
  '') sources | xargs -0 -r clang-format-14 -i ;;
  --check) sources | xargs -0 -r clang-format-14 --dry-run --Werror ;;
  *)
    echo "usage: tools/format.sh [--check]" >&2
    exit 2
    ;;
esac
