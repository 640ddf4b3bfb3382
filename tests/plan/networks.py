"""Random small networks that touch every table of the case format.

Each has a way from ore at ``a`` over a plant at ``b`` to demand at ``c``, so that something is at stake; the rest is chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from bongsu.chain.network import Network, Settings

ITEMS = ("ore", "salt", "cell", "waste")
PLACES = ("a", "b", "c")

_COST = (0.0, 1.0, 2.5, 4.0, 7.0)
_QUANTITY = (3.0, 8.0, 10.0, 17.5, 40.0)
_LIMIT = (None, None, *_QUANTITY)
_WIDE = (None, None, 40.0, 17.5, 8.0)
_RARELY = (False, False, False, True)
_YES_NO = ("no", "yes")


def networks(whole: bool = True, hard: bool = True) -> st.SearchStrategy[Network]:
    """Networks of up to four periods, three places and four items.

    Drawn by number: chance is then the same for every part of the network, where hypothesis itself likes small and repeated choices
    and would leave most rules idle. ``random_network(number)`` makes a failing one again.

    Args:
        whole: whether there may be whole-number choices (units, corridors with a fixed cost, single sourcing).
        hard: whether demands, contracts, shares and final stocks may be hard, so that there may be no plan.
    """
    return st.integers(0, 2**32 - 1).map(lambda number: random_network(number, whole, hard))


def random_network(number: int, whole: bool = True, hard: bool = True) -> Network:
    """The network of a number."""
    r = Random(number)
    hard = hard and r.random() < 0.4
    tables: dict[str, list[dict[str, Any]]] = {
        "items": [{"item": item} for item in ITEMS],
        "places": [{"place": place} for place in PLACES],
    }
    tables["periods"] = _periods(r)
    periods = [row["period"] for row in tables["periods"]]
    _make(r, tables, periods, whole)
    _move(r, tables, periods, whole)
    _meet(r, tables, periods, whole, hard)
    _promise(r, tables, periods, hard)
    _narrow(Random(f"{number}, corridors"), tables, periods)
    filled = {name: rows for name, rows in tables.items() if rows}
    return Network.of(Settings(discount_rate=r.choice([0.12, 0.05, 0.0])), **filled)


def _few(r: Random, among: Sequence[Any], least: int, most: int) -> list[Any]:
    return r.sample(list(among), min(len(among), r.randint(least, most)))


def _periods(r: Random) -> list[dict[str, Any]]:
    lengths = [r.choice([1.0, 2.0, 5.0, 0.5]) for _ in range(r.choice([1, 2, 3, 3, 4]))]
    dated = r.random() < 0.5
    return [
        {"period": f"t{t}", "years": years, "year": 2026 + sum(lengths[:t]) if dated else None}
        for t, years in enumerate(lengths)
    ]


def _some_periods(r: Random, periods: list[str]) -> list[str | None]:
    """Periods of the rows of one entity: every period at once, some periods of their own, or both."""
    own = _few(r, periods, 0, 2)
    return [*own, None] if not own or r.random() < 0.5 else [*own]


def _make(r: Random, tables: dict[str, Any], periods: list[str], whole: bool) -> None:
    salt, waste = r.choice([0.0, 0.0, -0.5]), r.choice([0.0, 0.2, 1.5])
    recipes = [
        {"process": "assemble", "item": "ore", "amount": -2.0},
        {"process": "assemble", "item": "cell", "amount": 1.0},
        {"process": "leach", "item": "ore", "amount": -1.25},
        {"process": "leach", "item": "salt", "amount": 1.0},
        {"process": "recycle", "item": "waste", "amount": -1.0},
        {"process": "recycle", "item": "ore", "amount": 0.4},
    ]
    recipes += [{"process": "assemble", "item": "salt", "amount": salt}] if salt else []
    recipes += [{"process": "assemble", "item": "waste", "amount": waste}] if waste else []
    for row in recipes:
        likely = row["amount"] > 0 and row["item"] != "cell"
        row["byproduct"] = r.choice(("yes", "yes", "no")) if likely else "no"
    if r.choice(_RARELY):
        recipes.append({"process": "assemble", "item": "ore", "amount": -1.0, "period": r.choice(periods)})
    if waste and r.choice(_RARELY):
        row = {"process": "assemble", "item": "waste", "amount": waste / 2, "period": r.choice(periods)}
        recipes.append(row | {"byproduct": r.choice(_YES_NO)})
    tables["recipes"] = recipes
    tables["plants"], tables["capacity"], tables["modes"], tables["mode_periods"], tables["options"] = (
        [],
        [],
        [],
        [],
        [],
    )
    for p in range(r.randint(1, 3)):
        plant = f"p{p}"
        place = r.choice(PLACES) if p else "b"
        row = {"plant": plant, "place": place, "fixed_cost": r.choice(_COST), "retirable": r.choice(_YES_NO)}
        tables["plants"].append(row)
        if r.choice([True, True, False]):
            rows = [{"plant": plant, "period": t, "capacity": r.choice(_LIMIT)} for t in _some_periods(r, periods)]
            tables["capacity"] += rows
        for process in [*([] if p else ["assemble"]), *_few(r, ["assemble", "leach", "recycle"], min(p, 1), 2)]:
            mode = f"m{len(tables['modes'])}"
            use = r.choice([1.0, 1.0, 0.5, 2.0])
            tables["modes"].append(
                {"mode": mode, "plant": plant, "process": process, "cost": r.choice(_COST) + 1.0, "use": use}
            )
            if r.choice(_RARELY):
                tables["mode_periods"].append(
                    {"mode": mode, "period": r.choice(periods), "cost": r.choice(_COST) + 1.0}
                )
        if r.choice(_RARELY):
            share = r.choice([0.0, 0.5, 0.5, 1.0])
            tables.setdefault("availability", []).append(
                {"plant": plant, "period": r.choice([None, *periods]), "share": share}
            )
        for _ in range(r.randint(0, 1) if p else r.randint(1, 2)):
            tables["options"].append(_option(r, f"o{len(tables['options'])}", plant, periods, whole))


def _option(r: Random, option: str, plant: str, periods: list[str], whole: bool) -> dict[str, Any]:
    integer = whole and r.random() < 0.5
    return {
        "option": option,
        "plant": plant,
        "lead_time": r.choice([0, 0, 0, 1, 2]),
        "first_period": r.choice([None, None, *periods[:2]]),
        "capital_cost": r.choice(_COST) * 3.0,
        "annual_cost": r.choice(_COST),
        "fixed_cost": r.choice([0.0, 20.0, 75.0]),
        "min_size": r.choice([0.0, 4.0]),
        "max_size": r.choice(_QUANTITY) + 4.0 if integer else r.choice(_LIMIT),
        "max_total": r.choice(_WIDE),
        "max_count": r.randint(1, 2),
        "max_per_period": r.choice([None, None, 1]),
        "integer": "yes" if integer else "no",
        "life": r.choice((None, 1, 2, 3)),
    }


def _move(r: Random, tables: dict[str, Any], periods: list[str], whole: bool) -> None:
    tables["lanes"], tables["lane_periods"], tables["corridors"], tables["corridor_lanes"] = [], [], [], []
    pairs = [(a, b) for a in PLACES for b in PLACES if a != b]
    spine = [("a", "b", "ore"), ("b", "c", "cell")] * r.randint(1, 2)
    chance = [(*r.choice(pairs), r.choice(ITEMS)) for _ in range(r.randint(0, 4))]
    for n, (start, end, item) in enumerate([*spine, *chance]):
        lane = {
            "lane": f"l{n}",
            "from": start,
            "to": end,
            "item": item,
            "cost": r.choice(_COST),
            "capacity": r.choice(_WIDE),
            "loss": r.choice([0.0, 0.0, 0.1]),
            "delay": r.choice([0, 0, 0, 1, 0.25, 1.5]),
        }
        tables["lanes"].append(lane)
        if r.choice(_RARELY):
            row = {
                "lane": lane["lane"],
                "period": r.choice(periods),
                "cost": r.choice((None, *_COST)),
            }
            tables["lane_periods"].append(row | {"capacity": r.choice(_LIMIT)})
    lanes = [lane["lane"] for lane in tables["lanes"]]
    for n in range(r.randint(0, 2)):
        fixed = r.choice([0.0, 30.0, 120.0]) if whole else 0.0
        capacity = r.choice(_QUANTITY) if fixed else r.choice(_LIMIT)
        tables["corridors"].append({"corridor": f"c{n}", "capacity": capacity, "fixed_cost": fixed})
        for lane in _few(r, lanes, 1, 3):
            tables["corridor_lanes"].append({"corridor": f"c{n}", "lane": lane, "use": r.choice([1.0, 0.5, 3.0])})


def _narrow(r: Random, tables: dict[str, Any], periods: list[str]) -> None:
    """Capacities of corridors in some periods, drawn apart from the rest."""
    tables["corridor_periods"] = [
        {"corridor": row["corridor"], "period": period, "capacity": r.choice((None, 0.0, *_QUANTITY))}
        for row in tables["corridors"]
        for period in periods
        if r.choice(_RARELY)
    ]


def _meet(r: Random, tables: dict[str, Any], periods: list[str], whole: bool, hard: bool) -> None:
    tables["supplies"], tables["demands"], tables["stocks"], tables["disposals"] = [], [], [], []
    for n in range(r.choice([2, 2, 3, 1])):
        place, item = (("a", "ore"), ("b", "salt"))[n] if n < 2 else (r.choice(PLACES), r.choice(ITEMS[:3]))
        for t in _some_periods(r, periods):
            row = {
                "supply": f"s{n}",
                "place": place,
                "item": item,
                "period": t,
                "price": r.choice(_COST) + (300 if item == "cell" else 0),
            }
            tables["supplies"].append(row | {"quantity": r.choice(_WIDE)})
    for n in range(r.randint(1, 2)):
        penalty = None if hard and r.choice(_RARELY) else r.choice([60.0, 300.0, 1000.0])
        single = r.choice(_YES_NO) if whole and n == 0 else "no"
        at = "ca"[n]
        for t in _some_periods(r, periods):
            row = {"demand": f"d{n}", "place": at, "item": "cell", "period": t, "quantity": r.choice(_QUANTITY)}
            tables["demands"].append(row | {"penalty": penalty, "single_source": single})
    for n, item in enumerate(_few(r, ITEMS, 0, 2)):
        initial = r.choice([0.0, 0.0, 5.0]) if item != "waste" else 0.0
        final = r.choice([0.0, 0.0, 0.0, 4.0]) if hard else 0.0
        place = r.choice((*PLACES, "b") if item == "ore" else (*PLACES, "c"))
        row = {"stock": f"k{n}", "place": place, "item": item, "holding_cost": r.choice([0.0, 0.5, 2.5])}
        capacity = r.choice((None, 6.0, 30.0))
        tables["stocks"].append(row | {"initial": initial, "final": final, "capacity": capacity})
    surplus = _few(r, [(place, item) for place in PLACES for item in ITEMS], 0, 2)
    for place, item in dict.fromkeys([*surplus, *([] if r.choice(_RARELY) else [("b", "waste")])]):
        own = r.choice(_YES_NO)
        cost = r.choice([-4.0 if own == "yes" else -0.25, 0.0, 1.0, 3.0])
        tables["disposals"].append({"place": place, "item": item, "cost": cost, "own_only": own})


def _promise(r: Random, tables: dict[str, Any], periods: list[str], hard: bool) -> None:
    tables["contracts"], tables["contract_lanes"], tables["shares"], tables["share_terms"] = [], [], [], []
    penalties = [5.0, 50.0, 50.0, None] if hard else [5.0, 50.0]
    lanes = [lane["lane"] for lane in tables["lanes"]]
    if r.random() < 0.5:
        penalty = r.choice(penalties)
        for t in _some_periods(r, periods):
            row = {"contract": "q", "period": t, "minimum": r.choice([0.0, 2.0, 6.0]), "penalty": penalty}
            tables["contracts"].append(row | {"maximum": r.choice((None, 7.0, 20.0))})
        members = _few(r, lanes, 1, 2)
        tables["contract_lanes"] = [{"contract": "q", "lane": lane} for lane in members]
    if r.random() < 0.5:
        penalty = r.choice(penalties)
        tables["shares"] = [{"share": "r", "period": t, "penalty": penalty} for t in _some_periods(r, periods)]
        flows = [("lane", lane) for lane in lanes]
        flows += [("supply", s) for s in dict.fromkeys(row["supply"] for row in tables["supplies"])]
        flows += [("mode", row["mode"]) for row in tables["modes"]]
        for kind, of in _few(r, flows, 1, 3):
            coefficient = r.choice([0.4, -0.6, 1.0, -1.0])
            tables["share_terms"].append({"share": "r", "kind": kind, "of": of, "coefficient": coefficient})
