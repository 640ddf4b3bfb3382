"""Rates of return in words: what the signs of a cash flow say, and why there is no rate where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from bongsu.answers.figure import LANGUAGES, Node
from bongsu.committee.attract.measures import Return, Signs
from bongsu.committee.words import said

ROOM = "attract"
#: More roots than these tell a reader nothing; the tree has them all.
_FEW = 4


def roots(found: Return) -> tuple[float, ...]:
    """Every rate at which the present value is zero, the lowest first."""
    return () if found.rate is None else tuple(sorted((found.rate, *found.others)))


def single(found: Return) -> float | None:
    """The rate of a flow; None where there is none, or where there are several, of which none is the rate of the project."""
    return found.rate if len(roots(found)) == 1 else None


def told(found: Return) -> dict[str, str]:
    """One sentence on the rate of a flow in the three languages: that there is one, or why there is none."""
    every = roots(found)
    if found.signs is Signs.NONE:
        return said(ROOM, "signs.none.out" if found.first < 0 else "signs.none.in" if found.first > 0 else "signs.none")
    if found.signs is Signs.ONE:
        return said(ROOM, "signs.one" if every else "signs.one.none")
    if len(every) > _FEW:
        return said(ROOM, "signs.several.many", n=found.changes, m=len(every))
    key = {0: "signs.several.none", 1: "signs.several.one"}.get(len(every), "signs.several")
    rates = {lang: ", ".join(percent(rate)[lang] for rate in every) for lang in LANGUAGES}
    return said(ROOM, key, n=found.changes, rates=rates)


def returned(key: str, found: Return, children: Sequence[Node] = (), rests: Sequence[Node] = ()) -> Node:
    """A rate of return as a figure: first what its signs say, then its reasons, every root, and the modified rate.

    Args:
        key: phrase of the room.
        found: the rate.
        children: reasons of the rate.
        rests: what the rate of discount of the modified rate rests on.
    """
    every = roots(found)
    extra = [_share("irr.other", rate) for rate in every] if len(every) > 1 else []
    if found.modified is not None:
        extra.append(_share("mirr", found.modified, tuple(rests)))
    why = Node(told(found), None)
    return _share(key, single(found), (why, *children, *extra))


def _share(key: str, value: float | None, children: tuple[Node, ...] = ()) -> Node:
    return Node(said(ROOM, key), value, "share", "share", children=children)


def percent(share: float, places: int = 1) -> dict[str, str]:
    """A share in per cent with so many decimals, by language.

    >>> percent(-0.034)["en"]
    '−3.4%'
    """
    text = f"{share * 100:.{places}f}".replace("-", "\u2212")
    return {lang: text.replace(".", ",") + "\u202f%" if lang == "fr" else text + "%" for lang in LANGUAGES}
