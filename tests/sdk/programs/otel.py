"""OpenTelemetry set up by hand, as its documentation shows; the instrumentation is named by INSTRUMENTOR."""

import importlib
import os

import calls
from openai import OpenAI
from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

traces, logs = TracerProvider(), LoggerProvider()
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
trace.set_tracer_provider(traces)
_logs.set_logger_provider(logs)
metrics.set_meter_provider(meters)

importlib.import_module(os.environ["INSTRUMENTOR"]).OpenAIInstrumentor().instrument()
with trace.get_tracer("app").start_as_current_span("handle") as span:
    span.set_attribute("session.id", "sess-42")
    span.set_attribute("user.id", "user-7")
    calls.everything(OpenAI(max_retries=0))
for provider in (traces, logs, meters):
    provider.shutdown()
