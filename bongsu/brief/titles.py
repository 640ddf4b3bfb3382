"""Names of what a network is made of, in three languages: from the data pack where there is one, else as the case says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bongsu.answers.figure import LANGUAGES, names
from bongsu.brief.text import as_lang, has, t
from bongsu.chain import Chain, Network
from bongsu.stress.disruption import Hit

Title = dict[str, str]


def same(text: str) -> Title:
    """One text for all languages."""
    return dict.fromkeys(LANGUAGES, text)


def said(key: str, **parts: str | Mapping[str, str]) -> Title:
    """A text of the catalogue in the three languages; a part may be a mapping by language."""
    return {
        lang: t(key, as_lang(lang), **{k: v[lang] if isinstance(v, Mapping) else v for k, v in parts.items()})
        for lang in LANGUAGES
    }


@dataclass(frozen=True)
class Titles:
    """Names and units.

    Attributes:
        network: the network; chain: the chain behind it, None for a case folder.
    """

    network: Network
    chain: Chain | None

    def item(self, item: str) -> Title:
        """Name of an item."""
        return names(self.chain.atlas, "items", item) if self.chain else same(item)

    def place(self, place: str) -> Title:
        """Name of a place."""
        return names(self.chain.atlas, "places", place) if self.chain else same(place)

    def country(self, code: str | None) -> Title:
        """Name of a country."""
        return said(f"country.{code}") if has(f"country.{code}") else same(code or "")

    def plant(self, plant: str) -> Title:
        """Name of a plant: its facility, or its process and place."""
        if self.chain is None:
            return same(self._plain_plants.get(plant) or plant)
        atlas = self.chain.atlas
        facility = self._facility.get(plant)
        if facility:
            return names(atlas, "facilities", facility)
        process, _, place = plant.removeprefix("new:").removeprefix("assembly:").partition("@")
        table = next((one for one in ("processes", "items") if atlas.row(one, process) is not None), None)
        shown = names(atlas, table, process) if table else same(process)
        if not place:
            return shown
        where = self.place(place)
        return {lang: f"{shown[lang]}, {where[lang]}" for lang in LANGUAGES}

    def at(self, name: str) -> Title:
        """Name of ``item@place`` or ``place:item``."""
        place, colon, item = name.partition(":")
        if not colon:
            item, _, place = name.partition("@")
        if not place:
            return self.item(item)
        what, where = self.item(item), self.place(place)
        return {lang: f"{what[lang]}, {where[lang]}" for lang in LANGUAGES}

    def unit(self, item: str) -> str:
        """Unit of an item; blank where it has none."""
        return self._units.get(item) or ""

    def product(self, plant: str) -> tuple[Title, str]:
        """What a plant makes, and its unit."""
        items = self._made.get(plant, [])
        titles = [self.item(one) for one in items]
        joined = {lang: t("list.comma", as_lang(lang)).join(one[lang] for one in titles) for lang in LANGUAGES}
        return joined, self.unit(items[0]) if items else ""

    def node(self, kind: str, name: str) -> Title:
        """Name of something that can be lost (:class:`bongsu.stress.supply_chain.Loss`)."""
        if kind == "plant":
            return self.plant(name)
        if kind == "place":
            return self.place(name)
        if kind == "country":
            return self.country(name)
        if kind == "supply" and "@" in name:
            return self.at(name)
        if kind == "event":
            return same(self._events.get(name) or name)
        if kind == "lane" and name.count("|") == 2:
            item, start, end = name.split("|")
            what, first, last = self.item(item), self.place(start), self.place(end)
            return {lang: f"{what[lang]}, {first[lang]} \u2192 {last[lang]}" for lang in LANGUAGES}
        return same(name)

    def event(self, name: str) -> Title:
        """Name of an event: of the case, or ``family:member`` (:func:`bongsu.stress.disruption.family`)."""
        family, colon, member = name.partition(":")
        if not colon:
            return self.node("event", name)
        if family == "country":
            return self.country(member)
        if family in ("item", "reagent"):
            return self.item(member)
        if self.chain is None:
            return self.plant(member) if family == "facility" else same(member)
        table = {"facility": "facilities", "process": "processes", "owner": "owners"}.get(family, "")
        known = table in self.chain.atlas.tables and self.chain.atlas.row(table, member) is not None
        return names(self.chain.atlas, table, member) if known else same(member)

    def hit(self, hit: Hit) -> Title:
        """What a blow strikes, in names."""
        listed = [
            self._of("facilities", hit.facility),
            self.plant(hit.line) if hit.line else None,
            self._of("processes", hit.process),
            self.item(hit.uses) if hit.uses else None,
            self.item(hit.item or hit.demand or "") if hit.item or hit.demand else None,
            self._where(hit.country),
            self._of("owners", hit.owner),
            *([same(hit.corridor)] if hit.corridor else []),
            self._where(hit.via),
        ]
        parts = [one for one in listed if one is not None]
        if hit.origin or hit.to:
            ends = [self._where(end) or same("…") for end in (hit.origin, hit.to)]
            parts.append({lang: f"{ends[0][lang]} → {ends[1][lang]}" for lang in LANGUAGES})
        return {lang: t("list.comma", as_lang(lang)).join(one[lang] for one in parts) for lang in LANGUAGES}

    def _where(self, name: str | None) -> Title | None:
        """Name of a country, by its code, or of a place."""
        if name is None:
            return None
        return self.country(name) if has(f"country.{name}") else self.place(name)

    def _of(self, table: str, name: str | None) -> Title | None:
        """Name of a row of the data pack; its identifier where there is no such row."""
        if name is None:
            return None
        known = self.chain is not None and table in self.chain.atlas.tables
        if known and self.chain is not None and self.chain.atlas.row(table, name) is not None:
            return names(self.chain.atlas, table, name)
        return same(name)

    @cached_property
    def steps(self) -> frozenset[str]:
        """Plants of a chain of the pack that stand for a step done wherever it is needed: their capacity has no limit."""
        if self.chain is None:
            return frozenset()
        return frozenset(self.network["capacity"].filter(pl.col("capacity").is_null())["plant"])

    @cached_property
    def _facility(self) -> dict[str, str]:
        assert self.chain is not None
        return dict(self.chain.atlas["facility_lines"].select("line", "facility").iter_rows())

    @cached_property
    def _plain_plants(self) -> dict[str, str | None]:
        return dict(self.network["plants"].select("plant", "name").iter_rows())

    @cached_property
    def _events(self) -> dict[str, str | None]:
        return dict(self.network["events"].select("event", "name").iter_rows())

    @cached_property
    def _units(self) -> dict[str, str | None]:
        return dict(self.network["items"].select("item", "unit").iter_rows())

    @cached_property
    def _made(self) -> dict[str, list[str]]:
        main = self.network["recipes"].filter((pl.col("amount") > 0) & (pl.col("byproduct") == "no"))
        of_process: dict[str, list[str]] = {}
        for process, item in main.select("process", "item").iter_rows():
            of_process.setdefault(process, []).append(item)
        made: dict[str, list[str]] = {}
        for plant, process in self.network["modes"].select("plant", "process").iter_rows():
            own = made.setdefault(plant, [])
            own += [item for item in of_process.get(process, []) if item not in own]
        return made
