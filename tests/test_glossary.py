"""The glossary and the texts that a reader sees use the same words."""

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = {"catalogue": ROOT / "bongsu/brief/catalogue.csv", "words": ROOT / "bongsu/answers/words.csv"}

#: Term of the glossary -> the text that must hold it, in the three languages.
SAME = {
    "stated": "catalogue:confidence.stated",
    "derived": "catalogue:confidence.derived",
    "assumed": "catalogue:confidence.assumed",
    "computed": "catalogue:confidence.computed",
    "unknown": "catalogue:number.unknown",
    "as of": "catalogue:meta.as_of",
    "facility": "words:table.facilities",
    "production line": "words:table.facility_lines",
    "plant": "catalogue:col.plant",
    "state of the project": "words:table.facility_states",
    "lane": "catalogue:bind.lane",
    "shared corridor": "catalogue:bind.corridor",
    "item": "catalogue:col.item",
    "recipe": "catalogue:bind.recipe",
    "stage": "catalogue:col.stage",
    "cathode precursor (pCAM)": "catalogue:stage.pcam",
    "cathode material (CAM)": "catalogue:stage.cam",
    "anode material": "catalogue:stage.anode",
    "stationary storage": "catalogue:stage.storage",
    "face value": "catalogue:cap.face_value",
    "expected capacity": "catalogue:cap.expected",
    "ramp-up": "catalogue:bind.ramp",
    "shadow price": "catalogue:col.price",
    "may not be unique": "catalogue:col.degenerate",
    "Canada–Korea chain": "words:share",
    "Korean equity, United States": "catalogue:maker.korean_owned_us",
    "GWh-equivalent": "catalogue:col.gwh_eq",
    "content test": "catalogue:bind.content",
    "not met": "catalogue:maker.short",
    "balance": "catalogue:bind.balance",
    "delivery": "catalogue:bind.delivery",
    "capacity": "words:capacity",
}
#: Terms whose English headword is shorter or plainer than the text of the page.
ENGLISH_DIFFERS = {"as of", "balance", "cathode precursor (pCAM)", "cathode material (CAM)", "delivery", "share"}


def glossary() -> dict[str, tuple[str, str, str]]:
    """Term -> its words in English, Korean and French."""
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \|$",
        (ROOT / "docs/glossary.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    return {en: (en, ko, fr) for en, ko, fr in rows if en != "English"}


def texts() -> dict[str, dict[str, str]]:
    """Every text that a reader sees, by ``file:key``."""
    found = {}
    for name, path in PLACES.items():
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            found[f"{name}:{row['key']}"] = row
    return found


@pytest.mark.parametrize("term", SAME)
def test_texts_use_the_words_of_the_glossary(term: str) -> None:
    words, text = glossary()[term], texts()[SAME[term]]
    for language, word in zip(("en", "ko", "fr"), words, strict=True):
        if language == "en" and term in ENGLISH_DIFFERS:
            continue
        assert word.casefold() in text[language].casefold(), f"{SAME[term]}, {language}: {text[language]!r}"


def test_every_term_stands_once_and_has_three_languages() -> None:
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^\| ([^|]+) \|", page, flags=re.MULTILINE)
    terms = [term for term in terms if term not in ("English",)]
    assert sorted(terms) == sorted(set(terms))
    assert set(terms) == set(glossary())
    assert all(word.strip() for words in glossary().values() for word in words)


def test_one_thing_has_one_name_across_the_texts() -> None:
    banned = {
        "ko": ("공급사슬", "벌칙 가격", "외부 공급", "기대 용량", "발표 용량"),
        "fr": ("non servie", "valeur annoncée"),
    }
    for key, row in texts().items():
        for language, words in banned.items():
            assert not [word for word in words if word in row[language].casefold()], f"{key}: {row[language]!r}"
