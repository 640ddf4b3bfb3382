"""Words and numbers in three languages."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from bongsu.brief.text import LANGS, catalogue, date, figure, fixed, pieces, placeholders, t, unit_name


def test_catalogue_is_complete_and_placeholders_agree() -> None:
    for key, texts in catalogue().items():
        for lang in LANGS:
            assert texts[lang].strip(), f"{key} has no {lang}"
            assert placeholders(texts[lang]) == placeholders(texts["en"]), f"{key}: placeholders of {lang} differ"


@pytest.mark.parametrize(
    ("value", "places", "texts"),
    [
        (-1234.5, 2, ("\u22121,234.50", "\u22121,234.50", "\u22121\u202f234,50")),
        (-0.001, 1, ("0.0", "0.0", "0,0")),
        (2.5, 0, ("3", "3", "3")),
    ],
)
def test_a_number_of_fixed_places_keeps_its_zeros_and_has_a_minus_sign(
    value: float, places: int, texts: tuple[str, ...]
) -> None:
    assert tuple(fixed(value, places, lang) for lang in LANGS) == texts


@pytest.mark.parametrize(
    ("value", "prose", "text"),
    [
        (11.0, True, "US$11.0/kWh"),
        (10.94, True, "US$10.9/kWh"),
        (9.996, True, "US$10.0/kWh"),
        (0.05, True, "US$0.0500/kWh"),
        (100.0, True, "US$100/kWh"),
        (56.0, False, "US$56.00/kWh"),
        (12345.0, True, "US$12,300/kWh"),
        (0.0, True, "US$0/kWh"),
        (-7.0, True, "\u2212US$7.00/kWh"),
    ],
)
def test_prices_keep_their_zeros_so_that_a_sentence_has_one_number_of_digits(
    value: float, prose: bool, text: str
) -> None:
    assert figure(value, "money", "USD/kWh", "en", prose) == text


def test_estimates_of_jobs_are_told_to_two_digits() -> None:
    assert figure(1149.4, "number", "jobs", "en") == "1,100 jobs"
    assert figure(19231.0, "number", "job-years", "fr", prose=True) == "19\u202f000 années-emplois"


def test_catalogue_keys_are_sorted_and_unique() -> None:
    text = (files("bongsu.brief") / "catalogue.csv").read_text(encoding="utf-8")
    keys = [row["key"] for row in csv.DictReader(text.splitlines())]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    ("value", "kind", "unit", "texts"),
    [
        (1234.5, "number", "t", ("1,235 t", "1,235톤", "1\u202f235\u00a0t")),
        (0.3817, "share", "1", ("38%", "38%", "38\u202f%")),
        (0.0621, "share", "1", ("6.2%", "6.2%", "6,2\u202f%")),
        (0.0004, "share", "1", ("under 0.1%", "0.1% 미만", "moins de 0,1\u202f%")),
        (0.99996, "share", "1", ("99.9%", "99.9%", "99,9\u202f%")),
        (35.2e6, "number", "kWh/yr", ("35.2 GWh/yr", "연 35.2GWh", "35,2\u00a0GWh/an")),
        (2030, "year", "year", ("2030", "2030", "2030")),
        (None, "number", "t", ("unknown", "미상", "inconnu")),
        (-0.5, "number", "1", ("\u22120.5", "\u22120.5", "\u22120,5")),
    ],
)
def test_figures(value: float | None, kind: str, unit: str, texts: tuple[str, str, str]) -> None:
    assert tuple(figure(value, kind, unit, lang) for lang in LANGS) == texts


def test_money_in_sentences_takes_the_steps_of_the_language() -> None:
    assert figure(5230.4, "money", "MUSD", "en", prose=True) == "US$5.23 billion"
    assert figure(5230.4, "money", "MUSD", "ko", prose=True) == "52.3억 달러"
    assert figure(5230.4, "money", "MUSD", "fr", prose=True) == "5,23\u00a0milliards de\u00a0$\u00a0US"
    assert figure(45.0, "money", "MUSD", "ko", prose=True) == "4,500만 달러"
    assert figure(5230.4, "money", "MUSD", "en") == "US$5,230 million"


def test_a_minus_stands_before_the_currency() -> None:
    for prose in (True, False):
        assert figure(-502.0, "money", "MUSD", "en", prose) == "\u2212US$502 million"
    assert figure(-502.0, "money", "MUSD", "ko", prose=True) == "\u22125.02억 달러"
    assert figure(-502.0, "money", "MUSD", "fr", prose=True) == "\u2212502\u00a0M$\u00a0US"
    assert figure(-16.1, "money", "USD/t of 2025", "en") == "\u2212US$16.10/t (2025)"
    assert figure(-2.5, "money", "MCAD", "en") == "\u2212C$2.5 million"


@pytest.mark.parametrize(
    ("musd", "said"),
    [
        (1994.0, "1,99\u00a0milliard de\u00a0$\u00a0US"),
        (1999.0, "2\u00a0milliards de\u00a0$\u00a0US"),
        (-1500.0, "\u22121,5\u00a0milliard de\u00a0$\u00a0US"),
        (345900.0, "346\u00a0milliards de\u00a0$\u00a0US"),
    ],
)
def test_french_is_singular_below_two(musd: float, said: str) -> None:
    assert figure(musd, "money", "MUSD", "fr", prose=True) == said


def test_units_without_a_row_are_put_together() -> None:
    assert figure(12.0, "money", "USD/t/yr", "en") == "US$12.00/t a year"
    assert figure(12.0, "number", "furlong", "en") == "12 furlong"
    assert unit_name("USD/t", "ko") == "톤당 달러"


def test_korean_particles_follow_the_word_before() -> None:
    said = {"year": "2030", "canada": "24%", "korea": "6%", "korean_owned_us": "35%"}
    assert "35%를 생산" in t("say.share", "ko", **said)
    short = t("say.short", "ko", year=2031, quantity="12톤", item="셀", place="미국", last=2040, served="99%")
    assert "12톤이 부족" in short


def test_a_missing_text_or_parameter_is_named() -> None:
    with pytest.raises(KeyError, match=r"say\.nothing"):
        pieces("say.nothing", "en", {})
    with pytest.raises(KeyError, match="korean_owned_us"):
        pieces("say.share", "en", {"year": "2030", "canada": "1", "korea": "1"})


def test_dates() -> None:
    assert [date("2026-11-23", lang) for lang in LANGS] == ["23 November 2026", "2026년 11월 23일", "23 novembre 2026"]
    assert date("2026", "fr") == "2026"
    assert [date("2027-01-01", lang) for lang in LANGS] == ["1 January 2027", "2027년 1월 1일", "1er janvier 2027"]
