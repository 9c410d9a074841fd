#!/usr/bin/env bash
# Builds the benchmarks in build-bench and runs them; bench/README.md describes them.
#   bench/run.sh [--quick] [--output FILE] [SECTION...]     about 26 minutes; with --quick under 4
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
build="${AUTHPROBE_BENCH_BUILD:-$root/build-bench}"

# 8,000 hung transfers need 8,000 descriptors on each side.
ulimit -n "$(ulimit -Hn)"
if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt 9000 ]; then
  echo "bench/run.sh: needs 9,000 open files; the limit is $(ulimit -n)" >&2
  exit 1
fi

"$root/deploy/install-deps.sh" --with-bench
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DAUTHPROBE_BENCH=ON -DBUILD_TESTING=OFF >/dev/null
cmake --build "$build" >&2
exec python3 "$here/measure.py" --build "$build" "$@"
