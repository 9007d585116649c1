#!/usr/bin/env bash
# tools/tsan.sh: the unit tests and the tests of the server under ThreadSanitizer, by the preset tsan.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/setup.sh" build wasm test
cd "$root"
node tools/build.mjs tsan

# g++ 12's ThreadSanitizer gives up where the kernel spreads addresses wider than it expects: without randomized addresses.
fixed=()
if command -v setarch >/dev/null && setarch "$(uname -m)" -R true 2>/dev/null; then fixed=(setarch "$(uname -m)" -R); fi

export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}"
rc=0
"${fixed[@]}" ctest --preset tsan -LE sources --no-tests=error || rc=1
if [ -d "$root/tests/server" ]; then
  PARLOR_BIN=$root/build/tsan/bin/parlor "${fixed[@]}" node "$root/tools/run_node_tests.mjs" "$root/tests/server" || rc=1
fi
exit "$rc"
