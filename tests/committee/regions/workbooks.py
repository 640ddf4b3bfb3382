"""Workbooks of Excel, written part by part, so that reading them is tested against the format and not against a library."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _letters(at: int) -> str:
    text = ""
    while at >= 0:
        text, at = chr(65 + at % 26) + text, at // 26 - 1
    return text


def write(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], *, inline: bool = False) -> Path:
    """Sheets by name, with texts shared or in their cells."""
    texts: list[str] = []
    with zipfile.ZipFile(path, "w") as book:
        named = "".join(f'<sheet name="{escape(n)}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(sheets, 1))
        book.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{named}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="rId{i}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>')
        for i, rows in enumerate(sheets.values(), 1):
            lines = []
            for number, row in enumerate(rows, 1):
                cells = []
                for j, value in enumerate(row):
                    at = f"{_letters(j)}{number}"
                    if value == "":
                        continue
                    if not isinstance(value, str):
                        cells.append(f'<c r="{at}"><v>{float(str(value))!r}</v></c>')
                    elif inline:
                        cells.append(f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
                    else:
                        texts.append(value)
                        cells.append(f'<c r="{at}" t="s"><v>{len(texts) - 1}</v></c>')
                if cells:
                    lines.append(f'<row r="{number}">{"".join(cells)}</row>')
            book.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
            )
        # Half of a text may be set in another type, and a reading may stand beside it.
        shared = "".join(
            f"<si><r><t>{escape(t[:2])}</t></r><r><rPr><b/></rPr><t xml:space='preserve'>{escape(t[2:])}</t></r>"
            "<rPh sb='0' eb='1'><t>reading</t></rPh></si>"
            for t in texts
        )
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{shared}</sst>')
    return path
