"""The score of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad 2015; NAB's sweeper and scorer).

A flagged point within a window earns up to 1, more the earlier; only the first counts. Each flagged point outside costs up
to 0.11, less just behind a window. A window without one costs 1. The first 15 % (of at most 5,000 points) are not scored.
The sum over all series is put between that of a detector that never speaks (0) and of a perfect one (100).
"""

import math
from collections.abc import Sequence
from datetime import datetime

FALSE_ALARM, MISSED = 0.11, 1.0
PROBATION, PROBATION_OF = 0.15, 5000


def probation(points: int) -> int:
    """Points at the beginning that are not scored."""
    return math.floor(PROBATION * min(points, PROBATION_OF))


def windows_of(times: Sequence[datetime], windows: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Windows of the labels as first and last index."""
    found = []
    for start, end in windows:
        low, high = (datetime.fromisoformat(text.split(".")[0]) for text in (start, end))
        inside = [place for place, time in enumerate(times) if low <= time.replace(microsecond=0) <= high]
        found.append((inside[0], inside[-1]))
    return found


def raw_score(flags: Sequence[bool], windows: Sequence[tuple[int, int]]) -> float:
    """Score of one series before it is put between 0 and 100. windows: first and last index, in order."""
    score, best = 0.0, [-math.inf] * len(windows)
    for place in range(probation(len(flags)), len(flags)):
        if not flags[place]:
            continue
        inside = next((n for n, (first, last) in enumerate(windows) if first <= place <= last), None)
        if inside is not None:
            first, last = windows[inside]
            earned = _sigmoid(-(last - place + 1) / (last - first + 1)) / _sigmoid(-1.0)
            best[inside] = max(best[inside], earned)
            continue
        before = [window for window in windows if window[1] < place]
        if not before:
            score -= FALSE_ALARM
            continue
        first, last = before[-1]
        score += FALSE_ALARM * _sigmoid((place - last) / max(last - first, 1))
    return score + sum(earned if earned > -math.inf else -MISSED for earned in best)


def normalised(raw: float, windows: int) -> float:
    """0 for silence, 100 for every window at its first point without a false alarm."""
    silent = -MISSED * windows
    return 100 * (raw - silent) / (windows - silent)


def _sigmoid(position: float) -> float:
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1
