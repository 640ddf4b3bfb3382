"""A patch of a compiled model against the model of the changed network."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.chain.change import BadChange, Change, apply
from bongsu.chain.network import Network
from bongsu.plan import compile_network
from bongsu.plan.assemble import Model
from bongsu.plan.patch import NeedsRebuild, Patch, difference, patch, together

from .networks import random_network
from .small import replaced, two_stage

_CHANGED = (
    ("availability", "share", "plants"),
    ("capacity", "capacity", "capacity"),
    ("lanes", "capacity", "lanes"),
    ("lanes", "cost", "lanes"),
    ("corridors", "capacity", "corridors"),
    ("modes", "cost", "modes"),
    ("supplies", "quantity", "supplies"),
    ("supplies", "price", "supplies"),
    ("demands", "quantity", "demands"),
    ("demands", "penalty", "demands"),
    ("options", "annual_cost", "options"),
    ("stocks", "initial", "stocks"),
)


def some_changes(r: Random, net: Network) -> list[Change]:
    found = []
    for _ in range(r.randint(1, 4)):
        table, column, names = r.choice(_CHANGED)
        own = net[names]
        if own.is_empty():
            continue
        of = r.choice(own[own.columns[0]].to_list())
        period = r.choice([None, *net["periods"]["period"].to_list()])
        if table in ("stocks",):
            period = None
        if table == "options" and period is not None:
            period = None
        value = r.choice([None, None, 6.0, 0.0])
        found.append(Change(table, of, column, period, r.choice([0.0, 0.5, 1.0, 2.0]), value))
    return found


def patched(model: Model, change: Patch) -> dict[str, np.ndarray]:
    lower, upper, cost = model.lower.copy(), model.upper.copy(), model.cost.copy()
    low, high = model.row_lower.copy(), model.row_upper.copy()
    lower[change.columns], upper[change.columns] = change.lower, change.upper
    cost[change.priced] = change.cost
    low[change.rows], high[change.rows] = change.row_lower, change.row_upper
    matrix = model.matrix.toarray()
    matrix[change.entry_row, change.entry_column] = change.entry_value
    return {"lower": lower, "upper": upper, "cost": cost, "low": low, "high": high, "matrix": matrix}


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_a_patched_model_is_the_model_of_the_changed_network(number: int) -> None:
    net = random_network(number)
    changes = some_changes(Random(number), net)
    model = compile_network(net)
    try:
        hit = apply(net, changes)
    except BadChange:
        with pytest.raises(BadChange):
            patch(model, changes)
        return
    try:
        found = patch(model, changes)
    except NeedsRebuild:
        return
    other = compile_network(hit, like=model)
    ours = patched(model, found)
    theirs = {
        "lower": other.lower,
        "upper": other.upper,
        "cost": other.cost,
        "low": other.row_lower,
        "high": other.row_upper,
        "matrix": other.matrix.toarray(),
    }
    for name, wanted in theirs.items():
        assert np.allclose(ours[name], wanted, rtol=1e-12, atol=1e-12, equal_nan=True), name
    assert np.isclose(model.offset + found.offset, other.offset)


def test_scales_go_on_from_a_model_that_took_them() -> None:
    """A model stated in the scales of another passes on those, not the scales that its own figures would have."""
    net = two_stage()
    base = compile_network(net)
    demands = [row | {"quantity": 1e5 * row["quantity"]} for row in net["demands"].to_dicts()]
    large = replaced(net, demands=demands)
    assert not np.array_equal(compile_network(large).column_scale, base.column_scale)
    again = compile_network(net, like=compile_network(large, like=base))
    assert np.array_equal(again.column_scale, base.column_scale)
    assert np.array_equal(again.row_upper, base.row_upper)
    with pytest.raises(ValueError, match="other items"):
        compile_network(replaced(net, items=[*net["items"].to_dicts(), {"item": "other"}]), like=base)


def test_the_quick_way_and_the_difference_say_the_same() -> None:
    quick = 0
    for number in range(60):
        net = random_network(number, whole=False)
        model = compile_network(net)
        changes = [Change("availability", net["plants"]["plant"][0], "share", net["periods"]["period"][0], 0.5)]
        one, other = patched(model, patch(model, changes)), patched(model, difference(model, changes))
        assert all(np.array_equal(one[name], other[name]) for name in one)
        quick += not np.array_equal(one["high"], model.row_upper)
    assert quick > 10


def test_a_period_without_a_capacity_has_none_to_change() -> None:
    net = replaced(two_stage(), capacity=[{"plant": "works", "period": "2027", "capacity": 50.0}], options=[])
    net = replaced(net, plants=[{"plant": "works", "place": "b"}])
    model = compile_network(net)
    every = [Change("capacity", "works", "capacity", value=6.0)]
    one, other = patched(model, patch(model, every)), patched(model, difference(model, every))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    for way in (patch, difference):
        with pytest.raises(BadChange, match="no row for the period"):
            way(model, [Change("capacity", "works", "capacity", "2030", value=6.0)])


def test_a_limit_where_there_was_none_brings_its_fixed_cost() -> None:
    net = replaced(two_stage(), capacity=[{"plant": "works"}], options=[])
    net = replaced(net, plants=[{"plant": "works", "place": "b", "fixed_cost": 2.0}])
    net = replaced(
        net, capacity=[{"plant": "works", "period": p, "capacity": c} for p, c in (("2026", None), ("2027", 9.0))]
    )
    model = compile_network(net)
    limit = [Change("capacity", "works", "capacity", "2026", value=6.0)]
    assert patch(model, limit).offset == difference(model, limit).offset == 2.0 * 6.0


def test_two_patches_of_one_figure_are_refused() -> None:
    net = random_network(7)
    model = compile_network(net)
    lane = Change("lanes", net["lanes"]["lane"][0], "cost", value=3.25)
    with pytest.raises(ValueError, match="same figure"):
        together([patch(model, [lane]), patch(model, [lane])])
    assert together([]).empty
