"""Which builds are right whatever comes: always in, always out, or it depends.

For every option (and every corridor with a fixed cost) and every scenario s, planned by itself at the cost F_s:

    out(s)  =  F_s with the option left out  -  F_s          what doing without it costs
    in(s)   =  F_s with the option forced in  -  F_s         what insisting on it costs

Both are zero or more. A cost counts where it is above the tolerance, a share of |F_s|; plans within it are taken as equally good.

    always    leaving it out costs more than the tolerance in every scenario
    never     forcing it in costs more than the tolerance in every scenario, and no amount of it is for nothing in any
    free      neither does in any scenario: it may be in or out
    depends   the rest

Forced in means at least one unit of an option in whole units, the corridor opened, and of a continuous option at least its size:
the least that any plan builds of it, else its smallest size, else the most that may be built. Whether some amount of it is for
nothing is told by its reduced costs; without a size they alone decide.

Not everything has to be solved again: an option that the plan of a scenario does not build costs nothing to leave out, one that it
builds to its size nothing to force in, and a reduced cost times the size bounds what forcing costs from below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import highspy
import numpy as np
import polars as pl

from bongsu.plan import Model, Options
from bongsu.plan.arrays import Floats, Ints
from bongsu.stress.scenario import Recourse, ScenarioSolver, natural
from bongsu.stress.stages import Branch
from bongsu.stress.uncertain import Uncertain

Verdict = Literal["always", "never", "free", "depends"]
#: Plans that cost at most this share more count as equally good, as in the range of the headline share.
TOLERANCE = 1e-4
#: HiGHS: price dual simplex by Devex weights.
_DEVEX = 1
#: Amounts below this share of what may be built are no build.
_NONE = 1e-9


@dataclass(frozen=True)
class Choice:
    """What becomes of one option under uncertainty.

    Attributes:
        option: identifier of the option or corridor.
        kind: ``option`` or ``corridor``.
        verdict: see the module.
        planned: what the stochastic plan builds of it over all periods, natural units (units of a corridor: 0 or 1).
        alone: the same in the plan of each scenario by itself.
        size: what is forced in: one unit of what comes in whole units, otherwise natural units; None where it has no size.
        out: what leaving it out costs in each scenario, natural money.
        into: what forcing it in costs in each scenario, or a proven lower bound above the tolerance; None where it has no size.
    """

    option: str
    kind: str
    verdict: Verdict
    planned: float
    alone: Mapping[str, float]
    size: float | None
    out: Mapping[str, float]
    into: Mapping[str, float | None]


def choices(found: Uncertain, tolerance: float = TOLERANCE, options: Options | None = None) -> tuple[Choice, ...]:
    """The options of a plan under uncertainty, in the order of the case.

    Args:
        found: the plan; it has to be optimal or feasible.
        tolerance: share of a scenario's cost.
        options: how to solve; ``stop`` ends the search early.

    Raises:
        ValueError: there is no plan.
    """
    if found.status not in ("optimal", "feasible"):
        raise ValueError(f"a plan that is {found.status} has no builds to judge")
    options = replace(options or Options(), progress=None)
    groups = [_groups(one.model) for one in found.branches]
    planned = _built(found.branches[0].model, groups[0], found.values[0] / found.branches[0].model.column_scale)
    alone = [
        _built(one.model, group, said.values)
        for one, group, said in zip(found.branches, groups, found.alone, strict=True)
    ]
    sizes = _sizes(found.branches[0].model, groups[0], [planned, *alone])
    judged = [
        _judge(one, group, own, sizes, tolerance, options)
        for one, group, own in zip(found.branches, groups, alone, strict=True)
    ]
    names = [one.name for one in found.branches]
    costs = [abs(one.alone) for one in found.scenarios]
    result = []
    for at, group in enumerate(groups[0]):
        out = {name: said.out[at] for name, said in zip(names, judged, strict=True)}
        into = {name: said.into[at] for name, said in zip(names, judged, strict=True)}
        dear = [said.dear[at] for said in judged]
        limits = [tolerance * cost for cost in costs]
        result.append(
            Choice(
                option=group.name,
                kind=group.kind,
                verdict=_verdict(list(out.values()), list(into.values()), dear, limits),
                planned=float(planned[at]),
                alone={name: float(own[at]) for name, own in zip(names, alone, strict=True)},
                size=None if np.isnan(sizes[at]) else float(sizes[at]),
                out=out,
                into=into,
            )
        )
    return tuple(result)


def table(found: Sequence[Choice]) -> pl.DataFrame:
    """The choices as a frame: option, kind, verdict, planned, size, and for each scenario what is built, what out and in cost."""
    rows = [
        {"option": one.option, "kind": one.kind, "verdict": one.verdict, "planned": one.planned, "size": one.size}
        | {f"in:{name}": value for name, value in one.alone.items()}
        | {f"out_costs:{name}": value for name, value in one.out.items()}
        | {f"in_costs:{name}": value for name, value in one.into.items()}
        for one in found
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


@dataclass(frozen=True)
class _Group:
    """One option in one model: its columns of size and of whole units."""

    name: str
    kind: str
    amount: Ints
    units: Ints
    least: float
    most: float


@dataclass
class _Judged:
    """Costs of all options in one scenario; ``dear``: whether any amount costs more (by reduced costs, where there are any)."""

    out: list[float] = field(default_factory=list)
    into: list[float | None] = field(default_factory=list)
    dear: list[bool] = field(default_factory=list)


def _groups(model: Model) -> list[_Group]:
    a = model.arrays
    build, units = model.variables["build"], model.variables["open_unit"]
    least, most = a.option("min_size"), np.minimum(a.option("max_size", np.inf), a.option("max_total", np.inf))
    groups = [
        _Group(
            name,
            "option",
            (build.start + np.flatnonzero(build.keys["options"] == at)).astype(np.int32),
            (units.start + np.flatnonzero(units.keys["options"] == at)).astype(np.int32),
            float(least[at]),
            float(most[at]),
        )
        for at, name in enumerate(a.ids("options"))
    ]
    opened = model.variables["open_corridor"]
    names = a.ids("corridors")
    for at, corridor in enumerate(opened.keys["corridors"].tolist()):
        column = np.array([opened.start + at], dtype=np.int32)
        groups.append(_Group(names[corridor], "corridor", column, column, 1.0, 1.0))
    return groups


def _built(model: Model, groups: Sequence[_Group], values: Floats) -> Floats:
    """What is built of each option over all periods, natural units."""
    amounts = natural(model, values)
    return np.array([float(amounts[group.amount].sum()) for group in groups])


def _sizes(model: Model, groups: Sequence[_Group], built: Sequence[Floats]) -> Floats:
    """What is forced in of each option; not-a-number where it has no size."""
    sizes = np.full(len(groups), np.nan)
    for at, group in enumerate(groups):
        some = [float(own[at]) for own in built if own[at] > _NONE]
        if group.units.size:
            sizes[at] = 1.0
        elif some:
            sizes[at] = min(some)
        elif group.least > 0:
            sizes[at] = group.least
        elif np.isfinite(group.most):
            sizes[at] = group.most
    return sizes


def _judge(
    one: Branch, groups: Sequence[_Group], built: Floats, sizes: Floats, tolerance: float, options: Options
) -> _Judged:
    """Costs of leaving out and forcing in, option by option, on one solver."""
    solver = ScenarioSolver(one.model, options)
    best = solver.alone()
    trial = _Trial(solver, best)
    limit = tolerance * abs(best.cost)
    judged = _Judged()
    for at, group in enumerate(groups):
        none = not group.amount.size or (options.stop is not None and options.stop())
        judged.out.append(0.0 if none or built[at] <= _NONE else trial.without(group))
        reduced = best.answer.column_duals[group.amount] * one.model.money / one.model.column_scale[group.amount]
        priced = solver.solver.relaxed
        dearest = float(reduced.min(initial=np.inf)) if priced else 0.0
        judged.dear.append(bool(built[at] <= _NONE and (dearest > 0 or not priced) and not none))
        if none or np.isnan(sizes[at]):
            judged.into.append(None if np.isnan(sizes[at]) else 0.0)
        elif (best.values[group.units].sum() if group.units.size else built[at]) >= sizes[at] * (1.0 - 1e-6):
            judged.into.append(0.0)
        elif not group.units.size and dearest * sizes[at] > limit:
            judged.into.append(dearest * sizes[at])
        else:
            judged.into.append(trial.forced(group, float(sizes[at])))
    return judged


class _Trial:
    """One scenario, with one option left out or forced in at a time."""

    def __init__(self, solver: ScenarioSolver, best: Recourse) -> None:
        self.model, self.solver, self.best = solver.model, solver.solver, best
        self.basis = None if not self.solver.relaxed else self.solver.highs.getBasis()
        # Steepest-edge weights of a given basis would be worked out anew for each trial, at the price of most of it.
        self.solver.highs.setOptionValue("simplex_dual_edge_weight_strategy", _DEVEX)

    def _reset(self) -> None:
        """Forget the last trial: answers do not depend on the order of the questions."""
        if self.basis is not None:
            self.solver.highs.clearSolver()
            self.solver.highs.setBasis(self.basis)

    def without(self, group: _Group) -> float:
        """What leaving an option out costs."""
        self._reset()
        columns = np.unique(np.concatenate([group.amount, group.units])).astype(np.int32)
        nothing = np.zeros(columns.size)
        self.solver.set_bounds(columns, nothing, nothing)
        cost = self._cost()
        self.solver.set_bounds(columns, self.model.lower[columns], self.model.upper[columns])
        return cost

    def forced(self, group: _Group, size: float) -> float:
        """What forcing an option in costs."""
        self._reset()
        highs, m = self.solver.highs, self.model
        columns = group.units if group.units.size else group.amount
        if group.units.size:
            value, least = np.ones(columns.size), 1.0
        else:
            value, least = m.column_scale[columns], size
            # In the unit of the first column, as the solver likes it.
            value, least = value / value[0], least / float(m.column_scale[columns[0]])
        highs.addRow(least, highspy.kHighsInf, columns.size, columns.astype(np.int32), value)
        cost = self._cost()
        highs.deleteRows(1, np.array([m.shape[0]], dtype=np.int32))
        return cost

    def _cost(self) -> float:
        """What the change costs; infinite where it leaves no plan."""
        answer = self.solver.solve()
        if answer.status == "infeasible":
            return float("inf")
        if answer.status not in ("optimal", "feasible"):
            return float("nan")
        return max(0.0, answer.objective * self.model.money - self.best.cost)


def _verdict(
    out: Sequence[float], into: Sequence[float | None], dear: Sequence[bool], limits: Sequence[float]
) -> Verdict:
    needed = [cost > limit for cost, limit in zip(out, limits, strict=True)]
    if all(needed):
        return "always"
    if any(cost is None for cost in into):
        return "never" if all(dear) else ("depends" if any(needed) else "free")
    unwanted = [cost is not None and cost > limit for cost, limit in zip(into, limits, strict=True)]
    if all(unwanted) and all(dear):
        return "never"
    unwanted = [yes and no for yes, no in zip(unwanted, dear, strict=True)]
    return "depends" if any(needed) or any(unwanted) else "free"
