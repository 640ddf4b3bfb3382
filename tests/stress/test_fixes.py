"""What softens a stop and at what price: by hand, and against plans of changed networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bongsu.atlas import PackError
from bongsu.chain.change import Change, Scenario, apply, scenarios
from bongsu.chain.network import Network
from bongsu.stress.fixes import Fix, Measure, fixes, measures
from bongsu.stress.stages import AS_IT_COMES, FirstStage, NotStated
from bongsu.stress.uncertain import Uncertain
from tests.plan.small import replaced

CASE = Path(__file__).resolve().parents[2] / "examples" / "cases" / "supply-fixes"


def case() -> Network:
    return Network.read(CASE)


def test_each_kind_alone_by_hand() -> None:
    """50 a year at 10; in one case of five nothing in year 3, and 100 for each unit short.

    none: 2000, and in a stop 1500 + 5000. A full tank costs 100, and 50 · 2 to keep over year 2: 2200 in both cases. A second
    source gives 30 at 15 for 200; a reserve 50 at 12 for 4 · 150; a works 40 at 14 for 40 · 8. A source without a price for its
    qualification gives 20 at 11: worth 0.2 · 20 · (100 - 11) at most.
    """
    found = fixes(case(), alpha=0.9)
    assert (found.none.objective, found.none.cvar, dict(found.none.unserved)) == (
        2900,
        6500,
        {"cell": pytest.approx(10)},
    )
    told = {fix.kinds: (fix.cost, fix.expected, fix.cvar, fix.saves, dict(fix.taken)) for fix in found.alone}
    assert told == {
        ("stock",): (pytest.approx(200), pytest.approx(2200), pytest.approx(2200), pytest.approx(700), {"tank": 1.0}),
        ("second_source",): (200, pytest.approx(2590), pytest.approx(4150), pytest.approx(310), {"second": 1.0}),
        ("contract",): (600, pytest.approx(2620), pytest.approx(2700), pytest.approx(280), {"reserve": 1.0}),
        ("build",): (pytest.approx(320), pytest.approx(2532), pytest.approx(3380), pytest.approx(368), {"local": 1.0}),
    }
    assert {fix.kinds[0]: fix.amount for fix in found.alone} == {
        "stock": {"tank": pytest.approx(50)},
        "second_source": {"second": pytest.approx(30)},
        "contract": {"reserve": pytest.approx(50)},
        "build": {"local": pytest.approx(40)},
    }
    assert found.cheapest.kinds == ("stock",)
    assert found.together.objective == pytest.approx(2200)
    assert dict(found.together.taken) == {"tank": 1.0}
    assert found.worth_at_most == {"other": pytest.approx(356)}


def test_payback_is_told_scenario_by_scenario() -> None:
    stock = fixes(case()).alone[0]
    calm, stop = stock.reliefs
    assert (calm.before, calm.after, calm.payback) == (pytest.approx(2000), pytest.approx(2200), None)
    assert (stop.before, stop.after, stop.payback) == (pytest.approx(6500), pytest.approx(2200), "3")
    assert stop.by_period == pytest.approx((500, 1100, 0, 500))
    assert dict(stock.spared) == {"cell": pytest.approx(10)}


def test_who_minds_the_tail_pays_for_more() -> None:
    net = replaced(case(), measures=[row for row in case()["measures"].to_dicts() if row["measure"] == "reserve"])
    net = replaced(net, scenarios=[{"scenario": "calm", "weight": 0.95}, {"scenario": "stop", "weight": 0.05}])
    bold, careful = fixes(net).alone[0], fixes(net, risk_weight=1.0, alpha=0.9).alone[0]
    assert dict(bold.taken) == {}
    assert (bold.saves, bold.cost) == (0, 0)
    assert dict(careful.taken) == {"reserve": 1.0}
    # Half of the worst tenth are stops: 0.5 · 6500 + 0.5 · 2000 without, 0.5 · 2700 + 0.5 · 2600 with.
    assert careful.saves == pytest.approx(4250 - 2650)


def test_a_share_of_a_measure_is_taken_at_that_share_of_its_cost() -> None:
    whole = [one for one in measures(case()) if one.name == "second"]
    part = [replace(whole[0], whole=False, changes=(Change("supplies", "second", "quantity", value=100.0),))]
    found = fixes(case(), available=part).alone[0]
    assert dict(found.taken) == {"second": pytest.approx(0.5)}
    assert found.cost == pytest.approx(100)
    assert found.amount["second"] == pytest.approx(50)


def test_a_lead_time_keeps_what_comes_too_late_closed() -> None:
    (second,) = (one for one in measures(case()) if one.name == "second")
    late = fixes(case(), available=[replace(second, lead_time=3)]).alone[0]
    assert dict(late.taken) == {}
    assert late.saves == pytest.approx(0)


def test_a_measure_taken_costs_what_the_plan_of_the_opened_network_costs() -> None:
    net = case()
    for one in measures(net):
        if one.name in ("second", "reserve"):
            opened = apply(net, one.changes)
            plan = Uncertain.of(opened, scenarios(net), stage=FirstStage.of(net, AS_IT_COMES))
            found = fixes(net, available=[one]).alone[0]
            late = plan.objective + found.paid
            assert found.objective == pytest.approx(min(late, 2900.0))


def refused(*changes: Change, cost: float = 1.0) -> Measure:
    return Measure("odd", "contract", cost, 0.0, changes)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (refused(Change("supplies", "main", "quantity", "1", value=5.0)), "lowers one"),
        (refused(Change("supplies", "main", "price", "1", value=5.0)), "changes a cost"),
        (refused(Change("recipes", "assemble/cell", "amount", value=2.0)), "changes a coefficient"),
        (refused(Change("demands", "city", "quantity", value=60.0)), "what is wanted"),
        (refused(Change("supplies", "second", "quantity", value=float("inf"))), "without a limit"),
        (refused(Change("supplies", "second", "quantity", value=0.0)), "opens nothing"),
    ],
)
def test_a_measure_that_does_not_open_limits_is_refused(measure: Measure, said: str) -> None:
    with pytest.raises(NotStated, match=said):
        fixes(case(), available=[measure])


def test_two_measures_of_one_limit_are_refused() -> None:
    one = refused(Change("supplies", "second", "quantity", value=9.0))
    with pytest.raises(NotStated, match="opens what another measure opens"):
        fixes(case(), available=[one, replace(one, name="even")])


def test_without_measures_or_scenarios_there_is_nothing_to_price() -> None:
    with pytest.raises(NotStated, match="no measures"):
        fixes(case(), available=[])
    with pytest.raises(NotStated, match="no scenarios"):
        fixes(case(), among=[])


def test_a_measure_that_names_what_is_not_there_is_a_problem_with_its_line(tmp_path: Path) -> None:
    case().write(tmp_path / "case")
    text = "measure,table,of,column,value\ntank,stocks,barn,capacity,50\n"
    (tmp_path / "case" / "measure_changes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=r"measure_changes.csv.*2.*barn"):
        Network.read(tmp_path / "case")


def test_measures_that_nobody_can_use_leave_the_plan_as_it_stands() -> None:
    found = fixes(case(), [Scenario("calm")])
    assert isinstance(found.together, Fix)
    assert dict(found.together.taken) == {}
    assert found.cheapest.kinds == ()
