"""Checks of the package gmtrace. Each runs in a process of its own, since what it is about is a process's
environment, its imports and its end. Speaks TAP."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import tap

ROOT = os.getcwd()
LIBRARY = os.path.join(ROOT, os.environ.get("BUILD", "build"), "lib", "libgmtrace.so")
BINDING = os.path.join(ROOT, "tracer", "python", "gmtrace")
STUB = os.path.join(ROOT, "tests", "python", "stub")

PRELUDE = """
import sys, time, types
sys.path.insert(0, %r)
import gmtrace
MB = 2**20
def wait_until(done, seconds=20):
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.005)
    assert done()
""" % os.path.dirname(BINDING)

TORCH = "sys.path.insert(0, %r)\nimport torch\n" % STUB

SIMULATED = """
args = types.SimpleNamespace(trace_memory=True, is_scaling_mode=True, fake_current_rank_id=5,
    fake_world_size=8, fake_tp=2, fake_pp=4, fake_dp=1, fake_exp=1, fake_num_experts=None,
    num_layers=40, micro_batch_size=1, global_batch_size=24)
"""

REAL = """
args = types.SimpleNamespace(trace_memory=True, world_size=8, rank=3, tensor_model_parallel_size=2,
    pipeline_model_parallel_size=4, expert_model_parallel_size=1, num_experts=None,
    num_layers=40, micro_batch_size=1)
"""

LOOP = """
tracker = gmtrace.get_memory_tracker(args)
tracker.start()
for i in range(3):
    tracker.next_iteration(i)
    tracker.log_static_memory(i, 17615.02)
    time.sleep(0.05)
    tracker.log_peak_memory(i, 58716.72)
    tracker.log_theoretical_memory(i, 140204.06)
tracker.stop_tracking()
"""


class Run:
    """A script in a folder of its own."""

    def __init__(self, script, **environment):
        self.folder = tempfile.TemporaryDirectory()
        keep = {k: v for k, v in os.environ.items() if not k.startswith("GMT_")}
        for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
            keep.pop(name, None)
        keep["GMT_LIBRARY"] = LIBRARY
        keep.update(environment)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PRELUDE + script],
            cwd=self.folder.name,
            env=keep,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=120,
        )
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def files(self, folder):
        return sorted(os.listdir(self.path(folder))) if os.path.isdir(self.path(folder)) else []

    def trace(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    def well(self):
        assert self.status == 0, self.err
        assert self.err == "", self.err
        return self


def samples(trace):
    return [sample for iteration in trace.values() for sample in iteration["samples"]]


def check_scaling_mode():
    """scaling mode: folder, name and figures of the usual tracker, and the micro-batches that are read later"""
    begun = int(time.time() * 1000)
    script = LOOP + "assert args.num_micro_batches == 24 and type(args.num_micro_batches) is int\n"
    run = Run(TORCH + "torch.cuda.initialized = True\n" + SIMULATED + script).well()
    (name,) = run.files("memory_traces_scaling")
    pattern = r"memory_trace_rank5_wd8_tp2_pp4_dp1_exp1_expNumNone_l40_mbs1_nmbs24_gbs24_ts(\d{1,5})\.json"
    stamp = int(re.fullmatch(pattern, name).group(1))
    assert (stamp - begun) % 100000 <= int(time.time() * 1000) - begun, (stamp, begun)
    trace = run.trace("memory_traces_scaling/" + name)
    assert list(trace) == ["0", "1", "2"]
    for iteration in trace.values():
        assert iteration["peak_allocated_MB"] == 58716.72
        assert iteration["static_memory_MB"] == 17615.02
        assert iteration["theoretical_memory_MB"] == 140204.06
        assert iteration["samples"]
        for sample in iteration["samples"]:
            assert set(sample) == {"timestamp_s", "reserved_memory_MB", "allocated_memory_MB"}


def check_scaling_mode_off():
    """scaling mode without tracing: what the training code reads is set all the same"""
    script = """
args.trace_memory, args.fake_dp, args.global_batch_size = False, 2, 100
tracker = gmtrace.get_memory_tracker(args)
assert tracker is not None and not tracker
assert args.num_micro_batches == 50
"""
    Run(SIMULATED + script).well()


def check_further_sizes():
    """sizes that the usual names do not have stand behind them, where they are not as if they were not there"""
    script = """
args.context_parallel_size, args.virtual_pipeline_model_parallel_size = 2, None
args.expert_tensor_parallel_size = 2
"""
    run = Run(REAL + script + LOOP)
    assert run.files("memory_traces") == ["memory_trace_rank3_wd8_tp2_pp4_l40_bs1_cp2.json"]
    script = """
