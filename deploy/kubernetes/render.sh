#!/usr/bin/env bash
# Renders the plain manifests from the chart, which is the source of both. Run it after a change of the chart.
set -euo pipefail

usage() {
  cat <<'END'
usage: deploy/kubernetes/render.sh [--output=FOLDER]
  --output=FOLDER  where to (deploy/kubernetes/manifests)
HELM names the helm program, version 3 or later; without it, it is the one in the path.
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=$here/manifests
for argument in "$@"; do
  case $argument in
    --output=?*) output=${argument#*=} ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

# Labels and comments that speak of Helm would be untrue here.
render() {
  "${HELM:-helm}" template authprobe-exporter "$here/chart/authprobe-exporter" --values "$here/manifests/values.yaml" "$@" |
    sed -e '/^ *helm\.sh\/chart: /d' -e '/^ *app\.kubernetes\.io\/managed-by: /d' -e '/^# Source: /d'
}

note='# Made by deploy/kubernetes/render.sh from the chart: change that.'
monitor=templates/servicemonitor.yaml
{ echo "$note"; render --set serviceMonitor.enabled=false; } >"$output/authprobe-exporter.yaml"
{ echo "$note"; render --show-only "$monitor"; } >"$output/servicemonitor.yaml"
