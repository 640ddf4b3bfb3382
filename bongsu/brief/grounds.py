"""The reasons of every figure that a brief shows, whole: a page cuts its trees to a size that can be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from bongsu.answers.asked import FORMS, of_plan
from bongsu.answers.asked import check as check_plan
from bongsu.answers.figure import Node
from bongsu.answers.why import UnknownFigure, Why
from bongsu.atlas.near import near
from bongsu.brief.law import law_part
from bongsu.brief.store import with_nodes
from bongsu.chain import Chain
from bongsu.plan.plan import Plan

#: How names begin of figures that a page makes itself, which nothing but the page can tell.
OF_PAGE = ("stage", "demand", "build.by", "builds.capex", "builds.count", "promise.share", "promises.count", "promises.share",
           "share.range.low", "share.range.high")  # fmt: skip
#: Forms of the figures of the law.
_OF_LAW = ("law.duties:YEAR", "law.credits:YEAR", "law.bill:INSTRUMENT:KIND", "law.point:RULE:PLACE:YEAR")


def check(chain: Chain, name: str) -> None:
    """Refuse, before anything is planned, a name that neither a plan of the chain nor its brief can have.

    Names of the law, and of figures that a page makes itself, are known by how they begin only: the rest takes a plan.

    Raises:
        UnknownFigure: no figure is called so; the sentence says which names there are, or come near.
    """
    start = name.partition(":")[0]
    if of_plan(name):
        check_plan(chain, name)
    elif not name.startswith("law.") and not any(start == one or start.startswith(f"{one}.") for one in OF_PAGE):
        forms = [*FORMS, *(_OF_LAW if chain.choices.law is not None else ())]
        like = near(start, [one.partition(":")[0] for one in forms] + list(OF_PAGE), most=3)
        hint = f"; did you mean {' or '.join(like)}?" if like else ""
        years = f"{chain.years[0]}-{chain.years[-1]}"
        raise UnknownFigure(
            f"{name!r} is not a figure of this plan ({years}){hint}; use {', '.join(forms[:-1])} or {forms[-1]}"
        )


class Grounds:
    """Reasons for the figures of one plan, by the names under which a brief shows them.

    First asked is :class:`bongsu.answers.why.Why`, which knows prices, shares, capacities, promises and builds of any year. Figures
    of the law (``law.duties:YEAR``, ``law.credits:YEAR``, ``law.bill:INSTRUMENT:KIND``, ``law.point:RULE:PLACE:YEAR``) are made
    for the year asked. What is left are figures of the page itself, such as counts and sums; they come from its store.

    Args:
        chain, plan: what was planned.
        progress: told what is being done.
    """

    def __init__(self, chain: Chain, plan: Plan, progress: Callable[[str], None] = lambda _: None) -> None:
        self.chain, self.plan, self.progress = chain, plan, progress
        self.why = Why(chain, plan)

    def figure(self, name: str) -> Node:
        """The tree of a figure.

        Raises:
            UnknownFigure: neither the plan nor its brief has such a figure.
        """
        check(self.chain, name)
        if of_plan(name):
            return self.why.figure(name)
        found = self._law(name) if name.startswith("law.") else self.page.get(name)
        if found is None:
            raise UnknownFigure(f"{name!r} is not a figure of this plan{self._hint(name)}")
        return found

    def _hint(self, name: str) -> str:
        """Figures of a like name, and the forms of those of the law."""
        laws = [one for kept in self._laws.values() for one in kept]
        found = near(name, laws if name.startswith("law.") else self.page)
        forms = f"; figures of the law are {', '.join(_OF_LAW)}" if name.startswith("law.") else ""
        return f"{forms}; did you mean {' or '.join(found)}?" if found else forms

    @cached_property
    def page(self) -> dict[str, Node]:
        """Every figure of the brief with all of its reasons."""
        return with_nodes(self.chain, self.plan, self.progress)[1]

    def _law(self, name: str) -> Node | None:
        last = name.rpartition(":")[2]
        year = int(last) if last.isdecimal() and int(last) in self.chain.years else self.chain.years[0]
        if year not in self._laws:
            kept: dict[str, Node] = {}

            def keep(fid: str, node: Node) -> str:
                kept.setdefault(fid, node)
                return fid

            law_part(self.chain, self.plan, year, keep)
            self._laws[year] = kept
        return self._laws[year].get(name)

    @cached_property
    def _laws(self) -> dict[int, dict[str, Node]]:
        return {}
