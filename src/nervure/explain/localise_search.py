"""Which scopes explain a table best: evidence of rows added up over every scope, the strongest taken one after another.

Evidence is a log-likelihood ratio (a scope of changed rows against unchanged ones); a scope is accepted when its evidence
pays for the number of scopes that could have been named (minimum description length), and when no split of it along one
further dimension explains more. The search goes from few dimensions to many like Squeeze and AutoRoot and, as RiskLoc,
takes out what is explained before it looks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervure.explain.localise_cuboids import Cuboid
from nervure.explain.localise_noise import Noise, Rows, evidence, strengths
from nervure.explain.localise_nouns import Array

# Evidence beyond the price of naming a scope, in nats.
MARGIN = 4.0
# The same again for a scope that rests on a single row, where rows stray far even when nothing happens.
LONE = 4.0
# Share of a scope's large rows that must follow the change rather than what is usual.
FOLLOWING = 0.7
# Evidence, in nats, that a part of a scope did not even change half as much as the whole.
UNCHANGED = -2.0


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """cuboid and element: the scope. deviation: how strongly. evidence: after its price. rows: all rows of the scope."""

    cuboid: Cuboid
    element: int
    deviation: float
    evidence: float
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    """One look at all scopes. told: rows x strengths; free: rows not explained yet; gains: by cuboid, each element's
    evidence after its price and the strength it is found at; sums: by cuboid, elements x strengths."""

    cuboids: Sequence[Cuboid]
    told: Array
    free: NDArray[np.bool_]
    deviation: Array
    rows: Rows
    gains: dict[tuple[int, ...], tuple[Array, NDArray[np.int64]]]
    sums: dict[tuple[int, ...], Array]


def search(cuboids: Sequence[Cuboid], rows: Rows, noise: Noise, most: int) -> list[Found]:
    """Up to `most` scopes, strongest first."""
    deviation, spread = strengths(noise)
    told = evidence(rows, deviation, spread, noise)
    free = rows.live.copy()
    found: list[Found] = []
    while len(found) < most:
        best = _best(cuboids, told, free, deviation, rows, LONE if noise.degrees <= 10 else 0.0)
        if best is None:
            break
        found.append(best)
        told[best.rows] = 0.0
        free[best.rows] = False
    return found


def _best(
    cuboids: Sequence[Cuboid], told: Array, free: NDArray[np.bool_], deviation: Array, rows: Rows, lone: float
) -> Found | None:
    """The scope that explains most and no split of which explains more."""
    look = _Round(cuboids, told, free, deviation, rows, {}, {})
    places = []
    for cuboid in cuboids:
        sums = cuboid.sums(told)
        strongest = sums.argmax(axis=1)
        gain = sums[np.arange(cuboid.size), strongest] - cuboid.price - MARGIN
        look.gains[cuboid.dimensions] = gain, strongest
        look.sums[cuboid.dimensions] = sums
        places += [(float(gain[element]), cuboid, int(element)) for element in np.flatnonzero(gain > 0)]
    places.sort(key=lambda place: -place[0])
    for gain, cuboid, element in places:
        strength = int(look.gains[cuboid.dimensions][1][element])
        inside = cuboid.rows(element)
        if gain <= lone and free[inside].sum() == 1:
            continue
        judged = inside[free[inside] & ~rows.small[inside]]
        if len(judged) and np.mean(told[judged, strength] > 0) < FOLLOWING:
            continue
        if not _split_is_better(look, cuboid, inside, gain, strength):
            return Found(cuboid, element, float(deviation[strength]), gain, inside)
    return None


def _split_is_better(look: _Round, cuboid: Cuboid, inside: NDArray[np.int64], gain: float, strength: int) -> bool:
    """Whether parts of the scope along some further dimension, each at its own strength, explain more, and some other
    part did clearly not change: a change that is only uneven is still the scope's."""
    along = look.deviation / look.deviation[strength]
    likewise = along >= 0.5
    for finer in look.cuboids:
        if len(finer.dimensions) == len(cuboid.dimensions) + 1 and set(cuboid.dimensions) < set(finer.dimensions):
            parts = np.unique(finer.element[inside])
            if np.maximum(look.gains[finer.dimensions][0][parts], 0).sum() <= gain:
                continue
            if (look.sums[finer.dimensions][parts][:, likewise].max(axis=1) < UNCHANGED).any():
                return True
    return False
