"""The brief: one number store in, one page per language out.

The page is a pure function of the store and the language. Sentences, tables and headings are written here, so that
they stand without scripts; the drawings are made in the reader's browser from the same store.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, overload
from urllib.parse import urlsplit

from bongsu.brief import law, tables
from bongsu.brief.markup import Markup, data_block, el, join, packed_block
from bongsu.brief.numbers import Record, grounded, is_figure, mark, sentence
from bongsu.brief.text import (
    ALIASES,
    ENERGY_STEPS,
    GROUP,
    LANGS,
    POINT,
    Lang,
    catalogue,
    date,
    figure,
    has,
    label,
    local,
    t,
)  # fmt: skip

CONFIDENCE: Final = ("stated", "derived", "computed", "assumed")
MAKERS: Final = ("canada", "korea", "korean_owned_us", "other_us", "other", "short")
COUNTRIES: Final = ("CA", "KR", "US", "CN", "other")
SECTIONS: Final = ("answers", "law", "supply", "map", "chain", "capacity", "prices", "binding", "promises", "method")
#: How another branch of an open question is asked for.
READING: Final = "--reading QUESTION=BRANCH"
OWN_NAMES: Final[Mapping[str, str]] = {"en": "English", "ko": "한국어", "fr": "Français"}


@overload
def render(store: Record, lang: Lang, split: Literal[False] = False) -> str: ...
@overload
def render(store: Record, lang: Lang, split: Literal[True]) -> dict[str, bytes]: ...
def render(store: Record, lang: Lang, split: bool = False) -> str | dict[str, bytes]:
    """The page of a number store in one language.

    ``split`` False gives one file that needs nothing beside it and runs under hashes of its own script and style.
    ``split`` True gives the files of a site that is served under ``script-src 'self'``: the page, scripts, style,
    outlines of the map, and the store itself (the same bytes in every language).
    Raises KeyError where a sentence of the store has no text or lacks a parameter.
    """
    body = _body(store, lang)
    if not split:
        return _document(store, lang, body, _inline_head(), _inline_tail(store, lang))
    page = _document(store, lang, body, _linked_head(), _linked_tail(lang))
    shared = {name: asset(name).encode() for name in ("brief.css", "brief.js", "vendor.js", "land.json")}
    return {f"brief.{lang}.html": page.encode(), "store.json": canonical(store), **shared, **calendar_file(store, lang)}


def calendar_file(store: Record, lang: Lang) -> dict[str, bytes]:
    """The calendar of the law as a file to stand beside the page, by name; none for a plan without law."""
    part = store.get("law")
    return {f"brief.{lang}.ics": law.ics(part, lang)} if part else {}


def canonical(store: Record) -> bytes:
    """The store as JSON with sorted keys: the bytes whose digest stands on the page."""
    return json.dumps(store, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def digest(store: Record) -> str:
    """SHA-256 of the store: equal on the pages of all three languages."""
    return hashlib.sha256(canonical(store)).hexdigest()


def default_year(store: Record) -> int:
    """The year that is shown first: 2030 where it is planned, else the middle year."""
    years = list(store["meta"]["years"])
    return 2030 if 2030 in years else int(years[len(years) // 2])


def asset(name: str) -> str:
    """The text of a file in ``assets``."""
    return _asset(name)


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return (files("bongsu.brief") / "assets" / name).read_text(encoding="utf-8")


# --- the document -----------------------------------------------------------------------------------------------------


def _document(store: Record, lang: Lang, body: Markup, head: Markup, tail: Markup) -> str:
    title = t("page.title", lang, case=local(store["meta"]["case_name"], lang))
    common = [
        el("meta", {"charset": "utf-8"}),
        head,
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "description", "content": t("page.description", lang)}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("title", {}, title),
    ]
    attrs = {"lang": lang, "data-store-sha256": digest(store), "data-year": default_year(store)}
    html = el("html", attrs, el("head", {}, common), el("body", {}, body, tail))
    return "<!doctype html>\n" + html + "\n"


def _policy(text: str) -> Markup:
    return el("meta", {"http-equiv": "Content-Security-Policy", "content": text})


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _inline_head() -> Markup:
    scripts = " ".join(_hash(asset(name)) for name in ("vendor.js", "brief.js"))
    style = asset("brief.css")
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    icon = el("link", {"rel": "icon", "href": "data:,"})
    return join([_policy(policy), icon, Markup(f"<style>{style}</style>")])


def _inline_tail(store: Record, lang: Lang) -> Markup:
    blocks = [
        packed_block("store", canonical(_in_language(store, lang)).decode()),
        data_block("words", _words(lang)),
        packed_block("land", asset("land.json").strip()),
    ]
    return join([*blocks, *[Markup(f"<script>{asset(name)}</script>") for name in ("vendor.js", "brief.js")]])


def _linked_head() -> Markup:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'"
    )
    icon = el("link", {"rel": "icon", "href": "data:,"})
    return join([_policy(policy), icon, el("link", {"rel": "stylesheet", "href": "brief.css"})])


def _linked_tail(lang: Lang) -> Markup:
    scripts = [el("script", {"src": name, "defer": True}) for name in ("vendor.js", "brief.js")]
    return join([data_block("words", _words(lang)), *scripts])


def _in_language(value: Any, lang: Lang) -> Any:
    """The store with every three-language name cut to one language (numbers are untouched)."""
    if isinstance(value, Mapping):
        if value and set(value) <= set(LANGS):
            return local(value, lang)
        return {key: _in_language(part, lang) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_language(part, lang) for part in value]
    return value


def _words(lang: Lang) -> dict[str, Any]:
    """What the script needs to write numbers and words as this module does."""
    return {
        "lang": lang,
        "group": GROUP[lang],
        "point": POINT[lang],
        "steps": ENERGY_STEPS,
        "aliases": ALIASES,
        "texts": {key: texts[lang] for key, texts in catalogue().items()},
    }


# --- the parts of the page --------------------------------------------------------------------------------------------


def _body(store: Record, lang: Lang) -> Markup:
    parts = [
        _answers(store, lang), _law(store, lang), _supply(store, lang), _map(store, lang), _chain(store, lang),
        _capacity(store, lang), _prices(store, lang), _binding(store, lang), _promises(store, lang), _method(store, lang),
    ]  # fmt: skip
    return join(
        [
            el("a", {"class": "skip", "href": "#answers"}, t("page.skip", lang)),
            _banner(store, lang),
            el("noscript", {}, el("p", {"class": "flags"}, t("page.noscript", lang))),
            el("p", {"class": "flags", "id": "old", "hidden": True}, t("page.old_browser", lang)),
            el("main", {"id": "main"}, parts),
            _footer(store, lang),
            _dialog(lang),
            el("div", {"id": "tip", "role": "tooltip", "hidden": True}),
        ]
    )


def _banner(store: Record, lang: Lang) -> Markup:
    meta = store["meta"]
    years = meta["years"]
    facts = [
        ("meta.as_of", date(meta["as_of"], lang)),
        ("meta.law", date(meta.get("law") or "", lang) or t("meta.no_law", lang)),
        ("meta.years", t("meta.span", lang, first=years[0], last=years[-1])),
        ("meta.regions", t("list.comma", lang).join(label("country", code, lang) for code in meta["regions"])),
        ("meta.money", t("meta.money_year", lang, year=meta["money_year"])),
        ("meta.status", label("status", meta["status"], lang)),
    ]
    listed = [el("div", {}, el("dt", {}, t(key, lang)), el("dd", {}, value)) for key, value in facts]
    flags = [el("li", {}, label("flag", flag, lang)) for flag in meta["flags"]]
    return el(
        "header",
        {"class": "banner"},
        el("div", {"class": "bar"}, _wordmark(lang), _languages(lang)),
        el("p", {"class": "kicker"}, t("page.kicker", lang)),
        el("h1", {}, local(meta["case_name"], lang)),
        el("p", {"class": "lead"}, local(meta["case_note"], lang)),
        el("dl", {"class": "facts"}, listed),
        el("ul", {"class": "flags", "aria-label": t("page.flags", lang)}, flags) if flags else None,
        _contents(lang),
    )


def _wordmark(lang: Lang) -> Markup:
    return el("span", {"class": "wordmark"}, "Bongsu", el("span", {"lang": "ko"}, "봉수"))


def _languages(lang: Lang) -> Markup:
    links = [
        el(
            "a",
            {"href": f"brief.{other}.html", "lang": other, "hreflang": other, "aria-current": other == lang and "page"},
            OWN_NAMES[other],
        )
        for other in LANGS
    ]
    toggle = el("button", {"type": "button", "id": "theme", "aria-pressed": "false"}, t("page.theme", lang))
    return el("nav", {"class": "languages", "aria-label": t("page.languages", lang)}, links, toggle)


def _contents(lang: Lang) -> Markup:
    links = [el("li", {}, el("a", {"href": f"#{name}"}, t(f"section.{name}", lang))) for name in SECTIONS]
    return el("nav", {"class": "contents", "aria-label": t("page.contents", lang)}, el("ol", {}, links))


def _section(name: str, lang: Lang, *children: Any) -> Markup:
    index = SECTIONS.index(name) + 1
    head = el("h2", {}, el("span", {"class": "index", "aria-hidden": "true"}, index), t(f"section.{name}", lang))
    note = el("p", {"class": "note"}, t(f"note.{name}", lang)) if has(f"note.{name}") else None
    return el("section", {"id": name, "class": name}, el("header", {}, head, note), *children)


def _answers(store: Record, lang: Lang) -> Markup:
    items = [_headline(store, headline, lang) for headline in store["headlines"]]
    return _section("answers", lang, el("ol", {"class": "headlines"}, items), _legend_of_trust(lang))


def _headline(store: Record, headline: Record, lang: Lang) -> Markup:
    said = headline["sentence"]
    params = said.get("params", {})
    told = {value for value in params.values() if is_figure(store, value)}
    more = [fid for fid in headline["figures"] if fid not in told and fid in store["figures"]]
    rest = [el("li", {}, _label_of(store, fid, lang), " ", grounded(store, fid, lang, prose=True)) for fid in more]
    return el(
        "li",
        {"id": f"h-{headline['id']}"},
        el("h3", {}, label("headline", headline["id"], lang)),
        el("div", {}, el("p", {"class": "say"}, sentence(store, said["key"], params, lang)),
           el("ul", {"class": "more"}, rest) if rest else None),
    )  # fmt: skip


def _label_of(store: Record, fid: str, lang: Lang) -> str:
    return local(store["figures"][fid]["why"].get("label"), lang)


def _legend_of_trust(lang: Lang) -> Markup:
    words = [el("li", {}, mark(name, lang), " ", t(f"confidence.{name}.long", lang)) for name in CONFIDENCE]
    return el("div", {"class": "trust"}, el("p", {}, t("page.click", lang)), el("ul", {}, words))


def _law(store: Record, lang: Lang) -> Markup:
    """What the law does to the plan; a single sentence for a plan without law."""
    part = store.get("law")
    if not part:
        return _section("law", lang, el("p", {}, t("law.none", lang)))
    caption = t("chart.law", lang)
    without = t("list.comma", lang).join(local(name, lang) for name in part["without"])
    said = [el("p", {"class": "say"}, sentence(store, one["key"], one["params"], lang)) for one in part["sentences"]]
    return _section(
        "law",
        lang,
        _note("law_in_plan", lang),
        el("p", {"class": "flags"}, t("law.without", lang, instruments=without)) if without else None,
        el("div", {"class": "sayings"}, said),
        el("h3", {}, caption),
        _bill_legend(part, lang),
        _chart("law", caption, lang),
        el("p", {"class": "fine"}, t("chart.law.note", lang, year=store["meta"]["money_year"])),
        _twin(tables.render(tables.law_bills(store, lang), lang, t("table.law_bills", lang)), caption, lang),
        _titled("law_rules", tables.law_rules(store, lang), lang),
        _titled("law_instruments", tables.law_instruments(store, lang), lang, _board(part, lang)),
        _titled("law_questions", tables.law_questions(store, lang), lang),
        _titled("law_calendar", tables.law_calendar(store, lang), lang, _timeline(part, lang)),
        el("p", {"class": "fine"}, el("a", {"href": f"brief.{lang}.ics", "download": True}, t("law.ics", lang))),
    )


def _titled(name: str, table: tables.Table, lang: Lang, before: Markup | None = None) -> list[Any]:
    """A table under its name, with its note where it has one."""
    title = t(f"table.{name}", lang)
    note = _note(name, lang) if has(f"note.{name}") else None
    return [el("h3", {}, title), note, before, tables.render(table, lang, title)]


def _note(name: str, lang: Lang) -> Markup:
    """A note under a title; a command in it stays on one line."""
    before, command, after = t(f"note.{name}", lang, command="\0").partition("\0")
    return el("p", {"class": "note"}, before, el("code", {}, READING) if command else None, after)


def _bill_legend(part: Record, lang: Lang) -> Markup:
    """Keys of the bars: a colour for each of the largest bills, hatched where it is earned."""
    rows = [row for row in part["bills"] if row["drawn"]]
    keys = [
        (f"b{row['drawn']}" + ("" if row["kind"] == "duty" else " earned"), local(row["title"], lang)) for row in rows
    ]
    if len(rows) < len(part["bills"]):
        keys.append(("b0", t("law.others", lang)))
    items = [el("li", {}, el("i", {"class": f"swatch {name}", "aria-hidden": "true"}), text) for name, text in keys]
    return el("ul", {"class": "legend"}, items)


def _board(part: Record, lang: Lang) -> Markup:
    """How many instruments are in each status."""
    counts: dict[str, int] = {}
    for row in part["instruments"]:
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    items = [
        el("li", {}, tables.status(name, lang), " ", el("b", {"class": "num", "data-value": n}, figure(n, "number", "1", lang)))
        for name, n in counts.items()
    ]  # fmt: skip
    return el("ul", {"class": "legend board"}, items)


def _timeline(part: Record, lang: Lang) -> Markup:
    """The calendar as a strip of months with one mark for each date; marks that would touch are stacked."""
    rows = part["calendar"]
    if not rows:
        return el("p", {}, t("law.timeline.none", lang))
    first = date_of(part["date"])
    last = law.months_after(first, law.MONTHS)
    wide, step = 900.0, 11.0

    def across(day: dt.date) -> float:
        return round(8 + (wide - 16) * (day - first).days / (last - first).days, 1)

    stand = [across(date_of(row["date"])) for row in rows]
    levels: list[int] = []
    for at in stand:
        taken = {level for x, level in zip(stand, levels, strict=False) if abs(at - x) < step}
        levels.append(next(level for level in range(len(rows)) if level not in taken))
    base = (max(levels) + 1) * step + 8
    months = [law.months_after(first.replace(day=1), n) for n in range(1, law.MONTHS + 1)]
    ticks = [_tick(month, across(month), base, lang) for month in months]
    dots = [
        _dot(row, x, round(base - 7 - step * level, 1), lang) for row, x, level in zip(rows, stand, levels, strict=True)
    ]
    alt = t("law.timeline.alt", lang, n=len(rows), first=date(str(first), lang), last=date(str(last), lang))
    line = el("line", {"class": "axis", "x1": 0, "x2": wide, "y1": base, "y2": base})
    frame = {"class": "timeline", "viewBox": f"0 0 {wide:.0f} {base + 24:.0f}", "role": "img", "aria-label": alt}
    key = [
        el("li", {}, el("i", {"class": f"dot e-{kind}", "aria-hidden": "true"}), label("law.event", kind, lang))
        for kind in dict.fromkeys(row["kind"] for row in rows)
    ]
    scroller = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": t("table.law_calendar", lang)}
    return join([el("div", scroller, el("svg", frame, line, ticks, dots)), el("ul", {"class": "legend small"}, key)])


def _tick(month: dt.date, x: float, base: float, lang: Lang) -> Markup:
    """The first day of a month on the line; quarters are named."""
    line = el("line", {"x1": x, "x2": x, "y1": base, "y2": base + (9 if month.month == 1 else 5)})
    if month.month % 3 != 1:
        return line
    name = t("law.month", lang, month=t(f"month.{month.month}", lang), year=month.year)
    return join([line, el("text", {"x": x + 2, "y": base + 18}, name)])


def _dot(row: Record, x: float, y: float, lang: Lang) -> Markup:
    words = f"{date(row['date'], lang)}: {local(row['title'], lang)}"
    attrs = {"class": f"e-{row['kind']} c-of-{row['confidence']}", "cx": x, "cy": y, "r": 4.2}
    return el("circle", attrs, el("title", {}, words))


def date_of(text: str) -> dt.date:
    """The day that a text such as ``2026-11-23`` names."""
    return dt.date.fromisoformat(text)


def _supply(store: Record, lang: Lang) -> Markup:
    year = default_year(store)
    caption = t("chart.share", lang)
    staged = t("chart.stages", lang)
    return _section(
        "supply",
        lang,
        el("h3", {}, caption),
        _legend([("maker", name) for name in MAKERS] + [("maker", "demand")], lang),
        _chart("share", caption, lang),
        _twin(tables.render(tables.share_by_year(store, lang), lang, caption), caption, lang),
        el("h3", {}, staged),
        _year_control("stages", store, lang),
        _legend([("country", code) for code in COUNTRIES], lang),
        _chart("stage", staged, lang),
        _twin(tables.render(tables.stages(store, lang, year), lang, staged), staged, lang),
    )


def _map(store: Record, lang: Lang) -> Markup:
    caption = t("chart.map", lang)
    table = tables.render(tables.flows(store, lang, default_year(store)), lang, caption)
    controls = el(
        "div", {"class": "controls"}, _year_control("map", store, lang), _choice("map-item", "control.item", lang)
    )
    return _section(
        "map",
        lang,
        controls,
        _legend([("country", code) for code in COUNTRIES], lang),
        el("div", {"id": "c-map", "class": "map", "role": "img", "aria-label": t("chart.map.alt", lang)}),
        el("p", {"class": "fine", "id": "map-note"}, t("map.note", lang)),
        _twin(table, caption, lang),
    )


def _chain(store: Record, lang: Lang) -> Markup:
    caption = t("chart.chain", lang)
    table = tables.render(tables.links(store, lang, default_year(store)), lang, caption)
    return _section(
        "chain",
        lang,
        _year_control("chain", store, lang),
        _legend([("country", code) for code in COUNTRIES], lang),
        el(
            "div",
            {"class": "order"},
            el(
                "div",
                {"class": "wide", "tabindex": "0", "role": "region", "aria-label": caption},
                el("div", {"id": "chain-heads", "class": "heads", "aria-hidden": "true"}),
                _chart("chain", caption, lang),
            ),
            _twin(table, caption, lang),
        ),
        el("p", {"class": "fine", "id": "chain-note", "hidden": True}, t("chain.loops", lang)),
    )


def _capacity(store: Record, lang: Lang) -> Markup:
    caption = t("chart.capacity", lang)
    keys = [("cap", name) for name in ("need", "expected", "face_value", "used")]
    return _section(
        "capacity",
        lang,
        el("div", {"class": "controls"}, _choice("capacity-country", "control.country", lang)),
        _legend(keys, lang),
        _minis("capacity", caption, lang),
        _twin(tables.render(tables.capacity(store, lang), lang, caption), caption, lang),
    )


def _prices(store: Record, lang: Lang) -> Markup:
    caption = t("chart.prices", lang)
    return _section(
        "prices",
        lang,
        _minis("prices", caption, lang),
        _twin(tables.render(tables.prices(store, lang), lang, caption), caption, lang),
    )


def _binding(store: Record, lang: Lang) -> Markup:
    made = (tables.bottlenecks, tables.builds, tables.shortages)
    names = ("bottlenecks", "builds", "shortages")
    parts = [
        [el("h3", {}, t(f"table.{name}", lang)), tables.render(make(store, lang), lang, t(f"table.{name}", lang))]
        for name, make in zip(names, made, strict=True)
    ]
    return _section("binding", lang, parts)


def _promises(store: Record, lang: Lang) -> Markup:
    return _section("promises", lang, tables.render(tables.promises(store, lang), lang, t("table.promises", lang)))


def _method(store: Record, lang: Lang) -> Markup:
    limits = [el("li", {}, sentence(store, limit["key"], limit.get("params", {}), lang)) for limit in store["limits"]]
    method = [el("p", {}, t(f"method.{i}", lang)) for i in range(1, 6)]
    return _section(
        "method",
        lang,
        el("div", {"class": "prose"}, method),
        el("h3", {}, t("method.coverage", lang)),
        _coverage(store, lang),
        el("h3", {}, t("method.limits", lang)),
        el("ul", {"class": "limits"}, limits),
        el("h3", {}, t("method.solver", lang)),
        _solver(store, lang),
        el("h3", {}, t("method.grounds", lang)),
        _annex(store, lang),
        el("h3", {}, t("method.sources", lang)),
        _sources(store, lang),
    )


def _coverage(store: Record, lang: Lang) -> Markup:
    counts = {name: int(store["coverage"].get(name, 0)) for name in ("stated", "derived", "assumed", "unknown")}
    total = sum(counts.values()) or 1
    bars, at = [], 0.0
    for name, count in counts.items():
        width = 100 * count / total
        bars.append(
            el("rect", {"class": f"v-{name}", "x": round(at, 3), "y": 0, "width": round(width, 3), "height": 10})
        )
        at += width
    key = [
        el("li", {}, el("i", {"class": f"swatch v-{name}"}), t(f"coverage.{name}", lang), " ",
           el("span", {"class": "num", "data-value": count}, figure(count, "number", "1", lang)))
        for name, count in counts.items()
    ]  # fmt: skip
    frame = {"class": "coverage", "viewBox": "0 0 100 10", "preserveAspectRatio": "none", "aria-hidden": "true"}
    return join([el("svg", frame, bars), el("ul", {"class": "legend"}, key)])


def _solver(store: Record, lang: Lang) -> Markup:
    rows = [
        el(
            "div",
            {},
            el("dt", {}, label("solver", name, lang)),
            el("dd", {"data-value": str(value)}, _loose(value, lang)),
        )
        for name, value in store["meta"]["solver"].items()
    ]
    return el("dl", {"class": "facts"}, rows)


def _loose(value: Any, lang: Lang) -> str:
    """A value of no declared kind: small errors in powers of ten, other numbers as numbers, words as they are."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return local(value, lang)
    if value and abs(value) < 1e-3:
        return f"{value:.1e}".replace(".", POINT[lang])
    return figure(value, "number", "1", lang)


