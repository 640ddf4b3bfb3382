"""Names that a misspelt one may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


def near(name: str, known: Iterable[str], most: int = 3, cutoff: float = 0.7) -> list[str]:
    """Known names like a given one, the likest first; what is much less like it than the best is left out.

    >>> near("ca-on-windosr", ["ca-on-windsor", "ca-on-kenora", "ca-on-timmins"])
    ['ca-on-windsor']
    """
    found = get_close_matches(name, list(known), n=most, cutoff=cutoff)
    like = [SequenceMatcher(None, name, one).ratio() for one in found]
    return [one for one, ratio in zip(found, like, strict=True) if ratio > max(like) - 0.1]
