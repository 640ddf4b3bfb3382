"""No feasible plan: how much can be served, and a small set of limits that clash.

The largest share that can be served at once is the linear programme

    max θ    such that every hard demand is served to the share θ, 0 <= θ <= 1, and everything else holds.

Its dual is a certificate: limits with a non-zero dual together prove that θ cannot be larger. That set is then reduced by a
deletion filter: a limit whose removal leaves θ below one is not needed for the clash and is dropped.

What a recipe takes in is such a limit too: a plant may take as much as its recipe says for each unit, and no less. It is lifted
by giving the process the item for nothing, no more of it than it takes; where θ then reaches one, the recipe is named beside what
runs out for want of it. So each thing named is one without which what is left of the set does not clash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import highspy
import numpy as np

from bongsu.plan.arrays import Arrays, Floats, Ints
from bongsu.plan.assemble import Family, Model, key_name
from bongsu.plan.elastic import hard_columns
from bongsu.plan.solver import Options, Solver

#: Limits that are tried one by one, those of smallest influence; others are taken as they stand.
_MOST_TRIED = 60
#: Duals below this are rounding noise (solver units).
_ZERO = 1e-9
#: Inputs of recipes that are looked at, those of largest influence; others are taken as they stand.
_RECIPES_TRIED = 20


@dataclass(frozen=True)
class Conflict:
    """One limit of a clashing set.

    Attributes:
        kind: ``demand``, ``capacity``, ``supply``, ``lane``, ``corridor``, ``option``, ``recipe``, ``contract``, ``share``,
            ``no source`` or ``no outlet``.
        what: identifier of what is limited, or place and item; of a recipe ``PROCESS/ITEM``, as a change names it.
        periods: periods in which it binds.
        limit: the limit in each of them, natural units; of a recipe what one unit of activity takes in.
        words: the same as a sentence.
        facts: facts behind it (``table:line``), where the network knows them.
    """

    kind: str
    what: str
    periods: tuple[str, ...]
    limit: tuple[float, ...]
    words: str
    facts: str = ""


@dataclass(frozen=True, eq=False)
class Proof:
    """θ (None where the solver came to no answer), the row duals that prove it cannot be larger, and the reduced costs."""

    theta: float | None
    row_duals: Floats
    column_duals: Floats

    @property
    def clashes(self) -> bool:
        """Whether not all demand can be served."""
        return self.theta is not None and self.theta < 1 - 1e-7


class Servable:
    """The programme for θ on one solver, to be re-solved with some limits lifted.

    Whole numbers are relaxed unless ``whole``.

    Attributes:
        proof: what the first solve, with every limit standing, came to.
    """

    def __init__(self, model: Model, options: Options, whole: bool = False) -> None:
        self.model = model
        limited = Options(threads=options.threads, stop=options.stop, time_limit=options.time_limit, gap=options.gap)
        self.solver = Solver(model, relax=not whole, options=limited)
        highs = self.solver.highs
        columns = np.arange(model.shape[1], dtype=np.int32)
        self.solver.set_cost(columns, np.zeros(columns.size))
        self.rows, self.quantity, asked = _demand_rows(model)
        # What θ asks for is not left short: the share itself says how much of it is served.
        self.solver.set_bounds(asked, np.zeros(asked.size), np.zeros(asked.size))
        lower, upper = model.row_lower.copy(), model.row_upper.copy()
        np.subtract.at(lower, self.rows, self.quantity)
        np.subtract.at(upper, self.rows, self.quantity)
        self.row_lower, self.row_upper = lower, upper
        # Several demands may want an item at one place: they share a row.
        rows, place = np.unique(self.rows, return_inverse=True)
        self.solver.set_rows(rows, lower[rows], upper[rows])
        total = np.bincount(place, weights=self.quantity)
        highs.addCol(-1.0, 0.0, 1.0, rows.size, rows.astype(np.int32), -total)
        other = np.setdiff1d(hard_columns(model), _family_columns(model, "short"))
        # Contracts, shares and final stocks give way here: θ asks about demand alone.
        self.solver.set_bounds(other.astype(np.int32), np.zeros(other.size), np.full(other.size, np.inf))
        # To open a corridor costs nothing here: all are open, so that only what they carry limits, and their forcing rows say
        # nothing more.
        corridors = _family_columns(model, "open_corridor")
        self.solver.set_bounds(corridors, np.ones(corridors.size), np.ones(corridors.size))
        forced = _family_rows(model, "corridor_forcing")
        self.row_upper[forced] = np.inf
        self.solver.set_rows(forced, self.row_lower[forced], self.row_upper[forced])
        self.proof = self.solve()

    @property
    def share(self) -> float | None:
        """Largest share of every hard demand (of all, if none is hard) that can be served at once; None without an answer."""
        theta = self.proof.theta
        return None if theta is None else float(min(1.0, max(0.0, theta)))

    def solve(self) -> Proof:
        """The programme as it stands."""
        rows, columns = self.model.shape
        if not self.quantity.size:
            return Proof(1.0, np.zeros(rows), np.zeros(columns))
        highs = self.solver.highs
        for method in ("choose", "ipx"):
            highs.setOptionValue("solver", method)
            highs.run()
            solution = highs.getSolution()
            done = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
            if done or (not self.solver.relaxed and solution.value_valid):
                theta = float(solution.col_value[self.model.shape[1]])
                if not solution.dual_valid:
                    return Proof(theta, np.zeros(rows), np.zeros(columns))
                return Proof(theta, np.array(solution.row_dual)[:rows], np.array(solution.col_dual)[:columns])
        return Proof(None, np.zeros(rows), np.zeros(columns))


def _family_columns(model: Model, name: str) -> Ints:
    family = model.variables.get(name)
    return np.arange(family.start, family.stop, dtype=np.int32) if family else np.zeros(0, dtype=np.int32)


def _family_rows(model: Model, name: str) -> Ints:
    family = model.constraints.get(name)
    return np.arange(family.start, family.stop, dtype=np.int32) if family else np.zeros(0, dtype=np.int32)


def _demand_rows(model: Model) -> tuple[Ints, Floats, Ints]:
    """Of the hard demands (of all, if none is hard): balance rows, quantities in solver units, and their elastic columns."""
    a = model.arrays
    row, period = a.demand.row, a.demand.period
    hard = np.isnan(a.demand_penalty[row])
    chosen = hard if hard.any() else np.ones(row.size, dtype=bool)
    node = a.node(a.demand_place, a.demand_item)[row[chosen]]
    rows = (model.constraints["balance"].start + node * a.T + period[chosen]).astype(np.int32)
    columns = (model.variables["short"].start + np.flatnonzero(chosen)).astype(np.int32)
    return rows, a.demand_quantity[row[chosen]] / model.row_scale[rows], columns


class _Kind(NamedTuple):
    """A kind of limit: the table it is stated in, and the families of rows and columns of the model that hold it."""

    kind: str
    table: str
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


#: Whole units are limited by their number and size, and a lane out of a plant that is opened by its forcing rows too.
_KINDS = (
    _Kind("capacity", "plants", rows=("capacity",)),
    _Kind("corridor", "corridors", rows=("corridor",)),
    _Kind("option", "options", rows=("build_total",)),
    _Kind("supply", "supplies", columns=("buy",)),
    _Kind("lane", "lanes", rows=("open_forcing",), columns=("ship",)),
    _Kind("option", "options", rows=("build_size", "build_count"), columns=("build", "open_unit")),
)


@dataclass(frozen=True, eq=False)
class _Limit:
    """One limit.

    Attributes:
        of: its kind.
        code: what it limits, a position in the table of the kind.
        rows, columns: positions in the model.
        periods: those in which it has a part in the proof, ascending; none where it holds over all of them.
        weight: its influence on θ.
    """

    of: _Kind
    code: int
    rows: Ints
    columns: Ints
    periods: tuple[int, ...]
    weight: float


def find_conflict(programme: Servable) -> tuple[Conflict, ...]:
    """A small set of limits that cannot hold together with the demands, largest influence first.

    Empty where all demand can be served, or none is hard. Limits of the programme are lifted on the way: afterwards it says nothing
    about its network any more.
    """
    model, proof = programme.model, programme.proof
    if not proof.clashes or not np.isnan(model.arrays.demand_penalty).any():
        return ()
    proof = _unforced(programme)
    limits = _support(programme, proof)
    kept = _reduce(programme, limits)
    return (
        *_demands(model, proof.row_duals),
        *(_describe(model, limit) for limit in kept),
        *(_recipes(programme) if kept else ()),
        *_sourceless(model, proof.row_duals, kept),
    )


def _unforced(programme: Servable) -> Proof:
    """The proof without the forcing rows of plants that are opened, which say what other limits say; with them if it needs them."""
    forced = _family_rows(programme.model, "open_forcing")
    if not forced.size:
        return programme.proof
    programme.solver.set_rows(forced, programme.row_lower[forced], np.full(forced.size, np.inf))
    proof = programme.solve()
    if proof.clashes:
        programme.row_upper[forced] = np.inf
        return proof
    programme.solver.set_rows(forced, programme.row_lower[forced], programme.row_upper[forced])
    return programme.proof


def _support(programme: Servable, proof: Proof) -> list[_Limit]:
    """Limits that have a part in a proof, largest influence first."""
    found = [limit for of in _KINDS for limit in _of_kind(programme, of, proof)]
    return sorted(found, key=lambda one: (-one.weight, one.of.table, one.code))


def _of_kind(programme: Servable, of: _Kind, proof: Proof) -> Iterator[_Limit]:
    """Limits of a kind that have a part in a proof: of each thing that is limited one, with the rows and columns of its part."""
    rows, columns = _stated(programme, of)
    duals = np.concatenate((proof.row_duals[rows.at], proof.column_duals[columns.at]))
    bounds = np.concatenate((programme.row_upper[rows.at], programme.model.upper[columns.at]))
    code, period = (np.concatenate(pair) for pair in ((rows.code, columns.code), (rows.period, columns.period)))
    weight = np.abs(duals * np.maximum(bounds, 1e-3))
    active = np.abs(duals) > _ZERO
    for one in np.unique(code[active]).tolist():
        own = active & (code == one)
        in_rows, in_columns = own[: rows.at.size], own[rows.at.size :]
        when = tuple(np.unique(period[own & (period >= 0)]).tolist())
        yield _Limit(of, one, rows.at[in_rows], columns.at[in_columns], when, float(weight[own].sum()))


class _Places(NamedTuple):
    """Positions of limits in the model, what each limits and in which period (-1: in all together)."""

    at: Ints
    code: Ints
    period: Ints


def _stated(programme: Servable, of: _Kind) -> tuple[_Places, _Places]:
    """Rows and columns that hold the limits of a kind, those that are finite."""
    model = programme.model
    return (
        _places(model, of, [f for name in of.rows if (f := model.constraints.get(name))], programme.row_upper),
        _places(model, of, [f for name in of.columns if (f := model.variables.get(name))], model.upper),
    )


def _places(model: Model, of: _Kind, families: Sequence[Family], upper: Floats) -> _Places:
    parts = [_Places(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))]
    for family in families:
        at = np.arange(family.start, family.stop, dtype=np.int32)
        code = family.keys[of.table]
        period = family.keys.get("period", np.full(at.size, -1, dtype=np.int32))
        finite = np.isfinite(upper[at])
        if of.kind == "lane":
            # The forcing row of a lane without a limit of its own says what is wanted behind it.
            finite &= np.isfinite(model.arrays.lane_capacity[code, period])
        parts.append(_Places(at[finite], code[finite], period[finite]))
    return _Places(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _reduce(programme: Servable, limits: list[_Limit]) -> list[_Limit]:
    """Deletion filter, smallest influence first.

    Where demand still clashes with what is left, the new proof may do without other limits too: they go at once.
    """
    _lift_others(programme, limits)
    kept: list[_Limit] = []
    open_ones = list(limits)
    for _ in range(_MOST_TRIED):
        if not open_ones:
            break
        limit = open_ones.pop()
        _stand(programme, limit, False)
        proof = programme.solve()
        if proof.clashes:
            for other in [one for one in open_ones if not _weighs(proof, one)]:
                _stand(programme, other, False)
                open_ones.remove(other)
        else:
            kept.append(limit)
            _stand(programme, limit, True)
    return [*open_ones, *reversed(kept)]


def _stand(programme: Servable, limit: _Limit, stands: bool) -> None:
    """Let a limit stand, or lift it."""
    model, solver, rows, columns = programme.model, programme.solver, limit.rows, limit.columns
    most = programme.row_upper[rows] if stands else np.full(rows.size, np.inf)
    solver.set_rows(rows, programme.row_lower[rows], most)
    most = model.upper[columns] if stands else np.full(columns.size, np.inf)
    solver.set_bounds(columns, model.lower[columns], most)


def _weighs(proof: Proof, limit: _Limit) -> bool:
    """Whether a limit has a part in a proof."""
    duals = np.concatenate((proof.row_duals[limit.rows], proof.column_duals[limit.columns]))
    return bool((np.abs(duals) > _ZERO).any())


def _lift_others(programme: Servable, limits: list[_Limit]) -> None:
    """Leave only the certificate's limits standing: together they still prove the clash, and the filter looks at them alone."""
    model, solver = programme.model, programme.solver
    stated = [_stated(programme, of) for of in _KINDS]
    rows, columns = (np.concatenate([one[side].at for one in stated]) for side in (0, 1))
    none = np.zeros(0, dtype=np.int32)
    rows = np.setdiff1d(rows, np.concatenate([none, *(limit.rows for limit in limits)]))
    columns = np.setdiff1d(columns, np.concatenate([none, *(limit.columns for limit in limits)]))
    solver.set_rows(rows, programme.row_lower[rows], np.full(rows.size, np.inf))
    solver.set_bounds(columns, model.lower[columns], np.full(columns.size, np.inf))


