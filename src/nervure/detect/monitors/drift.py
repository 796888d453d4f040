"""Drift: the mix of a field's values is another than in the reference windows before."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from nervure.detect.monitor import MonitorType, Option, Verdict, Window


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Mean of the latest `current` windows against the `reference` windows before them, in its standard deviations.

    Judged by effect (standardised difference) whose 95 % interval, from the windows' own scatter, lies beyond the limit.
    """
    current, reference = int(settings["current"]), int(settings["reference"])
    limit = float(settings["effect"])
    made = []
    for at, window in enumerate(windows):
        if window.value is None:
            made.append(Verdict("no_data"))
            continue
        now = _held(windows[max(0, at + 1 - current) : at + 1])
        before = _held(windows[max(0, at + 1 - current - reference) : max(0, at + 1 - current)])
        if len(now) < max(3, current // 2) or len(before) < max(6, reference // 2):
            made.append(Verdict("learning"))
            continue
        mean, spread = _moments(before)
        gap = _moments(now)[0] - mean
        effect = gap / spread if spread else math.copysign(math.inf, gap) if gap else 0.0
        # Windows follow each other: their effective number by their first autocorrelation.
        error = math.sqrt(1 / _effective(now) + 1 / _effective(before))
        is_bad = abs(effect) - 1.96 * error > limit
        text = f"moved by {effect:+.2f} standard deviations (95 % interval +/- {1.96 * error:.2f})" if is_bad else ""
        made.append(Verdict("alert" if is_bad else "ok", text, mean, mean - 1.96 * spread, mean + 1.96 * spread))
    return made


def _held(windows: Sequence[Window]) -> list[float]:
    return [one.value for one in windows if one.value is not None]


def _moments(values: Sequence[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))


def _effective(values: Sequence[float]) -> float:
    mean, spread = _moments(values)
    if not spread or len(values) < 4:
        return float(len(values))
    rho = sum((one - mean) * (two - mean) for one, two in pairwise(values)) / ((len(values) - 1) * spread**2)
    rho = min(max(rho, 0.0), 0.95)
    return max(1.0, len(values) * (1 - rho) / (1 + rho))


MONITOR = MonitorType(
    "drift",
    "The level of the value has moved from where it was, by an effect that matters.",
    {
        "effect": Option("number", "standard deviations it must have moved by", 0.5),
        "current": Option("number", "windows that are now", 12),
        "reference": Option("number", "windows before them that are compared with", 288),
    },
    judge,
    history=600,
)
