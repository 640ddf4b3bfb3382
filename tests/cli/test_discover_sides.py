"""What the command says of each country alone and together."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from bongsu.cli.discover import _sides
from bongsu.cli.wording import Wording
from bongsu.committee.discover.sides import split, tables


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        (
            {"CA": 20e6, "KR": 27e6},
            {"en": "US$3.0 million of the cost together", "ko": "3.0백만 달러", "fr": "3,0 M$ US ne"},
        ),
        ({"CA": 20e6, "KR": 30e6}, {}),
    ],
)
def test_what_payments_do_not_balance_by_is_said(paid: dict[str, float], said: dict[str, str]) -> None:
    # Both pay 50 together; where their accounts hold 47 of it, what one pays and the other receives differ by 3.
    found = split({"CA": 30e6, "KR": 40e6}, 50e6, paid)
    answer = SimpleNamespace(answer=SimpleNamespace(tables=tables(found)))
    assert found.transfer is not None
    assert sum(found.transfer.values()) == pytest.approx(sum(paid.values()) - 50e6)
    for language in ("en", "ko", "fr"):
        text = io.StringIO()
        _sides(answer, Wording("discover_words", language), Console(file=text, width=400))  # type: ignore[arg-type]
        lines = text.getvalue().strip().splitlines()
        assert len(lines) == 3 + bool(said)
        if said:
            assert said[language] in lines[3]
