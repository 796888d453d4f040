"""Calibration: worked by hand, and by simulation in small."""

import numpy as np
import pytest

from nervure.base.errors import BadInput
from nervure.evaluate.calibration import Costs, Labelled, calibrate, cheapest_threshold, rates


def test_figures_are_those_counted_by_hand() -> None:
    rows = [(0.9, 1.0, True)] * 8 + [(0.8, 0.0, True)] * 2 + [(0.3, 1.0, True)] * 1 + [(0.2, 0.0, True)] * 9
    told = calibrate(Labelled.of(rows), {0.9: 60, 0.1: 40}, 0.5, Costs())
    assert told["confusion"] == {"true_positive": 8, "false_positive": 2, "false_negative": 1, "true_negative": 9}
    assert (told["precision"]["estimate"], told["recall"]["estimate"]) == (0.8, pytest.approx(8 / 9))
    assert told["of_no"]["precision"]["estimate"] == 0.9
    assert told["kappa"]["estimate"] == pytest.approx((0.85 - 0.5) / 0.5)
    assert told["rate"]["raw"]["estimate"] == pytest.approx(70 / 120)
    assert told["rate"]["people"]["estimate"] == 9 / 20
    assert told["rate"]["bias"] == pytest.approx(1 / 20)
    assert told["rate"]["corrected"]["low"] < 0.53 < told["rate"]["corrected"]["high"]
    assert told["steps"][0] | {"corrected": None} == {
        "threshold": 0.1, "true_positive": 9, "false_positive": 11, "false_negative": 0, "true_negative": 0,
        "f1": pytest.approx(18 / 29), "f1_of_no": 0.0, "cost": 11 / 20, "raw": 1.0, "corrected": None,
    }  # fmt: skip


def test_what_mistakes_cost_moves_the_threshold() -> None:
    random = np.random.default_rng(3)
    truth = random.random(400) < 0.5
    scores = np.clip(random.normal(np.where(truth, 0.65, 0.35), 0.15), 0, 1)
    even = cheapest_threshold(truth, scores, Costs())
    strict = cheapest_threshold(truth, scores, Costs(false_pass=10.0))
    lax = cheapest_threshold(truth, scores, Costs(false_fail=10.0))
    assert even is not None
    assert strict is not None
    assert lax is not None
    assert lax.estimate < even.estimate < strict.estimate
    # Of two normals of equal width with equal shares the best cut is where cost times density is equal.
    assert even.low < 0.5 < even.high
    assert strict.low < 0.5 + 0.15**2 * np.log(10) / 0.3 < strict.high


def test_labels_picked_by_hand_do_not_bend_the_rate() -> None:
    random = np.random.default_rng(5)
    good = random.random(300) < 0.8
    rows = [(0.9 if yes else 0.1, float(yes), True) for yes in good]
    rows += [(0.9, 0.0, False)] * 100
    told = calibrate(Labelled.of(rows), {0.9: 1600, 0.1: 400}, 0.5, Costs())
    assert told["picked"] == 100
    assert told["confusion"]["false_positive"] == 100
    assert told["rate"]["labels"] == 300
    assert told["rate"]["bias"] == 0
    assert "chosen by hand" in " ".join(told["notes"])


def test_rows_people_are_divided_over_are_told_and_left_out_of_the_confusion() -> None:
    told = calibrate(Labelled.of([(0.9, 0.5, True), (0.9, 1.0, True), (0.1, 0.0, True)]), {}, 0.5, Costs())
    assert (told["undecided"], told["n"]) == (1, 2)
    assert told["rate"]["people"]["estimate"] == 0.5


def test_without_labels_there_is_a_raw_rate_and_nothing_else() -> None:
    told = calibrate(Labelled.of([]), {0.9: 3, 0.1: 1}, 0.5, Costs())
    assert told["rate"]["raw"]["estimate"] == 0.75
    assert told["rate"]["corrected"] is None
    assert "confusion" not in told


def test_costs_that_mean_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="0 or more, and not both 0"):
        Costs(0, 0)


def test_the_corrected_rate_holds_where_the_raw_one_is_wrong() -> None:
    random = np.random.default_rng(11)
    held = raw = 0
    runs = 300
    for _ in range(runs):
        good = random.random(1500) < 0.8
        said = np.where(good, random.random(1500) < 0.95, random.random(1500) < 0.4)
        rows = Labelled(said[:60].astype(float), good[:60].astype(float), np.ones(60, bool))
        found = rates(rows, {1.0: int(said[60:].sum()), 0.0: int((~said[60:]).sum())}, 0.5)
        held += found["corrected"]["low"] <= 0.8 <= found["corrected"]["high"]
        raw += found["raw"]["low"] <= 0.8 <= found["raw"]["high"]
    assert held / runs >= 0.92
    assert raw / runs < 0.2
