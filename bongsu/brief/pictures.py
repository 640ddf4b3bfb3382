"""Pictures of the stress page: lines and boxes that stand in the page itself, without a script.

What a mark shows in a tip, under the pointer or with the keyboard, is its ``data-tip``; a mark with ``data-fid`` opens its grounds.
Each picture has a table with the same numbers beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from bongsu.brief.markup import Markup, el
from bongsu.brief.numbers import Record
from bongsu.brief.shapes import WIDE, line, picture, rect, round_up, text, width, wrapped
from bongsu.brief.text import Lang, figure, label, local, t, unit_name

#: Items of a tier that are drawn; the others are counted.
_DRAWN: Final = 9


# --- exposure, tier by tier -------------------------------------------------------------------------------------------


def tiers(exposure: Record, alt: str, lang: Lang) -> Markup:
    """What hangs on what is hit: a column for each step, a bar for each item with the share of it that is at risk."""
    steps = sorted({row["step"] for row in exposure["tiers"]})
    columns = [[row for row in exposure["tiers"] if row["step"] == step] for step in steps]
    across = WIDE / len(steps)
    room, bar, pitch, top = (across - 44) / 6.1, across - 40, 68.0, 34.0
    height = top + pitch * max(min(len(own), _DRAWN) + (len(own) > _DRAWN) for own in columns)
    stand: dict[str, tuple[float, float]] = {}
    marks: list[Markup] = []
    for at, (step, own) in enumerate(zip(steps, columns, strict=True)):
        left = at * across
        heads = t("stress.step.first" if step == steps[0] else "stress.step", lang, n=step)
        marks.append(text(left, 14, heads, "heading"))
        for k, row in enumerate(own[:_DRAWN]):
            y = top + pitch * k
            stand[row["item"]] = (left, y + 42)
            marks.append(_tier(row, left, y, bar, room, lang))
        if len(own) > _DRAWN:
            marks.append(text(left, top + pitch * _DRAWN + 12, t("stress.more", lang, n=len(own) - _DRAWN), "soft"))
    ways = [
        _way(stand[a], stand[b], bar)
        for a, b in exposure["links"]
        if a in stand and b in stand and stand[a][0] < stand[b][0]
    ]
    return picture("tiers", height, alt, lang, ways, marks)


def _tier(row: Record, x: float, y: float, bar: float, room: float, lang: Lang) -> Markup:
    name, share = local(row["item_name"], lang), figure(row["share"], "share", "1", lang)
    trust = t("stress.trust_of", lang, trust=label("stress.trust", row["trust"] or "none", lang))
    amount = t("stress.at_risk", lang, amount=figure(row["at_risk"], "number", row["unit"] or "1", lang), share=share)
    instead = [local(one["name"], lang) for one in row["substitutes"][:2]]
    other = t("stress.instead", lang, what=", ".join(instead)) if instead else t("stress.no_instead", lang)
    lines = wrapped(name, room, 2)
    words = [text(x, y + 13 + 14 * k, line) for k, line in enumerate(lines)]
    attrs = {
        "class": f"tier t-{row['trust'] or 'none'}", "tabindex": "0", "role": "button", "data-fid": row["fid"],
        "data-tip": "\n".join((name, amount, other, trust)), "aria-label": f"{name}: {amount}. {trust}",
    }  # fmt: skip
    return el(
        "g",
        attrs,
        words,
        rect(x, y + 35, bar, 13, "whole"),
        rect(x, y + 35, bar * min(row["share"], 1.0), 13, "risk"),
        text(x + bar - 4 if row["share"] < 0.72 else x + 5, y + 45.5, share, "share" if row["share"] < 0.72 else "share on",
              "end" if row["share"] < 0.72 else None),
    )  # fmt: skip


def _way(start: tuple[float, float], end: tuple[float, float], bar: float) -> Markup:
    x1, y1, x2, y2 = start[0] + bar, start[1], end[0], end[1]
    middle = (x1 + x2) / 2
    if x2 - x1 > 60:
        # Over a column in between: the bend stays in the gap after it.
        middle = x2 - 20
    path = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return el("path", {"class": "way", "d": path})


# --- survival against recovery ----------------------------------------------------------------------------------------


def standing(row: Record) -> str:
    """Where a loss stands: ``exposed`` below the line at both ends of its range, ``perhaps`` at one, ``spared``, or ``open``."""
    if row["recover"] is None:
        return "open"
    if row["low"] is None or row["low"] >= row["recover"]:
        return "spared"
    return "exposed" if row["high"] is not None and row["high"] < row["recover"] else "perhaps"


def survival(part: Record, alt: str, lang: Lang) -> Markup:
    """Each loss by its time to recover (across) and to survive (up), from the low to the high end of what is unknown.

    Below the line, where both times are equal, a loss is felt before it is over. What survives beyond the picture, or for ever,
    ends in the strip above it; what has no known time to recover stands in the strip at the right. Where all take the same time to
    recover the line is level and they stand side by side.
    """
    nodes = part["nodes"]
    times = sorted({row["recover"] for row in nodes if row["recover"] is not None})
    open_ = any(row["recover"] is None for row in nodes)
    most = round_up(times[-1] * 1.8 if times else max((row["low"] or 0.0 for row in nodes), default=1.0) or 1.0)
    left, right, top, bottom, height = 62.0, 958.0 if open_ and times else 1050.0, 52.0, 400.0, 446.0

    def up(days: float | None) -> float:
        return top - 22 if days is None or days > most else bottom - (bottom - top) * days / most

    def across(days: float | None) -> float:
        if days is None:
            return (right + WIDE) / 2 if times else (left + right) / 2
        return (left + right) / 2 if len(times) == 1 else left + (right - left) * days / most

    ticks = [most * k / 4 for k in range(5)]
    marks: list[Any] = _line_of_equals(times, most, left, right, up, lang)
    for tick in ticks:
        marks += [
            line(left, up(tick), right, up(tick)),
            text(left - 8, up(tick) + 4, _short(tick, lang), "tick", "end"),
        ]
        if len(times) > 1:
            marks.append(text(across(tick), bottom + 18, _short(tick, lang), "tick", "middle"))
    marks += [
        text(left, 14, t("stress.axis.survive", lang, unit=unit_name("day", lang)), "heading"),
        rect(left, top - 32, right - left, 20, "beyond"),
        text(left + 6, top - 18, t("stress.axis.beyond", lang, days=figure(most, "number", "day", lang)), "soft"),
    ]
    if len(times) > 1:
        marks.append(
            text(right, height - 6, t("stress.axis.recover", lang, unit=unit_name("day", lang)), "heading", "end")
        )
    if open_:
        marks.append(text(across(None), bottom + 18, t("stress.axis.open", lang), "tick", "middle"))
    groups: dict[float | None, list[Record]] = {}
    for row in nodes:
        groups.setdefault(row["recover"], []).append(row)
    wide = 84.0 if len(groups) > 1 else 0.9 * (right - left)
    for recover, own in groups.items():
        step = min(22.0, wide / len(own))
        for k, row in enumerate(sorted(own, key=lambda one: (one["low"] is None, one["low"] or 0.0))):
            x = across(recover) + step * (k - (len(own) - 1) / 2)
            marks.append(_life(row, min(max(x, left + 5), WIDE - 6), up(row["low"]), up(row["high"]), lang))
    return picture("lives", height, alt, lang, marks)


def _line_of_equals(
    times: Sequence[float], most: float, left: float, right: float, up: Callable[[float], float], lang: Lang
) -> list[Any]:
    """Where the time to survive equals the time to recover, and what lies below: there a loss is felt before it is over."""
    if not times:
        return []
    start, end = (times[0], times[0]) if len(times) == 1 else (0.0, most)
    corners = ((left, up(0.0)), (left, up(start)), (right, up(end)), (right, up(0.0)))
    area = el("polygon", {"class": "felt", "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)})
    said = (
        t("stress.axis.even", lang)
        if len(times) > 1
        else t("stress.tip.recover", lang, days=figure(times[0], "number", "day", lang))
    )
    place = (
        (right - 8, up(start) - 6, "end")
        if len(times) == 1
        else (left + 0.9 * (right - left), up(end * 0.9) - 10, "end")
    )
    return [
        area,
        line(left, up(start), right, up(end), "even"),
        text(place[0], place[1], said, "soft", place[2]),
        text(right - 8, up(0.0) - 10, t("stress.axis.felt", lang), "soft", "end"),
    ]


def _short(value: float, lang: Lang) -> str:
    return figure(value, "number", "1", lang)


def _life(row: Record, x: float, low: float, high: float, lang: Lang) -> Markup:
    name = local(row["name"], lang)
    days = figure(row["low"], "number", "day", lang)
    to = t("stress.for_ever", lang) if row["high"] is None else figure(row["high"], "number", "day", lang)
    spans = days if row["low"] == row["high"] else t("stress.range", lang, low=days, high=to)
    lines = [name, t("stress.tip.survive", lang, days=spans)]
    if row["recover"] is not None:
        lines.append(t("stress.tip.recover", lang, days=figure(row["recover"], "number", "day", lang)))
    if row["lost_share"]:
        lines.append(t("stress.tip.lost", lang, share=figure(row["lost_share"], "share", "1", lang)))
    attrs = {
        "class": f"life s-{standing(row)}", "tabindex": "0", "role": "button", "data-fid": row["fid"],
        "data-tip": "\n".join(lines), "aria-label": ". ".join(lines), "data-node": f"{row['kind']}:{row['node']}",
    }  # fmt: skip
    dot = el("circle", {"cx": round(x, 1), "cy": round(low, 1), "r": 4.6})
    return el(
        "g", attrs, rect(x - 6, min(low, high) - 6, 12, abs(low - high) + 12, "catch"), line(x, low, x, high), dot
    )


# --- bars -------------------------------------------------------------------------------------------------------------


def bars(rows: Sequence[tuple[str, float, str]], unit: str, alt: str, lang: Lang) -> Markup:
    """Amounts of money as bars to the right: name, amount, and the class of the bar."""
    most = max((abs(amount) for _, amount, _ in rows), default=0.0) or 1.0
    names, pitch = 300.0, 34.0
    marks = []
    for k, (name, amount, kind) in enumerate(rows):
        y = 8 + pitch * k
        long = max((WIDE - names - 190) * max(amount, 0.0) / most, 1.0)
        shown = figure(amount, "money", unit, lang, prose=True)
        marks += [
            text(names - 10, y + 16, wrapped(name, 42, 1)[0], kind, "end"),
            rect(names, y, long, 22, f"rod {kind}"),
            text(names + long + 8, y + 16, shown, kind),
        ]
    return picture("bars", 12 + pitch * len(rows), alt, lang, marks)


def years(rows: Sequence[Record], alt: str, lang: Lang) -> Markup:
    """Plants that stop, and plants that make less, year by year."""
    most = max(row["less"] for row in rows) or 1
    across, top, bottom = min(120.0, WIDE / len(rows)), 20.0, 150.0
    marks: list[Markup] = [line(0, bottom, across * len(rows), bottom, "axis")]
    for k, row in enumerate(rows):
        x, w = across * k + across * 0.16, across * 0.68
        for key in ("less", "stopped"):
            h = (bottom - top) * row[key] / most
            marks.append(rect(x, bottom - h, w, h, f"rod {key}"))
        said = t("stress.years.of", lang, stopped=row["stopped"], less=row["less"])
        marks.append(text(x + w / 2, bottom - (bottom - top) * row["less"] / most - 5, said, "tick", "middle"))
        marks.append(text(x + w / 2, bottom + 17, str(row["year"]), "tick", "middle"))
    return picture("years", 174, alt, lang, marks)


__all__ = ["bars", "standing", "survival", "tiers", "width", "wrapped", "years"]
