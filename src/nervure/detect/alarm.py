"""An alarm: one series that is not as expected, from when it was found until it is as expected again."""

from dataclasses import dataclass

import numpy as np

from nervure.detect.watched import Form

UP, DOWN = 0, 1
SIGN = (1.0, -1.0)


@dataclass(slots=True)
class Alarm:
    """A series that is not as expected. Buckets count from the epoch.

    evidence: log e-value. n, total: since the onset. recovering: log evidence that it is over; until: the last bucket
    that was not as expected again. gap: how far its mean was from what was expected when it was found. peak: mean of its
    highest hour before. raw_n, raw_total: as they came since it was found, what is far out not tamed.
    """

    series: int
    direction: int
    onset: int
    found: int
    evidence: float
    expected: float
    sd: float
    dispersion: float
    n: float
    total: float
    recovering: float = 0.0
    heard: int = 0
    cleared: int = 0
    gap: float = 0.0
    peak: float = 0.0
    raw_n: float = 0.0
    raw_total: float = 0.0
    until: int = 0


def recovery(alarm: Alarm, form: Form, n: float, total: float, expected: float) -> float:
    """log likelihood ratio of "as expected" against "half as bad as it has been"."""
    sign = SIGN[alarm.direction]
    mean = alarm.total / alarm.n if alarm.n else total / n
    # As bad as when it was found: what was fine since then does not make it a smaller fault.
    gap = max(sign * (mean - expected), alarm.gap)
    if form in ("mean", "log"):
        gap = max(gap, 0.3 * alarm.sd)
        middle = gap / 2
        excess = sign * (total - n * expected)
        return float(-(excess * middle - n * middle * middle / 2) / (alarm.sd**2 * alarm.dispersion))
    if form == "count":
        middle = max(expected - gap / 2, 0.02)
        return float(-(total * np.log(middle / max(expected, 0.05)) - (middle - expected)) / alarm.dispersion)
    usual = min(max(expected if sign > 0 else 1 - expected, 2e-3), 0.97)
    middle = min(max(usual + gap / 2, usual * 1.15), 0.98)
    hits = total if sign > 0 else n - total
    ratio = hits * np.log(middle / usual) + (n - hits) * np.log((1 - middle) / (1 - usual))
    return float(-ratio / alarm.dispersion)
