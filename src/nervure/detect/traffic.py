"""How many requests are due where: what is usual at that hour, less what stays away everywhere else.

A holiday empties every service, so a service is held against the others. An hour of the week that was never seen, such
as the first weekend's, is held against what came lately: it rises and falls over hours, what breaks falls at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nervure.detect.baseline import Baseline
from nervure.detect.series import Cell

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# Traces expected elsewhere in an hour, so that they tell of a holiday.
LEAST_ELSEWHERE = 20.0
# Standard errors that what came lately is lowered by.
LATELY_ERRORS = 1.0
# The others' rise is taken for everybody's up to that factor: a service for offices need not rise on its first Saturday.
MOST_RISE = 1.5
Recent = Sequence[tuple[int, Cell]]


def elsewhere(recent: Recent, level: Floats, services: Bools, at: Ints, per_hour: int) -> Floats:
    """By place in `at`: how much of what is usual came in the last hour in other services (1: all and more).

    level: [K] of a bucket. Where there is nothing else: what came from two hours to half an hour ago against the level.
    """
    came, due = np.zeros(len(level)), np.zeros(len(level))
    for _, cell in recent[-per_hour:]:
        came[cell.series] += cell.total
        due[cell.series] += level[cell.series]
    others_came, others_due = came[services].sum() - came[at], due[services].sum() - due[at]
    alone = ~(services[at] & (others_due >= LEAST_ELSEWHERE))
    before = _mean(recent[-2 * per_hour : -max(1, per_hour // 2)], len(level))[at]
    shares = np.where(alone, before / np.maximum(level[at], 1e-9), others_came / np.maximum(others_due, 1e-9))
    return np.minimum(shares, 1.0)


def lately(recent: Recent, services: Bools, base: Baseline, hour: int, per_hour: int) -> Floats:
    """[K], of a bucket: what came from three hours to one hour ago at least, as the other services went on since.

    They go on by their median: a campaign is one service's. What usually becomes less at that time of day may do so at
    that rate as well. 0 where there is no other service to tell.
    """
    count = len(services)
    before = recent[-3 * per_hour : -per_hour]
    places = np.flatnonzero(services)
    if not before or len(places) < 2:
        return np.zeros(count)
    was, now = _mean(before, count), _mean(recent[-max(1, per_hour // 2) :], count)
    goes = np.where(was[places] > 0, now[places] / np.maximum(was[places], 1e-9), np.nan)
    fall = base.fall(hour, (1, 2, 3))
    made = np.zeros(count)
    for number, place in enumerate(places.tolist()):
        others = np.delete(goes, number)
        if (was[places].sum() - was[place]) * per_hour < LEAST_ELSEWHERE or np.isnan(others).all():
            continue
        # The lower of two in the middle: what two tell apart is no rise.
        trend = min(float(np.nanquantile(others, 0.5, method="lower")), MOST_RISE)
        error = LATELY_ERRORS * np.sqrt(was[place] * base.dispersion[place] / len(before))
        # A usual fall excuses a fall; where none is usual, the service may have risen with the others.
        goes_on = min(trend, float(fall[place])) if fall[place] < 1 else trend
        made[place] = max(was[place] - error, 0.0) * goes_on
    return made


def _mean(cells: Recent, count: int) -> Floats:
    made = np.zeros(count)
    for _, cell in cells:
        made[cell.series] += cell.total / len(cells)
    return made
