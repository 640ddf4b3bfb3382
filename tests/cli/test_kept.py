"""Answers on disk: whole or not there, and every figure of them answers why."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from bongsu.answers import Node
from bongsu.cli import kept
from bongsu.cli.shell import BadInput
from bongsu.committee import Answer

from .commands import DATA, bongsu

LEAF = Node({"en": "Capacity", "ko": "능력", "fr": "Capacité"}, 3.0, "t/yr", confidence="assumed")
FIGURE = Node({"en": "Saved", "ko": "절감", "fr": "Épargné"}, 12.5, "MUSD", "money", children=(LEAF,))
ANSWER = Answer("link", {"link.saved:a": FIGURE}, {"sellers": pl.DataFrame({"seller": ["a"], "price": [None]})})


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    files = kept.write(ANSWER, tmp_path / "new")
    assert sorted(files) == sorted(path.name for path in (tmp_path / "new").iterdir())
    assert kept.figure("link.saved:a", tmp_path / "new") == FIGURE
    assert json.loads((tmp_path / "new/link_sellers.json").read_text()) == [{"seller": "a", "price": None}]
    assert pl.read_csv(tmp_path / "new/link_sellers.csv")["seller"].to_list() == ["a"]


def test_a_missing_answer_or_figure_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="run `bongsu link"):
        kept.figure("link.saved:a", tmp_path)
    kept.write(ANSWER, tmp_path)
    with pytest.raises(BadInput, match=r"did you mean link\.saved:a"):
        kept.figure("link.saved:b", tmp_path)
    taken = tmp_path / "taken"
    taken.write_text("")
    with pytest.raises(BadInput, match="is a file"):
        kept.write(ANSWER, taken)


def test_figures_of_several_disruptions_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="run `bongsu stress FILE"):
        kept.figure("stress.cost:ban", tmp_path)
    kept.write_reasons(tmp_path / "stress-one", {"stress.cost:ban": FIGURE, "stress.cost:delay": LEAF})
    two = kept.write_reasons(tmp_path / "stress-two", {"stress.cost:ban": LEAF})
    assert kept.figure("stress.cost:delay", tmp_path) == LEAF
    with pytest.raises(BadInput, match="name one of them with --out"):
        kept.figure("stress.cost:ban", tmp_path)
    assert kept.figure("stress.cost:ban", two) == LEAF
    with pytest.raises(BadInput, match=r"did you mean stress\.cost:ban"):
        kept.figure("stress.cost:bann", two)


def test_why_explains_a_figure_of_a_written_answer(tmp_path: Path) -> None:
    kept.write(ANSWER, tmp_path / "out")
    said = bongsu("why", "link.saved:a", *DATA, "--lang", "ko", at=tmp_path)
    assert said.code == 0, said.err
    assert "절감" in said.out
    assert "능력" in said.out
    assert json.loads(bongsu("why", "link.saved:a", *DATA, "--json", at=tmp_path).out)["value"] == 12.5
