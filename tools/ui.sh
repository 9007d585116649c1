# shellcheck shell=bash
# How the commands speak before Node.js is there: one line per step with its seconds, a progress line for what takes longer,
# nothing else while all is well, the end of the log when it is not. tools/lib/ui.mjs is the same for what runs afterwards.
# To be sourced; needs $root.
# shellcheck disable=SC2034 # ui_logs is for who sources this

ui_logs=${root:?}/build/logs
ui_width=46

ui_now() { date +%s%3N; }

ui_seconds() { # milliseconds -> "12.3 s"
  printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100))
}

ui_is_terminal() { [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${CI:-}" ]; }

# ui_line TITLE STATE MILLISECONDS [NOTE]
ui_line() {
  printf '%-*s %-7s %9s%s\n' "$ui_width" "$1" "$2" "$(ui_seconds "$3")" "${4:+   $4}"
}

ui_usage() { # the comment that a script begins with
  sed -n '2,/^[^#]/{/^[^#]/d;/^$/d;s/^# \{0,1\}//p}' "$1"
}

ui_fail() { # a sentence for people, on stderr
  printf 'parlor: %s\n' "$*" >&2
}

# ui_need_node COMMAND: for what a command can say without an installation, where Node.js happens to be there.
ui_need_node() {
  if command -v node >/dev/null 2>&1; then return 0; fi
  ui_fail "this needs Node.js, which $1 installs with the rest; by itself it is the Debian package nodejs."
  exit 1
}

# What an installer's log says about how far it is: apt's status lines, else its last line.
ui_progress_of() {
  tail -n 40 "$1" 2>/dev/null | awk -F: '
    /^dlstatus:/ { split($3, p, "."); text = "downloading " p[1] " %"; next }
    /^pmstatus:/ { split($3, p, "."); text = "installing " p[1] " %  " $2; next }
    NF { last = $0 }
    END { print substr(text != "" ? text : last, 1, 60) }'
}

# ui_watch TITLE LOG START: says how far a step is until it is ended; live on a terminal, else a line every ten seconds.
ui_watch() {
  local title=$1 log=$2 start=$3 elapsed nap=
  trap 'kill "$nap" 2>/dev/null || true; exit 0' TERM
  ui_nap() {
    sleep "$1" >/dev/null 2>&1 &
    nap=$!
    wait "$nap"
  }
  ui_nap 2
  while :; do
    elapsed=$(($(ui_now) - start))
    if ui_is_terminal; then
      printf '\r\033[K%-*s ...     %9s   %s' "$ui_width" "$title" "$(ui_seconds "$elapsed")" "$(ui_progress_of "$log")"
      ui_nap 0.5
    else
      ui_line "$title" ... "$elapsed" "$(ui_progress_of "$log")"
      ui_nap 10
    fi
  done
}

# ui_step TITLE LOG COMMAND…: runs the command with its output in the log. Returns its exit status.
ui_step() {
  local title=$1 log=$2 start watcher rc=0
  shift 2
  start=$(ui_now)
  mkdir -p "${log%/*}"
  : >"$log"
  ui_watch "$title" "$log" "$start" &
  watcher=$!
  "$@" >"$log" 2>&1 </dev/null || rc=$?
  ui_stop_watching "$watcher"
  if [ "$rc" -eq 0 ]; then
    ui_line "$title" ok $(($(ui_now) - start))
  else
    ui_line "$title" FAILED $(($(ui_now) - start))
    ui_tail "$log"
  fi
  return "$rc"
}

ui_stop_watching() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  if ui_is_terminal; then printf '\r\033[K'; fi
}

ui_tail() { # the end of a log, for a step that failed
  grep -v -E '^(dl|pm)status:' "$1" | tail -n 40 | cut -c1-300 | sed 's/^/    | /' >&2
  printf '    the whole log: %s\n' "$1" >&2
}
