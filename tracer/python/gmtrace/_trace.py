"""gmtrace.trace: the same as `python -m gmtrace`, from within the program."""

from gmtrace import _attach, _seen
from gmtrace._guard import harmless
from gmtrace._settings import DEFAULTS, Settings


class Trace:
    """A trace that runs: from trace() on, or from the start of its `with` block."""

    def __init__(self, settings, model, optimizer):
        self._settings, self._model, self._optimizer = settings, model, optimizer

    @harmless
    def start(self):
        """Begins it. One that runs already, under `python -m gmtrace` say, is taken over."""
        self._began = _attach.attach(self._settings)
        if _attach.session() is None:
            return self
        for model in _several(self._model):
            _seen.note_model(model)
        for optimizer in _several(self._optimizer):
            _attach.steps().optimizer_given(optimizer)
        _attach.session().model_is_ready()
        return self

    @harmless
    def stop(self):
        """Writes it, unless `python -m gmtrace` does when the program ends."""
        if getattr(self, "_began", False):
            _attach.session().close()

    def failed(self, error):
        """An exception ended what is traced."""
        _attach.exception_seen(error)

    @harmless
    def mark(self, name):
        """A named event on the timeline, now."""
        session = _attach.session()
        if session is not None and session.recorder is not None:
            session.recorder.mark(name)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, _):
        if error is not None:
            self.failed(error)
        self.stop()
        return False


def _several(given):
    """A list of none, one or several."""
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def trace(
    model=None,
    optimizer=None,
    *,
    directory=DEFAULTS.directory,
    interval_s=DEFAULTS.interval_s,
    iteration_by=DEFAULTS.iteration_by,
    phases=DEFAULTS.phases,
    snapshots=DEFAULTS.snapshots,
    tags=DEFAULTS.tags,
):
    """Traces what its `with` block trains, iteration by iteration:

        with gmtrace.trace(model, optimizer):
            for batch in data:
                ...
                optimizer.step()                # ends an iteration

    model, optimizer: those that are there already, one or a list; what is made within the block is
    found. The rest is as `python -m gmtrace --help` has it: interval_s in seconds; iteration_by
    "optimizer", "megatron" or a number of steps; tags of the file's name in place of what is found
    out. A second trace of one process wants a directory or tags of its own.
    """
    return Trace(Settings(directory, interval_s, iteration_by, phases, snapshots, tags), model, optimizer)
