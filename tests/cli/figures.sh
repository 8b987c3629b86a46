# Sourced by the tests of figures, behind tap.sh: the commands that draw, with inputs of theirs, and what
# is measured in what they drew. Goes into $work.

"$BUILD/examples/demo_sweep" "$work/sweep"
"$BUILD/examples/demo_comparison" "$work/made"
"$BUILD/examples/demo_runs" "$work/70b" >/dev/null
PYTHONPATH=$PWD/tests/snapshot PYTHONDONTWRITEBYTECODE=1 "$PYTHON" tests/snapshot/make_snapshot.py "$work/snapshot.pickle" --shape plain --protocol 4 --seed 1
PYTHONPATH=$PWD/tests/snapshot PYTHONDONTWRITEBYTECODE=1 "$PYTHON" tests/snapshot/make_snapshot.py "$work/two.pickle" --shape two --protocol 4 --seed 1
cd "$work" || exit 1

# The commands, and the figure that is looked at, without its extension.
names=(heatmap comparison estimate snapshot accuracy breakdown tradeoff)
declare -A command=(
    [heatmap]="$bin/visualize_heatmap --memory-dir sweep/memory_traces --log-dir sweep --quiet --output out/heatmap/figure"
    [comparison]="$bin/visualize_comparison made/real made/simulated out/comparison --ranks 0,7 --show-theoretical --quiet"
    [estimate]="$bin/estimate_memory --model llama3-8b --sweep --world-size 64 --tp 1,2,4,8 --pp 1,2,4,8 --use-distributed-optimizer --gpu-memory 80 --quiet --output out/estimate/figure"
    [snapshot]="$bin/analyze_snapshot snapshot.pickle --quiet --output out/snapshot/figure"
    [accuracy]="$bin/visualize_accuracy 70b --simulated 70b/simulated --model llama3-70b --gpu-memory 80 --quiet --output out/accuracy/figure"
    [breakdown]="$bin/visualize_breakdown 70b --where tp=8,pp=4,mbs=1 --model llama3-70b --gpu-memory 80 --quiet --output out/breakdown/figure"
    [tradeoff]="$bin/visualize_tradeoff 70b --gpu-memory 80 --quiet --output out/tradeoff/figure"
)
declare -A figure=([heatmap]=figure [comparison]=memory_comparison_overview [estimate]=figure [snapshot]=figure
    [accuracy]=figure [breakdown]=figure [tradeoff]=figure)

# draws NAME OPTION...: into out/NAME; $made is the figure's path without its extension
draws() {
    local name=$1
    rm -rf "out/$name" && mkdir -p "out/$name"
    made=out/$name/${figure[$name]:-figure}
    # shellcheck disable=SC2086
    run ${command[$name]} "${@:2}"
}
words() { pdftotext -layout "$made.pdf" -; }
# shows NAME PATTERN, lacks NAME PATTERN: the last figure's words have it, or do not
shows() { words >now && holds "$1" grep -qE -- "$2" now; }
lacks() { words >now && holds "$1" bash -c '! grep -qE -- "$1" now' _ "$2"; }
inches() { pdfinfo "$1" | awk '/^Page size/ { printf "%.2f", $3 / 72 }'; }
png_width() { od -An -tu1 -j16 -N4 "$1" | awk '{ print $1 * 16777216 + $2 * 65536 + $3 * 256 + $4 }'; }
colour_type() { od -An -tu1 -j25 -N1 "$1" | tr -d ' '; }
