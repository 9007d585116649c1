#!/usr/bin/env bash
# tools/fresh_machine.sh [--dir DIR] [--user] [--copy PATH]… [--env NAME=VALUE]… [--keep] [COMMAND…]
#
# Tries a command, ./test where none is said, on a truly fresh Debian 12: a folder made by debootstrap with nothing but the
# minimal system and the committed state of this repository, in a path with a space in it. Needs root and debootstrap.
#
#   --dir DIR         where the machine is made (else /var/tmp/parlor-fresh); DIR/base and DIR/archives are kept for the next time
#   --user            as a user who may use sudo, instead of as root
#   --copy PATH       copies a file or folder of this machine to the same place, such as a private certificate authority
#   --env NAME=VALUE  sets a variable there, such as a proxy
#   --keep            keeps the machine's folder afterwards and says how to enter it
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/ui.sh
. "$root/tools/ui.sh"

dir=/var/tmp/parlor-fresh
who=root
keep=
copies=()
variables=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) ui_usage "${BASH_SOURCE[0]}" && exit 0 ;;
    --dir) dir=$2 && shift ;;
    --user) who=player ;;
    --copy) copies+=("$2") && shift ;;
    --env) variables+=("$2") && shift ;;
    --keep) keep=yes ;;
    -*) ui_usage "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    *) break ;;
  esac
  shift
done
if [ $# -eq 0 ]; then set -- ./test; fi

while [ "${dir%/}" != "$dir" ]; do dir=${dir%/}; done # with a slash at its end a link would look like what it points to
machine=$dir/machine-$who
mirror=http://deb.debian.org
home=/root
if [ "$who" != root ]; then home=/home/$who; fi
place="$home/my games/parlor"

own_folder() { # what lies in it is run as root: nobody else may have made it, or write to it
  mkdir -p "$(dirname "$dir")"
  [ -e "$dir" ] || [ -L "$dir" ] || mkdir -m 700 "$dir"
  if [ -L "$dir" ] || [ ! -d "$dir" ] || [ ! -O "$dir" ]; then
    ui_fail "$dir is a link or belongs to another user; remove it, or name another folder with --dir"
    exit 1
  fi
  chmod 700 "$dir"
}

make_base() {
  if [ -e "$dir/base/.complete" ]; then return; fi
  rm -rf --one-file-system "$dir/base"
  mkdir -p "$dir/archives/partial"
  ui_step 'debootstrap: Debian 12, minimal' "$dir/debootstrap.log" \
    debootstrap --variant=minbase bookworm "$dir/base" "$mirror/debian"
  cat >"$dir/base/etc/apt/sources.list" <<LIST
deb $mirror/debian bookworm main
deb $mirror/debian bookworm-updates main
deb $mirror/debian-security bookworm-security main
LIST
  touch "$dir/base/.complete"
}

mount_into() {
  mount -t proc proc "$machine/proc"
  mount -t sysfs -o ro sysfs "$machine/sys"
  mount -t tmpfs -o mode=755 tmpfs "$machine/dev"
  mkdir "$machine/dev/shm" "$machine/dev/pts"
  local node
  for node in null zero full random urandom tty; do
    touch "$machine/dev/$node"
    mount --bind "/dev/$node" "$machine/dev/$node"
  done
  mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$machine/dev/pts"
  ln -s pts/ptmx "$machine/dev/ptmx"
  ln -s /proc/self/fd "$machine/dev/fd"
  mount --bind "$dir/archives" "$machine/var/cache/apt/archives"
}

mounts_below() { # the deepest first
  awk -v top="$machine/" 'index($2, top) == 1 { print $2 }' /proc/mounts | sort -r
}

unmount_all() {
  local point
  while read -r point; do umount "$point" || umount -l "$point"; done < <(mounts_below)
}

end_processes() { # what the command left running inside
  local link pid
  for link in /proc/[0-9]*/root; do
    if [ "$(readlink "$link" 2>/dev/null)" = "$machine" ]; then
      pid=${link#/proc/}
      kill -KILL "${pid%/root}" 2>/dev/null || true
    fi
  done
}

make_machine() {
  unmount_all
  rm -rf --one-file-system "$machine"
  cp -a --reflink=auto "$dir/base" "$machine"
  cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
  local path
  for path in "${copies[@]}"; do
    mkdir -p "$machine${path%/*}"
    cp -aL "$path" "$machine${path%/*}/"
  done
  mount_into
  if [ "$who" != root ]; then
    ui_step 'A user with sudo' "$dir/user.log" chroot "$machine" sh -c "apt-get update && apt-get install -y --no-install-recommends sudo &&
      useradd --create-home --shell /bin/bash $who && echo '$who ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$who"
  fi
  mkdir -p "$machine$place"
  git -C "$root" archive HEAD | tar -x -C "$machine$place"
  chroot "$machine" chown -R "$who:$who" "$home"
}

leave() {
  end_processes
  if [ -n "$keep" ]; then
    echo "Kept: chroot $machine; afterwards unmount what is mounted below it and remove it"
    return
  fi
  unmount_all
  if [ -z "$(mounts_below)" ]; then rm -rf --one-file-system "$machine"; fi
}

run_there() {
  local start=$SECONDS rc=0
  local -a as=(env -i HOME="$home" USER="$who" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    LANG=C.UTF-8 TERM="${TERM:-dumb}" "${variables[@]}")
  # shellcheck disable=SC2016 # expanded by the shell inside
  chroot --userspec="$who:$who" --groups='' "$machine" "${as[@]}" \
    bash -c 'cd "$1" && shift && exec "$@"' bash "$place" "$@" || rc=$?
  echo "On a fresh Debian 12 as $who: '$*' ended with $rc after $((SECONDS - start)) s"
  return "$rc"
}

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
  ui_fail 'this needs root and the package debootstrap'
  exit 1
fi
own_folder
trap leave EXIT
make_base
make_machine
run_there "$@"
