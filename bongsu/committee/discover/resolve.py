"""Verification: what a project is worth, by solving the plan without it and with it.

    value(project, s, t) = cost of the best plan with none of some options built
                           - cost of the best plan with one block of s units of one of them from period t on

Everything else is free in both: all flows, and every other build that the case allows. Which options are held back is for the
question to say: for the value of a project, those of its process at every place of the country that was looked at
(``verify.py``). The block is paid whether it is used or not, so a value may be negative.

The network is compiled once, with every project at capacity zero; a question is a change of bounds on one persistent solver
(:class:`bongsu.stress.engine.Engine`), and its answer does not depend on what was asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bongsu.chain.network import Network
from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Model, compile_network
from bongsu.stress.engine import Engine, under
from bongsu.stress.point import Point
from bongsu.stress.recourse import Delta, Recourse, reduce


@dataclass(frozen=True, order=True)
class Block:
    """A project built in full: an option of the network, a size (unit per year) and a position of the period of first use."""

    option: str
    size: float
    period: int


@dataclass(frozen=True, eq=False)
class Solved:
    """A plan under some blocks.

    Attributes:
        cost: present money, everything in.
        unmet: of it, penalties for demand that is not met.
        law: of it, duties less credits and support.
        point: the solution in solver units of the recourse problem.
        delta: what was changed.
    """

    cost: float
    unmet: float
    law: float
    point: Point
    delta: Delta

    @property
    def real(self) -> float:
        """Cost of making, moving, buying and building, without penalties and without what the law takes or gives."""
        return self.cost - self.unmet - self.law


class Resolver:
    """Solves the plan of a network for any set of projects.

    Args:
        network: with an option for every project.
        shut: options that are closed unless a question opens them.
    """

    def __init__(self, network: Network, shut: Iterable[str], start: tuple[Ints, Ints] | None = None) -> None:
        model = compile_network(network)
        self.shut = frozenset(shut)
        self._columns = _builds(model)
        closed = np.concatenate([self._columns[name] for name in sorted(self.shut)] or [np.zeros(0, dtype=np.int32)])
        #: Bounds of builds before any was closed.
        self._open = model.upper
        upper = model.upper.copy()
        upper[closed] = 0.0
        kept = sorted({int(c) for columns in self._columns.values() for c in columns})
        self.model: Model = replace(model, upper=upper)
        self.recourse: Recourse = reduce(self.model, np.zeros(model.shape[1]), replan=True, keep=kept)
        self.engine = Engine(self.recourse, base=start)
        self._solved: dict[tuple[frozenset[Block], frozenset[str], frozenset[str]], Solved] = {}

    @cached_property
    def base(self) -> Solved:
        """The plan with nothing changed."""
        return self._read(self.engine.base, Delta())

    def solve(
        self,
        blocks: Iterable[Block] = (),
        closed: Iterable[str] = (),
        free: Iterable[str] = (),
        more: Delta | None = None,
    ) -> Solved:
        """The best plan with some blocks built and other options closed or opened.

        Args:
            blocks: what is built in full; nothing else of these options is built.
            closed: further options of which nothing is built.
            free: further options that may be built as the network allows, whether shut or not.
            more: further changes, of figures other than builds.
        """
        built = frozenset(blocks)
        given = {one.option for one in built}
        none, opened = frozenset(closed) - given, frozenset(free) - given
        key = built, none, opened
        if more is None and key in self._solved:
            return self._solved[key]
        delta = self.delta(built, none, opened)
        if more is not None:
            delta = joined(delta, more)
        found = self._read(self.engine.solve(delta), delta)
        if more is None:
            self._solved[key] = found
        return found

    def remember(self, blocks: Iterable[Block] = (), closed: Iterable[str] = ()) -> Solved:
        """Solve a plan and let later ones start from it where it is nearer to them than the base is."""
        built = frozenset(blocks)
        none = frozenset(closed) - {one.option for one in built}
        delta = self.delta(built, none)
        point = self.engine.solve(delta)
        if point.how in ("base", "pool"):
            self.engine.keep(point, self.engine.basis())
            self.engine.seal()
        found = self._solved[built, none, frozenset()] = self._read(point, delta)
        return found

    def value(self, block: Block) -> float:
        """What a block is worth where its own option alone is held back, present money."""
        return self.solve(closed=[block.option]).cost - self.solve([block]).cost

    def delta(self, blocks: Iterable[Block] = (), closed: Iterable[str] = (), free: Iterable[str] = ()) -> Delta:
        """Blocks, closed and free options as bounds of builds."""
        m, at = self.model, self.recourse._column_at
        lower: dict[int, float] = {}
        upper: dict[int, float] = {}
        for name in closed:
            for column in self._columns[name].tolist():
                lower[column] = upper[column] = 0.0
        for name in free:
            for column in self._columns[name].tolist():
                lower[column], upper[column] = 0.0, float(self._open[column])
        period = m.arrays.build[1]
        start = m.variables["build"].start
        for block in blocks:
            for column in self._columns[block.option].tolist():
                opened = int(period[column - start]) == block.period
                lower[column] = upper[column] = block.size / m.column_scale[column] if opened else 0.0
        chosen = np.array(sorted(lower), dtype=np.int32)
        return Delta(
            columns=at[chosen],
            lower=np.array([lower[c] for c in chosen.tolist()]),
            upper=np.array([upper[c] for c in chosen.tolist()]),
        )

    def gains(self, option: str, found: Solved) -> dict[int, float]:
        """What one unit of an option would save by period of first use, by the reduced costs of a plan without it."""
        m = self.model
        period, start = m.arrays.build[1], m.variables["build"].start
        at = self.recourse._column_at
        return {
            int(period[c - start]): -float(found.point.reduced_costs[at[c]]) * m.money / float(m.column_scale[c])
            for c in self._columns[option].tolist()
        }

    def slope(self, block: Block, found: Solved) -> float:
        """What one unit more of a block would add to its value, present money, by its reduced cost."""
        return self.gains(block.option, found)[block.period]

    def built(self, option: str, found: Solved) -> dict[int, float]:
        """Units of an option by period of first use."""
        x, start = self.values(found), self.model.variables["build"].start
        return {int(self.model.arrays.build[1][c - start]): float(x[c]) for c in self._columns[option].tolist()}

    def periods(self, option: str) -> list[int]:
        """Periods in which an option may first be used."""
        start = self.model.variables["build"].start
        return [int(self.model.arrays.build[1][c - start]) for c in self._columns[option].tolist()]

    def values(self, found: Solved) -> Floats:
        """Values of all columns of the model, natural units."""
        return self.recourse.whole(found.point.values) * self.model.column_scale

    def cold(self, blocks: Iterable[Block] = (), closed: Iterable[str] = ()) -> float:
        """The same cost by another method without any start: an independent check."""
        return self.engine.solve_cold(self.delta(blocks, closed)).cost * self.model.money

    def _read(self, point: Point, delta: Delta) -> Solved:
        m = self.model
        x = self.recourse.whole(point.values) * m.column_scale
        unmet = 0.0
        short = m.variables.get("short")
        if short is not None and len(short):
            price = m.cost[short.span] * m.money / m.column_scale[short.span]
            unmet = float(price @ x[short.span])
        return Solved(point.objective * m.money, unmet, float(self._levied @ x), point, delta)

    @cached_property
    def _levied(self) -> Floats:
        """Of the cost of each column, what the law adds or takes off: present money per natural unit."""
        m, a = self.model, self.model.arrays
        found = np.zeros(m.shape[1])
        ship, make, build = (m.variables.get(name) for name in ("ship", "make", "build"))
        if ship is not None and len(ship):
            plain = a.net["lanes"]["cost"].fill_null(0.0).to_numpy()
            found[ship.span] = ((a.lane_cost - plain[:, None]) * a.weight).reshape(-1)
        if make is not None and len(make):
            plain = a.net["modes"]["cost"].fill_null(0.0).to_numpy()
            found[make.span] = ((a.mode_cost - plain[:, None]) * a.weight).reshape(-1)
        if build is not None and len(build):
            option, period = a.build
            plain = a.net["options"]["annual_cost"].fill_null(0.0).to_numpy()[option]
            paid = np.concatenate([[0.0], np.cumsum(a.weight)])
            end = np.minimum(period + a.option_life[option], a.T)
            found[build.span] = (a.option_annual_cost[option, period] - plain) * (paid[end] - paid[period])
        return found


def _builds(model: Model) -> Mapping[str, Ints]:
    """Columns of each option."""
    names = model.arrays.net["options"]["option"].to_list()
    build = model.variables.get("build")
    if build is None:
        return {}
    option = model.arrays.build[0]
    return {
        name: (build.start + np.flatnonzero(option == code)).astype(np.int32)
        for code, name in enumerate(names)
        if (option == code).any()
    }


def joined(first: Delta, then: Delta) -> Delta:
    """Two changes as one; where both change the same bound or right-hand side, the tighter holds."""
    columns, lower, upper = _tighter((first.columns, first.lower, first.upper), (then.columns, then.lower, then.upper))
    rows, low, high = _tighter(
        (first.rows, first.row_lower, first.row_upper), (then.rows, then.row_lower, then.row_upper)
    )
    if first.priced.size or first.entry_row.size:
        raise ValueError("the first change may only be of bounds and right-hand sides")
    return replace(
        then,
        columns=columns,
        lower=lower,
        upper=upper,
        rows=rows,
        row_lower=low,
        row_upper=high,
        constant=first.constant + then.constant,
    )


def _tighter(first: tuple[Ints, Floats, Floats], then: tuple[Ints, Floats, Floats]) -> tuple[Ints, Floats, Floats]:
    at = np.union1d(first[0], then[0]).astype(np.int32)
    lower, upper = np.full(at.size, -np.inf), np.full(at.size, np.inf)
    for positions, low, high in (first, then):
        own = np.searchsorted(at, positions)
        lower[own], upper[own] = np.maximum(lower[own], low), np.minimum(upper[own], high)
    return at, lower, upper


__all__ = ["Block", "Resolver", "Solved", "joined", "under"]
