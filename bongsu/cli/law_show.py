"""Answers of ``bongsu law`` as tables, sheets, JSON and CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import typer

from bongsu.atlas.near import near
from bongsu.cli.law_facts import as_date
from bongsu.cli.shell import BAD_INPUT, BadInput, say
from bongsu.law import Finding, Found, Instrument, Law, LawError, LawOn, Parameter, Scope
from bongsu.law.diff import News
from bongsu.law.instrument import ANY, Fact, timeline
from bongsu.law.words import amount, colon, lines, number, phrase, semicolon, step_text, unit_names, word, working

#: Keys of one parameter shown in the list of instruments.
_KEYS = 3
#: Least width of the column of a table that holds sentences.
_WIDE = 38
#: Width of a table that is written to a file or a pipe.
_UNBOUND = 160


def law_on(date: str, known: str | None, take: Sequence[str] | None = None, latest: bool = False) -> LawOn:
    """The law on a day as known on a day, or a sentence; ``latest`` = as known today unless a day of knowledge is given."""
    law = _law()
    day = as_date(date)
    seen = max(day, law.latest) if latest else day
    asked = law.on(day, seen if known is None else as_date(known, last=True))
    branches = {}
    for one in take or ():
        name, sign, branch = one.partition("=")
        if not sign:
            raise BadInput(f"--take is {one!r}; write question=branch, as `bongsu law show` lists them")
        branches[name.strip()] = branch.strip()
    try:
        return asked.taking(branches)
    except ValueError as error:
        raise BadInput(str(error)) from None


def _law() -> Law:
    try:
        return Law.load()
    except LawError as error:
        raise BadInput(str(error)) from None


def _print_json(answer: Any) -> None:
    print(json.dumps(answer, indent=1, ensure_ascii=False, default=str))


def _print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    print(text.getvalue(), end="")


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = (), wide: int = -1
) -> None:
    """Print a table; columns of ``right`` are set to the right, that of ``wide`` holds sentences."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        # In a file or a pipe nothing bounds a line; names and sources must stay whole.
        console = Console(width=_UNBOUND)
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        justify: Literal["left", "right"] = "right" if index in right else "left"
        table.add_column(column, justify=justify, overflow="fold", min_width=_WIDE if index == wide else None)
    for row in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    console.print(table)


# The law on a day --------------------------------------------------------------------------------------------------------


def on(law: LawOn, jurisdiction: str | None, lang: str, as_json: bool, as_csv: bool) -> None:
    """Every instrument with status and main values."""
    places = sorted({one.jurisdiction for one in law.law})
    if jurisdiction is not None and jurisdiction.upper() not in [place.upper() for place in places]:
        raise BadInput(f"there is no jurisdiction {jurisdiction!r}; use one of {', '.join(places)}")
    rows = []
    for instrument in law.law:
        if jurisdiction is not None and instrument.jurisdiction.upper() != jurisdiction.upper():
            continue
        fact = law.status_fact(instrument.id)
        rows.append(
            {
                "instrument": instrument.id,
                "title": instrument.title[lang],
                "jurisdiction": instrument.jurisdiction,
                "kind": instrument.kind,
                "status": str(law.status(instrument.id)),
                "from": None if fact is None else str(fact.first),
                "to": None if fact is None or fact.last is None else str(fact.last),
                "values": {name: _now(law, instrument, own) for name, own in instrument.parameters.items()},
            }
        )
    if as_json:
        _print_json({"date": law.date, "known": law.known, "instruments": rows})
        return
    for row, instrument in zip(rows, (law.law[str(one["instrument"])] for one in rows), strict=True):
        row["values"] = _main_values(law, instrument, lang)
    if as_csv:
        _print_csv(rows, ("instrument", "title", "jurisdiction", "kind", "status", "from", "to", "values"))
        return
    heads = [phrase(f"cli.{name}", lang) for name in ("instrument", "place", "status", "since", "until", "values")]
    shown = [
        (
            str(row["instrument"]),
            str(row["jurisdiction"]),
            phrase(f"cli.status.{row['status']}", lang),
            str(row["from"] or ""),
            str(row["to"] or ""),
            str(row["values"]),
        )
        for row in rows
    ]
    table(phrase("cli.title.on", lang, date=law.date, known=law.known), heads, shown)


