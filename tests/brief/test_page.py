"""The page as text: the same numbers in three languages, nothing loaded from elsewhere, a policy that fits."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import pytest

from bongsu.brief import check, frame, page
from bongsu.brief.markup import unpacked
from bongsu.brief.text import LANGS, Lang

from . import sample


@lru_cache(maxsize=1)
def store() -> dict[str, Any]:
    return sample.build()


@lru_cache(maxsize=3)
def rendered(lang: Lang) -> str:
    return page.render(store(), lang)


class Reader(HTMLParser):
    """Collects the tags with their attributes and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            return
        tag, attrs = self.tags[-1]
        if self.blocks and self.blocks[-1][1] is attrs:
            data = self.blocks.pop()[2] + data
        self.blocks.append((tag, attrs, data))


@lru_cache(maxsize=3)
def read(lang: Lang) -> Reader:
    return Reader(rendered(lang))


def test_store_has_no_problems() -> None:
    assert check.problems(store()) == []


def test_problems_are_found() -> None:
    broken = {**store(), "limits": [{"key": "limit.nothing"}, {"key": "limit.unknown_capacity", "params": {}}]}
    broken["meta"] = {**store()["meta"], "flags": ["no_such_flag"]}
    found = "\n".join(check.problems(broken))
    assert "flag.no_such_flag" in found
    assert "limit.nothing" in found
    assert "parameter 'n'" in found


def test_the_same_bytes_for_the_same_store() -> None:
    assert page.render(sample.build(), "en") == rendered("en")


@pytest.mark.parametrize("lang", ["ko", "fr"])
def test_numbers_are_the_same_in_every_language(lang: Lang) -> None:
    def numbers(one: Lang) -> list[tuple[str, str | None, str | None]]:
        return [(tag, a.get("data-fid"), a["data-value"]) for tag, a in read(one).tags if "data-value" in a]

    def grounded(one: Lang) -> list[tuple[str, str]]:
        return sorted((str(a["data-fid"]), str(a["data-value"])) for _, a in read(one).tags if "data-fid" in a)

    assert len(numbers("en")) > 500
    assert sorted(numbers(lang), key=str) == sorted(numbers("en"), key=str)
    assert grounded(lang) == grounded("en")


@pytest.mark.parametrize("lang", LANGS)
def test_figures_show_the_value_of_the_store(lang: Lang) -> None:
    for _, attrs in read(lang).tags:
        if fid := attrs.get("data-fid"):
            value = store()["figures"][fid]["value"]
            assert attrs["data-value"] == ("" if value is None else json.dumps(value))


