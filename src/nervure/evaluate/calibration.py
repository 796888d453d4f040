"""An evaluator held against people: how far its scores agree with labels, which threshold to take, what its rate is worth.

Pure. "Yes" is what people say of a good answer; the positive class is yes, and the figures of failures (no) stand beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervure.base.errors import BadInput
from nervure.stats.agreement import cohen_kappa
from nervure.stats.classification import Confusion, auroc, best_threshold, calibration, confusion
from nervure.stats.intervals import Interval, wilson
from nervure.stats.ppi import FOLDS, Moments, corrected_rate_of_sums

Array = NDArray[np.float64]
# Below this many labels of each kind an agreement is an anecdote; the intervals say so, and a note.
LEAST_LABELS = 30
MOST_STEPS = 101
SHOWN_DISAGREEMENTS = 25
# Boundary of the bins of a calibration curve.
BINS = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows both have judged, in an order that has nothing to do with their values.

    machine: scores. human: share of people who say yes. is_random: the row was drawn at random from all traffic, so it
    may stand for it.
    """

    machine: Array
    human: Array
    is_random: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, bool]]) -> "Labelled":
        """Of (machine, human, is_random)."""
        machine, human, drawn = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(np.array(machine, float), np.array(human, float), np.array(drawn, bool))


@dataclass(frozen=True, slots=True)
class Costs:
    """What a mistake costs, in any unit: a bad answer that passes, and a good one that does not."""

    false_pass: float = 1.0
    false_fail: float = 1.0

    def __post_init__(self) -> None:
        if self.false_pass < 0 or self.false_fail < 0 or self.false_pass + self.false_fail == 0:
            raise BadInput("the costs of mistakes are 0 or more, and not both 0")


def calibrate(rows: Labelled, alone: Mapping[float, int], threshold: float, costs: Costs) -> dict[str, Any]:
    """Everything a calibration page shows, as JSON values; intervals are {"estimate", "low", "high"} at 95 %.

    alone: scores of rows nobody labelled, with their number. threshold: from which a row passes.
    """
    decided = rows.human != 0.5
    truth, scores = rows.human[decided] > 0.5, rows.machine[decided]
    told: dict[str, Any] = {
        "n": len(truth),
        "yes": int(truth.sum()),
        "no": int((~truth).sum()),
        "undecided": int((~decided).sum()),
        "picked": int((~rows.is_random).sum()),
        "threshold": threshold,
        "notes": _notes(rows, truth, scores),
        "rate": rates(rows, alone, threshold),
    }
    if not len(truth):
        return told
    told |= _at(truth, scores, threshold)
    told |= {
        "auroc": plain(auroc(truth, scores)),
        "curve": _curve(truth, scores),
        "best_threshold": plain(best_threshold(truth, scores)),
        "cheapest_threshold": plain(cheapest_threshold(truth, scores, costs)),
        "steps": steps(rows, alone, costs),
    }
    return told


def rates(rows: Labelled, alone: Mapping[float, int], threshold: float) -> dict[str, Any]:
    """Share that passes: `raw`, as the machine says of all rows; `people`, of the labelled ones; and `corrected`.

    labels: those the correction stands on; n: all rows. bias: machine minus people. effective_n: so many labels alone
    would give as narrow an interval.
    """
    drawn = rows.is_random
    y, f = rows.human[drawn], (rows.machine[drawn] >= threshold).astype(float)
    others = float(sum(alone.values()))
    passing = float(sum(count for score, count in alone.items() if score >= threshold))
    # A row chosen by hand has a score like any other, and stands among all rows, but its label corrects nothing.
    others += float((~drawn).sum())
    passing += float((rows.machine[~drawn] >= threshold).sum())
    n = len(y) + others
    found = corrected_rate_of_sums(folds_of(y, f), others, passing, passing)
    return {
        "n": int(n),
        "labels": len(y),
        "raw": plain(wilson(passing + float(f.sum()), int(n))),
        "people": plain(wilson(float(y.sum()), len(y))),
        "corrected": plain(found.interval) if found else None,
        "bias": found.bias if found else None,
        "tuning": found.tuning if found else None,
        "effective_n": found.effective_n if found else None,
    }


def steps(rows: Labelled, alone: Mapping[float, int], costs: Costs) -> list[dict[str, Any]]:
    """What each threshold would mean: confusion, F1, cost a row, raw and corrected rate. At most MOST_STEPS of them."""
    decided = rows.human != 0.5
    truth, scores = rows.human[decided] > 0.5, rows.machine[decided]
    made = []
    for threshold in _candidates(np.concatenate([rows.machine, np.array(list(alone), float)])):
        table = confusion(truth, scores >= threshold)
        rate = rates(rows, alone, threshold)
        cost = (table.false_positive * costs.false_pass + table.false_negative * costs.false_fail) / len(truth)
        made.append(
            {
                "threshold": threshold, **_counts(table), "f1": _estimate(table.f1()), "f1_of_no": _estimate(_turned(table).f1()),
                "cost": cost, "raw": rate["raw"]["estimate"] if rate["raw"] else None, "corrected": rate["corrected"],
            }
        )  # fmt: skip
    return made


