"""The command line of `python -m gmtrace`."""

import os
import sys

from gmtrace._library import complain
from gmtrace._settings import DEFAULTS

USAGE = """\
Usage: python -m gmtrace [OPTION...] SCRIPT.py [ARGUMENT...]
       python -m gmtrace [OPTION...] -m MODULE [ARGUMENT...]
       torchrun [OPTION...] -m gmtrace [OPTION...] SCRIPT.py [ARGUMENT...]
Runs a training script as it is, and traces the memory of its ranks, iteration
by iteration, into memory_trace_rank{R}_....json.
"""

# Long name, letter, name of the value, what it means.
OPTIONS = (
    ("output", "o", "DIR", "where traces go (default: memory_traces)"),
    ("interval", "i", "MS", "between samples (default 10); 0: none are taken"),
    ("iteration-by", None, "WHAT", "what ends an iteration: optimizer (its step), megatron\n"
     "(Megatron's train_step), or N, so many steps of the\noptimizer (default: megatron where it is found)"),
    ("phases", "p", None, "forward, backward and optimizer step are marked, and the\npeak of each is recorded"),
    ("snapshots", "s", None, "keep PyTorch's memory history, and save it as\n"
     "snapshot_oom_rank_{R}.pickle in DIR when memory runs out"),
    ("tags", "t", "TAGS", "of the traces' names, as tp2_pp4_l96; in place of what is\nfound out"),
    ("help", "h", None, "give this help list"),
    ("version", "V", None, "print the program's version"),
)

EXAMPLE = """
Examples:
  python -m gmtrace train.py --epochs 3
  torchrun --nproc-per-node 8 -m gmtrace --phases pretrain_gpt.py --num-layers 32 ...

The script's output, exit status and signals are its own; 2: wrong usage.
GMT_DIR, GMT_INTERVAL_MS and GMT_MAX_BYTES override the options, and
GMT_DISABLE=1 traces nothing.
"""

LAUNCHERS = ("torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch")


class Wrong(Exception):
    """Wrong usage, and why."""


def help_text():
    lines = [USAGE]
    for name, letter, value, meaning in OPTIONS:
        option = "--%s%s" % (name, "=" + value if value else "")
        option = "  %s%s" % ("-%s, " % letter if letter else "    ", option)
        first, *more = meaning.split("\n")
        lines.append("%-27s%s" % (option, first))
        lines += [" " * 27 + line for line in more]
    return "\n".join(lines) + "\n" + EXAMPLE


def _programs():
    """The folder of gmtrace's commands: in the package, in its checkout, or as installed; None."""
    here = os.path.dirname(os.path.abspath(__file__))
    above = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    for folder in (os.path.join(here, "programs", "bin"), os.path.join(above, "build", "bin"), os.path.join(above, "bin")):
        if os.path.exists(os.path.join(folder, "export_trace")):
            return folder
    return None


def commands_text():
    """The usage, and what else there is: `gmtrace` lists its commands itself."""
    folder = _programs()
    if folder is None:
        return USAGE + "\nThe other commands of gmtrace are not beside this package.\n"
    front_door = os.path.join(folder, "gmtrace")
    if os.path.exists(front_door):
        import subprocess

        told = subprocess.run([front_door], stdout=subprocess.PIPE, universal_newlines=True, check=False).stdout
        return USAGE + "\n" + told
    names = sorted(os.listdir(folder))
    return USAGE + "\nThe other commands of gmtrace (each has --help), in %s:\n  %s\n" % (folder, "\n  ".join(names))


def _find(word):
    """The option that the word names, and its value where it has that in it."""
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        found = [option for option in OPTIONS if option[0] == name]
        value = value if equals else None
    else:
        found = [option for option in OPTIONS if option[1] == word[1]]
        value = word[2:] or None
    if not found:
        raise Wrong("there is no option %s" % word)
    if value is not None and not found[0][2]:
        raise Wrong("--%s has no value" % found[0][0])
    return found[0], value


def _milliseconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if value != 0 and not 1 <= value <= 3600000:
        raise Wrong("--interval: expected milliseconds, 0 or 1 to 3600000, found '%s'" % text)
    return value / 1000


def _iteration_by(text):
    if text in ("optimizer", "megatron"):
        return text
    if not text.isdigit() or not 0 < int(text) < 2**31:
        raise Wrong("--iteration-by: expected optimizer, megatron or a number of steps, found '%s'" % text)
    return int(text)


def _take(settings, name, value):
    if name == "output":
        return settings._replace(directory=value)
    if name == "interval":
        return settings._replace(interval_s=_milliseconds(value))
    if name == "iteration-by":
        return settings._replace(iteration_by=_iteration_by(value))
    if name == "tags":
        return settings._replace(tags=value)
    return settings._replace(**{name: True})


def parse(words):
    """(settings, target, its arguments, whether it is a module); a target of None: nothing to run, and
    of "--help" or "--version": to be said."""
    settings, words = DEFAULTS, list(words)
    while words:
        word = words.pop(0)
        if word == "-m" or word.startswith("-m") and not word.startswith("--"):
            target = word[2:] or (words.pop(0) if words else "")
            if not target:
                raise Wrong("-m wants a module")
            return settings, target, words, True
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            words.insert(0, word)
            break
        (name, _, wants_value, _), value = _find(word)
        if name in ("help", "version"):
            return settings, "--" + name, [], False
        if wants_value and value is None:
            if not words:
                raise Wrong("--%s wants a value: %s" % (name, wants_value))
            value = words.pop(0)
        settings = _take(settings, name, value)
    if not words:
        return settings, None, [], False
    if words[0] == "-":
        raise Wrong("a script cannot come from standard input: name its file")
    return settings, words[0], words[1:], False


def _say(target):
    if target == "--version":
        from gmtrace._library import version

        print("gmtrace %s" % version())
    else:
        print(help_text() if target else commands_text(), end="")


def _warn_of_launcher(target, is_module):
    name = target if is_module else os.path.basename(target)
    if name in LAUNCHERS or name in ("torchrun", "accelerate", "deepspeed"):
        complain("%s starts other programs, which are not traced: write 'torchrun ... -m gmtrace SCRIPT.py'" % name)


def main():
    try:
        settings, target, arguments, is_module = parse(sys.argv[1:])
    except Wrong as wrong:
        sys.stderr.write("python -m gmtrace: %s\nTry 'python -m gmtrace --help'.\n" % wrong)
        sys.exit(2)
    if target is None or target in ("--help", "--version"):
        _say(target)
        return
    _warn_of_launcher(target, is_module)
    _run(settings, target, arguments, is_module)


def _run(settings, target, arguments, is_module):
    from gmtrace import _attach, _script

    _attach.attach(settings)
    try:
        _script.run(target, arguments, is_module)
    except _script.NotFound as not_found:
        _attach.never_ran()
        sys.stderr.write("%s\n" % not_found)
        sys.exit(not_found.status)
