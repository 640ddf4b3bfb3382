"""Changes to a network: what may happen to it, stated in the words of its own tables.

A :class:`Change` names one figure of a network (table, row, column, period) and what becomes of it. An :class:`Event` is a named
bundle of changes that holds as a whole, a :class:`Scenario` a weighted set of events. :func:`apply` makes the changed network;
:mod:`bongsu.plan.patch` makes the same change to a compiled plan without stating it anew.

    >>> stop = Change("availability", "west", "share", period="2027", value=0.0, source="assumed")
    >>> hit = apply(Network.read("examples/cases/two-plants"), [stop])

A factor multiplies the figure, a value replaces it; several changes of one figure are taken in their order, so factors of several
events multiply.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from bongsu.chain.network import Network, case_schema, frame

#: Tables whose rows hold for all periods, and the table that says what differs in one.
_BY_PERIOD = {
    "lanes": "lane_periods",
    "corridors": "corridor_periods",
    "modes": "mode_periods",
    "options": "option_periods",
}
#: Columns in which a blank means that nothing limits.
_LIMITS = ("capacity", "quantity", "maximum", "max_size", "max_total", "max_count", "max_per_period")
#: Tables that say what may happen or be done, not what is planned.
_ABOUT = ("events", "event_changes", "scenarios", "scenario_events", "first_stage", "measures", "measure_changes")
#: What a row that is made for a plant without one says.
_WITHOUT_ROW = {("availability", "share"): 1.0}


class BadChange(ValueError):
    """A change that names nothing in the network, or cannot be carried out."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one figure of a network.

    Attributes:
        table, of, column: the figure. ``of`` is the identifier of its row: the first column, or the columns of the key other than
            the period, joined by ``/`` (``grow_wheat/wheat`` of the recipes).
        period: the period meant; None = every period.
        factor: what the figure is multiplied by, where ``value`` is None.
        value: what the figure becomes; infinity = not limited.
        source: facts behind it, or ``assumed``.
    """

    table: str
    of: str
    column: str
    period: str | None = None
    factor: float = 1.0
    value: float | None = None
    source: str = "assumed"

    def on(self, figure: float) -> float:
        """The figure after the change; infinity stands for what is not limited.

        Raises:
            BadChange: a figure without a limit is to be multiplied by something between zero and infinity.
        """
        if self.value is not None:
            return self.value
        if not math.isfinite(figure) and self.factor != 1.0:
            if self.factor == 0.0 and self.column in _LIMITS:
                return 0.0
            raise BadChange(
                f"{self.table} {self.of}: {self.column} has no limit to multiply; state a value for the change"
            )
        return figure * self.factor


@dataclass(frozen=True, slots=True)
class Event:
    """Something that may happen, as a whole or not at all.

    Attributes:
        name: identifier.
        changes: what it changes.
        probability: that it happens; None = unknown.
        family: events of one family may be drawn together.
        recovery: years to recover; None = unknown.
        source: facts behind it, or ``assumed``.
        title: name for people.
    """

    name: str
    changes: tuple[Change, ...]
    probability: float | None = None
    family: str | None = None
    recovery: float | None = None
    source: str = "assumed"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A set of events that happen together.

    Attributes:
        name: identifier.
        changes: what changes, event by event.
        weight: probability among all scenarios.
        events: names of the events.
        source: facts behind it, or ``assumed``.
        title: name for people.
    """

    name: str
    changes: tuple[Change, ...] = ()
    weight: float = 1.0
    events: tuple[str, ...] = ()
    source: str = "assumed"
    title: str = ""


def events(network: Network) -> dict[str, Event]:
    """Events that a case states, by name, in file order."""
    changes: dict[str, list[Change]] = {}
    for row in network["event_changes"].iter_rows(named=True):
        factor = 1.0 if row["factor"] is None else row["factor"]
        own = Change(
            row["table"], row["of"], row["column"], row["period"], factor, row["value"], row["facts"] or "assumed"
        )
        changes.setdefault(row["event"], []).append(own)
    return {
        row["event"]: Event(
            row["event"],
            tuple(changes.get(row["event"], ())),
            row["probability"],
            row["family"],
            row["recovery"],
            row["facts"] or "assumed",
            row["name"] or row["event"],
        )
        for row in network["events"].iter_rows(named=True)
    }


