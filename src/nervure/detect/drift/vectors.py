"""Embeddings: whether two clouds of vectors differ.

Four ways of differing are looked at, each against the same shuffled labels (so each keeps its level whatever the vectors
look like): another mix of topics (counts in clusters made without looking at which sample a vector is of), means that
moved along the main directions, means that moved anywhere, and any difference by maximum mean discrepancy (Gretton et al.
2012). Cf. Rabanser et al. 2019 for what each sees.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from nervure.detect.drift.result import Effect, Test
from nervure.stats.effective import inflation
from nervure.stats.multiplicity import cauchy_combination
from nervure.stats.resample import permuted_labels, tail_p

Vectors = NDArray[np.float32]
ROUNDS = 400
# More vectors than this on a side are sampled: the kernel matrix grows with their square.
MOST_VECTORS = 2000
DIRECTIONS = 50
TOLERANCE_AUC = 0.02
CLUSTERS = (8, 24)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Two samples of vectors, pooled. places: (n + m, k) along the k main directions. n: how many are of the reference."""

    vectors: Vectors
    places: NDArray[np.float64]
    n: int

    @property
    def m(self) -> int:
        return len(self.vectors) - self.n


def cloud_of(reference: Vectors, current: Vectors) -> Cloud:
    """Rows are vectors in order; at most MOST_VECTORS of each side, evenly spaced, are taken before."""
    pooled = np.concatenate([reference, current]).astype(np.float32)
    centred = pooled - pooled.mean(axis=0)
    _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64) / len(centred))
    return Cloud(pooled, centred.astype(np.float64) @ directions[:, ::-1][:, :DIRECTIONS], len(reference))


def thinned(vectors: Vectors, most: int = MOST_VECTORS) -> Vectors:
    """At most so many rows, evenly spaced, in order."""
    return vectors[chosen(len(vectors), most)]


def chosen(count: int, most: int = MOST_VECTORS) -> NDArray[np.intp]:
    """Rows that `thinned` keeps."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.intp)


def cloud_tests(cloud: Cloud, is_ordered: bool, weight: float = 1.0) -> Test:
    """One test of all four; effect: how well a classifier tells the samples apart."""
    if np.abs(cloud.places).max() <= 1e-6 * max(float(np.abs(cloud.vectors).max()), 1e-30):
        # One vector, again and again: nothing can differ.
        return Test("topics", 1.0, weight, auc_effect(cloud))
    random = np.random.default_rng(0)
    inflated = dependence(cloud) if is_ordered else 1.0
    # Neighbours within about three times the length of dependence stay together when labels are shuffled.
    block = 1 if inflated < 1.2 else min(math.ceil(3 * inflated), max(1, min(cloud.n, cloud.m) // 10))
    labels = permuted_labels(cloud.n, cloud.m, ROUNDS, random, block)
    observed = np.zeros((len(cloud.vectors), 1), bool)
    observed[cloud.n :] = True
    both = np.concatenate([observed, labels], axis=1)
    return Test("topics", _combined(_statistics(cloud, both)), weight, auc_effect(cloud, is_ordered))


def _combined(statistics: list[NDArray[np.float64]]) -> float:
    """One p-value of several statistics, each (rounds + 1,) with what was observed first.

    Each round's statistics are combined as the observed ones are, so that the combination itself is tested exactly; what
    lies beyond all rounds is read from the fitted tails.
    """
    rounds = len(statistics[0]) - 1
    ranked = [(rounds + 2 - scipy.stats.rankdata(one, "max")) / (rounds + 2) for one in statistics]
    combined = np.array([cauchy_combination(each) for each in np.array(ranked).T])
    as_small = int((combined[1:] <= combined[0]).sum())
    counted = (1 + as_small) / (1 + rounds)
    if as_small >= 3:
        return counted
    return min(counted, cauchy_combination([tail_p(float(one[0]), one[1:]) for one in statistics]))


def dependence(cloud: Cloud) -> float:
    """How many neighbouring vectors are worth one independent one: the most along the five main directions."""
    first, last = cloud.places[: cloud.n, :5], cloud.places[cloud.n :, :5]
    return max(max(inflation(column) for column in side.T) for side in (first, last))


def auc_effect(cloud: Cloud, is_ordered: bool = False) -> Effect:
    """Area under the ROC curve of a linear classifier on vectors it was not fitted to; interval by DeLong et al. 1988."""
    scores = _held_out(cloud)
    ahead, behind = scores[: cloud.n], scores[cloud.n :]
    placed_behind = _placed(behind, ahead)
    placed_ahead = 1 - _placed(ahead, behind)
    area = float(placed_behind.mean())
    worth = (inflation(placed_ahead), inflation(placed_behind)) if is_ordered else (1.0, 1.0)
    variance = (
        float(placed_ahead.var(ddof=1)) * worth[0] / cloud.n + float(placed_behind.var(ddof=1)) * worth[1] / cloud.m
    )
    half = 1.96 * math.sqrt(variance)
    return Effect(
        "domain_classifier_auc", area, max(0.0, area - half), min(1.0, area + half), 0.5, TOLERANCE_AUC,
        "how often a classifier ranks a current vector above one of the reference",
    )  # fmt: skip


def clusters_of(places: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Cluster of each row (k-means, always the same for the same rows)."""
    from sklearn.cluster import KMeans  # 1 s, paid only by those who compare vectors

    distinct = len(np.unique(places.round(9), axis=0))
    made = KMeans(min(count, distinct), n_init=1, max_iter=50, random_state=0).fit(places)
    return np.asarray(made.labels_, np.intp)


