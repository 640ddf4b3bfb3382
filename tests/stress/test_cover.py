"""Days of cover: which row of the data pack speaks, and what stands where in a plan."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.plan import Plan
from bongsu.stress.cover import Cover, flows, held, stocked
from bongsu.stress.supply_chain import DAYS, SupplyChain
from bongsu.stress.survival import Programmes


@pytest.fixture(scope="module")
def short(atlas: Atlas) -> tuple[Chain, Plan]:
    """The reference case of one year without law, and its plan."""
    cases = atlas["cases"]
    one = pl.lit(2027).cast(cases.schema["start_year"])
    cases = cases.with_columns(start_year=one, end_year=one)
    chain = Chain.of(dataclasses.replace(atlas, tables={**atlas.tables, "cases": cases}))
    return chain, Plan.of(chain.network)


def test_the_most_particular_row_speaks(atlas: Atlas) -> None:
    cover = Cover(atlas)
    korea, elsewhere = cover.days("user", "anode_natural", "KR"), cover.days("user", "anode_natural", "US")
    assert korea is not None
    assert elsewhere is not None
    assert (korea.low, korea.high, korea.confidence) == (30.0, 150.0, "assumed")
    assert (elsewhere.low, elsewhere.high) == (30.0, 90.0)
    assert cover.days("user", "sodium_sulphate", "KR") is None, "nobody is said to keep a by-product"


def test_stocks_of_graphite_are_what_was_known_on_the_day(atlas: Atlas) -> None:
    before, after = Cover(atlas.as_of("2023-10-31")), Cover(atlas.as_of("2023-12-01"))
    known = before.days("user", "spherical_graphite", "KR"), after.days("user", "spherical_graphite", "KR")
    assert [(one.low, one.high, one.confidence) for one in known if one] == [
        (45.0, 45.0, "stated"),
        (90.0, 150.0, "stated"),
    ]


def test_stock_is_days_of_the_flow_at_the_place(short: tuple[Chain, Plan]) -> None:
    chain, plan = short
    found = held(chain, plan, 2027)
    assert found
    a, at = plan.model.arrays, flows(plan.model.arrays, plan, 0)
    taken = dict(zip(a.node_key.tolist(), at["user"].tolist(), strict=True))
    places, items = a.net["places"]["place"].to_list(), a.net["items"]["item"].to_list()
    for one in found:
        if one.holder == "user":
            flow = taken[places.index(one.place) * a.items + items.index(one.item)]
            assert one.low == pytest.approx(flow * one.days.low / DAYS)
            assert one.high >= one.low
    state = [one for one in found if one.holder == "state"]
    assert state, "the public stockpile of Korea"
    assert {one.item for one in state} == {"lithium_carbonate"}
    with pytest.raises(KeyError, match="no year 2031"):
        held(chain, plan, 2031)


def test_more_days_in_stock_are_more_days_to_survive(short: tuple[Chain, Plan]) -> None:
    chain, plan = short
    bare = SupplyChain.of(chain.network, "2027", plan)
    network = stocked(chain, plan, 2027)
    rich = SupplyChain.of(network, "2027", plan)
    assert (rich.stock_high >= rich.stock_low).all()
    losses = bare.select("supply")
    none, low = Programmes(bare).survive(losses), Programmes(rich).survive(losses)
    assert all(after.time >= before.time * (1 - 1e-6) for before, after in zip(none, low, strict=True))
    assert any(after.time > before.time * 1.5 for before, after in zip(none, low, strict=True))
    facts = network["stocks"]["facts"]
    assert facts.str.starts_with("stock_cover:").all()
