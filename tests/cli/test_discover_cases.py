"""What the command says of a project in other cases: a value that is mostly penalty says so in its line."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from bongsu.atlas import Atlas
from bongsu.cli.discover import _cases
from bongsu.cli.wording import Wording
from bongsu.committee.discover.cases import case_table
from bongsu.committee.discover.parts import Parts, Unserved, unserved_table

SHORT = Unserved("storage_lfp", "market-us", "kWh", 853e6, 615e6, 5e6, 500.0, 47e9, "shortage_prices:10")
PENALTY = Parts(600e9, 560e9, -8e9, 47e9, 1e9, (SHORT,))
COST = Parts(10e9, 9e9, 0.7e9, 0.0, 0.3e9)


@pytest.mark.parametrize(
    ("language", "said", "amounts"),
    [
        ("en", "mostly the penalty for unmet demand", ("853 GWh without it, 615 with it", "US$500", "assumed")),
        ("ko", "대부분 미충족 수요 페널티", ("853 GWh", "615", "500달러", "가정값")),
        (
            "fr",
            "surtout la pénalité de demande non satisfaite",
            ("853 GWh sans lui, 615 avec lui", "500 $", "supposée"),
        ),
    ],
)
def test_a_value_that_is_mostly_penalty_says_so_and_for_what(
    pack: Atlas, language: str, said: str, amounts: tuple[str, ...]
) -> None:
    told = {"low": {"a": COST}, "high": {"a": PENALTY}}
    tables = {
        "cases": case_table(told, []),
        "unserved": unserved_table(pack, {("a", "low"): COST, ("a", "high"): PENALTY}),
    }
    text = io.StringIO()
    found, chain = SimpleNamespace(answer=SimpleNamespace(tables=tables)), SimpleNamespace(atlas=pack)
    _cases(
        found, SimpleNamespace(project="a"), chain, Wording("discover_words", language), Console(file=text, width=400)
    )  # type: ignore[arg-type]
    lines = text.getvalue().splitlines()
    assert len(lines) == 4
    assert said not in lines[1]
    assert said in lines[2]
    for amount in amounts:
        assert amount in lines[3]
    if language == "en":
        print(text.getvalue())