args.context_parallel_size, args.virtual_pipeline_model_parallel_size = 1, 3
args.expert_tensor_parallel_size = 1
"""
    run = Run(REAL + script + LOOP)
    assert run.files("memory_traces") == ["memory_trace_rank3_wd8_tp2_pp4_l40_bs1_vpp3_etp1.json"]


def check_coordinates():
    """the rank's places are those of Megatron's groups, where it has made them"""
    groups = """
state = types.ModuleType("megatron.core.parallel_state")
sys.modules["megatron.core.parallel_state"] = state
for place, name in enumerate(("tensor_model", "context", "data", "pipeline_model")):
    setattr(state, "get_%s_parallel_rank" % name, lambda place=place: place)
def not_yet():
    raise AssertionError("expert model parallel group is not initialized")
state.get_expert_model_parallel_rank = not_yet
"""
    name = "memory_traces/memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json"
    trace = Run(groups + REAL + LOOP).trace(name)
    assert trace["2"]["coordinates"] == {"tp": 0, "cp": 1, "dp": 2, "pp": 3}
    assert "coordinates" not in Run(REAL + LOOP).trace(name)["2"]
    run = Run(groups + SIMULATED + LOOP)  # the groups are those of the process, not of the rank
    (name,) = run.files("memory_traces_scaling")
    assert "coordinates" not in run.trace("memory_traces_scaling/" + name)["2"]


def check_peaks():
    """each iteration has its own peak: torch's counter begins anew"""
    script = """
torch.cuda.initialized = True
tracker = gmtrace.get_memory_tracker(args)
tracker.start()
for i, more in enumerate((3800, 4300, 3800, 3800)):
    (tracker.start_tracking if i == 2 else tracker.next_iteration)(i)
    torch.cuda.allocate(more * MB)
    torch.cuda.allocate(-more * MB)
    tracker.log_peak_memory(i, torch.cuda.max_memory_allocated() / MB)
tracker.stop_tracking()
"""
    trace = Run(TORCH + REAL + script).well().trace("memory_traces/memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json")
    assert [trace[i]["peak_allocated_MB"] for i in trace] == [3900, 4400, 3900, 3900], trace


def check_thread_calls():
    """what callers may know from the tracker that was a thread"""
    script = """
tracker = gmtrace.get_memory_tracker(args)
assert tracker and not tracker.is_alive() and not tracker.tracking
tracker.start()
assert tracker.is_alive() and not tracker.tracking
tracker.next_iteration(0)
assert tracker.tracking
tracker.pause_tracking()
assert not tracker.tracking
tracker.start_tracking(1)
tracker.stop_tracking()
tracker.join()
tracker.join(timeout=3)
assert not tracker.is_alive() and not tracker.tracking and not hasattr(tracker, "data")
"""
    assert Run(REAL + script).status == 0


def check_environment_rules():
    """GMT_DIR, GMT_INTERVAL_MS and GMT_DISABLE rule over what the program passes"""
    script = "args.trace_memory_interval = 3600\n" + LOOP + "print(tracker.output_path)\n"
    run = Run(REAL + script, GMT_DIR="of/sweep", GMT_INTERVAL_MS="2", GMT_ALL_SAMPLES="1")
    path = "of/sweep/memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json"
    assert run.out.strip() == path and run.files("memory_traces") == [], run.out
    assert len(run.trace(path)["0"]["samples"]) > 5
    run = Run(REAL + script, GMT_DIR="of/sweep", GMT_TP="4", GMT_RECOMPUTE="full")
    assert run.out.strip() == path.replace(".json", "_rc-full.json"), run.out
    assert os.path.exists(run.path(run.out.strip()))
    run = Run(REAL + LOOP, GMT_DISABLE="1").well()
    assert run.files("memory_traces") == []
    run = Run(TORCH + "torch.cuda.initialized = True\n" + REAL + LOOP, GMT_INTERVAL_MS="nan", GMT_MAX_BYTES="x")
    assert run.status == 0 and run.err.startswith("gmtrace: GMT_INTERVAL_MS=nan is passed over: "), run.err
    assert len(run.files("memory_traces")) == 1


def check_real_mode():
    """real mode: rank of torch.distributed, experts only where there are any"""
    run = Run(TORCH + "torch.distributed.rank = 6\n" + REAL + LOOP)
    assert run.files("memory_traces") == ["memory_trace_rank6_wd8_tp2_pp4_l40_bs1.json"]
    run = Run(REAL + "args.expert_model_parallel_size = 2\nargs.num_experts = 16\n" + LOOP)
    assert run.files("memory_traces") == ["memory_trace_rank3_wd8_tp2_pp4_ep2_expNum16_l40_bs1.json"]


