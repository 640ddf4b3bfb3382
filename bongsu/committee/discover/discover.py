"""Discover: joint projects that the network wants.

Generated, priced by shadow prices, gated, verified by solving with and without; then chosen together. See ``docs/discover.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from bongsu.answers.figure import LANGUAGES, Node, names
from bongsu.answers.value import overnight
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.discover.candidates import (
    HOST,
    MASTER,
    Candidate,
    Ground,
    NoCandidates,
    apart,
    candidates,
    extended,
    mastery,
)
from bongsu.committee.discover.cases import Asked, case_table, values_in
from bongsu.committee.discover.closing import (
    FIRST,
    Baselines,
    Weighed,
    all_baselines,
    baseline_table,
    closing_table,
)
from bongsu.committee.discover.game import Game, play, worth
from bongsu.committee.discover.gates import ROOM, Gatekeeper, verdict
from bongsu.committee.discover.partners import partners
from bongsu.committee.discover.parts import Parts, Unserved, unserved_table
from bongsu.committee.discover.portfolio import Choice, Chosen, Step
from bongsu.committee.discover.price import Priced, best, price_out
from bongsu.committee.discover.resilience import resilience
from bongsu.committee.discover.resolve import Resolver
from bongsu.committee.discover.sides import Split, sides
from bongsu.committee.discover.sides import tables as side_tables
from bongsu.committee.discover.verify import Verified, second, seconds_of, verify
from bongsu.committee.project import Gate, Project
from bongsu.committee.words import said
from bongsu.law import Activity
from bongsu.law.finding import Outcome
from bongsu.plan.assemble import compile_network
from bongsu.plan.plan import Plan

Tell = Callable[[str], None]
#: Generated candidates that are solved: of each process the best by price, so many at most, no two of them so near each other.
PER_PROCESS, AREA_KM = 4, 50.0
#: Values that differ by less than this share of the better are alike, and estimates that differ by less than this share of what the
#: plant costs: costs are not known better.
ALIKE, ALIKE_COST = 0.05, 0.05
#: So many projects are weighed together, of which at most so many are chosen.
WEIGHED, CHOSEN = 12, 5
#: Of the first so many projects it is asked what they save in a bad year, and what a second plant would add.
STRESSED, DOUBLED = 10, 6


@dataclass(frozen=True, eq=False)
class Discovery:
    """What was found.

    Attributes:
        projects: one for each process, at its best place; ranked, best first; none that fails a gate.
        seconds: second plants of a process at another place that add something where the first stands.
        answer: tables and figures.
        gates: by project. verified: what was solved, by project, ranked as the projects and then the others.
        resolver: to ask more of the same network.
    """

    projects: tuple[Project, ...]
    seconds: tuple[Project, ...]
    answer: Answer
    gates: Mapping[str, tuple[Gate, ...]]
    verified: Mapping[str, Verified] = field(repr=False)
    resolver: Resolver | None = field(repr=False, default=None)


@dataclass(frozen=True, eq=False)
class Search:
    """What was looked at, before anything is made of it.

    Attributes:
        chain: the facts; found: all candidates; priced: what pricing said, by option.
        shortlist: those that the rules solve; chosen: and those that were asked for beside.
        wider: the chain with them; resolver: of its network.
        gates: by candidate. solved: by process, settled ones first and best first.
    """

    chain: Chain
    found: Sequence[Candidate]
    priced: Mapping[str, Priced]
    shortlist: Sequence[Candidate]
    chosen: Sequence[Candidate]
    wider: Chain
    resolver: Resolver
    keeper: Gatekeeper
    gates: Mapping[str, tuple[Gate, ...]]
    solved: Sequence[Verified]

    @property
    def verified(self) -> dict[str, Verified]:
        """What was solved, by the candidate at its best place."""
        return {one.candidate.project: one for one in self.solved}

    @property
    def proposed(self) -> list[Verified]:
        """Settled processes, best first, that fail no gate."""
        return [
            one
            for one in self.solved
            if one.value is not None and verdict(self.gates[one.candidate.project]) is not Outcome.FAIL
        ]

    def tables(self) -> dict[str, pl.DataFrame]:
        """``candidates``, ``sites`` and ``gates``."""
        named = {one.project for one in self.shortlist}
        return {
            "candidates": candidate_table(self.chain, self.found, self.priced, self.solved),
            "sites": site_table(self.chain, self.proposed, self.found, self.priced, named),
            "gates": gate_table(self.gates),
        }


def search(chain: Chain, plan: Plan, count: int = 10, tell: Tell = lambda _: None, also: Sequence[str] = ()) -> Search:
    """Generate, price, gate and verify.

    Args:
        chain: the facts and the network.
        plan: its plan, optimal.
        count: how many of the best to settle.
        tell: told how far it is.
        also: names of candidates to solve as well, without proposing them for that.

    Raises:
        NoCandidates: nothing can be proposed; the error says why.
        ValueError: the plan is not optimal.
    """
    if plan.status != "optimal":
        raise ValueError(f"the plan is {plan.status}; projects are priced on an optimal plan")
    tell("generating candidates")
    found = candidates(chain)
    priced = price(chain, plan, found, tell)
    proposed = shortlist(chain, found, priced)
    named = {one.project for one in proposed}
    extra = [one for one in found if one.project in also and one.project not in named]
    chosen = sorted([*proposed, *extra], key=lambda one: one.project)
    tell(f"stating the network with {len(chosen)} candidates")
    wider = extended(chain, chosen)
    resolver = Resolver(wider.network, [one.option for one in chosen if one.generated])
    keeper = Gatekeeper(chain, mastery(chain.atlas))
    gates = {one.project: keeper.of(one) for one in chosen}

    def fails(one: Candidate) -> bool:
        return verdict(gates[one.project]) is Outcome.FAIL

    solved = verify(
        resolver,
        chosen,
        priced,
        count,
        fails,
        tell,
        also=[one.project for one in extra],
        asked={one.process for one in chosen if one.project in also},
    )
    return Search(chain, found, priced, proposed, chosen, wider, resolver, keeper, gates, solved)


def discover(
    chain: Chain,
    plan: Plan,
    *,
    count: int = 10,
    budgets: Mapping[str, float] | None = None,
    most: int = CHOSEN,
    seed: int = 0,
    progress: Tell | None = None,
    cases: Mapping[str, Callable[[], Chain]] | None = None,
    pool: Executor | None = None,
) -> Discovery:
    """Joint projects of a chain, ranked by what they save.

    Args:
        chain: the facts and the network.
        plan: its plan, optimal.
        count: how many of the best to settle.
        budgets: most money of a party (``CA``, ``KR``) in any one year, USD of the case; a party not named has no limit.
        most: how many projects to choose together at most.
        seed: of the sampling in the Shapley value.
        progress: told how far it is.
        cases: other cases, by name, in which the projects are valued too, each made when it is asked for.
        pool: workers that plan the other cases meanwhile; without, they are planned in turn.

    Raises:
        NoCandidates: nothing can be proposed; the error says why.
        ValueError: the plan is not optimal.
    """
    tell = progress or (lambda _: None)
    at = search(chain, plan, count, tell)
    verified, resolver, wider, gates = at.verified, at.resolver, at.wider, at.gates
    projects = tuple(project(chain, one) for one in at.proposed)
    asked = Asked.of([verified[one.project] for one in projects], chain.years)
    running = (
        {name: pool.submit(values_in, made, at.chosen, asked) for name, made in (cases or {}).items()} if pool else {}
    )
    tell("asking for second plants")
    again = {
        one.project: seconds_of(resolver, verified[one.project], [c for c in at.shortlist if c.process == one.process])
        for one in projects[:DOUBLED]
        if (verified[one.project].value or 0.0) > 0
    }
    more = [best for tried in again.values() if (best := second(resolver, tried)) is not None]
    seconds = tuple(project(chain, one) for one in more)
    weighed = weigh([verified[one.project] for one in projects], more)
    every = {one.project: one for one in (*projects, *seconds)}
    players = [every[one.candidate.project] for one in weighed]
    blocks = [one.block for one in weighed if one.block is not None]
    money = [spending(chain, one) for one in players]
    held = sorted({name for one in weighed for name in one.held})
    choice = Choice(resolver, blocks, held, needs(wider, weighed), money, tell)
    picked = choice.best(budgets or {}, most)
    edge = choice.frontier([one.capex for one in players], most)
    members = [blocks[i] for i in picked.members]
    compared = (
        wider.network,
        sorted(resolver.shut),
        weighed_as(weighed, [weighed[i] for i in picked.members]),
        {one.candidate.process: one.held for one in weighed},
    )
    comparing = pool.submit(all_baselines, *compared) if pool else None
    tell(f"sharing out what {len(members)} projects save together")
    game = play(len(members), worth(resolver, members, held), seed)
    tell("each country alone and together")
    parted = sides(wider, resolver, at.chosen)
    bad = resilience(chain, resolver, [verified[one.project] for one in projects[:STRESSED]], tell)
    tell("valuing the projects in other cases")
    others = {
        name: running[name].result() if name in running else values_in(made, at.chosen, asked, tell)
        for name, made in (cases or {}).items()
    }
    own = {one.project: parts_of(resolver, verified[one.project]) for one in projects}
    tell("comparing what projects are worth in the list and together")
    against = comparing.result() if comparing else all_baselines(*compared)
    values = value_table(projects, verified, own, bad, more, again)
    here = str(chain.case["case"])
    shown: dict[tuple[str, str], Parts | None] = {(project, here): parts for project, parts in own.items()}
    shown |= {(project, name): there for name, told in others.items() for project, there in told.items()}
    tables = {
        **side_tables(parted),
        "resilience": bad,
        "portfolio": portfolio_table(chain, players, picked, money, weighed),
        "frontier": frontier_table(edge, players),
        "shapley": shapley_table([players[i] for i in picked.members], game),
        "synergy": synergy_table([players[i] for i in picked.members], game),
        "stability": stability_table(values, plain_values(others)),
        "cases": case_table(others, list(verified.values())),
        "unserved": unserved_table(chain.atlas, shown),
        "seconds": second_table(chain, again, more),
        "baselines": baseline_table(against),
        "closing": closing_table(against),
        **at.tables(),
        "values": values,
    }
    figures = {
        f"{ROOM}.value:{one.project}": value_node(chain, one, verified[one.project], own[one.project], at.keeper)
        for one in projects
    }
    figures |= {
        f"{ROOM}.case_value:{one.project}/{name}": case_node(chain, one, name, there, at.keeper)
        for one in projects
        for name, told in others.items()
        if (there := told[one.project]) is not None
    }
    figures |= resilience_nodes(chain, projects, bad)
    figures |= {f"{ROOM}.second:{one.after}": second_node(chain, one) for one in more}
    parts = tuple(
        Node(said(ROOM, "shapley", project=title(chain, players[i])), game.shapley[at], "USD", "money")
        for at, i in enumerate(picked.members)
    )
    figures[f"{ROOM}.together:{chain.case['case']}"] = Node(
        said(ROOM, "together"),
        picked.value,
        "USD",
        "money",
        children=(*parts, Node(said(ROOM, "together.bound"), picked.bound, "USD", "money")),
    )
    figures |= {f"{ROOM}.alone:{one.project}": alone_node(chain, every[one.project], one) for one in against}
    for name in (HOST, MASTER):
        figures[f"{ROOM}.gain:{name}"] = side_node(parted, name)
    figures[f"{ROOM}.gain:{HOST}+{MASTER}"] = joint_node(parted)
    return Discovery(projects, seconds, Answer(ROOM, figures, tables), gates, verified, resolver)


def price(chain: Chain, plan: Plan, found: Sequence[Candidate], tell: Tell = lambda _: None) -> dict[str, Priced]:
    """What each generated candidate could save at most per unit, by option."""
    new = [one for one in found if one.generated]
    if not new:
        return {}
    tell(f"pricing {len(new)} generated candidates")
    model = compile_network(extended(chain, new).network)
    return price_out(plan, model, [one.option for one in new], tell)


def shortlist(
    chain: Chain,
    found: Sequence[Candidate],
    priced: Mapping[str, Priced],
    per_process: int = PER_PROCESS,
    km: float = AREA_KM,
) -> list[Candidate]:
    """The options that the case has, and of each process the generated places that save most at prices, one in each area.

    Places of one area differ by less than anything here is known to, so one speaks for its neighbours and leaves room for others.
    Places whose estimates differ by less than :data:`ALIKE_COST` of what the plant costs are alike: what is near decides among
    them.
    """
    kept = [one for one in found if not one.generated]
    new = {one.option: one for one in found if one.generated and one.option in priced}
    ranked = best(priced, new)
    top: dict[str, float] = {}
    for name in ranked:
        top.setdefault(new[name].process, priced[name].estimate)

    def order(name: str) -> tuple[bool, int, float, str]:
        own = priced[name]
        alike = own.estimate >= top[new[name].process] - ALIKE_COST * own.cost
        return not alike, -len(new[name].reasons) if alike else 0, -own.estimate, name

    ground = Ground(chain)
    taken: dict[str, list[str]] = {}
    for one in kept:
        taken.setdefault(one.process, []).append(one.place)
    count: dict[str, int] = {}
    for name in sorted(ranked, key=order):
        one = new[name]
        places = taken.setdefault(one.process, [])
        if count.get(one.process, 0) < per_process and apart(ground, one.place, places, km):
            kept.append(one)
            places.append(one.place)
            count[one.process] = count.get(one.process, 0) + 1
    return sorted(kept, key=lambda one: one.project)


def weigh(firsts: Sequence[Verified], more: Sequence[Verified], most: int = WEIGHED) -> list[Verified]:
    """What is weighed together: the best by value, a second plant only with its first."""
    ranked = sorted(
        (one for one in (*firsts, *more) if (one.value or 0.0) > 0),
        key=lambda one: (-(one.value or 0.0), one.after is not None, one.candidate.project),
    )[:most]
    names = {one.candidate.project for one in ranked}
    return [one for one in ranked if one.after is None or one.after in names]


def weighed_as(every: Sequence[Verified], chosen: Sequence[Verified]) -> list[Weighed]:
    """Chosen projects as what is compared between the list and the choice; a second plant with its first."""
    blocks = {one.candidate.project: one.block for one in every}
    return [
        Weighed(
            one.candidate.project,
            one.candidate.process,
            one.block,
            one.held,
            blocks[one.after] if one.after is not None else None,
        )
        for one in chosen
        if one.block is not None
    ]


def needs(wider: Chain, weighed: Sequence[Verified]) -> dict[int, list[list[int]]]:
    """For each of some projects, groups of others of which it needs one: what it runs on, and the first plant for a second."""
    found = prerequisites(wider, [one.candidate for one in weighed])
    at = {one.candidate.project: i for i, one in enumerate(weighed)}
    for i, one in enumerate(weighed):
        if one.after is not None:
            found.setdefault(i, []).append([at[one.after]])
    return found


def project(chain: Chain, one: Verified) -> Project:
    """A verified candidate as what the committee's functions share."""
    assert one.block is not None
    own = one.candidate
    place = chain.atlas.row("places", own.place) or {}
    country = str(place.get("country") or "")
    return Project(
        project=own.project,
        process=own.process,
        place=own.place,
        country=country,
        region=str(place.get("region") or ""),
        size=one.block.size,
        unit=own.unit,
        start=chain.years[one.block.period],
        life=own.life,
        capex=overnight(chain, own.process, country) * one.block.size,
        money_year=int(chain.case["money_year"]),
        partners=partners(chain, own),
    )


