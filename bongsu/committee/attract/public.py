"""The case of the public: what a project costs governments, what it returns to them, and when that evens out.

    support  = production support + investment credits + tax forgone by reduced rates and credits + interest below the market's
    returns  = income taxes at the general rates + mining duty + tax on the wages of the direct jobs
    break-even year = the first in which all returns so far cover all support so far

Tax forgone counts as support and is in the returns, so that it costs what it is and changes no balance. Only the project itself is
counted, not its suppliers nor the spending of its people (the regional effect is another question), and no job elsewhere is taken
as lost. Where the jobs of a kind of plant are not known, everything that rests on them is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.answers.figure import Facts, Node
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.attract.case import OUTPUT, ROOM, Case
from bongsu.committee.attract.measures import Return, internal_rate, present_value
from bongsu.committee.attract.returns import returned
from bongsu.committee.attract.tax import reference
from bongsu.committee.words import said
from bongsu.law.instrument import LawOn

Floats = npt.NDArray[np.float64]
_CONTRACT, _CTM, _ONTARIO = "ca-production-support", "ca-ctm-itc", "ca-on-ommitc"
_INCOME = ("process_costs", "capex", "recipes", "inflation")
_EARNED = ("price_hold", *OUTPUT, "building_share", "sustaining")
#: What support and returns rest on, by kind: parts of the ground, and terms.
_RESTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "production": (("support", "contract"), OUTPUT),
    "credit": (("credit:federal", "credit:province", "capex"), ("building_share", "sustaining")),
    "tax_credit": (("credit:province", *_INCOME), _EARNED),
    "reduced_rate": (("tax:federal", *_INCOME), _EARNED),
    "loan": (("capex", "inflation"), ("debt_share", "interest_market", "tenor", "grace")),
    "income_tax": (("tax:federal", "tax:provincial", *_INCOME), _EARNED),
    "mining_duty": (("tax:mining", *_INCOME), _EARNED),
    "wage_tax": ((), ("hours", "wage_tax")),
}
#: Lenders of Canada's federal government, and those of Korea.
_LENDERS = {"EDC": "federal", "CIB": "federal", "CGF": "federal", "KEXIM": "korea", "K-SURE": "korea"}


@dataclass(frozen=True)
class Jobs:
    """Direct jobs of a project, from what was promised of plants of its stage.

    Attributes:
        low, middle, high: jobs in operation.
        references: lines of ``facility_jobs`` and of the capacity behind them.
    """

    low: float
    middle: float
    high: float
    references: str


@dataclass(frozen=True)
class PublicCase:
    """What a project costs the public and returns to it; real US dollars unless a name says otherwise.

    Attributes:
        chain, case: what it is about.
        support: by year, by name ``GOVERNMENT: KIND``.
        returns: by year, by name likewise.
        jobs: direct jobs; None = nothing is known of plants of this kind.
        discount: real rate of the public.
    """

    chain: Chain
    case: Case
    support: Mapping[str, Floats]
    returns: Mapping[str, Floats]
    jobs: Jobs | None
    discount: float

    @property
    def flow(self) -> Floats:
        """Returns less support by year."""
        nothing = np.zeros(len(self.case.ground.years))
        return sum(self.returns.values(), nothing) - sum(self.support.values(), nothing)

    @property
    def supported(self) -> Floats:
        """All support by year."""
        return sum(self.support.values(), np.zeros(len(self.case.ground.years)))

    def even(self, discounted: bool = False) -> int | None:
        """The first year from which on all returns so far cover all support so far; None where that never is."""
        rate = self.discount if discounted else 0.0
        return break_even_year(self.case.ground.years, self.flow, rate, self.supported)

    @property
    def rate(self) -> Return:
        """Real internal rate of return of public money."""
        return internal_rate(self.flow, self.discount)

    def case_figure(self, name: str) -> Node:
        """A figure of the answer by its short name.

        Raises:
            KeyError: there is none of that name.
        """
        return self.answer.figures[f"{ROOM}.{name}:{self.case.project.project}"]

    @cached_property
    def answer(self) -> Answer:
        """Figures, and the tables ``public`` (by year), ``support`` (by government and kind), ``clawback`` and ``announced``."""
        return _answer(self)


def break_even_year(years: tuple[int, ...], flow: Floats, rate: float, support: Floats) -> int | None:
    """First year from which on the sum of a public flow, discounted at a rate, stays at or above zero after the first support."""
    if not support.any():
        return None
    total = np.cumsum(flow * (1.0 + rate) ** -np.arange(flow.size))
    below = np.flatnonzero(total < -1e-6 * np.abs(support).sum())
    if below.size == 0:
        return years[int(np.argmax(support > 0))]
    return years[int(below[-1]) + 1] if below[-1] + 1 < flow.size else None


def public_case(chain: Chain, case: Case) -> PublicCase:
    """The public's side of an investor's case.

    Raises:
        ValueError: nothing after tax is known of the place, so that neither credits nor taxes are.
    """
    flow, ground = case.flow, case.ground
    if flow.taxes is None:
        raise ValueError(f"{case.project.project}: {ground.untaxed}; what the public gets back is then unknown")
    province = case.project.region
    support: dict[str, Floats] = {}

    def add(to: dict[str, Floats], name: str, one: Floats) -> None:
        if np.abs(one).any():
            to[name] = to.get(name, np.zeros(one.size)) + one

    parts = contract_parts(chain)
    for government, share in parts.items():
        add(support, f"{province if government != 'federal' else government}:production", flow.support[0] * share)
    for level, one in flow.credits_by.items():
        add(support, f"{province if level == 'province' else level}:credit", one[0])
    taxes = flow.taxes
    provincial = flow.real(taxes.provincial)[0]
    full = flow.real(taxes.taxable * (ground.tax.provincial if ground.tax else 0.0))[0]
    add(support, f"{province}:tax_credit", full - provincial)
    add(support, "federal:reduced_rate", flow.real(taxes.forgone)[0])
    for loan, one in zip(flow.inputs.loans, loan_subsidies(case), strict=True):
        add(support, f"{_LENDERS.get(loan.lender, loan.lender)}:loan", one)
    returns: dict[str, Floats] = {}
    add(returns, "federal:income_tax", flow.real(taxes.federal + taxes.forgone)[0])
    add(returns, f"{province}:income_tax", full)
    add(returns, f"{province}:mining_duty", flow.real(taxes.mining)[0])
    jobs = jobs_of(case)
    wage = wage_of(chain, case.project.country)
    if jobs is not None and wage is not None:
        runs = flow.inputs.output[0] > 0
        yearly = jobs.middle * ground.terms["hours"] * wage[0] / ground.exchange
        add(returns, "both:wage_tax", runs * yearly * ground.terms["wage_tax"])
    rate = (1.0 + ground.terms["public_discount_nominal"]) / (1.0 + ground.inflation) - 1.0
    return PublicCase(chain, case, support, returns, jobs, rate)


def contract_parts(chain: Chain) -> dict[str, float]:
    """Share of each government in contracts of production support, as the law says (``federal``, ``ontario``)."""
    law = getattr(chain.choices.law, "law", None)
    if law is None:
        return {}
    keys = law.law[_CONTRACT].parameters["parts"].keys
    found = {key: float(law.value(_CONTRACT, "parts", key).number) for key in keys}
    total = sum(found.values())
    return {key: value / total for key, value in found.items()}


def loan_subsidies(case: Case) -> list[Floats]:
    """Interest that each loan asks less than the market, real, by year."""
    from bongsu.committee.attract.cashflow import Debt

    flow = case.flow
    begun = np.cumsum(flow.inputs.output > 0, axis=1) > 0
    level = flow.level
    result = []
    for loan in flow.inputs.loans:
        from dataclasses import replace

        alone = Debt.of(replace(flow.inputs, loans=(loan,)), flow.capital, level, begun)
        result.append(np.asarray(alone.subsidy_nominal[0] / level, dtype=np.float64))
    return result


def jobs_of(case: Case) -> Jobs | None:
    """Direct jobs of a project: those promised of its facility, or of plants of its stage per unit of capacity times its size."""
    atlas, project = case.chain.atlas, case.project
    table = atlas["facility_jobs"].filter((pl.col("kind") == "target") & pl.col("jobs").is_not_null())
    stage = {row["process"]: row["stage"] for row in atlas["processes"].iter_rows(named=True)}
    unit = {row["item"]: row["unit"] for row in atlas["items"].iter_rows(named=True)}
    main = {row["process"]: row["main_item"] for row in atlas["processes"].iter_rows(named=True)}
    named = case.ground.terms.facility
    found: list[tuple[float, str]] = []
    for row in table.iter_rows(named=True):
        lines = [line for line in case.chain.lines if line.facility == row["facility"] and line.announced]
        size = sum(max(line.announced.values()) for line in lines)
        if not lines or size <= 0:
            continue
        first = lines[0].processes[0]
        if stage[first] != stage[project.process] or unit[main[first]] != project.unit:
            continue
        if named == row["facility"]:
            one = float(row["jobs"])
            return Jobs(one, one, one, f"facility_jobs:{row['_line']}")
        facts = " ".join(dict.fromkeys(part for line in lines for part in list(line.facts.values())[-1].split()))
        found.append((row["jobs"] / size * project.size, f"facility_jobs:{row['_line']} {facts}"))
    if not found:
        return None
    values = [value for value, _ in found]
    return Jobs(min(values), float(np.mean(values)), max(values), " ".join(refs for _, refs in found))


def wage_of(chain: Chain, country: str) -> tuple[float, str] | None:
    """Mean wage an hour in the currency of the country, and the line that says so; None = unknown."""
    rows = chain.atlas["site_facts"].filter(
        (pl.col("country") == country)
        & (pl.col("fact") == "wage")
        & pl.col("place").is_null()
        & pl.col("region").is_null()
    )
    if rows.is_empty() or rows["value"][-1] is None:
        return None
    return float(rows["value"][-1]), f"site_facts:{rows['_line'][-1]}"


def announced(chain: Chain, stage: str) -> pl.DataFrame:
    """Support announced for facilities of a stage: facility, programme, government, amount (nominal), currency, jobs, per job, and
    per GWh a year where capacity is counted in energy. Blank = unknown."""
    atlas = chain.atlas
    jobs = {row["facility"]: row["jobs"] for row in atlas["facility_jobs"].filter(kind="target").iter_rows(named=True)}
    rows: list[dict[str, Any]] = []
    stages = {row["facility"]: row["stage"] for row in atlas["facilities"].iter_rows(named=True)}
    for row in atlas["facility_support"].iter_rows(named=True):
        if stages.get(row["facility"]) != stage:
            continue
        size = sum(
            max(line.announced.values()) for line in chain.lines if line.facility == row["facility"] and line.announced
        )
        own = jobs.get(row["facility"])
        rows.append(
            {
                "facility": row["facility"],
                "programme": row["programme"],
                "government": row["government"],
                "amount_nominal": row["amount"],
                "currency": row["currency"],
                "jobs": own,
                "per_job": row["amount"] / own if own and row["amount"] is not None else None,
                "per_gwh_a_year": row["amount"] / size * 1e6
                if stage == "cell" and size and row["amount"] is not None
                else None,
                "source": row["source"],
            }
        )
    texts = dict.fromkeys(("facility", "programme", "government", "currency", "source"), pl.String)
    numbers = dict.fromkeys(("amount_nominal", "jobs", "per_job", "per_gwh_a_year"), pl.Float64)
    order = [
        "facility",
        "programme",
        "government",
        "amount_nominal",
        "currency",
        "jobs",
        "per_job",
        "per_gwh_a_year",
        "source",
    ]
    return pl.DataFrame(rows, schema={**texts, **numbers}).select(order)


def clawback(public: PublicCase) -> tuple[pl.DataFrame, str]:
    """The most that may be taken back of credits, by years of use until the plant closes or its property leaves, and the law on it.

    An upper end: what is taken back follows the worth of the property when it leaves, which nobody knows now. What contracts of
    support and loans say was not published, so they are not in it.
    """
    case, law = public.case, getattr(public.chain.choices.law, "law", None)
    first = int(np.argmax(case.flow.inputs.output[0] > 0))
    columns: dict[str, list[float]] = {}
    basis: list[str] = []
    for name, instrument, kinds in (
        ("federal", _CTM, ("federal:credit",)),
        ("province", _ONTARIO, (f"{case.project.region}:tax_credit",)),
    ):
        total = sum(
            (public.support[kind] for kind in kinds if kind in public.support), np.zeros(len(case.ground.years))
        )
        found = law.find(instrument, "clawback") if isinstance(law, LawOn) and total.any() else None
        if found is None:
            continue
        # "at most n years" includes the last of them, "less than" does not.
        last = int(found.number) - (0 if found.parameter.met == "at most" else 1)
        basis.append(reference(found))
        paid = np.cumsum(total)[first : first + case.project.life]
        columns[f"most_of_{name}_credits_real_usd"] = [float(one) if n < last else 0.0 for n, one in enumerate(paid)]
    years = list(case.ground.years[first : first + case.project.life])
    return pl.DataFrame({"closes_in": years, "years_of_use": list(range(1, len(years) + 1)), **columns}), " ".join(
        basis
    )


def _answer(public: PublicCase) -> Answer:
    case, ground = public.case, public.case.ground
    facts = Facts(public.chain.atlas, getattr(public.chain.choices.law, "law", None))
    usd, project = f"USD of {ground.money_year}", case.project

    def refs(kind: str) -> tuple[Node, ...]:
        basis, terms = _RESTS[kind]
        text = [ground.basis.get(name, "") for name in basis]
        text += [ground.terms.terms[name].reference for name in terms if name in ground.terms.terms]
        if kind == "wage_tax":
            wage = wage_of(public.chain, project.country)
            text += [public.jobs.references if public.jobs else "", wage[1] if wage else ""]
        return facts.nodes(" ".join(text))

    def none(key: str) -> Node:
        return Node(said(ROOM, key), None)

    def node(key: str, value: float | None, unit: str, children: Any = ()) -> Node:
        kind = (
            "share"
            if unit == "share"
            else "year"
            if unit == "year"
            else "money"
            if unit.startswith("USD")
            else "number"
        )
        return Node(said(ROOM, key), value, unit, kind, children=tuple(children))

    def leaves(of: Mapping[str, Floats]) -> list[Node]:
        return [
            Node(
                said(ROOM, f"public.{name.partition(':')[2]}", who=said(ROOM, f"government.{name.partition(':')[0]}")),
                float(present_value(public.discount, one)[0]),
                usd,
                "money",
                children=refs(name.partition(":")[2]),
            )
            for name, one in of.items()
        ]

    worth = float(present_value(public.discount, public.supported)[0])
    back = float(present_value(public.discount, sum(public.returns.values(), np.zeros(len(ground.years))))[0])
    found = public.rate
    paid, got = leaves(public.support), leaves(public.returns)
    rate = facts.nodes(ground.terms.term("public_discount_nominal").reference)
    jobs = public.jobs
    job_nodes = facts.nodes(jobs.references) if jobs else (Node(said(ROOM, "jobs.unknown"), None),)
    output = float(case.flow.inputs.output[0].sum())
    if jobs is None:
        # What is returned on wages is unknown then, and so is left out of the sums; the figure says it.
        got = [*got, *job_nodes]
    sides = [*paid, *got]
    per_job = f"USD/job of {ground.money_year}"
    span = [node("jobs.low", jobs.low, "jobs"), node("jobs.high", jobs.high, "jobs")] if jobs else []
    ends = (
        [
            node("support_per_job.low", worth / jobs.high, per_job),
            node("support_per_job.high", worth / jobs.low, per_job),
        ]
        if jobs
        else []
    )
    even = {discounted: public.even(discounted) for discounted in (False, True)}
    never = {
        discounted: [] if year is not None else [none("even.never" if public.supported.any() else "even.no_support")]
        for discounted, year in even.items()
    }
    told: list[tuple[str, float | None, str, list[Node]]] = [
        ("public_support_real_usd", worth, usd, [*paid, *rate]),
        ("public_returns_real_usd", back, usd, [*got, *rate]),
        ("public_balance_real_usd", back - worth, usd, sides),
        (
            "public_return_per_support",
            back / worth if worth > 0 else None,
            "ratio",
            sides if worth > 0 else [none("even.no_support"), *sides],
        ),
        ("public_even_year", even[False], "year", [*never[False], *sides]),
        ("public_even_year_discounted", even[True], "year", [*never[True], *sides, *rate]),
        ("direct_jobs", jobs.middle if jobs else None, "jobs", [*span, *job_nodes]),
        ("support_per_job_real_usd", worth / jobs.middle if jobs else None, per_job, [*ends, *paid, *job_nodes]),
    ]
    figures: dict[str, Node] = {key: node(key, value, unit, children) for key, value, unit, children in told}
    figures["public_irr_real"] = returned("public_irr_real", found, sides, rate)
    if project.unit == "kWh":
        figures["support_per_gwh_real_usd"] = node(
            "support_per_gwh_real_usd", worth / (output / 1e6), f"USD/GWh of {ground.money_year}", paid
        )
    else:
        figures["support_per_unit_real_usd"] = node(
            "support_per_unit_real_usd", worth / output, f"USD/{project.unit} of {ground.money_year}", paid
        )
    last = ground.lead + project.life + 1
    table: dict[str, Any] = {"year": ground.years[: last + 1]}
    table |= {f"support_{name.replace(':', '_')}_real_usd": one[: last + 1] for name, one in public.support.items()}
    table |= {f"returns_{name.replace(':', '_')}_real_usd": one[: last + 1] for name, one in public.returns.items()}
    table["balance_real_usd"] = public.flow[: last + 1]
    table["balance_so_far_real_usd"] = np.cumsum(public.flow)[: last + 1]
    lost, law = clawback(public)
    most = float(sum(lost[name][min(1, lost.height - 1)] for name in lost.columns[2:])) if lost.width > 2 else None
    figures["clawback_first_year_real_usd"] = node(
        "clawback_first_year_real_usd",
        most,
        usd,
        [none("clawback.none")] if most is None else [*facts.nodes(law), *refs("credit")],
    )
    split = [
        {
            "government": name.partition(":")[0],
            "kind": name.partition(":")[2],
            "present_value_real_usd": float(present_value(public.discount, one)[0]),
            "total_real_usd": float(one.sum()),
        }
        for name, one in public.support.items()
    ]
    schema: dict[str, Any] = {
        "government": pl.String,
        "kind": pl.String,
        "present_value_real_usd": pl.Float64,
        "total_real_usd": pl.Float64,
    }
    return Answer(
        ROOM,
        {f"{ROOM}.{name}:{project.project}": one for name, one in figures.items()},
        {
            "public": pl.DataFrame(table),
            "support": pl.DataFrame(split, schema=schema),
            "clawback": lost,
            "announced": announced(public.chain, ground.stage),
        },
    )


__all__ = ["Jobs", "PublicCase", "announced", "break_even_year", "clawback", "jobs_of", "public_case"]
