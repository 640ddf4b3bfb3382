"""Trees of reasons: prices add up, leaves are facts, and what is not there is said."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from bongsu.answers import Node, UnknownFigure, Why
from bongsu.chain import Chain
from bongsu.law import Law
from bongsu.plan import Plan

#: Flows below this are rounding noise.
_FLOW = 1e-6


@pytest.fixture(scope="module")
def why(chain: Chain, plan: Plan) -> Why:
    return Why(chain, plan)


def marginal(why: Why, node: int, t: int) -> bool:
    """Whether something is bought, made or brought to a node, so that its price has a cost to be explained by."""
    a = why.a
    bought = why.plan.family("buy")
    offers = (a.supply.period == t) & (a.node(a.supply_place, a.supply_item)[a.supply.row] == node)
    uses = a.node(a.plant_place[a.mode_plant[a.use_mode]], a.use_item)
    make, ship = why.plan.grid("make")[:, t], why.plan.grid("ship")[:, t]
    return bool(
        (bought[offers] > _FLOW).any()
        or ((uses == node) & (a.use_amount[:, t] > 0) & (make[a.use_mode] > _FLOW)).any()
        or ((a.node(a.lane_to, a.lane_item) == node) & (ship > _FLOW)).any()
    )


def sample(why: Why, size: int) -> list[tuple[str, str, int]]:
    """Items at places in years whose price a cost explains."""
    choose = random.Random(7)
    a = why.a
    items, places = list(a.net["items"]["item"]), list(a.net["places"]["place"])
    found: list[tuple[str, str, int]] = []
    while len(found) < size:
        node, t = choose.randrange(a.nodes), choose.randrange(a.T)
        if marginal(why, node, t):
            found.append((items[a.node_item[node]], places[a.node_place[node]], why.chain.years[t]))
    return found


def test_the_parts_of_a_price_add_up_to_it(why: Why) -> None:
    kinds = set()
    for item, place, year in sample(why, 80):
        tree = why.figure(f"price:{item}@{place}:{year}")
        assert tree.value is not None
        assert tree.children, (item, place, year)
        kinds.add(tree.children[0].label["en"].split()[0])
        total = sum(part.value or 0.0 for part in tree.children)
        assert total == pytest.approx(tree.value, rel=1e-6, abs=1e-6), (item, place, year)
    assert len(kinds) >= 3


def test_every_price_inside_a_tree_adds_up_too(why: Why) -> None:
    """A part that has reasons of its own, all in money and none of them facts, is their sum (for one unit of it)."""
    checked = 0
    for item, place, year in sample(why, 40):
        for node in walk(why.figure(f"price:{item}@{place}:{year}")):
            if node.value is None or not node.label["en"].startswith("Price of"):
                continue
            parts = [part for part in node.children if part.kind == "money" and part.confidence == "computed"]
            if parts and len(parts) == len(node.children):
                total = sum(part.value or 0.0 for part in parts)
                assert total == pytest.approx(node.value, rel=1e-6, abs=1e-6), node.label["en"]
                checked += 1
    assert checked > 20


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def test_leaves_name_a_source_or_are_called_assumed(why: Why) -> None:
    sources = {*why.atlas["sources"]["source"], *Law.load().sources}
    leaves = 0
    for item, place, year in sample(why, 25):
        for leaf in why.figure(f"price:{item}@{place}:{year}").facts():
            assert leaf.confidence in ("stated", "derived", "assumed")
            assert leaf.confidence == "assumed" or leaf.source in sources
            leaves += 1
    assert leaves > 100


def test_every_figure_speaks_three_languages(why: Why) -> None:
    for name in ("share:2030", "price:cell_lfp@market-us:2030", "capacity:ca-on-nextstar:2030"):
        for node in walk(why.figure(name)):
            assert set(node.label) == {"en", "ko", "fr"}
            assert all(node.label.values())


def test_trust_is_that_of_the_weakest_fact(why: Why) -> None:
    tree = why.figure("capacity:ca-on-nextstar:2030")
    found = {leaf.confidence for leaf in tree.facts()}
    order = ["assumed", "derived", "stated"]
    assert tree.weakest == min(found, key=order.index)


def test_capacity_is_worth_its_product_less_what_it_takes(why: Why, plan: Plan) -> None:
    """Value of capacity = price of the product - processing - inputs + by-products, for plants that run full."""
    a = why.a
    family = plan.model.constraints["capacity"]
    plants = list(a.net["plants"]["plant"])
    single = np.bincount(a.mode_plant, minlength=len(plants)) == 1
    full = [
        at
        for at in np.flatnonzero(plan.duals[family.span] < -1e-3).tolist()
        if single[int(family.keys["plants"][at])] and not plants[int(family.keys["plants"][at])].startswith("new:")
    ]
    choose = random.Random(3)
    for at in choose.sample(full, 25):
        code, t = int(family.keys["plants"][at]), int(family.keys["period"][at])
        mode = int(np.flatnonzero(a.mode_plant == code)[0])
        if plan.grid("make")[mode, t] < _FLOW:
            continue
        entries = np.flatnonzero(a.use_mode == mode)
        nodes = a.node(a.plant_place[a.mode_plant[a.use_mode[entries]]], a.use_item[entries])
        prices = [float(plan.duals[why.balance.start + n * a.T + t] / a.weight[t]) for n in nodes]
        earned = float(a.use_amount[entries, t] @ np.array(prices)) - float(a.mode_cost[mode, t])
        # Only what is made as a by-product may be sold at its place: one unit more of it may be sold as well.
        sale = plan.model.constraints["dump_own"]
        for amount, node in zip(a.use_byproduct[entries, t], nodes, strict=True):
            here = (a.dump_node[sale.keys["disposals"]] == node) & (sale.keys["period"] == t)
            earned -= float(amount * plan.duals[sale.span][here].sum() / a.weight[t])
        figure = why.figure(f"capacity:{plants[code]}:{why.chain.years[t]}")
        assert figure.value == pytest.approx(earned / float(a.mode_use[mode]), rel=1e-6, abs=1e-4), plants[code]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "share",
        "share:1999",
        "share:²",
        "price:cell_lfp@market-us",
        "price:cell_lfp@nowhere:2030",
        "price:unobtainium@market-us:2030",
        "capacity:nobody:2030",
        "promise:nobody:2030",
        "build:nothing:2030",
        "short:nothing:2030",
        "supply:nothing:CA:2030",
        "joy:2030",
    ],
)
def test_a_figure_that_is_not_there_is_one_sentence(why: Why, name: str) -> None:
    with pytest.raises(UnknownFigure) as caught:
        why.figure(name)
    text = str(caught.value)
    assert text
    assert "\n" not in text


def test_a_promise_shows_what_was_announced_and_what_is_expected(why: Why, chain: Chain) -> None:
    line = next(one for one in chain.lines if one.state == "construction" and one.expected.get(2032))
    tree = why.figure(f"promise:{line.line}:2032")
    announced, expected = tree.children
    assert announced.value == line.announced[2032]
    assert expected.value == line.expected[2032]
    assert tree.value is not None
    assert tree.value <= expected.value * (1 + 1e-6)


def test_what_is_built_and_what_is_short_is_what_the_plan_says(why: Why, plan: Plan) -> None:
    built = plan.table("build")
    row = built.row(0, named=True)
    assert why.figure(f"build:{row['option']}:{row['period']}").value == pytest.approx(row["value"])
    short = {(r["demand"], r["period"]): r["value"] for r in plan.table("short").iter_rows(named=True)}
    for row in plan.network["demands"].sample(10, seed=2).iter_rows(named=True):
        figure = why.figure(f"short:{row['demand']}:{row['period']}")
        assert figure.value == pytest.approx(short.get((row["demand"], row["period"]), 0.0))