def check_output_path():
    """output_path is where the file is"""
    run = Run(REAL + LOOP + "print(tracker.output_path)\n")
    assert os.path.exists(run.path(run.out.strip())), run.out


def check_off():
    """a false tracker, whose calls do nothing, unless trace_memory is set"""
    script = """
for args in (types.SimpleNamespace(), types.SimpleNamespace(trace_memory=False)):
    tracker = gmtrace.get_memory_tracker(args)
    assert not tracker and isinstance(tracker, gmtrace.MemoryTracker)
    tracker.start()
    for call in (tracker.next_iteration, tracker.start_tracking):
        call(0)
    for call in (tracker.log_static_memory, tracker.log_peak_memory, tracker.log_theoretical_memory):
        call(0, 1)
    tracker.mark("x")
    tracker.pause_tracking()
    tracker.stop_tracking()
    tracker.join()
    assert not tracker.is_alive() and not tracker.tracking and tracker.output_path is None
"""
    run = Run(script).well()
    assert os.listdir(run.folder.name) == []


def check_allocator():
    """torch's allocator is the source where torch uses a GPU"""
    script = """
torch.cuda.initialized = True
tracker = gmtrace.MemoryTracker(0, 0, "out", 0.002, "tp2_pp4")
tracker.start()
tracker.next_iteration(0)
wait_until(lambda: torch.cuda.calls > 3)
torch.cuda.allocated = 300 * MB
seen = torch.cuda.calls
wait_until(lambda: torch.cuda.calls > seen + 3)
tracker.stop_tracking()
calls = torch.cuda.calls
time.sleep(0.05)
assert torch.cuda.calls == calls, "asked after the end"
"""
    run = Run(TORCH + script).well()
    trace = run.trace("out/memory_trace_rank0_tp2_pp4.json")
    figures = [s["allocated_memory_MB"] for s in samples(trace)]
    # The first sample may have come before torch was the source.
    assert {100, 300} <= set(figures) and figures == sorted(figures, key=lambda f: f == 300), figures
    assert {s["reserved_memory_MB"] for s in samples(trace) if s["allocated_memory_MB"] in (100, 300)} == {150}


def check_environment():
    """the trace says what is loaded, whose figures it has, and imports nothing for it"""
    script = """
torch.cuda.initialized = True
torch.__version__ = "2.9.1"
torch.version = types.SimpleNamespace(cuda="12.8")
torch.cuda.nccl = types.SimpleNamespace(version=lambda: (2, 27, 3))
tracker = gmtrace.MemoryTracker(0, 0, "out", 0.002)
tracker.start()
assert "transformer_engine" not in sys.modules and "megatron" not in sys.modules
sys.modules["transformer_engine"] = types.SimpleNamespace(__version__="2.5.0")
sys.modules["megatron.core"] = types.SimpleNamespace(__version__="0.16.0rc0")
tracker.next_iteration(3)
wait_until(lambda: torch.cuda.calls > 3)
tracker.stop_tracking()
"""
    run = Run(TORCH + script, PYTORCH_CUDA_ALLOC_CONF="max_split_size_mb:512").well()
    (last,) = run.trace("out/memory_trace_rank0.json").values()
    assert last["environment"] == {
        "PYTORCH_CUDA_ALLOC_CONF": "max_split_size_mb:512", "torch": "2.9.1", "cuda": "12.8", "nccl": "2.27.3",
        "transformer_engine": "2.5.0", "megatron": "0.16.0rc0"}, last["environment"]
    assert last["allocated_of"] == last["reserved_of"] == "allocator"


def check_late_gpu():
    """torch becomes the source when it begins to use a GPU, and no context is made before"""
    script = """
args = types.SimpleNamespace(trace_memory=True, world_size=1, rank=0, local_rank=0,
    tensor_model_parallel_size=1, pipeline_model_parallel_size=1, num_layers=1, micro_batch_size=1)
args.trace_memory_interval = 0.002
tracker = gmtrace.get_memory_tracker(args)
tracker.start()
tracker.next_iteration(0)
time.sleep(0.03)
assert torch.cuda.calls == 0 and torch.cuda.contexts_created == 0
torch.cuda.initialized = True
tracker.next_iteration(1)
wait_until(lambda: torch.cuda.calls > 3)
tracker.stop_tracking()
"""
    run = Run(TORCH + script)
    assert run.status == 0, run.err
    trace = run.trace("memory_traces/memory_trace_rank0_wd1_tp1_pp1_l1_bs1.json")
    assert trace["1"]["samples"][-1]["allocated_memory_MB"] == 100


