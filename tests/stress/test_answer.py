"""Who stops, what it costs, what goes unserved and what to do, against plans of the changed networks made independently."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from bongsu.chain.change import apply
from bongsu.chain.network import Network
from bongsu.plan import Plan
from bongsu.stress.answer import answer, standstills
from bongsu.stress.disruption import Branch, Disruption, Ground, Hit, parse, resolve
from tests.plan.small import replaced, two_stage
from tests.stress.beacons import graphite_chain

ROOT = Path(__file__).resolve().parents[2]
START = dt.date(2027, 1, 1)


def one(*hits: Hit) -> Disruption:
    return Disruption("d", (Branch("b", hits),))


@pytest.fixture(scope="module")
def two() -> Network:
    """The case of the examples, with no plant that may be given up: then nothing at all is decided before the blow."""
    net = Network.read(ROOT / "examples/cases/two-plants")
    return replaced(net, plants=[row | {"retirable": "no"} for row in net["plants"].to_dicts()])


@pytest.fixture(scope="module")
def planned(two: Network) -> Plan:
    return Plan.of(two)


def test_a_plant_that_stops_is_named_and_costs_what_two_plans_differ_by(two: Network, planned: Plan) -> None:
    """No new capacity can be built here, so the changed network planned anew has the same builds."""
    hit = Hit(facility="east", starts=START, lasts=365.0)
    found = answer(one(hit), Ground(two), planned)
    (branch,) = found.branches
    after = Plan.of(apply(two, resolve(Branch("b", (hit,)), Ground(two))))
    assert found.base_cost == pytest.approx(planned.objective)
    assert branch.status == "optimal"
    assert branch.more == pytest.approx(after.objective - planned.objective, rel=1e-9)
    assert found.expected == branch.more
    (still,) = branch.standstills
    assert (still.plant, still.period, still.stopped, still.worst) == ("east", "2027", True, 1.0)
    # 90 cells are wanted in 2027; the west can make 80 of them.
    (short,) = branch.unserved
    assert (short.place, short.item, short.period) == ("city", "cell", "2027")
    assert (short.quantity, short.share) == pytest.approx((10.0, 10 / 90))


def test_half_a_plant_is_no_standstill_of_the_whole(two: Network, planned: Plan) -> None:
    made = planned.table("make").filter(planned.table("make")["mode"] == "west")
    wanted = dict(made.select("period", "value").iter_rows())
    found = answer(one(Hit(facility="west", starts=START, lasts=365.0, left=0.5)), Ground(two), planned)
    still = next(s for s in found.branches[0].standstills if s.plant == "west")
    assert not still.stopped
    assert still.worst == pytest.approx(1 - 40.0 / wanted["2027"])
    # What it lost is counted over the year in which it made less.
    assert (still.made, still.base) == pytest.approx((40.0, wanted["2027"]))


def test_builds_are_held_in_one_cost_and_free_in_the_other() -> None:
    """With its builds written into the capacity of the plant, and no way to build, the changed network costs as much more."""
    own = two_stage(plants=[{"plant": "works", "place": "b", "fixed_cost": 1.0}])
    plan = Plan.of(own)
    built = dict(plan.table("build").select("period", "value").iter_rows())
    assert built
    stands, rows = 50.0, []
    for period in ("2026", "2027", "2030"):
        stands += built.get(period, 0.0)
        rows.append({"plant": "works", "period": period, "capacity": stands})
    held = replaced(own, capacity=rows, options=[])
    hit = Hit(item="ore", starts=dt.date(2030, 1, 1), left=0.5)
    branch = answer(one(hit), Ground(own), plan).branches[0]
    changes = resolve(Branch("b", (hit,)), Ground(own), plan)
    difference = Plan.of(apply(held, changes)).objective - Plan.of(held).objective
    assert branch.more == pytest.approx(difference, rel=1e-8)
    assert branch.foreseen == pytest.approx(Plan.of(apply(own, changes)).objective - plan.objective, rel=1e-7, abs=1e-6)
    assert branch.foreseen <= branch.more + 1e-9


def unmet(plan: Plan) -> float:
    """Present penalty on demand that is not met, from the table of what is short."""
    short = plan.model.variables["short"]
    return (
        float(plan.model.cost[short.span] @ (plan.family("short") / plan.model.column_scale[short.span]))
        * plan.model.money
    )


def test_a_hundredth_more_saves_what_a_plan_with_it_saves() -> None:
    """The value named first is checked by giving the chain a hundredth more and planning again."""
    net = graphite_chain()
    plan = Plan.of(net)
    hit = Hit(facility="refine", starts=START, lasts=365.0)
    branch = answer(one(hit), Ground(net), plan).branches[0]
    changed = apply(net, resolve(Branch("b", (hit,)), Ground(net)))
    capacity = next(m for m in branch.measures if m.kind == "capacity")
    assert (capacity.what, capacity.period) == ("dear", "2027")
    assert capacity.quantity == pytest.approx(0.2)
    rows = [row | {"capacity": 20.2} if row["plant"] == "dear" else row for row in changed["capacity"].to_dicts()]
    wider = replaced(changed, capacity=rows)
    assert capacity.value == pytest.approx((Plan.of(changed).objective - Plan.of(wider).objective) / 0.2, rel=1e-6)
    assert capacity.before == pytest.approx(0.0, abs=1e-9)
    # What is made more is served: all of the saving is penalty, less what it costs to make it.
    served = (unmet(Plan.of(changed)) - unmet(Plan.of(wider))) / 0.2
    assert capacity.served == pytest.approx(min(served, capacity.value), rel=1e-6)


def test_of_a_chain_that_is_short_the_step_that_costs_least_to_hold_is_named_first() -> None:
    """A hundredth of the graphite saves about what a hundredth of the cells does, and is worth far less when nothing happens."""
    net = graphite_chain()
    branch = answer(one(Hit(item="graphite", left=0.2, starts=START, lasts=365.0)), Ground(net), Plan.of(net)).branches[
        0
    ]
    items = [m for m in branch.measures if m.kind == "item"]
    names = [m.what.partition(":")[2] for m in items]
    assert {"graphite", "cell"} <= set(names)
    assert names.index("graphite") < names.index("cell")
    ratio = [(m.value - m.before) / max(m.before, 1e-3 * m.value) for m in items]
    assert ratio == sorted(ratio, reverse=True)


def test_foresight_names_what_it_would_build() -> None:
    option = {"option": "more", "plant": "dear", "annual_cost": 5.0, "max_size": 40.0}
    net = graphite_chain(options=[option])
    branch = answer(one(Hit(facility="refine", starts=START)), Ground(net), Plan.of(net)).branches[0]
    (build,) = [m for m in branch.measures if m.kind == "build"]
    # 50 are wanted, 20 can be made beside the works.
    assert (build.what, build.period, build.quantity) == ("more", "2027", pytest.approx(30.0))
    assert branch.foreseen < branch.more


def test_what_touches_nothing_costs_nothing(two: Network) -> None:
    net = graphite_chain()
    branch = answer(one(Hit(facility="dear", starts=START)), Ground(net), Plan.of(net)).branches[0]
    assert branch.more == pytest.approx(0.0, abs=1e-9)
    assert branch.standstills == branch.unserved == branch.measures == ()
    assert branch.exposure.idle


def test_demand_that_must_be_met_and_cannot_is_short() -> None:
    rows = [row | {"penalty": None} for row in graphite_chain()["demands"].to_dicts()]
    net = graphite_chain(demands=rows)
    branch = answer(one(Hit(facility="refine", starts=START, lasts=365.0)), Ground(net), Plan.of(net)).branches[0]
    assert branch.status == "short"
    assert [(u.place, u.item, u.period) for u in branch.unserved] == [("detroit", "cell", "2027")]
    assert branch.unserved[0].quantity == pytest.approx(30.0)
    assert branch.measures == ()


def test_weights_make_the_expected_cost(two: Network, planned: Plan) -> None:
    said = {
        "id": "d",
        "branches": [
            {"name": "east", "weight": 1, "hits": [{"facility": "east", "starts": START}]},
            {"name": "west", "weight": 3, "hits": [{"facility": "west", "starts": START}]},
        ],
    }
    found = answer(parse(said), Ground(two), planned)
    east, west = found.branches
    assert found.expected == pytest.approx(0.25 * east.more + 0.75 * west.more)
    assert {s.plant for s in west.standstills} == {"west"}


def test_what_helps_is_said_where_the_plan_itself_lies_at_a_kink() -> None:
    """Both plants are sold out in 2028, so the dual of the plan is already that of one unit less; more cells there still save."""
    network = Network.read(ROOT / "examples/cases/two-plants")
    hit = {"line": "east", "starts": "2027-07-01", "left": 0.2, "lasts": "6 months", "recovers": "2 years"}
    found = answer(parse({"id": "east", "hits": [hit]}), Ground(network), Plan.of(network)).branches[0]
    assert found.unserved[0].period == "2028"
    dear = [one for one in found.measures if one.kind == "item"]
    assert [(one.what, one.period) for one in dear] == [("city:cell", "2028")]
    assert dear[0].value > dear[0].before


def test_a_rounding_below_zero_of_a_plant_that_makes_nothing_is_no_loss(planned: Plan) -> None:
    rows = pl.DataFrame(
        {
            "plant": ["west", "east"],
            "place": ["west", "east"],
            "period": [planned.model.arrays.ids("periods")[0]] * 2,
            "made": [-1e-3, 4.0],
            "base": [0.0, 10.0],
            "stopped": [False, False],
        }
    )
    (still,) = standstills(rows, planned.model.arrays)
    assert (still.plant, still.worst) == ("east", pytest.approx(0.6))
