"""Taxes of a place as the law of each year says, and what a project owes under them.

Rates come from the instruments of law (``ca-income-tax``, ``ca-provincial-income-tax``, ``ca-cca``, the mining taxes). A year takes
the mean of its days. Where the pack holds no law of income tax for a country, there is none to compute with, and everything after
tax is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from bongsu.committee.attract.allowance import schedule
from bongsu.law.instrument import ANY, Fact, Found, LawOn
from bongsu.law.parts import Part, mean, parts

Floats = npt.NDArray[np.float64]
_FEDERAL, _PROVINCIAL, _CCA = "ca-income-tax", "ca-provincial-income-tax", "ca-cca"
#: Kinds of property that the allowances know.
KINDS = ("machinery", "building", "mine")
_MINING = {"ON": "ca-on-mining-tax", "BC": "ca-bc-mineral-tax", "QC": "ca-qc-mining-tax"}


class NoTaxLaw(LookupError):
    """The pack holds no law of income tax for the place; the sentence says which."""


class UnknownProvince(NoTaxLaw):
    """There is no rate for the province, or no such province; the sentence names those that there are."""


def yearly(law: LawOn, years: Sequence[int], instrument: str, parameter: str, key: str = ANY) -> tuple[Floats, str]:
    """A number of an instrument in each year, as the mean over its days, and the references of what it rests on.

    Raises:
        NoTaxLaw: it has no value in some year, or the instrument is not in force in it.
    """
    values, basis = np.zeros(len(years)), dict[Fact, str]()
    for at, year in enumerate(years):
        said: list[tuple[Part, Decimal]] = []
        for part in parts(law, year, instrument):
            found = law.find(instrument, parameter, key, part.day)
            if found is None or law.in_force(instrument, part.day) is not True:
                raise NoTaxLaw(f"{instrument}: {parameter} of {key} has no value in {year}, as known on {law.known}")
            said.append((part, found.number))
            basis.setdefault(found.fact, reference(found))
        values[at] = float(mean(said)[0])
    return values, " ".join(basis.values())


def reference(found: Found) -> str:
    """The reference of a value of law, as :class:`bongsu.answers.figure.Facts` reads it."""
    return f"law:{found.instrument}/{found.parameter.name}/{found.key}@{found.day}"


@dataclass(frozen=True)
class MiningTax:
    """The mining tax of a province, in its own terms.

    Attributes:
        province: ``ON``, ``BC`` or ``QC``.
        numbers: rates (shares of one) and amounts (CAD of the year) by name, as in the instrument.
        basis: references of law.
    """

    province: str
    numbers: dict[str, float]
    basis: str


@dataclass(frozen=True)
class IncomeTax:
    """Income taxes and allowances of a place over the years (T,).

    Attributes:
        years: calendar years.
        federal, provincial: rates on taxable income, as shares of one.
        federal_general: the general federal rate, to see what a reduced one forgoes.
        rate, first: by kind of property, yearly allowance and share of cost in the first year (:mod:`.allowance`).
        loss_years: for how long a loss may be set against later income.
        mining: the mining tax; None where none is due or none is known.
        currency: in which the tax is reckoned.
        basis: references of law by name.
    """

    years: tuple[int, ...]
    federal: Floats
    provincial: Floats
    federal_general: Floats
    rate: dict[str, Floats]
    first: dict[str, Floats]
    loss_years: int
    mining: MiningTax | None = None
    currency: str = "CAD"
    basis: dict[str, str] = field(default_factory=dict)

    @classmethod
    def flat(
        cls, years: Sequence[int], rate: float, allowance: float = 1.0, first: float = 1.0, currency: str = "CAD"
    ) -> IncomeTax:
        """One rate and one allowance in all years, such as a study assumes."""
        same = np.ones(len(years))
        return cls(
            tuple(years),
            rate * same,
            0.0 * same,
            rate * same,
            dict.fromkeys(KINDS, allowance * same),
            dict.fromkeys(KINDS, first * same),
            len(years),
            currency=currency,
        )

    @classmethod
    def of(
        cls, law: LawOn, years: Sequence[int], country: str, region: str | None, process: str, stage: str
    ) -> IncomeTax:
        """The income tax of a process at a place, as known to the law.

        Raises:
            NoTaxLaw: the pack has no law of income tax for the country; UnknownProvince: no rate for the province.
        """
        if law.law[_FEDERAL].jurisdiction != country:
            raise NoTaxLaw(f"the law of income tax in {country} is not in the pack; what is after tax there is unknown")
        provinces = law.law[_PROVINCIAL].parameters["rate"].keys
        if region not in provinces:
            raise UnknownProvince(
                f"there is no province {region!r} with a rate of income tax; there are {', '.join(provinces)}"
            )
        basis: dict[str, str] = {}
        general, basis["federal"] = yearly(law, years, _FEDERAL, "rate")
        federal = general
        listed = law.find(_FEDERAL, "zero_emission_processes")
        if listed is not None and process in listed.list:
            federal, basis["federal"] = yearly(law, years, _FEDERAL, "zero_emission_rate")
        made = "manufacturing_rate" if stage != "mine" else "rate"
        special = law.law[_PROVINCIAL].parameters[made].keys
        provincial, basis["provincial"] = yearly(
            law, years, _PROVINCIAL, made if region in special else "rate", str(region)
        )
        rate, first = {}, {}
        for kind in KINDS:
            rate[kind], basis[f"allowance:{kind}"] = yearly(law, years, _CCA, "rate", kind)
            first[kind], basis[f"first:{kind}"] = yearly(law, years, _CCA, "first_year", kind)
        return cls(
            tuple(years),
            federal / 100,
            provincial / 100,
            general / 100,
            {kind: one / 100 for kind, one in rate.items()},
            {kind: one / 100 for kind, one in first.items()},
            int(law.value(_FEDERAL, "loss_carry_forward").number),
            _mining(law, years, str(region)) if stage == "mine" else None,
            basis=basis,
        )


def _mining(law: LawOn, years: Sequence[int], region: str) -> MiningTax | None:
    """Mining tax of a province under the law of the first year; None where the pack has none."""
    name = _MINING.get(region)
    if name is None:
        return None
    numbers, basis = dict[str, float](), list[str]()
    for parameter in law.law[name].parameters.values():
        for key in parameter.keys:
            value, at = yearly(law, years[:1], name, parameter.name, key)
            scale = 100.0 if parameter.unit.startswith("%") else 1.0
            numbers[parameter.name if key == ANY else f"{parameter.name}/{key}"] = float(value[0]) / scale
            basis.append(at)
    return MiningTax(region, numbers, " ".join(basis))


def mining_duty(tax: MiningTax, value: Floats, costs: Floats, invested: Floats, plant: Floats) -> Floats:
    """Mining tax owed each year (S, T), in the money of the year.

    A simplified statement of each act, for a mine that sells what it makes at the mine:

    - Ontario: profit after costs and capital (written off as soon as it can be) and the processing allowance for concentrating,
      within its least and most, less the exempt first profits.
    - British Columbia: the tax on net current proceeds is set against the one on net revenue; the latter begins when all costs and
      capital so far have been recovered (no interest on what is not).
    - Québec: by slices of the profit margin, at least the minimum on the value of output.

    Args:
        tax: the mining tax.
        value: value of output.
        costs: operating costs.
        invested: capital cost of what is put in use.
        plant: of ``invested``, what processes ore.
    """
    owed = np.zeros_like(value)
    left = np.zeros(value.shape[0])
    exempt = np.full(value.shape[0], tax.numbers.get("exempt_profit", 0.0))
    paid_in_advance = np.zeros(value.shape[0])
    standing = np.cumsum(plant, axis=1)
    first = np.argmax(value > 0, axis=1)
    for t in range(value.shape[1]):
        left = left + invested[:, t]
        gain = value[:, t] - costs[:, t]
        used = np.minimum(np.maximum(gain, 0.0), left)
        left = left - used + np.maximum(-gain, 0.0)
        profit = np.maximum(gain, 0.0) - used
        if tax.province == "ON":
            allowance = np.clip(
                tax.numbers["processing_allowance/concentrating"] * standing[:, t],
                tax.numbers["processing_least"] * profit,
                tax.numbers["processing_most"] * profit,
            )
            net = profit - allowance
            spared = np.where(t - first < tax.numbers["exempt_years/ordinary"], np.minimum(net, exempt), 0.0)
            exempt = exempt - spared
            owed[:, t] = tax.numbers["rate/ordinary"] * (net - spared)
        elif tax.province == "BC":
            current = tax.numbers["current_rate"] * np.maximum(gain, 0.0)
            full = tax.numbers["revenue_rate"] * profit
            credit = np.minimum(paid_in_advance + current, full)
            paid_in_advance = paid_in_advance + current - credit
            owed[:, t] = current + full - credit
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                margin = np.where(value[:, t] > 0, profit / value[:, t], 0.0)
            low, middle = tax.numbers["margin/low"], tax.numbers["margin/middle"]
            slices = (
                tax.numbers["rate/low"] * np.minimum(margin, low)
                + tax.numbers["rate/middle"] * np.clip(margin - low, 0.0, middle - low)
                + tax.numbers["rate/high"] * np.maximum(margin - middle, 0.0)
            )
            head = tax.numbers["minimum_first"]
            least = tax.numbers["minimum_rate/first"] * np.minimum(value[:, t], head) + tax.numbers[
                "minimum_rate/above"
            ] * np.maximum(value[:, t] - head, 0.0)
            owed[:, t] = np.maximum(slices * value[:, t], np.minimum(least, np.maximum(gain, 0.0)))
    return owed


def taxable(income: Floats, years: int) -> Floats:
    """Taxable income (S, T) after losses of up to so many earlier years, the oldest first."""
    loss, gain = np.maximum(-income, 0.0), np.maximum(income, 0.0)
    result = np.empty_like(income)
    lost = np.zeros(income.shape[0])
    # Losses are used in the order in which they were made, so all that is told of them is how much of their sum is gone: used
    # against income, or lapsed because it was made too long ago.
    gone = np.zeros(income.shape[0])
    through = np.cumsum(loss, axis=1)
    for t in range(income.shape[1]):
        if t > years:
            gone = np.maximum(gone, through[:, t - years - 1])
        used = np.minimum(gain[:, t], lost - gone)
        gone = gone + used
        result[:, t] = gain[:, t] - used
        lost = through[:, t]
    return result


@dataclass(frozen=True)
class Owed:
    """What is owed each year, in the money of the year (S, T): income taxes by government, what a reduced rate forgoes, mining
    duty, and the allowances that were claimed."""

    federal: Floats
    provincial: Floats
    forgone: Floats
    mining: Floats
    allowances: Floats
    taxable: Floats


def owed(
    tax: IncomeTax,
    earnings: Floats,
    value: Floats,
    costs: Floats,
    added: dict[str, Floats],
    received: dict[str, Floats],
    closed: npt.NDArray[np.bool_],
    interest: Floats | None = None,
    provincial_credit: Floats | None = None,
) -> Owed:
    """Taxes on a project that stands alone: losses wait for its own later income.

    Args:
        tax: the law.
        earnings: revenue and support less operating costs, (S, T).
        value: value of output, and ``costs`` of operating, for the mining duty.
        costs: operating costs.
        added: capital cost put in use, by kind.
        received: investment credits that reduce the pool of a kind when they come.
        closed: years (S, T) after the last one of production; in the first of them, what is left of the pools is written off.
        interest: deducted where given.
        provincial_credit: set against provincial tax as far as there is any, and carried on.
    """
    nothing = np.zeros_like(earnings)
    duty = nothing
    if tax.mining is not None:
        everything = sum(added.values(), nothing)
        duty = mining_duty(tax.mining, value, costs, everything, added.get("machinery", nothing))
    allowances = nothing
    for kind, cost in added.items():
        claimed = schedule(cost, tax.rate[kind], tax.first[kind], received.get(kind))
        # Once production has ended, nothing is claimed as before; the rest of the pool is a terminal loss of the last year.
        rest = np.where(closed, claimed, 0.0)
        pool = np.cumsum(cost - received.get(kind, nothing) - claimed + rest, axis=1)[:, -1]
        claimed = claimed - rest
        last = np.argmax(closed, axis=1)
        last = np.where(closed.any(axis=1), np.maximum(last - 1, 0), closed.shape[1] - 1)
        claimed[np.arange(claimed.shape[0]), last] += pool
        allowances = allowances + claimed
    income = earnings - duty - allowances - (interest if interest is not None else 0.0)
    base = taxable(income, tax.loss_years)
    provincial = base * tax.provincial
    if provincial_credit is not None:
        kept = np.zeros(base.shape[0])
        for t in range(base.shape[1]):
            kept = kept + provincial_credit[:, t]
            used = np.minimum(kept, provincial[:, t])
            kept = kept - used
            provincial[:, t] -= used
    return Owed(base * tax.federal, provincial, base * (tax.federal_general - tax.federal), duty, allowances, base)
