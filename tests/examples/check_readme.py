"""What README.md tells a newcomer to type, typed: in a copy of the checkout, after the demonstration.

A block that begins with "# needs" wants what this machine may lack: of it the names of commands and
options are checked, and nothing is run. `make TARGET` is checked to be a target. Links and their headings are
checked in all pages. Speaks TAP."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.getcwd()
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
TORCH = os.environ.get("TORCH_PYTHON")
count = failed = 0


def report(passed, name, why=""):
    global count, failed
    count += 1
    failed += not passed
    print("%s %d - %s" % ("ok" if passed else "not ok", count, name.replace("#", "")))
    if not passed:
        print("# " + str(why).strip().replace("\n", "\n# "))


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, why))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def bash(line, environment, folder):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)

def tracked():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], stdout=subprocess.PIPE, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name and os.path.isfile(name)]


# ---- links ----


def anchor(heading):
    """As GitHub makes it."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def headings(path):
    return {anchor(line.lstrip("#")) for line in re.sub(r"```.*?```", "", read(path), flags=re.S).split("\n") if line.startswith("#")}


def check_links():
    broken = []
    pages = [name for name in tracked() if name.endswith(".md")]
    for page in pages:
        text = re.sub(r"```.*?```|`[^`\n]*`(?!\])", "", read(page), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, heading = target.partition("#")
            file = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not os.path.exists(file) or (heading and heading not in headings(file)):
                broken.append("%s: %s" % (page, target))
    report(len(pages) > 20 and broken == [], "every link of every page leads to something", "\n".join(broken))


# ---- the demonstration ----


def copy_checkout(folder):
    for name in tracked():
        if not name.startswith("tests/fuzz/"):
            os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
            shutil.copy2(name, os.path.join(folder, name))
    os.mkdir(os.path.join(folder, "build"))
    for name in "bin", "lib", "examples":
        os.symlink(os.path.join(BUILD, name), os.path.join(folder, "build", name))


def check_demo(folder, commands):
    environment = dict(os.environ, BUILD="build")
    done = bash("examples/demo.sh build/demo", environment, folder)
    report(done.returncode == 0, "the demonstration runs", done.stderr)
    report(done.stderr == "", "and what runs out of memory on purpose is no warning", done.stderr)
    lines = done.stdout.split("\n")
    report("build/demo/report.html" in "".join(lines[:4]), "it begins with what to look at", "\n".join(lines[:5]))
    shown = [line for line in lines if line.startswith("$ ")]
    for command in commands:
        times = sum(re.search(r"(^|\s)%s\s" % command, line.split(" -- ")[0]) is not None for line in shown)
        report(times == 1, "%s is shown once" % command, times)
    report(" 3 OOM, 0 failed" in done.stdout, "its own sweep meets its limit", done.stdout)
    made = done.stdout.split("Made in build/demo:\n")[1]
    files = re.findall(r"^  ([\w./]+)  +\w", made, re.M)
    report(len(files) > 8 and all(os.path.exists(os.path.join(folder, "build/demo", file)) for file in files),
           "it ends with what it made", files)
    report(lines[-2] == "  xdg-open build/demo/report.html" and lines[-1] == "", "and with how to open the report", lines[-3:])


# ---- README.md ----


def logical_lines(block):
    return [line for line in block.replace("\\\n", " ").split("\n") if line.strip() and not line.startswith("#")]


def options_of(command, environment):
    text = subprocess.run(command + ["--help"], env=environment, stdout=subprocess.PIPE, universal_newlines=True).stdout
    return set(re.findall(r"--[a-z][a-z-]*", text))


def check_options(line, commands, environment, folder):
    """Of a line that cannot run here: each option of our commands is one."""
    words = shlex.split(line, comments=True)
    words = words[: words.index("--")] if "--" in words else words
    known = None
    if words[0] in commands:
        known = options_of([words[0]], environment)
    elif "gmtrace" in words:
        known = options_of(["python3", "-m", "gmtrace"], environment)
        words = words[words.index("gmtrace"):]
        words = words[: next(i for i, word in enumerate(words) if word.endswith(".py"))]
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known] if known else []
    report(unknown == [], "options: " + line, unknown)


