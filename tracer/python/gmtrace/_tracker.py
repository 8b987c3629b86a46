"""The tracker of a rank, with the calls of the one that it replaces."""

import atexit
import ctypes
import functools
import math
import os
import weakref

from gmtrace import _torch
from gmtrace._library import COORDINATES, OK, Options, complain, library

_BYTES_PER_MB = 2**20
_UNKNOWN = 2**64 - 1  # GMT_UNKNOWN
_ITERATION_LIMIT = 2**39  # what a recording can hold
_LEAST_INTERVAL_S = 0.001

_running = weakref.WeakSet()
os.register_at_fork(after_in_child=_running.clear)  # there they are inert


@atexit.register
def _stop_all():
    # Before the interpreter ends: the library's thread must not call into one that is gone.
    for tracker in list(_running):
        tracker.stop_tracking()


def others_run(own):
    """Does the program trace itself, by a tracker that is not `own`?"""
    return any(tracker is not own for tracker in _running)


def _bytes(megabytes):
    """None where it is not a figure."""
    figure = float(megabytes)
    if not math.isfinite(figure) or figure < 0 or figure >= _UNKNOWN / _BYTES_PER_MB:
        return None
    return int(round(figure * _BYTES_PER_MB))


def _iteration(number):
    """None where it cannot be recorded: ctypes would pass on its last 64 bits as another number."""
    number = int(number)
    return number if -_ITERATION_LIMIT <= number < _ITERATION_LIMIT else None


def _harmless(method):
    """Training goes on whatever it passes: what makes no sense is not recorded."""

    @functools.wraps(method)
    def call(self, *arguments, **named):
        try:
            return method(self, *arguments, **named)
        except Exception:
            return None

    return call