def _now(law: LawOn, instrument: Instrument, own: Parameter) -> Any:
    """Values of a parameter on the day, by key; a single one without its key."""
    found = {key: one.value for key in own.keys if (one := law.find(instrument.id, own.name, key)) and one.key == key}
    plain = {key: _plain_value(value) for key, value in found.items()}
    return plain[ANY] if list(plain) == [ANY] else plain


def _plain_value(value: Any) -> Any:
    return _json_number(value) if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value


def _json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _main_values(law: LawOn, instrument: Instrument, lang: str) -> str:
    """Numbers of an instrument on the day in short; lists and long tables are counted."""
    parts = []
    for own in instrument.parameters.values():
        found = [one for key in own.keys if (one := law.find(instrument.id, own.name, key)) and one.key == key]
        numbers = [one for one in found if isinstance(one.value, Decimal)]
        if not numbers:
            continue
        shown = [
            ("" if one.key == ANY else f"{word(one.key, lang)} ") + amount(one.number, own.unit, lang)
            for one in numbers[:_KEYS]
        ]
        more = f", … ({len(numbers)})" if len(numbers) > _KEYS else ""
        name = own.name if lang == "en" else own.title[lang]
        parts.append(f"{name}{colon(lang)}{', '.join(shown)}{more}")
    return semicolon(lang).join(parts)


# One instrument ----------------------------------------------------------------------------------------------------------


def sheet(law: LawOn, name: str, lang: str, as_json: bool) -> None:
    """One instrument in full."""
    if name not in law.law.instruments:
        found = near(name, law.law.instruments)
        hint = f"did you mean {', '.join(found)}?" if found else f"`bongsu law on {law.date}` lists all"
        raise BadInput(f"there is no instrument {name!r}; {hint}")
    instrument = law.law[name]
    if as_json:
        _print_json(_sheet_json(law, instrument, lang))
        return
    for line in sheet_lines(law, instrument, lang):
        say(line)


def _sheet_json(law: LawOn, own: Instrument, lang: str) -> dict[str, Any]:
    return {
        "instrument": own.id,
        "date": law.date,
        "known": law.known,
        "title": own.title[lang],
        "summary": own.told(law.known, lang),
        "jurisdiction": own.jurisdiction,
        "kind": own.kind,
        "authority": own.authority,
        "citation": own.citation,
        "clock": own.clock,
        "status": str(law.status(own.id)),
        "timeline": [_fact_json(law, fact) for fact in timeline(own.status, law.known)],
        "parameters": [
            {
                "name": one.name,
                "title": one.title[lang],
                "unit": one.unit,
                "clock": one.clock,
                "met": one.met or None,
                "citation": one.citation or own.citation,
                "values": {
                    key: [_fact_json(law, fact) for fact in timeline(facts, law.known)]
                    for key, facts in one.facts.items()
                },
            }
            for one in own.parameters.values()
        ],
        "questions": [
            {
                "name": question.name,
                "title": question.title[lang],
                "from": question.first,
                "known": question.known,
                "open": law.open(question),
                "default": question.default,
                "branches": [
                    {"name": b.name, "title": b.title[lang], "weight": _json_number(b.weight)}
                    for b in question.branches
                ],
                "source": _source(law, question.source),
            }
            for question in own.questions
            if question.known <= law.known
        ],
        "switches": {
            key: {"options": value.get("options"), "default": value.get("default"), "title": _title(value, lang)}
            for key, value in own.readings(law.known).items()
        },
        "events": [
            {"date": event["date"], "known": event["known"], "title": event["title"][lang]}
            for event in own.events
            if event["known"] <= law.known
        ],
        "cautions": [
            {"from": one.first, "to": one.last, "known": one.known, "text": one.text[lang]}
            for one in own.cautions
            if one.known <= law.known
        ],
        "duty": own.duty,
        "note": own.note,
    }


def _title(own: Mapping[str, Any], lang: str) -> str:
    title = own.get("title", "")
    return str(title.get(lang, "")) if isinstance(title, Mapping) else str(title)


def _fact_json(law: LawOn, fact: Fact) -> dict[str, Any]:
    return {
        "value": _plain_value(fact.value),
        "from": fact.first,
        "to": fact.last,
        "known": fact.known,
        "source": _source(law, fact.source),
        "confidence": fact.confidence,
        "note": fact.note,
    }


def _source(law: LawOn, source: str) -> dict[str, Any]:
    row = law.law.sources[source]
    return {"id": source, "title": row["title"], "publisher": row["publisher"], "date": row["date"], "url": row["url"]}


