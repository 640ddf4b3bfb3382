"""What pictures are made of: a frame that scrolls where it is too wide, lines, boxes and texts that keep to their room.

What a mark shows in a tip, under the pointer or with the keyboard, is its ``data-tip``; a mark with ``data-fid`` opens its grounds.
"""

from __future__ import annotations

import math
import unicodedata
from typing import Any, Final

from bongsu.brief.markup import Markup, el
from bongsu.brief.text import Lang, t

#: Width of a picture in its own units.
WIDE: Final = 1060.0


def picture(name: str, height: float, alt: str, lang: Lang, *children: Any) -> Markup:
    """A picture that scrolls sideways where it is too wide for the screen."""
    attrs = {"class": f"picture {name}", "viewBox": f"0 0 {WIDE:.0f} {height:.0f}", "role": "group"}
    attrs |= {"aria-label": t("chart.alt", lang, chart=alt)}
    return el(
        "div", {"class": "wide", "tabindex": "0", "role": "region", "aria-label": alt}, el("svg", attrs, *children)
    )


def wrapped(words: str, room: float, most: int) -> list[str]:
    """A text in at most so many lines; ``room`` is in letters of the Latin alphabet, of which a Korean one takes nearly two."""
    lines: list[str] = []
    for word in words.split():
        if lines and width(f"{lines[-1]} {word}") <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    lines = [line if width(line) <= room else _cut(line, room) for line in lines]
    return lines if len(lines) <= most else [*lines[: most - 1], _cut(f"{lines[most - 1]} \u2026\u2026", room)]


def width(words: str) -> float:
    """Width of a text in Latin letters."""
    return sum(1.75 if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in words)


def _cut(words: str, room: float) -> str:
    if width(words) <= room and not words.endswith("\u2026\u2026"):
        return words
    words = words.removesuffix("\u2026\u2026").rstrip()
    while words and width(words) > room - 1:
        words = words[:-1]
    return words.rstrip(" ,;(") + "\u2026"


def text(x: float, y: float, words: str, name: str = "", anchor: str | None = None) -> Markup:
    """Words at a point, the class ``name``, set at their ``start`` (or ``anchor``)."""
    return el("text", {"x": round(x, 1), "y": round(y, 1), "class": name or None, "text-anchor": anchor}, words)


def rect(x: float, y: float, w: float, h: float, name: str) -> Markup:
    """A box."""
    attrs = {"x": round(x, 1), "y": round(y, 1), "width": round(max(w, 0.0), 1), "height": round(h, 1), "class": name}
    return el("rect", attrs)


def line(x1: float, y1: float, x2: float, y2: float, name: str | None = None) -> Markup:
    """A line."""
    attrs = {"x1": round(x1, 1), "y1": round(y1, 1), "x2": round(x2, 1), "y2": round(y2, 1), "class": name}
    return el("line", attrs)


def round_up(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8, 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))
