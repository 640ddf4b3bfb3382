"""The stack of duties: identities, what is known when, and the table against the stack."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from bongsu.law import Law
from bongsu.law.door import Shipment
from bongsu.law.duty import COLUMNS, Entry, State, block_problems, duty, find, floors, lines_on, table, tariff_line
from bongsu.law.inforce import InForce
from bongsu.law.instrument import Fact, Instrument
from bongsu.law.words import LANGUAGES, lines

LAW = Law.load()
DAYS = [
    "2025-02-01", "2025-02-04", "2025-03-04", "2025-03-07", "2025-04-03", "2025-04-05", "2025-04-09", "2025-05-14",
    "2025-08-01", "2025-08-07", "2025-10-01", "2025-11-01", "2025-11-10", "2026-01-01", "2026-02-20", "2026-02-24",
    "2026-03-12", "2026-07-23", "2026-07-24", "2026-11-23",
]  # fmt: skip
CODES = [
    "850760", "85079080", "250410", "25041010", "25041050", "38011050", "380190", "870380", "870240", "87046000", "28419050",
    "282520", "283324", "283329", "28332910", "28259090", "741011", "76011060", "392119", "382499", "750120", "640399", "870899",
]  # fmt: skip
ORIGINS = ["CN", "KR", "CA", "MX", "JP", "DE", "FI", "CL", "AU", "ID", "TW", "BR", "US", "GB", "CD", "RU"]
PREFERENCES = [None, "USMCA", "CUSMA", "KORUS", "CKFTA", "CLFTA", "MAFTA", "KCFTA", "KOREU", "AKFTA", "RCEP", "KR-LDC"]


def goods(rng: random.Random) -> Entry:
    return Entry(
        hs=rng.choice(CODES),
        origin=rng.choice(ORIGINS),
        destination=rng.choice(["US", "US", "US", "CA", "KR", "BR"]),
        preference=rng.choice(PREFERENCES),
        use=rng.choice(["ev", "other", None]),
        us_content=rng.choice([None, Decimal(0), Decimal(40), Decimal(100)]),
        exporter=rng.choice([None, None, "huzhou-kaijin", "nobody"]),
    )


def without_later(law: Law, known: dt.date) -> Law:
    """The law with every statement and question learned after a day taken out."""

    def kept(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(fact for fact in facts if fact.known <= known)

    def cut(one: Instrument) -> Instrument:
        parameters = {
            name: replace(p, facts={key: kept(facts) for key, facts in p.facts.items() if kept(facts)})
            for name, p in one.parameters.items()
        }
        questions = tuple(q for q in one.questions if q.known <= known)
        return replace(one, status=kept(one.status), parameters=parameters, questions=questions)

    return Law({name: cut(one) for name, one in law.instruments.items()}, law.sources)


def test_the_blocks_are_well_formed() -> None:
    assert block_problems(LAW) == []


def test_bad_blocks_are_named() -> None:
    one = LAW["us-section-122"]
    bad = replace(
        one, duty={"order": Decimal(1), "kind": "levy", "keyed by": ["hs", "moon"], "excluded by": ["x"], "odd": "1"}
    )
    told = "\n".join(block_problems(Law({"us-section-122": bad}, LAW.sources)))
    for word in ("'odd'", "'levy'", "'moon'", "'x'"):
        assert word in told


@pytest.mark.parametrize("day", DAYS)
def test_the_total_is_the_sum_of_what_applies(day: str) -> None:
    rng = random.Random(day)
    law = LAW.on(day)
    for _ in range(200):
        stack = duty(goods(rng), law)
        paid = sum((line.rate for line in stack.lines if line.counts and line.rate is not None), Decimal(0))
        assert stack.floor == paid
        assert stack.total == (None if stack.missing else paid)
        assert stack.outcome == ("undetermined" if stack.missing else "determined")
        assert stack.deposits <= stack.floor
        assert all((line.rate is None) == (line.state in (State.EXCLUDED, State.UNKNOWN)) for line in stack.lines)
        assert all(line.by for line in stack.lines if line.state is State.EXCLUDED)
        assert all(line.rate is None or line.rate >= 0 for line in stack.lines)
        if any(line.state is State.UNKNOWN for line in stack.lines):
            assert stack.missing


@pytest.mark.parametrize("day", DAYS)
def test_the_table_agrees_with_the_stack(day: str) -> None:
    rng = random.Random(day)
    law = LAW.on(day)
    entries = [goods(rng) for _ in range(300)]
    rows = [{name: getattr(entry, name) for name in (*COLUMNS, "exporter")} for entry in entries]
    contents = [None if entry.us_content is None else float(entry.us_content) for entry in entries]
    kinds = {**dict.fromkeys((*COLUMNS, "exporter"), pl.String), "us_content": pl.Float64}
    frame = pl.DataFrame([{**row, "us_content": c} for row, c in zip(rows, contents, strict=True)], schema=kinds)
    answers = table(frame, law)
    assert answers.select(frame.columns).equals(frame)
    for entry, answer in zip(entries, answers.iter_rows(named=True), strict=True):
        stack = duty(entry, law)
        assert answer["undetermined"] == bool(stack.missing), entry
        assert answer["total"] == (None if stack.total is None else float(stack.total)), entry
        assert answer["deposits"] == float(stack.deposits), entry
        assert answer["floor"] == float(stack.floor), entry


@pytest.mark.parametrize("known", ["2025-02-01", "2025-11-23", "2026-02-20", "2026-11-23"])
def test_what_is_paid_over_time_is_the_floor_of_each_day(known: str) -> None:
    rng = random.Random(known)
    entries = [goods(rng).model_copy(update={"us_content": None, "exporter": None}) for _ in range(150)]
    days = sorted(dt.date(2024, 1, 1) + dt.timedelta(days=rng.randrange(2500)) for _ in range(25))
    days = sorted({*days, *map(dt.date.fromisoformat, DAYS)})
    law = LAW.on(known)
    asked = [(one.hs, one.origin, one.destination, one.preference, one.use) for one in entries]
    paid, open_, _, _ = floors(asked, law, days)
    assert paid.shape == open_.shape == (len(days), len(entries))
    for at, day in enumerate(days):
        stacks = [duty(one, law.at(day)) for one in entries]
        assert paid[at].tolist() == [float(one.floor) for one in stacks]
        assert open_[at].tolist() == [bool(one.missing) for one in stacks]


@pytest.mark.parametrize("known", ["2024-09-17", "2025-02-01", "2025-04-08", "2025-12-03", "2026-02-19", "2026-06-30"])
def test_what_is_learned_later_changes_nothing(known: str) -> None:
    seen = dt.date.fromisoformat(known)
    then = without_later(LAW, seen)
    rng = random.Random(known)
    for day in DAYS:
        for _ in range(40):
            entry = goods(rng)
            a, b = duty(entry, LAW.on(day, known)), duty(entry, then.on(day, known))
            assert [(x.instrument, x.state, x.rate) for x in a.lines] == [
                (x.instrument, x.state, x.rate) for x in b.lines
            ]
            assert a.missing == b.missing


@pytest.mark.parametrize("preference", [None, "KORUS"])
@pytest.mark.parametrize("hs", ["870380", "87089953", "850760"])
def test_korea_pays_fifteen_together_with_column_one(hs: str, preference: str | None) -> None:
    entry = Entry(hs=hs, origin="KR", destination="US", preference=preference, use="ev")
    assert duty(entry, LAW.on("2025-11-01", known="2025-12-04")).total == 15
    stack = duty(entry, LAW.on("2026-01-01"))
    metal = next(line for line in stack.lines if line.instrument.startswith("us-section-232-auto"))
    ordinary = sum((x.rate or 0 for x in stack.lines if x.instrument in ("us-mfn", "us-korus-preference")), Decimal(0))
    assert metal.rate is None or metal.rate + ordinary == 15


def test_an_ordinary_duty_over_the_total_leaves_nothing_to_add() -> None:
    stack = duty(Entry(hs="87046000", origin="KR", destination="US"), LAW.on("2026-01-01"))
    line = stack.line("us-section-232-autos")
    assert line is not None
    assert line.rate == 0
    assert stack.total == 25


def test_deposits_end_with_the_negative_vote() -> None:
    entry = Entry(hs="38011050", origin="CN", destination="US")
    stacks = lines_on(entry, LAW.on("2026-11-23"), [dt.date(2026, 3, 11), dt.date(2026, 3, 12)])
    before, after = stacks[dt.date(2026, 3, 11)], stacks[dt.date(2026, 3, 12)]
    assert before.deposits > 100
    assert after.deposits == 0
    assert {line.instrument for line in before.lines if line.state is State.DEPOSIT} == {"us-ad-anode", "us-cvd-anode"}


def test_a_firm_that_no_notice_names_pays_the_general_deposit() -> None:
    law = LAW.on("2025-06-15")
    named = duty(Entry(hs="38011050", origin="CN", destination="US", exporter="huzhou-kaijin"), law)
    other = duty(Entry(hs="38011050", origin="CN", destination="US", exporter="nobody"), law)
    assert named.deposits > 700
    assert other.deposits == duty(Entry(hs="38011050", origin="CN", destination="US"), law).deposits


def test_the_amount_is_the_rate_of_the_value() -> None:
    stack = duty(Entry(hs="870380", origin="KR", destination="US"), LAW.on("2026-01-01"))
    assert stack.amount(Decimal(40000)) == 6000
    with pytest.raises(ValueError, match="cannot be negative"):
        stack.amount(Decimal(-1))


def test_a_short_code_says_what_it_was_taken_for() -> None:
    law = LAW.on("2026-03-01")
    stack = duty(Entry(hs="284190", origin="KR", destination="US"), law)
    assert stack.taken_as is not None
    assert stack.taken_as.value == "28419050"
    assert duty(Entry(hs="28419050", origin="KR", destination="US"), law).total == stack.total
    assert tariff_line("graphite_flake", "250410", "US", law) == "25041010"
    assert tariff_line("graphite_flake", "250410", "JP", law) == "250410"


def test_either_use_is_told_where_only_the_use_is_missing() -> None:
    finding = find(Entry(hs="850760", origin="CN", destination="US"), LAW.on("2025-06-01"))
    assert finding.figure is None
    assert finding.amounts["total-ev"] == Decimal("73.4")
    assert finding.amounts["total-other"] == Decimal("40.9")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stack_can_be_told(language: str) -> None:
    rng = random.Random(language)
    for day in DAYS:
        law = LAW.on(day)
        for _ in range(20):
            assert all(line.strip() for line in lines(find(goods(rng), law), law, language))


def test_a_table_without_a_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no origin"):
        table(pl.DataFrame({"hs": ["850760"], "destination": ["US"]}), LAW.on("2026-01-01"))


def test_unknown_preference_is_refused_with_those_there_are() -> None:
    law = LAW.on("2026-11-23")
    for asked in (
        lambda: duty(Entry(hs="850760", origin="KR", destination="US", preference="FOO"), law),
        lambda: table(pl.DataFrame([("850760", "KR", "US", "FOO")], schema=COLUMNS[:4], orient="row"), law),
    ):
        with pytest.raises(ValueError, match=r"no preference 'FOO'; there are .*KORUS.*USMCA"):
            asked()


def test_a_preference_may_be_called_as_each_country_calls_it() -> None:
    law = LAW.on("2025-05-01")
    goods = [Entry(hs="850760", origin="US", destination="CA", preference=name) for name in ("USMCA", "CUSMA", "ACEUM")]
    first, *others = (duty(one, law).lines for one in goods)
    assert all(one == first for one in others)
    assert any(line.reason == "duty.preferential" for line in first)


def test_a_preference_whose_rate_was_not_read_decides_only_where_it_could_lower_something() -> None:
    foil = Entry(hs="741011", origin="JP", destination="KR", preference="RCEP")
    free, charged = duty(foil, LAW.on("2025-05-01")), duty(foil, LAW.on("2024-05-01"))
    assert free.total == 0  # a quota rate of nought cannot be lowered
    assert charged.total is None  # 8 % or less
    assert charged.floor == 0
    assert [one.what for one in charged.missing] == ["duty.missing.rate"]
    assert duty(foil.model_copy(update={"preference": None}), LAW.on("2024-05-01")).total == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_preference_that_does_not_govern_the_goods_is_said_and_changes_nothing(language: str) -> None:
    law = LAW.on("2026-06-30")
    plain = Entry(hs="850760", origin="CN", destination="US", use="ev")
    claimed = plain.model_copy(update={"preference": "KORUS"})
    line = duty(claimed, law).line("us-korus-preference")
    assert line is not None
    assert (line.state, line.rate, line.reason) == (State.EXCLUDED, None, "duty.not-granted")
    assert duty(claimed, law).total == duty(plain, law).total is not None
    assert any("KORUS" in said and "CN" in said for said in lines(find(claimed, law), law, language))


def test_tables_of_one_day_do_not_mix_their_answers() -> None:
    law = Law.load().on("2026-11-23")
    rows = [
        Entry(hs="870380", origin="MX", destination="US", preference="USMCA", us_content=c) for c in (None, 0, 40, 100)
    ]
    columns = {name: [getattr(one, name) for one in rows] for name in COLUMNS}
    content = [None if one.us_content is None else float(one.us_content) for one in rows]
    plain = table(pl.DataFrame(columns), law)
    mixed = table(pl.DataFrame({**columns, "us_content": content}), law)
    stacks = [duty(one, law) for one in rows]
    assert mixed["floor"].to_list() == [float(one.floor) for one in stacks]
    assert mixed["undetermined"].to_list() == [bool(one.missing) for one in stacks]
    assert plain["floor"].to_list() == [float(stacks[0].floor)] * len(rows)


@pytest.mark.parametrize(("name", "value"), [("hs", "85"), ("origin", "Korea"), ("destination", "us"), ("use", "van")])
def test_a_table_with_a_malformed_value_is_refused(name: str, value: str) -> None:
    given = {"hs": "850760", "origin": "CN", "destination": "US", "use": "ev", name: value}
    with pytest.raises(ValueError, match=name):
        table(pl.DataFrame([given]), Law.load().on("2026-11-23"))


def test_a_content_that_decides_nothing_is_checked_all_the_same() -> None:
    given = {"hs": ["850760"] * 2, "origin": ["CN"] * 2, "destination": ["US"] * 2, "us_content": [40.0, 140.0]}
    with pytest.raises(ValueError, match="us_content"):
        table(pl.DataFrame(given), Law.load().on("2026-11-23"))


@pytest.mark.parametrize(
    ("instrument", "day", "known", "refund"),
    [
        ("us-ieepa-fentanyl-cn", "2025-02-10", "2025-03-01", "not refundable"),
        ("us-ieepa-fentanyl-cn", "2025-02-10", "2025-06-01", "undetermined"),
        ("us-ieepa-fentanyl-cn", "2025-02-10", "2026-02-20", "undetermined"),
        ("us-ieepa-fentanyl-cn", "2025-02-10", "2026-04-30", "refundable"),
        ("us-ieepa-fentanyl-cn", "2025-02-10", "2026-11-23", "undetermined"),
        ("us-ieepa-fentanyl-cn", "2025-03-22", "2026-11-23", "refundable"),
        ("us-ieepa-reciprocal", "2025-06-10", "2026-11-23", "refundable"),
        ("us-ad-anode", "2025-10-01", "2025-10-01", "deposit until final"),
        ("us-ad-anode", "2025-10-01", "2026-03-12", "refundable"),
        ("us-section-122", "2026-03-01", "2026-05-06", "not refundable"),
        ("us-section-122", "2026-03-01", "2026-05-07", "undetermined"),
        ("us-mfn", "2025-10-01", "2026-11-23", "not refundable"),
    ],
)
def test_a_line_says_whether_it_comes_back_as_known_on_the_day(
    instrument: str, day: str, known: str, refund: str
) -> None:
    goods = Entry(hs="38019000", origin="CN", destination="US", exporter="x", use="other")
    found = duty(goods, Law.load().on(day, known=known)).line(instrument)
    assert found is not None
    assert found.refund == refund


def test_what_comes_back_and_what_may_are_parts_of_what_is_paid() -> None:
    goods = Entry(hs="38019000", origin="CN", destination="US")
    stack = duty(goods, Law.load().on("2025-11-12", known="2026-11-23"))
    # opioids 10, reciprocal 10, countervailing 11.58 and anti-dumping 102.72 come back; ordinary 4.9 and section 301 25 do not
    assert stack.total == Decimal("164.20")
    assert stack.refundable == stack.returns == Decimal("134.30")
    assert stack.refund_open == 0
    early = duty(goods, Law.load().on("2025-02-12", known="2026-11-23"))
    assert (early.refundable, early.refund_open) == (0, 10)
    assert find(goods, Law.load().on("2025-02-12", known="2026-11-23")).amounts["refund-open"] == 10


def told(day: str, known: str = "2026-11-23", **entry: str) -> list[str]:
    found = duty(Entry(**entry), LAW.on(day, known=known))
    return [text["en"] for _, text in found.cautions]


@pytest.mark.parametrize(
    ("entry", "word", "days", "not_on"),
    [
        (("854370", "US", "CA"), "SOR/2025-66", ["2025-03-04", "2025-08-31"], ["2025-03-03", "2025-09-01"]),
        (("760711", "KR", "CA"), "SOR/2025-154", ["2025-07-31"], ["2025-07-30"]),
        (("870460", "US", "CA"), "five tonnes", ["2025-08-29"], ["2025-08-28"]),
        (("870380", "CN", "CA"), "CA-EV-QUOTA", ["2026-03-01"], ["2026-02-28"]),
        (("731815", "CA", "US"), "of this chain only", ["2026-08-22"], ["2026-08-21"]),
        (("38249993", "CA", "US"), "as changed on 15 September 2026", ["2026-09-15"], ["2026-09-14"]),
    ],
)
def test_what_no_line_can_count_is_told_on_its_days(
    entry: tuple[str, str, str], word: str, days: list[str], not_on: list[str]
) -> None:
    own = dict(zip(("hs", "origin", "destination"), entry, strict=True))
    for day in days:
        assert [text for text in told(day, **own) if word in text], day
    for day in not_on:
        assert not [text for text in told(day, **own) if word in text], day


def test_a_caution_is_told_from_the_day_on_which_it_was_learned() -> None:
    own = {"hs": "870460", "origin": "US", "destination": "CA"}
    assert not told("2026-01-01", known="2025-08-28", **own)
    assert told("2026-01-01", known="2025-08-29", **own)


def test_goods_that_an_instrument_spares_are_not_cautioned_of_it() -> None:
    own = {"hs": "870380", "origin": "CN", "destination": "CA"}
    assert told("2026-10-01", **own)
    assert not told("2026-10-01", **own, preference="CA-EV-QUOTA")


@pytest.mark.parametrize("day", ["2024-06-01", "2025-08-29", "2026-03-01", "2026-11-23"])
def test_a_table_counts_the_cautions_of_each_row_as_the_single_answer_tells_them(day: str) -> None:
    law = LAW.on(day)
    codes = ("870460", "870380", "760711", "760120", "731815", "38249993", "39211900", "850760", "250410")
    ways = (("US", "CA"), ("CN", "CA"), ("KR", "CA"), ("CA", "US"), ("KR", "US"), ("CN", "KR"))
    claims = (None, "USMCA", "KORUS", "CA-EV-QUOTA")
    rows = [(hs, *way, claim) for hs in codes for way in ways for claim in claims]
    counted = table(pl.DataFrame(rows, schema=["hs", "origin", "destination", "preference"], orient="row"), law)
    single = [
        len(duty(Entry(hs=hs, origin=origin, destination=into, preference=claim), law).cautions)
        for hs, origin, into, claim in rows
    ]
    assert counted["cautions"].to_list() == single
    assert len(set(single)) > 1 or day == "2024-06-01"


def test_the_caution_of_a_preference_is_told_to_who_claims_it() -> None:
    truck = {"hs": "870460", "origin": "KR", "destination": "US"}
    assert [text for text in told("2026-11-23", **truck, preference="KORUS") if "truck rate" in text]
    assert not told("2026-11-23", **truck)


@pytest.mark.parametrize(("day", "about"), [("2025-06-01", "SOR/2025-66"), ("2026-11-23", "on 15 September 2026")])
def test_what_no_duty_of_a_plan_counts_is_in_its_notes_with_the_number_of_goods(day: str, about: str) -> None:
    law = InForce(LAW.on(day), 2025, 0.08)
    goods = [
        ("a", "850760", "US", "CA"),
        ("b", "850760", "CA", "US"),
        ("b", "850760", "CA", "US"),
        ("c", "760711", "CA", "US"),
    ]
    law.at_border([Shipment(item, hs, origin, into, 10.0) for item, hs, origin, into in goods], [2025, 2026])
    notes = law.notes()
    [note] = [text for text in notes if about in text]
    assert not [text for text in notes if "of this chain only" in text], "that list was read for goods of the pack"
    assert f"the duties of {1 if day < '2026' else 2} goods" in note


def test_a_caution_changes_no_total() -> None:
    entry = Entry(hs="870460", origin="US", destination="CA")
    before, after = (duty(entry, LAW.on("2025-12-01", known=known)) for known in ("2025-08-28", "2025-08-29"))
    assert (before.total, len(before.cautions)) == (Decimal("31.1"), 0)
    assert (after.total, len(after.cautions)) == (Decimal("31.1"), 1)


@pytest.mark.parametrize("origin", ["CN", "AU", "VN", "JP"])
def test_a_claim_under_an_agreement_that_was_not_read_is_left_open_and_not_denied(origin: str) -> None:
    stack = duty(Entry(hs="250410", origin=origin, destination="KR", preference="RCEP"), LAW.on("2026-06-01"))
    assert stack.total is None
    assert [one.what for one in stack.missing] == ["duty.missing.rate"]
