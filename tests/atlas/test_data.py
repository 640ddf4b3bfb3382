"""The data pack itself: whole, traceable, and right where chemistry or a publication can say so."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from pathlib import Path

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.atlas.datapackage import datapackage

#: IUPAC standard atomic weights 2021, abridged, g/mol.
ATOMS = {
    "H": 1.008, "Li": 6.94, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990, "Al": 26.982,
    "P": 30.974, "S": 32.06, "Ca": 40.078, "Mn": 54.938, "Fe": 55.845, "Co": 58.933, "Ni": 58.693, "Cu": 63.546,
}  # fmt: skip
FORMULAS: dict[str, dict[str, float]] = {
    "lithium_carbonate": {"Li": 2, "C": 1, "O": 3},
    "lithium_hydroxide": {"Li": 1, "O": 2, "H": 3},
    "nickel_sulphate": {"Ni": 1, "S": 1, "O": 10, "H": 12},
    "cobalt_sulphate": {"Co": 1, "S": 1, "O": 11, "H": 14},
    "manganese_sulphate": {"Mn": 1, "S": 1, "O": 5, "H": 2},
    "iron_phosphate": {"Fe": 1, "P": 1, "O": 4},
    "sulphuric_acid": {"H": 2, "S": 1, "O": 4},
    "phosphoric_acid": {"H": 3, "P": 1, "O": 4},
    "caustic_soda": {"Na": 1, "O": 1, "H": 1},
    "soda_ash": {"Na": 2, "C": 1, "O": 3},
    "sodium_sulphate": {"Na": 2, "S": 1, "O": 4},
    "lipf6": {"Li": 1, "P": 1, "F": 6},
    "cam_lfp": {"Li": 1, "Fe": 1, "P": 1, "O": 4},
    "cam_nmc811": {"Li": 1, "Ni": 0.8, "Co": 0.1, "Mn": 0.1, "O": 2},
    "cam_nmc622": {"Li": 1, "Ni": 0.6, "Co": 0.2, "Mn": 0.2, "O": 2},
    "cam_ncma": {"Li": 1, "Ni": 0.89, "Co": 0.04, "Mn": 0.04, "Al": 0.03, "O": 2},
    "cam_nca": {"Li": 1, "Ni": 0.8, "Co": 0.15, "Al": 0.05, "O": 2},
    "pcam_nmc811": {"Ni": 0.8, "Co": 0.1, "Mn": 0.1, "O": 2, "H": 2},
    "pcam_nmc622": {"Ni": 0.6, "Co": 0.2, "Mn": 0.2, "O": 2, "H": 2},
}
#: Contents in percent as handbooks print them.
PRINTED = {
    ("lithium_carbonate", "Li"): 18.79,
    ("lithium_hydroxide", "Li"): 16.54,
    ("nickel_sulphate", "Ni"): 22.33,
    ("cobalt_sulphate", "Co"): 20.97,
    ("manganese_sulphate", "Mn"): 32.50,
    ("spodumene", "Li"): 2.79,
    ("cam_lfp", "Li"): 4.40,
    ("cam_nmc811", "Ni"): 48.3,
}


def test_the_pack_loads_without_a_remark(pack: Atlas) -> None:
    assert pack.warnings == ()
    assert pack.known == dt.date(2026, 11, 23)


def test_the_description_for_machines_is_that_of_the_schema(pack: Atlas, root: Path) -> None:
    raw = (root / "data/datapackage.json").read_bytes()
    assert raw == datapackage(pack.known.isoformat()).encode()
    described = {one["path"]: [f["name"] for f in one["schema"]["fields"]] for one in json.loads(raw)["resources"]}
    for path in (root / "data").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert described.pop(path.name) == next(csv.reader(file)), path.name
    assert described == {}


def test_tables_are_written_as_the_rules_say(pack: Atlas, root: Path) -> None:
    for path in (root / "data").glob("*.csv"):
        raw = path.read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf"), path.name
        assert b"\r" not in raw, path.name
        assert raw.endswith(b"\n"), path.name
        assert not re.search(rb"[ \t]\n", raw), path.name


def test_the_pack_covers_the_chain(pack: Atlas) -> None:
    assert pack["items"].height >= 45
    assert pack["processes"].height >= 35
    assert pack["demand"]["case"].n_unique() >= 3
    assert set(pack["places"].filter(pl.col("kind") == "market")["country"]) >= {"CA", "US", "KR"}
    assert set(pack["processes"]["stage"]) >= {"mine", "refine", "pcam", "cam", "anode", "cell", "pack", "recycling"}


def test_every_facility_of_the_register_is_in_the_pack(pack: Atlas) -> None:
    register = (Path(__file__).parent / "register.txt").read_text(encoding="utf-8").split()
    assert len(register) == len(set(register)) >= 200
    assert sorted(set(register) - set(pack["facilities"]["facility"])) == []
    located = pack["facilities"].join(pack["places"], on="place", how="left")
    assert located["lat"].null_count() == 0
    # A facility stands in the country that its name begins with.
    country = pl.col("facility").str.slice(0, 2).str.to_uppercase()
    abroad = located.filter(~pl.col("facility").str.starts_with("xx-") & (country != pl.col("country")))
    assert abroad["facility"].to_list() == []


def test_every_statement_names_a_source_or_is_called_assumed(pack: Atlas, root: Path) -> None:
    with (root / "data/sources.csv").open(encoding="utf-8", newline="") as file:
        sources = {row["source"] for row in csv.DictReader(file)}
    for path in sorted((root / "data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                if "confidence" in row:
                    assert row["confidence"] in ("stated", "derived", "assumed"), f"{path.name}:{line}"
                    assert row["confidence"] == "assumed" or row["source"] in sources, f"{path.name}:{line}"


def test_nothing_was_known_after_the_day_of_the_pack(pack: Atlas) -> None:
    for name, frame in pack.tables.items():
        if "known_from" in pack.schema[name]:
            # A partial date of the last month may end after the day itself.
            assert max(frame["known_from"]) <= pack.known.replace(day=30), name


def test_what_was_written_later_than_it_is_dated_says_so(pack: Atlas) -> None:
    assert pack.everything is not None
    gathered = dt.date(2026, 11, 23)
    for name, table in pack.everything.items():
        if "known_from" not in table.columns or "source" not in table.columns:
            continue
        note = "note" if "note" in table.columns else "note_en"
        silent = table.filter(
            pl.col("source").is_null()
            & (pl.col("known_from") < gathered)
            & ~pl.col(note).fill_null("").str.contains("^(Carried back|Public since )")
        )
        assert silent["_line"].to_list() == [], name


def test_korean_graphite_is_known_in_october_2023_as_it_was_then(pack: Atlas) -> None:
    then = pack.as_of("2023-10-20")
    china = then["trade"].filter((pl.col("country") == "KR") & (pl.col("partner") == "CN"))
    year = {row["item"]: row for row in china.filter(pl.col("period") == "2022").iter_rows(named=True)}
    assert year["anode_active"]["share"] == 0.937
    assert year["spherical_graphite"]["quantity"] == 12 * 3000
    # What the licences did to shipments was learned afterwards; of stocks nobody had given a figure.
    assert not set(china["period"]) & {"2023-11", "2023-12", "2024-01/2024-02"}
    assert then["stocks"]["low"].null_count() == then["stocks"].height > 0
    line = then["facility_capacity"].filter((pl.col("line") == "kr-sj-pfm-sejong") & (pl.col("counted") == "yes"))
    assert line.sort("valid_from")["capacity"].to_list() == [44_000, 74_000]
    runs = then["facility_lines"].filter(pl.col("line") == "kr-sj-pfm-sejong")["processes"].explode()
    assert runs.to_list() == ["coat_natural"]
    later = pack.as_of("2024-03-31")["trade"]
    shipped = dict(later.filter(pl.col("quantity") < 9000).select("period", "quantity").iter_rows())
    assert shipped == {"2023-11": 8830, "2023-12": 948, "2024-01/2024-02": 243}


@pytest.mark.parametrize("item", FORMULAS)
def test_contents_are_those_of_the_formula(pack: Atlas, item: str) -> None:
    formula = FORMULAS[item]
    mass = sum(ATOMS[element] * count for element, count in formula.items())
    stated = pack.contents()[item]
    assert stated
    for element, amount in stated.items():
        assert amount == pytest.approx(ATOMS[element] * formula[element] / mass, rel=2e-4), element
    assert {"Li", "Ni", "Co", "Mn", "Fe"} & formula.keys() <= stated.keys()


@pytest.mark.parametrize(("item", "element"), PRINTED)
def test_contents_are_those_of_handbooks(pack: Atlas, item: str, element: str) -> None:
    assert 100 * pack.contents()[item][element] == pytest.approx(PRINTED[item, element], rel=1.5e-3)


def test_no_item_holds_more_than_its_mass(pack: Atlas) -> None:
    units = dict(pack["items"].select("item", "unit").iter_rows())
    mass = dict(pack["items"].select("item", "mass_per_unit").iter_rows())
    for item, content in pack.contents().items():
        assert sum(content.values()) <= (1.0 if units[item] == "t" else mass[item]) + 1e-6, item


@pytest.mark.parametrize(
    ("cell", "cathode", "low", "high", "volts", "molar", "electrons"),
    [
        # Published: LFP about 1.8 to 2.3 kg/kWh, NMC811 about 1.2 to 1.6, NMC622 about 1.4 to 1.8 (BatPaC, with plant yields).
        ("cell_lfp", "cam_lfp", 1.8, 2.3, 3.45, 157.757, 1.0),
        ("cell_nmc811", "cam_nmc811", 1.2, 1.6, 3.9, 97.28, 1.0),
        ("cell_nmc622", "cam_nmc622", 1.35, 1.8, 3.9, 96.93, 1.0),
    ],
)
def test_cathode_per_kilowatt_hour_is_as_published_and_above_the_limit_of_faraday(
    pack: Atlas, cell: str, cathode: str, low: float, high: float, volts: float, molar: float, electrons: float
) -> None:
    recipe = pack["recipes"].filter((pl.col("process") == f"make_{cell}") & (pl.col("item") == cathode))
    used = -1000 * float(recipe["amount"].item())
    assert low <= used <= high
    # All lithium moved at the open-circuit voltage: no cell does with less.
    kwh_per_kg = electrons * 96485.33 / 3600 / molar * volts
    assert used > 1 / kwh_per_kg


def test_every_recipe_balances_by_a_second_count(pack: Atlas) -> None:
    """Elements in = elements out + losses for every process, counted row by row here."""
    content = pack.contents()
    lost = {(p, e): s for p, e, s in pack["recipe_losses"].select("process", "element", "share").iter_rows()}
    checked = 0
    for process, elements in pack["processes"].select("process", "balance").iter_rows():
        recipe = dict(pack["recipes"].filter(pl.col("process") == process).select("item", "amount").iter_rows())
        for element in elements or []:
            flows = [amount * content.get(item, {}).get(element, 0.0) for item, amount in recipe.items()]
            taken, made = -sum(f for f in flows if f < 0), sum(f for f in flows if f > 0)
            assert made == pytest.approx(taken * (1 - lost.get((process, element), 0.0)), rel=0.01), (process, element)
            checked += 1
    assert checked > 100


def test_delivery_never_falls_with_time_nor_with_progress(pack: Atlas) -> None:
    share = {(s, y): v for s, y, v in pack["delivery"].select("state", "years_after_promise", "share").iter_rows()}
    years = sorted({year for _, year in share})
    for state in {state for state, _ in share}:
        path = [share[state, year] for year in years]
        assert path == sorted(path), state
        assert 0 <= path[0] <= path[-1] <= 1, state
    ladder = ("cancelled", "mou", "permitted", "fid", "construction", "commissioning", "producing")
    final = [share[state, years[-1]] for state in ladder]
    assert final == sorted(final)
    assert final[0] == 0
    assert final[-1] == 1
