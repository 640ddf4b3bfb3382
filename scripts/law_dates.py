"""Plans the reference case under the law of ten days and writes what changed from one to the next into docs/law.md.

Each day is set against the one before with ``bongsu law explain --versus``; that is some forty plans, so it takes a quarter of an
hour.
With names of days, only those rows are made anew.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "law.md"
DAYS = (
    "2025-06-30",
    "2025-09-30",
    "2025-10-01",
    "2025-11-07",
    "2025-11-08",
    "2026-02-19",
    "2026-02-20",
    "2026-03-01",
    "2026-07-25",
    "2026-11-23",
)
MARKED = re.compile(r"(?<=<!-- plans by day -->\n).*?(?=<!-- end -->)", flags=re.DOTALL)
#: Smallest change of cost of an instrument that is named with its amount, US$ million.
LEAST = 5.0


def asked(day: str, before: str | None) -> dict[str, Any]:
    """The law of a day explained, against that of the day before in the list."""
    command = [sys.executable, "-m", "bongsu", "law", "explain", "--law", day, "--json"]
    command += ["--versus", before] if before else ["--top", "0"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def row(day: str, before: str | None) -> str:
    """A line of the table."""
    said = asked(day, before)
    versus = said["versus"]
    cost = f"{said['cost'] / 1e9:,.2f}"
    if versus is None:
        return f"| {day} | {cost} | | |"
    return f"| {day} | {cost} | {_change(versus)} | {_names(said, versus)} |"


def _change(versus: dict[str, Any]) -> str:
    if versus["same_plan"]:
        return "the same plan"
    millions = versus["whole"]["cost"] / 1e6
    return f"{millions:+,.0f}" if millions else "the same cost"


def _names(said: dict[str, Any], versus: dict[str, Any]) -> str:
    parts = []
    moved = [(one["what"], one["cost"] / 1e6) for one in said["effects"]]
    large = [f"`{name}` {millions:+,.0f}" for name, millions in moved if abs(millions) >= LEAST]
    small = [f"`{name}`" for name, millions in moved if abs(millions) < LEAST]
    if large:
        parts.append(", ".join(large))
    if small:
        parts.append(f"under {LEAST:.0f} each: {', '.join(small)}")
    for key, words in (
        ("foreseen", "foreseen"),
        ("foreseen_but_touch_nothing", "foreseen, of what the plan does not hold"),
        ("unused", "of goods that do not move"),
        ("change_nothing", "in the plan, without changing it"),
        ("touch_nothing", "of what the plan does not hold"),
        ("past", "of earlier years"),
    ):
        if versus[key]:
            parts.append(f"{words}: {', '.join(f'`{name}`' for name in versus[key])}")
    return "; ".join(parts)


def table(rows: list[str]) -> str:
    """The whole table."""
    head = ["| law of | cost | change | by instrument |", "|---|---:|---:|---|"]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    found = MARKED.search(text)
    kept = dict(re.findall(r"^(\| (\d{4}-\d\d-\d\d) \|.*)$", found[0] if found else "", flags=re.MULTILINE))
    old = {day: line for line, day in kept.items()}
    wanted = sys.argv[1:] or DAYS
    rows = []
    for at, day in enumerate(DAYS):
        rows.append(row(day, DAYS[at - 1] if at else None) if day in wanted or day not in old else old[day])
        sys.stderr.write(rows[-1] + "\n")
    PAGE.write_text(MARKED.sub(table(rows).replace("\\", r"\\"), text), encoding="utf-8", newline="\n")
