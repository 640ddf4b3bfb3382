"""Answers of the committee's functions on disk: written whole or not at all, and asked for their reasons afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli import shell

if TYPE_CHECKING:
    from bongsu.answers import Node
    from bongsu.committee import Answer

#: Functions whose answers ``bongsu why`` can explain from their file.
ROOMS = ("discover", "attract", "regions", "link", "exchange")


def write(answer: Answer, folder: Path) -> list[str]:
    """Write ``ROOM.json`` and each table as CSV and JSON; gives the names of the files.

    Raises:
        shell.BadInput: the folder is a file.
    """
    from bongsu.cli.results import write_text

    if folder.exists() and not folder.is_dir():
        raise shell.BadInput(f"{folder} is a file; give a folder")
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{answer.room}.json": as_json(answer)}
    for name, table in sorted(answer.tables.items()):
        files[f"{answer.room}_{name}.csv"] = table.write_csv(line_terminator="\n")
        files[f"{answer.room}_{name}.json"] = (
            json.dumps(table.to_dicts(), indent=1, ensure_ascii=False, default=str) + "\n"
        )
    for name, text in files.items():
        write_text(folder / name, text)
    return list(files)


def as_json(answer: Answer) -> str:
    """All of an answer as JSON."""
    return json.dumps(answer.as_dict(), indent=1, ensure_ascii=False, default=str) + "\n"


def room_of(figure: str) -> str | None:
    """The function that a figure is of; None where it is of the plan."""
    room = figure.partition(".")[0]
    return room if room in ROOMS else None


def figure(name: str, folder: Path) -> Node:
    """A figure of an answer that was written to a folder.

    Raises:
        shell.BadInput: the answer is not there, or has no such figure.
    """
    from difflib import get_close_matches

    from bongsu.answers import Node

    room = name.partition(".")[0]
    path = folder / f"{room}.json"
    if not path.is_file():
        raise shell.BadInput(
            f"{path} does not exist; run `bongsu {room} --out {folder}` first, or name its folder with --out"
        )
    figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
    if name not in figures:
        near = get_close_matches(name, figures, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; it has {len(figures)} figures"
        raise shell.BadInput(f"{path} has no figure {name!r}{hint}")
    return Node.of(figures[name])
