from pathlib import Path

import numpy as np
import pytest

from bongsu.committee.regions import (
    Table,
    TableError,
    read_multipliers,
    read_squares,
    read_supply_use,
    read_symmetric,
    read_table,
)
from tests.committee.regions.tables import (
    FIVE,
    FIVE_SUPPLY,
    FIVE_USE,
    GERMANY,
    GERMANY_FLOWS,
    GERMANY_HOUSEHOLDS,
    GERMANY_OUTPUT,
    GERMANY_ROWS,
    germany,
)

LABELS = {
    "value_added": "Value added at basic prices", "imports": "Imported products", "taxes": "Taxes less subsidies on products",
    "labour_income": "Compensation of employees", "jobs": "Employment total",
}  # fmt: skip
CODES = {"value_added": "B1G", "imports": "P7", "taxes": "D21X31", "labour_income": "D1", "jobs": "EMP"}


def write(path: Path, rows: list[list[object]], separator: str = ",") -> Path:
    path.write_text("\n".join(separator.join(str(cell) for cell in row) for row in rows) + "\n", encoding="utf-8")
    return path


def square(labels: dict[str, str] = LABELS, output: str = "Output at basic prices") -> list[list[object]]:
    """Germany as a plain table with households, a total of uses and sums that are no sectors."""
    head: list[object] = ["", *GERMANY, "Total", "Household consumption", "Total use"]
    body = [
        [name, *row, row.sum(), spent, made]
        for name, row, spent, made in zip(GERMANY, GERMANY_FLOWS, GERMANY_HOUSEHOLDS, GERMANY_OUTPUT, strict=True)
    ]
    total = ["Total", *GERMANY_FLOWS.sum(axis=0), "", "", ""]
    ends = {"imports": 80187, "taxes": 107200}
    rest = [[labels[key], *row, "", ends.get(key, ""), ""] for key, row in GERMANY_ROWS.items()]
    return [head, *body, total, *rest, [output, *GERMANY_OUTPUT, "", "", ""]]


def same(found: Table, rows: tuple[str, ...] = ("value_added", "jobs", "imports")) -> None:
    assert found.sectors == GERMANY
    for row in ("output", *rows):
        assert found.simple(row) == pytest.approx(germany().simple(row), rel=1e-9)
    assert found.imbalances() == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("labels", "output"), [(LABELS, "Output at basic prices"), (CODES, "P1")])
def test_a_plain_table_is_read_by_names_or_codes(
    tmp_path: Path, separator: str, labels: dict[str, str], output: str
) -> None:
    found = read_table(write(tmp_path / "de.csv", square(labels, output), separator), propensity=0.7)
    same(found)
    assert found.total("jobs") == pytest.approx(germany(households=found.households).total("jobs"))
    assert found.households is not None
    assert found.households.domestic.sum() + found.households.imports + found.households.taxes == pytest.approx(0.7)


def test_rows_of_other_names_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "de.csv", square({**LABELS, "jobs": "Heads"}))
    assert "jobs" not in read_table(file).rows
    same(read_table(file, rows={"jobs": "Heads"}))
    with pytest.raises(TableError, match="no row 'Hands'"):
        read_table(file, rows={"jobs": "Hands"})


def test_a_long_table_is_the_same_as_a_square_one(tmp_path: Path) -> None:
    grid = square(CODES, "P1")
    cells = [
        ["2020", row[0], name, cell]
        for row in grid[1:]
        for name, cell in zip(grid[0][1:], row[1:], strict=True)
        if cell != ""
    ]
    file = write(tmp_path / "long.csv", [["time", "prd_ava", "ind_use", "values"], *cells])
    same(read_table(file))
    double = write(
        tmp_path / "two.csv", [["time", "prd_ava", "ind_use", "values"], *cells, *[["2021", *c[1:]] for c in cells]]
    )
    same(read_table(double, where={"time": "2021"}))
    with pytest.raises(TableError, match=r"several tables.*by time"):
        read_table(double)


