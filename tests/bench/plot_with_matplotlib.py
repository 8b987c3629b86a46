#!/usr/bin/env python3
"""The same figures as one would draw them with matplotlib, for bench_heatmap.sh and
bench_comparison.sh to measure against.

plot_with_matplotlib.py heatmap TRACES LOGS OUTPUT
plot_with_matplotlib.py comparison REAL SIMULATED OUTPUT"""
import glob
import json
import os
import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

GPU_GB = 80
plt.rcParams.update({"font.family": "serif", "font.size": 8, "pdf.fonttype": 42})


def iterations(path):
    with open(path) as file:
        trace = json.load(file)
    return [trace[key] for key in sorted((key for key in trace if key.isdigit()), key=int)]


def largest_gb(parts, key):
    return max((part[key] for part in parts if part.get(key) is not None), default=0) / 1024


def sizes(text):
    return tuple(int(re.search(rf"{name}=?(\d+)", text, re.IGNORECASE)[1]) for name in ("tp", "pp"))


def heatmap(traces, logs, output):
    peaks, theory, failed = {}, {}, set()
    for path in glob.glob(os.path.join(traces, "memory_trace_rank*.json")):
        at, parts = sizes(os.path.basename(path)), iterations(path)
        peaks[at] = max(peaks.get(at, 0), largest_gb(parts, "peak_allocated_MB"))
        theory[at] = max(theory.get(at, 0), largest_gb(parts, "theoretical_memory_MB"))
    with open(os.path.join(logs, "failed_configs.log")) as log:
        for line in log:
            if line.startswith("Config "):
                failed.add(sizes(line))
    across = sorted({pp for _, pp in [*peaks, *failed]})
    up = sorted({tp for tp, _ in [*peaks, *failed]})
    colours = matplotlib.colors.LinearSegmentedColormap.from_list("", ["white", "#d62728"])
    figure, axes = plt.subplots(figsize=(7, 7 / 3))
    cells = [[peaks.get((tp, pp), float("nan")) for pp in across] for tp in up]
    image = axes.pcolormesh(cells, cmap=colours, vmin=0, vmax=GPU_GB, edgecolors="white", linewidth=1)
    for y, tp in enumerate(up):
        for x, pp in enumerate(across):
            if (tp, pp) in peaks:
                axes.text(x + 0.5, y + 0.5, f"Actual: {peaks[tp, pp]:.1f}GB\nTheory: {theory[tp, pp]:.1f}GB",
                          ha="center", va="center")
                if theory[tp, pp] >= GPU_GB:
                    axes.add_patch(plt.Rectangle((x, y), 1, 1, fill=False, hatch="///", edgecolor="white"))
            elif (tp, pp) in failed:
                axes.add_patch(plt.Rectangle((x, y), 1, 1, facecolor="#3b3b3b", edgecolor="white"))
                axes.text(x + 0.5, y + 0.5, "\u2014", color="white", ha="center", va="center")
    axes.set_xticks([x + 0.5 for x in range(len(across))], across)
    axes.set_yticks([y + 0.5 for y in range(len(up))], up)
    axes.set_xlabel("Pipeline parallel size (PP)")
    axes.set_ylabel("Tensor parallel size (TP)")
    figure.colorbar(image, label="Peak memory (GB)")
    figure.tight_layout()
    for extension in ("png", "pdf"):
        figure.savefig(f"{output}.{extension}", dpi=300)


def by_rank(folder):
    paths = glob.glob(os.path.join(folder, "memory_trace_rank*.json"))
    return {int(re.search(r"rank(\d+)", os.path.basename(path))[1]): path for path in paths}


def comparison(real, simulated, output):
    os.makedirs(output, exist_ok=True)
    sides = (("real", by_rank(real), "-"), ("simulated", by_rank(simulated), "--"))
    for rank in sorted(sides[0][1]):
        figure, axes = plt.subplots(figsize=(7, 7 / 3))
        for name, paths, style in sides:
            last = iterations(paths[rank])[-1]
            samples = last["samples"]
            start = samples[0]["timestamp_s"]
            axes.plot([sample["timestamp_s"] - start for sample in samples],
                      [sample["allocated_memory_MB"] / 1024 for sample in samples], style, label=name)
            if last.get("static_memory_MB") is not None:
                axes.axhline(last["static_memory_MB"] / 1024, color="green", linestyle=style, label=f"static, {name}")
        axes.set_xlabel("Time (s)")
        axes.set_ylabel("Allocated memory (GB)")
        axes.set_title(f"Rank {rank}")
        axes.legend()
        figure.tight_layout()
        figure.savefig(os.path.join(output, f"rank_{rank}.png"), dpi=300)
        plt.close(figure)


{"heatmap": heatmap, "comparison": comparison}[sys.argv[1]](*sys.argv[2:])
