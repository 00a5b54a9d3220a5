#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# bench/run.sh OUT_DIR [options of bench_ops]: builds the release preset, measures, and draws the plots.
# Close what else runs on the machine first.
set -eu
if [ $# -eq 0 ]; then
  echo "usage: bench/run.sh OUT_DIR [--full] [--threads=N] [--seconds=S] [--benchmark_filter=...]" >&2
  exit 2
fi
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
cd "$root"
cmake --preset release
cmake --build --preset release --target bench_ops
build/release/bench/bench_ops "$@" --benchmark_out="$out/ops.json" --benchmark_out_format=json
python3 bench/plot.py "$out/ops.json" "$out"
