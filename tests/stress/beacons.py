"""A small chain with one way through each of its stages, whose shares at risk can be worked out on paper."""

from __future__ import annotations

from typing import Any

from bongsu.chain.network import Network


def graphite_chain(**changes: list[dict[str, Any]]) -> Network:
    """Graphite from China and Australia, anode in Korea, cells in Canada, cars in the United States; two years.

    50 cells a year need 50 of anode and 100 of graphite: 75 from China, which is cheaper and has no more, and 25 of the 100 that
    Australia has. The dear anode plant beside the cell works stands idle.
    """
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [{"period": "2027", "years": 1.0, "year": 2027}, {"period": "2028", "years": 1.0, "year": 2028}],
        "items": [{"item": item, "unit": "t"} for item in ("graphite", "anode", "lithium", "cell")],
        "places": [
            {"place": "dalian", "country": "CN"},
            {"place": "perth", "country": "AU"},
            {"place": "pohang", "country": "KR"},
            {"place": "windsor", "country": "CA"},
            {"place": "detroit", "country": "US"},
        ],
        "plants": [
            {"plant": "refine", "place": "pohang"},
            {"plant": "dear", "place": "windsor"},
            {"plant": "cells", "place": "windsor"},
        ],
        "capacity": [
            {"plant": "refine", "capacity": 100.0},
            {"plant": "dear", "capacity": 20.0},
            {"plant": "cells", "capacity": 60.0},
        ],
        "modes": [
            {"mode": "refine", "plant": "refine", "process": "refine", "cost": 5.0},
            {"mode": "dear", "plant": "dear", "process": "refine", "cost": 500.0},
            {"mode": "cells", "plant": "cells", "process": "assemble", "cost": 20.0},
        ],
        "recipes": [
            {"process": "refine", "item": "graphite", "amount": -2.0},
            {"process": "refine", "item": "anode", "amount": 1.0},
            {"process": "assemble", "item": "anode", "amount": -1.0},
            {"process": "assemble", "item": "lithium", "amount": -0.5},
            {"process": "assemble", "item": "cell", "amount": 1.0},
        ],
        "lanes": [
            {"lane": "dalian-pohang", "from": "dalian", "to": "pohang", "item": "graphite", "cost": 1.0, "days": 3.0},
            {"lane": "perth-pohang", "from": "perth", "to": "pohang", "item": "graphite", "cost": 1.0, "days": 20.0},
            {"lane": "perth-windsor", "from": "perth", "to": "windsor", "item": "graphite", "cost": 9.0, "days": 40.0},
            {"lane": "pohang-windsor", "from": "pohang", "to": "windsor", "item": "anode", "cost": 2.0, "days": 25.0}
            | {"via": ["panama"]},
            {"lane": "windsor-detroit", "from": "windsor", "to": "detroit", "item": "cell", "cost": 1.0, "days": 1.0},
        ],
        "corridors": [{"corridor": "yellow-sea", "capacity": 500.0}],
        "corridor_lanes": [{"corridor": "yellow-sea", "lane": "dalian-pohang", "use": 1.0}],
        "supplies": [
            {"supply": "cn", "place": "dalian", "item": "graphite", "price": 10.0, "quantity": 75.0},
            {"supply": "au", "place": "perth", "item": "graphite", "price": 14.0, "quantity": 100.0},
            {"supply": "brine", "place": "windsor", "item": "lithium", "price": 8.0},
        ],
        "demands": [
            {
                "demand": "cars",
                "place": "detroit",
                "item": "cell",
                "period": "2027",
                "quantity": 50.0,
                "penalty": 1000.0,
            },
            {
                "demand": "cars",
                "place": "detroit",
                "item": "cell",
                "period": "2028",
                "quantity": 50.0,
                "penalty": 1000.0,
            },
            {
                "demand": "vans",
                "place": "windsor",
                "item": "cell",
                "period": "2028",
                "quantity": 0.0,
                "penalty": 1000.0,
            },
        ],
    }
    tables |= changes
    return Network.of(**{name: rows for name, rows in tables.items() if rows})
