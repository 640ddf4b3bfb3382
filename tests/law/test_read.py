"""What is wrong with an instrument is said with file, line and what to do; the two clocks of the law are kept apart."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.law import Law, LawError, NotInLaw, Status
from bongsu.law.instrument import Fact, Instrument, Parameter
from bongsu.law.read import check, parse

SOURCES: dict[str, dict[str, Any]] = {"act": {"title": "The Act"}, "notice": {"title": "The Notice"}}
SOUND = """\
instrument: xx-levy
title: {en: Levy, ko: 부과금, fr: Taxe}
summary: {en: A levy., ko: 부과금이다., fr: Une taxe.}
jurisdiction: XX
kind: import duty
authority: Parliament
citation: Act, section 1
clock: entry
governs:
  - hs: ["850760"]
    destination: [XX]
status:
  - {from: 2025-01-01, to: 2025-06-30, is: in force, known: 2024-12-01, source: act, confidence: stated}
  - {from: 2025-07-01, is: expired, known: 2024-12-01, source: act, confidence: stated}
parameters:
  rate:
    title: {en: Rate, ko: 세율, fr: Taux}
    unit: "%"
    met: at least
    values:
      - {from: 2025-01-01, to: 2025-03-31, value: 10, known: 2024-12-01, source: act, confidence: stated}
      - {from: 2025-04-01, value: 12.5, known: 2024-12-01, source: act, confidence: stated}
questions:
  - name: levy-after
    title: {en: Will it return?, ko: 다시 부과되는가?, fr: Reviendra-t-elle ?}
    from: 2025-07-01
    known: 2025-02-01
    default: gone
    source: notice
    branches:
      - {name: gone, weight: 0.75, title: {en: Gone, ko: 폐지, fr: Supprimée}}
      - {name: back, weight: 0.25, is: in force, rate: 20, title: {en: Back, ko: 부활, fr: Rétablie}}
events:
  - {date: 2025-05-05, known: 2025-01-01, source: act, title: {en: Hearing, ko: 공청회, fr: Audience}}
