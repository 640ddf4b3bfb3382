"""One small table in the layouts in which statistical offices publish theirs; every answer is that of a dense inverse."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bongsu.committee.regions import Table, TableError, read_squares, read_table
from tests.committee.regions import workbooks

FLOWS = np.array([[10, 40, 5], [20, 100, 30], [15, 60, 80]], dtype=float)
OUTPUT = np.array([200, 500, 600], dtype=float)
IMPORTS, TAXES = np.array([30.0, 80, 40]), np.array([-5.0, 10, 8])
WAGES, OTHER_TAXES, SURPLUS = np.array([50.0, 120, 250]), np.array([-3.0, 5, 12]), np.array([83.0, 85, 175])
VALUE_ADDED = WAGES + OTHER_TAXES + SURPLUS
JOBS = np.array([900.0, 1500, 7000])
USES = {
    "Household final consumption": np.array([60.0, 100, 300]),
    "Government consumption": np.array([5.0, 10, 100]),
    "Gross fixed capital formation": np.array([10.0, 140, 30]),
    "Exports": np.array([70.0, 100, 15]),
}
#: Imports of each using sector by product, as shares.
BOUGHT = np.array([0.5, 0.3, 0.2])
INVERSE = np.linalg.inv(np.eye(3) - FLOWS / OUTPUT)
ANSWERS = {
    "output": INVERSE.sum(axis=0),
    "value_added": VALUE_ADDED / OUTPUT @ INVERSE,
    "imports": IMPORTS / OUTPUT @ INVERSE,
    "taxes": TAXES / OUTPUT @ INVERSE,
    "labour_income": WAGES / OUTPUT @ INVERSE,
    "jobs": JOBS / OUTPUT @ INVERSE,
}
NAMES = ("Agriculture", "Manufacturing", "Services")
MAIN = ("output", "value_added", "imports", "taxes")
WITH_WAGES = (*MAIN, "labour_income")


def agrees(table: Table, measures: Sequence[str] = MAIN) -> bool:
    assert table.imbalances() == []
    for measure in measures:
        np.testing.assert_allclose(table.simple(measure), ANSWERS[measure], rtol=1e-9)
    return True


def text(rows: Sequence[Sequence[object]], mark: str = ",", number: Callable[[float], str] = "{:g}".format) -> str:
    out = io.StringIO()
    for row in rows:
        csv.writer(out, delimiter=mark).writerow(
            [cell if isinstance(cell, str) else number(float(str(cell))) for cell in row]
        )
    return out.getvalue()


def written(folder: Path, content: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    (folder / name).write_bytes(content.encode(encoding))
    return folder / name


def square(*, totals: bool = True, parts: bool = False, uses: bool = True) -> list[list[object]]:
    """The table with names in its first row and column."""
    head: list[object] = ["", *NAMES, *(["Total intermediate"] if totals else []), *(USES if uses else [])]
    rows = [[*head, *(["Total use"] if totals else [])]]
    for i, name in enumerate(NAMES):
        row = [name, *FLOWS[i], *([FLOWS[i].sum()] if totals else []), *([u[i] for u in USES.values()] if uses else [])]
        rows.append([*row, *([OUTPUT[i]] if totals else [])])
    if totals:
        rows.append(["Total intermediate", *FLOWS.sum(axis=0)])
    rows += [["Imports", *IMPORTS], ["Taxes less subsidies on products", *TAXES]]
    if parts:
        rows += [["Compensation of employees", *WAGES], ["Other taxes less subsidies on production", *OTHER_TAXES]]
        rows.append(["Gross operating surplus and mixed income", *SURPLUS])
    else:
        rows.append(["Gross value added", *VALUE_ADDED])
    if totals:
        rows.append(["Output at basic prices", *OUTPUT])
    return rows


def test_output_that_no_row_gives_is_added_up(tmp_path: Path) -> None:
    both = read_table(written(tmp_path, text(square(totals=False))))
    assert agrees(both)
    assert "added up" in both.notes[0]
    assert agrees(read_table(written(tmp_path, text(square(totals=False, uses=False)))))


def test_inputs_and_uses_that_differ_give_no_output(tmp_path: Path) -> None:
    rows = square(totals=False)
    rows[2][4] = 130.0
    with pytest.raises(TableError, match="inputs and value added of column 2 are 500, its uses 530"):
        read_table(written(tmp_path, text(rows)))


def test_value_added_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    assert agrees(read_table(written(tmp_path, text(square(totals=False, parts=True)))), WITH_WAGES)


def test_parts_by_code_and_a_column_of_all_uses_under_another_name(tmp_path: Path) -> None:
    # As Eurostat's example of 1995 is handed on: codes beside names that could be those of other rows, no value added, no output.
    rows = [["code", "name", *NAMES, *USES, "total_final_use"]]
    for i, name in enumerate(NAMES):
        rows.append([f"CPA_{i}", name, *FLOWS[i], *[use[i] for use in USES.values()], OUTPUT[i]])
    rows += [["P7", "Imported products", *IMPORTS], ["D21_M_D31", "net_tax_production", *TAXES]]
    rows += [["D1", "compensation_employees", *WAGES], ["D29_M_D39", "net_tax_production_other", *OTHER_TAXES]]
    rows += [["K1", "consumption_fixed_capital", *(0.4 * SURPLUS)], ["B2N_B3N", "os_net", *(0.6 * SURPLUS)]]
    table = read_table(written(tmp_path, text(rows)))
    assert agrees(table, WITH_WAGES)
    assert any("'total_final_use' holds all uses" in note for note in table.notes)


@pytest.mark.parametrize("label", ["Employment (persons)", "Total employment, thousand persons", "Number of employees"])
def test_a_row_of_employment_is_known(tmp_path: Path, label: str) -> None:
    assert agrees(read_table(written(tmp_path, text([*square(), [label, *JOBS]]))), (*MAIN, "jobs"))


def test_a_sector_of_employment_services_is_a_sector(tmp_path: Path) -> None:
    told = text(square()).replace("Manufacturing", "Employment services")
    assert agrees(read_table(written(tmp_path, told)))


def test_signs_behind_and_dashes(tmp_path: Path) -> None:
    told = text(square(), number=lambda v: f"{-v:g}-" if v < 0 else f"{v:g}")
    assert "5-" in told
    assert agrees(read_table(written(tmp_path, told)))


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("style", ["1.234", "1.234,5", "1234,56", "1'234.5", "1 234,5"])
def test_figures_as_they_are_written_elsewhere(tmp_path: Path, mark: str, style: str) -> None:
    whole = style == "1.234"

    def number(value: float) -> str:
        places = 0 if whole else 2 if style == "1234,56" else 1
        figure = f"{value * 10:,.{places}f}"
        group = {"1.234": ".", "1.234,5": ".", "1234,56": "", "1'234.5": "'", "1 234,5": "\u202f"}[style]
        return figure.replace(",", "G").replace(".", "." if style == "1'234.5" else ",").replace("G", group)

    assert any(len(number(value)) > 5 for value in OUTPUT) or whole
    assert agrees(read_table(written(tmp_path, text(square(), mark, number))))


def test_notes_above_and_names_over_two_lines(tmp_path: Path) -> None:
    rows = [*[[f"Note {i}: all about it"] for i in range(20)], [""], *square()]
    rows[21][2] = "Manufacturing\nand repair"
    rows[23][0] = "Manufacturing and repair"
    assert agrees(read_table(written(tmp_path, text(rows))))
    assert agrees(read_table(workbooks.write(tmp_path / "t.xlsx", {"A": rows})))


def test_a_sector_with_the_name_of_a_row_is_a_sector(tmp_path: Path) -> None:
    told = text(square()).replace("Manufacturing", "Import and wholesale trade")
    assert agrees(read_table(written(tmp_path, told)))


def test_a_damaged_workbook_is_told(tmp_path: Path) -> None:
    path = workbooks.write(tmp_path / "t.xlsx", {"A": square()})
    data = path.read_bytes()
    path.write_bytes(data.replace(b"</sheets>", b"</sheetz>"))
    with pytest.raises(TableError, match=r"t\.xlsx is damaged"):
        read_table(path)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(TableError, match=r"no \.xlsx workbook"):
        read_table(path)


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16", "\t"), ("cp1252", ","), ("utf-8-sig", ";")])
def test_encodings_in_which_excel_writes(tmp_path: Path, encoding: str, mark: str) -> None:
    path = written(tmp_path, text(square(), mark).replace("Manufacturing", "Métallurgie"), encoding=encoding)
    table = read_table(path)
    assert table.sectors[1] == "Métallurgie"
    assert agrees(table)


def korean() -> list[list[object]]:
    """Domestic flows at basic prices, as the Bank of Korea names rows and columns."""
    names = ("농림수산품", "공산품", "서비스")
    head = ["", "", *names, "중간수요계", "민간소비지출", "정부소비지출", "총고정자본형성", "수출", "총수요계"]
    rows: list[list[object]] = [["국산거래표(기초가격)"], ["(단위: 백만원)"], [""], head]
    for i, name in enumerate(names):
        rows.append([f"0{i + 1}", name, *FLOWS[i], FLOWS[i].sum(), *[u[i] for u in USES.values()], OUTPUT[i]])
    inputs = FLOWS.sum(axis=0)
    below = {
        "국산중간투입계": inputs, "수입중간투입계": IMPORTS, "순생산물세": TAXES, "중간투입계": inputs + IMPORTS + TAXES,
        "피용자보수": WAGES, "영업잉여": SURPLUS * 0.6, "고정자본소모": SURPLUS * 0.4, "기타생산세(보조금공제)": OTHER_TAXES,
        "부가가치계": VALUE_ADDED, "총투입계": OUTPUT,
    }  # fmt: skip
    return [*rows, *[["", name, *row] for name, row in below.items()]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_bank_of_korea(tmp_path: Path, encoding: str) -> None:
    assert agrees(read_table(written(tmp_path, text(korean()), encoding=encoding)), WITH_WAGES)


def test_bureau_of_economic_analysis(tmp_path: Path) -> None:
    codes = ("111CA", "31G", "81")
    rows: list[list[object]] = [["The Use of Commodities by Industries"], ["(Millions of dollars)"], [""]]
    rows.append(["Code", "Commodity Description", *NAMES, "Total Intermediate", *USES, "Total Commodity Output"])
    for i, code in enumerate(codes):
        rows.append([code, NAMES[i], *FLOWS[i], FLOWS[i].sum(), *[u[i] for u in USES.values()], OUTPUT[i]])
    rows.append(["Used", "Scrap, used and secondhand goods", "---", "---", "---"])
    rows.append(["Other", "Noncomparable imports and rest-of-the-world adjustment", *IMPORTS])
    rows.append(["V001", "Compensation of employees", *WAGES])
    rows.append(["V002", "Taxes on production and imports, less subsidies", *(TAXES + OTHER_TAXES)])
    rows.append(["V003", "Gross operating surplus", *SURPLUS])
    rows.append(["T008", "Total Industry Output", *OUTPUT])
    table = read_table(written(tmp_path, text(rows)))
    assert agrees(table, ("output", "labour_income", "imports"))
    # Taxes on products are among the others there, so that value added is at market prices.
    np.testing.assert_allclose(table.simple("value_added"), (VALUE_ADDED + TAXES) / OUTPUT @ INVERSE)


def test_a_workbook_is_read_by_its_one_table(tmp_path: Path) -> None:
    inverse = [["", *NAMES], *[[name, *INVERSE[i]] for i, name in enumerate(NAMES)]]
    sheets = {"Notes": [["Made by hand"]], "IOT": [["Title"], [], *square()], "Leontief inverse": inverse}
    assert agrees(read_table(workbooks.write(tmp_path / "t.xlsx", sheets)))
    assert agrees(read_table(workbooks.write(tmp_path / "t.xlsx", {"A": square()}, inline=True)))


def test_a_workbook_of_several_tables_wants_a_name(tmp_path: Path) -> None:
    path = workbooks.write(tmp_path / "t.xlsx", {"2019": square(), "2020": square()})
    with pytest.raises(TableError, match="name the sheet, 2019, 2020"):
        read_table(path)
    assert agrees(read_table(path, sheet="2020"))
    with pytest.raises(TableError, match="no sheet '2021'; it has 2019, 2020"):
        read_table(path, sheet="2021")


def eurostat() -> list[tuple[str, str, str, float]]:
    """Flow, use, product, value: domestic flows, imports by product, and what is given for both together."""
    products = ("CPA_A01", "CPA_C", "CPA_S")
    codes = ("P3_S14", "P3_S13", "P51G", "P6")
    cells = []
    for i, row in enumerate(products):
        for j, column in enumerate(products):
            bought = BOUGHT[i] * IMPORTS[j]
            cells += [("DOM", column, row, FLOWS[i, j]), ("IMP", column, row, bought)]
            cells.append(("TOTAL", column, row, FLOWS[i, j] + bought))
        cells += [("DOM", code, row, use[i]) for code, use in zip(codes, USES.values(), strict=True)]
        cells.append(("DOM", "TU", row, OUTPUT[i]))
    for j, column in enumerate(products):
        cells.append(("DOM", column, "CPA_TOTAL", FLOWS[:, j].sum()))
        for code, row in (
            ("D21X31", TAXES),
            ("D1", WAGES),
            ("D29X39", OTHER_TAXES),
            ("B2A3G", SURPLUS),
            ("P1", OUTPUT),
        ):
            cells.append(("TOTAL", column, code, row[j]))
    return cells


def test_eurostat_as_tab_separated_years(tmp_path: Path) -> None:
    lines = ["freq,unit,stk_flow,induse,prod_na,geo\\TIME_PERIOD\t2015 \t2020 "]
    for flow, use, product, value in eurostat():
        lines.append(f"A,MIO_EUR,{flow},{use},{product},AT\t: \t{value:g} p")
        lines.append(f"A,MIO_EUR,{flow},{use},{product},BE\t{value + 1:g} \t{value:g} ")
    lines.append("A,MIO_EUR,DOM,P52,CPA_C,AT\t: \t: c")
    path = written(tmp_path, "\n".join(lines), "naio_10_cp1700.tsv")
    with pytest.raises(TableError, match=r"by geo \(BE, AT\); TIME_PERIOD \(2015, 2020\)"):
        read_table(path)
    table = read_table(path, country="AT")
    assert agrees(table, WITH_WAGES)
    assert "CPA_C by P52 is not published and counted as nothing" in table.notes[0]
    assert agrees(read_table(path, country="BE", where={"TIME_PERIOD": "2020", "stk_flow": "DOM"}), WITH_WAGES)


def test_a_cell_that_is_not_published_is_not_taken_for_nothing(tmp_path: Path) -> None:
    lines = ["freq,unit,stk_flow,induse,prod_na,geo\\TIME_PERIOD\t2020 "]
    for flow, use, product, value in eurostat():
        secret = (flow, use, product) == ("DOM", "CPA_C", "CPA_S")
        lines.append(f"A,MIO_EUR,{flow},{use},{product},AT\t{': c' if secret else value} ")
    with pytest.raises(TableError, match="CPA_S by CPA_C is not published, and the sums of the table do not bear out"):
        read_table(written(tmp_path, "\n".join(lines), "secret.tsv"))


@pytest.mark.parametrize("secret", [":", ""])
@pytest.mark.parametrize("stated", [True, False])
def test_sums_bear_out_a_cell_only_where_output_is_not_one_of_them(tmp_path: Path, secret: str, stated: bool) -> None:
    cells = [("A", "A", 10), ("A", "B", 20), ("B", "A", 30), ("B", "B", 40), ("B1G", "A", 50), ("B1G", "B", 30)]
    cells += [(row, column, 5) for row in ("P7", "D21X31") for column in "AB"]
    cells += [("P1", column, 100) for column in "AB"] if stated else []

    def table(hidden: tuple[str, str] | None) -> Path:
        lines = ["prd_ava,ind_use,obs_value,obs_flag"]
        for row, column, value in cells:
            lines.append(f"{row},{column},{secret},c" if (row, column) == hidden else f"{row},{column},{value},")
        return written(tmp_path, "\n".join(lines))

    assert read_table(table(None)).output.tolist() == [100.0, 100.0]
    with pytest.raises(TableError, match="B by A is not published, and the sums of the table do not bear out"):
        read_table(table(("B", "A")))


def test_eurostat_as_csv(tmp_path: Path) -> None:
    lines = ["DATAFLOW,LAST UPDATE,freq,unit,stk_flow,ind_use,prd_use,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG"]
    for flow, use, product, value in eurostat():
        lines.append(f"ESTAT:NAIO_10_CP1700(1.0),23/01/24,A,MIO_EUR,{flow},{use},{product},AT,2020,{value:g},p")
    assert agrees(read_table(written(tmp_path, "\n".join(lines))), WITH_WAGES)


def oecd() -> list[tuple[str, str, float]]:
    industries = ("D01T02", "D10T12", "D45T47")
    cells = []
    for i, row in enumerate(industries):
        for j, column in enumerate(industries):
            bought = BOUGHT[i] * IMPORTS[j]
            cells += [(f"DOM_{row}", column, FLOWS[i, j]), (f"IMP_{row}", column, bought)]
            cells.append((f"TTL_{row}", column, FLOWS[i, j] + bought))
        cells += [
            (f"DOM_{row}", code, use[i])
            for code, use in zip(("HFCE", "GGFC", "GFCF", "EXPO"), USES.values(), strict=True)
        ]
    for j, column in enumerate(industries):
        rows = {"TXS_INT_FNL": TAXES, "VALU": VALUE_ADDED, "LABR": WAGES, "OUTPUT": OUTPUT}
        cells += [(name, column, row[j]) for name, row in rows.items()]
    return cells


def test_oecd_as_long_files(tmp_path: Path) -> None:
    old = [
        '"VAR","Variable","COU","Country","ROW","From: (sector in row)","COL","To: (sector in column)","TIME","Time","Unit Code",'
        '"PowerCode","Value","Flag Codes"'
    ]
    for row, column, value in oecd():
        for variable in ("DOMIMP", "TTL") if row in ("VALU", "LABR", "OUTPUT") else (row[:3],):
            old.append(
                f'"{variable}","","CAN","Canada","{row}","","{column}","","2018","2018","USD","Millions",{value},'
            )
    assert agrees(read_table(written(tmp_path, "\n".join(old), encoding="utf-8-sig")), WITH_WAGES)
    new = ["STRUCTURE,STRUCTURE_ID,FREQ,REF_AREA,ROW,COL,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT"]
    for country in ("CAN", "KOR"):
        new += [f"DATAFLOW,X,A,{country},{row},{column},USD,2018,{value},A,6" for row, column, value in oecd()]
    path = written(tmp_path, "\n".join(new))
    with pytest.raises(TableError, match=r"by REF_AREA \(CAN, KOR\)"):
        read_table(path)
    assert agrees(read_table(path, country="KOR"), WITH_WAGES)
    with pytest.raises(TableError, match="no REF_AREA 'JPN'; it has CAN, KOR"):
        read_table(path, country="JPN")


def test_codes_with_words_behind_them(tmp_path: Path) -> None:
    lines = [
        "STRUCTURE,REF_AREA: Reference area,ROW: From sector,COL: To sector,TIME_PERIOD: Time,OBS_VALUE: Value,UNIT_MULT: Unit"
    ]
    lines += [
        f"DATAFLOW,CAN: Canada,{row}: a,{column}: b,2018: 2018,{value},6: Millions" for row, column, value in oecd()
    ]
    assert agrees(read_table(written(tmp_path, "\n".join(lines)), country="CAN"), WITH_WAGES)
    wide = ["DATAFLOW,freq:Time,stk_flow:Flow,ind_use:Use,prd_use:Product,geo:Place,TIME_PERIOD:Time,OBS_VALUE:Value"]
    wide += [
        f"X,A:Annual,{flow}:x,{use}:y,{product}:z,AT:Austria,2020,{value:g}" for flow, use, product, value in eurostat()
    ]
    assert agrees(read_table(written(tmp_path, "\n".join(wide))), WITH_WAGES)


def test_figaro_as_a_long_file(tmp_path: Path) -> None:
    lines = ["icioiRow,icioiCol,refArea,rowIi,counterpartArea,colIi,obsValue"]

    def add(place: str, row: str, user: str, column: str, value: float) -> None:
        lines.append(f"{place}_{row},{user}_{column},{place},{row},{user},{column},{value}")

    codes = ("A01", "C10T12", "G46")
    for i, row in enumerate(codes):
        for j, column in enumerate(codes):
            add("CA", row, "CA", column, FLOWS[i, j])
            add("US", row, "CA", column, BOUGHT[i] * IMPORTS[j])
            add("US", row, "US", column, FLOWS[i, j])
        *home, abroad = USES.values()
        for code, use in zip(("P3_S14", "P3_S13", "P51G"), home, strict=True):
            add("CA", row, "CA", code, use[i])
        add("CA", row, "US", "P3_S14", abroad[i])
        add("US", row, "US", "P3_S14", 400.0)
    for j, column in enumerate(codes):
        for code, below in (("D21X31", TAXES), ("D1", WAGES), ("D29X39", OTHER_TAXES), ("B2A3G", SURPLUS)):
            add("W2", code, "CA", column, below[j])
            add("W2", code, "US", column, 1.0)
    path = written(tmp_path, "\n".join(lines))
    assert agrees(read_table(path, country="CA"), WITH_WAGES)
    # The same as a square, as FIGARO gives it too.
    cells = [line.split(",") for line in lines[1:]]
    down, across = (list(dict.fromkeys(cell[at] for cell in cells)) for at in (0, 1))
    found = {(cell[0], cell[1]): cell[6] for cell in cells}
    matrix = [["rowLabels", *across], *[[row, *[found.get((row, to), "0") for to in across]] for row in down]]
    assert agrees(read_table(written(tmp_path, text(matrix), "matrix.csv"), country="CA"), WITH_WAGES)
    # Closed with households that spend 0.8 of their labour income, by the bordered inverse (Miller and Blair 2009, section 2.5).
    spent = USES["Household final consumption"]
    bordered = np.block([[FLOWS / OUTPUT, 0.8 * spent[:, None] / spent.sum()], [WAGES / OUTPUT, np.zeros((1, 1))]])
    closed = np.linalg.inv(np.eye(4) - bordered)
    table = read_table(path, country="CA", propensity=0.8)
    np.testing.assert_allclose(table.total(), closed[:3, :3].sum(axis=0))
    np.testing.assert_allclose(table.total("labour_income"), closed[3, :3])


def test_statistics_canada_in_parts(tmp_path: Path) -> None:
    names = ("Crop production [111]", "Manufacturing [31-33]", "Services [GS]")
    lines = [
        "REF_DATE,GEO,DGUID,Valuation,Supply,Use,UOM,UOM_ID,SCALAR_FACTOR,SCALAR_ID,VECTOR,COORDINATE,VALUE,STATUS"
    ]

    def add(row: str, column: str, value: float) -> None:
        for valuation, factor in (("Basic price", 1.0), ("Purchaser price", 1.1)):
            lines.append(f"2019,Canada,,{valuation},{row},{column},Dollars,81,millions,6,v1,1.1,{value * factor},")

    for i, row in enumerate(names):
        for j, column in enumerate(names):
            add(row, column, FLOWS[i, j])
    for j, column in enumerate(names):
        add("International imports [INTIM]", column, IMPORTS[j])
        add("Taxes on products [TXP]", column, max(TAXES[j], 0.0) + 7.0)
        add("Subsidies on products [SUBP]", column, min(TAXES[j], 0.0) - 7.0)
        add("Wages and salaries [WS]", column, 0.9 * WAGES[j])
        add("Employers' social contributions [ESC]", column, 0.1 * WAGES[j])
        add("Gross mixed income [MI]", column, 0.3 * SURPLUS[j])
        add("Gross operating surplus [OS]", column, 0.7 * SURPLUS[j])
        add("Taxes on production [TXPN]", column, max(OTHER_TAXES[j], 0.0))
        add("Subsidies on production [SUBPN]", column, -min(OTHER_TAXES[j], 0.0))
        add("Total output [TOT]", column, OUTPUT[j])
    path = written(tmp_path, "\n".join(lines), encoding="utf-8-sig")
    assert agrees(read_table(path, country="Canada"), WITH_WAGES)
    with pytest.raises(TableError, match="no Valuation 'Market price'; it has Basic price, Purchaser price"):
        read_table(path, where={"Valuation": "Market price"})


def test_exiobase_gives_value_added_in_parts(tmp_path: Path) -> None:
    whole = np.zeros((4, 4))
    whole[:3, :3], whole[3, :3] = FLOWS, IMPORTS
    made = np.append(OUTPUT, 1000.0)
    regions, sectors = ("CA", "CA", "CA", "WM"), (*NAMES, "All")

    def lines(head: Sequence[Sequence[str]], rows: Sequence[Sequence[object]]) -> str:
        return "\n".join("\t".join(map(str, row)) for row in [*head, *rows]) + "\n"

    labelled = [(regions[i], sectors[i]) for i in range(4)]
    head = [("region", "", *regions), ("", "sector", *sectors), ("region", "sector", "", "", "", "")]
    written(tmp_path, lines(head, [[*labelled[i], *whole[i]] for i in range(4)]), "Z.txt")
    written(tmp_path, lines([("region", "sector", "indout")], [[*labelled[i], made[i]] for i in range(4)]), "x.txt")
    (tmp_path / "factor_inputs").mkdir()
    work = "Compensation of employees; wages, salaries, & employers' social contributions"
    below = {
        "Taxes less subsidies on products purchased: Total": TAXES, "Other net taxes on production": OTHER_TAXES,
        f"{work}: Low-skilled": 0.3 * WAGES, f"{work}: High-skilled": 0.7 * WAGES,
        "Operating surplus: Consumption of fixed capital": 0.4 * SURPLUS,
        "Operating surplus: Remaining net operating surplus": 0.6 * SURPLUS,
    }  # fmt: skip
    head = [("region", *regions), ("sector", *sectors), ("stressor", "", "", "", "")]
    written(tmp_path, lines(head, [[name, *row, 0.0] for name, row in below.items()]), "factor_inputs/F.txt")
    assert agrees(read_table(tmp_path, country="CA"), WITH_WAGES)
    # As one world the imports are among the flows, and negative taxes do not make inputs exceed output.
    assert read_table(tmp_path).imbalances() == []


def test_exiobase_of_coefficients_and_final_demand(tmp_path: Path) -> None:
    whole = np.zeros((4, 4))
    whole[:3, :3], whole[3, :3] = FLOWS, IMPORTS
    made = np.append(OUTPUT, 1000.0)
    labels = ["CA\tAgriculture", "CA\tManufacturing", "CA\tServices", "WM\tAll"]
    head = "region\t\tCA\tCA\tCA\tWM\n\tsector\tAgriculture\tManufacturing\tServices\tAll\nregion\tsector\t\t\t\t\n"
    coefficients = whole / made
    lines = ["\t".join([label, *map(repr, map(float, row))]) for label, row in zip(labels, coefficients, strict=True)]
    written(tmp_path, head + "\n".join(lines) + "\n", "A.txt")
    plain = read_table(tmp_path, country="CA")
    np.testing.assert_allclose(plain.simple(), ANSWERS["output"])
    np.testing.assert_allclose(plain.simple("imports"), ANSWERS["imports"])
    final = made - whole.sum(axis=1)
    written(
        tmp_path,
        "region\t\tCA\n\tcategory\tAll uses\nregion\tsector\t\n"
        + "\n".join(f"{label}\t{float(use)!r}" for label, use in zip(labels, final, strict=True))
        + "\n",
        "Y.txt",
    )
    np.testing.assert_allclose(read_table(tmp_path).output, made)


def test_taxes_of_several_countries_are_added_and_a_split_country_is_told(tmp_path: Path) -> None:
    # As the OECD's inter-country tables of 2018 have it: a row of taxes for each country that raises them.
    labels = [f"CAN_{name}" for name in ("01T03", "05T06", "07T08")]
    rows: list[list[object]] = [["", *labels, "MEX_01T03", "MX1_01T03", "CAN_HFCE", "TOTAL"]]
    for i, label in enumerate(labels):
        rows.append([label, *FLOWS[i], 0.0, 0.0, OUTPUT[i] - FLOWS[i].sum(), OUTPUT[i]])
    rows += [["MEX_01T03", *[0.0] * 7], ["MX1_01T03", *IMPORTS, 0.0, 0.0, 0.0, 150.0]]
    rows += [["CAN_TAXSUB", *(TAXES + 2.0), 0.0, 0.0], ["MEX_TAXSUB", -2.0, -2.0, -2.0, 0.0, 0.0]]
    rows += [["VALU", *VALUE_ADDED, 0.0, 150.0], ["OUTPUT", *OUTPUT, 0.0, 150.0]]
    path = written(tmp_path, text(rows))
    assert agrees(read_table(path, country="CAN"))
    with pytest.raises(
        TableError, match="no sector of MEX has output; the country may be split into others, such as MX1"
    ):
        read_table(path, country="MEX")


# Supply and use with more products than industries -------------------------------------------------------------------------

SUPPLY = np.array([[180, 10, 0], [20, 300, 0], [0, 180, 30], [0, 10, 570]], dtype=float)
USE = np.array([[10, 30, 5], [10, 60, 20], [10, 40, 10], [15, 70, 80]], dtype=float)
PRODUCTS = ("CPA_A", "CPA_B", "CPA_C", "CPA_S")
PRODUCT_NAMES = ("Agricultural products", "Ores", "Manufactured goods", "Services")
INDUSTRIES = ("A", "C", "S")
LEFT = SUPPLY.sum(axis=0) - USE.sum(axis=0) - IMPORTS - TAXES


def use_rows(codes: bool) -> list[list[object]]:
    final = SUPPLY.sum(axis=1) - USE.sum(axis=1)
    ends = ["Total", "Household consumption", "Exports", "Total use"]
    rows: list[list[object]] = [["Use table, domestic output"], ["Million"]]
    rows += [["", "", *INDUSTRIES], ["Code", "Products", *NAMES, *ends]] if codes else [["", *INDUSTRIES, *ends]]
    for i in range(4):
        labels = [PRODUCTS[i], PRODUCT_NAMES[i]] if codes else [PRODUCTS[i]]
        rows.append([*labels, *USE[i], USE[i].sum(), 0.6 * final[i], 0.4 * final[i], SUPPLY[i].sum()])
    below = {
        "Total": ("", USE.sum(axis=0)), "Imports": ("P7", IMPORTS), "Taxes less subsidies on products": ("D21X31", TAXES),
        "Compensation of employees": ("D1", 0.4 * LEFT), "Other taxes on production, net": ("D29X39", 0.05 * LEFT),
        "Operating surplus, gross": ("B2A3G", 0.55 * LEFT),
    }  # fmt: skip
    return [*rows, *[[*([code] if codes else []), name, *row] for name, (code, row) in below.items()]]


def supply_rows(codes: bool, turned: bool) -> list[list[object]]:
    rows: list[list[object]] = [["Supply table"]]
    if turned:
        rows.append([*([""] if codes else []), "", *PRODUCTS, "Total"])
        for j in range(3):
            labels = [INDUSTRIES[j], NAMES[j]] if codes else [INDUSTRIES[j]]
            rows.append([*labels, *SUPPLY[:, j], SUPPLY[:, j].sum()])
    else:
        rows += (
            [["", "", *INDUSTRIES], ["Code", "Products", *NAMES, "Total"]] if codes else [["", *INDUSTRIES, "Total"]]
        )
        for i in range(4):
            labels = [PRODUCTS[i], PRODUCT_NAMES[i]] if codes else [PRODUCTS[i]]
            rows.append([*labels, *SUPPLY[i], SUPPLY[i].sum()])
    return rows


def same_as_formula(use: Path, supply: Path) -> bool:
    sales = SUPPLY.T / SUPPLY.sum(axis=1)
    table = read_squares(use, supply).symmetric("D")
    inverse = np.linalg.inv(np.eye(3) - sales @ (USE / SUPPLY.sum(axis=0)))
    np.testing.assert_allclose(table.simple(), inverse.sum(axis=0))
    np.testing.assert_allclose(table.simple("value_added"), LEFT / SUPPLY.sum(axis=0) @ inverse)
    assert table.imbalances() == []
    return True


@pytest.mark.parametrize("codes", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_supply_and_use_with_titles_and_two_lines_of_names(tmp_path: Path, codes: bool, turned: bool) -> None:
    use = written(tmp_path, text(use_rows(codes)), "use.csv")
    assert same_as_formula(use, written(tmp_path, text(supply_rows(codes, turned)), "supply.csv"))


def test_supply_and_use_in_one_workbook(tmp_path: Path) -> None:
    sheets = {"Read me": [["x"]], "Supply": supply_rows(True, False), "Use": use_rows(True)}
    path = workbooks.write(tmp_path / "sut.xlsx", sheets)
    assert same_as_formula(path, path)


def test_supply_and_use_of_eurostat(tmp_path: Path) -> None:
    final = SUPPLY.sum(axis=1) - USE.sum(axis=1)
    use = ["freq,unit,stk_flow,induse,prod_na,geo\\TIME_PERIOD\t2020 "]
    supply = ["freq,unit,ind_impv,prod_na,geo\\TIME_PERIOD\t2020 "]
    for place in ("AT", "BE"):
        for i, product in enumerate(PRODUCTS):
            for j, industry in enumerate(INDUSTRIES):
                use.append(f"A,MIO_EUR,DOM,{industry},{product},{place}\t{USE[i, j]} ")
                use.append(f"A,MIO_EUR,IMP,{industry},{product},{place}\t{IMPORTS[j] / 4} ")
                supply.append(f"A,MIO_EUR,{industry},{product},{place}\t{SUPPLY[i, j]} ")
            use += [
                f"A,MIO_EUR,DOM,P3,{product},{place}\t{final[i]} ",
                f"A,MIO_EUR,DOM,TU,{product},{place}\t{SUPPLY[i].sum()} ",
            ]
            supply.append(f"A,MIO_EUR,TS_BP,{product},{place}\t{SUPPLY[i].sum()} ")
        for j, industry in enumerate(INDUSTRIES):
            for code, row in (("D21X31", TAXES), ("D1", 0.4 * LEFT), ("D29X39", 0.05 * LEFT), ("B2A3G", 0.55 * LEFT)):
                use.append(f"A,MIO_EUR,TOTAL,{industry},{code},{place}\t{row[j]} ")
    use.append("A,MIO_EUR,DOM,P52,CPA_A,AT\t: ")
    files = written(tmp_path, "\n".join(use), "cp16.tsv"), written(tmp_path, "\n".join(supply), "cp15.tsv")
    table = read_squares(*files, country="AT", where={"stk_flow": "DOM"}).symmetric("D")
    inverse = np.linalg.inv(np.eye(3) - SUPPLY.T / SUPPLY.sum(axis=1) @ (USE / SUPPLY.sum(axis=0)))
    np.testing.assert_allclose(table.simple("value_added"), LEFT / SUPPLY.sum(axis=0) @ inverse)
    np.testing.assert_allclose(table.simple("imports"), IMPORTS / SUPPLY.sum(axis=0) @ inverse)
    np.testing.assert_allclose(table.whole(), 1.0)
    with pytest.raises(TableError, match=r"by geo \(AT, BE\)"):
        read_squares(*files)


def test_a_make_table_with_equal_names_is_told_by_its_sums(tmp_path: Path) -> None:
    # Miller and Blair (2009), chapter 5: make V = [[90, 0], [10, 100]], use U = [[12, 8], [10, 7]].
    use = written(tmp_path, ",1,2,Final demand\n1,12,8,80\n2,10,7,83\nValue added,68,95,\n", "use.csv")
    make = written(tmp_path, ",1,2\n1,90,0\n2,10,100\n", "make.csv")
    found = read_squares(use, make)
    assert "turned" in found.notes[0]
    market = np.array([[0.9, 0.0], [0.1, 1.0]])
    wanted = np.linalg.inv(np.eye(2) - np.array([[12 / 90, 8 / 110], [10 / 90, 7 / 110]]) @ market)
    np.testing.assert_allclose(found.symmetric("B").simple(), wanted.sum(axis=0))
