"""Logs, metric points, scores and ledger entries as rows, and back."""

import math
from collections.abc import Iterable
from typing import Any

from nervure.base.ids import fingerprint
from nervure.model.ledger import LedgerEntry
from nervure.model.log import LogRecord
from nervure.model.metric import Exemplar, MetricPoint
from nervure.model.score import Score
from nervure.store.rows.attributes import read_attributes, read_value, write_attributes, write_value
from nervure.store.rows.shared import shared_json
from nervure.store.rows.values import UINT32_MAX, UINT64_MAX, bounded, dump, fragment, load, text_of, time_ns, time_text

Row = dict[str, Any]

_LOG_WORDS = (
    "project", "trace_id", "span_id", "severity_text", "event_name", "service", "environment", "release",
)  # fmt: skip
_METRIC_WORDS = ("project", "name", "type", "unit", "description", "temporality", "service", "environment")
_METRIC_FLOATS = ("value", "sum", "min", "max", "zero_threshold")
_METRIC_COUNTS = ("count", "zero_count")
_METRIC_NUMBERS = ("positive_offset", "negative_offset")
_METRIC_LISTS = ("buckets", "positive_buckets", "negative_buckets")
_SCORE_WORDS = (
    "project", "id", "name", "target_type", "target_id", "trace_id", "data_type", "label", "explanation", "source",
    "evaluator", "evaluator_version", "author",
)  # fmt: skip
_LEDGER_WORDS = ("project", "signal", "sdk", "sdk_version", "wire")
_LEDGER_COUNTS = ("request", "received", "stored", "refused", "bytes")

_ATTRIBUTES = "attributes, attributes_long, attribute_types, resource, scope"


def _times(*names: str) -> str:
    return ", ".join(f"toUnixTimestamp64Nano({name}) AS {name}_ns" for name in names)


# What a SELECT must name so that its rows suit the functions below.
LOG_COLUMNS = f"{_times('time', 'observed', 'received')}, {', '.join(_LOG_WORDS)}, severity, flags, body, body_type, {_ATTRIBUTES}"
METRIC_COLUMNS = (
    f"{_times('time', 'start', 'received')}, "
    + ", ".join((*_METRIC_WORDS, *_METRIC_FLOATS, *_METRIC_COUNTS, *_METRIC_NUMBERS, *_METRIC_LISTS))
    + f", value_int, is_monotonic, is_int, bounds, scale, quantiles, exemplars, flags, {_ATTRIBUTES}"
)
SCORE_COLUMNS = (
    f"{_times('time', 'received')}, {', '.join(_SCORE_WORDS)}, value, cost_usd, revision, metadata, metadata_types"
)
LEDGER_COLUMNS = f"{_times('time')}, {', '.join((*_LEDGER_WORDS, *_LEDGER_COUNTS))}, dropped"


def log_row(log: LogRecord) -> Row:
    """The row of a log record."""
    row: Row = {
        "time": time_text(log.time_ns),
        "observed": time_text(log.observed_ns),
        "received": time_text(log.received_ns),
        "severity": bounded(log.severity, 255),
    }
    _add_words(row, log, _LOG_WORDS)
    if log.body is not None:
        letter, text = write_value(log.body)
        row["body"], row["body_type"] = text, letter
    if log.flags:
        row["flags"] = log.flags
    _add_origin(row, log.attributes, log.resource, log.scope)
    return row


def log_of(row: Row) -> LogRecord:
    """The log record of a row read with LOG_COLUMNS."""
    fields = _words_of(row, _LOG_WORDS)
    if letter := row.get("body_type"):
        fields["body"] = read_value(letter, row.get("body") or "")
    return LogRecord(
        **fields,
        **_times_of(row, "time", "observed", "received"),
        severity=int(row.get("severity") or 0),
        flags=list(row.get("flags") or ()),
        **_origin_of(row),
    )


def metric_row(point: MetricPoint) -> Row:
    """The row of a metric point. Numbers that are not finite are left out: the engine would average them into NaN."""
    row: Row = {
        "time": time_text(point.time_ns),
        "start": time_text(point.start_ns),
        "received": time_text(point.received_ns),
        "series": series_of(point),
    }
    _add_words(row, point, _METRIC_WORDS)
    for name in _METRIC_FLOATS:
        value = getattr(point, name)
        if value is not None and math.isfinite(value):
            row[name] = value
    if point.is_int:
        row["is_int"] = True
        if type(point.value) is int and abs(point.value) < 1 << 63:
            row["value_int"] = point.value
    for name in _METRIC_COUNTS:
        if (value := getattr(point, name)) is not None:
            row[name] = bounded(value, UINT64_MAX)
    for name in _METRIC_NUMBERS:
        if value := getattr(point, name):
            row[name] = max(min(value, (1 << 31) - 1), -(1 << 31))
    for name in _METRIC_LISTS:
        if value := getattr(point, name):
            row[name] = [bounded(count, UINT64_MAX) for count in value]
    if point.scale is not None:
        row["scale"] = max(min(point.scale, (1 << 31) - 1), -(1 << 31))
    if point.is_monotonic:
        row["is_monotonic"] = True
    if point.bounds:
        row["bounds"] = [_float_text(bound) for bound in point.bounds]
    if point.quantiles:
        row["quantiles"] = [(_float_text(q), value if math.isfinite(value) else None) for q, value in point.quantiles]
    if point.exemplars:
        row["exemplars"] = fragment([_exemplar(exemplar) for exemplar in point.exemplars])
    if point.flags:
        row["flags"] = point.flags
    _add_origin(row, point.attributes, point.resource, point.scope)
    return row


