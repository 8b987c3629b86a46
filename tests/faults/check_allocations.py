"""Fails the allocations of every command's own code, one a run: never a crash, never a hang, never
status 0 with less than the whole output. Usage: check_allocations.py [NAME...]

A sample of each command's allocations, by a seed that is printed; ALLOCATIONS=all takes all of them,
ALLOCATIONS_SEED=N another sample. Speaks TAP.
"""

import concurrent.futures
import json
import os
import pickle
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
BIN = os.path.join(BUILD, "bin")
FAILER = os.path.join(BUILD, "tests/faults/libfail_allocation.so")
EVERY = os.environ.get("ALLOCATIONS") == "all"
SEED = int(os.environ.get("ALLOCATIONS_SEED") or random.randrange(1 << 30))
SAMPLE = 12
SLOW_S = 60


class Case:
    """A command: its inputs are in `work`, its outputs in a folder `out` of its own."""

    def __init__(self, name, command, inexact=False, library=None, job=False):
        self.name = name
        self.command = command
        self.inexact = inexact  # times stand in its output
        self.library = library  # whose allocations fail, where it is not the program
        self.job = job  # a traced program: its status is its own whatever fails


CASES = [
    Case("analyze_traces", "analyze_traces {work}/real {work}/simulated --log-dir {work}/logs --gpu-memory 80 --json out/f.json -j 1"),
    Case("analyze_traces, a leak", "analyze_traces {work}/leak --gpu-memory 80 -j 1"),
    Case("analyze_traces, against a baseline", "analyze_traces {work}/real --against {work}/simulated --summary out/s.json -j 1"),
    Case("analyze_snapshot", "analyze_snapshot {work}/snapshot.pickle --json out/s.json --output out/s --format svg --traces out/traces -j 1"),
    Case("analyze_snapshot, two", "analyze_snapshot {work}/snapshot.pickle --against {work}/snapshot.pickle --rules {work}/rules -j 1"),
    Case("estimate_memory", "estimate_memory --model gpt-485b --world-size 8192 --tensor-model-parallel-size 2 --pipeline-model-parallel-size 64 --global-batch-size 24576 --sequence-parallel --recompute-granularity selective"),
    Case("estimate_memory, all", "estimate_memory --model {work}/model.json --world-size 8 --tensor-model-parallel-size 2 --pipeline-model-parallel-size 4 --stage all --json"),
    Case("estimate_memory, a sweep", "estimate_memory --model llama3-70b --sweep --world-size 64 --tp 4,8 --pp 1,2 --use-distributed-optimizer --output out/e"),
    Case("export_trace, json", "export_trace {work}/recorded --output out"),
    Case("export_trace, csv", "export_trace {work}/recorded {work}/real --output out --format csv"),
    Case("export_trace, ndjson", "export_trace {work}/recorded --output out --format ndjson"),
    Case("export_trace, chrome", "export_trace {work}/recorded {work}/real --output out --format chrome"),
    Case("import_logs", "import_logs {work}/megatron --output out"),
    Case("import_logs, other forms", "import_logs {work}/forms --output out --tags wd=4 --rank 0"),
    Case("monitor_memory", "monitor_memory {work}/recorded --once --csv out/m.csv --prometheus out/m.prom", inexact=True),
    Case("run_sweep, a plan", "run_sweep --plan --world-size 16 --tp pow2:1..8 --pp 1,2 --axis mbs=1,2 --output out/sweep -- true {{tp}}"),
    Case("run_sweep", "run_sweep --world-size 8 --tp 1,2 --pp 1,2 --output out/sweep -- {work}/job.sh {{tp}} {{pp}}", inexact=True),
    Case("trace_command", "trace_command --output out/traces true", inexact=True),
    Case("visualize_accuracy", "visualize_accuracy --memory-dir {work}/real --simulated {work}/simulated --by rank --output out/a --format svg --table out/a.json --points out/a.csv -j 1"),
    Case("visualize_accuracy, a model", "visualize_accuracy --memory-dir {work}/sweep --model gpt-485b --gpu-memory 80 --output out/a --format png --dpi 50 --table out/a.tex -j 1"),
    Case("visualize_breakdown", "visualize_breakdown --memory-dir {work}/sweep --output out/b --format svg --table out/b.json -j 1"),
    Case("visualize_breakdown, stages", "visualize_breakdown --model gpt-485b --config wd=8192,tp=8,pp=16,gbs=24576 --output out/b --format png --dpi 50 --table out/b.tex"),
    Case("visualize_breakdown, snapshots", "visualize_breakdown --snapshots {work}/snapshot.pickle --output out/b --format svg --table out/b.csv"),
    Case("visualize_comparison", "visualize_comparison {work}/real {work}/simulated out --format svg -j 1 --show-theoretical"),
    Case("visualize_heatmap", "visualize_heatmap --memory-dir {work}/sweep/memory_traces --log-dir {work}/sweep --output out/h --format svg --table out/h.csv -j 1"),
    Case("visualize_heatmap, a killed run", "visualize_heatmap {work}/killed --output out/h --format svg -j 1"),
    Case("visualize_heatmap, json", "visualize_heatmap --memory-dir {work}/sweep --where tp=2..8 --output out/h --format png --dpi 50 --table out/h.json --model {work}/model.json -j 1"),
    Case("visualize_report", "visualize_report --real-dir {work}/real --sim-dir {work}/simulated --output out/r -j 1"),
    Case("visualize_tradeoff", "visualize_tradeoff --memory-dir {work}/sweep/memory_traces --log-dir {work}/sweep --metrics {work}/metrics.csv --output out/t --format svg --table out/t.json --gpu-memory 80 -j 1"),
    Case("visualize_tradeoff, the front", "visualize_tradeoff --memory-dir {work}/sweep --metrics {work}/metrics.csv --metric ms --output out/t --format png --dpi 50 --table out/t.tex -j 1"),
    Case("the library", "traced_job out", library="libgmtrace.so", job=True),
    Case("the preloaded library", "trace_command --output out/traces {build}/tests/preload/probe malloc=100 malloc=20 free=0", library="libgmtrace_preload.so", job=True),
]


