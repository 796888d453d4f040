"""How far rows stray when nothing happens, and how likely each is under a change of a given strength.

A row's *deviation* is (expected - actual) / max(expected, actual), within -1..1: a fall to a third is 0.67, a rise to the
triple -0.67, so causes of one strength have one deviation, whatever the size of their rows (the generalised ripple
effect of Squeeze, Li et al. 2019). Of rows of small counts a single deviation says little; they are judged by the
likelihood of a Poisson count, widened by the dispersion found (Kulldorff 1997), which adds up over a scope's rows.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from nervure.explain.localise_nouns import Array

# A row is "small" when chance alone moves it by more than about a quarter.
SMALL = 16.0
# What a row may be that no model expects; also bounds the evidence that one row can give.
STRANGE = 1e-7
# How unlikely a row within a changed scope may be that does not follow it.
STRAY = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """relative: standard deviation of the deviation of large rows; degrees: of freedom of its tails (Student's t).
    dispersion: variance of a small count over its mean; 0 when the numbers are no counts. overall: actual over
    expected of the typical row."""

    relative: float
    degrees: float
    dispersion: float
    overall: float


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows ready to be judged. expected is already multiplied by `noise.overall`. live: rows that say anything."""

    actual: Array
    expected: Array
    deviation: Array
    live: NDArray[np.bool_]
    small: NDArray[np.bool_]
    usual: Array


def deviations(actual: Array, expected: Array) -> Array:
    """(expected - actual) / max of both; 0 where both are 0. Within -1..1 for numbers >= 0, clipped to -2..2 else."""
    largest = np.maximum(np.abs(actual), np.abs(expected))
    return np.clip(np.divide(expected - actual, largest, out=np.zeros_like(actual), where=largest > 0), -2, 2)


def estimate(
    actual: Array, expected: Array, use: NDArray[np.bool_], counts: bool, overall: float | None = None
) -> Noise:
    """Noise of the rows in `use`, taken robustly: half of them may have changed. overall: None to estimate it too."""
    live = use & ((actual != 0) | (expected != 0))
    if not live.any():
        return Noise(0.02, 30.0, 1.0 if counts else 0.0, overall or 1.0)
    a, p = actual[live], expected[live]
    if counts:
        return _of_counts(a, np.maximum(p, FLOOR), overall)
    if overall is None:
        centre = _centre(deviations(a, p))
        overall = 1 - centre if centre >= 0 else 1 / (1 + max(centre, -0.99))
        overall = overall if 0.2 < overall < 5 else 1.0
    found = deviations(a, p * overall)
    spread = min(max(_spread(found), 0.01), 0.6)
    return Noise(spread, _degrees(found, spread), 0.0, overall)


def prepare(actual: Array, expected: Array, noise: Noise) -> Rows:
    """Deviations from what was expected overall and the log-density of each row when nothing happened."""
    expected = expected * noise.overall
    deviation = deviations(actual, expected)
    live = (actual != 0) | (expected != 0)
    small = np.zeros(len(actual), bool)
    if noise.dispersion > 0:
        small = np.maximum(actual, expected / noise.overall) < SMALL * noise.dispersion
    return Rows(
        actual, expected, deviation, live, small, _usual(deviation, _width(actual, expected, noise), noise.degrees)
    )


def strengths(noise: Noise) -> tuple[Array, Array]:
    """The grid searched: deviations of a cause and their spread within it. Too weak ones to matter are left out."""
    least = min(max(0.04, 0.5 * noise.relative), 0.5)
    fine, coarse = np.linspace(-1, 1, 41), np.linspace(-0.95, 0.95, 20)
    fine, coarse = fine[np.abs(fine) >= least - 1e-9], coarse[np.abs(coarse) >= max(least, 0.1)]
    return np.concatenate((fine, coarse)), np.concatenate((np.full(len(fine), 0.03), np.full(len(coarse), 0.1)))


def likelihood(rows: Rows, noise: Noise) -> float:
    """Log-likelihood of the rows when nothing happened but what `noise.overall` says; comparable between noises."""
    small = rows.small & rows.live
    expected = np.maximum(rows.expected[small], FLOOR)
    counted = (rows.actual[small] * np.log(expected) - expected).sum() / max(noise.dispersion, 1.0)
    return float(counted + rows.usual[rows.live & ~rows.small].sum())


def evidence(rows: Rows, deviation: Array, spread: Array, noise: Noise) -> Array:
    """Rows x strengths: log-likelihood of each row under a cause of that strength, minus that under none."""
    large = rows.live & ~rows.small
    told = np.zeros((len(rows.actual), len(deviation)))
    stray = math.log(STRAY)
    apart = (rows.deviation[large, None] - deviation) / spread
    follows = -0.5 * apart * apart - np.log(spread * math.sqrt(2 * math.pi)) - _cut(deviation, spread)
    told[large] = np.logaddexp(follows - rows.usual[large, None], stray)
    if noise.dispersion > 0:
        # A row of which little was expected is a count even when much came, but one burst is no proof.
        counted = rows.live & (rows.small | (rows.expected < SMALL * noise.dispersion))
        factor, expected = factors(deviation), np.maximum(rows.expected[counted], FLOOR)
        found = (np.outer(rows.actual[counted], np.log(factor)) - np.outer(expected, factor - 1)) / noise.dispersion
        burst = ~rows.small[counted][:, None] & (found > BURST)
        told[counted] = np.where(burst, BURST + (found - BURST) / 3, found)
    return told


# Evidence of one such row, in nats, from which the rest counts a third.
BURST = 10.0
# Of a count that was never seen before, as much is expected as of one seen once in ten windows.
FLOOR = 0.1


def factors(deviation: Array) -> Array:
    """What a deviation multiplies by: 0.5 is one half, -0.5 is two. Kept off 0 and infinity."""
    return np.where(deviation >= 0, np.maximum(1 - deviation, 0.02), 1 / np.maximum(1 + deviation, 0.02))


def _cut(deviation: Array, spread: Array) -> Array:
    """Log of the mass that a spread around a deviation has within -1..1: a fall cannot pass 1."""
    cut: Array = np.log(scipy.special.ndtr((1 - deviation) / spread) - scipy.special.ndtr((-1 - deviation) / spread))
    return cut


def _width(actual: Array, expected: Array, noise: Noise) -> Array:
    largest = np.maximum(np.maximum(np.abs(actual), np.abs(expected)), 1e-300)
    return np.sqrt(
        noise.relative**2 + np.where(noise.dispersion > 0, noise.dispersion / np.maximum(largest, 1e-9), 0.0)
    )


def _usual(deviation: Array, width: Array, degrees: float) -> Array:
    """Log-density of Student's t, with a floor."""
    # `width` is that of a normal distribution with the same middle half.
    scale = width * 0.6745 / scipy.special.stdtrit(degrees, 0.75)
    told: Array = np.logaddexp(_student(deviation / scale, degrees) - np.log(scale), math.log(STRANGE / 2))
    return told


def _student(values: Array, degrees: float) -> Array:
    constant = (
        scipy.special.gammaln((degrees + 1) / 2)
        - scipy.special.gammaln(degrees / 2)
        - 0.5 * math.log(degrees * math.pi)
    )
    told: Array = constant - (degrees + 1) / 2 * np.log1p(values * values / degrees)
    return told


def _centre(found: Array) -> float:
    """Where most lie: the middle of the shortest interval that holds half of the values (the shorth)."""
    held = np.sort(found)
    part = max(2, (len(held) + 1) // 2)
    if len(held) < part:
        return 0.0
    at = int(np.argmin(held[part - 1 :] - held[: len(held) - part + 1]))
    return float(np.median(held[at : at + part]))


def _spread(found: Array) -> float:
    """Standard deviation around 0 by the median of the side that strays less: causes mostly go one way, and then the
    other side knows only noise (RiskLoc, Kalander 2022)."""
    if np.mean(np.abs(found) < 1e-6) >= 0.3:
        # Exact forecasts: what is not exact has changed, unless it strays to both sides.
        found = found[np.abs(found) >= 1e-6]
        few = 10.0
        if min((found > 0).sum(), (found < 0).sum()) < max(few, 0.1 * len(found)):
            return 0.0
    sides = [side for side in (found[found > 0], -found[found < 0]) if len(side) >= max(5, 0.05 * len(found))]
    if len(sides) < 2:
        # A quarter of a normal distribution lies within 0.3186 standard deviations.
        return float(np.quantile(np.abs(found), 0.25)) / 0.3186 if len(found) else 0.0
    return min(float(np.median(side)) for side in sides) / 0.6745


def _degrees(apart: Array, spread: float) -> float:
    """Tails, from the side on which less strays: causes mostly go one way (RiskLoc, Kalander 2022)."""
    scaled = apart / spread
    side = min(scaled[scaled > 0], -scaled[scaled < 0], key=lambda half: float(np.mean(half > 3)) if len(half) else 1.0)
    if len(side) < 30:
        return 6.0
    # As there, the farthest few are left out: they may be causes that go the other way.
    side = np.sort(side)[: len(side) - min(5, len(side) // 100)]
    return max(TAILS, key=lambda degrees: _fit(side, degrees))


TAILS = (3.0, 4.0, 6.0, 10.0, 30.0, 300.0)


def _fit(side: Array, degrees: float) -> float:
    """Log-likelihood of values whose middle half is that of a standard normal."""
    scale = 0.6745 / float(scipy.special.stdtrit(degrees, 0.75))
    return float(_student(side / scale, degrees).sum()) - len(side) * math.log(scale)


def _of_counts(a: Array, p: Array, overall: float | None) -> Noise:
    """Counts: the dispersion from small rows, the relative noise from what large rows stray beyond it."""
    if overall is None:
        overall = _overall(a, p)
    mean = overall * p
    modest = mean < SMALL
    dispersion = 1.0
    if modest.sum() >= 10:
        # Rows far off do not say what is usual; they count as three standard units.
        strayed = np.minimum((a - mean) ** 2, 9 * (mean + 1))[modest]
        dispersion = min(max(float(strayed.sum() / mean[modest].sum()), 0.8), 4.0)
    relative = 0.1
    if (~modest).sum() >= 10:
        spread = _spread(deviations(a[~modest], mean[~modest]))
        relative = math.sqrt(max(spread**2 - dispersion * float(np.median(1 / mean[~modest])), 0.05**2))
    return Noise(relative, 30.0, dispersion, overall)


def _overall(a: Array, p: Array) -> float:
    """Actual over expected of the rows that agree with it."""
    overall = float(a.sum() / p.sum())
    for _ in range(8):
        calm = np.abs(a - overall * p) <= 3 * np.sqrt(overall * p + 1)
        if calm.any() and a[calm].sum() > 0:
            overall = float(a[calm].sum() / p[calm].sum())
    # Beyond this nothing is left of what was expected, and it is no mere shift.
    return min(max(overall, 0.02), 50.0)
