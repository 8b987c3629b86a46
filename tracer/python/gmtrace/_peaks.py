"""Torch's peak counters, for two readers: they can be reset for an iteration while the program still
reads its own maximum, since its own last reset."""

import functools


def _peaks_of(stats):
    """{(statistic, pool): its peak} of torch's nested statistics."""
    found = {}
    for name, pools in stats.items():
        if isinstance(pools, dict):
            for pool, figures in pools.items():
                if isinstance(figures, dict) and "peak" in figures:
                    found[name, pool] = figures["peak"]
    return found


def _raise_to(peaks, others):
    for key, value in others.items():
        if value > peaks.get(key, 0):
            peaks[key] = value


class Peaks:
    """Of one torch. Its own functions take the index of a device."""

    # The natives that read and reset, of torch.cuda and of torch.accelerator: one allocator.
    NATIVES = (
        ("_cuda_memoryStats", "_cuda_resetPeakMemoryStats"),
        ("_accelerator_getDeviceStats", "_accelerator_resetPeakStats"),
    )

    def __init__(self, torch):
        self._program = {}  # device: peaks before a reset of ours, since the program's own last one
        self._ours = {}  # and the other way round
        self._natives = [
            (getattr(torch._C, read), getattr(torch._C, reset))
            for read, reset in self.NATIVES
            if hasattr(torch._C, read) and hasattr(torch._C, reset)
        ]
        self.read, self._reset = self._natives[0]
        for (read, reset), names in zip(self._natives, self.NATIVES):
            setattr(torch._C, names[0], self._for_program(read))
            setattr(torch._C, names[1], self._reset_for_program(reset))

    @classmethod
    def there(cls, torch):
        """Has this torch such counters?"""
        native = getattr(torch, "_C", None)
        return all(hasattr(native, name) for name in cls.NATIVES[0])

    def _for_program(self, native):
        @functools.wraps(native)
        def read(device, *more):
            stats = native(device, *more)
            for (name, pool), peak in self._program.get(device, {}).items():
                figures = stats.get(name, {}).get(pool)
                if figures and peak > figures["peak"]:
                    figures["peak"] = peak
            return stats

        read.native = native
        return read

    def _reset_for_program(self, native):
        @functools.wraps(native)
        def reset(device, *more):
            _raise_to(self._ours.setdefault(device, {}), _peaks_of(self.read(device)))
            self._program[device] = {}
            return native(device, *more)

        return reset

    def reset(self, device):
        """An iteration's peaks count from now on."""
        _raise_to(self._program.setdefault(device, {}), _peaks_of(self.read(device)))
        self._ours[device] = {}
        self._reset(device)

    def stats(self, device):
        """Torch's nested statistics, with the peaks since reset()."""
        stats = self.read(device)
        for (name, pool), peak in self._ours.get(device, {}).items():
            figures = stats.get(name, {}).get(pool)
            if figures and peak > figures["peak"]:
                figures["peak"] = peak
        return stats
