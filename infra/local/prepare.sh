#!/usr/bin/env bash
# Gets a fresh machine ready: a MySQL-protocol server, the answer to which vendor packages are used, and a build.
# Usage: prepare.sh PROJECT_OR_SOLUTION   (relative to the checkout)
set -euo pipefail
cd "$(dirname "$0")/../.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
  echo "The .NET SDK is missing (global.json names the version): https://dotnet.microsoft.com/download" >&2
  exit 1
fi
mkdir -p artifacts

has_database_server() {
  [[ -n "${SNAPSHOTBRIDGE_MYSQLD:-}" ]] || PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v mysqld mariadbd >/dev/null
}

if ! has_database_server; then
  # Nothing is started or configured system-wide by this package: it holds the server's programs alone.
  sudo=""
  [[ "$(id -u)" = 0 ]] || sudo="sudo -n"
  if command -v apt-get >/dev/null && { [[ -z "$sudo" ]] || $sudo true 2>/dev/null; }; then
    echo "Installing mariadb-server-core (plays Aurora and HeatWave in the local run) ..."
    {
      flock 8
      has_database_server || {
        $sudo apt-get -o DPkg::Lock::Timeout=300 update -qq &&
          DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
            mariadb-server-core mariadb-client-core
      } >artifacts/install.log 2>&1 || echo "The installation failed; see artifacts/install.log." >&2
    } 8>artifacts/.install.lock
  fi
fi
if ! has_database_server; then
  echo "No MySQL-protocol server: install one (Debian: apt-get install mariadb-server-core; macOS: brew install mariadb)" >&2
  echo "or name its program in SNAPSHOTBRIDGE_MYSQLD." >&2
  [[ "${2:-}" = database-optional ]] || exit 1
fi

bash infra/vendor-packages.sh

# One build at a time in one checkout, so that a second run beside this one finds finished files.
{
  flock 9
  # Without the lock's descriptor: the compiler's server outlives the build, and would hold the lock as long.
  if ! dotnet build "$1" -nologo -v quiet -clp:"NoSummary;ErrorsOnly" >artifacts/build.log 2>&1 9>&-; then
    cat artifacts/build.log >&2
    echo "The build failed." >&2
    exit 1
  fi
} 9>artifacts/.build.lock
