"""The answer of ``bongsu law scenarios`` in words, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from bongsu.answers.law_scenarios import WEIGHTS, Move, Scenario, mean, moves
from bongsu.brief.text import Lang, as_lang, percent, t
from bongsu.chain import Chain
from bongsu.cli.law_explained import fixed, money_text, signed
from bongsu.cli.law_show import table
from bongsu.cli.shell import say
from bongsu.law.inforce import InForce
from bongsu.law.instrument import Question


@dataclass
class Answer:
    """Plans under the branches of open questions.

    Attributes:
        base: the chain with the default branches.
        open: every open question; ``matter`` those of which some branch touches the plan and that were asked for.
        year: year of shares and money.
        count: how many combinations there are.
        scenarios: the plans, the weightiest first; fewer than ``count`` where it was stopped.
    """

    base: Chain
    open: Sequence[Question]
    year: int
    matter: Sequence[Question] = field(default_factory=list)
    count: int = 0
    scenarios: list[Scenario] = field(default_factory=list)

    @property
    def law(self) -> InForce:
        """The law of the default branches."""
        law = self.base.choices.law
        assert isinstance(law, InForce)
        return law

    @property
    def complete(self) -> bool:
        """Whether every combination was planned."""
        return len(self.scenarios) == self.count

    @property
    def default(self) -> Scenario | None:
        """The plan under the default branches, where it is among them."""
        chosen = {q.name: q.default for q in self.matter}
        return next((one for one in self.scenarios if one.taken == chosen), None)


def _cost(one: Scenario) -> float:
    return one.cost


def _share(one: Scenario) -> float:
    return one.share


# Questions ---------------------------------------------------------------------------------------------------------------


def list_questions(answer: Answer, language: str, as_json: bool) -> None:
    """The open questions with their branches and weights."""
    lang = as_lang(language)
    if as_json:
        print(json.dumps([_question(q, lang) for q in answer.open], indent=1, ensure_ascii=False))
        return
    for question in answer.open:
        _say_question(question, lang)
    say(t("scenarios.star" if answer.open else "scenarios.no_question", lang))


def _say_question(question: Question, lang: Lang) -> None:
    say(t("scenarios.question", lang, name=question.name, title=question.title[lang]))
    for branch in question.branches:
        mark = "*" if branch.name == question.default else " "
        weight = percent(float(branch.weight), lang)
        said = t("scenarios.branch", lang, name=branch.name, weight=weight, title=branch.title[lang])
        say(f"  {mark} {said}")


def _question(question: Question, lang: Lang) -> dict[str, Any]:
    return {
        "question": question.name,
        "instrument": question.instrument,
        "title": question.title[lang],
        "from": str(question.first),
        "default": question.default,
        "branches": [{"name": b.name, "weight": float(b.weight), "title": b.title[lang]} for b in question.branches],
    }


# Plans -------------------------------------------------------------------------------------------------------------------


def print_json(answer: Answer, language: str) -> None:
    """Everything as data; the means are left out where not every combination was planned."""
    lang = as_lang(language)
    matter = {q.name for q in answer.matter}
    said: dict[str, Any] = {
        "law": str(answer.law.law.date),
        "known": str(answer.law.law.known),
        "case": str(answer.base.case["case"]),
        "year": answer.year,
        "weights": "assumed",
        "questions": [_question(q, lang) | {"touches_the_plan": q.name in matter} for q in answer.open],
        "count": answer.count,
        "complete": answer.complete,
        "scenarios": [
            {
                "weight": float(one.weight),
                "branches": dict(one.taken),
                "cost": one.cost,
                "share": one.share,
                "duties": one.duties,
                "credits": one.credits,
            }
            for one in answer.scenarios
        ],
        "mean": None,
        "moves": None,
    }
    if answer.complete and answer.scenarios:
        said["mean"] = {"cost": mean(answer.scenarios, _cost), "share": mean(answer.scenarios, _share)}
        said["moves"] = {
            name: [
                asdict(move) | {"at": dict(zip(map(str, WEIGHTS), move.at, strict=True))}
                for move in moves(answer.scenarios, answer.matter, measure)
            ]
            for name, measure in (("cost", _cost), ("share", _share))
        }
    print(json.dumps(said, indent=1, ensure_ascii=False))


def print_csv(answer: Answer) -> None:
    """One line for each plan; a column for each question holds the branch taken."""
    names = [q.name for q in answer.matter]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["weight_assumed", "cost_usd", "share", "duties_usd", "credits_usd", *names])
    for one in answer.scenarios:
        figures = [f"{value:.9g}" for value in (one.cost, one.share, one.duties, one.credits)]
        writer.writerow([str(one.weight), *figures, *(one.taken[name] for name in names)])


def show(answer: Answer, language: str) -> None:
    """The plans, and how the answer moves with the weights."""
    lang, law = as_lang(language), answer.law.law
    head = {"date": law.date, "known": law.known, "open": len(answer.open), "matter": len(answer.matter)}
    say(t("scenarios.head", lang, **head))
    for question in answer.matter:
        _say_question(question, lang)
    idle = [q.name for q in answer.open if q not in answer.matter]
    if idle:
        say(t("scenarios.idle", lang, questions=", ".join(idle)))
    if answer.scenarios:
        _plans(answer, lang)
    if not answer.complete:
        weight = percent(float(sum((one.weight for one in answer.scenarios), Decimal(0))), lang)
        said = {"planned": len(answer.scenarios), "count": answer.count, "weight": weight}
        say(t("scenarios.partial", lang, **said))
        return
    costs = [one.cost for one in answer.scenarios]
    means = {"low": min(costs), "high": max(costs), "mean": mean(answer.scenarios, _cost)}
    say(
        t(
            "scenarios.range",
            lang,
            **{key: money_text(value, lang) for key, value in means.items()},
        )
    )
    if answer.matter:
        _moves(answer, lang)


def _plans(answer: Answer, lang: Lang) -> None:
    base = answer.default or answer.scenarios[0]
    default = {q.name: q.default for q in answer.matter}
    rows = []
    for one in answer.scenarios:
        taken = "\n".join(f"{name}={branch}" for name, branch in one.taken.items() if branch != default[name])
        rows.append(
            (
                percent(float(one.weight), lang),
                fixed(one.cost / 1e9, lang, 2),
                "\u2013" if one is base else signed((one.cost - base.cost) / 1e6, lang),
                _points(one.share, lang),
                fixed(one.duties / 1e6, lang),
                fixed(one.credits / 1e6, lang),
                taken or t("scenarios.default", lang),
            )
        )
    keys = ("weight", "cost", "against", "share", "duties", "credits", "taken")
    heads = [t(f"scenarios.{key}", lang, year=answer.year) for key in keys]
    table(t("scenarios.title", lang, year=answer.year), heads, rows, right=range(6), wide=6)


def _moves(answer: Answer, lang: Lang) -> None:
    """Two tables: how the mean of the cost, and of the share, moves with each weight."""
    heads = [t("scenarios.branch_column", lang), t("scenarios.weight", lang)]
    heads += [t("scenarios.at", lang, weight=percent(weight, lang)) for weight in WEIGHTS]
    costs = [
        (
            *_head(move, lang),
            *(fixed(mean_ / 1e9, lang, 2) for mean_ in move.at),
            signed(move.per_ten_points / 1e6, lang),
        )
        for move in moves(answer.scenarios, answer.matter, _cost)
    ]
    table(t("scenarios.moves", lang), [*heads, t("scenarios.ten_points", lang)], costs, right=range(1, 8))
    shares = [
        (*_head(move, lang), *(_points(mean_, lang, 2) for mean_ in move.at))
        for move in moves(answer.scenarios, answer.matter, _share)
    ]
    table(t("scenarios.moves_share", lang, year=answer.year), heads, shares, right=range(1, 7))


def _points(share: float, lang: Lang, places: int = 1) -> str:
    """A share in percent with as many decimals in every row."""
    return t("number.percent", lang, n=fixed(share * 100, lang, places))


def _head(move: Move, lang: Lang) -> tuple[str, str]:
    return f"{move.question}={move.branch}", percent(move.weight, lang)
