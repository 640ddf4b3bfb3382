"""Small networks with known answers, shared by several tests."""

from __future__ import annotations

from typing import Any

from bongsu.chain.network import Network, Settings


def replaced(network: Network, **tables: list[dict[str, Any]]) -> Network:
    """The network with some tables exchanged."""
    kept = {name: frame for name, frame in network.tables.items() if name not in tables and frame.height}
    return Network.of(network.settings, **kept, **{name: rows for name, rows in tables.items() if rows})


def two_stage(**changes: list[dict[str, Any]]) -> Network:
    """Ore at a, two units of it for a cell at b, cells wanted at c; three unequal periods, a plant of 50 that may grow."""
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [
            {"period": "2026", "years": 1.0, "year": 2026},
            {"period": "2027", "years": 3.0, "year": 2027},
            {"period": "2030", "years": 5.0, "year": 2030},
        ],
        "items": [{"item": "ore"}, {"item": "cell"}],
        "places": [{"place": place} for place in "abc"],
        "plants": [{"plant": "works", "place": "b", "fixed_cost": 1.0, "retirable": "yes"}],
        "capacity": [{"plant": "works", "capacity": 50.0}],
        "modes": [{"mode": "works", "plant": "works", "process": "assemble", "cost": 5.0}],
        "recipes": [
            {"process": "assemble", "item": "ore", "amount": -2.0},
            {"process": "assemble", "item": "cell", "amount": 1.0},
        ],
        "lanes": [
            {"lane": "ab", "from": "a", "to": "b", "item": "ore", "cost": 1.0},
            {"lane": "bc", "from": "b", "to": "c", "item": "cell", "cost": 2.0},
        ],
        "supplies": [{"supply": "mine", "place": "a", "item": "ore", "price": 3.0}],
        "demands": [
            {"demand": "cars", "place": "c", "item": "cell", "period": period, "quantity": quantity, "penalty": 100.0}
            for period, quantity in (("2026", 40.0), ("2027", 60.0), ("2030", 80.0))
        ],
        "stocks": [{"stock": "yard", "place": "c", "item": "cell", "capacity": 30.0, "holding_cost": 4.0}],
        "options": [
            {
                "option": "line",
                "plant": "works",
                "lead_time": 1,
                "annual_cost": 3.0,
                "capital_cost": 1.0,
                "max_size": 25.0,
            }
        ],
    }
    tables |= changes
    return Network.of(Settings(discount_rate=0.1), **{name: rows for name, rows in tables.items() if rows})
