"""Stress pages on disk: the answer to a disruption, with survival and the worst pair where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.brief import check, frame, stress_page
from bongsu.brief.stress import Lives, Pair, build_stress, time_to_recover
from bongsu.brief.text import LANGS
from bongsu.cli import kept, survive, uncertain
from bongsu.cli.results import write_text
from bongsu.cli.shell import BadInput, Tell, solve

if TYPE_CHECKING:
    from bongsu.answers import Node
    from bongsu.chain import Chain, Network
    from bongsu.plan import Plan
    from bongsu.stress.answer import StressAnswer

#: Losses shown on a page.
_SHOWN = 60
#: Of the events that the case states.
CASE = "case"


@dataclass(frozen=True)
class Built:
    """A page before it is written: its number store, and its figures with all of their reasons."""

    store: dict[str, Any]
    reasons: Mapping[str, Node]


@dataclass(frozen=True)
class More:
    """What a page has beside the answer.

    Attributes:
        survive: whether to ask how long the chain lives without each of its parts.
        recovery: days until a part is back where the case states none; None = as long as the disruption takes.
        worst: family of events whose worst pair to find, ``case`` for those that the case states; None = not asked.
    """

    survive: bool = False
    recovery: float | None = None
    worst: str | None = None

    def check(self, page: bool, ask: str) -> None:
        """Refuse what only a page shows where no page is asked for."""
        if not page and (self.survive or self.worst or self.recovery is not None):
            raise BadInput(
                f"--survive, --recovery and --worst add to a page; {ask}, or see `bongsu survive` and `bongsu worst`"
            )
        if self.recovery is not None and not self.survive:
            raise BadInput("--recovery is the time until a lost part is back; give it with --survive")


def build(
    tell: Tell,
    found: StressAnswer,
    network: Network,
    chain: Chain | None,
    plan: Plan,
    more: More,
    threads: int = 1,
    brief: bool = False,
    yearly: tuple[Network, Plan] | None = None,
) -> Built:
    """The page of a disruption.

    ``brief`` says that the brief of the same plan stands beside its page. Where the answer is month by month, ``yearly`` is the
    plan that the months belong to: survival and the worst pair are asked of it.

    Raises:
        RuntimeError: the store names texts or figures that do not exist (a defect of ours, caught before a page is written).
    """
    likeliest = max(found.branches, key=lambda one: one.branch.weight)
    period = likeliest.exposure.period
    lives = pair = None
    net, whole = yearly or (network, plan)
    if period not in net["periods"]["period"].to_list():
        period = period[:4]
    if more.survive:
        days = more.recovery if more.recovery is not None else time_to_recover(likeliest.branch)
        lives = _lives(tell, net, chain, whole, period, days, threads)
    if more.worst:
        pair = _pair(tell, net, chain, whole, more.worst, period, threads)
    tell("writing the stress page")
    store, reasons = build_stress(found, network, chain, plan, lives, pair)
    store["meta"]["brief"] = brief
    wrong = check.stress_problems(store)
    if wrong:
        raise RuntimeError("the stress page is not sound: " + "; ".join(wrong[:5]))
    return Built(store, reasons)


def _lives(
    tell: Tell, network: Network, chain: Chain | None, plan: Plan, period: str, days: float | None, threads: int
) -> Lives:
    asked = survive.Asked(period=period, recovery=days or None, top=_SHOWN)
    if chain is None and network["stocks"].height:
        # What flows when no stock is used up.
        plan = solve(tell, survive.steady(network), None, 1e-6, threads)
    found = survive.answer(tell, asked, network, chain, plan, threads)
    return Lives(found.period, found.nodes, found.others, days or None, asked.kinds, found.hidden)


def _pair(
    tell: Tell, network: Network, chain: Chain | None, plan: Plan, family: str, period: str, threads: int
) -> Pair:
    from bongsu.plan import Options
    from bongsu.stress.disruption import days_of

    starts = days_of(network)[network["periods"]["period"].to_list().index(period)][0]
    of = None if family == CASE else family
    among = uncertain.events(network, chain, None, of, starts.isoformat() if of else None, 365, plan)
    tell(f"the worst pair of {len(among)} events")
    options = Options(threads=threads, progress=lambda text, _: tell(text))
    found = uncertain.worst(network, among, 2, False, 5, plan, options)
    own = [event for event in among if event.name in found.events]
    alone = uncertain.worst(network, own, 1, False, 2, plan, Options(threads=threads))
    singles = {alone.events[0]: alone.cost} | {one.events[0]: one.cost for one in alone.runners_up}
    return Pair(found, singles, family, len(among))


def write(out: Path, built: Built) -> list[str]:
    """Write the page in three languages, its numbers, and the reasons that ``bongsu why`` reads; the names of the files."""
    name = stress_page.name_of(built.store)
    files = []
    for lang in LANGS:
        path = out / f"{name}.{lang}.html"
        write_text(path, stress_page.render(built.store, lang))
        files.append(str(path))
    path = out / f"{name}.store.json"
    write_text(path, frame.canonical(built.store))
    return [*files, str(path), str(kept.write_reasons(out / name, built.reasons))]


def links(stores: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a brief says of the stress pages beside it."""
    return [{"page": stress_page.name_of(one), "title": one["meta"]["title"]} for one in stores]
