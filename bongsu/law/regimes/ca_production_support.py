"""Canadian production support: per kilowatt-hour sold, what the United States credit pays, up to the contract's amount.

Support = kWh sold × min(amount of the contract, amount of section 45X × share left by year of sale). The United States' tests of
places, suppliers and owners are not part of the contracts as reported.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, localcontext
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bongsu.law.finding import PRECISION, Finding, Missing, Outcome, Step, undetermined
from bongsu.law.instrument import Found, LawOn
from bongsu.law.regime import Regime

NAME = "ca-production-support"
_US = "us-45x"


class SupportFacts(BaseModel):
    """What a plant sold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    facility: str | None = Field(description="Identifier of the plant in the data pack; None = unknown.")
    component: Literal["cell", "module"] = Field(description="What it sold.")
    sold: dt.date | None = Field(description="Day of sale; None = unknown.")
    capacity_kwh: Annotated[Decimal, Field(ge=0)] | None = Field(description="Capacity sold, kWh; None = unknown.")


def per_kwh(component: str, sold: dt.date, law: LawOn) -> tuple[Decimal, tuple[Step, ...]] | None:
    """USD per kWh sold on a day, and the steps; None where no contract or no United States credit is known for that day."""
    most = law.find(NAME, "most_per_kwh", component, at=sold)
    if most is None or law.in_force(NAME, at=sold) is not True:
        return None
    steps = [Step("ca-production-support.contract", {}, most.number, "USD/kWh", law=most)]
    follows = law.find(NAME, "follows_us_credit", at=sold)
    if follows is None or follows.value != "yes":
        return most.number, tuple(steps)
    american = _american(component, sold, law)
    if american is None:
        return None
    amount, full, left = american
    steps.append(Step("ca-production-support.american", {}, full.number, "USD/kWh", law=full))
    steps.append(
        Step("ca-production-support.left", {}, amount, "USD/kWh", f"{full.number:f} × {left.number:f} %", left)
    )
    lower = min(most.number, amount)
    steps.append(
        Step("ca-production-support.lower", {}, lower, "USD/kWh", f"min({most.number:f}, {amount:f})", follows)
    )
    return lower, tuple(steps)


def _american(component: str, sold: dt.date, law: LawOn) -> tuple[Decimal, Found, Found] | None:
    if law.in_force(_US, at=sold) is not True:
        return None
    full = law.find(_US, "amount_per_kwh", component, at=sold)
    left = law.find(_US, "phase_out", component, at=sold)
    return None if full is None or left is None else (full.number * left.number / 100, full, left)


def test(facts: SupportFacts, law: LawOn) -> Finding:
    """Whether output earns support, and how much: the figure is USD; amounts give the parts of each government."""
    missing = [
        Missing(f"ca-production-support.no-{name}")
        for name in ("facility", "sold", "capacity_kwh")
        if getattr(facts, name) is None
    ]
    if facts.facility is None or facts.sold is None:
        return undetermined(NAME, "support", missing)
    plants = law.find(NAME, "facilities", at=facts.sold)
    status = law.in_force(NAME, at=facts.sold)
    if status is None:
        return undetermined(NAME, "support", [Missing("ca-production-support.no-status")])
    if not status or plants is None or facts.facility not in plants.list:
        args = {"facility": facts.facility, "date": str(facts.sold)}
        step = Step("ca-production-support.none", args, law=plants, outcome=Outcome.FAIL)
        return Finding(NAME, "support", Outcome.FAIL, Decimal(0), "USD", steps=(step,))
    amount = per_kwh(facts.component, facts.sold, law)
    if amount is None:
        return undetermined(NAME, "support", [*missing, Missing("ca-production-support.no-american")])
    each, steps = amount
    if facts.capacity_kwh is None:
        return undetermined(NAME, "support", missing, steps, amounts={"per_kwh": each})
    support = each * facts.capacity_kwh
    outcome = Outcome.PASS if each else Outcome.FAIL
    paid = Step("ca-production-support.paid", {}, support, "USD", f"{facts.capacity_kwh:f} × {each:f}", plants, outcome)
    amounts = {"support": support, "per_kwh": each, **_parts(support, facts.sold, law)}
    return Finding(NAME, "support", outcome, support, "USD", steps=(*steps, paid), amounts=amounts)


def _parts(support: Decimal, sold: dt.date, law: LawOn) -> dict[str, Decimal]:
    names = law.law[NAME].parameters["parts"].keys
    share = {name: law.value(NAME, "parts", name, at=sold).number for name in names}
    with localcontext() as context:
        context.prec = PRECISION
        return {name: support * part / sum(share.values()) for name, part in share.items()}


REGIME = Regime(NAME, SupportFacts, test)
