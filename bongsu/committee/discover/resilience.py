"""Resilience: how much less a stop of a supplying country would cost with a project than without it.

For each project, two plans: the best without it and the best with it. Builds are held as each has them, all that is in one country
outside the two stops for a year in which the project runs in full, and the chain makes the best of it. With d the additional cost,

    resilience = CVaR(d without the project) - CVaR(d with it)

over stops of the countries without a market of the plan of which it buys most, taken as equally likely; CVaR is the mean of the
worst quarter (Rockafellar and Uryasev, Journal of Risk 2, 2000). It is the saving in a bad year, not an expectation: how likely
such a year is nobody knows, so it stands beside the value of a project and is added to it only with a stated weight. Below zero the
project makes the chain lean more on somebody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl

from bongsu.chain import Chain
from bongsu.committee.discover.candidates import HOST, MASTER
from bongsu.committee.discover.resolve import Resolver, Solved, joined
from bongsu.committee.discover.verify import Verified
from bongsu.plan.patch import patch
from bongsu.stress.disruption import BadDisruption, Branch, Ground, Hit, resolve
from bongsu.stress.recourse import Delta
from bongsu.stress.risk import conditional_value_at_risk

Tell = Callable[[str], None]
#: How many countries stop, one at a time; share of them that counts as bad.
COUNTRIES, TAIL = 4, 0.25
#: Years after the first that a project needs to run in full.
RAMP = 2


def suppliers(resolver: Resolver, most: int = COUNTRIES) -> list[str]:
    """Countries of which the plan buys most, by present cost of what it buys there; not the two, nor any that has a market."""
    m = resolver.model
    place = m.arrays.net["places"].select("place", "country")
    markets = set(m.arrays.net["demands"].join(place, on="place", how="left")["country"]) | {HOST, MASTER}
    buy = m.variables["buy"]
    paid = (m.cost[buy.span] * m.money / m.column_scale[buy.span]) * resolver.values(resolver.base)[buy.span]
    country = m.arrays.net["places"]["country"].to_list()
    total: dict[str, float] = {}
    for row, cost in zip(m.arrays.supply.row.tolist(), paid.tolist(), strict=True):
        where = country[int(m.arrays.supply_place[row])]
        if where is not None and where not in markets:
            total[where] = total.get(where, 0.0) + cost
    return sorted((one for one in total if total[one] > 0), key=lambda one: (-total[one], one))[:most]


def held(resolver: Resolver, found: Solved) -> Delta:
    """Builds as a plan has them."""
    m, at = resolver.model, resolver.recourse._column_at
    build = m.variables["build"]
    columns = at[np.arange(build.start, build.stop)]
    columns = columns[columns >= 0]
    values = found.point.values[columns]
    order = np.argsort(columns)
    return Delta(columns=columns[order].astype(np.int32), lower=values[order], upper=values[order])


def stops(chain: Chain, resolver: Resolver, countries: Sequence[str], year: int) -> dict[str, Delta]:
    """A stop of each country for a year; countries with nothing in that year are left out."""
    ground = Ground(resolver.model.arrays.net, chain.atlas)
    found = {}
    for country in countries:
        branch = Branch(country, (Hit(country=country, starts=dt.date(year, 1, 1), lasts=365.0),))
        try:
            found[country] = resolver.recourse.delta(patch(resolver.model, resolve(branch, ground)))
        except BadDisruption:
            continue
    return found


def resilience(
    chain: Chain, resolver: Resolver, verified: Sequence[Verified], tell: Tell = lambda _: None
) -> pl.DataFrame:
    """What stops of supplying countries cost without and with each project, and the project's resilience; present money.

    One row for each project and country: ``project``, ``year`` of the stop, ``country``, ``without`` and ``with`` (additional
    cost), ``saved`` (their difference) and ``resilience`` of the project.
    """
    rows: list[dict[str, object]] = []
    countries = suppliers(resolver)
    for one in verified:
        if one.block is None or one.without is None or one.with_ is None:
            continue
        year = min(chain.years[one.block.period] + RAMP, chain.years[-1])
        tell(f"resilience: {one.candidate.project}, stops in {year}")
        stopped = stops(chain, resolver, countries, year)
        more = {
            name: {
                country: _cost(resolver, held(resolver, found), stop) - found.cost for country, stop in stopped.items()
            }
            for name, found in (("without", one.without), ("with", one.with_))
        }
        saved = _tail(more["without"]) - _tail(more["with"])
        rows += [
            {
                "project": one.candidate.project,
                "year": year,
                "country": country,
                "without": more["without"][country],
                "with": more["with"][country],
                "saved": more["without"][country] - more["with"][country],
                "resilience": saved,
            }
            for country in stopped
        ]
    money = ("without", "with", "saved", "resilience")
    schema = {
        "project": pl.String(),
        "year": pl.Int64(),
        "country": pl.String(),
        **{name: pl.Float64() for name in money},
    }
    return pl.DataFrame(rows, schema=schema)


def _cost(resolver: Resolver, builds: Delta, stop: Delta) -> float:
    return resolver.engine.solve(joined(builds, stop)).objective * resolver.model.money


def _tail(more: Mapping[str, float]) -> float:
    costs = np.array(list(more.values()))
    if not costs.size:
        return 0.0
    return conditional_value_at_risk(costs, np.full(costs.size, 1.0 / costs.size), 1.0 - TAIL)
