"""Who makes, offers and uses an item in a plan: at what cost, how much, and what is promised to others.

Prices are those of the plan. At its optimum, with ``w`` the shadow price of an item at a place in a year,

    w(buyer) <= w(seller) + freight + duty + credit          equal where the plan ships

so what a unit costs delivered from a seller, less the buyer's own price, is the reduced cost of the lane: nothing where the plan
buys, and what the seller is too dear by where it does not. ``credit`` is minus what the content rules give for goods of that
seller (the value of the shares that they help to keep). What a seller asks at his gate is what one unit more is worth there;
where the law lets no place pass on what it received, it is what one unit *made* there is worth.

A seller's own cost is what making one unit takes at these prices, without scarcity of his plant: the least he could ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bongsu.answers.figure import LANGUAGES, names
from bongsu.answers.why import Why
from bongsu.chain import Chain
from bongsu.chain.build import Crossings
from bongsu.chain.capacity import LineCapacity, present_states
from bongsu.chain.relations import standing
from bongsu.committee.link.need import Party
from bongsu.committee.words import said
from bongsu.law import Owner
from bongsu.law.inforce import InForce
from bongsu.plan.plan import Plan

#: Quantities below this are rounding noise of the solver.
TINY = 1e-6
#: States of a relation that takes goods away from others; of ``planned`` ones, ``mou`` and ``option`` nothing is bound yet.
COMMITTED = ("contracted", "flowing")
#: States of a project of which nothing is to be expected.
GONE = ("cancelled", "closed")


@dataclass(frozen=True)
class Seller:
    """Who may supply an item.

    Attributes:
        party: facility, place of an offer from outside, or place of a plant that the plan builds.
        name: unique: the facility, ``offer@PLACE`` or ``new:PROCESS@PLACE``.
        kind: ``plant``, ``offer``, ``new`` (built by the plan) or ``step`` (one that is no limit by itself).
        plants: positions of its plants in the network.
        supplies: identifier of the offer.
        lines: its production lines that can make the item, of known and of unknown size.
        state: of the project; None = unknown, or none.
    """

    name: str
    party: Party
    kind: str
    plants: tuple[int, ...] = ()
    supply: str | None = None
    lines: tuple[LineCapacity, ...] = ()
    state: str | None = None


@dataclass(frozen=True)
class Buyer:
    """Who uses an item; attributes as of :class:`Seller`, ``kind`` may also be ``market`` (final demand)."""

    name: str
    party: Party
    kind: str
    plants: tuple[int, ...] = ()
    state: str | None = None


@dataclass(frozen=True)
class Capacity:
    """How much there is in a year, unit of the item.

    Attributes:
        most: to be expected; None = not known, taken as not limiting (as the plan does).
        low, high: ends of its interval, where it turns on a promise.
        announced: at face value; None = nothing was announced.
    """

    most: float | None
    low: float | None = None
    high: float | None = None
    announced: float | None = None


@dataclass(frozen=True)
class Committed:
    """What a seller has promised in a year to others than the buyer, unit of the item.

    Attributes:
        stated: sum of the volumes stated.
        unstated: relations whose volume nobody states.
        facts: lines of the table ``links``.
    """

    stated: float = 0.0
    unstated: int = 0
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """What a unit costs from a seller's place to a buyer's in a year, USD of the case per unit.

    Attributes:
        price: at the seller's gate; None = the plan has no price there.
        freight, duty: the duty includes the cost of waiting for a licence.
        credit: minus what content rules give for these goods; None = not known, because the plan has no such lane.
        most: most that may pass in the year; None = no limit.
        days: transit time. ``licence``: whether a licence must be waited for.
        lane: position in the plan; None = none there. ``keeps``: rules that the goods on it keep.
        facts: what freight and duty rest on.
        passing: part of the price that is there because no place may pass on what it received.
    """

    price: float | None
    freight: float
    duty: float
    credit: float | None
    most: float | None = None
    days: float | None = None
    licence: bool = False
    lane: int | None = None
    keeps: tuple[str, ...] = ()
    facts: str = ""
    passing: float = 0.0

    @property
    def delivered(self) -> float | None:
        """What is paid in all; without a credit that is not known. None where the price is not."""
        if self.price is None:
            return None
        return self.price + self.freight + self.duty + (self.credit or 0.0)

    @property
    def transfer(self) -> float:
        """What lies between the two gates: freight, duty and credit."""
        return self.freight + self.duty + (self.credit or 0.0)


@dataclass
class Market:
    """A plan as its buyers and sellers see it."""

    chain: Chain
    plan: Plan
    why: Why = field(init=False)
    a: Any = field(init=False)

    def __post_init__(self) -> None:
        if self.plan.status not in ("optimal", "feasible"):
            raise ValueError(f"a plan that is {self.plan.status} has no prices; links need a plan that was solved")
        self.why = Why(self.chain, self.plan)
        self.a = self.plan.model.arrays

    # Names ---------------------------------------------------------------------------------------------------------------

    @cached_property
    def _plants(self) -> list[str]:
        return self.a.net["plants"]["plant"].to_list()  # type: ignore[no-any-return]

    @cached_property
    def _places(self) -> list[str]:
        return self.a.net["places"]["place"].to_list()  # type: ignore[no-any-return]

    @cached_property
    def _items(self) -> dict[str, int]:
        return {item: at for at, item in enumerate(self.a.net["items"]["item"])}

    @cached_property
    def facility_of(self) -> dict[str, str]:
        """Facility of each production line."""
        return dict(self.chain.atlas["facility_lines"].select("line", "facility").iter_rows())

    @cached_property
    def place_of(self) -> dict[str, str]:
        """Place of each facility."""
        return dict(self.chain.atlas["facilities"].select("facility", "place").iter_rows())

    @cached_property
    def country(self) -> dict[str, str]:
        """Country of each place."""
        return dict(self.chain.atlas["places"].select("place", "country").iter_rows())

    @cached_property
    def markets(self) -> frozenset[str]:
        """Places that stand for the final demand of a country."""
        return frozenset(self.chain.atlas["places"].filter(kind="market")["place"])

    @cached_property
    def states(self) -> dict[str, str]:
        """Present state of each facility."""
        return {facility: str(row["state"]) for facility, row in present_states(self.chain.atlas).items()}

    @cached_property
    def owners(self) -> dict[str, list[Owner]]:
        """Holders of each facility, as the newest set known names them."""
        found: dict[str, list[tuple[Any, Owner]]] = {}
        for row in self.chain.atlas["facility_owners"].iter_rows(named=True):
            one = Owner(row["owner"], row["owner_country"], row["share"])
            found.setdefault(row["facility"], []).append((row["valid_from"], one))
        begun = {
            facility: [pair for pair in held if pair[0] is None or pair[0] <= self.chain.atlas.known] or held
            for facility, held in found.items()
        }
        newest = {
            facility: max((day for day, _ in held if day is not None), default=None) for facility, held in begun.items()
        }
        return {facility: [one for day, one in held if day == newest[facility]] for facility, held in begun.items()}

    def unit(self, item: str) -> str:
        """Unit of an item."""
        return str((self.chain.atlas.row("items", item) or {}).get("unit", "unit"))

    def t(self, year: int) -> int:
        """Position of a year."""
        return self.chain.years.index(year)

    def place_at(self, plant: int) -> str:
        """Place of a plant, by its position."""
        return self._places[int(self.a.plant_place[plant])]

    def _party(self, facility: str) -> Party:
        place = self.place_of[facility]
        return Party(facility, place, self.country[place], facility, names(self.chain.atlas, "facilities", facility))

    def _somewhere(self, name: str, place: str, key: str, **parts: Any) -> Party:
        where = names(self.chain.atlas, "places", place)
        return Party(name, place, self.country[place], None, said("link", key, place=where, **parts))

    def _whose(self, plant: int) -> tuple[str, str, Party]:
        """Name, kind and party of a plant of the network. Steps that are no limit by themselves are one party at each place:
        those who use what they make there."""
        name = self._plants[plant]
        if name in self.facility_of:
            facility = self.facility_of[name]
            return facility, "plant", self._party(facility)
        process, _, place = name.removeprefix("new:").removeprefix("assembly:").partition("@")
        if name.startswith("new:"):
            what = names(self.chain.atlas, "processes", process)
            return name, "new", self._somewhere(name, place, "party.new", what=what)
        return f"users@{place}", "step", self._somewhere(f"users@{place}", place, "party.step", what=self._users(place))

    def _users(self, place: str) -> dict[str, str]:
        """Cell plants at a place, or in words that they are markets."""
        cells = (
            self._whose(at)[2]
            for at, name in enumerate(self._plants)
            if name in self.facility_of and self.place_at(at) == place
        )
        titles = list({one.name: one.title for one in cells}.values())
        if not titles:
            return said("link", "party.assembly")
        return {
            language: ", ".join(one[language] for one in titles[:2]) + (" …" if len(titles) > 2 else "")
            for language in LANGUAGES
        }

    # Sellers and buyers ----------------------------------------------------------------------------------------------------

    def sellers(self, item: str) -> list[Seller]:
        """Everyone who can make or offers an item, the unknown and the given up included, by name."""
        if item not in self._sellers:
            self._sellers[item] = self._found_sellers(item)
        return self._sellers[item]

    @cached_property
    def _sellers(self) -> dict[str, list[Seller]]:
        return {}

    def _found_sellers(self, item: str) -> list[Seller]:
        plants: dict[str, list[int]] = {}
        who: dict[str, tuple[str, Party]] = {}
        for entry in self._entries(item, made=True):
            plant = int(self.a.mode_plant[self.a.use_mode[entry]])
            name, kind, party = self._whose(plant)
            who[name] = kind, party
            if plant not in plants.setdefault(name, []):
                plants[name].append(plant)
        lines: dict[str, list[LineCapacity]] = {}
        makes = self._makers(item)
        for line in self.chain.lines:
            if makes.intersection(line.processes):
                lines.setdefault(line.facility, []).append(line)
                who.setdefault(line.facility, ("plant", self._party(line.facility)))
        found = [
            Seller(
                name, party, kind, tuple(plants.get(name, ())), None, tuple(lines.get(name, ())), self.states.get(name)
            )
            for name, (kind, party) in who.items()
        ]
        offers = self.a.net["supplies"]
        own = {row["supply"]: row["place"] for row in offers.iter_rows(named=True) if row["item"] == item}
        for supply, place in own.items():
            party = self._somewhere(f"offer@{place}", place, "party.offer")
            found.append(Seller(f"offer@{place}", party, "offer", (), supply))
        return sorted(found, key=lambda one: one.name)

    def _makers(self, item: str) -> set[str]:
        """Processes that make an item, by its table of recipes."""
        rows = self.chain.atlas["recipes"].select("process", "item", "amount").iter_rows()
        return {process for process, made, amount in rows if made == item and amount > 0}

    def buyers(self, item: str) -> list[Buyer]:
        """Everyone who can use an item or wants it, by name."""
        if item not in self._buyers:
            self._buyers[item] = self._found_buyers(item)
        return self._buyers[item]

    @cached_property
    def _buyers(self) -> dict[str, list[Buyer]]:
        return {}

    def _found_buyers(self, item: str) -> list[Buyer]:
        plants: dict[str, list[int]] = {}
        who: dict[str, tuple[str, Party]] = {}
        for entry in self._entries(item, made=False):
            plant = int(self.a.mode_plant[self.a.use_mode[entry]])
            name, kind, party = self._whose(plant)
            who[name] = kind, party
            if plant not in plants.setdefault(name, []):
                plants[name].append(plant)
        found = [
            Buyer(name, party, kind, tuple(plants[name]), self.states.get(name)) for name, (kind, party) in who.items()
        ]
        wanted = self.a.net["demands"]
        for place in dict.fromkeys(row["place"] for row in wanted.iter_rows(named=True) if row["item"] == item):
            name = f"market@{place}"
            found.append(Buyer(name, self._somewhere(name, place, "party.market"), "market"))
        return sorted(found, key=lambda one: one.name)

    def _entries(self, item: str, made: bool) -> list[int]:
        """Recipe entries of modes that make (or take) an item in some year."""
        code = self._items.get(item)
        if code is None:
            return []
        if (item, made) not in self._entered:
            amount = self.a.use_amount if made else -self.a.use_amount
            own = np.flatnonzero(self.a.use_item == code)
            self._entered[item, made] = [int(at) for at in own if (amount[at] > 0).any()]
        return self._entered[item, made]

    @cached_property
    def _entered(self) -> dict[tuple[str, bool], list[int]]:
        return {}

    # Quantities ------------------------------------------------------------------------------------------------------------

    @cached_property
    def built(self) -> dict[str, np.ndarray[Any, Any]]:
        """Capacity that the plan has built by year, by plant."""
        years = self.chain.years
        life = {row["option"]: (row["plant"], row["life"]) for row in self.a.net["options"].iter_rows(named=True)}
        found: dict[str, np.ndarray[Any, Any]] = {}
        builds = self.plan.table("build")
        if "option" not in builds.columns:
            return found
        for option, period, value in builds.select("option", "period", "value").iter_rows():
            plant, lives = life[option]
            grid = found.setdefault(plant, np.zeros(len(years)))
            first = int(period)
            for at, year in enumerate(years):
                if first <= year and (lives is None or first + lives > year):
                    grid[at] += value
        return found

    def capacity(self, seller: Seller, item: str, year: int) -> Capacity:
        """How much of an item a seller can be expected to have in a year, before anything is promised."""
        key = (seller.name, item, year)
        if key not in self._capacities:
            self._capacities[key] = self._capacity(seller, item, year)
        return self._capacities[key]

    @cached_property
    def _capacities(self) -> dict[tuple[str, str, int], Capacity]:
        return {}

    def _capacity(self, seller: Seller, item: str, year: int) -> Capacity:
        t = self.t(year)
        if seller.supply is not None:
            return Capacity(self._offered(seller.supply, t))
        most, unlimited = 0.0, False
        low = high = announced = 0.0
        own = {line.line: line for line in seller.lines}
        for plant in seller.plants:
            per_unit = max(
                (
                    float(self.a.use_amount[entry, t]) / float(self.a.mode_use[self.a.use_mode[entry]])
                    for entry in self._entries(item, made=True)
                    if self.a.mode_plant[self.a.use_mode[entry]] == plant
                    and self.a.use_amount[entry, t] > 0
                    and self.a.mode_use[self.a.use_mode[entry]] > 0
                ),
                default=0.0,
            )
            name = self._plants[plant]
            stands = float(self.a.usable[plant, t]) if np.isfinite(self.a.usable[plant, t]) else np.inf
            if not np.isfinite(stands):
                unlimited = True
                continue
            most += (stands + float(self.built.get(name, np.zeros(t + 1))[t])) * per_unit
            line = own.get(name)
            if line is not None:
                low += line.low.get(year, stands) * per_unit
                high += line.high.get(year, stands) * per_unit
                announced += line.announced.get(year, 0.0) * per_unit
        if unlimited:
            return Capacity(None)
        if seller.kind != "plant":
            return Capacity(most)
        return Capacity(most, low, high, announced)

    def _offered(self, supply: str, t: int) -> float | None:
        row, period = self.a.supply.row, self.a.supply.period
        ids = self.a.net["supplies"]["supply"]
        here = [at for at in np.flatnonzero(period == t).tolist() if ids[int(row[at])] == supply]
        if not here:
            return 0.0
        amount = float(sum(self.a.supply_quantity[row[at]] for at in here))
        return amount if np.isfinite(amount) else None

    def makes(self, seller: Seller, item: str, year: int) -> float:
        """What a seller makes or sells of an item in the plan."""
        t = self.t(year)
        if seller.supply is not None:
            row, period = self.a.supply.row, self.a.supply.period
            ids = self.a.net["supplies"]["supply"]
            bought = self.plan.family("buy")
            return float(
                sum(bought[at] for at in np.flatnonzero(period == t).tolist() if ids[int(row[at])] == seller.supply)
            )
        return self._turnover(seller.plants, item, t, made=True)

    def uses(self, buyer: Buyer, item: str, year: int) -> float:
        """What a buyer takes of an item in the plan."""
        t = self.t(year)
        if buyer.kind == "market":
            short = self.plan.family("short")
            total = 0.0
            for at in np.flatnonzero(self.a.demand.period == t).tolist():
                row = int(self.a.demand.row[at])
                here = self._places[int(self.a.demand_place[row])] == buyer.party.place
                if here and self.a.demand_item[row] == self._items[item]:
                    total += max(0.0, float(self.a.demand_quantity[row]) - float(short[at]))
            return total
        return self._turnover(buyer.plants, item, t, made=False)

    def _turnover(self, plants: Iterable[int], item: str, t: int, made: bool) -> float:
        own = set(plants)
        make = self._make[:, t]
        sign = 1.0 if made else -1.0
        return float(
            sum(
                max(0.0, sign * float(self.a.use_amount[entry, t])) * float(make[self.a.use_mode[entry]])
                for entry in self._entries(item, made)
                if int(self.a.mode_plant[self.a.use_mode[entry]]) in own
            )
        )

    @cached_property
    def _ship(self) -> Any:
        return self.plan.grid("ship")

    @cached_property
    def _make(self) -> Any:
        return self.plan.grid("make")

    def shipped(self, item: str, origin: str, destination: str, year: int) -> float:
        """What the plan moves between two places."""
        return float(sum(self._ship[lane, self.t(year)] for lane in self.lanes(item, origin, destination)))

    def origins(self, item: str, destination: str) -> tuple[str, ...]:
        """Places from which lanes bring an item to a place."""
        return tuple(dict.fromkeys(origin for one, origin, into in self._lanes if one == item and into == destination))

    def destinations(self, item: str, origin: str) -> tuple[str, ...]:
        """Places to which lanes take an item from a place."""
        return tuple(dict.fromkeys(into for one, start, into in self._lanes if one == item and start == origin))

    @cached_property
    def branches(self) -> dict[str, InForce]:
        """The law with each branch of each open question that the plan does not take, by ``QUESTION=BRANCH``."""
        law = self.chain.choices.law
        if not isinstance(law, InForce):
            return {}
        found = {}
        for question in law.law.questions():
            now = law.law.taken.get(question.name, question.default)
            for branch in question.branches:
                if branch.name != now:
                    taken = law.law.taking({**law.law.taken, question.name: branch.name})
                    found[f"{question.name}={branch.name}"] = InForce(
                        taken, law.money_year, law.discount_rate, law.readings, law.without
                    )
        return found

    # Relations -------------------------------------------------------------------------------------------------------------

    def relations(self, year: int) -> list[dict[str, Any]]:
        """Stated relations that stand and hold in a year, of each seller, buyer and item the last statement."""
        if year not in self._relations:
            last: dict[tuple[str, str, str], dict[str, Any]] = {}
            for row in sorted(
                standing(self.chain.atlas, year), key=lambda row: (row["valid_from"], row["known_from"], row["_line"])
            ):
                if row["valid_from"].year <= year:
                    last[row["seller"], row["buyer"], row["item"]] = row
            self._relations[year] = list(last.values())
        return self._relations[year]

    @cached_property
    def _relations(self) -> dict[int, list[dict[str, Any]]]:
        return {}

    def _sold_by(self, seller: Seller) -> set[str]:
        """Facilities whose relations bind a seller: himself; for an offer those that stand at its place and plan nothing."""
        if seller.kind == "plant":
            return {seller.name}
        if seller.kind == "offer":
            planned = set(self.facility_of.values())
            return {
                name for name, place in self.place_of.items() if place == seller.party.place and name not in planned
            }
        return set()

    def committed(self, seller: Seller, item: str, year: int, buyer: Party | None = None) -> Committed:
        """What a seller has promised to others than a buyer. What the same line has promised of other goods takes as much
        of it as the goods take of its capacity."""
        stated, unstated, facts = 0.0, 0, []
        own = self._sold_by(seller)
        for row in self.relations(year):
            if row["seller"] not in own or row["state"] not in COMMITTED or self._to(row, buyer):
                continue
            worth = 1.0 if row["item"] == item else self._instead(seller, item, row["item"], year)
            if not worth:
                continue
            facts.append(f"links:{row['_line']}")
            if row["volume"] is None:
                unstated += 1
            else:
                stated += float(row["volume"]) * worth
        return Committed(stated, unstated, tuple(facts))

    def agreed(self, seller: Seller, buyer: Party, item: str, year: int) -> dict[str, Any] | None:
        """The stated relation of a seller with a buyer, whatever its state; None if there is none."""
        own = self._sold_by(seller)
        found = [r for r in self.relations(year) if r["seller"] in own and r["item"] == item and self._to(r, buyer)]
        return found[0] if found else None

    def _to(self, row: Mapping[str, Any], buyer: Party | None) -> bool:
        """Whether a relation is with a buyer; a place stands for all who are there."""
        if buyer is None:
            return False
        return bool(row["buyer"] == buyer.facility if buyer.facility else self.place_of[row["buyer"]] == buyer.place)

    def _instead(self, seller: Seller, item: str, other: str, year: int) -> float:
        """Units of an item that a seller cannot make because he makes one unit of another one; 0 where they share no line."""
        t = self.t(year)
        most = 0.0
        for plant in seller.plants:
            rates = []
            for one in (item, other):
                rates.append(
                    max(
                        (
                            float(self.a.use_amount[entry, t]) / float(self.a.mode_use[self.a.use_mode[entry]])
                            for entry in self._entries(one, made=True)
                            if self.a.mode_plant[self.a.use_mode[entry]] == plant
                            and self.a.mode_use[self.a.use_mode[entry]] > 0
                        ),
                        default=0.0,
                    )
                )
            if rates[0] > 0 and rates[1] > 0:
                most = max(most, rates[0] / rates[1])
        return most

    # Prices ----------------------------------------------------------------------------------------------------------------

    def price(self, item: str, place: str, year: int) -> float | None:
        """What one unit more of an item is worth at a place; None where the plan has no such node."""
        code, where = self._items.get(item), self._index.get(place)
        if code is None or where is None:
            return None
        key = where * self.a.items + code
        at = int(np.searchsorted(self.a.node_key, key))
        if at >= self.a.nodes or self.a.node_key[at] != key:
            return None
        family = self.plan.model.constraints["balance"]
        t = self.t(year)
        return float(self.plan.duals[family.start + at * self.a.T + t] / self.a.weight[t])

    @cached_property
    def _index(self) -> dict[str, int]:
        return {place: at for at, place in enumerate(self._places)}

    def lanes(self, item: str, origin: str, destination: str) -> tuple[int, ...]:
        """Positions of the lanes of an item between two places, with the twins that keep a rule."""
        return self._lanes.get((item, origin, destination), ())

    @cached_property
    def _lanes(self) -> dict[tuple[str, str, str], tuple[int, ...]]:
        found: dict[tuple[str, str, str], list[int]] = {}
        for at, (item, origin, into) in enumerate(self.a.net["lanes"].select("item", "from", "to").iter_rows()):
            found.setdefault((item, origin, into), []).append(at)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def crossings(self) -> Crossings:
        """Freight and borders between any two places."""
        return Crossings(self.chain)

    def way(self, item: str, origin: str, destination: str, year: int) -> Way | None:
        """The cheapest way of a unit from a place to another in a year; None where no route joins them."""
        key = (item, origin, destination, year)
        if key not in self._ways:
            self._ways[key] = self._way(item, origin, destination, year)
        return self._ways[key]

    @cached_property
    def _ways(self) -> dict[tuple[str, str, str, int], Way | None]:
        return {}

    def _way(self, item: str, origin: str, destination: str, year: int) -> Way | None:
        price = self.price(item, origin, year)
        if origin == destination:
            return Way(price, 0.0, 0.0, 0.0, days=0.0)
        own = self.lanes(item, origin, destination)
        if not own:
            return self._elsewhere(item, origin, destination, year, price)
        ways = [self._on_lane(lane, year, price) for lane in own]
        open_ = [way for way in ways if way.most != 0.0] or ways
        return min(open_, key=lambda way: (way.delivered if way.delivered is not None else way.transfer, way.lane))

    def _on_lane(self, lane: int, year: int, price: float | None) -> Way:
        t = self.t(year)
        row = self.a.net["lanes"].row(lane, named=True)
        freight = float(row["cost"] or 0.0)
        rules = self.why.rules_on_lane(lane, year)
        passing = sum(value for name, value in rules.items() if name.startswith("origin:"))
        credit = sum(rules.values()) - passing
        most = float(self.a.lane_capacity[lane, t])
        law = self.why.basis_of_lane(lane, year)
        return Way(
            price=None if price is None else price + passing,
            freight=freight,
            duty=float(self.a.lane_cost[lane, t]) - freight,
            credit=credit,
            most=most if np.isfinite(most) else None,
            days=row["days"],
            licence=any(one.startswith("law:") and not one.startswith("law:duty/") for one in law.split()),
            lane=lane,
            keeps=tuple(row["lane"].split("#")[1:]),
            facts=f"{row['facts'] or ''} {law}".strip(),
            passing=passing,
        )

    def _elsewhere(self, item: str, origin: str, destination: str, year: int, price: float | None) -> Way | None:
        """A way that the plan does not have: its freight and duty are known, what it does for content rules is not."""
        found = self.crossings.freight(item, origin, destination)
        if found is None:
            return None
        freight, route = found
        key = (item, origin, destination)
        if key not in self._asked:
            table = self.crossings.at_border([key], self.chain.years)
            self._asked[key] = {row["year"]: row for row in table.iter_rows(named=True)}
        law = self._asked[key].get(year, {"paid": 0.0, "most": None, "basis": ""})
        basis = str(law["basis"])
        return Way(
            price=price,
            freight=freight,
            duty=float(law["paid"]),
            credit=None,
            most=law["most"],
            days=route.days,
            licence=any(one.startswith("law:") and not one.startswith("law:duty/") for one in basis.split()),
            facts=f"{route.facts} {basis}".strip(),
        )

    @cached_property
    def _asked(self) -> dict[tuple[str, str, str], dict[int, Mapping[str, Any]]]:
        return {}

    def own_cost(self, seller: Seller, item: str, year: int) -> tuple[float, int | None] | None:
        """What making one unit takes a seller at the prices of the plan, without scarcity of his plant, and the recipe entry of
        the cheapest way; the asked price of an offer. None where it is not known."""
        t = self.t(year)
        if seller.supply is not None:
            row, period = self.a.supply.row, self.a.supply.period
            ids = self.a.net["supplies"]["supply"]
            prices = [
                float(self.a.supply_price[int(row[at])])
                for at in np.flatnonzero(period == t).tolist()
                if ids[int(row[at])] == seller.supply
            ]
            return (min(prices), None) if prices else None
        costs = []
        for entry in self._entries(item, made=True):
            mode = int(self.a.use_mode[entry])
            if int(self.a.mode_plant[mode]) in seller.plants and self.a.use_amount[entry, t] > 0:
                costs.append((self._cost(mode, entry, t), entry))
        known = [(cost, entry) for cost, entry in costs if cost is not None]
        return min(known) if known else None

    def _cost(self, mode: int, entry: int, t: int) -> float | None:
        """Cost of a mode per unit of one of its outputs, others at their worth to the maker."""
        year = self.chain.years[t]
        total = float(self.a.mode_cost[mode, t]) + sum(self.why.rules_on_mode(mode, year).values())
        place = self.place_at(int(self.a.mode_plant[mode]))
        for other in np.flatnonzero(self.a.use_mode == mode).tolist():
            if other == entry or not self.a.use_amount[other, t]:
                continue
            item = str(self.a.net["items"]["item"][int(self.a.use_item[other])])
            price = self.price(item, place, year)
            if price is None:
                return None
            total -= float(self.a.use_amount[other, t]) * (price + self.why.sale(other, year))
        return total / float(self.a.use_amount[entry, t])
