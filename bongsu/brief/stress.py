"""The number store of a stress page: what a disruption does to a plan, how long the chain lives without its parts, the worst pair.

The store has the shape that ``docs/brief-store.md`` documents, and nothing but it adds a number to the page. What was not asked for
(survival, the worst pair) is ``None``, and the page says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

import bongsu
from bongsu.answers.figure import LANGUAGES, Facts, Node
from bongsu.brief.keeper import LISTED, SOURCE, Keeper, rounded
from bongsu.brief.titles import Title, Titles, said, same
from bongsu.chain import Chain, Network
from bongsu.chain.change import Scenario
from bongsu.law.inforce import InForce
from bongsu.plan.plan import Plan
from bongsu.stress.answer import BranchAnswer, Measure, Standstill, StressAnswer, Unserved
from bongsu.stress.disruption import Branch, Ground, Hit, resolve
from bongsu.stress.ensemble import Ensemble
from bongsu.stress.exposure import Substitute, Tier
from bongsu.stress.nodes import NodeAnswer
from bongsu.stress.supply_chain import DAYS
from bongsu.stress.worst import WorstSet

#: Rows of long lists that a page shows; what is left out is counted.
_ROWS = 40
_PLACES, _SUBSTITUTES = 4, 4
_HOME = ("CA", "KR", "US")


@dataclass(frozen=True)
class Lives:
    """How long the chain lives without each of its parts, as asked.

    Attributes:
        period: of the plan.
        nodes: shortest survival first, without those that can be lost for ever; ``others``: how many those are.
        days: time to recover that was assumed for all that states none; None = none was.
        kinds: of losses that were looked at; ``left_out``: how many more do not go on for ever and are not among ``nodes``.
    """

    period: str
    nodes: Sequence[NodeAnswer]
    others: int
    days: float | None
    kinds: Sequence[str]
    left_out: int = 0


@dataclass(frozen=True)
class Pair:
    """The worst two of a list of events, as asked.

    Attributes:
        found: the worst pair; singles: each of the two alone, by name: present cost.
        family: of the events, or the name of where they are stated; of: how many there were.
    """

    found: WorstSet
    singles: Mapping[str, float]
    family: str
    of: int


def build_stress(
    found: StressAnswer,
    network: Network,
    chain: Chain | None,
    plan: Plan,
    lives: Lives | None = None,
    pair: Pair | None = None,
) -> tuple[dict[str, Any], Mapping[str, Node]]:
    """The number store of a disruption, and its figures with all of their reasons, of which a page shows the first.

    Money is in million US dollars for a case of the pack, and as the case has it otherwise.
    """
    page = _Stress(found, network, chain, plan)
    return page.whole(lives, pair), page.nodes


def time_to_recover(branch: Branch) -> float | None:
    """Days from the first blow of a branch until all that it hits is whole again; None where that is never, or nothing is hit."""
    ends = [
        None if hit.lasts is None else (hit.starts - first).days + hit.lasts + hit.recovers
        for first in [min((hit.starts for hit in branch.hits), default=None)]
        if first is not None
        for hit in branch.hits
    ]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


class _Stress(Keeper):
    def __init__(self, found: StressAnswer, network: Network, chain: Chain | None, plan: Plan) -> None:
        super().__init__()
        self.found, self.network, self.chain, self.plan = found, network, chain, plan
        self.titles = Titles(network, chain)
        law = chain.choices.law if chain else None
        self.law = law if isinstance(law, InForce) else None
        self.facts = Facts(chain.atlas, self.law.law if self.law else None) if chain else None
        self.money, self.money_unit = (1e-6, "MUSD") if chain else (1.0, "1")
        self.plants = {row["plant"]: row for row in network["plants"].iter_rows(named=True)}
        self.periods = network["periods"]["period"].to_list()

    def whole(self, lives: Lives | None, pair: Pair | None) -> dict[str, Any]:
        by_year = self._by_year()
        branches = [self._branch(one, by_year.get(one.branch.name)) for one in self.found.branches]
        survival = self._survival(lives) if lives else None
        worst = self._pair(pair) if pair else None
        headlines = self._headlines(branches, survival, worst)
        result = {
            "meta": self._meta(),
            "headlines": headlines,
            "branches": branches,
            "survival": survival,
            "worst": worst,
            "limits": [
                {"key": f"stress.limit.{name}"} for name in ("cover", "foresight", "substitutes", "weights", "ties")
            ],
        }
        sources = self.sources(self.chain.atlas) if self.chain else {}
        return dict(rounded(result | {"figures": self.figures, "sources": self._cited() | sources}))

    def _cited(self) -> dict[str, Any]:
        """Sources of law that reasons cite."""
        if self.law is None:
            return {}
        known = self.law.law.law.sources
        return {
            name: {c: str(known[name][c]) if c == "date" and known[name][c] else known[name][c] for c in SOURCE}
            for name in sorted(self.used_sources & set(known))
        }

    # Of the whole --------------------------------------------------------------------------------------------------------

    def _meta(self) -> dict[str, Any]:
        one, chain, errors = self.found.disruption, self.chain, self.plan.errors
        settings = self.network.settings
        hits = [hit for branch in one.branches for hit in branch.hits]
        flags = ["perfect_foresight"]
        if chain:
            flags.insert(0, "announcements_at_face_value" if chain.choices.face_value else "announcements_expected")
        return {
            "kind": "stress",
            "disruption": one.name,
            "title": _spoken(one.title, one.name),
            "text": _spoken(one.text, ""),
            "known": str(one.known) if one.known else None,
            "source": None if one.source == "assumed" else one.source,
            "starts": str(min(hit.starts for hit in hits)) if hits else None,
            "case": chain.case["case"] if chain else settings.name,
            "case_name": {lang: chain.case[f"name_{lang}"] for lang in LANGUAGES}
            if chain
            else same(settings.title or settings.name),
            "as_of": str(chain.atlas.known) if chain else None,
            "law": str(self.law.law.date) if self.law else None,
            "years": self.periods,
            "money_year": chain.case["money_year"] if chain else settings.money_year,
            "money_unit": self.money_unit,
            "version": bongsu.__version__,
            "pack": chain.atlas.digest[:12] if chain else self.network.digest[:12],
            "status": self.plan.status,
            "solver": {
                "solver": f"{self.plan.solver['name']} {self.plan.solver['version']}",
                "rows": self.plan.model.shape[0],
                "columns": self.plan.model.shape[1],
                **(vars(errors) if errors else {}),
            },
            "flags": flags,
        }

    def _headlines(
        self, branches: Sequence[Mapping[str, Any]], survival: Mapping[str, Any] | None, worst: Mapping[str, Any] | None
    ) -> list[dict[str, Any]]:
        likeliest = max(branches, key=lambda one: one["weight"])
        order = [likeliest, *(one for one in branches if one is not likeliest)]
        several = len(branches) > 1
        rows = [row for one in order for row in (self._who_and_what(one, several), self._first(one, several)) if row]
        if survival and survival["nodes"]:
            node = survival["nodes"][0]
            asked = survival["exposed"] is not None
            params = {"name": {"name": node["name"]}, "days": node["fid"]}
            params |= {"n": "stress.survive.exposed", "of": "stress.survive.looked"} if asked else {}
            rows.append(
                _headline("stress_survive", "stress.say.survive" if asked else "stress.say.survive_open", params, [])
            )
        if worst and worst["more"] is not None:
            params = {"one": {"name": worst["names"][0]}, "two": {"name": worst["names"][1]}, "more": worst["fid"]}
            rows.append(_headline("stress_worst", "stress.say.worst", params, ["stress.worst.sum"]))
        return rows

    def _who_and_what(self, one: Mapping[str, Any], several: bool) -> dict[str, Any]:
        """Who stops, when, at what cost, under a branch."""
        name = one["branch"]
        ident = f"stress_cost:{name}"
        before = {"name": one["title"]} if several else None
        key = "one" if not several else "branch"
        params: dict[str, Any] = {"branch": before, "weight": f"stress.weight:{name}"} if before else {}
        more = [fid for fid in (f"stress.foreseen:{name}", f"stress.unmet:{name}") if fid in self.figures]
        if one["status"] == "unsolved":
            return _headline(ident, f"stress.say.unsolved.{key}", params, [])
        cost = one["more"]
        if abs(cost) < 1e-9 * abs(self.found.base_cost * self.money):
            return _headline(ident, f"stress.say.nothing.{key}", params, [])
        params["cost"] = f"stress.cost:{name}"
        sense = "cost" if cost > 0 else "saves"
        if not one["plants"]:
            return _headline(ident, f"stress.say.{sense}.{key}", params, more)
        named = one["named"]
        params |= {
            "less": f"stress.less:{name}",
            "stopped": f"stress.stopped:{name}",
            "year": one["first"],
            "plants": {"name": _listed(named)},
        }
        return _headline(ident, f"stress.say.{sense}_who.{key}", params, more)

    def _first(self, one: Mapping[str, Any], several: bool) -> dict[str, Any] | None:
        """The measure that saves most for what it is, under a branch."""
        first = next((row for row in one["measures"] if row["kind"] != "build"), None)
        if first is None:
            return None
        params: dict[str, Any] = {"what": {"name": first["name"]}, "year": first["period"], "worth": first["fid"]}
        key = f"stress.say.first_{first['kind']}.{'branch' if several else 'one'}"
        if (first["served"] or 0.0) > 0.5 * first["value"]:
            key += ".served"
        if several:
            params["branch"] = {"name": one["title"]}
        return _headline(f"stress_first:{one['branch']}", key, params, [])

    # Of a branch ---------------------------------------------------------------------------------------------------------

    def _by_year(self) -> dict[str, pl.DataFrame]:
        """What plants make by year, by branch; without branches of law, which are networks of their own."""
        plain = [one for one in self.found.branches if one.branch.rule is None and one.outcome.point is not None]
        if not plain:
            return {}
        ground = Ground(self.network, self.chain.atlas if self.chain else None)
        # The problem is stated for all branches without law, as when they were solved: a point belongs to it.
        asked = [branch for branch in self.found.disruption.branches if branch.rule is None]
        scenarios = [Scenario(one.name, resolve(one, ground, self.plan), one.weight) for one in asked]
        rows = Ensemble.of(self.plan, scenarios, pool=0).tables([one.outcome for one in plain])["plants"]
        return {one.branch.name: rows.filter(pl.col("scenario") == one.branch.name) for one in plain}

    def _branch(self, one: BranchAnswer, by_year: pl.DataFrame | None) -> dict[str, Any]:
        name, branch = one.branch.name, one.branch
        title = _spoken(branch.title, name)
        solved = math.isfinite(one.more)
        if solved:
            self._costs(one)
        trust = "assumed" if branch.source == "assumed" else "stated"
        told = () if trust == "assumed" else (Node(same(branch.source), None, confidence=trust),)
        weight = Node(said("stress.fig.weight", branch=title), branch.weight, "1", "share", trust, children=told)
        self.figure(f"stress.weight:{name}", weight)
        real = [row for row in one.standstills if row.plant not in self.titles.steps]
        stops = [row for row in real if row.stopped]
        for key, rows in (("less", real), ("stopped", stops)):
            parts = [Node(self.titles.plant(row.plant), row.worst, "1", "share") for row in rows]
            node = Node(said(f"stress.fig.{key}"), len(rows), "plant", "number", children=tuple(parts))
            self.figure(f"stress.{key}:{name}", node, breadth=LISTED)
        shown = real[:_ROWS]
        first = min((row.period for row in (stops or real)), key=self.periods.index, default=None)
        known = [row for row in (stops or real) if row.country in _HOME] or stops or real
        return {
            "branch": name,
            "title": title,
            "weight": branch.weight,
            "weight_source": branch.source,
            "status": one.status,
            "law": {"without": list(branch.rule.without), "readings": dict(branch.rule.readings)}
            if branch.rule
            else None,
            "hits": [hit.target for hit in branch.hits],
            "recovers_days": time_to_recover(branch),
            "more": one.more * self.money if solved else None,
            "foreseen": one.foreseen * self.money if math.isfinite(one.foreseen) else None,
            "first": first,
            "named": [self.titles.plant(row.plant) for row in known[:3]],
            "plants": [self._plant(name, row) for row in shown],
            "plants_left_out": len(real) - len(shown),
            "by_year": None if by_year is None else self._years(by_year),
            "unserved": [self._unmet(name, row) for row in one.unserved[:_ROWS]],
            "segments": self._segments(name, one.unserved),
            "exposure": self._exposure(name, one),
            "measures": [self._measure(name, row) for row in self._listed(one.measures)],
        }

    def _costs(self, one: BranchAnswer) -> None:
        base = Node(said("stress.fig.base"), self.found.base_cost * self.money, self.money_unit, "money")
        blows = tuple(self._blow(hit) for hit in one.branch.hits)
        for key, value, label in (("cost", one.more, "cost"), ("foreseen", one.foreseen, "foreseen")):
            if math.isfinite(value):
                whole = Node(
                    said("stress.fig.under"),
                    (self.found.base_cost + value) * self.money,
                    self.money_unit,
                    "money",
                    children=blows,
                )
                node = Node(
                    said(f"stress.fig.{label}"), value * self.money, self.money_unit, "money", children=(whole, base)
                )
                self.figure(f"stress.{key}:{one.branch.name}", node)

    def _blow(self, hit: Hit) -> Node:
        """What is hit, and what is left of it, with where that is stated."""
        trust = "assumed" if hit.source == "assumed" else "stated"
        told = () if trust == "assumed" else (Node(same(hit.source), None, confidence=trust),)
        return Node(said("stress.fig.left", what=self.titles.hit(hit)), hit.left, "1", "share", trust, None, told)

    def _plant(self, branch: str, row: Standstill) -> dict[str, Any]:
        title = self.titles.plant(row.plant)
        product, unit = self.titles.product(row.plant)
        lost = row.base - row.made
        parts: tuple[Node, ...] = (
            Node(said("stress.fig.planned"), row.base, unit),
            Node(said("stress.fig.made"), row.made, unit),
            *self._facts(self.plants.get(row.plant, {}).get("facts")),
        )
        node = Node(said("stress.fig.lost", plant=title), lost, unit, children=parts)
        return {
            "plant": row.plant, "name": title, "country": row.country, "product": product, "from": row.period,
            "worst": row.worst, "lost": lost, "unit": unit, "stopped": row.stopped,
            "fid": self.figure(f"stress.lost:{branch}:{row.plant}", node),
        }  # fmt: skip

    def _facts(self, references: str | None) -> tuple[Node, ...]:
        return self.facts.nodes(references) if self.facts else ()

    def _years(self, rows: pl.DataFrame) -> list[dict[str, Any]]:
        """How many plants stop, and how many make less, in each year."""
        own = rows.filter(
            (pl.col("made") < pl.col("base") * (1 - 1e-3)) & ~pl.col("plant").is_in(list(self.titles.steps))
        )
        found = []
        for period in self.periods:
            now = own.filter(pl.col("period") == period)
            found.append({"year": period, "stopped": int(now["stopped"].sum()), "less": now.height})
        last = max((at for at, row in enumerate(found) if row["less"]), default=-1)
        return found[: last + 2]

    def _unmet(self, branch: str, row: Unserved) -> dict[str, Any]:
        item, place, unit = self.titles.item(row.item), self.titles.place(row.place), self.titles.unit(row.item)
        node = Node(
            said("stress.fig.unmet", item=item, place=place), row.quantity, unit,
            children=(Node(said("stress.fig.wanted"), row.quantity / row.share, unit),
                      Node(said("stress.fig.share"), row.share, "1", "share")),
        )  # fmt: skip
        return {
            "place": row.place, "item": row.item, "place_name": place, "item_name": item, "from": row.period,
            "quantity": row.quantity, "unit": unit, "share": row.share,
            "fid": self.figure(f"stress.unserved:{branch}:{row.place}:{row.item}", node),
        }  # fmt: skip

    def _segments(self, branch: str, rows: Sequence[Unserved]) -> list[dict[str, Any]]:
        """Demand that is not met, by segment over all markets and chemistries; one row for each unit."""
        sums: dict[tuple[str, str], list[Unserved]] = {}
        for row in rows:
            segment = row.item.removesuffix("_nickel").removesuffix("_lfp") if self.chain else row.item
            sums.setdefault((segment, self.titles.unit(row.item)), []).append(row)
        found = []
        total = 0.0
        for (segment, unit), own in sums.items():
            quantity = sum(row.quantity for row in own)
            wanted = sum(row.quantity / row.share for row in own)
            found.append(
                {"segment": segment, "quantity": quantity, "unit": unit, "share": quantity / wanted if wanted else 0.0}
            )
            total = max(total, quantity / wanted if wanted else 0.0)
        if found:
            parts = [
                Node(self._at(row.place, row.item), row.share, "1", "share")
                for row in sorted(rows, key=lambda r: -r.share)
            ]
            self.figure(
                f"stress.unmet:{branch}",
                Node(said("stress.fig.worst_unmet"), total, "1", "share", children=tuple(parts)),
            )
        return sorted(found, key=lambda row: (-row["share"], row["segment"]))

    def _at(self, place: str, item: str) -> Title:
        return self.titles.at(f"{place}:{item}")

    # Exposure ------------------------------------------------------------------------------------------------------------

    def _exposure(self, branch: str, one: BranchAnswer) -> dict[str, Any]:
        exposure = one.exposure
        tiers = [self._tier(branch, tier) for tier in exposure.tiers]
        demands = [
            {"place_name": self.titles.place(place), "item_name": self.titles.item(item), "share": share}
            for place, item, share in exposure.demands
        ]
        only_demand = bool(one.branch.hits) and all(hit.demand is not None for hit in one.branch.hits)
        return {
            "period": exposure.period,
            "idle": exposure.idle or not one.branch.hits,
            "demand_only": only_demand,
            "tiers": tiers,
            "links": self._links([tier.item for tier in exposure.tiers]),
            "demands": demands[:_ROWS],
        }

    def _tier(self, branch: str, tier: Tier) -> dict[str, Any]:
        title, unit = self.titles.item(tier.item), self.titles.unit(tier.item)
        stage = (self.chain.atlas.row("items", tier.item) or {}).get("stage") if self.chain else None
        plants = tuple(
            Node(
                self.titles.plant(name),
                share,
                "1",
                "share",
                children=self._facts(self.plants.get(name, {}).get("facts")),
            )
            for name, share in tier.plants[:6]
        )
        places = tuple(
            Node(said("stress.fig.at", place=self.titles.place(name)), share, "1", "share")
            for name, share in tier.places[:_PLACES]
        )
        node = Node(
            said("stress.fig.tier", item=title), tier.world, "1", "share",
            children=(Node(said("stress.fig.at_risk"), tier.at_risk, unit), *places, *plants),
        )  # fmt: skip
        return {
            "step": tier.step, "item": tier.item, "item_name": title, "stage": stage, "unit": unit,
            "at_risk": tier.at_risk, "share": tier.world, "trust": tier.trust,
            "where": [{"name": self.titles.place(name), "share": share} for name, share in tier.places[:_PLACES]],
            "plants": [{"name": self.titles.plant(name), "share": share} for name, share in tier.plants[:_PLACES]],
            "substitutes": [self._substitute(other, unit) for other in tier.substitutes[:_SUBSTITUTES]],
            "substitutes_left_out": max(0, len(tier.substitutes) - _SUBSTITUTES),
            "fid": self.figure(f"stress.tier:{branch}:{tier.item}", node, breadth=12),
        }  # fmt: skip

    def _links(self, items: Sequence[str]) -> list[list[str]]:
        """Pairs of items at risk of which one goes into the other."""
        wanted = set(items)
        taken: dict[str, set[str]] = {}
        made: dict[str, set[str]] = {}
        rows = self.network["recipes"].select("process", "item", "amount", "byproduct")
        for process, item, amount, byproduct in rows.iter_rows():
            if item in wanted and byproduct == "no":
                (made if amount > 0 else taken).setdefault(process, set()).add(item)
        pairs = {(a, b) for process, own in taken.items() for a in own for b in made.get(process, ()) if a != b}
        order = {item: at for at, item in enumerate(items)}
        return [list(pair) for pair in sorted(pairs, key=lambda pair: (order[pair[0]], order[pair[1]]))]

    def _substitute(self, other: Substitute, unit: str) -> dict[str, Any]:
        name = self.titles.place(other.place) if other.kind == "offer" else self.titles.plant(other.what)
        return {
            "kind": other.kind, "name": name, "country": other.country, "spare": other.spare,
            "unit": f"{unit}/yr" if self.chain and unit else unit, "days": other.days, "first": other.first,
        }  # fmt: skip

    # What to do ----------------------------------------------------------------------------------------------------------

    @staticmethod
    def _listed(measures: Sequence[Measure]) -> list[Measure]:
        """Those that gain most of each kind; first what is at hand (stock, a second source), then capacity, then builds."""
        found: list[Measure] = []
        for kind in ("item", "capacity", "build"):
            found += [row for row in measures if row.kind == kind][:6]
        return found

    def _measure(self, branch: str, row: Measure) -> dict[str, Any]:
        name = self.titles.at(row.what) if row.kind == "item" else self.titles.plant(row.what)
        unit = self.titles.unit(row.what.partition(":")[2]) if row.kind == "item" else self.titles.product(row.what)[1]
        fid = f"stress.measure:{branch}:{row.kind}:{row.what}:{row.period}"
        told = {"kind": row.kind, "what": row.what, "name": name, "period": row.period, "fid": fid}
        if row.kind == "build":
            wide = f"{unit}/yr" if self.chain and unit else unit
            parts: tuple[Node, ...] = (
                Node(said("stress.fig.foreseen"), self._foreseen(branch), self.money_unit, "money"),
            )
            node = Node(said("stress.fig.build", what=name, year=row.period), row.quantity, wide, children=parts)
            self.figure(fid, node)
            worth = dict.fromkeys(("value", "before", "gain", "served"))
            return told | worth | {"quantity": row.quantity, "size_unit": wide, "unit": unit}
        per = f"USD/{unit}" if self.chain else "1"
        parts = (
            Node(said("stress.fig.value"), row.value, per, "money"),
            Node(said("stress.fig.before"), row.before, per, "money"),
            Node(said("stress.fig.tried"), row.quantity, unit),
            Node(said("stress.fig.served"), row.served, per, "money"),
            *self._facts(self.plants.get(row.what, {}).get("facts") if row.kind == "capacity" else None),
        )
        node = Node(said(f"stress.fig.{row.kind}", what=name, year=row.period), row.value, per, "money", children=parts)
        self.figure(fid, node)
        saved = {"value": row.value, "before": row.before, "gain": row.value - row.before, "served": row.served}
        return told | saved | {"quantity": row.quantity, "size_unit": unit, "unit": per}

    def _foreseen(self, branch: str) -> float | None:
        found = self.figures.get(f"stress.foreseen:{branch}")
        return found["value"] if found else None

    # Survival ------------------------------------------------------------------------------------------------------------

    def _survival(self, lives: Lives) -> dict[str, Any]:
        rows = [self._node(one) for one in lives.nodes]
        timed = [row for row in rows if row["recover"] is not None]
        exposed = [row for row in timed if row["low"] is not None and row["low"] < row["recover"]]
        if timed:
            parts = [Node(row["name"], row["low"], "day") for row in exposed]
            node = Node(said("stress.fig.exposed"), len(exposed), "1", children=tuple(parts))
            self.figure("stress.survive.exposed", node, breadth=LISTED)
            finite = len(rows) + lives.left_out
            counted = (
                Node(said("stress.fig.finite"), finite, "1"),
                Node(said("stress.fig.for_ever"), lives.others, "1"),
            )
            looked = Node(said("stress.fig.looked"), finite + lives.others, "1", children=counted)
            self.figure("stress.survive.looked", looked)
        return {
            "period": lives.period,
            "asked_days": lives.days,
            "kinds": list(lives.kinds),
            "nodes": rows,
            "left_out": lives.left_out,
            "others": lives.others,
            "exposed": len(exposed) if timed else None,
        }

    def _node(self, one: NodeAnswer) -> dict[str, Any]:
        title = self.titles.node(one.kind, one.name)
        low, high, recover = _days(one.low.time), _days(one.high.time), _days(one.recovery)
        scarce = self.titles.at(one.scarce) if one.scarce and "@" in one.scarce else same(one.scarce or "")
        trust = None if recover is None else one.source if one.source in ("asked", "assumed") else "stated"
        parts = [Node(said("stress.fig.low"), low, "day"), Node(said("stress.fig.high"), high, "day")]
        if recover is not None:
            confidence = "stated" if trust == "stated" else "assumed"
            parts.append(Node(said("stress.fig.recover"), recover, "day", "number", confidence))
        if one.scarce:
            parts.append(Node(said("stress.fig.scarce", demand=scarce), None))
        parts += self._facts(self.plants.get(one.name, {}).get("facts") if one.kind == "plant" else None)
        node = Node(said("stress.fig.survive", name=title), low, "day", children=tuple(parts))
        return {
            "node": one.name, "kind": one.kind, "name": title, "low": low, "high": high,
            "recover": recover, "recover_trust": trust,
            "gap": None if one.gap is None or not math.isfinite(one.gap[1]) else max(0.0, one.gap[1] * DAYS),
            "lost_share": one.share_low, "first": scarce,
            "fid": self.figure(f"stress.survive:{one.kind}:{one.name}", node),
        }  # fmt: skip

    # The worst pair ------------------------------------------------------------------------------------------------------

    def _pair(self, pair: Pair) -> dict[str, Any]:
        found = pair.found
        names = [self.titles.event(name) for name in found.events]
        open_ = not math.isfinite(found.cost)
        more = None if open_ else (found.cost - found.without) * self.money
        alone = {
            name: (pair.singles[name] - found.without) * self.money for name in found.events if name in pair.singles
        }
        parts = [Node(self.titles.event(name), value, self.money_unit, "money") for name, value in alone.items()]
        if more is not None:
            base = Node(said("stress.fig.base"), found.without * self.money, self.money_unit, "money")
            children = (*[Node(said("stress.fig.alone", name=p.label), p.value, p.unit, p.kind) for p in parts], base)
            self.figure(
                "stress.worst", Node(said("stress.fig.pair"), more, self.money_unit, "money", children=children)
            )
            total = sum(alone.values())
            self.figure(
                "stress.worst.sum", Node(said("stress.fig.sum"), total, self.money_unit, "money", children=tuple(parts))
            )
        listed = [(found.events, found.cost), *((one.events, one.cost) for one in found.runners_up)]
        return {
            "family": pair.family,
            "of": pair.of,
            "names": names,
            "events": list(found.events),
            "more": more,
            "sum": sum(alone.values()) if more is not None else None,
            "singles": [{"event": name, "name": self.titles.event(name), "more": value} for name, value in alone.items()],
            "ranked": [
                {
                    "rank": at + 1, "pair": _listed([self.titles.event(name) for name in events]),
                    "more": (cost - found.without) * self.money if math.isfinite(cost) else None, "unit": self.money_unit,
                }
                for at, (events, cost) in enumerate(listed)
            ],
            "unserved": [
                {"item": item, "item_name": self.titles.item(item), "quantity": quantity, "unit": self.titles.unit(item)}
                for item, quantity in sorted(found.unserved.items(), key=lambda pair_: -pair_[1])[:_ROWS]
            ],
            "exact": found.exact, "sets": found.sets, "planned": found.planned, "replanned": found.replanned,
            "fid": "stress.worst" if more is not None else None,
        }  # fmt: skip


def _headline(ident: str, key: str, params: Mapping[str, Any], figures: Sequence[str]) -> dict[str, Any]:
    return {"id": ident, "sentence": {"key": key, "params": dict(params)}, "figures": list(figures)}


def _spoken(texts: Mapping[str, str], name: str) -> Title:
    """A text of a disruption in the three languages; in English, or by its name, where a language has none."""
    return {lang: str(texts.get(lang) or texts.get("en") or name) for lang in LANGUAGES}


def _listed(titles: Sequence[Title]) -> Title:
    """Names one after another."""
    return {lang: " · ".join(title[lang] for title in titles) for lang in LANGUAGES}


def _days(years: float | None) -> float | None:
    """Years in days; None where it is for ever or unknown."""
    return None if years is None or not math.isfinite(years) else years * DAYS
