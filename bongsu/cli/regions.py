"""``bongsu regions``: what a project does for its province, and multipliers of a table that the user has."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import shell
from bongsu.cli.options import AsOfOption, DataOption, JsonOption, LangOption
from bongsu.cli.shell import BadInput

if TYPE_CHECKING:
    import polars as pl

    from bongsu.atlas import Atlas
    from bongsu.cli.wording import Wording
    from bongsu.committee import Answer, Project
    from bongsu.committee.regions import OwnTables, Table

app = typer.Typer(
    help="Employment, value added and imports of a project in its province, from input–output tables.",
    no_args_is_help=True,
)

OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for regions.json and the tables as CSV.")]
LayoutOption = Annotated[
    str | None,
    typer.Option(
        "--layout",
        help="Layout of the table: plain, long, oecd, icio, wiod, pymrio or statcan; recognised where it is not named.",
    ),
]
CountryOption = Annotated[
    str | None,
    typer.Option("--country", help="Country to cut out of a table of several, as it writes it (GEO, geo, REF_AREA)."),
]
PropensityOption = Annotated[
    float | None,
    typer.Option(
        "--propensity", help="Share of labour income that households spend, for induced effects.", min=0.0, max=1.0
    ),
]


@app.command(
    epilog="Examples: `bongsu regions effect make_cell_lfp ca-on-windsor` · "
    "`bongsu regions effect make_cell_lfp ca-on-windsor --size 49500000 --jobs 2500,2500 --out out/windsor` · "
    "`bongsu regions effect make_cam_nmc811 ca-qc-becancour --lang fr` · "
    "`bongsu regions effect make_cell_lfp ca-on-windsor --table canada.csv --money CAD:2021 --sector operation=D27 "
    "--sector building=D41T43 --sector equipment=D28 --sector engineering=D69T75`"
)
def effect(
    process: Annotated[str, typer.Argument(help="Process, such as make_cell_lfp; or a JSON file of a project.")],
    place: Annotated[str | None, typer.Argument(help="Place, such as ca-on-windsor.")] = None,
    size: Annotated[
        float | None,
        typer.Option("--size", help="Yearly capacity in the unit of the item (default: the most built in a year)."),
    ] = None,
    start: Annotated[int | None, typer.Option("--start", help="First year of use.")] = None,
    capex: Annotated[
        str | None,
        typer.Option("--capex", help="Investment in US dollars, one figure or LOW,HIGH (default: as in the pack)."),
    ] = None,
    jobs: Annotated[
        str | None, typer.Option("--jobs", help="Direct jobs announced for the project, one figure or LOW,HIGH.")
    ] = None,
    table: Annotated[
        list[Path] | None,
        typer.Option("--table", help="An input–output table of your own instead of the pack's multipliers."),
    ] = None,
    sector: Annotated[
        list[str] | None,
        typer.Option(
            "--sector", help="Sector of that table for a part: operation=D27, building=…, equipment=…, engineering=…."
        ),
    ] = None,
    money: Annotated[
        str | None, typer.Option("--money", help="Currency and year of that table, such as CAD:2021 (in millions).")
    ] = None,
    layout: LayoutOption = None,
    country: CountryOption = None,
    propensity: PropensityOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """What a project does for its province: jobs, value added, imports, by phase, from low to high, with what it rests on."""
    from bongsu.committee.regions import TableError
    from bongsu.committee.regions import effect as of

    shell.check_language(lang)
    with shell.working(quiet=as_json) as tell:
        atlas = shell.load_atlas(tell, data, as_of)
        try:
            project, spent = _project(atlas, process, place, size, start, capex)
            own = _own(table or [], sector or [], money, layout, country, propensity) if table else None
            tell("effects on the region")
            answer = of(project, atlas, jobs=_pair("--jobs", jobs), capex=spent, own=own)
        except (TableError, ValueError) as error:
            raise BadInput(str(error)) from None
        written = _write(out, answer) if out is not None else []
    if as_json:
        print(json.dumps(answer.as_dict() | {"project": project.as_dict()}, indent=1, ensure_ascii=False))
    else:
        _show(atlas, project, answer, lang)
        for path in written:
            print(path)


@app.command(
    epilog="Examples: `bongsu regions table canada.csv --csv` · `bongsu regions table canada.csv --shock D27=100 --json` · "
    "`bongsu regions table 36100478.csv --layout statcan --country Ontario` · "
    "`bongsu regions table use.csv --supply supply.csv --model B`"
)
def table(
    path: Annotated[
        Path,
        typer.Argument(help="File, or folder for the layout pymrio; with --supply, the use table.", metavar="FILE"),
    ],
    layout: LayoutOption = None,
    country: CountryOption = None,
    supply: Annotated[
        Path | None,
        typer.Option("--supply", help="Supply table (products by industries) of the use table FILE."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="From supply and use to a symmetric table: A, B, C or D (default D).")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help="Column and value that single one table out of a long one, such as year=2010."),
    ] = None,
    total: Annotated[
        bool, typer.Option("--total", help="Keep imported inputs among the flows: total requirements (OECD, TTL_).")
    ] = False,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Sheet of a workbook (.xlsx), where several hold a table.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", help="Columns of row, column and value of a long table, such as from,to,amount."),
    ] = None,
    row: Annotated[
        list[str] | None,
        typer.Option(
            "--row",
            help="Name of a row that is not known by itself: output=…, value_added=…, imports=…, taxes=…, labour_income=… or "
            "jobs=….",
        ),
    ] = None,
    households: Annotated[
        str | None, typer.Option("--households", help="Name of the column of household consumption, with --propensity.")
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option("--shock", help="Final demand of a sector, such as D27=100, in the unit of the table."),
    ] = None,
    propensity: PropensityOption = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", help="How far a sector may be out of balance, as a share of its output.", min=0.0),
    ] = 0.002,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the multipliers as CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check an input–output table of your own and print its multipliers, or the effects of a final demand."""
    from bongsu.committee.regions import TableError

    try:
        with shell.working(quiet=as_json or as_csv) as tell:
            tell("reading the table")
            found = _read(
                path,
                layout,
                country,
                propensity,
                model,
                supply=supply,
                where=where or [],
                total=total,
                sheet=sheet,
                columns=columns,
                named=row or [],
                households=households,
            )
            if propensity is not None and "labour_income" not in found.rows:
                raise BadInput(
                    f"--propensity {propensity:g}: {path.name} holds no row of labour income (compensation of employees), so what "
                    "households spend of it cannot be told; name the row with --row labour_income=…"
                )
            if propensity is not None and found.households is None:
                raise BadInput(
                    f"--propensity {propensity:g}: no column of household consumption was read of {path.name}, so what households "
                    "spend cannot be told; give a table with one, in a layout that has it"
                )
            found.balanced(tolerance)
            tell("solving")
            rows = _shocked(found, shock) if shock else found.multipliers()
    except (TableError, ValueError) as error:
        raise BadInput(str(error)) from None
    if as_json:
        print(
            json.dumps(
                {"table": found.name, "notes": list(found.notes), "rows": rows.to_dicts()}, indent=1, ensure_ascii=False
            )
        )
    elif as_csv:
        print(rows.write_csv(line_terminator="\n"), end="")
    else:
        _print(rows, found.name)
        for note in found.notes:
            print(note)


