#!/usr/bin/env bash
# sweep_small.sh DIR: a whole sweep on this machine, nothing generated. The training loop beside this
# file is run for every TP x PP of 64 ranks (one rank of each, the one that needs most), with a memory
# limit that some configurations really run into; then the heatmap of what happened is drawn.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$here/build}
output=${1:?Usage: sweep_small.sh DIR}
limit_mb=2

# Its exit status is not 0 when a configuration fails otherwise than by OOM.
"$build/bin/run_sweep" --world-size 64 --tp 1,2,4,8 --pp 1,2,4,8 --layers 8 --micro-batches 8 \
    --micro-batch-size 64 --jobs "$(nproc)" --output "$output" -- \
    env RANK=0 WORLD_SIZE={world_size} "$build/examples/training_loop" --layers {layers} --tp {tp} \
    --pp {pp} --batch {mbs} --micro-batches {nmb} --iterations 3 --memory-limit "$limit_mb"
"$build/bin/visualize_heatmap" --memory-dir "$output/memory_traces" --log-dir "$output" \
    --max-memory "${limit_mb}MB" --output "$output/heatmap"
