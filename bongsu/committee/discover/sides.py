"""Each country alone and together, and a split of the gain that leaves neither worse off than alone.

*Together* is the plan of the case. *Alone* is the same world in which the two do not work with each other: no lane joins Canada and
Korea, Korean equity in Canadian plants is gone with its part of their capacity and fixed cost, and nothing is built in Canada of a
process that Korean firms bring. Everybody else, and all trade with them, stays.

What a plan costs a country follows from its shadow prices. By strong duality the cost of the plan is a sum over its limits,

    cost = Σ_rows worth(y; L, U) + Σ_columns worth(z; l, u) + fixed cost of what stands,

and each limit is somebody's: a demand is paid for by the country that wants it, the rent of a plant goes to its owners, that of an
offer, a site or a lane to the country where it begins. Duties and credits are costs and gains of the chain, as in the plan. So the
accounts of all countries add up to the cost of the plan, exactly.

The gain of the two is the fall of their joint account. With two parties both the Shapley value and the nucleolus of it are one half
each, on top of what each has alone (Shapley 1953; Schmeidler, SIAM Journal on Applied Mathematics 17, 1969). What prices alone
would give each is shown beside it, and the difference is what one would have to pay the other. Where the joint gain is negative no
such split exists, and that is said. Where demand goes unmet alone, prices are as high as its penalty, and so are the rents of
whoever still makes something: the penalty of each plan is shown, for accounts that rest on it are no forecast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from bongsu.answers.footprint import korean_share
from bongsu.chain import Chain
from bongsu.chain.change import Change
from bongsu.committee.discover.candidates import HOST, MASTER, PREFIX, Candidate
from bongsu.committee.discover.resolve import Resolver, Solved
from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.patch import patch
from bongsu.stress.engine import under
from bongsu.stress.point import worth

#: The account of places without a country.
NOBODY = "-"
#: By plant, who owns which part of it.
Owners = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Split:
    """Who gains what by working together, present money.

    Attributes:
        alone, together: account (cost) of each party.
        gain: of each at the prices of the plans.
        fair: of each when the joint gain is split so that neither is worse off than alone; None where there is none to split.
        transfer: what each would receive on top of its gain at prices (negative: pay).
        others: gain of everybody else.
        unmet_alone, unmet_together: penalties for unmet demand in the two plans.
    """

    alone: Mapping[str, float]
    together: Mapping[str, float]
    gain: Mapping[str, float]
    fair: Mapping[str, float] | None
    transfer: Mapping[str, float] | None
    others: float
    unmet_alone: float = 0.0
    unmet_together: float = 0.0


def owners_of(chain: Chain) -> dict[str, dict[str, float]]:
    """Korean part of every plant with a production line; the rest belongs to the country where it stands."""
    place = dict(chain.atlas["places"].select("place", "country").iter_rows())
    found: dict[str, dict[str, float]] = {}
    for line in chain.lines:
        share = korean_share(chain, line.facility)[0] or 0.0
        country = place.get(line.place) or NOBODY
        found[line.line] = {country: 1.0 - share}
        found[line.line][MASTER] = found[line.line].get(MASTER, 0.0) + share
    return found


def accounts(resolver: Resolver, found: Solved, owners: Owners) -> dict[str, float]:
    """What a plan costs each country; the accounts add up to its cost."""
    m, r = resolver.model, resolver.recourse
    a, now = m.arrays, under(r, found.delta)
    country = np.array([c or NOBODY for c in a.net["places"]["country"].to_list()], dtype=object)
    plants = a.net["plants"]["plant"].to_list()
    held: list[Mapping[str, float]] = [
        owners.get(name, {str(country[int(a.plant_place[at])]): 1.0}) for at, name in enumerate(plants)
    ]
    rows = worth(found.point.duals, now.row_lower, now.row_upper)
    columns = worth(found.point.reduced_costs, now.lower, now.upper)
    total: dict[str, float] = {}

    def add(name: str, amount: float) -> None:
        total[name] = total.get(name, 0.0) + amount * m.money

    def by_place(values: Floats, places: Ints) -> None:
        sums = np.bincount(places, weights=values, minlength=country.size)
        for at in np.flatnonzero(sums).tolist():
            add(str(country[at]), float(sums[at]))

    def by_plant(values: Floats, codes: Ints) -> None:
        sums = np.bincount(codes, weights=values, minlength=len(plants))
        for at in np.flatnonzero(sums).tolist():
            for name, share in held[at].items():
                add(name, float(sums[at]) * share)

    for chosen, families, values in ((r.rows, m.constraints, rows), (r.columns, m.variables, columns)):
        for name, family in families.items():
            inside = (chosen >= family.start) & (chosen < family.stop)
            own, at = values[inside], chosen[inside] - family.start
            if not own.size:
                continue
            keys = {kind: codes[at] for kind, codes in family.keys.items()}
            if name in ("capacity", "retire", "make"):
                by_plant(own, keys["plants"] if "plants" in keys else a.mode_plant[keys["modes"]])
            elif "node" in keys:
                by_place(own, a.node_place[keys["node"]])
            elif "options" in keys:
                by_place(own, a.plant_place[a.option_plant[keys["options"]]])
            elif "supplies" in keys:
                by_place(own, a.supply_place[keys["supplies"]])
            elif "lanes" in keys:
                by_place(own, a.lane_from[keys["lanes"]])
            elif "demands" in keys:
                by_place(own, a.node_place[a.demand_node[keys["demands"]]])
            else:
                add(NOBODY, float(own.sum()))
    standing = a.fixed_cost[:, None] * np.where(np.isfinite(a.capacity), a.capacity, 0.0) * a.weight
    by_plant(standing.sum(axis=1) / m.money, np.arange(len(plants), dtype=np.int32))
    return total


def apart(resolver: Resolver, found: Sequence[Candidate], owners: Owners) -> tuple[Solved, float, Owners]:
    """The plan in which the two do not work together, the fixed cost that goes with what is gone, and who owns what is left."""
    m = resolver.model
    a = m.arrays
    country = a.net["places"]["country"].to_list()
    pair = {HOST, MASTER}
    closed = [
        Change("lanes", lane, "capacity", value=0.0)
        for lane, start, end in zip(a.net["lanes"]["lane"], a.lane_from.tolist(), a.lane_to.tolist(), strict=True)
        if {country[start], country[end]} == pair
    ]
    left: dict[str, Mapping[str, float]] = dict(owners)
    sized = set(a.net["capacity"]["plant"])
    for at, name in enumerate(a.net["plants"]["plant"].to_list()):
        share = owners.get(name, {}).get(MASTER, 0.0)
        if country[int(a.plant_place[at])] == HOST and share > 0 and name in sized:
            closed.append(Change("capacity", name, "capacity", factor=1.0 - share))
            left[name] = {HOST: 1.0}
    change = patch(m, closed)
    options = [one.option for one in found if one.option.startswith(PREFIX)]
    return resolver.solve(closed=options, more=resolver.recourse.delta(change)), change.offset, left


def split(alone: Mapping[str, float], together: Mapping[str, float]) -> Split:
    """The gain of the two and its split, from the accounts of both plans."""
    gain = {name: alone.get(name, 0.0) - together.get(name, 0.0) for name in (HOST, MASTER)}
    joint = sum(gain.values())
    everyone = alone.keys() | together.keys()
    others = sum(alone.get(name, 0.0) - together.get(name, 0.0) for name in everyone - gain.keys())
    fair = dict.fromkeys(gain, joint / 2) if joint >= 0 else None
    transfer = {name: fair[name] - gain[name] for name in gain} if fair else None
    return Split(
        {name: alone.get(name, 0.0) for name in gain},
        {name: together.get(name, 0.0) for name in gain},
        gain,
        fair,
        transfer,
        others,
    )


def sides(chain: Chain, resolver: Resolver, found: Sequence[Candidate]) -> Split:
    """Alone against together for a chain, by the network of a resolver."""
    owners = owners_of(chain)
    parted, saved, left = apart(resolver, found, owners)
    alone = accounts(resolver, parted, left)
    # The fixed cost of the Korean part is gone with it; the account above still counts what stands in the plan.
    alone[HOST] = alone.get(HOST, 0.0) + saved
    found_split = split(alone, accounts(resolver, resolver.base, owners))
    return replace(found_split, unmet_alone=parted.unmet, unmet_together=resolver.base.unmet)


def tables(found: Split) -> dict[str, pl.DataFrame]:
    """The split as tables."""
    names = (HOST, MASTER)
    rows = [
        {
            "country": n,
            "cost_alone": found.alone[n],
            "cost_together": found.together[n],
            "gain_at_prices": found.gain[n],
        }
        for n in names
    ]
    rows.append({"country": "others", "cost_alone": None, "cost_together": None, "gain_at_prices": found.others})
    unmet = found.unmet_alone - found.unmet_together
    rows.append(
        {
            "country": "unmet",
            "cost_alone": found.unmet_alone,
            "cost_together": found.unmet_together,
            "gain_at_prices": unmet,
        }
    )
    shares = [
        {
            "country": n,
            "gain_at_prices": found.gain[n],
            "gain_split": found.fair[n] if found.fair else None,
            "receives": found.transfer[n] if found.transfer else None,
        }
        for n in names
    ]
    return {
        "alone_together": pl.DataFrame(
            rows,
            schema={
                "country": pl.String,
                **dict.fromkeys(("cost_alone", "cost_together", "gain_at_prices"), pl.Float64),
            },
        ),
        "split": pl.DataFrame(
            shares,
            schema={"country": pl.String, **dict.fromkeys(("gain_at_prices", "gain_split", "receives"), pl.Float64)},
        ),
    }
