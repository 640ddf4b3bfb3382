"""The answers of ``bongsu attract`` as tables on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bongsu.answers.figure import Node, names
from bongsu.brief.text import as_lang, fixed, of_year, percent, t, unit_text
from bongsu.committee.attract.case import places_in_words, years_in_words
from bongsu.committee.attract.measures import Return, Signs
from bongsu.committee.attract.returns import told
from bongsu.committee.attract.sites import PARTS
from bongsu.committee.words import said

if TYPE_CHECKING:
    from bongsu.chain import Chain
    from bongsu.committee import Answer
    from bongsu.committee.attract import Case, PublicCase
    from bongsu.committee.attract.case_file import DatedCase, PlainCase


#: What the ends of a driver of the tornado are counted in; a factor of the central value where it is not named.
_DRIVERS = {
    "load": "share", "building_share": "share", "sustaining": "share", "discount_real": "share", "delay": "years",
    "working_capital": "days of revenue", "production_contract": "branch", "supply_chain_credit": "branch",
    "credit_withdrawn": "branch",
}  # fmt: skip


class Page:
    """Words and numbers of one language on a terminal."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        console = Console()
        self.console = console if console.is_terminal else Console(width=160)

    def __call__(self, key: str, **parts: Any) -> str:
        """A phrase of the room."""
        return said("attract", key, **parts)[self.lang]

    def number(self, value: float | None, places: int = 0) -> str:
        """A number with the marks of the language; what is not known is said."""
        if value is None or not math.isfinite(value):
            return self("cli.unknown")
        return fixed(value, places, as_lang(self.lang))

    def of(self, value: float | None, unit: str) -> str:
        """A figure with its unit: money in millions, shares in per cent."""
        if value is None or not math.isfinite(value):
            return self("cli.none")
        if unit == "share":
            return percent(value, as_lang(self.lang))
        if unit.startswith("USD of"):
            lang = as_lang(self.lang)
            text = unit_text(self.number(value / 1e6), "MUSD", lang)
            return t("number.of_year", lang, n=text, year=unit.rpartition(" ")[2])
        bare, year = of_year(unit)
        if bare.startswith("USD/"):
            places = 0 if bare in ("USD/job", "USD/GWh") or abs(value) >= 1000 else 2
            value = _rough(value) if places == 0 else value
            text = unit_text(self.number(value, places), bare, as_lang(self.lang))
            return t("number.of_year", as_lang(self.lang), n=text, year=year) if year else text
        if unit in ("years", "jobs"):
            return unit_text(self.number(value, 1 if unit == "years" else 0), unit, as_lang(self.lang))
        return self.number(value, 0 if abs(value) >= 1000 else 2)

    def term(self, driver: str, value: float | None) -> str:
        """An end of a driver of the tornado with what it is counted in: shares, years, days, a factor, or whether it comes."""
        if value is None or not math.isfinite(value):
            return self("cli.unknown")
        kind = _DRIVERS.get(driver, "")
        if kind == "share":
            return self.of(value, "share")
        if kind == "branch":
            return self("cli.comes" if value else "cli.comes_not")
        if kind:
            return unit_text(self.number(value, 0 if value == int(value) else 1), kind, as_lang(self.lang))
        return unit_text(self.number(value, 2), "factor", as_lang(self.lang))

    def signs(self, what: str, rate: Return) -> None:
        """Print why there is no rate of return, or that there are several and which."""
        if rate.signs is not Signs.ONE or rate.rate is None:
            self.line(what, told(rate)[self.lang])

    def line(self, what: str, reason: str) -> None:
        """Print what a figure is and a sentence about it."""
        colon = "\u00a0: " if self.lang == "fr" else ": "
        self.console.print(escape(f"{what}{colon}{reason}"))

    def reasons(self, figures: Iterable[Node]) -> None:
        """Print of each figure that there is not why there is none."""
        for node in figures:
            why = next((child for child in node.children if child.value is None and not child.children), None)
            if node.value is None and why is not None:
                self.line(node.label[self.lang], why.label[self.lang])

    def year(self, node: Node) -> str:
        """A year, or that there is none."""
        return self("cli.never") if node.value is None else str(int(node.value))

    def table(self, title: str, columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> None:
        """Print a table: headings with whether they hold numbers, and rows."""
        table = Table(title=escape(title))
        for heading, numeric in columns:
            table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self.console.print(table)

    def say(self, key: str, **parts: Any) -> None:
        """Print a phrase."""
        self.console.print(escape(self(key, **parts)))


def case(found: Case, lang: str) -> None:
    """An investor's case: measures, what its value is made of, tornado, draws."""
    page, project = Page(lang), found.project
    atlas = found.chain.atlas
    title = page(
        "cli.case",
        process=names(atlas, "processes", project.process)[lang],
        place=names(atlas, "places", project.place)[lang],
        size=page.number(project.size),
        unit=project.unit,
        start=project.start,
    )
    figures = {name.partition(".")[2].partition(":")[0]: node for name, node in found.answer.figures.items()}
    head = [(page("cli.measure"), False), (page("cli.value"), True)]
    rows = [[node.label[lang], page.of(node.value, _unit(node))] for node in figures.values()]
    page.table(title, head, rows)
    page.reasons(figures.values())
    for which in ("pre_tax", "post_tax") if found.taxed else ("pre_tax",):
        rate = found.flow.irr_real(which, found.discount)
        if rate.signs is Signs.SEVERAL and rate.rate is not None and not rate.others:
            page.signs(figures[f"irr_{which}_real"].label[lang], rate)
    which = f"npv_{found.which()}_real_usd"
    parts = [child for child in figures[which].children if child.value is not None and child.unit.startswith("USD of")]
    page.table(
        page("cli.parts", what=figures[which].label[lang]),
        head,
        [[node.label[lang], page.of(node.value, node.unit)] for node in parts],
    )
    unit = f"USD of {found.ground.money_year}"
    page.table(
        page("cli.tornado", what=figures[which].label[lang]),
        [
            (page("cli.driver"), False),
            (page("cli.low"), True),
            (page("cli.high"), True),
            (page("cli.at_low"), True),
            (page("cli.at_high"), True),
        ],
        [
            [
                page(f"driver.{row['driver']}"),
                page.term(row["driver"], row["low"]),
                page.term(row["driver"], row["high"]),
                page.of(row["npv_low"], unit),
                page.of(row["npv_high"], unit),
            ]
            for row in found.tornado.iter_rows(named=True)
        ],
    )
    draws = found.answer.tables["monte_carlo"]
    quantiles = [column for column in draws.columns if column.startswith("p")]
    page.table(
        page("cli.draws", n=page.number(draws["draws"][0])),
        [(page("cli.measure"), False), *((f"{int(q[1:])} %", True) for q in quantiles), (page("cli.without"), True)],
        [
            [
                page(f"mc.{row['measure']}"),
                *(page.of(row[q], row["unit"]) for q in quantiles),
                page.number(row["without"]),
            ]
            for row in draws.iter_rows(named=True)
        ],
    )
    chance = figures["chance_npv_positive"]
    ends = {child.label["en"]: child.value for child in chance.children if child.kind == "share"}
    low, high = (ends[said("attract", f"sampled.{end}")["en"]] for end in ("low", "high"))
    page.say(
        "cli.sampled",
        chance=page.of(chance.value, "share"),
        n=page.number(draws["draws"][0]),
        low=page.of(low, "share"),
        high=page.of(high, "share"),
    )
    page.say("cli.undelivered", chance=page.of(found.undelivered, "share"))
    for one in found.ground.below_zero():
        unit = f"USD/{(atlas.row('items', one.item) or {}).get('unit') or ''}"
        key = "limit" if one.out is None else "taken" if one.taken else "made"
        page.say(
            f"cli.below_zero.{key}",
            item=names(atlas, "items", one.item)[lang],
            years=years_in_words(one.years),
            lowest=page.of(one.lowest, unit),
            cost=page.of(one.out.cost, unit) if one.out else "",
            places=places_in_words(atlas, one.out.places)[lang] if one.out else "",
        )


def public(found: PublicCase, lang: str) -> None:
    """The public's case: figures, support by government, what was announced of such plants."""
    page = Page(lang)
    answer = found.answer
    head = [(page("cli.measure"), False), (page("cli.value"), True)]
    rows = [
        [node.label[lang], page.year(node) if node.kind == "year" else page.of(node.value, _unit(node))]
        for node in answer.figures.values()
    ]
    asked, atlas = found.case.project, found.chain.atlas
    what, where = names(atlas, "processes", asked.process)[lang], names(atlas, "places", asked.place)[lang]
    page.table(page("cli.public", project=f"{what}, {where}"), head, rows)
    page.reasons(answer.figures.values())
    unit = f"USD of {found.case.ground.money_year}"
    parts = [
        (child.label[lang], page.of(child.value, unit))
        for name in ("public_support_real_usd", "public_returns_real_usd")
        for child in found.case_figure(name).children
        if child.value is not None and child.unit == unit
    ]
    page.table(page("cli.public_parts"), head, parts)
    announced = answer.tables["announced"]
    if announced.height:
        page.table(
            page("cli.announced"),
            [
                (page("cli.plant"), False),
                (page("cli.programme"), False),
                (page("cli.amount"), True),
                (page("cli.per_job"), True),
                (page("cli.per_gwh"), True),
            ],
            [
                [
                    names(atlas, "facilities", row["facility"])[lang],
                    page(f"programme.{row['programme']}"),
                    f"{row['currency']} {page.number(_millions(row['amount_nominal']))}",
                    page.number(_rough(row["per_job"])),
                    page.number(_rough(row["per_gwh_a_year"])),
                ]
                for row in announced.iter_rows(named=True)
            ],
        )


def _rough(amount: float | None) -> float | None:
    """An amount to three digits: no more of it is known."""
    return None if amount is None else float(f"{amount:.3g}")


def _millions(amount: float | None) -> float | None:
    return None if amount is None else amount / 1e6


def sites(answer: Answer, chain: Chain, process: str, lang: str, top: int) -> None:
    """Places side by side, and what makes the difference."""
    page = Page(lang)
    table = answer.tables["sites"].head(top)

    def place(name: str) -> str:
        return names(chain.atlas, "places", name)[lang]

    if process == "hub":
        columns = [
            "detour_usd_per_t",
            "korean_leg_usd_per_t",
            "american_leg_usd_per_t",
            "rank_canada",
            "rank_united_states",
            "laboratories_near",
            "plants_near",
            "electricity_usd_per_kwh",
            "wage_cad_per_h",
            "land_cad_per_acre",
            "vacancy",
        ]
        places = {
            "detour_usd_per_t": 1,
            "korean_leg_usd_per_t": 1,
            "american_leg_usd_per_t": 1,
            "electricity_usd_per_kwh": 3,
            "wage_cad_per_h": 2,
        }
        page.table(
            page("cli.hub"),
            [
                ("", True),
                (page("cli.place"), False),
                (page("cli.first"), True),
                (page("cli.ranks"), True),
                *((page(f"col.{column}"), True) for column in columns),
            ],
            [
                [
                    str(row["rank"]),
                    place(row["place"]),
                    page.of(row["first_in_draws"], "share"),
                    f"{row['rank_p05']}–{row['rank_p95']}",
                    *(
                        page.number(row[column], places.get(column, 0))
                        if column != "vacancy" or row[column] is None
                        else page.of(row[column], "share")
                        for column in columns
                    ),
                ]
                for row in table.iter_rows(named=True)
            ],
        )
        return
    margin = next(column for column in table.columns if column.startswith("margin_"))
    parts = [column for column in table.columns if column.endswith("_usd") and column.removesuffix("_usd") in PARTS]
    page.table(
        page(
            "cli.sites",
            process=names(chain.atlas, "processes", process)[lang],
            basis=page("cli.post" if "post" in margin else "cli.pre"),
        ),
        [
            ("", True),
            (page("cli.place"), False),
            (page("cli.margin"), True),
            (page("cli.first"), True),
            *((page(f"part.{part.removesuffix('_usd')}"), True) for part in parts),
            (page("col.carbon_kg"), True),
        ],
        [
            [
                str(row["rank"]),
                place(row["place"]),
                page.number(row[margin], 2),
                page.of(row["first_in_draws"], "share"),
                *(page.number(row[part], 2) for part in parts),
                page.number(row["carbon_kg"], 1),
            ]
            for row in table.iter_rows(named=True)
        ],
    )
    why = answer.tables["sites_why"]
    for row in table.iter_rows(named=True):
        own = why.filter(pl.col("place") == row["place"]).head(3)
        if own.height:
            gaps = ", ".join(
                f"{page('part.' + one['part'])} {'+' if one['difference_usd'] > 0 else ''}{page.number(one['difference_usd'], 2)}"
                for one in own.iter_rows(named=True)
            )
            page.say("cli.why", place=place(row["place"]), other=place(own["against"][0]), parts=gaps)
        if row["not_counted"]:
            page.say("cli.not_counted", place=place(row["place"]), what=_titles(chain, row["not_counted"], lang))
    for row in answer.tables["sites_left_out"].iter_rows(named=True):
        page.say("cli.left_out", place=place(row["place"]), reason=row["reason"])


def _titles(chain: Chain, instruments: str, lang: str) -> str:
    """Instruments of law by their titles; by identifier where the chain was made without law."""
    law = getattr(chain.choices.law, "law", None)
    return ", ".join(law.law[one].title[lang] if law is not None else one for one in instruments.split())


def _unit(node: Node) -> str:
    return "share" if node.kind == "share" else node.unit


def plain(found: PlainCase | DatedCase, lang: str) -> None:
    """A case of plain numbers or of dated amounts: measures beside what was published."""
    from bongsu.committee.attract.case_file import DatedCase

    page = Page(lang)
    if isinstance(found, DatedCase):
        title = page("cli.dated", title=found.file.title or found.file.case, money=found.file.currency)
        rates = {"irr_dated": found.rate()}
    else:
        file = found.file
        money = f"{file.currency}" + (f" x {file.unit:g}" if file.unit != 1 else "")
        title = page("cli.plain", title=file.title or file.case, money=money, year=file.money_year)
        rates = found.returns()
    rows = []
    for row in found.measures().iter_rows(named=True):
        share = row["measure"].startswith(("irr", "mirr"))
        places = 1 if row["measure"].startswith("npv") else 3

        def text(value: float | None, share: bool = share, places: int = places) -> str:
            if value is None:
                return ""
            # Rates stand beside published ones, which are given to a tenth of a per cent or finer.
            return unit_text(page.number(100 * value, 2), "%", as_lang(lang)) if share else page.number(value, places)

        gap = row["difference"]
        off = "" if gap is None else ("+" if gap > 0 else "") + percent(gap, as_lang(lang))
        rows.append(
            [
                page(f"plain.{row['measure']}"),
                text(row["found"]) or page("cli.none"),
                text(row["published"]),
                off,
            ]
        )
    page.table(
        title,
        [
            (page("cli.measure"), False),
            (page("cli.found"), True),
            (page("cli.published"), True),
            (page("cli.off"), True),
        ],
        rows,
    )
    for name, rate in rates.items():
        page.signs(page(f"plain.{name}"), rate)
    if not isinstance(found, DatedCase) and found.untaxed:
        page.console.print(escape(found.untaxed))


def plain_flow(found: PlainCase) -> pl.DataFrame:
    """Cash flow by year of a case of plain numbers; columns say what they are and in which money."""
    flow = found.flow
    money = f"real_{found.file.currency.lower()}_{found.file.money_year}"
    columns: dict[str, Any] = {
        "year": flow.inputs.years,
        "output": flow.inputs.output[0],
        f"revenue_{money}": flow.revenue[0],
        f"operating_cost_{money}": flow.costs[0],
        f"capital_cost_{money}": flow.capital[0],
        f"pre_tax_{money}": flow.pre_tax[0],
    }
    if flow.taxes is not None:
        columns |= {
            f"credits_{money}": flow.credits[0],
            f"tax_{money}": flow.tax_paid[0],
            f"post_tax_{money}": flow.post_tax[0],
            f"equity_{money}": flow.equity[0],
        }
    return pl.DataFrame({name: np.asarray(one) for name, one in columns.items()})


def plain_json(found: PlainCase) -> dict[str, Any]:
    """A case of plain numbers as plain data."""
    return {
        "case": found.file.case,
        "currency": found.file.currency,
        "money_year": found.file.money_year,
        "unit": found.file.unit,
        "signs": found.flow.irr_real("pre_tax").signs.value,
        "untaxed": found.untaxed,
        "measures": found.measures().to_dicts(),
        "cash_flow": plain_flow(found).to_dicts(),
    }
