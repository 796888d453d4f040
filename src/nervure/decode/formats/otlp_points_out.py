"""Data points of metrics back to OTLP/JSON, one request a line."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from nervure.decode.formats.otlp_out import (
    RECORDS_A_LINE,
    attributes_json,
    number_json,
    origin_runs,
    request_line,
    resource_json,
    said,
    schema_json,
    scope_json,
)
from nervure.decode.formats.otlp_points import NO_RECORDED_VALUE, NO_VALUE
from nervure.model.metric import Exemplar, MetricPoint
from nervure.model.raw import RawMetricPoint

JsonObject = dict[str, Any]
_NAMES = {"exponential_histogram": "exponentialHistogram"}
_TEMPORALITIES = {"delta": 1, "cumulative": 2}


def metric_lines(points: Iterable[RawMetricPoint], records_a_line: int = RECORDS_A_LINE) -> Iterator[bytes]:
    """Lines of ExportMetricsServiceRequest. Neighbours of one metric share its envelope."""
    for origin, batch in origin_runs(points, records_a_line):
        metrics = [_metric(list(run)) for _, run in groupby(batch, key=_identity)]
        scope = {"scope": scope_json(origin), "metrics": metrics, **schema_json(origin)}
        yield request_line({"resourceMetrics": [{"resource": resource_json(origin), "scopeMetrics": [scope]}]})


def _identity(point: RawMetricPoint) -> tuple[Any, ...]:
    values = point.values
    return (
        point.name, point.type, values.get("unit"), values.get("description"), values.get("temporality"),
        values.get("is_monotonic"),
    )  # fmt: skip


def _metric(points: list[RawMetricPoint]) -> JsonObject:
    first = points[0]
    data: JsonObject = {"dataPoints": [point_json(point) for point in points]}
    if first.type not in ("gauge", "summary"):
        data["aggregationTemporality"] = _TEMPORALITIES.get(first.values.get("temporality", ""), 0)
    if first.type == "sum":
        data["isMonotonic"] = bool(first.values.get("is_monotonic"))
    return {
        "name": first.name,
        **said(description=first.values.get("description"), unit=first.values.get("unit")),
        _NAMES.get(first.type, first.type): data,
    }


def point_json(point: RawMetricPoint) -> JsonObject:
    """A data point of OTLP/JSON. One that says no value carries the flag "no recorded value"."""
    values = point.values
    made = {
        "timeUnixNano": str(point.time_ns),
        **said(
            startTimeUnixNano=str(point.start_ns) if point.start_ns else "",
            attributes=attributes_json(point.attributes),
            exemplars=[_exemplar(exemplar) for exemplar in values.get("exemplars") or ()],
        ),
    }
    if NO_VALUE in point.flags:
        return {**made, "flags": NO_RECORDED_VALUE}
    if point.type in ("gauge", "sum"):
        return {**made, **_value(values)}
    return {**made, **_sums(values), **_parts(point.type, values)}


def _value(values: JsonObject) -> JsonObject:
    value = values.get("value")
    if value is None:
        return {"flags": NO_RECORDED_VALUE}
    return {"asInt": str(int(value))} if values.get("is_int") else {"asDouble": number_json(value)}


def _sums(values: JsonObject) -> JsonObject:
    count = {"count": str(values.get("count") or 0)}
    return count | {
        name: number_json(value) for name in ("sum", "min", "max") if (value := values.get(name)) is not None
    }


def _parts(kind: str, values: JsonObject) -> JsonObject:
    if kind == "histogram":
        return {
            "explicitBounds": [number_json(bound) for bound in values.get("bounds") or ()],
            "bucketCounts": _counts(values.get("buckets")),
        }
    if kind == "summary":
        return {
            "quantileValues": [
                {"quantile": number_json(quantile), "value": number_json(value)}
                for quantile, value in values.get("quantiles") or ()
            ]
        }
    sides = {
        side: {
            "offset": values.get(f"{side}_offset") or 0,
            "bucketCounts": _counts(values.get(f"{side}_buckets")),
        }
        for side in ("positive", "negative")
    }
    return {
        "scale": values.get("scale") or 0,
        "zeroCount": str(values.get("zero_count") or 0),
        "zeroThreshold": number_json(values.get("zero_threshold") or 0.0),
        **sides,
    }


def _counts(counts: Iterable[int] | None) -> list[str]:
    return [str(count) for count in counts or ()]


def _exemplar(exemplar: Exemplar) -> JsonObject:
    return {
        "timeUnixNano": str(exemplar.time_ns),
        "asDouble": number_json(exemplar.value),
        **said(
            traceId=exemplar.trace_id,
            spanId=exemplar.span_id,
            filteredAttributes=attributes_json(exemplar.attributes),
        ),
    }


# Members of a point that stand in RawMetricPoint.values.
VALUES = (
    "description", "unit", "is_monotonic", "temporality", "value", "is_int", "count", "sum", "min", "max", "bounds",
    "buckets", "scale", "zero_count", "zero_threshold", "positive_offset", "positive_buckets", "negative_offset",
    "negative_buckets", "quantiles", "exemplars",
)  # fmt: skip


def values_of(point: MetricPoint) -> JsonObject:
    """The values of a stored point, as RawMetricPoint keeps them."""
    return {name: value for name in VALUES if (value := getattr(point, name)) not in (None, [], "")}
