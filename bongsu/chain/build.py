"""From facts to the network of a case: every number of it carries the lines of the tables it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from bongsu.atlas import Atlas
from bongsu.chain.capacity import LineCapacity, line_capacities
from bongsu.chain.network import Network, Settings, case_schema, frame
from bongsu.chain.routes import Routes
from bongsu.chain.series import facts, series
from bongsu.law import LawInForce, Shipment

#: Cheapest origins kept per destination and item, by country of origin; what a link names is always kept.
_ORIGINS = 3
#: Cheapest destinations kept per origin and item, by country of destination, so that no origin is left without an outlet.
_OUTLETS = 2
#: What a by-product fetches, as a share of its outside price.
_BYPRODUCT_PRICE = 0.5
_SEGMENT_CHEMISTRY = ("nickel", "lfp")


#: Tables that a plan cannot do without.
_NEEDED = ("deflators", "delivery", "recipes", "demand", "chemistry_mix", "freight_rates", "shortage_prices")


class UnknownCase(ValueError):
    """The pack has no case of that name."""


class TooLittleKnown(ValueError):
    """Tables without which nothing can be planned were still empty on the date of knowledge."""


@dataclass(frozen=True)
class Choices:
    """What the asker may choose about a chain.

    Attributes:
        face_value: take announcements as made instead of for what such announcements have brought.
        whole_builds: new plants in whole units of at least their minimum size.
        law: the law in force; None = no duties, credits or bans.
    """

    face_value: bool = False
    whole_builds: bool = False
    law: LawInForce | None = None


@dataclass(frozen=True)
class Chain:
    """The network of a case and the facts it came from.

    Attributes:
        atlas: the facts as known on their date.
        case: row of the ``cases`` table.
        network: what the plan plans.
        lines: capacity of every production line, announced and expected.
        choices: how it was built.
    """

    atlas: Atlas
    case: Mapping[str, Any]
    network: Network
    lines: tuple[LineCapacity, ...]
    choices: Choices

    @classmethod
    def of(cls, atlas: Atlas, case: str = "reference", choices: Choices | None = None) -> Chain:
        """The chain of a case.

        Raises:
            UnknownCase: the pack has no such case.
            TooLittleKnown: on the atlas's date of knowledge the pack knew too little for any plan.
        """
        return build(atlas, case, choices)

    @property
    def years(self) -> list[int]:
        """Years of the case, first to last."""
        return list(range(self.case["start_year"], self.case["end_year"] + 1))


def build(atlas: Atlas, case: str = "reference", choices: Choices | None = None) -> Chain:
    """The chain of a case; see :class:`Chain`."""
    row = atlas.row("cases", case)
    if row is None:
        raise UnknownCase(f"there is no case {case!r}; the pack has {', '.join(atlas['cases']['case'])}")
    empty = [name for name in _NEEDED if atlas[name].is_empty()]
    if empty:
        raise TooLittleKnown(
            f"nothing of {', '.join(empty)} was known by {atlas.known}, so nothing can be planned as of that day; "
            "choose a later one, or add rows to these tables with an earlier known_from"
        )
    if row["money_year"] not in set(atlas["deflators"]["year"]):
        raise TooLittleKnown(
            f"the price level of {row['money_year']}, the case's money, was not known by {atlas.known}"
        )
    return _Builder(atlas, row, choices or Choices()).chain()


@dataclass
class _Builder:
    atlas: Atlas
    case: Mapping[str, Any]
    choices: Choices
    notes: list[str] = field(default_factory=list)

    @cached_property
    def years(self) -> list[int]:
        return list(range(self.case["start_year"], self.case["end_year"] + 1))

    @cached_property
    def level(self) -> dict[int, float]:
        """Factor from dollars of each year to dollars of the case."""
        index = dict(self.atlas["deflators"].select("year", "index").iter_rows())
        own = index[self.case["money_year"]]
        return {year: own / value for year, value in index.items()}

    @cached_property
    def recipe(self) -> dict[str, list[dict[str, Any]]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        # The row that holds is the last that began.
        for row in self.atlas["recipes"].sort("valid_from", maintain_order=True).iter_rows(named=True):
            groups.setdefault(row["process"], []).append(row)
        return groups

    @cached_property
    def main_item(self) -> dict[str, str]:
        return dict(self.atlas["processes"].select("process", "main_item").iter_rows())

    @cached_property
    def country(self) -> dict[str, str]:
        return dict(self.atlas["places"].select("place", "country").iter_rows())

    @cached_property
    def costs(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(row["process"], row["country"]): row for row in self.atlas["process_costs"].iter_rows(named=True)}

    def cost(self, process: str, country: str) -> tuple[float, float, list[int]]:
        """Variable and fixed cost of a process in a country, in dollars of the case, and the line of the table."""
        row = self.costs.get((process, country)) or self.costs.get((process, "*"))
        if row is None:
            self.note(f"no cost is known for {process} in {country}; it is planned at its inputs' cost alone")
            return 0.0, 0.0, []
        level = self.level[row["money_year"]]
        return row["variable"] * level, row["fixed"] * level, [row["_line"]]

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # -------------------------------------------------------------------------------------------------------------------

    def chain(self) -> Chain:
        lines = line_capacities(self.atlas, self.years, self.choices.face_value)
        plants, capacity, modes = self.plants(lines)
        options, new_plants, new_modes = self.options()
        market_plants, market_modes, market_recipes, demands = self.demand()
        plants, modes = plants + new_plants + market_plants, modes + new_modes + market_modes
        step_plants, step_modes = self.unlimited_steps(modes, plants, list(dict.fromkeys(d["place"] for d in demands)))
        plants, modes = plants + step_plants, modes + step_modes
        recipes = self.recipes(modes) + market_recipes
        supplies = self.supplies()
        uses, makes = self.ends(plants, modes, recipes, supplies, demands)
        lanes, lane_periods = self.lanes(makes, uses)
        disposals = self.disposals(plants, modes, recipes)
        capacity += [
            {"plant": p["plant"], "period": None, "capacity": None, "facts": p["facts"]}
            for p in market_plants + step_plants
        ]
        settings = Settings(
            name=self.case["case"],
            title=self.case["name_en"],
            money_year=self.case["money_year"],
            discount_rate=self.case["discount_rate"],
        )
        tables: dict[str, Any] = {
            "periods": [{"period": str(year), "years": 1.0, "year": float(year)} for year in self.years],
            "items": self.atlas["items"].select("item", "unit"),
            "places": self.atlas["places"].select("place", pl.col("name_en").alias("name"), "country", "lat", "lon"),
            "plants": plants,
            "capacity": capacity,
            "modes": modes,
            "recipes": recipes,
            "lanes": lanes,
            "lane_periods": lane_periods,
            "supplies": supplies,
            "demands": demands,
            "disposals": disposals,
            "options": options,
        }
        if self.choices.law is None:
            self.note("no law: duties, credits, quotas and content tests are not in this plan")
        network = Network({name: frame(name, tables.get(name)) for name in case_schema()}, settings, tuple(self.notes))
        return Chain(self.atlas, self.case, network, tuple(lines), self.choices)

    # Plants --------------------------------------------------------------------------------------------------------------

    def plants(
        self, lines: Sequence[LineCapacity]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Plants, capacities and modes of the production lines whose size is known."""
        plants, capacity, modes = [], [], []
        unknown = 0
        for line in lines:
            if not line.expected:
                unknown += 1
                continue
            if not any(line.expected.values()):
                continue
            country = self.country[line.place]
            _, fixed, at = self.cost(line.processes[0], country)
            plants.append(
                {
                    "plant": line.line,
                    "place": line.place,
                    "name": self.atlas.name("facilities", line.facility),
                    "unit": self.unit(line.processes[0]),
                    "fixed_cost": fixed,
                    "retirable": "yes" if fixed > 0 else "no",
                    "facts": f"facilities:{self.line_of('facilities', line.facility)} {facts(process_costs=at)}".strip(),
                }
            )
            capacity += [
                {
                    "plant": line.line,
                    "period": str(year),
                    "capacity": line.expected.get(year, 0.0),
                    "facts": line.facts.get(year, line.basis),
                }
                for year in self.years
            ]
            modes += [self.mode(line.line, process, country) for process in line.processes]
        if unknown:
            self.note(f"{unknown} production lines have no stated size or state and are not planned")
        return plants, capacity, modes

    def mode(self, plant: str, process: str, country: str, region: str | None = None) -> dict[str, Any]:
        variable, _, at = self.cost(process, country)
        lines = facts(process_costs=at, recipes=[row["_line"] for row in self.recipe.get(process, [])])
        return {
            "mode": f"{plant}:{process}",
            "plant": plant,
            "process": process,
            "cost": variable,
            "use": 1.0,
            "facts": lines,
        }

    def unit(self, process: str) -> str:
        row = self.atlas.row("items", self.main_item[process])
        return str(row["unit"]) if row else "unit"

    @cached_property
    def _lines(self) -> dict[str, dict[str, int]]:
        return {}

    def line_of(self, table: str, key: str) -> int:
        if table not in self._lines:
            column = self.atlas.schema[table].key[0]
            self._lines[table] = dict(self.atlas[table].select(column, "_line").iter_rows())
        return self._lines[table].get(key, 0)

    # New capacity --------------------------------------------------------------------------------------------------------

    def options(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Options to build, and the empty plants that they fill."""
        options, plants, modes = [], [], []
        capex = {(row["process"], row["country"]): row for row in self.atlas["capex"].iter_rows(named=True)}
        rate = self.case["discount_rate"]
        for row in self.atlas["expansion_places"].iter_rows(named=True):
            process, place = row["process"], row["place"]
            country = self.country[place]
            price = capex.get((process, country)) or capex.get((process, "*"))
            if price is None:
                self.note(f"no investment cost is known for {process} in {country}; it cannot be built there")
                continue
            plant = f"new:{process}@{place}"
            _, fixed, at = self.cost(process, country)
            overnight = price["capex"] * self.level[price["money_year"]]
            annuity = overnight * rate / (1 - (1 + rate) ** -price["life"]) if rate else overnight / price["life"]
            first = max(row["first_year"], self.years[0] + price["lead_time"])
            if first > self.years[-1]:
                continue
            lines = facts(expansion_places=[row["_line"]], capex=[price["_line"]], process_costs=at)
            plants.append(
                {
                    "plant": plant,
                    "place": place,
                    "name": f"{self.atlas.name('processes', process)}, {self.atlas.name('places', place)} (new)",
                    "unit": self.unit(process),
                    "facts": lines,
                }
            )
            modes.append(self.mode(plant, process, country))
            smallest = min(price["min_size"] or 0.0, row["max_per_year"])
            whole = self.choices.whole_builds and smallest > 0
            options.append(
                {
                    "option": plant,
                    "plant": plant,
                    "lead_time": 0,
                    "first_period": str(first),
                    "annual_cost": annuity + fixed,
                    "min_size": smallest if whole else 0.0,
                    "max_size": row["max_per_year"],
                    "max_count": len(self.years) if whole else 1,
                    "max_per_period": 1 if whole else None,
                    "integer": "yes" if whole else "no",
                    "life": price["life"],
                    "facts": lines,
                }
            )
        return options, plants, modes

    # Demand --------------------------------------------------------------------------------------------------------------

    def demand(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Vehicle assembly at the markets with its recipes, and the demand for vehicles and storage."""
        own = self.atlas["demand"].filter(pl.col("case") == self.case["demand_case"])
        subject = ["place", "segment"]
        energy, units, size = (series(own, subject, column) for column in ("gwh", "units", "kwh_per_unit"))
        table = self.atlas["chemistry_mix"].filter(pl.col("case").is_in([self.case["demand_case"], "*"]))
        mix = series(table.sort(pl.col("case") == "*", maintain_order=True), ["place", "segment", "chemistry"], "share")
        penalty = {row["item"]: row for row in self.atlas["shortage_prices"].iter_rows(named=True)}
        plants, modes, recipes, demands = [], [], [], []
        for (place, segment), path in energy.items():
            for chemistry in _SEGMENT_CHEMISTRY:
                shares = mix.get((place, segment, chemistry))
                if shares is None:
                    continue
                item = f"{segment}_{chemistry}"
                price = penalty[item]
                if segment != "storage":
                    plant = f"assembly:{item}@{place}"
                    at = facts(demand=path.at(self.years[0]).lines)
                    plants.append({"plant": plant, "place": place, "name": plant, "unit": "vehicle", "facts": at})
                    modes.append({"mode": plant, "plant": plant, "process": plant, "cost": 0.0, "facts": at})
                for year in self.years:
                    share, gwh = shares.at(year), path.at(year)
                    lines = facts(demand=gwh.lines, chemistry_mix=share.lines, shortage_prices=[price["_line"]])
                    kwh = 1.0
                    quantity = (share.value or 0.0) * (gwh.value or 0.0) * 1e6
                    if segment != "storage":
                        cars, pack = units[place, segment].at(year), size[place, segment].at(year)
                        if not cars.value or not pack.value:
                            continue
                        quantity, kwh = (share.value or 0.0) * cars.value, pack.value
                        recipes += [
                            {
                                "process": plant,
                                "item": f"pack_{chemistry}",
                                "amount": -kwh,
                                "period": str(year),
                                "facts": lines,
                            },
                            {"process": plant, "item": item, "amount": 1.0, "period": str(year), "facts": lines},
                        ]
                    demands.append(
                        {
                            "demand": f"{item}@{place}",
                            "place": place,
                            "item": item,
                            "period": str(year),
                            "quantity": quantity,
                            "penalty": price["price"] * kwh,
                            "facts": lines,
                        }
                    )
        return plants, modes, recipes, demands

    def unlimited_steps(
        self, modes: Sequence[Mapping[str, Any]], plants: Sequence[Mapping[str, Any]], markets: Sequence[str]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Steps that are no limit by themselves, wherever another mode needs what they make, or at the markets of the case."""
        free = self.atlas["processes"].filter(pl.col("capacity_limited") == "no")["process"].to_list()
        place_of = {plant["plant"]: plant["place"] for plant in plants}
        new_plants, new_modes = [], []
        for process in free:
            item = self.main_item[process]
            stage = (self.atlas.row("items", item) or {}).get("stage")
            where = dict.fromkeys(markets if stage in ("pack", "storage") else [])
            where |= {
                place_of[m["plant"]]: None
                for m in modes
                if any(row["item"] == item and row["amount"] < 0 for row in self.recipe.get(m["process"], []))
            }
            for place in where:
                plant = f"{process}@{place}"
                country = self.country[place]
                at = f"processes:{self.line_of('processes', process)}"
                row = {"plant": plant, "place": place, "name": plant, "unit": self.unit(process), "facts": at}
                new_plants.append(row)
                new_modes.append(self.mode(plant, process, country))
        return new_plants, new_modes

    def recipes(self, modes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Recipe rows of every process that some mode runs, by year where they change."""
        rows = []
        for process in dict.fromkeys(m["process"] for m in modes):
            own = self.recipe.get(process, [])
            dated = any(row["valid_from"] or row["valid_to"] for row in own)
            for year in self.years if dated else [None]:
                held: dict[str, dict[str, Any]] = {}
                for row in own:
                    if year is None or (
                        (row["valid_from"] is None or row["valid_from"].year <= year)
                        and (row["valid_to"] is None or row["valid_to"].year >= year)
                    ):
                        held[row["item"]] = row
                rows += [
                    {
                        "process": process,
                        "item": item,
                        "amount": row["amount"],
                        "period": None if year is None else str(year),
                        "facts": f"recipes:{row['_line']}",
                    }
                    for item, row in held.items()
                ]
        return rows

    # Outside supply ------------------------------------------------------------------------------------------------------

    def supplies(self) -> list[dict[str, Any]]:
        """Offers from outside at the prices of the case's regime."""
        left_out = {
            (row["place"], row["item"])
            for row in self.atlas["case_sources"].iter_rows(named=True)
            if row["case"] in ("*", self.case["case"])
        }
        offers = self.atlas["outside_supply"].filter(pl.col("regime").is_in([self.case["price_regime"], "*"]))
        level = pl.col("money_year").replace_strict(self.level, return_dtype=pl.Float64)
        offers = offers.with_columns(pl.col("price") * level)
        subject = ["place", "item"]
        prices, quantities = series(offers, subject, "price"), series(offers, subject, "quantity")
        rows = []
        unlimited: set[str] = set()
        for key, path in prices.items():
            if key in left_out:
                continue
            place, item = key
            for year in self.years:
                price, quantity = path.at(year), quantities[key].at(year)
                if price.value is None:
                    continue
                if quantity.value is None:
                    unlimited.add(item)
                rows.append(
                    {
                        "supply": f"{item}@{place}",
                        "place": place,
                        "item": item,
                        "period": str(year),
                        "price": price.value,
                        "quantity": quantity.value,
                        "facts": facts(outside_supply=price.lines),
                    }
                )
        if unlimited:
            self.note(f"outside quantities unknown, so taken as not limiting: {', '.join(sorted(unlimited))}")
        return rows

    # Lanes ---------------------------------------------------------------------------------------------------------------

    def ends(
        self,
        plants: Sequence[Mapping[str, Any]],
        modes: Sequence[Mapping[str, Any]],
        recipes: Sequence[Mapping[str, Any]],
        supplies: Sequence[Mapping[str, Any]],
        demands: Sequence[Mapping[str, Any]],
    ) -> tuple[dict[str, dict[str, None]], dict[str, dict[str, None]]]:
        """Places that use and places that make or sell each item, in order of first appearance."""
        place_of = {plant["plant"]: plant["place"] for plant in plants}
        flows: dict[str, dict[str, float]] = {}
        for row in recipes:
            flows.setdefault(row["process"], {})[row["item"]] = row["amount"]
        uses: dict[str, dict[str, None]] = {}
        makes: dict[str, dict[str, None]] = {}
        for mode in modes:
            for item, amount in flows.get(mode["process"], {}).items():
                (makes if amount > 0 else uses).setdefault(item, {})[place_of[mode["plant"]]] = None
        for row in supplies:
            makes.setdefault(row["item"], {})[row["place"]] = None
        for row in demands:
            uses.setdefault(row["item"], {})[row["place"]] = None
        return uses, makes

    def lanes(
        self, makes: Mapping[str, Mapping[str, None]], uses: Mapping[str, Mapping[str, None]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Sensible lanes of each item: the cheapest few from each country to each user, an outlet for each maker, all links."""
        routes = Routes(self.atlas, self.level)
        linked = self.linked()
        rows: list[dict[str, Any]] = []
        periods: list[dict[str, Any]] = []
        items = {row["item"]: row for row in self.atlas["items"].iter_rows(named=True)}
        for item, origins in makes.items():
            if items[item]["freight_class"] == "none" or items[item]["stage"] == "vehicle":
                continue
            destinations = uses.get(item, {})
            costs = routes.costs(items[item]["freight_class"])
            for origin, destination in self.pairs(origins, destinations, costs, routes, linked.get(item, {})):
                route = routes.route(origin, destination, items[item]["freight_class"])
                mass = items[item]["mass_per_unit"]
                lane = f"{item}|{origin}|{destination}"
                rows.append(
                    {
                        "lane": lane,
                        "from": origin,
                        "to": destination,
                        "item": item,
                        "cost": route.cost * mass,
                        "days": route.days,
                        "via": list(route.via) or None,
                        "facts": f"{route.facts} {linked.get(item, {}).get((origin, destination), '')}".strip(),
                    }
                )
                periods += self.border(rows[-1], items[item])
        return rows, periods

    def pairs(
        self,
        origins: Iterable[str],
        destinations: Iterable[str],
        costs: np.ndarray,
        routes: Routes,
        linked: Mapping[tuple[str, str], str],
    ) -> list[tuple[str, str]]:
        """Pairs of places to join, in a stable order."""
        origins, destinations = list(origins), list(destinations)
        chosen: dict[tuple[str, str], None] = {}

        def nearest(here: str, others: Sequence[str], most: int, outward: bool) -> Iterable[str]:
            by_country: dict[str, list[tuple[float, str]]] = {}
            for other in others:
                a, b = (here, other) if outward else (other, here)
                cost = float(costs[routes.index[a], routes.index[b]])
                if a != b and np.isfinite(cost):
                    by_country.setdefault(self.country[other], []).append((cost, other))
            for ranked in by_country.values():
                yield from (other for _, other in sorted(ranked)[:most])

        for destination in destinations:
            for origin in nearest(destination, origins, _ORIGINS, outward=False):
                chosen[origin, destination] = None
        for origin in origins:
            for destination in nearest(origin, destinations, _OUTLETS, outward=True):
                chosen[origin, destination] = None
        ends = set(origins), set(destinations)
        for origin, destination in linked:
            ours = origin in ends[0] and destination in ends[1] and origin != destination
            if ours and np.isfinite(costs[routes.index[origin], routes.index[destination]]):
                chosen[origin, destination] = None
        return list(chosen)

    def linked(self) -> dict[str, dict[tuple[str, str], str]]:
        """Pairs of places joined by a stated relation that is not broken, by item, with the fact behind it."""
        place_of = dict(self.atlas["facilities"].select("facility", "place").iter_rows())
        result: dict[str, dict[tuple[str, str], str]] = {}
        for row in self.atlas["links"].filter(~pl.col("state").is_in(["broken", "cancelled"])).iter_rows(named=True):
            pair = (place_of[row["seller"]], place_of[row["buyer"]])
            result.setdefault(row["item"], {})[pair] = f"links:{row['_line']}"
        return result

    def border(self, lane: Mapping[str, Any], item: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the law adds to a lane, year by year."""
        law = self.choices.law
        origin, destination = self.country[lane["from"]], self.country[lane["to"]]
        if law is None or origin == destination:
            return []
        shipment = Shipment(item["item"], item["hs"] or "", origin, destination, None)
        rows = []
        for year in self.years:
            duty, cap = law.duty(shipment, year), law.withheld(shipment, year)
            if duty or cap:
                rows.append(
                    {
                        "lane": lane["lane"],
                        "period": str(year),
                        "cost": lane["cost"] + (duty.amount if duty else 0.0),
                        "capacity": cap.amount if cap else None,
                        "facts": " ".join(charge.basis for charge in (duty, cap) if charge),
                    }
                )
        return rows

    def disposals(
        self,
        plants: Sequence[Mapping[str, Any]],
        modes: Sequence[Mapping[str, Any]],
        recipes: Sequence[Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        """Ways out for by-products, at their disposal cost or, where sellable, at half their outside price."""
        place_of = {plant["plant"]: plant["place"] for plant in plants}
        items = {row["item"]: row for row in self.atlas["items"].iter_rows(named=True)}
        prices: dict[str, tuple[float, int]] = {}
        for row in (
            self.atlas["outside_supply"]
            .filter(pl.col("regime").is_in([self.case["price_regime"], "*"]))
            .iter_rows(named=True)
        ):
            price = row["price"] * self.level[row["money_year"]]
            prices[row["item"]] = min((price, row["_line"]), prices.get(row["item"], (np.inf, 0)))
        made: dict[str, list[str]] = {}
        for one in recipes:
            if one["amount"] > 0 and one["item"] != self.main_item.get(one["process"]):
                made.setdefault(one["process"], []).append(one["item"])
        ways: dict[tuple[str, str], dict[str, Any]] = {}
        for mode in modes:
            for item in made.get(mode["process"], []):
                row = items[item]
                place = place_of[mode["plant"]]
                at = f"items:{row['_line']}"
                if row["sellable"] == "yes" and item in prices:
                    price, line = prices[item]
                    ways[place, item] = {
                        "place": place,
                        "item": item,
                        "cost": -_BYPRODUCT_PRICE * price,
                        "facts": f"{at} outside_supply:{line}",
                    }
                elif row["disposal_cost"] is not None:
                    ways[place, item] = {"place": place, "item": item, "cost": row["disposal_cost"], "facts": at}
        return [way for (_, item), way in ways.items() if not item.startswith(_FINAL)]


#: Vehicles and storage are never by-products.
_FINAL = ("car_", "van_", "truck_", "bus_", "storage_")
