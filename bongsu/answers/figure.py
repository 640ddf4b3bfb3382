"""A figure with its reasons: the tree that ``why`` prints and a brief shows."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from bongsu.atlas import Atlas
from bongsu.atlas.typeset import french, korean
from bongsu.law import LawOn
from bongsu.law.instrument import ANY

LANGUAGES = ("en", "ko", "fr")
#: Weakest first.
_TRUST = ("assumed", "derived", "stated")

#: For each table, the column that holds its figure, and the column or text of its unit.
_VALUE: Mapping[str, tuple[str, str]] = {
    "facility_capacity": ("capacity", "unit"),
    "facility_states": ("promised_year", ""),
    "delivery": ("share", ""),
    "process_costs": ("variable", "USD"),
    "capex": ("capex", "USD"),
    "expansion_places": ("max_per_year", ""),
    "recipes": ("amount", ""),
    "items": ("disposal_cost", "USD"),
    "demand": ("gwh", "GWh"),
    "chemistry_mix": ("share", ""),
    "shortage_prices": ("price", "USD/kWh"),
    "outside_supply": ("price", "USD"),
    "freight_rates": ("per_t_km", "USD/t-km"),
    "sea_legs": ("distance_km", "km"),
    "links": ("volume", ""),
    "facility_owners": ("share", ""),
    "capabilities": ("readiness", ""),
    "needs": ("readiness", ""),
    "process_energy": ("amount", "unit"),
    "energy_prices": ("price", "USD"),
    "fx": ("usd", "USD"),
    "project_terms": ("value", "unit"),
    "facility_jobs": ("jobs", ""),
    "facility_support": ("amount", "currency"),
    "site_facts": ("value", "unit"),
    "io_multipliers": ("value", "unit"),
    "regional_employment": ("employment", ""),
    "deflators": ("index", ""),
}


@cache
def _words() -> dict[str, dict[str, str]]:
    text = resources.files("bongsu.answers").joinpath("words.csv").read_text(encoding="utf-8")
    return {row["key"]: row | {"fr": french(row["fr"])} for row in csv.DictReader(text.splitlines())}


def label(key: str, **parts: Any) -> dict[str, str]:
    """A phrase in the three languages; a part may itself be a mapping by language.

    Raises:
        KeyError: there is no such phrase.
    """
    row = _words()[key]
    said = {
        language: row[language].format(**{k: v[language] if isinstance(v, Mapping) else v for k, v in parts.items()})
        for language in LANGUAGES
    }
    return said | {"ko": korean(said["ko"])}


def unit_name(unit: str) -> dict[str, str]:
    """A unit in words; as it is written where it has none."""
    return label(f"unit.{unit}") if f"unit.{unit}" in _words() else dict.fromkeys(LANGUAGES, unit)


def country_name(country: str) -> dict[str, str]:
    """A country in words, by its code; the code where it has none."""
    return label(f"country.{country}") if f"country.{country}" in _words() else dict.fromkeys(LANGUAGES, country)


def region_name(region: str) -> dict[str, str]:
    """A province or state in words, by its code alone or behind its country (``ON``, ``CA-ON``); the code where it has none."""
    return label(f"region.{region}") if f"region.{region}" in _words() else dict.fromkeys(LANGUAGES, region)


@dataclass(frozen=True)
class Node:
    """A figure, what it is made of, and what it rests on.

    Attributes:
        label: what it is, by language.
        value: the figure; None where it is a fact without a number.
        unit: its unit; ``kind`` says how to write it (``share``, ``money``, ``number``, ``year``, ``energy``, ``mass``).
        confidence: ``stated``, ``derived``, ``assumed``, or ``computed`` for results of the plan.
        source: identifier of the source of a fact.
        children: the reasons.
    """

    label: Mapping[str, str]
    value: float | None
    unit: str = ""
    kind: str = "number"
    confidence: str = "computed"
    source: str | None = None
    children: tuple[Node, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; what is usual (a computed number without a unit, source or reasons) is left out."""
        full = {
            "label": dict(self.label),
            "value": self.value,
            "unit": self.unit,
            "kind": self.kind,
            "confidence": self.confidence,
            "source": self.source,
            "children": [child.as_dict() for child in self.children],
        }
        usual: dict[str, Any] = {"unit": "", "kind": "number", "confidence": "computed", "source": None, "children": []}
        return {name: value for name, value in full.items() if name not in usual or value != usual[name]}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Node:
        """The node whose plain data these are."""
        children = tuple(cls.of(child) for child in data.get("children", ()))
        return cls(**{**data, "value": data.get("value"), "children": children})

    def pruned(self, depth: int, breadth: int) -> Node:
        """The same figure with its reasons to a depth, and at each step only the weightiest so many."""
        if depth == 0:
            return replace(self, children=())
        kept = sorted(range(len(self.children)), key=lambda i: -abs(self.children[i].value or 0.0))[:breadth]
        return replace(self, children=tuple(self.children[i].pruned(depth - 1, breadth) for i in sorted(kept)))

    def facts(self) -> Iterable[Node]:
        """The facts at the leaves."""
        if not self.children and self.confidence != "computed":
            yield self
        for child in self.children:
            yield from child.facts()

    @property
    def weakest(self) -> str:
        """Lowest trust among the facts that the figure rests on; ``computed`` if it rests on none."""
        found = {node.confidence for node in self.facts()}
        return next((trust for trust in _TRUST if trust in found), "computed")


