"""x = A x + f solved for one shock or many, and its transpose, without the inverse and with a bound of the error.

The matrix is kept as flows Z and outputs, so that A = Z diag(output)⁻¹ is never formed: A y = Z (y / output).

*One shock.* Right-preconditioned GMRES (Saad and Schultz 1986; preconditioned by 1 − diag A) on a copy in single precision, inside
iterative refinement with residuals in double precision (Wilkinson 1963; Carson and Higham 2018). Each step reads the matrix
once; it stops when the bound below is within the tolerance.

*Many shocks.* From about n/40 right-hand sides on, one LU factorisation (LAPACK; SuperLU for sparse tables) is cheaper; it is kept.

*The bound.* With r = f − (I − A) x̂ the error is L r, so ‖x − x̂‖₁ ≤ ‖L‖₁ ‖r‖₁. Where the column sums of |A| are below one,
‖L‖₁ ≤ 1 / (1 − max column sum) (Neumann series). Where one is not, any w > 0 with d = w − |A|ᵀ w > 0 gives ‖L‖₁ ≤ max w / min d
(a dominant diagonal in the sense of McKenzie 1960); such a w is looked for by solving (I − |A|)ᵀ w = 1. What rounding adds to the
residual is bounded by (n + 2) u (|f| + |x̂| + |A||x̂|) in the same norm, u = 2⁻⁵³ (Higham 2002, section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

Vector = npt.NDArray[np.float64]
Matrix = Any
"""``numpy.ndarray`` or a scipy sparse array, square."""

_UNIT = 2.0**-53
#: Steps of GMRES before a residual in double precision is taken.
_STEPS = 30
_REFINEMENTS = 12
#: Below this size double precision is as quick as single.
_SINGLE_FROM = 400
#: Rows read at once: some megabytes, which stay near the processor.
_ROWS = 128


class NotProductive(ValueError):
    """The table needs more of its own output than it makes, so that no output serves the demand."""


@dataclass(frozen=True)
class Solved:
    """Solution with its error.

    Attributes:
        x: solution, of the shape of the right-hand side.
        bound: no entry, and no sum of entries, of a column of ``x`` is further than this from the exact solution; for a transposed
            system no entry is. None where the table has negative coefficients so large that nothing can be certified.
        steps: products of the matrix with a vector; 0 where a factorisation was used.
    """

    x: Vector
    bound: float | None
    steps: int


class Leontief:
    """(I − A) with A = ``flows`` / ``output`` by column.

    Args:
        flows: n × n, dense or sparse, entry i, j what sector j takes of sector i.
        output: n, positive where a sector takes anything; zero for empty sectors.
    """

    def __init__(self, flows: Matrix, output: Vector) -> None:
        self._sparse = sparse.issparse(flows)
        self._flows = sparse.csr_array(flows) if self._sparse else flows
        self._scale = np.divide(1.0, output, out=np.zeros(len(output)), where=output != 0)
        self.size = len(output)
        self._lu: tuple[Callable[[Vector], Vector], Callable[[Vector], Vector]] | None = None

    def times(self, x: Vector) -> Vector:
        """A x."""
        return np.asarray(self._flows @ (self._scaled(x)))

    def times_transposed(self, y: Vector) -> Vector:
        """Aᵀ y."""
        return self._scaled(np.asarray(self._flows.T @ y))

    def _scaled(self, x: Vector) -> Vector:
        return self._scale[:, None] * x if x.ndim == 2 else self._scale * x

    def solve(self, f: Vector, tolerance: float | None = None) -> Solved:
        """x with x = A x + f.

        Args:
            f: n, or n × k for k shocks.
            tolerance: of the bound, relative to ‖x‖₁; by default 1e-12, and 1e-7 from a thousand sectors on.

        Raises:
            NotProductive: there is no solution that a productive economy could have.
        """
        return self._solve(np.asarray(f, dtype=np.float64), tolerance, transposed=False)

    def solve_transposed(self, v: Vector, tolerance: float | None = None) -> Solved:
        """m with m = Aᵀ m + v: the multipliers v' L of all sectors from one solve.

        The bound holds for each entry (‖Lᵀ‖∞ = ‖L‖₁).
        """
        return self._solve(np.asarray(v, dtype=np.float64), tolerance, transposed=True)

    def _solve(self, f: Vector, tolerance: float | None, transposed: bool) -> Solved:
        if tolerance is None:
            tolerance = 1e-12 if self.size < 1000 else 1e-7
        if f.shape[0] != self.size:
            raise ValueError(f"the table has {self.size} sectors, but the vector has {f.shape[0]} entries")
        if not np.isfinite(f).all():
            raise ValueError("the vector holds entries that are not numbers")
        if f.ndim == 2 and (f.shape[1] > max(2, self.size // 40) or self._lu is not None):
            return self._factorised(f, transposed)
        columns = f if f.ndim == 2 else f[:, None]
        found = [self._one(columns[:, k], tolerance, transposed) for k in range(columns.shape[1])]
        if any(one is None for one in found):
            return self._factorised(f, transposed)
        kept = [one for one in found if one is not None]
        x = np.stack([one.x for one in kept], axis=1)
        bounds = [one.bound for one in kept if one.bound is not None]
        bound = max(bounds) if len(bounds) == len(kept) else None
        return Solved(x if f.ndim == 2 else x[:, 0], bound, sum(one.steps for one in kept))

    def _one(self, f: Vector, tolerance: float, transposed: bool) -> Solved | None:
        """By iteration; None where it does not arrive."""
        order = np.inf if transposed else 1
        product = self.times_transposed if transposed else self.times
        # How far the solution may be off for a residual of one; where that is unknown, a thousand is only a rule for stopping.
        norm = self.norm or 1e3
        x, residual, steps = np.zeros(self.size), f, 0
        last = start = float(np.linalg.norm(f, order))
        if start == 0.0:
            return Solved(x, 0.0, 0)
        for _ in range(_REFINEMENTS):
            wanted = tolerance * max(start, float(np.linalg.norm(x, order))) / (norm * last)
            change, used = self._inner(residual, wanted, transposed)
            x = x + change
            residual = f - (x - product(x))
            steps += used + 1
            now = float(np.linalg.norm(residual, order))
            reached = tolerance * float(np.linalg.norm(x, order)) / norm
            if now <= max(reached, 4 * self.size * _UNIT * start):
                return Solved(x, self._bound(f, x, residual, order), steps)
            if now > 0.5 * last:
                return None
            last = now
        return None

    def _bound(self, f: Vector, x: Vector, residual: Vector, order: float) -> float | None:
        norm = self.norm
        if norm is None:
            return None
        size = float(np.linalg.norm(f, order)) + (1.0 + self._most) * float(np.linalg.norm(x, order))
        rounding = (self.size + 2) * _UNIT * size
        return norm * (float(np.linalg.norm(residual, order)) + rounding)

    @property
    def _most(self) -> float:
        return float(self._read.sums.max()) if self.size else 0.0

    def _inner(self, f: Vector, wanted: float, transposed: bool) -> tuple[Vector, int]:
        """A step of refinement: GMRES to a relative residual that the precision of the copy can give."""
        read = self._read
        kind = read.scale.dtype

        def product(x: Vector) -> Vector:
            return np.asarray(read.scale * (x @ read.flows) if transposed else read.flows @ (read.scale * x))

        size = float(np.abs(f).max())
        # The residual is measured in another norm than the one wanted, hence the half.
        goal = max(0.5 * wanted, 1e-5 if kind == np.float32 else 1e-13)
        z, steps = _gmres(product, read.inverse, (f / size).astype(kind), goal)
        return size * z.astype(np.float64), steps

    @cached_property
    def _read(self) -> _Read:
        return _read(self._flows, self._scale)

    @cached_property
    def norm(self) -> float | None:
        """Upper bound of ‖(I − A)⁻¹‖₁; None where none was found.

        Raises:
            NotProductive: no flow is negative and yet no positive prices cover the costs of every sector.
        """
        if self._most < 1.0 - 1e-9:
            # The sums themselves are rounded.
            return (1.0 + 1e-9) / (1.0 - self._most)
        weights = self._weights()
        slack = weights - np.asarray(abs(self._flows).T @ weights) * self._scale
        if weights.min() > 0.0 and slack.min() > 0.0:
            return float(weights.max() / slack.min())
        if not self._read.negative:
            worst = int(np.argmin(slack))
            raise NotProductive(
                f"the table is not productive: no prices cover the inputs of every sector (see sector number {worst + 1}, whose "
                f"inputs are {self._read.sums[worst]:.3g} per unit of output); check that flows and output have one unit"
            )
        return None

    def _weights(self) -> Vector:
        """w for which (I − |A|)ᵀ w is about 1, or what the search came to: the caller looks at the signs."""
        ones = np.ones(self.size)
        size = abs(self._flows) if self._read.negative else self._flows
        weights = ones.copy()
        for _ in range(500):
            again = ones + np.asarray(size.T @ weights) * self._scale
            if not again.max() <= 1e9:
                return weights
            if np.abs(again - weights).max() < 1e-3:
                return np.asarray(again)
            weights = again
        return weights

    def _factorised(self, f: Vector, transposed: bool) -> Solved:
        if self._lu is None:
            self._lu = self._factorise()
        solve = self._lu[1 if transposed else 0]
        product = self.times_transposed if transposed else self.times
        order = np.inf if transposed else 1
        x = solve(f)
        residual = f - (x - product(x))
        change = solve(residual)
        x = x + change
        residual = f - (x - product(x))
        if not np.isfinite(x).all():
            raise NotProductive("the table has no solution: its coefficients are singular")
        columns = [(f, x, residual)] if f.ndim == 1 else list(zip(f.T, x.T, residual.T, strict=True))
        bounds = [self._bound(one, at, rest, order) for one, at, rest in columns]
        known = [bound for bound in bounds if bound is not None]
        return Solved(x, max(known, default=0.0) if len(known) == len(bounds) else None, 0)

    def _factorise(self) -> tuple[Callable[[Vector], Vector], Callable[[Vector], Vector]]:
        if self._sparse:
            system = sparse.csc_array(sparse.eye_array(self.size) - self._flows @ sparse.diags_array(self._scale))
            try:
                factors = sparse_linalg.splu(system)
            except RuntimeError:
                raise NotProductive("the table has no solution: its coefficients are singular") from None
            return factors.solve, lambda f: factors.solve(f, trans="T")
        dense = np.negative(self._flows * self._scale)
        dense[np.diag_indices(self.size)] += 1.0
        factors = linalg.lu_factor(dense, overwrite_a=True, check_finite=False)
        return (
            lambda f: linalg.lu_solve(factors, f, check_finite=False),
            lambda f: linalg.lu_solve(factors, f, trans=1, check_finite=False),
        )


@dataclass(frozen=True)
class _Read:
    """What one pass over the matrix gives: a copy to iterate on, column sums of |A|, whether a flow is negative.

    ``inverse`` is of 1 − diag A.
    """

    flows: Matrix
    scale: Vector
    inverse: Vector
    sums: Vector
    negative: bool


def _read(flows: Matrix, scale: Vector) -> _Read:
    size = len(scale)
    diagonal = 1.0 - flows.diagonal() * scale
    inverse = 1.0 / np.where(np.abs(diagonal) > 1e-6, diagonal, 1.0)
    if sparse.issparse(flows):
        sums = np.asarray(abs(flows).T @ np.ones(size)) * scale
        return _Read(flows, scale, inverse, sums, bool(flows.nnz and flows.data.min() < 0.0))
    single = size >= _SINGLE_FROM
    copy = np.empty((size, size), dtype=np.float32) if single else flows
    # Brought near to coefficients, so that no unit of money lies outside the range of single precision.
    unit = float(scale.max()) if single and scale.max() > 0 else 1.0
    sums, lowest = np.zeros(size), 0.0
    for start in range(0, size, _ROWS):
        rows = flows[start : start + _ROWS]
        lowest = min(lowest, float(rows.min()))
        sums += np.abs(rows).sum(0) if lowest < 0.0 else np.ones(len(rows)) @ rows
        if single:
            np.multiply(rows, unit, out=copy[start : start + _ROWS], casting="same_kind")
    kind = copy.dtype
    return _Read(copy, (scale / unit).astype(kind), inverse.astype(kind), sums * scale, lowest < 0.0)


def _gmres(product: Callable[[Vector], Vector], inverse: Vector, f: Vector, goal: float) -> tuple[Vector, int]:
    """x with (I − A) x ≈ f, and the steps taken; stops at a relative residual or after ``_STEPS``."""
    kind, size = f.dtype, len(f)
    norm = float(np.linalg.norm(f))
    if norm == 0.0:
        return np.zeros(size, dtype=kind), 0
    basis = np.empty((_STEPS + 1, size), dtype=kind)
    upper = np.zeros((_STEPS + 1, _STEPS))
    turns = np.zeros((_STEPS, 2))
    right = np.zeros(_STEPS + 1)
    basis[0], right[0] = f / norm, norm
    steps = 0
    for j in range(_STEPS):
        z = inverse * basis[j]
        w = z - product(z)
        # Twice is enough (Kahan; Giraud and others 2005).
        for _ in range(2):
            part = basis[: j + 1] @ w
            w = w - part @ basis[: j + 1]
            upper[: j + 1, j] += part
        rest = float(np.linalg.norm(w))
        upper[j + 1, j] = rest
        for i, (cosine, sine) in enumerate(turns[:j]):
            first, second = upper[i, j], upper[i + 1, j]
            upper[i, j], upper[i + 1, j] = cosine * first + sine * second, cosine * second - sine * first
        length = float(np.hypot(upper[j, j], upper[j + 1, j]))
        steps = j + 1
        if length == 0.0:
            steps = j
            break
        turns[j] = upper[j, j] / length, upper[j + 1, j] / length
        upper[j, j], upper[j + 1, j] = length, 0.0
        right[j + 1], right[j] = -turns[j, 1] * right[j], turns[j, 0] * right[j]
        if abs(right[j + 1]) <= goal * norm or rest <= 1e-7 * norm * np.finfo(kind).eps:
            break
        basis[j + 1] = w / rest
    if steps == 0:
        return np.zeros(size, dtype=kind), 1
    weights = linalg.solve_triangular(upper[:steps, :steps], right[:steps])
    return inverse * (weights.astype(kind) @ basis[:steps]), steps
