"""Time to survive and time to recover period by period: what arrives when, and what is in stock by then.

The static programmes (:mod:`bongsu.stress.survival`) take a disruption as one block of time. Here the same two questions are
asked of a network of short periods, such as the months of a plan (:mod:`bongsu.stress.months`): stocks, lanes with a delay, goods
on the way at the start (offers that cost nothing), and disruptions that begin and end. With x the columns of the plan of that
network (:mod:`bongsu.plan.blocks`) and f_t the share of period t in which all demand is met:

    the rows of the plan, with the balance of each item as "at least": what is left over may be thrown away
    short(d, t) + demand(d, t) · f_t  <=  demand(d, t),        0 <= f_t <= 1
    what is made, bought or moved in t is limited by f_t times its capacity, offer or lane

    time to survive:   the first period T in which f cannot be 1 with f = 1 before it, and the most that f_T can be then;
                       the chain survives the periods before T and f_T of T
    time to recover:   min Σ margin(d) · years(t) · short(d, t) while the loss lasts and after it

so that a share of the last period is a share of its time, with that share of what can be done in it (what arrives in it counts
whole). For the time to recover all f_t are one and what is short is open.

Costs, contracts and share rules do not bind, and nothing is built. Where lanes take no time both forms agree; otherwise the static
one is longer, because it lets stock and goods far away bridge any gap whatever the order of steps.

T is found from below: of the best ways to spread service over some periods, early ones weighing more, one has no shortage before
some period; from there on each further period is one programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
import polars as pl
from scipy import sparse

from bongsu.chain.change import BadChange, Change, Event, Scenario
from bongsu.chain.network import Network
from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Family, Model, compile_network
from bongsu.plan.patch import NeedsRebuild, Patch, patch
from bongsu.plan.programme import Linear, hand_over
from bongsu.stress.supply_chain import Kind
from bongsu.stress.survival import Recovered, Survived

#: Of a solver unit: less is rounding.
_ZERO = 1e-7
#: Models with more columns are solved by an interior point.
_SMALL = 3_000
#: Periods that survival is asked for first.
_FEW = 3
#: Shares of service closer to one than this are whole: the solver rounds there.
_WHOLE = 1e-6
_INF = highspy.kHighsInf


@dataclass(frozen=True)
class Stoppage:
    """What happens, as changes of the network, and for how long.

    Attributes:
        name: of what is lost, or of the event.
        kind: what that is.
        changes: while it lasts; those that name periods hold in these.
        recovery: years until it is over, from the first period on; None = it lasts to the end.
    """

    name: str
    kind: Kind
    changes: tuple[Change, ...]
    recovery: float | None = None


#: How offers are named that stand for goods on the way at the start; they are not lost with their place.
TRANSIT = "in-transit:"


def losing(network: Network, kind: Kind, name: str, recovery: float | None = None) -> Stoppage:
    """Everything of that name lost: a plant, an offer, a lane, a place or country with its plants and offers.

    Goods on the way still arrive.

    Raises:
        KeyError: the network has nothing of that kind and name.
    """
    places = _places(network, kind, name)
    of: dict[str, list[str]] = {"plants": [], "supplies": [], "lanes": []}
    if kind in ("place", "country"):
        for table in ("plants", "supplies"):
            own = network[table]
            here = own.filter(own["place"].is_in(list(places)))
            of[table] = list(dict.fromkeys(here[here.columns[0]].to_list()))
    elif kind == "corridor":
        of["lanes"] = network["corridor_lanes"].filter(network["corridor_lanes"]["corridor"] == name)["lane"].to_list()
    else:
        table = {"plant": "plants", "supply": "supplies", "lane": "lanes"}[kind]
        if name in network[table][network[table].columns[0]]:
            of[table] = [name]
    changes = [Change("availability", plant, "share", value=0.0) for plant in of["plants"]]
    changes += [
        Change("supplies", supply, "quantity", value=0.0) for supply in of["supplies"] if not supply.startswith(TRANSIT)
    ]
    changes += [Change("lanes", lane, "capacity", value=0.0) for lane in of["lanes"]]
    if not changes:
        raise KeyError(f"the network has no {kind} {name!r} that could be lost")
    return Stoppage(name, kind, tuple(changes), recovery)


def happening(event: Event | Scenario) -> Stoppage:
    """An event or a scenario as a stoppage; a scenario says in its changes when it is over."""
    return Stoppage(event.name, "event", event.changes, getattr(event, "recovery", None))


def _places(network: Network, kind: Kind, name: str) -> set[str]:
    table = network["places"]
    if kind == "place":
        return {name}
    if kind == "country":
        return set(table.filter(table["country"] == name)["place"])
    return set()


def during(network: Network, stoppage: Stoppage) -> list[Change]:
    """The changes of a stoppage period by period, as long as it lasts.

    What lasts for a part of a period holds in it in that proportion: a capacity of zero for a quarter of a month leaves three
    quarters of it. What has no limit to take a part of (a lane, an offer of any size) stays lost to the end of that period.
    """
    if stoppage.recovery is None:
        return list(stoppage.changes)
    found = []
    left = stoppage.recovery
    for name, years in network["periods"].select("period", "years").iter_rows():
        if left <= 0:
            break
        part = min(1.0, left / years)
        found += [
            _in_part(network, replace(change, period=name), part)
            for change in stoppage.changes
            if change.period in (None, name)
        ]
        left -= years
    return found


def _in_part(network: Network, change: Change, part: float) -> Change:
    """A change that holds for a part of its period."""
    factor = change.factor if change.value is None else 0.0
    if part == 1.0 or change.value not in (None, 0.0) or change.column not in _RATES:
        return change
    if change.table != "availability":
        table = network[change.table]
        own = table.filter(pl.col(table.columns[0]) == change.of)
        if own.is_empty() or own[change.column].null_count():
            return change
    return replace(change, factor=1.0 - part * (1.0 - factor), value=None)


#: Figures that hold over time, so that losing them for a part of a period loses that part.
_RATES = ("share", "capacity", "quantity")


def end(network: Network, high: bool) -> Network:
    """The network with what is unknown at one end of its range: stocks, and what offers of unknown size give.

    Costs do not bind, so corridors are open for nothing: what they carry is all that limits.
    """
    supplies, stocks = network["supplies"], network["stocks"]
    corridors = network["corridors"].with_columns(fixed_cost=pl.lit(0.0))
    if high:
        stocks = stocks.with_columns(initial=pl.coalesce("initial_high", "initial"))
    else:
        supplies = supplies.with_columns(quantity=pl.coalesce("quantity_low", "quantity"))
    tables = {**network.tables, "supplies": supplies, "stocks": stocks, "corridors": corridors}
    return Network(tables, network.settings, network.notes)


def truncated(network: Network, periods: int) -> Network:
    """The first so many periods of a network."""
    kept = network["periods"].head(periods)
    names = kept["period"].to_list()
    tables = {
        name: table.filter(pl.col("period").is_null() | pl.col("period").is_in(names))
        if "period" in table.columns and name != "periods"
        else table
        for name, table in network.tables.items()
    }
    return Network(tables | {"periods": kept}, network.settings, network.notes)


class Unreachable(ValueError):
    """What is held whole, or may not stop, cannot be."""


class OverTime:
    """Both programmes of a network of short periods.

    What is unknown is at its low end, or with ``high`` at its high end. A stoppage that leaves the best way to run without any as
    it is is not solved. The others are asked on a few periods first, and on twice as many while they survive all of them: what
    comes later cannot shorten survival.

    Attributes:
        network: at that end of what is unknown.
        horizon: years that it spans; what survives them all is reported as surviving for ever.
    """

    def __init__(self, network: Network, high: bool = False, threads: int = 1) -> None:
        self.network = end(network, high)
        self.horizon = float(self.network["periods"]["years"].sum())
        self._threads = threads
        self._stages: dict[int, Stage] = {}
        self._served: _Answer | None = None

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.network["periods"].height

    @property
    def solved(self) -> int:
        """Programmes solved so far."""
        return sum(stage.solved for stage in self._stages.values())

    @property
    def demands(self) -> list[str]:
        """Names of the demands, as in the answers of :meth:`recover`."""
        return list(dict.fromkeys(self.network["demands"]["demand"].to_list()))

    def survive(self, stoppages: Sequence[Stoppage]) -> list[Survived]:
        """Years for which all demand is met while each lasts; infinite where that is the whole horizon."""
        whole = self._stage(self.periods)
        if self._served is None:
            whole.ask_for_service()
            self._served = whole.solve()
        best = self._served
        served = _first_short(whole.shares(best)) == self.periods
        found = []
        for one in stoppages:
            lasting = replace(one, recovery=None)
            if served and whole.spared(whole.change(lasting), best):
                found.append(Survived(np.inf, None))
            else:
                found.append(self._survived(lasting))
        return found

    def without_loss(self) -> Survived:
        """Years for which all demand is met if nothing happens."""
        return self.survive([Stoppage("", "event", ())])[0]

    def recover(self, stoppages: Sequence[Stoppage]) -> list[Recovered]:
        """What is lost over the whole horizon because of each stoppage that ends.

        ``cost`` is what is lost beyond what would be lost without it; ``lost`` are the units of each of :attr:`demands` that are
        not served with it.

        Raises:
            ValueError: a stoppage has no recovery.
        """
        stage = self._stage(self.periods)
        stage.ask_for_losses()
        whole = stage.solve()
        before = stage.lost(whole)
        found = []
        for one in stoppages:
            if one.recovery is None or one.recovery <= 0:
                raise ValueError(f"{one.name} has no time to recover; give it one above zero")
            change = stage.change(one)
            answer = whole if stage.spared(change, whole) else stage.solve(change)
            after = stage.lost(answer)
            cost = float(stage.margin @ (after - before))
            lost = np.zeros(len(self.demands))
            np.add.at(lost, stage.numbers, after)
            found.append(Recovered(one.recovery, max(0.0, cost), lost))
        return found

    def _stage(self, periods: int) -> Stage:
        if periods not in self._stages:
            self._stages[periods] = Stage(truncated(self.network, periods), self._threads)
        return self._stages[periods]

    def _survived(self, stoppage: Stoppage) -> Survived:
        first, span = 0, _FEW
        while True:
            span = min(span, self.periods)
            stage = self._stage(span)
            stage.ask_for_service()
            shares = stage.shares(stage.solve(stage.change(stoppage)))
            first = _first_short(shares)
            if first < span:
                break
            if span == self.periods:
                return Survived(np.inf, None)
            span *= 2
        # All before it can be whole. Is it short in every case? Only these periods count, and only the last is asked about.
        while first < self.periods:
            stage = self._stage(first + 1)
            stage.ask_for_service(only=first)
            try:
                answer = stage.solve(stage.change(stoppage))
            except Unreachable:
                # What counted as whole was so within rounding only.
                stage.ask_for_service(only=first, slack=2 * _WHOLE)
                answer = stage.solve(stage.change(stoppage))
            share = min(max(float(stage.shares(answer)[first]), 0.0), 1.0)
            if share < 1 - _WHOLE:
                years = stage.years
                return Survived(float(years[:first].sum() + share * years[first]), stage.scarce(answer, first))
            first += 1
        return Survived(np.inf, None)


class Stage:
    """The programmes of the periods of a network on one HiGHS model.

    Each solve starts from nothing, so that no answer depends on what was asked before.
    """

    def __init__(self, network: Network, threads: int) -> None:
        self.model = compile_network(network)
        self.network = network
        a = self.model.arrays
        self.years, self.solved = a.years, 0
        self._short = self.model.variables["short"]
        self._highs, self._limited = _load(self.model, threads)
        lp = self._highs.getLp()
        self._lower, self._upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
        self._row_lower, self._row_upper = np.array(lp.row_lower_), np.array(lp.row_upper_)
        self._share = self.model.shape[1] + np.arange(a.T, dtype=np.int32)
        margin = np.where(np.isnan(a.demand_penalty), 1.0, a.demand_penalty)
        self.margin = np.asarray(margin[a.demand.row])

    def ask_for_service(self, only: int | None = None, slack: float = 0.0) -> None:
        """Reward service: in all periods, early ones more, or in one alone with all before it held whole but for some slack."""
        T = self.years.size
        self._costs(np.zeros(len(self._short)))
        self._serve(True)
        cost, lower = -np.arange(T, 0, -1, dtype=float), np.zeros(T)
        if only is not None:
            cost[:] = 0.0
            cost[only], lower[:only] = -1.0, 1.0 - slack
        self._highs.changeColsCost(T, self._share, cost)
        self._highs.changeColsBounds(T, self._share, lower, np.ones(T))

    def ask_for_losses(self) -> None:
        """Price what is short at its margin."""
        self._serve(False)
        scale = self.model.column_scale[self._short.span]
        cost = self.margin * self.years[self.model.arrays.demand.period] * scale
        self._costs(cost / _middle(cost))

    def ask_for_least(self, columns: Ints, cost: Floats, lost: Floats) -> None:
        """Price some columns, with no more lost of each column of ``short`` than is given, in units."""
        short = np.arange(self._short.start, self._short.stop, dtype=np.int32)
        scale = self.model.column_scale[self._short.span] * self.years[self.model.arrays.demand.period]
        # What the solver left short within its tolerance must stay possible.
        most = np.minimum(lost / scale + _ZERO, self._upper[short])
        self._serve(False)
        self._costs(np.zeros(short.size))
        self._highs.changeColsBounds(short.size, short, np.zeros(short.size), most)
        self._highs.changeColsCost(columns.size, columns, cost / _middle(cost))

    def keep(self, mode: str, rate: float) -> None:
        """Hold a mode at no less than a yearly rate of activity in every period.

        Raises:
            KeyError: the network has no such mode.
        """
        a, make = self.model.arrays, self.model.variables["make"]
        names = a.ids("modes")
        if mode not in names:
            raise KeyError(f"the network has no mode {mode!r}")
        columns = make.start + names.index(mode) * a.T + np.arange(a.T, dtype=np.int32)
        self._lower[columns] = rate / self.model.column_scale[columns]
        self._highs.changeColsBounds(columns.size, columns, self._lower[columns], self._upper[columns])

    def shares(self, answer: _Answer) -> Floats:
        """Share of each period in which all demand is met."""
        return answer.values[self._share]

    def lost(self, answer: _Answer) -> Floats:
        """Units of demand that are not served, by column of ``short``."""
        missed = np.maximum(answer.values[self._short.span], 0.0) * self.model.column_scale[self._short.span]
        return np.asarray(missed * self.years[self.model.arrays.demand.period])

    @property
    def numbers(self) -> Ints:
        """Number of the demand of each column of ``short``, in order of first appearance."""
        a = self.model.arrays
        ids = a.net["demands"]["demand"].to_list()
        order = {name: at for at, name in enumerate(dict.fromkeys(ids))}
        return np.array([order[ids[int(row)]] for row in a.demand.row], dtype=np.int32)

    def scarce(self, answer: _Answer, period: int) -> str | None:
        """The demand whose row in a period weighs most."""
        a, rows = self.model.arrays, self.model.shape[0]
        now = np.flatnonzero(a.demand.period == period)
        if not now.size:
            return None
        weight = np.abs(answer.duals[rows + now]) * self._demand[now]
        name = self.network["demands"]["demand"][int(a.demand.row[now[int(np.argmax(weight))]])]
        return str(name) if weight.max() > 0 else None

    @property
    def _demand(self) -> Floats:
        """Demand of each column of ``short``, solver units."""
        a = self.model.arrays
        return np.asarray(a.demand_quantity[a.demand.row] / self.model.column_scale[self._short.span])

    def _costs(self, cost: Floats) -> None:
        columns = np.arange(self._short.start, self._short.stop, dtype=np.int32)
        self._highs.changeColsCost(columns.size, columns, cost)

    def _serve(self, asked: bool) -> None:
        """Ask for service, by the rows that tie what is short to its share; or take all shares as one and leave these rows open."""
        T, count, first = self.years.size, len(self._short), self.model.shape[0]
        rows = np.arange(first, first + count, dtype=np.int32)
        self._highs.changeRowsBounds(
            count, rows, np.full(count, -_INF), self._demand if asked else np.full(count, _INF)
        )
        self._highs.changeColsBounds(T, self._share, np.zeros(T) if asked else np.ones(T), np.ones(T))
        self._highs.changeColsCost(T, self._share, np.zeros(T))

    def change(self, stoppage: Stoppage) -> Patch:
        """A stoppage as new bounds and right-hand sides."""
        changes = during(self.network, stoppage)
        for change in changes:
            if change.table == "demands":
                raise BadChange(f"{stoppage.name}: survival is measured by demand, which cannot change; leave it out")
        try:
            return patch(self.model, changes) if changes else Patch()
        except NeedsRebuild:
            raise BadChange(
                f"{stoppage.name}: it limits what has no limit otherwise; give that a capacity, if only one too large to bind"
            ) from None

    def _hold(self, change: Patch) -> None:
        highs, limited, balance = self._highs, self._limited, self.model.constraints["balance"]
        highs.changeColsBounds(change.columns.size, change.columns, change.lower, change.upper)
        for column, upper in zip(change.columns.tolist(), change.upper.tolist(), strict=True):
            if column in limited.columns:
                highs.changeCoeff(limited.columns[column][0], limited.columns[column][1], -upper)
        for row, lower, upper in zip(change.rows.tolist(), change.row_lower, change.row_upper, strict=True):
            if row in limited.rows:
                highs.changeCoeff(row, limited.rows[row], -upper)
            else:
                highs.changeRowBounds(row, lower, _INF if balance.start <= row < balance.stop else upper)

    def _release(self, change: Patch) -> None:
        highs, limited, columns = self._highs, self._limited, change.columns
        highs.changeColsBounds(columns.size, columns, self._lower[columns], self._upper[columns])
        for column in columns.tolist():
            if column in limited.columns:
                highs.changeCoeff(limited.columns[column][0], limited.columns[column][1], -self._upper[column])
        for row in change.rows.tolist():
            if row in limited.rows:
                highs.changeCoeff(row, limited.rows[row], -self.model.row_upper[row])
            else:
                highs.changeRowBounds(row, self._row_lower[row], self._row_upper[row])

    def spared(self, change: Patch, whole: _Answer) -> bool:
        """Whether the best way to run without a stoppage keeps within what the change leaves."""
        values, rows = whole.values[change.columns], change.rows
        limit = np.array([self.model.row_upper[row] if row in self._limited.rows else 0.0 for row in rows.tolist()])
        used = whole.rows[rows] + limit
        return bool(
            (values <= change.upper + _ZERO).all()
            and (values >= change.lower - _ZERO).all()
            and (used <= change.row_upper + _ZERO).all()
            and (used >= change.row_lower - _ZERO).all()
        )

    def solve(self, change: Patch | None = None) -> _Answer:
        """Solve what is asked, with a change that is taken back afterwards."""
        highs = self._highs
        if change is not None:
            self._hold(change)
        self.solved += 1
        highs.clearSolver()
        # Vertices far apart are quicker to reach through the inside.
        method = "ipx" if self.model.shape[1] > _SMALL else "simplex"
        for solver in (method, "simplex"):
            highs.setOptionValue("solver", solver)
            highs.run()
            status = highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                break
            highs.clearSolver()
        if status == highspy.HighsModelStatus.kInfeasible:
            self._taken_back(change)
            raise Unreachable("what may not stop cannot run while this lasts; ask for less, or for stock elsewhere")
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS ended a programme of survival with {highs.modelStatusToString(status)}")
        solution = highs.getSolution()
        answer = _Answer(np.array(solution.col_value), np.array(solution.row_value), np.array(solution.row_dual))
        self._taken_back(change)
        return answer

    def _taken_back(self, change: Patch | None) -> None:
        if change is not None:
            self._release(change)


@dataclass(frozen=True)
class _Answer:
    """Columns, activities of rows and their duals, solver units."""

    values: Floats
    rows: Floats
    duals: Floats


def _first_short(share: Floats) -> int:
    """The first period whose service is not whole; their number where all are."""
    short = np.flatnonzero(share < 1 - _WHOLE)
    return int(short[0]) if short.size else share.size


def _middle(cost: Floats) -> float:
    """A power of two near the middle of what is above zero."""
    some = cost[cost > 0]
    return float(np.exp2(np.round(np.log2(np.median(some))))) if some.size else 1.0


@dataclass(frozen=True)
class _Limited:
    """Where a share of service scales a limit: column of the share by row, and row and column of the share by limited column."""

    rows: Mapping[int, int]
    columns: Mapping[int, tuple[int, int]]


def _load(model: Model, threads: int) -> tuple[highspy.Highs, _Limited]:
    """The rows and columns of the module's text; costs of ``short`` and of the shares of service are set by what is asked."""
    a = model.arrays
    rows, columns = model.shape
    short, T = model.variables["short"], a.T
    demand = a.demand_quantity[a.demand.row] / model.column_scale[short.span]
    lower, upper = model.lower.copy(), model.upper.copy()
    upper[short.span] = demand
    for name in ("shortfall", "waiver", "stock_gap", "assign"):
        if name in model.variables:
            upper[model.variables[name].span] = np.inf
    for name in ("build", "open_unit", "retire"):
        if name in model.variables:
            upper[model.variables[name].span] = 0.0
    row_lower, row_upper = model.row_lower.copy(), model.row_upper.copy()
    row_upper[model.constraints["balance"].span] = np.inf
    for name in ("contract", "dump_own"):
        if name in model.constraints:
            row_lower[model.constraints[name].span], row_upper[model.constraints[name].span] = -np.inf, np.inf
    capped, when = _finite(model.constraints, ("capacity", "corridor"), row_upper)
    bounded, then = _finite(model.variables, ("ship", "buy"), upper)
    each = np.arange(bounded.size)
    scaled = sparse.csc_array((-row_upper[capped], (capped, when)), shape=(rows, T))
    row_upper[capped] = 0.0
    mine = np.arange(len(short))
    missed = sparse.csc_array((np.ones(mine.size), (mine, short.start + mine)), shape=(mine.size, columns))
    shared = sparse.csc_array((demand, (mine, a.demand.period)), shape=(mine.size, T))
    limit = sparse.csc_array((np.ones(each.size), (each, bounded)), shape=(each.size, columns))
    by_share = sparse.csc_array((-upper[bounded], (each, then)), shape=(each.size, T))
    matrix = sparse.csc_array(sparse.block_array([[model.matrix, scaled], [missed, shared], [limit, by_share]]))
    added = rows + mine.size
    highs = highspy.Highs()
    highs.silent()
    # Devex needs no weights worked out anew for each stoppage; see bongsu.stress.survival.
    for option, value in {"threads": threads, "simplex_dual_edge_weight_strategy": 1}.items():
        highs.setOptionValue(option, value)
    hand_over(
        highs,
        Linear(
            matrix=matrix,
            cost=np.zeros(columns + T),
            lower=np.concatenate([lower, np.zeros(T)]),
            upper=np.concatenate([upper, np.ones(T)]),
            row_lower=np.concatenate([row_lower, np.full(mine.size + each.size, -_INF)]),
            row_upper=np.concatenate([row_upper, demand, np.zeros(each.size)]),
        ),
    )
    return highs, _Limited(
        dict(zip(capped.tolist(), (columns + when).tolist(), strict=True)),
        {
            column: (added + at, columns + t)
            for at, (column, t) in enumerate(zip(bounded.tolist(), then.tolist(), strict=True))
        },
    )


def _finite(families: Mapping[str, Family], names: Sequence[str], limit: Floats) -> tuple[Ints, Ints]:
    """Members of some families that have a limit, and their periods."""
    positions = np.concatenate(
        [np.arange(families[name].start, families[name].stop) for name in names if name in families]
    )
    periods = np.concatenate([families[name].keys["period"] for name in names if name in families])
    real = np.isfinite(limit[positions])
    return positions[real].astype(np.int32), periods[real].astype(np.int32)