def check_torch_not_imported():
    """torch is never imported by the binding"""
    run = Run("sys.path.insert(0, %r)\n" % STUB + REAL + LOOP + "assert 'torch' not in sys.modules\n")
    assert run.status == 0, run.err
    assert samples(run.trace("memory_traces/memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json"))


def check_failing_source():
    """an allocator that fails: training goes on, one line says that there are no samples"""
    script = """
torch.cuda.initialized = True
torch.cuda.failing = True
tracker = gmtrace.MemoryTracker(0, 0, "out", 0.002)
tracker.start()
tracker.next_iteration(0)
wait_until(lambda: torch.cuda.calls > 20)
time.sleep(1.2)
tracker.log_peak_memory(0, 12.5)
tracker.stop_tracking()
"""
    run = Run(TORCH + script)
    assert run.status == 0
    assert run.err.count("\n") == 1 and "no more samples" in run.err, run.err
    assert run.trace("out/memory_trace_rank0.json")["0"]["peak_allocated_MB"] == 12.5


def check_no_library():
    """without the library: one line, and every call does nothing"""
    run = Run(REAL + LOOP + LOOP + "assert gmtrace.library_path() is None\n", GMT_LIBRARY="/nowhere/lib.so")
    assert run.status == 0, run.err
    assert run.err.count("\n") == 1 and "/nowhere/lib.so" in run.err, run.err
    assert run.files("memory_traces") == []


def check_wrong_library():
    """a library that is not gmtrace: the same"""
    run = Run(REAL + LOOP, GMT_LIBRARY="libc.so.6")
    assert run.status == 0 and run.err.count("\n") == 1, run.err


