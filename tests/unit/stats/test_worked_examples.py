"""Figures that others published, and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score, f1_score, roc_auc_score

from nervure.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from nervure.stats.classification import Confusion, auroc, best_threshold, calibration, confusion
from nervure.stats.intervals import Interval, clopper_pearson, jeffreys, mean_interval, wilson
from nervure.stats.ppi import corrected_mean, corrected_rate


def near(
    interval: Interval | None, estimate: float, low: float | None = None, high: float | None = None, by: float = 5e-4
) -> None:
    assert interval is not None
    assert interval.estimate == pytest.approx(estimate, abs=by)
    if low is not None:
        assert interval.low == pytest.approx(low, abs=by)
    if high is not None:
        assert interval.high == pytest.approx(high, abs=by)


def test_intervals_of_a_proportion_as_newcombe_published_them() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    near(wilson(81, 263), 81 / 263, 0.2553, 0.3662)
    near(wilson(15, 148), 15 / 148, 0.0624, 0.1605)
    near(wilson(0, 20), 0, 0.0, 0.1611)
    near(wilson(1, 29), 1 / 29, 0.0061, 0.1718)
    near(clopper_pearson(81, 263), 81 / 263, 0.2527, 0.3676)
    near(clopper_pearson(15, 148), 15 / 148, 0.0578, 0.1617)
    near(clopper_pearson(0, 20), 0, 0.0, 0.1684)
    near(clopper_pearson(1, 29), 1 / 29, 0.0009, 0.1776)


@given(n=st.integers(1, 400), share=st.floats(0, 1))
def test_intervals_of_a_proportion_hold_it_and_stay_within_0_and_1(n: int, share: float) -> None:
    k = round(share * n)
    for method in (wilson, clopper_pearson, jeffreys):
        interval = method(k, n)
        assert interval is not None
        assert 0 <= interval.low <= k / n <= interval.high <= 1


def test_nothing_seen_has_no_interval_and_impossible_counts_are_refused() -> None:
    assert wilson(0, 0) is None
    assert mean_interval([1.0]) is None
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(5, 4)
    with pytest.raises(ValueError, match="level"):
        wilson(1, 4, level=1.0)


def test_cohens_kappa_of_the_example_of_fleiss_cohen_and_everitt() -> None:
    # Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72:323: kappa 0.429, weighted 0.348 by their own weights.
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    one = [row for row in range(3) for column in range(3) for _ in range(table[row, column])]
    other = [column for row in range(3) for column in range(3) for _ in range(table[row, column])]
    found = cohen_kappa(one, other)
    near(found, 0.429)
    assert found is not None
    # Their standard error of kappa is 0.054.
    assert (found.high - found.low) / (2 * stats.norm.ppf(0.975)) == pytest.approx(0.054, abs=5e-4)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=60))
def test_weighted_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    one, other = [list(side) for side in zip(*pairs, strict=True)]
    labels = sorted(set(one) | set(other))
    if len(labels) < 2:
        assert cohen_kappa(one, other) is None
        return
    # scikit-learn weighs by the place in the list of labels, as we do.
    for weights in ("none", "linear", "quadratic"):
        theirs = cohen_kappa_score(one, other, labels=labels, weights=None if weights == "none" else weights)
        ours = cohen_kappa(one, other, weights)
        assert ours is not None
        assert ours.estimate == pytest.approx(theirs)


def test_agreement_on_everything_is_not_certainty() -> None:
    # Half "a", half "b": chance agrees half of the time. Wilson's interval of 20 in 20 begins at n / (n + z^2) = 0.8389.
    labels = ["a", "b"] * 10
    counts = [[2, 0], [0, 2]] * 10
    numbers = [[float(place % 2) for place in range(20)]] * 2
    for found, chance in (
        (cohen_kappa(labels, labels), 0.5),
        (cohen_kappa(labels, labels, "quadratic"), 0.5),
        (fleiss_kappa(counts), 0.5),
        (krippendorff_alpha(numbers), 20 * 19 * 2 / (40 * 39)),
    ):
        assert found is not None
        assert (found.estimate, found.high) == (1.0, 1.0)
        assert found.low == pytest.approx(1 - (1 - 20 / (20 + 1.959964**2)) / (1 - chance), abs=1e-6)
    few = cohen_kappa(["a", "b"], ["a", "b"])
    assert few is not None
    assert few.low < 0


def test_fleiss_kappa_of_his_example() -> None:
    # The ten subjects and fourteen raters of the worked example that follows Fleiss 1971: kappa 0.210.
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    near(fleiss_kappa(table), 0.210, by=5e-4)


KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, math.nan, math.nan, math.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, math.nan, 3],
        [math.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, math.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, math.nan],
    ]
)


@pytest.mark.parametrize(
    ("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorffs_alpha_of_his_example(metric: str, alpha: float) -> None:
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section D: four observers, twelve units, gaps.
    near(krippendorff_alpha(KRIPPENDORFF, metric), alpha, by=6e-4)  # type: ignore[arg-type]


def test_agreement_without_variation_says_nothing() -> None:
    assert cohen_kappa([1, 1], [1, 1]) is None
    assert fleiss_kappa([[3, 0], [3, 0]]) is None
    assert krippendorff_alpha([[1.0, 1.0], [1.0, 1.0]]) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40))
def test_auroc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    truth, scores = [row[0] for row in rows], [float(row[1]) for row in rows]
    found = auroc(truth, scores)
    if not any(truth) or all(truth):
        assert found is None
        return
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for (ta, a), (tb, b) in itertools.product(rows, rows) if ta and not tb
    ]  # fmt: skip
    assert found is not None
    assert found.estimate == pytest.approx(sum(pairs) / len(pairs))
    assert found.estimate == pytest.approx(roc_auc_score(truth, scores))
    assert found.low <= found.estimate <= found.high


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_f1_is_that_of_scikit_learn_and_lies_in_its_interval(rows: list[tuple[bool, bool]]) -> None:
    truth, said = [row[0] for row in rows], [row[1] for row in rows]
    found = confusion(truth, said).f1()
    if not any(truth) and not any(said):
        assert found is None
        return
    assert found is not None
    assert found.estimate == pytest.approx(f1_score(truth, said, zero_division=0.0))
    assert found.low <= found.estimate <= found.high


def test_the_best_threshold_lies_between_the_classes() -> None:
    found = best_threshold([False] * 50 + [True] * 50, [0.1] * 50 + [0.9] * 50)
    assert found == Interval(0.5, 0.5, 0.5, 100)
    assert best_threshold([True, True], [0.1, 0.2]) is None


def test_calibration_of_scores_that_are_right_has_no_error() -> None:
    truth = [True, False, False, False] * 100 + [True, True, True, False] * 100
    found = calibration(truth, [0.25] * 400 + [0.75] * 400, bins=2)
    assert found is not None
    assert found.error == pytest.approx(0)
    assert found.brier == pytest.approx(0.1875)
    assert [one.rate.estimate for one in found.bins] == [0.25, 0.75]
    with pytest.raises(ValueError, match="within"):
        calibration([True], [1.2])


def test_ppi_is_the_formula_written_out() -> None:
    people, machine = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1.0]), np.array([1, 0, 0, 1, 0, 1, 1, 0, 1, 1.0])
    alone = np.array([1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1.0])
    found = corrected_mean(people, machine, alone, tuning=1.0)
    assert found is not None
    estimate = alone.mean() + (people - machine).mean()
    error = math.sqrt((people - machine).var(ddof=1) / 10 + alone.var(ddof=1) / 12)
    near(
        found.interval,
        estimate,
        estimate - stats.t.ppf(0.975, 9) * error,
        estimate + stats.t.ppf(0.975, 9) * error,
        by=1e-9,
    )


def test_the_variance_of_ppi_is_that_of_brute_force() -> None:
    random = np.random.default_rng(11)
    estimates, widths = [], []
    for _ in range(4000):
        people = (random.random(1100) < 0.4).astype(float)
        machine = np.where(random.random(1100) < 0.85, people, 1 - people)
        found = corrected_mean(people[:100], machine[:100], machine[100:])
        assert found is not None
        estimates.append(found.interval.estimate)
        widths.append((found.interval.high - found.interval.low) / 2 / stats.t.ppf(0.975, 99))
    assert np.mean(estimates) == pytest.approx(0.4, abs=0.003)
    assert np.mean(widths) == pytest.approx(np.std(estimates), rel=0.05)


def test_a_rate_of_nothing_is_not_certain() -> None:
    found = corrected_rate([0.0] * 30, [0.0] * 30, [0.0] * 500)
    assert found is not None
    assert found.interval.low == 0
    assert 0.02 < found.interval.high < 0.2


def test_confusion_counts() -> None:
    table = confusion([1, 1, 0, 0, 1], [1, 0, 1, 0, 1])
    assert table == Confusion(true_positive=2, false_positive=1, false_negative=1, true_negative=1)
    near(table.precision(), 2 / 3)
    near(table.recall(), 2 / 3)
    near(table.accuracy(), 3 / 5)
