#!/usr/bin/env bash
# Real against simulated, whole process: 8 ranks to PNG and PDF (and the overview), against the eight
# PNGs by matplotlib in turns with it, where $PYTHON has that (MATPLOTLIB_PYTHON: another interpreter);
# and how memory grows with the ranks.
set -euo pipefail
source tests/bench/in_turns.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD/examples/demo_comparison" "$work/made"
compare=$BUILD/bin/visualize_comparison
ours() { "$compare" "$work/made/real" "$work/made/simulated" "$work/plots" --quiet; }
theirs() { plot_with_matplotlib comparison "$work/made/real" "$work/made/simulated" "$work/theirs"; }
compare_in_turns "comparison of 8 ranks, PNG + PDF, whole process" 3 3 15
for ranks in 16 1024; do
    for side in real simulated; do
        mkdir -p "$work/$ranks/$side"
        for ((rank = 0; rank < ranks; rank++)); do
            ln "$work/made/$side"/memory_trace_rank$((rank % 8))_* \
                "$work/$ranks/$side/memory_trace_rank${rank}_wd1024_tp2_pp4.json"
        done
    done
    "$PYTHON" - "$compare" "$work/$ranks" <<'PYTHON'
import resource, subprocess, sys, time
start = time.time()
subprocess.run([sys.argv[1], sys.argv[2] + "/real", sys.argv[2] + "/simulated", sys.argv[2] + "/plots",
                "--jobs", "2", "--quiet", "--format", "pdf"], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"comparison of {sys.argv[2].rsplit('/', 1)[1]} ranks, PDF, --jobs 2: {time.time() - start:.2f} s, "
      f"peak memory of the largest process {peak:.0f} MB")
PYTHON
done