def scenarios(network: Network) -> list[Scenario]:
    """Scenarios that a case states, in file order, weights adding up to one.

    Raises:
        BadChange: weights are negative or all zero, or only some are stated.
    """
    table = network["scenarios"]
    if table.is_empty():
        return []
    known = events(network)
    of: dict[str, list[str]] = {}
    for scenario, event in network["scenario_events"].select("scenario", "event").iter_rows():
        of.setdefault(scenario, []).append(event)
    stated = [weight for weight in table["weight"].to_list() if weight is not None]
    if stated and len(stated) < table.height:
        raise BadChange("scenarios: some have a weight and some have none; give all of them one, or none")
    weights = stated or [1.0] * table.height
    total = sum(weights)
    if min(weights) < 0 or total <= 0:
        raise BadChange("scenarios: weights must not be negative and not all zero")
    return [
        together(row["scenario"], [known[name] for name in of.get(row["scenario"], ())], weight / total, row)
        for row, weight in zip(table.iter_rows(named=True), weights, strict=True)
    ]


def together(
    name: str, happening: Sequence[Event], weight: float = 1.0, said: Mapping[str, Any] | None = None
) -> Scenario:
    """The scenario in which some events happen."""
    row = said or {}
    return Scenario(
        name,
        tuple(change for event in happening for change in event.changes),
        weight,
        tuple(event.name for event in happening),
        row.get("facts") or "assumed",
        row.get("name") or name,
    )


def apply(network: Network, changes: Iterable[Change]) -> Network:
    """The network after the changes.

    Raises:
        BadChange: a table, row, column or period does not exist, the column holds no figure, or nothing can be multiplied.
    """
    tables = dict(network.tables)
    for change in changes:
        target = check(network, change)
        tables[target] = _changed(tables, target, change)
        other = _BY_PERIOD.get(change.table)
        if change.period is None and other is not None and change.column in case_schema()[other]:
            # What holds for every period reaches the periods that have a figure of their own.
            tables[other] = _scaled(tables[other], change)
    return replace(network, tables=tables)


def check(network: Network, change: Change) -> str:
    """The table that the change is written to.

    Raises:
        BadChange: the change names nothing in the network.
    """
    declared = case_schema().get(change.table)
    if declared is None or change.table in _ABOUT:
        raise BadChange(f"{change.table!r} is not a table that a change can be made to; see docs/case-format.md")
    column = next((f for f in declared.fields if f.name == change.column), None)
    if column is None or column.type not in ("number", "integer"):
        raise BadChange(f"{change.table} has no figure {change.column!r} to change; see docs/case-format.md")
    if change.period is not None and change.period not in network["periods"]["period"]:
        raise BadChange(f"{change.table} {change.of}: there is no period {change.period!r}")
    if not (math.isfinite(change.factor) and change.factor >= 0) or (
        change.value is not None and math.isnan(change.value)
    ):
        raise BadChange(f"{change.table} {change.of}: the factor must be a number of zero or more")
    if (change.table, change.column) in _WITHOUT_ROW:
        if change.of not in network["plants"]["plant"]:
            raise BadChange(f"{change.table} {change.of}: there is no plant {change.of!r}")
    elif change.of not in _names(network, change.table):
        raise BadChange(f"{change.table} {change.of}: there is no such row")
    if change.period is None or "period" in declared:
        return change.table
    other = _BY_PERIOD.get(change.table)
    if other is None or change.column not in case_schema()[other]:
        raise BadChange(f"{change.table} {change.of}: {change.column} does not differ by period; leave the period out")
    return other


