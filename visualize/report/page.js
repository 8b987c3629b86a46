"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const themed = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const KINDS = ["allocated", "reserved", "static", "theory"];
  const COLOURS = { real: { allocated: "#0072b2", reserved: "#e69f00", static: "#009e73", theory: "#d62728" },
                    simulated: { allocated: "#cc79a7", reserved: "#b8860b", static: "#56b494", theory: "#e07b7b" } };
  const ROLES = ["real", "simulated"];
  const DRAWN = 4000; /* points of one series that are drawn at once; zooming in shows the rest */
  let chart = null;
  let shown = null; /* { times, columns, names, iterations, markers } */

  /* ---- the table ---- */

  for (const button of document.querySelectorAll("th button"))
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const column = Array.from(head.parentElement.children).indexOf(head);
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = byId("configurations").tBodies[0];
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

  /* ---- which rank ---- */

  const configurationBox = byId("configuration"), rankBox = byId("rank"), periodBox = byId("period");
  const option = (text, value) => {
    const made = document.createElement("option");
    made.textContent = text;
    made.value = value;
    return made;
  };
  data.configurations.forEach((text, index) => configurationBox.append(option(text, index)));
  function fillRanks() {
    const numbers = data.ranks.filter((rank) => rank.c === Number(configurationBox.value)).map((rank) => rank.rank);
    rankBox.replaceChildren(...[...new Set(numbers)].map((number) => option("rank " + number, number)));
  }

  /* ---- the series of a rank, real and simulated, on one axis of time ---- */

  function levelAt(rank, key, time) { /* of an iteration: static or theory */
    let found = null;
    for (const iteration of rank.it) {
      if (iteration[1] > time) break;
      found = iteration[key];
    }
    return found;
  }

  function build() {
    const ranks = data.ranks.filter((rank) => rank.c === Number(configurationBox.value) &&
                                              rank.rank === Number(rankBox.value));
    const both = ranks.length > 1; /* then the last iterations, from their starts */
    const times = new Map(), names = [], styles = {};
    ranks.forEach((rank, r) => {
      const role = ROLES[rank.role];
      const last = rank.it.length ? rank.it[rank.it.length - 1][1] : 0;
      const begins = both ? last : 0;
      KINDS.forEach((kind, k) => {
        const name = both ? role + " " + kind : kind;
        const column = names.length;
        let any = false;
        rank.t.forEach((time, i) => {
          const mb = k === 0 ? rank.a[i] : k === 1 ? rank.r[i] : levelAt(rank, k === 2 ? 3 : 4, time);
          if (mb === null || mb === undefined || time < begins) return;
          any = true;
          const at = time - begins;
          if (!times.has(at)) times.set(at, []);
          times.get(at)[column] = mb / 1024;
        });
        if (!any) return;
        names.push(name);
        styles[name] = { color: COLOURS[role][kind], strokePattern: rank.role ? [6, 4] : k > 1 ? [2, 3] : null,
                         strokeWidth: k === 0 ? 1.8 : 1.2, kind: kind };
      });
    });
    const sorted = [...times.keys()].sort((a, b) => a - b);
    const rows = sorted.map((time) => {
      const row = [time], values = times.get(time);
      for (let i = 0; i < names.length; i++) row.push(values[i] === undefined ? null : values[i]);
      return row;
    });
    const first = ranks[0] || { it: [], m: [], t: [] };
    const shift = both && first.it.length ? first.it[first.it.length - 1][1] : 0;
    shown = { rows, names, styles, file: ranks.map((rank) => rank.file).join(", "),
              all: ranks.reduce((sum, rank) => sum + rank.n, 0),
              taken: ranks.reduce((sum, rank) => sum + rank.taken, 0),
              kept: ranks.reduce((sum, rank) => sum + rank.t.length, 0),
              both: both,
              iterations: first.it.map((it) => [it[0], it[1] - shift]).filter((it) => it[1] >= 0),
              markers: first.m.map((m) => [m[0] - shift, m[1]]).filter((m) => m[0] >= 0) };
    if (shown.rows.length === 0) shown.rows = [[0].concat(names.map(() => null))];
  }

  /* The least and the largest of each part, so that no spike is lost. */
  function reduced(from, to) {
    const rows = shown.rows;
    let low = rows.findIndex((row) => row[0] >= from), high = rows.length;
    low = low < 0 ? rows.length - 1 : low;
    while (high > low + 1 && rows[high - 1][0] > to) high--;
    low = Math.max(0, low - 1);
    high = Math.min(rows.length, high + 1);
    if (high - low <= DRAWN) return rows.slice(low, high);
    const parts = DRAWN / 4, kept = new Set([low, high - 1]);
    for (let part = 0; part < parts; part++) {
      const a = low + Math.floor((high - low) * part / parts), b = low + Math.floor((high - low) * (part + 1) / parts);
      for (let column = 1; column <= Math.min(2, shown.names.length); column++) {
        let least = -1, most = -1;
        for (let i = a; i < b; i++) {
          if (rows[i][column] === null) continue;
          if (least < 0 || rows[i][column] < rows[least][column]) least = i;
          if (most < 0 || rows[i][column] > rows[most][column]) most = i;
        }
        if (least >= 0) kept.add(least).add(most);
      }
    }
    return [...kept].sort((a, b) => a - b).map((i) => rows[i]);
  }

  /* All of the run, and in the part that is looked at all that can be drawn. */
  function rowsFor(from, to) {
    if (shown.rows.length <= DRAWN) return shown.rows;
    const [least, most] = extent();
    if (from <= least && to >= most) return reduced(least, most);
    const whole = reduced(least, most), part = reduced(from, to);
    const begins = part[0][0], ends = part[part.length - 1][0];
    return whole.filter((row) => row[0] < begins).concat(part, whole.filter((row) => row[0] > ends));
  }

  const extent = () => [shown.rows[0][0], shown.rows[shown.rows.length - 1][0]];
  function visible() {
    return chart ? chart.xAxisRange() : extent();
  }
  const wanted = (name) => byId("show-" + shown.styles[name].kind).checked;

  function underlay(context, area, graph) {
    const range = graph.xAxisRange();
    const quiet = themed("--quiet"), line = themed("--line"), warning = themed("--warning");
    context.save();
    context.font = "12px sans-serif";
    let last = -Infinity;
    if (byId("show-iterations").checked)
      for (const [number, time] of shown.iterations) {
        if (time < range[0] || time > range[1]) continue;
        const x = graph.toDomXCoord(time);
        if (x - last < 3) continue;
        context.fillStyle = line;
        context.fillRect(x, area.y, 1, area.h);
        const text = String(number);
        if (x - last > context.measureText(text).width + 8) {
          context.fillStyle = quiet;
          context.fillText(text, x + 3, area.y + area.h - 4);
          last = x;
        }
      }
    last = -Infinity;
    if (byId("show-events").checked)
      for (const [time, name] of shown.markers) {
        if (time < range[0] || time > range[1]) continue;
        const x = graph.toDomXCoord(time);
        context.fillStyle = warning;
        context.fillRect(x, area.y, 1.5, 8);
        const width = context.measureText(name).width;
        if (x - last > 6 && x + width < area.x + area.w) {
          context.fillText(name, x + 4, area.y + 10);
          last = x + width;
        }
      }
    context.restore();
  }

  let redrawing = false;
  function redraw(range) {
    if (!chart) return;
    const [from, to] = range || visible();
    redrawing = true;
    chart.updateOptions({ file: rowsFor(from, to), dateWindow: [from, to] });
    redrawing = false;
    document.body.dataset.from = from;
    document.body.dataset.to = to;
  }

  /* A configuration may have no timeline: the page holds a limited number of them. */
  function drawNothing() {
    chart = null;
    byId("legend").replaceChildren();
    byId("about").textContent = "No timeline of " + configurationBox.selectedOptions[0].textContent +
      " is in this report, which holds " + data.ranks.length + (data.ranks.length === 1 ? " timeline in all." : " timelines in all.");
  }

  function draw() {
    build();
    if (chart) chart.destroy();
    const none = rankBox.options.length === 0;
    for (const box of document.querySelectorAll(".of-chart")) box.hidden = none;
    if (none) return drawNothing();
    const [from, to] = extent();
    const series = {};
    for (const name of shown.names) series[name] = Object.assign({}, shown.styles[name], { stepPlot: true });
    chart = new Dygraph(byId("chart"), rowsFor(from, to), {
      labels: ["time"].concat(shown.names), series: series, visibility: shown.names.map(wanted),
      dateWindow: [from, to], legend: "never", xlabel: "time (s)", ylabel: "memory (GB)", connectSeparatedPoints: true,
      showRangeSelector: true, interactionModel: Dygraph.defaultInteractionModel, rangeSelectorHeight: 34,
      axisLabelWidth: 56, gridLineColor: themed("--line"), axisLineColor: themed("--quiet"),
      rangeSelectorPlotFillColor: themed("--line"), rangeSelectorPlotFillGradientColor: themed("--card"),
      rangeSelectorPlotStrokeColor: themed("--quiet"), underlayCallback: underlay,
      highlightCallback: (event, x, points) => legend(x, points), unhighlightCallback: () => legend(),
      zoomCallback: (a, b) => { if (!redrawing) redraw([a, b]); },
    });
    document.body.dataset.from = from;
    document.body.dataset.to = to;
    byId("about").textContent = shown.file + ": " + shown.all + " samples" +
      (shown.taken > shown.all ? " of " + shown.taken + " taken (equal ones are left out)" : "") +
      (shown.both ? ", the last iteration of each from its start" : "") +
      (shown.kept < shown.all ? ", reduced to " + shown.kept + " with their extremes" : "");
    legend();
  }

  function legend(x, points) {
    const box = byId("legend");
    box.replaceChildren();
    if (x !== undefined) box.append(x.toFixed(3) + " s  ");
    shown.names.forEach((name) => {
      if (!wanted(name)) return;
      const key = document.createElement("span");
      key.style.color = shown.styles[name].color;
      key.textContent = "\u25AC ";
      const point = points && points.find((p) => p.name === name);
      const text = document.createElement("span");
      text.textContent = name + (point && point.yval !== null ? " " + point.yval.toFixed(2) + " GB" : "") + "   ";
      box.append(key, text);
    });
  }

  /* ---- controls ---- */

  function fillPeriods() {
    periodBox.replaceChildren(option("all", "all"), option("last iteration", "last"), option("last 10 s", "10"),
                              option("last 60 s", "60"));
    for (const [number] of shown.iterations.slice(0, 200))
      periodBox.append(option("iteration " + number, "i" + number));
  }
  function choosePeriod() {
    const [from, to] = extent(), period = periodBox.value, its = shown.iterations;
    if (period === "all" || its.length === 0) return redraw([from, to]);
    if (period === "last") return redraw([its[its.length - 1][1], to]);
    if (period[0] !== "i") return redraw([Math.max(from, to - Number(period)), to]);
    const at = its.findIndex((it) => it[0] === Number(period.slice(1)));
    return redraw([its[at][1], at + 1 < its.length ? its[at + 1][1] : to]);
  }
  function zoom(factor) {
    const [from, to] = visible(), middle = (from + to) / 2, [least, most] = extent();
    const half = (to - from) / 2 * factor;
    redraw([Math.max(least, middle - half), Math.min(most, middle + half)]);
  }
  function pan(share) {
    const [from, to] = visible(), [least, most] = extent();
    let by = (to - from) * share;
    by = Math.max(least - from, Math.min(most - to, by));
    redraw([from + by, to + by]);
  }
  function reset() {
    periodBox.value = "all";
    redraw(extent());
  }
  function save(name, type, content) {
    const link = document.createElement("a");
    link.href = typeof content === "string" && content.startsWith("data:") ? content
              : URL.createObjectURL(new Blob([content], { type: type }));
    link.download = name;
    link.click();
  }
  function csv() {
    const [from, to] = visible();
    const columns = shown.names.map((name, i) => [name, i + 1]).filter(([name]) => wanted(name));
    const lines = ["time_s," + columns.map(([name]) => name.replace(" ", "_") + "_GB").join(",")];
    for (const row of shown.rows)
      if (row[0] >= from && row[0] <= to)
        lines.push([row[0]].concat(columns.map(([, i]) => row[i] === null ? "" : row[i])).join(","));
    return lines.join("\n") + "\n";
  }
  function png() {
    const box = byId("chart").getBoundingClientRect(), scale = 2;
    const canvas = document.createElement("canvas");
    canvas.width = box.width * scale;
    canvas.height = box.height * scale;
    const context = canvas.getContext("2d"), style = getComputedStyle(document.body);
    context.scale(scale, scale);
    context.fillStyle = style.backgroundColor;
    context.fillRect(0, 0, box.width, box.height);
    for (const part of byId("chart").querySelectorAll("canvas")) {
      const at = part.getBoundingClientRect();
      context.drawImage(part, at.left - box.left, at.top - box.top, at.width, at.height);
    }
    context.fillStyle = style.color;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const label of byId("chart").querySelectorAll(".dygraph-axis-label, .dygraph-xlabel, .dygraph-ylabel")) {
      const at = label.getBoundingClientRect();
      context.save();
      context.translate(at.left - box.left + at.width / 2, at.top - box.top + at.height / 2);
      if (label.classList.contains("dygraph-ylabel")) context.rotate(-Math.PI / 2);
      context.font = getComputedStyle(label).fontSize + " sans-serif";
      context.fillText(label.textContent, 0, 0);
      context.restore();
    }
    return canvas.toDataURL("image/png");
  }
  const stem = () => "memory_" + configurationBox.selectedOptions[0].textContent.replace(/[^A-Za-z0-9]+/g, "_") +
                     "_rank" + rankBox.value;

  function choose(configuration, rank) {
    configurationBox.value = configuration;
    fillRanks();
    if (rank !== undefined) rankBox.value = rank;
    draw();
    fillPeriods();
  }
  configurationBox.addEventListener("change", () => choose(configurationBox.value));
  rankBox.addEventListener("change", () => { draw(); fillPeriods(); });
  periodBox.addEventListener("change", choosePeriod);
  for (const kind of KINDS)
    byId("show-" + kind).addEventListener("change", () => {
      if (chart) chart.updateOptions({ visibility: shown.names.map(wanted) });
      legend();
    });
  for (const id of ["show-iterations", "show-events"])
    byId(id).addEventListener("change", () => chart.updateOptions({}));
  byId("zoom-in").addEventListener("click", () => zoom(0.5));
  byId("zoom-out").addEventListener("click", () => zoom(2));
  byId("earlier").addEventListener("click", () => pan(-0.5));
  byId("later").addEventListener("click", () => pan(0.5));
  byId("reset").addEventListener("click", reset);
  byId("csv").addEventListener("click", () => save(stem() + ".csv", "text/csv", csv()));
  byId("png").addEventListener("click", () => save(stem() + ".png", "image/png", png()));
  byId("chart").addEventListener("keydown", (event) => {
    const action = { "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), ArrowLeft: () => pan(-0.25),
                     ArrowRight: () => pan(0.25), "0": reset, Home: reset }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const link of document.querySelectorAll("a[data-configuration]"))
    link.addEventListener("click", () => choose(link.dataset.configuration, link.dataset.rank));

  window.report = { csv, png, visible, state: () => ({ names: shown.names.filter(wanted), rows: chart.numRows() }) };
  if (data.ranks.length > 0) {
    choose(configurationBox.value);
  } else {
    byId("about").textContent = "No trace with samples.";
  }
  document.body.dataset.ready = "yes";
})();
