"""Figures between anchor years."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.chain.series import Series, facts, series

ANCHORS = st.dictionaries(st.integers(2015, 2060), st.floats(-1e6, 1e6), min_size=1, max_size=8)
YEARS = st.integers(2000, 2080)


def made(anchors: dict[int, float | None]) -> Series:
    return Series([(year, value, line) for line, (year, value) in enumerate(anchors.items(), start=2)])


@given(ANCHORS, YEARS)
def test_between_anchors_it_is_what_numpy_says(anchors: dict[int, float], year: int) -> None:
    years = sorted(anchors)
    expected = np.interp(year, years, [anchors[y] for y in years])
    assert made(dict(anchors)).at(year).value == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(ANCHORS, YEARS)
def test_a_reading_names_the_anchors_it_was_made_from(anchors: dict[int, float], year: int) -> None:
    order = list(anchors)
    lines = made(dict(anchors)).at(year).lines
    named = {order[line - 2] for line in lines}
    assert named == {max((y for y in anchors if y <= year), default=min(anchors))} | {
        min((y for y in anchors if y >= year), default=max(anchors))
    }


@given(ANCHORS, YEARS, st.data())
def test_what_would_be_read_from_an_unknown_anchor_is_unknown(
    anchors: dict[int, float], year: int, data: st.DataObject
) -> None:
    lost = data.draw(st.sampled_from(sorted(anchors)))
    reading = made(anchors | {lost: None}).at(year)
    whole = made(dict(anchors)).at(year)
    uses = list(anchors).index(lost) + 2 in whole.lines
    assert reading.value is None if uses else reading.value == whole.value


@given(ANCHORS, YEARS, st.floats(-1e6, 1e6))
def test_of_two_anchors_for_one_year_the_first_counts_everywhere(
    anchors: dict[int, float], year: int, other: float
) -> None:
    rows = [(y, v, i) for i, (y, v) in enumerate(anchors.items())]
    doubled = Series([*rows, *((y, v + other, 100 + i) for y, v, i in rows)])
    assert doubled.at(year) == Series(rows).at(year)


def test_subjects_are_kept_apart() -> None:
    table = pl.DataFrame(
        {"place": ["a", "b", "a"], "year": [2030, 2030, 2026], "gwh": [10.0, 7.0, 2.0], "_line": [2, 3, 4]}
    )
    found = series(table, ["place"], "gwh")
    assert list(found) == [("a",), ("b",)]
    assert found["a",].at(2028).value == 6.0
    assert found["a",].at(2028).lines == (4, 2)
    assert found["b",].at(2028).value == 7.0


def test_facts_are_written_once_each() -> None:
    assert facts(demand=(3, 5, 3), capex=[2]) == "demand:3 demand:5 capex:2"
