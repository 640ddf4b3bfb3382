"""Who knows what when: the columns of a scenario's plan that are decided before the scenario is known.

The plans of the scenarios are compiled one by one, in the same scales. What is decided before a scenario is known is the *trunk*:
scenarios that share it have one column for it, so that no row has to hold copies of it equal. The rest is the scenario's own.

    trunk(s) = columns of the first stage  ∪  columns decided before period reveal(s)

The first stage are families of variables, whole or single members of them. ``reveal(s)`` is 0 where scenarios are known at once
after the first stage; the period given, where one is; and the first period in which the scenario differs from the plan as it
stands, where each shows as it comes. New capacity is decided its lead time before it is first used, everything else in its period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.chain.change import Scenario, apply
from bongsu.chain.network import Network
from bongsu.plan import Model, blocks, compile_network
from bongsu.plan.arrays import Arrays, Bools, Ints

#: What is decided first unless a case says otherwise.
CAPACITY = ("build", "open_unit", "retire", "open_corridor")
#: Scenarios are known right after the first stage; or each shows in the first period that it changes.
AT_ONCE, AS_IT_COMES = "at once", "as it comes"

_FAMILIES = tuple(module.FAMILY for module in blocks.VARIABLES)
Keys = npt.NDArray[np.int64]


class NotStated(ValueError):
    """A question about uncertainty that the case or the request does not state well enough."""


@dataclass(frozen=True)
class FirstStage:
    """What is decided before it is known which scenario comes.

    Attributes:
        families: families of variables, each whole (``build``) or one member (``make:grow_wheat``).
        known: ``at once`` (after the first stage), ``as it comes`` (each scenario in the first period that it changes), or a period
            before which nobody knows.
    """

    families: tuple[str, ...] = CAPACITY
    known: str = AT_ONCE

    @classmethod
    def of(cls, network: Network, known: str = AT_ONCE) -> FirstStage:
        """As the table ``first_stage`` of the case says; without rows, new capacity, closures and corridors."""
        rows = network["first_stage"].select("family", "of").iter_rows()
        stated = tuple(family if of is None else f"{family}:{of}" for family, of in rows)
        return cls(stated or CAPACITY, known)


@dataclass(frozen=True)
class Branch:
    """The plan of one scenario.

    Attributes:
        name, weight: of the scenario; weights of all branches add up to one.
        model: compiled, in the scales that all branches share.
        first: columns of the first stage.
        trunk: columns decided before the scenario is known, those of the first stage among them.
        keys: identity of each column in every branch, shape (columns, 4).
    """

    name: str
    weight: float
    model: Model
    first: Bools
    trunk: Bools
    keys: Keys


def branches(network: Network, scenarios: Sequence[Scenario], stage: FirstStage) -> tuple[Branch, ...]:
    """The plans of all scenarios of a network.

    Raises:
        NotStated: there is no scenario, or the first stage names what the plan does not have.
        BadChange: a change cannot be made.
    """
    if not scenarios:
        raise NotStated("there are no scenarios; state them in scenarios.csv and scenario_events.csv")
    base = compile_network(network)
    total = sum(one.weight for one in scenarios)
    if total <= 0 or min(one.weight for one in scenarios) < 0:
        raise NotStated("the weights of the scenarios must not be negative and not all zero")
    made = []
    for one in scenarios:
        model = compile_network(apply(network, one.changes), like=base) if one.changes else base
        made.append(branch(model, one.name, one.weight / total, stage, reveal(network, one, stage.known)))
    return tuple(made)


def branch(model: Model, name: str, weight: float, stage: FirstStage, known_from: int = 0) -> Branch:
    """One scenario with what is decided before it is known."""
    first = first_columns(model, stage.families)
    trunk = first if known_from == 0 else first | (decided(model) < known_from)
    return Branch(name, weight, model, first, trunk, column_keys(model))


def reveal(network: Network, scenario: Scenario, known: str) -> int:
    """Period from which a scenario is known.

    Raises:
        NotStated: ``known`` is neither a way of knowing nor a period of the network.
    """
    periods = network["periods"]["period"].to_list()
    if known == AT_ONCE:
        return 0
    if known == AS_IT_COMES:
        hit = [change for change in scenario.changes if change.value is not None or change.factor != 1.0]
        return min(
            (0 if change.period is None else periods.index(change.period) for change in hit), default=len(periods)
        )
    if known not in periods:
        raise NotStated(f"{known!r} is neither '{AT_ONCE}', '{AS_IT_COMES}' nor a period of the case")
    return periods.index(known)


def first_columns(model: Model, families: Sequence[str]) -> Bools:
    """Columns of the families, or of single members of them.

    Raises:
        NotStated: there is no such family, or no such member of it.
    """
    chosen = np.zeros(model.shape[1], dtype=bool)
    for said in families:
        name, _, member = said.partition(":")
        if name not in _FAMILIES:
            raise NotStated(f"first_stage: {name!r} is no family of variables; use one of {', '.join(_FAMILIES)}")
        family = model.variables[name]
        if not member:
            chosen[family.span] = True
            continue
        kind = next(kind for kind in family.keys if kind != "period")
        names = model.arrays.net[kind][model.arrays.net[kind].columns[0]].gather(family.keys[kind])
        own = (names == member).to_numpy()
        if not own.any():
            raise NotStated(f"first_stage: there is no {member!r} in {kind}")
        chosen[family.span] |= own
    return chosen


def decided(model: Model) -> Ints:
    """Period in which each column is decided."""
    when = np.zeros(model.shape[1], dtype=np.int32)
    a = model.arrays
    lead = a.net["options"]["lead_time"].fill_null(0).to_numpy().astype(np.int32)
    for name, family in model.variables.items():
        if "period" in family.keys:
            when[family.span] = family.keys["period"]
        if name in ("build", "open_unit"):
            when[family.span] -= lead[family.keys["options"]]
    return when


def column_keys(model: Model) -> Keys:
    """What each column is, in numbers that mean the same in every branch: family, member (two numbers), period."""
    keys = np.full((model.shape[1], 4), -1, dtype=np.int64)
    for name, family in model.variables.items():
        own = keys[family.span]
        own[:, 0] = _FAMILIES.index(name)
        kinds = [kind for kind in family.keys if kind != "period"]
        for at, kind in enumerate(kinds):
            own[:, 1 + at] = _entity(model.arrays, kind)[family.keys[kind]]
        if "period" in family.keys:
            own[:, 3] = family.keys["period"]
    return keys


def _entity(a: Arrays, kind: str) -> Ints:
    """Number of the member that each row of a table is about: several rows of one offer are one member."""
    if kind in ("supplies", "demands", "contracts", "shares"):
        return a._ids(kind)
    return np.arange(a.net[kind].height, dtype=np.int32)


def numbered(*keys: Keys) -> tuple[Ints, ...]:
    """Numbers of the keys, the same for the same key everywhere, in order of family, member and period."""
    if all(one.shape == keys[0].shape and (one == keys[0]).all() for one in keys[1:]):
        order = np.lexsort(keys[0].T[::-1])
        number = np.empty(order.size, dtype=np.int32)
        number[order] = np.arange(order.size, dtype=np.int32)
        return (number,) * len(keys)
    _, inverse = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    ends = np.cumsum([one.shape[0] for one in keys])[:-1]
    return tuple(part.astype(np.int32) for part in np.split(inverse.reshape(-1), ends))
