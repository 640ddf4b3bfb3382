"""From facts to the network of a case: every number of it carries the lines of the tables it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.atlas import Atlas
from bongsu.atlas.check import contents
from bongsu.chain.capacity import LineCapacity, line_capacities
from bongsu.chain.content import lay
from bongsu.chain.delivery import Curves, Delivery, FittedDelivery
from bongsu.chain.ground import Content, Ground, kept, plain, twin
from bongsu.chain.network import Network, Settings, case_schema, frame
from bongsu.chain.relations import standing
from bongsu.chain.routes import Route, Routes
from bongsu.chain.series import Series, facts, series
from bongsu.chain.traced import Traced, trace
from bongsu.law import Activity, ContentRule, LawInForce, Owner, Shipment
from bongsu.law.door import AT_BORDER

#: A lane whose freight is above so many times the lowest outside price of the item is senseless, unless a stated relation names it.
_FREIGHT_LIMIT = 3.0
#: Shares of chemistries that add up to so much less than one leave demand out.
_SHARE_TOLERANCE = 1e-6
#: What a by-product fetches, as a share of its outside price.
_BYPRODUCT_PRICE = 0.5
_SEGMENT_CHEMISTRY = ("nickel", "lfp")


#: Tables that a plan cannot do without.
_NEEDED = ("deflators", "delivery", "recipes", "demand", "chemistry_mix", "freight_rates", "shortage_prices")


class UnknownCase(ValueError):
    """The pack has no case of that name."""


class TooLittleKnown(ValueError):
    """On the date of knowledge too little was known for any plan."""


class LaterKnowledge(ValueError):
    """A fact that was known only after the date of knowledge is among those that a plan would be made from."""


@dataclass(frozen=True)
class Choices:
    """What the asker may choose about a chain.

    Attributes:
        face_value: take announcements as made instead of for what such announcements have brought.
        whole_builds: new plants in whole units of at least their minimum size.
        closures: capacity that stands or is expected may be given up for good where that saves more than it earns; otherwise it
            is kept, and its fixed cost is paid whatever it makes.
        law: the law in force; None = no duties, credits or bans.
        delivery: what promises are worth: ``fitted`` = the pack's curves corrected by the promises whose end was known,
            ``pack`` = the pack's curves as they stand.
    """

    face_value: bool = False
    whole_builds: bool = False
    closures: bool = False
    law: LawInForce | None = None
    delivery: Literal["fitted", "pack"] = "fitted"

    def curves(self, atlas: Atlas) -> Curves:
        """The delivery curves chosen."""
        return FittedDelivery.of(atlas) if self.delivery == "fitted" else Delivery(atlas)


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
            UnknownCase: the pack had no such case on the atlas's date of knowledge.
            TooLittleKnown: on that date the pack knew too little for any plan.
            LaterKnowledge: the atlas holds a fact that was known only later.
        """
        return build(atlas, case, choices)

    @property
    def years(self) -> list[int]:
        """Years of the case, first to last."""
        return list(range(self.case["start_year"], self.case["end_year"] + 1))


def build(atlas: Atlas, case: str = "reference", choices: Choices | None = None) -> Chain:
    """The chain of a case; see :class:`Chain`."""
    for table, line, day in atlas.later():
        raise LaterKnowledge(
            f"{table}.csv, line {line} was known only on {day}, after {atlas.known}, the day of knowledge of this plan; "
            "take the atlas of a day with Atlas.as_of"
        )
    if atlas["cases"].is_empty():
        raise TooLittleKnown(_nothing(atlas, ["cases"]))
    row = atlas.row("cases", case)
    if row is None:
        had = ", ".join(dict.fromkeys(atlas["cases"]["case"]))
        raise UnknownCase(f"there is no case {case!r} as known on {atlas.known}; the pack has {had}")
    empty = [name for name in _NEEDED if atlas[name].is_empty()]
    if empty:
        raise TooLittleKnown(_nothing(atlas, empty))
    for what, missing in _gaps(atlas, row):
        raise TooLittleKnown(
            f"{what} of {', '.join(missing)} was not known by {atlas.known}, so the case {case} cannot be planned as of that day; "
            "choose a later one, or add rows with an earlier known_from"
        )
    return _Builder(atlas, row, choices or Choices()).chain()


