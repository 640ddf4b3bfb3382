"""A credit that follows minerals and components: against a count over whole ways from mine to vehicle, made without any tag."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bongsu.chain import Network
from bongsu.chain.content import lay
from bongsu.chain.ground import Ground, kept, plain, twin
from bongsu.chain.traced import Traced, trace
from bongsu.law import ContentRule, Half, Owner, TracedGoods, VehicleCredit
from bongsu.plan import Plan

PLACES = {"market": "US", "us": "US", "kr": "KR", "ref": "KR", "cn": "CN", "id": "ID", "au": "AU", "ar": "AR"}
RECIPES = {
    "mhp_to_ni": {"mhp": -1.0, "ni": 1.0},
    "ore_to_ni": {"ore": -1.0, "ni": 1.0},
    "make_cam": {"ni": -2.0, "li": -1.0, "cam": 1.0},
    "make_cell": {"cam": -1.0, "sep": -1.0, "cell": 1.0},
    "make_pack": {"cell": -1.0, "pack": 1.0},
    "assemble": {"pack": -10.0, "car": 1.0},
}
MAIN = {name: next(i for i, a in recipe.items() if a > 0) for name, recipe in RECIPES.items()}
#: Where each offer stands: the price is what the example says.
OFFERS = {
    "ore@au": ("ore", "au"), "ore@id": ("ore", "id"), "ore@cn": ("ore", "cn"), "mhp@id": ("mhp", "id"), "ni@cn": ("ni", "cn"),
    "li@au": ("li", "au"), "li@ar": ("li", "ar"), "li@cn": ("li", "cn"),
    "sep@us": ("sep", "us"), "sep@kr": ("sep", "kr"), "sep@cn": ("sep", "cn"),
}  # fmt: skip
#: By which each good is valued in the tests, whatever it is bought at.
VALUE = {"ore": 2.0, "mhp": 4.0, "ni": 10.0, "li": 30.0, "sep": 15.0, "cell": 90.0}
CARS, PACK, PENALTY = 100.0, 10.0, 1e5
#: Cost of assembling a pack, which is the value of the module beyond its cells.
MODULE = 10.0


@dataclass(frozen=True)
class Case:
    """One year of a small world."""

    price: dict[str, float] = field(default_factory=lambda: dict.fromkeys(OFFERS, 5.0))
    limit: dict[str, float] = field(default_factory=lambda: {"ore@cn": 0.0})
    kr_cell: float = 0.0
    us_cell: float = 0.0
    minerals: tuple[float, float] | None = None
    components: tuple[float, float] | None = None
    room: float = 1.0
    bars: bool = False
    bars_parts: bool = False
    whole_from: float | None = None
    owners: tuple[Owner, ...] = ()

    def credit(self) -> VehicleCredit:
        def half(one: tuple[float, float] | None) -> Half:
            return Half({}, {}, {}) if one is None else Half({1: one[0]}, {1: one[1]}, {1: "law:toy"})

        def concern(country: str, owners: Sequence[Owner]) -> bool:
            return country == "CN" or any(one.country == "CN" for one in owners)

        barred = frozenset({1}) if self.bars else frozenset[int]()
        return VehicleCredit(
            name="toy", instrument="toy", vehicles=frozenset({"car"}), markets=frozenset({"US"}), room={("car", 1): self.room},
            minerals=half(self.minerals), components=half(self.components),
            goods=TracedGoods(
                minerals={"ni": "nickel", "li": "lithium"}, feeds={"nickel": frozenset({"ore", "mhp"})}, ores=frozenset({"ore"}),
                recycled=frozenset(), uses={}, cells=frozenset({"cell"}), packs=frozenset({"pack"}), parts=frozenset({"sep"}),
            ),
            counts=lambda step, country: country in ("US", "KR", "AU"), inside=lambda country: country == "US",
            whole_from={} if self.whole_from is None else {1: self.whole_from},
            concern=concern, bars_components=frozenset({1}) if self.bars_parts else frozenset(), bars_minerals={"*": barred},
        )  # fmt: skip


def world(case: Case, rules: Sequence[ContentRule] = (), credit: bool = True) -> tuple[Network, Traced]:
    """The network of a case: refining and cathode in Korea, cells in Korea or the United States, cars in the latter."""
    plants = {
        "refiner": "ref", "cathode": "kr", "cells-kr": "kr", "cells-us": "us", "packs": "market", "cars": "market",
    }  # fmt: skip
    modes = [
        {"mode": "refiner:ore", "plant": "refiner", "process": "ore_to_ni", "cost": 1.0},
        {"mode": "refiner:mhp", "plant": "refiner", "process": "mhp_to_ni", "cost": 1.0},
        {"mode": "cathode", "plant": "cathode", "process": "make_cam", "cost": 1.0},
        {"mode": "cells-kr", "plant": "cells-kr", "process": "make_cell", "cost": case.kr_cell},
        {"mode": "cells-us", "plant": "cells-us", "process": "make_cell", "cost": case.us_cell},
        {"mode": "packs", "plant": "packs", "process": "make_pack", "cost": MODULE},
        {"mode": "cars", "plant": "cars", "process": "assemble", "cost": 0.0},
    ]
    supplies = [
        {
            "supply": name,
            "place": place,
            "item": item,
            "period": "1",
            "price": case.price[name],
            "quantity": case.limit.get(name),
        }
        for name, (item, place) in OFFERS.items()
    ]
    ways = [
        ("ore", "au", "ref"), ("ore", "id", "ref"), ("ore", "cn", "ref"), ("mhp", "id", "ref"), ("ni", "ref", "kr"),
        ("ni", "cn", "kr"), ("li", "au", "kr"), ("li", "ar", "kr"), ("li", "cn", "kr"), ("cam", "kr", "us"), ("sep", "kr", "us"),
        ("sep", "cn", "us"), ("sep", "us", "kr"), ("sep", "cn", "kr"), ("cell", "kr", "market"), ("cell", "us", "market"),
    ]  # fmt: skip
    lanes = [{"lane": f"{i}|{a}|{b}", "from": a, "to": b, "item": i, "cost": 0.0} for i, a, b in ways]
    ground = Ground(
        years=[1], place_of=plants, country=PLACES, makers={"cells-us": case.owners}, recipe=lambda p, _: RECIPES.get(p, {}),
        dated=frozenset(), modes=modes, lanes=lanes, supplies=supplies, price=VALUE.get, product=MAIN.get, free=frozenset(),
        processing=lambda mode: mode["cost"], paid={},
    )  # fmt: skip
    traced = trace(case.credit(), ground)
    twins = [
        {**lane, "lane": twin(lane["lane"], tag)} for lane in lanes for tag in traced.lane_tags.get(lane["lane"], ())
    ]
    full = replace(ground, lanes=lanes + twins)
    content = lay(rules, full, [traced] if credit else [])
    network = Network.of(
        periods=[{"period": "1"}],
        items=[{"item": i} for i in dict.fromkeys(i for recipe in RECIPES.values() for i in recipe)],
        places=[{"place": p, "country": c} for p, c in PLACES.items()],
        plants=[{"plant": p, "place": at} for p, at in plants.items()] + content.plants,
        capacity=[{"plant": p, "period": None, "capacity": None} for p in plants] + content.capacity,
        modes=modes + content.modes,
        mode_periods=content.mode_periods,
        recipes=[{"process": p, "item": i, "amount": a} for p, row in RECIPES.items() for i, a in row.items()],
        lanes=full.lanes if credit else lanes,
        supplies=supplies,
        demands=[
            {"demand": "d", "place": "market", "item": "car", "period": "1", "quantity": CARS, "penalty": PENALTY}
        ],
        shares=content.shares,
        share_terms=content.terms,
    )
    return network, traced


def made(plan: Plan, name: str, *rules: str) -> float:
    """Activity of a mode over its twins that keep all of some rules."""
    rows = plan.table("make").iter_rows(named=True)
    return sum(row["value"] for row in rows if plain(row["mode"]) == name and set(rules) <= set(kept(row["mode"])))


def earned(case: Case, plan: Plan) -> float:
    """Money that the cars of a plan claim."""
    minerals, components = (case.minerals or (0, 0.0))[1], (case.components or (0, 0.0))[1]
    return (
        made(plan, "cars", "toy.minerals") * minerals
        + made(plan, "cars", "toy.components") * components
        + made(plan, "cars", "toy.both") * (minerals + components)
    )


# The same world counted over whole ways, from each mine to each kind of claim ------------------------------------------------

NICKEL = {"ore@au": 1.0, "ore@id": 1.0, "ore@cn": 1.0, "mhp@id": (10.0 - 4.0) / 10.0, "ni@cn": 0.0}
LITHIUM = {"li@au": 1.0, "li@ar": 0.0, "li@cn": 0.0}
CLAIMS = {"": (0, 0), "minerals": (1, 0), "components": (0, 1), "both": (1, 1)}


def by_ways(case: Case) -> float:
    """Least cost of serving all cars: one variable for each way that a pack can take, and each claim of its car."""
    ways = list(itertools.product(NICKEL, LITHIUM, ("sep@us", "sep@kr", "sep@cn"), ("us", "kr"), CLAIMS))
    cost, rows, limits = [], list[list[float]](), list[float]()
    least_m, paid_m = case.minerals or (0.0, 0.0)
    least_c, paid_c = case.components or (0.0, 0.0)
    mineral, component, claims = [], [], []
    use = {name: [0.0] * len(ways) for name in OFFERS}
    bounds = []
    for at, (ni, li, sep, where, claim) in enumerate(ways):
        m, c = CLAIMS[claim]
        q_ni, q_li = NICKEL[ni], LITHIUM[li]
        if case.whole_from is not None:
            q_ni, q_li = float(q_ni >= case.whole_from), float(q_li >= case.whole_from)
        refining = 0.0 if ni == "ni@cn" else 1.0
        own = 2 * (case.price[ni] + refining) + case.price[li] + 1.0 + case.price[sep] + MODULE
        own += case.us_cell if where == "us" else case.kr_cell
        cost.append(own - (m * paid_m + c * paid_c) / PACK)
        for name, amount in ((ni, 2.0), (li, 1.0), (sep, 1.0)):
            use[name][at] += amount
        lost = 2 * VALUE["ni"] * (1 - q_ni) + VALUE["li"] * (1 - q_li)
        mineral.append(m * (lost - (1 - least_m) * (2 * VALUE["ni"] + VALUE["li"])))
        outside = (VALUE["sep"] if sep != "sep@us" else 0.0) + (VALUE["cell"] - VALUE["sep"] if where == "kr" else 0.0)
        component.append(c * (outside - (1 - least_c) * (VALUE["cell"] + MODULE)))
        claims.append(float(bool(claim)))
        foreign = (case.bars and ("@cn" in ni or "@cn" in li)) or (case.bars_parts and sep == "sep@cn")
        held = case.bars_parts and where == "us" and any(one.country == "CN" for one in case.owners)
        no = claim and (foreign or held or (m and case.minerals is None) or (c and case.components is None))
        bounds.append((0.0, 0.0 if no else None))
    rows += [mineral, component, claims]
    limits += [0.0, 0.0, case.room * CARS * PACK]
    for name, most in case.limit.items():
        rows.append(use[name])
        limits.append(most)
    found = linprog(cost, np.array(rows), limits, np.ones((1, len(ways))), [CARS * PACK], bounds)
    assert found.status == 0
    return float(found.fun)


# By hand -------------------------------------------------------------------------------------------------------------------

CHEAP: dict[str, float] = dict.fromkeys(OFFERS, 5.0) | {
    "li@au": 25.0,
    "ore@au": 9.0,
    "ore@id": 9.0,
    "ni@cn": 7.0,
    "sep@us": 10.0,
}


def test_just_so_much_qualifies_as_the_test_asks() -> None:
    # Minerals of a pack are worth 2 · 10 + 30 = 50; 80 % asks for 40. Nickel of mhp gives 2 · 10 · 0.6 = 12 at no cost, so 28 of
    # the 30 of lithium must be Australian, which costs 20 · 28 / 30 more, and no nickel need be of ore.
    case = Case(price=CHEAP, minerals=(0.8, 3000.0))
    plan = Plan.of(world(case)[0])
    assert made(plan, "cars", "toy.minerals") == pytest.approx(CARS)
    assert made(plan, "refiner:ore") == pytest.approx(0.0, abs=1e-6)
    # At 90 % (45) three more must come of ore: each tonne of it instead of mhp gives 4, so 0.75 a pack.
    plan = Plan.of(world(replace(case, minerals=(0.9, 3000.0)))[0])
    assert made(plan, "refiner:ore") == pytest.approx(0.75 * CARS * PACK)
    assert made(plan, "refiner:ore", "toy.minerals") == pytest.approx(0.75 * CARS * PACK)
    # That is 186.67 a car: a smaller credit is not worth claiming.
    for paid, claimed in ((186.0, 0.0), (187.0, CARS)):
        plan = Plan.of(world(replace(case, minerals=(0.8, paid)))[0])
        assert made(plan, "cars", "toy.minerals") == pytest.approx(claimed, abs=1e-5)


def test_half_the_value_added_makes_an_origin_count_in_full() -> None:
    # Refining mhp of 4 to nickel of 10 adds 6 of 10: enough for the test of half the value added, so all 50 qualify.
    case = Case(price=CHEAP, minerals=(1.0, 3000.0), whole_from=0.5)
    assert made(Plan.of(world(case)[0]), "refiner:ore") == pytest.approx(0.0, abs=1e-6)
    # Where seven tenths are asked for, mhp counts for nothing, and all nickel must be refined from ore.
    plan = Plan.of(world(replace(case, whole_from=0.7))[0])
    assert made(plan, "refiner:ore") == pytest.approx(2.0 * CARS * PACK)


def test_minerals_of_a_party_of_concern_bar_the_credit_and_before_the_bar_do_not_qualify() -> None:
    price = CHEAP | {"ni@cn": 1.0, "mhp@id": 9.0}
    case = Case(price=price, minerals=(0.5, 3000.0))
    # Lithium alone is 30 of 50.
    assert made(Plan.of(world(case)[0]), "refiner:mhp") == pytest.approx(0.0, abs=1e-6)
    barred = Plan.of(world(replace(case, bars=True))[0])
    assert made(barred, "cars", "toy.minerals") == pytest.approx(CARS)
    assert made(barred, "refiner:ore") + made(barred, "refiner:mhp") == pytest.approx(2.0 * CARS * PACK)


def test_components_count_by_their_own_value() -> None:
    # A pack is worth 100: cell 90, of it separator 15, and 10 of module made at home. A Korean cell is 75 from outside, or 90 with
    # a separator from there. At 60 % at most 40 may be.
    case = Case(price=CHEAP, us_cell=30.0, components=(0.6, 3000.0))
    plan = Plan.of(world(case)[0])
    # A Korean cell saves 30, a Korean separator 5: where 40 of 100 may be from outside, cells gain 30 for each 75 of it and
    # separators 5 for each 15, so cells come first.
    assert made(plan, "cars", "toy.components") == pytest.approx(CARS)
    share = made(plan, "cells-kr") / (CARS * PACK)
    assert share == pytest.approx(40 / 75)
    assert plan.objective == pytest.approx(by_ways(case))


def test_what_keeps_both_halves_earns_both_and_each_half_can_be_claimed_alone() -> None:
    case = Case(price=CHEAP, kr_cell=0.0, us_cell=5.0, minerals=(0.8, 3000.0), components=(1.0, 3000.0))
    plan = Plan.of(world(case)[0])
    assert made(plan, "cars", "toy.both") == pytest.approx(CARS)
    # Cells of the United States cost 500 a car more: the other half is left.
    plan = Plan.of(world(replace(case, us_cell=500.0))[0])
    assert made(plan, "cars", "toy.minerals") == pytest.approx(CARS)
    # Lithium of Australia costs 1000 a car more.
    plan = Plan.of(world(replace(case, minerals=(0.8, 100.0)))[0])
    assert made(plan, "cars", "toy.components") == pytest.approx(CARS)


def test_a_cell_maker_held_by_a_party_of_concern_bars_the_credit() -> None:
    case = Case(price=CHEAP, components=(0.6, 3000.0), bars_parts=True, owners=(Owner("A", "CN", 0.3),))
    assert made(Plan.of(world(case)[0]), "cars", "toy.components") == pytest.approx(0.0, abs=1e-6)
    assert made(Plan.of(world(replace(case, bars_parts=False))[0]), "cars", "toy.components") > 0


def test_no_more_vehicles_claim_than_may() -> None:
    for room in (0.0, 0.3, 273 / 365):
        plan = Plan.of(world(Case(price=CHEAP, minerals=(0.8, 3000.0), room=room))[0])
        assert made(plan, "cars", "toy.minerals") == pytest.approx(room * CARS, abs=1e-5)
        assert made(plan, "cars") == pytest.approx(CARS)


def test_a_pack_earns_the_credit_of_its_maker_and_feeds_a_vehicle_that_claims() -> None:
    case = Case(price=CHEAP, us_cell=5.0, minerals=(0.8, 3000.0), components=(1.0, 3000.0))
    module = ContentRule(
        name="module", instrument="toy", items=frozenset({"pack"}), countries=frozenset({"US"}),
        qualifies=lambda country, owners: country != "CN", least={1: 0.6}, base="materials", per_unit={1: 7.0},
        basis={1: "law:toy"},
    )  # fmt: skip
    alone, both = Plan.of(world(case)[0]), Plan.of(world(case, [module])[0])
    assert made(both, "packs", "module", "toy.both") == pytest.approx(CARS * PACK)
    assert both.objective == pytest.approx(alone.objective - 7.0 * CARS * PACK)


def test_the_dual_of_a_test_is_the_cost_of_one_more_point() -> None:
    case = Case(price=CHEAP, minerals=(0.9, 3000.0))
    plan = Plan.of(world(case)[0])
    row = next(r for r in plan.row_table("share").iter_rows(named=True) if r["share"] == "toy.minerals@market|1")
    more = Plan.of(world(replace(case, minerals=(0.91, 3000.0)))[0]).objective - plan.objective
    # One point of 1000 packs of one unit of base each.
    assert abs(row["dual"]) * CARS * PACK * 0.01 == pytest.approx(more, rel=1e-5)
    assert more > 0


# Whatever the world ----------------------------------------------------------------------------------------------------------

prices = st.fixed_dictionaries({name: st.integers(1, 30).map(float) for name in OFFERS})
halves = st.none() | st.tuples(
    st.sampled_from([0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]), st.integers(1, 40).map(lambda v: v * 20.0)
)
#: The first of each good is never limited, so that every car can be made.
limits = st.dictionaries(
    st.sampled_from(["ore@au", "ore@id", "ore@cn", "mhp@id", "li@au", "li@ar", "sep@us", "sep@kr"]),
    st.integers(0, 20).map(lambda v: v * 100.0),
)
cases = st.builds(
    Case, price=prices, limit=limits, kr_cell=st.integers(0, 20).map(float), us_cell=st.integers(0, 20).map(float),
    minerals=halves, components=halves, room=st.sampled_from([0.25, 0.75, 1.0]), bars=st.booleans(), bars_parts=st.booleans(),
    whole_from=st.sampled_from([None, 0.5, 0.7]), owners=st.sampled_from([(), (Owner("A", "CN", 0.3),)]),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(cases)
def test_tags_and_whole_ways_cost_the_same(case: Case) -> None:
    # Where nothing bars Chinese ore, nickel of it counts with the worst of the place, since only what is clean is told apart.
    worst = not case.bars and case.minerals is not None and case.limit.get("ore@cn") != 0.0
    tagged, counted = Plan.of(world(case)[0]).objective, by_ways(case)
    if worst:
        assert tagged >= counted - 1e-7 * abs(counted) - 1e-3
    else:
        assert tagged == pytest.approx(counted, rel=1e-7, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(cases, st.sampled_from(["ore@au", "li@au", "sep@us"]), st.integers(1, 10))
def test_more_qualifying_input_never_lowers_the_credit_earned(case: Case, offer: str, more: int) -> None:
    # A credit above every cost, so that as much is claimed as can be.
    case = replace(
        case,
        minerals=case.minerals and (case.minerals[0], 5000.0),
        components=case.components and (case.components[0], 5000.0),
        limit={"ore@au": 500.0, "li@au": 300.0, "sep@us": 300.0, "ore@cn": 0.0} | case.limit,
    )
    richer = replace(case, limit=case.limit | {offer: case.limit[offer] + more * 100.0})
    first, second = (earned(one, Plan.of(world(one)[0])) for one in (case, richer))
    assert second >= first - 1e-4 * max(1.0, first)


@settings(max_examples=20, deadline=None)
@given(cases)
def test_a_credit_that_pays_nothing_leaves_the_plan_as_it_is(case: Case) -> None:
    case = replace(
        case,
        minerals=case.minerals and (case.minerals[0], 0.0),
        components=case.components and (case.components[0], 0.0),
    )
    assert Plan.of(world(case)[0]).objective == pytest.approx(Plan.of(world(case, credit=False)[0]).objective, rel=1e-9)


def test_without_a_half_in_law_nothing_is_tagged() -> None:
    network, traced = world(Case())
    bare, _ = world(Case(), credit=False)
    assert not traced.mode_tags
    assert network.digest == bare.digest
