"""The registry holds every regime that a module defines, under its own name."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from bongsu.law import Scope, Status, duty, read
from bongsu.law import regimes as package
from bongsu.law.registry import REGIMES, UnknownRegime, regime
from bongsu.law.words import _words


def test_every_regime_of_every_module_is_listed() -> None:
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    for module in [*modules, duty]:
        one = getattr(module, "REGIME", None)
        for own in (*getattr(module, "REGIMES", ()), *((one,) if one else ())):
            assert REGIMES.get(own.name) is own, f"{module.__name__}: {own.name}"


def test_a_slip_in_the_name_of_a_regime_is_one_sentence() -> None:
    with pytest.raises(UnknownRegime, match="no regime 'usmca-rcv'; did you mean usmca-rvc"):
        regime("usmca-rcv")


@pytest.mark.parametrize("name", sorted(REGIMES))
def test_every_field_of_every_record_is_described(name: str) -> None:
    schema = REGIMES[name].record.model_json_schema()
    for record in [schema, *schema.get("$defs", {}).values()]:
        for field, own in record.get("properties", {}).items():
            assert own.get("description"), f"{name}: {record.get('title')}.{field}"


def test_kinds_clocks_scopes_and_states_can_be_said() -> None:
    words = _words()
    names = {
        "kind": read.KINDS,
        "clock": read.CLOCKS,
        "scope": tuple(Scope.__dataclass_fields__),
        "status": tuple(Status),
    }
    assert [
        f"cli.{what}.{name}" for what, own in names.items() for name in own if f"cli.{what}.{name}" not in words
    ] == []


def test_every_phrase_has_three_languages() -> None:
    for key, row in _words().items():
        assert None not in row, f"{key}: too many columns; put the phrase in quotes"
        assert all((row[language] or "").strip() for language in ("en", "ko", "fr")), key
