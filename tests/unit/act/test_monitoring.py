"""Monitor types on windows worked by hand; hysteresis, what no data means, maintenance."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nervure.act.monitoring import checked, types
from nervure.base.errors import BadInput, QueryError
from nervure.detect.monitor import Verdict, Window, checked_settings, fold
from nervure.model.monitor import Maintenance, Monitor

STEP = 300 * 10**9
MONITOR = Monitor("m", "p", "errors", "threshold", {"measure": "error_rate"}, {"limit": 0.1}, after=2, recover=2)


def windows(values: Sequence[float | None], others: Sequence[float | None] = ()) -> list[Window]:
    pairs = zip(values, others or [None] * len(values), strict=True)
    return [Window(at * STEP, value, 10, None, None, other) for at, (value, other) in enumerate(pairs)]


def said(name: str, values: Sequence[float | None], others: Sequence[float | None] = (), **settings: Any) -> list[str]:
    kind = types()[name]
    return [one.said for one in kind.judge(windows(values, others), checked_settings(kind, settings))]


def test_a_threshold_may_ask_to_be_sure() -> None:
    kind = types()["threshold"]
    window = [Window(0, 0.2, 5, 0.05, 0.4)]
    assert kind.judge(window, checked_settings(kind, {"limit": 0.1}))[0].said == "alert"
    assert kind.judge(window, checked_settings(kind, {"limit": 0.1, "sure": "yes"}))[0].said == "ok"
    assert said("threshold", [0.05, 0.2, None], limit=0.1) == ["ok", "alert", "no_data"]
    assert said("threshold", [0.05], limit=0.1, when="below") == ["alert"]


def test_a_change_is_one_from_the_same_time_on_other_days() -> None:
    day = [10 + 5 * math.sin(at / 288 * 2 * math.pi) for at in range(288)]
    usual = [value + 0.1 * (at % 3) for at, value in enumerate(day * 4)]
    assert set(said("change", usual)[288:]) == {"ok"}
    # What is usual at noon is not usual at midnight.
    odd = [*usual, *usual[144:150]]
    assert said("change", odd)[-1] == "ok"
    assert said("change", [*usual, 40.0])[-1] == "alert"
    assert said("change", usual[:5]) == ["learning"] * 5


def test_absence_counts_missing_windows_as_nothing() -> None:
    assert said("absence", [3, None, 0, 1]) == ["ok", "alert", "alert", "ok"]
    assert said("absence", [3, 1], most=1) == ["ok", "alert"]


def test_drift_is_told_by_an_effect_whose_interval_is_clear_of_the_limit() -> None:
    noise = [((at * 7919) % 101) / 50 - 1 for at in range(400)]
    assert "alert" not in said("drift", noise)
    assert said("drift", [*noise, *(value + 2 for value in noise[:24])])[-1] == "alert"


def test_a_correlation_is_told_with_its_interval() -> None:
    rising = [float(at) for at in range(24)]
    odd = [((at * 7919) % 101) / 50 for at in range(24)]
    assert said("correlation", rising, rising, **{"with": {"measure": "count"}})[-1] == "alert"
    assert said("correlation", rising, odd, **{"with": {"measure": "count"}})[-1] == "ok"
    assert said("correlation", rising, [1.0] * 24, **{"with": {"measure": "count"}})[-1] == "learning"


def test_a_value_is_new_once_there_was_a_time_without_it() -> None:
    assert said("new_value", [0, 0, 0, 4, 5], look_back=3) == ["learning"] * 3 + ["alert", "ok"]
    assert said("new_value", [1, 0, 0, 4], look_back=3) == ["learning"] * 3 + ["ok"]


def test_matching_log_records_alert_from_so_many_on() -> None:
    assert said("log_pattern", [None, 2, 5], least=5) == ["ok", "ok", "alert"]


def test_an_anomaly_is_learned_before_it_is_told() -> None:
    steady = [10 + math.sin(at / 5) for at in range(400)]
    verdicts = said("anomaly", [*steady, 90.0])
    assert verdicts[-1] == "alert"
    assert verdicts[:100].count("alert") == 0


def verdicts(text: str) -> list[Verdict]:
    """b bad, g good, n no data."""
    return [Verdict({"b": "alert", "g": "ok", "n": "no_data"}[one]) for one in text]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "no_data", "alerts"),
    [
        ("gbgbg", "ignore", []),
        ("gbbgbgg", "ignore", [(1, 7)]),
        ("gbb", "ignore", [(1, 0)]),
        ("bbnn", "ignore", [(0, 4)]),
        ("bbnn", "keep", [(0, 0)]),
        ("gnn", "alert", [(1, 0)]),
        ("bbggbbgg", "ignore", [(0, 4), (4, 8)]),
    ],
)
def test_hysteresis_and_what_no_data_means(text: str, no_data: Any, alerts: list[tuple[int, int]]) -> None:
    """Two bad windows begin an alert, two good ones end it."""
    monitor = Monitor("m", "p", "x", "threshold", {}, after=2, recover=2, no_data=no_data)
    found = fold(monitor, {}, windows([1.0] * len(text)), verdicts(text))
    assert [(one.start_ns // STEP, one.end_ns // STEP) for one in found] == alerts


def test_maintenance_is_silent() -> None:
    monitor = Monitor("m", "p", "x", "threshold", {}, maintenance=(Maintenance(STEP, 3 * STEP),), recover=1)
    found = fold(monitor, {}, windows([1.0] * 4), verdicts("gbbb"))
    assert [(one.start_ns, one.end_ns) for one in found] == [(3 * STEP, 0)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"type": "nope"}, "use one of"),
        ({"settings": {}}, "needs the setting 'limit'"),
        ({"settings": {"limit": "x"}}, "is a number"),
        ({"settings": {"limit": 1, "odd": 1}}, "no setting 'odd'"),
        ({"every_s": 5}, "between 1m and 1d"),
        ({"query": {"measure": ["count", "rate"]}}, "one measure"),
        ({"type": "new_value", "settings": {}}, "groups by one field"),
        ({"after": 0}, "at least 1"),
    ],
)
def test_a_monitor_that_cannot_be_is_refused_with_what_to_write(change: dict[str, Any], problem: str) -> None:
    with pytest.raises((BadInput, QueryError), match=problem):
        checked(replace(MONITOR, **change))