def sheet_lines(law: LawOn, own: Instrument, lang: str) -> Iterable[str]:
    """The sheet of an instrument as known on a day, line by line."""
    sign = colon(lang)
    yield f"{own.id} — {own.title[lang]}"
    if law.known < own.began:
        yield phrase("cli.not-known", lang, known=law.known) + "."
        return
    yield own.told(law.known, lang)
    yield ""
    kind, clock = phrase(f"cli.kind.{own.kind}", lang), phrase(f"cli.clock.{own.clock}", lang)
    said = {"authority": own.authority, "citation": own.citation, "kind": kind, "clock": clock}
    for key, text in {**said, "place": own.jurisdiction}.items():
        label = phrase(f"cli.{key}", lang)
        yield f"{label[0].upper()}{label[1:]}{sign}{text}"
    if own.governs:
        yield f"{phrase('cli.governs', lang)}{sign}" + " | ".join(_scope(scope, lang) for scope in own.governs)
    yield f"{phrase('cli.answer', lang, date=law.date, known=law.known)}{sign}{_status(law, own, lang)}"
    yield ""
    yield f"{phrase('cli.timeline', lang)} (* {phrase('cli.today', lang, date=law.date)})"
    for fact in timeline(own.status, law.known):
        yield _dated(law, fact, phrase(f"cli.status.{fact.value}", lang), lang)
    yield ""
    yield phrase("cli.parameters", lang)
    for one in own.parameters.values():
        met = f", {phrase(f'met.{one.met}', lang)}" if one.met else ""
        other = phrase(f"cli.clock.{one.clock}", lang)
        clock = f", {phrase('cli.clock', lang).lower()}{sign}{other}" if one.clock != own.clock else ""
        place = f" ({one.citation})" if one.citation else ""
        yield f"  {one.title[lang]} [{one.name}; {unit_names(one.unit)[lang]}{met}{clock}]{place}"
        for key, facts in one.facts.items():
            for fact in timeline(facts, law.known):
                shown = _value(fact, one, lang)
                yield "  " + _dated(law, fact, shown if key == ANY else f"{word(key, lang)}{sign}{shown}", lang)
    asked = [question for question in own.questions if question.known <= law.known]
    if asked:
        yield ""
        yield phrase("cli.questions", lang)
    for question in asked:
        yield f"  {question.name}{sign}{question.title[lang]}"
        for branch in question.branches:
            default = f" ({phrase('cli.default', lang)})" if branch.name == question.default else ""
            weight = f"{phrase('cli.weight', lang)} {number(branch.weight, lang)}"
            yield f"    {branch.name}{default}, {weight}{sign}{branch.title[lang]}"
    readings = own.readings(law.known)
    if readings:
        yield ""
        yield phrase("cli.switches", lang)
    for name, switch in readings.items():
        options = " | ".join(map(str, switch.get("options", ())))
        yield f"  {name} = {options} ({phrase('cli.default', lang)}{sign}{switch.get('default')}){sign}{_title(switch, lang)}"
    events = [event for event in own.events if event["known"] <= law.known]
    if events:
        yield ""
        yield phrase("cli.events", lang)
    for event in events:
        yield f"  {event['date']}{sign}{event['title'][lang]}"
    told = [caution for caution in own.cautions if caution.known <= law.known]
    if told:
        yield ""
        yield phrase("cli.cautions", lang)
    for caution in told:
        until = phrase("cli.open-end", lang) if caution.last is None else str(caution.last)
        yield f"  {caution.first} – {until}{sign}{caution.text[lang]}"
    if own.note:
        yield ""
        yield f"{phrase('cli.note', lang)}{sign}{own.note}"


def _status(law: LawOn, own: Instrument, lang: str) -> str:
    return phrase(f"cli.status.{law.status(own.id)}", lang)


def shown_text(value: str, lang: str) -> str:
    """A value of law that is a text, in the words of the language."""
    from bongsu.law.calendar import shown

    return shown(value, "", lang)


def _scope(scope: Scope, lang: str) -> str:
    parts = [
        f"{phrase(f'cli.scope.{name}', lang)} {', '.join(word(one, lang) for one in getattr(scope, name))}"
        for name in Scope.__dataclass_fields__
        if getattr(scope, name)
    ]
    return semicolon(lang).join(parts)


def _value(fact: Fact, own: Parameter, lang: str) -> str:
    if isinstance(fact.value, Decimal):
        return amount(fact.value, own.unit, lang)
    if isinstance(fact.value, tuple):
        return ", ".join(word(one, lang) for one in fact.value)
    return shown_text(fact.value, lang)


