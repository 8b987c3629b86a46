#!/usr/bin/env bash
# A folder of 8,192 rank files (about 3 GB), to the figure, against `cat` of the same files; both with
# the files in the page cache. GMT_BENCH_FILES makes it smaller.
set -euo pipefail
files=${GMT_BENCH_FILES:-8192}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD/examples/demo_sweep" --ranks "$files" "$work/sweep" || exit 1
traces=$work/sweep/memory_traces
size=$(du -sm "$traces" | cut -f1)

seconds() { # median of five of a command's elapsed seconds
    for _ in 1 2 3 4 5; do
        { TIMEFORMAT=%R; time "$@" >/dev/null; } 2>&1
    done | sort -n | sed -n 3p
}
all_cat() { find "$traces" -type f -print0 | xargs -0 cat >/dev/null; }
heatmap() { "$BUILD/bin/visualize_heatmap" --memory-dir "$traces" --output "$work/figure" --quiet --format pdf; }
all_cat
cat_s=$(seconds all_cat) ours_s=$(seconds heatmap)
peak=$( { command time -f %M "$BUILD/bin/visualize_heatmap" --memory-dir "$traces" --output "$work/figure" --quiet; } 2>&1 | tail -n 1 || true)
awk -v files="$files" -v size="$size" -v a="$ours_s" -v b="$cat_s" -v peak="$peak" 'BEGIN {
    printf "a folder of %d files, %d MB: heatmap %.2f s, cat %.2f s, %.2fx (goal at most 1.5x); %s\n",
        files, size, a, b, a / b, peak ~ /^[0-9]+$/ ? sprintf("peak memory %d MB", peak / 1024) : "" }'
