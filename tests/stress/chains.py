"""Chains that several tests of survival share: one from a course, one worked out on paper, and random ones."""

from __future__ import annotations

from random import Random
from typing import Any

from bongsu.chain.network import Network


def flexible_plants() -> Network:
    """Three plants that can each make two products: first problem of the course case "Disruption Analytics - Ford Motor" (HEC
    Montréal, Supply Chain Analytics), made after Simchi-Levi et al. 2015."""
    capacity = {"s1": 30.0, "s2": 45.0, "s3": 60.0}
    products = ("p1", "p2")
    return Network.of(
        periods=[{"period": "1"}],
        items=[{"item": p} for p in products],
        places=[{"place": place} for place in (*capacity, "market")],
        plants=[{"plant": s, "place": s} for s in capacity],
        capacity=[{"plant": s, "capacity": c} for s, c in capacity.items()],
        modes=[{"mode": f"{s}-{p}", "plant": s, "process": p} for s in capacity for p in products],
        recipes=[{"process": p, "item": p, "amount": 1.0} for p in products],
        lanes=[{"lane": f"{s}-{p}", "from": s, "to": "market", "item": p} for s in capacity for p in products],
        demands=[
            {"demand": "p1", "place": "market", "item": "p1", "quantity": 75.0, "penalty": 5000.0},
            {"demand": "p2", "place": "market", "item": "p2", "quantity": 50.0, "penalty": 6500.0},
        ],
        stocks=[
            {"stock": "p1", "place": "market", "item": "p1", "initial": 20.0},
            {"stock": "p2", "place": "market", "item": "p2", "initial": 25.0},
        ],
    )


def two_tiers(**changes: list[dict[str, Any]]) -> Network:
    """A product of two units of a and one of b.

    a comes from a1 (100 a year) or a2 (60), b from b1 (80) or from abroad, without a limit.
    50 products a year are wanted; 20 stand at the market, 30 of a at a2.
    """
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [{"period": "1"}],
        "items": [{"item": item} for item in ("a", "b", "product")],
        "places": [
            {"place": "a1", "country": "KR"},
            {"place": "a2", "country": "CA"},
            {"place": "b1", "country": "CA"},
            {"place": "works", "country": "US"},
            {"place": "market", "country": "US"},
            {"place": "island"},
        ],
        "plants": [{"plant": name, "place": name} for name in ("a1", "a2", "b1", "works", "island")],
        "capacity": [
            {"plant": name, "capacity": size}
            for name, size in (("a1", 100.0), ("a2", 60.0), ("b1", 80.0), ("works", 60.0), ("island", 10.0))
        ],
        "modes": [
            {"mode": name, "plant": name, "process": process}
            for name, process in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("works", "make"), ("island", "a"))
        ],
        "recipes": [
            {"process": "a", "item": "a", "amount": 1.0},
            {"process": "b", "item": "b", "amount": 1.0},
            {"process": "make", "item": "a", "amount": -2.0},
            {"process": "make", "item": "b", "amount": -1.0},
            {"process": "make", "item": "product", "amount": 1.0},
        ],
        "lanes": [
            {"lane": "a1", "from": "a1", "to": "works", "item": "a"},
            {"lane": "a2", "from": "a2", "to": "works", "item": "a"},
            {"lane": "b1", "from": "b1", "to": "works", "item": "b"},
            {"lane": "out", "from": "works", "to": "market", "item": "product"},
        ],
        "supplies": [{"supply": "b-abroad", "place": "works", "item": "b"}],
        "stocks": [
            {"stock": "shop", "place": "market", "item": "product", "initial": 20.0},
            {"stock": "yard", "place": "a2", "item": "a", "initial": 30.0},
        ],
        "demands": [{"demand": "buyers", "place": "market", "item": "product", "quantity": 50.0, "penalty": 9.0}],
    }
    tables |= changes
    return Network.of(**{name: rows for name, rows in tables.items() if rows})


def random_chain(number: int) -> Network:
    """A chain of three tiers with bills of material, shared sites, limited lanes and offers, and stocks with ranges."""
    r = Random(number)
    tiers = [[f"{kind}{i}" for i in range(r.randint(1, 3))] for kind in ("raw", "part", "product")]
    items = [item for tier in tiers for item in tier]
    places = [f"site{i}" for i in range(r.randint(2, 5))]
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [{"period": "1"}],
        "items": [{"item": item} for item in items],
        "places": [{"place": place, "country": r.choice(["CA", "KR"])} for place in (*places, "market")],
        "plants": [{"plant": place, "place": place} for place in places],
        "capacity": [
            {"plant": place, "capacity": r.choice([None, 40.0, 90.0, 200.0, 500.0])}
            for place in places
            if r.random() < 0.9
        ],
    }
    for name in ("modes", "recipes", "lanes", "supplies", "demands", "stocks"):
        tables[name] = []
    for tier, own in enumerate(tiers):
        for item in own:
            tables["recipes"].append({"process": item, "item": item, "amount": 1.0})
            for below in r.sample(tiers[tier - 1], r.randint(1, len(tiers[tier - 1]))) if tier else []:
                amount = r.choice([0.5, 1.0, 2.0, 3.0])
                tables["recipes"].append({"process": item, "item": below, "amount": -amount})
            if tier and r.random() < 0.2:
                tables["recipes"].append(
                    {"process": item, "item": tiers[0][0], "amount": 0.1, "byproduct": "yes"}
                    if tiers[0][0] not in [row["item"] for row in tables["recipes"] if row["process"] == item]
                    else {"process": item, "item": f"{item}-scrap", "amount": 0.1, "byproduct": "yes"}
                )
            for place in r.sample(places, r.randint(1, len(places))):
                use = r.choice([1.0, 1.0, 2.0])
                tables["modes"].append({"mode": f"{item}@{place}", "plant": place, "process": item, "use": use})
    scraps = {row["item"] for row in tables["recipes"]} - set(items)
    tables["items"] += [{"item": item} for item in sorted(scraps)]
    for item in items:
        final = item.startswith("product")
        for start in places:
            for end in ("market",) if final else places:
                if start != end and r.random() < 0.8:
                    tables["lanes"].append(
                        {
                            "lane": f"{item}|{start}|{end}",
                            "from": start,
                            "to": end,
                            "item": item,
                            "capacity": r.choice([None, None, None, 20.0, 100.0]),
                            "loss": r.choice([0.0, 0.0, 0.05]),
                        }
                    )
        if r.random() < 0.4:
            place = "market" if final else r.choice(places)
            quantity = r.choice([None, 10.0, 50.0])
            tables["supplies"].append({"supply": f"{item}-offer", "place": place, "item": item, "quantity": quantity})
        if final:
            tables["demands"].append(
                {
                    "demand": item,
                    "place": "market",
                    "item": item,
                    "quantity": r.choice([5.0, 20.0, 60.0]),
                    "penalty": r.choice([None, 1.0, 7.5]),
                }
            )
        for place in (*places, "market"):
            if r.random() < 0.4:
                low = r.choice([0.0, 1.0, 8.0, 30.0])
                high = r.choice([None, low, low + 5.0])
                row = {"stock": f"{item}@{place}", "place": place, "item": item, "initial": low, "initial_high": high}
                tables["stocks"].append(row)
    return Network.of(**{name: rows for name, rows in tables.items() if rows})
