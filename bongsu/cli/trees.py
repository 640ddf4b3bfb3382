"""A ``why`` tree on a terminal."""

from __future__ import annotations

from collections.abc import Callable

from bongsu.answers import Node
from bongsu.chain import Chain
from bongsu.plan import Plan


def of_page(chain: Chain, plan: Plan, figure: str, tell: Callable[[str], None]) -> Node | None:
    """The tree of a figure that only a page has; None if no page has it either."""
    from bongsu.brief.store import build_store

    found = build_store(chain, plan, tell)["figures"].get(figure)
    return None if found is None else Node.of(found["why"])


def show(node: Node, chain: Chain, lang: str, depth: int) -> None:
    """Print the tree to a depth, with trust marks and sources at its leaves."""
    from rich.console import Console
    from rich.tree import Tree

    sources = {row["source"]: row for row in chain.atlas["sources"].iter_rows(named=True)}

    def text(one: Node) -> str:
        value = "" if one.value is None else f": [bold]{_number(one)}[/bold]"
        trust = "" if one.confidence == "computed" else f" [dim]({one.confidence})[/dim]"
        source = sources.get(one.source or "")
        cited = (
            f"\n[dim]{source['title']}, {source['publisher']}, {source['date'] or 'undated'} {source['url'] or ''}[/dim]"
            if source
            else ""
        )
        return f"{one.label[lang]}{value}{trust}{cited}"

    def grow(tree: Tree, one: Node, level: int) -> None:
        for child in one.children:
            branch = tree.add(text(child))
            if level < depth:
                grow(branch, child, level + 1)
            elif child.children:
                branch.add("[dim]…[/dim]")

    tree = Tree(text(node))
    grow(tree, node, 1)
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console = Console(width=220)
    console.print(tree)


def _number(node: Node) -> str:
    assert node.value is not None
    if node.kind == "share":
        return f"{node.value:.1%}"
    if node.kind == "year":
        return f"{node.value:.0f}"
    size, unit = {"kWh": (1e6, "GWh"), "t": (1e3, "kt")}.get(node.unit, (1.0, node.unit))
    if abs(node.value) < size:
        size, unit = 1.0, node.unit
    return f"{node.value / size:,.6g} {unit}".strip()
