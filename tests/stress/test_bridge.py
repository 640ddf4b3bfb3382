"""Stock that bridges a gap: the arithmetic of graphite in 2023, and what buying ahead, substitutes and other plants are worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.chain.change import Change
from bongsu.chain.network import Network
from bongsu.plan import Plan
from bongsu.stress.bridge import bridge
from bongsu.stress.cover import cover
from bongsu.stress.supply_chain import DAYS, SupplyChain
from bongsu.stress.time_expanded import OverTime, Stoppage, losing

from .chains import random_chain, two_tiers
from .test_time_expanded import in_months

#: Thirty days as a share of a year, and use of 3,000 t in them.
MONTH = 30 / DAYS
USE = 3_000 / MONTH
POINT = ("korea", "spherical_graphite")


def graphite(november: float, **more: list[dict[str, object]]) -> Network:
    """Spherical graphite for Korea from November 2023 to February 2024, as it was shipped: t in each month of thirty days."""
    shipped = {"2023-11": november, "2023-12": 948.0, "2024-01": 121.5, "2024-02": 121.5}
    return Network.of(
        periods=[{"period": month, "years": MONTH} for month in shipped],
        items=[{"item": "spherical_graphite", "unit": "t"}],
        places=[{"place": "china", "country": "CN"}, {"place": "korea", "country": "KR"}],
        lanes=[{"lane": "sea", "from": "china", "to": "korea", "item": "spherical_graphite"}],
        supplies=[
            {
                "supply": "licensed",
                "place": "china",
                "item": "spherical_graphite",
                "period": month,
                "quantity": t / MONTH,
            }
            for month, t in shipped.items()
        ],
        stocks=[{"stock": "yard", "place": "korea", "item": "spherical_graphite"}],
        demands=[{"demand": "anode", "place": "korea", "item": "spherical_graphite", "quantity": USE}],
        **more,
    )


NOTHING = Stoppage("as it was", "event", ())


@pytest.mark.parametrize(("november", "tonnes", "days"), [(3_000.0, 7_809.0, 78.0), (8_830.0, 1_979.0, 20.0)])
def test_graphite_of_2023_needs_the_days_that_the_record_gives(november: float, tonnes: float, days: float) -> None:
    """948 t in December and 243 in January and February, of 9,000 needed: 7,809 t, or 1,979 after 8,830 t in November."""
    found = bridge(graphite(november), NOTHING, [POINT])
    assert found.stock[POINT] == pytest.approx(tonnes)
    assert found.days({POINT: USE})[POINT] == pytest.approx(days, abs=0.25)
    assert not found.lost


def test_the_days_that_bridge_are_the_days_that_survive() -> None:
    """With that stock nothing runs short, with a little less something does."""
    base = graphite(3_000.0)
    needed = bridge(base, NOTHING, [POINT]).stock[POINT]

    def with_stock(tonnes: float) -> Network:
        stocks = base["stocks"].with_columns(initial=tonnes)
        return Network({**base.tables, "stocks": stocks}, base.settings)

    assert OverTime(with_stock(needed * (1 + 1e-6))).without_loss().time == np.inf
    assert OverTime(with_stock(needed * 0.99)).without_loss().time < 4 * MONTH


def test_a_ban_from_december_on_with_and_without_time_to_buy_ahead() -> None:
    months = ("2023-12", "2024-01", "2024-02")
    ban = Stoppage("ban", "event", tuple(Change("lanes", "sea", "capacity", month, value=0.0) for month in months))
    assert bridge(graphite(3_000.0), ban, [POINT]).stock[POINT] == pytest.approx(9_000.0)
    assert bridge(graphite(11_000.0), ban, [POINT]).stock[POINT] == pytest.approx(1_000.0)
    assert bridge(graphite(12_000.0), ban, [POINT]).stock[POINT] == pytest.approx(0.0, abs=1e-3)


def test_a_substitute_is_used_before_stock() -> None:
    supply = [{"supply": "mozambique", "place": "korea", "item": "spherical_graphite", "quantity": 1_000.0 / MONTH}]
    base = graphite(3_000.0)
    other = Network.of(
        **{name: table for name, table in base.tables.items() if table.height and name != "supplies"},
        supplies=[*base["supplies"].to_dicts(), *supply],
    )
    assert bridge(other, NOTHING, [POINT]).stock[POINT] == pytest.approx(7_809.0 - 4_000.0)


def test_stock_cannot_save_what_lacks_something_else() -> None:
    network = in_months(two_tiers(stocks=[]), 12)
    stop = losing(network, "plant", "works", recovery=3 / 12)
    # Parts in the yard are of no use while the works stand still.
    found = bridge(network, stop, [("works", "a")])
    assert found.stock["works", "a"] == pytest.approx(0.0, abs=1e-6)
    assert found.lost == {"buyers": pytest.approx(3 * 50 / 12)}
    # Products are: three months of sales.
    found = bridge(network, stop, [("works", "a"), ("market", "product")])
    assert found.stock["market", "product"] == pytest.approx(3 * 50 / 12)
    assert not found.lost


def test_what_is_worth_less_is_kept_first() -> None:
    network = in_months(two_tiers(stocks=[]), 12)
    stop = losing(network, "plant", "a1", recovery=4 / 12)
    at = [("works", "a"), ("market", "product")]
    # Four months without 40 of the 100 of a: 13.3 of a, or 6.7 products.
    cheap = bridge(network, stop, at, worth={at[0]: 1.0, at[1]: 5.0})
    assert cheap.stock == {at[0]: pytest.approx(40 * 4 / 12), at[1]: pytest.approx(0.0, abs=1e-6)}
    dear = bridge(network, stop, at, worth={at[0]: 4.0, at[1]: 5.0})
    assert dear.stock == {at[0]: pytest.approx(0.0, abs=1e-6), at[1]: pytest.approx(20 * 4 / 12)}


def test_a_plant_that_may_not_stop_needs_stock_of_its_own() -> None:
    network = in_months(two_tiers(), 12)
    stop = losing(network, "plant", "a1", recovery=6 / 12)
    free = bridge(network, stop, [("works", "a")])
    kept = bridge(network, stop, [("works", "a")], running={"works": 50.0})
    # The shop bridges part of it if the works may stop; 30 of a stand at a2, and half a year lacks 20.
    assert free.stock["works", "a"] == pytest.approx(0.0, abs=1e-6)
    assert kept.stock["works", "a"] == pytest.approx(0.0, abs=1e-6)
    faster = bridge(network, stop, [("works", "a")], running={"works": 60.0})
    assert faster.stock["works", "a"] >= 60.0 - 30.0 - 30.0
    with pytest.raises(ValueError, match="may not stop"):
        bridge(network, losing(network, "plant", "works", 0.5), [("market", "product")], running={"works": 50.0})


def test_unknown_points_are_refused() -> None:
    network = in_months(two_tiers(), 3)
    stop = losing(network, "plant", "a1", recovery=0.1)
    with pytest.raises(KeyError, match="no 'mars'"):
        bridge(network, stop, [("mars", "a")])
    with pytest.raises(ValueError, match="at least one"):
        bridge(network, stop, [])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_with_the_stock_that_bridges_nothing_more_is_lost(number: int) -> None:
    network = in_months(random_chain(number), 4)
    plant = network["plants"]["plant"][0]
    stop = losing(network, "plant", plant, recovery=2 / 12)
    at = [("market", row["item"]) for row in network["demands"].iter_rows(named=True)]
    found = bridge(network, stop, at)
    # Final goods in stock save everything.
    assert not found.lost
    stocks = network["stocks"].to_dicts()
    for place, item in at:
        stocks.append(
            {"stock": f"more:{item}", "place": place, "item": item, "initial": found.stock[place, item] * (1 + 1e-6)}
        )
    rich = Network.of(**{name: t for name, t in network.tables.items() if t.height and name != "stocks"}, stocks=stocks)
    assert OverTime(rich).recover([stop])[0].lost == pytest.approx(0.0, abs=1e-3)


def test_cover_is_stock_over_what_leaves() -> None:
    network = two_tiers()
    plan = Plan.of(network)
    by_place = {(one.place, one.item): one for one in cover(network, plan, "1")}
    shop = by_place["market", "product"]
    assert shop.use == pytest.approx(50.0)
    assert shop.days_low == pytest.approx(20 / 50 * DAYS)
    assert shop.days_high == shop.days_low
    yard = by_place["a2", "a"]
    flow = plan.table("ship").filter(plan.table("ship")["lane"] == "a2")["value"].sum()
    assert yard.use == pytest.approx(flow)
    with pytest.raises(KeyError, match="no period '2030'"):
        cover(network, plan, "2030")
    # What leaves the market is what survives on it alone.
    chain = SupplyChain.of(network)
    assert chain.stock_low[chain.points.index("market:product")] / shop.use == pytest.approx(0.4)
