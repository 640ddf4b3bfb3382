"""Canada: credits for plants and exploration, provincial credits, and the duty on electric vehicles of China."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, compare, percent, ratio_meets, together, undetermined
from bongsu.law.instrument import ANY, Found, LawOn
from bongsu.law.regime import Regime
from bongsu.law.regimes.national import (
    SHARED,
    Amount,
    Facts,
    Percent,
    condition,
    figure,
    in_force,
    lacking,
    listed,
    stopped,
    times,
)
from bongsu.law.tabular import CODES, Floats, decide

CTM, CMETC, OMMITC, HOLIDAY = "ca-ctm-itc", "ca-cmetc", "ca-on-ommitc", "ca-qc-tax-holiday"
CLEAN = "ca-clean-itc"
CHINA_EV, SURTAX, QUOTA, MFN = "ca-china-ev", "ca-china-ev-surtax", "ca-china-ev-quota", "ca-mfn"
Activity = Literal[
    "extraction", "mine-site processing", "processing", "recycling", "synthetic graphite", "manufacturing"
]


class ManufacturingCredit(Facts):
    """Facts of a property for the clean technology manufacturing credit. Money in CAD."""

    available_for_use: dt.date | None = Field(None, description="Day on which the property becomes available for use")
    taxable_canadian_corporation: bool | None = Field(None, description="Whether the claimant is one")
    new_property: bool | None = Field(None, description="Whether it was never used before it was acquired")
    activity: Activity | None = Field(None, description="What the property is used for")
    qualifying_share: Percent | None = Field(
        None, description="Share of the output by value that is qualifying material or clean technology goods, %"
    )
    outputs: Mapping[str, Amount | None] | None = Field(
        None, description="Value of the output by material, CAD, instead of the share; the list in force decides"
    )
    capital_cost: Amount | None = Field(None, description="Capital cost, CAD")
    assistance: Amount = Field(Decimal(0), description="Government assistance that reduces the capital cost, CAD")
    labour_conditions: bool | None = Field(None, description="Whether labour requirements are met, where they apply")

    @model_validator(mode="after")
    def _one_statement(self) -> ManufacturingCredit:
        if self.qualifying_share is not None and self.outputs is not None:
            raise ValueError("give qualifying_share or outputs, not both")
        if self.capital_cost is not None and self.assistance > self.capital_cost:
            raise ValueError(f"assistance of {self.assistance} is more than the capital cost of {self.capital_cost}")
        return self


def ctm_itc(record: ManufacturingCredit, law: LawOn) -> Finding:
    """Clean technology manufacturing credit (ITA 127.49): rate in % of capital cost, amount in CAD."""
    day = record.available_for_use
    gate = in_force(law, CTM, day)
    early = stopped(CTM, "credit", gate)
    if early is not None or day is None:
        return early or together(CTM, "credit", [gate])
    parts = [
        gate,
        condition("taxable-canadian-corporation", record.taxable_canadian_corporation),
        condition("new-property", record.new_property),
        _use(record, law, day),
    ]
    rate = law.value(CTM, "rate", at=day)
    cut = law.value(CTM, "labour_cut", at=day)
    steps = [Step(f"{SHARED}.rate", {}, rate.number, rate.parameter.unit, law=rate)]
    net = rate.number
    if cut.number > 0:
        labour = record.labour_conditions
        if labour is None:
            parts.append(condition("labour-conditions", None))
        elif not labour:
            net = max(rate.number - cut.number, Decimal(0))
            steps.append(
                Step(f"{SHARED}.labour-cut", {}, net, rate.parameter.unit, f"{rate.number} − {cut.number}", cut)
            )
    else:
        steps.append(Step(f"{SHARED}.labour-none", {}, law=cut))
    return _credit(CTM, parts, net, rate.parameter.unit, record.capital_cost, record.assistance, steps)


def _use(record: ManufacturingCredit, law: LawOn, day: dt.date) -> Finding:
    """The use test: primarily for work at the mine, all or substantially all for the rest."""
    primarily, substantially = (
        law.value(CTM, name, at=day) for name in ("activities_primarily", "activities_substantially")
    )
    if record.activity is None:
        return undetermined(SHARED, "use", [lacking("activity")])
    law_of_activity = primarily if record.activity in primarily.list else substantially
    test = law.value(CTM, "primarily" if law_of_activity is primarily else "substantially", at=day)
    steps = [Step(f"{SHARED}.activity", {"activity": record.activity}, law=law_of_activity)]
    if record.outputs is not None and record.activity in law.value(CTM, "mineral_activities", at=day).list:
        return _share_of_outputs(record.outputs, test, steps, law, day)
    if record.qualifying_share is None:
        return undetermined(SHARED, "use", [lacking("use")], steps)
    share = record.qualifying_share
    return compare(SHARED, "use", share, test, ratio_meets(share, Decimal(100), test), steps)


def _share_of_outputs(
    outputs: Mapping[str, Decimal | None], test: Found, steps: list[Step], law: LawOn, day: dt.date
) -> Finding:
    materials = law.value(CTM, "qualifying_materials", at=day)
    unknown = [name for name, value in outputs.items() if value is None]
    if unknown:
        return undetermined(SHARED, "use", [lacking("output", name=name) for name in unknown], steps)
    values = {name: value for name, value in outputs.items() if value is not None}
    whole = sum(values.values(), Decimal(0))
    if whole == 0:
        return undetermined(SHARED, "use", [lacking("outputs")], steps)
    part = sum((value for name, value in values.items() if name in materials.list), Decimal(0))
    share = percent(part, whole)
    counted = [name for name in values if name in materials.list]
    steps = [
        *steps,
        Step(f"{SHARED}.materials", {"names": counted or ["–"]}, share, "%", f"{part} / {whole} × 100", materials),
    ]
    return compare(SHARED, "use", share, test, ratio_meets(part, whole, test), steps)


def _credit(
    regime: str,
    parts: list[Finding],
    rate: Decimal,
    unit: str,
    cost: Decimal | None,
    less: Decimal,
    steps: list[Step],
) -> Finding:
    """Rate and amount where every part passes; what fails or is not known otherwise."""
    if cost is None:
        parts.append(undetermined(SHARED, "cost", [lacking("cost")]))
    whole = together(regime, "credit", parts)
    if whole.outcome is Outcome.FAIL:
        return whole
    amounts = {}
    if cost is not None and whole.outcome is Outcome.PASS:
        amounts["credit"] = times(rate, cost - less)
        steps.append(Step(f"{SHARED}.credit", {}, amounts["credit"], "CAD", f"({cost} − {less}) × {rate} / 100"))
    return Finding(regime, "credit", whole.outcome, rate, unit, steps=tuple(steps), parts=whole.parts, amounts=amounts)


def ctm_table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """:func:`ctm_itc` on a table with one column per scalar field; adds ``outcome`` and ``figure`` (rate, %).

    Raises:
        ValueError: a share is not between 0 and 100.
    """
    size = frame.height

    def column(name: str, kind: type[pl.DataType]) -> pl.Series:
        return frame[name].cast(kind) if name in frame.columns else pl.Series(name, [None] * size, dtype=kind)

    share = column("qualifying_share", pl.Float64).fill_null(np.nan).to_numpy()
    if np.any((share < 0) | (share > 100)):
        raise ValueError("qualifying_share must be between 0 and 100 %")
    cost = column("capital_cost", pl.Float64).is_not_null().to_numpy()
    days, activity = column("available_for_use", pl.Date), column("activity", pl.String)
    codes = [_codes(column(name, pl.Boolean)) for name in ("taxable_canadian_corporation", "new_property")]
    labour = _codes(column("labour_conditions", pl.Boolean))
    # The law is asked once for each stretch of days on which nothing changes and each activity.
    starts = _changes(law)
    stretch = np.searchsorted(np.array(starts, dtype="datetime64[D]"), days.fill_null(starts[0]).to_numpy(), "right")
    group = pl.DataFrame({"stretch": stretch, "activity": activity, "dated": days.is_not_null()})
    code, rate = np.full(size, 2, dtype=np.int8), np.full(size, np.nan)
    for key, rows in group.with_row_index().group_by("stretch", "activity", "dated"):
        index = rows["index"].to_numpy()
        first = index[0]
        day = days[int(first)]
        gate = in_force(law, CTM, day).outcome
        code[index] = CODES.index(gate)
        if gate is not Outcome.PASS:
            continue
        own = [one[index] for one in codes]
        number = law.value(CTM, "rate", at=day).number
        cut = law.value(CTM, "labour_cut", at=day).number
        rate[index] = float(number)
        if cut > 0:
            own.append(np.where(labour[index] == 2, 2, 1).astype(np.int8))
            rate[index] = np.where(labour[index] == 0, float(max(number - cut, Decimal(0))), float(number))
        own += [_use_codes(frame, index, share, key[1], law, day), np.where(cost[index], 1, 2).astype(np.int8)]
        stack = np.stack(own)
        code[index] = np.where((stack == 0).any(0), 0, np.where((stack == 2).any(0), 2, 1))
    rate[code == 0] = np.nan
    return frame.with_columns(outcome=pl.Series([CODES[int(one)].value for one in code]), figure=pl.Series(rate))


def _use_codes(
    frame: pl.DataFrame, index: npt.NDArray[np.uint32], share: Floats, activity: object, law: LawOn, day: dt.date
) -> npt.NDArray[np.int8]:
    own = share[index]
    if activity is None:
        return np.full(len(index), 2, dtype=np.int8)
    name = "primarily" if activity in law.value(CTM, "activities_primarily", at=day).list else "substantially"
    test = law.value(CTM, name, at=day)

    def exact(row: int) -> Outcome:
        given = Decimal(str(frame["qualifying_share"][int(index[row])]))
        return Outcome.of(ratio_meets(given, Decimal(100), test))

    return decide(own, np.full(len(index), float(test.number)), test.parameter.met, exact, ~np.isnan(own))


def _codes(given: pl.Series) -> npt.NDArray[np.int8]:
    """0 where stated as not met, 1 as met, 2 where not known."""
    return given.cast(pl.Int8).fill_null(2).to_numpy()


def _changes(law: LawOn) -> list[dt.date]:
    """Days on which anything of the credit changes, in order."""
    own = law.law[CTM]
    facts = [*own.status, *(f for p in own.parameters.values() for dated in p.facts.values() for f in dated)]
    days = {fact.first for fact in facts} | {fact.last + dt.timedelta(days=1) for fact in facts if fact.last}
    return sorted(days)


class ExplorationCredit(Facts):
    """Facts of specified exploration expenses for the critical mineral exploration credit. Money in CAD."""

    agreement: dt.date | None = Field(None, description="Day of the flow-through share agreement")
    mineral: str | None = Field(None, description="Mineral mainly sought, English name in small letters")
    flow_through: bool | None = Field(
        None, description="Whether the expenses are renounced through flow-through shares"
    )
    expenses: Amount | None = Field(None, description="Specified exploration expenses, CAD")


def cmetc(record: ExplorationCredit, law: LawOn) -> Finding:
    """Critical mineral exploration credit (ITA 127(9)): rate in % of expenses, amount in CAD."""
    day = record.agreement
    gate = in_force(law, CMETC, day)
    early = stopped(CMETC, "credit", gate)
    if early is not None or day is None:
        return early or together(CMETC, "credit", [gate])
    parts = [
        gate,
        listed(law, "mineral", record.mineral, CMETC, "minerals", day),
        condition("flow-through", record.flow_through),
    ]
    rate = law.value(CMETC, "rate", at=day)
    steps = [Step(f"{SHARED}.rate", {}, rate.number, rate.parameter.unit, law=rate)]
    return _credit(CMETC, parts, rate.number, rate.parameter.unit, record.expenses, Decimal(0), steps)


class CleanCredit(Facts):
    """Facts of a property for the clean electricity or the clean technology credit. Money in CAD."""

    credit: Literal["clean electricity", "clean technology"] = Field(description="Which of the two credits is claimed")
    available_for_use: dt.date | None = Field(None, description="Day on which the property becomes available for use")
    taxable_canadian_corporation: bool | None = Field(None, description="Whether the claimant is one")
    eligible_property: bool | None = Field(
        None, description="Whether the property is of a listed kind, new and in Canada"
    )
    labour_conditions: bool | None = Field(None, description="Whether the labour requirements are met")
    capital_cost: Amount | None = Field(None, description="Capital cost, CAD")


def clean_itc(record: CleanCredit, law: LawOn) -> Finding:
    """Clean electricity (ITA 127.491) or clean technology (127.45) credit: rate in %, less points for labour; CAD."""
    name = f"ca-{record.credit.replace(' ', '-')}-itc"
    day = record.available_for_use
    gate = in_force(law, name, day)
    early = stopped(CLEAN, "credit", gate)
    if early is not None or day is None:
        return early or together(CLEAN, "credit", [gate])
    parts = [
        gate,
        condition("taxable-canadian-corporation", record.taxable_canadian_corporation),
        condition("eligible-property", record.eligible_property),
    ]
    rate, cut = law.value(name, "rate", at=day), law.find(name, "labour_cut", at=day)
    steps = [Step(f"{SHARED}.rate", {}, rate.number, rate.parameter.unit, law=rate)]
    net = rate.number
    if cut is not None and record.labour_conditions is None:
        parts.append(condition("labour-conditions", None))
    elif cut is not None and not record.labour_conditions:
        net = max(rate.number - cut.number, Decimal(0))
        steps.append(Step(f"{SHARED}.labour-cut", {}, net, rate.parameter.unit, f"{rate.number} − {cut.number}", cut))
    return _credit(CLEAN, parts, net, rate.parameter.unit, record.capital_cost, Decimal(0), steps)


class OntarioCredit(Facts):
    """Facts of a tax year for the Ontario manufacturing credit. Money in CAD."""

    available_for_use: dt.date | None = Field(None, description="Day on which the property becomes available for use")
    canadian_controlled_private: bool | None = Field(
        None, description="Whether the claimant is a Canadian-controlled private corporation throughout the year"
    )
    manufacturing_in_ontario: bool | None = Field(
        None, description="Whether the property is used for manufacturing or processing in Ontario"
    )
    expenditure: Amount | None = Field(
        None, description="Eligible expenditure of the year, associated group together, CAD"
    )
    years_kept: Amount | None = Field(
        None, description="Years for which the property was kept in Ontario, where it has left; blank while it is kept"
    )


def ommitc(record: OntarioCredit, law: LawOn) -> Finding:
    """Ontario Made Manufacturing credit: rate in %, amount in CAD, refundable or not, and what is taken back."""
    day = record.available_for_use
    gate = in_force(law, OMMITC, day)
    early = stopped(OMMITC, "credit", gate)
    if early is not None or day is None:
        return early or together(OMMITC, "credit", [gate])
    parts = [gate, condition("manufacturing-in-ontario", record.manufacturing_in_ontario)]
    private = record.canadian_controlled_private
    if private is None:
        return together(OMMITC, "credit", [*parts, condition("canadian-controlled-private", None)])
    form = "refundable" if private else "non-refundable"
    rate = law.value(OMMITC, "rate", form, at=day)
    parts.append(Finding(SHARED, form, Outcome.of(rate.number > 0), rate.number, "%", rate))
    cap = law.value(OMMITC, "cap", at=day)
    base, steps = record.expenditure, [Step(f"{SHARED}.rate", {}, rate.number, rate.parameter.unit, law=rate)]
    if base is not None and base > cap.number:
        steps.append(Step(f"{SHARED}.capped", {}, cap.number, "CAD", f"min({base}, {cap.number})", cap))
        base = cap.number
    whole = _credit(OMMITC, parts, rate.number, rate.parameter.unit, base, Decimal(0), steps)
    if whole.outcome is not Outcome.PASS:
        return whole
    back = law.find(OMMITC, "clawback", at=day)
    amounts = {"credit": whole.amounts["credit"], form: whole.amounts["credit"]}
    more = list(whole.steps)
    if record.years_kept is not None and back is not None:
        kept = figure(law, "clawback", record.years_kept, OMMITC, "clawback", day)
        amounts["taken back"] = amounts["credit"] if kept.outcome is Outcome.PASS else Decimal(0)
        more += kept.steps
    return Finding(
        OMMITC, "credit", whole.outcome, rate.number, whole.unit, steps=tuple(more), parts=whole.parts, amounts=amounts
    )


class TaxHoliday(Facts):
    """Facts of a large project for the Québec tax holiday. Money in CAD."""

    requested: dt.date | None = Field(None, description="Day of the request for the certificate")
    activity: str | None = Field(None, description="Sector of the project, as the list of the instrument names it")
    territory: Literal["high vitality", "intermediate", "low vitality"] | None = Field(
        None, description="Economic vitality of the territory"
    )
    investment: Amount | None = Field(None, description="Eligible investment within the start-up period, CAD")
    months: Amount | None = Field(None, description="Months in which the investment is made")
    spent_before_request: Amount | None = Field(
        None, description="Spent on the project when the certificate is asked for, CAD"
    )


def tax_holiday(record: TaxHoliday, law: LawOn) -> Finding:
    """Québec tax holiday: most relief in CAD over the holiday; undetermined between the least and the full investment."""
    day = record.requested
    gate = in_force(law, HOLIDAY, day)
    early = stopped(HOLIDAY, "holiday", gate)
    if early is not None or day is None:
        return early or together(HOLIDAY, "holiday", [gate])
    parts = [
        gate,
        listed(law, "sector", record.activity, HOLIDAY, "activities", day),
        figure(law, "minimum-investment", record.investment, HOLIDAY, "minimum_investment", day),
        figure(law, "start-up-period", record.months, HOLIDAY, "minimum_within", day),
        figure(law, "spent-before-request", record.spent_before_request, HOLIDAY, "spent_before_request", day),
    ]
    if record.territory is None:
        return together(HOLIDAY, "holiday", [*parts, undetermined(SHARED, "territory", [lacking("territory")])])
    whole = together(HOLIDAY, "holiday", parts)
    if whole.outcome is not Outcome.PASS or record.investment is None:
        return whole
    rate, years = law.value(HOLIDAY, "rate", record.territory, at=day), law.value(HOLIDAY, "duration", at=day)
    most = times(rate.number, record.investment)
    steps = [
        Step(f"{SHARED}.rate", {}, rate.number, rate.parameter.unit, law=rate),
        Step(f"{SHARED}.years", {}, years.number, years.parameter.unit, law=years),
        Step(f"{SHARED}.relief", {}, most, "CAD", f"{record.investment} × {rate.number} / 100"),
    ]
    full = figure(law, "full-investment", record.investment, HOLIDAY, "full_investment", day)
    steps += full.steps
    amounts = {"most relief": most, "per year": most / years.number}
    missing: tuple[Missing, ...] = ()
    if full.outcome is not Outcome.PASS:
        # The holiday is earned; only how much of it below the full investment is not known, so no amount is named.
        amounts, missing = {}, (lacking("partial-relief"),)
    return Finding(
        HOLIDAY, "holiday", whole.outcome, rate.number, rate.parameter.unit, steps=tuple(steps), missing=missing,
        parts=whole.parts, amounts=amounts,
    )  # fmt: skip


class ChineseVehicle(Facts):
    """An electric vehicle of China at the Canadian border. Money in CAD."""

    entry: dt.date | None = Field(None, description="Day of entry")
    hs: str | None = Field(None, pattern=r"^[0-9]{6,10}$", description="HS code, digits only, such as 870380")
    value: Amount | None = Field(None, description="Value for duty, CAD")
    quota_permit: bool | None = Field(None, description="Whether it enters under an import permit of the quota")


def china_ev(record: ChineseVehicle, law: LawOn) -> Finding:
    """Whether a Chinese electric vehicle enters without the surtax; figure and amount: whole duty in CAD."""
    day = record.entry
    asked = {"day": day, "hs": record.hs, "value": record.value}
    unknown = [name for name, fact in asked.items() if fact is None]
    if day is None or record.hs is None or record.value is None:
        return undetermined(CHINA_EV, "duty", [lacking(f"vehicle-{name}") for name in unknown])
    own = law.law[SURTAX]
    governed = own.covers(hs=record.hs)
    surtax, quota = in_force(law, SURTAX, day), in_force(law, QUOTA, day)
    if surtax.outcome is Outcome.UNDETERMINED or governed is None:
        return together(CHINA_EV, "duty", [surtax, condition("governed", governed)])
    taxed = surtax.outcome is Outcome.PASS and governed
    spared = Outcome.PASS
    if taxed and quota.outcome is Outcome.PASS and law.law[QUOTA].covers(hs=record.hs):
        spared = condition("quota-permit", record.quota_permit).outcome
    elif taxed:
        spared = Outcome.FAIL
    steps = [*surtax.steps, *quota.steps]
    if spared is Outcome.UNDETERMINED:
        return undetermined(CHINA_EV, "duty", [lacking("quota-permit")], steps)
    ordinary = _ordinary(law, record.hs, day)
    if ordinary is None:
        missing = (lacking("ordinary-rate", hs=record.hs),)
        return Finding(CHINA_EV, "duty", spared, steps=tuple(steps), missing=missing)
    duty = times(ordinary.number, record.value)
    steps.append(Step(f"{SHARED}.ordinary", {}, duty, "CAD", f"{record.value} × {ordinary.number} / 100", ordinary))
    if spared is Outcome.FAIL:
        rate = law.value(SURTAX, "rate", at=day)
        extra = times(rate.number, record.value)
        steps.append(Step(f"{SHARED}.surtax", {}, extra, "CAD", f"{record.value} × {rate.number} / 100", rate))
        duty += extra
    return Finding(CHINA_EV, "duty", spared, duty, "CAD", steps=tuple(steps), amounts={"duty": duty})


def _ordinary(law: LawOn, hs: str, day: dt.date) -> Found | None:
    """The ordinary rate of the longest listed code that begins the one asked, whatever the use; None where none is listed."""
    if MFN not in law.law.instruments or law.in_force(MFN, day) is not True:
        return None
    listed = (key.partition(" ") for key in law.law[MFN].parameters["rate"].keys)
    keys = [f"{code}{blank}{use}" for code, blank, use in listed if hs.startswith(code) and use in ("", ANY)]
    found = law.find(MFN, "rate", max(keys, key=len), day) if keys else None
    return found if found is not None and isinstance(found.value, Decimal) else None


REGIMES = (
    Regime(CTM, ManufacturingCredit, ctm_itc, ctm_table),
    Regime(CMETC, ExplorationCredit, cmetc),
    Regime(CLEAN, CleanCredit, clean_itc),
    Regime(OMMITC, OntarioCredit, ommitc),
    Regime(HOLIDAY, TaxHoliday, tax_holiday),
    Regime(CHINA_EV, ChineseVehicle, china_ev),
)
