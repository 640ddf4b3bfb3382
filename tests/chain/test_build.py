"""From facts to a network: every number traceable, nothing lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices, Network, TooLittleKnown, UnknownCase
from bongsu.chain.routes import Routes
from bongsu.law import Charge, Shipment


def test_every_row_names_facts_and_every_fact_exists(chain: Chain) -> None:
    known = {name: set(frame["_line"]) for name, frame in chain.atlas.tables.items()}
    for name, table in chain.network.tables.items():
        if "facts" not in table.columns:
            continue
        for row, references in enumerate(table["facts"]):
            assert references, (name, table.row(row))
            for reference in references.split():
                source, _, line = reference.partition(":")
                assert int(line) in known[source], (name, reference)


def test_demand_is_that_of_the_table_in_its_years(chain: Chain) -> None:
    own = chain.atlas["demand"].filter(
        (pl.col("case") == chain.case["demand_case"]) & pl.col("year").is_in(chain.years)
    )
    wanted: dict[tuple[str, str, str], float] = {}
    for row in chain.network["demands"].iter_rows(named=True):
        segment = row["item"].rsplit("_", 1)[0]
        key = row["place"], segment, row["period"]
        wanted[key] = wanted.get(key, 0.0) + row["quantity"]
    checked = 0
    for row in own.iter_rows(named=True):
        expected = row["gwh"] * 1e6 if row["segment"] == "storage" else row["units"]
        assert wanted[row["place"], row["segment"], str(row["year"])] == pytest.approx(expected, rel=1e-9)
        checked += 1
    assert checked > 50


def test_energy_of_all_demand_is_that_of_the_table(chain: Chain) -> None:
    """Vehicles times the packs of their assembly = GWh of the demand table, by market and year."""
    packs = {
        (process, period): -amount
        for process, period, amount, item in chain.network["recipes"]
        .select("process", "period", "amount", "item")
        .iter_rows()
        if process.startswith("assembly:") and item.startswith("pack_")
    }
    total: dict[tuple[str, str], float] = {}
    for row in chain.network["demands"].iter_rows(named=True):
        kwh = 1.0 if row["item"].startswith("storage") else packs[f"assembly:{row['demand']}", row["period"]]
        key = row["place"], row["period"]
        total[key] = total.get(key, 0.0) + row["quantity"] * kwh / 1e6
    table = chain.atlas["demand"].filter(pl.col("case") == chain.case["demand_case"])
    anchors = table.group_by("place", "year").agg(pl.col("gwh").sum(), pl.len())
    full = table.group_by("place").agg(pl.col("segment").n_unique().alias("segments"))
    anchors = anchors.join(full, on="place").filter(pl.col("len") == pl.col("segments"))
    checked = 0
    for place, year, gwh in anchors.select("place", "year", "gwh").iter_rows():
        if year in chain.years:
            assert total[place, str(year)] == pytest.approx(gwh, rel=2e-3)
            checked += 1
    assert checked >= 6


def test_vehicles_take_the_pack_of_the_table(chain: Chain) -> None:
    table = chain.atlas["demand"].filter(
        (pl.col("case") == chain.case["demand_case"]) & (pl.col("segment") != "storage")
    )
    recipes = chain.network["recipes"]
    checked = 0
    for row in table.filter(pl.col("year").is_in(chain.years)).iter_rows(named=True):
        for chemistry in ("nickel", "lfp"):
            process = f"assembly:{row['segment']}_{chemistry}@{row['place']}"
            own = recipes.filter((pl.col("process") == process) & (pl.col("period") == str(row["year"])))
            amounts = dict(own.select("item", "amount").iter_rows())
            expected = {f"pack_{chemistry}": -row["kwh_per_unit"], f"{row['segment']}_{chemistry}": 1.0}
            assert amounts == expected, process
            checked += 1
    assert checked > 100


def test_lanes_cost_their_route_and_join_places_that_make_and_use(chain: Chain) -> None:
    items = {row["item"]: row for row in chain.atlas["items"].iter_rows(named=True)}
    assert {row["money_year"] for row in chain.atlas["freight_rates"].iter_rows(named=True)} == {
        chain.case["money_year"]
    }
    routes = Routes(chain.atlas)
    lanes = chain.network["lanes"]
    assert lanes["lane"].is_unique().all()
    assert (lanes["cost"] > 0).all()
    assert (lanes["from"] != lanes["to"]).all()
    for row in lanes.sample(200, seed=1).iter_rows(named=True):
        item = items[row["item"]]
        per_tonne = routes.costs(item["freight_class"])[routes.index[row["from"]], routes.index[row["to"]]]
        assert row["cost"] == pytest.approx(per_tonne * item["mass_per_unit"], rel=1e-12)
    # No lane without a maker or seller at one end and a user at the other.
    net = chain.network
    modes = net["modes"].select("plant", "process").join(net["plants"].select("plant", "place"), on="plant")
    modes = modes.join(net["recipes"].select("process", "item", "amount"), on="process")
    makers = set(modes.filter(pl.col("amount") > 0).select("place", "item").iter_rows())
    makers |= set(net["supplies"].select("place", "item").iter_rows())
    users = set(modes.filter(pl.col("amount") < 0).select("place", "item").iter_rows())
    users |= set(net["demands"].select("place", "item").iter_rows())
    assert set(lanes.select("from", "item").iter_rows()) <= makers
    assert set(lanes.select("to", "item").iter_rows()) <= users


def test_every_stated_link_between_plants_of_the_plan_has_a_lane(chain: Chain) -> None:
    place = dict(chain.atlas["facilities"].select("facility", "place").iter_rows())
    planned = set(chain.network["plants"]["plant"])
    line_of = dict(chain.atlas["facility_lines"].select("facility", "line").iter_rows())
    lanes = set(chain.network["lanes"].select("item", "from", "to").iter_rows())
    ends = {item: set(chain.network["lanes"].filter(pl.col("item") == item)["from"]) for item, _, _ in lanes}
    kept = 0
    for row in chain.atlas["links"].filter(pl.col("state") == "flowing").iter_rows(named=True):
        start, end = place[row["seller"]], place[row["buyer"]]
        both = {line_of.get(row["seller"]), line_of.get(row["buyer"])} <= planned
        if both and start != end and start in ends.get(row["item"], set()):
            kept += (row["item"], start, end) in lanes
    assert kept >= 3


def test_what_is_of_unknown_size_plans_nothing_and_is_counted(chain: Chain) -> None:
    unknown = [line for line in chain.lines if not line.expected]
    plants = set(chain.network["plants"]["plant"])
    assert unknown
    assert not plants & {line.line for line in unknown}
    assert f"{len(unknown)} production lines have no stated size or state and are not planned" in chain.network.notes


def test_prices_are_in_dollars_of_the_case(chain: Chain) -> None:
    index = dict(chain.atlas["deflators"].select("year", "index").iter_rows())
    level = {year: index[chain.case["money_year"]] / value for year, value in index.items()}
    offers = chain.atlas["outside_supply"].filter(pl.col("regime").is_in([chain.case["price_regime"], "*"]))
    stated = {
        (row["item"], row["place"], str(row["year"])): (row["price"] * level[row["money_year"]], row["quantity"])
        for row in offers.iter_rows(named=True)
    }
    left_out = set(
        chain.atlas["case_sources"]
        .filter(pl.col("case").is_in(["*", chain.case["case"]]))
        .select("item", "place")
        .iter_rows()
    )
    found = {
        (row["item"], row["place"], row["period"]): (row["price"], row["quantity"])
        for row in chain.network["supplies"].iter_rows(named=True)
    }
    checked = 0
    for key, (price, quantity) in stated.items():
        if int(key[2]) not in chain.years:
            continue
        if key[:2] in left_out:
            assert key not in found
            continue
        assert found[key] == (pytest.approx(price, rel=1e-12), quantity)
        checked += 1
    assert checked > 100


def test_dollars_of_several_years_in_one_series_are_each_brought_to_the_case(atlas: Atlas) -> None:
    offers = atlas["outside_supply"]
    place, item = (
        offers.filter((pl.col("regime") == "base") & (pl.col("year") == 2030)).row(0, named=True)["place"],
        None,
    )
    item = offers.filter((pl.col("place") == place) & (pl.col("year") == 2030)).row(0, named=True)["item"]
    this = (pl.col("place") == place) & (pl.col("item") == item) & (pl.col("year") == 2030)
    changed = offers.with_columns(money_year=pl.when(this).then(2020).otherwise(pl.col("money_year")))
    before, after = (
        Chain.of(replace(atlas, tables={**atlas.tables, "outside_supply": table})).network["supplies"]
        for table in (offers, changed)
    )
    index = dict(atlas["deflators"].select("year", "index").iter_rows())
    both = before.join(after, on=["supply", "period"], suffix="_after").filter(
        (pl.col("place") == place) & (pl.col("item") == item)
    )
    ratio = {row["period"]: row["price_after"] / row["price"] for row in both.iter_rows(named=True)}
    assert ratio["2030"] == pytest.approx(index[2025] / index[2020], rel=1e-12)
    assert ratio["2026"] == pytest.approx(1.0, rel=1e-12)


def test_an_annuity_pays_the_investment_back_at_the_rate_of_the_case(chain: Chain) -> None:
    atlas, rate = chain.atlas, chain.case["discount_rate"]
    country = dict(atlas["places"].select("place", "country").iter_rows())
    capex = {(row["process"], row["country"]): row for row in atlas["capex"].iter_rows(named=True)}
    costs = {(row["process"], row["country"]): row for row in atlas["process_costs"].iter_rows(named=True)}
    index = dict(atlas["deflators"].select("year", "index").iter_rows())
    options = chain.network["options"]
    assert options.height > 50
    for row in options.iter_rows(named=True):
        process, _, place = row["option"].removeprefix("new:").partition("@")
        price = capex.get((process, country[place])) or capex[process, "*"]
        cost = costs.get((process, country[place])) or costs[process, "*"]
        level = {year: index[chain.case["money_year"]] / value for year, value in index.items()}
        yearly = row["annual_cost"] - cost["fixed"] * level[cost["money_year"]]
        worth = sum(yearly / (1 + rate) ** year for year in range(1, price["life"] + 1))
        assert worth == pytest.approx(price["capex"] * level[price["money_year"]], rel=1e-9), row["option"]
        assert int(row["first_period"]) >= chain.years[0] + price["lead_time"]


def test_by_products_are_sold_below_any_outside_price_or_paid_for(chain: Chain) -> None:
    cheapest = dict(chain.network["supplies"].group_by("item").agg(pl.col("price").min()).iter_rows())
    ways = chain.network["disposals"]
    assert ways.height > 20
    for item, cost in ways.select("item", "cost").iter_rows():
        assert cost >= 0 or -cost < cheapest[item], item
    finals = set(chain.network["demands"]["item"])
    assert not finals & set(ways["item"])


@dataclass(frozen=True)
class Toy:
    """A law of one duty and one quota."""

    duty_per_unit: float
    quota: float | None = None

    def duty(self, shipment: Shipment, year: int) -> Charge | None:
        hit = (shipment.origin, shipment.destination, shipment.item) == ("CA", "US", "nickel_sulphate") and year >= 2030
        return Charge(self.duty_per_unit, "toy:duty") if hit else None

    def credit(self, process: str, country: str, region: str | None, year: int) -> Charge | None:
        return None

    def withheld(self, shipment: Shipment, year: int) -> Charge | None:
        if self.quota is None or shipment.origin != "CN":
            return None
        return Charge(self.quota, "toy:quota")


def test_a_duty_raises_the_cost_of_its_lanes_by_exactly_that(chain: Chain) -> None:
    taxed = Chain.of(chain.atlas, choices=Choices(law=Toy(123.25)))
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    base = {row["lane"]: row for row in chain.network["lanes"].iter_rows(named=True)}
    hit = [
        name
        for name, row in base.items()
        if row["item"] == "nickel_sulphate" and (country[row["from"]], country[row["to"]]) == ("CA", "US")
    ]
    assert hit
    assert taxed.network["lanes"].equals(chain.network["lanes"])
    rows = taxed.network["lane_periods"]
    assert set(rows.select("lane", "period").iter_rows()) == {
        (n, str(y)) for n in hit for y in chain.years if y >= 2030
    }
    for row in rows.iter_rows(named=True):
        assert row["cost"] - base[row["lane"]]["cost"] == pytest.approx(123.25, rel=1e-12)
        assert row["capacity"] is None
        assert row["facts"] == "toy:duty"
    assert chain.network["lane_periods"].is_empty()
    assert any(note.startswith("no law:") for note in chain.network.notes)
    assert not any(note.startswith("no law:") for note in taxed.network.notes)


def test_what_is_withheld_is_a_limit_and_not_a_cost(chain: Chain) -> None:
    held = Chain.of(chain.atlas, choices=Choices(law=Toy(0.0, quota=7.0)))
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    rows = held.network["lane_periods"].filter(pl.col("facts").str.contains("quota"))
    lanes = {row["lane"]: row for row in held.network["lanes"].iter_rows(named=True)}
    assert rows.height > 100
    for row in rows.iter_rows(named=True):
        lane = lanes[row["lane"]]
        assert country[lane["from"]] == "CN" != country[lane["to"]]
        assert (row["capacity"], row["cost"]) == (7.0, lane["cost"])


def test_the_same_facts_give_the_same_network(pack: Atlas, chain: Chain) -> None:
    again = Chain.of(pack.as_of(pack.known))
    assert again.network.digest == chain.network.digest
    assert again.network.notes == chain.network.notes
    assert Chain.of(chain.atlas, "low").network.digest != chain.network.digest


def test_a_written_network_reads_back_as_itself(chain: Chain, tmp_path: Path) -> None:
    chain.network.write(tmp_path / "case")
    back = Network.read(tmp_path / "case")
    assert back.digest == chain.network.digest
    assert back.settings == chain.network.settings
    assert back.warnings == ()


def test_whole_builds_are_whole_and_of_their_smallest_size(chain: Chain) -> None:
    whole = Chain.of(chain.atlas, choices=Choices(whole_builds=True)).network["options"]
    loose = chain.network["options"]
    assert set(loose["integer"]) == {"no"}
    assert set(loose["min_size"]) == {0.0}
    capex = chain.atlas["capex"]
    for row in whole.filter(pl.col("integer") == "yes").iter_rows(named=True):
        process = row["option"].removeprefix("new:").partition("@")[0]
        assert 0 < row["min_size"] <= row["max_size"]
        assert row["min_size"] == row["max_size"] or row["min_size"] in set(
            capex.filter(pl.col("process") == process)["min_size"]
        )
    assert "yes" in set(whole["integer"])


def test_a_case_that_is_not_there_and_a_day_too_early_are_told(pack: Atlas, atlas: Atlas) -> None:
    with pytest.raises(UnknownCase, match="no case 'rosy'; the pack has high, icct-momentum, low"):
        Chain.of(atlas, "rosy")
    with pytest.raises(TooLittleKnown, match="was known by 2019-12-31, so nothing can be planned as of that day"):
        Chain.of(pack.as_of("2019"))
