"""Names of figures, told apart before anything is planned: a wrong one is refused at once, with what it may have stood for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bongsu.answers.why import GROUPS, UnknownFigure
from bongsu.atlas.near import near
from bongsu.chain import Chain

#: Forms of the figures of a plan, as people write them.
FORMS = (
    "share:YEAR",
    "price:ITEM@PLACE:YEAR",
    "capacity:PLANT:YEAR",
    "promise:LINE:YEAR",
    "build:OPTION:YEAR",
    "short:DEMAND:YEAR",
    "supply:ITEM:COUNTRY:YEAR",
)
_SHARES = frozenset({"share", *(f"share.{group}" for group in (*GROUPS, "short"))})


def of_plan(name: str) -> bool:
    """Whether a name has the form of a figure of a plan."""
    kind = name.partition(":")[0]
    return kind in _SHARES or kind in {form.partition(":")[0] for form in FORMS}


def check(chain: Chain, name: str) -> None:
    """Refuse a name of a plan's figure that no plan of the chain has.

    Raises:
        UnknownFigure: its form, its year, or what it is of is not there; the sentence says which names come near.
    """
    kind, _, rest = name.partition(":")
    what, _, year = rest.rpartition(":")
    if not of_plan(name) or not year.isdecimal() or int(year) not in chain.years:
        years, forms = f"{chain.years[0]}-{chain.years[-1]}", ", ".join(FORMS[:-1])
        raise UnknownFigure(f"{name!r} is not a figure of this plan ({years}); use {forms} or {FORMS[-1]}")
    net = chain.network

    def known(part: str, title: str, among: Iterable[str], whole: Callable[[str], str]) -> None:
        names = [str(one) for one in among]
        if part not in names:
            like = [f"{kind}:{whole(one)}:{year}" for one in near(part, names, most=3)]
            hint = f"; did you mean {' or '.join(like)}?" if like else ""
            raise UnknownFigure(f"there is no {title} {part!r} in this plan{hint}")

    if kind == "price":
        item, _, place = what.partition("@")
        known(item, "item", net["items"]["item"], lambda one: f"{one}@{place}")
        known(place, "place", net["places"]["place"], lambda one: f"{item}@{one}")
    elif kind == "capacity":
        known(what, "plant", net["plants"]["plant"], str)
    elif kind == "promise":
        known(what, "production line", (line.line for line in chain.lines), str)
    elif kind == "build":
        known(what, "option", net["options"]["option"], str)
    elif kind == "short":
        known(what, "demand", net["demands"]["demand"].unique(maintain_order=True), str)
    elif kind == "supply":
        item, _, country = what.partition(":")
        known(item, "item", net["items"]["item"], lambda one: f"{one}:{country}")
        known(country, "country", sorted(set(chain.atlas["places"]["country"])), lambda one: f"{item}:{one}")
