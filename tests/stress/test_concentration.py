"""Measures of concentration: published values, hand counts, identities, and what a plan's flows give."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.answers.footprint import Footprint, north_america
from bongsu.atlas import Atlas, PackError
from bongsu.chain import Chain
from bongsu.plan import Plan
from bongsu.stress.concentration import (
    geopolrisk,
    hhi,
    import_reliance,
    instability,
    n_minus_one,
    of_plan,
    of_trade,
    potential,
    read_columns,
    shares,
    stability_in,
    stability_of,
    top_share,
    use,
    world_production,
)

AMOUNTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.floats(1e-3, 1e6), min_size=1, max_size=12)


def test_the_example_of_the_merger_guidelines() -> None:
    """Four firms with 30, 30, 20 and 20 per cent: 2,600 on the scale of 10,000 (US Department of Justice)."""
    assert hhi({"a": 30, "b": 30, "c": 20, "d": 20}) == pytest.approx(0.2600)


@settings(deadline=None)
@given(st.integers(1, 50), st.floats(1e-3, 1e6))
def test_equal_suppliers_have_one_over_their_number(n: int, amount: float) -> None:
    equal = {str(at): amount for at in range(n)}
    assert hhi(equal) == pytest.approx(1 / n)
    assert top_share(equal) == pytest.approx(min(1.0, 3 / n))


@settings(deadline=None)
@given(AMOUNTS)
def test_the_index_lies_between_one_over_n_and_one_and_below_the_largest_share(amounts: dict[str, float]) -> None:
    index, parts = hhi(amounts), shares(amounts)
    assert index is not None
    assert 1 / len(amounts) - 1e-12 <= index <= max(parts.values()) + 1e-12
    assert sum(parts.values()) == pytest.approx(1)
    assert list(parts.values()) == sorted(parts.values(), reverse=True)


@settings(deadline=None)
@given(AMOUNTS, st.floats(1e-3, 1e3))
def test_the_index_does_not_depend_on_the_unit(amounts: dict[str, float], unit: float) -> None:
    assert hhi({name: amount * unit for name, amount in amounts.items()}) == pytest.approx(hhi(amounts))


@settings(deadline=None)
@given(AMOUNTS.filter(lambda amounts: len(amounts) > 1))
def test_a_merger_adds_twice_the_product_of_the_shares(amounts: dict[str, float]) -> None:
    first, second, *_ = amounts
    merged = {**amounts, first: amounts[first] + amounts[second], second: 0.0}
    parts = shares(amounts)
    before, after = hhi(amounts), hhi(merged)
    assert before is not None
    assert after == pytest.approx(before + 2 * parts[first] * parts[second], rel=1e-9)


def test_nothing_supplied_is_unknown_and_less_than_nothing_an_error() -> None:
    assert hhi({}) is None
    assert hhi({"a": 0.0}) is None
    assert top_share({}) is None
    with pytest.raises(ValueError, match="below zero"):
        hhi({"a": -1.0})


def test_import_reliance_by_hand() -> None:
    assert import_reliance(20, 100, 20) == pytest.approx(0.8)
    assert import_reliance(0, 50) == 1
    assert import_reliance(100, 10, 60) == pytest.approx(-1)  # sells more than it keeps
    assert import_reliance(0, 0) is None


def test_n_minus_one_takes_the_largest_supplier_out_with_its_own_demand() -> None:
    supply = {"CN": 80.0, "MZ": 15.0, "CA": 5.0}
    assert n_minus_one(supply, {"KR": 50.0, "US": 50.0}) == pytest.approx(0.2)
    # The largest supplier that uses most of it itself leaves the others better off.
    assert n_minus_one(supply, {"CN": 75.0, "KR": 25.0}) == pytest.approx(0.8)
    assert n_minus_one(supply, {"CN": 100.0}) is None
    assert n_minus_one({}, {"KR": 1.0}) == 0


@settings(deadline=None)
@given(AMOUNTS)
def test_n_minus_one_of_what_is_used_is_one_less_the_largest_share(amounts: dict[str, float]) -> None:
    used = {"elsewhere": sum(amounts.values())}
    assert n_minus_one(amounts, used) == pytest.approx(1 - max(shares(amounts).values()))


def test_instability_turns_the_scale_of_the_world_bank() -> None:
    assert [instability(w) for w in (2.5, 0.0, -2.5, -3.0)] == pytest.approx([0, 0.5, 1, 1])


PRODUCTION = {"CN": 80.0, "MZ": 20.0}
STABILITY = {"CN": -0.5, "JP": 1.0}


def test_geopolrisk_by_hand() -> None:
    """HHI 0.64 + 0.04 = 0.68; exposure (0.6 · 90 + 0.3 · 10) / (p + 100)."""
    imports = {"CN": 90.0, "JP": 10.0}
    alone = geopolrisk(imports, 0.0, PRODUCTION, STABILITY)
    assert (alone.hhi, alone.exposure, alone.value) == pytest.approx((0.68, 0.57, 0.68 * 0.57))
    half = geopolrisk(imports, 100.0, PRODUCTION, STABILITY)
    assert half.value == pytest.approx(alone.value / 2 if alone.value else None)
    assert geopolrisk(imports, 0.0, {"CN": 1.0}, {"CN": -2.5, "JP": -2.5}).value == 1


@pytest.mark.parametrize(
    ("output", "production", "stability", "missing"),
    [
        (None, PRODUCTION, STABILITY, ("own_output",)),
        (0.0, None, STABILITY, ("production",)),
        (0.0, PRODUCTION, {"CN": -0.5}, ("governance:JP",)),
        (None, None, {}, ("production", "own_output", "governance:CN", "governance:JP")),
    ],
)
def test_geopolrisk_is_unknown_rather_than_guessed(
    output: float | None,
    production: dict[str, float] | None,
    stability: dict[str, float],
    missing: tuple[str, ...],
) -> None:
    found = geopolrisk({"CN": 90.0, "JP": 10.0}, output, production, stability)
    assert found.value is None
    assert found.missing == missing
    # What supplies nothing need not be known.
    assert geopolrisk({"CN": 90.0, "JP": 0.0}, 0.0, PRODUCTION, {"CN": -0.5}).missing == ()


def test_the_newest_estimate_that_is_not_of_a_later_year_counts() -> None:
    rows = [("CN", 2020, -0.3), ("CN", 2022, -0.4), ("CN", 2024, -0.5), ("JP", 2024, 1.0)]
    assert stability_of(rows, 2023) == {"CN": -0.4}


# A table of trade --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trade(root: Path) -> pl.DataFrame:
    return read_columns(root / "examples/trade/flows.csv", "trade")


def test_all_codes_of_a_material_count_together(trade: pl.DataFrame, root: Path) -> None:
    world = world_production(read_columns(root / "examples/trade/production.csv", "production"), 2024)
    assert world == {"CN": 80.0, "MZ": 10.0, "CA": 10.0}
    stability = {"CN": -0.5, "JP": 1.0, "MZ": -1.0}
    found = of_trade(trade, ["KR"], ["250410", "380110"], 2024, world, stability=stability)
    assert dict(found.supplied) == {"CN": 90.0, "JP": 6.0, "MZ": 4.0}
    assert found.hhi == pytest.approx(0.81 + 0.0036 + 0.0016)
    assert found.top_three == pytest.approx(1)
    assert found.without_largest == pytest.approx(0.1)
    # Korea makes none and sells 5 of its 100 on: the others' 10 would have to do for 95.
    assert found.reliance == 1
    assert found.n_minus_one == pytest.approx(10 / 95)
    exposure = (0.6 * 90 + 0.3 * 6 + 0.7 * 4) / 100
    assert found.risk.value == pytest.approx((0.64 + 0.01 + 0.01) * exposure)
    one = of_trade(trade, ["KR"], ["2504"], 2024)
    assert dict(one.supplied) == {"CN": 60.0, "MZ": 4.0, "JP": 2.0}


def test_own_output_is_a_supplier_and_trade_inside_a_region_is_none(trade: pl.DataFrame) -> None:
    found = of_trade(trade, ["KR", "JP"], ["250410", "380110"], 2024, output=50.0)
    assert dict(found.supplied) == {"CN": 90.0, "JP+KR": 50.0, "MZ": 4.0}
    assert found.inside == ("JP+KR",)
    assert found.largest == "CN"
    assert found.reliance == pytest.approx(94 / 144)
    assert found.n_minus_one == pytest.approx(54 / 144)


def test_an_unknown_own_output_leaves_reliance_unknown(trade: pl.DataFrame) -> None:
    found = of_trade(trade, ["KR"], ["250410"], 2024)
    assert found.reliance is None
    assert found.n_minus_one is None
    assert found.risk.missing[:2] == ("production", "own_output")
    assert found.hhi is not None


@pytest.mark.parametrize(
    ("table", "text", "said"),
    [
        ("trade", "importer,exporter,hs,year\nKR,CN,2504,2024\n", "value: is missing from the header"),
        ("trade", "importer,exporter,hs,year,value\nKR,CN,2504,2024,-3\n", "is below zero"),
        ("governance", "country,year,value\nCN,lately,-0.4\n", "is not a whole number"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, table: str, text: str, said: str) -> None:
    (tmp_path / "file.csv").write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=said):
        read_columns(tmp_path / "file.csv", table)


# A plan ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ["lithium_hydroxide", "graphite_flake", "cell_lfp", "cobalt_sulphate"])
def test_the_suppliers_of_a_plan_are_those_that_its_flows_are_traced_to(chain: Chain, plan: Plan, item: str) -> None:
    region = ("CA", "MX", "US")
    found = of_plan(chain, plan, item, 2030, region)
    traced = Footprint(chain, plan, north_america(chain))
    assert sum(found.supplied.values()) == pytest.approx(traced.totals[item, 2030])
    assert found.hhi == pytest.approx(hhi(found.supplied))
    own = sum(amount for name, amount in found.supplied.items() if name in region)
    assert found.reliance == pytest.approx(1 - own / sum(found.supplied.values()))
    assert set(found.inside) == {name for name in found.supplied if name in region}
    assert found.risk.value is None
    assert "production" in found.risk.missing


@pytest.mark.parametrize("item", ["lithium_hydroxide", "graphite_flake", "cell_lfp", "pcam_ncma", "nickel_sulphate"])
def test_nobody_supplies_more_than_could_be_supplied_and_all_of_it_is_used(chain: Chain, plan: Plan, item: str) -> None:
    traced = Footprint(chain, plan, north_america(chain))
    flows = pl.concat([one.select("country", "item", "year", "quantity") for one in (traced.made(), traced.bought())])
    own = flows.filter((pl.col("item") == item) & (pl.col("year") == 2030))
    total = dict(own.group_by("country", maintain_order=True).agg(pl.col("quantity").sum()).iter_rows())
    limit = potential(chain, plan, item, 2030)
    for country, amount in total.items():
        most = limit[country]
        assert most is None or amount <= most * (1 + 1e-6) + 1e-6, country
    assert sum(use(chain, plan, item, 2030).values()) <= sum(total.values()) * (1 + 1e-6)
    found = of_plan(chain, plan, item, 2030, ["US"])
    if found.n_minus_one is None:
        assert found.unknown
    else:
        known = {name: most for name, most in limit.items() if most is not None}
        assert found.left_out == max(known, key=known.__getitem__)
        assert found.n_minus_one == n_minus_one(known, use(chain, plan, item, 2030))


def test_korea_has_a_market_of_its_own_and_the_moon_has_none(chain: Chain, plan: Plan) -> None:
    korea = of_plan(chain, plan, "cell_lfp", 2030, ["KR"])
    assert korea.supplied
    with pytest.raises(ValueError, match="no market in XX"):
        of_plan(chain, plan, "cell_lfp", 2030, ["XX"])
    with pytest.raises(ValueError, match="no item 'cheese'"):
        of_plan(chain, plan, "cheese", 2030, ["KR"])
    with pytest.raises(ValueError, match="no year 2099"):
        of_plan(chain, plan, "cell_lfp", 2099, ["KR"])


def test_the_pack_knows_the_stability_of_the_largest_suppliers_and_says_where_it_was_read(pack: Atlas) -> None:
    known = stability_in(pack, 2030)
    assert {"CN", "ID", "KR", "CA", "US", "AU", "CL", "AR", "JP", "MZ"} <= known.keys()
    assert all(-3 < value < 3 for value in known.values())
    assert known["CA"] > known["CN"] > known["MZ"]
    assert "CD" not in known  # not read anywhere: unknown, not guessed
    assert pack["governance"]["source"].null_count() == 0