@dataclass(frozen=True, eq=False)
class _Input:
    """What one recipe takes of an item: entries of the matrix that say so, and the gifts that stand in for them.

    Attributes:
        pair: position in the recipes of the network.
        weight: its part in the proof that θ cannot be larger.
        row, column: balance row and column of activity of each mode and period that takes it in.
        periods: those in which it has a part in the proof.
    """

    pair: int
    weight: float
    row: Ints
    column: Ints
    periods: tuple[int, ...]


def _recipes(programme: Servable) -> list[Conflict]:
    """Inputs of recipes without which the limits that are left would not clash, largest influence first."""
    model, solver = programme.model, programme.solver
    proof = programme.solve()
    if not proof.clashes:
        return []
    made = np.array(solver.highs.getSolution().col_value)[: model.shape[1]]
    tried = _inputs(model, proof, made)[:_RECIPES_TRIED]
    gifts = dict(zip(tried, _gifts(programme, tried), strict=True))
    kept: list[_Input] = []
    while tried:
        one = tried.pop()
        _give(solver, gifts[one], np.inf)
        proof = programme.solve()
        if proof.clashes:
            needed = {other.pair for other in _inputs(model, proof, made)}
            for other in [other for other in tried if other.pair not in needed]:
                _give(solver, gifts[other], np.inf)
                tried.remove(other)
        else:
            _give(solver, gifts[one], 0.0)
            if proof.theta is not None:
                kept.append(one)
    return [_describe_recipe(model, one) for one in reversed(kept)]