def make_inputs(work):
    demos = os.path.join(BUILD, "examples")
    quiet = dict(stdout=subprocess.DEVNULL, check=True)
    subprocess.run([demos + "/demo_sweep", work + "/sweep"], **quiet)
    subprocess.run([demos + "/demo_comparison", work + "/made"], **quiet)
    for side in ("real", "simulated"):
        os.mkdir(work + "/" + side)
        for rank in range(2):
            name = "memory_trace_rank%d_wd8_tp2_pp4_l40_bs1.json" % rank
            found = [n for n in os.listdir(work + "/made/" + side) if n.startswith("memory_trace_rank%d_" % rank)]
            shutil.copy(work + "/made/%s/%s" % (side, found[0]), work + "/%s/%s" % (side, name))
    job = subprocess.Popen([demos + "/killed_job", work + "/recorded"])
    while not os.path.exists(work + "/recorded/ready"):
        pass
    job.kill()
    job.wait()
    os.mkdir(work + "/killed")
    shutil.copy(work + "/recorded/memory_trace_rank0.gmtrace", work + "/killed/memory_trace_rank0_wd2_tp2_pp1.gmtrace")
    os.mkdir(work + "/logs")
    with open(work + "/logs/successful_configs.log", "w") as file:
        file.write("Config 1: TP=2, PP=4, DP=1 - SUCCESS\nConfig 2: TP=x - SUCCESS\n")
    with open(work + "/logs/failed_configs.log", "w") as file:
        file.write("".join("Config %d: TP=%d, PP=8 - FAILED (oom)\n" % (i, i) for i in range(3, 12)))
    os.mkdir(work + "/megatron")
    with open(work + "/megatron/a.log", "w") as file:
        file.write("-- arguments --\n  tensor_model_parallel_size ... 2\n  pipeline_model_parallel_size ... 2\n"
                   "  world_size ... 4\n-- end of arguments --\n")
        for i in (1, 2):
            file.write("iteration %d/ 2 | consumed samples: 4 | elapsed time per iteration (ms): 900.5 | "
                       "throughput per GPU (TFLOP/s/GPU): 100.5 |\n" % i)
            for rank in (0, 1):
                file.write("[Rank %d] (after %d iterations) memory (MB) | allocated: 1.5 | max allocated: 4.25 | "
                           "reserved: 5.0 | max reserved: 5.0\n" % (rank, i))
        file.write("[after training is done] datetime: x\n")
    os.mkdir(work + "/leak")
    with open(work + "/leak/memory_trace_rank0_wd2_tp2_pp1.json", "w") as file:
        json.dump({i: {"peak_allocated_MB": 9000 + (i == 30) * 5000, "static_memory_MB": 1000 + 60 * i} for i in range(40)}, file)
    os.mkdir(work + "/forms")
    with open(work + "/forms/model_config.yaml", "w") as file:
        file.write("MODEL_ARGS:\n  --tensor-model-parallel-size: 2\n  --pipeline-model-parallel-size: 2\n")
    with open(work + "/forms/golden_values_a.json", "w") as file:
        file.write('{"mem-max-allocated-bytes": {"start_step": 1, "step_interval": 1, "values": {"1": 5e9, "2": 6e9}}}')
    with open(work + "/forms/titan.log", "w") as file:
        file.write("Building device mesh with parallelism: pp=1, dp_replicate=1, dp_shard=2, cp=1, tp=2, ep=1\n"
                   "[rank0]: step:  1  loss:  8.1  memory:  1.50GiB(1.5%)  tps: 1  tflops: 2.50  mfu: 1%\n")
    with open(work + "/job.sh", "w") as file:
        file.write("#!/bin/sh\n[ $(($1 * $2)) = 4 ] && echo 'CUDA out of memory. Tried to allocate 20.00 MiB' && exit 1\nexit 0\n")
    os.chmod(work + "/job.sh", 0o755)
    with open(work + "/model.json", "w") as file:
        file.write('{"num_layers": 40, "hidden_size": 5120, "num_attention_heads": 40, "seq_length": 2048, "padded_vocab_size": 50304, "micro_batch_size": 1}\n')
    with open(work + "/metrics.csv", "w") as file:
        file.write("tp,pp,step_ms,tflops\n2,64,900,120\n4,32,800,130\n8,64,1200,100\n")
    with open(work + "/rules", "w") as file:
        file.write("parameters\tmodel.py:.*\n")
    frames = [{"name": "f%d" % i, "filename": "model.py", "line": i} for i in range(4)]
    trace = [{"action": "alloc", "addr": 512 * i, "size": 512 * i, "stream": 0, "frames": frames[i % 4:], "time_us": i} for i in range(1, 9)]
    with open(work + "/snapshot.pickle", "wb") as file:
        pickle.dump({"segments": [], "device_traces": [trace]}, file, protocol=4)


