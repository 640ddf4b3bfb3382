"""What dated states say of a project, and for how long a promise was watched."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain.promises import careers, dated_states, observations

KNOWN = dt.date(2026, 11, 23)


def table(*rows: tuple[str, str, str, str, int | None]) -> pl.DataFrame:
    """Dated states: project, state, from when, known from, year promised."""
    return pl.DataFrame(
        [
            {
                "project": project,
                "state": state,
                "valid_from": dt.date.fromisoformat(since),
                "known_from": dt.date.fromisoformat(known),
                "promised_year": year,
                "_line": line,
            }
            for line, (project, state, since, known, year) in enumerate(rows, start=2)
        ],
        schema_overrides={"promised_year": pl.Int64},
    )


SLIPPED = (
    ("mill", "fid", "2021-03-01", "2021-03-01", 2023),
    ("mill", "construction", "2022-05-01", "2022-05-01", None),
    ("mill", "construction", "2023-02-01", "2023-02-01", 2025),
    ("mill", "producing", "2025-06-01", "2025-07-01", None),
)


def test_a_promise_stands_until_another_year_is_named() -> None:
    (mill,) = careers(table(*SLIPPED), KNOWN)
    assert [(one.state, one.promised, one.named) for one in mill.statements] == [
        ("fid", 2023, True),
        ("construction", 2023, False),
        ("construction", 2025, True),
        ("producing", 2025, False),
    ]
    assert mill.begun is not None
    assert mill.begun.valid_from.year == 2025
    assert len(mill.open_statements()) == 3


def test_nothing_known_later_is_seen() -> None:
    (mill,) = careers(table(*SLIPPED), dt.date(2025, 6, 30))
    assert mill.begun is None
    assert mill.now.promised == 2025
    (earlier,) = careers(table(*SLIPPED), dt.date(2023, 1, 31))
    assert earlier.now.promised == 2023


def test_of_two_accounts_of_a_day_the_newer_holds() -> None:
    rows = (
        ("mill", "fid", "2021-03-01", "2021-03-01", 2023),
        ("mill", "fid", "2021-03-01", "2022-01-01", 2024),
    )
    assert careers(table(*rows), KNOWN)[0].now.promised == 2024
    assert careers(table(*rows), dt.date(2021, 12, 31))[0].now.promised == 2023


def test_a_plant_that_always_produced_made_no_promise() -> None:
    rows = (
        ("mill", "producing", "1990-01-01", "1990-12-31", None),
        ("mill", "paused", "2020-01-01", "2020-01-01", 2021),
    )
    (mill,) = careers(table(*rows), KNOWN)
    assert mill.begun is None
    assert mill.open_statements() == ()
    assert observations([mill], KNOWN) == []


def test_a_project_given_up_never_begins() -> None:
    rows = (("mill", "fid", "2021-03-01", "2021-03-01", 2023), ("mill", "cancelled", "2022-08-01", "2022-08-01", None))
    (seen,) = observations(careers(table(*rows), KNOWN), KNOWN)
    assert (seen.begun, seen.given_up) == (None, dt.date(2022, 8, 1))


def test_silence_about_a_plant_under_way_is_not_failure() -> None:
    rows = table(("mill", "construction", "2023-03-01", "2023-03-01", 2024))
    assert observations(careers(rows, KNOWN), KNOWN) == []
    (bold,) = observations(careers(rows, KNOWN), KNOWN, silence="not begun")
    assert bold.until == KNOWN


def test_of_a_halted_project_no_news_is_that_it_has_not_begun() -> None:
    rows = table(
        ("mill", "construction", "2023-03-01", "2023-03-01", 2024), ("mill", "paused", "2023-09-01", "2023-09-01", None)
    )
    assert [one.until for one in observations(careers(rows, KNOWN), KNOWN)] == [KNOWN, KNOWN]


def test_what_was_out_of_date_when_it_became_known_is_no_forecast() -> None:
    rows = table(
        ("mill", "fid", "2021-01-01", "2024-01-01", 2022),
        ("mill", "paused", "2022-01-01", "2022-01-01", None),
    )
    assert [one.state for one in observations(careers(rows, KNOWN), KNOWN)] == []


@pytest.mark.parametrize(
    "day", [dt.date(2021, 12, 31), dt.date(2023, 7, 4), dt.date(2025, 10, 16), dt.date(2026, 3, 1)]
)
def test_a_past_day_is_the_table_without_what_came_later(pack: Atlas, day: dt.date) -> None:
    states = dated_states(pack)
    then = states.filter((pl.col("known_from") <= day) & (pl.col("valid_from") <= day))
    assert careers(states, day) == careers(then, KNOWN)


@pytest.mark.parametrize("silence", ["unknown", "not begun"])
def test_every_observation_of_the_pack_is_watched_after_it_was_said(pack: Atlas, silence: str) -> None:
    seen = observations(careers(dated_states(pack), pack.known), pack.known, silence)  # type: ignore[arg-type]
    assert len({one.project for one in seen}) > 80
    for one in seen:
        assert one.begun is None or one.begun >= one.said.year
        assert one.begun or one.given_up or one.until > one.said
        assert one.said <= pack.known
