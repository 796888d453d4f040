"""What describes each sample of a column, for people: a few figures, and shares to draw side by side."""

from itertools import pairwise
from typing import Any

import numpy as np

from nervure.detect.drift.categories import Counts
from nervure.detect.drift.cells import Cells

BINS = 24
MOST_SHOWN = 15
LEVELS = (("p5", 0.05), ("p50", 0.5), ("p95", 0.95))


def numbers(cells: Cells) -> tuple[dict[str, Any], dict[str, Any]]:
    """Mean, standard deviation and quantiles of both samples."""
    sides = ((cells.reference, cells.moments_reference), (cells.current, cells.moments_current))
    return tuple(  # type: ignore[return-value]
        {"mean": held.mean, "sd": held.sd} | {name: quantile(cells.values, counts, level) for name, level in LEVELS}
        for counts, held in sides
    )


def quantile(values: Any, counts: Any, level: float) -> float:
    """The smallest value with at least this share at or below it."""
    reached = np.cumsum(counts) / counts.sum()
    return float(values[min(int(np.searchsorted(reached, level - 1e-12)), len(values) - 1)])


def histogram(cells: Cells) -> dict[str, Any]:
    """Shares in bins of one width between the 1 % and 99 % points of both together; what lies outside is in the end bins.

    Up to BINS distinct values are shown one by one.
    """
    n, m = cells.n, cells.m
    if len(cells.values) <= BINS:
        return {
            "labels": [f"{one:g}" for one in cells.values], "reference": list(cells.reference / n), "current": list(cells.current / m),
        }  # fmt: skip
    pooled = cells.reference + cells.current
    low, high = quantile(cells.values, pooled, 0.01), quantile(cells.values, pooled, 0.99)
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    place = np.clip(np.searchsorted(edges, cells.values, "right") - 1, 0, BINS - 1)
    return {
        "edges": [float(one) for one in edges],
        "labels": [f"{a:.4g} to {b:.4g}" for a, b in pairwise(edges)],
        "reference": list(np.bincount(place, cells.reference, BINS) / n),
        "current": list(np.bincount(place, cells.current, BINS) / m),
    }


def values(counts: Counts) -> tuple[dict[str, Any], dict[str, Any]]:
    """How many distinct values each sample has."""
    return {"distinct": int((counts.reference > 0).sum())}, {"distinct": int((counts.current > 0).sum())}


def shares(counts: Counts) -> dict[str, Any]:
    """Shares of the most frequent values; the others together. `new` are the commonest that the reference lacks."""
    n, m = counts.n, counts.m
    most = np.argsort(-np.maximum(counts.reference / n, counts.current / m), kind="stable")
    shown, rest = most[:MOST_SHOWN], most[MOST_SHOWN:]
    made: dict[str, Any] = {
        "labels": [counts.labels[one] for one in shown],
        "reference": list(counts.reference[shown] / n),
        "current": list(counts.current[shown] / m),
    }
    if len(rest):
        made["labels"].append(f"{len(rest):,} others")
        made["reference"].append(float(counts.reference[rest].sum() / n))
        made["current"].append(float(counts.current[rest].sum() / m))
    fresh = [
        one for one in np.argsort(-counts.current, kind="stable") if counts.current[one] and not counts.reference[one]
    ]
    made["new"] = [counts.labels[one] for one in fresh[:MOST_SHOWN]]
    return made


def texts(taken: list[str]) -> dict[str, Any]:
    """Length in characters and words."""
    return {
        "characters": float(np.mean([len(one) for one in taken])), "words": float(np.mean([len(one.split()) for one in taken])),
    }  # fmt: skip


def vectors(held: Any) -> dict[str, Any]:
    """Dimensions and mean length."""
    return {"dimensions": int(held.shape[1]), "norm": float(np.linalg.norm(held, axis=1).mean())}
