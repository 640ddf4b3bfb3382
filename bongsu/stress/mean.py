"""The mean of several networks: every figure that differs between scenarios replaced by its expected value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from bongsu.chain.change import key_columns
from bongsu.chain.network import Network, case_schema, frame
from bongsu.stress.stages import NotStated

#: Tables that say what differs in one period from the row of another table.
_REFERS = {
    "lane_periods": "lanes",
    "corridor_periods": "corridors",
    "mode_periods": "modes",
    "option_periods": "options",
}
#: What holds where a table has no row.
_WITHOUT_ROW: Mapping[str, Mapping[str, float]] = {"availability": {"share": 1.0}}

_Row = dict[str, Any]
#: Rows of one table: member to period (None = every period without a row of its own) to row.
_Rows = dict[tuple[str, ...], dict[str | None, _Row]]


def mean_network(networks: Sequence[Network], weights: Sequence[float]) -> Network:
    """The network of expected figures.

    The networks are one network after different changes, so they have the same members. What is not limited in some scenario of
    positive weight is not limited in the mean.

    Raises:
        NotStated: a figure in whole numbers differs and its mean is none.
    """
    real = [(net, weight) for net, weight in zip(networks, weights, strict=True) if weight > 0]
    nets, shares = [net for net, _ in real], [weight for _, weight in real]
    tables = dict(nets[0].tables)
    for name in tables:
        if any(not net[name].equals(tables[name]) for net in nets[1:]):
            tables[name] = _mean_table(name, nets, shares)
    return replace(nets[0], tables=tables)


def _mean_table(name: str, nets: Sequence[Network], weights: Sequence[float]) -> pl.DataFrame:
    every = [_rows(net[name], key_columns(name)) for net in nets]
    members = list(dict.fromkeys(key for rows in every for key in rows))
    figures = [field.name for field in case_schema()[name].fields if field.type in ("number", "integer")]
    whole = {field.name for field in case_schema()[name].fields if field.type == "integer"}
    periods = nets[0]["periods"]["period"].to_list() if "period" in case_schema()[name] else []
    found = []
    for member in members:
        for period in _spelled([rows.get(member, {}) for rows in every], periods):
            row = dict(_template(every, member, period) or dict(zip(key_columns(name), member, strict=True)))
            if periods:
                row["period"] = period
            for figure in figures:
                values = [
                    _figure(net, rows, name, member, period, figure) for net, rows in zip(nets, every, strict=True)
                ]
                row[figure] = _mean(values, weights, f"{name} {'/'.join(member)}: {figure}", figure in whole)
            found.append(row)
    return frame(name, found)


def _rows(table: pl.DataFrame, key: tuple[str, ...]) -> _Rows:
    rows: _Rows = {}
    for row in table.to_dicts():
        rows.setdefault(tuple(str(row[column]) for column in key), {})[row.get("period")] = row
    return rows


def _spelled(own: Sequence[Mapping[str | None, _Row]], periods: Sequence[str]) -> list[str | None]:
    """Periods that the mean needs a row for: as stated, or one by one where scenarios state them differently."""
    first = list(own[0])
    if all(list(rows) == first for rows in own):
        return first
    stated = {period for rows in own for period in rows}
    # No row at all means that the figure is as elsewhere in every period.
    blank = None in stated or any(not rows for rows in own)
    return [period for period in periods if blank or period in stated]


def _template(every: Sequence[_Rows], member: tuple[str, ...], period: str | None) -> _Row | None:
    for rows in every:
        own = rows.get(member, {})
        if own:
            return own.get(period) or own.get(None) or next(iter(own.values()))
    return None


def _figure(
    net: Network, rows: _Rows, name: str, member: tuple[str, ...], period: str | None, figure: str
) -> float | None:
    own = rows.get(member, {})
    row = own.get(period) or own.get(None)
    value = None if row is None else row[figure]
    if value is None and name in _REFERS:
        base = net[_REFERS[name]]
        return base.filter(pl.col(base.columns[0]) == member[0]).row(0, named=True)[figure]  # type: ignore[no-any-return]
    if row is None:
        return _WITHOUT_ROW.get(name, {}).get(figure)
    return None if value is None else float(value)


def _mean(values: Sequence[float | None], weights: Sequence[float], what: str, whole: bool) -> float | None:
    if any(value is None for value in values):
        return None
    known = [value for value in values if value is not None]
    if all(value == known[0] for value in known):
        return known[0]
    mean = math.fsum(value * weight for value, weight in zip(known, weights, strict=True)) / math.fsum(weights)
    if whole and mean != round(mean):
        raise NotStated(f"{what} differs between scenarios and has no mean in whole numbers")
    return mean
