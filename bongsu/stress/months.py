"""The months of a plan: a yearly chain and its plan as a network of months, in which a disruption has a beginning and an end.

What the plan has decided stands: capacity is what it has built and kept by then, and nothing is built. What it leaves open is
open: who makes, buys and ships how much, month by month. Yearly capacities, offers and demands hold at the same rate every month.

- **Transit.** ``days`` of a lane become a delay in months of 365 / 12 days, and a delay between two whole numbers stays broken:
  what leaves evenly through a month arrives, 1.25 months later, three quarters in the next month and one quarter in the one after.
  That is exact for even departures, where rounding would shift every Pacific crossing by a week.
- **Goods on the way** at the start are free offers where they are bound for: what the plan ships at the time of departure, month
  by month until the last of it has arrived.
- **Stocks** at the start are those of the network, or days of cover times the flow of the plan (:mod:`bongsu.stress.cover`):
  ``initial`` is the low end, ``initial_high`` the high end. They need not be there again at the end, unless ``final`` says so.
- **Offers of unknown size** have no limit, and ``quantity_low`` says what the plan buys of them.
- **Law.** Duties, bans and credits stay. Content rules are shares over a year, not over a month, and are left out: what keeps a
  rule and what does not is one flow again, at the mean cost that the two have in the plan.

What can do nothing in these months is left out: plants without capacity, and lanes from where there can be none of the item or to
where nobody can use it. That changes no answer. ``near`` leaves out more, and may make a disruption look worse than it is: of the
lanes that the plan does not use, only the cheapest so many of an item to a place from each country are kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from bongsu.chain.ground import plain
from bongsu.chain.network import Network, Settings, case_schema, frame
from bongsu.plan.arrays import Arrays, Bools, Floats
from bongsu.plan.plan import Plan
from bongsu.stress.supply_chain import DAYS, ROUNDING, built, closed
from bongsu.stress.time_expanded import TRANSIT

MONTH = DAYS / 12
#: Plants that are not plants but sums over a content rule.
_ASIDE = "content:"
#: Quantities below this share of what flows at a point are rounding of the plan.
_TINY = 1e-9


@dataclass(frozen=True)
class Month:
    """A month of the network and the year of the plan that it belongs to."""

    name: str
    at: float
    year: str


def calendar(network: Network, start: dt.date, months: int) -> list[Month]:
    """Months from the one of a date on, each with the period of a yearly network that speaks for it: its own, or the nearest.

    Raises:
        ValueError: there are no months, or the network does not say which years its periods are.
    """
    if months < 1:
        raise ValueError(f"a network of {months} months has no month; ask for one or more")
    first = []
    for period, year in network["periods"].select("period", "year").iter_rows():
        if year is None and not period.isdigit():
            raise ValueError(f"period {period} has no year, so no month belongs to it; state its year in periods")
        first.append((float(period) if year is None else float(year), str(period)))
    found = []
    for number in range(start.month - 1, start.month - 1 + months):
        year, month = start.year + number // 12, number % 12
        within = [period for begins, period in first if begins <= year]
        found.append(Month(f"{year}-{month + 1:02}", year + month / 12, within[-1] if within else first[0][1]))
    return found


def monthly(
    plan: Plan, start: dt.date, months: int = 24, opening: pl.DataFrame | None = None, near: int | None = None
) -> Network:
    """The network of so many months from the month of a date on.

    Args:
        plan: the plan of a network of years.
        start: a day of the first month.
        months: how many.
        opening: rows of the table ``stocks``, such as :func:`bongsu.stress.cover.stocks` gives; None = those of the network.
        near: of the lanes that the plan does not use in these months, how many to keep of each item to each place from each
            country, the cheapest first; None = all.

    Raises:
        ValueError: there are no months, the plan cannot be relied on, or its periods are of no known year.
    """
    if plan.status not in ("optimal", "feasible"):
        raise ValueError(f"a plan that is {plan.status} has no months")
    a = plan.model.arrays
    when = calendar(plan.network, start, months)
    tables = {name: _spread(table, when) for name, table in _plain(a, plan).items()}
    tables["periods"] = frame("periods", [{"period": one.name, "years": 1 / 12, "year": one.at} for one in when])
    tables["capacity"] = _capacity(a, plan, when)
    tables["options"], tables["option_periods"] = frame("options"), frame("option_periods")
    tables["plants"] = tables["plants"].with_columns(retirable=pl.lit("no"))
    tables |= _corridors(a, plan, tables)
    if near is not None:
        tables["lanes"] = _near(a, plan, tables, when, near)
    tables["lanes"] = tables["lanes"].with_columns(
        delay=pl.when(pl.col("days").is_null()).then(pl.col("delay") * 12).otherwise(pl.col("days") / MONTH)
    )
    tables["supplies"] = pl.concat([_sure(a, plan, tables["supplies"], when), _on_the_way(a, plan, when)])
    if opening is not None:
        tables["stocks"] = opening
    settings = plan.network.settings
    own = Settings(
        name=f"{settings.name}-months",
        title=settings.title,
        currency=settings.currency,
        money_year=settings.money_year,
        discount_rate=settings.discount_rate,
    )
    return pruned(Network(tables, own, plan.network.notes))


def _plain(a: Arrays, plan: Plan) -> dict[str, pl.DataFrame]:
    """The tables of the years without content rules: twins are one with what they are twins of, at the mean cost in the plan."""
    tables = dict(a.net.tables)
    modes = dict(a.net["modes"].select("mode", "plant").iter_rows())
    for table, key, cost, flow in (
        ("modes", "mode", a.mode_cost, plan.grid("make")),
        ("lanes", "lane", a.lane_cost, plan.grid("ship")),
    ):
        names = a.ids(table)
        own = [plain(name) for name in names]
        number = {name: at for at, name in enumerate(dict.fromkeys(own))}
        of = np.array([number[name] for name in own], dtype=np.int32)
        moved = np.zeros((len(number), a.T))
        paid = np.zeros((len(number), a.T))
        np.add.at(moved, of, flow)
        np.add.at(paid, of, flow * cost)
        base = np.array([name in number for name in names], dtype=bool)
        mean = np.divide(paid, moved, out=cost[base].copy(), where=moved > _TINY)
        different = np.flatnonzero((np.abs(mean - cost[base]) > _TINY * (1 + np.abs(cost[base]))).any(axis=1))
        periods = f"{key}_periods"
        kept = [name for name, keep in zip(names, base, strict=True) if keep]
        tables[table] = tables[table].filter(pl.col(key).is_in(kept))
        tables[periods] = _priced(tables[periods], key, kept, different, mean, a.ids("periods"))
    aside = tables["plants"]["plant"].str.starts_with(_ASIDE)
    gone = set(tables["plants"].filter(aside)["plant"])
    tables["plants"] = tables["plants"].filter(~aside)
    tables["capacity"] = tables["capacity"].filter(~pl.col("plant").is_in(list(gone)))
    idle = [mode for mode, plant in modes.items() if plant in gone]
    for name in ("modes", "mode_periods"):
        tables[name] = tables[name].filter(~pl.col("mode").is_in(idle))
    return tables | {name: frame(name) for name in ("shares", "share_terms")}


def _priced(
    table: pl.DataFrame, key: str, kept: Sequence[str], different: Any, mean: Floats, periods: Sequence[str]
) -> pl.DataFrame:
    """Rows by period of what is kept, with the mean cost where it differs."""
    rows = {(row[key], row["period"]): row for row in table.iter_rows(named=True) if row[key] in set(kept)}
    for at in different.tolist():
        for t, period in enumerate(periods):
            row = rows.setdefault((kept[at], period), {key: kept[at], "period": period})
            row["cost"] = float(mean[at, t])
    return frame(f"{key}_periods", list(rows.values()))


def _near(a: Arrays, plan: Plan, tables: Mapping[str, pl.DataFrame], when: Sequence[Month], near: int) -> pl.DataFrame:
    """Lanes that the plan uses in the years of the months, and the cheapest others of each item to each place from each country."""
    names = a.ids("periods")
    years = [names.index(year) for year in dict.fromkeys(one.year for one in when)]
    moved = plan.grid("ship")[:, years].max(axis=1)
    used = {plain(name) for name, flow in zip(a.ids("lanes"), moved, strict=True) if flow > _TINY}
    cost = dict(zip(a.ids("lanes"), a.lane_cost[:, years].mean(axis=1).tolist(), strict=True))
    country = dict(a.net["places"].select("place", "country").iter_rows())
    lanes = tables["lanes"]
    asked = lanes.with_columns(
        _from=pl.col("from").replace_strict(country, default=None, return_dtype=pl.String),
        _cost=pl.col("lane").replace_strict(cost, return_dtype=pl.Float64),
        _used=pl.col("lane").is_in(list(used)),
    )
    rank = pl.col("_cost").rank("ordinal").over("item", "to", "_from", "_used")
    return asked.filter(pl.col("_used") | (rank <= near)).select(lanes.columns)


def _spread(table: pl.DataFrame, when: list[Month]) -> pl.DataFrame:
    """Rows of years as rows of their months; rows for every period stay."""
    if "period" not in table.columns or table.is_empty():
        return table
    months = pl.DataFrame(
        {"period": [one.year for one in when], "_month": [one.name for one in when]},
        schema={"period": pl.String, "_month": pl.String},
    )
    every = table.filter(pl.col("period").is_null())
    own = table.join(months, on="period", how="inner", maintain_order="left_right")
    own = own.with_columns(period=pl.col("_month")).select(table.columns)
    return pl.concat([every, own])


def _corridors(a: Arrays, plan: Plan, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Corridors that the plan opens, open; those that it does not, closed."""
    shut = pl.col("corridor").is_in([name for name, one in zip(a.ids("corridors"), closed(plan), strict=True) if one])
    capacity = pl.when(shut).then(0.0).otherwise("capacity")
    return {
        "corridors": tables["corridors"].with_columns(capacity=capacity, fixed_cost=pl.lit(0.0)),
        "corridor_periods": tables["corridor_periods"].with_columns(capacity=capacity),
    }


