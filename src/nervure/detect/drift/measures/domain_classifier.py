"""How well a classifier tells the two samples apart."""

from nervure.detect.drift.measure import Measure, Pair
from nervure.detect.drift.vectors import auc_effect


def compute(pair: Pair) -> float:
    """Area under the ROC curve on vectors that the classifier was not fitted to; 0.5 when nothing differs."""
    return auc_effect(pair.get_cloud()).value


def interval(pair: Pair) -> tuple[float, float]:
    """By the jackknife of groups of neighbours: it allows for how fits and folds vary, and is wide where nothing differs."""
    found = auc_effect(pair.get_cloud(), pair.n < pair.get_cloud().n)
    return found.low, found.high


MEASURE = Measure(
    "domain_classifier_auc", "AUC of a linear classifier of the sample, cross-validated", ("embedding",), compute, high=1.0,
    interval=interval,
)  # fmt: skip