@pytest.mark.parametrize("lang", LANGS)
def test_embedded_store_holds_the_same_numbers(lang: Lang) -> None:
    def numbers(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [n for key in sorted(value) for n in numbers(value[key])]
        if isinstance(value, list):
            return [n for part in value for n in numbers(part)]
        return [json.dumps(value)] if isinstance(value, (int, float)) else []

    block = next(text for tag, attrs, text in read(lang).blocks if attrs.get("id") == "store")
    assert numbers(unpacked(block)) == numbers(store())
    assert len(block) < len(frame.canonical(store())) / 4


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_loaded_from_elsewhere(lang: Lang) -> None:
    for tag, attrs in read(lang).tags:
        assert not {"src", "srcset", "style"} & set(attrs), tag
        if tag == "link":
            assert attrs["href"] == "data:,"
        if (attrs.get("href") or "").startswith(("http:", "https:", "//")):
            assert tag == "a"
        assert not any(name.startswith("on") for name in attrs), tag
    style = frame.asset("brief.css")
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("lang", LANGS)
def test_policy_fits_the_scripts_and_the_style(lang: Lang) -> None:
    metas = [attrs for tag, attrs in read(lang).tags if tag == "meta" and attrs.get("http-equiv")]
    policy = str(metas[0]["content"])
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    held = ("application/json", "application/gzip")
    runs = [(tag, text) for tag, attrs, text in read(lang).blocks if attrs.get("type") not in held]
    assert [tag for tag, _ in runs] == ["style", "script", "script", "script"]
    for _, text in runs:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize("lang", LANGS)
def test_document_is_labelled(lang: Lang) -> None:
    tags = read(lang).tags
    assert tags[0] == ("html", {"lang": lang, "data-store-sha256": frame.digest(store()), "data-year": "2030"})
    idents = [attrs["id"] for _, attrs in tags if attrs.get("id")]
    assert len(idents) == len(set(idents))
    inner = [str(attrs["href"])[1:] for tag, attrs in tags if tag == "a" and str(attrs.get("href")).startswith("#")]
    assert set(inner) <= set(idents)
    siblings = {attrs["href"] for tag, attrs in tags if tag == "a" and attrs.get("hreflang")}
    assert siblings == {f"brief.{one}.html" for one in LANGS}


def test_text_of_the_store_is_escaped() -> None:
    assert "<with marks>" not in re.sub(r"<script.*?</script>", "", rendered("en"), flags=re.S)
    assert "&lt;with marks&gt; &amp; signs" in rendered("en")


def test_split_site() -> None:
    sites = {lang: page.render(store(), lang, split=True) for lang in LANGS}
    shared = {"brief.css", "page.js", "brief.js", "vendor.js", "land.json", "store.json"}
    assert set(sites["ko"]) == {"brief.ko.html", "brief.ko.ics"} | shared
    assert sites["en"]["store.json"] == sites["ko"]["store.json"] == sites["fr"]["store.json"]
    assert hashlib.sha256(sites["en"]["store.json"]).hexdigest() == frame.digest(store())
    tags = Reader(sites["en"]["brief.en.html"].decode()).tags
    policy = next(attrs["content"] for tag, attrs in tags if attrs.get("http-equiv"))
    assert "script-src 'self'; style-src 'self'" in str(policy)
    assert all(tag != "style" for tag, _ in tags)


def test_a_bare_store_still_makes_a_page() -> None:
    bare = {
        **store(), "law": None, "headlines": [], "share_by_year": [], "stages": [], "capacity": [], "prices": [], "bottlenecks": [],
        "builds": [], "promises": [], "shortages": [], "limits": [], "coverage": {},
        "map": {"places": {}, "flows": {}}, "sankey": {"years": [], "nodes": [], "links": {}},
    }  # fmt: skip
    assert "Nothing to show." in page.render(bare, "en")


def test_a_plan_without_law_says_so_and_has_no_calendar() -> None:
    lawless = {**store(), "law": None}
    written = page.render(lawless, "en").split("<script")[0]
    assert "This plan was made without law" in written
    assert "are part of the plan" not in written
    assert page.calendar_file(lawless, "en") == {}
    assert not any(name.endswith(".ics") for name in page.render(lawless, "ko", split=True))


@pytest.mark.parametrize("lang", LANGS)
def test_status_is_told_in_words(lang: Lang) -> None:
    words = {"en": ("suspended", "unknown"), "ko": ("효력 정지", "알 수 없음"), "fr": ("suspendu", "inconnu")}[lang]
    board = rendered(lang).split('id="t-law_instruments"')[1].split("</table>")[0]
    assert all(word in board for word in words)
    mark = {"en": "not verified", "ko": "미확인", "fr": "non vérifié"}[lang]
    assert board.count(mark) >= 2
    assert "Act &lt;1&gt;, s. 2 &amp; 3" in board


@pytest.mark.parametrize("lang", LANGS)
def test_the_calendar_beside_the_page_holds_its_dates(lang: Lang) -> None:
    file = page.calendar_file(store(), lang)[f"brief.{lang}.ics"].decode()
    assert f'href="brief.{lang}.ics"' in rendered(lang)
    days = [row["date"].replace("-", "") for row in store()["law"]["calendar"]]
    assert re.findall(r"DTSTART;VALUE=DATE:(\d+)", file) == days
    assert store()["law"]["calendar"][0]["title"][lang] in file
    assert rendered(lang).count("<circle") == len(days)
