"""What the command says of gates that nothing settles."""

from __future__ import annotations

import pytest

from bongsu.answers import Node
from bongsu.cli.discover import missing
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
