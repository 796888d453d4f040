"""Spans, log records and data points of OTLP requests, the same in protobuf and JSON."""

import math
from dataclasses import asdict
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar, Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from nervure.base.errors import DecodeError, TooLarge
from nervure.decode.formats.otlp_out import log_lines, span_lines
from nervure.decode.formats.otlp_points_out import metric_lines
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_logs, otlp_metrics, otlp_traces
from nervure.model.metric import Exemplar as OurExemplar
from nervure.model.metric import MetricPoint
from nervure.model.raw import RawEvent, RawLink
from tests.wire.samples import (
    JSON,
    PROTOBUF,
    SPAN_ID,
    START_NS,
    TRACE_ID,
    attribute,
    json_span,
    json_traces,
    span,
    traces,
)

LIMITS = DecodeLimits()
FULL = span(
    parent_span_id=b"parentid",
    status=Status(code=2, message="no luck"),
    events=[Span.Event(name="exception", time_unix_nano=START_NS + 5, attributes=[attribute("exception.type", "E")],
                       dropped_attributes_count=2)],
    links=[Span.Link(trace_id=TRACE_ID, span_id=SPAN_ID, attributes=[attribute("why", "retry")], trace_state="b=2",
                     flags=1)],
    dropped_attributes_count=3,
    dropped_events_count=4,
    dropped_links_count=5,
    trace_state="a=1",
    flags=0x301,
)  # fmt: skip


def test_a_full_span_is_read() -> None:
    (read,) = otlp_traces.decode(traces(FULL), Request(PROTOBUF), LIMITS).spans
    assert asdict(read) | {"origin": None} == {
        "origin": None,
        "trace_id": "5b8efff798038103d269b633813fc60c",
        "span_id": "eee19b7ec3c1b174",
        "parent_id": b"parentid".hex(),
        "name": "chat gpt-5",
        "kind": 3,
        "start_ns": START_NS,
        "end_ns": START_NS + 1_000_000,
        "status_code": 2,
        "status_message": "no luck",
        "attributes": {
            "gen_ai.request.model": "gpt-5",
            "otlp.trace_state": "a=1",
            "otlp.flags": 0x301,
            "otlp.dropped_attributes_count": 3,
            "otlp.dropped_events_count": 4,
            "otlp.dropped_links_count": 5,
        },
        "events": [
            asdict(RawEvent("exception", START_NS + 5, {"exception.type": "E", "otlp.dropped_attributes_count": 2}))
        ],
        "links": [
            asdict(RawLink(TRACE_ID.hex(), SPAN_ID.hex(), {"why": "retry", "otlp.trace_state": "b=2", "otlp.flags": 1}))
        ],
        "flags": ["sender_dropped"],
    }


def test_a_written_line_is_read_as_the_same_spans() -> None:
    spans = otlp_traces.decode(traces(FULL, span(1), span(2)), Request(PROTOBUF), LIMITS).spans
    lines = list(span_lines(spans, records_a_line=2))
    assert len(lines) == 2
    assert b'"traceState":"a=1"' in lines[0]
    assert b"otlp." not in b"".join(lines)
    assert [read for line in lines for read in otlp_traces.decode(line, Request(JSON), LIMITS).spans] == spans


@pytest.mark.parametrize(("number", "kept"), [(0, 0), (5, 5), (6, 0), (99, 0), (-1, 0)])
def test_an_unknown_kind_is_unspecified(number: int, kept: int) -> None:
    (read,) = otlp_traces.decode(json_traces(json_span(kind=number)), Request(JSON), LIMITS).spans
    assert read.kind == kept
    body = traces(span(kind=1)).replace(b"\x30\x01", b"\x30" + bytes([number & 0x7F]))
    assert otlp_traces.decode(body, Request(PROTOBUF), LIMITS).spans[0].kind == (kept if number >= 0 else 0)


def test_names_of_enum_values_are_understood_in_json() -> None:
    body = json_traces(json_span(kind="SPAN_KIND_SERVER", status={"code": "STATUS_CODE_ERROR"}), json_span(1, kind="2"))
    first, second = otlp_traces.decode(body, Request(JSON), LIMITS).spans
    assert (first.kind, first.status_code, second.kind) == (2, 2, 2)


