"""PyTorch's caching allocator as far as its figures go, put into a torch that has none: the natives that
torch/cuda/memory.py calls, with memory that a test hands out."""

MB = 2**20
ROUND = 2 * MB  # what is reserved at a time


class Allocator:
    """One device."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.allocated = self.reserved = 0
        self.peaks = {"allocated_bytes": 0, "reserved_bytes": 0}
        self.retries = self.failures = 0
        self.observers = []
        self.reads = 0

    def stats(self, device, *_):
        assert device == 0, device
        self.reads += 1
        current = {"allocated_bytes": self.allocated, "reserved_bytes": self.reserved}
        stats = {
            name: {"all": {"current": current[name], "peak": self.peaks[name], "allocated": 0, "freed": 0}}
            for name in current
        }
        unused = self.reserved - self.allocated
        stats["inactive_split_bytes"] = {"all": {"current": unused, "peak": unused, "allocated": 0, "freed": 0}}
        stats.update(num_alloc_retries=self.retries, num_ooms=self.failures)
        return stats

    def reset_peaks(self, device, *_):
        assert device == 0, device
        self.peaks = {"allocated_bytes": self.allocated, "reserved_bytes": self.reserved}

    def allocate(self, size, error=RuntimeError):
        """As a tensor would; raises where there is no room."""
        if self.allocated + size > self.capacity:
            self.retries += 1
            self.failures += 1
            for observe in self.observers:
                observe(0, size, self.capacity, self.capacity - self.reserved)
            raise error("CUDA out of memory. Tried to allocate %.2f MiB. GPU 0 has ..." % (size / MB))
        self.allocated += size
        self.reserved = max(self.reserved, -(-self.allocated // ROUND) * ROUND)
        for name, value in (("allocated_bytes", self.allocated), ("reserved_bytes", self.reserved)):
            self.peaks[name] = max(self.peaks[name], value)

    def free(self, size):
        self.allocated -= size


def install(torch, capacity=1024 * MB, observer=True):
    """Gives torch a device; it is not in use before torch.cuda._lazy_init()."""
    own = Allocator(capacity)
    native = torch._C
    native._cuda_memoryStats, native._cuda_resetPeakMemoryStats = own.stats, own.reset_peaks
    native._cuda_getDevice = lambda: 0
    native._cuda_getDeviceCount = lambda: 1
    native._cuda_init = lambda: None
    native._cuda_record_memory_history = lambda *_, **__: None
    native._cuda_memorySnapshot = lambda *_: {"segments": [], "device_traces": [[]]}
    if observer:
        native._cuda_attach_out_of_memory_observer = own.observers.append
    torch.cuda._cudart = object()
    return own
