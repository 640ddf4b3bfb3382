"""The committee's page: one number store of the rooms' answers in, one page per language out.

Every drawing stands in the page as lines and boxes with its numbers in a table beside it; scripts only add tips, sorting, downloads
and the grounds of figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bongsu.brief import committee_pictures as pictures
from bongsu.brief import frame, tables
from bongsu.brief.committee import FLOWS, PARTS, PUBLIC, SITE_PARTS
from bongsu.brief.frame import legend, twin
from bongsu.brief.markup import Markup, el, join, raw_value
from bongsu.brief.numbers import Record, grounded
from bongsu.brief.tables import Column, Table
from bongsu.brief.text import Lang, date, figure, label, local, t, unit_name

PAGE: Final = "committee"
SECTIONS: Final = tuple(
    f"committee_{name}"
    for name in ("answers", "value", "portfolio", "investor", "public", "sites", "regions", "links", "method")
)
SCRIPTS: Final = ("page.js", "stress.js")
#: The command that gives what a room that is missing would say.
COMMANDS: Final[Mapping[str, str]] = {
    "discover": "bongsu discover",
    "attract": "bongsu attract case PROJECT",
    "regions": "bongsu regions effect PROCESS PLACE",
    "link": "bongsu link --buyer PLACE --item ITEM",
    "sites": "bongsu attract sites PROCESS",
}
#: Figures that are nothing, not unknown, where they have no number: what the page says instead.
_NONE: Final = {"irr": "committee.no_rate", "payback": "committee.never", "public_irr": "committee.no_rate",
                "public_even": "committee.never"}  # fmt: skip


def render(store: Record, lang: Lang) -> str:
    """The page in one language: one file that needs nothing beside it.

    Raises KeyError where a sentence of the store has no text or lacks a parameter.
    """
    head, tail = frame.inline_head(SCRIPTS), frame.inline_tail(store, lang, SCRIPTS)
    said = t("committee.description", lang)
    return frame.document(store, lang, t("committee.title", lang), said, {}, _body(store, lang), head, tail)


def _body(store: Record, lang: Lang) -> Markup:
    parts = [
        _answers(store, lang), _value(store, lang), _portfolio(store, lang), _investor(store, lang), _public(store, lang),
        _sites(store, lang), _regions(store, lang), _links(store, lang), _method(store, lang),
    ]  # fmt: skip
    return frame.body(lang, SECTIONS[0], _banner(store, lang), parts, el("footer", {}, _stamp(store, lang)))


def _stamp(store: Record, lang: Lang) -> list[Markup]:
    """What made the page; of a store without a data pack only the version and the digest are known."""
    if store["meta"]["pack"]:
        return frame.stamp(store, lang)
    made = t("committee.made", lang, version=store["meta"]["version"])
    return [el("p", {}, made), el("p", {}, t("footer.store", lang), " ", el("code", {}, frame.digest(store)[:16]))]


def _banner(store: Record, lang: Lang) -> Markup:
    meta = store["meta"]
    facts = [
        ("stress.meta.case", local(meta["case_name"], lang)),
        ("meta.as_of", date(meta["as_of"] or "", lang)),
        ("meta.law", date(meta["law"] or "", lang)),
        ("meta.money", t("meta.money_year", lang, year=meta["money_year"])),
        ("committee.meta.projects", str(len(store["projects"]))),
    ]
    return el(
        "header",
        {"class": "banner"},
        frame.bar(PAGE, lang),
        el("p", {"class": "kicker"}, t("committee.kicker", lang)),
        el("h1", {}, t("committee.heading", lang)),
        el("p", {"class": "lead"}, t("committee.lead", lang)),
        frame.facts([pair for pair in facts if pair[1]], lang),
        frame.flags([t(f"committee.missing.{room}", lang) for room in meta["missing"]], lang),
        frame.contents(SECTIONS, lang),
    )


def _section(name: str, lang: Lang, *children: Any) -> Markup:
    return frame.section(SECTIONS, f"committee_{name}", lang, *children)


def _missing(room: str, lang: Lang) -> Markup:
    """That a room has not answered, and the command that asks it."""
    before, _, after = t("committee.not_asked", lang, command="\0").partition("\0")
    return el("p", {"class": "flags"}, before, el("code", {}, COMMANDS[room]), after)


def _without(store: Record, part: Sequence[Record], room: str, lang: Lang) -> Markup | None:
    """Projects of which a room says nothing, with its reason where it gave one."""
    told = {row["project"] for row in part}
    why = {row["project"]: row["reason"] for row in store["unanswered"].get(room, [])}
    names = [
        (local(one["title"], lang), why.get(one["project"])) for one in store["projects"] if one["project"] not in told
    ]
    if not names:
        return None
    items = [
        el("li", {}, name, [" \u2013 ", el("span", {"lang": "en"}, reason)] if reason else None)
        for name, reason in names
    ]
    return join([el("p", {"class": "fine"}, t("committee.without", lang)), el("ul", {"class": "limits fine"}, items)])


def _heading(title: Any, lang: Lang) -> Markup:
    return el("h3", {"class": "branch"}, local(title, lang))


# --- the answer, and what projects are worth --------------------------------------------------------------------------


def _answers(store: Record, lang: Lang) -> Markup:
    return _section("answers", lang, frame.headlines(store, lang), frame.legend_of_trust(lang))


def _value(store: Record, lang: Lang) -> Markup:
    rows = store["value"]
    size = [
        tables.words("title", "committee.col.project", lang, row_head=True),
        tables.amount(store, "size", "col.size", lang),
        tables.words("start", "col.first_year", lang),
        tables.amount(store, "capex", "col.capex", lang, "money", "MUSD"),
        Column("partners", "committee.col.partners", _partners(lang)),
    ]
    of_projects = frame.titled("committee_projects", Table("projects", size, store["projects"]), lang)
    if rows is None:
        return _section("value", lang, _missing("discover", lang), of_projects)
    caption = t("committee.value.caption", lang)
    columns = [
        tables.words("title", "committee.col.project", lang, row_head=True),
        tables.amount(store, "value", "committee.col.value", lang, "money", main=True),
        *[tables.amount(store, part, f"committee.part.{part}", lang, "money") for part in PARTS],
    ]
    gates = [{"project": row["project"], "title": row["title"], **gate} for row in rows for gate in row["gates"]]
    of_gates = [
        tables.words("title", "committee.col.project", lang, row_head=True),
        tables.words("gate", "committee.col.gate", lang, "committee.gate"),
        Column("outcome", "committee.col.outcome", _outcome(lang)),
        Column("evidence", "committee.col.evidence", _evidence(lang)),
    ]
    named = t("table.committee_gates", lang)
    return _section(
        "value",
        lang,
        legend([("committee.part", part) for part in PARTS], lang),
        _key_of_gates(lang) if gates else None,
        pictures.values(rows, PARTS, caption, lang),
        tables.render(Table("worth", columns, rows), lang, caption),
        twin(tables.render(Table("gates", of_gates, gates), lang, named), named, lang) if gates else None,
        of_projects,
    )


def _key_of_gates(lang: Lang) -> Markup:
    signs = {"pass": "\u2713", "fail": "\u2715", "undetermined": "?"}
    items = [
        el(
            "li",
            {},
            el("b", {"class": f"gatekey g-{name}", "aria-hidden": "true"}, sign),
            t(f"committee.outcome.{name}", lang),
        )
        for name, sign in signs.items()
    ]
    return el("ul", {"class": "legend"}, items)


def _outcome(lang: Lang) -> tables.Cell:
    return lambda row: el(
        "td", {"class": "w", "data-text": row["outcome"]}, t(f"committee.outcome.{row['outcome']}", lang)
    )


def _evidence(lang: Lang) -> tables.Cell:
    """Each piece of evidence on a line of its own; the first few are shown, and the file has all."""

    def cell(row: Record) -> Markup:
        whole = local(row["evidence"], lang)
        parts = whole.split("; ")
        more = [el("div", {"class": "by"}, t("stress.more", lang, n=len(parts) - 4))] if len(parts) > 4 else []
        return el("td", {"class": "list", "data-text": whole}, [el("div", {}, one) for one in parts[:4]], more)

    return cell


def _partners(lang: Lang) -> tables.Cell:
    def cell(row: Record) -> Markup:
        by: dict[tuple[str, str], list[str]] = {}
        for one in row["partners"]:
            by.setdefault((one["country"], one["brings"]), []).append(local(one["name"], lang))
        lines = []
        for (country, what), names in by.items():
            named = f"{label('country', country, lang)}, {t(f'committee.brings.{what}', lang)}"
            brings = t("committee.pair", lang, name=named, value="")
            more = t("committee.and_more", lang, n=len(names) - 4) if len(names) > 4 else ""
            lines.append(el("div", {}, el("span", {"class": "by"}, brings), " \u00b7 ".join(names[:4]), more))
        return el("td", {"class": "list"}, lines)

    return cell


# --- the portfolio ----------------------------------------------------------------------------------------------------


def _portfolio(store: Record, lang: Lang) -> Markup:
    part = store["portfolio"]
    if part is None:
        return _section("portfolio", lang, _missing("discover", lang))
    caption = t("committee.portfolio.caption", lang)
    columns = [
        Column("rank", "stress.col.rank", _count("rank"), numeric=True),
        tables.words("title", "committee.col.project", lang, row_head=True),
        tables.amount(store, "capex", "col.capex", lang, "money"),
        tables.amount(store, "value", "committee.col.value", lang, "money", main=True),
        Column("best", "committee.col.best", _yes("best", lang)),
    ]
    said = el("p", {"class": "flags"}, t("committee.portfolio.none", lang))
    shares = None
    if part["weighed"]:
        columns.append(Column("chosen", "committee.col.chosen", _yes("chosen", lang)))
        named = t("table.committee_shares", lang)
        shares = twin(tables.render(_shares(store, part, lang), lang, named), named, lang)
        worth = grounded(store, part["fid"], lang, prose=True) if part["fid"] else t("number.unknown", lang)
        before, _, after = t("committee.portfolio.chosen", lang, n=part["count"], value="\0").partition("\0")
        said = el("p", {}, before, worth, after)
    keys = [("committee.key", "chosen"), ("committee.key", "left")] if part["weighed"] else []
    steps = None
    if part["steps"]:
        named = t("committee.steps.caption", lang)
        steps = [
            pictures.budgets(part, named, lang),
            tables.render(_steps(store, part, lang), lang, named),
        ]
    return _section(
        "portfolio",
        lang,
        said,
        legend([*keys, ("committee.key", "frontier")], lang),
        pictures.portfolio(part, caption, lang),
        tables.render(Table("portfolio", columns, part["rows"]), lang, caption),
        shares,
        steps,
    )


def _steps(store: Record, part: Record, lang: Lang) -> Table:
    """Budgets for all investment, and the best choice under each."""
    columns = [
        tables.amount(store, "budget", "committee.col.budget", lang, "money"),
        Column("count", "committee.col.count", _count("count"), numeric=True),
        tables.amount(store, "invested", "committee.col.invested", lang, "money"),
        tables.amount(store, "value", "committee.col.saved", lang, "money", main=True),
        tables.amount(store, "bound", "committee.col.bound", lang, "money"),
    ]
    return Table("steps", columns, part["steps"])


def _shares(store: Record, part: Record, lang: Lang) -> Table:
    """Of the projects that were weighed: who invests, and what each is worth among the chosen."""
    columns = [
        tables.words("title", "committee.col.project", lang, row_head=True),
        tables.amount(store, "invest_ca", "committee.col.invest_ca", lang, "money"),
        tables.amount(store, "invest_kr", "committee.col.invest_kr", lang, "money"),
        *[
            Column(key, f"committee.col.{key}", _if_chosen(key, lang), numeric=True)
            for key in ("alone", "marginal", "shapley")
        ],
    ]
    return Table("shares", columns, [row for row in part["rows"] if row["chosen"] is not None])


def _count(key: str) -> tables.Cell:
    return lambda row: el("td", {"class": "n", "data-value": raw_value(row[key])}, str(row[key]))


def _if_chosen(key: str, lang: Lang) -> tables.Cell:
    """What a project is worth among the chosen; of the others it was not asked."""

    def cell(row: Record) -> Markup:
        asked = row["chosen"] or row[key] is not None
        shown = figure(row[key], "money", row["unit"], lang) if asked else "\u2013"
        return el("td", {"class": "n", "data-value": raw_value(row[key])}, shown)

    return cell


def _yes(key: str, lang: Lang) -> tables.Cell:
    """Yes, no, or nothing where it was not asked."""

    def cell(row: Record) -> Markup:
        value = row[key]
        word = "" if value is None else "yes" if value else "no"
        return el("td", {"class": "w", "data-text": word}, t(f"word.{word}", lang) if word else "\u2013")

    return cell


# --- the investor -----------------------------------------------------------------------------------------------------


def _investor(store: Record, lang: Lang) -> Markup:
    part = store["investor"]
    if part is None:
        return _section("investor", lang, _missing("attract", lang))
    return _section(
        "investor",
        lang,
        [_case(store, at, one, lang) for at, one in enumerate(part)],
        _without(store, part, "attract", lang),
    )


def _case(store: Record, at: int, one: Record, lang: Lang) -> list[Any]:
    flow, moves = t("committee.cash.caption", lang), t("committee.tornado.caption", lang)
    columns = [
        tables.words("year", "col.year", lang, row_head=True),
        *[
            tables.amount(store, name, f"committee.flow.{name}", lang, "money")
            for name in (*FLOWS, "pre_tax", "post_tax")
            if any(row[name] for row in one["cash"])
        ],
        tables.amount(store, "so_far", "committee.key.so_far", lang, "money"),
    ]
    drivers = [
        tables.words("name", "committee.col.driver", lang, row_head=True),
        Column("low", "committee.col.low", _end("low", lang)),
        Column("high", "committee.col.high", _end("high", lang)),
        tables.amount(store, "npv_low", "committee.col.npv_low", lang, "money"),
        tables.amount(store, "npv_high", "committee.col.npv_high", lang, "money"),
    ]
    parts: list[Any] = [_heading(one["title"], lang), _list_of_figures(store, one, lang)]
    if not one["taxed"]:
        parts.append(el("p", {"class": "flags"}, t("committee.untaxed", lang)))
    parts += [
        el("h4", {}, flow),
        legend([("committee.key", "in"), ("committee.key", "out"), ("committee.key", "so_far")], lang),
        pictures.cash(one, flow, lang),
        twin(tables.render(Table(f"cash_{at}", columns, one["cash"]), lang, flow), flow, lang),
    ]
    if one["tornado"] and one["central"] is not None:
        parts += [
            el("h4", {}, moves),
            legend([("committee.key", "low"), ("committee.key", "high")], lang),
            pictures.tornado(one, moves, lang),
            twin(tables.render(Table(f"tornado_{at}", drivers, one["tornado"]), lang, moves), moves, lang),
        ]
    return parts


def _end(end: str, lang: Lang) -> tables.Cell:
    return lambda row: el("td", {"class": "w", "data-value": raw_value(row[end])}, pictures.driver_at(row, end, lang))


def _list_of_figures(store: Record, one: Record, lang: Lang) -> Markup:
    """The measures of a case as a list, each with its grounds."""
    items = []
    for row in one["figures"]:
        told = _told(store, row["key"], row["fid"], lang, one["taxed"])
        items.append(el("div", {}, el("dt", {}, frame.label_of(store, row["fid"], lang)), el("dd", {}, told)))
    return el("dl", {"class": "facts measures"}, items)


def _told(store: Record, key: str, fid: str, lang: Lang, taxed: bool = True) -> Markup:
    """A figure; where it has no number because there is none (no rate of return, never paid back) the page says that."""
    nothing = next((text for stem, text in _NONE.items() if key.startswith(stem)), None)
    known = taxed or not ("post_tax" in key or "equity" in key)
    if store["figures"][fid]["value"] is None and nothing and known:
        return grounded(store, fid, lang, t(nothing, lang))
    return grounded(store, fid, lang, prose=True)


# --- the public -------------------------------------------------------------------------------------------------------


def _public(store: Record, lang: Lang) -> Markup:
    part = store["public"]
    if part is None:
        return _section("public", lang, _missing("attract", lang))
    if not part:
        return _section("public", lang, el("p", {}, t("committee.public.none", lang)))
    caption = t("section.committee_public", lang)
    columns = [tables.words("title", "committee.col.project", lang, row_head=True)]
    columns += [Column(key, f"committee.public.{key}", _of_public(store, key, lang), numeric=True) for key in PUBLIC]
    table = Table("public", columns, part)
    return _section("public", lang, tables.render(table, lang, caption), _without(store, part, "attract", lang))


def _of_public(store: Record, key: str, lang: Lang) -> tables.Cell:
    def cell(row: Record) -> Markup:
        fid = row["figures"][key]
        value = store["figures"][fid]["value"] if fid else None
        inner: Any = t("number.unknown", lang)
        if fid and value is None and row["unsupported"] and key in ("public_irr_real", "public_even_year"):
            inner = grounded(store, fid, lang, t("committee.no_support", lang))
        elif fid:
            inner = _told(store, key, fid, lang)
        return el("td", {"class": "n", "data-value": raw_value(value)}, inner)

    return cell


# --- places -----------------------------------------------------------------------------------------------------------


def _sites(store: Record, lang: Lang) -> Markup:
    if not store["sites"]:
        return _section("sites", lang, _missing("sites", lang))
    parts = []
    for at, one in enumerate(store["sites"]):
        caption = t(
            "committee.sites.caption" if one["taxed"] else "committee.sites.pre",
            lang,
            unit=unit_name(one["unit"], lang),
        )
        shown = [part for part in SITE_PARTS if any(row[part] for row in one["rows"])]
        columns = [
            Column("rank", "stress.col.rank", _count("rank"), numeric=True),
            tables.words("place_name", "col.place", lang, row_head=True),
            tables.amount(store, "margin", "committee.col.margin", lang, "money", main=True),
            tables.amount(store, "first_in_draws", "committee.col.first", lang, "share", "1"),
            *[tables.amount(store, part, f"committee.site.{part}", lang, "money") for part in shown],
        ]
        parts += [
            _heading(one["process_name"], lang),
            el("p", {"class": "note"}, caption),
            legend([("committee.site", part) for part in shown], lang),
            pictures.sites(one, shown, caption, lang),
            _not_counted(one, lang),
            twin(tables.render(Table(f"sites_{at}", columns, one["rows"]), lang, caption), caption, lang),
        ]
    return _section("sites", lang, parts)


def _not_counted(one: Record, lang: Lang) -> Markup | None:
    """Credits that hang on what is not known of the plant, with the places for which they are left out."""
    where: dict[str, list[str]] = {}
    for row in one["rows"]:
        for name in row["not_counted"]:
            where.setdefault(local(name, lang), []).append(local(row["place_name"], lang))
    items = []
    for name, places in where.items():
        only = "" if len(places) == len(one["rows"]) else " (" + " \u00b7 ".join(places) + ")"
        items.append(el("li", {}, name, only))
    head = el("p", {"class": "fine"}, t("committee.not_counted", lang))
    return join([head, el("ul", {"class": "limits fine"}, items)]) if items else None


# --- the region -------------------------------------------------------------------------------------------------------


def _regions(store: Record, lang: Lang) -> Markup:
    part = store["regions"]
    if part is None:
        return _section("regions", lang, _missing("regions", lang))
    caption = t("committee.regions.caption", lang)
    parts: list[Any] = []
    # What is said of every project is said once.
    common = [note for note in part[0]["notes"] if all(note in one["notes"] for one in part)] if part else []
    for at, one in enumerate(part):
        own = [note for note in one["notes"] if note not in common]
        columns = [
            tables.words("phase_name", "committee.col.phase", lang, row_head=True),
            tables.words("measure_name", "col.measure", lang),
            tables.words("scope_name", "committee.col.scope", lang),
            tables.words("basis_name", "committee.col.basis", lang),
            tables.amount(store, "low", "committee.col.low", lang, main=True),
            Column("high", "committee.col.high", _high(store, lang), numeric=True),
            tables.trust("weakest", "committee.col.weakest", lang),
        ]
        parts += [
            _heading(one["title"], lang),
            pictures.ranges(one["rows"], caption, lang),
            twin(tables.render(Table(f"regions_{at}", columns, one["rows"]), lang, caption), caption, lang),
            [el("p", {"class": "fine"}, local(note, lang)) for note in own],
        ]
    told = el("ul", {"class": "limits"}, [el("li", {}, local(note, lang)) for note in common]) if common else None
    return _section("regions", lang, parts, _without(store, part, "regions", lang), told)


def _high(store: Record, lang: Lang) -> tables.Cell:
    def cell(row: Record) -> Markup:
        fid = row["fid_high"]
        shown = grounded(store, fid, lang) if fid else figure(row["high"], "number", row["unit"], lang)
        return el("td", {"class": "n", "data-value": raw_value(row["high"])}, shown)

    return cell


# --- links ------------------------------------------------------------------------------------------------------------


def _links(store: Record, lang: Lang) -> Markup:
    part = store["links"]
    if part is None:
        return _section("links", lang, _missing("link", lang))
    caption = t("committee.links.caption", lang)
    parts: list[Any] = []
    for at, one in enumerate(part):
        rows = [
            {**partner, "side": side, "item_name": item["item_name"], "year": item["year"], "found": item["found"]}
            for side in ("inputs", "outputs")
            for item in one[side]
            for partner in item["partners"]
        ]
        columns = [
            tables.words("side", "committee.col.side", lang, "committee.side"),
            tables.words("item_name", "col.item", lang),
            tables.words("name", "committee.col.partner", lang, row_head=True),
            tables.words("year", "col.year", lang),
            tables.amount(store, "delivered", "committee.col.delivered", lang, "money"),
            *[tables.amount(store, key, f"committee.col.{key}", lang, "money") for key in ("price", "freight", "duty", "credit")],
            tables.amount(store, "cost", "committee.col.cost", lang, "money", main=True),
            Column("quantity", "committee.col.award", _quantity("quantity", lang), numeric=True),
            Column("ranks", "committee.col.ranks", _ranks(lang)),
            Column("obstacles", "committee.col.obstacles", _names("obstacles", lang)),
        ]  # fmt: skip
        short = [item for item in one["inputs"] if item["found"] is not None and item["found"] < 1 - 1e-6]
        named = [f"{local(item['item_name'], lang)} ({figure(item['found'], 'share', '1', lang)})" for item in short]
        parts += [
            _heading(one["title"], lang),
            el("p", {}, t("committee.links.short", lang, names=" \u00b7 ".join(named))) if short else None,
            legend([("committee.key", "way_used"), ("committee.key", "way_idle")], lang),
            pictures.matches(one, caption, lang),
            twin(tables.render(Table(f"links_{at}", columns, rows), lang, caption), caption, lang),
        ]
    return _section("links", lang, parts, _without(store, part, "link", lang))


def _quantity(key: str, lang: Lang) -> tables.Cell:
    return lambda row: el(
        "td", {"class": "n", "data-value": raw_value(row[key])}, figure(row[key], "number", row["quantity_unit"], lang)
    )


def _ranks(lang: Lang) -> tables.Cell:
    """Best and worst rank when freight or law moves."""

    def cell(row: Record) -> Markup:
        best, worst = row["best"], row["worst"]
        if best is None or worst is None:
            return el("td", {}, t("number.unknown", lang))
        return el("td", {"class": "w"}, str(best) if best == worst else t("stress.range", lang, low=best, high=worst))

    return cell


def _names(key: str, lang: Lang) -> tables.Cell:
    """Names one under another."""
    return lambda row: el("td", {"class": "list long"}, [el("div", {}, local(one, lang)) for one in row[key]])


# --- method -----------------------------------------------------------------------------------------------------------


def _method(store: Record, lang: Lang) -> Markup:
    said = [el("p", {}, t(f"committee.method.{i}", lang)) for i in range(1, 5)]
    sources = (
        frame.sources(store, lang) if store["sources"] else el("p", {"class": "fine"}, t("committee.no_sources", lang))
    )
    heads: Sequence[tuple[str, Any]] = (
        ("committee.limits", frame.limits(store, lang)),
        ("stress.grounds", frame.annex(store, lang)),
        ("method.sources", sources),
    )
    return _section(
        "method",
        lang,
        el("div", {"class": "prose"}, said),
        join([join([el("h3", {}, t(key, lang)), part]) for key, part in heads]),
    )


__all__ = ["COMMANDS", "PAGE", "SECTIONS", "render"]
