"""What every page shares: the document with its policy, banner, sections, grounds of figures, sources, and small parts.

A page is a pure function of a number store and a language. It needs nothing beside it and runs under hashes of its own scripts and
style; a brief can also be split into files for a web server.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from bongsu.brief import tables
from bongsu.brief.markup import Markup, data_block, el, join, packed_block
from bongsu.brief.numbers import Record, grounded, is_figure, mark, sentence
from bongsu.brief.text import (
    ALIASES,
    COUNTED,
    ENERGY_STEPS,
    GROUP,
    LANGS,
    POINT,
    Lang,
    catalogue,
    date,
    figure,
    has,
    label,
    local,
    t,
)  # fmt: skip

CONFIDENCE: Final = ("stated", "derived", "computed", "assumed")
OWN_NAMES: Final[Mapping[str, str]] = {"en": "English", "ko": "한국어", "fr": "Français"}
STYLE: Final = "brief.css"
#: How another branch of an open question is asked for.
READING: Final = "--reading QUESTION=BRANCH"


def canonical(store: Record) -> bytes:
    """The store as JSON with sorted keys: the bytes whose digest stands on the page."""
    return json.dumps(store, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def digest(store: Record) -> str:
    """SHA-256 of the store: equal on the pages of all three languages."""
    return hashlib.sha256(canonical(store)).hexdigest()


def asset(name: str) -> str:
    """The text of a file in ``assets``."""
    return _asset(name)


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return (files("bongsu.brief") / "assets" / name).read_text(encoding="utf-8")


# --- the document -----------------------------------------------------------------------------------------------------


def document(
    store: Record,
    lang: Lang,
    title: str,
    description: str,
    attrs: Mapping[str, Any],
    body: Markup,
    head: Markup,
    tail: Markup,
) -> str:
    """A whole page: ``attrs`` are of its root, ``head`` holds policy and style, ``tail`` what its scripts read, and the scripts."""
    common = [
        el("meta", {"charset": "utf-8"}),
        head,
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "description", "content": description}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("title", {}, title),
    ]
    root = {"lang": lang, "data-store-sha256": digest(store), **attrs}
    html = el("html", root, el("head", {}, common), el("body", {}, body, tail))
    return "<!doctype html>\n" + html + "\n"


def policy(text: str) -> Markup:
    """The content security policy of a page."""
    return el("meta", {"http-equiv": "Content-Security-Policy", "content": text})


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def inline_head(scripts: Sequence[str]) -> Markup:
    """Policy and style of a page that holds its scripts (names of assets) itself."""
    hashes = " ".join(_hash(asset(name)) for name in scripts)
    style = asset(STYLE)
    said = (
        f"default-src 'none'; script-src {hashes}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    icon = el("link", {"rel": "icon", "href": "data:,"})
    return join([policy(said), icon, Markup(f"<style>{style}</style>")])


def inline_tail(store: Record, lang: Lang, scripts: Sequence[str], *blocks: Markup) -> Markup:
    """The store, the words, more blocks of data, and the scripts."""
    held = [packed_block("store", canonical(in_language(store, lang)).decode()), words_block(lang), *blocks]
    return join([*held, *[Markup(f"<script>{asset(name)}</script>") for name in scripts]])


def linked_head() -> Markup:
    """Policy and style of a page whose scripts and style are files beside it."""
    said = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'"
    )
    icon = el("link", {"rel": "icon", "href": "data:,"})
    return join([policy(said), icon, el("link", {"rel": "stylesheet", "href": STYLE})])


def linked_tail(lang: Lang, scripts: Sequence[str]) -> Markup:
    """The words, and scripts that are files beside the page."""
    return join([words_block(lang), *[el("script", {"src": name, "defer": True}) for name in scripts]])


def in_language(value: Any, lang: Lang) -> Any:
    """The store with every three-language name cut to one language (numbers are untouched)."""
    if isinstance(value, Mapping):
        if value and set(value) <= set(LANGS):
            return local(value, lang)
        return {key: in_language(part, lang) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_language(part, lang) for part in value]
    return value


def words_block(lang: Lang) -> Markup:
    """What the scripts need to write numbers and words as :mod:`bongsu.brief.text` does."""
    words = {
        "lang": lang,
        "group": GROUP[lang],
        "point": POINT[lang],
        "steps": ENERGY_STEPS,
        "aliases": ALIASES,
        "counted": COUNTED,
        "texts": {key: texts[lang] for key, texts in catalogue().items()},
    }
    return data_block("words", words)


def body(lang: Lang, first: str, banner: Markup, parts: Sequence[Markup], footer: Markup) -> Markup:
    """The body of a page; ``first`` is the section to which one may skip."""
    return join(
        [
            el("a", {"class": "skip", "href": f"#{first}"}, t("page.skip", lang)),
            banner,
            el("noscript", {}, el("p", {"class": "flags"}, t("page.noscript", lang))),
            el("p", {"class": "flags", "id": "old", "hidden": True}, t("page.old_browser", lang)),
            el("main", {"id": "main"}, parts),
            footer,
            dialog(lang),
            el("div", {"id": "tip", "role": "tooltip", "hidden": True}),
        ]
    )


# --- the banner -------------------------------------------------------------------------------------------------------


def bar(page: str, lang: Lang) -> Markup:
    """The mark of the project, and the same page (``page.LANGUAGE.html``) in other languages."""
    mark_ = el("span", {"class": "wordmark"}, "Bongsu", el("span", {"lang": "ko"}, "봉수"))
    links = [
        el(
            "a",
            {
                "href": f"{page}.{other}.html",
                "lang": other,
                "hreflang": other,
                "aria-current": other == lang and "page",
            },
            OWN_NAMES[other],
        )
        for other in LANGS
    ]
    toggle = el("button", {"type": "button", "id": "theme", "aria-pressed": "false"}, t("page.theme", lang))
    nav = el("nav", {"class": "languages", "aria-label": t("page.languages", lang)}, links, toggle)
    return el("div", {"class": "bar"}, mark_, nav)


def facts(pairs: Sequence[tuple[str, Any]], lang: Lang) -> Markup:
    """Facts about a page: keys of the catalogue, and what they are."""
    listed = [el("div", {}, el("dt", {}, t(key, lang)), el("dd", {}, value)) for key, value in pairs]
    return el("dl", {"class": "facts"}, listed)


def flags(texts: Sequence[Any], lang: Lang) -> Markup | None:
    """What to keep in mind."""
    items = [el("li", {}, text) for text in texts]
    return el("ul", {"class": "flags", "aria-label": t("page.flags", lang)}, items) if items else None


def contents(sections: Sequence[str], lang: Lang) -> Markup:
    """Links to the sections."""
    links = [el("li", {}, el("a", {"href": f"#{name}"}, t(f"section.{name}", lang))) for name in sections]
    return el("nav", {"class": "contents", "aria-label": t("page.contents", lang)}, el("ol", {}, links))


# --- sections ---------------------------------------------------------------------------------------------------------


def section(sections: Sequence[str], name: str, lang: Lang, *children: Any) -> Markup:
    """A section with its number among all, its title and its note."""
    index = sections.index(name) + 1
    head = el("h2", {}, el("span", {"class": "index", "aria-hidden": "true"}, index), t(f"section.{name}", lang))
    said = el("p", {"class": "note"}, t(f"note.{name}", lang)) if has(f"note.{name}") else None
    return el("section", {"id": name, "class": name}, el("header", {}, head, said), *children)


def headlines(store: Record, lang: Lang) -> Markup:
    """The answers in sentences, each with its figures."""
    return el("ol", {"class": "headlines"}, [_headline(store, headline, lang) for headline in store["headlines"]])


def _headline(store: Record, headline: Record, lang: Lang) -> Markup:
    said = headline["sentence"]
    params = said.get("params", {})
    told = {value for value in params.values() if is_figure(store, value)}
    more = [fid for fid in headline["figures"] if fid not in told and fid in store["figures"]]
    rest = [el("li", {}, label_of(store, fid, lang), " ", grounded(store, fid, lang, prose=True)) for fid in more]
    return el(
        "li",
        {"id": f"h-{headline['id']}"},
        el("h3", {}, label("headline", headline["id"].partition(":")[0], lang)),
        el("div", {}, el("p", {"class": "say"}, sentence(store, said["key"], params, lang)),
           el("ul", {"class": "more"}, rest) if rest else None),
    )  # fmt: skip


def label_of(store: Record, fid: str, lang: Lang) -> str:
    """What a figure is."""
    return local(store["figures"][fid]["why"].get("label"), lang)


def legend_of_trust(lang: Lang) -> Markup:
    """The signs of trust in words."""
    words = [el("li", {}, mark(name, lang), " ", t(f"confidence.{name}.long", lang)) for name in CONFIDENCE]
    return el("div", {"class": "trust"}, el("p", {}, t("page.click", lang)), el("ul", {}, words))


def titled(name: str, table: tables.Table, lang: Lang, before: Markup | None = None) -> list[Any]:
    """A table under its name, with its note where it has one."""
    title = t(f"table.{name}", lang)
    said = note(name, lang) if has(f"note.{name}") else None
    return [el("h3", {}, title), said, before, tables.render(table, lang, title)]


def note(name: str, lang: Lang) -> Markup:
    """A note under a title; a command in it stays on one line."""
    before, command, after = t(f"note.{name}", lang, command="\0").partition("\0")
    return el("p", {"class": "note"}, before, el("code", {}, READING) if command else None, after)


def chart(name: str, caption: str, lang: Lang) -> Markup:
    """The place of a chart that a script draws."""
    alt = t("chart.alt", lang, chart=caption)
    return el("div", {"id": f"c-{name}", "class": "chart", "role": "img", "aria-label": alt})


def twin(table: Markup, caption: str, lang: Lang) -> Markup:
    """The table that holds the numbers of a chart, folded."""
    return el("details", {"class": "twin"}, el("summary", {}, t("table.twin", lang, table=caption)), table)


def legend(keys: Sequence[tuple[str, str]], lang: Lang) -> Markup:
    """Keys of a chart: (group, name) of the catalogue, with the swatch ``k-name``."""
    items = [
        el("li", {}, el("i", {"class": f"swatch k-{name}", "aria-hidden": "true"}), t(f"{group}.{name}", lang))
        for group, name in keys
    ]
    return el("ul", {"class": "legend"}, items)


def dialog(lang: Lang) -> Markup:
    """The window in which the grounds of a figure open."""
    close = el("button", {"type": "button", "class": "close", "aria-label": t("why.close", lang)}, "\u00d7")
    head = el("header", {}, el("h2", {"id": "why-title"}, t("why.title", lang)), close)
    inner = el("div", {"id": "why-body"})
    return el("dialog", {"id": "why", "aria-labelledby": "why-title"}, head, inner)


# --- how it was made --------------------------------------------------------------------------------------------------


def limits(store: Record, lang: Lang) -> Markup:
    """What the page does not know."""
    said = [el("li", {}, sentence(store, limit["key"], limit.get("params", {}), lang)) for limit in store["limits"]]
    return el("ul", {"class": "limits"}, said)


def solver(store: Record, lang: Lang) -> Markup:
    """The solver, and how far its answer is off."""
    rows = [
        el(
            "div",
            {},
            el("dt", {}, label("solver", name, lang)),
            el("dd", {"data-value": str(value)}, _loose(value, lang)),
        )
        for name, value in store["meta"]["solver"].items()
    ]
    return el("dl", {"class": "facts"}, rows)


def _loose(value: Any, lang: Lang) -> str:
    """A value of no declared kind: small errors in powers of ten, other numbers as numbers, words as they are."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return local(value, lang)
    if value and abs(value) < 1e-3:
        return f"{value:.1e}".replace(".", POINT[lang])
    return figure(value, "number", "1", lang)


