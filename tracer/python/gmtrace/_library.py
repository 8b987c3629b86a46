"""libgmtrace, found and declared: gmtrace.h, as far as Python calls it."""

import ctypes
import ctypes.util
import os
import sys

OK = 0  # GMT_OK

SIZES = ("tp", "pp", "dp", "cp", "ep", "etp", "vpp")
COORDINATES = ("tp", "cp", "dp", "pp", "ep")
UNKNOWN = 2**64 - 1  # GMT_UNKNOWN

# gmt_figure
EXPECTED_PEAK, RESERVED_PEAK, INACTIVE_PEAK, FORWARD_PEAK, BACKWARD_PEAK, STEP_PEAK = range(6)
ALLOCATOR_RETRIES, OUT_OF_MEMORY = 6, 7


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


class Argument(ctypes.Structure):
    """gmt_argument."""

    _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p)]


class ArgumentEstimate(ctypes.Structure):
    """gmt_argument_estimate."""

    _fields_ = [
        ("theoretical_bytes", ctypes.c_uint64),
        ("expected_peak_bytes", ctypes.c_uint64),
        ("megatron_minor", ctypes.c_int64),
        ("why", ctypes.c_char * 256),
        ("not_modelled", ctypes.c_char * 256),
    ]


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
    estimate = ctypes.POINTER(ArgumentEstimate)
    options, arguments = ctypes.POINTER(Options), ctypes.POINTER(Argument)
    count, text = ctypes.c_size_t, ctypes.c_char_p
    for name, result, takes in (
        ("gmt_options_init", ctypes.c_int, [options, ctypes.c_size_t]),
        ("gmt_start_sized", ctypes.c_int, [options, ctypes.c_size_t, ctypes.POINTER(tracer)]),
        ("gmt_next_iteration", None, [tracer, iteration]),
        ("gmt_join_iteration", None, [tracer]),
        ("gmt_pause", None, [tracer]),
        ("gmt_log_static", None, [tracer, iteration, amount]),
        ("gmt_log_peak", None, [tracer, iteration, amount]),
        ("gmt_log_theoretical", None, [tracer, iteration, amount]),
        ("gmt_log_figure", None, [tracer, iteration, ctypes.c_int, amount]),
        ("gmt_log_sample", None, [tracer, amount, amount]),
        ("gmt_sample_resident", amount, [tracer]),
        ("gmt_mark", None, [tracer, text]),
        ("gmt_log_environment", None, [tracer, text, text]),
        ("gmt_set_source", ctypes.c_int, [tracer, SOURCE, ctypes.c_void_p]),
        ("gmt_stop", ctypes.c_int, [tracer]),
        ("gmt_output_path", text, [tracer]),
        ("gmt_argument_tags", ctypes.c_int, [arguments, count, text, count]),
        ("gmt_estimate_arguments_sized", ctypes.c_int, [arguments, count, estimate, count]),
        ("gmt_version", text, []),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, takes
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


def version():
    return library().gmt_version().decode() if library() is not None else "of no library"


def launcher():
    """(rank, world size) by the launcher's variables; a world size of -1 is not known."""
    options = Options()
    library().gmt_options_init(ctypes.byref(options), ctypes.sizeof(options))
    return max(options.rank, 0), options.world_size


def _argument_list(settings):
    pairs = [(str(name).encode(), str(value).encode("utf-8", "replace")) for name, value in settings.items()]
    return (Argument * len(pairs))(*pairs)


def argument_tags(settings):
    """Tags of a file's name, of {name: value}; None where they do not fit."""
    given = _argument_list(settings)
    tags = ctypes.create_string_buffer(256)
    if library().gmt_argument_tags(given, len(given), tags, len(tags)) != OK:
        return None
    return tags.value.decode("utf-8", "replace")


def estimate_arguments(settings):
    """An ArgumentEstimate of {name: value}."""
    given = _argument_list(settings)
    estimate = ArgumentEstimate()
    library().gmt_estimate_arguments_sized(given, len(given), ctypes.byref(estimate), ctypes.sizeof(estimate))
    return estimate
