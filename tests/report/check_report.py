"""Checks of the report's two files. Speaks TAP."""

import base64
import hashlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser as web  # noqa: E402

BUILD = os.path.join(os.getcwd(), os.environ.get("BUILD", "build"))
TOOL = os.path.join(BUILD, "bin", "visualize_report")
count = 0
failed = 0


def report(passed, name, why=""):
    global count, failed
    count += 1
    failed += not passed
    print("%s %d - %s" % ("ok" if passed else "not ok", count, name))
    if why and not passed:
        print("# " + str(why).replace("\n", "\n# "))


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, why))


def run(*arguments):
    return subprocess.run([TOOL] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)


def trace(path, iterations, samples, markers=(), base=10000):
    made, at = {}, 0.0
    for i in range(iterations):
        rows = []
        for k in range(samples):
            mb = base + 5000 * math.sin(math.pi * k / samples) + i
            rows.append({"timestamp_s": round(at, 4), "reserved_memory_MB": 16000, "allocated_memory_MB": round(mb, 2)})
            at += 0.05
        made[str(i)] = {"samples": rows, "peak_allocated_MB": base + 5000.0 + i, "static_memory_MB": 9000.0,
                        "theoretical_memory_MB": 17000.0,
                        "markers": [{"timestamp_s": round(at - 1, 4), "name": m} for m in markers]}
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(made, file)
    return made


HOSTILE = "<img src=x onerror=\"document.title='owned'\">&'</script><script>document.title='owned'</script>"


def check_page(work):
    """The page of a run with two ranks, an unreadable file and names that mean no good."""
    traces = os.path.join(work, "traces")
    os.mkdir(traces)
    made = trace(os.path.join(traces, "memory_trace_rank0_wd2_tp2_pp1.json"), 4, 100, ["forward", HOSTILE])
    trace(os.path.join(traces, "memory_trace_rank1_wd2_tp2_pp1.json"), 4, 100)
    hostile_file = "memory_trace_rank2_wd2_tp2_pp1_x<b>&'\"y.json"
    with open(os.path.join(traces, hostile_file), "w", encoding="utf-8") as file:
        file.write("{")
    done = run("--memory-dir", traces, "--output", os.path.join(work, "out", "page"), "--title", HOSTILE)
    report(done.returncode == 0, "a report is written", done.stderr)
    report(hostile_file in done.stderr and done.stderr.count("\n") == 1, "a file that cannot be read is named", done.stderr)
    path = os.path.join(work, "out", "page.html")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    outside = re.findall(r"(?:src|href)\s*=\s*[\"'](?!#)[^\"']*", re.sub(r"<script.*?</script>", "", text, flags=re.S))
    report(not [o for o in outside if "image" not in o and "xlink" not in o], "nothing is loaded from outside", outside)
    policy = re.search('<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text).group(1)
    parts = [re.findall("<%s>(.*?)</%s>" % (tag, tag), text, re.S) for tag in ("script", "style")]
    known = ["'sha256-%s'" % base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in sum(parts, [])]
    rules = dict((words[0], words[1:]) for words in (rule.split() for rule in policy.split("; ")))
    report([len(p) for p in parts] == [2, 1] and rules == {
        "default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"], "img-src": ["data:"], "script-src": known[:2],
        "style-src": known[2:], "style-src-attr": ["'unsafe-inline'"]}, "the page's policy knows its own parts alone", policy)
    report("Permission is hereby granted" in text, "the chart library's licence is kept")
    if not web.available():
        skip("the page in a browser", "no chromium with chromium-driver")
        return
    page = web.Browser(1400, 1000)
    try:
        in_browser(page, path, made)
    finally:
        page.close()


