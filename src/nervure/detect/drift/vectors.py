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
# The classifier sees so many main directions; folds consist of whole groups.
CLASSIFIED = 30
FOLDS, GROUPS = 5, 10


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
    """Area under the ROC curve of a linear classifier on vectors it was not fitted to.

    Interval by the jackknife of groups of neighbours (Kuensch 1989), each left out of both fitting and ranking, with Student's
    quantile: so it allows for how fits and folds vary, and for neighbours that depend on each other. Its variance is never
    below that of the classifiers as they were fitted (DeLong et al. 1988). Where next to nothing differs, it is too wide: a
    jackknife counts twice what is quadratic in the data (Efron and Stein 1981).
    """
    groups = _groups_of(cloud)
    ahead, behind = _held_out(cloud, groups, None)
    placed_behind, placed_ahead = _placed(behind, ahead), 1 - _placed(ahead, behind)
    area = float(placed_behind.mean())
    worth = (inflation(placed_ahead), inflation(placed_behind)) if is_ordered else (1.0, 1.0)
    fitted = (
        float(placed_ahead.var(ddof=1)) * worth[0] / cloud.n + float(placed_behind.var(ddof=1)) * worth[1] / cloud.m
    )
    without = [_held_out(cloud, groups, group) for group in range(GROUPS)]
    areas = np.array([_placed(later, earlier).mean() for earlier, later in without])
    variance = max(fitted, (GROUPS - 1) * float(areas.var()))
    half = float(scipy.stats.t.ppf(0.975, GROUPS - 1)) * math.sqrt(variance)
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


@dataclass(frozen=True, slots=True)
class _Groups:
    """Both samples in GROUPS stretches by order. of: (n + m,) the stretch of each row.

    counts: (2, groups) rows of each sample. sums: (2, groups, k) of their places. squares: (2, groups, k, k).
    """

    of: NDArray[np.intp]
    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]


def _groups_of(cloud: Cloud) -> _Groups:
    """Each sample must have at least GROUPS rows."""
    of = np.concatenate([np.arange(cloud.n) * GROUPS // cloud.n, np.arange(cloud.m) * GROUPS // cloud.m])
    places = cloud.places[:, :CLASSIFIED]
    parts = [
        [side[group == each] for each in range(GROUPS)]
        for side, group in ((places[: cloud.n], of[: cloud.n]), (places[cloud.n :], of[cloud.n :]))
    ]
    counts = np.array([[len(part) for part in side] for side in parts], np.float64)
    sums = np.array([[part.sum(axis=0) for part in side] for side in parts])
    return _Groups(of, counts, sums, np.array([[part.T @ part for part in side] for side in parts]))


def _held_out(cloud: Cloud, groups: _Groups, left_out: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of a ridge discriminant of the reference and of the current sample, without the group left out.

    Five folds by order, so that neighbours are never on both sides.
    """
    fold = np.arange(GROUPS) * FOLDS // GROUPS
    seen = (fold != np.arange(FOLDS)[:, None]).astype(np.float64)
    if left_out is not None:
        seen[:, left_out] = 0.0
    directions, middles = _fitted(groups, seen)
    row_fold = fold[groups.of]
    scores = np.take_along_axis(cloud.places[:, :CLASSIFIED] @ directions.T - middles, row_fold[:, None], axis=1)[:, 0]
    kept = np.ones(len(scores), bool) if left_out is None else groups.of != left_out
    return scores[: cloud.n][kept[: cloud.n]], scores[cloud.n :][kept[cloud.n :]]


def _fitted(groups: _Groups, seen: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(folds, k) directions and (folds,) scores half-way between the samples' means. seen: (folds, groups) of 0 and 1.

    Scores of different folds are compared with each other: each is centred between its own two means.
    """
    counts = np.einsum("fg,sg->fs", seen, groups.counts)[..., None]
    means = np.einsum("fg,sgk->fsk", seen, groups.sums) / counts
    squares = np.einsum("fg,sgkl->fskl", seen, groups.squares)
    within = (squares - counts[..., None] * means[..., :, None] * means[..., None, :]) / (counts - 1)[..., None]
    within = within.mean(axis=1)
    width = within.shape[-1]
    spread = np.trace(within, axis1=1, axis2=2)[:, None, None] / width
    # Samples without any spread have no direction; their matrix must be one that can be solved.
    ridged = within + np.where(spread > 0, 1e-3 * spread, 1.0) * np.eye(width)
    gaps = np.where(spread[:, 0] > 0, means[:, 1] - means[:, 0], 0.0)
    directions = np.linalg.solve(ridged, gaps[..., None])[..., 0]
    return directions, (means.mean(axis=1) * directions).sum(axis=1)


def _placed(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each value the share of others below it, equal ones half."""
    ordered = np.sort(others)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(ordered))
