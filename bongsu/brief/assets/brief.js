// Draws the charts of the brief.
// All words and numbers come from the page: #words (texts of one language) and #store (the number store).
"use strict";
(() => {
  const { HOME, byId, cellFigure, cellNumber, cellText, cellUnit, colour, css, el, figure, fill, has, hideTip, kind, label, local, percent, read, root, scale, showTip, significant, start, svg, swatch, t, tip, unitName, words } = globalThis.bongsuPage;
  const { echarts, geoAzimuthalEqualArea, geoConicEqualArea, geoPath } = globalThis.bongsuVendor;
  const STAGES = ["outside", "recycling", "mine", "reagent", "refine", "pcam", "cam", "anode", "component", "cell", "pack", "vehicle", "storage", "demand"];
  const COLUMN = { outside: 0, mine: 0, recycling: 0, reagent: 1, byproduct: 1, refine: 1, pcam: 2, cam: 3, anode: 3, component: 3, cell: 4, pack: 5, vehicle: 6, storage: 6, demand: 7 };
  const ORDER = ["CA", "KR", "US", "CN", "other"];
  const MAKERS = ["canada", "korea", "korean_owned_us", "other_us", "other", "short"];
  const narrow = () => innerWidth < 700;

  let store;
  let land;
  let year = Number(root.dataset.year);
  const charts = new Map();

  // --- charts --------------------------------------------------------------------------------------------------------

  function chart(id, option) {
    const box = byId(id) ?? id;
    if (!charts.has(box)) charts.set(box, echarts.init(box, null, { renderer: "svg" }));
    const base = { animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: css("--ink") }, aria: { enabled: true, label: { enabled: false }, decal: { show: false } } };
    charts.get(box).setOption({ ...base, ...option }, { notMerge: true });
  }

  const tooltip = (formatter, trigger = "axis") => ({ trigger, confine: true, backgroundColor: css("--paper"), borderColor: css("--line"), textStyle: { color: css("--ink"), fontSize: 12 }, axisPointer: { type: trigger === "axis" ? "line" : "none", lineStyle: { color: css("--soft") } }, formatter });
  const axisLook = () => ({ axisLine: { lineStyle: { color: css("--line") } }, axisTick: { show: false }, axisLabel: { color: css("--soft"), fontSize: 11, hideOverlap: true }, splitLine: { lineStyle: { color: css("--hair") } } });
  const hatch = (ink) => ({ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4, color: ink });

  function drawShare() {
    const rows = store.share_by_year;
    const series = MAKERS.map((maker) => ({
      type: "bar", stack: "all", name: maker, barCategoryGap: "28%", data: rows.map((row) => row[maker]),
      itemStyle: { color: css(`--${maker}`), borderColor: maker === "short" ? css("--ink") : css("--paper"), borderWidth: maker === "short" ? 0.8 : 0.5, decal: maker === "korean_owned_us" ? hatch(css("--korea")) : maker === "short" ? hatch(css("--soft")) : undefined },
    }));
    series.push({ type: "line", name: "demand", data: rows.map((row) => row.demand_gwh), symbol: "none", lineStyle: { color: css("--ink"), width: 1.2, type: [3, 3] }, itemStyle: { color: css("--ink") }, z: 5 });
    const say = (points) => {
      const row = rows[points[0].dataIndex];
      return tip(row.year, [...MAKERS.map((maker) => [maker, t(`maker.${maker}`), `${figure(row[maker], "number", "GWh")} (${percent(row.demand_gwh ? row[maker] / row.demand_gwh : 0)})`]), ["demand", t("maker.demand"), figure(row.demand_gwh, "number", "GWh")]]);
    };
    chart("c-share", { grid: { left: 4, right: 4, top: 28, bottom: 4, containLabel: true }, tooltip: tooltip(say), xAxis: { type: "category", data: rows.map((row) => row.year), ...axisLook() }, yAxis: { type: "value", name: "GWh", nameTextStyle: { color: css("--soft"), align: "left" }, ...axisLook(), axisLabel: { ...axisLook().axisLabel, formatter: (value) => significant(value, 3) } }, series });
  }

  const BILLS = ["--other", "--p1", "--p2", "--p3", "--p4", "--p5", "--p6"];

  /** Bills of the law: paid above the line, earned below it and hatched; the smaller ones are one bar. */
  function drawLaw() {
    const part = store.law;
    if (!part) return;
    const small = part.bills.filter((row) => !row.drawn);
    const bars = part.bills.filter((row) => row.drawn).map((row) => ({ at: row.drawn, name: local(row.title), values: row.values, earned: row.kind !== "duty" }));
    if (small.length) bars.push({ at: 0, name: t("law.others"), values: part.years.map((_, i) => small.reduce((sum, row) => sum + row.values[i], 0)), earned: false });
    const series = bars.map((bar) => ({ type: "bar", stack: "all", name: bar.name, barCategoryGap: "28%", data: bar.values, itemStyle: { color: css(BILLS[bar.at]), borderColor: css("--paper"), borderWidth: 0.5, decal: bar.earned ? hatch(css("--paper")) : undefined } }));
    const say = (points) => {
      const at = points[0].dataIndex;
      return tip(part.years[at], bars.filter((bar) => bar.values[at]).map((bar) => [`law b${bar.at}${bar.earned ? " earned" : ""}`, bar.name, figure(bar.values[at], "money", "MUSD")]));
    };
    chart("c-law", { grid: { left: 4, right: 4, top: 28, bottom: 4, containLabel: true }, tooltip: tooltip(say), xAxis: { type: "category", data: part.years, ...axisLook(), axisLine: { onZero: true, lineStyle: { color: css("--ink") } }, axisLabel: { ...axisLook().axisLabel } }, yAxis: { type: "value", name: unitName("MUSD"), nameTextStyle: { color: css("--soft"), align: "left" }, ...axisLook(), axisLabel: { ...axisLook().axisLabel, formatter: (value) => significant(value, 3) } }, series });
  }

  function drawStages() {
    const rows = store.stages.filter((row) => row.year === nearest(store.stages.map((one) => one.year)));
    const names = [...new Set(rows.map((row) => row.stage))].sort((a, b) => STAGES.indexOf(a) - STAGES.indexOf(b));
    const countries = ORDER;
    const share = (stage, country) => rows.filter((row) => row.stage === stage && (country === "other" ? !HOME.has(row.country) : row.country === country)).reduce((sum, row) => sum + (row.share ?? 0), 0);
    const series = countries.map((country) => ({
      type: "bar", stack: "all", name: country, data: names.map((stage) => share(stage, country)), barCategoryGap: "30%", itemStyle: { color: colour(country), borderColor: css("--paper"), borderWidth: 0.5 },
      label: { show: true, color: css(`--on-${country.toLowerCase()}`), fontSize: 11, formatter: ({ value }) => (value >= (narrow() ? 0.12 : 0.06) ? percent(value) : "") },
    }));
    const say = (points) => tip(label("stage", names[points[0].dataIndex]), countries.map((country) => [country, t(`country.${country}`), percent(share(names[points[0].dataIndex], country))]));
    byId("c-stage").style.height = `${names.length * 34 + 34}px`;
    chart("c-stage", { grid: { left: 4, right: 14, top: 4, bottom: 4, containLabel: true }, tooltip: { ...tooltip(say), axisPointer: { type: "none" } }, xAxis: { type: "value", max: 1, ...axisLook(), axisLabel: { ...axisLook().axisLabel, formatter: percent } }, yAxis: { type: "category", inverse: true, data: names.map((stage) => label("stage", stage)), ...axisLook(), axisLabel: { color: css("--ink"), fontSize: 12 } }, series });
    fill("t-stages", rows.map((row) => [cellText(label("stage", row.stage), true), el("td", { class: "w" }, swatch(row.country), label("country", row.country)), cellNumber(row.year, "year"), cellFigure(row, row.share, "share", "1")]));
  }

  /** The year among these that is closest to the year chosen. */
  const nearest = (years) => years.reduce((best, one) => (Math.abs(one - year) < Math.abs(best - year) ? one : best), years[0]);
  const ofYear = (table) => table[String(year)] ?? table[String(nearest(Object.keys(table).map(Number)))] ?? [];

  const itemName = (link) => local(link.item_name) || itemNames().get(link.item) || link.item;
  const itemNames = () => new Map([...Object.values(store.map.flows).flat(), ...store.prices, ...store.capacity].map((row) => [row.item, local(row.item_name)]));

  /** Links without those that would close a loop. */
  function acyclic(links) {
    const next = new Map();
    const reaches = (from, to, seen = new Set()) => from === to || (!seen.has(from) && seen.add(from) && (next.get(from) ?? []).some((step) => reaches(step, to, seen)));
    const kept = [];
    for (const link of links) {
      if (reaches(link.target, link.source)) continue;
      next.set(link.source, [...(next.get(link.source) ?? []), link.target]);
      kept.push(link);
    }
    return kept;
  }

  function drawChain() {
    const all = [...ofYear(store.sankey.links)].sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    const nodes = new Map(store.sankey.nodes.map((node) => [node.id, node]));
    const links = acyclic(all.filter((link) => link.value > 0));
    byId("chain-note").hidden = links.length === all.filter((link) => link.value > 0).length;
    const used = [...new Set(links.flatMap((link) => [link.source, link.target]))].map((id) => nodes.get(id));
    const columns = [...new Set(used.map((node) => COLUMN[node.stage] ?? 1))].sort((a, b) => a - b);
    const depth = (node) => columns.indexOf(COLUMN[node.stage] ?? 1);
    const tallest = Math.max(1, ...columns.map((column) => used.filter((node) => (COLUMN[node.stage] ?? 1) === column).length));
    const last = columns.length - 1;
    const names = used.filter((node) => depth(node) === last).map((node) => textWidth(local(node.name), 11.5));
    const beside = Math.ceil(Math.max(70, ...names)) + 20; // room for the names of the last column
    const at = (share, text) => {
      const head = el("span", {}, text);
      head.style.left = `calc((100% - ${beside}px) * ${share})`;
      return head;
    };
    const heads = columns.map((column, i) => at(i / Math.max(1, last), [...new Set(used.filter((node) => (COLUMN[node.stage] ?? 1) === column).map((node) => label("stage", node.stage)))].join(" · ")));
    byId("chain-heads").replaceChildren(...heads);
    byId("c-chain").style.height = `${Math.max(340, tallest * 40)}px`;
    const say = ({ dataType, data }) => {
      if (dataType === "node") return tip(data.title, []);
      return tip(`${local(nodes.get(data.source).name)} \u2192 ${local(nodes.get(data.target).name)}`, data.parts.map((part) => ["", itemName(part), `${figure(part.quantity, "number", part.unit)} (${figure(part.value, "number", "GWh-eq")})`]));
    };
    const merged = new Map();
    for (const link of links) {
      const key = `${link.source}\n${link.target}`;
      const one = merged.get(key) ?? { source: link.source, target: link.target, value: 0, parts: [] };
      one.value += link.value;
      one.parts.push(link);
      merged.set(key, one);
    }
    const data = used.map((node) => ({ name: node.id, title: local(node.name), depth: depth(node), order: STAGES.indexOf(node.stage) * 100 + ORDER.indexOf(kind(node.country)), itemStyle: { color: colour(node.country), borderWidth: 0 } }));
    data.sort((a, b) => a.depth - b.depth || a.order - b.order);
    const titles = new Map(data.map((one) => [one.name, one.title]));
    chart("c-chain", {
      tooltip: tooltip(say, "item"),
      series: [{ type: "sankey", left: 2, right: beside, top: 6, bottom: 6, nodeWidth: 9, nodeGap: 14, draggable: false, layoutIterations: 0, data, links: [...merged.values()].map((link) => ({ ...link, lineStyle: { color: colour(nodes.get(link.source).country) } })), lineStyle: { opacity: 0.26, curveness: 0.5 }, emphasis: { focus: "adjacency", lineStyle: { opacity: 0.5 } }, label: { color: css("--ink"), fontSize: 11, textBorderColor: css("--paper"), textBorderWidth: 3, formatter: ({ name }) => titles.get(name) } }],
    });
    fill("t-chain", all.map((link) => [cellText(local(nodes.get(link.source).name), true), cellText(local(nodes.get(link.target).name)), cellText(itemName(link)), cellNumber(year, "year"), cellNumber(link.quantity, "number", link.unit), cellUnit(link.unit), cellNumber(link.value, "number", "GWh-eq")]));
  }

  // --- small panels --------------------------------------------------------------------------------------------------

  const opened = new Set();

  function panels(name, groups, draw) {
    const box = byId(`c-${name}`);
    const most = narrow() ? 4 : 9;
    const shown = opened.has(name) ? groups : groups.slice(0, most);
    for (const [held, made] of [...charts]) if (held instanceof Element && held.parentNode?.parentNode === box) (made.dispose(), charts.delete(held));
    box.replaceChildren();
    byId(`all-${name}`).hidden = shown.length === groups.length;
    for (const group of shown) {
      const plot = el("div", { class: "plot" });
      const caption = el("figcaption", {}, el("b", {}, group.title), el("span", { class: "u" }, group.unit));
      box.append(el("figure", {}, caption, plot, group.key ?? null));
      draw(group, plot);
    }
  }

  function miniAxes(years, factor = 1) {
    const look = axisLook();
    return { grid: { left: 2, right: 10, top: 10, bottom: 2, containLabel: true }, xAxis: { type: "category", data: years, ...look, axisLabel: { ...look.axisLabel, interval: (i) => years[i] % 5 === 0 } }, yAxis: { type: "value", splitNumber: 3, ...look, axisLabel: { ...look.axisLabel, formatter: (value) => significant(value * factor, 3) } } };
  }

  function drawCapacity() {
    const select = byId("capacity-country");
    const rows = store.capacity.filter((row) => row.country === select.value);
    const groups = [...new Set(rows.map((row) => row.item))].map((item) => {
      const own = rows.filter((row) => row.item === item).sort((a, b) => a.year - b.year);
      const largest = Math.max(...own.flatMap((row) => [row.need, row.expected, row.face_value, row.used]).map((value) => value ?? 0));
      const [scaled, unit] = scale(largest, own[0].unit);
      return { title: local(own[0].item_name), unit: unitName(unit), rows: own, factor: largest ? scaled / largest : 1, stage: own[0].stage };
    });
    groups.sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
    panels("capacity", groups, (group, plot) => {
      const line = (key, look) => ({ type: "line", name: key, data: group.rows.map((row) => row[key]), symbol: "none", connectNulls: false, lineStyle: { width: 1.8, ...look }, itemStyle: { color: look.color } });
      const series = [
        { type: "bar", name: "used", data: group.rows.map((row) => row.used), barCategoryGap: "25%", itemStyle: { color: css("--used") } },
        line("face_value", { color: css("--face"), type: [2, 3] }), line("expected", { color: css("--expected") }), line("need", { color: css("--ink"), type: [6, 3] }),
      ];
      const say = (points) => tip(group.rows[points[0].dataIndex].year, ["need", "expected", "face_value", "used"].map((key) => [key, t(`cap.${key}`), figure(group.rows[points[0].dataIndex][key], "number", group.rows[0].unit)]));
      chart(plot, { ...miniAxes(group.rows.map((row) => row.year), group.factor), tooltip: tooltip(say), series });
    });
  }

  const LINES = ["--p1", "--p2", "--p3", "--p4", "--p5", "--p6"];
  const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];

  function drawPrices() {
    const groups = [...new Set(store.prices.map((path) => path.item))].map((item) => {
      const paths = store.prices.filter((path) => path.item === item).slice(0, 6);
      const key = el("ul", { class: "legend small" }, paths.map((path, i) => el("li", {}, el("i", { class: `swatch p${i + 1}`, "aria-hidden": "true" }), local(path.place_name))));
      return { title: local(paths[0].item_name), unit: unitName(paths[0].unit), paths, key };
    });
    panels("prices", groups, (group, plot) => {
      const years = group.paths[0].years;
      const series = group.paths.map((path, i) => ({
        type: "line", name: String(i), symbol: SYMBOLS[i], symbolSize: 5, lineStyle: { width: 1.6, color: css(LINES[i]) }, itemStyle: { color: css(LINES[i]) },
        data: path.values.map((value, at) => ({ value, symbolSize: path.degenerate[at] ? 7 : 3.5, itemStyle: path.degenerate[at] ? { color: css("--paper"), borderColor: css(LINES[i]), borderWidth: 1.6 } : { color: css(LINES[i]) } })),
      }));
      const say = (points) => tip(years[points[0].dataIndex], group.paths.map((path, i) => [`line p${i + 1}`, local(path.place_name), figure(path.values[points[0].dataIndex], "money", path.unit) + (path.degenerate[points[0].dataIndex] ? " \u25cb" : "")]));
      const axes = miniAxes(years);
      chart(plot, { ...axes, yAxis: { ...axes.yAxis, scale: true }, tooltip: tooltip(say), series });
    });
  }

  // --- the map -------------------------------------------------------------------------------------------------------

  const AMERICA = new Set(["CA", "US", "MX", "GL"]);
  const areaOf = (place) => (place.country === "KR" ? "korea" : AMERICA.has(place.country) ? "north_america" : "outside");

  /** Boxes of the two panels and of the strip between them, for a wide and for a narrow page. */
  function boxes(width) {
    if (width < 640) {
      const across = Math.max(width, 300);
      return { wide: false, width: across, height: 690, north_america: [0, 0, across, 310], outside: [0, 310, across, 400], korea: [0, 400, across, 690] };
    }
    const height = Math.round(Math.min(600, width * 0.52));
    return { wide: true, width, height, korea: [0, 0, Math.round(width * 0.28), height], outside: [Math.round(width * 0.28), 0, Math.round(width * 0.42), height], north_america: [Math.round(width * 0.42), 0, width, height] };
  }

  function projections(frame) {
    const fit = (projection, [x0, y0, x1, y1], points, pad) => projection.fitExtent([[x0 + pad, y0 + pad], [x1 - pad, y1 - pad]], { type: "MultiPoint", coordinates: points });
    const known = Object.values(store.map.places);
    const points = (area) => known.filter((place) => areaOf(place) === area).map((place) => [place.lon, place.lat]);
    return {
      north_america: fit(geoConicEqualArea().parallels([35, 55]).rotate([96, 0]), frame.north_america, [...points("north_america"), [-126, 50], [-122, 34], [-97, 28], [-82, 28], [-57, 48], [-95, 56]], 26),
      korea: fit(geoAzimuthalEqualArea().rotate([-127.7, -36.2]), frame.korea, [...points("korea"), [126.3, 34.3], [129.5, 37.2], [127, 38.3]], 30),
    };
  }

  function landLayer(area, project, box, defs) {
    const path = geoPath(project).digits(1);
    const clip = `clip-${area}`;
    const [x0, y0, x1, y1] = box;
    defs.append(svg("clipPath", { id: clip }, svg("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, rx: 3 })));
    const layer = svg("g", { class: "land", "clip-path": `url(#${clip})` }, svg("rect", { class: "sea", x: x0, y: y0, width: x1 - x0, height: y1 - y0, rx: 3 }));
    for (const outline of land[area].outlines) {
      const drawn = outline.polygons.map((rings) => rings.map((ring) => `M${ring.map((point) => project(point).map((v) => v.toFixed(1)).join(",")).join("L")}Z`).join("")).join("");
      layer.append(svg("path", { class: `country o-${outline.country}`, d: drawn, "fill-rule": "evenodd" }));
    }
    const inner = { type: "MultiLineString", coordinates: land[area].inner };
    layer.append(svg("path", { class: "inner", d: path(inner) || "" }));
    return layer;
  }

  /** Where every place stands: on a panel, or in the strip for places outside both. */
  function stand(frame, project, flows) {
    const at = new Map();
    const weight = new Map();
    for (const flow of flows) for (const id of [flow.from, ...(flow.via ?? []), flow.to]) weight.set(id, (weight.get(id) ?? 0) + (flow.gwh_eq ?? 0));
    const outside = [];
    for (const [id, place] of Object.entries(store.map.places)) {
      const area = areaOf(place);
      if (area !== "outside") at.set(id, [...project[area]([place.lon, place.lat]), area]);
      else if (weight.has(id)) outside.push([id, place]);
    }
    outside.sort((a, b) => (weight.get(b[0]) ?? 0) - (weight.get(a[0]) ?? 0));
    const most = frame.wide ? 12 : 5;
    const slots = outside.slice(0, outside.length > most ? most - 1 : most);
    slots.sort((a, b) => b[1].lat - a[1].lat);
    const [x0, y0, x1, y1] = frame.outside;
    const total = slots.length + (outside.length > slots.length ? 1 : 0);
    const slot = (i) => (frame.wide ? [(x0 + x1) / 2, y0 + 44 + ((y1 - y0 - 70) * (i + 0.5)) / total] : [x0 + ((x1 - x0) * (i + 0.5)) / total, (y0 + y1) / 2]);
    slots.forEach(([id], i) => at.set(id, [...slot(i), "outside"]));
    const rest = outside.slice(slots.length);
    for (const [id] of rest) at.set(id, [...slot(total - 1), "outside"]);
    return { at, slots: slots.map(([id]) => id), rest: rest.map(([id]) => id), weight };
  }

  /** Flows cut into legs; legs with the same ends and the same country of origin are one line. */
  function legsOf(flows) {
    const legs = new Map();
    for (const flow of flows) {
      const stops = [flow.from, ...(flow.via ?? []), flow.to];
      const country = kind(store.map.places[flow.from].country);
      for (let i = 1; i < stops.length; i++) {
        const key = `${stops[i - 1]}\n${stops[i]}\n${country}`;
        const leg = legs.get(key) ?? { from: stops[i - 1], to: stops[i], country, size: 0, flows: [] };
        leg.size += flow.gwh_eq ?? 0;
        leg.flows.push(flow);
        legs.set(key, leg);
      }
    }
    const sorted = [...legs.values()].sort((a, b) => b.size - a.size);
    const count = new Map();
    for (const leg of sorted) {
      const key = farCoast(leg) ? "far coast" : `${leg.from}\n${leg.to}`;
      leg.beside = Math.min(count.get(key) ?? 0, 5);
      count.set(key, leg.beside + 1);
    }
    return sorted;
  }

  /** Whether a leg comes from or goes to a port on the Atlantic or the Gulf from outside the continent. */
  function farCoast(leg) {
    const ends = [leg.from, leg.to].map((id) => store.map.places[id]);
    const [here, there] = areaOf(ends[0]) === "north_america" ? ends : [ends[1], ends[0]];
    return areaOf(here) === "north_america" && areaOf(there) !== "north_america" && here.lon > -100 && here.kind === "port";
  }

  function curve(leg, at, frame) {
    const [x0, y0, a] = at.get(leg.from);
    const [x1, y1, b] = at.get(leg.to);
    if (a === b && a !== "outside") {
      const bend = 0.15 + 0.05 * leg.beside;
      return `M${x0},${y0}Q${(x0 + x1) / 2 - (y1 - y0) * bend},${(y0 + y1) / 2 + (x1 - x0) * bend} ${x1},${y1}`;
    }
    if (farCoast(leg)) return round(leg, at, frame, a === "north_america");
    const aside = ((frame.wide ? x1 > x0 : y1 > y0) ? -1 : 1) * (14 + 12 * leg.beside);
    const [u, v] = [(x1 - x0) * 0.5, (y1 - y0) * 0.5];
    if (frame.wide) return `M${x0},${y0}C${x0 + u},${y0 + aside} ${x1 - u},${y1 + aside} ${x1},${y1}`;
    // On a narrow page the ocean is below the west coast: keep a line over the sea until it has left the panel.
    const coast = (x, y, area) => (area === "north_america" ? [x - 24 + aside, y + (frame.north_america[3] - y) * 0.95] : null);
    const first = coast(x0, y0, a) ?? [x0 + aside, y0 + v];
    const second = coast(x1, y1, b) ?? [x1 + aside, y1 - v];
    return `M${x0},${y0}C${first} ${second} ${x1},${y1}`;
  }

  /** A sea route to the far coast of North America: along the lower edge of its panel, not across the land. */
  function round(leg, at, frame, leaves) {
    const [x0, y0] = at.get(leaves ? leg.to : leg.from);
    const [x1, y1] = at.get(leaves ? leg.from : leg.to);
    const [left, , right, bottom] = frame.north_america;
    const low = bottom - 10 - 9 * leg.beside;
    const east = Math.min(right - 14, x1 + 46);
    return frame.wide
      ? `M${x0},${y0}C${left - 30},${y0} ${left - 10},${low} ${left + 50},${low}L${east - 60},${low}C${east},${low} ${east},${y1 + 30} ${x1},${y1}`
      : `M${x0},${y0}C${x0},${bottom + 20} ${left + 30},${low} ${left + 70},${low}L${east - 40},${low}C${east},${low} ${east},${y1 + 30} ${x1},${y1}`;
  }

  function drawMap() {
    const box = byId("c-map");
    const frame = boxes(box.clientWidth || 900);
    const every = Object.values(store.map.flows).flat();
    const item = byId("map-item").value;
    const flows = ofYear(store.map.flows).filter((flow) => !item || flow.item === item);
    const project = projections(frame);
    const { at, slots, rest, weight } = stand(frame, project, every);
    const defs = svg("defs");
    const picture = svg("svg", { viewBox: `0 0 ${frame.width} ${frame.height}`, "aria-hidden": "true", focusable: "false" }, defs);
    for (const area of ["north_america", "korea"]) picture.append(landLayer(area, project[area], frame[area], defs));
    const legs = legsOf(flows);
    const most = 90;
    const largest = Math.max(1, ...legsOf(every.length ? Object.values(store.map.flows).sort((a, b) => b.length - a.length)[0] : []).map((leg) => leg.size), ...legs.map((leg) => leg.size));
    const lines = svg("g", { class: "flows" });
    const heads = svg("g", { class: "heads-of-flows" });
    for (const leg of legs.slice(0, most)) {
      const width = 1 + 9 * Math.sqrt(leg.size / largest);
      const line = svg("path", { class: `flow f-${leg.country}`, d: curve(leg, at, frame), "stroke-width": width.toFixed(2), "data-reversed": farCoast(leg) && at.get(leg.from)[2] === "north_america" ? "1" : null });
      line.addEventListener("pointermove", (event) => showTip(event, legTip(leg)));
      line.addEventListener("pointerleave", hideTip);
      lines.append(line);
    }
    picture.append(lines, heads, placeLayer(frame, at, slots, rest, flows, weight), edgeLayer(frame, at, legs), titles(frame));
    box.replaceChildren(picture);
    for (const line of lines.children) arrow(line, heads);
    const hidden = Math.max(0, legs.length - most);
    byId("map-note").textContent = [t("map.note"), hidden ? t("map.more", { n: significant(hidden, 4) }) : "", flows.length ? "" : t("map.none")].filter(Boolean).join(" ");
    const places = store.map.places;
    const listed = [...flows].sort((a, b) => (b.gwh_eq ?? 0) - (a.gwh_eq ?? 0));
    fill("t-flows", listed.map((flow) => [cellText(local(flow.item_name), true), cellText(local(places[flow.from].name)), cellText(local(places[flow.to].name)), cellText((flow.via ?? []).map((stop) => local(places[stop].name)).join(" \u2192 ")), cellNumber(year, "year"), cellNumber(flow.quantity, "number", flow.unit), cellUnit(flow.unit), cellNumber(flow.gwh_eq, "number", "GWh-eq")]));
  }

  /** A small arrow head in the middle of a line. */
  function arrow(line, layer) {
    const length = line.getTotalLength();
    const reversed = line.dataset.reversed === "1";
    const [p, q] = [length * 0.56, length * 0.56 + 2].map((along) => line.getPointAtLength(reversed ? length - along : along));
    const angle = (Math.atan2(q.y - p.y, q.x - p.x) * 180) / Math.PI;
    const size = Math.max(3, Math.min(6, Number(line.getAttribute("stroke-width")) * 0.9));
    layer.append(svg("path", { class: line.getAttribute("class").replace("flow ", "head "), d: `M${-size},${-size * 0.8}L${size},0L${-size},${size * 0.8}Z`, transform: `translate(${p.x.toFixed(1)},${p.y.toFixed(1)}) rotate(${angle.toFixed(0)})` }));
  }

  function legTip(leg) {
    const places = store.map.places;
    const top = [...leg.flows].sort((a, b) => (b.gwh_eq ?? 0) - (a.gwh_eq ?? 0)).slice(0, 6);
    const rows = top.map((flow) => [kind(places[flow.from].country), `${local(flow.item_name)}, ${local(places[flow.from].name)} \u2192 ${local(places[flow.to].name)}`, figure(flow.quantity, "number", flow.unit)]);
    return tip(`${local(places[leg.from].name)} \u2192 ${local(places[leg.to].name)}: ${figure(leg.size, "number", "GWh-eq", 3)}`, rows);
  }

  function placeLayer(frame, at, slots, rest, flows, weight) {
    const layer = svg("g", { class: "places" });
    const active = new Set(flows.flatMap((flow) => [flow.from, flow.to, ...(flow.via ?? [])]));
    const taken = [];
    const order = Object.keys(store.map.places).filter((id) => at.has(id) && weight.has(id)).sort((a, b) => active.has(b) - active.has(a) || weight.get(b) - weight.get(a));
    for (const id of order) {
      const [x, y] = at.get(id);
      taken.push([x - 5, y - 5, x + 5, y + 5]);
    }
    for (const id of order) {
      const place = store.map.places[id];
      const [x, y, area] = at.get(id);
      if (rest.includes(id)) continue;
      const shape = place.kind === "port" || place.kind === "gateway" ? svg("rect", { x: x - 3.2, y: y - 3.2, width: 6.4, height: 6.4 }) : svg("circle", { cx: x, cy: y, r: area === "outside" ? 5 : 3.6 });
      shape.setAttribute("class", `place q-${kind(place.country)}${active.has(id) ? "" : " idle"}`);
      layer.append(shape);
      if (active.has(id) || area === "outside") named(layer, local(place.name), x, y, area, frame, taken);
    }
    if (rest.length) {
      const [x, y] = at.get(rest[0]);
      layer.append(svg("circle", { cx: x, cy: y, r: 5, class: "place q-other" }));
      named(layer, t("map.others"), x, y, "outside", frame, taken);
    }
    return layer;
  }

  const textWidth = (text, size) => [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 1 : 0.56), 0) * size;

  /** Put a name beside a place where it covers nothing and stays in its panel; leave it out if there is no such spot. */
  function named(layer, text, x, y, area, frame, taken) {
    const size = 11;
    const wide = textWidth(text, size);
    const [x0, y0, x1, y1] = frame[area];
    if (area === "outside") {
      layer.append(svg("text", { x, y: y + 17, "text-anchor": "middle", class: "name" }, text));
      return;
    }
    const spots = [[x + 8, y + 4, "start"], [x - 8, y + 4, "end"], [x, y - 9, "middle"], [x, y + 17, "middle"], [x + 6, y + 14, "start"], [x - 6, y - 7, "end"], [x + 6, y - 7, "start"], [x - 6, y + 14, "end"]];
    for (const [tx, ty, anchor] of spots) {
      const left = anchor === "start" ? tx : anchor === "end" ? tx - wide : tx - wide / 2;
      const area_ = [left, ty - size, left + wide, ty + 2];
      const inside = area_[0] > x0 + 3 && area_[2] < x1 - 3 && area_[1] > y0 + 22 && area_[3] < y1 - 3;
      if (!inside || taken.some((other) => area_[0] < other[2] && area_[2] > other[0] && area_[1] < other[3] && area_[3] > other[1])) continue;
      taken.push(area_);
      layer.append(svg("text", { x: tx, y: ty, "text-anchor": anchor, class: "name" }, text));
      return;
    }
  }

  /** What crosses between the two panels, written where it leaves each. */
  function edgeLayer(frame, at, legs) {
    const layer = svg("g", { class: "edges" });
    const sums = { out: 0, back: 0 };
    for (const leg of legs) {
      const [a, b] = [at.get(leg.from)[2], at.get(leg.to)[2]];
      if (a === "korea" && b === "north_america") sums.out += leg.size;
      if (a === "north_america" && b === "korea") sums.back += leg.size;
    }
    const say = (way, area, size) => t(`map.${way}`, { place: t(`map.${area}`), n: figure(size, "number", "GWh-eq", 3) });
    const put = (x, y, anchor, text) => layer.append(svg("text", { x, y, "text-anchor": anchor, class: "edge" }, text));
    const [k, n] = [frame.korea, frame.north_america];
    const rows = [["out", "to", "from"], ["back", "from", "to"]].filter(([way]) => sums[way] > 0);
    rows.forEach(([way, korea, america], i) => {
      const text = say(korea, "north_america", sums[way]);
      const fits = textWidth(text, 11.5) < k[2] - k[0] - 20;
      put(fits ? k[2] - 8 : k[0] + 6, frame.wide ? k[3] - 12 - 15 * (rows.length - 1 - i) : k[1] + 17 + 15 * i, fits ? "end" : "start", text);
      put(n[0] + 9, n[1] + 35 + 15 * i, "start", say(america, "korea", sums[way]));
    });
    return layer;
  }

  function titles(frame) {
    const layer = svg("g", { class: "titles" });
    for (const area of ["korea", "north_america", "outside"]) {
      const [x0, y0, x1] = frame[area];
      const middle = area === "outside" && frame.wide;
      if (area === "outside" && (!frame.wide || textWidth(t("map.outside"), 13) > x1 - x0)) continue;
      layer.append(svg("text", { x: middle ? (x0 + x1) / 2 : x0 + 9, y: y0 + 18, "text-anchor": middle ? "middle" : "start", class: "title" }, t(`map.${area}`)));
    }
    return layer;
  }

  // --- the page ------------------------------------------------------------------------------------------------------

  function drawYear() {
    for (const slider of document.querySelectorAll("input.year")) {
      slider.value = year;
      slider.nextElementSibling.textContent = year;
    }
    drawStages();
    drawMap();
    drawChain();
  }

  function drawAll() {
    for (const [box, made] of [...charts]) (made.dispose(), charts.delete(box));
    drawShare();
    drawLaw();
    drawYear();
    drawCapacity();
    drawPrices();
  }

  function choices() {
    const items = new Map(Object.values(store.map.flows).flat().map((flow) => [flow.item, local(flow.item_name)]));
    byId("map-item").replaceChildren(el("option", { value: "" }, t("control.all_items")), ...[...items].sort((a, b) => a[1].localeCompare(b[1], words.lang)).map(([item, name]) => el("option", { value: item }, name)));
    const countries = [...new Set(store.capacity.map((row) => row.country))];
    countries.sort((a, b) => ["all", "CA", "KR", "US"].indexOf(a) - ["all", "CA", "KR", "US"].indexOf(b));
    byId("capacity-country").replaceChildren(...countries.map((code) => el("option", { value: code }, label("country", code))));
    byId("map-item").addEventListener("change", drawMap);
    byId("capacity-country").addEventListener("change", drawCapacity);
  }

  function pressed(button) {
    if (!button.id.startsWith("all-")) return;
    opened.add(button.id.slice(4));
    if (button.id === "all-capacity") drawCapacity();
    else drawPrices();
  }

  async function ready(held) {
    store = held;
    land = await read("land");
    choices();
    document.addEventListener("input", (event) => {
      if (!event.target.classList.contains("year")) return;
      year = Number(event.target.value);
      drawYear();
    });
  }

  start({ ready, draw: drawAll, pressed, why: "bongsu why" });
})();
