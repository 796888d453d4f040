"""A log record written as a JSON object: ECS, the shippers' own fields, and what loggers of many languages write.

Nested objects and dotted keys mean the same. A message that is itself a JSON object is taken apart as well.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import NS_PER_S, parse_iso
from nervure.decode.formats.origin import build_origin, compact_json
from nervure.decode.formats.values import ATTRIBUTES_DROPPED, INVALID_TIME, cut, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, Origin, RawLog

TIMES = ("@timestamp", "timestamp", "time", "ts", "datetime", "date", "_timestamp")
MESSAGES = ("message", "msg", "log", "body", "short_message", "event.original")
LEVELS = ("log.level", "level", "severity", "severity_text", "levelname", "loglevel", "lvl")
TRACES = ("trace.id", "trace_id", "traceId", "traceid", "otelTraceID", "trace")
SPANS = ("span.id", "span_id", "spanId", "spanid", "otelSpanID", "span")
SERVICES = ("service.name", "service", "kubernetes.container.name", "container.name", "app", "application")
EVENTS = ("event.name", "event.action", "event_name")
# What says where a record comes from rather than what happened.
RESOURCE = re.compile(r"(service|host|container|kubernetes|k8s|cloud|agent|orchestrator|deployment|observer)\.")
RENAMED = {"service.environment": "deployment.environment.name", "service.node.name": "service.instance.id"}
SEVERITIES = {
    "trace": 1, "finest": 1, "verbose": 5, "debug": 5, "fine": 5, "info": 9, "information": 9, "informational": 9,
    "notice": 10, "warn": 13, "warning": 13, "error": 17, "err": 17, "severe": 17, "critical": 18, "crit": 18,
    "alert": 19, "fatal": 21, "emergency": 24, "emerg": 24, "panic": 21,
}  # fmt: skip
# Numbers of pino and bunyan.
NUMBERED = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
HEX = {16: re.compile(r"[0-9a-f]{16}"), 32: re.compile(r"[0-9a-f]{32}")}
DEEPEST = 16


class Origins:
    """Origins of one request: records of one place share theirs. common: what the request says of all its records."""

    def __init__(self, scope_name: str = "", common: Attributes | None = None) -> None:
        self._scope_name, self._common = scope_name, common or {}
        self._known: dict[str, Origin] = {}

    def of(self, resource: Attributes) -> Origin:
        """The origin of a resource, built once."""
        resource = {**self._common, **resource} if self._common else resource
        text = compact_json(resource)
        if text not in self._known:
            self._known[text] = build_origin(resource, self._scope_name, "", {}, "")
        return self._known[text]


def read(
    document: Mapping[str, Any], origins: Origins, limits: DecodeLimits, resource: Attributes | None = None
) -> RawLog:
    """A document as a log record. resource: what the request said of all its records; the document's own goes before.

    Fields with a meaning (time, level, message, ids) become that; the rest are attributes under their dotted names.
    """
    flags: list[str] = []
    fields: Attributes = {}
    _flatten(document, "", fields, limits, flags)
    message = _take(fields, MESSAGES)
    if isinstance(message, str) and message.lstrip().startswith("{") and isinstance(inner := _json(message), dict):
        # The shipper wraps what the application wrote: the application knows better what it means.
        written: Attributes = {}
        _flatten(inner, "", written, limits, flags)
        for names in (TIMES, LEVELS, TRACES, SPANS, EVENTS):
            if any(name in written for name in names):
                _take(fields, names)
        fields |= written
        message = _take(fields, MESSAGES) or message
    level = _take(fields, LEVELS)
    trace_id, span_id = _id(fields, TRACES, 32), _id(fields, SPANS, 16)
    time_ns = _time(_take(fields, TIMES), flags)
    event = _take(fields, EVENTS)
    place = dict(resource or {})
    for name in [name for name in fields if RESOURCE.match(name)]:
        place[RENAMED.get(name, name)] = fields.pop(name)
    if "service.name" not in place and isinstance(service := _take(fields, SERVICES), str):
        place["service.name"] = service
    return RawLog(
        origins.of(place),
        time_ns,
        0,
        trace_id,
        span_id,
        severity_of(level),
        "" if level is None else str(level),
        event if isinstance(event, str) else "",
        message,
        fields,
        flags,
    )


def severity_of(level: Any) -> int:
    """OpenTelemetry's severity number of a level as loggers write it, 0 when it says nothing."""
    if isinstance(level, str):
        return SEVERITIES.get(level.strip().lower(), 0) or (NUMBERED.get(int(level), 0) if level.isdecimal() else 0)
    return NUMBERED.get(level, 0) if isinstance(level, int) else 0


def time_of(value: Any) -> int:
    """ns since the epoch of ISO 8601 text or of a number in s, ms, us or ns, told by its size. Raises ValueError."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is not a time")
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value.strip()):
        return parse_iso(value.replace(",", "."))
    text = str(value).strip()
    whole = int(float(text)) if "." in text or "e" in text.lower() else int(text)
    for size, unit in ((1e11, NS_PER_S), (1e14, 10**6), (1e17, 10**3)):
        if abs(whole) < size:
            # Fractions of a second are said to the microsecond; a float knows no more.
            return round(float(text) * 1e6) * 1000 if unit == NS_PER_S and "." in text else whole * unit
    return whole


def _time(value: Any, flags: list[str]) -> int:
    if value is None:
        return 0
    try:
        return max(time_of(value), 0)
    except (ValueError, OverflowError):
        flag(flags, INVALID_TIME)
        return 0


def _id(fields: Attributes, names: tuple[str, ...], digits: int) -> str:
    """A trace or span id; what is none stays an attribute."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and HEX[digits].fullmatch(text := value.strip().lower()):
            del fields[name]
            return text
    return ""


def _take(fields: Attributes, names: tuple[str, ...]) -> Any:
    for name in names:
        if (value := fields.get(name)) not in (None, ""):
            del fields[name]
            return value
    return None


def _flatten(
    value: Mapping[str, Any], prefix: str, into: Attributes, limits: DecodeLimits, flags: list[str], depth: int = 0
) -> None:
    for key, held in value.items():
        if len(into) >= limits.max_attributes:
            flag(flags, ATTRIBUTES_DROPPED)
            return
        name = f"{prefix}{key}"
        if isinstance(held, dict) and held and depth < DEEPEST:
            _flatten(held, f"{name}.", into, limits, flags, depth + 1)
        else:
            into[name] = cut(held, limits, flags) if isinstance(held, str) else held


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
