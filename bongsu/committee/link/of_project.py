"""The links of a project: who would sell it what it needs, and who would buy what it makes."""

from __future__ import annotations

from typing import Any

import polars as pl

from bongsu.answers.figure import names
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.link.need import Need, Offer, Party
from bongsu.committee.link.rank import ROOM, Ranking, buyers, sellers
from bongsu.committee.project import Project
from bongsu.plan.plan import Plan

_COLUMNS = (
    *("rank", "seller", "seller_en", "seller_ko", "seller_fr", "buyer", "buyer_en", "buyer_ko", "buyer_fr"),
    *(
        "price",
        "freight",
        "duty",
        "credit",
        "delivered",
        "value",
        "netback",
        "own_cost",
        "free_low",
        "free",
        "available",
    ),
    *("award", "delivery_share", "days", "rank_best", "rank_worst", "obstacles"),
)


def links_of(chain: Chain, plan: Plan, project: Project, *, top: int = 3, ranking: Ranking | None = None) -> Answer:
    """The best sellers of each input of a project and the best buyers of each of its products, in its first year.

    Tables ``links_inputs`` and ``links_outputs``: one row for each partner, with ``item``, ``quantity`` a year at full size,
    ``year`` and ``found`` (part of the quantity that those who are feasible could supply or take). A project that begins
    after the plan is looked at in the plan's last year. What is used up on the spot without a market (electricity, water)
    is no item.

    Args:
        top: partners of each item; ``ranking``: of the plan, where several projects are looked at.

    Raises:
        ValueError: the process has no recipe, or the plan was not solved.
    """
    year = min(max(project.start, chain.years[0]), chain.years[-1])
    place = chain.atlas.row("places", project.place)
    if place is None:
        raise ValueError(f"project {project.project}: there is no place {project.place!r}")
    party = Party(
        project.place, project.place, str(place["country"]), None, names(chain.atlas, "places", project.place)
    )
    amounts = recipe_of(chain, project.process, year)
    if not amounts:
        raise ValueError(f"project {project.project}: no recipe is known of {project.process!r}")
    main = str((chain.atlas.row("processes", project.process) or {})["main_item"])
    scale = project.size / abs(amounts[main])
    ranking = ranking or Ranking.of(chain, plan)
    answer = Answer(ROOM)
    inputs: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    for item, amount in amounts.items():
        quantity = abs(amount) * scale
        if amount < 0:
            own = sellers(chain, plan, Need(item, party, (year,), quantity), top=top, ranking=ranking)
            inputs += _best(own.tables["sellers"], item, year, quantity, top)
        else:
            own = buyers(chain, plan, Offer(item, party, (year,), quantity), top=top, ranking=ranking)
            outputs += _best(own.tables["buyers"], item, year, quantity, top)
        kept = {
            name: node for name, node in own.figures.items() if name.startswith(("link.delivered:", "link.netback:"))
        }
        answer |= Answer(ROOM, kept)
    return answer | Answer(ROOM, {}, {"links_inputs": _table(inputs), "links_outputs": _table(outputs)})


def recipe_of(chain: Chain, process: str, year: int) -> dict[str, float]:
    """Amounts of a process by item in a year: of several rows the last that began and holds."""
    found: dict[str, float] = {}
    for row in chain.atlas["recipes"].sort("valid_from", maintain_order=True).iter_rows(named=True):
        begun = row["valid_from"] is None or row["valid_from"].year <= year
        over = row["valid_to"] is not None and row["valid_to"].year < year
        if row["process"] == process and begun and not over:
            found[row["item"]] = float(row["amount"])
    return found


def _best(table: pl.DataFrame, item: str, year: int, quantity: float, top: int) -> list[dict[str, Any]]:
    able = table.filter(pl.col("feasible"))
    reached = float(able["award"].sum() or 0.0) / quantity
    rows = able.head(top).to_dicts() or [dict.fromkeys(_COLUMNS)]
    head = {"item": item, "year": year, "quantity": quantity, "found": min(1.0, reached)}
    return [head | {name: row.get(name) for name in _COLUMNS} for row in rows]


def _table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    texts = (
        "item",
        "seller",
        "buyer",
        "obstacles",
        *(f"{side}_{lang}" for side in ("seller", "buyer") for lang in ("en", "ko", "fr")),
    )
    whole = ("year", "rank", "rank_best", "rank_worst")
    schema: dict[str, Any] = {
        name: pl.String if name in texts else pl.Int64 if name in whole else pl.Float64
        for name in ("item", "year", "quantity", "found", *_COLUMNS)
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
