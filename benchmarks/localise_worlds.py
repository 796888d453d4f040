"""Tables with known root causes, made by rule: what `localise.py` tunes and measures on.

The kinds follow the published generators (Kalander 2022, the S, L and H sets of RiskLoc; Li et al. 2019, Squeeze's B sets;
counts of failures as in RobustSpot) and what telemetry adds to them: sparse tables, counts, ratios, biased forecasts, heavy
tails, decreases beside increases, and tables in which nothing happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table. Pairs are ranges drawn from uniformly; direction: down, up, same (either, one a table), mixed."""

    name: str
    sizes: tuple[tuple[int, int], ...]
    noise: tuple[float, float] = (0.0, 0.25)
    zeros: tuple[float, float] = (0.0, 0.25)
    severity: tuple[float, float] = (0.2, 1.0)
    deviation: tuple[float, float] = (0.0, 0.1)
    causes: tuple[int, int] = (1, 2)
    elements: tuple[int, int] = (1, 2)
    layers: tuple[int, int] = (1, 99)
    direction: str = "same"
    tails: str = "normal"
    bias: float = 0.0
    values: str = "weibull"
    keep: float = 1.0


@dataclass(slots=True)
class Table:
    """dimensions: name to the element of each row. causes: the truth. numerator tables also hold the denominators."""

    kind: str
    dimensions: dict[str, NDArray[Any]]
    actual: Array
    expected: Array
    causes: list[dict[str, str]]
    denominator: Array | None = None
    expected_denominator: Array | None = None
    facts: dict[str, Any] = field(default_factory=dict)


KINDS = (
    Kind("six dimensions", ((6, 6), (5, 5), (4, 4), (4, 4), (3, 3), (12, 12))),
    Kind("five dimensions", ((6, 10), (8, 12), (6, 10), (4, 8), (3, 5)), causes=(1, 3), elements=(1, 3)),
    Kind("leaves only", ((6, 10), (12, 24), (6, 10), (8, 15)), noise=(0.0, 0.1), severity=(0.5, 1.0), deviation=(0.0, 0.0),
         causes=(1, 5), elements=(1, 1), layers=(99, 99)),
    Kind("two dimensions", ((5, 20), (5, 20)), noise=(0.0, 0.15), severity=(0.3, 1.0)),
    Kind("three dimensions", ((4, 15), (4, 15), (3, 10)), causes=(1, 3)),
    Kind("four dimensions", ((10, 10), (12, 12), (10, 10), (8, 8)), causes=(1, 3), elements=(1, 3), layers=(1, 3)),
    Kind("increases", ((4, 12), (4, 12), (3, 10), (3, 6)), direction="up", severity=(0.3, 1.5)),
    Kind("both ways", ((4, 12), (4, 12), (3, 10), (3, 6)), direction="mixed", causes=(2, 3), elements=(1, 1)),
    Kind("heavy tails", ((4, 12), (4, 12), (3, 10), (3, 6)), tails="t3", noise=(0.02, 0.12), severity=(0.4, 1.0)),
    Kind("biased forecast", ((4, 12), (4, 12), (3, 10), (3, 6)), bias=0.1, noise=(0.02, 0.15), severity=(0.4, 1.0)),
    Kind("sparse", ((6, 30), (6, 30), (3, 10), (2, 6)), keep=0.15, noise=(0.02, 0.15), severity=(0.3, 1.0), layers=(1, 2)),
    Kind("counts", ((3, 12), (3, 12), (3, 8)), values="counts", direction="up", severity=(1.0, 6.0), deviation=(0.0, 0.0),
         zeros=(0.0, 0.3), layers=(1, 2)),
    Kind("counts down", ((3, 12), (3, 12), (3, 8)), values="counts", direction="down", severity=(0.6, 1.0), deviation=(0.0, 0.0),
         zeros=(0.0, 0.3), layers=(1, 2)),
    Kind("failure rates", ((3, 8), (3, 8), (2, 6), (2, 4)), values="ratio", direction="up", severity=(1.0, 8.0), layers=(1, 3),
         causes=(1, 2), elements=(1, 1), deviation=(0.0, 0.0)),
)  # fmt: skip


def nothing(kind: Kind) -> Kind:
    """The same kind of table in which nothing happened."""
    return Kind(
        **{**{name: getattr(kind, name) for name in kind.__slots__}, "name": f"nothing: {kind.name}", "causes": (0, 0)}
    )


def make(kind: Kind, rng: np.random.Generator) -> Table:
    """One table of the kind with its causes."""
    sizes = [int(rng.integers(low, high + 1)) for low, high in kind.sizes]
    names = [chr(ord("a") + place) for place in range(len(sizes))]
    codes = np.stack([part.ravel() for part in np.meshgrid(*[np.arange(size) for size in sizes], indexing="ij")])
    if kind.keep < 1:
        codes = codes[:, rng.random(codes.shape[1]) < kind.keep]
    rows = codes.shape[1]
    if kind.values == "weibull":
        base = rng.weibull(rng.uniform(0.5, 1.0), rows) * 100
    else:
        # Totals of leaves differ by orders of magnitude, as traffic does.
        base = np.exp(rng.normal(0, 1.2, rows)) * np.exp(rng.uniform(0.5, 3.5))
    base *= rng.random(rows) > rng.uniform(*kind.zeros)
    causes = _causes(kind, sizes, codes, base, rng)
    level = rng.uniform(*kind.noise)
    direction = str(rng.choice(["down", "up"])) if kind.direction == "same" else kind.direction
    builder = {"weibull": _magnitudes, "counts": _counts, "ratio": _ratios}[kind.values]
    table = builder(kind, base, causes, level, direction, rng)
    table.dimensions = {
        name: np.array([f"{name}{code + 1}" for code in part]) for name, part in zip(names, codes, strict=True)
    }
    table.causes = [
        {names[d]: f"{names[d]}{e + 1}" for d, e in cause.items()} for group in causes for cause, _ in group
    ]
    table.facts = {"noise": level, "rows": rows, "direction": direction}
    return table


