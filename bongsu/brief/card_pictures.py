"""Pictures of a card: small, light, and readable in black and white; what they show is said in words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bongsu.brief.card_parts import letters, say, told, value_of
from bongsu.brief.markup import Markup, el
from bongsu.brief.shapes import line, rect, text
from bongsu.brief.text import Lang
from bongsu.committee.docket.card import Amount, Bars, Curve

#: Width of a picture in its own units: about a pixel each in a column of a printed card.
WIDE: Final = 348.0
_ROW, _TALL = 15.0, 60.0


def height(picture: Bars | Curve) -> float:
    """Height of a picture in its own units."""
    return _ROW * len(picture.rows) + 4 if isinstance(picture, Bars) else _TALL


def drawn(picture: Bars | Curve, lang: Lang) -> Markup:
    """A picture with its words."""
    return _bars(picture, lang) if isinstance(picture, Bars) else _curve(picture, lang)


def caption(picture: Bars | Curve, lang: Lang) -> str:
    """What stands under a picture; nothing under bars, whose numbers stand in a table."""
    return "" if isinstance(picture, Bars) else "; ".join(_course(picture, lang))


def _svg(tall: float, words: str, marks: Sequence[Markup]) -> Markup:
    attrs = {"class": "picture", "viewBox": f"0 0 {WIDE:.0f} {tall:.0f}", "role": "img", "aria-label": words}
    return el("svg", attrs, *marks)


def _money(value: float, unit: str, lang: Lang) -> str:
    return value_of(Amount(value, unit, "money"), lang)


# Sums and their parts -------------------------------------------------------------------------------------------------------


def _bars(picture: Bars, lang: Lang) -> Markup:
    """A bar for each sum, of its parts where they are known: what adds runs to the right, what takes away to the left."""
    names = [told(name, lang) for name, _, _ in picture.rows]
    sums = [_money(total, picture.unit, lang) for _, total, _ in picture.rows]
    ends = [end for _, total, parts in picture.rows for end in (total, *_reach(parts))]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    # Names stand on the left, sums behind the bars.
    left = 6.0 + max(map(letters, names)) * 5.4
    right = WIDE - 4.0 - max(map(letters, sums)) * 5.4
    scale = (right - left) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return left + (value - low) * scale

    marks, said = list[Markup](), list[str]()
    for at, (name, total, parts) in enumerate(picture.rows):
        top = 2 + _ROW * at
        marks.append(text(0, top + 11, names[at], "name"))
        told_parts = []
        if all(part is None for part in parts):
            marks.append(_box(x(min(0.0, total)), top + 2, abs(total) * scale, "whole"))
        plus = minus = 0.0
        for kind, part in enumerate(parts):
            if not part:
                continue
            start = plus if part > 0 else minus + part
            plus, minus = (plus + part, minus) if part > 0 else (plus, minus + part)
            marks.append(_box(x(start), top + 2, abs(part) * scale, f"part-{kind}"))
            told_parts.append(f"{told(picture.parts[kind], lang)} {_money(part, picture.unit, lang)}")
        marks.append(line(x(total), top, x(total), top + 13, "net"))
        marks.append(text(max(x(total), x(plus), x(0)) + 4, top + 11, sums[at], "sum"))
        said.append(f"{told(name, lang)} {sums[at]}" + (f" ({', '.join(told_parts)})" if told_parts else ""))
    marks.append(line(x(0), 0, x(0), height(picture), "axis"))
    words = f"{told(picture.title, lang)}{chr(0xA0) if lang == 'fr' else ''}: {'; '.join(said)}"
    return _svg(height(picture), words, marks)


def swatch(kind: int) -> Markup:
    """How bars draw a part."""
    return el("i", {"class": f"swatch part-{kind}", "aria-hidden": "true"})


def _reach(parts: Sequence[float | None]) -> tuple[float, float]:
    known = [part for part in parts if part is not None]
    return sum(part for part in known if part < 0), sum(part for part in known if part > 0)


def _box(x: float, y: float, wide: float, name: str) -> Markup:
    return rect(x, y, max(wide, 0.6), 9, name)


# An amount by year ----------------------------------------------------------------------------------------------------------


def _course(picture: Curve, lang: Lang) -> list[str]:
    """The lowest point, the return above zero and the end, in words."""
    year, least = min(picture.points, key=lambda point: point[1])
    last, end = picture.points[-1]
    words = [say("picture.lowest", lang, value=_money(least, picture.unit, lang), year=year)]
    back = _back(picture)
    words.append(say("picture.zero", lang, year=back) if back is not None else say("picture.never", lang))
    return [*words, say("picture.end", lang, value=_money(end, picture.unit, lang), year=last)]


def _back(picture: Curve) -> int | None:
    """The first year from which on the amount stays at or above zero; None where it does not."""
    below = [at for at, (_, value) in enumerate(picture.points) if value < 0]
    after = below[-1] + 1 if below else 0
    return picture.points[after][0] if after < len(picture.points) else None


def _curve(picture: Curve, lang: Lang) -> Markup:
    """A column for each year, below or above zero, with the first and the last year and the year of the return."""
    years = [year for year, _ in picture.points]
    values = [value for _, value in picture.points]
    low, high = min(0.0, *values), max(0.0, *values)
    top, bottom, left, right = 4.0, _TALL - 13, 2.0, WIDE - 2
    scale, step = (bottom - top) / ((high - low) or 1.0), (right - left) / len(years)

    def y(value: float) -> float:
        return top + (high - value) * scale

    marks = [
        rect(left + step * at + step * 0.15, y(max(value, 0.0)), step * 0.7, max(abs(value) * scale, 0.4),
             "below" if value < 0 else "above")
        for at, value in enumerate(values)
    ]  # fmt: skip
    marks.append(line(left, y(0), right, y(0), "axis"))
    back = _back(picture)
    named = {0: "start", len(years) - 1: "end"}
    if back is not None and step * 4 < step * years.index(back) < right - step * 4:
        named[years.index(back)] = "middle"
    for at, anchor in named.items():
        x = {"start": left, "end": right}.get(anchor, left + step * (at + 0.5))
        marks.append(text(x, _TALL - 2, str(years[at]), "name", anchor))
    words = f"{told(picture.title, lang)}{chr(0xA0) if lang == 'fr' else ''}: {'; '.join(_course(picture, lang))}"
    return _svg(_TALL, words, marks)
