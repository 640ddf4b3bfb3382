"""Who supplies whom: flows are conserved, shares are shares, and a known mix is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bongsu.answers import Footprint, Why, north_america, share_range
from bongsu.answers.footprint import korean_share
from bongsu.answers.value import sample_rows
from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices, Network
from bongsu.plan import Plan, Prices


@pytest.fixture(scope="module")
def traced(chain: Chain, plan: Plan) -> Footprint:
    return Footprint(chain, plan, north_america(chain))


def test_shares_are_between_none_and_all(traced: Footprint) -> None:
    for share in (traced.node_share, traced.mode_share):
        assert (share >= 0).all()
        assert (share <= 1).all()
    # Something goes to the markets and something does not.
    assert 0.01 < float((traced.node_share > 0.5).mean()) < 0.99


def test_markets_together_take_everything_and_apart_take_their_parts(chain: Chain, plan: Plan) -> None:
    """Tracing is linear in the markets: what serves A and B is what serves A plus what serves B."""
    markets = tuple(dict.fromkeys(chain.network["demands"]["place"]))
    whole = Footprint(chain, plan, markets).node_share
    parts = sum(Footprint(chain, plan, (market,)).node_share for market in markets)
    assert np.allclose(whole, parts, atol=1e-6)


def test_cells_made_and_short_are_the_demand(chain: Chain, plan: Plan) -> None:
    why = Why(chain, plan)
    for year in chain.years:
        totals = why.cell_totals(year)
        served = sum(totals[key] for key in ("canada", "korea", "korean_owned_us", "other_us", "other"))
        assert served + totals["short"] == pytest.approx(totals["demand"], rel=1e-6), year
        wanted = chain.network["demands"].filter(
            pl.col("place").is_in(list(north_america(chain))) & (pl.col("period") == str(year))
        )
        assert wanted.height > 10
        tree = why.figure(f"share:{year}")
        own = sum(totals[key] for key in ("canada", "korea", "korean_owned_us"))
        assert tree.value == pytest.approx(own / totals["demand"])


def test_demand_is_counted_in_the_energy_of_the_demand_table(chain: Chain, plan: Plan) -> None:
    """A second way to the gigawatt-hours: straight from the table, for a year with a row for every segment."""
    table = chain.atlas["demand"].filter(
        (pl.col("case") == chain.case["demand_case"]) & pl.col("place").is_in(list(north_america(chain)))
    )
    assert plan.status == "optimal"
    assert Why(chain, plan).cell_totals(2030)["demand"] == pytest.approx(
        table.filter(pl.col("year") == 2030)["gwh"].sum(), rel=2e-3
    )


def test_what_arrives_serves_as_much_as_what_is_drawn(traced: Footprint, plan: Plan) -> None:
    """At each cell node the served part that comes in equals the served part that goes out."""
    a = traced.arrays
    items = list(a.net["items"]["item"])
    cells = [i for i, item in enumerate(items) if item.startswith("cell_") and "scrap" not in item]
    ship, make = plan.grid("ship"), plan.grid("make")
    start, end = a.node(a.lane_from, a.lane_item), a.node(a.lane_to, a.lane_item)
    use = a.node(a.plant_place[a.mode_plant[a.use_mode]], a.use_item)
    share = traced.node_share
    inward, outward = np.zeros(share.shape), np.zeros(share.shape)
    np.add.at(inward, end, ship * share[end])
    np.add.at(outward, start, ship * share[end])
    np.add.at(inward, use, np.maximum(a.use_amount, 0) * make[a.use_mode] * share[use])
    consumed = np.maximum(-a.use_amount, 0) * make[a.use_mode]
    np.add.at(outward, use, consumed * traced.mode_share[a.use_mode])
    bought = plan.family("buy")
    node = a.node(a.supply_place, a.supply_item)[a.supply.row]
    np.add.at(inward, (node, a.supply.period), bought * share[node, a.supply.period])
    here = np.isin(a.node_item, cells)
    assert inward[here].max() > 1e6
    assert np.allclose(inward[here], outward[here], rtol=1e-5, atol=10.0)


def toy(atlas: Atlas) -> tuple[Chain, Plan]:
    """Two cell plants of 30 and 10 serve one hub that feeds market-us (24) and market-kr (16)."""
    places = ("ca-on-windsor", "us-mi-detroit", "market-us", "market-kr", "basics-us")
    network = Network.of(
        periods=[{"period": "2030", "years": 1.0, "year": 2030.0}],
        items=[{"item": "cam_lfp", "unit": "t"}, {"item": "cell_lfp", "unit": "kWh"}],
        places=atlas["places"].filter(pl.col("place").is_in(places)).select("place", "country"),
        plants=[{"plant": f"p{i}", "place": at} for i, at in enumerate(("ca-on-windsor", "us-mi-detroit"))],
        capacity=[{"plant": "p0", "capacity": 30.0}, {"plant": "p1", "capacity": 10.0}],
        modes=[{"mode": f"m{i}", "plant": f"p{i}", "process": "make_cell_lfp", "cost": 1.0} for i in range(2)],
        recipes=[
            {"process": "make_cell_lfp", "item": "cam_lfp", "amount": -2.0},
            {"process": "make_cell_lfp", "item": "cell_lfp", "amount": 1.0},
        ],
        supplies=[{"supply": "s", "place": "basics-us", "item": "cam_lfp", "price": 1.0}],
        lanes=[
            {"lane": "ore0", "from": "basics-us", "to": "ca-on-windsor", "item": "cam_lfp", "cost": 1.0},
            {"lane": "ore1", "from": "basics-us", "to": "us-mi-detroit", "item": "cam_lfp", "cost": 1.0},
            {"lane": "hub", "from": "ca-on-windsor", "to": "us-mi-detroit", "item": "cell_lfp", "cost": 1.0},
            {"lane": "us", "from": "us-mi-detroit", "to": "market-us", "item": "cell_lfp", "cost": 1.0},
            {"lane": "kr", "from": "us-mi-detroit", "to": "market-kr", "item": "cell_lfp", "cost": 1.0},
        ],
        demands=[
            {"demand": "u", "place": "market-us", "item": "cell_lfp", "quantity": 24.0, "penalty": 99.0},
            {"demand": "k", "place": "market-kr", "item": "cell_lfp", "quantity": 16.0, "penalty": 99.0},
        ],
    )
    base = Chain.of(atlas)
    chain = replace(base, network=network, case={**base.case, "start_year": 2030, "end_year": 2030}, choices=Choices())
    return chain, Plan.of(network)


def test_a_hub_passes_on_its_mix(atlas: Atlas) -> None:
    """24 of the 40 that pass the hub go to the US, so 3/5 of every maker's output does, and of the ore behind it."""
    chain, plan = toy(atlas)
    assert plan.status == "optimal"
    traced = Footprint(chain, plan, ("market-us",))
    made = dict(traced.made().select("plant", "served").iter_rows())
    assert made == {"p0": pytest.approx(18.0), "p1": pytest.approx(6.0)}
    assert traced.bought()["served"].to_list() == [pytest.approx(48.0)]
    shipped = dict(traced.shipped().select("lane", "served").iter_rows())
    assert shipped == {
        "ore0": pytest.approx(36.0),
        "ore1": pytest.approx(12.0),
        "hub": pytest.approx(18.0),
        "us": pytest.approx(24.0),
        "kr": pytest.approx(0.0, abs=1e-9),
    }


