"""What would price in? Column generation over projects that are not in the plan.

A project that the network cannot build yet brings columns (its builds, its operation, its lanes) and rows (balances at its place,
its capacity). With the duals y of the plan at all rows that the plan has, the most that one unit of it can save is the optimum of a
small linear programme, its *pricing problem*, over its own columns and rows alone:

    gain = max  - Σ_j (c_j - Σ_{i in plan} y_i a_ij) x_j
           s.t. own rows hold,  Σ_t build(t) = 1,  bounds of x

By weak duality (Dantzig and Wolfe, Operations Research 8, 1960, on which column generation rests) the plan with a block of s units
of it costs at least (plan without) - s · gain: no project is worth more than its size times its gain. So whatever has no gain needs
no solve. Rules of the wider network that span several places are left out of the pricing problem, which can only raise the gain.
The bounds are loose, often by two orders of magnitude, for marginal prices say nothing of how soon they fall, and where nothing
flows one price has to do for who buys and who sells. So a second figure, the *estimate*, puts candidates in an order: the same
programme with two prices of each good (:func:`spread`), what a buyer would have to pay and what a seller would be given. It is no
bound and proves nothing. Projects are priced one at a time; what two of them are worth together is found by solving
(:mod:`bongsu.committee.discover.game`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from bongsu.chain.ground import plain
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.plan.assemble import Family, Model
from bongsu.plan.plan import Plan


@dataclass(frozen=True)
class Priced:
    """What one unit of a project can save.

    Attributes:
        gain: at most, present money per unit of capacity, net of its own cost; negative where it costs more than it can save.
        period: position of the period of first use in which that is so.
        estimate: the same where inputs are bought at what they would cost and products sold at what they would fetch; at most the
            gain.
        cost: what having one unit costs from its period on, present money, without what it uses.
    """

    gain: float
    period: int
    estimate: float
    cost: float


def labels(model: Model, family: Family) -> pl.Series:
    """A name for each member of a family that is the same in every model that has it."""
    a = model.arrays
    parts = []
    for kind, codes in family.keys.items():
        if kind == "node":
            place, item = a.net["places"]["place"], a.net["items"]["item"]
            parts += [place.gather(a.node_place[codes]), item.gather(a.node_item[codes])]
        elif kind == "disposals":
            parts += [a.net[kind][column].gather(codes) for column in ("place", "item")]
        else:
            table = a.net["periods" if kind == "period" else kind]
            parts.append(table[table.columns[0]].gather(codes))
    frame = pl.DataFrame({str(at): part for at, part in enumerate(parts)})
    return frame.select(pl.concat_str(pl.all(), separator="\x1f").alias("label"))["label"]


def carried(base: Model, other: Model, values: Floats, rows: bool) -> Floats:
    """Values of rows (or columns) of one model at those of another that have the same name; not a number where there is none."""
    ours, theirs = (base.constraints, other.constraints) if rows else (base.variables, other.variables)
    found = np.full(other.shape[0] if rows else other.shape[1], np.nan)
    for name, family in theirs.items():
        own = ours.get(name)
        if own is None or not len(own) or not len(family):
            continue
        known = pl.DataFrame({"label": labels(base, own), "value": values[own.span]}).unique("label", keep="first")
        met = pl.DataFrame({"label": labels(other, family)}).join(known, on="label", how="left", maintain_order="left")
        found[family.span] = met["value"].fill_null(float("nan")).to_numpy()
    return found


#: Times that idle prices are looked at, for a change may let the next node change too. A dual is as good after any number;
#: a price at the end of a chain needs one for each link.
_PASSES, _MOST = 6, 500
_STILL = 1e-12


def tightened(plan: Plan) -> Floats:
    """Duals of the rows of a plan, as good for its own optimum, that price what stands idle as little attractive as they may.

    Where nothing flows, a price is not unique: an offer that nobody takes is worth anything up to what it asks, and a user who
    buys nothing would pay anything down to what leaves him idle. The solver picks one; a project that could buy there or sell
    there should meet the dearest offer and the meanest buyer. Raising (or lowering) the dual of a balance that asks for nothing,
    as far as no reduced cost of a column turns negative, leaves the dual solution feasible and its value the same.
    """
    m = plan.model
    prices = tighten(m, plan.duals * m.row_scale / m.money, m.upper <= m.lower)
    return prices * m.money / m.row_scale


def tighten(m: Model, duals: Floats, closed: Bools) -> Floats:
    """The same for duals in solver units, where some columns are closed."""
    family = m.constraints["balance"]
    prices = duals.copy()
    matrix = m.matrix.tocsc()
    rest = m.cost - matrix.T @ prices
    # At an upper bound a reduced cost may be negative; such a column flows, and its nodes are not idle.
    rest = np.maximum(rest, 0.0)
    rows = sparse.csr_array(matrix)
    source = np.zeros(m.shape[1], dtype=bool)
    for name in ("make", "buy"):
        if (own := m.variables.get(name)) is not None:
            source[own.span] = True
    idle = np.flatnonzero((m.row_lower[family.span] == 0) & (m.row_upper[family.span] == 0)) + family.start
    for _ in range(_PASSES):
        moved = False
        for i in idle.tolist():
            span = slice(rows.indptr[i], rows.indptr[i + 1])
            columns, values = rows.indices[span], rows.data[span]
            live = ~closed[columns]
            columns, values = columns[live], values[live]
            gives = values > 0
            # Who makes or sells there decides: a maker's price may rise, a mere user's may fall.
            side = gives if source[columns[gives]].any() else ~gives
            if not side.any():
                continue
            step = float((rest[columns[side]] / np.abs(values[side])).min())
            if step <= _STILL:
                continue
            step = step if side is gives else -step
            prices[i] += step
            rest[columns] -= values * step
            moved = True
        if not moved:
            break
    return prices


@dataclass(frozen=True, eq=False)
class Spread:
    """Two prices of every good, by row, solver units; rows other than balances have the dual twice.

    Attributes:
        ask: what one unit more would cost there; infinite where nobody can supply it.
        bid: what one unit more would be worth there; minus infinity where nobody can use it.
    """

    ask: Floats
    bid: Floats


def spread(m: Model, duals: Floats, closed: Bools) -> Spread:
    """What a good would cost and fetch at each node, where some columns are closed.

    Where it flows both are its price. Where nothing flows, a price may lie anywhere between what the first who could use the good
    would pay and what the first who could supply it would ask. Duals of such rows are raised as far as no column turns gainful,
    which leaves them feasible and as good for the optimum: the ask. The bid is what a user could pay who buys all else at its ask
    and sells what he makes of it at its bid. What no supplier reaches has no ask, what reaches no user no bid.
    """
    family = m.constraints["balance"]
    idle = np.flatnonzero((m.row_lower[family.span] == 0) & (m.row_upper[family.span] == 0)) + family.start
    part = sparse.csr_array(m.matrix)[idle][:, np.flatnonzero(~closed)]
    gives, takes = sparse.csr_array(part.maximum(0.0)), sparse.csr_array(-part.minimum(0.0))
    for one in (gives, takes):
        one.eliminate_zeros()
    supplied, used = _reached(gives, takes), _reached(takes, gives)
    ask = duals[idle]
    rest = np.maximum(m.cost - m.matrix.T @ duals, 0.0)[~closed]
    ends = [slice(part.indptr[i], part.indptr[i + 1]) for i in range(idle.size)]
    for _ in range(_MOST):
        moved = False
        for i in np.flatnonzero(supplied).tolist():
            columns, values = part.indices[ends[i]], part.data[ends[i]]
            paid = values > 0
            step = float((rest[columns[paid]] / values[paid]).min())
            if step > _STILL:
                ask[i] += step
                rest[columns] = np.maximum(rest[columns] - values * step, 0.0)
                moved = True
        if not moved:
            break
    # A user may lack one good that nobody supplies, if that is the one that is asked about.
    lacks = takes.astype(bool).T @ (~supplied).astype(float)
    bid = np.where(used, ask, -np.inf)
    for _ in range(_MOST):
        behind = np.where(used, ask - bid, 0.0)
        spent = rest + gives.T @ behind
        spent[gives.astype(bool).T @ (~used).astype(float) > 0] = np.inf
        whole = np.where(lacks == 0, spent, np.inf)
        alone = np.where(lacks == 1, spent, np.inf)
        paid_most = ask - np.where(supplied, _least(takes, whole), _least(takes, alone))
        new = np.where(used, paid_most, -np.inf)
        settled = np.allclose(new, bid, rtol=0.0, atol=_STILL)
        bid = new
        if settled:
            break
    asks, bids = duals.copy(), duals.copy()
    asks[idle], bids[idle] = np.where(supplied, ask, np.inf), bid
    return Spread(asks, bids)


def _reached(ends: sparse.csr_array, needs: sparse.csr_array) -> Bools:
    """Nodes at which some column ends that needs nothing, or only what is reached itself; other nodes are taken to be there."""
    need, end = needs.astype(bool).astype(float), ends.astype(bool).astype(float)
    found = np.zeros(ends.shape[0], dtype=bool)
    while True:
        ready = need.T @ (~found).astype(float) == 0
        now: Bools = end @ ready.astype(float) > 0
        if np.array_equal(now, found):
            return found
        found = now


def _least(matrix: sparse.csr_array, values: Floats) -> Floats:
    """Least value per unit among the columns of each row; infinite where there is none."""
    found = np.full(matrix.shape[0], np.inf)
    some = np.flatnonzero(np.diff(matrix.indptr))
    if some.size:
        found[some] = np.minimum.reduceat(values[matrix.indices] / matrix.data, matrix.indptr[some])
    return found


def price_out(
    plan: Plan, wider: Model, options: Sequence[str], tell: Callable[[str], None] = lambda _: None
) -> dict[str, Priced]:
    """What each option of a wider network could save at most per unit, at the prices of a plan without it.

    Args:
        plan: the plan of the network without the options.
        wider: the compiled network with them.
        options: identifiers of the options to price; those that the plan has already are left out.
        tell: told how far it is.
    """
    return _Pricing(plan, wider, options).all(tell)


class _Pricing:
    def __init__(self, plan: Plan, wider: Model, options: Sequence[str]) -> None:
        m = self.model = wider
        a = m.arrays
        base = plan.model
        duals = carried(base, m, tightened(plan), rows=True)
        has = carried(plan.model, m, np.zeros(plan.model.shape[1]), rows=False)
        self.new_row = np.isnan(duals)
        prices = np.where(self.new_row, 0.0, duals) * m.row_scale / m.money
        self.new_column = np.isnan(has)
        matrix = m.matrix.tocsc()
        #: Cost of each column at the prices of the plan, solver units.
        self.cost = m.cost - matrix.T @ prices
        #: And at what goods would cost and fetch.
        self.traded = self._traded(
            spread(base, plan.duals * base.row_scale / base.money, base.upper <= base.lower), base
        )
        rows = np.flatnonzero(self.new_row)
        columns = np.flatnonzero(self.new_column)
        inner = sparse.csc_array(matrix[:, columns])[rows]
        at_place, kept = _places(sparse.csc_array(inner), self._place_of_rows()[rows])
        # A rule that joins several places, or flows that the plan has already, is left out: that can only raise the gain.
        joined = np.diff(sparse.csr_array(matrix[:, np.flatnonzero(~self.new_column)])[rows].indptr) > 0
        own = np.flatnonzero((at_place >= 0) & ~joined)
        self.rows = rows[own]
        self.columns = columns[kept]
        self.inner = sparse.csr_array(sparse.csr_array(inner[:, np.flatnonzero(kept)])[own])
        names = a.net["options"]["option"].to_list()
        known = set(plan.model.arrays.net["options"]["option"])
        self.options = [(name, names.index(name)) for name in options if name not in known and name in names]
        self.owner = self._owners()
        free = np.flatnonzero(self.owner < 0)
        #: Groups of own rows that columns of no project hold together, such as a good at a place with its lanes.
        part = self.inner[:, free]
        joined = sparse.csr_array(abs(part) @ abs(part).T) if free.size else sparse.csr_array((own.size, own.size))
        self.group = connected_components(joined, directed=False)[1]
        self.free = free
        self.free_group = self._group_of(part)

    def _traded(self, prices: Spread, base: Model) -> Floats:
        """Cost of each column where what it puts into a balance is paid the bid and what it takes costs the ask, solver units.

        Infinite for columns that take what nobody can supply, or leave something where nobody can use it.
        """
        m = self.model
        ask, bid = (
            np.where(self.new_row, 0.0, carried(base, m, one * base.money / base.row_scale, rows=True))
            * m.row_scale
            / m.money
            for one in (prices.ask, prices.bid)
        )
        matrix = m.matrix.tocsc()
        gives, takes = matrix.maximum(0.0), -matrix.minimum(0.0)
        gives.eliminate_zeros()
        takes.eliminate_zeros()
        cost: Floats = m.cost - gives.T @ bid + takes.T @ ask
        return cost

    def _place_of_rows(self) -> Ints:
        """Place of each row; -1 where it has none."""
        m, a = self.model, self.model.arrays
        place = np.full(m.shape[0], -1, dtype=np.int32)
        for family in m.constraints.values():
            if "node" in family.keys:
                place[family.span] = a.node_place[family.keys["node"]]
            elif "plants" in family.keys:
                place[family.span] = a.plant_place[family.keys["plants"]]
        return place

    def _owners(self) -> Ints:
        """For each new column, the position of the project whose build or operation it is; -1 for lanes and what all share."""
        m, a = self.model, self.model.arrays
        of_plant: dict[str, int] = {}
        for at, (_, code) in enumerate(self.options):
            of_plant[str(a.net["plants"]["plant"][int(a.option_plant[code])])] = at
        owner = np.full(m.shape[1], -1, dtype=np.int32)
        plants = a.net["plants"]["plant"].to_list()
        by_plant = np.array([of_plant.get(plain(name), -1) for name in plants], dtype=np.int32)
        make, build = m.variables.get("make"), m.variables.get("build")
        if make is not None:
            owner[make.span] = np.repeat(by_plant[a.mode_plant], a.T)
        if build is not None:
            owner[build.span] = by_plant[a.option_plant[a.build[0]]]
        return owner[self.columns]

    def _group_of(self, part: sparse.csr_array) -> Ints:
        by_column = sparse.csc_array(part)
        first = np.minimum(by_column.indptr[:-1], max(by_column.indices.size - 1, 0))
        empty = np.diff(by_column.indptr) == 0
        if not by_column.indices.size:
            return np.full(part.shape[1], -1, dtype=np.int32)
        return np.where(empty, -1, self.group[by_column.indices[first]]).astype(np.int32)

    def all(self, tell: Callable[[str], None]) -> dict[str, Priced]:
        """Every option that the plan does not have."""
        found = {}
        for at, (name, _) in enumerate(self.options):
            if at % 20 == 0:
                tell(f"pricing {at} of {len(self.options)} generated candidates")
            found[name] = self.of(at)
        return found

    def of(self, at: int) -> Priced:
        """One option, by its position."""
        own = np.flatnonzero(self.owner == at).astype(np.int32)
        touched = np.unique(self._by_column[:, own].indices)
        order, groups = self._by_group
        spans = [
            order[np.searchsorted(groups, g, "left") : np.searchsorted(groups, g, "right")]
            for g in np.unique(self.group[touched])
        ]
        return self._solve(
            self._by_column,
            self.free[np.concatenate(spans)].astype(np.int32) if spans else own[:0],
            own,
            self.options[at][1],
        )

    @cached_property
    def _by_column(self) -> sparse.csc_array:
        return sparse.csc_array(self.inner)

    @cached_property
    def _by_group(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.free_group, kind="stable").astype(np.int32)
        return order, self.free_group[order]

    def _solve(self, columns: sparse.csc_array, shared: Ints, held: Ints, code: int) -> Priced:
        chosen = np.concatenate([held, shared])
        m, a = self.model, self.model.arrays
        part = sparse.csr_array(columns[:, chosen])
        used = np.flatnonzero(np.diff(part.indptr))
        part, rows = part[used], self.rows[used]
        at = self.columns[chosen]
        build = m.variables["build"]
        is_build = (at >= build.start) & (at < build.stop)
        own = np.flatnonzero(is_build)
        own = own[a.build[0][at[own] - build.start] == code]
        if not own.size:
            return Priced(-np.inf, 0, -np.inf, 0.0)
        # One unit of the model's own scale, so that numbers are of a size that the solver works well with.
        scale = float(m.column_scale[at[own[0]]])
        # How much may be built is what is asked; only the price of one unit is sought.
        lower, upper = m.lower[at].copy(), m.upper[at].copy()
        upper[own] = np.inf
        equal = m.row_lower[rows] == m.row_upper[rows]
        low, high = np.isfinite(m.row_lower[rows]) & ~equal, np.isfinite(m.row_upper[rows]) & ~equal
        limit = np.zeros(rows.size, dtype=bool)
        total = m.constraints.get("build_total")
        if total is not None:
            limit = (rows >= total.start) & (rows < total.stop)
        low, high = low & ~limit, high & ~limit
        one = np.zeros(at.size)
        one[own] = 1.0
        either = (high | low).any()
        frame = {
            "A_ub": sparse.vstack([part[high], -part[low]]) if either else None,
            "b_ub": np.concatenate([m.row_upper[rows][high], -m.row_lower[rows][low]]) if either else None,
            "A_eq": sparse.vstack([part[equal], sparse.csr_array(one[None, :])]),
            "b_eq": np.append(m.row_lower[rows][equal], 1.0),
            "method": "highs-ds",
        }
        unit = m.money / scale
        answer = linprog(self.cost[at], bounds=np.column_stack([lower, upper]), **frame)
        first = int(own[np.argmax(answer.x[own])]) if answer.status == 0 else int(own[0])
        period, cost = int(a.build[1][at[first] - build.start]), float(m.cost[at[first]]) * unit
        if answer.status != 0:
            # Priced without bound: the plan's prices say nothing certain of it, so it has to be solved.
            return Priced(np.inf, period, np.inf, cost)
        gain = -float(answer.fun) * unit
        traded = self.traded[at]
        barred = np.isinf(traded)
        answer = linprog(
            np.where(barred, 0.0, traded), bounds=np.column_stack([lower, np.where(barred, 0.0, upper)]), **frame
        )
        return Priced(gain, period, min(gain, -float(answer.fun) * unit) if answer.status == 0 else gain, cost)


def _places(inner: sparse.csc_array, place: Ints) -> tuple[Ints, Bools]:
    """The place of each new row (-1 where it joins several), and which new columns belong to one place.

    A row without a place of its own, such as a rule, has that of its columns. A lane between two new places belongs to no single
    project.
    """
    least, most = _ends(inner, place)
    kept: Bools = (np.diff(inner.indptr) > 0) & ((most < 0) | (least == most))
    of_column = np.where(kept & (most >= 0), most, -1).astype(np.int32)
    low, high = _ends(sparse.csc_array(inner.T), of_column)
    found = np.where(place >= 0, place, np.where(low == high, high, -1)).astype(np.int32)
    return found, kept


def _ends(matrix: sparse.csc_array, place: Ints) -> tuple[Ints, Ints]:
    """Least and greatest known place among the entries of each column; most is -1 where none is known."""
    count = np.diff(matrix.indptr)
    of, at = np.repeat(np.arange(count.size), count), place[matrix.indices]
    known = at >= 0
    least, most = np.full(count.size, np.iinfo(np.int32).max, dtype=np.int32), np.full(count.size, -1, dtype=np.int32)
    np.minimum.at(least, of[known], at[known])
    np.maximum.at(most, of[known], at[known])
    return least, most


def best(priced: Mapping[str, Priced], names: Iterable[str]) -> list[str]:
    """Names by estimate, best first, those without gain left out."""
    return sorted((name for name in names if priced[name].gain > 0), key=lambda name: (-priced[name].estimate, name))