#: Parts of a key that do not help a reader to know what a fact is about.
_UNSAID = frozenset({"known_from", "regime", "basis", "counted", "source", "case"})


class Facts:
    """Facts of an atlas by ``table:line``, and values of law by ``law:instrument/parameter/key@day``."""

    def __init__(self, atlas: Atlas, law: LawOn | None = None) -> None:
        self.atlas = atlas
        self.law = law
        self._rows: dict[str, dict[int, dict[str, Any]]] = {}

    def row(self, reference: str) -> tuple[str, dict[str, Any]] | None:
        """Table and row of ``table:line``; None if there is none."""
        table, _, line = reference.partition(":")
        if table not in self.atlas.tables or not line.isdigit():
            return None
        if table not in self._rows:
            self._rows[table] = {row["_line"]: row for row in self.atlas[table].iter_rows(named=True)}
        found = self._rows[table].get(int(line))
        return (table, found) if found else None

    def node(self, reference: str) -> Node | None:
        """The fact behind ``table:line`` as a leaf; None if the table has no such line."""
        if reference.startswith("law:"):
            return self._legal(reference)
        found = self.row(reference)
        if found is None or f"table.{found[0]}" not in _words():
            return None
        table, row = found
        column, unit = _VALUE.get(table, ("", ""))
        what = {language: self._subject(table, row, language) for language in LANGUAGES}
        title = label(f"table.{table}")
        return Node(
            label=_both(title, what),
            value=float(row[column]) if column and row[column] is not None else None,
            unit=str(row[unit]) if unit in row else unit,
            kind="share" if column == "share" else "year" if column == "promised_year" else "number",
            confidence=str(row.get("confidence") or "assumed"),
            source=row.get("source"),
        )

    def _legal(self, reference: str) -> Node | None:
        """A value of law as a leaf; the lines of a duty are shown where the duty is."""
        place, _, day = reference.removeprefix("law:").partition("@")
        if self.law is None or not day:
            return None
        instrument, parameter, *key = place.split("/")
        found = self.law.find(instrument, parameter, key[0] if key else ANY, dt.date.fromisoformat(day))
        if found is None:
            return None
        title, what = self.law.law[instrument].title, found.parameter.title
        return Node(
            label=_both(title, what),
            value=float(found.value) if isinstance(found.value, Decimal) else None,
            unit=found.parameter.unit,
            confidence=found.fact.confidence,
            source=found.fact.source,
        )

    def nodes(self, references: str | None) -> tuple[Node, ...]:
        """Leaves for several references separated by blanks, each once."""
        found = (self.node(reference) for reference in dict.fromkeys((references or "").split()))
        return tuple(node for node in found if node is not None)

    def _subject(self, table: str, row: Mapping[str, Any], language: str) -> str:
        parts: list[str] = []
        for name in self.atlas.schema[table].key:
            value = row[name]
            # A fact of every country, stage or case says nothing of which.
            if value in (None, "*") or name in _UNSAID:
                continue
            parts.append(self._name(table, name, value, language))
        if table == "facility_states":
            parts.insert(1, label(f"state.{row['state']}")[language])
        return ", ".join(parts)

    def _name(self, table: str, column: str, value: Any, language: str) -> str:
        if column == "state":
            return label(f"state.{value}")[language]
        if column == "years_after_promise":
            return label("years.after", n=value)[language]
        if f"{column}.{value}" in _words():
            return label(f"{column}.{value}")[language]
        field_ = next(f for f in self.atlas.schema[table].fields if f.name == column)
        refers = field_.refers or (table if field_.name == self.atlas.schema[table].key[0] else "")
        if refers == "facility_lines":
            owner = self.atlas.row("facility_lines", str(value))
            refers, value = ("facilities", owner["facility"]) if owner else ("", value)
        if refers and refers in self.atlas.tables and f"name_{language}" in self.atlas[refers].columns:
            return self.atlas.name(refers, str(value), language)
        return str(value)


def _both(title: Mapping[str, str], what: Mapping[str, str]) -> dict[str, str]:
    return {one: f"{title[one]}{chr(0xA0) if one == 'fr' else ''}: {what[one]}" for one in LANGUAGES}


def names(atlas: Atlas, table: str, key: str) -> dict[str, str]:
    """Display name of a row by language."""
    found = atlas.row(table, key)
    if found is None:
        return dict.fromkeys(LANGUAGES, key)
    return {language: str(found.get(f"name_{language}") or found["name_en"]) for language in LANGUAGES}
