"""Log pattern: log records that match come more often than they may."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Counts of matching records by window; the pattern stands in the query's filter."""
    least = float(settings["least"])
    made = []
    for window in windows:
        seen = window.value or 0.0
        is_bad = seen >= least
        made.append(Verdict("alert" if is_bad else "ok", f"{seen:.0f} matching log records" if is_bad else "", least))
    return made


MONITOR = MonitorType(
    "log_pattern",
    'Log records that match, e.g. measure log.count where body contains "out of memory".',
    {"least": Option("number", "so many in a window alert", 1)},
    judge,
)
