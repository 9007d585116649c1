#!/usr/bin/env bash
# tools/setup.sh GROUP…: installs what the named groups need and this machine lacks, and nothing else.
#
#   build     compiler, CMake and the libraries of the native programs
#   wasm      Emscripten, Node.js
#   test      npm's packages for the tests, clang for the fuzz targets, clang-format
#   browser   Chromium
#   bench     the programs and npm packages that the benchmarks compare with
#   tidy      clang-tidy
#   shell     shellcheck
#
# Packages come from Debian by apt, as root or through sudo; only missing ones are asked for. Node.js and npm are left alone
# where they are, wherever they came from. With PARLOR_NO_INSTALL=1 nothing is installed: what is missing is named.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/ui.sh
. "$root/tools/ui.sh"

node_at_least=18

packages_of() {
  case $1 in
    build) echo g++ cmake ninja-build pkg-config ccache git ca-certificates brotli gzip \
      libboost1.81-dev libssl-dev libcli11-dev libtomlplusplus-dev libspdlog-dev prometheus-cpp-dev rapidjson-dev \
      libgtest-dev googletest ;;
    wasm) echo emscripten node-acorn python3 googletest rapidjson-dev ;;
    test) echo iproute2 clang-14 libclang-rt-14-dev llvm-14 clang-format-14 ;;
    browser) ;;
    bench) echo libbenchmark-dev coturn ;;
    tidy) echo clang-14 clang-tidy-14 ;;
    shell) echo shellcheck ;;
    *) ui_fail "tools/setup.sh knows no group named '$1'"; exit 2 ;;
  esac
}

has_group() { # has_group NAME GROUP…
  local wanted=$1 group
  shift
  for group in "$@"; do
    if [ "$group" = "$wanted" ]; then return 0; fi
  done
  return 1
}

find_chromium() {
  local name
  for name in "${PARLOR_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

check_node() { # a Node.js that is there must be new enough
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -lt "$node_at_least" ]; then
    ui_fail "$(command -v node) is Node.js $(node --version 2>/dev/null || echo '?'); $node_at_least or newer is needed."
    exit 1
  fi
}

needs_npm() { has_group test "$@" || has_group bench "$@"; }

# Packages for Node.js, npm and Chromium: only where the command itself is not there yet.
packages_by_command() {
  if has_group wasm "$@" || needs_npm "$@"; then
    if ! command -v node >/dev/null 2>&1; then echo nodejs; fi
  fi
  if needs_npm "$@" && ! command -v npm >/dev/null 2>&1; then
    if command -v node >/dev/null 2>&1 && ! is_installed nodejs; then
      ui_fail "there is a Node.js at $(command -v node) without npm; please install npm for it."
      exit 1
    fi
    echo npm
  fi
  if has_group browser "$@" && ! find_chromium; then echo chromium; fi
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

missing_packages() {
  local group
  {
    for group in "$@"; do packages_of "$group" | tr ' ' '\n'; done
    packages_by_command "$@"
  } | sort -u | without_installed
}

without_installed() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii //p' | sort -u)
  comm -23 - <(printf '%s\n' "$installed") | sed '/^$/d'
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

may_become_root() {
  if [ "$(id -u)" -eq 0 ]; then return 0; fi
  if ! command -v sudo >/dev/null 2>&1; then return 1; fi
  if sudo -n true 2>/dev/null; then return 0; fi
  if [ -t 0 ] && [ -t 1 ]; then
    echo "sudo asks for your password to install packages."
    sudo -v
  else
    return 1
  fi
}

install_packages() {
  local list
  local -a missing
  list=$(missing_packages "$@") # which has said why, where it ends badly
  if [ -z "$list" ]; then return 0; fi
  mapfile -t missing <<<"$list"
  if [ -n "${PARLOR_NO_INSTALL:-}" ]; then
    ui_fail "missing, and PARLOR_NO_INSTALL is set: ${missing[*]}"
    exit 1
  fi
  echo "Installing from Debian: ${missing[*]}"
  if ! may_become_root; then
    ui_fail "this needs root once, and neither root nor a usable sudo is at hand. Run this as root, then start again:"
    printf '    apt-get update && apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
    exit 1
  fi
  ui_step 'Debian packages' "$ui_logs/apt.log" as_root bash "$root/tools/apt_install.sh" "${missing[@]}" || {
    ui_fail "apt could not install all of: ${missing[*]}"
    exit 1
  }
}

# npm_packages DIR LABEL: npm ci where DIR's lock file is not the one that node_modules was made from.
npm_packages() {
  local dir=$1 label=$2 stamp want
  stamp=$dir/node_modules/.parlor-lock
  want=$(sha256sum <"$dir/package-lock.json")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return 0; fi
  if [ -n "${PARLOR_NO_INSTALL:-}" ]; then
    ui_fail "npm's packages are missing, and PARLOR_NO_INSTALL is set: run npm ci in $dir"
    exit 1
  fi
  ui_step "$label" "$ui_logs/npm-${dir##*/}.log" npm_ci "$dir" || {
    ui_fail "npm could not install the packages of $dir/package.json (is its registry in reach?)"
    exit 1
  }
  printf '%s\n' "$want" >"$stamp"
}

npm_ci() (
  cd "$1"
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
)

check_writable() {
  mkdir -p "$root/build" 2>/dev/null || true
  if [ ! -w "$root/build" ] || { [ -d "$ui_logs" ] && [ ! -w "$ui_logs" ]; }; then
    ui_fail "$root/build is not writable for $(id -un) (made by another user?); remove it or take it over with chown."
    exit 1
  fi
}

main() {
  local start
  if [ $# -eq 0 ]; then
    ui_usage "${BASH_SOURCE[0]}" >&2
    exit 2
  fi
  start=$(ui_now)
  check_writable
  if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    install_packages "$@"
  elif [ -z "${PARLOR_NO_INSTALL:-}" ]; then
    ui_fail "no apt here. Install what tools/setup.sh lists by hand, then set PARLOR_NO_INSTALL=1."
    exit 1
  fi
  if command -v node >/dev/null 2>&1; then check_node; fi
  if needs_npm "$@"; then npm_packages "$root" 'npm packages'; fi # playwright-core is for the benchmarks too
  if has_group bench "$@"; then npm_packages "$root/benchmarks/peers" 'npm packages of the peers to compare with'; fi
  ui_line 'Everything needed is installed' ok $(($(ui_now) - start))
}

main "$@"