# Tables ---------------------------------------------------------------------------------------------------------------------


def candidate_table(
    chain: Chain, found: Sequence[Candidate], priced: Mapping[str, Priced], solved: Sequence[Verified]
) -> pl.DataFrame:
    """Every candidate: why there, what it could save at prices and at most, and what it is worth where it was solved.

    ``bound`` is that of its process; ``value`` that of the block of its process at its place. ``status``: ``priced_out``,
    ``not_shortlisted``, ``bounded`` (solved for its bound alone), ``site`` (solved, another place is better) or ``verified``.
    """
    rows = []
    of = {one.candidate.process: one for one in solved}
    for one in found:
        own, at = priced.get(one.option), of.get(one.process)
        gain = own.gain * one.sizes[-1] if own is not None else None
        here = at is not None and at.candidate.project == one.project
        block = at.block if at is not None and here else None
        looked = at is not None and (here or one.project in at.sites or not one.generated)
        value = at.sites.get(one.project) if at is not None else None
        rows.append(
            {
                "project": one.project,
                "process": one.process,
                "place": one.place,
                "generated": one.generated,
                "reasons": " ".join(one.reasons),
                "smallest": one.sizes[0],
                "largest": one.sizes[-1],
                "unit": one.unit,
                "price_estimate": own.estimate * one.sizes[-1] if own is not None else None,
                "price_bound": max(gain, 0.0) if gain is not None else None,
                "bound": at.bound if at is not None and looked else None,
                "value": value,
                "size": block.size if block else None,
                "start": chain.years[block.period] if block else None,
                "status": _status(own, here and block is not None, value, looked),
            }
        )
    table = pl.DataFrame(rows, infer_schema_length=None)
    return table.sort(
        "value", "bound", "price_estimate", "project", descending=[True, True, True, False], nulls_last=True
    )


