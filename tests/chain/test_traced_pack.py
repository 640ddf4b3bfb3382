"""Section 30D on the data pack in its last year: what claims is counted again from the flows of the plan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices
from bongsu.chain.ground import kept, plain
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.plan import Plan

TAGS = {"us-30d.minerals", "us-30d.components", "us-30d.both", "us-30d.clean"}


@pytest.fixture(scope="module")
def last_year(atlas: Atlas) -> tuple[Chain, Plan]:
    """The reference case of 2025 and 2026, as of the day on which the credit ended."""
    cases = atlas["cases"]
    years = [pl.lit(y).cast(cases.schema[n]).alias(n) for n, y in (("start_year", 2025), ("end_year", 2026))]
    short = replace(atlas, tables={**atlas.tables, "cases": cases.with_columns(years)})
    chain = Chain.of(short, choices=Choices(law=InForce(Law.load().on("2025-09-30"), 2025, 0.08)))
    return chain, Plan.of(chain.network)


def tag(name: str) -> str | None:
    return next((one for one in kept(name) if one in TAGS), None)


def made(plan: Plan, year: int) -> dict[str, float]:
    rows = plan.table("make").filter(pl.col("period") == str(year)).iter_rows(named=True)
    return {row["mode"]: row["value"] for row in rows if row["value"] > 1e-6}


def test_cars_claim_for_the_days_of_the_credit_and_no_longer(last_year: tuple[Chain, Plan]) -> None:
    chain, plan = last_year
    # 85 % within the price (plug-in hybrids 90), 80 % within the income, 73 % assembled in North America, 70 % bought.
    gates = {"car_bev": 0.85 * 0.80 * 0.73 * 0.70, "car_phev": 0.90 * 0.80 * 0.73 * 0.70}
    for year, days in ((2025, 273 / 365), (2026, 0.0)):
        all_: dict[str, float] = defaultdict(float)
        claim: dict[str, float] = defaultdict(float)
        for mode, value in made(plan, year).items():
            kind = mode.removeprefix("assembly:")[:8].rstrip("_")
            if plain(mode).startswith("assembly:car") and plain(mode).endswith("market-us"):
                all_[kind] += value
                claim[kind] += value if tag(mode) else 0.0
        assert set(all_) == set(gates)
        for kind, count in all_.items():
            assert claim[kind] <= gates[kind] * days * count * (1 + 1e-9) + 1e-6
        if year == 2025:
            assert sum(claim.values()) > 0.9 * sum(gates[kind] * days * count for kind, count in all_.items())
        else:
            # Nothing is bound for a claim any more.
            assert not [mode for mode in made(plan, year) if tag(mode)]
    assert chain.years == [2025, 2026]


def test_packs_that_claim_earn_the_credit_of_their_maker_too(last_year: tuple[Chain, Plan]) -> None:
    _, plan = last_year
    both = [value for mode, value in made(plan, 2025).items() if tag(mode) and "us-macr.module" in kept(mode)]
    assert sum(both) > 1e6


def test_nothing_of_china_is_in_what_claims(last_year: tuple[Chain, Plan]) -> None:
    chain, plan = last_year
    net = chain.network
    country = dict(net["places"].select("place", "country").iter_rows())
    place = dict(net["plants"].select("plant", "place").iter_rows())
    plant, process = (dict(net["modes"].select("mode", one).iter_rows()) for one in ("plant", "process"))
    recipe: dict[str, dict[str, float]] = defaultdict(dict)
    for row in net["recipes"].filter(pl.col("period").is_null() | (pl.col("period") == "2025")).iter_rows(named=True):
        recipe[row["process"]][row["item"]] = row["amount"]
    lanes = {row["lane"]: row for row in net["lanes"].iter_rows(named=True)}
    ship = {r["lane"]: r["value"] for r in plan.table("ship").filter(pl.col("period") == "2025").iter_rows(named=True)}
    make = made(plan, 2025)
    arrived: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for lane, value in ship.items():
        row = lanes[lane]
        assert not (tag(lane) and country[row["from"]] == "CN" and value > 1e-6)
        arrived[row["to"], row["item"]][country[row["from"]] == "CN"] += value
    need: dict[tuple[str, str], float] = defaultdict(float)
    for mode, value in make.items():
        if tag(mode):
            for item, amount in recipe[process[mode]].items():
                if amount < 0:
                    need[place[plant[mode]], item] -= amount * value
    barred = (
        "lithium_carbonate",
        "lithium_hydroxide",
        "nickel_sulphate",
        "cobalt_sulphate",
        "manganese_sulphate",
        "separator",
    )
    asked = [(key, value) for key, value in need.items() if key[1] in barred]
    assert len(asked) > 10
    for (at, item), value in asked:
        here = sum(
            recipe[process[mode]].get(item, 0.0) * own
            for mode, own in make.items()
            if place.get(plant[mode]) == at and recipe[process[mode]].get(item, 0.0) > 0
        )
        assert value <= arrived[at, item][0] + here + 1e-3 * max(1.0, value)
