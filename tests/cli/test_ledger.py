"""``bongsu ledger`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from .commands import DATA, ROOT, bongsu

FILE = str(ROOT / "examples/ledger/states.csv")


def test_the_pack_s_promises_as_data(tmp_path: Path) -> None:
    ran = bongsu("ledger", "--as-of", "2026-03", "--json", *DATA, at=tmp_path)
    assert ran.code == 0, ran.err
    answer = json.loads(ran.out)
    assert answer["as_of"] == "2026-03-31"
    ultium = [one for one in answer["promises"] if one["project"] == "ca-qc-ultiumcam"]
    assert [(one["promised_year"], one["found"], one["slip"]) for one in ultium] == [
        (2024, "slipped", 2),
        (2025, "slipped", 1),
        (2026, "not_due", None),
    ]
    assert all(one["source"] for one in ultium)
    powerco = next(one for one in answer["projects"] if one["project"] == "ca-on-powerco")
    chances = list(powerco["outlook"].values())
    assert all(0 <= one["low"] <= one["mean"] <= one["high"] <= 1 for one in chances)
    assert {one["state"] for one in answer["curves"]} >= {"fid", "construction", "paused"}
    methods = {one["method"]: one["crps"] for one in answer["scores"]["held_out"]}
    assert methods["fitted"] < methods["announced"]
    assert answer["scores"]["split"] == "2024-12-31"


def test_a_file_of_other_projects_as_a_table(tmp_path: Path) -> None:
    ran = bongsu("ledger", FILE, "--csv", *DATA, at=tmp_path)
    assert ran.code == 0, ran.err
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["project"], row["found"]) for row in rows][:3] == [
        ("North mill", "slipped"),
        ("North mill", "kept"),
        ("South mill", "paused"),
    ]


@pytest.mark.parametrize(("language", "word"), [("en", "slipped"), ("ko", "지연"), ("fr", "en retard")])
def test_the_words_of_three_languages(tmp_path: Path, language: str, word: str) -> None:
    ran = bongsu("ledger", FILE, "--project", "North mill", "--lang", language, *DATA, at=tmp_path)
    assert ran.code == 0, ran.err
    assert word in ran.out
    assert "Ground broken" in ran.out  # notes are shown as they stand


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.csv"], "is not a file"),
        ([FILE, "--project", "Moon works"], "there is no project 'Moon works'"),
        ([FILE, "--as-of", "spring"], "'spring' is not a date"),
        (["--as-of", "2031"], "the data pack is kept to"),
        (["--lang", "de"], "the language 'de' is not known"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = bongsu("ledger", *arguments, *DATA, at=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.said
