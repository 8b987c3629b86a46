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


# Tables whose rows have unlike numbers of columns.
UNEVEN = """return [...document.querySelectorAll('table')].map((table) => new Set([...table.rows].map((row) =>
    [...row.cells].reduce((columns, cell) => columns + cell.colSpan, 0)))).filter((widths) => widths.size > 1).map((widths) => [...widths])"""


def check_tables(page, which):
    uneven = page.run(UNEVEN)
    report(uneven == [], "each row of a table has as many columns as its head" + which, uneven)


def wait_until(holds):
    """For what a page does a little later; not for ever."""
    deadline = time.time() + 20
    while time.time() < deadline and not holds():
        time.sleep(0.05)


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


BROWSERS = []


def browser(width, height, dark=False):
    """The one browser, with a page of that size and theme; the caller does not close it."""
    if not BROWSERS:
        BROWSERS.append(web.Browser(1440, 1000))
    page = BROWSERS[0]
    page.resize(width, height)
    page.theme(dark)
    page.complaints()
    return page


def looks():
    """The page on a desk and on a phone, in the light and in the dark."""
    for width, height, dark in (1440, 1000, False), (400, 800, True), (1440, 1000, True), (400, 800, False):
        yield browser(width, height, dark), width, dark


def named(width, dark):
    return " (%d pixels, %s)" % (width, "dark" if dark else "light")


def check_width_and_contrast(page, which, *selectors):
    wide = page.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    report(wide <= 0, "no scrolling sideways" + which, wide)
    for selector in selectors:
        contrast = page.run(CONTRAST, selector)
        report(contrast[0] > 0 and contrast[1] >= 4.5, "text can be read: " + selector + which, contrast)


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
    report([len(p) for p in parts] == [3, 1] and rules == {
        "default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"], "img-src": ["data:"], "script-src": known[:3],
        "style-src": known[3:], "style-src-attr": ["'unsafe-inline'"]}, "the page's policy knows its own parts alone", policy)
    report("Permission is hereby granted" in text, "the chart library's licence is kept")
    if not web.available():
        skip("the page in a browser", "no chromium with chromium-driver")
        return
    page = browser(1400, 1000)
    in_browser(page, path, made)


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
    wait_until(lambda: page.run("return (window.refused || []).length") >= 1)
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


ENTER, TAB, ARROW_RIGHT = "\ue007", "\ue004", "\ue014"

ANSWER = ("6 of 24 configurations fit in 80 GB; the fullest is TP 4, PP 32 at 76.0 GB, 95%; 3 ran although the formula said "
          "that they would not. 18 ran out of memory. The expected peak was right about 18 of 24.")

CONTRAST = """
const seen = (e) => getComputedStyle(e);
const light = (c) => c.match(/[0-9.]+/g).slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => { for (; e; e = e.parentElement) if (!/rgba\\(0, 0, 0, 0\\)|transparent/.test(seen(e).backgroundColor)) return seen(e).backgroundColor; };
const ratios = [...document.querySelectorAll(arguments[0])].filter((e) => e.textContent.trim()).map((e) => {
  const a = light(seen(e).color), b = light(ground(e));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
});
return [ratios.length, Math.min(...ratios)];
"""


def pdf_text(path, *options):
    return subprocess.run(["pdftotext", "-layout"] + list(options) + [path, "-"], stdout=subprocess.PIPE, universal_newlines=True).stdout


def check_sweep(work):
    """The demo's sweep: its answer, its heatmap as links, its table, its words, its document."""
    folder = os.path.join(work, "sweep")
    subprocess.run([os.path.join(BUILD, "examples", "demo_sweep"), folder], check=True, stdout=subprocess.DEVNULL)
    base = os.path.join(work, "sweep_report")
    arguments = ["--memory-dir", os.path.join(folder, "memory_traces"), "--log-dir", folder, "--seq-length", "2048", "--model", "gpt-485b"]
    done = run(*arguments, "--output", base)
    report(done.returncode == 0 and done.stderr == "", "the demo's sweep", done.stderr)
    report(ANSWER in done.stdout, "the answer is told on the terminal", done.stdout)
    run(*arguments, "--output", base + "2", "--quiet")
    with open(base + ".html", "rb") as one, open(base + "2.html", "rb") as two:
        report(one.read() == two.read(), "the same input gives the same page")
    with open(base + ".pdf", "rb") as one, open(base + "2.pdf", "rb") as two:
        report(one.read() == two.read(), "and the same document")
    check_document(base + ".pdf")
    if not web.available():
        skip("the sweep's page", "no chromium with chromium-driver")
        return
    for page, width, dark in looks():
        page.open(base + ".html")
        sweep_in_browser(page, width, dark)


