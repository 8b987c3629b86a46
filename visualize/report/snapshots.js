"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  if (!byId("snapshot-chart")) return;
  const elements = [...document.querySelectorAll(".snapshot-data")], parsed = [];
  const themed = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const make = (tag, text) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const size = (bytes) => bytes >= 2 ** 30 ? (bytes / 2 ** 30).toFixed(2) + " GB"
                        : bytes >= 2 ** 20 / 10 ? (bytes / 2 ** 20).toFixed(1) + " MB"
                        : bytes.toLocaleString("en-US") + (bytes === 1 ? " byte" : " bytes");
  const box = byId("snapshot-chart"), canvas = box.querySelector("canvas"), context = canvas.getContext("2d");
  const BYTES = 0, CATEGORY = 1, STACK = 2, BEGIN = 3, END = 4; /* places in a block */
  const MARGIN = { left: 56, right: 8, top: 8, bottom: 34 };
  let shot = null, view = null, only = "", followed = null;

  const of = (index) => parsed[index] || (parsed[index] = JSON.parse(elements[index].textContent));
  const when = (place) => shot.by_time ? place.toFixed(3) + " s" : "event " + Math.round(place).toLocaleString("en-US");
  const layers = () => shot.layers.filter((layer) => only === "" || layer.category === Number(only));
  const columnAt = (place) => Math.max(0, Math.min(shot.reserved.length - 1,
    Math.floor((place - shot.begin) / (shot.end - shot.begin) * shot.reserved.length)));
  const placeOf = (column) => shot.begin + (shot.end - shot.begin) * column / shot.reserved.length;

  /* ---- drawing ---- */

  function area() {
    return { x: MARGIN.left, y: MARGIN.top, w: box.clientWidth - MARGIN.left - MARGIN.right,
             h: box.clientHeight - MARGIN.top - MARGIN.bottom };
  }
  function tallest() {
    let most = 0;
    for (let c = columnAt(view[0]); c <= columnAt(view[1]); c++)
      most = Math.max(most, only === "" ? shot.reserved[c] : 0, layers().reduce((sum, layer) => sum + layer.bytes[c], 0));
    return most * 1.04 || 1;
  }
  const xOf = (place, at) => at.x + (place - view[0]) / (view[1] - view[0]) * at.w;

  function drawLayers(at, most) {
    const from = columnAt(view[0]), to = columnAt(view[1]), base = new Array(to - from + 1).fill(0);
    const y = (bytes) => at.y + at.h * (1 - bytes / most);
    for (const layer of layers()) {
      context.beginPath();
      for (let c = from; c <= to; c++) {
        context.lineTo(xOf(placeOf(c), at), y(base[c - from] + layer.bytes[c]));
        context.lineTo(xOf(placeOf(c + 1), at), y(base[c - from] + layer.bytes[c]));
      }
      for (let c = to; c >= from; c--) {
        context.lineTo(xOf(placeOf(c + 1), at), y(base[c - from]));
        context.lineTo(xOf(placeOf(c), at), y(base[c - from]));
        base[c - from] += layer.bytes[c];
      }
      context.fillStyle = layer.colour;
      context.fill();
    }
    if (only !== "") return;
    context.beginPath();
    for (let c = from; c <= to; c++) {
      context.lineTo(xOf(placeOf(c), at), y(shot.reserved[c]));
      context.lineTo(xOf(placeOf(c + 1), at), y(shot.reserved[c]));
    }
    context.setLineDash([5, 3]);
    context.strokeStyle = themed("--ink");
    context.stroke();
    context.setLineDash([]);
  }

  /* The life of the block that is followed: a bar from its allocation to the moment when it was freed. */
  function drawFollowed(at) {
    if (!followed) return;
    const begins = followed[BEGIN] === null ? view[0] : followed[BEGIN], ends = followed[END] === null ? view[1] : followed[END];
    context.fillStyle = themed("--ink");
    context.fillRect(xOf(begins, at), at.y + at.h - 6, Math.max(2, xOf(ends, at) - xOf(begins, at)), 6);
    for (const place of [followed[BEGIN], followed[END]])
      if (place !== null && place >= view[0] && place <= view[1]) context.fillRect(xOf(place, at) - 1, at.y, 2, at.h);
  }

  function drawAxes(at, most) {
    context.fillStyle = themed("--ink");
    context.strokeStyle = themed("--line");
    context.font = "12px sans-serif";
    context.textAlign = "right";
    const rough = most / 4, unit = 2 ** (10 * Math.floor(Math.log2(rough) / 10)), ten = 10 ** Math.floor(Math.log10(rough / unit));
    const step = [1, 2, 5, 10].find((n) => n * ten * unit >= rough) * ten * unit; /* round in its unit */
    for (let bytes = 0; bytes <= most; bytes += step)
      context.fillText(size(bytes), at.x - 4, at.y + at.h * (1 - bytes / most) + 4);
    context.textAlign = "center";
    for (let i = 0; i <= 4; i++) {
      const x = at.x + at.w * i / 4;
      context.textAlign = i === 0 ? "left" : i === 4 ? "right" : "center";
      context.fillText(when(view[0] + (view[1] - view[0]) * i / 4), x, at.y + at.h + 16);
    }
    context.strokeRect(at.x, at.y, at.w, at.h);
  }

  function draw() {
    const scale = window.devicePixelRatio || 1, at = area(), most = tallest();
    canvas.width = box.clientWidth * scale;
    canvas.height = box.clientHeight * scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.save();
    context.beginPath();
    context.rect(at.x, at.y, at.w, at.h);
    context.clip();
    drawLayers(at, most);
    drawFollowed(at);
    context.restore();
    drawAxes(at, most);
  }

  function move(from, to) {
    const width = Math.min(to - from, shot.end - shot.begin), start = Math.max(shot.begin, Math.min(shot.end - width, from));
    if (!(width > 0)) return;
    view = [start, start + width];
    draw();
  }
  const zoom = (factor) => {
    const middle = (view[0] + view[1]) / 2, half = (view[1] - view[0]) / 2 * factor;
    move(middle - half, middle + half);
  };

  /* ---- what is where ---- */

  const livesAt = (block, place) => (block[BEGIN] === null || block[BEGIN] <= place) && (block[END] === null || block[END] > place);
  function layerAt(place, bytes) {
    const column = columnAt(place);
    let below = 0;
    for (const layer of layers()) {
      below += layer.bytes[column];
      if (bytes < below) return layer;
    }
    return null;
  }
  const blocksOf = (layer, place) => shot.blocks.filter((block) => block[CATEGORY] === layer.category && livesAt(block, place));
  const frames = (block) => shot.stacks[block[STACK]].split(" < ");

  function told(place, bytes) {
    const layer = layerAt(place, bytes);
    if (!layer) return when(place) + "\nnothing allocated here";
    const largest = blocksOf(layer, place)[0];
    return when(place) + "\n" + layer.name + " " + size(layer.bytes[columnAt(place)]) +
           (largest ? "\nlargest block " + size(largest[BYTES]) + "\n" + frames(largest).slice(0, 3).join("\n") : "");
  }
  function pointed(event) {
    const at = area(), where = box.getBoundingClientRect();
    const x = event.clientX - where.left, y = event.clientY - where.top;
    if (x < at.x || x > at.x + at.w || y < at.y || y > at.y + at.h) return null;
    return { place: view[0] + (x - at.x) / at.w * (view[1] - view[0]), bytes: (1 - (y - at.y) / at.h) * tallest(), x };
  }

  const tip = byId("tip");
  function showTip(text, event) {
    tip.textContent = text;
    tip.hidden = false;
    const wide = tip.getBoundingClientRect().width, room = document.documentElement.clientWidth;
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, room - wide - 4)) + "px";
    tip.style.top = event.clientY + 18 + "px";
  }

  /* The largest blocks of a layer at a moment, each with its stack and a button that follows it. */
  function list(place, layer) {
    const panel = byId("snapshot-blocks"), found = layer ? blocksOf(layer, place) : [];
    if (!layer) return panel.replaceChildren(make("p", "Nothing is allocated there."));
    const known = found.reduce((sum, block) => sum + block[BYTES], 0), all = layer.bytes[columnAt(place)];
    const head = make("h3", layer.name + " at " + when(place) + ": " + size(all));
    const items = make("ul");
    for (const block of found.slice(0, 12)) {
      const item = make("li"), button = make("button", block === followed ? "Let go" : "Follow");
      const life = (block[BEGIN] === null ? "from before the recording" : "from " + when(block[BEGIN])) +
                   (block[END] === null ? " to its end" : " to " + when(block[END]));
      button.type = "button";
      button.addEventListener("click", () => {
        followed = block === followed ? null : block;
        draw();
        list(place, layer);
      });
      const stack = make("pre", frames(block).join("\n"));
      item.append(make("b", size(block[BYTES])), ", " + life + " ", button, stack);
      items.append(item);
    }
    panel.replaceChildren(head, items, make("p", found.length > 12 || known < all
      ? "These are the largest; " + size(Math.max(0, all - found.slice(0, 12).reduce((sum, block) => sum + block[BYTES], 0))) + " more lies in smaller ones."
      : "These are all."));
  }

  /* ---- controls ---- */

  let drag = null;
  box.addEventListener("pointerdown", (event) => { drag = pointed(event); });
  box.addEventListener("pointermove", (event) => {
    const at = pointed(event);
    if (!at) { tip.hidden = true; return; }
    if (!drag) showTip(told(at.place, at.bytes), event);
  });
  window.addEventListener("pointerup", (event) => {
    const at = drag && pointed(event);
    if (at && Math.abs(at.x - drag.x) > 4) move(Math.min(drag.place, at.place), Math.max(drag.place, at.place));
    else if (at) list(at.place, layerAt(at.place, at.bytes));
    drag = null;
  });
  box.addEventListener("pointerleave", () => { tip.hidden = true; });
  box.addEventListener("dblclick", () => move(shot.begin, shot.end));
  box.addEventListener("keydown", (event) => {
    const width = view[1] - view[0], middle = (view[0] + view[1]) / 2;
    const action = { "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => move(shot.begin, shot.end),
                     ArrowLeft: () => move(view[0] - width / 4, view[1] - width / 4),
                     ArrowRight: () => move(view[0] + width / 4, view[1] + width / 4),
                     Enter: () => list(middle, layers().reduce((a, b) => b.bytes[columnAt(middle)] > a.bytes[columnAt(middle)] ? b : a)) }[event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  });
  byId("snapshot-in").addEventListener("click", () => zoom(0.5));
  byId("snapshot-out").addEventListener("click", () => zoom(2));
  byId("snapshot-reset").addEventListener("click", () => move(shot.begin, shot.end));

  function choose(index) {
    shot = of(index);
    followed = null;
    only = "";
    const seen = shot.layers.filter((layer) => layer.bytes.some((bytes) => bytes > 0));
    const all = make("option", "all");
    all.value = "";
    byId("layer").replaceChildren(all, ...seen.map((layer) => {
      const made = make("option", layer.name);
      made.value = layer.category;
      return made;
    }));
    byId("snapshot-legend").replaceChildren(...seen.map((layer) => {
      const item = make("li"), key = make("span");
      key.className = "swatch";
      key.style.background = layer.colour;
      item.append(key, layer.name);
      return item;
    }), make("li", "dashed: reserved"));
    byId("snapshot-blocks").replaceChildren();
    if (!(shot.end > shot.begin)) shot.end = shot.begin + 1;
    move(shot.begin, shot.end);
  }
  elements.forEach((_, index) => {
    const made = make("option", of(index).name);
    made.value = index;
    byId("snapshot").append(made);
  });
  byId("snapshot").addEventListener("change", () => choose(Number(byId("snapshot").value)));
  byId("layer").addEventListener("change", () => { only = byId("layer").value; draw(); });
  window.addEventListener("resize", draw);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  window.snapshots = { told, list: (place) => list(place, layers()[0]), view: () => view, shot: () => shot, followed: () => followed };
  if (elements.length > 0) { /* the fullest first: the answer is about it */
    const fullest = elements.map((_, i) => i).reduce((best, i) => of(i).peak > of(best).peak ? i : best, 0);
    byId("snapshot").value = fullest;
    choose(fullest);
  }
})();
