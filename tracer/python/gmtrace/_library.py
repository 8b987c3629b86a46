"""libgmtrace, found and declared: gmtrace.h, as far as Python calls it."""

import ctypes
import ctypes.util
import os
import sys

OK = 0  # GMT_OK

SIZES = ("tp", "pp", "dp", "cp", "ep", "etp", "vpp")
COORDINATES = ("tp", "cp", "dp", "pp", "ep")


class Options(ctypes.Structure):
    """gmt_options, field by field."""

    _fields_ = (
        [
            ("directory", ctypes.c_char_p),
            ("interval_s", ctypes.c_double),
            ("max_bytes", ctypes.c_uint64),
            ("rank", ctypes.c_int64),
            ("local_rank", ctypes.c_int64),
            ("world_size", ctypes.c_int64),
        ]
        + [(size, ctypes.c_int64) for size in SIZES]
        + [(coordinate + "_rank", ctypes.c_int64) for coordinate in COORDINATES]
        + [("device", ctypes.c_int), ("tags", ctypes.c_char_p)]
    )


SOURCE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint64)
)


def complain(text):
    try:
        print("gmtrace: " + text, file=sys.stderr, flush=True)
    except Exception:  # stderr is closed, say
        pass


def _candidates():
    named = os.environ.get("GMT_LIBRARY")
    if named:
        return [named]  # who names one wants no other
    here = os.path.dirname(os.path.abspath(__file__))
    above = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    found = [
        os.path.join(here, "libgmtrace.so"),
        os.path.join(above, "build", "lib", "libgmtrace.so"),  # CHECKOUT/tracer/python/gmtrace
        os.path.join(above, "lib", "libgmtrace.so"),  # PREFIX/share/gmtrace/gmtrace
    ]
    found = [path for path in found if os.path.exists(path)]
    return found + [ctypes.util.find_library("gmtrace") or "libgmtrace.so.0"]


def _declare(library):
    tracer, iteration, amount = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint64
    options = ctypes.POINTER(Options)
    for name, result, arguments in (
        ("gmt_options_init", ctypes.c_int, [options, ctypes.c_size_t]),
        ("gmt_start_sized", ctypes.c_int, [options, ctypes.c_size_t, ctypes.POINTER(tracer)]),
        ("gmt_next_iteration", None, [tracer, iteration]),
        ("gmt_pause", None, [tracer]),
        ("gmt_log_static", None, [tracer, iteration, amount]),
        ("gmt_log_peak", None, [tracer, iteration, amount]),
        ("gmt_log_theoretical", None, [tracer, iteration, amount]),
        ("gmt_mark", None, [tracer, ctypes.c_char_p]),
        ("gmt_log_environment", None, [tracer, ctypes.c_char_p, ctypes.c_char_p]),
        ("gmt_set_source", ctypes.c_int, [tracer, SOURCE, ctypes.c_void_p]),
        ("gmt_stop", ctypes.c_int, [tracer]),
        ("gmt_output_path", ctypes.c_char_p, [tracer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _load():
    reason = "there is none"
    for path in _candidates():
        try:
            return _declare(ctypes.CDLL(path)), path
        except (OSError, AttributeError) as error:
            reason = str(error)
    complain("memory is not traced: libgmtrace.so cannot be loaded (%s); name it by GMT_LIBRARY" % reason)
    return None, None


_loaded = None  # (library, path), once it was tried


def library():
    """The library, or None: then a line has said why."""
    global _loaded
    if _loaded is None:
        _loaded = _load()
    return _loaded[0]


def library_path():
    """The path of the library that is used, or None."""
    library()
    return _loaded[1]
