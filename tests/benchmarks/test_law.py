"""The benchmark of the law: its random tables are fair, both ways agree on them, and the page says what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import law
from benchmarks.law_frames import KINDS, NAMES, frame
from bongsu.law import Law

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_the_same_from_the_same_seed(name: str) -> None:
    for kind in KINDS:
        one = frame(name, kind, 50, 3)
        assert one.height == 50
        assert one.equals(frame(name, kind, 50, 3))
        assert not one.equals(frame(name, kind, 50, 4))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_both_ways_agree_on_a_random_table(name: str, kind: str) -> None:
    found = law.testing(name, kind, 150, 150, 1, 7, Law.load().on(law.DAY))
    assert 0 <= found["exact"] <= 1


def test_rows_at_a_threshold_are_counted() -> None:
    now = Law.load().on(law.DAY)
    exact = {
        name: law.testing(name, "edges", 400, 1, 1, 5, now)["exact"]
        for name in ("us-macr", "us-45x", "us-30d-amount", "usmca-rvc", "korus-value", "ca-ctm-itc")
    }
    assert all(exact.values()), exact


def test_the_page_says_met_and_missed() -> None:
    one: dict[str, Any] = {"regime": "us-macr", "kind": "spread", "explaining": 500.0, "exact": 0.01}
    solved = {"columns": 10, "rows": 5, "processor": 1.0, "wall": 1.5, "status": "optimal"}
    found = {
        "machine": "a machine",
        "load": ["0.1", "0.2"],
        "rows": 100,
        "explained": 10,
        "repeats": 1,
        "seeds": [1, 2],
        "tests": [one | {"rate": 200_000.0}, one | {"rate": 99_999.0, "kind": "edges"}],
        "state": {"alone": [[1.0, 1.1]], "read": [[1.0, 1.3]]},
        "solve": [solved, solved],
    }
    page = law.page(found)
    assert "| us-macr | spread | 200,000 | met | 500 | 400.0 × | 1.00 % |" in page
    assert "missed by 1 of 2: us-macr (edges)" in page
    assert "+10 %" in page
    assert page.count("**missed**") == 2


@pytest.mark.slow
def test_stating_times_both() -> None:
    found = law.stating(DATA, 1, lambda _: None)
    assert all(seconds > 0 for pairs in found.values() for pair in pairs for seconds in pair)
