"""What many tests need once: the pack as it stands, its reference case, and the plan of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from bongsu.atlas import Atlas
from bongsu.chain import Chain, Choices
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.plan import Plan

# `make test` and a build machine draw the same examples every time, so that a change is judged by what it changes; `make test-all`
# and a bare `pytest` draw new ones, to find more. What they find stays as an example beside its test. A slow machine is no failure.
settings.register_profile("build", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("build" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that holds the package, the pack and the documents."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def pack(root: Path) -> Atlas:
    """The data pack as loaded."""
    return Atlas.load(root / "data")


@pytest.fixture(scope="session")
def atlas(pack: Atlas) -> Atlas:
    """The data pack as known on its own date."""
    return pack.as_of(pack.known)


@pytest.fixture(scope="session")
def chain(atlas: Atlas) -> Chain:
    """The reference case under the law of the pack's day, as the command line plans it."""
    case = atlas.row("cases", "reference")
    assert case is not None
    law = InForce(Law.load().on(atlas.known), case["money_year"], case["discount_rate"])
    return Chain.of(atlas, choices=Choices(law=law))


@pytest.fixture(scope="session")
def plan(chain: Chain) -> Plan:
    """The plan of the reference case; it holds a solver, so a test that changes it must put it back."""
    return Plan.of(chain.network)
