"""Names like one that is not there, for the sentence that refuses it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

#: Names spelled nearly alike that are told at most.
_ALIKE = 3
#: How much less alike than the likest a name may be and still be told.
_BEHIND = 0.1


def near(name: str, among: Iterable[str], most: int = 10) -> list[str]:
    """The names that a wrong one most likely stood for: those that begin with it, else those that hold it, else those spelled
    nearly alike. None where there is none: a number in a name is told from another number, not taken for a slip.

    Example:
        >>> near("us-section-23", ["us-section-122", "us-section-232-autos"])
        ['us-section-232-autos']
        >>> near("us-section-999", ["us-section-122", "us-section-232-autos"])
        []
        >>> near("ca-on-windosr", ["ca-on-windsor", "ca-on-kenora", "ca-on-timmins"])
        ['ca-on-windsor']
    """
    asked, known = name.strip().casefold(), {one.casefold(): one for one in among}
    for fits in (str.startswith, str.__contains__):
        found = [one for form, one in known.items() if len(asked) > 1 and fits(form, asked)]
        if found:
            return found[:most]
    close = [one for one in get_close_matches(asked, known, n=len(known) or 1) if _numbers_agree(asked, one)]
    like = [SequenceMatcher(None, one, asked).ratio() for one in close]
    told = [known[one] for one, ratio in zip(close, like, strict=True) if ratio > max(like) - _BEHIND]
    return told[: min(most, _ALIKE)]


def _numbers_agree(asked: str, other: str) -> bool:
    """Whether each number asked for begins one of the other name, or begins with it."""
    there = re.findall(r"\d+", other)
    given = re.findall(r"\d+", asked)
    return all(any(one.startswith(own) or own.startswith(one) for one in there) for own in given)
