"""Section 30D: ownership through tiers, content, the table beside the explaining test, and what must always hold."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bongsu.law import Law, Outcome
from bongsu.law.ownership import CircularOwnership, Ownership
from bongsu.law.regimes import us_30d
from bongsu.law.regimes import us_30d_content as content
from bongsu.law.regimes import us_30d_feoc as concern
from bongsu.law.words import lines

LAW = Law.load()
TODAY = LAW.on("2026-11-23")


def own(*holdings: tuple[str, str, object], **more: object) -> Ownership:
    names = dict.fromkeys(name for a, b, _ in holdings for name in (a, b))
    return Ownership(
        parties=[{"name": name} for name in names],
        holdings=[{"owner": a, "owned": b, "percent": p} for a, b, p in holdings],
        **more,
    )


# --- ownership ---------------------------------------------------------------------------------------------------------------


def test_circular_holdings_are_solved() -> None:
    # a = 0.4 g + 0.5 b, b = 0.5 a: a = 0.4 / 0.75
    ring = own(("g", "a", 40), ("b", "a", 50), ("a", "b", 50))
    assert ring.held_by({"g"}, "a", "equity").quantize(Decimal("1e-9")) == Decimal("53.333333333")
    assert ring.held_by({"g"}, "b", "equity").quantize(Decimal("1e-9")) == Decimal("26.666666667")


def test_a_ring_without_an_outside_owner_cannot_be_said() -> None:
    ring = own(("a", "b", 100), ("b", "a", 100), ("g", "c", 10))
    with pytest.raises(CircularOwnership, match="own one another in full"):
        ring.held_by({"g"}, "a", "equity")


def test_two_members_that_reach_the_limit_together_pass_through() -> None:
    chain = own(("x", "fund", 30), ("y", "fund", 20), ("fund", "maker", 25))
    assert chain.held_by({"x", "y"}, "maker", "equity", Decimal(50)) == 25
    assert chain.held_by({"x", "y"}, "maker", "equity") == Decimal("12.5")


def test_what_is_not_named_is_bounded() -> None:
    chain = own(("g", "maker", 10), ("nominee", "maker", None), rest="dispersed")
    assert chain.bounds({"g"}, {"nominee"}, "maker", "equity") == (10, 100)
    assert own(("g", "maker", 10), rest="unknown").bounds({"g"}, (), "maker", "equity") == (10, 100)


@pytest.mark.parametrize(
    ("holdings", "says"),
    [
        ([("a", "b", 60), ("c", "b", 41)], "cannot be more than 100 %"),
        ([("a", "b", 60), ("a", "b", 10)], "is given twice"),
    ],
)
def test_bad_holdings_are_one_sentence(holdings: list[tuple[str, str, int]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        own(*holdings)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 33), min_size=12, max_size=12), st.sampled_from([None, Decimal(50)]))
def test_shares_lie_within_the_whole_and_grow_with_the_group(percents: list[int], limit: Decimal | None) -> None:
    names = ["a", "b", "c", "d"]
    pairs = [(o, n) for n in names for o in names if o != n]
    chain = own(*((o, n, p) for (o, n), p in zip(pairs, percents, strict=True)))
    one, two = chain.held_by({"a"}, "d", "equity", limit), chain.held_by({"a", "b"}, "d", "equity", limit)
    assert 0 <= one <= two <= 100


# --- content -----------------------------------------------------------------------------------------------------------------

shares = st.integers(0, 100).map(Decimal)
chains = st.lists(st.tuples(st.integers(1, 50).map(Decimal), shares, shares, shares), min_size=1, max_size=5)


def minerals(rows: list[tuple[Decimal, ...]], method: str = "tqvt") -> content.Minerals:
    own_chains = tuple(
        content.Chain(name=f"c{i}", mineral="nickel", value=v, extraction=e, processing=p, recycling=r)
        for i, (v, e, p, r) in enumerate(rows)
    )
    return content.Minerals(placed_in_service=dt.date(2024, 6, 1), method=method, chains=own_chains)


@settings(deadline=None, max_examples=60)
@given(chains, st.sampled_from(["tqvt", "50"]), st.data())
def test_content_is_a_share_and_more_that_qualifies_never_lowers_it(
    rows: list, method: str, data: st.DataObject
) -> None:
    before = content.test_minerals(minerals(rows, method), TODAY)
    assert before.figure is not None
    assert 0 <= before.figure <= 100
    place = data.draw(st.integers(0, len(rows) - 1))
    v, e, p, r = rows[place]
    more = [*rows[:place], (v, min(Decimal(100), e + data.draw(shares)), p, r), *rows[place + 1 :]]
    after = content.test_minerals(minerals(more, method), TODAY)
    assert after.figure is not None
    assert after.figure >= before.figure
    added = content.test_minerals(minerals([*rows, (Decimal(7), Decimal(100), Decimal(0), Decimal(0))], method), TODAY)
    assert added.figure is not None
    assert added.figure >= before.figure


@settings(deadline=None, max_examples=60)
@given(chains, st.sampled_from(["tqvt", "50"]))
def test_an_unknown_share_never_contradicts_what_it_turns_out_to_be(rows: list, method: str) -> None:
    v, _e, p, r = rows[0]
    unknown = content.test_minerals(minerals([(v, None, p, r), *rows[1:]], method), TODAY)
    if unknown.outcome is not Outcome.UNDETERMINED:
        assert unknown.outcome is content.test_minerals(minerals(rows, method), TODAY).outcome
    else:
        assert unknown.lacks


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["US", "CA", "KR", "CN"])), min_size=1, max_size=6))
def test_incremental_values_sum_to_the_module(parts: list[tuple[int, str]]) -> None:
    """A chain of components, each containing the next, and each worth a little more."""
    total, nested = Decimal(1), []
    for i, (more, country) in enumerate(parts):
        total += more
        nested.append({"name": f"p{i}", "value": total, "made_in": country, "contains": [f"p{i - 1}"] if i else []})
    facts = content.ComponentFacts(components=nested)
    values = content.incremental_values(facts, ())
    assert sum(v for v in values.values() if v is not None) == total
    found = content.test_components(content.Components(placed_in_service=dt.date(2024, 6, 1), components=nested), TODAY)
    assert found.figure is not None
    assert 0 <= found.figure <= 100


def test_a_component_worth_less_than_what_it_holds_is_refused() -> None:
    parts = [{"name": "a", "value": 5, "made_in": "US", "contains": ["b"]}, {"name": "b", "value": 6, "made_in": "US"}]
    with pytest.raises(ValueError, match="less than the 6 of what it contains"):
        content.test_components(content.Components(placed_in_service=dt.date(2024, 6, 1), components=parts), TODAY)


def test_circular_ownership_is_undetermined_with_a_sentence() -> None:
    parties = [{"name": n, "countries": ["KR"]} for n in ("a", "b")] + [{"name": "x", "countries": None}]
    holdings = [{"owner": "a", "owned": "b", "percent": 90}, {"owner": "b", "owned": "a", "percent": 100}]
    holdings.append({"owner": "x", "owned": "b", "percent": 10})
    facts = concern.Feoc(
        placed_in_service=dt.date(2024, 6, 1),
        minerals=(),
        components=[{"name": "cell", "work": [{"by": "a", "country": "KR"}]}],
        ownership={"parties": parties, "holdings": holdings},
    )
    found = concern.test_feoc(facts, TODAY)
    assert found.outcome is Outcome.UNDETERMINED
    assert found.lacks


# --- the table, and what was known -------------------------------------------------------------------------------------------

DAYS = [dt.date(2022, 12, 31), dt.date(2023, 3, 1), dt.date(2023, 4, 17), dt.date(2023, 4, 18), dt.date(2023, 12, 31),
        dt.date(2024, 1, 1), dt.date(2025, 1, 1), dt.date(2025, 9, 30), dt.date(2025, 10, 1), dt.date(2026, 5, 1),
        None]  # fmt: skip
EDGES = [39.9, 40.0, 49.999999999999, 50.0, 50.000000000001, 59.0, 60.0, 69.99, 70.0, 100.0, 0.1 + 0.2, None]


def rows(count: int, seed: int) -> pl.DataFrame:
    pick = random.Random(seed)
    data = []
    for _ in range(count):
        placed = pick.choice(DAYS)
        acquired = pick.choice([None, placed, dt.date(2022, 6, 1), dt.date(2025, 9, 30)])
        if acquired and placed and acquired > placed:
            acquired = placed
        data.append(
            {
                "acquired": acquired,
                "placed_in_service": placed,
                "claimed": None,
                "gates": pick.choice([True, True, True, False, None]),
                "foreign_components": pick.choice([False, False, True, None]),
                "foreign_minerals": pick.choice([False, False, True, None]),
                "minerals_percent": pick.choice(EDGES),
                "components_percent": pick.choice(EDGES),
                "battery_kwh": pick.choice([None, 4.0, 5.0, 8.9, 75.0]),
                "capacity_kwh": pick.choice(["whole", "fractional"]),
            }
        )
    types = {"acquired": pl.Date, "placed_in_service": pl.Date, "claimed": pl.Date, "gates": pl.Boolean}
    types |= {"foreign_components": pl.Boolean, "foreign_minerals": pl.Boolean}
    return pl.DataFrame(data, schema_overrides=types, infer_schema_length=None)


@pytest.mark.parametrize("known", ["2023-03-01", "2025-07-03", "2026-11-23"])
def test_the_table_agrees_with_the_explaining_test(known: str) -> None:
    law = LAW.on("2026-11-23", known)
    frame = rows(700, 11)
    told = us_30d.table(frame, law)
    for row in told.iter_rows(named=True):
        facts = {
            k: Decimal(str(v)) if isinstance(v, float) else v for k, v in row.items() if k not in ("outcome", "figure")
        }
        found = us_30d.test_amount(us_30d.Amount(**facts), law)
        assert row["outcome"] == str(found.outcome), facts
        assert row["figure"] == (None if found.figure is None else pytest.approx(float(found.figure), rel=1e-12)), facts


def test_a_table_with_a_percentage_over_100_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        us_30d.table(rows(5, 1).with_columns(pl.lit(101.0).alias("minerals_percent")), TODAY)


def unlearned(law: Law, known: dt.date) -> Law:
    """The law with every fact learned after a day removed."""
    kept = {}
    for one in law:
        parameters = {
            name: replace(p, facts={k: tuple(f for f in facts if f.known <= known) for k, facts in p.facts.items()})
            for name, p in one.parameters.items()
        }
        status = tuple(f for f in one.status if f.known <= known)
        kept[one.id] = replace(one, parameters=parameters, status=status)
    return Law(kept, law.sources)


@pytest.mark.parametrize("known", ["2023-03-01", "2024-03-01", "2025-07-03"])
def test_what_is_learned_later_changes_nothing(known: str) -> None:
    frame = rows(200, 5)
    full, less = LAW.on("2026-01-01", known), unlearned(LAW, dt.date.fromisoformat(known)).on("2026-01-01", known)
    assert us_30d.table(frame, full).equals(us_30d.table(frame, less))
    facts = minerals([(Decimal(1),) * 4])
    told = [list(lines(content.test_minerals(facts, law), law)) for law in (full, less)]
    assert told[0] == told[1]
