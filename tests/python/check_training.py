"""Checks of what `python -m gmtrace` records of a training script, over a torch of our own
(tests/python/training) whose GPU is in memory, so that every figure is known."""

import json
import os
import pickle
import signal
import sys

import tap
from program import TRAINING, Folder, tool

MB = 2**20

BEGIN = """
import os, sys, time
import torch
import fake_allocator
MB = 2**20
gpu = fake_allocator.install(torch, capacity=1000 * MB, observer="OBSERVE" not in os.environ)
torch.cuda._lazy_init()
gpu.allocate(100 * MB)                       # weights
"""

# Weights 100 MB and gradients 100 MB, activations 40 MB more with each step, and Adam's state from the first.
LOOP = """
optimizer = torch.optim.SGD([1.0])
def grow():
    gpu.allocate(200 * MB)
    optimizer.work = None
optimizer.work = grow
for step in range(3):
    gpu.allocate((50 + 40 * step) * MB)
    torch.autograd.backward(lambda: (gpu.allocate(100 * MB), gpu.free((50 + 40 * step) * MB)))
    gpu.free(100 * MB)
    optimizer.step()
    print("loss", step, torch.cuda.max_memory_allocated() // MB)
"""


def stub(folder, *words, **more):
    return folder.traced(*words, path=[TRAINING], **more)


def both(folder, *words, **more):
    """Alone and traced: what it prints, and its end, are the same."""
    alone = folder.run("train.py", path=[TRAINING], **more)
    traced = stub(folder, *words, "train.py", **more)
    assert traced.stdout == alone.stdout, (alone.stdout, traced.stdout, traced.stderr)
    assert traced.returncode == alone.returncode, traced.stderr
    assert traced.errors == alone.errors, traced.stderr
    return traced


def quiet(done):
    assert done.said == [], done.said
    return done


def figures(trace, key):
    return [iteration.get(key) for iteration in trace.values()]


def names(trace):
    return [marker["name"] for iteration in trace.values() for marker in iteration.get("markers", [])]


def check_iterations():
    """each optimizer step ends an iteration, with its static memory, its own peaks and counters"""
    folder = Folder(train=BEGIN + LOOP)
    done = quiet(both(folder))
    # The program's own maximum is of the whole run, though the peak begins anew with each iteration.
    assert done.stdout == "loss 0 300\nloss 1 490\nloss 2 530\n", done.stdout
    assert folder.files() == ["memory_trace_rank0_wd1_tp1_pp1.json"]
    trace = folder.only_trace()
    assert list(trace) == ["0", "1", "2"], list(trace)
    assert figures(trace, "static_memory_MB") == [100, 300, 300]
    assert figures(trace, "peak_allocated_MB") == [300, 490, 530]
    assert figures(trace, "reserved_peak_MB") == [300, 490, 530]
    assert figures(trace, "peak_of") == ["logged"] * 3
    assert figures(trace, "allocator_retries") == figures(trace, "out_of_memory") == [0, 0, 0]
    assert trace["2"]["ended"] == "stopped" and trace["2"]["environment"]["torch"] == "2.13.0"


def check_old_torch():
    """a PyTorch without hooks for all steps gives the same"""
    folder = Folder(train=BEGIN + LOOP)
    quiet(both(folder, STUB_OLD_TORCH="1"))
    trace = folder.only_trace()
    assert figures(trace, "peak_allocated_MB") == [300, 490, 530], trace
    assert trace["2"]["environment"]["torch"] == "1.13.1"


def check_program_resets():
    """the program resets its peak and reads it: both readers have their own"""
    folder = Folder(
        train=BEGIN
        + """
from torch.cuda import max_memory_allocated, reset_peak_memory_stats   # taken before anything is attached
optimizer = torch.optim.SGD([1.0])
for step in range(3):
    gpu.allocate(300 * MB); gpu.free(300 * MB)
    if step == 1:
        reset_peak_memory_stats()
    gpu.allocate(50 * MB); gpu.free(50 * MB)
    optimizer.step()
    print(max_memory_allocated() // MB, torch.cuda.memory_stats()["reserved_bytes.all.peak"] // MB)
"""
    )
    done = quiet(both(folder))
    assert done.stdout == "400 400\n150 400\n400 400\n", done.stdout
    assert figures(folder.only_trace(), "peak_allocated_MB") == [400, 400, 400]


