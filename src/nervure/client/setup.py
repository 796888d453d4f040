"""`nervure.init()`: OpenTelemetry set up for this server, and what was set up."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider, set_logger_provider
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from nervure.base.connection import Connection, captures_content, connection, prefer_environment, service_name
from nervure.client import instrumentations, predictions, scoring
from nervure.client.context import Marker

log = logging.getLogger("nervure")


@dataclass(frozen=True, slots=True)
class Setup:
    """What `init` did. instrumented: libraries whose calls are recorded from now on."""

    connection: Connection = field(default_factory=Connection)
    service: str = ""
    captures_content: bool = True
    instrumented: tuple[str, ...] = ()
    is_active: bool = False


_lock = Lock()
_setup = Setup()


def setup_in_force() -> Setup:
    """What `init` set up; inactive before."""
    return _setup


def init(
    service: str | None = None,
    *,
    url: str | None = None,
    api_key: str | None = None,
    project: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    capture_content: bool | None = None,
    instrument: str | bool | Iterable[str] = "auto",
    resource: dict[str, Any] | None = None,
) -> Setup:
    """Sends this process's telemetry to Nervure. Calling it again changes nothing.

    service, environment, release: who this is; NERVURE_SERVICE or OTEL_SERVICE_NAME name the service too.
    url, api_key, project: the server, else NERVURE_URL, NERVURE_API_KEY, NERVURE_PROJECT, else this machine.
    capture_content: record prompts and answers; NERVURE_CAPTURE_CONTENT=false turns it off. instrument: "auto" for
    every instrumentation of an AI library that is installed (OpenTelemetry GenAI, OpenInference, OpenLLMetry; one
    for each library), a list of libraries, or "none". A tracer provider that is already there is kept and only
    gets one more exporter.
    """
    global _setup
    with _lock:
        if _setup.is_active:
            return _setup
        where = connection(url, api_key, project)
        content = captures_content(capture_content)
        _choose_content(content)
        described = {
            "service.name": service_name(service) or None,
            "service.version": release,
            "deployment.environment.name": environment,
            "nervure.project": where.project or None,
            **(resource or {}),
        }
        made = Resource.create({key: value for key, value in described.items() if value is not None})
        providers = {
            "tracer_provider": _traces(where, made),
            "logger_provider": _logs(where, made),
            "meter_provider": _metrics(where, made),
        }
        turned_on = instrumentations.turn_on(instrument, **providers)
        name = str(made.attributes.get("service.name", ""))
        # Scores must go where the spans go, also when OTEL_RESOURCE_ATTRIBUTES names the project.
        where = replace(where, project=str(made.attributes.get("nervure.project", where.project)))
        _setup = Setup(where, name, content, tuple(turned_on), is_active=True)
        log.info("nervure: sending to %s as %s; instrumented: %s", where.url, name, ", ".join(turned_on) or "nothing")
        return _setup


def flush(timeout_s: float = 30.0) -> bool:
    """Sends everything that is waiting; says whether all of it went out in time."""
    done = scoring.flush(timeout_s) and predictions.flush(timeout_s)
    for provider in (trace.get_tracer_provider(), get_logger_provider(), metrics.get_meter_provider()):
        force = getattr(provider, "force_flush", None)
        if force is not None:
            done = bool(force(int(timeout_s * 1000))) and done
    return done


def _choose_content(content: bool) -> None:
    """Each family of instrumentations has its own switches; a switch the user has set stays as it is."""
    prefer_environment("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    prefer_environment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY" if content else "NO_CONTENT")
    prefer_environment("TRACELOOP_TRACE_CONTENT", "true" if content else "false")
    if not content:
        prefer_environment("OPENINFERENCE_HIDE_INPUTS", "true")
        prefer_environment("OPENINFERENCE_HIDE_OUTPUTS", "true")


def _exporter(where: Connection, signal: str) -> dict[str, Any]:
    is_near = "://127.0.0.1" in where.url or "://localhost" in where.url
    return {
        "endpoint": f"{where.url}/v1/{signal}",
        "headers": where.headers,
        "compression": Compression.NoCompression if is_near else Compression.Gzip,
    }


def _traces(where: Connection, resource: Resource) -> Any:
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(resource=resource)
        trace.set_tracer_provider(provider)
    provider.add_span_processor(Marker())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**_exporter(where, "traces"))))
    return provider


def _logs(where: Connection, resource: Resource) -> Any:
    """Some instrumentations send prompts and answers as log records."""
    provider = get_logger_provider()
    if not isinstance(provider, LoggerProvider):
        provider = LoggerProvider(resource=resource)
        set_logger_provider(provider)
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(**_exporter(where, "logs"))))
    return provider


def _metrics(where: Connection, resource: Resource) -> Any:
    """A meter provider that is there keeps its readers: they cannot be added to later."""
    provider = metrics.get_meter_provider()
    if not isinstance(provider, MeterProvider):
        reader = PeriodicExportingMetricReader(OTLPMetricExporter(**_exporter(where, "metrics")))
        provider = MeterProvider([reader], resource=resource)
        metrics.set_meter_provider(provider)
    return provider
