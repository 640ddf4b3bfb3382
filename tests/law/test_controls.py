"""Export controls and quotas as facts of the law: delays, caps and what is not known."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from bongsu.law import Law
from bongsu.law.controls import Control, controls, licence_problems, of_year, years
from bongsu.law.instrument import Status


@pytest.fixture(scope="module")
def law() -> Law:
    return Law.load()


def one(name: str, found: tuple[Control, ...]) -> Control | None:
    return next((control for control in found if control.instrument == name), None)


def graphite(law: Law, date: str, known: str | None = None) -> Control | None:
    return one("cn-graphite-licence", controls("250410", "CN", "KR", "spherical_graphite", law.on(date, known)))


def test_graphite_licence_delays_from_its_first_day_and_does_not_ban(law: Law) -> None:
    assert graphite(law, "2023-10-19") is None
    announced = graphite(law, "2023-11-30")
    assert announced is not None
    assert announced.status is Status.ENACTED
    assert announced.binds is False
    held = graphite(law, "2023-12-01")
    assert held is not None
    assert held.binds is True
    assert held.delay_days is not None
    assert held.delay_days > 0
    assert held.cap is None
    assert graphite(law, "2023-12-01", "2023-10-19") is None


@pytest.mark.parametrize(
    ("date", "known", "status"),
    [
        ("2025-11-08", "2025-11-06", "in force"),
        ("2025-11-07", "2025-11-06", "enacted"),
        ("2025-11-07", None, "suspended"),
        ("2025-11-08", None, "suspended"),
        ("2026-11-10", None, "suspended"),
        ("2026-11-11", None, "unknown"),
        ("2026-11-11", "2025-11-06", "in force"),
    ],
)
def test_notice_58(law: Law, date: str, known: str | None, status: str) -> None:
    control = one("cn-notice-58-2025", controls("380110", "CN", "KR", "anode_synthetic", law.on(date, known)))
    assert control is not None
    assert control.status == status
    assert control.unknown is (status == "unknown")
    assert control.binds is {"in force": True, "unknown": None}.get(status, False)


def test_notice_58_follows_the_branch_that_is_taken(law: Law) -> None:
    on = law.on("2026-11-23")
    for branch, binds in (("in-force", True), ("suspended-again", False)):
        taken = on.take(no58_after_suspension=branch)
        control = one("cn-notice-58-2025", controls("380110", "CN", "KR", None, taken))
        assert control is not None
        assert control.binds is binds


def test_a_code_too_short_to_tell_is_unknown_and_another_origin_is_free(law: Law) -> None:
    on = law.on("2024-01-01")
    short = one("cn-graphite-licence", controls("2504", "CN", "KR", None, on))
    assert short is not None
    assert short.unknown
    assert short.binds is None
    assert controls("250410", "CA", "KR", None, on) == ()


def test_cobalt_by_year(law: Law) -> None:
    on = law.on("2026-11-23")
    assert [of_year("cd-cobalt-quota", year, on).cap for year in (2024, 2025, 2026, 2027)] == [
        None, Decimal(18125), Decimal(96600), Decimal(96600),
    ]  # fmt: skip
    assert of_year("cd-cobalt-quota", 2025, on).most is None  # open until the 21st of February
    assert of_year("cd-cobalt-quota", 2026, on).most == Decimal(96600)
    late = of_year("cd-cobalt-quota", 2028, on)
    assert late.most is None
    assert late.days_unknown == late.days == 366


def test_cobalt_before_the_quota_was_known(law: Law) -> None:
    year = of_year("cd-cobalt-quota", 2026, law.on("2025-03-01"))
    assert year.cap is None
    assert year.days_unlimited == year.days
    assert of_year("cd-cobalt-quota", 2025, law.on("2025-02-21")).days_held == 0


def test_nickel_ore_of_indonesia_is_barred_once_it_was_announced(law: Law) -> None:
    [year] = [y for y in years("260400", "ID", "KR", None, 2020, law.on("2019-09-02")) if y.hard]
    assert (year.instrument, year.most) == ("id-nickel-ore-ban", Decimal(0))
    assert years("260400", "ID", "KR", None, 2020, law.on("2019-09-01")) == ()


def test_vehicle_quota_is_spread_over_its_own_year_and_is_no_ban(law: Law) -> None:
    year = of_year("ca-china-ev-quota", 2026, law.on("2026-11-23"))
    assert not year.hard
    assert year.cap == Decimal(49000) * 306 / 365
    assert year.days_unlimited == 59


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_the_days_of_a_year_are_all_accounted_for(law: Law, year: int) -> None:
    on = law.on(dt.date(2026, 11, 23))
    for instrument in law:
        if instrument.kind in ("export control", "import quota"):
            found = of_year(instrument.id, year, on)
            assert 0 <= found.days_unlimited <= found.days
            assert found.days_held + found.days_unknown <= found.days


def test_a_licence_that_may_be_refused_has_a_branch_that_refuses(law: Law) -> None:
    assert licence_problems(law) == []
    own = law["cn-graphite-licence"]
    silent = Law({own.id: replace(own, questions=())}, law.sources)
    assert "no branch" in licence_problems(silent)[0]


@pytest.mark.parametrize(("stated", "wrong"), [("90", False), ("60", True)])
def test_a_stated_share_of_licences_is_the_weight_of_its_branch(law: Law, stated: str, wrong: bool) -> None:
    own = law["cn-graphite-licence"]
    parameter = own.parameters["licence_probability"]
    facts = {key: tuple(replace(fact, value=Decimal(stated)) for fact in one) for key, one in parameter.facts.items()}
    said = {**own.parameters, "licence_probability": replace(parameter, facts=facts)}
    told = licence_problems(Law({own.id: replace(own, parameters=said)}, law.sources))
    assert bool(told) is wrong


def test_licences_refused_are_a_branch_and_no_average(law: Law) -> None:
    granted, refused = (
        law.on("2026-11-23").taking({"cn-graphite-licence": branch}) for branch in ("granted", "refused")
    )
    assert of_year("cn-graphite-licence", 2027, granted).most is None
    assert of_year("cn-graphite-licence", 2027, refused).most == 0
    assert of_year("cn-graphite-licence", 2027, law.on("2026-11-23")).most is None
    assert of_year("cn-graphite-licence", 2027, granted).probability is None
