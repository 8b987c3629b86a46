"""Checks of gmtrace.py. Each runs in a process of its own, since what it is about is a process's
environment, its imports and its end. Speaks TAP."""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.getcwd()
LIBRARY = os.path.join(ROOT, os.environ.get("BUILD", "build"), "lib", "libgmtrace.so")
BINDING = os.path.join(ROOT, "tracer", "python", "gmtrace.py")
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
    """scaling mode: folder, name and figures of the usual tracker"""
    run = Run(TORCH + "torch.cuda.initialized = True\n" + SIMULATED + LOOP).well()
    name = "memory_traces_scaling/memory_trace_rank5_wd8_tp2_pp4_exp1_expNumNone_l40_bs1.json"
    assert run.files("memory_traces_scaling") == [os.path.basename(name)]
    trace = run.trace(name)
    assert list(trace) == ["0", "1", "2"]
    for iteration in trace.values():
        assert iteration["peak_allocated_MB"] == 58716.72
        assert iteration["static_memory_MB"] == 17615.02
        assert iteration["theoretical_memory_MB"] == 140204.06
        assert iteration["samples"]
        for sample in iteration["samples"]:
            assert set(sample) == {"timestamp_s", "reserved_memory_MB", "allocated_memory_MB"}


def check_newer_name():
    """scaling mode with num_micro_batches: the newer tool's name"""
    run = Run(SIMULATED + "args.num_micro_batches = 24\n" + LOOP)
    assert run.status == 0, run.err
    expected = "memory_trace_rank5_wd8_tp2_pp4_dp1_exp1_expNumNone_l40_mbs1_nmbs24_gbs24.json"
    assert run.files("memory_traces_scaling") == [expected]


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
    """no tracker unless trace_memory is set"""
    Run(
        "assert gmtrace.get_memory_tracker(types.SimpleNamespace()) is None\n"
        "assert gmtrace.get_memory_tracker(types.SimpleNamespace(trace_memory=False)) is None\n"
    ).well()


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
    """the library is found beside the file and in build/lib, too"""
    with tempfile.TemporaryDirectory() as folder:
        for place in ("", "build/lib"):
            base = os.path.join(folder, place or "beside")
            binding = base if not place else os.path.join(folder, "tracer", "python")
            for made in (base, binding):
                os.makedirs(made, exist_ok=True)
            with open(BINDING, encoding="utf-8") as source:
                with open(os.path.join(binding, "gmtrace.py"), "w", encoding="utf-8") as copy:
                    copy.write(source.read())
            library = os.path.join(base, "libgmtrace.so")
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
                gmtrace.MemoryTracker(2, 0, "out", -3), gmtrace.MemoryTracker(3, 0, "out", 0.01, "a/b")):
    tracker.log_peak_memory(0, 1)
    tracker.start()
    tracker.start()
    for figure in (None, "x", float("nan"), float("inf"), -1, 1e300, [1], "2.5"):
        tracker.log_static_memory(0, figure)
    tracker.next_iteration("first")
    tracker.next_iteration(None)
    tracker.next_iteration(0)
    tracker.mark("\\u00e4\\ud800")
    tracker.mark(None)
    tracker.pause_tracking()
    tracker.stop_tracking()
    tracker.stop_tracking()
    tracker.next_iteration(1)
assert gmtrace.get_memory_tracker(types.SimpleNamespace(trace_memory=True)) is None
"""
    run = Run(script)
    assert run.status == 0, run.err
    assert run.trace("out/memory_trace_rank0.json")["0"]["static_memory_MB"] == 2.5
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
    script = "o = gmtrace._Options\n"
    script += "for f in o._fields_: print(f[0], getattr(o, f[0]).offset)\n"
    script += "import ctypes; print('size', ctypes.sizeof(o))\n"
    assert Run(script).well().out == layout, layout


def check_old_python():
    """the file is Python 3.8"""
    with open(BINDING, encoding="utf-8") as file:
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


def main():
    checks = [value for name, value in sorted(globals().items()) if name.startswith("check_")]
    failed = 0
    print("1..%d" % len(checks))
    for number, check in enumerate(checks, 1):
        try:
            check()
            print("ok %d - %s" % (number, check.__doc__))
        except Exception as error:
            failed += 1
            print("not ok %d - %s" % (number, check.__doc__))
            for line in ("%s: %s" % (type(error).__name__, error)).splitlines():
                print("# " + line)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
