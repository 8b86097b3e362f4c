#!/usr/bin/env bash
# Publishes every function of template.yaml for Lambda (linux-arm64, framework-dependent) with nothing but the .NET SDK, and writes a
# template beside them that names the published folders: ready for `sam deploy --template-file` or `aws cloudformation package`.
#
#   package.sh                     into artifacts/package/
#   package.sh --output DIR        into DIR, which is emptied first
#   package.sh --allow-standins    with the imitations in infra/standins, for tests: into artifacts/package-standins/, never deployable
#
# Nothing is taken from an earlier package, and MSBuild, not a checksum of one folder, decides what is compiled anew: a change in Core
# reaches every function. The same sources give the same bytes, in whatever folder and at whatever commit; without symbols, because
# the logging generator orders what it writes by chance, and symbols show it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

fail() { echo "package.sh: $*" >&2; exit 1; }

output="" vendor=registry
while (($#)); do
  case $1 in
    --output) [[ -n ${2:-} ]] || fail "--output needs a folder."; output=$2; shift 2 ;;
    --allow-standins) vendor=standins; shift ;;
    -h | --help) sed -n '2,12{s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) fail "unknown argument '$1'. Usage: package.sh [--output DIR] [--allow-standins]" ;;
  esac
done
command -v dotnet >/dev/null || fail "the .NET SDK is missing (global.json names the version)."

