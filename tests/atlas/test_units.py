"""Conversion at the door, against published factors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.atlas.units import UNITS, capacity_factor, factor

# IUPAC 2021, abridged, g/mol
LITHIUM, CARBON, OXYGEN, NICKEL, SULPHUR, HYDROGEN = 6.94, 12.011, 15.999, 58.693, 32.06, 1.008


@pytest.mark.parametrize(
    ("unit", "target", "expected"),
    [
        ("kt", "t", 1e3),
        ("Mt", "t", 1e6),
        ("kg", "t", 1e-3),
        ("t", "t", 1.0),
        ("GWh", "kWh", 1e6),
        ("MWh", "kWh", 1e3),
        ("TWh", "kWh", 1e9),
        ("million m2", "m2", 1e6),
        ("million t", "t", 1e6),
        ("vehicle", "vehicle", 1.0),
    ],
)
def test_plain_units(unit: str, target: str, expected: float) -> None:
    assert factor(unit, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("unit", "target"), [("kt", "kWh"), ("GWh", "t"), ("m2", "t"), ("vehicle", "kWh")])
def test_units_of_other_things_are_refused(unit: str, target: str) -> None:
    with pytest.raises(ValueError, match="does not measure the same thing"):
        factor(unit, target)


@pytest.mark.parametrize("unit", ["mt", "ton", "T", "gwh", "5 kt", "kt)", "((", "", "%", "1e400 t", "t**", "million"])
def test_what_a_parser_of_units_would_guess_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="is not known; use one of"):
        factor(unit, "t")


@given(st.text(max_size=12), st.sampled_from(["t", "kWh", "m2", "vehicle"]))
def test_any_text_is_a_known_unit_or_a_clear_refusal(unit: str, target: str) -> None:
    if unit == target or unit.strip().removeprefix("million ").strip() in UNITS:
        return
    with pytest.raises(ValueError, match=r"the unit .* is not known; use one of"):
        factor(unit, target)


def test_lithium_carbonate_equivalent_as_published() -> None:
    # Published: 1 t Li = 5.323 t Li2CO3; 1 t LCE = 1 t Li2CO3 = 1.136 t LiOH.H2O; 1 t Li2O = 2.473 t LCE.
    carbonate = 2 * LITHIUM / (2 * LITHIUM + CARBON + 3 * OXYGEN)
    hydroxide = LITHIUM / (LITHIUM + 2 * OXYGEN + 3 * HYDROGEN)
    assert 1 / carbonate == pytest.approx(5.323, abs=5e-4)
    assert capacity_factor("t:Li", "t", {"Li": carbonate}) == pytest.approx(5.323, abs=5e-4)
    assert capacity_factor("t:LCE", "t", {"Li": carbonate}) == pytest.approx(1.0, rel=1e-9)
    assert capacity_factor("kt:Li2CO3", "t", {"Li": carbonate}) == pytest.approx(1000.0, rel=1e-9)
    assert capacity_factor("t:LCE", "t", {"Li": hydroxide}) == pytest.approx(1.1357, abs=1e-3)
    # 1 t LCE is in 6.74 t of spodumene concentrate of 6 % Li2O.
    assert capacity_factor("t:LCE", "t", {"Li": 0.06 * 2 * LITHIUM / (2 * LITHIUM + OXYGEN)}) == pytest.approx(
        6.74, abs=0.01
    )


def test_contained_nickel_as_published() -> None:
    # Published: 1 t Ni = 4.478 t NiSO4.6H2O (22.33 % Ni).
    sulphate = NICKEL / (NICKEL + SULPHUR + 4 * OXYGEN + 6 * (2 * HYDROGEN + OXYGEN))
    assert capacity_factor("t:Ni", "t", {"Ni": sulphate}) == pytest.approx(4.478, abs=5e-4)


def test_an_element_that_the_item_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="no stated content of Ni, so 't:Ni' cannot be converted"):
        capacity_factor("t:Ni", "t", {"Co": 0.2})
    with pytest.raises(ValueError, match="no stated content of Li"):
        capacity_factor("t:LCE", "t", {})
