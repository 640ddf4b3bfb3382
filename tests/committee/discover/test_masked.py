"""A masked project's ranks, by hand; one that is not there is a sentence."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from bongsu.committee.discover.masked import recover, recovered


def test_an_unknown_facility_is_refused_with_its_near_names() -> None:
    facilities = pl.DataFrame(
        {"facility": ["ca-on-nextstar", "ca-qc-volta"], "place": ["ca-on-windsor", "ca-qc-granby"]}
    )
    chain: Any = SimpleNamespace(atlas={"facilities": facilities})
    with pytest.raises(ValueError, match="'ca-on-nextsta'; did you mean ca-on-nextstar"):
        recover(chain, ["ca-on-nextsta"])


def found() -> dict[str, pl.DataFrame]:
    """Three processes: cells worth most at A; foil at B, worth 4 % less at C; a mine that was only bounded."""
    rows = [
        ("cells@A", "cells", "A", True, 100.0, 120.0, 100.0, "verified"),
        ("cells@C", "cells", "C", True, 90.0, 120.0, 70.0, "site"),
        ("foil@B", "foil", "B", True, 60.0, 60.0, 50.0, "verified"),
        ("foil@C", "foil", "C", True, 70.0, 60.0, 48.0, "site"),
        ("foil@D", "foil", "D", True, 10.0, None, None, "not_shortlisted"),
        ("mine@E", "mine", "E", False, None, 20.0, None, "bounded"),
    ]
    columns = ["project", "process", "place", "generated", "price_estimate", "bound", "value", "status"]
    table = pl.DataFrame(rows, schema=columns, orient="row").with_columns(size=pl.lit(1.0), start=pl.lit(2030))
    sites = pl.DataFrame(
        {
            "project": ["cells@A", "cells@A", "foil@B", "foil@B"],
            "rank": [1, 2, 1, 2],
            "site": ["cells@A", "cells@C", "foil@B", "foil@C"],
            "behind": [0.0, 30.0, 0.0, 2.0],
            "alike": [True, False, True, True],
            "shortlisted": [True, True, True, False],
        }
    )
    return {"candidates": table, "sites": sites}


def test_the_ranks_of_process_place_and_both_are_told_apart() -> None:
    one = recovered(found(), ("plant",), ["foil"], "C", "QC")
    assert (one.process_rank, one.processes) == (2, 3)
    assert (one.best_place, one.place_rank, one.places) == ("B", 2, 2)
    assert one.share == pytest.approx(0.04)
    assert one.alike
    assert not one.shortlisted
    assert (one.rank, one.solved) == (4, 4)
    assert (one.price_rank, one.candidates) == (1, 3)


def test_of_two_processes_the_one_worth_more_at_the_place_counts() -> None:
    assert recovered(found(), ("plant",), ["foil", "cells"], "C", "QC").process == "cells"


def test_a_process_that_was_only_bounded_ranks_below_what_was_solved() -> None:
    one = recovered(found(), ("plant",), ["mine"], "E", "QC")
    assert (one.process_rank, one.rank, one.place_rank, one.value) == (3, None, None, None)


def test_a_place_that_nobody_knows_has_a_rank_of_its_process_alone() -> None:
    one = recovered(found(), ("plant",), ["cells"], "somewhere", "ON")
    assert (one.process_rank, one.place_rank, one.rank, one.price_rank) == (1, None, None, None)


def test_a_process_that_is_no_candidate_is_a_miss() -> None:
    assert recovered(found(), ("plant",), ["other"], "A", "ON").process_rank is None