def _statistics(cloud: Cloud, labels: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """(rounds + 1,) of each way of differing; larger is more."""
    size = len(cloud.vectors)
    later = labels.astype(np.float32)
    counts = later.sum(axis=0)
    signs = later / counts - (1 - later) / (size - counts)
    found = []
    for clusters in CLUSTERS:
        member = np.eye(clusters, dtype=np.float32)[clusters_of(cloud.places, clusters)]
        held = member.sum(axis=0)
        gap = member.T @ signs
        found.append(((gap**2)[held > 0] / held[held > 0, None]).sum(axis=0))
    spread = cloud.places.std(axis=0)
    wide = spread > 1e-6 * max(float(np.abs(cloud.vectors).max()), 1e-30)
    white = (cloud.places[:, wide] / spread[wide])[:, :12].astype(np.float32)
    found.append(((white.T @ signs) ** 2).sum(axis=0))
    found.append(((cloud.vectors.T @ signs) ** 2).sum(axis=0))
    found.append((signs * (kernel(cloud.vectors) @ signs)).sum(axis=0))
    return [one.astype(np.float64) for one in found]


def kernel(vectors: Vectors) -> Vectors:
    """Gaussian kernel as wide as the median distance."""
    squares = (vectors**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares[None, :] - 2 * vectors @ vectors.T, 0)
    width = float(np.median(distances[:: max(1, len(vectors) // 500)]))
    found: Vectors = np.exp(-distances / max(width, 1e-12))
    return found


def _held_out(cloud: Cloud) -> NDArray[np.float64]:
    """Scores of a ridge discriminant, five folds by order so that neighbours are never on both sides."""
    places = cloud.places[:, : min(30, cloud.places.shape[1])]
    is_current = np.arange(len(places)) >= cloud.n
    fold = np.concatenate([np.arange(cloud.n) * 5 // cloud.n, np.arange(cloud.m) * 5 // cloud.m])
    scores = np.zeros(len(places))
    for each in range(5):
        seen, held = fold != each, fold == each
        ahead, behind = places[seen & ~is_current], places[seen & is_current]
        within = np.cov(ahead, rowvar=False) * 0.5 + np.cov(behind, rowvar=False) * 0.5
        within = np.atleast_2d(within) + 1e-3 * np.trace(np.atleast_2d(within)) / places.shape[1] * np.eye(
            places.shape[1]
        )
        direction = np.linalg.pinv(within) @ (behind.mean(axis=0) - ahead.mean(axis=0))
        # Scores of different folds are compared with each other: each is centred between its own two means.
        scores[held] = (places[held] - (ahead.mean(axis=0) + behind.mean(axis=0)) / 2) @ direction
    return scores


def _placed(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each value the share of others below it, equal ones half."""
    ordered = np.sort(others)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(ordered))
