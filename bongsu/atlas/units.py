"""Units at the door: capacities as people state them, converted once to the unit of the item."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

#: Tonnes of an element in one tonne of the carrier named, for capacities stated in "t:LCE" (lithium carbonate equivalent).
#: Molar masses: Li 6.94, C 12.011, O 15.999 g/mol (IUPAC standard atomic weights).
_LI_IN_CARBONATE = 2 * 6.94 / (2 * 6.94 + 12.011 + 3 * 15.999)
#: Units that a table may use. A parser of units would also take ``mt`` for a milli-tonne and ``ton`` for 907 kg.
UNITS = ("t", "kt", "Mt", "kg", "kWh", "MWh", "GWh", "TWh", "m2", "vehicle")
EQUIVALENTS = {"LCE": ("Li", _LI_IN_CARBONATE), "Li2CO3": ("Li", _LI_IN_CARBONATE)}


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry(cache_folder=None)
    registry.define("vehicle = [vehicle]")
    registry.define("@alias metric_ton = t") if "t" not in registry else None
    return registry


@cache
def factor(unit: str, target: str) -> float:
    """How many ``target`` are in one ``unit``: ``factor("kt", "t")`` is 1000.

    ``million`` before a unit multiplies it (``million m2``). ``m2`` stands for square metres.

    Raises:
        ValueError: the unit is not known, or measures something else than the target.
    """
    if unit == target:
        return 1.0
    scale, name = 1.0, unit.strip()
    if name.startswith("million "):
        scale, name = 1e6, name.removeprefix("million ").strip()
    if name not in UNITS:
        raise ValueError(f"the unit {unit!r} is not known; use one of {', '.join(UNITS)}")
    import pint

    spelled = {"m2": "meter**2", "t": "metric_ton", "kt": "1000 * metric_ton", "Mt": "1e6 * metric_ton"}
    try:
        quantity: Any = _registry().Quantity(spelled.get(name, name))
        return scale * float(quantity.to(spelled.get(target, target)).magnitude)
    except pint.errors.DimensionalityError as error:
        raise ValueError(f"the unit {unit!r} does not measure the same thing as {target!r}") from error


def capacity_factor(unit: str, item_unit: str, content: dict[str, float]) -> float:
    """Units of an item in one unit of stated capacity, with ``t:X`` read as tonnes of a contained element.

    Args:
        unit: as in ``facility_capacity.unit``, such as ``GWh`` or ``t:Ni``.
        item_unit: the item's own unit.
        content: tonnes of each element in one unit of the item.

    Raises:
        ValueError: the unit is not known, does not fit the item, or the item holds none of the element.
    """
    plain, _, contained = unit.partition(":")
    if not contained:
        return factor(plain, item_unit)
    element, share_in_carrier = EQUIVALENTS.get(contained, (contained, 1.0))
    if not content.get(element):
        raise ValueError(f"the item has no stated content of {element}, so {unit!r} cannot be converted")
    return factor(plain, "t") * share_in_carrier / content[element]
