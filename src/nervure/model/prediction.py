"""Predictions of classic models, and what turned out to be true."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Prediction:
    """One prediction. The same id again replaces what was said of it before.

    prediction: the class, or a number as text; "" when only probabilities are known. value: the number a regression
    gives. confidence: probability of the class that was predicted, 0 to 1. probabilities: class to probability.
    features: numbers; categories: features that are words. groups: protected attributes, e.g. {"gender": "f"}: kept
    apart because they serve to measure bias, not to predict.
    """

    id: str
    model: str
    project: str = "default"
    version: str = ""
    service: str = ""
    environment: str = ""
    time_ns: int = 0
    received_ns: int = 0
    prediction: str = ""
    value: float | None = None
    confidence: float | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    features: dict[str, float] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    trace_id: str = ""
    span_id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Truth:
    """What was true of a prediction, known later (or before it arrives): its label.

    prediction_id: whose. label: the class, or the number as text; value: the number. time_ns: when it became known.
    Said again, the one received last holds.
    """

    prediction_id: str
    project: str = "default"
    label: str = ""
    value: float | None = None
    time_ns: int = 0
    received_ns: int = 0
