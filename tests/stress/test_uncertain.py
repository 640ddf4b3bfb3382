"""Plans under uncertainty: published values, values by hand, a second method, and what must hold for every case."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from bongsu.atlas import PackError
from bongsu.chain.change import BadChange, Change, Scenario, apply
from bongsu.chain.network import Network, Settings
from bongsu.plan import Options, Plan
from bongsu.stress.extensive import join
from bongsu.stress.mean import mean_network
from bongsu.stress.stages import FirstStage, NotStated, branches
from bongsu.stress.uncertain import Method, Uncertain, solve_joint
from tests.plan.networks import random_network
from tests.plan.small import replaced, two_stage
from tests.plan.test_patch import some_changes

CASES = Path(__file__).resolve().parents[2] / "examples" / "cases"
EXACT = Options(gap=1e-9)
METHODS: tuple[Method, ...] = ("extensive", "decomposition")


def example(name: str) -> Network:
    return Network.read(CASES / name)


# Published values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_farmer_of_birge_and_louveaux(method: Method) -> None:
    """Introduction to Stochastic Programming (1997), section 1.1 and tables 1 to 5."""
    found = Uncertain.of(example("farmer"), method=method)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(-108_390)
    assert found.expected_mean == pytest.approx(-107_240)
    assert found.vss == pytest.approx(1_150)
    assert found.wait_and_see == pytest.approx(-115_405.56, abs=0.005)
    assert found.evpi == pytest.approx(7_015.56, abs=0.005)
    assert found.mean_plan == pytest.approx(-118_600)
    assert [one.alone for one in found.scenarios] == pytest.approx([-167_666.67, -118_600, -59_950], abs=0.005)
    assert [one.cost for one in found.scenarios] == pytest.approx([-167_000, -109_350, -48_820])
    acres = dict(found.decisions.select("of", "planned").iter_rows())
    assert acres == pytest.approx({"grow_wheat": 170, "grow_corn": 80, "grow_beet": 250})
    assert dict(found.decisions.select("of", "mean").iter_rows())["grow_beet"] == pytest.approx(300)


@pytest.mark.parametrize("method", METHODS)
def test_the_power_stations_of_louveaux_and_smeers(method: Method) -> None:
    """Optimal Investments for Electricity Generation (1988), three scenarios: the instance known as LandS, optimum 381.853."""
    found = Uncertain.of(example("power-planning"), method=method, options=EXACT)
    assert found.objective == pytest.approx(381.853, abs=5e-4)
    sizes = dict(found.decisions.select("of", "planned").iter_rows())
    assert sizes == pytest.approx({"build1": 8 / 3, "build2": 4, "build3": 10 / 3, "build4": 2})


def generators() -> tuple[Network, list[Scenario]]:
    """Two generators that fail in part and three loads that vary: the instance known as APL1P, 1,280 scenarios.

    G. Infanger, Annals of Operations Research 39 (1992), with costs ten times as high, as in Bailey, Jensen and Morton (1999).
    """
    loads, plants = ("base", "middle", "peak"), ("one", "two")
    build = {"one": 4.0, "two": 2.5}
    run = {"one": (4.3, 2.0, 0.5), "two": (8.7, 4.0, 1.0)}
    net = Network.of(
        Settings(discount_rate=0.0),
        periods=[{"period": "1"}],
        items=[{"item": load} for load in loads],
        places=[{"place": "area"}],
        plants=[{"plant": plant, "place": "area", "fixed_cost": build[plant]} for plant in plants],
        capacity=[{"plant": plant, "capacity": 1000.0} for plant in plants],
        options=[{"option": f"more-{plant}", "plant": plant, "annual_cost": build[plant]} for plant in plants],
        modes=[
            {"mode": f"{plant}-{load}", "plant": plant, "process": f"serve-{load}", "cost": cost}
            for plant in plants
            for load, cost in zip(loads, run[plant], strict=True)
        ],
        recipes=[{"process": f"serve-{load}", "item": load, "amount": 1.0} for load in loads],
        demands=[
            {"demand": load, "place": "area", "item": load, "quantity": 1000.0, "penalty": 10.0} for load in loads
        ],
    )
    left = {
        "one": {1.0: 0.2, 0.9: 0.3, 0.5: 0.4, 0.1: 0.1},
        "two": {1.0: 0.1, 0.9: 0.2, 0.7: 0.5, 0.1: 0.1, 0.0: 0.1},
    }
    wanted = {900.0: 0.15, 1000.0: 0.45, 1100.0: 0.25, 1200.0: 0.15}
    among = []
    for at, drawn in enumerate(product(left["one"], left["two"], wanted, wanted, wanted)):
        changes = [Change("availability", plant, "share", value=drawn[k]) for k, plant in enumerate(plants)]
        changes += [Change("demands", load, "quantity", value=drawn[2 + k]) for k, load in enumerate(loads)]
        chances = [left["one"][drawn[0]], left["two"][drawn[1]], *(wanted[quantity] for quantity in drawn[2:])]
        among.append(Scenario(f"s{at}", tuple(changes), float(np.prod(chances))))
    return net, among


@pytest.mark.slow
def test_the_generators_of_infanger() -> None:
    """The published optimum is 24,642.32, with capacities of 1,800 and 1,571.43."""
    net, among = generators()
    own = branches(net, among, FirstStage.of(net))
    joint = join(own, 0.0, 0.95, 25_000.0)
    status, values, _, _ = solve_joint(joint, EXACT)
    assert status == "optimal"
    assert float(joint.model.cost @ values) * joint.model.money + joint.model.offset == pytest.approx(
        24_642.32, abs=5e-3
    )
    model = own[0].model
    sizes = (joint.values(0, values) * model.column_scale)[model.variables["build"].span]
    assert 1000 + sizes == pytest.approx([1800, 1571.43], abs=5e-3)


# Values by hand ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_newsvendor_orders_at_the_critical_fractile(method: Method) -> None:
    """Bought at 6, sold at 10, left over at 1: the least q with P(demand <= q) >= (10 - 6) / (10 - 1) is 100."""
    found = Uncertain.of(example("newsvendor"), method=method)
    demand, chance = np.array([60, 80, 100, 120, 180.0]), np.array([0.1, 0.2, 0.3, 0.2, 0.2])

    def cost(q: float) -> float:
        return float(6 * q + chance @ (10 * np.maximum(demand - q, 0) - np.maximum(q - demand, 0)))

    assert found.decisions["planned"].to_list() == [100.0]
    assert found.objective == pytest.approx(cost(100)) == pytest.approx(min(map(cost, range(60, 181))))
    assert found.decisions["mean"].to_list() == pytest.approx([112.0])
    assert found.vss == pytest.approx(cost(112) - cost(100))
    assert found.evpi == pytest.approx(cost(100) - 6 * chance @ demand)
    short = {one.scenario: dict(one.unserved) for one in found.scenarios}
    assert short == {"dull": {}, "quiet": {}, "usual": {}, "busy": {"paper": 20.0}, "rare": {"paper": 80.0}}


def waiting_stock() -> tuple[Network, list[Scenario]]:
    """Cells may be kept in a yard at 4 a year; in one of two scenarios the mine stops in the last period."""
    net = two_stage(
        periods=[{"period": "1"}, {"period": "2"}],
        demands=[{"demand": "cars", "place": "c", "item": "cell", "quantity": 30.0, "penalty": 100.0}],
        plants=[{"plant": "works", "place": "b"}],
        capacity=[{"plant": "works", "capacity": 70.0}],
        options=[],
        stocks=[{"stock": "yard", "place": "c", "item": "cell", "holding_cost": 40.0}],
    )
    stop = Change("supplies", "mine", "quantity", "2", value=0.0)
    spelled = [{"supply": "mine", "place": "a", "item": "ore", "period": p, "price": 3.0} for p in "12"]
    return replaced(net, supplies=spelled), [Scenario("calm", (), 0.5), Scenario("stop", (stop,), 0.5)]


def test_a_stock_is_kept_in_every_scenario_that_cannot_yet_be_told_apart() -> None:
    """A cell costs 2 · (3 + 1) + 5 + 2 = 15 in its period and 40 more to keep: known at once, only the scenario of the stop keeps
    any; as it comes, the 30 cells are kept in both, since 40 more in both cases is less than 100 - 15 more in every second one."""
    net, among = waiting_stock()
    net = Network(net.tables, net.settings.model_copy(update={"discount_rate": 0.0}))
    at_once = Uncertain.of(net, among, stage=FirstStage(known="at once"), options=EXACT)
    assert at_once.objective == pytest.approx(0.5 * (30 * 15 * 2) + 0.5 * (30 * 15 + 30 * (15 + 40)))
    comes = Uncertain.of(net, among, stage=FirstStage(known="as it comes"), options=EXACT)
    kept = 30 * 15 + 30 * (15 + 40)
    spared = 0.5 * (30 * 15 * 2) + 0.5 * (30 * 15 + 30 * 100)
    assert comes.objective == pytest.approx(min(kept, spared))
    assert kept < spared
    assert [one.cost for one in comes.scenarios] == pytest.approx([kept, kept])
    # Where nobody knows before period 2 the same is found; before period 1 nothing is hidden.
    assert Uncertain.of(net, among, stage=FirstStage(known="2")).objective == pytest.approx(kept)
    assert Uncertain.of(net, among, stage=FirstStage(known="1")).objective == pytest.approx(at_once.objective)


# A second method -----------------------------------------------------------------------------------------------------------


def designed(risk_weight: float, alpha: float) -> tuple[float, np.ndarray]:
    """The optimum of the example of network design, stated from the mathematics; the mean-risk cost and the cost of each scenario.

    Columns: units y(2), sizes x(2), links z(6), then for each scenario made m(2), flows f(6), short u(3), cost c; at last η and the
    excesses.
    """
    unit_cost, size_cost, most = np.array([60, 40.0]), np.array([1.5, 1.0]), np.array([40, 30.0])
    link_cost = np.array([20, 25, 30, 30, 20, 15.0])
    make, move = np.array([3, 4.0]), np.array([1, 2, 6, 5, 2, 1.0])
    wanted = np.array([[20, 15, 10], [40, 6, 10], [20, 15, 30], [20, 15, 10], [20, 15, 30.0]])
    works = np.array([[1, 1], [1, 1], [1, 1], [0.5, 1], [1, 0.0]])
    chance = np.array([0.4, 0.2, 0.15, 0.15, 0.1])
    many, own = 5, 12
    count = 10 + own * many + 1 + many
    eta = 10 + own * many
    first = np.concatenate([unit_cost, size_cost, link_cost])
    rows: list[np.ndarray] = []
    low: list[float] = []
    high: list[float] = []

    def rule(entries: dict[int, float], least: float, largest: float) -> None:
        row = np.zeros(count)
        for column, value in entries.items():
            row[column] = value
        rows.append(row)
        low.append(least)
        high.append(largest)

    for site in range(2):
        rule({2 + site: 1, site: -most[site]}, -np.inf, 0)
    for s in range(many):
        at = 10 + own * s
        cost = dict(enumerate(first))
        for site in range(2):
            rule({at + site: 1, 2 + site: -works[s, site]}, -np.inf, 0)
            rule({at + site: 1} | {at + 2 + 3 * site + m: -1 for m in range(3)}, 0, 0)
            cost[at + site] = make[site]
        for link in range(6):
            rule({at + 2 + link: 1, 4 + link: -50}, -np.inf, 0)
            cost[at + 2 + link] = move[link]
        for market in range(3):
            rule({at + 2 + market: 1, at + 5 + market: 1, at + 8 + market: 1}, wanted[s, market], wanted[s, market])
            cost[at + 8 + market] = 25.0
        rule(cost | {at + 11: -1}, 0, 0)
        rule({at + 11: 1, eta: -1, eta + 1 + s: -1}, -np.inf, 0)
    objective = np.zeros(count)
    for s in range(many):
        objective[10 + own * s + 11] = (1 - risk_weight) * chance[s]
        objective[eta + 1 + s] = risk_weight * chance[s] / (1 - alpha)
    objective[eta] = risk_weight
    upper = np.full(count, np.inf)
    upper[:2], upper[4:10] = 2, 1
    whole = np.zeros(count)
    whole[:2], whole[4:10] = 1, 1
    lower = np.zeros(count)
    lower[eta] = -np.inf
    said = milp(
        objective,
        constraints=LinearConstraint(np.array(rows), low, high),
        integrality=whole,
        bounds=Bounds(lower, upper),
        options={"mip_rel_gap": 1e-9},
    )
    return float(said.fun), said.x[10 + 11 : 10 + own * many : own]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("risk_weight", "alpha"), [(0.0, 0.9), (0.5, 0.8), (1.0, 0.8), (0.3, 0.6)])
def test_a_network_is_designed_as_a_second_statement_designs_it(
    method: Method, risk_weight: float, alpha: float
) -> None:
    found = Uncertain.of(
        example("design-under-uncertainty"), risk_weight=risk_weight, alpha=alpha, method=method, options=EXACT
    )
    objective, costs = designed(risk_weight, alpha)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(objective, rel=1e-7)
    assert found.bound == pytest.approx(objective, rel=1e-6)
    if risk_weight == 0.0:
        assert found.expected == pytest.approx(float(np.array([0.4, 0.2, 0.15, 0.15, 0.1]) @ costs))
    assert found.evpi > 0
    assert found.vss is not None
    assert found.vss > 0


def test_minding_the_tail_lowers_it_and_costs_something_on_average() -> None:
    bold, careful = (Uncertain.of(example("design-under-uncertainty"), risk_weight=w, alpha=0.8) for w in (0.0, 1.0))
    assert careful.cvar < bold.cvar
    assert careful.expected > bold.expected
    assert careful.cvar == pytest.approx(722.0)
    tail = careful.table().filter(pl.col("tail"))["scenario"].to_list()
    assert tail == ["boom-c", "north-fails", "south-fails"]


# What must hold for every case ---------------------------------------------------------------------------------------------


@st.composite
def questions(draw: st.DrawFn) -> tuple[Network, list[Scenario], float, float, str, bool]:
    r = Random(draw(st.integers(0, 2**32 - 1)))
    whole = r.random() < 0.5
    net = random_network(r.randrange(2**32), whole, hard=r.random() < 0.3)
    among = [Scenario("base", (), r.random() + 0.1)]
    for number in range(r.randint(1, 3)):
        changes = tuple(some_changes(r, net))
        try:
            apply(net, changes)
        except BadChange:
            changes = ()
        among.append(Scenario(f"s{number}", changes, r.random() + 0.1))
    known = r.choice(["at once", "as it comes"])
    return net, among, r.choice([0.0, 0.3, 0.7, 1.0]), r.choice([0.0, 0.5, 0.9, 1.0]), known, whole


@settings(max_examples=15, deadline=None)
@given(questions())
def test_wait_and_see_then_here_and_now_then_the_mean_and_both_methods_agree(
    question: tuple[Network, list[Scenario], float, float, str, bool],
) -> None:
    net, among, risk_weight, alpha, known, whole = question
    found = Uncertain.of(net, among, risk_weight=risk_weight, alpha=alpha, stage=FirstStage(known=known), options=EXACT)
    if found.status == "infeasible":
        assert any(np.isinf(one.alone) for one in found.scenarios) or found.notes
        return
    if found.status == "unbounded":
        assert "gains without limit" in found.notes[-1]
        alone = [Plan.of(apply(net, one.changes), EXACT).status for one in among]
        assert "unbounded" in alone
        return
    assert found.status == "optimal"
    room = 1e-6 * (1 + abs(found.objective))
    assert found.wait_and_see <= found.objective + room
    assert found.expected_mean is None or found.objective <= found.expected_mean + room
    assert found.bound == pytest.approx(found.objective, rel=1e-6, abs=1e-6)
    assert found.expected <= found.cvar + room
    if risk_weight == 0:
        assert found.objective == pytest.approx(found.expected)
    if (risk_weight, alpha) == (1.0, 1.0):
        assert found.objective == pytest.approx(max(one.cost for one in found.scenarios))
    if known == "at once" and not whole:
        other = Uncertain.of(
            net, among, risk_weight=risk_weight, alpha=alpha, method="decomposition", options=Options(gap=1e-7)
        )
        assert other.objective == pytest.approx(found.objective, rel=1e-5, abs=1e-5)
        assert other.bound <= found.objective + 1e-6 * (1 + abs(found.objective))


def test_one_scenario_is_the_plan_itself() -> None:
    found = Uncertain.of(two_stage(), [Scenario("only")])
    assert found.vss == pytest.approx(0)
    assert found.evpi == pytest.approx(0)
    assert found.objective == pytest.approx(found.scenarios[0].alone)


def test_single_members_of_a_family_are_decided_first_and_the_others_not() -> None:
    """With wheat and maize sown, beet gets the rest of the land: as good as deciding all three; with wheat alone, less is fixed."""
    net = example("farmer")
    stages = (("make:grow_wheat",), ("make:grow_wheat", "make:grow_corn"), ("make",))
    wheat, two, every = (Uncertain.of(net, stage=FirstStage(families)) for families in stages)
    assert wheat.decisions["of"].to_list() == ["grow_wheat"]
    assert two.decisions["of"].to_list() == ["grow_wheat", "grow_corn"]
    assert wheat.wait_and_see < wheat.objective < two.objective - 1
    assert two.objective == pytest.approx(every.objective)


# What is refused or explained ----------------------------------------------------------------------------------------------


def test_a_scenario_without_a_plan_is_named_with_what_clashes() -> None:
    net = example("no-plan")
    found = Uncertain.of(net, [Scenario("as-it-stands", (), 1.0)])
    assert found.status == "infeasible"
    assert "plant works can make at most 90 a year" in found.notes[-1]


def test_a_first_stage_that_fits_no_two_scenarios_is_told_from_scenarios_without_a_plan() -> None:
    """Land for one crop only: each demand alone can be met, both not."""
    net = example("farmer")
    heavy = {f"feed-{crop}": Change("demands", f"feed-{crop}", "quantity", value=1000.0) for crop in ("wheat", "corn")}
    closed = [Change("supplies", crop, "quantity", value=0.0) for crop in ("wheat", "corn")]
    among = [Scenario(name, (*closed, change), 0.5) for name, change in heavy.items()]
    found = Uncertain.of(
        apply(net, [Change("demands", f"feed-{c}", "quantity", value=0.0) for c in ("wheat", "corn")]), among
    )
    assert found.status == "infeasible"
    assert "no first stage leaves all of them one" in found.notes[-1]


def test_expected_figures_in_whole_numbers_that_are_none_are_said() -> None:
    net = two_stage()
    among = [Scenario("soon", (), 0.5), Scenario("late", (Change("options", "line", "lead_time", value=2.0),), 0.5)]
    found = Uncertain.of(net, among)
    assert found.vss is None
    assert "lead_time" in found.notes[0]


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"risk_weight": 1.5}, "risk weight"),
        ({"alpha": -0.1}, "alpha"),
        ({"stage": FirstStage(("fly",))}, "no family"),
        ({"stage": FirstStage(("make:beet",))}, "no 'beet' in modes"),
        ({"stage": FirstStage(known="never")}, "neither"),
        ({"among": []}, "no scenarios"),
        ({"stage": FirstStage(known="as it comes"), "method": "decomposition"}, "known at once"),
    ],
)
def test_what_is_not_stated_is_refused(kwargs: dict[str, object], said: str) -> None:
    with pytest.raises(NotStated, match=said):
        Uncertain.of(example("farmer") if "method" not in kwargs else two_stage(), **(_two() | kwargs))  # type: ignore[arg-type]


def _two() -> dict[str, object]:
    return {"among": [Scenario("a"), Scenario("b")]}


# Expected figures ----------------------------------------------------------------------------------------------------------


def test_the_mean_of_networks_spells_out_what_is_stated_differently() -> None:
    net = two_stage()
    hits = [
        Change("availability", "works", "share", "2027", value=0.0),
        Change("lanes", "ab", "cost", "2030", value=4.0),
        Change("supplies", "mine", "quantity", value=10.0),
    ]
    mean = mean_network([net, apply(net, hits)], [0.75, 0.25])
    shares = dict(mean["availability"].select("period", "share").iter_rows())
    assert {period: share for period, share in shares.items() if share != 1.0} == {"2027": 0.75}
    costs = dict(mean["lane_periods"].select("period", "cost").iter_rows())
    assert {period: cost for period, cost in costs.items() if cost != 1.0} == {"2030": 0.75 * 1.0 + 0.25 * 4.0}
    assert mean["supplies"]["quantity"].to_list() == [None]
    assert mean_network([net, apply(net, hits)], [1.0, 0.0])["supplies"].equals(net["supplies"])


def test_a_first_stage_that_names_what_is_not_there_is_a_problem_with_its_line(tmp_path: Path) -> None:
    example("farmer").write(tmp_path / "farmer")
    (tmp_path / "farmer" / "first_stage.csv").write_text("family,of\nmake,grow_wheat\nbuy,oats\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"first_stage.csv.*3.*oats"):
        Network.read(tmp_path / "farmer")
