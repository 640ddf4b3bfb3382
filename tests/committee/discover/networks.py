"""A network so small that every answer can be worked out in the head.

A city wants 100 a year in three periods. It can buy at 10 abroad (freight 1). A plant at the site would need ore (1, freight 1),
cost 2 to run and 3 a year to have, and send its goods for 1: each unit of it in use saves 11 - 5 = 6 a year, 3 after its own cost.
A second site is dearer by 1 to have. Ore is offered up to 150.
"""

from __future__ import annotations

from bongsu.chain.network import Network

ONE, TWO = "new:make@site", "new:make@other"
WANTED, SAVED, YEARLY = 100.0, 6.0, 3.0


def network(*options: str) -> Network:
    sites = [one.partition("@")[2] for one in options]
    return Network.of(
        periods=[{"period": str(year)} for year in (1, 2, 3)],
        items=[{"item": "ore", "unit": "t"}, {"item": "goods", "unit": "t"}],
        places=[{"place": place} for place in ("mine", "site", "other", "city", "abroad")],
        plants=[{"plant": f"new:make@{site}", "place": site} for site in sites],
        modes=[{"mode": f"m:{site}", "plant": f"new:make@{site}", "process": "make", "cost": 2.0} for site in sites],
        recipes=[
            {"process": "make", "item": "ore", "amount": -1.0},
            {"process": "make", "item": "goods", "amount": 1.0},
        ],
        lanes=[
            {"lane": "goods|abroad|city", "from": "abroad", "to": "city", "item": "goods", "cost": 1.0},
            *(
                row
                for site in sites
                for row in (
                    {"lane": f"ore|mine|{site}", "from": "mine", "to": site, "item": "ore", "cost": 1.0},
                    {"lane": f"goods|{site}|city", "from": site, "to": "city", "item": "goods", "cost": 1.0},
                )
            ),
        ],
        supplies=[
            {"supply": "goods@abroad", "place": "abroad", "item": "goods", "price": 10.0},
            {"supply": "ore@mine", "place": "mine", "item": "ore", "price": 1.0, "quantity": 150.0},
        ],
        demands=[{"demand": "goods@city", "place": "city", "item": "goods", "quantity": WANTED, "penalty": 50.0}],
        options=[
            {
                "option": f"new:make@{site}",
                "plant": f"new:make@{site}",
                "annual_cost": YEARLY + (site == "other"),
                "max_size": 400.0,
            }
            for site in sites
        ],
    )
