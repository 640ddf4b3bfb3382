"""Small builders for HTML text. Every text that enters is escaped here and nowhere else."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from html import escape
from typing import Any, Final

VOID: Final = frozenset({"meta", "link", "br", "input", "rect", "line", "hr"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def el(name: str, attrs: dict[str, Any] | None = None, *children: Any) -> Markup:
    """An element. Attributes that are None or False are left out; True gives a bare attribute."""
    text = "".join(_attribute(key, value) for key, value in (attrs or {}).items())
    if name in VOID:
        return Markup(f"<{name}{text}>" if name not in ("rect", "line") else f"<{name}{text}/>")
    return Markup(f"<{name}{text}>{join(children)}</{name}>")


def join(children: Iterable[Any]) -> Markup:
    """Children one after another; plain text is escaped, None is skipped, lists are opened."""
    return Markup("".join(_child(child) for child in children))


def raw_value(value: Any) -> str:
    """A number as it stands in the store (blank where unknown): the same in every language."""
    return "" if value is None else json.dumps(value)


def data_block(ident: str, value: Any) -> Markup:
    """JSON in a script element that no browser runs; ``<`` is escaped so that it cannot end early."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    safe = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(f'<script type="application/json" id="{escape(ident)}">{safe}</script>')


def packed_block(ident: str, text: str) -> Markup:
    """JSON as gzip in base64 in a script element that no browser runs: a tenth of its size. A reader without scripts loses
    nothing by it: every number stands in the tables too."""
    packed = base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
    return Markup(f'<script type="application/gzip" id="{escape(ident)}">{packed}</script>')


def unpacked(text: str) -> Any:
    """What a packed block holds."""
    return json.loads(gzip.decompress(base64.b64decode(text)))


def _attribute(key: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    return f" {key}" if value is True else f' {key}="{escape(str(value))}"'


def _child(child: Any) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, (list, tuple)):
        return join(child)
    return escape(str(child), quote=False)
