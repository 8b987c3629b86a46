"""Checks that a script under `python -m gmtrace` behaves as it does alone: what it sees of itself, how it
ends, what it says. There is no torch here."""

import os
import signal
import sys

import tap
from program import BUILD, Folder, tool

SEEN = """
import os, sys
main = sys.modules["__main__"]
facts = {name: str(value) for name, value in vars(main).items() if name not in ("facts", "main")}
facts["__loader__"] = type(__loader__).__name__
facts["__spec__"] = __spec__ and (__spec__.name, __spec__.origin, __spec__.parent)
print(sys.argv, sys.path[0], sorted(facts.items()), __name__, sys.flags)
print(sorted(os.path.basename(path) for path in os.listdir(".") if path != "memory_traces"))
try:
    from beside import NAME
    print(NAME)
except ImportError as error:
    print(error)
"""


def same(folder, *words, **how):
    """Runs both; the difference, for those that expect one, is what gmtrace says."""
    alone, traced = folder.run(*words, **how), folder.traced(*words, **how)
    assert traced.stdout == alone.stdout, (alone.stdout, traced.stdout)
    assert traced.returncode == alone.returncode, (alone.returncode, traced.returncode, traced.stderr)
    assert traced.errors == alone.errors, "\n".join(["alone:", *alone.errors, "traced:", *traced.errors])
    return traced


def check_what_it_sees():
    """a script sees itself alone: sys.argv, sys.path[0], __main__ and its facts"""
    folder = Folder(train=SEEN, sub__train=SEEN, sub__beside="NAME = 'in sub'", beside="NAME = 'here'")
    done = same(folder, "train.py", "--epochs", "3", "-m", "x")
    assert "'--epochs', '3', '-m', 'x'" in done.stdout and done.stdout.endswith("here\n")
    assert same(folder, "sub/train.py").stdout.endswith("in sub\n")
    same(folder, os.path.join(folder.name, "train.py"))
    os.symlink("sub/train.py", os.path.join(folder.name, "link.py"))
    assert same(folder, "link.py").stdout.endswith("in sub\n")


def check_module():
    """-m module, -m package with its __main__, and the packages above"""
    folder = Folder(train=SEEN, package__module=SEEN)
    folder.write("package/__init__.py", "")
    folder.write("package/__main__.py", SEEN)
    for name in ("train", "package.module", "package"):
        done = same(folder, "-m", name, "--lr", "0.1")
        assert "'--lr', '0.1'" in done.stdout
    assert folder.traced("-mtrain").returncode == 0


def check_folder_and_archive():
    """a folder and an archive with a __main__.py"""
    import zipfile

    folder = Folder(beside="NAME = 'here'")
    folder.write("app/__main__.py", SEEN)
    folder.write("app/beside.py", "NAME = 'in app'")
    with zipfile.ZipFile(os.path.join(folder.name, "app.zip"), "w") as archive:
        archive.writestr("__main__.py", SEEN)
        archive.writestr("beside.py", "NAME = 'in archive'")
    assert same(folder, "app").stdout.endswith("in app\n")
    assert same(folder, "app.zip", "x").stdout.endswith("in archive\n")


def check_exit_status():
    """sys.exit, a text as the status, os._exit, and an end by falling off"""
    for code, status in (
        ("", 0),
        ("import sys; sys.exit(7)", 7),
        ("import sys; sys.exit('no data')", 1),
        ("raise SystemExit", 0),
        ("import os; print('x', flush=True); os._exit(9)", 9),
        ("import atexit; atexit.register(print, 'last'); raise SystemExit(4)", 4),
    ):
        folder = Folder(train=code)
        assert same(folder, "train.py").returncode == status, code
        trace = folder.only_trace()
        assert trace["0"]["ended"] == "stopped" and trace["0"]["samples"], code


def check_tracebacks():
    """tracebacks are the program's own, line by line"""
    folder = Folder(
        train="def inner():\n    raise ValueError('bad')\n\n\ntry:\n    inner()\nexcept ValueError:\n    1 / 0\n",
        broken="def f(:\n",
        hooked="import sys\nsys.excepthook = lambda *seen: print(seen[0].__name__, seen[2].tb_lineno)\nint('x')\n",
        chained="try:\n    {}['a']\nexcept KeyError as error:\n    raise OSError('two') from error\n",
    )
    for name in ("train.py", "broken.py", "hooked.py", "chained.py"):
        assert same(folder, name).returncode == 1
    assert same(folder, "-m", "train").returncode == 1
    assert folder.run("hooked.py").stdout == "ValueError 3\n"


def check_not_found():
    """a script or module that is not there: the interpreter's words and status"""
    folder = Folder()
    assert same(folder, "none.py").returncode == 2
    assert same(folder, "-m", "none").returncode == 1
    assert folder.files() == []


