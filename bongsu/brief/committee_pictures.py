"""Pictures of the committee's page: worth and gates of projects, investment against worth, money by year, what moves it, places,
ranges for a region, and who supplies whom. Each has a table with the same numbers beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from bongsu.brief.markup import Markup, el
from bongsu.brief.numbers import Record
from bongsu.brief.shapes import WIDE, line, picture, rect, round_up, text, width, wrapped
from bongsu.brief.text import Lang, figure, has, label, local, t

#: Drivers and years of a label that are drawn; tables have all.
_DRIVERS: Final = 9
_SIGNS: Final = {"pass": "\u2713", "fail": "\u2715", "undetermined": "?"}

Scale = Callable[[float], float]


def _money(value: float | None, unit: str, lang: Lang) -> str:
    return figure(value, "money", unit, lang, prose=True)


def _pair(name: str, value: str, lang: Lang) -> str:
    return t("committee.pair", lang, name=name, value=value)


def _mark(name: str, lines: Sequence[str], fid: str | None, *children: Any) -> Markup:
    """A mark that says its lines in a tip, and opens the grounds of its figure where it has one."""
    attrs = {
        "class": name, "tabindex": "0", "role": "button" if fid else "img", "data-fid": fid, "data-tip": "\n".join(lines),
        "aria-label": ". ".join(lines),
    }  # fmt: skip
    return el("g", attrs, *children)


def _name(
    x: float, y: float, words: str, room: float, most: int, anchor: str | None = None, name: str = ""
) -> list[Markup]:
    """A name in lines around the height ``y``."""
    lines = wrapped(words, room, most)
    return [text(x, y + 4 + 13.5 * (k - (len(lines) - 1) / 2), one, name, anchor) for k, one in enumerate(lines)]


def _across(low: float, high: float, left: float, right: float) -> Scale:
    span = (high - low) or 1.0
    return lambda value: left + (right - left) * (value - low) / span


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers from ``low`` to ``high``, about so many.

    >>> ticks(-3, 7)
    [-2.0, 0.0, 2.0, 4.0, 6.0]
    """
    if not high > low:
        return [low]
    step = round_up((high - low) / count / 1.5)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


# --- parts that add up ------------------------------------------------------------------------------------------------


def _stack(
    row: Record, parts: Sequence[str], x: Scale, y: float, height: float, group: str, unit: str, lang: Lang
) -> list[Any]:
    """Parts of a sum end to end: what adds to the right of zero, what takes away to the left."""
    found = []
    right = left = 0.0
    for part in parts:
        value = row.get(part)
        if not value:
            continue
        start, right, left = (right, right + value, left) if value > 0 else (left + value, right, left + value)
        said = _pair(t(f"{group}.{part}", lang), _money(value, unit, lang), lang)
        box = rect(x(start), y, x(start + abs(value)) - x(start), height, f"part p-{part}")
        found.append(_mark("piece", [said], None, box))
    return found


def _ends(rows: Sequence[Record], parts: Sequence[str], total: str) -> tuple[float, float]:
    """The least and the most that a picture of such rows must show; zero is between them."""
    low = min((sum(min(row.get(p) or 0.0, 0.0) for p in parts) for row in rows), default=0.0)
    high = max((sum(max(row.get(p) or 0.0, 0.0) for p in parts) for row in rows), default=0.0)
    sums = [row[total] for row in rows if row[total] is not None]
    return min([low, 0.0, *sums]), max([high, 0.0, *sums])


def _axis(
    marks: list[Any], x: Scale, low: float, high: float, top: float, bottom: float, unit: str, lang: Lang
) -> None:
    """Lines at round numbers, as many as their words leave room for."""
    for count in (5, 4, 3, 2, 1):
        shown = ticks(low, high, count)
        names = [_tick(tick, unit, lang) for tick in shown]
        room = x(shown[1]) - x(shown[0]) if len(shown) > 1 else math.inf
        if max(map(width, names), default=0.0) * 6.6 < room:
            break
    for tick, name in zip(shown, names, strict=True):
        marks.append(line(x(tick), top, x(tick), bottom, "axis" if tick == 0 else None))
        marks.append(text(x(tick), bottom + 15, name, "tick", "middle"))


