"""What the functions of the committee share."""

import json

import polars as pl
import pytest

from bongsu.answers import Node
from bongsu.committee import Answer, Partner, Project


def node(value: float) -> Node:
    return Node(dict.fromkeys(("en", "ko", "fr"), "cost"), value, "USD")


def test_a_project_survives_being_written():
    project = Project(
        "lfp@x", "lfp", "x", "CA", "ON", 1e6, "kWh", 2030, 20, 1e9, 2025, (Partner("A", "KR", "process"),)
    )
    assert Project.of(json.loads(json.dumps(project.as_dict()))) == project


def test_answers_join_and_a_contradiction_is_refused():
    one = Answer("discover", {"discover.value:a": node(1.0)}, {"t": pl.DataFrame({"a": [1]})})
    two = Answer("discover", {"discover.value:b": node(2.0)})
    assert set((one | two).figures) == {"discover.value:a", "discover.value:b"}
    assert json.loads(json.dumps((one | two).as_dict()))["tables"]["t"] == [{"a": 1}]
    with pytest.raises(ValueError, match=r"discover\.value:a"):
        one | Answer("discover", {"discover.value:a": node(3.0)})
    with pytest.raises(ValueError, match="the table t"):
        one | Answer("discover", {}, {"t": pl.DataFrame({"a": [2]})})
