"""Discover: joint projects that the network wants.

Generated, priced by shadow prices, gated, verified by solving with and without; then chosen together. See ``docs/discover.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    candidates,
    extended,
    mastery,
)
from bongsu.committee.discover.game import Game, play, worth
from bongsu.committee.discover.gates import ROOM, Gatekeeper, verdict
from bongsu.committee.discover.partners import partners
from bongsu.committee.discover.portfolio import Chosen, choose
from bongsu.committee.discover.price import Priced, best, price_out
from bongsu.committee.discover.resilience import resilience
from bongsu.committee.discover.resolve import Resolver
from bongsu.committee.discover.sides import Split, sides
from bongsu.committee.discover.sides import tables as side_tables
from bongsu.committee.discover.verify import Verified, verify
from bongsu.committee.project import Gate, Project
from bongsu.committee.words import said
from bongsu.law import Activity
from bongsu.law.finding import Outcome
from bongsu.plan.assemble import compile_network
from bongsu.plan.plan import Plan

Tell = Callable[[str], None]
#: Generated candidates that are solved: the best by price, at most so many of one process.
SHORTLIST, PER_PROCESS = 30, 2
#: Gains that differ by less than this share are alike.
ALIKE = 0.05
#: So many projects are weighed together, of which at most so many are chosen.
WEIGHED, CHOSEN = 12, 5
#: Of the first so many projects it is asked what they save in a bad year.
STRESSED = 10


@dataclass(frozen=True, eq=False)
class Discovery:
    """What was found.

    Attributes:
        projects: ranked, best first; none that fails a gate.
        answer: tables and figures.
        gates: by project. verified: what was solved, by project, ranked as the projects and then the others.
        resolver: to ask more of the same network.
    """

    projects: tuple[Project, ...]
    answer: Answer
    gates: Mapping[str, tuple[Gate, ...]]
    verified: Mapping[str, Verified] = field(repr=False)
    resolver: Resolver | None = field(repr=False, default=None)


def discover(
    chain: Chain,
    plan: Plan,
    *,
    count: int = 10,
    budgets: Mapping[str, float] | None = None,
    most: int = CHOSEN,
    seed: int = 0,
    progress: Tell | None = None,
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

    Raises:
        NoCandidates: nothing can be proposed; the error says why.
        ValueError: the plan is not optimal.
    """
    if plan.status != "optimal":
        raise ValueError(f"the plan is {plan.status}; projects are priced on an optimal plan")
    tell = progress or (lambda _: None)
    tell("generating candidates")
    found = candidates(chain)
    priced = price(chain, plan, found, tell)
    chosen = shortlist(found, priced)
    tell(f"stating the network with {len(chosen)} candidates")
    wider = extended(chain, chosen)
    resolver = Resolver(wider.network, [one.option for one in chosen if one.generated])
    keeper = Gatekeeper(chain, mastery(chain.atlas))
    gates = {one.project: keeper.of(one) for one in chosen}
    solved = verify(
        resolver,
        chosen,
        priced,
        count,
        skip=lambda one: verdict(gates[one.project]) is Outcome.FAIL,
        tell=tell,
    )
    verified = {one.candidate.project: one for one in solved}
    projects = tuple(
        project(chain, one)
        for one in solved
        if one.value is not None and verdict(gates[one.candidate.project]) is not Outcome.FAIL
    )
    weighed = [verified[one.project] for one in projects[:WEIGHED] if (verified[one.project].value or 0.0) > 0]
    blocks = [one.block for one in weighed if one.block is not None]
    money = [spending(chain, one) for one in projects[: len(blocks)]]
    picked = choose(
        resolver,
        blocks,
        money,
        budgets or {},
        prerequisites(wider, [one.candidate for one in weighed]),
        most,
        tell=tell,
    )
    members = [blocks[i] for i in picked.members]
    tell(f"sharing out what {len(members)} projects save together")
    game = play(len(members), worth(resolver, members, [one.option for one in blocks]), seed)
    tell("each country alone and together")
    parted = sides(wider, resolver, chosen)
    bad = resilience(chain, resolver, [verified[one.project] for one in projects[:STRESSED]], tell)
    tables = {
        **side_tables(parted),
        "resilience": bad,
        "portfolio": portfolio_table(projects[: len(blocks)], picked, money),
        "shapley": shapley_table([projects[i] for i in picked.members], game),
        "synergy": synergy_table([projects[i] for i in picked.members], game),
        "stability": stability_table(value_table(projects, verified, bad)),
        "candidates": candidate_table(chain, found, priced, verified),
        "gates": gate_table(gates),
        "values": value_table(projects, verified, bad),
    }
    figures = {f"{ROOM}.value:{one.project}": value_node(chain, one, verified[one.project], keeper) for one in projects}
    figures |= resilience_nodes(chain, projects, bad)
    parts = tuple(
        Node(said(ROOM, "shapley", project=title(chain, projects[i])), game.shapley[at], "USD", "money")
        for at, i in enumerate(picked.members)
    )
    figures[f"{ROOM}.together:{chain.case['case']}"] = Node(
        said(ROOM, "together"),
        picked.value,
        "USD",
        "money",
        children=(*parts, Node(said(ROOM, "together.bound"), picked.bound, "USD", "money")),
    )
    for name in (HOST, MASTER):
        figures[f"{ROOM}.gain:{name}"] = side_node(parted, name)
    return Discovery(projects, Answer(ROOM, figures, tables), gates, verified, resolver)


