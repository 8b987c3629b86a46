# For bench_heatmap.sh and bench_comparison.sh: a command of ours against matplotlib.

matplotlib_python=${MATPLOTLIB_PYTHON:-$PYTHON}

plot_with_matplotlib() { "$matplotlib_python" tests/bench/plot_with_matplotlib.py "$@"; }

elapsed() { { TIMEFORMAT=%R && time "$@" >/dev/null; } 2>&1; }

median() { sort -n | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'; }

# compare_in_turns WHAT ROUNDS TURNS GOAL: `theirs` once and `ours` TURNS times, ROUNDS times over.
compare_in_turns() {
    local ours='' theirs='' has_matplotlib=1
    "$matplotlib_python" -c 'import matplotlib' 2>/dev/null || has_matplotlib=0
    for ((round = 0; round < $2; round++)); do
        ((has_matplotlib)) && theirs+=$(elapsed theirs)$'\n'
        for ((turn = 0; turn < $3; turn++)); do
            ours+=$(elapsed ours)$'\n'
        done
    done
    printf '%s' "$ours" | median | awk -v what="$1" -v goal="$4" \
        -v theirs="$(printf '%s' "$theirs" | median)" '{
        printf "%s: median %.0f ms, ", what, $1 * 1000
        if (theirs > 0)
            printf "matplotlib %.2f s: %.0f times as fast (goal %d)\n", theirs, theirs / $1, goal
        else
            printf "nothing to compare with (apt-get install python3-matplotlib)\n" }'
}
