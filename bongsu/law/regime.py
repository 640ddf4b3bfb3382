"""What a regime is: a record of facts, the test of it, and the same test on a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import BaseModel

from bongsu.law.finding import Finding
from bongsu.law.instrument import LawOn


@dataclass(frozen=True)
class Regime:
    """A test of facts under the law in force.

    Attributes:
        name: such as ``us-45x-macr``.
        record: the typed record of facts; its JSON schema is the documented input.
        test: the explaining test, exact in Decimals.
        table: the same on a frame with one column per scalar field: adds ``outcome`` and ``figure``; None where there is none.
    """

    name: str
    record: type[BaseModel]
    test: Callable[[Any, LawOn], Finding]
    table: Callable[[pl.DataFrame, LawOn], pl.DataFrame] | None = None
