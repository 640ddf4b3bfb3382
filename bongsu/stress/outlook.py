"""What the record makes of promises: the fitted curves as a table, and the outlook of each project that is still open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bongsu.chain.delivery import EARLIEST, LATEST, Curve, Estimate, Floats, passed
from bongsu.chain.promises import OPEN, SILENT, Career

#: Years after the promised year that the table of curves shows.
SHOWN = (0, 1, 2, 3, 5)
#: From so many years before the promised year is the chance seen that the table shows.
AHEAD = -2.0


@dataclass(frozen=True, slots=True)
class StateCurve:
    """Chance to have begun by so many years after the promised year, of a project in a state two years before it.

    Attributes:
        projects: how many stand behind the fit; ``begun``, ``given_up``: of so many is the end known.
        chances: by years after the promised year.
        pack: the pack's chance without the record, by years after the promised year.
    """

    state: str
    projects: int
    begun: int
    given_up: int
    chances: Mapping[int, Estimate]
    pack: Mapping[int, float]


def state_curves(curves: Mapping[str, Curve], chances: Mapping[str, Floats]) -> list[StateCurve]:
    """The fitted curves, state by state, beside the start chances of the pack that they began from."""
    return [
        StateCurve(
            state,
            curve.counts.projects,
            curve.counts.begun,
            curve.counts.given_up,
            dict(zip(SHOWN, curve.begun(SHOWN, AHEAD), strict=True)),
            {year: float(chances[state][: year - EARLIEST + 1].sum()) for year in SHOWN},
        )
        for state, curve in curves.items()
    ]


def outlook(
    career: Career, known: dt.date, curves: Mapping[str, Curve], years: Sequence[int]
) -> dict[int, Estimate] | None:
    """Chance that a project has begun by the end of each year, by the curve of its present state; None where nothing is open.

    Also None where no year is promised, or the state has no curve.
    """
    state, promised = career.now.state, career.promised
    over = career.begun or career.given_up or career.stood
    if over or promised is None or state not in OPEN or state not in curves:
        return None
    heard = min(career.heard, known) if state in SILENT else known
    since = heard.year - promised + passed(heard)
    by = [min(max(year - promised, EARLIEST - 1), LATEST) for year in years]
    return dict(zip(years, curves[state].begun(by, since), strict=True))
