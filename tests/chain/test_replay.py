"""A plan as of a day uses nothing that was learned later: later rows may be gone or absurd, and no byte of it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices, LaterKnowledge, TooLittleKnown
from bongsu.chain.coverage import by_table, plants_against_totals
from bongsu.law import Law
from bongsu.law.inforce import InForce

#: Days of past decisions: funding, announcements of controls, petitions, laws. All can be planned but the first.
FIRST = "2019-09-02"
DAYS = (
    "2022-09-22",
    "2023-10-20",
    "2024-06-30",
    "2024-12-18",
    "2025-07-04",
    "2025-10-09",
    "2025-10-16",
    "2025-11-08",
    "2026-02-12",
    "2026-03-15",
)
#: Tables without a day of knowledge: definitions and geography, which no event changes.
TIMELESS = {"sources", "places", "items", "processes", "sea_legs", "topics"}


def _everything(pack: Atlas) -> Mapping[str, pl.DataFrame]:
    assert pack.everything is not None
    return pack.everything


def _whole(pack: Atlas, tables: Mapping[str, pl.DataFrame]) -> Atlas:
    return replace(pack, tables=tables, everything=tables)


def without_later(pack: Atlas, day: dt.date) -> Atlas:
    """The pack as it would be if nothing had been learned after a day."""
    return _whole(
        pack,
        {
            name: frame.filter(pl.col("known_from") <= day) if "known_from" in frame.columns else frame
            for name, frame in _everything(pack).items()
        },
    )


def with_absurd_later(pack: Atlas, day: dt.date) -> Atlas:
    """The pack with every figure and choice that was learned after a day replaced by another."""
    tables = {}
    for name, frame in _everything(pack).items():
        if "known_from" not in frame.columns:
            tables[name] = frame
            continue
        later = pl.col("known_from") > day
        changed = []
        for one in pack.schema[name].fields:
            if one.type == "number":
                changed.append(pl.when(later).then(pl.col(one.name) * 7.7).otherwise(pl.col(one.name)).alias(one.name))
            elif one.choices and name != "cases":
                other = one.choices[0]
                changed.append(pl.when(later).then(pl.lit(other)).otherwise(pl.col(one.name)).alias(one.name))
        tables[name] = frame.with_columns(changed)
    return _whole(pack, tables)


@pytest.mark.parametrize("text", DAYS)
def test_what_was_learned_later_changes_no_plan(pack: Atlas, text: str) -> None:
    day = dt.date.fromisoformat(text)
    network = Chain.of(pack.as_of(day)).network
    assert Chain.of(with_absurd_later(pack, day).as_of(day)).network.digest == network.digest


def test_the_absurd_rows_would_be_seen_if_they_were_used(pack: Atlas) -> None:
    day = dt.date.fromisoformat(DAYS[0])
    network = Chain.of(pack.as_of(DAYS[-1])).network
    spoiled = Chain.of(with_absurd_later(pack, day).as_of(DAYS[-1])).network
    for table in ("capacity", "demands", "supplies", "recipes", "modes", "options"):
        assert not spoiled[table].equals(network[table]), table


@settings(max_examples=25, deadline=None)
@given(day=st.dates(dt.date(2015, 1, 1), dt.date(2026, 11, 22)))
def test_on_no_day_does_anything_left_out_later_change_what_was_known(pack: Atlas, day: dt.date) -> None:
    then, gone = pack.as_of(day), without_later(pack, day).as_of(day)
    assert then.later() == []
    assert {name for name, frame in then.tables.items() if "known_from" not in frame.columns} == TIMELESS
    assert all(then[name].equals(gone[name]) for name in then.tables)


@pytest.mark.parametrize("table", ["demand", "recipes", "delivery", "facility_capacity", "outside_supply", "cases"])
def test_a_row_of_a_later_day_is_refused_and_named(pack: Atlas, table: str) -> None:
    then, now = pack.as_of("2023-10-20"), pack.as_of("2026-11-23")
    mixed = replace(then, tables={**then.tables, table: now[table]})
    later = now[table].filter(pl.col("known_from") > then.known).row(0, named=True)
    says = f"{table}.csv, line {later['_line']} was known only on {later['known_from']}, after 2023-10-20"
    with pytest.raises(LaterKnowledge, match=says):
        Chain.of(mixed)


def test_of_2019_too_little_is_known_and_that_is_said(pack: Atlas) -> None:
    with pytest.raises(TooLittleKnown, match="nothing of cases was known by 2019-09-02, so nothing can be planned"):
        Chain.of(pack.as_of(FIRST))


@pytest.mark.parametrize(
    ("table", "column", "value", "says"),
    [
        ("recipes", "process", "make_cell_nmc811", "the recipe of make_cell_nmc811 was not known by 2023-10-20"),
        ("deflators", "year", 2022, "the price level of 2022 was not known by 2023-10-20"),
        ("delivery", "state", "construction", "the delivery curve of construction was not known by 2023-10-20"),
        ("freight_rates", "freight_class", "bulk", "the freight rate of bulk was not known by 2023-10-20"),
        ("demand", "case", "reference", "nothing of demand was known by 2023-10-20"),
    ],
)
def test_a_gap_is_named_and_not_planned_around(pack: Atlas, table: str, column: str, value: object, says: str) -> None:
    then = pack.as_of("2023-10-20")
    holed = replace(then, tables={**then.tables, table: then[table].filter(pl.col(column) != value)})
    with pytest.raises(TooLittleKnown, match=says):
        Chain.of(holed)


@pytest.mark.parametrize("text", DAYS)
def test_a_case_starts_in_its_own_day_and_counts_in_money_of_a_year_that_had_been(pack: Atlas, text: str) -> None:
    then = pack.as_of(text)
    for row in then["cases"].iter_rows(named=True):
        assert row["start_year"] in (then.known.year, then.known.year + 1)
        assert row["money_year"] < then.known.year
        assert row["known_from"] <= then.known
        level = then["deflators"].filter(pl.col("year") == row["money_year"])
        assert level["known_from"].to_list()[0] <= then.known


def test_law_and_facts_of_different_days_are_no_replay(pack: Atlas) -> None:
    then = pack.as_of("2023-10-20")
    case = then.row("cases", "reference")
    assert case is not None
    same = InForce(Law.load().on("2023-10-20"), case["money_year"], case["discount_rate"])
    assert not any("replay" in note for note in Chain.of(then, choices=Choices(law=same)).network.notes)
    other = InForce(Law.load().on("2024-06-30"), case["money_year"], case["discount_rate"])
    notes = Chain.of(then, choices=Choices(law=other)).network.notes
    assert "not a replay: the law is as known on 2024-06-30, the facts are as known on 2023-10-20" in notes


@pytest.mark.parametrize("text", ["2010-01-01", FIRST, *DAYS])
def test_the_report_of_a_day_counts_what_was_known_by_then(pack: Atlas, text: str) -> None:
    then = pack.as_of(text)
    for row in by_table(then).iter_rows(named=True):
        assert row["rows"] == then[row["table"]].height == row["stated"] + row["derived"] + row["assumed"]
        assert 0 <= row["carried"] <= row["rows"]
    totals = then["national_totals"].filter(pl.col("measure") != "use")
    assert plants_against_totals(then).height == totals.height
