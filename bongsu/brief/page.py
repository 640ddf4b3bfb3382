"""The brief: one number store in, one page per language out.

The page is a pure function of the store and the language. Sentences, tables and headings are written here, so that
they stand without scripts; the drawings are made in the reader's browser from the same store.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal, overload

from bongsu.brief import frame, law, tables
from bongsu.brief.frame import asset, canonical, chart, legend, twin
from bongsu.brief.markup import Markup, el, join, packed_block
from bongsu.brief.numbers import Record, sentence
from bongsu.brief.text import Lang, date, figure, label, local, t

MAKERS: Final = ("canada", "korea", "korean_owned_us", "other_us", "other", "short")
COUNTRIES: Final = ("CA", "KR", "US", "CN", "other")
SECTIONS: Final = ("answers", "law", "supply", "map", "chain", "capacity", "prices", "binding", "promises", "method")
SCRIPTS: Final = ("vendor.js", "page.js", "brief.js")


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
        land = packed_block("land", asset("land.json").strip())
        tail = frame.inline_tail(store, lang, SCRIPTS, land)
        return _document(store, lang, body, frame.inline_head(SCRIPTS), tail)
    page = _document(store, lang, body, frame.linked_head(), frame.linked_tail(lang, SCRIPTS))
    shared = {name: asset(name).encode() for name in (frame.STYLE, *SCRIPTS, "land.json")}
    return {f"brief.{lang}.html": page.encode(), "store.json": canonical(store), **shared, **calendar_file(store, lang)}


def _document(store: Record, lang: Lang, body: Markup, head: Markup, tail: Markup) -> str:
    title = t("page.title", lang, case=local(store["meta"]["case_name"], lang))
    attrs = {"data-year": default_year(store)}
    return frame.document(store, lang, title, t("page.description", lang), attrs, body, head, tail)


def calendar_file(store: Record, lang: Lang) -> dict[str, bytes]:
    """The calendar of the law as a file to stand beside the page, by name; none for a plan without law."""
    part = store.get("law")
    return {f"brief.{lang}.ics": law.ics(part, lang)} if part else {}


def default_year(store: Record) -> int:
    """The year that is shown first: 2030 where it is planned, else the middle year."""
    years = list(store["meta"]["years"])
    return 2030 if 2030 in years else int(years[len(years) // 2])


# --- the parts of the page --------------------------------------------------------------------------------------------


def _body(store: Record, lang: Lang) -> Markup:
    parts = [
        _answers(store, lang), _law(store, lang), _supply(store, lang), _map(store, lang), _chain(store, lang),
        _capacity(store, lang), _prices(store, lang), _binding(store, lang), _promises(store, lang), _method(store, lang),
    ]  # fmt: skip
    return frame.body(lang, "answers", _banner(store, lang), parts, _footer(store, lang))


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
    return el(
        "header",
        {"class": "banner"},
        frame.bar("brief", lang),
        el("p", {"class": "kicker"}, t("page.kicker", lang)),
        el("h1", {}, local(meta["case_name"], lang)),
        el("p", {"class": "lead"}, local(meta["case_note"], lang)),
        frame.facts(facts, lang),
        frame.flags([label("flag", flag, lang) for flag in meta["flags"]], lang),
        _stress(store, lang),
        frame.contents(SECTIONS, lang),
    )


def _stress(store: Record, lang: Lang) -> Markup | None:
    """The way to the stress pages that stand beside the brief."""
    listed = store.get("stress") or []
    if not listed:
        return None
    links = [el("li", {}, el("a", {"href": f"{one['page']}.{lang}.html"}, local(one["title"], lang))) for one in listed]
    return el(
        "nav", {"class": "beside", "aria-label": t("page.stress", lang)}, t("page.stress", lang), el("ul", {}, links)
    )


def _section(name: str, lang: Lang, *children: Any) -> Markup:
    return frame.section(SECTIONS, name, lang, *children)


def _answers(store: Record, lang: Lang) -> Markup:
    return _section("answers", lang, frame.headlines(store, lang), frame.legend_of_trust(lang))


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
        frame.note("law_in_plan", lang),
        el("p", {"class": "flags"}, t("law.without", lang, instruments=without)) if without else None,
        el("div", {"class": "sayings"}, said),
        el("h3", {}, caption),
        _bill_legend(part, lang),
        chart("law", caption, lang),
        el("p", {"class": "fine"}, t("chart.law.note", lang, year=store["meta"]["money_year"])),
        twin(tables.render(tables.law_bills(store, lang), lang, t("table.law_bills", lang)), caption, lang),
        frame.titled("law_rules", tables.law_rules(store, lang), lang),
        frame.titled("law_instruments", tables.law_instruments(store, lang), lang, _board(part, lang)),
        frame.titled("law_questions", tables.law_questions(store, lang), lang),
        frame.titled("law_calendar", tables.law_calendar(store, lang), lang, _timeline(part, lang)),
        el("p", {"class": "fine"}, el("a", {"href": f"brief.{lang}.ics", "download": True}, t("law.ics", lang))),
    )


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
        legend([("maker", name) for name in MAKERS] + [("maker", "demand")], lang),
        chart("share", caption, lang),
        twin(tables.render(tables.share_by_year(store, lang), lang, caption), caption, lang),
        el("h3", {}, staged),
        _year_control("stages", store, lang),
        legend([("country", code) for code in COUNTRIES], lang),
        chart("stage", staged, lang),
        twin(tables.render(tables.stages(store, lang, year), lang, staged), staged, lang),
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
        legend([("country", code) for code in COUNTRIES], lang),
        el("div", {"id": "c-map", "class": "map", "role": "img", "aria-label": t("chart.map.alt", lang)}),
        el("p", {"class": "fine", "id": "map-note"}, t("map.note", lang)),
        twin(table, caption, lang),
    )


def _chain(store: Record, lang: Lang) -> Markup:
    caption = t("chart.chain", lang)
    table = tables.render(tables.links(store, lang, default_year(store)), lang, caption)
    return _section(
        "chain",
        lang,
        _year_control("chain", store, lang),
        legend([("country", code) for code in COUNTRIES], lang),
        el(
            "div",
            {"class": "order"},
            el(
                "div",
                {"class": "wide", "tabindex": "0", "role": "region", "aria-label": caption},
                el("div", {"id": "chain-heads", "class": "heads", "aria-hidden": "true"}),
                chart("chain", caption, lang),
            ),
            twin(table, caption, lang),
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
        legend(keys, lang),
        _minis("capacity", caption, lang),
        twin(tables.render(tables.capacity(store, lang), lang, caption), caption, lang),
    )


def _prices(store: Record, lang: Lang) -> Markup:
    caption = t("chart.prices", lang)
    return _section(
        "prices",
        lang,
        _minis("prices", caption, lang),
        twin(tables.render(tables.prices(store, lang), lang, caption), caption, lang),
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
    method = [el("p", {}, t(f"method.{i}", lang)) for i in range(1, 6)]
    return _section(
        "method",
        lang,
        el("div", {"class": "prose"}, method),
        el("h3", {}, t("method.coverage", lang)),
        _coverage(store, lang),
        el("h3", {}, t("method.limits", lang)),
        frame.limits(store, lang),
        el("h3", {}, t("method.solver", lang)),
        frame.solver(store, lang),
        el("h3", {}, t("method.grounds", lang)),
        frame.annex(store, lang),
        el("h3", {}, t("method.sources", lang)),
        frame.sources(store, lang),
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


def _footer(store: Record, lang: Lang) -> Markup:
    return el(
        "footer",
        {},
        frame.stamp(store, lang),
        el("p", {}, t("footer.map", lang)),
        el("p", {}, t("footer.libraries", lang)),
    )


# --- small parts ------------------------------------------------------------------------------------------------------


def _minis(name: str, caption: str, lang: Lang) -> Markup:
    grid = el(
        "div", {"id": f"c-{name}", "class": "minis", "role": "group", "aria-label": t("chart.alt", lang, chart=caption)}
    )
    more = el(
        "button", {"type": "button", "class": "all", "id": f"all-{name}", "hidden": True}, t("control.all_panels", lang)
    )
    return join([grid, more])


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
