"""Candidates: every process that a Korean firm is shown to run, at every Canadian place with a reason for it.

A candidate is generated, not typed. Its process stands on a production line of a plant with a Korean owner; its place is a Canadian
industrial place with one of these reasons, each a fact of the network:

- ``feed``: something that the process takes is made at the place or near it;
- ``customer``: something that it makes is used at the place or near it;
- ``port``: a port is near;
- ``power``: electricity in the province costs industry less than in Korea, for a process that takes much of it;
- ``option``: the table ``expansion_places`` already lets the plan build it there.

What comes from the ground needs its deposit: a process whose product holds an element that none of its inputs does (a mine, a
brine) is a candidate only where a plant that runs it stands or is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import asin, cos, radians, sin, sqrt

import polars as pl

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.chain.ground import plain
from bongsu.chain.network import Network
from bongsu.committee.attract.ground import power_difference

HOST, MASTER = "CA", "KR"
#: What counts as near: a day trip of a truck, there and back.
NEAR_KM = 150.0
#: A process with at least so much electricity in a unit's processing cost, as a share, is one that power draws to a place.
_POWER_SHARE = 0.2
_EARTH_KM = 6371.0
#: Stages whose sites are not industrial places: a mine has no road or grid for others, a laboratory no land.
_NOT_INDUSTRIAL = ("mine", "research")
_MINE = "mine"
#: Identifiers of places of which no source says where in the province they are.
_NOWHERE = "-unspecified"
PREFIX = "new:"


class NoCandidates(ValueError):
    """Nothing can be proposed, with the reason."""


@dataclass(frozen=True)
class Mastery:
    """Evidence that Korean firms run a process.

    Attributes:
        process: identifier.
        owners: Korean owners of plants that run it, most plants first.
        producing: those of them with a plant that produces.
        facts: ``table:line`` of the lines, owners and states behind it, those of producing plants first.
    """

    process: str
    owners: tuple[str, ...]
    producing: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A process at a place that might be a joint project.

    Attributes:
        project: ``PROCESS@PLACE``; ``option``: the same as the network calls the way to build it.
        generated: whether the plan of the case could not build it before it was proposed here.
        reasons: why this place, of ``feed``, ``customer``, ``port``, ``power`` and ``option``.
        sizes: capacities to look at (smallest, middle, largest), unit of the main item per year.
        unit: of the main item.
        lead_time, life: years.
        facts: lines behind cost, size and lead time.
    """

    project: str
    process: str
    place: str
    generated: bool
    reasons: tuple[str, ...]
    sizes: tuple[float, ...]
    unit: str
    lead_time: int
    life: int
    facts: tuple[str, ...]

    @property
    def option(self) -> str:
        """Name of the option to build in the network."""
        return PREFIX + self.project


def mastery(atlas: Atlas, country: str = MASTER) -> dict[str, Mastery]:
    """Processes that firms of a country are shown to run, by process; the newest set of owners of each plant counts."""
    owners = atlas["facility_owners"].filter(pl.col("valid_from") <= atlas.known)
    owners = owners.filter(pl.col("valid_from") == pl.col("valid_from").max().over("facility"))
    held: dict[str, list[tuple[str, int]]] = {}
    for row in owners.filter(pl.col("owner_country") == country).iter_rows(named=True):
        held.setdefault(row["facility"], []).append((row["owner"], row["_line"]))
    now = states(atlas)
    found: dict[str, list[tuple[bool, str, tuple[str, ...]]]] = {}
    for line in atlas["facility_lines"].iter_rows(named=True):
        facility = line["facility"]
        state, at = now.get(facility, ("", 0))
        for owner, owned in held.get(facility, ()):
            facts = (f"facility_lines:{line['_line']}", f"facility_owners:{owned}", f"facility_states:{at}")
            for process in line["processes"]:
                found.setdefault(process, []).append((state == "producing", owner, facts))
    return {process: _mastery(process, rows) for process, rows in sorted(found.items())}


def _mastery(process: str, rows: Sequence[tuple[bool, str, tuple[str, ...]]]) -> Mastery:
    count: dict[str, int] = {}
    for _, owner, _ in rows:
        count[owner] = count.get(owner, 0) + 1
    ranked = sorted(count, key=lambda owner: (-count[owner], owner))
    makes = {owner for producing, owner, _ in rows if producing}
    shown = sorted(rows, key=lambda row: (not row[0], row[1]))
    facts = tuple(dict.fromkeys(fact for _, _, facts in shown for fact in facts if not fact.endswith(":0")))
    return Mastery(process, tuple(ranked), tuple(owner for owner in ranked if owner in makes), facts)


def states(atlas: Atlas) -> dict[str, tuple[str, int]]:
    """Present state of each facility and the line that says so."""
    table = atlas["facility_states"].filter(pl.col("valid_from") <= atlas.known).sort("valid_from", maintain_order=True)
    return {row["facility"]: (row["state"], row["_line"]) for row in table.iter_rows(named=True)}


