"""Measures of cash flows: present value, rates of return, payback, levelised cost.

All take flows at the ends of equal periods (years); the first flow is at time zero. Rates are per period. Rows of a matrix are
scenarios, columns are periods. Rates of return are found by pyxirr, one tested root finder for all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyxirr

Floats = npt.NDArray[np.float64]
#: One flow, or many: an array, or lists of numbers.
Given = npt.ArrayLike


def _flow(given: Given) -> Floats:
    """One cash flow as an array.

    Raises:
        ValueError: it is not one row of numbers.
    """
    flow = np.asarray(given, dtype=np.float64)
    if flow.ndim != 1 or not flow.size:
        raise ValueError(
            "a cash flow is one row of numbers, one for each period; for several, take the rows one by one"
        )
    if not np.isfinite(flow).all():
        at = int(np.flatnonzero(~np.isfinite(flow))[0])
        raise ValueError(f"the cash flow of period {at} is not a number; an unknown is not zero, leave the case out")
    return flow


class Signs(StrEnum):
    """What the signs of a cash flow say about its internal rate of return.

    ``none``: it never changes sign, so there is no rate. ``one``: one change, at most one rate above -1 (Descartes).
    ``several``: more than one change, so there may be several rates; the modified rate (MIRR) is always one.
    """

    NONE = "none"
    ONE = "one"
    SEVERAL = "several"


@dataclass(frozen=True)
class Return:
    """An internal rate of return and how far it can be trusted.

    Attributes:
        rate: per period; None where there is none.
        signs: how often the flow changes sign.
        others: further rates at which the present value is zero, where the signs change several times.
        modified: MIRR at the rate of discount for finance and reinvestment; None where the flow never changes sign.
        changes: how many times the flow changes sign.
        first: sign of the first flow that is not zero; 0 where there is none.
    """

    rate: float | None
    signs: Signs
    others: tuple[float, ...] = ()
    modified: float | None = None
    changes: int = 0
    first: int = 0


#: Flows below this share of the largest are rounding, and change no sign.
_DUST = 1e-9


def _told(flows: Floats) -> Floats:
    """Signs of the flows of each row, rounding taken for zero."""
    most = np.abs(flows).max(axis=-1, keepdims=True, initial=0.0)
    return np.where(np.abs(flows) > _DUST * most, np.sign(flows), 0.0)


def signs(flow: Given) -> Signs:
    """How often a cash flow changes sign, zeros and rounding left out."""
    changes, _ = _changes(_flow(flow))
    return Signs.NONE if changes == 0 else Signs.ONE if changes == 1 else Signs.SEVERAL


def _changes(flow: Floats) -> tuple[int, int]:
    """How many times a cash flow changes sign, and the sign with which it begins (0 = it is nothing throughout)."""
    told = _told(flow)
    told = told[told != 0]
    return int(np.count_nonzero(told[1:] != told[:-1])), int(told[0]) if told.size else 0


def present_value(rate: float | Floats, flows: Given) -> Floats:
    """Present value at time zero, ``sum of flow[t] / (1 + rate)^t``, of each row of ``flows`` (S, T); one flow gives one row."""
    matrix = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    time = np.arange(matrix.shape[1])
    factor = (1.0 + np.asarray(rate, dtype=np.float64).reshape(-1, 1)) ** -time
    return np.asarray((matrix * factor).sum(axis=1), dtype=np.float64)


#: Where further rates are looked for: from a loss of nine tenths a year to a tenfold gain.
_SEARCHED = np.concatenate([np.linspace(-0.9, 1.0, 381), np.linspace(1.05, 9.0, 160)])


def internal_rate(flow: Given, discount: float = 0.0) -> Return:
    """The internal rate of return of one cash flow, with what its signs allow to be said.

    Where the signs change several times, every rate between -90 % and 900 % is looked for; ``rate`` is then the one nearest to
    ``discount``, and ``others`` holds the rest. The modified rate is at ``discount`` both ways; for two rates see
    :func:`modified_rate`.

    Raises:
        ValueError: the flow is not one row of numbers.
    """
    flow = _flow(flow)
    kind = signs(flow)
    changes, first = _changes(flow)
    if kind is Signs.NONE:
        return Return(None, kind, first=first)
    modified = modified_rate(flow, discount, discount)
    if kind is Signs.ONE:
        return Return(pyxirr.irr(flow.tolist(), silent=True), kind, (), modified, changes, first)
    worth = present_value(_SEARCHED, np.broadcast_to(flow, (_SEARCHED.size, flow.size)))
    found: list[float] = []
    for at in np.flatnonzero(np.sign(worth[1:]) != np.sign(worth[:-1])):
        guess = float(_SEARCHED[at] + _SEARCHED[at + 1]) / 2.0
        root = pyxirr.irr(flow.tolist(), guess=guess, silent=True)
        # A root finder may leave the interval that it started from; only what lies in it counts for it.
        if root is not None and _SEARCHED[at] - 1e-9 <= root <= _SEARCHED[at + 1] + 1e-9:
            found.append(float(root))
        else:
            found.append(
                _root(lambda r: float(present_value(r, flow)[0]), float(_SEARCHED[at]), float(_SEARCHED[at + 1]))
            )
    found = _apart(found)
    found.sort(key=lambda rate: abs(rate - discount))
    return Return(found[0] if found else None, kind, tuple(sorted(found[1:])), modified, changes, first)


def modified_rate(flow: Given, finance: float, reinvest: float) -> float | None:
    """The modified internal rate of return (MIRR); None where the flow never changes sign.

    With n periods, outlays discounted at ``finance`` and receipts carried to the end at ``reinvest``::

        (1 + MIRR)^n = sum of receipts[t] (1 + reinvest)^(n-t) / sum of outlays[t] (1 + finance)^-t

    Raises:
        ValueError: the flow is not one row of numbers.
    """
    flow = _flow(flow)
    if signs(flow) is Signs.NONE:
        return None
    found = pyxirr.mirr(flow.tolist(), finance, reinvest, silent=True)
    return None if found is None else float(found)


def _root(worth: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(worth, low, high))


def _apart(rates: Sequence[float]) -> list[float]:
    """Rates in order, each once: one that lies on a step of the search ends two intervals."""
    ordered = sorted(rates)
    return [rate for at, rate in enumerate(ordered) if at == 0 or rate - ordered[at - 1] > 1e-7]


def internal_rates(flows: Given) -> Floats:
    """Internal rate of return of each row of ``flows`` (S, T); NaN where the flow changes sign not once, or more than once."""
    flows = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    told = _told(flows)
    # Zeros take the sign that stands before them, so that they make no change.
    for t in range(1, told.shape[1]):
        told[:, t] = np.where(told[:, t] == 0, told[:, t - 1], told[:, t])
    changes = np.count_nonzero((told[:, 1:] != told[:, :-1]) & (told[:, :-1] != 0), axis=1)
    rates = np.full(flows.shape[0], np.nan)
    for row in np.flatnonzero(changes == 1):
        rate = pyxirr.irr(flows[row], silent=True)
        if rate is not None:
            rates[row] = rate
    return rates


def payback(flow: Given) -> float | None:
    """Periods from the first positive flow's beginning until the sum of all flows so far stays above zero; None if it never does.

    Counted from the end of the last period of the first run of outlays, as feasibility studies count from the start of production,
    with the last period taken in proportion.
    """
    flow = _flow(flow)
    earning = np.flatnonzero(flow > 0)
    if earning.size == 0:
        return None
    total = np.cumsum(flow)
    below = np.flatnonzero(total < 0)
    if below.size == 0:
        return 0.0
    last = int(below[-1])
    if last == flow.size - 1:
        return None
    return float(last + 1 - earning[0] + -total[last] / flow[last + 1])


def levelised(rate: float, costs: Given, output: Given) -> float | None:
    """Levelised cost: present value of costs less credits over present value of output, in money per unit; None without output."""
    made = float(present_value(rate, output)[0])
    return float(present_value(rate, costs)[0]) / made if made > 0 else None


def dated_rate(days: Sequence[dt.date], flow: Given) -> Return:
    """Internal rate of return a year of dated flows (XIRR: years of 365 days), with what the signs allow to be said.

    Where the signs change several times, every rate between -90 % and 900 % is looked for; ``rate`` is then the one nearest to
    zero, and ``others`` holds the rest.

    Raises:
        ValueError: there are not as many days as flows.
    """
    flow = _dated(days, flow)
    order = np.argsort(np.array([day.toordinal() for day in days]), kind="stable")
    kind = signs(flow[order])
    changes, first = _changes(flow[order])
    if kind is Signs.NONE:
        return Return(None, kind, first=first)
    if kind is Signs.ONE:
        return Return(pyxirr.xirr(list(days), flow.tolist(), silent=True), kind, changes=changes, first=first)

    def worth(rate: float) -> float:
        return dated_value(rate, days, flow)

    at = np.array([worth(float(rate)) for rate in _SEARCHED])
    steps = np.flatnonzero(np.sign(at[1:]) != np.sign(at[:-1]))
    found = _apart([_root(worth, float(_SEARCHED[one]), float(_SEARCHED[one + 1])) for one in steps])
    found.sort(key=abs)
    return Return(found[0] if found else None, kind, tuple(sorted(found[1:])), None, changes, first)


def dated_value(rate: float, days: Sequence[dt.date], flow: Given) -> float:
    """Present value at the first day of dated flows (XNPV): ``sum of flow / (1 + rate)^(days since / 365)``.

    Raises:
        ValueError: there are not as many days as flows.
    """
    amounts = _dated(days, flow)
    ordinals = np.array([day.toordinal() for day in days], dtype=np.float64)
    return float(amounts @ (1.0 + rate) ** -((ordinals - ordinals.min()) / 365.0))


def _dated(days: Sequence[dt.date], flow: Given) -> Floats:
    amounts = _flow(flow)
    if len(days) != amounts.size:
        raise ValueError(f"there are {len(days)} days and {amounts.size} flows; give one day for each flow")
    return amounts


def equal_payment(rate: float, periods: int) -> float:
    """Payment at the end of each period that pays back one unit: ``rate / (1 - (1 + rate)^-periods)``."""
    return 1.0 / periods if rate == 0 else rate / (1.0 - (1.0 + rate) ** -periods)