def _status(priced: Priced | None, best: bool, value: float | None, looked: bool) -> str:
    if best:
        return "verified"
    if value is not None:
        return "site"
    if looked:
        return "bounded"
    return "priced_out" if priced is not None and priced.gain <= 0 else "not_shortlisted"


def site_table(
    chain: Chain,
    verified: Sequence[Verified],
    found: Sequence[Candidate],
    priced: Mapping[str, Priced],
    proposed: Collection[str],
) -> pl.DataFrame:
    """The places of each project that were solved: the value of the same block there, what it falls short of the best, and whether
    that is less than costs are known to; ``price_rank`` among all ``places`` of the process by what they could save at prices."""
    place = {one.project: one.place for one in found}
    rows = []
    for one in verified:
        own = [c for c in found if c.process == one.candidate.process]
        order = [c.project for c in sorted(own, key=lambda c: _by_price(c, priced))]
        top = max(one.sites.values(), default=0.0)
        for rank, (name, value) in enumerate(one.sites.items(), start=1):
            rows.append(
                {
                    "project": one.candidate.project,
                    "rank": rank,
                    "site": name,
                    "place": place[name],
                    "value": value,
                    "behind": top - value,
                    "alike": value >= top - ALIKE * abs(top),
                    "shortlisted": name in proposed,
                    "price_rank": order.index(name) + 1,
                    "places": len(own),
                }
            )
    schema = {
        "project": pl.String,
        "rank": pl.Int64,
        "site": pl.String,
        "place": pl.String,
        "value": pl.Float64,
        "behind": pl.Float64,
        "alike": pl.Boolean,
        "shortlisted": pl.Boolean,
        "price_rank": pl.Int64,
        "places": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _by_price(one: Candidate, priced: Mapping[str, Priced]) -> tuple[bool, float, str]:
    """Options that the case has come first (prices say nothing of them), then by estimate."""
    own = priced.get(one.option)
    return own is not None, -own.estimate if own is not None else 0.0, one.project


def gate_table(gates: Mapping[str, Sequence[Gate]]) -> pl.DataFrame:
    """Each gate of each candidate that was looked at: outcome, and the evidence or what is missing in words."""
    rows = [
        {
            "project": name,
            "gate": gate.gate,
            "outcome": str(gate.outcome),
            **{
                f"evidence_{lang}": "; ".join(dict.fromkeys(node.label[lang] for node in gate.evidence))
                for lang in LANGUAGES
            },
        }
        for name, own in gates.items()
        for gate in own
    ]
    columns = ("project", "gate", "outcome", *(f"evidence_{lang}" for lang in LANGUAGES))
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))