class MemoryTracker:
    """Traces one rank into output_dir/memory_trace_rank{rank}[_{file_name_args}].json.

    device_id: the GPU, as torch numbers it; None or negative: find out.
    sampling_interval: seconds between samples, 0.001 at least; 0: none are taken.
    coordinates: the rank's place in its parallel groups, as far as known: {"tp": 0, "pp": 3}, of
    tp, cp, dp, pp and ep, from 0.

    output_path is where the file goes: GMT_DIR overrides output_dir.
    """

    def __init__(self, rank, device_id, output_dir, sampling_interval=0.01, file_name_args="", coordinates=None):
        self.rank = rank
        self.device_id = device_id
        self.sampling_interval = sampling_interval
        self.file_name_args = file_name_args
        self.coordinates = coordinates
        self._directory = output_dir
        self._tracer = None  # a running gmt_tracer
        self._source = None  # which the library calls: it must live as long
        self._sampling = False
        self._environment = {}  # as it was recorded
        tail = "_%s" % file_name_args if file_name_args else ""
        directory = os.environ.get("GMT_DIR") or output_dir or ""
        self.output_path = os.path.join(str(directory), "memory_trace_rank%s%s.json" % (rank, tail))

    def start(self):
        """Opens the recording. Samples are taken from the first iteration on."""
        if self._tracer is not None or library() is None:
            return
        try:
            self._start()
        except Exception as error:  # options of the wrong type, say
            complain("rank %s is not traced: %s" % (self.rank, error))

    def _options(self):
        options = Options()
        library().gmt_options_init(ctypes.byref(options), ctypes.sizeof(options))
        options.directory = os.fsencode(self._directory)
        interval = float(self.sampling_interval)
        options.interval_s = max(interval, _LEAST_INTERVAL_S) if interval > 0 else interval
        options.rank = int(self.rank)
        options.world_size = -1  # the name is the caller's, sizes and all
        if self.device_id is not None:
            options.device = max(int(self.device_id), -1)
        options.tags = os.fsencode(self.file_name_args or "")
        for name in COORDINATES:
            place = (self.coordinates or {}).get(name)
            if place is not None:
                setattr(options, name + "_rank", int(place))
        return options

    def _start(self):
        options = self._options()
        size = ctypes.sizeof(options)
        tracer = ctypes.c_void_p()
        if library().gmt_start_sized(ctypes.byref(options), size, ctypes.byref(tracer)) != OK:
            return  # the library has said why
        self._tracer = tracer
        self.output_path = os.fsdecode(library().gmt_output_path(tracer))
        _running.add(self)
        self._environment = {}
        self._take_allocator()
        self._log_environment()

    def _take_allocator(self):
        """Samples come from torch as soon as it uses a GPU, which may be after start()."""
        if self._source is None and _torch.torch_in_use() is not None:
            device = self.device_id if self.device_id is not None and self.device_id >= 0 else None
            source = _torch.allocator_source(device)
            if library().gmt_set_source(self._tracer, source, None) == OK:
                self._source = source

    def _reset_peak(self):
        """An iteration's peak is its own: max_memory_allocated() counts from now on."""
        _torch.reset_peak()

    @_harmless
    def _log_environment(self):
        """What is loaded by now: training code may import more behind start()."""
        for name, value in _torch.environment().items():
            if self._environment.get(name) != value:
                self._environment[name] = value
                library().gmt_log_environment(self._tracer, name.encode(), value.encode("utf-8", "replace"))

    @_harmless
    def next_iteration(self, iteration):
        """Begins an iteration: samples from now on are its own, and so is torch's peak."""
        number = _iteration(iteration)
        if self._tracer is None or number is None:
            return
        self._reset_peak()
        self._take_allocator()
        if not self._sampling:
            self._log_environment()
        library().gmt_next_iteration(self._tracer, number)
        self._sampling = True

    start_tracking = next_iteration

    @_harmless
    def pause_tracking(self):
        """No samples until the next iteration."""
        self._sampling = False
        if self._tracer is not None:
            library().gmt_pause(self._tracer)

    def _log(self, function, iteration, megabytes):
        number, figure = _iteration(iteration), _bytes(megabytes)
        if self._tracer is not None and number is not None and figure is not None:
            getattr(library(), function)(self._tracer, number, figure)

    @_harmless
    def log_peak_memory(self, iteration, peak_memory_mb):
        """The most that was allocated during the iteration, MB."""
        self._log("gmt_log_peak", iteration, peak_memory_mb)

    @_harmless
    def log_theoretical_memory(self, iteration, theoretical_memory_mb):
        """What a formula says that the iteration needs, MB."""
        self._log("gmt_log_theoretical", iteration, theoretical_memory_mb)

    @_harmless
    def log_static_memory(self, iteration, static_memory_mb):
        """What is allocated before the forward pass, MB."""
        self._log("gmt_log_static", iteration, static_memory_mb)

    @_harmless
    def mark(self, name):
        """A named event on the timeline, now."""
        if self._tracer is not None:
            library().gmt_mark(self._tracer, str(name).encode("utf-8", "replace"))

    @_harmless
    def stop_tracking(self):
        """Writes the trace. Further calls do nothing."""
        tracer, self._tracer = self._tracer, None
        self._sampling = False
        if tracer is not None:
            library().gmt_stop(tracer)
            _running.discard(self)
            self._source = None

    # The tracker that this one replaces is a thread. Its `data` is not here: the samples are in the
    # recording, and an empty one would mislead.

    def is_alive(self):
        """Whether a recording is open."""
        return self._tracer is not None

    @property
    def tracking(self):
        """Whether an iteration is being sampled."""
        return self._sampling

    def join(self, timeout=None):
        """Returns at once: stop_tracking has written the trace when it returns."""


class NoMemoryTracker(MemoryTracker):
    """What is there where nothing is traced: false in a condition, and its calls do nothing."""

    def __init__(self):
        super().__init__(rank=-1, device_id=None, output_dir=None)
        self.output_path = None

    def __bool__(self):
        return False

    def start(self):
        pass