def key_columns(table: str) -> tuple[str, ...]:
    """Columns that identify a row apart from its period."""
    return tuple(name for name in case_schema()[table].key if name != "period")


def _names(network: Network, table: str) -> pl.Series:
    return network[table].select(pl.concat_str(key_columns(table), separator="/").alias("of"))["of"]


def _changed(tables: Mapping[str, pl.DataFrame], name: str, change: Change) -> pl.DataFrame:
    """A table after one change; a row for all periods is spelled out where one period of it changes."""
    table = tables[name]
    key = key_columns(name)
    here = pl.concat_str(key, separator="/") == change.of
    own = table.filter(here).to_dicts()
    if change.period is not None:
        own = _spelled_out(tables, name, change, own)
    elif (name, change.column) in _WITHOUT_ROW:
        own = _completed(tables, name, change, own)
    base = next((one for one, other in _BY_PERIOD.items() if other == name), None)
    for row in own:
        if change.period in (None, row.get("period")):
            figure = row[change.column]
            if figure is None and base is not None:
                # A blank in a table by period means: as in the table it refers to.
                figure = _base_row(tables, base, change.of)[change.column]
            after = change.on(math.inf if figure is None else float(figure))
            row[change.column] = None if math.isinf(after) else after
    first = table.with_row_index("_at").filter(here)["_at"]
    at = int(first[0]) if len(first) else table.height
    rest = table.with_columns(_own=here)
    before, after_ = rest[:at].filter(~pl.col("_own")).drop("_own"), rest[at:].filter(~pl.col("_own")).drop("_own")
    return pl.concat([before, frame(name, own), after_])


def _completed(
    tables: Mapping[str, pl.DataFrame], name: str, change: Change, own: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of one entity with one for every period that had none and stood at its default."""
    if not own:
        return [_new_row(name, change, None)]
    given = {row["period"] for row in own}
    missing = [] if None in given else [period for period in tables["periods"]["period"] if period not in given]
    return [*own, *(_new_row(name, replace(change, period=period), None) for period in missing)]


def _spelled_out(
    tables: Mapping[str, pl.DataFrame], name: str, change: Change, own: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of one entity with one for the period that changes."""
    if any(row["period"] == change.period for row in own):
        return own
    blank = next((row for row in own if row["period"] is None), None)
    if blank is None:
        return [*own, _new_row(name, change, tables)]
    given = {row["period"] for row in own}
    periods = tables["periods"]["period"]
    return [
        *(row for row in own if row is not blank),
        *(blank | {"period": one} for one in periods if one not in given),
    ]


def _new_row(name: str, change: Change, tables: Mapping[str, pl.DataFrame] | None) -> dict[str, Any]:
    key = key_columns(name)
    row: dict[str, Any] = dict.fromkeys(field.name for field in case_schema()[name].fields)
    row |= dict(zip(key, change.of.split("/"), strict=True)) | {"period": change.period}
    default = _WITHOUT_ROW.get((name, change.column))
    if default is not None:
        return row | {change.column: default}
    base = next((one for one, other in _BY_PERIOD.items() if other == name), None)
    if base is None or tables is None:
        raise BadChange(f"{change.table} {change.of}: there is no row for the period {change.period!r}")
    return row | {change.column: _base_row(tables, base, change.of)[change.column]}


def _base_row(tables: Mapping[str, pl.DataFrame], base: str, of: str) -> dict[str, Any]:
    return tables[base].filter(pl.col(tables[base].columns[0]) == of).row(0, named=True)


def _scaled(table: pl.DataFrame, change: Change) -> pl.DataFrame:
    """Figures of one entity in a table by period after a change that holds for every period."""
    rows = table.to_dicts()
    for row in rows:
        if row[table.columns[0]] == change.of and row[change.column] is not None:
            after = change.on(float(row[change.column]))
            row[change.column] = None if math.isinf(after) else after
    return frame(_BY_PERIOD[change.table], rows)
