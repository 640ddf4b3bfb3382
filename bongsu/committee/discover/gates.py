"""Gates: what must hold before the worth of a project counts. Pass, fail or undetermined, each with its evidence.

A gate that fails is never bought off by a score: the project leaves the ranking. A gate is undetermined where the facts are silent,
and says what is missing.

- ``process``: a Korean firm has a plant that runs the process and produces.
- ``feed``: each input that is not bought at home anywhere is made by a plant that produces near the place, or sold under contract
  to a plant there; fails where nobody makes or offers it at all. What comes from the ground there: a plant that takes it there is
  permitted or further.
- ``customer``: a plant that produces near the place takes the product, or a contract sells it from there; fails where nobody takes
  it.
- ``permits``: a plant of the same process at the place is permitted or further.
- ``ownership``: the Canadian policy on state-owned investors in critical minerals does not reach the Korean firms that could bring
  the process. Undetermined without law.
- ``power``: the load is computed and the price in the province is set beside Korea's; what would pass is an agreement to connect
  the load, and no such agreement, nor what a grid has left at a place, is in the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from bongsu.answers.figure import LANGUAGES, Facts, Node, names
from bongsu.chain import Chain
from bongsu.committee.discover.candidates import HOST, MASTER, NEAR_KM, Candidate, Ground, Mastery
from bongsu.committee.project import Gate
from bongsu.committee.words import said
from bongsu.law.finding import Outcome, all_of
from bongsu.law.inforce import InForce

ROOM = "discover"
GATES = ("process", "feed", "customer", "permits", "ownership", "power")
_PERMITTED = ("permitted", "fid", "construction", "commissioning", "producing")
_CONTRACTED = ("contracted", "flowing")
#: Hours of a year.
_HOURS = 8760.0
_POLICY = "ca-ica-soe"


def verdict(gates: Iterable[Gate]) -> Outcome:
    """Fail where one fails, pass where all pass, else undetermined."""
    return all_of(gate.outcome for gate in gates)


@dataclass
class Gatekeeper:
    """Asks the gates of candidates of one chain."""

    chain: Chain
    mastered: Mapping[str, Mastery]

    @cached_property
    def facts(self) -> Facts:
        """Facts and law as leaves of evidence."""
        law = self.chain.choices.law
        return Facts(self.chain.atlas, law.law if isinstance(law, InForce) else None)

    @cached_property
    def ground(self) -> Ground:
        """What the places have to offer."""
        return Ground(self.chain)

    def of(self, one: Candidate) -> tuple[Gate, ...]:
        """All gates of a candidate, in the order of :data:`GATES`."""
        return (
            self._process(one),
            self._feed(one),
            self._customer(one),
            self._permits(one),
            self._ownership(one),
            self._power(one),
        )

    def _process(self, one: Candidate) -> Gate:
        held = self.mastered[one.process]
        evidence = self.facts.nodes(" ".join(held.facts[:6]))
        if held.producing:
            return Gate("process", Outcome.PASS, evidence)
        return Gate("process", Outcome.UNDETERMINED, (_missing("process"), *evidence))

    def _feed(self, one: Candidate) -> Gate:
        outcomes, evidence = [], []
        if self.ground.from_ground(one.process):
            there = self._permits(one)
            outcomes.append(there.outcome)
            evidence += [_note("feed.ground"), *there.evidence]
        for item in self.ground.feeds(one.process):
            outcome, why = self._met(one, item, "feed")
            outcomes.append(outcome)
            evidence += why
        if not outcomes:
            return Gate("feed", Outcome.PASS, (_note("feed.none"),))
        return Gate("feed", all_of(outcomes), tuple(evidence))

    def _customer(self, one: Candidate) -> Gate:
        item = self.ground.product(one.process)
        if item is None:
            return Gate(
                "customer", Outcome.UNDETERMINED, (_missing("customer", item=dict.fromkeys(LANGUAGES, one.process)),)
            )
        outcome, why = self._met(one, item, "customer")
        return Gate("customer", outcome, tuple(why))

    def _met(self, one: Candidate, item: str, gate: str) -> tuple[Outcome, list[Node]]:
        """Whether the other end of a flow of an item is there: its maker (``feed``) or its user (``customer``)."""
        atlas, near = self.chain.atlas, self.ground.near(one.place)
        signed = self._links(one.place, item, gate)
        if signed:
            return Outcome.PASS, list(self.facts.nodes(" ".join(signed)))
        side = self._makers if gate == "feed" else self._users
        close = [line for line in side.get(item, ()) if line[1] in near and line[2] == "producing"]
        if close:
            return Outcome.PASS, [self._plant(line, states) for line, _, _, states in close[:3]]
        name = names(atlas, "items", item)
        if not side.get(item) and (gate == "customer" or item not in self._offered) and not self._planned(item, gate):
            return Outcome.FAIL, [_note(f"{gate}.nobody", item=name)]
        return Outcome.UNDETERMINED, [_missing(gate, item=name, km=f"{NEAR_KM:.0f}")]

    def _plant(self, line: str, references: str) -> Node:
        row = self.chain.atlas.row("facility_lines", line)
        facility = row["facility"] if row else line
        return Node(names(self.chain.atlas, "facilities", facility), None, children=self.facts.nodes(references))

    def _links(self, place: str, item: str, gate: str) -> list[str]:
        at = dict(self.chain.atlas["facilities"].select("facility", "place").iter_rows())
        end = "buyer" if gate == "feed" else "seller"
        rows = self.chain.atlas["links"].filter((pl.col("item") == item) & pl.col("state").is_in(_CONTRACTED))
        return [
            f"links:{row['_line']}"
            for row in rows.iter_rows(named=True)
            if at.get(row[end]) == place and (row["valid_to"] is None or row["valid_to"] > self.chain.atlas.known)
        ]

    @cached_property
    def _lines(self) -> list[tuple[str, str, str, tuple[str, ...], str]]:
        """Lines with place, state, processes and the facts of the line and its state."""
        states = self.ground.states
        found = []
        for line in self.chain.lines:
            row = self.chain.atlas.row("facility_lines", line.line) or {"_line": 0}
            state, at = states.get(line.facility, ("", 0))
            found.append(
                (line.line, line.place, state, line.processes, f"facility_lines:{row['_line']} facility_states:{at}")
            )
        return found

    @cached_property
    def _makers(self) -> dict[str, list[tuple[str, str, str, str]]]:
        return self._side(1.0)

    @cached_property
    def _users(self) -> dict[str, list[tuple[str, str, str, str]]]:
        return self._side(-1.0)

    def _side(self, sign: float) -> dict[str, list[tuple[str, str, str, str]]]:
        found: dict[str, list[tuple[str, str, str, str]]] = {}
        for line, place, state, processes, references in self._lines:
            items = {i for p in processes for i, amount in self.ground.recipe.get(p, {}).items() if sign * amount > 0}
            for item in items:
                found.setdefault(item, []).append((line, place, state, references))
        return found

    @cached_property
    def _offered(self) -> set[str]:
        return set(self.chain.network["supplies"]["item"])

    def _planned(self, item: str, gate: str) -> bool:
        """Whether anything else in the network, such as a step without a limit or an option to build, makes or uses an item."""
        net = self.chain.network
        rows = net["recipes"].filter((pl.col("item") == item) & ((pl.col("amount") > 0) == (gate == "feed")))
        wanted = gate == "customer" and net["demands"].filter(pl.col("item") == item).height > 0
        return wanted or rows.height > 0

    def _permits(self, one: Candidate) -> Gate:
        found = [
            (self._plant(line, references), state)
            for line, place, state, processes, references in self._lines
            if place == one.place and one.process in processes
        ]
        passed = [node for node, state in found if state in _PERMITTED]
        if passed:
            return Gate("permits", Outcome.PASS, tuple(passed))
        return Gate("permits", Outcome.UNDETERMINED, (_missing("permits"), *(node for node, _ in found)))

    def _ownership(self, one: Candidate) -> Gate:
        law = self.chain.choices.law
        if (
            not isinstance(law, InForce)
            or _POLICY not in law.law.law.instruments
            or law.law.in_force(_POLICY) is not True
        ):
            return Gate("ownership", Outcome.UNDETERMINED, (_missing("ownership.law"),))
        listed = law.law.find(_POLICY, "flagged_bodies", "*", law.law.date)
        bodies = (
            {str(body).lower() for body in listed.value}
            if listed and isinstance(listed.value, (list, tuple))
            else set()
        )
        owners = self.mastered[one.process].owners
        clear = [
            owner for owner in owners if not bodies & set(owner.lower().replace("(", " ").replace(")", " ").split())
        ]
        policy = Node(
            dict(law.law.law[_POLICY].title), None, confidence="stated", source=listed.fact.source if listed else None
        )
        if clear:
            return Gate("ownership", Outcome.PASS, (policy, _note("ownership.private", firms=", ".join(clear[:4]))))
        return Gate("ownership", Outcome.UNDETERMINED, (policy, _missing("ownership", firms=", ".join(owners[:4]))))

    def _power(self, one: Candidate) -> Gate:
        used = self.ground.electricity.get(one.process)
        if used is None:
            return Gate("power", Outcome.UNDETERMINED, (_missing("power.use"),))
        megawatts = used * one.sizes[-1] / _HOURS / 1000.0
        region = self.ground.places[one.place][2]
        table = self.chain.atlas["energy_prices"].filter(
            (pl.col("country") == HOST) & (pl.col("kind") == "electricity")
        )
        rows = table.filter(pl.col("region") == region)
        if rows.is_empty():
            rows = table.filter(pl.col("region").is_null())
        price: list[dict[str, Any]] = list(rows.iter_rows(named=True))
        facts = self.facts.nodes(" ".join(f"energy_prices:{row['_line']}" for row in price))
        load = Node(said(ROOM, "power.load"), megawatts, "MW", confidence="computed", children=facts)
        amount = _plain(megawatts, 0 if megawatts >= 10 else 1)
        if not price:
            return Gate("power", Outcome.UNDETERMINED, (_missing("power.price", load=amount), load))
        here, korea = float(price[0]["price"]), self.ground.power.get(MASTER)
        key = "power" if korea is None else "power.cheaper" if here < korea else "power.dearer"
        own = {"price": _plain(here, 3), "korea": _plain(korea or 0.0, 3), "load": amount}
        return Gate("power", Outcome.UNDETERMINED, (_missing(key, **own), load))


def _plain(value: float, digits: int) -> dict[str, str]:
    """A number in the three languages."""
    text = f"{value:,.{digits}f}"
    return {"en": text, "ko": text, "fr": text.replace(",", "\u202f").replace(".", ",")}


def _missing(key: str, **parts: Any) -> Node:
    return Node(said(ROOM, f"missing.{key}", **parts), None)


def _note(key: str, **parts: Any) -> Node:
    return Node(said(ROOM, f"note.{key}", **parts), None)
