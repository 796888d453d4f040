"""OpenAI Agents SDK's own exporter (`BackendSpanExporter(endpoint=...)`): traces and spans in one list.

A trace is an object of its own without times, and is sent when it begins, so often before any of its spans: it becomes
the root span, from the first to the last of its spans whenever they come, and what it says holds for all of them.
Source: https://openai.github.io/openai-agents-python/tracing/ and the SDK's processors.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import cut, refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import Attributes, Origin, RawBatch, RawPart

SPAN = "openai_agents.span"
TRACE = "openai_agents.trace"
ROOT = "openai_agents.root"
SHAPE = 'the body is not {"data": [{"object": "trace" or "trace.span", ..}]}'
NO_IDS = "a span must have an id, a trace_id, started_at and ended_at"
RESOURCE: Attributes = {"telemetry.sdk.name": "openai-agents"}
OK, ERROR = 1, 2


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans in parts, the traces among them. Raises DecodeError for another shape."""
    try:
        items = orjson.loads(body)["data"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DecodeError(SHAPE) from error
    if not isinstance(items, list):
        raise DecodeError(SHAPE)
    batch, origin = RawBatch(), Origins("openai-agents").of(RESOURCE)
    begun: set[str] = set()
    extents: dict[str, tuple[int, int]] = {}
    for item in items:
        if isinstance(item, dict) and item.get("object") == "trace" and item.get("id"):
            trace_id = _hex(str(item["id"]), 32)
            begun.add(trace_id)
            batch.parts.append(RawPart(origin, trace_id, "", attributes={TRACE: _about(item, limits)}))
            continue
        made = _span(item, origin, limits) if isinstance(item, dict) and item.get("object") == "trace.span" else None
        if made is None:
            refuse(batch, NO_IDS)
            continue
        batch.parts.append(made)
        root, (start_ns, end_ns) = str(item["trace_id"]), (made.start_ns or 0, made.end_ns or 0)
        first_ns, last_ns = extents.get(root, (start_ns, end_ns))
        extents[root] = min(first_ns, start_ns), max(last_ns, end_ns)
    for root, (start_ns, end_ns) in extents.items():
        trace_id = _hex(root, 32)
        batch.parts.append(
            RawPart(
                origin, trace_id, _hex(root, 16), parent_id="", start_ns=start_ns, end_ns=end_ns,
                attributes={ROOT: True}, is_first=trace_id in begun, is_extent=True,
            )
        )  # fmt: skip
    return batch


def _about(item: Mapping[str, Any], limits: DecodeLimits) -> Attributes:
    """What a trace says."""
    flags: list[str] = []
    kept = {key: item[key] for key in ("workflow_name", "group_id", "metadata") if item.get(key)}
    return {key: cut(value, limits, flags) if isinstance(value, str) else value for key, value in kept.items()}


def _span(item: Mapping[str, Any], origin: Origin, limits: DecodeLimits) -> RawPart | None:
    flags: list[str] = []
    identity, trace = item.get("id"), item.get("trace_id")
    data = item.get("span_data") if isinstance(item.get("span_data"), dict) else {}
    try:
        start_ns, end_ns = parse_iso(str(item.get("started_at"))), parse_iso(str(item.get("ended_at")))
    except (ValueError, OverflowError):
        return None
    if not identity or not trace or data is None:
        return None
    error = item.get("error") if isinstance(item.get("error"), dict) else {}
    told = _told(error or {})
    return RawPart(
        origin=origin,
        trace_id=_hex(str(trace), 32),
        span_id=_hex(str(identity), 16),
        # Nobody's child is the trace's.
        parent_id=_hex(str(item.get("parent_id") or trace), 16),
        name=cut(str(data.get("name") or data.get("type") or "span"), limits, flags),
        start_ns=max(start_ns, 0),
        end_ns=max(end_ns, 0),
        status_code=ERROR if error else OK,
        status_message=cut(told, limits, flags),
        attributes={SPAN: data},
        flags=flags,
        is_first=True,
    )


def _told(error: Mapping[str, Any]) -> str:
    data = error.get("data")
    inner = data.get("error") if isinstance(data, dict) else None
    return ": ".join(str(text) for text in (error.get("message"), inner) if text)


def _hex(identity: str, digits: int) -> str:
    """The hex digits of trace_<32> and span_<24>, cut; of an id the user made up, its digest."""
    bare = identity.rpartition("_")[2].lower()
    if len(bare) >= digits and all(letter in "0123456789abcdef" for letter in bare) and int(bare[:digits], 16):
        return bare[:digits]
    return digest(identity.encode("utf-8", "replace"))[:digits]


WIRE = Wire(
    name="openai_agents",
    signal="traces",
    paths=("/v1/traces/ingest",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json",),
)