def test_ids_in_json_may_be_upper_case() -> None:
    (read,) = otlp_traces.decode(json_traces(json_span(traceId=TRACE_ID.hex().upper())), Request(JSON), LIMITS).spans
    assert read.trace_id == TRACE_ID.hex()


@pytest.mark.parametrize(
    "bad", ["", "0" * 32, "ab", "zz" * 16, "W47/95gDgQPSabYzgT/GDA==", 7, None, ["x"], "١" * 32, "+1" * 16]
)
def test_a_json_span_with_an_impossible_trace_id_is_refused_alone(bad: Any) -> None:
    batch = otlp_traces.decode(json_traces(json_span(traceId=bad), json_span(1)), Request(JSON), LIMITS)
    assert len(batch.spans) == 1
    assert batch.refused == {otlp_traces.BAD_TRACE_ID: 1}
    assert batch.received == 2


@pytest.mark.parametrize("bad", [b"", bytes(16), b"short", bytes(range(17))])
def test_a_protobuf_span_with_an_impossible_trace_id_is_refused_alone(bad: bytes) -> None:
    batch = otlp_traces.decode(traces(span(trace_id=bad), span(1)), Request(PROTOBUF), LIMITS)
    assert len(batch.spans) == 1
    assert batch.refused == {otlp_traces.BAD_TRACE_ID: 1}


def test_a_parent_that_is_none_does_not_cost_the_span() -> None:
    read = otlp_traces.decode(
        traces(span(parent_span_id=bytes(8)), span(1, parent_span_id=b"odd")), Request(PROTOBUF), LIMITS
    ).spans
    assert [(each.parent_id, each.flags) for each in read] == [("", []), ("", ["invalid_id"])]
    body = json_traces(json_span(parentSpanId="0" * 16), json_span(1, parentSpanId="odd"))
    assert [(s.parent_id, s.flags) for s in otlp_traces.decode(body, Request(JSON), LIMITS).spans] == [
        ("", []),
        ("", ["invalid_id"]),
    ]


def test_times_outside_64_bits_are_moved_to_the_bound_and_flagged() -> None:
    body = json_traces(json_span(startTimeUnixNano=-5, endTimeUnixNano="9" * 20))
    (read,) = otlp_traces.decode(body, Request(JSON), LIMITS).spans
    assert (read.start_ns, read.end_ns, read.flags) == (0, 2**64 - 1, ["invalid_time"])


def test_a_time_that_is_no_number_costs_its_span_only() -> None:
    batch = otlp_traces.decode(json_traces(json_span(startTimeUnixNano="noon"), json_span(1)), Request(JSON), LIMITS)
    assert (len(batch.spans), batch.refused) == (1, {"startTimeUnixNano is not a whole number": 1})


@pytest.mark.parametrize("field", ["future", "droppedFuture", "trace_id"])
def test_unknown_fields_are_ignored(field: str) -> None:
    assert len(otlp_traces.decode(json_traces(json_span(**{field: {"a": [1]}})), Request(JSON), LIMITS).spans) == 1


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"text"', b"7", b"null", b'{"resourceSpans": 7}', b'{"resourceSpans": [7]}', b'{"resourceSpans": [{"scopeSpans": {}}]}',
     b'{"resourceSpans": [{"scopeSpans": [{"spans": "x"}]}]}', b"{", b"[" * 100_000, b"\xff\xfe{\x00}\x00", b"", b"   "],
)  # fmt: skip
def test_json_that_is_no_request_is_refused_whole(body: bytes) -> None:
    if body.strip():
        with pytest.raises(DecodeError):
            otlp_traces.decode(body, Request(JSON), LIMITS)


def test_json_of_very_many_parts_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge):
        otlp_traces.decode(b'{"x":[' + b"{}," * 2_100_000 + b"{}]}", Request(JSON), LIMITS)


def test_protobuf_of_very_many_parts_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge):
        otlp_traces.decode(b"\x0a\x00" * (5 << 19), Request(PROTOBUF), LIMITS)


