"""Masking a project that is not there is a sentence."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from bongsu.committee.discover.masked import recover


def test_an_unknown_facility_is_refused_with_its_near_names() -> None:
    facilities = pl.DataFrame(
        {"facility": ["ca-on-nextstar", "ca-qc-volta"], "place": ["ca-on-windsor", "ca-qc-granby"]}
    )
    chain: Any = SimpleNamespace(atlas={"facilities": facilities})
    with pytest.raises(ValueError, match="'ca-on-nextsta'; did you mean ca-on-nextstar"):
        recover(chain, ["ca-on-nextsta"])
