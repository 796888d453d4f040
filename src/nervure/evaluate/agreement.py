"""How well an evaluator's scores agree with labels by people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator
from nervure.stats.agreement import cohen_kappa
from nervure.stats.classification import auroc, best_threshold, confusion
from nervure.stats.intervals import Interval

YES = frozenset({"1", "1.0", "true", "yes", "y", "t", "positive", "pos"})
NO = frozenset({"0", "0.0", "false", "no", "n", "f", "negative", "neg", ""})


@dataclass(slots=True)
class Labels:
    """Scores and labels of the rows that have both, gathered one by one."""

    scores: list[float] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)
    unscored: int = 0
    unlabelled: int = 0

    def add(self, score: float | None, label: Any) -> None:
        if label is None or (isinstance(label, float) and label != label):
            self.unlabelled += 1
        elif score is None:
            self.unscored += 1
        else:
            self.scores.append(score)
            self.labels.append(label)


def read_labels(labels: Sequence[Any], positive: str | None = None) -> list[bool]:
    """Labels as booleans. positive: the value that is the positive class, compared without case.

    Raises BadInput when the values cannot be told without it, or when `positive` does not occur.
    """
    texts = [str(label).strip().lower() for label in labels]
    if positive is not None:
        if texts and positive.strip().lower() not in texts:
            raise BadInput(f"the label {positive!r} does not occur; there are: {', '.join(sorted(set(texts))[:10])}")
        return [text == positive.strip().lower() for text in texts]
    others = sorted(set(texts) - YES - NO)
    if others:
        raise BadInput(f"say which label is the positive one with --positive: {', '.join(others[:10])}")
    return [text in YES for text in texts]


def agreement(evaluator: Evaluator, threshold: float, held: Labels, positive: str | None, means: str) -> dict[str, Any]:
    """Scores against labels, as JSON values.

    means: what a positive label says: `good` (the score should be high), `bad` (it should be low), or `auto`: bad for
    evaluators that detect something, good for the others. AUROC, F1 and the confusion are of that positive class.
    """
    truth = np.array(read_labels(held.labels, positive), bool)
    scores = np.array(held.scores, float)
    bad = means == "bad" or (means == "auto" and bool(evaluator.detects))
    told: dict[str, Any] = {
        "evaluator": evaluator.name,
        "n": len(scores),
        "unscored": held.unscored,
        "unlabelled": held.unlabelled,
        "positive": int(truth.sum()),
        "positive_means": (evaluator.detects or "a low score") if bad else "a high score",
    }
    if not len(scores):
        return told | {"note": "no row has both a score and a label"}
    turned = -scores if bad else scores
    said = scores < threshold if bad else scores >= threshold
    table = confusion(truth, said)
    best = best_threshold(truth, turned)
    if best is not None and bad:
        best = Interval(-best.estimate, -best.high, -best.low, best.n, best.level)
    told |= {
        "auroc": _plain(auroc(truth, turned)),
        "threshold": threshold,
        "confusion": {
            "true_positive": table.true_positive, "false_positive": table.false_positive,
            "false_negative": table.false_negative, "true_negative": table.true_negative,
        },
        "f1": _plain(table.f1()), "precision": _plain(table.precision()), "recall": _plain(table.recall()), "accuracy": _plain(table.accuracy()),
        "kappa": _plain(cohen_kappa(truth.tolist(), said.tolist())),
        "best_threshold": _plain(best),
    }  # fmt: skip
    if best is not None:
        at_best = confusion(truth, scores < best.estimate if bad else scores >= best.estimate)
        told["f1_at_best_threshold"] = _plain(at_best.f1())
    area = told["auroc"]
    if area and area["high"] < 0.5:
        told["note"] = (
            f"the score runs against the label: if a positive label means {'good' if bad else 'bad'}, say --label-means {'good' if bad else 'bad'}"
        )
    return told


def _plain(interval: Interval | None) -> dict[str, float] | None:
    if interval is None:
        return None
    return {"estimate": round(interval.estimate, 6), "low": round(interval.low, 6), "high": round(interval.high, 6)}
