"""What a project is worth in the list and alone: the steps between are those of the hand, and add up."""

from __future__ import annotations

import polars as pl
import pytest

from bongsu.chain.network import Network
from bongsu.committee.discover.closing import FIRST, Weighed, all_baselines, baseline_table, baselines, closing_table
from bongsu.committee.discover.game import worth
from bongsu.committee.discover.resolve import Block, Resolver

from .networks import ONE, WANTED

PRESS, ROLL = "new:press@city", "new:roll@city"
YEARS = 3


def network() -> Network:
    """Goods at 11 in the city from abroad, or at 8 from a plant at the site. The city wants 100 parts a year, at 40 from abroad.

    A press makes a part of one of the goods, for 2 to run and 5 a year to have; a roll does for 9 and 5.
    """
    plants = [("new:make@site", "site", "make", 2.0), (PRESS, "city", "press", 2.0), (ROLL, "city", "roll", 9.0)]
    made = {"make": ("ore", "goods"), "press": ("goods", "parts"), "roll": ("goods", "parts")}
    return Network.of(
        periods=[{"period": str(year)} for year in range(1, YEARS + 1)],
        items=[{"item": name, "unit": "t"} for name in ("ore", "goods", "parts")],
        places=[{"place": place} for place in ("mine", "site", "city", "abroad")],
        plants=[{"plant": plant, "place": place} for plant, place, _, _ in plants],
        modes=[
            {"mode": f"m:{process}", "plant": plant, "process": process, "cost": cost}
            for plant, _, process, cost in plants
        ],
        recipes=[
            {"process": process, "item": item, "amount": amount}
            for process, (used, product) in made.items()
            for item, amount in ((used, -1.0), (product, 1.0))
        ],
        lanes=[
            {"lane": f"{item}|{a}|{b}", "from": a, "to": b, "item": item, "cost": 1.0}
            for item, a, b in (
                ("ore", "mine", "site"),
                ("goods", "site", "city"),
                ("goods", "abroad", "city"),
                ("parts", "abroad", "city"),
            )
        ],
        supplies=[
            {"supply": "ore@mine", "place": "mine", "item": "ore", "price": 1.0},
            {"supply": "goods@abroad", "place": "abroad", "item": "goods", "price": 10.0},
            {"supply": "parts@abroad", "place": "abroad", "item": "parts", "price": 39.0},
        ],
        demands=[{"demand": "parts@city", "place": "city", "item": "parts", "quantity": WANTED, "penalty": 500.0}],
        options=[
            {"option": plant, "plant": plant, "annual_cost": 3.0 if process == "make" else 5.0, "max_size": 400.0}
            for plant, _, process, _ in plants
        ],
    )


#: Goods at 8 where the plant at the site may be built, at 11 from abroad; parts at 40, or for 5 and 2 (9 by the roll) from goods.
MADE, BOUGHT, ABROAD = 8.0, 11.0, 40.0


def test_what_serves_a_project_lowers_its_worth_alone_and_what_stands_in_for_it_raises_it() -> None:
    resolver = Resolver(network(), [])
    one = Weighed("press@city", "press", Block(PRESS, WANTED, 0), (PRESS,))
    found = baselines(resolver, one, {"press": [PRESS], "make": [ONE], "roll": [ROLL]})
    # In the list the roll would make the parts if the press did not, both from goods of the site: 7 are saved.
    assert found.listed[0] - found.listed[1] == pytest.approx(YEARS * WANTED * 7)
    # Goods from abroad cost both of them 3 more. With the roll closed too, parts from abroad are what the press saves.
    assert found.steps["make"] == pytest.approx(0.0, abs=1e-6)
    assert found.steps["roll"] == pytest.approx(YEARS * WANTED * (ABROAD - BOUGHT - 9 - 5))
    turned = baselines(resolver, one, {"roll": [ROLL], "make": [ONE]})
    assert turned.steps["roll"] == pytest.approx(YEARS * WANTED * (ABROAD - MADE - 9 - 5))
    assert turned.steps["make"] == pytest.approx(-YEARS * WANTED * (BOUGHT - MADE))
    for way in (found, turned):
        assert way.alone[0] - way.alone[1] == pytest.approx(YEARS * WANTED * (ABROAD - BOUGHT - 2 - 5))
        assert sum(way.steps.values()) == pytest.approx(way.difference)


def test_alone_is_the_value_of_the_game_and_of_plans_solved_without_any_start() -> None:
    resolver = Resolver(network(), [])
    blocks = [Block(PRESS, 60.0, 0), Block(ONE, 80.0, 1)]
    closed = [PRESS, ONE, ROLL]
    value = worth(resolver, blocks, closed)
    asked = [Weighed(b.option, b.option, b, (b.option,)) for b in blocks]
    others = {name: [name] for name in closed}
    for at, found in enumerate(all_baselines(network(), [], asked, others)):
        alone = found.alone[0] - found.alone[1]
        assert alone == pytest.approx(value(frozenset({at})), rel=1e-6)
        assert alone == pytest.approx(
            resolver.cold(closed=closed) - resolver.cold([blocks[at]], closed=closed), rel=1e-6
        )


def test_a_second_plant_is_first_told_where_the_first_stands() -> None:
    resolver = Resolver(network(), [])
    press, roll = Block(PRESS, 80.0, 0), Block(ROLL, 50.0, 0)
    one = Weighed("roll@city", "roll", roll, (PRESS, ROLL), first=press)
    found = baselines(resolver, one, {"roll": [PRESS, ROLL], "make": [ONE]})
    # Beside the press 20 of its 50 are of use (32 - 9 saved on each), alone all of them are; it is paid for in full.
    assert found.listed[0] - found.listed[1] == pytest.approx(YEARS * (20 * (ABROAD - MADE - 9) - 50 * 5))
    assert found.steps[FIRST] == pytest.approx(YEARS * 30 * (ABROAD - MADE - 9))
    assert found.steps["make"] == pytest.approx(-YEARS * 50 * (BOUGHT - MADE))
    assert baseline_table([found])["difference"].item() == pytest.approx(closing_table([found])["change"].sum())
    assert set(closing_table([found]).filter(pl.col("change") != 0)["closed"]) == {FIRST, "make"}
