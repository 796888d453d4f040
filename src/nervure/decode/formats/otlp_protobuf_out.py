"""Raw records back to OTLP in protobuf: the requests of an exporter. The same content as `otlp_out` writes in JSON."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nervure.decode.formats.ids import span_id, trace_id
from nervure.decode.formats.kept import DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS, FIELDS, FLAGS, TRACE_STATE
from nervure.decode.formats.otlp_points import NO_RECORDED_VALUE, NO_VALUE
from nervure.model.raw import Attributes, Origin, RawLog, RawMetricPoint, RawSpan

TEMPORALITIES = {"delta": 1, "cumulative": 2}
UINT64_MAX = (1 << 64) - 1
HEX_32, HEX_16 = re.compile("[0-9a-f]{32}").fullmatch, re.compile("[0-9a-f]{16}").fullmatch


def span_request(spans: Iterable[RawSpan]) -> Any:
    """An ExportTraceServiceRequest. Neighbours of one origin share an envelope; order is kept."""
    request = ExportTraceServiceRequest()
    for origin, run in _runs(spans):
        scope = _envelope(request.resource_spans.add(), "scope_spans", origin)
        for span in run:
            _span(scope.spans.add(), span)
    return request


def log_request(logs: Iterable[RawLog]) -> Any:
    """An ExportLogsServiceRequest."""
    request = ExportLogsServiceRequest()
    for origin, run in _runs(logs):
        scope = _envelope(request.resource_logs.add(), "scope_logs", origin)
        for log in run:
            _log(scope.log_records.add(), log)
    return request


def metric_request(points: Iterable[RawMetricPoint]) -> Any:
    """An ExportMetricsServiceRequest. Neighbours of one metric share its envelope."""
    request = ExportMetricsServiceRequest()
    for origin, run in _runs(points):
        scope = _envelope(request.resource_metrics.add(), "scope_metrics", origin)
        for _, same in groupby(run, key=_identity):
            listed = list(same)
            _metric(scope.metrics.add(), listed)
    return request


def set_value(into: Any, value: Any) -> None:
    """Write a value into an AnyValue; None leaves it empty. An integer beyond 64 bits is written as text."""
    if isinstance(value, str):
        into.string_value = value.encode("utf-8", "replace").decode()
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int):
        if -(1 << 63) <= value < 1 << 63:
            into.int_value = value
        else:
            into.string_value = str(value)
    elif isinstance(value, float):
        into.double_value = value
    elif isinstance(value, bytes):
        into.bytes_value = value
    elif isinstance(value, list | tuple):
        into.array_value.SetInParent()
        for item in value:
            set_value(into.array_value.values.add(), item)
    elif isinstance(value, dict):
        into.kvlist_value.SetInParent()
        set_attributes(into.kvlist_value.values, value)


def set_attributes(into: Any, attributes: Mapping[str, Any]) -> None:
    """Write attributes into a repeated KeyValue."""
    for key, value in attributes.items():
        pair = into.add()
        pair.key = str(key).encode("utf-8", "replace").decode()
        set_value(pair.value, value)


def _runs(records: Iterable[Any]) -> Iterable[tuple[Origin, list[Any]]]:
    for _, run in groupby(records, key=lambda record: (record.origin.resource_json, record.origin.scope_json)):
        listed = list(run)
        yield listed[0].origin, listed


def _envelope(outer: Any, name: str, origin: Origin) -> Any:
    set_attributes(outer.resource.attributes, origin.resource)
    scope = getattr(outer, name).add()
    scope.scope.name, scope.scope.version = origin.scope_name, origin.scope_version
    set_attributes(scope.scope.attributes, origin.scope_attributes)
    scope.schema_url = origin.schema_url
    return scope


def _id(text: str, make: Callable[[Any], str]) -> bytes:
    """Bytes of an id. OTLP takes only 16 or 8 bytes: of a protocol's own id a digest, always the same one."""
    return bytes.fromhex(make(text)) if text else b""


def _trace(text: str) -> bytes:
    return bytes.fromhex(text) if HEX_32(text) else _id(text, trace_id)


def _span_id(text: str) -> bytes:
    return bytes.fromhex(text) if HEX_16(text) else _id(text, span_id)


def _time(ns: int) -> int:
    return max(0, min(ns, UINT64_MAX))


def _span(into: Any, span: RawSpan) -> None:
    into.trace_id, into.span_id = _trace(span.trace_id), _span_id(span.span_id)
    into.parent_span_id = _span_id(span.parent_id)
    into.name, into.kind = span.name, span.kind
    into.start_time_unix_nano, into.end_time_unix_nano = _time(span.start_ns), _time(span.end_ns)
    into.status.code, into.status.message = span.status_code, span.status_message
    _kept(into, span.attributes)
    for event in span.events:
        made = into.events.add()
        made.name, made.time_unix_nano = event.name, _time(event.time_ns)
        _kept(made, event.attributes)
    for link in span.links:
        made = into.links.add()
        made.trace_id, made.span_id = _trace(link.trace_id), _span_id(link.span_id)
        _kept(made, link.attributes)


