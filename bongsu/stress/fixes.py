"""The cheapest fix: what stocks, second sources, contracts and builds cost, and what they save in a set of scenarios.

A measure opens limits that are closed in the plan as it stands (a store of no capacity, an offer of no quantity, an option that may
add nothing), for money paid once and money paid every year. The plan under uncertainty is made again with the measures of one kind
allowed, kind by kind, and with all of them; each time it takes those that pay and sizes what they open:

    upper limit  =  closed limit + (open limit - closed limit) · taken,        taken in {0, 1}, or between where not whole

Nobody knows a scenario before the first period that it changes, so a stock against a stop is filled, and paid for, in every
scenario. What a fix costs is what is paid for its measures and what is built and held through them; what is then bought, made and
moved is part of the plan like anything else. A measure of unknown cost is not taken; what it would save for nothing is the most
that it may cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from bongsu.chain.change import Change, Scenario, apply, scenarios
from bongsu.chain.network import Network
from bongsu.plan import Model, Options, compile_network, solve
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.plan.solver import Status
from bongsu.stress.extensive import Switch, check_risk, join
from bongsu.stress.risk import conditional_value_at_risk, expectation, mean_risk
from bongsu.stress.scenario import Recourse, ScenarioSolver, unserved
from bongsu.stress.stages import AS_IT_COMES, Branch, FirstStage, NotStated, branches
from bongsu.stress.uncertain import solve_joint

KINDS = ("stock", "second_source", "contract", "build")
#: Families of rows whose coefficients repeat limits of lanes and demands.
_FORCING = ("corridor_forcing", "open_forcing")
#: Shares of a measure below this are none.
_NONE = 1e-7


@dataclass(frozen=True)
class Measure:
    """Something that would soften a disruption.

    Attributes:
        name: identifier.
        kind: one of :data:`KINDS`.
        cost: paid once; None = unknown.
        annual_cost: paid every year once it is in place; None = unknown.
        changes: limits that it opens.
        lead_time: periods from the decision, in the first period, to its first use.
        whole: whether it is taken as a whole or not at all.
        source: facts behind it, or ``assumed``.
        title: name for people.
    """

    name: str
    kind: str
    cost: float | None
    annual_cost: float | None
    changes: tuple[Change, ...]
    lead_time: int = 0
    whole: bool = True
    source: str = "assumed"
    title: str = ""

    @property
    def priced(self) -> bool:
        """Whether it is known what it costs."""
        return self.cost is not None and self.annual_cost is not None


def measures(network: Network) -> tuple[Measure, ...]:
    """Measures that a case states, in file order."""
    changes: dict[str, list[Change]] = {}
    for row in network["measure_changes"].iter_rows(named=True):
        factor = 1.0 if row["factor"] is None else row["factor"]
        source = row["facts"] or "assumed"
        own = Change(row["table"], row["of"], row["column"], row["period"], factor, row["value"], source)
        changes.setdefault(row["measure"], []).append(own)
    return tuple(
        Measure(
            row["measure"],
            row["kind"],
            row["cost"],
            row["annual_cost"],
            tuple(changes.get(row["measure"], ())),
            row["lead_time"],
            row["whole"] == "yes",
            row["facts"] or "assumed",
            row["name"] or row["measure"],
        )
        for row in network["measures"].iter_rows(named=True)
    )


@dataclass(frozen=True)
class Relief:
    """One scenario with and without measures, present money.

    Attributes:
        scenario, weight: of the case.
        before, after: cost without measures, and with them, what is paid for them included.
        payback: first period by whose end what is saved has paid for the measures; None where it never does, or nothing was taken.
        by_period: present cost of each period, without what is paid for the measures; what is built counts in the period in which
            it comes into use.
    """

    scenario: str
    weight: float
    before: float
    after: float
    payback: str | None
    by_period: tuple[float, ...]


@dataclass(frozen=True)
class Fix:
    """The plan with the measures of some kinds allowed.

    Attributes:
        kinds: which may be taken; none in the plan as it stands.
        status: of the solve.
        taken: share taken of each measure that is.
        amount: of each measure that is taken the most used of what it opened, over scenarios and periods, in the unit of that.
        paid: what is paid for the measures themselves, present money.
        cost: that, and what is built and held through them (expected), present money.
        objective: mean-risk cost, what is paid for the measures included.
        expected, cvar: expected cost and conditional value at risk, likewise.
        saves: objective without measures less this one: what the fix is worth on balance.
        unserved: expected unserved demand by item, natural units over all periods.
        spared: expected unserved demand that the fix avoids, by item.
        reliefs: each scenario.
    """

    kinds: tuple[str, ...]
    status: Status
    taken: Mapping[str, float]
    amount: Mapping[str, float]
    paid: float
    cost: float
    objective: float
    expected: float
    cvar: float
    saves: float
    unserved: Mapping[str, float]
    spared: Mapping[str, float]
    reliefs: tuple[Relief, ...]


@dataclass(frozen=True)
class Fixes:
    """What softens a set of scenarios, kind by kind.

    Attributes:
        none: the plan as it stands.
        alone: with each kind of which there are measures of known cost, in the order of :data:`KINDS`.
        together: with all of them.
        worth_at_most: of measures of unknown cost, what each would save if it cost nothing.
        measures: what there is.
    """

    none: Fix
    alone: tuple[Fix, ...]
    together: Fix
    worth_at_most: Mapping[str, float]
    measures: tuple[Measure, ...]

    @property
    def cheapest(self) -> Fix:
        """The kind with the lowest mean-risk cost; the plan as it stands where no kind pays."""
        return min((self.none, *self.alone), key=lambda fix: fix.objective)

    def table(self) -> pl.DataFrame:
        """One row for each fix: kinds, cost, objective, expected, cvar, saves."""
        every = (self.none, *self.alone, self.together)
        return pl.DataFrame(
            [
                {
                    "kinds": "+".join(fix.kinds) or "none",
                    "measures": "; ".join(fix.taken),
                    "cost": fix.cost,
                    "objective": fix.objective,
                    "expected": fix.expected,
                    "cvar": fix.cvar,
                    "saves": fix.saves,
                }
                for fix in every
            ]
        )


def fixes(
    network: Network,
    among: Sequence[Scenario] | None = None,
    available: Sequence[Measure] | None = None,
    *,
    risk_weight: float = 0.0,
    alpha: float = 0.95,
    stage: FirstStage | None = None,
    options: Options | None = None,
) -> Fixes:
    """Price the measures of a case against its scenarios, or others given.

    Args:
        network: as it stands.
        among: scenarios (the exposure); None = those of the case.
        available: measures; None = those of the case.
        risk_weight, alpha: λ and the level of the conditional value at risk.
        stage: what is decided first; scenarios show as they come unless it says otherwise.
        options: how to solve.

    Raises:
        NotStated: there are no scenarios or measures, or a measure does something else than open limits.
        BadChange: a change cannot be made.
        RuntimeError: the solver came to no answer.
    """
    check_risk(risk_weight, alpha)
    stated = tuple(measures(network) if available is None else available)
    if not stated:
        raise NotStated("there are no measures; state them in measures.csv and measure_changes.csv")
    asked = _Asked(
        network,
        tuple(scenarios(network) if among is None else among),
        stage or FirstStage.of(network, AS_IT_COMES),
        risk_weight,
        alpha,
        replace(options or Options(), progress=None),
    )
    priced = tuple(one for one in stated if one.priced)
    none = asked.fix((), (), None)
    alone = tuple(
        asked.fix((kind,), own, none) for kind in KINDS if (own := tuple(one for one in priced if one.kind == kind))
    )
    kinds = tuple(kind for kind in KINDS if any(one.kind == kind for one in priced))
    together = alone[0] if len(alone) == 1 else asked.fix(kinds, priced, none)
    free = {
        one.name: asked.fix((one.kind,), (replace(one, cost=0.0, annual_cost=0.0),), none).saves
        for one in stated
        if not one.priced
    }
    return Fixes(none, alone, together, free, stated)


@dataclass(frozen=True)
class _Asked:
    """One question about measures."""

    network: Network
    scenarios: tuple[Scenario, ...]
    stage: FirstStage
    risk_weight: float
    alpha: float
    options: Options

    def fix(self, kinds: tuple[str, ...], chosen: tuple[Measure, ...], none: Fix | None) -> Fix:
        """The plan with some measures allowed."""
        closed = branches(self.network, self.scenarios, self.stage)
        opened, switches = self._opened(closed, chosen)
        size = float(solve(closed[0].model, self.options).objective)
        joint = join(opened, self.risk_weight, self.alpha, size if np.isfinite(size) else 1.0, switches)
        status, values, _, _ = solve_joint(joint, self.options)
        if status not in ("optimal", "feasible"):
            raise RuntimeError(f"with {' and '.join(kinds) or 'no'} measures the plan is {status}")
        shares = values[joint.switches]
        shares = np.where(shares < _NONE, 0.0, np.where(shares > 1.0 - _NONE, 1.0, shares))
        plans, models = [], []
        for s, one in enumerate(opened):
            model = _at(one.model, [(switch.columns[s], switch.rows[s]) for switch in switches], shares)
            plans.append(ScenarioSolver(model, self.options).under(one.trunk, joint.values(s, values)))
            models.append(model)
        if any(not plan.found for plan in plans):
            raise RuntimeError("a scenario has no plan once the measures are taken")
        paid = float(sum(switch.cost * share for switch, share in zip(switches, shares, strict=True)))
        return self._said(kinds, status, chosen, switches, shares, paid, models, plans, none)

    def _opened(
        self, closed: Sequence[Branch], chosen: Sequence[Measure]
    ) -> tuple[tuple[Branch, ...], tuple[Switch, ...]]:
        """The scenarios with everything open, and what each measure opens in each of them."""
        if not chosen:
            return tuple(closed), ()
        base = compile_network(self.network)
        opened: list[Branch] = []
        parts: list[list[tuple[tuple[Ints, Floats], tuple[Ints, Floats]]]] = [[] for _ in chosen]
        for one, scenario in zip(closed, self.scenarios, strict=True):
            upper, high = one.model.upper.copy(), one.model.row_upper.copy()
            seen: set[tuple[str, int]] = set()
            for m, measure in enumerate(chosen):
                net = apply(apply(self.network, measure.changes), scenario.changes)
                model = compile_network(net, like=base)
                columns, rows = _raised(measure, one.model, model)
                touched = {("column", int(c)) for c in columns} | {("row", int(r)) for r in rows}
                if touched & seen:
                    raise NotStated(
                        f"measure {measure.name} opens what another measure opens; give each a row of its own"
                    )
                seen |= touched
                more = model.upper[columns] - one.model.upper[columns]
                most = model.row_upper[rows] - one.model.row_upper[rows]
                upper[columns], high[rows] = model.upper[columns], model.row_upper[rows]
                limited, bound = np.isfinite(more), np.isfinite(most)
                if self._price(measure) > 0 and not (limited.all() and bound.all()):
                    raise NotStated(f"measure {measure.name} opens something without a limit; give it a size")
                parts[m].append(((columns[limited], more[limited]), (rows[bound], most[bound])))
            # Rows that repeat limits as coefficients take those of everything open, which holds whatever is taken.
            everything = apply(self.network, [change for measure in chosen for change in measure.changes])
            matrix = compile_network(apply(everything, scenario.changes), like=base).matrix
            opened.append(replace(one, model=replace(one.model, upper=upper, row_upper=high, matrix=matrix)))
        switches = tuple(
            Switch(
                measure.name,
                self._price(measure),
                measure.whole,
                tuple(columns for columns, _ in own),
                tuple(rows for _, rows in own),
            )
            for measure, own in zip(chosen, parts, strict=True)
        )
        return tuple(opened), switches

    def _price(self, measure: Measure) -> float:
        """What is paid for all of a measure, present money."""
        a = compile_network(self.network).arrays
        yearly = float(a.weight[measure.lead_time :].sum())
        return float(measure.cost or 0.0) + float(measure.annual_cost or 0.0) * yearly

    def _said(
        self,
        kinds: tuple[str, ...],
        status: Status,
        chosen: Sequence[Measure],
        switches: Sequence[Switch],
        shares: Floats,
        paid: float,
        models: Sequence[Model],
        plans: Sequence[Recourse],
        none: Fix | None,
    ) -> Fix:
        weights = np.array([one.weight for one in self.scenarios])
        weights = weights / weights.sum()
        costs = np.array([plan.cost for plan in plans]) + paid
        objective = mean_risk(costs, weights, self.risk_weight, self.alpha)
        short: dict[str, float] = {}
        for model, plan, weight in zip(models, plans, weights.tolist(), strict=True):
            for item, quantity in unserved(model, plan.values).items():
                short[item] = short.get(item, 0.0) + weight * quantity
        missed = short if none is None else none.unserved
        spared = {item: missed[item] - short.get(item, 0.0) for item in missed}
        flows = [_by_period(model, plan) for model, plan in zip(models, plans, strict=True)]
        pairs = list(zip(models, plans, strict=True))
        taken, amounts, held = {}, {}, 0.0
        for one, switch, share in zip(chosen, switches, shares.tolist(), strict=True):
            uses = [
                _use(model, plan, switch.columns[s], switch.rows[s], share) for s, (model, plan) in enumerate(pairs)
            ]
            amount = max(most for most, _ in uses)
            if share > 0 and (amount > 0 or switch.cost > 0):
                taken[one.name], amounts[one.name] = share, amount
                held += float(weights @ np.array([cost for _, cost in uses]))
        before = None if none is None else none.reliefs
        reliefs = tuple(
            Relief(
                one.name,
                float(weights[s]),
                float(costs[s]) if before is None else before[s].before,
                float(costs[s]),
                None if before is None or not taken else _payback(before[s].by_period, flows[s], paid, models[s]),
                tuple(flows[s].tolist()),
            )
            for s, one in enumerate(self.scenarios)
        )
        return Fix(
            kinds=kinds,
            status=status,
            taken=taken,
            amount=amounts,
            paid=paid,
            cost=paid + held,
            objective=objective,
            expected=expectation(costs, weights),
            cvar=conditional_value_at_risk(costs, weights, self.alpha),
            saves=0.0 if none is None else none.objective - objective,
            unserved=short,
            spared={item: quantity for item, quantity in spared.items() if quantity != 0.0},
            reliefs=reliefs,
        )


def _raised(measure: Measure, closed: Model, opened: Model) -> tuple[Ints, Ints]:
    """Columns and rows whose upper limits a measure raises, from its lead time on.

    Raises:
        NotStated: it does something else, or nothing.
    """
    wrong = f"measure {measure.name} may only raise limits"
    if closed.shape != opened.shape:
        raise NotStated(f"{wrong}; with it the plan has other rows or columns")
    lowered = (opened.upper < closed.upper).any() or (opened.row_upper < closed.row_upper).any()
    if lowered or (opened.lower != closed.lower).any() or (opened.row_lower != closed.row_lower).any():
        raise NotStated(f"{wrong}; it lowers one, or changes what is wanted")
    if (opened.cost != closed.cost).any() or opened.offset != closed.offset:
        raise NotStated(f"{wrong}; it changes a cost")
    apart = (opened.matrix - closed.matrix).tocoo()
    forcing = np.zeros(closed.shape[0], dtype=bool)
    for name in _FORCING:
        forcing[closed.constraints[name].span] = True
    if (~forcing[apart.row[apart.data != 0]]).any():
        raise NotStated(f"{wrong}; it changes a coefficient")
    columns = np.flatnonzero(opened.upper > closed.upper)
    rows = np.flatnonzero((opened.row_upper > closed.row_upper) & ~forcing)
    columns = columns[_periods(closed, "variables")[columns] >= measure.lead_time]
    rows = rows[_periods(closed, "constraints")[rows] >= measure.lead_time]
    if not columns.size and not rows.size:
        raise NotStated(f"measure {measure.name} opens nothing; see its rows in measure_changes.csv and its lead time")
    return columns.astype(np.int32), rows.astype(np.int32)


def _periods(model: Model, part: str) -> Ints:
    """Period of each column or row; those without one stand in the last, so that a lead time never closes them."""
    families = model.variables if part == "variables" else model.constraints
    size = model.shape[1] if part == "variables" else model.shape[0]
    when = np.full(size, model.arrays.T - 1, dtype=np.int32)
    for family in families.values():
        if "period" in family.keys:
            when[family.span] = family.keys["period"]
    return when


def _at(model: Model, parts: Sequence[tuple[tuple[Ints, Floats], tuple[Ints, Floats]]], shares: Floats) -> Model:
    """The model with everything open closed again but for the shares taken."""
    upper, high = model.upper.copy(), model.row_upper.copy()
    for ((columns, more), (rows, most)), share in zip(parts, shares.tolist(), strict=True):
        upper[columns] -= (1.0 - share) * more
        high[rows] -= (1.0 - share) * most
    return replace(model, upper=upper, row_upper=high)


def _use(
    model: Model, plan: Recourse, columns: tuple[Ints, Floats], rows: tuple[Ints, Floats], share: float
) -> tuple[float, float]:
    """Of what a measure opened: the most used beyond the closed limit, natural units, and what it costs to build and hold it."""
    values, bought = plan.values, _families(model, ("build", "open_unit", "stock"))
    beyond = np.maximum(values[columns[0]] - (model.upper[columns[0]] - share * columns[1]), 0.0)
    most = float((beyond * model.column_scale[columns[0]]).max(initial=0.0))
    cost = float((model.cost[columns[0]] * beyond)[bought[columns[0]]].sum())
    by_row = model.matrix.tocsr()
    for row, more in zip(rows[0].tolist(), rows[1].tolist(), strict=True):
        span = slice(by_row.indptr[row], by_row.indptr[row + 1])
        own = by_row.indices[span]
        activity = float(by_row.data[span] @ values[own])
        over = max(activity - (float(model.row_upper[row]) - share * more), 0.0)
        if over <= _NONE:
            continue
        most = max(most, over * float(model.row_scale[row]))
        built = own[bought[own]]
        cost += float(model.cost[built] @ values[built]) * min(1.0, over / activity)
    return (most if most > _NONE else 0.0), cost * model.money


def _families(model: Model, names: Sequence[str]) -> Bools:
    """Columns of some families."""
    chosen = np.zeros(model.shape[1], dtype=bool)
    for name in names:
        chosen[model.variables[name].span] = True
    return chosen


def _by_period(model: Model, plan: Recourse) -> Floats:
    """Present cost of each period; what has no period counts in the first."""
    when = np.zeros(model.shape[1], dtype=np.int64)
    for family in model.variables.values():
        if "period" in family.keys:
            when[family.span] = family.keys["period"]
    found: Floats = np.bincount(when, weights=model.cost * plan.values * model.money, minlength=model.arrays.T).astype(
        float
    )
    return found


def _payback(before: Sequence[float], after: Floats, paid: float, model: Model) -> str | None:
    """First period by whose end the savings have paid for the measures."""
    saved = np.array(before) - after
    enough = np.flatnonzero(np.cumsum(saved) >= paid * (1.0 - 1e-9))
    if not enough.size or saved.sum() <= 0:
        return None
    return str(model.arrays.net["periods"]["period"][int(enough[0])])
