from dataclasses import replace

import polars as pl
import pytest

from bongsu.answers.figure import LANGUAGES, Node
from bongsu.atlas import Atlas
from bongsu.committee import Answer, Project
from bongsu.committee.regions import Money, OwnTables, Table, TableError, UnknownRegion, effect
from bongsu.committee.regions.pack import PackTables

WINDSOR = Project(
    "make_cell_lfp@ca-on-windsor", "make_cell_lfp", "ca-on-windsor", "CA", "ON", 49.5e6, "kWh", 2029, 20, 3.65e9, 2024
)
BECANCOUR = Project(
    "make_cam_nmc811@ca-qc-becancour",
    "make_cam_nmc811",
    "ca-qc-becancour",
    "CA",
    "QC",
    30e3,
    "t",
    2029,
    20,
    633e6,
    2023,
)


def ends(answer: Answer, name: str, project: Project = WINDSOR) -> tuple[float, float]:
    low, high = (answer.figures[f"regions.{name}_{end}:{project.project}"].value for end in ("low", "high"))
    assert low is not None
    assert high is not None
    return low, high


@pytest.fixture(scope="module")
def windsor(atlas: Atlas) -> Answer:
    return effect(WINDSOR, atlas)


def test_trades_work_at_windsor_contains_the_hours_that_were_worked(atlas: Atlas) -> None:
    """More than 8.4 million hours of Canadian trades workers at NextStar, a plant of C$5 billion (SiteNews)."""
    only = replace(WINDSOR, capex=5e9 * 0.73)
    spent = effect(only, atlas).tables["spending"].filter(pl.col("part") == "building").row(0, named=True)
    pack = PackTables(atlas)
    estimates = pack.estimates("cell", "building", "CA-ON", "jobs", "direct").values()
    made = [
        (spent[end] * pack.exchange(2024, one.money).ends[0] * one.value.ends[number])
        for one in estimates
        for number, end in enumerate(("low", "high"))
    ]
    # One full-time worker: 45 to 52 weeks of 40 hours.
    assert min(made) <= 8.4e6 / 2080 <= 8.4e6 / 1800 <= max(made)


def test_direct_jobs_are_those_that_like_plants_announced(windsor: Answer) -> None:
    """NextStar 2,500 for 49.5 GWh, PowerCo 3,000 for 90 GWh."""
    assert ends(windsor, "operation_jobs_direct_announced") == pytest.approx((3000 / 90 * 49.5, 2500))


def test_average_coefficients_give_more_direct_jobs_and_the_answer_says_so(windsor: Answer) -> None:
    announced, average = (
        ends(windsor, "operation_jobs_direct_announced"),
        ends(windsor, "operation_jobs_direct_average"),
    )
    assert average[0] > announced[1]
    assert "trap" in windsor.tables["notes"]["note"].to_list()


def test_published_multipliers_of_ontario_lie_within_the_range(windsor: Answer) -> None:
    """Jobs Type I 1.9 and Type II 2.4 of Ontario's manufacturing, of a plant with 2,500 direct jobs."""
    assert ends(windsor, "operation_jobs_simple_announced")[1] >= 2500 * 1.9 * 0.97
    assert ends(windsor, "operation_jobs_total_announced")[1] >= 2500 * 2.4 * 0.97


def test_jobs_that_are_given_are_taken(atlas: Atlas) -> None:
    assert ends(effect(WINDSOR, atlas, jobs=(2400, 2600)), "operation_jobs_direct_announced") == (2400, 2600)


def test_every_row_is_a_range_and_rounds_add_up(windsor: Answer) -> None:
    table = windsor.tables["effect"]
    assert (table["low"] <= table["high"]).all()
    assert (table["low"] >= 0).all()
    for phase, measure, basis in {
        (r["phase"], r["measure"], r["basis"]) for r in table.to_dicts() if r["scope"] == "total"
    }:
        of = table.filter(phase=phase, measure=measure, basis=basis)
        value = {row["scope"]: (row["low"], row["high"]) for row in of.to_dicts()}
        for end in (0, 1):
            assert value["total"][end] == pytest.approx(
                sum(value[kind][end] for kind in ("direct", "indirect", "induced"))
            )