def _capacity(a: Arrays, plan: Plan, when: list[Month]) -> pl.DataFrame:
    """Own and built capacity of each plant, less what the plan has given up."""
    names, plants = a.ids("periods"), a.ids("plants")
    facts = {
        (plant, period): said
        for plant, period, said in a.net["capacity"].select("plant", "period", "facts").iter_rows()
    }
    options = dict(a.net["options"].select("plant", "facts").iter_rows())
    rows = []
    for year in dict.fromkeys(one.year for one in when):
        t = names.index(year)
        size = a.capacity[:, t] + built(a, t, plan)
        for plant, capacity in zip(plants, size.tolist(), strict=True):
            said = (facts.get((plant, year)) or facts.get((plant, None)) or options.get(plant), options.get(plant))
            basis = " ".join(dict.fromkeys(text for text in said if text)) or None
            # A plant without a row has no capacity.
            if capacity > _TINY:
                of = [one.name for one in when if one.year == year]
                most = None if np.isinf(capacity) else capacity
                rows += [{"plant": plant, "period": name, "capacity": most, "facts": basis} for name in of]
    return frame("capacity", rows)


def _sure(a: Arrays, plan: Plan, supplies: pl.DataFrame, when: list[Month]) -> pl.DataFrame:
    """Offers with what the plan buys of those of unknown size as what is sure."""
    names = a.ids("periods")
    row, period = a.supply.row, a.supply.period
    bought = plan.family("buy")
    offers = a.net["supplies"]["supply"]
    flow = {
        (str(offers[int(r)]), names[int(t)]): max(0.0, float(q)) * (1 + ROUNDING)
        for r, t, q in zip(row, period, bought, strict=True)
    }
    spelled = _each_month(supplies, when)
    year = {one.name: one.year for one in when}
    low = [
        None if quantity is not None else flow.get((supply, year[month]), 0.0)
        for supply, month, quantity in spelled.select("supply", "period", "quantity").iter_rows()
    ]
    return spelled.with_columns(quantity_low=pl.Series(low, dtype=pl.Float64))


