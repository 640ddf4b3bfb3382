"""Changes of a network, against what the changed tables should say."""

from __future__ import annotations

import math

import pytest

from bongsu.chain.change import BadChange, Change, Event, apply, events, scenarios, together
from bongsu.chain.network import Network


def network(**more: list[dict[str, object]]) -> Network:
    tables: dict[str, list[dict[str, object]]] = {
        "periods": [{"period": "1"}, {"period": "2"}, {"period": "3"}],
        "items": [{"item": "wheat"}, {"item": "land"}],
        "places": [{"place": "farm"}, {"place": "town"}],
        "plants": [{"plant": "field", "place": "farm"}],
        "capacity": [{"plant": "field", "capacity": 10.0}],
        "modes": [{"mode": "grow", "plant": "field", "process": "grow", "cost": 3.0}],
        "mode_periods": [{"mode": "grow", "period": "2", "cost": 4.0}],
        "recipes": [
            {"process": "grow", "item": "land", "amount": -1.0},
            {"process": "grow", "item": "wheat", "amount": 2.5},
        ],
        "lanes": [{"lane": "road", "from": "farm", "to": "town", "item": "wheat", "cost": 1.0}],
        "demands": [{"demand": "bread", "place": "town", "item": "wheat", "quantity": 5.0, "penalty": 9.0}],
    }
    return Network.of(**(tables | more))


def rows(net: Network, table: str, *columns: str) -> list[tuple[object, ...]]:
    return net[table].select(columns).rows()


def test_a_change_of_one_period_leaves_the_others_as_they_were() -> None:
    after = apply(network(), [Change("capacity", "field", "capacity", "2", factor=0.5)])
    assert sorted(rows(after, "capacity", "period", "capacity")) == [("1", 10.0), ("2", 5.0), ("3", 10.0)]


def test_factors_of_several_changes_multiply_and_a_value_replaces() -> None:
    twice = [Change("demands", "bread", "quantity", factor=0.5), Change("demands", "bread", "quantity", factor=0.5)]
    assert rows(apply(network(), twice), "demands", "quantity") == [(1.25,)]
    set_first = [Change("demands", "bread", "quantity", value=8.0), Change("demands", "bread", "quantity", factor=0.5)]
    assert rows(apply(network(), set_first), "demands", "quantity") == [(4.0,)]


def test_a_plant_without_a_row_is_available_in_full_until_changed() -> None:
    after = apply(network(), [Change("availability", "field", "share", "3", factor=0.25)])
    assert rows(after, "availability", "plant", "period", "share") == [("field", "3", 0.25)]


def test_a_change_for_all_periods_reaches_the_period_with_a_figure_of_its_own() -> None:
    after = apply(network(), [Change("modes", "grow", "cost", factor=2.0)])
    assert rows(after, "modes", "cost") == [(6.0,)]
    assert rows(after, "mode_periods", "period", "cost") == [("2", 8.0)]


def test_a_lane_is_closed_in_one_period_and_keeps_its_cost() -> None:
    after = apply(network(), [Change("lanes", "road", "capacity", "2", factor=0.0)])
    assert rows(after, "lane_periods", "lane", "period", "cost", "capacity") == [("road", "2", None, 0.0)]
    opened = apply(after, [Change("lanes", "road", "capacity", "2", value=math.inf)])
    assert rows(opened, "lane_periods", "capacity") == [(None,)]


def test_a_corridor_is_narrowed_in_one_period() -> None:
    strait = {"corridors": [{"corridor": "strait", "capacity": 8.0}]}
    members = {"corridor_lanes": [{"corridor": "strait", "lane": "road"}]}
    after = apply(network(**strait, **members), [Change("corridors", "strait", "capacity", "2", factor=0.25)])
    assert rows(after, "corridor_periods", "corridor", "period", "capacity") == [("strait", "2", 2.0)]
    everywhere = apply(after, [Change("corridors", "strait", "capacity", factor=0.5)])
    assert rows(everywhere, "corridors", "capacity") == [(4.0,)]
    assert rows(everywhere, "corridor_periods", "capacity") == [(1.0,)]


def test_a_recipe_is_named_by_process_and_item() -> None:
    after = apply(network(), [Change("recipes", "grow/wheat", "amount", factor=1.2)])
    assert rows(after, "recipes", "item", "amount") == [("land", -1.0), ("wheat", 3.0)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("lanes", "road", "capacity", factor=0.5), "no limit to multiply"),
        (Change("lanes", "rail", "capacity", value=1.0), "no such row"),
        (Change("lanes", "road", "capacity", "9", value=1.0), "no period '9'"),
        (Change("lanes", "road", "colour", value=1.0), "no figure 'colour'"),
        (Change("lanes", "road", "to", value=1.0), "no figure 'to'"),
        (Change("roads", "road", "capacity", value=1.0), "not a table"),
        (Change("availability", "mill", "share", value=0.0), "no plant 'mill'"),
        (Change("recipes", "grow", "amount", factor=0.5), "no such row"),
        (Change("plants", "field", "fixed_cost", "1", value=1.0), "does not differ by period"),
        (Change("demands", "bread", "quantity", factor=-1.0), "zero or more"),
        (Change("demands", "bread", "quantity", value=math.nan), "zero or more"),
    ],
)
def test_what_cannot_be_changed_is_said(change: Change, said: str) -> None:
    with pytest.raises(BadChange, match=said):
        apply(network(), [change])


def test_events_and_scenarios_of_a_case() -> None:
    net = network(
        events=[{"event": "drought", "probability": 0.3}, {"event": "strike", "family": "labour"}],
        event_changes=[
            {"event": "drought", "table": "recipes", "of": "grow/wheat", "column": "amount", "factor": 0.8},
            {"event": "strike", "table": "lanes", "of": "road", "column": "capacity", "period": "1", "value": 0.0},
        ],
        scenarios=[{"scenario": "calm", "weight": 3.0}, {"scenario": "bad", "weight": 1.0}],
        scenario_events=[{"scenario": "bad", "event": "drought"}, {"scenario": "bad", "event": "strike"}],
    )
    drought = events(net)["drought"]
    assert (drought.probability, drought.source) == (0.3, "assumed")
    calm, bad = scenarios(net)
    assert (calm.weight, calm.changes, bad.weight, bad.events) == (0.75, (), 0.25, ("drought", "strike"))
    assert together("both", [drought]).changes == drought.changes
    assert isinstance(drought, Event)


def test_some_weights_missing_is_said() -> None:
    with pytest.raises(BadChange, match="give all of them one"):
        scenarios(network(scenarios=[{"scenario": "a", "weight": 1.0}, {"scenario": "b"}]))
