"""Announced is not built: what of a promise counts, and when."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.atlas import Atlas
from bongsu.chain.capacity import LineCapacity, line_capacities
from bongsu.chain.delivery import Delivery

YEARS = list(range(2026, 2041))
#: What holds a promise that still stands, short of production.
PROMISED = ("mou", "loi", "study", "permitted", "fid", "construction", "commissioning")


@pytest.fixture(scope="module")
def lines(atlas: Atlas) -> list[LineCapacity]:
    return line_capacities(atlas, YEARS)


@pytest.fixture(scope="module")
def curve(root: Path) -> dict[tuple[str, int], float]:
    with (root / "data/delivery.csv").open(encoding="utf-8", newline="") as file:
        return {(row["state"], int(row["years_after_promise"])): float(row["share"]) for row in csv.DictReader(file)}


def test_an_announcement_never_counts_for_more_than_it_says(lines: list[LineCapacity]) -> None:
    checked = 0
    for line in lines:
        if line.state in PROMISED and line.promised_year is not None:
            for year, expected in line.expected.items():
                if year >= line.promised_year:
                    assert 0 <= expected < line.announced[year] or line.announced[year] == 0, (line.line, year)
                    checked += 1
                else:
                    assert line.announced[year] == 0, (line.line, year)
    assert checked > 500


def test_at_face_value_a_standing_promise_counts_in_full_and_never_for_less(
    atlas: Atlas, lines: list[LineCapacity]
) -> None:
    for line, bold in zip(lines, line_capacities(atlas, YEARS, face_value=True), strict=True):
        assert bold.announced == line.announced
        assert bold.expected.keys() == line.expected.keys()
        for year, expected in line.expected.items():
            assert bold.expected[year] >= max(line.announced[year], expected), (line.line, year)
            # And nothing else is added.
            assert bold.expected[year] in (line.announced[year], expected), (line.line, year)


def test_what_is_cancelled_or_closed_counts_for_nothing(lines: list[LineCapacity]) -> None:
    dead = [line for line in lines if line.state in ("cancelled", "closed")]
    assert len(dead) >= 5
    assert all(value == 0 for line in dead for value in (*line.expected.values(), *line.announced.values()))


def test_expected_is_size_times_the_curve_of_the_state(
    atlas: Atlas, lines: list[LineCapacity], curve: dict[tuple[str, int], float]
) -> None:
    """From the tables, by hand, for projects with one counted size in a plain unit."""
    sizes = atlas["facility_capacity"].filter((pl.col("counted") == "yes") & pl.col("capacity").is_not_null())
    plain = {"t": 1.0, "kt": 1e3, "GWh": 1e6, "million m2": 1e6}
    checked = 0
    for line in lines:
        own = sizes.filter(pl.col("line") == line.line)
        if own.height != 1 or line.state not in PROMISED or own["unit"][0] not in plain or line.promised_year is None:
            continue
        size = own["capacity"][0] * plain[own["unit"][0]]
        for year, expected in line.expected.items():
            after = year - max(line.promised_year, own["valid_from"][0].year)
            share = curve[line.state, min(after, 10)] if after >= -1 else 0.0
            assert expected == pytest.approx(size * share, rel=1e-9), (line.line, year)
            checked += 1
    assert checked > 300


def test_a_plant_that_began_lately_ramps_up_and_one_that_stood_long_is_full(
    lines: list[LineCapacity], curve: dict[tuple[str, int], float]
) -> None:
    by_line = {line.line: line for line in lines}
    windsor = by_line["ca-on-nextstar"]
    assert windsor.state == "producing"
    shares = [windsor.expected[year] / windsor.announced[year] for year in (2026, 2027, 2028, 2030)]
    assert shares == pytest.approx([curve["producing", after] for after in (1, 2, 3, 5)])
    assert shares[0] < 1
    assert shares[-1] == 1
    sudbury = by_line["ca-on-vale-sudbury-smelter"]
    assert sudbury.state == "producing"
    assert dict(sudbury.expected) == dict(sudbury.announced)


def test_a_size_that_nobody_stated_is_unknown_and_not_zero(atlas: Atlas, lines: list[LineCapacity]) -> None:
    stated = atlas["facility_capacity"].filter((pl.col("counted") == "yes") & pl.col("capacity").is_not_null())
    unknown = [line for line in lines if line.line not in set(stated["line"])]
    assert len(unknown) >= 10
    assert all(line.expected == {} and line.announced == {} for line in unknown)


def test_every_year_names_the_size_the_state_and_the_curve_behind_it(atlas: Atlas, lines: list[LineCapacity]) -> None:
    known = {name: set(frame["_line"]) for name, frame in atlas.tables.items()}
    for line in lines:
        for year in line.expected:
            references = [reference.split(":") for reference in line.facts[year].split()]
            assert {"facility_capacity", "delivery", "facility_lines", "facility_states"} <= {t for t, _ in references}
            assert all(int(at) in known[table] for table, at in references)


def test_a_second_stage_is_not_delivered_because_the_first_was_due_long_ago(
    atlas: Atlas, curve: dict[tuple[str, int], float]
) -> None:
    """10 kt promised for 2026 and 30 kt in all from 2032, under construction: each part by its own year."""
    line, facility = "ca-on-georgialake", "ca-on-georgialake"
    size = atlas["facility_capacity"].filter(pl.col("line") == line).head(1)
    stages = pl.concat(
        size.with_columns(capacity=pl.lit(amount), valid_from=pl.lit(dt.date(year, 1, 1)), counted=pl.lit("yes"))
        for amount, year in ((10_000.0, 2026), (30_000.0, 2032))
    )
    state = atlas["facility_states"].filter(pl.col("facility") == facility).head(1)
    state = state.with_columns(state=pl.lit("construction"), promised_year=pl.lit(2026, dtype=pl.Int64))
    tables = {
        **atlas.tables,
        "facility_capacity": stages,
        "facility_states": state,
        "facility_lines": atlas["facility_lines"].filter(pl.col("line") == line),
    }
    (found,) = line_capacities(Atlas(tables, atlas.known, atlas.digest), YEARS)
    for year in YEARS:
        first, second = (
            curve["construction", min(year - start, 10)] if year >= start else 0.0 for start in (2026, 2032)
        )
        assert found.expected[year] == pytest.approx(10_000 * first + 20_000 * second)
        assert found.announced[year] == (30_000 if year >= 2032 else 10_000)


def _grown(atlas: Atlas, line: str, *stages: tuple[float, str, int]) -> LineCapacity:
    """A line with the sizes given (GWh, basis, year) instead of its own."""
    size = atlas["facility_capacity"].filter((pl.col("line") == line) & pl.col("capacity").is_not_null()).head(1)
    sizes = pl.concat(
        size.with_columns(
            pl.lit(at, dtype=pl.Int64).alias("_line"),
            capacity=pl.lit(amount),
            unit=pl.lit("GWh"),
            basis=pl.lit(basis),
            counted=pl.lit("yes"),
            valid_from=pl.lit(dt.date(year, 1, 1)),
        )
        for at, (amount, basis, year) in enumerate(stages, start=2)
    )
    own = atlas["facility_lines"].filter(pl.col("line") == line)
    tables = {**atlas.tables, "facility_capacity": sizes, "facility_lines": own}
    (found,) = line_capacities(Atlas(tables, atlas.known, atlas.digest), YEARS)
    assert found.state == "producing"
    return found


def test_the_announced_growth_of_a_producing_plant_is_not_built_yet(
    atlas: Atlas, curve: dict[tuple[str, int], float]
) -> None:
    """49.5 GWh that stand and ramp up, 495 announced for 2029: the growth has the more careful clock of a decided project."""
    assert all(curve["fid", after] <= curve["construction", after] for after in range(-1, 11))
    found = _grown(atlas, "ca-on-nextstar", (49.5, "plan", 2025), (495.0, "plan", 2029))
    for year in YEARS:
        ramped = 49.5e6 * curve["producing", min(year - 2026 + 1, 10)]
        grown = 445.5e6 * curve["fid", min(year - 2029, 10)] if year >= 2029 else 0.0
        assert found.expected[year] == pytest.approx(ramped + grown), year
        assert found.announced[year] == pytest.approx(495e6 if year >= 2029 else 49.5e6)
        assert ("facility_capacity:3" in found.facts[year]) == (year >= 2029)


def test_a_cut_holds_at_once_and_takes_what_was_only_announced_first(
    atlas: Atlas, curve: dict[tuple[str, int], float]
) -> None:
    full = {year: curve["producing", min(year - 2026 + 1, 10)] for year in YEARS}
    cut = _grown(atlas, "ca-on-nextstar", (40.0, "nameplate", 2025), (10.0, "plan", 2028))
    for year in YEARS:
        assert cut.expected[year] == pytest.approx((40e6 if year < 2028 else 10e6) * full[year])
    both = _grown(
        atlas,
        "ca-on-nextstar",
        (40.0, "nameplate", 2025),
        (60.0, "plan", 2028),
        (45.0, "plan", 2030),
        (0.0, "plan", 2034),
    )
    for year in YEARS:
        grown = 0 if year < 2028 else 20e6 if year < 2030 else 5e6
        share = curve["fid", min(year - 2028, 10)] if year >= 2028 else 0.0
        assert both.expected[year] == pytest.approx(0 if year >= 2034 else 40e6 * full[year] + grown * share), year
    closing = _grown(atlas, "ca-on-nextstar", (40.0, "nameplate", 2025), (0.0, "plan", 2031))
    assert [closing.expected[year] for year in (2030, 2031, 2040)] == pytest.approx([40e6 * full[2030], 0.0, 0.0])


@given(st.sampled_from([*PROMISED, "producing", "paused", "cancelled", "closed"]), st.integers(-30, 40))
def test_delivery_holds_its_last_share_and_is_nothing_before_its_first(
    atlas: Atlas, curve: dict[tuple[str, int], float], state: str, after: int
) -> None:
    share, line = Delivery(atlas).share(state, after)
    assert share == (curve[state, min(after, 10)] if after >= -1 else 0.0)
    row = atlas["delivery"].filter(pl.col("_line") == line).row(0, named=True)
    assert row["state"] == state


def test_a_past_date_sees_the_states_of_then(pack: Atlas) -> None:
    now = {line.line: line.state for line in line_capacities(pack.as_of(pack.known), [])}
    assert pack.everything is not None
    states = pack.everything["facility_states"]
    day = dt.date(2024, 6, 30)
    then = {line.line: line.state for line in line_capacities(pack.as_of(day), [])}
    changed = 0
    facility = dict(pack["facility_lines"].select("line", "facility").iter_rows())
    for line, state in then.items():
        own = states.filter((pl.col("facility") == facility[line]) & (pl.col("known_from") <= day))
        begun = own.filter(pl.col("valid_from") <= day)
        assert (state is None) == begun.is_empty()
        if state is not None:
            last = begun.filter(pl.col("valid_from") == pl.col("valid_from").max())
            assert state in last["state"].to_list()
        changed += state != now[line]
    assert changed > 30
