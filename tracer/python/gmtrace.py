"""gmtrace for Python: the flight recorder of a training rank's memory, by one file without packages.

    from gmtrace import get_memory_tracker          # was: from ...trace_memory import ...

    tracker = get_memory_tracker(args)              # None unless args.trace_memory
    if tracker:
        tracker.start()
    for iteration in range(args.train_iters):
        if tracker:
            tracker.next_iteration(iteration)
            tracker.log_static_memory(iteration, torch.cuda.memory_allocated() / 2**20)
        train_step()
        if tracker:
            tracker.log_peak_memory(iteration, torch.cuda.max_memory_allocated() / 2**20)
    if tracker:
        tracker.stop_tracking()                     # writes memory_trace_rank{R}_....json

All memory is in MB, which are MiB (2**20 bytes). Nothing here raises into training: where the
library is missing or a trace cannot be written, a line on stderr says so, and every call does
nothing. Any thread may call. What was recorded survives a crash, an OOM and kill -9.

Samples come from torch's allocator where torch is already imported and uses a GPU; else from the
GPU itself or, without one, from the process's resident memory, as libgmtrace finds out. torch is
never imported by this file, and no CUDA context is created.

libgmtrace.so is the one that GMT_LIBRARY names, else one beside this file, in the build/lib of its
checkout, or as installed.
"""

import atexit
import ctypes
import ctypes.util
import math
import os
import sys
import weakref

__all__ = ["MemoryTracker", "get_memory_tracker", "library_path"]

_BYTES_PER_MB = 2**20
_UNKNOWN = 2**64 - 1  # GMT_UNKNOWN
_OK = 0


class _Options(ctypes.Structure):
    """gmt_options, field by field."""

    _fields_ = [
        ("directory", ctypes.c_char_p),
        ("interval_s", ctypes.c_double),
        ("max_bytes", ctypes.c_uint64),
        ("rank", ctypes.c_int64),
        ("local_rank", ctypes.c_int64),
        ("world_size", ctypes.c_int64),
        *((size, ctypes.c_int64) for size in ("tp", "pp", "dp", "cp", "ep", "etp", "vpp")),
        *((place + "_rank", ctypes.c_int64) for place in ("tp", "cp", "dp", "pp", "ep")),
        ("device", ctypes.c_int),
        ("tags", ctypes.c_char_p),
    ]


_SOURCE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint64)
)


def _complain(text):
    print("gmtrace: " + text, file=sys.stderr, flush=True)


# ---- the library ----


def _candidates():
    named = os.environ.get("GMT_LIBRARY")
    if named:
        return [named]  # who names one wants no other
    here = os.path.dirname(os.path.abspath(__file__))
    above = os.path.dirname(os.path.dirname(here))
    found = [
        os.path.join(here, "libgmtrace.so"),
        os.path.join(above, "build", "lib", "libgmtrace.so"),  # CHECKOUT/tracer/python/gmtrace.py
        os.path.join(above, "lib", "libgmtrace.so"),  # PREFIX/share/gmtrace/gmtrace.py
    ]
    found = [path for path in found if os.path.exists(path)]
    return found + [ctypes.util.find_library("gmtrace") or "libgmtrace.so.0"]


