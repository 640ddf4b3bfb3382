"""The stress page: one number store of a disruption in, one page per language out.

Every drawing stands in the page as a picture of lines and boxes with its numbers in a table beside it; scripts only add tips,
sorting, downloads and the grounds of figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bongsu.brief import frame, pictures, tables
from bongsu.brief.frame import legend, twin
from bongsu.brief.markup import Markup, el, join, raw_value
from bongsu.brief.numbers import Record, grounded, mark, number
from bongsu.brief.tables import Column, Table
from bongsu.brief.text import Lang, date, figure, has, label, local, t

SECTIONS: Final = (
    "stress_answers",
    "stress_exposure",
    "stress_survive",
    "stress_worst",
    "stress_do",
    "stress_who",
    "stress_method",
)
SCRIPTS: Final = ("page.js", "stress.js")


def name_of(store: Record) -> str:
    """The name of the page without language and suffix."""
    return f"stress-{store['meta']['disruption']}"


def render(store: Record, lang: Lang) -> str:
    """The page in one language: one file that needs nothing beside it.

    Raises KeyError where a sentence of the store has no text or lacks a parameter.
    """
    title = t("stress.title", lang, name=local(store["meta"]["title"], lang))
    head, tail = frame.inline_head(SCRIPTS), frame.inline_tail(store, lang, SCRIPTS)
    return frame.document(store, lang, title, t("stress.description", lang), {}, _body(store, lang), head, tail)


def _body(store: Record, lang: Lang) -> Markup:
    parts = [
        _answers(store, lang), _exposure(store, lang), _survive(store, lang), _worst(store, lang), _do(store, lang),
        _who(store, lang), _method(store, lang),
    ]  # fmt: skip
    return frame.body(lang, SECTIONS[0], _banner(store, lang), parts, el("footer", {}, frame.stamp(store, lang)))


def _banner(store: Record, lang: Lang) -> Markup:
    meta = store["meta"]
    years = meta["years"]
    money = (
        t("meta.money_year", lang, year=meta["money_year"])
        if meta["money_unit"] != "1"
        else t("stress.case_money", lang)
    )
    facts = [
        ("stress.meta.known", date(meta["known"] or "", lang)),
        ("stress.meta.starts", date(meta["starts"] or "", lang)),
        ("stress.meta.case", local(meta["case_name"], lang)),
        ("meta.as_of", date(meta["as_of"] or "", lang)),
        ("meta.law", date(meta["law"] or "", lang) or t("meta.no_law", lang)),
        ("meta.years", t("meta.span", lang, first=years[0], last=years[-1])),
        ("meta.money", money),
        ("meta.status", label("status", meta["status"], lang)),
    ]
    flags = [label("flag", flag, lang) for flag in meta["flags"]]
    return el(
        "header",
        {"class": "banner"},
        frame.bar(name_of(store), lang),
        el("p", {"class": "kicker"}, t("stress.kicker", lang), _back(store, lang)),
        el("h1", {}, local(meta["title"], lang)),
        el("p", {"class": "lead"}, local(meta["text"], lang)) if local(meta["text"], lang) else None,
        frame.facts([pair for pair in facts if pair[1]], lang),
        frame.flags(flags, lang),
        frame.contents(SECTIONS, lang),
    )


def _back(store: Record, lang: Lang) -> Any:
    """The way to the brief of the same plan, where the page stands beside it."""
    if not store["meta"].get("brief"):
        return None
    return [" · ", el("a", {"href": f"brief.{lang}.html"}, t("stress.brief", lang))]


def _section(name: str, lang: Lang, *children: Any) -> Markup:
    return frame.section(SECTIONS, name, lang, *children)


def _answers(store: Record, lang: Lang) -> Markup:
    return _section("stress_answers", lang, frame.headlines(store, lang), frame.legend_of_trust(lang))


def _branches(store: Record, lang: Lang) -> list[tuple[Record, Markup | None]]:
    """The branches, each with its name and weight as a heading where there are several."""
    several = len(store["branches"]) > 1

    def heading(one: Record) -> Markup | None:
        if not several:
            return None
        weight = grounded(store, f"stress.weight:{one['branch']}", lang)
        return el(
            "h3",
            {"class": "branch"},
            local(one["title"], lang),
            " ",
            el("span", {"class": "by"}, t("stress.weight", lang), " ", weight),
        )

    return [(one, heading(one)) for one in store["branches"]]


# --- exposure ---------------------------------------------------------------------------------------------------------


def _exposure(store: Record, lang: Lang) -> Markup:
    parts = [[heading, _tiers(store, at, one, lang)] for at, (one, heading) in enumerate(_branches(store, lang))]
    return _section("stress_exposure", lang, parts)


def _tiers(store: Record, at: int, one: Record, lang: Lang) -> Any:
    exposure = one["exposure"]
    if exposure["demand_only"] or not one["hits"]:
        return el("p", {}, t("stress.path.no_flow", lang))
    if exposure["idle"]:
        return el("p", {}, t("stress.path.none", lang, year=exposure["period"]))
    caption = t("stress.path.caption", lang, year=exposure["period"])
    rows = [row | {"unit": row["unit"] or "1"} for row in exposure["tiers"]]
    columns = [
        Column("step", "stress.col.step", _count("step"), numeric=True),
        tables.words("item_name", "col.item", lang, row_head=True),
        tables.amount(store, "at_risk", "stress.col.at_risk", lang),
        tables.amount(store, "share", "stress.col.of_all", lang, "share", "1", main=True),
        Column("where", "stress.col.where", _places(lang)),
        Column("substitutes", "stress.col.instead", _instead(lang)),
        tables.trust("trust", "col.confidence", lang),
    ]
    table = Table(f"exposure_{at}", columns, rows)
    return [
        el("p", {"class": "note"}, caption),
        legend([("stress.key", "risk"), ("stress.key", "safe")], lang),
        pictures.tiers(exposure, caption, lang),
        tables.render(table, lang, caption),
    ]


def _count(key: str) -> tables.Cell:
    return lambda row: el("td", {"class": "n", "data-value": str(row[key])}, str(row[key]))


def _places(lang: Lang) -> tables.Cell:
    """Where most is at risk, with the share there."""

    def cell(row: Record) -> Markup:
        lines = [
            el("div", {}, local(one["name"], lang), " ", number(one["share"], "share", "1", lang))
            for one in row["where"]
        ]
        return el("td", {"class": "list"}, lines)

    return cell


def _instead(lang: Lang) -> tables.Cell:
    """What could stand in, and how soon."""

    def cell(row: Record) -> Markup:
        lines = [el("div", {}, _substitute(one, lang)) for one in row["substitutes"]]
        if row["substitutes_left_out"]:
            more = t("stress.more", lang, n=row["substitutes_left_out"])
            lines.append(el("div", {"class": "by"}, more))
        return el("td", {"class": "list"}, lines or el("span", {"class": "by"}, t("stress.no_instead", lang)))

    return cell


def _substitute(one: Record, lang: Lang) -> list[Any]:
    if one["kind"] == "build":
        soon = t("stress.instead.build", lang, year=one["first"])
    else:
        way = figure(round(one["days"]), "number", "day", lang)
        size = (
            t("stress.instead.unlimited", lang)
            if one["spare"] is None
            else figure(one["spare"], "number", one["unit"] or "1", lang)
        )
        soon = t("stress.instead.way", lang, size=size, days=way)
    return [local(one["name"], lang), " ", el("span", {"class": "by"}, soon)]


# --- survival ---------------------------------------------------------------------------------------------------------


def _survive(store: Record, lang: Lang) -> Markup:
    part = store["survival"]
    if part is None:
        return _section("stress_survive", lang, _not_asked("survive", lang))
    caption = t("stress.survive.caption", lang, year=part["period"])
    asked = None
    if part["asked_days"] is not None:
        asked = el(
            "p",
            {"class": "note"},
            t("stress.survive.asked", lang, days=figure(part["asked_days"], "number", "day", lang)),
        )
    if not part["nodes"]:
        return _section("stress_survive", lang, asked, el("p", {}, t("stress.survive.none", lang)))
    columns = [
        tables.words("name", "stress.col.node", lang, row_head=True),
        tables.words("kind", "col.kind", lang, "stress.kind"),
        tables.amount(store, "low", "stress.col.low", lang, unit="day", main=True),
        Column("high", "stress.col.high", _for_ever("high", lang), numeric=True),
        tables.amount(store, "recover", "stress.col.recover", lang, unit="day"),
        tables.words("recover_trust", "col.confidence", lang, "stress.trust"),
        Column("gap", "stress.col.gap", _gap(lang), numeric=True),
        tables.amount(store, "lost_share", "stress.col.lost", lang, "share", "1"),
        Column("first", "stress.col.scarce", lambda row: el("td", {"class": "list"}, local(row["first"], lang))),
    ]
    table = Table("survival", columns, part["nodes"])
    others = el("p", {"class": "fine"}, t("stress.survive.others", lang, n=figure(part["others"], "number", "1", lang)))
    keys = [("stress.key", "exposed"), ("stress.key", "perhaps"), ("stress.key", "spared")]
    return _section(
        "stress_survive",
        lang,
        asked,
        legend(keys, lang),
        pictures.survival(part, caption, lang),
        others,
        tables.render(table, lang, caption),
        el("p", {"class": "fine"}, t("stress.more", lang, n=part["left_out"])) if part["left_out"] else None,
    )


def _for_ever(key: str, lang: Lang) -> tables.Cell:
    """Days, or that it goes on for ever."""

    def cell(row: Record) -> Markup:
        value = row[key]
        shown = t("stress.for_ever", lang) if value is None else figure(value, "number", "day", lang)
        return el("td", {"class": "n", "data-value": raw_value(value)}, shown)

    return cell


def _gap(lang: Lang) -> tables.Cell:
    def cell(row: Record) -> Markup:
        value = row["gap"]
        none = value == 0
        shown = t("stress.no_gap", lang) if none else figure(value, "number", "day", lang)
        return el("td", {"class": "n", "data-value": raw_value(value)}, shown)

    return cell


def _not_asked(name: str, lang: Lang) -> Markup:
    """What was not computed, and the option that asks for it."""
    before, option, after = t(f"stress.not_asked.{name}", lang, option="\0").partition("\0")
    return el("p", {"class": "flags"}, before, el("code", {}, OPTIONS[name]) if option else None, after)


OPTIONS: Final[Mapping[str, str]] = {"survive": "--survive", "worst": "--worst country"}


# --- the worst pair ---------------------------------------------------------------------------------------------------


def _worst(store: Record, lang: Lang) -> Markup:
    part = store["worst"]
    if part is None:
        return _section("stress_worst", lang, _not_asked("worst", lang))
    caption = t("stress.worst.caption", lang)
    family = label("stress.family", part["family"], lang)
    among = t("stress.worst.among", lang, family=family, of=part["of"])
    proof = t(
        "stress.worst.proven" if part["exact"] else "stress.worst.open",
        lang,
        sets=part["sets"],
        planned=part["planned"],
    )
    builds = t("stress.worst.replanned" if part["replanned"] else "stress.worst.held", lang)
    unit = store["meta"]["money_unit"]
    bars = [(local(one["name"], lang), one["more"], "alone") for one in part["singles"]]
    if part["more"] is not None:
        bars += [
            (t("stress.worst.sum", lang), part["sum"], "sum"),
            (t("stress.worst.together", lang), part["more"], "pair"),
        ]
    columns = [
        Column("rank", "stress.col.rank", _count("rank"), numeric=True),
        tables.words("pair", "stress.col.pair", lang, row_head=True),
        tables.amount(store, "more", "stress.col.more", lang, "money"),
    ]
    table = Table("worst_pairs", columns, part["ranked"])
    short = Table(
        "worst_unserved",
        [
            tables.words("item_name", "col.item", lang, row_head=True),
            tables.amount(store, "quantity", "col.quantity", lang),
        ],
        part["unserved"],
    )
    return _section(
        "stress_worst",
        lang,
        el("p", {}, among, " ", proof, " ", builds),
        el("p", {"class": "flags"}, t("stress.worst.no_plan", lang)) if part["more"] is None else None,
        pictures.bars(bars, unit, caption, lang) if part["more"] is not None else None,
        tables.render(table, lang, caption),
        [el("h3", {}, t("stress.worst.unserved", lang)), tables.render(short, lang, t("stress.worst.unserved", lang))]
        if part["unserved"]
        else None,
    )


# --- what to do -------------------------------------------------------------------------------------------------------


def _do(store: Record, lang: Lang) -> Markup:
    parts = []
    for at, (one, heading) in enumerate(_branches(store, lang)):
        rows = [row for row in one["measures"] if row["kind"] != "build"]
        builds = [row | {"unit": row["size_unit"] or "1"} for row in one["measures"] if row["kind"] == "build"]
        own: list[Any] = [heading]
        if rows:
            columns = [
                tables.words("kind", "col.kind", lang, "stress.measure"),
                tables.words("name", "stress.col.measure", lang, row_head=True),
                tables.words("period", "col.year", lang),
                tables.amount(store, "value", "stress.col.value", lang, "money", main=True),
                tables.amount(store, "before", "stress.col.before", lang, "money"),
                tables.amount(store, "gain", "stress.col.gain", lang, "money"),
                tables.amount(store, "served", "stress.col.served", lang, "money"),
            ]
            own += frame.titled("stress_measures", Table(f"measures_{at}", columns, rows), lang)
        if builds:
            columns = [
                tables.words("name", "stress.col.measure", lang, row_head=True),
                tables.words("period", "col.year", lang),
                tables.amount(store, "quantity", "col.size", lang, main=True),
            ]
            own += frame.titled("stress_builds", Table(f"foresight_{at}", columns, builds), lang)
        if not one["measures"]:
            own.append(el("p", {}, t("stress.do_missed" if one["status"] == "short" else "stress.do_none", lang)))
        parts.append(own)
    return _section("stress_do", lang, parts)


# --- who stops --------------------------------------------------------------------------------------------------------


def _who(store: Record, lang: Lang) -> Markup:
    return _section(
        "stress_who", lang, [_who_of(store, at, *one, lang) for at, one in enumerate(_branches(store, lang))]
    )


def _who_of(store: Record, at: int, one: Record, heading: Markup | None, lang: Lang) -> list[Any]:
    own: list[Any] = [heading]
    years = one["by_year"]
    caption = t("stress.years.caption", lang)
    if years is None:
        own.append(el("p", {"class": "fine"}, t("stress.years.none", lang)))
    elif any(row["less"] for row in years):
        columns = [
            tables.words("year", "col.year", lang, row_head=True),
            Column("stopped", "stress.col.stopped", _count("stopped"), numeric=True),
            Column("less", "stress.col.less", _count("less"), numeric=True),
        ]
        table = tables.render(Table(f"years_{at}", columns, years), lang, caption)
        own += [
            el("h4", {}, caption),
            legend([("stress.key", "stopped"), ("stress.key", "less")], lang),
            pictures.years(years, caption, lang),
            twin(table, caption, lang),
        ]
    if one["plants"]:
        columns = [
            tables.words("name", "col.plant", lang, row_head=True),
            tables.words("country", "col.country", lang, "country"),
            tables.words("product", "stress.col.makes", lang),
            tables.words("from", "stress.col.from", lang),
            tables.amount(store, "worst", "stress.col.worst", lang, "share", "1"),
            tables.amount(store, "lost", "stress.col.lost_all", lang, main=True),
            Column("stopped", "stress.col.stops", _yes(lang)),
        ]
        rows = [row | {"unit": row["unit"] or "1"} for row in one["plants"]]
        own += frame.titled("stress_plants", Table(f"plants_{at}", columns, rows), lang)
        if one["plants_left_out"]:
            own.append(el("p", {"class": "fine"}, t("stress.more", lang, n=one["plants_left_out"])))
    else:
        own.append(el("p", {}, t("stress.who_none", lang)))
    return [*own, _unmet(store, at, one, lang)]


def _unmet(store: Record, at: int, one: Record, lang: Lang) -> Any:
    if not one["unserved"]:
        return el("p", {}, t("stress.unserved_none", lang))
    share = [
        Column("segment", "col.segment", _segment(lang)),
        tables.amount(store, "quantity", "col.quantity", lang),
        tables.amount(store, "share", "col.short_share", lang, "share", "1"),
    ]
    whole = [
        tables.words("item_name", "col.item", lang, row_head=True),
        tables.words("place_name", "col.place", lang),
        tables.words("from", "stress.col.from", lang),
        tables.amount(store, "quantity", "col.quantity", lang, main=True),
        tables.amount(store, "share", "col.short_share", lang, "share", "1"),
    ]
    caption = t("table.stress_unserved", lang)
    detail = Table(f"unserved_{at}", whole, [row | {"unit": row["unit"] or "1"} for row in one["unserved"]])
    segments = Table(f"segments_{at}", share, [row | {"unit": row["unit"] or "1"} for row in one["segments"]])
    return [frame.titled("stress_segments", segments, lang), twin(tables.render(detail, lang, caption), caption, lang)]


def _segment(lang: Lang) -> tables.Cell:
    def cell(row: Record) -> Markup:
        name = row["segment"]
        return el("th", {"scope": "row"}, t(f"segment.{name}", lang) if has(f"segment.{name}") else name)

    return cell


def _yes(lang: Lang) -> tables.Cell:
    def cell(row: Record) -> Markup:
        stops = row["stopped"]
        return el(
            "td", {"class": "w", "data-text": "yes" if stops else "no"}, t("stress.yes" if stops else "stress.no", lang)
        )

    return cell


# --- method -----------------------------------------------------------------------------------------------------------


def _method(store: Record, lang: Lang) -> Markup:
    said = [el("p", {}, t(f"stress.method.{i}", lang)) for i in range(1, 6)]
    heads: Sequence[tuple[str, Any]] = (
        ("method.limits", frame.limits(store, lang)),
        ("method.solver", frame.solver(store, lang)),
        ("stress.grounds", frame.annex(store, lang)),
        ("method.sources", _sources(store, lang)),
    )
    return _section(
        "stress_method",
        lang,
        el("div", {"class": "prose"}, said),
        join([join([el("h3", {}, t(key, lang)), part]) for key, part in heads]),
    )


def _sources(store: Record, lang: Lang) -> Any:
    own = store["meta"]["source"]
    told = el("p", {"class": "fine"}, t("stress.source", lang, source=own)) if own else el(
        "p", {"class": "fine"}, mark("assumed", lang), " ", t("stress.source_assumed", lang))  # fmt: skip
    return [told, frame.sources(store, lang)]
