"""What changed between two laws: nothing where nothing was learned, and by name where something was."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from bongsu.answers.law_effect import same_plan, traced
from bongsu.chain import Chain, Network
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.plan import Plan

LAW = Law.load()


def law_of(chain: Chain, day: str) -> InForce:
    now = chain.choices.law
    assert isinstance(now, InForce)
    return replace(now, law=LAW.on(day), said=[])


def test_where_nothing_was_learned_both_laws_ask_for_one_plan(chain: Chain, plan: Plan) -> None:
    # Between these days a suspension ran out; that it would was known when it was made.
    trace = traced(chain, plan, law_of(chain, "2026-11-09"), 2030)
    assert trace.same
    assert trace.whole.cost == 0
    # Under the branch taken the suspension goes on, so that no number of the plan stands under the notice.
    assert (trace.foreseen, trace.foreseen_idle) == ((), ("cn-notice-58-2025",))
    assert (trace.effects, trace.unused, trace.unmoved, trace.idle, trace.past) == ((), (), (), (), ())


def test_what_the_network_does_not_hold_is_named_as_such(chain: Chain, plan: Plan) -> None:
    trace = traced(chain, plan, law_of(chain, "2026-09-05"), 2030)
    assert trace.same
    # Goods of the plan pay it; what was learned is a question, of which the branch taken leaves the law as it was.
    assert (trace.unmoved, trace.idle) == (("us-section-338-canada",), ())
    assert "cn-notice-58-2025" in trace.foreseen_idle


@pytest.mark.slow
def test_what_moves_only_lanes_that_no_plan_uses_is_named_as_such(chain: Chain, plan: Plan) -> None:
    """The Canadian surtax on US aluminium doubled on a day of September 2026; neither plan ships any."""
    trace = traced(chain, plan, law_of(chain, "2026-09-03"), 2030)
    assert not trace.same
    assert trace.unused == ("ca-us-surtax-metals",)
    assert trace.effects == ()
    assert "ca-us-surtax-2026" in trace.idle


def test_what_bears_on_days_before_the_plan_only_is_past(chain: Chain, plan: Plan) -> None:
    """The exports of cobalt were stopped for three months more, until September 2025; the plan begins in 2026."""
    now = Chain.of(chain.atlas, choices=replace(chain.choices, law=law_of(chain, "2025-06-21")))
    trace = traced(now, plan, law_of(chain, "2025-06-20"), 2030)
    assert trace.same
    assert trace.past == ("cd-cobalt-quota",)


@pytest.mark.parametrize(("factor", "same"), [(1 + 1e-15, True), (1 + 1e-6, False)])
def test_networks_are_the_same_to_nine_digits(chain: Chain, factor: float, same: bool) -> None:
    net = chain.network
    lanes = net["lanes"].with_columns(cost=pl.col("cost") * factor)
    assert same_plan(net, Network({**net.tables, "lanes": lanes}, net.settings, net.notes)) is same


def test_networks_of_other_rows_are_not_the_same(chain: Chain) -> None:
    net = chain.network
    fewer = Network({**net.tables, "lanes": net["lanes"].head(-1)}, net.settings, net.notes)
    assert not same_plan(net, fewer)