"""


def law_of(text: str = SOUND) -> Law:
    instrument = parse(text, SOURCES, "xx-levy.yaml")
    return Law({instrument.id: instrument}, SOURCES)


#: What is changed in the sound file, and the sentence that must be said of it (a pattern after file and line).
MISTAKES: dict[str, tuple[str, str, str]] = {
    "a day left out": ("{from: 2025-04-01", "{from: 2025-04-02", r"line 22: rate: nothing is said of 2025-04-01 to 2025-04-01"),
    "two values on a day": ("{from: 2025-04-01", "{from: 2025-03-31", r"line 22: rate: two statements .* overlap on 2025-03-31"),
    "a status left out": ("{from: 2025-07-01, is", "{from: 2025-07-03, is", r"status: nothing is said of 2025-07-01 to 2025-07-02"),
    "two states on a day": ("{from: 2025-07-01, is", "{from: 2025-06-30, is", r"status: two statements .* overlap on 2025-06-30"),
    "unknown status": ("is: expired", "is: dormant", r"line 14: status is 'dormant'; use proposed, enacted, in force"),
    "nothing after the end": (
        "  - {from: 2025-07-01, is: expired, known: 2024-12-01, source: act, confidence: stated}\n",
        "",
        r"status: nothing is said after 2025-06-30, .*; say what follows",
    ),
    "no source": ("value: 10, known: 2024-12-01, source: act", "value: 10, known: 2024-12-01", r"line 21: source is missing"),
    "unknown source": ("value: 10, known: 2024-12-01, source: act", "value: 10, known: 2024-12-01, source: rumour",
                       r"line 21: the source 'rumour' is not in sources\.csv"),
    "no day of knowledge": ("value: 10, known: 2024-12-01", "value: 10", r"line 21: known is missing"),
    "unknown confidence": ("value: 10, known: 2024-12-01, source: act, confidence: stated",
                           "value: 10, known: 2024-12-01, source: act, confidence: sure",
                           r"line 21: confidence is 'sure'; use stated, derived, assumed"),
    "no value": ("value: 10, ", "", r"line 17: rate: a statement without a value"),
    "bad date": ("{from: 2025-04-01", "{from: 1 April 2025", r"line 22: from is '1 April 2025', which is not a date such as"),
    "ends before it begins": ("to: 2025-03-31", "to: 2024-03-31", r"line 21: it ends on 2024-03-31, before it begins on"),
    "language missing": (", fr: Taxe}", "}", r"line 1: title must be given in en, ko and fr"),
    "language of a value missing": ("ko: 세율, ", "", r"line 17: title must be given in en, ko and fr"),
    "number as HS prefix": ('["850760"]', "[8507.60]", r"line 10: hs must be HS prefixes of 2 to 10 digits in quotes"),
    "unknown word under governs": ("destination: [XX]", "port: [XX]", r"line 10: governs knows no port"),
    "weights": ("weight: 0.25", "weight: 0.3", r"line 24: the weights of the branches must add to 1"),
    "default that is no branch": ("default: gone", "default: away", r"line 24: default must name one of the branches"),
    "question without a day": ("    known: 2025-02-01\n", "", r"line 24: an open question needs from and known"),
    "event without a source": ("source: act, title: {en: Hearing", "title: {en: Hearing", r"line 34: the source None is not in"),
    "unknown clock": ("clock: entry", "clock: sundial", r"line 1: clock is 'sundial'; use entry, sale"),
    "unknown kind": ("kind: import duty", "kind: toll", r"line 1: kind is 'toll'; use import duty"),
    "unknown comparison": ("met: at least", "met: above", r"line 17: met is 'above'; use at least"),
    "no unit": ('    unit: "%"\n', "", r"line 17: the parameter rate needs a unit and values"),
    "unknown part": ("clock: entry", "clock: entry\ncolour: red", r"'colour' is no part of an instrument; use"),
    "unknown part of a statement": ("value: 10,", "value: 10, until: 2026,", r"line 21: a dated statement has no 'until'"),
    "needed part missing": ("citation: Act, section 1\n", "", r"citation is missing; every instrument needs one"),
    "twice": ("clock: entry", "clock: entry\nclock: sale", r"line 9: this is not YAML \('clock' is given twice\)"),
    "no YAML": ("parameters:", "parameters: [", r"line \d+: this is not YAML"),
    "capitals in the name": ("instrument: xx-levy", "instrument: XX levy", r"'XX levy' is no identifier; use small letters"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_with_file_and_line(name: str) -> None:
    old, new, said = MISTAKES[name]
    assert SOUND.count(old) >= 1, "the sound file has changed"
    with pytest.raises(LawError) as caught:
        parse(SOUND.replace(old, new, 1), SOURCES, "xx-levy.yaml")
    problems = caught.value.problems
    assert any(re.search(said, problem) for problem in problems), problems
    for problem in problems:
        assert re.match(r"xx-levy\.yaml, line \d+: .+\.$", problem, flags=re.DOTALL), problem


def test_every_mistake_is_named_at_once() -> None:
    text = SOUND.replace("is: expired", "is: dormant").replace("weight: 0.25", "weight: 0.3")
    with pytest.raises(LawError) as caught:
        parse(text, SOURCES, "xx-levy.yaml")
    assert len(caught.value.problems) == 2
    assert str(caught.value).startswith("2 errors in the instruments.")


def test_the_instruments_of_the_package_are_sound() -> None:
    assert check() == []


def test_a_folder_is_checked_with_its_sources(tmp_path: Path) -> None:
    (tmp_path / "other-name.yaml").write_text(SOUND, encoding="utf-8")
    assert "sources.csv is missing beside the instruments" in "\n".join(check(tmp_path))
    header = "source,title,publisher,date,url,licence,language,grade\n"
    rows = "".join(f"{name},The {name},Parliament,,,public domain,en,primary\n" for name in SOURCES)
    (tmp_path / "sources.csv").write_text(header + rows, encoding="utf-8")
    said = "\n".join(check(tmp_path))
    assert "the instrument is called 'xx-levy', its file 'other-name'; make them the same" in said
    assert check(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'} holds no instrument; give a folder of YAML files."]


def test_numbers_are_decimals_and_country_codes_stay_words() -> None:
    law = law_of(SOUND.replace("destination: [XX]", "destination: [NO, on]"))
    assert law["xx-levy"].governs[0].destination == ("NO", "on")
    value = law.on("2025-05-01").value("xx-levy", "rate")
    assert (value.value, value.fact.line) == (Decimal("12.5"), 22)


# Two clocks --------------------------------------------------------------------------------------------------------------


def test_the_day_asked_about_and_the_day_of_knowledge_are_two() -> None:
    law = law_of()
    assert law.on("2025-02-01").status("xx-levy") is Status.IN_FORCE
    assert law.on("2025-02-01", known="2024-11-30").status("xx-levy") is Status.NONE
    assert law.on("2024-12-31").status("xx-levy") is Status.NONE
    assert law.on("2025-07-01", known="2025-01-01").status("xx-levy") is Status.EXPIRED
    assert law.on("2025-02-01", known="2024-11-30").find("xx-levy", "rate") is None
    with pytest.raises(NotInLaw, match="rate has no value on 2025-02-01, as known on 2024-11-30"):
        law.on("2025-02-01", known="2024-11-30").value("xx-levy", "rate")


LATER = "      - {from: 2025-03-01, value: 15, known: 2025-02-15, source: notice, confidence: stated}\n"


def test_what_is_known_later_replaces_from_its_own_first_day_on() -> None:
    law = law_of(SOUND.replace("questions:", LATER + "questions:"))
    rate = {
        (day, known): law.on(day, known).value("xx-levy", "rate").value
        for day in ("2025-02-28", "2025-03-01", "2025-05-01")
        for known in ("2025-02-14", "2025-02-15")
    }
    assert rate == {
        ("2025-02-28", "2025-02-14"): 10,
        ("2025-02-28", "2025-02-15"): 10,
        ("2025-03-01", "2025-02-14"): 10,
        ("2025-03-01", "2025-02-15"): 15,
        ("2025-05-01", "2025-02-14"): Decimal("12.5"),
        ("2025-05-01", "2025-02-15"): 15,
    }


def test_after_a_suspension_nothing_is_known() -> None:
    suspended = SOUND.replace("{from: 2025-07-01, is: expired", "{from: 2025-07-01, to: 2025-12-31, is: suspended")
    law = law_of(suspended.replace("levy-after", "later-on"))
    assert law.on("2025-12-31", "2025-06-01").status("xx-levy") is Status.SUSPENDED
    assert law.on("2026-01-01", "2025-06-01").status("xx-levy") is Status.UNKNOWN
    assert law.on("2026-01-01", "2025-06-01").in_force("xx-levy") is None


def test_each_of_two_open_questions_decides_what_it_is_about() -> None:
    another = """  - name: levy-rate
    title: {en: At what rate?, ko: 세율은?, fr: À quel taux ?}
    from: 2025-07-01
    known: 2025-02-01
    default: same
    source: notice
    branches:
      - {name: same, weight: 0.5, title: {en: Same, ko: 동일, fr: Même}}
      - {name: lower, weight: 0.5, rate: 5, title: {en: Lower, ko: 인하, fr: Plus bas}}