def _annex(store: Record, lang: Lang) -> Markup:
    """Grounds of the figures in the headlines, written out (for print and for readers without scripts)."""
    blocks = []
    for headline in store["headlines"]:
        fids = [value for value in headline["sentence"].get("params", {}).values() if is_figure(store, value)]
        fids += [fid for fid in headline["figures"] if fid in store["figures"]]
        trees = [
            el("ul", {"class": "tree"}, _node(store, store["figures"][fid]["why"], lang)) for fid in dict.fromkeys(fids)
        ]
        name = label("headline", headline["id"], lang)
        blocks.append(el("details", {"class": "grounds"}, el("summary", {}, name), trees))
    return join(blocks)


def _node(store: Record, node: Record, lang: Lang) -> Markup:
    kind, unit = node.get("kind") or "number", node.get("unit") or "1"
    value = node.get("value")
    known = value is not None or not node.get("children")
    shown = el("b", {"data-value": json.dumps(value)}, figure(value, kind, unit, lang)) if known else None
    ident = node.get("source")
    cited = store["sources"].get(ident) if ident else None
    link = el("a", {"href": f"#s-{ident}", "class": "cite"}, cited["publisher"]) if cited else None
    under = [_node(store, child, lang) for child in node.get("children", [])]
    return el(
        "li", {}, local(node["label"], lang), " ", shown, mark(node.get("confidence"), lang), " ", link,
        el("ul", {}, under) if under else None,
    )  # fmt: skip


