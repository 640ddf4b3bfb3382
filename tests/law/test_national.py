"""Credits and targets of Canada, Korea and the European Union."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bongsu.law import Law, Outcome, Status
from bongsu.law.regimes import canada, eu, korea
from bongsu.law.words import LANGUAGES, lines

LAW = Law.load()
TODAY = LAW.on("2026-11-23")
DAY = dt.date(2026, 5, 1)
AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=3)


def plant(**more: object) -> canada.ManufacturingCredit:
    facts = {
        "available_for_use": DAY,
        "taxable_canadian_corporation": True,
        "new_property": True,
        "activity": "processing",
        "capital_cost": Decimal(1000),
    }
    return canada.ManufacturingCredit.model_validate(facts | more)


@given(lithium=AMOUNTS, nickel=AMOUNTS, iron=AMOUNTS, more=AMOUNTS)
def test_more_qualifying_output_never_lowers_the_share(
    lithium: Decimal, nickel: Decimal, iron: Decimal, more: Decimal
) -> None:
    def share(extra: Decimal) -> Decimal | None:
        outputs = {"lithium": lithium + extra, "nickel": nickel, "iron": iron}
        use = next(p for p in canada.ctm_itc(plant(outputs=outputs), TODAY).parts if p.test == "use")
        return use.figure

    before, after = share(Decimal(0)), share(more)
    if before is not None and after is not None:
        assert 0 <= before <= after <= 100


@given(year=st.integers(2024, 2034))
def test_the_rate_never_rises_with_the_years_and_the_amount_is_the_rate(year: int) -> None:
    def found(when: int) -> Decimal:
        finding = canada.ctm_itc(plant(available_for_use=dt.date(when, 7, 1), qualifying_share=95), TODAY)
        if finding.outcome is not Outcome.PASS:
            return Decimal(0)
        assert finding.figure is not None
        assert finding.amounts["credit"] == finding.figure * 10
        return finding.figure

    assert found(year) >= found(year + 1)


def test_materials_of_the_act_of_2026_are_not_known_before_it() -> None:
    for day, expected in (("2026-03-25", False), ("2026-03-26", True)):
        listed = LAW.on("2026-05-01", known=day).value(canada.CTM, "qualifying_materials").list
        assert ("antimony" in listed) is expected
        outcome = canada.ctm_itc(plant(outputs={"antimony": 1}), LAW.on("2026-05-01", known=day)).outcome
        assert (outcome is Outcome.PASS) is expected


def test_the_credit_is_only_proposed_before_its_enactment() -> None:
    assert LAW.on("2024-02-01").status(canada.CTM) is Status.PROPOSED
    assert LAW.on("2024-02-01", known="2024-06-20").status(canada.CTM) is Status.IN_FORCE


@pytest.mark.parametrize("name", ["ca-ev-supply-chain-itc", "kr-production-credit"])
def test_a_proposal_is_not_in_force(name: str) -> None:
    assert TODAY.in_force(name) is False
    assert TODAY.in_force(name, dt.date(2035, 1, 1)) is False


@pytest.mark.parametrize(
    ("on", "known", "status"),
    [
        ("2026-06-01", "2025-01-01", Status.IN_FORCE),
        ("2026-06-01", "2025-10-01", Status.SUSPENDED),
        ("2027-06-01", "2025-10-01", Status.IN_FORCE),
        ("2026-06-01", "2026-02-05", Status.REPEALED),
        ("2027-06-01", "2026-06-01", Status.REPEALED),
    ],
)
def test_the_availability_standard_as_it_was_known(on: str, known: str, status: Status) -> None:
    assert LAW.on(on, known=known).status("ca-evas") is status


@pytest.mark.parametrize(
    ("on", "known", "expected"),
    [
        ("2025-09-01", "2025-06-01", Status.IN_FORCE),
        ("2025-09-01", "2025-09-01", Status.ENACTED),
        ("2027-08-17", "2025-09-01", Status.ENACTED),
        ("2027-08-18", "2025-09-01", Status.IN_FORCE),
    ],
)
def test_due_diligence_moved(on: str, known: str, expected: Status) -> None:
    assert LAW.on(on, known=known).status("eu-battery-due-diligence") is expected


def test_the_sunset_of_korea_is_an_open_question() -> None:
    later = dt.date(2028, 6, 1)
    assert TODAY.in_force(korea.NST, later) is True
    assert TODAY.take(kr_nst_sunset="bill-2027").status(korea.NST, later) is Status.EXPIRED


def test_mapped_processes_exist(processes: set[str]) -> None:
    for name in (canada.CTM, korea.NST):
        for facts in LAW[name].parameters["covers_processes"].facts.values():
            for fact in facts:
                assert isinstance(fact.value, tuple)
                assert set(fact.value) <= processes, sorted(set(fact.value) - processes)


@pytest.fixture(scope="module")
def processes() -> set[str]:
    import csv
    from pathlib import Path

    path = Path(__file__).resolve().parents[2] / "data" / "processes.csv"
    with path.open(encoding="utf-8") as file:
        return {row["process"] for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"qualifying_share": 101}, "less than or equal to 100"),
        ({"capital_cost": -1}, "greater than or equal to 0"),
        ({"qualifying_share": 90, "outputs": {"nickel": 1}}, "qualifying_share or outputs, not both"),
        ({"assistance": 2000}, "assistance of 2000 is more than the capital cost of 1000"),
        ({"activity": "smoking"}, "Input should be"),
        ({"rate": 30}, "Extra inputs"),
    ],
)
def test_bad_facts_are_one_clear_sentence(facts: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        plant(**facts)


def test_recovered_mass_above_the_whole_is_refused() -> None:
    with pytest.raises(ValidationError, match="recovered mass of 2 is more than the whole of 1"):
        eu.Metal(total=Decimal(1), part=Decimal(2))


@given(total=AMOUNTS.filter(lambda x: x > 0), part=AMOUNTS)
def test_recycled_share_is_exact(total: Decimal, part: Decimal) -> None:
    part = min(part, total)
    record = eu.RecycledContent.model_validate(
        {
            "placed_on_market": "2032-01-01",
            "battery": "ev",
            "active_material": {"nickel": {"total": total, "part": part}},
            "absent": ["cobalt", "lithium"],
        }
    )
    finding = eu.recycled_content(record, TODAY)
    minimum = TODAY.value(eu.CONTENT, "minimum", "nickel", dt.date(2032, 1, 1)).number
    assert (finding.outcome is Outcome.PASS) == (part * 100 >= minimum * total)


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_are_said_in_every_language(language: str) -> None:
    findings = [
        canada.ctm_itc(plant(qualifying_share=95), TODAY),
        canada.ctm_itc(plant(outputs={"nickel": None}), TODAY),
        canada.ctm_itc(canada.ManufacturingCredit(), TODAY),
        canada.ommitc(
            canada.OntarioCredit(
                available_for_use=DAY, canadian_controlled_private=False, manufacturing_in_ontario=True,
                expenditure=Decimal(30_000_000), years_kept=Decimal(2),
            ),
            TODAY,
        ),
        korea.nst_credit(korea.StrategicTechnology(invested=DAY, field="battery"), TODAY),
        eu.passport(eu.Passport(placed_on_market=dt.date(2027, 3, 1), battery="industrial"), TODAY),
    ]  # fmt: skip
    for finding in findings:
        assert "\n".join(lines(finding, TODAY, language))


@pytest.mark.skipif(canada.MFN not in LAW.instruments, reason="the ordinary duty of Canada is not written yet")
@pytest.mark.parametrize(("permit", "duty"), [(True, 2440), (False, 42440)])
def test_duty_on_a_chinese_vehicle_inside_and_outside_the_quota(permit: bool, duty: int) -> None:
    record = canada.ChineseVehicle(entry=dt.date(2026, 4, 1), hs="870380", value=Decimal(40000), quota_permit=permit)
    assert canada.china_ev(record, LAW.on("2026-04-01")).amounts["duty"] == duty


def test_the_table_agrees_with_the_explaining_test() -> None:
    random = np.random.default_rng(5)
    size = 600
    kinds = ["extraction", "mine-site processing", "processing", "recycling", "synthetic graphite", "manufacturing"]
    known = [True, True, True, False, None]
    frame = pl.DataFrame(
        {
            "available_for_use": pl.Series(
                [
                    None if d < 0 else dt.date(2023, 1, 1) + dt.timedelta(days=int(d))
                    for d in random.integers(-100, 5000, size)
                ],
                dtype=pl.Date,
            ),
            "taxable_canadian_corporation": [known[i] for i in random.integers(0, 5, size)],
            "new_property": [known[i] for i in random.integers(0, 5, size)],
            "activity": [[*kinds, None][i] for i in random.integers(0, 7, size)],
            "qualifying_share": [
                [50.0, 90.0, 89.999999, 50.000001, 100.0, None][i] for i in random.integers(0, 6, size)
            ],
            "capital_cost": [[100.0, None][i] for i in random.integers(0, 2, size)],
        }
    )
    table = canada.ctm_table(frame, TODAY)
    assert set(table["outcome"].unique()) == {"pass", "fail", "undetermined"}
    for row in table.iter_rows(named=True):
        facts = {name: row[name] for name in frame.columns}
        finding = canada.ctm_itc(canada.ManufacturingCredit.model_validate(facts), TODAY)
        assert row["outcome"] == finding.outcome, row
        assert (None if math.isnan(row["figure"]) else row["figure"]) == finding.figure, row
