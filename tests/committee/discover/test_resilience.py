"""What a project saves in a bad year, worked out in the head."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from bongsu.chain.network import Network
from bongsu.committee.discover.resilience import resilience, suppliers
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.verify import Verified

from .networks import ONE, network

YEARS = [2030, 2031, 2032]


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    """The network of the hand over dated years: the site Canadian, the city Korean, goods from Chile."""
    base = network(ONE)
    country = {"mine": "CA", "site": "CA", "other": "CA", "city": "KR", "abroad": "CL"}
    places = base["places"].with_columns(pl.col("place").replace_strict(country).alias("country"))
    periods = base["periods"].with_columns(pl.Series("year", YEARS, dtype=base["periods"].schema["year"]))
    return Resolver(Network({**base.tables, "places": places, "periods": periods}, base.settings), [ONE])


def test_a_stop_costs_less_by_what_the_project_makes(resolver: Resolver) -> None:
    """Without it all 100 come from Chile: a year without them costs 100 x (50 - 11) more. With 80 made at home it is 20 x 39; the
    plan that builds 80 cannot build more in the bad year."""
    block = Block(ONE, 80.0, 0)
    candidate: Any = SimpleNamespace(project="make@site", option=ONE)
    one = Verified(candidate, 0.0, block, 0.0, resolver.solve(closed=[ONE]), resolver.solve([block]))
    chain: Any = SimpleNamespace(years=YEARS, atlas=None)
    assert suppliers(resolver) == ["CL"]
    (row,) = resilience(chain, resolver, [one]).iter_rows(named=True)
    assert (row["year"], row["country"]) == (2032, "CL")
    assert row["without"] == pytest.approx(100 * 39)
    assert row["with"] == pytest.approx(20 * 39)
    assert row["resilience"] == pytest.approx(80 * 39)


def test_what_was_not_settled_has_no_resilience(resolver: Resolver) -> None:
    candidate: Any = SimpleNamespace(project="make@site", option=ONE)
    chain: Any = SimpleNamespace(years=YEARS, atlas=None)
    assert resilience(chain, resolver, [Verified(candidate, 5.0)]).is_empty()
