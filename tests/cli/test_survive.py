"""``bongsu survive`` as a user runs it, on a case that can be followed on paper; the programmes are tested in the room."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from bongsu.cli.survive import KINDS
from bongsu.cli.wording import Wording

from .commands import ROOT, bongsu

CASE = str(ROOT / "examples/cases/survival")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["How long without it (survival, 2026)", "147", "345 to 406", "400 (as asked)", "63.3%", "for ever"]),
        ("ko", ["없을 때의 생존 기간", "345~406", "400 (지정)", "무기한", "2개는 없어져도"]),
        ("fr", ["Combien de temps sans elle", "de 345 à 406", "400 (demandé)", "63,3", "2 autres peuvent manquer"]),
    ],
)
def test_an_answer_in_three_languages(tmp_path: Path, language: str, said: list[str]) -> None:
    ran = bongsu("survive", CASE, "--recovery", "400", "--lang", language, at=tmp_path)
    assert ran.code == 0, ran.err
    more = bongsu("survive", CASE, "--node", "cathode-becancour", "--lang", language, at=tmp_path)
    for words in said:
        assert words in ran.out + more.out


def test_json_says_days_and_what_goes_on_for_ever(tmp_path: Path) -> None:
    said = json.loads(bongsu("survive", CASE, "--json", "--kind", "plant", at=tmp_path).out)
    assert said["base_days"] is None
    assert said["others_for_ever"] == 1
    nodes = {row["node"]: row for row in said["nodes"]}
    # 20 cells in stock and 50 a year wanted, and a day's sales on the way from Windsor.
    works = nodes["cells-windsor"]
    assert works["survive_days_low"] == pytest.approx(20 / 50 * 365 + 1)
    # Anode: 20 a year from abroad, 3 in stock, 38 days of 50 a year on the way; 20 cells in stock and a day's sales on the way.
    sejong = nodes["anode-sejong"]
    assert sejong["survive_days_low"] == pytest.approx((20 + 50 / 365 + 3 + 50 * 38 / 365) / (50 - 20) * 365, rel=1e-5)
    assert sejong["survive_days_high"] == pytest.approx((20 + 50 / 365 + 8 + 50 * 38 / 365) / (50 - 20) * 365, rel=1e-5)
    assert works["recover_days"] is None
    assert works["lost_share_low"] is None
    # An event of the case says when Pohang is back; it is back before anything runs short.
    pohang = nodes["cathode-pohang"]
    assert pohang["recover_days"] == pytest.approx(182.5)
    assert pohang["recover_source"] == "assumed"
    assert pohang["gap_days_high"] < 0
    assert pohang["lost_share_high"] == pytest.approx(0.0, abs=1e-9)
    alone = json.loads(bongsu("survive", CASE, "--json", "--node", "cathode-becancour", at=tmp_path).out)["nodes"][0]
    assert alone["for_ever_low"]
    assert alone["survive_days_low"] is None


def test_csv_has_the_same_rows(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(bongsu("survive", CASE, "--csv", "--recovery", "400", at=tmp_path).out)))
    assert {row["node"] for row in rows} >= {"cells-windsor", "pacific", "KR"}
    assert float(rows[0]["survive_days_low"]) <= float(rows[-1]["survive_days_low"])
    cover = list(csv.DictReader(io.StringIO(bongsu("survive", CASE, "--cover", "--csv", at=tmp_path).out)))
    by_item = {row["item"]: row for row in cover}
    assert float(by_item["cell"]["days_low"]) == pytest.approx(146.0)
    assert by_item["cathode"]["plants"] == "cells-windsor"


def test_month_by_month_what_lies_beyond_is_said(tmp_path: Path) -> None:
    ran = bongsu(
        "survive", CASE, "--time-expanded", "--node", "anode-sejong", "--node", "cells-windsor", "--json", at=tmp_path
    )
    nodes = {row["node"]: row for row in json.loads(ran.out)["nodes"]}
    assert nodes["cells-windsor"]["over_time_days_low"] == pytest.approx(147, rel=0.01)
    assert nodes["anode-sejong"]["over_time_days_low"] <= nodes["anode-sejong"]["survive_days_low"]
    assert nodes["anode-sejong"]["beyond_months_high"]
    table = bongsu("survive", CASE, "--time-expanded", "--months", "3", "--node", "anode-sejong", at=tmp_path)
    assert "more than 91" in table.out


def test_the_least_stock_that_bridges_a_loss(tmp_path: Path) -> None:
    arguments = ("survive", CASE, "--node", "cells-windsor", "--recovery", "200", "--bridge", "cell@city")
    said = json.loads(bongsu(*arguments, "--json", at=tmp_path).out)
    # Seven months of sales, less the 20 in stock, a day's sales on the way, and what the works make at full rate in the rest of the
    # seventh month, of which a day's share arrives later.
    rest = 7 - 200 / (365 / 12)
    needed = 7 * 50 / 12 - 20 - 50 / 365 - rest * 60 / 12 * (1 - 12 / 365)
    assert said["stock"][0]["stock"] == pytest.approx(needed, rel=1e-3)
    assert said["lost"] == {}
    assert "Least stock that bridges 200 days without cells-windsor" in bongsu(*arguments, at=tmp_path).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--node", "pohang-x"), "no plant, offer, corridor, lane, place, country or event 'pohang-x'"),
        (("--node", "cathode"), "did you mean cathode-pohang"),
        (("--kind", "ship"), "no kind 'ship' of loss"),
        (("--year", "2031"), "no period 2031"),
        (("--time-expanded", "--start", "soon"), "--start soon is not a month"),
        (("--bridge", "cell@city"), "--bridge needs one --node"),
        (("--node", "KR", "--recovery", "90", "--bridge", "cell"), "write it as item@place"),
        (("--node", "KR", "--recovery", "90", "--bridge", "cell@mars"), "no 'mars'"),
    ],
)
def test_a_slip_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = bongsu("survive", CASE, *arguments, at=tmp_path)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_every_kind_has_its_word(language: str) -> None:
    words = Wording("survive_words", language)
    assert all(words(f"kind.{kind}") for kind in KINDS)
