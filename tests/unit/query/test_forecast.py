"""The forecast keeps what it promises: its intervals hold the future as often as they say."""

import random

import pytest

from nervure.query.forecast import forecast, mean_forecast

WEEK = (5.0, 6.0, 7.0, 6.5, 6.0, 2.0, 1.0)


def test_below_two_seasons_there_is_nothing_to_say() -> None:
    assert forecast([1.0] * 13, 7, 3) is None
    assert forecast([1.0] * 14, 7, 3) is not None


def test_a_season_without_noise_is_continued_exactly() -> None:
    outlook = forecast(list(WEEK) * 4, 7, 10)
    assert outlook is not None
    for step, (value, low, high) in enumerate(outlook.points):
        assert value == pytest.approx(WEEK[step % 7])
        assert low == pytest.approx(value)
        assert high == pytest.approx(value)
    assert outlook.total[0] == pytest.approx(sum(WEEK) + sum(WEEK[:3]))


def test_a_step_in_level_is_followed() -> None:
    outlook = forecast([value + (10 if day >= 35 else 0) for day, value in enumerate(WEEK * 8)], 7, 7)
    assert outlook is not None
    for step, (value, _, _) in enumerate(outlook.points):
        assert value == pytest.approx(WEEK[step] + 10, abs=2.5)


def test_money_is_never_forecast_below_zero() -> None:
    chance = random.Random(3)
    outlook = forecast([max(0.0, chance.gauss(0.1, 0.5)) for _ in range(28)], 7, 14)
    assert outlook is not None
    assert all(0 <= low <= value <= high for value, low, high in outlook.points)
    assert outlook.total[1] >= 0


def test_intervals_widen_with_the_horizon() -> None:
    chance = random.Random(5)
    level, values = 100.0, []
    for day in range(56):
        level += chance.gauss(0, 3)
        values.append(level + WEEK[day % 7] + chance.gauss(0, 1))
    outlook = forecast(values, 7, 14)
    assert outlook is not None
    widths = [high - low for _, low, high in outlook.points]
    assert widths[0] < widths[6] < widths[13]


@pytest.mark.parametrize("wander", [0.0, 2.0])
def test_intervals_of_points_and_of_the_total_hold_the_future(wander: float) -> None:
    """Nominally 95 %. Weights are estimated, so somewhat less is usual; far less would be a lie, 100 % useless."""
    chance = random.Random(7)
    runs, steps = 150, 10
    inside = total_inside = 0
    for _ in range(runs):
        level, series = 60.0, []
        for day in range(42 + steps):
            level += chance.gauss(0, wander)
            series.append(level + 3 * WEEK[day % 7] + chance.gauss(0, 4))
        outlook = forecast(series[:42], 7, steps, least=None)
        assert outlook is not None
        future = series[42:]
        inside += sum(low <= value <= high for (_, low, high), value in zip(outlook.points, future, strict=True))
        total_inside += outlook.total[1] <= sum(future) <= outlook.total[2]
    assert 0.88 <= inside / (runs * steps) <= 0.99
    assert 0.85 <= total_inside / runs <= 1.0


@pytest.mark.parametrize(("season", "steps"), [(1, 3), (7, 0)])
def test_nonsense_is_refused(season: int, steps: int) -> None:
    with pytest.raises(ValueError, match="season"):
        forecast([1.0] * 30, season, steps)


def test_the_mean_goes_on_where_no_season_can_be_learned() -> None:
    assert mean_forecast([5.0, 6.0], 3) is None
    outlook = mean_forecast([4.0, 6.0, 8.0], 10)
    assert outlook is not None
    assert [value for value, _, _ in outlook.points] == [6.0] * 10
    expected, low, high = outlook.total
    assert expected == pytest.approx(60)
    # t of 2 degrees of freedom times s = 2 times sqrt(k + k^2/n).
    assert high - expected == pytest.approx(4.3027 * 2 * (10 + 100 / 3) ** 0.5)
    assert low == pytest.approx(2 * expected - high)


def test_the_interval_of_the_mean_holds_the_future_as_often_as_it_says() -> None:
    chance = random.Random(11)
    runs, inside = 1500, 0
    for _ in range(runs):
        series = [chance.gauss(100, 10) for _ in range(16)]
        outlook = mean_forecast(series[:6], 10, least=None)
        assert outlook is not None
        inside += outlook.total[1] <= sum(series[6:]) <= outlook.total[2]
    assert 0.935 <= inside / runs <= 0.965