def files_of(folder, inexact):
    """What was written, by name; where times stand in it, without its numbers."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = shape(file.read(), inexact)
    return found


def shape(text, inexact):
    return re.sub(rb"[0-9][0-9.e:T+Z-]*", b"#", text) if inexact else text


class Run:
    """The command with its allocation number `failing` failed (0: none)."""

    def __init__(self, case, work, failing):
        folder = tempfile.mkdtemp(dir=work)
        os.mkdir(folder + "/out")
        state = folder + "/state"
        with open(state, "wb") as file:
            file.write(struct.pack("QQQ", 0, failing, 0))
        words = case.command.format(work=work, build=BUILD).split()
        program = os.path.join(BUILD, "tests/faults" if words[0] == "traced_job" else "bin", words[0])
        environment = dict(os.environ, LD_PRELOAD=FAILER, FAIL_STATE=state, FAIL_PROGRAM=words[0], LC_ALL="C.UTF-8",
                           GMT_INTERVAL_MS="0", LD_LIBRARY_PATH=BUILD + "/tests/fakes", FAKE_GPU_MB="1024")
        if case.library:
            job = next(word for word in words if "probe" in word or "traced_job" in word)
            environment.update(FAIL_OBJECT=case.library, FAIL_PROGRAM=os.path.basename(job))
        self.hung = False
        process = subprocess.Popen([program] + words[1:], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, self.stderr = process.communicate(timeout=SLOW_S)
        except subprocess.TimeoutExpired:
            self.hung = True
            os.killpg(process.pid, 9)
            out, self.stderr = process.communicate()
        self.status = process.returncode
        with open(state, "rb") as file:
            self.calls, _, self.where = struct.unpack("QQQ", file.read())
        self.output = {} if case.job else files_of(folder + "/out", case.inexact)
        self.output["stdout"] = b"" if case.job else shape(out, case.inexact)
        self.output["stderr"] = b"" if case.job else shape(self.stderr, case.inexact)
        shutil.rmtree(folder)


def complaint(case, whole, run):
    """What is wrong with a run, or None."""
    if run.hung:
        return "it hangs"
    if run.status < 0 or run.status >= 128:
        return "it ends by signal %d" % (-run.status if run.status < 0 else run.status - 128)
    hidden = [name for name in run.output if os.path.basename(name).startswith(".") and name not in whole.output]
    if hidden:
        return "it leaves %s" % hidden
    if case.job:
        return None if run.status == whole.status else "the program's status is %d" % run.status
    if run.status == 0 and run.output != whole.output:
        names = sorted(set(run.output) | set(whole.output))
        return "status 0, and another output: %s" % [n for n in names if run.output.get(n) != whole.output.get(n)]
    if run.status != 0 and not run.stderr.strip():
        return "status %d without a word" % run.status
    return None


def place(case, run):
    program = case.command.split()[0]
    binary = os.path.join(BUILD, "lib", case.library) if case.library else \
        os.path.join(BIN, program)
    done = subprocess.run(["addr2line", "-f", "-e", binary, hex(run.where - 1)], stdout=subprocess.PIPE, universal_newlines=True)
    return " ".join(done.stdout.split())


def check(case, work, number, lock, workers):
    whole = Run(case, work, 0)
    again = Run(case, work, 0)
    if whole.status != 0 or whole.output != again.output or whole.calls == 0:
        with lock:
            print("not ok %d - %s: status %d, %d allocations, %sthe same output twice\n# %s" % (
                number, case.name, whole.status, whole.calls, "" if whole.output == again.output else "not ",
                whole.stderr.decode(errors="replace")[:2000].replace("\n", "\n# ")))
        return False
    chosen = range(1, whole.calls + 1)
    if not EVERY and whole.calls > SAMPLE:
        chosen = sorted(random.Random("%d %s" % (SEED, case.name)).sample(chosen, SAMPLE))
    wrong = []
    for failing, run in zip(chosen, workers.map(lambda n: Run(case, work, n), chosen)):
        why = complaint(case, whole, run)
        if why:
            wrong.append("allocation %d (%s): %s; %s" % (failing, place(case, run), why, run.stderr.decode(errors="replace").strip()[-200:]))
    with lock:
        print("%sok %d - %s: %d of %d allocations fail without harm" % (
            "not " if wrong else "", number, case.name, len(chosen) - len(wrong), whole.calls))
        for line in wrong:
            print("# " + line.replace("\n", " | "))
    return not wrong


def main():
    if BUILD.rstrip("/").split("/")[-1] != "build":
        print("ok 1 - failing allocations # SKIP a sanitizer has an allocator of its own")
        return 0
    cases = [case for case in CASES if not sys.argv[1:] or any(word in case.name for word in sys.argv[1:])]
    print("# seed %d%s" % (SEED, ", all" if EVERY else ""))
    work = tempfile.mkdtemp()
    well = True
    try:
        make_inputs(work)
        with concurrent.futures.ThreadPoolExecutor(2) as workers:
            lock = threading.Lock()
            for number, case in enumerate(cases, 1):
                well = check(case, work, number, lock, workers) and well
                sys.stdout.flush()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % len(cases))
    return 0 if well else 1


sys.exit(main())
