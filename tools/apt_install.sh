#!/usr/bin/env bash
# tools/apt_install.sh PACKAGE…: run as root by tools/setup.sh. Installs Debian packages without a question asked, and lets
# no service of theirs run: coturn is wanted as a program to measure, not as a server on this machine.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
export LC_ALL=C.UTF-8
exec 3>&1 # how far it is, for whoever reads our output; not 1 itself, which apt would close for the packages' own scripts
apt=(apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0)

policy=/usr/sbin/policy-rc.d
made_policy=

allow_services_again() {
  if [ -n "$made_policy" ]; then rm -f "$policy"; fi
}

hold_services_back() {
  if [ -e "$policy" ]; then return; fi
  printf '#!/bin/sh\n# for the length of one installation by parlor'"'"'s tools/apt_install.sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made_policy=yes
}

is_among() {
  local wanted=$1 name
  shift
  for name in "$@"; do
    if [ "$name" = "$wanted" ]; then return 0; fi
  done
  return 1
}

trap allow_services_again EXIT
trap 'exit 130' INT TERM

if is_among coturn "$@"; then hold_services_back; fi
"${apt[@]}" update
"${apt[@]}" install -y --no-install-recommends "$@"
if is_among coturn "$@" && command -v deb-systemd-helper >/dev/null 2>&1; then
  deb-systemd-helper disable coturn.service || true # nor at the next start of the machine
fi
