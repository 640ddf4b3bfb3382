"""Hand-written YAML against the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2)."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.committee.written import WrittenError, as_yaml_text, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ON", "ON"), ("no", "no"), ("yes", "yes"), ("off", "off"), ("true", True), ("False", False), ("1e6", 1e6),
        ("1.5E-3", 1.5e-3), ("010", 10), ("12:30", "12:30"), ("1_000", 1000), ("-7", -7), (".5", 0.5), ("~", None),
        ("2026-11-28", dt.date(2026, 11, 28)), ("-.inf", -math.inf), ("1.2.3", "1.2.3"), ("'12'", "12"),
    ],
)  # fmt: skip
def test_plain_values(text: str, value: Any) -> None:
    assert read_yaml(f"x: {text}") == {"x": value}
    assert type(read_yaml(f"x: {text}")["x"]) is type(value)


def test_a_key_on_is_a_word() -> None:
    assert read_yaml("{on: 2026-10-01, 2028: 1}") == {"on": dt.date(2026, 10, 1), 2028: 1}


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: 1\nb: 2\na: 3", "'a' is given twice", 3),
        ("a: 2026-02-30", "a date that is none", None),
        ("a: [1", "expected", 1),
        ("a: !!python/object/apply:os.system [id]", "could not determine a constructor", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, words: str, line: int | None) -> None:
    with pytest.raises(WrittenError, match=words) as told:
        read_yaml(text)
    assert told.value.line == line


def test_what_is_merged_gives_way_to_what_is_written() -> None:
    read = read_yaml("base: &base {a: 1, b: 2}\nown: {<<: *base, b: 3}")
    assert read["own"] == {"a": 1, "b": 3}


@given(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12),
        st.from_regex(r"[-+.0-9eE_:]{1,8}", fullmatch=True),
    )
)
def test_texts_come_back_as_texts(text: str) -> None:
    assert read_yaml(as_yaml_text({"x": text})) == {"x": text}
