"""French spaces and apostrophes, and Korean particles.

Texts are kept as people type them; they are set when they are read (:func:`french`) or filled in (:func:`korean`).
"""

from __future__ import annotations

import re

_THIN, _FIXED = "\u202f", "\u00a0"
#: What is searched, and what is put in its place, in order.
_FRENCH = (
    (re.compile(r"(?<=\w)'(?=[\w«])"), "\u2019"),
    (re.compile(r"(?<=\S)[ \u00a0](?=[;!?%»])"), _THIN),
    (re.compile(r"(?<=\S) (?=:(?:\s|$))"), _FIXED),
    (re.compile(r"«[ \u00a0]"), "«" + _THIN),
    # Thousands, and a number with its unit, stay on one line.
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), _THIN),
    (re.compile(r"(?<=[\d}]) (?=(?:[kMG]?Wh|kW|kg|t|lb|USD|CAD|KRW|M?\$|milliards?|millions?)\b|\$)"), _FIXED),
    (re.compile(r"(?<=\bde) (?=\$)"), _FIXED),
    (re.compile(r"\$ (?=US\b)"), "$" + _FIXED),
)
#: Korean particles that depend on whether the word before them ends in a consonant.
_PARTICLES = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
_OPEN = re.compile("|".join(re.escape(key) for key in _PARTICLES))
_PERCENT = re.compile(r"(?<=[\d}]) %")
_CLOSERS = " \u00a0)]»”’\"'"


def french(text: str) -> str:
    """A French text with typographic apostrophes, and with no-break spaces before high punctuation, within quotes, between
    thousands, and before units and signs."""
    for pattern, to in _FRENCH:
        text = pattern.sub(to, text)
    return text


def korean(text: str) -> str:
    """A Korean text in which each open particle, such as 을(를), has the form that the word before it asks for, and the percent
    sign stands at its number."""
    text = _PERCENT.sub("%", text)
    return _OPEN.sub(lambda found: particle(text[: found.start()], found[0]), text)


def particle(before: str, open_: str) -> str:
    """The form of an open particle after a text; as it is where no word stands before it."""
    word = before.rstrip(_CLOSERS)
    if not word:
        return open_
    closed, liquid = ending(word)
    with_consonant, without = _PARTICLES[open_]
    return without if not closed or (open_ == "(으)로" and liquid) else with_consonant


def starts_with_particle(text: str) -> str | None:
    """The open particle with which a text begins; None if it begins otherwise."""
    return next((key for key in _PARTICLES if text.startswith(key)), None)


def ending(word: str) -> tuple[bool, bool]:
    """Whether a word, as it is spoken in Korean, ends in a consonant, and whether that consonant is ㄹ.

    Digits are read as Sino-Korean numbers, capitals as names of letters, other Latin words by their last letters.
    """
    last = word[-1:]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        return final != 0, final == 8
    if last.isdigit():
        # Zeros are read as 십, 백, 천, 만 or 영: all closed.
        return last in "013678", last in "178"
    if last.isupper():
        return last in "LMNR", last in "LR"
    return last in "lmn" or word[-2:] == "ng", last == "l"
