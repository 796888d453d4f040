"""Evidence that may be looked at after every observation.

An e-detector (Shin, Ramdas and Rinaldo 2023) multiplies likelihood ratios of "changed" against "as before" and may begin
anew at every moment. In the form of Shiryaev and Roberts, R(t) = (R(t-1) + 1) * L(t), the mean time to a false alarm at
R >= A is at least A steps, whatever the observations' distribution, as long as E[L] <= 1 before the change. Of several
alternatives the mean is taken, which is an e-detector again. Everything here is in logarithms and works on arrays.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
# Largest log likelihood ratio one observation may contribute: no single one shall convince, however odd.
MOST_PER_OBSERVATION = 3.5
# Of numbers, whose tails nobody knows, less: five in a row at least.
MOST_PER_NUMBER = 2.5
# A gap: a bucket with at most that share of what is usual; so often after a change; at least so often before.
GAP, GAPS_AFTER, GAPS_BEFORE = 0.35, 0.4, 0.02


def gauss_llr(n: Floats, excess: Floats, delta: Floats, dispersion: Floats) -> Floats:
    """Of n observations whose standardised values sum to `excess`: mean `delta` against mean 0 (or below).

    dispersion: variance of the sum over that of independent observations (>= 1); the quasi-likelihood's exponent is
    its inverse. All broadcast together.
    """
    # An excess of more than delta per observation and the cap keeps outliers from convincing alone.
    return np.asarray(np.minimum((delta * excess - n * delta * delta / 2), MOST_PER_NUMBER * n) / dispersion)


def bernoulli_llr(n: Floats, hits: Floats, usual: Floats, odds: Floats, dispersion: Floats) -> Floats:
    """Of `hits` in n: odds multiplied by `odds` (> 1) against a probability of `usual` or less."""
    changed = usual * odds / (1 - usual + usual * odds)
    ratio = hits * np.log(changed / usual) + (n - hits) * np.log1p(-changed) - (n - hits) * np.log1p(-usual)
    return np.asarray(np.minimum(ratio, MOST_PER_OBSERVATION * n) / dispersion)


def poisson_llr(count: Floats, usual: Floats, factor: Floats, dispersion: Floats) -> Floats:
    """Of a count: a mean of `usual` times `factor` against `usual`."""
    return np.asarray((count * np.log(factor) - (factor - 1) * usual) / dispersion)


def gaps_llr(count: Floats, usual: Floats, dispersion: Floats) -> Floats:
    """Of a count, as one bucket of many: of those with hardly anything in them many against as few as chance makes.

    For what comes and goes, whose mean says little. Chance is Poisson's, of clusters of `dispersion` events.
    """
    chance = np.maximum(scipy.special.pdtr(np.floor(GAP * usual / dispersion), usual / dispersion), GAPS_BEFORE)
    gap, none = np.log(GAPS_AFTER / chance), np.log((1 - GAPS_AFTER) / (1 - np.minimum(chance, 0.99)))
    told = np.where(count <= GAP * usual, gap, none)
    return np.where(chance < GAPS_AFTER / 2, told, -1.0)


def advance(log_r: Floats, llr: Floats) -> Floats:
    """log R after one more step."""
    return np.asarray(np.logaddexp(0.0, log_r) + llr)


def mixed(log_r: Floats) -> Floats:
    """log of the mean R over the alternatives, which are the last axis."""
    top = log_r.max(axis=-1, keepdims=True)
    return np.asarray((top + np.log(np.exp(log_r - top).mean(axis=-1, keepdims=True)))[..., 0])


def e_bh(log_e: ArrayLike, log_alpha: float, tests: int | None = None) -> NDArray[np.intp]:
    """Places of the e-values that e-BH rejects (Wang and Ramdas 2022): those >= tests / (alpha * how many are).

    Controls the false discovery rate at alpha under any dependence. tests: how many e-values were looked at, when the
    unremarkable ones are left out of log_e.
    """
    values: Any = np.asarray(log_e, np.float64)
    count = len(values) if tests is None else tests
    order = np.argsort(-values, kind="stable")
    need = np.log(max(count, 1)) - log_alpha - np.log(np.arange(1, len(values) + 1))
    held = np.flatnonzero(values[order] >= need)
    return order[: held[-1] + 1] if len(held) else order[:0]
