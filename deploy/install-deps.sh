#!/usr/bin/env bash
# Installs the packages that authprobe needs on Debian 12 and 13 and Ubuntu 24.04: to build and, on request, to run the
# quickstart, the tests and the benchmarks. Does not call apt if all packages are installed. Starts and enables no service:
# the servers among the packages (nginx, prometheus, ...) are only needed as programs.
set -euo pipefail

usage() {
  cat <<'END'
usage: deploy/install-deps.sh [--with-quickstart] [--with-release] [--with-tests] [--with-bench] [--list]
  (no option)         packages for the build
  --with-quickstart   also packages for deploy/quickstart.sh: Prometheus, Alertmanager
  --with-release      also packages for deploy/release.sh
  --with-tests        also packages for tests/run.sh (includes the two above)
  --with-bench        also packages for the peers in bench/
  --list              only print the packages, one per line
END
}

build=(
  g++ cmake ninja-build pkg-config
  libcurl4-openssl-dev libc-ares-dev libssl-dev libmicrohttpd-dev libgnutls28-dev libcrypt-dev libyaml-cpp-dev libisal-dev libkrb5-dev libpsl-dev libcctz-dev libsqlite3-dev
  libtomlplusplus-dev libspdlog-dev libre2-dev nlohmann-json3-dev libcli11-dev prometheus-cpp-dev
  ca-certificates tzdata
  dpkg-dev file  # cpack uses them to make the package
)
quickstart=(curl python3 prometheus prometheus-alertmanager)
release=(git patchelf python3)
tests=(apache2-bin apache2-utils bash-completion bubblewrap ccache clang-format clang-tidy curl faketime git iproute2 jq jsonnet krb5-admin-server krb5-kdc libapache2-mod-auth-gssapi libgtest-dev libgmock-dev lintian nginx openssl procps prometheus-blackbox-exporter python3-botocore python3-django python3-icalendar python3-jsonschema python3-keystone python3-pytest python3-pytest-xdist python3-yaml shellcheck squid systemd zsh)
bench=(golang-github-prometheus-client-golang-dev golang-go libbenchmark-dev nginx openssl prometheus-blackbox-exporter prometheus valgrind)

# Packages that start a service at their installation, and the service's name.
declare -A service_of=(
  [krb5-admin-server]=krb5-admin-server
  [krb5-kdc]=krb5-kdc
  [nginx]=nginx
  [prometheus]=prometheus
  [prometheus-alertmanager]=prometheus-alertmanager
  [prometheus-blackbox-exporter]=prometheus-blackbox-exporter
)

# shellcheck source=/dev/null
system=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}") || system=unknown
# Ubuntu has no Chromium but as a snap: the tests of the pages need one that was installed by hand.
[[ $system == "ubuntu "* ]] || tests+=(chromium)

wanted=("${build[@]}")
list=false
for argument in "$@"; do
  case $argument in
    --with-quickstart) wanted+=("${quickstart[@]}") ;;
    --with-release) wanted+=("${release[@]}") ;;
    --with-tests)
      wanted+=("${quickstart[@]}" "${release[@]}" "${tests[@]}")
      # The tests' identity provider is an npm package. Node.js packages of other vendors contain npm and conflict with Debian's.
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

case $system in
  "debian 12" | "debian 13" | "ubuntu 24.04") ;;
  *)
    echo "install-deps: this machine is \"$system\", but the package names are for Debian 12 and 13 and Ubuntu 24.04." >&2
    echo "install-deps: install the equivalent packages by hand: ${wanted[*]}" >&2
    exit 1
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=""
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install-deps: not root, and sudo is missing; run as root: apt-get install ${missing[*]}" >&2
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

# invoke-rc.d and deb-systemd-invoke call this program; 101 means "forbidden". If an administrator has installed one, it
# decides, and the services that it allowed are stopped below.
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

# A package enables its service for the next boot regardless of the policy. Only services of new packages are disabled.
for package in "${missing[@]}"; do
  service=${service_of[$package]:-}
  [[ -n $service ]] || continue
  if [[ -d /run/systemd/system ]]; then "${as_root[@]}" systemctl --quiet stop "$service" || true; fi
  "${as_root[@]}" deb-systemd-helper disable "$service.service" >/dev/null 2>&1 || true
  if [[ -e /etc/init.d/$service ]]; then "${as_root[@]}" update-rc.d "$service" disable >/dev/null 2>&1 || true; fi
done
