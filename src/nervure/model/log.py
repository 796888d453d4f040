"""A log record: the OTLP data model, joined to spans by trace and span id."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class LogRecord:
    """severity: OTLP number 1-24, 0 when not said. body: text, or JSON text of a structured body."""

    time_ns: int
    project: str = "default"
    observed_ns: int = 0
    received_ns: int = 0
    trace_id: str = ""
    span_id: str = ""
    severity: int = 0
    severity_text: str = ""
    event_name: str = ""
    body: Any = None
    service: str = ""
    environment: str = ""
    release: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