def resilience_nodes(chain: Chain, projects: Sequence[Project], bad: pl.DataFrame) -> dict[str, Node]:
    """Resilience of projects, each from the stops behind it."""
    found = {}
    for one in projects:
        own = bad.filter(pl.col("project") == one.project)
        if own.is_empty():
            continue
        stops = tuple(
            Node(
                said(ROOM, "stop", country=_supplier(chain, row["country"]), year=row["year"]),
                row["saved"],
                "USD",
                "money",
                children=(
                    Node(said(ROOM, "stop.without"), row["without"], "USD", "money"),
                    Node(said(ROOM, "stop.with"), row["with"], "USD", "money"),
                ),
            )
            for row in own.iter_rows(named=True)
        )
        label = said(ROOM, "resilience", project=title(chain, one))
        found[f"{ROOM}.resilience:{one.project}"] = Node(label, own["resilience"][0], "USD", "money", children=stops)
    return found


def _supplier(chain: Chain, country: str) -> dict[str, str]:
    """A country as a supplier, in words; its code where the pack has no such place."""
    place = f"nation-{country.lower()}"
    known = chain.atlas.row("places", place) is not None
    return {lang: chain.atlas.name("places", place, lang) if known else country for lang in LANGUAGES}


def value_table(
    projects: Sequence[Project],
    verified: Mapping[str, Verified],
    parts: Mapping[str, Parts],
    bad: pl.DataFrame,
    more: Sequence[Verified] = (),
    tried: Collection[str] = (),
) -> pl.DataFrame:
    """What each ranked project is worth and of what that consists, present money.

    ``next_site`` is the best other place of its process and ``over_next`` what it is worth beyond the same plant there;
    ``second_site`` and ``second_value`` are of a second plant, where one adds anything. ``resilience_asked`` and ``second_asked``
    say whether the question was put, for a null may also be the answer that there is none.
    """
    saved = dict(bad.select("project", "resilience").iter_rows())
    again = {one.after: one for one in more}
    rows: list[dict[str, Any]] = []
    for rank, one in enumerate(projects, start=1):
        at, own = verified[one.project], parts[one.project]
        assert at.value is not None
        other = next((name for name in at.sites if name != one.project), None)
        second = again.get(one.project)
        rows.append(
            {
                "rank": rank,
                "project": one.project,
                "size": one.size,
                "unit": one.unit,
                "start": one.start,
                "capex": one.capex,
                "value": at.value,
                "cost_saved": own.cost_saved,
                "unmet_avoided": own.unmet_avoided,
                "compliance": own.compliance,
                "mostly_penalty": own.mostly_penalty,
                "bound": at.bound,
                "value_per_capex": at.value / one.capex if one.capex else None,
                "resilience": saved.get(one.project),
                "resilience_asked": one.project in saved,
                "next_site": other,
                "over_next": at.value - at.sites[other] if other is not None else None,
                "second_site": second.candidate.project if second else None,
                "second_value": second.value if second else None,
                "second_asked": one.project in tried,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def second_table(chain: Chain, tried: Mapping[str, Sequence[Verified]], more: Sequence[Verified]) -> pl.DataFrame:
    """Second plants that were tried where the first stands, at other places of the process: what each adds, and which is told."""
    told = {one.candidate.project for one in more}
    rows = [
        {
            "project": project,
            "site": one.candidate.project,
            "size": one.block.size,
            "unit": one.candidate.unit,
            "start": chain.years[one.block.period],
            "value": one.value,
            "told": one.candidate.project in told,
        }
        for project, found in tried.items()
        for one in found
        if one.block is not None
    ]
    text = dict.fromkeys(("project", "site", "unit"), pl.String)
    schema = {"size": pl.Float64, "start": pl.Int64, "value": pl.Float64, "told": pl.Boolean, **text}
    names = ("project", "site", "size", "unit", "start", "value", "told")
    return pl.DataFrame(rows, schema={name: schema[name] for name in names})


def portfolio_table(
    chain: Chain,
    projects: Sequence[Project],
    picked: Chosen,
    money: Sequence[Mapping[tuple[str, int], float]],
    weighed: Sequence[Verified],
) -> pl.DataFrame:
    """The projects that were weighed together: which were chosen, what each party invests; for a second plant the first."""
    rows = [
        {
            "project": one.project,
            **{f"title_{lang}": text for lang, text in title(chain, one).items()},
            "chosen": at in picked.members,
            "after": weighed[at].after,
            "invest_ca": sum(amount for (party, _), amount in money[at].items() if party == HOST),
            "invest_kr": sum(amount for (party, _), amount in money[at].items() if party == MASTER),
        }
        for at, one in enumerate(projects)
    ]
    schema = {
        "project": pl.String,
        **{f"title_{lang}": pl.String for lang in LANGUAGES},
        "chosen": pl.Boolean,
        "after": pl.String,
        "invest_ca": pl.Float64,
        "invest_kr": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)


def frontier_table(steps: Sequence[Step], projects: Sequence[Project]) -> pl.DataFrame:
    """Budget for all investment against what the best choice under it saves, present money; ``bound``: no choice saves more."""
    rows = [
        {
            "budget": one.budget,
            "invested": one.invested,
            "value": one.value,
            "bound": one.bound,
            "projects": " ".join(projects[i].project for i in one.members),
        }
        for one in steps
    ]
    names = ("budget", "invested", "value", "bound")
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.Float64), "projects": pl.String})