events:
"""
    law = law_of(SOUND.replace("events:\n", another)).on("2025-08-01", "2025-03-01")
    both = law.take(levy_after="back", levy_rate="lower")
    assert both.status("xx-levy") is Status.IN_FORCE
    assert both.value("xx-levy", "rate").value == 5
    assert law.take(levy_rate="lower").value("xx-levy", "rate").value == 5
    assert law.take(levy_after="back", levy_rate="same").value("xx-levy", "rate").value == 20


def test_a_branch_taken_decides_an_open_question_and_nothing_before_it() -> None:
    law = law_of().on("2025-08-01", "2025-03-01")
    assert [question.name for question in law.questions()] == ["levy-after"]
    taken = law.take(levy_after="back")
    assert law.status("xx-levy") is Status.EXPIRED
    assert taken.status("xx-levy") is Status.IN_FORCE
    assert taken.value("xx-levy", "rate").value == 20
    assert taken.value("xx-levy", "rate", at=dt.date(2025, 6, 30)).value == Decimal("12.5")
    with pytest.raises(ValueError, match="no open question 'levy'"):
        law.take(levy="back")
    with pytest.raises(ValueError, match="levy-after has no branch 'gone-for-good'; it has gone, back"):
        law.take(levy_after="gone-for-good")


# Property: nothing learned after the day of knowledge matters -----------------------------------------------------------

FIRST = dt.date(2025, 1, 1)
days = st.integers(0, 60).map(lambda n: FIRST + dt.timedelta(days=n))
STATES = [Status.PROPOSED, Status.ENACTED, Status.IN_FORCE, Status.SUSPENDED, Status.VOID]


@st.composite
def statements(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> tuple[Fact, ...]:
    """Statements in layers of knowledge; within a layer without gap or overlap, the last open or ended."""
    facts: list[Fact] = []
    for known in draw(st.lists(days, max_size=4, unique=True)):
        starts = sorted(draw(st.sets(days, min_size=1, max_size=4)))
        for index, start in enumerate(starts):
            last = starts[index + 1] - dt.timedelta(days=1) if index + 1 < len(starts) else None
            if last is None and draw(st.booleans()):
                last = start + dt.timedelta(days=draw(st.integers(0, 20)))
            facts.append(Fact(draw(values), start, last, known, "act", "stated"))
    return tuple(draw(st.permutations(facts)))


def made(status: tuple[Fact, ...], values: tuple[Fact, ...]) -> Law:
    text = dict.fromkeys(("en", "ko", "fr"), "x")
    rate = Parameter("rate", text, "%", "entry", "", "", (), {"*": values})
    one = Instrument("xx", text, text, "XX", "import duty", "x", "x", "entry", (), status, {"rate": rate})
    return Law({"xx": one}, SOURCES)


@given(
    status=statements(st.sampled_from(STATES)), values=statements(st.integers(0, 50).map(Decimal)), day=days, known=days
)
def test_a_result_never_changes_when_later_knowledge_is_removed(
    status: tuple[Fact, ...], values: tuple[Fact, ...], day: dt.date, known: dt.date
) -> None:
    full = made(status, values).on(day, known)
    then = made(tuple(f for f in status if f.known <= known), tuple(f for f in values if f.known <= known)).on(
        day, known
    )
    assert full.status("xx") == then.status("xx")
    assert full.find("xx", "rate") == then.find("xx", "rate") or (
        # The parameter that a value names holds all its statements, later ones too; the statement found is the same.
        getattr(full.find("xx", "rate"), "fact", None) == getattr(then.find("xx", "rate"), "fact", None)
    )


@given(values=statements(st.integers(0, 50).map(Decimal)), day=days, known=days)
def test_a_value_found_was_known_and_holds_on_the_day(values: tuple[Fact, ...], day: dt.date, known: dt.date) -> None:
    found = made((), values).on(day, known).find("xx", "rate")
    if found is not None:
        assert found.fact.known <= known
        assert found.fact.holds(day)


@pytest.mark.parametrize("known", ["2024-12-31", "2025-06-30", "2025-11-09", "2026-02-19", "2026-07-01"])
def test_the_law_of_the_package_never_looks_ahead(known: str) -> None:
    law, seen = Law.load(), dt.date.fromisoformat(known)

    def then(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(fact for fact in facts if fact.known <= seen)

    for one in law:
        parameters = {
            name: Parameter(p.name, p.title, p.unit, p.clock, p.met, p.citation, p.governs,
                            {key: then(facts) for key, facts in p.facts.items()})
            for name, p in one.parameters.items()
        }  # fmt: skip
        cut = Law(
            {one.id: Instrument(one.id, one.title, one.summary, one.jurisdiction, one.kind, one.authority, one.citation,
                                one.clock, one.governs, then(one.status), parameters)},
            law.sources,
        )  # fmt: skip
        for year in range(2022, 2036):
            for month in (1, 7):
                day = dt.date(year, month, 1)
                full, short = law.on(day, seen), cut.on(day, seen)
                assert full.status(one.id) == short.status(one.id), (one.id, day)
                for name, own in one.parameters.items():
                    for key in own.keys:
                        a, b = full.find(one.id, name, key), short.find(one.id, name, key)
                        assert getattr(a, "fact", None) == getattr(b, "fact", None), (one.id, name, key, day)
