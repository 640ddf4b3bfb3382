"""The generator's network stated in Pyomo: the families that the generator uses, from the tables, in Pyomo's usual style."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo

from bongsu.chain.network import Network


def state(network: Network) -> pyo.ConcreteModel:
    """Make, ship, buy, dump, build, short and waiver under balance, capacity, most new capacity and content."""
    rows = {name: table.to_dicts() for name, table in network.tables.items()}
    periods = [row["period"] for row in rows["periods"]]
    at = {period: t for t, period in enumerate(periods)}
    d = [(1 + network.settings.discount_rate) ** -(row["year"] - rows["periods"][0]["year"]) for row in rows["periods"]]
    w = [factor * row["years"] for factor, row in zip(d, rows["periods"], strict=True)]
    T = range(len(periods))
    plants = {row["plant"]: row for row in rows["plants"]}
    modes = {row["mode"]: row for row in rows["modes"]}
    lanes = {row["lane"]: row for row in rows["lanes"]}
    supplies = {row["supply"]: row for row in rows["supplies"]}
    dumps = {(row["place"], row["item"]): row for row in rows["disposals"]}
    options = {row["option"]: row for row in rows["options"]}
    demands = {(row["demand"], at[row["period"]]): row for row in rows["demands"]}
    rules = {row["share"]: row for row in rows["shares"]}
    capacity = {(row["plant"], at[row["period"]]): row["capacity"] for row in rows["capacity"]}

    def build_cost(option: dict[str, Any], t: int) -> float:
        return float(d[t] * option["capital_cost"] + sum(w[t:]) * option["annual_cost"])

    m = pyo.ConcreteModel()
    m.make = pyo.Var(modes, T, within=pyo.NonNegativeReals)
    m.ship = pyo.Var(lanes, T, within=pyo.NonNegativeReals)
    m.buy = pyo.Var(supplies, T, bounds=lambda _, s, t: (0, supplies[s]["quantity"]))
    m.dump = pyo.Var(dumps, T, within=pyo.NonNegativeReals)
    m.build = pyo.Var(
        [(o, t) for o, row in options.items() for t in T if t >= row["lead_time"]], within=pyo.NonNegativeReals
    )
    m.short = pyo.Var(demands, bounds=lambda _, x, t: (0, demands[x, t]["quantity"]))
    m.waiver = pyo.Var(rules, T, within=pyo.NonNegativeReals)
    m.cost = pyo.Objective(
        expr=pyo.quicksum(w[t] * modes[i]["cost"] * v for (i, t), v in m.make.items())
        + pyo.quicksum(w[t] * lanes[i]["cost"] * v for (i, t), v in m.ship.items())
        + pyo.quicksum(w[t] * supplies[i]["price"] * v for (i, t), v in m.buy.items())
        + pyo.quicksum(w[t] * dumps[p, i]["cost"] * v for (p, i, t), v in m.dump.items())
        + pyo.quicksum(
            (d[t] * options[i]["capital_cost"] + sum(w[t:]) * options[i]["annual_cost"]) * v
            for (i, t), v in m.build.items()
        )
        + pyo.quicksum(w[key[1]] * demands[key]["penalty"] * v for key, v in m.short.items())
        + pyo.quicksum(w[t] * rules[i]["penalty"] * v for (i, t), v in m.waiver.items())
    )

    recipes: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows["recipes"]:
        recipes[row["process"]].append((row["item"], row["amount"]))
    terms: dict[Any, list[Any]] = defaultdict(list)
    wanted: dict[Any, float] = defaultdict(float)
    modes_of: dict[str, list[str]] = defaultdict(list)
    for i, row in modes.items():
        modes_of[row["plant"]].append(i)
        for item, amount in recipes[row["process"]]:
            terms[plants[row["plant"]]["place"], item].append((m.make, i, amount))
    for i, row in lanes.items():
        terms[row["from"], row["item"]].append((m.ship, i, -1.0))
        terms[row["to"], row["item"]].append((m.ship, i, 1.0 - row["loss"]))
    for i, row in supplies.items():
        terms[row["place"], row["item"]].append((m.buy, i, 1.0))
    for i in dumps:
        terms[i].append((m.dump, i, -1.0))
    for (i, t), row in demands.items():
        if t == 0:
            terms[row["place"], row["item"]].append((m.short, i, 1.0))
        wanted[row["place"], row["item"], t] = row["quantity"]

    def balance(_: Any, place: str, item: str, t: int) -> Any:
        flows = terms[place, item]
        return (
            pyo.quicksum(a * v[(*i, t) if isinstance(i, tuple) else (i, t)] for v, i, a in flows)
            == wanted[place, item, t]
        )

    m.balance = pyo.Constraint(list(terms), T, rule=balance)
    option_of = {row["plant"]: i for i, row in options.items()}

    def limit(_: Any, plant: str, t: int) -> Any:
        made = pyo.quicksum(modes[i]["use"] * m.make[i, t] for i in modes_of[plant])
        o = option_of[plant]
        return made - pyo.quicksum(m.build[o, s] for s in range(options[o]["lead_time"], t + 1)) <= capacity[plant, t]

    m.capacity = pyo.Constraint(plants, T, rule=limit)

    def total(_: Any, o: str) -> Any:
        return pyo.quicksum(m.build[o, t] for t in T if t >= options[o]["lead_time"]) <= options[o]["max_total"]

    m.total = pyo.Constraint(options, rule=total)
    members: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows["share_terms"]:
        members[row["share"]].append((row["of"], row["coefficient"]))
    m.content = pyo.Constraint(
        rules, T, rule=lambda _, r, t: pyo.quicksum(c * m.ship[i, t] for i, c in members[r]) + m.waiver[r, t] >= 0
    )
    return m
