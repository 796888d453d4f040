"""LangSmith's ids and times. It takes nothing but UUIDs; ours are 32 hex digits of a trace and 16 of a span.

A run that LangSmith's SDK sent keeps its UUID as an attribute. Any other span's is made of the upper half of its trace's
id and its own, so that both ways back lead to the lower half, which is the span's id (`decode.formats.ids`).
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nervure.base.clock import NS_PER_S, parse_iso
from nervure.base.errors import BadInput
from nervure.base.ids import name_uuid
from nervure.decode.formats import ids

RUN_ID = "langsmith.run.id"
# How far the clock in a version 7 UUID may be from the start of its run: SDKs make ids just before they start.
ID_SKEW_NS = 3_600 * NS_PER_S


def checked_uuid(value: Any, what: str) -> str:
    """The UUID in its usual form. Raises BadInput for anything else."""
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        raise BadInput(f"{what} must be a UUID, got {str(value)[:100]!r}") from None


def tenant_id(project: str) -> str:
    """The workspace: Nervure's project."""
    return name_uuid(f"langsmith-workspace:{project}")


def project_id(project: str, name: str) -> str:
    """Of a LangSmith project that nobody made by itself: runs named it."""
    return name_uuid(f"langsmith-project:{project}:{name}")


def trace_uuid(trace_id: str) -> str:
    """A trace's id as a UUID."""
    return str(uuid.UUID(hex=trace_id)) if _is_hex(trace_id, 32) else name_uuid(f"trace:{trace_id}")


def run_uuid(span: Mapping[str, Any]) -> str:
    """A span's id as a UUID. span: as the query layer answers it, with attributes."""
    said = (span.get("attributes") or {}).get(RUN_ID)
    if isinstance(said, str) and ids.UUID.fullmatch(said.lower()):
        return str(uuid.UUID(said))
    return made_uuid(span["trace_id"], span["span_id"])


def made_uuid(trace_id: str, span_id: str) -> str:
    """The UUID of a span that has none of LangSmith's."""
    if _is_hex(trace_id, 32) and _is_hex(span_id, 16):
        return str(uuid.UUID(hex=trace_id[:16] + span_id))
    return name_uuid(f"span:{trace_id}:{span_id}")


def span_of(run_id: str) -> str:
    """The span id that a run's UUID leads to."""
    return ids.span_id(run_id)


def trace_of(trace: str) -> str:
    """The trace id that a trace's UUID leads to."""
    return ids.trace_id(trace)


def born_ns(run_id: str) -> int | None:
    """When a version 7 UUID was made; None for other versions."""
    value = uuid.UUID(run_id)
    return (value.int >> 80) * 1_000_000 if value.version == 7 else None


def moment(ns: int) -> str:
    """A time as LangSmith writes it: microseconds and a zone."""
    return datetime.fromtimestamp(ns // NS_PER_S, UTC).replace(microsecond=ns % NS_PER_S // 1000).isoformat()


def moment_of(text: str) -> str:
    """A time of the query layer's answers (nine digits) as LangSmith writes it."""
    return moment(parse_iso(text.replace("Z", "+00:00")))


def parsed_ns(value: Any, what: str) -> int:
    """ns of an ISO 8601 time. Raises BadInput."""
    try:
        return parse_iso(str(value).replace("Z", "+00:00").replace(" ", "+"))
    except (ValueError, OverflowError):
        raise BadInput(f"{what} must be an ISO 8601 time, got {str(value)[:100]!r}") from None


def _is_hex(text: str, size: int) -> bool:
    return len(text) == size and set(text) <= set("0123456789abcdef")
