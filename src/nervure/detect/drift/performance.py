"""How good a classifier is now, without labels: what its own calibrated probabilities say (CBPE).

Confidence-based performance estimation (Bialek et al. 2023): probabilities are calibrated on a reference with labels; of a
later chunk each row is then right with a known probability, so accuracy, F1 and AUROC have expected values. It holds while
inputs move; it cannot see that the same inputs have come to mean something else (concept drift: see `concept`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervure.base.errors import BadInput
from nervure.stats.classification import auroc, confusion

Array = NDArray[np.float64]
ROUNDS = 200
FEWEST = 50
NAMES = ("accuracy", "f1", "auroc")


@dataclass(frozen=True, slots=True)
class Estimate:
    """low, high: where the chunk's realised figure lies with probability 0.95. realised: when labels are known."""

    value: float
    low: float
    high: float
    realised: float | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """first, last: rows of the current sample. metrics: by name. verdict: "stable" or "worse" or "better" than `usual`."""

    first: int
    last: int
    metrics: dict[str, Estimate]
    verdict: str


@dataclass(frozen=True, slots=True)
class Performance:
    """usual: of each metric where chunks of the reference lay: mean and three standard deviations on either side."""

    chunks: list[Chunk]
    usual: dict[str, tuple[float, float, float]]

    @property
    def verdict(self) -> str:
        """worse, better or stable: of most chunks that are not stable, when at least one is not."""
        moved = [one.verdict for one in self.chunks if one.verdict != "stable"]
        return max(sorted(set(moved)), key=moved.count) if moved else "stable"


def estimate_performance(
    reference_probability: ArrayLike, reference_target: ArrayLike, probability: ArrayLike, *,
    reference_prediction: ArrayLike | None = None, prediction: ArrayLike | None = None, target: ArrayLike | None = None,
    chunks: int = 10,
) -> Performance:  # fmt: skip
    """Accuracy, F1 and AUROC of the current rows in `chunks` pieces, in the order given.

    probability: of the positive class. target: 0 or 1. prediction: 0 or 1, by default probability >= 0.5; of the reference
    and of the current sample. target of the current sample: when known, realised figures are given beside. Raises
    BadInput for lengths that differ, values out of range or chunks of fewer than 50 rows.
    """
    scores, truth = (
        _checked(reference_probability, "reference probability"),
        _labels(reference_target, "reference target"),
    )
    now = _checked(probability, "probability")
    said_then, said = _said(reference_prediction, scores), _said(prediction, now)
    known = None if target is None else _labels(target, "target")
    for name, one, other in (("reference", scores, truth), ("reference", scores, said_then), ("current", now, said)):
        if len(one) != len(other):
            raise BadInput(
                f"{name}: probabilities, predictions and targets must be of the same rows, got {len(one)} and {len(other)}"
            )
    if known is not None and len(known) != len(now):
        raise BadInput(f"current: {len(known)} targets for {len(now)} rows")
    if min(len(now), len(scores)) < FEWEST * chunks:
        raise BadInput(
            f"{chunks} chunks need at least {FEWEST * chunks} rows on each side, got {len(scores)} and {len(now)}"
        )
    if truth.all() or not truth.any():
        raise BadInput("the reference has targets of one class only: calibration needs both")
    from sklearn.isotonic import IsotonicRegression  # 1 s, paid only by those who estimate

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, truth)
    usual = _usual(scores, said_then, truth, chunks)
    made = []
    for rows in np.array_split(np.arange(len(now)), chunks):
        chance = np.clip(fitted.predict(now[rows]), 0.0, 1.0)
        found = _estimated(chance, now[rows], said[rows], None if known is None else known[rows])
        made.append(Chunk(int(rows[0]), int(rows[-1]), found, _verdict(found, usual)))
    return Performance(made, usual)


def realised(scores: Array, said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, float]:
    """What came out; metrics that are not defined are left out."""
    counted, area = confusion(truth, said), auroc(truth, scores)
    f1 = counted.f1()
    found = {"accuracy": float((truth == said).mean())}
    return found | ({"f1": f1.estimate} if f1 else {}) | ({"auroc": area.estimate} if area else {})


def _estimated(
    chance: Array, scores: Array, said: NDArray[np.bool_], known: NDArray[np.bool_] | None
) -> dict[str, Estimate]:
    """Expected metrics, and their spread over labels drawn by these chances."""
    random = np.random.default_rng(0)
    order = np.argsort(scores, kind="stable")
    expected = _expected(chance[None, :], scores, said, order)
    drawn = _expected((random.random((ROUNDS, len(chance))) < chance).astype(np.float64), scores, said, order)
    came = realised(scores, said, known) if known is not None else {}
    found = {}
    for name in NAMES:
        low, high = np.nanquantile(drawn[name], (0.025, 0.975))
        found[name] = Estimate(float(expected[name][0]), float(low), float(high), came.get(name))
    return found


def _expected(labels: Array, scores: Array, said: NDArray[np.bool_], order: NDArray[np.intp]) -> dict[str, Array]:
    """labels: (rounds, n) of 0 and 1, or of chances."""
    hits = labels[:, said].sum(axis=1)
    positive = labels.sum(axis=1)
    n = labels.shape[1]
    correct = hits + (n - int(said.sum())) - (positive - hits)
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2 * hits / (positive + float(said.sum()))
        # Positives against negatives with lower scores; equal scores count half.
        ordered = labels[:, order]
        _, group = np.unique(scores[order], return_inverse=True)
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        ones = np.add.reduceat(ordered, starts, axis=1)
        zeros = np.add.reduceat(1 - ordered, starts, axis=1)
        below = np.cumsum(zeros, axis=1) - zeros / 2
        area = (ones * below).sum(axis=1) / (positive * (n - positive))
    return {"accuracy": correct / n, "f1": f1, "auroc": area}


def _usual(
    scores: Array, said: NDArray[np.bool_], truth: NDArray[np.bool_], chunks: int
) -> dict[str, tuple[float, float, float]]:
    found = [
        realised(scores[rows], said[rows], truth[rows])
        for rows in np.array_split(np.arange(len(scores)), max(chunks, 5))
    ]
    usual = {}
    for name in NAMES:
        values = np.array([one[name] for one in found if name in one])
        mean, spread = float(values.mean()), float(values.std(ddof=1))
        usual[name] = mean - 3 * spread, mean, mean + 3 * spread
    return usual


def _verdict(found: dict[str, Estimate], usual: dict[str, tuple[float, float, float]]) -> str:
    """By AUROC and accuracy: F1 follows the share of positives, which is no fault of the model's."""
    if any(found[name].value < usual[name][0] for name in ("auroc", "accuracy")):
        return "worse"
    return "better" if any(found[name].value > usual[name][2] for name in ("auroc", "accuracy")) else "stable"


def _checked(values: ArrayLike, name: str) -> Array:
    held = np.asarray(values, np.float64)
    if not len(held) or not np.isfinite(held).all() or held.min() < 0 or held.max() > 1:
        raise BadInput(f"{name}: every row needs a number between 0 and 1")
    return held


def _labels(values: ArrayLike, name: str) -> NDArray[np.bool_]:
    held = np.asarray(values, np.float64)
    if not np.isin(held, (0.0, 1.0)).all():
        raise BadInput(f"{name}: every row needs 0 or 1")
    return held.astype(bool)


def _said(values: ArrayLike | None, scores: Array) -> NDArray[np.bool_]:
    return scores >= 0.5 if values is None else _labels(values, "prediction")
