"""The answer of ``bongsu replay``: past events answered as of their day, and scored against what then happened."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.shell import BadInput, Tell
from bongsu.cli.wording import Wording

if TYPE_CHECKING:
    from bongsu.atlas import Atlas
    from bongsu.chain import Chain
    from bongsu.law.instrument import LawOn
    from bongsu.plan import Plan
    from bongsu.stress.replay import Checked, PastEvent, Replayed

_MARKS = {"hit": "✓", "miss": "✗", "unknown": "?"}


def events(names: Sequence[str]) -> list[PastEvent]:
    """The events asked for: names, files, or ``all``."""
    from bongsu.stress.disruption import BadDisruption
    from bongsu.stress.replay import BadReplay, load, parse_event, shipped

    found = []
    try:
        for name in shipped() if list(names) == ["all"] else names:
            path = Path(name)
            found.append(parse_event(path.read_text(encoding="utf-8"), name) if path.is_file() else load(name))
    except (BadReplay, BadDisruption) as error:
        raise BadInput(str(error)) from None
    return found


def run(tell: Tell, asked: Sequence[PastEvent], whole: Atlas, case: str) -> list[Replayed]:
    """Replay events one after the other; a day of which too little is known is refused in the answer, not left out."""
    from bongsu.atlas import NotYetKnown
    from bongsu.chain import TooLittleKnown, UnknownCase
    from bongsu.chain.change import BadChange
    from bongsu.stress.disruption import BadDisruption
    from bongsu.stress.replay import BadReplay, Replayed, replay

    kept: dict[dt.date, tuple[Chain, Plan, LawOn]] = {}
    found = []
    for at, event in enumerate(asked, 1):
        tell(f"plan {at} of {len(asked)}: {event.name} as of {event.day}")
        try:
            if event.day not in kept:
                kept[event.day] = _made(whole, event.day, case)
            found.append(replay(event, kept.__getitem__))
        except (NotYetKnown, TooLittleKnown, UnknownCase, BadDisruption, BadChange) as error:
            found.append(Replayed(event, refused=str(error)))
        except BadReplay as error:
            raise BadInput(f"{event.name}: {error}") from None
    return found


def _made(whole: Atlas, day: dt.date, case: str) -> tuple[Chain, Plan, LawOn]:
    from bongsu.chain import Chain, Choices, TooLittleKnown
    from bongsu.cli.shell import LawAsked, law_of
    from bongsu.plan import Plan

    atlas = whole.as_of(day)
    row = atlas.row("cases", case)
    if row is None:
        raise TooLittleKnown(f"no outlook of demand for the case {case!r} was known by {day}")
    try:
        under = law_of(LawAsked(), day, row)
    except BadInput as error:
        raise TooLittleKnown(str(error)) from None
    assert under is not None
    chain = Chain.of(atlas, case, Choices(law=under))
    return chain, Plan.of(chain.network), under.law


def as_json(found: Sequence[Replayed]) -> str:
    """Everything as JSON."""
    from bongsu.stress.replay import scores

    parts = {
        "scores": _finite(asdict(scores(found))),
        "events": [
            {
                "event": one.event.name,
                "day": one.event.day,
                "happened": one.event.happened,
                "refused": one.refused or None,
                "regret": one.regret,
                "unserved": one.unserved,
                "checks": [_finite(asdict(check)) for check in one.checked],
            }
            for one in found
        ],
    }
    return json.dumps(parts, indent=1, ensure_ascii=False, default=str)


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}


def page(found: Sequence[Replayed], language: str = "en") -> str:
    """The scored page as Markdown."""
    from bongsu.stress.replay import scores

    words = Wording("replay_words", language)
    total = scores(found)
    lines = [f"# {words('title')}", "", words("written"), "", words("how"), "", f"## {words('scores')}", ""]
    lines += [f"- {text}" for text in _summary(total, words)]
    lines += ["", f"| {words('event')} | {words('day')} | {words('checks')} | {words('misses')} | {words('regret')} |"]
    lines.append("| --- | --- | ---: | ---: | ---: |")
    for one in found:
        misses = sum(check.verdict == "miss" for check in one.checked)
        regret = "" if one.regret is None else _millions(one.regret, words)
        count = words("refused") if one.refused else f"{one.hits}/{len(one.checked)}"
        lines.append(f"| [{one.event.name}](#{one.event.name}) | {one.event.day} | {count} | {misses} | {regret} |")
    for one in found:
        lines += ["", f"## {one.event.name}", "", *_event(one, words)]
    return "\n".join(lines) + "\n"


def _summary(total: Any, words: Wording) -> list[str]:
    parts = [
        words("s.checks", hits=total.hits, misses=total.misses, unknown=total.unknown),
        words("s.events", events=total.events, refused=total.refused),
    ]
    if total.intervals:
        parts.append(words("s.covered", covered=total.covered, intervals=total.intervals))
    if total.prices:
        parts.append(words("s.prices", covered=total.covered_prices, prices=total.prices))
    if math.isfinite(total.brier):
        parts.append(words("s.brier", brier=words.number(total.brier, 3), naive=words.number(total.brier_naive, 3)))
    if math.isfinite(total.error):
        parts.append(words("s.error", error=words.percent(total.error), naive=words.percent(total.error_naive)))
    parts.append(words("s.regret", regret=_millions(total.regret, words)))
    return parts


def _millions(value: float, words: Wording) -> str:
    """Money in millions; what is rounding of the solver is zero, without a sign."""
    return words.number(round(value / 1e6, 1) + 0.0, 1)


def _event(one: Replayed, words: Wording) -> list[str]:
    language = words.language
    event = one.event
    title = event.title.get(language) or event.title.get("en") or event.name
    lines = [
        f"**{title}** — {event.day}. {event.source}.",
        "",
        (event.text.get(language) or event.text.get("en") or "").strip(),
    ]
    if one.refused:
        return [*lines, "", words("refused_why", why=one.refused)]
    if one.answer is not None:
        lines += [
            "",
            f"| {words('branch')} | {words('weight')} | {words('more')} | {words('foreseen')} | {words('plants')} |",
        ]
        lines.append("| --- | ---: | ---: | ---: | ---: |")
        for branch in one.answer.branches:
            mark = " ←" if branch.branch.name == event.happened else ""
            more, ahead = (words.number(v / 1e6, 1) for v in (branch.more, branch.foreseen))
            stops = sum(row.stopped for row in branch.standstills)
            weight, less = words.percent(branch.branch.weight), len(branch.standstills)
            lines.append(f"| {branch.branch.name}{mark} | {weight} | {more} | {ahead} | {less} ({stops}) |")
        lines += ["", words("arrow")]
    lines += [
        "",
        f"| | {words('asked')} | {words('said')} | {words('came')} | {words('source')} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for check in one.checked:
        lines.append(
            f"| {_MARKS[check.verdict]} | {_what(check)} | {check.said} | {_came(check, language)} | {check.check.source} |"
        )
    return lines


def _what(check: Checked) -> str:
    named = ", ".join(
        f"{key} {value}" for key, value in check.check.asked.items() if key not in ("is", "actual", "began")
    )
    return f"{check.check.kind}: {named}" if named else check.check.kind


def _came(check: Checked, language: str) -> str:
    return check.check.outcome.get(language) or check.check.outcome.get("en") or ""


def show(found: Sequence[Replayed], language: str) -> None:
    """A summary on the terminal."""
    from rich.console import Console
    from rich.table import Table

    from bongsu.stress.replay import scores

    words = Wording("replay_words", language)
    console = Console() if Console().is_terminal else Console(width=180)
    for text in _summary(scores(found), words):
        console.print(text, highlight=False)
    table = Table()
    for head in ("event", "asked", "said", "came"):
        table.add_column(words(head), overflow="fold")
    for one in found:
        if one.refused:
            table.add_row(one.event.name, "–", words("refused_why", why=one.refused), "")
        for check in one.checked:
            table.add_row(one.event.name, f"{_MARKS[check.verdict]} {_what(check)}", check.said, _came(check, language))
    console.print(table)
