"""The commands of ``bongsu law``: every example runs, every answer is data too, and bad input is one clear sentence."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from bongsu.cli.law_facts import read
from bongsu.law.registry import REGIMES

from .commands import ROOT, bongsu, process

EXAMPLES = ROOT / "examples" / "law"
FILES = sorted(EXAMPLES.glob("*.yaml"))
#: What the head of an example names: the command that runs it.
TRY = re.compile(r"# .*Try: bongsu (law test (\S+) (\S+) --on (\S+))")


def shown(page: Path) -> list[str]:
    """Commands of the fenced blocks of a page."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [
        line.removeprefix("bongsu ") for block in blocks for line in block.splitlines() if line.startswith("bongsu law")
    ]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Decided by the dates of the record (sold 2031-05-01); nothing learned after 2026-11-23 is used.\n"),
        ("ko", "기록에 적힌 날짜(판매일 2031-05-01)에 따라 판단함; 2026-11-23 이후 알려진 사실은 쓰지 않음.\n"),
    ],
)
def test_the_head_names_the_date_of_the_record_that_decides(tmp_path: Path, lang: str, said: str) -> None:
    (tmp_path / "facts.yaml").write_text("component: cell\nsold: 2031-05-01\n", encoding="utf-8")
    ran = bongsu("law", "test", "us-macr", "facts.yaml", "--on", "2026-11-23", "--lang", lang, at=tmp_path)
    assert ran.out.startswith(said)
    asked = bongsu("law", "test", "us-macr", "facts.yaml", "--on", "2026-11-23", "--json", at=tmp_path)
    assert json.loads(asked.out)["decided_by"] == {"sold": "2031-05-01"}


