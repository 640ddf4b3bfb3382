"""The register finds the same partners in any language, says what it rests on, and never counts what is unknown as nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.answers.figure import country_name, region_name
from bongsu.atlas import Atlas
from bongsu.committee import exchange
from bongsu.committee.exchange import rank
from bongsu.committee.exchange.plants import LEVEL
from bongsu.committee.exchange.register import Capability, Evidence, Need, Register
from bongsu.committee.exchange.terms import agreement, near, normal
from bongsu.law import Law


@pytest.fixture(scope="module")
def register(atlas: Atlas) -> Register:
    return Register.read(atlas, Law.load().on(atlas.known))


# Words -----------------------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXT)
def test_normal_form_is_stable_and_the_same_for_composed_and_decomposed_text(text: str) -> None:
    once = normal(text)
    assert normal(once) == once
    assert normal(unicodedata.normalize("NFD", text)) == normal(unicodedata.normalize("NFC", text))


def test_accents_case_and_hyphens_do_not_matter_and_hangul_stays() -> None:
    assert normal("Électrode-Sèche") == "electrode seche"
    assert normal("건식 전극") == "건식 전극"
    assert normal(unicodedata.normalize("NFD", "건식전극")) == "건식전극"


@given(TEXT, TEXT)
def test_agreement_is_symmetric_and_between_none_and_full(one: str, other: str) -> None:
    found = agreement(one, other)
    assert 0.0 <= found <= 1.0
    assert found == agreement(other, one)
    assert agreement(one, one) in (0.0, 1.0)


def test_spacing_of_korean_and_plurals_do_not_matter() -> None:
    assert agreement("건식 전극", "건식전극") == 1.0
    assert agreement("dry electrodes", "Dry Electrode") == 1.0
    assert agreement("électrodes à sec", "electrode a sec") == 1.0
    assert agreement("nickel", "graphite") == 0.0


def test_what_is_misspelt_is_offered_in_its_right_form() -> None:
    assert near("dry electrod", ["dry electrode", "separator"]) == ["dry electrode"]


NEEDS = [
    ("LFP cathode", "LFP 양극재", "cathode LFP", "cam-lfp"),
    ("direct lithium extraction", "리튬 직접추출", "extraction directe du lithium", "direct-lithium-extraction"),
    ("hydrometallurgical recycling", "습식제련 재활용", "recyclage hydrométallurgique", "recycling-hydromet"),
    ("solid-state electrolyte", "전고체 전해질", "électrolyte tout solide", "solid-state-cell"),
    ("dry electrode", "건식전극", "électrode sèche", "dry-electrode"),
    ("AI battery diagnostics", "AI 배터리 진단", "diagnostic de batteries par IA", "battery-diagnosis"),
    ("silicon anode", "실리콘 음극재", "anode de silicium", "anode-silicon"),
    ("black mass", "블랙매스", "masse noire", "recycling-shredding"),
    ("automotive semiconductors", "차량용 반도체", "semi-conducteurs automobiles", "sic-power"),
    ("graphite purification", "흑연 정제", "purification du graphite", "anode-natural"),
    ("cathode precursor", "양극재 전구체", "précurseur de cathode", "pcam"),
    ("battery passport", "배터리 여권", "passeport de batterie", "traceability"),
]


@pytest.mark.parametrize(("english", "korean", "french", "topic"), NEEDS)
def test_what_people_ask_finds_the_same_partners_in_three_languages(
    register: Register, english: str, korean: str, french: str, topic: str
) -> None:
    asked = [exchange.find(register, text, draws=50) for text in (english, korean, french)]
    ranked = [[(one.capability.organisation, one.low, one.high) for one in found.partners] for found in asked]
    assert ranked[0]
    assert ranked[0] == ranked[1] == ranked[2]
    assert all(found.need.topics.get(topic) == 1.0 for found in asked)
    best = asked[0].answer.tables["partners"].row(0, named=True)
    assert best["source"]


def test_a_score_that_is_known_is_no_range(register: Register) -> None:
    found = exchange.find(register, "graphite purification", draws=50)
    ranged = set()
    for one in found.partners:
        label = found.answer.figures[f"exchange.score:graphite-purification/{one.capability.organisation}"].label["en"]
        assert ("between" in label) == (one.high - one.low > 0.005), label
        ranged.add("between" in label)
    assert ranged == {True, False}


def test_a_part_of_a_name_in_brackets_is_a_name_of_its_own(register: Register) -> None:
    assert register.topics["direct-lithium-extraction"].names["ko"] == "리튬 직접추출(DLE)"
    assert {"리튬 직접추출", "DLE"} <= set(register.topics["direct-lithium-extraction"].phrases)


def test_every_country_and_province_of_the_pack_has_a_name_in_words(pack: Atlas) -> None:
    codes = {
        code
        for name in pack.tables
        for column in pack[name].columns
        if column == "country" or column.endswith("_country")
        for code in pack[name][column].unique()
        if code and len(code) == 2
    }
    assert len(codes) > 25
    assert [code for code in sorted(codes) if country_name(code)["fr"] == code] == []
    regions = sorted(pack["places"]["region"].drop_nulls().unique())
    assert [code for code in regions if region_name(code)["ko"] == code] == []


# Seed ------------------------------------------------------------------------------------------------------------------------


def test_at_least_sixty_organisations_of_both_countries_have_a_source(register: Register) -> None:
    sourced = [one for one in register.organisations.values() if one.source]
    assert len(sourced) >= 60
    assert {"CA", "KR"} <= {one.country for one in sourced}
    assert {"BC", "ON", "QC"} <= {one.region for one in sourced}


def test_every_typed_capability_and_need_names_a_source(atlas: Atlas) -> None:
    known = set(atlas["sources"]["source"])
    for table in ("capabilities", "needs"):
        assert set(atlas[table]["source"]) <= known


def test_every_word_of_the_tables_has_three_languages(register: Register) -> None:
    from bongsu.committee.words import said

    for topic in register.topics.values():
        assert len({*topic.names}) == 3
        assert said("exchange", f"field.{topic.field}")
    for one in register.capabilities:
        for word in one.ip:
            assert said("exchange", f"ip.{word}")
    for organisation in register.organisations.values():
        assert said("exchange", f"kind.{organisation.kind}")


def test_no_synonym_names_two_topics_unless_both_are_meant(register: Register) -> None:
    shared: dict[str, set[str]] = {}
    for topic in register.topics.values():
        for phrase in topic.phrases:
            shared.setdefault(normal(phrase), set()).add(topic.topic)
    # Semiconductors of vehicles are chips that reckon and chips that switch power.
    meant = [{"electrode-equipment", "assembly-equipment"}, {"ai-chip", "sic-power"}]
    assert [both for both in shared.values() if len(both) > 1 and both not in meant] == []


# Plants ----------------------------------------------------------------------------------------------------------------------


def test_a_capability_from_plants_rests_on_a_state_that_was_reached(register: Register, atlas: Atlas) -> None:
    states = {f"facility_states:{row['_line']}": row for row in atlas["facility_states"].iter_rows(named=True)}
    owners = {f"facility_owners:{row['_line']}": row for row in atlas["facility_owners"].iter_rows(named=True)}
    seen = 0
    for capability in register.capabilities:
        for one in capability.evidence:
            if one.holding == "typed":
                continue
            seen += 1
            [state] = [states[name] for name in one.references if name in states]
            [owner] = [owners[name] for name in one.references if name in owners]
            assert one.readiness == LEVEL[state["state"]]
            assert state["valid_from"] <= atlas.known
            assert owner["owner"] in register.organisations[capability.organisation].owners
            assert one.confidence in ("derived", "assumed")
    assert seen > 50


def test_nobody_is_shown_to_master_what_is_only_announced(register: Register, atlas: Atlas) -> None:
    reached = {f for f, s in atlas["facility_states"].select("facility", "state").iter_rows() if s in LEVEL}
    frontier = register.of("frontier-lithium")
    assert "ca-on-frontier-refinery" not in reached
    assert frontier == ()


def test_a_public_body_masters_nothing_by_owning(atlas: Atlas) -> None:
    register = Register.read(atlas)
    topics, organisations = register.topics, dict(register.organisations)
    owner = dataclasses.replace(organisations["sungeel-hitech"], kind="agency")
    from bongsu.committee.exchange.plants import shown_by_plants

    grades = dict(atlas["sources"].select("source", "grade").iter_rows())
    shown = shown_by_plants(atlas, topics, organisations | {"sungeel-hitech": owner}, grades)
    assert not [key for key in shown if key[0] == "sungeel-hitech"]
    assert [key for key in shown_by_plants(atlas, topics, organisations, grades) if key[0] == "sungeel-hitech"]


def test_what_was_not_known_on_a_day_shows_nothing_on_that_day(pack: Atlas) -> None:
    before = Register.read(pack.as_of("2022-12-31"))
    names = set(before.organisations)
    assert all(one.organisation in names for one in before.capabilities)
    assert len(before.capabilities) < len(Register.read(pack).capabilities)
    assert not before.of("li-metal")


# Finding ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("dry electrode", "건식전극", "électrodes à sec"),
        ("battery recycling", "폐배터리 재활용", "recyclage de batteries"),
        ("solid-state battery", "전고체 배터리", "batterie tout solide"),
        ("high-nickel cathode", "하이니켈 양극재", "cathode riche en nickel"),
    ],
)
def test_three_languages_find_the_same_partners(register: Register, words: tuple[str, str, str]) -> None:
    found = [exchange.find(register, text, country="CA", draws=50) for text in words]
    ranks = [[one.capability.organisation for one in each.partners] for each in found]
    assert ranks[0]
    assert ranks[0] == ranks[1] == ranks[2]
    assert found[0].need.topics == found[1].need.topics == found[2].need.topics


def test_every_topic_is_found_by_each_of_its_names(register: Register) -> None:
    for topic in register.topics.values():
        for phrase in topic.phrases:
            assert exchange.understood(register, phrase).topics[topic.topic] == 1.0


def test_a_figure_of_a_partner_leads_to_facts_with_sources(register: Register) -> None:
    found = exchange.find(register, "kr-recycling", draws=50)
    for one in found.partners:
        node = found.answer.figures[f"exchange.score:kr-recycling/{one.capability.organisation}"]
        assert node.value == pytest.approx(sum(rank.WEIGHTS[c] * sum(one.criteria[c]) / 2 for c in rank.CRITERIA))
        assert any(fact.source for fact in node.facts())


def test_who_asks_is_no_partner_of_itself(register: Register) -> None:
    found = exchange.find(register, "hq-solid-state", draws=50)
    assert "hydro-quebec" not in {one.capability.organisation for one in found.partners}
    assert "hydro-quebec" in {
        one.capability.organisation for one in exchange.find(register, "solid-state", draws=50).partners
    }


def test_nonsense_is_unmatched_and_says_what_is_near(register: Register) -> None:
    with pytest.raises(exchange.Unmatched, match="did you mean"):
        exchange.find(register, "separrator")
    with pytest.raises(exchange.Unmatched):
        exchange.find(register, "!!!")


def test_an_unknown_level_is_a_range_and_a_level_too_low_is_out(register: Register) -> None:
    free = Need("q", {"dry-electrode": 1.0}, {"en": "", "ko": "", "fr": ""}, "CA")
    strict = dataclasses.replace(free, readiness=9)
    assert {one.capability.readiness for one in rank.ranked(register, free)} == {None}
    assert len(rank.ranked(register, strict)) == len(rank.ranked(register, free))
    assert all(one.low < one.high for one in rank.ranked(register, free))
    pilot = dataclasses.replace(free, topics={"lithium-metal": 1.0})
    assert [one.capability.organisation for one in rank.ranked(register, pilot)] == ["li-metal"]
    assert rank.ranked(register, dataclasses.replace(pilot, readiness=9)) == []


# Ranking and stability ---------------------------------------------------------------------------------------------------------


def _partner(name: str, scores: tuple[float, float, float, float]) -> rank.Partner:
    evidence = Evidence({"en": "", "ko": "", "fr": ""}, None, "stated", None, None, "typed", ())
    criteria = {c: (score, score) for c, score in zip(rank.CRITERIA, scores, strict=True)}
    return rank.Partner(Capability(name, "t", (evidence,)), criteria, sum(scores) / 4, sum(scores) / 4)


SCORES = st.tuples(*[st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])] * 4)


@settings(max_examples=30)
@given(st.lists(SCORES, min_size=1, max_size=5))
def test_who_is_better_by_every_criterion_is_never_behind_whatever_the_weights(scores: list) -> None:
    partners = [_partner(str(i), one) for i, one in enumerate(scores)]
    held = rank.stability(partners, draws=60, seed=1)
    assert sum(one.first for one in held) == pytest.approx(1.0)
    for i, one in enumerate(scores):
        for j, other in enumerate(scores):
            if all(a >= b for a, b in zip(one, other, strict=True)):
                assert held[i].best <= held[j].best
                assert held[i].worst <= held[j].worst


def test_two_partners_good_at_one_thing_each_share_the_first_place_as_the_simplex_says() -> None:
    """Of weights drawn evenly, w1 > w2 in half of them; a third that has a quarter of each wins by no weights."""
    partners = [_partner("a", (1, 0, 0, 0)), _partner("b", (0, 1, 0, 0)), _partner("c", (0.25, 0.25, 0, 0))]
    held = rank.stability(partners, draws=4000, seed=3)
    assert held[0].first == pytest.approx(0.5, abs=0.03)
    assert held[1].first == pytest.approx(0.5, abs=0.03)
    assert held[2].first == 0.0


def test_the_same_seed_gives_the_same_ranks(register: Register) -> None:
    one, other = (exchange.find(register, "kr-recycling", draws=100, seed=7) for _ in range(2))
    assert one.stable == other.stable
    assert one.answer.as_dict() == other.answer.as_dict()


@pytest.mark.parametrize(
    "weights", [{}, {"topic": 1.0}, dict.fromkeys(rank.CRITERIA, 0.0), {**rank.WEIGHTS, "topic": -1}]
)
def test_weights_that_weigh_nothing_are_refused(register: Register, weights: dict) -> None:
    with pytest.raises(ValueError, match="give a weight"):
        exchange.find(register, "kr-recycling", weights=weights)


# Gaps --------------------------------------------------------------------------------------------------------------------------


def test_gaps_are_the_needs_for_which_no_capability_is_near_enough(register: Register) -> None:
    table = {row["need"]: row for row in exchange.gaps(register).tables["gaps"].to_dicts()}
    assert set(table) == set(register.needs)
    for need in register.needs.values():
        [wanted] = need.topics
        inside = {wanted} | {topic for topic, above in register.depth if above == wanted}
        who = {
            one.organisation
            for one in register.capabilities
            if one.topic in inside and one.organisation != need.organisation
        }
        assert table[need.need]["covered_by"] == len(who)
        assert set(filter(None, table[need.need]["organisations"].split(";"))) == who
    assert table["beaver-liquefaction"]["state"] == "none"
    assert table["vitzrocell-lithium-metal"]["state"] == "one"


def test_the_count_of_gaps_is_the_number_of_its_reasons(register: Register) -> None:
    answer = exchange.gaps(register)
    for name, state in (("exchange.gaps", "none"), ("exchange.single", "one")):
        node = answer.figures[name]
        assert node.value == len(node.children)
        assert node.value == answer.tables["gaps"].filter(answer.tables["gaps"]["state"] == state).height


# Flags -------------------------------------------------------------------------------------------------------------------------


def _reach(register: Register, organisation: str, topic: str) -> dict[str | None, str]:
    [one] = [c for c in register.of(organisation) if c.topic == topic]
    return {flag.instrument: flag.reach for flag in exchange.flags(register, one)}


def test_flags_say_held_may_open_not_listed_and_unknown(register: Register) -> None:
    core = "kr-national-core-technology"
    assert _reach(register, "korea-zinc", "pcam-high-nickel")[core] == "held"
    assert _reach(register, "ecopro-bm", "cam-high-nickel")[core] == "may"
    assert _reach(register, "samsung-sdi", "solid-state-cell")[core] == "open"
    assert _reach(register, "kigam", "direct-lithium-extraction")[core] == "not_listed"
    assert _reach(register, "umicore", "cam-mid-nickel") == {None: "unknown"}


def test_a_list_that_did_not_yet_hold_the_topic_raises_no_flag(atlas: Atlas) -> None:
    core = "kr-national-core-technology"
    before = Register.read(atlas, Law.load().on(dt.date(2024, 1, 1)))
    assert _reach(before, "ecopro-materials", "pcam-high-nickel")[core] == "not_listed"
    assert (
        _reach(Register.read(atlas, Law.load().on(atlas.known)), "ecopro-materials", "pcam-high-nickel")[core] == "may"
    )


def test_without_law_every_flag_is_unknown(atlas: Atlas) -> None:
    register = Register.read(atlas)
    assert {f.reach for one in register.capabilities for f in exchange.flags(register, one)} == {"unknown"}


def test_instruments_name_only_topics_of_the_register(register: Register) -> None:
    for one in Law.load():
        for name in ("covers_topics", "covers_topics_open"):
            for facts in one.parameters[name].facts.values() if name in one.parameters else ():
                assert {topic for fact in facts for topic in fact.value} <= set(register.topics)  # type: ignore[union-attr]


# One organisation ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["kigam", "KIGAM", "한국지질자원연구원", "institut coreen des geosciences et des ressources minerales"]
)
def test_an_organisation_is_found_by_any_of_its_names(register: Register, name: str) -> None:
    assert exchange.named(register, name) == "kigam"


def test_show_gives_one_row_for_each_piece_of_evidence(register: Register) -> None:
    answer = exchange.show(register, "posco-future-m")
    assert answer.tables["capabilities"].height == sum(len(one.evidence) for one in register.of("posco-future-m"))
    assert answer.figures["exchange.capabilities:posco-future-m"].value == len(register.of("posco-future-m"))
