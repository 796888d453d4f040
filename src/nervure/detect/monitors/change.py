"""Change against a baseline: the same hour of earlier days (and weekdays), robustly."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window

HOUR_NS, DAY_NS, WEEK_NS = (3600 * 10**9 * times for times in (1, 24, 168))
LEAST, MAD = 12, 1.4826


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Median and spread of the windows within an hour of the same time on the last `days` days, else of the last day."""
    made = []
    for at, window in enumerate(windows):
        if window.value is None:
            made.append(Verdict("no_data"))
            continue
        past = _past(windows[:at], window.start_ns, int(settings["days"]))
        if len(past) < LEAST:
            made.append(Verdict("learning"))
            continue
        middle = statistics.median(past)
        spread = MAD * statistics.median([abs(value - middle) for value in past])
        reach = max(float(settings["deviations"]) * spread, float(settings["percent"]) / 100 * abs(middle))
        low, high = middle - reach, middle + reach
        is_bad = (window.value > high and settings["when"] != "below") or (
            window.value < low and settings["when"] != "above"
        )
        text = f"{window.value:.4g}, usually {low:.4g} to {high:.4g} at this time" if is_bad else ""
        made.append(Verdict("alert" if is_bad else "ok", text, middle, low, high))
    return made


def _past(before: Sequence[Window], start_ns: int, days: int) -> list[float]:
    held = [(start_ns - one.start_ns, one.value) for one in before if one.value is not None]
    same = [value for age, value in held if age <= days * DAY_NS + HOUR_NS and _off(age, DAY_NS) <= HOUR_NS < age]
    weekday = [value for age, value in held if _off(age, WEEK_NS) <= HOUR_NS < age]
    if len(weekday) >= 2 * LEAST:
        return weekday
    return same if len(same) >= LEAST else [value for age, value in held if age <= DAY_NS]


def _off(age: int, period: int) -> int:
    return min(age % period, period - age % period)


MONITOR = MonitorType(
    "change",
    "The value differs from the same time on earlier days.",
    {
        "deviations": Option("number", "how many robust standard deviations it must differ by", 4.0),
        "percent": Option("number", "and at least by so many percent of what is usual", 10.0),
        "when": Option("text", "above, below or both", "both", ("above", "below", "both")),
        "days": Option("number", "days that make the baseline while there are fewer than two weeks", 7),
    },
    judge,
    history=2016,
)
