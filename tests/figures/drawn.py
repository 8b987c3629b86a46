#!/usr/bin/env python3
"""What a figure has drawn, as a list of facts: where each text, box, line and curve is, and its colour.

Usage: drawn.py FILE.svg                 prints the facts of a figure
       drawn.py FILE.svg FACTS           says how the figure differs from FACTS; status 1 where it does
       drawn.py --write FILE.svg FACTS   makes FACTS anew

Positions are in points from the page's top left. A figure agrees with its facts where every position
is within 0.3 pt and every colour within 3 of 255: other releases of the libraries round otherwise.
"""

import difflib
import itertools
import math
import re
import sys
import xml.etree.ElementTree as tree

import listing

NEAR_PT, NEAR_COLOUR = 0.3, 3
MANY = 24  # dashes of a curve, say, are no facts each
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


# ---- reading an SVG ----


def numbers(text):
    return [float(n) for n in NUMBER.findall(text)]


def times(a, b):
    """The matrix that does b, then a."""
    return (a[0] * b[0] + a[2] * b[1], a[1] * b[0] + a[3] * b[1], a[0] * b[2] + a[2] * b[3], a[1] * b[2] + a[3] * b[3],
            a[0] * b[4] + a[2] * b[5] + a[4], a[1] * b[4] + a[3] * b[5] + a[5])


def placed(matrix, x, y):
    return (matrix[0] * x + matrix[2] * y + matrix[4], matrix[1] * x + matrix[3] * y + matrix[5])


def style_of(element):
    """Older releases of cairo write a style, newer ones attributes."""
    style = dict(element.attrib)
    style.update(part.split(":", 1) for part in re.sub(r"\s*([:;])\s*", r"\1", element.get("style", "")).split(";") if ":" in part)
    return style


def colour_of(style, key):
    text, opacity = style.get(key, "none"), float(style.get(key + "-opacity", 1))
    if text == "none":
        return None
    if text.startswith("rgb"):
        text = "#" + "".join("%02x" % round(n * (2.55 if "%" in text else 1)) for n in numbers(text))
    return ("gradient" if text.startswith("url") else text) + (" %d%% opaque" % round(100 * opacity) if opacity < 1 else "")


def subpaths(path, matrix):
    """Each as (its points on the page, whether it is closed, whether it is made of arcs)."""
    found, points, closed, is_round = [], [], False, True
    for command, rest in re.findall(r"([MLCZHV])([^MLCZHV]*)", path):
        values = numbers(rest)
        if command == "M":
            if len(points) > 1:
                found.append((points, closed, is_round))
            points, closed, is_round = [], False, True
        if command in "HV":
            x, y = last
            values = [values[0], y] if command == "H" else [x, values[0]]
        if command == "Z":
            closed = True
            continue
        is_round = is_round and command in "MC"
        last = values[-2:]
        points.append(placed(matrix, *last))  # where an arc ends; what it is bent by is left out
    return found + [(points, closed, is_round)] if len(points) > 1 else found


def place(*values):
    return " ".join("%g" % (round(v, 1) + 0.0) for v in values)


def bounds(points):
    xs, ys = zip(*points)
    return min(xs), min(ys), max(xs), max(ys)