def candidates(chain: Chain) -> list[Candidate]:
    """All candidates of a chain, sorted by name.

    Raises:
        NoCandidates: no Korean firm is known to run any process, or no Canadian place has a reason for one.
    """
    known = mastery(chain.atlas)
    if not known:
        raise NoCandidates(
            f"no plant with a Korean owner was known by {chain.atlas.known}, so there is nothing to propose; "
            "add rows to facility_owners and facility_lines, or ask for a later day"
        )
    ground = Ground(chain)
    found = [one for process in known for one in ground.of(process)]
    if not found:
        raise NoCandidates(
            f"no Canadian place had a feed, a customer, a port or power for any of the {len(known)} processes that Korean "
            f"firms run, as known by {chain.atlas.known}; see the tables facilities and expansion_places"
        )
    return sorted(found, key=lambda one: one.project)


@dataclass
class Ground:
    """What the places of a chain have to offer."""

    chain: Chain

    @cached_property
    def places(self) -> dict[str, tuple[float, float, str | None]]:
        """Latitude, longitude and province of the Canadian sites."""
        table = self.chain.atlas["places"].filter((pl.col("country") == HOST) & (pl.col("kind") == "site"))
        return {row["place"]: (row["lat"], row["lon"], row["region"]) for row in table.iter_rows(named=True)}

    @cached_property
    def ports(self) -> list[tuple[float, float]]:
        """Where the Canadian ports are."""
        table = self.chain.atlas["places"].filter((pl.col("country") == HOST) & (pl.col("kind") == "port"))
        return list(table.select("lat", "lon").iter_rows())

    @cached_property
    def industrial(self) -> list[str]:
        """Canadian sites that are known by where they are, but for those where mines and laboratories alone stand."""
        atlas = self.chain.atlas
        rows = list(atlas["facilities"].select("place", "stage").iter_rows())
        held = {place for place, stage in rows if stage not in _NOT_INDUSTRIAL} | set(
            atlas["expansion_places"]["place"]
        )
        remote = {place for place, _ in rows} - held
        return sorted(place for place in self.places if place not in remote and not place.endswith(_NOWHERE))

    @cached_property
    def deposits(self) -> set[tuple[str, str]]:
        """Mining processes with the places where such a mine stands or is planned."""
        atlas = self.chain.atlas
        place = dict(atlas["facilities"].select("facility", "place").iter_rows())
        return {
            (p, place[row["facility"]])
            for row in atlas["facility_lines"].iter_rows(named=True)
            for p in row["processes"]
        }

    @cached_property
    def flows(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Places in the host country that make and that use each item, by plants that stand or are expected."""
        net = self.chain.network
        place = dict(net["plants"].select("plant", "place").iter_rows())
        recipe: dict[str, dict[str, float]] = {}
        for row in net["recipes"].iter_rows(named=True):
            recipe.setdefault(row["process"], {})[row["item"]] = row["amount"]
        makes: dict[str, set[str]] = {}
        uses: dict[str, set[str]] = {}
        for plant, process in net["modes"].select("plant", "process").iter_rows():
            where = place[plant]
            if plant.startswith(PREFIX) or where not in self.places:
                continue
            for item, amount in recipe.get(process, {}).items():
                (makes if amount > 0 else uses).setdefault(item, set()).add(where)
        return makes, uses

    @cached_property
    def recipe(self) -> dict[str, dict[str, float]]:
        """What each process takes (negative) and makes, by item."""
        result: dict[str, dict[str, float]] = {}
        for row in self.chain.atlas["recipes"].sort("valid_from", maintain_order=True).iter_rows(named=True):
            result.setdefault(row["process"], {})[row["item"]] = row["amount"]
        return result

    @cached_property
    def common(self) -> set[str]:
        """Items that are bought at home anywhere in the host country: nearness to them draws nothing."""
        atlas = self.chain.atlas
        nation = set(atlas["places"].filter((pl.col("country") == HOST) & (pl.col("kind") == "nation"))["place"])
        return {item for place, item in atlas["outside_supply"].select("place", "item").iter_rows() if place in nation}

    @cached_property
    def processes(self) -> dict[str, dict[str, object]]:
        """Rows of the table of processes."""
        return {row["process"]: row for row in self.chain.atlas["processes"].iter_rows(named=True)}

    @cached_property
    def listed(self) -> dict[tuple[str, str], dict[str, object]]:
        """Rows of the table of places where the plan may build, by process and place."""
        return {(r["process"], r["place"]): r for r in self.chain.atlas["expansion_places"].iter_rows(named=True)}

    @cached_property
    def power(self) -> dict[str | None, float]:
        """Electricity price by province; the price of Korea under ``KR``."""
        table = self.chain.atlas["energy_prices"].filter(pl.col("kind") == "electricity")
        found: dict[str | None, float] = {}
        for row in table.iter_rows(named=True):
            if row["country"] == HOST and row["region"]:
                found[row["region"]] = row["price"]
            elif row["country"] == MASTER and not row["region"]:
                found[MASTER] = row["price"]
        return found

    def of(self, process: str) -> list[Candidate]:
        """Candidates of one process."""
        row = self.processes.get(process)
        if row is None or row["capacity_limited"] == "no":
            return []
        found = []
        for place in self.where(process):
            reasons = self.reasons(process, place)
            one = self.candidate(process, place, reasons) if reasons else None
            if one is not None:
                found.append(one)
        return found

    def where(self, process: str) -> list[str]:
        """Places where a process might stand."""
        if self.from_ground(process):
            return sorted(place for own, place in self.deposits if own == process and place in self.places)
        return self.industrial

    def from_ground(self, process: str) -> bool:
        """Whether an element of what a process makes is in nothing that it takes, or it is a mine."""
        row = self.processes[process]
        if row["stage"] == _MINE:
            return True
        held, made = self.contents, str(row["main_item"])
        takes = [item for item, amount in self.recipe.get(process, {}).items() if amount < 0]
        return bool(held.get(made, {}).keys() - {element for item in takes for element in held.get(item, {})})

    @cached_property
    def contents(self) -> dict[str, dict[str, float]]:
        """What is asked, from the tables."""
        return self.chain.atlas.contents()

    def reasons(self, process: str, place: str) -> tuple[str, ...]:
        """Why a process might stand at a place; none where nothing speaks for it."""
        makes, uses = self.flows
        near = self.near(place)
        products = [item for item, amount in self.recipe.get(process, {}).items() if amount > 0]
        reasons = []
        if any(makes.get(item, set()) & near for item in self.feeds(process)) or self.from_ground(process):
            reasons.append("feed")
        if any(uses.get(item, set()) & near for item in products):
            reasons.append("customer")
        lat, lon, region = self.places[place]
        if any(_km(lat, lon, *port) <= NEAR_KM for port in self.ports):
            reasons.append("port")
        if self.draws_power(process) and self.power.get(region, 1e9) < self.power.get(MASTER, 0.0):
            reasons.append("power")
        if (process, place) in self.listed:
            reasons.append("option")
        return tuple(reasons)

    def feeds(self, process: str) -> list[str]:
        """What a process takes that is not bought at home anywhere."""
        return [item for item, amount in self.recipe.get(process, {}).items() if amount < 0 and item not in self.common]

    def product(self, process: str) -> str | None:
        """The main item of a process, or the first other that it makes where it is counted by its feed."""
        own, main = self.recipe.get(process, {}), str(self.processes[process]["main_item"])
        if own.get(main, 0.0) > 0:
            return main
        return next((item for item, amount in own.items() if amount > 0), None)

    @cached_property
    def states(self) -> dict[str, tuple[str, int]]:
        """Present state of each facility and the line that says so."""
        return states(self.chain.atlas)

    def near(self, place: str) -> set[str]:
        """Sites near a place, itself among them."""
        lat, lon, _ = self.places[place]
        return {other for other, (y, x, _) in self.places.items() if _km(lat, lon, y, x) <= NEAR_KM}

    @cached_property
    def electricity(self) -> dict[str, float]:
        """kWh in one unit of each process."""
        table = self.chain.atlas["process_energy"].filter(pl.col("kind") == "electricity")
        return dict(table.select("process", "amount").iter_rows())

    def draws_power(self, process: str) -> bool:
        """Whether electricity is a large part of the processing cost."""
        cost = self.chain.atlas["process_costs"].filter((pl.col("process") == process) & (pl.col("country") == "*"))
        used = self.electricity.get(process)
        if used is None or cost.is_empty() or MASTER not in self.power:
            return False
        whole = float(cost["variable"][0]) + float(cost["fixed"][0])
        return whole > 0 and used * self.power[MASTER] >= _POWER_SHARE * whole

    def candidate(self, process: str, place: str, reasons: tuple[str, ...]) -> Candidate | None:
        """The candidate, or None where no investment cost or no size is known."""
        price = self.capex(process)
        largest, facts = self.largest(process, place)
        if price is None or largest is None:
            return None
        row = self.listed.get((process, place))
        smallest = min(float(price["min_size"] or 0.0), largest)  # type: ignore[arg-type]
        sizes = (smallest, sqrt(smallest * largest), largest) if 0 < smallest < largest else (largest,)
        return Candidate(
            f"{process}@{place}",
            process,
            place,
            row is None,
            reasons,
            sizes,
            str(self.unit(process)),
            int(price["lead_time"]),  # type: ignore[call-overload]
            int(price["life"]),  # type: ignore[call-overload]
            (f"capex:{price['_line']}", *facts),
        )

    @cached_property
    def prices(self) -> dict[tuple[str, str], dict[str, object]]:
        """Rows of the table of investment costs, by process and country."""
        return {(row["process"], row["country"]): row for row in self.chain.atlas["capex"].iter_rows(named=True)}

    def capex(self, process: str) -> dict[str, object] | None:
        """Row of the investment cost in the host country."""
        return self.prices.get((process, HOST)) or self.prices.get((process, "*"))

    def unit(self, process: str) -> object:
        """Unit of what a process makes."""
        row = self.chain.atlas.row("items", str(self.processes[process]["main_item"]))
        return row["unit"] if row else "unit"

    @cached_property
    def sized(self) -> dict[str, tuple[float, tuple[str, ...]]]:
        """Largest size of one plant of each process: of the places where the plan may build, else of what was announced."""
        found: dict[str, tuple[float, tuple[str, ...]]] = {}
        for line in self.chain.lines:
            most = max(line.announced.values(), default=0.0)
            if most > found.get(line.processes[0], (0.0, ()))[0]:
                found[line.processes[0]] = most, tuple(line.basis.split())
        listed: dict[str, tuple[float, tuple[str, ...]]] = {}
        for (process, _), row in self.listed.items():
            most = float(row["max_per_year"])  # type: ignore[arg-type]
            if most > listed.get(process, (0.0, ()))[0]:
                listed[process] = most, (f"expansion_places:{row['_line']}",)
        return found | listed

    def largest(self, process: str, place: str) -> tuple[float | None, tuple[str, ...]]:
        """Largest size of one plant, and the lines that say so."""
        row = self.listed.get((process, place))
        if row is not None:
            return float(row["max_per_year"]), (f"expansion_places:{row['_line']}",)  # type: ignore[arg-type]
        return self.sized.get(process, (None, ()))


def apart(ground: Ground, place: str, others: Iterable[str], km: float) -> bool:
    """Whether a place is further than a distance from each of some others."""
    lat, lon, _ = ground.places[place]
    return all(_km(lat, lon, *ground.places[other][:2]) > km for other in others)


def _km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance by the haversine formula."""
    a, b = radians(lat), radians(other_lat)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(h))