def shapley_table(projects: Sequence[Project], game: Game) -> pl.DataFrame:
    """What each chosen project is worth: alone, as the last to join, and on the mean over all orders, with its error."""
    columns = {"alone": game.alone, "marginal": game.marginal, "shapley": game.shapley, "error": game.error}
    rows = [
        {"project": one.project, **{name: part[at] for name, part in columns.items()}}
        for at, one in enumerate(projects)
    ]
    return pl.DataFrame(rows, schema={"project": pl.String, **dict.fromkeys(columns, pl.Float64)})


def synergy_table(projects: Sequence[Project], game: Game) -> pl.DataFrame:
    """What two chosen projects are worth together beyond each alone; below zero they stand in for each other."""
    rows = [
        {"project": projects[i].project, "with": projects[j].project, "synergy": value}
        for (i, j), value in game.synergy.items()
    ]
    return pl.DataFrame(rows, schema={"project": pl.String, "with": pl.String, "synergy": pl.Float64})


def stability_table(
    values: pl.DataFrame, others: Mapping[str, Mapping[str, float | None]] | None = None
) -> pl.DataFrame:
    """Rank of each project under other weights and in other cases.

    Without and with double compliance, with the saving in a bad year (null where that was not asked for, ``resilience_asked``; the
    rank is then among those that were asked), per dollar of investment, by its bound, and in each other case.

    ``rank_best`` and ``rank_worst`` say between what its rank moves.
    """
    if values.is_empty():
        return pl.DataFrame(schema={"project": pl.String, "rank": pl.Int64})
    plain = pl.col("value") - pl.col("compliance")
    rules = {
        "rank_without_compliance": plain,
        "rank_double_compliance": plain + 2 * pl.col("compliance"),
        "rank_with_resilience": pl.col("value") + pl.col("resilience"),
        "rank_per_capex": pl.col("value_per_capex"),
        "rank_by_bound": pl.col("bound"),
    }
    more = {
        f"rank_{name}": pl.col("project").replace_strict(
            {project: value for project, value in own.items() if value is not None},
            default=None,
            return_dtype=pl.Float64,
        )
        for name, own in (others or {}).items()
    }
    table = values.select(
        "project",
        "rank",
        *(rule.rank("ordinal", descending=True).cast(pl.Int64).alias(name) for name, rule in {**rules, **more}.items()),
        pl.col("resilience").is_not_null().alias("resilience_asked"),
    )
    ranks = [pl.col("rank"), *(pl.col(name) for name in {**rules, **more})]
    return table.with_columns(rank_best=pl.min_horizontal(ranks), rank_worst=pl.max_horizontal(ranks))


