"""Candidates and gates on the data pack, and the whole finder against cold solves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.committee.discover import NoCandidates, discover
from bongsu.committee.discover.candidates import candidates, extended, mastery
from bongsu.committee.discover.gates import GATES, Gatekeeper, verdict
from bongsu.committee.discover.masked import mask
from bongsu.law.finding import Outcome
from bongsu.plan.plan import Plan

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas.load(DATA)


@pytest.fixture(scope="module")
def chain(atlas: Atlas) -> Chain:
    return Chain.of(atlas)


def test_a_mine_or_a_brine_is_proposed_only_where_one_stands_or_is_planned(chain: Chain) -> None:
    found = candidates(chain)
    place = dict(chain.atlas["facilities"].select("facility", "place").iter_rows())
    held = {
        (p, place[r["facility"]]) for r in chain.atlas["facility_lines"].iter_rows(named=True) for p in r["processes"]
    }
    for process in ("mine_graphite", "mine_nickel", "brine_to_hydroxide"):
        own = [one for one in found if one.process == process]
        assert own
        assert all((process, one.place) in held for one in own)


def test_every_candidate_is_canadian_and_of_a_process_with_a_korean_owner(chain: Chain) -> None:
    owners = chain.atlas["facility_owners"].filter(pl.col("owner_country") == "KR")["facility"]
    lines = chain.atlas["facility_lines"].filter(pl.col("facility").is_in(owners.implode()))
    mastered = {process for row in lines["processes"] for process in row}
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    found = candidates(chain)
    assert {one.process for one in found} <= mastered
    assert {country[one.place] for one in found} == {"CA"}
    assert all(one.reasons and list(one.sizes) == sorted(one.sizes) for one in found)


def test_the_options_of_the_case_are_not_generated_again(chain: Chain) -> None:
    options = set(chain.atlas["expansion_places"].select("process", "place").iter_rows())
    assert all(((one.process, one.place) in options) != one.generated for one in candidates(chain))


def test_what_is_new_runs_at_the_energy_prices_of_its_province(chain: Chain) -> None:
    wider = extended(chain, [one for one in candidates(chain) if one.process == "make_anode_synthetic"])
    cost = dict(wider.network["modes"].select("plant", "cost").iter_rows())
    price: dict[str, dict[str | None, float]] = {"electricity": {}, "heat": {}}
    for row in chain.atlas["energy_prices"].filter(country="CA").iter_rows(named=True):
        level = chain.atlas.row("deflators", row["money_year"])
        assert level is not None
        price[row["kind"]][row["region"]] = row["price"] / level["index"]
    index = chain.atlas.row("deflators", int(chain.case["money_year"]))["index"]  # type: ignore[index]
    used = {
        row["kind"]: row["amount"]
        for row in chain.atlas["process_energy"].iter_rows(named=True)
        if row["process"] == "make_anode_synthetic"
    }
    apart = cost["new:make_anode_synthetic@ca-on-st-thomas"] - cost["new:make_anode_synthetic@ca-qc-becancour"]
    gap = sum(used[kind] * (own["ON"] - own["QC"]) for kind, own in price.items())
    assert apart == pytest.approx(gap * index)
    plain = dict(chain.network["modes"].select("plant", "cost").iter_rows())
    assert cost["ca-on-nextstar"] == plain["ca-on-nextstar"]


def test_an_extended_chain_has_an_option_for_each_candidate(chain: Chain) -> None:
    few = [one for one in candidates(chain) if one.generated][:3]
    assert {one.option for one in few} <= set(extended(chain, few).network["options"]["option"])


def test_without_korean_owners_there_is_nothing_to_propose_and_the_error_says_why(atlas: Atlas) -> None:
    owners = atlas["facility_owners"].filter(pl.col("owner_country") != "KR")
    bare = Chain.of(replace(atlas, tables={**atlas.tables, "facility_owners": owners}))
    with pytest.raises(NoCandidates, match="no plant with a Korean owner was known by"):
        candidates(bare)


def test_gates_name_what_is_missing_and_one_failure_fails_all(chain: Chain) -> None:
    keeper = Gatekeeper(chain, mastery(chain.atlas))
    for one in candidates(chain)[::60]:
        gates = keeper.of(one)
        assert tuple(gate.gate for gate in gates) == GATES
        assert all(gate.evidence for gate in gates)
        assert verdict(gates) is not Outcome.PASS  # no agreement to connect a load is in the facts


def test_a_masked_project_is_gone_with_its_option_and_its_relations(atlas: Atlas) -> None:
    gone = mask(atlas, ["ca-on-nextstar"])
    assert "ca-on-nextstar" not in set(gone["facilities"]["facility"])
    assert "ca-on-nextstar" not in set(gone["links"]["seller"]) | set(gone["links"]["buyer"])
    assert ("make_cell_lfp", "ca-on-windsor") not in set(
        gone["expansion_places"].select("process", "place").iter_rows()
    )
    assert ("make_cell_lfp", "ca-on-st-thomas") in set(gone["expansion_places"].select("process", "place").iter_rows())
    with pytest.raises(ValueError, match="no facility ca-on-nowhere"):
        mask(atlas, ["ca-on-nowhere"])


@pytest.mark.slow
def test_values_on_the_pack_are_those_of_cold_solves_and_within_their_bounds(chain: Chain) -> None:
    found = discover(chain, Plan.of(chain.network), count=3, most=2)
    assert found.resolver is not None
    for one in found.projects[:2]:
        at = found.verified[one.project]
        assert at.block is not None
        assert at.value is not None
        assert at.value <= at.bound * (1 + 1e-6)
        cold = found.resolver.cold(closed=at.held) - found.resolver.cold([at.block], closed=at.held)
        assert at.value == pytest.approx(cold, rel=0.01)
    split = found.answer.tables["shapley"]
    whole = found.answer.figures["discover.together:reference"].value
    assert split["shapley"].sum() == pytest.approx(whole, rel=1e-6)
