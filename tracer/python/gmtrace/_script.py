"""Runs a script or module in this process as `python script.py` and `python -m module` would."""

import io
import os
import runpy
import sys
import types
import zipfile

from gmtrace import _attach


class NotFound(Exception):
    """There is no such script or module: the interpreter's own words and exit status."""

    def __init__(self, text, status):
        super().__init__(text)
        self.status = status


def _cannot_open(path, error):
    named = (getattr(sys, "orig_argv", None) or [sys.executable])[0]
    return NotFound("%s: can't open file %r: [Errno %d] %s" % (named, path, error.errno, error.strerror), 2)


def _read(path):
    """The code of a script's file, which may be compiled already."""
    with io.open_code(path) as file:
        source = file.read()
    if path.endswith(".pyc"):
        import marshal

        return marshal.loads(source[16:])
    return compile(source, path, "exec", dont_inherit=True)


def _script_facts(given):
    """What __main__ knows of itself, and its code."""
    from importlib.machinery import SourceFileLoader

    # The file's absolute name since 3.9, as given before.
    path = os.path.join(os.getcwd(), given) if sys.version_info >= (3, 9) else given
    try:
        code = _read(path)
    except OSError as error:
        raise _cannot_open(path, error) from None
    return {"__loader__": SourceFileLoader("__main__", path), "__file__": path, "__cached__": None}, code


def _spec_facts(name, spec, code):
    return {
        "__loader__": spec.loader,
        "__file__": spec.origin,
        "__cached__": spec.cached,
        "__package__": spec.parent,
        "__spec__": spec,
    }, code


def _module_facts(name):
    # As the interpreter's own -m finds it: with the packages above it imported, and a package's
    # __main__ in its place.
    try:
        _, spec, code = runpy._get_module_details(name, runpy._Error)
    except runpy._Error as error:
        raise NotFound("%s: %s" % (sys.executable, error), 1) from None
    return _spec_facts(name, spec, code)


def _folder_facts():
    try:
        _, spec, code = runpy._get_main_module_details(runpy._Error)
    except runpy._Error as error:
        raise NotFound("%s: %s" % (sys.executable, error), 1) from None
    return _spec_facts("__main__", spec, code)


def _set_first_path(path):
    """sys.path[0] is the working directory, by -m; isolated and safe interpreters have none."""
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
        sys.path[0] = path


def prepare(target, arguments, is_module):
    """Makes __main__ and sys what they are when the target is run alone; returns its code."""
    sys.argv[:] = [target] + list(arguments)
    if is_module:
        facts, code = _module_facts(target)
        sys.argv[0] = facts["__file__"]
    elif os.path.isdir(target) or zipfile.is_zipfile(target):
        _set_first_path(os.path.abspath(target))
        facts, code = _folder_facts()
    else:
        _set_first_path(os.path.dirname(os.path.realpath(target)))
        facts, code = _script_facts(target)
    main = sys.modules["__main__"]
    if not isinstance(main, types.ModuleType):
        main = sys.modules["__main__"] = types.ModuleType("__main__")
    own = main.__dict__
    kept = {name: {} for name in ("__annotations__",) if name in own}  # before Python 3.14
    own.clear()
    own.update(__name__="__main__", __doc__=None, __package__=None, __spec__=None)
    own.update(facts, __builtins__=sys.modules["builtins"], **kept)
    return code


def _is_ours(traceback):
    return traceback.tb_frame.f_code.co_filename.startswith(os.path.dirname(os.path.abspath(__file__)) + os.sep)


def _without_ours(traceback):
    """The frames that are not ours: those around the script, and those around what is watched."""
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    at = traceback
    while at is not None:
        while at.tb_next is not None and _is_ours(at.tb_next):
            at.tb_next = at.tb_next.tb_next
        at = at.tb_next
    return traceback


def _of_program(traceback, is_module):
    """The frames that are there without us: the interpreter's own, of -m, and the script's."""
    script = traceback
    while script is not None and not _is_ours(script):
        script = script.tb_next
    script = _without_ours(script)
    second = traceback.tb_next  # runpy's two frames, as every -m has them
    if is_module and script is not None and second is not None:
        second.tb_next = script
        return traceback
    return script


def _clean(error, traceback, is_module):
    error.__traceback__ = _of_program(traceback, is_module)
    seen = {error}
    behind = [error.__cause__, error.__context__]
    while behind:
        one = behind.pop()
        if one is not None and one not in seen:
            seen.add(one)
            one.__traceback__ = _without_ours(one.__traceback__)
            behind += [one.__cause__, one.__context__]


def _hide_our_frames(is_module):
    """For the exception on its way to the interpreter, which prints it and sets the exit status."""
    hook = sys.excepthook

    def shown(kind, error, traceback):
        try:
            _clean(error, traceback, is_module)
        except Exception:  # shown with them, then
            pass
        hook(kind, error, error.__traceback__)

    sys.excepthook = shown


def run(target, arguments, is_module):
    """Runs it as __main__; what it raises is shown as if it had been run alone."""
    try:
        code = prepare(target, arguments, is_module)
        exec(code, sys.modules["__main__"].__dict__)
    except (SystemExit, NotFound):
        raise
    except BaseException as error:
        _attach.exception_seen(error)
        _hide_our_frames(is_module)
        raise