def _sources(store: Record, lang: Lang) -> Markup:
    items = [_source(ident, record, lang) for ident, record in sorted(store["sources"].items())]
    return el("ol", {"class": "sources"}, items)


def _source(ident: str, record: Record, lang: Lang) -> Markup:
    url = record.get("url") or ""
    title = record["title"]
    named = (
        el("a", {"href": url, "rel": "noopener noreferrer"}, title)
        if urlsplit(url).scheme in ("http", "https")
        else title
    )
    spoken = record.get("language")
    facts = [record["publisher"], date(record.get("date") or "", lang) or t("source.undated", lang),
             label("grade", record["grade"], lang), label("language", spoken, lang) if spoken else ""]  # fmt: skip
    return el(
        "li", {"id": f"s-{ident}"}, named, el("span", {"class": "by"}, " · ".join(fact for fact in facts if fact))
    )


def _footer(store: Record, lang: Lang) -> Markup:
    meta = store["meta"]
    made = t("footer.made", lang, version=meta["version"], pack=meta["pack"], case=meta["case"])
    return el(
        "footer",
        {},
        el("p", {}, made),
        el("p", {}, t("footer.store", lang), " ", el("code", {}, digest(store)[:16])),
        el("p", {}, t("footer.map", lang)),
        el("p", {}, t("footer.libraries", lang)),
    )


