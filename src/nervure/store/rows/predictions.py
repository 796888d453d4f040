"""Predictions and labels as rows, and back."""

import math
from typing import Any

from nervure.model.prediction import Prediction, Truth
from nervure.store.rows.attributes import read_attributes, write_attributes
from nervure.store.rows.values import time_ns, time_text

Row = dict[str, Any]

_WORDS = ("project", "id", "model", "version", "service", "environment", "prediction", "trace_id", "span_id")
_MAPS = ("probabilities", "features")
_WORD_MAPS = ("categories", "groups")
_NUMBERS = ("value", "confidence")

# What a SELECT must name so that its rows suit `prediction_of`.
PREDICTION_COLUMNS = (
    "toUnixTimestamp64Nano(time) AS time_ns, toUnixTimestamp64Nano(received) AS received_ns, "
    + ", ".join((*_WORDS, *_NUMBERS, *_MAPS, *_WORD_MAPS))
    + ", metadata, metadata_types"
)


def prediction_row(prediction: Prediction) -> Row:
    """The row of a prediction. Numbers that are not finite are left out."""
    row: Row = {"time": time_text(prediction.time_ns), "received": time_text(prediction.received_ns)}
    for name in (*_WORDS, *_WORD_MAPS):
        if value := getattr(prediction, name):
            row[name] = value
    for name in _NUMBERS:
        value = getattr(prediction, name)
        if value is not None and math.isfinite(value):
            row[name] = value
    for name in _MAPS:
        if held := {key: value for key, value in getattr(prediction, name).items() if math.isfinite(value)}:
            row[name] = held
    if prediction.metadata:
        short, long, types = write_attributes(prediction.metadata, None)
        row["metadata"] = {**short, **long}
        if types:
            row["metadata_types"] = types
    return row


def prediction_of(row: Row) -> Prediction:
    """The prediction of a row read with PREDICTION_COLUMNS."""
    said = {name: value for name in (*_WORDS, *_MAPS, *_WORD_MAPS) if (value := row.get(name))}
    return Prediction(
        **said,
        time_ns=time_ns(row["time_ns"]),
        received_ns=time_ns(row["received_ns"]),
        value=row.get("value"),
        confidence=row.get("confidence"),
        metadata=read_attributes(row.get("metadata") or {}, {}, row.get("metadata_types") or ""),
    )


def truth_row(truth: Truth) -> Row:
    """The row of a label."""
    row: Row = {
        "project": truth.project,
        "prediction_id": truth.prediction_id,
        "time": time_text(truth.time_ns),
        "received": time_text(truth.received_ns),
    }
    if truth.label:
        row["label"] = truth.label
    if truth.value is not None and math.isfinite(truth.value):
        row["value"] = truth.value
    return row
