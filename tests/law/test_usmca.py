"""Origin by value: USMCA, CKFTA, KORUS and CPTPP."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bongsu.law import Finding, Law, LawOn, Outcome
from bongsu.law.regimes import fta, usmca

LAW = Law.load()
NOW = LAW.on("2026-11-23")
MONEY = st.decimals(0, 10_000, places=2)


def materials(draw: Any) -> tuple[usmca.Material, ...]:
    count = draw(st.integers(1, 4))
    return tuple(
        usmca.Material(
            name=f"m{i}",
            value=draw(MONEY),
            originating=draw(st.sampled_from([True, False, None])),
        )
        for i in range(count)
    )


@st.composite
def goods(draw: Any) -> usmca.Rvc:
    return usmca.Rvc(
        part_class="core", method="nc", net_cost=draw(st.decimals(1, 10_000, places=2)), materials=materials(draw)
    )


@given(goods())
def test_content_is_at_most_100(good: usmca.Rvc) -> None:
    figure = usmca.rvc(good, NOW).figure
    assert figure is None or figure <= 100


@given(goods(), st.integers(0, 3))
def test_more_originating_input_never_lowers_the_content(good: usmca.Rvc, at: int) -> None:
    order = {Outcome.FAIL: 0, Outcome.UNDETERMINED: 1, Outcome.PASS: 2}
    better = tuple(
        one.model_copy(update={"originating": True}) if i == at % len(good.materials) else one
        for i, one in enumerate(good.materials)
    )
    before, after = (usmca._vnm(one, NOW, NOW.date) for one in (good, good.model_copy(update={"materials": better})))
    assert after.low <= before.low
    assert after.high is not None
    assert before.high is not None
    assert after.high <= before.high
    improved = usmca.rvc(good.model_copy(update={"materials": better}), NOW)
    if usmca.rvc(good, NOW).outcome is not Outcome.UNDETERMINED:
        assert order[improved.outcome] >= order[usmca.rvc(good, NOW).outcome]


def test_roll_up_leaves_out_what_an_originating_material_contains() -> None:
    cell = usmca.Material(name="cell", value=100, originating=True, non_originating=40)
    assert usmca.non_originating(cell).high == 0
    assert usmca.non_originating(cell, roll_up=False).high == 40
    unknown = usmca.Material(name="cell", value=100, originating=True)
    assert usmca.non_originating(unknown, roll_up=False) == usmca.Range(Decimal(0), Decimal(100), ("cell",))


CORE = ("body_and_chassis", "axle", "suspension", "steering", "advanced_battery")


def car(inside: tuple[int, ...] = (900,) * 5, cost: tuple[int, ...] = (4000,) * 5, **more: Any) -> usmca.Vehicle:
    """A battery-electric car of net cost 40,000 that passes everything; core parts with these VNM and net costs."""
    parts = [
        usmca.Part(part=name, part_class="core", method="nc", net_cost=one, value=one, vnm=vnm)
        for name, one, vnm in zip(CORE, cost, inside, strict=True)
    ]
    facts = {
        "vehicle_type": "passenger_vehicle",
        "net_cost": 40000,
        "vnm": 5000,
        "parts": parts,
        "core_parts_absent": ("engine", "transmission"),
        "high_wage_material_manufacturing": 30,
        "high_wage_technology": 10,
        "high_wage_assembly": False,
        "steel_bought": 100,
        "steel_north_american": 70,
        "aluminium_bought": 100,
        "aluminium_north_american": 70,
    }
    return usmca.Vehicle.model_validate(facts | more)


def outcome(finding: Finding, part: str) -> str:
    return str(finding.part(part).outcome)


def test_a_car_that_meets_every_test_at_its_limit() -> None:
    assert usmca.vehicle(car(), NOW).outcome is Outcome.PASS


def test_roll_up_both_ways() -> None:
    """9,000 besides the core parts and 4,500 in them, of 40,000: 77.5 % (panel) or 66.25 % (US position)."""
    panel = usmca.vehicle(car().model_copy(update={"vnm": Decimal(9000), "core_part_rollup": "panel"}), NOW)
    us = usmca.vehicle(car().model_copy(update={"vnm": Decimal(9000), "core_part_rollup": "us_position"}), NOW)
    none = usmca.vehicle(car().model_copy(update={"vnm": Decimal(9000)}), NOW)
    assert (panel.outcome, panel.part("content").figure) == (Outcome.PASS, Decimal("77.5"))
    assert (us.outcome, us.part("content").figure) == (Outcome.FAIL, Decimal("66.25"))
    assert none.outcome is Outcome.UNDETERMINED
    assert [one.what for one in none.lacks] == ["usmca-vehicle.missing.rollup"]


@given(st.lists(st.integers(0, 4000), min_size=5, max_size=5), st.integers(0, 20000))
def test_roll_up_of_the_panel_never_lowers_the_content(inside: list[int], rest: int) -> None:
    base = car(tuple(inside)).model_copy(update={"vnm": Decimal(rest)})
    figure = {
        reading: usmca.vehicle(base.model_copy(update={"core_part_rollup": reading}), NOW).part("content").figure
        for reading in ("panel", "us_position")
    }
    assert figure["panel"] is not None
    assert figure["us_position"] is not None
    assert figure["us_position"] <= figure["panel"] <= 100


def test_each_averaged_and_super_core_differ() -> None:
    def ways(vnm: tuple[int, ...], value: tuple[int, ...]) -> list[str]:
        found = usmca.vehicle(car(vnm, value), NOW).part("core-parts")
        return [str(found.part(way).outcome) for way in ("each", "averaged", "super_core")]

    alike = (4000,) * 5
    assert ways((1000,) * 5, alike) == ["pass"] * 3
    # One part misses; the mean and the sum are exactly 75 %.
    assert ways((1400, 900, 900, 900, 900), alike) == ["fail", "pass", "pass"]
    # A dear battery with much content lifts the sum, not the mean.
    assert ways((600, 600, 600, 600, 2000), (2000, 2000, 2000, 2000, 12000)) == ["fail", "fail", "pass"]
    # Cheap parts with full content lift the mean, not the sum.
    assert ways((0, 0, 0, 0, 4000), (1000, 1000, 1000, 1000, 12000)) == ["fail", "pass", "pass"]
    assert ways((0, 0, 0, 0, 6000), (1000, 1000, 1000, 1000, 12000)) == ["fail", "pass", "fail"]


def test_core_parts_together_deem_each_part_originating() -> None:
    vehicle = car((1400, 900, 900, 900, 900)).model_copy(update={"vnm": Decimal(9000), "core_part_rollup": "panel"})
    together = usmca.vehicle(vehicle, NOW)
    each = usmca.vehicle(vehicle.model_copy(update={"core_part_method": "each"}), NOW)
    assert together.part("content").figure == Decimal("77.5")
    assert each.part("content").figure == Decimal("67.5")
    assert (outcome(together, "core-parts"), outcome(each, "core-parts")) == ("pass", "fail")


def test_mean_is_decided_without_rounding() -> None:
    """Three parts at thirds: mean of 2/3, 2/3 and 11/12 is exactly 75 %."""
    parts = tuple(
        usmca.Part(part=n, part_class="core", method="nc", net_cost=c, value=c, vnm=v)
        for n, c, v in (("axle", 3, 1), ("steering", 3, 1), ("suspension", 12, 1))
    )
    absent = ("engine", "transmission", "body_and_chassis", "advanced_battery")
    vehicle = car().model_copy(update={"parts": parts, "core_parts_absent": absent, "core_part_method": "averaged"})
    assert outcome(usmca.vehicle(vehicle, NOW), "core-parts") == "pass"


def test_a_core_part_left_out_is_missing() -> None:
    found = usmca.vehicle(car(core_parts_absent=("engine",)), NOW)
    assert found.outcome is Outcome.UNDETERMINED
    assert {"part": "transmission"} in [dict(one.args) for one in found.lacks]


@pytest.mark.parametrize(
    ("facts", "figure", "verdict"),
    [
        ({"high_wage_material_manufacturing": 30, "high_wage_technology": 10}, 40, "pass"),
        ({"high_wage_material_manufacturing": 29, "high_wage_technology": 25}, 39, "fail"),
        ({"high_wage_material_manufacturing": 25, "high_wage_technology": 10, "high_wage_assembly": True}, 40, "pass"),
        ({"high_wage_material_manufacturing": "24.99", "high_wage_technology": 10, "high_wage_assembly": True}, 39.99, "fail"),
        ({"high_wage_material_manufacturing": 40, "high_wage_technology": 0}, 40, "pass"),
        ({"high_wage_material_manufacturing": 40, "average_wage": "15.99"}, 0, "fail"),
        ({"high_wage_material_manufacturing": 40, "average_wage": 16, "high_wage_technology": 0}, 40, "pass"),
        ({"vehicle_type": "light_truck", "high_wage_material_manufacturing": 34}, 44, "fail"),
        ({"vehicle_type": "light_truck", "high_wage_material_manufacturing": 35}, 45, "pass"),
    ],
)  # fmt: skip
def test_labour_value_content(facts: dict[str, Any], figure: float, verdict: str) -> None:
    found = usmca.vehicle(car(**facts), NOW).part("labour")
    assert (str(found.outcome), float(found.figure or 0)) == (verdict, figure)


@pytest.mark.parametrize(
    ("made", "unknown", "verdict", "lacks"),
    [
        (40, ("technology", "assembly"), "pass", []),  # enough without either
        ("24.99", ("technology", "assembly"), "fail", []),  # short of its own minimum, whatever the rest
        (25, ("technology", "assembly"), "undetermined", ["technology", "plant"]),
        (25, ("technology",), "fail", []),  # 25 + at most 10
        (30, ("technology",), "undetermined", ["technology"]),  # 30 + at most 10 is just enough
        ("29.99", ("technology",), "fail", []),
        (30, ("assembly",), "pass", []),
        ("25.01", ("assembly",), "undetermined", ["plant"]),
    ],
)
def test_labour_value_that_is_not_known_is_not_taken_for_none(
    made: float | str, unknown: tuple[str, ...], verdict: str, lacks: list[str]
) -> None:
    facts = car(high_wage_material_manufacturing=made, **{f"high_wage_{name}": None for name in unknown})
    found = usmca.vehicle(facts, NOW).part("labour")
    assert str(found.outcome) == verdict
    assert [one.what.removeprefix("usmca-vehicle.missing.") for one in found.missing] == lacks


def test_labour_value_content_rises_by_the_year() -> None:
    facts = car(high_wage_material_manufacturing=20)
    assert [
        outcome(usmca.vehicle(facts.model_copy(update={"entered": dt.date(year, 7, 1)}), NOW), "labour")
        for year in (2020, 2021, 2022, 2023)
    ] == ["pass", "fail", "fail", "fail"]


def test_steel_must_be_melted_and_poured_later() -> None:
    steel = car(steel_melted_and_poured=60)
    law = LAW.on("2027-07-01", "2026-11-23")
    assert outcome(usmca.vehicle(steel, NOW), "steel") == "pass"
    assert outcome(usmca.vehicle(steel, law), "steel") == "fail"
    assert outcome(usmca.vehicle(car(), law), "steel") == "undetermined"


def test_a_heavy_truck_has_no_core_parts() -> None:
    truck = car(
        vehicle_type="heavy_truck", parts=(), core_parts_absent=(), vnm=14400, high_wage_material_manufacturing=35
    )
    found = usmca.vehicle(truck, NOW)
    assert found.outcome is Outcome.PASS
    assert [one.test for one in found.parts] == ["content", "labour", "steel", "aluminium"]


def test_a_part_of_unknown_content_bounds_the_vehicle() -> None:
    unknown = usmca.Part(part="brakes", part_class="complementary", value=Decimal(1000))
    vehicle = car(core_part_rollup="panel")
    vehicle = vehicle.model_copy(update={"parts": (*vehicle.parts, unknown)})
    assert outcome(usmca.vehicle(vehicle, NOW), "content") == "pass"
    near = vehicle.model_copy(update={"vnm": Decimal(9500)})
    assert outcome(usmca.vehicle(near, NOW), "content") == "undetermined"
    certified = unknown.model_copy(update={"originating": True})
    near = near.model_copy(update={"parts": (*vehicle.parts[:-1], certified)})
    assert outcome(usmca.vehicle(near, NOW), "content") == "pass"


@pytest.mark.parametrize(
    ("record", "facts", "sentence"),
    [
        (usmca.Rvc, {"net_cost": -1}, "greater than or equal to 0"),
        (usmca.Rvc, {"net_cost": 1, "total_cost": 1}, "net_cost and total_cost are both given"),
        (usmca.Rvc, {"vnm": 1, "materials": [{"name": "a", "value": 1}]}, "give the sum or the list"),
        (usmca.Rvc, {"transaction_value": 1, "international_shipping": 2}, "international_shipping is above"),
        (usmca.Rvc, {"total_cost": 1, "royalties": 2}, "must be contained in it"),
        (usmca.Rvc, {"nett_cost": 1}, "Extra inputs are not permitted"),
        (usmca.Material, {"name": "cell", "value": 10, "freight": 6, "regional": 5}, "more than its value"),
        (usmca.Material, {"name": "cell", "value": 10, "non_originating": 11}, "worth more than the material"),
        (usmca.Vehicle, {"vehicle_type": "light_truck", "high_wage_technology": 101}, "less than or equal to 100"),
        (usmca.Vehicle, {"vehicle_type": "light_truck", "steel_bought": 1, "steel_north_american": 2}, "above all steel"),
        (fta.FtaValue, {"hs": "8703.80"}, "pattern"),
        (fta.FtaValue, {"hs": "8703", "adjusted_value": 1, "vom": 2}, "must be contained in it"),
    ],
)  # fmt: skip
def test_bad_facts_get_a_sentence(record: type[usmca.Record], facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        record.model_validate(facts)


def test_no_second_intermediate_material_upstream() -> None:
    inner = {"name": "cell", "value": 5, "intermediate": True, "needs_rvc": True}
    with pytest.raises(ValidationError, match="designate one of them"):
        usmca.Material.model_validate(
            {"name": "pack", "value": 10, "intermediate": True, "needs_rvc": True, "made_of": [inner]}
        )


def test_unknown_names_get_a_sentence() -> None:
    with pytest.raises(ValueError, match="part_class is 'motor'; use vehicle"):
        usmca.rvc(usmca.Rvc(part_class="motor"), NOW)
    with pytest.raises(ValueError, match="wheel: no core part; the core parts are engine"):
        usmca.vehicle(car(core_parts_absent=("wheel",)), NOW)
    with pytest.raises(ValueError, match="korus has no rule for parts of the same heading"):
        fta.value_test("korus", fta.FtaValue(hs="8703", rule="same_heading"), NOW)
    with pytest.raises(ValueError, match="vnm is below zero in row 2"):
        usmca.rvc_table(
            pl.DataFrame({"method": ["nc"] * 2, "part_class": ["core"] * 2, "net_cost": [1, 1], "vnm": [1, -1]}), NOW
        )


def _goods(count: int, seed: int) -> pl.DataFrame:
    """Goods of which many stand exactly at a threshold, and some lack an amount."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        whole = Decimal(rng.randrange(0, 4000)) / 10
        share = rng.choice(
            [Decimal(rng.randrange(0, 1200)) / 1000, *(Decimal(x) / 200 for x in (30, 40, 50, 60, 70, 80, 100))]
        )
        rows.append(
            {
                "method": rng.choice(["tv", "nc", "either"]),
                "part_class": rng.choice(
                    ["core", "principal", "complementary", "vehicle", "heavy_truck", "fallback", usmca.TRACTION_BATTERY]
                ),
                "transaction_value": None if rng.random() < 0.05 else float(whole),
                "net_cost": None if rng.random() < 0.05 else float(whole + rng.choice([0, 5])),
                "vnm": None if rng.random() < 0.05 else float(whole * share),
                "battery_rule": rng.choice([None, "rvc", "tariff_shift"]),
                "unshifted": rng.choice([None, 0.0, 5.0]),
                "entered": rng.choice([None, dt.date(2020, 6, 30), dt.date(2020, 7, 1), dt.date(2022, 8, 1)]),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _agrees(table: pl.DataFrame, findings: list[Finding]) -> None:
    assert table["outcome"].to_list() == [str(one.outcome) for one in findings]
    for row, one in zip(table["figure"].to_list(), findings, strict=True):
        if one.figure is None:
            assert row != row
        else:
            assert row == pytest.approx(float(one.figure), abs=1e-9)


def _record(row: dict[str, Any], record: type[usmca.Record]) -> Any:
    return record.model_validate(
        {k: Decimal(str(v)) if isinstance(v, float) else v for k, v in row.items() if v is not None}
    )


def test_table_agrees_with_the_test() -> None:
    frame = _goods(1500, 1)
    table = usmca.rvc_table(frame, NOW)
    _agrees(table, [usmca.rvc(_record(row, usmca.Rvc), NOW) for row in frame.iter_rows(named=True)])


@pytest.mark.parametrize("agreement", ["ckfta", "korus", "cptpp"])
def test_fta_table_agrees_with_the_test(agreement: str) -> None:
    rng = random.Random(2)
    rows = []
    for _ in range(800):
        whole = Decimal(rng.randrange(0, 4000)) / 10
        share = Decimal(rng.choice([rng.randrange(0, 1100), 350, 450, 550, 650])) / 1000
        vom = min(whole, whole * Decimal(rng.choice([rng.randrange(0, 1000), 350])) / 1000)
        rows.append(
            {
                "hs": rng.choice(["8703", "870380", "850760", "8707"]),
                "method": rng.choice(["any", "build_down", "build_up", "net_cost"]),
                "adjusted_value": None if rng.random() < 0.05 else float(whole),
                "net_cost": None if rng.random() < 0.05 else float(whole),
                "vnm": None if rng.random() < 0.05 else float(whole * share),
                "vom": None if rng.random() < 0.05 else float(vom),
                "producer_country": rng.choice([None, "KR", "CA"]),
                "entered": rng.choice([None, dt.date(2011, 1, 1), dt.date(2016, 1, 1)]),
            }
        )
    frame = pl.DataFrame(rows, infer_schema_length=None)
    findings = [fta.value_test(agreement, _record(row, fta.FtaValue), NOW) for row in frame.iter_rows(named=True)]
    _agrees(fta.value_table(agreement, frame, NOW), findings)


def test_nothing_known_later_changes_the_answer() -> None:
    early: LawOn = LAW.on("2021-01-01", "2019-01-01")
    assert usmca.rvc(usmca.Rvc(part_class="vehicle", net_cost=1, vnm=0), early).outcome is Outcome.FAIL