def annex(store: Record, lang: Lang) -> Markup:
    """Grounds of the figures in the headlines, written out (for print and for readers without scripts)."""
    blocks = []
    for headline in store["headlines"]:
        fids = [value for value in headline["sentence"].get("params", {}).values() if is_figure(store, value)]
        fids += [fid for fid in headline["figures"] if fid in store["figures"]]
        trees = [
            el("ul", {"class": "tree"}, _node(store, store["figures"][fid]["why"], lang)) for fid in dict.fromkeys(fids)
        ]
        name = label("headline", headline["id"].partition(":")[0], lang)
        blocks.append(el("details", {"class": "grounds"}, el("summary", {}, name), trees))
    return join(blocks)


def _node(store: Record, node: Record, lang: Lang) -> Markup:
    kind, unit = node.get("kind") or "number", node.get("unit") or "1"
    value = node.get("value")
    known = value is not None or not node.get("children")
    shown = el("b", {"data-value": json.dumps(value)}, figure(value, kind, unit, lang)) if known else None
    ident = node.get("source")
    cited = store["sources"].get(ident) if ident else None
    link = el("a", {"href": f"#s-{ident}", "class": "cite"}, cited["publisher"]) if cited else None
    under = [_node(store, child, lang) for child in node.get("children", [])]
    return el(
        "li", {}, local(node["label"], lang), " ", shown, mark(node.get("confidence"), lang), " ", link,
        el("ul", {}, under) if under else None,
    )  # fmt: skip


