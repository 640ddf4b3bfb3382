"""The public face of the package: complete, light to import, and documented exactly."""

import ast
import dataclasses
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bongsu

ROOT = Path(__file__).resolve().parents[1]
CLASSES = [name for name in bongsu.__all__ if not name.startswith("_")]


def described(name: str) -> str:
    """What docs/python.md says of a name."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    sections = re.split(r"^### `(\w+)`\n", page, flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))[name].partition("\n## ")[0]


def members(name: str) -> set[str]:
    """Public members of a class, the fields of a dataclass among them."""
    kind = getattr(bongsu, name)
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    return fields | {member for member in vars(kind) if not member.startswith("_")}


def test_importing_loads_no_room_and_no_library() -> None:
    code = "import bongsu, sys; print(*sorted(name for name in sys.modules if name.partition('.')[0] in sys.argv[1:]))"
    heavy = ("bongsu", "highspy", "numpy", "pint", "polars", "pydantic", "rich", "scipy", "typer", "yaml")
    run = subprocess.run([sys.executable, "-c", code, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["bongsu"]


@pytest.mark.parametrize("name", bongsu.__all__)
def test_every_exported_name_can_be_had_and_is_listed(name: str) -> None:
    assert getattr(bongsu, name) is not None
    assert name in dir(bongsu)


def test_star_import_gives_the_exported_names() -> None:
    found: dict[str, object] = {}
    exec("from bongsu import *", found)
    assert found.keys() - {"__builtins__"} == set(bongsu.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'bongsu' has no attribute 'Tower'"):
        bongsu.Tower  # noqa: B018


def test_type_checkers_see_the_names_that_are_loaded() -> None:
    tree = ast.parse((ROOT / "bongsu" / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed.keys() == set(CLASSES)
    for name, module in typed.items():
        assert getattr(bongsu, name) is getattr(importlib.import_module(module or ""), name)


def test_documentation_names_exactly_the_public_face() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### `(\w+)`$", page, flags=re.MULTILINE)) == sorted(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_documentation_names_exactly_the_members(name: str) -> None:
    told = re.findall(
        r"`(?:\w+\.)?(\w+)(?:\([^`]*\))?`", "\n".join(re.findall(r"^\| ([^|]+) \|", described(name), re.M))
    )
    assert set(told) - {"member", name} == members(name)
