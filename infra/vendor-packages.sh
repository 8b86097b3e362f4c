#!/usr/bin/env bash
# Finds out once whether the configured NuGet registry holds the vendors' packages, says which are used, and remembers the answer in
# artifacts/vendor-packages.props, which every build of this checkout reads. A remembered answer needs no network.
#
#   vendor-packages.sh           use the remembered answer, or probe
#   vendor-packages.sh --again   probe, whatever is remembered
#
# SNAPSHOTBRIDGE_VENDOR_PACKAGES=registry|standins decides without probing, for as long as it is set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

answer_file=artifacts/vendor-packages.props
# A new version in the list is a new question.
question=$(cksum <Directory.Packages.props | tr -s ' \t' '-')

# field NAME: an attribute of the remembered answer, empty when there is none.
field() { [[ ! -f $answer_file ]] || sed -n "s/.*<!-- .*$1=\"\([^\"]*\)\".* -->.*/\1/p" "$answer_file" | head -1; }
remembered() { [[ ! -f $answer_file ]] || sed -n 's/.*<VendorPackages[^>]*>\(registry\|standins\)<\/VendorPackages>.*/\1/p' "$answer_file" | head -1; }

say() { # CHOICE LACKING
  case $1 in
    registry) echo "Vendor packages: registry" ;;
    *) echo "Vendor packages: STAND-INS${2:+, because the registry lacks $2}" ;;
  esac
}

# remember CHOICE BY LACKING: written aside and renamed, so that a run beside this one reads all of it or nothing, and left alone when
# it says the same already, so that nothing is rebuilt for it.
remember() {
  local new
  mkdir -p artifacts
  new=$(mktemp artifacts/.vendor-packages.XXXXXX)
  cat >"$new" <<XML
<Project>
  <!-- Written by infra/vendor-packages.sh: by="$2" question="$question" lacking="$3" -->
  <PropertyGroup>
    <VendorPackages Condition="'\$(VendorPackages)' == ''">$1</VendorPackages>
  </PropertyGroup>
</Project>
XML
  chmod 644 "$new"
  if cmp -s "$new" "$answer_file"; then rm -f "$new"; else mv -f "$new" "$answer_file"; fi
}

case ${SNAPSHOTBRIDGE_VENDOR_PACKAGES:-} in
  registry | standins)
    remember "$SNAPSHOTBRIDGE_VENDOR_PACKAGES" override ""
    say "$SNAPSHOTBRIDGE_VENDOR_PACKAGES" ""
    exit 0
    ;;
  "") ;;
  *)
    echo "SNAPSHOTBRIDGE_VENDOR_PACKAGES is '$SNAPSHOTBRIDGE_VENDOR_PACKAGES'; it can be 'registry' or 'standins'." >&2
    exit 1
    ;;
esac

again=false
case ${1:-} in
  "") ;;
  --again) again=true ;;
  *)
    echo "Unknown argument '$1'. Usage: vendor-packages.sh [--again]" >&2
    exit 1
    ;;
esac

choice=$(remembered)
asked=$(field question)
if ! $again && [[ -n $choice && $(field by) != override && (-z $asked || $asked == "$question") ]]; then
  say "$choice" "$(field lacking)"
  exit 0
fi

# The probe restores every vendor package, in the versions of Directory.Packages.props, into the usual package folder.
mkdir -p artifacts
probe=$(mktemp -d artifacts/vendor-probe.XXXXXX)
trap 'rm -rf "$probe"' EXIT
{
  echo '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>'
  for project in infra/standins/*/*.csproj; do
    echo "  <PackageReference Include=\"$(basename "$project" .csproj)\" />"
  done
  # Named by OCI.DotNetSDK.Common in a version with a known vulnerability.
  echo '  <PackageReference Include="Newtonsoft.Json" />'
  echo '</ItemGroup></Project>'
} >"$probe/probe.csproj"

log=artifacts/vendor-probe.log
if dotnet restore "$probe/probe.csproj" -p:VendorPackages=registry -p:UseArtifactsOutput=false -v quiet >"$log" 2>&1; then
  remember registry probe ""
  say registry ""
  exit 0
fi

lacking=$(sed -nE 's/.*error NU110[123]: Unable to find (a stable |an? )?package ([A-Za-z0-9._-]*[A-Za-z0-9_-]).*/\2/p' "$log" |
  sort -fu | paste -sd, - | sed 's/,/, /g')
if [[ -n $lacking ]]; then
  remember standins probe "$lacking"
  say standins "$lacking"
  exit 0
fi

if grep -qE 'NU1301|NU1801|NU1302|NU1303' "$log"; then
  reason="The NuGet registry cannot be reached"
else
  reason="Restoring the vendors' packages failed"
fi
if [[ -n $choice ]]; then
  echo "$reason (see $log): the last answer is used again." >&2
  say "$choice" "$(field lacking)"
  exit 0
fi
{
  grep -oE 'error NU[0-9]+: [^[]*' "$log" | sort -u | tail -3
  echo "$reason, and it is not known yet which of the vendors' packages it holds; the whole answer is in $log."
  echo "Connect and run this again, or decide: SNAPSHOTBRIDGE_VENDOR_PACKAGES=registry (the packages are in the local cache)"
  echo "or SNAPSHOTBRIDGE_VENDOR_PACKAGES=standins (the imitations in infra/standins, for local runs and tests)."
} >&2
exit 1
