"""Delivery of promises: the chance that a promised plant has begun so many years after the promised year, and what of it is usable.

Two sets of curves answer the same question. The *pack's* are the table ``delivery``, compiled and assumed. The *fitted* ones
are the pack's corrected by the record of dated promises. Time is counted in whole years d after the promised year (negative:
before it). In each year a project that has neither begun nor been given up begins with chance h(d), is given up with chance
g(d), or waits:

    F(d | d0) = Σ_{u = d0..d}  h(u) · Π_{v = d0..u-1} (1 - h(v) - g(v))

This is the Aalen–Johansen estimator of a competing risk in discrete time (Aalen and Johansen, Scand. J. Statist. 5, 1978;
with no g it is that of Kaplan and Meier). The chances (h, g, wait) of each year have a Dirichlet distribution,

    Dirichlet(c·p(d) + begun(d),   given up(d),   c·(1 - P(d)) + waited(d))

where p(d) is the chance of a start in year d after the promise according to the pack's curve, P its sum up to d, and c the
number of projects that the pack's curve counts for: the beta process of Hjort (Ann. Statist. 18, 1990) in discrete time, or,
for a curve without g, the Dirichlet process of Susarla and Van Ryzin (J. Amer. Stat. Assoc. 71, 1976). With no record it
gives the pack's curve back; each project that was watched pulls it toward what was seen. When projects are given up the pack
does not say; that comes from the record alone. Moments are exact, because the years are independent, so the interval needs no
drawing of numbers; its ends are those of the beta distribution with the same mean and variance.

A project weighs one in the record of a state however often it was spoken of: its promises share the weight. A year watched
for a part counts for that part.

What is usable is the start followed by the pack's ramp r, the share of full size at which a plant runs so many years after
its start:

    usable(y) = Σ_u  (chance of a start in year u) · r(y - u)
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls
from scipy.special import betaincinv

from bongsu.atlas import Atlas
from bongsu.chain.promises import OPEN, Observation, Silence, careers, dated_states, observations

Floats = npt.NDArray[np.float64]

#: Years around the promised year that are counted; nothing begins sooner or later.
EARLIEST, LATEST = -10, 10
DELAYS = tuple(range(EARLIEST, LATEST + 1))
#: So many projects does the pack's curve of a state count for beside the record.
PRIOR_WEIGHT = 10.0
#: An interval holds this much of the probability.
LEVEL = 0.9
#: Outcomes of a year, as columns of counts.
BEGUN, GIVEN_UP, WAITED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share between 0 and 1, the interval that holds it with probability ``LEVEL``, and the line of ``delivery`` behind it.

    The line is 0 where there is none.
    """

    mean: float
    low: float
    high: float
    line: int = 0


class Curves(Protocol):
    """How much of a promise is usable, and how surely."""

    def usable(self, state: str, promised: int, year: int, heard: dt.date) -> Estimate:
        """Share of a promised capacity that is usable in a year.

        Args:
            state: of the project; ``promised``: the year that it promises.
            heard: the last day on which it was known not to have begun.
        """
        ...

    def ramp(self, years: int) -> tuple[float, int]:
        """Share of its size at which a plant runs so many years after its first, and the line that says so."""
        ...


class Delivery:
    """The delivery curves of the atlas."""

    def __init__(self, atlas: Atlas) -> None:
        self._curves: dict[str, dict[int, tuple[float, int]]] = {}
        for row in atlas["delivery"].iter_rows(named=True):
            self._curves.setdefault(row["state"], {})[row["years_after_promise"]] = (row["share"], row["_line"])
        self._shares: dict[tuple[str, int], tuple[float, int]] = {}

    def share(self, state: str, years_after: int) -> tuple[float, int]:
        """Expected share delivered so many years after the promised year, and the line of the curve; none before it starts.

        Raises:
            KeyError: the pack has no curve for the state.
        """
        asked = state, years_after
        if asked not in self._shares:
            curve = self._curves[state]
            at = max((year for year in curve if year <= years_after), default=None)
            self._shares[asked] = curve[at] if at is not None else (0.0, curve[min(curve)][1])
        return self._shares[asked]

    def usable(self, state: str, promised: int, year: int, heard: dt.date) -> Estimate:
        """The curve as it stands, whatever was heard since the promise."""
        share, line = self.share(state, year - promised)
        return Estimate(share, share, share, line)

    def ramp(self, years: int) -> tuple[float, int]:
        """The curve of plants that produce."""
        return self.share("producing", years)

    def start_chances(self, state: str) -> Floats:
        """Chance of a start in each of ``DELAYS`` that gives the state's curve when the pack's ramp follows each start.

        Least squares with no chance below zero, so a curve that no starts can give is met as nearly as they can.
        """
        years = [delay for delay in DELAYS if delay >= min(self._curves[state])]
        ramp = [[self.ramp(year - start)[0] if year >= start else 0.0 for start in years] for year in years]
        found, _ = nnls(np.array(ramp), np.array([self.share(state, year)[0] for year in years]))
        chances = np.zeros(len(DELAYS))
        chances[-len(years) :] = found / max(1.0, found.sum())
        return chances

    @property
    def states(self) -> tuple[str, ...]:
        """States from which something may still be delivered, as far as the atlas has their curves."""
        return tuple(state for state in OPEN if state in self._curves)