def check_accumulation():
    """several backward passes a step are one iteration"""
    code = BEGIN + "optimizer = torch.optim.SGD([1.0])\nfor step in range(6):\n    torch.autograd.backward(lambda: 0)\n"
    folder = Folder(train=code + "    if step % 3 == 2:\n        optimizer.step()\n")
    quiet(both(folder))
    assert list(folder.only_trace()) == ["0", "1"]


def check_several_optimizers():
    """optimizers that step in turn are one iteration; one that steps more often than others gives the beat"""
    begin = BEGIN + "one, two, idle = (torch.optim.SGD([1.0]) for _ in range(3))\n"
    for code, iterations in (
        ("del idle\nfor step in range(4):\n    one.step(); two.step()\n", 4),
        ("for step in range(4):\n    one.step(); two.step()\n", 3),  # known from the second step of `one` on
        ("del idle\nfor step in range(8):\n    one.step()\n    if step % 4 == 3:\n        two.step()\n", 7),
        ("del idle\nfor step in range(4):\n    two.step()\ndel two\nfor step in range(4):\n    one.step()\n", 7),
    ):
        folder = Folder(train=begin + code)
        quiet(both(folder))
        assert len(folder.only_trace()) == iterations, (code, list(folder.only_trace()))


def check_iteration_by():
    """--iteration-by N counts steps; megatron alone, where there is none, is one iteration"""
    code = BEGIN + "optimizer = torch.optim.SGD([1.0])\nfor step in range(7):\n    optimizer.step()\n"
    for by, iterations in (("3", 2), ("1", 7), ("optimizer", 7), ("megatron", 1)):
        folder = Folder(train=code)
        quiet(both(folder, "--iteration-by", by))
        assert len(folder.only_trace()) == iterations, (by, list(folder.only_trace()))


def check_no_steps():
    """a program without optimizer steps is one iteration; what it did on the GPU is in it"""
    folder = Folder(train=BEGIN + "gpu.allocate(400 * MB); gpu.free(300 * MB); time.sleep(0.1)\n")
    quiet(both(folder))
    trace = folder.only_trace()
    assert figures(trace, "peak_allocated_MB") == [500]
    last = trace["0"]["samples"][-1]
    assert (last["allocated_memory_MB"], last["reserved_memory_MB"]) == (200, 500), last
    assert trace["0"]["allocated_of"] == trace["0"]["reserved_of"] == "allocator"


def check_after_the_last_step():
    """what follows the last step counts to the last iteration, and is none of its own"""
    code = BEGIN + LOOP + "gpu.allocate(450 * MB)\ntime.sleep(0.1)\n"
    folder = Folder(train=code)
    quiet(both(folder))
    trace = folder.only_trace()
    assert list(trace) == ["0", "1", "2"]
    assert figures(trace, "peak_allocated_MB") == [300, 490, 530]
    assert trace["2"]["samples"][-1]["allocated_memory_MB"] == 750


def check_nothing_before_torch():
    """before the program imports torch there is nothing: no file, no thread, no torch"""
    folder = Folder(
        train="""
import os, sys, threading
print(os.listdir("."), len(os.listdir("/proc/self/task")), "torch" in sys.modules)
import torch
print(os.listdir("."), len(os.listdir("/proc/self/task")))
"""
    )
    assert quiet(stub(folder, "train.py")).stdout == "['train.py'] 1 False\n['train.py'] 1\n"


def check_phases():
    """--phases: forward, backward and step as events, and the peak of each"""
    folder = Folder(train=BEGIN + LOOP)
    quiet(both(folder, "--phases"))
    trace = folder.only_trace()
    assert figures(trace, "forward_peak_MB") == [200, 400, 430]
    assert figures(trace, "backward_peak_MB") == [250, 490, 530]
    assert figures(trace, "step_peak_MB") == [300, 300, 300]
    assert figures(trace, "peak_allocated_MB") == [300, 490, 530]
    assert figures(trace, "reserved_peak_MB") == [300, 490, 530]
    assert [marker["name"] for marker in trace["1"]["markers"]] == ["forward", "backward", "forward", "optimizer step"]
    folder = Folder(train=BEGIN + LOOP)
    both(folder)
    assert names(folder.only_trace()) == [] and figures(folder.only_trace(), "step_peak_MB") == [None] * 3


OUT_OF_MEMORY = """
try:
    gpu.allocate(750 * MB, torch.cuda.OutOfMemoryError)
except torch.cuda.OutOfMemoryError:
    EXCEPT
"""