def price(chain: Chain, plan: Plan, found: Sequence[Candidate], tell: Tell = lambda _: None) -> dict[str, Priced]:
    """What each generated candidate could save at most per unit, by option."""
    new = [one for one in found if one.generated]
    if not new:
        return {}
    tell(f"pricing {len(new)} generated candidates")
    model = compile_network(extended(chain, new).network)
    return price_out(plan, model, [one.option for one in new], tell)


def shortlist(
    found: Sequence[Candidate], priced: Mapping[str, Priced], size: int = SHORTLIST, per_process: int = PER_PROCESS
) -> list[Candidate]:
    """The options that the case has, and the generated candidates whose middle size could save most, a few of each process."""
    kept = [one for one in found if not one.generated]
    middle = {one.option: one.sizes[len(one.sizes) // 2] for one in found}
    new = {one.option: one for one in found if one.generated and one.option in priced}
    top: dict[str, float] = {}
    for name in best(priced, new):
        top.setdefault(new[name].process, priced[name].gain)
    # Places of a process whose gains differ by less than costs are known to are alike: what is near decides among them.
    alike = {name: priced[name].gain >= (1 - ALIKE) * top[new[name].process] for name in best(priced, new)}

    def order(name: str) -> tuple[float, bool, int, float, str]:
        one = new[name]
        reasons = len(one.reasons) if alike[name] else 0
        return -top[one.process] * middle[name], not alike[name], -reasons, -priced[name].gain, name

    ranked = sorted(best(priced, new), key=order)
    held: dict[str, int] = {}
    for name in ranked:
        process = new[name].process
        if held.get(process, 0) < per_process and len(kept) < size + sum(not one.generated for one in found):
            kept.append(new[name])
            held[process] = held.get(process, 0) + 1
    return sorted(kept, key=lambda one: one.project)


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
    chain: Chain, found: Sequence[Candidate], priced: Mapping[str, Priced], verified: Mapping[str, Verified]
) -> pl.DataFrame:
    """Every candidate: why there, the most that it could save, and what it is worth where it was solved."""
    rows = []
    for one in found:
        own, at = priced.get(one.option), verified.get(one.project)
        bound = own.gain * one.sizes[-1] if own is not None else None
        block = at.block if at else None
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
                "price_bound": max(bound, 0.0) if bound is not None else None,
                "bound": at.bound if at else None,
                "value": at.value if at else None,
                "size": block.size if block else None,
                "start": chain.years[block.period] if block else None,
                "status": _status(own, at),
            }
        )
    table = pl.DataFrame(rows, infer_schema_length=None)
    return table.sort("value", "bound", "price_bound", "project", descending=[True, True, True, False], nulls_last=True)


def _status(priced: Priced | None, at: Verified | None) -> str:
    if at is not None:
        return "bounded" if at.value is None else "verified"
    return "priced_out" if priced is not None and priced.gain <= 0 else "not_shortlisted"


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


