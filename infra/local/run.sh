#!/usr/bin/env bash
# The whole pipeline on this machine: export, copy, load, reconcile. `run.sh --help` lists the options.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bash "$root/infra/local/prepare.sh" infra/local/SnapshotBridge.Local/SnapshotBridge.Local.csproj
exec dotnet "$root/artifacts/bin/SnapshotBridge.Local/debug/SnapshotBridge.Local.dll" "$@"
