"""``bongsu attract`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .commands import DATA, ROOT, bongsu

STUDY = str(ROOT / "examples" / "attract" / "becancour-2022.yaml")


def test_a_study_is_set_beside_what_it_published(tmp_path: Path) -> None:
    ran = bongsu("attract", "case", STUDY, "--json", "--out", "sums", at=tmp_path)
    assert ran.code == 0, ran.err
    told = {row["measure"]: row for row in json.loads(ran.out)["measures"]}
    assert abs(told["npv_pre_tax_real"]["difference"]) < 0.05
    assert json.loads((tmp_path / "sums" / "measures.json").read_text(encoding="utf-8"))[0]["measure"]
    header = (tmp_path / "sums" / "cash_flow.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "post_tax_real_cad_2022" in header


@pytest.mark.parametrize(("lang", "word"), [("ko", "내부수익률"), ("fr", "Taux de rendement interne")])
def test_a_study_is_told_in_the_language_asked_for(tmp_path: Path, lang: str, word: str) -> None:
    ran = bongsu("attract", "case", STUDY, "--lang", lang, at=tmp_path)
    assert word in ran.out


def test_a_flow_without_a_change_of_sign_says_that_there_is_no_rate(tmp_path: Path) -> None:
    text = (ROOT / "examples" / "attract" / "small-plant.yaml").read_text(encoding="utf-8")
    (tmp_path / "loss.yaml").write_text(text.replace("price: 3.0", "price: 0.5"), encoding="utf-8")
    ran = bongsu("attract", "case", "loss.yaml", "--json", at=tmp_path)
    told = json.loads(ran.out)
    assert told["signs"] == "none"
    assert {row["measure"]: row["found"] for row in told["measures"]}["irr_pre_tax_real"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["case", "no-such.yaml"], "there is no file no-such.yaml"),
        (["case", "bad.yaml"], "is no YAML"),
        (["case", "short.yaml"], "short.yaml: currency: field required"),
        (["case", STUDY, "--lang", "de"], "the language 'de' is not known"),
        (["case", "x@y", "--case", "examples/cases/two-plants", *DATA], "is a case folder"),
        (["case", "x@y", "--case", "no-such-case", *DATA], "there is no case 'no-such-case'"),
        (["case", "make_cell_lpf@ca-on-windsor", *DATA], "no process 'make_cell_lpf'; did you mean make_cell_lfp"),
        (["case", "make_cell_lfp@ca-on-windsor:big", *DATA], "'big' is no size"),
        (["public", "make_cell_lfp@ca-on-windsor", "--lender", "IMF", *DATA], "no lender 'IMF'; there are CGF"),
        (["public", "make_cell_lfp@ca-on-windsor", "--branch", "none", "--set", "x=1"], "there is no branch 'none'"),
        (["case", "make_cell_lfp@ca-on-windsor", "--set", "debt=0.5", *DATA], "there is no term 'debt'"),
        (["sites", "hub", "--place", "ca-bc-surey", *DATA], "no place 'ca-bc-surey'; did you mean ca-bc-surrey"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "bad.yaml").write_text("a: [1\n", encoding="utf-8")
    (tmp_path / "short.yaml").write_text("case: short\n", encoding="utf-8")
    ran = bongsu("attract", *arguments, at=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.said