def test_displacement_only_takes_away(windsor: Answer) -> None:
    gross, net = ends(windsor, "operation_jobs_total_announced"), ends(windsor, "operation_jobs_net_announced")
    assert net == pytest.approx((gross[0] * 0.25, gross[1] * 0.75))


def recomputed(node: Node) -> None:
    """Every figure has a label in each language, and each of its facts a trust; facts that are not assumed name a source."""
    assert set(node.label) >= set(LANGUAGES)
    assert node.value is not None
    for child in node.children:
        recomputed(child)
    if not node.children and node.confidence in ("stated", "derived"):
        assert node.source, node.label


def test_every_figure_walks_to_facts_with_sources(windsor: Answer) -> None:
    for name, node in windsor.figures.items():
        recomputed(node)
        assert list(node.facts()), name
        assert Node.of(node.as_dict()) == node


def test_quebec_has_no_multipliers_of_its_own_and_keeps_less_than_the_nation(atlas: Atlas) -> None:
    answer = effect(BECANCOUR, atlas)
    assert "brought" in answer.tables["notes"]["note"].to_list()
    nation = effect(replace(BECANCOUR, region=""), atlas)
    for kind in ("indirect", "induced"):
        name = f"operation_jobs_{kind}_announced"
        assert ends(answer, name, BECANCOUR)[1] < ends(nation, name, BECANCOUR)[0]
    direct = "operation_jobs_direct_announced"
    assert ends(answer, direct, BECANCOUR) == ends(nation, direct, BECANCOUR) == pytest.approx((200, 230))


def test_a_stage_that_announced_nothing_has_average_coefficients_only(atlas: Atlas) -> None:
    project = replace(BECANCOUR, process="spodumene_to_hydroxide", project="x", size=25e3)
    answer = effect(project, atlas)
    assert "unannounced" in answer.tables["notes"]["note"].to_list()
    assert not [name for name in answer.figures if "announced" in name]


def test_korea_has_only_what_the_bank_of_korea_published(atlas: Atlas) -> None:
    project = replace(WINDSOR, country="KR", region="", place="kr-cheongju")
    answer = effect(project, atlas)
    assert ends(answer, "operation_jobs_simple_average")[0] > 0
    assert not [name for name in answer.figures if "construction_job_years" in name]


def test_a_larger_investment_brings_more_work_in_proportion(atlas: Atlas, windsor: Answer) -> None:
    double = effect(replace(WINDSOR, capex=2 * WINDSOR.capex), atlas)
    for name in ("construction_job_years_total_spending", "construction_imports_simple_spending"):
        assert ends(double, name) == pytest.approx([2 * end for end in ends(windsor, name)])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "XX"}, "no province 'XX' in Canada; use one of AB, BC"),
        ({"country": "US"}, r"no multipliers for US in the data pack \(it has CA, CA-ON, KR\)"),
        ({"region": "MB"}, "employment of CA-MB is not in regional_employment.csv"),
        ({"process": "brew_tea"}, "no process 'brew_tea' in processes.csv"),
        ({"money_year": 1990}, "the rate of CAD in 1990 is not in fx.csv"),
    ],
)
def test_what_is_unknown_is_told(atlas: Atlas, change: dict[str, object], words: str) -> None:
    with pytest.raises(TableError, match=words):
        effect(replace(WINDSOR, **change), atlas)  # type: ignore[arg-type]
    assert issubclass(UnknownRegion, TableError)


def test_a_table_of_the_user_replaces_the_pack(atlas: Atlas) -> None:
    table = Table.of(
        [[10.0, 20.0], [30.0, 5.0]], [100.0, 200.0], ["cells", "works"],
        {"value_added": [50.0, 150.0], "imports": [10.0, 25.0], "jobs": [40.0, 900.0]}, name="own",
    )  # fmt: skip
    sectors = {"operation": "cells", "building": "works", "equipment": "works", "engineering": "works"}
    answer = effect(WINDSOR, atlas, jobs=(1000, 1000), own=OwnTables([table], sectors, Money("CAD", 2022)))
    jobs = table.simple("jobs")[0] / table.per_output("jobs")[0]
    indirect = ends(answer, "operation_jobs_indirect_announced")
    assert indirect == pytest.approx((1000 * (jobs - 1), 1000 * (jobs - 1)))
