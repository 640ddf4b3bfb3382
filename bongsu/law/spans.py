"""Values of law for whole columns: one look-up per span of days in which nothing changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.law.instrument import ANY, Found, LawOn

_DAY = dt.timedelta(days=1)
Days = npt.NDArray[np.datetime64]


def spans(law: LawOn, instrument: str, parameter: str, key: str = ANY) -> tuple[Days, list[Found | None]]:
    """First days of the spans in which a parameter keeps its value, and what is found in each; before the first, nothing."""
    declared = law.law[instrument].parameters[parameter]
    firsts = {question.first for question in law.law[instrument].questions}
    for one in {key, ANY}:
        for fact in declared.facts.get(one, ()):
            firsts |= {fact.first} | ({fact.last + _DAY} if fact.last else set())
    days = sorted(firsts)
    return np.array(days, dtype="datetime64[D]"), [law.find(instrument, parameter, key, day) for day in days]


def turns(law: LawOn, *instruments: str) -> Days:
    """Days on which anything of these instruments may change: between two of them every value and status stays as it is."""
    days: set[dt.date] = set()
    for one in (law.law[name] for name in instruments):
        days |= {question.first for question in one.questions}
        for facts in (one.status, *(facts for p in one.parameters.values() for facts in p.facts.values())):
            for fact in facts:
                days |= {fact.first} | ({fact.last + _DAY} if fact.last else set())
    return np.array(sorted(days), dtype="datetime64[D]")


def stand_ins(law: LawOn, frame: pl.DataFrame, name: str, *instruments: str) -> list[dt.date]:
    """For each row of a column of days one day of the table on which the law of these instruments is the same.

    Args:
        law: the law as known; its date stands where the table has no day.
        frame, name: the table, and its column of days, which may be absent.
        instruments: what the days are asked of.
    """
    if name not in frame.columns:
        return [law.date] * frame.height
    days = frame[name].cast(pl.Date).fill_null(law.date).to_numpy().astype("datetime64[D]")
    span = np.searchsorted(turns(law, *instruments), days, side="right")
    _, first, which = np.unique(span, return_index=True, return_inverse=True)
    chosen: list[dt.date] = days[first].tolist()
    return [chosen[one] for one in which.tolist()]


def column(law: LawOn, instrument: str, parameter: str, keys: Sequence[str], days: Days) -> npt.NDArray[np.float64]:
    """Values on days, by key, as floats; a text ``yes`` is 1, ``no`` is 0, and NaN stands where nothing is found.

    Args:
        law: the law as known.
        instrument, parameter: what is asked.
        keys: one per row.
        days: one per row, of the parameter's clock; NaT gives NaN.
    """
    result = np.full(len(days), np.nan)
    asked = np.asarray(keys, dtype=object)
    for key in dict.fromkeys(asked.tolist()):
        firsts, found = spans(law, instrument, parameter, key)
        values = np.array([np.nan, *(_float(one) for one in found)])
        mine = np.flatnonzero((asked == key) & ~np.isnat(days))
        result[mine] = values[np.searchsorted(firsts, days[mine], side="right")]
    return result


def _float(found: Found | None) -> float:
    if found is None:
        return float("nan")
    if isinstance(found.value, Decimal):
        return float(found.value)
    return {"yes": 1.0, "no": 0.0}.get(str(found.value), float("nan"))
