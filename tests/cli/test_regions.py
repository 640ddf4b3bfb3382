import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import DATA, bongsu


def table(folder: Path) -> Path:
    path = folder / "io.csv"
    path.write_text(
        ",cells,works\ncells,10,20\nworks,30,5\nValue added,50,150\nImports,10,25\nJobs,40,900\nOutput,100,200\n"
    )
    return path


def test_a_project_at_windsor_and_its_figures_on_disk(tmp_path: Path) -> None:
    ran = bongsu(
        "regions", "effect", "make_cell_lfp", "ca-on-windsor", "--jobs", "2500", "--out", "out", *DATA, at=tmp_path
    )
    assert ran.code == 0, ran.said
    assert "job-years" in ran.out
    assert "2,500" in ran.out
    written = json.loads((tmp_path / "out" / "regions.json").read_text(encoding="utf-8"))
    low = written["figures"]["regions.operation_jobs_total_announced_low:make_cell_lfp@ca-on-windsor"]
    assert low["children"]
    assert (tmp_path / "out" / "regions_effect.csv").read_text(encoding="utf-8").startswith("phase,measure")


@pytest.mark.parametrize(("lang", "word"), [("ko", "부가가치"), ("fr", "valeur ajoutée")])
def test_the_answer_speaks_three_languages(tmp_path: Path, lang: str, word: str) -> None:
    ran = bongsu("regions", "effect", "make_cam_nmc811", "ca-qc-becancour", "--lang", lang, *DATA, at=tmp_path)
    assert ran.code == 0, ran.said
    assert word in ran.out


def test_a_model_is_said_to_be_unused_where_the_table_is_symmetric_already(tmp_path: Path) -> None:
    table(tmp_path)
    ran = bongsu("regions", "table", "io.csv", "--model", "B", at=tmp_path)
    assert ran.code == 0, ran.said
    assert "--model B is not used" in ran.out


def test_spent_income_that_cannot_be_told_is_not_left_out_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "spent.csv"
    path.write_text(
        ",a,b,Households,Output\na,10,20,70,100\nb,30,5,165,200\nPay,20,60,,\nValue added,60,175,,\nOutput,100,200,,\n"
    )
    ran = bongsu("regions", "table", "spent.csv", "--propensity", "0.8", at=tmp_path)
    assert ran.code == 2
    assert "no row of labour income" in ran.said
    named = ("--propensity", "0.8", "--row", "labour_income=Pay", "--shock", "a=100")
    ran = bongsu("regions", "table", "spent.csv", *named, "--json", at=tmp_path)
    assert ran.code == 0, ran.said
    # The bordered system of Miller and Blair (2009), section 2.5, solved at once.
    bordered = np.array([[0.1, 0.1, 0.8 * 70 / 235], [0.3, 0.025, 0.8 * 165 / 235], [0.2, 0.3, 0.0]])
    wanted = np.linalg.solve(np.eye(3) - bordered, np.array([100.0, 0.0, 0.0]))
    found = {row["measure"]: row["amount"] for row in json.loads(ran.out)["rows"]}
    assert found["output"] == pytest.approx(wanted[:2].sum())
    assert found["labour_income"] == pytest.approx(wanted[2])


def test_a_long_table_of_any_names(tmp_path: Path) -> None:
    cells = {"a": (10, 20, 70), "b": (30, 5, 165), "Value added": (60, 175, 0)}
    rows = [f"{name},{to},{amount}" for name, line in cells.items() for to, amount in zip("abF", line, strict=True)]
    (tmp_path / "long.csv").write_text("\n".join(["seller,buyer,amount", *rows]) + "\n")
    columns = ("--layout", "long", "--columns", "seller,buyer,amount")
    ran = bongsu("regions", "table", "long.csv", *columns, "--json", at=tmp_path)
    assert ran.code == 0, ran.said
    rows = {(row["sector"], row["measure"]): row["simple"] for row in json.loads(ran.out)["rows"]}
    inverse = np.linalg.inv(np.eye(2) - np.array([[0.1, 0.1], [0.3, 0.025]]))
    assert rows["a", "output"] == pytest.approx(inverse[:, 0].sum())


def test_supply_and_use_are_read_from_two_files(tmp_path: Path) -> None:
    (tmp_path / "use.csv").write_text(",i,j,Final\np,12,8,70\nq,10,7,93\nValue added,68,95,\n")
    (tmp_path / "supply.csv").write_text(",i,j\np,80,10\nq,10,100\n")
    ran = bongsu("regions", "table", "use.csv", "--supply", "supply.csv", "--model", "D", "--json", at=tmp_path)
    assert ran.code == 0, ran.said
    rows = {(row["sector"], row["measure"]): row for row in json.loads(ran.out)["rows"]}
    # Market shares D = V q^-1 times use per output B = U g^-1, by hand.
    share, use = (
        np.array([[80 / 90, 10 / 110], [10 / 90, 100 / 110]]),
        np.array([[12 / 90, 8 / 110], [10 / 90, 7 / 110]]),
    )
    output = np.linalg.inv(np.eye(2) - share @ use).sum(axis=0)
    assert [rows[name, "output"]["simple"] for name in "ij"] == pytest.approx(output.tolist())
    ran = bongsu("regions", "table", "use.csv", "--supply", "none.csv", at=tmp_path)
    assert (ran.code, "there is no file none.csv" in ran.said) == (2, True)


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    table(tmp_path)
    ran = bongsu("regions", "table", "io.csv", "--shock", "cells=10", "--json", at=tmp_path)
    assert ran.code == 0, ran.said
    rows = {row["measure"]: row["amount"] for row in json.loads(ran.out)["rows"]}
    assert rows["value_added"] + rows["imports"] == pytest.approx(10)
    sectors = [f"--sector={part}=works" for part in ("building", "equipment", "engineering")]
    asked = ("--table", "io.csv", "--money", "CAD:2022", "--sector=operation=cells", *sectors)
    ran = bongsu("regions", "effect", "make_cell_lfp", "ca-on-windsor", *asked, "--json", *DATA, at=tmp_path)
    assert ran.code == 0, ran.said
    assert json.loads(ran.out)["project"]["place"] == "ca-on-windsor"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("effect", "make_tea", "ca-on-windsor"), "there is no process 'make_tea'"),
        (("effect", "make_cell_lfp", "atlantis"), "there is no place 'atlantis'"),
        (("effect", "make_cell_lfp", "us-in-kokomo"), "no multipliers for US in the data pack"),
        (("effect", "make_cell_lfp", "ca-on-windsor", "--jobs", "many"), "'many' is not a number"),
        (("effect", "make_cell_lfp", "ca-on-windsor", "--table", "io.csv"), "say with --money"),
        (("effect", "make_cell_lfp", "ca-on-windsor", "--size", "nan"), "--size nan is no capacity"),
        (("table", "io.csv", "--shock", "tea=1"), "no sector 'tea'"),
        (("table", "none.csv"), "no file or folder none.csv"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    table(tmp_path)
    ran = bongsu("regions", *arguments, *(DATA if arguments[0] == "effect" else ()), at=tmp_path)
    assert ran.code == 2
    assert words in ran.err


def test_a_table_out_of_balance_names_the_sector(tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_text(path.read_text().replace("Value added,50,150", "Value added,50,190"))
    ran = bongsu("regions", "table", "io.csv", at=tmp_path)
    assert ran.code == 2
    assert "does not balance: sector works" in ran.err
