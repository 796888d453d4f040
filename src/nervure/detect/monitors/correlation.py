"""Correlation of two: two values that move together no longer do, or only now do."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window

LEAST = 8


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Pearson's correlation over the latest `over` windows, with Fisher's 95 % interval."""
    limit, above, over = float(settings["limit"]), settings["when"] == "above", int(settings["over"])
    made = []
    for at, window in enumerate(windows):
        if window.value is None or window.other is None:
            made.append(Verdict("no_data"))
            continue
        part = windows[max(0, at + 1 - over) : at + 1]
        pairs = [(one.value, one.other) for one in part if one.value is not None and one.other is not None]
        found = _pearson(pairs)
        if found is None:
            made.append(Verdict("learning"))
            continue
        half = 1.96 / math.sqrt(len(pairs) - 3)
        low, high = math.tanh(math.atanh(found) - half), math.tanh(math.atanh(found) + half)
        is_bad = low > limit if above else high < limit
        text = f"correlation {found:.2f} ({low:.2f} to {high:.2f}) is {settings['when']} {limit:.2f}" if is_bad else ""
        made.append(Verdict("alert" if is_bad else "ok", text, limit, low, high))
    return made


def _pearson(pairs: Sequence[tuple[float, float]]) -> float | None:
    """None for fewer than LEAST pairs or when one of the two stands still."""
    if len(pairs) < LEAST:
        return None
    one, two = zip(*pairs, strict=True)
    mean_one, mean_two = sum(one) / len(one), sum(two) / len(two)
    square_one = sum((value - mean_one) ** 2 for value in one)
    square_two = sum((value - mean_two) ** 2 for value in two)
    if not square_one or not square_two:
        return None
    found = sum((a - mean_one) * (b - mean_two) for a, b in pairs) / math.sqrt(square_one * square_two)
    return float(min(max(found, -0.999999), 0.999999))


MONITOR = MonitorType(
    "correlation",
    "Two values move together more (or less) than they should.",
    {
        "with": Option("query", "the second query: measure, where", is_needed=True),
        "limit": Option("number", "correlation, -1 to 1", 0.7),
        "when": Option("text", "above or below", "above", ("above", "below")),
        "over": Option("number", "windows the correlation is taken over", 24),
    },
    judge,
    history=24,
)