def shape(points, closed, is_round):
    left, top, right, bottom = bounds(points)
    if len(points) > 2 and points[0] == points[-1]:
        points, closed = points[:-1], True
    if is_round:
        return "circle around %s, %s wide" % (place((left + right) / 2, (top + bottom) / 2), place(max(right - left, bottom - top)))
    if len(points) == 4 and closed and all(x in (left, right) and y in (top, bottom) for x, y in points):
        return "box " + place(left, top, right, bottom)
    if len(points) == 2:
        return "line " + place(*points[0], *points[1])
    if len(points) <= 9:
        return ("area " if closed else "curve ") + ", ".join(place(*p) for p in points)
    some = [points[(len(points) - 1) * i // 8] for i in range(9)]
    return "%s of %d points within %s: %s" % ("area" if closed else "curve", len(points), place(left, top, right, bottom),
                                             ", ".join(place(*p) for p in some))


def paint_of(style, matrix):
    words, fill, stroke = [], colour_of(style, "fill"), colour_of(style, "stroke")
    scale = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
    if fill:
        words.append("filled " + fill)
    if stroke:
        words.append("%s pt %s" % (place(float(style.get("stroke-width", 1)) * scale), stroke))
        dashes = style.get("stroke-dasharray", "none")
        if dashes != "none":
            words.append("dashed " + place(*[n * scale for n in numbers(dashes)]))
    return " ".join(words) or "unseen"


def text_fact(element, matrix):
    x, y = placed(matrix, 0, 0)
    anchor = {"start": "from", "middle": "around", "end": "up to"}[element.get("text-anchor", "start")]
    return 'text "%s"%s %s pt %s %s%s %s' % ("".join(element.itertext()), " bold" if element.get("font-weight") == "bold" else "",
                                           place(float(element.get("font-size", 0))), anchor, place(x, y),
                                           " upwards" if abs(matrix[1]) > 0.5 else "", element.get("fill"))


def facts_of(path):
    root = tree.parse(path).getroot()
    clips = {c.get("id"): bounds(subpaths(p.get("d"), (1, 0, 0, 1, 0, 0))[0][0]) for c in root.iter(SVG + "clipPath") for p in c.iter(SVG + "path")}
    facts = ["page " + place(*numbers(root.get("viewBox"))[2:])]

    def walk(element, matrix, clip):
        if element.get("transform"):
            matrix = times(matrix, numbers(element.get("transform")))
        clipped = re.match(r"url\(#(.*)\)", element.get("clip-path", ""))
        clip = clips.get(clipped.group(1)) if clipped else clip
        seen = " within " + place(*clip) if clip else ""
        if element.tag == SVG + "path":
            style = style_of(element)
            facts.extend(shape(*part) + " " + paint_of(style, matrix) + seen for part in subpaths(element.get("d", ""), matrix))
        elif element.tag == SVG + "text":
            facts.append(text_fact(element, matrix))
        elif element.tag not in (SVG + "defs", SVG + "clipPath"):
            for child in element:
                walk(child, matrix, clip)

    walk(root, (1, 0, 0, 1, 0, 0), None)
    return shortened(facts)


# ---- what lies in a row is one fact: hatching, ticks ----


def parts(fact):
    """A fact's words, and its figures: the numbers in it that are no part of a text or a colour."""
    pattern = re.compile(r'"(?:[^"])*"(?= (?:bold )?[\d.]+ pt)|#[0-9a-f]{6}|' + NUMBER.pattern)
    figures = [m for m in pattern.findall(fact) if NUMBER.fullmatch(m)]
    return pattern.sub(lambda m: "N" if NUMBER.fullmatch(m.group()) else m.group() if m.group()[0] == '"' else "C", fact), [float(n) for n in figures]


def in_step(first, second, third):
    """Whether so many figures go on as they began, but for their rounding."""
    return all(abs((b - a) - (c - b)) < 0.25 for a, b, c in zip(first, second, third))


def alike(facts, at):
    """The ends of the lines from there on that differ in these alone."""
    paint = lambda fact: fact.split(" ", 5)[5] if fact.startswith("line ") else None
    same = itertools.takewhile(lambda fact: paint(fact) == paint(facts[at]), facts[at:]) if paint(facts[at]) else []
    return [numbers(fact)[:4] for fact in same]


def shortened(facts):
    short, at = [], 0
    while at < len(facts):
        lines, fact = alike(facts, at), facts[at]
        row = 2
        while row < len(lines) and in_step(*lines[row - 2:row + 1]):
            row += 1
        if len(lines) >= MANY:
            all_within = bounds([line[i:i + 2] for line in lines for i in (0, 2)])
            length = sum(math.dist(line[:2], line[2:4]) for line in lines) / 72
            fact += ", and %d more within %s, %s inch in all" % (len(lines) - 1, place(*all_within), place(length))
            row = len(lines)
        elif row > 2:
            fact += ", and so on: %d, the last %s" % (row, place(*lines[row - 1][:4]))
        else:
            row = 1
        short.append(fact)
        at += row
    return short


# ---- two lists of facts ----


def colours(fact):
    return [int(c[i:i + 2], 16) for c in re.findall(r"#[0-9a-f]{6}", fact) for i in (1, 3, 5)]


def agree(a, b):
    (words_a, figures_a), (words_b, figures_b) = parts(a), parts(b)
    return (words_a == words_b and all(abs(x - y) <= NEAR_PT for x, y in zip(figures_a, figures_b)) and
            all(abs(x - y) <= NEAR_COLOUR for x, y in zip(colours(a), colours(b))))


def differences(expected, made):
    """Facts that are not as they were, as lines to read."""
    matcher = difflib.SequenceMatcher(None, [parts(f)[0] for f in expected], [parts(f)[0] for f in made], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            for was, now in zip(expected[a:b], made[c:d]):
                if not agree(was, now):
                    yield "was: " + was
                    yield "now: " + now
        else:
            yield from ("no longer there: " + fact for fact in expected[a:b])
            yield from ("new:             " + fact for fact in made[c:d])


sys.exit(listing.main(sys.argv[1:], facts_of, differences))
