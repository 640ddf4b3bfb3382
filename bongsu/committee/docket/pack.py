"""The quarterly pack: all items with their cards, what was decided in the quarter, what falls due and what is late."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bongsu.committee.docket.card import Card
from bongsu.committee.docket.item import Decision, Item, Step

_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")


def quarter_of(day: dt.date) -> str:
    """The quarter of a day, as ``2026Q4``."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def span(quarter: str) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter.

    Raises:
        ValueError: the text names no quarter.
    """
    found = _QUARTER.fullmatch(quarter.strip())
    if found is None:
        raise ValueError(f"{quarter!r} is no quarter; write it as 2026Q4")
    year, number = int(found[1]), int(found[2])
    first = dt.date(year, 3 * number - 2, 1)
    after = dt.date(year + 1, 1, 1) if number == 4 else dt.date(year, 3 * number + 1, 1)
    return first, after - dt.timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """Something with a day: an item to be decided (``step`` None) or a step to be done."""

    item: Item
    day: dt.date
    step: Step | None = None


@dataclass(frozen=True)
class Pack:
    """A pack for a quarter, as it stands on a day.

    Attributes:
        quarter, first, last: which quarter.
        today: day of the pack; what is overdue is so on that day.
        cards: one per item, open and late ones first.
        decided: entries of the logs of the quarter, oldest first, those taken back among them.
        due: what is still to be decided or done and falls due between today and the end of the quarter.
        overdue: what is still to be decided or done and was due before today, whichever quarter.
    """

    quarter: str
    first: dt.date
    last: dt.date
    today: dt.date
    items: tuple[Item, ...]
    cards: tuple[Card, ...]
    decided: tuple[tuple[Item, Decision], ...]
    due: tuple[Due, ...]
    overdue: tuple[Due, ...]

    @classmethod
    def of(cls, items: Iterable[Item], quarter: str, today: dt.date, cards: Mapping[str, Card] | None = None) -> Pack:
        """The pack of items; ``cards`` gives a richer card for some, by identifier.

        Raises:
            ValueError: the text names no quarter.
        """
        first, last = span(quarter)
        order = {"overdue": 0, "late": 1, "open": 2, "decided": 3, "done": 4}
        held = sorted(items, key=lambda one: (order[one.state(today)], one.due or dt.date.max, one.id))
        decided = [
            (item, entry)
            for item in held
            for entry in item.decisions
            if first <= entry.on <= last and entry.on <= today
        ]
        waiting = [one for item in held for one in _waiting(item, today)]
        waiting.sort(key=lambda one: (one.day, one.item.id))
        return cls(
            quarter_of(first),
            first,
            last,
            today,
            tuple(held),
            tuple((cards or {}).get(item.id) or Card.of_item(item, today=today) for item in held),
            tuple(sorted(decided, key=lambda pair: (pair[1].on, pair[0].id))),
            tuple(one for one in waiting if today <= one.day <= last),
            tuple(one for one in waiting if one.day < today),
        )


def _waiting(item: Item, today: dt.date) -> Iterable[Due]:
    if item.decision is None and item.due is not None:
        yield Due(item, item.due)
    for step in item.followup:
        if step.due is not None and (step.done is None or step.done > today):
            yield Due(item, step.due, step)
