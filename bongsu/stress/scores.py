"""How good the delivery curves are: forecasts of the year of start, made without the project or before the time, against what came.

A forecast of a project is F(y), the chance to have begun by the end of year y. It is compared with what was seen, B(y) = 1 from the
year of start on, over the years for which that is known:

    Brier = (F(y) - B(y))²               at the last of those years
    CRPS  = Σ_y (F(y) - B(y))²           in years

The sum is the continuous ranked probability score in whole years, cut off where the watch ends, which keeps it proper (Gneiting and
Ranjan, J. Bus. Econ. Stat. 29, 2011). Smaller is better; an announcement that comes true scores 0, and one that is a year
late scores 1. A project counts once: its forecasts are averaged first.

Four methods are compared: ``announced`` takes the promised year at its word; ``base`` is the record of all states together, with no
curve before it; ``pack`` are the pack's curves as they stand; ``fitted`` are those corrected by the record of each state. The
pack's curves were compiled with hindsight, and so, in a split by time, both ``pack`` and the start of ``fitted`` know more
than the day did; ``fitted_base`` starts from the base rate instead and knows nothing that came later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bongsu.chain.delivery import EARLIEST, LATEST, PRIOR_WEIGHT, Curve, Floats, count, fit, passed
from bongsu.chain.promises import OPEN, SILENT, Career, Observation, Silence, observations

METHODS = ("announced", "base", "pack", "fitted_base", "fitted")
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Score:
    """Mean scores of a method.

    Attributes:
        crps: in years; ``brier``: at the end of the watch.
        projects, forecasts: how many stand behind it.
        gain: CRPS of ``announced`` less that of this method, with the ends of its 90 % interval when projects are drawn anew.
    """

    method: str
    crps: float
    brier: float
    projects: int
    forecasts: int
    gain: float
    gain_low: float
    gain_high: float


def held_out(
    record: Sequence[Observation],
    known: dt.date,
    chances: Mapping[str, Floats],
    weight: float = PRIOR_WEIGHT,
    seed: int = 0,
) -> list[Score]:
    """Scores of every promise of each project, forecast from the record of all the others; see the head of the module.

    Args:
        record: promises as known on ``known``.
        chances: start chances of the pack by state.
    """
    groups: dict[str, list[Observation]] = {}
    for one in record:
        if one.state in chances:
            groups.setdefault(one.project, []).append(one)
    results = []
    for project, own in groups.items():
        others = [one for one in record if one.project != project]
        results.append(_project(own, _Methods(others, chances, weight), known))
    return _summary(results, seed)


def over_time(
    then: Sequence[Career],
    split: dt.date,
    now: Sequence[Career],
    known: dt.date,
    chances: Mapping[str, Floats],
    silence: Silence = "unknown",
    weight: float = PRIOR_WEIGHT,
    seed: int = 0,
) -> list[Score]:
    """Scores of the promises that stood on a day, forecast from what was known that day, against what is known on a later one.

    Args:
        then, split: careers as known on the day of the forecast, and that day.
        now, known: careers as known on the day of the comparison, and that day.
    """
    methods = _Methods(observations(then, split, silence), chances, weight)
    results = [
        _project([one], methods, known, split.year)
        for one in standing(then, split, now, known, silence)
        if one.state in chances
    ]
    return _summary(results, seed)


def standing(
    then: Sequence[Career], split: dt.date, now: Sequence[Career], known: dt.date, silence: Silence = "unknown"
) -> list[Observation]:
    """The promises that stood on a day, watched from then on as far as is known on a later day."""
    later = {one.project: one for one in now}
    found = []
    for one in then:
        state, promised = one.now.state, one.promised
        if one.begun or one.given_up or one.stood or promised is None or state not in OPEN:
            continue
        outcome = later[one.project]
        begun = outcome.begun.valid_from.year if outcome.begun else None
        over = outcome.given_up.valid_from if outcome.given_up else None
        if (begun is not None and begun < split.year) or (over is not None and over <= split):
            continue  # had happened, though nobody knew
        said = min(one.heard, split) if state in SILENT else split
        quiet = silence == "unknown" and outcome.now.state in SILENT
        until = outcome.heard if quiet else known
        found.append(Observation(one.project, state, promised, said, begun, over, until))
    return found


class _Methods:
    """What each method forecasts, fitted to one record."""

    def __init__(self, record: Sequence[Observation], chances: Mapping[str, Floats], weight: float) -> None:
        base = Curve.of(count(record))
        self.chances = chances
        self.curves = {
            "base": dict.fromkeys(chances, base),
            "fitted_base": fit(record, dict.fromkeys(chances, base.start_chances()), weight),
            "fitted": fit(record, chances, weight),
        }

    def forecast(self, method: str, one: Observation, years: Sequence[int]) -> Floats:
        """Chance to have begun by the end of each year."""
        if method == "announced":
            return np.array([1.0 if year >= max(one.promised, one.said.year) else 0.0 for year in years])
        if method == "pack":
            reached = np.cumsum(self.chances[one.state])
            return np.array([reached[min(max(year - one.promised, EARLIEST), LATEST) - EARLIEST] for year in years])
        since = one.said.year - one.promised + passed(one.said)
        return np.array(
            [e.mean for e in self.curves[method][one.state].begun([year - one.promised for year in years], since)]
        )


def known_years(one: Observation, known: dt.date, first: int | None = None) -> range:
    """Whole years for which it is known whether the project had begun at their end."""
    last = known.year if passed(known) == 1.0 else known.year - 1
    if one.begun is None and one.given_up is None:
        last = min(last, one.until.year if passed(one.until) == 1.0 else one.until.year - 1)
    return range(max(one.said.year, first or one.said.year), last + 1)


def _project(
    own: Sequence[Observation], methods: _Methods, known: dt.date, first: int | None = None
) -> dict[str, list[tuple[float, float]]]:
    """CRPS and Brier score of each forecast of a project, by method."""
    scores: dict[str, list[tuple[float, float]]] = {method: [] for method in METHODS}
    for one in own:
        years = known_years(one, known, first)
        if not years:
            continue
        came = np.array([1.0 if one.begun is not None and one.begun <= year else 0.0 for year in years])
        for method in METHODS:
            error = (methods.forecast(method, one, years) - came) ** 2
            scores[method].append((float(error.sum()), float(error[-1])))
    return scores


def _summary(results: Sequence[Mapping[str, list[tuple[float, float]]]], seed: int) -> list[Score]:
    scored = [one for one in results if one["announced"]]
    if not scored:
        return []
    mean = {method: np.array([np.mean(one[method], axis=0) for one in scored]) for method in METHODS}
    drawn = np.random.default_rng(seed).integers(0, len(scored), (_DRAWS, len(scored)))
    found = []
    for method in METHODS:
        gain = mean["announced"][:, 0] - mean[method][:, 0]
        low, high = np.quantile(gain[drawn].mean(axis=1), [0.05, 0.95])
        crps, brier = mean[method].mean(axis=0)
        forecasts = sum(len(one[method]) for one in scored)
        found.append(
            Score(
                method, float(crps), float(brier), len(scored), forecasts, float(gain.mean()), float(low), float(high)
            )
        )
    return found
