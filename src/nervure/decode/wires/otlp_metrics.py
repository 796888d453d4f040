"""OTLP metrics: ExportMetricsServiceRequest in protobuf or JSON, one raw record per data point."""

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2

from nervure.decode.formats import otlp, otlp_json, otlp_points
from nervure.decode.formats.otlp_answer import CONTENT_TYPES, answers
from nervure.decode.formats.otlp_json import JsonObject, Malformed
from nervure.decode.formats.otlp_mend import Marks
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire, is_json
from nervure.model.raw import Origin, RawBatch, RawMetricPoint

LEVELS = ("resource_metrics", "scope_metrics", "metrics")
NOT_AN_OBJECT = "a metric must be an object"
NO_NAME = "a metric must have a name"
NO_DATA = "a metric must have one of gauge, sum, histogram, exponentialHistogram and summary"

# Field of a metric in protobuf and in JSON, our name of the type.
TYPES = (
    ("gauge", "gauge", "gauge"),
    ("sum", "sum", "sum"),
    ("histogram", "histogram", "histogram"),
    ("exponential_histogram", "exponentialHistogram", "exponential_histogram"),
    ("summary", "summary", "summary"),
)
TYPE_NAMES = {protobuf: name for protobuf, _, name in TYPES}
TEMPORALITIES = ("", "delta", "cumulative")
TEMPORALITY_NAMES = {
    f"AGGREGATION_TEMPORALITY_{name}": number for number, name in enumerate(("UNSPECIFIED", "DELTA", "CUMULATIVE"))
}


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Data points of a request. A metric without a name or data is refused alone."""
    return read_json(body, limits) if is_json(request.content_type) else PROTOBUF.decode(body, limits)


def read_protobuf(request: Any, limits: DecodeLimits, marks: Marks) -> RawBatch:
    batch = RawBatch()
    place = 0
    for origin, metrics in otlp.groups(request, *LEVELS, limits):
        for metric in metrics:
            _read_metric(metric, origin, limits, marks.get(place, []), batch)
            place += 1
    return batch


def _read_metric(metric: Any, origin: Origin, limits: DecodeLimits, marks: list[str], batch: RawBatch) -> None:
    which = metric.WhichOneof("data")
    if which is None or not metric.name:
        refuse(batch, NO_DATA if metric.name else NO_NAME)
        return
    data = getattr(metric, which)
    shared: dict[str, Any] = {"description": metric.description, "unit": metric.unit}
    if which not in ("gauge", "summary"):
        code = data.aggregation_temporality
        shared["temporality"] = TEMPORALITIES[code] if 0 <= code <= 2 else ""
    if which == "sum":
        shared["is_monotonic"] = data.is_monotonic
    values_of: Callable[[Any, DecodeLimits, list[str]], dict[str, Any]] = otlp_points.READERS[which]
    for point in data.data_points:
        flags = list(marks)
        batch.metrics.append(
            RawMetricPoint(
                origin,
                metric.name,
                TYPE_NAMES[which],
                point.time_unix_nano,
                point.start_time_unix_nano,
                otlp.attributes_of(point.attributes, limits, flags),
                {**shared, **values_of(point, limits, flags)},
                flags,
            )
        )


def read_json(body: bytes | bytearray, limits: DecodeLimits) -> RawBatch:
    batch = RawBatch()
    request, all_flags = otlp_json.load(body)
    for origin, metrics in otlp_json.groups(request, "resourceMetrics", "scopeMetrics", "metrics", limits):
        for metric in metrics:
            try:
                _read_json_metric(metric, origin, limits, all_flags, batch)
            except Malformed as reason:
                refuse(batch, str(reason))
    return batch


def _read_json_metric(metric: Any, origin: Origin, limits: DecodeLimits, marks: list[str], batch: RawBatch) -> None:
    if not isinstance(metric, dict):
        raise Malformed(NOT_AN_OBJECT)
    name = otlp_json.text_of(metric.get("name"))
    found = next((kind for kind in TYPES if isinstance(metric.get(kind[1]), dict)), None)
    if found is None or not name:
        raise Malformed(NO_DATA if name else NO_NAME)
    which, key, kind = found
    data: Mapping[str, Any] = metric[key]
    shared: dict[str, Any] = {
        "description": otlp_json.text_of(metric.get("description")),
        "unit": otlp_json.text_of(metric.get("unit")),
    }
    if which not in ("gauge", "summary"):
        code = otlp_json.enum_of(data.get("aggregationTemporality"), TEMPORALITY_NAMES)
        shared["temporality"] = TEMPORALITIES[code] if 0 <= code <= 2 else ""
    if which == "sum":
        shared["is_monotonic"] = data.get("isMonotonic") is True
    points = data.get("dataPoints")
    for point in points if isinstance(points, list) else []:
        try:
            batch.metrics.append(_json_point(point, name, kind, shared, origin, limits, list(marks)))
        except Malformed as reason:
            refuse(batch, str(reason))


def _json_point(
    point: Any, name: str, kind: str, shared: JsonObject, origin: Origin, limits: DecodeLimits, flags: list[str]
) -> RawMetricPoint:
    if not isinstance(point, dict):
        raise Malformed("a data point must be an object")
    return RawMetricPoint(
        origin,
        name,
        kind,
        otlp_json.time_of(point.get("timeUnixNano"), "timeUnixNano", flags),
        otlp_json.time_of(point.get("startTimeUnixNano"), "startTimeUnixNano", flags),
        otlp_json.attributes_of(point.get("attributes"), limits, flags),
        {**shared, **otlp_points.JSON_READERS[kind](point, limits, flags)},
        flags,
    )


PROTOBUF = otlp.Request(
    (metrics_pb2, metrics_service_pb2),
    "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest",
    LEVELS,
    (frozenset({5, 7, 9, 10, 11}), frozenset({1}), frozenset({5, 8, 11})),  # data, points, exemplars
    read_protobuf,
)

WIRE = Wire(
    name="otlp_metrics",
    signal="metrics",
    paths=("/v1/metrics",),
    decode=decode,
    answer=answers(metrics_service_pb2.ExportMetricsServiceResponse, "rejected_data_points"),
    content_types=CONTENT_TYPES,
)
