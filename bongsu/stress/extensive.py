"""The extensive form: the plans of all scenarios as one model.

    min  (1 - λ) · Σ_s p(s) · cost(s)  +  λ · ( η + Σ_s p(s) · excess(s) / (1 - α) )
    excess(s)  >=  cost(s) - η,        excess(s) >= 0,        and the plan of every scenario s

Columns of the trunk (see :mod:`bongsu.stress.stages`) stand once, whatever number of scenarios share them, so that what is
decided before a scenario is known cannot depend on it; their bounds are those that hold in all of these scenarios. Rows that
speak of the trunk alone and say the same in several scenarios stand once. Without risk weight the rows of excess are left out.

Source of the risk term: Rockafellar and Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2 (2000): at the
optimum η is a value at risk and the bracket the conditional value at risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from bongsu.plan import Model
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.stress.stages import Branch, NotStated, numbered


@dataclass(frozen=True)
class Switch:
    """Something bought once for all scenarios that opens limits: a share from 0 (not bought) to 1 (bought), or whole.

    Attributes:
        name: of the measure.
        cost: present money (natural) for all of it, in every scenario.
        whole: whether it is bought as a whole or not at all.
        columns: for each branch the columns whose upper bound it raises, and by how much (solver units).
        rows: for each branch the rows whose upper right-hand side it raises, and by how much.
    """

    name: str
    cost: float
    whole: bool
    columns: tuple[tuple[Ints, Floats], ...]
    rows: tuple[tuple[Ints, Floats], ...]


@dataclass(frozen=True)
class Joint:
    """All scenarios as one model.

    Attributes:
        model: without families; its columns are the trunk, then each scenario's own, then switches, η and the excesses.
        branches: the scenarios.
        place: for each branch the column of the joint model that each of its columns is.
        trunk: number of columns of the trunk, which come first.
        first: which columns of the trunk are of the first stage.
        switches: columns of the switches, in their order.
    """

    model: Model
    branches: tuple[Branch, ...]
    place: tuple[Ints, ...]
    trunk: int
    first: Bools
    switches: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def values(self, branch: int, values: Floats) -> Floats:
        """Values of the columns of one branch, of those of the joint model (solver units)."""
        return values[self.place[branch]]


@dataclass(frozen=True)
class Trunk:
    """The shared columns.

    Attributes:
        place: for each branch the position of each of its columns in the trunk, -1 where the column is its own.
        lower, upper: bounds that hold in all branches, solver units.
        integer, first: as of the branches.
        barred: for each branch the columns that it would decide before it is known but that another branch does not have; they
            stay at zero.
    """

    place: tuple[Ints, ...]
    lower: Floats
    upper: Floats
    integer: Bools
    first: Bools
    barred: tuple[Ints, ...]

    @property
    def size(self) -> int:
        """Number of shared columns."""
        return self.lower.size


def trunk_of(branches: Sequence[Branch]) -> Trunk:
    """Columns that branches share."""
    numbers = numbered(*(one.keys for one in branches))
    count = 1 + max((int(n.max(initial=-1)) for n in numbers), default=-1)
    sharing, having = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    for one, number in zip(branches, numbers, strict=True):
        sharing[number[one.trunk]] += 1
        having[number] += 1
    # What some branch decides early must exist in every branch that is not yet known by then.
    shared = (sharing > 0) & (having == len(branches))
    place_of = np.where(shared, np.cumsum(shared) - 1, -1).astype(np.int32)
    size = int(shared.sum())
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    integer, first = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    place, barred = [], []
    for one, number in zip(branches, numbers, strict=True):
        at = np.where(one.trunk, place_of[number], -1)
        own = at >= 0
        np.maximum.at(lower, at[own], one.model.lower[own])
        np.minimum.at(upper, at[own], one.model.upper[own])
        integer[at[own]] |= one.model.integer[own]
        first[at[own]] |= one.first[own]
        place.append(at.astype(np.int32))
        barred.append(np.flatnonzero(one.trunk & (at < 0)).astype(np.int32))
    return Trunk(tuple(place), lower, upper, integer, first, tuple(barred))


def spread(values: Floats, place: Ints) -> Floats:
    """Values of the trunk at the columns of a branch; zero where a column is its own."""
    own = np.zeros(place.size)
    own[place >= 0] = values[place[place >= 0]]
    return own


def join(
    branches: Sequence[Branch],
    risk_weight: float = 0.0,
    alpha: float = 0.95,
    size: float = 1.0,
    switches: Sequence[Switch] = (),
) -> Joint:
    """The extensive form.

    Args:
        branches: the scenarios, in one scale.
        risk_weight: λ, from 0 (expected cost alone) to 1 (conditional value at risk alone).
        alpha: level of the conditional value at risk, from 0 to 1.
        size: rough size of the cost of a scenario, natural money, for the scale of η.
        switches: measures to be decided in the trunk.
    """
    check_risk(risk_weight, alpha)
    trunk = trunk_of(branches)
    models = [one.model for one in branches]
    base = models[0]
    place, ends = _places(trunk, models)
    count = ends[-1]
    lower, upper = np.empty(count), np.empty(count)
    cost, scale = np.zeros(count), np.empty(count)
    integer = np.zeros(count, dtype=bool)
    for one, at, bar in zip(branches, place, trunk.barred, strict=True):
        model, mean = one.model, one.weight * (1.0 - risk_weight)
        lower[at], upper[at] = model.lower, model.upper
        upper[at[bar]] = np.maximum(lower[at[bar]], 0.0)
        scale[at], integer[at] = model.column_scale, model.integer
        np.add.at(cost, at, mean * model.cost)
    lower[: trunk.size], upper[: trunk.size], integer[: trunk.size] = trunk.lower, trunk.upper, trunk.integer
    rows = [_rows(branches, place, trunk.size, count, whole=bool(switches))]
    switched = np.arange(count, count + len(switches), dtype=np.int32)
    if switches:
        rows = [_with_switches(rows[0], branches, place, switches, count)]
        bought = np.array([one.cost for one in switches]) / base.money
        lower, upper = np.append(lower, np.zeros(len(switches))), np.append(upper, np.ones(len(switches)))
        cost, scale = np.append(cost, (1.0 - risk_weight) * bought), np.append(scale, np.ones(len(switches)))
        integer = np.append(integer, [one.whole for one in switches])
    else:
        bought = np.zeros(0)
    if risk_weight > 0.0:
        unit = money_unit(size, base.money)
        rows.append(_excess(branches, place, lower.size, unit, switched, bought))
        many = len(branches)
        tail = np.array([one.weight for one in branches]) / (1.0 - alpha) if alpha < 1.0 else np.zeros(many)
        lower = np.concatenate([lower, [-np.inf], np.zeros(many)])
        upper = np.concatenate([upper, [np.inf], np.full(many, np.inf if alpha < 1.0 else 0.0)])
        cost = np.concatenate([cost, risk_weight * unit * np.concatenate([[1.0], tail])])
        scale = np.concatenate([scale, np.full(1 + many, unit * base.money)])
        integer = np.concatenate([integer, np.zeros(1 + many, dtype=bool)])
    # Probabilities make costs small; in money of so many scenarios they keep the size that the solver likes.
    worth = float(np.exp2(np.round(np.log2(len(branches)))))
    offset = (1.0 - risk_weight) * sum(one.weight * one.model.offset for one in branches)
    matrix, row_lower, row_upper, row_scale = _stacked(rows, lower.size)
    model = Model(
        arrays=base.arrays,
        variables={},
        constraints={},
        cost=cost * worth,
        lower=lower,
        upper=upper,
        row_lower=row_lower,
        row_upper=row_upper,
        matrix=matrix,
        integer=integer,
        scales=base.scales,
        column_scale=scale,
        row_scale=row_scale,
        money=base.money / worth,
        offset=offset,
    )
    return Joint(model, tuple(branches), tuple(place), trunk.size, trunk.first, switched)


def check_risk(risk_weight: float, alpha: float) -> None:
    """Refuse a risk weight or level outside 0 to 1.

    Raises:
        NotStated: one of them is.
    """
    if not 0.0 <= risk_weight <= 1.0:
        raise NotStated(f"the risk weight is {risk_weight:g}; give a number from 0 to 1")
    if not 0.0 <= alpha <= 1.0:
        raise NotStated(f"alpha is {alpha:g}; give a level from 0 to 1, such as 0.95")


def money_unit(size: float, money: float) -> float:
    """Unit of the cost of a scenario, in solver money: half way, by logarithm, between one coefficient and the whole cost."""
    return float(np.exp2(np.round(np.log2(max(abs(size) / money / 64.0, 1.0)) / 2.0)))


@dataclass(frozen=True)
class _Part:
    """Rows with their entries: position of the row in the part, joint column, value."""

    row: Ints
    column: Ints
    value: Floats
    lower: Floats
    upper: Floats
    scale: Floats


def _places(trunk: Trunk, models: Sequence[Model]) -> tuple[list[Ints], list[int]]:
    """Joint column of each column of each branch, and where the own columns of each branch end."""
    place, ends = [], [trunk.size]
    for at, model in zip(trunk.place, models, strict=True):
        own = at < 0
        joint = at.copy()
        joint[own] = ends[-1] + np.arange(int(own.sum()), dtype=np.int32)
        place.append(joint)
        ends.append(ends[-1] + int(own.sum()))
        assert joint.size == model.shape[1]
    return place, ends


def _rows(branches: Sequence[Branch], place: Sequence[Ints], trunk: int, count: int, whole: bool) -> _Part:
    """Rows of all branches one after the other; unless ``whole``, without those that repeat a row of the trunk."""
    reference = max(range(len(branches)), key=lambda s: int(branches[s].trunk.sum()))
    told = _in_joint(branches[reference], place[reference], count)
    parts, at = [], 0
    for s, one in enumerate(branches):
        model, matrix = one.model, _in_joint(one, place[s], count)
        keep = np.ones(model.shape[0], dtype=bool)
        if not whole and s != reference and matrix.shape == told.shape:
            keep = ~_repeats(model, matrix, branches[reference].model, told, trunk)
        kept = matrix[keep].tocoo()
        parts.append(
            _Part(
                (kept.row + at).astype(np.int32),
                kept.col.astype(np.int32),
                kept.data,
                model.row_lower[keep],
                model.row_upper[keep],
                model.row_scale[keep],
            )
        )
        at += int(keep.sum())
    return _Part(
        *(
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("row", "column", "value", "lower", "upper", "scale")
        )
    )


def _in_joint(one: Branch, place: Ints, count: int) -> sparse.csr_array:
    entries = one.model.matrix.tocoo()
    placed = sparse.coo_array((entries.data, (entries.row, place[entries.col])), shape=(one.model.shape[0], count))
    return placed.tocsr()


def _repeats(model: Model, matrix: sparse.csr_array, other: Model, told: sparse.csr_array, trunk: int) -> Bools:
    """Rows that speak of the trunk alone and say what the same row of another branch says."""
    same = (model.row_lower == other.row_lower) & (model.row_upper == other.row_upper)
    own = sparse.coo_array(matrix[:, trunk:])
    same[own.row] = False
    apart = (matrix - told).tocoo()
    same[apart.row[apart.data != 0]] = False
    same[np.diff(matrix.indptr) == 0] = False
    return np.asarray(same, dtype=bool)


def _with_switches(
    rows: _Part, branches: Sequence[Branch], place: Sequence[Ints], switches: Sequence[Switch], count: int
) -> _Part:
    """Limits that a switch raises: its share of the raise joins the row, or a row of its own where a bound was raised.

    Rows of the branches stand in their order, none left out; bounds of the columns are those with everything bought.
    """
    starts = np.cumsum([0, *(one.model.shape[0] for one in branches)])
    row, column, value = [rows.row], [rows.column], [rows.value]
    upper = rows.upper.copy()
    more_upper, more_scale = [], []
    at = rows.lower.size
    for z, switch in enumerate(switches):
        for s, one in enumerate(branches):
            raised, by = switch.rows[s]
            where = (raised + starts[s]).astype(np.int32)
            row.append(where)
            column.append(np.full(where.size, count + z, dtype=np.int32))
            value.append(-by)
            upper[where] -= by
            opened, most = switch.columns[s]
            own = np.arange(at, at + opened.size, dtype=np.int32)
            row += [own, own]
            column += [place[s][opened], np.full(opened.size, count + z, dtype=np.int32)]
            value += [np.ones(opened.size), -most]
            more_upper.append(one.model.upper[opened] - most)
            more_scale.append(one.model.column_scale[opened])
            at += opened.size
    added = np.concatenate(more_upper)
    return _Part(
        np.concatenate(row),
        np.concatenate(column),
        np.concatenate(value),
        np.concatenate([rows.lower, np.full(added.size, -np.inf)]),
        np.concatenate([upper, added]),
        np.concatenate([rows.scale, *more_scale]),
    )


def _excess(
    branches: Sequence[Branch], place: Sequence[Ints], count: int, unit: float, switches: Ints, bought: Floats
) -> _Part:
    """cost(s) - η - excess(s) <= 0, a row for each scenario, in units of money; η and the excesses follow the ``count`` columns."""
    row, column, value, upper = [], [], [], []
    for s, one in enumerate(branches):
        costly = np.flatnonzero(one.model.cost)
        row.append(np.full(costly.size + switches.size + 2, s, dtype=np.int32))
        column += [place[s][costly], switches, np.array([count, count + 1 + s], dtype=np.int32)]
        value += [one.model.cost[costly] / unit, bought / unit, np.array([-1.0, -1.0])]
        upper.append(-one.model.offset / one.model.money / unit)
    money = branches[0].model.money
    return _Part(
        np.concatenate(row),
        np.concatenate(column).astype(np.int32),
        np.concatenate(value),
        np.full(len(branches), -np.inf),
        np.array(upper),
        np.full(len(branches), unit * money),
    )


def _stacked(parts: Sequence[_Part], columns: int) -> tuple[sparse.csc_array, Floats, Floats, Floats]:
    starts = np.cumsum([0, *(part.lower.size for part in parts)])
    row = np.concatenate([part.row + start for part, start in zip(parts, starts[:-1], strict=True)])
    column = np.concatenate([part.column for part in parts])
    value = np.concatenate([part.value for part in parts])
    matrix = sparse.coo_array((value, (row, column)), shape=(int(starts[-1]), columns)).tocsc()
    matrix.indices = matrix.indices.astype(np.int32)
    matrix.indptr = matrix.indptr.astype(np.int32)
    bounds = (np.concatenate([getattr(part, name) for part in parts]) for name in ("lower", "upper", "scale"))
    return (matrix, *bounds)