def check_out_of_memory():
    """out of memory, not caught: an event with the size asked for, the allocator's state, figures, traceback"""
    for observe in ({}, {"OBSERVE": "0"}):  # the allocator tells it, or the exception that ends the program
        folder = Folder(train=BEGIN + LOOP + OUT_OF_MEMORY.replace("EXCEPT", "raise"))
        done = quiet(both(folder, **observe))
        assert done.returncode == 1 and "OutOfMemoryError: CUDA out of memory" in done.stderr
        trace = folder.only_trace()
        assert list(trace) == ["0", "1", "2", "3"]
        first, second = (marker["name"] for marker in trace["3"]["markers"])
        assert first == "out of memory: %d bytes asked for" % (750 * MB), first
        assert second.startswith("allocated 300 MB, reserved 530 MB"), second
        assert second.endswith(", free 470 MB") == (observe == {}), second
        assert trace["3"]["out_of_memory"] == trace["3"]["allocator_retries"] == 1
        assert trace["3"]["peak_allocated_MB"] == 300
        assert {"allocated_memory_MB": 300, "reserved_memory_MB": 530}.items() <= trace["3"]["samples"][0].items() or (
            any(s["allocated_memory_MB"] == 300 for s in trace["3"]["samples"])
        )


def check_out_of_memory_is_safe():
    """it is recorded before the exception travels on: the process may be killed by whoever catches it"""
    kill = "os.kill(os.getpid(), 9)"
    folder = Folder(train=BEGIN + LOOP + OUT_OF_MEMORY.replace("EXCEPT", kill))
    assert both(folder, "--snapshots").returncode == -signal.SIGKILL
    assert folder.files() == ["memory_trace_rank0_wd1_tp1_pp1.gmtrace", "snapshot_oom_rank_0.pickle"]
    tool("export_trace", os.path.join(folder.name, "memory_traces"))
    trace = folder.trace("memory_trace_rank0_wd1_tp1_pp1.json")
    assert "out of memory: %d bytes asked for" % (750 * MB) in names(trace)
    assert trace["3"]["peak_allocated_MB"] == 300 and trace["3"]["ended"] == "killed"
    with open(os.path.join(folder.name, "memory_traces", "snapshot_oom_rank_0.pickle"), "rb") as file:
        assert set(pickle.load(file)) == {"segments", "device_traces"}


def check_out_of_memory_caught():
    """a program that catches it and goes on is traced on"""
    folder = Folder(train=BEGIN + LOOP + OUT_OF_MEMORY.replace("EXCEPT", "pass") + "optimizer.step()\noptimizer.step()\n")
    quiet(both(folder))
    trace = folder.only_trace()
    assert list(trace) == ["0", "1", "2", "3", "4"], list(trace)
    assert figures(trace, "out_of_memory") == [0, 0, 0, 1, 0]


def check_exception():
    """an exception: the traceback is the program's, and the iteration that it ended is in the trace"""
    folder = Folder(train=BEGIN + LOOP + "gpu.allocate(1 * MB)\nraise ValueError('nan')\n")
    done = quiet(both(folder))
    assert done.returncode == 1 and "gmtrace" not in done.stderr
    assert list(folder.only_trace()) == ["0", "1", "2", "3"]


def check_exits():
    """sys.exit and os._exit amid the loop: status and trace"""
    for leave in ("sys.exit(3)", "os._exit(3)"):
        folder = Folder(train=BEGIN + LOOP + leave + "\n")
        assert both(folder).returncode == 3
        trace = folder.only_trace()
        assert list(trace) == ["0", "1", "2"] and trace["2"]["ended"] == "stopped", leave


CHILDREN = """
import multiprocessing, sys
def rank(number, world):
    import torch, torch.distributed, fake_allocator, time
    MB = 2**20
    gpu = fake_allocator.install(torch)
    torch.distributed.rank, torch.distributed.size = number, world
    torch.cuda._lazy_init()
    gpu.allocate((100 + number) * MB)
    optimizer = torch.optim.SGD([1.0])
    for step in range(2):
        gpu.allocate(50 * MB); gpu.free(50 * MB)
        optimizer.step()
    if number == 1:
        sys.exit(6)
def load(number):
    import torch
    print("worker", number, flush=True)
if __name__ == "__main__":
    context = multiprocessing.get_context(METHOD)
    processes = [context.Process(target=rank, args=(number, 2)) for number in range(2)]
    workers = [context.Process(target=load, args=(number,), daemon=True) for number in range(1)]
    for process in processes + workers:
        process.start()
        process.join()
    print([process.exitcode for process in processes + workers])
"""


