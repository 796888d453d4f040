"""Levels and power on a few seeded simulations; benchmarks/drift.py has the many."""

import numpy as np
import pytest
from scipy.signal import lfilter

from nervure.detect import drift
from nervure.detect.drift.cells import cells_of
from nervure.detect.drift.measure import Pair, get_measure, measures, pair_of, with_interval
from nervure.detect.drift.numeric import ks_distance, mean_effect
from nervure.stats.effective import effective_size, inflation
from nervure.stats.multiplicity import benjamini_hochberg, cauchy_combination, holm
from nervure.stats.resample import permuted_labels, tail_p


def ar1(random: np.random.Generator, n: int, rho: float, shift: float = 0.0) -> np.ndarray:
    noise = random.normal(size=n + 200) * np.sqrt(1 - rho**2)
    return lfilter([1.0], [1.0, -rho], noise)[200:] + shift


def test_independent_values_are_worth_themselves_and_ar1_what_theory_says() -> None:
    random = np.random.default_rng(1)
    free = [inflation(random.normal(size=2000)) for _ in range(40)]
    assert np.median(free) == 1.0
    assert np.mean(free) < 1.05
    bound = [inflation(ar1(random, 2000, 0.9)) for _ in range(40)]
    assert np.mean(bound) == pytest.approx(1.9 / 0.1, rel=0.15)
    assert effective_size(np.repeat(random.normal(size=100), 50)) < 400


def test_long_series_are_inflated_as_short_ones() -> None:
    assert inflation(ar1(np.random.default_rng(2), 200_000, 0.9)) == pytest.approx(19, rel=0.15)


def test_autocorrelated_series_without_a_change_rarely_alarm_and_with_one_mostly_do() -> None:
    random = np.random.default_rng(3)
    false = sum(drift({"x": ar1(random, 2000, 0.9)}, {"x": ar1(random, 2000, 0.9)}).is_drift for _ in range(40))
    right = sum(drift({"x": ar1(random, 2000, 0.9)}, {"x": ar1(random, 2000, 0.9, 0.5)}).is_drift for _ in range(30))
    assert false <= 5
    assert right >= 24


def test_order_of_rows_is_used_only_when_it_means_something() -> None:
    random = np.random.default_rng(4)
    one, other = ar1(random, 2000, 0.95), ar1(random, 2000, 0.95)
    assert not drift({"x": one}, {"x": other}).is_drift
    assert drift({"x": one}, {"x": other}, order="none").is_drift
    shuffled = {"x": random.permutation(one), "t": np.argsort(random.permutation(2000))}
    assert drift(shuffled, {"x": other, "t": np.arange(2000)}, order="t").column("x").effective_reference > 500


def test_a_file_sorted_by_a_column_is_not_taken_for_a_trend() -> None:
    random = np.random.default_rng(5)
    found = drift({"x": np.sort(random.normal(size=2000))}, {"x": np.sort(random.normal(0.2, 1, 2000))}).columns[0]
    assert found.verdict == "drift"
    assert "sorted" in found.reason


def test_twenty_columns_without_a_change_rarely_alarm_and_one_moved_is_named() -> None:
    random = np.random.default_rng(6)

    def table(shift: float = 0.0) -> dict[str, np.ndarray]:
        return {f"c{each}_": random.normal(shift if each == 3 else 0.0, 1, 500) for each in range(20)}

    assert sum(drift(table(), table()).is_drift for _ in range(8)) <= 2
    assert drift(table(), table(0.4)).json()["drifted"] == ["c3_"]


def test_many_small_shifts_are_seen_together() -> None:
    random = np.random.default_rng(7)
    tables = [{f"c{each}_": random.normal(shift, 1, 2000) for each in range(20)} for shift in (0.0, 0.06)]
    assert drift(*tables).is_drift


def test_the_interval_of_the_mean_holds_its_level() -> None:
    random = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        effect = mean_effect(cells_of(random.exponential(size=200), random.exponential(size=300) + 0.3), 200, 300)
        held += effect.low <= 0.3 <= effect.high
    assert 0.91 <= held / 300 <= 0.98


def test_measures_by_hand() -> None:
    cells = cells_of(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]))
    pair = pair_of(cells, 4, 4)
    assert ks_distance(cells) == get_measure("ks").compute(pair) == 0.25
    # A quarter of the values moves by 1; the reference's standard deviation is sqrt(1/3).
    assert get_measure("wasserstein").compute(pair) == pytest.approx(0.25 * 3**0.5)
    assert get_measure("energy").compute(pair) == pytest.approx((2 * 0.25**2 * 3**0.5) ** 0.5)
    assert get_measure("mean_shift").compute(pair) == pytest.approx(0.25 * 3**0.5)


@pytest.mark.parametrize("name", [name for name, one in measures().items() if "numeric" in one.of])
def test_a_measure_of_equal_samples_is_near_nothing_and_grows_with_the_difference(name: str) -> None:
    random = np.random.default_rng(9)
    base = random.normal(size=3000)
    found = []
    for current in (random.normal(size=3000), random.normal(0.5, 1.5, 3000)):
        value, low, high = with_interval(get_measure(name), pair_of(cells_of(base, current), 3000, 3000))
        assert low <= value <= high
        found.append(abs(value))
    assert found[0] < 0.25 * found[1]


def test_adjusted_p_values_by_hand() -> None:
    given = [0.01, 0.04, 0.03, float("nan")]
    assert benjamini_hochberg(given)[:3] == pytest.approx([0.03, 0.04, 0.04])
    assert holm(given)[:3] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(benjamini_hochberg(given)[3])
    assert cauchy_combination([0.2]) == pytest.approx(0.2)
    assert cauchy_combination([1e-40, 1.0, float("nan")]) == pytest.approx(2e-40)
    assert cauchy_combination([]) == 1.0


def test_shuffled_labels_keep_the_sizes_and_blocks_stay_together() -> None:
    random = np.random.default_rng(10)
    assert set(permuted_labels(30, 20, 50, random).sum(axis=0)) == {20}
    blocks = permuted_labels(30, 20, 50, random, block=5).reshape(10, 5, 50)
    assert (blocks.min(axis=1) == blocks.max(axis=1)).all()
    drawn = random.chisquare(3, 2000)
    assert tail_p(7.8147, drawn) == pytest.approx(0.05, abs=0.015)
    # Beyond all draws: 6.5e-5 by the distribution itself.
    assert 6e-6 < tail_p(22.0, drawn) < 4e-4


@pytest.mark.parametrize("name", ["psi", "jensen_shannon"])
@pytest.mark.parametrize("shares", [[0.5, 0.3, 0.2], [0.97, 0.01, 0.01, 0.01], [1.0]], ids=["common", "rare", "one"])
def test_a_divergence_lies_within_its_own_interval(name: str, shares: list[float]) -> None:
    """Also where a cell is too rare for the distribution, and where nothing can differ."""
    random = np.random.default_rng(8)
    measure = get_measure(name)
    for _ in range(30):
        before, after = (random.multinomial(40, shares).astype(float) for _ in range(2))
        value, low, high = with_interval(measure, Pair(before, after, 40, 40))
        assert measure.low <= low <= value <= high <= measure.high
