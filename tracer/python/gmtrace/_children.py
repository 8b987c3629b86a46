"""Processes that the program starts by multiprocessing: ranks are traced like their parent."""

import os
import sys

from gmtrace._guard import harmless

# In a spawned child, before anything of the program's, and as harmless as can be.
_BEGIN = """
try:
    import sys
    sys.path.append(%(folder)r)
    try:
        import gmtrace._children
        gmtrace._children.begin(%(settings)r)
    finally:
        sys.path.remove(%(folder)r)
except Exception:
    pass
"""


_spawned = False


def begin(settings):
    """In a spawned child, which multiprocessing has told nothing yet."""
    global _spawned
    from gmtrace import _attach

    _spawned = True
    _attach.attach(_attach.Settings(*settings))


class _Begin:
    """Runs the text above where it is unpickled."""

    def __init__(self, settings):
        self._settings = settings

    def __reduce__(self):
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        return exec, (_BEGIN % {"folder": folder, "settings": tuple(self._settings)}, {})


def watch(session):
    """What the program starts from now on."""
    import multiprocessing.process
    import multiprocessing.spawn

    prepare = multiprocessing.spawn.get_preparation_data

    def with_us(name):
        data = prepare(name)
        data["gmtrace"] = _Begin(session.settings)  # names that are not known are passed over
        return data

    multiprocessing.spawn.get_preparation_data = with_us
    _watch_starts(session, multiprocessing.process.BaseProcess)
    os.register_at_fork(after_in_child=session.forked)


def _watch_starts(session, process):
    start = process.start

    def started(self):
        # A process that starts others before any step of its own is a launcher, as far as is known:
        # what it has recorded would be taken for rank 0's. Workers that load data are daemons.
        if not self.daemon:
            harmless(session.drop)()
        return start(self)

    process.start = started


def is_child():
    """Was this process started by multiprocessing?"""
    process = sys.modules.get("multiprocessing.process")
    return _spawned or (process is not None and process.parent_process() is not None)
