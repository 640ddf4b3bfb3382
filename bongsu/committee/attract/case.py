"""The case of an investor: what a project earns in its place, after tax, and on what that hangs.

>>> from bongsu.committee.attract import investor_case, project_of     # doctest: +SKIP
>>> project = project_of(chain, plan, "make_cell_lfp@ca-on-windsor")     # doctest: +SKIP
>>> case = investor_case(chain, plan, project)                           # doctest: +SKIP
>>> case.figure("npv_post_tax_real_usd").value                           # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.answers.figure import LANGUAGES, Facts, Node, names
from bongsu.answers.value import overnight
from bongsu.atlas import Atlas
from bongsu.atlas.near import near
from bongsu.chain import Chain
from bongsu.chain.delivery import DELAYS, Curves, FittedDelivery
from bongsu.committee.answer import Answer
from bongsu.committee.attract.cashflow import CashFlow, Flow
from bongsu.committee.attract.ground import SPARE, BadProject, Ground, chosen
from bongsu.committee.attract.measures import internal_rates, levelised, payback, present_value
from bongsu.committee.attract.prices import Market
from bongsu.committee.attract.returns import ROOM, percent, returned
from bongsu.committee.attract.terms import BRANCHES, DRIVERS, Terms
from bongsu.committee.project import Project
from bongsu.committee.words import said
from bongsu.plan import Plan

Floats = npt.NDArray[np.float64]
#: Assumptions that output rests on.
OUTPUT = ("load", "ramp/0", "ramp/1", "ramp/2")
#: State of a project that an investor decides on, in the words of the delivery record.
_STATE = "fid"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def asked(atlas: Atlas, name: str) -> tuple[str, str, str]:
    """Process, place and size (blank = none said) of a project's name.

    Raises:
        BadProject: it does not say a process and a place that are known, or the size is no number.
    """
    text, _, size = name.partition(":")
    process, at, place = text.partition("@")
    if not at:
        raise BadProject(f"{name!r} is no project; write PROCESS@PLACE, such as make_cell_lfp@ca-on-windsor")
    for table, kind, given in (("processes", "process", process), ("places", "place", place)):
        if atlas.row(table, given) is None:
            like = near(given, atlas[table][kind].to_list(), most=3)
            raise BadProject(f"there is no {kind} {given!r}" + (f"; did you mean {', '.join(like)}?" if like else ""))
    if size and not size.replace(".", "", 1).replace("e", "", 1).replace("+", "", 1).isdigit():
        raise BadProject(f"{size!r} is no size; write a number of units a year after the colon")
    return process, place, size


def project_of(chain: Chain, plan: Plan, name: str, start: int | None = None) -> Project:
    """The project ``PROCESS@PLACE`` or ``PROCESS@PLACE:SIZE`` (size in units of the main item a year).

    Without a size: the largest that the plan builds there in one year, else the most that may be built there in one, else the
    smallest plant; without a start: the first year in which the plan builds there, else the first in which it could stand.

    Raises:
        BadProject: the name does not say a process and a place that are known, or nothing says a size.
    """
    process, place, size_text = asked(chain.atlas, name)
    atlas = chain.atlas
    row, where = atlas.row("processes", process) or {}, atlas.row("places", place) or {}
    capex = chosen(atlas["capex"].filter(process=process), where["country"])
    if capex is None:
        raise BadProject(f"no investment cost of {process} is known in {where['country']}; add it to capex.csv")
    built = plan.table("build").filter(pl.col("option") == f"new:{process}@{place}").sort("period")
    option = atlas["expansion_places"].filter(process=process, place=place)
    if size_text:
        size = float(size_text)
    elif built.height:
        size = max(built["value"].to_list())
    elif option.height:
        size = float(option["max_per_year"][-1])
    elif capex["min_size"]:
        size = float(capex["min_size"])
    else:
        raise BadProject(f"nothing says how large {process} at {place} would be; add :SIZE, in units a year")
    first = chain.years[0] + int(capex["lead_time"])
    if start is None:
        start = max(first, int(built["period"][0]) if built.height else first)
    item = atlas.row("items", row["main_item"])
    return Project(
        name,
        process,
        place,
        where["country"],
        where["region"] or "",
        size,
        str(item["unit"]) if item else "",
        start,
        int(capex["life"]),
        overnight(chain, process, where["country"]) * size,
        int(chain.case["money_year"]),
    )


@dataclass(frozen=True)
class Case:
    """The case of an investor.

    Money is in US dollars of ``ground.money_year`` (real) unless a name says otherwise. What is after tax is None where no law of
    tax is known for the place.

    Attributes:
        chain, project, ground: what it is about and made from.
        flow: cash flows of the central case, one row.
        draws: cash flows of the draws; their delays and branches are in ``drawn``.
        tornado: driver, low, high, unit, NPV at both.
        undelivered: chance that such a project has not begun ten years after its promised year, by the record of promises.
    """

    chain: Chain
    project: Project
    ground: Ground
    flow: CashFlow
    draws: CashFlow
    drawn: Mapping[str, Floats]
    tornado: pl.DataFrame
    undelivered: float

    @property
    def discount(self) -> float:
        """Real rate of discount."""
        return self.ground.terms["discount_real"]

    @property
    def taxed(self) -> bool:
        """Whether anything can be said after tax."""
        return self.flow.taxes is not None

    def which(self) -> Flow:
        """The best flow that is known: after tax, or before it."""
        return "post_tax" if self.taxed else "pre_tax"

    def figure(self, name: str) -> Node:
        """A figure of the answer by its short name.

        Raises:
            KeyError: there is none of that name.
        """
        return self.answer.figures[f"{ROOM}.{name}:{self.project.project}"]

    @cached_property
    def at_break_even(self) -> CashFlow | NoBreakEven:
        """The cash flow at the price of the product at which the present value is zero, or why there is no such price."""
        return break_even(self.ground, self.discount, self.which())

    @property
    def break_even(self) -> float | None:
        """Levelised price of the product at which the present value is zero; None where there is none."""
        flow = self.at_break_even
        return (
            None if isinstance(flow, NoBreakEven) else levelised(self.discount, flow.revenue[0], flow.inputs.output[0])
        )

    @cached_property
    def answer(self) -> Answer:
        """Figures with their reasons, and the tables ``cash_flow``, ``tornado`` and ``monte_carlo``."""
        return _Telling(self).answer()


def investor_case(
    chain: Chain,
    plan: Plan,
    project: Project,
    terms: Terms | None = None,
    *,
    draws: int = 2000,
    seed: int = 0,
    market: Market | None = None,
) -> Case:
    """The case of an investor in a project, at the prices of a plan and under the law of the chain.

    Args:
        chain: facts and law.
        plan: of the chain; its prices are what inputs cost and products fetch.
        project: what is built where.
        terms: assumptions; None = those of the pack for the stage of the process.
        draws: scenarios of the Monte Carlo.
        seed: of the draws.
        market: prices of the plan, where they are at hand already.

    Raises:
        BadProject: the project cannot be reckoned; the sentence says why.
    """
    ground = Ground.of(chain, market or Market(chain, plan), project, terms)
    flow = CashFlow.of(ground.inputs(), ground.tax)
    rng = np.random.default_rng(seed)
    late, undelivered = start_chances(chain.choices.curves(chain.atlas))
    drawn = draw(ground, draws, rng, late)
    return Case(
        chain,
        project,
        ground,
        flow,
        CashFlow.of(ground.inputs(drawn, draws), ground.tax),
        drawn,
        tornado(ground, ground.terms["discount_real"]),
        undelivered,
    )


def start_chances(curves: Curves) -> tuple[Floats, float]:
    """Chance that a project decided on begins 0, 1, … years late, given that it begins within ten, and the chance that it does not.

    Starts ahead of the promised year count as in time.
    """
    fitted = curves.curves[_STATE] if isinstance(curves, FittedDelivery) else None
    chances = fitted.start_chances() if fitted else curves.start_chances(_STATE)  # type: ignore[attr-defined]
    at = DELAYS.index(0)
    late = np.concatenate([[chances[: at + 1].sum()], chances[at + 1 :]])
    total = float(late.sum())
    return late / total, 1.0 - total


def proportion(found: int, of: int) -> tuple[float, float]:
    """The range in which the share lies that ever more draws would find, in 95 of 100 samples: Wilson's score interval (1927).

        (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n)

    >>> [round(end, 4) for end in proportion(0, 2000)]
    [0.0, 0.0019]
    """
    z, p = 1.959964, found / of
    middle = p + z * z / (2 * of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of))


def draw(ground: Ground, count: int, rng: np.random.Generator, late: Floats) -> dict[str, Floats]:
    """Draws of the drivers: triangular over their ranges with the central value as mode; delay by record, branches by chance."""
    drawn: dict[str, Floats] = {}
    for name in DRIVERS:
        term = ground.terms.term(name)
        uniform = rng.random(count)
        if name == "delay":
            drawn[name] = np.searchsorted(np.cumsum(late)[:-1], uniform).astype(np.float64)
        elif term.low is not None and term.high is not None and term.high > term.low:
            drawn[name] = _triangular(uniform, term.low, term.value, term.high)
    for branch in BRANCHES:
        chance = ground.terms[f"branch/{branch}"]
        drawn[branch] = np.where(branch in ground.terms.branches, 1.0, (rng.random(count) < chance).astype(np.float64))
    return drawn


def _triangular(u: Floats, low: float, mode: float, high: float) -> Floats:
    """Inverse of the triangular distribution."""
    split = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
    return np.where(u < split, left, right)


def tornado(ground: Ground, discount: float) -> pl.DataFrame:
    """Present value at both ends of each driver's range, all others at their central value; the widest first.

    Columns: driver, unit, low, high (of the driver), npv_low, npv_high (the best flow known; real USD), swing. The rate of discount
    is varied too; a policy branch goes from not taken to taken.
    """
    tried = [(name, ground.terms.term(name)) for name in DRIVERS if ground.terms.term(name).low is not None]
    central = ground.central()
    columns: dict[str, list[float]] = {name: [] for name in (*central, *BRANCHES)}
    rows: list[tuple[str, str, float, float]] = []

    def add(changed: Mapping[str, float]) -> None:
        for name, values in columns.items():
            standard = central.get(name, float(name in ground.terms.branches))
            values.append(changed.get(name, standard))

    for name, term in tried:
        rows.append((name, term.unit, float(term.low or 0.0), float(term.high or 0.0)))
        add({name: float(term.low or 0.0)})
        add({name: float(term.high or 0.0)})
    for branch in BRANCHES:
        rows.append((branch, "branch", 0.0, 1.0))
        add({branch: 0.0})
        add({branch: 1.0})
    flow = CashFlow.of(ground.inputs({name: np.array(values) for name, values in columns.items()}), ground.tax)
    which: Flow = "post_tax" if flow.taxes is not None else "pre_tax"
    worth = flow.npv_real(discount, which)
    found = [
        (name, unit, low, high, float(worth[2 * at]), float(worth[2 * at + 1]))
        for at, (name, unit, low, high) in enumerate(rows)
    ]
    rate = ground.terms.term("discount_real")
    if rate.low is not None and rate.high is not None:
        base = CashFlow.of(ground.inputs(), ground.tax)
        ends = (float(base.npv_real(rate.low, which)[0]), float(base.npv_real(rate.high, which)[0]))
        found.append(("discount_real", rate.unit, rate.low, rate.high, *ends))
    table = pl.DataFrame(
        found,
        schema={
            "driver": pl.String,
            "unit": pl.String,
            "low": pl.Float64,
            "high": pl.Float64,
            "npv_low": pl.Float64,
            "npv_high": pl.Float64,
        },
        orient="row",
    )
    return table.with_columns(swing=(pl.col("npv_high") - pl.col("npv_low")).abs()).sort(
        ["swing", "driver"], descending=[True, False]
    )


class NoBreakEven(StrEnum):
    """Why no price of the product brings a present value to zero.

    ``none``: it stays below zero at ten times the prices of the plan. ``any``: it is above zero if the product is given away.
    """

    ABOVE = "none"
    FREE = "any"


def break_even(ground: Ground, discount: float, which: Flow) -> CashFlow | NoBreakEven:
    """The cash flow at which the present value of a flow is zero, with the whole path of prices of the product scaled.

    The plant runs in the years in which it pays at those prices, which may be others than at the prices of the plan. Its break-even
    price is present value of sales over present value of output there, and so the sum of its other parts per unit of output.
    """
    from scipy.optimize import brentq

    def at(factor: float) -> CashFlow:
        return CashFlow.of(ground.inputs({"product_price": np.array([factor])}), ground.tax)

    def worth(factor: float) -> float:
        return float(at(factor).npv_real(discount, which)[0])

    low, high = 1e-6, 10.0
    if worth(low) > 0:
        return NoBreakEven.FREE
    if worth(high) < 0:
        return NoBreakEven.ABOVE
    return at(float(brentq(worth, low, high, xtol=1e-12)))


def years_in_words(years: Sequence[int]) -> str:
    """Years with stretches drawn together.

    >>> years_in_words([2029, 2031, 2032, 2033])
    '2029, 2031–2033'
    """
    stretches: list[list[int]] = []
    for year in sorted(years):
        if stretches and year == stretches[-1][-1] + 1:
            stretches[-1].append(year)
        else:
            stretches.append([year])
    return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}–{one[-1]}" for one in stretches)


def places_in_words(atlas: Atlas, places: Sequence[str], most: int = 3) -> dict[str, str]:
    """Names of places by language; those beyond so many as a number."""
    told = {lang: ", ".join(atlas.name("places", place, lang) for place in places[:most]) for lang in LANGUAGES}
    return said(ROOM, "and_more", what=told, n=len(places) - most) if len(places) > most else told


class _Telling:
    """The answer of a case: figures, reasons and tables."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.facts = Facts(case.chain.atlas, getattr(case.chain.choices.law, "law", None))

    def answer(self) -> Answer:
        case = self.case
        figures = {f"{ROOM}.{name}:{case.project.project}": node for name, node in self.figures()}
        return Answer(
            ROOM,
            figures,
            {
                "cash_flow": self.cash_flow(),
                "tornado": case.tornado,
                "monte_carlo": self.monte_carlo(),
                "below_zero": self.below_zero_table(),
            },
        )

    # Figures ------------------------------------------------------------------------------------------------------------

    def leaf(self, key: str, value: float | None, unit: str, children: Sequence[Node] = (), **parts: Any) -> Node:
        kind = (
            "share"
            if unit == "share"
            else "money"
            if unit.startswith("USD")
            else "year"
            if unit == "year"
            else "number"
        )
        return Node(said(ROOM, key, **parts), value, unit, kind, children=tuple(children))

    def refs(self, *keys: str) -> tuple[Node, ...]:
        """Facts behind parts of the ground, each once."""
        text = " ".join(self.case.ground.basis.get(key, "") for key in keys)
        return self.facts.nodes(text)

    def term(self, *terms: str) -> tuple[Node, ...]:
        """The assumptions named, as facts."""
        found = []
        for name in terms:
            term = self.case.ground.terms.terms.get(name)
            if term is None:
                continue
            node = self.facts.node(term.reference) if term.reference else None
            label = dict.fromkeys(("en", "ko", "fr"), name)
            found.append(node or Node(label, term.value, term.unit, confidence="assumed"))
        return tuple(found)

    def sums(self, flow: CashFlow, which: Flow) -> list[tuple[str, Floats, tuple[Node, ...]]]:
        """What a flow before or after tax is made of: key, what comes in by year, reasons; the parts add up to the flow."""
        ground = self.case.ground
        output = flow.inputs.output
        feed = output * ground.feed_cost * ground.terms["feed_price"]
        local = ground.power * output * ground.terms["exchange"]
        made = names(self.case.chain.atlas, "items", ground.product.item)
        full = self.leaf("output", float(output.max()), f"{self.case.project.unit} a year", self.term(*OUTPUT))
        inputs = tuple(self.item(priced, amount, path, output) for priced, amount, path in ground.feed)
        built = self.term("building_share", "sustaining", f"build_share/{ground.lead}:1")
        result = [
            ("pv.sales", flow.revenue, (full, self.price_node(made, ground))),
            ("pv.feed", -feed, (*inputs, *self.refs("recipes")[:12])),
            ("pv.conversion", feed + local - flow.costs, self.refs("process_costs")),
            ("pv.power", -local, self.refs("power")),
            ("pv.capital", -flow.capital, (*self.refs("capex"), *built)),
            ("pv.working", -flow.working, self.term("working_capital")),
            ("pv.support", flow.support + flow.grants, (*self.refs("support"), *self.term(*OUTPUT))),
        ]
        if which == "post_tax" and flow.taxes is not None:
            levels = {"federal": "credit:federal", "province": "credit:province"}
            # A credit is a share of what is spent, and a tax is on what all the parts before it leave.
            spent = (*self.refs("capex"), *built)
            for level, one in flow.credits_by.items():
                result.append((f"pv.credit.{level}", one, (*self.refs(levels.get(level, level)), *spent)))
            taxes = flow.taxes
            allow = [key for key in ground.basis if key.startswith(("tax:allowance", "tax:first"))]
            income = self.income()
            federal, provincial, mining = (flow.real(one) for one in (taxes.federal, taxes.provincial, taxes.mining))
            result.append(("pv.tax.federal", -federal, (*self.refs("tax:federal", *allow), *income)))
            result.append(
                ("pv.tax.provincial", -provincial, (*self.refs("tax:provincial", "credit:province"), *income))
            )
            result.append(("pv.tax.mining", -mining, (*self.refs("tax:mining"), *income)))
        return result

    def income(self) -> tuple[Node, ...]:
        """What income that is taxed rests on: output, prices, costs and outlays."""
        return (
            *self.refs("process_costs", "capex", "inflation"),
            *self.term("price_hold", *OUTPUT, "building_share", "sustaining"),
        )

    def parts(self, which: Flow) -> tuple[Node, ...]:
        """What the present value is made of; the parts add up to it."""
        usd = f"USD of {self.case.ground.money_year}"
        k = self.case.discount
        found = [
            self.leaf(key, float(present_value(k, one)[0]), usd, children)
            for key, one, children in self.sums(self.case.flow, which)
        ]
        return tuple(node for node in found if node.value)

    def break_even(self, unit: str) -> Node:
        """The break-even price with what it must cover, which adds up to it, or why there is none."""
        case, k, which = self.case, self.case.discount, self.case.which()
        key = f"break_even_price_{which}_real_usd"
        rate, flow = self.term("discount_real"), case.at_break_even
        if isinstance(flow, NoBreakEven):
            return self.leaf(key, None, unit, [Node(said(ROOM, f"break_even.{flow.value}"), None), *rate])
        made = flow.inputs.output[0]
        covered = [
            self.leaf(f"covers.{name.removeprefix('pv.')}", levelised(k, -one[0], made), unit, children)
            for name, one, children in self.sums(flow, which)
            if name != "pv.sales" and one.any()
        ]
        price = levelised(k, case.flow.revenue[0], case.flow.inputs.output[0])
        plan = self.leaf(
            "price.levelised" if price is not None else "price.idle", price, unit, self.sums(case.flow, which)[0][2]
        )
        return self.leaf(key, case.break_even, unit, [*covered, plan, *rate])

    def item(self, priced: Any, amount: float, path: Floats, output: Floats) -> Node:
        k = self.case.discount
        cost = float(present_value(k, output * amount * path)[0])
        what = names(self.case.chain.atlas, "items", priced.item)
        through = names(self.case.chain.atlas, "places", priced.through)
        mean = levelised(k, path * output[0], output[0])
        unit = self.case.chain.atlas.row("items", priced.item)
        each = Node(
            said(ROOM, "price.at", item=what, place=through),
            mean,
            f"USD/{unit['unit'] if unit else ''}",
            "money",
            children=(*self.facts.nodes(priced.facts), *self.below_zero(priced.item)),
        )
        return Node(
            said(ROOM, "item", item=what), cost, f"USD of {self.case.ground.money_year}", "money", children=(each,)
        )

    def lender(self, name: str) -> dict[str, str]:
        """A lender in words: policy banks go by their name, all others are banks."""
        return said(ROOM, "government.banks") if name == "banks" else dict.fromkeys(LANGUAGES, name)

    def below_zero(self, item: str) -> tuple[Node, ...]:
        """Why the price of an input or by-product is below zero, where it is."""
        atlas = self.case.chain.atlas
        unit = f"USD/{(atlas.row('items', item) or {}).get('unit') or ''}"
        found = []
        for one in self.case.ground.below_zero():
            if one.item != item:
                continue
            label = said(ROOM, f"below_zero.{'taken' if one.taken else 'made'}", years=years_in_words(one.years))
            if one.out is None:
                why = (Node(said(ROOM, "below_zero.limit"), None),)
            else:
                why = (
                    Node(
                        said(ROOM, "below_zero.cost", places=places_in_words(atlas, one.out.places)),
                        one.out.cost,
                        unit,
                        "money",
                        children=self.facts.nodes(one.out.facts),
                    ),
                )
            found.append(Node(label, one.lowest, unit, "money", children=why))
        return tuple(found)

    def price_node(self, made: Mapping[str, str], ground: Ground) -> Node:
        inputs = self.case.flow.inputs
        mean = levelised(self.case.discount, inputs.price[0] * inputs.output[0], inputs.output[0])
        through = names(self.case.chain.atlas, "places", ground.product.through)
        return Node(
            said(ROOM, "price.at", item=made, place=through),
            mean,
            f"USD/{self.case.project.unit}",
            "money",
            children=(*self.facts.nodes(ground.product.facts), *self.term("price_hold", "product_price")),
        )

    def figures(self) -> list[tuple[str, Node]]:
        case, flow = self.case, self.case.flow
        usd, k = f"USD of {case.ground.money_year}", case.discount
        rate = self.term("discount_real")
        found: list[tuple[str, Node]] = []
        for which in ("pre_tax", "post_tax"):
            if which == "post_tax" and not case.taxed:
                why = (Node({**said(ROOM, "untaxed"), "en": case.ground.untaxed}, None),)
                for name in (
                    "npv_post_tax_real_usd",
                    "irr_post_tax_real",
                    "irr_post_tax_nominal",
                    "irr_equity_nominal",
                ):
                    found.append((name, self.leaf(name, None, usd if "usd" in name else "share", why)))
                continue
            parts = self.parts(which)
            worth = float(flow.npv_real(k, which)[0])
            low, high = (float(x) for x in np.quantile(case.draws.npv_real(k, which), (0.05, 0.95)))
            spread = self.leaf(
                "range",
                None,
                usd,
                [self.leaf("quantile", low, usd, q="5 %"), self.leaf("quantile", high, usd, q="95 %")],
            )
            found.append(
                (f"npv_{which}_real_usd", self.leaf(f"npv_{which}_real_usd", worth, usd, [*parts, spread, *rate]))
            )
            real = flow.irr_real(which, k)
            found.append((f"irr_{which}_real", returned(f"irr_{which}_real", real, parts, rate)))
            nominal = flow.irr_nominal(which, k)
            found.append(
                (
                    f"irr_{which}_nominal",
                    returned(f"irr_{which}_nominal", nominal, (*parts, *self.refs("inflation")), rate),
                )
            )
            back = payback(flow.flow(which)[0])
            never = [] if back is not None else [Node(said(ROOM, "payback.never"), None)]
            found.append((f"payback_{which}", self.leaf(f"payback_{which}", back, "years", [*never, *parts])))
        made = flow.inputs.output[0]
        unit = f"USD/{case.project.unit} of {case.ground.money_year}"
        costs = (flow.costs + flow.capital + flow.working)[0]
        cost = levelised(k, costs, made)
        found.append(
            (
                "levelised_cost_pre_tax_real_usd",
                self.leaf("levelised_cost_pre_tax_real_usd", cost, unit, [*self.cost_parts(made, unit), *rate]),
            )
        )
        found.append((f"break_even_price_{case.which()}_real_usd", self.break_even(unit)))
        if case.taxed:
            equity = flow.irr_nominal("equity", k)
            lenders = [
                Node(
                    said(ROOM, "loan", lender=self.lender(loan.lender), share=percent(loan.share, 0)),
                    loan.rate,
                    "share",
                    "share",
                    "assumed",
                )
                for loan in flow.inputs.loans
            ]
            found.append(
                (
                    "irr_equity_nominal",
                    returned(
                        "irr_equity_nominal",
                        equity,
                        [
                            *lenders,
                            *self.term("debt_share", "interest_market", "tenor", "grace"),
                            *self.parts("post_tax"),
                        ],
                        rate,
                    ),
                )
            )
            cover = float(flow.cover[0])
            owed = np.isfinite(cover)
            rests = (*lenders, *self.parts("post_tax")) if owed else (Node(said(ROOM, "debt_cover.none"), None),)
            found.append(
                ("debt_cover_least", self.leaf("debt_cover_least", cover if owed else None, "ratio", rests)),
            )
        above = case.draws.npv_real(k, case.which()) > 0
        low, high = proportion(int(above.sum()), above.size)
        sampled = [
            self.leaf("draws", float(above.size), "count"),
            self.leaf("sampled.low", low, "share"),
            self.leaf("sampled.high", high, "share"),
        ]
        varied = [self.leaf(f"driver.{name}", None, "", self.term(name)) for name in DRIVERS]
        # What is not drawn is in every draw.
        fixed = self.refs("capex", "process_costs", "recipes")
        late = self.leaf("undelivered", case.undelivered, "share")
        chance = self.leaf("chance_npv_positive", float(above.mean()), "share", [*sampled, late, *varied, *fixed])
        found.append(("chance_npv_positive", chance))
        return found

    def cost_parts(self, made: Floats, unit: str) -> list[Node]:
        """Levelised cost by part."""
        flow, ground, k = self.case.flow, self.case.ground, self.case.discount
        feed = flow.inputs.output * ground.feed_cost * ground.terms["feed_price"]
        parts = {
            "pv.feed": feed,
            "pv.conversion": flow.costs - feed,
            "pv.capital": flow.capital,
            "pv.working": flow.working,
        }
        items = [self.item(priced, amount, path, flow.inputs.output) for priced, amount, path in ground.feed]
        behind = {
            "pv.feed": (*items, *self.refs("recipes")[:12]),
            "pv.conversion": self.refs("process_costs"),
            "pv.capital": (*self.refs("capex"), *self.term("sustaining", f"build_share/{ground.lead}:1")),
            "pv.working": self.term("working_capital"),
        }
        return [self.leaf(key, levelised(k, one[0], made), unit, behind[key]) for key, one in parts.items()]

    # Tables -------------------------------------------------------------------------------------------------------------

    def cash_flow(self) -> pl.DataFrame:
        """By year, to the last year of use and one more for what is still paid."""
        case, flow = self.case, self.case.flow
        last = case.ground.lead + case.project.life + 1
        years = case.ground.years[: last + 1]
        usd: dict[str, Floats] = {
            "revenue": flow.revenue,
            "operating_cost": flow.costs,
            "support": flow.support,
            "capital_cost": flow.capital,
            "working_capital": flow.working,
            "pre_tax": flow.pre_tax,
        }
        if flow.taxes is not None:
            usd |= {
                "credits": flow.credits,
                "tax_federal": flow.real(flow.taxes.federal),
                "tax_provincial": flow.real(flow.taxes.provincial),
                "tax_mining": flow.real(flow.taxes.mining),
                "post_tax": flow.post_tax,
                "equity": flow.equity,
            }
        columns: dict[str, Any] = {"year": years, f"output_{case.project.unit}": flow.inputs.output[0, : last + 1]}
        columns |= {f"{name}_real_usd": one[0, : last + 1] for name, one in usd.items()}
        if flow.taxes is not None:
            columns["post_tax_nominal_usd"] = flow.nominal("post_tax")[0, : last + 1]
            currency = flow.tax.currency.lower() if flow.tax else "usd"
            columns[f"allowances_nominal_{currency}"] = flow.taxes.allowances[0, : last + 1]
            columns[f"taxable_income_nominal_{currency}"] = flow.taxes.taxable[0, : last + 1]
        return pl.DataFrame(columns)

    def below_zero_table(self) -> pl.DataFrame:
        """Prices below zero in years of use: item, whether the plant takes it, years, lowest price, what getting rid of a unit
        costs where it is a by-product (blank = nothing, so that it does not explain the price), and where that is."""
        rows = [
            {
                "item": one.item,
                "taken": one.taken,
                "years": " ".join(map(str, one.years)),
                "lowest_usd": one.lowest,
                "disposal_cost_usd": one.out.cost if one.out else None,
                "made_at": " ".join(one.out.places) if one.out else None,
            }
            for one in self.case.ground.below_zero()
        ]
        schema: dict[str, Any] = {
            "item": pl.String,
            "taken": pl.Boolean,
            "years": pl.String,
            "lowest_usd": pl.Float64,
            "disposal_cost_usd": pl.Float64,
            "made_at": pl.String,
        }
        return pl.DataFrame(rows, schema=schema)

    def monte_carlo(self) -> pl.DataFrame:
        """Quantiles of the measures over the draws: measure, unit, draws, one column for each quantile, and the mean."""
        case, k = self.case, self.case.discount
        usd = f"USD of {case.ground.money_year}"
        found: list[dict[str, Any]] = []

        def add(measure: str, unit: str, values: Floats) -> None:
            told = values[np.isfinite(values)]
            row: dict[str, Any] = {
                "measure": measure,
                "unit": unit,
                "draws": int(values.size),
                "without": int(values.size - told.size),
            }
            row |= {f"p{round(q * 100):02d}": float(np.quantile(told, q)) if told.size else None for q in QUANTILES}
            found.append(row | {"mean": float(told.mean()) if told.size else None})

        for which in ("pre_tax", "post_tax", "equity"):
            if which != "pre_tax" and not case.taxed:
                continue
            flow = case.draws.flow(which)
            if which != "equity":
                add(f"npv_{which}_real", usd, present_value(k, flow))
            add(f"irr_{which}_real", "share", internal_rates(flow))
        add("delay", "years", case.drawn["delay"])
        return pl.DataFrame(found)


__all__ = [
    "QUANTILES",
    "ROOM",
    "SPARE",
    "Case",
    "NoBreakEven",
    "break_even",
    "draw",
    "investor_case",
    "project_of",
    "start_chances",
    "tornado",
]
