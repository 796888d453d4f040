"""Where a symptom changed: the smallest scope, up to three dimensions, that carries the change.

A scan over conjunctions of dimension values, in the manner of Kulldorff (1997, a spatial scan statistic) and Neill (2009,
expectation-based scan statistics): of every scope the observations inside are compared before and after, and the scope
with the clearest change wins. What a scope that is too wide dilutes, one that is too narrow lacks in observations. Each
row is first measured against what its surroundings (service, kind, model, tool, retriever) were before, so that a shift
of traffic between them is no change inside them. Scopes are searched greedily: of the clearest ones wider by one dimension.
Telemetry's leaves hold few observations each; methods that compare leaf by leaf with a forecast (`localise`) need more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nervure.explain.leaves import AFTER, BEFORE, USUAL, Codes, Floats, Mask, View
from nervure.explain.panel import Symptom

SURROUNDINGS = ("service", "kind", "model", "tool", "retriever")
MOST_DIMENSIONS = 3
BEAM = (8, 5)
# A stratum with fewer observations before is told by its kind alone.
LEAST_BEFORE = 12
# Chances vary from hour to hour more than a coin's: variances are taken that much larger.
OVERDISPERSION = 1.5
# Counts vary by that much of themselves besides.
BURSTS = 0.1
# Of a value that was not there before, its surroundings speak like so many observations of its own.
UNSEEN = 400.0
# What never varied may vary by a tenth.
LEAST_DEVIATION = 0.1
# Fewer observations after are no scope of their own; of shares, three that all failed may be.
LEAST_AFTER = 4
# Surroundings speak for what a scope was before like so many observations; a scope's own difference needs some.
SURROUNDING, SHRINK = 300.0, 20.0
# No chance is rarer: else a first error would be a wonder.
RAREST = 0.003
# A further dimension must make the change that much clearer (of Z squared), or it is noise.
GAIN = 1.18
LEAST_GAIN = 8.0
# Nearly everything happens in production: a value of these dimensions that so much of all observations has sets nothing
# apart. (Kulldorff scans no window of more than half the population: what changed in nearly all of it changed everywhere.)
BROAD, EVERYWHERE = ("environment", "region", "team"), 0.85
# A scope of the dimensions a cause lives in is taken before another that is as clear but for so much (of Z squared).
FAVOUR = 0.12


@dataclass(frozen=True, slots=True)
class Found:
    """A scope and how clear the change in it is. z: signed standard errors. n: observations after the onset."""

    scope: Mapping[str, str]
    z: float
    n: float


@dataclass(slots=True)
class Field:
    """A symptom's rows, measured against their surroundings before.

    n1, r1: observations and residual sums after; n0, r0: before. v1, v0: of means the variances of these sums; of shares
    and counts v1 is what was expected after.
    """

    view: View
    n0: Floats
    r0: Floats
    v0: Floats
    n1: Floats
    r1: Floats
    v1: Floats

    def z_of(self, mask: Mask) -> float:
        """How clear the change within some of the rows is; 0 when nothing can be said."""
        sums = [float(column[mask].sum()) for column in (self.n0, self.r0, self.v0, self.n1, self.r1, self.v1)]
        return float(_z(self.view.symptom.form, *(np.array([value]) for value in sums))[0])


def field(view: View, base: int = BEFORE) -> Field:
    """Residuals of rows. base: the period that says how it was."""
    period = view.period
    if view.symptom.form == "count":
        return _counted(view)
    old = period == base
    mean, variance = _surroundings(view, old)
    residual = view.total - view.n * mean
    new = period == AFTER
    spread = view.n * (mean if view.symptom.form == "share" else variance * OVERDISPERSION)
    zero = np.zeros(len(period))
    return Field(
        view, np.where(old, view.n, zero), np.where(old, residual, zero), np.where(old, spread, zero),
        np.where(new, view.n, zero), np.where(new, residual, zero), np.where(new, spread, zero),
    )  # fmt: skip


def find_scope(
    fielded: Field, dimensions: Sequence[str], sign: int, preferred: Sequence[str] = (), within: Mask | None = None
) -> Found:
    """The smallest scope that carries the change. sign: +1 for increases, -1 for decreases, 0 for either.

    dimensions: to look at, in the order in which one is preferred to another that says the same. within: of these rows
    only. The empty scope is all rows.
    """
    order = [
        *(name for name in preferred if name in dimensions),
        *(name for name in dimensions if name not in preferred),
    ]
    rows = np.ones(len(fielded.n1), bool) if within is None else within
    whole = Found({}, fielded.z_of(rows), float(fielded.n1[rows].sum()))
    favoured = frozenset(preferred[:2])
    common = _common(fielded, [name for name in order if name in BROAD])
    best = [whole]
    beam: list[Found] = [whole]
    for width in range(MOST_DIMENSIONS):
        made: dict[tuple[tuple[str, str], ...], Found] = {}
        for found in beam:
            for candidate in _extended(fielded, found, order, rows, common):
                if candidate.z * sign >= 0:
                    made[tuple(sorted(candidate.scope.items()))] = candidate
        if not made:
            break
        ranked = sorted(made.values(), key=lambda one: (-abs(one.z), [order.index(name) for name in one.scope]))
        beam = ranked[: BEAM[min(width, len(BEAM) - 1)]]
        best.append(_choose(ranked, order, favoured))
    return _smallest(best, sign, favoured)


def _merit(found: Found, favoured: frozenset[str]) -> float:
    """Z squared, a little more for the dimensions a cause lives in."""
    return found.z**2 * (1 + FAVOUR * (not favoured.isdisjoint(found.scope)))


def _choose(ranked: Sequence[Found], order: Sequence[str], favoured: frozenset[str]) -> Found:
    """Of scopes of one width that are as clear as the clearest, the one of the preferred dimensions."""
    top = max(_merit(one, favoured) for one in ranked)
    near = [one for one in ranked if _merit(one, favoured) >= 0.97 * top]
    return min(near, key=lambda one: (sum(order.index(name) for name in one.scope), -abs(one.z)))


def _smallest(best: Sequence[Found], sign: int, favoured: frozenset[str]) -> Found:
    """The widest of scopes by growing width that a narrower one does not make clearer by enough."""
    chosen = best[0] if best[0].z * sign >= 0 else Found({}, 0.0, best[0].n)
    for one in best[1:]:
        more, less = _merit(one, favoured), _merit(chosen, favoured)
        # What leaves next to nothing out says next to nothing.
        gain = GAIN ** (len(one.scope) - len(chosen.scope)) * (1.1 if one.n > 0.85 * chosen.n else 1.0)
        is_named = not favoured.isdisjoint(one.scope) and favoured.isdisjoint(chosen.scope)
        gain = 1.0 if is_named else gain
        if more > less * gain and (is_named or more - less > LEAST_GAIN):
            chosen = one
    return chosen


def _common(fielded: Field, names: Sequence[str]) -> dict[str, Mask]:
    """By dimension: which of its values nearly all observations have."""
    # Of what vanished there is nothing after: what was expected counts as well.
    n = fielded.n0 + fielded.n1 + (fielded.v1 if fielded.view.symptom.form == "count" else 0.0)
    widths = {name: len(fielded.view.leaves.values[name]) for name in names}
    return {
        name: np.bincount(fielded.view.codes(name), weights=n, minlength=width) > EVERYWHERE * n.sum()
        for name, width in widths.items()
    }


def _extended(
    fielded: Field, found: Found, order: Sequence[str], within: Mask, common: Mapping[str, Mask]
) -> list[Found]:
    """The scope made narrower by each value of each further dimension, but for `common` ones."""
    view = fielded.view
    rows = within.copy()
    for name, value in found.scope.items():
        rows &= view.codes(name) == view.leaves.code(name, value)
    places = np.flatnonzero(rows)
    made = []
    for name in order:
        if name in found.scope:
            continue
        codes = view.codes(name)[places]
        width = len(view.leaves.values[name])
        sums = [
            np.bincount(codes, weights=column[places], minlength=width).astype(np.float64)
            for column in (fielded.n0, fielded.r0, fielded.v0, fielded.n1, fielded.r1, fielded.v1)
        ]
        z = _z(view.symptom.form, *sums)
        seen = (
            (sums[3] > 0) | (sums[5] > 0)
            if view.symptom.form == "count"
            else sums[3] >= LEAST_AFTER - (view.symptom.form == "share")
        )
        if name in common:
            seen &= ~common[name]
        for code in np.flatnonzero(seen):
            if code:  # 0: not said
                value = view.leaves.values[name][code]
                made.append(Found({**found.scope, name: value}, float(z[code]), float(sums[3][code])))
    return made


def _z(form: str, n0: Floats, r0: Floats, v0: Floats, n1: Floats, r1: Floats, v1: Floats) -> Floats:
    """How clear the change is, in standard errors: of means by their residuals, of shares and counts by likelihoods."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if form == "count":
            found = _signed(_poisson(r1 + v1, v1) / (1 + BURSTS**2 * v1) / OVERDISPERSION, r1)
        elif form == "share":
            # What was before is known of the surroundings besides, and drawn towards them where there is little of it.
            held = n0 + SURROUNDING
            before = np.clip(v1 / n1 + r0 / (n0 + SHRINK), RAREST, 1 - RAREST)
            after = np.clip((r1 + v1) / n1, 0.0, 1.0)
            found = _signed(_divergence(after, before) * (held * n1 / (held + n1)) / OVERDISPERSION, after - before)
        else:
            after, before = np.where(n1 > 0, r1 / n1, 0.0), np.where(n0 > 0, r0 / n0, 0.0)
            error = v1 / n1**2 + np.where(n0 > 0, v0 / n0**2, v1 / n1 / UNSEEN)
            found = (after - before) / np.sqrt(error)
    return np.nan_to_num(np.where((n1 > 0) | (v1 > 0), found, 0.0), nan=0.0, posinf=0.0, neginf=0.0)


