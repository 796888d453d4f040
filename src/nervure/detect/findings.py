"""From an alarm of the sweep to a finding people can read."""

import math

from nervure.base.clock import NS_PER_S
from nervure.base.ids import digest
from nervure.detect.alarm import UP, Alarm
from nervure.detect.series import Series
from nervure.model.finding import Finding

Z95 = 1.96


def finding_of(project: str, series: Series, alarm: Alarm, bucket: int, step_s: int) -> Finding:
    """The finding as of the end of `bucket`: observed since the onset, against what was expected of that time.

    It ends where it was last not as expected: what is well again since is no part of it.

    Means of logarithms are shown as geometric means. The prediction interval allows for clusters in the traffic.
    """
    n = max(alarm.n, 1.0)
    mean = alarm.total / n if alarm.n else alarm.expected
    error = alarm.sd * math.sqrt(alarm.dispersion / n)
    shown = math.exp if series.watched.form == "log" else float
    low, high = alarm.expected - Z95 * error, alarm.expected + Z95 * error
    if series.watched.form in ("ratio", "share"):
        low, high = max(low, 0.0), min(high, 1.0)
    return Finding(
        id=digest(f"{project}/{series.key}/{alarm.direction}/{alarm.onset}".encode())[:16],
        project=project,
        measure=series.watched.measure,
        scope=dict(series.scope),
        start_ns=alarm.onset * step_s * NS_PER_S,
        end_ns=(min(bucket, max(alarm.until, alarm.found)) + 1) * step_s * NS_PER_S,
        onset_ns=alarm.onset * step_s * NS_PER_S,
        found_ns=(alarm.found + 1) * step_s * NS_PER_S,
        observed=shown(mean),
        expected=shown(alarm.expected),
        low=shown(low),
        high=shown(high),
        effect=(mean - alarm.expected) / max(error, 1e-12),
        direction="up" if alarm.direction == UP else "down",
        n=int(alarm.n),
        n_effective=alarm.n / alarm.dispersion,
        e_value=math.exp(min(alarm.evidence, 600.0)),
        unit=series.watched.unit,
        details={"series": series.key, "where": series.watched.where},
    )


def strength(alarm: Alarm) -> float:
    """log likelihood ratio of what was seen since the onset, at its best: how much of the change this series carries.

    The scope that holds all of what changed and nothing else has the most of it.
    """
    if not alarm.n:
        return 0.0
    gap = alarm.total / alarm.n - alarm.expected
    return alarm.n * gap * gap / (2 * alarm.sd**2 * alarm.dispersion)


def size(alarm: Alarm) -> float:
    """Standard deviations of one observation between before and since: small where most of the scope is as before."""
    return abs(alarm.total / alarm.n - alarm.expected) / alarm.sd if alarm.n else 0.0
