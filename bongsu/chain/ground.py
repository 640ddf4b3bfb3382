"""The network as content tests see it, what they add to it, and the names of what keeps them.

A mode or a lane that keeps a rule has a twin (:func:`twin`): the same flow, counted apart. What keeps two rules at once is a twin
of a twin, so that a pack may earn the credit of its maker and be bound for a vehicle that claims one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bongsu.law import Owner

Row = dict[str, Any]
#: A kind of flow (``lane``, ``mode`` or ``supply``), its name and its coefficient in a rule.
Term = tuple[str, str, float]
#: Process of the columns that count what comes from outsiders; it makes and takes nothing.
OUTSIDERS = "content"
#: Goods of outsiders are counted in lots of so much money, a size at which the solver works well.
LOT = 2.5e5


def twin(name: str, rule: str) -> str:
    """Name of the twin of a mode or lane under a rule."""
    return f"{name}#{rule}"


def kept(name: str) -> tuple[str, ...]:
    """The rules that a mode or lane of that name keeps."""
    return tuple(name.split("#")[1:])


def plain(name: str) -> str:
    """The mode or lane of which that name is a twin."""
    return name.partition("#")[0]


_TERMS = ("share", "kind", "of", "coefficient")


@dataclass
class Content:
    """What the content rules add to the tables of a network: rows, and the terms of the shares by column."""

    plants: list[Row] = field(default_factory=list)
    capacity: list[Row] = field(default_factory=list)
    modes: list[Row] = field(default_factory=list)
    mode_periods: list[Row] = field(default_factory=list)
    shares: list[Row] = field(default_factory=list)
    terms: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _TERMS})
    _said: dict[str, tuple[str, dict[tuple[str, str], float]]] = field(default_factory=dict)

    def share(self, name: str, period: int | None, facts: str, terms: Iterable[Term]) -> None:
        """Add a rule: the sum of coefficient times flow is at least zero.

        Rules whose names differ after ``|`` only, by year, and that have the same terms, are stated once, under the first name.
        """
        joined: dict[tuple[str, str], float] = {}
        for kind, of, coefficient in terms:
            joined[kind, of] = joined.get((kind, of), 0.0) + coefficient
        head = name.partition("|")[0]
        said, before = self._said.get(head, (name, None))
        if before != joined:
            said, found = name, [(kind, of, value) for (kind, of), value in joined.items() if value]
            self._said[head] = name, joined
            self.terms["share"] += [name] * len(found)
            self.terms["kind"] += [kind for kind, _, _ in found]
            self.terms["of"] += [of for _, of, _ in found]
            self.terms["coefficient"] += [value for _, _, value in found]
        self.shares.append({"share": said, "period": None if period is None else str(period), "facts": facts})

    def over(
        self, name: str, years: Iterable[int], facts: Callable[[int], str], terms: Callable[[int], Sequence[Term]]
    ) -> None:
        """Add a rule for each of some years."""
        before: Sequence[Term] | None = None
        for year in years:
            own = terms(year)
            if own == before:
                self.shares.append({**self.shares[-1], "period": str(year), "facts": facts(year)})
            else:
                self.share(f"{name}|{year}", year, facts(year), own)
            before = own

    def count_outsiders(self, place: str, rule: str) -> str:
        """Add the stand-in for a plant in which a rule counts goods at a place; its name."""
        name = f"content:{rule}@{place}"
        self.plants.append({"plant": name, "place": place, "name": name, "unit": "unit", "facts": ""})
        self.capacity.append({"plant": name, "period": None, "capacity": None, "facts": ""})
        return name

    def outsiders(self, name: str, plant: str) -> None:
        """Add a column that counts goods in lots of money."""
        self.modes.append({"mode": name, "plant": plant, "process": OUTSIDERS, "cost": 0.0, "use": 0.0})


@dataclass(frozen=True)
class Ground:
    """What the rules are laid over: the network as it is without them.

    Attributes:
        years: of the case.
        place_of, country: place of a plant, country of a place.
        makers: owners of a plant.
        recipe: amounts by item of a process in a year.
        dated: processes whose recipe changes over the years.
        modes, lanes, supplies: rows of these tables.
        price: value of an item, None where unknown.
        product: main item of a process.
        free: processes that are no limit by themselves and stand wherever they are needed.
        processing: cost of processing per unit of activity of a mode, without its inputs.
        paid: costs of modes in periods where they differ from the mode's own, with the facts behind them.
    """

    years: Sequence[int]
    place_of: Mapping[str, str]
    country: Mapping[str, str]
    makers: Mapping[str, Sequence[Owner]]
    recipe: Callable[[str, int], Mapping[str, float]]
    dated: frozenset[str]
    modes: Sequence[Row]
    lanes: Sequence[Row]
    supplies: Sequence[Row]
    price: Callable[[str], float | None]
    product: Callable[[str], str | None]
    free: frozenset[str]
    processing: Callable[[Row], float]
    paid: Mapping[tuple[str, str], Row]

    @cached_property
    def modes_at(self) -> dict[str, list[Row]]:
        """Modes by place."""
        found: dict[str, list[Row]] = {}
        for mode in self.modes:
            found.setdefault(self.place_of[mode["plant"]], []).append(mode)
        return found

    @cached_property
    def made(self) -> dict[tuple[str, str], list[tuple[Row, float]]]:
        """Modes that make an item at a place, and how much a unit of activity makes, in the first year."""
        found: dict[tuple[str, str], list[tuple[Row, float]]] = {}
        for mode in self.modes:
            for item, amount in self.first(mode["process"]).items():
                if amount > 0:
                    found.setdefault((self.place_of[mode["plant"]], item), []).append((mode, amount))
        return found

    @cached_property
    def into(self) -> dict[tuple[str, str], list[Row]]:
        """Lanes that bring an item to a place."""
        return self._lanes("to")

    @cached_property
    def out_of(self) -> dict[tuple[str, str], list[Row]]:
        """Lanes that take an item from a place."""
        return self._lanes("from")

    def _lanes(self, end: str) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {}
        for lane in self.lanes:
            found.setdefault((lane[end], lane["item"]), []).append(lane)
        return found

    @cached_property
    def offered(self) -> dict[tuple[str, str], list[str]]:
        """Offers from outside of an item at a place."""
        found: dict[tuple[str, str], dict[str, None]] = {}
        for row in self.supplies:
            found.setdefault((row["place"], row["item"]), {})[row["supply"]] = None
        return {key: list(names) for key, names in found.items()}

    def first(self, process: str) -> Mapping[str, float]:
        """Amounts by item of a process in the first year."""
        return self.recipe(process, self.years[0])

    def takes(self, process: str) -> list[tuple[str, float]]:
        """What a process takes in the first year: items, and how much of each."""
        if process not in self._takes:
            self._takes[process] = [(item, -amount) for item, amount in self.first(process).items() if amount < 0]
        return self._takes[process]

    @cached_property
    def _takes(self) -> dict[str, list[tuple[str, float]]]:
        return {}

    def owners(self, mode: Row) -> Sequence[Owner]:
        """Owners of the maker that runs a mode."""
        return self.makers.get(mode["plant"], ())

    def at(self, mode: Row) -> str:
        """Country in which a mode runs."""
        return self.country[self.place_of[mode["plant"]]]


@dataclass
class Runs:
    """Every mode with its twins, by the content rule and by the tag that they keep (at most one of each).

    Attributes:
        by: names of the runs of a mode, with rule and tag; the mode itself first.
    """

    by: dict[str, list[tuple[str, str | None, str | None]]]

    @classmethod
    def of(
        cls,
        modes: Iterable[Row],
        rules: Mapping[str, Sequence[str]],
        tags: Mapping[str, Sequence[str]],
        joined: Callable[[Row, str, str], bool],
    ) -> Runs:
        """All pairs of one of the rules (or none) and one of the tags (or none) of each mode, where the two may be joined."""
        by: dict[str, list[tuple[str, str | None, str | None]]] = {}
        for mode in modes:
            name = mode["mode"]
            under: list[tuple[str, str | None]] = [
                (name, None),
                *((twin(name, rule), rule) for rule in rules.get(name, ())),
            ]
            by[name] = [(own, rule, None) for own, rule in under]
            for own, rule in under:
                fit = (tag for tag in tags.get(name, ()) if rule is None or joined(mode, rule, tag))
                by[name] += [(twin(own, tag), rule, tag) for tag in fit]
        return cls(by)

    def all(self, mode: Row) -> list[str]:
        """A mode and all its twins."""
        return [name for name, _, _ in self.by[mode["mode"]]]

    def under(self, mode: Row, rule: str) -> list[tuple[str, str | None]]:
        """Its twins that keep a content rule, with the tag that each carries."""
        return [(name, tag) for name, own, tag in self.by[mode["mode"]] if own == rule]

    def tagged(self, mode: Row, tag: str | None) -> list[str]:
        """Its twins that carry a tag, or what carries none."""
        return [name for name, _, own in self.by[mode["mode"]] if own == tag]
