"""Section 30D, what is in the battery: critical minerals by procurement chain, components by incremental value.

Minerals (26 CFR 1.30D-3). For a chain c of a mineral, ``V`` is its value and ``e``, ``p``, ``r`` the shares of the value added by
extraction and by processing that arose in the United States or a free trade country, and of the value added by recycling that
arose in North America; ``q = max(e, p, r)``.

* 50 % test: ``Q = Σ V [q ≥ 50 %] / Σ V``
* traced qualifying value test: ``Q = Σ V q / Σ V``

Components: the incremental value of a component is its value less that of the components it contains,
``IV = value − Σ value(contained)``; content is ``Σ IV`` over those made in North America over ``Σ IV``. The sum of all
``IV`` is the value of the outermost components (the modules).

A share not known is taken as nothing and as everything: if both give the same verdict, it does not matter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, compare, meets, undetermined
from bongsu.law.instrument import ANY, Found, LawOn
from bongsu.law.ownership import Country, Percent, as_percent
from bongsu.law.regime import Regime

REGIME_NAME = "us-30d"
COUNTRIES = "us-30d-fta"
MINERALS = "us-acm"
Money = Annotated[Decimal, Field(ge=0)]
Bounds = tuple[Fraction, Fraction]
_NOTHING, _ALL = Fraction(0), Fraction(1)


class Record(BaseModel):
    """A record of facts: nothing beside the named fields, and nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlacedInService(Record):
    """A record whose percentages follow the day on which the vehicle was placed in service."""

    placed_in_service: dt.date | None = Field(
        description="Day on which the vehicle was placed in service (delivered); selects the percentages. None = unknown."
    )

    @model_validator(mode="before")
    @classmethod
    def _dated(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "placed_in_service" not in given:
            raise ValueError(
                "placed_in_service is missing; the day on which the vehicle was placed in service decides the test"
            )
        return given


class ValueAdded(Record):
    """Value that a step added in one country."""

    country: Country | None = Field(description="ISO code of the country in which the value was added; None = unknown.")
    value: Money | None = Field(description="Value added there, any one currency; None = unknown.")


class Chain(Record):
    """A procurement chain: one mineral bought through one sequence of extraction, processing and recycling."""

    name: str = Field(default="", description="Name of the chain; default: the mineral.")
    mineral: str = Field(description="Mineral as the list of applicable critical minerals names it, such as lithium.")
    form: str | None = Field(
        default=None, description="Form after the last step, such as carbonate; None = not a question."
    )
    purity: Percent | None = Field(
        default=None, description="Purity by mass after the last step, in percent; None = not a question."
    )
    value: Money | None = Field(description="Value after the last processing or recycling step; None = unknown.")
    extraction: Percent | None = Field(
        default=None,
        description="Percent of the value added by extraction that arose in the US or a free trade country; None = unknown.",
    )
    processing: Percent | None = Field(
        default=None,
        description="Percent of the value added by processing that arose in the US or a free trade country; None = unknown.",
    )
    recycling: Percent | None = Field(
        default=Decimal(0),
        description="Percent of the value added by recycling that arose in North America; 0 = not recycled; None = unknown.",
    )
    extraction_by_country: tuple[ValueAdded, ...] = Field(
        default=(), description="Value added by extraction by country, in place of the percent."
    )
    processing_by_country: tuple[ValueAdded, ...] = Field(
        default=(), description="Value added by processing by country, in place of the percent."
    )
    recycling_by_country: tuple[ValueAdded, ...] = Field(
        default=(), description="Value added by recycling by country, in place of the percent."
    )

    @model_validator(mode="after")
    def _once(self) -> Chain:
        for step in ("extraction", "processing", "recycling"):
            if (
                step in self.model_fields_set
                and getattr(self, f"{step}_by_country")
                and getattr(self, step) is not None
            ):
                raise ValueError(f"{self.title}: {step} is given as a percent and by country; give one of the two")
        return self

    @property
    def title(self) -> str:
        """Name of the chain, or its mineral."""
        return self.name or self.mineral


class MineralFacts(Record):
    """Critical minerals of a battery."""

    chains: tuple[Chain, ...] = Field(
        description="Procurement chains of all applicable critical minerals in the battery."
    )
    method: Literal["tqvt", "50"] = Field(
        default="tqvt",
        description="Switch: tqvt = traced qualifying value test; 50 = 50 % of the value added per chain.",
    )


class Minerals(PlacedInService, MineralFacts):
    """Facts of the minerals test."""


class Component(Record):
    """A component of the battery."""

    name: str = Field(description="Name, unique in the battery.")
    kind: str | None = Field(
        default=None, description="Kind, such as cell or separator; other kinds are no components. None = a component."
    )
    value: Money | None = Field(description="Value with all that it contains; None = unknown.")
    made_in: Country | None = Field(
        description="ISO code of the country where substantially all of its manufacture or assembly took place; None = unknown."
    )
    contains: tuple[str | Component, ...] = Field(
        default=(), description="Components in it: names, or the components themselves."
    )

    def inside(self) -> tuple[str, ...]:
        """Names of what it contains directly."""
        return tuple(one if isinstance(one, str) else one.name for one in self.contains)


class ComponentFacts(Record):
    """Components of a battery."""

    components: tuple[Component, ...] = Field(
        description="Components, as a list with names in `contains` or as a tree."
    )

    @cached_property
    def flat(self) -> tuple[Component, ...]:
        """All components, outermost first."""
        return tuple(_flatten(self.components))

    @model_validator(mode="after")
    def _sound(self) -> ComponentFacts:
        names = [one.name for one in self.flat]
        held: dict[str, str] = {}
        for one in self.flat:
            if names.count(one.name) > 1:
                raise ValueError(f"the component {one.name!r} is given twice; give each a name of its own")
            for name in one.inside():
                if name not in names:
                    raise ValueError(f"{one.name!r} contains {name!r}, which is no component of the list; add it")
                if name in held:
                    raise ValueError(
                        f"{name!r} is contained in {held[name]!r} and in {one.name!r}; a component is in one other only"
                    )
                held[name] = one.name
        for name in names:
            above, seen = held.get(name), {name}
            while above is not None:
                if above in seen:
                    raise ValueError(f"{name!r} contains itself; mend `contains`")
                seen.add(above)
                above = held.get(above)
        return self


class Components(PlacedInService, ComponentFacts):
    """Facts of the components test."""


def _flatten(components: Iterable[Component]) -> Iterable[Component]:
    for one in components:
        yield one
        yield from _flatten(inner for inner in one.contains if isinstance(inner, Component))


# --- what the law says -------------------------------------------------------------------------------------------------------


def says(law: LawOn, instrument: str, parameter: str, day: dt.date, key: str = ANY) -> tuple[bool | None, Found | None]:
    """A yes/no of the law on a day; None where nothing is known."""
    found = law.find(instrument, parameter, key, at=day)
    return (None if found is None else found.value == "yes"), found


def fraction_meets(figure: Fraction, threshold: Found) -> bool:
    """Whether a share of one meets a threshold in percent, without rounding."""
    over = figure * 100 - Fraction(threshold.number)
    return meets(threshold.number + (over > 0) - (over < 0), threshold)


def closed(test: str, placed: dt.date | None, law: LawOn) -> Finding | None:
    """The finding where nothing can be tested: no day, a day before the law held here, after its end, or another form."""
    if placed is None:
        return undetermined(REGIME_NAME, test, [Missing("us-30d.missing.placed_in_service")])
    is_open, found = says(law, "us-30d", "credit_open", placed)
    if is_open is None:
        return undetermined(
            REGIME_NAME, test, [Missing("us-30d.missing.law", {"day": str(placed), "known": str(law.known)})]
        )
    if not is_open:
        return Finding(REGIME_NAME, test, Outcome.FAIL, steps=(Step("us-30d.closed", {"day": str(placed)}, law=found),))
    return None


def no_content(test: str, placed: dt.date, law: LawOn) -> Finding | None:
    """The finding where content is not yet what earns the credit."""
    form = law.value("us-30d", "form", at=placed)
    if form.value == "content":
        return None
    step = Step("us-30d.content.not-yet", {"day": str(placed)}, law=form, outcome=Outcome.FAIL)
    return Finding(REGIME_NAME, test, Outcome.FAIL, steps=(step,))


# --- minerals ----------------------------------------------------------------------------------------------------------------


def test_minerals(record: Minerals, law: LawOn) -> Finding:
    """The minerals test of 26 CFR 1.30D-3."""
    return minerals(record, record.placed_in_service, law)


def minerals(facts: MineralFacts, placed: dt.date | None, law: LawOn) -> Finding:
    """Share of qualifying critical minerals against the percentage of the year placed in service."""
    name = "minerals"
    stopped = closed(name, placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, name, [])
    stopped = no_content(name, placed, law) or _method_closed(facts.method, placed, law)
    if stopped:
        return stopped
    switches = {"method": facts.method}
    steps: list[Step] = []
    lacks: list[Missing] = []
    counted: list[tuple[Chain, Bounds]] = []
    for chain in facts.chains:
        is_listed, step = applicable(chain.mineral, chain.form, chain.purity, placed, law)
        if step is not None:
            steps.append(step)
        if is_listed is None:
            lacks.append(Missing("us-30d.minerals.missing.listed", {"mineral": chain.mineral}))
        elif is_listed:
            shares, step, unknown = _chain_share(chain, facts.method, placed, law)
            steps.append(step)
            counted.append((chain, shares))
            lacks += unknown
            if chain.value is None:
                lacks.append(Missing("us-30d.minerals.missing.value", {"chain": chain.title}))
    unlisted = any(one.what == "us-30d.minerals.missing.listed" for one in lacks)
    bounds = weighted([(chain.value, *shares) for chain, shares in counted])
    if bounds is None or unlisted:
        return undetermined(
            REGIME_NAME, name, lacks or [Missing("us-30d.minerals.missing.none")], steps, switches=switches
        )
    threshold = law.value("us-30d", "minerals_share", at=placed)
    steps.append(Step("us-30d.minerals.sum", {}, working=_working((c.value, s) for c, s in counted)))
    return verdict(name, bounds, threshold, steps, lacks, switches)


def _method_closed(method: str, placed: dt.date, law: LawOn) -> Finding | None:
    parameter = {"50": "half_value_test", "tqvt": "traced_value_test"}[method]
    is_open, found = says(law, "us-30d", parameter, placed)
    if is_open:
        return None
    args = {"method": method, "day": str(placed), "known": str(law.known)}
    if is_open is None:
        return undetermined(
            REGIME_NAME, "minerals", [Missing("us-30d.minerals.missing.method", args)], switches={"method": method}
        )
    step = Step("us-30d.minerals.method-closed", args, law=found, outcome=Outcome.FAIL)
    return Finding(REGIME_NAME, "minerals", Outcome.FAIL, steps=(step,), switches={"method": method})


def applicable(
    mineral: str, form: str | None, purity: Decimal | None, day: dt.date, law: LawOn
) -> tuple[bool | None, Step | None]:
    """Whether a mineral is an applicable critical mineral, by name, form and purity; None where the name is not known.

    Form and purity decide only where they are given: a mineral without either is taken to meet its definition.
    """
    is_listed, found = says(law, MINERALS, "listed", day, mineral)
    if is_listed is None:
        return None, None
    if not is_listed:
        return False, Step("us-30d.minerals.not-listed", {"mineral": mineral}, law=found)
    forms = law.find(MINERALS, "forms", mineral, at=day)
    is_form = form is not None and forms is not None and form in forms.list
    needed = law.find(MINERALS, "purity", form if is_form and form else mineral, at=day)
    if (form is None and purity is None) or (is_form and (needed is None or purity is None)):
        return True, None
    if purity is not None and needed is not None and not meets(purity, needed):
        return False, Step("us-30d.minerals.impure", {"mineral": mineral}, purity, "%", law=needed)
    if not is_form and purity is None and forms is not None:
        return False, Step("us-30d.minerals.form", {"mineral": mineral, "form": form}, law=forms)
    return True, None


def _chain_share(chain: Chain, method: str, placed: dt.date, law: LawOn) -> tuple[Bounds, Step, list[Missing]]:
    """Least and most of a chain's value that qualifies, the step that says so, and what is not known of it."""
    shares: dict[str, Bounds] = {}
    for step, lists in (
        ("extraction", ("united_states", "free_trade")),
        ("processing", ("united_states", "free_trade")),
        ("recycling", ("north_america",)),
    ):
        by_country: tuple[ValueAdded, ...] = getattr(chain, f"{step}_by_country")
        given: Decimal | None = getattr(chain, step)
        if by_country:
            shares[step] = _share_of(by_country, lists, placed, law)
        else:
            shares[step] = (_NOTHING, _ALL) if given is None else (Fraction(given) / 100,) * 2
    low, high = max(s[0] for s in shares.values()), max(s[1] for s in shares.values())
    unknown = [
        Missing("us-30d.minerals.missing.share", {"chain": chain.title, "step": _STEP_NAMES[step]})
        for step, (least, most) in shares.items()
        if least != most and most > low
    ]
    working = "max({})".format("; ".join(_range(s) for s in shares.values())) + f" = {_range((low, high))}"
    used = None
    if method == "50":
        used = law.value("us-30d", "half_value", at=placed)
        low, high = (_ALL if fraction_meets(s, used) else _NOTHING for s in (low, high))
        if low == high:
            unknown = []
    args = {"chain": chain.title, "share": _range((low, high))}
    return (low, high), Step(f"us-30d.minerals.chain.{method}", args, working=working, law=used), unknown


_STEP_NAMES = {
    "extraction": {"en": "extraction", "ko": "채굴", "fr": "extraction"},
    "processing": {"en": "processing", "ko": "가공", "fr": "transformation"},
    "recycling": {"en": "recycling", "ko": "재활용", "fr": "recyclage"},
}


def _share_of(parts: tuple[ValueAdded, ...], lists: tuple[str, ...], placed: dt.date, law: LawOn) -> Bounds:
    rows = []
    for part in parts:
        if part.country is None:
            rows.append((part.value, _NOTHING, _ALL))
        else:
            counts = any(says(law, COUNTRIES, name, placed, part.country)[0] for name in lists)
            rows.append((part.value, Fraction(counts), Fraction(counts)))
    return weighted(rows) or (_NOTHING, _NOTHING)


def weighted(rows: Iterable[tuple[Decimal | None, Fraction, Fraction]]) -> Bounds | None:
    """Least and most of ``Σ value · share / Σ value``; None without any value.

    A value not known may be anything from nothing to so much that its own share is the average.
    """
    rows = [row for row in rows if row[0] != 0]
    total = sum((Fraction(value) for value, _, _ in rows if value is not None), _NOTHING)
    lows = [low for value, low, _ in rows if value is None]
    highs = [high for value, _, high in rows if value is None]
    if total:
        lows.append(sum((Fraction(v) * low for v, low, _ in rows if v is not None), _NOTHING) / total)
        highs.append(sum((Fraction(v) * high for v, _, high in rows if v is not None), _NOTHING) / total)
    return (min(lows), max(highs)) if lows else None


def verdict(
    name: str,
    bounds: Bounds,
    threshold: Found,
    steps: list[Step],
    lacks: list[Missing],
    switches: Mapping[str, str] | None = None,
) -> Finding:
    """Bounds of a share against a threshold: decided where both ends agree."""
    low, high = bounds
    passes, may_pass = fraction_meets(low, threshold), fraction_meets(high, threshold)
    if passes != may_pass:
        ends = Step("us-30d.between", {"low": as_percent(low), "high": as_percent(high)}, law=threshold)
        return undetermined(REGIME_NAME, name, lacks, [*steps, ends], threshold=threshold, switches=switches or {})
    if low != high:
        what = "us-30d.at-least" if passes else "us-30d.at-most"
        steps = [*steps, Step(what, {"bound": as_percent(low if passes else high)})]
    figure = as_percent(low if passes else high)
    return compare(REGIME_NAME, name, figure, threshold, passes, steps, switches=switches or {})


def _range(bounds: Bounds) -> str:
    low, high = (f"{as_percent(one):.4f}".rstrip("0").rstrip(".") for one in bounds)
    return f"{low} %" if low == high else f"{low}–{high} %"


def _working(rows: Iterable[tuple[Decimal | None, Bounds]]) -> str:
    pairs = [("?" if value is None else f"{value:f}", share) for value, share in rows]
    top = " + ".join(f"{value} × {_range(share)}" for value, share in pairs)
    return f"({top}) / ({' + '.join(value for value, _ in pairs)})"


# --- components --------------------------------------------------------------------------------------------------------------


def test_components(record: Components, law: LawOn) -> Finding:
    """The components test of 26 CFR 1.30D-3."""
    return components(record, record.placed_in_service, law)


def incremental_values(facts: ComponentFacts, kinds: tuple[str, ...]) -> dict[str, Decimal | None]:
    """Incremental value of every component of the kinds that count, by name; None where a value is not known.

    What is no component (a constituent material, a case) has no value of its own here: components within it belong to what
    contains it, and its value stays with the component that holds it.

    Raises:
        ValueError: a component is worth less than what it contains.
    """
    named = {one.name: one for one in facts.flat}
    counts = {name: one.kind is None or one.kind in kinds for name, one in named.items()}

    def within(one: Component) -> Iterable[Component]:
        for name in one.inside():
            if counts[name]:
                yield named[name]
            else:
                yield from within(named[name])

    result: dict[str, Decimal | None] = {}
    for name, one in named.items():
        if not counts[name]:
            continue
        inner = [part.value for part in within(one)]
        if one.value is None or None in inner:
            result[name] = None
            continue
        value = one.value - sum((v for v in inner if v is not None), Decimal(0))
        if value < 0:
            raise ValueError(
                f"{name!r} is worth {one.value:f}, less than the {one.value - value:f} of what it contains; mend the values"
            )
        result[name] = value
    return result


def components(facts: ComponentFacts, placed: dt.date | None, law: LawOn) -> Finding:
    """Share of components made in North America, by incremental value, against the percentage of the year."""
    name = "components"
    stopped = closed(name, placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, name, [])
    stopped = no_content(name, placed, law)
    if stopped:
        return stopped
    kinds = law.value("us-30d", "component_kinds", at=placed)
    values = incremental_values(facts, kinds.list)
    steps: list[Step] = []
    lacks: list[Missing] = []
    rows: list[tuple[Decimal | None, Fraction, Fraction]] = []
    for one in facts.flat:
        if one.name not in values:
            steps.append(Step("us-30d.components.no-component", {"component": one.name}, law=kinds))
            continue
        value = values[one.name]
        if value is None:
            lacks.append(Missing("us-30d.components.missing.value", {"component": one.name}))
        inside, found = (None, None)
        if one.made_in is not None:
            inside, found = says(law, COUNTRIES, "north_america", placed, one.made_in)
        if inside is None:
            lacks.append(Missing("us-30d.components.missing.made_in", {"component": one.name}))
        rows.append((value, Fraction(inside is True), Fraction(inside is not False)))
        args = {"component": one.name, "country": one.made_in or "?"}
        outcome = Outcome.of(inside)
        steps.append(Step("us-30d.components.one", args, value, "", _subtraction(one, value), found, outcome))
    bounds = weighted(rows)
    if bounds is None:
        return undetermined(REGIME_NAME, name, lacks or [Missing("us-30d.components.missing.none")], steps)
    known = [value for value, _, _ in rows if value is not None]
    if len(known) == len(rows):
        working = " + ".join(f"{value:f}" for value in known)
        steps.append(Step("us-30d.components.sum", {}, sum(known, Decimal(0)), "", working))
    return verdict(name, bounds, law.value("us-30d", "components_share", at=placed), steps, lacks)


def _subtraction(one: Component, value: Decimal | None) -> str:
    if one.value is None or value is None or not one.contains:
        return ""
    return f"{one.value:f} − {one.value - value:f}"


MINERALS_REGIME = Regime("us-30d-minerals", Minerals, test_minerals)
COMPONENTS_REGIME = Regime("us-30d-components", Components, test_components)