# The record ----------------------------------------------------------------------------------------------------------------


def passed(day: dt.date) -> float:
    """Share of its year that has passed at the end of a day."""
    return day.timetuple().tm_yday / (366 if isleap(day.year) else 365)


def watched(one: Observation) -> Iterator[tuple[int, float, int]]:
    """Years after the promise in which an observation was watched: delay, share of the year, and outcome."""
    ended = one.begun or (one.given_up.year if one.given_up else None)
    outcome = BEGUN if one.begun else GIVEN_UP
    for year in range(one.said.year, (ended or one.until.year) + 1):
        delay = year - one.promised
        if delay < EARLIEST or delay > LATEST:
            continue
        if year == ended:
            yield delay, 1.0, outcome
            continue
        start = passed(one.said) if year == one.said.year else 0.0
        end = passed(one.until) if ended is None and year == one.until.year else 1.0
        if end > start:
            yield delay, end - start, WAITED


@dataclass(frozen=True)
class Counts:
    """What a group of observations shows.

    Attributes:
        table: shape (delays, 3): weight of projects that began, were given up, and waited, by ``DELAYS``.
        projects: how many projects stand behind it; ``begun``, ``given_up``: of how many of them the end is known.
    """

    table: Floats
    projects: int
    begun: int
    given_up: int

    @property
    def decided(self) -> int:
        """Projects of which the end is known."""
        return self.begun + self.given_up


def count(group: Sequence[Observation]) -> Counts:
    """Counts of a group of observations in which every project weighs one."""
    times = Counter(one.project for one in group)
    table = np.zeros((len(DELAYS), 3))
    for one in group:
        for delay, exposure, outcome in watched(one):
            table[delay - EARLIEST, outcome] += exposure / times[one.project]
    begun = {one.project for one in group if one.begun}
    gone = {one.project for one in group if one.given_up}
    return Counts(table, len(times), len(begun), len(gone - begun))


