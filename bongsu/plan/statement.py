"""The same plan stated a second time, from the tables of the network, with linopy: written to be read and to be extended.

Nothing here is shared with :mod:`bongsu.plan.arrays` or :mod:`bongsu.plan.blocks`, so the two statements check each other. It is
also the door to other solvers and to constraints of one's own, by the names that the model page uses:

    >>> model = to_linopy(Network.read("examples/cases/two-plants"))
    >>> made = model.variables["make"].sum("period")
    >>> model.add_constraints(made.sel(mode="east") >= 10, name="keep_the_east_running")
    >>> model.solve("highs")

Variables lie over the identifiers of the network: ``make(mode, period)``, ``ship(lane, period)``, ``buy(supply, period)``,
``stock(stock, period)``, ``dump(disposal, period)``, ``build(option, period)``, ``open_unit(option, period)``,
``retire(plant, period)``, ``open_corridor(corridor)``, ``assign(choice, period)`` with a choice ``demand:lane``,
``short(demand, period)``, ``shortfall(contract, period)``, ``waiver(share, period)`` and ``stock_gap(stock)``. What does not exist
in a period (an offer that does not stand, a build before its lead time) has an upper bound of zero; so have the elastic
variables of what is hard. Units are those of the network; nothing is scaled.

Left out are the two families that only tighten the relaxation and follow from the others in whole numbers, ``corridor_forcing``
and ``open_forcing``. A family with two kinds of rows has the second under a name of its own: ``build_size_min``,
``contract_max``, ``single_source_lane``. linopy takes no constant in the objective, so the fixed cost of standing capacity is
carried by the variable ``standing``, which is always one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.chain.network import Network

if TYPE_CHECKING:
    import linopy
    import pandas as pd
    import xarray as xr


def to_linopy(network: Network) -> linopy.Model:
    """The plan of a network as a linopy model, with its objective in present money.

    Raises:
        ImportError: linopy is not installed.
        ValueError: an option opened in whole units has no largest size, or a corridor with a fixed cost has no capacity and none
            follows from demand: without them the plan is not a linear one.
    """
    try:
        import linopy
    except ImportError as error:
        raise ImportError("to_linopy needs linopy, which is optional: pip install 'bongsu[linopy]'") from error
    case = _Case(network)
    model = linopy.Model()
    cost = _standing(model, case)
    for state in (
        _make,
        _ship,
        _buy,
        _stock,
        _dump,
        _build,
        _open_unit,
        _retire,
        _open_corridor,
        _assign,
        _short,
        _shortfall,
        _waiver,
        _stock_gap,
    ):
        part = state(model, case)
        if part is not None:
            cost = cost + part.sum()
    for keep in (
        _balance,
        _capacity,
        _retire_order,
        _build_size,
        _build_total,
        _build_count,
        _corridor,
        _single_source,
        _contract,
        _share,
        _stock_final,
    ):
        keep(model, case)
    model.add_objective(cost, sense="min")
    return model


@dataclass(frozen=True)
class _Case:
    """The tables of a network as pandas frames, and grids over (entity, period) as xarray arrays."""

    network: Network

    def table(self, name: str) -> pd.DataFrame:
        """A table, blank numbers as not-a-number."""
        import pandas as pd

        rows = self.network[name]
        return pd.DataFrame({column: rows[column].to_numpy() for column in rows.columns})

    def has(self, name: str) -> bool:
        return self.network[name].height > 0

    @cached_property
    def periods(self) -> pd.Index:
        import pandas as pd

        return pd.Index(self.network["periods"]["period"].to_list(), name="period")

    def along(self, values: Any, dim: str, labels: Any) -> xr.DataArray:
        """One number per label of one dimension."""
        import xarray as xr

        return xr.DataArray(np.asarray(values, dtype=float), coords={dim: list(labels)}, dims=[dim])

    @cached_property
    def years(self) -> xr.DataArray:
        """Length of each period."""
        return self.along(self.table("periods")["years"], "period", self.periods)

    @cached_property
    def discount(self) -> xr.DataArray:
        """d(t): what one unit of money in a period is worth in the first one."""
        year = self.table("periods")["year"].to_numpy(dtype=float)
        if np.isnan(year).any():
            years = self.years.to_numpy()
            year = np.array([years[:t].sum() for t in range(years.size)])
        worth = [(1 + self.network.settings.discount_rate) ** (year[0] - y) for y in year]
        return self.along(worth, "period", self.periods)

    @cached_property
    def weight(self) -> xr.DataArray:
        """w(t): what one unit of money per year in a period is worth in the first one."""
        return self.discount * self.years

    def column(self, name: str, column: str, blank: float = 0.0) -> xr.DataArray:
        """A column of a table whose first column is its whole key, shape (entity)."""
        rows = self.table(name)
        dim = str(rows.columns[0])
        return self.along(rows[column].to_numpy(dtype=float), dim, rows[dim]).fillna(blank)

    def every(self, values: xr.DataArray) -> xr.DataArray:
        """The same in every period: shape (entity) to (entity, period)."""
        return values.expand_dims(period=list(self.periods), axis=-1)

    def standing_rows(self, name: str, key: list[str]) -> pd.DataFrame:
        """Rows with a period spelled out: a row without one stands for every period that has no row of its own."""
        import pandas as pd

        rows = self.table(name)
        blank = rows["period"].isna()
        own = rows[~blank]
        spelled = rows[blank].drop(columns="period").merge(pd.DataFrame({"period": list(self.periods)}), how="cross")
        taken = pd.MultiIndex.from_frame(own[[*key, "period"]])
        spelled = spelled[~pd.MultiIndex.from_frame(spelled[[*key, "period"]]).isin(taken)]
        return pd.concat([own, spelled], ignore_index=True) if len(own) else spelled.reset_index(drop=True)

    def grid(self, name: str, column: str, blank: float, absent: float) -> xr.DataArray:
        """A column of a table keyed by (entity, period), shape (entity, period).

        ``blank`` is put where the cell is blank, ``absent`` where no row stands.
        """
        rows = self.table(name)
        dim = str(rows.columns[0])
        labels = list(dict.fromkeys(rows[dim]))
        grid = self.every(self.along(np.full(len(labels), absent), dim, labels)).copy()
        for row in self.standing_rows(name, [dim]).to_dict("records"):
            value = float(row[column])
            grid.loc[{dim: row[dim], "period": row["period"]}] = blank if np.isnan(value) else value
        return grid

    def stands(self, name: str) -> xr.DataArray:
        """Whether a row stands, shape (entity, period)."""
        rows = self.standing_rows(name, [self.network[name].columns[0]])
        dim = str(rows.columns[0])
        labels = list(dict.fromkeys(self.table(name)[dim]))
        grid = self.every(self.along(np.zeros(len(labels)), dim, labels)).copy()
        for entity, period in zip(rows[dim], rows["period"], strict=True):
            grid.loc[{dim: entity, "period": period}] = 1.0
        return grid > 0

    def where(self, name: str) -> dict[str, str]:
        """``place:item`` of each supply, demand or store."""
        rows = self.table(name)
        found: dict[str, str] = {}
        for key, place, item in zip(rows[rows.columns[0]], rows["place"], rows["item"], strict=True):
            if found.setdefault(key, f"{place}:{item}") != f"{place}:{item}":
                raise ValueError(f"{key} in {name} is at {found[key]} and at {place}:{item}; give each its own identifier")
        return found

    @cached_property
    def disposals(self) -> list[str]:
        rows = self.table("disposals")
        return [f"{place}:{item}" for place, item in zip(rows["place"], rows["item"], strict=True)]

    @cached_property
    def plant_capacity(self) -> xr.DataArray:
        """Own capacity, shape (plant, period): zero without a row, infinite where blank."""
        plants = list(self.network["plants"]["plant"])
        full = self.every(self.along(np.zeros(len(plants)), "plant", plants))
        if not self.has("capacity"):
            return full
        given = self.grid("capacity", "capacity", blank=np.inf, absent=0.0)
        return given.reindex(plant=plants, fill_value=0.0)

    @cached_property
    def retiring(self) -> list[str]:
        """Plants that may retire, and whose capacity is limited in all periods and above zero in one."""
        capacity = self.plant_capacity
        own = np.isfinite(capacity).all("period") & (capacity > 0).any("period")
        rows = self.table("plants")
        return [plant for plant, may in zip(rows["plant"], rows["retirable"], strict=True) if may == "yes" and own.sel(plant=plant)]

    @cached_property
    def first_use(self) -> dict[str, int]:
        """Earliest period of first use of each option, by position."""
        rows = self.table("options")
        position = {period: at for at, period in enumerate(self.periods)}
        lead = rows["lead_time"].fillna(0).astype(int)
        return {
            option: max(wait, position.get(first, 0))
            for option, wait, first in zip(rows["option"], lead, rows["first_period"], strict=True)
        }

    @cached_property
    def standing_build(self) -> xr.DataArray:
        """Whether capacity first used in one period stands in another, shape (option, first, period)."""
        import xarray as xr

        life = self.column("options", "life", blank=len(self.periods))
        at = np.arange(len(self.periods))
        age = xr.DataArray(at[None, :] - at[:, None], coords={"first": list(self.periods), "period": list(self.periods)})
        return ((age >= 0) & (age < life)).astype(float)

    @cached_property
    def can_build(self) -> xr.DataArray:
        """Whether an option can be in use by a period, shape (option, period)."""
        import xarray as xr

        at = xr.DataArray(np.arange(len(self.periods)), coords={"period": list(self.periods)})
        return at >= self.along(list(self.first_use.values()), "option", self.first_use)

    @cached_property
    def whole_options(self) -> list[str]:
        rows = self.table("options")
        return list(rows["option"][rows["integer"] == "yes"])

    @cached_property
    def option_size(self) -> xr.DataArray:
        """Largest size of one unit, shape (option): the largest total where only that is given."""
        size = self.column("options", "max_size", np.inf)
        size = size.where(np.isfinite(size), self.column("options", "max_total", np.inf))
        for option in self.whole_options:
            if not np.isfinite(size.sel(option=option)):
                raise ValueError(f"option {option} is opened in whole units and has no largest size: give max_size")
        return size

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """Pairs (single-sourced demand, lane that brings its item to its place)."""
        demands, lanes = self.table("demands"), self.table("lanes")
        single = demands[demands["single_source"] == "yes"].drop_duplicates("demand")
        pairs = single.merge(lanes, left_on=["place", "item"], right_on=["to", "item"])
        return list(zip(pairs["demand"], pairs["lane"], strict=True))


# Variables: each function adds one family and says what it costs -----------------------------------------------------


def _standing(model: linopy.Model, case: _Case) -> Any:
    """Fixed cost of standing capacity: Σ_p,t w(t) · fixed cost(p) · capacity(p, t)."""
    one = model.add_variables(lower=1, upper=1, name="standing")
    if not case.has("plants"):
        return 0 * one
    own = case.plant_capacity.where(np.isfinite(case.plant_capacity), 0.0)
    return float((case.column("plants", "fixed_cost") * own * case.weight).sum()) * one


def _make(model: linopy.Model, case: _Case) -> Any:
    """make(m, t) >= 0, cost w(t) · cost(m, t)."""
    if not case.has("modes"):
        return None
    cost = case.every(case.column("modes", "cost")).copy()
    for row in case.table("mode_periods").to_dict("records"):
        cost.loc[{"mode": row["mode"], "period": row["period"]}] = row["cost"]
    make = model.add_variables(lower=0, coords=cost.coords, name="make")
    return make * (cost * case.weight)


def _ship(model: linopy.Model, case: _Case) -> Any:
    """0 <= ship(l, t) <= capacity(l, t), cost w(t) · cost(l, t)."""
    if not case.has("lanes"):
        return None
    cost = case.every(case.column("lanes", "cost")).copy()
    most = case.every(case.column("lanes", "capacity", np.inf)).copy()
    for row in case.table("lane_periods").to_dict("records"):
        at = {"lane": row["lane"], "period": row["period"]}
        if not np.isnan(row["cost"]):
            cost.loc[at] = row["cost"]
        if not np.isnan(row["capacity"]):
            most.loc[at] = row["capacity"]
    ship = model.add_variables(lower=0, upper=most, name="ship")
    return ship * (cost * case.weight)


def _buy(model: linopy.Model, case: _Case) -> Any:
    """0 <= buy(s, t) <= quantity(s, t), cost w(t) · price(s, t)."""
    if not case.has("supplies"):
        return None
    most = case.grid("supplies", "quantity", blank=np.inf, absent=0.0)
    buy = model.add_variables(lower=0, upper=most, name="buy")
    return buy * (case.grid("supplies", "price", blank=0.0, absent=0.0) * case.weight)


def _stock(model: linopy.Model, case: _Case) -> Any:
    """0 <= stock(k, t) <= capacity(k), cost w(t) · holding cost(k)."""
    if not case.has("stocks"):
        return None
    stock = model.add_variables(lower=0, upper=case.every(case.column("stocks", "capacity", np.inf)), name="stock")
    return stock * (case.column("stocks", "holding_cost") * case.weight)


def _dump(model: linopy.Model, case: _Case) -> Any:
    """dump(k, t) >= 0, cost w(t) · cost(k)."""
    if not case.has("disposals"):
        return None
    cost = case.along(case.table("disposals")["cost"], "disposal", case.disposals)
    dump = model.add_variables(lower=0, coords=case.every(cost).coords, name="dump")
    return dump * (cost * case.weight)


def _build(model: linopy.Model, case: _Case) -> Any:
    """0 <= build(o, t) <= max size(o), cost d(t) · capital(o) + Σ_{τ standing} w(τ) · annual(o)."""
    if not case.has("options"):
        return None
    most = case.column("options", "max_size", np.inf)
    for option in case.whole_options:
        most.loc[{"option": option}] = case.option_size.sel(option=option) * case.column("options", "max_count").sel(option=option)
    upper = case.every(most).where(case.can_build, 0.0)
    build = model.add_variables(lower=0, upper=upper, name="build")
    paid = (case.standing_build * case.weight).sum("period").rename(first="period")
    return build * (case.column("options", "capital_cost") * case.discount + case.column("options", "annual_cost") * paid)


def _open_unit(model: linopy.Model, case: _Case) -> Any:
    """open_unit(o, t) in {0, 1, ..., max count(o)}, cost d(t) · fixed cost(o), for options opened in whole units."""
    if not case.whole_options:
        return None
    count = case.every(case.column("options", "max_count")).where(case.can_build, 0.0).sel(option=case.whole_options)
    opened = model.add_variables(lower=0, upper=count, integer=True, name="open_unit")
    return opened * (case.column("options", "fixed_cost").sel(option=case.whole_options) * case.discount)


def _retire(model: linopy.Model, case: _Case) -> Any:
    """0 <= retire(p, t) <= capacity(p, t), cost - w(t) · fixed cost(p)."""
    if not case.retiring:
        return None
    retire = model.add_variables(lower=0, upper=case.plant_capacity.sel(plant=case.retiring), name="retire")
    return retire * (-case.column("plants", "fixed_cost").sel(plant=case.retiring) * case.weight)


def _open_corridor(model: linopy.Model, case: _Case) -> Any:
    """open_corridor(c) in {0, 1}, cost fixed cost(c), for corridors with a fixed cost."""
    fixed = case.column("corridors", "fixed_cost")
    fixed = fixed.isel(corridor=np.flatnonzero(fixed.to_numpy() > 0))
    if not fixed.size:
        return None
    return model.add_variables(coords=fixed.coords, binary=True, name="open_corridor") * fixed


def _assign(model: linopy.Model, case: _Case) -> Any:
    """assign(l, d, t) in {0, 1}, without a cost."""
    if not case.choices:
        return None
    stands = case.stands("demands").sel(demand=[demand for demand, _ in case.choices]).to_numpy()
    upper = case.every(case.along(np.ones(len(case.choices)), "choice", [f"{d}:{lane}" for d, lane in case.choices])) * stands
    model.add_variables(lower=0, upper=upper, integer=True, name="assign")
    return None


def _short(model: linopy.Model, case: _Case) -> Any:
    """0 <= short(d, t) <= quantity(d, t), cost w(t) · penalty(d); zero where the demand is hard."""
    if not case.has("demands"):
        return None
    penalty = case.grid("demands", "penalty", blank=np.nan, absent=np.nan)
    most = case.grid("demands", "quantity", blank=0.0, absent=0.0).where(penalty.notnull(), 0.0)
    return model.add_variables(lower=0, upper=most, name="short") * (penalty.fillna(0.0) * case.weight)


def _shortfall(model: linopy.Model, case: _Case) -> Any:
    """0 <= shortfall(c, t) <= minimum(c, t), cost w(t) · penalty(c); zero where the contract is hard."""
    if not case.has("contracts"):
        return None
    penalty = case.grid("contracts", "penalty", blank=np.nan, absent=np.nan)
    most = case.grid("contracts", "minimum", blank=0.0, absent=0.0).where(penalty.notnull(), 0.0)
    return model.add_variables(lower=0, upper=most, name="shortfall") * (penalty.fillna(0.0) * case.weight)


def _waiver(model: linopy.Model, case: _Case) -> Any:
    """waiver(r, t) >= 0, cost w(t) · penalty(r); zero where the rule is hard."""
    if not case.has("shares"):
        return None
    penalty = case.grid("shares", "penalty", blank=np.nan, absent=np.nan)
    most = penalty.where(penalty.isnull(), np.inf).fillna(0.0)
    return model.add_variables(lower=0, upper=most, name="waiver") * (penalty.fillna(0.0) * case.weight)


def _stock_gap(model: linopy.Model, case: _Case) -> Any:
    """stock_gap(k) = 0."""
    final = case.column("stocks", "final")
    final = final.isel(stock=np.flatnonzero(final.to_numpy() > 0))
    if final.size:
        model.add_variables(lower=0, upper=0 * final, name="stock_gap")
    return None


# Constraints ----------------------------------------------------------------------------------------------------------


def _sum_by(expression: Any, dim: str, groups: Any, name: str, every: Any) -> Any:
    """Sum over ``dim`` within groups: the result lies over ``every`` group, zero where nothing falls into it."""
    import xarray as xr

    labels = xr.DataArray(list(groups), coords={dim: expression.indexes[dim]}, dims=[dim], name=name)
    return (1 * expression).groupby(labels).sum().reindex({name: list(every)}).fillna(0)


def _pick(variable: Any, dim: str, labels: Any, term: str = "term") -> Any:
    """The variables of the given labels (which may repeat), numbered along a new dimension."""
    import xarray as xr

    picked = variable.sel({dim: xr.DataArray(list(labels), dims=[term], coords={term: np.arange(len(labels))})})
    return (1 * picked).drop_vars(dim)


def _balance(model: linopy.Model, case: _Case) -> None:
    """What is made, arrives, is bought, taken from stock or short, less what leaves and is dumped, equals demand."""
    import xarray as xr

    parts: list[tuple[Any, str, list[str]]] = []
    uses = _uses(case)
    if len(uses):
        amount = xr.DataArray(uses[list(case.periods)].to_numpy(), coords={"term": np.arange(len(uses)), "period": list(case.periods)})
        parts.append((_pick(model.variables["make"], "mode", uses["mode"]) * amount, "term", list(uses["node"])))
    if case.has("lanes"):
        lanes, ship = case.table("lanes"), model.variables["ship"]
        parts.append((-1 * ship, "lane", [f"{place}:{item}" for place, item in zip(lanes["from"], lanes["item"], strict=True)]))
        for delay, rows in lanes.groupby("delay"):
            kept = case.along(1 - rows["loss"], "lane", rows["lane"])
            # A flow per year that leaves in a period of one length arrives spread over a period of another.
            spread = (case.years.shift(period=int(delay)) / case.years).fillna(0.0)
            sent = (1 * ship.sel(lane=list(rows["lane"]))).shift(period=int(delay)).fillna(0)
            to = [f"{place}:{item}" for place, item in zip(rows["to"], rows["item"], strict=True)]
            parts.append((sent * (kept * spread), "lane", to))
    if case.has("supplies"):
        parts.append((1 * model.variables["buy"], "supply", list(case.where("supplies").values())))
    if case.has("stocks"):
        stock = model.variables["stock"]
        drawn = ((1 * stock).shift(period=1).fillna(0) - stock) / case.years
        parts.append((drawn, "stock", list(case.where("stocks").values())))
    if case.has("demands"):
        parts.append((1 * model.variables["short"], "demand", list(case.where("demands").values())))
    if case.has("disposals"):
        parts.append((-1 * model.variables["dump"], "disposal", case.disposals))
    if not parts:
        return
    nodes = sorted({node for _, _, groups in parts for node in groups})
    total = sum((_sum_by(part, dim, groups, "node", nodes) for part, dim, groups in parts[1:]), _sum_by(*parts[0], "node", nodes))
    model.add_constraints(total == _wanted(case, nodes), name="balance")


def _uses(case: _Case) -> pd.DataFrame:
    """What each mode uses and makes: one row per (mode, item) with its node and the amount in each period."""
    import pandas as pd

    recipes = case.standing_rows("recipes", ["process", "item"])
    amounts = recipes.pivot(index=["process", "item"], columns="period", values="amount")
    amounts = amounts.reindex(columns=list(case.periods)).fillna(0.0).reset_index()
    modes = case.table("modes")[["mode", "plant", "process"]].merge(case.table("plants")[["plant", "place"]], on="plant")
    uses = modes.merge(amounts, on="process")
    node = [f"{place}:{item}" for place, item in zip(uses["place"], uses["item"], strict=True)]
    return pd.concat([uses, pd.DataFrame({"node": node}, dtype=object)], axis=1)


def _wanted(case: _Case, nodes: list[str]) -> xr.DataArray:
    """Demand less the initial stock, shape (node, period)."""
    wanted = case.every(case.along(np.zeros(len(nodes)), "node", nodes)).copy()
    if case.has("demands"):
        for row in case.standing_rows("demands", ["demand"]).to_dict("records"):
            wanted.loc[{"node": f"{row['place']}:{row['item']}", "period": row["period"]}] += row["quantity"]
    for row in case.table("stocks").to_dict("records"):
        first = {"node": f"{row['place']}:{row['item']}", "period": case.periods[0]}
        wanted.loc[first] -= row["initial"] / float(case.years[0])
    return wanted


def _capacity(model: linopy.Model, case: _Case) -> None:
    """Σ_m use(m) · make(m, t) - Σ_o Σ_{τ standing in t} build(o, τ) + retire(p, t) <= capacity(p, t)."""
    capacity = case.plant_capacity
    capacity = capacity.isel(plant=np.flatnonzero(np.isfinite(capacity).any("period").to_numpy()))
    limited = list(capacity.indexes["plant"])
    parts = []
    if case.has("modes"):
        use = case.column("modes", "use", 1.0)
        parts.append(_sum_by(model.variables["make"] * use, "mode", case.table("modes")["plant"], "plant", limited))
    if case.has("options"):
        built = (1 * model.variables["build"]).rename(period="first")
        standing = (built * case.standing_build).sum("first")
        parts.append(_sum_by(-1 * standing, "option", case.table("options")["plant"], "plant", limited))
    if case.retiring:
        parts.append((1 * model.variables["retire"]).reindex(plant=limited).fillna(0))
    if limited and parts:
        model.add_constraints(sum(parts[1:], parts[0]) <= capacity, name="capacity")


def _retire_order(model: linopy.Model, case: _Case) -> None:
    """retire(p, t) - retire(p, t - 1) >= - max(0, capacity(p, t - 1) - capacity(p, t)), t after the first."""
    if not case.retiring or len(case.periods) < 2:
        return
    own = case.plant_capacity.sel(plant=case.retiring)
    ended = (own.shift(period=1) - own).clip(min=0.0).isel(period=slice(1, None))
    retire = 1 * model.variables["retire"]
    more = (retire - retire.shift(period=1).fillna(0)).isel(period=slice(1, None))
    model.add_constraints(more >= -ended, name="retire_order")


def _build_size(model: linopy.Model, case: _Case) -> None:
    """min size(o) · open(o, t) <= build(o, t) <= max size(o) · open(o, t)."""
    if not case.whole_options:
        return
    build, opened = model.variables["build"].sel(option=case.whole_options), model.variables["open_unit"]
    model.add_constraints(build - case.option_size.sel(option=case.whole_options) * opened <= 0, name="build_size")
    least = case.column("options", "min_size").sel(option=case.whole_options)
    model.add_constraints(build - least * opened >= 0, name="build_size_min")


def _build_total(model: linopy.Model, case: _Case) -> None:
    """Σ_t build(o, t) <= max total(o), where there is one."""
    total = case.column("options", "max_total", np.inf)
    total = total.isel(option=np.flatnonzero(np.isfinite(total.to_numpy())))
    if total.size:
        built = model.variables["build"].sel(option=list(total.indexes["option"]))
        model.add_constraints(built.sum("period") <= total, name="build_total")


def _build_count(model: linopy.Model, case: _Case) -> None:
    """Σ_t open(o, t) <= max count(o)."""
    if case.whole_options:
        count = case.column("options", "max_count").sel(option=case.whole_options)
        model.add_constraints(model.variables["open_unit"].sum("period") <= count, name="build_count")


def _corridor(model: linopy.Model, case: _Case) -> None:
    """Σ_l use(c, l) · ship(l, t) <= capacity(c), times open_corridor(c) where the corridor has a fixed cost."""
    members = case.table("corridor_lanes")
    if not len(members):
        return
    fixed = case.column("corridors", "fixed_cost")
    most = case.every(case.column("corridors", "capacity", np.inf)).copy()
    for corridor in most.indexes["corridor"]:
        if fixed.sel(corridor=corridor) > 0 and np.isinf(most.sel(corridor=corridor)).all():
            most.loc[{"corridor": corridor}] = _useful(model, case, corridor)
    limited = [c for c in most.indexes["corridor"] if np.isfinite(most.sel(corridor=c)).all()]
    if not limited:
        return
    use = case.along(members["use"], "term", np.arange(len(members)))
    flow = _sum_by(_pick(model.variables["ship"], "lane", members["lane"]) * use, "term", members["corridor"], "corridor", limited)
    most = most.sel(corridor=limited)
    paid = fixed.sel(corridor=limited) > 0
    if paid.any():
        opened = (1 * model.variables["open_corridor"]).reindex(corridor=limited).fillna(0)
        flow = flow - opened * most.where(paid, 0.0)
    model.add_constraints(flow <= most.where(~paid, 0.0), name="corridor")


def _useful(model: linopy.Model, case: _Case, corridor: str) -> xr.DataArray:
    """Most that can usefully go through a corridor without a capacity, shape (period): lane capacities, or all demand for items
    that are only moved from supplies and plants to demands.
    """
    members = case.table("corridor_lanes").query("corridor == @corridor")
    lanes = case.table("lanes").set_index("lane")
    total = 0.0 * case.years
    for lane, use in zip(members["lane"], members["use"], strict=True):
        most = model.variables["ship"].upper.sel(lane=lane, drop=True)
        if np.isinf(most).any():
            item = lanes.loc[lane, "item"]
            most = np.minimum(most, _demand_alone(case, item))
        if np.isinf(most).any():
            raise ValueError(f"corridor {corridor} has a fixed cost, and nothing limits what goes through it: give its capacity")
        total = total + use * most
    return total


def _demand_alone(case: _Case, item: str) -> Any:
    """All demand for an item, shape (period); infinite where something else may want more of it to move."""
    lanes = case.table("lanes").query("item == @item")
    named = {*case.table("contract_lanes")["lane"], *case.table("share_terms").query("kind == 'lane'")["of"]}
    cheap = {lane for lane, cost in zip(case.table("lane_periods")["lane"], case.table("lane_periods")["cost"], strict=True) if cost < 0}
    other = (
        ((case.table("recipes")["item"] == item) & (case.table("recipes")["amount"] < 0)).any()
        or (case.table("disposals")["item"] == item).any()
        or (case.table("stocks")["item"] == item).any()
        or ((lanes["loss"] > 0) | (lanes["delay"] > 0) | (lanes["cost"] < 0)).any()
        or bool((named | cheap) & set(lanes["lane"]))
    )
    if other:
        return np.inf
    demands = case.standing_rows("demands", ["demand"]).query("item == @item")
    return case.along(demands.groupby("period")["quantity"].sum().reindex(case.periods).fillna(0.0), "period", case.periods)


def _single_source(model: linopy.Model, case: _Case) -> None:
    """Σ_l assign(l, d, t) <= 1, and what arrives over a lane in t is at most quantity(d, t) · assign(l, d, t)."""
    if not case.choices:
        return
    assign = 1 * model.variables["assign"]
    demands = list(dict.fromkeys(demand for demand, _ in case.choices))
    one = _sum_by(assign, "choice", [demand for demand, _ in case.choices], "demand", demands)
    stands = case.stands("demands").sel(demand=demands)
    model.add_constraints(one <= 1, name="single_source", mask=stands)
    lanes = case.table("lanes").set_index("lane")
    quantity = case.grid("demands", "quantity", blank=0.0, absent=0.0)
    for (demand, lane), choice in zip(case.choices, assign.indexes["choice"], strict=True):
        delay, kept = int(lanes.loc[lane, "delay"]), 1 - lanes.loc[lane, "loss"]
        spread = (case.years.shift(period=delay) / case.years).fillna(0.0)
        arrives = (1 * model.variables["ship"].sel(lane=lane)).shift(period=delay).fillna(0) * (kept * spread)
        # A single-sourced demand that stands in some periods only leaves the others alone.
        model.add_constraints(
            arrives - quantity.sel(demand=demand) * assign.sel(choice=choice) <= 0,
            name=f"single_source_lane[{choice}]",
            mask=stands.sel(demand=demand, drop=True),
        )


def _contract(model: linopy.Model, case: _Case) -> None:
    """minimum(c, t) <= Σ_{l of c} ship(l, t) + shortfall(c, t), and Σ_{l of c} ship(l, t) <= maximum(c, t)."""
    if not case.has("contracts"):
        return
    minimum = case.grid("contracts", "minimum", blank=0.0, absent=0.0)
    maximum = case.grid("contracts", "maximum", blank=np.inf, absent=np.inf)
    stands = case.stands("contracts")
    moved: Any = 0 * model.variables["shortfall"]
    members = case.table("contract_lanes")
    if len(members):
        picked = _pick(model.variables["ship"], "lane", members["lane"])
        moved = _sum_by(picked, "term", members["contract"], "contract", minimum.indexes["contract"])
    model.add_constraints(moved + model.variables["shortfall"] >= minimum, name="contract", mask=stands)
    if np.isfinite(maximum).any():
        model.add_constraints(moved <= maximum.where(np.isfinite(maximum), 0.0), name="contract_max", mask=np.isfinite(maximum))


def _share(model: linopy.Model, case: _Case) -> None:
    """Σ coefficient(r, f) · flow(f, t) + waiver(r, t) >= 0."""
    if not case.has("shares"):
        return
    total: Any = 1 * model.variables["waiver"]
    rules = total.indexes["share"]
    terms = case.table("share_terms")
    for kind, dim, family in (("lane", "lane", "ship"), ("supply", "supply", "buy"), ("mode", "mode", "make")):
        rows = terms[terms["kind"] == kind]
        if len(rows):
            coefficient = case.along(rows["coefficient"], "term", np.arange(len(rows)))
            flow = _pick(model.variables[family], dim, rows["of"]) * coefficient
            total = total + _sum_by(flow, "term", rows["share"], "share", rules)
    model.add_constraints(total >= 0, name="share", mask=case.stands("shares"))


def _stock_final(model: linopy.Model, case: _Case) -> None:
    """stock(k, last) + stock_gap(k) >= final(k)."""
    final = case.column("stocks", "final")
    final = final.isel(stock=np.flatnonzero(final.to_numpy() > 0))
    if final.size:
        left = model.variables["stock"].sel(stock=list(final.indexes["stock"])).isel(period=-1, drop=True)
        model.add_constraints(left + model.variables["stock_gap"] >= final, name="stock_final")