def cheapest_threshold(
    truth: NDArray[np.bool_], scores: Array, costs: Costs, rounds: int = 400, seed: int = 0
) -> Interval | None:
    """The threshold at which mistakes cost least, with the bootstrap's percentiles; None when a class is missing."""
    if not truth.any() or truth.all():
        return None
    order = np.argsort(scores, kind="stable")
    t, x = truth[order], scores[order]
    random = np.random.default_rng(seed)
    drawn = [
        _cheapest(t, x, np.bincount(random.integers(0, len(t), len(t)), minlength=len(t)), costs)
        for _ in range(rounds)
    ]  # fmt: skip
    estimate = _cheapest(t, x, np.ones(len(t)), costs)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(estimate, float(min(low, estimate)), float(max(high, estimate)), len(t))


def folds_of(y: Array, f: Array) -> list[Moments]:
    """Labelled rows in folds by their order."""
    fold = np.arange(len(y)) % FOLDS
    made = []
    for number in range(FOLDS):
        a, b = y[fold == number], f[fold == number]
        made.append(Moments(len(a), *(float(one.sum()) for one in (a, b, a * a, b * b, a * b))))
    return made


def plain(interval: Interval | None) -> dict[str, float] | None:
    """An interval as JSON values."""
    if interval is None:
        return None
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def _at(truth: NDArray[np.bool_], scores: Array, threshold: float) -> dict[str, Any]:
    said = scores >= threshold
    table = confusion(truth, said)
    turned = _turned(table)
    return {
        "confusion": _counts(table),
        "precision": plain(table.precision()),
        "recall": plain(table.recall()),
        "f1": plain(table.f1()),
        "accuracy": plain(table.accuracy()),
        "kappa": plain(cohen_kappa(truth.tolist(), said.tolist())),
        "of_no": {
            "precision": plain(turned.precision()),
            "recall": plain(turned.recall()),
            "f1": plain(turned.f1()),
        },
    }


def _turned(table: Confusion) -> Confusion:
    """The same decisions with no as the positive class."""
    return Confusion(table.true_negative, table.false_negative, table.false_positive, table.true_positive)


def _counts(table: Confusion) -> dict[str, int]:
    return {name: int(getattr(table, name)) for name in Confusion.__slots__}


def _curve(truth: NDArray[np.bool_], scores: Array) -> dict[str, Any] | None:
    if scores.min() < 0 or scores.max() > 1:
        return None
    found = calibration(truth, scores, BINS)
    if found is None:
        return None
    bins = [
        {"low": one.low, "high": one.high, "score": one.score, "rate": plain(one.rate), "n": one.rate.n}
        for one in found.bins
    ]
    return {"bins": bins, "error": found.error, "brier": found.brier}


def _candidates(scores: Array) -> list[float]:
    """Thresholds that part the scores differently, and one above all; quantiles of them when there are many."""
    values = np.unique(np.round(scores, 6))
    if len(values) > MOST_STEPS - 1:
        values = np.unique(np.quantile(values, np.linspace(0, 1, MOST_STEPS - 1)))
    gaps = ((values[1:] + values[:-1]) / 2).tolist()
    return [float(values[0]), *gaps, float(np.nextafter(values[-1], np.inf))]


def _cheapest(truth: NDArray[np.bool_], scores: Array, weights: NDArray[Any], costs: Costs) -> float:
    """scores ascending. The cut lies before the first row that passes."""
    failed_good = np.concatenate([[0.0], np.cumsum(weights * truth)])
    passed_bad = (weights * ~truth).sum() - np.concatenate([[0.0], np.cumsum(weights * ~truth)])
    spent = failed_good * costs.false_fail + passed_bad * costs.false_pass
    # Equal scores cannot be parted.
    allowed = np.concatenate([[True], scores[1:] != scores[:-1], [True]])
    place = int(np.argmin(np.where(allowed, spent, np.inf)))
    if place == 0:
        return float(scores[0])
    if place == len(scores):
        return float(np.nextafter(scores[-1], np.inf))
    return float((scores[place - 1] + scores[place]) / 2)


def _estimate(interval: Interval | None) -> float | None:
    return interval.estimate if interval else None


def _notes(rows: Labelled, truth: NDArray[np.bool_], scores: Array) -> list[str]:
    notes = []
    yes, no = int(truth.sum()), int((~truth).sum())
    if min(yes, no) < LEAST_LABELS:
        notes.append(
            f"{yes} labels say yes and {no} no: with fewer than {LEAST_LABELS} of each, believe the intervals and not the figures"
        )
    area = auroc(truth, scores)
    if area is not None and area.high < 0.5:
        notes.append("the scores run against the labels: either yes means something bad, or the evaluator does")
    picked = int((~rows.is_random).sum())
    if picked:
        notes.append(
            f"{picked} labels are of answers chosen by hand or proposed because they are doubtful: they count here, but not"
            " for the corrected rate, which needs labels drawn at random"
        )
    return notes