def _read(
    path: Path,
    layout: str | None,
    country: str | None,
    propensity: float | None,
    model: str | None = None,
    *,
    supply: Path | None = None,
    where: Sequence[str] = (),
    total: bool = False,
    sheet: str | None = None,
    columns: str | None = None,
    named: Sequence[str] = (),
    households: str | None = None,
) -> Table:
    from bongsu.committee.regions import TableError, read_squares, read_supply_use, read_table

    chosen = dict(_pair_of("--where", text) for text in where)
    if supply is not None:
        return read_squares(path, supply, sheet, country, chosen).symmetric(model or "D")  # type: ignore[arg-type]
    if model is not None and (
        layout == "statcan" or (layout is None and path.is_file() and b"REF_DATE" in path.read_bytes()[:200])
    ):
        try:
            return read_supply_use(path, country, where=chosen).symmetric(model)  # type: ignore[arg-type]
        except TableError as error:
            if "Supply and Use" not in str(error):
                raise
    found = read_table(
        path,
        layout,  # type: ignore[arg-type]
        country=country,
        propensity=propensity,
        where=chosen,
        total=total,
        sheet=sheet,
        columns=_three(columns),
        rows=_rows_of(named) or None,
        households=households,
    )
    if model is not None:
        said = f"--model {model} is not used: {path.name} is symmetric already, and no supply and use table"
        found = replace(found, notes=(*found.notes, said))
    return found