# The mark that stands in every folder made with stand-ins.
mark=STANDINS-NEVER-DEPLOY
if [[ $vendor == standins ]]; then
  output=${output:-artifacts/package-standins}
  [[ $output != artifacts/package && $output != artifacts/package/* ]] || fail "artifacts/package is for what is deployed; name another folder."
  echo "*** STAND-INS: this package is for tests. It only imitates the vendors' packages and must never be deployed. ***"
else
  output=${output:-artifacts/package}
fi
case $(realpath -m "$output")/ in
  "$(realpath .)/" | "$(realpath .)"/functions/* | "$(realpath .)"/infra/* | "$(realpath .)"/statemachine/* | "$(realpath .)"/tests/* | /)
    fail "--output '$output' would be emptied; choose a folder that holds nothing else." ;;
esac
if [[ -d $output && -n $(ls -A "$output") && ! -f $output/.package ]]; then
  fail "--output '$output' is not empty and not an earlier package; choose another folder."
fi

mapfile -t projects < <(sed -n 's|^ *CodeUri: functions/\([A-Za-z]*\)/$|\1|p' template.yaml | sort -u)
((${#projects[@]})) || fail "template.yaml names no function."

rm -rf "$output"
mkdir -p "$output/statemachine" artifacts
output=$(realpath "$output")
echo "Made by infra/package.sh, which empties this folder." >"$output/.package"
# A place of its own for what the compiler writes: a development build beside this one is neither used nor disturbed.
build=$(realpath -m "artifacts/package-build-$vendor")

# Compiled ahead of time (ReadyToRun) a cold function starts with a third less processor time, and a copy of 4 GiB takes a
# tenth less. That needs the runtime's own packages for Lambda's processor, which not every registry holds: without them the
# functions are compiled while they run, as any .NET program, and this says so.
ahead=true
publish() {
  dotnet publish "functions/$project/$project.csproj" -c Release -r linux-arm64 --self-contained false \
    -p:UseAppHost=false -p:PublishReadyToRun="$ahead" -p:PublishDocumentationFile=false -p:PublishReferencesDocumentationFiles=false \
    -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:DebugType=none -p:PathMap="$PWD/=/_/" -p:EnableSourceLink=false -p:IncludeSourceRevisionInInformationalVersion=false -p:VendorPackages="$vendor" -p:AllowStandInPackage="$([[ $vendor == standins ]] && echo true || echo false)" \
    -p:ArtifactsPath="$build/" -o "$output/$project" -v quiet -clp:NoSummary -m:1 >"$log" 2>&1
}

slower=""
for project in "${projects[@]}"; do
  log=artifacts/package-$project.log
  if [[ $ahead == true ]] && ! publish && grep -qE 'NU110[123].*Microsoft\.(NETCore|AspNetCore)\.App\.|NETSDK109[45]' "$log"; then
    ahead=false
    slower="*** NOT COMPILED AHEAD OF TIME: the NuGet registry lacks the runtime's packages for linux-arm64 ($(grep -oE 'Microsoft\.(NETCore|AspNetCore)\.App\.[A-Za-z0-9.-]*[A-Za-z0-9]' "$log" | sort -u | paste -sd, - | sed 's/,/, /g')). The functions work, but start slower; package where the registry holds them. ***"
  fi
  [[ -f $output/$project/$project.dll ]] || publish || {
    grep -E 'error' "$log" | sort -u | head -10 >&2
    ! grep -qE 'NU110[123]' "$log" || echo "The NuGet registry lacks packages of the vendors: package where it has them." >&2
    fail "publishing $project failed; the whole answer is in $log."
  }
  # Said of what was made, and not of what failed for another reason.
  [[ -z $slower ]] || { echo "$slower" >&2; slower=""; }
  [[ $vendor == registry ]] || printf 'Made with stand-ins (infra/standins) for tests. Never deploy this.\n' >"$output/$project/$mark"
done

# A published project may hold our own libraries and the vendors' packages, and nothing that belongs to tests or to the local run.
for project in "${projects[@]}"; do
  [[ -f $output/$project/$project.dll && -f $output/$project/SnapshotBridge.Core.dll && -f $output/$project/$project.runtimeconfig.json ]] ||
    fail "$project lacks its assembly, Core or its runtimeconfig."
  stray=$(find "$output/$project" \( -iname '*SnapshotBridge.Local*' -o -iname '*.Tests.*' -o -iname 'xunit*' -o -iname 'TestKit*' \) | head -3)
  [[ -z $stray ]] || fail "$project holds code of tests or of the local run: $stray"
  # deps.json names for every library whether it came from a package or from a project of this checkout.
  foreign=$(awk -F'"' '/^    "[^"]+\/[^"]+": \{/ {name = $2} /^ *"type": "project"/ {print name}' "$output/$project/$project.deps.json" |
    sed 's|/.*||' | grep -vE "^(SnapshotBridge\.(Core|Aws|Oci|Exports)|$project)$" | paste -sd, - || true)
  if [[ $vendor == registry && -n $foreign ]]; then fail "$project holds projects that are no part of the product: $foreign"; fi
done

cp statemachine/snapshot-bridge.asl.json "$output/statemachine/"
sed 's|^\( *CodeUri: \)functions/|\1|' template.yaml >"$output/template.yaml"
if [[ $vendor == standins ]]; then
  # Loud for people, and CloudFormation refuses a rule that never holds.
  sed -i -e "s|^Description: .*|Description: $mark - made with stand-ins, for tests only.|" \
    -e "s|^Rules:\$|Rules:\n  StandInsAreNeverDeployed:\n    Assertions:\n      - Assert: !Equals [!Ref OciRegion, $mark]\n        AssertDescription: This package was made with stand-ins. Package again where the NuGet registry holds the vendors' packages.|" \
    "$output/template.yaml"
fi
for folder in $(sed -n 's|^ *CodeUri: ||p' "$output/template.yaml" | sort -u) statemachine; do
  [[ -d $output/$folder ]] || fail "the packaged template names $folder, which was not published."
done

# Archives carry the files' times, and what uploads them compares archives: with one time for all, what is unchanged stays unchanged.
find "$output" -exec touch -h -d '2020-01-01T00:00:00Z' {} +

limit=$((250 * 1024 * 1024)) # Lambda's, unzipped, layers included
for project in "${projects[@]}"; do
  bytes=$(find "$output/$project" -type f -printf '%s\n' | awk '{sum += $1} END {print sum + 0}')
  printf '%-14s %4d files %10d bytes\n' "$project" "$(find "$output/$project" -type f | wc -l)" "$bytes"
  ((bytes <= limit)) || fail "$project has $bytes bytes and Lambda takes at most $limit."
done
echo "Packaged into $output with vendor packages: $vendor"
