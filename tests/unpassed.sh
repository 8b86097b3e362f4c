#!/usr/bin/env bash
# What of a test program's log did not pass: failures and failed clean-ups (message, stack, end of its output), skips with
# their reasons, tests named as running long. With "failed", the failures alone. Of what passed, nothing.
# Usage: unpassed.sh LOG [failed]
# Lines of each part, and failures shown with them (the others by name): MESSAGE=30 STACK=20 OUTPUT=30 DETAILED=50
set -uo pipefail
log=$1 only=${2:-all}
message=${MESSAGE:-30} stack=${STACK:-20} output=${OUTPUT:-30} detailed=${DETAILED:-50}

shown='' part='' seen=0 failures=0 tail=()

close() {
  local lines=${#tail[@]}
  if ((lines > output)); then
    echo "        ... ($((lines - output)) lines before)"
    ((output == 0)) || printf '%s\n' "${tail[@]: -$output}"
  elif ((lines > 0)); then
    printf '%s\n' "${tail[@]}"
  fi
  shown='' part='' seen=0 tail=()
}

# Bounded: the first lines of a message and of a stack say most, the last lines of an output do.
line() {
  local limit=$message
  case "$1" in
    '      Stack Trace:') part=stack seen=0 ;;
    '      Output:' | '      Warnings:' | '      Attachments:') part=output seen=0 ;;
  esac
  if [[ $part = output ]]; then
    tail+=("${1:0:400}")
    return
  fi
  [[ $part != stack ]] || limit=$stack
  seen=$((seen + 1))
  ((seen > limit)) || printf '%s\n' "${1:0:400}"
  ((seen != limit + 1)) || echo "        ... (more in $log)"
}

while IFS= read -r text || [[ -n "$text" ]]; do
  if [[ "$text" =~ ^\ {4}[^\ ].*\[(PASS|FAIL|SKIP|NOTRUN|FAIL_SKIP|FAIL_WARN)\]$ || "$text" =~ ^\ {4}\[[A-Z].*(Failure|ERROR) ]]; then
    close
    case "${BASH_REMATCH[1]}" in
      PASS | NOTRUN) ;;
      SKIP) [[ "$only" = failed ]] || { printf '%s\n' "$text" && shown=yes; } ;;
      *)
        failures=$((failures + 1))
        printf '%s\n' "$text"
        ((failures > detailed)) || shown=yes
        ;;
    esac
  elif [[ "$text" =~ ^\ {6} ]]; then
    [[ -z "$shown" ]] || line "$text"
  elif [[ "$text" == *'[Long Running Test]'* ]]; then
    close
    [[ "$only" = failed ]] || printf '%s\n' "${text:0:400}"
  elif [[ -n "$text" ]]; then
    close
  elif [[ -n "$shown" ]]; then
    line "$text"
  fi
done <"$log"
close
