"""Answers of the committee's functions and of disruptions on disk: written whole or not at all, asked for their reasons later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli import shell

if TYPE_CHECKING:
    from bongsu.answers import Node
    from bongsu.committee import Answer

#: Functions whose answers ``bongsu why`` can explain from their file.
ROOMS = ("discover", "attract", "regions", "link", "exchange", "stress")
#: End of the names of the files that hold figures with all of their reasons and nothing else.
_REASONS = ".why.json"


def write(answer: Answer, folder: Path) -> list[str]:
    """Write ``ROOM.json`` and each table as CSV and JSON; gives the names of the files.

    Raises:
        shell.BadInput: the folder is a file.
    """
    return _write(folder, {f"{answer.room}.json": as_json(answer)} | _tables(answer))


def write_tables(answer: Answer, folder: Path) -> list[str]:
    """Write each table as CSV and JSON, and leave the figures that another answer wrote there; gives the names of the files.

    Raises:
        shell.BadInput: the folder is a file.
    """
    return _write(folder, _tables(answer))


def _tables(answer: Answer) -> dict[str, str]:
    files = {}
    for name, table in sorted(answer.tables.items()):
        files[f"{answer.room}_{name}.csv"] = table.write_csv(line_terminator="\n")
        files[f"{answer.room}_{name}.json"] = (
            json.dumps(table.to_dicts(), indent=1, ensure_ascii=False, default=str) + "\n"
        )
    return files


def _write(folder: Path, files: Mapping[str, str]) -> list[str]:
    from bongsu.cli.results import write_text

    if folder.exists() and not folder.is_dir():
        raise shell.BadInput(f"{folder} is a file; give a folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_text(folder / name, text)
    return list(files)


def write_reasons(name: Path, reasons: Mapping[str, Node]) -> Path:
    """Write figures with all of their reasons beside a page of that name, without suffix; gives the path of the file."""
    from bongsu.cli.results import write_text

    path = name.with_name(name.name + _REASONS)
    figures = {figure: node.as_dict() for figure, node in reasons.items()}
    write_text(path, json.dumps({"figures": figures}, ensure_ascii=False, default=str) + "\n")
    return path


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
        shell.BadInput: the answer is not there, or has no such figure, or several disruptions have one of that name.
    """
    from bongsu.answers import Node

    files = _files(name.partition(".")[0], folder)
    known = {path: json.loads(path.read_text(encoding="utf-8"))["figures"] for path in files}
    own = [path for path in files if name in known[path]]
    if len(own) > 1:
        raise shell.BadInput(f"{' and '.join(map(str, own))} both have a figure {name!r}; name one of them with --out")
    if not own:
        raise shell.BadInput(_unknown(name, files, [figure for figures in known.values() for figure in figures]))
    return Node.of(known[own[0]][name])


def _files(room: str, folder: Path) -> list[Path]:
    """Files that may hold the figures of a function; each disruption has one of its own, which may be named itself."""
    if folder.is_file():
        return [folder]
    one = room == "stress"
    files = sorted(folder.glob(f"{room}-*{_REASONS}")) if one else [folder / f"{room}.json"]
    if not files or not files[0].is_file():
        what, command = (f"{folder}/{room}-*{_REASONS}", f"{room} FILE") if one else (files[0], room)
        raise shell.BadInput(
            f"{what} does not exist; run `bongsu {command} --out {folder}` first, or name its folder with --out"
        )
    return files


def _unknown(name: str, files: Sequence[Path], figures: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, figures, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; it has {len(figures)} figures"
    return f"{' and '.join(map(str, files))} has no figure {name!r}{hint}"