def _tick(value: float, unit: str, lang: Lang) -> str:
    return "0" if value == 0 else _money(value, unit, lang)


def values(rows: Sequence[Record], parts: Sequence[str], alt: str, lang: Lang) -> Markup:
    """Worth of each project with its parts, and a mark for each of its gates."""
    gates = list(dict.fromkeys(gate["gate"] for row in rows for gate in row["gates"]))
    left, right, pitch, top = 262.0, 600.0 if gates else WIDE - 20, 46.0, 44.0
    bottom = top + pitch * len(rows)
    low, high = _ends(rows, parts, "value")
    x = _across(low, high, left + 8, right - 132)
    marks: list[Any] = []
    _axis(marks, x, low, high, top - 8, bottom, "MUSD", lang)
    step = (WIDE - right - 20) / max(len(gates), 1)
    for at, gate in enumerate(gates):
        marks += _name(
            right + 20 + step * (at + 0.5), 18, label("committee.gate", gate, lang), step / 6.2, 2, "middle", "heading"
        )
    for k, row in enumerate(rows):
        y = top + pitch * k
        marks.append(line(0, y + pitch - 4, WIDE, y + pitch - 4))
        marks += _name(0, y + 17, local(row["title"], lang), left / 6.6, 2)
        marks += _stack(row, parts, x, y + 6, 22, "committee.part", "MUSD", lang)
        if row["value"] is not None:
            said = _money(row["value"], "MUSD", lang)
            end = x(max(sum(max(row[p] or 0.0, 0.0) for p in parts), row["value"]))
            marks.append(
                _mark("sum", [local(row["title"], lang), _pair(t("committee.col.value", lang), said, lang)], row["fid"],
                      line(x(row["value"]), y + 2, x(row["value"]), y + 32, "net"), text(end + 6, y + 21, said, "pair"))
            )  # fmt: skip
        by = {gate["gate"]: gate for gate in row["gates"]}
        for at, gate in enumerate(gates):
            if gate in by:
                marks.append(_gate(by[gate], right + 20 + step * (at + 0.5), y + 17, lang))
    return picture("worths", bottom + 24, alt, lang, marks)


def _gate(gate: Record, x: float, y: float, lang: Lang) -> Markup:
    said = _pair(label("committee.gate", gate["gate"], lang), t(f"committee.outcome.{gate['outcome']}", lang), lang)
    evidence = [one for one in local(gate["evidence"], lang).split("; ") if one][:4]
    dot = el("circle", {"cx": round(x, 1), "cy": round(y, 1), "r": 10})
    return _mark(
        f"gate g-{gate['outcome']}",
        [said, *evidence],
        None,
        dot,
        text(x, y + 4.5, _SIGNS[gate["outcome"]], "sign", "middle"),
    )


def sites(part: Record, parts: Sequence[str], alt: str, lang: Lang) -> Markup:
    """What a unit earns at each place: parts end to end, and their sum."""
    rows, unit = part["rows"], part["unit"]
    left, right, pitch, top = 200.0, WIDE - 130, 42.0, 10.0
    bottom = top + pitch * len(rows)
    low, high = _ends(rows, parts, "margin")
    x = _across(low, high, left + 8, right)
    marks: list[Any] = []
    _axis(marks, x, low, high, top, bottom, unit, lang)
    for k, row in enumerate(rows):
        y = top + pitch * k
        marks += _name(0, y + 17, local(row["place_name"], lang), left / 6.6, 2)
        marks += _stack(row, parts, x, y + 6, 22, "committee.site", unit, lang)
        said = _money(row["margin"], unit, lang)
        marks.append(
            _mark("sum", [local(row["place_name"], lang), _pair(t("committee.col.margin", lang), said, lang)], row["fid"],
                  line(x(row["margin"]), y + 2, x(row["margin"]), y + 32, "net"), text(right + 8, y + 21, said, "pair"))
        )  # fmt: skip
    return picture("places", bottom + 24, alt, lang, marks)


