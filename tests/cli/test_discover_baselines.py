"""What the command says of a project whose worth in the list and alone differ."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from bongsu.atlas import Atlas
from bongsu.cli.discover import _baselines
from bongsu.cli.wording import Wording
from bongsu.committee.discover.closing import FIRST, Baselines, baseline_table, closing_table

#: Worth 40 in the list; 10 less where foil is closed, 3 less where four others are, 30 more without its first plant.
STEPS = {FIRST: 30e6, "make_copper_foil": -10e6, "make_cam_lfp": -1.2e6, "blend_electrolyte": -1.1e6}
REST = {"smelt_copper": -0.4e6, "hydromet_nickel": -0.3e6}
MOVED = Baselines("a", (1000e6, 960e6), (1100e6, 1043e6), STEPS | REST)
STILL = Baselines("b", (1000e6, 960e6), (1100e6, 1060e6), {"make_copper_foil": 0.0})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "US$40 million in the list",
                "US$57 million alone",
                "its first plant +US$30 million",
                "others −US$0.7 million",
            ),
        ),
        ("ko", ("목록 40백만 달러", "단독 57백만 달러", "첫 공장 +30백만 달러", "기타 −0.7백만 달러")),
        ("fr", ("40 M$ US dans la liste", "57 M$ US seul", "sa première usine +30 M$ US", "autres −0,7 M$ US")),
    ],
)
def test_the_difference_is_told_by_what_is_closed_the_weightiest_first(
    pack: Atlas, language: str, said: tuple[str, ...]
) -> None:
    tables = {"baselines": baseline_table([MOVED, STILL]), "closing": closing_table([MOVED, STILL])}
    found, chain = SimpleNamespace(answer=SimpleNamespace(tables=tables)), SimpleNamespace(atlas=pack)
    text = io.StringIO()
    words, console = Wording("discover_words", language), Console(file=text, width=600)
    _baselines(found, "a", chain, words, console)  # type: ignore[arg-type]
    line = text.getvalue()
    assert all(part in line for part in said)
    named = [line.index(pack.name("processes", name, language)) for name in list(STEPS)[1:]]
    assert named == sorted(named)
    _baselines(found, "b", chain, words, console)  # type: ignore[arg-type]
    assert text.getvalue() == line
