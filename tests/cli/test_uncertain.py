"""``bongsu uncertain``, ``bongsu worst`` and ``bongsu fixes`` as a user runs them, on small cases."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from .commands import ROOT, bongsu

CASES = ROOT / "examples" / "cases"
FARMER, DESIGN = str(CASES / "farmer"), str(CASES / "design-under-uncertainty")
DEPOTS, FIXES, PLANTS = str(CASES / "facility-interdiction"), str(CASES / "supply-fixes"), str(CASES / "two-plants")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_farmer_as_data_and_as_files(tmp_path: Path) -> None:
    ran = bongsu("uncertain", FARMER, "--json", "--out", "farm", at=tmp_path)
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert said["stochastic_plan"] == pytest.approx(-108_390)
    assert said["value_of_stochastic_solution"] == pytest.approx(1_150)
    assert said["expected_value_of_perfect_information"] == pytest.approx(7_015.56, abs=0.01)
    assert [one["scenario"] for one in said["scenarios"]] == ["above", "average", "below"]
    assert json.loads((tmp_path / "farm" / "uncertain.json").read_text(encoding="utf-8")) == said
    decided = rows((tmp_path / "farm" / "decisions.csv").read_text(encoding="utf-8"))
    assert {row["of"]: float(row["planned"]) for row in decided}["grow_beet"] == pytest.approx(250)
    alone = rows(bongsu("uncertain", FARMER, "--csv", at=tmp_path).out)
    assert float(alone[2]["alone"]) == pytest.approx(-59_950)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "Stochastic plan: 722.00 USD",
                "Always in (2): north; north-a",
                "Always out (1): south-a",
                "south-fails *",
            ],
        ),
        ("ko", ["확률적 계획: 현재가치 비용 722.00 USD", "항상 포함(2)", "항상 제외(1)", "조건부 위험가치"]),
        ("fr", ["Plan stochastique : 722,00 USD", "Toujours retenus (2)", "Toujours écartés (1)", "Valeur à risque"]),
    ],
)
def test_the_plan_and_its_builds_in_words(language: str, said: list[str], tmp_path: Path) -> None:
    ran = bongsu(
        "uncertain", DESIGN, "--risk-weight", "1", "--alpha", "0.8", "--builds", "--lang", language, at=tmp_path
    )
    assert ran.code == 0, ran.err
    assert [words for words in said if words not in ran.out] == []


def test_a_disruption_in_yaml_is_planned_for_with_a_probability(tmp_path: Path) -> None:
    stop = "id: west-stops\nknown: 2026-06-01\nhits: [{facility: west, starts: 2027-01-01}]\n"
    (tmp_path / "stop.yaml").write_text(stop, encoding="utf-8")
    ran = bongsu("uncertain", PLANTS, "--events", "stop.yaml", "--probability", "0.25", "--json", at=tmp_path)
    assert ran.code == 0, ran.err
    weights = {one["scenario"]: one["weight"] for one in json.loads(ran.out)["scenarios"]}
    assert weights["as-it-stands"] == 0.75
    assert sum(weights.values()) == pytest.approx(1)


def test_events_are_laid_over_a_case_that_has_none(tmp_path: Path) -> None:
    folder = tmp_path / "failures"
    folder.mkdir()
    (folder / "events.csv").write_text("event\neast\nwest\n", encoding="utf-8")
    changes = "event,table,of,column,value\neast,availability,east,share,0\nwest,availability,west,share,0\n"
    (folder / "event_changes.csv").write_text(changes, encoding="utf-8")
    one = json.loads(bongsu("worst", PLANTS, "--events", "failures", "--json", at=tmp_path).out)
    # One file of changes says the same: each name in it is an event.
    (tmp_path / "changes.csv").write_text(changes, encoding="utf-8")
    other = json.loads(bongsu("worst", PLANTS, "--events", "changes.csv", "--json", at=tmp_path).out)
    assert one["events"] == other["events"] == ["west"]
    assert one["cost"] == other["cost"] > one["without"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["The worst 2 together: b, d", "198.00 more than without", "no other of 15 sets is worse"]),
        ("fr", ["Les 2 pires ensemble : b, d", "198,00 de plus", "aucune autre des 15"]),
    ],
)
def test_the_worst_two_in_words(language: str, said: list[str], tmp_path: Path) -> None:
    ran = bongsu("worst", DEPOTS, "--k", "2", "--lang", language, at=tmp_path)
    assert ran.code == 0, ran.err
    assert [words for words in said if words not in ran.out] == []


def test_the_worst_sets_as_csv_and_a_family_of_failures(tmp_path: Path) -> None:
    listed = rows(bongsu("worst", DEPOTS, "--k", "3", "--top", "2", "--csv", at=tmp_path).out)
    assert [(row["rank"], row["events"], float(row["cost"])) for row in listed] == [
        ("1", "a; c; e", 713.0),
        ("2", "b; d; e", 665.0),
    ]
    ran = bongsu("worst", PLANTS, "--family", "facility", "--lasts", "365", "--json", at=tmp_path)
    assert json.loads(ran.out)["sets"] == 2


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ko", ["위험조정 비용이 가장 낮은 수단: 재고", "최대 356.00 USD"]),
        ("fr", ["Le type le moins cher par le coût moyenne-risque : stock", "vaudrait au plus 356,00 USD"]),
    ],
)
def test_the_cheapest_fix_in_words(language: str, said: list[str], tmp_path: Path) -> None:
    ran = bongsu("fixes", FIXES, "--lang", language, at=tmp_path)
    assert ran.code == 0, ran.err
    assert [words for words in said if words not in ran.out] == []


def test_fixes_as_data(tmp_path: Path) -> None:
    said = json.loads(bongsu("fixes", FIXES, "--json", at=tmp_path).out)
    assert said["cheapest"] == ["stock"]
    assert said["worth_at_most"] == {"other": pytest.approx(356)}
    table = rows(bongsu("fixes", FIXES, "--csv", at=tmp_path).out)
    assert [row["kinds"] for row in table][:3] == ["none", "stock", "second_source"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("uncertain", PLANTS), "states no scenarios"),
        (("uncertain", FARMER, "--known", "some day"), "neither"),
        (("uncertain", FARMER, "--events", "nowhere"), "is not there"),
        (("worst", PLANTS), "states no events"),
        (("fixes", FARMER), "no measures"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = bongsu(*arguments, at=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.said


def test_a_folder_of_events_that_does_not_fit_the_case_is_told_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "events.csv").write_text("event\nstop\n", encoding="utf-8")
    (folder / "event_changes.csv").write_text(
        "event,table,of,column,value\nstop,availability,north,share,0\n", encoding="utf-8"
    )
    ran = bongsu("worst", PLANTS, "--events", "wrong", at=tmp_path)
    assert ran.code == 2
    assert "event_changes.csv" in ran.err
    assert "north" in ran.err


def test_without_a_plan_the_code_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "once"
    folder.mkdir()
    (folder / "scenarios.csv").write_text("scenario\nonly\n", encoding="utf-8")
    ran = bongsu("uncertain", str(CASES / "no-plan"), "--events", "once", at=tmp_path)
    assert ran.code == 3
    assert "has no plan even by itself" in ran.out
