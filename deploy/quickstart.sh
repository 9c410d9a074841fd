#!/usr/bin/env bash
# From a fresh Debian or Ubuntu to alerts on a broken token: installs missing packages, builds, and runs the demo API, the
# exporter, Prometheus and Alertmanager on loopback until Ctrl-C, which stops all of them.
set -euo pipefail

usage() {
  cat <<'END'
usage: deploy/quickstart.sh [--config.file=FILE]
  --config.file=FILE  the exporter's configuration (default: config/quickstart.toml, which probes the demo API)
END
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sample=$top/config/quickstart.toml
config=$sample
for argument in "$@"; do
  case $argument in
    --config.file=?*) config=$(realpath -m -- "${argument#*=}") ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
if [[ ! -r $config ]]; then
  echo "quickstart: cannot read $config" >&2
  exit 2
fi

say() { printf '%s\n' "$@"; }
die() {
  printf 'quickstart: %s\n' "$*" >&2
  exit 1
}

build() {
  "$top/deploy/install-deps.sh" --with-quickstart
  if [[ ! -f $top/build/build.ninja ]]; then
    say "Configuring the build ..."
    cmake --preset default -S "$top" -DBUILD_TESTING=OFF >"$run/cmake.log" || die "cmake failed: $(tail -20 "$run/cmake.log")"
  fi
  say "Building the exporter ..."
  ninja -C "$top/build" authprobe_exporter
}

# Runs a command beside this script, in its own process group: Ctrl-C reaches only this script, which then stops the
# commands in order. They end with the script, even if it is killed.
pids=()
beside() {
  set -m
  setpriv --pdeathsig=TERM "$@" </dev/null &
  set +m
  pids+=($!)
}

# start NAME COMMAND...: the same, with the output in $run/NAME.log.
declare -A pid_of
start() {
  local name=$1
  shift
  beside "$@" >"$run/$name.log" 2>&1
  pid_of[$name]=$!
}

# A process that was forked a moment ago may lose its first TERM, so all that still run get it again, and KILL after 15 seconds.
stop_all() {
  trap '' INT TERM
  exec 2>/dev/null  # the shell would report each job that ends
  local signal=TERM deadline=$((SECONDS + 15)) running
  while running=$(jobs -rp) && [[ -n $running ]]; do
    if ((SECONDS >= deadline)); then signal=KILL; fi
    # shellcheck disable=SC2086  # a word for each process
    kill -"$signal" $running 2>/dev/null || true
    sleep 0.2
  done
  rm -rf "$run"
}

# poll NAME SECONDS COMMAND...: repeats the command until it succeeds, while the process NAME runs.
poll() {
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "${pid_of[$name]}" 2>/dev/null; then die "$name exited at startup: $(tail -5 "$run/$name.log")"; fi
    if ((SECONDS >= deadline)); then die "$name is not ready: $(tail -5 "$run/$name.log")"; fi
    sleep 0.1
  done
}

get() { curl -fsS --max-time 2 "$@"; }

# The requested port, or a free one if it is in use.
port() {
  python3 - "$1" <<'END'
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
END
}

start_demo() {
  start demo "$top/deploy/demo/demo_api.py" --port "$demo_port" --secrets "$run/secrets"
  poll demo 10 get "$demo/health"
}

# The demo's secrets go only into the exporter's environment (never into an argument, which ps shows to all users).
start_exporter() {
  local -x DEMO_BILLING DEMO_CRM DEMO_REPORTS DEMO_LEDGER
  DEMO_BILLING=$(<"$run/secrets/demo-billing")
  DEMO_CRM=$(<"$run/secrets/demo-crm")
  DEMO_REPORTS=$(<"$run/secrets/demo-reports")
  DEMO_LEDGER=$(<"$run/secrets/demo-ledger")
  if [[ $config == "$sample" ]] && ((demo_port != 10074)); then
    sed "s/127\.0\.0\.1:10074/127.0.0.1:$demo_port/" "$sample" >"$run/quickstart.toml"
    config=$run/quickstart.toml
  fi
  local binary=$top/build/exporter/authprobe_exporter findings
  if ! findings=$("$binary" check "$config" 2>&1); then die "the configuration has errors"$'\n'"$findings"; fi
  start exporter "$binary" --config.file="$config" --web.listen-address="127.0.0.1:$exporter_port"
  poll exporter 60 get "$exporter/-/ready"
}

