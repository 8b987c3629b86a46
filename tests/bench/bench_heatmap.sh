#!/usr/bin/env bash
# The demo's heatmap, PNG at 300 dpi and PDF, as a whole process, against the same figure by matplotlib
# in turns with it, where $PYTHON has that (MATPLOTLIB_PYTHON: another interpreter).
set -euo pipefail
source tests/bench/in_turns.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD/examples/demo_sweep" "$work/sweep"
ours() {
    "$BUILD/bin/visualize_heatmap" --memory-dir "$work/sweep/memory_traces" --log-dir "$work/sweep" \
        --output "$work/figure" --quiet
}
theirs() { plot_with_matplotlib heatmap "$work/sweep/memory_traces" "$work/sweep" "$work/theirs"; }
compare_in_turns "heatmap of 24 configurations, PNG + PDF, whole process" 5 4 20
