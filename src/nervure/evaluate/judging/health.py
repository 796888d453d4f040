"""Is it the judge that moved, or what it judges? Pure.

A frozen set is judged again on schedule. What changes there is the judge (or the model behind its name), for the examples
have not changed; what live scores move beyond that is the application.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import scipy

from nervure.model.judge import ABSTAINED, Check
from nervure.stats.intervals import Interval, wilson

Verdict = Literal["judge_moved", "model_moved", "both_moved", "steady", "not_enough_data"]
# A check comes every day: at 95 % one in twenty would cry wolf.
LEVEL = 0.99
# A shift of less than two points in a hundred is nobody's business, however certain.
LEAST_SHIFT = 0.02
LEAST_PROBES = 8


@dataclass(frozen=True, slots=True)
class Shift:
    """After minus before. before, after: means. n: examples (paired) or scores behind it."""

    interval: Interval
    before: float
    after: float
    n: int

    @property
    def is_real(self) -> bool:
        """The interval leaves out 0, and it is large enough to matter."""
        away = self.interval.low > 0 or self.interval.high < 0
        return away and abs(self.interval.estimate) >= LEAST_SHIFT

    @property
    def error(self) -> float:
        """Half the interval over its quantile."""
        return (self.interval.high - self.interval.low) / 2 / float(scipy.stats.norm.ppf(0.5 + LEVEL / 2))


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How a check went by itself. flip_rate: chance that asking the same twice gives two labels."""

    flip_rate: Interval | None
    abstention: Interval | None
    asked: int


def steadiness(check: Check) -> Steadiness:
    """Of one check."""
    differing, pairs, items = 0, 0, 0
    for labels in check.labels.values():
        said = [label for label in labels if label != ABSTAINED]
        differing += sum(a != b for a, b in combinations(said, 2))
        pairs += math.comb(len(said), 2)
        items += len(said) > 1
    asked = sum(len(labels) for labels in check.labels.values())
    silent = sum(label == ABSTAINED for labels in check.labels.values() for label in labels)
    # Pairs of one example hang together, so the examples are what is counted.
    flips = wilson(differing / pairs * items, items) if pairs else None
    return Steadiness(flips, wilson(silent, asked), asked)


def shift_between(before: Check, after: Check) -> Shift | None:
    """How the judge's scores of the same examples have moved; None for fewer than LEAST_PROBES with verdicts in both.

    The interval is Student's over the differences, with half an example more that rose from 0 to 1 and half of one that
    fell (as Agresti and Min 2005 do for pairs of yes and no), so that a few examples without a change claim no certainty.
    """
    pairs = []
    for probe, scores in after.scores.items():
        now = [one for one in scores if one is not None]
        then = [one for one in before.scores.get(probe, ()) if one is not None]
        if now and then:
            pairs.append((sum(then) / len(then), sum(now) / len(now)))
    if len(pairs) < LEAST_PROBES:
        return None
    values = np.array(pairs)
    gaps = values[:, 1] - values[:, 0]
    n = len(gaps)
    total, squares, padded = float(gaps.sum()), float((gaps**2).sum()) + 1, n + 2
    variance = max(0.0, squares - total**2 / padded) / (padded - 1) / padded
    half = float(scipy.stats.t.ppf(0.5 + LEVEL / 2, padded - 1)) * math.sqrt(variance)
    estimate = float(gaps.mean())
    middle = total / padded
    interval = Interval(estimate, min(middle - half, estimate), max(middle + half, estimate), n, LEVEL)
    return Shift(interval, float(values[:, 0].mean()), float(values[:, 1].mean()), n)


def live_shift(before: tuple[float, float, int], after: tuple[float, float, int]) -> Shift | None:
    """How live scores have moved. before, after: (mean, standard error, n). None for fewer than two scores of either."""
    if min(before[2], after[2]) < 2:
        return None
    estimate = after[0] - before[0]
    half = float(scipy.stats.norm.ppf(0.5 + LEVEL / 2)) * math.hypot(before[1], after[1])
    interval = Interval(estimate, estimate - half, estimate + half, min(before[2], after[2]), LEVEL)
    return Shift(interval, before[0], after[0], min(before[2], after[2]))


@dataclass(frozen=True, slots=True)
class Finding:
    """verdict and its sentence. rest: live shift minus the judge's own, what is left for the application."""

    verdict: Verdict
    words: str
    rest: Interval | None = None


def decide(judge: Shift | None, live: Shift | None) -> Finding:
    """Whose doing it is."""
    if judge is None:
        return Finding(
            "not_enough_data",
            f"the frozen set has not been judged twice by the same version with at least {LEAST_PROBES} verdicts",
        )
    if live is None:
        if judge.is_real:
            return Finding("judge_moved", f"the judge moved: {_told(judge)} on examples that have not changed")
        return Finding(
            "steady", f"the judge is steady: {_told(judge)} on the frozen set; there are no live scores to compare"
        )
    gap = live.interval.estimate - judge.interval.estimate
    half = float(scipy.stats.norm.ppf(0.5 + LEVEL / 2)) * math.hypot(judge.error, live.error)
    rest = Interval(gap, gap - half, gap + half, min(judge.n, live.n), LEVEL)
    is_rest = (rest.low > 0 or rest.high < 0) and abs(gap) >= LEAST_SHIFT
    if judge.is_real and is_rest:
        return Finding(
            "both_moved", f"the judge moved ({_told(judge)}), and the application beyond that ({_span(rest)})", rest
        )
    if judge.is_real:
        return Finding(
            "judge_moved",
            f"the judge moved, not the model: {_told(judge)} on examples that have not changed, and live scores"
            f" ({_told(live)}) moved no further than that",
            rest,
        )
    if live.is_real and is_rest:
        return Finding(
            "model_moved",
            f"the application moved, not the judge: live scores {_told(live)}, while the frozen set stayed ({_span(judge.interval)})",
            rest,
        )
    if live.is_real:
        return Finding(
            "not_enough_data",
            f"live scores moved ({_told(live)}), but {judge.n} frozen examples are too few to say whether the judge did",
            rest,
        )
    return Finding(
        "steady", f"neither moved: the judge {_span(judge.interval)}, live scores {_span(live.interval)}", rest
    )


def baseline_of(checks: Sequence[Check], version: int) -> Check | None:
    """What later checks are held against: the first good one of the judge's version."""
    return next((one for one in checks if one.state == "done" and one.judge_version == version), None)


def plain_shift(shift: Shift | None) -> dict[str, Any] | None:
    """A shift as JSON values."""
    if shift is None:
        return None
    interval = shift.interval
    return {
        "estimate": interval.estimate, "low": interval.low, "high": interval.high, "level": interval.level,
        "before": shift.before, "after": shift.after, "n": shift.n, "is_real": shift.is_real,
    }  # fmt: skip


def _told(shift: Shift) -> str:
    return f"{shift.before:.3f} to {shift.after:.3f}, {_span(shift.interval)}, n = {shift.n}"


def _span(interval: Interval) -> str:
    return f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
