"""The generator: networks of ten stages, first as bare numbers, then as the tables of a :class:`Network`.

Raw material is bought at source places and passes ten stages of plants; every place ships to some places of the next stage, the
last stage to customers. Each plant runs two recipes, both with a by-product that must be got rid of, has a capacity in each
period and an option to enlarge it with a lead time. Rules of content ask that enough of what arrives at the places of stage five
and at the customers comes over qualifying lanes. All is continuous; demand and rules are priced, so there always is a plan.

The numbers alone are what :mod:`benchmarks.by_hand` starts from: it gets for nothing what Bongsu finds by matching identifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.chain.network import Network, Settings

STAGES = 10
CONTENT_STAGE = 5
RATE = 0.05

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Size:
    """How large a network is: places per stage, lanes out of each place, periods."""

    name: str
    places: int
    lanes: int
    periods: int


SIZES = {
    size.name: size
    for size in (Size("XS", 4, 4, 7), Size("S", 29, 4, 15), Size("M", 232, 4, 15), Size("L", 1160, 4, 15))
}


@dataclass(frozen=True)
class Numbers:
    """A network as arrays. ``n`` places per stage, ``f`` lanes out of each, ``T`` periods; stage 0 sells, stage 11 buys.

    Attributes:
        to: for each lane, the number of the place of the next stage where it ends, shape (11, n, f).
        lane_cost: cost of one unit, same shape.
        qualifies: whether what moves on a lane counts as qualifying content, same shape.
        recipe: amounts per unit of product, shape (10 stages, 2 recipes, 3): used, made (one), by-product.
        mode_cost: cost of one unit of product, shape (10, n, 2).
        capacity: own capacity, shape (10, n, T).
        lead: periods from decision to first use, shape (10,).
        capital, annual: cost of one unit of new capacity, once and per year, shape (10, n).
        most_new: most new capacity, shape (10, n).
        dump_cost: cost of getting rid of one unit of by-product, shape (10, n).
        price, quantity: two offers of raw material at each source, shape (n, 2).
        demand: at each customer, shape (n, T).
        penalty: of one unit of demand unserved; ``content_penalty`` of one unit of missing content.
        content: share of arrivals that must qualify, at stage five and at the customers.
    """

    size: Size
    to: Ints
    lane_cost: Floats
    qualifies: npt.NDArray[np.bool_]
    recipe: Floats
    mode_cost: Floats
    capacity: Floats
    lead: Ints
    capital: Floats
    annual: Floats
    most_new: Floats
    dump_cost: Floats
    price: Floats
    quantity: Floats
    demand: Floats
    penalty: float = 5000.0
    content_penalty: float = 400.0
    content: tuple[float, float] = (0.25, 0.4)


def draw(size: Size, seed: int = 1) -> Numbers:
    """Numbers of a network; the same for the same seed."""
    rng = np.random.default_rng(seed)
    n, f, T = size.places, size.lanes, size.periods

    def between(low: float, high: float, *shape: int) -> Floats:
        return np.round(rng.uniform(low, high, shape), 3)

    step = (
        np.sort(rng.permuted(np.tile(np.arange(n), (STAGES + 1, n, 1)), axis=2)[:, :, :f], axis=2) if n <= 64 else None
    )
    # Distinct ends without n * n draws: a random start and strictly growing steps round the stage.
    if step is None:
        jumps = np.cumsum(rng.integers(1, n // f, (STAGES + 1, n, f)), axis=2)
        step = np.sort((rng.integers(0, n, (STAGES + 1, n, 1)) + jumps) % n, axis=2)
    recipe = np.empty((STAGES, 2, 3))
    recipe[:, :, 0] = -between(1.02, 1.4, STAGES, 2)
    recipe[:, :, 1] = 1.0
    recipe[:, :, 2] = between(0.02, 0.3, STAGES, 2)
    demand = np.round(between(40, 160, n)[:, None] * 1.06 ** np.arange(T), 3)
    # What a customer needs of raw material grows stage by stage towards the mine; so does capacity.
    need = 100 * np.cumprod(-recipe[::-1, :, 0].mean(axis=1))[::-1]
    own = between(0.4, 1.3, STAGES, n) * (need / -recipe[:, :, 0].mean(axis=1))[:, None]
    return Numbers(
        size=size,
        to=step.astype(np.int32),
        lane_cost=between(2, 40, STAGES + 1, n, f),
        qualifies=rng.random((STAGES + 1, n, f)) < 0.5,
        recipe=recipe,
        mode_cost=between(10, 90, STAGES, n, 2),
        capacity=np.round(own[:, :, None] * np.linspace(1.0, 1.1, T), 3),
        lead=(1 + np.arange(STAGES) % 3).astype(np.int32),
        capital=between(50, 300, STAGES, n),
        annual=between(5, 30, STAGES, n),
        most_new=between(100, 400, STAGES, n),
        dump_cost=between(1, 15, STAGES, n),
        price=np.sort(between(100, 400, n, 2), axis=1),
        quantity=np.round(between(0.4, 0.9, n, 2) * need[0], 3),
        demand=demand,
    )


def network(numbers: Numbers) -> Network:
    """The same as tables with identifiers, units and the facts behind each row."""
    size = numbers.size
    n, f, T = size.places, size.lanes, size.periods
    stages, makers = STAGES + 2, STAGES
    place = np.array([[f"s{s:02}-{i:05}" for i in range(n)] for s in range(stages)])
    flow = np.array([f"i{s:02}" for s in range(STAGES + 1)])
    waste = np.array([f"b{s:02}" for s in range(1, STAGES + 1)])
    period = np.array([f"{2026 + t}" for t in range(T)])
    at = place[1:-1].ravel()
    stage = np.repeat(np.arange(1, STAGES + 1), n)
    plant = np.char.add("plant-", at)
    process = np.array([[f"p{s:02}{way}" for way in "ab"] for s in range(1, STAGES + 1)])
    mode = np.char.add(np.repeat(plant, 2), np.tile(["/a", "/b"], plant.size))
    start = np.repeat(place[:-1].ravel(), f)
    end = place[1:][np.arange(STAGES + 1)[:, None, None], numbers.to].ravel()
    lane = np.char.add(np.char.add(start, ">"), end)
    moved = np.repeat(flow, n * f)
    customers, sources = place[-1], place[0]
    rules = np.concatenate([place[CONTENT_STAGE], customers])
    share, of, coefficient = _content(numbers, lane, rules)

    tables: dict[str, Any] = {
        "periods": {"period": period, "years": np.ones(T), "year": 2026.0 + np.arange(T)},
        "items": {"item": np.concatenate([flow, waste]), "unit": np.full(2 * STAGES + 1, "t")},
        "places": {
            "place": place.ravel(),
            "country": np.repeat(["CA", "KR"], [stages * n // 2, stages * n - stages * n // 2]),
        },
        "plants": {
            "plant": plant,
            "place": at,
            "unit": np.full(plant.size, "t/a"),
            "facts": _facts("facilities", plant.size),
        },
        "capacity": {
            "plant": np.repeat(plant, T),
            "period": np.tile(period, plant.size),
            "capacity": numbers.capacity.ravel(),
            "facts": _facts("facility_capacity", plant.size * T),
        },
        "modes": {
            "mode": mode,
            "plant": np.repeat(plant, 2),
            "process": process[np.repeat(stage - 1, 2), np.tile([0, 1], plant.size)],
            "cost": numbers.mode_cost.ravel(),
            "facts": _facts("process_costs", mode.size),
        },
        "recipes": {
            "process": np.repeat(process.ravel(), 3),
            "item": np.stack([flow[:-1], flow[1:], waste], axis=1)[:, None, :].repeat(2, axis=1).ravel(),
            "amount": numbers.recipe.ravel(),
            "facts": _facts("recipes", makers * 6),
        },
        "lanes": {
            "lane": lane,
            "from": start,
            "to": end,
            "item": moved,
            "cost": numbers.lane_cost.ravel(),
            "facts": _facts("freight_rates", lane.size),
        },
        "supplies": {
            "supply": np.char.add(np.repeat(sources, 2), np.tile(["/1", "/2"], n)),
            "place": np.repeat(sources, 2),
            "item": np.full(2 * n, flow[0]),
            "price": numbers.price.ravel(),
            "quantity": numbers.quantity.ravel(),
            "facts": _facts("outside_supply", 2 * n),
        },
        "demands": {
            "demand": np.repeat(customers, T),
            "place": np.repeat(customers, T),
            "item": np.full(n * T, flow[-1]),
            "period": np.tile(period, n),
            "quantity": numbers.demand.ravel(),
            "penalty": np.full(n * T, numbers.penalty),
            "facts": _facts("demand", n * T),
        },
        "disposals": {
            "place": at,
            "item": waste[stage - 1],
            "cost": numbers.dump_cost.ravel(),
            "facts": _facts("process_costs", at.size),
        },
        "options": {
            "option": np.char.add(plant, "+"),
            "plant": plant,
            "lead_time": np.repeat(numbers.lead, n),
            "capital_cost": numbers.capital.ravel(),
            "annual_cost": numbers.annual.ravel(),
            "max_total": numbers.most_new.ravel(),
            "facts": _facts("capex", plant.size),
        },
        "shares": {
            "share": rules,
            "penalty": np.full(rules.size, numbers.content_penalty),
            "facts": _facts("links", rules.size),
        },
        "share_terms": {"share": share, "kind": np.full(share.size, "lane"), "of": of, "coefficient": coefficient},
    }
    settings = Settings(name=f"bench-{size.name}", currency="USD", money_year=2025, discount_rate=RATE)
    return Network.of(settings, **{name: pl.DataFrame(columns) for name, columns in tables.items()})


def _content(numbers: Numbers, lane: np.ndarray, rules: np.ndarray) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Terms of the rules of content: rule, lane, coefficient (1 - share where the lane qualifies, - share where not)."""
    n, f = numbers.size.places, numbers.size.lanes
    shares, lanes, coefficients = [], [], []
    for rule, (stage, content) in enumerate(zip((CONTENT_STAGE - 1, STAGES), numbers.content, strict=True)):
        inside = slice(stage * n * f, (stage + 1) * n * f)
        shares.append(rules[rule * n + numbers.to[stage].ravel()])
        lanes.append(lane[inside])
        coefficients.append(numbers.qualifies[stage].ravel() - content)
    return np.concatenate(shares), np.concatenate(lanes), np.concatenate(coefficients)


def _facts(table: str, count: int) -> np.ndarray:
    """Facts behind each row, as ``table:line``."""
    return np.char.add(f"{table}:", np.arange(2, count + 2).astype(str))