def check_signals():
    """signals end it as they do alone, and what was recorded is there"""
    code = """
import os, signal, sys, time
if len(sys.argv) > 2:
    signal.signal(int(sys.argv[1]), lambda number, frame: sys.exit(50 + number))
time.sleep(0.1)
os.kill(os.getpid(), int(sys.argv[1]))
time.sleep(5)
"""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGSEGV):
        folder = Folder(train=code)
        assert same(folder, "train.py", str(int(number))).returncode == -number
        if number != signal.SIGINT:  # which Python turns into an exception
            (name,) = folder.files()
            assert name == "memory_trace_rank0_wd1_tp1_pp1.gmtrace", name
            tool("export_trace", os.path.join(folder.name, "memory_traces"))
            trace = folder.trace(name.replace(".gmtrace", ".json"))
            assert trace["0"]["ended"] == "killed" and trace["0"]["samples"]
    folder = Folder(train=code)
    assert same(folder, "train.py", str(int(signal.SIGTERM)), "handled").returncode == 50 + signal.SIGTERM


def check_interpreter_options():
    """the interpreter's own options hold: -O, -W, -P, -u"""
    folder = Folder(train=SEEN + "assert False\nimport warnings\nwarnings.warn('old')\n", beside="NAME = 'here'")
    alone = folder.run("-O", "-W", "error", "train.py")
    traced = folder.run("-O", "-W", "error", "-m", "gmtrace", "train.py")
    assert alone.returncode == traced.returncode == 1
    assert (alone.stdout, alone.errors) == (traced.stdout, traced.errors), traced.stderr
    if sys.version_info >= (3, 11):
        folder.write("train.py", "import sys; print(sys.path[0].endswith('.zip') or sys.path[0])\n")
        assert folder.run("-P", "train.py").stdout == folder.run("-P", "-m", "gmtrace", "train.py").stdout


def check_wrong_usage():
    """wrong usage is named, with status 2, and nothing runs"""
    folder = Folder(train="print('ran')")
    for words, said in (
        (["--bad", "train.py"], "there is no option --bad"),
        (["-z", "train.py"], "there is no option -z"),
        (["--interval=often", "train.py"], "expected milliseconds, 0 or 1 to 3600000, found 'often'"),
        (["--interval", "0.5", "train.py"], "found '0.5'"),
        (["--iteration-by", "0", "train.py"], "--iteration-by: expected optimizer, megatron or a number"),
        (["--phases=yes", "train.py"], "--phases has no value"),
        (["--output"], "--output wants a value: DIR"),
        (["-m"], "-m wants a module"),
        (["-"], "standard input"),
    ):
        done = folder.traced(*words)
        assert done.returncode == 2 and done.stdout == "", done
        assert said in done.stderr and "--help" in done.stderr, done.stderr
    assert folder.files() == []


def check_help():
    """without a script the commands are listed, by gmtrace itself where it is there; --help, --version"""
    folder = Folder()
    done = folder.traced()
    assert done.returncode == 0 and done.stderr == ""
    programs = os.path.join(BUILD, "bin")
    if os.path.exists(os.path.join(programs, "gmtrace")):
        assert done.stdout.endswith("\n\n" + tool("gmtrace")), done.stdout
    else:
        listed = [line.strip() for line in done.stdout.split("--help), in ")[1].splitlines()[1:]]
        assert listed == sorted(os.listdir(programs)), done.stdout
    done = folder.traced("--help")
    for option in ("--output=DIR", "--interval=MS", "--iteration-by=WHAT", "--phases", "--snapshots", "--tags=TAGS"):
        assert option in done.stdout, option
    assert all(len(line) < 91 for line in done.stdout.splitlines())
    assert folder.traced("--version").stdout.startswith("gmtrace 0.")


def check_options():
    """-o, -i, -t and the environment over them"""
    folder = Folder(train="import time; time.sleep(0.3)")
    done = folder.traced("-o", "here", "--interval=2", "-ttp2_pp4_l96", "train.py", GMT_ALL_SAMPLES="1")
    assert done.returncode == 0, done.stderr
    assert folder.files("here") == ["memory_trace_rank0_tp2_pp4_l96.json"]
    assert len(folder.only_trace("here")["0"]["samples"]) > 20
    folder.traced("-o", "here", "train.py", GMT_DIR="there", GMT_INTERVAL_MS="0", RANK="3", WORLD_SIZE="8")
    assert folder.files("there") == ["memory_trace_rank3_wd8.json"]
    assert len(folder.only_trace("there")["0"]["samples"]) <= 2
    done = folder.traced("-o", "off", "train.py", GMT_DISABLE="1")
    assert done.stderr == "" and folder.files("off") == []


def check_failures_of_ours():
    """a library that is not there, a folder that cannot be made: one line, and the program runs on"""
    folder = Folder(train="print('ran'); raise SystemExit(5)")
    for words, more in (([], {"GMT_LIBRARY": "/nowhere/lib.so"}), (["-o", "/proc/none"], {})):
        done = folder.traced(*words, "train.py", **more)
        assert (done.returncode, done.stdout) == (5, "ran\n"), done
        assert len(done.said) == 1 and done.errors == [], done.stderr


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
