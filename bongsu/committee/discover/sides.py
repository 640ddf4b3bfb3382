"""Each country alone and together, and a split of the gain that leaves neither worse off than alone.

A coalition S of the two serves its own demand with its own plants, offers and sites as cheaply as it can:

    v(S) = min cost of what is decided in S  +  Σ prices · (bought from the rest of the world - sold to it)

*Together* the two trade with each other and may build every candidate. *Alone*, no lane joins the two, Korean equity in Canadian
plants is gone with its part of their capacity and fixed cost, and nothing is built in Canada of a process that Korean firms
bring. The rest of the world buys and sells in any amount, in every coalition, at its prices in the plan in which all
candidates are allowed: each country alone is let off lightly, so this does not tell the gain of working together too high.

Rows of the plan that lie in one country of S hold; rows of the rest of the world, and rules that join countries, are priced
by their duals (Lagrangian relaxation). What the two do alone side by side is allowed together, so v(CA, KR) <= v(CA) + v(KR):
the gain is never negative, but for the fixed cost of the equity that is gone. With two parties the Shapley value and the
nucleolus are one half of the gain each, on top of what each has alone (Shapley 1953; Schmeidler, SIAM Journal on Applied
Mathematics 17, 1969), and every split of the gain is in the core. By strong duality the cost together is also a sum over the
limits of the plan,

    v(CA, KR) = Σ_rows worth(y; L, U) + Σ_columns worth(z; l, u) + fixed cost of what stands,

and each limit is somebody's: a demand is paid for by the country that wants it, the rent of a plant goes to its owners, that of
an offer, a site or a lane to the country where it begins (or, if that is neither of the two, where it ends), that of a rule to
the country that alone is touched by it. These accounts are what each would pay together at the prices of the plan; the
difference to its part under an even split is what one would pay the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse
from scipy.optimize import linprog

from bongsu.answers.footprint import korean_share
from bongsu.chain import Chain
from bongsu.chain.change import Change
from bongsu.committee.discover.candidates import HOST, MASTER, PREFIX, Candidate
from bongsu.committee.discover.price import tighten
from bongsu.committee.discover.resolve import Resolver, Solved, joined
from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.patch import patch
from bongsu.stress.engine import under
from bongsu.stress.point import worth
from bongsu.stress.recourse import Delta

#: The account of places without a country.
NOBODY = "-"
#: By plant, who owns which part of it.
Owners = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Split:
    """What working together is worth, and who would have it; present money.

    Attributes:
        alone: what serving its own demand costs each country by itself.
        together: what serving both costs the two.
        at_prices: of it, by the prices of the plan, what each pays; rules that join the two are nobody's.
        gain: of the two: alone less together.
        fair: part of the gain of each, so that neither is worse off than alone; None where there is none to split.
        transfer: what each would receive for that beyond its gain at prices (negative: pay).
        unmet_alone: penalties for unmet demand in the plan of each alone; unmet_together: in that of the two.
    """

    alone: Mapping[str, float]
    together: float
    at_prices: Mapping[str, float]
    gain: float
    fair: Mapping[str, float] | None
    transfer: Mapping[str, float] | None
    unmet_alone: Mapping[str, float]
    unmet_together: float = 0.0

    @property
    def shared(self) -> float:
        """Of the cost together, what by the prices of the plan is nobody's: rules that join countries.

        What one pays for an even split is more than what the other receives by this.
        """
        return self.together - sum(self.at_prices.values())

    def gain_at_prices(self, name: str) -> float:
        """What a country would gain if all went by the prices of the plan together."""
        return self.alone[name] - self.at_prices[name]


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
    """What a plan costs each country; the accounts add up to its cost.

    A limit without a place, such as a contract, is of the country that alone is touched by it, or else nobody's.
    """
    m, r = resolver.model, resolver.recourse
    of_row, of_column = bits(resolver)
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

    # What comes from outside on a lane that is full is used by whoever it comes to, in his plan alone too: the rent is his.
    begins, ends = a.lane_from, a.lane_to
    inside = np.isin(country, list(_BIT))
    lane_at = np.where(inside[begins] | ~inside[ends], begins, ends).astype(np.int32)
    for chosen, families, values, touches in (
        (r.rows, m.constraints, rows, of_row),
        (r.columns, m.variables, columns, of_column),
    ):
        for name, family in families.items():
            here = (chosen >= family.start) & (chosen < family.stop)
            own, at = values[here], chosen[here] - family.start
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
                by_place(own, lane_at[keys["lanes"]])
            elif "demands" in keys:
                by_place(own, a.node_place[a.demand_node[keys["demands"]]])
            else:
                for name, bit in _BIT.items():
                    add(name, float(own[touches[here] == bit].sum()))
                add(NOBODY, float(own[~np.isin(touches[here], list(_BIT.values()))].sum()))
    standing = a.fixed_cost[:, None] * np.where(np.isfinite(a.capacity), a.capacity, 0.0) * a.weight
    by_plant(standing.sum(axis=1) / m.money, np.arange(len(plants), dtype=np.int32))
    return total


def parting(resolver: Resolver, owners: Owners) -> tuple[Delta, float]:
    """The capacity that is gone where the two do not work together, and the fixed cost that goes with it (below zero)."""
    m = resolver.model
    a = m.arrays
    country = a.net["places"]["country"].to_list()
    sized = set(a.net["capacity"]["plant"])
    gone = []
    for at, name in enumerate(a.net["plants"]["plant"].to_list()):
        share = owners.get(name, {}).get(MASTER, 0.0)
        if country[int(a.plant_place[at])] == HOST and share > 0 and name in sized:
            gone.append(Change("capacity", name, "capacity", factor=1.0 - share))
    change = patch(m, gone)
    return resolver.recourse.delta(change), change.offset


_BIT = {HOST: 1, MASTER: 2}
_WORLD = 4


@dataclass(frozen=True, eq=False)
class World:
    """The plan seen by coalitions: which rows and columns are whose, and what columns cost at the prices of everybody else.

    Attributes:
        rows, columns: bits of the countries that each touches (1 Canada, 2 Korea, 4 others).
        cost: of columns, with rows priced that lie in no one country of the two; solver units.
    """

    resolver: Resolver
    found: Solved
    rows: Ints
    columns: Ints
    cost: Floats

    @classmethod
    def of(cls, resolver: Resolver, found: Solved) -> World:
        """The world of a plan, at its duals; what nobody buys there costs what its dearest seller asks."""
        r, m = resolver.recourse, resolver.model
        now = under(r, found.delta)
        closed = np.ones(m.shape[1], dtype=bool)
        closed[r.columns] = now.upper <= now.lower
        duals = np.zeros(m.shape[0])
        duals[r.rows] = found.point.duals
        duals = tighten(m, duals, closed)[r.rows]
        rows, columns = bits(resolver)
        priced = ~np.isin(rows, list(_BIT.values()))
        cost = now.cost - r.matrix.T @ np.where(priced, duals, 0.0)
        return cls(resolver, found, rows, columns, cost)

    def serve(self, members: Iterable[str], delta: Delta) -> tuple[float, float]:
        """The least that serving its own demand costs a coalition, without the fixed cost of what stands, and the penalty for unmet
        demand in it; present money.

        Raises:
            RuntimeError: the coalition has no plan.
        """
        r, m = self.resolver.recourse, self.resolver.model
        now = under(r, delta)
        inside = sum(_BIT[name] for name in members)
        outside = sum(_BIT.values()) & ~inside
        row = np.flatnonzero(np.isin(self.rows, [bit for bit in _BIT.values() if bit & inside]))
        column = np.flatnonzero((self.columns & inside > 0) & (self.columns & outside == 0))
        part = sparse.csr_array(sparse.csc_array(r.matrix)[:, column])[row]
        low, high = now.row_lower[row], now.row_upper[row]
        equal = low == high
        below, above = np.isfinite(low) & ~equal, np.isfinite(high) & ~equal
        answer = linprog(
            self.cost[column],
            A_ub=sparse.vstack([part[above], -part[below]]) if (above | below).any() else None,
            b_ub=np.concatenate([high[above], -low[below]]) if (above | below).any() else None,
            A_eq=part[equal] if equal.any() else None,
            b_eq=low[equal] if equal.any() else None,
            bounds=np.column_stack([now.lower[column], now.upper[column]]),
            method="highs-ipm",
        )
        if answer.status != 0:
            raise RuntimeError(f"no plan was found for {' and '.join(members)} alone: {answer.message}")
        short = m.variables.get("short")
        unmet = 0.0
        if short is not None and len(short):
            whole = r.columns[column]
            own = (whole >= short.start) & (whole < short.stop)
            unmet = float(r.cost[column][own] @ answer.x[own])
        return float(answer.fun) * m.money, unmet * m.money


def bits(resolver: Resolver) -> tuple[Ints, Ints]:
    """The countries that each row and column of the recourse problem touches, as bits."""
    matrix = sparse.csr_array(resolver.recourse.matrix)
    by_column, by_row = sparse.csc_array(matrix), sparse.csc_array(matrix.T)
    rows = _country_bits(resolver)
    columns = _touched(by_column, rows) | _own_bits(resolver)
    rows = np.where(rows == 0, _touched(by_row, columns), rows)
    # What is nowhere, such as a rule that may be missed at a price, is where the rows that it touches are.
    columns = np.where(columns == 0, _touched(by_column, rows), columns)
    return rows.astype(np.int32), columns.astype(np.int32)


def _country_bits(resolver: Resolver) -> Ints:
    """The country of each row of the recourse problem as a bit; 0 where a row has no place of its own."""
    m, r = resolver.model, resolver.recourse
    a = m.arrays
    of_place = np.array([_BIT.get(c or NOBODY, _WORLD) for c in a.net["places"]["country"].to_list()], dtype=np.int32)
    bits = np.zeros(m.shape[0], dtype=np.int32)
    for family in m.constraints.values():
        if "node" in family.keys:
            bits[family.span] = of_place[a.node_place[family.keys["node"]]]
        elif "plants" in family.keys:
            bits[family.span] = of_place[a.plant_place[family.keys["plants"]]]
    return bits[r.rows]


def _own_bits(resolver: Resolver) -> Ints:
    """The country of what is made, bought or built, as a bit by column; 0 where a column has no place of its own.

    A mode may take part in rules alone (a claim, with nothing made or used), and is still where its plant is.
    """
    m, r = resolver.model, resolver.recourse
    a = m.arrays
    of_place = np.array([_BIT.get(c or NOBODY, _WORLD) for c in a.net["places"]["country"].to_list()], dtype=np.int32)
    place_of: dict[str, Ints] = {
        "modes": a.plant_place[a.mode_plant],
        "plants": a.plant_place,
        "supplies": a.supply_place,
        "options": a.plant_place[a.option_plant],
    }
    bits = np.zeros(m.shape[1], dtype=np.int32)
    for family in m.variables.values():
        for kind, places in place_of.items():
            if kind in family.keys and places.size:
                bits[family.span] = of_place[places[family.keys[kind]]]
    return bits[r.columns]


def _touched(matrix: sparse.csc_array, bits: Ints) -> Ints:
    """The bits of all entries of each column together."""
    found = np.zeros(matrix.shape[1], dtype=np.int32)
    of = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    np.bitwise_or.at(found, of, bits[matrix.indices])
    return found


def split(
    alone: Mapping[str, float],
    together: float,
    at_prices: Mapping[str, float],
    unmet: Mapping[str, float] | None = None,
    unmet_together: float = 0.0,
) -> Split:
    """The gain of the two and its even split, from what each pays alone and both pay together."""
    gain = sum(alone.values()) - together
    fair = dict.fromkeys(alone, gain / 2) if gain >= 0 else None
    transfer = {name: fair[name] - (alone[name] - at_prices[name]) for name in alone} if fair else None
    return Split(alone, together, at_prices, gain, fair, transfer, unmet or {}, unmet_together)


def sides(chain: Chain, resolver: Resolver, found: Sequence[Candidate]) -> Split:
    """Alone against together for a chain, by the network of a resolver."""
    return sides_of(resolver, [one.option for one in found if one.option.startswith(PREFIX)], owners_of(chain))


def sides_of(resolver: Resolver, options: Sequence[str], owners: Owners) -> Split:
    """The same, by the options that only the two together may build, and the owners of plants."""
    m = resolver.model
    a = m.arrays
    joint = resolver.solve(free=options)
    world = World.of(resolver, joint)
    country = a.net["places"]["country"].to_list()
    standing = (a.fixed_cost[:, None] * np.where(np.isfinite(a.capacity), a.capacity, 0.0) * a.weight).sum(axis=1)
    fixed = dict.fromkeys(_BIT, 0.0)
    for at, place in enumerate(a.plant_place.tolist()):
        if country[place] in fixed:
            fixed[country[place]] += float(standing[at])
    gone, saved = parting(resolver, owners)
    parted = joined(resolver.delta(closed=options), gone)
    alone, unmet = {}, {}
    for name in (HOST, MASTER):
        cost, unmet[name] = world.serve([name], parted)
        # The fixed cost of the Korean part of Canadian plants is gone with it.
        alone[name] = cost + fixed[name] + (saved if name == HOST else 0.0)
    cost, short = world.serve([HOST, MASTER], joint.delta)
    together = cost + sum(fixed.values())
    # Korean equity elsewhere earns the same alone and together, so it is left out: a plant counts where it stands, but in Canada.
    plants = dict(zip(a.net["plants"]["plant"].to_list(), a.plant_place.tolist(), strict=True))
    own = {name: held for name, held in owners.items() if name in plants and country[plants[name]] == HOST}
    paid = accounts(resolver, joint, own)
    at_prices = {name: paid.get(name, 0.0) for name in _BIT}
    return split(alone, together, at_prices, unmet, short)


def tables(found: Split) -> dict[str, pl.DataFrame]:
    """The split as tables."""
    names = (HOST, MASTER)
    rows = [
        {
            "country": name,
            "cost_alone": found.alone[name],
            "cost_together": found.at_prices[name],
            "unmet_alone": found.unmet_alone.get(name, 0.0),
        }
        for name in names
    ]
    both = {
        "country": f"{HOST}+{MASTER}",
        "cost_alone": sum(found.alone.values()),
        "cost_together": found.together,
        "unmet_alone": sum(found.unmet_alone.values()),
    }
    money = ("cost_alone", "cost_together", "unmet_alone")
    shares = [
        {
            "country": name,
            "gain_at_prices": found.gain_at_prices(name),
            "gain_split": found.fair[name] if found.fair else None,
            "receives": found.transfer[name] if found.transfer else None,
        }
        for name in names
    ]
    parts = ("gain_at_prices", "gain_split", "receives")
    return {
        "alone_together": pl.DataFrame(
            [*rows, both], schema={"country": pl.String, **dict.fromkeys(money, pl.Float64)}
        ),
        "split": pl.DataFrame(shares, schema={"country": pl.String, **dict.fromkeys(parts, pl.Float64)}),
    }
