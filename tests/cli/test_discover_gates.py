"""What the command says of gates that nothing settles."""

from __future__ import annotations

import pytest

from bongsu.answers import Node
from bongsu.cli.discover import _parts, missing
from bongsu.cli.wording import Wording
from bongsu.committee import Gate
from bongsu.committee.words import said
from bongsu.law.finding import Outcome

POWER = Node(said("discover", "missing.power.cheaper", load="31", price="0.041", korea="0.130"), None)
LOAD = Node(said("discover", "power.load"), 31.0, "MW")
FEED = tuple(Node({one: f"{word}: {n}" for one, word in (("en", "Missing"), ("ko", "부족한 근거"), ("fr", "Manque"))}, None)
             for n in range(3))  # fmt: skip


@pytest.mark.parametrize(
    ("language", "power", "more"),
    [("en", "31 MW. Price", "(and 2 more)"), ("ko", "31 MW 전력", "(외 2건)"), ("fr", "31 MW. Prix", "(et 2 de plus)")],
)
def test_what_would_settle_an_open_gate_is_said_with_it(language: str, power: str, more: str) -> None:
    words = Wording("discover_words", language)
    lines = missing(
        [
            Gate("ownership", Outcome.PASS, (LOAD,)),
            Gate("feed", Outcome.UNDETERMINED, (LOAD, *FEED)),
            Gate("power", Outcome.UNDETERMINED, (POWER, LOAD)),
        ],
        words,
    )
    assert len(lines) == 2
    assert more in lines[0]
    assert power in lines[1]
    assert lines[1].startswith(words("gate.power"))


@pytest.mark.parametrize(
    ("language", "added", "saved"),
    [
        ("en", "US$209 million of cost added", "US$686 million of duties saved"),
        ("ko", "비용 증가 209백만 달러", "관세 절감·공제 증가 686백만 달러"),
        ("fr", "209 M$ US de coûts en plus", "686 M$ US de droits évités"),
    ],
)
def test_a_cost_that_is_added_is_not_called_saved(language: str, added: str, saved: str) -> None:
    row = {"cost_saved": -209e6, "unmet_avoided": 0.0, "compliance": 686e6}
    told = _parts(row, Wording("discover_words", language))
    assert told["cost"] == added
    assert saved in told["duties"]
    assert "\u2212" not in "".join(told.values())
