"""Accounts add up to the cost of the plan, and a split leaves neither party worse off than alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.chain.network import Network
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.sides import accounts, apart, split

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


def test_apart_nothing_crosses_and_nothing_joint_is_built(resolver: Resolver) -> None:
    candidate: Any = SimpleNamespace(option=ONE)
    parted, saved, _ = apart(resolver, [candidate], OWNERS)
    assert parted.cost == pytest.approx(3 * 100 * 11)
    assert saved == 0.0
    assert resolver.base.cost < parted.cost


@given(*[st.floats(-1e6, 1e6) for _ in range(4)])
def test_a_split_leaves_neither_worse_off_and_pays_out_all(ca: float, kr: float, ca_now: float, kr_now: float) -> None:
    found = split({"CA": ca, "KR": kr}, {"CA": ca_now, "KR": kr_now, "US": 1.0})
    joint = sum(found.gain.values())
    if joint < 0:
        assert found.fair is None
    else:
        assert found.fair is not None
        assert found.transfer is not None
        assert min(found.fair.values()) >= 0
        assert sum(found.fair.values()) == pytest.approx(joint, abs=1e-6)
        assert sum(found.transfer.values()) == pytest.approx(0.0, abs=1e-6)
    assert found.others == pytest.approx(-1.0)
