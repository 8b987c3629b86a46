"""The tracker of a session: whole bytes, further figures, and torch's counters left to the program."""

import os

from gmtrace import _torch
from gmtrace._library import UNKNOWN, argument_tags, library
from gmtrace._tracker import MemoryTracker


class Recorder(MemoryTracker):
    """One rank's trace, by its identity."""

    def __init__(self, identity, settings):
        tags = settings.tags if settings.tags is not None else argument_tags(identity.settings)
        super().__init__(
            rank=identity.rank,
            device_id=_torch.current_device(),
            output_dir=settings.directory,
            sampling_interval=settings.interval_s,
            file_name_args=tags or "",
            coordinates=identity.coordinates,
        )

    def _reset_peak(self):
        """The session does, so that the program's own maximum is kept."""

    def log_bytes(self, call, iteration, value):
        """By one of the library's calls: static, peak, theoretical."""
        if self._tracer is not None and 0 <= value < UNKNOWN:
            getattr(library(), "gmt_log_" + call)(self._tracer, iteration, int(value))

    def log_figure(self, iteration, figure, value):
        if self._tracer is not None and 0 <= value < UNKNOWN:
            library().gmt_log_figure(self._tracer, iteration, figure, int(value))

    def sample(self, allocated, reserved):
        """The allocator's figures, now."""
        if self._tracer is not None:
            library().gmt_log_sample(self._tracer, allocated, reserved)

    def sample_resident(self):
        """The process's memory, now, where that is what samples are of; else UNKNOWN."""
        return library().gmt_sample_resident(self._tracer) if self._tracer is not None else UNKNOWN

    def note(self, name, value):
        """What else explains a difference between runs."""
        if self._tracer is not None:
            library().gmt_log_environment(self._tracer, name.encode(), value.encode("utf-8", "replace"))

    def join_iteration(self):
        """What was begun last was no iteration."""
        if self._tracer is not None:
            library().gmt_join_iteration(self._tracer)

    def discard(self):
        """Leaves no trace of it."""
        was_open = self.is_alive()
        self.stop_tracking()
        if was_open and os.path.exists(self.output_path):
            os.unlink(self.output_path)
