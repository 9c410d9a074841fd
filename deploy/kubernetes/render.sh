#!/usr/bin/env bash
# Renders the plain manifests from the chart. Run it after a change of the chart.
set -euo pipefail

usage() {
  cat <<'END'
usage: deploy/kubernetes/render.sh [--output=FOLDER]
  --output=FOLDER  the output folder (deploy/kubernetes/manifests)
The variable HELM names the helm program, version 3 or later; the default is helm in the PATH.
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

# Labels and comments about Helm would be wrong in plain manifests.
render() {
  "${HELM:-helm}" template authprobe-exporter "$here/chart/authprobe-exporter" --values "$here/manifests/values.yaml" "$@" |
    sed -e '/^ *helm\.sh\/chart: /d' -e '/^ *app\.kubernetes\.io\/managed-by: /d' -e '/^# Source: /d'
}

note='# Made by deploy/kubernetes/render.sh from the chart: change that.'
monitor=templates/servicemonitor.yaml
{ echo "$note"; render --set serviceMonitor.enabled=false; } >"$output/authprobe-exporter.yaml"
{ echo "$note"; render --show-only "$monitor"; } >"$output/servicemonitor.yaml"
