"""From a national table to a region by location quotients (Flegg, Webber and Elliott 1995; Flegg and Webber 1997, 2000; Flegg
and Tohmo 2013).

With e employment of sectors (or output) in the region r and the nation n, E its sum:

    SLQ_i = (e_i^r / E^r) / (e_i^n / E^n)          CILQ_ij = SLQ_i / SLQ_j          λ* = [log₂(1 + E^r / E^n)]^δ
    FLQ_ij = CILQ_ij λ*  off the diagonal,  SLQ_i λ*  on it          a_ij^r = min(1, q_ij) a_ij^n
    AFLQ_ij = FLQ_ij log₂(1 + SLQ_j)  where SLQ_j > 1: a user in which the region is specialised finds more at home;
              its coefficients may then exceed the nation's, up to log₂(1 + SLQ_j) times

What the region does not supply comes from elsewhere: it is added to the imports of the using sector. A region that is the nation
has SLQ = 1 and λ* = 1, so A is unchanged. δ is not known for a region; estimates lie about 0.25 ± 0.05, and the answer is asked
for at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import sparse

from bongsu.committee.regions.leontief import Vector
from bongsu.committee.regions.table import Households, Table, TableError

Method = Literal["SLQ", "CILQ", "FLQ", "AFLQ"]


def simple_quotients(region: Sequence[float] | Vector, nation: Sequence[float] | Vector) -> Vector:
    """SLQ by sector, n; zero where the region has none of a sector.

    Raises:
        TableError: lengths differ, a figure is negative, or the region has more of a sector than the nation.
    """
    part, whole = np.asarray(region, dtype=np.float64), np.asarray(nation, dtype=np.float64)
    if part.shape != whole.shape:
        raise TableError(f"the region has {part.size} sectors and the nation {whole.size}")
    if (part < 0).any() or (whole < 0).any() or part.sum() <= 0:
        raise TableError("employment cannot be negative, and the region needs some")
    if len(over := np.flatnonzero(part > whole * (1 + 1e-9))):
        raise TableError(
            f"the region has more of sector number {over[0] + 1} than the nation ({part[over[0]]:,.6g} of {whole[over[0]]:,.6g})"
        )
    share = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return np.asarray(share / (part.sum() / whole.sum()))


def size_factor(share: float, delta: float) -> float:
    """λ* = [log₂(1 + share)]^δ of a region with that share of the nation; 1 for the whole nation.

    Raises:
        TableError: the share is not above 0 and at most 1, or δ is not within 0 and 1.
    """
    if not 0.0 < share <= 1.0 + 1e-12:
        raise TableError(f"the share of a region in its nation is above 0 and at most 1, not {share:g}")
    if not 0.0 <= delta < 1.0:
        raise TableError(f"δ is at least 0 and below 1, not {delta:g}")
    return float(np.log2(1.0 + min(share, 1.0)) ** delta)


def quotients(
    region: Sequence[float] | Vector, nation: Sequence[float] | Vector, method: Method = "FLQ", delta: float = 0.25
) -> Vector:
    """n × n, by supplying and using sector, before they are cut at one.

    Raises:
        TableError: see :func:`simple_quotients` and :func:`size_factor`; or there is no such method.
    """
    slq = simple_quotients(region, nation)
    if method == "SLQ":
        return np.repeat(slq[:, None], len(slq), axis=1)
    # A user that the region has not takes nothing, so its column does not matter.
    crossed = np.divide.outer(slq, np.where(slq > 0, slq, np.inf))
    np.fill_diagonal(crossed, slq)
    if method == "CILQ":
        return crossed
    if method in ("FLQ", "AFLQ"):
        share = float(np.asarray(region, dtype=np.float64).sum() / np.asarray(nation, dtype=np.float64).sum())
        return crossed * size_factor(share, delta) * (_specialised(slq) if method == "AFLQ" else 1.0)
    raise TableError(f"there is no method {method!r}; use SLQ, CILQ, FLQ or AFLQ")


def _specialised(slq: Vector) -> Vector:
    """log₂(1 + SLQ) of users in which the region is specialised, one for all others."""
    return np.where(slq > 1.0, np.log2(1.0 + np.maximum(slq, 1.0)), 1.0)


def regional(
    national: Table,
    region: Mapping[str, float] | Sequence[float] | Vector,
    nation: Mapping[str, float] | Sequence[float] | Vector | None = None,
    method: Method = "FLQ",
    delta: float = 0.25,
) -> Table:
    """The table of a region from the national one.

    Args:
        region, nation: employment (or output) by sector; ``nation`` defaults to the jobs of the table, or its output.

    Raises:
        TableError: a sector is missing or unknown; see :func:`quotients`.
    """
    part = _by_sector(national, region, "the region")
    default = national.rows.get("jobs", national.output)
    whole = default if nation is None else _by_sector(national, nation, "the nation")
    most = _specialised(simple_quotients(part, whole)) if method == "AFLQ" else 1.0
    cut = np.minimum(most, quotients(part, whole, method, delta))
    share = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    flows = national.flows.toarray() if sparse.issparse(national.flows) else national.flows
    kept = flows * cut * share
    lost = (flows * (1.0 - cut) * share).sum(axis=0)
    rows = {name: row * share for name, row in national.rows.items()}
    rows["imports"] = rows.get("imports", np.zeros(len(part))) + lost
    if "imports" in national.rows and (rows["imports"] < -1e-9 * np.maximum(national.output, 1.0)).any():
        worst = national.sectors[int(np.argmin(rows["imports"]))]
        raise TableError(f"{method} makes sector {worst} buy more at home than it buys in all; use FLQ")
    households = national.households
    if households is not None:
        # Households are no sector: what they buy here is limited by what the region makes of it, and by its size.
        own = simple_quotients(part, whole)
        if method in ("FLQ", "AFLQ"):
            own = own * size_factor(float(part.sum() / whole.sum()), delta)
        near = households.domestic * np.minimum(1.0, own)
        households = Households(near, households.imports + float((households.domestic - near).sum()), households.taxes)
    how = f"{method} with δ = {delta:g}" if method in ("FLQ", "AFLQ") else method
    table = Table.of(kept, national.output * share, national.sectors, rows, unit=national.unit)
    if "imports" not in national.rows:
        table = replace(table, rows={name: row for name, row in table.rows.items() if name != "imports"})
    notes = (
        *national.notes,
        f"regional coefficients estimated by {how}; imports include what comes from the rest of the country",
    )
    return replace(table, households=households, name=f"{national.name} → region".strip(), notes=notes)


def _by_sector(table: Table, amounts: Mapping[str, float] | Sequence[float] | Vector, what: str) -> Vector:
    if not isinstance(amounts, Mapping):
        return np.asarray(amounts, dtype=np.float64)
    for sector in amounts:
        table.position(sector)
    if missing := [sector for sector in table.sectors if sector not in amounts]:
        raise TableError(f"employment of {what} is missing for {', '.join(missing[:3])}; write 0 where there is none")
    return np.array([amounts[sector] for sector in table.sectors])