def _kept(into: Any, attributes: Attributes) -> None:
    """Attributes, and what `kept` put among them back into fields of its own."""
    plain = attributes
    if any(name in attributes for name in FIELDS):
        plain = {name: value for name, value in attributes.items() if name not in FIELDS}
        for name, field in (
            (TRACE_STATE, "trace_state"), (FLAGS, "flags"), (DROPPED_ATTRIBUTES, "dropped_attributes_count"),
            (DROPPED_EVENTS, "dropped_events_count"), (DROPPED_LINKS, "dropped_links_count"),
        ):  # fmt: skip
            if name in attributes and hasattr(into, field):
                setattr(into, field, attributes[name])
    set_attributes(into.attributes, plain)


def _log(into: Any, log: RawLog) -> None:
    into.time_unix_nano, into.observed_time_unix_nano = _time(log.time_ns), _time(log.observed_ns)
    into.trace_id, into.span_id = _trace(log.trace_id), _span_id(log.span_id)
    into.severity_number = log.severity if 0 <= log.severity <= 24 else 0
    into.severity_text, into.event_name = log.severity_text, log.event_name
    if log.body is not None:
        set_value(into.body, log.body)
    set_attributes(into.attributes, log.attributes)


def _identity(point: RawMetricPoint) -> tuple[Any, ...]:
    said = point.values
    return (
        point.name, point.type, said.get("unit"), said.get("description"), said.get("temporality"),
        said.get("is_monotonic"),
    )  # fmt: skip


def _metric(into: Any, points: list[RawMetricPoint]) -> None:
    first = points[0]
    into.name = first.name
    into.description, into.unit = first.values.get("description") or "", first.values.get("unit") or ""
    data = getattr(into, first.type)
    data.SetInParent()
    if first.type not in ("gauge", "summary"):
        data.aggregation_temporality = TEMPORALITIES.get(first.values.get("temporality", ""), 0)
    if first.type == "sum":
        data.is_monotonic = bool(first.values.get("is_monotonic"))
    for point in points:
        made = data.data_points.add()
        made.time_unix_nano, made.start_time_unix_nano = _time(point.time_ns), _time(point.start_ns)
        set_attributes(made.attributes, point.attributes)
        if NO_VALUE in point.flags or (point.type in ("gauge", "sum") and point.values.get("value") is None):
            made.flags = NO_RECORDED_VALUE
            continue
        _POINTS[first.type](made, point.values)
        if first.type != "summary":
            _exemplars(made, point.values.get("exemplars") or ())


def _number(into: Any, values: dict[str, Any]) -> None:
    value = values["value"]
    if values.get("is_int") and -(1 << 63) <= value < 1 << 63:
        into.as_int = int(value)
    else:
        into.as_double = value


def _sums(into: Any, values: dict[str, Any]) -> None:
    into.count = values.get("count") or 0
    for name in ("sum", "min", "max"):
        if (value := values.get(name)) is not None:
            setattr(into, name, value)


def _histogram(into: Any, values: dict[str, Any]) -> None:
    _sums(into, values)
    into.explicit_bounds.extend(values.get("bounds") or ())
    into.bucket_counts.extend(values.get("buckets") or ())


def _exponential(into: Any, values: dict[str, Any]) -> None:
    _sums(into, values)
    into.scale, into.zero_count = values.get("scale") or 0, values.get("zero_count") or 0
    into.zero_threshold = values.get("zero_threshold") or 0.0
    for side in ("positive", "negative"):
        buckets = getattr(into, side)
        buckets.offset = values.get(f"{side}_offset") or 0
        buckets.bucket_counts.extend(values.get(f"{side}_buckets") or ())


def _summary(into: Any, values: dict[str, Any]) -> None:
    into.count, into.sum = values.get("count") or 0, values.get("sum") or 0.0
    for quantile, value in values.get("quantiles") or ():
        made = into.quantile_values.add()
        made.quantile, made.value = quantile, value


_POINTS = {
    "gauge": _number, "sum": _number, "histogram": _histogram, "exponential_histogram": _exponential,
    "summary": _summary,
}  # fmt: skip


def _exemplars(into: Any, exemplars: Iterable[Any]) -> None:
    for exemplar in exemplars:
        made = into.exemplars.add()
        made.time_unix_nano, made.as_double = _time(exemplar.time_ns), exemplar.value
        made.trace_id, made.span_id = _trace(exemplar.trace_id), _span_id(exemplar.span_id)
        set_attributes(made.filtered_attributes, exemplar.attributes)
