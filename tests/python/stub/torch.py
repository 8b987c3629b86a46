"""What the tracker uses of torch, with figures that a test sets. Touching a GPU that is not in use
would create a CUDA context: that is counted."""

import types

MB = 2**20


class _Cuda:
    initialized = False
    contexts_created = 0
    failing = False
    calls = 0
    allocated = 100 * MB
    reserved = 150 * MB
    peak = 100 * MB
    device = 0

    def is_initialized(self):
        return self.initialized

    def _touch(self):
        if not self.initialized:
            self.contexts_created += 1

    def current_device(self):
        self._touch()
        return self.device

    def memory_allocated(self, device=None):
        self.calls += 1
        if self.failing:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return self.allocated if device in (None, self.device) else 0

    def max_memory_allocated(self, device=None):
        return self.peak

    def reset_peak_memory_stats(self, device=None):
        self._touch()
        self.peak = self.allocated

    def allocate(self, size):
        self.allocated += size
        self.peak = max(self.peak, self.allocated)

    def memory_reserved(self, device=None):
        return self.reserved if device in (None, self.device) else 0


cuda = _Cuda()
distributed = types.SimpleNamespace(
    rank=None,
    is_available=lambda: True,
    is_initialized=lambda: distributed.rank is not None,
    get_rank=lambda: distributed.rank,
)
