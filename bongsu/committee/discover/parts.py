"""Of what a value consists, and which demand stands behind a penalty that is avoided.

    value = cost saved + penalty for unmet demand avoided + duties saved and credits earned

Each part is the plan without the project less the plan with it. A penalty only ranks shortage: it has to be above every cost and is
no price that anybody pays. A value that is mostly penalty says that demand is served, not how much that is worth, so the demand is
named with what goes unserved without and with the project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from bongsu.answers.figure import Facts, Node
from bongsu.atlas import Atlas
from bongsu.committee.discover.resolve import Resolver, Solved
from bongsu.plan.arrays import Floats

#: A penalty below this share of the cost of the plan is nothing: the tolerance to which plans are solved.
NOISE = 1e-8
#: A value of which the penalty avoided is more than this share is mostly penalty.
MOSTLY = 0.5


@dataclass(frozen=True)
class Unserved:
    """A demand that goes unserved in one of two plans.

    Attributes:
        item, place, unit: which, and in what it is counted.
        without, with_: what goes unserved over all years without and with the project.
        free: and in the plan of the case, in which the project's process may be built as the case allows.
        penalty: money of the case per unit, the mean over what goes unserved.
        avoided: penalty avoided, present money.
        facts: lines behind the demand and its penalty.
    """

    item: str
    place: str
    unit: str
    without: float
    with_: float
    free: float
    penalty: float
    avoided: float
    facts: str

    def trust(self, atlas: Atlas) -> str | None:
        """Weakest confidence of its penalty; None where no fact is behind it."""
        refs = " ".join(ref for ref in self.facts.split() if ref.startswith("shortage_prices:"))
        nodes = Facts(atlas).nodes(refs)
        return Node({}, None, children=nodes).weakest if nodes else None


@dataclass(frozen=True)
class Parts:
    """A value and of what it consists, present money.

    Attributes:
        without, with_: cost of the two plans.
        cost_saved, unmet_avoided, compliance: the parts; they add up to the value.
        unserved: demand that goes unserved in one of the plans, the weightiest first.
    """

    without: float
    with_: float
    cost_saved: float
    unmet_avoided: float
    compliance: float
    unserved: tuple[Unserved, ...] = ()

    @property
    def value(self) -> float:
        """Cost without less cost with."""
        return self.without - self.with_

    @property
    def mostly_penalty(self) -> bool:
        """Whether there is a value and more than half of it is penalty that is avoided."""
        return self.value > 0 and self.unmet_avoided > max(MOSTLY * self.value, NOISE * abs(self.without))

    @classmethod
    def of(cls, resolver: Resolver, without: Solved, with_: Solved) -> Parts:
        """The parts of a value, by the two plans behind it."""
        return cls(
            without.cost,
            with_.cost,
            without.real - with_.real,
            without.unmet - with_.unmet,
            without.law - with_.law,
            unserved(resolver, without, with_),
        )


def unserved(resolver: Resolver, without: Solved, with_: Solved) -> tuple[Unserved, ...]:
    """Demand that goes unserved in one of two plans by more than plans are solved to, by item and place."""
    m = resolver.model
    short = m.variables.get("short")
    noise = NOISE * abs(resolver.base.cost)
    if short is None or not len(short) or max(without.unmet, with_.unmet) <= noise:
        return ()
    a = m.arrays
    units = dict(a.net["items"].select("item", "unit").iter_rows())
    rows = a.net["demands"].select("item", "place", "facts").to_dicts()
    present: Floats = m.cost[short.span] * m.money / m.column_scale[short.span]
    penalty = present / a.weight[short.keys["period"]]
    years = a.net["periods"]["years"].to_numpy()[short.keys["period"]]
    amounts = [resolver.values(plan)[short.span] for plan in (without, with_, resolver.base)]
    at: dict[tuple[str, str], list[int]] = {}
    for position, row in enumerate(short.keys["demands"].tolist()):
        if max(float(amounts[0][position]), float(amounts[1][position])) * present[position] > noise:
            at.setdefault((rows[row]["item"], rows[row]["place"]), []).append(position)
    found = []
    for (item, place), positions in at.items():
        own = np.array(positions)
        one, two, free = (float(amount[own] @ years[own]) for amount in amounts)
        weight = (amounts[0] + amounts[1])[own] * years[own]
        facts = " ".join(str(rows[row]["facts"] or "") for row in short.keys["demands"][own].tolist())
        found.append(
            Unserved(
                item,
                place,
                str(units[item]),
                one,
                two,
                free,
                float(penalty[own] @ weight / weight.sum()),
                float(present[own] @ (amounts[0] - amounts[1])[own]),
                " ".join(dict.fromkeys(facts.split())),
            )
        )
    return tuple(sorted(found, key=lambda u: (-abs(u.avoided), u.item, u.place)))


def unserved_table(atlas: Atlas, parts: Mapping[tuple[str, str], Parts | None]) -> pl.DataFrame:
    """Demand that goes unserved without or with a project, by project and case.

    ``without``, ``with`` and ``free`` (in the plan of the case) over all years, in the ``unit`` of the item; ``penalty`` a unit,
    ``avoided`` in present money, and the ``confidence`` of the penalty.
    """
    rows = [
        {
            "project": project,
            "case": case,
            "item": one.item,
            "place": one.place,
            "unit": one.unit,
            "without": one.without,
            "with": one.with_,
            "free": one.free,
            "penalty": one.penalty,
            "avoided": one.avoided,
            "confidence": one.trust(atlas),
        }
        for (project, case), own in parts.items()
        if own is not None
        for one in own.unserved
    ]
    text: Sequence[str] = ("project", "case", "item", "place", "unit", "confidence")
    columns = (
        "project",
        "case",
        "item",
        "place",
        "unit",
        "without",
        "with",
        "free",
        "penalty",
        "avoided",
        "confidence",
    )
    return pl.DataFrame(rows, schema={name: pl.String if name in text else pl.Float64 for name in columns})
