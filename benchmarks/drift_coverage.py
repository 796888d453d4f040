"""Coverage of every interval that drift states: pairs of distributions whose true difference is known. See benchmarks/drift.py.

A case makes one pair of samples and answers the interval of it; how often that holds the truth is its coverage.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from nervure.detect.drift import numeric
from nervure.detect.drift.categories import Counts, Dependence, category_tests
from nervure.detect.drift.cells import Cells, cells_of
from nervure.detect.drift.measure import Pair, get_measure, measures, pair_of, with_interval
from nervure.detect.drift.result import Effect
from nervure.detect.drift.shares import difference
from nervure.detect.drift.vectors import auc_effect, cloud_of

Interval = tuple[float, float]
DRAWN_AGAIN = ("covariance_shift", "wasserstein", "energy")
# Reference and current sample, by what differs.
NUMBERS = {
    "nothing": (stats.norm(), stats.norm()),
    "slight: +0.1 s.d.": (stats.norm(), stats.norm(0.1)),
    "normal: +0.3 s.d., s.d. x 1.2": (stats.norm(), stats.norm(0.3, 1.2)),
    "exponential: mean x 1.4": (stats.expon(), stats.expon(scale=1.4)),
}
WORDS = {
    "nothing": ([0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]),
    "slight: 4 points": ([0.4, 0.3, 0.2, 0.1], [0.36, 0.34, 0.2, 0.1]),
    "15 points": ([0.4, 0.3, 0.2, 0.1], [0.25, 0.3, 0.35, 0.1]),
}


@dataclass(frozen=True, slots=True)
class Case:
    """truth: the difference itself. draw(random): the 95 % interval from one pair of samples."""

    measure: str
    differs: str
    truth: float
    draw: Callable[[np.random.Generator], Interval]

    def covered(self, runs: int, seed: int) -> tuple[float, float]:
        """Shares of runs whose interval lies above the truth, and below it."""
        random = np.random.default_rng(seed)
        found = [self.draw(random) for _ in range(runs)]
        slack = 1e-9
        return (
            sum(low > self.truth + slack for low, _ in found) / runs,
            sum(high < self.truth - slack for _, high in found) / runs,
        )


def cases(n: int, auc_runs: int = 400) -> Iterator[Case]:
    """Every interval, samples of n on each side. auc_runs: to find out what the classifier reaches on average."""
    for differs, (one, other) in NUMBERS.items():
        truths = number_truths(one, other)
        own = {"superiority": lambda c: numeric.superiority_effect(c, n, n), "spread_ratio": lambda c: numeric.spread_effect(c, 1, 1)}  # fmt: skip
        for name, truth in truths.items():
            yield Case(name, differs, truth, _of_numbers(one, other, n, own.get(name) or _measured(name, n)))
    for differs, (first, second) in WORDS.items():
        for name, truth in word_truths(np.array(first), np.array(second)).items():
            yield Case(name, differs, truth, _of_words(first, second, n, name))
    for hits, later in ((0.02, 0.02), (0.02, 0.05)):
        yield Case("missing", f"{hits:.0%} to {later:.0%}", later - hits, _of_shares(hits, later, n))
    for share in (0.01, 0.05):
        yield Case("new_values", f"{share:.0%} of rows", share, _of_new(share, n))
    for gap in (0.0, 0.1):
        draw = _of_vectors(gap, min(n, 300))
        random = np.random.default_rng(1)
        # What is estimated is how well a classifier fitted to so many vectors does, hence its mean over many fits.
        truth = float(np.mean([draw(random).value for _ in range(auc_runs)]))
        yield Case("domain_classifier_auc", f"32 dimensions, +{gap} s.d. in each", truth, _ends(draw))


def stated() -> set[str]:
    """Names of the measures that give an interval for some kind of value."""
    return {
        name for name, one in measures().items() if one.interval is not None or set(one.of) & {"numeric", "categorical"}
    }


def number_truths(one: Any, other: Any) -> dict[str, float]:
    """Of two frozen distributions of scipy."""
    x = np.linspace(min(d.ppf(1e-9) for d in (one, other)), max(d.ppf(1 - 1e-9) for d in (one, other)), 400_001)
    gap, sd = one.cdf(x) - other.cdf(x), one.std()
    after = np.diff(other.cdf(np.concatenate([[-np.inf], one.ppf(np.arange(1, 10) / 10), [np.inf]])))
    levels = (np.arange(20_000) + 0.5) / 20_000
    return {
        "mean_shift": (other.mean() - one.mean()) / sd,
        "superiority": 1 - float(other.cdf(one.ppf(levels)).mean()),
        "spread_ratio": other.std() / sd,
        "covariance_shift": abs(np.log(other.std() / sd)),
        "ks": np.abs(gap).max(),
        "wasserstein": np.trapezoid(np.abs(gap), x) / sd,
        "energy": np.sqrt(2 * np.trapezoid(gap**2, x) / sd),
        **_binned(np.full(10, 0.1), after),
    }


def word_truths(p: np.ndarray, q: np.ndarray) -> dict[str, float]:
    """Of the shares of each value, samples of one size."""
    squared = float(((p - q) ** 2 / ((p + q) / 2)).sum()) / 4
    return {"chi_square": squared, "cramers_v": squared**0.5, **_binned(p, q)}


def _binned(p: np.ndarray, q: np.ndarray) -> dict[str, float]:
    middle = (p + q) / 2
    divergence = float((p * np.log(p / middle) + q * np.log(q / middle)).sum()) / (2 * np.log(2))
    return {"psi": float(((q - p) * np.log(q / p)).sum()), "jensen_shannon": max(divergence, 0.0) ** 0.5}


def _of_numbers(
    one: Any, other: Any, n: int, judge: Callable[[Cells], Any]
) -> Callable[[np.random.Generator], Interval]:
    def draw(random: np.random.Generator) -> Interval:
        found = judge(cells_of(one.rvs(n, random_state=random), other.rvs(n, random_state=random)))
        return (found.low, found.high) if isinstance(found, Effect) else found[1:]

    return draw


def _measured(name: str, n: int) -> Callable[[Cells], tuple[float, float, float]]:
    return lambda cells: with_interval(get_measure(name), pair_of(cells, n, n))


def _of_words(first: list[float], second: list[float], n: int, name: str) -> Callable[[np.random.Generator], Interval]:
    def draw(random: np.random.Generator) -> Interval:
        counts = (random.multinomial(n, shares).astype(float) for shares in (first, second))
        return with_interval(get_measure(name), Pair(*counts, n, n))[1:]

    return draw


def _of_shares(hits: float, later: float, n: int) -> Callable[[np.random.Generator], Interval]:
    return lambda random: difference(random.binomial(n, hits), n, random.binomial(n, later), n)[1:]


def _of_new(share: float, n: int) -> Callable[[np.random.Generator], Interval]:
    def draw(random: np.random.Generator) -> Interval:
        reference = np.append(random.multinomial(n, [0.5, 0.5]), 0).astype(float)
        current = random.multinomial(n, [(1 - share) / 2, (1 - share) / 2, share]).astype(float)
        none = np.zeros(0, np.intp)
        tests = category_tests(Counts(["a", "b", "new"], reference, current, none, none), Dependence(1.0, 1.0, 0.0))
        effect = tests[-1].effect
        if effect.measure == "new_values":
            # It states what lies above chance: of a value that comes so often, chance gives next to nothing.
            return effect.low, effect.high
        return 0.0, 3 / n

    return draw


def _of_vectors(gap: float, n: int) -> Callable[[np.random.Generator], Effect]:
    def draw(random: np.random.Generator) -> Effect:
        return auc_effect(cloud_of(*(random.normal(shift, 1, (n, 32)).astype(np.float32) for shift in (0.0, gap))))

    return draw


def _ends(draw: Callable[[np.random.Generator], Effect]) -> Callable[[np.random.Generator], Interval]:
    def ends(random: np.random.Generator) -> Interval:
        found = draw(random)
        return found.low, found.high

    return ends
