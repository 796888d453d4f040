"""Whatever bytes come in, the decoder reads them or says what is wrong with them; both encodings say the same."""

import base64
import contextlib
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from nervure.base.errors import DecodeError, TooLarge
from nervure.decode.formats.otlp_out import span_lines
from nervure.decode.packing import check_encoding, unpack
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.decode.wires import otlp_logs, otlp_metrics, otlp_traces
from nervure.model.raw import RawBatch
from tests.wire.samples import JSON, PROTOBUF, json_logs, json_metrics, json_traces, logs, metrics, traces

LIMITS = DecodeLimits(max_attribute_bytes=64, max_attributes=8, max_depth=4)
ROOMY = DecodeLimits()
WIRES = pytest.mark.parametrize(
    ("wire", "protobuf", "json"),
    [
        (otlp_traces.WIRE, traces(), json_traces()),
        (otlp_logs.WIRE, logs(), json_logs()),
        (otlp_metrics.WIRE, metrics(), json_metrics()),
    ],
    ids=["traces", "logs", "metrics"],
)
FIELD_NAMES = st.sampled_from(
    [
        "resourceSpans",
        "scopeSpans",
        "spans",
        "resourceLogs",
        "scopeLogs",
        "logRecords",
        "resourceMetrics",
        "scopeMetrics",
        "metrics",
        "resource",
        "scope",
        "attributes",
        "key",
        "value",
        "stringValue",
        "intValue",
        "doubleValue",
        "boolValue",
        "bytesValue",
        "arrayValue",
        "kvlistValue",
        "values",
        "traceId",
        "spanId",
        "name",
        "kind",
        "status",
        "code",
        "events",
        "links",
        "startTimeUnixNano",
        "timeUnixNano",
        "body",
        "gauge",
        "sum",
        "histogram",
        "exponentialHistogram",
        "summary",
        "dataPoints",
        "asInt",
        "asDouble",
        "bucketCounts",
        "explicitBounds",
        "positive",
        "exemplars",
        "quantileValues",
        "count",
        "flags",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just("0" * 31 + "1")
SHAPES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELD_NAMES, inner, max_size=6), max_leaves=40
)


def read(wire: Wire, body: bytes, kind: str) -> RawBatch | None:
    """None when the body is refused in the way the contract allows; any other error fails the test."""
    try:
        batch = wire.decode(body, Request(kind), LIMITS)
    except (DecodeError, TooLarge):
        return None
    assert all(count > 0 for count in batch.refused.values())
    return batch


@WIRES
@given(body=st.binary(max_size=300), kind=st.sampled_from([PROTOBUF, JSON]))
def test_any_bytes_are_read_or_refused(wire: Wire, protobuf: bytes, json: bytes, body: bytes, kind: str) -> None:
    read(wire, body, kind)


@WIRES
@given(data=st.data())
def test_a_good_request_with_some_bytes_changed_is_read_or_refused(
    wire: Wire, protobuf: bytes, json: bytes, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([PROTOBUF, JSON]))
    body = bytearray(protobuf if kind == PROTOBUF else json)
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(body)))
    read(wire, bytes(body[:end]), kind)


@WIRES
@given(shape=SHAPES)
def test_json_of_any_shape_is_read_or_refused(wire: Wire, protobuf: bytes, json: bytes, shape: Any) -> None:
    outer, inner, items = {
        "otlp_traces": ("resourceSpans", "scopeSpans", "spans"),
        "otlp_logs": ("resourceLogs", "scopeLogs", "logRecords"),
        "otlp_metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
    }[wire.name]
    options = orjson.OPT_PASSTHROUGH_DATACLASS
    try:
        bare = orjson.dumps(shape, option=options)
        inside = orjson.dumps({outer: [{"resource": shape, inner: [{"scope": shape, items: [shape]}]}]}, option=options)
    except TypeError:  # integers beyond 64 bits and lone surrogates cannot be written
        return
    read(wire, bare, JSON)
    batch = read(wire, inside, JSON)
    if batch is not None:
        assert batch.received == 1 or wire.name == "otlp_metrics"


