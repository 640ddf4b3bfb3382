"""The pages on the law name every key, every word and every command that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from bongsu.cli.law import law_app
from bongsu.law import Scope, Status, read
from bongsu.law.registry import REGIMES

DOCS = Path(__file__).resolve().parents[2] / "docs"
FORMAT = (DOCS / "law-format.md").read_text(encoding="utf-8")
ROOM = (DOCS / "law.md").read_text(encoding="utf-8")
#: What is said in backticks outside the shown file.
SAID = set(re.findall(r"`\"?([^`\"]+)\"?`", re.sub(r"^```.*?^```$", "", FORMAT, flags=re.MULTILINE | re.DOTALL)))
WORDS = {
    "parts of an instrument": read._TOP,
    "dated statements": read._FACT,
    "clocks": set(read.CLOCKS),
    "kinds": set(read.KINDS),
    "comparisons": set(read.MET),
    "confidence": set(read.CONFIDENCE),
    "scopes": {name.replace("_", " ") for name in Scope.__dataclass_fields__},
    "states": {str(status) for status in Status},
}


@pytest.mark.parametrize("name", WORDS)
def test_every_word_of_the_format_is_documented(name: str) -> None:
    assert WORDS[name] - SAID == set()


def test_every_command_and_test_is_named() -> None:
    group = typer.main.get_command(law_app)
    for command in getattr(group, "commands", {}):
        assert f"bongsu law {command}" in ROOM, command
    assert [name for name in REGIMES if f"`{name}`" not in ROOM] == []


def test_the_python_of_the_page_does_what_it_says() -> None:
    code = re.findall(r"^```python\n(.*?)^```$", ROOM, flags=re.MULTILINE | re.DOTALL)[0]
    names: dict[str, object] = {}
    for line in code.splitlines():
        said, sign, shown = line.partition("  # ")
        if not sign:
            exec(line, names)
            continue
        found = eval(said, names)
        assert str(found) in shown, line
