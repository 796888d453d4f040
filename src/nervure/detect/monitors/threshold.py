"""Threshold: the value lies above or below a limit; with an interval, only when all of it does."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Each window for itself."""
    limit, above = float(settings["limit"]), settings["when"] == "above"
    sure, least = settings["sure"] == "yes", int(settings["least"])
    made = []
    for window in windows:
        if window.value is None or window.n < least:
            made.append(Verdict("no_data"))
            continue
        edge = (window.low if above else window.high) if sure else window.value
        edge = window.value if edge is None else edge
        is_bad = edge > limit if above else edge < limit
        text = f"{window.value:.4g} is {settings['when']} {limit:.4g} (n = {window.n})" if is_bad else ""
        made.append(Verdict("alert" if is_bad else "ok", text, limit))
    return made


MONITOR = MonitorType(
    "threshold",
    "The value is above or below a limit.",
    {
        "limit": Option("number", "the limit, in the measure's unit", is_needed=True),
        "when": Option("text", "above or below", "above", ("above", "below")),
        "sure": Option("text", "yes: only when the whole 95 % interval lies beyond the limit", "no", ("yes", "no")),
        "least": Option("number", "observations a window needs to be judged", 1),
    },
    judge,
)
