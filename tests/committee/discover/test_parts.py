"""Of what a value consists where demand goes unserved, against what the hand says."""

from __future__ import annotations

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain.network import Network
from bongsu.committee.discover.cases import case_table
from bongsu.committee.discover.parts import Parts, unserved_table
from bongsu.committee.discover.resolve import Block, Resolver

from .networks import ONE, TWO, WANTED, network

YEARS, PENALTY, OFFERED, SIZE = 3, 50.0, 60.0, 30.0


def scarce() -> Resolver:
    """The network of the hand with 60 a year on offer abroad, so that 40 a year go unserved; the second site may be built."""
    base = network(ONE, TWO)
    offers = base["supplies"].with_columns(quantity=pl.Series([OFFERED, 150.0]))
    demands = base["demands"].with_columns(facts=pl.lit("shortage_prices:2"))
    return Resolver(Network({**base.tables, "supplies": offers, "demands": demands}, base.settings), [ONE])


@pytest.fixture(scope="module")
def parts() -> Parts:
    resolver = scarce()
    without = resolver.solve(closed=[TWO])
    return Parts.of(resolver, without, resolver.solve([Block(ONE, SIZE, 0)], closed=[TWO]))


def test_the_parts_of_a_value_are_those_of_the_hand(parts: Parts) -> None:
    # Each unit of the block serves one that went unserved, for 5 to make and bring and 3 a year to have.
    assert parts.unmet_avoided == pytest.approx(YEARS * SIZE * PENALTY)
    assert parts.cost_saved == pytest.approx(-YEARS * SIZE * 8)
    assert parts.compliance == pytest.approx(0.0, abs=1e-6)
    assert parts.value == pytest.approx(parts.cost_saved + parts.unmet_avoided + parts.compliance)
    assert parts.mostly_penalty


def test_the_demand_behind_the_penalty_is_named_without_with_and_where_the_plan_is_free(parts: Parts) -> None:
    (one,) = parts.unserved
    assert (one.item, one.place, one.unit) == ("goods", "city", "t")
    assert one.without == pytest.approx(YEARS * (WANTED - OFFERED))
    assert one.with_ == pytest.approx(YEARS * (WANTED - OFFERED - SIZE))
    assert one.free == pytest.approx(0.0, abs=1e-6)
    assert one.penalty == pytest.approx(PENALTY)
    assert one.avoided == pytest.approx(parts.unmet_avoided)


def test_nothing_is_named_where_all_is_served() -> None:
    resolver = Resolver(network(ONE, TWO), [ONE, TWO])
    own = Parts.of(resolver, resolver.solve(), resolver.solve([Block(ONE, SIZE, 0)]))
    assert own.unserved == ()
    assert not own.mostly_penalty


def test_tables_keep_the_parts_and_the_trust_of_the_penalty(parts: Parts, pack: Atlas) -> None:
    row = case_table({"high": {"a": parts, "b": None}}, []).row(0, named=True)
    assert row["value"] == pytest.approx(row["cost_saved"] + row["unmet_avoided"] + row["compliance"])
    assert row["mostly_penalty"]
    told = unserved_table(pack, {("a", "high"): parts, ("b", "high"): None})
    assert told["confidence"].to_list() == [pack["shortage_prices"].filter(pl.col("_line") == 2)["confidence"][0]]
    assert told["without"].to_list() == pytest.approx([YEARS * (WANTED - OFFERED)])


@pytest.mark.parametrize(
    ("without", "saved", "avoided", "mostly"),
    [(1e3, 40.0, 60.0, True), (1e3, 60.0, 40.0, False), (1e3, -30.0, 20.0, False), (1e12, 1.0, 2.0, False)],
)
def test_a_value_is_mostly_penalty_where_more_than_half_of_it_is(
    without: float, saved: float, avoided: float, mostly: bool
) -> None:
    # A loss is no penalty avoided, and what plans are not solved to is nothing.
    assert Parts(without, without - saved - avoided, saved, avoided, 0.0).mostly_penalty is mostly
