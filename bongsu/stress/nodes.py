"""Every node's answer in one table: how long without it, how long until it is back, the gap, and what the gap costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bongsu.chain.change import events
from bongsu.chain.network import Network
from bongsu.stress.supply_chain import Kind, Loss, SupplyChain
from bongsu.stress.survival import Programmes, Recovered, Survived
from bongsu.stress.time_expanded import OverTime, Stoppage, happening, losing

#: Where a time to recover comes from the question itself.
ASKED = "asked"


@dataclass(frozen=True)
class NodeAnswer:
    """What is known of one loss. Each pair is for the low and the high end of what is unknown (stocks, offers of unknown size).

    Attributes:
        name, kind: of what is lost.
        low, high: time to survive in years, by the static programme.
        recovery: years until it is back; None = unknown. ``source``: facts behind it, ``assumed`` by the case, or :data:`ASKED`.
        lost_low, lost_high: what is lost until then, by the static programme; None where the recovery is unknown.
        share_low, share_high: that as a share of all demand over the time, valued at the margins.
        over_time_low, over_time_high: time to survive, period by period; None where it was not asked.
        scarce: the demand that runs short first at the low end.
    """

    name: str
    kind: Kind
    low: Survived
    high: Survived
    recovery: float | None
    source: str
    lost_low: Recovered | None = None
    lost_high: Recovered | None = None
    share_low: float | None = None
    share_high: float | None = None
    over_time_low: Survived | None = None
    over_time_high: Survived | None = None

    @property
    def scarce(self) -> str | None:
        """The demand that runs short first at the low end."""
        return self.low.first

    @property
    def gap(self) -> tuple[float, float] | None:
        """Years by which the recovery takes longer than survival (below zero: by which it is quicker), least and most."""
        if self.recovery is None:
            return None
        return self.recovery - self.high.time, self.recovery - self.low.time


def answers(
    chain: SupplyChain, losses: Sequence[Loss], recovery: float | None = None, threads: int = 1
) -> list[NodeAnswer]:
    """The answer for each loss, in the order given.

    Args:
        chain: what there is.
        losses: what may fail.
        recovery: years until it is back where the loss says nothing itself: the asker's assumption.
        threads: of the solver.
    """
    times = [recovery if loss.recovery is None else loss.recovery for loss in losses]
    timed = [at for at, time in enumerate(times) if time is not None]
    ends: list[tuple[list[Survived], dict[int, Recovered]]] = []
    for high in (False, True):
        engine = Programmes(chain, high, threads)
        found = engine.recover([losses[at] for at in timed], [t for t in times if t is not None])
        ends.append((engine.survive(losses), dict(zip(timed, found, strict=True))))
    yearly = float(chain.margin @ chain.demand)

    def share(lost: Recovered | None) -> float | None:
        return None if lost is None or yearly == 0 else lost.cost / (yearly * lost.time)

    return [
        NodeAnswer(
            name=loss.name,
            kind=loss.kind,
            low=ends[0][0][at],
            high=ends[1][0][at],
            recovery=times[at],
            source=loss.source if loss.recovery is not None else ASKED,
            lost_low=ends[0][1].get(at),
            lost_high=ends[1][1].get(at),
            share_low=share(ends[0][1].get(at)),
            share_high=share(ends[1][1].get(at)),
        )
        for at, loss in enumerate(losses)
    ]


def over_time(found: Sequence[NodeAnswer], network: Network, threads: int = 1) -> list[NodeAnswer]:
    """The same answers with survival period by period in a network of short periods."""
    stoppages = [stoppage_of(network, one.kind, one.name) for one in found]
    ends = [OverTime(network, high, threads).survive(stoppages) for high in (False, True)]
    return [replace(one, over_time_low=low, over_time_high=high) for one, low, high in zip(found, *ends, strict=True)]


def stoppage_of(network: Network, kind: Kind, name: str, recovery: float | None = None) -> Stoppage:
    """The loss of a node in a network of short periods; nothing where that network has left the node out as idle."""
    if kind == "event":
        event = happening(events(network)[name])
        return event if recovery is None else replace(event, recovery=recovery)
    try:
        return losing(network, kind, name, recovery)
    except KeyError:
        return Stoppage(name, kind, (), recovery)


def ranked(found: Sequence[NodeAnswer]) -> list[NodeAnswer]:
    """The shortest survival first; among equals what costs most."""
    return sorted(
        found,
        key=lambda one: (
            one.low.time,
            -(one.share_low or 0.0),
            one.high.time,
            one.name,
        ),
    )


def finite(found: Sequence[NodeAnswer]) -> list[NodeAnswer]:
    """Those without which the chain does not go on for ever, at the low end."""
    return [one for one in found if np.isfinite(one.low.time)]
