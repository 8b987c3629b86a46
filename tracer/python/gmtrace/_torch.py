"""What is asked of torch, where the program uses it. It is never imported here, and never the first
to touch a GPU: that would create a CUDA context."""

import sys

from gmtrace._library import SOURCE


def torch_in_use():
    """torch, if the program has imported it and it uses a GPU already; else None."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    try:
        return torch if cuda is not None and cuda.is_initialized() else None
    except Exception:  # a torch that is half imported, or not torch
        return None


def _native_figures(cuda, device):
    """Torch's own function takes a tenth of the time of those around it, which flatten and sort a
    hundred figures under the interpreter's lock."""
    read = getattr(getattr(sys.modules["torch"], "_C", None), "_cuda_memoryStats", None)
    if read is None:
        return cuda.memory_allocated(device), cuda.memory_reserved(device)
    stats = getattr(read, "native", read)(cuda.current_device() if device is None else device)
    return stats["allocated_bytes"]["all"]["current"], stats["reserved_bytes"]["all"]["current"]


def allocator_source(device):
    """Torch's figures as the library asks for them: on its own thread, at the sampling interval."""

    def read(_context, allocated, reserved):
        try:
            allocated[0], reserved[0] = _native_figures(sys.modules["torch"].cuda, device)
            return 0
        except Exception:  # counted by the library; one that keeps failing is dropped
            return -1

    return SOURCE(read)


def reset_peak():
    """An iteration's peak is its own: max_memory_allocated() counts from now on."""
    torch = torch_in_use()
    if torch is not None and hasattr(torch.cuda, "reset_peak_memory_stats"):
        torch.cuda.reset_peak_memory_stats()


def current_device():
    torch = torch_in_use()
    return torch.cuda.current_device() if torch is not None else None


def distributed_rank():
    """The rank of torch.distributed, or None where it is not in use."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank()
    return None


def distributed_world_size():
    """Of torch.distributed, which is in use."""
    return sys.modules["torch"].distributed.get_world_size()


def _version(module):
    """As a loaded module gives it; None of one that is not loaded."""
    version = getattr(sys.modules.get(module), "__version__", None)
    return str(version) if version is not None else None


def _nccl_version():
    """What torch runs with: a tuple; of old releases a number, such as 2708."""
    nccl = getattr(getattr(sys.modules.get("torch"), "cuda", None), "nccl", None)
    try:
        version = nccl.version()
        return ".".join(str(part) for part in version) if isinstance(version, tuple) else str(version)
    except Exception:  # a torch without NCCL
        return None


def environment():
    """The versions, of what is loaded, that explain a difference between two runs."""
    versions = {
        "torch": _version("torch"),
        "cuda": getattr(getattr(sys.modules.get("torch"), "version", None), "cuda", None),
        "transformer_engine": _version("transformer_engine"),
        "megatron": _version("megatron.core"),
        "nccl": _nccl_version() if torch_in_use() is not None else None,
    }
    return {name: str(version) for name, version in versions.items() if version}
