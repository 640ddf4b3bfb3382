"""What a project does for a province: employment, value added and imports, from input–output tables.

:class:`Table` is a symmetric table; :class:`SupplyUse` makes one; :func:`regional` brings a national one to a region;
:func:`effect` answers for a project; :func:`read_table` and :mod:`bongsu.committee.regions.statcan` read what offices publish.
"""

from bongsu.committee.regions.effect import OwnTables, effect
from bongsu.committee.regions.leontief import Leontief, NotProductive, Solved
from bongsu.committee.regions.location import quotients, regional, simple_quotients, size_factor
from bongsu.committee.regions.pack import Money, UnknownRegion
from bongsu.committee.regions.reading import read_squares, read_table
from bongsu.committee.regions.statcan import read_multipliers, read_supply_use, read_symmetric
from bongsu.committee.regions.supply_use import SupplyUse
from bongsu.committee.regions.table import Effect, Households, Table, TableError

__all__ = [
    "Effect",
    "Households",
    "Leontief",
    "Money",
    "NotProductive",
    "OwnTables",
    "Solved",
    "SupplyUse",
    "Table",
    "TableError",
    "UnknownRegion",
    "effect",
    "quotients",
    "read_multipliers",
    "read_squares",
    "read_supply_use",
    "read_symmetric",
    "read_table",
    "regional",
    "simple_quotients",
    "size_factor",
]
