"""Who holds how much of whom, through every tier, exactly.

Let ``x[i]`` be the share of party i that a group holds, directly or through others, and ``a[i,j]`` the share of i that j holds
directly. Members of the group hold all of themselves, so ``x[i] = 1`` for them, and for every other party
``x[i] = Σ_j a[i,j] x[j]``: the linear system ``(I − A) x = b``. Circular holdings are part of it and need nothing special. It is
solved in fractions, so that "25 % or more" is decided without rounding.

Pass-through: where a link is at or above a limit (50 % in the guidance on foreign entities of concern), the lower party is treated
as the upper one, and all of what the upper one's holders hold passes through: ``a[i,j]`` counts as 1, and no share exceeds 1.

>>> chain = Ownership(
...     parties=[{"name": n} for n in ("state", "group", "maker")],
...     holdings=[
...         {"owner": "state", "owned": "group", "metric": "equity", "percent": 60},
...         {"owner": "group", "owned": "maker", "metric": "equity", "percent": 30},
...     ],
... )
>>> chain.held_by({"state"}, "maker", "equity")
Decimal('18')
>>> chain.held_by({"state"}, "maker", "equity", pass_through=Decimal(50))
Decimal('30')
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bongsu.law.finding import PRECISION

Metric = Literal["equity", "votes", "board", "debt"]
#: ISO 3166-1 alpha-2 code of a country, such as CN.
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Percent = Annotated[Decimal, Field(ge=0, le=100)]
_FULL = Fraction(1)
#: Links of one metric: shares held of each party, by holder.
_Links = Mapping[str, Mapping[str, Fraction]]


class CircularOwnership(ValueError):
    """Holdings that run in a ring without an outside owner: they say nothing about who holds the parties in it."""


class Party(BaseModel):
    """Someone who holds or is held: a government, a company, a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Name by which holdings refer to the party.")
    countries: tuple[Country, ...] | None = Field(
        default=None,
        description="ISO codes of the countries that the party is subject to or belongs to: where it is incorporated, has its "
        "headquarters or principal place of business, or is a citizen. None = unknown; empty = none that matters.",
    )
    kind: Literal["government", "company", "person", "fund", "other"] = Field(
        default="company",
        description="government (any level, its agencies and instrumentalities, and senior political figures), company, "
        "person, fund or other.",
    )
    tags: tuple[str, ...] = Field(
        default=(), description="Marks that a test asks for, such as lists on which the party stands."
    )


