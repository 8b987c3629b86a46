"""What the tracer meets of PyTorch, as small as can be: optimizers with (or, by STUB_OLD_TORCH, without)
hooks for all steps, autograd's engine, a GPU in memory. Losses are made up, and always the same."""

import os
import sys
import types

OLD = bool(os.environ.get("STUB_OLD_TORCH"))

version = types.SimpleNamespace(cuda=None if os.environ.get("STUB_CPU") else "12.8", hip=None)
__version__ = "1.13.1" if OLD else "2.13.0"


# As on a machine with a driver, which starts with nothing that could be sampled.
if "gmtrace._attach" in sys.modules:
    sys.modules["gmtrace._attach"]._DRIVERS = ("/dev/null",)


class OutOfMemoryError(RuntimeError):
    pass


from torch import _C, autograd, cuda, distributed, nn, optim  # noqa: E402,F401

grad_enabled = True


def is_grad_enabled():
    return grad_enabled
