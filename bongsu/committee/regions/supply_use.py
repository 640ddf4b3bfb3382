"""Supply and use tables, and the four ways to a symmetric table (Eurostat Manual of Supply, Use and Input-Output Tables 2008,
ch. 11).

With U use (products × industries), S supply (products × industries; V = Sᵀ make), g = 1'S output of industries, q = S 1 output
of products:

    A  product technology          product × product     Z = U S⁻¹ q̂      exact where S is square; negative entries may appear
    B  industry technology         product × product     Z = U ĝ⁻¹ V
    C  fixed industry sales        industry × industry   Z = ĝ S⁻¹ U       exact where S is square; negative entries may appear
    D  fixed product sales         industry × industry   Z = V q̂⁻¹ U

Value added, imports and taxes go with the columns (A: W S⁻¹ q̂, B: W ĝ⁻¹ V, C and D unchanged), final demand with the rows
(C: ĝ S⁻¹ Y, D: V q̂⁻¹ Y). D keeps industries, needs no square table and never makes negatives; statistical offices publish it most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import linalg

from bongsu.committee.regions.leontief import Vector
from bongsu.committee.regions.table import Rows, Table, TableError

Model = Literal["A", "B", "C", "D"]


@dataclass(frozen=True, eq=False)
class SupplyUse:
    """A supply table and a use table of domestic output at basic prices.

    Attributes:
        products, industries: names; use, supply: products × industries.
        final: products, final demand for domestic products; None = not known.
        rows: totals by industry, as in :class:`Table`.
    """

    products: tuple[str, ...]
    industries: tuple[str, ...]
    use: Vector
    supply: Vector
    final: Vector | None = None
    rows: Mapping[str, Vector] = field(default_factory=dict)
    unit: str = ""
    name: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        use: Vector | Sequence[Sequence[float]],
        supply: Vector | Sequence[Sequence[float]],
        products: Sequence[str] | None = None,
        industries: Sequence[str] | None = None,
        rows: Rows | None = None,
        *,
        final: Vector | Sequence[float] | None = None,
        unit: str = "",
        name: str = "",
        notes: Sequence[str] = (),
    ) -> SupplyUse:
        """The two tables, products × industries each.

        Raises:
            TableError: the shapes differ, or an industry or product with uses has no output.
        """
        u, s = np.asarray(use, dtype=np.float64), np.asarray(supply, dtype=np.float64)
        if u.ndim != 2 or s.ndim != 2 or u.shape != s.shape:
            turned = (
                " (the supply table looks transposed: give products × industries)" if u.shape == s.shape[::-1] else ""
            )
            raise TableError(
                f"use is {' × '.join(map(str, u.shape))} and supply {' × '.join(map(str, s.shape))}{turned}"
            )
        count, width = u.shape
        made = cls(
            tuple(map(str, products)) if products is not None else tuple(f"P{i + 1}" for i in range(count)),
            tuple(map(str, industries)) if industries is not None else tuple(f"I{i + 1}" for i in range(width)),
            u,
            s,
            None if final is None else np.asarray(final, dtype=np.float64),
            {key: np.asarray(row, dtype=np.float64) for key, row in (rows or {}).items() if row is not None},
            unit,
            name,
            tuple(notes),
        )
        made._sound()
        return made

    def _sound(self) -> None:
        if (len(self.products), len(self.industries)) != self.use.shape:
            raise TableError(
                f"there are {len(self.products)} names of products and {len(self.industries)} of industries, but the tables are "
                f"{' × '.join(map(str, self.use.shape))}"
            )
        for what, matrix in (("use", self.use), ("supply", self.supply)):
            if not np.isfinite(matrix).all():
                i, j = np.argwhere(~np.isfinite(matrix))[0]
                raise TableError(f"the {what} of {self.products[i]} by {self.industries[j]} is missing or not a number")
        for i in np.flatnonzero(self.product_output <= 0):
            used = float(np.abs(self.use[i]).sum())
            if used or self.product_output[i] < 0:
                made = "negative output" if self.product_output[i] < 0 else "no domestic output"
                raise TableError(
                    f"product {self.products[i]} has {made}, but {used:,.6g} of it is used; count that use as imports"
                )
        for j in np.flatnonzero(self.industry_output <= 0):
            uses = float(np.abs(self.use[:, j]).sum())
            if uses or self.industry_output[j] < 0:
                raise TableError(f"industry {self.industries[j]} has no output, but uses {uses:,.6g}; leave it out")

    @property
    def industry_output(self) -> Vector:
        """g, by industry."""
        return np.asarray(self.supply.sum(axis=0))

    @property
    def product_output(self) -> Vector:
        """q, by product."""
        return np.asarray(self.supply.sum(axis=1))

    def symmetric(self, model: Model = "D") -> Table:
        """The symmetric table of one of the four models.

        Raises:
            TableError: model A or C of a supply table that is not square or is singular; there is no such model.
        """
        if model == "D":
            sales = self._shares_of_products()
            return self._table(self.industries, sales @ self.use, self.industry_output, sales, self.rows, model)
        if model == "B":
            make = self._shares_of_industries()
            rows = {name: row @ make for name, row in self.rows.items()}
            return self._table(self.products, self.use @ make, self.product_output, None, rows, model)
        if model == "A":
            factors, q = self._factors(model), self.product_output
            # Z = U S⁻¹ q̂ row by row: Sᵀ (U S⁻¹)ᵀ = Uᵀ.
            technology = linalg.lu_solve(factors, self.use.T, trans=1).T
            rows = {name: linalg.lu_solve(factors, row, trans=1) * q for name, row in self.rows.items()}
            return self._table(self.products, technology * q, q, None, rows, model)
        if model == "C":
            factors, g = self._factors(model), self.industry_output
            flows = g[:, None] * linalg.lu_solve(factors, self.use)
            final = None if self.final is None else g * linalg.lu_solve(factors, self.final)
            return self._table(self.industries, flows, g, None, self.rows, model, final)
        raise TableError(f"there is no model {model!r}; use A, B, C or D")

    def _table(
        self,
        names: Sequence[str],
        flows: Vector,
        output: Vector,
        sales: Vector | None,
        rows: Mapping[str, Vector],
        model: str,
        final: Vector | None = None,
    ) -> Table:
        if final is None and self.final is not None:
            final = sales @ self.final if sales is not None else self.final
        notes = list(self.notes)
        negative = flows < -1e-9 * np.abs(flows).max(initial=0.0)
        if negative.any():
            i, j = divmod(int(np.argmin(flows)), flows.shape[1])
            notes.append(
                f"model {model} gives {int(negative.sum())} negative flows, the largest {flows[i, j]:,.6g} from {names[i]} to "
                f"{names[j]}; they are kept as they are"
            )
        return Table.of(
            flows,
            output,
            names,
            rows,
            final=final,
            unit=self.unit,
            name=f"{self.name} (model {model})".strip(),
            notes=notes,
        )

    def _shares_of_products(self) -> Vector:
        """V q̂⁻¹, industries × products: which industries make a product."""
        q = self.product_output
        return np.divide(self.supply.T, q, out=np.zeros(self.supply.T.shape), where=q != 0)

    def _shares_of_industries(self) -> Vector:
        """ĝ⁻¹ V, industries × products: what an industry's output consists of."""
        g = self.industry_output[:, None]
        return np.divide(self.supply.T, g, out=np.zeros(self.supply.T.shape), where=g != 0)

    def _factors(self, model: str) -> tuple[Vector, Vector]:
        count, width = self.supply.shape
        if count != width:
            raise TableError(
                f"model {model} needs as many products as industries, but there are {count} and {width}; use model B or D"
            )
        factors, order = linalg.lu_factor(self.supply, check_finite=False)
        diagonal = np.abs(np.diag(factors))
        if diagonal.min() <= 1e-12 * diagonal.max():
            raise TableError(
                f"model {model} cannot be had: the supply table is singular (two industries make the same mix)"
            )
        return factors, order
