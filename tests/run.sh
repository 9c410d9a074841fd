#!/usr/bin/env bash
# Installs missing packages, builds, and runs every test: unit tests (ctest) and end-to-end tests (pytest).
#   --full   warnings and findings of clang-tidy are errors, and the unit tests run again under ASan and UBSan; those with threads also under TSan
# The last line is "N passed, N failed", followed by ", N skipped" if tests were skipped. Exits 1 if a test failed or no test ran.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
full=false
case "${1:-}" in
  "") ;;
  --full) full=true ;;
  *) echo "usage: tests/run.sh [--full]" >&2; exit 2 ;;
esac

results=$(mktemp -d --tmpdir authprobe-tests.XXXXXX)
trap 'rm -rf "$results"' EXIT
broken=()  # steps that failed: a step without a report counts too

duration() { printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); }

step() {
  local name=$1
  shift
  printf '\n== %s\n' "$name"
  local start=$SECONDS
  if ! "$@"; then broken+=("$name"); fi
  printf '== %s: %s\n' "$name" "$(duration $((SECONDS - start)))"
}

build() {
  local preset=$1
  local options=(-DBUILD_TESTING=ON)
  if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset "$preset" "${options[@]}" >"$results/cmake.log" || { cat "$results/cmake.log"; return 1; }
  cmake --build --preset "$preset"
}

# gcc 12's ThreadSanitizer cannot place its shadow memory if addresses are randomised widely.
fixed_addresses=()
if setarch -R true 2>/dev/null; then fixed_addresses=(setarch -R); fi

unit_tests() {
  local preset=$1 log=$results/$1.log
  if ! "${fixed_addresses[@]}" ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error \
    --output-junit "$results/$preset.xml" >"$log" 2>&1; then
    cat "$log"
    return 1
  fi
  tail -n 5 "$log"
}

# Debian's pytest needs Debian's python3, even if another one is first in the path.
end_to_end_tests() {
  local report=$1
  shift
  PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -p no:cacheprovider -q --durations=5 --junitxml="$results/$report.xml" "$@"
}

formatted() {
  git ls-files -z '*.cc' '*.h' | xargs -0 clang-format --dry-run -Werror
}

everything() {
  local preset=$1
  step "build $preset" build "$preset"
  step "unit tests $preset" unit_tests "$preset"
}

step "install" deploy/install-deps.sh --with-tests
if ((${#broken[@]})); then
  printf '\nfailed: install: without the packages nothing can be built\n0 passed, 1 failed\n'
  exit 1
fi
if $full; then step "format" formatted; fi
if $full; then everything ci; else everything default; fi
if $full; then step "clang-tidy" tests/tidy.py build; fi
# Three files at a time on two cores, since the tests mostly wait. The incidents have the machine to themselves: in them, a probe
# that comes late is an alert too many.
step "end-to-end tests" end_to_end_tests e2e --numprocesses=3 --dist=loadfile --ignore=tests/e2e/test_incidents.py tests/e2e
step "incidents" end_to_end_tests incidents tests/e2e/test_incidents.py
if $full; then
  export UBSAN_OPTIONS=print_stacktrace=1
  everything asan
  everything tsan
fi

# Adds up the reports. A step that failed without a failure in a report (a build, a crash of the runner) counts as one failure.
python3 - "$results" "$(duration "$SECONDS")" "${broken[@]}" <<'END'
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

passed = failed = skipped = 0
for report in sorted(Path(sys.argv[1]).glob("*.xml")):
    for suite in xml.parse(report).getroot().iter("testsuite"):
        count = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped", "disabled")}
        bad = count["failures"] + count["errors"]
        left_out = count["skipped"] + count["disabled"]
        passed += count["tests"] - bad - left_out
        failed += bad
        skipped += left_out
broken = sys.argv[3:]
print()
for name in broken:
    print(f"failed: {name}")
if len(broken) > failed:
    failed = len(broken)
if passed + failed == 0:
    print("failed: no test ran")
    failed = 1
print(f"total time: {sys.argv[2]}")
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(failed > 0)
END
