"""Chains without law, so that what the facts alone make is tested by itself."""

from __future__ import annotations

import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.plan import Plan


@pytest.fixture(scope="session")
def chain(atlas: Atlas) -> Chain:
    """The reference case without law."""
    return Chain.of(atlas)


@pytest.fixture(scope="session")
def plan(chain: Chain) -> Plan:
    """The plan of the reference case without law."""
    return Plan.of(chain.network)
