"""The page in a real browser: charts drawn, no errors, no sideways scrolling on a phone, three languages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from bongsu.brief import page
from bongsu.brief.text import LANGS, Lang

from . import browser, sample

FOUND = browser.find()
if FOUND is None and os.environ.get("CI") == "true":
    raise RuntimeError("no chromium on this machine: install it or set CHROMIUM to its path")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(FOUND is None, reason="no chromium on this machine (set CHROMIUM to its path)"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A served folder with the three self-contained pages and, in ``split``, the site in parts."""
    folder = tmp_path_factory.mktemp("brief")
    (folder / "split").mkdir()
    store = sample.build()
    for lang in LANGS:
        (folder / f"brief.{lang}.html").write_text(page.render(store, lang), encoding="utf-8")
        for name, content in page.render(store, lang, split=True).items():
            (folder / "split" / name).write_bytes(content)
    with browser.served(folder) as address:
        yield folder, address


@pytest.mark.parametrize("lang", LANGS)
def test_charts_are_drawn(site: tuple[Path, str], lang: Lang) -> None:
    said = browser.said(browser.dom(str(FOUND), f"{site[1]}/brief.{lang}.html"))
    assert said.get("ready") == "1"
    assert said["errors"] == "[]"
    assert int(said["charts"]) >= 20
    assert said["overflow"] == "0"


@pytest.mark.parametrize("lang", LANGS)
def test_phone_has_no_sideways_scroll(site: tuple[Path, str], lang: Lang) -> None:
    frame = browser.framed(site[0], f"brief.{lang}.html", 375)
    said = browser.said(browser.dom(str(FOUND), f"{site[1]}/{frame}"))
    assert said.get("ready") == "1"
    assert said["errors"] == "[]"
    assert said["width"] == "375"
    assert said["overflow"] == "0"


def test_split_site_runs_under_its_own_policy(site: tuple[Path, str]) -> None:
    said = browser.said(browser.dom(str(FOUND), f"{site[1]}/split/brief.fr.html"))
    assert said.get("ready") == "1"
    assert said["errors"] == "[]"


@pytest.mark.parametrize("lang", LANGS)
def test_script_writes_tables_as_the_renderer_does(site: tuple[Path, str], lang: Lang) -> None:
    drawn = browser.dom(str(FOUND), f"{site[1]}/brief.{lang}.html")
    written = page.render(sample.build(), lang)
    for name in ("stages", "flows", "chain"):
        assert sorted(_rows(drawn, name)) == sorted(_rows(written, name)), name


def _rows(document: str, name: str) -> list[str]:
    """The rows of a table as plain text."""
    table = document.split(f'id="t-{name}"', 1)[1].split("</table>", 1)[0].split("<tbody", 1)[1].split(">", 1)[1]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in table.split("<tr")[1:]]