def in_browser(page, path, made):
    page.open(path)
    report(page.run("return document.body.dataset.ready") == "yes", "the page's script runs to its end")
    said = page.complaints()
    report(said == [], "without a complaint on the console", said)
    title = page.run("return [document.title, document.querySelector('h1').textContent]")
    report(title == [HOSTILE, HOSTILE], "markup in the title stays text", title)
    report(page.run("return document.querySelectorAll('img[onerror], h1 *, p.quiet b').length") == 0, "markup in names makes no elements")
    page.run("const s = document.createElement('script'); s.textContent = 'window.owned = 1'; document.body.append(s);"
             "const i = document.createElement('img'); i.src = 'https://example.org/x.gif'; document.body.append(i);"
             "window.addEventListener('securitypolicyviolation', (e) => { (window.refused = window.refused || []).push(e.effectiveDirective); });")
    deadline = time.time() + 20
    while time.time() < deadline and page.run("return (window.refused || []).length") < 1:
        time.sleep(0.05)
    report(page.run("return window.owned") is None, "a script that is put into the page does not run")
    refused = page.run("return window.refused")
    report("img-src" in refused, "and what a page would load is refused", refused)
    page.complaints()
    whole = page.run("return report.visible()")
    page.drag("#chart", 0.3, 0.6)
    zoomed = page.run("return report.visible()")
    report(whole[0] < zoomed[0] < zoomed[1] < whole[1], "dragging zooms", [whole, zoomed])
    csv = page.run("return report.csv()").strip().split("\n")
    inside = [s for i in made.values() for s in i["samples"] if zoomed[0] <= s["timestamp_s"] <= zoomed[1]]
    report(len(csv) == len(inside) + 1, "the CSV has the samples that are shown", [len(csv), len(inside)])
    page.click("#reset")
    report(page.run("return report.visible()") == whole, "reset restores")
    rows = [line.split(",") for line in page.run("return report.csv()").strip().split("\n")]
    samples = [s for i in made.values() for s in i["samples"]]
    same = rows[0] == ["time_s", "allocated_GB", "reserved_GB", "static_GB", "theory_GB"] and len(rows) == len(samples) + 1
    same = same and all(float(row[0]) == s["timestamp_s"] and abs(float(row[1]) * 1024 - s["allocated_memory_MB"]) < 0.006
                        and float(row[2]) == 15.625 for row, s in zip(rows[1:], samples))
    report(same, "the CSV equals the data", rows[:3])
    page.click("#show-reserved")
    report(page.run("return report.state().names") == ["allocated", "static", "theory"], "a toggle hides a curve")
    page.run("const p = document.getElementById('period'); p.value = 'last'; p.dispatchEvent(new Event('change'))")
    last = page.run("return report.visible()")
    report(abs(last[0] - 15.0) < 0.01 and last[1] == whole[1], "the last iteration alone", last)
    page.run("const p = document.getElementById('period'); p.value = 'i1'; p.dispatchEvent(new Event('change'))")
    report([round(v, 2) for v in page.run("return report.visible()")] == [5.0, 10.0], "an iteration by its number")
    y = page.run("return document.querySelectorAll('#chart .dygraph-axis-label-y').length")
    report(y >= 2, "the y axis has numbers")
    page.keys("#chart", "0")
    report(page.run("return report.visible()") == whole, "the keyboard resets")
    page.keys("#chart", "+")
    report(page.run("const v = report.visible(); return v[1] - v[0]") < (whole[1] - whole[0]) * 0.6, "and zooms")
    png = page.run("return report.png()")
    report(png.startswith("data:image/png;base64,") and len(png) > 5000, "the chart can be saved as PNG")
    page.run("const r = document.getElementById('rank'); r.value = '1'; r.dispatchEvent(new Event('change'))")
    report("rank1" in page.run("return document.getElementById('about').textContent"), "another rank can be chosen")
    page.click("#configurations th:nth-child(4) button")
    report(page.run("return document.querySelector('#configurations th:nth-child(4)').ariaSort") == "ascending",
           "the table can be sorted")
    unnamed = page.run("return [...document.querySelectorAll('button, select, input, a')].filter((e) => e.offsetParent &&"
                       " !(e.textContent.trim() || e.ariaLabel || (e.labels && e.labels.length))).map((e) => e.outerHTML)")
    report(unnamed == [], "everything that can be operated has a name", unnamed)
    said = page.complaints()
    report(said == [], "still without a complaint", said)


