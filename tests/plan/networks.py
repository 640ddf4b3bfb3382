"""Random small networks that touch every table of the case format.

Each has a way from ore at ``a`` over a plant at ``b`` to demand at ``c``, so that something is at stake; the rest is chance.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bongsu.chain.network import Network, Settings

ITEMS = ("ore", "salt", "cell", "waste")
PLACES = ("a", "b", "c")

_cost = st.sampled_from([0.0, 1.0, 2.5, 4.0, 7.0])
_quantity = st.sampled_from([3.0, 8.0, 10.0, 17.5, 40.0])
_limit = st.one_of(st.none(), _quantity)
_rarely = st.sampled_from([False, False, False, True])
_yes_no = st.sampled_from(["no", "yes"])


@st.composite
def networks(draw: st.DrawFn, whole: bool = True, hard: bool = True) -> Network:
    """A network of up to four periods, three places and four items.

    Args:
        draw: given by hypothesis.
        whole: whether there may be whole-number choices (units, corridors with a fixed cost, single sourcing).
        hard: whether demands, contracts, shares and final stocks may be hard, so that there may be no plan.
    """
    tables: dict[str, list[dict[str, Any]]] = {
        "items": [{"item": item} for item in ITEMS],
        "places": [{"place": place} for place in PLACES],
    }
    tables["periods"] = draw(_periods())
    periods = [row["period"] for row in tables["periods"]]
    _make(draw, tables, periods, whole)
    _move(draw, tables, periods, whole)
    _meet(draw, tables, periods, whole, hard)
    _promise(draw, tables, periods, hard)
    filled = {name: rows for name, rows in tables.items() if rows}
    return Network.of(Settings(discount_rate=draw(st.sampled_from([0.0, 0.05, 0.12]))), **filled)


@st.composite
def _periods(draw: st.DrawFn) -> list[dict[str, Any]]:
    lengths = draw(st.lists(st.sampled_from([1.0, 1.0, 2.0, 5.0, 0.5]), min_size=1, max_size=4))
    dated = draw(st.booleans())
    return [
        {"period": f"t{t}", "years": years, "year": 2026 + sum(lengths[:t]) if dated else None}
        for t, years in enumerate(lengths)
    ]


def _some_periods(draw: st.DrawFn, periods: list[str]) -> list[str | None]:
    """Periods of the rows of one entity: every period at once, some periods of their own, or both."""
    own = draw(st.lists(st.sampled_from(periods), unique=True, max_size=2))
    return [*own, None] if not own or draw(st.booleans()) else [*own]


def _make(draw: st.DrawFn, tables: dict[str, Any], periods: list[str], whole: bool) -> None:
    salt, waste = draw(st.sampled_from([0.0, -0.5, -2.0])), draw(st.sampled_from([0.0, 0.2, 1.5]))
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
    if draw(_rarely):
        recipes.append({"process": "assemble", "item": "ore", "amount": -1.0, "period": draw(st.sampled_from(periods))})
    tables["recipes"] = recipes
    tables["plants"], tables["capacity"], tables["modes"], tables["mode_periods"], tables["options"] = (
        [],
        [],
        [],
        [],
        [],
    )
    for p in range(draw(st.integers(1, 3))):
        plant = f"p{p}"
        place = draw(st.sampled_from(PLACES)) if p else "b"
        row = {"plant": plant, "place": place, "fixed_cost": draw(_cost), "retirable": draw(_yes_no)}
        tables["plants"].append(row)
        if draw(st.sampled_from([True, True, False])):
            rows = [{"plant": plant, "period": t, "capacity": draw(_limit)} for t in _some_periods(draw, periods)]
            tables["capacity"] += rows
        others = st.lists(st.sampled_from(["assemble", "leach", "recycle"]), min_size=min(p, 1), max_size=2)
        for process in [*([] if p else ["assemble"]), *draw(others)]:
            mode = f"m{len(tables['modes'])}"
            use = draw(st.sampled_from([1.0, 1.0, 0.5, 2.0]))
            tables["modes"].append(
                {"mode": mode, "plant": plant, "process": process, "cost": draw(_cost) + 1.0, "use": use}
            )
            if draw(_rarely):
                tables["mode_periods"].append(
                    {"mode": mode, "period": draw(st.sampled_from(periods)), "cost": draw(_cost) + 1.0}
                )
        for _ in range(draw(st.integers(0, 2))):
            tables["options"].append(_option(draw, f"o{len(tables['options'])}", plant, periods, whole))


def _option(draw: st.DrawFn, option: str, plant: str, periods: list[str], whole: bool) -> dict[str, Any]:
    integer = whole and draw(st.booleans())
    return {
        "option": option,
        "plant": plant,
        "lead_time": draw(st.sampled_from([0, 0, 1, 2])),
        "first_period": draw(st.one_of(st.none(), st.sampled_from(periods))),
        "capital_cost": draw(_cost) + 0.5,
        "annual_cost": draw(_cost),
        "fixed_cost": draw(st.sampled_from([0.0, 20.0, 75.0])),
        "min_size": draw(st.sampled_from([0.0, 4.0])),
        "max_size": draw(_quantity) + 4.0 if integer else draw(_limit),
        "max_total": draw(_limit),
        "max_count": draw(st.integers(1, 2)),
        "integer": "yes" if integer else "no",
        "life": draw(st.one_of(st.none(), st.integers(1, 3))),
    }


def _move(draw: st.DrawFn, tables: dict[str, Any], periods: list[str], whole: bool) -> None:
    tables["lanes"], tables["lane_periods"], tables["corridors"], tables["corridor_lanes"] = [], [], [], []
    pairs = [(a, b) for a in PLACES for b in PLACES if a != b]
    spine = [("a", "b", "ore"), ("b", "c", "cell")] * draw(st.integers(1, 2))
    chance = st.tuples(st.sampled_from(pairs), st.sampled_from(["ore", "cell", "salt", "waste"]))
    for n, (start, end, item) in enumerate(
        [*spine, *((*pair, item) for pair, item in draw(st.lists(chance, max_size=4)))]
    ):
        lane = {
            "lane": f"l{n}",
            "from": start,
            "to": end,
            "item": item,
            "cost": draw(_cost),
            "capacity": draw(_limit),
            "loss": draw(st.sampled_from([0.0, 0.0, 0.1])),
            "delay": draw(st.sampled_from([0, 0, 0, 1])),
        }
        tables["lanes"].append(lane)
        if draw(_rarely):
            row = {
                "lane": lane["lane"],
                "period": draw(st.sampled_from(periods)),
                "cost": draw(st.one_of(st.none(), _cost)),
            }
            tables["lane_periods"].append(row | {"capacity": draw(_limit)})
    lanes = [lane["lane"] for lane in tables["lanes"]]
    for n in range(draw(st.integers(0, 2))):
        fixed = draw(st.sampled_from([0.0, 30.0, 120.0])) if whole else 0.0
        capacity = draw(_quantity) if fixed else draw(_limit)
        tables["corridors"].append({"corridor": f"c{n}", "capacity": capacity, "fixed_cost": fixed})
        for lane in draw(st.lists(st.sampled_from(lanes), unique=True, min_size=1, max_size=3)):
            tables["corridor_lanes"].append(
                {"corridor": f"c{n}", "lane": lane, "use": draw(st.sampled_from([1.0, 0.5, 3.0]))}
            )


def _meet(draw: st.DrawFn, tables: dict[str, Any], periods: list[str], whole: bool, hard: bool) -> None:
    tables["supplies"], tables["demands"], tables["stocks"], tables["disposals"] = [], [], [], []
    for n in range(draw(st.sampled_from([2, 2, 3, 1]))):
        place, item = (
            (("a", "ore"), ("b", "salt"))[n]
            if n < 2
            else (draw(st.sampled_from(PLACES)), draw(st.sampled_from(ITEMS[:3])))
        )
        for t in _some_periods(draw, periods):
            row = {
                "supply": f"s{n}",
                "place": place,
                "item": item,
                "period": t,
                "price": draw(_cost) + (300 if item == "cell" else 0),
            }
            tables["supplies"].append(row | {"quantity": draw(_limit)})
    for n in range(draw(st.integers(1, 2))):
        penalty = None if hard and draw(_rarely) else draw(st.sampled_from([60.0, 150.0, 600.0]))
        single = draw(_yes_no) if whole and n == 0 else "no"
        at = "ca"[n]
        for t in _some_periods(draw, periods):
            row = {"demand": f"d{n}", "place": at, "item": "cell", "period": t, "quantity": draw(_quantity)}
            tables["demands"].append(row | {"penalty": penalty, "single_source": single})
    for n, item in enumerate(draw(st.lists(st.sampled_from(ITEMS), unique=True, max_size=2))):
        initial = draw(st.sampled_from([0.0, 0.0, 5.0])) if item != "waste" else 0.0
        final = draw(st.sampled_from([0.0, 0.0, 0.0, 4.0])) if hard else 0.0
        row = {"stock": f"k{n}", "place": draw(st.sampled_from(PLACES)), "item": item, "holding_cost": draw(_cost)}
        capacity = draw(st.one_of(st.none(), st.sampled_from([6.0, 30.0])))
        tables["stocks"].append(row | {"initial": initial, "final": final, "capacity": capacity})
    surplus = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ITEMS)), unique=True, max_size=2))
    for place, item in dict.fromkeys([*surplus, *([("b", "waste")] if draw(st.booleans()) else [])]):
        tables["disposals"].append(
            {"place": place, "item": item, "cost": draw(st.sampled_from([-0.25, 0.0, 1.0, 3.0]))}
        )


def _promise(draw: st.DrawFn, tables: dict[str, Any], periods: list[str], hard: bool) -> None:
    tables["contracts"], tables["contract_lanes"], tables["shares"], tables["share_terms"] = [], [], [], []
    penalties = st.sampled_from([5.0, 50.0, 50.0, None]) if hard else st.sampled_from([5.0, 50.0])
    lanes = [lane["lane"] for lane in tables["lanes"]]
    if draw(st.booleans()):
        penalty = draw(penalties)
        for t in _some_periods(draw, periods):
            row = {"contract": "q", "period": t, "minimum": draw(st.sampled_from([0.0, 2.0, 6.0])), "penalty": penalty}
            tables["contracts"].append(row | {"maximum": draw(st.one_of(st.none(), st.sampled_from([7.0, 20.0])))})
        members = draw(st.lists(st.sampled_from(lanes), unique=True, min_size=1, max_size=2))
        tables["contract_lanes"] = [{"contract": "q", "lane": lane} for lane in members]
    if draw(st.booleans()):
        penalty = draw(penalties)
        tables["shares"] = [{"share": "r", "period": t, "penalty": penalty} for t in _some_periods(draw, periods)]
        flows = [("lane", lane) for lane in lanes]
        flows += [("supply", s) for s in dict.fromkeys(row["supply"] for row in tables["supplies"])]
        flows += [("mode", row["mode"]) for row in tables["modes"]]
        for kind, of in draw(st.lists(st.sampled_from(flows), unique=True, min_size=1, max_size=3)):
            coefficient = draw(st.sampled_from([0.4, -0.6, 1.0, -1.0]))
            tables["share_terms"].append({"share": "r", "kind": kind, "of": of, "coefficient": coefficient})
