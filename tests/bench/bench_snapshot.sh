#!/usr/bin/env bash
# A memory snapshot of 500 MB (MB=...): analyze_snapshot against Python's pickle.load of the same file,
# which does nothing with it; and a folder of 64, with one thread and with all.
set -euo pipefail
megabytes=${MB:-500}
real=${REAL_DATA:-../shared/data}/torch_snapshots/medium_1024_training.pickle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ! -e $real ]]; then
    real=$work/small.pickle
    "$PYTHON" tests/snapshot/make_snapshot.py "$real" --iterations 20
fi
"$PYTHON" tests/bench/make_large_snapshot.py "$real" "$work/large.pickle" "$megabytes"
SMALL=$real "$PYTHON" - "$BUILD/bin/analyze_snapshot" "$work" <<'PYTHON'
import os, pickle, resource, shutil, subprocess, sys, time
tool, work = sys.argv[1:]
large = os.path.join(work, "large.pickle")
size = os.path.getsize(large)
open(large, "rb").read()

def seconds(*command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start

ours = sorted(seconds(tool, large) for _ in range(5))[2]
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
LOAD = "import pickle, sys, time; f = open(sys.argv[1], 'rb'); t = time.perf_counter(); pickle.load(f); " \
       "print(time.perf_counter() - t, flush=True); import os; os._exit(0)"
theirs = sorted(float(subprocess.check_output([sys.executable, "-c", LOAD, large])) for _ in range(3))[1]
print(f"a memory snapshot, {size / 1e6:.0f} MB: analyze_snapshot {size / ours / 1e6:.0f} MB/s, pickle.load "
      f"{size / theirs / 1e6:.0f} MB/s, {theirs / ours:.1f}x (goal 10x); peak memory {memory / size:.2f} of the file "
      f"(goal 2)")
folder = os.path.join(work, "folder")
os.mkdir(folder)
subprocess.run([sys.executable, "tests/bench/make_large_snapshot.py", os.environ["SMALL"],
                os.path.join(folder, "snapshot_0.pickle"), "8"], check=True)
for rank in range(1, 64):
    shutil.copy(os.path.join(folder, "snapshot_0.pickle"), os.path.join(folder, f"snapshot_{rank}.pickle"))
one, all_ = seconds(tool, folder, "-j", "1"), seconds(tool, folder)
print(f"a folder of 64: {one:.2f} s with one thread, {all_:.2f} s with {len(os.sched_getaffinity(0))}")
PYTHON