def _causes(
    kind: Kind, sizes: Sequence[int], codes: NDArray[Any], base: Array, rng: np.random.Generator
) -> list[list[tuple[dict[int, int], NDArray[Any]]]]:
    """Groups of causes of one strength: each ({dimension: element}, mask of rows). No two contain one another."""
    groups: list[list[tuple[dict[int, int], NDArray[Any]]]] = []
    used: list[dict[int, int]] = []
    for _ in range(int(rng.integers(kind.causes[0], kind.causes[1] + 1))):
        for _attempt in range(200):
            layer = int(rng.integers(min(kind.layers[0], len(sizes)), min(kind.layers[1], len(sizes)) + 1))
            chosen = sorted(rng.choice(len(sizes), layer, replace=False).tolist())
            group = []
            for _element in range(int(rng.integers(kind.elements[0], kind.elements[1] + 1))):
                cause = {d: int(rng.integers(sizes[d])) for d in chosen}
                mask = np.all([codes[d] == e for d, e in cause.items()], axis=0)
                group.append((cause, mask))
            distinct = all(_apart(one, other) for one, _ in group for other in used)
            distinct &= len({tuple(one.items()) for one, _ in group}) == len(group)
            alive = all((base[mask] > 0).sum() >= (1 if layer == len(sizes) else 2) for _, mask in group)
            if distinct and alive and sum(mask.sum() for _, mask in group) < 0.6 * len(base):
                groups.append(group)
                used += [one for one, _ in group]
                break
    return groups


def _apart(one: dict[int, int], other: dict[int, int]) -> bool:
    """Whether two causes differ in a dimension they share, or share none: neither lies within the other."""
    shared = one.keys() & other.keys()
    return not shared or any(one[d] != other[d] for d in shared)


def _noise(kind: Kind, level: float, size: int, rng: np.random.Generator) -> Array:
    return rng.normal(0, level, size) if kind.tails == "normal" else rng.standard_t(3, size) * level


def _factors(kind: Kind, level: float, direction: str, size: int, rng: np.random.Generator) -> Array:
    """What the rows of a group are multiplied by."""
    way = str(rng.choice(["down", "up"])) if direction == "mixed" else direction
    margin = level if kind.values == "weibull" else 0.0
    drawn = rng.normal(rng.uniform(*kind.severity) + margin, rng.uniform(*kind.deviation), size)
    return np.maximum(1 - drawn, 0.0) if way == "down" else 1 + np.maximum(drawn, 0.0)


def _magnitudes(
    kind: Kind, base: Array, causes: list[Any], level: float, direction: str, rng: np.random.Generator
) -> Table:
    rows = len(base)
    noisy = np.maximum(base * (1 + _noise(kind, level, rows, rng)), 0.0)
    swap = rng.random(rows) < 0.5
    actual, expected = np.where(swap, noisy, base), np.where(swap, base, noisy)
    for group in causes:
        mask = np.any([one for _, one in group], axis=0)
        expected[mask] = actual[mask]
    for group in causes:
        mask = np.any([one for _, one in group], axis=0)
        factor = _factors(kind, level, direction, int(mask.sum()), rng)
        if direction == "up" and kind.direction == "same":
            # A rise as the published sets have it: the forecast lies below what came.
            expected[mask] *= np.maximum(2 - factor, 0.0)
        else:
            actual[mask] *= factor
    return Table(kind.name, {}, actual, expected * (1 + rng.uniform(-kind.bias, kind.bias)), [])


def _counts(
    kind: Kind, base: Array, causes: list[Any], level: float, direction: str, rng: np.random.Generator
) -> Table:
    """Poisson counts; the forecast is the mean of a few earlier minutes."""
    minutes = int(rng.integers(3, 20))
    mean = base.copy()
    for group in causes:
        for _, mask in group:
            mean[mask] *= _factors(kind, 0.0, direction, 1, rng)
    return Table(kind.name, {}, rng.poisson(mean).astype(float), rng.poisson(base * minutes) / minutes, [])


def _ratios(
    kind: Kind, base: Array, causes: list[Any], level: float, direction: str, rng: np.random.Generator
) -> Table:
    """Failures among requests: a rate of their own for each row, the forecast from a few earlier minutes."""
    minutes = int(rng.integers(3, 20))
    rows = len(base)
    traffic = base * 10
    rate = np.clip(rng.uniform(0.005, 0.05) * np.exp(rng.normal(0, 0.3, rows)), 0, 0.5)
    before = rng.poisson(traffic * minutes)
    failed_before = rng.binomial(before, rate)
    now = rng.poisson(traffic * np.exp(rng.normal(0, 0.1)))
    for group in causes:
        for _, mask in group:
            rate[mask] = np.minimum(rate[mask] * _factors(kind, 0.0, direction, 1, rng), 0.95)
    failed = rng.binomial(now, rate)
    return Table(
        kind.name, {}, failed.astype(float), failed_before / minutes, [],
        denominator=now.astype(float), expected_denominator=before / minutes,
    )  # fmt: skip
