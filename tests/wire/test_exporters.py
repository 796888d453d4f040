"""OpenTelemetry's own exporters as senders, over HTTP and gRPC."""

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

from tests.wire.doors import Running

DOORS = ["http", "http gzip", "http deflate", "grpc"]
RESOURCE = Resource({"service.name": "shop"})


def span_exporter(server: Running, door: str) -> GrpcSpans | HttpSpans:
    if door == "grpc":
        return GrpcSpans(endpoint=server.grpc, insecure=True)
    return HttpSpans(endpoint=f"{server.url}/v1/traces", compression=_compression(door))


def log_exporter(server: Running, door: str) -> GrpcLogs | HttpLogs:
    if door == "grpc":
        return GrpcLogs(endpoint=server.grpc, insecure=True)
    return HttpLogs(endpoint=f"{server.url}/v1/logs", compression=_compression(door))


def metric_exporter(server: Running, door: str) -> GrpcMetrics | HttpMetrics:
    if door == "grpc":
        return GrpcMetrics(endpoint=server.grpc, insecure=True)
    return HttpMetrics(endpoint=f"{server.url}/v1/metrics", compression=_compression(door))


def _compression(door: str) -> Compression:
    return Compression(door.partition(" ")[2] or "none")


@pytest.mark.parametrize("door", DOORS)
def test_spans_arrive_as_they_were_made(server: Running, door: str) -> None:
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(span_exporter(server, door)))
    tracer = provider.get_tracer("my.scope", "1.2", attributes={"team": "search"})
    with tracer.start_as_current_span("ask", kind=SpanKind.CLIENT) as parent:
        parent.set_attributes({"text": "ä", "count": 7, "share": 0.5, "ok": True, "list": ["a", "b"], "blob": b"\x00"})
        with tracer.start_as_current_span("inner") as inner:
            inner.set_status(StatusCode.ERROR, "no luck")
            inner.add_event("exception", {"exception.type": "ValueError"})
    provider.shutdown()
    second, first = server.intake.spans
    assert first.attributes == {
        "text": "ä",
        "count": 7,
        "share": 0.5,
        "ok": True,
        "list": ["a", "b"],
        "blob": b"\x00",
        # Kept as sent: that it is known whether the parent is of another process.
        "otlp.flags": 256,
    }
    assert (first.name, first.kind, first.status_code, first.parent_id) == ("ask", 3, 0, "")
    assert (second.status_code, second.status_message, second.parent_id) == (2, "no luck", first.span_id)
    assert [(event.name, event.attributes) for event in second.events] == [
        ("exception", {"exception.type": "ValueError"})
    ]
    assert first.origin.resource["service.name"] == "shop"
    assert (first.origin.scope_name, first.origin.scope_version) == ("my.scope", "1.2")
    assert first.origin.scope_attributes == {"team": "search"}
    assert first.trace_id == f"{parent.get_span_context().trace_id:032x}"
    assert 0 < first.start_ns <= second.start_ns <= second.end_ns <= first.end_ns


@pytest.mark.parametrize("door", DOORS)
def test_logs_arrive_as_they_were_made(server: Running, door: str) -> None:
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(log_exporter(server, door)))
    record = LogRecord(
        timestamp=1_700_000_000_000_000_000,
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body={"content": "hello", "parts": [1, None]},
        attributes={"k": "v"},
        event_name="gen_ai.user.message",
    )
    provider.get_logger("my.scope").emit(record)
    provider.shutdown()
    (log,) = server.intake.logs
    assert (log.time_ns, log.severity, log.severity_text) == (1_700_000_000_000_000_000, 13, "WARN")
    assert (log.body, log.attributes) == ({"content": "hello", "parts": [1, None]}, {"k": "v"})
    assert log.event_name == "gen_ai.user.message"


@pytest.mark.parametrize("door", DOORS)
def test_metrics_arrive_as_they_were_made(server: Running, door: str) -> None:
    reader = PeriodicExportingMetricReader(metric_exporter(server, door), export_interval_millis=1e9)
    provider = MeterProvider([reader], resource=RESOURCE)
    meter = provider.get_meter("my.scope")
    meter.create_counter("calls", unit="1", description="calls made").add(3, {"model": "gpt-5"})
    meter.create_histogram("took", unit="s").record(0.3)
    provider.shutdown()
    points = {point.name: point for point in server.intake.metrics}
    calls, took = points["calls"], points["took"]
    assert (calls.type, calls.attributes) == ("sum", {"model": "gpt-5"})
    assert calls.values["value"] == 3.0
    assert calls.values["is_int"]
    assert (calls.values["temporality"], calls.values["is_monotonic"]) == ("cumulative", True)
    assert (calls.values["unit"], calls.values["description"]) == ("1", "calls made")
    assert (took.type, took.values["count"], took.values["sum"]) == ("histogram", 1, 0.3)
    assert len(took.values["buckets"]) == len(took.values["bounds"]) + 1
