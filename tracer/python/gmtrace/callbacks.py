"""Callbacks for frameworks that have them. Each takes the options of gmtrace.trace; nothing of a
framework is imported before its function is called.

    Trainer(callbacks=[gmtrace.callbacks.lightning()])                      # Lightning
    Trainer(..., callbacks=[gmtrace.callbacks.hugging_face()])              # transformers
    gmtrace.callbacks.megatron(); pretrain(...)                             # Megatron-LM, Megatron-Bridge
"""

import importlib
import sys

from gmtrace._trace import trace


def lightning(**options):
    """For lightning.Trainer(callbacks=[...]); of `pytorch_lightning` where the program has that alone."""
    older = "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules
    package = importlib.import_module("pytorch_lightning" if older else "lightning.pytorch")
    running = trace(**options)

    class MemoryTrace(package.Callback):
        """Traces fit()."""

        def on_fit_start(self, trainer, module):
            running.start()

        def on_fit_end(self, trainer, module):
            running.stop()

        def on_exception(self, trainer, module, exception):
            running.failed(exception)
            running.stop()

    return MemoryTrace()


def hugging_face(**options):
    """For transformers.Trainer(callbacks=[...])."""
    from transformers import TrainerCallback

    class MemoryTrace(TrainerCallback):
        """Traces train()."""

        def on_train_begin(self, args, state, control, model=None, optimizer=None, **_):
            self._running = trace(model, optimizer, **options).start()

        def on_train_end(self, args, state, control, **_):
            self._running.stop()

    return MemoryTrace()


def megatron(**options):
    """To be called before pretrain(): its train_step is an iteration, under its own number."""
    return trace(**options).start()