def check_sweep(work):
    """The demo's sweep: cells lead to configurations; the PDF."""
    folder = os.path.join(work, "sweep")
    subprocess.run([os.path.join(BUILD, "examples", "demo_sweep"), folder], check=True, stdout=subprocess.DEVNULL)
    base = os.path.join(work, "sweep_report")
    arguments = ["--memory-dir", os.path.join(folder, "memory_traces"), "--log-dir", folder, "--seq-length", "2048"]
    done = run(*arguments, "--output", base)
    report(done.returncode == 0 and done.stderr == "", "the demo's sweep", done.stderr)
    run(*arguments, "--output", base + "2", "--quiet")
    with open(base + ".html", "rb") as one, open(base + "2.html", "rb") as two:
        report(one.read() == two.read(), "the same input gives the same page")
    with open(base + ".pdf", "rb") as one, open(base + "2.pdf", "rb") as two:
        report(one.read() == two.read(), "and the same document")
    info = subprocess.run(["pdfinfo", base + ".pdf"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    report(info.returncode == 0 and info.stderr == "", "the PDF's readers have no complaint", info.stderr)
    report("Title:           Memory report" in info.stdout, "it has a title")
    pages = int(re.search(r"Pages:\s+(\d+)", info.stdout).group(1))
    report(pages >= 9, "and one page per configuration", pages)
    text = subprocess.run(["pdftotext", "-layout", base + ".pdf", "-"], stdout=subprocess.PIPE, universal_newlines=True).stdout
    report("1 of %d" % pages in text and "%d of %d" % (pages, pages) in text, "pages are numbered")
    report("critical: imbalance; TP 2, PP 64, DP 64; rank 0, 6144" in text, "findings are in it")
    report(re.search(r"TP 2, PP 64, DP 64\s+success\s+4\s+57.3\s+136.9\s+72%\s+7", text) is not None, "and the table")
    fonts = subprocess.run(["pdffonts", base + ".pdf"], stdout=subprocess.PIPE, universal_newlines=True).stdout
    rows = fonts.strip().split("\n")[2:]
    report(rows and all(re.search(r"TrueType.*yes yes", row) for row in rows), "fonts are embedded, as TrueType", fonts)
    with open(base + ".pdf", "rb") as file:
        data = file.read()
    report(data.count(b"/Subtype /Link") >= 12, "the table and the pages are linked", data.count(b"/Subtype /Link"))
    report(data.count(b"/Dest") >= 12 and b"/Outlines" in data, "there are bookmarks")
    if not web.available():
        skip("cells lead to configurations", "no chromium with chromium-driver")
        return
    page = web.Browser(420, 900, dark=True)
    try:
        page.open(base + ".html")
        cells = page.run("return [...document.querySelectorAll('.cells a')].filter((a) => a.offsetParent)"
                         ".map((a) => a.ariaLabel)")
        report(len(cells) == 6 and "TP 2, PP 64: success" in cells, "a cell is a link with a name", cells)
        map_is_seen = page.run("return [...document.querySelectorAll('.heatmap')].filter((m) => m.offsetParent)"
                               ".map((m) => m.scrollWidth <= m.parentElement.clientWidth)")
        report(map_is_seen == [True], "one map is seen, and all of it", map_is_seen)
        lost = page.run("const names = [...document.querySelectorAll('[id]')].map((e) => e.id);"
                        "const links = [...document.querySelectorAll('svg use')].map((e) => e.href.baseVal.slice(1));"
                        "return [names.length - new Set(names).size, links.length > 100,"
                        "        links.filter((name) => !document.getElementById(name)).length]")
        report(lost == [0, True, 0], "the letters of both maps have names of their own", lost)
        page.run("document.querySelector('.narrow .cells a[aria-label^=\"TP 8, PP 64\"]').click()")
        chosen = page.run("return document.getElementById('configuration').selectedOptions[0].textContent")
        report(chosen == "TP 8, PP 64, DP 16", "that chooses its configuration", chosen)
        wide = page.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        report(wide <= 0, "a narrow window needs no scrolling sideways", wide)
        ground = page.run("return getComputedStyle(document.body).backgroundColor")
        report(ground == "rgb(23, 24, 26)", "dark mode is followed", ground)
        report(page.complaints() == [], "without a complaint", page.complaints())
    finally:
        page.close()


def check_pair(work):
    """Real against simulated: both in one timeline."""
    for role, base in (("real", 10000), ("sim", 10100)):
        os.mkdir(os.path.join(work, role))
        trace(os.path.join(work, role, "memory_trace_rank0_wd2_tp2_pp1.json"), 3, 50, base=base)
    base = os.path.join(work, "pair")
    done = run("--real-dir", os.path.join(work, "real"), "--sim-dir", os.path.join(work, "sim"), "--output", base)
    report(done.returncode == 0, "a real run and its simulation", done.stderr)
    if not web.available():
        skip("both are in one timeline", "no chromium with chromium-driver")
        return
    page = web.Browser(1000, 800)
    try:
        page.open(base + ".html")
        names = page.run("return report.state().names")
        report("real allocated" in names and "simulated allocated" in names, "both are in one timeline", names)
        visible = page.run("return report.visible()")
        report(visible[0] == 0 and 2 < visible[1] < 3, "their last iterations, from 0", visible)
    finally:
        page.close()


def data_of(path):
    """What the page's script gets: configurations and timelines."""
    with open(path, encoding="utf-8") as file:
        return json.loads(re.search(r'id="data">(.*?)</script>', file.read(), re.S).group(1))


def timelines(data):
    """The ranks with a timeline, by the configuration's text."""
    found = {text: [] for text in data["configurations"]}
    for rank in data["ranks"]:
        found[data["configurations"][rank["c"]]].append((rank["rank"], rank["role"]))
    return found


def check_unlike(work):
    """Runs that differ in any dimension have a row and timelines of their own."""
    for number, (tags, texts) in enumerate((
        (("wd2_tp2_pp1_mbs1", "wd2_tp2_pp1_mbs2"),
         ("TP 2, PP 1, DP 1, micro-batch size 1", "TP 2, PP 1, DP 1, micro-batch size 2")),
        (("wd8_tp2_pp2_dp2_cp1", "wd8_tp2_pp2_dp1_cp2"), ("TP 2, PP 2, DP 2, CP 1", "TP 2, PP 2, DP 1, CP 2")),
        (("tp1_pp1_rc-full", "tp1_pp1_rc-none"), ("TP 1, PP 1, recompute none", "TP 1, PP 1, recompute full")),
        (("tp1_pp1_lr0.1", "tp1_pp1_lr0.2"), ("TP 1, PP 1, lr0.1", "TP 1, PP 1, lr0.2")),
    )):
        folder = os.path.join(work, "unlike%d" % number)
        os.mkdir(folder)
        for rank, tag in enumerate(tags):
            trace(os.path.join(folder, "memory_trace_rank%d_%s.json" % (rank, tag)), 1, 5)
        done = run("--memory-dir", folder, "--output", folder)
        found = timelines(data_of(folder + ".html"))
        rank_of = {texts[0]: 0, texts[1]: 1} if number != 2 else {texts[0]: 1, texts[1]: 0}
        report(done.returncode == 0 and found == {text: [(rank_of[text], 0)] for text in texts},
               "runs apart in %s" % texts[1].split(", ")[-1], [done.stderr, found])
        text = subprocess.run(["pdftotext", "-layout", folder + ".pdf", "-"], stdout=subprocess.PIPE,
                              universal_newlines=True).stdout
        last = [" ".join(words.split(", ")[-1:]).split()[-1] for words in texts]
        report(all(len(re.findall(r"\b%s\b" % re.escape(word), text)) > 0 for word in last), "and in the document", text)
    folder = os.path.join(work, "unlike1")
    done = run("--memory-dir", folder, "--output", folder, "--facet", "cp")
    with open(folder + ".html", encoding="utf-8") as file:
        names = re.findall('aria-label="([^"]*: success)"', file.read())
    report(names[:2] == ["TP 2, PP 2, CP 1: success", "TP 2, PP 2, CP 2: success"], "--facet gives each a cell", names)
    folder = os.path.join(work, "unlike0")
    done = run("--memory-dir", folder, "--output", folder, "--where", "mbs=2")
    found = timelines(data_of(folder + ".html"))
    report(found == {"TP 2, PP 1, DP 1": [(1, 0)]}, "--where chooses", found)
    done = run("--memory-dir", folder, "--output", folder, "--where", "mbz=2")
    report(done.returncode == 2 and "mbz" in done.stderr, "an unknown key is wrong usage", done.stderr)


def check_unlike_pair(work):
    """A simulated run stands beside the real one of its configuration, or is left out by name."""
    real, simulated = os.path.join(work, "unlike_real"), os.path.join(work, "unlike_simulated")
    os.mkdir(real)
    os.mkdir(simulated)
    for mbs in 1, 2:
        trace(os.path.join(real, "memory_trace_rank0_wd2_tp2_pp1_mbs%d.json" % mbs), 1, 5)
    trace(os.path.join(simulated, "memory_trace_rank0_tp2_pp1_mbs2.json"), 1, 5)
    trace(os.path.join(simulated, "memory_trace_rank0_tp1_pp1_mbs2.json"), 1, 5)
    base = os.path.join(work, "unlike_pair")
    done = run("--real-dir", real, "--sim-dir", simulated, "--output", base)
    found = timelines(data_of(base + ".html"))
    report(done.returncode == 0 and found == {"TP 2, PP 1, DP 1, micro-batch size 1": [(0, 0)],
                                              "TP 2, PP 1, DP 1, micro-batch size 2": [(0, 0), (0, 1)]},
           "a simulated trace joins the run of its configuration", [done.stderr, found])
    report("simulated traces of TP 1, PP 1, micro-batch size 2: no real run is of that configuration" in done.stderr,
           "one without a real run is left out by name", done.stderr)
    trace(os.path.join(simulated, "memory_trace_rank0_tp2_pp1.json"), 1, 5)
    done = run("--real-dir", real, "--sim-dir", simulated, "--output", base)
    report(done.returncode == 1 and "fit several real runs, which differ in micro-batch size" in done.stderr,
           "one that fits several is an error", done.stderr)


def check_many_timelines(work):
    """Past the limit the configurations share it: the fullest rank, one per stage, others evenly."""
    folder = os.path.join(work, "many")
    os.mkdir(folder)
    trace(os.path.join(folder, "made"), 1, 3)
    for mbs in 1, 2, 4:
        for rank in range(256):
            os.link(os.path.join(folder, "made"), os.path.join(folder, "memory_trace_rank%d_wd256_tp1_pp4_mbs%d.json" % (rank, mbs)))
    os.unlink(os.path.join(folder, "memory_trace_rank201_wd256_tp1_pp4_mbs2.json"))
    trace(os.path.join(folder, "memory_trace_rank201_wd256_tp1_pp4_mbs2.json"), 1, 3, base=12000)
    base = os.path.join(work, "many_report")
    done = run("--memory-dir", folder, "--output", base)
    found = timelines(data_of(base + ".html"))
    counts = sorted(len(ranks) for ranks in found.values())
    report(done.returncode == 0 and counts == [170, 171, 171], "512 timelines are shared out", counts)
    fullest = found["TP 1, PP 4, DP 64, micro-batch size 2"]
    report((201, 0) in fullest and all((stage * 64, 0) in ranks for ranks in found.values() for stage in range(4)),
           "the fullest rank and one of each stage are there", fullest)
    quarters = [sum(rank // 64 == quarter for rank, _ in fullest) for quarter in range(4)]
    report(max(quarters) - min(quarters) <= 4, "the others are spread evenly", quarters)
    if not web.available():
        skip("a configuration without a timeline says so", "no chromium with chromium-driver")
        return
    empty = os.path.join(work, "some_empty")
    os.mkdir(empty)
    trace(os.path.join(empty, "memory_trace_rank0_tp1_pp1.json"), 1, 5)
    trace(os.path.join(empty, "memory_trace_rank0_tp2_pp1.json"), 1, 0)
    run("--memory-dir", empty, "--output", empty)
    page = web.Browser(1000, 800)
    try:
        page.open(empty + ".html")
        seen = "return [document.getElementById('chart').offsetParent !== null, document.getElementById('about').textContent]"
        page.run("const c = document.getElementById('configuration'); c.value = '1'; c.dispatchEvent(new Event('change'))")
        without = page.run(seen)
        report(without == [False, "No timeline of TP 2, PP 1 is in this report, which holds 1 timeline in all."],
               "a configuration without a timeline says so", without)
        page.run("const c = document.getElementById('configuration'); c.value = '0'; c.dispatchEvent(new Event('change'))")
        back = page.run(seen)
        report(back[0] and back[1].startswith("memory_trace_rank0_tp1_pp1.json: 5 samples"), "and the other is shown again", back)
        report(page.complaints() == [], "without a complaint", page.complaints())
    finally:
        page.close()


def check_large(work):
    """100 ranks with 5,000 samples each."""
    folder = os.path.join(work, "large")
    os.mkdir(folder)
    trace(os.path.join(folder, "memory_trace_rank0_wd100_tp4_pp25.json"), 5, 1000)
    for rank in range(1, 100):
        os.link(os.path.join(folder, "memory_trace_rank0_wd100_tp4_pp25.json"),
                os.path.join(folder, "memory_trace_rank%d_wd100_tp4_pp25.json" % rank))
    base = os.path.join(work, "large_report")
    done = run("--memory-dir", folder, "--output", base)
    size = os.path.getsize(base + ".html") / 2**20
    report(done.returncode == 0 and size < 20, "100 ranks with 5,000 samples: under 20 MB", "%.1f MB" % size)
    print("# %.1f MB" % size)
    if not web.available():
        skip("it opens", "no chromium with chromium-driver")
        return
    page = web.Browser(1400, 1000)
    try:
        begun = time.monotonic()
        page.open(base + ".html")
        report(page.run("return document.body.dataset.ready") == "yes", "it opens")
        print("# in %.2f s" % (time.monotonic() - begun))
        report(page.complaints() == [], "without a complaint", page.complaints())
        whole = page.run("return report.state().rows")
        page.drag("#chart", 0.45, 0.5)
        shown = page.run("return report.csv().trim().split('\\n').length - 1")
        report(0 < shown < 1000 and whole <= 5000, "zooming in shows what is there", [whole, shown])
    finally:
        page.close()


def check_mistakes(work):
    for arguments, status, words, name in (
        ([], 2, "give --memory-dir", "no folder"),
        (["--memory-dir", os.path.join(work, "none")], 1, "none", "a folder that is not there"),
        (["--memory-dir", work], 1, "no memory_trace_rank", "a folder without traces"),
        (["--memory-dir", os.path.join(work, "traces"), "--output", "/proc/none/x"], 1, "/proc/none", "an output that cannot be"),
        (["--memory-dir", work, "--gpu-memory", "much"], 2, "--gpu-memory", "a number in words"),
    ):
        done = run(*arguments)
        report(done.returncode == status and words in done.stderr, name, done.stderr)
    done = run("--help")
    report(done.returncode == 0 and "Example:" in done.stdout, "--help has an example")


with tempfile.TemporaryDirectory() as work:
    check_page(work)
    check_sweep(work)
    check_pair(work)
    check_unlike(work)
    check_unlike_pair(work)
    check_many_timelines(work)
    check_large(work)
    check_mistakes(work)
print("1..%d" % count)
sys.exit(failed > 0)
