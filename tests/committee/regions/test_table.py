from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from bongsu.committee.regions import Households, Table, TableError, read_table
from bongsu.committee.regions.reading import spent
from tests.committee.regions.tables import (
    GERMANY,
    GERMANY_FLOWS,
    GERMANY_HOUSEHOLDS,
    GERMANY_OUTPUT,
    NETHERLANDS,
    NETHERLANDS_SPENT,
    NETHERLANDS_TYPE_ONE,
    NETHERLANDS_TYPE_TWO,
    germany,
    random_table,
)


def test_multipliers_of_germany_are_those_that_eurostat_published() -> None:
    """Manual of Supply, Use and Input-Output Tables 2008, pages 500 and 501, to four decimals."""
    table = germany().balanced()
    assert table.simple().round(4).tolist() == [1.7048, 1.8413, 1.8136, 1.6035, 1.5951, 1.3782]
    assert table.simple("value_added").round(4).tolist() == [0.8450, 0.7647, 0.8615, 0.9019, 0.9393, 0.9199]
    assert table.simple("jobs").round(4).tolist() == [0.0326, 0.0162, 0.0207, 0.0237, 0.0112, 0.0242]


def test_multipliers_of_the_netherlands_are_those_that_were_published(tmp_path: Path) -> None:
    file = tmp_path / "nl.csv"
    file.write_text(NETHERLANDS, encoding="utf-8")
    table = read_table(file).balanced()
    direct = table.per_output("labour_income")
    assert (table.simple("labour_income") / direct).round(3).tolist() == NETHERLANDS_TYPE_ONE
    # What households spend is printed to two decimals, so that the published total lies between the ends of that rounding.
    spends = np.array(NETHERLANDS_SPENT)
    low, high = (
        replace(table, households=Households(np.maximum(spends + half, 0.0))).total("labour_income") / direct
        for half in (-0.005, 0.005)
    )
    assert (low < NETHERLANDS_TYPE_TWO).all()
    assert (high > NETHERLANDS_TYPE_TWO).all()
    middle = replace(table, households=Households(spends)).total("labour_income") / direct
    assert middle == pytest.approx(NETHERLANDS_TYPE_TWO, rel=5e-4)


def test_the_classic_example_of_two_sectors() -> None:
    """Miller and Blair 2009, section 2.3: output 1247.5 and 1841.6 for the new demand 600 and 1500."""
    table = Table.of([[150, 500], [200, 100]], [1000, 2000])
    assert table.shock([600, 1500]).output.round(1).tolist() == [1247.5, 1841.6]


def test_a_unit_of_demand_ends_as_income_imports_and_taxes() -> None:
    assert germany().whole() == pytest.approx(np.ones(6), abs=1e-5)


@settings(deadline=None)
@given(st.integers(1, 25), st.integers(0, 10_000), st.floats(0.0, 1.0))
def test_what_is_spent_adds_up_in_every_complete_table(size: int, seed: int, part: float) -> None:
    flows, output = random_table(size, seed)
    left = output - flows.sum(axis=0)
    rows = {"value_added": left * (1 - part), "imports": left * part * 0.7, "taxes": left * part * 0.3}
    table = Table.of(flows, output, rows=rows)
    assert table.whole() == pytest.approx(np.ones(size), abs=1e-9)
    f = np.random.default_rng(seed).uniform(0, 5, size)
    assert sum(table.shock(f).totals.values()) == pytest.approx(f.sum(), rel=1e-9)


def closed_germany() -> Table:
    return germany(households=spent(GERMANY_HOUSEHOLDS, 80187, 107200, 0.76))


def bordered(table: Table) -> np.ndarray:
    """The closed table with its household row and column, as textbooks write it."""
    assert table.households is not None
    matrix = np.zeros((len(table) + 1, len(table) + 1))
    matrix[:-1, :-1] = table.coefficients
    matrix[-1, :-1] = table.per_output("labour_income")
    matrix[:-1, -1] = table.households.domestic
    return np.linalg.inv(np.eye(len(table) + 1) - matrix)


@pytest.mark.parametrize("row", ["output", "value_added", "jobs", "imports", "taxes", "labour_income"])
def test_induced_effects_are_those_of_the_table_with_a_household_sector(row: str) -> None:
    table = closed_germany()
    inverse, households = bordered(table), table.households
    assert households is not None
    direct = np.ones(6) if row == "output" else table.per_output(row)
    own = {"imports": households.imports, "taxes": households.taxes}.get(row, 0.0)
    assert table.total(row) == pytest.approx((np.append(direct, own) @ inverse)[:-1], rel=1e-10)


