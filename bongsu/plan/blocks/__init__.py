"""The mathematics of the plan, one family to a file, in the order in which the model page prints them.

A module with ``columns`` states variables, a module with ``rows`` states constraints. Each has ``FAMILY``, ``UNIT`` and ``DUAL``
(what the dual or reduced cost means); constraints also say in ``ELASTIC`` what gives when they cannot be kept.
"""

from types import ModuleType

from bongsu.plan.blocks import (
    assign,
    balance,
    build,
    build_count,
    build_size,
    build_total,
    buy,
    capacity,
    contract,
    corridor,
    corridor_forcing,
    dump,
    dump_own,
    make,
    open_corridor,
    open_forcing,
    open_unit,
    retire,
    retire_order,
    share,
    ship,
    short,
    shortfall,
    single_source,
    stock,
    stock_final,
    stock_gap,
    waiver,
)

VARIABLES: tuple[ModuleType, ...] = (
    make,
    ship,
    buy,
    stock,
    dump,
    build,
    open_unit,
    retire,
    open_corridor,
    assign,
    short,
    shortfall,
    waiver,
    stock_gap,
)
CONSTRAINTS: tuple[ModuleType, ...] = (
    balance,
    dump_own,
    capacity,
    retire_order,
    build_size,
    build_total,
    build_count,
    corridor,
    corridor_forcing,
    open_forcing,
    single_source,
    contract,
    share,
    stock_final,
)
