// What every page shares: words and numbers, grounds of figures, tables, tips, light and dark, reading the store.
// All words and numbers come from the page: #words (texts of one language) and #store (the number store).
"use strict";
globalThis.bongsuPage = (() => {
  const root = document.documentElement;
  const errors = [];
  const fail = (what) => {
    errors.push(String(what));
    root.dataset.errors = JSON.stringify(errors);
  };
  addEventListener("error", (event) => fail(event.message || event.type));
  addEventListener("unhandledrejection", (event) => fail(event.reason));
  document.addEventListener("securitypolicyviolation", (event) => fail(`policy: ${event.violatedDirective}`));
  for (const level of ["error", "warn"]) {
    const before = console[level].bind(console);
    console[level] = (...parts) => (fail(parts.join(" ")), before(...parts));
  }
  root.dataset.errors = "[]";

  const byId = (id) => document.getElementById(id);
  const HOME = new Set(["CA", "KR", "US", "CN"]);
  const words = JSON.parse(byId("words").textContent);
  let store;
  let command = "";

  // --- words and numbers (the same rules as text.py) -----------------------------------------------------------------

  const has = (key) => key in words.texts;
  const t = (key, params = {}) => (words.texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => params[name] ?? "");
  const label = (group, name) => (has(`${group}.${name}`) ? t(`${group}.${name}`) : String(name ?? ""));
  const local = (value) => (value && typeof value === "object" ? value[words.lang] || value.en || "" : (value ?? ""));

  function grouped(plain) {
    const [whole, fraction = ""] = plain.replace("-", "").split(".");
    const kept = fraction.replace(/0+$/, "");
    const number = whole.replace(/\B(?=(\d{3})+(?!\d))/g, words.group) + (kept ? words.point + kept : "");
    return (plain.startsWith("-") ? "\u2212" : "") + number;
  }

  function significant(value, digits) {
    if (value === 0) return "0";
    const rounded = Number(value.toPrecision(digits));
    const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
    return grouped(rounded.toFixed(Math.min(places, 100)));
  }

  function percent(value) {
    if (Math.abs(value) > 0 && Math.abs(value) < 0.001) return t("number.below", { n: t("number.percent", { n: grouped("0.1") }) });
    if (value >= 0.995 && value < 1) return t("number.percent", { n: grouped(Math.min(value * 100, 99.9).toFixed(1)) });
    return t("number.percent", { n: grouped((value * 100).toFixed(Math.abs(value) < 0.0995 ? 1 : 0)) });
  }

  function template(unit) {
    const name = words.aliases[unit] ?? unit;
    if (has(`unit.${name}`)) return words.texts[`unit.${name}`];
    const at = name.indexOf("/");
    if (at > 0 && has(`unit.${name.slice(0, at)}`)) return `${words.texts[`unit.${name.slice(0, at)}`]}/${label("per", name.slice(at + 1))}`;
    return `{n} ${name}`;
  }

  const unitName = (unit) => template(unit).replace("{n}", "").split(/\s+/).filter(Boolean).join(" ");

  // One in English, anything under two in French.
  function singular(text) {
    const value = Math.abs(Number(text.replaceAll(words.group, "").replace(words.point, ".").replace("\u2212", "")));
    return words.lang === "fr" ? value < 2 : value === 1;
  }

  function scale(value, unit) {
    const name = words.aliases[unit] ?? unit;
    const step = (words.steps[name] ?? []).find(([least]) => Math.abs(value) >= least);
    return step ? [value * step[1], step[2]] : [value, name];
  }

  function figure(value, kind, unit = "1", digits = unit === "day" ? 3 : 4) {
    if (value === null || value === undefined) return t("number.unknown");
    if (kind === "year") return String(Math.trunc(value));
    if (kind === "share" && ["", "1", "share", "%"].includes(unit)) return percent(value);
    const [exact, name] = scale(value, unit);
    const whole = words.counted.includes(name) && Math.abs(exact) >= 1;
    const number = whole ? Math.sign(exact) * Math.round(Math.abs(exact)) : exact;
    const text = significant(number, digits);
    const one = `unit.${words.aliases[name] ?? name}.one`;
    return (has(one) && singular(text) ? words.texts[one] : template(name)).replace("{n}", text);
  }

  // --- elements ------------------------------------------------------------------------------------------------------

  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    return dress(node, attributes, children);
  }

  function svg(name, attributes = {}, ...children) {
    return dress(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  }

  function dress(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  }

  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const kind = (country) => (HOME.has(country) ? country : "other");
  const colour = (country) => css(`--${kind(country).toLowerCase()}`);
  const swatch = (country) => el("i", { class: `swatch k-${country}`, "aria-hidden": "true" });
  const mark = (confidence) => (confidence ? el("i", { class: `mark c-${confidence}`, role: "img", "aria-label": label("confidence", confidence), title: label("confidence", confidence) }) : null);

  /** A small table for tooltips: a heading and rows of [colour class, name, value]. */
  function tip(heading, rows) {
    const lines = rows.map(([name, words_, value]) => el("tr", {}, el("td", {}, name ? el("i", { class: `swatch k-${name}` }) : ""), el("td", {}, words_), el("td", { class: "n" }, value)));
    return el("div", { class: "tip" }, el("b", {}, String(heading)), el("table", {}, el("tbody", {}, lines)));
  }

  // --- grounds of a figure -------------------------------------------------------------------------------------------

  function ground(node, depth) {
    const children = node.children ?? [];
    const value = node.value === null && children.length ? null : el("b", {}, figure(node.value, node.kind ?? "number", node.unit ?? "1"));
    const cited = node.source ? store.sources[node.source] : null;
    const line = el("span", { class: "line" }, el("span", {}, local(node.label)), " ", value, mark(node.confidence), cited ? cite(cited) : null);
    if (!children.length) return el("li", {}, line);
    return el("li", {}, el("details", { open: depth < 2 }, el("summary", {}, line), el("ul", {}, children.map((child) => ground(child, depth + 1)))));
  }

  function cite(source) {
    const text = [source.publisher, source.date].filter(Boolean).join(", ");
    const detail = `${source.title} · ${label("grade", source.grade)}`;
    const safe = /^https?:\/\//.test(source.url ?? "");
    return safe ? el("a", { class: "cite", href: source.url, rel: "noopener noreferrer", title: detail }, text) : el("span", { class: "cite", title: detail }, text);
  }

  function openGrounds(fid) {
    const record = store.figures[fid];
    if (!record) return;
    const body = record.why ? el("ul", { class: "tree" }, ground(record.why, 0)) : el("p", {}, t("why.none"));
    byId("why-body").replaceChildren(body, command ? el("p", { class: "fine" }, el("code", {}, `${command} ${fid}`)) : "");
    byId("why").showModal();
  }

  function figureButton(fid, text) {
    const record = store.figures[fid];
    const shown = text ?? figure(record.value, record.kind, record.unit);
    const why = t("figure.why", { figure: shown, confidence: label("confidence", record.confidence ?? "computed") });
    return el("button", { type: "button", class: "fig", "data-fid": fid, "data-value": raw(record.value), "aria-label": why, "aria-haspopup": "dialog" }, shown, mark(record.confidence));
  }

  // --- tables --------------------------------------------------------------------------------------------------------

  const raw = (value) => (value === null || value === undefined ? "" : JSON.stringify(value));
  const cellText = (text, head) => (head ? el("th", { scope: "row" }, text) : el("td", {}, text));
  const cellUnit = (unit) => el("td", { class: "x" }, unit || "1");

  function cellNumber(value, kindOf, unit) {
    return el("td", { class: "n", "data-value": raw(value) }, figure(value, kindOf, unit));
  }

  function cellFigure(row, value, kindOf, unit) {
    const record = store.figures[row.fid];
    if (!record) return cellNumber(value, kindOf, unit);
    const same = record.value === value;
    const inner = same ? [figureButton(row.fid)] : [el("span", { class: "num", "data-value": raw(value) }, figure(value, kindOf, unit)), figureButton(row.fid, "?")];
    return el("td", { class: "n", "data-value": raw(value) }, inner);
  }

  function fill(id, rows) {
    const body = byId(id).tBodies[0];
    const width = byId(id).tHead.rows[0].cells.length;
    body.replaceChildren(...(rows.length ? rows.map((cells) => el("tr", {}, cells)) : [el("tr", { class: "none" }, el("td", { colspan: width }, t("table.none")))]));
  }

  function sortBy(button) {
    const head = button.closest("th");
    const table = head.closest("table");
    const at = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[at]?.dataset.value ?? row.cells[at]?.textContent ?? "";
    const numeric = head.classList.contains("n");
    const compare = (a, b) => (numeric ? (value(a) === "") - (value(b) === "") || (down ? -1 : 1) * (Number(value(a)) - Number(value(b))) : (down ? -1 : 1) * value(a).localeCompare(value(b), words.lang));
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  }

  function contents(table) {
    const keys = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.key);
    const rows = [...table.tBodies[0].rows].filter((row) => !row.classList.contains("none")).map((row) => [...row.cells].map((cell) => ("value" in cell.dataset ? (cell.dataset.value === "" ? null : JSON.parse(cell.dataset.value)) : (cell.dataset.text ?? cell.textContent.trim()))));
    return { keys, rows };
  }

  function download(button) {
    const table = byId(button.dataset.table);
    const { keys, rows } = contents(table);
    const quote = (value) => (/[",\n]/.test(String(value ?? "")) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
    const csv = button.dataset.get === "csv";
    const text = csv ? "\ufeff" + [keys, ...rows].map((row) => row.map(quote).join(",")).join("\n") + "\n" : JSON.stringify(rows.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]]))), null, 1) + "\n";
    const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: csv ? "text/csv" : "application/json" })), download: `bongsu-${store.meta.case}-${table.dataset.name}-${words.lang}.${button.dataset.get}` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // --- tips ----------------------------------------------------------------------------------------------------------

  function showTip(event, content) {
    const box = byId("tip");
    box.replaceChildren(content);
    box.hidden = false;
    box.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(8, Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8))}px`;
  }

  const hideTip = () => (byId("tip").hidden = true);

  /** Drawings that stand in the page say with data-tip what a tip shows, under the pointer, with the keyboard or by touch. */
  function listenTips() {
    const over = (event) => event.target.closest?.("[data-tip]");
    const show = (event) => {
      const mark_ = over(event);
      if (!mark_) return;
      const box = mark_.getBoundingClientRect();
      showTip(event.clientX ? event : { clientX: box.right, clientY: box.bottom }, el("div", { class: "tip" }, ...mark_.dataset.tip.split("\n").map((line, i) => el(i ? "div" : "b", {}, line))));
    };
    for (const kindOf of ["pointerover", "pointermove", "focusin"]) document.addEventListener(kindOf, show);
    for (const kindOf of ["pointerout", "focusout"]) document.addEventListener(kindOf, (event) => over(event) && hideTip());
  }

  // --- the page ------------------------------------------------------------------------------------------------------

  function theme(dark) {
    root.dataset.theme = dark ? "dark" : "light";
    byId("theme").setAttribute("aria-pressed", String(dark));
  }

  const asked = () => {
    try {
      return localStorage.getItem("bongsu-theme");
    } catch {
      return null;
    }
  };
  const remember = (value) => {
    try {
      localStorage.setItem("bongsu-theme", value);
    } catch {
      /* no storage for pages opened as files in some browsers */
    }
  };

  function listen(draw, pressed) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button, [data-fid]");
      if (!button) return;
      if (button.dataset.fid) openGrounds(button.dataset.fid);
      else if (button.classList.contains("sort")) sortBy(button);
      else if (button.dataset.get) download(button);
      else if (button.classList.contains("close")) byId("why").close();
      else if (button.id === "theme") (theme(root.dataset.theme !== "dark"), remember(root.dataset.theme), draw());
      else pressed(button);
    });
    document.addEventListener("keydown", (event) => {
      const drawn = event.target.closest?.("svg [data-fid]");
      if (drawn && ["Enter", " "].includes(event.key)) (event.preventDefault(), openGrounds(drawn.dataset.fid));
    });
    byId("why").addEventListener("click", (event) => event.target === byId("why") && byId("why").close());
    let before = innerWidth;
    let wait = 0;
    addEventListener("resize", () => {
      clearTimeout(wait);
      wait = setTimeout(() => innerWidth !== before && ((before = innerWidth), draw()), 150);
    });
    let kept = "light";
    addEventListener("beforeprint", () => {
      kept = root.dataset.theme;
      theme(false);
      root.classList.add("printing");
      for (const part of document.querySelectorAll("details.grounds")) part.open = true;
      draw();
    });
    addEventListener("afterprint", () => {
      root.classList.remove("printing");
      theme(kept === "dark");
      draw();
    });
  }

  /** What the page holds under a name, or the file beside it. */
  async function read(name) {
    const block = byId(name);
    if (!block) return (await fetch(`${name}.json`)).json();
    // What the page holds of data is packed: gzip in base64.
    const packed = Uint8Array.from(atob(block.textContent), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }

  /**
   * Start a page.
   * ready: called once with the store; draw: draws all that depends on width or colours; pressed: a button that only this page has;
   * why: the command that prints the grounds of a figure.
   */
  async function begin({ ready = () => {}, draw = () => {}, pressed = () => {}, why = "" }) {
    if (byId("store") && !("DecompressionStream" in globalThis)) {
      byId("old").hidden = false;
      return;
    }
    store = await read("store");
    command = why;
    await ready(store);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    theme((asked() ?? (dark.matches ? "dark" : "light")) === "dark");
    dark.addEventListener("change", () => (theme(dark.matches), draw()));
    listen(draw, pressed);
    listenTips();
    draw();
    const wide = root.scrollWidth > root.clientWidth;
    root.dataset.overflow = wide ? "1" : "0";
    root.dataset.charts = String([...document.querySelectorAll(".chart svg, .plot svg, .map svg")].length);
    root.dataset.ready = "1";
  }

  const start = (page) => begin(page).catch(fail);

  return { HOME, byId, cellFigure, cellNumber, cellText, cellUnit, colour, css, el, figure, fill, has, hideTip, kind, label, local, percent, read, root, scale, showTip, significant, start, svg, swatch, t, tip, unitName, words };
})();
