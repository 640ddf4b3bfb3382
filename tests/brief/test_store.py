"""The number store of the reference plan: what it counts is what is traced."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from bongsu.answers import Footprint, north_america
from bongsu.brief import check
from bongsu.brief.store import build_store
from bongsu.chain import Chain
from bongsu.plan import Plan


@pytest.fixture(scope="module")
def store(chain: Chain, plan: Plan) -> dict[str, Any]:
    return build_store(chain, plan)


@pytest.fixture(scope="module")
def traced(chain: Chain, plan: Plan) -> Footprint:
    return Footprint(chain, plan, north_america(chain))


def test_it_lacks_nothing(store: dict[str, Any]) -> None:
    assert check.problems(store) == []


def test_a_promised_cell_line_carries_the_cells_it_makes_for_the_markets(
    store: dict[str, Any], traced: Footprint
) -> None:
    made, checked = traced.made(), 0
    for row in store["promises"]:
        if not row["item"].startswith("cell_"):
            continue
        own = made.filter((pl.col("plant") == row["line"]) & (pl.col("year") == row["used_year"]))
        cells = own.filter(pl.col("item").str.starts_with("cell_") & ~pl.col("item").str.contains("scrap"))
        assert row["gwh_eq"] == pytest.approx(cells["served"].sum() / 1e6, rel=1e-6), row["line"]
        checked += 1
    assert checked > 5
    worth = [row["worth"] for row in store["promises"]]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] > 0


def test_no_promised_line_carries_more_than_all_cells(store: dict[str, Any], traced: Footprint) -> None:
    for row in store["promises"]:
        cells = sum(
            amount / 1e6
            for (item, year), amount in traced.totals.items()
            if year == row["used_year"] and item.startswith("cell_") and "scrap" not in item
        )
        assert 0 <= row["gwh_eq"] <= cells * (1 + 1e-9), row["line"]


def test_shares_of_a_stage_are_shares_and_no_sum_over_items_is_shown(store: dict[str, Any]) -> None:
    found: dict[tuple[str, int], float] = {}
    for row in store["stages"]:
        assert 0 <= row["share"] <= 1 + 1e-9
        assert "quantity" not in row
        found[row["stage"], row["year"]] = found.get((row["stage"], row["year"]), 0.0) + row["share"]
    assert len(found) > 30
    assert list(found.values()) == pytest.approx([1.0] * len(found), rel=1e-6)


def test_the_first_headline_gives_its_range(store: dict[str, Any]) -> None:
    said = store["headlines"][0]["sentence"]
    assert said["key"] == "say.share_range"
    low, here, high = (store["figures"][said["params"][name]]["value"] for name in ("low", "total", "high"))
    assert low < here < high
    assert "limit.ties" in [row["key"] for row in store["limits"]]
