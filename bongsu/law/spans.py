"""Values of law for whole columns: one look-up per span of days in which nothing changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

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
