"""The documentation is whole: written pages are current, links lead somewhere, pictures are light, no page is left out."""

import re
import sys
from pathlib import Path

import pytest

from bongsu.atlas.schema import pack_schema

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import data_page  # noqa: E402
import outputs  # noqa: E402

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def anchors(page: Path) -> set[str]:
    """What ``page.md#...`` may name: its headings as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_the_tables_of_the_data_pack_are_those_of_the_schema() -> None:
    assert data_page.PAGE.read_text(encoding="utf-8") == data_page.page(), "run python scripts/data_page.py"
    assert data_page._HOLDS.keys() == pack_schema().keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        goal = page.parent / name if name else page
        assert goal.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(goal), f"{page.name}: {target}"


def test_the_readme_names_every_page_of_the_documentation() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in readme] == []


def test_the_readme_names_every_language_of_itself() -> None:
    readmes = {page.name for page in ROOT.glob("README*.md")}
    for name in readmes:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert {other for other in readmes if f"]({other})" in text} == readmes - {name}


def test_every_picture_is_shown_and_light() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert f"images/{picture.name}" in text, picture.name
        assert picture.stat().st_size < 400_000, picture.name


def test_files_named_in_the_documentation_exist() -> None:
    named = re.compile(r"`((?:bongsu|docs|examples|scripts|tests)/[\w./-]+\.(?:py|csv|md|json|html))`")
    for page in PAGES:
        for name in named.findall(page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_every_shown_output_is_of_a_command_that_the_page_shows() -> None:
    for page in outputs.PAGES:
        text = page.read_text(encoding="utf-8")
        for found in outputs.MARKED.finditer(text):
            assert found[0].count("\n") > 2, (
                f"{page.name}: {found['command']} shows nothing; run python scripts/outputs.py"
            )
        assert text.count("<!-- output of:") == len(outputs.MARKED.findall(text)), page.name