def test_a_log_record_is_read_alike_in_both_encodings() -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(
        time_unix_nano=1, observed_time_unix_nano=2, severity_number=17, severity_text="ERROR", event_name="e",
        trace_id=TRACE_ID, span_id=SPAN_ID, attributes=[attribute("k", 1)],
    )  # fmt: skip
    record.body.kvlist_value.values.append(attribute("content", "hi"))
    (first,) = otlp_logs.decode(request.SerializeToString(), Request(PROTOBUF), LIMITS).logs
    json = {
        "timeUnixNano": "1", "observedTimeUnixNano": 2, "severityNumber": "SEVERITY_NUMBER_ERROR", "severityText": "ERROR",
        "eventName": "e", "traceId": TRACE_ID.hex(), "spanId": SPAN_ID.hex(),
        "attributes": [{"key": "k", "value": {"intValue": "1"}}],
        "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "hi"}}]}},
    }  # fmt: skip
    body = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [json]}]}]})
    assert otlp_logs.decode(body, Request(JSON), LIMITS).logs == [first]
    assert (first.body, first.severity, first.trace_id, first.event_name) == (
        {"content": "hi"},
        17,
        TRACE_ID.hex(),
        "e",
    )
    (line,) = log_lines([first])
    assert otlp_logs.decode(line, Request(JSON), LIMITS).logs == [first]


def test_a_log_record_without_ids_or_with_impossible_ones_is_kept() -> None:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(trace_id=bytes(16), span_id=b"odd", severity_number=99)
    (log,) = otlp_logs.decode(request.SerializeToString(), Request(PROTOBUF), LIMITS).logs
    assert (log.trace_id, log.span_id, log.severity, log.flags) == ("", "", 0, ["invalid_id"])


def test_severities_have_their_numbers() -> None:
    assert otlp_logs.SEVERITIES["SEVERITY_NUMBER_TRACE"] == 1
    assert otlp_logs.SEVERITIES["SEVERITY_NUMBER_INFO2"] == 10
    assert otlp_logs.SEVERITIES["SEVERITY_NUMBER_FATAL4"] == 24
    assert len(set(otlp_logs.SEVERITIES.values())) == 24


def metrics_request(*metrics: Metric) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.extend(metrics)
    return request


def gauge() -> Metric:
    metric = Metric(name="g", unit="1", description="d")
    metric.gauge.data_points.add(time_unix_nano=9, as_int=-4, attributes=[attribute("k", "v")])
    return metric


def counter() -> Metric:
    metric = Metric(name="s")
    metric.sum.aggregation_temporality = 1
    metric.sum.is_monotonic = True
    exemplar = Exemplar(time_unix_nano=8, as_double=1.5, trace_id=TRACE_ID, span_id=SPAN_ID)
    exemplar.filtered_attributes.append(attribute("user", "u"))
    metric.sum.data_points.add(time_unix_nano=9, start_time_unix_nano=1, as_double=1.5, exemplars=[exemplar])
    return metric


def histogram() -> Metric:
    metric = Metric(name="h")
    metric.histogram.aggregation_temporality = 2
    metric.histogram.data_points.add(
        time_unix_nano=9, count=3, sum=6.5, min=0.5, bucket_counts=[1, 2], explicit_bounds=[1.0]
    )
    return metric


def exponential() -> Metric:
    metric = Metric(name="e")
    metric.exponential_histogram.aggregation_temporality = 2
    point = metric.exponential_histogram.data_points.add(
        time_unix_nano=9, count=6, scale=-1, zero_count=1, zero_threshold=0.25
    )
    point.positive.offset = -2
    point.positive.bucket_counts.extend([1, 2])
    point.negative.bucket_counts.extend([2])
    return metric


def summary() -> Metric:
    metric = Metric(name="q")
    point = metric.summary.data_points.add(time_unix_nano=9, count=2, sum=3.0)
    point.quantile_values.add(quantile=0.5, value=1.5)
    return metric


