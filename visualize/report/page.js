"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const themed = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const make = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const number = (value) => value.toLocaleString("en-US");
  const counted = (count, thing) => number(count) + " " + thing + (count === 1 ? "" : "s");
  const gb = (value) => value.toFixed(2) + " GB";

  /* ---- tables that sort ---- */

  for (const button of document.querySelectorAll(".sortable th button"))
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const column = Array.from(head.parentElement.children).indexOf(head);
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = head.closest("table").tBodies[0];
      const value = (row) => {
        const cell = row.cells[column];
        return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
      };
      const order = (a, b) => {
        const x = value(a), y = value(b);
        if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
        const compared = typeof x === "number" ? x - y : x.localeCompare(y, undefined, { numeric: true });
        return down ? -compared : compared;
      };
      body.append(...Array.from(body.rows).sort(order));
    });

  /* ---- what is pointed at tells its numbers ---- */

  const tip = document.body.appendChild(byId("tip") || make("div"));
  tip.id = "tip";
  tip.hidden = true;
  function showTip(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect(), room = document.documentElement.clientWidth;
    tip.style.left = Math.max(4, Math.min(x + 14, room - box.width - 4)) + "px";
    tip.style.top = (y + 18 + box.height > window.innerHeight ? Math.max(4, y - box.height - 10) : y + 18) + "px";
  }
  const hideTip = () => { tip.hidden = true; };
  for (const box of document.querySelectorAll("[data-tip]")) {
    box.addEventListener("pointermove", (event) => showTip(box.dataset.tip, event.clientX, event.clientY));
    box.addEventListener("pointerleave", hideTip);
    box.addEventListener("focus", () => {
      const at = box.getBoundingClientRect();
      showTip(box.dataset.tip, at.left, at.bottom - 12);
    });
    box.addEventListener("blur", hideTip);
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

  /* A link to words that are folded away opens them. */
  function openNamed() {
    const named = byId(decodeURIComponent(location.hash.slice(1)));
    const folded = named && named.closest("details");
    if (!folded) return;
    folded.open = true;
    named.scrollIntoView({ block: "center" });
    named.focus({ preventScroll: true });
  }

  window.addEventListener("hashchange", openNamed);
  openNamed();
  if (!byId("timeline")) {
    document.body.dataset.ready = "yes";
    return;
  }

  /* ---- curves ---- */

  const ROLES = ["real", "simulated"], KINDS = ["allocated", "reserved"], LEVELS = ["static", "theory"];
  const AT = { static: 3, theory: 4 }; /* places in an iteration: number, start, peak, static, theory */
  const COLOURS = [{ allocated: "--real", reserved: "--reserved", static: "--static", theory: "--theory" },
                   { allocated: "--simulated", reserved: "--reserved-simulated", static: "--static-simulated",
                     theory: "--theory-simulated" }];
  const PALETTE = ["--curve-1", "--curve-2", "--curve-3", "--curve-4", "--curve-5", "--curve-6", "--curve-7", "--curve-8"];
  const DASHES = { allocated: [[], [7, 4]], reserved: [[1.5, 3], [7, 3, 1.5, 3]], static: [[3, 3], [3, 3]],
                   theory: [[9, 4, 2, 4], [9, 4, 2, 4]] }; /* by kind, real and simulated */
  const WIDTHS = { allocated: 1.8, reserved: 1.3, static: 1.3, theory: 1.3 };
  const dashOf = (line) => DASHES[line.kind][line.curve.of.role];
  const MOST_CURVES = 16;

  /* Columns are whole numbers of 1/scale, each less the known one before. */
  const addUp = (column, scale) => {
    let sum = 0;
    return column.map((step) => step === null ? null : (sum += step) / scale);
  };
  const samplesOf = (place) => {
    const rank = data.ranks[place];
    if (!rank.series) {
      const { t, a, r, it, m } = JSON.parse(byId("samples-" + place).textContent);
      rank.series = { t: addUp(t, 10000), a: addUp(a, 100), r: addUp(r, 10), it, m };
    }
    return rank.series;
  };
  const placesOf = (c, rank) => data.ranks.map((_, i) => i).filter((i) => data.ranks[i].c === c && data.ranks[i].rank === rank);
  const ranksOf = (c) => [...new Set(data.ranks.filter((rank) => rank.c === c).map((rank) => rank.rank))];
  const textOf = (c) => data.configurations[c].text;
  const kept = []; /* { c, rank }, which stay while others are looked at */
  let chart = null, curves = [], common = {}, view = null;

  /* The last place whose time is at or before a time; -1 before the first. */
  function placeAt(times, time) {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  function iterationAt(series, time) {
    let found = null;
    for (const iteration of series.it) {
      if (iteration[1] > time) break;
      found = iteration;
    }
    return found;
  }

  /* Real beside simulated: the last iteration of each, from its start. Runs of several configurations:
     each from its start. Ranks of one run: as they were recorded. */
  function build(configuration, rank) {
    const wanted = [{ c: configuration, rank }].concat(kept.filter((k) => k.c !== configuration || k.rank !== rank));
    const places = wanted.flatMap((w) => placesOf(w.c, w.rank));
    const roles = new Set(places.map((i) => data.ranks[i].role)).size;
    const runs = new Set(places.map((i) => data.ranks[i].c)).size;
    curves = places.map((place, index) => {
      const of = data.ranks[place], series = samplesOf(place), role = ROLES[of.role];
      const start = roles > 1 && series.it.length ? series.it[series.it.length - 1][1]
                  : runs > 1 ? series.t[0] : 0;
      const from = roles > 1 ? Math.max(0, placeAt(series.t, start - 1e-9) + 1) : 0;
      const who = (runs > 1 ? textOf(of.c) + ", " : "") + "rank " + of.rank + (roles > 1 ? ", " + role : "");
      const alone = wanted.length === 1;
      return { of, series, start, from, who, name: alone ? (roles > 1 ? role + " " : "") : who + ": ",
               colour: (kind) => themed(alone ? COLOURS[of.role][kind] : PALETTE[index % PALETTE.length]) };
    });
    const ends = curves.map((k) => k.series.t[k.series.t.length - 1] - k.start);
    const begins = curves.map((k) => k.series.t[k.from] - k.start);
    const first = curves[0];
    common = { roles, runs, count: wanted.length, from: Math.min(...begins), to: Math.max(...ends),
               iterations: first.series.it.map((it) => [it[0], it[1] - first.start]).filter((it) => it[1] >= 0),
               markers: first.series.m.map((m) => [m[0] - first.start, m[1]]).filter((m) => m[0] >= 0) };
    if (!(common.to > common.from)) common.to = common.from + 1;
  }

  const on = (kind) => byId("show-" + kind).checked;
  const columnOf = (curve, kind) => kind === "allocated" ? curve.series.a : curve.series.r;
  const has = (curve, kind) => KINDS.includes(kind) ? columnOf(curve, kind).some((mb) => mb !== null)
                             : curve.series.it.some((it) => it[AT[kind]] !== null);
  const lines = (kinds) => curves.flatMap((curve) => kinds.filter((kind) => on(kind) && has(curve, kind))
                                                          .map((kind) => ({ curve, kind, name: curve.name + kind })));
  function valueOf(line, time) { /* GB; null where it is not known */
    const at = time + line.curve.start, series = line.curve.series;
    if (LEVELS.includes(line.kind)) {
      const iteration = iterationAt(series, at);
      return iteration && iteration[AT[line.kind]] !== null ? iteration[AT[line.kind]] / 1024 : null;
    }
    const place = placeAt(series.t, at);
    if (place < line.curve.from || at > series.t[series.t.length - 1] + 1e-6) return null;
    const mb = columnOf(line.curve, line.kind)[place];
    return mb === null ? null : mb / 1024;
  }

  /* The GPU's memory is no limit of what a process on the CPU has. */
  const showsCapacity = () => on("capacity") && curves.some((curve) => curve.of.of_gpu);

  /* The vertical axis is that of the curves. Lines that lie far above them (theory, the GPU's memory)
     would squeeze these: they are named at the upper edge instead. */
  function heights() {
    let least = Infinity, most = -Infinity;
    const take = (mb) => { if (mb !== null && mb !== undefined) { least = Math.min(least, mb); most = Math.max(most, mb); } };
    for (const line of lines(KINDS)) columnOf(line.curve, line.kind).forEach(take);
    for (const line of lines(["static"])) line.curve.series.it.forEach((it) => take(it[AT.static]));
    if (most < least) least = most = 0;
    least /= 1024;
    most /= 1024;
    const scale = byId("scale").value, room = Math.max(most - least, most * 0.02, 0.001) * 0.08;
    if (scale === "close") return [Math.max(0, least - room), most + room];
    if (scale === "gpu" || (showsCapacity() && data.gpu <= most * 2.5)) most = Math.max(most, data.gpu);
    for (const line of lines(["theory"]))
      for (const it of line.curve.series.it)
        if (it[AT.theory] !== null && it[AT.theory] / 1024 <= most * 1.15) most = Math.max(most, it[AT.theory] / 1024);
    return [0, most > 0 ? most * 1.06 : 1];
  }

  /* ---- drawing ---- */

  /* One path, so that dashes run on from sample to sample; of the samples that share a column of
     pixels the first, the least, the largest and the last, so that no spike is lost. */
  function trace(context, area, graph, line) {
    const { curve, kind } = line, times = curve.series.t, values = columnOf(curve, kind);
    const [from, to] = graph.xAxisRange();
    const x = (time) => area.x + (time - curve.start - from) / (to - from) * area.w;
    const y = (mb) => graph.toDomYCoord(mb / 1024);
    let place = Math.max(curve.from, placeAt(times, from + curve.start));
    const end = Math.min(times.length - 1, placeAt(times, to + curve.start) + 1);
    let column = -Infinity, points = null, begun = false, last = 0;
    const put = () => {
      if (!points) return;
      const order = [...new Set([points.first, points.least < points.most ? points.least : points.most,
                                 points.least < points.most ? points.most : points.least, points.last])];
      for (const i of order) {
        if (begun) context.lineTo(x(times[i]), last);
        context[begun ? "lineTo" : "moveTo"](x(times[i]), y(values[i]));
        begun = true;
        last = y(values[i]);
      }
    };
    context.beginPath();
    for (; place <= end; place++) {
      if (values[place] === null) continue;
      const at = Math.floor(x(times[place]));
      if (at !== column) {
        put();
        column = at;
        points = { first: place, least: place, most: place, last: place };
        continue;
      }
      if (values[place] < values[points.least]) points.least = place;
      if (values[place] > values[points.most]) points.most = place;
      points.last = place;
    }
    put();
    context.strokeStyle = curve.colour(kind);
    context.lineWidth = WIDTHS[kind];
    context.setLineDash(dashOf(line));
    context.stroke();
  }

  /* What has a value for a whole iteration, as a line over it; far above the chart, as words. */
  function drawLevels(context, area, graph) {
    const [from, to] = graph.xAxisRange(), [, top] = graph.yAxisRange(), above = [];
    const level = (value, begins, ends, colour, dash) => {
      context.beginPath();
      context.strokeStyle = colour;
      context.lineWidth = 1.3;
      context.setLineDash(dash);
      const y = graph.toDomYCoord(value), x = (time) => area.x + (time - from) / (to - from) * area.w;
      context.moveTo(Math.max(area.x, x(begins)), y);
      context.lineTo(Math.min(area.x + area.w, x(ends)), y);
      context.stroke();
    };
    for (const line of lines(LEVELS)) {
      const its = line.curve.series.it, colour = line.curve.colour(line.kind);
      let highest = null;
      its.forEach((it, i) => {
        if (it[AT[line.kind]] === null) return;
        const value = it[AT[line.kind]] / 1024, begins = it[1] - line.curve.start;
        const ends = i + 1 < its.length ? its[i + 1][1] - line.curve.start : common.to;
        if (ends < from || begins > to) return;
        if (value > top) highest = Math.max(highest, value);
        else level(value, begins, ends, colour, dashOf(line));
      });
      if (highest !== null) above.push([line.name + " " + gb(highest), colour]);
    }
    const colour = themed("--capacity"), name = "GPU " + number(data.gpu) + " GB";
    if (showsCapacity() && data.gpu > top) above.unshift([name, colour]);
    context.font = "12px sans-serif";
    if (showsCapacity() && data.gpu <= top) {
      level(data.gpu, from, to, colour, []);
      context.fillStyle = colour;
      context.textAlign = "right";
      context.fillText(name, area.x + area.w - 4, graph.toDomYCoord(data.gpu) - 4);
      context.textAlign = "left";
    }
    let left = area.x + 4;
    for (const [text, ink] of above.slice(0, 3)) {
      context.fillStyle = ink;
      context.fillText("\u2191 " + text, left, area.y + 11);
      left += context.measureText("\u2191 " + text).width + 14;
    }
  }

  function drawMarks(context, area, graph) {
    const range = graph.xAxisRange();
    const quiet = themed("--quiet"), line = themed("--line"), warning = themed("--warning");
    context.font = "12px sans-serif";
    context.setLineDash([]);
    let last = -Infinity;
    if (on("iterations"))
      for (const [iteration, time] of common.iterations) {
        if (time < range[0] || time > range[1]) continue;
        const x = graph.toDomXCoord(time);
        if (x - last < 3) continue;
        context.fillStyle = line;
        context.fillRect(x, area.y, 1, area.h);
        const text = number(iteration);
        if (x - last > context.measureText(text).width + 8) {
          context.fillStyle = quiet;
          context.fillText(text, x + 3, area.y + area.h - 4);
          last = x;
        }
      }
    last = -Infinity;
    if (on("events"))
      for (const [time, name] of common.markers) {
        if (time < range[0] || time > range[1]) continue;
        const x = graph.toDomXCoord(time);
        context.fillStyle = warning;
        context.fillRect(x, area.y + area.h - 26, 1.5, 8);
        const width = context.measureText(name).width;
        if (x - last > 6 && x + width < area.x + area.w) {
          context.fillText(name, x + 4, area.y + area.h - 18);
          last = x + width;
        }
      }
  }

  function drawCurves(event) {
    if (event.seriesIndex !== 0) return;
    const context = event.drawingContext, area = event.plotArea, graph = event.dygraph;
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    drawMarks(context, area, graph);
    drawLevels(context, area, graph);
    for (const line of lines(["reserved"])) trace(context, area, graph, line);
    for (const line of lines(["allocated"]).reverse()) trace(context, area, graph, line);
    context.restore();
  }

  /* The library scales the axis of time, zooms and pans; the strip below the chart is of one curve, the
     first, reduced to its extremes. */
  function overview() {
    const curve = curves[0], kind = has(curve, "allocated") ? "allocated" : "reserved";
    const times = curve.series.t, values = columnOf(curve, kind), rows = [];
    const parts = Math.min(1000, times.length - curve.from);
    for (let part = 0; part < parts; part++) {
      const length = times.length - curve.from;
      const a = curve.from + Math.floor(length * part / parts), b = curve.from + Math.floor(length * (part + 1) / parts);
      let least = a, most = a;
      for (let i = a; i < b; i++) {
        if (values[i] < values[least]) least = i;
        if (values[i] > values[most]) most = i;
      }
      for (const i of least === most ? [least] : [Math.min(least, most), Math.max(least, most)])
        rows.push([times[i] - curve.start, values[i] === null ? null : values[i] / 1024]);
    }
    if (rows[0][0] > common.from) rows.unshift([common.from, null]);
    if (rows[rows.length - 1][0] < common.to) rows.push([common.to, null]);
    return rows;
  }

  function redraw(range) {
    if (!chart) return;
    view = range || view;
    chart.updateOptions({ dateWindow: view, valueRange: heights() });
    describe();
    legend();
    follow();
  }
  function describe() {
    document.body.dataset.from = view[0];
    document.body.dataset.to = view[1];
  }

  const configurationBox = byId("configuration"), rankBox = byId("rank"), periodBox = byId("period");
  const option = (text, value) => {
    const made = make("option", text);
    made.value = value;
    return made;
  };
  const chosen = () => ({ c: Number(configurationBox.value), rank: Number(rankBox.value) });

  /* A configuration may have no timeline: it ran out of memory at once, or the page has no room. */
  function drawNothing(c) {
    chart = null;
    curves = [];
    byId("legend").replaceChildren();
    byId("about").textContent = "No timeline of " + textOf(c) + " is in this report, which holds " +
      counted(data.ranks.length, "timeline") + " in all.";
    follow();
  }

  function about() {
    const parts = curves.map((curve) => {
      const shown = curve.series.t.length;
      return curve.of.file + (common.roles > 1 ? " (" + ROLES[curve.of.role] + ")" : "") + ": " + counted(curve.of.n, "sample") +
             (curve.of.taken > curve.of.n ? " of " + number(curve.of.taken) + " taken (equal ones are left out)" : "") +
             (shown < curve.of.n ? ", reduced to " + number(shown) + " with their extremes" : "");
    });
    return parts.join("; ") + (common.roles > 1 ? ". The last iteration of each, from its start."
                               : common.runs > 1 ? ". Each run from its start." : "");
  }

  function draw(range) {
    const { c, rank } = chosen(), none = rankBox.options.length === 0;
    if (chart) chart.destroy();
    for (const box of document.querySelectorAll(".of-chart")) box.hidden = none;
    byId("keep").disabled = byId("stages").disabled = none;
    listKept();
    if (none) return drawNothing(c);
    build(c, rank);
    view = range && range[1] > range[0] ? range : [common.from, common.to];
    chart = new Dygraph(byId("chart"), overview(), {
      labels: ["time", "memory"], dateWindow: view, valueRange: heights(), legend: "never", plotter: drawCurves,
      xlabel: "time (s)", ylabel: "memory (GB)", showRangeSelector: true, rangeSelectorHeight: 34,
      interactionModel: Dygraph.defaultInteractionModel, highlightCircleSize: 0, axisLabelWidth: 56,
      gridLineColor: themed("--line"), axisLineColor: themed("--quiet"),
      rangeSelectorPlotFillColor: themed("--line"), rangeSelectorPlotFillGradientColor: themed("--card"),
      rangeSelectorPlotStrokeColor: themed("--quiet"),
      zoomCallback: (from, to) => { view = [from, to]; describe(); follow(); },
      drawCallback: (graph, first) => { if (!first) { view = graph.xAxisRange(); describe(); follow(); } },
    });
    describe();
    fillPeriods();
    byId("about").textContent = about();
    legend();
    follow();
  }

  /* A piece of the line, as it is drawn. */
  function keyOf(line) {
    const part = (tag, attributes) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      return made;
    };
    const key = part("svg", { class: "key-line", width: 30, height: 10, "aria-hidden": "true" });
    key.append(part("line", { x1: 0, x2: 30, y1: 5, y2: 5, stroke: line.curve.colour(line.kind),
                              "stroke-width": WIDTHS[line.kind], "stroke-dasharray": dashOf(line).join(" ") || "none" }));
    return key;
  }

  function legend() {
    byId("legend").replaceChildren(...lines(KINDS.concat(LEVELS)).map((line) => {
      const item = make("li");
      item.append(keyOf(line), line.name);
      return item;
    }));
  }

  /* ---- pointing at the chart ---- */

  byId("chart").addEventListener("pointermove", (event) => {
    if (!chart || event.buttons) return hideTip();
    const box = byId("chart").getBoundingClientRect(), area = chart.getArea();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    if (x < area.x || x > area.x + area.w || y < area.y || y > area.y + area.h) return hideTip();
    showTip(told(chart.toDataXCoord(x)), event.clientX, event.clientY);
  });
  byId("chart").addEventListener("pointerleave", hideTip);
  function told(time) {
    const first = curves[0], iteration = iterationAt(first.series, time + first.start);
    const words = [time.toFixed(3) + " s" + (iteration ? ", iteration " + number(iteration[0]) : "")];
    for (const line of lines(KINDS.concat(LEVELS))) {
      const value = valueOf(line, time);
      if (value !== null)
        words.push(line.name + " " + gb(value) + (line.kind === "allocated" && line.curve.of.of_gpu ? ", " + Math.round(value / data.gpu * 100) + "% of the GPU" : ""));
    }
    return words.join("\n");
  }

  /* ---- controls ---- */

  function fillRanks() {
    rankBox.replaceChildren(...ranksOf(Number(configurationBox.value)).map((rank) => option("rank " + rank, rank)));
  }
  function fillPeriods() {
    const before = periodBox.value;
    periodBox.replaceChildren(option("all", "all"), option("last iteration", "last"), option("last 10 s", "10"),
                              option("last 60 s", "60"));
    for (const [iteration] of common.iterations.slice(0, 200))
      periodBox.append(option("iteration " + number(iteration), "i" + iteration));
    if ([...periodBox.options].some((o) => o.value === before)) periodBox.value = before;
  }
  function choosePeriod() {
    const { from, to, iterations } = common, period = periodBox.value;
    if (period === "all" || iterations.length === 0) return redraw([from, to]);
    if (period === "last") return redraw([iterations[iterations.length - 1][1], to]);
    if (period[0] !== "i") return redraw([Math.max(from, to - Number(period)), to]);
    const at = iterations.findIndex((it) => it[0] === Number(period.slice(1)));
    return redraw([iterations[at][1], at + 1 < iterations.length ? iterations[at + 1][1] : to]);
  }
  function zoom(factor) {
    const [from, to] = view, middle = (from + to) / 2, half = (to - from) / 2 * factor;
    redraw([Math.max(common.from, middle - half), Math.min(common.to, middle + half)]);
  }
  function pan(share) {
    const [from, to] = view, by = Math.max(common.from - from, Math.min(common.to - to, (to - from) * share));
    redraw([from + by, to + by]);
  }
  function reset() {
    periodBox.value = "all";
    redraw([common.from, common.to]);
  }

  /* The curves that stay are told, each with a button that takes it away. */
  function listKept() {
    byId("kept").replaceChildren(...kept.map((curve, index) => {
      const item = make("li", textOf(curve.c) + ", rank " + curve.rank + " ");
      const away = make("button", "\u00D7");
      away.type = "button";
      away.setAttribute("aria-label", "Take " + textOf(curve.c) + ", rank " + curve.rank + " out of the chart");
      away.addEventListener("click", () => { kept.splice(index, 1); draw(); });
      item.append(away);
      return item;
    }));
  }
  function keep(c, rank) {
    if (kept.length < MOST_CURVES && placesOf(c, rank).length && !kept.some((k) => k.c === c && k.rank === rank))
      kept.push({ c, rank });
  }
  /* Of each pipeline stage the fullest rank: where an imbalance lies. */
  function keepStages() {
    const { c } = chosen(), fullest = new Map();
    for (const rank of data.ranks.filter((r) => r.c === c && r.role === data.ranks.find((o) => o.c === c).role)) {
      const key = rank.stage < 0 ? "rank " + rank.rank : rank.stage, before = fullest.get(key);
      if (!before || rank.peak > before.peak) fullest.set(key, rank);
    }
    kept.length = 0;
    for (const rank of [...fullest.values()].slice(0, 8)) keep(c, rank.rank);
    draw();
  }

  function choose(configuration, rank, range) {
    configurationBox.value = configuration;
    fillRanks();
    const ranks = ranksOf(Number(configuration));
    rankBox.value = ranks.includes(rank) ? rank : fullestRank(Number(configuration));
    draw(range);
  }
  function fullestRank(c) {
    const of = data.ranks.filter((rank) => rank.c === c);
    return of.length ? of.reduce((best, rank) => rank.peak > best.peak ? rank : best).rank : undefined;
  }

  /* ---- the address: what is shown, and back ---- */

  let settled = false;
  function address() {
    const { c, rank } = chosen(), parts = ["configuration=" + c];
    if (rankBox.options.length) parts.push("rank=" + rank);
    if (kept.length) parts.push("with=" + kept.map((k) => k.c + ":" + k.rank).join(","));
    if (chart && (view[0] !== common.from || view[1] !== common.to))
      parts.push("from=" + Number(view[0].toFixed(6)), "to=" + Number(view[1].toFixed(6)));
    if (byId("scale").value !== "auto") parts.push("height=" + byId("scale").value);
    return "#" + parts.join("&");
  }
  let waiting = 0, known = location.hash;
  function writeAddress() {
    if (location.hash !== known) return; // another was typed, and is opened in a moment
    history.replaceState(null, "", address());
    known = location.hash;
  }
  function follow() {
    if (!settled) return;
    clearTimeout(waiting);
    waiting = setTimeout(writeAddress, 60);
  }
  function openAddress(scroll) {
    known = location.hash;
    const words = new URLSearchParams(location.hash.slice(1)), c = Number(words.get("configuration"));
    if (!words.has("configuration") || !(c in data.configurations)) return false;
    const range = words.has("from") && words.has("to") ? [Number(words.get("from")), Number(words.get("to"))] : undefined;
    kept.length = 0;
    for (const pair of (words.get("with") || "").split(",").filter((p) => p)) keep(...pair.split(":").map(Number));
    if ([...byId("scale").options].some((o) => o.value === words.get("height"))) byId("scale").value = words.get("height");
    choose(c, words.has("rank") ? Number(words.get("rank")) : undefined, range);
    if (scroll) (ranksOf(c).length ? byId("timeline") : byId("configuration=" + c)).scrollIntoView();
    return true;
  }
  window.addEventListener("hashchange", () => openAddress(true));
  for (const link of document.querySelectorAll("a[href^='#configuration=']"))
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(null, "", link.getAttribute("href"));
      openAddress(true);
    });

  /* ---- saving ---- */

  function save(name, type, content) {
    const link = make("a");
    link.href = typeof content === "string" && content.startsWith("data:") ? content
              : URL.createObjectURL(new Blob([content], { type: type }));
    link.download = name;
    link.click();
  }
  function csv() {
    const [from, to] = view, shown = lines(KINDS.concat(LEVELS)), times = new Set();
    for (const curve of curves)
      for (let i = curve.from; i < curve.series.t.length; i++) {
        const time = Number((curve.series.t[i] - curve.start).toFixed(6));
        if (time >= from && time <= to) times.add(time);
      }
    const heads = shown.map((line) => line.name.replace(/[ ,:]+/g, "_") + "_GB");
    const rows = [...times].sort((a, b) => a - b).map((time) => {
      const values = shown.map((line) => {
        const value = valueOf(line, time + 1e-9);
        return value === null ? "" : value;
      });
      return [time].concat(values).join(",");
    });
    return ["time_s," + heads.join(",")].concat(rows).join("\n") + "\n";
  }
  const heading = () => [document.querySelector("h1").textContent,
                         [...new Set(curves.map((k) => textOf(k.of.c)))].join(" / ") + ", " +
                         "rank " + [...new Set(curves.map((k) => k.of.rank))].join(", ")];

  function png() {
    const box = byId("chart").getBoundingClientRect(), scale = 2, line = 18;
    const shown = lines(KINDS.concat(LEVELS)), canvas = make("canvas"), context = canvas.getContext("2d");
    const style = getComputedStyle(document.body);
    context.font = "13px sans-serif";
    /* The legend's lines: as many entries as fit. */
    const places = [];
    let left = 8, row = 0;
    for (const entry of shown) {
      const width = context.measureText(entry.name).width + 48;
      if (left > 8 && left + width > box.width) { left = 8; row++; }
      places.push([entry, left, row]);
      left += width;
    }
    const head = line * (3 + row) + 10;
    canvas.width = box.width * scale;
    canvas.height = (box.height + head) * scale;
    context.scale(scale, scale);
    context.fillStyle = style.backgroundColor;
    context.fillRect(0, 0, box.width, box.height + head);
    context.fillStyle = style.color;
    context.font = "bold 14px sans-serif";
    context.fillText(heading()[0], 8, line);
    context.font = "13px sans-serif";
    context.fillText(heading()[1], 8, 2 * line);
    for (const [entry, at, down] of places) {
      const y = line * (3 + down);
      context.strokeStyle = entry.curve.colour(entry.kind);
      context.lineWidth = 2;
      context.setLineDash(dashOf(entry));
      context.beginPath();
      context.moveTo(at, y - 5);
      context.lineTo(at + 26, y - 5);
      context.stroke();
      context.fillText(entry.name, at + 31, y);
    }
    for (const part of byId("chart").querySelectorAll("canvas")) {
      const at = part.getBoundingClientRect();
      context.drawImage(part, at.left - box.left, at.top - box.top + head, at.width, at.height);
    }
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const label of byId("chart").querySelectorAll(".dygraph-axis-label, .dygraph-xlabel, .dygraph-ylabel")) {
      const at = label.getBoundingClientRect();
      context.save();
      context.translate(at.left - box.left + at.width / 2, at.top - box.top + head + at.height / 2);
      if (label.classList.contains("dygraph-ylabel")) context.rotate(-Math.PI / 2);
      context.font = getComputedStyle(label).fontSize + " sans-serif";
      context.fillText(label.textContent, 0, 0);
      context.restore();
    }
    return canvas.toDataURL("image/png");
  }
  const stem = () => "memory_" + textOf(chosen().c).replace(/[^A-Za-z0-9]+/g, "_") + "_rank" + rankBox.value;

  /* ---- all of it together ---- */

  data.configurations.forEach((configuration, index) => {
    const has = data.ranks.some((rank) => rank.c === index);
    configurationBox.append(option(configuration.text + (has ? "" : " (" + configuration.outcome + ", no timeline)"), index));
  });
  configurationBox.addEventListener("change", () => choose(configurationBox.value));
  rankBox.addEventListener("change", () => draw());
  periodBox.addEventListener("change", choosePeriod);
  byId("scale").addEventListener("change", () => redraw());
  for (const kind of KINDS.concat(LEVELS, "capacity", "iterations", "events"))
    byId("show-" + kind).addEventListener("change", () => redraw());
  const clicks = {
    "zoom-in": () => zoom(0.5), "zoom-out": () => zoom(2), earlier: () => pan(-0.5), later: () => pan(0.5), reset,
    csv: () => save(stem() + ".csv", "text/csv", csv()), png: () => save(stem() + ".png", "image/png", png()),
    keep: () => { const { c, rank } = chosen(); keep(c, rank); draw(view); }, stages: keepStages,
  };
  for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener("click", action);
  byId("chart").addEventListener("keydown", (event) => {
    const action = { "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), ArrowLeft: () => pan(-0.25),
                     ArrowRight: () => pan(0.25), "0": reset, Home: reset }[event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(view));

  window.report = { csv, png, told, address, visible: () => view, heights,
                    state: () => ({ names: lines(KINDS.concat(LEVELS)).map((line) => line.name), curves: curves.length,
                                    strip: chart.numRows() }) };
  /* First the fullest configuration of those that ran: the answer names it. */
  const ran = data.configurations.map((k, i) => i).filter((i) => data.ranks.some((rank) => rank.c === i));
  const fullest = ran.reduce((best, i) => {
    const failed = (k) => ["out of memory", "failed"].includes(data.configurations[k].outcome);
    if (best === undefined || failed(best) !== failed(i)) return best === undefined || failed(best) ? i : best;
    return data.configurations[i].peak > data.configurations[best].peak ? i : best;
  }, undefined);
  if (!openAddress(location.hash.length > 1)) choose(fullest);
  settled = true;
  document.body.dataset.ready = "yes";
})();
