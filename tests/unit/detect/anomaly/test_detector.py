"""The detector of one series: what it flags, what it lets pass, and that it never looks ahead."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from benchmarks.anomaly_scoring import normalised, probation, raw_score

from nervure.base.errors import BadInput
from nervure.detect import anomalies
from nervure.detect.anomaly.detector import Detector, Point

STEP = 600.0
DAY = 144
START = 1.7e9


def told(values: Sequence[float], step_s: float = STEP) -> list[Point]:
    detector = Detector()
    return [detector.update(START + n * step_s, value) for n, value in enumerate(values)]


def flagged(values: Sequence[float], after: int = 300) -> list[int]:
    return [place for place, point in enumerate(told(values)) if point.flag and place >= after]


def steady(count: int = 1500, seed: int = 1) -> Any:
    return np.random.default_rng(seed).normal(100, 5, count)


def daily(days: int = 12, seed: int = 1) -> Any:
    at = np.arange(days * DAY)
    return 100 + 40 * np.sin(2 * np.pi * at / DAY) + np.random.default_rng(seed).normal(0, 3, len(at))


def test_noise_alone_is_hardly_ever_flagged() -> None:
    assert sum(len(flagged(steady(seed=seed))) for seed in range(4)) <= 3


def test_a_spike_is_flagged_at_its_first_point() -> None:
    values = steady()
    values[900:903] += 60
    assert 900 in flagged(values)


def test_a_night_at_the_days_level_is_flagged_though_the_level_is_common() -> None:
    values = daily()
    trough = 9 * DAY + 3 * DAY // 4 - 10
    values[trough : trough + 20] = 100 + np.random.default_rng(2).normal(0, 3, 20)
    assert any(trough <= place < trough + 20 for place in flagged(values))
    # Without its rhythm the series would have to be let pass.
    assert trough not in flagged(daily())


def test_a_new_level_is_told_once_or_twice_and_then_is_the_level() -> None:
    values = steady(2500)
    values[1000:] += 60
    found = flagged(values)
    assert 1000 in found
    assert len([place for place in found if place > 1100]) <= 2
    assert told(values)[-1].expected == pytest.approx(160, abs=10)


def test_a_series_that_stops_moving_is_flagged() -> None:
    values = steady()
    values[1000:1200] = values[1000]
    assert any(1000 < place < 1040 for place in flagged(values))


def test_a_series_that_begins_to_swing_is_flagged() -> None:
    values = steady()
    values[1000:] = 100 + 5 * (values[1000:] - 100)
    assert any(1000 <= place < 1050 for place in flagged(values))


def test_a_slow_drift_away_is_flagged_before_it_has_gone_far() -> None:
    values = steady(2500)
    values[1500:1800] += np.linspace(0, 40, 300)
    values[1800:] += 40
    found = [place for place in flagged(values) if place >= 1500]
    assert found
    assert found[0] < 1800


def test_what_is_told_of_a_point_depends_on_nothing_after_it() -> None:
    values = daily(6)
    values[700] += 80
    whole, part = told(values), told(values[:720])
    assert [repr(point) for point in whole[:720]] == [repr(point) for point in part]


def test_a_missing_point_is_not_judged_and_does_no_harm() -> None:
    values = steady()
    held: list[float | None] = list(values)
    held[500:520] = [None] * 10 + [math.nan] * 10
    detector = Detector()
    points = [detector.update(START + n * STEP, value) for n, value in enumerate(held)]
    assert [point.flag for point in points[500:520]] == [False] * 20
    assert points[-1].expected == pytest.approx(100, abs=5)


def test_the_band_holds_about_nineteen_of_twenty_points() -> None:
    points, values = told(daily(14)), daily(14)
    inside = [point.low <= value <= point.high for point, value in zip(points[600:], values[600:], strict=True)]
    assert 0.9 <= np.mean(inside) <= 0.995


def test_irregular_times_are_taken_as_they_are() -> None:
    rng = np.random.default_rng(4)
    times = START + np.cumsum(rng.exponential(STEP, 1500))
    values = 100 + 40 * np.sin(2 * np.pi * times / 86400) + rng.normal(0, 3, 1500)
    values[1100:1104] += 120
    found = anomalies({"t": times, "v": values}, time="t", value="v")
    places = [place for place, point in enumerate(found.points) if point.flag]
    assert 1100 in places
    assert len(places) <= 3


def test_arrow_pandas_and_plain_columns_answer_the_same_whatever_the_unit_of_time() -> None:
    pandas = pytest.importorskip("pandas")
    values = daily(4)
    values[500] += 90
    seconds = (START + np.arange(len(values)) * STEP).astype(np.int64)
    forms = [
        {"t": seconds, "v": values},
        pa.table({"t": pa.array(seconds * 1000, pa.timestamp("ms", "UTC")), "v": values}),
        pandas.DataFrame({"t": seconds * 1_000_000_000, "v": values}),
        pa.table({"t": [f"{np.datetime64(int(second), 's')}Z" for second in seconds], "v": values}),
    ]
    scores = [[point.score for point in anomalies(form, time="t", value="v").points] for form in forms]
    assert scores[0][500] > 0.5
    assert all(one == pytest.approx(scores[0]) for one in scores[1:])


def test_rows_out_of_order_are_put_into_order_and_that_is_told() -> None:
    values, seconds = daily(3), START + np.arange(3 * DAY) * STEP
    order = np.random.default_rng(0).permutation(len(values))
    mixed = anomalies({"t": seconds[order], "v": values[order]}, time="t", value="v")
    plain = anomalies({"t": seconds, "v": values}, time="t", value="v")
    assert (mixed.sorted, plain.sorted) == (True, False)
    assert [point.score for point in mixed.points] == [point.score for point in plain.points]


def test_a_threshold_that_is_no_surprise_is_refused() -> None:
    with pytest.raises(BadInput, match="-log10"):
        anomalies({"t": range(30), "v": range(30)}, time="t", value="v", threshold=0)


@pytest.mark.parametrize(
    ("places", "score"),
    [
        pytest.param([], -1.0, id="a missed window costs one"),
        pytest.param([600], 1.0, id="its first point earns one"),
        pytest.param([600, 640], 1.0, id="a second point in it earns nothing more"),
        pytest.param([600, 900], 1.0 - 0.11, id="a false alarm far behind costs 0.11"),
        pytest.param([500, 600], 1.0 - 0.11, id="as one before it"),
        pytest.param([20, 600], 1.0, id="the first 15 % do not count"),
    ],
)
def test_the_benchmarks_score_is_that_of_its_standard_profile(places: list[int], score: float) -> None:
    marks = [place in places for place in range(1000)]
    assert probation(1000) == 150
    assert raw_score(marks, [(600, 699)]) == pytest.approx(score, abs=1e-4)


def test_the_benchmarks_score_falls_along_the_window_and_is_put_between_0_and_100() -> None:
    late = raw_score([place == 699 for place in range(1000)], [(600, 699)])
    # Relative place -0.01: 2 / (1 + e^-0.05) - 1, over the same at -1.
    assert late == pytest.approx(0.024995 / 0.986614, abs=1e-4)
    assert [normalised(raw, 2) for raw in (-2.0, 0.0, 2.0)] == [0, 50, 100]