def value_table(projects: Sequence[Project], verified: Mapping[str, Verified], bad: pl.DataFrame) -> pl.DataFrame:
    """What each ranked project is worth and of what that consists, present money; resilience where it was asked for."""
    saved = dict(bad.select("project", "resilience").iter_rows())
    rows: list[dict[str, Any]] = []
    for rank, one in enumerate(projects, start=1):
        at = verified[one.project]
        assert at.without is not None
        assert at.with_ is not None
        assert at.value is not None
        rows.append(
            {
                "rank": rank,
                "project": one.project,
                "size": one.size,
                "unit": one.unit,
                "start": one.start,
                "capex": one.capex,
                "value": at.value,
                "cost_saved": at.without.real - at.with_.real,
                "unmet_avoided": at.without.unmet - at.with_.unmet,
                "compliance": at.without.law - at.with_.law,
                "bound": at.bound,
                "value_per_capex": at.value / one.capex if one.capex else None,
                "resilience": saved.get(one.project),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def portfolio_table(
    projects: Sequence[Project], picked: Chosen, money: Sequence[Mapping[tuple[str, int], float]]
) -> pl.DataFrame:
    """The projects that were weighed together: which were chosen, and the investment of each party."""
    rows = [
        {
            "project": one.project,
            "chosen": at in picked.members,
            "invest_ca": sum(amount for (party, _), amount in money[at].items() if party == HOST),
            "invest_kr": sum(amount for (party, _), amount in money[at].items() if party == MASTER),
        }
        for at, one in enumerate(projects)
    ]
    schema = {"project": pl.String, "chosen": pl.Boolean, "invest_ca": pl.Float64, "invest_kr": pl.Float64}
    return pl.DataFrame(rows, schema=schema)


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


def stability_table(values: pl.DataFrame) -> pl.DataFrame:
    """Rank of each project under other weights: without and with double compliance, with the saving in a bad year, per dollar of
    investment, at its free size; a project whose resilience was not asked for has no rank with it."""
    if values.is_empty():
        return pl.DataFrame(schema={"project": pl.String, "rank": pl.Int64})
    plain = pl.col("value") - pl.col("compliance")
    rules = {
        "rank_without_compliance": plain,
        "rank_double_compliance": plain + 2 * pl.col("compliance"),
        "rank_with_resilience": pl.col("value") + pl.col("resilience"),
        "rank_per_capex": pl.col("value_per_capex"),
        "rank_at_free_size": pl.col("bound"),
    }
    return values.select(
        "project",
        "rank",
        *(rule.rank("ordinal", descending=True).cast(pl.Int64).alias(name) for name, rule in rules.items()),
    )


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


def value_node(chain: Chain, one: Project, at: Verified, keeper: Gatekeeper) -> Node:
    """What a project is worth, with the two plans behind it, its cost and the evidence that it can be run and placed."""
    assert at.without is not None
    assert at.with_ is not None
    assert at.value is not None
    unit, facts = "USD", keeper.facts

    def money(key: str, value: float, *children: Node) -> Node:
        return Node(said(ROOM, key), value, unit, "money", children=children)

    saved = [
        money("value.saved", at.without.real - at.with_.real),
        money("value.unmet", at.without.unmet - at.with_.unmet),
        money("value.compliance", at.without.law - at.with_.law),
    ]
    plans = [money("value.without", at.without.cost), money("value.with", at.with_.cost)]
    sizes = [
        Node(said(ROOM, "value.size", size=f"{size:,.0f} {one.unit}"), value, unit, "money")
        for size, value in (at.sizes or {}).items()
    ]
    capex = money("capex", one.capex, *facts.nodes(" ".join(at.candidate.facts)))
    shown = Node(said(ROOM, "mastery"), None, children=facts.nodes(" ".join(keeper.mastered[one.process].facts[:6])))
    why = [Node(said(ROOM, f"reason.{reason}"), None) for reason in at.candidate.reasons]
    place = Node(said(ROOM, "reasons"), None, children=tuple(why))
    size = Node(said(ROOM, "size", start=one.start), one.size, one.unit)
    return Node(
        said(ROOM, "value", project=title(chain, one)),
        at.value,
        unit,
        "money",
        children=(*saved, *plans, *sizes, money("value.bound", at.bound), size, capex, shown, place),
    )


def side_node(found: Split, name: str) -> Node:
    """What a country gains by working together, and what a fair split would give it."""

    def money(key: str, value: float) -> Node:
        return Node(said(ROOM, key), value, "USD", "money")

    parts = [money("gain.alone", found.alone[name]), money("gain.together", found.together[name])]
    if found.fair is not None and found.transfer is not None:
        parts += [money("gain.fair", found.fair[name]), money("gain.receives", found.transfer[name])]
    else:
        parts.append(Node(said(ROOM, "gain.none"), None))
    country = said(ROOM, f"country.{name}")
    return Node(said(ROOM, "gain", country=country), found.gain[name], "USD", "money", children=tuple(parts))


__all__ = ["Discovery", "NoCandidates", "discover"]