def _nothing(atlas: Atlas, tables: Sequence[str]) -> str:
    return (
        f"nothing of {', '.join(tables)} was known by {atlas.known}, so nothing can be planned as of that day; "
        "choose a later one, or add rows to these tables with an earlier known_from"
    )


def _gaps(atlas: Atlas, case: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """What a plan looks up and the atlas does not know: half a recipe book would be a plan of half the chain."""
    run = {process for line in atlas["facility_lines"]["processes"] for process in line}
    run |= set(atlas["expansion_places"]["process"])
    run |= set(atlas["processes"].filter(pl.col("capacity_limited") == "no")["process"])
    told = set(atlas["recipes"]["process"])
    yield from _missing("the recipe", sorted(run - told))
    level = set(atlas["deflators"]["year"])
    money = {int(case["money_year"])}
    for name in ("process_costs", "capex", "freight_rates", "outside_supply"):
        money |= set(atlas[name]["money_year"])
    yield from _missing("the price level", sorted(str(year) for year in money - level))
    states = set(atlas["facility_states"].filter(pl.col("valid_from") <= atlas.known)["state"])
    yield from _missing("the delivery curve", sorted(states - set(atlas["delivery"]["state"])))
    rated = set(atlas["freight_rates"].select("freight_class", "mode").iter_rows())
    kinds = set(atlas["items"]["freight_class"]) - {"none"}
    lacking = [
        kind for kind in sorted(kinds) if (kind, "sea") not in rated or not {(kind, "truck"), (kind, "rail")} & rated
    ]
    yield from _missing("the freight rate", lacking)
    if atlas["demand"].filter(pl.col("case") == case["demand_case"]).is_empty():
        yield "the demand", [str(case["demand_case"])]


def _missing(what: str, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    if names:
        yield what, names


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
        lines = line_capacities(self.atlas, self.years, self.choices.face_value, self.choices.curves(self.atlas))
        plants, capacity, modes = self.plants(lines)
        options, new_plants, new_modes = self.options()
        market_plants, market_modes, market_recipes, demands = self.demand()
        plants, modes = plants + new_plants + market_plants, modes + new_modes + market_modes
        step_plants, step_modes = self.unlimited_steps(modes, plants, list(dict.fromkeys(d["place"] for d in demands)))
        plants, modes = plants + step_plants, modes + step_modes
        recipes = self.recipes(modes) + market_recipes
        supplies = self.supplies()
        uses, makes = self.ends(plants, modes, recipes, supplies, demands)
        lanes = self.lanes(makes, uses)
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
        mode_periods = self.credits(plants, modes)
        ground = self.ground(plants, modes, recipes, lanes, supplies, mode_periods)
        traced = self.traced(ground)
        lanes, lane_periods = self.border(lanes, traced)
        content = lay(self.rules, replace(ground, lanes=lanes), traced) if self.choices.law else Content()
        plants, modes = plants + content.plants, modes + content.modes
        capacity += content.capacity
        tables: dict[str, Any] = {
            "periods": [{"period": str(year), "years": 1.0, "year": float(year)} for year in self.years],
            "items": self.atlas["items"].select("item", "unit"),
            "places": self.atlas["places"].select("place", pl.col("name_en").alias("name"), "country", "lat", "lon"),
            "plants": plants,
            "capacity": capacity,
            "modes": modes,
            "recipes": recipes,
            "lanes": lanes,
            "mode_periods": mode_periods + content.mode_periods,
            "lane_periods": lane_periods,
            "supplies": supplies,
            "demands": demands,
            "disposals": disposals,
            "options": options,
            "option_periods": self.investment_credits(options),
            "shares": content.shares,
            "share_terms": content.terms,
        }
        law = self.choices.law
        if law is not None:
            if law.known != self.atlas.known:
                self.note(
                    f"not a replay: the law is as known on {law.known}, the facts are as known on {self.atlas.known}"
                )
            for text in law.notes():
                self.note(text)
        else:
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
                    "retirable": "yes" if fixed > 0 and self.choices.closures else "no",
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

    def mode(self, plant: str, process: str, country: str) -> dict[str, Any]:
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
                    "max_total": row["max_total"],
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
            self._say_unplanned(place, segment, path, units, size, mix)
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
                    if share.value is None or (segment == "storage" and gwh.value is None):
                        continue  # said in the notes
                    lines = facts(demand=gwh.lines, chemistry_mix=share.lines, shortage_prices=[price["_line"]])
                    kwh = 1.0
                    quantity = share.value * (gwh.value or 0.0) * 1e6
                    if segment != "storage":
                        cars, pack = units[place, segment].at(year), size[place, segment].at(year)
                        if not cars.value or not pack.value:
                            continue
                        quantity, kwh = share.value * cars.value, pack.value
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

    def _say_unplanned(
        self,
        place: str,
        segment: str,
        energy: Series,
        units: Mapping[tuple[Any, ...], Series],
        size: Mapping[tuple[Any, ...], Series],
        mix: Mapping[tuple[Any, ...], Series],
    ) -> None:
        """Note the demand of a market and segment that is not planned because something of it is unknown."""
        wanted = [energy] if segment == "storage" else [units[place, segment], size[place, segment]]
        shares = [mix[place, segment, c] for c in _SEGMENT_CHEMISTRY if (place, segment, c) in mix]
        gaps: dict[str, list[int]] = {}
        for year in self.years:
            values = [one.at(year).value for one in wanted]
            if None in values or (values[0] and not values[-1]):
                gaps.setdefault("its size is unknown", []).append(year)
            elif values[0]:
                known = sum(one.at(year).value or 0.0 for one in shares)
                if known < 1.0 - _SHARE_TOLERANCE:
                    gaps.setdefault("cells are known for only a part of it", []).append(year)
        for why, years in gaps.items():
            which = f"{years[0]}" if len(years) == 1 else f"{len(years)} years, {years[0]} to {years[-1]}"
            self.note(f"demand for {segment} in {place} is not planned in full ({which}): {why}")

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
        """Recipe rows of every process that some mode runs, by year where they change.

        A by-product is any output but the main item. A process that is counted by its feed (recycling) is run for its outputs:
        there only what may be got rid of at a cost is a by-product.
        """
        waste = set(self.atlas["items"].filter(pl.col("disposal_cost").is_not_null())["item"])
        rows = []
        for process in dict.fromkeys(m["process"] for m in modes):
            own, main = self.recipe.get(process, []), self.main_item.get(process)
            feed = any(row["item"] == main and row["amount"] < 0 for row in own)
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
                        "byproduct": "yes"
                        if row["amount"] > 0 and item != main and (item in waste or not feed)
                        else "no",
                        "facts": f"recipes:{row['_line']}",
                    }
                    for item, row in held.items()
                ]
        return rows

    @cached_property
    def content(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """Tonnes of each element in one unit of an item, for items counted in tonnes."""
        return {item: tuple(sorted(held.items())) for item, held in contents(self.atlas["composition"]).items()}

    # Outside supply ------------------------------------------------------------------------------------------------------

    @cached_property
    def offers(self) -> pl.DataFrame:
        """Offers from outside in the regime of the case, in its dollars."""
        own = pl.col("regime").is_in([self.case["price_regime"], "*"])
        level = pl.col("money_year").replace_strict(self.level, return_dtype=pl.Float64)
        return self.atlas["outside_supply"].filter(own).with_columns(pl.col("price") * level)

    @cached_property
    def offered_prices(self) -> dict[tuple[Any, ...], Series]:
        """Prices of outside supply by place and item."""
        return series(self.offers, ["place", "item"], "price")

    def supplies(self) -> list[dict[str, Any]]:
        """Offers from outside at the prices of the case's regime."""
        left_out = {
            (row["place"], row["item"])
            for row in self.atlas["case_sources"].iter_rows(named=True)
            if row["case"] in ("*", self.case["case"])
        }
        quantities = series(self.offers, ["place", "item"], "quantity")
        rows = []
        unlimited: set[str] = set()
        law = self.choices.law
        for key, path in self.offered_prices.items():
            if key in left_out:
                continue
            place, item = key
            # What may leave a country at all bounds its offer: over all borders, where each lane has a bound of its own only.
            own = (item, self.hs.get(item) or "", self.country[place], self.content.get(item, ()))
            limits = law.leaving(*own, self.years) if law is not None else {}
            for year in self.years:
                price, quantity = path.at(year), quantities[key].at(year)
                if price.value is None:
                    continue
                limit = limits.get(year)
                bounds = [quantity.value, limit.most if limit is not None else None]
                most = min((bound for bound in bounds if bound is not None), default=None)
                if most is None:
                    unlimited.add(item)
                rows.append(
                    {
                        "supply": f"{item}@{place}",
                        "place": place,
                        "item": item,
                        "period": str(year),
                        "price": price.value,
                        "quantity": most,
                        "facts": f"{facts(outside_supply=price.lines)} {limit.basis if limit else ''}".rstrip(),
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
    ) -> list[dict[str, Any]]:
        """Every lane with a route, but for senseless ones that no stated relation names; see ``_FREIGHT_LIMIT``."""
        routes = Routes(self.atlas, self.level)
        linked = self.linked()
        rows: list[dict[str, Any]] = []
        items = {row["item"]: row for row in self.atlas["items"].iter_rows(named=True)}
        without = senseless = 0
        for item, origins in makes.items():
            if items[item]["freight_class"] == "none" or items[item]["stage"] == "vehicle":
                continue
            mass, kind, named = items[item]["mass_per_unit"], items[item]["freight_class"], linked.get(item, {})
            ends = list(uses.get(item, {}))
            own = np.ix_([routes.index[place] for place in origins], [routes.index[place] for place in ends])
            freights = (routes.costs(kind)[own] * mass).ravel().tolist()
            price = self.outside_price.get(item, (0.0, 0))[0]
            most = _FREIGHT_LIMIT * price if price > 0 else np.inf
            for (origin, destination), freight in zip(product(origins, ends), freights, strict=True):
                if origin == destination:
                    continue
                if freight == np.inf:
                    without += 1
                    continue
                if freight > most and (origin, destination) not in named:
                    senseless += 1
                    continue
                route = routes.route(origin, destination, kind)
                rows.append(
                    {
                        "lane": f"{item}|{origin}|{destination}",
                        "from": origin,
                        "to": destination,
                        "item": item,
                        "cost": route.cost * mass,
                        "days": route.days,
                        "via": list(route.via) or None,
                        "facts": " ".join([route.facts, *named.get((origin, destination), ())]).strip(),
                    }
                )
        if senseless:
            self.note(
                f"{senseless} of {len(rows) + senseless} lanes are left out: their freight is above "
                f"{_FREIGHT_LIMIT:g} times the lowest outside price of the item, and no stated relation names them"
            )
        if without:
            self.note(f"{without} pairs of a maker and a user of an item have no route between them and no lane")
        return rows

    def linked(self) -> dict[str, dict[tuple[str, str], list[str]]]:
        """Pairs of places joined by a stated relation that holds, by item, with the facts behind it."""
        place_of = dict(self.atlas["facilities"].select("facility", "place").iter_rows())
        result: dict[str, dict[tuple[str, str], list[str]]] = {}
        for row in standing(self.atlas, self.years[0]):
            pair = place_of[row["seller"]], place_of[row["buyer"]]
            result.setdefault(row["item"], {}).setdefault(pair, []).append(f"links:{row['_line']}")
        return result

    def border(
        self, lanes: list[dict[str, Any]], traced: Sequence[Traced]
    ) -> tuple[list[dict[str, Any]], pl.DataFrame]:
        """Lanes with the twins that claim a tested preference or carry a tag, and what the law adds to them, year by year."""
        law = self.choices.law
        if law is None:
            return lanes, frame("lane_periods")
        claims = {rule.name: rule for rule in self.rules if rule.preference}
        abroad = self.abroad(lanes)
        claiming = [
            {**lane, "lane": twin(lane["lane"], name)}
            for name, rule in claims.items()
            for lane, origin, into in abroad
            if lane["item"] in rule.items and origin in rule.countries and into in rule.markets
        ]
        lanes = lanes + claiming
        tagged = [
            {**lane, "lane": twin(lane["lane"], tag)}
            for one in traced
            if one.lane_tags
            for lane in lanes
            for tag in one.lane_tags.get(plain(lane["lane"]), ())
        ]

        def claimed(lane: Mapping[str, Any]) -> str | None:
            return next((claims[name].preference for name in kept(lane["lane"]) if name in claims), None)

        crossing: list[tuple[dict[str, Any], str, str, str | None]] = [
            *((lane, origin, into, None) for lane, origin, into in abroad),
            *((lane, origin, into, claimed(lane)) for lane, origin, into in self.abroad(claiming + tagged)),
        ]
        goods: dict[tuple[str, str, str, str | None], int] = {}
        number = [
            goods.setdefault((lane["item"], origin, into, preference), len(goods))
            for lane, origin, into, preference in crossing
        ]
        asked = law.at_border([self.shipment(law, *one) for one in goods], self.years)
        periods = _for_each(
            pl.Series("lane", [lane["lane"] for lane, *_ in crossing], dtype=pl.String),
            np.array([lane["cost"] for lane, *_ in crossing], dtype=float),
            np.array(number, dtype=np.int64),
            asked,
        )
        return lanes + tagged, self.idle(periods, tagged, traced)

    def abroad(self, lanes: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], str, str]]:
        """Lanes that cross a border, with the countries at their ends."""
        ends = ((lane, self.country[lane["from"]], self.country[lane["to"]]) for lane in lanes)
        return [one for one in ends if one[1] != one[2]]

    def shipment(self, law: LawInForce, item: str, origin: str, destination: str, claimed: str | None) -> Shipment:
        """Goods on a lane, as the law is asked about them."""
        hs = self.hs.get(item) or ""
        preference = claimed or law.preference(item, hs, origin, destination)
        content = self.content.get(item, ())
        return Shipment(item, hs, origin, destination, self.worth(item), preference, content)

    def idle(
        self, periods: pl.DataFrame, tagged: Sequence[Mapping[str, Any]], traced: Sequence[Traced]
    ) -> pl.DataFrame:
        """The rows of lanes by year, with no capacity for tagged lanes in years in which their tag means nothing."""
        live = {tag: years for one in traced for tag, years in one.live.items()}
        own = [(lane["lane"], str(y)) for lane in tagged for y in self.years if y not in live[kept(lane["lane"])[-1]]]
        if not own:
            return periods
        shut = pl.DataFrame(own, schema={"lane": pl.String, "period": pl.String}, orient="row")
        shut = shut.with_columns(pl.lit(0.0).alias("shut"))
        joined = periods.join(shut, on=["lane", "period"], how="full", coalesce=True, maintain_order="left_right")
        return joined.select(
            "lane", "period", "cost", pl.coalesce("shut", "capacity").alias("capacity"), pl.col("facts").fill_null("")
        )

    def worth(self, item: str) -> float | None:
        """Customs value of a unit: the lowest outside price, else the least cost of making it from things of known worth."""
        if item in self._worth:
            return self._worth[item]
        found = self.outside_price.get(item)
        self._worth[item] = found[0] if found else None
        if not found:
            costs = [self._made_for(process, item) for process, main in self.main_item.items() if main == item]
            known = [cost for cost in costs if cost is not None]
            self._worth[item] = min(known, default=None)
            if known:
                self.note(f"{item} has no outside price; its duty is charged on the least cost of making it")
        return self._worth[item]

    @cached_property
    def _worth(self) -> dict[str, float | None]:
        return {}

    def _made_for(self, process: str, item: str) -> float | None:
        recipe = {row["item"]: row["amount"] for row in self.recipe.get(process, [])}
        if recipe.get(item, 0.0) <= 0:
            return None
        costs = [sum(self.cost(process, country)[:2]) for name, country in self.costs if name == process]
        total: float = min(costs, default=0.0)
        for part, amount in recipe.items():
            if amount < 0:
                value = self.worth(part)
                if value is None:
                    return None
                total -= amount * value
        return float(total / recipe[item])

    @cached_property
    def hs(self) -> dict[str, str | None]:
        return dict(self.atlas["items"].select("item", "hs").iter_rows())

    @cached_property
    def rules(self) -> Sequence[ContentRule]:
        return self.choices.law.content_rules(self.years) if self.choices.law else ()

    def ground(
        self,
        plants: Sequence[Mapping[str, Any]],
        modes: list[dict[str, Any]],
        recipes: Sequence[Mapping[str, Any]],
        lanes: list[dict[str, Any]],
        supplies: list[dict[str, Any]],
        mode_periods: Sequence[dict[str, Any]],
    ) -> Ground:
        """The network as content tests see it; see :mod:`bongsu.chain.ground`."""
        amounts: dict[tuple[str, int | None], dict[str, float]] = {}
        for row in recipes:
            year = None if row["period"] is None else int(row["period"])
            amounts.setdefault((row["process"], year), {})[row["item"]] = row["amount"]
        dated = frozenset(process for process, year in amounts if year is not None)

        def recipe(process: str, year: int) -> Mapping[str, float]:
            return amounts.get((process, year if process in dated else None), {})

        made = {
            process: self.main_item.get(process) or next(item for item, amount in own.items() if amount > 0)
            for (process, _), own in amounts.items()
        }
        owners: dict[str, list[Owner]] = {}
        for row in self.atlas["facility_owners"].iter_rows(named=True):
            held = Owner(row["owner"], row["owner_country"], row["share"])
            owners.setdefault(row["facility"], []).append(held)
        country = {plant["plant"]: self.country[plant["place"]] for plant in plants}
        return Ground(
            years=self.years,
            place_of={plant["plant"]: plant["place"] for plant in plants},
            country=self.country,
            makers={line: owners.get(facility, []) for line, facility in self.facility_of.items()},
            recipe=recipe,
            dated=dated,
            modes=modes,
            lanes=lanes,
            supplies=supplies,
            paid={(row["mode"], row["period"]): row for row in mode_periods},
            price=self.worth,
            product=made.get,
            free=frozenset(self.atlas["processes"].filter(pl.col("capacity_limited") == "no")["process"]),
            processing=lambda mode: (
                mode["cost"] + self.cost(mode["process"], country[mode["plant"]])[1]
                if mode["process"] in self.main_item
                else mode["cost"]
            ),
        )

    def traced(self, ground: Ground) -> list[Traced]:
        """Credits whose tests follow goods through the chain, with the tags of the goods."""
        found = [trace(one, ground) for one in self.choices.law.vehicle_credits(self.years)] if self.choices.law else []
        for text in (text for one in found for text in one.notes):
            self.note(text)
        return found

    @cached_property
    def facility_of(self) -> dict[str, str]:
        return dict(self.atlas["facility_lines"].select("line", "facility").iter_rows())

    @cached_property
    def outside_price(self) -> dict[str, tuple[float, int]]:
        """Lowest outside price of each item in the years of the plan, in dollars of the case, and the line that says so."""
        prices: dict[str, tuple[float, int]] = {}
        for (_, item), path in self.offered_prices.items():
            for reading in map(path.at, self.years):
                if reading.value is not None:
                    prices[item] = min((reading.value, reading.lines[0]), prices.get(item, (np.inf, 0)))
        return prices

    def activity(self, process: str, plant: str, place: str) -> Activity:
        """What is made where, as the law is asked about it."""
        facility = self.facility_of.get(plant)
        return Activity(process, self.main_item.get(process, ""), facility, self.country[place], self.region[place])

    @cached_property
    def region(self) -> dict[str, str | None]:
        return dict(self.atlas["places"].select("place", "region").iter_rows())

    def credits(self, plants: Sequence[Mapping[str, Any]], modes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What the law pays per unit of activity, year by year, without a content test."""
        law = self.choices.law
        if law is None:
            return []
        place_of = {plant["plant"]: plant["place"] for plant in plants}
        rows = []
        for mode in modes:
            activity = self.activity(mode["process"], mode["plant"], place_of[mode["plant"]])
            for year, credit in law.credit(activity, self.years).items():
                cost = mode["cost"] + credit.amount
                rows.append({"mode": mode["mode"], "period": str(year), "cost": cost, "facts": credit.basis})
        return rows

    def investment_credits(self, options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Yearly cost of new capacity by year of first use where the law gives part of the investment back."""
        law = self.choices.law
        if law is None:
            return []
        rows = []
        for option in options:
            process, place = option["option"].removeprefix("new:").split("@")
            activity = self.activity(process, option["plant"], place)
            fixed = self.cost(process, self.country[place])[1]
            for year, credit in law.investment_credit(activity, self.years).items():
                cost = (option["annual_cost"] - fixed) * (1.0 - credit.amount) + fixed
                rows.append(
                    {"option": option["option"], "period": str(year), "annual_cost": cost, "facts": credit.basis}
                )
        return rows

    def disposals(
        self,
        plants: Sequence[Mapping[str, Any]],
        modes: Sequence[Mapping[str, Any]],
        recipes: Sequence[Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        """Ways out for by-products where they are made, at their disposal cost or, where sellable, at half their outside price."""
        place_of = {plant["plant"]: plant["place"] for plant in plants}
        items = {row["item"]: row for row in self.atlas["items"].iter_rows(named=True)}
        prices = self.outside_price
        made: dict[str, list[str]] = {}
        for one in recipes:
            if one.get("byproduct") == "yes":
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
                        "own_only": "yes",
                        "facts": f"{at} outside_supply:{line}",
                    }
                elif row["disposal_cost"] is not None:
                    cost = row["disposal_cost"]
                    ways[place, item] = {"place": place, "item": item, "cost": cost, "own_only": "yes", "facts": at}
        return [way for (_, item), way in ways.items() if not item.startswith(_FINAL)]


def _for_each(
    lane: pl.Series, cost: npt.NDArray[np.float64], shipment: npt.NDArray[np.int64], asked: pl.DataFrame
) -> pl.DataFrame:
    """What borders ask of shipments (in their order), for each lane that carries one: rows of ``lane_periods``."""
    first = np.searchsorted(asked["shipment"].to_numpy(), np.arange(shipment.max(initial=-1) + 2))
    start = first[shipment]
    count = first[shipment + 1] - start
    of = np.repeat(np.arange(shipment.size), count)
    row = np.arange(of.size) + np.repeat(start - np.cumsum(count) + count, count)
    return pl.DataFrame(
        {
            "lane": lane.gather(of),
            "period": asked["year"].cast(pl.String).gather(row),
            "cost": cost[of] + asked["paid"].to_numpy()[row],
            "capacity": asked["most"].gather(row),
            "facts": asked["basis"].gather(row),
        }
    )


#: Vehicles and storage are never by-products.
_FINAL = ("car_", "van_", "truck_", "bus_", "storage_")


class Crossings:
    """Freight and what borders ask between any two places, as the lanes of a chain have them; also where it has no lane."""

    def __init__(self, chain: Chain) -> None:
        self._builder = _Builder(chain.atlas, chain.case, chain.choices)
        self._routes = Routes(chain.atlas, self._builder.level)
        self._items = {row["item"]: row for row in chain.atlas["items"].iter_rows(named=True)}

    def freight(self, item: str, origin: str, destination: str) -> tuple[float, Route] | None:
        """USD of the case per unit of an item, and the route; None where no route joins the places or the item is not moved."""
        row = self._items[item]
        if row["freight_class"] == "none" or row["stage"] == "vehicle":
            return None
        try:
            route = self._routes.route(origin, destination, row["freight_class"])
        except ValueError:
            return None
        return route.cost * float(row["mass_per_unit"]), route

    def at_border(
        self, ways: Sequence[tuple[str, str, str]], years: Sequence[int], law: LawInForce | None = None
    ) -> pl.DataFrame:
        """What borders ask of an item between two places, by position of the way and year; no row = nothing.

        Args:
            ways: item, and the places of origin and destination.
            years: that are asked about.
            law: another law than that of the chain.

        Returns:
            Columns ``way``, ``year``, ``paid`` (USD of the case per unit), ``most`` (null = no limit) and ``basis``.
        """
        own, country = law or self._builder.choices.law, self._builder.country
        goods: dict[tuple[str, str, str], int] = {}
        crossing = [
            (at, goods.setdefault((item, country[origin], country[into]), len(goods)))
            for at, (item, origin, into) in enumerate(ways)
            if country[origin] != country[into]
        ]
        schema = {"way": pl.Int64, **{name: kind for name, kind in AT_BORDER.items() if name != "shipment"}}
        if own is None or not crossing:
            return pl.DataFrame(schema=schema)
        asked = own.at_border([self._builder.shipment(own, *one, None) for one in goods], list(years))
        of = pl.DataFrame(crossing, schema={"way": pl.Int64, "shipment": pl.Int64}, orient="row")
        return of.join(asked, on="shipment", maintain_order="left").select(list(schema))
