"""What the other functions of the committee say of discovered projects, and the card of each, on disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from bongsu.cli.wording import Wording

if TYPE_CHECKING:
    from bongsu.answers import Node
    from bongsu.chain import Chain
    from bongsu.committee import Answer, Gate, Project
    from bongsu.committee.docket import Card
    from bongsu.committee.docket.item import Text
    from bongsu.plan.plan import Plan

Tell = Callable[[str], None]


def told(
    chain: Chain,
    plan: Plan,
    projects: Sequence[Project],
    tell: Tell,
    places: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Answer]:
    """The answers of attract, regions and link for some projects, one answer for each function.

    ``places`` are compared for each process (at the size and start of its first project), with that of the project among them.
    Every table gets a first column ``project``. A function that has nothing to say of a project (a region without any table, say)
    leaves a row in the table ``unanswered`` of its answer with the reason.
    """
    from bongsu.committee.attract import BadProject, Market, investor_case, public_case, sites
    from bongsu.committee.link import links_of
    from bongsu.committee.link.rank import Ranking
    from bongsu.committee.regions import effect

    market, ranking = Market(chain, plan), Ranking.of(chain, plan)

    first = {one.process: one for one in reversed(projects)}

    def invested(one: Project) -> Answer:
        case = investor_case(chain, plan, one, market=market)
        answer = case.answer | public_case(chain, case).answer
        among = list(dict.fromkeys([one.place, *(places or {}).get(one.process, ())]))
        if first[one.process] is not one or len(among) < 2:
            return answer
        try:
            return answer | sites(chain, plan, one.process, among, size=one.size, start=one.start)
        except BadProject:
            # Places that cannot be reckoned leave the project's own case as it is; the page says that none were compared.
            return answer

    asked: dict[str, Callable[[Project], Answer]] = {
        "attract": invested,
        "regions": lambda one: effect(one, chain.atlas),
        "link": lambda one: links_of(chain, plan, one, ranking=ranking),
    }
    return {room: _each(room, ask, projects, tell) for room, ask in asked.items()}


def nearest(candidates: pl.DataFrame, projects: Sequence[Project], most: int = 6) -> dict[str, list[str]]:
    """For each process of the projects, the places among the candidates that save most by what is known of them.

    What was verified comes before what is only bounded, and that before what is only priced.
    """
    found = {}
    for process in dict.fromkeys(one.process for one in projects):
        own = candidates.filter(pl.col("process") == process)
        ranked = own.sort(
            ["value", "bound", "price_estimate", "place"], descending=[True, True, True, False], nulls_last=True
        )
        found[process] = ranked["place"].unique(maintain_order=True).head(most).to_list()
    return found


def _each(room: str, ask: Callable[[Project], Answer], projects: Sequence[Project], tell: Tell) -> Answer:
    from bongsu.committee import Answer

    figures: dict[str, Any] = {}
    tables: dict[str, list[pl.DataFrame]] = {}
    unanswered: list[dict[str, str]] = []
    for one in projects:
        tell(f"{room}: {one.project}")
        try:
            answer = ask(one)
        except ValueError as error:
            unanswered.append({"project": one.project, "reason": str(error)})
            continue
        figures |= answer.figures
        for name, table in answer.tables.items():
            rest = table.drop("project") if "project" in table.columns else table
            tables.setdefault(name, []).append(rest.select(pl.lit(one.project).alias("project"), pl.all()))
    if unanswered:
        tables["unanswered"] = [pl.DataFrame(unanswered)]
    return Answer(room, figures, {name: pl.concat(own, how="diagonal_relaxed") for name, own in tables.items()})


def card(
    chain: Chain,
    project: Project,
    gates: Sequence[Gate],
    answers: Sequence[Answer],
    title: dict[str, str],
    today: dt.date | None = None,
) -> Card:
    """The card of one project from the answers of all functions, in all languages."""
    from bongsu.cli.trees import publishers, sources_behind
    from bongsu.committee.docket.project_card import Known, project_card

    law = getattr(chain.choices.law, "law", None)
    instruments = {name: one.title for name, one in law.law.instruments.items()} if law is not None else {}
    made = project_card(
        project,
        answers,
        gates,
        cast("Text", title),
        Known(chain.atlas, instruments),
        as_of=chain.atlas.known,
        today=today,
    )
    return made.citing(publishers(sources_behind(chain)))


def localised(chain: Chain, project: Project, language: str) -> Project:
    """The project with regions and instruments among its partners by their names."""
    law = getattr(chain.choices.law, "law", None)
    own = []
    for one in project.partners:
        name = one.name
        if one.brings == "policy" and law is not None and name in law.law.instruments:
            name = law.law.instruments[name].title[language]
        elif one.brings == "energy" and one.country == project.country and name == project.region:
            name = Wording("projects_words", language)(f"region.{name}")
        own.append(replace(one, name=name))
    return replace(project, partners=tuple(own))


def write(
    chain: Chain,
    projects: Sequence[Project],
    gates: Mapping[str, Sequence[Gate]],
    answers: Sequence[Answer],
    titles: Mapping[str, dict[str, str]],
    out: Path,
    today: dt.date | None = None,
) -> list[str]:
    """Write every answer, and each project's card in three languages; gives the names of the files."""
    from bongsu.brief import card as drawn
    from bongsu.brief.text import LANGS
    from bongsu.cli import kept
    from bongsu.cli.results import write_text

    files = [name for one in answers for name in kept.write(one, out)]
    for one in projects:
        made = card(chain, one, gates[one.project], answers, titles[one.project], today)
        for language in LANGS:
            name = f"cards/{one.project.replace('@', '-').replace(':', '-')}.{language}.html"
            write_text(out / name, drawn.html(made, language))
            files.append(name)
    return files


