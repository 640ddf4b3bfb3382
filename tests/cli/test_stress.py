"""``bongsu stress`` and ``bongsu ensemble`` as a user runs them, on small cases; the answers themselves are tested in the room."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from .commands import ROOT, bongsu

CASE = ("--case", str(ROOT / "examples/cases/two-plants"))
STOP = """
id: west-stops
title: {en: The western plant stops, ko: 서부 공장 중단, fr: L'usine de l'ouest s'arrête}
known: 2026-06-01
branches:
  - {name: half-year, weight: 0.7, hits: [{facility: west, starts: 2027-01-01, lasts: 6 months}]}
  - {name: for-good, weight: 0.3, hits: [{facility: west, starts: 2027-01-01}]}
"""


@pytest.fixture
def stop(tmp_path: Path) -> Path:
    at = tmp_path / "stop.yaml"
    at.write_text(STOP, encoding="utf-8")
    return at


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "The western plant stops (known 2026-06-01)",
                "weight 70%, weight assumed",
                "west",
                "What to do first",
                "50%",
            ],
        ),
        ("ko", ["서부 공장 중단 (2026-06-01 공표)", "가중치 70%", "먼저 할 일", "단계별 노출"]),
        ("fr", ["L'usine de l'ouest s'arrête (connu le 2026-06-01)", "poids 70", "Que faire d'abord", "supposé"]),
    ],
)
def test_an_answer_in_three_languages(tmp_path: Path, stop: Path, language: str, said: list[str]) -> None:
    ran = bongsu("stress", str(stop), *CASE, "--lang", language, at=tmp_path)
    assert ran.code == 0, ran.err
    for words in said:
        assert words in ran.out
    # A case has money of its own, which need not be dollars.
    assert "$" not in ran.out
    assert "달러" not in ran.out


def test_an_answer_as_json_and_as_csv(tmp_path: Path, stop: Path) -> None:
    ran = bongsu("stress", str(stop), *CASE, "--json", at=tmp_path)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    half, good = found["branches"]
    assert (half["branch"], half["weight"], half["weight_source"]) == ("half-year", 0.7, "assumed")
    assert found["expected_additional_cost"] == pytest.approx(
        0.7 * half["additional_cost"] + 0.3 * good["additional_cost"]
    )
    assert good["hits"][0]["target"] == "facility west"
    assert good["exposure"]["tiers"][0]["item"] == "cell"
    # 90 and three times 130 are wanted; the east makes 60 of each year.
    assert good["unserved"][0]["quantity"] == pytest.approx(30 + 3 * 70)
    table = bongsu("stress", str(stop), *CASE, "--csv", at=tmp_path)
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert [(row["branch"], row["plant"], row["stopped"]) for row in rows] == [
        ("half-year", "west", "false"),
        ("for-good", "west", "true"),
    ]


def test_month_by_month_says_who_stops_in_which_month(tmp_path: Path) -> None:
    """90 a year are wanted and the east makes 60: while the west stands still for 60 days, a third of two months is short, less
    what the west makes on the day of April on which it is back: a thirtieth of its 70 a year."""
    at = tmp_path / "march.yaml"
    at.write_text("id: m\nbranches:\n  - {name: b, hits: [{facility: west, starts: 2027-03-01, lasts: 60 days}]}\n")
    run = bongsu("stress", str(at), *CASE, "--months", "4", "--json", at=tmp_path)
    branch = json.loads(run.out)["branches"][0]
    assert [(row["plant"], row["period"]) for row in branch["standstills"]] == [("west", "2027-03")]
    (short,) = branch["unserved"]
    assert short["period"] == "2027-03"
    assert short["quantity"] == pytest.approx(2 * 30 / 12 - 70 / 12 / 30)
    said = bongsu("stress", str(at), *CASE, "--months", "4", "--lang", "fr", at=tmp_path).out
    assert "Mois par mois à partir de mars 2027" in said
    law = tmp_path / "law.yaml"
    law.write_text("id: l\nbranches:\n  - {name: b, law: {without: [x]}}\n")
    refused = bongsu("stress", str(law), *CASE, "--months", "4", at=tmp_path)
    assert refused.code == 2
    assert "leave --months out" in refused.err


def test_the_scenarios_of_a_case_become_a_cube_that_is_taken_up_again(tmp_path: Path) -> None:
    farmer = str(ROOT / "examples/cases/farmer")
    ran = bongsu("ensemble", "--case", farmer, "--out", "cube", "--json", at=tmp_path)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert (found["scenarios"], found["unsolved"]) == (3, 0)
    table = pl.read_parquet(tmp_path / "cube/cube/scenarios.parquet")
    assert table["scenario"].to_list() == ["above", "average", "below"]
    assert found["expected_more"] == pytest.approx((table["more"] * table["weight"]).sum())
    before = {path: path.read_bytes() for path in (tmp_path / "cube/cube").iterdir()}
    rows = bongsu("ensemble", "--case", farmer, "--out", "cube", "--csv", at=tmp_path).out.splitlines()
    assert [row.partition(",")[0] for row in rows] == ["scenario", "above", "average", "below"]
    refused = bongsu("ensemble", "--case", farmer, "--draws", "10", "--csv", at=tmp_path)
    assert refused.code != 0
    assert "--csv" in refused.err
    again = bongsu("ensemble", "--case", farmer, "--out", "cube", "--json", at=tmp_path)
    assert again.out == ran.out
    assert before == {path: path.read_bytes() for path in (tmp_path / "cube/cube").iterdir()}
    other = bongsu("ensemble", *CASE, "--out", "cube", str(tmp_path / "none.yaml"), at=tmp_path)
    assert other.code == 2
    assert "none.yaml cannot be read" in other.err


def test_files_are_scenarios_and_draws_have_a_tail(tmp_path: Path, stop: Path) -> None:
    ran = bongsu("ensemble", str(stop), *CASE, "--out", "cube", "--starts", "2028-01-01", "--lang", "ko", at=tmp_path)
    assert ran.code == 0, ran.err
    assert "west-stops:for-good" in ran.out
    assert "시나리오 2개" in ran.out
    drawn = ("--family", "facility", "--draws", "1000", "--probability", "0.2", "--lasts", "200")
    ran = bongsu("ensemble", *CASE, *drawn, "--json", at=tmp_path)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert (found["draws"], found["sets"]) == (1000, 4)
    low, high = found["cvar"]["low"], found["cvar"]["high"]
    assert found["base_cost"] <= low <= high <= low * 1.005
    assert sum(row["draws"] for row in found["worst"]) == 1000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stress", "none.yaml"], "none.yaml cannot be read"),
        (["stress", "stop.yaml", "--starts", "soon"], "--starts soon is not a day"),
        (["stress", "stop.yaml", "--starts", "2041-01-01"], "touches no period"),
        (["stress", "east.yaml"], "facility atlantis: nothing in this network is hit"),
        (["ensemble", "stop.yaml", "stop.yaml"], "two scenarios have the same name"),
        (["ensemble", "--draws", "10"], "states no events with a probability"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(tmp_path: Path, stop: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "east.yaml").write_text("{id: east, hits: [{facility: atlantis, starts: 2027-01-01}]}")
    ran = bongsu(*arguments, *CASE, at=stop.parent)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.said


def test_without_a_plan_there_is_nothing_to_disrupt(tmp_path: Path, stop: Path) -> None:
    ran = bongsu("stress", str(stop), "--case", str(ROOT / "examples/cases/no-plan"), at=tmp_path)
    assert ran.code == 2
    assert "the plan itself is infeasible" in ran.err


def test_an_answer_as_pages_with_survival_and_the_worst_pair(tmp_path: Path, stop: Path) -> None:
    out = tmp_path / "out"
    done = bongsu(
        "stress", str(stop), *CASE, "--out", "out", "--survive", "--recovery", "30", "--worst", "facility", at=tmp_path
    )
    assert done.code == 0, done.err
    pages = [f"stress-west-stops.{lang}.html" for lang in ("en", "ko", "fr")]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*pages, "stress-west-stops.store.json", "stress-west-stops.why.json"]
    )
    assert all(name in done.out for name in pages)
    store = json.loads((out / "stress-west-stops.store.json").read_text(encoding="utf-8"))
    answer = json.loads(bongsu("stress", str(stop), *CASE, "--json", at=tmp_path).out)
    assert [one["more"] for one in store["branches"]] == pytest.approx(
        [one["additional_cost"] for one in answer["branches"]], rel=1e-8
    )
    assert {row["recover"] for row in store["survival"]["nodes"]} == {30.0}
    assert set(store["worst"]["events"]) == {"facility:east", "facility:west"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--survive",), "give it a folder with --out"),
        (("--out", "out", "--recovery", "30"), "give it with --survive"),
        (("--out", "out", "--worst", "moons"), "there is no family 'moons'"),
    ],
)
def test_what_only_a_page_shows_needs_one(tmp_path: Path, stop: Path, more: tuple[str, ...], said: str) -> None:
    done = bongsu("stress", str(stop), *CASE, *more, at=tmp_path)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()
