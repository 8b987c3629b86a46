#!/usr/bin/env python3
"""What a file tells, as a list of lines: a page's elements with their words and data, a PDF's text,
JSON by its members, a text as it is.

Usage: told.py FILE             prints the lines (FILE: .html, .pdf, .json, .txt)
       told.py FILE LINES       says how they differ from LINES; status 1 where they do
       told.py --write FILE LINES

Styles and scripts are left out of a page: they are sources of their own, and a browser tests them.
"""

import difflib
import html.parser
import json
import re
import subprocess
import sys

import listing

ALONE = {"meta", "br", "img", "input", "hr", "link", "col", "wbr", "path", "line", "rect", "circle", "stop", "use"}
MANY = 16  # figures of a list that are not told one by one


class Page(html.parser.HTMLParser):
    """Its elements as lines; what is not closed in its turn is a line, too."""

    def __init__(self):
        super().__init__()
        self.lines, self.open, self.words = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.end_words()
        self.lines.append(" ".join([tag] + ['%s="%s"' % (k, v.replace("\n", " / ")) if v is not None else k for k, v in attributes]))
        if tag not in ALONE:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self.end_words()
        if tag in ALONE:
            return
        if not self.open or self.open[-1][0] != tag:
            self.lines.append("NOT CLOSED before </%s>: %s" % (tag, ", ".join(t for t, _ in self.open)))
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.words += data

    def end_words(self):
        tag, attributes = self.open[-1] if self.open else ("", {})
        words, self.words = re.sub(r"\s+", " ", self.words).strip(), ""
        if not words or tag == "style" or (tag == "script" and attributes.get("type") != "application/json"):
            return
        if tag == "script":
            self.lines += list(flat(json.loads(words), "  "))
        else:
            self.lines.append('  "%s"' % words)


def rounded(value):
    """To nine digits: processors differ in what follows."""
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float("%.9g" % value) if isinstance(value, float) else value


def flat(value, place):
    """JSON as lines: a line for each figure, and for each list of figures."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from flat(one, place + "." + key)
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for i, one in enumerate(value):
            yield from flat(one, "%s[%d]" % (place, i))
    elif isinstance(value, list) and len(value) > MANY and all(isinstance(one, (int, float, type(None))) for one in value):
        yield "%s: %d from %s to %s, %d known, their sum %.9g" % (place, len(value), value[:6], value[-2:], len(value) - value.count(None),
                                                              sum(one or 0 for one in value))
    else:
        yield "%s: %s" % (place, json.dumps(rounded(value), ensure_ascii=False))


def lines_of(path):
    if path.endswith(".txt") or path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            return list(flat(json.load(file), "")) if path.endswith(".json") else file.read().split("\n")
    if path.endswith(".pdf"):
        text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
        lines = [re.sub(r"\s+", " ", line).strip() for line in text.replace("\f", "\n---- page ----\n").split("\n")]
    else:
        page = Page()
        with open(path, encoding="utf-8") as file:
            page.feed(file.read())
        page.close()
        page.end_words()
        lines = page.lines + ["NOT CLOSED: " + tag for tag, _ in page.open]
    # What other releases change.
    for pattern, name in ((r"gmtrace \d+(\.\d+)+", "gmtrace VERSION"), (r"'sha256-[^']*'", "'sha256-...'")):
        lines = [re.sub(pattern, name, line) for line in lines]
    return [line for line in lines if line.strip()]


def differences(expected, made):
    return difflib.unified_diff(expected, made, "was", "is", "", "", 1, "")


sys.exit(listing.main(sys.argv[1:], lines_of, differences))