def _give(solver: Solver, gifts: Ints, most: float) -> None:
    """Open the gifts that stand in for an input, or close them."""
    solver.set_bounds(gifts, np.zeros(gifts.size), np.full(gifts.size, most))


def _inputs(model: Model, proof: Proof, made: Floats) -> list[_Input]:
    """Inputs of recipes that have a part in a proof, largest influence first."""
    a, row_duals = model.arrays, proof.row_duals
    balance, make = model.constraints["balance"], model.variables["make"]
    amount = a.use_amount
    use, period = np.nonzero(amount < 0)
    row = (balance.start + a.use_node[use] * a.T + period).astype(np.int32)
    column = (make.start + a.use_mode[use] * a.T + period).astype(np.int32)
    taken = np.abs(amount[use, period] * model.column_scale[column] / model.row_scale[row] * row_duals[row])
    part = taken * np.maximum(made[column], 1e-3)
    found = []
    pair = a._uses[2][use]
    for one in np.unique(pair[taken > _ZERO]).tolist():
        own = pair == one
        binding = own & (taken > _ZERO)
        periods = tuple(np.unique(period[binding]).tolist())
        found.append(_Input(one, float(part[own].sum()), row[own], column[own], periods))
    return sorted(found, key=lambda one: (-one.weight, one.pair))