def check_document(path):
    info = subprocess.run(["pdfinfo", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    report(info.returncode == 0 and info.stderr == "", "the PDF's readers have no complaint", info.stderr)
    report("Title:           Memory report" in info.stdout and "Subject:         " + ANSWER in info.stdout, "it has a title and a subject",
           info.stdout)
    pages = int(re.search(r"Pages:\s+(\d+)", info.stdout).group(1))
    text = pdf_text(path)
    flat = " ".join(text.split())
    report("1 of %d" % pages in text and "%d of %d" % (pages, pages) in text, "pages are numbered")
    report(flat.index(ANSWER) < 200, "the answer comes first", flat[:300])
    order = [flat.index(head) for head in ("Which configurations fit", "Configurations configuration", "critical: headroom (2 configurations)",
                                           "warning: imbalance (4 configurations)", "Memory over time", "What the logs said")]
    report(order == sorted(order), "the order is the page's", order)
    report("TP 4, PP 32, DP 64, ranks 0, 6144" in flat, "findings are in it")
    report(re.search(r"TP 2, PP 64, DP 64\s+57.3\s+72%\s+fits\s+136.9\s+206.9\s+4\n", text) is not None, "and the table", text[:3000])
    report(re.search(r"TP 1, PP 2, DP 4096\s+–\s+–\s+out of memory\s+4,194.9\s+4,196.8\s+0\n", text) is not None,
           "with what ran out of memory, theory and expected peak")
    report(re.search(r"Config 1: TP=1, PP=2, .* FAILED \(status: 1, oom\)", text) is not None, "and the log's words")
    sparse = [n for n in range(1, pages + 1) if len(pdf_text(path, "-f", str(n), "-l", str(n)).split()) < 25]
    report(sparse == [], "no page is blank", sparse)
    report(re.search(r"Memory over time\s+TP 2, PP 64, DP 64\s+back to the table\s+4 ranks traced", text) is not None,
           "a heading stands with what it heads")
    rows = subprocess.run(["pdfimages", "-list", path], stdout=subprocess.PIPE, universal_newlines=True).stdout.strip().split("\n")[2:]
    report(len(rows) == 7 and all(row.split()[12:14] == ["600", "600"] for row in rows), "figures have 600 dots an inch", rows)
    fonts = subprocess.run(["pdffonts", path], stdout=subprocess.PIPE, universal_newlines=True).stdout
    rows = fonts.strip().split("\n")[2:]
    report(rows and all(re.search(r"TrueType.*yes yes", row) for row in rows), "fonts are embedded, as TrueType", fonts)
    with open(path, "rb") as file:
        data = file.read()
    links = data.count(b"/Subtype /Link") + data.count(b"/Subtype/Link")
    report(links == 24 + 18 + 6, "rows lead to timelines or words, endings to words, timelines back", links)
    report(data.count(b"/Dest") >= 12 and b"/Outlines" in data, "there are bookmarks")


def sweep_in_browser(page, width, dark):
    which = named(width, dark)
    report(page.run("return document.querySelector('.answer').textContent") == ANSWER, "the answer" + which)
    bottom = page.run("return document.querySelector('.map').getBoundingClientRect().bottom")
    report(bottom < (600 if width > 1000 else 800), "the heatmap is on the first screen" + which, bottom)
    cells = page.run("return [...document.querySelectorAll('.map td a')].map((a) => a.ariaLabel)")
    report(len(cells) == 24 and "TP 2, PP 64: fits, peak 57.3 GB of 80 GB, 72%, theory 136.9 GB, expected peak 206.9 GB, 4 ranks traced" in cells and
           "TP 1, PP 2: out of memory, theory 4,194.9 GB, expected peak 4,196.8 GB" in cells, "each cell is a link with its figures" + which, cells)
    check_width_and_contrast(page, which, ".map td b, .map td small", "#configurations td, #configurations a",
                             ".finding p, .finding li, .finding b", ".facts li")
    ground = page.run("return [document.body, document.querySelector('.map td.oom')].map((e) => getComputedStyle(e).backgroundColor)")
    report(ground == (["rgb(23, 24, 26)", "rgb(58, 61, 66)"] if dark else ["rgb(255, 255, 255)", "rgb(228, 228, 230)"]),
           "page and heatmap follow the theme" + which, ground)
    rows = page.run("return [...document.querySelectorAll('#configurations tbody tr')].map((r) => [r.cells[0].textContent, r.cells[1].textContent, "
                    "r.cells[3].textContent, r.cells[1].getBoundingClientRect().right])")
    report(len(rows) == 24 and rows[0][:3] == ["TP 1, PP 2, DP 4096", "\u2013", "out of memory"] and
           rows[11][:3] == ["TP 2, PP 64, DP 64", "57.3", "fits"], "the table has every configuration" + which, rows)
    report(all(row[3] <= width for row in rows), "their peaks can be seen" + which, rows[0])
    report(page.run("return document.getElementById('configuration').selectedOptions[0].textContent") == "TP 4, PP 32, DP 64",
           "the fullest is shown first" + which)

    # By keyboard: a cell tells its figures, and chooses its configuration; an ending opens the log's words.
    page.run("document.querySelector('.map a[aria-label^=\"TP 8, PP 64\"]').focus()")
    page.press(TAB)
    page.run("document.querySelector('.map a[aria-label^=\"TP 8, PP 64\"]').focus()")
    tip = page.run("const t = document.getElementById('tip'); return t.hidden ? '' : t.textContent")
    report(tip.split("\n")[:2] == ["TP 8, PP 64, DP 16", "fits"] and "peak 15.0 GB of 80 GB, 19%" in tip, "a cell that has the focus tells its figures" + which, tip)
    page.press(ENTER)
    chosen = page.run("return document.getElementById('configuration').selectedOptions[0].textContent")
    report(chosen == "TP 8, PP 64, DP 16", "Enter chooses it" + which, chosen)
    page.run("document.querySelector('#configurations a[href^=\"#words\"]').focus()")
    page.press(ENTER)
    words = page.run("const e = document.activeElement; return [e.id, e.closest('details').open, e.textContent]")
    report(words[0] == "words-0" and words[1] and "Config 1: TP=1, PP=2" in words[2], "an ending leads to the log's words" + which, words)
    page.run("document.querySelectorAll('#configurations th button')[1].focus()")
    page.press(ENTER, ENTER)
    first = page.run("return document.querySelector('#configurations tbody tr').cells[1].textContent")
    report(first == "76.0", "the table sorts, what is not known last" + which, first)
    page.point('.map a[aria-label^="TP 4, PP 32"]')
    tip = page.run("const t = document.getElementById('tip'); return t.hidden ? '' : t.textContent")
    report("peak 76.0 GB of 80 GB, 95%" in tip, "a cell that is pointed at tells its figures" + which, tip)
    report(page.complaints() == [], "without a complaint" + which, page.complaints())
    check_tables(page, which)


def check_logs_alone(work):
    """Logs without traces, and a sweep in which everything ran out of memory, make a report too."""
    folder = os.path.join(work, "logs")
    os.mkdir(folder)
    lines = {"successful": ["Config 1: TP=1, PP=1, DP=8 - SUCCESS", "Config 2: TP=2, PP=1, DP=4 - SUCCESS"],
             "failed": ["Config 3: TP=4, PP=1, DP=2 - FAILED (signal: 9)", "Config 4: TP=8, PP=1, DP=1 - FAILED (status: 1, oom)",
                        "Config 5: TP=1, PP=2, DP=4 - FAILED (timeout)", "Config 6: TP=2, PP=2, DP=2 - FAILED (status: 3, <b>bad</b>)"]}
    for name, text in lines.items():
        with open(os.path.join(folder, name + "_configs.log"), "w", encoding="utf-8") as file:
            file.write("\n".join(text) + "\n")
    ended = os.path.join(folder, "TP8_PP1_DP1")
    os.mkdir(ended)
    with open(os.path.join(ended, "result.json"), "w", encoding="utf-8") as file:
        json.dump({"outcome": "OOM", "detail": "CUDA out of memory. Tried to allocate 2.00 GiB <i>"}, file)
    with open(os.path.join(ended, "rank_0.log"), "w", encoding="utf-8") as file:
        file.write("x\n")
    done = run("--log-dir", folder, "--output", folder)
    report(done.returncode == 0, "logs alone make a report", done.stderr)
    report("2 of 6 configurations ran. 1 ran out of memory, 3 failed otherwise." in done.stdout, "and an answer", done.stdout)
    with open(folder + ".html", encoding="utf-8") as file:
        text = file.read()
    endings = re.findall(r'<td class="words"><a href="#words-\d+">([^<]*)</a>', text)
    report(sorted(endings) == ["ended by signal 9", "exit status 3", "out of memory", "ran out of time"], "it says why each ended", endings)
    report("Tried to allocate 2.00 GiB &lt;i&gt;</pre>" in text and "<code>TP8_PP1_DP1/rank_0.log</code>" in text,
           "with the run's own words and where they are")
    report(data_of(folder + ".html")["ranks"] == [] and "Memory over time" not in text, "and no empty chart")
    report("Config 6: TP=2, PP=2, DP=2" in pdf_text(folder + ".pdf"), "so does the document")
    for name in "successful", "failed":
        os.remove(os.path.join(folder, name + "_configs.log"))
    with open(os.path.join(folder, "failed_configs.log"), "w", encoding="utf-8") as file:
        file.write("Config 1: TP=1, PP=1 - FAILED (oom)\nConfig 2: TP=2, PP=1 - FAILED (oom)\n")
    done = run(folder, "--output", folder)
    report(done.returncode == 0 and "None of 2 configurations fits in 80 GB. 2 ran out of memory." in done.stdout,
           "a sweep that ran out of memory everywhere", [done.stdout, done.stderr])
    if not web.available():
        skip("its page opens", "no chromium with chromium-driver")
        return
    page = browser(1000, 800)
    page.open(folder + ".html", "#words-1")
    shown = page.run("return [document.body.dataset.ready, document.getElementById('words-1').closest('details').open]")
    report(shown == ["yes", True] and page.complaints() == [], "its page opens, at the words that the address names", shown)


def check_pair(work):
    """Real against simulated: the figures of visualize_comparison, then both in one timeline."""
    for role, base in (("real", 10000), ("sim", 10100)):
        os.mkdir(os.path.join(work, role))
        for rank in 0, 1:
            trace(os.path.join(work, role, "memory_trace_rank%d_wd2_tp2_pp1.json" % rank), 3, 50 if role == "real" else 40,
                  base=base + 300 * rank * (role == "sim"))
    base = os.path.join(work, "pair")
    done = run("--real-dir", os.path.join(work, "real"), "--sim-dir", os.path.join(work, "sim"), "--output", base)
    report(done.returncode == 0, "a real run and its simulation", done.stderr)
    subprocess.run([os.path.join(BUILD, "bin", "visualize_comparison"), os.path.join(work, "real"), os.path.join(work, "sim"),
                    os.path.join(work, "compared"), "--quiet"], check=True)
    with open(os.path.join(work, "compared", "memory_comparison.json"), encoding="utf-8") as file:
        compared = json.load(file)
    with open(base + ".html", encoding="utf-8") as file:
        text = file.read()
    conclusion = re.search('<p class="conclusion">([^<]*)</p>', text).group(1).replace("&#39;", "'")
    overall = compared["overall"]
    wanted = ("The simulation's peaks differ from the real run's by %.2f%% in the mean and by %.2f%% at most (rank %d), over 2 ranks; "
              "the curves by %.2f GB in the mean and by %.2f GB at most." % (
                  overall["mean_peak_difference_percent"], overall["max_peak_difference_percent"], overall["worst_rank"],
                  overall["mean_curve_error_mb"] / 1024, overall["max_curve_error_mb"] / 1024))
    report("<p class=\"answer\">The simulation&#39;s peaks are within %.2f%% of the real run&#39;s. TP 2, PP 1, DP 1 fits in 80 GB: " %
           overall["max_peak_difference_percent"] in text, "the answer begins with it", re.search("answer.>([^<]*)", text).group(1))
    report(conclusion == wanted and overall["worst_rank"] == 1, "the conclusion is visualize_comparison's", [conclusion, wanted])
    rows = re.findall("<tr>(.*?)</tr>", re.search('class="comparison sortable">(.*?)</table>', text, re.S).group(1), re.S)[1:]
    cells = [re.findall("<td[^>]*>(?:<a[^>]*>)?([^<]*)", row) for row in rows]
    wanted = [[str(rank["rank"]), "%.2f" % (rank["real_peak_mb"] / 1024), "%.2f" % (rank["simulated_peak_mb"] / 1024),
               "+%.2f%%" % rank["peak_difference_percent"], "%.2f" % (rank["real_static_mb"] / 1024), "%.2f" % (rank["simulated_static_mb"] / 1024),
               "%+.2f" % (rank["static_difference_mb"] / 1024), "%.2f" % (rank["curve_mean_error_mb"] / 1024),
               "%.2f" % (rank["curve_max_error_mb"] / 1024), "50", "40"] for rank in compared["ranks"]]
    report(cells == wanted, "and so is every rank's row", [cells, wanted])
    report(text.index('id="comparison"') < text.index('id="table"') < text.index('id="timeline"'), "the comparison comes first")
    report('class="map"' not in text, "there is no heatmap of one cell")
    report(conclusion in " ".join(pdf_text(base + ".pdf").replace("\u2019", "'").split()), "the document has the conclusion")
    if not web.available():
        skip("both are in one timeline", "no chromium with chromium-driver")
        return
    for page, width, dark in looks():
        page.open(base + ".html")
        pair_in_browser(page, named(width, dark))


def pair_in_browser(page, which):
    check_width_and_contrast(page, which, ".conclusion", ".comparison td, .comparison th button")
    names = page.run("return report.state().names")
    report("real allocated" in names and "simulated allocated" in names, "both are in one timeline" + which, names)
    visible = page.run("return report.visible()")
    report(visible[0] == 0 and 2 < visible[1] < 3, "their last iterations, from 0" + which, visible)
    about = page.run("return document.getElementById('about').textContent")
    report(".json (real): 150 samples; " in about and ".json (simulated): 120 samples" in about, "samples are counted apart" + which, about)
    looks = page.run("return [...document.querySelectorAll('#legend li')].filter((e) => /reserved/.test(e.textContent))"
                     ".map((e) => ['stroke', 'stroke-dasharray'].map((a) => e.querySelector('line').getAttribute(a)))")
    report(len(looks) == 2 and looks[0][0] != looks[1][0] and looks[0][1] != looks[1][1], "reserved memory is told apart" + which, looks)
    told = page.run("return report.told(1.0)").split("\n")
    report(told[0] == "1.000 s, iteration 2" and any(line.startswith("simulated allocated ") for line in told), "pointing tells both" + which, told)
    page.run("document.querySelector('.comparison th:nth-child(2) button').focus()")
    page.press(ENTER, ENTER)
    order = page.run("return [...document.querySelectorAll('.comparison tbody tr')].map((row) => row.cells[1].textContent)")
    report(order == sorted(order, reverse=True), "the keyboard sorts the comparison" + which, order)
    said = page.complaints()
    report(said == [], "without a complaint" + which, said)
    check_tables(page, which)
    check_dashes(page, which)


DASHES = """
const canvas = document.querySelector('#chart canvas'), context = canvas.getContext('2d'), scale = canvas.width / canvas.clientWidth;
const wanted = getComputedStyle(document.body).getPropertyValue('--static-simulated').trim().match(/[0-9a-f]{2}/g).map((h) => parseInt(h, 16));
let best = 0;
for (let y = 0; y < canvas.height; y++) {
  const row = context.getImageData(0, y, canvas.width, 1).data;
  let pieces = 0, inside = false;
  for (let x = 0; x < canvas.width; x++) {
    const near = wanted.every((v, i) => Math.abs(row[4 * x + i] - v) < 60);
    if (near && !inside) pieces++;
    inside = near;
  }
  best = Math.max(best, pieces);
}
return best;
"""


def check_dashes(page, which):
    """A dashed line is dashed at every zoom."""
    whole = page.run(DASHES)
    page.run("document.getElementById('zoom-in').click(); document.getElementById('zoom-in').click()")
    near = page.run(DASHES)
    report(whole > 25 and near > 25, "a dashed line keeps its dashes" + which, [whole, near])


def check_timeline(work):
    """Several curves, the GPU's memory, theory out of the way, the address."""
    folder = os.path.join(work, "timeline")
    os.mkdir(folder)
    for tp in 1, 2:
        for rank in range(4):
            trace(os.path.join(folder, "memory_trace_rank%d_wd4_tp%d_pp2.json" % (rank, tp)), 3, 50, base=30000 + 1000 * rank - 5000 * tp)
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read().replace("17000.0", "170000.0")
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    base = os.path.join(work, "timeline_report")
    done = run("--memory-dir", folder, "--output", base, "--gpu-memory", "40", "--title", "Four ranks")
    report(done.returncode == 0, "two runs with four ranks", done.stderr)
    if not web.available():
        skip("the timeline", "no chromium with chromium-driver")
        return
    for page, width, dark in looks():
        page.open(base + ".html")
        timeline_in_browser(page, base, named(width, dark))
    page = browser(400, 800)
    page.open(base + ".html", "#configuration=1&rank=2&from=2&to=4")
    shown = page.run("const box = document.getElementById('chart').getBoundingClientRect();"
                     "return [box.left >= 0 && box.right <= 400, document.documentElement.scrollWidth]")
    report(shown == [True, 400], "on a phone the chart is as wide as the screen", shown)


def check_process(work):
    """What a process on the CPU uses is not measured by the GPU's memory."""
    folder = os.path.join(work, "process")
    os.mkdir(folder)
    name = os.path.join(folder, "memory_trace_rank0_tp1_pp1.json")
    made = trace(name, 2, 20)
    for iteration in made.values():
        iteration.update(peak_of="sampled", allocated_of="process", reserved_of="process")
    with open(name, "w", encoding="utf-8") as file:
        json.dump(made, file)
    base = os.path.join(work, "process_report")
    done = run("--memory-dir", folder, "--output", base)
    report(done.returncode == 0, "a process on the CPU", done.stderr)
    if not web.available():
        skip("its page", "no chromium with chromium-driver")
        return
    page = browser(1440, 1000)
    page.open(base + ".html", "")
    seen = page.run("return [report.told(0.5), report.heights()[1], document.body.innerText.includes('%')]")
    report("allocated " in seen[0] and "%" not in seen[0] and seen[1] < 20 and not seen[2], "has no share of the GPU", seen)


def timeline_in_browser(page, base, which):
    check_width_and_contrast(page, which, ".controls label, .controls button", "#about, #legend li")
    heights = page.run("return report.heights()")
    report(heights[0] == 0 and 40 < heights[1] < 45, "the axis holds the GPU's 40 GB, and not a theory of 166" + which, heights)
    page.run("const s = document.getElementById('scale'); s.value = 'close'; s.dispatchEvent(new Event('change'))")
    close = page.run("return report.heights()")
    report(close[0] > 5 and close[1] < 35, "close up it is that of the curves alone" + which, close)
    page.run("const s = document.getElementById('scale'); s.value = 'auto'; s.dispatchEvent(new Event('change'))")
    shown = page.run("return [document.getElementById('configuration').selectedOptions[0].textContent, document.getElementById('rank').value]")
    report(shown == ["TP 1, PP 2, DP 2", "3"], "the fullest rank is shown first" + which, shown)
    whole = page.run("document.getElementById('chart').focus(); return report.visible()")
    page.press("+", ARROW_RIGHT)
    near = page.run("return report.visible()")
    report(abs((near[1] - near[0]) * 2 - (whole[1] - whole[0])) < 1e-6 and near[1] > (whole[0] + 3 * whole[1]) / 4,
           "the keyboard zooms and pans" + which, [whole, near])
    page.press("0")
    report(page.run("return report.visible()") == whole, "and shows all again" + which)
    page.run("document.getElementById('keep').focus()")
    page.press(ENTER)
    page.run("const r = document.getElementById('rank'); r.value = '0'; r.dispatchEvent(new Event('change'))")
    names = page.run("return report.state().names")
    report("rank 0: allocated" in names and "rank 3: allocated" in names, "a curve that is kept stays beside another" + which, names)
    page.run("const c = document.getElementById('configuration'); c.value = '1'; c.dispatchEvent(new Event('change'))")
    names = page.run("return report.state().names")
    report("TP 1, PP 2, DP 2, rank 3: allocated" in names and "TP 2, PP 2, DP 1, rank 3: allocated" in names, "of another run, too" + which, names)
    told = page.run("return report.told(1.5)")
    report("TP 1, PP 2, DP 2, rank 3: allocated " in told and "% of the GPU" in told, "pointing tells all of them" + which, told)
    page.point("#chart", 0.5, 0.4)
    tip = page.run("const t = document.getElementById('tip'); return t.hidden ? '' : t.textContent")
    report(re.match(r"[0-9.]+ s, iteration 1\n", tip) is not None, "where the pointer is" + which, tip)
    csv = page.run("return report.csv()").split("\n")
    report(csv[0].startswith("time_s,TP_2_PP_2_DP_1_rank_3_allocated_GB,"), "the CSV has each curve" + which, csv[0])
    heights = page.run("const image = new Image(); const chart = document.getElementById('chart').getBoundingClientRect();"
                       "image.src = report.png(); return image.decode().then(() => [image.width, image.height, chart.width, chart.height])")
    report(abs(heights[0] - 2 * heights[2]) <= 1 and heights[1] > 2 * heights[3] + 100, "the image has room for title and legend" + which, heights)
    page.click("#kept button")
    report(page.run("return report.state().curves") == 1, "a kept curve can be taken away" + which)
    page.click("#stages")
    names = [name for name in page.run("return report.state().names") if name.endswith(" allocated")]
    report(names == ["rank 3: allocated", "rank 1: allocated"], "one rank of each stage, the fullest" + which, names)
    strip = page.run("return report.state().strip")
    report(strip <= 152, "the strip below the chart is of one curve" + which, strip)

    page.open(base + ".html", "#configuration=1&rank=2&with=0:1&from=2&to=4")
    wait_until(lambda: page.run("return document.getElementById('rank').value") == "2")  # it is the same page
    at = page.run("return [document.getElementById('configuration').value, document.getElementById('rank').value, report.visible(), report.state().curves]")
    report(at == ["1", "2", [2, 4], 2], "an address opens what it names" + which, at)
    page.click("#zoom-in")
    wait_until(lambda: "from=2.5" in page.run("return location.hash"))
    at = page.run("return location.hash")
    report(at == "#configuration=1&rank=2&with=0:1&from=2.5&to=3.5", "and follows what is shown" + which, at)
    page.run("location.hash = '#configuration=0&rank=1'")
    wait_until(lambda: page.run("return document.getElementById('rank').value") == "1")
    at = page.run("return [document.getElementById('configuration').value, document.getElementById('rank').value, report.state().curves]")
    report(at == ["0", "1", 1], "an address that is changed is followed" + which, at)
    # What is shown is written into the address a little later: not over one that was typed meanwhile.
    page.run("const wait = window.setTimeout, late = []; window.setTimeout = (what) => late.push(what);"
             "document.getElementById('zoom-in').click(); window.setTimeout = wait;"
             "location.hash = '#configuration=1&rank=2'; late.forEach((what) => what())")
    wait_until(lambda: page.run("return document.getElementById('rank').value") == "2")
    at = page.run("return [document.getElementById('configuration').value, document.getElementById('rank').value]")
    report(at == ["1", "2"], "an address that is typed while another is about to be written, too" + which, at)
    page.open(base + ".html", "#configuration=99&rank=x")
    report(page.run("return document.body.dataset.ready") == "yes" and page.complaints() == [], "one that names nothing does no harm" + which)


def check_script(work):
    """All of Unicode in the document; Latin, Greek and Cyrillic can be searched."""
    folder = os.path.join(work, "script")
    os.mkdir(folder)
    trace(os.path.join(folder, "memory_trace_rank0_tp1_pp1.json"), 1, 5)
    title = "Größe “½” € Łódź Ελλάδα Привет שלום 日本語"
    done = run("--memory-dir", folder, "--output", folder, "--title", title)
    info = subprocess.run(["pdfinfo", "-enc", "UTF-8", folder + ".pdf"], stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode()
    report(done.returncode == 0 and "Title:           " + title in info, "a title of any script", info)
    seen = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", folder + ".pdf", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    text = seen.stdout.decode()
    report(seen.stderr == b"" and all(word in text for word in ("Größe “½” €", "Łódź", "Ελλάδα", "Привет")) and "?" not in text.split("\n")[0],
           "what the font has can be searched", [text[:200], seen.stderr])
    images = subprocess.run(["pdfimages", "-list", folder + ".pdf"], stdout=subprocess.PIPE, universal_newlines=True).stdout.strip().split("\n")[2:]
    grey = [row.split() for row in images if row.split()[5] == "gray"]
    report(len(grey) == 1 and 595 <= int(grey[0][12]) <= 605, "what it has not is drawn, at 600 dots an inch", images)


def check_long_table(work):
    """A table over several pages: no row alone at its end, at every length."""
    for count in 38, 39, 40, 41, 42, 43:
        folder = os.path.join(work, "long%d" % count)
        os.mkdir(folder)
        with open(os.path.join(folder, "failed_configs.log"), "w", encoding="utf-8") as file:
            for i in range(count):
                file.write("Config %d: TP=1, PP=%d, DP=1 - FAILED (oom)\n" % (i + 1, i + 1))
        run("--log-dir", folder, "--output", folder, "--quiet")
        pages = pdf_text(folder + ".pdf").split("\f")
        rows = [len(re.findall(r"TP 1, PP \d+, DP 1 .*out of memory", page)) for page in pages]
        rows = [n for n in rows if n]
        report(sum(rows) == count and min(rows) >= 2, "%d rows, none alone" % count, rows)


def data_of(path):
    """What the page's script gets: configurations and timelines."""
    with open(path, encoding="utf-8") as file:
        return json.loads(re.search(r'id="data">(.*?)</script>', file.read(), re.S).group(1))


def timelines(data):
    """The ranks with a timeline, by the configuration's text."""
    texts = [configuration["text"] for configuration in data["configurations"]]
    found = {text: [] for text in texts}
    for rank in data["ranks"]:
        found[texts[rank["c"]]].append((rank["rank"], rank["role"]))
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
        names = re.findall('aria-label="([^"]*: fits)', file.read())
    report(names == ["TP 2, PP 2, CP 1: fits", "TP 2, PP 2, CP 2: fits"], "--facet gives each a cell", names)
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
    page = browser(1000, 800)
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


def check_large(work):
    """17 configurations of 512 ranks each: every one has timelines, and the page stays small."""
    folder = os.path.join(work, "large")
    os.mkdir(folder)
    made = os.path.join(folder, "made")
    trace(made, 5, 40)
    for mbs in range(1, 18):
        for rank in range(512):
            os.link(made, os.path.join(folder, "memory_trace_rank%d_wd512_tp4_pp8_mbs%d.json" % (rank, mbs)))
    base = os.path.join(work, "large_report")
    done = run("--memory-dir", folder, "--output", base)
    size = os.path.getsize(base + ".html") / 2**20
    report(done.returncode == 0 and size < 20, "8,704 traces: under 20 MB", "%.1f MB" % size)
    print("# %.1f MB" % size)
    counts = sorted(len(ranks) for ranks in timelines(data_of(base + ".html")).values())
    report(len(counts) == 17 and counts[0] == 30 and counts[-1] == 31, "each configuration has its share of the timelines", counts)
    pages = pdf_text(base + ".pdf").split("\f")[:-1]
    sparse = [n + 1 for n, text in enumerate(pages) if len(text.split()) < 25]
    report(sparse == [], "the document has no blank page", sparse)
    if not web.available():
        skip("it opens", "no chromium with chromium-driver")
        return
    page = browser(1440, 1000)
    begun = time.monotonic()
    page.open(base + ".html")
    report(page.run("return document.body.dataset.ready") == "yes", "it opens")
    print("# in %.2f s" % (time.monotonic() - begun))
    facts = page.run("return [...document.querySelectorAll('.facts li')].map((e) => e.textContent)")
    report(facts[:2] == ["8,704 traces", "17 configurations"] and "timelines of 512 traces, 8,192 left out" in facts, "numbers have separators", facts)
    for c in "0", "16":
        page.run("const c = document.getElementById('configuration'); c.value = arguments[0]; c.dispatchEvent(new Event('change'))", c)
        about = page.run("return document.getElementById('about').textContent")
        report("_mbs%d.json: 200 samples" % (int(c) + 1) in about, "a selection shows its own timeline", about)
    page.drag("#chart", 0.45, 0.5)
    shown = page.run("return report.csv().trim().split('\\n').length - 1")
    report(0 < shown < 50, "zooming in shows what is there", shown)
    report(page.complaints() == [], "without a complaint", page.complaints())


def check_snapshots(work):
    """PyTorch's snapshots: their peaks by category, and a chart that tells what its areas are."""
    folder = os.path.join(work, "snapshots")
    os.mkdir(folder)
    for rank in 0, 1:
        subprocess.run([os.environ.get("PYTHON", "python3"), "tests/snapshot/make_snapshot.py", os.path.join(folder, "snapshot_%d.pickle" % rank),
                        "--shape", "plain", "--seed", str(rank + 1)], check=True)
    with open(os.path.join(folder, "snapshot_7.pickle"), "wb") as file:
        file.write(b"\x80\x04cos\nsystem\n")
    done = run("--snapshots", folder, "--output", folder)
    report(done.returncode == 0 and "snapshot_7.pickle" in done.stderr and done.stderr.count("\n") == 1, "snapshots alone make a report", done.stderr)
    analysed = os.path.join(work, "analysed.json")
    subprocess.run([os.path.join(BUILD, "bin", "analyze_snapshot"), folder, "--json", analysed, "--quiet"], check=False, stderr=subprocess.DEVNULL)
    with open(analysed, encoding="utf-8") as file:
        devices = [file["devices"][0] for file in json.load(file)["files"] if file.get("devices")]
    fullest = max(devices, key=lambda device: device["peak_allocated_bytes"])
    peak = "%.2f GB" % (fullest["peak_allocated_bytes"] / 2**30)
    if fullest["peak_allocated_bytes"] < 2**30:
        peak = "%.1f MB" % (fullest["peak_allocated_bytes"] / 2**20)
    most = max(fullest["categories"], key=lambda name: fullest["categories"][name])
    report("peaks at %s of allocated memory, the most of 2 snapshots; most of it is %s" % (peak, most) in done.stdout, "and an answer", done.stdout)
    with open(folder + ".html", encoding="utf-8") as file:
        text = file.read()
    shots = [json.loads(shot) for shot in re.findall('class="snapshot-data">(.*?)</script>', text, re.S)]
    report([shot["peak"] for shot in shots] == [device["peak_allocated_bytes"] for device in devices] and
           [shot["name"] for shot in shots] == ["rank 0", "rank 1"], "each rank's peak, to the byte", [shot["peak"] for shot in shots])
    columns = [[sum(layer["bytes"][c] for layer in shot["layers"]) for c in range(len(shot["reserved"]))] for shot in shots]
    report([max(totals) for totals in columns] == [shot["peak"] for shot in shots], "the areas reach it")
    at_peak = [{layer["name"]: layer["bytes"][totals.index(max(totals))] for layer in shot["layers"]} for shot, totals in zip(shots, columns)]
    wanted = [{name: bytes for name, bytes in device["categories"].items() if bytes} for device in devices]
    report([{name: bytes for name, bytes in layers.items() if bytes} for layers in at_peak] == wanted, "and are the categories there", [at_peak, wanted])
    sizes = [block[0] for block in shots[0]["blocks"]]
    report(sizes == sorted(sizes, reverse=True) and len(sizes) > 20 and any("adamw.py:149" in stack for stack in shots[0]["stacks"]),
           "blocks have their sizes and stacks", sizes[:5])
    report("What memory was used for" in pdf_text(folder + ".pdf"), "the document has them, too")
    if not web.available():
        skip("the chart of snapshots", "no chromium with chromium-driver")
        return
    for page, width, dark in looks():
        page.open(folder + ".html")
        snapshots_in_browser(page, shots, named(width, dark))


def snapshots_in_browser(page, shots, which):
    wide = page.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    report(wide <= 0, "no scrolling sideways" + which, wide)
    shot = page.run("return [snapshots.shot().peak, snapshots.shot().peak_at]")
    report(shot[0] == max(s["peak"] for s in shots), "the fullest is shown first" + which, shot)
    told = page.run("return snapshots.told(snapshots.shot().peak_at, 1)").split("\n")
    first = next(s for s in shots if s["peak"] == shot[0])["layers"]
    first = next(layer["name"] for layer in first if max(layer["bytes"]) > 0)
    report(told[1].startswith(first + " ") and told[2].startswith("largest block "), "an area tells what it is" + which, told)
    page.run("document.getElementById('snapshot-chart').focus()")
    view = page.run("return snapshots.view()")
    page.press("+")
    near = page.run("return snapshots.view()")
    report(abs((near[1] - near[0]) * 2 - (view[1] - view[0])) < 1e-9, "the keyboard zooms" + which, [view, near])
    page.press("0", ENTER)
    panel = page.run("return [document.querySelector('#snapshot-blocks h3').textContent, document.querySelectorAll('#snapshot-blocks pre').length]")
    report(" at " in panel[0] and panel[1] > 0, "and lists the blocks in the middle" + which, panel)
    page.click("#snapshot-blocks button")
    followed = page.run("return [snapshots.followed(), document.querySelector('#snapshot-blocks button').textContent]")
    report(followed[0] is not None and followed[1] == "Let go", "a block can be followed" + which, followed)
    page.point("#snapshot-chart", 0.5, 0.5)
    tip = page.run("const t = document.getElementById('tip'); return t.hidden ? '' : t.textContent")
    report(re.match(r"[0-9.]+ s\n|event ", tip) is not None, "pointing tells" + which, tip)
    page.run("const l = document.getElementById('layer'); l.value = l.options[1].value; l.dispatchEvent(new Event('change'))")
    report(page.complaints() == [], "without a complaint" + which, page.complaints())
    check_tables(page, which)


def check_mistakes(work):
    for arguments, status, words, name in (
        ([], 2, "give a sweep's folder, --memory-dir", "no folder"),
        (["--memory-dir", os.path.join(work, "none")], 1, "none", "a folder that is not there"),
        (["--memory-dir", work], 1, "no memory_trace_rank", "a folder without traces"),
        (["--memory-dir", os.path.join(work, "traces"), "--output", "/proc/none/x"], 1, "/proc/none", "an output that cannot be"),
        (["--memory-dir", work, "--gpu-memory", "much"], 2, "--gpu-memory", "a number in words"),
    ):
        done = run(*arguments)
        report(done.returncode == status and words in done.stderr, name, done.stderr)
    done = run("--help")
    report(done.returncode == 0 and "Example:" in done.stdout, "--help has an example")


try:
    with tempfile.TemporaryDirectory() as work:
        check_page(work)
        check_sweep(work)
        check_logs_alone(work)
        check_pair(work)
        check_timeline(work)
        check_process(work)
        check_script(work)
        check_long_table(work)
        check_unlike(work)
        check_unlike_pair(work)
        check_many_timelines(work)
        check_large(work)
        check_snapshots(work)
        check_mistakes(work)
finally:
    for opened in BROWSERS:
        opened.close()
print("1..%d" % count)
sys.exit(failed > 0)
