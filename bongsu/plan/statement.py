"""The same plan stated a second time, from the tables of the network, with linopy: written to be read and to be extended.

Nothing here is shared with :mod:`bongsu.plan.arrays` or :mod:`bongsu.plan.blocks`, so the two statements check each other. It is
also the door to other solvers and to constraints of one's own, by the names that the model page uses:

    >>> model = to_linopy(Network.read("examples/cases/two-plants"))
    >>> made = model.variables["make"].sum("period")
    >>> model.add_constraints(made.sel(mode="west") >= 220, name="keep_the_west_running")
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
    states = (
        _standing,
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
    )
    costs = [part for state in states if (part := state(model, case)) is not None]
    for keep in (
        _balance,
        _dump_own,
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
    model.add_objective(_objective(model, costs), sense="min")
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
                raise ValueError(
                    f"{key} in {name} is at {found[key]} and at {place}:{item}; give each its own identifier"
                )
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
    def available(self) -> xr.DataArray:
        """Share of the capacity that can be used, shape (plant, period): one without a row."""
        plants = list(self.network["plants"]["plant"])
        full = self.every(self.along(np.ones(len(plants)), "plant", plants))
        if not self.has("availability"):
            return full
        return self.grid("availability", "share", blank=1.0, absent=1.0).reindex(plant=plants, fill_value=1.0)

    def along_options(self, grid: xr.DataArray, plants: list[str]) -> xr.DataArray:
        """A grid over (plant, period) as one over (option, period)."""
        return grid.sel(plant=plants).rename(plant="option").assign_coords(option=list(self.table("options")["option"]))

    @cached_property
    def retiring(self) -> list[str]:
        """Plants that may retire, and whose capacity is limited in all periods and above zero in one."""
        capacity = self.plant_capacity
        own = np.isfinite(capacity).all("period") & (capacity > 0).any("period")
        rows = self.table("plants")
        return [
            plant
            for plant, may in zip(rows["plant"], rows["retirable"], strict=True)
            if may == "yes" and own.sel(plant=plant)
        ]

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
        age = xr.DataArray(
            at[None, :] - at[:, None], coords={"first": list(self.periods), "period": list(self.periods)}
        )
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


# Variables: each function adds one family and says what one unit of each costs, in present money ----------------------

_Priced = tuple[Any, Any] | None


def _objective(model: linopy.Model, parts: list[Any]) -> linopy.LinearExpression:
    """Σ cost · variable over all families; one expression is much quicker than a sum of twelve."""
    import linopy
    import xarray as xr

    labels = [variable.labels.to_numpy().ravel() for variable, _ in parts]
    costs = [
        (cost * xr.ones_like(v.labels, dtype=float)).transpose(*v.labels.dims).to_numpy().ravel() for v, cost in parts
    ]
    terms = {"vars": ("_term", np.concatenate(labels)), "coeffs": ("_term", np.concatenate(costs))}
    return linopy.LinearExpression(xr.Dataset(terms), model)


def _standing(model: linopy.Model, case: _Case) -> _Priced:
    """Fixed cost of standing capacity: Σ_p,t w(t) · fixed cost(p) · capacity(p, t)."""
    one = model.add_variables(lower=1, upper=1, name="standing")
    if not case.has("plants"):
        return one, 0.0
    own = case.plant_capacity.where(np.isfinite(case.plant_capacity), 0.0)
    return one, float((case.column("plants", "fixed_cost") * own * case.weight).sum())


def _make(model: linopy.Model, case: _Case) -> _Priced:
    """make(m, t) >= 0, cost w(t) · cost(m, t)."""
    if not case.has("modes"):
        return None
    cost = case.every(case.column("modes", "cost")).copy()
    for row in case.table("mode_periods").to_dict("records"):
        cost.loc[{"mode": row["mode"], "period": row["period"]}] = row["cost"]
    make = model.add_variables(lower=0, coords=cost.coords, name="make")
    return make, cost * case.weight


def _ship(model: linopy.Model, case: _Case) -> _Priced:
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
    return ship, cost * case.weight


def _buy(model: linopy.Model, case: _Case) -> _Priced:
    """0 <= buy(s, t) <= quantity(s, t), cost w(t) · price(s, t)."""
    if not case.has("supplies"):
        return None
    most = case.grid("supplies", "quantity", blank=np.inf, absent=0.0)
    buy = model.add_variables(lower=0, upper=most, name="buy")
    return buy, case.grid("supplies", "price", blank=0.0, absent=0.0) * case.weight


def _stock(model: linopy.Model, case: _Case) -> _Priced:
    """0 <= stock(k, t) <= capacity(k), cost w(t) · holding cost(k)."""
    if not case.has("stocks"):
        return None
    stock = model.add_variables(lower=0, upper=case.every(case.column("stocks", "capacity", np.inf)), name="stock")
    return stock, case.column("stocks", "holding_cost") * case.weight


def _dump(model: linopy.Model, case: _Case) -> _Priced:
    """dump(k, t) >= 0, cost w(t) · cost(k)."""
    if not case.has("disposals"):
        return None
    cost = case.along(case.table("disposals")["cost"], "disposal", case.disposals)
    dump = model.add_variables(lower=0, coords=case.every(cost).coords, name="dump")
    return dump, cost * case.weight


def _build(model: linopy.Model, case: _Case) -> _Priced:
    """0 <= build(o, t) <= max size(o), cost d(t) · capital(o) + Σ_{τ standing} w(τ) · annual(o, t)."""
    if not case.has("options"):
        return None
    most = case.column("options", "max_size", np.inf)
    for option in case.whole_options:
        most.loc[{"option": option}] = case.option_size.sel(option=option) * _units_at_once(case).sel(option=option)
    upper = case.every(most).where(case.can_build, 0.0)
    build = model.add_variables(lower=0, upper=upper, name="build")
    paid = (case.standing_build * case.weight).sum("period").rename(first="period")
    yearly = case.every(case.column("options", "annual_cost")).copy()
    for row in case.table("option_periods").to_dict("records"):
        yearly.loc[{"option": row["option"], "period": row["period"]}] = row["annual_cost"]
    return build, case.column("options", "capital_cost") * case.discount + yearly * paid


def _units_at_once(case: _Case) -> xr.DataArray:
    """Most units of an option opened in one period, shape (option)."""
    count, at_once = case.column("options", "max_count"), case.column("options", "max_per_period", np.inf)
    return count.where(count <= at_once, at_once)


def _open_unit(model: linopy.Model, case: _Case) -> _Priced:
    """open_unit(o, t) in {0, 1, ..., min(max count(o), max per period(o))}, cost d(t) · fixed cost(o), in whole units."""
    if not case.whole_options:
        return None
    count = case.every(_units_at_once(case)).where(case.can_build, 0.0).sel(option=case.whole_options)
    opened = model.add_variables(lower=0, upper=count, integer=True, name="open_unit")
    return opened, case.column("options", "fixed_cost").sel(option=case.whole_options) * case.discount


def _retire(model: linopy.Model, case: _Case) -> _Priced:
    """0 <= retire(p, t) <= capacity(p, t), cost - w(t) · fixed cost(p)."""
    if not case.retiring:
        return None
    retire = model.add_variables(lower=0, upper=case.plant_capacity.sel(plant=case.retiring), name="retire")
    return retire, -case.column("plants", "fixed_cost").sel(plant=case.retiring) * case.weight


def _open_corridor(model: linopy.Model, case: _Case) -> _Priced:
    """open_corridor(c) in {0, 1}, cost fixed cost(c), for corridors with a fixed cost."""
    fixed = case.column("corridors", "fixed_cost")
    fixed = fixed.isel(corridor=np.flatnonzero(fixed.to_numpy() > 0))
    if not fixed.size:
        return None
    return model.add_variables(coords=fixed.coords, binary=True, name="open_corridor"), fixed


def _assign(model: linopy.Model, case: _Case) -> _Priced:
    """assign(l, d, t) in {0, 1}, without a cost."""
    if not case.choices:
        return None
    stands = case.stands("demands").sel(demand=[demand for demand, _ in case.choices]).to_numpy()
    upper = (
        case.every(case.along(np.ones(len(case.choices)), "choice", [f"{d}:{lane}" for d, lane in case.choices]))
        * stands
    )
    model.add_variables(lower=0, upper=upper, integer=True, name="assign")
    return None


def _short(model: linopy.Model, case: _Case) -> _Priced:
    """0 <= short(d, t) <= quantity(d, t), cost w(t) · penalty(d); zero where the demand is hard."""
    if not case.has("demands"):
        return None
    penalty = case.grid("demands", "penalty", blank=np.nan, absent=np.nan)
    most = case.grid("demands", "quantity", blank=0.0, absent=0.0).where(penalty.notnull(), 0.0)
    return model.add_variables(lower=0, upper=most, name="short"), penalty.fillna(0.0) * case.weight


def _shortfall(model: linopy.Model, case: _Case) -> _Priced:
    """0 <= shortfall(c, t) <= minimum(c, t), cost w(t) · penalty(c); zero where the contract is hard."""
    if not case.has("contracts"):
        return None
    penalty = case.grid("contracts", "penalty", blank=np.nan, absent=np.nan)
    most = case.grid("contracts", "minimum", blank=0.0, absent=0.0).where(penalty.notnull(), 0.0)
    return model.add_variables(lower=0, upper=most, name="shortfall"), penalty.fillna(0.0) * case.weight


def _waiver(model: linopy.Model, case: _Case) -> _Priced:
    """waiver(r, t) >= 0, cost w(t) · penalty(r); zero where the rule is hard."""
    if not case.has("shares"):
        return None
    penalty = case.grid("shares", "penalty", blank=np.nan, absent=np.nan)
    most = penalty.where(penalty.isnull(), np.inf).fillna(0.0)
    return model.add_variables(lower=0, upper=most, name="waiver"), penalty.fillna(0.0) * case.weight


def _stock_gap(model: linopy.Model, case: _Case) -> _Priced:
    """stock_gap(k) = 0."""
    final = case.column("stocks", "final")
    final = final.isel(stock=np.flatnonzero(final.to_numpy() > 0))
    if final.size:
        model.add_variables(lower=0, upper=0 * final, name="stock_gap")
    return None


# Constraints ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Term:
    """One part of a sum: variables, their coefficients, and where in the sum each belongs.

    Attributes:
        labels: linopy's numbers of the variables, shape (entity, ..., period); -1 where there is none.
        coefficient: broadcasts against the labels.
        group: name of the row of each entity.
    """

    labels: xr.DataArray
    coefficient: Any
    group: list[str]


def _total(
    model: linopy.Model, dim: str, rows: list[str], periods: pd.Index, terms: list[_Term]
) -> linopy.LinearExpression:
    """Sum of all terms by row and period, shape (row, period); terms of other rows are left out."""
    import linopy
    import xarray as xr

    position = {row: at for at, row in enumerate(rows)}
    parts = []
    for term in terms:
        labels = term.labels.transpose(..., "period")
        coefficient = (term.coefficient * xr.ones_like(labels, dtype=float)).transpose(*labels.dims).to_numpy()
        at = np.array([position.get(group, -1) for group in term.group]).reshape(-1, *[1] * (labels.ndim - 1))
        spread = np.broadcast_arrays(at, np.arange(len(periods)), labels.to_numpy(), coefficient)
        parts.append(np.array([part.ravel() for part in spread]))
    row, period, label, value = np.concatenate(parts, axis=1)
    kept = (row >= 0) & (label >= 0) & (value != 0)
    cell, label, value = (row * len(periods) + period)[kept].astype(int), label[kept].astype(int), value[kept]
    order = np.argsort(cell, kind="stable")
    cell, label, value = cell[order], label[order], value[order]
    slot = np.arange(cell.size) - np.searchsorted(cell, cell)
    shape = (len(rows) * len(periods), int(slot.max(initial=0)) + 1)
    variables, coefficients = np.full(shape, -1), np.full(shape, np.nan)
    variables[cell, slot], coefficients[cell, slot] = label, value
    whole = (len(rows), len(periods), shape[1])
    dims = [dim, "period", "_term"]
    data = {"vars": (dims, variables.reshape(whole)), "coeffs": (dims, coefficients.reshape(whole))}
    return linopy.LinearExpression(xr.Dataset(data, coords={dim: rows, "period": list(periods)}), model)


def _labels(model: linopy.Model, family: str, dim: str, names: Any = None, delay: int = 0) -> xr.DataArray:
    """Variables of one family, shape (dim, period): all, or those named, in that order; from ``delay`` periods before."""
    labels = model.variables[family].labels.transpose(dim, "period")
    if names is not None:
        labels = labels.sel({dim: list(names)}).drop_vars(dim)
    return labels.shift(period=delay, fill_value=-1) if delay else labels


def _nodes(place: Any, item: Any) -> list[str]:
    return [f"{p}:{i}" for p, i in zip(place, item, strict=True)]


def _balance(model: linopy.Model, case: _Case) -> None:
    """What is made, arrives, is bought, taken from stock or short, less what leaves and is dumped, equals demand."""
    import xarray as xr

    terms: list[_Term] = []
    if case.has("modes"):
        uses = _uses(case)
        amount = xr.DataArray(
            uses[list(case.periods)].to_numpy(), dims=["mode", "period"], coords={"period": list(case.periods)}
        )
        terms.append(_Term(_labels(model, "make", "mode", uses["mode"]), amount, list(uses["node"])))
    if case.has("lanes"):
        lanes = case.table("lanes")
        terms.append(_Term(_labels(model, "ship", "lane"), -1.0, _nodes(lanes["from"], lanes["item"])))
        for delay, rows in _legs(lanes).groupby("after"):
            kept = case.along((1 - rows["loss"]) * rows["part"], "lane", range(len(rows)))
            sent = _labels(model, "ship", "lane", rows["lane"], int(delay))
            terms.append(_Term(sent, kept * _spread(case, int(delay)), _nodes(rows["to"], rows["item"])))
    if case.has("supplies"):
        terms.append(_Term(_labels(model, "buy", "supply"), 1.0, list(case.where("supplies").values())))
    if case.has("stocks"):
        at = list(case.where("stocks").values())
        terms.append(_Term(_labels(model, "stock", "stock", delay=1), 1 / case.years, at))
        terms.append(_Term(_labels(model, "stock", "stock"), -1 / case.years, at))
    if case.has("demands"):
        terms.append(_Term(_labels(model, "short", "demand"), 1.0, list(case.where("demands").values())))
    if case.has("disposals"):
        terms.append(_Term(_labels(model, "dump", "disposal"), -1.0, case.disposals))
    nodes = sorted({node for term in terms for node in term.group})
    if nodes:
        total = _total(model, "node", nodes, case.periods, terms)
        model.add_constraints(total == _wanted(case, nodes), name="balance")


def _legs(lanes: pd.DataFrame) -> pd.DataFrame:
    """Lanes by whole periods ``after`` departure, with the ``part`` of the flow that arrives then; a broken delay has two."""
    import pandas as pd

    early, late = lanes["delay"] // 1, lanes["delay"] % 1
    both = pd.concat([lanes.assign(after=early, part=1 - late), lanes.assign(after=early + 1, part=late)])
    return both[both["part"] > 0]


def _spread(case: _Case, delay: int) -> xr.DataArray:
    """A flow per year that leaves in a period of one length arrives spread over a period of another, shape (period) of arrival."""
    return (case.years.shift(period=delay) / case.years).fillna(0.0)


def _uses(case: _Case) -> pd.DataFrame:
    """What each mode uses and makes: one row per (mode, item) with its node and the amount in each period."""
    recipes = case.standing_rows("recipes", ["process", "item"])
    amounts = recipes.pivot(index=["process", "item"], columns="period", values="amount")
    amounts = amounts.reindex(columns=list(case.periods)).fillna(0.0).reset_index()
    modes = case.table("modes")[["mode", "plant", "process"]].merge(
        case.table("plants")[["plant", "place"]], on="plant"
    )
    uses = modes.merge(amounts, on="process")
    return uses.assign(node=_nodes(uses["place"], uses["item"]))


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


def _dump_own(model: linopy.Model, case: _Case) -> None:
    """dump(k, t) <= Σ_m byproduct(m, i, t) · make(m, t), for ways of disposal open to own by-products only."""
    ways = case.table("disposals")
    own = [way for way, only in zip(case.disposals, ways["own_only"], strict=True) if only == "yes"]
    if not own:
        return
    terms = [_Term(_labels(model, "dump", "disposal"), 1.0, case.disposals)]
    for period, made in _byproducts(case).groupby("period") if case.has("modes") and case.has("recipes") else ():
        now = case.along(case.periods == period, "period", case.periods)
        amount = case.along(made["amount"], "mode", range(len(made)))
        make = _labels(model, "make", "mode", made["mode"])
        terms.append(_Term(make, -amount * now, _nodes(made["place"], made["item"])))
    model.add_constraints(_total(model, "disposal", own, case.periods, terms) <= 0, name="dump_own")


def _byproducts(case: _Case) -> pd.DataFrame:
    """What each mode makes as a by-product: one row per (mode, item, period) with the place and the amount."""
    recipes = case.standing_rows("recipes", ["process", "item"])
    recipes = recipes[(recipes["byproduct"] == "yes") & (recipes["amount"] > 0)]
    modes = case.table("modes")[["mode", "plant", "process"]]
    placed = modes.merge(case.table("plants")[["plant", "place"]], on="plant")
    return placed.merge(recipes[["process", "item", "period", "amount"]], on="process")


def _capacity(model: linopy.Model, case: _Case) -> None:
    """Σ_m use(m) · make(m, t) <= available(p, t) · (capacity(p, t) + Σ_o Σ_{τ standing in t} build(o, τ) - retire(p, t))."""
    share = case.available
    # Where nothing is available an unlimited plant makes nothing either.
    capacity = (case.plant_capacity.where(share > 0, 0.0) * share).fillna(0.0)
    capacity = capacity.isel(plant=np.flatnonzero(np.isfinite(capacity).any("period").to_numpy()))
    limited = list(capacity.indexes["plant"])
    terms = []
    if case.has("modes"):
        use = case.column("modes", "use", 1.0)
        terms.append(_Term(_labels(model, "make", "mode"), use, list(case.table("modes")["plant"])))
    if case.has("options"):
        built = _labels(model, "build", "option").rename(period="first").expand_dims(period=list(case.periods))
        plants = list(case.table("options")["plant"])
        usable = case.along_options(share, plants)
        terms.append(_Term(built, -case.standing_build * usable, plants))
    if case.retiring:
        terms.append(_Term(_labels(model, "retire", "plant"), share.sel(plant=case.retiring), case.retiring))
    if limited and terms:
        model.add_constraints(_total(model, "plant", limited, case.periods, terms) <= capacity, name="capacity")


def _retire_order(model: linopy.Model, case: _Case) -> None:
    """retire(p, t) - retire(p, t - 1) >= - max(0, capacity(p, t - 1) - capacity(p, t)), t after the first."""
    if not case.retiring or len(case.periods) < 2:
        return
    own = case.plant_capacity.sel(plant=case.retiring)
    ended = (own.shift(period=1) - own).clip(min=0.0).isel(period=slice(1, None))
    now = _Term(_labels(model, "retire", "plant"), 1.0, case.retiring)
    before = _Term(_labels(model, "retire", "plant", delay=1), -1.0, case.retiring)
    more = _total(model, "plant", case.retiring, case.periods, [now, before]).isel(period=slice(1, None))
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
    """Σ_l use(c, l) · ship(l, t) <= capacity(c, t), times open_corridor(c) where the corridor has a fixed cost."""
    members = case.table("corridor_lanes")
    if not len(members):
        return
    fixed = case.column("corridors", "fixed_cost")
    most = case.every(case.column("corridors", "capacity", np.inf)).copy()
    for row in case.table("corridor_periods").to_dict("records"):
        if not np.isnan(row["capacity"]):
            most.loc[{"corridor": row["corridor"], "period": row["period"]}] = row["capacity"]
    for corridor in most.indexes["corridor"]:
        open_ended = np.isinf(most.sel(corridor=corridor))
        if fixed.sel(corridor=corridor) > 0 and open_ended.any():
            useful = _useful(model, case, corridor)
            most.loc[{"corridor": corridor}] = most.sel(corridor=corridor).where(~open_ended, useful)
    limited = [c for c in most.indexes["corridor"] if np.isfinite(most.sel(corridor=c)).any()]
    if not limited:
        return
    use = case.along(members["use"], "lane", range(len(members)))
    terms = [_Term(_labels(model, "ship", "lane", members["lane"]), use, list(members["corridor"]))]
    most = most.sel(corridor=limited)
    paid = fixed.sel(corridor=limited) > 0
    if paid.any():
        opened = model.variables["open_corridor"].labels.expand_dims(period=list(case.periods))
        opened = opened.sel(corridor=[c for c in limited if paid.sel(corridor=c)])
        terms.append(_Term(opened.transpose("corridor", "period"), -most, list(opened.indexes["corridor"])))
    model.add_constraints(
        _total(model, "corridor", limited, case.periods, terms) <= most.where(~paid, 0.0),
        name="corridor",
        mask=np.isfinite(most),
    )


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
            most = np.minimum(most, _demand_alone(case, lanes.loc[lane, "item"]))
        if np.isinf(most).any():
            raise ValueError(
                f"corridor {corridor} has a fixed cost, and nothing limits what goes through it: give its capacity"
            )
        total = total + use * most
    return total


def _demand_alone(case: _Case, item: str) -> Any:
    """All demand for an item, shape (period); infinite where something else may want more of it to move."""
    lanes = case.table("lanes").query("item == @item")
    named = {*case.table("contract_lanes")["lane"], *case.table("share_terms").query("kind == 'lane'")["of"]}
    cheap = set(case.table("lane_periods").query("cost < 0")["lane"])
    recipes = case.table("recipes")
    other = (
        ((recipes["item"] == item) & (recipes["amount"] < 0)).any()
        or (case.table("disposals")["item"] == item).any()
        or (case.table("stocks")["item"] == item).any()
        or ((lanes["loss"] > 0) | (lanes["delay"] > 0) | (lanes["cost"] < 0)).any()
        or bool((named | cheap) & set(lanes["lane"]))
    )
    if other:
        return np.inf
    demands = case.standing_rows("demands", ["demand"]).query("item == @item")
    return case.along(
        demands.groupby("period")["quantity"].sum().reindex(case.periods).fillna(0.0), "period", case.periods
    )


def _single_source(model: linopy.Model, case: _Case) -> None:
    """Σ_l assign(l, d, t) <= 1, and what arrives over a lane in t is at most quantity(d, t) · assign(l, d, t)."""
    import xarray as xr

    if not case.choices:
        return
    demands = list(dict.fromkeys(demand for demand, _ in case.choices))
    stands = case.stands("demands").sel(demand=demands)
    assign = _labels(model, "assign", "choice")
    one = _total(model, "demand", demands, case.periods, [_Term(assign, 1.0, [demand for demand, _ in case.choices])])
    model.add_constraints(one <= 1, name="single_source", mask=stands)
    lanes = case.table("lanes").set_index("lane").loc[[lane for _, lane in case.choices]]
    names = list(assign.indexes["choice"])
    legs = _legs(lanes.reset_index().assign(name=names))
    arriving = [
        _labels(model, "ship", "lane", [lane], int(after))
        for lane, after in zip(legs["lane"], legs["after"], strict=True)
    ]
    kept = [
        (1 - loss) * part * _spread(case, int(after))
        for loss, part, after in zip(legs["loss"], legs["part"], legs["after"], strict=True)
    ]
    quantity = case.grid("demands", "quantity", blank=0.0, absent=0.0).sel(demand=[d for d, _ in case.choices])
    quantity = quantity.rename(demand="choice").assign_coords(choice=names)
    flow = _Term(xr.concat(arriving, "lane"), xr.concat(kept, "lane"), list(legs["name"]))
    linked = _total(model, "choice", names, case.periods, [flow, _Term(assign, -quantity, names)])
    held = (
        case.stands("demands")
        .sel(demand=[d for d, _ in case.choices])
        .rename(demand="choice")
        .assign_coords(choice=names)
    )
    model.add_constraints(linked <= 0, name="single_source_lane", mask=held)


def _contract(model: linopy.Model, case: _Case) -> None:
    """minimum(c, t) <= Σ_{l of c} ship(l, t) + shortfall(c, t), and Σ_{l of c} ship(l, t) <= maximum(c, t)."""
    if not case.has("contracts"):
        return
    minimum = case.grid("contracts", "minimum", blank=0.0, absent=0.0)
    maximum = case.grid("contracts", "maximum", blank=np.inf, absent=np.inf)
    names, members = list(minimum.indexes["contract"]), case.table("contract_lanes")
    below = _Term(_labels(model, "shortfall", "contract"), 1.0, names)
    moved = (
        [_Term(_labels(model, "ship", "lane", members["lane"]), 1.0, list(members["contract"]))] if len(members) else []
    )
    least = _total(model, "contract", names, case.periods, [*moved, below])
    model.add_constraints(least >= minimum, name="contract", mask=case.stands("contracts"))
    capped = np.isfinite(maximum)
    if moved and capped.any():
        most = _total(model, "contract", names, case.periods, moved)
        model.add_constraints(most <= maximum.where(capped, 0.0), name="contract_max", mask=capped)


def _share(model: linopy.Model, case: _Case) -> None:
    """Σ coefficient(r, f) · flow(f, t) + waiver(r, t) >= 0."""
    if not case.has("shares"):
        return
    waiver = _labels(model, "waiver", "share")
    rules, listed = list(waiver.indexes["share"]), case.table("share_terms")
    terms = [_Term(waiver, 1.0, rules)]
    for kind, family in (("lane", "ship"), ("supply", "buy"), ("mode", "make")):
        rows = listed[listed["kind"] == kind]
        if len(rows):
            coefficient = case.along(rows["coefficient"], kind, range(len(rows)))
            terms.append(_Term(_labels(model, family, kind, rows["of"]), coefficient, list(rows["share"])))
    model.add_constraints(
        _total(model, "share", rules, case.periods, terms) >= 0, name="share", mask=case.stands("shares")
    )


def _stock_final(model: linopy.Model, case: _Case) -> None:
    """stock(k, last) + stock_gap(k) >= final(k)."""
    final = case.column("stocks", "final")
    final = final.isel(stock=np.flatnonzero(final.to_numpy() > 0))
    if final.size:
        left = model.variables["stock"].sel(stock=list(final.indexes["stock"])).isel(period=-1, drop=True)
        model.add_constraints(left + model.variables["stock_gap"] >= final, name="stock_final")