SHARED = {"description": "", "unit": ""}
CASES = [
    pytest.param(gauge(), "gauge", {"description": "d", "unit": "1", "value": -4.0, "is_int": True}, id="gauge"),
    pytest.param(
        counter(),
        "sum",
        {
            **SHARED, "temporality": "delta", "is_monotonic": True, "value": 1.5, "is_int": False,
            "exemplars": [OurExemplar(8, 1.5, TRACE_ID.hex(), SPAN_ID.hex(), {"user": "u"})],
        },
        id="sum",
    ),
    pytest.param(
        histogram(),
        "histogram",
        {**SHARED, "temporality": "cumulative", "count": 3, "sum": 6.5, "min": 0.5, "bounds": [1.0], "buckets": [1, 2]},
        id="histogram",
    ),
    pytest.param(
        exponential(),
        "exponential_histogram",
        {
            **SHARED, "temporality": "cumulative", "count": 6, "scale": -1, "zero_count": 1, "zero_threshold": 0.25,
            "positive_offset": -2, "positive_buckets": [1, 2], "negative_offset": 0, "negative_buckets": [2],
        },
        id="exponential histogram",
    ),
    pytest.param(summary(), "summary", {**SHARED, "count": 2, "sum": 3.0, "quantiles": [(0.5, 1.5)]}, id="summary"),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "kind", "values"), CASES)
def test_every_type_of_metric_is_read_alike_in_both_encodings(
    metric: Metric, kind: str, values: dict[str, Any]
) -> None:
    request = metrics_request(metric)
    (first,) = otlp_metrics.decode(request.SerializeToString(), Request(PROTOBUF), LIMITS).metrics
    (second,) = otlp_metrics.decode(orjson.dumps(otlp_json_of(request)), Request(JSON), LIMITS).metrics
    assert (first.type, first.values, first.time_ns, first.flags) == (kind, values, 9, [])
    assert second == first
    (line,) = metric_lines([first, second])
    assert line.count(b'"name"') == 1
    assert otlp_metrics.decode(line, Request(JSON), LIMITS).metrics == [first, second]
    MetricPoint(first.name, first.time_ns, first.type, **first.values)  # type: ignore[arg-type]


def otlp_json_of(message: Any) -> Any:
    """Proto3 JSON with ids in hex, as OTLP wants them."""
    text = orjson.dumps(MessageToDict(message))
    for base64_id, plain in ((b"W47/95gDgQPSabYzgT/GDA==", TRACE_ID), (b"7uGbfsPBsXQ=", SPAN_ID)):
        text = text.replace(base64_id, plain.hex().encode())
    return orjson.loads(text)


def test_a_point_without_recorded_value_has_none_and_says_so() -> None:
    metric = Metric(name="g")
    metric.gauge.data_points.add(time_unix_nano=9, as_double=7.0, flags=1)
    request = metrics_request(metric)
    for body, kind in ((request.SerializeToString(), PROTOBUF), (orjson.dumps(otlp_json_of(request)), JSON)):
        (point,) = otlp_metrics.decode(body, Request(kind), LIMITS).metrics
        assert (point.values, point.flags) == (SHARED, ["no_value"])
        (line,) = metric_lines([point])
        assert otlp_metrics.decode(line, Request(JSON), LIMITS).metrics == [point]


def test_a_value_may_be_nan() -> None:
    metric = Metric(name="g")
    metric.gauge.data_points.add(as_double=math.nan)
    request = metrics_request(metric)
    for body, kind in ((request.SerializeToString(), PROTOBUF), (orjson.dumps(otlp_json_of(request)), JSON)):
        (point,) = otlp_metrics.decode(body, Request(kind), LIMITS).metrics
        assert math.isnan(point.values["value"])


def test_a_metric_without_name_or_data_is_refused_alone() -> None:
    unnamed = Metric()
    unnamed.gauge.data_points.add(as_double=1)
    request = metrics_request(unnamed, Metric(name="empty"), gauge())
    expected = {otlp_metrics.NO_NAME: 1, otlp_metrics.NO_DATA: 1}
    for body, kind in ((request.SerializeToString(), PROTOBUF), (orjson.dumps(otlp_json_of(request)), JSON)):
        batch = otlp_metrics.decode(body, Request(kind), LIMITS)
        assert (len(batch.metrics), batch.refused) == (1, expected)


def test_buckets_that_do_not_match_their_bounds_are_flagged() -> None:
    metric = Metric(name="h")
    metric.histogram.data_points.add(count=1, bucket_counts=[1], explicit_bounds=[1.0, 2.0])
    (point,) = otlp_metrics.decode(metrics_request(metric).SerializeToString(), Request(PROTOBUF), LIMITS).metrics
    assert point.flags == ["invalid_value"]
