"""As torch/cuda/memory.py has it: the figures are flattened, and every function reads all of them."""

import pickle

from torch import _C


def _flat(prefix, value, flat):
    if isinstance(value, dict):
        for name, inner in value.items():
            _flat(prefix + "." + name if prefix else name, inner, flat)
    else:
        flat[prefix] = value
    return flat


def memory_stats(device=None):
    return _flat("", _C._cuda_memoryStats(0 if device is None else device), {})


def memory_allocated(device=None):
    return memory_stats(device).get("allocated_bytes.all.current", 0)


def max_memory_allocated(device=None):
    return memory_stats(device).get("allocated_bytes.all.peak", 0)


def memory_reserved(device=None):
    return memory_stats(device).get("reserved_bytes.all.current", 0)


def reset_peak_memory_stats(device=None):
    return _C._cuda_resetPeakMemoryStats(0 if device is None else device)


def _record_memory_history(max_entries=0):
    _C._cuda_record_memory_history(max_entries)


def _dump_snapshot(filename):
    with open(filename, "wb") as file:
        pickle.dump(_C._cuda_memorySnapshot(None), file)
