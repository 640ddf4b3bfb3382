"""A symmetric input–output table: what it checks, and the effects and multipliers that follow from it.

Per unit of final demand for sector j, with L = (I − A)⁻¹ of domestic flows (Miller and Blair 2009, chapters 2 and 6):

    output  1'L      value added  v'L      imports  m'L      product taxes  t'L      jobs  e'L

and v'L + m'L + t'L = 1: whatever is spent ends as income here, as imports or as taxes on products.
*Simple* = direct + indirect (v and v'L − v). *Total* adds what households spend of the labour income: the table is closed with
the row of labour income w and the column of domestic consumption h per unit of that income. With s = w'L / (1 − w'L h) the
closed multipliers are v'L + (v'L h + v_h) s; the inverse of the bordered matrix is never formed. Type I = simple / direct, Type
II = total / direct.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl
from scipy import sparse

from bongsu.atlas.near import near
from bongsu.committee.regions.leontief import Leontief, Matrix, Solved, Vector

#: Rows of the table other than flows between sectors: totals by sector.
ROWS = ("value_added", "imports", "taxes", "labour_income", "jobs")
#: What one unit of final demand ends as.
_ENDS = ("value_added", "imports", "taxes")
#: Note of a table whose output is a sum of its own inputs or uses.
ADDED_UP = "output is added up, as the table holds no row and no column of it"

Rows = Mapping[str, "Sequence[float] | Vector | None"]


class TableError(ValueError):
    """The table cannot be used as it stands; the message names the sector and the amount."""


@dataclass(frozen=True)
class Households:
    """What households spend of their labour income, per unit of it.

    Attributes:
        domestic: n, on the output of each sector of the region.
        imports, taxes: on imports, and in taxes on products.
    """

    domestic: Vector
    imports: float = 0.0
    taxes: float = 0.0


@dataclass(frozen=True)
class Effect:
    """What a shock to final demand brings.

    Attributes:
        output: n, by sector; totals: value added, imports, taxes, labour income and jobs, those that the table holds.
        bound: of the error of any sum of ``output``; None where it cannot be certified.
    """

    output: Vector
    totals: Mapping[str, float]
    bound: float | None


@dataclass(frozen=True, eq=False)
class Table:
    """A symmetric table of one region or of several.

    Attributes:
        sectors: n names; flows: n × n (dense or sparse), entry i, j the domestic output of i that j uses, in money.
        output: n, at basic prices; rows: totals by sector of ``value_added``, ``imports`` (all inputs from outside), ``taxes`` (on
            products, less subsidies), ``labour_income`` (part of value added) and ``jobs``, as far as they are known.
        households: None where the table cannot be closed.
        unit: of money, such as ``CAD million``; name: what the table is, with year and publisher.
        notes: what was assumed on the way, to be shown with every result.
        step: what the entries of the source are rounded to; None = told from the flows themselves.
    """

    sectors: tuple[str, ...]
    flows: Matrix
    output: Vector
    rows: Mapping[str, Vector] = field(default_factory=dict)
    final: Vector | None = None
    households: Households | None = None
    unit: str = ""
    name: str = ""
    notes: tuple[str, ...] = ()
    step: float | None = None

    @classmethod
    def of(
        cls,
        flows: Matrix,
        output: Sequence[float] | Vector,
        sectors: Sequence[str] | None = None,
        rows: Rows | None = None,
        *,
        final: Sequence[float] | Vector | None = None,
        households: Households | None = None,
        unit: str = "",
        name: str = "",
        notes: Sequence[str] = (),
        step: float | None = None,
    ) -> Table:
        """A table of flows and totals.

        Args:
            flows: n × n; output: n; sectors: n names (numbers where none are given).
            final: n, final demand for domestic output, all uses together; needed only to check the balance of rows.
            rows: totals by sector, such as ``{"value_added": ...}``; see :data:`ROWS`.

        Raises:
            TableError: shapes differ, an output is negative, a sector without output is used or uses something, a figure is
            missing.
        """
        made = cls._made(flows, output, sectors, rows or {}, final)
        table = replace(made, households=households, unit=unit, name=name, notes=tuple(notes), step=step)
        table._sound()
        return table

    @classmethod
    def of_coefficients(
        cls,
        coefficients: Matrix,
        output: Sequence[float] | Vector | None = None,
        sectors: Sequence[str] | None = None,
        rows: Rows | None = None,
    ) -> Table:
        """A table of input coefficients A; the rows are per unit of output. Without outputs each counts as one.

        Raises:
            TableError: A is no square; see :meth:`of`.
        """
        if not sparse.issparse(coefficients):
            coefficients = np.asarray(coefficients, dtype=np.float64)
        if coefficients.ndim != 2 or coefficients.shape[0] != coefficients.shape[1]:
            raise TableError(f"coefficients are a square, not {' × '.join(map(str, coefficients.shape))}")
        size = coefficients.shape[0]
        x = np.ones(size) if output is None else np.asarray(output, dtype=np.float64)
        flows = coefficients @ sparse.diags_array(x) if sparse.issparse(coefficients) else np.asarray(coefficients) * x
        totals = {name: np.asarray(row, dtype=np.float64) * x for name, row in (rows or {}).items() if row is not None}
        return cls.of(flows, x, sectors, totals)

    @classmethod
    def _made(
        cls,
        flows: Matrix,
        output: Sequence[float] | Vector,
        sectors: Sequence[str] | None,
        rows: Rows,
        final: Sequence[float] | Vector | None,
    ) -> Table:
        matrix = sparse.csr_array(flows) if sparse.issparse(flows) else np.ascontiguousarray(flows, dtype=np.float64)
        x = np.asarray(output, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape != (len(x), len(x)):
            raise TableError(f"the flows are {' × '.join(map(str, matrix.shape))}, but there are {len(x)} outputs")
        names = tuple(str(one) for one in sectors) if sectors is not None else tuple(str(i + 1) for i in range(len(x)))
        if len(names) != len(x):
            raise TableError(f"there are {len(names)} names of sectors, but {len(x)} outputs")
        if unknown := [name for name in rows if name not in ROWS]:
            raise TableError(f"there is no row {unknown[0]!r} of a table; use {', '.join(ROWS)}")
        kept = {name: np.asarray(row, dtype=np.float64) for name, row in rows.items() if row is not None}
        demand = None if final is None else np.asarray(final, dtype=np.float64)
        for name, row in [*kept.items(), *([("final", demand)] if demand is not None else [])]:
            if row.shape != x.shape:
                raise TableError(f"{name} has {row.size} entries, but there are {len(x)} sectors")
        return cls(names, matrix, x, kept, demand)

    def _sound(self) -> None:
        double = {name for name in self.sectors if self.sectors.count(name) > 1} if len(self) < 2000 else set()
        if double or len(set(self.sectors)) < len(self):
            raise TableError(
                f"two sectors have the same name: {', '.join(sorted(double)[:3]) or 'see the list of sectors'}"
            )
        vectors = {"output": self.output, **self.rows, **({"final": self.final} if self.final is not None else {})}
        for name, row in vectors.items():
            if len(missing := np.flatnonzero(~np.isfinite(row))):
                raise TableError(f"{name} of sector {self.sectors[missing[0]]} is missing or not a number")
        data = self.flows.data if sparse.issparse(self.flows) else self.flows
        # A sum is finite unless an entry is not; looked at one by one only then.
        if data.size and not np.isfinite(data.sum()):
            i, j = np.argwhere(~np.isfinite(_dense(self.flows)))[0]
            raise TableError(f"the flow from {self.sectors[i]} to {self.sectors[j]} is missing or not a number")
        if len(low := np.flatnonzero(self.output < 0)):
            worst = low[np.argmin(self.output[low])]
            raise TableError(
                f"sector {self.sectors[worst]} has negative output {_said(self.output[worst])}; look whether a row of changes in "
                "stocks or of subsidies was taken for it"
            )
        for i in np.flatnonzero(self.output == 0):
            self._empty(int(i))

    def _empty(self, i: int) -> None:
        used = float(abs(self.flows[[i], :]).sum())
        uses = float(abs(self.flows[:, [i]]).sum())
        if used > 0:
            raise TableError(
                f"sector {self.sectors[i]} has no output, but other sectors use {_said(used)} of it; "
                "leave it out, or count its use as imports"
            )
        if uses > 0:
            raise TableError(f"sector {self.sectors[i]} has no output, but uses {_said(uses)}; leave it out")

    def __len__(self) -> int:
        return len(self.sectors)

    def position(self, sector: str) -> int:
        """Place of a sector in the list.

        Raises:
            TableError: there is none, with the nearest names.
        """
        try:
            return self.sectors.index(sector)
        except ValueError:
            like = near(sector, self.sectors, most=5)
            hint = f"; did you mean {', '.join(like)}?" if like else f"; the first are {', '.join(self.sectors[:5])}"
            raise TableError(f"there is no sector {sector!r} in {self.name or 'the table'}{hint}") from None

    @cached_property
    def leontief(self) -> Leontief:
        """The system (I − A); it keeps what it reads of the matrix."""
        return Leontief(self.flows, self.output)

    @property
    def coefficients(self) -> Matrix:
        """A, n × n: flows per unit of output of the using sector."""
        scale = np.divide(1.0, self.output, out=np.zeros(len(self)), where=self.output != 0)
        return self.flows @ sparse.diags_array(scale) if sparse.issparse(self.flows) else self.flows * scale

    def per_output(self, row: str) -> Vector:
        """A row per unit of output: direct coefficients.

        Raises:
            TableError: the table does not hold that row.
        """
        if row not in self.rows:
            raise TableError(f"{self.name or 'the table'} has no row {row}; it has {', '.join(self.rows) or 'none'}")
        return np.divide(self.rows[row], self.output, out=np.zeros(len(self)), where=self.output != 0)

    def imbalances(self, tolerance: float = 0.002) -> list[str]:
        """Where inputs or uses do not add up to output, worst first: sentences with sector and amount.

        Args:
            tolerance: of output. A table of rounded numbers is also given what rounding each entry can add.
        """
        found: list[tuple[float, str]] = []
        inputs = np.asarray(self.flows.sum(axis=0)).ravel()
        if all(name in self.rows for name in _ENDS):
            inputs = inputs + sum(self.rows[name] for name in _ENDS)
            found += self._gaps(inputs, "inputs and value added", tolerance)
        elif "value_added" in self.rows:
            # Without the rows of imports or taxes the inputs may only be too few.
            over = np.maximum(inputs + sum(self.rows[name] for name in _ENDS if name in self.rows), self.output)
            found += self._gaps(over, "inputs and value added", tolerance)
        if self.final is not None:
            uses = np.asarray(self.flows.sum(axis=1)).ravel() + self.final
            found += self._gaps(uses, "uses", tolerance)
        return [sentence for _, sentence in sorted(found, key=lambda one: -one[0])]

    def _gaps(self, sums: Vector, what: str, tolerance: float) -> Iterable[tuple[float, str]]:
        data = self.flows.data if sparse.issparse(self.flows) else self.flows
        step = self.step if self.step is not None else step_of(data)
        slack = 1.5 * np.sqrt(len(self) + 4) * step + 1e-9 * float(np.abs(self.output).max(initial=0.0))
        gap = sums - self.output
        for i in np.flatnonzero(np.abs(gap) > np.maximum(tolerance * self.output, slack)):
            more = "more" if gap[i] > 0 else "less"
            yield (
                float(abs(gap[i])),
                f"sector {self.sectors[i]}: {what} are {_said(sums[i])}, {_said(abs(gap[i]))} {more} than its output "
                f"{_said(self.output[i])}",
            )

    def balanced(self, tolerance: float = 0.002) -> Table:
        """The table itself, where it balances.

        Raises:
            TableError: it does not; the message names the three worst sectors and by how much.
        """
        gaps = self.imbalances(tolerance)
        if gaps:
            more = f" (and {len(gaps) - 3} more)" if len(gaps) > 3 else ""
            raise TableError(f"{self.name or 'the table'} does not balance: {'; '.join(gaps[:3])}{more}")
        return self

    def shock(self, demand: Mapping[str, float] | Sequence[float] | Vector, closed: bool = False) -> Effect:
        """What a demand for the output of sectors brings, in the region and in all rounds.

        Args:
            demand: n amounts, or amounts by sector, in the unit of the table; closed: with what households spend of their income.

        Raises:
            TableError: a sector is unknown, or the table cannot be closed.
        """
        if isinstance(demand, Mapping):
            f = np.zeros(len(self))
            for sector, amount in demand.items():
                f[self.position(sector)] += amount
        else:
            f = np.asarray(demand, dtype=np.float64)
        solved = self.leontief.solve(f)
        x, bound, income = solved.x, solved.bound, 0.0
        if closed:
            _, spread, w, rest = self._closing
            income = float(w @ x) / rest
            x = x + spread.x * income
            bound = (
                None if bound is None or spread.bound is None else self._closed_bound(bound, spread.bound, income, rest)
            )
        totals = {name: float(self.per_output(name) @ x) for name in self.rows}
        if closed:
            totals["imports"] = totals.get("imports", 0.0) + self._households.imports * income
            totals["taxes"] = totals.get("taxes", 0.0) + self._households.taxes * income
            totals = {name: value for name, value in totals.items() if name in self.rows}
        return Effect(x, totals, bound)

    def _closed_bound(self, bound: float, spread: float, income: float, rest: float) -> float:
        """Error of x + L h s: that of x, that of s = w'x / rest, and that of L h, to first order doubled to be safe."""
        _, solved, w, _ = self._closing
        most = float(np.abs(w).max())
        size = float(np.abs(solved.x).sum())
        of_income = (most * bound + abs(income) * most * spread) / rest
        return 2.0 * (bound + size * of_income + spread * abs(income))

    @property
    def _households(self) -> Households:
        if self.households is None:
            raise TableError(
                f"{self.name or 'the table'} has no column of household consumption, so effects of spent income cannot be told"
            )
        return self.households

    @cached_property
    def _closing(self) -> tuple[Households, Solved, Vector, float]:
        """Households, L h, w and 1 − w'L h."""
        households, w = self._households, self.per_output("labour_income")
        spread = self.leontief.solve(households.domestic)
        rest = 1.0 - float(w @ spread.x)
        if rest <= 0:
            raise TableError(
                "households would spend more than they earn in every round; check the column of consumption"
            )
        return households, spread, w, rest

    def simple(self, row: str = "output") -> Vector:
        """Direct and indirect per unit of final demand, for every sector from one solve: 1'L, v'L, m'L, e'L."""
        return self.leontief.solve_transposed(self._direct(row)).x

    def _direct(self, row: str) -> Vector:
        return np.ones(len(self)) if row == "output" else self.per_output(row)

    def total(self, row: str = "output") -> Vector:
        """Direct, indirect and induced per unit of final demand, for every sector.

        Raises:
            TableError: the table has no household column or no labour income.
        """
        households, _, _, rest = self._closing
        simple, earned = self.simple(row), self.simple("labour_income")
        own = {"imports": households.imports, "taxes": households.taxes}.get(row, 0.0)
        return np.asarray(simple + earned * ((float(simple @ households.domestic) + own) / rest))

    def multipliers(self) -> pl.DataFrame:
        """All multipliers: sector, measure, direct, indirect, simple, type_1; induced, total, type_2 where the table can be
        closed."""
        closed = self.households is not None and "labour_income" in self.rows
        frames = []
        for row in ("output", *self.rows):
            direct, simple = self._direct(row), self.simple(row)
            # A sector that buys nothing at home has no indirect effect, and not one of 1e-16.
            simple = np.where(np.abs(simple - direct) <= 1e-14 * np.abs(direct), direct, simple)
            columns: dict[str, Vector | list[str]] = {
                "sector": list(self.sectors),
                "measure": [row] * len(self),
                "direct": direct,
                "indirect": simple - direct,
                "simple": simple,
                "type_1": _ratio(simple, direct),
            }
            if closed:
                total = self.total(row)
                columns |= {"induced": total - simple, "total": total, "type_2": _ratio(total, direct)}
            frames.append(pl.DataFrame(columns))
        return pl.concat(frames).with_columns(pl.col(pl.Float64).fill_nan(None))

    def whole(self) -> Vector:
        """v'L + m'L + t'L by sector: one everywhere if the table is complete.

        Raises:
            TableError: the table lacks one of the three rows.
        """
        return self.leontief.solve_transposed(sum((self.per_output(name) for name in _ENDS), np.zeros(len(self)))).x


def step_of(entries: Vector) -> float:
    """What entries are rounded to, from one to a thousandth; nought where they are not, or too small to tell.

    >>> step_of(np.array([12.0, 3.0])), step_of(np.array([12.1, 3.0])), step_of(np.array([12.123456, 3.0]))
    (1.0, 0.1, 0.0)
    """
    most = float(np.abs(entries).max(initial=0.0))
    for places in range(4):
        if most > 10.0 ** (1 - places) and (np.abs(entries - np.round(entries, places)) <= 1e-9 * most).all():
            return float(10.0**-places)
    return 0.0


def _ratio(part: Vector, whole: Vector) -> Vector:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole != 0))


def _dense(matrix: Matrix) -> Vector:
    return np.asarray(matrix.toarray() if sparse.issparse(matrix) else matrix)


def _said(amount: float) -> str:
    return f"{amount:,.6g}"