def _dated(law: LawOn, fact: Fact, shown: str, lang: str) -> str:
    end = str(fact.last) if fact.last else phrase("cli.open-end", lang)
    mark = "*" if fact.holds(law.date) else " "
    source = law.law.sources[fact.source]["title"]
    unsure = f" ({phrase('unverified', lang)})" if fact.confidence == "assumed" else ""
    note = f" {fact.note}" if fact.note else ""
    known = f"{phrase('cli.known', lang)} {fact.known}"
    return f"  {mark} {fact.first} – {end}{colon(lang)}{shown}. {known}{semicolon(lang)}{source}{unsure}.{note}"


# Tests -------------------------------------------------------------------------------------------------------------------


def finding(found: Finding, law: LawOn, dates: Mapping[str, dt.date], lang: str, as_json: bool) -> None:
    """A finding with its reasons; ``dates`` are those of the record by field."""
    if as_json:
        decided = {"decided_by": dict(dates)} if dates else {}
        _print_json({"date": law.date, "known": law.known, **decided, **finding_json(found, law, lang)})
        return
    say(_decided(found, law, dates, lang) + ".")
    for line in lines(found, law, lang):
        say(line)


def _decided(found: Finding, law: LawOn, dates: Mapping[str, dt.date], lang: str) -> str:
    """Which dates the answer was decided by: those of the record, the day asked about, or both."""
    if not dates:
        return phrase("cli.answer", lang, date=law.date, known=law.known)
    said = ", ".join(f"{phrase(f'date.{name}', lang)} {day}" for name, day in dates.items())
    asked = {one.day for one in found.values} - set(dates.values())
    key = "cli.answer.both" if law.date in asked else "cli.answer.record"
    return phrase(key, lang, dates=said, date=law.date, known=law.known)


def finding_json(found: Finding, law: LawOn, lang: str) -> dict[str, Any]:
    """A finding as data; ``exact`` holds a figure with all its digits."""
    return {
        "regime": found.regime,
        "test": found.test,
        "title": phrase(f"{found.regime}.{found.test}", lang),
        "outcome": str(found.outcome),
        "figure": None if found.figure is None else _json_number(found.figure),
        "exact": None if found.figure is None else str(found.figure),
        "unit": found.unit,
        "threshold": None if found.threshold is None else _found_json(found.threshold, law, lang),
        "steps": [
            {
                "text": step_text(step, law, lang),
                "figure": None if step.figure is None else _json_number(step.figure),
                "unit": step.unit,
                "working": step.working,
                "outcome": None if step.outcome is None else str(step.outcome),
                "law": None if step.law is None else _found_json(step.law, law, lang),
            }
            for step in found.steps
        ],
        "missing": [phrase(one.what, lang, **one.args) for one in found.lacks],
        "switches": dict(found.switches),
        "amounts": {name: _json_number(value) for name, value in found.amounts.items()},
        "parts": [finding_json(part, law, lang) for part in found.parts],
    }


def _found_json(found: Found, law: LawOn, lang: str) -> dict[str, Any]:
    return {
        "instrument": found.instrument,
        "parameter": found.parameter.name,
        "title": found.parameter.title[lang],
        "key": None if found.key == ANY else found.key,
        "unit": found.parameter.unit,
        "met": found.parameter.met or None,
        "citation": found.parameter.citation or law.law[found.instrument].citation,
        **_fact_json(law, found.fact),
        "value": _plain_value(found.value),
    }


# Duties ------------------------------------------------------------------------------------------------------------------


