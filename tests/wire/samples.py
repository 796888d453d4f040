"""Requests of the three signals, good ones, in both encodings."""

from typing import Any

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
TRACE_ID = bytes.fromhex("5b8efff798038103d269b633813fc60c")
SPAN_ID = bytes.fromhex("eee19b7ec3c1b174")
START_NS = 1_700_000_000_000_000_000


def attribute(key: str, value: Any) -> KeyValue:
    if isinstance(value, bool):
        return KeyValue(key=key, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=key, value=AnyValue(int_value=value))
    if isinstance(value, float):
        return KeyValue(key=key, value=AnyValue(double_value=value))
    if isinstance(value, bytes):
        return KeyValue(key=key, value=AnyValue(bytes_value=value))
    return KeyValue(key=key, value=AnyValue(string_value=value))


def span(number: int = 0, **changes: Any) -> Span:
    """A good span; `number` makes its id its own."""
    fields: dict[str, Any] = {
        "trace_id": TRACE_ID,
        "span_id": (int.from_bytes(SPAN_ID, "big") + number).to_bytes(8, "big"),
        "name": "chat gpt-5",
        "kind": 3,
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + 1_000_000,
        "attributes": [attribute("gen_ai.request.model", "gpt-5")],
    }
    return Span(**{**fields, **changes})


def traces(*spans: Span, service: str = "shop") -> bytes:
    """A request of these spans; of one good span when there are none."""
    request = ExportTraceServiceRequest()
    envelope = request.resource_spans.add()
    envelope.resource.attributes.append(attribute("service.name", service))
    envelope.scope_spans.add().spans.extend(spans or (span(),))
    return request.SerializeToString()


def logs(count: int = 1) -> bytes:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for number in range(count):
        records.add(time_unix_nano=START_NS + number, severity_number=9, body=AnyValue(string_value="hello"))
    return request.SerializeToString()


def metrics() -> bytes:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="load", unit="1")
    metric.gauge.data_points.add(time_unix_nano=START_NS, as_double=0.5)
    return request.SerializeToString()


def json_span(number: int = 0, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "traceId": TRACE_ID.hex(),
        "spanId": f"{int.from_bytes(SPAN_ID, 'big') + number:016x}",
        "name": "chat gpt-5",
        "kind": 3,
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 1_000_000),
        "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "gpt-5"}}],
    }
    return {**fields, **changes}


def json_traces(*spans: Any) -> bytes:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    scope = {"spans": list(spans) or [json_span()]}
    return orjson.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]})


def json_logs() -> bytes:
    record = {"timeUnixNano": str(START_NS), "severityNumber": 9, "body": {"stringValue": "hello"}}
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def json_metrics() -> bytes:
    point = {"timeUnixNano": str(START_NS), "asDouble": 0.5}
    metric = {"name": "load", "unit": "1", "gauge": {"dataPoints": [point]}}
    return orjson.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]})


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field on the wire, for what the protobuf library will not write."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def raw_traces(*fields: bytes) -> bytes:
    """A request of one span with ids and these encoded fields more."""
    return field(1, field(2, field(2, field(1, TRACE_ID) + field(2, SPAN_ID) + b"".join(fields))))


def raw_attribute(key: str, value: bytes) -> bytes:
    """A span's attribute with an encoded AnyValue."""
    return field(9, field(1, key.encode()) + field(2, value))


def deep_value(depth: int) -> bytes:
    """An encoded AnyValue: lists in lists around a text."""
    value = field(1, b"core")
    for _ in range(depth):
        value = field(5, field(1, value))
    return value