def _each_month(table: pl.DataFrame, when: list[Month]) -> pl.DataFrame:
    """Rows for every period spelled out, month by month."""
    every, own = table.filter(pl.col("period").is_null()), table.filter(pl.col("period").is_not_null())
    if every.is_empty():
        return own
    names = pl.DataFrame({"_month": [one.name for one in when]})
    spelled = every.join(names, how="cross").with_columns(period=pl.col("_month")).select(table.columns)
    given = own.select(table.columns[0], "period")
    return pl.concat([own, spelled.join(given, on=given.columns, how="anti")])


def _on_the_way(a: Arrays, plan: Plan, when: list[Month]) -> pl.DataFrame:
    """Free offers of what was shipped before the first month and arrives in one of them."""
    names = a.ids("periods")
    days = a.number("lanes", "days") / MONTH
    ship = plan.grid("ship") * (1.0 - a.lane_loss)[:, None]
    whole = np.floor(days)
    late = days - whole
    arriving = np.zeros((a.nodes, len(when)))
    for back in range(1, int(whole.max(initial=0.0)) + 2):
        # The month of departure, and the period of the plan that speaks for it.
        left = calendar(plan.network, _earlier(when[0], back), 1)[0]
        t = names.index(left.year)
        for after, part in ((whole, 1.0 - late), (whole + 1, late)):
            month = (after - back).astype(int)
            here = np.flatnonzero((month >= 0) & (month < len(when)) & (part > 0) & (ship[:, t] > 0))
            np.add.at(arriving, (a.lane_end[here], month[here]), part[here] * ship[here, t])
    places, items = a.net["places"]["place"], a.net["items"]["item"]
    rows = []
    for node, at in zip(*np.nonzero(arriving > _TINY), strict=True):
        place, item = str(places[int(a.node_place[node])]), str(items[int(a.node_item[node])])
        rows.append(
            {
                "supply": f"{TRANSIT}{item}@{place}",
                "place": place,
                "item": item,
                "period": when[int(at)].name,
                "price": 0.0,
                "quantity": float(arriving[node, at]),
            }
        )
    return frame("supplies", rows)