def check_found():
    """the library is found beside the package's files, in build/lib and as installed, too"""
    for binding, place in (
        ("beside", "beside/gmtrace"),
        ("checkout/tracer/python", "checkout/build/lib"),
        ("prefix/share/gmtrace", "prefix/lib"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            binding = os.path.join(folder, binding)
            shutil.copytree(BINDING, os.path.join(binding, "gmtrace"))
            os.makedirs(os.path.join(folder, place), exist_ok=True)
            library = os.path.join(folder, place, "libgmtrace.so")
            os.symlink(LIBRARY, library)
            script = "import sys; sys.path.insert(0, %r); import gmtrace; print(gmtrace.library_path())"
            environment = {k: v for k, v in os.environ.items() if k != "GMT_LIBRARY"}
            out = subprocess.run(
                [sys.executable, "-c", script % binding], env=environment, stdout=subprocess.PIPE, check=True
            )
            assert os.path.samefile(out.stdout.decode().strip(), library), out.stdout


def check_unwritable():
    """a folder that cannot be made: one line, and training goes on"""
    run = Run(REAL + "args.trace_memory_dir = '/proc/none'\n" + LOOP)
    assert run.status == 0 and run.err.count("\n") == 1, run.err


def check_odd_arguments():
    """nothing that training passes raises"""
    script = """
for tracker in (gmtrace.MemoryTracker(0, None, "out", 0.01), gmtrace.MemoryTracker(1, 0, "out", "often"),
                gmtrace.MemoryTracker(2, 0, "out", -3), gmtrace.MemoryTracker(3, 0, "out", 0.01, "a/b"),
                gmtrace.MemoryTracker(4, 0, None), gmtrace.MemoryTracker(None, 0, "out"),
                gmtrace.MemoryTracker(5, "GPU", "out", coordinates=[1])):
    tracker.log_peak_memory(0, 1)
    tracker.start()
    tracker.start()
    for figure in (None, "x", float("nan"), float("inf"), -1, 1e300, [1], "2.5"):
        tracker.log_static_memory(0, figure)
    tracker.next_iteration("first")
    tracker.next_iteration(None)
    tracker.next_iteration(float("inf"))
    tracker.next_iteration(2**64 + 7)
    tracker.log_peak_memory(2**64 + 7, 1)
    tracker.log_peak_memory(0, 10**400)
    tracker.next_iteration(0)
    tracker.mark("\\u00e4\\ud800")
    tracker.mark(None)
    tracker.pause_tracking()
    tracker.stop_tracking()
    tracker.stop_tracking()
    tracker.next_iteration(1)
assert not gmtrace.get_memory_tracker(types.SimpleNamespace(trace_memory=True))
"""
    run = Run(script)
    assert run.status == 0, run.err
    trace = run.trace("out/memory_trace_rank0.json")
    assert list(trace) == ["0"] and trace["0"]["static_memory_MB"] == 2.5, trace
    assert trace["0"]["peak_allocated_MB"] == -1
    assert [f for f in run.files("out") if "rank0" not in f] == []


def check_forgotten():
    """a tracker that nobody stopped is stopped when Python ends"""
    run = Run(TORCH + "torch.cuda.initialized = True\n" + REAL + LOOP.replace("tracker.stop_tracking()", "")).well()
    assert run.files("memory_traces") == ["memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json"]


def check_killed():
    """what a killed process had logged can be recovered"""
    script = REAL + LOOP.replace("tracker.stop_tracking()", "import os; os.kill(os.getpid(), 9)")
    run = Run(script)
    assert run.status == -9
    tool = os.path.join(ROOT, os.path.dirname(os.path.dirname(LIBRARY)), "bin", "export_trace")
    subprocess.run([tool, run.path("memory_traces")], check=True, stdout=subprocess.DEVNULL)
    trace = run.trace("memory_traces/memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json")
    assert trace["2"]["peak_allocated_MB"] == 58716.72


def check_forked():
    """a forked child does no harm to its parent's trace"""
    script = """
import os
tracker = gmtrace.get_memory_tracker(args)
tracker.start()
tracker.next_iteration(0)
child = os.fork()
if child == 0:
    tracker.log_peak_memory(0, 999)
    tracker.stop_tracking()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
tracker.log_peak_memory(0, 5)
tracker.stop_tracking()
"""
    run = Run(REAL + script)
    assert run.status == 0, run.err
    trace = run.trace("memory_traces/memory_trace_rank3_wd8_tp2_pp4_l40_bs1.json")
    assert trace["0"]["peak_allocated_MB"] == 5


def check_options():
    """gmt_options is laid out as the header has it"""
    with open(os.path.join(ROOT, "tracer", "gmtrace.h"), encoding="utf-8") as header:
        body = re.search(r"typedef struct gmt_options \{(.*?)\} gmt_options;", header.read(), re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    declared = []
    for line in body.split(";"):
        words = line.replace("*", " ").split(None, 2 if "const" in line else 1)
        if words:
            declared += [name.strip() for name in words[-1].split(",")]
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "layout.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write('#include "tracer/gmtrace.h"\n#include <stdio.h>\nint main(void) {\n')
            for name in declared:
                file.write('printf("%s %%zu\\n", offsetof(gmt_options, %s));\n' % (name, name))
            file.write('printf("size %zu\\n", sizeof(gmt_options)); return 0; }\n')
        program = os.path.join(folder, "layout")
        # Only its header is needed: what the inline functions call is never called here.
        link = ["-Wl,--unresolved-symbols=ignore-all", "-o", program]
        subprocess.run(["cc", "-I" + ROOT, source] + link, check=True)
        layout = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.decode()
    script = "from gmtrace._library import Options as o\n"
    script += "for f in o._fields_: print(f[0], getattr(o, f[0]).offset)\n"
    script += "import ctypes; print('size', ctypes.sizeof(o))\n"
    assert Run(script).well().out == layout, layout


def check_old_python():
    """the package is Python 3.8"""
    for name in os.listdir(BINDING):
        if name.endswith(".py"):
            with open(os.path.join(BINDING, name), encoding="utf-8") as file:
                ast.parse(file.read(), feature_version=(3, 8))


def check_example():
    """the example trains the same with and without the tracer, and leaves its trace"""
    example = os.path.join(ROOT, "examples", "megatron_hook.py")
    with tempfile.TemporaryDirectory() as folder:
        outputs = []
        for disabled in ("1", "0"):
            environment = dict(os.environ, GMT_DISABLE=disabled, GMT_LIBRARY=LIBRARY, RANK="2", WORLD_SIZE="4")
            done = subprocess.run(
                [sys.executable, example, folder], env=environment, stdout=subprocess.PIPE, check=True
            )
            outputs.append(done.stdout)
        assert outputs[0] == outputs[1] and outputs[0].count(b"loss") == 3
        with open(os.path.join(folder, "memory_trace_rank2_wd4_tp1_pp1_l24_bs1.json"), encoding="utf-8") as file:
            trace = json.load(file)
    assert [trace[i]["peak_allocated_MB"] for i in trace] == [56, 56, 56]
    assert samples(trace)


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
