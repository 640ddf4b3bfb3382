"""Sheets of an Excel workbook (.xlsx) as rows of text, read from its parts (ECMA-376) without a library.

Numbers come as they are stored, not as they are shown; a merged cell has its text in its first cell. Formulas have the value
that was saved with them.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from bongsu.committee.regions.table import TableError

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LINK = re.compile(r"\{[^}]*officeDocument/(2006/)?relationships\}id$")
#: A part larger than this, unpacked, is no table that somebody means to read.
_LARGEST = 2_000_000_000


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets, in their order.

    Raises:
        TableError: the file is no .xlsx workbook.
    """
    with _opened(path) as book, _whole(path):
        return list(_parts(book, path))


def sheet_of(path: Path, name: str) -> list[list[str]]:
    """Rows of a sheet, each as wide as its last cell that holds something; blank rows stay, as empty ones.

    Raises:
        TableError: the file is no .xlsx workbook, or has no such sheet.
    """
    with _opened(path) as book, _whole(path):
        parts = _parts(book, path)
        if name not in parts:
            raise TableError(f"{path.name} has no sheet {name!r}; it has {', '.join(parts)}")
        shared = _shared(book)
        rows: list[list[str]] = []
        with _part(book, parts[name], path) as file:
            for number, cells in _rows(file):
                rows.extend([] for _ in range(number - len(rows) - 1))
                row: list[str] = []
                for at, kind, text in cells:
                    row.extend("" for _ in range(at - len(row)))
                    row.append(shared[int(text)] if kind == "s" and text else text)
                rows.append(row)
    return rows


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise TableError(f"{path.name} is no .xlsx workbook; save it as .xlsx or CSV") from None


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Tell of a workbook that is damaged, whatever is wrong in it."""
    try:
        yield
    except TableError:
        raise
    except (ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, IndexError, ValueError) as error:
        raise TableError(f"{path.name} is damaged ({error}); save the workbook anew, or the sheet as CSV") from None


def _part(book: zipfile.ZipFile, name: str, path: Path) -> IO[bytes]:
    try:
        info = book.getinfo(name)
    except KeyError:
        raise TableError(f"{path.name} is no .xlsx workbook: the part {name} is missing; save it anew") from None
    if info.file_size > _LARGEST:
        raise TableError(f"{path.name}: the part {name} is too large to read; save the sheet as CSV")
    return book.open(info)


def _parts(book: zipfile.ZipFile, path: Path) -> dict[str, str]:
    """The part of each sheet, by its name."""
    with _part(book, "xl/_rels/workbook.xml.rels", path) as file:
        targets = {one.get("Id", ""): one.get("Target", "") for one in ElementTree.parse(file).getroot()}
    found = {}
    with _part(book, "xl/workbook.xml", path) as file:
        for element in ElementTree.parse(file).getroot().iter():
            if _plain(element.tag) != "sheet":
                continue
            link = next((value for key, value in element.attrib.items() if _LINK.match(key)), "")
            target = targets.get(link, "")
            if "worksheets/" in target:
                found[element.get("name", "")] = posixpath.normpath(posixpath.join("xl", target)).removeprefix("/")
    return found


def _shared(book: zipfile.ZipFile) -> list[str]:
    """Texts that cells point to; how they are pronounced (rPh) is no part of them."""
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    texts = []
    with book.open("xl/sharedStrings.xml") as file:
        for _, element in ElementTree.iterparse(file):
            if _plain(element.tag) == "si":
                texts.append(_text(element))
                element.clear()
    return texts


def _text(element: ElementTree.Element) -> str:
    parts = []
    for child in element:
        tag = _plain(child.tag)
        if tag == "t":
            parts.append(child.text or "")
        elif tag == "r":
            parts.extend(one.text or "" for one in child if _plain(one.tag) == "t")
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def _rows(file: IO[bytes]) -> Iterator[tuple[int, list[tuple[int, str, str]]]]:
    """Number of a row, and position, type and text of its cells."""
    last = 0
    for _, element in ElementTree.iterparse(file):
        if _plain(element.tag) != "row":
            continue
        last = int(element.get("r") or last + 1)
        cells = []
        at = -1
        for cell in element:
            if _plain(cell.tag) != "c":
                continue
            at = _column(cell.get("r", "")) if cell.get("r") else at + 1
            kind = cell.get("t", "n")
            text = ""
            for child in cell:
                if _plain(child.tag) == "v":
                    text = (child.text or "").strip()
                elif _plain(child.tag) == "is":
                    text = _text(child)
            if text:
                cells.append((at, kind, text))
        yield last, cells
        element.clear()


def _column(reference: str) -> int:
    """Position of a column from a reference such as ``AB12``."""
    at = 0
    for letter in reference.rstrip("0123456789"):
        at = at * 26 + ord(letter) - 64
    return at - 1


def _plain(tag: str) -> str:
    return tag.removeprefix(_MAIN).removeprefix(_STRICT)
