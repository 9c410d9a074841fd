#!/usr/bin/env bash
# Runs every fuzz target for SECONDS, one after the other, with libFuzzer under ASan and UBSan, and prints how many inputs
# each has had. --bare leaves the sanitizers out: many times as many inputs in the same time, and still every crash, hang
# and broken promise. What reached new code is kept in build-fuzz/found/TARGET, from where the next run of either sort goes
# on; --keep writes the smallest set that reaches all of it to tests/fuzz/corpus/TARGET.found, an input a line, in base64.
# Needs clang and its runtime (Debian: clang-14, libclang-rt-14-dev).
set -euo pipefail

usage() { echo "usage: tests/fuzz/long_run.sh SECONDS [--bare] [--keep] [TARGET]..." >&2; exit 2; }
[[ ${1:-} =~ ^[0-9]+$ ]] || usage
seconds=$1
shift
keep=false build=build-fuzz sanitizers=fuzzer-no-link,address,undefined
while [[ ${1:-} == --* ]]; do
  case $1 in
    --bare) build=build-fuzz-bare sanitizers=fuzzer-no-link ;;
    --keep) keep=true ;;
    *) usage ;;
  esac
  shift
done

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -gline-tables-only" \
  -DCMAKE_CXX_COMPILER="${CXX:-clang++-14}" -DBUILD_TESTING=ON -DAUTHPROBE_FUZZ=ON -DAUTHPROBE_SANITIZE=$sanitizers \
  "${launcher[@]}" >$build.log || { cat $build.log; exit 1; }
rm $build.log
targets=("$@")
if ((${#targets[@]} == 0)); then
  for file in tests/fuzz/fuzz_*.cc; do
    name=${file##*/fuzz_}
    targets+=("${name%.cc}")
  done
fi
ninja -C $build "${targets[@]/#/fuzz_}"

# The inputs of TARGET.found, as files.
unpack() {
  local target=$1 folder=$2 number=0 line
  mkdir -p "$folder"
  [[ -e tests/fuzz/corpus/$target.found ]] || return 0
  while IFS= read -r line; do
    number=$((number + 1))
    base64 -d <<<"$line" >"$folder/kept-$number"
  done <tests/fuzz/corpus/"$target".found
}

# What reaches code that the files of the corpus do not, however often it does (with counters, that is many more inputs), up to 2 KiB each.
keep_found() {
  local target=$1 file
  local set=build-fuzz/set/$target
  rm -rf "$set"
  mkdir -p "$set"
  cp tests/fuzz/corpus/"$target"/* "$set"
  $build/tests/fuzz/fuzz_"$target" -merge=1 -use_counters=0 "$set" build-fuzz/found/"$target" >/dev/null 2>&1
  for file in tests/fuzz/corpus/"$target"/*; do rm "$set/${file##*/}"; done
  for file in "$set"/*; do
    if [[ -s $file && $(stat --format=%s "$file") -le 2048 ]]; then base64 -w 0 "$file" && echo; fi
  done | sort >tests/fuzz/corpus/"$target".found
}

status=0
for target in "${targets[@]}"; do
  found=build-fuzz/found/$target log=build-fuzz/found/$target.log
  unpack "$target" "$found"
  if $build/tests/fuzz/fuzz_"$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found-" "$found" tests/fuzz/corpus/"$target" >"$log" 2>&1; then
    printf '%s: %s inputs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    printf '%s: FAILED, see %s\n' "$target" "$log"
    status=1
  fi
  if $keep; then keep_found "$target"; fi
done
exit $status
