#!/usr/bin/env bash
# What does watching 64 live ranks at 2 Hz cost, and what does it cost them?
set -euo pipefail
work=$(mktemp -d)
mkdir "$work/control"
GMT_DIR=$work/traces LD_LIBRARY_PATH=$BUILD/tests/fakes setsid "$BUILD/tests/monitor/job" 64 4 "$work/control" 2>/dev/null &
job=$!
trap 'kill -TERM -- -$job; wait $job || true; rm -rf "$work"' EXIT
while (($(find "$work/control" -name '*.pid' | wc -l) < 64)); do sleep 0.1; done
ticks() { cat "$@" 2>/dev/null | awk '{ sum += $14 + $15 } END { print sum }'; }
mapfile -t stats < <(sed 's,.*,/proc/&/stat,' "$work"/control/*.pid)
share() { awk -v t="$1" -v s="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f%%", 100 * t / hz / s }'; }
seconds=10
before=$(ticks "${stats[@]}")
sleep $seconds
alone=$(($(ticks "${stats[@]}") - before))
before=$(ticks "${stats[@]}")
"$BUILD/bin/monitor_memory" "$work/traces" --interval 0.5 --duration $((seconds + 1)) --prometheus "$work/look.prom" >/dev/null &
monitor=$!
sleep $seconds
watched=$(($(ticks "${stats[@]}") - before))
own=$(ticks "/proc/$monitor/stat")
wait $monitor
echo "monitor_memory of 64 live ranks at 2 Hz: $(share "$own" $seconds) of a core (goal under 5%);" \
    "all ranks together: $(share "$watched" $seconds) while watched, $(share "$alone" $seconds) alone"
