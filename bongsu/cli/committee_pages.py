"""The committee's page on disk: in three languages with its numbers, beside the answers of the rooms that it is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.results import write_text
from bongsu.cli.shell import BadInput

if TYPE_CHECKING:
    from bongsu.chain import Chain
    from bongsu.committee import Answer, Project

#: File that holds the projects, so that the page can be made again from the folder alone.
PROJECTS = "projects.json"


def write(
    out: Path, projects: Sequence[Project], answers: Mapping[str, Answer], chain: Chain | None = None
) -> list[str]:
    """Write ``committee.{ko,en,fr}.html``, ``committee.store.json`` and ``projects.json``; the names of the files.

    Args:
        out: folder. projects: in their order; answers: by room, as :func:`bongsu.brief.committee.committee_store` takes them.
        chain: gives names and sources.

    Raises:
        BadInput: there is nothing to make a page of.
        RuntimeError: the store names texts or figures that do not exist (a defect of ours, caught before a page is written).
    """
    from bongsu.brief import check, committee_page, frame
    from bongsu.brief.committee import committee_store
    from bongsu.brief.text import LANGS

    try:
        built = committee_store(projects, answers, chain)
    except ValueError as error:
        raise BadInput(str(error)) from None
    wrong = check.committee_problems(built)
    if wrong:
        raise RuntimeError("the committee's page is not sound: " + "; ".join(wrong[:5]))
    out.mkdir(parents=True, exist_ok=True)
    texts: dict[str, Any] = {f"{committee_page.PAGE}.{lang}.html": committee_page.render(built, lang) for lang in LANGS}
    texts[f"{committee_page.PAGE}.store.json"] = frame.canonical(built)
    texts[PROJECTS] = json.dumps([one.as_dict() for one in projects], indent=1, ensure_ascii=False) + "\n"
    for name, text in texts.items():
        write_text(out / name, text)
    return [str(out / name) for name in texts]


def read(folder: Path) -> tuple[list[Project], dict[str, Answer]]:
    """Projects and answers of the rooms from ``projects.json`` and those ``ROOM.json`` that are in a folder.

    Raises:
        BadInput: the projects are not there, or a file is not what was written.
    """
    from bongsu.brief.committee import ROOMS
    from bongsu.committee import Answer, Project

    path = folder / PROJECTS
    if not path.exists():
        raise BadInput(f"{path} is missing, which says whose the answers are; run `bongsu discover --out {folder}`")
    try:
        projects = [Project.of(one) for one in json.loads(path.read_text(encoding="utf-8"))]
        answers = {}
        for room in ROOMS:
            path = folder / f"{room}.json"
            if path.exists():
                answers[room] = Answer.of(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path} is not what bongsu writes there: {error}") from None
    return projects, answers
