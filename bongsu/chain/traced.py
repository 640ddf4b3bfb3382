"""A credit per vehicle whose tests follow minerals and components through the chain.

Whether a battery passes turns on who mined, refined and made what is in it, many steps before the vehicle. So what is bound for a
vehicle that claims carries a *tag*, step by step, from the mineral to the vehicle: a tagged twin of every mode and lane on the way.
A tag says what will be claimed, not where the goods are from; origin decides what may carry it.

    minerals, components, both      on cells, packs and vehicles: the halves that the vehicle claims
    minerals, clean                 on materials: bound for a vehicle that claims the minerals half, or only the other

All that is tagged ends in vehicles that claim, so each test is a sum over what is tagged, and linear. In every place and year:

    tagged goods    arrived with the tag + made with it - sent with it - taken by modes with it >= 0
    bars            what tagged modes take of a mineral or a part <= what parties not of concern brought or made
    origins         u(j) >= taken for the minerals half - arrived of origins whose share is q(j) or more,     u(j) >= 0
    minerals        Σ value · ((1 - q(1)) · taken + Σ_j (q(j) - q(j + 1)) · u(j))  <=  (1 - least) · Σ value in packs that claim
    components      Σ incremental value of components from outside  <=  (1 - least) · Σ value of packs that claim
    room            vehicles that claim <= room · all vehicles

q(1) > q(2) > … are the shares that qualify of the origins that can reach the place (:mod:`bongsu.chain.origin`): they are settled
before the plan, which chooses among origins. Values add up over minerals, so one count of what does not qualify is exact however
many minerals there are; no mineral needs a tag of its own, because what carries a tag can only end in a vehicle that claims.

Where a maker of a mineral has feeds of different origin, what he makes of the best has a twin, and the rest counts with its worst.
That, and counting what is not known as not qualifying, understate what qualifies. The pool of a test is all vehicles that claim, as
if their makers averaged together: the rules let each maker average, so a market of several makers may earn less.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bongsu.chain.ground import LOT, Content, Ground, Row, Runs, Term, kept, plain
from bongsu.chain.origin import Origin, Origins, worst
from bongsu.law import Half, VehicleCredit

_NONE = Half({}, {}, {})


@dataclass
class Traced:
    """The tags of a credit in a network.

    Attributes:
        credit: what is claimed.
        ground: the network without twins.
        origins: of the minerals in it.
        mode_tags, lane_tags: tags by mode and by lane.
        notes: what the reader must know.
    """

    credit: VehicleCredit
    ground: Ground
    origins: Origins
    mode_tags: dict[str, list[str]] = field(default_factory=dict)
    lane_tags: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    # Tags ---------------------------------------------------------------------------------------------------------------

    @property
    def minerals(self) -> str:
        """Bound for a vehicle that claims the minerals half."""
        return f"{self.credit.name}.minerals"

    @property
    def components(self) -> str:
        """Bound for a vehicle that claims the components half only."""
        return f"{self.credit.name}.components"

    @property
    def both(self) -> str:
        """Bound for a vehicle that claims both halves."""
        return f"{self.credit.name}.both"

    @property
    def clean(self) -> str:
        """Material for a vehicle that claims the components half only, where minerals of parties of concern would bar it."""
        return f"{self.credit.name}.clean"

    @cached_property
    def live(self) -> dict[str, frozenset[int]]:
        """Years in which a tag means anything; tags without any are left out."""
        c = self.credit
        minerals, components = frozenset(c.minerals.least), frozenset(c.components.least)
        barred = frozenset(year for years in c.bars_minerals.values() for year in years)
        years = {
            self.minerals: minerals,
            self.components: components,
            self.both: minerals & components,
            self.clean: (minerals | components) & barred,
        }
        return {tag: own for tag, own in years.items() if own}

    def of_material(self, tag: str) -> str:
        """The tag of the materials in a cell, pack or vehicle of a tag; materials keep their own."""
        return self.minerals if tag in (self.minerals, self.both) else self.clean

    def of_input(self, item: str, tag: str) -> str:
        """The tag that an input of a mode of some tag must carry."""
        whole = item in self.credit.goods.cells or item in self.credit.goods.packs
        return tag if whole else self.of_material(tag)

    def earned(self, tag: str | None, product: str | None, year: int) -> tuple[float, str]:
        """Money per unit of a product that carries a tag, and the law behind it."""
        if tag is None or product not in self.credit.vehicles or year not in self.live.get(tag, ()):
            return 0.0, ""
        c = self.credit
        halves = {self.minerals: [c.minerals], self.components: [c.components], self.both: [c.minerals, c.components]}
        found = halves.get(tag, [])
        return sum(half.amount[year] for half in found), " ".join(half.basis[year] for half in found)

    # Goods --------------------------------------------------------------------------------------------------------------

    @cached_property
    def carriers(self) -> frozenset[str]:
        """Items that are made, in however many steps, from minerals that have entered a battery material."""
        g, found = self.ground, set[str]()
        while True:
            more = {
                product
                for process in {mode["process"] for mode in g.modes}
                if (product := g.product(process)) and g.first(process).get(product, 0.0) > 0
                if product not in found and not self.origins.carries(product)
                if any(a < 0 and (i in found or i in self.credit.goods.minerals) for i, a in g.first(process).items())
            }
            if not more:
                return frozenset(found)
            found |= more

    def value(self, process: str) -> float:
        """Value of the minerals in one unit of what a process makes, USD."""
        found = 0.0
        for item, amount in self.ground.first(process).items():
            if amount < 0 and item in self.credit.goods.minerals:
                found -= amount * (self.ground.price(item) or 0.0)
            elif amount < 0 and item in self.carriers:
                found -= amount * self.value_of(item)
        return found

    def value_of(self, item: str) -> float:
        """Value of the minerals in one unit of an item, USD: the least of the ways to make it, so that no base is overstated."""
        if item not in self._values:
            processes = {mode["process"] for mode in self.ground.modes}
            self._values[item] = min((self.value(p) for p in processes if self.ground.product(p) == item), default=0.0)
        return self._values[item]

    @cached_property
    def _values(self) -> dict[str, float]:
        return {}

    def barred(self, item: str, year: int, product: str | None = None) -> bool:
        """Whether minerals of a party of concern in an item (taken for a product) bar the credit in a year."""
        bars, uses = self.credit.bars_minerals, self.credit.goods.uses
        use = uses.get(item) or uses.get(product or "") or "*"
        return year in bars.get(use, bars.get("*", frozenset()))

    def harmless(self, place: str, item: str) -> bool:
        """Whether none of those who make or offer a part at a place is a party of concern."""
        g, country = self.ground, self.ground.country[place]
        owners = [g.owners(mode) for mode, _ in g.made.get((place, item), [])]
        if g.offered.get((place, item)) or not owners:
            owners.append(())
        return not any(self.credit.concern(country, own) for own in owners)

    def lay(self, ground: Ground, runs: Runs, out: Content) -> None:
        """Add the rows of the tests to a network that has the tagged twins of lanes, and ``runs`` those of modes."""
        if self.mode_tags:
            _Rows(self, ground, runs, out).lay()


def trace(credit: VehicleCredit, ground: Ground) -> Traced:
    """Tag everything in a network that can be bound for a vehicle that claims a credit."""
    found = Traced(credit, ground, Origins(credit, ground))
    unknown = _unpriced(found)
    if unknown["minerals"]:
        credit = replace(credit, minerals=_NONE)
    if unknown["components"]:
        credit = replace(credit, components=_NONE)
    found = replace(found, credit=credit)
    for half, items in unknown.items():
        if items:
            found.notes.append(
                f"{credit.name}: the {half} half is not planned, as the value of {', '.join(items)} is not known"
            )
    _Tagger(found).tag()
    return found


def _unpriced(traced: Traced) -> dict[str, list[str]]:
    """Items without a value, by the half that would need it."""
    goods, price = traced.credit.goods, traced.ground.price
    used = {i for mode in traced.ground.modes for i, a in traced.ground.first(mode["process"]).items() if a < 0}
    return {
        "minerals": [i for i in sorted(used & set(goods.minerals)) if not price(i)],
        "components": [i for i in sorted(used & (goods.cells | goods.parts)) if not price(i)],
    }


class _Tagger:
    """Walks from the vehicles back to the mines and leaves tags on modes and lanes."""

    def __init__(self, traced: Traced) -> None:
        self.t, self.g, self.credit = traced, traced.ground, traced.credit
        self.followed: set[tuple[str, str]] = set()
        self.better: dict[tuple[str, str], list[str]] = {}

    def tag(self) -> None:
        for mode in self.g.modes:
            if self.g.product(mode["process"]) in self.credit.vehicles and self.g.at(mode) in self.credit.markets:
                for tag in (self.t.minerals, self.t.components, self.t.both):
                    self._mode(mode, tag)

    def _mode(self, mode: Row, tag: str) -> bool:
        """Tag a mode and what it takes; whether it can carry the tag."""
        if tag not in self.t.live or self._barred(mode):
            return False
        own = self.t.mode_tags.setdefault(mode["mode"], [])
        if tag in own:
            return True
        own.append(tag)
        place = self.g.place_of[mode["plant"]]
        for item, amount in self.g.first(mode["process"]).items():
            if amount < 0 and item in self.t.carriers:
                self._wanted(place, item, self.t.of_input(item, tag))
            elif amount < 0 and item in self.credit.goods.minerals:
                self._mineral(place, item)
        return True

    def _barred(self, mode: Row) -> bool:
        """Whether the maker of a component is a party of concern: in all years if his work bars the credit in any."""
        product, goods = self.g.product(mode["process"]), self.credit.goods
        component = product in goods.cells or product in goods.parts or product in goods.packs
        return bool(
            component and self.credit.bars_components and self.credit.concern(self.g.at(mode), self.g.owners(mode))
        )

    def _wanted(self, place: str, item: str, tag: str) -> None:
        """Tag those who make an item at a place or send it there."""
        self._makers(place, item, tag)
        for lane in self.g.into.get((place, item), []):
            if self._makers(lane["from"], item, tag):
                self._lane(lane, tag)

    def _makers(self, place: str, item: str, tag: str) -> bool:
        makers = [mode for mode, _ in self.g.made.get((place, item), []) if self.g.product(mode["process"]) == item]
        carried = [self._mode(mode, tag) for mode in makers]
        return any(carried)

    def _lane(self, lane: Row, tag: str) -> None:
        own = self.t.lane_tags.setdefault(lane["lane"], [])
        if tag not in own:
            own.append(tag)

    # Minerals before they enter a material: only what one place makes of different origins needs a tag ----------------------

    def _mineral(self, place: str, item: str) -> None:
        if (place, item) in self.followed:
            return
        self.followed.add((place, item))
        self._told_apart(place, item)
        for lane in self.g.into.get((place, item), []):
            for tag in self._told_apart(lane["from"], item):
                self._lane(lane, tag)

    def _told_apart(self, place: str, item: str) -> list[str]:
        """Tags that tell better from worse among what a place makes of a mineral or of what carries one."""
        if (place, item) not in self.better:
            self.better[place, item] = []
            self.better[place, item] = self._found_better(place, item)
        return self.better[place, item]

    def _found_better(self, place: str, item: str) -> list[str]:
        found = self.t.origins.of(place, item)
        whole = [one.clean and one.whole for one in found]
        clean = [one.clean for one in found]
        asked = [(self.t.minerals, whole), (self.t.clean, clean)]
        makers = [mode for mode, _ in self.g.made.get((place, item), [])]
        mixed = [tag for tag, good in asked if tag in self.t.live and any(good) and not all(good)]
        if whole == clean and self.t.minerals in mixed and self.t.live[self.t.clean] <= self.t.live[self.t.minerals]:
            # All that is clean qualifies: one tag says both.
            mixed = [self.t.minerals]
        able = {tag: [self._refines(mode, tag) for mode in makers] for tag in mixed}
        return [tag for tag in mixed if any(able[tag])]

    def _refines(self, mode: Row, tag: str) -> bool:
        """Tag a mode that can make the better sort, and the feed that it takes for it; whether it can."""
        o, amounts = self.t.origins, self.g.first(mode["process"])
        feeds = {feed for item, a in amounts.items() if a > 0 and o.carries(item) and (feed := o.feed(mode, item))}
        whole = tag == self.t.minerals
        able = all(any(o.fit(mode, one, whole) for one in o.arriving(mode, feed)) for feed in feeds)
        alone = all(
            (own.whole or not whole) and own.clean
            for item, a in amounts.items()
            if a > 0 and o.carries(item) and not o.feed(mode, item)
            for own in o.made(mode, item)
        )
        if not (able and alone):
            return False
        own_tags = self.t.mode_tags.setdefault(mode["mode"], [])
        if tag not in own_tags:
            own_tags.append(tag)
            for feed in feeds:
                self._mineral(self.g.place_of[mode["plant"]], feed)
        return True


@dataclass(frozen=True)
class _Source:
    """What comes of an item to a place from one class of origin."""

    terms: tuple[Term, ...]
    origin: Origin


class _Rows:
    """Writes the rows of the tests."""

    def __init__(self, traced: Traced, ground: Ground, runs: Runs, out: Content) -> None:
        self.t, self.g, self.runs, self.out = traced, ground, runs, out
        self.credit, self.origins = traced.credit, traced.origins
        self.tags = tuple(traced.live)
        #: By year, what does not qualify: terms in money.
        self.outside: dict[str, dict[int, list[Term]]] = {"minerals": {}, "components": {}}
        self.plants: dict[str, str] = {}
        self.lanes: dict[tuple[str, str | None], list[str]] = {}
        for lane in ground.lanes:
            own = [one for one in kept(lane["lane"]) if one in self.tags]
            self.lanes.setdefault((plain(lane["lane"]), own[0] if own else None), []).append(lane["lane"])
        self.tagged: dict[tuple[str, str], list[Row]] = {}
        for mode in ground.modes:
            place = ground.place_of[mode["plant"]]
            for tag in traced.mode_tags.get(mode["mode"], ()):
                self.tagged.setdefault((place, tag), []).append(mode)

    def lay(self) -> None:
        for place in dict.fromkeys(place for place, _ in self.tagged):
            modes = list({m["mode"]: m for tag in self.tags for m in self.tagged.get((place, tag), ())}.values())
            made = dict.fromkeys(i for m in modes for i, a in self.g.first(m["process"]).items() if a > 0)
            taken = dict.fromkeys(i for m in modes for i, a in self.g.first(m["process"]).items() if a < 0)
            for item in (made | taken) if modes else ():
                if item in self.t.carriers:
                    self._tagged(place, item)
                elif self.origins.carries(item):
                    self._sent(place, item)
            for item in taken:
                if item in self.credit.goods.minerals:
                    self._mineral(place, item)
                if self.origins.carries(item):
                    self._feed(place, item)
                if item in self.credit.goods.parts:
                    self._part(place, item)
            self._cells_outside(place)
        for name, half in (("minerals", self.credit.minerals), ("components", self.credit.components)):
            self._test(name, half)
        self._room()
        self._dead()

    # Terms --------------------------------------------------------------------------------------------------------------

    def _live(self, *tags: str) -> list[int]:
        return [year for year in self.g.years if any(year in self.t.live.get(tag, ()) for tag in tags)]

    def _basis(self, year: int) -> str:
        half = self.credit.minerals if year in self.credit.minerals.basis else self.credit.components
        return half.basis.get(year, "")

    def _at(self, place: str, tags: Iterable[str]) -> list[tuple[Row, str]]:
        """Modes at a place with each of the tags that they carry."""
        return [(mode, tag) for tag in tags for mode in self.tagged.get((place, tag), ())]

    def _flow(self, place: str, item: str, tag: str, year: int, sign: float = 1.0) -> list[Term]:
        """What tagged modes make (or, with a sign of -1, take) of an item at a place, as the recipe counts it."""
        return [
            ("mode", name, amount)
            for mode in self.tagged.get((place, tag), ())
            if (amount := self.g.recipe(mode["process"], year).get(item, 0.0)) * sign > 0
            for name in self.runs.tagged(mode, tag)
        ]

    def _needs(self, place: str, item: str, tag: str, year: int, refined: bool = False) -> list[Term]:
        """What makers of battery materials (or, ``refined``, of minerals) take at a place for goods of a tag; negative."""
        return [
            ("mode", name, amount)
            for mode, own in self._at(place, self.tags)
            if self.t.of_material(own) == tag and (self.g.product(mode["process"]) not in self.t.carriers) is refined
            if (amount := self.g.recipe(mode["process"], year).get(item, 0.0)) < 0
            for name in self.runs.tagged(mode, own)
        ]

    def _arrived(self, place: str, item: str, tag: str | None) -> list[Term]:
        return [
            ("lane", name, 1.0 - (lane.get("loss") or 0.0))
            for lane in self.t.ground.into.get((place, item), [])
            for name in self.lanes.get((lane["lane"], tag), ())
        ]

    def _sent_terms(self, place: str, item: str, tag: str | None) -> list[Term]:
        return [
            ("lane", name, -1.0)
            for lane in self.t.ground.out_of.get((place, item), [])
            for name in self.lanes.get((lane["lane"], tag), ())
        ]

    def _column(self, place: str, name: str) -> str:
        """A column that counts lots of what does not qualify at a place."""
        rule = self.credit.name
        if place not in self.plants:
            self.plants[place] = self.out.count_outsiders(place, rule)
        column = f"content:{rule}.{name}@{place}"
        self.out.outsiders(column, self.plants[place])
        return column

    def _counted(self, half: str, year: int, terms: Iterable[Term]) -> None:
        self.outside[half].setdefault(year, []).extend(terms)

    # Tagged goods -------------------------------------------------------------------------------------------------------

    def _tagged(self, place: str, item: str) -> None:
        """Tagged goods at a place: none are taken or sent but those made or received."""
        rule, packs = self.credit.name, self.credit.goods.packs
        for tag in self.tags:
            column = None
            for year in self._live(tag):
                into = [*self._arrived(place, item, tag), *self._flow(place, item, tag, year)]
                takers = [one for one in self.tags if self.t.of_input(item, one) == tag]
                gone = [term for one in takers for term in self._flow(place, item, one, year, -1.0)]
                gone += self._sent_terms(place, item, tag)
                if not gone or (tag == self.t.clean and not self.t.barred(item, year)):
                    continue
                name = f"tagged:{rule}:{item}@{place}:{tag.removeprefix(rule)}|{year}"
                terms = [*into, *gone]
                free = tag == self.t.minerals and item not in self.credit.goods.cells and item not in packs
                if free and not self.t.barred(item, year):
                    # Where nothing bars it, what is not known may go in and counts as not qualifying.
                    worth = self.t.value_of(item)
                    column = column or self._column(place, f"minerals:{item}")
                    terms.append(("mode", column, LOT / worth))
                    self._counted("minerals", year, [("mode", column, LOT)])
                self.out.share(name, year, self._basis(year), terms)
                if item in packs:
                    # The base of the tests is counted in packs, so none may be made for no vehicle.
                    opposite = [(kind, of, -value) for kind, of, value in terms]
                    self.out.share(f"used:{name.partition(':')[2]}", year, self._basis(year), opposite)

    def _sent(self, place: str, item: str) -> None:
        """A place sends no more of the better sort of a mineral than it makes."""
        for tag in (self.t.minerals, self.t.clean):
            sent = self._sent_terms(place, item, tag)
            for year in self._live(tag) if sent else ():
                name = f"tagged:{self.credit.name}:{item}@{place}:{tag.removeprefix(self.credit.name)}|{year}"
                self.out.share(name, year, self._basis(year), [*self._flow(place, item, tag, year), *sent])

    # Minerals -----------------------------------------------------------------------------------------------------------

    def _sources(self, place: str, item: str) -> list[_Source]:
        """What comes of a mineral to a place, by class of origin."""
        own, found = self.t.ground, list[_Source]()
        for lane in own.into.get((place, item), []):
            origins = self.origins.of(lane["from"], item)
            for tag in (None, *self.t.lane_tags.get(lane["lane"], ())):
                names = self.lanes.get((lane["lane"], tag), ())
                terms = tuple(("lane", name, 1.0 - (lane.get("loss") or 0.0)) for name in names)
                if origins and terms:
                    found.append(_Source(terms, self._class(origins, tag)))
        origins = self.origins.of(place, item)
        makers = own.made.get((place, item), [])
        for tag in (None, self.t.minerals, self.t.clean) if origins else ():
            terms_ = [
                ("mode", name, amount)
                for mode, amount in makers
                if tag is None or tag in self.t.mode_tags.get(mode["mode"], ())
                for name in self.runs.tagged(mode, tag)
            ]
            if tag is None:
                terms_ += [("supply", name, 1.0) for name in own.offered.get((place, item), [])]
            if terms_:
                found.append(_Source((*terms_, *self._sent_terms(place, item, tag)), self._class(origins, tag)))
        return found

    def _class(self, origins: Sequence[Origin], tag: str | None) -> Origin:
        """Origin as which goods of a place count: the worst that they may have, given their tag."""
        if tag == self.t.minerals:
            origins = [one for one in origins if one.clean and one.whole]
        elif tag == self.t.clean:
            origins = [one for one in origins if one.clean]
        return worst(origins)

    def _mineral(self, place: str, item: str) -> None:
        """What tagged makers of materials take of a mineral: of whom, and how much of it does not qualify."""
        sources = self._sources(place, item)
        price = self.g.price(item) or 0.0
        columns: list[str] = []
        for year in self._live(self.t.minerals, self.t.clean, self.t.components):
            minerals = self._needs(place, item, self.t.minerals, year)
            others = self._needs(place, item, self.t.clean, year)
            # Refiners beside them draw on the same goods for what they make of the better sort.
            refined = self._needs(place, item, self.t.minerals, year, refined=True)
            cleaned = self._needs(place, item, self.t.clean, year, refined=True)
            takers = [
                mode for mode, _ in self._at(place, self.tags) if self.g.first(mode["process"]).get(item, 0.0) < 0
            ]
            products = {self.g.product(mode["process"]) for mode in takers} & self.t.carriers
            barred = any(self.t.barred(item, year, product) for product in products)
            allowed = [one for one in sources if one.origin.clean or not barred]
            name = f"content:{self.credit.name}.minerals:{item}@{place}"
            if barred and len(allowed) < len(sources) and (minerals or others):
                used = (*minerals, *others, *refined, *cleaned)
                terms = [*(term for one in allowed for term in one.terms), *used]
                self.out.share(f"clean:{name.partition(':')[2]}|{year}", year, self._basis(year), terms)
            if not minerals or year not in self.credit.minerals.least:
                continue
            whole_from = self.credit.whole_from.get(year)
            shares = {one: one.origin.share(whole_from) for one in allowed}
            levels = sorted(set(shares.values()), reverse=True) or [0.0]
            lost = [(kind, of, -value * (1.0 - levels[0]) * price) for kind, of, value in minerals]
            self._counted("minerals", year, lost if levels[0] < 1.0 else ())
            for at, (level, below) in enumerate(itertools.pairwise(levels)):
                if at == len(columns):
                    columns.append(self._column(place, f"minerals:{item}" + (f":{at + 1}" if at else "")))
                better = [term for one, share in shares.items() if share >= level for term in one.terms]
                terms = [*better, *minerals, *refined, ("mode", columns[at], LOT / price)]
                self.out.share(f"{columns[at]}|{year}", year, self._basis(year), terms)
                self._counted("minerals", year, [("mode", columns[at], LOT * (level - below))])

    def _feed(self, place: str, item: str) -> None:
        """What makers take of a feed for the better sort of a mineral."""
        sources = self._sources(place, item)
        o, rule = self.origins, self.credit.name
        takers = [
            (mode, tag)
            for mode, tag in self._at(place, (self.t.minerals, self.t.clean))
            if any(
                o.feed(mode, made) == item
                for made, a in self.g.first(mode["process"]).items()
                if a > 0 and o.carries(made)
            )
        ]
        for tag in (self.t.minerals, self.t.clean):
            users = [mode for mode, own in takers if own == tag]
            whole = tag == self.t.minerals
            good = [one for one in sources if all(o.fit(mode, one.origin, whole) for mode in users)]
            if not users or len(good) == len(sources):
                continue
            # What is good for the better sort serves both.
            served = (self.t.minerals,) if whole else (self.t.minerals, self.t.clean)
            for year in self._live(tag):
                terms = [term for one in good for term in one.terms]
                for mode, own in takers:
                    amount = self.g.recipe(mode["process"], year).get(item, 0.0)
                    if own in served:
                        terms += [("mode", name, amount) for name in self.runs.tagged(mode, own)]
                name = f"feed:{rule}:{item}@{place}:{tag.removeprefix(rule)}|{year}"
                self.out.share(name, year, self._basis(year), terms)

    # Components ---------------------------------------------------------------------------------------------------------

    def _part(self, place: str, item: str) -> None:
        """What tagged cell makers take of a part: from whom, and how much of it from outside."""
        own, price = self.t.ground, self.g.price(item) or 0.0
        sources: list[tuple[list[Term], str]] = [
            ([("lane", name, 1.0 - (lane.get("loss") or 0.0)) for name in names], lane["from"])
            for lane in own.into.get((place, item), [])
            if (names := [n for tag in (None, *self.tags) for n in self.lanes.get((lane["lane"], tag), ())])
        ]
        made: list[Term] = [
            ("mode", name, amount) for mode, amount in own.made.get((place, item), []) for name in self.runs.all(mode)
        ]
        made += [("supply", name, 1.0) for name in own.offered.get((place, item), [])]
        if made:
            sources.append(
                ([*made, *(t for tag in (None, *self.tags) for t in self._sent_terms(place, item, tag))], place)
            )
        inside = self.credit.inside
        column = None
        for year in self._live(*self.tags):
            barred = year in self.credit.bars_components
            clean = [one for one in sources if not barred or self.t.harmless(one[1], item)]
            needs = {tag: self._flow(place, item, tag, year, -1.0) for tag in self.tags}
            claimed = [*needs.get(self.t.components, ()), *needs.get(self.t.both, ())]
            name = f"content:{self.credit.name}.components:{item}@{place}"
            if len(clean) < len(sources) and any(needs.values()):
                terms = [*(t for one, _ in clean for t in one), *(t for own_ in needs.values() for t in own_)]
                self.out.share(f"clean:{name.partition(':')[2]}|{year}", year, self._basis(year), terms)
            here = [one for one in clean if inside(self.g.country[one[1]])]
            if len(here) < len(clean) and claimed and year in self.credit.components.least:
                column = column or self._column(place, f"components:{item}")
                terms = [*(t for one, _ in here for t in one), *claimed, ("mode", column, LOT / price)]
                self.out.share(f"{column}|{year}", year, self._basis(year), terms)
                self._counted("components", year, [("mode", column, LOT)])

    def _cells_outside(self, place: str) -> None:
        """Cells made outside: their own value, without the parts that are counted by themselves."""
        if self.credit.inside(self.g.country[place]):
            return
        goods, price = self.credit.goods, self.g.price
        for mode, tag in self._at(place, (self.t.components, self.t.both)):
            product = self.g.product(mode["process"])
            if product not in goods.cells:
                continue
            amounts = self.g.first(mode["process"])
            parts = sum(-a * (price(i) or 0.0) for i, a in amounts.items() if a < 0 and i in goods.parts)
            own = max(0.0, amounts[product] * (price(product) or 0.0) - parts)
            for year in self._live(tag):
                self._counted("components", year, [("mode", name, own) for name in self.runs.tagged(mode, tag)])

    # Tests --------------------------------------------------------------------------------------------------------------

    def _test(self, name: str, half: Half) -> None:
        tags = (self.t.both, self.t.minerals if name == "minerals" else self.t.components)
        packs: dict[str, list[tuple[str, Row]]] = {}
        for place in dict.fromkeys(place for place, _ in self.tagged):
            for mode, tag in self._at(place, tags):
                if self.g.product(mode["process"]) in self.credit.goods.packs:
                    packs.setdefault(place, []).extend((run, mode) for run in self.runs.tagged(mode, tag))
        found = [one for own in packs.values() for one in own]
        for year, least in half.least.items() if found else ():
            base = {mode["mode"]: self._base(name, mode) for _, mode in found}
            # In units of packs; where none of it may be from outside, no pack stands in the row, and it is counted in lots.
            one = max(base.values()) if least < 1.0 else LOT
            terms: list[Term] = [("mode", run, (1.0 - least) * base[mode["mode"]] / one) for run, mode in found]
            terms += [(kind, of, -value / one) for kind, of, value in self.outside[name].get(year, ())]
            self.out.share(f"{self.credit.name}.{name}@{next(iter(packs))}|{year}", year, half.basis[year], terms)

    def _base(self, name: str, mode: Row) -> float:
        """What a test divides by, per unit of a pack: the value of its minerals, or of its components."""
        if name == "minerals":
            return self.t.value(mode["process"])
        cells = self.credit.goods.cells
        inputs = self.g.first(mode["process"])
        return self.g.processing(mode) + sum(-a * (self.g.price(i) or 0.0) for i, a in inputs.items() if i in cells)

    def _room(self) -> None:
        """No more vehicles claim than may, whatever their battery."""
        for mode in self.g.modes:
            product = self.g.product(mode["process"])
            if product not in self.credit.vehicles or mode["mode"] not in self.t.mode_tags:
                continue
            for year in self._live(*self.tags):
                room = self.credit.room.get((product, year), 0.0)
                all_: list[Term] = [("mode", name, room) for name in self.runs.all(mode)]
                claim: list[Term] = [("mode", name, -1.0) for tag in self.tags for name in self.runs.tagged(mode, tag)]
                if room < 1.0:
                    self.out.share(
                        f"room:{self.credit.name}:{mode['mode']}|{year}", year, self._basis(year), [*all_, *claim]
                    )

    def _dead(self) -> None:
        """Nothing carries a tag in years in which it means nothing."""
        groups: dict[tuple[str | None, str], list[Term]] = {}
        for (_, tag), modes in self.tagged.items():
            for mode in modes:
                own = groups.setdefault((self.g.product(mode["process"]), tag), [])
                own += [("mode", name, -1.0) for name in self.runs.tagged(mode, tag)]
        for (product, tag), terms in groups.items():
            for year in self.g.years:
                if year not in self.t.live[tag]:
                    name = f"dead:{self.credit.name}:{product}:{tag.removeprefix(self.credit.name)}|{year}"
                    self.out.share(name, year, "", terms)


__all__ = ["Traced", "trace"]
