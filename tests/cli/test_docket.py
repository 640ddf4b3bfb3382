"""The docket never loses what is written in it, and says in one sentence what is wrong with a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from bongsu.cli import keep
from bongsu.cli.shell import BadInput
from bongsu.committee.docket import Docket

from .commands import ROOT, bongsu

NEW = ("docket", "new", "lfp", "--question", "Who makes it?", "--owner", "B", "--today", "2026-11-01")


def test_a_file_is_not_written_over_unless_asked_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "docket" / "a.md"
    assert keep.put(path, "one") is None
    with pytest.raises(BadInput, match="--replace"):
        keep.put(path, "two")
    assert path.read_text() == "one"
    assert keep.put(path, "two", replace=True) == path.parent / ".history" / "a.1.md"
    assert keep.put(path, "three", replace=True) == path.parent / ".history" / "a.2.md"
    assert [path.read_text(), *(p.read_text() for p in sorted((path.parent / ".history").iterdir()))] == [
        "three",
        "one",
        "two",
    ]
    assert sorted(p.name for p in path.parent.iterdir()) == [".history", "a.md"]


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    keep.put(path, "one")

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(keep.os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        keep.put(path, "two", replace=True)
    assert path.read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]


def test_an_item_is_begun_decided_and_taken_back(tmp_path: Path) -> None:
    assert bongsu(*NEW, "--option", "go=Go on", at=tmp_path).code == 0
    again = bongsu(*NEW, at=tmp_path)
    assert again.code == 2
    assert "is there already" in again.err
    wrong = bongsu(
        "docket", "decide", "lfp", "--option", "stop", "--by", "C", "--text", "x", "--on", "2026-11-02", at=tmp_path
    )
    assert wrong.code == 2
    assert "no option" in wrong.err
    took = ("docket", "decide", "lfp", "--by", "C", "--text", "x")
    assert bongsu(*took, "--option", "go", "--on", "2026-11-02", at=tmp_path).code == 0
    assert bongsu(*took, "--withdraw", "--on", "2026-11-03", at=tmp_path).code == 0
    item = Docket.read(tmp_path / "docket").items["lfp"]
    assert [(one.what, one.option) for one in item.decisions] == [("decided", "go"), ("withdrawn", None)]
    assert len(list((tmp_path / "docket" / ".history").iterdir())) == 2


def test_an_item_on_a_project_has_its_title_in_three_languages(tmp_path: Path) -> None:
    project = ("--project", "make_cam_lfp@ca-qc-becancour")
    assert bongsu(*NEW, *project, "--docket", str(tmp_path), at=ROOT).code == 0
    item = Docket.read(tmp_path).items["lfp"]
    assert isinstance(item.title, dict)
    assert [item.title[one].rpartition(", ")[2] for one in ("en", "ko", "fr")] == ["Bécancour", "베캉쿠르", "Bécancour"]
    assert bongsu(*NEW, "--project", "no_such@place", "--docket", str(tmp_path), "--replace", at=ROOT).code == 0
    assert Docket.read(tmp_path).items["lfp"].title == "Who makes it?"


def test_figures_are_carried_from_an_answer_with_their_names(tmp_path: Path) -> None:
    data = ("--data", str(ROOT / "data"))
    assert bongsu("exchange", "gaps", *data, "--out", "out", at=tmp_path).code == 0
    ran = bongsu(*NEW, "--from", "out/exchange.json", "--figure", "exchange.covered:na-lfp*", at=tmp_path)
    assert ran.code == 0, ran.said
    [figure] = Docket.read(tmp_path / "docket").items["lfp"].figures
    assert figure.why == "exchange.covered:na-lfp-cathode"
    assert figure.value == 1.0
    assert figure.sources
    none = bongsu(*NEW, "--from", "out/exchange.json", "--figure", "link.*", "--replace", at=tmp_path)
    assert none.code == 2
    assert "no figure is called" in none.err


def test_cards_and_the_pack_are_written_in_each_language(tmp_path: Path) -> None:
    held = ("--docket", str(ROOT / "examples" / "docket"), "--today", "2026-11-28")
    assert bongsu("docket", "card", "hydrogen-gaps", *held, "--format", "both", at=tmp_path).code == 0
    assert bongsu("docket", "pack", "2026Q4", *held, "--lang", "fr", at=tmp_path).code == 0
    assert len(list((tmp_path / "out" / "cards").iterdir())) == 6
    assert [p.name for p in (tmp_path / "out" / "pack").iterdir()] == ["pack-2026Q4.fr.html"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("docket", "list", "--docket", "nowhere"), "is no folder"),
        (("docket", "pack", "2026Q7", "--docket", str(ROOT / "examples" / "docket")), "is no quarter"),
        (("docket", "show", "zzz", "--docket", str(ROOT / "examples" / "docket")), "there is no item"),
        (("docket", "list", "--today", "soon"), "is not a day"),
        (("exchange", "find", "separrator", "--data", str(ROOT / "data")), "did you mean"),
        (("exchange", "find", "separator", "--weight", "price=1", "--data", str(ROOT / "data")), "is no weight"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = bongsu(*arguments, at=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.said
