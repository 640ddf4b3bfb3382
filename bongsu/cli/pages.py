"""Briefs on disk, and their five answers on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bongsu.brief import check, frame, page
from bongsu.brief.numbers import say_plain
from bongsu.brief.store import build_store
from bongsu.brief.text import Lang, as_lang, t
from bongsu.chain import Chain
from bongsu.cli.results import write_text
from bongsu.cli.shell import say
from bongsu.plan import Plan

LANGUAGES: tuple[Lang, ...] = ("ko", "en", "fr")


def store(chain: Chain, plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """The number store of a plan.

    Raises:
        RuntimeError: the store names texts or figures that do not exist (a defect of ours, caught before a page is written).
    """
    built = build_store(chain, plan, tell)
    wrong = check.problems(built)
    if wrong:
        raise RuntimeError("the brief is not sound: " + "; ".join(wrong[:5]))
    return built


def write(out: Path, built: Mapping[str, Any], split: bool) -> list[str]:
    """Write the three pages with the calendar of the law beside each (and, split, their scripts and style); the names of
    the files."""
    written = []
    for lang in LANGUAGES:
        if split:
            for name, raw in page.render(built, lang, split=True).items():
                write_text(out / name, raw)
                written.append(str(out / name))
        else:
            path = out / f"brief.{lang}.html"
            write_text(path, page.render(built, lang))
            written.append(str(path))
            for name, raw in page.calendar_file(built, lang).items():
                write_text(out / name, raw)
                written.append(str(out / name))
    write_text(out / "brief.store.json", frame.canonical(built))
    return [*dict.fromkeys(written), str(out / "brief.store.json")]


def headlines(built: Mapping[str, Any], lang: str) -> list[str]:
    """The five answers as sentences."""
    return [
        say_plain(built, one["sentence"]["key"], one["sentence"]["params"], as_lang(lang)) for one in built["headlines"]
    ]


def show(files: list[str], built: Mapping[str, Any], lang: str) -> None:
    """The five answers and where the pages are."""
    for one, sentence in zip(built["headlines"], headlines(built, lang), strict=True):
        say(f"{t('headline.' + one['id'], as_lang(lang))}: {sentence}")
    say("")
    for file in files:
        if file.endswith(".html"):
            say(f"  {file}")
