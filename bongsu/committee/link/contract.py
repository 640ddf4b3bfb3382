"""What a supply contract is worth to each side against the market, clause by clause.

With market price ``p`` in a year, the price paid is

    P(p) = max(floor, min(p − discount, ceiling)) + share · max(p − discount − ceiling, 0)

a floor under, and a ceiling over, an index; of what the market rises above the ceiling the seller gets a share. A fixed
price is a floor and a ceiling that are the same. A clause that is not agreed is not there (no floor is minus, no ceiling
plus infinity).

The buyer takes the whole volume ``V`` where the market is not below the price, and only what he must, ``k·V``
(take-or-pay), where it is:

    seller's gain over the market in a year     (P − p) · V  if P <= p,  else  (P − p) · k · V

and the buyer's is the opposite: against a market in which both could trade at ``p``, a contract shares money out and makes
none. Its use is in who bears what. Gains are piecewise linear in ``p``. Where the price of a year is uncertain around its
path, it is taken as lognormal with that mean and the volatility given, σ√τ from the day of signing, and the expectation is
exact: for each piece between knots ``a`` and ``b``,

    E[p; p > a] = F · N(d1(a)),  P(p > a) = N(d2(a)),   d1 = ln(F/a)/s + s/2,  d2 = d1 − s,   s = σ√τ

(Black 1976, The pricing of commodity contracts, Journal of Financial Economics 3). Present values are at the real discount
rate of the case, from the year of signing. The worth of a clause is the contract with it less the contract without it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Contract:
    """A supply contract in constant money.

    Attributes:
        name: for the page.
        item, seller, buyer: identifiers, as of a need.
        first, last: first and last year of delivery.
        volume: in each year, unit of the item.
        take_or_pay: share of the volume that is paid for whatever happens, 0 to 1.
        floor, ceiling: money per unit; None = not agreed.
        share: of what the market is above the ceiling, the part the seller gets, 0 to 1.
        discount: below the market price, money per unit.
        delivered: whether the price is at the buyer's gate (the seller pays the way) or at the seller's.
        signed: year from which it is valued; None = the first year of the plan.
        volatility: of the price, per year; None = the path is taken as it is.
        weights: of price paths by name; None = not weighed.
    """

    name: str
    item: str
    seller: str
    buyer: str
    first: int
    last: int
    volume: float
    take_or_pay: float = 0.0
    floor: float | None = None
    ceiling: float | None = None
    share: float = 0.0
    discount: float = 0.0
    delivered: bool = False
    signed: int | None = None
    volatility: float | None = None
    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        for wrong, text in (
            (self.last < self.first, f"last is {self.last}, before first, {self.first}"),
            (not self.volume > 0, f"volume is {self.volume:g}; give units of the item a year, above zero"),
            (
                not 0 <= self.take_or_pay <= 1,
                f"take_or_pay is {self.take_or_pay:g}; give a share of the volume, 0 to 1",
            ),
            (not 0 <= self.share <= 1, f"share is {self.share:g}; give the seller's part of the rise, 0 to 1"),
            (self.share > 0 and self.ceiling is None, "share needs a ceiling above which the rise is shared"),
            (
                self.floor is not None and self.ceiling is not None and self.floor > self.ceiling,
                f"floor, {self.floor}, is above ceiling, {self.ceiling}",
            ),
            (
                self.volatility is not None and self.volatility < 0,
                f"volatility is {self.volatility}; it cannot be negative",
            ),
            (
                self.weights is not None
                and (min(self.weights.values(), default=0) < 0 or not sum(self.weights.values()) > 0),
                "weights must be zero or more, and not all zero",
            ),
        ):
            if wrong:
                raise ValueError(f"contract {self.name}: {text}")

    @property
    def years(self) -> range:
        """Years of delivery."""
        return range(self.first, self.last + 1)

    def price(self, market: float) -> float:
        """Price paid at a market price."""
        index = market - self.discount
        low = -math.inf if self.floor is None else self.floor
        high = math.inf if self.ceiling is None else self.ceiling
        return max(low, min(index, high)) + (self.share * max(index - high, 0.0) if self.share else 0.0)

    def gain(self, market: float) -> float:
        """The seller's gain over the market on the volume of one year."""
        each = self.price(market) - market
        return each * self.volume * (self.take_or_pay if each > 0 else 1.0)

    def knots(self) -> list[float]:
        """Market prices at which the gain bends, ascending."""
        found = [bound + self.discount for bound in (self.floor, self.ceiling) if bound is not None]
        # Where the price paid meets the market the buyer begins to take everything.
        found += [bound for bound in (self.floor, self.ceiling) if bound is not None]
        if self.share and self.ceiling is not None and self.share < 1:
            # Above the ceiling: ceiling + share (p − discount − ceiling) = p.
            found.append((self.ceiling - self.share * (self.discount + self.ceiling)) / (1 - self.share))
        kept: list[float] = []
        for one in sorted(one for one in found if one > 0):
            # Two bends that differ by rounding are one: no slope can be read between them.
            if not kept or one - kept[-1] > 1e-9 * one:
                kept.append(one)
        return kept

    def expected(self, mean: float, spread: float) -> float:
        """Expected gain of the seller on a year's volume where the price is lognormal with a mean and a standard deviation of its
        logarithm; at zero spread, the gain at the mean.

        Raises:
            ValueError: the mean is not above zero while the spread is.
        """
        if spread <= 0:
            return self.gain(mean)
        if mean <= 0:
            raise ValueError(f"contract {self.name}: a price of {mean:g} cannot be lognormal; leave volatility out")
        ends = [0.0, *self.knots(), math.inf]
        return math.fsum(self._piece(a, b, mean, spread) for a, b in itertools.pairwise(ends))

    def _piece(self, a: float, b: float, mean: float, spread: float) -> float:
        """Part of the expectation from prices between two knots, where the gain is a straight line."""
        width = b - a if math.isfinite(b) else max(1.0, abs(a))
        one, two = a + width / 3, a + 2 * width / 3
        slope = (self.gain(two) - self.gain(one)) / (two - one)
        level = self.gain(one) - slope * one
        above_a, above_b = _above(a, mean, spread), _above(b, mean, spread)
        return slope * (above_a[0] - above_b[0]) + level * (above_a[1] - above_b[1])


