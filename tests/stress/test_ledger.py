"""What was promised and what was found of it: cases by hand, the ten promises of the record, and any other table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.atlas import Atlas, PackError
from bongsu.chain.promises import careers
from bongsu.stress.ledger import Account, accounts, accounts_of, ledger_table, read_states, sizes_of

KNOWN = dt.date(2026, 3, 31)


def table(*rows: tuple[str, str, str, int | None]) -> pl.DataFrame:
    """Dated states of a mill: state, from when (and known from), known from if later, year promised."""
    return pl.DataFrame(
        [
            {
                "project": "mill",
                "state": state,
                "valid_from": dt.date.fromisoformat(since),
                "known_from": dt.date.fromisoformat(known or since),
                "promised_year": year,
                "_line": line,
            }
            for line, (state, since, known, year) in enumerate(rows, start=2)
        ],
        schema_overrides={"promised_year": pl.Int64},
    )


def found(*rows: tuple[str, str, str, int | None], known: dt.date = KNOWN) -> list[tuple[object, ...]]:
    """What is found of each promise: year promised, finding, year found, slip, whether it may grow."""
    (one,) = accounts(table(*rows), known)
    return [(p.year, p.found, p.found_year, p.slip, p.at_least) for p in one.promises]


FID = ("fid", "2021-05-01", "", 2023)


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ((FID, ("producing", "2023-11-01", "", None)), (2023, "kept", 2023, 0, False)),
        ((FID, ("producing", "2022-11-01", "", None)), (2023, "kept", 2022, -1, False)),
        ((FID, ("producing", "2025-02-01", "", None)), (2023, "slipped", 2025, 2, False)),
        ((FID, ("construction", "2023-01-01", "", 2026)), (2023, "slipped", 2026, 3, True)),
        ((FID, ("construction", "2025-06-01", "", None)), (2023, "slipped", None, 2, True)),
        ((FID, ("paused", "2022-06-01", "", None)), (2023, "paused", None, None, False)),
        ((FID, ("paused", "2022-06-01", "", 2027)), (2023, "paused", 2027, 4, True)),
        ((FID, ("cancelled", "2022-06-01", "", None)), (2023, "cancelled", None, None, False)),
        ((FID, ("construction", "2022-06-01", "", None)), (2023, "unknown", None, None, False)),
        ((("fid", "2021-05-01", "", 2026),), (2026, "not_due", None, None, False)),
        ((("fid", "2021-05-01", "", 2028), ("fid", "2022-05-01", "", 2027)), (2028, "not_due", 2027, -1, True)),
        # Begun in March, read of in April: on the last of March it is still a promise.
        (
            (("fid", "2021-05-01", "", 2026), ("producing", "2026-03-01", "2026-04-20", None)),
            (2026, "not_due", None, None, False),
        ),
    ],
)
def test_a_promise_is_judged_by_what_was_known(
    rows: tuple[tuple[str, str, str, int | None], ...], finding: tuple[object, ...]
) -> None:
    assert found(*rows)[0] == finding


def test_a_year_named_again_is_one_promise_and_another_year_is_a_new_one() -> None:
    (mill,) = accounts(
        table(
            FID,
            ("construction", "2022-03-01", "", 2023),
            ("construction", "2022-12-01", "", 2025),
            ("construction", "2023-12-01", "", 2023),
        ),
        KNOWN,
    )
    assert [one.year for one in mill.promises] == [2023, 2025, 2023]
    assert mill.promises[0].again == dt.date(2022, 3, 1)
    assert mill.promises[1].again is None


def test_the_sum_of_slips_from_promise_to_promise_is_that_of_the_first() -> None:
    rows = (
        FID,
        ("construction", "2022-03-01", "", 2024),
        ("construction", "2024-02-01", "", 2026),
        ("producing", "2026-02-01", "", None),
    )
    slips = [p[3] for p in found(*rows)]
    years = [p[0] for p in found(*rows)]
    assert slips == [3, 2, 0]
    assert all(a - b == later - sooner for a, b, sooner, later in zip(slips, slips[1:], years, years[1:], strict=False))  # type: ignore[operator]


# The ten promises of the record ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def then(pack: Atlas) -> dict[str, Account]:
    return {one.project: one for one in accounts_of(pack.as_of("2026-03"))}


@pytest.mark.parametrize(
    ("project", "promised", "finding"),
    [
        ("ca-on-powerco", 2027, ("not_due", None)),
        ("ca-qc-ultiumcam", 2024, ("slipped", 2026)),
        ("ca-qc-ultiumcam-p2", 2026, ("paused", None)),
        ("ca-on-umicore", 2026, ("paused", None)),
        ("ca-on-asahikasei", 2027, ("not_due", None)),
        ("ca-on-electra", 2022, ("slipped", 2027)),
        ("ca-on-electra", 2023, ("slipped", 2027)),
        ("ca-qc-vale-niso4", 2026, ("cancelled", None)),
        ("ca-qc-nmg-bec", 2027, ("slipped", 2028)),
        ("ca-on-nextstar", 2024, ("slipped", 2025)),
        ("ca-on-nextstar", 2025, ("kept", 2025)),
        ("ca-qc-northvolt", 2026, ("cancelled", None)),
    ],
)
def test_the_ten_promises_of_the_record_as_of_march_2026(
    then: dict[str, Account], project: str, promised: int, finding: tuple[str, int | None]
) -> None:
    one = next(p for p in then[project].promises if p.year == promised)
    assert (one.found, one.found_year) == finding


def test_what_else_had_changed_by_march_2026(then: dict[str, Account], pack: Atlas) -> None:
    states = {row["_line"]: row for row in pack["facility_states"].iter_rows(named=True)}
    assert then["ca-on-asahikasei"].promises[0].again == dt.date(
        2025, 5, 31
    )  # kept, when the Honda project was put off
    nextstar = then["ca-on-nextstar"]
    assert nextstar.career.now.state == "producing"
    assert [turn.after for turn in nextstar.turns if turn.kind == "owners"] == ["LG Energy Solution 100%"]
    assert "LFP" in states[nextstar.promises[0].found_line]["note"]
    lost = [turn.before for turn in then["ca-qc-nmg-bec"].turns if turn.kind == "customer_lost"]
    assert lost == ["us-mi-factoryzero"]  # GM
    assert [turn.before for turn in then["ca-qc-vale-niso4"].turns] == ["ca-qc-ultiumcam-p2"]
    northvolt = then["ca-qc-northvolt"].career
    assert any(one.state == "paused" and one.known == dt.date(2025, 3, 12) for one in northvolt.statements)


def test_a_promise_is_not_broken_before_anybody_knew(pack: Atlas) -> None:
    asahi = {one.project: one for one in accounts_of(pack)}["ca-on-asahikasei"]
    assert (asahi.promises[0].found, asahi.promises[0].found_year) == ("slipped", 2029)


def test_every_promise_of_the_pack_has_its_line_and_finding(pack: Atlas) -> None:
    lines = dict(pack["facility_states"].select("_line", "promised_year").iter_rows())
    frame = ledger_table(accounts_of(pack))
    assert frame.height > 130
    for row in frame.iter_rows(named=True):
        assert lines[row["line"]] == row["promised_year"]
        assert row["found_line"] in lines
        assert (row["slip"] is None) <= (row["found"] in ("paused", "cancelled", "not_due", "unknown"))
        assert row["found"] != "kept" or row["slip"] <= 0
        assert row["found"] != "slipped" or row["slip"] > 0


# Other tables ------------------------------------------------------------------------------------------------------------------

STATES = st.sampled_from(["mou", "study", "fid", "construction", "paused", "producing", "cancelled"])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(STATES, st.dates(dt.date(2018, 1, 1), dt.date(2026, 11, 1)), st.none() | st.integers(2019, 2032)),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[1],
    ),
    st.dates(dt.date(2018, 1, 1), dt.date(2026, 11, 1)),
)
def test_any_table_of_dated_states_gives_a_ledger(rows: list[tuple[str, dt.date, int | None]], day: dt.date) -> None:
    states = table(*((state, str(since), "", year) for state, since, year in rows))
    for account in accounts(states, day):
        named = [one for one in account.career.open_statements() if one.named]
        assert len(account.promises) <= len(named)
        assert bool(account.promises) == bool(named)
        for one in account.promises:
            assert one.said <= day
            assert one.found_year is None or one.slip == one.found_year - one.year
            if account.career.begun:
                assert one.found in ("kept", "slipped")
                assert not one.at_least


def test_a_file_of_dated_states_is_read_with_its_sizes(root: Path) -> None:
    states = read_states(root / "examples/ledger/states.csv")
    by_name = {one.project: one for one in accounts(states, dt.date(2025, 12, 31), sizes_of(states))}
    assert [(p.year, p.found, p.slip) for p in by_name["North mill"].promises] == [
        (2023, "slipped", 1),
        (2024, "kept", 0),
    ]
    assert by_name["North mill"].promises[0].size == ((20000.0, "t"),)
    assert [p.found for p in by_name["South mill"].promises] == ["paused", "paused"]
    assert by_name["East works"].found == "cancelled"
    assert by_name["West works"].promises[0].again == dt.date(2025, 10, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("project,state\nmill,fid\n", "valid_from: is missing from the header"),
        ("project,state,valid_from,known_from\nmill,ready,2024,2024\n", "'ready'"),
        ("project,state,valid_from,known_from\nmill,fid,spring,2024\n", "is not a date"),
        ("project,state,valid_from,known_from\n", "has no rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "states.csv").write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=said):
        read_states(tmp_path / "states.csv")
    with pytest.raises(PackError, match="is not a file"):
        read_states(tmp_path / "nothing.csv")


def test_careers_keep_the_order_of_the_file(root: Path) -> None:
    states = read_states(root / "examples/ledger/states.csv")
    names = [one.project for one in careers(states, dt.date(2025, 12, 31))]
    assert names == ["North mill", "South mill", "East works", "West works"]