class Holding(BaseModel):
    """What one party holds directly of another, by one metric."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = Field(description="Name of the party that holds.")
    owned: str = Field(description="Name of the party that is held.")
    metric: Metric = Field(default="equity", description="equity, votes, board (seats) or debt (at original issuance).")
    percent: Percent | None = Field(description="Share held directly, in percent; None = unknown.")


class Ownership(BaseModel):
    """Parties and their direct holdings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parties: tuple[Party, ...] = Field(default=(), description="Everyone named in the holdings.")
    holdings: tuple[Holding, ...] = Field(default=(), description="Direct holdings, one per owner, owned and metric.")
    rest: Literal["dispersed", "unknown"] | None = Field(
        default=None,
        description="Who holds what no holding names: dispersed = nobody who matters; unknown or None = it may be anybody.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Ownership:
        names = [party.name for party in self.parties]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the party {name!r} is given twice; give each once")
        seen: set[tuple[str, str, str]] = set()
        sums: dict[tuple[str, str], Decimal] = {}
        for one in self.holdings:
            for name in (one.owner, one.owned):
                if name not in names:
                    raise ValueError(
                        f"the holding of {one.owner!r} in {one.owned!r} names {name!r}, which is no party; add it"
                    )
            key = (one.owner, one.owned, one.metric)
            if key in seen:
                raise ValueError(
                    f"what {one.owner!r} holds of {one.owned!r} ({one.metric}) is given twice; add the two up"
                )
            seen.add(key)
            of = (one.owned, one.metric)
            sums[of] = sums.get(of, Decimal(0)) + (one.percent or 0)
        for (owned, metric), total in sums.items():
            if total > 100:
                raise ValueError(f"{total} % of {owned!r} ({metric}) is held in all; it cannot be more than 100 %")
        return self

    @cached_property
    def by_name(self) -> Mapping[str, Party]:
        """Parties by name."""
        return {party.name: party for party in self.parties}

    def held_by(
        self,
        group: Collection[str],
        of: str,
        metric: Metric,
        pass_through: Decimal | None = None,
        pass_by: Sequence[Metric] | None = None,
    ) -> Decimal:
        """Percent of a party that a group holds together, directly and indirectly; unknown holdings count as none.

        Args:
            group: names of the holders; a member holds 100 % of itself.
            of: the party held.
            metric: followed at every tier.
            pass_through: percent from which a direct holding makes the lower party the same as the upper one; None = multiply
                always.
            pass_by: metrics of which any one at ``pass_through`` lets all pass; default: the metric itself.

        Raises:
            KeyError: a name is no party.
            CircularOwnership: the holdings above the party run in a ring without an outside owner.
        """
        return self.bounds(group, (), of, metric, pass_through, pass_by)[0]

    def bounds(
        self,
        group: Collection[str],
        possible: Collection[str],
        of: str,
        metric: Metric,
        pass_through: Decimal | None = None,
        pass_by: Sequence[Metric] | None = None,
    ) -> tuple[Decimal, Decimal]:
        """Least and most that a group can hold of a party, in percent.

        The least counts only what is known. The most counts ``possible`` parties (of whom it is unknown whether they belong to
        the group) as members, holdings of unknown size at what the others leave, and, where ``rest`` is unknown, everything
        that no holding names.

        Raises:
            KeyError: a name is no party.
            CircularOwnership: as in :meth:`held_by`.
        """
        for name in (*group, *possible, of):
            if name not in self.by_name:
                raise KeyError(f"{name!r} is no party; there are {', '.join(self.by_name) or 'none'}")
        metrics: Sequence[Metric] = (metric, *(m for m in pass_by or () if m != metric))
        known = {m: self._links(m) for m in metrics}
        passing = tuple(pass_by or (metric,))
        limit = None if pass_through is None else Fraction(pass_through) / 100
        low = _share(frozenset(group), of, known, metric, limit, passing)
        wide = {m: self._widest(m, of) for m in metrics}
        everyone = frozenset(group) | frozenset(possible)
        if wide == known and everyone == frozenset(group):
            return low, low
        # The unnamed holders of the widest reading are one more member of the group, called by a name nobody can have.
        try:
            return low, max(low, _share(everyone | {""}, of, wide, metric, limit, passing))
        except CircularOwnership:  # the widest reading has no answer: then nothing is excluded
            return low, Decimal(100)

    def _links(self, metric: str) -> dict[str, dict[str, Fraction]]:
        links: dict[str, dict[str, Fraction]] = {}
        for one in self.holdings:
            if one.metric == metric and one.percent:
                links.setdefault(one.owned, {})[one.owner] = Fraction(one.percent) / 100
        return links

    def _widest(self, metric: str, of: str) -> dict[str, dict[str, Fraction]]:
        links = self._links(metric)
        unknown: dict[str, list[str]] = {}
        for one in self.holdings:
            if one.metric == metric and one.percent is None:
                unknown.setdefault(one.owned, []).append(one.owner)
        held = {one.owned for one in self.holdings if one.metric == metric}
        if all(one.owned != of for one in self.holdings):
            held.add(of)
        for owned in self.by_name:
            left = _FULL - sum(links.get(owned, {}).values(), Fraction(0))
            if left <= 0:
                continue
            for owner in unknown.get(owned, ()):
                links.setdefault(owned, {})[owner] = left
            # Another party without any holding is an ultimate owner, not a riddle.
            if self.rest != "dispersed" and owned in held:
                links.setdefault(owned, {})[""] = left
        return links

    def owners(self, of: str) -> frozenset[str]:
        """Everyone above a party at any tier, by any metric, itself included.

        Raises:
            KeyError: the name is no party.
        """
        if of not in self.by_name:
            raise KeyError(f"{of!r} is no party; there are {', '.join(self.by_name) or 'none'}")
        return _above(of, [self._widest(m, of) for m in ("equity", "votes", "board", "debt")]) - {""}


def _above(of: str, tables: Sequence[_Links]) -> frozenset[str]:
    seen, waiting = {of}, [of]
    while waiting:
        name = waiting.pop()
        for links in tables:
            for owner in links.get(name, {}):
                if owner not in seen:
                    seen.add(owner)
                    waiting.append(owner)
    return frozenset(seen)


def _share(
    group: frozenset[str],
    of: str,
    tables: Mapping[Metric, _Links],
    metric: Metric,
    limit: Fraction | None,
    passing: Sequence[Metric],
) -> Decimal:
    """Percent of ``of`` held by the group."""
    links = _passed(tables, metric, limit, passing)
    members = set(group)
    if limit is not None:
        # Members act as one: what they hold of a party together may reach the limit though no one of them does.
        grown = True
        while grown:
            grown = False
            for table in (tables[m] for m in passing):
                for owned, owners in table.items():
                    if (
                        owned not in members
                        and sum((s for o, s in owners.items() if o in members), Fraction(0)) >= limit
                    ):
                        members.add(owned)
                        grown = True
    fixed = dict.fromkeys(members, _FULL)
    if of in fixed:
        return Decimal(100)
    above = sorted(_above(of, [{o: h for o, h in links.items() if o not in fixed}]))
    while True:
        free = [name for name in above if name not in fixed]
        if of not in free:
            return Decimal(100)
        shares = _solve(free, links, fixed)
        over = [name for name in free if shares[name] > 1]
        if not over:
            return as_percent(shares[of])
        fixed.update(dict.fromkeys(over, _FULL))


def _passed(
    tables: Mapping[Metric, _Links], metric: Metric, limit: Fraction | None, passing: Sequence[Metric]
) -> _Links:
    if limit is None:
        return tables[metric]
    links = {owned: dict(owners) for owned, owners in tables[metric].items()}
    for table in (tables[m] for m in passing):
        for owned, owners in table.items():
            for owner, share in owners.items():
                if share >= limit:
                    links.setdefault(owned, {})[owner] = _FULL
    return links


def _solve(free: Sequence[str], links: _Links, fixed: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """``(I − A) x = b`` by elimination in fractions, over the parties not fixed.

    Raises:
        CircularOwnership: the matrix is singular, or a share comes out negative (a ring of majorities).
    """
    place = {name: i for i, name in enumerate(free)}
    rows = []
    for name in free:
        row = [Fraction(0)] * (len(free) + 1)
        row[place[name]] += 1
        for owner, share in links.get(name, {}).items():
            if owner in fixed:
                row[-1] += share * fixed[owner]
            else:
                row[place[owner]] -= share
        rows.append(row)
    for i in range(len(free)):
        pivot = next((r for r in range(i, len(free)) if rows[r][i]), None)
        if pivot is None:
            raise CircularOwnership(_ring(free))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(len(free)):
            if r != i and rows[r][i]:
                rows[r] = [value - rows[r][i] * top for value, top in zip(rows[r], rows[i], strict=True)]
    shares = {name: rows[i][-1] for name, i in place.items()}
    if any(share < 0 for share in shares.values()):
        raise CircularOwnership(_ring(free))
    return shares


def _ring(names: Sequence[str]) -> str:
    return f"{', '.join(names)} own one another in full, without an outside owner; name who stands behind them"


def as_percent(share: Fraction) -> Decimal:
    """A share of one in percent: exact where it ends, else to :data:`~bongsu.law.finding.PRECISION` digits."""
    with localcontext() as context:
        context.prec = PRECISION
        value = Decimal(share.numerator * 100) / Decimal(share.denominator)
    return Decimal(int(value)) if value == int(value) else value
