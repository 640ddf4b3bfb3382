"""Freight: distances against known ones, and routes against all that could be taken."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.atlas import Atlas
from bongsu.chain.routes import Routes, great_circle

POINT = st.tuples(st.floats(-89.9, 89.9), st.floats(-180, 180))
EARTH = 6371.0088
CLASSES = ("bulk", "general", "container", "dangerous")


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(great_circle(np.array(a[0]), np.array(a[1]), np.array(b[0]), np.array(b[1])))


@pytest.fixture(scope="module")
def routes(atlas: Atlas) -> Routes:
    return Routes(atlas)


@pytest.mark.parametrize(
    ("a", "b", "published"),
    [
        ((51.5074, -0.1278), (48.8566, 2.3522), 344),  # London - Paris
        ((40.7128, -74.0060), (34.0522, -118.2437), 3936),  # New York - Los Angeles
        ((37.5665, 126.9780), (49.2827, -123.1207), 8175),  # Seoul - Vancouver
        ((45.5019, -73.5674), (43.6532, -79.3832), 504),  # Montréal - Toronto
        ((-33.8688, 151.2093), (-37.8136, 144.9631), 714),  # Sydney - Melbourne
        ((0.0, 0.0), (0.0, 180.0), np.pi * EARTH),
        ((90.0, 0.0), (0.0, 77.0), np.pi * EARTH / 2),
    ],
)
def test_great_circles_of_known_length(a: tuple[float, float], b: tuple[float, float], published: float) -> None:
    assert km(a, b) == pytest.approx(published, rel=0.005)


@given(POINT, POINT, POINT)
def test_great_circles_are_a_metric_and_agree_with_the_angle_of_two_vectors(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> None:
    assert km(a, b) == pytest.approx(km(b, a), abs=1e-9)
    assert km(a, c) <= km(a, b) + km(b, c) + 1e-6

    def vector(p: tuple[float, float]) -> np.ndarray:
        lat, lon = np.radians(p)
        return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])

    angle = np.arctan2(np.linalg.norm(np.cross(vector(a), vector(b))), vector(a) @ vector(b))
    # Near the antipode the haversine formula keeps half the digits.
    assert km(a, b) == pytest.approx(EARTH * angle, abs=0.5)


@pytest.mark.parametrize(
    ("origin", "destination", "published"),
    [
        ("port-busan", "port-vancouver", 8500),  # 4,590 nautical miles
        ("port-busan", "port-los-angeles", 9720),  # 5,250 nautical miles
        ("port-shanghai", "port-vancouver", 9450),  # 5,100 nautical miles
    ],
)
def test_sea_distances_are_those_of_sailing_tables(
    routes: Routes, origin: str, destination: str, published: float
) -> None:
    route = routes.route(origin, destination, "container")
    assert route.modes == ("sea",)
    assert route.via == (origin, destination)
    assert route.km == pytest.approx(published, rel=0.05)


def test_no_sailing_is_shorter_than_the_great_circle_or_beaten_by_a_detour(atlas: Atlas) -> None:
    places = {row["place"]: (row["lat"], row["lon"]) for row in atlas["places"].iter_rows(named=True)}
    leg: dict[tuple[str, str], float] = {}
    for a, b, distance in atlas["sea_legs"].select("from_port", "to_port", "distance_km").iter_rows():
        leg[a, b] = leg[b, a] = distance
        assert distance >= km(places[a], places[b]) * 0.99, (a, b)
    ports = sorted({port for pair in leg for port in pair})
    for a, b, c in itertools.permutations(ports, 3):
        if (a, b) in leg and (b, c) in leg and (a, c) in leg:
            assert leg[a, c] <= (leg[a, b] + leg[b, c]) * 1.02 + 20, (a, b, c)


def test_costs_are_symmetric_and_nothing_but_a_stay_is_free(routes: Routes) -> None:
    for kind in CLASSES:
        costs = routes.costs(kind)
        assert np.array_equal(np.isfinite(costs), np.isfinite(costs.T))
        finite = np.isfinite(costs)
        assert np.allclose(costs[finite], costs.T[finite], rtol=1e-12)
        assert not costs.diagonal().any()
        assert (costs + np.eye(len(costs)) > 0).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_route_is_the_cheapest_of_all_that_could_be_taken(atlas: Atlas, routes: Routes, data: st.DataObject) -> None:
    """Every mode and every pair of ports, one by one, from the tables."""
    kind = data.draw(st.sampled_from(CLASSES))
    p, q = (data.draw(st.sampled_from(routes.ids)) for _ in range(2))
    places = {row["place"]: row for row in atlas["places"].iter_rows(named=True)}
    rates = {r["mode"]: r for r in atlas["freight_rates"].iter_rows(named=True) if r["freight_class"] == kind}
    gates = [place for place, row in places.items() if row["kind"] == "gateway"]

    def apart(a: str, b: str) -> float:
        return km((places[a]["lat"], places[a]["lon"]), (places[b]["lat"], places[b]["lon"]))

    def land(a: str, b: str) -> float:
        if a == b:
            return 0.0
        one, other = places[a], places[b]
        if one["landmass"] != other["landmass"]:
            return np.inf
        length = apart(a, b)
        if one["landmass"] == "overseas" and length >= 600:
            return np.inf
        if one["landmass"] == "north_america" and one["country"] != other["country"]:
            length = min(apart(a, gate) + apart(gate, b) for gate in gates)
        ways = [np.inf]
        for mode in ("truck", "rail"):
            rate = rates[mode]
            route = length * rate["circuity"]
            if rate["max_km"] is None or route <= rate["max_km"]:
                ways.append(rate["per_t"] + rate["per_t_km"] * route)
        return min(ways)

    sea = rates["sea"]
    best = land(p, q)
    for a, b, distance in atlas["sea_legs"].select("from_port", "to_port", "distance_km").iter_rows():
        leg = sea["per_t"] + sea["per_t_km"] * distance
        best = min(best, land(p, a) + leg + land(b, q), land(p, b) + leg + land(a, q))
    found = routes.costs(kind)[routes.index[p], routes.index[q]]
    assert found == (pytest.approx(best, rel=1e-9) if np.isfinite(best) else np.inf)
    if p != q and np.isfinite(best):
        route = routes.route(p, q, kind)
        assert route.cost == pytest.approx(best, rel=1e-9)
        assert route.km >= apart(p, q) * 0.99
        assert route.days > 0
        for reference in route.facts.split():
            table, _, line = reference.partition(":")
            assert int(line) in set(atlas[table]["_line"])


def test_no_land_route_crosses_an_ocean(atlas: Atlas, routes: Routes) -> None:
    landmass = dict(atlas["places"].select("place", "landmass").iter_rows())
    crossed = 0
    for p, q in itertools.product(routes.ids[::5], routes.ids[::3]):
        if landmass[p] != landmass[q] and np.isfinite(routes.costs("general")[routes.index[p], routes.index[q]]):
            route = routes.route(p, q, "general")
            assert "sea" in route.modes, (p, q)
            assert sum(via.startswith("port-") for via in route.via) == 2
            crossed += 1
    assert crossed > 500
    assert "sea" in routes.route("nation-jp", "kr-pohang", "container").modes


def test_land_over_a_border_passes_a_gateway_and_land_at_home_passes_none(atlas: Atlas, routes: Routes) -> None:
    places = atlas["places"].filter(atlas["places"]["landmass"] == "north_america")
    country = dict(places.select("place", "country").iter_rows())
    kind = dict(places.select("place", "kind").iter_rows())
    gates = {place for place, what in kind.items() if what == "gateway"}
    over = 0
    for p, q in itertools.product(list(country)[::4], repeat=2):
        if p == q or "gateway" in (kind[p], kind[q]):
            continue
        route = routes.route(p, q, "general")
        if "sea" in route.modes:
            continue
        if country[p] == country[q]:
            assert not gates & set(route.via), (p, q)
        else:
            assert len(gates & set(route.via)) == 1, (p, q)
            over += 1
    assert over > 100
    assert routes.route("ca-on-windsor", "us-mi-detroit", "container").via == ("gateway-windsor-detroit",)


def test_gateways_are_for_their_own_landmass(routes: Routes) -> None:
    # Zimbabwe sells through Beira in Mozambique, next door; no border crossing of North America is near.
    route = routes.route("nation-zw", "port-beira", "bulk")
    assert route.via == ()
    assert route.km < 10


def test_places_without_a_port_or_land_have_no_route(routes: Routes) -> None:
    with pytest.raises(ValueError, match="no route joins kr-pohang and xx-cu-moa"):
        routes.route("kr-pohang", "xx-cu-moa", "general")
