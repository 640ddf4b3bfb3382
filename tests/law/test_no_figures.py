"""No rate, threshold or list of countries of law stands in code: they live in the instruments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bongsu.law import Law

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for room in ("law", "chain") for path in sorted((ROOT / "bongsu" / room).rglob("*.py"))]
#: Countries that the law names, by code. Words that are codes too (``IN``, ``NO``, ``IS``) stand in no code as bare constants.
COUNTRIES = {
    country
    for one in Law.load()
    for scope in one.governs
    for country in (*scope.origin, *scope.destination, *scope.unless_origin)
    if re.fullmatch("[A-Z]{2}", country)
}
#: Where a country is no matter of law: a form that any entry must have is checked with one, whichever it is.
SPARED = {("duty.py", "US")}
#: Figures of arithmetic and form, not of law: digits kept, tolerances, lengths of names, 29 February, and the money year and
#: discount rate of a case where none is given.
FORM = {
    ("calendar.py", 24), ("finding.py", 34), ("finding.py", 80), ("tabular.py", 1e-9), ("words.py", 18), ("us_pfe.py", 29),
    ("inforce.py", 2025), ("inforce.py", 0.08),
}  # fmt: skip
#: Numbers that are none of law: counts and indices, percent and days, powers of ten of units.
PLAIN = {0, 1, 2, 3, 4, 5, 6, 10, 12, 16, 31, 100, 365, 366, 1000, 1e6, 1e9}


def constants(path: Path) -> Iterator[tuple[int, object]]:
    """Constants of a module but for docstrings, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in texts:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_country_stands_in_code(path: Path) -> None:
    named = [
        (line, value) for line, value in constants(path) if value in COUNTRIES and (path.name, value) not in SPARED
    ]
    assert named == []


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.parent.name in ("law", "regimes")],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_no_figure_of_law_stands_in_code(path: Path) -> None:
    figures = [
        (line, value)
        for line, value in constants(path)
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and value not in PLAIN
        and (path.name, value) not in FORM
    ]
    assert figures == []
