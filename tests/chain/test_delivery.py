"""The fitted curves against other ways to the same numbers: Kaplan and Meier, counts by hand, draws, and the pack's own curve."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices
from bongsu.chain.capacity import line_capacities
from bongsu.chain.delivery import (
    BEGUN,
    DELAYS,
    EARLIEST,
    GIVEN_UP,
    LATEST,
    WAITED,
    Counts,
    Curve,
    Delivery,
    FittedDelivery,
    count,
    fit,
    interval,
    watched,
)
from bongsu.chain.promises import Observation, careers, dated_states, observations

PROMISED = 2020


def observed(delay: int | None, last: int, name: str = "mill", given_up: bool = False) -> Observation:
    """A promise for 2020 made ten years before; begun (or given up) so late, or watched to the end of year ``last``."""
    end = None if delay is None else PROMISED + delay
    return Observation(
        name,
        "fid",
        PROMISED,
        dt.date(PROMISED + EARLIEST - 1, 12, 31),
        end if not given_up else None,
        dt.date(end, 7, 1) if given_up and end is not None else None,
        dt.date(PROMISED + last, 12, 31),
    )


LIFE = st.tuples(st.integers(-9, 9), st.booleans())


@settings(deadline=None)
@given(st.lists(LIFE, min_size=1, max_size=25))
def test_the_record_alone_is_kaplan_and_meier(lives: list[tuple[int, bool]]) -> None:
    group = [observed(delay if seen else None, delay, f"mill{at}") for at, (delay, seen) in enumerate(lives)]
    ours = [one.mean for one in Curve.of(count(group)).begun(DELAYS)]
    ends = [float(delay) for delay, seen in lives if seen]
    lost = [float(delay) for delay, seen in lives if not seen]
    data = stats.CensoredData(uncensored=ends, right=lost)
    theirs = stats.ecdf(data).cdf.evaluate(np.array(DELAYS, dtype=float))
    assert ours == pytest.approx(list(theirs), abs=1e-12)


def test_competing_ends_by_hand() -> None:
    """Ten projects: two begin on time, one is given up then, one begins a year late, the rest wait to the end."""
    group = [observed(0, 0, "a"), observed(0, 0, "b"), observed(0, 0, "c", given_up=True), observed(1, 1, "d")]
    group += [observed(None, 5, f"w{i}") for i in range(6)]
    counts = count(group)
    assert (counts.projects, counts.begun, counts.given_up, counts.decided) == (10, 3, 1, 4)
    curve = Curve.of(counts)
    on_time, late = (one.mean for one in curve.begun((0, 1)))
    assert on_time == pytest.approx(2 / 10)
    assert late == pytest.approx(2 / 10 + 7 / 10 * 1 / 7)


alphas = st.lists(
    st.tuples(st.floats(0.05, 30), st.floats(0.05, 30), st.floats(0.05, 60)), min_size=len(DELAYS), max_size=len(DELAYS)
)


@settings(max_examples=15, deadline=None)
@given(alphas, st.floats(EARLIEST, LATEST), st.integers(0, 2**32 - 1))
def test_moments_are_those_of_drawn_chances(alpha: list[tuple[float, ...]], since: float, seed: int) -> None:
    table = np.array(alpha)
    gains = np.random.default_rng(seed).uniform(0, 1, (len(DELAYS), 1))
    mean, variance = Curve(table, Counts(table, 0, 0, 0)).moments(gains, since)
    draws = 20_000
    random = np.random.default_rng(seed + 1)
    alive, got = np.ones(draws), np.zeros(draws)
    start = int(np.floor(since))
    for delay in range(max(start, EARLIEST), LATEST + 1):
        drawn = random.dirichlet(table[delay - EARLIEST], draws)
        left = 1.0 - (since - start) if delay == start else 1.0
        got += alive * left * drawn[:, BEGUN] * gains[delay - EARLIEST, 0]
        alive *= 1.0 - left * (drawn[:, BEGUN] + drawn[:, GIVEN_UP])
    error = 6 * np.sqrt(variance[0] / draws) + 1e-9
    assert mean[0] == pytest.approx(got.mean(), abs=error)
    assert np.sqrt(variance[0]) == pytest.approx(got.std(), rel=0.08, abs=1e-6)


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.001, 0.9))
def test_an_interval_is_that_of_the_beta_distribution_with_these_moments(mean: float, share: float) -> None:
    variance = mean * (1 - mean) * share
    (one,) = interval(np.array([mean]), np.array([variance]))
    size = mean * (1 - mean) / variance - 1
    known = stats.beta(mean * size, (1 - mean) * size)
    assert known.mean() == pytest.approx(mean)
    assert known.var() == pytest.approx(variance)
    assert one.low <= mean <= one.high
    assert known.cdf(one.low) == pytest.approx(0.05, abs=1e-6) or one.low in (mean, pytest.approx(0, abs=1e-12))
    assert known.cdf(one.high) == pytest.approx(0.95, abs=1e-6) or one.high in (mean, pytest.approx(1, abs=1e-12))


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(-5, 9))
def test_a_project_weighs_one_however_often_it_spoke(times: int, delay: int) -> None:
    once = count([observed(delay, delay), observed(None, 3, "other")])
    often = count([observed(delay, delay)] * times + [observed(None, 3, "other")])
    assert often.table == pytest.approx(once.table)
    assert often.projects == once.projects == 2


def test_a_year_watched_for_a_part_counts_for_that_part() -> None:
    one = Observation("mill", "fid", 2020, dt.date(2020, 7, 1), None, None, dt.date(2021, 4, 1))
    seen = list(watched(one))
    assert [(delay, outcome) for delay, _, outcome in seen] == [(0, WAITED), (1, WAITED)]
    assert [share for _, share, _ in seen] == pytest.approx([1 - 183 / 366, 91 / 365])


def test_start_chances_are_those_from_which_the_curve_was_made(pack: Atlas) -> None:
    delivery = Delivery(pack)
    noted = {"construction": (0.35, 0.18, 0.12), "fid": (0.22, 0.18, 0.12), "permitted": (0.03, 0.07, 0.08)}
    for state, chances in noted.items():
        assert delivery.start_chances(state)[-EARLIEST : -EARLIEST + 3] == pytest.approx(chances, abs=0.004)
    for state in delivery.states:
        chances = delivery.start_chances(state)
        assert chances.min() >= 0
        assert chances.sum() <= 1


def test_without_a_record_the_fitted_curve_is_the_pack_s(pack: Atlas) -> None:
    delivery = Delivery(pack)
    none = FittedDelivery(delivery, fit([], {state: delivery.start_chances(state) for state in delivery.states}))
    long_ago = dt.date(2010, 1, 1)
    for state in delivery.states:
        close = 0.012 if state == "commissioning" else 0.002  # no start gives its curve of before the promised year
        for year in range(2024, 2045):
            one = none.usable(state, 2027, year, long_ago)
            assert one.mean == pytest.approx(delivery.share(state, year - 2027)[0], abs=close), (state, year)
            assert one.low <= one.mean <= one.high
    assert none.usable("cancelled", 2027, 2035, long_ago).high == 0
    assert none.ramp(1) == delivery.ramp(1)


def test_kept_promises_raise_the_curve_and_broken_ones_lower_it(pack: Atlas) -> None:
    chances = {"fid": Delivery(pack).start_chances("fid")}
    before = fit([], chances)["fid"].begun((1,))[0]
    kept = fit([observed(0, 0, f"m{i}") for i in range(10)], chances)["fid"].begun((1,))[0]
    broken = fit([observed(None, 8, f"m{i}") for i in range(10)], chances)["fid"].begun((1,))[0]
    assert broken.mean < before.mean < kept.mean
    assert kept.high - kept.low < before.high - before.low


@settings(deadline=None)
@given(st.floats(-5, 5), st.floats(0, 4))
def test_a_project_that_is_still_not_there_is_less_likely_to_be_by_a_given_year(
    pack: Atlas, since: float, more: float
) -> None:
    """For the pack's curve, whose chances do not rise with time, hearing later that it has not begun can only lower them."""
    curve = Curve.of(count([]), Delivery(pack).start_chances("construction"))
    sooner, later = (curve.begun((6,), at)[0].mean for at in (since, since + more))
    assert later <= sooner + 1e-12


