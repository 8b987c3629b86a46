#!/usr/bin/env bash
# The analysis of a folder of rank files against `cat` of them: it is to be bound by reading them.
set -euo pipefail
ranks=${RANKS:-2048}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD/examples/demo_sweep" "$work" --ranks "$ranks" >/dev/null
seconds() { local t=$EPOCHREALTIME; "$@" >/dev/null 2>&1; awk "BEGIN { print $EPOCHREALTIME - $t }"; }
cat "$work"/memory_traces/* >/dev/null
cats=$(seconds bash -c "cat '$work'/memory_traces/*")
analysis=$(seconds "$BUILD/bin/analyze_traces" "$work/memory_traces" --gpu-memory 80)
memory=$(/usr/bin/env python3 - "$BUILD/bin/analyze_traces" "$work/memory_traces" <<'PYTHON'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PYTHON
)
awk "BEGIN { printf \"analyze_traces, %d rank files of %s: %.1f x cat to /dev/null, peak memory %d MB\n\", $ranks, \
    \"$(du -sh "$work/memory_traces" | cut -f1)\", $analysis / $cats, $memory }"
