"""Records as the API's JSON: the model's field names; times as ISO 8601 text with nine digits, never as numbers.

start_ns -> start, received_ns -> received, duration_ns -> duration_ms, ttft_ns -> ttft_ms, time_ns -> time
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from nervure.base.clock import NS_PER_MS, NS_PER_S
from nervure.model.span import Document, Span, SpanEvent, SpanLink
from nervure.store.tables.spans import SPANS

# Wide columns that lists leave out: who wants them asks for content or for the one span.
WIDE = frozenset({"params", "metadata", "metadata_types", "attributes", "attribute_types", "resource", "scope"})
PAYLOAD = frozenset(column.name for column in SPANS.columns if column.is_payload)
LISTED = tuple(
    column.name
    for column in SPANS.columns
    if column.name not in WIDE | PAYLOAD | {"start", "received", "request", "project"}
)
# What `span_of` reads, without content; start and received as ns, because DateTime64 loses its nanoseconds in Python.
TIMES = "toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(received) AS received_ns"
NARROW_COLUMNS = f"{TIMES}, {', '.join(f'`{name}`' for name in LISTED)}"
FULL_COLUMNS = f"{TIMES}, " + ", ".join(
    f"`{column.name}`" for column in SPANS.columns if column.name not in ("start", "received", "request")
)
# Members of a span's JSON that only full columns fill.
CONTENT_MEMBERS = frozenset(
    {
        "params", "input", "output", "input_text", "output_text", "system_prompt", "tool_definitions", "tool_arguments",
        "tool_result", "query", "documents", "input_documents", "prompt_template", "prompt_variables", "metadata",
        "attributes", "resource", "scope", "events", "links",
    }
)  # fmt: skip
SPAN_MEMBERS = tuple(
    field.name for field in fields(Span) if field.name not in ("start_ns", "duration_ns", "received_ns", "ttft_ns")
)
EPOCH_DIGITS = 9


def time_text(ns: int) -> str:
    """ISO 8601 in UTC with nine fractional digits, e.g. 2026-11-20T10:00:00.123456789Z."""
    try:
        at = datetime.fromtimestamp(ns // NS_PER_S, UTC)
    except (ValueError, OverflowError, OSError):
        return str(ns)
    return f"{at.year:04d}-{at:%m-%dT%H:%M:%S}.{ns % NS_PER_S:0{EPOCH_DIGITS}d}Z"


def span_json(span: Span, has_content: bool = True, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A span. has_content False: without what lists do not read. extra: members to add."""
    made: dict[str, Any] = {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "name": span.name,
        "start": time_text(span.start_ns),
        "end": time_text(span.end_ns),
        "duration_ms": span.duration_ns / NS_PER_MS,
        "ttft_ms": None if span.ttft_ns is None else span.ttft_ns / NS_PER_MS,
        "received": time_text(span.received_ns),
        "model": span.response_model or span.request_model,
    }
    for name in SPAN_MEMBERS:
        if name in made or (not has_content and name in CONTENT_MEMBERS):
            continue
        made[name] = _value(getattr(span, name))
    return made | dict(extra or {})


def _value(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], Document | SpanEvent | SpanLink):
        return [_member(item) for item in value]
    return value


def _member(item: Document | SpanEvent | SpanLink) -> dict[str, Any]:
    made = {field.name: getattr(item, field.name) for field in fields(item)}
    if "time_ns" in made:
        made["time"] = time_text(made.pop("time_ns"))
    return made


def record_json(record: Any) -> dict[str, Any]:
    """A log record, metric point or score: members ending in _ns become ISO times of the name without it."""
    made: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name.endswith("_ns"):
            made[field.name.removesuffix("_ns")] = time_text(value)
        elif field.name == "exemplars":
            made[field.name] = [record_json(exemplar) for exemplar in value]
        else:
            made[field.name] = value
    return made
