"""Log records and metric points: their meaning is their data model, only context is added."""

from typing import Any

from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.raw import Origin, RawLog, RawMetricPoint
from nervure.normalise.values import text_from

ENVIRONMENT_KEYS = ("deployment.environment.name", "deployment.environment")
EARLIEST_NS = 946_684_800_000_000_000  # 2000-01-01
DAY_NS = 86_400_000_000_000


def log_record(raw: RawLog, project: str, received_ns: int, scope: dict[str, Any]) -> LogRecord:
    """The canonical log record. A record without a time takes the time it was observed, else received."""
    resource, flags = raw.origin.resource, raw.flags
    time_ns = raw.time_ns or raw.observed_ns or received_ns
    if not is_plausible(time_ns, received_ns):
        time_ns, flags = received_ns, _flagged(flags)
    event = raw.event_name or raw.attributes.get("event.name")
    return LogRecord(
        time_ns=time_ns,
        project=project,
        observed_ns=raw.observed_ns if is_plausible(raw.observed_ns, received_ns) else 0,
        received_ns=received_ns,
        trace_id=raw.trace_id,
        span_id=raw.span_id,
        severity=raw.severity,
        severity_text=raw.severity_text,
        event_name=event if isinstance(event, str) else "",
        body=raw.body,
        service=_said(resource, "service.name"),
        environment=_said(resource, *ENVIRONMENT_KEYS),
        release=_said(resource, "service.version"),
        attributes=raw.attributes,
        resource=resource,
        scope=scope,
        flags=flags,
    )


def metric_point(raw: RawMetricPoint, project: str, received_ns: int, scope: dict[str, Any]) -> MetricPoint:
    """The canonical metric point."""
    resource, flags, time_ns = raw.origin.resource, raw.flags, raw.time_ns
    if not is_plausible(time_ns, received_ns):
        time_ns, flags = received_ns, _flagged(flags)
    return MetricPoint(
        name=raw.name,
        time_ns=time_ns,
        type=raw.type,  # type: ignore[arg-type]
        project=project,
        start_ns=raw.start_ns if 0 < raw.start_ns <= time_ns else 0,
        received_ns=received_ns,
        service=_said(resource, "service.name"),
        environment=_said(resource, *ENVIRONMENT_KEYS),
        attributes=raw.attributes,
        resource=resource,
        scope=scope,
        flags=flags,
        **raw.values,
    )


def is_plausible(time_ns: int, received_ns: int) -> bool:
    """Whether a time lies between the year 2000 and a day after it was received."""
    return EARLIEST_NS <= time_ns <= received_ns + DAY_NS


def scope_of(origin: Origin) -> dict[str, Any]:
    """Instrumentation scope as a dict: name, version, attributes, schema_url; only what was said."""
    said = {
        "name": origin.scope_name,
        "version": origin.scope_version,
        "attributes": origin.scope_attributes,
        "schema_url": origin.schema_url,
    }
    return {key: value for key, value in said.items() if value}


def _said(resource: dict[str, Any], *keys: str) -> str:
    return next((text for key in keys if (text := text_from(resource.get(key))) is not None), "")


def _flagged(flags: list[str]) -> list[str]:
    return flags if "clock" in flags else [*flags, "clock"]