def leftover(atlas: Atlas, by_product: float) -> tuple[Chain, Plan]:
    """One mode takes 10 ore and puts out 5 for the market and 5 that are sold off at a price at their place."""
    network = Network.of(
        periods=[{"period": "2030", "years": 1.0, "year": 2030.0}],
        items=[{"item": item, "unit": "t"} for item in ("spodumene", "lithium_carbonate", "copper_cathode")],
        places=atlas["places"].filter(pl.col("place") == "market-us").select("place", "country"),
        plants=[{"plant": "p", "place": "market-us"}],
        capacity=[{"plant": "p", "capacity": 100.0}],
        modes=[{"mode": "m", "plant": "p", "process": "any", "cost": 1.0}],
        recipes=[
            {"process": "any", "item": "spodumene", "amount": -2.0},
            {"process": "any", "item": "lithium_carbonate", "amount": 1.0},
            {"process": "any", "item": "copper_cathode", "amount": 1.0},
        ],
        supplies=[{"supply": "s", "place": "market-us", "item": "spodumene", "price": 2.0}],
        disposals=[{"place": "market-us", "item": "copper_cathode", "cost": -by_product}],
        demands=[
            {"demand": "u", "place": "market-us", "item": "lithium_carbonate", "quantity": 5.0, "penalty": 99.0},
            {"demand": "c", "place": "market-us", "item": "copper_cathode", "quantity": 2.0, "penalty": 99.0},
        ],
    )
    base = Chain.of(atlas)
    case = {**base.case, "start_year": 2030, "end_year": 2030}
    return replace(base, network=network, case=case, choices=Choices()), Plan.of(network)


