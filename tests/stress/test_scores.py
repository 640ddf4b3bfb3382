"""Scores by hand, and the order in which the forecasts must come."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from bongsu.atlas import Atlas
from bongsu.chain.delivery import DELAYS, Delivery, Floats
from bongsu.chain.promises import Observation, careers, dated_states, observations
from bongsu.stress.outlook import outlook, state_curves
from bongsu.stress.scores import METHODS, Score, held_out, known_years, over_time, standing

KNOWN = dt.date(2026, 12, 31)
#: A start in the promised year or the next, each as likely.
EVEN: Floats = np.array([0.5 if delay in (0, 1) else 0.0 for delay in DELAYS])


def promise(name: str, promised: int, begun: int | None, said: int = 2019) -> Observation:
    return Observation(name, "fid", promised, dt.date(said, 12, 31), begun, None, KNOWN)


def by_method(scores: list[Score]) -> dict[str, Score]:
    assert [one.method for one in scores] == list(METHODS)
    return {one.method: one for one in scores}


def test_crps_of_an_announcement_is_the_years_it_was_late() -> None:
    record = [promise("on time", 2022, 2022), promise("two late", 2022, 2024), promise("never", 2024, None)]
    scores = by_method(held_out(record, KNOWN, {"fid": EVEN}))
    assert scores["announced"].crps == pytest.approx((0 + 2 + 3) / 3)
    assert scores["announced"].brier == pytest.approx(1 / 3)
    assert scores["announced"].gain == 0


def test_scores_of_a_curve_by_hand() -> None:
    """F is 1/2 at the end of the promised year and 1 a year later; the project came in the promised year."""
    scores = by_method(held_out([promise("on time", 2022, 2022)], KNOWN, {"fid": EVEN}))
    assert scores["pack"].crps == pytest.approx(0.25)
    assert scores["pack"].brier == 0
    # With no other project in the record, the fit is the prior, and the base rate says that nothing begins.
    assert scores["fitted"].crps == pytest.approx(0.25)
    assert scores["base"].crps == pytest.approx(5)


def test_a_project_counts_once_however_many_promises_it_made() -> None:
    late = [promise("late", year, 2025) for year in (2022, 2023, 2024)]
    scores = by_method(held_out([*late, promise("on time", 2022, 2022)], KNOWN, {"fid": EVEN}))
    assert scores["announced"].crps == pytest.approx(((3 + 2 + 1) / 3 + 0) / 2)
    assert scores["announced"].projects == 2
    assert scores["announced"].forecasts == 4


def test_only_whole_years_that_are_known_are_scored() -> None:
    open_ = Observation("m", "fid", 2022, dt.date(2021, 3, 1), None, None, dt.date(2023, 6, 30))
    assert list(known_years(open_, KNOWN)) == [2021, 2022]
    began = Observation("m", "fid", 2022, dt.date(2021, 3, 1), 2024, None, dt.date(2023, 6, 30))
    assert list(known_years(began, dt.date(2026, 6, 1))) == [2021, 2022, 2023, 2024, 2025]
    assert list(known_years(began, KNOWN, 2024)) == [2024, 2025, 2026]


@pytest.fixture(scope="module")
def chances(pack: Atlas) -> dict[str, Floats]:
    delivery = Delivery(pack)
    return {state: delivery.start_chances(state) for state in delivery.states}


@pytest.mark.parametrize("silence", ["unknown", "not begun"])
def test_the_record_forecasts_better_than_announcements_do(
    pack: Atlas, chances: dict[str, Floats], silence: str
) -> None:
    now = careers(dated_states(pack), pack.known)
    held = by_method(held_out(observations(now, pack.known, silence), pack.known, chances))  # type: ignore[arg-type]
    assert held["fitted"].projects > 70
    assert held["fitted"].gain_low > 0
    assert held["fitted"].crps < held["base"].crps
    for day in ("2023-12-31", "2024-12-31"):
        then = pack.as_of(day)
        lives = careers(dated_states(then), then.known)
        scores = by_method(over_time(lives, then.known, now, pack.known, chances, silence))  # type: ignore[arg-type]
        for method in ("base", "fitted_base", "fitted"):
            assert scores[method].gain_low > 0, (day, method)


def test_scores_are_the_same_every_time(pack: Atlas, chances: dict[str, Floats]) -> None:
    record = observations(careers(dated_states(pack), pack.known), pack.known)[:40]
    assert held_out(record, pack.known, chances) == held_out(record, pack.known, chances)


def test_what_stood_on_a_day_is_watched_from_the_last_news_before_it(pack: Atlas) -> None:
    day = dt.date(2024, 12, 31)
    then = pack.as_of(day)
    now = careers(dated_states(pack), pack.known)
    stood = standing(careers(dated_states(then), day), day, now, pack.known)
    assert len(stood) > 40
    for one in stood:
        assert one.said <= day
        assert one.begun is None or one.begun >= day.year
        assert one.given_up is None or one.given_up > day


def test_an_outlook_never_falls_and_is_none_where_nothing_is_open(pack: Atlas, chances: dict[str, Floats]) -> None:
    from bongsu.chain.delivery import fit

    lives = careers(dated_states(pack), pack.known)
    curves = fit(observations(lives, pack.known), chances)
    seen = 0
    for one in lives:
        coming = outlook(one, pack.known, curves, range(2026, 2036))
        if one.stood or one.begun or one.given_up or one.promised is None:
            assert coming is None
            continue
        assert coming is not None
        means = [estimate.mean for estimate in coming.values()]
        assert means == sorted(means)
        assert all(e.low <= e.mean <= e.high for e in coming.values())
        seen += 1
    assert seen > 60
    for row in state_curves(curves, chances):
        assert row.begun + row.given_up <= row.projects
        assert list(row.pack.values()) == sorted(row.pack.values())