# --- the portfolio ----------------------------------------------------------------------------------------------------


def portfolio(part: Record, alt: str, lang: Lang) -> Markup:
    """Each project by its investment (across, in powers of ten) and what it is worth; a line joins those that none beats."""
    rows = [row for row in part["rows"] if row["capex"] and row["value"] is not None]
    left, right, top, bottom = 116.0, WIDE - 30, 34.0, 356.0
    costs = [math.log10(row["capex"]) for row in rows]
    start, end = math.floor(min(costs) * 2) / 2 - 0.1, math.ceil(max(costs) * 2) / 2 + 0.1
    low, high = min(0.0, *[row["value"] for row in rows]), max(row["value"] for row in rows) * 1.12
    wide, up = _across(start, end, left, right), _across(low, high, bottom, top)
    marks: list[Any] = [
        text(0, 14, t("committee.axis.value", lang), "heading"),
        text(right, bottom + 36, t("committee.axis.capex", lang), "heading", "end"),
    ]
    for tick in ticks(low, high):
        marks += [line(left, up(tick), right, up(tick), "axis" if tick == 0 else None),
                  text(left - 8, up(tick) + 4, _tick(tick, "MUSD", lang), "tick", "end")]  # fmt: skip
    free = left
    for amount in (step * 10.0**power for power in range(math.floor(start), math.ceil(end) + 1) for step in (1, 2, 5)):
        spot, name = wide(math.log10(amount)), _money(amount, "MUSD", lang)
        half = 3.3 * width(name)
        if left <= spot <= right:
            marks.append(line(spot, top, spot, bottom))
            if spot - half > free and spot + half < WIDE:
                marks.append(text(spot, bottom + 16, name, "tick", "middle"))
                free = spot + half
    best = sorted((row["capex"], row["value"]) for row in rows if row["best"])
    path, before = "", None
    for cost, worth in best:
        across = f"{wide(math.log10(cost)):.1f}"
        path += f"M{across} {up(worth):.1f}" if before is None else f"H{across}V{up(worth):.1f}"
        before = worth
    marks.append(el("path", {"class": "frontier", "d": path + f"H{right:.1f}"}))
    taken: list[tuple[float, float]] = []
    for row in rows:
        at = wide(math.log10(row["capex"]))
        x, y = at, up(row["value"])
        while any(math.dist((x, y), other) < 20 for other in taken):
            x += 5
        taken.append((x, y))
        lines = [local(row["title"], lang), _pair(t("committee.col.value", lang), _money(row["value"], "MUSD", lang), lang),
                 _pair(t("col.capex", lang), _money(row["capex"], "MUSD", lang), lang)]  # fmt: skip
        if row["chosen"] is not None:
            lines.append(t("committee.key.chosen" if row["chosen"] else "committee.key.left", lang))
        dot = [line(at, y, x, y, "lead"), el("circle", {"cx": round(x, 1), "cy": round(y, 1), "r": 9})]
        name = f"spot {'chosen' if row['chosen'] else 'left'}{' best' if row['best'] else ''}"
        marks.append(_mark(name, lines, row["fid"], dot, text(x, y + 4, str(row["rank"]), "sign", "middle")))
    return picture("portfolio", bottom + 44, alt, lang, marks)


