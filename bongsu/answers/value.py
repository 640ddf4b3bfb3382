"""What binds, what the next unit there is worth, and where the next thousand tonnes, GWh or hundred million dollars do most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from bongsu.chain import Chain
from bongsu.plan.plan import Plan
from bongsu.plan.prices import Price, Prices

#: The steps that ``value`` asks about, per unit of capacity.
STEPS = {"t": 1_000.0, "kWh": 1e6, "m2": 1e6, "vehicle": 1_000.0}
STEP_NAMES = {"t": "1,000 t", "kWh": "1 GWh", "m2": "1 million m²", "vehicle": "1,000 vehicles"}
_NOISE = 1e-6


@dataclass(frozen=True)
class Bottleneck:
    """One limit that binds in one year.

    Attributes:
        kind: ``capacity`` of a plant whose product cannot be had in any quantity outside; ``margin`` of a plant whose product
            can (one more unit then saves the outside price less the plant's own cost, but nothing runs short without it); or
            ``supply`` from outside that is bought to its limit.
        name: identifier of what is limited. ``item``: what it makes, takes (recycling) or sells. ``process``: what a plant runs
            most in that year; empty for an offer.
        place, country: where.
        year: when.
        unit: unit of the limit, per year.
        limit: the limit in that year.
        value: USD of the year for one more unit for that year.
        rent: value times limit, USD a year: how much the whole limit holds back.
    """

    kind: str
    name: str
    item: str
    place: str
    country: str
    year: int
    unit: str
    limit: float
    value: float
    rent: float
    process: str = ""


@dataclass(frozen=True)
class NextStep:
    """What one more step of capacity somewhere is worth over the plan, after paying for it.

    Attributes:
        option: identifier; ``process``, ``place``, ``country``: what and where.
        year: year of coming into use in which the step gains most.
        step, unit: size of the step.
        gain: present USD gained by the step, net of its own cost.
        capex: USD of investment that the step takes, when it is made.
        per_hundred_million: present USD gained per US$100 M of present investment (discounted from the year, as the gain is).
    """

    option: str
    process: str
    place: str
    country: str
    year: int
    step: float
    unit: str
    gain: float
    capex: float
    per_hundred_million: float


def bottlenecks(chain: Chain, plan: Plan) -> list[Bottleneck]:
    """Limits with a price: those that hold the chain back first, then margins; within each the dearest year's rent first."""
    found = [*_capacities(chain, plan), *_offers(chain, plan)]
    return sorted(found, key=lambda b: (b.kind == "margin", -b.rent, b.name, b.year))


def _made(chain: Chain, plan: Plan) -> dict[tuple[int, int], tuple[str, str]]:
    """Busiest process of each plant in each period (its first where it stands still) and the main item of that process."""
    main = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
    a = plan.model.arrays
    make = plan.grid("make")
    processes = a.net["modes"]["process"].to_list()
    modes: dict[int, list[int]] = {}
    for mode, plant in enumerate(a.mode_plant.tolist()):
        modes.setdefault(plant, []).append(mode)
    result = {}
    for plant, own in modes.items():
        for t in range(a.T):
            process = processes[max(own, key=lambda mode: make[mode, t])]
            result[plant, t] = (process, main.get(process, process.removeprefix("assembly:").partition("@")[0]))
    return result


def _open_market(plan: Plan) -> set[tuple[str, int]]:
    """Items that an outside offer would still sell more of, by period."""
    a = plan.model.arrays
    bought = plan.family("buy")
    row, period = a.supply.row, a.supply.period
    left = bought < a.supply_quantity[row] * (1 - 1e-6) - _NOISE
    items = a.net["supplies"]["item"]
    return {(str(items[int(row[at])]), int(period[at])) for at in np.flatnonzero(left)}


def _capacities(chain: Chain, plan: Plan) -> list[Bottleneck]:
    family = plan.model.constraints.get("capacity")
    if family is None:
        return []
    a = plan.model.arrays
    made = _made(chain, plan)
    open_market = _open_market(plan)
    duals = -plan.duals[family.span]
    result = []
    for at in np.flatnonzero(duals > _NOISE).tolist():
        plant, t = int(family.keys["plants"][at]), int(family.keys["period"][at])
        name = str(a.net["plants"]["plant"][plant])
        if name.startswith("new:"):
            continue
        place = int(a.plant_place[plant])
        value = float(duals[at] / a.weight[t])
        limit = float(a.capacity[plant, t])
        if limit <= 0:
            continue
        result.append(
            Bottleneck(
                "margin" if (made[plant, t][1], t) in open_market else "capacity",
                name,
                made[plant, t][1],
                str(a.net["places"]["place"][place]),
                str(a.net["places"]["country"][place]),
                chain.years[t],
                str(a.net["plants"]["unit"][plant] or ""),
                limit,
                value,
                value * limit,
                made[plant, t][0],
            )
        )
    return result


def _offers(chain: Chain, plan: Plan) -> list[Bottleneck]:
    family = plan.model.variables.get("buy")
    if family is None:
        return []
    a = plan.model.arrays
    units = dict(a.net["items"].select("item", "unit").iter_rows())
    saved = -plan.reduced_costs[family.span]
    bought = plan.family("buy")
    result = []
    for at in np.flatnonzero((saved > _NOISE) & (bought > _NOISE)).tolist():
        row, t = int(a.supply.row[at]), int(a.supply.period[at])
        limit = float(a.supply_quantity[row])
        if not np.isfinite(limit):
            continue
        place = int(a.supply_place[row])
        item = str(a.net["supplies"]["item"][row])
        value = float(saved[at] / a.weight[t])
        country = str(a.net["places"]["country"][place])
        name = str(a.net["supplies"]["supply"][row])
        where = str(a.net["places"]["place"][place])
        result.append(
            Bottleneck("supply", name, item, where, country, chain.years[t], units[item], limit, value, value * limit)
        )
    return result


def next_steps(chain: Chain, plan: Plan) -> list[NextStep]:
    """Where one more step of new capacity would gain most per dollar: options that are at their limit in some year."""
    family = plan.model.variables.get("build")
    if family is None:
        return []
    a = plan.model.arrays
    option, period = a.build
    gain = -plan.reduced_costs[family.span]
    best: dict[int, tuple[float, int]] = {}
    for at in np.flatnonzero(gain > _NOISE).tolist():
        code = int(option[at])
        if code not in best or gain[at] > best[code][0]:
            best[code] = (float(gain[at]), int(period[at]))
    result = []
    for code, (per_unit, t) in best.items():
        name = str(a.net["options"]["option"][code])
        process, _, place = name.removeprefix("new:").partition("@")
        plant = int(a.option_plant[code])
        country = str(a.net["places"]["country"][int(a.plant_place[plant])])
        cost = overnight(chain, process, country)
        unit = str(a.net["plants"]["unit"][plant])
        step = STEPS[unit]
        result.append(
            NextStep(
                name,
                process,
                place,
                country,
                chain.years[t],
                step,
                unit,
                per_unit * step,
                cost * step,
                per_unit / (cost * float(a.discount[t])) * 1e8,
            )
        )
    return sorted(result, key=lambda s: (-s.per_hundred_million, s.option))


def overnight(chain: Chain, process: str, country: str) -> float:
    """Investment for one unit of new capacity, in money of the case; the country's own figure where there is one."""
    level = dict(chain.atlas["deflators"].select("year", "index").iter_rows())
    rows = {row["country"]: row for row in chain.atlas["capex"].filter(process=process).iter_rows(named=True)}
    row: dict[str, Any] = rows.get(country) or rows["*"]
    return float(row["capex"] * level[chain.case["money_year"]] / level[row["money_year"]])


def price_of(chain: Chain, plan: Plan, bottleneck: Bottleneck, prices: Prices | None = None) -> Price | None:
    """The price of a binding capacity with the range in which it holds; None for limits that are bounds."""
    if bottleneck.kind == "supply":
        return None
    a = plan.model.arrays
    code = list(a.net["plants"]["plant"]).index(bottleneck.name)
    prices = prices or Prices(plan)
    return prices.of_row(prices.row("capacity", code, chain.years.index(bottleneck.year)))


def sample_rows(plan: Plan, size: int) -> list[int]:
    """Rows with a price, evenly spread over the model, for a check by solving again."""
    chosen = []
    for name in ("balance", "capacity"):
        family = plan.model.constraints.get(name)
        if family is not None:
            chosen.append(family.start + np.flatnonzero(np.abs(plan.duals[family.span]) > _NOISE))
    rows = np.concatenate(chosen) if chosen else np.zeros(0, dtype=int)
    if rows.size <= size:
        return [int(r) for r in rows]
    return [int(r) for r in rows[np.linspace(0, rows.size - 1, size).astype(int)]]


def node_flows(plan: Plan) -> pl.DataFrame:
    """How much of every item comes to and leaves every place: place, item, period, value (units of the item a year, both ways).

    Where nothing comes or goes, the price of the plan is a dual of an idle row: any of many values, some of them absurd.
    """
    a = plan.model.arrays
    moved = np.zeros((a.nodes, a.T))
    make, ship = plan.grid("make"), plan.grid("ship")
    np.add.at(moved, a.use_node, np.abs(a.use_amount) * make[a.use_mode])
    np.add.at(moved, a.lane_start, ship)
    np.add.at(moved, a.lane_end, ship)
    np.add.at(moved, (a.supply_node[a.supply.row], a.supply.period), plan.family("buy"))
    return pl.DataFrame(
        {
            "place": np.repeat(np.array(a.ids("places"), dtype=object)[a.node_place], a.T).tolist(),
            "item": np.repeat(np.array(a.ids("items"), dtype=object)[a.node_item], a.T).tolist(),
            "period": list(a.ids("periods")) * a.nodes,
            "value": moved.ravel(),
        }
    )


def node_prices(plan: Plan) -> pl.DataFrame:
    """Prices of every item at every place: place, item, period, value (money of the period per unit)."""
    a = plan.model.arrays
    table = plan.row_table("balance")
    weight = dict(zip(a.ids("periods"), a.weight.tolist(), strict=True))
    return table.select(
        "place",
        "item",
        "period",
        (pl.col("dual") / pl.col("period").replace_strict(weight, return_dtype=pl.Float64)).alias("value"),
    )
