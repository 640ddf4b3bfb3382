"""Words of three languages brought to one form, and how well two of them agree.

Written in any of the three languages, a name is compared in one form: Unicode-composed, case folded, accents and punctuation gone,
Hangul as it is. Korean is compared without spaces as well, as its spacing varies (``건식 전극``, ``건식전극``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

#: Least agreement at which a phrase counts as found.
LEAST = 0.5
#: Agreement of a phrase that holds all words of the other and more, before its share of words is added.
_PART = 0.6
_WORDS = re.compile(r"[^\w]+")
_HANGUL = re.compile(r"[가-힣]")


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A text in the form in which it is compared; applying it twice changes nothing more."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    # Case folding may bring back what decomposition took away (ŉ, ΐ), so it is done between the two.
    folded = "".join(c for c in unicodedata.normalize("NFKD", bare.casefold()) if not unicodedata.combining(c))
    return " ".join(_WORDS.sub(" ", unicodedata.normalize("NFC", folded)).replace("_", " ").split())


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """The words of a text in normal form, plural s and x of Latin words of four letters and more taken off."""
    return frozenset(_singular(word) for word in normal(text).split())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" and word.isascii() and not word.endswith("ss") else word


def agreement(asked: str, phrase: str) -> float:
    """How well two phrases agree, 0 to 1; the same whichever is asked.

    1 = the same words, or the same Korean without its spaces. Where one holds all words of the other: 0.6 and 0.4 times the share
    of its words that the other has. Else Dice's coefficient of the words, times 0.7.
    """
    one, other = words(asked), words(phrase)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    shut, open_ = normal(asked).replace(" ", ""), normal(phrase).replace(" ", "")
    if shut == open_:
        return 1.0
    few, many = sorted((one, other), key=len)
    found = 0.7 * 2 * len(one & other) / (len(one) + len(other))
    if few < many:
        found = _PART + (1 - _PART) * len(few) / len(many)
    if _HANGUL.search(shut) and _HANGUL.search(open_):
        short, long = sorted((shut, open_), key=len)
        if len(short) > 1 and short in long:
            found = max(found, _PART + (1 - _PART) * len(short) / len(long))
    return found


def best(asked: str, phrases: Iterable[str]) -> float:
    """The best agreement with any of several phrases; 0 where there is none."""
    return max((agreement(asked, phrase) for phrase in phrases), default=0.0)


def near(asked: str, phrases: Iterable[str], count: int = 3) -> list[str]:
    """Phrases that are written much alike, nearest first: what may have been meant."""
    by_form = {normal(phrase): phrase for phrase in phrases}
    return [by_form[form] for form in get_close_matches(normal(asked), sorted(by_form), count, 0.6)]
