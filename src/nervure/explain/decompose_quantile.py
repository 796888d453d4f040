"""Mix and rate of a quantile: p95 latency has no segments that add up, so the split goes by reweighting.

The distribution after the change is reweighted to the segments' shares before it (DiNardo, Fortin and Lemieux 1996): what
the quantile still moved is rate, the rest mix. Both orders (mix first, rate first) are averaged, so the two add up to the
change exactly. A segment's own part is what exchanging it alone does, and is approximate: the parts need not add up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervure.base.errors import BadInput
from nervure.explain.decompose import Decomposition, SegmentPart
from nervure.stats.intervals import Interval

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
ROUNDS = 200


def decompose_quantile(
    quantile: float,
    segment_before: Sequence[Any],
    value_before: ArrayLike,
    segment_after: Sequence[Any],
    value_after: ArrayLike,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> Decomposition:
    """Split the change of a quantile (0..1) into mix and rate. One segment and one value an observation.

    A segment seen on one side only counts as mix. Intervals: bootstrap over observations, 200 rounds. Raises BadInput for
    a quantile outside (0, 1), columns that differ in length, and a side without observations.
    """
    if not 0 < quantile < 1:
        raise BadInput(f"a quantile lies between 0 and 1, got {quantile}")
    names, codes = np.unique(
        np.concatenate([np.asarray(segment_before), np.asarray(segment_after)]), return_inverse=True
    )
    values = [np.asarray(side, np.float64) for side in (value_before, value_after)]
    sizes = [len(segment_before), len(segment_after)]
    if [len(side) for side in values] != sizes:
        raise BadInput("each observation needs its segment and its value")
    if 0 in sizes or not all(np.isfinite(side).all() for side in values):
        raise BadInput("both sides need observations, and all values must be numbers")
    coded = [codes.reshape(-1)[: sizes[0]].astype(np.int64), codes.reshape(-1)[sizes[0] :].astype(np.int64)]
    points = _points(quantile, coded, values, len(names))
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(ROUNDS):
        picks = [rng.integers(0, size, size) for size in sizes]
        drawn.append(
            _points(quantile, [coded[s][picks[s]] for s in (0, 1)], [values[s][picks[s]] for s in (0, 1)], len(names))
        )
    many = np.array([_parts(one) for one in drawn])
    low, high = np.quantile(many, [(1 - level) / 2, (1 + level) / 2], axis=0)
    before, after = points[0], points[1]
    total, mix, rate = (
        Interval(estimate, min(float(low[n]), estimate), max(float(high[n]), estimate), sum(sizes), level)
        for n, estimate in enumerate(_parts(points))
    )
    parts = _segments(quantile, names.tolist(), coded, values, before)
    return Decomposition(before, after, total, mix, rate, parts)


def _parts(points: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """Total, mix and rate from the quantiles before, after, after at the old shares, before at the new shares."""
    before, after, old_shares, new_shares = points
    mix = ((after - old_shares) + (new_shares - before)) / 2
    return after - before, mix, (after - before) - mix


def _points(
    quantile: float, coded: Sequence[Codes], values: Sequence[Array], size: int
) -> tuple[float, float, float, float]:
    shares = [np.bincount(side, minlength=size) / len(side) for side in coded]
    both = (shares[0] > 0) & (shares[1] > 0)

    def at(side: int, wanted: Array) -> float:
        # Segments of one side only keep what they have: there is no distribution to put in their place.
        weights = np.where(both, np.divide(wanted, shares[side], out=np.zeros(size), where=shares[side] > 0), 0.0)
        weight = weights[coded[side]]
        return (
            _quantile(values[side], weight, quantile)
            if weight.sum() > 0
            else _quantile(values[side], np.ones(len(weight)), quantile)
        )

    ones = [np.ones(len(side)) for side in values]
    return (
        _quantile(values[0], ones[0], quantile),
        _quantile(values[1], ones[1], quantile),
        at(1, shares[0]),
        at(0, shares[1]),
    )


def _quantile(values: Array, weights: Array, quantile: float) -> float:
    """Weighted quantile, interpolated between the middles of the weights."""
    order = np.argsort(values)
    held, weight = values[order], weights[order]
    middles = (np.cumsum(weight) - weight / 2) / weight.sum()
    return float(np.interp(quantile, middles, held))


def _segments(
    quantile: float, names: list[Any], coded: Sequence[Codes], values: Sequence[Array], before: float
) -> list[SegmentPart]:
    """Each segment's quantiles, and what putting its values after for those before alone does to the whole."""
    parts = []
    shares = [np.bincount(side, minlength=len(names)) / len(side) for side in coded]
    for n, name in enumerate(names):
        own = [values[side][coded[side] == n] for side in (0, 1)]
        rate = mix = 0.0
        rest = coded[0] != n
        if len(own[0]) and len(own[1]):
            mixed = np.concatenate([values[0][rest], own[1]])
            weight = np.concatenate([np.ones(int(rest.sum())), np.full(len(own[1]), len(own[0]) / len(own[1]))])
            rate = _quantile(mixed, weight, quantile) - before
        if len(own[0]) and rest.any() and shares[1][n] < 1:
            scale = np.where(rest, (1 - shares[1][n]) / (1 - shares[0][n]), shares[1][n] / shares[0][n])
            mix = _quantile(values[0], scale, quantile) - before
        elif len(own[1]):
            mixed = np.concatenate([values[0], own[1]])
            weight = np.concatenate(
                [
                    np.full(len(values[0]), (1 - shares[1][n]) / len(values[0])),
                    np.full(len(own[1]), shares[1][n] / len(own[1])),
                ]
            )
            mix = _quantile(mixed, weight, quantile) - before
        quantiles = [float(np.quantile(side, quantile)) if len(side) else None for side in own]
        parts.append(SegmentPart(name, mix, rate, float(shares[0][n]), float(shares[1][n]), quantiles[0], quantiles[1]))
    return sorted(parts, key=lambda part: -abs(part.mix + part.rate))
