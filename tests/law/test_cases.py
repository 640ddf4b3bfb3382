"""Every worked example beside the instruments comes out as typed, and every regime has some."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bongsu.law import Law
from bongsu.law.read import _Loader, _plain
from bongsu.law.registry import REGIMES, regime
from bongsu.law.words import LANGUAGES, lines

FOLDER = Path(__file__).resolve().parents[2] / "bongsu" / "law" / "cases"
BASES = {"statute arithmetic", "published example", "constructed"}
KEYS = {"name", "regime", "basis", "source", "on", "known", "take", "facts", "expect", "note", "example"}
EXPECTED = {"outcome", "figure", "amounts", "lacks", "parts", "error"}


def cases() -> list[tuple[str, dict[str, Any]]]:
    """Every case with the name of its file, numbers as Decimals."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        # The loader of the instruments: numbers as Decimals, NO for Norway.
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        found += [(f"{path.stem}: {one.get('name')}", one) for one in _plain(raw)]
    return found


CASES = cases()
LAW = Law.load()


@cache
def named() -> set[str]:
    return {f"{one['regime']}|{one['name']}" for _, one in CASES}


def rounded_as(figure: Decimal | None, typed: Decimal) -> Decimal | None:
    """A figure at the digits of the typed one: a repeating quotient is typed to some places only."""
    return None if figure is None else figure.quantize(typed) if isinstance(typed.as_tuple().exponent, int) else figure


@pytest.mark.parametrize("case", [pytest.param(one, id=name) for name, one in CASES])
def test_case(case: dict[str, Any]) -> None:
    assert case.keys() <= KEYS, sorted(case.keys() - KEYS)
    assert case["basis"] in BASES
    assert case["source"]
    expect = case["expect"]
    assert expect
    assert expect.keys() <= EXPECTED, sorted(expect.keys() - EXPECTED)
    one = regime(case["regime"])
    law = LAW.on(case["on"], case.get("known")).taking(case.get("take") or {})
    if "error" in expect:
        with pytest.raises(ValidationError, match=expect["error"]):
            one.record.model_validate(case["facts"])
        return
    finding = one.test(one.record.model_validate(case["facts"]), law)
    told = "\n".join(lines(finding, law))
    if "outcome" in expect:
        assert str(finding.outcome) == str(expect["outcome"]), told
    if "figure" in expect:
        typed = expect["figure"]
        assert (None if typed in (None, "none") else typed) == (
            finding.figure if typed in (None, "none") else rounded_as(finding.figure, typed)
        ), told
    for name, typed in (expect.get("amounts") or {}).items():
        assert name in finding.amounts, told
        assert rounded_as(finding.amounts[name], typed) == typed, told
    lacks = {missing.what for missing in finding.lacks}
    assert set(expect.get("lacks") or ()) <= lacks, told
    for test, outcome in (expect.get("parts") or {}).items():
        assert str(finding.part(test).outcome) == str(outcome), told
    # An undetermined answer says what is missing, and every answer can be told in every language.
    if str(finding.outcome) == "undetermined":
        assert finding.lacks, told
    for language in LANGUAGES:
        assert all(line.strip() for line in lines(finding, law, language))


def test_no_regime_has_two_examples() -> None:
    marked = [case["regime"] for _, case in CASES if case.get("example")]
    assert len(marked) == len(set(marked))


def test_no_case_is_given_twice() -> None:
    assert len(named()) == len(CASES)


@pytest.mark.parametrize("name", sorted(REGIMES))
def test_every_regime_has_worked_cases(name: str) -> None:
    assert [case for _, case in CASES if case["regime"] == name]
