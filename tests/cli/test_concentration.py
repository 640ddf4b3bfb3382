"""``bongsu concentration`` as a user runs it, on a table of trade; plans are tested in the room."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .commands import DATA, ROOT, bongsu

TRADE = ("--trade", str(ROOT / "examples/trade/flows.csv"), "--region", "KR", "--year", "2024")
WORLD = ("--production", str(ROOT / "examples/trade/production.csv"))


def test_a_table_of_trade_as_data(tmp_path: Path) -> None:
    ran = bongsu("concentration", *TRADE, "--hs", "2504.10,3801.10", *WORLD, "--json", *DATA, at=tmp_path)
    assert ran.code == 0, ran.err
    answer = json.loads(ran.out)
    assert answer["supplied"] == {"CN": 90.0, "JP": 6.0, "MZ": 4.0}
    assert answer["largest"] == "CN"
    assert 0 < answer["risk"]["value"] < 1


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    ran = bongsu("concentration", *TRADE, "--hs", "250410", "--lang", "fr", *DATA, at=tmp_path)
    assert ran.code == 0, ran.err
    assert "inconnu" in ran.out
    assert "--production" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*TRADE], "name the customs codes"),
        (["--item", "cell_lfp"], "name the year"),
        (["--year", "2030"], "name an item"),
        (["--trade", "none.csv", "--hs", "2504", "--year", "2024"], "is not a file"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = bongsu("concentration", *arguments, *DATA, at=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.said
