"""The same matrix as Bongsu's, written by hand for this one generator: index arithmetic, scipy COO to CSC, one ``passModel``.

It knows where everything stands, matches no identifiers, keeps no names, units, facts or families, and checks nothing. The scales
that Bongsu works out are handed to it; without them it stays in natural units.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from benchmarks.networks import CONTENT_STAGE, RATE, STAGES, Floats, Numbers


@dataclass(frozen=True)
class Scale:
    """Natural units in one solver unit: of columns, rows and money."""

    column: Floats
    row: Floats
    money: float


@dataclass(frozen=True)
class Matrix:
    """A linear programme: bounds, costs and one matrix compressed by columns."""

    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    matrix: sparse.csc_array


def assemble(x: Numbers, scale: Scale | None = None) -> Matrix:
    """Columns: make, ship, buy, dump, build, short, waiver. Rows: balance, capacity, total of each option, content."""
    n, f, T, S = x.size.places, x.size.lanes, x.size.periods, STAGES
    i32 = np.int32
    plants, modes, lanes = S * n, 2 * S * n, (S + 1) * n * f
    t = np.arange(T, dtype=i32)
    stands = np.repeat(T - x.lead, n)  # build columns of each plant

    sizes = [modes * T, lanes * T, 2 * n * T, plants * T, int(stands.sum()), n * T, 2 * n * T]
    make, ship, buy, dump, build, short, waiver, columns = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    nodes = n + 3 * plants + n
    capacity = nodes * T
    total = capacity + plants * T
    content = total + plants
    rows = content + 2 * n * T

    # Nodes: sources, then (used, made, by-product) at each plant, then customers.
    source = np.arange(n, dtype=i32)
    plant = np.arange(plants, dtype=i32)
    used, customer = n + 3 * plant, n + 3 * plants + source
    starts = np.concatenate([source, used + 1])
    ends = np.concatenate([used, customer]).reshape(S + 1, n)[np.arange(S + 1)[:, None, None], x.to].reshape(-1)

    def grid(entity: np.ndarray) -> np.ndarray:
        return (entity[:, None] * i32(T) + t).reshape(-1).astype(i32, copy=False)

    def count(start: int, size: int) -> np.ndarray:
        return np.arange(start, start + size, dtype=i32)

    row, column, value = [], [], []

    def add(r: np.ndarray, c: np.ndarray, v: np.ndarray | float) -> None:
        row.append(r)
        column.append(c)
        value.append(np.broadcast_to(v, r.shape))

    amount = np.repeat(x.recipe, n, axis=0).reshape(S, n, 2, 3)
    at_plant, make_columns, ship_columns = np.repeat(plant, 2), count(make, sizes[0]), count(ship, sizes[1])
    for part in range(3):
        add(grid(used[at_plant] + i32(part)), make_columns, np.repeat(amount[:, :, :, part].reshape(-1), T))
    add(grid(np.repeat(starts, f)), ship_columns, -1.0)
    add(grid(ends), ship_columns, 1.0)
    add(grid(np.repeat(source, 2)), count(buy, sizes[2]), 1.0)
    add(grid(customer), count(short, sizes[5]), 1.0)
    add(grid(used + 2), count(dump, sizes[3]), -1.0)
    add(capacity + grid(at_plant), make_columns, 1.0)
    first = (t >= np.repeat(x.lead, n)[:, None]).nonzero()
    option, since = first[0].astype(i32), first[1].astype(i32)
    life = T - since
    inside = np.arange(life.sum(), dtype=i32) - np.repeat(np.cumsum(life) - life, life).astype(i32)
    add(np.repeat(capacity + option * i32(T) + since, life) + inside, np.repeat(count(build, option.size), life), -1.0)
    add(total + option, count(build, option.size), 1.0)
    for rule, stage in enumerate((CONTENT_STAGE - 1, S)):
        arriving = ship_columns[stage * n * f * T : (stage + 1) * n * f * T]
        weigh = x.qualifies[stage].reshape(-1) - x.content[rule]
        add(content + grid(i32(rule * n) + x.to[stage].reshape(-1)), arriving, np.repeat(weigh, T))
    add(count(content, 2 * n * T), count(waiver, sizes[6]), 1.0)
    entries = (np.concatenate(value), (np.concatenate(row), np.concatenate(column)))
    matrix = sparse.coo_array(entries, shape=(rows, columns)).tocsc()

    w = (1 + RATE) ** -np.arange(T, dtype=float)
    paid = np.concatenate([np.cumsum(w[::-1])[::-1], [0.0]])
    cost = np.concatenate(
        [
            (x.mode_cost.reshape(-1, 1) * w).reshape(-1),
            (x.lane_cost.reshape(-1, 1) * w).reshape(-1),
            (x.price.reshape(-1, 1) * w).reshape(-1),
            (x.dump_cost.reshape(-1, 1) * w).reshape(-1),
            x.capital.reshape(-1)[option] * w[since] + x.annual.reshape(-1)[option] * paid[since],
            np.tile(x.penalty * w, n),
            np.tile(x.content_penalty * w, 2 * n),
        ]
    )
    upper = np.full(columns, np.inf)
    upper[buy:dump] = np.repeat(x.quantity.reshape(-1), T)
    upper[short:waiver] = x.demand.reshape(-1)
    row_lower, row_upper = np.zeros(rows), np.zeros(rows)
    wanted = x.demand.reshape(-1)
    row_lower[capacity - n * T : capacity] = row_upper[capacity - n * T : capacity] = wanted
    row_lower[capacity:content], row_upper[content:] = -np.inf, np.inf
    row_upper[capacity:total] = x.capacity.reshape(-1)
    row_upper[total:content] = x.most_new.reshape(-1)
    if scale is not None:
        matrix.data *= np.repeat(scale.column, np.diff(matrix.indptr))
        matrix.data *= (1.0 / scale.row)[matrix.indices]
        cost *= scale.column / scale.money
        upper /= scale.column
        row_lower /= scale.row
        row_upper /= scale.row
    return Matrix(cost, np.zeros(columns), upper, row_lower, row_upper, matrix)


def hand_over(m: Matrix) -> highspy.Highs:
    """HiGHS with the model in it, through its quickest door: plain arrays."""
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("threads", 1)
    rows, columns = m.matrix.shape
    bounds = m.cost, m.lower, m.upper, m.row_lower, m.row_upper
    entries = m.matrix.indptr, m.matrix.indices, m.matrix.data
    kinds = np.zeros(columns, dtype=np.int32)
    if highs.passModel(columns, rows, m.matrix.nnz, 1, 1, 0.0, *bounds, *entries, kinds) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS did not take the model")
    return highs