def _gifts(programme: Servable, inputs: list[_Input]) -> list[Ints]:
    """Columns, closed as yet, that bring a process what it takes in: in units of its activity, and no more than that."""
    if not inputs:
        return []
    model, highs = programme.model, programme.solver.highs
    first = highs.getNumCol()
    row, column = (np.concatenate([getattr(one, side) for one in inputs]) for side in ("row", "column"))
    entry = -np.asarray(model.matrix[row, column]).reshape(-1)
    size, nothing = row.size, np.zeros(row.size)
    gift = np.arange(first, first + size, dtype=np.int32)
    highs.addCols(size, nothing, nothing, nothing, size, np.arange(size, dtype=np.int32), row, entry)
    highs.addRows(
        size,
        np.full(size, -np.inf),
        nothing,
        2 * size,
        np.arange(0, 2 * size, 2, dtype=np.int32),
        np.column_stack((column, gift)).reshape(-1).astype(np.int32),
        np.tile((-1.0, 1.0), size),
    )
    return np.split(gift, np.cumsum([one.row.size for one in inputs])[:-1])


def _describe_recipe(model: Model, one: _Input) -> Conflict:
    a = model.arrays
    _, items, amounts = a.recipes
    item = str(a.net["items"]["item"][int(items[one.pair])])
    mode = int(a.use_mode[np.flatnonzero(a._uses[2] == one.pair)[0]])
    process = str(a.net["modes"]["process"][mode])
    limit = tuple(float(-amounts[one.pair, t]) for t in one.periods)
    when = tuple(key_name(a, "period", t) for t in one.periods)
    # A row at a time: for the few recipes that are named, a filter of the table costs more than solving does.
    rows = zip(*(a.net["recipes"][column].to_list() for column in ("process", "item", "facts")), strict=True)
    facts = " ".join(dict.fromkeys(fact for *of, fact in rows if fact and of == [process, item]))
    words = f"process {process} takes {_range(limit)} of {item} for each unit{_when(when)}"
    return Conflict("recipe", f"{process}/{item}", when, limit, words, facts)


