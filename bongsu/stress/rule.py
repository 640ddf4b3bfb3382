"""A branch that changes the law: another network, planned with the builds of the plan held.

Other law is not a change of figures: content rules give plants twin processes, bans take lanes away. So the chain is stated anew
under the law of the branch, and what was decided (builds, openings, closures) is carried over by its name and fixed. Whoever asks
gives the network under other law through a door (:data:`Door`), as the law is read outside this room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bongsu.chain.change import apply
from bongsu.chain.network import Network, case_schema
from bongsu.plan import Model, Plan, compile_network, solve
from bongsu.stress.disruption import BadDisruption, Branch, Ground, Rule, resolve
from bongsu.stress.recourse import decided

#: Gives the network of the case under the law of the plan with a rule changed.
Door = Callable[[Rule], Network]
#: A build smaller than this (natural units, relative to one) is rounding.
_NONE = 1e-6


@dataclass(frozen=True, eq=False)
class Ruled:
    """The plans of a branch that changes the law.

    Attributes:
        network: the chain under it, with the branch's other blows.
        held: its plan with the builds of the plan asked about; free: with builds of its own.
    """

    network: Network
    held: Plan
    free: Plan


def ruled(branch: Branch, ground: Ground, plan: Plan, door: Door | None) -> Ruled:
    """The plans of a branch that changes the law.

    Args:
        branch: its rule and its hits.
        ground: the facts behind the network of the plan.
        plan: whose builds are held.
        door: gives the network under other law; None where there is none, as for a case folder.

    Raises:
        BadDisruption: there is no door, the builds of the plan have no place under the other law, or a hit strikes nothing.
    """
    if branch.rule is None or door is None:
        raise BadDisruption("law can only be changed for a case of the data pack that is planned under law")
    network = door(branch.rule)
    if not branch.hits and _same_figures(network, ground.network):
        # Another optimum of the same network would name plants that lose nothing by the law.
        return Ruled(network, plan, plan)
    if branch.hits:
        under = solve(with_builds(compile_network(network), plan))
        network = apply(network, resolve(branch, replace(ground, network=network), under))
    model = compile_network(network)
    return Ruled(network, solve(with_builds(model, plan)), solve(model))


def _same_figures(one: Network, other: Network) -> bool:
    """Whether two networks ask for the same plan: everything but the facts behind their rows is the same."""
    return all(
        one[name].drop("facts", strict=False).equals(other[name].drop("facts", strict=False)) for name in case_schema()
    )


def with_builds(model: Model, plan: Plan) -> Model:
    """A model in which everything that a plan decided before anything happens is fixed, by name, at what the plan decided.

    Raises:
        BadDisruption: the model has no column for something that the plan builds.
    """
    own = plan.model
    told = {own.column_name(int(k)): float(plan.values[k]) for k in decided(own)}
    lower, upper = model.lower.copy(), model.upper.copy()
    for k in decided(model).tolist():
        value = told.pop(model.column_name(k), 0.0) / model.column_scale[k]
        lower[k] = upper[k] = float(np.clip(value, model.lower[k], model.upper[k]))
    lost = [name for name, value in told.items() if value > _NONE]
    if lost:
        raise BadDisruption(
            f"{lost[0]} is in the plan and cannot be built under the other law; ask for a new plan instead"
        )
    return replace(model, lower=lower, upper=upper)
