"""Joining the blocks into one matrix, and handing it over whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from scipy import sparse

from bongsu.chain.network import Network
from bongsu.plan import blocks
from bongsu.plan.arrays import Arrays, Bools, Floats, Ints
from bongsu.plan.blocks import capacity as capacity_block
from bongsu.plan.blocks.parts import Columns, Rows, same
from bongsu.plan.blocks.scale import Scales, money_scale, scales


@dataclass(frozen=True)
class Family:
    """Where one family stands in the model: positions ``start`` to ``stop``, and what each member belongs to."""

    name: str
    start: int
    stop: int
    keys: Mapping[str, Ints]

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def span(self) -> slice:
        """Positions of the family as a slice."""
        return slice(self.start, self.stop)


@dataclass(frozen=True)
class Model:
    """A compiled plan: the matrix in solver units, and how to read it in natural ones.

    A natural value is ``column_scale`` times the solver's value; a natural dual is ``money / row_scale`` times the solver's.

    Attributes:
        arrays: the coded network.
        variables, constraints: families in model order.
        cost, lower, upper: of the columns; ``row_lower``, ``row_upper`` of the rows; all in solver units.
        matrix: compressed by columns, 32-bit indices.
        integer: which columns take whole values only.
        scales: those of the network that it was stated in; column_scale, row_scale, money: natural units in one solver unit.
        offset: constant part of the objective in natural money (fixed cost of standing capacity).
    """

    arrays: Arrays
    variables: Mapping[str, Family]
    constraints: Mapping[str, Family]
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    matrix: sparse.csc_array
    integer: Bools
    scales: Scales
    column_scale: Floats
    row_scale: Floats
    money: float
    offset: float
    hard: bool = field(default=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.row_lower.size, self.cost.size

    def coefficient_range(self) -> tuple[float, float]:
        """Smallest and largest magnitude in the matrix as the solver sees it."""
        if not self.matrix.nnz:
            return 1.0, 1.0
        size = np.abs(self.matrix.data)
        return float(size.min()), float(size.max())

    def column_name(self, column: int) -> str:
        """Name of a column such as ``ship[lane,2030]``; made on demand, never stored."""
        return _name(self, self.variables.values(), column)

    def row_name(self, row: int) -> str:
        """Name of a row such as ``balance[place:item,2030]``."""
        return _name(self, self.constraints.values(), row)


def _name(model: Model, families: Iterable[Family], position: int) -> str:
    family = next(f for f in families if f.start <= position < f.stop)
    parts = [key_name(model.arrays, kind, int(codes[position - family.start])) for kind, codes in family.keys.items()]
    index = position - family.start
    suffix = f"#{index}" if family.name in {"build_size", "single_source", "contract"} else ""
    return f"{family.name}[{','.join(parts)}]{suffix}"


def key_name(a: Arrays, kind: str, code: int) -> str:
    """What a key stands for: an identifier of the network, or ``place:item`` for a node."""
    if kind == "node":
        place, item = a.net["places"]["place"][int(a.node_place[code])], a.net["items"]["item"][int(a.node_item[code])]
        return f"{place}:{item}"
    if kind == "disposals":
        row = a.net["disposals"].row(code, named=True)
        return f"{row['place']}:{row['item']}"
    table = "periods" if kind == "period" else kind
    return str(a.net[table][a.net[table].columns[0]][code])


def compile_network(net: Network, like: Model | None = None) -> Model:
    """The plan of a network as one sparse matrix, in its own scales or in those of another model.

    Args:
        net: what to state.
        like: a model in whose scales it is stated, whatever network they came from; of the same items, modes, plants and corridors.

    Raises:
        ValueError: the other model is of other items, modes, plants or corridors.

    Example:
        >>> model = compile_network(Network.read("examples/cases/two-plants"))
        >>> model.shape
        (26, 30)
    """
    a = Arrays(net)
    s = scales(a) if like is None else _shared(a, like)
    columns = _stated(blocks.VARIABLES, "columns", a, s)
    rows = _stated(blocks.CONSTRAINTS, "rows", a, s)
    variables = _families(columns)
    constraints = _families(rows)
    column_scale = np.concatenate([c.scale for c in columns])
    row_scale = np.concatenate([r.scale for r in rows])
    # A whole number must stay one: integer columns are never scaled.
    integer = np.concatenate([same(False, c.size) if c.integer is None else c.integer for c in columns])
    cost = _scaled(np.multiply, [(c.cost, c.scale) for c in columns])
    money = money_scale(cost) if like is None else like.money
    cost /= money
    return Model(
        arrays=a,
        variables=variables,
        constraints=constraints,
        cost=cost,
        lower=_scaled(np.divide, [(c.lower, c.scale) for c in columns]),
        upper=_scaled(np.divide, [(c.upper, c.scale) for c in columns]),
        row_lower=_scaled(np.divide, [(r.lower, r.scale) for r in rows]),
        row_upper=_scaled(np.divide, [(r.upper, r.scale) for r in rows]),
        matrix=_matrix(rows, variables, constraints, column_scale, row_scale),
        integer=integer,
        scales=s,
        column_scale=column_scale,
        row_scale=row_scale,
        money=money,
        offset=_standing(a),
        hard=_has_hard(a),
    )


def _shared(a: Arrays, like: Model) -> Scales:
    """The scales of another model, which stand for its items, modes, plants and corridors in their order."""
    for table in ("items", "modes", "plants", "corridors"):
        key = a.net[table].columns[0]
        if a.net[table][key].to_list() != like.arrays.net[table][key].to_list():
            raise ValueError(f"the other model has other {table}, so its scales do not fit; leave out `like`")
    return like.scales


def _stated(modules: Iterable[ModuleType], face: str, a: Arrays, s: Scales) -> list[Any]:
    return [getattr(module, face)(a, s) for module in modules]


def _families(parts: Iterable[Columns | Rows]) -> dict[str, Family]:
    families: dict[str, Family] = {}
    start = 0
    for part in parts:
        families[part.family] = Family(part.family, start, start + part.size, part.keys)
        start += part.size
    return families


def _scaled(by: np.ufunc, parts: list[tuple[Floats, Floats]]) -> Floats:
    """Values of all families one after the other, each multiplied or divided by its scale."""
    joined = np.empty(sum(values.size for values, _ in parts))
    at = 0
    for values, scale in parts:
        by(values, scale, out=joined[at : at + values.size])
        at += values.size
    return joined


def _matrix(
    rows: list[Rows],
    variables: Mapping[str, Family],
    constraints: Mapping[str, Family],
    column_scale: Floats,
    row_scale: Floats,
) -> sparse.csc_array:
    """One matrix from the entries of all blocks. Every (row, column) pair is stated by one block once."""
    parts = [(r, e) for r in rows for e in r.entries if e.value.size]
    size = sum(e.value.size for _, e in parts)
    row, column = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    value, smaller = np.empty(size), 1.0 / row_scale
    at = 0
    for r, e in parts:
        here = slice(at, at + e.value.size)
        np.add(e.row, constraints[r.family].start, out=row[here])
        np.add(e.column, variables[e.family].start, out=column[here])
        # Scales are powers of two: multiplying by the inverse is exact, and quicker than dividing.
        np.multiply(e.value, smaller[constraints[r.family].span][e.row], out=value[here])
        at = here.stop
    joined = sparse.coo_array((value, (row, column)), shape=(row_scale.size, column_scale.size))
    joined.has_canonical_format = True
    matrix = joined.tocsc()
    matrix.data *= np.repeat(column_scale, np.diff(matrix.indptr))
    return matrix


def _standing(a: Arrays) -> float:
    own = np.where(np.isfinite(a.capacity), a.capacity, 0.0)
    return float((a.fixed_cost[:, None] * own * a.weight).sum())


def _has_hard(a: Arrays) -> bool:
    rules = (a.net["contracts"], a.net["shares"])
    return bool(
        np.isnan(a.demand_penalty[a.demand_quantity > 0]).any()
        or any(table["penalty"].null_count() for table in rules)
        or (a.net["stocks"]["final"] > 0).any()
    )


def limited_plants(model: Model) -> Ints:
    """Plants that have a capacity row."""
    return capacity_block.which(model.arrays)