def show(project: Project, answers: Mapping[str, Answer], words: Wording, console: Any) -> None:
    """What the other functions say of a project, in four lines."""
    money = _values(answers["attract"], project)
    if "npv_post_tax_real_usd" in money:
        rate = answers["attract"].figures.get(f"attract.irr_post_tax_nominal:{project.project}")
        drawn = answers["attract"].figures.get(f"attract.chance_npv_positive:{project.project}")
        console.print(
            "   "
            + words(
                "investor",
                npv=_millions(money["npv_post_tax_real_usd"], words),
                irr=_rate(rate, words),
                chance=_share(money.get("chance_npv_positive"), words),
                draws=_draws(drawn, words),
            ),
            highlight=False,
        )
        even, support = money.get("public_even_year"), money.get("public_support_real_usd")
        console.print(
            "   "
            + words(
                "public",
                support=_millions(support, words),
                returns=_millions(money.get("public_returns_real_usd"), words),
                even=f"{even:.0f}" if even is not None else words("never" if support else "no_support"),
            ),
            highlight=False,
        )
    jobs = _values(answers["regions"], project)
    # A figure that is unknown is not told as a number.
    known = {name: words.rough(value) for name, value in jobs.items() if value is not None}
    basis = "announced" if "operation_jobs_total_announced_low" in known else "average"
    region = words(f"region.{project.region}")
    building = {
        key: known[name]
        for key, end in (("years", "low"), ("most", "high"))
        if (name := f"construction_job_years_total_spending_{end}") in known
    }
    running = {
        key: known[name]
        for key, figure in (("low", "total_{}_low"), ("high", "total_{}_high"), ("least", "net_{}_low"))
        if (name := f"operation_jobs_{figure.format(basis)}") in known
    }
    if len(building) == 2:
        told = ("region_building", {}) if len(running) < 3 else (f"region_{basis}", running)
        console.print("   " + words(told[0], region=region, **building, **told[1]), highlight=False)
    tables, language = answers["link"].tables, words.language
    for name, who, key in (("links_inputs", "seller", "sellers"), ("links_outputs", "buyer", "buyers")):
        if name in tables:
            own = tables[name].filter((pl.col("project") == project.project) & (pl.col("rank") == 1))
            said = ", ".join(dict.fromkeys(own[f"{who}_{language}"]))
            if said:
                console.print("   " + words(key, who=said), highlight=False)
    for answer in answers.values():
        if "unanswered" in answer.tables:
            for row in answer.tables["unanswered"].filter(pl.col("project") == project.project).iter_rows(named=True):
                console.print("   " + words("unanswered", room=answer.room, reason=row["reason"]), highlight=False)


def _values(answer: Answer, project: Project) -> dict[str, float | None]:
    """Figures of a project by their name without room and subject."""
    end = f":{project.project}"
    return {
        name.partition(".")[2].removesuffix(end): node.value
        for name, node in answer.figures.items()
        if name.endswith(end)
    }


def _millions(value: float | None, words: Wording) -> str:
    return words("unknown") if value is None else _signed(value / 1e6, words)


def _signed(millions: float, words: Wording) -> str:
    """Millions of dollars with the sign before the currency."""
    sign = "\u2212" if round(millions) < 0 else ""
    return sign + words("dollars", amount=words.number(abs(millions), 0))


def _share(value: float | None, words: Wording) -> str:
    return words("unknown") if value is None else words.percent(value)


def _rate(node: Node | None, words: Wording) -> str:
    """A rate of return, or why there is none, as its figure says."""
    why = next((child.label[words.language] for child in node.children if child.value is None), None) if node else None
    if node is None or (node.value is None and why is None):
        return words("rate", rate=words("unknown"))
    return why or "" if node.value is None else words("rate", rate=words.percent(node.value))


def _draws(node: Node | None, words: Wording) -> str:
    """In how many draws."""
    count = next((child.value for child in node.children if child.unit == "count"), None) if node else None
    return words("draws") if count is None else words("draws.of", n=words.number(count, 0))
