"""Section 45X, its cost ratio and its ownership test: properties, and the table beside the explaining test."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from bongsu.law import Law
from bongsu.law.finding import Outcome
from bongsu.law.ownership import Ownership
from bongsu.law.regimes import ca_production_support, us_45x, us_macr, us_pfe
from bongsu.law.words import lines

LAW = Law.load()
TODAY = LAW.on("2026-11-23")
COMPONENTS = ("cell", "module", "module_without_cells", "electrode_material", "mineral", "metallurgical_coal")
CELL: dict[str, Any] = {
    "component": "cell", "sold": dt.date(2026, 6, 30), "units": 1000, "capacity_kwh": "0.075", "power_kw": "0.2",
    "energy_density_wh_l": 500, "place": "US", "facility_48c": False, "sale": "unrelated", "taxpayer_prohibited": False,
    "total_direct_cost": 60, "pfe_direct_cost": 22,
}  # fmt: skip


def macr(component: str = "cell", sold: str = "2026-06-30", **facts: Any) -> us_macr.MacrFacts:
    return us_macr.MacrFacts.model_validate({"component": component, "sold": sold, **facts})


def test_ratio_stays_within_0_and_100_and_less_prohibited_never_lowers_it() -> None:
    rng = random.Random(1)
    for _ in range(300):
        total = Decimal(rng.randint(1, 10_000))
        small, large = sorted(Decimal(rng.randint(0, int(total))) for _ in range(2))
        more = us_macr.test(macr(total_direct_cost=total, pfe_direct_cost=small), TODAY)
        less = us_macr.test(macr(total_direct_cost=total, pfe_direct_cost=large), TODAY)
        assert more.figure is not None
        assert less.figure is not None
        assert 0 <= less.figure <= more.figure <= 100
        assert not (less.outcome is Outcome.PASS and more.outcome is Outcome.FAIL)


def test_average_lies_between_the_products() -> None:
    rng = random.Random(2)
    for _ in range(100):
        products = []
        for name in "AB":
            total = rng.randint(1, 100)
            products.append(
                us_macr.Product(
                    name=name,
                    units=Decimal(rng.randint(1, 9)),
                    total_direct_cost=Decimal(total),
                    pfe_direct_cost=Decimal(rng.randint(0, total)),
                )
            )
        ratios = [
            us_macr.test(macr(total_direct_cost=p.total_direct_cost, pfe_direct_cost=p.pfe_direct_cost), TODAY).figure
            for p in products
        ]
        figure = us_macr.test(macr(products=tuple(products), period_months=12), TODAY).figure
        assert figure is not None
        assert min(r for r in ratios if r is not None) - Decimal("1e-20") <= figure
        assert figure <= max(r for r in ratios if r is not None) + Decimal("1e-20")


def test_before_the_law_was_known_no_ratio_is_asked_for() -> None:
    facts = macr(total_direct_cost=60, pfe_direct_cost=60)
    before = us_macr.test(facts, LAW.on("2026-11-23", known="2025-06-30"))
    assert before.outcome is Outcome.PASS
    assert before.threshold is None
    assert us_macr.test(facts, TODAY).outcome is Outcome.FAIL


def test_unknown_suppliers_leave_bounds_and_are_named() -> None:
    materials = (
        us_macr.Material(name="cathode", price=Decimal(50), prohibited=False),
        us_macr.Material(name="anode", price=Decimal(20)),
        us_macr.Material(name="foil", price=Decimal(30), prohibited=True),
    )
    finding = us_macr.test(macr(materials=materials), TODAY)
    assert finding.outcome is Outcome.UNDETERMINED
    assert [one.args["name"] for one in finding.missing] == ["anode"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"total_direct_cost": 1, "pfe_direct_cost": 2}, "more than the total"),
        ({"total_direct_cost": -1}, "greater than or equal to 0"),
    ],
)
def test_bad_ratio_facts_give_one_sentence(facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        macr(**facts)


def test_sale_before_production_is_refused() -> None:
    with pytest.raises(ValidationError, match="before it was produced"):
        us_45x.Facts45X.model_validate({**CELL, "produced": dt.date(2026, 7, 1)})


@pytest.mark.parametrize(
    ("ratio", "sentence"),
    [
        ({"sold": dt.date(2025, 6, 30)}, "2025-06-30 as its day of sale"),
        ({"sold": dt.date(2026, 6, 30), "tax_year_start": dt.date(2025, 7, 1)}, "2025-07-01 as its taxable year"),
    ],
)
def test_ratio_of_another_day_than_the_sale_is_refused(ratio: dict[str, Any], sentence: str) -> None:
    facts = us_macr.MacrFacts.model_validate(
        {"component": "cell", "total_direct_cost": 60, "pfe_direct_cost": 24, **ratio}
    )
    plain = {k: v for k, v in CELL.items() if k not in ("total_direct_cost", "pfe_direct_cost")}
    with pytest.raises(ValidationError, match=sentence):
        us_45x.Facts45X.model_validate({**plain, "sold": dt.date(2026, 6, 30), "macr": facts})


def test_ratio_takes_the_clocks_of_the_component() -> None:
    # 60 % is enough for cells sold in 2026 and too little for those of 2027.
    facts = us_macr.MacrFacts(component="cell", total_direct_cost=Decimal(60), pfe_direct_cost=Decimal(24))
    plain = {k: v for k, v in CELL.items() if k not in ("total_direct_cost", "pfe_direct_cost")}
    for year, outcome in ((2026, Outcome.PASS), (2027, Outcome.FAIL)):
        record = us_45x.Facts45X.model_validate(
            {**plain, "produced": dt.date(2026, 1, 2), "sold": dt.date(year, 6, 1), "macr": facts}
        )
        assert us_45x.test(record, TODAY).outcome is outcome


def random_days(rng: random.Random, n: int, first: str = "2022-06-01", years: int = 13) -> list[dt.date]:
    start = dt.date.fromisoformat(first)
    return [start + dt.timedelta(days=rng.randrange(365 * years)) for _ in range(n)]


def macr_frame(n: int, seed: int) -> pl.DataFrame:
    rng = random.Random(seed)
    # Small whole numbers and round shares, so that equality at a threshold is frequent.
    total = [rng.choice([20.0, 40.0, 100.0, 0.3, None, 0.0]) for _ in range(n)]
    share = [rng.choice([0, 0.05, 0.15, 0.2, 0.3, 0.35, 0.4, 0.5, 0.75, 1]) for _ in range(n)]
    pfe = [None if t is None or rng.random() < 0.1 else t * s for t, s in zip(total, share, strict=True)]
    return pl.DataFrame(
        {
            "component": [rng.choice(COMPONENTS) for _ in range(n)],
            "sold": [d if rng.random() > 0.02 else None for d in random_days(rng, n)],
            "total_direct_cost": total,
            "pfe_direct_cost": pfe,
        }
    )


@pytest.mark.parametrize("known", ["2026-11-23", "2025-06-30"])
def test_ratio_table_agrees_with_the_explaining_test(known: str) -> None:
    law = LAW.on("2026-11-23", known=known)
    frame = macr_frame(1500, 3)
    told = us_macr.table(frame, law)
    for row in told.iter_rows(named=True):
        finding = us_macr.test(us_macr._record(row), law)
        assert finding.outcome.value == row["outcome"], row
        if finding.figure is not None:
            assert row["figure"] == pytest.approx(float(finding.figure)), row


def credit_frame(n: int, seed: int) -> pl.DataFrame:
    rng = random.Random(seed)

    def mostly(good: Any, *others: Any) -> list[Any]:
        return [good if rng.random() < 0.85 else rng.choice(others) for _ in range(n)]

    sold = random_days(rng, n)
    return pl.DataFrame(
        {
            "component": [rng.choice(COMPONENTS) for _ in range(n)],
            "sold": sold,
            "produced": [None if rng.random() < 0.1 else d - dt.timedelta(days=rng.randrange(400)) for d in sold],
            "units": [float(rng.randint(1, 5)) for _ in range(n)],
            "capacity_kwh": mostly(70.0, 7.0, 0.012, 0.011, None),
            "power_kw": mostly(2.0, 0.7, 0.1, None),
            "energy_density_wh_l": mostly(300.0, 100.0, 99.0, None),
            "production_cost": mostly(1000.0, 0.0, None),
            "place": mostly("US", "CA", None),
            "facility_48c": mostly(False, True, None),
            "all_essential_equipment": mostly(True, False, None),
            "sale": [rng.choice(["unrelated", "related with election", "built in"]) for _ in range(n)],
            "same_facility": mostly(True, False, None),
            "secondary_sold_unrelated": mostly(True, False, None),
            "secondary_material_cost": mostly(100.0, None),
            "secondary_us_primary_cost": mostly(65.0, 64.0, 80.0, None),
            "taxpayer_prohibited": mostly(False, True, None),
            "total_direct_cost": mostly(100.0, 60.0, None),
            "pfe_direct_cost": mostly(10.0, 15.0, 20.0, 40.0, None),
        },
        strict=False,
    )


@pytest.mark.parametrize("known", ["2026-11-23", "2025-06-30", "2022-01-01"])
def test_credit_table_agrees_with_the_explaining_test(known: str) -> None:
    law = LAW.on("2026-11-23", known=known)
    for row in us_45x.table(credit_frame(1500, 4), law).iter_rows(named=True):
        finding = us_45x.test(us_45x._record(row), law)
        assert finding.outcome.value == row["outcome"], (row, list(lines(finding, law)))
        if finding.figure is None:
            assert row["figure"] is None
        else:
            assert row["figure"] == pytest.approx(float(finding.figure)), row


def owners(*holdings: tuple[str, str, str, Any]) -> Ownership:
    return Ownership.model_validate(
        {
            "parties": [
                {"name": "state", "countries": ["CN"], "kind": "government"},
                {"name": "mid", "countries": []},
                {"name": "maker", "countries": []},
            ],
            "rest": "dispersed",
            "holdings": [{"owner": a, "owned": b, "metric": m, "percent": p} for a, b, m, p in holdings],
        }
    )


def pfe(who: Ownership, **more: Any) -> us_pfe.PfeFacts:
    clean = {"publicly_traded": False, "officer_appointed_by": (), "agreements": (), **more}
    return us_pfe.PfeFacts(entity="maker", ownership=who, tax_year_start=dt.date(2026, 1, 1), **clean)


def test_more_held_from_a_covered_nation_never_helps() -> None:
    order = [Outcome.PASS, Outcome.FAIL]
    seen = 0
    for share in range(0, 101, 5):
        outcome = us_pfe.test(pfe(owners(("state", "mid", "equity", 45), ("mid", "maker", "equity", share))), TODAY)
        assert order.index(outcome.outcome) >= seen
        seen = order.index(outcome.outcome)


def test_taxpayer_facts_reach_the_credit() -> None:
    barred = us_45x.Facts45X.model_validate(
        {**CELL, "taxpayer_prohibited": None, "taxpayer": pfe(owners(("state", "maker", "equity", 25)))}
    )
    assert us_45x.test(barred, TODAY).outcome is Outcome.FAIL


def test_unknown_party_is_refused() -> None:
    with pytest.raises(ValidationError, match="no party of the ownership"):
        pfe(owners(), officer_appointed_by=("nobody",))


def test_a_ring_without_outside_owner_is_undetermined() -> None:
    ring = owners(("mid", "maker", "equity", 100), ("maker", "mid", "equity", 100))
    finding = us_pfe.test(pfe(ring), TODAY)
    assert finding.outcome is Outcome.UNDETERMINED


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_everything_can_be_said(language: str) -> None:
    for row in credit_frame(200, 6).iter_rows(named=True):
        assert list(lines(us_45x.test(us_45x._record(row), TODAY), TODAY, language))


def test_canadian_support_follows_the_american_credit() -> None:
    for year in range(2024, 2036):
        facts = ca_production_support.SupportFacts(
            facility="ca-on-nextstar", component="cell", sold=dt.date(year, 7, 1), capacity_kwh=Decimal(1)
        )
        left = TODAY.value("us-45x", "phase_out", "cell", at=dt.date(year, 7, 1)).number
        assert ca_production_support.test(facts, TODAY).figure == Decimal(35) * left / 100
