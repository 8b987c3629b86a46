"""What happens when memory runs out: it is recorded before the exception travels on."""

import os
import re

from gmtrace._guard import harmless

_ASKED = re.compile(r"Tried to allocate ([0-9.]+) (bytes|KiB|MiB|GiB|TiB)")
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_HISTORY_EVENTS = 100000

_told = False  # by the allocator itself


def attach_observer(session, torch):
    """The allocator tells each failure itself, whoever catches the exception. For a torch that uses its
    GPU already: asking before would make a context."""
    attach = getattr(torch._C, "_cuda_attach_out_of_memory_observer", None)
    if attach is None:
        return

    @harmless
    def observe(_device, asked, _total, free):
        global _told
        _told = True
        session.out_of_memory(asked, free)
        _save_snapshot(session, torch)

    attach(observe)


def keep_history(torch):
    """Of allocations, with who asked for them: for the snapshot."""
    torch.cuda.memory._record_memory_history(max_entries=_HISTORY_EVENTS)


@harmless
def _save_snapshot(session, torch):
    if not session.settings.snapshots or session.recorder is None:
        return
    folder = os.path.dirname(session.recorder.output_path)
    path = os.path.join(folder, "snapshot_oom_rank_%d.pickle" % session.recorder.rank)
    partial = "%s.%d" % (path, os.getpid())
    try:
        torch.cuda.memory._dump_snapshot(partial)
        os.replace(partial, path)
    except BaseException:
        if os.path.exists(partial):
            os.unlink(partial)
        raise


def _is_out_of_memory(error):
    return type(error).__name__ == "OutOfMemoryError" or "CUDA out of memory" in str(error)


@harmless
def exception_seen(session, error):
    """One that ends the program. A torch without an observer tells no other way that memory ran out."""
    session.failed = True
    if _is_out_of_memory(error) and not _told:
        found = _ASKED.search(str(error))
        session.out_of_memory(int(float(found.group(1)) * _UNITS[found.group(2)]) if found else None)
