"""Two clocks: what was known on a date, and what a later row corrected."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.atlas import Atlas, NotYetKnown, PackError
from bongsu.cli.shell import BadInput, load_atlas

DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2026, 11, 23))
_SOME = settings(max_examples=25, deadline=None)


def rows(frame: pl.DataFrame) -> set[tuple[Any, ...]]:
    """Rows by their line and content."""
    return {tuple(v if not isinstance(v, list) else tuple(v) for v in row) for row in frame.iter_rows()}


def brute(atlas: Atlas, table: str, day: dt.date) -> set[int]:
    """Lines known on a day and not corrected by then, row against row."""
    assert atlas.everything is not None
    subject = atlas.schema[table].subject
    seen = [row for row in atlas.everything[table].iter_rows(named=True) if row["known_from"] <= day]
    if "known_from" not in atlas.schema[table].key:
        return {row["_line"] for row in seen}
    newest: dict[tuple[Any, ...], dt.date] = {}
    for row in seen:
        key = tuple(row[name] for name in subject)
        newest[key] = max(newest.get(key, dt.date.min), row["known_from"])
    return {r["_line"] for r in seen if r["known_from"] == newest[tuple(r[name] for name in subject)]}


@_SOME
@given(day=DAYS)
def test_nothing_is_known_early_and_nothing_corrected_is_left(pack: Atlas, day: dt.date) -> None:
    then = pack.as_of(day)
    assert then.known == day
    for name, table in pack.schema.items():
        if "known_from" in table:
            assert set(then[name]["_line"]) == brute(pack, name, day), name
        else:
            assert then[name].equals(pack[name])


@settings(_SOME, max_examples=10)
@given(first=DAYS, second=DAYS)
def test_a_date_forgets_nothing_and_any_other_date_can_be_asked_from_it(
    pack: Atlas, first: dt.date, second: dt.date
) -> None:
    early, late = sorted((first, second))
    before, after = pack.as_of(early), pack.as_of(late)
    again = before.as_of(early)
    assert all(again[name].equals(before[name]) for name in pack.tables)
    for name, table in pack.schema.items():
        assert after.as_of(early)[name].equals(before[name])
        assert before.as_of(late)[name].equals(after[name])
        subject = list(table.subject)
        known = {tuple(row) for row in before[name].select(subject).iter_rows()} if "known_from" in table else set()
        assert known <= {tuple(row) for row in after[name].select(subject).iter_rows()}
        gone = rows(before[name]) - rows(after[name])
        dates = (
            {tuple(row[c] for c in subject): row["known_from"] for row in after[name].iter_rows(named=True)}
            if gone
            else {}
        )
        columns = ["_line", *(f.name for f in table.fields)]
        for row in gone:
            old = dict(zip(columns, row, strict=True))
            assert early < dates[tuple(old[c] for c in subject)] <= late


def test_a_correction_replaces_its_row_from_the_day_it_was_known(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(root / "data", folder)
    path = folder / "fx.csv"
    path.write_text(
        "currency,date,usd,known_from,source,confidence,note\n"
        "KRW,2025,0.0007,2025-12,,assumed,\nKRW,2026,0.0007,2026-12,,assumed,\n",
        encoding="utf-8",
    )
    capex = folder / "capex.csv"
    text = capex.read_text(encoding="utf-8").splitlines()
    head = text[0].split(",")
    row = text[-1].split(",", len(head) - 1)
    value, known = head.index("capex"), head.index("known_from")
    later = [*row[:value], "123456", *row[value + 1 : known], "2027-03-01", *row[known + 1 :]]
    capex.write_text("\n".join([*text, ",".join(later)]) + "\n", encoding="utf-8")
    about = folder / "datapackage.json"
    about.write_text(
        re.sub(r'"as_of": "[^"]*"', '"as_of": "2027-12-31"', about.read_text(encoding="utf-8")), encoding="utf-8"
    )
    atlas = Atlas.load(folder)
    same = (pl.col("process") == row[0]) & (pl.col("country") == row[1])
    assert atlas.as_of("2027-02")["capex"].filter(same)["capex"].to_list() == [float(row[value])]
    assert atlas.as_of("2027-03")["capex"].filter(same)["capex"].to_list() == [123456.0]
    # A partial date of knowledge is its last day.
    assert atlas.as_of("2025-12-30")["fx"].height == 0
    assert atlas.as_of("2025-12-31")["fx"].height == 1
    assert atlas.as_of("2026")["fx"].height == 2


def test_one_bad_cell_keeps_the_whole_pack_out(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(root / "data", folder)
    with (folder / "shortage_prices.csv").open("a", encoding="utf-8") as file:
        file.write("van_lfp,cheap,2026-11-23,,assumed,\n")
    with pytest.raises(PackError, match=r"^1 error in .*nothing of it was used\."):
        Atlas.load(folder)


def test_the_digest_stands_for_the_bytes(pack: Atlas, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(root / "data", folder)
    assert Atlas.load(folder).digest == pack.digest
    with (folder / "fx.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert Atlas.load(folder).digest != pack.digest


def test_a_pack_as_loaded_is_as_known_on_its_own_day(pack: Atlas) -> None:
    now = pack.as_of(pack.known)
    assert pack.everything is not None
    assert all(pack[name].equals(now[name]) for name in pack.tables)
    # Rows that a later one has corrected are kept for other dates only.
    assert any(pack.everything[name].height > pack[name].height for name in pack.tables)


@pytest.mark.parametrize(
    ("asked", "day"), [("2099", "2099-12-31"), ("2026-11-24", "2026-11-24"), ("2026-11", "2026-11-30")]
)
def test_a_day_after_the_pack_was_kept_is_refused_by_the_library_and_the_tool_alike(
    pack: Atlas, root: Path, asked: str, day: str
) -> None:
    sentence = f"the data pack is kept to {pack.known}, so nothing is known as of {day}; ask for an earlier day"
    for atlas in (pack, pack.as_of("2024-06-30"), pack.as_of("2024").as_of("2025")):
        with pytest.raises(NotYetKnown) as refused:
            atlas.as_of(asked)
        assert isinstance(refused.value, ValueError)
        assert str(refused.value) == sentence
        assert atlas.as_of(pack.known).known == pack.known
    with pytest.raises(BadInput) as told:
        load_atlas(lambda _: None, root / "data", asked)
    assert str(told.value) == sentence
    assert load_atlas(lambda _: None, root / "data", str(pack.known)).known == pack.known


def test_a_date_that_is_none_is_refused(pack: Atlas) -> None:
    with pytest.raises(ValueError, match="yesterday"):
        pack.as_of("yesterday")