def sources(store: Record, lang: Lang) -> Markup:
    """Every source that a reason cites."""
    items = [_source(ident, record, lang) for ident, record in sorted(store["sources"].items())]
    return el("ol", {"class": "sources"}, items)


def _source(ident: str, record: Record, lang: Lang) -> Markup:
    url = record.get("url") or ""
    title = record["title"]
    named = (
        el("a", {"href": url, "rel": "noopener noreferrer"}, title)
        if urlsplit(url).scheme in ("http", "https")
        else title
    )
    spoken = record.get("language")
    parts = [record["publisher"], date(record.get("date") or "", lang) or t("source.undated", lang),
             label("grade", record["grade"], lang), label("language", spoken, lang) if spoken else ""]  # fmt: skip
    return el(
        "li", {"id": f"s-{ident}"}, named, el("span", {"class": "by"}, " · ".join(part for part in parts if part))
    )


def stamp(store: Record, lang: Lang) -> list[Markup]:
    """The first lines of a footer: what made the page, and the digest of its numbers."""
    meta = store["meta"]
    made = t("footer.made", lang, version=meta["version"], pack=meta["pack"], case=meta["case"])
    return [el("p", {}, made), el("p", {}, t("footer.store", lang), " ", el("code", {}, digest(store)[:16]))]