def spending(chain: Chain, one: Project) -> dict[tuple[str, int], float]:
    """Investment of a project by party and year: spread evenly over its lead time before the first year of use.

    Canada pays the share that its law gives back as a credit, Korea the rest (assumed: no financing is in the facts).
    """
    law = chain.choices.law
    item = str((chain.atlas.row("processes", one.process) or {}).get("main_item") or "")
    back = law.investment_credit(Activity(one.process, item, None, one.country, one.region), [one.start]) if law else {}
    share = back[one.start].amount if one.start in back else 0.0
    rows = {
        row["country"]: row
        for row in chain.atlas["capex"].filter(pl.col("process") == one.process).iter_rows(named=True)
    }
    lead = max(1, int((rows.get(one.country) or rows["*"])["lead_time"]))
    found = {}
    for year in range(one.start - lead, one.start):
        for party, part in ((HOST, share), (MASTER, 1.0 - share)):
            if part:
                found[party, year] = one.capex * part / lead
    return found


def prerequisites(chain: Chain, found: Sequence[Candidate]) -> dict[int, list[list[int]]]:
    """For each candidate, others of which it needs one: makers of an input, or takers of its product, where nobody else is."""
    net, ground = chain.network, Ground(chain)
    own = {one.option for one in found}
    others = {
        str(process) for plant, process in net["modes"].select("plant", "process").iter_rows() if plant not in own
    }
    makes = {item for process in others for item, amount in ground.recipe.get(process, {}).items() if amount > 0}
    takes = {item for process in others for item, amount in ground.recipe.get(process, {}).items() if amount < 0}
    takes |= set(net["recipes"].filter(pl.col("amount") < 0).filter(pl.col("process").is_in(sorted(others)))["item"])
    makes |= set(net["supplies"]["item"])
    takes |= set(net["demands"]["item"])
    needs: dict[int, list[list[int]]] = {}
    for at, one in enumerate(found):
        product = ground.product(one.process)
        for item, sign, there in [(f, 1.0, makes) for f in ground.feeds(one.process)] + [(product, -1.0, takes)]:
            if item is not None and item not in there:
                group = [
                    j for j, two in enumerate(found) if sign * ground.recipe.get(two.process, {}).get(item, 0.0) > 0
                ]
                needs.setdefault(at, []).append(group)
    return needs


