"""A docket item keeps what is written in it, says what is wrong with it, and its log is never shortened."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bongsu.answers.figure import LANGUAGES, Node
from bongsu.committee import Answer, Project
from bongsu.committee import Gate as Condition
from bongsu.committee.docket import (
    Card,
    Decision,
    Docket,
    DocketError,
    Figure,
    Gate,
    Item,
    Option,
    Pack,
    Step,
    as_markdown,
    as_yaml,
    cautions,
    parse,
    quarter_of,
    schema,
    span,
)
from bongsu.law.finding import Outcome

DAY = dt.date(2026, 11, 28)
#: Texts as people write them, with signs that YAML has to quote.
LINES = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)
TEXTS = st.one_of(
    LINES, st.sampled_from(["no", "---", "# x", "1.0", "null", "a: b", "- b", "2026-01-01", "그래서: '네'", "l’été « à »"]),
    st.dictionaries(st.sampled_from(LANGUAGES), LINES, min_size=1),
)  # fmt: skip
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2030, 12, 31))
NAMES = st.from_regex(r"[a-z][a-z0-9\-]{0,12}", fullmatch=True)
WHYS = st.builds(
    "{}.{}:{}".format, st.sampled_from(["discover", "link"]), NAMES.map(lambda n: n.replace("-", "_")), NAMES
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    figures = draw(
        st.lists(
            st.builds(
                Figure, why=WHYS, label=TEXTS, unit=st.just("t"),
                value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
                kind=st.sampled_from(["number", "share"]), confidence=st.sampled_from(["stated", "assumed"]),
                sources=st.lists(LINES, max_size=2).map(tuple), taken=st.none() | DAYS,
            ),
            max_size=3, unique_by=lambda one: one.why,
        )
    )  # fmt: skip
    options = draw(
        st.lists(
            st.builds(Option, option=NAMES, title=TEXTS, pro=st.lists(TEXTS, max_size=2).map(tuple), contra=st.just(())),
            max_size=3, unique_by=lambda one: one.option,
        )
    )  # fmt: skip
    opened = draw(DAYS)
    later = sorted(draw(st.lists(st.dates(opened, dt.date(2031, 12, 31)), max_size=3)))
    choice = st.none() | st.sampled_from([one.option for one in options]) if options else st.none()
    log = [Decision(on=day, by=draw(LINES), option=draw(choice), text=draw(TEXTS)) for day in later]
    steps = draw(
        st.lists(st.builds(Step, what=TEXTS, owner=LINES, due=st.none() | DAYS, done=st.none() | DAYS), max_size=2)
    )
    body = draw(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=60)).strip(
        "\n"
    )
    return Item(
        id=draw(NAMES), title=draw(TEXTS), question=draw(TEXTS), opened=opened, owner=draw(LINES), figures=tuple(figures),
        options=tuple(options), decisions=tuple(log), followup=tuple(steps), body=body,
        gates=tuple(draw(st.lists(st.builds(Gate, gate=LINES, outcome=st.sampled_from(["pass", "fail"]),
                                            evidence=st.lists(TEXTS, max_size=2).map(tuple)), max_size=2))),
    )  # fmt: skip


def minimal(**more: object) -> Item:
    return Item.model_validate(
        {"id": "a", "title": "A", "question": "Why?", "opened": dt.date(2026, 10, 1), "owner": "B", **more}
    )


# Round trips -------------------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(items())
def test_an_item_comes_back_from_markdown_and_from_yaml_as_it_was(item: Item) -> None:
    assert parse(as_markdown(item), "x.md") == item
    assert parse(as_yaml(item), "x.yaml") == item


@settings(max_examples=15, deadline=None)
@given(items())
def test_an_item_comes_back_from_json_and_fits_its_schema(item: Item) -> None:
    plain = json.loads(item.model_dump_json())
    assert Item.model_validate(plain) == item
    declared = json.loads(schema())
    assert set(plain) == set(declared["properties"])
    assert declared["additionalProperties"] is False
    assert set(declared["required"]) <= set(plain)


def test_the_form_has_a_version_and_no_other_is_read() -> None:
    assert yaml.safe_load(as_yaml(minimal()))["docket"] == 1
    with pytest.raises(DocketError, match="docket"):
        parse("docket: 2\nid: a\ntitle: A\nquestion: Q\nopened: 2026-01-01\nowner: B\n", "a.yaml")


def test_the_fields_of_version_one_are_these() -> None:
    """A change here breaks files that people have written: it needs a new version that reads the old one."""
    assert set(json.loads(schema())["properties"]) == {
        "docket", "id", "title", "question", "project", "opened", "owner", "due", "figures", "gates", "options", "decisions",
        "followup", "body",
    }  # fmt: skip


# Mistakes ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: a", "title: is missing"),
        ("id: a\nid: b", "given twice"),
        ("- a", "holds no fields"),
        ("id: [", "is not YAML"),
        ("docket: 1\nid: a\ntitle: A\nquestion: Q\nopened: 2026-01-01\nowner: B\nsecret: 1", "secret: is no field"),
        ("docket: 1\nid: A!\ntitle: A\nquestion: Q\nopened: 2026-01-01\nowner: B", "id: "),
        ("docket: 1\nid: a\ntitle: A\nquestion: Q\nopened: 2026-13-01\nowner: B", "a date that is none"),
        ("docket: 1\nid: a\ntitle: {de: A}\nquestion: Q\nopened: 2026-01-01\nowner: B", "title"),
    ],
)
def test_a_mistake_is_told_with_file_and_field(text: str, said: str) -> None:
    with pytest.raises(DocketError) as error:
        parse(text, "a.yaml")
    assert said in str(error.value)
    assert all(problem.startswith("a.yaml") for problem in error.value.problems)


def test_an_item_written_by_hand_needs_no_quotes() -> None:
    text = (
        "docket: 1\nid: a\ntitle: {en: T, ko: 제목}\nquestion: Q\nopened: 2026-01-01\nowner: ON\n"
        "options: [{option: go, title: Yes}]\n"
        "decisions:\n- {what: decided, on: 2026-02-01, by: C, option: go, text: no}\n"
    )
    item = parse(text, "a.yaml")
    assert (item.owner, item.decisions[0].on, item.decisions[0].text) == ("ON", dt.date(2026, 2, 1), "no")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("due: 30.12.2026", r"due: '30.12.2026' is no day; write it as 2026-11-28"),
        ("due: 20261230", r"due: 20261230 is no day"),
        ("project: {en: x}", r"project: Input should be a valid string"),
        (
            "figures: [{why: 'a.b:c', label: L, value: yes, confidence: stated}]",
            r"figures.0.value: Input should be a valid number",
        ),
        (
            "figures: [{why: 'a.b:c', label: L, value: true, confidence: stated}]",
            r"figures.0.value: Input should be a valid number",
        ),
    ],
)
def test_days_and_figures_are_told_from_words(changed: str, said: str) -> None:
    text = "docket: 1\nid: a\ntitle: T\nquestion: Q\nopened: 2026-01-01\nowner: B\n"
    with pytest.raises(DocketError, match=said):
        parse(f"{text}{changed}\n", "a.yaml")


def test_a_language_that_is_none_is_told_once() -> None:
    text = "docket: 1\nid: a\ntitle: {en: T, de: Titel}\nquestion: Q\nopened: 2026-01-01\nowner: B\n"
    with pytest.raises(DocketError) as told:
        parse(text, "a.yaml")
    assert told.value.problems == ["a.yaml, title.de: Input should be 'en', 'ko' or 'fr'."]


def test_front_matter_must_begin_and_end() -> None:
    with pytest.raises(DocketError, match="does not begin"):
        parse("# title", "a.md")
    with pytest.raises(DocketError, match="does not end"):
        parse("---\nid: a\n", "a.md")


def test_what_does_not_fit_together_is_refused() -> None:
    for more, said in (
        ({"due": dt.date(2026, 9, 1)}, "before it was opened"),
        ({"decisions": [{"on": dt.date(2026, 11, 1), "by": "B", "text": "x", "option": "z"}]}, "no option"),
        ({"decisions": [{"on": dt.date(2026, 9, 1), "by": "B", "text": "x"}]}, "before the item was opened"),
        ({"decisions": [{"on": dt.date(2026, 11, 1), "by": "B", "text": "x", "what": "withdrawn"}]}, "not decided"),
        ({"options": [{"option": "a", "title": "A", "figures": ["link.free:b"]}]}, "does not hold"),
        ({"options": [{"option": "a", "title": "A"}] * 2}, "twice"),
    ):
        with pytest.raises(ValidationError, match=said):
            minimal(**more)


def test_a_docket_with_mistakes_tells_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: a\n", encoding="utf-8")
    (tmp_path / "b.md").write_text(as_markdown(minimal(id="c")), encoding="utf-8")
    (tmp_path / "_draft.md").write_text("no item", encoding="utf-8")
    (tmp_path / "d.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(DocketError) as error:
        Docket.read(tmp_path)
    told = str(error.value)
    assert "title: is missing" in told
    assert "make them the same" in told
    assert "not UTF-8" in told
    assert "_draft" not in told


# The log -----------------------------------------------------------------------------------------------------------------------


def test_a_decision_taken_back_stays_in_the_log() -> None:
    item = minimal(options=[{"option": "go", "title": "Go"}], due=dt.date(2026, 11, 1))
    assert item.state(dt.date(2026, 10, 2)) == "open"
    assert item.state(DAY) == "overdue"
    went = item.decide(Decision(on=dt.date(2026, 11, 2), by="B", option="go", text="Go"))
    assert went.decision is not None
    assert went.state(DAY) == "done"
    back = went.decide(Decision(what="withdrawn", on=dt.date(2026, 11, 3), by="B", text="No"))
    assert back.decision is None
    assert back.state(DAY) == "overdue"
    assert [one.what for one in back.decisions] == ["decided", "withdrawn"]
    assert item.decisions == ()


def test_a_decided_item_is_late_while_a_step_is() -> None:
    log = [{"on": dt.date(2026, 11, 1), "by": "B", "text": "x"}]
    step = {"what": "write", "owner": "B", "due": dt.date(2026, 11, 10)}
    assert minimal(decisions=log, followup=[step]).state(DAY) == "late"
    assert minimal(decisions=log, followup=[step]).state(dt.date(2026, 11, 10)) == "decided"
    assert minimal(decisions=log, followup=[step | {"done": dt.date(2026, 11, 12)}]).state(DAY) == "done"


def test_remarks_name_what_is_late_and_which_language_is_missing() -> None:
    told = cautions(minimal(title={"en": "A", "ko": "가"}, due=dt.date(2026, 11, 1)), DAY)
    assert any("was due on 2026-11-01" in text for text in told)
    assert any("no text in fr" in text for text in told)


# Cards -------------------------------------------------------------------------------------------------------------------------

PROJECT = Project("make_cam_lfp@x", "make_cam_lfp", "x", "CA", "QC", 20000.0, "t", 2029, 20, 3e8, 2025)


def node(value: float, source: str = "s") -> Node:
    fact = Node(dict.fromkeys(LANGUAGES, "fact"), 1.0, confidence="assumed", source=source)
    return Node(dict.fromkeys(LANGUAGES, "figure"), value, "t", children=(fact,))


def answers() -> list[Answer]:
    table = pl.DataFrame({"rank": [1, 2], "name_en": ["a", "b"], "name_ko": ["가", "나"], "name_fr": ["à", "b"]})
    first = {"discover.value:make_cam_lfp@x": node(1), "discover.value:other": node(2), "discover.count": node(3)}
    return [Answer("link", {"link.free:make_cam_lfp@x/s": node(4)}), Answer("discover", first, {"best": table})]


def test_a_card_takes_the_figures_of_its_project_with_their_names_and_trust() -> None:
    card = Card.of(PROJECT, answers(), gates=[Condition("feed", Outcome.FAIL, (node(1),))])
    assert [part.room for part in card.sections] == ["discover", "link"]
    assert [one.why for one in card.sections[0].figures] == ["discover.value:make_cam_lfp@x", "discover.count"]
    assert {one.confidence for part in card.sections for one in part.figures} == {"assumed"}
    assert card.sources == ("s",)
    assert [(one.gate, one.outcome) for one in card.gates] == [("feed", "fail")]


def test_a_card_can_be_told_which_figures_and_tables_to_show() -> None:
    card = Card.of(
        PROJECT, answers(), choose={"discover": ["*count", "discover.*"]}, tables={"discover.best": ["rank", "name"]}
    )
    part = card.sections[0]
    assert [one.why for one in part.figures] == [
        "discover.count",
        "discover.value:make_cam_lfp@x",
        "discover.value:other",
    ]
    assert part.tables[0].columns == ("rank", "name_en", "name_ko", "name_fr")
    with pytest.raises(ValueError, match="no column"):
        Card.of(PROJECT, answers(), tables={"discover.best": ["price"]})


def test_what_a_card_leaves_out_it_counts() -> None:
    many = Answer("discover", {f"discover.f{i}:make_cam_lfp@x": node(i) for i in range(9)})
    part = Card.of(PROJECT, [many], figures=4).sections[0]
    assert (len(part.figures), part.left) == (4, 5)


def test_a_card_becomes_an_item_and_the_item_the_same_card() -> None:
    card = Card.of(PROJECT, answers())
    item = card.as_item("lfp", "Build it?", "B", DAY)
    assert item.project == PROJECT.project
    again = Card.of_item(parse(as_markdown(item), "lfp.md"))
    assert again.sections == card.sections


def test_figures_of_an_answer_renew_those_that_an_item_holds() -> None:
    item = minimal().carrying({"link.free:a": node(1), "link.free:b": node(2)}).carrying({"link.free:a": node(9)}, DAY)
    assert [(one.why, one.value) for one in item.figures] == [("link.free:a", 9.0), ("link.free:b", 2.0)]
    assert item.figures[0].taken == DAY


# Pack --------------------------------------------------------------------------------------------------------------------------


@given(st.dates(dt.date(1900, 1, 1), dt.date(2999, 12, 31)))
def test_every_day_lies_in_its_quarter_and_quarters_follow_without_a_gap(day: dt.date) -> None:
    first, last = span(quarter_of(day))
    assert first <= day <= last
    assert quarter_of(last + dt.timedelta(days=1)) != quarter_of(last)
    assert span(quarter_of(last + dt.timedelta(days=1)))[0] == last + dt.timedelta(days=1)


@pytest.mark.parametrize("text", ["2026", "2026Q5", "Q4", "2026-10"])
def test_what_names_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 2026Q4"):
        span(text)


def test_the_pack_sorts_what_is_decided_due_and_overdue() -> None:
    log = [{"on": dt.date(2026, 11, 1), "by": "B", "text": "x"}]
    steps = [
        {"what": "late", "owner": "B", "due": dt.date(2026, 11, 1)},
        {"what": "soon", "owner": "B", "due": dt.date(2026, 12, 1)},
        {"what": "next quarter", "owner": "B", "due": dt.date(2027, 1, 1)},
        {"what": "over", "owner": "B", "due": dt.date(2026, 11, 2), "done": dt.date(2026, 11, 2)},
    ]
    held = [
        minimal(id="a", due=dt.date(2026, 11, 27)),
        minimal(id="b", due=DAY),
        minimal(id="c", decisions=log, followup=steps),
        minimal(id="d", opened=dt.date(2026, 1, 1), decisions=[log[0] | {"on": dt.date(2026, 9, 30)}]),
    ]
    pack = Pack.of(held, "2026Q4", DAY)
    assert [one.id for one in pack.items] == ["a", "c", "b", "d"]
    assert [(item.id, entry.on) for item, entry in pack.decided] == [("c", dt.date(2026, 11, 1))]
    assert [(one.item.id, one.step and one.step.what) for one in pack.due] == [("b", None), ("c", "soon")]
    assert [(one.item.id, one.step and one.step.what) for one in pack.overdue] == [("c", "late"), ("a", None)]


def test_the_examples_can_be_read_and_speak_three_languages(root: Path) -> None:
    held = Docket.read(root / "examples" / "docket").items
    assert len(held) >= 3
    assert not [text for item in held.values() for text in cautions(item, item.opened) if "no text in" in text]
