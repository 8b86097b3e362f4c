#!/usr/bin/env bash
# Checks a deployed stack before its first run: bash infra/preflight.sh --stack NAME [--snapshot ARN] [--region R]
# [--profile P] [--json]. With --local instead of --stack it checks the local servers, which it starts and stops.
# Status 0: nothing failed; 1: something did; 2: wrong arguments.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
if [[ " $* " == *" --local "* ]]; then
  arguments=()
  for argument in "$@"; do [[ "$argument" == --local ]] || arguments+=("$argument"); done
  bash "$root/infra/local/prepare.sh" infra/local/SnapshotBridge.Local/SnapshotBridge.Local.csproj >&2
  exec dotnet "$root/artifacts/bin/SnapshotBridge.Local/debug/SnapshotBridge.Local.dll" --preflight ${arguments[@]+"${arguments[@]}"}
fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
project=infra/preflight/SnapshotBridge.PreflightTool/SnapshotBridge.PreflightTool.csproj
mkdir -p "$root/artifacts"
{
  flock 9
  if ! (cd "$root" && dotnet build "$project" -nologo -v quiet -clp:"NoSummary;ErrorsOnly") >"$root/artifacts/preflight-build.log" 2>&1 9>&-; then
    cat "$root/artifacts/preflight-build.log" >&2
    echo "The build failed." >&2
    exit 2
  fi
} 9>"$root/artifacts/.build.lock"
exec dotnet "$root/artifacts/bin/SnapshotBridge.PreflightTool/debug/SnapshotBridge.PreflightTool.dll" "$@"