# Figures --------------------------------------------------------------------------------------------------------------------


def title(chain: Chain, one: Project | Candidate) -> dict[str, str]:
    """A project in words: its process and place."""
    return said(
        ROOM,
        "project",
        process=names(chain.atlas, "processes", one.process),
        place=names(chain.atlas, "places", one.place),
    )


def parts_of(resolver: Resolver, one: Verified) -> Parts:
    """Of what the value of a settled project consists."""
    assert one.without is not None
    assert one.with_ is not None
    return Parts.of(resolver, one.without, one.with_)


def plain_values(others: Mapping[str, Mapping[str, Parts | None]]) -> dict[str, dict[str, float | None]]:
    """Values in other cases, without their parts."""
    return {name: {key: one.value if one else None for key, one in told.items()} for name, told in others.items()}


def part_nodes(chain: Chain, parts: Parts, keeper: Gatekeeper) -> tuple[Node, ...]:
    """The parts of a value, and under the penalty the demand that it is for."""

    def money(key: str, value: float, *children: Node) -> Node:
        return Node(said(ROOM, key), value, "USD", "money", children=children)

    unmet = tuple(unserved_node(chain, one, keeper) for one in parts.unserved)
    return (
        money("value.saved", parts.cost_saved),
        money("value.unmet", parts.unmet_avoided, *unmet),
        money("value.compliance", parts.compliance),
        money("value.without", parts.without),
        money("value.with", parts.with_),
    )


def unserved_node(chain: Chain, one: Unserved, keeper: Gatekeeper) -> Node:
    """The penalty that is avoided for one demand: what goes unserved without and with the project, and the penalty as a fact."""
    kind, factor, unit = ("energy", 1e-6, "GWh") if one.unit == "kWh" else ("number", 1.0, one.unit)
    amounts = (("unserved.without", one.without), ("unserved.with", one.with_), ("unserved.free", one.free))
    children = [Node(said(ROOM, key), amount * factor, unit, kind) for key, amount in amounts]
    children.append(Node(said(ROOM, "unserved.penalty"), one.penalty, f"USD/{one.unit}", "number"))
    label = said(
        ROOM, "unserved", item=names(chain.atlas, "items", one.item), place=names(chain.atlas, "places", one.place)
    )
    return Node(label, one.avoided, "USD", "money", children=(*children, *keeper.facts.nodes(one.facts)))


def case_node(chain: Chain, one: Project, case: str, parts: Parts, keeper: Gatekeeper) -> Node:
    """What a project is worth in another case, with the parts of it; a label of its own where it is mostly penalty."""
    key = "case_value.penalty" if parts.mostly_penalty else "case_value"
    label = said(ROOM, key, project=title(chain, one), case=names(chain.atlas, "cases", case))
    return Node(label, parts.value, "USD", "money", children=part_nodes(chain, parts, keeper))


