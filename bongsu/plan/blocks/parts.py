"""What a block hands to the assembler: columns or rows as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bongsu.plan.arrays import Bools, Floats, Ints

INF = np.inf


@dataclass(frozen=True)
class Columns:
    """One family of variables, in natural units.

    Attributes:
        family: name of the family.
        keys: what each variable belongs to: name of a table of the network (or ``node``, ``period``) to positions in it.
        cost: objective coefficient in present money per unit.
        lower, upper: bounds; bounds are never rows.
        integer: which variables take whole values only.
        scale: natural units in one unit of the solver's variable.
    """

    family: str
    keys: Mapping[str, Ints]
    cost: Floats
    lower: Floats
    upper: Floats
    scale: Floats
    integer: Bools | None = None

    @property
    def size(self) -> int:
        """Number of variables."""
        return self.cost.size


@dataclass(frozen=True)
class Entries:
    """Matrix entries of a family of rows in the columns of one family: positions within each family, and values."""

    family: str
    row: Ints
    column: Ints
    value: Floats


@dataclass(frozen=True)
class Rows:
    """One family of constraints ``lower <= entries · variables <= upper``, in natural units.

    Attributes:
        family: name of the family.
        keys: what each row belongs to.
        lower, upper: right-hand sides.
        scale: natural units in one unit of the solver's row.
        entries: the matrix entries, one part per family of variables.
    """

    family: str
    keys: Mapping[str, Ints]
    lower: Floats
    upper: Floats
    scale: Floats
    entries: tuple[Entries, ...] = field(default=())

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.lower.size

    @classmethod
    def none(cls, family: str, *keys: str) -> Rows:
        """A family without rows."""
        zero = np.zeros(0)
        return cls(family, dict.fromkeys(keys, np.zeros(0, dtype=np.int32)), zero, zero, zero)


def grid(entities: Ints | int, periods: int) -> tuple[Ints, Ints]:
    """Entity and period of each entry of an entity-major grid over the given entities (all, if a number is given)."""
    chosen = np.arange(entities, dtype=np.int32) if isinstance(entities, int) else entities
    return np.repeat(chosen, periods), np.tile(np.arange(periods, dtype=np.int32), chosen.size)


def grid_positions(entities: Ints, periods: int) -> Ints:
    """Positions of every period of the given entities in an entity-major grid over all entities."""
    first: Ints = entities.astype(np.int32, copy=False) * np.int32(periods)
    return np.asarray(first[:, None] + np.arange(periods, dtype=np.int32), dtype=np.int32).reshape(-1)


def count(size: int) -> Ints:
    """0, 1, 2, ... up to the size."""
    return np.arange(size, dtype=np.int32)


def same(value: float | bool, size: int) -> npt.NDArray[Any]:
    """One value for all, stored once."""
    return np.broadcast_to(value, size)


def position(entity: Ints, period: Ints, periods: int) -> Ints:
    """Position of (entity, period) in an entity-major grid over all entities."""
    return (entity.astype(np.int32, copy=False) * np.int32(periods) + period).astype(np.int32, copy=False)