def extended(chain: Chain, proposed: Iterable[Candidate]) -> Chain:
    """The chain in which the generated ones among some candidates may be built too.

    Sizes are free here (no whole plants): a project is then one fixed block, see :mod:`bongsu.committee.discover.resolve`. What a
    new plant in the host country costs to run is that of the country with the energy prices of its province.
    """
    table = chain.atlas["expansion_places"]
    line = int(table["_line"].max() or 0)  # type: ignore[arg-type]
    rows = [
        {
            "_line": line + 1 + at,
            "process": one.process,
            "place": one.place,
            "first_year": chain.years[0] + one.lead_time,
            "max_per_year": one.sizes[-1],
            "max_total": one.sizes[-1],
            "known_from": chain.atlas.known,
            "source": None,
            "confidence": "assumed",
            "note": None,
        }
        for at, one in enumerate(one for one in proposed if one.generated)
    ]
    more = pl.concat([table, pl.DataFrame(rows, schema=table.schema)]) if rows else table
    atlas = replace(chain.atlas, tables={**chain.atlas.tables, "expansion_places": more})
    wider = Chain.of(atlas, str(chain.case["case"]), replace(chain.choices, whole_builds=False))
    return replace(wider, network=_powered(wider))


def _powered(chain: Chain) -> Network:
    """The network of a chain with the energy of each province in the cost of running what is new in the host country.

    The costs in the pack are those of a country with energy in them, so the difference between the province and the mean of its
    country is added. What stands already runs at the costs of the pack: no place was chosen for it here.
    """
    net, regions = chain.network, dict(chain.atlas["places"].select("place", "region").iter_rows())
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    gaps: dict[str, float] = {}
    places = dict(net["plants"].select("plant", "place").iter_rows())
    for mode, plant, process in net["modes"].select("mode", "plant", "process").iter_rows():
        name = plain(process)
        if plain(plant).startswith(PREFIX) and country.get(places[plant]) == HOST:
            gap, _ = power_difference(chain, name, HOST, regions.get(places[plant]))
            if gap:
                gaps[mode] = gap
    more = pl.col("mode").replace_strict(gaps, default=0.0, return_dtype=pl.Float64)
    tables = {name: net[name].with_columns(pl.col("cost") + more) for name in ("modes", "mode_periods")}
    return replace(net, tables={**net.tables, **tables})


def by_project(found: Iterable[Candidate]) -> Mapping[str, Candidate]:
    """Candidates by name."""
    return {one.project: one for one in found}
