"""How well a score tells two classes apart, with intervals."""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from nervure.stats.intervals import Interval, wilson

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of a binary decision against the truth."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def n(self) -> int:
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    def precision(self, level: float = 0.95) -> Interval | None:
        return wilson(self.true_positive, self.true_positive + self.false_positive, level)

    def recall(self, level: float = 0.95) -> Interval | None:
        return wilson(self.true_positive, self.true_positive + self.false_negative, level)

    def accuracy(self, level: float = 0.95) -> Interval | None:
        return wilson(self.true_positive + self.true_negative, self.n, level)

    def f1(self, level: float = 0.95) -> Interval | None:
        """F1 with an interval; None when there is no positive, neither true nor said.

        F1 = 2J / (1 + J) with J = TP / (TP + FP + FN), which is a proportion: given how many rows are positive in either
        way, TP is binomial. Wilson's interval of J, turned into F1, therefore holds for F1.
        """
        union = self.true_positive + self.false_positive + self.false_negative
        shared = wilson(self.true_positive, union, level)
        if shared is None:
            return None
        low, estimate, high = (2 * j / (1 + j) for j in (shared.low, shared.estimate, shared.high))
        return Interval(estimate, low, high, self.n, level)


def confusion(truth: ArrayLike, said: ArrayLike) -> Confusion:
    """truth, said: booleans of the same rows."""
    t, s = np.asarray(truth, bool), np.asarray(said, bool)
    if t.shape != s.shape:
        raise ValueError(f"truth and decisions must be of the same rows, got {len(t)} and {len(s)}")
    return Confusion(int((t & s).sum()), int((~t & s).sum()), int((t & ~s).sum()), int((~t & ~s).sum()))


def auroc(truth: ArrayLike, scores: ArrayLike, level: float = 0.95) -> Interval | None:
    """Area under the ROC curve with the variance of DeLong et al. (1988), by mid-ranks (Sun and Xu 2014).

    The interval is made on the logit scale, where it keeps its level near 1 (Pepe 2003), and for a perfect separation by
    Hanley and McNeil's "rule of three". truth: booleans; scores: higher for true. None when a class is missing.
    """
    t, x = np.asarray(truth, bool), np.asarray(scores, np.float64)
    positive, negative = x[t], x[~t]
    m, n = len(positive), len(negative)
    if not m or not n:
        return None
    ranks = scipy.stats.rankdata(np.concatenate([positive, negative]))
    area = float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))
    if area in (0.0, 1.0):
        far = 1 - 3 / min(m, n) if min(m, n) > 3 else 0.0
        return Interval(area, far if area else 0.0, 1.0 if area else 1 - far, m + n, level)
    if min(m, n) < 2:
        return Interval(area, 0.0, 1.0, m + n, level)
    over = (ranks[:m] - scipy.stats.rankdata(positive)) / n
    under = 1 - (ranks[m:] - scipy.stats.rankdata(negative)) / m
    error = math.sqrt(over.var(ddof=1) / m + under.var(ddof=1) / n)
    logit = math.log(area / (1 - area))
    half = float(scipy.stats.norm.ppf(0.5 + level / 2)) * error / (area * (1 - area))
    return Interval(area, 1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit)), m + n, level)


def best_threshold(
    truth: ArrayLike, scores: ArrayLike, level: float = 0.95, rounds: int = 400, seed: int = 0
) -> Interval | None:
    """The threshold with the largest Youden index (true minus false positive rate), rows at or above it said positive.

    Halfway between the scores around the cut. The interval is the bootstrap's percentiles: a cut on a plateau has a
    wide one, and any choice within it is as good. None when a class is missing.
    """
    t, x = np.asarray(truth, bool), np.asarray(scores, np.float64)
    if not t.any() or t.all():
        return None
    random = np.random.default_rng(seed)
    order = np.argsort(x, kind="stable")
    t, x = t[order], x[order]
    weights = np.ones(len(t))
    estimate = _cut(t, x, weights)
    found = []
    for _ in range(rounds):
        weights = np.bincount(random.integers(0, len(t), len(t)), minlength=len(t)).astype(float)
        if weights[t].sum() and weights[~t].sum():
            found.append(_cut(t, x, weights))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate, float(min(low, estimate)), float(max(high, estimate)), len(t), level)


def _cut(truth: NDArray[np.bool_], scores: Array, weights: Array) -> float:
    """scores ascending. The cut lies before the first row that is said positive."""
    below_positive = np.concatenate([[0.0], np.cumsum(weights * truth)])
    below_negative = np.concatenate([[0.0], np.cumsum(weights * ~truth)])
    gain = below_negative / below_negative[-1] - below_positive / below_positive[-1]
    # Equal scores cannot be parted.
    allowed = np.concatenate([[True], scores[1:] != scores[:-1], [True]])
    place = int(np.argmax(np.where(allowed, gain, -np.inf)))
    if place == 0:
        return float(scores[0])
    if place == len(scores):
        return float(np.nextafter(scores[-1], np.inf))
    return float((scores[place - 1] + scores[place]) / 2)


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose score lies in [low, high]: their mean score, and the share that is true with its interval."""

    low: float
    high: float
    score: float
    rate: Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """bins: equal in number of rows. error: mean gap of score and rate, weighted by rows (ECE). brier: mean square gap."""

    bins: tuple[Bin, ...]
    error: float
    brier: float


def calibration(truth: ArrayLike, scores: ArrayLike, bins: int = 10, level: float = 0.95) -> Calibration | None:
    """Whether scores are probabilities. scores: within [0, 1]. None without rows. Raises ValueError for others."""
    t, x = np.asarray(truth, bool), np.asarray(scores, np.float64)
    if not len(x):
        return None
    if x.min() < 0 or x.max() > 1:
        raise ValueError("calibration needs scores within [0, 1]")
    order = np.argsort(x, kind="stable")
    found, error = [], 0.0
    for part in np.array_split(order, min(bins, len(x))):
        rate = wilson(int(t[part].sum()), len(part), level)
        assert rate is not None
        mean = float(x[part].mean())
        found.append(Bin(float(x[part].min()), float(x[part].max()), mean, rate))
        error += abs(mean - rate.estimate) * len(part) / len(x)
    return Calibration(tuple(found), error, float(((x - t) ** 2).mean()))