def test_a_record_without_dates_is_decided_by_the_day_asked_about(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text("net_cost: 40000\nvnm: 10000\npart_class: vehicle\n", encoding="utf-8")
    ran = bongsu("law", "test", "usmca-rvc", "facts.yaml", "--on", "2026-11-23", at=tmp_path)
    assert ran.out.startswith("Law on 2026-11-23; nothing learned after 2026-11-23 is used.\n")


def test_every_regime_has_an_example() -> None:
    assert {path.stem for path in FILES} == set(REGIMES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example_is_explained_and_runs(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = TRY.match(first)
    assert found, first
    assert (found[2], found[3]) == (path.stem, f"examples/law/{path.name}")
    ran = bongsu(*found[1].split(), at=ROOT)
    assert (ran.code, ran.err) == (0, "")
    day = r"\d{4}-\d\d-\d\d"
    record = rf"Decided by the dates of the record \([a-z ]+ {day}(, [a-z ]+ {day})*\)(, the rest by the law on {day})?"
    assert re.match(rf"(Law on {day}|{record}); nothing learned after {day} is used\.\n", ran.out)
    answer = json.loads(bongsu(*found[1].split(), "--json", at=ROOT).out)
    assert answer["outcome"] in ("pass", "fail", "undetermined")
    for lang, word in (("ko", "알려진 사실은 쓰지 않음"), ("fr", "pris en compte")):
        assert word in bongsu(*found[1].split(), "--lang", lang, at=ROOT).out


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example_is_the_template_of_its_test_with_every_field(path: Path) -> None:
    """So each field is there, given or as a comment, and what a user starts from is what the page of examples shows."""
    template = bongsu("law", "schema", path.stem, "--template", at=ROOT).out
    held = path.read_text(encoding="utf-8")
    assert held == template.replace("facts.yaml", f"examples/law/{path.name}", 1)
    assert isinstance(read(path, REGIMES[path.stem]), REGIMES[path.stem].record)


@pytest.mark.parametrize("command", shown(EXAMPLES / "README.md"))
def test_the_commands_of_the_examples_run(command: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    ran = bongsu(*command.split(" > ")[0].split(), at=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.strip()


def test_the_page_of_the_examples_names_them_all() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES.iterdir() if path.name not in page and path.name != "README.md"] == []


# Answers -----------------------------------------------------------------------------------------------------------------


def test_the_law_on_a_day_depends_on_what_was_known(tmp_path: Path) -> None:
    def status(*more: str) -> str:
        answer = json.loads(bongsu("law", "on", "2026-03-01", "--jurisdiction", "US", "--json", *more, at=tmp_path).out)
        assert {one["jurisdiction"] for one in answer["instruments"]} == {"US"}
        return next(str(one["status"]) for one in answer["instruments"] if one["instrument"] == "us-section-122")

    assert status() == "in force"
    assert status("--known", "2026-01-31") == "none"
    table = bongsu("law", "on", "2026-03-01", "--csv", at=tmp_path).out
    assert {"us-section-122", "us-45x"} <= {row["instrument"] for row in csv.DictReader(io.StringIO(table))}


def test_an_instrument_is_shown_whole(tmp_path: Path) -> None:
    ran = bongsu("law", "show", "us-section-122", "--on", "2026-03-01", at=tmp_path)
    for part in (
        "US surcharge under section 122",
        "Authority: ",
        "19 USC 2132",
        "2026-02-24 – 2026-07-23: in force",
        "10% of value",
    ):
        assert part.replace("10% of", "10 % of") in ran.out or part in ran.out, part
    answer = json.loads(bongsu("law", "show", "us-section-122", "--lang", "ko", "--json", at=tmp_path).out)
    assert answer["timeline"][0]["value"] == "in force"
    assert answer["parameters"][0]["values"]["*"][0]["value"] == 10


def test_a_duty_has_its_lines_and_total(tmp_path: Path) -> None:
    command = "law duty --hs 8507.60 --from KR --to US --on 2026-06-30 --preference KORUS --use ev --value 1000"
    answer = json.loads(bongsu(*command.split(), "--json", at=tmp_path).out)
    assert answer["outcome"] == "determined"
    assert answer["total"] == sum(
        line["rate"] or 0 for line in answer["lines"] if line["state"] in ("applies", "deposit")
    )
    assert answer["amount"] == answer["total"] * 10
    said = bongsu(*command.split(), at=tmp_path).out
    assert f"Total: {answer['total']:g}% of value." in said
    unknown = bongsu(*command.replace("KR", "CN").split()[:10], at=tmp_path)
    assert unknown.code == 0
    assert "undetermined, at least" in unknown.out
    assert "missing: whether the goods are for electric vehicles" in unknown.out


def test_schema_and_template_describe_the_record(tmp_path: Path) -> None:
    schema = json.loads(bongsu("law", "schema", "usmca-rvc", at=tmp_path).out)
    assert schema["properties"]["net_cost"]["description"]
    facts = tmp_path / "facts.yaml"
    facts.write_text(bongsu("law", "schema", "usmca-rvc", "--template", at=tmp_path).out, encoding="utf-8")
    assert bongsu("law", "test", "usmca-rvc", "facts.yaml", "--on", "2026-06-30", at=tmp_path).code == 0


def test_facts_may_be_json(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"net_cost": 40000, "vnm": 10000.00, "method": "nc", "part_class": "vehicle"}')
    answer = json.loads(bongsu("law", "test", "usmca-rvc", "f.json", "--on", "2026-06-30", "--json", at=tmp_path).out)
    assert (answer["outcome"], answer["figure"]) == ("pass", 75)


RVC = "method,part_class,transaction_value,net_cost,vnm,lot\n"


def test_a_table_agrees_with_the_single_test(tmp_path: Path) -> None:
    rows = [("10000", "pass"), ("10000.01", "fail"), ("", "undetermined"), ("0", "pass")]
    (tmp_path / "t.csv").write_text(RVC + "".join(f"nc,vehicle,,40000,{vnm},a\n" for vnm, _ in rows))
    command = ("law", "test", "usmca-rvc", "t.csv", "--on", "2026-06-30")
    answer = list(csv.DictReader(io.StringIO(bongsu(*command, at=tmp_path).out)))
    assert [row["outcome"] for row in answer] == [outcome for _, outcome in rows]
    assert (answer[0]["figure"], answer[2]["figure"], answer[0]["lot"]) == ("75.0", "", "a")
    summary = json.loads(bongsu(*command, "--json", "--out", "o.csv", at=tmp_path).out)
    assert summary["outcomes"] == {"pass": 2, "fail": 1, "undetermined": 1}
    assert (tmp_path / "o.csv").read_text().splitlines()[0].endswith("outcome,figure")


def test_a_regime_without_a_test_on_tables_is_tested_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("unshifted,transaction_value,total_cost\n10,100,100\n10.01,100,100\n")
    ran = bongsu("law", "test", "usmca-de-minimis", "t.csv", "--on", "2026-06-30", at=tmp_path)
    assert [row["outcome"] for row in csv.DictReader(io.StringIO(ran.out))] == ["pass", "fail"]


def test_a_hundred_thousand_rows_are_tested_at_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(RVC + "".join(f"nc,vehicle,,40000,{n % 40000},a\n" for n in range(100_000)))
    ran = process("law", "test", "usmca-rvc", "t.csv", "--on", "2026-06-30", "--out", "o.csv", at=tmp_path)
    assert ran.code == 0
    assert "100,000 rows" in ran.out
    with (tmp_path / "o.csv").open(encoding="utf-8") as written:
        assert sum(1 for _ in written) == 100_001


def test_a_table_of_goods_gets_its_duties(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("hs,origin,destination,use\n850760,CN,US,ev\n850760,CN,US,\n")
    ran = bongsu("law", "test", "duty", "t.csv", "--on", "2025-11-10", at=tmp_path)
    assert [row["outcome"] for row in csv.DictReader(io.StringIO(ran.out))] == ["pass", "undetermined"]


def test_the_calendar_is_a_table_data_and_icalendar(tmp_path: Path) -> None:
    command = "law calendar --from 2026-02-01 --to 2026-07-31 --known 2026-03-01"
    answer = json.loads(bongsu(*command.split(), "--json", "--ics", "law.ics", at=tmp_path).out)
    days = [event["date"] for event in answer["events"]]
    assert days == sorted(days)
    assert max(event["known"] for event in answer["events"]) <= "2026-03-01"
    assert ("2026-07-24", "us-section-122") in {(event["date"], event["instrument"]) for event in answer["events"]}
    text = (tmp_path / "law.ics").read_text(encoding="utf-8")
    assert text.startswith("BEGIN:VCALENDAR")
    assert text.count("BEGIN:VEVENT") == len(answer["events"])
    assert "us-section-122" in bongsu(*command.split(), "--lang", "ko", at=tmp_path).out
    rows = list(csv.DictReader(io.StringIO(bongsu(*command.split(), "--csv", at=tmp_path).out)))
    assert len(rows) == len(answer["events"])


def test_a_difference_names_what_changed(tmp_path: Path) -> None:
    answer = json.loads(bongsu("law", "diff", "2026-02-19", "2026-02-24", "--json", at=tmp_path).out)
    changed = {one["instrument"]: one["after"] for one in answer["changes"] if not one["parameter"]}
    assert changed["us-section-122"] == "in force"
    assert changed["us-ieepa-reciprocal"] == "void"
    assert "us-section-122" in bongsu("law", "diff", "2026-02-19", "2026-02-24", "--lang", "fr", at=tmp_path).out
    assert "nothing" in bongsu("law", "diff", "2026-02-25", "2026-02-25", at=tmp_path).out


# Bad input ---------------------------------------------------------------------------------------------------------------

SOUND = {"net_cost": "40000", "vnm": "10000", "method": "nc", "part_class": "vehicle"}

FACTS: dict[str, tuple[str, str, str]] = {
    "negative cost": ("usmca-rvc", "net_cost: -4\nvnm: 1\npart_class: vehicle\n",
                      r"f\.yaml, line 1: net_cost is -4; it cannot be negative"),
    "no number": ("usmca-rvc", "net_cost: forty\nvnm: 1\n", r"net_cost is 'forty', which is not a number"),
    "infinite": ("usmca-rvc", "net_cost: .inf\nvnm: 1\n", r"f\.yaml, line 1: .*'\.inf' is no number"),
    "unknown field": ("usmca-rvc", "net_costs: 4\nvnm: 1\n", r"net_costs is no field of this record; did you mean net_cost\?"),
    "unknown choice": ("usmca-rvc", "net_cost: 4\nvnm: 1\nmethod: cost\n", r"method is 'cost'; use 'tv', 'nc' or 'either'"),
    "bad date": ("usmca-rvc", "net_cost: 4\nvnm: 1\nentered: soon\n", r"entered is 'soon', which is not a date; write it as"),
    "percentage over 100": ("usmca-vehicle", "vehicle_type: passenger_vehicle\nhigh_wage_technology: 101\n",
                            r"high_wage_technology is 101; a percentage cannot be over 100"),
    "number as HS code": ("duty", "hs: 850760\norigin: KR\ndestination: US\n",
                          r"hs is 850760, which was read as a number or date; put it in quotes"),
    "country in words": ("duty", "hs: '850760'\norigin: Korea\ndestination: US\n",
                         r"origin is 'Korea', which does not have the right form \(country of origin"),
    "needed field missing": ("duty", "hs: '850760'\norigin: KR\n", r"destination is missing \(country of entry"),
    "field inside a list": ("usmca-vehicle", "vehicle_type: light_truck\nparts:\n  - part: axle\n    vnm: -1\n",
                            r"f\.yaml, line 3: parts 1, vnm is -1; it cannot be negative"),
    "a list in place of a record": ("usmca-rvc", "- 1\n- 2\n", r"f\.yaml holds no record of facts; write one field a line"),
    "no YAML": ("usmca-rvc", "a: [1\n", r"f\.yaml, line \d: this is not YAML .*; mind indents and quotes"),
    "field twice": ("usmca-rvc", "vnm: 1\nvnm: 2\n", r"f\.yaml, line 2: this is not YAML \('vnm' is given twice\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", FACTS)
def test_bad_facts_are_one_clear_sentence(name: str, tmp_path: Path) -> None:
    regime, text, said = FACTS[name]
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
    ran = bongsu("law", "test", regime, "f.yaml", "--on", "2026-06-30", at=tmp_path)
    assert ran.code == 2
    assert re.search(said, ran.err), ran.err
    assert ran.err.startswith("Error: ")
    assert "Traceback" not in ran.err
    assert "pydantic" not in ran.err.lower()


def test_several_mistakes_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("net_cost: -4\nvnm: x\nmethode: nc\n", encoding="utf-8")
    ran = bongsu("law", "test", "usmca-rvc", "f.yaml", "--on", "2026-06-30", at=tmp_path)
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 4


COMMANDS: dict[str, tuple[str, str]] = {
    "unknown regime": ("law test usmca f.yaml --on 2026-06-30", r"there is no regime 'usmca'; .*usmca-rvc"),
    "no file": ("law test usmca-rvc f.yaml --on 2026-06-30", r"there is no file f\.yaml"),
    "no date": ("law on soon", r"'soon' is not a date; write it as 2026-06-30"),
    "unknown day of knowledge": ("law on 2026-01-01 --known then", r"'then' is not a date"),
    "unknown jurisdiction": ("law on 2026-01-01 --jurisdiction JP", r"there is no jurisdiction 'JP'; use one of "),
    "unknown instrument": ("law show us-45y", r"there is no instrument 'us-45y'; did you mean us-45x\?"),
    "half an instrument": ("law show us-section-23", r"did you mean (us-section-232-[a-z-]+, )+us-section-232-[a-z-]+\?$"),
    "no instrument like it": ("law show us-section-999", r"no instrument 'us-section-999'; `bongsu law on \S+` lists all"),
    "unknown language": ("law on 2026-01-01 --lang de", r"the language 'de' is not known; use en, ko or fr"),
    "negative value": ("law duty --hs 850760 --from KR --to US --on 2026-01-01 --value -5",
                       r"--value is '-5'; it cannot be negative"),
    "content over 100": ("law duty --hs 870380 --from CA --to US --on 2026-01-01 --us-content 101",
                         r"--us-content is '101'; a percentage cannot be over 100"),
    "short code": ("law duty --hs 85 --from KR --to US --on 2026-01-01", r"--hs is '85', which does not have the right form"),
    "unknown use": ("law duty --hs 850760 --from KR --to US --on 2026-01-01 --use bus", r"--use is 'bus'; use 'ev' or 'other'"),
    "calendar backwards": ("law calendar --from 2027-01-01 --to 2026-01-01", r"ends on 2026-01-01, before it begins on 2027-01-01"),
    "no folder": ("law check nowhere", r"there is no folder nowhere"),
    "unknown question": ("law test usmca-rvc f.yaml --on 2026-06-30 --take x=y", r"no open question 'x'"),
    "half a branch": ("law test usmca-rvc f.yaml --on 2026-06-30 --take x", r"--take is 'x'; write question=branch"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_bad_command_is_one_clear_sentence(name: str, tmp_path: Path) -> None:
    command, said = COMMANDS[name]
    ran = bongsu(*command.split(), at=tmp_path)
    assert ran.code == 2
    assert re.search(said, ran.err), ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("nc,vehicle,,40000,-1,a", r"t\.csv, line 2: vnm is '-1'; it cannot be negative"),
        ("nc,vehicle,,many,1,a", r"t\.csv, line 2: net_cost is 'many'; this is not a number"),
        ("cost,vehicle,,40000,1,a", r"t\.csv, line 2: method is 'cost'; use tv, nc, either"),
    ],
)
def test_a_bad_cell_of_a_table_is_one_clear_sentence(row: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(RVC + row + "\n")
    ran = bongsu("law", "test", "usmca-rvc", "t.csv", "--on", "2026-06-30", at=tmp_path)
    assert ran.code == 2
    assert re.search(said, ran.err), ran.err


def test_the_check_lists_every_mistake(tmp_path: Path) -> None:
    assert bongsu("law", "check", at=tmp_path).code == 0
    (tmp_path / "x.yaml").write_text("instrument: y\ncolour: red\n")
    ran = bongsu("law", "check", str(tmp_path), at=tmp_path)
    assert ran.code == 2
    assert "x.yaml, line 1: 'colour' is no part of an instrument" in ran.out
    assert re.search(r"^\d+ errors in 1 instruments\.$", ran.out, flags=re.MULTILINE)
    assert json.loads(bongsu("law", "check", str(tmp_path), "--json", at=tmp_path).out)["errors"]
