"""A log-log picture as hand-written SVG: seconds against columns, one line per series, with its slope."""

from __future__ import annotations

import math
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 460, 70, 30, 210, 50
_COLOURS = ("#1b5e9e", "#c2571a", "#2f7d4f", "#7a3e8e", "#555555")

Series = dict[str, list[tuple[float, float]]]


def slope(points: list[tuple[float, float]]) -> float:
    """Slope of the least-squares line through the logarithms."""
    x, y = ([math.log(p[i]) for p in points] for i in (0, 1))
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)


def draw(series: Series, path: Path) -> None:
    """Write the picture."""
    points = [p for line in series.values() for p in line]
    low_x, high_x = (f(math.log10(p[0]) for p in points) for f in (min, max))
    low_y, high_y = math.floor(min(math.log10(p[1]) for p in points)), math.ceil(max(math.log10(p[1]) for p in points))
    low_x, high_x = low_x - 0.1, high_x + 0.1

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low_x) / (high_x - low_x)
        up = (math.log10(y) - low_y) / max(high_y - low_y, 1)
        return _LEFT + across * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    right, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        "<title>Seconds against columns of the model, both logarithmic</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(low_y, high_y + 1):
        y = at(10**low_x, 10.0**power)[1]
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for columns in sorted({p[0] for p in points}):
        x = at(columns, 10.0**low_y)[0]
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{floor}" stroke="#eeeeee"/>')
        parts.append(f'<text x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{columns:,.0f}</text>')
    parts.append(f'<text x="{(_LEFT + right) / 2:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">columns</text>')
    parts.append(
        f'<text x="16" y="{_HEIGHT / 2:.0f}" transform="rotate(-90 16 {_HEIGHT / 2:.0f})" text-anchor="middle">seconds</text>'
    )
    for line, colour in zip(series.values(), _COLOURS, strict=False):
        places = [at(*point) for point in line]
        path_points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
    ends = sorted(
        (at(*line[-1])[1], name, line, colour) for (name, line), colour in zip(series.items(), _COLOURS, strict=False)
    )
    last = -math.inf
    for y, name, line, colour in ends:
        last = max(y + 4, last + 16)
        x = at(*line[-1])[0] + 10
        parts.append(f'<text x="{x:.1f}" y="{last:.1f}" fill="{colour}">{name} (slope {slope(line):.2f})</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