# ours FILE: rules or routing, with the demo API's port, the folder of the messages, and runbook links to this checkout. The demo is probed
# every second: conditions that last a minute in production last some seconds here, and an alert need not wait for an interval.
ours() {
  local changes=(-e "s/127\.0\.0\.1:10074/127.0.0.1:$demo_port/" -e "s|\[templates/|[$top/alerts/templates/|"
    -e "s|https://example.com/authprobe/v[0-9.]*/docs/|file://$top/docs/|")
  if [[ ${config##*/} == quickstart.toml ]]; then
    changes+=(-e 's/for: 1m$/for: 5s/' -e 's/keep_firing_for: 5m$/keep_firing_for: 20s/'
      -e 's/m:[0-9]+s\]\) >= 20\)$/m:1s]) >= 3)/'
      -e 's/(target_refused <= time\(\)) - 20$/\1 - 3/' -e 's/(last_refusal_timestamp_seconds > time\(\)) - 120(\)?)$/\1 - 8\2/'
      -e 's/(last_refusal_timestamp_seconds > time\(\)) - 180$/\1 - 12/'
      -e 's/group_wait: [^ ]+/group_wait: 3s/' -e 's/group_interval: [^ ]+/group_interval: 5s/')
  fi
  sed -E "${changes[@]}" "$1"
}

start_prometheus() {
  ours "$top/alerts/authprobe.rules.yml" >"$run/authprobe.rules.yml"
  cat >"$run/prometheus.yml" <<END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["$run/*.rules.yml"]
alerting:
  alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:$alertmanager_port"] }] }]
scrape_configs:
  - job_name: authprobe
    static_configs: [{ targets: ["127.0.0.1:$exporter_port"] }]
END
  start prometheus prometheus --config.file="$run/prometheus.yml" --storage.tsdb.path="$run/prometheus" \
    --web.listen-address="127.0.0.1:$prometheus_port" --log.level=warn
  poll prometheus 60 get "$prometheus/-/ready"
}

start_alertmanager() {
  ours "$top/alerts/alertmanager.yml" >"$run/alertmanager.yml"
  start alertmanager prometheus-alertmanager --config.file="$run/alertmanager.yml" --storage.path="$run/alertmanager" \
    --web.listen-address="127.0.0.1:$alertmanager_port" --web.external-url="$alertmanager" --cluster.listen-address= \
    --log.level=warn
  poll alertmanager 60 get "$alertmanager/-/ready"
}

scraped() { get -G --data-urlencode 'query=up{job="authprobe"} == 1' "$prometheus/api/v1/query" | grep -q '"value"'; }

show() {
  say "" "The state of each target, from $exporter/metrics:"
  get "$exporter/metrics" | sed -nE 's/^authprobe_target_state\{target="([^"]*)",state="([^"]*)"\} 1$/  \1: \2/p'
  say "" \
    "  Exporter       $exporter/" \
    "  Prometheus     $prometheus/alerts" \
    "  Alertmanager   $alertmanager/   (amtool --alertmanager.url=$alertmanager alert query)" \
    "  Logs           $run/*.log" ""
  if [[ ${config##*/} == quickstart.toml ]]; then
    local api=""
    if ((demo_port != 10074)); then api=" --api $demo"; fi
    say "Break a token in a second terminal; the alerts are printed here:" \
      "  deploy/demo/break-token$api demo-billing" \
      "  deploy/demo/break-token$api --restore" \
      "The token has two targets but causes one alert. If you restore the token before the alert arrives, you get only an" \
      "alert about the change, which resolves 5 minutes later. --help lists more ways to break a token; each alert goes to" \
      "the team that can fix it. Your own configuration: deploy/quickstart.sh --config.file=FILE" ""
  fi
  say "Running. Ctrl-C stops everything."
}

# Prints the alerts that Alertmanager sends to the demo API, while everything runs.
watch_pages() {
  beside tail -n +2 -f "$run/demo.log"
  wait -n "${pids[@]}" || true
  local name
  for name in "${!pid_of[@]}"; do
    if ! kill -0 "${pid_of[$name]}" 2>/dev/null; then die "$name exited: $(tail -5 "$run/$name.log")"; fi
  done
}

run=$(mktemp -d --tmpdir authprobe-quickstart.XXXXXX)  # readable by its owner only
trap stop_all EXIT
trap 'say "" "Stopping."; exit 0' INT TERM

build
demo_port=$(port 10074) exporter_port=$(port 10073) prometheus_port=$(port 9090) alertmanager_port=$(port 9093)
demo=http://127.0.0.1:$demo_port exporter=http://127.0.0.1:$exporter_port
prometheus=http://127.0.0.1:$prometheus_port alertmanager=http://127.0.0.1:$alertmanager_port
start_demo
start_exporter
start_alertmanager
start_prometheus
poll prometheus 30 scraped
show
watch_pages