# --- small parts ------------------------------------------------------------------------------------------------------


def _chart(name: str, caption: str, lang: Lang) -> Markup:
    alt = t("chart.alt", lang, chart=caption)
    return el("div", {"id": f"c-{name}", "class": "chart", "role": "img", "aria-label": alt})


def _minis(name: str, caption: str, lang: Lang) -> Markup:
    grid = el(
        "div", {"id": f"c-{name}", "class": "minis", "role": "group", "aria-label": t("chart.alt", lang, chart=caption)}
    )
    more = el(
        "button", {"type": "button", "class": "all", "id": f"all-{name}", "hidden": True}, t("control.all_panels", lang)
    )
    return join([grid, more])


def _twin(table: Markup, caption: str, lang: Lang) -> Markup:
    return el("details", {"class": "twin"}, el("summary", {}, t("table.twin", lang, table=caption)), table)


def _legend(keys: list[tuple[str, str]], lang: Lang) -> Markup:
    items = [
        el("li", {}, el("i", {"class": f"swatch k-{name}", "aria-hidden": "true"}), t(f"{group}.{name}", lang))
        for group, name in keys
    ]
    return el("ul", {"class": "legend"}, items)


def _year_control(name: str, store: Record, lang: Lang) -> Markup:
    years = store["meta"]["years"]
    year = default_year(store)
    ident = f"year-{name}"
    slider = {
        "type": "range", "id": ident, "class": "year", "min": years[0], "max": years[-1], "step": 1, "value": year,
    }  # fmt: skip
    shown = el("output", {"for": ident}, year)
    return el(
        "div", {"class": "control"}, el("label", {"for": ident}, t("control.year", lang)), el("input", slider), shown
    )


def _choice(ident: str, key: str, lang: Lang) -> Markup:
    return el("div", {"class": "control"}, el("label", {"for": ident}, t(key, lang)), el("select", {"id": ident}))


def _dialog(lang: Lang) -> Markup:
    close = el("button", {"type": "button", "class": "close", "aria-label": t("why.close", lang)}, "\u00d7")
    head = el("header", {}, el("h2", {"id": "why-title"}, t("why.title", lang)), close)
    body = el("div", {"id": "why-body"})
    return el("dialog", {"id": "why", "aria-labelledby": "why-title"}, head, body)
