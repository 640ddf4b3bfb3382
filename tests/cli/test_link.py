"""``bongsu link`` as a user runs it, on the plan that the tests share; what it computes is tested in the room."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bongsu.chain import Chain
from bongsu.cli import link, shell
from bongsu.committee.link import party_of
from bongsu.plan import Plan

from .commands import DATA, ROOT, bongsu

Run = Callable[..., Result]


@pytest.fixture
def run(chain: Chain, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The commands on the shared plan, whatever case they ask for."""
    monkeypatch.setattr(link, "_chain", lambda *_: chain)
    monkeypatch.setattr(link, "_plan", lambda *_: plan)

    def go(*arguments: str) -> Result:
        return CliRunner().invoke(link.link_app, list(arguments))

    return go


def said(result: Result) -> str:
    assert result.exception is None, result.exception
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize(("lang", "word"), [("en", "delivered"), ("ko", "도착 원가"), ("fr", "rendu")])
def test_sellers_are_shown_in_the_language_and_written(run: Run, tmp_path: Path, lang: str, word: str) -> None:
    arguments = ("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxide", "--years", "2028", "--origin", "pfe")
    text = said(run(*arguments, "--lang", lang, "--out", str(tmp_path / "out")))
    assert word in text
    assert "link.json" in text
    written = json.loads((tmp_path / "out" / "link.json").read_text(encoding="utf-8"))
    assert written["room"] == "link"
    assert any(name.startswith("link.delivered:") for name in written["figures"])
    assert (tmp_path / "out" / "link_sellers.csv").read_text(encoding="utf-8").startswith("rank,seller,")


@pytest.mark.parametrize("lang", ["en", "ko", "fr"])
def test_buyers_matching_alarms_and_contracts_are_shown(run: Run, lang: str) -> None:
    assert said(run("--seller", "ca-qc-nmg-bec", "--item", "anode_natural", "--years", "2030-2031", "--lang", lang))
    assert said(run("match", "--item", "cam_ncma", "--year", "2030", "--lang", lang))
    assert said(run("alarms", "--year", "2030", "--lang", lang))
    example = str(ROOT / "examples" / "link" / "hydroxide.yaml")
    assert "hydroxide" in said(run("contract", example, "--cases", "low,reference,high", "--lang", lang))


def test_json_holds_the_tables_whose_parts_add_up(run: Run) -> None:
    found: dict[str, Any] = json.loads(
        said(run("--buyer", "us-nv-mccarran", "--item", "anode_natural", "--years", "2030", "--json"))
    )
    rows = [row for row in found["tables"]["sellers"] if row["price"] is not None and row["credit"] is not None]
    assert rows
    for row in rows:
        assert row["price"] + row["freight"] + row["duty"] + row["credit"] == pytest.approx(row["delivered"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name one side"),
        (("--buyer", "a", "--seller", "b"), "name one side"),
        (("--buyer", "ca-qc-ultiumcam"), "--item"),
        (("--buyer", "ca-qc-ultiumcan", "--item", "cam_ncma"), "did you mean ca-qc-ultiumcam"),
        (("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxid"), "did you mean lithium_hydroxide"),
        (("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxide", "--origin", "USMC"), "did you mean USMCA"),
        (("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxide", "--years", "soon"), "write 2028"),
        (("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxide", "--years", "2050"), "2026 to 2040"),
        (("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxide", "--quantity", "-1"), "above zero"),
        (("--seller", "ca-qc-nmg-bec", "--item", "anode_natural", "--origin", "CA"), "rule of a buyer"),
        (("match", "--item", "cam_ncma"), "the year"),
        (("match", "--item", "cam_ncna", "--year", "2030"), "did you mean"),
        (("match", "--item", "cam_ncma", "--year", "1999"), "no year 1999"),
        (("alarms", "--share", "0.2"), "0.5"),
        (("alarms", "--country", "XX"), "no country XX"),
        (("alarms", "--lang", "de"), "en, ko or fr"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, shell.BadInput), result.exception
    assert sentence in str(result.exception)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("item: [", "is no YAML"),
        ("- 1\n", "holds no contract"),
        ("item: x\n", "is missing"),
        ("", "holds no contract"),
    ],
)
def test_a_contract_file_that_is_none_is_a_sentence(run: Run, tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text, encoding="utf-8")
    result = run("contract", str(file))
    assert isinstance(result.exception, shell.BadInput), result.exception
    assert sentence in str(result.exception)


def test_weights_of_cases_that_are_not_planned_are_pointed_at(run: Run) -> None:
    result = run("contract", str(ROOT / "examples" / "link" / "hydroxide.yaml"))
    assert isinstance(result.exception, shell.BadInput)
    assert "--cases" in str(result.exception)


def test_the_command_itself_refuses_before_it_plans(tmp_path: Path) -> None:
    ran = bongsu("link", "--buyer", "nowhere", "--item", "lithium_hydroxide", *DATA, at=tmp_path)
    assert ran.code == 2
    assert "there is no facility or place 'nowhere'" in ran.err
    missing = bongsu("link", "contract", "none.yaml", at=tmp_path)
    assert missing.code == 2
    assert "none.yaml" in missing.err
    assert "Traceback" not in missing.said


def test_what_can_be_asked_is_listed_and_every_row_can_be(run: Run, chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = said(run("list", "--item", "lithium_hydroxide", "--country", "CA", "--out", str(out), "--lang", "fr"))
    assert "ca-qc-ultiumcam" in text
    assert sorted(path.name for path in out.iterdir()) == [
        f"link_{table}.{kind}" for table in ("items", "parties") for kind in ("csv", "json")
    ]
    parties = json.loads((out / "link_parties.json").read_text(encoding="utf-8"))
    assert {row["country"] for row in parties} == {"CA"}
    assert {row["item"] for row in parties} == {"lithium_hydroxide"}
    buyers = [row["party"] for row in parties if row["side"] == "buys"]
    for row in parties:
        # What is listed is a name that the command takes.
        party_of(chain.atlas, row["party"])
    assert "ca-qc-ultiumcam" in buyers


def test_a_blend_is_bought_where_it_is_made(run: Run) -> None:
    found = json.loads(said(run("list", "--item", "anode_natural", "--side", "buys", "--json")))
    assert {row["kind"] for row in found["parties"]} == {"step"}
    assert "us-nv-mccarran" in {row["party"] for row in found["parties"]}


def test_a_list_leaves_the_figures_of_another_answer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "link.json").write_text("kept", encoding="utf-8")
    said(run("list", "--out", str(tmp_path)))
    assert (tmp_path / "link.json").read_text(encoding="utf-8") == "kept"


def test_a_wrong_name_is_answered_with_near_ones(tmp_path: Path) -> None:
    for arguments, hint in (
        (("--item", "lithium_hydroxid"), "did you mean lithium_hydroxide"),
        (("--party", "ca-qc-ultiumcan"), "did you mean ca-qc-ultiumcam"),
        (("--side", "sell"), "use one of buys, sells"),
    ):
        ran = bongsu("link", "list", *arguments, *DATA, at=tmp_path)
        assert ran.code == 2
        assert hint in ran.err


def test_parts_of_a_price_have_the_same_decimals_and_a_minus_is_a_minus(run: Run) -> None:
    asked = ("--buyer", "ca-qc-ultiumcam", "--item", "lithium_hydroxide", "--years", "2028")
    text = said(run(*asked, "--lang", "fr"))
    assert "\u221220\u202f%" in text
    assert "-20" not in text
    assert "0,00 " not in text.partition("L’ordre")[0]
    assert "$ US" in text.replace("\u00a0", " ")
    assert "US$" not in text