def _three(columns: str | None) -> tuple[str, str, str] | None:
    if columns is None:
        return None
    names = [name.strip() for name in columns.split(",")]
    if len(names) != 3 or not all(names):
        raise BadInput(f"--columns {columns}: write three names, of the columns of row, column and value")
    return names[0], names[1], names[2]


def _rows_of(named: Sequence[str]) -> dict[str, str]:
    from bongsu.committee.regions.table import ROWS

    rows = dict(_pair_of("--row", text) for text in named)
    if unknown := [kind for kind in rows if kind not in (*ROWS, "output")]:
        raise BadInput(f"--row {unknown[0]}: there is no such row; there are output, {', '.join(ROWS)}")
    return rows


def _pair_of(option: str, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise BadInput(f"{option} {text}: write it as COLUMN=VALUE")
    return name, value


def _shocked(found: Table, shocks: list[str]) -> pl.DataFrame:
    import polars as pl

    demand = {}
    for text in shocks:
        name, _, amount = text.rpartition("=")
        demand[name] = _number("--shock", amount)
    effect = found.shock(demand, closed=found.households is not None and "labour_income" in found.rows)
    rows = [("output", float(effect.output.sum())), *effect.totals.items()]
    return pl.DataFrame({"measure": [name for name, _ in rows], "amount": [value for _, value in rows]}).with_columns(
        error_at_most=pl.when(pl.col("measure") == "output").then(pl.lit(effect.bound))
    )


def _own(
    paths: list[Path],
    sectors: list[str],
    money: str | None,
    layout: str | None,
    country: str | None,
    propensity: float | None,
) -> OwnTables:
    from bongsu.committee.regions import Money, OwnTables

    if money is None or not money.partition(":")[2].isdigit():
        raise BadInput("say with --money which currency and year the table is in, such as --money CAD:2021")
    named = {}
    for text in sectors:
        part, _, name = text.partition("=")
        if part not in ("operation", "building", "equipment", "engineering") or not name:
            raise BadInput(f"--sector {text}: write it as operation=…, building=…, equipment=… or engineering=…")
        named[part] = name
    if missing := [part for part in ("operation", "building", "equipment", "engineering") if part not in named]:
        raise BadInput(f"name the sector of the table for {', '.join(missing)} with --sector")
    currency, _, year = money.partition(":")
    tables = [_read(path, layout, country, propensity) for path in paths]
    return OwnTables(tables, named, Money(currency, int(year)))


def _project(
    atlas: Atlas, process: str, place: str | None, size: float | None, start: int | None, capex: str | None
) -> tuple[Project, tuple[float, float] | None]:
    """The project asked about, and the range of its investment where one was given."""
    import polars as pl

    from bongsu.committee import Project

    spent = _pair("--capex", capex)
    if size is not None and not (0 < size < math.inf):
        raise BadInput(f"--size {size:g} is no capacity; give units per year above zero")
    if process.endswith(".json"):
        try:
            return Project.of(json.loads(Path(process).read_text(encoding="utf-8"))), spent
        except (OSError, ValueError, TypeError) as error:
            raise BadInput(f"{process} holds no project: {error}") from None
    what, where = atlas.row("processes", process), atlas.row("places", place or "")
    if what is None:
        raise BadInput(f"there is no process {process!r}{_near(process, atlas['processes']['process'].to_list())}")
    if place is None:
        raise BadInput("say at which place, such as ca-on-windsor")
    if where is None:
        raise BadInput(f"there is no place {place!r}{_near(place, atlas['places']['place'].to_list())}")
    built = atlas["expansion_places"].filter((pl.col("process") == process) & (pl.col("place") == place))
    if size is None:
        if built.is_empty():
            unit = (atlas.row("items", what["main_item"]) or {}).get("unit") or "units"
            raise BadInput(
                f"how large is the plant? Say it with --size, in {unit} a year: the data pack expects no {process} at {place}, "
                "so that it has no size of its own there"
            )
        size = float(built["max_per_year"][0])
    if start is None:
        start = int(built["first_year"][0]) if not built.is_empty() else atlas.known.year + 3
    costs = atlas["capex"].filter((pl.col("process") == process) & pl.col("country").is_in([where["country"], "*"]))
    if costs.is_empty():
        raise BadInput(f"the investment of {process} is not in capex.csv; this step has no plant of its own")
    cost = costs.sort(pl.col("country") == "*").row(0, named=True)
    item = atlas.row("items", what["main_item"]) or {}
    project = Project(
        f"{process}@{place}",
        process,
        place,
        str(where["country"]),
        str(where["region"] or ""),
        size,
        str(item.get("unit", "")),
        start,
        int(cost["life"]),
        float(cost["capex"]) * size,
        int(cost["money_year"]),
    )
    return project, spent


def _near(name: str, known: Sequence[str]) -> str:
    from bongsu.atlas.near import near

    like = near(name, known, most=3)
    return f"; did you mean {' or '.join(like)}?" if like else ""


def _pair(option: str, text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    ends = [_number(option, part) for part in text.split(",")]
    if len(ends) not in (1, 2):
        raise BadInput(f"{option} {text}: write one figure, or LOW,HIGH")
    return ends[0], ends[-1]


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{option}: {text!r} is not a number") from None


def _write(folder: Path, answer: Answer) -> list[Path]:
    from bongsu.cli import kept

    return [folder / name for name in kept.write(answer, folder)]


def _show(atlas: Atlas, project: Project, answer: Answer, lang: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from bongsu.answers.figure import region_name
    from bongsu.cli.wording import Wording
    from bongsu.committee.words import said

    console = Console()
    console = console if console.is_terminal else Console(width=150)
    words = Wording("regions_words", lang)
    where = ", ".join(filter(None, (atlas.name("places", project.place, lang), region_name(project.region)[lang])))
    what = atlas.name("processes", project.process, lang)
    shown = Table(title=said("regions", "title", project=what, region=where)[lang])
    shown.add_column(said("regions", "col.figure")[lang], overflow="fold")
    for key in ("low", "high"):
        shown.add_column(said("regions", f"col.{key}")[lang], justify="right")
    for key in ("unit", "trust"):
        shown.add_column(said("regions", f"col.{key}")[lang])
    for row in answer.tables["effect"].iter_rows(named=True):
        name = f"regions.{row['phase']}_{row['measure']}_{row['scope']}_{row['basis']}_low:{project.project}"
        # The row has both ends, and the figure is one of them.
        label = answer.figures[name].label[lang].removesuffix(said("regions", "end.low", what="")[lang])
        trust = said("regions", f"trust.{row['weakest']}")[lang]
        shown.add_row(label, words.rough(row["low"]), words.rough(row["high"]), _unit(words, row["unit"]), trust)
    console.print(shown)
    for note in answer.tables["notes"].iter_rows(named=True):
        console.print(f"· {note[lang]}")


def _unit(words: Wording, unit: str) -> str:
    """A unit of the answer in words."""
    if unit.startswith("million "):
        _, currency, _, year = unit.split()
        return words("unit.million", currency=currency, year=year)
    return words(f"unit.{unit}")


def _print(rows: Any, title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console = console if console.is_terminal else Console(width=150)
    shown = Table(title=title)
    for name in rows.columns:
        shown.add_column(name, justify="left" if name in ("sector", "measure") else "right", overflow="fold")
    for row in rows.iter_rows():
        shown.add_row(*("" if cell is None else cell if isinstance(cell, str) else f"{cell:,.6g}" for cell in row))
    console.print(shown)
