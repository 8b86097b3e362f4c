#!/usr/bin/env bash
# All tests but the benchmarks. The last line is "N passed, N failed, N skipped"; whatever failed is named right before it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

if ! bash infra/local/prepare.sh SnapshotBridge.sln database-optional; then
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi

# xunit's own program: its summary line is stable, and skips carry their reasons. A test that hangs is named in the log, and
# ends the program in the end: none takes a tenth of that.
run() {
  exec timeout --kill-after=60 3000 dotnet "artifacts/bin/$1/debug/$1.dll" -noColor -noLogo -longRunning 300 >"artifacts/tests/$1.log" 2>&1
}

passed=0 failed=0 skipped=0 again=artifacts/tests/failed.txt

# What failed is said where it happened, and once more before the closing line: of a long log the end is what is read.
recall() {
  printf '%s\n' "$@" | grep -v '^$' >>"$again"
}

briefly() {
  MESSAGE=6 STACK=6 OUTPUT=5 DETAILED=15 bash tests/unpassed.sh "$1" failed
}

report() {
  local name=$1 code=$2 log=artifacts/tests/$1.log summary
  bash tests/unpassed.sh "$log"
  summary=$(grep -E '^ +[^ ]+ +Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1)
  if [[ "$summary" =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+) ]]; then
    local total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} wrong=${BASH_REMATCH[3]} skips=${BASH_REMATCH[4]}
    failed=$((failed + wrong + errors)) skipped=$((skipped + skips)) passed=$((passed + total - wrong - skips))
    echo "   $((total - wrong - skips)) passed, $((wrong + errors)) failed, $skips skipped"
    if ((wrong + errors > 0)); then
      recall "== $name: $((wrong + errors)) failed, $(grep -m1 -oE 'seed = [0-9]+' "$log")" "$(briefly "$log")"
    elif [[ $code -ne 0 ]]; then
      failed=$((failed + 1))
      echo "   $name ended with status $code; see $log"
      recall "== $name ended with status $code though no test failed" "$(tail -10 "$log" | cut -c1-400)"
    fi
  else
    # No summary: the test program itself died, and that must not count as success.
    tail -40 "$log"
    failed=$((failed + 1))
    recall "== $name ended with status $code before its summary" \
      "$(briefly "$log")" "$(tail -15 "$log" | cut -c1-400)"
  fi
}

# The longest waits more than it computes: it runs beside all others, and is reported last.
longest=EndToEnd.Tests
mkdir -p artifacts/tests
: >"$again"
run "$longest" &
beside=$! current=
# Both run in the background, so that a signal is heard while one is waited for; they end what they started before they end.
trap 'kill "$beside" $current 2>/dev/null; wait' EXIT
trap 'exit 130' INT TERM
for project in tests/*.Tests; do
  name=$(basename "$project")
  [[ "$name" != "$longest" ]] || continue
  echo "== $name"
  run "$name" &
  current=$!
  wait "$current"
  report "$name" $?
done
echo "== $longest"
wait "$beside"
report "$longest" $?
trap - EXIT

if [[ -s "$again" ]]; then
  echo "== what failed"
  cat "$again"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