def stack(entry: Any, law: LawOn, lang: str, as_json: bool) -> None:
    """The duties on goods, in order."""
    from bongsu.law.duty import by_use, duty

    found = duty(entry, law)
    owed = None if entry.value is None else found.amount(entry.value)
    missing = list(dict.fromkeys(phrase(one.what, lang, **one.args) for one in found.missing))
    if as_json:
        _print_json(
            {
                "date": law.date,
                "known": law.known,
                "goods": entry.model_dump(mode="json", exclude_none=True),
                "taken_as": None if found.taken_as is None else str(found.taken_as.value),
                "outcome": found.outcome,
                "total": None if found.total is None else _json_number(found.total),
                "floor": _json_number(found.floor),
                "deposits": _json_number(found.deposits),
                "refundable": _json_number(found.refundable),
                "refund_open": _json_number(found.refund_open),
                "amount": None if owed is None else _json_number(owed),
                "lines": [
                    {
                        "instrument": line.instrument,
                        "title": line.name[lang],
                        "state": str(line.state),
                        "rate": None if line.rate is None else _json_number(line.rate),
                        "base": line.base,
                        "reason": phrase(line.reason, lang, **line.args),
                        "by": line.by or None,
                        "refund": str(line.refund) if line.counts and line.rate else None,
                        "refund_wait_days": None if line.wait is None else _json_number(line.wait),
                        "refund_law": None if line.returned is None else _found_json(line.returned, law, lang),
                        "working": line.working,
                        "law": None if line.found is None else _found_json(line.found, law, lang),
                    }
                    for line in found.lines
                ],
                "missing": missing,
                "cautions": [{"title": title[lang], "text": text[lang]} for title, text in found.cautions],
            }
        )
        return
    asked = {"hs": entry.hs, "origin": entry.origin, "destination": entry.destination, "date": law.date}
    if found.taken_as is not None:
        say(phrase("duty.taken-as", lang, hs=entry.hs, line=str(found.taken_as.value)) + ".")
    rows = [
        (
            line.name[lang],
            "?"
            if line.state == "unknown"
            else number(line.rate, lang)
            if line.counts and line.rate is not None
            else "–",
            phrase(line.reason, lang, **line.args)
            + (f"{colon(lang)}{working(line.working, lang)}" if line.working else ""),
            _refund(line, lang),
            _where(line.found, law),
        )
        for line in found.lines
    ]
    heads = [phrase(f"cli.{name}", lang) for name in ("instrument", "rate", "reason", "refund", "law")]
    if rows:
        table(phrase("cli.duty", lang, **asked), heads, rows, right=(1,))
    else:
        say(phrase("cli.duty", lang, **asked) + ": " + phrase("cli.no-duty", lang) + ".")
    total = found.total
    if total is None:
        say(phrase("cli.total-unknown", lang, floor=amount(found.floor, "% of value", lang)) + ".")
    else:
        say(f"{phrase('cli.total', lang)}{colon(lang)}{amount(total, '% of value', lang)}.")
    if held := found.returns - found.refundable:
        say(phrase("cli.deposits", lang, deposits=amount(held, "% of value", lang)) + ".")
    if found.refundable:
        say(phrase("cli.refundable", lang, part=amount(found.refundable, "% of value", lang)) + ".")
    if found.refund_open:
        say(phrase("cli.refund-open", lang, part=amount(found.refund_open, "% of value", lang)) + ".")
    if owed is not None:
        say(phrase("cli.owed", lang, value=entry.value, owed=owed) + ".")
    for text in missing:
        say(f"{phrase('missing', lang)}{colon(lang)}{text}.")
    for use, either in by_use(entry, law).items() if total is None else ():
        say(f"{phrase(f'duty.amount.total-{use}', lang)}{colon(lang)}{number(either, lang)}.")
    for title, told in found.cautions:
        say(phrase("duty.caution", lang, name=title, text=told))


def _refund(line: Any, lang: str) -> str:
    """Whether what is paid on a line comes back, and the source that says so."""
    if not line.counts or not line.rate:
        return "–"
    said = phrase(f"refund.{line.refund}", lang)
    return (
        said if line.returned is None else f"{said}; {_sure(line.returned.fact.source, line.returned.fact.confidence)}"
    )


def _where(found: Found | None, law: LawOn) -> str:
    if found is None:
        return ""
    unsure = " (!)" if found.fact.confidence == "assumed" else ""
    return f"{found.parameter.citation or law.law[found.instrument].citation}; {found.fact.source}{unsure}"


# Calendar and differences ------------------------------------------------------------------------------------------------