def check_children():
    """processes of multiprocessing: each rank has its trace, workers and the parent have none"""
    for method in ("spawn", "fork", "forkserver"):
        code = CHILDREN.replace("METHOD", repr(method))
        folder = Folder(train=("import torch\n" if method != "forkserver" else "") + code)
        done = quiet(both(folder, "-o", "out"))
        assert done.stdout == "worker 0\n[0, 6, 0]\n", done.stdout
        assert folder.files("out") == ["memory_trace_rank%d_wd2.json" % rank for rank in (0, 1)], (
            method,
            folder.files("out"),
        )
        for rank in (0, 1):
            trace = folder.trace("memory_trace_rank%d_wd2.json" % rank, "out")
            assert figures(trace, "peak_allocated_MB") == [150 + rank] * 2, (method, trace)
            assert trace["1"]["ended"] == "stopped"


def check_parent_on_cpu():
    """a launcher without a GPU leaves no trace of its own beside its ranks'"""
    folder = Folder(train="import torch\n" + CHILDREN.replace("METHOD", "'spawn'"))
    assert both(folder, STUB_CPU="1").returncode == 0
    assert folder.files() == ["memory_trace_rank0_wd2.json", "memory_trace_rank1_wd2.json"]
    folder = Folder(train="import torch, time\ntime.sleep(0.1)\n")  # which there is, where it starts none
    both(folder, STUB_CPU="1")
    assert folder.only_trace()["0"]["allocated_of"] == "process"


def check_raw_fork():
    """os.fork: the child's trace is its own, the parent's goes on"""
    code = """
if os.fork() == 0:
    os._exit(0)
os.wait()
optimizer.step()
"""
    folder = Folder(train=BEGIN + LOOP + code)
    quiet(both(folder))
    assert list(folder.only_trace()) == ["0", "1", "2", "3"]


def check_self_traced():
    """a program that traces itself is left alone, and said so"""
    code = """
import gmtrace
tracker = gmtrace.MemoryTracker(0, 0, "own", 0.01, "tp2_pp2")
tracker.start(); tracker.next_iteration(0); tracker.log_peak_memory(0, 7); tracker.stop_tracking
optimizer = torch.optim.SGD([1.0])
optimizer.step()
"""
    folder = Folder(train=BEGIN + code)
    done = stub(folder, "train.py")
    assert done.returncode == 0 and done.said == [
        "gmtrace: the program traces itself: 'python -m gmtrace' leaves it to that"
    ], done.stderr
    assert folder.files() == [] and folder.files("own") == ["memory_trace_rank0_tp2_pp2.json"]


def check_our_failure():
    """whatever fails in the tracer is one line, and the program runs on"""
    odd = BEGIN.replace("torch.cuda._lazy_init()", "gpu.stats = torch._C._cuda_memoryStats = lambda *_: {'odd': 1}; torch.cuda._lazy_init()")
    folder = Folder(train=odd + LOOP.replace("torch.cuda.max_memory_allocated()", "0"))
    done = both(folder)
    assert len(done.said) == 1 and "memory is traced no further: KeyError" in done.said[0], done.stderr


def check_trace_calls():
    """gmtrace.trace: the same from within, several times, and under python -m gmtrace"""
    code = (
        BEGIN.replace("torch.cuda._lazy_init()\n", "")
        + """
import gmtrace
torch.cuda._lazy_init()
optimizer = torch.optim.SGD([1.0])
def train():
    for step in range(2):
        gpu.allocate(60 * MB); gpu.free(60 * MB)
        optimizer.step()
class Model:
    def parameters(self):
        return []
with gmtrace.trace(Model(), optimizer, directory="first") as running:
    train()
    running.mark("trained")
train()
with gmtrace.trace(optimizer=[optimizer], directory="second", phases=True, tags="tp4"):
    train()
try:
    gmtrace.trace(folder="x")
except TypeError as error:
    print(error)
"""
    )
    folder = Folder(train=code)
    done = folder.run("train.py", path=[TRAINING])
    assert done.returncode == 0 and done.said == [], done.stderr
    assert "unexpected keyword argument 'folder'" in done.stdout, done.stdout
    first, second = folder.only_trace("first"), folder.only_trace("second")
    assert figures(first, "peak_allocated_MB") == figures(second, "peak_allocated_MB") == [160, 160]
    assert names(first) == ["trained"] and figures(second, "step_peak_MB") == [100, 100]
    assert folder.files("second") == ["memory_trace_rank0_tp4.json"]
    done = quiet(stub(folder, "-o", "under", "train.py"))  # there the command's trace is the one
    assert len(folder.only_trace("under")) == 6 and "'folder'" in done.stdout


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
