"""The answer of ``bongsu ledger``: the promises of projects, what was found of them, and what the record makes of them."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bongsu.atlas import Atlas, PackError
from bongsu.atlas.read import parse_date
from bongsu.chain.delivery import PRIOR_WEIGHT, Curve, Delivery, Estimate, Floats, fit
from bongsu.chain.promises import careers, dated_states, observations
from bongsu.cli.shell import BadInput, Tell
from bongsu.cli.wording import Wording
from bongsu.stress.ledger import FOUND, Account, accounts, accounts_of, ledger_table, read_states, sizes_of
from bongsu.stress.outlook import SHOWN, StateCurve, outlook, state_curves
from bongsu.stress.scores import Score, held_out, over_time

#: Years from the year of knowledge on for which an outlook is given.
_OUTLOOK = 6


@dataclass(frozen=True)
class Answer:
    """Everything that the command prints.

    Attributes:
        atlas: the facts, whose curves are the prior; ``rows``: the dated states by line.
        accounts: all, or the one asked for; ``own``: whether they are the atlas's own facilities.
        decided, quiet: projects whose end is known; projects under way of which nothing was heard after a promise fell due.
        lower: the curves if silence meant failure.
    """

    atlas: Atlas
    known: dt.date
    own: bool
    accounts: Sequence[Account]
    decided: int
    quiet: int
    rows: Mapping[int, Mapping[str, Any]]
    curves: Mapping[str, Curve]
    table: Sequence[StateCurve]
    lower: Sequence[StateCurve]
    held: Sequence[Score]
    split: dt.date
    later: Sequence[Score]

    def name(self, project: str, language: str) -> str:
        """Display name of a project."""
        return self.atlas.name("facilities", project, language) if self.own else project

    def source(self, line: int) -> str:
        """Title and address of the source of a dated state."""
        source = self.rows[line].get("source")
        found = self.atlas.row("sources", source) if source and self.own else None
        return f"{found['title']}, {found['publisher']} {found['url'] or ''}".strip() if found else source or ""

    def outlook(self, account: Account) -> dict[int, Estimate] | None:
        """Chance to have begun by the end of the coming years."""
        years = range(self.known.year, self.known.year + _OUTLOOK)
        return outlook(account.career, self.known, self.curves, years)


def answer(
    tell: Tell, atlas: Atlas, whole: Atlas, file: Path | None, as_of: str | None, project: str | None, split: str | None
) -> Answer:
    """The ledger of the atlas's facilities, or of the projects of a file.

    Args:
        atlas: the facts as known on the day; ``whole``: as known on the pack's own day, whose curves are the prior.
    """
    if file is None:
        known, states, all_of_them = atlas.known, dated_states(atlas), accounts_of(atlas)
        everything = dated_states(whole)
    else:
        try:
            states = everything = read_states(file)
        except PackError as error:
            raise BadInput(str(error)) from None
        known = _day(as_of) if as_of else states["known_from"].max()  # type: ignore[assignment]
        all_of_them = accounts(states, known, sizes_of(states))
    if project is not None and project not in {one.project for one in all_of_them}:
        raise BadInput(f"there is no project {project!r} of which anything was known by {known}")
    tell("fitting the curves")
    pack = Delivery(whole)
    chances: dict[str, Floats] = {state: pack.start_chances(state) for state in pack.states}
    lives = careers(states, known)
    record = observations(lives, known)
    curves = fit(record, chances)
    lower = fit(observations(lives, known, "not begun"), chances)
    tell("scoring them on what they have not seen")
    day = _day(split) if split else dt.date(known.year - 2, 12, 31)
    then = careers(everything if file else dated_states(whole.as_of(day)), day)
    return Answer(
        atlas,
        known,
        file is None,
        [one for one in all_of_them if project in (None, one.project)],
        sum(1 for one in all_of_them if one.promises and (one.career.begun or one.career.given_up)),
        sum(1 for one in all_of_them if any(promise.found == "unknown" for promise in one.promises)),
        {row["_line"]: row for row in states.iter_rows(named=True)},
        curves,
        state_curves(curves, chances),
        state_curves(lower, chances),
        held_out(record, known, chances),
        day,
        over_time(then, day, lives, known, chances),
    )


def _day(text: str) -> dt.date:
    try:
        return parse_date(text, last=True)
    except ValueError:
        raise BadInput(f"{text!r} is not a date; write it as 2026-06-30, 2026-06 or 2026") from None


# Data ------------------------------------------------------------------------------------------------------------------------


def as_csv(found: Answer, language: str) -> str:
    """The ledger as CSV, with names and sources."""
    table = ledger_table(found.accounts)
    extra = [
        pl.Series("name", [found.name(one, language) for one in table["project"]], dtype=pl.String),
        pl.Series("source", [found.rows[at].get("source") for at in table["line"]], dtype=pl.String),
        pl.Series("found_source", [found.rows[at].get("source") for at in table["found_line"]], dtype=pl.String),
        pl.Series("found_note", [found.rows[at].get("note") for at in table["found_line"]], dtype=pl.String),
    ]
    return table.with_columns(extra).write_csv(line_terminator="\n")


def as_json(found: Answer, language: str) -> str:
    """All of the answer as JSON."""
    promised = ledger_table(found.accounts).to_dicts()
    for row in promised:
        for key, line in (("source", "line"), ("found_source", "found_line")):
            row[key] = found.source(row[line])
        row["found_note"] = found.rows[row["found_line"]].get("note")
    projects = [
        {
            "project": one.project,
            "name": found.name(one.project, language),
            "state": one.career.now.state,
            "state_since": one.career.now.valid_from,
            "promised_year": one.career.promised,
            "begun": one.career.begun.valid_from.year if one.career.begun else None,
            "found": one.found,
            "slip": one.slip,
            "last_heard": one.career.heard,
            "turns": [asdict(turn) for turn in one.turns],
            "outlook": {year: _estimate(e) for year, e in (found.outlook(one) or {}).items()} or None,
        }
        for one in found.accounts
        if one.promises
    ]
    parts = {
        "as_of": found.known,
        "promises": promised,
        "projects": projects,
        "curves": [_curve(one) for one in found.table],
        "curves_if_silence_is_failure": [_curve(one) for one in found.lower],
        "prior_weight": PRIOR_WEIGHT,
        "scores": {
            "held_out": [asdict(one) for one in found.held],
            "split": found.split,
            "over_time": [asdict(one) for one in found.later],
        },
    }
    return json.dumps(parts, indent=1, ensure_ascii=False, default=str)


def _estimate(one: Estimate) -> dict[str, float]:
    return {"mean": one.mean, "low": one.low, "high": one.high}


def _curve(one: StateCurve) -> dict[str, Any]:
    chances = {year: _estimate(e) for year, e in one.chances.items()}
    return {**asdict(one), "chances": chances, "pack": dict(one.pack)}


# Words -----------------------------------------------------------------------------------------------------------------------


def show(found: Answer, language: str, single: bool) -> None:
    """The answer as tables."""
    from rich.console import Console
    from rich.table import Table

    words = Wording("ledger_words", language)
    console = Console()
    if not console.is_terminal:
        # Names must stay whole in a file or a pipe.
        console = Console(width=200)
    promised = [promise for one in found.accounts for promise in one.promises]
    if not promised:
        console.print(words("none", day=found.known))
        return
    counts = Counter(promise.found for promise in promised)
    told = ", ".join(f"{counts[one]} {words(f'found.{one}')}" for one in FOUND if counts[one])
    projects = sum(1 for one in found.accounts if one.promises)
    table = Table(title=words("title", day=found.known, promises=len(promised), projects=projects, counts=told))
    columns = ("project", "said", "state", "promised", "capacity", "found", "found_year", "slip")
    for column in columns:
        right = column in ("promised", "found_year", "slip")
        table.add_column(words(column), justify="right" if right else "left", overflow="fold")
    for one in promised:
        size = " + ".join(
            f"{words.number(amount, 1).removesuffix(words.number(0, 1)[1:])} {unit}" for amount, unit in one.size
        )
        slip = "" if one.slip is None else f"{'≥ ' if one.at_least and one.slip > 0 else ''}{one.slip:+d}"
        table.add_row(
            found.name(one.project, language),
            str(one.said),
            words(f"state.{one.state}"),
            str(one.year),
            size,
            words(f"found.{one.found}"),
            "" if one.found_year is None else str(one.found_year),
            slip,
        )
    console.print(table)
    if single:
        _history(found, found.accounts[0], words, console)
    _curves(found, words, console)
    _scores(words("scores.held"), found.held, words, console)
    _scores(words("scores.time", split=found.split), found.later, words, console)


def _history(found: Answer, account: Account, words: Wording, console: Any) -> None:
    from rich.table import Table

    table = Table(title=words("history"))
    for column in ("said", "state", "promised", "note", "source"):
        table.add_column(words(column), overflow="fold")
    for one in account.career.statements:
        note = found.rows[one.line].get("note") or ""
        year = str(one.promised) if one.named else ""
        table.add_row(str(one.known), words(f"state.{one.state}"), year, note, found.source(one.line))
    console.print(table)
    if account.turns:
        console.print(words("turns"))
    for turn in account.turns:
        before = turn.before if turn.kind == "owners" else found.name(turn.before, words.language)
        after = turn.after if turn.kind == "owners" else found.atlas.name("items", turn.after, words.language)
        console.print("  " + words(f"turn.{turn.kind}", since=turn.since, before=before, after=after), highlight=False)
    chances = found.outlook(account)
    if chances:
        console.print(words("outlook"))
        for coming, chance in chances.items():
            console.print(f"  {coming}: {_range(chance, words)}", highlight=False)


def _range(one: Estimate, words: Wording) -> str:
    return f"{words.percent(one.mean)} ({words.percent(one.low)}–{words.percent(one.high)})"


def _curves(found: Answer, words: Wording, console: Any) -> None:
    from rich.table import Table

    table = Table(title=words("curves"))
    table.add_column(words("state"))
    for column in ("projects", "known"):
        table.add_column(words(column), justify="right")
    for year in SHOWN:
        table.add_column(f"+{year}" if year else "0", justify="right")
    for one in found.table:
        table.add_row(
            words(f"state.{one.state}"),
            str(one.projects),
            f"{one.begun}, {one.given_up}",
            *(f"{_range(one.chances[year], words)} [{words.percent(one.pack[year])}]" for year in SHOWN),
        )
    console.print(table)
    lower = {one.state: words.percent(one.chances[1].mean) for one in found.lower}
    console.print(words("few", decided=found.decided, weight=f"{PRIOR_WEIGHT:g}"), highlight=False)
    if found.quiet and {"fid", "construction"} <= lower.keys():
        console.print(
            words("silence", projects=found.quiet, **{s: lower[s] for s in ("fid", "construction")}), highlight=False
        )


def _scores(title: str, scores: Sequence[Score], words: Wording, console: Any) -> None:
    from rich.table import Table

    if not scores:
        return
    table = Table(title=title)
    table.add_column(words("method"))
    for column in ("crps", "brier", "projects", "gain"):
        table.add_column(words(column), justify="right")
    for one in scores:
        gain = f"{words.number(one.gain, 3)} ({words.number(one.gain_low, 3)}–{words.number(one.gain_high, 3)})"
        table.add_row(
            words(f"method.{one.method}"),
            words.number(one.crps, 3),
            words.number(one.brier, 3),
            str(one.projects),
            "" if one.method == "announced" else gain,
        )
    console.print(table)