def metric_of(row: Row) -> MetricPoint:
    """The metric point of a row read with METRIC_COLUMNS."""
    fields = _words_of(row, _METRIC_WORDS)
    get = row.get
    fields |= {name: value for name in (*_METRIC_FLOATS, *_METRIC_COUNTS, "scale") if (value := get(name)) is not None}
    fields |= {name: value for name in (*_METRIC_NUMBERS, "is_monotonic", "is_int") if (value := get(name))}
    fields |= {name: list(value) for name in (*_METRIC_LISTS, "flags") if (value := get(name))}
    if (value := get("value_int")) is not None:
        fields["value"] = value
    if bounds := get("bounds"):
        fields["bounds"] = [float(bound) for bound in bounds]
    if quantiles := get("quantiles"):
        fields["quantiles"] = [(float(q), math.nan if value is None else value) for q, value in quantiles]
    if exemplars := get("exemplars"):
        fields["exemplars"] = [Exemplar(**exemplar) for exemplar in load(text_of(exemplars))]
    return MetricPoint(**fields, **_times_of(row, "time", "start", "received"), **_origin_of(row))


def series_of(point: MetricPoint) -> int:
    """Identity of the time series: project, name, who sent it and all attributes, whatever their order."""
    identity = (point.project, point.name, point.type, _sorted(point.attributes), _sorted(point.resource))
    return fingerprint(dump(identity))


def score_row(score: Score) -> Row:
    """The row of a score."""
    row: Row = {
        "time": time_text(score.time_ns),
        "received": time_text(score.received_ns),
        "revision": bounded(score.revision, UINT32_MAX),
    }
    _add_words(row, score, _SCORE_WORDS)
    for name in ("value", "cost_usd"):
        value = getattr(score, name)
        if value is not None and math.isfinite(value):
            row[name] = value
    if score.metadata:
        short, long, types = write_attributes(score.metadata, None)
        row["metadata"] = {**short, **long}
        if types:
            row["metadata_types"] = types
    return row


def score_of(row: Row) -> Score:
    """The score of a row read with SCORE_COLUMNS."""
    return Score(
        **_words_of(row, _SCORE_WORDS),
        **_times_of(row, "time", "received"),
        value=row.get("value"),
        cost_usd=row.get("cost_usd"),
        revision=int(row.get("revision") or 0),
        metadata=read_attributes(row.get("metadata") or {}, {}, row.get("metadata_types") or ""),
    )


def ledger_row(entry: LedgerEntry) -> Row:
    """The row of a ledger entry."""
    row: Row = {"time": time_text(entry.time_ns)}
    _add_words(row, entry, _LEDGER_WORDS)
    for name in _LEDGER_COUNTS:
        if value := getattr(entry, name):
            row[name] = bounded(value, UINT64_MAX)
    if entry.dropped:
        row["dropped"] = entry.dropped
    return row


def ledger_of(row: Row) -> LedgerEntry:
    """The ledger entry of a row read with LEDGER_COLUMNS."""
    return LedgerEntry(
        **_words_of(row, _LEDGER_WORDS),
        **_counts_of(row),
        **_times_of(row, "time"),
        dropped=dict(row.get("dropped") or {}),
    )


def _add_words(row: Row, record: Any, names: Iterable[str]) -> None:
    for name in names:
        if value := getattr(record, name):
            row[name] = value


def _words_of(row: Row, names: Iterable[str]) -> Row:
    return {name: value for name in names if (value := row.get(name))}


def _times_of(row: Row, *names: str) -> Row:
    return {f"{name}_ns": time_ns(row[f"{name}_ns"] if f"{name}_ns" in row else row[name]) for name in names}


def _add_origin(row: Row, attributes: Row, resource: Row, scope: Row) -> None:
    short, long, types = write_attributes(attributes, None)
    if short:
        row["attributes"] = short
    if long:
        row["attributes_long"] = long
    if types:
        row["attribute_types"] = types
    if resource:
        row["resource"] = shared_json(resource)
    if scope:
        row["scope"] = shared_json(scope)


def _origin_of(row: Row) -> Row:
    return {
        "attributes": read_attributes(
            row.get("attributes") or {}, row.get("attributes_long") or {}, row.get("attribute_types") or ""
        ),
        "resource": load(text_of(row["resource"])) if row.get("resource") else {},
        "scope": load(text_of(row["scope"])) if row.get("scope") else {},
    }


def _exemplar(exemplar: Exemplar) -> Row:
    return {
        "time_ns": exemplar.time_ns,
        "value": exemplar.value,
        "trace_id": exemplar.trace_id,
        "span_id": exemplar.span_id,
        "attributes": exemplar.attributes,
    }


def _float_text(value: float) -> float | str:
    """JSON has no infinity; the engine reads it from text."""
    return value if math.isfinite(value) else repr(value)


def _sorted(value: Row) -> list[Any]:
    return [[key, _sorted(item) if isinstance(item, dict) else item] for key, item in sorted(value.items())]


def _counts_of(row: Row) -> Row:
    return {name: int(value) for name in _LEDGER_COUNTS if (value := row.get(name))}
