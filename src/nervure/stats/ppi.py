"""Prediction-powered inference: many judgements by a machine, few by people, one honest rate.

Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), with the power tuning of PPI++ (Angelopoulos, Duchi and Zrnic
2023). The machine may be wrong in any way: what people labelled corrects it, and the interval stays valid.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nervure.stats.intervals import Interval

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Corrected:
    """interval: of the corrected mean. tuning: how far the machine was trusted, 0 not at all, 1 as in plain PPI.

    bias: mean of machine minus people on the rows both judged. effective_n: how many labels by people alone would give
    an interval as narrow.
    """

    interval: Interval
    tuning: float
    bias: float
    effective_n: float


def corrected_mean(
    people: ArrayLike, machine: ArrayLike, machine_alone: ArrayLike, level: float = 0.95, tuning: float | None = None
) -> Corrected | None:
    """The mean of what people would say of all rows.

    people, machine: values (0 and 1 for a rate) of the same n rows, a random sample of all. machine_alone: the machine's
    values of N other rows. tuning: 1 for plain PPI, 0 for the labels alone, None for the value with the least variance.
    None for fewer than two labelled rows. Raises ValueError when people and machine are not of the same rows.
    """
    y, f, u = (np.asarray(values, np.float64) for values in (people, machine, machine_alone))
    if y.shape != f.shape:
        raise ValueError(f"people and machine must have judged the same rows, got {len(y)} and {len(f)}")
    n, others = len(y), len(u)
    if n < 2:
        return None
    own = _tunings(y, f, u) if tuning is None else np.full(n, float(tuning))
    if others < 2:
        own = np.zeros(n)
    trust = float(own.mean())
    estimate = float((y - own * f).mean() + (trust * u.mean() if trust else 0.0))
    variance = float((y - own * f).var(ddof=1)) / n + (trust**2 * float(u.var(ddof=1)) / others if trust else 0.0)
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * math.sqrt(variance)
    alone = float(y.var(ddof=1))
    effective = alone / variance if variance > 0 else float(n + others)
    return Corrected(
        Interval(estimate, estimate - half, estimate + half, n + others, level), trust, float((f - y).mean()), effective
    )


def corrected_rate(
    people: ArrayLike, machine: ArrayLike, machine_alone: ArrayLike, level: float = 0.95, tuning: float | None = None
) -> Corrected | None:
    """As corrected_mean for 0 and 1, with the interval within [0, 1].

    Few labels of a rare thing may all agree; their variance would be 0. Then one label of each kind is added to what
    the variance is made of (Agresti and Coull 1998), so that the interval never claims certainty.
    """
    y, f = np.asarray(people, np.float64), np.asarray(machine, np.float64)
    found = corrected_mean(people, machine, machine_alone, level, tuning)
    if found is None:
        return None
    low, high = found.interval.low, found.interval.high
    if len(np.unique(y - found.tuning * f)) == 1:
        padded = corrected_mean(np.append(y, [0.0, 1.0]), np.append(f, [1.0, 0.0]), machine_alone, level, found.tuning)
        assert padded is not None
        half = (padded.interval.high - padded.interval.low) / 2
        low, high = found.interval.estimate - half, found.interval.estimate + half
    estimate = min(1.0, max(0.0, found.interval.estimate))
    interval = Interval(estimate, min(max(0.0, low), estimate), max(min(1.0, high), estimate), found.interval.n, level)
    return Corrected(interval, found.tuning, found.bias, found.effective_n)


def _tunings(y: NDArray[np.float64], f: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tuning for each labelled row, from the rows of the other folds.

    Tuned on the row itself it would fit the row's noise: with 50 labels a 95 % interval then held in 93.8 % of runs.
    """
    if len(y) < 2 * FOLDS:
        return np.zeros(len(y))
    fold = np.arange(len(y)) % FOLDS
    each = np.array([_tuning(y[fold != number], f[fold != number], u) for number in range(FOLDS)])
    return np.asarray(each[fold])


def _tuning(y: NDArray[np.float64], f: NDArray[np.float64], u: NDArray[np.float64]) -> float:
    """lambda of PPI++ for a mean (its example 6.1), kept within [0, 1]."""
    everything = np.concatenate([f, u])
    spread = float(everything.var(ddof=1)) if len(everything) > 1 else 0.0
    if spread == 0 or not len(u):
        return 0.0
    together = float(np.cov(y, f, ddof=1)[0, 1])
    return min(1.0, max(0.0, together / ((1 + len(f) / len(u)) * spread)))
