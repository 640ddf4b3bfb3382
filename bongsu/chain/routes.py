"""Freight between places: by land within a landmass, by sea through real ports otherwise.

    land(p, q) = min over truck and rail of  per tonne + per tonne-km · circuity · great circle(p, q)
    sea(p, q)  = min over ports a, b of  land(p, a) + per tonne + per tonne-km · sailing distance(a, b) + land(b, q)

Land routes that cross a border pass the gateway that makes them shortest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.atlas import Atlas

_EARTH_KM = 6371.0088
_HINTERLAND_KM = 600.0
Grid = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Route:
    """The cheapest way of one tonne from a place to another.

    Attributes:
        cost: USD per tonne, in dollars of the rates.
        km, days: length and transit time.
        modes: such as ``("rail", "sea", "truck")``.
        via: ports and gateways passed, in order.
        facts: lines of the tables behind it.
    """

    cost: float
    km: float
    days: float
    modes: tuple[str, ...]
    via: tuple[str, ...]
    facts: str


@dataclass(frozen=True)
class _Rate:
    mode: str
    per_km: float
    per_t: float
    circuity: float
    longest: float
    days_per_km: float
    days_fixed: float
    line: int


def great_circle(lat1: Grid, lon1: Grid, lat2: Grid, lon2: Grid) -> Grid:
    """Kilometres between points given in degrees, on the mean earth radius.

    The angle is taken from its sine and cosine together (Vincenty's formula on a sphere), which is exact for points close by and
    for opposite ones alike; the haversine formula loses digits near the antipode.
    """
    a1, o1, a2, o2 = (np.radians(x) for x in (lat1, lon1, lat2, lon2))
    turn = o2 - o1
    across = np.hypot(np.cos(a2) * np.sin(turn), np.cos(a1) * np.sin(a2) - np.sin(a1) * np.cos(a2) * np.cos(turn))
    along = np.sin(a1) * np.sin(a2) + np.cos(a1) * np.cos(a2) * np.cos(turn)
    return np.asarray(_EARTH_KM * np.arctan2(across, along))


class Routes:
    """Cheapest routes of each freight class between all places of an atlas."""

    def __init__(self, atlas: Atlas, price_level: Mapping[int, float] | None = None) -> None:
        """``price_level``: factor from dollars of a year to dollars of the case."""
        places = atlas["places"]
        self.index = {place: i for i, place in enumerate(places["place"])}
        self.ids = list(places["place"])
        lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
        self._km = great_circle(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
        landmass = places["landmass"].to_numpy()
        # Places overseas stand for their nation at its port: land routes join them to nothing farther than that.
        joined = (landmass[:, None] == landmass[None, :]) & (landmass[:, None] != "overseas")
        abroad = landmass == "overseas"
        joined |= abroad[:, None] & abroad[None, :] & (self._km < _HINTERLAND_KM)
        self._joined = joined
        country = places["country"].to_numpy()
        self._ports = np.flatnonzero(places["kind"].to_numpy() == "port")
        self._gates = np.flatnonzero(places["kind"].to_numpy() == "gateway")
        # Only the landmass of the gateways has borders with known crossings.
        crossed = np.isin(landmass, landmass[self._gates])
        self._border = joined & (country[:, None] != country[None, :]) & crossed[:, None] & crossed[None, :]
        self._land_km, self._gate = self._through_gateways()
        self._sea_km, self._sea_line = self._legs(atlas)
        self._rates = self._read_rates(atlas, price_level or {})
        self._classes: dict[str, _Class] = {}
        self._found: dict[tuple[str, str, str], Route] = {}

    def _through_gateways(self) -> tuple[Grid, npt.NDArray[np.int64]]:
        km, gate = self._km.copy(), np.full(self._km.shape, -1)
        if self._gates.size:
            through = self._km[:, self._gates][:, None, :] + self._km[self._gates, :].T[None, :, :]
            best = through.argmin(axis=2)
            shortest = np.take_along_axis(through, best[:, :, None], axis=2)[:, :, 0]
            km = np.where(self._border, shortest, km)
            gate = np.where(self._border, self._gates[best], gate)
        return np.where(self._joined, km, np.inf), gate

    def _legs(self, atlas: Atlas) -> tuple[Grid, npt.NDArray[np.int64]]:
        position = {int(place): at for at, place in enumerate(self._ports)}
        km = np.full((self._ports.size, self._ports.size), np.inf)
        line = np.full(km.shape, -1)
        for row in atlas["sea_legs"].iter_rows(named=True):
            a, b = position[self.index[row["from_port"]]], position[self.index[row["to_port"]]]
            km[a, b] = km[b, a] = row["distance_km"]
            line[a, b] = line[b, a] = row["_line"]
        return km, line

    def _read_rates(self, atlas: Atlas, price_level: Mapping[int, float]) -> dict[str, dict[str, _Rate]]:
        rates: dict[str, dict[str, _Rate]] = {}
        for row in atlas["freight_rates"].iter_rows(named=True):
            level = price_level.get(row["money_year"], 1.0)
            rates.setdefault(row["freight_class"], {})[row["mode"]] = _Rate(
                row["mode"],
                row["per_t_km"] * level,
                row["per_t"] * level,
                row["circuity"],
                row["max_km"] or np.inf,
                row["days_per_1000_km"] / 1000.0,
                row["days_fixed"],
                row["_line"],
            )
        return rates

    def costs(self, freight_class: str) -> Grid:
        """USD per tonne between all places, shape (places, places); infinite where no route exists, zero from a place to itself."""
        return self._class(freight_class).total

    def _class(self, freight_class: str) -> _Class:
        if freight_class not in self._classes:
            self._classes[freight_class] = _Class(self, self._rates[freight_class])
        return self._classes[freight_class]

    def route(self, origin: str, destination: str, freight_class: str) -> Route:
        """The cheapest route.

        Raises:
            ValueError: there is none.
        """
        asked = origin, destination, freight_class
        if asked not in self._found:
            self._found[asked] = self._class(freight_class).route(self.index[origin], self.index[destination])
        return self._found[asked]


#: km, days, modes, places passed and facts.
_Leg = tuple[float, float, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


class _Class:
    """Routes of one freight class."""

    def __init__(self, routes: Routes, rates: Mapping[str, _Rate]) -> None:
        self.routes, self.rates = routes, rates
        self._legs: dict[tuple[int, int], _Leg] = {}
        self.land, self.land_mode = self._land()
        ports = routes._ports
        sea = rates["sea"]
        with np.errstate(invalid="ignore"):
            leg = np.where(np.isfinite(routes._sea_km), sea.per_t + sea.per_km * routes._sea_km, np.inf)
        to_port = self.land[:, ports]
        first = _min_plus(to_port, leg)
        last = _min_plus(first.value, to_port.T)
        self.sea = last.value
        self._first, self._last = first.argument, last.argument
        self.total = np.where(self.land <= self.sea, self.land, self.sea)
        np.fill_diagonal(self.total, 0.0)

    def _land(self) -> tuple[Grid, list[_Rate]]:
        modes = [rate for mode, rate in sorted(self.rates.items()) if mode != "sea"]
        grids = []
        for rate in modes:
            km = self.routes._land_km * rate.circuity
            grids.append(np.where(km <= rate.longest, rate.per_t + rate.per_km * km, np.inf))
        stacked = np.stack(grids)
        self._best_mode = stacked.argmin(axis=0)
        land = stacked.min(axis=0)
        np.fill_diagonal(land, 0.0)
        return land, modes

    def _leg(self, a: int, b: int) -> _Leg:
        """A land leg, found once."""
        if (a, b) not in self._legs:
            self._legs[a, b] = self._found(a, b)
        return self._legs[a, b]

    def _found(self, a: int, b: int) -> _Leg:
        if a == b:
            return 0.0, 0.0, (), (), ()
        rate = self.land_mode[int(self._best_mode[a, b])]
        km = float(self.routes._land_km[a, b]) * rate.circuity
        gate = int(self.routes._gate[a, b])
        via = (self.routes.ids[gate],) if gate >= 0 else ()
        return km, rate.days_fixed + km * rate.days_per_km, (rate.mode,), via, (f"freight_rates:{rate.line}",)

    def route(self, a: int, b: int) -> Route:
        if not np.isfinite(self.total[a, b]):
            raise ValueError(f"no route joins {self.routes.ids[a]} and {self.routes.ids[b]}")
        if a == b or self.land[a, b] <= self.sea[a, b]:
            km, days, modes, via, lines = self._leg(a, b)
            return Route(float(self.total[a, b]), km, days, modes, via, " ".join(lines))
        arrival = int(self._last[a, b])
        departure = int(self._first[a, arrival])
        ports = self.routes._ports
        out, home = int(ports[departure]), int(ports[arrival])
        before, after = self._leg(a, out), self._leg(home, b)
        sea = self.rates["sea"]
        km = float(self.routes._sea_km[departure, arrival])
        leg = int(self.routes._sea_line[departure, arrival])
        return Route(
            cost=float(self.total[a, b]),
            km=before[0] + km + after[0],
            days=before[1] + sea.days_fixed + km * sea.days_per_km + after[1],
            modes=(*before[2], "sea", *after[2]),
            via=(*before[3], self.routes.ids[out], self.routes.ids[home], *after[3]),
            facts=" ".join(dict.fromkeys((*before[4], f"freight_rates:{sea.line}", f"sea_legs:{leg}", *after[4]))),
        )


@dataclass(frozen=True)
class _Best:
    value: Grid
    argument: npt.NDArray[np.int64]


def _min_plus(left: Grid, right: Grid) -> _Best:
    """Min-plus product of (n, k) and (k, m) with the best middle, the first of equals."""
    value = np.full((left.shape[0], right.shape[1]), np.inf)
    argument = np.zeros(value.shape, dtype=np.int64)
    for middle in range(left.shape[1]):
        way = left[:, middle, None] + right[middle]
        argument[way < value] = middle
        np.minimum(value, way, out=value)
    return _Best(value, argument)
