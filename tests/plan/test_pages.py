"""The written pages are those that the code writes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bongsu.chain.network import case_schema
from bongsu.plan import blocks

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import case_page  # noqa: E402
import model_page  # noqa: E402


@pytest.mark.parametrize("writer", [model_page, case_page], ids=lambda writer: writer.PAGE.name)
def test_the_page_is_up_to_date(writer: object) -> None:
    path: Path = writer.PAGE  # type: ignore[attr-defined]
    assert path.read_text(encoding="utf-8") == writer.page(), f"run python scripts/{Path(writer.__file__).name}"  # type: ignore[attr-defined]


def test_every_block_is_on_the_model_page_in_the_order_of_the_code() -> None:
    headings = re.findall(r"^### (\w+)$", model_page.PAGE.read_text(encoding="utf-8"), flags=re.M)
    assert headings == [module.FAMILY for module in (*blocks.VARIABLES, *blocks.CONSTRAINTS)]


def test_every_table_and_column_is_on_the_case_page() -> None:
    text = case_page.PAGE.read_text(encoding="utf-8")
    for table in case_schema().values():
        section = text.partition(f"\n### {table.name}\n")[2].partition("\n### ")[0]
        for field in table.fields:
            assert re.search(rf"^\| \**{re.escape(field.name)}\** \|", section, flags=re.M), (
                f"{table.name}.{field.name}"
            )


def test_links_on_the_pages_lead_to_files() -> None:
    for page in (model_page.PAGE, case_page.PAGE):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), target