# Curves --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """Posterior of the yearly chances of a state.

    Attributes:
        alpha: shape (delays, 3): parameters of the Dirichlet distribution of each year.
        counts: the record behind it.
    """

    alpha: Floats
    counts: Counts

    @classmethod
    def of(cls, counts: Counts, chances: Floats | None = None, weight: float = PRIOR_WEIGHT) -> Curve:
        """The curve of a record, with a prior of so many projects that start with the given chances (none: the record alone)."""
        if chances is None:
            return cls(counts.table, counts)
        prior = np.zeros_like(counts.table)
        prior[:, BEGUN] = weight * chances
        prior[:, WAITED] = weight * np.maximum(0.0, 1.0 - np.cumsum(chances))
        return cls(prior + counts.table, counts)

    def moments(self, gains: Floats, since: float) -> tuple[Floats, Floats]:
        """Mean and variance of Σ_u (start in year u) · gain(u) for a project that had not begun ``since`` years after the promise.

        Args:
            gains: shape (delays, n): what a start in each year is worth, for n questions at once.
            since: years from the first day of the promised year to the last day of which is known; may be negative.
        """
        first = np.zeros(gains.shape[1])
        second = np.zeros(gains.shape[1])
        start = int(np.floor(since))
        for at in range(len(DELAYS) - 1, max(start - EARLIEST, 0) - 1, -1):
            left = 1.0 - (since - start) if at == start - EARLIEST else 1.0
            a, total = self.alpha[at], self.alpha[at].sum()
            if total <= 0:
                continue
            h, g = a[BEGUN] / total, a[GIVEN_UP] / total
            hh, gg = (a[i] * (a[i] + 1.0) / (total * (total + 1.0)) for i in (BEGUN, GIVEN_UP))
            hg = a[BEGUN] * a[GIVEN_UP] / (total * (total + 1.0))
            gain = gains[at]
            stay = 1.0 - left * (h + g)
            stay_stay = 1.0 - 2.0 * left * (h + g) + left**2 * (hh + 2.0 * hg + gg)
            begin_stay = left * h - left**2 * (hh + hg)
            second = left**2 * hh * gain**2 + 2.0 * begin_stay * gain * first + stay_stay * second
            first = left * h * gain + stay * first
        return first, np.maximum(0.0, second - first**2)

    def begun(self, by: Sequence[int], since: float = EARLIEST) -> list[Estimate]:
        """Chance to have begun by the end of each year ``by`` after the promised year."""
        gains = np.array([[1.0 if delay <= year else 0.0 for year in by] for delay in DELAYS])
        return interval(*self.moments(gains, since))

    def start_chances(self) -> Floats:
        """Mean chance of a start in each of ``DELAYS``."""
        reached = np.array([one.mean for one in self.begun(DELAYS)])
        return np.diff(reached, prepend=0.0)


def interval(mean: Floats, variance: Floats, level: float = LEVEL) -> list[Estimate]:
    """Estimates from moments, by the beta distribution that has them.

    Where that is so skew that its mean lies outside the interval between equal tails, the interval is widened to hold it.
    """
    tail = (1.0 - level) / 2.0
    spread = mean * (1.0 - mean)
    open_ = (variance > 1e-15) & (spread > variance)
    size = np.divide(spread, variance, out=np.ones_like(spread), where=open_) - 1.0
    alpha, beta = mean[open_] * size[open_], (1.0 - mean[open_]) * size[open_]
    low, high = mean.copy(), mean.copy()
    low[open_] = np.minimum(betaincinv(alpha, beta, tail), mean[open_])
    high[open_] = np.maximum(betaincinv(alpha, beta, 1.0 - tail), mean[open_])
    return [Estimate(*one) for one in zip(mean.tolist(), low.tolist(), high.tolist(), strict=True)]


def fit(record: Sequence[Observation], chances: Mapping[str, Floats], weight: float = PRIOR_WEIGHT) -> dict[str, Curve]:
    """Curves of the states for which start chances are given, each corrected by its own record.

    Args:
        chances: start chances by state, shape (delays,) each; see :meth:`Delivery.start_chances`.
    """
    groups: dict[str, list[Observation]] = {state: [] for state in chances}
    for one in record:
        if one.state in groups:
            groups[one.state].append(one)
    return {state: Curve.of(count(group), chances[state], weight) for state, group in groups.items()}


class FittedDelivery:
    """The delivery curves of the atlas, corrected by the promises whose end was known.

    Attributes:
        pack: the curves of the atlas; states without a fitted curve (cancelled, closed) and the ramp are taken from it.
        curves: the fitted curve of each open state.
    """

    def __init__(self, pack: Delivery, curves: Mapping[str, Curve]) -> None:
        self.pack = pack
        self.curves = dict(curves)
        ramp = np.array([[pack.ramp(year - start)[0] if year >= start else 0.0 for year in _REACH] for start in DELAYS])
        self._ramp = ramp
        self._known: dict[tuple[str, float], list[Estimate]] = {}

    @classmethod
    def of(cls, atlas: Atlas, silence: Silence = "unknown", weight: float = PRIOR_WEIGHT) -> FittedDelivery:
        """The curves of an atlas, fitted to what its own dated states say by its day of knowledge."""
        pack = Delivery(atlas)
        record = observations(careers(dated_states(atlas), atlas.known), atlas.known, silence)
        return cls(pack, fit(record, {state: pack.start_chances(state) for state in pack.states}, weight))

    def usable(self, state: str, promised: int, year: int, heard: dt.date) -> Estimate:
        """Share usable in a year, given that the project had not begun when last heard of."""
        if state not in self.curves:
            return self.pack.usable(state, promised, year, heard)
        line = self.pack.share(state, year - promised)[1]
        if year - promised < EARLIEST:
            return Estimate(0.0, 0.0, 0.0, line)
        key = state, heard.year - promised + passed(heard)
        if key not in self._known:
            self._known[key] = interval(*self.curves[state].moments(self._ramp, key[1]))
        found = self._known[key][min(year - promised, _REACH[-1]) - EARLIEST]
        return Estimate(found.mean, found.low, found.high, line)

    def ramp(self, years: int) -> tuple[float, int]:
        """The pack's."""
        return self.pack.ramp(years)


#: Years after the promise for which usable shares are computed; by the last of them every start has run up.
_REACH = range(EARLIEST, LATEST + 11)
