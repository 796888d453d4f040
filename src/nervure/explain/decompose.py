"""Mix and rate: what of a change came from segments growing and shrinking, and what from changes within them.

A mean is the sum of share x rate over segments. Kitagawa (1955) splits its change exactly:

    mix  = sum of (share after - share before) x (rate before + rate after) / 2
    rate = sum of (rate after - rate before) x (share before + share after) / 2

A segment seen on one side only has no rate on the other; it is given the rate it has, so all of it is mix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervure.base.errors import BadInput
from nervure.stats.intervals import Interval

Array = NDArray[np.float64]
ROUNDS = 2000


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """One segment's part of the change. mix: by its share, against the average rate (a segment that grows and is better than the
    rest lowers a mean); rate: by its own rate. Rates are None where it was not seen."""

    segment: Any
    mix: float
    rate: float
    share_before: float
    share_after: float
    rate_before: float | None
    rate_after: float | None


@dataclass(frozen=True, slots=True)
class Decomposition:
    """total = mix + rate, exactly. before, after: the values compared. Segments with the largest part first."""

    before: float
    after: float
    total: Interval
    mix: Interval
    rate: Interval
    segments: list[SegmentPart]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        spans = {name: getattr(self, name) for name in ("total", "mix", "rate")}
        return {
            "before": self.before, "after": self.after,
            **{name: {"estimate": one.estimate, "low": one.low, "high": one.high} for name, one in spans.items()},
            "segments": [{name: getattr(one, name) for name in SegmentPart.__slots__} for one in self.segments],
        }  # fmt: skip


def decompose_means(
    segments: Sequence[Any],
    count_before: ArrayLike,
    mean_before: ArrayLike,
    variance_before: ArrayLike,
    count_after: ArrayLike,
    mean_after: ArrayLike,
    variance_after: ArrayLike,
    *,
    level: float = 0.95,
    design_effect: float = 1.0,
    seed: int = 0,
) -> Decomposition:
    """Split the change of a mean. One value a segment each: observations, their mean and their variance.

    design_effect: variance over that of independent observations (sessions and tenants cluster them); widens the intervals,
    which come from drawing shares (Dirichlet) and means (normal) 2,000 times. Raises BadInput for columns that do not fit.
    """
    sizes = _columns(segments, count_before, count_after)
    means = _columns(segments, mean_before, mean_after, blank=True)
    spreads = _columns(segments, variance_before, variance_after, blank=True)
    if (spreads < 0).any():
        raise BadInput("variances must not be negative")
    rng = np.random.default_rng(seed)
    errors = np.sqrt(design_effect * spreads / np.maximum(sizes, 1))
    drawn = means[:, None, :] + errors[:, None, :] * rng.standard_normal((2, ROUNDS, len(segments)))
    return _split(segments, sizes, means, drawn, level, design_effect, rng)


def decompose_ratio(
    segments: Sequence[Any],
    numerator_before: ArrayLike,
    denominator_before: ArrayLike,
    numerator_after: ArrayLike,
    denominator_after: ArrayLike,
    *,
    level: float = 0.95,
    design_effect: float = 1.0,
    seed: int = 0,
) -> Decomposition:
    """Split the change of a ratio of counts: errors over requests, passed over scored. One value a segment each.

    A rate's chance error is that of a proportion (Beta(1/2 + successes, 1/2 + failures)) where numerators stay within
    denominators, else that of a count. Shares are those of the denominators. Raises BadInput for columns that do not fit.
    """
    tops = _columns(segments, numerator_before, numerator_after)
    sizes = _columns(segments, denominator_before, denominator_after)
    rates = np.divide(tops, sizes, out=np.zeros_like(tops), where=sizes > 0)
    rng = np.random.default_rng(seed)
    shape = (2, ROUNDS, len(segments))
    if (tops <= sizes).all():
        hits, misses = tops / design_effect + 0.5, (sizes - tops) / design_effect + 0.5
        drawn = rng.beta(hits[:, None, :], misses[:, None, :], shape)
    else:
        drawn = (
            rng.gamma((tops / design_effect + 0.5)[:, None, :], 1.0, shape)
            / np.maximum(sizes / design_effect, 1e-300)[:, None, :]
        )
    return _split(segments, sizes, rates, drawn, level, design_effect, rng)


def _columns(segments: Sequence[Any], before: ArrayLike, after: ArrayLike, blank: bool = False) -> Array:
    """Two rows of numbers, before and after; blank: NaN allowed (a mean of nothing) and read as 0."""
    held = np.stack([np.asarray(before, np.float64), np.asarray(after, np.float64)])
    if held.shape != (2, len(segments)):
        raise BadInput(f"{len(segments)} segments need as many values, got {held.shape[1:]}")
    if blank:
        return np.nan_to_num(held, nan=0.0)
    if not np.isfinite(held).all() or (held < 0).any():
        raise BadInput("counts, numerators and denominators must be numbers that are not negative")
    return held


def _split(
    segments: Sequence[Any],
    sizes: Array,
    rates: Array,
    drawn: Array,
    level: float,
    design_effect: float,
    rng: np.random.Generator,
) -> Decomposition:
    if not 0 < level < 1:
        raise BadInput(f"the level must lie between 0 and 1, got {level}")
    totals = sizes.sum(axis=1)
    if (totals <= 0).any():
        raise BadInput(
            f"there are no observations {'before' if totals[0] <= 0 else 'after'} the change: nothing can be split"
        )
    seen = sizes > 0
    shares = sizes / totals[:, None]
    rates = _filled(rates, seen)
    mix, rate = _parts(shares[0], shares[1], rates[0], rates[1])
    drawn_shares = np.stack([_dirichlet(sizes[side] / design_effect, rng) for side in (0, 1)])
    drawn = np.stack([np.where(seen[side], drawn[side], drawn[1 - side]) for side in (0, 1)])
    many_mix, many_rate = _parts(drawn_shares[0], drawn_shares[1], drawn[0], drawn[1])
    sums = many_mix.sum(axis=1), many_rate.sum(axis=1)
    n = int(totals.sum())

    def interval(estimate: float, values: Array) -> Interval:
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        return Interval(estimate, min(float(low), estimate), max(float(high), estimate), n, level)

    before, after = float(shares[0] @ rates[0]), float(shares[1] @ rates[1])
    middle = (before + after) / 2
    # Against the average rate: the sum over segments stays, since shares sum to one on both sides.
    own_mix = mix - (shares[1] - shares[0]) * middle
    parts = [
        SegmentPart(
            one, float(own_mix[n]), float(rate[n]), float(shares[0, n]), float(shares[1, n]),
            float(rates[0, n]) if seen[0, n] else None, float(rates[1, n]) if seen[1, n] else None,
        )
        for n, one in enumerate(segments) if seen[:, n].any()
    ]  # fmt: skip
    parts.sort(key=lambda part: -abs(part.mix + part.rate))
    return Decomposition(
        before, after, interval(after - before, sums[0] + sums[1]), interval(float(mix.sum()), sums[0]),
        interval(float(rate.sum()), sums[1]), parts,
    )  # fmt: skip


def _filled(rates: Array, seen: NDArray[np.bool_]) -> Array:
    return np.stack([np.where(seen[0], rates[0], rates[1]), np.where(seen[1], rates[1], rates[0])])


def _parts(shares0: Array, shares1: Array, rates0: Array, rates1: Array) -> tuple[Array, Array]:
    return (shares1 - shares0) * (rates0 + rates1) / 2, (rates1 - rates0) * (shares0 + shares1) / 2


def _dirichlet(sizes: Array, rng: np.random.Generator) -> Array:
    """Shares drawn around those seen; a segment not seen stays at 0."""
    drawn = rng.gamma(sizes, 1.0, (ROUNDS, len(sizes)))
    shares: Array = drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1e-300)
    return shares