def _declare(library):
    tracer, iteration, amount = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint64
    for name, result, arguments in (
        ("gmt_options_init", ctypes.c_int, [ctypes.POINTER(_Options), ctypes.c_size_t]),
        (
            "gmt_start_sized",
            ctypes.c_int,
            [ctypes.POINTER(_Options), ctypes.c_size_t, ctypes.POINTER(tracer)],
        ),
        ("gmt_next_iteration", None, [tracer, iteration]),
        ("gmt_pause", None, [tracer]),
        ("gmt_log_static", None, [tracer, iteration, amount]),
        ("gmt_log_peak", None, [tracer, iteration, amount]),
        ("gmt_log_theoretical", None, [tracer, iteration, amount]),
        ("gmt_mark", None, [tracer, ctypes.c_char_p]),
        ("gmt_set_source", ctypes.c_int, [tracer, _SOURCE, ctypes.c_void_p]),
        ("gmt_stop", ctypes.c_int, [tracer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _load():
    reason = "there is none"
    for path in _candidates():
        try:
            library = _declare(ctypes.CDLL(path))
        except (OSError, AttributeError) as error:
            reason = str(error)
            continue
        return library, path
    _complain("memory is not traced: libgmtrace.so cannot be loaded (%s); name it by GMT_LIBRARY" % reason)
    return None, None


_loaded = None  # (library, path), once it was tried


def _library():
    global _loaded
    if _loaded is None:
        _loaded = _load()
    return _loaded[0]


def library_path():
    """The path of the library that is used, or None."""
    _library()
    return _loaded[1]


# ---- torch ----


def _torch():
    """torch, if the program has imported it and it uses a GPU already; never the first to do so."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    try:
        return torch if cuda is not None and cuda.is_initialized() else None
    except Exception:  # a torch that is half imported, or not torch
        return None


def _allocator_source(device):
    """Torch's figures as the library asks for them: on its own thread, at the sampling interval."""

    def read(_context, allocated, reserved):
        try:
            cuda = sys.modules["torch"].cuda
            allocated[0] = cuda.memory_allocated(device)
            reserved[0] = cuda.memory_reserved(device)
            return 0
        except Exception:  # counted by the library; one that keeps failing is dropped
            return -1

    return _SOURCE(read)


# ---- the tracker ----

_running = weakref.WeakSet()


@atexit.register
def _stop_all():
    # Before the interpreter ends: the library's thread must not call into one that is gone.
    for tracker in list(_running):
        tracker.stop_tracking()


def _bytes(megabytes):
    """None where it is not a figure."""
    try:
        figure = float(megabytes)
    except (TypeError, ValueError):
        return None
    if not math.isfinite(figure) or figure < 0 or figure >= _UNKNOWN / _BYTES_PER_MB:
        return None
    return int(round(figure * _BYTES_PER_MB))


class MemoryTracker:
    """Traces one rank into output_dir/memory_trace_rank{rank}[_{file_name_args}].json.

    device_id: the GPU, as torch numbers it; None or negative: find out.
    sampling_interval: seconds between samples; 0: none are taken.
    """

    def __init__(self, rank, device_id, output_dir, sampling_interval=0.01, file_name_args=""):
        self.rank = int(rank)
        self.device_id = device_id
        self.sampling_interval = sampling_interval
        self.file_name_args = file_name_args
        tail = "_" + file_name_args if file_name_args else ""
        self.output_path = os.path.join(output_dir, "memory_trace_rank%s%s.json" % (rank, tail))
        self._directory = output_dir
        self._tracer = None  # a running gmt_tracer
        self._source = None  # which the library calls: it must live as long

    def start(self):
        """Opens the recording. Samples are taken from the first iteration on."""
        library = _library()
        if library is None or self._tracer is not None:
            return
        try:
            self._start(library)
        except Exception as error:  # options of the wrong type, say
            _complain("rank %s is not traced: %s" % (self.rank, error))

    def _start(self, library):
        options = _Options()
        size = ctypes.sizeof(options)
        library.gmt_options_init(ctypes.byref(options), size)
        options.directory = os.fsencode(self._directory)
        options.interval_s = float(self.sampling_interval)
        options.rank = self.rank
        options.world_size = -1  # the name is the caller's, sizes and all
        if self.device_id is not None:
            options.device = max(int(self.device_id), -1)
        options.tags = os.fsencode(self.file_name_args or "")
        tracer = ctypes.c_void_p()
        if library.gmt_start_sized(ctypes.byref(options), size, ctypes.byref(tracer)) != _OK:
            return  # the library has said why
        self._tracer = tracer
        _running.add(self)
        self._take_allocator()

    def _take_allocator(self):
        """Samples come from torch as soon as it uses a GPU, which may be after start()."""
        if self._source is None and _torch() is not None:
            device = self.device_id if self.device_id is not None and self.device_id >= 0 else None
            source = _allocator_source(device)
            if _library().gmt_set_source(self._tracer, source, None) == _OK:
                self._source = source

    def next_iteration(self, iteration):
        """Begins an iteration: samples from now on are its own."""
        if self._tracer is not None:
            self._take_allocator()
            self._call("gmt_next_iteration", iteration)

    start_tracking = next_iteration

    def pause_tracking(self):
        """No samples until the next iteration."""
        if self._tracer is not None:
            _library().gmt_pause(self._tracer)

    def _call(self, function, iteration, *figures):
        try:
            getattr(_library(), function)(self._tracer, int(iteration), *figures)
        except (TypeError, ValueError):  # an iteration that is no number
            pass

    def _log(self, function, iteration, megabytes):
        figure = _bytes(megabytes)
        if self._tracer is not None and figure is not None:
            self._call(function, iteration, figure)

    def log_peak_memory(self, iteration, peak_memory_mb):
        """The most that was allocated during the iteration, MB."""
        self._log("gmt_log_peak", iteration, peak_memory_mb)

    def log_theoretical_memory(self, iteration, theoretical_memory_mb):
        """What a formula says that the iteration needs, MB."""
        self._log("gmt_log_theoretical", iteration, theoretical_memory_mb)

    def log_static_memory(self, iteration, static_memory_mb):
        """What is allocated before the forward pass, MB."""
        self._log("gmt_log_static", iteration, static_memory_mb)

    def mark(self, name):
        """A named event on the timeline, now."""
        if self._tracer is not None:
            _library().gmt_mark(self._tracer, str(name).encode("utf-8", "replace"))

    def stop_tracking(self):
        """Writes the trace. Further calls do nothing."""
        tracer, self._tracer = self._tracer, None
        if tracer is not None:
            _library().gmt_stop(tracer)
            _running.discard(self)
            self._source = None


# ---- Megatron's arguments ----


def _current_device(args):
    torch = _torch()
    if torch is not None:
        return torch.cuda.current_device()
    return getattr(args, "local_rank", None)


def _real_rank(args):
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank()
    rank = getattr(args, "rank", None)
    return rank if rank is not None else int(os.environ.get("RANK", 0))


def _simulated_name(args):
    """Of a rank that is simulated on one GPU ("scaling mode")."""
    name = "wd%s_tp%s_pp%s" % (args.fake_world_size, args.fake_tp, args.fake_pp)
    experts = "_exp%s_expNum%s_l%s" % (args.fake_exp, args.fake_num_experts, args.num_layers)
    micro_batches = getattr(args, "num_micro_batches", None)
    if micro_batches is None:
        return name + experts + "_bs%s" % args.micro_batch_size
    return "%s_dp%s%s_mbs%s_nmbs%s_gbs%s" % (
        name,
        args.fake_dp,
        experts,
        args.micro_batch_size,
        micro_batches,
        args.global_batch_size,
    )


def _real_name(args):
    name = "wd%s_tp%s_pp%s" % (
        args.world_size,
        args.tensor_model_parallel_size,
        args.pipeline_model_parallel_size,
    )
    if getattr(args, "expert_model_parallel_size", 1) > 1:
        name += "_ep%s_expNum%s" % (args.expert_model_parallel_size, args.num_experts)
    return name + "_l%s_bs%s" % (args.num_layers, args.micro_batch_size)


def get_memory_tracker(args):
    """A tracker for Megatron's arguments, or None unless args.trace_memory is set.

    args.trace_memory_dir (memory_traces; memory_traces_scaling in scaling mode) and
    args.trace_memory_interval (0.01 s) say where and how often. args.is_scaling_mode takes rank
    and sizes from the fake_* arguments.
    """
    if not getattr(args, "trace_memory", False):
        return None
    try:
        simulated = getattr(args, "is_scaling_mode", False)
        directory = "memory_traces_scaling" if simulated else "memory_traces"
        return MemoryTracker(
            rank=args.fake_current_rank_id if simulated else _real_rank(args),
            device_id=_current_device(args),
            output_dir=getattr(args, "trace_memory_dir", None) or directory,
            sampling_interval=getattr(args, "trace_memory_interval", 0.01),
            file_name_args=_simulated_name(args) if simulated else _real_name(args),
        )
    except Exception as error:  # an argument that is missing, say
        _complain("memory is not traced: %s" % error)
        return None
