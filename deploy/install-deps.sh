#!/usr/bin/env bash
# Installs what authprobe needs on Debian 12: to build, and, where asked, to run the quickstart, the tests, the
# benchmarks. Asks apt for nothing where all is there. Starts and enables no service: the servers among the packages
# (nginx, prometheus, ...) are wanted as programs only, and are left as a machine that never had them would be.
set -euo pipefail

usage() {
  cat <<'END'
usage: deploy/install-deps.sh [--with-quickstart] [--with-tests] [--with-bench] [--list]
  (nothing)           what the build needs
  --with-quickstart   and what deploy/quickstart.sh starts: Prometheus, Alertmanager
  --with-tests        and what tests/run.sh needs (includes the quickstart's)
  --with-bench        and what bench/ compares with
  --list              only print the packages, one a line
END
}

build=(
  g++ cmake ninja-build pkg-config
  libcurl4-openssl-dev libc-ares-dev libssl-dev libmicrohttpd-dev libisal-dev
  libtomlplusplus-dev libspdlog-dev libre2-dev nlohmann-json3-dev libcli11-dev prometheus-cpp-dev
  ca-certificates
  dpkg-dev file  # with which cpack makes the package
)
quickstart=(curl python3 prometheus prometheus-alertmanager)
tests=(apache2-bin bash-completion bubblewrap ccache git jq jsonnet libgtest-dev libgmock-dev lintian nginx openssl procps prometheus-blackbox-exporter python3-pytest python3-yaml shellcheck systemd zsh)
bench=(golang-github-prometheus-client-golang-dev golang-go libbenchmark-dev nginx openssl prometheus-blackbox-exporter prometheus valgrind)

# Packages that start a service when they are installed, and the service's name.
declare -A service_of=(
  [nginx]=nginx
  [prometheus]=prometheus
  [prometheus-alertmanager]=prometheus-alertmanager
  [prometheus-blackbox-exporter]=prometheus-blackbox-exporter
)

wanted=("${build[@]}")
list=false
for argument in "$@"; do
  case $argument in
    --with-quickstart) wanted+=("${quickstart[@]}") ;;
    --with-tests)
      wanted+=("${quickstart[@]}" "${tests[@]}")
      # The tests' identity provider is an npm package. Others' packages of Node.js bring an npm of their own, and cannot be beside Debian's.
      if ! command -v npm >/dev/null; then wanted+=(nodejs npm); fi
      ;;
    --with-bench) wanted+=("${bench[@]}") ;;
    --list) list=true ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
if $list; then
  printf '%s\n' "${wanted[@]}"
  exit 0
fi

# shellcheck source=/dev/null
system=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}") || system=unknown
if [[ $system != "debian 12" ]]; then
  echo "install-deps: this machine is \"$system\", and the package names are those of Debian 12." >&2
  echo "install-deps: install their like by hand: ${wanted[*]}" >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=""
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install-deps: neither root nor sudo; as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
policy_is_ours=false
finish() {
  if $policy_is_ours; then "${as_root[@]}" rm -f "$policy"; fi
  rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# invoke-rc.d and deb-systemd-invoke ask this program; 101 means "forbidden". Where an administrator has one already, it
# decides, and what it let start is stopped below.
if [[ ! -e $policy ]]; then
  policy_is_ours=true
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

apt() {
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "install-deps: apt-get $1 failed (its output is above)" >&2
    exit 1
  fi
}

echo "install-deps: installing ${missing[*]}"
apt update
apt install -y --no-install-recommends "${missing[@]}"

# A package enables its service for the next boot whatever the policy says. Only those that came now are disabled again.
for package in "${missing[@]}"; do
  service=${service_of[$package]:-}
  [[ -n $service ]] || continue
  if [[ -d /run/systemd/system ]]; then "${as_root[@]}" systemctl --quiet stop "$service" || true; fi
  "${as_root[@]}" deb-systemd-helper disable "$service.service" >/dev/null 2>&1 || true
  if [[ -e /etc/init.d/$service ]]; then "${as_root[@]}" update-rc.d "$service" disable >/dev/null 2>&1 || true; fi
done
