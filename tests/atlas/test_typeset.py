"""French spaces and apostrophes, and Korean particles, against what the grammars of the two languages say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.atlas.typeset import french, korean

T, F = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("l'usine d'Amos", "l’usine d’Amos"),
        ("100 % du coût ; rien d'autre !", f"100{T}% du coût{T}; rien d’autre{T}!"),
        ("taux : 3,4 %", f"taux{F}: 3,4{T}%"),
        ("l'étape « cellules » compte", f"l’étape «{T}cellules{T}» compte"),
        ("49 000 véhicules", f"49{T}000 véhicules"),
        ("1 234 567 t", f"1{T}234{T}567{F}t"),
        ("10 000 $ US", f"10{T}000{F}${F}US"),
        ("{n} kWh et {total} %", f"{{n}}{F}kWh et {{total}}{T}%"),
        ("le 1er mars 2026 https://example.org/a:b", "le 1er mars 2026 https://example.org/a:b"),
    ],
)
def test_french(typed: str, set_: str) -> None:
    assert french(typed) == set_


@given(st.text(alphabet="aé d'l1230 :;!?%«»{}n,.$USkWht", max_size=60))
def test_french_is_set_once_and_for_all(text: str) -> None:
    once = french(text)
    assert french(once) == once
    assert once.replace(T, " ").replace(F, " ").replace("’", "'") == text


@pytest.mark.parametrize(
    ("before", "object_", "subject", "topic", "by"),
    [
        ("셀", "셀을", "셀이", "셀은", "셀로"),
        ("니켈", "니켈을", "니켈이", "니켈은", "니켈로"),
        ("팩", "팩을", "팩이", "팩은", "팩으로"),
        ("배터리", "배터리를", "배터리가", "배터리는", "배터리로"),
        ("12톤", "12톤을", "12톤이", "12톤은", "12톤으로"),
        ("35%", "35%를", "35%가", "35%는", "35%로"),
        ("2026", "2026을", "2026이", "2026은", "2026으로"),
        ("2029", "2029를", "2029가", "2029는", "2029로"),
        ("‘협정’", "‘협정’을", "‘협정’이", "‘협정’은", "‘협정’으로"),
        ("원저(온타리오)", "원저(온타리오)를", "원저(온타리오)가", "원저(온타리오)는", "원저(온타리오)로"),
        ("USMCA", "USMCA를", "USMCA가", "USMCA는", "USMCA로"),
        ("LFP", "LFP를", "LFP가", "LFP는", "LFP로"),
        ("KORUS", "KORUS를", "KORUS가", "KORUS는", "KORUS로"),
        ("Ultium", "Ultium을", "Ultium이", "Ultium은", "Ultium으로"),
        ("Samsung", "Samsung을", "Samsung이", "Samsung은", "Samsung으로"),
        ("NextStar", "NextStar를", "NextStar가", "NextStar는", "NextStar로"),
    ],
)
def test_particles_follow_the_word(before: str, object_: str, subject: str, topic: str, by: str) -> None:
    forms = [korean(before + open_) for open_ in ("을(를)", "이(가)", "은(는)", "(으)로")]
    assert forms == [object_, subject, topic, by]


def test_a_sentence_with_several_particles() -> None:
    assert korean("‘셀’과(와) 팩과(와) 차량을(를) 50 % 이상") == "‘셀’과 팩과 차량을 50% 이상"