class Pasted:
    """Lines that are pasted one after the other into one shell."""

    def __init__(self, folder, commands):
        self.folder, self.commands, self.printed = folder, commands, {}
        self.environment = dict(os.environ)
        self.targets = re.findall(r"^  ([a-z-]+) ", bash("make help", self.environment, folder).stdout, re.M)

    def paste(self, line):
        if line.startswith("make "):
            target = line.split()[1]
            report(target in self.targets, "make %s is a target" % target, self.targets)
            return ""
        if line.startswith("export "):
            done = bash(line + "\nenv -0", self.environment, self.folder)
            self.environment = dict(pair.split("=", 1) for pair in done.stdout.split("\0") if pair)
            return ""
        if line in self.printed:
            return self.printed[line]
        done = bash(line, self.environment, self.folder)
        complaints = [said for said in done.stderr.split("\n") if said and "samples are the process's resident memory" not in said]
        report(done.returncode == 0 and complaints == [], line, "status %d\n%s" % (done.returncode, done.stderr))
        self.printed[line] = done.stdout
        return done.stdout

    def torch(self, line):
        """A line that wants PyTorch, with the interpreter that has one."""
        name = "with a real PyTorch: " + line
        if not TORCH:
            skip(name, "TORCH_PYTHON names no interpreter that has one")
            return
        done = bash("python3() { %s \"$@\"; }\n%s" % (shlex.quote(TORCH), line), self.environment, self.folder)
        report(done.returncode == 0, name, done.stderr)


def check_blocks(text, pasted):
    """Each block of commands, and the block of what they print, where one follows."""
    printed = end = None
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M):
        language, block = found.groups()
        if language == "" and printed and text[end:found.start()].strip() == "":
            missing = [line for line in block.split("\n") if line.strip() not in ("", "...") and line not in printed]
            report(missing == [], "they print: " + block.split("\n")[0], "\n".join(missing + ["of:"] + printed))
        if language != "sh":
            printed = None
        elif block.startswith("# needs"):
            printed = None
            for line in logical_lines(block):
                check_options(line, pasted.commands, pasted.environment, pasted.folder)
                if "needs PyTorch\n" in block:
                    pasted.torch(line)
        else:
            printed = "".join(pasted.paste(line) for line in logical_lines(block)).split("\n")
        end = found.end()


def check_table(text, pasted):
    rows = re.findall(r"^\| (.*?) \| .*? \| `(.*?)` \|$", text.split("## Which command?")[1].split("\n## ")[0], re.M)
    for have, line in rows:
        if "(needs PyTorch)" in have:
            check_options(line, pasted.commands, pasted.environment, pasted.folder)
            pasted.torch(line)
        else:
            pasted.paste(line)
    there = {line.split()[0] for _, line in rows}
    report(set(pasted.commands) <= there, "the table has every command", set(pasted.commands) - there)


def main(folder):
    check_links()
    copy_checkout(folder)
    listed = subprocess.run([os.path.join(BUILD, "bin", "gmtrace")], stdout=subprocess.PIPE, universal_newlines=True).stdout
    commands = re.findall(r"\((\w+)\)$", listed, re.M)
    check_demo(folder, commands)
    text = read("README.md")
    pasted = Pasted(folder, commands)
    start = text.split("## Start\n")[1].split("```sh\n")[1].split("```")[0]
    for line in logical_lines(start):
        pasted.paste(line)
    check_table(text, pasted)
    check_blocks(text, pasted)


with tempfile.TemporaryDirectory() as work:
    main(work)
print("1..%d" % count)
sys.exit(failed > 0)