def test_a_closed_shock_is_the_closed_multipliers_times_the_demand() -> None:
    table = closed_germany()
    f = np.array([1.0, 200.0, 0, 0, 5, 0])
    effect = table.shock(f, closed=True)
    for row in table.rows:
        assert effect.totals[row] == pytest.approx(table.total(row) @ f, rel=1e-10)
    exact = bordered(table)[:-1, :-1] @ f
    assert effect.bound is not None
    assert np.abs(effect.output - exact).sum() <= effect.bound + 1e-10


def test_type_one_and_two_are_over_the_direct_coefficient() -> None:
    rows = closed_germany().multipliers().filter(measure="jobs", sector="trade").row(0, named=True)
    assert rows["type_1"] == pytest.approx(rows["simple"] / rows["direct"])
    assert rows["type_2"] == pytest.approx(rows["total"] / rows["direct"])
    assert rows["simple"] == pytest.approx(rows["direct"] + rows["indirect"])
    assert rows["total"] == pytest.approx(rows["simple"] + rows["induced"])


def test_a_table_that_does_not_balance_names_the_sector_and_the_amount() -> None:
    broken = GERMANY_FLOWS.copy()
    broken[1, 2] += 5000
    rows = {
        "value_added": germany().rows["value_added"],
        "imports": germany().rows["imports"],
        "taxes": germany().rows["taxes"],
    }
    with pytest.raises(
        TableError, match="sector construction: inputs and value added are 250,606, 5,000 more than its"
    ):
        Table.of(broken, GERMANY_OUTPUT, GERMANY, rows).balanced()


def test_uses_that_miss_output_are_told_too() -> None:
    final = GERMANY_OUTPUT - GERMANY_FLOWS.sum(axis=1)
    final[3] -= 9000
    with pytest.raises(TableError, match="sector trade: uses are 531,063, 9,000 less than its output 540,063"):
        Table.of(GERMANY_FLOWS, GERMANY_OUTPUT, GERMANY, final=final).balanced()


@pytest.mark.parametrize(
    ("flows", "output", "words"),
    [
        ([[1, 2], [3, 4]], [10, -5], "sector b has negative output -5"),
        ([[1, 2], [3, 0]], [10, 0], "sector b has no output, but other sectors use 3 of it"),
        ([[1, 2], [0, 0]], [10, 0], "sector b has no output, but uses 2; leave it out"),
        ([[1, 2], [float("nan"), 4]], [10, 10], "flow from b to a is missing"),
        ([[1, 2], [3, 4]], [10, float("nan")], "output of sector b is missing"),
        ([[1, 2, 3], [3, 4, 5]], [10, 10], "the flows are 2 × 3, but there are 2 outputs"),
    ],
)
def test_bad_input_is_told_in_one_sentence(flows: list[list[float]], output: list[float], words: str) -> None:
    with pytest.raises(TableError, match=words):
        Table.of(np.array(flows), output, ["a", "b"])


def test_an_empty_sector_stays_and_brings_nothing() -> None:
    table = Table.of([[1, 0], [0, 0]], [10, 0], ["a", "b"], {"value_added": [9, 0]})
    assert table.shock({"a": 9}).output.tolist() == pytest.approx([10, 0])


def test_an_unknown_sector_is_told_with_its_neighbours() -> None:
    with pytest.raises(TableError, match=r"no sector 'service'.*business services"):
        germany().shock({"service": 1})


def test_a_row_that_is_not_there_is_told() -> None:
    with pytest.raises(TableError, match="no row jobs; it has value_added"):
        Table.of([[1.0]], [2.0], rows={"value_added": [1.0]}).simple("jobs")
    with pytest.raises(TableError, match="no column of household consumption"):
        germany().total("jobs")


def test_households_that_spend_more_than_they_earn_are_refused() -> None:
    table = Table.of([[0.0]], [10.0], rows={"labour_income": [10.0]}, households=Households(np.array([1.0])))
    with pytest.raises(TableError, match="spend more than they earn"):
        table.total()


def test_coefficients_and_flows_make_the_same_table() -> None:
    table = germany()
    rows = {name: table.per_output(name) for name in table.rows}
    again = Table.of_coefficients(table.coefficients, None, GERMANY, rows)
    assert again.simple("jobs") == pytest.approx(table.simple("jobs"))
    thin = Table.of(sparse.csr_array(GERMANY_FLOWS), GERMANY_OUTPUT, GERMANY, dict(table.rows))
    assert thin.simple("value_added") == pytest.approx(table.simple("value_added"))
    assert thin.imbalances() == []
