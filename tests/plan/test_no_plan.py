"""Networks that have no plan because of one thing: at least two hundred, each spoiled in a place that is known.

A network that can be planned with all its demand hard is changed in one figure so that it cannot. The spoiled thing is a cause for
certain, however the conflict is searched for: with the figure as it was the network has a plan. The answer must name it, or at
least the demand behind it, with the periods, and say what share of all demand can still be served.

Run as a script (``python -m tests.plan.test_no_plan``) it counts what is named and measures the time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bongsu.chain.change import Change, apply
from bongsu.chain.network import Network
from bongsu.plan import Plan
from tests.plan.networks import random_network
from tests.plan.small import replaced, two_stage
from tests.stress.beacons import graphite_chain
from tests.stress.chains import flexible_plants, two_tiers

ROOT = Path(__file__).resolve().parents[2]
#: Networks drawn, mutations tried of each at most, and mutations wanted in all.
_DRAWN, _EACH, _WANTED = 125, 8, 200
_CASES = ("two-plants", "expansion", "no-plan", "survival")


@dataclass(frozen=True)
class Spoiled:
    """A network without a plan, and what was done to it.

    Attributes:
        name: of the network; kind: of the mutation; what: names by which an answer may call the thing.
        plan: the answer; sound: the network before.
    """

    name: str
    kind: str
    what: frozenset[str]
    plan: Plan
    sound: Network


def hard(net: Network, share: float = 1.0) -> Network:
    """The network with all its demand hard, or that share of it."""
    rows = net["demands"].to_dicts()
    return replaced(net, demands=[row | {"penalty": None, "quantity": share * row["quantity"]} for row in rows])


def sound() -> Iterator[tuple[str, Network]]:
    """Networks to spoil, from examples, courses and chance."""
    for case in _CASES:
        yield case, Network.read(ROOT / "examples/cases" / case)
    yield "two-stage", two_stage()
    yield "graphite", graphite_chain()
    yield "flexible", flexible_plants()
    yield "two-tiers", two_tiers()
    for number in range(_DRAWN):
        yield f"random-{number}", random_network(number, whole=False, hard=False)


def mutations(net: Network) -> Iterator[tuple[str, frozenset[str], list[Change]]]:
    """One thing changed: its kind, the names it goes by, and the change."""
    for plant in net["plants"]["plant"]:
        options = net["options"].filter(net["options"]["plant"] == plant)["option"].to_list()
        yield "a plant stopped", frozenset((plant, *options)), [Change("availability", plant, "share", None, value=0.0)]
    for lane in net["lanes"]["lane"]:
        yield "a lane closed", frozenset((lane,)), [Change("lanes", lane, "capacity", None, value=0.0)]
    for supply in dict.fromkeys(net["supplies"]["supply"]):
        yield "an offer withdrawn", frozenset((supply,)), [Change("supplies", supply, "quantity", None, value=0.0)]
    for demand, place, item in net["demands"].select("demand", "place", "item").unique(maintain_order=True).iter_rows():
        names = frozenset((f"{place}:{item}", demand))
        yield "a demand raised", names, [Change("demands", demand, "quantity", None, 40.0)]
    for process, item, amount in (
        net["recipes"].select("process", "item", "amount").unique(maintain_order=True).iter_rows()
    ):
        if amount < 0:
            change = Change("recipes", f"{process}/{item}", "amount", None, 40.0)
            yield "an input raised", frozenset((f"{process}/{item}",)), [change]


@cache
def spoiled() -> tuple[Spoiled, ...]:
    """The suite: mutations that leave no plan, at most so many of each network so that no network fills it."""
    found: list[Spoiled] = []
    for name, net in sound():
        own = hard(net)
        share = Plan.of(own).servable_share
        if share is not None:
            # Nine tenths of what can be served at once: enough that losing something hurts.
            own = hard(net, 0.9 * share)
        plan = Plan.of(own)
        if plan.status != "optimal" or share == 0.0:
            continue
        mine = 0
        for kind, what, changes in mutations(own):
            if mine == _EACH:
                break
            after = apply(own, changes)
            answer = Plan.of(after)
            if answer.status == "infeasible":
                found.append(Spoiled(name, kind, what, answer, own))
                mine += 1
    return tuple(found)


def named(one: Spoiled) -> bool:
    """Whether the answer names the spoiled thing itself."""
    return any(conflict.what in one.what for conflict in one.plan.conflict)


def test_the_suite_is_large_and_spoils_everything_that_can_be() -> None:
    suite = spoiled()
    assert len(suite) >= _WANTED
    assert min(Counter(one.kind for one in suite).values()) >= 20
    assert len({one.name for one in suite}) >= 40


def test_every_answer_says_what_is_short_since_when_and_what_can_be_served() -> None:
    for one in spoiled():
        wanted = [conflict for conflict in one.plan.conflict if conflict.kind == "demand"]
        assert wanted, one
        periods = one.plan.network["periods"]["period"].to_list()
        assert all(conflict.periods and set(conflict.periods) <= set(periods) for conflict in wanted), one
        assert one.plan.servable_share is not None, one
        assert 0.0 <= one.plan.servable_share < 1.0, one
        # What is short is short in the elastic plan too, at a demand that the answer names.
        short = one.plan.table("short")
        demands = {d: f"{place}:{item}" for d, place, item in one.plan.network["demands"][:, :3].iter_rows()}
        assert {demands[d] for d in short["demand"]} & {conflict.what for conflict in wanted}, one


def test_the_share_is_what_can_be_served_and_no_more() -> None:
    """Scaled to the share all demand can be met, and scaled to a little more it cannot."""
    for one in spoiled()[::7]:
        share = one.plan.servable_share
        assert share is not None
        assert Plan.of(hard(one.plan.network, 0.999 * share)).status == "optimal", one
        assert Plan.of(hard(one.plan.network, 1.001 * share + 1e-3)).status == "infeasible", one


def test_what_was_spoiled_is_named() -> None:
    """Every plant, lane, offer, demand and input of a recipe."""
    for one in spoiled():
        assert named(one), one


def test_what_runs_out_is_named_where_a_recipe_asks_for_more() -> None:
    for one in spoiled():
        if one.kind == "an input raised":
            assert any(conflict.kind not in ("demand", "recipe") for conflict in one.plan.conflict), one


def test_each_recipe_that_is_named_is_needed_for_the_clash() -> None:
    """What is named alone leaves no plan; without one of its recipes, it leaves one. Said of the network, not of the model: limits
    and inputs that are not named are taken out of its tables, and what is left over may be thrown away."""
    seen = 0
    for one in spoiled()[::5]:
        named = {conflict.what for conflict in one.plan.conflict}
        recipes = [conflict.what for conflict in one.plan.conflict if conflict.kind == "recipe"]
        if recipes:
            assert Plan.of(_only(one.plan.network, named)).status == "infeasible", one
        for recipe in recipes:
            seen += 1
            assert Plan.of(_only(one.plan.network, named - {recipe})).status == "optimal", (one, recipe)
    assert seen >= 20


def _only(net: Network, named: set[str]) -> Network:
    """The network with no limit and no input of a recipe but those that are named, and free disposal."""
    tables = {
        name: [row if row[key] in named else row | {column: None} for row in net[name].to_dicts()]
        for name, key, column in (
            ("supplies", "supply", "quantity"),
            ("lanes", "lane", "capacity"),
            ("lane_periods", "lane", "capacity"),
            ("corridors", "corridor", "capacity"),
            ("corridor_periods", "corridor", "capacity"),
            ("options", "option", "max_total"),
        )
    }
    plants = [plant for plant in net["plants"]["plant"] if plant not in named]
    # A plant without a row has no capacity of its own; a blank one does not limit.
    for name in ("capacity", "availability"):
        tables[name] = [row for row in net[name].to_dicts() if row["plant"] in named]
    tables["capacity"] += [{"plant": plant} for plant in plants]
    tables["recipes"] = [
        row for row in net["recipes"].to_dicts() if row["amount"] > 0 or f"{row['process']}/{row['item']}" in named
    ]
    tables["disposals"] = [
        {"place": place, "item": item} for place in net["places"]["place"] for item in net["items"]["item"]
    ]
    return replaced(net, **tables)


def _seconds(*nets: Network) -> list[float]:
    """Processor time of stating and solving each network, the least of seven, one after the other in turn."""
    taken: list[list[float]] = [[] for _ in nets]
    for _ in range(7):
        for at, net in enumerate(nets):
            begun = time.process_time()
            Plan.of(net)
            taken[at].append(time.process_time() - begun)
    return [min(one) for one in taken]


if __name__ == "__main__":
    rows = spoiled()
    pairs = [_seconds(one.sound, one.plan.network) for one in rows]
    ratios, spent = sorted(after / before for before, after in pairs), [after for _, after in pairs]
    print(f"{len(rows)} networks without a plan; {sum(map(named, rows))} answers name what was spoiled itself")
    print(Counter((one.kind, named(one)) for one in rows))
    shown = ", ".join(f"{share:.0%} {ratios[int(share * (len(ratios) - 1))]:.2f}" for share in (0.05, 0.5, 0.95))
    print(f"processor time beside the sound plan: {shown}, largest {ratios[-1]:.2f}")
    print(f"within twice: {sum(ratio <= 2 for ratio in ratios)}; slowest {max(spent):.3f} s")
