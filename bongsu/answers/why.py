"""Why a figure is what it is: from the figure through binding constraints and parameters to facts and sources.

A price is explained by the activity at the margin, whose reduced cost is zero, so that its cost adds up exactly:

    price of what a process makes = processing + inputs at their prices + scarcity of its capacity - by-products at their prices
                                  (that a place may sell its own only, never what is brought there, is worth something to the maker)
    price of what arrives         = freight + price where it comes from
    price of what is bought       = the outside price + scarcity of the offer

each term going on to the next node until facts are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import polars as pl

from bongsu.answers.figure import LANGUAGES, Facts, Node, label, names, unit_name
from bongsu.answers.footprint import Footprint, korean_share, north_america
from bongsu.chain import Chain
from bongsu.law.inforce import InForce
from bongsu.plan.plan import Plan

_DEPTH = 7
#: Parts smaller than this share of a figure are summed into one line.
_SMALL = 0.02
#: Differences of prices up to this share are the solver's last digits.
_ROUNDING = 1e-7
_FLOW = 1e-6


#: Who makes the cells of North America: the groups of the first headline.
GROUPS = ("canada", "korea", "korean_owned_us", "other_us", "other")


@dataclass(frozen=True)
class CellMaker:
    """GWh of cells for North America by one maker in one year, split over the groups.

    Attributes:
        plant: a plant of the network, or the place of an outside offer if not ``made``.
        gwh: by group; several where ownership is shared.
    """

    plant: str
    year: int
    made: bool
    gwh: Mapping[str, float]


class UnknownFigure(ValueError):
    """There is no such figure in this plan."""


class Why:
    """Reasons for the figures of one plan.

    Figures are named ``share:YEAR``, ``share.GROUP:YEAR``, ``price:ITEM@PLACE:YEAR``, ``capacity:PLANT:YEAR``,
    ``promise:LINE:YEAR``, ``build:OPTION:YEAR``, ``short:DEMAND:YEAR`` and ``supply:ITEM:COUNTRY:YEAR``.
    """

    def __init__(self, chain: Chain, plan: Plan) -> None:
        self.chain, self.plan = chain, plan
        self.atlas, self.a = chain.atlas, plan.model.arrays
        self.law = chain.choices.law if isinstance(chain.choices.law, InForce) else None
        self.facts = Facts(chain.atlas, self.law.law if self.law else None)
        self.balance = plan.model.constraints["balance"]
        self._columns: Any = None
        self._by_period: dict[str, dict[tuple[str, str], str]] = {}
        self._weight = self.a.weight

    @cached_property
    def footprint(self) -> Footprint:
        """Flows traced back from the North American markets of the case."""
        return Footprint(self.chain, self.plan, north_america(self.chain))

    def figure(self, name: str) -> Node:
        """The tree of a figure.

        Raises:
            UnknownFigure: the name is not one of the forms above, or names nothing in this plan.
        """
        kind, _, rest = name.partition(":")
        makers: dict[str, Callable[[str, int], Node]] = {
            "share": lambda _, year: self.share(year),
            **{f"share.{key}": partial(self._group, key) for key in (*GROUPS, "short")},
            "price": self._price_of,
            "capacity": self.capacity,
            "promise": self.promise,
            "build": self.build,
            "short": self.short,
            "supply": self.supply,
        }
        what, _, year = rest.rpartition(":")
        if kind not in makers or not year.isdecimal() or int(year) not in self.chain.years:
            forms = "share:YEAR, price:ITEM@PLACE:YEAR, capacity:PLANT:YEAR, promise:LINE:YEAR, build:OPTION:YEAR, "
            forms += "short:DEMAND:YEAR or supply:ITEM:COUNTRY:YEAR"
            raise UnknownFigure(
                f"{name!r} is not a figure of this plan ({self.chain.years[0]}-{self.chain.years[-1]}); use {forms}"
            )
        return makers[kind](what, int(year))

    def _group(self, group: str, what: str, year: int) -> Node:
        return self.share_of(group, year)

    # Prices --------------------------------------------------------------------------------------------------------------

    def _price_of(self, what: str, year: int) -> Node:
        item, _, place = what.partition("@")
        return self.price(item, place, year)

    def price(self, item: str, place: str, year: int) -> Node:
        """Value of one more unit of an item at a place."""
        node = self._node(item, place)
        value = self._dual(node, year)
        title = label(
            "price",
            unit=self._unit_name(item),
            item=names(self.atlas, "items", item),
            place=self._place(place),
            year=year,
        )
        return Node(
            title, value, f"USD/{self._unit(item)}", "money", children=self._reasons(node, self._t(year), _DEPTH, set())
        )

    def _node(self, item: str, place: str) -> int:
        items, places = list(self.a.net["items"]["item"]), list(self.a.net["places"]["place"])
        if item not in items or place not in places:
            raise UnknownFigure(f"there is no item {item!r} at a place {place!r} in this plan")
        key = places.index(place) * self.a.items + items.index(item)
        at = int(np.searchsorted(self.a.node_key, key))
        if at >= self.a.nodes or self.a.node_key[at] != key:
            raise UnknownFigure(f"{item} is neither made, used nor moved at {place}")
        return at

    def _t(self, year: int) -> int:
        return self.chain.years.index(year)

    def _dual(self, node: int, year: int) -> float:
        return self._dual_at(node, self._t(year))

    def _dual_at(self, node: int, t: int) -> float:
        return float(self.plan.duals[self.balance.start + node * self.a.T + t] / self._weight[t])

    def _sale(self, entry: int, t: int) -> float:
        """What an output is worth to its maker beyond its price there: only a maker may sell or get rid of own by-products."""
        family = self.plan.model.constraints.get("dump_own")
        if family is None or self.a.use_byproduct[entry, t] <= 0:
            return 0.0
        ways = np.flatnonzero(self.a.dump_node == self.a.use_node[entry])
        rows = np.flatnonzero(np.isin(family.keys["disposals"], ways) & (family.keys["period"] == t))
        return float(-self.plan.duals[family.start + rows].sum() / self._weight[t])

    def _unit(self, item: str) -> str:
        return str((self.atlas.row("items", item) or {}).get("unit", "unit"))

    def _unit_name(self, item: str) -> dict[str, str]:
        """The unit of an item in words."""
        return unit_name(self._unit(item))

    def _place(self, place: str) -> dict[str, str]:
        return names(self.atlas, "places", place)

    def _plant(self, plant: str) -> dict[str, str]:
        line = self.atlas.row("facility_lines", plant)
        if line:
            return names(self.atlas, "facilities", line["facility"])
        process, _, place = plant.removeprefix("new:").partition("@")
        what, where = names(self.atlas, "processes", process), self._place(place)
        return {language: f"{what[language]}, {where[language]}" for language in LANGUAGES}

    def _reasons(self, node: int, t: int, depth: int, seen: set[int]) -> tuple[Node, ...]:
        """What the price of a node is made of, from the activity at its margin."""
        if depth == 0 or node in seen:
            return ()
        seen = seen | {node}
        item = str(self.a.net["items"]["item"][int(self.a.node_item[node])])
        place = str(self.a.net["places"]["place"][int(self.a.node_place[node])])
        for explain in (self._shortage, self._bought, self._made, self._arrived):
            found = explain(node, t, item, place, depth, seen)
            if found:
                return found
        return self._used(node, t, item, depth, seen)

    def _shortage(self, node: int, t: int, item: str, place: str, depth: int, seen: set[int]) -> tuple[Node, ...]:
        row, period = self.a.demand.row, self.a.demand.period
        short = self.plan.family("short")
        here = np.flatnonzero(
            (period == t) & (self.a.node(self.a.demand_place, self.a.demand_item)[row] == node) & (short > _FLOW)
        )
        if not here.size:
            return ()
        at = int(row[here[0]])
        penalty = float(self.a.demand_penalty[at])
        title = label("shortage", item=names(self.atlas, "items", item), place=self._place(place))
        return (
            Node(
                title,
                penalty,
                f"USD/{self._unit(item)}",
                "money",
                children=self.facts.nodes(self._facts("demands", at)),
            ),
        )

    def _facts(self, table: str, row: int) -> str:
        return str(self.a.net[table]["facts"][row] or "")

    def _bought(self, node: int, t: int, item: str, place: str, depth: int, seen: set[int]) -> tuple[Node, ...]:
        row, period = self.a.supply.row, self.a.supply.period
        bought = self.plan.family("buy")
        at_node = self.a.node(self.a.supply_place, self.a.supply_item)[row] == node
        here = np.flatnonzero((period == t) & at_node & (bought > _FLOW))
        if not here.size:
            return ()
        at = int(row[here[np.argmax(bought[here])]])
        price = float(self.a.supply_price[at])
        unit = f"USD/{self._unit(item)}"
        parts = [
            Node(
                label("bought", place=self._place(place)),
                price,
                unit,
                "money",
                children=self.facts.nodes(self._facts("supplies", at)),
            )
        ]
        rent = self._dual_at(node, t) - price
        if rent > _ROUNDING * abs(price):
            parts.append(Node(label("offer.limit", place=self._place(place)), rent, unit, "money"))
        return tuple(parts)

    def _made(self, node: int, t: int, item: str, place: str, depth: int, seen: set[int]) -> tuple[Node, ...]:
        a = self.a
        uses = a.node(a.plant_place[a.mode_plant[a.use_mode]], a.use_item)
        make = self.plan.grid("make")[:, t]
        here = np.flatnonzero((uses == node) & (a.use_amount[:, t] > 0) & (make[a.use_mode] > _FLOW))
        if not here.size:
            return ()
        entry = int(here[np.argmax(make[a.use_mode[here]])])
        mode, amount = int(a.use_mode[entry]), float(a.use_amount[entry, t])
        return self._process(mode, t, entry, amount, depth, seen)

    def _process(self, mode: int, t: int, entry: int, amount: float, depth: int, seen: set[int]) -> tuple[Node, ...]:
        """Cost of a mode per unit of one of its outputs."""
        a = self.a
        plant = int(a.mode_plant[mode])
        name = str(a.net["plants"]["plant"][plant])
        unit = f"USD/{self._unit(str(a.net['items']['item'][int(a.use_item[entry])]))}"
        cost = float(a.mode_cost[mode, t]) / amount
        title = label("processing", plant=self._plant(name))
        own = float(a.number("modes", "cost")[mode]) / amount
        parts = [Node(title, own, unit, "money", children=self.facts.nodes(self._facts("modes", mode)))]
        if abs(cost - own) > 1e-12:
            basis = self._of_period("mode_periods", mode, t)
            parts.append(Node(label("law.credit"), cost - own, unit, "money", children=self._legal(basis, t)))
        content = self._content("make", mode, t) / amount
        if abs(content) > 1e-9 * abs(cost) + 1e-12:
            parts.append(Node(label("law.content"), content, unit, "money"))
        rent = self._capacity_dual(plant, t) * float(a.mode_use[mode]) / amount
        if rent > 0:
            limit = self._limit(plant, t)
            parts.append(Node(label("capacity.rent", plant=self._plant(name)), rent, unit, "money", children=limit))
        sale = self._sale(entry, t)
        if sale > 0:
            parts.append(Node(label("byproduct.sale", plant=self._plant(name)), -sale, unit, "money"))
        small: list[Node] = []
        for other in np.flatnonzero(a.use_mode == mode).tolist():
            if other == entry:
                continue
            other_item = str(a.net["items"]["item"][int(a.use_item[other])])
            where = int(a.node(a.plant_place[[plant]], a.use_item[[other]])[0])
            each = float(a.use_amount[other, t]) / amount
            part = -each * (self._dual_at(where, t) + self._sale(other, t))
            amount_said = f"{abs(each):.4g}"
            shown = {"en": amount_said, "ko": amount_said, "fr": amount_said.replace(".", ",")}
            title = label(
                "input" if each < 0 else "byproduct",
                amount=shown,
                unit=self._unit_name(other_item),
                item=names(self.atlas, "items", other_item),
            )
            # Only what matters is followed further.
            weighty = abs(part) > 0.1 * abs(cost + rent) + 1e-12
            below = self._reasons(where, t, depth - 1, seen) if weighty else ()
            child = Node(title, part, unit, "money", children=below)
            (
                parts
                if abs(part)
                >= _SMALL * abs(self._dual_at(int(a.node(a.plant_place[[plant]], a.use_item[[entry]])[0]), t))
                else small
            ).append(child)
        if small:
            total = sum(child.value or 0.0 for child in small)
            parts.append(Node(label("other.smaller", count=len(small)), total, unit, "money", children=tuple(small)))
        return tuple(sorted(parts, key=lambda part: -abs(part.value or 0.0)))

    def _arrived(self, node: int, t: int, item: str, place: str, depth: int, seen: set[int]) -> tuple[Node, ...]:
        a = self.a
        ship = self.plan.grid("ship")[:, t]
        here = np.flatnonzero((a.node(a.lane_to, a.lane_item) == node) & (ship > _FLOW))
        if not here.size:
            return ()
        lane = int(here[np.argmax(ship[here])])
        origin = str(a.net["places"]["place"][int(a.lane_from[lane])])
        start = int(a.node(a.lane_from[[lane]], a.lane_item[[lane]])[0])
        unit = f"USD/{self._unit(item)}"
        title = label("price.of", item=names(self.atlas, "items", item), place=self._place(origin))
        before = Node(title, self._dual_at(start, t), unit, "money", children=self._reasons(start, t, depth - 1, seen))
        return (before, *self._crossing(lane, t, unit, 1.0))

    def _crossing(self, lane: int, t: int, unit: str, sign: float) -> tuple[Node, ...]:
        """Freight of a lane and, where it crosses a border, what the law adds; ``sign`` as it bears on the price sought."""
        a = self.a
        ends = (str(a.net["places"]["place"][int(at)]) for at in (a.lane_from[lane], a.lane_to[lane]))
        origin, place = (self._place(end) for end in ends)
        own = float(a.number("lanes", "cost")[lane])
        duty = float(a.lane_cost[lane, t]) - own
        title = label("freight", origin=origin, place=place)
        parts = [Node(title, sign * own, unit, "money", children=self.facts.nodes(self._facts("lanes", lane)))]
        if abs(duty) > 1e-12:
            basis = self._of_period("lane_periods", lane, t)
            parts.append(Node(label("law.duty"), sign * duty, unit, "money", children=self._legal(basis, t, lane)))
        content = self._content("ship", lane, t)
        if abs(content) > 1e-9 * abs(own) + 1e-12:
            parts.append(Node(label("law.content"), sign * content, unit, "money"))
        return tuple(parts)

    def _content(self, family: str, code: int, t: int) -> float:
        """What content rules add to the cost of one unit of a mode or lane in a year: minus the duals of the shares it is in."""
        return sum(self._shares(family, code, t).values())

    def _shares(self, family: str, code: int, t: int) -> dict[str, float]:
        """The same by the name of the share rule."""
        model = self.plan.model
        share = model.constraints.get("share")
        if share is None:
            return {}
        column = model.variables[family].span.start + code * self.a.T + t
        if self._columns is None:
            self._columns = model.matrix.tocsc()
        inside = slice(self._columns.indptr[column], self._columns.indptr[column + 1])
        rows, values = self._columns.indices[inside], self._columns.data[inside]
        of = (rows >= share.span.start) & (rows < share.span.stop)
        natural = values[of] * model.row_scale[rows[of]] / model.column_scale[column]
        each = -natural * self.plan.duals[rows[of]] / float(self._weight[t])
        rules = share.keys["shares"][rows[of] - share.span.start]
        found: dict[str, float] = {}
        for rule, value in zip(rules.tolist(), each.tolist(), strict=True):
            name = str(self.a.net["shares"]["share"][rule])
            found[name] = found.get(name, 0.0) + value
        return found

    def rules_on_lane(self, lane: int, year: int) -> dict[str, float]:
        """What each share rule adds to the cost of one unit on a lane (by position in the table) in a year, by its name."""
        return self._shares("ship", lane, self._t(year))

    def rules_on_mode(self, mode: int, year: int) -> dict[str, float]:
        """The same for one unit of activity of a mode."""
        return self._shares("make", mode, self._t(year))

    def basis_of_lane(self, lane: int, year: int) -> str:
        """References to the law behind what a lane pays at the border in a year; empty where it pays nothing."""
        return self._of_period("lane_periods", lane, self._t(year))

    def sale(self, entry: int, year: int) -> float:
        """What an output (by position among the recipe entries) is worth to its maker in a year beyond its price there."""
        return self._sale(entry, self._t(year))

    def crossing(self, lane: int, year: int) -> tuple[Node, ...]:
        """Freight of a lane (by position in the table) and, where it crosses a border, what the law adds, in a year."""
        unit = self._unit(str(self.a.net["items"]["item"][int(self.a.lane_item[lane])]))
        return self._crossing(lane, self._t(year), f"USD/{unit}", 1.0)

    def making(self, entry: int, year: int) -> tuple[Node, ...]:
        """What one unit of an output costs its maker in a year, scarcity of the plant included, biggest part first.

        ``entry`` is the position of the output among the recipe entries of the modes (``use_mode``, ``use_item``).
        """
        t = self._t(year)
        return self._process(
            int(self.a.use_mode[entry]), t, entry, float(self.a.use_amount[entry, t]), _DEPTH - 1, set()
        )

    def _of_period(self, table: str, code: int, t: int) -> str:
        """Facts of a row of a table by period, such as ``lane_periods``."""
        if table not in self._by_period:
            entity = self.a.net[table].columns[0]
            rows = self.a.net[table].select(entity, "period", "facts").iter_rows()
            self._by_period[table] = {(one, period): facts or "" for one, period, facts in rows}
        whole = self.a.net[f"{table.removesuffix('_periods')}s"]
        period = str(self.a.net["periods"]["period"][t])
        return self._by_period[table].get((str(whole[whole.columns[0]][code]), period), "")

    def _legal(self, basis: str, t: int, lane: int | None = None) -> tuple[Node, ...]:
        """The law behind a charge: its values, and for a duty the instruments that make up its rate."""
        leaves = list(self.facts.nodes(" ".join(one for one in basis.split() if one.startswith("law:"))))
        duty = next((one for one in basis.split() if one.startswith("law:duty/")), None)
        if duty and self.law and lane is not None:
            item = str(self.a.net["items"]["item"][int(self.a.lane_item[lane])])
            titles = self.law.law.law
            for name, part in self.law.shares(item, duty, self.chain.years[t]).items():
                fact = self.law.law.status_fact(name)
                leaves.append(
                    Node(
                        dict(titles[name].title),
                        part,
                        kind="share",
                        confidence=fact.confidence if fact else "assumed",
                        source=fact.source if fact else None,
                    )
                )
        return tuple(leaves)

    def _used(self, node: int, t: int, item: str, depth: int, seen: set[int]) -> tuple[Node, ...]:
        """A node to which nothing flows is worth what its best use saves: nothing to show but that."""
        return (Node(label("saves"), None),)

    # Capacity ------------------------------------------------------------------------------------------------------------

    def _capacity_dual(self, plant: int, t: int) -> float:
        family = self.plan.model.constraints.get("capacity")
        if family is None:
            return 0.0
        found = np.flatnonzero((family.keys["plants"] == plant) & (family.keys["period"] == t))
        return float(-self.plan.duals[family.start + found[0]] / self._weight[t]) if found.size else 0.0

    def worth(self, plant: str, year: int) -> float:
        """Value of one more unit of capacity of a plant in a year; zero where the network has no such plant."""
        plants = list(self.a.net["plants"]["plant"])
        return self._capacity_dual(plants.index(plant), self._t(year)) if plant in plants else 0.0

    def _limit(self, plant: int, t: int) -> tuple[Node, ...]:
        row = self._capacity.get((str(self.a.net["plants"]["plant"][plant]), str(self.chain.years[t])))
        if row is None:
            return self.facts.nodes(self._facts("plants", plant))
        unit = str(self.a.net["plants"]["unit"][plant] or "")
        full = self._capacity_dual(plant, t) > 0
        title = label("limit.full" if full else "limit.slack", year=self.chain.years[t])
        counted = self._counted(str(self.a.net["plants"]["plant"][plant]), self.chain.years[t], unit)
        return (Node(title, row["capacity"], unit, children=(*self.facts.nodes(row["facts"]), *counted)),)

    def _counted(self, plant: str, year: int, unit: str) -> tuple[Node, ...]:
        """The interval of what a line delivers, where its curve was corrected by the record of promises."""
        line = next((one for one in self.chain.lines if one.line == plant), None)
        if line is None or line.high.get(year, 0.0) <= line.low.get(year, 0.0):
            return ()
        ends = (Node(label("delivery.low"), line.low[year], unit), Node(label("delivery.high"), line.high[year], unit))
        return (Node(label("delivery.fitted"), line.expected[year], unit, children=ends),)

    @cached_property
    def _capacity(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Rows of the capacity table by plant and period."""
        rows = self.a.net["capacity"].rows(named=True)
        return {(row["plant"], row["period"]): row for row in reversed(rows)}

    def capacity(self, plant: str, year: int) -> Node:
        """Value of one more unit of capacity of a plant."""
        plants = list(self.a.net["plants"]["plant"])
        if plant not in plants:
            raise UnknownFigure(f"there is no plant {plant!r} in this plan")
        code, t = plants.index(plant), self._t(year)
        unit = str(self.a.net["plants"]["unit"][code] or "unit")
        value = self._capacity_dual(code, t)
        parts = list(self._limit(code, t))
        modes = np.flatnonzero(self.a.mode_plant == code)
        make = self.plan.grid("make")[:, t]
        running = [int(m) for m in modes if make[m] > _FLOW]
        if running:
            mode = max(running, key=lambda m: make[m])
            entries = np.flatnonzero((self.a.use_mode == mode) & (self.a.use_amount[:, t] > 0))
            if entries.size:
                entry = int(entries[np.argmax(self.a.use_amount[entries, t])])
                node = int(self.a.node(self.a.plant_place[[code]], self.a.use_item[[entry]])[0])
                item = str(self.a.net["items"]["item"][int(self.a.use_item[entry])])
                worth = Node(
                    label("product.value"),
                    self._dual_at(node, t),
                    f"USD/{self._unit(item)}",
                    "money",
                    children=self._outlet(node, t, item),
                )
                amount = float(self.a.use_amount[entry, t])
                parts += [worth, *self._process(mode, t, entry, amount, _DEPTH - 1, set())]
        title = label("capacity", unit=unit_name(unit), plant=self._plant(plant), year=year)
        return Node(title, value, f"USD/{unit}", "money", children=tuple(parts))

    def _outlet(self, node: int, t: int, item: str) -> tuple[Node, ...]:
        """Where what is made here goes: its price there less freight is its value here."""
        a = self.a
        ship = self.plan.grid("ship")[:, t]
        here = np.flatnonzero((a.node(a.lane_from, a.lane_item) == node) & (ship > _FLOW))
        if not here.size:
            return ()
        lane = int(here[np.argmax(ship[here])])
        place = str(a.net["places"]["place"][int(a.lane_to[lane])])
        end = int(a.node(a.lane_to[[lane]], a.lane_item[[lane]])[0])
        title = label("price.of", item=names(self.atlas, "items", item), place=self._place(place))
        unit = f"USD/{self._unit(item)}"
        return (Node(title, self._dual_at(end, t), unit, "money"), *self._crossing(lane, t, unit, -1.0))

    # Quantities ----------------------------------------------------------------------------------------------------------

    def short(self, demand: str, year: int) -> Node:
        """Unserved part of a demand."""
        table = (
            self.a.net["demands"]
            .with_row_index("row")
            .filter((pl.col("demand") == demand) & (pl.col("period") == str(year)))
        )
        if not table.height:
            raise UnknownFigure(f"there is no demand {demand!r} in {year}")
        row = table.row(0, named=True)
        short = self.plan.family("short")[np.flatnonzero(self.a.demand.row == row["row"])]
        unit = self._unit(row["item"])
        title = label("short", item=names(self.atlas, "items", row["item"]), place=self._place(row["place"]), year=year)
        node = self._node(row["item"], row["place"])
        wanted = Node(label("quantity.wanted"), row["quantity"], unit, children=self.facts.nodes(row["facts"]))
        return Node(
            title, float(short.sum()), unit, children=(wanted, *self._reasons(node, self._t(year), _DEPTH, set()))
        )

    def build(self, option: str, year: int) -> Node:
        """Capacity that the plan adds."""
        options = list(self.a.net["options"]["option"])
        if option not in options:
            raise UnknownFigure(f"there is no option {option!r} in this plan")
        code, t = options.index(option), self._t(year)
        which = np.flatnonzero((self.a.build[0] == code) & (self.a.build[1] == t))
        size = float(self.plan.family("build")[which].sum())
        plant = int(self.a.option_plant[code])
        unit = str(self.a.net["plants"]["unit"][plant] or "unit")
        process, _, place = option.removeprefix("new:").partition("@")
        title = label("build", process=names(self.atlas, "processes", process), place=self._place(place), year=year)
        yearly = float(self.a.option_annual_cost[code, t])
        cost = Node(
            label("build.cost"), yearly, f"USD/{unit}", "money", children=self.facts.nodes(self._facts("options", code))
        )
        worth = self.capacity(str(self.a.net["plants"]["plant"][plant]), year)
        worth = Node(label("build.worth"), worth.value, worth.unit, "money", children=worth.children)
        return Node(title, size, unit, children=(worth, cost))

    def promise(self, line: str, year: int) -> Node:
        """What the plan uses of a project that is not producing."""
        found = next((one for one in self.chain.lines if one.line == line), None)
        if found is None:
            raise UnknownFigure(f"there is no production line {line!r}")
        unit = str(self.atlas.row("items", self._main(found.processes[0]))["unit"])  # type: ignore[index]
        reasons = self.facts.nodes(found.facts.get(year, found.basis))
        parts = (
            Node(label("promise.announced"), found.announced.get(year), unit, children=reasons),
            Node(
                label("promise.expected"),
                found.expected.get(year),
                unit,
                children=(*reasons, *self._counted(line, year, unit)),
            ),
        )
        return Node(label("promise", plant=self._plant(line)), self.used(line, year), unit, children=parts)

    def used(self, plant: str, year: int) -> float:
        """Capacity of a plant that the plan uses in a year."""
        plants = list(self.a.net["plants"]["plant"])
        if plant not in plants:
            return 0.0
        mine = self.a.mode_plant == plants.index(plant)
        return float((self.plan.grid("make")[:, self._t(year)] * self.a.mode_use)[mine].sum())

    def _main(self, process: str) -> str:
        return str((self.atlas.row("processes", process) or {})["main_item"])

    # Shares --------------------------------------------------------------------------------------------------------------

    def share(self, year: int) -> Node:
        """Share of North American demand served by cells of the Canada-Korea chain."""
        makers = [maker for maker in self.cell_makers if maker.year == year]
        totals = self.cell_totals(year)
        chain = sum(totals[key] for key in ("canada", "korea", "korean_owned_us"))
        parts = []
        for key in GROUPS:
            own = sorted((m for m in makers if m.gwh.get(key, 0.0) > _FLOW), key=lambda m: (-m.gwh[key], m.plant))
            plants = tuple(self._maker(m, key, year) for m in own[:8])
            parts.append(Node(label(f"share.{key}"), totals[key], "GWh", "energy", children=plants))
        parts.append(Node(label("share.short"), totals["short"], "GWh", "energy", children=self._unmet(year)))
        wanted = Node(label("share.demand"), totals["demand"], "GWh", "energy", children=self._demand_facts(year))
        return Node(label("share", year=year), chain / totals["demand"], "", "share", children=(*parts, wanted))

    def share_of(self, group: str, year: int) -> Node:
        """Cells for North America of one group of makers, or what is ``short``; where it is nothing, what the others make."""
        parts = self.share(year).children
        own = parts[(*GROUPS, "short").index(group)]
        if own.children:
            return own
        return replace(
            own, children=tuple(replace(part, children=()) for part in parts if part is not own and part.value)
        )

    def _maker(self, maker: CellMaker, key: str, year: int) -> Node:
        plant = maker.plant
        children: tuple[Node, ...] = ()
        if key == "korean_owned_us":
            line = self.atlas.row("facility_lines", plant)
            share, lines = korean_share(self.chain, line["facility"] if line else plant)
            owners = self.facts.nodes(" ".join(f"facility_owners:{at}" for at in lines))
            children = (Node(label("equity", plant=self._plant(plant)), share, "", "share", children=owners),)
        if plant in list(self.a.net["plants"]["plant"]):
            children = (*children, *self._limit(list(self.a.net["plants"]["plant"]).index(plant), self._t(year)))
        title = label("made.at", plant=self._plant(plant) if maker.made else self._place(plant))
        return Node(title, maker.gwh[key], "GWh", "energy", children=children)

    def _unmet(self, year: int) -> tuple[Node, ...]:
        """What is not met in North America, GWh by demand."""
        markets, t = north_america(self.chain), self._t(year)
        short, demands = self.plan.family("short"), self.a.net["demands"]
        parts = []
        for at in np.flatnonzero((self.a.demand.period == t) & (short > _FLOW)).tolist():
            row = demands.row(int(self.a.demand.row[at]), named=True)
            if row["place"] not in markets:
                continue
            item, place = names(self.atlas, "items", row["item"]), self._place(row["place"])
            energy = float(short[at]) * self._kwh(row["demand"], year) / 1e6
            facts = self.facts.nodes(row["facts"])
            parts.append(
                Node(label("short", item=item, place=place, year=year), energy, "GWh", "energy", children=facts)
            )
        return tuple(parts)

    def _demand_facts(self, year: int) -> tuple[Node, ...]:
        rows = self.a.net["demands"].filter(
            (pl.col("period") == str(year)) & pl.col("place").is_in(list(north_america(self.chain)))
        )
        leaves: dict[str, Node] = {}
        for text in rows["facts"]:
            for reference in str(text or "").split():
                if reference.startswith("demand:") and reference not in leaves and (node := self.facts.node(reference)):
                    leaves[reference] = node
        return tuple(leaves.values())

    @cached_property
    def cell_makers(self) -> list[CellMaker]:
        """Makers of the cells that serve North America, by year."""
        cells = sorted(self.atlas["items"].filter(pl.col("stage") == "cell")["item"])
        made = self.footprint.made().filter(pl.col("item").is_in(cells))
        bought = self.footprint.bought().filter(pl.col("item").is_in(cells))
        facility = dict(self.atlas["facility_lines"].select("line", "facility").iter_rows())
        result = []
        grouped = made.group_by("plant", "country", "year", maintain_order=True).agg(pl.col("served").sum())
        for plant, country, year, served in grouped.iter_rows():
            held = korean_share(self.chain, facility[plant])[0] if plant in facility else None
            result.append(CellMaker(plant, year, True, _split(country, served / 1e6, held or 0.0)))
        for place, country, year, served in bought.select("place", "country", "year", "served").iter_rows():
            result.append(CellMaker(place, year, False, _split(country, served / 1e6, 0.0)))
        return result

    def cell_totals(self, year: int) -> dict[str, float]:
        """GWh for North America in a year by group, what is short, and the demand."""
        markets = north_america(self.chain)
        result = {
            key: sum(maker.gwh.get(key, 0.0) for maker in self.cell_makers if maker.year == year) for key in GROUPS
        }
        result["demand"] = self._energy(markets, year, self.a.demand_quantity[self.a.demand.row])
        result["short"] = self._energy(markets, year, self.plan.family("short"))
        return result

    def _energy(self, markets: tuple[str, ...], year: int, quantity: np.ndarray) -> float:
        """GWh of final demand: storage as it is, vehicles by their pack."""
        t = self._t(year)
        row, period = self.a.demand.row, self.a.demand.period
        here = np.flatnonzero(
            (period == t) & np.isin(np.asarray(self.a.net["places"]["place"])[self.a.demand_place[row]], markets)
        )
        demands = self.a.net["demands"]
        return (
            sum(float(quantity[i]) * self._kwh(str(demands["demand"][int(row[i])]), year) for i in here.tolist()) / 1e6
        )

    @cached_property
    def _packs(self) -> dict[tuple[str, str], float]:
        table = self.a.net["recipes"].filter(pl.col("process").str.starts_with("assembly:") & (pl.col("amount") < 0))
        return {
            (process, period): -amount
            for process, period, amount in table.select("process", "period", "amount").iter_rows()
        }

    def _kwh(self, demand: str, year: int) -> float:
        return self._packs.get((f"assembly:{demand}", str(year)), 1.0)

    def supply(self, what: str, year: int) -> Node:
        """Share of a country in what of an item serves North America."""
        item, _, country = what.partition(":")
        made = self.footprint.made().filter((pl.col("item") == item) & (pl.col("year") == year))
        bought = self.footprint.bought().filter((pl.col("item") == item) & (pl.col("year") == year))
        total = float(made["served"].sum()) + float(bought["served"].sum())
        if total <= 0:
            raise UnknownFigure(f"no {item} serves North America in {year}")
        own = (
            made.filter(pl.col("country") == country).group_by("plant", maintain_order=True).agg(pl.col("served").sum())
        )
        unit = self._unit(item)
        parts = [
            Node(label("made.at", plant=self._plant(plant)), served, unit)
            for plant, served in own.sort("served", descending=True).head(12).iter_rows()
        ]
        sold = bought.filter(pl.col("country") == country)
        parts += [
            Node(label("bought", place=self._place(place)), served, unit)
            for place, served in sold.select("place", "served").iter_rows()
        ]
        held = sum(part.value or 0.0 for part in parts)
        title = label("supply.share", item=names(self.atlas, "items", item), country=country, year=year)
        return Node(title, held / total, "", "share", children=tuple(parts))


def _split(country: str, gwh: float, korean: float) -> dict[str, float]:
    """Cells by group: a plant in the United States counts as Korean by its Korean equity share."""
    if country == "US":
        return {"korean_owned_us": gwh * korean, "other_us": gwh * (1 - korean)}
    return {{"CA": "canada", "KR": "korea"}.get(country, "other"): gwh}