def budgets(part: Record, alt: str, lang: Lang) -> Markup:
    """What the best choice saves (up) under each budget for all investment (across); a stroke marks what none exceeds."""
    rows = part["steps"]
    left, right, top, bottom = 116.0, WIDE - 30, 34.0, 214.0
    wide = _across(0.0, max(row["budget"] for row in rows), left, right)
    high = max(row["bound"] for row in rows) * 1.08
    up = _across(0.0, high, bottom, top)
    marks: list[Any] = [
        text(0, 14, t("committee.col.saved", lang), "heading"),
        text(right, bottom + 36, t("committee.col.budget", lang), "heading", "end"),
    ]
    for tick in ticks(0.0, high):
        marks += [line(left, up(tick), right, up(tick), "axis" if tick == 0 else None),
                  text(left - 8, up(tick) + 4, _tick(tick, "MUSD", lang), "tick", "end")]  # fmt: skip
    path = f"M{left:.1f} {up(0):.1f}"
    for row in rows:
        x, y = wide(row["budget"]), up(row["value"])
        path += f"H{x:.1f}V{y:.1f}"
        marks.append(
            text(x, bottom + 16, _money(row["budget"], "MUSD", lang), "tick", "end" if row is rows[-1] else "middle")
        )
    marks.append(el("path", {"class": "frontier", "d": path}))
    for row in rows:
        x, y = wide(row["budget"]), up(row["value"])
        lines = [
            _pair(t("committee.col.budget", lang), _money(row["budget"], "MUSD", lang), lang),
            _pair(t("committee.col.saved", lang), _money(row["value"], "MUSD", lang), lang),
            _pair(t("committee.col.bound", lang), _money(row["bound"], "MUSD", lang), lang),
        ]
        dot = [
            line(x - 9, up(row["bound"]), x + 9, up(row["bound"]), "lead"),
            el("circle", {"cx": round(x, 1), "cy": round(y, 1), "r": 9}),
        ]
        marks.append(_mark("spot chosen", lines, None, dot, text(x, y + 4, str(row["count"]), "sign", "middle")))
    return picture("budgets", bottom + 44, alt, lang, marks)


# --- money by year, and what moves it ---------------------------------------------------------------------------------


def cash(case: Record, alt: str, lang: Lang) -> Markup:
    """Net flow of each year as a bar, and the sum so far as a line."""
    rows = case["cash"]
    low = min([0.0, *[row["net"] for row in rows], *[row["so_far"] for row in rows]])
    high = max([0.0, *[row["net"] for row in rows], *[row["so_far"] for row in rows]])
    left, right, top, bottom = 116.0, WIDE - 6, 12.0, 214.0
    up = _across(low, high, bottom, top)
    across = (right - left) / len(rows)
    marks: list[Any] = []
    for tick in ticks(low, high):
        marks += [line(left, up(tick), right, up(tick), "axis" if tick == 0 else None),
                  text(left - 8, up(tick) + 4, _tick(tick, "MUSD", lang), "tick", "end")]  # fmt: skip
    for k, row in enumerate(rows):
        x = left + across * (k + 0.5)
        net, total = _money(row["net"], "MUSD", lang), _money(row["so_far"], "MUSD", lang)
        lines = [
            str(row["year"]),
            _pair(t("committee.key.net", lang), net, lang),
            _pair(t("committee.key.so_far", lang), total, lang),
        ]
        box = rect(x - across * 0.34, min(up(0), up(row["net"])), across * 0.68, abs(up(0) - up(row["net"])), "bar")
        catch = rect(x - across / 2, top, across, bottom - top, "catch")
        marks.append(_mark(f"flowyear {'in' if row['net'] >= 0 else 'out'}", lines, None, catch, box))
        if k % 2 == 0:
            marks.append(text(x, bottom + 17, str(row["year"]), "tick", "middle"))
    spots = " ".join(f"{left + across * (k + 0.5):.1f},{up(row['so_far']):.1f}" for k, row in enumerate(rows))
    marks.append(el("polyline", {"class": "sofar", "points": spots}))
    return picture("cash", bottom + 26, alt, lang, marks)


