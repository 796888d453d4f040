"""Weights that ship: small numeric files, each with how it was made. `benchmarks/quality_fit.py` makes them again."""

import json
import math
from base64 import b64decode
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic model: P(good) = 1 / (1 + exp(-(weights . features + intercept))).

    grams: for models that look at spelling, a weight for each bucket of `text.hashed`. A text's buckets have together the
    length 1: each counts 1 / sqrt(how many there are).
    """

    weights: NDArray[np.float64]
    intercept: float
    names: tuple[str, ...]
    grams: NDArray[np.float32] | None
    extra: dict[str, Any]

    def logit(self, features: NDArray[np.float64], buckets: NDArray[np.intp] | None = None) -> float:
        found = float(features @ self.weights) + self.intercept
        if buckets is not None and self.grams is not None and len(buckets):
            found += float(self.grams[buckets].sum()) / math.sqrt(len(buckets))
        return found

    def probability(self, features: NDArray[np.float64], buckets: NDArray[np.intp] | None = None) -> float:
        return sigmoid(self.logit(features, buckets))


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value)) without overflow."""
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


@cache
def linear(name: str) -> Linear:
    """The shipped model of that name."""
    held = json.loads(files(__package__).joinpath(f"{name}.json").read_text("utf-8"))
    weights = np.array(held.pop("weights"), np.float64)
    spelling, unit = held.pop("grams", ""), float(held.pop("gram_unit", 0.0))
    grams = np.frombuffer(b64decode(spelling), np.int8).astype(np.float32) * np.float32(unit) if spelling else None
    return Linear(weights, float(held.pop("intercept")), tuple(held.pop("features", ())), grams, held)
