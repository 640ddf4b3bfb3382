"""A wrong name is answered with names that it may have stood for, and with none rather than a wrong one."""

from __future__ import annotations

import pytest

from bongsu.atlas.near import near
from bongsu.law import Law

NAMES = list(Law.load().instruments)


def test_half_a_name_stands_for_all_that_begin_with_it() -> None:
    found = near("us-section-23", NAMES)
    assert "us-section-232-autos" in found
    assert all(name.startswith("us-section-232") for name in found)


@pytest.mark.parametrize("name", ["us-section-999", "us-section-124", "nothing-at-all", "", "-", "7"])
def test_no_name_is_nearer_than_a_wrong_one(name: str) -> None:
    assert near(name, NAMES) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("US-45X", "us-45x"),
        ("45x", "us-45x"),
        ("us-45y", "us-45x"),
        ("us-sectoin-122", "us-section-122"),
        ("cn-notice-58", "cn-notice-58-2025"),
        ("us-30d-foec", "us-30d-feoc"),
        ("kr-korus-preferense", "kr-korus-preference"),
    ],
)
def test_a_slip_finds_what_was_meant(typed: str, meant: str) -> None:
    assert near(typed, NAMES)[0] == meant


@pytest.mark.parametrize("name", NAMES)
def test_a_slip_of_one_letter_finds_the_name(name: str) -> None:
    at = next(at for at in range(len(name) // 2, len(name)) if name[at].isalpha())
    assert name in near(name[:at] + name[at + 1 :], NAMES)
