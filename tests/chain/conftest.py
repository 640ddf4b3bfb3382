"""Chains without law, so that what the facts alone make is tested by itself."""

from __future__ import annotations

import pytest

from bongsu.atlas import Atlas
from bongsu.chain import Chain


@pytest.fixture(scope="session")
def chain(atlas: Atlas) -> Chain:
    """The reference case without law."""
    return Chain.of(atlas)