def tornado(case: Record, alt: str, lang: Lang) -> Markup:
    """Present value at both ends of the range of each driver, widest first."""
    rows = [row for row in case["tornado"] if row["npv_low"] != row["npv_high"]][:_DRIVERS]
    left, right, pitch, top = 300.0, WIDE - 60, 27.0, 8.0
    bottom = top + pitch * len(rows)
    ends = [row[key] for row in rows for key in ("npv_low", "npv_high")]
    low, high = min([0.0, case["central"], *ends]), max([0.0, case["central"], *ends])
    x = _across(low, high, left + 70, right)
    marks: list[Any] = []
    _axis(marks, x, low, high, top, bottom, "MUSD", lang)
    for k, row in enumerate(rows):
        y = top + pitch * k
        name = local(row["name"], lang)
        marks.append(text(0, y + 17, wrapped(name, left / 6.4, 1)[0]))
        pieces = []
        lines = [name]
        for end in ("low", "high"):
            value = row[f"npv_{end}"]
            a, b = sorted((x(case["central"]), x(value)))
            pieces.append(rect(a, y + 4, b - a, 18, f"end e-{end}"))
            at = driver_at(row, end, lang)
            lines.append(_pair(at, _money(value, "MUSD", lang), lang))
            if b - a > 1:
                after = value > case["central"]
                pieces.append(text(b + 4 if after else a - 4, y + 17, at, "tick", "start" if after else "end"))
        marks.append(_mark("driver", lines, None, *pieces))
    marks.append(line(x(case["central"]), top - 4, x(case["central"]), bottom, "net"))
    return picture("tornado", bottom + 24, alt, lang, marks)


def driver_at(row: Record, end: str, lang: Lang) -> str:
    """An end of the range of a driver in words."""
    if row["scale"] == "branch":
        return t("committee.branch.taken" if row[end] else "committee.branch.not", lang)
    scale = row["scale"]
    if scale == "factor":
        return "\u00d7" + figure(row[end], "number", "1", lang)
    if row["driver"] == "discount_real":
        return t("committee.scale.a year", lang, n=figure(row[end], "share", "1", lang))
    if scale == "share" or scale.startswith("share of"):
        return figure(row[end], "share", "1", lang)
    if has(f"committee.scale.{scale}"):
        return t(f"committee.scale.{scale}", lang, n=figure(row[end], "number", "1", lang))
    return figure(row[end], "number", scale, lang)


# --- the region -------------------------------------------------------------------------------------------------------


