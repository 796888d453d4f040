"""Where a change sits: the scopes whose rows changed together, from columns."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from nervure.base.errors import BadInput
from nervure.explain.localise_cuboids import Cuboid, cuboids
from nervure.explain.localise_noise import Noise, estimate, likelihood, prepare
from nervure.explain.localise_nouns import Array, ChangedScope, Dimension, Localisation, checked
from nervure.explain.localise_search import MARGIN, Found, search

# Scopes told at most: a list longer than this is no explanation.
MOST = 8
# Rows of a table at most, and rows x sets of dimensions: what about 2 GB of memory hold.
MOST_ROWS, MOST_CELLS = 1_000_000, 30_000_000
# Scopes of counts that hold less than this part of what the largest holds are not told.
CRUMB = 0.03


def localise_columns(
    dimensions: Sequence[Dimension],
    actual: ArrayLike,
    expected: ArrayLike,
    *,
    counts: bool | None = None,
    max_dimensions: int | None = None,
    max_scopes: int = MOST,
) -> Localisation:
    """Scopes that explain why `actual` is not `expected`; both add up over rows (a count, a cost, a sum of times).

    dimensions: of the rows; a row is one combination of their values, its order does not matter. counts: whether the
    numbers count events (their chance error is then that of a count); None finds out by whether `actual` is whole.
    max_dimensions: of a scope; None for all. Raises BadInput for columns that do not fit together.
    """
    rows = _same_length(dimensions)
    a, p = checked(actual, "actual", rows), checked(expected, "expected", rows)
    return _localise(dimensions, a, p, a, p, counts, max_dimensions, max_scopes)


def localise_ratio(
    dimensions: Sequence[Dimension],
    numerator: ArrayLike,
    denominator: ArrayLike,
    expected_numerator: ArrayLike,
    expected_denominator: ArrayLike,
    *,
    counts: bool | None = None,
    max_dimensions: int | None = None,
    max_scopes: int = MOST,
) -> Localisation:
    """Scopes in which a ratio changed (an error rate, a mean, a cost per request), whatever the traffic did.

    Each row's numerator is compared with what it would be at the row's expected ratio and its actual denominator. A
    row seldom seen before has its expected ratio drawn towards what its dimensions alone say. A mean with a count is the
    ratio mean x count over count. Raises BadInput for columns that do not fit together.
    """
    rows = _same_length(dimensions)
    a, n = checked(numerator, "numerator", rows), checked(denominator, "denominator", rows)
    before, seen = (
        checked(expected_numerator, "expected numerator", rows),
        checked(expected_denominator, "expected denominator", rows),
    )
    if (n < 0).any() or (seen < 0).any():
        raise BadInput("denominators must not be negative")
    p = n * _expected_ratio(dimensions, before, seen)
    # Few failures say as much as many successes; the scarcer side is judged, since its chance error is that of a count.
    if len(a) and a.min() >= 0 and (a <= n).all() and a.sum() > 0.5 * n.sum() and (p <= n).all():
        return _localise(dimensions, n - a, n - p, a, p, counts, max_dimensions, max_scopes)
    return _localise(dimensions, a, p, a, p, counts, max_dimensions, max_scopes)


def _same_length(dimensions: Sequence[Dimension]) -> int:
    if not dimensions:
        raise BadInput("name at least one dimension to look in")
    lengths = {len(one.codes) for one in dimensions}
    if len(lengths) > 1:
        raise BadInput(f"the dimensions differ in length: {sorted(lengths)}")
    return lengths.pop()


def _expected_ratio(dimensions: Sequence[Dimension], before: Array, seen: Array) -> Array:
    """Ratio of each row, drawn towards the product of what each dimension's value does to the ratio (main effects)."""
    total = float(seen.sum())
    if total <= 0:
        raise BadInput("the expected denominators are all 0: there is nothing to compare with")
    # Where nothing ever failed, half a failure is taken for what was usual.
    typical = (float(before.sum()) or 0.5) / total
    scale = abs(typical)
    model = np.full(len(before), typical)
    for one in dimensions:
        size = len(one.values)
        top, bottom = np.bincount(one.codes, before, size), np.bincount(one.codes, seen, size)
        model *= ((top + typical / scale) / (bottom + 1 / scale) / typical)[one.codes]
    weight = 1 / scale
    ratio: Array = (before + weight * np.clip(model, 0, None)) / (seen + weight)
    return ratio