def _describe(model: Model, limit: _Limit) -> Conflict:
    a = model.arrays
    kind, code = limit.of.kind, limit.code
    table = a.net[limit.of.table]
    row = table.row(code, named=True)
    name = str(row[table.columns[0]])
    periods = list(limit.periods)
    limits = _figures(model, limit)
    when = tuple(key_name(a, "period", p) for p in periods)
    shown = _range(limits)
    share = _available(a, code, periods) if kind == "capacity" else ""
    spoken = {
        "capacity": f"plant {name} can make at most {shown} a year{share}",
        "supply": f"at most {shown} a year of {row.get('item')} can be bought at {row.get('place')} (offer {name})",
        "lane": f"lane {name} from {row.get('from')} to {row.get('to')} carries at most {shown} a year of {row.get('item')}",
        "corridor": f"corridor {name} carries at most {shown} a year",
        "option": f"option {name} can add at most {shown}{_units(a, code) if kind == 'option' else ''}",
    }[kind]
    return Conflict(kind, name, when, limits, f"{spoken}{_when(when)}", str(row.get("facts") or ""))


def _figures(model: Model, limit: _Limit) -> tuple[float, ...]:
    """What a limit says in each of its periods, natural units."""
    a, code, periods = model.arrays, limit.code, list(limit.periods)
    by_period = {"capacity": a.usable, "corridor": a.corridor_capacity, "lane": a.lane_capacity}
    if limit.of.kind in by_period:
        return tuple(by_period[limit.of.kind][code, periods].tolist())
    if limit.of.kind == "option" and not limit.of.columns:
        return (float(a.option("max_total", np.inf)[code]),)
    if limit.of.kind == "option" and not periods:
        return (float(a.option("max_count", 1.0)[code] * a.option("max_size")[code]),)
    family = model.variables[limit.of.columns[0]]
    own = np.flatnonzero((family.keys[limit.of.table] == code) & np.isin(family.keys["period"], periods)) + family.start
    return tuple((model.upper[own] * model.column_scale[own]).tolist())


