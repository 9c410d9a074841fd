#!/usr/bin/env bash
# Runs the end-to-end tests with an exporter that is watched.
#   tests/sanitized.sh asan|tsan|valgrind [TEST...]   TEST: only these
# asan: built with AddressSanitizer, leaks included, and UBSan; tsan: with ThreadSanitizer. Each takes about half an hour. valgrind: under memcheck,
# many times slower, with limits of time 20 times as long; what a test does in between may still be too late for it. Tests of the speed, the
# memory and the file of the program as it is shipped (marker `as_built`) run too, and may fail. Exits 1 if another test failed, or if anything
# was reported.
set -euo pipefail

case "${1:-}" in
  asan | tsan) preset=$1 folder=build-$1 ;;
  valgrind) preset=default folder=build ;;
  *) echo "usage: tests/sanitized.sh asan|tsan|valgrind [TEST...]" >&2; exit 2 ;;
esac
watch=$1
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

export AUTHPROBE_EXPORTER=$top/$folder/exporter/authprobe_exporter AUTHPROBE_SANITIZED=$watch PYTHONDONTWRITEBYTECODE=1
if [[ $watch == valgrind ]]; then
  printf '#!/bin/sh\nexec valgrind -q --leak-check=full --show-leak-kinds=definite --num-callers=30 --suppressions=%q --log-file=%q %q "$@"\n' \
    "$top/tests/valgrind.supp" "$reports/valgrind.%p" "$AUTHPROBE_EXPORTER" >"$reports/watched"
  chmod +x "$reports/watched"
  export AUTHPROBE_EXPORTER=$reports/watched
fi
export ASAN_OPTIONS=log_path=$reports/asan UBSAN_OPTIONS=log_path=$reports/ubsan:print_stacktrace=1 TSAN_OPTIONS=log_path=$reports/tsan

code=0
"${fixed_addresses[@]}" /usr/bin/python3 -m pytest -p no:cacheprovider -q --numprocesses=2 --dist=loadfile --deselect tests/e2e/test_package.py --deselect tests/e2e/test_quickstart.py \
  "${@:-tests/e2e}" || code=1
rm -f "$reports/watched"
find "$reports" -size 0 -delete
if compgen -G "$reports/*" >/dev/null; then
  cat "$reports"/*
  code=1
fi
exit $code