def _earlier(month: Month, back: int) -> dt.date:
    """The first day of the month so many months before."""
    year, number = (int(part) for part in month.name.split("-"))
    year, number = divmod(year * 12 + number - 1 - back, 12)
    return dt.date(year, number + 1, 1)


def pruned(network: Network) -> Network:
    """The network without what can do nothing: plants without capacity, and lanes that nothing can leave or nobody can use.

    Exact: an item is at a point only if an offer, a store, a lane from a point where it is, or a process of a plant with capacity
    whose inputs are all there, can bring it; it is of use only where it is demanded, kept, freely disposed of, processed, lost on
    the way, or moved on to where it is of use.
    """
    a = Arrays(network)
    alive: Bools = np.asarray((a.usable > 0).any(axis=1))
    if network["options"].height:
        alive[a.option_plant] = True
    there, live = _reached(a, alive[a.mode_plant])
    wanted = _of_use(a, live)
    lanes = there[a.lane_start] & wanted[a.lane_end] & (a.lane_capacity > 0).any(axis=1)
    kept_plants = np.zeros(a.plants, dtype=bool)
    kept_plants[a.mode_plant[live]] = True
    return _restricted(network, kept_plants, live, lanes)


def _reached(a: Arrays, live: Bools) -> tuple[Bools, Bools]:
    """Points at which there can be some of the item, and modes that can run; a least fixed point, found from the offers on."""
    taken = a.use_amount.min(axis=1) < 0
    there = np.zeros(a.nodes, dtype=bool)
    there[a.supply_node] = True
    initial = np.maximum(a.number("stocks", "initial"), a.number("stocks", "initial_high"))
    there[a.stock_node[initial > 0]] = True
    running = np.zeros(a.modes, dtype=bool)
    while True:
        missing = np.zeros(a.modes, dtype=bool)
        missing[a.use_mode[taken & ~there[a.use_node]]] = True
        now = live & ~missing
        before = there.copy()
        there[a.use_node[now[a.use_mode] & (a.use_amount.max(axis=1) > 0)]] = True
        there[a.lane_end[there[a.lane_start]]] = True
        if (there == before).all() and (now == running).all():
            return there, now
        running = now


def _of_use(a: Arrays, live: Bools) -> Bools:
    """Points at which an item that arrives can be of use."""
    wanted = np.zeros(a.nodes, dtype=bool)
    wanted[a.demand_node] = True
    wanted[a.stock_node] = True
    wanted[a.dump_node[~a.dump_own]] = True
    wanted[a.use_node[live[a.use_mode] & (a.use_amount.min(axis=1) < 0)]] = True
    # What nobody wants can be lost by moving it in a circle.
    wanted[a.lane_start[a.lane_loss > 0]] = True
    while True:
        before = wanted.copy()
        wanted[a.lane_start[wanted[a.lane_end]]] = True
        if (wanted == before).all():
            return wanted


def _restricted(network: Network, plants: Bools, modes: Bools, lanes: Bools) -> Network:
    """The network with some plants, modes and lanes, and with the rows of other tables that are about those."""
    tables = dict(network.tables)
    kept: Mapping[str, set[str]] = {
        "plants": _names(tables["plants"]["plant"], plants),
        "modes": _names(tables["modes"]["mode"], modes),
        "lanes": _names(tables["lanes"]["lane"], lanes),
    }
    kept = {**kept, "options": set(tables["options"].filter(pl.col("plant").is_in(list(kept["plants"])))["option"])}
    for name, declared in case_schema().items():
        for field in declared.fields:
            if field.refers in kept:
                tables[name] = tables[name].filter(pl.col(field.name).is_in(list(kept[field.refers])))
    for name, column in (("plants", "plant"), ("modes", "mode"), ("lanes", "lane")):
        tables[name] = tables[name].filter(pl.col(column).is_in(list(kept[name])))
    gone = pl.lit(False)
    for kind, name in (("mode", "modes"), ("lane", "lanes")):
        gone = gone | ((pl.col("kind") == kind) & ~pl.col("of").is_in(list(kept[name])))
    tables["share_terms"] = tables["share_terms"].filter(~gone)
    # Events strike what is left; what they would do to the rest is nothing.
    idle = pl.lit(False)
    for names, about in (("plants", ("availability", "capacity", "plants")), ("lanes", ("lanes", "lane_periods"))):
        idle = idle | (pl.col("table").is_in(about) & ~pl.col("of").is_in(list(kept[names])))
    idle = idle | (pl.col("table").is_in(["modes", "mode_periods"]) & ~pl.col("of").is_in(list(kept["modes"])))
    tables["event_changes"] = tables["event_changes"].filter(~idle)
    return Network(tables, network.settings, network.notes)


def _names(names: Iterable[Any], chosen: Any) -> set[str]:
    return {str(name) for name, keep in zip(names, chosen, strict=True) if keep}
