"""gmtrace for Python: the flight recorder of a training rank's memory, without other packages.

`python -m gmtrace train.py` traces a script as it is; see `python -m gmtrace --help`. The same from
within a program:

    with gmtrace.trace(model, optimizer):
        train()                                     # each optimizer step ends an iteration

gmtrace.callbacks has the same for Lightning, Hugging Face's Trainer and Megatron. By hand, with the
calls of the usual tracker:

    from gmtrace import get_memory_tracker          # was: from ...trace_memory import ...

    tracker = get_memory_tracker(args)              # false, and silent, unless args.trace_memory
    tracker.start()
    for iteration in range(args.train_iters):
        tracker.next_iteration(iteration)           # torch's peak counter begins anew
        tracker.log_static_memory(iteration, torch.cuda.memory_allocated() / 2**20)
        train_step()
        tracker.log_peak_memory(iteration, torch.cuda.max_memory_allocated() / 2**20)
    tracker.stop_tracking()                         # writes memory_trace_rank{R}_....json

All memory is in MB, which are MiB (2**20 bytes). No call raises into training: where the library is
missing or a trace cannot be written, a line on stderr says so, and every call does nothing. Any
thread may call. What was recorded survives a crash, an OOM and kill -9.

Samples come from torch's allocator where torch is already imported and uses a GPU; else from the
GPU itself or, without one, from the process's resident memory, as libgmtrace finds out. torch is
never imported by this package, and no CUDA context is created.

The environment overrides what a program passes: GMT_DISABLE=1, GMT_DIR, GMT_INTERVAL_MS and
GMT_MAX_BYTES, as gmtrace.h describes them.

libgmtrace.so is the one that GMT_LIBRARY names, else one beside these files, in the build/lib of
their checkout, or as installed.
"""

from gmtrace._library import library_path
from gmtrace._megatron import get_memory_tracker
from gmtrace._trace import trace
from gmtrace._tracker import MemoryTracker

__all__ = ["MemoryTracker", "get_memory_tracker", "library_path", "trace"]