def _localise(
    dimensions: Sequence[Dimension],
    judged: Array,
    usual: Array,
    actual: Array,
    expected: Array,
    counts: bool | None,
    max_dimensions: int | None,
    max_scopes: int,
) -> Localisation:
    """judged, usual: what evidence is taken from; actual, expected: what is told."""
    if counts is None:
        counts = bool(len(judged)) and bool(np.all(judged == np.round(judged)) and judged.min() >= 0)
    rows = len(judged)
    if rows > MOST_ROWS:
        raise BadInput(
            f"{rows:,} combinations are more than the {MOST_ROWS:,} that can be searched: leave out a dimension or rare values"
        )
    layers = _layers(len(dimensions), rows, max_dimensions)
    lattice = cuboids(dimensions, layers) if rows else []
    # The typical row may be the one that changed: where most traffic is, most traffic moves. So both are tried.
    found, noise, likely = _settled(lattice, judged, usual, counts, 1.0, max_scopes)
    shifted = estimate(judged, usual, np.ones(rows, bool), counts)
    if abs(shifted.overall - 1) > 0.1 * noise.relative:
        other = _settled(lattice, judged, usual, counts, None, max_scopes)
        few = _covered(other[0], judged, usual)
        # That all moved alike is simpler than naming most of the table scope by scope.
        margin = -5 * MARGIN if few < 0.25 and _covered(found, judged, usual) > 0.5 else MARGIN
        if other[2] > likely + margin and few < (0.5 if 0.8 < shifted.overall < 1.25 else 0.25):
            found, noise, likely = other
    told = _told(dimensions, found, actual, expected, noise)
    if counts and not told.none:
        # Of failures, crumbs beside the change are its echo: retries, neighbours on the same host.
        least = CRUMB * max(scope.share for scope in told.scopes)
        kept = [one for one, scope in zip(found, told.scopes, strict=True) if scope.share >= least]
        told = _told(dimensions, kept, actual, expected, noise)
    if layers < min(len(dimensions), max_dimensions or len(dimensions)):
        told = replace(told, details={"max_dimensions": layers})
    return told


def _layers(dimensions: int, rows: int, asked: int | None) -> int:
    """Dimensions of a scope at most: as asked, or fewer where the table is too large for all."""
    layers, sets = 0, 0
    while layers < min(dimensions, asked or dimensions):
        sets += math.comb(dimensions, layers + 1)
        if layers and sets * rows > MOST_CELLS:
            break
        layers += 1
    return layers


def _settled(
    lattice: Sequence[Cuboid], judged: Array, usual: Array, counts: bool, overall: float | None, most: int
) -> tuple[list[Found], Noise, float]:
    """Scopes, the noise of the rows outside them, each looked at again in the light of the other; how likely it all is."""
    rest = np.ones(len(judged), bool)
    found: list[Found] = []
    while True:
        noise = estimate(judged, usual, rest, counts, overall)
        rows = prepare(judged, usual, noise)
        before, found = found, search(lattice, rows, noise, most)
        # What is explained does not say what is usual.
        rest = np.ones(len(judged), bool)
        for one in found:
            rest[one.rows] = False
        if not found or before or rest.mean() < 0.3:
            return found, noise, likelihood(rows, noise) + sum(one.evidence for one in found)


def _covered(found: Sequence[Found], judged: Array, usual: Array) -> float:
    """Share of the rows that say anything, or of what was expected of them, that lies in the scopes."""
    live, inside = (judged != 0) | (usual != 0), np.zeros(len(judged), bool)
    for one in found:
        inside[one.rows] = True
    expected = np.abs(usual)
    return max(float(inside[live].mean()), float(expected[inside].sum() / max(expected.sum(), 1e-300)))


def _told(
    dimensions: Sequence[Dimension], found: Sequence[Found], actual: Array, expected: Array, noise: Noise
) -> Localisation:
    usual = expected * noise.overall
    change = actual - usual
    left = np.ones(len(actual), bool)
    moved = []
    for one in found:
        # A row in two scopes counts for the stronger.
        moved.append(abs(float(change[one.rows[left[one.rows]]].sum())))
        left[one.rows] = False
    whole = sum(moved) + abs(float(change[left].sum()))
    scopes = [
        ChangedScope(
            where={dimensions[d].name: dimensions[d].values[int(dimensions[d].codes[one.rows[0]])] for d in one.cuboid.dimensions},
            actual=float(actual[one.rows].sum()), expected=float(usual[one.rows].sum()),
            ratio=float(actual[one.rows].sum() / usual[one.rows].sum()) if usual[one.rows].sum() else None,
            share=part / whole if whole else 0.0, evidence=one.evidence, rows=len(one.rows),
        )
        for one, part in zip(found, moved, strict=True)
    ]  # fmt: skip
    return Localisation(
        scopes,
        sum(moved) / whole if whole else 0.0,
        noise.overall,
        noise.relative,
        len(actual),
        float(actual.sum()),
        float(expected.sum()),
    )
