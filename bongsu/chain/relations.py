"""Stated relations between sellers and buyers (table ``links``): which of them stand, and for how much."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bongsu.atlas import Atlas

#: States of a relation that is over.
ENDED = ("broken", "cancelled")


def standing(atlas: Atlas, year: int) -> list[dict[str, Any]]:
    """Rows of relations that are not over before a year, in the order of the table.

    A relation has ended when a row of the same seller, buyer and item is broken or cancelled by the date of knowledge, or ran out
    before the year. With it go all its rows that began, or were known, no later than the row that ends it.
    """
    relations: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in atlas["links"].iter_rows(named=True):
        relations.setdefault((row["seller"], row["buyer"], row["item"]), []).append(row)
    result = []
    for stated in relations.values():
        over = [row for row in stated if _ends(row, atlas.known, year)]
        for row in stated:
            gone = row["state"] in ENDED or any(
                row["valid_from"] <= end["valid_from"] or row["known_from"] <= end["known_from"] for end in over
            )
            if not gone:
                result.append(row)
    return result


def _ends(row: dict[str, Any], known: dt.date, year: int) -> bool:
    """Whether a row ends its relation."""
    if row["state"] in ENDED:
        return bool(row["valid_from"] <= known)
    return row["valid_to"] is not None and row["valid_to"].year < year
