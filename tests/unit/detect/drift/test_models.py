"""Classic models: performance without labels, concept drift, rates by group."""

import numpy as np
import pytest

from nervure.base.errors import BadInput
from nervure.detect.drift.bias import group_rates
from nervure.detect.drift.concept import concept_drift
from nervure.detect.drift.performance import estimate_performance


def scored(random: np.random.Generator, n: int, centre: float) -> tuple[np.ndarray, np.ndarray]:
    """A score that is too sure of itself, and labels by the true chance behind it."""
    logit = random.normal(centre, 2.0, n)
    return 1 / (1 + np.exp(-2 * logit)), (random.random(n) < 1 / (1 + np.exp(-logit))).astype(float)


def test_performance_is_estimated_near_what_came_out_although_inputs_moved() -> None:
    random = np.random.default_rng(1)
    then, truth = scored(random, 8000, 0.0)
    now, came = scored(random, 8000, 1.5)
    found = estimate_performance(then, truth, now, target=came, chunks=4)
    for chunk in found.chunks:
        for estimate in chunk.metrics.values():
            assert estimate.realised is not None
            assert estimate.value == pytest.approx(estimate.realised, abs=0.03)
    inside = [
        one.low <= one.realised <= one.high for chunk in found.chunks for one in chunk.metrics.values() if one.realised
    ]
    assert sum(inside) >= 9


def test_a_model_that_grows_unsure_is_worse_and_one_as_before_is_not() -> None:
    random = np.random.default_rng(2)
    then, truth = scored(random, 5000, 0.0)
    same, _ = scored(random, 5000, 0.0)
    assert estimate_performance(then, truth, same, chunks=5).verdict == "stable"
    assert estimate_performance(then, truth, 0.5 + (same - 0.5) * 0.5, chunks=5).verdict == "worse"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(([0.5] * 600, [1] * 600, [0.5] * 600), "one class", id="labels of one class"),
        pytest.param(([1.5] * 600, [1] * 600, [0.5] * 600), "between 0 and 1", id="no probability"),
        pytest.param(([0.5] * 60, [1, 0] * 30, [0.5] * 60), "at least 500 rows", id="few rows"),
        pytest.param(([0.5] * 600, [1, 0] * 200, [0.5] * 600), "same rows", id="labels of other rows"),
    ],
)
def test_what_cannot_be_estimated_is_refused(arguments: tuple[list[float], ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        estimate_performance(*arguments)


def test_an_abrupt_rise_of_errors_is_found_soon_and_steady_errors_are_not() -> None:
    random = np.random.default_rng(3)
    errors = np.concatenate([random.random(2000) < 0.1, random.random(1000) < 0.4]).astype(float)
    (moment,) = concept_drift(errors)
    assert 2000 <= moment.at <= 2150
    assert moment.before < 0.15 < 0.3 < moment.after
    assert concept_drift(errors[:2000]) == []
    assert any(2000 <= one.at <= 2100 for one in concept_drift(errors, "ddm"))


def test_other_numbers_need_another_detector() -> None:
    random = np.random.default_rng(4)
    values = np.concatenate([random.normal(size=1000), random.normal(2, 1, 1000)])
    with pytest.raises(BadInput, match="adwin"):
        concept_drift(values)
    assert 1000 <= concept_drift(values, "adwin")[0].at <= 1200


def test_groups_are_compared_with_the_largest_with_intervals() -> None:
    groups = ["a"] * 200 + ["b"] * 100 + ["c"] * 5
    said = [1] * 100 + [0] * 100 + [1] * 20 + [0] * 80 + [1] * 5
    base, other, few = group_rates(groups, said)
    assert (base.name, base.selected.estimate, base.verdict) == ("a", 0.5, "none")
    assert (other.selected.estimate, other.verdict, few.verdict) == (0.2, "disparity", "not enough data")
    assert other.difference[0] == pytest.approx(-0.3)
    assert other.ratio[1] < 0.4 < other.ratio[2] < 0.8
    with pytest.raises(BadInput, match="no group 'z'"):
        group_rates(groups, said, against="z")
