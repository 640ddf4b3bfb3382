"""A ``why`` tree on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bongsu.answers import Node
from bongsu.atlas import Atlas
from bongsu.brief.text import ALIASES, Lang, as_lang, date, decimals, label, of_year, scaled, significant, t, unit_text
from bongsu.chain import Chain
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.law.words import phrase

Sources = Mapping[str, Mapping[str, Any]]

#: Digits of a number; enough to see that parts add up.
_DIGITS = 6


def show(node: Node, sources: Sources, language: str, depth: int) -> None:
    """Print the tree to a depth, with trust marks and sources (see :func:`sources_of`) at its leaves."""
    from rich.console import Console
    from rich.tree import Tree

    lang = as_lang(language)
    colon = "\u00a0: " if lang == "fr" else ": "

    def text(one: Node) -> str:
        value = "" if one.value is None else f"{colon}[bold]{_number(one, lang)}[/bold]"
        trust = "" if one.confidence == "computed" else f" [dim]({label('confidence', one.confidence, lang)})[/dim]"
        source = sources.get(one.source or "")
        cited = ""
        if source:
            said = ", ".join((str(source["title"]), str(source["publisher"]), _date(source, lang)))
            cited = f"\n[dim]{said} {source['url'] or ''}[/dim]"
        return f"{one.label[lang]}{value}{trust}{cited}"

    def grow(tree: Tree, one: Node, level: int) -> None:
        for child in one.children:
            branch = tree.add(text(child))
            if level < depth:
                grow(branch, child, level + 1)
            elif child.children:
                branch.add("[dim]…[/dim]")

    # What is asked for and is not known says so; its reason is below it.
    asked = f"{colon}[bold]{t('number.unknown', lang)}[/bold]" if node.value is None else ""
    tree = Tree(text(node) + asked)
    grow(tree, node, 1)
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console = Console(width=220)
    console.print(tree)


def sources_of(atlas: Atlas, law: Law | None) -> Sources:
    """Sources of facts and of law by identifier."""
    own = {row["source"]: row for row in atlas["sources"].iter_rows(named=True)}
    return {**law.sources, **own} if law else own


def publishers(sources: Sources) -> dict[str, str]:
    """Sources as a printed page cites them: publisher and year, by identifier."""
    named = {}
    for name, row in sources.items():
        year = str(row["date"] or "")[:4]
        named[name] = str(row["publisher"] or row["title"]) + (f" ({year})" if year else "")
    return named


def sources_behind(chain: Chain) -> Sources:
    """Sources of the facts and of the law that a chain was made with."""
    law = chain.choices.law
    return sources_of(chain.atlas, law.law.law if isinstance(law, InForce) else None)


def _date(source: Mapping[str, Any], lang: Lang) -> str:
    day = source["date"]
    return date(str(day), lang) if day else t("source.undated", lang)


def _number(node: Node, lang: Lang) -> str:
    assert node.value is not None
    if node.kind == "year":
        return str(int(node.value))
    if node.kind == "share" and ALIASES.get(node.unit, node.unit) in ("1", "%"):
        return t("number.percent", lang, n=decimals(node.value * 100, 1, lang))
    if node.unit.startswith("% of "):
        # A share of the law: of what, in its own words.
        try:
            return phrase(f"unit.{node.unit}", lang, n=significant(node.value, _DIGITS, lang))
        except KeyError:
            return unit_text(significant(node.value, _DIGITS, lang), node.unit, lang)
    unit, year = of_year(node.unit)
    number, unit = scaled(node.value, unit, lang, prose=False)
    text = unit_text(significant(number, _DIGITS, lang), unit, lang)
    return t("number.of_year", lang, n=text, year=year) if year else text
