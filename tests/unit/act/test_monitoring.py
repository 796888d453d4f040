"""Monitor types on windows worked by hand; hysteresis, what no data means, maintenance."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nervure.act.monitoring import checked, types
from nervure.act.rules import of_monitor_alert
from nervure.base.errors import BadInput, QueryError
from nervure.detect.monitor import Compared, Verdict, Window, checked_settings, fold
from nervure.model.monitor import Alert, Maintenance, Monitor
from nervure.model.reference_window import Stretch
from nervure.query.drifted import Held, Side

STEP = 300 * 10**9
DRIFT = {"type": "drift", "query": {}, "settings": {"field": "model"}}
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


def drifting(settings: dict[str, Any], held: Held, looks: float = 720.0) -> Verdict:
    kind = types()["drift"]
    window = Window(0, None, compared=Compared(held, Stretch(0, 7), Stretch(7, 8), looks))
    (verdict,) = kind.judge([window], checked_settings(kind, {"field": "model", **settings}))
    return verdict


def words(reference: Sequence[int], current: Sequence[int], inflated: float = 1.0) -> Held:
    sides = Side(sum(reference), sum(reference)), Side(sum(current), sum(current))
    names = [f"m{each}" for each in range(len(reference))]
    return Held("categorical", sides, names, list(reference), list(current), (inflated, inflated))


def test_drift_is_told_by_the_measures_with_an_effect_and_its_interval() -> None:
    moved = drifting({}, words([800, 200], [100, 100]))
    assert moved.said == "alert"
    assert moved.effect is not None
    assert (moved.effect.measure, moved.effect.low > 0.2) == ("cramers_v", True)
    assert "95 % interval" in moved.text
    assert drifting({}, words([800, 200], [161, 39])).said == "ok"
    assert drifting({}, words([9, 1], [5, 4])).said == "learning"
    assert drifting({}, words([800, 200], [0, 0])).said == "no_data"
    named = drifting({"measure": "psi", "effect": 0.1}, words([800, 200], [100, 100]))
    assert (named.said, named.effect and named.effect.measure) == ("alert", "psi")
    assert drifting({"measure": "psi", "effect": 2}, words([800, 200], [100, 100])).said == "ok"


def test_more_looks_and_rows_that_are_alike_need_more_evidence() -> None:
    slight = words([800, 200], [150, 60])
    assert drifting({"false_alarms": 1}, slight, looks=30).said == "alert"
    assert drifting({"false_alarms": 1}, slight, looks=8640).said == "ok"
    assert drifting({"false_alarms": 1}, words([800, 200], [150, 60], inflated=4.0), looks=30).said == "ok"


def test_topics_that_moved_are_told_with_their_terms_and_an_example() -> None:
    def asked(count: int, new: int) -> list[str]:
        known = "how do I reset the password of my account", "where is my parcel, the delivery is late"
        places = [(at * 7919) % 101 for at in range(count)]
        return ["will it rain in the mountains tomorrow" if at < new else f"{known[at % 2]} {at}" for at in places]

    held = Held("text", (Side(300, 300), Side(150, 150)), [], [], [], texts=(asked(300, 0), asked(150, 20)))
    told = drifting({"field": "input"}, held)
    assert told.said == "alert"
    assert told.effect is not None
    assert (told.effect.measure, told.effect.low > 0.02) == ("topic_share", True)
    assert {"rain", "mountains"} <= set(told.details["topics"][0]["terms"])
    assert "appeared" in told.text
    assert "will it rain" in told.text
    with pytest.raises(BadInput, match="psi does not compare text"):
        drifting({"field": "input", "measure": "psi"}, held)


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


def test_an_alert_that_began_before_goes_on_or_ends() -> None:
    monitor = Monitor("m", "p", "x", "drift", {}, after=2, recover=2)
    lasting = Alert("m", {}, STEP, 0, "moved")
    for text, end_ns in (("gbb", 0), ("gbgg", 4 * STEP), ("gggb", 3 * STEP)):
        (found,) = fold(monitor, {}, windows([1.0] * len(text)), verdicts(text), lasting)
        assert (found.start_ns, found.end_ns, found.text) == (STEP, end_ns, "moved")


@pytest.mark.parametrize(
    ("how", "unit"),
    [
        ({"query": {"measure": "error_rate"}}, "ratio"),
        ({"query": {"measure": "latency.p95"}}, "ms"),
        ({"query": {"measure": "cost.sum"}}, "USD"),
        ({"query": {"measure": "score:faithfulness.mean"}}, "score"),
        ({"query": {"measure": "score:faithfulness.corrected"}}, "ratio"),
        ({"query": {"measure": "distinct:user"}}, "values"),
        ({"query": {"measure": "log.count"}}, "records"),
        ({"query": {"measure": "metric:gpu.temperature.avg"}}, ""),
        ({"type": "correlation", "query": {"measure": "latency.p95"}, "settings": {"with": {"measure": "count"}}}, ""),
        (DRIFT | {"query": {"measure": "count"}}, "share of rows"),
    ],
)
def test_the_finding_of_an_alert_says_what_its_numbers_are_of(how: dict[str, Any], unit: str) -> None:
    alert = Alert("m", {"model": "gpt"}, STEP, 0, "too much", 0.3, 0.1, effect={"unit": "share of rows"})
    finding = of_monitor_alert(replace(MONITOR, **how), alert).finding
    assert (finding.observed, finding.expected, finding.unit) == (0.3, 0.1, unit)


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
        ({"type": "drift", "settings": {}}, "needs the setting 'field'"),
        (DRIFT | {"every_s": 60}, "between 5m and 1d"),
        (DRIFT | {"query": {"measure": "error_rate"}}, "measure is one of count, log.count"),
        (DRIFT | {"settings": {"field": "modle"}}, "modle"),
        (DRIFT | {"settings": {"field": "start"}}, "'start' cannot be"),
        (DRIFT | {"settings": {"field": "model", "reference": "launch"}}, "no reference window 'launch'"),
        (DRIFT | {"settings": {"field": "model", "current": "0s"}}, "a length such as 24h"),
        (DRIFT | {"settings": {"field": "model", "measure": "odd"}}, "is one of usual, chi_square"),
        (DRIFT | {"settings": {"field": "model", "false_alarms": 0}}, "above 0"),
    ],
)
def test_a_monitor_that_cannot_be_is_refused_with_what_to_write(change: dict[str, Any], problem: str) -> None:
    with pytest.raises((BadInput, QueryError), match=problem):
        checked(replace(MONITOR, **change))
