#!/usr/bin/env bash
# demo.sh DIR: what `make demo` shows: every command once, as it is typed, on generated traces and on a
# sweep that really runs here. Everything it makes is in DIR, and listed at the end.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
demo=$(realpath -m --relative-base="$root" "${1:?Usage: demo.sh DIR}")
build=$(realpath --relative-base="$root" "${BUILD:-$root/build}")
cd "$root"
PATH=$(cd "$build/bin" && pwd):$PATH

# show HEADING COMMAND: a heading, the command as it can be pasted, and what it prints
show() {
    printf '\n%s\n$ %s\n' "$1" "$2"
    bash -euo pipefail -c "$2"
}

cat <<END
gmtrace on generated traces and on a sweep that runs here and now: half a minute.
Look at these when it is done:
  $demo/report.html        a whole sweep on one page: what fits, why, and memory over time
  $demo/heatmap.png        its figure for a paper, with heatmap.pdf
  $demo/small/heatmap.png  the sweep that really ran
END
printf '\nMaking what the commands read, and the figures of examples/gallery.md ...\n'
BUILD=$build examples/gallery.sh "$demo"
examples/demo_logs.sh "$demo/logs"

show "A 485B model on 8,192 GPUs: which TP x PP fit into 80 GB?" \
    "visualize_heatmap $demo/485b --output $demo/heatmap"
show "The same as a report to send to a colleague" \
    "visualize_report $demo/485b --title 'A 485B model on 8,192 GPUs' --output $demo/report"
show "What should one know of a run of 8 ranks?" \
    "analyze_traces $demo/comparison/real"
show "How far off is its simulation?" \
    "visualize_comparison $demo/comparison/real $demo/comparison/simulated $demo/timelines"
show "Llama 3 70B on 512 GPUs: how well were the peaks predicted?" \
    "visualize_accuracy $demo/70b --model llama3-70b --simulated $demo/70b/simulated --gpu-memory 80 --output $demo/accuracy"
show "What does memory go to, stage by stage?" \
    "visualize_breakdown $demo/70b --where tp=8,pp=8,mbs=1 --model llama3-70b --gpu-memory 80 --output $demo/breakdown"
show "Which configuration is fast, and fits?" \
    "visualize_tradeoff $demo/70b --model llama3-70b --gpu-memory 80 --peak-tflops 989 --output $demo/tradeoff"
show "What was in memory at the peak, by PyTorch's snapshot?" \
    "analyze_snapshot $demo/snapshots/rank0.pickle --top 3 --output $demo/snapshot_rank0"
show "How much will Llama 3 8B need, before anything runs?" \
    "estimate_memory --model llama3-8b --world-size 64 --tp 2 --pp 4 --global-batch-size 512 --use-distributed-optimizer --sequence-parallel --gpu h100"
show "Logs that Megatron-LM left behind, as traces and outcomes" \
    "import_logs $demo/logs --output $demo/imported"
# The runs that run out of memory are what this sweep is to find.
show "A sweep that runs here: a small network, 16 configurations, 2 MB of memory each" \
    "run_sweep --world-size 64 --tp 1,2,4,8 --pp 1,2,4,8 --layers 8 --micro-batches 8 --micro-batch-size 64 \\
    --output $demo/small -- env RANK=0 WORLD_SIZE={world_size} $build/examples/training_loop \\
    --layers {layers} --tp {tp} --pp {pp} --batch {mbs} --micro-batches {nmb} --iterations 3 --memory-limit 2"
visualize_heatmap "$demo/small" --max-memory 2MB --output "$demo/small/heatmap" --quiet
show "Any job, recorded as it is (on a GPU, each allocation too)" \
    "GMT_KEEP_RECORDING=1 trace_command --output $demo/traced -- examples/run_ranks.sh 4 $build/examples/training_loop --pp 4 \\
    >$demo/traced.log"
show "Its ranks, as one would watch them while it runs" \
    "monitor_memory $demo/traced --once"
show "And for Perfetto (https://ui.perfetto.dev opens it)" \
    "export_trace --format chrome $demo/traced --output $demo/perfetto"

made() { # FILE WHAT: a line of the list, of what is there
    [[ -s $demo/$1 ]] || { echo "demo.sh: $demo/$1 was not made" >&2; exit 1; }
    printf '  %-46s %s\n' "$1" "$2"
}
printf '\nMade in %s:\n' "$demo"
made report.html "the sweep of the 485B model, as a page; report.pdf: the same to print"
made heatmap.png "which configurations fit, for a paper"
made facets.png "the same by four dimensions, of estimates"
made timelines/memory_comparison_overview.png "real against simulated, with a figure for each rank"
made accuracy.png "how well peaks were predicted"
made breakdown.png "what memory goes to"
made tradeoff.png "memory against speed"
made snapshot_rank0.png "memory by category over time"
made small/heatmap.png "the sweep that ran here"
made imported/successful_configs.log "what the logs told; the traces are beside it"
made perfetto "a trace of four ranks, for Perfetto"
cat <<END
Each figure is there as .pdf too, and *_single.pdf are a column wide: examples/gallery.md has their commands, and
examples/paper.tex places them in a paper.

Open the report (it is one file, and can be copied anywhere):
  xdg-open $demo/report.html
END