def test_silence_read_as_failure_is_the_lower_bound(pack: Atlas) -> None:
    lives = careers(dated_states(pack), pack.known)
    delivery = Delivery(pack)
    chances = {state: delivery.start_chances(state) for state in ("fid", "construction")}
    fitted = {s: fit(observations(lives, pack.known, s), chances) for s in ("unknown", "not begun")}
    for state in chances:
        for unknown, failed in zip(*(fitted[s][state].begun(range(4), -2.0) for s in fitted), strict=True):
            assert failed.mean < unknown.mean


def test_what_is_usable_lies_in_its_interval_and_the_pack_s_curve_has_none(atlas: Atlas) -> None:
    years = range(2026, 2041)
    wide = 0
    for line in line_capacities(atlas, years, curves=FittedDelivery.of(atlas)):
        for year, usable in line.expected.items():
            assert line.low[year] - 1e-6 <= usable <= line.high[year] + 1e-6, (line.line, year)
            wide += line.high[year] > line.low[year]
    assert wide > 500
    for line in line_capacities(atlas, years):
        assert line.low == line.high == line.expected


def test_a_chain_takes_the_curves_that_were_chosen(atlas: Atlas) -> None:
    fitted, pack = (Chain.of(atlas, choices=Choices(delivery=one)).lines for one in ("fitted", "pack"))  # type: ignore[arg-type]
    assert Choices().delivery == "fitted"
    changed = [a.line for a, b in zip(fitted, pack, strict=True) if a.expected != b.expected]
    assert len(changed) > 50
    assert all(one.state != "producing" or one.high != one.low for one in fitted if one.line in changed)


def test_a_fit_of_a_past_day_uses_nothing_learned_later(pack: Atlas) -> None:
    day = dt.date(2024, 6, 30)
    then = pack.as_of(day)
    seen = Atlas({**then.tables, "delivery": pack["delivery"]}, day, pack.digest)
    blind = {
        **seen.tables,
        "facility_states": pack["facility_states"].filter(pack["facility_states"]["known_from"] <= day),
    }
    one, two = FittedDelivery.of(seen), FittedDelivery.of(Atlas(blind, day, pack.digest))
    for state, curve in one.curves.items():
        assert np.array_equal(curve.alpha, two.curves[state].alpha)
        assert curve.counts.decided <= FittedDelivery.of(pack).curves[state].counts.decided
