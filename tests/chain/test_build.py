"""From facts to a network: every number traceable, nothing lost on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices, Network, TooLittleKnown, UnknownCase
from bongsu.chain.build import _Builder
from bongsu.chain.routes import Routes
from bongsu.law import Activity, Charge, ContentRule, Shipment, VehicleCredit
from bongsu.law.door import AT_BORDER, Limit
from bongsu.plan import Plan


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


def _with_rows(atlas: Atlas, table: str, rows: list[dict[str, object]]) -> Atlas:
    frame = atlas[table]
    more = [dict.fromkeys(frame.columns) | {"_line": 10_000 + i} | row for i, row in enumerate(rows)]
    return replace(atlas, tables={**atlas.tables, table: pl.concat([frame, pl.DataFrame(more, schema=frame.schema)])})


def _link(state: str, began: str, known: str, ended: str | None = None) -> dict[str, object]:
    """A relation that the pack does not know: a nickel refinery in Korea and a cell plant in Georgia."""
    day = dt.date.fromisoformat
    return {
        "seller": "kr-us-kemco",
        "buyer": "us-ga-skba",
        "item": "nickel_sulphate",
        "state": state,
        "valid_from": day(began),
        "valid_to": day(ended) if ended else None,
        "known_from": day(known),
        "confidence": "stated",
    }


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ([_link("contracted", "2024-01-01", "2024-01-01")], [0]),
        ([_link("contracted", "2024-01-01", "2024-01-01"), _link("flowing", "2025-01-01", "2025-01-01")], [0, 1]),
        # Broken later: the older row does not keep the relation alive, whichever way they are ordered.
        ([_link("contracted", "2024-01-01", "2024-01-01"), _link("broken", "2026-02-01", "2026-03-01")], []),
        ([_link("cancelled", "2026-02-01", "2026-03-01"), _link("contracted", "2024-01-01", "2024-01-01")], []),
        # What was once promised for 2028 goes with it; what was agreed anew afterwards holds.
        ([_link("contracted", "2028-01-01", "2024-01-01"), _link("broken", "2026-02-01", "2026-03-01")], []),
        ([_link("broken", "2025-02-01", "2025-02-01"), _link("contracted", "2026-04-01", "2026-04-01")], [1]),
        # Announced to end one day, it still holds.
        ([_link("contracted", "2024-01-01", "2024-01-01"), _link("cancelled", "2029-01-01", "2026-03-01")], [0]),
        # Ran out before the case, or runs into it.
        ([_link("contracted", "2023-01-01", "2022-01-01", "2025-12-31")], []),
        ([_link("contracted", "2023-01-01", "2022-01-01", "2026-12-31")], [0]),
        (
            [
                _link("contracted", "2023-01-01", "2022-01-01", "2025-12-31"),
                _link("contracted", "2026-01-01", "2024-01-01"),
            ],
            [1],
        ),
    ],
)
def test_a_relation_that_was_ended_later_is_none(
    atlas: Atlas, chain: Chain, stated: list[dict[str, object]], kept: list[int]
) -> None:
    # A price of nearly nothing makes every lane of the item senseless but those that a relation names.
    offers = atlas["outside_supply"]
    cheap = offers.with_columns(
        price=pl.when(pl.col("item") == "nickel_sulphate").then(1e-6).otherwise(pl.col("price"))
    )
    told = _with_rows(replace(atlas, tables={**atlas.tables, "outside_supply": cheap}), "links", stated)
    place = dict(atlas["facilities"].select("facility", "place").iter_rows())
    lanes = _Builder(told, chain.case, Choices()).lanes(
        {"nickel_sulphate": {place["kr-us-kemco"]: None}}, {"nickel_sulphate": {place["us-ga-skba"]: None}}
    )
    lines = [[f for f in row["facts"].split() if f.startswith("links:")] for row in lanes]
    assert lines == ([[f"links:{10_000 + at}" for at in kept]] if kept else [])


def test_relations_of_the_pack_that_were_broken_are_none(atlas: Atlas, chain: Chain) -> None:
    linked = _Builder(atlas, chain.case, Choices()).linked()
    place = dict(atlas["facilities"].select("facility", "place").iter_rows())
    over = atlas["links"].filter(pl.col("state").is_in(["broken", "cancelled"]))
    assert over.height >= 3
    known = {line for pairs in linked.values() for lines in pairs.values() for line in lines}
    for row in over.iter_rows(named=True):
        same = pl.all_horizontal(pl.col(name) == row[name] for name in ("seller", "buyer", "item"))
        older = atlas["links"].filter(same & (pl.col("valid_from") <= row["valid_from"]))
        assert not known & {f"links:{line}" for line in older["_line"]}, (row["seller"], row["buyer"], row["item"])
    assert (place["ca-qc-nmg-bec"], place["us-mi-factoryzero"]) not in linked["anode_natural"]


def test_every_maker_is_joined_with_every_user_that_a_route_reaches(chain: Chain) -> None:
    """All pairs, from the network itself: none is pruned that is not counted in the notes."""
    net, atlas = chain.network, chain.atlas
    items = {row["item"]: row for row in atlas["items"].iter_rows(named=True)}
    routes = Routes(atlas)
    modes = net["modes"].select("plant", "process").join(net["plants"].select("plant", "place"), on="plant")
    modes = modes.join(net["recipes"].select("process", "item", "amount"), on="process")
    makers = set(modes.filter(pl.col("amount") > 0).select("item", "place").iter_rows())
    makers |= set(net["supplies"].select("item", "place").iter_rows())
    users: dict[str, set[str]] = {}
    for item, place in modes.filter(pl.col("amount") < 0).select("item", "place").iter_rows():
        users.setdefault(item, set()).add(place)
    for item, place in net["demands"].select("item", "place").iter_rows():
        users.setdefault(item, set()).add(place)
    moved = {i for i, row in items.items() if row["freight_class"] != "none" and row["stage"] != "vehicle"}
    pairs = {(i, a, b) for i, a in makers if i in moved for b in users.get(i, ()) if a != b}
    reached = {
        (i, a, b)
        for i, a, b in pairs
        if routes.costs(items[i]["freight_class"])[routes.index[a], routes.index[b]] < float("inf")
    }
    lanes = set(net["lanes"].select("item", "from", "to").iter_rows())
    assert lanes <= reached
    senseless = [int(note.split()[0]) for note in net.notes if "lanes are left out" in note]
    unreached = [int(note.split()[0]) for note in net.notes if "have no route between them" in note]
    assert sum(senseless) == len(reached) - len(lanes)
    assert sum(unreached) == len(pairs) - len(reached)
    assert len(lanes) > 3500


def test_freight_above_three_times_the_price_makes_no_lane_and_is_counted(atlas: Atlas, chain: Chain) -> None:
    low = Chain.of(atlas, "low")
    price = _Builder(atlas, low.case, Choices()).outside_price
    every = set(chain.network["lanes"]["lane"])
    left_out = every - set(low.network["lanes"]["lane"])
    assert left_out
    dear = {row["lane"]: row for row in chain.network["lanes"].iter_rows(named=True)}
    for lane in left_out:
        assert dear[lane]["cost"] > 3 * price[dear[lane]["item"]][0] > 0, lane
    for row in low.network["lanes"].iter_rows(named=True):
        dearest = 3 * price.get(row["item"], (0.0, 0))[0] or float("inf")
        assert row["cost"] <= dearest or "links:" in row["facts"], row["lane"]
    note = (
        f"{len(left_out)} of {len(every)} lanes are left out: their freight is above 3 times the lowest outside price of the "
        "item, and no stated relation names them"
    )
    assert note in low.network.notes


def test_demand_of_which_something_is_unknown_is_noted(atlas: Atlas, chain: Chain) -> None:
    assert not any(note.startswith("demand for") for note in chain.network.notes)
    case, us = chain.case["demand_case"], pl.col("place") == "market-us"
    own, mix = atlas["demand"], atlas["chemistry_mix"]
    storage, vans = pl.col("segment") == "storage", pl.col("segment") == "van"
    blank = own.with_columns(
        gwh=pl.when(us & storage & (pl.col("case") == case)).then(None).otherwise(pl.col("gwh")),
        kwh_per_unit=pl.when(us & vans).then(None).otherwise(pl.col("kwh_per_unit")),
    )
    part = mix.filter(~(us & (pl.col("segment") == "bus") & (pl.col("chemistry") == "lfp")))
    part = part.filter(~(us & (pl.col("segment") == "truck_heavy")))
    found = Chain.of(replace(atlas, tables={**atlas.tables, "demand": blank, "chemistry_mix": part})).network
    span = f"({len(chain.years)} years, {chain.years[0]} to {chain.years[-1]})"
    for segment, why in (
        ("storage", "its size is unknown"),
        ("van", "its size is unknown"),
        ("bus", "cells are known for only a part of it"),
        ("truck_heavy", "cells are known for only a part of it"),
    ):
        assert f"demand for {segment} in market-us is not planned in full {span}: {why}" in found.notes
    asked = set(found["demands"].filter(pl.col("place") == "market-us")["item"])
    gone = {f"{segment}_{kind}" for segment in ("storage", "van", "truck_heavy") for kind in ("lfp", "nickel")} | {
        "bus_lfp"
    }
    assert asked == set(chain.network["demands"].filter(pl.col("place") == "market-us")["item"]) - gone
    assert asked


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
    assert set(ways["own_only"]) == {"yes"}


def test_a_by_product_is_made_beside_the_main_item(chain: Chain) -> None:
    main = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
    cost = dict(chain.atlas["items"].select("item", "disposal_cost").iter_rows())
    recipes = chain.network["recipes"]
    fed = {p for p, item, n in recipes.select("process", "item", "amount").iter_rows() if n < 0 and main.get(p) == item}
    assert "hydromet_nickel" in fed
    for process, item, amount, said in recipes.select("process", "item", "amount", "byproduct").iter_rows():
        beside = process in main and amount > 0 and item != main[process]
        if process in fed:  # recycling is run for all that it makes, except what costs money to be rid of
            beside = beside and cost[item] is not None
        assert (said == "yes") == beside, (process, item)


def test_no_more_is_disposed_of_than_is_made_as_a_by_product_there(chain: Chain, plan: Plan) -> None:
    """From the tables and the flows alone, at every place, item and year."""
    net = chain.network
    place = dict(net["plants"].select("plant", "place").iter_rows())
    own = net["recipes"].filter((pl.col("byproduct") == "yes") & (pl.col("amount") > 0))
    made: dict[tuple[str, str, str], float] = {}
    own = own.select("process", "item", "amount", "period")
    modes = net["modes"].select("mode", "plant", "process").join(own, on="process")
    make = plan.grid("make")
    position = {mode: at for at, mode in enumerate(net["modes"]["mode"])}
    for mode, plant, item, amount, when in modes.select("mode", "plant", "item", "amount", "period").iter_rows():
        for t, year in enumerate(chain.years):
            if when in (None, str(year)):
                key = (place[plant], item, str(year))
                made[key] = made.get(key, 0.0) + amount * float(make[position[mode], t])
    total = 0.0
    for way, flows in zip(net["disposals"].iter_rows(named=True), plan.grid("dump"), strict=True):
        for year, flow in zip(chain.years, flows, strict=True):
            key = (way["place"], way["item"], str(year))
            assert flow <= made.get(key, 0.0) + 1e-3, key
            total += float(flow)
    assert total > 0


@dataclass(frozen=True)
class Toy:
    """A law of one duty and one quota."""

    duty_per_unit: float
    quota: float | None = None
    known: dt.date = dt.date(2026, 11, 23)
    leaves: float | None = None

    def preference(self, item: str, hs: str, origin: str, destination: str) -> str | None:
        return None

    def at_border(self, shipments: Sequence[Shipment], years: Sequence[int]) -> pl.DataFrame:
        rows = []
        for at, one in enumerate(shipments):
            taxed = self.duty_per_unit and (one.origin, one.destination, one.item) == ("CA", "US", "nickel_sulphate")
            held = self.quota is not None and one.origin == "CN"
            if taxed or held:
                first = 2030 if taxed else years[0]
                basis = "toy:duty" if taxed else "toy:quota"
                paid, most = self.duty_per_unit if taxed else 0.0, self.quota if held else None
                rows += [(at, year, paid, most, basis) for year in years if year >= first]
        return pl.DataFrame(rows, schema=dict(AT_BORDER), orient="row")

    def leaving(
        self, item: str, hs: str, origin: str, content: tuple[tuple[str, float], ...], years: Sequence[int]
    ) -> dict[int, Limit]:
        cobalt = dict(content).get("Co")
        if self.leaves is None or origin != "CD" or cobalt is None:
            return {}
        return {year: Limit(self.leaves / cobalt, "toy:leaving") for year in years[:2]}

    def credit(self, activity: Activity, years: Sequence[int]) -> dict[int, Charge]:
        return {}

    def investment_credit(self, activity: Activity, years: Sequence[int]) -> dict[int, Charge]:
        return {}

    def content_rules(self, years: Sequence[int]) -> Sequence[ContentRule]:
        return ()

    def vehicle_credits(self, years: Sequence[int]) -> Sequence[VehicleCredit]:
        return ()

    def notes(self) -> Sequence[str]:
        return ()


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


def test_what_may_leave_a_country_bounds_its_offer_to_all(chain: Chain) -> None:
    """Congo may send out 7,000 t of cobalt in each of the first two years, whoever buys."""
    held = Chain.of(chain.atlas, choices=Choices(law=Toy(0.0, leaves=7_000.0)))
    content = chain.atlas["composition"].filter(pl.col("item") == "cobalt_hydroxide", pl.col("element") == "Co")[
        "amount"
    ][0]
    mine = pl.col("supply") == "cobalt_hydroxide@nation-cd"
    free, bound = (one.network["supplies"].filter(mine).sort("period") for one in (chain, held))
    assert bound["quantity"][:2].to_list() == pytest.approx([7_000.0 / content] * 2)
    assert all("toy:leaving" in basis for basis in bound["facts"][:2])
    # In later years the offer is that of the pack, which the law of the reference plan does not bound either.
    assert bound["quantity"][2:].to_list() == free["quantity"][2:].to_list()
    others = ~mine
    assert (
        held.network["supplies"].filter(others)["quantity"].equals(chain.network["supplies"].filter(others)["quantity"])
    )


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
    with pytest.raises(
        UnknownCase, match="no case 'rosy' as known on 2026-11-23; the pack has high, icct-momentum, low"
    ):
        Chain.of(atlas, "rosy")
    with pytest.raises(TooLittleKnown, match="was known by 2019-12-31, so nothing can be planned as of that day"):
        Chain.of(pack.as_of("2019"))
