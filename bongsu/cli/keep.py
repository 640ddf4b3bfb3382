"""Files that people write in and must never lose: whole or not at all, never over one another, the version before kept aside.

What can be made again is written by :func:`bongsu.cli.results.write_text`.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bongsu.cli.shell import BadInput

#: Folder beside the files in which versions before are kept.
HISTORY = ".history"


def put(path: Path, text: str, replace: bool = False) -> Path | None:
    """Write a file whole or not at all; gives where the version before was kept, if there was one.

    Args:
        replace: write over a file that is there.

    Raises:
        BadInput: the file is there and is not to be replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        if replace:
            kept = _keep(path)
            os.replace(name, path)
            return kept
        try:
            # A link, unlike a rename, fails where the file is there, even if it came a moment ago.
            os.link(name, path)
        except FileExistsError:
            raise BadInput(
                f"{path} is there already; add --replace to write over it (the version before is kept)"
            ) from None
        return None
    finally:
        Path(name).unlink(missing_ok=True)


def _keep(path: Path) -> Path | None:
    """A copy of a file in the folder of versions, under the next free number; None where there is no file."""
    if not path.exists():
        return None
    folder = path.parent / HISTORY
    folder.mkdir(exist_ok=True)
    number = 1
    while True:
        kept = folder / f"{path.stem}.{number}{path.suffix}"
        try:
            os.link(path, kept)
            return kept
        except FileExistsError:
            number += 1


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
