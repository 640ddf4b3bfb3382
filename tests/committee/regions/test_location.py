import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.committee.regions import TableError, quotients, regional, simple_quotients, size_factor
from bongsu.committee.regions.reading import spent
from tests.committee.regions.tables import GERMANY_HOUSEHOLDS, germany

NATION = np.array([1096, 8381, 3236, 9251, 4258, 10206], dtype=float)


@pytest.mark.parametrize("method", ["SLQ", "CILQ", "FLQ", "AFLQ"])
@pytest.mark.parametrize("delta", [0.0, 0.25, 0.3])
def test_a_region_that_is_the_nation_keeps_its_table(method: str, delta: float) -> None:
    table = germany()
    same = regional(table, NATION, method=method, delta=delta)  # type: ignore[arg-type]
    assert same.coefficients == pytest.approx(table.coefficients)
    assert same.rows["imports"] == pytest.approx(table.rows["imports"])


def test_the_size_of_a_region_is_one_for_the_nation_and_falls_with_it() -> None:
    assert size_factor(1.0, 0.25) == 1.0
    assert size_factor(0.39, 0.25) == pytest.approx(0.830, abs=5e-4)
    assert size_factor(0.1, 0.3) < size_factor(0.1, 0.2) < size_factor(0.2, 0.2)


def test_quotients_by_hand() -> None:
    """A region with a fifth of the nation, half of it in the first of two equal sectors of the nation's one in four."""
    region, nation = [10.0, 10.0], [25.0, 75.0]
    assert simple_quotients(region, nation) == pytest.approx([2.0, 2 / 3])
    lam = np.log2(1.2) ** 0.25
    assert quotients(region, nation, "CILQ") == pytest.approx(np.array([[2.0, 3.0], [1 / 3, 2 / 3]]))
    assert quotients(region, nation, "FLQ") == pytest.approx(np.array([[2.0, 3.0], [1 / 3, 2 / 3]]) * lam)


@settings(deadline=None)
@given(st.lists(st.just(0.0) | st.floats(0.01, 0.9), min_size=6, max_size=6).filter(any), st.floats(0.05, 0.5))
def test_a_region_never_keeps_more_than_the_nation_and_what_is_lost_is_imported(
    shares: list[float], delta: float
) -> None:
    table = germany(households=spent(GERMANY_HOUSEHOLDS, 80187, 107200, 0.7))
    region = regional(table, NATION * np.array(shares), delta=delta)
    assert (region.coefficients <= table.coefficients + 1e-12).all()
    has = np.array(shares) > 0
    assert region.whole()[has] == pytest.approx(np.ones(has.sum()), abs=1e-5)
    assert (region.simple("value_added")[has] <= table.simple("value_added")[has] + 1e-9).all()


def test_a_larger_delta_leaves_less_in_the_region() -> None:
    part = NATION * [0.1, 0.5, 0.3, 0.3, 0.2, 0.3]
    low, high = (regional(germany(), part, delta=delta).simple() for delta in (0.3, 0.2))
    assert (low < high).all()


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ([2000, 1, 1, 1, 1, 1], "more of sector number 1 than the nation"),
        ([0, 0, 0, 0, 0, 0], "the region needs some"),
        ([1, 2], "2 sectors and the nation 6"),
    ],
)
def test_bad_employment_is_told(region: list[float], words: str) -> None:
    with pytest.raises(TableError, match=words):
        regional(germany(), region)


def test_employment_by_name_must_be_whole() -> None:
    with pytest.raises(TableError, match="missing for manufacturing, construction, trade"):
        regional(germany(), {"agriculture": 1.0})


def test_augmented_quotients_by_hand() -> None:
    # Flegg and Webber (2000): FLQ times log2(1 + SLQ) of the user where that is above one.
    region, nation = np.array([10.0, 30.0, 60.0]), np.array([200.0, 300.0, 500.0])
    plain, more = quotients(region, nation, "FLQ", 0.3), quotients(region, nation, "AFLQ", 0.3)
    # SLQ is 0.5, 1 and 1.2: only the third sector is one in which the region is specialised.
    np.testing.assert_allclose(more[:, :2], plain[:, :2])
    np.testing.assert_allclose(more[:, 2], plain[:, 2] * np.log2(2.2))
    assert plain[0, 1] == pytest.approx(0.5 * np.log2(1.1) ** 0.3)


def test_an_augmented_table_still_ends_where_all_is_spent() -> None:
    national = germany()
    share = np.array([0.2, 0.3, 0.2, 0.2, 0.25, 0.2])
    jobs = np.asarray(national.rows["jobs"]) * share
    plain, more = regional(national, jobs, delta=0.2), regional(national, jobs, method="AFLQ", delta=0.2)
    np.testing.assert_allclose(more.whole(), 1.0)
    assert (more.simple() >= plain.simple() - 1e-12).all()
    assert (more.simple() > plain.simple()).any()
