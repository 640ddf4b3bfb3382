"""Tables of a folder laid over a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from bongsu.atlas import PackError
from bongsu.chain.change import events, scenarios
from bongsu.chain.network import Network
from bongsu.chain.overlay import overlay

CASE = Path(__file__).resolve().parents[2] / "examples" / "cases" / "two-plants"


def written(folder: Path, **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_events_replace_those_of_the_network_and_rows_of_other_tables_are_added(tmp_path: Path) -> None:
    net = Network.read(CASE)
    folder = written(
        tmp_path / "laid",
        events="event\nstop\n",
        event_changes="event,table,of,column,value\nstop,availability,west,share,0\n",
        scenarios="scenario,weight\ncalm,3\nbad,1\n",
        scenario_events="scenario,event\nbad,stop\n",
        supplies="supply,place,item,price,quantity\nsecond,mine,cathode,60,0\n",
    )
    laid = overlay(net, folder)
    assert list(events(laid)) == ["stop"]
    assert [(one.name, one.weight, one.events) for one in scenarios(laid)] == [
        ("calm", 0.75, ()),
        ("bad", 0.25, ("stop",)),
    ]
    assert laid["supplies"]["supply"].to_list() == [*net["supplies"]["supply"], "second"]
    assert laid["demands"].equals(net["demands"])
    again = overlay(laid, written(tmp_path / "other", events="event\nflood\n", scenarios="scenario\nonly\n"))
    assert again["events"]["event"].to_list() == ["flood"]


def test_one_file_of_changes_names_its_events(tmp_path: Path) -> None:
    path = tmp_path / "failures.csv"
    path.write_text(
        "event,table,of,column,value\nb,availability,west,share,0\na,availability,east,share,0\n", encoding="utf-8"
    )
    laid = overlay(Network.read(CASE), path)
    assert [one.name for one in events(laid).values()] == ["b", "a"]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"roads": "road\na\n"}, "roads.csv.*is not a table"),
        ({}, "has no tables"),
        ({"events": "event\na\na\n"}, "events.csv.*3.*repeats"),
        ({"supplies": "supply,place,item\nfirst-tonnes,mine,cathode\n"}, "supplies.csv.*repeats"),
        ({"supplies": "supply,place,item\nnew,moon,cathode\n"}, "supplies.csv.*2.*moon"),
        ({"event_changes": "event,table,of,column\nx,lanes,road,cost\n"}, "event_changes.csv.*2.*x"),
        (
            {"events": "event\nx\n", "event_changes": "event,table,of,column,value\nx,lanes,road,cost,1\n"},
            "event_changes.csv.*2.*road",
        ),
        ({"scenarios": "scenario,weight\na,1\nb,\n"}, "scenarios.csv.*weight"),
        ({"events": "event\nx\n", "scenarios": "scenario\na\n", "scenario_events": "scenario,event\na,y\n"}, "y"),
    ],
)
def test_what_does_not_fit_is_told_by_file_and_line(tables: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=said):
        overlay(Network.read(CASE), written(tmp_path / "laid", **tables))
