"""Shares that flows must keep, such as qualifying content over origin tags.

    Σ coefficient(r, f) · flow(f, t) + waiver(r, t)  >=  0

For every share rule r and period t, over the flows f (lanes, offers, modes) that it names. "At least 60 % of what arrives
qualifies" has the coefficient 0.4 on qualifying flows and -0.6 on the others. The rules that law adds, with the twins of modes and
lanes over which they run, are in ``bongsu/chain/content.py`` and ``bongsu/chain/traced.py``.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Floats, Ints, runs
from bongsu.plan.blocks import buy, make, ship, waiver
from bongsu.plan.blocks.parts import Entries, Rows, position
from bongsu.plan.blocks.scale import Scales

FAMILY = "share"
UNIT = "unit of the rule's flows per year"
DUAL = "cost of one more unit of qualifying flow that the rule asks for"
ELASTIC = "waiver(r, t) at the penalty of the rule"


def rows(a: Arrays, s: Scales) -> Rows:
    row, period = a.share.row, a.share.period
    own = np.arange(row.size, dtype=np.int32)
    of = a.share_of_row[row]
    entries = [Entries(waiver.FAMILY, own, own, np.ones(row.size))]
    for kind, table, family in (("lane", "lanes", ship.FAMILY), ("mode", "modes", make.FAMILY)):
        rule, flow, coefficient = a.share_terms(kind, table)
        at, term = _join(of, rule)
        entries.append(Entries(family, at, position(flow[term], period[at], a.T), coefficient[term]))
    entries.append(_bought(a, of, period))
    scale = waiver.share_scale(a, s)[of]
    return Rows(
        FAMILY, {"shares": row, "period": period}, np.zeros(row.size), np.full(row.size, np.inf), scale, tuple(entries)
    )


def _join(of: Ints, rule: Ints) -> tuple[Ints, Ints]:
    """All pairs (row, term) that share a rule."""
    order = np.argsort(rule, kind="stable").astype(np.int32)
    first = np.searchsorted(rule[order], of, side="left")
    count = np.searchsorted(rule[order], of, side="right") - first
    at = np.repeat(np.arange(of.size, dtype=np.int32), count)
    return at, order[np.repeat(first, count) + runs(count)]


def _bought(a: Arrays, of: Ints, period: Ints) -> Entries:
    rule, supply, coefficient = a.share_terms("supply", "supplies")
    at, term = _join(of, rule)
    # An offer is found by its identifier; its columns are those of all its rows that stand in the period.
    name_of = a.supply_of_row
    key = name_of[a.supply.row].astype(np.int64) * a.T + a.supply.period
    order = np.argsort(key, kind="stable").astype(np.int32)
    wanted = name_of[supply[term]].astype(np.int64) * a.T + period[at]
    found = np.searchsorted(key[order], wanted)
    safe = np.minimum(found, max(order.size - 1, 0))
    hit = (found < order.size) & (key[order][safe] == wanted) if order.size else np.zeros(wanted.size, dtype=bool)
    value: Floats = coefficient[term][hit]
    return Entries(buy.FAMILY, at[hit], order[safe[hit]], value)
