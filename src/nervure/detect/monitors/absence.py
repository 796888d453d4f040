"""Absence: nothing came, or far less than the least there ever was."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """A window with at most `most` of what is counted; for a count or a rate."""
    most = float(settings["most"])
    made = []
    for window in windows:
        seen = window.value or 0.0
        is_bad = seen <= most
        made.append(
            Verdict("alert" if is_bad else "ok", f"{seen:.4g} came, more than {most:.4g} should" if is_bad else "")
        )
    return made


MONITOR = MonitorType(
    "absence",
    "Nothing (or next to nothing) comes.",
    {"most": Option("number", "so many or fewer are an absence", 0)},
    judge,
)
