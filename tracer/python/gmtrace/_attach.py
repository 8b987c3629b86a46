"""Attaches the tracer to this process: nothing happens until the program imports torch."""

import atexit
import importlib.util
import os
import sys

from gmtrace import _children, _library, _memory_out, _phases, _seen, _steps, _theory
from gmtrace._guard import harmless, wrap
from gmtrace._imports import when_imported
from gmtrace._session import Session
from gmtrace._settings import Settings  # noqa: F401 (spawned children take it from here)

# A driver's devices: without them no GPU will be used, and resident memory is traced from the start.
_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")

_session = None
_own_steps = None


def session():
    """This process's; None: it is not attached."""
    return _session


def steps():
    """What ends its iterations."""
    return _own_steps


def _work_begins(own):
    """Of a child it is not known whether it trains, or which rank it is, before it makes its optimizer."""
    if not _children.is_child():
        own.work_begins()


class _Gpu:
    """What is done once torch uses a GPU, and never before: that would make a context."""

    def __init__(self, own, torch):
        self._own, self._torch, self._seen = own, torch, False

    @harmless
    def look(self, *_, **__):
        if self._seen or not self._torch.cuda.is_initialized():
            return
        self._seen = True
        if self._own.settings.snapshots:
            _memory_out.keep_history(self._torch)
        _memory_out.attach_observer(self._own, self._torch)
        _work_begins(self._own)


def _is_for_gpu(torch):
    version = getattr(torch, "version", None)
    return bool(getattr(version, "cuda", None) or getattr(version, "hip", None))


def _torch_imported(own):
    @harmless
    def imported(torch):
        gpu = _Gpu(own, torch)
        if hasattr(torch.cuda, "_lazy_init"):
            wrap(torch.cuda, "_lazy_init", after=gpu.look)
        gpu.look()
        if own.settings.phases:
            _phases.watch(own, torch)
        if not _is_for_gpu(torch) or not any(os.path.exists(path) for path in _DRIVERS):
            _work_begins(own)

    return imported


def _torch_again(own):
    """For a further trace of the process."""

    @harmless
    def there(torch):
        if own.settings.phases:
            _phases.watch(own, torch)

    return there


def _watch_end(own):
    atexit.register(own.close)
    leave = os._exit

    def exit_at_once(status):
        own.close()
        leave(status)

    os._exit = exit_at_once


def _object_made(own):
    @harmless
    def made(kind):
        if kind == "models":
            _theory.watch_batches()
        elif kind == "engines":  # made behind their optimizers
            own.model_is_ready()

    return made


@harmless
def attach(settings):
    """Whether it did: not while a trace of the process runs, nor where there is none to be. Without
    torch the program is traced all the same, as one iteration."""
    global _session, _own_steps
    if _session is not None:
        begins = _session.reopen(settings)
        if begins:
            _own_steps.restart(settings.iteration_by)
            when_imported("torch", _torch_again(_session))
        return begins
    if os.environ.get("GMT_DISABLE", "0") not in ("", "0") or _library.library() is None:
        return False  # a line has said why
    _session = own = Session(settings)
    _watch_end(own)
    _children.watch(own)
    when_imported("torch", _torch_imported(own))
    _own_steps = _steps.hook(own, settings)
    _seen.watch(_object_made(own))
    if "torch" not in sys.modules and importlib.util.find_spec("torch") is None:
        _work_begins(own)
    return True


def never_ran():
    """There was nothing to trace."""
    if _session is not None:
        _session.drop()


def exception_seen(error):
    """One that ends the program."""
    if _session is not None:
        _memory_out.exception_seen(_session, error)
