"""Whatever fails in the tracer, the program runs on: one line on stderr says it, and tracing ends."""

import functools
import os

from gmtrace._library import complain

_said = False


def failed(error):
    """A line for the first failure; with GMT_DEBUG=1 the traceback too."""
    global _said
    if not _said:
        _said = True
        complain("memory is traced no further: %s: %s" % (type(error).__name__, error))
        if os.environ.get("GMT_DEBUG", "0") not in ("", "0"):
            import traceback

            traceback.print_exc()


def harmless(function):
    """Nothing that it raises gets out."""

    @functools.wraps(function)
    def call(*arguments, **named):
        try:
            return function(*arguments, **named)
        except Exception as error:
            failed(error)
            return None

    return call


def wrap(holder, name, before=None, after=None):
    """Puts a function around an attribute: `before` and `after` get its arguments, and `after` is called
    where it returned. Twice on the same attribute is once."""
    original = getattr(holder, name)
    if getattr(original, "_gmtrace", False):
        return

    @functools.wraps(original)
    def wrapped(*arguments, **named):
        if before is not None:
            before(*arguments, **named)
        result = original(*arguments, **named)
        if after is not None:
            after(*arguments, **named)
        return result

    wrapped._gmtrace = True
    setattr(holder, name, wrapped)