def test_what_is_sold_off_or_thrown_away_serves_nobody(atlas: Atlas) -> None:
    """Of 5 tonnes of the by-product 2 are wanted and 3 got rid of, so 2/5 of it serves the market."""
    chain, plan = leftover(atlas, -0.5)
    assert plan.status == "optimal"
    made = Footprint(chain, plan, ("market-us",)).made()
    assert dict(made.select("item", "served").iter_rows()) == {
        "lithium_carbonate": pytest.approx(5.0),
        "copper_cathode": pytest.approx(2.0),
    }


@pytest.mark.parametrize(("sold_at", "expected"), [(-0.5, 1.0), (1.0, (4.0 * 1.0 + 1.0 * 0.4) / 5.0)])
def test_a_mode_is_traced_by_the_worth_of_all_it_puts_out(atlas: Atlas, sold_at: float, expected: float) -> None:
    """The cost of 5 per unit of output is borne by what is sold off (1 or nothing) and by the main product (the rest)."""
    chain, plan = leftover(atlas, sold_at)
    traced = Footprint(chain, plan, ("market-us",))
    assert traced.mode_share[0, 0] == pytest.approx(expected)
    assert traced.bought()["served"].to_list() == [pytest.approx(10.0 * expected)]


def test_the_range_of_the_share_holds_it_and_leaves_the_prices_alone(chain: Chain, plan: Plan) -> None:
    assert plan.live is not None
    highs = plan.live.highs
    why = Why(chain, plan)
    before, rows = highs.getSolution(), highs.getNumRow()
    duals, values = np.array(before.row_dual), np.array(before.col_value)
    asked = sample_rows(plan, 12)
    prices = [Prices(plan).of_row(row, both_sides=False) for row in asked]
    found = share_range(why, 2030)
    assert found is not None
    value = why.share(2030).value
    assert value is not None
    assert 0 <= found.low < value < found.high <= 1
    # Nearly equal plans differ by percentage points; a wider slack never narrows the range.
    assert found.high - found.low > 0.02
    wider = share_range(why, 2030, slack=3e-4)
    assert wider is not None
    assert wider.low <= found.low + 1e-9
    assert wider.high >= found.high - 1e-9
    after = highs.getSolution()
    assert highs.getNumRow() == rows
    for row, price in zip(asked, prices, strict=True):
        again = Prices(plan).of_row(row, both_sides=False)
        assert (again.value, again.down, again.up) == pytest.approx(
            (price.value, price.down, price.up), rel=1e-6, abs=1e-6
        )
    assert np.allclose(duals, np.array(after.row_dual), rtol=1e-9, atol=1e-9)
    assert np.allclose(values, np.array(after.col_value), rtol=1e-9, atol=1e-6)


def test_a_range_that_is_not_found_in_time_is_none_and_leaves_the_prices_alone(chain: Chain, plan: Plan) -> None:
    assert plan.live is not None
    duals = np.array(plan.live.highs.getSolution().row_dual)
    assert share_range(Why(chain, plan), 2030, time_limit=0.0) is None
    assert np.allclose(duals, np.array(plan.live.highs.getSolution().row_dual), rtol=1e-9, atol=1e-9)


def test_equity_of_unknown_size_is_an_equal_part_of_the_rest(chain: Chain) -> None:
    owners = chain.atlas["facility_owners"]
    facility = str(owners["facility"][0])
    row = owners.head(1)

    def held(*parts: tuple[str | None, float | None]) -> float | None:
        rows = [
            row.with_columns(
                owner=pl.lit(f"o{i}"), owner_country=pl.lit(c, dtype=pl.String), share=pl.lit(s, dtype=pl.Float64)
            )
            for i, (c, s) in enumerate(parts)
        ]
        atlas = replace(chain.atlas, tables={**chain.atlas.tables, "facility_owners": pl.concat(rows)})
        return korean_share(replace(chain, atlas=atlas), facility)[0]

    assert held(("KR", 0.51), ("US", 0.49)) == pytest.approx(0.51)
    assert held(("KR", None), ("US", None)) == pytest.approx(0.5)
    assert held(("KR", None), ("US", 0.6)) == pytest.approx(0.4)
    assert held(("US", 1.0)) == 0.0
    assert held((None, None)) is None
    assert korean_share(chain, "nobody") == (None, [])