def calendar(
    first: str, last: str, known: str | None, ics: Path | None, lang: str, as_json: bool, as_csv: bool
) -> None:
    """What happens in the law between two days."""
    from bongsu.law.calendar import events, to_ics

    begin, end = as_date(first), as_date(last, last=True)
    seen = dt.date.today() if known is None else as_date(known, last=True)
    try:
        found = events(_law(), begin, end, seen, lang)
    except ValueError as error:
        raise BadInput(str(error)) from None
    if ics is not None:
        from bongsu.cli.results import write_text

        write_text(ics, to_ics(found, lang))
    fields = ("date", "kind", "instrument", "parameter", "text", "source", "confidence", "known")
    rows = [{name: str(getattr(event, name)) for name in fields} for event in found]
    if as_json:
        _print_json({"from": begin, "to": end, "known": seen, "events": rows, **({"file": str(ics)} if ics else {})})
        return
    if as_csv:
        _print_csv(rows, fields)
        return
    shown = [(row["date"], row["text"], row["instrument"], _sure(row["source"], row["confidence"])) for row in rows]
    heads = [phrase(f"cli.{name}", lang) for name in ("date", "what", "instrument", "from-source")]
    if shown:
        table(phrase("cli.title.calendar", lang, first=begin, last=end, known=seen), heads, shown, wide=1)
    else:
        say(phrase("cli.title.calendar", lang, first=begin, last=end, known=seen) + ": " + phrase("cli.nothing", lang))
    if ics is not None:
        say(f"iCalendar: {ics}")


def diff(before: str, after: str, known: str | None, lang: str, as_json: bool) -> None:
    """What differs between the law on two days, and what was learned in between."""
    from bongsu.law.diff import diff as changes
    from bongsu.law.diff import gathered, news, told

    first, second = as_date(before), as_date(after)
    seen = None if known is None else as_date(known, last=True)
    law = _law()
    found = changes(law, first, second, seen, seen)
    learned = news(law, first, second) if seen is None and first < second else []
    if as_json:
        rows = [
            {
                "kind": one.kind,
                "instrument": one.instrument,
                "parameter": one.parameter,
                "key": one.key,
                "before": _plain_value(one.before),
                "after": _plain_value(one.after),
                "known": one.known,
                "text": one.texts[lang],
                "source": one.source,
                "confidence": one.confidence,
            }
            for one in found
        ]
        _print_json(
            {"before": first, "after": second, "known": seen, "changes": rows, "learned": news_json(learned, lang)}
        )
        return
    title = phrase("cli.title.diff", lang, before=first, after=second)
    if found:
        heads = [phrase(f"cli.{name}", lang) for name in ("what", "known-since", "instrument", "from-source")]
        rows_ = [
            (one.texts[lang], str(one.known or ""), one.instrument, _sure(one.source, one.confidence))
            for one in gathered(law, found)
        ]
        table(title, heads, rows_, wide=0)
    else:
        say(f"{title}: {phrase('cli.nothing', lang)}")
    if seen is not None or first >= second:
        return
    if learned:
        heads = [phrase(f"cli.{name}", lang) for name in ("known-since", "what", "instrument")]
        own = [(_days_known(*one.known), one.texts[lang], one.instrument) for one in told(learned)]
        table(phrase("diff.learned", lang), heads, own, wide=1)
        foreseen = dict.fromkeys(one.instrument for one in found if one.known is not None and one.known <= first)
        if foreseen:
            say(phrase("diff.foreseen", lang, first=first, instruments=", ".join(foreseen)))
    elif found:
        say(phrase("diff.learned-nothing", lang, first=first))
    else:
        say(phrase("diff.learned-same", lang))


def news_json(found: Sequence[News], lang: str) -> list[dict[str, Any]]:
    """What was learned between two days, as data."""
    return [
        {
            "instrument": one.instrument,
            "parameter": one.parameter or None,
            "key": None if one.key in ("", ANY) else one.key,
            "from": one.first,
            "to": one.last,
            "before": _plain_value(one.before),
            "after": _plain_value(one.after),
            "known": one.known,
            "text": one.texts[lang],
        }
        for one in found
    ]


def _days_known(first: dt.date, last: dt.date) -> str:
    return str(first) if first == last else f"{first} – {last}"


def _sure(source: str, confidence: str) -> str:
    return f"{source} (!)" if confidence == "assumed" else source


# Check -------------------------------------------------------------------------------------------------------------------


def check(folder: Path | None, as_json: bool) -> None:
    """Every mistake in a folder of instruments; exit code 2 if there is any."""
    from bongsu.law.read import check as problems_of

    if folder is not None and not folder.is_dir():
        raise BadInput(f"there is no folder {folder}; give a folder of YAML files")
    problems = problems_of(folder)
    if as_json:
        _print_json({"errors": problems})
    else:
        for problem in problems:
            say(f"error: {problem}")
        count = len(list((folder or Path(str(_own()))).glob("*.yaml")))
        say(f"{len(problems)} errors in {count} instruments.")
    if problems:
        raise typer.Exit(BAD_INPUT)


def _own() -> Any:
    from importlib import resources

    return resources.files("bongsu.law").joinpath("instruments")