def _above(knot: float, mean: float, spread: float) -> tuple[float, float]:
    """E[p; p > knot] and P(p > knot)."""
    if knot <= 0:
        return mean, 1.0
    if math.isinf(knot):
        return 0.0, 0.0
    d1 = math.log(mean / knot) / spread + spread / 2
    return mean * _NORMAL.cdf(d1), _NORMAL.cdf(d1 - spread)


@dataclass(frozen=True)
class Value:
    """What a contract is worth to the seller over the market on one price path; the buyer's is the opposite.

    Attributes:
        path: name of the path.
        total: present money. ``by_year``: present money of each year. ``market``: price of each year.
        clauses: worth of each clause that is agreed: with it less without it.
    """

    path: str
    total: float
    by_year: Mapping[int, float]
    market: Mapping[int, float]
    clauses: Mapping[str, float]


def value(contract: Contract, path: str, market: Mapping[int, float], rate: float, start: int) -> Value:
    """What a contract is worth on a price path.

    Args:
        market: price at the gate of the contract by year, money of the contract.
        rate: real discount rate; ``start``: year to which is discounted.

    Raises:
        ValueError: a year of the contract has no price.
    """
    lacking = [year for year in contract.years if year not in market]
    if lacking:
        raise ValueError(f"contract {contract.name}: the path {path} has no price in {lacking[0]}")
    by_year = _present(contract, market, rate, start)
    clauses = {}
    for name, without in _without(contract).items():
        clauses[name] = math.fsum(by_year.values()) - math.fsum(_present(without, market, rate, start).values())
    prices = {year: market[year] for year in contract.years}
    return Value(path, math.fsum(by_year.values()), by_year, prices, clauses)


def _present(contract: Contract, market: Mapping[int, float], rate: float, start: int) -> dict[int, float]:
    found = {}
    for year in contract.years:
        spread = (contract.volatility or 0.0) * math.sqrt(max(0, year - start))
        found[year] = contract.expected(market[year], spread) / (1 + rate) ** (year - start)
    return found


def _without(contract: Contract) -> dict[str, Contract]:
    """The contract without each of its clauses."""
    found: dict[str, Contract] = {}
    if contract.floor is not None:
        found["floor"] = replace(contract, floor=None)
    if contract.ceiling is not None:
        found["ceiling"] = replace(contract, ceiling=None, share=0.0)
    if contract.share:
        found["upside"] = replace(contract, share=0.0)
    if contract.take_or_pay:
        found["take_or_pay"] = replace(contract, take_or_pay=0.0)
    return found


def fair_price(market: Mapping[int, float], years: Sequence[int], rate: float, start: int) -> float:
    """The fixed price at which nobody gains over a price path: the mean of its prices weighed by discounting."""
    weight = {year: (1 + rate) ** (start - year) for year in years}
    return math.fsum(weight[year] * market[year] for year in years) / math.fsum(weight.values())


_FIELDS: Mapping[str, str] = {
    "name": "text",
    "item": "text",
    "seller": "text",
    "buyer": "text",
    "first": "year",
    "last": "year",
    "volume": "number",
    "take_or_pay": "number",
    "floor": "number",
    "ceiling": "number",
    "fixed": "number",
    "share": "number",
    "discount": "number",
    "delivered": "yes or no",
    "signed": "year",
    "volatility": "number",
    "weights": "mapping",
}
_NEEDED = ("item", "seller", "buyer", "first", "last", "volume")


def contract_of(data: Any, name: str) -> Contract:
    """A contract from plain data, as a YAML file gives it; ``fixed: 15000`` is a floor and a ceiling of as much.

    Raises:
        ValueError: something is missing, unknown or of another kind; the sentence says what to write.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{name} holds no contract; write fields such as item: lithium_hydroxide, one a line")
    strangers = sorted(set(map(str, data)) - _FIELDS.keys())
    if strangers:
        raise ValueError(f"{name}: there is no field {strangers[0]!r}; use {', '.join(_FIELDS)}")
    missing = [one for one in _NEEDED if data.get(one) is None]
    if missing:
        raise ValueError(f"{name}: {', '.join(missing)} is missing")
    given: dict[str, Any] = {"name": name}
    for field, one in data.items():
        if one is None:
            continue
        kind = _FIELDS[field]
        number = isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        fits = {
            "text": isinstance(one, str),
            "year": number and int(one) == one,
            "number": number,
            "yes or no": isinstance(one, bool),
            "mapping": isinstance(one, Mapping),
        }[kind]
        if not fits:
            raise ValueError(f"{name}: {field} is {one!r}; it must be a {kind}")
        given[field] = one
    if "weights" in given and not all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in given["weights"].values()
    ):
        raise ValueError(f"{name}: weights must be numbers by case, such as reference: 0.5")
    fixed = given.pop("fixed", None)
    if fixed is not None:
        if {"floor", "ceiling"} & given.keys():
            raise ValueError(f"{name}: fixed is a floor and a ceiling of as much; drop floor and ceiling")
        given |= {"floor": float(fixed), "ceiling": float(fixed)}
    return Contract(**given)
