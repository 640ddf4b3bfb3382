"""Replays: nothing learned after the day is used, events are read strictly, and scores are what they say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import LaterKnowledge
from bongsu.law import Law
from bongsu.stress.replay import (
    BadReplay,
    Check,
    Checked,
    PastEvent,
    Replayed,
    load,
    no_later,
    parse_event,
    scores,
    shipped,
)

DAY = dt.date(2023, 10, 20)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    whole = Atlas.load("data")
    return whole.as_of(DAY)


def test_a_fact_learned_after_the_day_is_refused(atlas: Atlas) -> None:
    law = Law.load().on(DAY)
    no_later(SimpleNamespace(atlas=atlas), law, DAY)  # type: ignore[arg-type]
    late = atlas["demand"].with_columns(
        known_from=pl.when(pl.int_range(pl.len()) == 3).then(dt.date(2024, 1, 1)).otherwise("known_from")
    )
    spoiled = dataclasses.replace(atlas, tables={**atlas.tables, "demand": late})
    with pytest.raises(LaterKnowledge, match=r"demand, line \d+ was learned on 2024-01-01, after 2023-10-20"):
        no_later(SimpleNamespace(atlas=spoiled), law, DAY)  # type: ignore[arg-type]


def test_law_learned_after_the_day_is_refused(atlas: Atlas) -> None:
    with pytest.raises(LaterKnowledge, match="the law is that known on 2024-01-01"):
        no_later(SimpleNamespace(atlas=atlas), Law.load().on("2024-01-01"), DAY)  # type: ignore[arg-type]


def test_every_shipped_event_is_read_and_its_outcomes_are_later_than_its_day() -> None:
    names = shipped()
    assert len(names) == 10
    for event in map(load, names):
        assert event.checks
        assert all(check.known >= event.day and check.source for check in event.checks)
        for text in (event.title, event.text, *(check.outcome for check in event.checks)):
            assert set(text) == {"en", "ko", "fr"}, event.name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list", "does not state an event"),
        ("{id: a, day: 2023-10-20}", "checks is missing"),
        ("{id: a, day: soon, checks: []}", "'soon' is not a day"),
        ("{id: a, day: 2023-10-20, checks: [{check: guess}]}", "check must be one of"),
        ("{id: a, day: 2023-10-20, checks: [{check: stops, outcome: x, source: y}]}", "known is missing"),
        (
            "{id: a, day: 2023-10-20, checks: [{check: stops, outcome: x, source: y, known: 2023-01-01}]}",
            "before the day of the replay; it is no forecast",
        ),
        ("{id: a, day: 2023-10-20, happened: ban, checks: []}", "no branch of the disruption"),
        ("{id: a, day: 2023-10-20, colour: red, checks: []}", "colour is not known"),
        ("{id: [", "is not YAML"),
    ],
)
def test_an_event_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(BadReplay, match=said):
        parse_event(text, "event.yaml")


def checked(verdict: Any, **figures: float) -> Checked:
    kind = "expected" if "naive" in figures and "brier" not in figures else "chance"
    return Checked(Check(kind, {}, {}, "s", DAY), verdict, "", **figures)


def test_scores_by_hand() -> None:
    one = Replayed(
        PastEvent("a", DAY, None, None, ()),
        (
            checked("hit", forecast=30.0, low=20.0, high=40.0, naive=100.0, actual=25.0),
            checked("miss", forecast=0.8, naive=1.0, actual=0.0, brier=0.64, brier_naive=1.0),
        ),
        regret=5.0,
    )
    other = Replayed(PastEvent("b", DAY, None, None, ()), (checked("unknown"),), refused="")
    refused = Replayed(PastEvent("c", DAY, None, None, ()), refused="too little was known")
    found = scores([one, other, refused])
    assert (found.events, found.refused, found.hits, found.misses, found.unknown) == (2, 1, 1, 1, 1)
    assert (found.covered, found.intervals) == (1, 1)
    assert found.brier == pytest.approx(0.64)
    assert found.brier_naive == pytest.approx(1.0)
    assert found.error == pytest.approx(0.05)
    assert found.error_naive == pytest.approx(0.75)
    assert found.regret == pytest.approx(5.0)
    assert dataclasses.asdict(found)["events"] == 2
