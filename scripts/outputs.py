"""Runs every command whose output README and docs show, and puts what it printed today in the block below it.

With names of pages, such as ``docs/law.md``, only those are renewed. A block is marked by a comment on the line before it, with
the most lines to show where there are many:

    <!-- output of: bongsu why share:2030 --depth 2 | 12 lines -->
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])
MARKED = re.compile(
    r"^<!-- output of: (?P<command>.+?)(?: \| (?P<most>\d+) lines)? -->\n```(?P<kind>\w*)\n.*?^```$",
    flags=re.MULTILINE | re.DOTALL,
)


def shown(command: str, most: int | None) -> str:
    """What the command prints, cut to ``most`` lines; a dollar sign stands before it where it is a shell command."""
    python = f'"{sys.executable}"'
    run = re.sub(r"^bongsu\b", f"{python} -m bongsu", command)
    run = re.sub(r"^python\b", python, run)
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = os.environ | {"COLUMNS": "118", "PYTHONPATH": paths, "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(run, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr}")
    lines = [piece for line in done.stdout.strip("\n").splitlines() for piece in folded(line.rstrip())]
    if most is not None and len(lines) > most:
        lines = [*lines[:most], "…"]
    return "\n".join(lines)


def folded(line: str) -> list[str]:
    """A sentence in lines that fit the page; tables, trees and lists stay as they are."""
    if line[:1].isalpha() and not line.startswith("http"):
        return textwrap.wrap(line, 110, break_long_words=False, break_on_hyphens=False)
    return [line]


def renewed(text: str) -> str:
    """A page with the output of its marked commands as it is now."""

    def block(found: re.Match[str]) -> str:
        most = int(found["most"]) if found["most"] else None
        head = found[0].split("\n", 1)[0]
        return f"{head}\n```{found['kind']}\n{shown(found['command'], most)}\n```"

    return MARKED.sub(block, text)


if __name__ == "__main__":
    asked = [(ROOT / name).resolve() for name in sys.argv[1:]] or PAGES
    for page in asked:
        before = page.read_text(encoding="utf-8")
        if MARKED.search(before):
            page.write_text(renewed(before), encoding="utf-8", newline="\n")
            sys.stdout.write(f"renewed {page.relative_to(ROOT)}\n")