def _signed(ratio: Floats, sign: Floats) -> Floats:
    found: Floats = np.sign(sign) * np.sqrt(2 * np.maximum(ratio, 0.0))
    return found


def _divergence(after: Floats, before: Floats) -> Floats:
    """Kullback and Leibler's, of two chances."""
    hit = np.where(after > 0, after * np.log(after / before), 0.0)
    missed = np.where(after < 1, (1 - after) * np.log((1 - after) / (1 - before)), 0.0)
    return np.asarray(hit + missed, np.float64)


def _poisson(observed: Floats, expected: Floats) -> Floats:
    """Logarithm of the likelihood ratio of a count."""
    floor = np.maximum(expected, 0.5)
    return np.where(observed > 0, observed * np.log(observed / floor), 0.0) - (observed - floor)


def _surroundings(view: View, old: Mask) -> tuple[Floats, Floats]:
    """Mean and variance of each row's surroundings before."""
    mean, n = _stratum_means(view, old)
    wide = _grouped(view, ("kind",), old)
    variance = _variances(view, old, mean)
    thin = n < LEAST_BEFORE
    coarse = wide[0]
    mean = np.where(thin, coarse, mean)
    if view.symptom.form == "share":
        return mean, np.maximum(mean * (1 - mean), 0.004)
    return mean, np.where(thin | (variance <= 0), _overall_variance(view, old), variance)


