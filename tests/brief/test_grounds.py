"""Every figure that a brief shows can be asked why, and the answer has grounds; walked over all of them on a small case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from bongsu.answers import Node, UnknownFigure
from bongsu.atlas import Atlas
from bongsu.brief.grounds import Grounds, check
from bongsu.brief.store import with_nodes
from bongsu.chain import Chain, Choices
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.plan import Plan

LAST = 2030


@pytest.fixture(scope="module")
def small(atlas: Atlas) -> tuple[Chain, Plan]:
    """The reference case to 2030, under the law of its day."""
    cases = atlas["cases"].with_columns(end_year=pl.lit(LAST))
    short = replace(atlas, tables={**atlas.tables, "cases": cases})
    chain = Chain.of(short, choices=Choices(law=InForce(Law.load().on(atlas.known), 2025, 0.08)))
    return chain, Plan.of(chain.network)


@pytest.fixture(scope="module")
def made(small: tuple[Chain, Plan]) -> tuple[dict[str, Any], dict[str, Node]]:
    return with_nodes(*small)


@pytest.fixture(scope="module")
def store(made: tuple[dict[str, Any], dict[str, Node]]) -> dict[str, Any]:
    return made[0]


@pytest.fixture(scope="module")
def grounds(small: tuple[Chain, Plan], made: tuple[dict[str, Any], dict[str, Node]]) -> Grounds:
    found = Grounds(*small)
    found.page = made[1]
    return found


def test_the_brief_shows_figures_of_every_kind(store: dict[str, Any]) -> None:
    kinds = {name.split(":")[0] for name in store["figures"]}
    assert kinds >= {"share", "share.canada", "stage", "price", "capacity", "build", "promise", "builds.count"}
    assert kinds >= {"law.duties", "law.credits", "law.bill", "law.point"}
    assert len(store["figures"]) > 300


def test_every_figure_of_the_brief_has_a_why_with_its_value_and_grounds(
    store: dict[str, Any], grounds: Grounds
) -> None:
    without = []
    for name, shown in store["figures"].items():
        node = grounds.figure(name)
        assert node.value == pytest.approx(shown["value"], rel=1e-6, abs=1e-9), name
        assert all(node.label[lang] for lang in ("en", "ko", "fr")), name
        if not node.children:
            without.append(name)
        # The page shows a part of the same tree.
        assert bool(shown["why"].get("children")) == bool(node.children), name
    assert without == []


def test_the_parts_of_what_the_law_takes_and_gives_add_up(store: dict[str, Any], grounds: Grounds) -> None:
    def adds_up(node: Node) -> None:
        parts = [child for child in node.children if child.value is not None]
        if parts:
            assert sum(part.value or 0.0 for part in parts) == pytest.approx(node.value, rel=1e-6, abs=1e-6)
        for part in parts:
            adds_up(part)

    money = [name for name in store["figures"] if name.startswith(("law.bill", "law.duties", "law.credits"))]
    assert len(money) > 5
    for name in money:
        adds_up(grounds.figure(name))


def test_money_of_the_law_is_told_for_any_year(grounds: Grounds, store: dict[str, Any]) -> None:
    totals = [grounds.figure(f"law.duties:{year}").value for year in range(2026, LAST + 1)]
    paid = [
        sum(row["values"][at] for row in store["law"]["bills"] if row["kind"] == "duty") for at in range(len(totals))
    ]
    assert totals == pytest.approx(paid)


@pytest.mark.parametrize(
    "name", ["law.duties:1999", "law.bill:nothing:duty", "stage:moon:CA:2030", "share.moon:2030", "x"]
)
def test_what_is_no_figure_is_said(grounds: Grounds, name: str) -> None:
    with pytest.raises(UnknownFigure, match="is not a figure of this plan"):
        grounds.figure(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("price:lithium_hydroxid@ca-on-windsor:2030", "price:lithium_hydroxide@ca-on-windsor:2030"),
        ("price:lithium_hydroxide@ca-on-windsr:2030", "price:lithium_hydroxide@ca-on-windsor:2030"),
        ("capacity:nobody:2030", "there is no plant"),
        ("supply:cell_lfp:XX:2030", "there is no country"),
        ("prise:lithium_hydroxide@ca-on-windsor:2030", "promise or price"),
        ("builds.cont:2030", "did you mean builds.count"),
        ("share:1999", "is not a figure of this plan"),
    ],
)
def test_a_wrong_name_is_refused_without_a_plan_or_a_page(chain: Chain, name: str, hint: str) -> None:
    with pytest.raises(UnknownFigure) as refused:
        check(chain, name)
    assert hint in str(refused.value)


def test_every_figure_of_a_page_has_a_name_that_passes(small: tuple[Chain, Plan], store: dict[str, Any]) -> None:
    for name in store["figures"]:
        check(small[0], name)
