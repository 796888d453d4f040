"""Noticing: what of the telemetry, or of a file, is not as it was expected to be."""

from nervure.detect.anomaly.table import anomalies
from nervure.detect.drift.compare import drift

__all__ = ["anomalies", "drift"]
