"""torch.cuda: what a GPU needs, and its figures by way of _C."""

import torch
from torch import _C
from torch.cuda import memory  # noqa: F401
from torch.cuda.memory import max_memory_allocated, memory_allocated, memory_reserved, memory_stats  # noqa: F401
from torch.cuda.memory import reset_peak_memory_stats  # noqa: F401

OutOfMemoryError = torch.OutOfMemoryError
_initialized = False
_cudart = None


def is_initialized():
    return _initialized


def _lazy_init():
    global _initialized
    _C._cuda_init()
    _initialized = True


def current_device():
    _lazy_init()
    return _C._cuda_getDevice()
