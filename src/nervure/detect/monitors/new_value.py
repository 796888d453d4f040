"""New value seen: a model version, an error type or a tool that was not there before."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Of one group (one value): alerts in the windows in which it is first seen, once there is a past to be new to."""
    least, look_back = int(settings["least"]), int(settings["look_back"])
    made = []
    for at, window in enumerate(windows):
        seen = window.value or 0.0
        before = windows[max(0, at - look_back) : at]
        if at < look_back:
            made.append(Verdict("learning"))
        elif seen >= least and not any(one.value for one in before):
            made.append(Verdict("alert", f"first seen, {seen:.0f} times"))
        else:
            made.append(Verdict("ok"))
    return made


MONITOR = MonitorType(
    "new_value",
    "A value that was not there before: count by one field, e.g. model, error_type, tool.",
    {
        "least": Option("number", "times it must be seen in a window", 1),
        "look_back": Option("number", "windows before in which it must not have been seen", 288),
    },
    judge,
    history=288,
    is_of_groups=True,
)
