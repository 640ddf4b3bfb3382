"""A number on the page: text in the language, raw value, confidence mark, and the way to its grounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bongsu.brief.markup import Markup, el, raw_value
from bongsu.brief.text import Lang, figure, label, local, pieces, t

Record = Mapping[str, Any]


def mark(confidence: str | None, lang: Lang) -> Markup | None:
    """The small sign of trust: full disc, half disc, ring or diamond."""
    if not confidence:
        return None
    word = label("confidence", confidence, lang)
    return el("i", {"class": f"mark c-{confidence}", "role": "img", "aria-label": word, "title": word})


def number(
    value: float | None, kind: str, unit: str, lang: Lang, confidence: str | None = None, prose: bool = False
) -> Markup:
    """A number without grounds of its own."""
    words = figure(value, kind, unit, lang, prose)
    return el("span", {"class": "num", "data-value": raw_value(value)}, words, mark(confidence, lang))


def grounded(store: Record, fid: str, lang: Lang, words: str | None = None, prose: bool = False) -> Markup:
    """A figure of the store as a button that opens its grounds."""
    record = store["figures"][fid]
    words = words or figure(record["value"], record["kind"], record["unit"], lang, prose)
    confidence = record.get("confidence")
    why = t("figure.why", lang, figure=words, confidence=label("confidence", confidence or "computed", lang))
    attrs = {
        "type": "button", "class": "fig", "data-fid": fid, "data-value": raw_value(record["value"]),
        "aria-label": why, "aria-haspopup": "dialog",
    }  # fmt: skip
    return el("button", attrs, words, mark(confidence, lang))


def sentence(store: Record, key: str, params: Record, lang: Lang) -> Markup:
    """A sentence of the catalogue with figures as buttons, names in the language and literals as they are."""
    plain = {name: _plain(store, value, lang) for name, value in params.items()}
    return el("span", {}, [_piece(store, piece, params, lang) for piece in pieces(key, lang, plain)])


def is_figure(store: Record, value: Any) -> bool:
    """Whether a parameter of a sentence names a figure of the store."""
    return isinstance(value, str) and value in store["figures"]


def _piece(store: Record, piece: Any, params: Record, lang: Lang) -> Any:
    if piece.name is None:
        return piece.text
    value = params[piece.name]
    if is_figure(store, value):
        return grounded(store, value, lang, piece.text, prose=True)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return el("span", {"class": "num", "data-value": raw_value(value)}, piece.text)
    return piece.text


def _plain(store: Record, value: Any, lang: Lang) -> str:
    if is_figure(store, value):
        record = store["figures"][value]
        return figure(record["value"], record["kind"], record["unit"], lang, prose=True)
    if isinstance(value, Mapping):
        return local(value.get("name", value), lang)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    year = isinstance(value, int) and 1900 < value < 2200
    return figure(value, "year" if year else "number", "1", lang, prose=True)


def say_plain(store: Record, key: str, params: Record, lang: Lang) -> str:
    """A sentence of the catalogue as plain text, as the page says it."""
    plain = {name: _plain(store, value, lang) for name, value in params.items()}
    return "".join(piece.text for piece in pieces(key, lang, plain))
