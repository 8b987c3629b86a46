#!/usr/bin/env bash
# What does trace_command cost an allocation call? Over the stand-ins, which do next to nothing; so many
# calls that samples go round in their ring, as they do in a long job.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LD_LIBRARY_PATH=$BUILD/tests/fakes
unset RANK LOCAL_RANK
pairs() { for _ in 1 2 3 4 5; do "$@" "$BUILD/tests/preload/probe" calls=5000000; done | sort -n | sed -n 3p; }
alone=$(pairs env)
traced=$(pairs "$BUILD/bin/trace_command" --output "$work/t" --)
awk -v a="$alone" -v t="$traced" 'BEGIN {
    printf "trace_command: an allocation call %.0f ns, traced %.0f ns: %.0f ns more (goal under 100 ns)\n",
        a / 2, t / 2, (t - a) / 2 }'
