"""Bongsu: the open control tower for the Canada-Korea battery supply chain.

The names below are the public face; ``docs/python.md`` shows them at work. They are loaded when first used, so that
``import bongsu`` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bongsu.answers import Why
    from bongsu.atlas import Atlas
    from bongsu.chain import Chain, Choices, Network
    from bongsu.plan import Options, Plan

__version__ = "0.1.0"
__all__ = ["Atlas", "Chain", "Choices", "Network", "Options", "Plan", "Why", "__version__"]

_ROOMS = {
    "Atlas": "atlas",
    "Chain": "chain",
    "Choices": "chain",
    "Network": "chain",
    "Options": "plan",
    "Plan": "plan",
    "Why": "answers",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'bongsu' has no attribute {name!r}")
    found = getattr(import_module(f"bongsu.{_ROOMS[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
