"""Every interval holds what it promises: at nominal 95 % the truth lies inside in 94 to 96 % of simulated samples.

A share of finitely many samples is itself uncertain: the bounds allow two standard errors of it. Clopper and Pearson
promise at least 95 %, not about.
"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from nervure.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from nervure.stats.classification import Confusion, auroc
from nervure.stats.intervals import Interval, bootstrap, clopper_pearson, jeffreys, mean_interval, wilson
from nervure.stats.ppi import corrected_mean, corrected_rate

pytestmark = pytest.mark.slow
Draw = Callable[[np.random.Generator], tuple[Interval | None, float]]


def share_inside(draw: Draw, samples: int) -> float:
    random = np.random.default_rng(2026)
    inside = []
    for _ in range(samples):
        interval, truth = draw(random)
        assert interval is not None
        inside.append(interval.low <= truth <= interval.high)
    return float(np.mean(inside))


def proportion(method: Callable[[float, int], Interval | None], n: int) -> Draw:
    def draw(random: np.random.Generator) -> tuple[Interval | None, float]:
        rate = random.uniform(0.02, 0.98)
        return method(int(random.binomial(n, rate)), n), rate

    return draw


def ratings(random: np.random.Generator, items: int, raters: int = 3, care: float = 0.7) -> np.ndarray:
    """Raters who read the item with probability `care` and else guess by the base rates: the true alpha is care^2."""
    base = [0.5, 0.3, 0.2]
    truth = random.choice(3, items, p=base)
    return np.where(random.random((raters, items)) < care, truth, random.choice(3, (raters, items), p=base)).astype(
        float
    )


def draw_auroc(shift: float) -> Draw:
    truth = float(stats.norm.cdf(shift / np.sqrt(2)))

    def draw(random: np.random.Generator) -> tuple[Interval | None, float]:
        positive = np.arange(160) < 60
        return auroc(positive, random.normal(0, 1, 160) + shift * positive), truth

    return draw


def draw_f1(random: np.random.Generator) -> tuple[Interval | None, float]:
    counts = random.multinomial(150, [0.3, 0.1, 0.15, 0.45])
    return Confusion(*map(int, counts)).f1(), 2 * 0.3 / (2 * 0.3 + 0.1 + 0.15)


def draw_cohen(random: np.random.Generator) -> tuple[Interval | None, float]:
    table = np.array([[0.35, 0.05, 0.03], [0.06, 0.2, 0.04], [0.02, 0.05, 0.2]])
    chance = table.sum(axis=1) @ table.sum(axis=0)
    cells = random.choice(9, 300, p=table.ravel())
    return cohen_kappa((cells // 3).tolist(), (cells % 3).tolist()), (np.trace(table) - chance) / (1 - chance)


def draw_fleiss(random: np.random.Generator) -> tuple[Interval | None, float]:
    held = ratings(random, 150)
    return fleiss_kappa(np.stack([(held == kind).sum(axis=0) for kind in range(3)], axis=1)), 0.49


def draw_alpha(random: np.random.Generator) -> tuple[Interval | None, float]:
    held = ratings(random, 150)
    held[random.random(held.shape) < 0.15] = np.nan
    return krippendorff_alpha(held), 0.49


def draw_mean(random: np.random.Generator) -> tuple[Interval | None, float]:
    return mean_interval(random.normal(2, 1, 25)), 2.0


def draw_bootstrap(random: np.random.Generator) -> tuple[Interval | None, float]:
    return bootstrap(random.exponential(1, 250), np.mean, rounds=400, seed=int(random.integers(1 << 30))), 1.0


def draw_corrected(tuning: float | None, n: int) -> Draw:
    def draw(random: np.random.Generator) -> tuple[Interval | None, float]:
        people = random.random(n + 2000) < 0.3
        machine = np.where(random.random(n + 2000) < np.where(people, 0.9, 0.8), people, ~people)
        found = corrected_rate(people[:n], machine[:n], machine[n:], tuning=tuning)
        return (found.interval if found else None), 0.3

    return draw


@pytest.mark.parametrize(
    ("draw", "samples"),
    [
        pytest.param(proportion(wilson, 80), 6000, id="Wilson"),
        pytest.param(proportion(jeffreys, 80), 6000, id="Jeffreys"),
        pytest.param(draw_mean, 6000, id="Student's mean"),
        pytest.param(draw_auroc(1.2), 3000, id="AUROC 0.80"),
        pytest.param(draw_auroc(2.5), 3000, id="AUROC 0.96"),
        pytest.param(draw_f1, 6000, id="F1"),
        pytest.param(draw_cohen, 3000, id="Cohen's kappa"),
        pytest.param(draw_fleiss, 4000, id="Fleiss' kappa"),
        pytest.param(draw_alpha, 1000, id="Krippendorff's alpha"),
        pytest.param(draw_bootstrap, 1000, id="bootstrap of a mean"),
        pytest.param(draw_corrected(1.0, 150), 6000, id="PPI"),
        pytest.param(draw_corrected(None, 150), 4000, id="PPI++"),
    ],
)
def test_the_truth_lies_inside_as_often_as_promised(draw: Draw, samples: int) -> None:
    # Two standard errors of the share on either side of 94 and 96 %.
    slack = 2 * np.sqrt(0.95 * 0.05 / samples)
    assert 0.94 - slack <= share_inside(draw, samples) <= 0.96 + slack


def test_clopper_pearson_holds_at_least_its_level() -> None:
    assert share_inside(proportion(clopper_pearson, 80), 6000) >= 0.95


def test_a_wrong_interval_would_be_caught() -> None:
    def too_narrow(random: np.random.Generator) -> tuple[Interval | None, float]:
        interval, truth = draw_mean(random)
        assert interval is not None
        return Interval(interval.estimate, interval.low + 0.06, interval.high - 0.06, interval.n), truth

    assert share_inside(too_narrow, 4000) < 0.93


def test_trusting_a_useless_machine_costs_nothing_and_a_good_one_narrows_the_interval() -> None:
    random = np.random.default_rng(5)
    people = random.random(4000) < 0.3
    noise = random.random(4000) < 0.5
    good = np.where(random.random(4000) < 0.95, people, ~people)
    alone = corrected_mean(people[:200], noise[:200], noise[200:], tuning=0.0)
    useless = corrected_mean(people[:200], noise[:200], noise[200:])
    helped = corrected_mean(people[:200], good[:200], good[200:])
    assert alone is not None
    assert useless is not None
    assert helped is not None
    width = [one.interval.high - one.interval.low for one in (alone, useless, helped)]
    assert width[1] < 1.03 * width[0]
    assert width[2] < 0.6 * width[0]
    assert helped.effective_n > 600
