"""Weights that ship: small numeric files, each with how it was made. `benchmarks/quality_fit.py` makes them again."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic model: P(good) = 1 / (1 + exp(-(weights . features + intercept)))."""

    weights: NDArray[np.float64]
    intercept: float
    names: tuple[str, ...]
    extra: dict[str, Any]

    def logit(self, features: NDArray[np.float64]) -> float:
        return float(features @ self.weights) + self.intercept

    def probability(self, features: NDArray[np.float64]) -> float:
        return sigmoid(self.logit(features))


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value)) without overflow."""
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


@cache
def linear(name: str) -> Linear:
    """The shipped model of that name."""
    held = json.loads(files(__package__).joinpath(f"{name}.json").read_text("utf-8"))
    weights = np.array(held.pop("weights"), np.float64)
    return Linear(weights, float(held.pop("intercept")), tuple(held.pop("features", ())), held)
