"""The figures of a number store: each once, under a name, with the reasons that a page can show and the sources they cite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from bongsu.answers.figure import Node, label
from bongsu.atlas import Atlas

#: How much of a why tree a page carries; ``bongsu why`` prints all of it.
DEPTH, BREADTH = 5, 6
#: Reasons that are a list of the things counted are shown up to so many.
LISTED = 120
SOURCE = ("title", "publisher", "date", "url", "grade", "language")


def rounded(value: Any) -> Any:
    """Numbers to nine significant digits: more than any figure has, and the same bytes on every machine."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    return value


class Keeper:
    """Keeps figures by name.

    Attributes:
        figures: as they stand in the store.
        nodes: the same figures with all of their reasons.
        used_sources: identifiers of the sources that their reasons cite.
    """

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, Any]] = {}
        self.nodes: dict[str, Node] = {}
        self.used_sources: set[str] = set()

    def figure(
        self,
        fid: str,
        node: Node,
        unit: str | None = None,
        value: float | None = None,
        kind: str | None = None,
        breadth: int = BREADTH,
    ) -> str:
        """Keep a figure under its name; the first under a name stays. ``breadth`` reasons are shown at each step."""
        if fid not in self.figures:
            self.nodes[fid] = node
            node = node.pruned(DEPTH, breadth)
            tree = node.as_dict()
            self._note_sources(node)
            self.figures[fid] = {
                "value": node.value if value is None else value,
                "unit": node.unit if unit is None else unit,
                "kind": kind or node.kind,
                "confidence": "computed",
                "why": tree,
            }
        return fid

    def plain(
        self,
        fid: str,
        value: float | None,
        unit: str,
        kind: str,
        key: str,
        children: Sequence[Node] = (),
        breadth: int = BREADTH,
        **parts: Any,
    ) -> str:
        """A figure of the page itself, such as a count or a sum, with the parts it is made of."""
        return self.figure(fid, Node(label(key, **parts), value, unit, kind, children=tuple(children)), breadth=breadth)

    def _note_sources(self, node: Node) -> None:
        if node.source:
            self.used_sources.add(node.source)
        for child in node.children:
            self._note_sources(child)

    def sources(self, atlas: Atlas) -> dict[str, Any]:
        """The sources of the data pack among those that are cited."""
        rows = atlas["sources"].filter(pl.col("source").is_in(sorted(self.used_sources)))
        return {
            row["source"]: {c: str(row[c]) if c == "date" and row[c] else row[c] for c in SOURCE}
            for row in rows.iter_rows(named=True)
        }
