"""Who supplies what of a market: flows traced back from demand through the plan.

At each place and item everything that arrives is mixed, and everything that leaves is drawn from the mix in proportion. The share
of a node's throughput that ends in the chosen markets then solves, in each period, the linear system

    f(n) · out(n) = demand(n) + Σ_{lanes n → k} ship · f(k) + Σ_{modes m that consume at n} amount · make · g(m)

with g(m) = Σ_o w(m, o) · f(node of o) over the outputs o of mode m
(proportional mixing, as in multi-regional input-output tracing). What is sold off or thrown away is part of out(n) and serves no
market. A mode serves what its outputs serve: the weights w(m, o) are the parts of its outputs in the worth of all of them, at the
prices of the plan and without those of no worth; where none has a price, their parts in the quantity. A by-product that
recycles makes the system circular; it is solved, not iterated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.sparse.linalg import spsolve

from bongsu.chain import Chain
from bongsu.plan.arrays import Arrays, Floats, Ints
from bongsu.plan.plan import Plan

_TINY = 1e-9
#: Processes whose inputs stand in for each other begin so (not blends of what is all needed, such as an electrolyte).
_BLEND = "blend_anode_"


@dataclass(frozen=True)
class Footprint:
    """What of every flow of a plan serves the given markets.

    Attributes:
        chain, plan: what is traced.
        markets: places whose demand counts.
    """

    chain: Chain
    plan: Plan
    markets: tuple[str, ...]

    @property
    def arrays(self) -> Arrays:
        """The coded network of the plan."""
        return self.plan.model.arrays

    @cached_property
    def node_share(self) -> Floats:
        """Share of the throughput of each node that ends in the markets, shape (nodes, T), between 0 and 1."""
        return np.stack([self._solve(t) for t in range(self.arrays.T)], axis=1)

    @cached_property
    def mode_share(self) -> Floats:
        """Share of the activity of each mode that ends in the markets, shape (modes, T): the weighted mean over its outputs."""
        result = np.zeros((self.arrays.modes, self.arrays.T))
        np.add.at(result, self.arrays.use_mode, self._output_weight * self.node_share[self.arrays.use_node])
        return np.clip(result, 0.0, 1.0)

    @cached_property
    def _output_weight(self) -> Floats:
        """Part of each use in what its mode puts out, by worth or else by quantity, shape (uses, T); 0 for inputs."""
        a = self.arrays
        amount = np.maximum(a.use_amount, 0.0)
        balance = self.plan.model.constraints["balance"]
        price = np.nan_to_num(self.plan.duals[balance.span]).reshape(a.nodes, a.T)[a.use_node]
        worth = amount * np.maximum(price, 0.0)
        of_mode = np.zeros((2, a.modes, a.T))
        np.add.at(of_mode[0], a.use_mode, worth)
        np.add.at(of_mode[1], a.use_mode, amount)
        all_worth, everything = of_mode[0][a.use_mode], of_mode[1][a.use_mode]
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(all_worth > _TINY, worth / all_worth, amount / everything)
        return np.asarray(np.nan_to_num(weight))

    def _solve(self, t: int) -> npt.NDArray[np.float64]:
        a, plan = self.arrays, self.plan
        n = a.nodes
        ship, make = plan.grid("ship")[:, t], plan.grid("make")[:, t]
        start, end = a.node(a.lane_from, a.lane_item), a.node(a.lane_to, a.lane_item)
        use_node = a.use_node
        taken = np.maximum(-a.use_amount[:, t], 0.0) * make[a.use_mode]
        own = a.demand.period == t
        rows = a.demand.row[own]
        node = a.node(a.demand_place, a.demand_item)[rows]
        served = np.maximum(a.demand_quantity[rows] - plan.family("short")[own], 0.0)
        chosen = np.isin(np.asarray(a.net["places"]["place"])[a.demand_place[rows]], self.markets)
        out = np.zeros(n)
        np.add.at(out, start, ship)
        np.add.at(out, use_node, taken)
        np.add.at(out, node, served)
        if "dump" in plan.model.variables:
            np.add.at(out, a.dump_node, plan.grid("dump")[:, t])
        right = np.zeros(n)
        np.add.at(right, node[chosen], served[chosen])
        moved = ship > _TINY
        consumer, product, weight_ = self._links(t, taken)
        rows_ = np.concatenate([start[moved], use_node[consumer]])
        columns = np.concatenate([end[moved], use_node[product]])
        weight = np.concatenate([ship[moved], taken[consumer] * weight_])
        busy = out > _TINY
        scale = np.where(busy, 1.0 / np.where(busy, out, 1.0), 0.0)
        spread = sparse.csr_array((weight * scale[rows_], (rows_, columns)), shape=(n, n))
        # A whisker of damping keeps closed loops without an exit (which hold no demand) solvable.
        system = (sparse.eye_array(n) - (1 - 1e-12) * spread).tocsc()
        share: npt.NDArray[np.float64] = np.clip(spsolve(system, right * scale), 0.0, 1.0)
        return share

    def _links(self, t: int, taken: Floats) -> tuple[Ints, Ints, Floats]:
        """Uses that take, joined with each use that their mode puts out in a period, and the weight of it."""
        modes = self.arrays.use_mode
        weight = self._output_weight[:, t]
        takes = pl.DataFrame({"mode": modes, "taker": np.arange(modes.size)}).filter(pl.Series(taken > _TINY))
        gives = pl.DataFrame({"mode": modes, "giver": np.arange(modes.size), "weight": weight}).filter(
            pl.Series(weight > 0)
        )
        pairs = takes.join(gives, on="mode", maintain_order="left_right")
        return pairs["taker"].to_numpy(), pairs["giver"].to_numpy(), pairs["weight"].to_numpy()

    @cached_property
    def equivalents(self) -> dict[tuple[str, int], float]:
        """GWh of cells for the markets that all of an item (as it serves them) goes into, by item and year.

        From the cells backwards: what a process makes carries the GWh of its product in proportion to its part of it, and each
        input that the process cannot do without carries the same GWh; in a blend, where inputs stand in for each other, they
        share it by mass. So six thousand tonnes of a material that is one of several sources stand for no more than they are
        enough for. An item that several steps behind the same cell take, such as a reagent, would count once for each of them:
        it stands for all cells at most.
        """
        made = self.made()
        atlas = self.chain.atlas
        stage = dict(atlas["items"].select("item", "stage").iter_rows())
        main = dict(atlas["processes"].select("process", "main_item").iter_rows())
        blends = set(atlas["processes"].filter(pl.col("process").str.starts_with(_BLEND))["process"])
        inputs: dict[str, dict[str, float]] = {}
        for process, item, amount in self.chain.network["recipes"].select("process", "item", "amount").iter_rows():
            if amount < 0:
                inputs.setdefault(process, {})[item] = -amount
        result: dict[tuple[str, int], float] = {}
        for year in self.chain.years:
            total = {item: served for (item, at), served in self.totals.items() if at == year}
            part: dict[str, float] = {}
            for process, item, served in (
                made.filter(pl.col("year") == year).select("process", "item", "served").iter_rows()
            ):
                if item == main.get(process) and total[item] > _TINY:
                    part[process] = part.get(process, 0.0) + served / total[item]
            cells = {item: amount / 1e6 for item, amount in total.items() if stage.get(item) == "cell"}
            carried = dict(cells)
            # The chain is about ten steps long; loops through recycling carry little and fade.
            for _ in range(40):
                following = dict(cells)
                for process, share in part.items():
                    gwh = carried.get(main[process], 0.0) * share
                    mass = sum(inputs.get(process, {}).values())
                    for item, amount in inputs.get(process, {}).items():
                        if stage.get(item) != "cell":
                            following[item] = following.get(item, 0.0) + gwh * (
                                amount / mass if process in blends else 1.0
                            )
                carried = following
            limit = sum(cells.values())
            result |= {(item, year): min(gwh, limit) for item, gwh in carried.items()}
        return result

    @cached_property
    def totals(self) -> dict[tuple[str, int], float]:
        """All of an item, made or bought, that serves the markets, by item and year."""
        rows = pl.concat([frame.select("item", "year", "served") for frame in (self.made(), self.bought())])
        summed = rows.group_by("item", "year", maintain_order=True).agg(pl.col("served").sum())
        return {(item, year): served for item, year, served in summed.iter_rows()}

    def weight(self, item: str, year: int) -> float:
        """GWh-equivalents of one unit of an item that serves the markets."""
        total = self.totals.get((item, year), 0.0)
        return self.equivalents.get((item, year), 0.0) / total if total > _TINY else 0.0

    # Tables ---------------------------------------------------------------------------------------------------------------

    def made(self) -> pl.DataFrame:
        """What every plant made of each output for the markets.

        Columns: plant, place, country, process, item, year, quantity (all), served (for the markets).
        """
        a = self.arrays
        make = self.plan.grid("make")
        amount = np.maximum(a.use_amount, 0.0) * make[a.use_mode]
        entry, t = np.nonzero(amount > _TINY)
        mode = a.use_mode[entry]
        node = a.node(a.plant_place[a.mode_plant[mode]], a.use_item[entry])
        plants, places = a.net["plants"], a.net["places"]
        at = a.plant_place[a.mode_plant[mode]]
        quantity = amount[entry, t]
        return pl.DataFrame(
            {
                "plant": plants["plant"].gather(a.mode_plant[mode]),
                "place": places["place"].gather(at),
                "country": places["country"].gather(at),
                "process": a.net["modes"]["process"].gather(mode),
                "item": a.net["items"]["item"].gather(a.use_item[entry]),
                "year": pl.Series([self.chain.years[i] for i in t], dtype=pl.Int64),
                "quantity": quantity,
                "served": quantity * self.node_share[node, t],
            }
        )

    def bought(self) -> pl.DataFrame:
        """What was bought outside for the markets: place, country, item, year, quantity, served."""
        a = self.arrays
        value = self.plan.family("buy")
        chosen = np.flatnonzero(value > _TINY)
        row, t = a.supply.row[chosen], a.supply.period[chosen]
        node = a.node(a.supply_place, a.supply_item)[row]
        places = a.net["places"]
        return pl.DataFrame(
            {
                "place": places["place"].gather(a.supply_place[row]),
                "country": places["country"].gather(a.supply_place[row]),
                "item": a.net["items"]["item"].gather(a.supply_item[row]),
                "year": pl.Series([self.chain.years[i] for i in t], dtype=pl.Int64),
                "quantity": value[chosen],
                "served": value[chosen] * self.node_share[node, t],
            }
        )

    def shipped(self) -> pl.DataFrame:
        """Flows for the markets: lane, from, to, from_country, to_country, item, via, year, quantity, served."""
        a = self.arrays
        flow = self.plan.grid("ship")
        lane, t = np.nonzero(flow > _TINY)
        end = a.node(a.lane_to, a.lane_item)[lane]
        lanes, places = a.net["lanes"], a.net["places"]
        quantity = flow[lane, t]
        return pl.DataFrame(
            {
                "lane": lanes["lane"].gather(lane),
                "from": lanes["from"].gather(lane),
                "to": lanes["to"].gather(lane),
                "from_country": places["country"].gather(a.lane_from[lane]),
                "to_country": places["country"].gather(a.lane_to[lane]),
                "item": lanes["item"].gather(lane),
                "via": lanes["via"].gather(lane),
                "year": pl.Series([self.chain.years[i] for i in t], dtype=pl.Int64),
                "quantity": quantity,
                "served": quantity * self.node_share[end, t],
            }
        )


def north_america(chain: Chain) -> tuple[str, ...]:
    """Markets of the case in North America, in the order of the places table."""
    wanted = set(chain.network["demands"]["place"])
    rows = chain.atlas["places"].filter((pl.col("kind") == "market") & pl.col("country").is_in(["US", "CA", "MX"]))
    return tuple(place for place in rows["place"] if place in wanted)


def korean_share(chain: Chain, facility: str, countries: Sequence[str] = ("KR",)) -> tuple[float | None, list[int]]:
    """Equity share of owners from the given countries in a facility, and the lines that say so; None = unknown.

    An owner whose share is unknown counts for an equal part of what the known shares leave.
    """
    table = chain.atlas["facility_owners"].filter(
        (pl.col("facility") == facility) & (pl.col("valid_from") <= chain.atlas.known)
    )
    if table.is_empty():
        return None, []
    current = table.filter(pl.col("valid_from") == pl.col("valid_from").max())
    stated = float(current["share"].sum())
    blank = current["share"].null_count()
    rest = max(0.0, 1.0 - stated) / blank if blank else 0.0
    lines = current["_line"].to_list()
    if not any(current["owner_country"].is_not_null()):
        return None, lines
    held = current.filter(pl.col("owner_country").is_in(list(countries)))
    return float(held["share"].fill_null(rest).sum()), lines
