"""Programs that checks run, alone and under `python -m gmtrace`, each in a folder and a process of its own."""

import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.getcwd()
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
PACKAGE = os.path.join(ROOT, "tracer", "python")
TRAINING = os.path.join(ROOT, "tests", "python", "training")  # a torch of our own

_OURS = re.compile("gmtrace: [^\n]*\n")
_LAUNCHERS = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


def environment(more=None, path=()):
    """Of a process without a launcher, which finds the package and the library."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith("GMT_") and k not in _LAUNCHERS}
    keep.update(
        GMT_LIBRARY=os.path.join(BUILD, "lib", "libgmtrace.so"),
        PYTHONPATH=os.pathsep.join([PACKAGE, *path]),
        PYTHONDONTWRITEBYTECODE="1",
        OMP_NUM_THREADS="1",
    )
    keep.update(more or {})
    return keep


class Folder:
    """Where programs run, and what they leave."""

    def __init__(self, **files):
        self._folder = tempfile.TemporaryDirectory()
        self.name = os.path.realpath(self._folder.name)
        for name, text in files.items():
            self.write(name.replace("__", "/") + ".py", text)

    def write(self, name, text):
        path = os.path.join(self.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *words, python=sys.executable, path=(), timeout=120, **more):
        done = subprocess.run(
            [python, *words],
            cwd=self.name,
            env=environment(more, path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=timeout,
        )
        # Lines of ours may come amid a line that the program prints in pieces.
        done.said = [line.strip() for line in _OURS.findall(done.stderr)]
        done.errors = _OURS.sub("", done.stderr).splitlines()
        return done

    def traced(self, *words, **how):
        """The same under `python -m gmtrace`."""
        return self.run("-m", "gmtrace", *words, **how)

    def files(self, folder="memory_traces"):
        path = os.path.join(self.name, folder)
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def trace(self, name, folder="memory_traces"):
        with open(os.path.join(self.name, folder, name), encoding="utf-8") as file:
            return json.load(file)

    def only_trace(self, folder="memory_traces"):
        (name,) = self.files(folder)
        return self.trace(name, folder)


def tool(name, *words):
    """One of the commands."""
    return subprocess.run(
        [os.path.join(BUILD, "bin", name), *words], stdout=subprocess.PIPE, check=True, universal_newlines=True
    ).stdout