def value_node(chain: Chain, one: Project, at: Verified, parts: Parts, keeper: Gatekeeper) -> Node:
    """What a project is worth, with the two plans behind it, its cost and the evidence that it can be run and placed."""
    assert at.value is not None
    unit, facts = "USD", keeper.facts

    def money_of(label: dict[str, str], value: float) -> Node:
        return Node(label, value, unit, "money")

    def money(key: str, value: float, *children: Node) -> Node:
        return Node(said(ROOM, key), value, unit, "money", children=children)

    sizes = [
        Node(said(ROOM, "value.size", size=f"{size:,.0f} {one.unit}"), value, unit, "money")
        for size, value in (at.sizes or {}).items()
    ]
    capex = money("capex", one.capex, *facts.nodes(" ".join(at.candidate.facts)))
    where = tuple(
        money_of(said(ROOM, "site", place=names(chain.atlas, "places", name.partition("@")[2])), value)
        for name, value in at.sites.items()
    )
    sites = Node(said(ROOM, "sites"), None, children=where)
    shown = Node(said(ROOM, "mastery"), None, children=facts.nodes(" ".join(keeper.mastered[one.process].facts[:6])))
    why = [Node(said(ROOM, f"reason.{reason}"), None) for reason in at.candidate.reasons]
    place = Node(said(ROOM, "reasons"), None, children=tuple(why))
    size = Node(said(ROOM, "size", start=one.start), one.size, one.unit)
    return Node(
        said(ROOM, "value.penalty" if parts.mostly_penalty else "value", project=title(chain, one)),
        at.value,
        unit,
        "money",
        children=(
            *part_nodes(chain, parts, keeper),
            *sizes,
            money("value.bound", at.bound),
            size,
            capex,
            sites,
            shown,
            place,
        ),
    )


def second_node(chain: Chain, one: Verified) -> Node:
    """What a second plant of a process adds where the first stands, with the two plans."""
    assert one.without is not None
    assert one.with_ is not None
    plans = (("second.without", one.without.cost), ("second.with", one.with_.cost))
    children = tuple(Node(said(ROOM, key), cost, "USD", "money") for key, cost in plans)
    return Node(said(ROOM, "second", project=title(chain, one.candidate)), one.value, "USD", "money", children=children)


def alone_node(chain: Chain, one: Project, at: Baselines) -> Node:
    """What a project saves alone where all that is weighed is closed, and by what that differs from its worth in the list."""

    def money(key: str, value: float, *children: Node, **words: Any) -> Node:
        return Node(said(ROOM, key, **words), value, "USD", "money", children=children)

    steps = [
        money("closing.first", change)
        if name == FIRST
        else money("closing", change, process=names(chain.atlas, "processes", name))
        for name, change in at.steps.items()
    ]
    plans = [money(f"baseline.alone.{key}", cost) for key, cost in zip(("without", "with"), at.alone, strict=True)]
    own = [money(f"baseline.listed.{key}", cost) for key, cost in zip(("without", "with"), at.listed, strict=True)]
    listed = money("baseline.listed", at.listed[0] - at.listed[1], *own)
    difference = money("baseline.difference", at.difference, *steps)
    return money("baseline.alone", at.alone[0] - at.alone[1], *plans, listed, difference, project=title(chain, one))


def side_node(found: Split, name: str) -> Node:
    """What a country gains by working together under an even split, and what serving its own demand costs it alone."""

    def money(key: str, value: float) -> Node:
        return Node(said(ROOM, key), value, "USD", "money")

    country = said(ROOM, f"country.{name}")
    parts = [money("gain.alone", found.alone[name]), money("gain.together", found.at_prices[name])]
    if found.unmet_alone.get(name):
        parts.append(money("gain.unmet", found.unmet_alone[name]))
    parts.append(money("gain.prices", found.gain_at_prices(name)))
    if found.fair is None or found.transfer is None:
        parts.append(Node(said(ROOM, "gain.none"), None))
        return Node(said(ROOM, "gain", country=country), None, children=tuple(parts))
    parts.append(money("gain.receives", found.transfer[name]))
    return Node(said(ROOM, "gain", country=country), found.fair[name], "USD", "money", children=tuple(parts))


def joint_node(found: Split) -> Node:
    """What the two save by working together: what each pays alone, less what both pay."""

    def money(key: str, value: float, **words: Any) -> Node:
        return Node(said(ROOM, key, **words), value, "USD", "money")

    alone = [money("gain.alone_of", cost, country=said(ROOM, f"country.{name}")) for name, cost in found.alone.items()]
    nobody = money("gain.shared", found.shared)
    together = Node(said(ROOM, "gain.both"), found.together, "USD", "money", children=(nobody,))
    return Node(said(ROOM, "gain.joint"), found.gain, "USD", "money", children=(*alone, together))


__all__ = ["Discovery", "NoCandidates", "Search", "discover", "search"]
