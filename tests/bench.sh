#!/usr/bin/env bash
# Benchmarks: copy, hash, plan, integrity. `bash tests/bench.sh copy --help` lists the options; results go to artifacts/bench.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -p artifacts/bench

if ! command -v dotnet >/dev/null; then
  echo "The .NET SDK is missing (global.json names the version): https://dotnet.microsoft.com/download" >&2
  exit 1
fi

# rclone is what the copy and the matrix are compared with; without it they run alone and say so.
if [[ "${1:-}" = copy || "${1:-}" = integrity ]] && ! command -v rclone >/dev/null; then
  sudo=""
  [[ "$(id -u)" = 0 ]] || sudo="sudo -n"
  if command -v apt-get >/dev/null && { [[ -z "$sudo" ]] || $sudo true 2>/dev/null; }; then
    echo "Installing rclone (Debian's package) to compare with ..."
    { $sudo apt-get -o DPkg::Lock::Timeout=300 update -qq &&
      DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends rclone
    } >artifacts/bench/install.log 2>&1 || echo "The installation failed; see artifacts/bench/install.log." >&2
  fi
fi

bash infra/vendor-packages.sh
# As it is packaged: Release, for this machine, compiled ahead of time where the registry holds what that takes (infra/package.sh),
# in a place of its own so that a development build is neither used nor disturbed.
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) echo "The benchmarks read /proc of a 64-bit Linux; this is $(uname -s) on $(uname -m)." >&2; exit 1 ;;
esac
build=$PWD/artifacts/bench-build
{
  flock 9
  # What is measured is compiled as packages are; the servers and this program may compile while they warm up.
  ahead=true
  # Without the lock's descriptor: the compiler's server outlives the build, and would hold the lock as long.
  publish() {
    dotnet publish "tests/$project" -c Release -r "$rid" --self-contained false --artifacts-path "$build" -p:PublishReadyToRun="$([[ $project = BenchmarkPeers ]] && echo "$ahead" || echo false)" \
      -p:AllowStandInPackage=true -p:UseAppHost=false -nologo -v quiet -clp:"NoSummary;ErrorsOnly" >artifacts/bench/build.log 2>&1 9>&-
  }
  for project in BenchmarkPeers Benchmarks; do
    if publish; then
      continue
    fi
    if [[ $ahead == true ]] && grep -qE 'NU110[123].*Microsoft\.(NETCore|AspNetCore)\.App\.|NETSDK109[45]' artifacts/bench/build.log; then
      ahead=false
      echo "NOT COMPILED AHEAD OF TIME, unlike a package: the NuGet registry lacks the runtime's packages for $rid." >&2
      if publish; then
        continue
      fi
    fi
    cat artifacts/bench/build.log >&2
    echo "The build failed." >&2
    exit 1
  done
} 9>artifacts/bench/.build.lock
exec dotnet "$build/publish/Benchmarks/release_$rid/Benchmarks.dll" "$@"
