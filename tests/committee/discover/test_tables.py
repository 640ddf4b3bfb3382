"""Ranks under other weights and in other cases, and what is weighed together."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from bongsu.committee.discover.cases import case_table
from bongsu.committee.discover.discover import second_table, stability_table, weigh
from bongsu.committee.discover.parts import Parts
from bongsu.committee.discover.resolve import Block
from bongsu.committee.discover.verify import Verified

from .networks import ONE, TWO
from .test_verify import candidate


def worth(value: float) -> Parts:
    return Parts(value, 0.0, value, 0.0, 0.0)


VALUES = pl.DataFrame(
    {
        "project": ["a", "b", "c"],
        "rank": [1, 2, 3],
        "value": [10.0, 8.0, 5.0],
        "compliance": [6.0, 0.0, -1.0],
        "resilience": [None, 1.0, 4.0],
        "value_per_capex": [1.0, 2.0, 3.0],
        "bound": [10.0, 9.0, 8.0],
    }
)


def test_a_rank_moves_between_the_best_and_the_worst_of_all_weights_and_cases() -> None:
    table = stability_table(VALUES, {"low": {"a": 1.0, "b": 2.0, "c": None}})
    rows = {row["project"]: row for row in table.iter_rows(named=True)}
    assert [rows[name]["rank_without_compliance"] for name in "abc"] == [3, 1, 2]
    assert [rows[name]["rank_per_capex"] for name in "abc"] == [3, 2, 1]
    assert [rows[name]["rank_low"] for name in "abc"] == [2, 1, None]
    assert rows["a"]["rank_with_resilience"] is None
    assert [(rows[name]["rank_best"], rows[name]["rank_worst"]) for name in "abc"] == [(1, 3), (1, 2), (1, 3)]


def test_ranks_in_a_case_are_of_the_values_there() -> None:
    table = case_table({"low": {"a": worth(-1.0), "b": worth(2.0), "c": None}}, [])
    assert dict(table.select("project", "rank").iter_rows()) == {"a": 2, "b": 1, "c": None}


@pytest.mark.parametrize(("most", "names"), [(2, ["make@site", "make@other"]), (1, ["make@site"])])
def test_a_second_plant_is_weighed_only_beside_its_first(most: int, names: list[str]) -> None:
    first = Verified(candidate(ONE), 5.0, value=5.0)
    again = Verified(candidate(TWO), 5.0, value=5.0, after="make@site")
    assert [one.candidate.project for one in weigh([first], [again], most)] == names
    small = Verified(candidate(ONE), 1.0, value=1.0)
    assert weigh([small], [again], 1) == []


def test_a_second_plant_that_is_not_told_is_in_the_table_all_the_same() -> None:
    chain = SimpleNamespace(years=[2028, 2029, 2030])
    told = Verified(candidate(ONE), 5.0, Block(ONE, 40.0, 1), 5.0, after="make@first")
    other = Verified(candidate(TWO), -2.0, Block(TWO, 60.0, 2), -2.0, after="make@first")
    table = second_table(chain, {"make@first": [told, other], "alone": []}, [told])  # type: ignore[arg-type]
    assert table.select("project", "site", "size", "start", "value", "told").rows() == [
        ("make@first", "make@site", 40.0, 2029, 5.0, True),
        ("make@first", "make@other", 60.0, 2030, -2.0, False),
    ]


def test_a_rank_with_resilience_is_among_those_that_were_asked() -> None:
    rows = {row["project"]: row for row in stability_table(VALUES).iter_rows(named=True)}
    assert [rows[name]["resilience_asked"] for name in "abc"] == [False, True, True]
    assert [rows[name]["rank_with_resilience"] for name in "abc"] == [None, 1, 2]
