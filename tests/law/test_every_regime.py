"""What holds for every test of law: it answers on any day, lacks are named, and tables agree with the single test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from bongsu.cli import law_facts
from bongsu.cli.shell import BadInput
from bongsu.law import Finding, Law, Outcome
from bongsu.law.registry import REGIMES
from bongsu.law.words import LANGUAGES, lines

from .test_cases import CASES

LAW = Law.load()
DAYS = ("2000-01-01", "2022-08-16", "2025-02-01", "2026-11-23", "2031-07-01", "2050-12-31")


def answered(name: str, facts: dict[str, Any], on: Any, known: Any = None) -> Finding | None:
    """The finding; None where the facts are refused with a sentence. Anything else raised is a fault."""
    one, law = REGIMES[name], LAW.on(on, known)
    try:
        record = one.record.model_validate(facts)
    except ValidationError:
        return None
    try:
        found = law_facts.tested(one, record, law)
    except BadInput:
        return None
    told = [list(lines(found, law, language)) for language in LANGUAGES]
    if found.outcome is Outcome.UNDETERMINED:
        assert found.lacks, told[0]
    return found


@pytest.mark.parametrize("name", sorted(REGIMES))
def test_any_day_and_any_missing_fact_has_an_answer(name: str) -> None:
    cases = [case for _, case in CASES if case["regime"] == name and "error" not in case["expect"]]
    for case in cases[:6]:
        facts = case["facts"]
        for day in DAYS:
            answered(name, facts, day)
            answered(name, facts, day, "2024-01-01")
        for field in facts:
            answered(name, {key: value for key, value in facts.items() if key != field}, case["on"])
            answered(name, facts | {field: None}, case["on"])
    answered(name, {}, "2026-11-23")


JUNK = [
    "x",
    Decimal(-1),
    Decimal("1e400"),
    Decimal(0),
    Decimal(101),
    [],
    {},
    dt.date(1, 1, 1),
    dt.date(9999, 12, 31),
    ["x"],
    "",
]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of nested facts."""
    if at:
        yield at
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(one, (*at, key))


@pytest.mark.parametrize("name", sorted(REGIMES))
def test_nonsense_anywhere_is_a_sentence_or_an_answer(name: str) -> None:
    case = law_facts.example(name)
    assert case is not None
    law = LAW.on("2026-11-23")
    for at in list(places(case["facts"]))[:24]:
        for junk in JUNK:
            facts = deepcopy(case["facts"])
            inner = facts
            for key in at[:-1]:
                inner = inner[key]
            inner[at[-1]] = junk
            try:
                found = law_facts.tested(REGIMES[name], law_facts.record(REGIMES[name], facts, "f.yaml"), law)
            except BadInput:
                continue
            assert list(lines(found, law, "fr"))


def scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | Decimal | dt.date)


@pytest.mark.parametrize("name", sorted(name for name, one in REGIMES.items() if one.table is not None))
def test_tables_agree_with_the_worked_cases(name: str) -> None:
    one = REGIMES[name]
    checked = 0
    for _, case in CASES:
        if case["regime"] != name or "error" in case["expect"] or case.get("take"):
            continue
        facts = case["facts"]
        if not all(map(scalar, facts.values())):
            continue
        law = LAW.on(case["on"], case.get("known"))
        fields = one.record.model_validate(facts).model_dump()
        # Every scalar field is a column, as in a table that a person keeps; numbers as floats.
        row = {
            key: float(value) if isinstance(value, Decimal) else value for key, value in fields.items() if scalar(value)
        }
        frame = pl.DataFrame([row], infer_schema_length=None)
        answer = law_facts.tabled(one, frame, law, "table")
        given = pl.DataFrame([{key: value for key, value in row.items() if key in facts}], infer_schema_length=None)
        assert law_facts.tabled(one, given, law, "table")["outcome"][0] == answer["outcome"][0], case["name"]
        expected = law_facts.tested(one, one.record.model_validate(facts), law)
        assert answer["outcome"][0] == str(expected.outcome), case["name"]
        if expected.figure is not None and answer["figure"][0] is not None:
            assert answer["figure"][0] == pytest.approx(float(expected.figure)), case["name"]
        checked += 1
    assert checked
