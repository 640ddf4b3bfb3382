"""Content tests as linear shares over where goods come from.

Under law no place passes on what it received: what leaves a place was made there (or offered there). So the origin of every flow
is the place it left, which is its tag, and shares over tags are linear. For each content rule and each place where a product under
it is made:

    twin modes       the same process in the same plant, for what keeps the rule: x(m#rule)
    outsiders        u(i) >= Σ input(m, i) · x(m#rule) - what arrived or was made there by qualifying makers, u(i) >= 0
    the rule         Σ value(i) · u(i) <= (1 - least(t)) · Σ base(m) · x(m#rule)     divided by the largest base

The maker may use his qualifying inputs for the products that need them first. A product that keeps the rule earns its credit, or
travels on a twin lane at the preferential duty; twin lanes carry no more than twin modes make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bongsu.law import ContentRule, Owner

Row = dict[str, Any]
#: Process of the columns that count what comes from outsiders; it makes and takes nothing.
OUTSIDERS = "content"
#: Goods of outsiders are counted in lots of so much money, a size at which the solver works well.
_LOT = 2.5e5


@dataclass
class Content:
    """What the content rules add to the tables of a network."""

    plants: list[Row] = field(default_factory=list)
    capacity: list[Row] = field(default_factory=list)
    modes: list[Row] = field(default_factory=list)
    mode_periods: list[Row] = field(default_factory=list)
    shares: list[Row] = field(default_factory=list)
    terms: list[Row] = field(default_factory=list)

    def share(self, name: str, period: int | None, facts: str, terms: Iterable[tuple[str, str, float]]) -> None:
        """Add a rule: the sum of coefficient times flow is at least zero."""
        self.shares.append({"share": name, "period": None if period is None else str(period), "facts": facts})
        joined: dict[tuple[str, str], float] = {}
        for kind, of, coefficient in terms:
            joined[kind, of] = joined.get((kind, of), 0.0) + coefficient
        self.terms += [
            {"share": name, "kind": kind, "of": of, "coefficient": value}
            for (kind, of), value in joined.items()
            if value
        ]


@dataclass(frozen=True)
class Ground:
    """What the rules are laid over: the network as it is without them.

    Attributes:
        years: of the case.
        place_of, country: place of a plant, country of a place.
        makers: owners of a plant.
        recipe: amounts by item of a process in a year.
        dated: processes whose recipe changes over the years.
        modes, lanes, supplies: rows of these tables.
        price: value of an item, None where unknown.
        product: main item of a process.
        free: processes that are no limit by themselves and stand wherever they are needed.
        processing: cost of processing per unit of activity of a mode, without its inputs.
        paid: costs of modes in periods where they differ from the mode's own, with the facts behind them.
    """

    years: Sequence[int]
    place_of: Mapping[str, str]
    country: Mapping[str, str]
    makers: Mapping[str, Sequence[Owner]]
    recipe: Callable[[str, int], Mapping[str, float]]
    dated: frozenset[str]
    modes: Sequence[Row]
    lanes: Sequence[Row]
    supplies: Sequence[Row]
    price: Callable[[str], float | None]
    product: Callable[[str], str | None]
    free: frozenset[str]
    processing: Callable[[Row], float]
    paid: Mapping[tuple[str, str], Row]


def lay(rules: Sequence[ContentRule], ground: Ground) -> Content:
    """The rows that the rules add. Twin lanes are named by :func:`twin` and must exist for what they carry."""
    return _Layer(rules, ground).lay()


def twin(name: str, rule: str) -> str:
    """Name of the twin of a mode or lane under a rule."""
    return f"{name}#{rule}"


class _Layer:
    def __init__(self, rules: Sequence[ContentRule], ground: Ground) -> None:
        self.rules = rules
        self.g = ground
        self.out = Content()
        first = ground.years[0]
        self.first = first
        self.twins: dict[str, list[str]] = {}
        self.modes_at: dict[str, list[Row]] = {}
        self.made: dict[tuple[str, str], list[tuple[Row, float]]] = {}
        self.counting: dict[tuple[str, str, str], bool] = {}
        for mode in ground.modes:
            place = ground.place_of[mode["plant"]]
            self.modes_at.setdefault(place, []).append(mode)
            for item, amount in ground.recipe(mode["process"], first).items():
                if amount > 0:
                    self.made.setdefault((place, item), []).append((mode, amount))
        self.into: dict[tuple[str, str], list[Row]] = {}
        self.out_of: dict[tuple[str, str], list[Row]] = {}
        for lane in ground.lanes:
            self.into.setdefault((lane["to"], lane["item"]), []).append(lane)
            self.out_of.setdefault((lane["from"], lane["item"]), []).append(lane)
        self.offered: dict[tuple[str, str], list[str]] = {}
        for row in ground.supplies:
            names = self.offered.setdefault((row["place"], row["item"]), [])
            if row["supply"] not in names:
                names.append(row["supply"])

    def lay(self) -> Content:
        under = [
            (rule, place, own)
            for rule in self.rules
            for place, modes in self.modes_at.items()
            if self.g.country[place] in rule.countries
            and (own := [m for m in modes if self.g.product(m["process"]) in rule.items and self._may(rule, place, m)])
            and self._counted(place, own)
        ]
        # What a twin makes counts as its plant's wherever it goes, so all twins are known before any share is written.
        for rule, place, own in under:
            finals = [m for m in self.modes_at[place] if self.g.product(m["process"]) in rule.final]
            for mode in [*own, *finals]:
                self.twins.setdefault(mode["mode"], []).append(twin(mode["mode"], rule.name))
        for rule, place, own in under:
            self._rule_at(rule, place, own)
        self._no_passing_on()
        return self.out

    def _may(self, rule: ContentRule, place: str, mode: Row) -> bool:
        """Whether a maker may keep the rule at all."""
        return not rule.maker_too or rule.qualifies(self.g.country[place], self.g.makers.get(mode["plant"], ()))

    def _counted(self, place: str, modes: Sequence[Row]) -> dict[str, float]:
        """Inputs of modes that have a value, by which a content can be told."""
        g = self.g
        inputs = dict.fromkeys(i for m in modes for i, a in g.recipe(m["process"], self.first).items() if a < 0)
        watched = {i: g.price(i) or self._blend_price(place, i) for i in inputs}
        return {i: value for i, value in watched.items() if value}

    def _runs(self, mode: Row) -> list[str]:
        """A mode and its twins."""
        return [mode["mode"], *self.twins.get(mode["mode"], ())]

    # One rule at one place ------------------------------------------------------------------------------------------------

    def _rule_at(self, rule: ContentRule, place: str, modes: list[Row]) -> None:
        g = self.g
        counted = self._counted(place, modes)
        stand_in = f"content:{rule.name}@{place}"
        self.out.plants.append({"plant": stand_in, "place": place, "name": stand_in, "unit": "unit", "facts": ""})
        self.out.capacity.append({"plant": stand_in, "period": None, "capacity": None, "facts": ""})
        for mode in modes:
            self._twin(rule, mode)
        basis = next(iter(rule.basis.values()), "")
        live: list[str] = []
        for item in counted:
            qualifying, complete = self._qualifying(rule, place, item)
            if complete:
                continue
            column = f"content:{rule.name}:{item}@{place}"
            live.append(item)
            self.out.modes.append({"mode": column, "plant": stand_in, "process": OUTSIDERS, "cost": 0.0, "use": 0.0})
            dated = any(m["process"] in g.dated for m in modes)
            lot = _LOT / counted[item]
            for year in g.years if dated else [None]:
                needs = [
                    ("mode", twin(m["mode"], rule.name), g.recipe(m["process"], year or self.first).get(item, 0.0))
                    for m in modes
                ]
                name = f"{column}|{year}" if year else column
                self.out.share(name, year, basis, [*qualifying, *needs, ("mode", column, lot)])
        for year, least in rule.least.items():
            base = [self._base(rule, m, year, counted) for m in modes]
            # In units of the product, so that the row is of the size of the flows it joins.
            one = max(base)
            terms = [
                ("mode", twin(m["mode"], rule.name), (1.0 - least) * own / one)
                for m, own in zip(modes, base, strict=True)
            ]
            terms += [("mode", f"content:{rule.name}:{item}@{place}", -_LOT / one) for item in live]
            self.out.share(f"{rule.name}@{place}|{year}", year, rule.basis.get(year, ""), terms)
        if rule.preference:
            self._claims(rule, place, modes, basis)
        if rule.final:
            self._final(rule, place, modes)

    def _twin(self, rule: ContentRule, mode: Row) -> None:
        g = self.g
        facts = mode.get("facts", "")
        self.out.modes.append({**mode, "mode": twin(mode["mode"], rule.name)})
        item = g.product(mode["process"])
        for year in g.years:
            # A twin keeps what the law pays its plant anyhow.
            own = g.paid.get((mode["mode"], str(year)))
            made = g.recipe(mode["process"], year).get(item or "", 1.0)
            earned = rule.per_unit.get(year, 0.0) * made
            if rule.of_cost.get(year):
                earned += rule.of_cost[year] * self._cost_of(mode, year)
            if earned or own:
                basis = f"{facts} {own['facts'] if own else ''} {rule.basis.get(year, '') if earned else ''}"
                self.out.mode_periods.append(
                    {
                        "mode": twin(mode["mode"], rule.name),
                        "period": str(year),
                        "cost": (own["cost"] if own else mode["cost"]) - earned,
                        "facts": " ".join(basis.split()),
                    }
                )

    def _cost_of(self, mode: Row, year: int) -> float:
        """Production cost of one unit: direct materials at outside prices, and processing."""
        inputs = self.g.recipe(mode["process"], year)
        return self.g.processing(mode) + sum(-a * (self.g.price(i) or 0.0) for i, a in inputs.items() if a < 0)

    def _base(self, rule: ContentRule, mode: Row, year: int, counted: Mapping[str, float]) -> float:
        inputs = self.g.recipe(mode["process"], year)
        materials = sum(-amount * counted.get(item, 0.0) for item, amount in inputs.items() if amount < 0)
        return materials if rule.base == "materials" else materials + self.g.processing(mode)

    def _blend_price(self, place: str, item: str) -> float | None:
        """Value of an input that is only blended on the spot: the mean of what its blends take."""
        prices = [
            sum(-a * (self.g.price(i) or 0.0) for i, a in self.g.recipe(mode["process"], self.first).items() if a < 0)
            for mode, _ in self.made.get((place, item), [])
            if mode["process"] in self.g.free
        ]
        return sum(prices) / len(prices) if prices else None

    def _qualifying(self, rule: ContentRule, place: str, item: str) -> tuple[list[tuple[str, str, float]], bool]:
        """Terms of what qualifying makers bring or make at the place, and whether there are no others."""
        g = self.g
        terms: list[tuple[str, str, float]] = []
        complete = True
        for lane in self.into.get((place, item), []):
            if self._counts(rule, lane["from"], item):
                terms.append(("lane", lane["lane"], 1.0 - (lane.get("loss") or 0.0)))
            else:
                complete = False
        own = False
        for mode, amount in self.made.get((place, item), []):
            if mode["process"] in g.free:
                # A blend is worth what goes into it: count its inputs instead, by mass.
                recipe = g.recipe(mode["process"], self.first)
                for part in (i for i, a in recipe.items() if a < 0 and g.price(i)):
                    more, all_ = self._qualifying(rule, place, part)
                    terms += more
                    complete &= all_
            elif rule.qualifies(g.country[place], g.makers.get(mode["plant"], ())):
                own = True
                terms += [("mode", name, amount) for name in self._runs(mode)]
            else:
                complete = False
        for name in self.offered.get((place, item), []):
            if rule.qualifies(g.country[place], ()):
                own = True
                terms.append(("supply", name, 1.0))
            else:
                complete = False
        if own:
            terms += [("lane", lane["lane"], -1.0) for lane in self.out_of.get((place, item), [])]
        # Two blends of the same inputs count them once.
        return list(dict.fromkeys(terms)), complete

    def _counts(self, rule: ContentRule, origin: str, item: str) -> bool:
        """Whether goods that left a place count: where makers differ, the place counts only if all of them do."""
        key = (rule.name, origin, item)
        if key not in self.counting:
            self.counting[key] = self._count(rule, origin, item)
        return self.counting[key]

    def _count(self, rule: ContentRule, origin: str, item: str) -> bool:
        g = self.g
        makers = [mode for mode, _ in self.made.get((origin, item), [])]
        owners = [g.makers.get(mode["plant"], ()) for mode in makers]
        if self.offered.get((origin, item)) or not owners:
            owners.append(())
        return all(rule.qualifies(g.country[origin], own) for own in owners)

    def _claims(self, rule: ContentRule, place: str, modes: list[Row], basis: str) -> None:
        """Twin lanes carry no more than twin modes make."""
        for item in dict.fromkeys(self.g.product(m["process"]) for m in modes):
            claimed = [
                lane["lane"]
                for lane in self.out_of.get((place, item or ""), [])
                if lane["lane"].endswith(f"#{rule.name}")
            ]
            if claimed:
                makes = [
                    ("mode", twin(m["mode"], rule.name), self.g.recipe(m["process"], self.first)[item or ""])
                    for m in modes
                    if self.g.product(m["process"]) == item
                ]
                lanes = [("lane", lane, -1.0) for lane in claimed]
                self.out.share(f"claimed:{rule.name}:{item}@{place}", None, basis, [*makes, *lanes])

    def _final(self, rule: ContentRule, place: str, modes: list[Row]) -> None:
        """What is made on the spot from products that keep the rule, such as vehicles, and what it earns."""
        g = self.g
        products = dict.fromkeys(g.product(m["process"]) for m in modes)
        finals = [m for m in self.modes_at[place] if g.product(m["process"]) in rule.final]
        for mode in finals:
            self.out.modes.append({**mode, "mode": twin(mode["mode"], rule.name)})
            for year, earned in rule.per_final.items():
                self.out.mode_periods.append(
                    {
                        "mode": twin(mode["mode"], rule.name),
                        "period": str(year),
                        "cost": mode["cost"] - earned,
                        "facts": f"{mode.get('facts', '')} {rule.basis.get(year, '')}".strip(),
                    }
                )
        for item in products:
            for year in g.years:
                makes = [
                    ("mode", twin(m["mode"], rule.name), g.recipe(m["process"], year).get(item or "", 0.0))
                    for m in modes
                    if g.product(m["process"]) == item
                ]
                takes = [
                    ("mode", twin(m["mode"], rule.name), g.recipe(m["process"], year).get(item or "", 0.0))
                    for m in finals
                ]
                if any(coefficient for *_, coefficient in takes):
                    name = f"final:{rule.name}:{item}@{place}|{year}"
                    self.out.share(name, year, rule.basis.get(year, ""), [*makes, *takes])

    # Origin ---------------------------------------------------------------------------------------------------------------

    def _no_passing_on(self) -> None:
        """What leaves a place was made or offered there."""
        for place, item in self.into:
            lanes = self.out_of.get((place, item), [])
            if not lanes:
                continue
            makers = self.made.get((place, item), [])
            dated = any(mode["process"] in self.g.dated for mode, _ in makers)
            for year in self.g.years if dated else [None]:
                terms = [("lane", lane["lane"], -1.0) for lane in lanes]
                for mode, amount in makers:
                    made = self.g.recipe(mode["process"], year).get(item, 0.0) if year else amount
                    terms += [("mode", name, made) for name in self._runs(mode)]
                terms += [("supply", name, 1.0) for name in self.offered.get((place, item), [])]
                name = f"origin:{item}@{place}"
                self.out.share(f"{name}|{year}" if year else name, year, "", terms)
