"""The trace of this process: when it begins, what each iteration's figures are, when it ends.

A recording begins with the first sign of work (a GPU is used, or an optimizer is made), under what is
known of the rank by then. Should the first iterations tell more, it begins anew under its proper name."""

import os

from gmtrace import _library, _theory, _torch, _tracker
from gmtrace._guard import harmless
from gmtrace._identity import who
from gmtrace._library import complain
from gmtrace._peaks import Peaks
from gmtrace._recorder import Recorder

# (the counter of torch's statistics, or its pool's field; gmt_figure)
_COUNTERS = (("num_alloc_retries", _library.ALLOCATOR_RETRIES), ("num_ooms", _library.OUT_OF_MEMORY))
_PHASES = {
    "forward": _library.FORWARD_PEAK,
    "backward": _library.BACKWARD_PEAK,
    "optimizer step": _library.STEP_PEAK,
}
_UNSETTLED = 3  # iterations in which the identity may still become known


def _peak(stats, name):
    return stats.get(name, {}).get("all", {}).get("peak", -1)


class Session:
    """All calls are harmless, and are made by the thread that trains."""

    def __init__(self, settings):
        self._peaks = None  # whose stand-ins outlive a fork
        self._reset(settings)

    def _reset(self, settings):
        self.settings = settings
        self.process = os.getpid()
        self.recorder = None
        self.number = 0  # of the iteration that is under way, or has ended last
        self.running = False  # an iteration is under way
        self.ended = 0  # so many have
        self.failed = False  # an exception ended the program, or memory ran out, in this iteration
        self._identity = None
        self._device = None
        self._counted = {}  # torch's counters at the iteration's start
        self._phase = None
        self._phase_peaks = {}  # phase: the most that was allocated
        self._carried = {}  # of other statistics, from before a phase's end
        self._history = []  # (number, figures) of ended iterations, until the identity is settled
        self._over = False

    def reopen(self, settings):
        """For a further trace, after the end of one: whether there was such an end."""
        if not self._over:
            return False
        self._reset(settings)
        return True

    def forked(self):
        """A child has a trace of its own, which begins when it trains."""
        self._reset(self.settings)

    # ---- beginning ----

    def _mine(self):
        """A forked child has the object, and is another process."""
        return not self._over and os.getpid() == self.process

    def _open(self):
        self._identity = who()
        self.recorder = Recorder(self._identity, self.settings)
        self.recorder.start()
        if not self.recorder.is_alive():
            self._over = True  # a line has said why

    def _is_known_better(self):
        identity = who()
        better = identity != self._identity
        tags = _library.argument_tags
        return better and (
            identity.rank != self._identity.rank
            or identity.coordinates != self._identity.coordinates
            or (self.settings.tags is None and tags(identity.settings) != tags(self._identity.settings))
        )

    def _begin_anew(self):
        """Under the identity of now, with what has been found out so far."""
        self.recorder.discard()
        self._open()
        for number, figures in self._history:
            for call, value in figures:
                call(self.recorder, number, value)

    def _settle(self):
        if self.ended < _UNSETTLED and _tracker.others_run(self.recorder):
            complain("the program traces itself: 'python -m gmtrace' leaves it to that")
            self._give_up()
        elif self.recorder is None:
            self._open()
        elif self.ended < _UNSETTLED and self._is_known_better():
            self._begin_anew()

    def _give_up(self):
        self._over = True
        if self.recorder is not None:
            self.recorder.discard()

    @harmless
    def work_begins(self):
        """A GPU is used, say: what happens before the first iteration counts to it."""
        if self._mine() and self.recorder is None:
            self._begin(self.number)

    @harmless
    def model_is_ready(self):
        """An optimizer was made: if none has stepped yet, the first iteration begins here."""
        if self._mine() and self.ended == 0:
            self._begin(self.number)

    # ---- iterations ----

    def _torch_memory(self):
        """Torch's counters of the device in use; None without a GPU."""
        torch = _torch.torch_in_use()
        if torch is None:
            return None
        if self._peaks is None and Peaks.there(torch):
            self._peaks = Peaks(torch)
        self._device = torch.cuda.current_device()
        return self._peaks

    def _begin(self, number):
        self._settle()
        if self._over:
            return
        if self.ended == 0 and number != self.number and self.running:
            self._history = []  # a resumed job: what came before is no iteration
            self._begin_anew()
        self.number, self.running = number, True
        self.recorder.next_iteration(number)
        self._log_start()
        if self.settings.phases:
            self._enter("forward")

    def _log_start(self):
        peaks = self._torch_memory()
        self._phase_peaks, self._carried = {}, {}
        if peaks is None:
            self._log("static", self.recorder.sample_resident())
            return
        peaks.reset(self._device)
        stats = peaks.read(self._device)
        self._counted = {name: stats.get(name, 0) for name, _ in _COUNTERS}
        self._log("static", stats["allocated_bytes"]["all"]["current"])

    @harmless
    def begin(self, number=None):
        """An iteration begins."""
        if self._mine():
            self._begin(self.number + 1 if number is None and self.ended else number or 0)

    @harmless
    def end(self):
        """It has ended."""
        if not self._mine() or not self.running:
            return
        if self.settings.phases:
            self._leave()
        self._log_end()
        if self.ended == 0:
            _theory.log(self)
        self.ended += 1
        self.running = self.failed = False

    def _log_end(self):
        peaks = self._torch_memory()
        if peaks is None:
            self.recorder.sample_resident()
            return
        stats = peaks.stats(self._device)
        allocated = max([_peak(stats, "allocated_bytes")] + list(self._phase_peaks.values()))
        self._log("peak", allocated)
        self._log_figure(_library.RESERVED_PEAK, self._highest(stats, "reserved_bytes"))
        self._log_figure(_library.INACTIVE_PEAK, self._highest(stats, "inactive_split_bytes"))
        for name, figure in _COUNTERS:
            if name in stats:
                self._log_figure(figure, stats[name] - self._counted.get(name, 0))
        for phase, value in self._phase_peaks.items():
            self._log_figure(_PHASES[phase], value)

    def _highest(self, stats, name):
        return max(_peak(stats, name), self._carried.get(name, -1))

    def _log(self, call, value):
        self._keep(lambda recorder, number, value: recorder.log_bytes(call, number, value), value)

    def _log_figure(self, figure, value):
        self._keep(lambda recorder, number, value: recorder.log_figure(number, figure, value), value)

    def _keep(self, call, value):
        """Records it, and remembers it while the recording may have to begin anew."""
        call(self.recorder, self.number, value)
        if self.ended < _UNSETTLED:
            if not self._history or self._history[-1][0] != self.number:
                self._history.append((self.number, []))
            self._history[-1][1].append((call, value))

    def log_estimate(self, theoretical, expected):
        """Bytes; None where there is none."""
        if theoretical is not None:
            self._log("theoretical", theoretical)
        if expected is not None:
            self._log_figure(_library.EXPECTED_PEAK, expected)

    # ---- phases ----

    def _enter(self, phase):
        self._phase = phase
        self.recorder.mark(phase)

    def _leave(self):
        """The phase's peaks are known; torch's count for the next one."""
        peaks = self._torch_memory()
        if peaks is None or self._phase is None:
            return
        stats = peaks.stats(self._device)
        known = self._phase_peaks
        known[self._phase] = max(known.get(self._phase, -1), _peak(stats, "allocated_bytes"))
        for name in ("reserved_bytes", "inactive_split_bytes"):
            self._carried[name] = self._highest(stats, name)
        peaks.reset(self._device)

    @harmless
    def phase(self, name):
        """From now on it is forward, backward or the optimizer's step."""
        if self.settings.phases and self._mine() and self.running and name != self._phase:
            self._leave()
            self._enter(name)

    # ---- ending ----

    @harmless
    def out_of_memory(self, asked, free=None):
        """Recorded before the exception travels on."""
        if not self._mine():
            return
        if self.recorder is None:
            self._begin(self.number)
        if self._over:
            return
        peaks = self._torch_memory()
        wanted = "%d bytes asked for" % asked if asked is not None else "of a size not said"
        self.recorder.mark("out of memory: " + wanted)
        if peaks is not None:
            stats = peaks.stats(self._device)
            allocated = stats["allocated_bytes"]["all"]["current"]
            reserved = stats["reserved_bytes"]["all"]["current"]
            self.recorder.sample(allocated, reserved)
            self.recorder.mark(_state_text(allocated, reserved, free))
        if self.running:
            self._log_end()
        self.failed = True

    @harmless
    def close(self):
        """Writes the trace. A program without steps was one iteration."""
        if not self._mine():
            return
        if self.recorder is not None and self.ended == 0:
            self.end()
        elif self.running and not self.failed:
            self.recorder.join_iteration()  # what follows the last step
        self._over = True
        if self.recorder is not None:
            self.recorder.stop_tracking()

    @harmless
    def drop(self):
        """This process starts others, and has done no step: what is recorded so far goes."""
        if self._mine() and self.ended == 0 and self.recorder is not None:
            self.recorder.discard()
            self.recorder, self.running, self._history = None, False, []


def _state_text(allocated, reserved, free):
    text = "allocated %d MB, reserved %d MB" % (allocated >> 20, reserved >> 20)
    return text + (", free %d MB" % (free >> 20) if free is not None else "")


