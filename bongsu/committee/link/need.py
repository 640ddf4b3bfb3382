"""What a buyer needs, what a seller offers, and whom a name means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bongsu.answers.figure import LANGUAGES, names
from bongsu.atlas import Atlas
from bongsu.atlas.near import near
from bongsu.chain import Chain


class UnknownName(ValueError):
    """A name that the facts or the plan do not know; the sentence says which come near."""


@dataclass(frozen=True)
class Party:
    """Who buys or sells, and where.

    Attributes:
        name: identifier of a facility or of a place that stands for all who are there; of parties of a plan alone,
            ``offer@PLACE``, ``new:PROCESS@PLACE``, ``users@PLACE`` or ``market@PLACE``.
        place, country: where.
        facility: None for a place.
        title: display name by language.
    """

    name: str
    place: str
    country: str
    facility: str | None
    title: Mapping[str, str]


@dataclass(frozen=True)
class Need:
    """What a buyer looks for.

    Attributes:
        item: the goods; grades are items of their own.
        buyer: who buys.
        years: in which it is needed every year.
        quantity: in each year, unit of the item; None = what the plan uses there.
        origin: rules that the seller must keep, by name; see :mod:`bongsu.committee.link.qualify`.
    """

    item: str
    buyer: Party
    years: tuple[int, ...]
    quantity: float | None = None
    origin: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        chain: Chain,
        item: str,
        buyer: str,
        years: Sequence[int],
        quantity: float | None = None,
        origin: Sequence[str] = (),
    ) -> Need:
        """A need from names as people write them.

        Raises:
            UnknownName: there is no such item, facility or place.
            ValueError: no year or one outside the plan, or a quantity that is not above zero.
        """
        _check(chain, years, quantity)
        return cls(
            item_of(chain, item), party_of(chain.atlas, buyer), tuple(sorted(set(years))), quantity, tuple(origin)
        )


@dataclass(frozen=True)
class Offer:
    """What a seller has to sell; attributes as of :class:`Need`."""

    item: str
    seller: Party
    years: tuple[int, ...]
    quantity: float | None = None

    @classmethod
    def of(cls, chain: Chain, item: str, seller: str, years: Sequence[int], quantity: float | None = None) -> Offer:
        """An offer from names as people write them.

        Raises:
            UnknownName: there is no such item, facility or place.
            ValueError: no year or one outside the plan, or a quantity that is not above zero.
        """
        _check(chain, years, quantity)
        return cls(item_of(chain, item), party_of(chain.atlas, seller), tuple(sorted(set(years))), quantity)


def _check(chain: Chain, years: Sequence[int], quantity: float | None) -> None:
    first, last = chain.years[0], chain.years[-1]
    outside = [year for year in years if not first <= year <= last]
    if outside or not years:
        asked = ", ".join(map(str, outside)) or "none"
        raise ValueError(f"years asked for: {asked}; the plan has {first} to {last}")
    if quantity is not None and not 0 < quantity < float("inf"):
        raise ValueError(f"a quantity of {quantity:g} is not above zero; give units of the item per year")


def years_of(text: str) -> tuple[int, ...]:
    """Years as ``2028``, ``2028-2032`` or ``2028,2030``.

    Raises:
        ValueError: it is none of these.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"{text!r} are no years; write 2028, 2028-2032 or 2028,2030")
        if dash and int(last) < int(first):
            raise ValueError(f"{part.strip()} ends before it begins; write {last}-{first}")
        found += range(int(first), int(last or first) + 1)
    return tuple(sorted(set(found)))


def item_of(chain: Chain, text: str) -> str:
    """The item that a text means: its identifier, or its name in any language.

    Raises:
        UnknownName: none, with what comes near.
    """
    return _meant(chain.atlas, "items", "item", text, "item")


def party_of(atlas: Atlas, text: str) -> Party:
    """The facility or place that a text means: its identifier, or its name in any language; a facility first.

    Raises:
        UnknownName: none, with what comes near.
    """
    facilities, places = _known(atlas, "facilities", "facility"), _known(atlas, "places", "place")
    key = text.strip().casefold()
    country = dict(atlas["places"].select("place", "country").iter_rows())
    if key in facilities:
        row = atlas.row("facilities", facilities[key])
        assert row is not None
        name, place = str(row["facility"]), str(row["place"])
        return Party(name, place, country[place], name, names(atlas, "facilities", name))
    if key in places:
        place = places[key]
        return Party(place, place, country[place], None, names(atlas, "places", place))
    raise UnknownName(_missing(text, "facility or place", {**facilities, **places}))


def _meant(atlas: Atlas, table: str, column: str, text: str, what: str) -> str:
    known = _known(atlas, table, column)
    found = known.get(text.strip().casefold())
    if found is None:
        raise UnknownName(_missing(text, what, known))
    return found


def _known(atlas: Atlas, table: str, column: str) -> dict[str, str]:
    """Identifiers by what they may be called; an identifier is never taken for a name of something else."""
    found: dict[str, str] = {}
    for row in atlas[table].iter_rows(named=True):
        for language in LANGUAGES:
            if row.get(f"name_{language}"):
                found.setdefault(str(row[f"name_{language}"]).casefold(), str(row[column]))
    return found | {str(one).casefold(): str(one) for one in atlas[table][column]}


def _missing(text: str, what: str, known: Mapping[str, str]) -> str:
    key = text.strip().casefold()
    # "lithium" is rather lithium hydroxide than a lithium-ion cell.
    like = sorted(near(key, known, most=len(known)), key=lambda one: not known[one].casefold().startswith(key))
    ids = list(dict.fromkeys(known[one] for one in like))[:3]
    hint = f"; did you mean {' or '.join(ids)}?" if ids else "; `bongsu link list` names all"
    return f"there is no {what} {text!r}{hint}"
