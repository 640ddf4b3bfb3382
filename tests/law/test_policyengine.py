"""Amounts of section 30D beside PolicyEngine US.

PolicyEngine's parameters and formula, as published in its package (version 2.68.0,
``policyengine_us/parameters/gov/irs/credits/clean_vehicle/new`` and
``variables/gov/irs/credits/clean_vehicle/new/new_clean_vehicle_credit_potential.py``), are typed here: 3,750 USD where
components reach their threshold and 3,750 USD where minerals do, gated by battery capacity, MSRP, income and year. Where the
package itself is installed, it is asked too.

Known departures of PolicyEngine from the statute, kept out of the comparison:

* minimum battery size: 4 kWh, where the statute says 7 kWh from 2023;
* back-dated thresholds: the tests bind from 2022-01-01, where the law binds them from 18 April 2023 and follows capacity before;
* one-year income test: income is that of the year given; a prior year counts only where it is given, and there is one vehicle
  per tax unit;
* the last quarter of 2025: vehicles acquired after 2025-09-30 keep the credit until the end of the year, and 2026 has none even
  on a contract of September 2025;
* foreign entities of concern, final assembly, weight and wheels are folded into one given yes/no;
* no transfer to the dealer: the credit never exceeds the tax.
"""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest

from bongsu.law import Law, Outcome
from bongsu.law.regimes import us_30d

LAW = Law.load().on("2026-11-23")
#: Published by PolicyEngine: first year, percent.
COMPONENTS = {2022: 50, 2024: 60, 2026: 70, 2027: 80, 2028: 90, 2029: 100}
MINERALS = {2022: 40, 2024: 50, 2025: 60, 2026: 70, 2027: 80}
AMOUNT = 3750
INCOME = {
    "joint": 300_000,
    "surviving spouse": 300_000,
    "head of household": 225_000,
    "single": 150_000,
    "separate": 150_000,
}
PRICE = {"van": 80_000, "suv": 80_000, "pickup": 80_000, "other": 55_000}


def in_year(table: dict[int, int], year: int) -> int:
    return table[max(first for first in table if first <= year)]


def published(
    year: int, components: Decimal, minerals: Decimal, price: int, kind: str, income: int, prior: int, status: str
) -> int:
    """PolicyEngine's formula, typed from its published text."""
    eligible = 2023 <= year <= 2025 and price <= PRICE[kind] and min(income, prior) <= INCOME[status]
    earned = AMOUNT * (components >= in_year(COMPONENTS, year)) + AMOUNT * (minerals >= in_year(MINERALS, year))
    return earned if eligible else 0


def ours(
    year: int, components: Decimal, minerals: Decimal, price: int, kind: str, income: int, prior: int, status: str
) -> Decimal:
    day = dt.date(year, 6, 1)
    vehicle = us_30d.VehicleFacts(
        wheels=4,
        gross_weight_lb=5000,
        battery_kwh=75,
        external_charging=True,
        final_assembly="US",
        qualified_manufacturer=True,
        new=True,
        for_resale=False,
        vehicle_class=kind,
        msrp=price,
        filing_status=status,
        magi=income,
        magi_prior=prior,
    )
    record = us_30d.CleanVehicle(
        acquired=day,
        placed_in_service=day,
        vehicle=vehicle,
        minerals_percent=minerals,
        components_percent=components,
        foreign_components=False,
        foreign_minerals=False,
    )
    found = us_30d.test(record, LAW)
    assert found.outcome is not Outcome.UNDETERMINED
    assert found.figure is not None
    return found.figure


SHARES = [Decimal(one) for one in ("39", "40", "49", "49.99", "50", "59", "60", "60.01", "69", "70", "100")]


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_amounts_by_content(year: int) -> None:
    for components, minerals in itertools.product(SHARES, SHARES):
        facts = (year, components, minerals, 50_000, "suv", 120_000, 120_000, "single")
        assert ours(*facts) == published(*facts), facts


@pytest.mark.parametrize("status", list(INCOME))
def test_gates_of_price_and_income(status: str) -> None:
    edges = [INCOME[status], INCOME[status] + 1]
    for kind, over, income, prior in itertools.product(PRICE, (0, 1), edges, edges):
        facts = (2024, Decimal(60), Decimal(50), PRICE[kind] + over, kind, income, prior, status)
        assert ours(*facts) == published(*facts), facts


def test_where_the_two_part() -> None:
    """The departures above, each at the place where it shows."""
    small = us_30d.test_gates(us_30d.Gates(placed_in_service=dt.date(2024, 6, 1), battery_kwh=5), LAW)
    assert small.part("gates.battery").outcome is Outcome.FAIL
    nothing = {"gates": True, "foreign_components": False, "foreign_minerals": False}
    shares = {"minerals_percent": 0, "components_percent": 0, "battery_kwh": 75}
    early = us_30d.Amount(placed_in_service=dt.date(2023, 4, 17), **nothing, **shares)
    assert us_30d.test_amount(early, LAW).figure == 7500
    full = {"minerals_percent": 100, "components_percent": 100}
    late = us_30d.Amount(acquired=dt.date(2025, 10, 1), placed_in_service=dt.date(2025, 10, 2), **nothing, **full)
    assert us_30d.test_amount(late, LAW).figure == 0
    kept = us_30d.Amount(acquired=dt.date(2025, 9, 30), placed_in_service=dt.date(2026, 2, 1), **nothing, **full)
    assert us_30d.test_amount(kept, LAW).figure == 7500


def test_beside_the_package_itself() -> None:
    package = pytest.importorskip("policyengine_us")
    points = [
        (2023, "0.5", "0.4"),
        (2023, "0.5", "0.39"),
        (2023, "0.49", "0.39"),
        (2024, "0.6", "0.5"),
        (2025, "0.6", "0.59"),
    ]
    for year, components, minerals in points:
        unit = {
            "members": ["you"],
            "purchased_qualifying_new_clean_vehicle": {str(year): True},
            "new_clean_vehicle_battery_capacity": {str(year): 75},
            "new_clean_vehicle_msrp": {str(year): 50_000},
            "new_clean_vehicle_classification": {str(year): "SUV"},
            "new_clean_vehicle_battery_components_made_in_north_america": {str(year): float(components)},
            "new_clean_vehicle_battery_critical_minerals_extracted_in_trading_partner_country": {
                str(year): float(minerals)
            },
        }
        situation = {
            "people": {"you": {"age": {str(year): 40}, "employment_income": {str(year): 120_000}}},
            "families": {"f": {"members": ["you"]}},
            "marital_units": {"m": {"members": ["you"]}},
            "tax_units": {"t": unit},
            "spm_units": {"s": {"members": ["you"]}},
            "households": {"h": {"members": ["you"], "state_code": {str(year): "TX"}}},
        }
        simulation = package.Simulation(situation=situation)
        theirs = float(simulation.calculate("new_clean_vehicle_credit_potential", year)[0])
        theirs *= float(simulation.calculate("new_clean_vehicle_credit_eligible", year)[0])
        facts = (year, Decimal(components) * 100, Decimal(minerals) * 100, 50_000, "suv", 120_000, 120_000, "single")
        assert float(ours(*facts)) == theirs, facts
