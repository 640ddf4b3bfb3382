"""Changes to a compiled plan: the same plan under other figures, without stating it anew.

:func:`patch` turns changes of a network (:class:`bongsu.chain.change.Change`) into new bounds, costs, right-hand sides and
coefficients of the compiled model, in solver units. What is changed most often (capacities and their availability, offers, lanes,
demands, stocks, costs) is looked up in the coded network; anything else is found by stating the changed network in the same scales
and taking the difference, which also proves the first way right.

    >>> model = compile_network(network)
    >>> stop = patch(model, [Change("availability", "west", "share", period="2027", value=0.0)])
    >>> stop.rows.size
    1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from bongsu.chain.change import BadChange, Change, apply, check
from bongsu.plan.arrays import Arrays, Floats, Ints
from bongsu.plan.assemble import Model, compile_network
from bongsu.plan.blocks import corridor, retire


def _no_ints() -> Ints:
    return np.zeros(0, dtype=np.int32)


def _no_floats() -> Floats:
    return np.zeros(0)


class NeedsRebuild(ValueError):
    """A change after which the model has other rows or columns than before."""


@dataclass(frozen=True, eq=False)
class Patch:
    """New figures of a compiled model, solver units, positions ascending and without repeats.

    Attributes:
        columns, lower, upper: columns with other bounds.
        priced, cost: columns with another objective coefficient.
        rows, row_lower, row_upper: rows with other right-hand sides.
        entry_row, entry_column, entry_value: matrix entries with another coefficient.
        offset: what is added to the constant part of the objective, natural money.
    """

    columns: Ints = field(default_factory=_no_ints)
    lower: Floats = field(default_factory=_no_floats)
    upper: Floats = field(default_factory=_no_floats)
    priced: Ints = field(default_factory=_no_ints)
    cost: Floats = field(default_factory=_no_floats)
    rows: Ints = field(default_factory=_no_ints)
    row_lower: Floats = field(default_factory=_no_floats)
    row_upper: Floats = field(default_factory=_no_floats)
    entry_row: Ints = field(default_factory=_no_ints)
    entry_column: Ints = field(default_factory=_no_ints)
    entry_value: Floats = field(default_factory=_no_floats)
    offset: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        sizes = (self.columns, self.priced, self.rows, self.entry_row)
        return not any(part.size for part in sizes) and not self.offset


def patch(model: Model, changes: Iterable[Change]) -> Patch:
    """Changes of a network as changes of its compiled model.

    Raises:
        BadChange: a change names nothing in the network, or multiplies what has no limit.
        NeedsRebuild: afterwards the model has other rows or columns.
    """
    every = list(changes)
    if model.integer.any():
        # Rows that tie flows to whole numbers repeat limits of lanes, plants and demands as coefficients.
        return difference(model, every)
    found = _Figures(model)
    for change in every:
        check(model.arrays.net, change)
        if not found.take(change):
            return difference(model, every)
    return found.patch()


def difference(model: Model, changes: Iterable[Change]) -> Patch:
    """The same by stating the changed network in the scales of the model: slower, and good for every figure."""
    net = model.arrays.net
    other = compile_network(apply(net, changes), like=model)
    same_families = all(
        {name: (f.start, f.stop) for name, f in a.items()} == {name: (f.start, f.stop) for name, f in b.items()}
        for a, b in ((model.variables, other.variables), (model.constraints, other.constraints))
    )
    if not same_families or model.shape != other.shape:
        raise NeedsRebuild("after this change the plan has other rows or columns; state the changed network instead")
    moved = _unequal((model.lower, other.lower), (model.upper, other.upper))
    priced = _unequal((model.cost, other.cost))
    rows = _unequal((model.row_lower, other.row_lower), (model.row_upper, other.row_upper))
    entries = (other.matrix - model.matrix).tocoo()
    real = entries.data != 0
    row, column = entries.row[real].astype(np.int32), entries.col[real].astype(np.int32)
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    value = other.matrix[row, column] if row.size else _no_floats()
    return Patch(
        moved,
        other.lower[moved],
        other.upper[moved],
        priced,
        other.cost[priced],
        rows,
        other.row_lower[rows],
        other.row_upper[rows],
        row,
        column,
        np.asarray(value, dtype=float).reshape(-1),
        other.offset - model.offset,
    )


def _unequal(*pairs: tuple[Floats, Floats]) -> Ints:
    apart = np.zeros(pairs[0][0].size, dtype=bool)
    for before, after in pairs:
        apart |= before != after
    return np.flatnonzero(apart).astype(np.int32)


@dataclass
class _Figures:
    """Figures of the network that change, kept as what they become; turned into a patch at the end."""

    model: Model
    #: (figure, position in its grid) to its value now.
    now: dict[tuple[str, int], float] = field(default_factory=dict)

    def take(self, change: Change) -> bool:
        """Whether the change was taken; False where only stating the network anew can say what it does."""
        route = _ROUTES.get((change.table, change.column))
        if route is None:
            return False
        name, find, figures = route
        at = find(self, change)
        if at is None:
            return False
        if not at.size:
            raise BadChange(f"{change.table} {change.of}: there is no row for the period {change.period!r}")
        values = figures(self.model.arrays)
        for position in at.tolist():
            key = name, position
            before = self.now[key] if key in self.now else float(values[position])
            self.now[key] = change.on(before)
        return True

    def of(self, name: str) -> tuple[Ints, Floats]:
        """Positions at which a figure changed, ascending, and its values there."""
        own = sorted((position, value) for (kind, position), value in self.now.items() if kind == name)
        return np.array([p for p, _ in own], dtype=np.int32), np.array([v for _, v in own], dtype=float)

    # Where figures stand -----------------------------------------------------------------------------------------------

    def entity(self, change: Change) -> int | None:
        """Position of the row that a change names in its base table."""
        table = {
            "lane_periods": "lanes",
            "corridor_periods": "corridors",
            "mode_periods": "modes",
            "availability": "plants",
            "capacity": "plants",
        }
        name = table.get(change.table, change.table)
        at = int(self.model.arrays._key(name).positions(_series(change.of))[0])
        return at if at >= 0 else None

    def periods(self, change: Change) -> Ints:
        """Periods that a change means."""
        a = self.model.arrays
        if change.period is None:
            return np.arange(a.T, dtype=np.int32)
        return np.array([a.net["periods"]["period"].to_list().index(change.period)], dtype=np.int32)

    def grid(self, change: Change) -> Ints | None:
        """Positions of an entity's periods in an entity-major grid."""
        at = self.entity(change)
        return None if at is None else (at * self.model.arrays.T + self.periods(change)).astype(np.int32)

    def offers(self, change: Change) -> Ints | None:
        """Entries of the supplies."""
        a = self.model.arrays
        return _spread_rows(
            a.supply_of_row, a.supply.row, a.supply.period, a._ids("supplies"), self.entity(change), self, change
        )

    def wanted(self, change: Change) -> Ints | None:
        """Entries of the demands, unless their quantities stand in other rows too."""
        a = self.model.arrays
        if change.column == "quantity" and (
            a.demand_single.any() or len(self.model.variables.get("open_corridor", ()))
        ):
            return None
        ids = a._ids("demands")
        found = _spread_rows(ids, a.demand.row, a.demand.period, ids, self.entity(change), self, change)
        if change.column == "penalty" and found is not None and np.isnan(a.demand_penalty[a.demand.row[found]]).any():
            # A hard demand that gets a price may be short, which its column does not allow.
            return None
        return found

    def plant(self, change: Change) -> Ints | None:
        """Positions on plants, unless their capacity can be retired or they have no row of capacity to change."""
        a, at = self.model.arrays, self.entity(change)
        if at is None:
            return None
        if change.table == "capacity" and (a.retirable[at] or at not in self._limited):
            return None
        grid = self.grid(change)
        if change.table == "capacity" and grid is not None:
            # A period without a row has no figure that could change.
            stated = a.net["capacity"].filter(pl.col("plant") == change.of)["period"]
            if not stated.null_count():
                grid = grid[np.isin(grid % a.T, a._key("periods").positions(stated))]
        return grid

    def corridor(self, change: Change) -> Ints | None:
        """Positions on corridors, unless none of them has rows of capacity, or they are opened at a cost."""
        at = self.entity(change)
        if at is None or at not in corridor.which(self.model.arrays) or self.model.arrays.corridor_fixed[at] > 0:
            return None
        return self.grid(change)

    @property
    def _limited(self) -> Mapping[int, int]:
        """Row of the first period of each plant that has rows of capacity."""
        family = self.model.constraints["capacity"]
        first = family.keys["plants"][:: self.model.arrays.T]
        return {int(plant): family.start + at * self.model.arrays.T for at, plant in enumerate(first.tolist())}

    # The patch ---------------------------------------------------------------------------------------------------------

    def patch(self) -> Patch:
        m, a = self.model, self.model.arrays
        upper: dict[int, float] = {}
        cost: dict[int, float] = {}
        row: dict[int, tuple[float, float]] = {}
        entries: dict[tuple[int, int], float] = {}
        weight = a.weight

        def columns(family: str, figure: str, into: dict[int, float], worth: Callable[[Ints], Any]) -> None:
            at, values = self.of(figure)
            if at.size:
                position = m.variables[family].start + at
                into.update(zip(position.tolist(), (values * worth(at)).tolist(), strict=True))

        columns("ship", "ship capacity", upper, lambda at: 1.0)
        columns("ship", "ship cost", cost, lambda at: weight[at % a.T])
        columns("make", "make cost", cost, lambda at: weight[at % a.T])
        columns("buy", "offer", upper, lambda at: 1.0)
        columns("buy", "price", cost, lambda at: weight[a.supply.period[at]])
        columns("short", "penalty", cost, lambda at: weight[a.demand.period[at]])
        at, values = self.of("corridor")
        first = {int(one): place for place, one in enumerate(corridor.which(a))}
        for which, value in zip(at.tolist(), values.tolist(), strict=True):
            row[m.constraints["corridor"].start + first[which // a.T] * a.T + which % a.T] = (-np.inf, value)
        offset = self._plants(upper, row, entries)
        self._demands(upper, row)
        at = np.array(sorted(upper), dtype=np.int32)
        priced = np.array(sorted(cost), dtype=np.int32)
        rows = np.array(sorted(row), dtype=np.int32)
        pairs = sorted(entries)
        entry_row = np.array([r for r, _ in pairs], dtype=np.int32)
        entry_column = np.array([c for _, c in pairs], dtype=np.int32)
        value = np.array([entries[pair] for pair in pairs], dtype=float)
        return Patch(
            at,
            m.lower[at],
            np.array([upper[p] for p in at.tolist()]) / m.column_scale[at],
            priced,
            np.array([cost[p] for p in priced.tolist()]) * m.column_scale[priced] / m.money,
            rows,
            np.array([row[p][0] for p in rows.tolist()]) / m.row_scale[rows],
            np.array([row[p][1] for p in rows.tolist()]) / m.row_scale[rows],
            entry_row,
            entry_column,
            value * m.column_scale[entry_column] / m.row_scale[entry_row],
            offset,
        )

    def _plants(
        self, upper: dict[int, float], row: dict[int, tuple[float, float]], entries: dict[tuple[int, int], float]
    ) -> float:
        """Rows of capacity whose usable part changed; what fixed cost of standing capacity changes."""
        m, a = self.model, self.model.arrays
        changed = {position for (kind, position) in self.now if kind in ("available", "capacity")}
        if not changed:
            return 0.0
        limited, offset = self._limited, 0.0
        build = m.variables["build"]
        for position in sorted(changed):
            plant, t = divmod(position, a.T)
            share = self.now.get(("available", position), float(a.availability[plant, t]))
            own = self.now.get(("capacity", position), float(a.capacity[plant, t]))
            usable = 0.0 if share == 0 else own * share
            # Capacity without a limit has no fixed cost, as in the assembler.
            standing = [value if np.isfinite(value) else 0.0 for value in (own, float(a.capacity[plant, t]))]
            offset += float(a.fixed_cost[plant] * a.weight[t]) * (standing[0] - standing[1])
            if plant not in limited:
                if np.isfinite(usable):
                    for mode in np.flatnonzero(a.mode_plant == plant).tolist():
                        upper[m.variables["make"].start + mode * a.T + t] = 0.0
                continue
            at = limited[plant] + t
            row[at] = (-np.inf, usable)
            if share == a.availability[plant, t]:
                continue
            option, start = a.build
            own_builds = a.option_plant[option] == plant
            stands = own_builds & (start <= t) & (t < start + a.option_life[option])
            for column in np.flatnonzero(stands).tolist():
                entries[at, build.start + column] = -share
            if plant in retire.which(a).tolist():
                which = retire.which(a).tolist().index(plant)
                entries[at, m.variables["retire"].start + which * a.T + t] = share
        return offset

    def _demands(self, upper: dict[int, float], row: dict[int, tuple[float, float]]) -> None:
        m, a = self.model, self.model.arrays
        at, values = self.of("quantity")
        balance = m.constraints["balance"]
        for k, value in zip(at.tolist(), values.tolist(), strict=True):
            which = int(a.demand.row[k])
            before = float(a.demand_quantity[which])
            position = balance.start + int(a.demand_node[which]) * a.T + int(a.demand.period[k])
            low, high = row.get(position, (m.row_lower[position] * m.row_scale[position],) * 2)
            row[position] = (low + value - before, high + value - before)
            if not np.isnan(a.demand_penalty[which]):
                upper[m.variables["short"].start + k] = value


def _series(name: str) -> Any:
    return pl.Series([name])


def _spread_rows(
    ids: Ints, row: Ints, period: Ints, of_row: Ints, entity: int | None, figures: _Figures, change: Change
) -> Ints | None:
    """Entries of a table spread over periods that belong to one identifier and the periods of a change."""
    if entity is None:
        return None
    own = (of_row[row] == ids[entity]) & np.isin(period, figures.periods(change))
    return np.flatnonzero(own).astype(np.int32)


def _flat(grid: Floats) -> Floats:
    return grid.reshape(-1)


_Route = tuple[str, Callable[[_Figures, Change], Ints | None], Callable[[Arrays], Floats]]
_ROUTES: Mapping[tuple[str, str], _Route] = {
    ("availability", "share"): ("available", _Figures.plant, lambda a: _flat(a.availability)),
    ("capacity", "capacity"): ("capacity", _Figures.plant, lambda a: _flat(a.capacity)),
    ("lanes", "capacity"): ("ship capacity", _Figures.grid, lambda a: _flat(a.lane_capacity)),
    ("lanes", "cost"): ("ship cost", _Figures.grid, lambda a: _flat(a.lane_cost)),
    ("lane_periods", "capacity"): ("ship capacity", _Figures.grid, lambda a: _flat(a.lane_capacity)),
    ("lane_periods", "cost"): ("ship cost", _Figures.grid, lambda a: _flat(a.lane_cost)),
    ("corridors", "capacity"): ("corridor", _Figures.corridor, lambda a: _flat(a.corridor_capacity)),
    ("corridor_periods", "capacity"): ("corridor", _Figures.corridor, lambda a: _flat(a.corridor_capacity)),
    ("modes", "cost"): ("make cost", _Figures.grid, lambda a: _flat(a.mode_cost)),
    ("mode_periods", "cost"): ("make cost", _Figures.grid, lambda a: _flat(a.mode_cost)),
    ("supplies", "quantity"): ("offer", _Figures.offers, lambda a: a.supply_quantity[a.supply.row]),
    ("supplies", "price"): ("price", _Figures.offers, lambda a: a.supply_price[a.supply.row]),
    ("demands", "quantity"): ("quantity", _Figures.wanted, lambda a: a.demand_quantity[a.demand.row]),
    ("demands", "penalty"): ("penalty", _Figures.wanted, lambda a: a.demand_penalty[a.demand.row]),
}


def together(patches: Sequence[Patch]) -> Patch:
    """Patches that touch different figures as one.

    Raises:
        ValueError: two of them change the same bound, cost, right-hand side or coefficient.
    """
    moved = _joined(patches, 1, "columns", "lower", "upper")
    priced = _joined(patches, 1, "priced", "cost")
    rows = _joined(patches, 1, "rows", "row_lower", "row_upper")
    entries = _joined(patches, 2, "entry_row", "entry_column", "entry_value")
    return replace(Patch(**moved, **priced, **rows, **entries), offset=sum(p.offset for p in patches))


def _joined(patches: Sequence[Patch], keys: int, *names: str) -> dict[str, Any]:
    """Arrays of the same name one after the other, in the order of the first ``keys`` of them."""
    parts = [np.concatenate([getattr(p, name) for p in (*patches, Patch())]) for name in names]
    order = np.lexsort(tuple(reversed(parts[:keys])))
    ordered = [part[order] for part in parts]
    repeated = np.ones(max(order.size - 1, 0), dtype=bool)
    for key in ordered[:keys]:
        repeated &= key[1:] == key[:-1]
    if repeated.any():
        raise ValueError("two patches change the same figure; make one patch of all changes")
    return dict(zip(names, ordered, strict=True))
