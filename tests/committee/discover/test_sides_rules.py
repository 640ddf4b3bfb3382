"""Rules that join both countries: each coalition against its linear programme stated directly, line by line, by hand.

A Korean mill makes goods of ore from a Canadian mine, a Korean pit or a foreign port. A Korean city and a Canadian town want
goods, which the port sells too. Of the ore a share has to be Canadian or Korean: the rule joins both, so it is priced by its dual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linprog

from bongsu.chain.network import Network
from bongsu.committee.discover.resolve import Resolver
from bongsu.committee.discover.sides import NOBODY, accounts, sides_of

PORT_ORE, PORT_GOODS, PENALTY = 2.0, 20.0, 100.0


@dataclass(frozen=True)
class Case:
    """Figures of one network: prices of ore at mine and pit, ore of the mine, capacity, demands, and the rule."""

    mine: float
    pit: float
    offered: float
    capacity: float
    city: float
    town: float
    share: float = 0.0
    waiver: float | None = None
    minimum: float = 0.0
    claim: bool = False


def network(of: Case) -> Network:
    shares, terms = [], []
    if of.share:
        shares = [{"share": "content", "penalty": of.waiver}]
        terms = [
            {"share": "content", "kind": "lane", "of": "ore|mine|mill", "coefficient": 1.0},
            {"share": "content", "kind": "lane", "of": "ore|pit|mill", "coefficient": 1.0},
            {"share": "content", "kind": "mode", "of": "make", "coefficient": -of.share},
        ]
    modes = [{"mode": "make", "plant": "mill", "process": "make", "cost": 2.0}]
    if of.claim:
        # A claim makes and takes nothing; it earns 3 for half of what the mill makes, by a rule that lies in Korea alone.
        modes.append({"mode": "claim", "plant": "desk", "process": "claim", "cost": -3.0, "use": 0.0})
        shares.append({"share": "claimed", "penalty": None})
        terms += [
            {"share": "claimed", "kind": "mode", "of": "make", "coefficient": 0.5},
            {"share": "claimed", "kind": "mode", "of": "claim", "coefficient": -1.0},
        ]
    contracts = [{"contract": "offtake", "minimum": of.minimum, "penalty": PENALTY}] if of.minimum else []
    country = {"mine": "CA", "town": "CA", "pit": "KR", "mill": "KR", "city": "KR", "port": "US"}
    lanes = ["ore|mine|mill", "ore|pit|mill", "ore|port|mill", "goods|mill|city", "goods|mill|town"]
    lanes += ["goods|port|city", "goods|port|town"]
    return Network.of(
        periods=[{"period": "1"}],
        items=[{"item": "ore", "unit": "t"}, {"item": "goods", "unit": "t"}],
        places=[{"place": place, "country": where} for place, where in country.items()],
        plants=[{"plant": "mill", "place": "mill"}, {"plant": "desk", "place": "mill"}],
        capacity=[{"plant": "mill", "capacity": of.capacity}, {"plant": "desk", "capacity": None}],
        modes=modes,
        recipes=[
            {"process": "make", "item": "ore", "amount": -1.0},
            {"process": "make", "item": "goods", "amount": 1.0},
        ],
        lanes=[
            dict(zip(("lane", "item", "from", "to", "cost"), (one, *one.split("|"), 1.0), strict=True)) for one in lanes
        ],
        supplies=[
            {"supply": "ore@mine", "place": "mine", "item": "ore", "price": of.mine, "quantity": of.offered},
            {"supply": "ore@pit", "place": "pit", "item": "ore", "price": of.pit},
            {"supply": "ore@port", "place": "port", "item": "ore", "price": PORT_ORE},
            {"supply": "goods@port", "place": "port", "item": "goods", "price": PORT_GOODS},
        ],
        demands=[
            {"demand": name, "place": name, "item": "goods", "quantity": wanted, "penalty": PENALTY}
            for name, wanted in (("city", of.city), ("town", of.town))
        ],
        shares=shares,
        share_terms=terms,
        contracts=contracts,
        contract_lanes=[{"contract": "offtake", "lane": "ore|mine|mill"}] if contracts else [],
    )


def by_hand(
    of: Case, members: str, rule: float | None = None, contract: float | None = None
) -> tuple[float, dict[str, float]]:
    """The least cost of a coalition and the duals of its rows.

    Whose each line is stands beside it. The port sells in any amount at its price. Rules that join the two are held where no dual
    of theirs is given, and else cost what it says.
    """
    none = float("inf")
    #: Name, whose, cost, most, and its entries in the rows.
    lines: list[tuple[str, str, float, float, dict[str, float]]] = [
        ("buy at the mine", "CA", of.mine, of.offered, {"ore at mine": 1}),
        ("buy at the pit", "KR", of.pit, none, {"ore at pit": 1}),
        ("mine to mill", "CA KR", 1, none, {"ore at mine": -1, "ore at mill": 1, "content": 1, "offtake": 1}),
        ("pit to mill", "KR", 1, none, {"ore at pit": -1, "ore at mill": 1, "content": 1}),
        ("port to mill", "KR", 1 + PORT_ORE, none, {"ore at mill": 1}),
        (
            "make",
            "KR",
            2,
            none,
            {"ore at mill": -1, "goods at mill": 1, "use": 1, "content": -of.share, "claimed": 0.5},
        ),
        ("claim", "KR", -3, none if of.claim else 0.0, {"claimed": -1}),
        ("mill to city", "KR", 1, none, {"goods at mill": -1, "city": 1}),
        ("mill to town", "CA KR", 1, none, {"goods at mill": -1, "town": 1}),
        ("port to city", "KR", 1 + PORT_GOODS, none, {"city": 1}),
        ("port to town", "CA", 1 + PORT_GOODS, none, {"town": 1}),
        ("short in city", "KR", PENALTY, of.city, {"city": 1}),
        ("short in town", "CA", PENALTY, of.town, {"town": 1}),
        ("waiver", "CA KR", of.waiver or 0.0, none if of.waiver else 0.0, {"content": 1}),
        ("missed", "CA KR", PENALTY, of.minimum, {"offtake": 1}),
    ]
    equal = {
        "ore at mine": ("CA", 0.0),
        "ore at pit": ("KR", 0.0),
        "ore at mill": ("KR", 0.0),
        "goods at mill": ("KR", 0.0),
    }
    equal |= {"city": ("KR", of.city), "town": ("CA", of.town)}
    least = {
        "use": ("KR", -of.capacity),
        "claimed": ("KR", 0.0),
        "content": ("CA KR", 0.0),
        "offtake": ("CA KR", of.minimum),
    }
    given = {name: dual for name, dual in (("content", rule), ("offtake", contract)) if dual is not None}
    own = [line for line in lines if set(line[1].split()) <= set(members.split())]
    rows_equal = [name for name, (whose, _) in equal.items() if whose in members.split()]
    rows_least = [
        name for name, (whose, _) in least.items() if name not in given and set(whose.split()) <= set(members.split())
    ]

    def entry(line: tuple[str, str, float, float, dict[str, float]], row: str) -> float:
        return line[4].get(row, 0.0) * (-1.0 if row == "use" else 1.0)

    answer = linprog(
        [line[2] - sum(dual * line[4].get(name, 0.0) for name, dual in given.items()) for line in own],
        A_ub=[[-entry(line, row) for line in own] for row in rows_least] or None,
        b_ub=[-least[row][1] for row in rows_least] or None,
        A_eq=[[entry(line, row) for line in own] for row in rows_equal],
        b_eq=[equal[row][1] for row in rows_equal],
        bounds=[(0, line[3]) for line in own],
    )
    assert answer.status == 0
    duals = dict(zip(rows_equal, answer.eqlin.marginals, strict=True))
    if rows_least:
        duals |= dict(zip(rows_least, -answer.ineqlin.marginals, strict=True))
    return float(answer.fun), duals


BASE = Case(mine=4.0, pit=7.0, offered=50.0, capacity=80.0, city=60.0, town=40.0)
HAND = Case(**{**BASE.__dict__, "share": 0.5})
WAIVED = Case(**{**BASE.__dict__, "share": 0.5, "waiver": 1.5})
CONTRACT = Case(**{**BASE.__dict__, "minimum": 45.0})
CLAIM = Case(**{**BASE.__dict__, "share": 0.5, "claim": True})
SCARCE = Case(**{**BASE.__dict__, "share": 0.9, "offered": 30.0})


def drawn(count: int) -> list[Case]:
    draw = np.random.default_rng(7)
    return [
        Case(
            mine=draw.uniform(0, 12),
            pit=draw.uniform(0, 12),
            offered=draw.uniform(5, 90),
            capacity=draw.uniform(20, 120),
            city=draw.uniform(5, 90),
            town=draw.uniform(5, 90),
            share=draw.uniform(0.05, 1.0),
            waiver=float(draw.uniform(0.2, 8)) if at % 2 else None,
            minimum=float(draw.uniform(1, 30)) if at % 3 == 0 else 0.0,
            claim=at % 4 == 0,
        )
        for at in range(count)
    ]


def test_what_the_hand_says_of_a_share_of_content() -> None:
    # Together 80 are made of ore at 5 and 3 in equal parts, 2 to make and 1 to bring, and 20 are bought at 21; the rule is worth 2.
    cost, duals = by_hand(HAND, "CA KR")
    assert cost == pytest.approx(80 * 7 + 20 * 21)
    assert duals["content"] == pytest.approx(2.0)
    found = sides_of(Resolver(network(HAND), []), [], {})
    # Alone Korea makes 60 of foreign ore and is charged half of the rule on each; Canada buys 40 abroad.
    assert found.alone == pytest.approx({"CA": 40 * 21, "KR": 60 * (3 + 2 + 1 + 1)})
    assert found.together == pytest.approx(80 * (4 + 2 + 1) + 20 * 21)
    # At prices the town and the city pay 21, the mill earns 14 on each of 80, and nobody's rule costs nothing.
    assert found.at_prices == pytest.approx({"CA": 40 * 21, "KR": 60 * 21 - 80 * 14})
    assert found.shared == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("of", [BASE, HAND, WAIVED, CONTRACT, CLAIM, SCARCE, *drawn(12)])
def test_coalitions_cost_what_their_programmes_stated_directly_cost(of: Case) -> None:
    _, duals = by_hand(of, "CA KR")
    rules = {"rule": duals["content"], "contract": duals["offtake"]}
    found = sides_of(Resolver(network(of), []), [], {})
    assert found.alone["CA"] == pytest.approx(by_hand(of, "CA", **rules)[0], rel=1e-6)
    assert found.alone["KR"] == pytest.approx(by_hand(of, "KR", **rules)[0], rel=1e-6)
    assert found.together == pytest.approx(by_hand(of, "CA KR", **rules)[0], rel=1e-6)


@pytest.mark.parametrize("of", [BASE, HAND, WAIVED, CONTRACT, CLAIM, SCARCE, *drawn(12)])
def test_accounts_of_both_and_what_is_nobodys_add_up_to_the_cost(of: Case) -> None:
    resolver = Resolver(network(of), [])
    cost, duals = by_hand(of, "CA KR")
    told = accounts(resolver, resolver.solve(), {})
    # The whole plan costs what both pay and what their contract costs: its minimum at its dual. A share asks for nothing by itself.
    assert told.get(NOBODY, 0.0) == pytest.approx(duals["offtake"] * of.minimum, rel=1e-6, abs=1e-6)
    assert told["CA"] + told["KR"] + told.get(NOBODY, 0.0) == pytest.approx(cost, rel=1e-6)
    found = sides_of(resolver, [], {})
    assert sum(found.at_prices.values()) + found.shared == pytest.approx(found.together, rel=1e-6)
    assert found.shared == pytest.approx(0.0, abs=1e-5)
    assert found.transfer is not None
    assert sum(found.transfer.values()) == pytest.approx(0.0, abs=1e-5)
