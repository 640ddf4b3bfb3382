"""From what a project makes, costs and borrows to its cash flows: before tax, after tax, and to its owners.

    >>> import numpy as np
    >>> from bongsu.committee.attract import CashFlow, IncomeTax, Inputs
    >>> years = range(2026, 2037)
    >>> one = np.ones((1, 11))
    >>> made = np.where(np.arange(11) > 0, 100.0, 0.0) * one
    >>> inputs = Inputs.of(years, "USD", 2025, output=made, price=3.0 * one, costs=made, capital={"machinery": 800.0 * (made == 0)})
    >>> flow = CashFlow.of(inputs, IncomeTax.flat(years, 0.25, currency="USD"))
    >>> float(flow.npv_real(0.08, "pre_tax")[0].round(1))
    542.0

**Names say what a figure is.** ``pre_tax`` and ``post_tax`` are flows of the project whoever finances it; ``equity`` is what is
left to its owners. ``real`` is in constant money of ``money_year``; ``nominal`` is money of each year. ``currency`` is that of the
inputs; tax is reckoned in the currency of the place and brought back with the same rate of exchange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from bongsu.committee.attract.measures import Return, Signs, equal_payment, internal_rate, present_value
from bongsu.committee.attract.tax import IncomeTax, Owed, owed

Floats = npt.NDArray[np.float64]
Flow = Literal["pre_tax", "post_tax", "equity"]


@dataclass(frozen=True)
class Loan:
    """Debt on a project.

    Attributes:
        lender: such as ``EDC``, ``CIB``, ``CGF``, ``KEXIM`` or ``banks``.
        share: of the capital cost, drawn as it is spent.
        rate: nominal interest a year.
        tenor: years of repayment in equal parts of principal, after ``grace`` years from the first year of use.
        grace: years of use in which only interest is paid. Interest before use is added to what is owed.
        fee: a year on what is owed, for guarantees (such as K-SURE's) and the like.
        market: nominal interest that the market would ask; the difference is public support. None = this is the market.
    """

    lender: str
    share: float
    rate: float
    tenor: int
    grace: int = 0
    fee: float = 0.0
    market: float | None = None


@dataclass(frozen=True)
class Inputs:
    """What a project makes, costs and is paid, over years (T,) in scenarios (S, T); in real money but for rates.

    Attributes:
        years: calendar years, the first is that of the first outlay.
        currency, money_year: of all amounts.
        output: units made.
        price: per unit.
        costs: of operating, feed and all, without interest and depreciation.
        capital: outlays by kind of property (``machinery``, ``building``, ``mine``).
        working: working capital that is tied up at the end of each year.
        support: production support of the year, taxed as income.
        grants: paid towards capital in the year of outlay, by kind; they reduce the cost on which allowances are claimed.
        credit_rate: refundable credit on what is put in use in a year, share of its cost, by kind; by level of government.
        credit_after: years from use until a credit is paid.
        provincial_credit: credit against provincial tax earned in the year, not refundable.
        exchange: units of the currency of the tax for one of ``currency``, (S, T).
        inflation: a year, of both currencies; the real rate of exchange stays.
        loans: debt.
        royalty: share of revenue that goes to whoever holds the ground.
    """

    years: tuple[int, ...]
    currency: str
    money_year: int
    output: Floats
    price: Floats
    costs: Floats
    capital: Mapping[str, Floats]
    working: Floats
    support: Floats
    grants: Mapping[str, Floats]
    credit_rate: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    credit_after: int = 1
    provincial_credit: Floats | None = None
    exchange: Floats | None = None
    inflation: float = 0.0
    loans: tuple[Loan, ...] = ()
    royalty: float = 0.0

    @classmethod
    def of(
        cls,
        years: Sequence[int],
        currency: str,
        money_year: int,
        *,
        output: npt.ArrayLike,
        price: npt.ArrayLike,
        costs: npt.ArrayLike,
        capital: Mapping[str, npt.ArrayLike],
        working: npt.ArrayLike = 0.0,
        support: npt.ArrayLike = 0.0,
        grants: Mapping[str, npt.ArrayLike] | None = None,
        credit_rate: Mapping[str, Mapping[str, npt.ArrayLike]] | None = None,
        credit_after: int = 1,
        provincial_credit: npt.ArrayLike | None = None,
        exchange: npt.ArrayLike | None = None,
        inflation: float = 0.0,
        loans: Sequence[Loan] = (),
        royalty: float = 0.0,
    ) -> Inputs:
        """Inputs from numbers, lists of years (T,) or matrices (S, T), brought to one shape.

        Raises:
            ValueError: the shapes do not fit, or an amount is not a number.
        """
        given = [output, price, costs, working, support, *capital.values(), *(grants or {}).values()]
        given += [rate for by_kind in (credit_rate or {}).values() for rate in by_kind.values()]
        if exchange is not None:
            given.append(exchange)
        try:
            shape = np.broadcast_shapes((1, len(years)), *(np.shape(one) for one in given))
        except ValueError:
            shapes = ", ".join(str(np.shape(one)) for one in given)
            raise ValueError(f"the cash flow has {len(years)} years, but its parts have the shapes {shapes}") from None
        if len(shape) != 2 or shape[1] != len(years):
            raise ValueError(f"the cash flow has {len(years)} years, but a part has {shape[-1]}")

        def full(one: npt.ArrayLike) -> Floats:
            array = np.array(np.broadcast_to(np.asarray(one, dtype=np.float64), shape))
            if not np.isfinite(array).all():
                raise ValueError(
                    "a part of the cash flow is not a number in some year; an unknown is not zero, leave it out"
                )
            return array

        return cls(
            tuple(years),
            currency,
            money_year,
            full(output),
            full(price),
            full(costs),
            {kind: full(one) for kind, one in capital.items()},
            full(working),
            full(support),
            {kind: full(one) for kind, one in (grants or {}).items()},
            {level: {kind: full(rate) for kind, rate in rates.items()} for level, rates in (credit_rate or {}).items()},
            credit_after,
            None if provincial_credit is None else full(provincial_credit),
            None if exchange is None else full(exchange),
            inflation,
            tuple(loans),
            royalty,
        )

    @property
    def scenarios(self) -> int:
        """Number of scenarios."""
        return int(self.output.shape[0])

    def row(self, scenario: int) -> Inputs:
        """One scenario alone."""
        at = slice(scenario, scenario + 1)
        return replace(
            self,
            output=self.output[at],
            price=self.price[at],
            costs=self.costs[at],
            capital={kind: one[at] for kind, one in self.capital.items()},
            working=self.working[at],
            support=self.support[at],
            grants={kind: one[at] for kind, one in self.grants.items()},
            credit_rate={level: {kind: one[at] for kind, one in by.items()} for level, by in self.credit_rate.items()},
            provincial_credit=None if self.provincial_credit is None else self.provincial_credit[at],
            exchange=None if self.exchange is None else self.exchange[at],
        )


@dataclass(frozen=True)
class CashFlow:
    """Cash flows of a project, (S, T). Those without ``nominal`` in their name are real, in the currency of the inputs.

    Attributes:
        inputs: what it was made from.
        tax: the law of tax; None = none is known, and nothing after tax exists.
        revenue, costs, support, grants, capital, working, credits: real; outlays are positive.
        taxes: what is owed, in nominal money of the tax; None without a law of tax.
    """

    inputs: Inputs
    tax: IncomeTax | None
    revenue: Floats
    costs: Floats
    support: Floats
    grants: Floats
    capital: Floats
    working: Floats
    credits_by: Mapping[str, Floats]
    taxes: Owed | None
    levered: Owed | None
    debt: Debt | None

    @classmethod
    def of(cls, inputs: Inputs, tax: IncomeTax | None = None) -> CashFlow:
        """The cash flows of all scenarios under one law of tax.

        Raises:
            ValueError: the years of the tax are not those of the inputs.
        """
        if tax is not None and tax.years != inputs.years:
            raise ValueError(
                f"the tax has the years {tax.years[0]}-{tax.years[-1]}, the flow {inputs.years[0]}-{inputs.years[-1]}"
            )
        revenue = inputs.output * inputs.price
        costs = inputs.costs + inputs.royalty * revenue
        nothing = np.zeros_like(revenue)
        outlay = sum(inputs.capital.values(), nothing)
        granted = sum(inputs.grants.values(), nothing)
        working = np.diff(inputs.working, axis=1, prepend=0.0)
        level = _level(inputs)
        # In constant money, what is tied up loses worth: the change is that of the nominal amount.
        working = np.diff(inputs.working * level, axis=1, prepend=0.0) / level
        begun = np.cumsum(inputs.output > 0, axis=1) > 0
        used = {
            kind: _put_in_use((one - inputs.grants.get(kind, nothing)) * level, begun)
            for kind, one in inputs.capital.items()
        }
        credits = {
            level_: {
                kind: _later(used[kind] * rate, inputs.credit_after) for kind, rate in rates.items() if kind in used
            }
            for level_, rates in inputs.credit_rate.items()
        }
        credited = {name: sum(by_kind.values(), nothing) / level for name, by_kind in credits.items()}
        flow = cls(inputs, tax, revenue, costs, inputs.support, granted, outlay, working, credited, None, None, None)
        debt = Debt.of(inputs, outlay, level, begun) if inputs.loans else None
        if tax is None:
            return replace(flow, debt=debt)
        exchange = inputs.exchange if inputs.exchange is not None else np.ones_like(revenue)
        local = level * exchange
        received: dict[str, Floats] = {}
        for by_kind in credits.values():
            for kind, one in by_kind.items():
                received[kind] = received.get(kind, nothing) + one * exchange
        after = np.cumsum((inputs.output > 0)[:, ::-1], axis=1)[:, ::-1] == 0
        arguments = (
            (revenue + inputs.support - costs) * local,
            revenue * local,
            costs * local,
            {kind: one * exchange for kind, one in used.items()},
            received,
            after & begun,
        )
        own = None if inputs.provincial_credit is None else inputs.provincial_credit * local
        taxes = owed(tax, *arguments, provincial_credit=own)
        levered = None
        if debt is not None:
            levered = owed(tax, *arguments, interest=debt.paid_nominal * exchange, provincial_credit=own)
        return replace(flow, taxes=taxes, levered=levered, debt=debt)

    # Flows --------------------------------------------------------------------------------------------------------------

    @cached_property
    def level(self) -> Floats:
        """Money of each year for one of ``money_year``, (T,)."""
        return _level(self.inputs)

    @cached_property
    def credits(self) -> Floats:
        """Investment credits received, real."""
        return sum(self.credits_by.values(), np.zeros_like(self.revenue))

    @cached_property
    def pre_tax_without_support(self) -> Floats:
        """Revenue less operating costs, outlays and working capital: no tax, no credit, no support."""
        return self.revenue - self.costs - self.capital - self.working

    @cached_property
    def pre_tax(self) -> Floats:
        """Before all taxes, without credits (which are part of the tax law), with production support and grants."""
        return self.pre_tax_without_support + self.support + self.grants

    def real(self, nominal_tax: Floats) -> Floats:
        """An amount of tax in nominal money of the place as real money of the inputs."""
        exchange = self.inputs.exchange if self.inputs.exchange is not None else 1.0
        return nominal_tax / (self.level * exchange)

    @cached_property
    def tax_paid(self) -> Floats:
        """Income taxes and mining duty, real.

        Raises:
            ValueError: no law of tax is known.
        """
        if self.taxes is None:
            raise ValueError("no law of income tax is known for this place, so nothing after tax can be said")
        return self.real(self.taxes.federal + self.taxes.provincial + self.taxes.mining)

    @cached_property
    def post_tax(self) -> Floats:
        """After income taxes, mining duty and investment credits; whoever finances it."""
        return self.pre_tax + self.credits - self.tax_paid

    @cached_property
    def equity(self) -> Floats:
        """What is left to the owners after debt service and the tax that interest saves, real."""
        if self.debt is None or self.levered is None:
            return self.post_tax
        taxes = self.real(self.levered.federal + self.levered.provincial + self.levered.mining)
        return self.pre_tax + self.credits - taxes + self.debt.flow_nominal / self.level

    def flow(self, which: Flow) -> Floats:
        """A flow by name, real."""
        return {"pre_tax": lambda: self.pre_tax, "post_tax": lambda: self.post_tax, "equity": lambda: self.equity}[
            which
        ]()

    def nominal(self, which: Flow) -> Floats:
        """A flow in money of each year."""
        return self.flow(which) * self.level

    # Measures -----------------------------------------------------------------------------------------------------------

    def npv_real(self, rate: float, which: Flow = "post_tax") -> Floats:
        """Present value at the first year, in money of ``money_year``, at a real rate; (S,)."""
        return present_value(rate, self.flow(which))

    def irr_real(self, which: Flow = "post_tax", discount: float = 0.0, scenario: int = 0) -> Return:
        """Real internal rate of return of one scenario."""
        return internal_rate(self.flow(which)[scenario], discount)

    def irr_nominal(self, which: Flow = "post_tax", discount: float = 0.0, scenario: int = 0) -> Return:
        """Nominal internal rate of return of one scenario: ``(1 + real)(1 + inflation) - 1`` where there is one real rate."""
        return internal_rate(self.nominal(which)[scenario], discount)

    @cached_property
    def cover(self) -> Floats:
        """Least debt service cover ratio of each scenario, (S,); infinite without debt service."""
        if self.debt is None or self.levered is None:
            return np.full(self.inputs.scenarios, np.inf)
        taxes = self.real(self.levered.federal + self.levered.provincial + self.levered.mining)
        available = (self.revenue + self.support - self.costs - taxes - self.working) * self.level
        due = self.debt.service_nominal
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(due > 0, available / due, np.inf)
        return np.asarray(ratio.min(axis=1), dtype=np.float64)


@dataclass(frozen=True)
class Debt:
    """Loans over the years, nominal, in the currency of the inputs, (S, T); all loans together but ``subsidy``."""

    drawn_nominal: Floats
    paid_nominal: Floats
    repaid_nominal: Floats
    owed_nominal: Floats
    fees_nominal: Floats
    subsidy_nominal: Floats

    @classmethod
    def of(cls, inputs: Inputs, outlay: Floats, level: Floats, begun: npt.NDArray[np.bool_]) -> Debt:
        """Draws with the outlays before use; interest until then is added; then equal parts of principal."""
        shape = outlay.shape
        drawn, paid, repaid, standing, fees, subsidy = (np.zeros(shape) for _ in range(6))
        for loan in inputs.loans:
            balance, base = np.zeros(shape[0]), np.zeros(shape[0])
            age = np.full(shape[0], -1)
            for t in range(shape[1]):
                use = begun[:, t]
                interest = balance * loan.rate
                fee = balance * loan.fee
                if loan.market is not None:
                    subsidy[:, t] += balance * (loan.market - loan.rate - loan.fee)
                draw = np.where(use, 0.0, loan.share * outlay[:, t] * level[t])
                age = np.where(use, age + 1, age)
                base = np.where(age == 0, balance, base)
                due = np.where((age >= loan.grace) & (age < loan.grace + loan.tenor), base / loan.tenor, 0.0)
                due = np.minimum(due, balance)
                standing[:, t] += balance
                balance = balance + draw + np.where(use, 0.0, interest) - due
                drawn[:, t] += draw
                paid[:, t] += np.where(use, interest, 0.0) + fee
                fees[:, t] += fee
                repaid[:, t] += due
        return cls(drawn, paid, repaid, standing, fees, subsidy)

    @property
    def service_nominal(self) -> Floats:
        """Interest, fees and principal."""
        return self.paid_nominal + self.repaid_nominal

    @property
    def flow_nominal(self) -> Floats:
        """What the owners get from the lenders less what they pay them."""
        return self.drawn_nominal - self.service_nominal


def _level(inputs: Inputs) -> Floats:
    years = np.asarray(inputs.years, dtype=np.float64)
    return np.asarray((1.0 + inputs.inflation) ** (years - inputs.money_year), dtype=np.float64)


def _put_in_use(spent: Floats, begun: npt.NDArray[np.bool_]) -> Floats:
    """Cost put in use each year: what was spent before the first year of output counts in that year."""
    total = np.cumsum(spent, axis=1)
    held = np.where(begun, total, 0.0)
    return np.diff(held, axis=1, prepend=0.0)


def _later(flow: Floats, years: int) -> Floats:
    if years == 0:
        return flow
    moved = np.zeros_like(flow)
    moved[:, years:] = flow[:, :-years]
    return moved


def annuity(cost: float, rate: float, life: int) -> float:
    """Yearly cost of a plant: its cost times :func:`~bongsu.committee.attract.measures.equal_payment`."""
    return cost * equal_payment(rate, life)


__all__ = ["CashFlow", "Debt", "Flow", "Inputs", "Loan", "Signs", "annuity"]
