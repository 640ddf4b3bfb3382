"""The part of the generator's network that PyPSA can express, for both: :func:`reduced` as tables, :func:`state` in PyPSA.

Reduced means: the first recipe of each plant only, own capacity only (no options with lead times), no rules of content. A place and
item is a Bus; a lane and a plant are Links, the plant one with a second output for the by-product; an offer, a disposal and
unserved demand are Generators, demand is a Load; a period is a snapshot with its discounted weight.
"""

from __future__ import annotations

import pandas as pd
import polars as pl
import pypsa

from bongsu.chain.network import Network

#: Capacity of what has none; PyPSA turns bounds into rows, and a row wants a number.
_LARGE = 1e6


def reduced(network: Network) -> Network:
    """The network without what PyPSA cannot express."""
    empty = Network.of().tables
    left_out = {name: empty[name] for name in ("options", "shares", "share_terms")}
    modes = network["modes"].filter(pl.col("mode").str.ends_with("/a"))
    recipes = network["recipes"].filter(pl.col("process").is_in(modes["process"].unique().to_list()))
    return Network({**network.tables, **left_out, "modes": modes, "recipes": recipes}, network.settings)


def state(network: Network) -> pypsa.Network:
    """A reduced network in PyPSA."""
    tables = {name: _frame(table) for name, table in network.tables.items()}
    periods = tables["periods"]
    n = pypsa.Network()
    n.set_snapshots(periods["period"])
    weight = (1 + network.settings.discount_rate) ** -(periods["year"] - periods["year"].iloc[0]) * periods["years"]
    n.snapshot_weightings["objective"] = weight.to_numpy()

    lanes, plants, modes = tables["lanes"], tables["plants"], tables["modes"]
    signs = tables["recipes"].assign(made=tables["recipes"]["amount"] > 0)
    used = signs[~signs["made"]].set_index("process")
    main = signs[signs["made"] & signs["item"].str.startswith("i")].set_index("process")
    other = signs[signs["made"] & signs["item"].str.startswith("b")].set_index("process")
    modes = modes.merge(plants[["plant", "place"]], on="plant")
    process = modes["process"]
    need = -used.loc[process, "amount"].to_numpy()
    start = modes["place"] + ":" + used.loc[process, "item"].to_numpy()
    product = modes["place"] + ":" + main.loc[process, "item"].to_numpy()
    waste = modes["place"] + ":" + other.loc[process, "item"].to_numpy()
    lane_start, lane_end = lanes["from"] + ":" + lanes["item"], lanes["to"] + ":" + lanes["item"]
    supplies, dumps, demands = tables["supplies"], tables["disposals"], tables["demands"]
    sold = supplies["place"] + ":" + supplies["item"]
    wanted = demands["place"] + ":" + demands["item"]
    buses = {*start, *product, *waste, *lane_start, *lane_end, *sold, *wanted}
    n.add("Bus", sorted(buses))
    n.add(
        "Link",
        lanes["lane"],
        bus0=lane_start.to_numpy(),
        bus1=lane_end.to_numpy(),
        p_nom=_LARGE,
        marginal_cost=lanes["cost"].to_numpy(),
    )
    capacity = tables["capacity"].pivot(index="period", columns="plant", values="capacity")
    capacity = capacity.loc[list(n.snapshots), list(modes["plant"])]
    n.add(
        "Link",
        modes["mode"],
        bus0=start.to_numpy(),
        bus1=product.to_numpy(),
        bus2=waste.to_numpy(),
        efficiency=1 / need,
        efficiency2=other.loc[process, "amount"].to_numpy() / need,
        marginal_cost=modes["cost"].to_numpy() / need,
        p_nom=need,
        p_max_pu=capacity.set_axis(list(modes["mode"]), axis=1),
    )
    n.add(
        "Generator",
        supplies["supply"],
        bus=sold.to_numpy(),
        p_nom=supplies["quantity"].to_numpy(),
        marginal_cost=supplies["price"].to_numpy(),
    )
    ways = dumps["place"] + ":" + dumps["item"]
    n.add(
        "Generator",
        "dump-" + ways,
        bus=ways.to_numpy(),
        sign=-1.0,
        p_nom=_LARGE,
        marginal_cost=dumps["cost"].to_numpy(),
    )
    quantity = demands.assign(bus=wanted).pivot(index="period", columns="bus", values="quantity").loc[list(n.snapshots)]
    names = list(quantity.columns)
    n.add("Load", names, bus=names, p_set=quantity)
    penalty = float(demands["penalty"].iloc[0])
    short = ["short-" + name for name in names]
    n.add("Generator", short, bus=names, p_nom=1.0, p_max_pu=quantity.set_axis(short, axis=1), marginal_cost=penalty)
    return n


def _frame(table: pl.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({column: table[column].to_list() for column in table.columns})
