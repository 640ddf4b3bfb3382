"""Accounts add up to the cost of the plan, and a split leaves neither party worse off than alone."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.chain.network import Network
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.sides import accounts, sides_of, split

from .networks import ONE, TWO, network

OWNERS = {ONE: {"KR": 1.0}}


def placed() -> Network:
    """The network of the hand with countries: the site Canadian, the city Korean."""
    base = network(ONE, TWO)
    country = {"mine": "CA", "site": "CA", "other": "CA", "city": "KR", "abroad": "US"}
    places = base["places"].with_columns(pl.col("place").replace_strict(country).alias("country"))
    return Network({**base.tables, "places": places}, base.settings)


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(placed(), [TWO])


@pytest.mark.parametrize("blocks", [[], [Block(ONE, 80.0, 0)], [Block(ONE, 300.0, 1)], [Block(TWO, 40.0, 2)]])
def test_the_accounts_of_all_add_up_to_the_cost(resolver: Resolver, blocks: list[Block]) -> None:
    found = resolver.solve(blocks)
    assert sum(accounts(resolver, found, OWNERS).values()) == pytest.approx(found.cost, rel=1e-7)


def test_who_wants_goods_pays_their_price(resolver: Resolver) -> None:
    # With no plant all is bought abroad at 11: the city pays for 100 a year in three years, and nobody earns a rent.
    found = resolver.solve(closed=[ONE])
    assert accounts(resolver, found, OWNERS)["KR"] == pytest.approx(3 * 100 * 11)


def test_alone_each_serves_its_own_and_together_they_save_what_the_hand_says(resolver: Resolver) -> None:
    # Alone the Korean city buys abroad at 11; together 100 a year come from the Canadian site at 5 and 3 for the plant.
    found = sides_of(resolver, [ONE, TWO], {})
    assert found.alone == pytest.approx({"CA": 0.0, "KR": 3 * 100 * 11})
    assert found.together == pytest.approx(3 * 100 * 8)
    assert found.gain == pytest.approx(3 * 100 * 3)
    assert found.fair == pytest.approx({"CA": 450.0, "KR": 450.0})


def test_what_each_pays_at_the_prices_of_the_plan_adds_up_to_the_cost_together(resolver: Resolver) -> None:
    found = sides_of(resolver, [ONE, TWO], {})
    assert sum(found.at_prices.values()) == pytest.approx(found.together)
    assert found.transfer is not None
    for name in ("CA", "KR"):
        assert found.gain_at_prices(name) + found.transfer[name] == pytest.approx(found.gain / 2)


@settings(max_examples=15, deadline=None)
@given(ore=st.floats(0, 12), abroad=st.floats(0, 20), wanted=st.floats(1, 200), offered=st.floats(1, 300))
def test_working_together_never_costs_more_than_side_by_side(
    ore: float, abroad: float, wanted: float, offered: float
) -> None:
    base = placed()
    supplies = base["supplies"].with_columns(
        price=pl.Series([abroad, ore]), quantity=pl.Series([None, offered], dtype=pl.Float64)
    )
    demands = base["demands"].with_columns(quantity=pl.lit(wanted))
    net = Network({**base.tables, "supplies": supplies, "demands": demands}, base.settings)
    found = sides_of(Resolver(net, [TWO]), [ONE, TWO], {})
    assert found.gain >= -1e-6 * max(1.0, abs(found.together))
    assert sum(found.at_prices.values()) == pytest.approx(found.together, rel=1e-6, abs=1e-6)


@given(*[st.floats(-1e6, 1e6) for _ in range(5)])
def test_a_split_leaves_neither_worse_off_and_pays_out_all(
    ca: float, kr: float, together: float, ca_now: float, kr_now: float
) -> None:
    found = split({"CA": ca, "KR": kr}, together, {"CA": ca_now, "KR": kr_now})
    if ca + kr < together:
        assert found.fair is None
        assert found.transfer is None
    else:
        assert found.fair is not None
        assert min(found.fair.values()) >= 0
        assert sum(found.fair.values()) == pytest.approx(found.gain, abs=1e-6)
        # What the accounts leave to nobody is what payments do not balance by.
        assert found.transfer is not None
        assert sum(found.transfer.values()) == pytest.approx(-found.shared, abs=1e-6)