def drawn(rows: Sequence[Record]) -> list[list[Record]]:
    """The ranges that are drawn, in groups of one phase and measure: all scopes of jobs, the totals of the rest."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    known = any(row["basis"] == "announced" for row in rows)
    for row in rows:
        jobs = row["measure"] in ("jobs", "job_years")
        second = known and jobs and row["basis"] == "average"
        if (jobs and (not second or row["scope"] in ("direct", "total"))) or (
            not jobs and row["scope"] in ("total", "simple")
        ):
            groups.setdefault((row["phase"], row["measure"], row["unit"]), []).append(row)
    return list(groups.values())


def ranges(rows: Sequence[Record], alt: str, lang: Lang) -> Markup:
    """Low to high of each figure, a scale for each phase and measure."""
    groups = drawn(rows)
    left, right, pitch, head = 404.0, WIDE - 130, 21.0, 26.0
    marks: list[Any] = []
    y = 0.0
    for group in groups:
        first = group[0]
        high = max(row["high"] for row in group) or 1.0
        low = min(0.0, *[row["low"] for row in group])
        x = _across(low, high, left, right)
        unit = t(f"unit.{first['unit']}", lang, n="").strip() if has(f"unit.{first['unit']}") else first["unit"]
        what = local(first["measure_name"], lang)
        what = what if first["measure"] in ("jobs", "job_years") else f"{what} ({unit})"
        marks.append(text(0, y + 16, _pair(local(first["phase_name"], lang), what, lang), "heading"))
        y += head
        for row in group:
            name = f"{local(row['scope_name'], lang)}, {local(row['basis_name'], lang)}"
            lines = [name, between(row, lang)]
            span = rect(x(row["low"]), y + 3, max(x(row["high"]) - x(row["low"]), 2.0), 13, "span")
            marks.append(text(12, y + 14, wrapped(name, 66, 1)[0]))
            marks.append(line(left, y + 9.5, right, y + 9.5))
            catch = rect(left, y, right - left, 19, "catch")
            said = text(x(row["high"]) + 6, y + 14, between(row, lang, False), "tick")
            marks.append(_mark(f"reach p-{row['phase']}", lines, row["fid_high"] or row["fid"], catch, span, said))
            y += pitch
        y += 8
    return picture("ranges", y, alt, lang, marks)


def between(row: Record, lang: Lang, unit: bool = True) -> str:
    """A range in words."""
    if row["low"] == row["high"]:
        return figure(row["low"], "number", row["unit"] if unit else "1", lang, prose=True)
    low = figure(row["low"], "number", "1", lang, prose=True)
    high = figure(row["high"], "number", row["unit"] if unit else "1", lang, prose=True)
    return t("stress.range", lang, low=low, high=high)


# --- who supplies whom ------------------------------------------------------------------------------------------------


def matches(part: Record, alt: str, lang: Lang) -> Markup:
    """Sellers of each input at the left, the project, buyers of each product at the right; a full line is a way that is used."""
    side, pitch, head = 410.0, 18.0, 22.0
    heights = [
        sum(head + pitch * max(len(item["partners"]), 1) + 8 for item in part[key]) for key in ("inputs", "outputs")
    ]
    height = max(*heights, 90.0) + 24
    middle = height / 2
    marks: list[Any] = []
    ways: list[Markup] = []
    for key, x, edge, anchor in (("inputs", 0.0, 466.0, side), ("outputs", WIDE - side, 594.0, WIDE - side)):
        marks.append(text(x, 12, t(f"committee.side.{key}", lang), "heading"))
        own = heights[0] if key == "inputs" else heights[1]
        y = 24 + (height - 24 - own) / 2
        for item in part[key]:
            amount = figure(item["quantity"], "number", item["unit"], lang, prose=True)
            title = wrapped(local(item["item_name"], lang), 55 - width(amount), 1)[0]
            marks.append(text(x, y + 14, f"{title} \u00b7 {amount}", "pair"))
            y += head
            if not item["partners"]:
                marks.append(text(x + 10, y + 12, t("committee.nobody", lang), "soft"))
                y += pitch
            for one in item["partners"]:
                marks.append(_partner(one, x, y, side, lang))
                used = one["quantity"] > 0
                spot = (anchor + 4 if key == "inputs" else anchor - 4, y + 8)
                bend = (spot[0] + edge) / 2
                path = f"M{spot[0]:.1f} {spot[1]:.1f}C{bend:.1f} {spot[1]:.1f} {bend:.1f} {middle:.1f} {edge:.1f} {middle:.1f}"
                ways.append(el("path", {"class": f"way {'used' if used else 'idle'}", "d": path}))
                y += pitch
            y += 8
    box = rect(466, middle - 42, 128, 84, "whole")
    return picture(
        "matches",
        height,
        alt,
        lang,
        ways,
        box,
        _name(530, middle, local(part["title"], lang), 18, 5, "middle", "pair boxed"),
        marks,
    )


def _partner(one: Record, x: float, y: float, side: float, lang: Lang) -> Markup:
    name, cost = local(one["name"], lang), figure(one["cost"], "money", one["unit"], lang)
    lines = [
        name,
        _pair(t("committee.col.delivered", lang), figure(one["delivered"], "money", one["unit"], lang), lang),
    ]
    lines += [
        _pair(t("committee.col.award", lang), figure(one["quantity"], "number", one["quantity_unit"], lang), lang)
    ]
    lines += [local(obstacle, lang) for obstacle in one["obstacles"]]
    room = (side - 24 - 6.6 * width(cost)) / 6.9
    return _mark(
        f"partner {'used' if one['quantity'] > 0 else 'idle'}", lines, one["fid"],
        rect(x, y, side, 17, "catch"), text(x + 10, y + 12, wrapped(name, room, 1)[0]), text(x + side, y + 12, cost, "cost", "end"),
    )  # fmt: skip


__all__ = [
    "between",
    "cash",
    "drawn",
    "driver_at",
    "matches",
    "portfolio",
    "ranges",
    "sites",
    "ticks",
    "tornado",
    "values",
]
