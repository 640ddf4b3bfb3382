"""What the law does to a plan: duties paid, credits earned, content rules that bind, and the plan without an instrument.

Money is in dollars of the case, per year. Duties and credits are read from the flows of the plan and split among the instruments
that make up each rate; nothing is estimated. What an instrument is worth to the whole chain is only known by planning again
without it (:func:`without`), because flows move when a rate does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from bongsu.chain import Chain, Network
from bongsu.chain.network import case_schema
from bongsu.law.diff import diff, news
from bongsu.law.inforce import InForce
from bongsu.plan import Options, Plan, compile_network, solve

_SHOWN = 5
#: An item and the countries that it leaves and enters.
Flow = tuple[str, str, str]
#: Relative difference below which numbers are the same.
_SAME = 1e-9


@dataclass(frozen=True)
class Bill:
    """What one instrument charges or pays in a plan.

    Attributes:
        instrument: identifier; ``title`` by language.
        kind: ``duty``, ``credit``, ``support`` or ``investment credit``.
        by_year: USD per year; negative = earned.
        flows: largest contributors over all years: item, from, to (countries), USD.
        traced: USD by flow (item, from, to) and year: all of them.
    """

    instrument: str
    title: Mapping[str, str]
    kind: str
    by_year: Mapping[int, float]
    flows: tuple[tuple[str, str, str, float], ...] = ()
    traced: Mapping[Flow, Mapping[int, float]] = field(default_factory=dict, repr=False)

    def by_flow(self, year: int | None = None) -> dict[Flow, float]:
        """USD by flow in a year, or over all years, the largest first."""
        sums = {flow: sum(own.values()) if year is None else own.get(year, 0.0) for flow, own in self.traced.items()}
        return dict(sorted(((f, v) for f, v in sums.items() if v), key=lambda pair: (-abs(pair[1]), pair[0])))

    @property
    def total(self) -> float:
        """USD over all years, not discounted."""
        return sum(self.by_year.values())


@dataclass(frozen=True)
class Binding:
    """A content rule that bears on a plan at a place in a year.

    Attributes:
        rule, instrument: such as ``us-macr.cell`` and ``us-macr``.
        items: products made under it there that year.
        place: where.
        least, kept: smallest share asked for, and the share kept by what was made under the rule.
        point_cost: USD per year that one more percentage point would cost at the margin; zero where the rule does not bind.
        base: product made under the rule in the year, in its unit (where several, in that with the dearest materials).
    """

    rule: str
    instrument: str
    items: tuple[str, ...]
    place: str
    year: int
    least: float
    kept: float
    point_cost: float
    base: float


@dataclass(frozen=True)
class Without:
    """The plan without an instrument, or with something else of the law changed.

    Attributes:
        what: the change, such as an instrument's identifier.
        cost: change of the present cost, USD (negative = the chain would be cheaper).
        moved: change of what is made, by stage and country, in units of the item's stage, in ``year``.
        year: the year that is compared.
        trade: change of what crosses borders: item, origin, destination, units.
    """

    what: str
    cost: float
    year: int
    moved: tuple[tuple[str, str, float], ...] = ()
    trade: tuple[tuple[str, str, str, float], ...] = ()


@dataclass
class _Ledger:
    """Adds up money by instrument, year and flow."""

    chain: Chain
    law: InForce
    sums: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)
    flows: dict[tuple[str, str], dict[Flow, dict[int, float]]] = field(default_factory=dict)

    def add(self, instrument: str, kind: str, year: int, money: float, flow: Flow) -> None:
        if money:
            own = self.sums.setdefault((instrument, kind), {})
            own[year] = own.get(year, 0.0) + money
            years = self.flows.setdefault((instrument, kind), {}).setdefault(flow, {})
            years[year] = years.get(year, 0.0) + money

    def bills(self) -> list[Bill]:
        titles = self.law.law.law.instruments
        bills = []
        for (name, kind), years in self.sums.items():
            own = Bill(name, dict(titles[name].title), kind, dict(sorted(years.items())), traced=self.flows[name, kind])
            largest = list(own.by_flow().items())[:_SHOWN]
            bills.append(replace(own, flows=tuple((*flow, money) for flow, money in largest)))
        return sorted(bills, key=lambda bill: (-abs(bill.total), bill.instrument))


def bill(chain: Chain, plan: Plan) -> list[Bill]:
    """Duties paid and credits earned by instrument and year, largest first; empty for a chain without law."""
    law = chain.choices.law
    if not isinstance(law, InForce):
        return []
    ledger = _Ledger(chain, law)
    _duties(ledger, chain, plan)
    _credits(ledger, chain, plan)
    _investment(ledger, chain, plan)
    return ledger.bills()


def _duties(ledger: _Ledger, chain: Chain, plan: Plan) -> None:
    net = chain.network
    lanes = net["lanes"].select("lane", "from", "to", "item", pl.col("cost").alias("own"))
    charged = net["lane_periods"].filter(pl.col("facts").str.contains("law:duty/")).join(lanes, on="lane")
    moved = plan.table("ship").select("lane", "period", "value")
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    for row in charged.join(moved, on=["lane", "period"]).iter_rows(named=True):
        money = (row["cost"] - row["own"]) * row["value"]
        key = next(word for word in row["facts"].split() if word.startswith("law:duty/"))
        year = int(row["period"])
        flow = (row["item"], country[row["from"]], country[row["to"]])
        for instrument, share in ledger.law.shares(row["item"], key, year).items():
            ledger.add(instrument, "duty", year, money * share, flow)


def _credits(ledger: _Ledger, chain: Chain, plan: Plan) -> None:
    net = chain.network
    modes = net["modes"].select("mode", "plant", "process", pl.col("cost").alias("own"))
    plants = net["plants"].select("plant", "place")
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    main = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
    paid = (
        net["mode_periods"].filter(pl.col("facts").str.contains("law:")).join(modes, on="mode").join(plants, on="plant")
    )
    made = plan.table("make").select("mode", "period", "value")
    for row in paid.join(made, on=["mode", "period"]).iter_rows(named=True):
        money = (row["cost"] - row["own"]) * row["value"]
        named = [word[4:].split("/")[0] for word in row["facts"].split() if word.startswith("law:")]
        # The first reference is the test, the credit it opens follows; support contracts name themselves last.
        instrument = next((name for name in named if name == "ca-production-support"), None)
        kind = "support" if instrument else "credit"
        instrument = instrument or next((name for name in named if name in ("us-45x", "us-30d")), named[0])
        item = main.get(row["process"], row["process"].removeprefix("assembly:").split("@")[0])
        at = country[row["place"]]
        ledger.add(instrument, kind, int(row["period"]), money, (item, at, at))


def _investment(ledger: _Ledger, chain: Chain, plan: Plan) -> None:
    """The yearly cost that credits on investment take off what has been built, for each year in which it stands."""
    net, years = chain.network, chain.years
    if net["option_periods"].is_empty():
        return
    own = dict(net["options"].select("option", "annual_cost").iter_rows())
    life = dict(net["options"].select("option", "life").iter_rows())
    given = {(r["option"], r["period"]): r for r in net["option_periods"].iter_rows(named=True)}
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    main = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
    for row in plan.table("build").iter_rows(named=True):
        credit = given.get((row["option"], row["period"]))
        if credit is None:
            continue
        process, _, place = row["option"].removeprefix("new:").partition("@")
        instrument = credit["facts"].removeprefix("law:").split("/")[0]
        yearly = (credit["annual_cost"] - own[row["option"]]) * row["value"]
        first = int(row["period"])
        for year in years:
            if first <= year < first + (life[row["option"]] or len(years)):
                at = country[place]
                ledger.add(instrument, "investment credit", year, yearly, (main[process], at, at))


def binding(chain: Chain, plan: Plan) -> list[Binding]:
    """Every content rule under which something is made, with the share kept and the cost of one more point."""
    law = chain.choices.law
    if not isinstance(law, InForce):
        return []
    a = plan.model.arrays
    rules = {rule.name: (rule.instrument, rule.least) for rule in law.content_rules(chain.years)}
    for credit in law.vehicle_credits(chain.years):
        rules |= {half_name: (credit.instrument, half.least) for half_name, half in credit.halves.items()}
    made = {(r["mode"], r["period"]): r["value"] for r in plan.table("make").iter_rows(named=True)}
    process = dict(chain.network["modes"].select("mode", "process").iter_rows())
    main = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
    dual = {(r["share"], r["period"]): r["dual"] for r in plan.row_table("share").iter_rows(named=True)}
    terms: dict[str, list[tuple[str, float]]] = {}
    for row in chain.network["share_terms"].iter_rows(named=True):
        if row["kind"] == "mode":
            terms.setdefault(row["share"], []).append((row["of"], row["coefficient"]))
    found = []
    for row in chain.network["shares"].iter_rows(named=True):
        year = row["period"]
        name, _, place = row["share"].partition("|")[0].partition("@")
        instrument, leasts = rules.get(name, ("", {}))
        if not year or int(year) not in leasts:
            continue
        least = leasts[int(year)]
        outside = room = 0.0
        items: dict[str, None] = {}
        for of, coefficient in terms.get(row["share"], ()):
            amount = made.get((of, year), 0.0)
            # What counts against the rule has a negative coefficient; what it is a share of, a positive one.
            if coefficient < 0:
                outside -= coefficient * amount
            else:
                room += coefficient * amount
                if amount > 0:
                    items[str(main.get(process[of], process[of]))] = None
        if room <= 0 or least >= 1.0:
            continue
        base = room / (1.0 - least)
        weight = float(a.weight[chain.years.index(int(year))])
        point = abs(dual.get((row["share"], year), 0.0)) * 0.01 * base / weight
        kept = 1.0 - outside / base
        found.append(Binding(name, instrument, tuple(items), place, int(year), least, kept, point, base))
    return sorted(found, key=lambda one: (-one.point_cost, one.rule, one.place, one.year))


def replan(chain: Chain, law: Any, options: Options | None = None) -> tuple[Chain, Plan]:
    """The same case under other law."""
    other = _under(chain, law)
    return other, solve(compile_network(other.network), options)


def without(
    chain: Chain, plan: Plan, instruments: Sequence[str], year: int, tell: Callable[[str], None] = lambda _: None
) -> list[Without]:
    """The plan without each of the instruments, one at a time."""
    law = chain.choices.law
    if not isinstance(law, InForce):
        return []
    answers = []
    for name in instruments:
        tell(f"planning without {name}")
        other = _left_out(chain, law, name)
        answers.append(changed(name, (chain, plan), (other, solve(compile_network(other.network))), year))
    return answers


@dataclass(frozen=True)
class Trace:
    """What changed in a plan between an earlier law and its own, and by which instruments.

    Attributes:
        same: both laws ask for the same plan: no number of the network differs.
        whole: the whole change, own minus earlier.
        effects: what each instrument did of it, largest first; what several do only together is the rest.
        unused: instruments of which something was learned that reaches the network, but nothing that the plan does: without it
            the plan would cost the same.
        unmoved: those that stand in the network, but of which what was learned changes no number of it.
        idle: those of which something was learned for the years planned and under which nothing in the network stands.
        past: those of which something was learned for days before the years planned only.
        foreseen: those that stand otherwise on the two days, as was known on the earlier already, and that reach the network: they
            are in both plans.
        foreseen_idle: those of the same kind under which no number of the network stands.
    """

    same: bool
    whole: Without
    effects: tuple[Without, ...]
    unused: tuple[str, ...]
    unmoved: tuple[str, ...]
    idle: tuple[str, ...]
    past: tuple[str, ...]
    foreseen: tuple[str, ...]
    foreseen_idle: tuple[str, ...]


def traced(
    chain: Chain, plan: Plan, earlier: InForce, year: int, tell: Callable[[str], None] = lambda _: None
) -> Trace:
    """What changed in the plan between an earlier law and its own, and how much of it each instrument did.

    The plan is made again under the earlier law, and under its own law with one instrument as it was known then, for every
    instrument of which something was learned in between and that touches the network.
    """
    law = chain.choices.law
    assert isinstance(law, InForce)
    then, now = earlier.law, law.law
    first, last = dt.date(chain.years[0], 1, 1), dt.date(chain.years[-1], 12, 31)
    bears = {one.instrument for one in news(now.law, then.known, now.known) if one.bears_on(first, last)}
    bears |= {q.instrument for q in now.questions() if q.known > then.known}
    changes = diff(now.law, then.date, now.date, then.known, now.known)
    learned = now.law.learned(then.known, now.known)
    known = {c.instrument: None for c in changes if c.known is not None and c.known <= then.known}
    foreseen = [name for name in known if name not in learned]
    before = _under(chain, earlier)
    same = same_plan(before.network, chain.network)
    if same:
        whole = Without(str(then.date), 0.0, year)
    else:
        tell(f"planning under the law of {then.date}")
        whole = changed(str(then.date), (before, solve(compile_network(before.network))), (chain, plan), year)
    effects: list[Without] = []
    unused: list[str] = []
    unmoved: list[str] = []
    idle: list[str] = []
    past: list[str] = []
    for name in learned:
        if name not in bears:
            past.append(name)
            continue
        other = _under(chain, replace(law, law=replace(now, law=now.law.forget(name, then.known)), said=[]))
        if same_plan(other.network, chain.network):
            (unmoved if _reaches(chain, law, name) else idle).append(name)
            continue
        tell(f"planning with {name} as of {then.known}")
        effect = changed(name, (other, solve(compile_network(other.network))), (chain, plan), year)
        if effect.cost:
            effects.append(effect)
        else:
            unused.append(name)
    effects.sort(key=lambda one: (-abs(one.cost), one.what))
    reached = {name for name in foreseen if _reaches(chain, law, name)}
    return Trace(
        same,
        whole,
        tuple(effects),
        tuple(unused),
        tuple(unmoved),
        tuple(idle),
        tuple(past),
        tuple(name for name in foreseen if name in reached),
        tuple(name for name in foreseen if name not in reached),
    )


def _reaches(chain: Chain, law: InForce, name: str) -> bool:
    """Whether any number of the network stands under an instrument: without it the network is another."""
    return not same_plan(_left_out(chain, law, name).network, chain.network)


def _left_out(chain: Chain, law: InForce, name: str) -> Chain:
    """The same case under the same law without an instrument."""
    return _under(chain, replace(law, without=law.without | {name}, said=[]))


def _under(chain: Chain, law: Any) -> Chain:
    """The same case under other law."""
    return Chain.of(chain.atlas, str(chain.case["case"]), replace(chain.choices, law=law))


def same_plan(a: Network, b: Network) -> bool:
    """Whether two networks ask for the same plan: all numbers equal, whatever they rest on.

    Numbers are equal to nine digits: a duty summed over a year in other steps differs in the last of sixteen.
    """
    return all(
        _same(a[name].drop("facts", strict=False), b[name].drop("facts", strict=False)) for name in case_schema()
    )


def _same(a: pl.DataFrame, b: pl.DataFrame) -> bool:
    if a.shape != b.shape:
        return False
    numbers = [name for name, kind in a.schema.items() if kind.is_float()]
    if not a.drop(numbers).equals(b.drop(numbers)):
        return False
    for name in numbers:
        one, other = a[name], b[name]
        if (one.is_null() != other.is_null()).any():
            return False
        room = _SAME * pl.select(pl.max_horizontal(one.abs(), other.abs())).to_series()
        if ((one != other) & ~((one - other).abs() <= room)).fill_null(False).any():
            return False
    return True


def changed(what: str, base: tuple[Chain, Plan], other: tuple[Chain, Plan], year: int) -> Without:
    """What differs between two plans of one case in a year.

    A difference of cost within the tolerance of the solver is none, and then nothing is said to have moved: among plans of one
    cost it is chance which of them is found.
    """
    cost = other[1].objective - base[1].objective
    if abs(cost) <= _SAME * abs(base[1].objective):
        return Without(what, 0.0, year)
    made = _difference(_made(*base, year), _made(*other, year))
    trade = _difference(_traded(*base, year), _traded(*other, year))
    return Without(
        what,
        cost,
        year,
        tuple((*key, value) for key, value in made),
        tuple((*key, value) for key, value in trade),
    )


def _difference(base: Mapping[Any, float], other: Mapping[Any, float]) -> list[tuple[Any, float]]:
    """Changes above a thousandth of the larger amount, largest share first."""
    rows = []
    for key in dict.fromkeys([*base, *other]):
        a, b = base.get(key, 0.0), other.get(key, 0.0)
        if abs(b - a) > 1e-3 * max(abs(a), abs(b)):
            rows.append((key, b - a))
    return rows


def _made(chain: Chain, plan: Plan, year: int) -> dict[tuple[str, str], float]:
    """Made by item and country in a year, units of the item."""
    place = dict(chain.network["plants"].select("plant", "place").iter_rows())
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    plant = dict(chain.network["modes"].select("mode", "plant").iter_rows())
    process = dict(chain.network["modes"].select("mode", "process").iter_rows())
    main = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
    sums: dict[tuple[str, str], float] = {}
    for row in plan.table("make").filter(pl.col("period") == str(year)).iter_rows(named=True):
        item = main.get(process[row["mode"]])
        if item:
            key = (item, country[place[plant[row["mode"]]]])
            sums[key] = sums.get(key, 0.0) + row["value"]
    return sums


def _traded(chain: Chain, plan: Plan, year: int) -> dict[tuple[str, str, str], float]:
    """Moved across borders by item, origin and destination in a year, units of the item."""
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    lanes = {r["lane"]: r for r in chain.network["lanes"].iter_rows(named=True)}
    sums: dict[tuple[str, str, str], float] = {}
    for row in plan.table("ship").filter(pl.col("period") == str(year)).iter_rows(named=True):
        lane = lanes[row["lane"]]
        origin, destination = country[lane["from"]], country[lane["to"]]
        if origin != destination:
            key = (lane["item"], origin, destination)
            sums[key] = sums.get(key, 0.0) + row["value"]
    return sums
