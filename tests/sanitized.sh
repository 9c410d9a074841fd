#!/usr/bin/env bash
# Runs the end-to-end tests with an exporter that was built with sanitizers.
#   tests/sanitized.sh asan|tsan [TEST...]   asan: AddressSanitizer with leaks, and UBSan. About half an hour; TEST: only these
# Tests of the speed, the memory and the file of the program as it is shipped (marker `as_built`) run too, and may fail. Exits 1 if another test
# failed, or if a sanitizer reported anything.
set -euo pipefail

case "${1:-}" in
  asan | tsan) preset=$1 ;;
  *) echo "usage: tests/sanitized.sh asan|tsan [TEST...]" >&2; exit 2 ;;
esac
shift

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
reports=$(mktemp -d --tmpdir authprobe-sanitized.XXXXXX)
trap 'rm -rf "$reports"' EXIT

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset "$preset" "${launcher[@]}" >/dev/null
cmake --build --preset "$preset" --target authprobe_exporter

# gcc 12's ThreadSanitizer cannot place its shadow memory if addresses are randomised widely.
fixed_addresses=()
if setarch -R true 2>/dev/null; then fixed_addresses=(setarch -R); fi

export AUTHPROBE_EXPORTER=$top/build-$preset/exporter/authprobe_exporter AUTHPROBE_SANITIZED=$preset PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS=log_path=$reports/asan UBSAN_OPTIONS=log_path=$reports/ubsan:print_stacktrace=1 TSAN_OPTIONS=log_path=$reports/tsan

code=0
"${fixed_addresses[@]}" /usr/bin/python3 -m pytest -p no:cacheprovider -q --numprocesses=2 --dist=loadfile --deselect tests/e2e/test_package.py --deselect tests/e2e/test_quickstart.py \
  "${@:-tests/e2e}" || code=1
if compgen -G "$reports/*" >/dev/null; then
  cat "$reports"/*
  code=1
fi
exit $code
