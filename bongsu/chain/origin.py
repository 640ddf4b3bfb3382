"""Where minerals come from: which share of the value added on their way counts, settled before the plan from who makes what where.

For a mineral that a step makes of a feed, in the form in which it enters a battery material (26 CFR 1.30D-3):

    extraction      counts or not, by the country of the mine; goods bought as anything but ore have an unknown mine, which does not
    processing      inside / added: value added is the price of what a step makes less that of its feed, and counts by country;
                    all of an intermediate bought outside was added by processing, in the country that offers it
    recycling       counts where scrap is shredded and minerals are won from it in countries that count

Places differ in what they can buy, so a maker has one origin for each kind of feed that may reach him.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bongsu.chain.ground import Ground, Row
from bongsu.law import VehicleCredit

_SAME = 1e-9


@dataclass(frozen=True)
class Origin:
    """Where goods of one kind come from, as far as it matters.

    Attributes:
        clean: no party of concern has had a hand in their mineral.
        mined: the value added by extraction counts (or, of recycled goods, that by recycling).
        inside, added: value added by processing that counts, and all of it, in USD per unit.
    """

    clean: bool
    mined: bool
    inside: float
    added: float

    @property
    def whole(self) -> bool:
        """Whether all of it qualifies."""
        return self.mined or (self.added > 0 and self.inside >= self.added * (1 - _SAME))

    def share(self, whole_from: float | None = None) -> float:
        """Share of the value that qualifies: the greatest of the ways; from ``whole_from`` on all of it, and nothing below."""
        share = 1.0 if self.whole else self.inside / self.added if self.added > 0 else 0.0
        return share if whole_from is None else float(share >= whole_from - _SAME)


def worst(origins: Iterable[Origin]) -> Origin:
    """A bound of several origins from below."""
    found = list(origins)
    unsure = [one for one in found if not one.mined]
    return Origin(
        all(one.clean for one in found),
        not unsure,
        min((one.inside for one in unsure), default=0.0),
        max((one.added for one in unsure), default=0.0),
    )


class Origins:
    """The origins that goods of a network may have, under a credit."""

    def __init__(self, credit: VehicleCredit, ground: Ground) -> None:
        self.goods, self.counts, self.concern = credit.goods, credit.counts, credit.concern
        self.g = ground
        self._of: dict[tuple[str, str], tuple[Origin, ...]] = {}
        self._feeds: dict[tuple[str, str], str | None] = {}

    def carries(self, item: str) -> bool:
        """Whether an item is a mineral, or carries one on its way."""
        return item in self.goods.minerals or any(item in feeds for feeds in self.goods.feeds.values())

    def of(self, place: str, item: str) -> tuple[Origin, ...]:
        """Every origin of what a place makes or offers of an item; none where it does neither."""
        key = (place, item)
        if key not in self._of:
            self._of[key] = ()  # what goes round in a circle has no origin but those outside it
            found = dict.fromkeys(one for mode, _ in self.g.made.get(key, ()) for one in self.made(mode, item))
            if self.g.offered.get(key):
                found[self._offered(place, item)] = None
            self._of[key] = tuple(found)
        return self._of[key]

    def made(self, mode: Row, item: str) -> tuple[Origin, ...]:
        """Every origin of an item that a mode makes, by what it may be made of."""
        feed = self.feed(mode, item)
        if feed is None:
            return (self.out(mode, item, None, None),)
        return tuple(dict.fromkeys(self.out(mode, item, feed, one) for one in self.arriving(mode, feed)))

    def arriving(self, mode: Row, feed: str) -> tuple[Origin, ...]:
        """Every origin of a feed that may reach a mode."""
        place = self.g.place_of[mode["plant"]]
        origins = [self.of(lane["from"], feed) for lane in self.g.into.get((place, feed), ())]
        return tuple(dict.fromkeys(one for own in (*origins, self.of(place, feed)) for one in own))

    def feed(self, mode: Row, item: str) -> str | None:
        """What a mode takes that carries the mineral of what it makes."""
        key = (mode["process"], item)
        if key not in self._feeds:
            self._feeds[key] = self._feed(mode, item)
        return self._feeds[key]

    def _feed(self, mode: Row, item: str) -> str | None:
        if item in self.goods.recycled:
            return None
        carried = {m for m, feeds in self.goods.feeds.items() if item in feeds} | {self.goods.minerals.get(item)}
        return next(
            (
                i
                for i, amount in self.g.first(mode["process"]).items()
                if amount < 0 and any(i in feeds for m, feeds in self.goods.feeds.items() if m in carried)
            ),
            None,
        )

    def out(self, mode: Row, item: str, feed: str | None, origin: Origin | None) -> Origin:
        """Origin of an item that a mode makes of a feed of some origin, or of nothing that carries a mineral."""
        g, country = self.g, self.g.at(mode)
        clean = not self.concern(country, g.owners(mode))
        price = g.price(item) or 0.0
        here = self.counts("processing", country)
        if item in self.goods.recycled:
            return Origin(clean, self.counts("recycling", country), 0.0, 0.0)
        if feed is None or origin is None:
            added = 0.0 if item in self.goods.ores else price
            return Origin(clean, self.counts("extraction", country), added if here else 0.0, added)
        clean = clean and origin.clean
        if feed in self.goods.recycled:
            return Origin(clean, origin.mined and self.counts("recycling", country), 0.0, price)
        if g.product(mode["process"]) != item:
            # How the value of a feed divides among a product and its by-products is not known.
            return Origin(clean, origin.mined, 0.0, price)
        amounts = g.first(mode["process"])
        taken = -amounts[feed] / amounts[item]
        added = max(0.0, price - taken * (g.price(feed) or 0.0))
        return Origin(
            clean, origin.mined, taken * origin.inside + (added if here else 0.0), taken * origin.added + added
        )

    def fit(self, mode: Row, origin: Origin, whole: bool) -> bool:
        """Whether everything that a mode makes of a feed of some origin is clean and, if asked, qualifies in full."""
        made = [i for i, amount in self.g.first(mode["process"]).items() if amount > 0 and self.carries(i)]
        found = [self.out(mode, item, feed, origin) for item in made if (feed := self.feed(mode, item))]
        return all(one.clean and (one.whole or not whole) for one in found)

    def _offered(self, place: str, item: str) -> Origin:
        country = self.g.country[place]
        clean, price = not self.concern(country, ()), self.g.price(item) or 0.0
        if item in self.goods.ores:
            return Origin(clean, self.counts("extraction", country), 0.0, 0.0)
        if item in self.goods.recycled:
            return Origin(clean, False, 0.0, 0.0)
        return Origin(clean, False, price if self.counts("processing", country) else 0.0, price)
