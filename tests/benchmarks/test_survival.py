"""The generated chain of the benchmark is a chain: it runs without a loss, and what it is said to be."""

from __future__ import annotations

import numpy as np

from benchmarks.survival import Tiers, chain, page, run
from bongsu.stress.supply_chain import SupplyChain
from bongsu.stress.survival import Programmes


def test_the_chain_runs_without_a_loss_and_is_drawn_again_the_same() -> None:
    network = chain(Tiers(), 1)
    found = SupplyChain.of(network)
    assert len(found.select("plant")) == 1_700
    assert Programmes(found).without_loss().time == np.inf
    assert chain(Tiers(), 1).digest == network.digest


def test_the_two_programmes_agree_and_the_page_says_so() -> None:
    found = run(1, 40, lambda _: None)
    assert found["disagree"] == 0
    assert found["finite"] > 0
    text = page({"machine": "a machine", "load": [0.0, 0.0], "runs": [found]})
    assert f"| {found['finite']} | 0 |" in text