def _units(a: Arrays, option: int) -> str:
    """What is said of an option that comes in whole units."""
    if not a.option_integer[option]:
        return ""
    most = float(a.option("max_count", 1.0)[option])
    return f", {most:,.6g} unit{'' if most == 1 else 's'} in all,"


def _available(a: Arrays, plant: int, periods: list[int]) -> str:
    """What is said of a plant that is not available in full."""
    shares = tuple(a.availability[plant, periods].tolist())
    return "" if min(shares) == 1.0 else f", at {_range(tuple(100 * one for one in shares))} % of its capacity,"


def _range(figures: Sequence[float]) -> str:
    least, most = min(figures), max(figures)
    return f"{least:,.6g}" if least == most else f"{least:,.6g} to {most:,.6g}"


def _when(periods: tuple[str, ...]) -> str:
    if not periods:
        return ""
    return (
        f" in {periods[0]}" if len(periods) == 1 else f" in {len(periods)} periods from {periods[0]} to {periods[-1]}"
    )


def _demands(model: Model, row_duals: Floats) -> list[Conflict]:
    a = model.arrays
    rows, quantity, _ = _demand_rows(model)
    active = np.abs(row_duals[rows]) > _ZERO
    natural = quantity * model.row_scale[rows]
    found: dict[tuple[str, str], dict[str, float]] = {}
    start = model.constraints["balance"].start
    for row, amount in zip(rows[active].tolist(), natural[active].tolist(), strict=True):
        node, period = divmod(row - start, a.T)
        wants, when = found.setdefault(_node_names(model, node), {}), key_name(a, "period", period)
        wants[when] = wants.get(when, 0.0) + amount
    result = []
    for (place, item), wants in found.items():
        periods, amounts = tuple(wants), tuple(wants.values())
        words = f"{place} wants {_range(amounts)} a year of {item}{_when(periods)}"
        result.append(Conflict("demand", f"{place}:{item}", periods, amounts, words))
    return result


def _sourceless(model: Model, row_duals: Floats, kept: list[_Limit]) -> list[Conflict]:
    """Items that nothing can bring to where they are needed, when no limit explains the clash."""
    if kept:
        return []
    a = model.arrays
    family = model.constraints["balance"]
    positive = model.matrix.tocsr()[family.span]
    open_columns = model.upper > 0
    found: dict[tuple[str, int], list[str]] = {}
    for row in np.flatnonzero(np.abs(row_duals[family.span]) > _ZERO).tolist():
        entries = slice(positive.indptr[row], positive.indptr[row + 1])
        usable = open_columns[positive.indices[entries]]
        brings, takes = (usable & (side * positive.data[entries] > 0) for side in (1, -1))
        node, period = divmod(row, a.T)
        when = key_name(a, "period", period)
        if not brings.any():
            found.setdefault(("no source", node), []).append(when)
        elif not takes.any() and model.row_upper[family.start + row] <= 0:
            found.setdefault(("no outlet", node), []).append(when)
    result = []
    for (kind, node), periods in found.items():
        place, item = _node_names(model, node)
        said = f"nothing makes, brings or sells {item} at" if kind == "no source" else f"{item} has no way out of"
        words = f"{said} {place}{_when(tuple(periods))}"
        result.append(Conflict(kind, f"{place}:{item}", tuple(periods), (), words))
    return result


def _node_names(model: Model, node: int) -> tuple[str, str]:
    """Place and item of a node."""
    a = model.arrays
    place, item = a.net["places"]["place"], a.net["items"]["item"]
    return str(place[int(a.node_place[node])]), str(item[int(a.node_item[node])])


def missed(model: Model, opened: Ints, values: Floats) -> tuple[Conflict, ...]:
    """What an elastic plan leaves short of everything hard, as conflicts."""
    kinds = {"shortfall": "contract", "waiver": "share", "stock_gap": "final stock", "short": "demand"}
    result = []
    for column in opened[values[opened] > 1e-6].tolist():
        amount = float(values[column] * model.column_scale[column])
        family, _, inside = model.column_name(column).removesuffix("]").partition("[")
        what, *when = inside.split(",")
        words = f"{kinds[family]} {what} is missed by {amount:,.6g}{_when(tuple(when))}"
        result.append(Conflict(kinds[family], what, tuple(when), (amount,), words))
    return tuple(result)