def oecd_rows(prefixes: tuple[str, ...]) -> list[list[object]]:
    flows, imports = np.array([[10.0, 20.0], [30.0, 40.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    output, final = np.array([100.0, 150.0]), np.array([70.0, 80.0])
    rows: list[list[object]] = [["", "D01", "D02", "HFCE", "EXPO", "IMPO"]]
    for prefix in prefixes:
        block = {"DOM": flows, "IMP": imports, "TTL": flows + imports}[prefix]
        bought = (0.0, 0.0) if prefix != "TTL" else (-3.0, -7.0)
        for i in range(2):
            rows.append([f"{prefix}_D0{i + 1}", *block[i], final[i] - 10, 10, bought[i]])
    used = flows.sum(axis=0) + imports.sum(axis=0)
    # The OECD ends the industries with the sum of them and the taxes.
    rows += [["TXS_IMP_FNL", 1, 1, 0, 0, 0], ["TXS_INT_FNL", 1, 1, 0, 0, 0], ["TTL_INT_FNL", *(used + 2), 0, 0, 0]]
    rows += [["VALU", *(output - used - 2), 0, 0, 0], ["OUTPUT", *output, 0, 0, 0]]
    return rows


def test_a_table_of_the_oecd_is_read_with_its_own_imports(tmp_path: Path) -> None:
    found = read_table(write(tmp_path / "can.csv", oecd_rows(("DOM", "IMP"))), propensity=0.8)
    assert found.flows.tolist() == [[10, 20], [30, 40]]
    assert found.rows["imports"].tolist() == [4, 6]
    assert found.whole() == pytest.approx([1, 1])
    assert found.households is not None


def test_where_only_totals_are_given_imports_are_split_in_proportion_and_a_note_says_so(tmp_path: Path) -> None:
    found = read_table(write(tmp_path / "can.csv", oecd_rows(("TTL",))))
    share = np.array([3 / (100 + 3 - 10), 7 / (150 + 7 - 10)])
    assert found.flows == pytest.approx(np.array([[11, 22], [33, 44]]) * (1 - share[:, None]))
    assert found.whole() == pytest.approx([1, 1])
    assert "proportion" in found.notes[0]


def test_the_published_total_inverse_is_that_of_all_inputs(tmp_path: Path) -> None:
    """Inverses of total requirements count imports as if they were made at home: (I - A)^-1 of the rows TTL_."""
    found = read_table(write(tmp_path / "can.csv", oecd_rows(("TTL",))), total=True)
    coefficients = np.array([[11.0, 22.0], [33.0, 44.0]]) / np.array([100.0, 150.0])
    assert found.simple() == pytest.approx(np.linalg.inv(np.eye(2) - coefficients).sum(axis=0))
    with pytest.raises(TableError, match="no rows TTL_"):
        read_table(write(tmp_path / "dom.csv", oecd_rows(("DOM",))), total=True)


def test_a_file_of_domestic_flows_alone_leaves_imports_as_what_is_left(tmp_path: Path) -> None:
    found = read_table(write(tmp_path / "can.csv", oecd_rows(("DOM",))))
    assert found.rows["imports"] == pytest.approx([4, 6])
    assert "leave of output" in found.notes[0]


def test_small_industries_of_a_table_to_one_decimal_are_not_out_of_balance(tmp_path: Path) -> None:
    """Sixty inputs rounded to 0.1 each may miss the rounded output by some tenths; a hole of thirty is told."""
    rng = np.random.default_rng(5)
    size = 60
    flows = rng.uniform(0.0, 1.0, (size, size)) * (1 + 19 * (rng.random((size, size)) < 0.02))
    output = flows.sum(axis=0) + 5.0
    names = [f"D{i:02d}" for i in range(size)]
    bought, sold = 0.2 * output, 0.3 * output

    def lines(valued: np.ndarray) -> list[list[object]]:
        body = [
            [f"TTL_{one[1:]}", *flows[i].round(1), -round(bought[i], 1), round(sold[i], 1)]
            for i, one in enumerate(names)
        ]
        rest = [
            ["TXS_INT_FNL", *[0] * size, 0, 0],
            ["VALU", *valued.round(1), 0, 0],
            ["OUTPUT", *output.round(1), 0, 0],
        ]
        return [["", *names, "IMPO", "EXPO"], *body, *rest]

    valued = np.full(size, 5.0)
    found = read_table(write(tmp_path / "ttl.csv", lines(valued)))
    assert found.imbalances() == []
    valued[7] += 30.0
    with pytest.raises(TableError, match="sector 07: inputs and value added"):
        read_table(write(tmp_path / "hole.csv", lines(valued))).balanced()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_titles_above_the_table_are_passed_over(tmp_path: Path, separator: str) -> None:
    """Sheets of offices begin with a title, a unit and often a second line of names."""
    head, *body = square()
    codes: list[object] = ["", "", *[f"C{i}" for i in range(len(head) - 1)]]
    above: list[list[object]] = [["Table 1: domestic use"], ["Million euro"], codes]
    rows = [["code", *head], *[[f"R{i}", *row] for i, row in enumerate(body)]]
    same(read_table(write(tmp_path / "de.csv", [*above, *rows], separator)))


def test_figures_grouped_in_thousands_and_with_a_decimal_comma(tmp_path: Path) -> None:
    english = tmp_path / "english.csv"
    english.write_text(',A,B,Output\nA,"1,234.5",2,"10,000"\nB,(3),4,100\nOutput,"10,000",100,\n', encoding="utf-8")
    french = tmp_path / "french.csv"
    french.write_text(";A;B;Output\nA;1.234,5;2;10 000\nB;-3;4,0;100\nOutput;10 000;100;\n", encoding="utf-8")
    for file in (english, french):
        assert read_table(file).flows.tolist() == [[1234.5, 2.0], [-3.0, 4.0]]
        assert read_table(file).output.tolist() == [10000.0, 100.0]


def test_columns_with_other_names_than_the_rows_are_taken_in_their_order(tmp_path: Path) -> None:
    head, *body = square(CODES, "P1")
    renamed = ["code", "number", *[name.upper() for name in GERMANY], *head[len(GERMANY) + 1 :]]
    found = read_table(write(tmp_path / "de.csv", [renamed, *[[row[0], i, *row[1:]] for i, row in enumerate(body)]]))
    assert found.sectors == tuple(name.upper() for name in GERMANY)
    assert found.flows == pytest.approx(GERMANY_FLOWS)
    assert found.imbalances() == []
    assert "in the order of the rows" in found.notes[0]


def test_a_long_table_with_names_beside_codes_is_told_by_both(tmp_path: Path) -> None:
    """As of the 127 products of the United Kingdom: codes of the office, and only the names say what the rows are."""
    grid = square()
    code = {str(row[0]): f"R{i}" for i, row in enumerate(grid[1:])}
    cells = [
        ["siot", code[str(row[0])], row[0], code.get(str(name), str(name)), cell]
        for row in grid[1:]
        for name, cell in zip(grid[0][1:], row[1:], strict=True)
        if cell != ""
    ]
    header = ["indicator", "uk_row", "uk_row_lab", "uk_col", "values"]
    other = [["inverse", *cell[1:]] for cell in cells]
    found = read_table(write(tmp_path / "uk.csv", [header, *cells, *other]), where={"indicator": "siot"})
    assert found.flows == pytest.approx(GERMANY_FLOWS)
    assert found.simple("jobs") == pytest.approx(germany().simple("jobs"))


def five_files(folder: Path, turned: bool) -> tuple[Path, Path]:
    industries = [f"I{j + 1}" for j in range(5)]
    use, supply = np.array(FIVE_USE), np.array(FIVE_SUPPLY)
    final = supply.sum(axis=1) - use.sum(axis=1)
    used = [[f"P{i + 1}", *use[i], use[i].sum(), final[i]] for i in range(5)]
    used.append(["Value added", *(supply.sum(axis=0) - use.sum(axis=0)), "", ""])
    # A make table has industries down and products across.
    made = [[f"P{i + 1}", *supply[i], supply[i].sum()] for i in range(5)]
    table = [["", *industries, "Total"], *made]
    if turned:
        table = [["", *[f"P{i + 1}" for i in range(5)]], *[[industries[j], *supply[:, j]] for j in range(5)]]
    return (
        write(folder / "use.csv", [["", *industries, "Total", "Final"], *used]),
        write(folder / "supply.csv", table),
    )


@pytest.mark.parametrize("turned", [False, True])
def test_supply_and_use_of_two_files(tmp_path: Path, turned: bool) -> None:
    found = read_squares(*five_files(tmp_path, turned))
    for model in ("A", "B", "C", "D"):
        table = found.symmetric(model).balanced()  # type: ignore[arg-type]
        assert table.coefficients == pytest.approx(np.array(FIVE[model]), abs=1e-9)
    with pytest.raises(TableError, match="share no names"):
        read_squares(tmp_path / "use.csv", write(tmp_path / "other.csv", [["", "A", "B"], ["X", 1, 2], ["Y", 3, 4]]))


def test_a_country_is_cut_out_of_a_table_of_several(tmp_path: Path) -> None:
    names = ["CAN_D01", "CAN_D27", "KOR_D01", "KOR_D27"]
    flows = np.arange(1.0, 17.0).reshape(4, 4)
    output = np.array([100.0, 200.0, 300.0, 400.0])
    rows: list[list[object]] = [["", *names, "CAN_HFCE"]]
    rows += [[name, *row, 5] for name, row in zip(names, flows, strict=True)]
    rows += [["TLS", 1, 1, 1, 1, 0], ["VA", *(output - flows.sum(axis=0) - 1), 0], ["OUT", *output, 0]]
    file = write(tmp_path / "icio.csv", rows)
    canada = read_table(file, country="CAN")
    assert canada.sectors == ("D01", "D27")
    assert canada.rows["imports"].tolist() == (flows[2:, :2].sum(axis=0)).tolist()
    assert canada.whole() == pytest.approx([1, 1])
    assert len(read_table(file, "icio")) == 4
    with pytest.raises(TableError, match=r"no country 'USA'; it has CAN, KOR"):
        read_table(file, country="USA")


def test_national_and_world_tables_of_wiod(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Code", "Description", "Origin", "A01", "C27", "CONS_h", "GO"]]
    rows += [["A01", "Crops", "Domestic", 10, 20, 50, 100], ["C27", "Electrical", "Domestic", 5, 30, 60, 200]]
    rows += [["A01", "Crops", "Imports", 1, 2, 3, 6], ["C27", "Electrical", "Imports", 4, 5, 6, 15]]
    rows += [["TXSP", "", "TOT", 1, 3, 2, ""], ["VA", "", "TOT", 79, 140, "", ""], ["GO", "", "TOT", 100, 200, "", ""]]
    national = read_table(write(tmp_path / "niot.csv", rows), propensity=0.9)
    assert national.rows["imports"].tolist() == [5, 7]
    assert national.whole() == pytest.approx([1, 1])
    world: list[list[object]] = [
        ["IndustryCode", "IndustryDescription", "Country", "RNr", "CAN1", "CAN2", "KOR1", "KOR2"]
    ]
    for number, (country, code) in enumerate([("CAN", "A01"), ("CAN", "C27"), ("KOR", "A01"), ("KOR", "C27")]):
        world.append([code, "", country, number % 2 + 1, 1 + number, 2, 3, 4])
    world += [["VA", "", "TOT", 9, 90, 90, 90, 90], ["GO", "", "TOT", 10, 100, 110, 110, 110]]
    world[-1][7] = 110
    canada = read_table(write(tmp_path / "wiot.csv", world), country="CAN")
    assert canada.flows.tolist() == [[1, 2], [2, 2]]
    assert canada.rows["imports"].tolist() == [7, 4]


def test_a_folder_of_pymrio(tmp_path: Path) -> None:
    regions, sectors = ["reg1", "reg1", "reg2"], ["food", "cells", "food"]
    flows, final = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]), np.array([50.0, 60.0, 70.0])
    head = [["region", "", *regions], ["sector", "", *sectors], ["region", "sector", "", "", ""]]
    body = [[r, s, *row] for r, s, row in zip(regions, sectors, flows, strict=True)]
    write(tmp_path / "Z.txt", [*head, *body], "\t")
    write(
        tmp_path / "Y.txt",
        [
            ["region", "", "reg1"],
            ["category", "", "final"],
            *[[r, s, y] for r, s, y in zip(regions, sectors, final, strict=True)],
        ],
        "\t",
    )
    (tmp_path / "factor").mkdir()
    write(
        tmp_path / "factor" / "F.txt", [["region", *regions], ["sector", *sectors], ["Value Added", 10, 20, 30]], "\t"
    )
    whole = read_table(tmp_path)
    assert whole.output == pytest.approx(flows.sum(axis=1) + final)
    assert whole.rows["value_added"].tolist() == [10, 20, 30]
    one = read_table(tmp_path, country="reg1")
    assert one.sectors == ("food", "cells")
    assert one.rows["imports"].tolist() == [7, 8]


def statcan(path: Path, columns: list[str], rows: list[list[object]]) -> Path:
    head = ["REF_DATE", "GEO", "DGUID", *columns, "UOM", "SCALAR_FACTOR", "VALUE", "STATUS"]
    text = "\ufeff" + "\n".join(
        ",".join(f'"{cell}"' for cell in line)
        for line in [head, *[["2022", "Ontario", "", *row[:-1], "Dollars", "units", row[-1], ""] for row in rows]]
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_published_multipliers_are_read_from_the_download(tmp_path: Path) -> None:
    columns = ["Geographical coverage", "Variable", "Multiplier type", "Industry"]
    industry = "Battery manufacturing [BS33591]"
    rows: list[list[object]] = [
        ["Within province", "Jobs", "Direct multiplier", industry, 1.6],
        ["Within province", "Jobs", "Type I multiplier", industry, 1.9],
        ["Within province", "Jobs", "Type II multiplier", industry, 2.4],
        ["Within province", "Gross domestic product (GDP) at basic prices", "Simple multiplier", industry, ".."],
        ["All provinces", "Jobs", "Direct multiplier", industry, 1.7],
    ]
    found = read_multipliers(statcan(tmp_path / "36100595.csv", columns, rows), "Ontario")
    assert found.select("code", "measure", "type", "value").rows() == [
        ("BS33591", "jobs", "direct", 1.6),
        ("BS33591", "jobs", "type_1", 1.9),
        ("BS33591", "jobs", "type_2", 2.4),
        ("BS33591", "value_added", "simple", None),
    ]
    path = tmp_path / "36100595.csv"
    with pytest.raises(TableError, match=r"no 'Atlantis'; it has Ontario"):
        read_multipliers(path, "Atlantis")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"units"', '"Tens of thousands "'), encoding="utf-8")
    assert read_multipliers(path, "Ontario")["value"][0] == pytest.approx(16_000)
    path.write_text(text.replace('"units"', '"scores"'), encoding="utf-8")
    with pytest.raises(TableError, match="SCALAR_FACTOR 'scores' is none of units, tens"):
        read_multipliers(path, "Ontario")


def test_supply_and_use_of_statistics_canada_balance(tmp_path: Path) -> None:
    columns = ["Supply and use", "Product", "Industry"]
    cells = [
        ("Supply", "Cells", "Electrical equipment manufacturing", 90), ("Supply", "Cells", "Accounting, tax preparation", 10),
        ("Supply", "Advice", "Accounting, tax preparation", 100), ("Supply", "Cells", "International imports", 50),
        ("Supply", "Cells", "Total supply", 150), ("Supply", "Advice", "Total supply", 100),
        ("Use", "Cells", "Electrical equipment manufacturing", 30), ("Use", "Cells", "Accounting, tax preparation", 10),
        ("Use", "Advice", "Electrical equipment manufacturing", 20),
        ("Use", "Cells", "Household final consumption expenditure", 60),
        ("Use", "Cells", "International exports", 50), ("Use", "Advice", "Household final consumption expenditure", 80),
        ("Use", "Gross domestic product at basic prices", "Electrical equipment manufacturing", 40),
        ("Use", "Gross domestic product at basic prices", "Accounting, tax preparation", 100),
    ]  # fmt: skip
    found = read_supply_use(statcan(tmp_path / "36100478.csv", columns, [list(one) for one in cells]), "Ontario")
    assert found.industries == ("Electrical equipment manufacturing", "Accounting, tax preparation")
    # Half of the cells used at home are imported: 50 of 100.
    assert found.use.tolist() == [[15, 5], [20, 0]]
    assert found.rows["imports"].tolist() == [15, 5]
    table = found.symmetric("D")
    assert table.imbalances() == []
    assert "proportion" in table.notes[0]


def test_a_symmetric_table_of_statistics_canada(tmp_path: Path) -> None:
    rows: list[list[object]] = []
    for row, flows in (
        ("Mining", (1, 2)),
        ("Cells", (3, 4)),
        ("Gross value added", (16, 44)),
        ("Total output", (20, 50)),
    ):
        rows += [[row, user, flow] for user, flow in zip(("Mining", "Cells"), flows, strict=True)]
    found = read_symmetric(statcan(tmp_path / "sym.csv", ["Supplying industry", "Using industry"], rows))
    assert found.flows.tolist() == [[1, 2], [3, 4]]
    assert found.balanced().rows["value_added"].tolist() == [16, 44]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no column bears the name of a row"),
        (",x,y\nx,1,oops\ny,1,2\nOutput,9,9\n", "row 2, column 3: 'oops' is not a number"),
        (",x,y\nx,1,2\ny,1,2\n", "no row of output"),
    ],
)
def test_a_file_that_is_no_table_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(TableError, match=words):
        read_table(tmp_path / "bad.csv")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no file or folder"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(TableError, match=r"save it as [.]xlsx or CSV"):
        read_table(tmp_path / "t.xlsx")
    with pytest.raises(TableError, match=r"neither Z.txt nor A.txt"):
        read_table(tmp_path, "pymrio")


def test_stated_final_demand_that_does_not_add_up_is_found_out(tmp_path: Path) -> None:
    """B is sold 30 + 10 + 90 = 130 times and made 100 times."""
    path = tmp_path / "table.csv"
    path.write_text("sector,A,B,final,output\nA,10,20,70,100\nB,30,10,90,100\noutput,100,100,,\nvalue_added,60,70,,\n")
    with pytest.raises(TableError, match="sector B: uses are 130"):
        read_table(path).balanced()
    path.write_text("sector,A,B,final,output\nA,10,20,70,100\nB,30,10,60,100\noutput,100,100,,\nvalue_added,60,70,,\n")
    assert read_table(path).balanced().final.tolist() == [70.0, 60.0]
