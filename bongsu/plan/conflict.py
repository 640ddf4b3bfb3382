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

from dataclasses import dataclass

import highspy
import numpy as np

from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Model, key_name
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
        self.solver.set_rows(self.rows, lower[self.rows], upper[self.rows])
        self.row_lower, self.row_upper = lower, upper
        rows, place = np.unique(self.rows, return_inverse=True)
        total = np.bincount(place, weights=self.quantity)
        highs.addCol(-1.0, 0.0, 1.0, rows.size, rows.astype(np.int32), -total)
        other = np.setdiff1d(hard_columns(model), _family_columns(model, "short"))
        # Contracts, shares and final stocks give way here: θ asks about demand alone.
        self.solver.set_bounds(other.astype(np.int32), np.zeros(other.size), np.full(other.size, np.inf))
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


_ROW_KINDS = {
    "capacity": ("plants", "capacity"),
    "corridor": ("corridors", "corridor"),
    "build_total": ("options", "option"),
}
_COLUMN_KINDS = {"buy": ("supplies", "supply"), "ship": ("lanes", "lane"), "build": ("options", "option")}
#: One limit: kind, table, code in it, whether it is a row, positions in the model, periods.
_Limit = tuple[str, str, int, bool, Ints, Ints]


def find_conflict(programme: Servable) -> tuple[Conflict, ...]:
    """A small set of limits that cannot hold together with the demands, largest influence first.

    Empty where all demand can be served, or none is hard. Limits of the programme are lifted on the way: afterwards it says nothing
    about its network any more.
    """
    model, proof = programme.model, programme.proof
    if not proof.clashes or not np.isnan(model.arrays.demand_penalty).any():
        return ()
    limits = _support(model, proof)
    kept = _reduce(programme, limits)
    return (
        *_demands(model, proof.row_duals),
        *(_describe(model, limit) for limit in kept),
        *(_recipes(programme) if kept else ()),
        *_sourceless(model, proof.row_duals, kept),
    )


def _support(model: Model, proof: Proof) -> list[_Limit]:
    """Limits that have a part in a proof, largest influence first."""
    found: list[tuple[float, _Limit]] = []
    for families, kinds, duals, bounds in (
        (model.constraints, _ROW_KINDS, proof.row_duals, model.row_upper),
        (model.variables, _COLUMN_KINDS, proof.column_duals, model.upper),
    ):
        for name, (table, kind) in kinds.items():
            family = families.get(name)
            if family is None:
                continue
            own = duals[family.span]
            finite = np.isfinite(bounds[family.span])
            active = np.flatnonzero((np.abs(own) > _ZERO) & finite)
            code = family.keys[table][active]
            period = (
                family.keys["period"][active] if "period" in family.keys else np.full(active.size, -1, dtype=np.int32)
            )
            for one in np.unique(code):
                mine = active[code == one]
                weight = float(np.abs(own[mine] * np.maximum(bounds[family.span][mine], 1e-3)).sum())
                positions = (mine + family.start).astype(np.int32)
                found.append((weight, (kind, table, int(one), name in _ROW_KINDS, positions, period[code == one])))
    found.sort(key=lambda pair: (-pair[0], pair[1][1], pair[1][2]))
    return [limit for _, limit in found]


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
    model, solver = programme.model, programme.solver
    _, _, _, is_row, positions, _ = limit
    upper = programme.row_upper if is_row else model.upper
    most = upper[positions] if stands else np.full(positions.size, np.inf)
    if is_row:
        solver.set_rows(positions, programme.row_lower[positions], most)
    else:
        solver.set_bounds(positions, model.lower[positions], most)


def _weighs(proof: Proof, limit: _Limit) -> bool:
    """Whether a limit has a part in a proof."""
    _, _, _, is_row, positions, _ = limit
    duals = proof.row_duals if is_row else proof.column_duals
    return bool((np.abs(duals[positions]) > _ZERO).any())


def _lift_others(programme: Servable, limits: list[_Limit]) -> None:
    """Leave only the certificate's limits standing: together they still prove the clash, and the filter looks at them alone."""
    model, solver = programme.model, programme.solver
    for is_row, families, kinds, bounds in (
        (True, model.constraints, _ROW_KINDS, model.row_upper),
        (False, model.variables, _COLUMN_KINDS, model.upper),
    ):
        own = [limit[4] for limit in limits if limit[3] == is_row]
        held = np.concatenate(own) if own else np.zeros(0, dtype=np.int32)
        spans = [np.arange(f.start, f.stop) for name in kinds if (f := families.get(name)) is not None]
        every = np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)
        free = np.setdiff1d(every[np.isfinite(bounds[every])], held).astype(np.int32)
        if is_row:
            solver.set_rows(free, programme.row_lower[free], np.full(free.size, np.inf))
        else:
            solver.set_bounds(free, model.lower[free], np.full(free.size, np.inf))


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
    shown = f"{min(limit):,.6g}" if min(limit) == max(limit) else f"{min(limit):,.6g} to {max(limit):,.6g}"
    # A row at a time: for the few recipes that are named, a filter of the table costs more than solving does.
    rows = zip(*(a.net["recipes"][column].to_list() for column in ("process", "item", "facts")), strict=True)
    facts = " ".join(dict.fromkeys(fact for *of, fact in rows if fact and of == [process, item]))
    words = f"process {process} takes {shown} of {item} for each unit{_when(when)}"
    return Conflict("recipe", f"{process}/{item}", when, limit, words, facts)


def _describe(model: Model, limit: _Limit) -> Conflict:
    kind, table, code, is_row, positions, periods = limit
    a = model.arrays
    row = a.net[table].row(code, named=True)
    name = str(row[a.net[table].columns[0]])
    bounds, scale = (model.row_upper, model.row_scale) if is_row else (model.upper, model.column_scale)
    limits = tuple(float(v) for v in bounds[positions] * scale[positions])
    if kind == "capacity":
        own = a.capacity[code]
        limits = tuple(float(own[p]) for p in periods)
    when = tuple(key_name(a, "period", int(p)) for p in periods if p >= 0)
    shown = f"{min(limits):,.6g}" if min(limits) == max(limits) else f"{min(limits):,.6g} to {max(limits):,.6g}"
    spoken = {
        "capacity": f"plant {name} can make at most {shown} a year",
        "supply": f"at most {shown} a year of {row.get('item')} can be bought at {row.get('place')} (offer {name})",
        "lane": f"lane {name} from {row.get('from')} to {row.get('to')} carries at most {shown} a year of {row.get('item')}",
        "corridor": f"corridor {name} carries at most {shown} a year",
        "option": f"option {name} can add at most {shown}",
    }[kind]
    return Conflict(kind, name, when, limits, f"{spoken}{_when(when)}", str(row.get("facts") or ""))


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
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    start = model.constraints["balance"].start
    for row, amount in zip(rows[active].tolist(), natural[active].tolist(), strict=True):
        node, period = divmod(row - start, a.T)
        place, item = _node_names(model, node)
        found.setdefault((place, item), []).append((key_name(a, "period", period), amount))
    result = []
    for (place, item), wants in found.items():
        periods = tuple(period for period, _ in wants)
        amounts = tuple(amount for _, amount in wants)
        words = f"{place} wants {sum(amounts):,.6g} of {item}{_when(periods)}"
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
