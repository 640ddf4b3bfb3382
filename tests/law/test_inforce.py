"""What the chain learns of the law: against instruments read by hand, and against forgetting what was learned later."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.chain.build import Choices
from bongsu.chain.network import case_schema
from bongsu.law import Activity, Law, Owner, Shipment
from bongsu.law.duty import Entry, duty, tariff_line
from bongsu.law.inforce import InForce

DATA = Path(__file__).parents[2] / "data"
CELLS = Shipment("cell_nmc811", "850760", "CN", "US", 50.0)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas.load(DATA)


@pytest.fixture(scope="module")
def law() -> Law:
    return Law.load()


def test_a_year_takes_the_rates_of_its_days(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    for shipment in (
        CELLS,
        replace(CELLS, origin="KR", preference="KORUS"),
        replace(CELLS, item="cam_nmc811", hs="284190", origin="KR"),
    ):
        line = tariff_line(shipment.item, shipment.hs, "US", under.law)
        use = under._use(shipment.item)
        total = 0.0
        for at in range(365):
            day = dt.date(2026, 1, 1) + dt.timedelta(days=at)
            entry = Entry(hs=line, origin=shipment.origin, destination="US", preference=shipment.preference, use=use)
            for paid in duty(entry, under.law.at(day)).lines:
                if paid.counts and paid.refund in ("refundable", "deposit until final"):
                    total += float(paid.rate or 0) * float(paid.wait or 0) * 0.08 / 365
                elif paid.counts:
                    total += float(paid.rate or 0)
        charged = under.duties([shipment], [2026, 2027])[0][2026].amount
        assert charged == pytest.approx(50.0 * total / 365 / 100, rel=1e-9)


def test_the_parts_of_a_duty_add_to_one(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    for year, charge in under.duties([CELLS], list(range(2026, 2031)))[0].items():
        assert sum(under.shares("cell_nmc811", charge.basis, year).values()) == pytest.approx(1.0)


def test_45x_fades_by_year_of_sale_and_loses_worth(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    rule = next(r for r in under.content_rules(list(range(2026, 2036))) if r.name == "us-macr.cell")
    # 35 a kWh, 100 % to 2029, then 75, 50, 25, 0; in dollars of 2025 at 2 % a year.
    for year, left in ((2026, 1.0), (2029, 1.0), (2030, 0.75), (2031, 0.5), (2032, 0.25)):
        assert rule.per_unit[year] == pytest.approx(35 * left / 1.02 ** (year - 2025))
    assert 2033 not in rule.least
    assert [round(rule.least[y], 2) for y in range(2026, 2031)] == [0.60, 0.65, 0.70, 0.80, 0.85]


def test_a_named_owner_or_a_covered_nation_does_not_qualify(law: Law) -> None:
    rule = next(r for r in InForce(law.on("2026-11-23"), 2025, 0.08).content_rules([2027]) if r.name == "us-macr.cell")
    assert not rule.qualifies("CN", ())
    assert rule.qualifies("KR", (Owner("LG Energy Solution", "KR", 1.0),))
    assert not rule.qualifies("KR", (Owner("Gotion High-tech", "CN", 0.25),))
    assert rule.qualifies("KR", (Owner("Gotion High-tech", "CN", 0.2499),))
    assert not rule.qualifies("US", (Owner("A", "CN", 0.2), Owner("B", "CN", 0.2)))
    assert rule.qualifies("US", (Owner("Stevens", "US", 1.0),))  # not EVE


def test_without_the_law_of_foreign_entities_there_are_none(law: Law) -> None:
    left_out = InForce(law.on("2026-11-23"), 2025, 0.08, without=frozenset({"us-pfe"}))
    assert all(rule.qualifies("CN", ()) for rule in left_out.content_rules([2027]) if rule.instrument == "us-macr")
    [credit] = InForce(law.on("2024-06-30"), 2025, 0.08, without=frozenset({"us-30d-feoc"})).vehicle_credits(
        [2024, 2025]
    )
    assert not credit.bars_components
    assert not any(credit.bars_minerals.values())


def test_canada_pays_its_plants_what_the_us_credit_pays(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    nextstar = Activity("make_cell_nmc811", "cell_nmc811", "ca-on-nextstar", "CA", "ON")
    rule = next(r for r in under.content_rules([2027, 2031]) if r.name == "us-macr.cell")
    for year in (2027, 2031):
        credit = under.credit(nextstar, [year]).get(year)
        assert credit is not None
        assert -credit.amount == pytest.approx(rule.per_unit[year])
    assert under.credit(replace(nextstar, facility="ca-on-somebody-else"), [2027]) == {}
    assert InForce(law.on("2026-11-23"), 2025, 0.08, without=frozenset({"us-45x"})).credit(nextstar, [2027]) == {}


def test_30d_is_in_the_plan_only_while_it_was_law(law: Law) -> None:
    def planned(day: str) -> bool:
        return bool(InForce(law.on(day), 2025, 0.08).vehicle_credits([2026, 2027]))

    assert planned("2025-06-30")
    assert not planned("2025-07-04")
    assert not InForce(law.on("2025-06-30"), 2025, 0.08, without=frozenset({"us-30d"})).vehicle_credits([2026, 2027])


def _every_day(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=at) for at in range((dt.date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("day", ["2024-06-30", "2025-09-30"])
def test_a_year_of_30d_is_the_sum_of_its_days(law: Law, day: str) -> None:
    years = [2023, 2024, 2025, 2026, 2033]
    under = InForce(law.on(day), 2025, 0.08)
    (credit,) = under.vehicle_credits(years)
    gates = ("within_price_30d", "within_income_30d", "assembled_inside_30d", "bought_30d")
    for year in years:
        shares, leasts = [], []
        for one in _every_day(year):
            content = under.law.value("us-30d", "form", at=one).value == "content"
            if (
                under.law.in_force("us-30d", one)
                and content
                and under.law.value("us-30d", "credit_open", at=one).value == "yes"
            ):
                may = 1.0
                for gate in gates:
                    may *= float(under.law.value("plan-readings", gate, "car_bev_lfp", one).number) / 100
                shares.append(may)
                leasts.append(float(under.law.value("us-30d", "minerals_share", at=one).number) / 100)
        assert credit.room.get(("car_bev_lfp", year), 0.0) == pytest.approx(sum(shares) / len(_every_day(year)))
        if leasts:
            assert credit.minerals.least[year] == pytest.approx(sum(leasts) / len(leasts))
            assert credit.minerals.amount[year] == pytest.approx(3750 * 1.02 ** (2025 - year))
        else:
            assert year not in credit.minerals.least
    # As of the end of September 2025 the credit is known to end that day: 273 of 365.
    first, last = credit.room["car_bev_lfp", 2024], credit.room["car_bev_lfp", 2025]
    assert last / first == pytest.approx(273 / 365 if day == "2025-09-30" else 1.0)


def test_who_and_what_bars_30d(law: Law) -> None:
    (credit,) = InForce(law.on("2024-06-30"), 2025, 0.08).vehicle_credits(range(2023, 2029))
    assert credit.bars_components == {2024, 2025, 2026, 2027, 2028}
    assert credit.bars_minerals["*"] == {2025, 2026, 2027, 2028}
    # Anode graphite and electrolyte salts could not be traced until the end of 2026.
    assert (
        credit.bars_minerals["graphite in anode material"] == credit.bars_minerals["electrolyte salt"] == {2027, 2028}
    )
    assert credit.concern("CN", ())
    assert credit.concern("KR", (Owner("A", "CN", 0.25),))
    assert not credit.concern("KR", (Owner("A", "CN", 0.2499),))
    assert credit.counts("processing", "KR")
    assert not credit.counts("recycling", "KR")
    assert not credit.counts("extraction", "ID")
    assert credit.inside("CA")
    assert not credit.inside("KR")
    half = InForce(law.on("2024-06-30"), 2025, 0.08, readings={"method": "50"}).vehicle_credits(range(2023, 2029))[0]
    # The test of half the value added closes at the end of 2026.
    assert dict(half.whole_from) == {2023: 0.5, 2024: 0.5, 2025: 0.5, 2026: 0.5}
    assert not credit.whole_from


def _turned(law: Law, instrument: str, parameter: str, key: str, day: dt.date, value: str) -> Law:
    """The law with a value that changes on a day, known from the beginning."""
    own = law[instrument]
    declared = own.parameters[parameter]
    facts = declared.facts[key]
    turned = replace(facts[-1], first=day, last=None, value=Decimal(value), known=max(fact.known for fact in facts))
    kept = tuple(
        replace(fact, last=None) if fact.last and fact.last >= day else fact for fact in facts if fact.first < day
    )
    ended = (*kept[:-1], replace(kept[-1], last=day - dt.timedelta(days=1)))
    changed = replace(
        own,
        parameters={**own.parameters, parameter: replace(declared, facts={**declared.facts, key: (*ended, turned)})},
    )
    return Law({**law.instruments, instrument: changed}, law.sources)


def test_a_threshold_or_rate_that_changes_within_a_year_is_split_by_days(law: Law) -> None:
    july = dt.date(2026, 7, 1)  # 181 days before it, 184 from it on
    other = _turned(law, "us-30d", "components_share", "*", july, "90")
    (credit,) = InForce(other.on("2024-06-30"), 2025, 0.08).vehicle_credits([2025, 2026, 2027])
    assert credit.components.least[2026] == pytest.approx((181 * 0.70 + 184 * 0.90) / 365)
    assert (credit.components.least[2025], credit.components.least[2027]) == (0.60, 0.90)
    other = _turned(law, "us-45x", "phase_out", "cell", dt.date(2030, 7, 1), "0")
    rule = next(
        r
        for r in InForce(other.on("2026-11-23"), 2025, 0.08).content_rules([2029, 2030, 2031])
        if r.name == "us-macr.cell"
    )
    # The credit at its full amount, for what is made on the days on which it is paid.
    assert rule.room[2029] == 1.0
    assert rule.room[2030] == pytest.approx(181 / 365)
    assert rule.per_unit[2030] == pytest.approx(35 * 0.75 / 1.02**5)
    assert 2031 not in rule.least
    other = _turned(law, "ca-ctm-itc", "rate", "*", dt.date(2032, 7, 1), "10")
    activity = Activity("spodumene_to_hydroxide", "lithium_hydroxide", None, "CA", "QC")
    given = InForce(other.on("2026-11-23"), 2025, 0.08).investment_credit(activity, [2031, 2032])
    assert given[2031].amount == pytest.approx(0.30)
    assert given[2032].amount == pytest.approx((182 * 0.20 + 184 * 0.10) / 366)


def test_a_credit_that_is_dead_in_every_year_leaves_no_trace_in_the_network(atlas: Atlas, law: Law) -> None:
    alive = InForce(law.on("2024-06-30"), 2025, 0.08)
    over = replace(law["us-30d"].status[0], first=dt.date(2010, 1, 1), last=None, value="expired")
    dead = Law({**law.instruments, "us-30d": replace(law["us-30d"], status=(over,))}, law.sources)
    left_out = _numbers(Chain.of(atlas, choices=Choices(law=replace(alive, without=frozenset({"us-30d"})))))
    expired = _numbers(Chain.of(atlas, choices=Choices(law=InForce(dead.on("2024-06-30"), 2025, 0.08))))
    assert all(table.equals(expired[name]) for name, table in left_out.items())
    tagged = Chain.of(atlas, choices=Choices(law=alive)).network["modes"]["mode"].str.contains("us-30d")
    assert tagged.any()
    assert not left_out["modes"]["mode"].str.contains("us-30d").any()


def _numbers(chain: Chain) -> dict[str, pl.DataFrame]:
    return {name: chain.network[name].drop("facts", strict=False) for name in case_schema()}


@pytest.mark.parametrize("day", ["2024-06-30", "2025-09-30", "2026-02-19", "2026-03-01"])
def test_nothing_learned_later_reaches_the_network(atlas: Atlas, law: Law, day: str) -> None:
    known = dt.date.fromisoformat(day)
    older = law
    for name in law.learned(known, dt.date(2100, 1, 1)):
        older = older.forget(name, known)
    now, then = (
        _numbers(Chain.of(atlas, choices=Choices(law=InForce(one.on(day), 2025, 0.08)))) for one in (law, older)
    )
    for name, table in now.items():
        assert table.equals(then[name]), name


def test_without_an_instrument_its_duty_is_gone(law: Law) -> None:
    whole = InForce(law.on("2026-11-23"), 2025, 0.08)
    part = replace(whole, without=frozenset({"us-section-301-china"}))
    charge = whole.duties([CELLS], [2027])[0][2027]
    share = whole.shares("cell_nmc811", charge.basis, 2027).get("us-section-301-china", 0.0)
    left = part.duties([CELLS], [2027])[0].get(2027)
    assert share > 0
    assert (left.amount if left else 0.0) == pytest.approx(charge.amount * (1 - share))


def test_the_notes_say_which_branch_of_an_open_question_is_taken(law: Law) -> None:
    base = InForce(law.on("2026-11-23"), 2025, 0.08)
    assert base.law.questions()
    for question in base.law.questions():
        for branch in question.branches:
            other = replace(base, law=base.law.taking({question.name: branch.name}), said=[])
            assert any(question.title["en"] in note and branch.title["en"] in note for note in other.notes())


EIGHT = [
    "2025-06-30", "2025-09-30", "2025-10-01", "2025-11-07", "2025-11-08", "2026-02-20", "2026-03-01", "2026-07-25", "2026-11-23",
]  # fmt: skip


def test_what_differs_between_days_comes_from_named_instruments_alone(atlas: Atlas, law: Law) -> None:
    chains = {day: _numbers(Chain.of(atlas, choices=Choices(law=InForce(law.on(day), 2025, 0.08)))) for day in EIGHT}
    differ = 0
    for before, after in itertools.pairwise(EIGHT):
        first, second = dt.date.fromisoformat(before), dt.date.fromisoformat(after)
        named = law.learned(first, second)
        older = law
        for name in named:
            older = older.forget(name, first)
        back = _numbers(Chain.of(atlas, choices=Choices(law=InForce(older.on(after, known=after), 2025, 0.08))))
        same = all(table.equals(chains[before][name]) for name, table in back.items())
        assert same, (before, after, named)
        if any(not table.equals(chains[after][name]) for name, table in chains[before].items()):
            differ += 1
            assert named
    assert differ >= 4


ANODE = Shipment("anode_natural", "380190", "CN", "US", 1000.0)


def _charged(law: Law, known: str, shipment: Shipment, year: int, **taken: str) -> float:
    under = InForce(law.on(known).take(**taken) if taken else law.on(known), 2025, 0.08)
    found = under.duties([shipment], [year])[0].get(year)
    return 0.0 if found is None else found.amount


def test_a_duty_that_comes_back_costs_the_wait_and_one_that_may_is_charged_in_full(law: Law) -> None:
    # In 2026 goods of Japan pay the ordinary duty; to 19 February the reciprocal tariff fills up to 15 %, which comes back after
    # 174 days; from 24 February to 23 July 10 %; from 24 July the forced-labour duty fills up to 12.5 %.
    graphite = Shipment("x", "38011050", "JP", "US", 100.0)  # free of ordinary duty
    wait = 50 * 15 * 174 * 0.08 / 365
    expected = (wait + 150 * 10 + 161 * 12.5) / 365
    assert _charged(law, "2026-11-23", graphite, 2026) == pytest.approx(expected, rel=1e-9)
    returned = (wait + 161 * 12.5) / 365  # how long the surcharge of section 122 would take to come back is not known
    assert _charged(law, "2026-11-23", graphite, 2026, us_122_refund="returned") == pytest.approx(returned, rel=1e-9)
    struck = (wait + 150 * 10) / 365
    assert _charged(law, "2026-11-23", graphite, 2026, us_301_forced_labour_court="struck") == pytest.approx(struck)


def test_a_deposit_is_no_duty_before_the_vote(law: Law) -> None:
    known = "2025-10-01"  # ordinary 4.9, section 301 25, opioids 20 and reciprocal 10 as known then
    lasting = 1000 * (4.9 + 25 + 20 + 10) / 100
    deposits = 1000 * (102.72 + 11.58) / 100
    waited = lasting + deposits * 0.08 * 240 / 365
    assert _charged(law, known, ANODE, 2027) == pytest.approx(waited, rel=1e-9)
    assert _charged(law, known, ANODE, 2027, us_anode_order="order") == pytest.approx(lasting + deposits, rel=1e-9)
    stands = _charged(law, known, ANODE, 2027, us_ieepa_legality="void")
    assert stands == pytest.approx(waited - 1000 * (20 + 10) / 100, rel=1e-9)


def test_the_notes_say_what_comes_back_and_what_may(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    under.duties([ANODE], [2026])
    said = " ".join(under.notes())
    assert "gives back, charged at no more than the wait for them: US anti-dumping duty" in said
    assert "open whether they come back, charged in full unless a branch says otherwise: US surcharge" in said
    assert sum("Do IEEPA duties come back" in note for note in under.notes()) == 1


COBALT = Shipment("cobalt_hydroxide", "282200", "CD", "KR", 10_000.0, content=(("Co", 0.35), ("O", 0.2)))


def test_a_quota_in_tonnes_of_an_element_is_counted_in_tonnes_of_the_item(law: Law) -> None:
    """96,600 t of cobalt a year, of which the plan reaches the quarter that plan-readings says: 24,150 t in goods of 35 %."""
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    expected = 96_600 * 0.25 / 0.35
    rows = under.at_border([COBALT], [2026, 2027, 2028])
    assert rows["most"].to_list()[:2] == pytest.approx([expected] * 2)
    found = under.leaving(COBALT.item, COBALT.hs, "CD", COBALT.content, [2026, 2027, 2028])
    assert {year: one.most for year, one in found.items()} == pytest.approx({2026: expected, 2027: expected})
    assert "law:cd-cobalt-quota/volume_cap" in found[2026].basis
    assert any("69,000 t of cobalt_hydroxide" in note for note in under.notes())


def test_a_quota_whose_element_is_not_in_the_composition_is_said_and_not_guessed(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    assert under.leaving("cobalt_metal", "810520", "CD", (), [2026]) == {}
    assert any("t of Co" in note and "not in the plan" in note for note in under.notes())


def test_no_control_of_one_destination_bounds_what_leaves_for_all(law: Law) -> None:
    under = InForce(law.on("2026-11-23").taking({"no46-after-suspension": "refused"}), 2025, 0.08)
    assert under.leaving("graphite_flake", "250410", "CN", (("C", 0.95),), [2027]) == {}
    [row] = under.at_border([Shipment("graphite_flake", "250410", "CN", "US", 1_000.0)], [2027]).iter_rows(named=True)
    assert row["most"] == 0


def test_licences_refused_to_all_leave_nothing_to_buy(law: Law) -> None:
    under = InForce(law.on("2026-11-23").taking({"cn-graphite-licence": "refused"}), 2025, 0.08)
    assert {one.most for one in under.leaving("graphite_flake", "250410", "CN", (), [2026, 2027]).values()} == {0.0}


def test_a_state_is_not_known_from_the_day_after_the_last_that_is(law: Law) -> None:
    assert law.on("2026-11-10").status("cn-notice-58-2025") == "suspended"
    [note] = [
        one
        for one in InForce(law.on("2026-11-11"), 2025, 0.08).notes()
        if "notice 58" in one and "state is unknown" in one
    ]
    assert "since 2026-11-11" in note


def test_figures_in_notes_are_written_as_the_language_writes_them(law: Law) -> None:
    under = InForce(law.on("2026-11-23"), 2025, 0.08)
    cobalt = Shipment("cobalt_hydroxide", "282200", "CD", "CN", unit_value=1.0, content=(("Co", 0.35),))
    under.at_border([cobalt], [2027])
    assert any("69,000 t" in one for one in under.notes("en"))
    assert any("69\u202f000\xa0t" in one for one in under.notes("fr"))
