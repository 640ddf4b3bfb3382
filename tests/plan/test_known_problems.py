"""Textbook problems as networks, each solved a second way: by enumeration, or as a plain transport programme with SciPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from bongsu.chain.network import Network, Settings
from bongsu.plan.plan import Plan
from bongsu.plan.solver import Options

from .small import replaced

_EXACT = Options(gap=1e-9)


# Facility location ----------------------------------------------------------------------------------------------------


class Sites:
    """A random instance of capacitated facility location: ``sites`` places to open, ``customers`` to serve."""

    def __init__(self, seed: int, sites: int = 4, customers: int = 5) -> None:
        random = np.random.default_rng(seed)
        self.demand = random.integers(5, 20, customers).astype(float)
        self.capacity = np.round(random.uniform(0.35, 0.8, sites) * self.demand.sum())
        self.fixed = random.integers(50, 200, sites).astype(float)
        self.cost = random.integers(1, 30, (sites, customers)).astype(float)

    def network(self, single: bool) -> Network:
        sites, customers = range(self.capacity.size), range(self.demand.size)
        return Network.of(
            periods=[{"period": "year"}],
            items=[{"item": "good"}],
            places=[{"place": f"s{i}"} for i in sites] + [{"place": f"c{j}"} for j in customers],
            plants=[{"plant": f"s{i}", "place": f"s{i}"} for i in sites],
            modes=[{"mode": f"s{i}", "plant": f"s{i}", "process": "make"} for i in sites],
            recipes=[{"process": "make", "item": "good", "amount": 1.0}],
            lanes=[
                {"lane": f"{i}-{j}", "from": f"s{i}", "to": f"c{j}", "item": "good", "cost": self.cost[i, j]}
                for i in sites
                for j in customers
            ],
            demands=[
                {
                    "demand": f"c{j}",
                    "place": f"c{j}",
                    "item": "good",
                    "quantity": self.demand[j],
                    "single_source": "yes" if single else "no",
                }
                for j in customers
            ],
            options=[
                {
                    "option": f"s{i}",
                    "plant": f"s{i}",
                    "fixed_cost": self.fixed[i],
                    "max_size": self.capacity[i],
                    "integer": "yes",
                }
                for i in sites
            ],
        )

    def split_optimum(self) -> float:
        """Every set of open sites, and the cheapest transport from it."""
        best = np.inf
        for opened in product([False, True], repeat=self.capacity.size):
            chosen = np.flatnonzero(opened)
            if self.capacity[chosen].sum() < self.demand.sum():
                continue
            size, customers = chosen.size, self.demand.size
            answer = linprog(
                self.cost[chosen].ravel(),
                A_ub=np.kron(np.eye(size), np.ones(customers)),
                b_ub=self.capacity[chosen],
                A_eq=np.kron(np.ones(size), np.eye(customers)),
                b_eq=self.demand,
            )
            best = min(best, answer.fun + self.fixed[chosen].sum())
        return float(best)

    def single_optimum(self) -> float:
        """Every assignment of customers to sites."""
        best = np.inf
        customers = np.arange(self.demand.size)
        for choice in product(range(self.capacity.size), repeat=self.demand.size):
            site = np.array(choice)
            load = np.bincount(site, weights=self.demand, minlength=self.capacity.size)
            if (load <= self.capacity).all():
                cost = (self.cost[site, customers] * self.demand).sum() + self.fixed[load > 0].sum()
                best = min(best, float(cost))
        return best


@pytest.mark.parametrize("seed", range(6))
def test_capacitated_facility_location(seed: int) -> None:
    sites = Sites(seed)
    plan = Plan.of(sites.network(single=False), _EXACT)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(sites.split_optimum(), rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_single_sourced_facility_location(seed: int) -> None:
    sites = Sites(seed)
    best = sites.single_optimum()
    plan = Plan.of(sites.network(single=True), _EXACT)
    if np.isinf(best):
        assert plan.status == "infeasible"
    else:
        assert plan.objective == pytest.approx(best, rel=1e-9)
        lanes_used = plan.table("ship")["lane"].str.split("-").list.last()
        assert lanes_used.n_unique() == lanes_used.len()


# Network design -------------------------------------------------------------------------------------------------------

_ARCS = [(0, 1), (0, 2), (1, 2), (2, 1), (1, 3), (2, 3), (2, 4), (3, 4), (1, 4)]


@pytest.mark.parametrize("seed", range(5))
def test_fixed_charge_multicommodity_network_design(seed: int) -> None:
    random = np.random.default_rng(100 + seed)
    arcs = len(_ARCS)
    capacity, fixed = random.integers(8, 20, arcs).astype(float), random.integers(20, 120, arcs).astype(float)
    cost = random.integers(1, 9, arcs).astype(float)
    commodities = [(0, 3, 7.0), (0, 4, 5.0), (1, 4, 4.0)]
    network = Network.of(
        periods=[{"period": "year"}],
        items=[{"item": f"k{k}"} for k in range(len(commodities))],
        places=[{"place": str(node)} for node in range(5)],
        lanes=[
            {"lane": f"{a}-{b}:{k}", "from": str(a), "to": str(b), "item": f"k{k}", "cost": cost[n]}
            for n, (a, b) in enumerate(_ARCS)
            for k in range(len(commodities))
        ],
        corridors=[
            {"corridor": f"{a}-{b}", "capacity": capacity[n], "fixed_cost": fixed[n]} for n, (a, b) in enumerate(_ARCS)
        ],
        corridor_lanes=[
            {"corridor": f"{a}-{b}", "lane": f"{a}-{b}:{k}"} for a, b in _ARCS for k in range(len(commodities))
        ],
        supplies=[
            {"supply": f"k{k}", "place": str(o), "item": f"k{k}", "quantity": q}
            for k, (o, _, q) in enumerate(commodities)
        ],
        demands=[
            {"demand": f"k{k}", "place": str(d), "item": f"k{k}", "quantity": q}
            for k, (_, d, q) in enumerate(commodities)
        ],
    )
    incidence = np.zeros((5, arcs))
    for n, (a, b) in enumerate(_ARCS):
        incidence[a, n], incidence[b, n] = -1.0, 1.0
    wanted = np.zeros((len(commodities), 5))
    for k, (start, end, quantity) in enumerate(commodities):
        wanted[k, start], wanted[k, end] = -quantity, quantity
    best = np.inf
    for opened in product([0.0, 1.0], repeat=arcs):
        answer = (
            linprog(
                np.tile(cost, len(commodities)),
                A_ub=np.tile(np.eye(arcs), len(commodities)),
                b_ub=capacity * opened,
                A_eq=np.kron(np.eye(len(commodities)), incidence),
                b_eq=wanted.ravel(),
            )
            if float(fixed @ np.array(opened)) < best
            else None
        )
        if answer is not None and answer.status == 0:
            best = min(best, float(answer.fun + fixed @ np.array(opened)))
    plan = Plan.of(network, _EXACT)
    if np.isinf(best):
        assert plan.status == "infeasible"
    else:
        assert plan.objective == pytest.approx(best, rel=1e-9)


def test_a_corridor_without_a_capacity_is_paid_for_all_the_same() -> None:
    """The uncapacitated case: what may use the corridor is limited by demand alone."""
    plan = Plan.of(_one_corridor(), _EXACT)
    assert plan.objective == pytest.approx(min(30.0 + 10 * 1.0, 10 * 5.0))
    assert Plan.of(_one_corridor(fixed=45.0), _EXACT).objective == pytest.approx(10 * 5.0)


def test_a_corridor_that_nothing_limits_is_refused_with_a_sentence() -> None:
    endless = _one_corridor(disposals=[{"place": "b", "item": "good", "cost": -2.0}])
    with pytest.raises(ValueError, match=r"corridor new has a fixed cost.*give its capacity"):
        Plan.of(endless)
    pytest.importorskip("linopy")
    from bongsu.plan.statement import to_linopy

    with pytest.raises(ValueError, match=r"corridor new has a fixed cost.*give its capacity"):
        to_linopy(endless)


def test_a_contract_kept_by_a_round_trip_may_move_more_than_is_wanted() -> None:
    """The tight bound of a corridor must not count demand alone when something else rewards movement."""
    back = {"lane": "back", "from": "b", "to": "a", "item": "good"}
    forth = {"lane": "new", "from": "a", "to": "b", "item": "good", "cost": 1.0}
    network = replaced(
        _one_corridor(),
        lanes=[forth, back],
        corridors=[{"corridor": "new", "fixed_cost": 30.0, "capacity": 100.0}],
        contracts=[{"contract": "take-or-pay", "minimum": 40.0}],
        contract_lanes=[{"contract": "take-or-pay", "lane": "new"}],
    )
    plan = Plan.of(network, _EXACT)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(30.0 + 40.0)


def test_a_process_that_takes_no_capacity_runs_in_a_plant_that_is_not_opened() -> None:
    base = Sites(0)
    network = base.network(single=False)
    modes = [row | {"use": 0.0} for row in network["modes"].to_dicts()]
    plan = Plan.of(replaced(network, modes=modes), _EXACT)
    assert plan.objective == pytest.approx(float((base.cost.min(axis=0) * base.demand).sum()))


def test_a_single_sourced_demand_counts_what_arrives_not_what_leaves() -> None:
    """Over a lane with a delay: two lanes, each of which carries half, cannot both serve one period."""
    lanes = [{"lane": n, "from": "a", "to": "b", "item": "good", "delay": 1, "capacity": 6.0} for n in ("x", "y")]
    network = Network.of(
        periods=[{"period": "1"}, {"period": "2"}],
        items=[{"item": "good"}],
        places=[{"place": "a"}, {"place": "b"}],
        lanes=lanes,
        supplies=[{"supply": "s", "place": "a", "item": "good"}],
        demands=[
            {
                "demand": "d",
                "place": "b",
                "item": "good",
                "period": "2",
                "quantity": 10.0,
                "penalty": 3.0,
                "single_source": "yes",
            }
        ],
    )
    plan = Plan.of(network, _EXACT)
    assert plan.family("ship").sum() == pytest.approx(6.0)
    assert plan.objective == pytest.approx(4 * 3.0)


def test_a_share_over_an_offer_with_rows_by_period_counts_each_period() -> None:
    network = Network.of(
        periods=[{"period": "1"}, {"period": "2"}],
        items=[{"item": "good"}],
        places=[{"place": "a"}],
        supplies=[
            {"supply": "home", "place": "a", "item": "good", "period": "1", "price": 9.0},
            {"supply": "home", "place": "a", "item": "good", "period": "2", "price": 7.0},
            {"supply": "abroad", "place": "a", "item": "good", "price": 1.0},
        ],
        demands=[{"demand": "d", "place": "a", "item": "good", "quantity": 10.0}],
        shares=[{"share": "content"}],
        share_terms=[
            {"share": "content", "kind": "supply", "of": "home", "coefficient": 0.4},
            {"share": "content", "kind": "supply", "of": "abroad", "coefficient": -0.6},
        ],
    )
    plan = Plan.of(network)
    bought = {(s, t): v for s, t, v in plan.table("buy").select("supply", "period", "value").iter_rows()}
    assert bought == pytest.approx({("home", "1"): 6.0, ("home", "2"): 6.0, ("abroad", "1"): 4.0, ("abroad", "2"): 4.0})
    assert plan.objective == pytest.approx(6 * 9 + 6 * 7 + 8)


def _one_corridor(fixed: float = 30.0, **more: list[dict[str, object]]) -> Network:
    lanes = [
        {"lane": "new", "from": "a", "to": "b", "item": "good", "cost": 1.0},
        {"lane": "old", "from": "a", "to": "b", "item": "good", "cost": 5.0},
    ]
    return Network.of(
        periods=[{"period": "year"}],
        items=[{"item": "good"}],
        places=[{"place": "a"}, {"place": "b"}],
        lanes=lanes,
        corridors=[{"corridor": "new", "fixed_cost": fixed}],
        corridor_lanes=[{"corridor": "new", "lane": "new"}],
        supplies=[{"supply": "s", "place": "a", "item": "good"}],
        demands=[{"demand": "d", "place": "b", "item": "good", "quantity": 10.0}],
        **more,
    )


# Expansion over time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "life", "rate"), [(0, None, 0.0), (1, None, 0.08), (0, 2, 0.05), (1, 1, 0.08), (2, 2, 0.0)]
)
def test_expansion_in_whole_units_with_lead_time_and_life(lead: int, life: int | None, rate: float) -> None:
    demand, years, size, penalty = np.array([8.0, 14.0, 27.0, 22.0]), np.array([1.0, 2.0, 2.0, 5.0]), 10.0, 30.0
    capital, annual, fixed, cost, count = 6.0, 1.5, 40.0, 4.0, 3
    periods = len(demand)
    start = np.concatenate([[0.0], np.cumsum(years)[:-1]])
    discount = (1 + rate) ** -start
    network = Network.of(
        Settings(discount_rate=rate),
        periods=[{"period": f"t{t}", "years": years[t]} for t in range(periods)],
        items=[{"item": "cell"}],
        places=[{"place": "a"}],
        plants=[{"plant": "p", "place": "a"}],
        modes=[{"mode": "p", "plant": "p", "process": "make", "cost": cost}],
        recipes=[{"process": "make", "item": "cell", "amount": 1.0}],
        demands=[
            {"demand": "d", "place": "a", "item": "cell", "period": f"t{t}", "quantity": demand[t], "penalty": penalty}
            for t in range(periods)
        ],
        options=[
            {
                "option": "line",
                "plant": "p",
                "lead_time": lead,
                "life": life,
                "capital_cost": capital,
                "annual_cost": annual,
                "fixed_cost": fixed,
                "min_size": size,
                "max_size": size,
                "max_count": count,
                "integer": "yes",
            }
        ],
    )
    best = np.inf
    for units in product(range(count + 1), repeat=periods):
        opened = np.array(units, dtype=float)
        if opened.sum() > count or opened[:lead].any():
            continue
        capacity, total = np.zeros(periods), 0.0
        for t in np.flatnonzero(opened):
            stands = slice(t, periods if life is None else min(periods, t + life))
            capacity[stands] += opened[t] * size
            total += opened[t] * (
                discount[t] * (fixed + capital * size) + annual * size * (discount * years)[stands].sum()
            )
        made = np.minimum(capacity, demand)
        best = min(best, total + float((discount * years * (cost * made + penalty * (demand - made))).sum()))
    assert Plan.of(network, _EXACT).objective == pytest.approx(best, rel=1e-9)


def test_capacity_is_retired_when_its_fixed_cost_exceeds_its_use_and_stays_retired() -> None:
    """Average cost at load u is variable + fixed / u: half of the plant is given up at once, since it can never come back."""
    base = {
        "periods": [{"period": str(t)} for t in range(3)],
        "items": [{"item": "cell"}],
        "places": [{"place": "a"}],
        "plants": [{"plant": "p", "place": "a", "fixed_cost": 10.0, "retirable": "yes"}],
        "capacity": [{"plant": "p", "capacity": 100.0}],
        "modes": [{"mode": "p", "plant": "p", "process": "make", "cost": 1.0}],
        "recipes": [{"process": "make", "item": "cell", "amount": 1.0}],
    }
    wanted = [50.0, 50.0, 80.0]
    for penalty, kept in ((25.0, 50.0), (35.0, 80.0)):
        demands = [
            {"demand": "d", "place": "a", "item": "cell", "period": str(t), "quantity": q, "penalty": penalty}
            for t, q in enumerate(wanted)
        ]
        plan = Plan.of(Network.of(**base, demands=demands))
        # Keeping the last 30 costs 3 · 10 + 1 a unit and saves the penalty once.
        assert plan.grid("retire")[0] == pytest.approx([100 - kept] * 2 + [100 - kept])
        assert plan.objective == pytest.approx(3 * 10 * kept + 100 + min(kept, 80) + penalty * (80 - kept))


# Lots and stocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_production_and_stock_over_time_is_a_transport_problem(seed: int) -> None:
    """Making in s for t costs c(s) + h · (t - s): the plan with stocks must equal the transport programme over (s, t)."""
    random = np.random.default_rng(seed)
    periods, hold = 6, 1.5
    cost, demand = random.integers(2, 15, periods).astype(float), random.integers(0, 12, periods).astype(float)
    capacity = np.full(periods, np.ceil(demand.sum() / periods) + 4)
    network = Network.of(
        periods=[{"period": str(t)} for t in range(periods)],
        items=[{"item": "good"}],
        places=[{"place": "a"}],
        supplies=[
            {"supply": "s", "place": "a", "item": "good", "period": str(t), "price": cost[t], "quantity": capacity[t]}
            for t in range(periods)
        ],
        stocks=[{"stock": "k", "place": "a", "item": "good", "holding_cost": hold}],
        demands=[
            {"demand": "d", "place": "a", "item": "good", "period": str(t), "quantity": demand[t], "penalty": 200.0}
            for t in range(periods)
        ],
    )
    made, served = np.meshgrid(np.arange(periods), np.arange(periods), indexing="ij")
    unit = np.where(served >= made, cost[made] + hold * (served - made), 1e4)
    full = np.vstack([unit, np.full(periods, 200.0)])
    answer = linprog(
        full.ravel(),
        A_ub=np.kron(np.eye(periods + 1), np.ones(periods))[:periods],
        b_ub=capacity,
        A_eq=np.kron(np.ones(periods + 1), np.eye(periods)),
        b_eq=demand,
    )
    assert Plan.of(network).objective == pytest.approx(answer.fun, rel=1e-9)


def test_stock_is_counted_in_units_and_flow_in_units_per_year() -> None:
    """12 units kept from a period of 2 years serve 3 a year for 4 years."""
    network = Network.of(
        periods=[{"period": "1", "years": 2.0}, {"period": "2", "years": 4.0}],
        items=[{"item": "good"}],
        places=[{"place": "a"}],
        supplies=[{"supply": "s", "place": "a", "item": "good", "period": "1", "price": 5.0}],
        stocks=[{"stock": "k", "place": "a", "item": "good", "holding_cost": 0.5}],
        demands=[{"demand": "d", "place": "a", "item": "good", "period": "2", "quantity": 3.0}],
    )
    plan = Plan.of(network)
    assert plan.family("buy") == pytest.approx([6.0])
    assert plan.family("stock") == pytest.approx([12.0, 0.0])
    assert plan.objective == pytest.approx(2 * 6 * 5.0 + 2 * 12 * 0.5)


def test_goods_under_way_arrive_spread_over_the_length_of_the_period_of_arrival() -> None:
    network = Network.of(
        periods=[{"period": "1", "years": 2.0}, {"period": "2", "years": 4.0}],
        items=[{"item": "good"}],
        places=[{"place": "a"}, {"place": "b"}],
        lanes=[{"lane": "sea", "from": "a", "to": "b", "item": "good", "delay": 1, "loss": 0.25, "cost": 1.0}],
        supplies=[{"supply": "s", "place": "a", "item": "good"}],
        demands=[{"demand": "d", "place": "b", "item": "good", "period": "2", "quantity": 3.0, "single_source": "yes"}],
    )
    plan = Plan.of(network)
    # 3 a year for 4 years are 12, of which a quarter is lost on the way: 16 sent over 2 years.
    assert plan.family("ship") == pytest.approx([8.0, 0.0])


# The same answer twice ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("single", [False, True])
def test_two_solves_give_the_same_bits(single: bool) -> None:
    network = Sites(1, 5, 8).network(single)
    first, second = Plan.of(network), Plan.of(network)
    assert first.values.tobytes() == second.values.tobytes()
    assert first.duals.tobytes() == second.duals.tobytes()
    assert first.reduced_costs.tobytes() == second.reduced_costs.tobytes()
    assert first.objective == second.objective


# By-products ----------------------------------------------------------------------------------------------------------


def _smelter(own_only: str) -> Network:
    """Ten of metal are wanted; each comes with a fifth of acid, sold at 5; acid from next door costs 1."""
    return Network.of(
        Settings(),
        periods=[{"period": "1"}],
        items=[{"item": "metal"}, {"item": "acid"}],
        places=[{"place": "a"}, {"place": "b"}],
        plants=[{"plant": "smelter", "place": "a"}],
        capacity=[{"plant": "smelter", "capacity": 50.0}],
        modes=[{"mode": "smelt", "plant": "smelter", "process": "smelt", "cost": 7.0}],
        recipes=[
            {"process": "smelt", "item": "metal", "amount": 1.0},
            {"process": "smelt", "item": "acid", "amount": 0.2, "byproduct": "yes"},
        ],
        supplies=[{"supply": "other", "place": "b", "item": "acid", "price": 1.0, "quantity": 40.0}],
        lanes=[{"lane": "ba", "from": "b", "to": "a", "item": "acid"}],
        demands=[{"demand": "d", "place": "a", "item": "metal", "quantity": 10.0, "penalty": 99.0}],
        disposals=[{"place": "a", "item": "acid", "cost": -5.0, "own_only": own_only}],
    )


def test_only_what_is_made_there_as_a_by_product_is_sold() -> None:
    plan = Plan.of(_smelter("yes"))
    assert plan.objective == pytest.approx(10 * 7.0 - 2.0 * 5.0)
    assert plan.family("dump") == pytest.approx([2.0])
    assert plan.family("ship") == pytest.approx([0.0])
    anything = Plan.of(_smelter("no"))
    assert anything.objective == pytest.approx(10 * 7.0 - 2.0 * 5.0 - 40 * 4.0)


def test_what_is_not_said_to_be_a_by_product_may_not_be_sold() -> None:
    """Its way out is closed, so the acid stops the smelter."""
    main = [{"process": "smelt", "item": item, "amount": n} for item, n in (("metal", 1.0), ("acid", 0.2))]
    plan = Plan.of(replaced(_smelter("yes"), recipes=main))
    assert plan.objective == pytest.approx(10 * 99.0)