def _stratum_means(view: View, rows: Mask) -> tuple[Floats, Floats]:
    return _grouped(view, SURROUNDINGS, rows)


def _strata(view: View, names: Sequence[str]) -> Codes:
    held = [name for name in names if name in view.leaves.codes]
    key = np.zeros(len(view.rows), np.int64)
    for name in held:
        key = key * len(view.leaves.values[name]) + view.codes(name)
    return np.unique(key, return_inverse=True)[1] if len(key) else key


def _grouped(view: View, names: Sequence[str], rows: Mask) -> tuple[Floats, Floats]:
    """By row: mean of its group over `rows`, drawn a little towards the mean of all, and observations behind it."""
    place = _strata(view, names)
    size = int(place.max()) + 1 if len(place) else 0
    n = np.bincount(place, weights=np.where(rows, view.n, 0.0), minlength=size)
    total = np.bincount(place, weights=np.where(rows, view.total, 0.0), minlength=size)
    overall = total.sum() / n.sum() if n.sum() else 0.0
    weight = 4.0 if view.symptom.form == "share" else 0.5
    return ((total + weight * overall) / (n + weight))[place], n.astype(np.float64)[place]


def _variances(view: View, old: Mask, mean: Floats) -> Floats:
    """Variance within the surroundings of each row."""
    place = _strata(view, SURROUNDINGS)
    size = int(place.max()) + 1 if len(place) else 0
    n = np.bincount(place, weights=np.where(old, view.n, 0.0), minlength=size)
    around = view.squares - 2 * mean * view.total + view.n * mean**2
    squared = np.bincount(place, weights=np.where(old, around, 0.0), minlength=size)
    overall = _overall_variance(view, old)
    # Few observations say little of a variance: five of the whole are added to each.
    least = LEAST_DEVIATION**2 * (1.0 if view.symptom.form == "log" else mean**2)
    return np.maximum(((squared + 5 * overall) / (n + 5))[place], least)


def _overall_variance(view: View, old: Mask) -> float:
    n = float(view.n[old].sum())
    if n < 2:
        return 1.0
    mean = float(view.total[old].sum()) / n
    least = LEAST_DEVIATION if view.symptom.form == "log" else LEAST_DEVIATION * abs(mean)
    return max(float(view.squares[old].sum()) / n - mean**2, least**2, 1e-6)


def _counted(view: View) -> Field:
    """Counts after, against the usual ones of these hours (else of the hours before), as one row each.

    Counts are Poisson but for their burstiness: variance grows with the count and, by BURSTS, with its square.
    """
    period = view.period
    hours = view.leaves.hours
    base = USUAL if hours.get(USUAL, 0.0) > 0 and bool((period == USUAL).any()) else BEFORE
    new = period == AFTER
    expected = np.where(period == base, view.n * (hours.get(AFTER, 1.0) / max(hours.get(base, 1.0), 1e-9)), 0.0)
    zero = np.zeros(len(period))
    # Spans come by the trace: so many of them are one event.
    size = max(1.0, float(view.n.sum()) / max(float((view.leaves.sums["n"] * view.leaves.sums["is_root"]).sum()), 1.0))
    size = 1.0 if view.symptom.roots else size
    observed = np.where(new, view.n, zero) / size
    return Field(view, zero, zero, zero, observed, observed - expected / size, expected / size)


def direction(symptom: Symptom) -> int:
    """The sign of a change that hurts, 0 for either."""
    return {"up": 1, "down": -1, "both": 0}[symptom.bad]