@given(body=st.binary(max_size=300), encoding=st.sampled_from(["gzip", "deflate", "zstd"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str) -> None:
    with contextlib.suppress(DecodeError, TooLarge):
        assert len(unpack(body, check_encoding(encoding), 1000)) <= 1000


KEYS = st.text(max_size=8)
VALUES = st.recursive(
    st.builds(lambda text: AnyValue(string_value=text), st.text(max_size=20))
    | st.builds(lambda flag: AnyValue(bool_value=flag), st.booleans())
    | st.builds(lambda number: AnyValue(int_value=number), st.integers(-(2**63), 2**63 - 1))
    | st.builds(lambda number: AnyValue(double_value=number), st.floats(allow_nan=False))
    | st.builds(lambda data: AnyValue(bytes_value=data), st.binary(max_size=10))
    | st.just(AnyValue()),
    lambda inner: (
        st.builds(lambda values: AnyValue(array_value=ArrayValue(values=values)), st.lists(inner, max_size=3))
        | st.builds(
            lambda pairs: AnyValue(
                kvlist_value=KeyValueList(values=[KeyValue(key=key, value=value) for key, value in pairs])
            ),
            st.lists(st.tuples(KEYS, inner), max_size=3),
        )
    ),
    max_leaves=6,
)
ATTRIBUTES = st.lists(st.builds(KeyValue, key=KEYS, value=VALUES), max_size=5)
TIMES = st.integers(0, 2**64 - 1)
SPAN_IDS = st.binary(min_size=8, max_size=8).filter(any)
TRACE_IDS = st.binary(min_size=16, max_size=16).filter(any)
SPANS = st.builds(
    Span,
    trace_id=TRACE_IDS | st.just(b""),
    span_id=SPAN_IDS,
    parent_span_id=SPAN_IDS | st.just(b""),
    name=KEYS,
    kind=st.integers(0, 7),
    start_time_unix_nano=TIMES,
    end_time_unix_nano=TIMES,
    attributes=ATTRIBUTES,
    events=st.lists(st.builds(Span.Event, name=KEYS, time_unix_nano=TIMES, attributes=ATTRIBUTES), max_size=2),
    links=st.lists(st.builds(Span.Link, trace_id=TRACE_IDS, span_id=SPAN_IDS, attributes=ATTRIBUTES), max_size=2),
    status=st.builds(Status, code=st.integers(0, 3), message=KEYS),
)


def hex_ids(value: Any) -> Any:
    """Proto3 JSON with its base64 ids in hex, as OTLP wants them."""
    if isinstance(value, list):
        return [hex_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        key: base64.b64decode(item).hex() if key in ids and isinstance(item, str) else hex_ids(item)
        for key, item in value.items()
    }


@settings(max_examples=150)
@given(spans=st.lists(SPANS, max_size=4), resource=ATTRIBUTES)
def test_protobuf_and_json_of_the_same_request_are_the_same_spans(spans: list[Span], resource: list[KeyValue]) -> None:
    request = ExportTraceServiceRequest()
    envelope = request.resource_spans.add()
    envelope.resource.attributes.extend(resource)
    envelope.scope_spans.add().spans.extend(spans)
    first = otlp_traces.decode(request.SerializeToString(), Request(PROTOBUF), ROOMY)
    second = otlp_traces.decode(orjson.dumps(hex_ids(MessageToDict(request))), Request(JSON), ROOMY)
    assert first == second
    assert first.received == len(spans)
    written = b"".join(span_lines(first.spans))
    again = [span for line in written.splitlines() for span in otlp_traces.decode(line, Request(JSON), ROOMY).spans]
    assert again == first.spans


@given(text=st.text(), limit=st.integers(1, 50))
def test_a_cut_text_is_the_longest_beginning_that_fits(text: str, limit: int) -> None:
    attribute = [KeyValue(key="", value=AnyValue(string_value=text))]
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, attributes=attribute)
    (span,) = otlp_traces.decode(
        request.SerializeToString(), Request(PROTOBUF), DecodeLimits(max_attribute_bytes=limit)
    ).spans
    kept = span.attributes[""]
    assert text.startswith(kept)
    assert len(kept.encode()) <= limit
    assert kept == text or len(text[: len(kept) + 1].encode()) > limit
    assert ("truncated" in span.flags) == (kept != text)
